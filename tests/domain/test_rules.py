"""The rules as values: a day has one rule-set or none, everything has a date and a source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from agir_cli.domain.causes import STARTS
from agir_cli.domain.dates import Length
from agir_cli.domain.rules import (
    Clock,
    Clocks,
    Criterion,
    RuleFault,
    RuleSet,
    Source,
    check_rule_sets,
)
from agir_cli.domain.vocabulary import Housing, HousingDetail, Motive, Work
from tests.domain.making import RULES, day, on

SOURCE = Source("Webinaire", "diapo", date(2026, 11, 23))
CRITERIA = {"status": Criterion("status", SOURCE, "", {"admitted": ["refugie"]})}
DEPARTMENTS = ("44", "49", "53", "72", "85")


def rules(code: str, start: str, end: str | None, *departments: str) -> RuleSet:
    opened = dict.fromkeys(departments, day(start))
    return RuleSet(code, code, opened, day(start), day(end) if end else None, CRITERIA)


def calendar_days() -> Iterator[date]:
    """From the month before the first rule-set to the month after the last."""
    first = min(each.start for each in RULES.rule_sets) - timedelta(days=31)
    last = max(each.end or date(2026, 12, 31) for each in RULES.rule_sets) + timedelta(days=31)
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def covered(department: str) -> list[date]:
    """The days of the calendar with a rule-set, each with one only."""
    found = []
    for one in calendar_days():
        codes = [each.code for each in RULES.rule_sets if each.covers(department, one)]
        assert len(codes) <= 1, f"{department}, {one} : {codes}"
        known = RULES.rule_set(department, on(one.isoformat()))
        assert [known.code] == codes if known else codes == []
        found += [one] * len(codes)
    return found


@pytest.mark.parametrize(
    ("department", "first", "last"),
    [
        pytest.param("44", "01/01/2023", "30/06/2024", id="Loire-Atlantique"),
        pytest.param("85", "01/01/2023", "30/06/2024", id="Vendée"),
        pytest.param("49", "01/01/2024", "30/06/2024", id="Maine-et-Loire"),
        pytest.param("53", "01/01/2024", "30/06/2024", id="Mayenne"),
        pytest.param("72", "01/01/2024", "30/06/2024", id="Sarthe"),
    ],
)
def test_the_calendar_is_walked(department: str, first: str, last: str) -> None:
    """No day with two rule-sets, no hole between the first day and the last."""
    days = covered(department)
    assert (days[0], days[-1]) == (day(first), day(last))
    assert len(days) == (days[-1] - days[0]).days + 1


def test_elsewhere_no_rule_is_known() -> None:
    assert covered("35") == []


def test_opening_days() -> None:
    opened = {d: each.departments[d] for each in RULES.rule_sets for d in each.departments}
    assert opened == {
        "44": date(2023, 1, 10), "85": date(2023, 1, 10), "49": date(2024, 1, 1),
        "53": date(2024, 1, 1), "72": date(2024, 1, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("received", "known"),
    [
        pytest.param("30/06/2024", True, id="dernier jour inclus"),
        pytest.param("01/07/2024", False, id="juillet 2024 : texte non public"),
        pytest.param("31/12/2022", False, id="avant le programme"),
        pytest.param("juin 2024", True, id="un jour de juin, lequel importe peu"),
        pytest.param("[2024-06..2024-07]", False, id="juin ou juillet : on ne sait pas"),
        pytest.param("2024", False, id="un jour de 2024 : on ne sait pas"),
        pytest.param("2023", True, id="un jour de 2023"),
        pytest.param("[2022-12..2023-01]", False, id="peut-être avant le programme"),
    ],
)
def test_the_rule_of_a_day(received: str, known: bool) -> None:
    assert (RULES.rule_set("44", on(received)) is not None) is known


def test_without_a_day_no_rule_is_known() -> None:
    assert RULES.rule_set("44", None) is None


def test_everything_has_a_source_checked_on_a_day() -> None:
    sources = [
        *(rule.source for each in RULES.rule_sets for rule in each.criteria.values()),
        *(clock.source for versions in RULES.clocks.by_name.values() for clock in versions),
        *(motive.source for motive in RULES.motives.values()),
        *(flags.source for flags in RULES.situations),
    ]
    assert len(sources) > 25
    # A choice of the project stands nowhere: the sources say nothing.
    assert all(source.place or "les sources n'en disent rien" in source.title for source in sources)
    assert all(source.title for source in sources)
    assert all(isinstance(source.checked_on, date) for source in sources)
    assert str(SOURCE) == "Webinaire, diapo"
    assert str(SOURCE._replace(place="")) == "Webinaire"


def test_every_rule_set_has_its_five_criteria_and_says_how_it_reads_them() -> None:
    for each in RULES.rule_sets:
        assert set(each.criteria) == {"status", "territory", "need", "cir_year", "wish"}
        assert all(rule.reading for rule in each.criteria.values())
        assert each.title


# --- two rule-sets for one day -----------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            rules("a", "01/01/2023", "30/06/2024", "44"), rules("b", "30/06/2024", None, "44"),
            id="un seul jour en commun",
        ),
        pytest.param(
            rules("a", "01/01/2023", None, "44"), rules("b", "01/01/2030", None, "44"),
            id="une règle sans fin",
        ),
        pytest.param(
            rules("a", "01/01/2023", "31/12/2023", "44", "85"),
            rules("b", "01/02/2023", "28/02/2023", "85", "49"), id="une règle dans l'autre",
        ),
        pytest.param(
            rules("a", "01/02/2023", "28/02/2023", "44"), rules("b", "01/01/2023", None, "44"),
            id="l'autre dans l'une",
        ),
    ],
)  # fmt: skip
def test_two_rule_sets_for_one_day_are_refused(first: RuleSet, second: RuleSet) -> None:
    with pytest.raises(RuleFault, match=r"« a » et « b » couvrent les mêmes jours"):
        check_rule_sets((first, second))
    with pytest.raises(RuleFault, match="couvrent les mêmes jours"):
        check_rule_sets((second, first))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            rules("a", "01/01/2023", "30/06/2024", "44"), rules("b", "01/07/2024", None, "44"),
            id="l'une suit l'autre",
        ),
        pytest.param(
            rules("a", "01/01/2023", None, "44"), rules("b", "01/01/2023", None, "85"),
            id="deux départements",
        ),
    ],
)  # fmt: skip
def test_rule_sets_that_do_not_meet_live_together(first: RuleSet, second: RuleSet) -> None:
    check_rule_sets((first, second))
    check_rule_sets((second, first))


# --- clocks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "length", "start"),
    [
        pytest.param("diagnostic_direct", Length(months=1), "cir", id="diagnostic, voie N"),
        pytest.param(
            "diagnostic_liaison", Length(months=1), "validation_ofii", id="diagnostic, voie N-1"
        ),
        pytest.param(
            "diagnostic_orientation", Length(months=1), "orientation",
            id="diagnostic, orientée hors voie N",
        ),
        pytest.param("contractualisation", Length(days=21), "commission", id="trois semaines"),
        pytest.param("liaison_envoi", Length(months=1), "fiche", id="envoi du listing"),
        pytest.param("liaison_reponse", Length(months=1), "listing", id="réponse de l'OFII"),
        pytest.param("accompagnement", Length(years=2), "contrat", id="deux ans"),
        pytest.param("entretien", Length(months=2), "contrat", id="entretien"),
    ],
)  # fmt: skip
def test_the_lengths_of_the_programme(name: str, length: Length, start: str) -> None:
    clock = RULES.clocks.at(name, on("2023-06-01"))
    assert (clock.length, clock.start_event) == (length, start)
    assert start in STARTS


@pytest.mark.parametrize("received", ["2023-01-01", "2024-07-01", "2025-12-31", "2040-01-01"])
def test_clocks_do_not_stop_with_the_criteria(received: str) -> None:
    assert RULES.clocks.at("contractualisation", on(received)).length == Length(days=21)


def test_a_clock_is_looked_up_at_its_starting_event() -> None:
    old = Clock("c", Length(days=21), "commission", day("01/01/2023"), SOURCE)
    new = Clock("c", Length(days=28), "commission", day("01/01/2025"), SOURCE)
    clocks = Clocks({"c": (old, new)})
    assert clocks.at("c", on("31/12/2024")) is old
    assert clocks.at("c", on("01/01/2025")) is new
    assert clocks.at("c", on("[2024-12..2025-01]")) is old
    assert clocks.at("c", on("2020")) is old
    assert clocks.at("c", None) is new


# --- motives and situations --------------------------------------------------------------


def test_motives_are_those_of_the_table() -> None:
    assert set(RULES.motives) == set(Motive)
    assert {motive.value for motive in Motive if RULES.final(motive)} == {
        "refus_contrat", "arret_beneficiaire", "arret_structure", "terme", "objectifs_atteints",
    }  # fmt: skip
    others = {m for m, rule in RULES.motives.items() if rule.command != "close"}
    assert others == {Motive.CONTRACT_REFUSED}
    assert RULES.motives[Motive.CONTRACT_REFUSED].command == "contract refuse"


def test_what_lasts() -> None:
    flags = RULES.flags(day("09/10/2023"))
    assert flags.durable_work == {
        Work.PERMANENT, Work.JOB_6_MONTHS, Work.TRAINING, Work.WORK_STUDY,
    }  # fmt: skip
    assert flags.lasting_housing == {Housing.INDEPENDENT}
    assert flags.lasting_details == {HousingDetail.SOCIAL_RESIDENCE, HousingDetail.YOUNG_WORKERS}


def test_flags_are_dated() -> None:
    first = RULES.situations[0]
    later = first._replace(since=day("01/01/2025"), durable_work=frozenset({Work.PERMANENT}))
    rulebook = RULES._replace(situations=(first, later))
    assert rulebook.flags(day("31/12/2024")) is first
    assert rulebook.flags(day("01/01/2025")) is later
    assert rulebook.flags(day("01/01/2020")) is first
