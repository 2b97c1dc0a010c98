"""What the criteria answer before anything is recorded: `agir eligibility`.

One situation by options, a prescriber's list (`--from`), or the file under a rule-set that the
team has not added (`--with`). Nothing is written to the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from agir_cli.cli.clocks import Row
from agir_cli.cli.commands.explain import (
    OF_CRITERIA,
    USED_UP,
    answers_sheet,
    criteria_rows,
    linked,
    places_rows,
    rule_told,
    show_each,
    show_whole,
)
from agir_cli.cli.commands.rules import LOOKED_AT, read_rule_file, rules_in_force
from agir_cli.cli.groups import Commands, Given, flag, option
from agir_cli.cli.options import BLANK, KEPT_TITLES, MAPPING, SHEET, made
from agir_cli.cli.screen import plural, say, tell
from agir_cli.cli.session import Session, exact_day, visitor_of
from agir_cli.domain import commands as c
from agir_cli.domain.dates import french
from agir_cli.domain.eligibility import CRITERIA, Answer, Assessment
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import in_sentence
from agir_cli.failures import UsageFailure
from agir_cli.usecases.consult import departments
from agir_cli.usecases.precheck import (
    Checked,
    Compared,
    assessments,
    changed,
    checked_rows,
    deciding,
    precheck,
    told_of,
    used_up,
)

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.reports.sheet import Sheet

app = Commands()


@made(app, "eligibility", of=c.Enroll, positional=False, files=False, printed=True)
def eligibility(
    session: Session,
    given: Given,
    printed: Printed,
    *,
    asked: str | None = option(
        "DATE", "Jour supposé de la demande, faute d'orientation ; sinon aujourd'hui.", "--on"
    ),
    people: str | None = option("FICHIER", "Une liste de personnes ; - : l'entrée.", "--from"),
    leaf: str | None = SHEET,
    titles: tuple[str, ...] = MAPPING,
    signs: tuple[str, ...] = BLANK,
    kept_titles: str | None = KEPT_TITLES,
    text: str | None = option(
        "RÈGLE.toml", "Comparer avec une règle qui n'est pas ajoutée.", "--with"
    ),
    any_day: bool = flag("Avec --with : comme si cette règle valait à toutes les dates."),
) -> int:
    """Pré-vérifier une situation, ou une liste, sans rien enregistrer ; aucun nom n'est demandé.

    Sans orientation ni décision de l'OFII, la demande est supposée d'aujourd'hui, ou de --on.
    Avec --from, la liste revient telle quelle, avec la réponse et ses raisons à chaque ligne. Avec
    --with, sans autre fait, ce que la règle changerait pour les dossiers du fichier.

    Exemples :
      agir eligibility --statut refugie --date-cir 2023-01 --commune-residence Nantes
      agir eligibility --departement 85 --date-cir 10/02/2023 --on 05/03/2024
      agir eligibility --from liste.xlsx --output reponses.xlsx
      agir eligibility --with texte-2026.toml
      agir eligibility --from liste.csv --with texte-2026.toml --any-day
    """
    from agir_cli.cli.files import FileOptions

    facts = {name for name, value in given.items() if value}
    day = exact_day(asked, session.today, "--on") if asked else session.today
    book = rules_in_force(session)
    other = None if text is None else _with(session, text, book, any_day=any_day)
    if any_day and text is None:
        raise UsageFailure("--any-day ne va qu'avec --with RÈGLE.toml.")
    if people is not None:
        if facts:
            named = ", ".join(FIELDS[name].option for name in sorted(facts))
            raise UsageFailure(f"Avec --from, ces options n'ont pas de sens : {named}")
        options = FileOptions(people, sheet=leaf, mapping=titles, use_map=kept_titles, blank=signs)
        return _list(session, printed, options, (book, other), day)
    of_a_list = {"--sheet": leaf, "--map": titles, "--blank": signs, "--use-map": kept_titles}
    alone = [typed for typed, value in of_a_list.items() if value]
    if alone:
        raise UsageFailure(f"{', '.join(alone)} ne va qu'avec --from FICHIER.")
    if other is not None and not facts:
        _compare_file(session, printed, book, other)
        return 0
    _one(session, given, printed, day, (book, other))
    return 0


def _with(session: Session, path: str, book: Rulebook, *, any_day: bool) -> Rulebook:
    """The rules with a draft before them: where both cover a day, the draft is asked."""
    from agir_cli.usecases.upkeep import draft_of

    draft = draft_of(*read_rule_file(path, "--with"))
    days = "à toutes les dates" if any_day else draft.days
    say(session, f"Règle comparée, non ajoutée : {draft.title} ({draft.code}), {days}.")
    return book.drafted(draft, any_day=any_day)


# --- one situation -------------------------------------------------------------------------


def _one(
    session: Session,
    given: Given,
    printed: Printed,
    day: Any,
    books: tuple[Rulebook, Rulebook | None],
) -> None:
    from agir_cli.cli.render import show_rows
    from agir_cli.cli.run_command import read_command

    form, (today, other) = printed.form, books
    if given["dossier"]:
        raise UsageFailure(
            "--dossier : la pré-vérification ne lit que ce qui est donné ici.",
            f"Pour un dossier qui existe : agir explain {given['dossier']}",
        )
    named = {**given, "nom": given["nom"] or "X"}  # enrolment wants one; nobody sees it
    command = read_command(session, c.Enroll, named)
    visitor = visitor_of(session)
    book = other or today
    judged = precheck(visitor, command, day, book)
    assessment = linked(visitor, judged.assessment, command.rejoint)
    _say_contradictions(session, command)
    over = used_up(visitor, command.agdref)
    rows = criteria_rows(assessment, book, judged.state, departments(visitor), session.today)
    rows += places_rows(visitor, assessment, judged.state.department)

    def screen() -> None:
        if over is not None:
            told = f"Éligible : non. {over.sentence}"
            show_each([Row(USED_UP, "non", over.fact, over.source, over.remedy, title=told)])
            print()
        if other is not None:
            before = precheck(visitor, command, day, today).assessment
            tell(
                f"Aujourd'hui : {_answer_told(before)}",
                f"Avec cette règle : {_answer_told(assessment)}",
                "",
            )
        tell(assessment.route.label)
        show_whole(assessment, rows)
        print()
        show_each(rows)

    show_rows(session, answers_sheet(rows, over, OF_CRITERIA), form, screen)


def _answer_told(assessment: Assessment) -> str:
    return f"{_word(assessment)} ({rule_told(assessment)})"


def _say_contradictions(session: Session, command: c.Enroll) -> None:
    """Two dates that cannot both be true, said before any answer, as `enroll` would refuse them."""
    from agir_cli.domain.decisions.admission import incoherent
    from agir_cli.domain.decisions.common import Context
    from agir_cli.store.rulebook import shipped

    for found in incoherent(command, Context(session.today, shipped())):
        if found.code == "avant_etape":
            say(session, f"Incohérent : {found.sentence}")
            say(session, f"             {found.remedy}")


# --- a list ----------------------------------------------------------------------------------


_ANSWERS = ("eligible", "voie", "regle", "motifs", "source", "a_completer")
_UNDER = ("eligible_avec", "voie_avec", "motifs_avec", "change")
_UNREAD = "illisible"


def _list(
    session: Session,
    printed: Printed,
    options: Any,
    books: tuple[Rulebook, Rulebook | None],
    day: Any,
) -> int:
    """Write a list back, its own columns in their order, with the answer of each row."""
    from agir_cli.cli.files import headings_for, label_of, lines_of, open_file
    from agir_cli.cli.render import show
    from agir_cli.cli.session import reading_for

    form, (today, draft) = printed.form, books
    known = headings_for(c.Enroll)
    counts: Counter[str] = Counter()
    with open_file(session, c.Enroll, options, known, label_of, nameless=True) as (
        table,
        matching,
        report,
    ):
        found = checked_rows(
            visitor_of(session), matching.columns, lines_of(table, matching, report),
            reading_for(session), on=day, erasers=options.blank, rulebook=today, draft=draft,
        )  # fmt: skip
        show(
            session,
            _list_sheet(
                table.header, matching.columns, _counted(found, counts), draft, hidden=form.hidden
            ),
            form,
        )
        report.tell()
    read = sum(n for what, n in counts.items() if what != "change")
    told = ", ".join(f"{counts[what]} {what}" for what in ("oui", "non", "inconnu"))
    told += f", {counts[_UNREAD]} {_UNREAD}"
    say(session, f"{read} {plural(read, 'ligne lue')} : {told}. Rien n'est enregistré.")
    if draft is not None:
        say(session, f"Avec cette règle, la réponse ou la voie change pour {counts['change']}.")
    return 5 if counts[_UNREAD] else 0


def _counted(found: Iterable[Checked], counts: Counter[str]) -> Iterator[Checked]:
    for each in found:
        whole, _ = told_of(each)
        counts[whole.value if whole else _UNREAD] += 1
        if each.assessment and each.draft and changed(each.assessment, each.draft):
            counts["change"] += 1
        yield each


def _list_sheet(
    header: Sequence[str],
    fields: Sequence[str | None],
    found: Iterator[Checked],
    draft: Rulebook | None,
    *,
    hidden: bool,
) -> Sheet:
    """The list as it came with its answers; people see who, the answer and why.

    ``hidden``: of its own cells only those that a criterion looks at: any other may say who.
    """
    from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns

    answers = (*_ANSWERS, *(_UNDER if draft is not None else ()))
    kept = [place for place, name in enumerate(header) if name not in {*_ANSWERS, *_UNDER}]
    named = _distinct([header[place] for place in kept])
    own = [Column(name, name, kind=Kind.TEXT) for name in named]
    told = [column._replace(label=column.heading, kind=Kind.TEXT) for column in columns(answers)]
    looked_at = {name for names in LOOKED_AT.values() for name in names} - {"rejoint"}
    shown = [p for p in kept if not hidden or fields[p] in looked_at]
    who = [p for p in shown if fields[p] in ("nom", "prenoms", "agdref")][:2]
    people = [Column("ligne", "Ligne", kind=Kind.NUMBER),
              *(Column(header[p], header[p], kind=Kind.TEXT) for p in who), *told]  # fmt: skip

    def cells(each: Checked, places: Sequence[int]) -> list[str]:
        own = {place: cell for place, cell in enumerate(each.line.cells) if place in shown}
        answer = _cells(each, compared=draft is not None, hidden=hidden)
        return [*(own.get(place, "") for place in places), *answer]

    usual = [*(column.name for column in people[: 1 + len(who)]), "eligible", "voie", "motifs"]
    usual += ["eligible_avec", "motifs_avec"] if draft is not None else []
    return Sheet(
        title="",
        sections=[
            Section("", people, ([each.line.line, *cells(each, who)] for each in found), usual)
        ],
        data=Data([*own, *told], (cells(each, kept) for each in found)),
    )  # fmt: skip


def _distinct(names: Sequence[str]) -> list[str]:
    """The headings of a list, those that are blank or come twice told apart."""
    met: Counter[str] = Counter()
    distinct = []
    for name in names:
        met[name] += 1
        distinct.append(name if met[name] == 1 and name else f"{name or 'colonne'} ({met[name]})")
    return distinct


def _cells(each: Checked, *, compared: bool, hidden: bool) -> list[str]:
    """The answer of a row: the columns of ``_ANSWERS``, and those of ``_UNDER``."""
    before, under = each.assessment, each.draft
    if before is None:
        faults = [_UNREAD] if hidden else [f.cell_sentence for f in each.faults]
        told = ["", "", "", " ; ".join(faults), "", ""]
        return [*told, *([""] * len(_UNDER) if compared else [])]
    whole, reasons = told_of(each)
    assert whole is not None
    over = [each.over] if each.over else []
    why = [f"{f.sentence} ({f.fact})" for f in (*over, *each.faults)] + [*map(_why, reasons)]
    sources = dict.fromkeys([*(f.source for f in over), *(a.source for a in reasons)])
    missing = dict.fromkeys(name for answer in reasons for name in answer.missing)
    told = [
        whole.value, before.route.value, rule_told(before), " ; ".join(why), " ; ".join(sources),
        ", ".join(in_sentence(FIELDS[name].label) for name in missing),
    ]  # fmt: skip
    if compared and under is not None:
        turned = "oui" if changed(before, under) else "non"
        reasons = told_of(each._replace(assessment=under))[1]
        told += [under.eligible.value, under.route.value, " ; ".join(map(_why, reasons)), turned]
    return told


def _why(answer: Answer) -> str:
    """A reason in one sentence: « Année du CIR : CIR : 2019 ; demande reçue : … »."""
    return f"{CRITERIA[answer.criterion]} : {answer.fact}"


# --- the file, under a rule-set that is not added --------------------------------------------


_CHANGED = ("dossier", "nom", "prenoms", "departement", "demande", "avant", "apres", "voie_avant",
            "voie_apres", "critere", "fait", "source", "ofii")  # fmt: skip


def _compare_file(session: Session, printed: Printed, book: Rulebook, other: Rulebook) -> None:
    """Say what a text would change for the dossiers of the file: how many, who, by what."""
    from agir_cli.cli.render import show
    from agir_cli.reports.sheet import Data, Section, Sheet, columns
    from agir_cli.usecases.precheck import persons_of

    form, visitor, draft = printed.form, visitor_of(session), other.rule_sets[0]
    looked = judged = 0
    found: list[Compared] = []
    for each in assessments(visitor, book, other):
        looked += 1
        judged += each.after.rules is draft
        if each.changed:
            found.append(each)
    names = persons_of(visitor, [each.state.id for each in found])
    rows = [_changed_row(each, names.get(each.state.id, ("", ""))) for each in found]
    by: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        by.update({(row[5], row[6], what): 1 for what in row[9].split(" + ")})
    summary = [(*which, count) for which, count in sorted(by.items(), key=lambda i: -i[1])]
    decided = sum(row[-1] == "oui" for row in rows)
    notes = [
        f"{looked} {plural(looked, 'dossier')} du fichier, {judged} d'un jour et d'un département"
        f" de cette règle : la réponse ou la voie change pour {len(found)}.",
    ]
    if decided:
        notes.append(
            f"Dont {decided} que l'OFII a déjà orientés ou décidés : rien ne change pour eux."
        )
    if not judged:
        notes.append("Aucune demande du fichier n'est de ses jours ; pour l'essayer sur toutes :"
                     " ajoutez --any-day.")  # fmt: skip
    known = columns(_CHANGED, apres="Après", voie_apres="Voie après")
    show(session, Sheet(
        title=f"Ce que changerait « {draft.title} »", notes=notes,
        sections=[
            Section("Par critère (une personne peut y être deux fois)",
                    columns(("avant", "apres", "critere", "personnes"), apres="Après"), summary),
            Section("Qui", known, rows, ("dossier", "nom", "avant", "apres", "critere", "fait")),
        ],
        data=Data(known, rows), said=() if rows else notes,
    ), form)  # fmt: skip
    if not form.human:
        say(session, *notes)


def _changed_row(each: Compared, name: tuple[str, str]) -> tuple[str, ...]:
    why = deciding(each.before, each.after)
    criteria = dict.fromkeys(CRITERIA[answer.criterion] for answer in why)
    return (
        each.state.reference, *name, each.state.department, french(each.after.receipt),
        _word(each.before), _word(each.after), each.before.route.value, each.after.route.value,
        " + ".join(criteria), " ; ".join(answer.fact for answer in why),
        " ; ".join(dict.fromkeys(answer.source for answer in why)),
        "oui" if each.state.admitted or each.state.ofii else "non",
    )  # fmt: skip


def _word(assessment: Assessment) -> str:
    """The pre-check in one word; « règle non connue » where no rule judges."""
    if assessment.rules is None:
        return "règle non connue"
    return str(assessment.precheck.value)
