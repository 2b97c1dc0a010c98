"""`agir duplicates`, `same`, `distinct`: who may be one person, and what somebody says of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, reference, word
from agir_cli.cli.options import BLANK, MAPPING, SHEET, made, say_once_of_the_history
from agir_cli.cli.screen import is_terminal, plural, say, tell
from agir_cli.cli.session import Session, visitor_of
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.domain.commands import Enroll
    from agir_cli.domain.dates import PartialDate
    from agir_cli.identity.evidence import Likeness
    from agir_cli.reports.sheet import Sheet
    from agir_cli.usecases.consult import Record
    from agir_cli.usecases.proposals import Proposal, Settled

app = Commands()
identity = app.group("identity")

_GRADES = ("certain", "probable", "possible")
_REASON = option("TEXTE", "Pourquoi, en quelques mots.", default="")


@made(app, "duplicates", printed=True)
def duplicates(
    session: Session,
    printed: Printed,
    *,
    review: str | None = word(
        "[review]", "« review » : une paire après l'autre, au clavier", required=False
    ),
    source: str | None = option("FICHIER", "Une liste : ses paires, et avec le fichier.", "--from"),
    degre: str = option("DEGRÉ", "Jusqu'à : certain, probable ou possible.", default="possible"),
    mapping: tuple[str, ...] = MAPPING,
    blank: tuple[str, ...] = BLANK,
    sheet: str | None = SHEET,
) -> None:
    """Proposer les personnes inscrites deux fois, avec ce qui concorde et ce qui diffère.

    Rien n'est relié sans vous : agir same A B relie, agir distinct A B retient que non.
    Avec --from, rien n'est enregistré.

    Exemples :
      agir duplicates
      agir duplicates review
      agir duplicates --from liste.xlsx --degre probable
      agir duplicates --format csv --output doublons.csv
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.usecases.proposals import proposals

    if degre not in _GRADES:
        raise UsageFailure(f"--degre : l'un de {', '.join(_GRADES)}.")
    if review not in (None, "review"):
        raise UsageFailure(f"« {review} » n'est pas compris.", "agir duplicates review, ou rien.")
    listed: list[tuple[int, Enroll]] = []
    if source is not None:
        listed = _listed(session, source, mapping, blank, sheet)
    found = proposals(visitor_of(session), listed, alone=source is None)
    wanted = _GRADES[: _GRADES.index(degre) + 1]
    found = [each for each in found if each.likeness.grade.value in wanted]
    if review:
        if source is not None:
            raise UsageFailure("review règle les paires du fichier : sans --from.")
        _review(session, found)
        return
    show_rows(session, _sheet(found, lines=source is not None), printed.form)
    if not found and is_terminal(sys.stderr):
        say(session, "Aucun doublon proposé.")
    elif source is None and is_terminal(sys.stdout):
        say(session, "Pour les régler un par un : agir duplicates review")


def _listed(
    session: Session, source: str, mapping: tuple[str, ...], blank: tuple[str, ...],
    sheet: str | None,
) -> list[tuple[int, Enroll]]:  # fmt: skip
    """The persons of a list, each with its line; rows that say nobody are told."""
    from agir_cli.cli.files import FileOptions, headings_of, label_of, lines_of, open_file
    from agir_cli.cli.session import reading_for
    from agir_cli.domain.commands import Enroll, field_names
    from agir_cli.domain.reading import RowReader

    known = headings_of([name for name in field_names(Enroll) if name != "malgre"])
    options = FileOptions(source, mapping=mapping, blank=blank, sheet=sheet, keep_going=True)
    found: list[tuple[int, Enroll]] = []
    unread = 0
    with open_file(session, Enroll, options, known, label_of) as opened:
        table, matching, report = opened
        reader = RowReader(Enroll, matching.columns, reading_for(session))
        for line in lines_of(table, matching, report):
            row = reader.read(line.cells) if line.fault is None else None
            if isinstance(row, Enroll):
                found.append((line.line, row))
            else:
                unread += 1
    if unread:
        told = plural(unread, "ligne illisible laissée")
        say(
            session,
            f"{unread} {told} de côté : agir enroll --from {source} --dry-run dit lesquelles.",
        )
    return found


def _sheet(found: list[Proposal], *, lines: bool) -> Sheet:
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.doubles import facts_told

    names = ["dossier_a", "dossier_b", "degre", "score", "concorde", "differe"]
    if lines:
        names += ["ligne_a", "ligne_b"]
    names += ["nom_a", "nom_b"]

    def row(each: Proposal) -> tuple[object, ...]:
        how = each.likeness
        told = (how.grade.value, f"{how.score:.2f}", facts_told(how.agree), facts_told(how.differ))
        at = (each.first.line, each.second.line) if lines else ()
        return (
            each.first.dossier, each.second.dossier, *told, *at, each.first.name, each.second.name
        )  # fmt: skip

    return one_list("Doublons proposés", columns(names), [row(each) for each in found])


# --- one after the other -----------------------------------------------------------------


def _review(session: Session, found: list[Proposal]) -> None:
    from agir_cli.cli.prompt import want_a_terminal
    from agir_cli.usecases.proposals import link, tell_apart

    want_a_terminal("Régler les doublons")
    if not found:
        say(session, "Aucun doublon proposé.")
        return
    said: list[str] = []
    tell("", *_HOW)
    while len(said) < len(found):
        each = found[len(said)]
        tell("", f"Paire {len(said) + 1} sur {len(found)} — {_grade_told(each.likeness)}")
        tell(*_side_by_side(session, each))
        answer = _asked()
        if answer == "q":
            break
        if answer == "<":
            if not said:
                tell("  C'est la première paire.")
            elif (last := said.pop()) != "p":
                _take_back(session, found[len(said)], last)
                tell("  Repris : la réponse à cette paire est annulée.")
            continue
        a, b = each.first.dossier, each.second.dossier
        if answer == "r":
            settled = link(visitor_of(session), a, b)
            tell(f"  Reliés : {a} et {b} sont une personne ; les deux dossiers restent.")
            _tell_ended(session, settled)
        elif answer == "d":
            tell_apart(visitor_of(session), a, b)
            tell(f"  Retenu : {a} et {b} sont deux personnes ; la paire ne reviendra plus.")
        said.append(answer)
    done = [f"{said.count(k)} {plural(said.count(k), how)}" for k, how in _SETTLED.items()]
    left = len(found) - said.count("r") - said.count("d")
    tell("", f"{', '.join(done)}, {left} à régler.")


_HOW = (
    "Chaque paire est peut-être une seule personne. Relier garde les deux dossiers",
    "et leurs références ; rien n'est fusionné, et tout se reprend (< : la paire",
    "d'avant).",
)
_SETTLED = {"r": "reliée", "d": "distincte"}
_KINDS = {"r": "PERSONS_LINKED", "d": "NAMESAKE_CONFIRMED"}


def _take_back(session: Session, each: Proposal, answer: str) -> None:
    """Take back what was answered to a pair."""
    from agir_cli.domain.events import Kind
    from agir_cli.usecases.proposals import unsay

    a, b = each.first.dossier, each.second.dossier
    unsay(visitor_of(session), Kind[_KINDS[answer]], a, b, "réponse reprise")


def _asked() -> str:
    print("  [r]elier, [d]istinctes, [p]asser, [<] revenir, [q]uitter : ", end="",
          file=sys.stderr, flush=True)  # fmt: skip
    while True:
        line = sys.stdin.readline()
        answer = line.strip().casefold()[:1]
        if not line:
            return "q"
        if answer in ("r", "d", "p", "<", "q"):
            return answer
        print(
            "  r (une personne), d (deux), p (plus tard), < ou q : ",
            end="",
            file=sys.stderr,
            flush=True,
        )


def _grade_told(likeness: Likeness) -> str:
    return f"{likeness.grade.value} ({likeness.score:.2f})"


_COMPARED = (
    ("nom", "Nom"), ("prenoms", "Prénoms"), ("nom_usage", "Nom d'usage"),
    ("date_naissance", "Né(e) le"), ("agdref", "N° AGDREF"), ("sexe", "Sexe"),
    ("nationalite", "Nationalité"), ("telephone", "Téléphone"), ("courriel", "Courriel"),
)  # fmt: skip


def _side_by_side(session: Session, each: Proposal) -> Iterator[str]:
    """Two records beside each other: what is the same, what is not, what one of them lacks."""
    from agir_cli.reports.field_words import shown
    from agir_cli.usecases.consult import record
    from agir_cli.usecases.doubles import facts_told

    both = [record(visitor_of(session), side.dossier) for side in (each.first, each.second)]
    rows = [("Dossier", *(found.reference for found in both))]
    rows += [
        (label, *(shown(name, found.person.get(name)) for found in both))
        for name, label in _COMPARED
    ]
    rows += [(label, *(found.listed.get(name, "") for found in both))
             for name, label in (("menage", "Ménage"),)]  # fmt: skip
    rows.append(("Commune", *map(_commune, both)))
    rows.append(("Étape", *(found.standing.stage.label for found in both)))
    width = max(12, *(len(first) for _, first, _ in rows))
    for label, first, second in rows:
        if first or second:
            mark = " " if not first or not second else "=" if first == second else "≠"
            yield f"  {label:<12} {first or '—':<{width}} {mark} {second or '—'}"
    yield f"  Concorde : {facts_told(each.likeness.agree)}"
    if each.likeness.differ:
        yield f"  Diffère  : {facts_told(each.likeness.differ)}"


def _commune(found: Record) -> str:
    from agir_cli.reports.field_words import place_told

    place = found.standing.state.facts.commune_residence
    return place_told(place) if place is not None else ""


# --- one pair ----------------------------------------------------------------------------


@made(app, "same")
def same(
    session: Session,
    *,
    a: str = word("A", "Un dossier"),
    b: str = word("B", "L'autre"),
    undo: bool = flag("Ne plus les relier."),
    reason: str = _REASON,
) -> None:
    """Relier deux dossiers d'une même personne : les deux restent, et répondent tous deux.

    Exemples :
      agir same 44-0042 44-0107
      agir same 44-0042 44-0107 --undo --reason "deux sœurs"
    """
    from agir_cli.domain.events import Kind
    from agir_cli.usecases.proposals import link, unsay

    if undo:
        _tell_undone(unsay(visitor_of(session), Kind.PERSONS_LINKED, a, b, reason), "reliés")
    else:
        _tell_settled(session, link(visitor_of(session), a, b, reason), linked=True)


@made(app, "distinct")
def distinct(
    session: Session,
    *,
    a: str = word("A", "Un dossier"),
    b: str = word("B", "L'autre"),
    undo: bool = flag("Ne plus le retenir."),
    reason: str = _REASON,
) -> None:
    """Retenir que deux dossiers sont de deux personnes : la paire n'est plus proposée.

    Exemples :
      agir distinct 44-0042 44-0107 --reason "jumeaux"
      agir distinct 44-0042 44-0107 --undo
    """
    from agir_cli.domain.events import Kind
    from agir_cli.usecases.proposals import tell_apart, unsay

    if undo:
        gone = unsay(visitor_of(session), Kind.NAMESAKE_CONFIRMED, a, b, reason)
        _tell_undone(gone, "dits distincts")
    else:
        _tell_settled(session, tell_apart(visitor_of(session), a, b, reason), linked=False)


def _tell_settled(session: Session, said: Settled, *, linked: bool) -> None:
    what = "reliés : une seule personne" if linked else "retenus comme deux personnes"
    already = "déjà " if said.before else ""
    tell(f"{said.first} et {said.second} sont {already}{what}.")
    _tell_ended(session, said)
    if linked and not said.before:
        say(session, f"Pour revenir dessus : agir same {said.first} {said.second} --undo")
        from agir_cli.usecases.members import families

        both = [f for one in said[:2] for f in families(visitor_of(session), one)]
        if len({each.code for each in both}) > 1:  # a family that two offices have enrolled
            say(session, f"Leurs ménages sont à part ; si c'est le même : agir household merge"
                         f" {said.first} {said.second}")  # fmt: skip


def _tell_ended(session: Session, said: Settled) -> None:
    if said.ended is not None:
        other = said.second if said.ended == said.first else said.first
        say(session, f"À noter : le droit de cette personne est épuisé ({said.ended}).",
            f"          Regardez l'autre dossier : agir show {other}")  # fmt: skip


def _tell_undone(said: Settled, what: str) -> None:
    if said.before:
        tell(f"{said.first} et {said.second} n'étaient pas {what} : rien n'a changé.")
    else:
        tell(f"{said.first} et {said.second} ne sont plus {what} ; leur journal le garde.")


# --- what somebody was called ------------------------------------------------------------


@made(identity, "add")
def add(
    session: Session,
    *,
    ref: str = reference(),
    nom: str | None = option("TEXTE", "Un autre nom : ancien, ou autre orthographe."),
    prenoms: str | None = option("TEXTE", "D'autres prénoms."),
    nom_usage: str | None = option("TEXTE", "Un autre nom d'usage."),
    date_naissance: str | None = option("DATE", "Une autre date de naissance."),
    agdref: str | None = option("TEXTE", "Un autre n° AGDREF."),
    source: str = option("TEXTE", "Le document qui le dit.", required=True),
    on: str | None = option("DATE", "La date de ce document."),
) -> None:
    """Garder un ancien nom, une orthographe, une naissance ou un numéro, avec le document.

    La personne garde son nom d'aujourd'hui ; ce qu'on ajoute est cherché comme lui.

    Exemples :
      agir identity add 44-0042 --nom MOHAMMADZAI --source "taskera" --on 2019
      agir identity add 44-0042 --date-naissance 1994 --source "acte OFPRA"
    """
    from agir_cli.cli.session import one_line, read_day, reading_for, told_of
    from agir_cli.domain.fields import FIELDS
    from agir_cli.usecases.proposals import recall

    say_once_of_the_history(session)

    given = {
        "nom": nom, "prenoms": prenoms, "nom_usage": nom_usage, "date_naissance": date_naissance,
        "agdref": agdref,
    }  # fmt: skip
    source = one_line(source, "--source")
    if not source:
        raise UsageFailure("Quel document le dit ?", "Par exemple : --source taskera")
    said: dict[str, str] = {}
    for name, text in given.items():
        if not text:
            continue
        type_, option_ = FIELDS[name].type, FIELDS[name].option
        with told_of(option_):
            value = type_.read(text, reading_for(session))
            said[name] = type_.write(value)
        if name == "date_naissance":
            _refuse_to_come(option_, value, session)
    if not said:
        raise UsageFailure("Que faut-il garder ?", "Par exemple : --nom, --date-naissance.")
    day = read_day(on, session, "--on") if on else None
    _refuse_to_come("--on", day, session)
    dossier, new = recall(visitor_of(session), ref, said, day, source)
    told = ", ".join(FIELDS[name].label for name in new)
    tell(f"Dossier {dossier} : {f'gardé ({told})' if new else 'c’était déjà connu'}.")


def _refuse_to_come(option: str, day: PartialDate | None, session: Session) -> None:
    if day is not None and day.earliest > session.today:
        from agir_cli.domain.dates import french

        raise UsageFailure(f"{option} : {french(day)} est encore à venir.")
