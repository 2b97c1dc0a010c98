"""`agir explain` and `agir rules`: every answer with its source."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli.criteria import (
    MACHINE,
    Row,
    final_row,
    linked,
    show_criteria,
    write_criteria,
)
from agir_cli.cli.doors import visitor_of
from agir_cli.cli.screen import plain, say, tell
from agir_cli.cli.session import Session, session_of
from agir_cli.domain.dates import french, french_day, french_on, french_until
from agir_cli.domain.eligibility import CRITERIA, Assessment
from agir_cli.domain.rules import Rulebook
from agir_cli.failures import UsageFailure
from agir_cli.usecases.consult import Record, record
from agir_cli.usecases.ledger import Visitor

app = typer.Typer()


@app.command("explain")
def explain(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Référence, AGDREF, début ou nom")],
    letter: Annotated[
        bool, typer.Option("--print", help="Une page sans jargon, à remettre à la personne.")
    ] = False,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="csv ou json.")
    ] = None,
) -> None:
    """Dire pourquoi : chaque critère, le fait, la source, et ce qui changerait la réponse.

    Exemples :
      agir explain 44-0042
      agir explain 44-0042 --print > page.txt
      agir explain 44-0042 --format json
    """
    session = session_of(ctx)
    if form is not None and form not in MACHINE:
        raise UsageFailure(f"--format : « {form} » n'est pas admis ici : csv ou json.")
    visitor = visitor_of(session)
    found = record(visitor, ref)
    if letter:
        from agir_cli.cli.letter import lines

        print(*map(plain, lines(found, session.today)), sep="\n")
    elif form is not None:
        write_criteria(_linked(visitor, found), form, *_used_up(session, found))
    else:
        _screen(found, _linked(visitor, found))


def _linked(visitor: Visitor, found: Record) -> Assessment:
    joined = found.standing.state.facts.rejoint or found.words.get("rejoint")
    return linked(visitor, found.standing.assessment, joined)


def _used_up(session: Session, found: Record) -> list[Row]:
    """The right used up, as a criterion: what a machine must not miss, since it comes first."""
    closing = found.standing.state.closing
    if closing is None or not found.standing.final:
        return []
    from agir_cli.domain.reasons import finding

    on = f", {french_on(closing.on)}" if closing.on else ""
    fact = f"{closing.motive.label}{on} : définitif, le droit est épuisé"
    source = str(_book(session).motives[closing.motive].source)
    told = finding("droit_epuise", fact, source=source, dossier=found.reference)
    return [final_row(told)]


def _screen(found: Record, assessment: Assessment) -> None:
    standing = found.standing
    way = standing.assessment.route.label
    tell(f"{found.reference} — {way} — étape : {standing.stage.label}")
    _end(found)
    if standing.state.closing is not None:
        tell("Ce qui suit est la pré-vérification de l'entrée ; elle ne rouvre rien.")
    show_criteria(assessment, found.reference, advice=standing.state.closing is None)


def _end(found: Record) -> None:
    standing = found.standing
    if standing.state.closing is not None:
        closing = standing.state.closing
        final = "définitif" if standing.final else "non définitif"
        tell(f"Clos ({french(closing.on)}) : {closing.motive.label} — {final}")
    if standing.ends_by is not None and standing.state.closing is None:
        tell(f"Le droit court {french_until(standing.ends_by)} (deux ans au plus).")


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
    book = _book(session)
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
    _clocks(book)
    _motives(book)


def _book(session: Session) -> Rulebook:
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
    code = add_rule_set(visitor_of(session), text)
    say(session, f"Règle « {code} » ajoutée ; les dossiers sont recalculés.")


def _set_contract_clock(session: Session, start: str) -> None:
    from agir_cli.usecases.upkeep import CONTRACT_STARTS, start_contract_at

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
