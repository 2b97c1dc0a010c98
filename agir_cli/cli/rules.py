"""The rules that apply, with their sources: `agir rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, option
from agir_cli.cli.options import made
from agir_cli.cli.screen import say, tell
from agir_cli.cli.session import Session, visitor_of
from agir_cli.domain.dates import french_day
from agir_cli.domain.eligibility import CRITERIA
from agir_cli.domain.rules import Clock, MotiveRule, Rulebook
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.reports.sheet import Sheet

app = Commands()


@made(app, "rules", printed=True)
def rules(
    session: Session,
    printed: Printed,
    *,
    add: str | None = option("FICHIER", "Ajouter une règle (TOML) à ce fichier."),
    contract_clock: str | None = option(
        "DÉPART", "Départ des trois semaines : commission, diagnostic."
    ),
    interview_cadence: str | None = option(
        "CADENCE", "D'où l'on compte les deux mois des entretiens : glissante, ancree."
    ),
) -> None:
    """Montrer les règles, les délais et les motifs appliqués, avec leurs sources.

    Exemples :
      agir rules
      agir rules --add criteres-2025.toml
      agir rules --contract-clock diagnostic
      agir rules --interview-cadence ancree
    """
    from agir_cli.cli.render import show_rows

    form = printed.form
    if add is not None:
        _add_rule_set(session, add)
    elif contract_clock is not None:
        _set_contract_clock(session, contract_clock)
    elif interview_cadence is not None:
        _set_cadence(session, interview_cadence)
    else:
        book = rules_in_force(session)
        show_rows(session, _rules_sheet(book), form, lambda: _show_rules(book))


def _rules_sheet(book: Rulebook) -> Sheet:
    from agir_cli.reports.sheet import columns, one_list

    names = ("nature", "code", "intitule", "regle", "debut", "fin", "source")
    known = columns(names, debut="Du", fin="Au")
    rows: list[tuple[str, ...]] = [
        ("critere", f"{s.code}:{criterion.code}", CRITERIA[criterion.code], criterion.reading,
         s.start.isoformat(), s.end.isoformat() if s.end else "", str(criterion.source))
        for s in book.rule_sets
        for criterion in s.criteria.values()
    ]  # fmt: skip
    rows += [
        ("delai", clock.name, clock.told, _length(clock), clock.since.isoformat(), "",
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


def rules_in_force(session: Session) -> Rulebook:
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
    from agir_cli.store.settings import CONTRACT_START
    from agir_cli.usecases.upkeep import CONTRACT_STARTS, read_clock_as

    if start not in CONTRACT_STARTS:
        raise UsageFailure(f"--contract-clock : {' ou '.join(CONTRACT_STARTS)}.")
    read_clock_as(visitor_of(session), CONTRACT_START, start)
    say(session, f"Les trois semaines partent maintenant de : {start} ; dossiers recalculés.")


def _set_cadence(session: Session, given: str) -> None:
    from agir_cli.domain.rules import CADENCES
    from agir_cli.reports.selection import one_of
    from agir_cli.store.settings import CADENCE
    from agir_cli.usecases.upkeep import read_clock_as

    cadence = one_of("La cadence", given, CADENCES.keys()) or ""
    read_clock_as(visitor_of(session), CADENCE, cadence)
    say(session, f"Entretiens : cadence {CADENCES[cadence]} ; dossiers recalculés.")


def _show_clocks(book: Rulebook) -> None:
    tell("Délais")
    for clocks in book.clocks.by_name.values():
        for clock in clocks:
            tell(f"  {clock.name} : {_length(clock)}")
            tell(f"      {clock.told}")
            tell(f"      Source : {clock.source}")
    tell("  [D] : choix du projet agir, là où les sources ne disent rien.")
    print()


def _length(clock: Clock) -> str:
    from agir_cli.domain.causes import STARTS

    return f"{clock.length.told}, à partir de : {STARTS[clock.start_event]}"


def _show_motives(book: Rulebook) -> None:
    tell("Motifs de clôture")
    for m in book.motives.values():
        tell(f"  {m.motive.value} : {m.motive.label} ; {_finality(m)} ; agir {m.command}")
        tell(f"      Source : {m.source}")


def _finality(rule: MotiveRule) -> str:
    return "définitif" if rule.final else "non définitif"
