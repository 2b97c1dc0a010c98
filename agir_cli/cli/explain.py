"""Every answer with its source: `agir explain`, `agir eligibility`, `agir rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import Given, made
from agir_cli.cli.screen import plain, say, tell
from agir_cli.cli.session import Session, exact_day, visitor_of
from agir_cli.domain import commands as c
from agir_cli.domain.dates import Verdict, french, french_day, french_on, french_until
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.eligibility import CRITERIA, REASON_OF, Answer, Assessment, decision_of
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reasons import Finding
from agir_cli.domain.rules import Clock, MotiveRule, Rulebook
from agir_cli.domain.vocabulary import Status
from agir_cli.failures import UsageFailure
from agir_cli.usecases.consult import Record, record
from agir_cli.usecases.ledger import Visitor

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.reports.sheet import Sheet

app = Commands()

COLUMNS = {
    "critere": "Critère", "reponse": "Réponse", "fait": "Fait", "source": "Source",
    "a_faire": "À faire",
}  # fmt: skip
FINAL = "final"
"""The criterion that no fact of the person answers: a refusal or a stop has used the right up."""

Row = tuple[str, str, str, str, str]


# --- agir explain ------------------------------------------------------------------------


@made(app, "explain", printed=True)
def explain(
    session: Session,
    printed: Printed,
    *,
    ref: str = word("REF", "Référence, AGDREF, début ou nom"),
    letter: bool = flag("Une page sans jargon, à remettre à la personne.", "--print"),
) -> None:
    """Dire pourquoi : chaque critère, le fait, la source, et ce qui changerait la réponse.

    Exemples :
      agir explain 44-0042
      agir explain 44-0042 --print > page.txt
      agir explain 44-0042 --format json
    """
    from agir_cli.cli.render import show_rows

    form = printed.form
    visitor = visitor_of(session)
    found = record(visitor, ref)
    if letter:
        from agir_cli.cli.letter import lines

        print(*map(plain, lines(found, session.today)), sep="\n")
        return
    joined = found.standing.state.facts.rejoint or found.words.get("rejoint")
    assessment = _linked(visitor, found.standing.assessment, joined)
    sheet = _sheet(assessment, _used_up(session, found))
    show_rows(session, sheet, form, lambda: _show_dossier(found, assessment))


def _used_up(session: Session, found: Record) -> Finding | None:
    """The right used up, where it is: what a machine must not miss, since it comes first."""
    closing = found.standing.state.closing
    if closing is None or not found.standing.final:
        return None
    from agir_cli.domain.reasons import finding

    on = f", {french_on(closing.on)}" if closing.on else ""
    fact = f"{closing.motive.label}{on} : définitif, le droit est épuisé"
    source = str(_rules(session).motives[closing.motive].source)
    return finding("droit_epuise", fact, source=source, dossier=found.reference)


def _show_dossier(found: Record, assessment: Assessment) -> None:
    standing = found.standing
    closing = standing.state.closing
    tell(f"{found.reference} — {standing.assessment.route.label} — étape : {standing.stage.label}")
    if closing is not None:
        final = "définitif" if standing.final else "non définitif"
        tell(f"Clos ({french(closing.on)}) : {closing.motive.label} — {final}")
        tell("Ce qui suit est la pré-vérification de l'entrée ; elle ne rouvre rien.")
    elif standing.ends_by is not None:
        tell(f"Le droit court {french_until(standing.ends_by)} (deux ans au plus).")
    _show(assessment, found.reference, advice=closing is None)


# --- agir eligibility --------------------------------------------------------------------


@made(app, "eligibility", of=c.Enroll, positional=False, files=False, printed=True)
def eligibility(
    session: Session,
    given: Given,
    printed: Printed,
    *,
    asked: str | None = option(
        "DATE", "Jour supposé de la demande, faute d'orientation ; sinon aujourd'hui.", "--on"
    ),
) -> None:
    """Pré-vérifier une situation sans rien enregistrer ; aucun nom n'est demandé.

    Sans orientation ni décision de l'OFII, la demande est supposée d'aujourd'hui, ou de --on.

    Exemples :
      agir eligibility --statut refugie --date-cir 2023-01 --commune-residence Nantes
      agir eligibility --departement 85 --date-cir 10/02/2023 --on 05/03/2024
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.cli.run_command import read_command
    from agir_cli.usecases.precheck import precheck, used_up

    form = printed.form
    if given["dossier"]:
        raise UsageFailure(
            "--dossier : la pré-vérification ne lit que ce qui est donné ici.",
            f"Pour un dossier qui existe : agir explain {given['dossier']}",
        )
    named = {**given, "nom": given["nom"] or "X"}  # enrolment wants one; nobody sees it
    command = read_command(session, c.Enroll, named)
    visitor = visitor_of(session)
    day = exact_day(asked, session.today, "--on") if asked else session.today
    assessment = _linked(visitor, precheck(visitor, command, day), command.rejoint)
    _say_contradictions(session, command)
    over = used_up(visitor, command.agdref)

    def screen() -> None:
        if over is not None:
            _answer(f"Éligible : non. {over.sentence}", over.fact, over.source, over.remedy)
            print()
        tell(assessment.route.label)
        _show(assessment)

    show_rows(session, _sheet(assessment, over), form, screen)


def _say_contradictions(session: Session, command: c.Enroll) -> None:
    """Two dates that cannot both be true, said before any answer, as `enroll` would refuse them."""
    from agir_cli.domain.decisions.admission import incoherent
    from agir_cli.domain.decisions.common import Context
    from agir_cli.store.rulebook import shipped

    for found in incoherent(command, Context(session.today, shipped())):
        if found.code == "avant_etape":
            say(session, f"Incohérent : {found.sentence}")
            say(session, f"             {found.remedy}")


# --- the criteria of a pre-check ---------------------------------------------------------


def _rows(assessment: Assessment, reference: str = "REF") -> list[Row]:
    """Each criterion as `COLUMNS`."""
    remedies = {f.code: f.remedy for f in criteria_findings(assessment, reference)}
    return [
        (a.criterion, a.verdict.value, a.fact, a.source, _to_do(a, remedies))
        for a in assessment.answers
    ]


def _to_do(answer: Answer, remedies: dict[str, str]) -> str:
    if answer.missing:
        fields = ", ".join(FIELDS[name].option for name in answer.missing)
        return f"à compléter : {fields}"
    if answer.verdict is not Verdict.NO:
        return ""
    return remedies.get(REASON_OF.get(answer.criterion, ""), "")


def _sheet(assessment: Assessment, over: Finding | None) -> Sheet:
    """The criteria, then `eligible` and `voie`.

    ``over``: the right used up, which comes first; nobody is eligible with it.
    """
    from agir_cli.reports.sheet import columns, one_list

    rows = _rows(assessment)
    if over is not None:
        rows.insert(0, (FINAL, Verdict.NO.value, over.fact, over.source, over.remedy))
    eligible = assessment.eligible if over is None else Verdict.NO
    rows.append(("eligible", eligible.value, "", "", ""))
    rows.append(("voie", assessment.route.value, assessment.route.label, "", ""))
    return one_list("Éligibilité", columns(COLUMNS, texts=[*COLUMNS]), rows)


def _show(assessment: Assessment, reference: str = "REF", *, advice: bool = True) -> None:
    """Every criterion on the screen: answer, fact, source, and what would change it."""
    receipt = french(assessment.receipt) or "inconnue"
    tell(f"Demande reçue : {receipt} (jour {assessment.receipt_of})")
    rules = assessment.rules.title if assessment.rules else "règle non connue à cette date"
    tell(f"Règle : {rules}", *_eligible(assessment))
    print()
    for criterion, reply, fact, source, to_do in _rows(assessment, reference):
        asked = to_do if advice else ""
        _answer(f"{CRITERIA[criterion]} : {reply.upper()}", fact, source, asked)


def _answer(told: str, fact: str, source: str, to_do: str) -> None:
    tell(told, f"    Fait      : {fact}", f"    Source    : {source}")
    if to_do:
        tell(f"    Que faire : {to_do}")


def _eligible(assessment: Assessment) -> list[str]:
    """Whose answer it is: OFII's once it has decided, and the tool's own beside it."""
    checked = _prechecked(assessment)
    last = assessment.answers[-1]
    if last.criterion != "ofii":
        return [f"Éligible (pré-vérification, l'OFII décide) : {checked}"]
    return [
        f"Éligible ({decision_of(last.of[0])}) : {last.verdict.value}",
        f"Pré-vérification de l'outil, pour information : {checked}",
    ]


def _prechecked(assessment: Assessment) -> str:
    if assessment.precheck is not Verdict.UNKNOWN:
        return str(assessment.precheck.value)
    if assessment.rules is None and assessment.receipt is not None:
        return "règle non connue à cette date : l'OFII décide"
    return "pas encore : il manque des faits"


def _linked(visitor: Visitor, assessment: Assessment, joined: str | None) -> Assessment:
    """The same answers; that of a joiner's status says where the BPI joined is, or is not.

    ``joined``: the AGDREF number or the reference given. A link that is not known refuses nothing.
    """
    answers = [
        _of_joiner(visitor, answer, joined)
        if answer.criterion == "status" and Status.JOINER in answer.of
        else answer
        for answer in assessment.answers
    ]
    return assessment._replace(answers=tuple(answers))


def _of_joiner(visitor: Visitor, answer: Answer, joined: str | None) -> Answer:
    if not joined:
        return answer._replace(missing=("rejoint",))
    from agir_cli.usecases.consult import search

    found = search(visitor, joined) if visitor.path.exists() else []
    if len(found) == 1:
        return answer._replace(of=(Status.JOINER, f"dossier {found[0].reference}"))
    told = f"{joined}, sans dossier dans ce fichier : lien inconnu"
    return answer._replace(of=(Status.JOINER, told), missing=("rejoint",))


# --- agir rules --------------------------------------------------------------------------


@made(app, "rules", printed=True)
def rules(
    session: Session,
    printed: Printed,
    *,
    add: str | None = option("FICHIER", "Ajouter une règle (TOML) à ce fichier."),
    contract_clock: str | None = option(
        "DÉPART", "Départ des trois semaines : commission, diagnostic."
    ),
) -> None:
    """Montrer les règles, les délais et les motifs appliqués, avec leurs sources.

    Exemples :
      agir rules
      agir rules --add criteres-2025.toml
      agir rules --contract-clock diagnostic
    """
    from agir_cli.cli.render import show_rows

    form = printed.form
    if add is not None:
        _add_rule_set(session, add)
    elif contract_clock is not None:
        _set_contract_clock(session, contract_clock)
    else:
        book = _rules(session)
        show_rows(session, _rules_sheet(book), form, lambda: _show_rules(book))


def _rules_sheet(book: Rulebook) -> Sheet:
    from agir_cli.reports.sheet import columns, one_list

    known = columns(
        {"nature": "Nature", "code": "Code", "intitule": "Intitulé", "regle": "Règle",
         "debut": "Du", "fin": "Au", "source": "Source"},
        texts=("intitule", "regle", "source"), dates=("debut", "fin"),
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [
        ("critere", f"{s.code}:{criterion.code}", CRITERIA[criterion.code], criterion.reading,
         s.start.isoformat(), s.end.isoformat() if s.end else "", str(criterion.source))
        for s in book.rule_sets
        for criterion in s.criteria.values()
    ]  # fmt: skip
    rows += [
        ("delai", clock.name, clock.note, _length(clock), clock.since.isoformat(), "",
         str(clock.source))
        for clocks in book.clocks.by_name.values()
        for clock in clocks
    ]  # fmt: skip
    rows += [
        ("motif", m.motive.value, m.motive.label, _finality(m), "", "", str(m.source))
        for m in book.motives.values()
    ]
    return one_list("Règles, délais et motifs appliqués", known, rows)


def _show_rules(book: Rulebook) -> None:
    for rule_set in book.rule_sets:
        until = f"au {french_day(rule_set.end)}" if rule_set.end else "sans fin"
        tell(f"{rule_set.title} ({rule_set.code})")
        tell(f"  Du {french_day(rule_set.start)} {until}")
        opened = (f"{d} ouvert le {french_day(o)}" for d, o in sorted(rule_set.departments.items()))
        tell(f"  Départements : {', '.join(opened)}")
        for criterion in rule_set.criteria.values():
            tell(f"  {CRITERIA[criterion.code]} : {criterion.reading}")
            checked = french_day(criterion.source.checked_on)
            tell(f"      Source : {criterion.source} (vérifié le {checked})")
        print()
    _show_clocks(book)
    _show_motives(book)


def _rules(session: Session) -> Rulebook:
    """The rules of the team's file; those shipped where there is no file yet."""
    if session.db.exists():
        from agir_cli.usecases.upkeep import rules_of

        return rules_of(visitor_of(session))
    from agir_cli.store.rulebook import shipped

    return shipped()


def _add_rule_set(session: Session, source: str) -> None:
    from pathlib import Path

    from agir_cli.usecases.upkeep import add_rule_set

    try:
        text = Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageFailure(f"--add : « {source} » ne peut pas être lu.") from None
    code = add_rule_set(visitor_of(session), text, Path(source).name)
    say(session, f"Règle « {code} » ajoutée ; les dossiers sont recalculés.")


def _set_contract_clock(session: Session, start: str) -> None:
    from agir_cli.usecases.upkeep import CONTRACT_STARTS, start_contract_at

    if start not in CONTRACT_STARTS:
        raise UsageFailure(f"--contract-clock : {' ou '.join(CONTRACT_STARTS)}.")
    start_contract_at(visitor_of(session), start)
    say(session, f"Les trois semaines partent maintenant de : {start} ; dossiers recalculés.")


def _show_clocks(book: Rulebook) -> None:
    tell("Délais")
    for clocks in book.clocks.by_name.values():
        for clock in clocks:
            tell(f"  {clock.name} : {_length(clock)}")
            tell(f"      {clock.note}")
            tell(f"      Source : {clock.source}")
    tell("  [D] : choix du projet agir, là où les sources ne disent rien.")
    print()


def _length(clock: Clock) -> str:
    from agir_cli.domain.causes import STARTS

    length = clock.length
    years = "an" if length.years == 1 else "ans"
    parts = ((length.years, years), (length.months, "mois"), (length.days, "jours"))
    told = " ".join(f"{count} {unit}" for count, unit in parts if count)
    return f"{told}, à partir de : {STARTS[clock.start_event]}"


def _show_motives(book: Rulebook) -> None:
    tell("Motifs de clôture")
    for m in book.motives.values():
        tell(f"  {m.motive.value} : {m.motive.label} ; {_finality(m)} ; agir {m.command}")
        tell(f"      Source : {m.source}")


def _finality(rule: MotiveRule) -> str:
    return "définitif" if rule.final else "non définitif"
