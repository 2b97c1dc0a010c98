"""Every answer with its source: `agir explain`, `agir eligibility`, `agir rules`."""

from __future__ import annotations

from typing import Annotated

import click
import typer

from agir_cli.cli.groups import Commands
from agir_cli.cli.options import Given, made_of
from agir_cli.cli.screen import plain, say, tell
from agir_cli.cli.session import Session, session_of, visitor_of
from agir_cli.domain import commands as c
from agir_cli.domain.dates import Verdict, french, french_day, french_on, french_until
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.eligibility import LABELS, REASON_OF, Answer, Assessment, decision_of
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reasons import Finding
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Status
from agir_cli.failures import UsageFailure
from agir_cli.usecases.consult import Record, record
from agir_cli.usecases.office import Visitor

app = Commands()

MACHINE = ("json", "csv")
COLUMNS = ("critere", "reponse", "fait", "source", "a_faire")
FINAL = "final"
"""The criterion that no fact of the person answers: a refusal or a stop has used the right up."""

Row = tuple[str, str, str, str, str]
_FORMATS = "csv ou json."


# --- agir explain ------------------------------------------------------------------------


@app.command("explain")
def explain(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Référence, AGDREF, début ou nom")],
    letter: Annotated[
        bool, typer.Option("--print", help="Une page sans jargon, à remettre à la personne.")
    ] = False,
    form: Annotated[str | None, typer.Option("--format", metavar="FORMAT", help=_FORMATS)] = None,
) -> None:
    """Dire pourquoi : chaque critère, le fait, la source, et ce qui changerait la réponse.

    Exemples :
      agir explain 44-0042
      agir explain 44-0042 --print > page.txt
      agir explain 44-0042 --format json
    """
    _check_form(form)
    session = session_of(ctx)
    visitor = visitor_of(session)
    found = record(visitor, ref)
    if letter:
        from agir_cli.cli.letter import lines

        print(*map(plain, lines(found, session.today)), sep="\n")
        return
    joined = found.standing.state.facts.rejoint or found.words.get("rejoint")
    assessment = _linked(visitor, found.standing.assessment, joined)
    if form is not None:
        _write(assessment, form, _used_up(session, found))
    else:
        _show_dossier(found, assessment)


def _check_form(form: str | None) -> None:
    if form is not None and form not in MACHINE:
        raise UsageFailure(f"--format : « {form} » n'est pas admis ici : csv ou json.")


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


@made_of(
    c.Enroll,
    app,
    "eligibility",
    click.Option(["form", "--format"], metavar="FORMAT", help=_FORMATS),
    positional=False,
    files=False,
)
def eligibility(session: Session, given: Given, form: str | None) -> None:
    """Pré-vérifier une situation sans rien enregistrer ; aucun nom n'est demandé.

    Exemples :
      agir eligibility --statut refugie --date-cir 2023-01 --commune-residence Nantes
      agir eligibility --departement 85 --date-cir 10/02/2023 --format json
    """
    from agir_cli.cli.run_command import read_command
    from agir_cli.usecases.precheck import precheck, used_up

    _check_form(form)
    if given["dossier"]:
        raise UsageFailure(
            "--dossier : la pré-vérification ne lit que ce qui est donné ici.",
            f"Pour un dossier qui existe : agir explain {given['dossier']}",
        )
    named = {**given, "nom": given["nom"] or "X"}  # enrolment wants one; nobody sees it
    command = read_command(session, c.Enroll, named)
    visitor = visitor_of(session)
    assessment = _linked(visitor, precheck(visitor, command), command.rejoint)
    _say_contradictions(session, command)
    over = used_up(visitor, command.agdref)
    if form is not None:
        _write(assessment, form, over)
        return
    if over is not None:
        tell(
            f"Éligible : non. {over.sentence}",
            f"    Fait      : {over.fact}",
            f"    Source    : {over.source}",
            f"    Que faire : {over.remedy}",
        )
        print()
    tell(assessment.route.label)
    _show(assessment)


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


def _write(assessment: Assessment, form: str, over: Finding | None) -> None:
    """The criteria as CSV or JSON on stdout, then `eligible` and `voie`.

    ``over``: the right used up, which comes first; nobody is eligible with it.
    """
    import sys

    from agir_cli.exchange.writing import write_rows

    rows = _rows(assessment)
    if over is not None:
        rows.insert(0, (FINAL, Verdict.NO.value, over.fact, over.source, over.remedy))
    eligible = assessment.eligible if over is None else Verdict.NO
    rows.append(("eligible", eligible.value, "", "", ""))
    rows.append(("voie", assessment.route.value, assessment.route.label, "", ""))
    write_rows(rows, COLUMNS, format=form, out=sys.stdout)


def _show(assessment: Assessment, reference: str = "REF", *, advice: bool = True) -> None:
    """Every criterion on the screen: answer, fact, source, and what would change it."""
    receipt = french(assessment.receipt) or "inconnue"
    tell(f"Demande reçue : {receipt} (orientation, sinon fiche, sinon CIR)")
    rules = assessment.rules.title if assessment.rules else "règle non connue à cette date"
    tell(f"Règle : {rules}", *_eligible(assessment))
    print()
    for criterion, reply, fact, source, to_do in _rows(assessment, reference):
        tell(f"{LABELS[criterion]} : {reply.upper()}")
        tell(f"    Fait      : {fact}")
        tell(f"    Source    : {source}")
        if to_do and advice:
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


@app.command("rules")
def rules(
    ctx: typer.Context,
    add: Annotated[
        str | None, typer.Option(metavar="FICHIER", help="Ajouter une règle (TOML) à ce fichier.")
    ] = None,
    contract_clock: Annotated[
        str | None,
        typer.Option(metavar="DÉPART", help="Départ des trois semaines : commission, diagnostic."),
    ] = None,
) -> None:
    """Montrer les règles, les délais et les motifs appliqués, avec leurs sources.

    Exemples :
      agir rules
      agir rules --add criteres-2025.toml
      agir rules --contract-clock diagnostic
    """
    session = session_of(ctx)
    if add is not None:
        _add_rule_set(session, add)
        return
    if contract_clock is not None:
        _set_contract_clock(session, contract_clock)
        return
    book = _rules(session)
    for rule_set in book.rule_sets:
        until = f"au {french_day(rule_set.end)}" if rule_set.end else "sans fin"
        tell(f"{rule_set.title} ({rule_set.code})")
        tell(f"  Du {french_day(rule_set.start)} {until}")
        opened = (f"{d} ouvert le {french_day(o)}" for d, o in sorted(rule_set.departments.items()))
        tell(f"  Départements : {', '.join(opened)}")
        for criterion in rule_set.criteria.values():
            tell(f"  {LABELS[criterion.code]} : {criterion.reading}")
            checked = french_day(criterion.source.checked_on)
            tell(f"      Source : {criterion.source} (vérifié le {checked})")
        print()
    _clocks(book)
    _motives(book)


def _rules(session: Session) -> Rulebook:
    """The rules of the team's file; those shipped where there is no file yet."""
    if session.db.exists():
        from agir_cli.usecases.rulings import rules_of

        return rules_of(visitor_of(session))
    from agir_cli.store.rulebook import shipped

    return shipped()


def _add_rule_set(session: Session, source: str) -> None:
    from pathlib import Path

    from agir_cli.usecases.rulings import add_rule_set

    try:
        text = Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageFailure(f"--add : « {source} » ne peut pas être lu.") from None
    code = add_rule_set(visitor_of(session), text)
    say(session, f"Règle « {code} » ajoutée ; les dossiers sont recalculés.")


def _set_contract_clock(session: Session, start: str) -> None:
    from agir_cli.usecases.rulings import CONTRACT_STARTS, start_contract_at

    if start not in CONTRACT_STARTS:
        raise UsageFailure(f"--contract-clock : {' ou '.join(CONTRACT_STARTS)}.")
    start_contract_at(visitor_of(session), start)
    say(session, f"Les trois semaines partent maintenant de : {start} ; dossiers recalculés.")


def _clocks(book: Rulebook) -> None:
    from agir_cli.domain.causes import STARTS

    tell("Délais")
    for clocks in book.clocks.by_name.values():
        for clock in clocks:
            length = clock.length
            years = "an" if length.years == 1 else "ans"
            parts = ((length.years, years), (length.months, "mois"), (length.days, "jours"))
            told = " ".join(f"{count} {unit}" for count, unit in parts if count)
            tell(f"  {clock.name} : {told}, à partir de : {STARTS[clock.start_event]}")
            tell(f"      {clock.note}")
            tell(f"      Source : {clock.source}")
    tell("  [D] : choix du projet agir, là où les sources ne disent rien.")
    print()


def _motives(book: Rulebook) -> None:
    tell("Motifs de clôture")
    for m in book.motives.values():
        final = "définitif" if m.final else "non définitif"
        tell(f"  {m.motive.value} : {m.motive.label} ; {final} ; agir {m.command}")
        tell(f"      Source : {m.source}")
