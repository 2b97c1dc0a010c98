"""What a rule-set may choose (window, need, freeze, commission), and which days it covers."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain import commands as c
from agir_cli.domain.dates import NO, UNKNOWN, YES, Length, PartialDate, Verdict, exactly
from agir_cli.domain.deadlines import spans
from agir_cli.domain.decisions.common import Context
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Answer, Assessment, assess, unknown_when
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Clock, Clocks, Criterion, Rulebook, RuleSet, Source, coverage
from agir_cli.domain.vocabulary import Housing, Route, Stage, Work
from agir_cli.store.reference import load_public
from agir_cli.usecases.acts import DECISIONS
from tests.domain.making import (
    NANTES,
    RULES,
    assigned,
    cir,
    day,
    diagnosed,
    dossier,
    form,
    on,
    oriented,
    warned,
)

SOURCE = Source("Note de la préfecture", "p. 2", date(2026, 11, 23))
ASKED = [cir("10/01/2025"), oriented("15/03/2025")]


def team_rules(code: str, start: str, end: str | None, /, **parameters: Any) -> RuleSet:
    """A team's rule-set for 44 with one criterion: its code, then its parameters."""
    name = parameters.pop("criterion", "wish")
    criterion = Criterion(name, SOURCE, "", parameters)
    last = day(end) if end else None
    return RuleSet(code, code, {"44": day("10/01/2023")}, day(start), last, {name: criterion})


def book(*added: RuleSet) -> Rulebook:
    return RULES._replace(rule_sets=(*RULES.rule_sets, *added))


def answer(d: Dossier, criterion: str, **parameters: Any) -> Answer:
    rules = team_rules("essai", "01/07/2024", None, criterion=criterion, **parameters)
    return next(a for a in assess(d, book(rules)).answers if a.criterion == criterion)


@pytest.mark.parametrize(
    ("protection", "window", "verdict"),
    [
        pytest.param("16/03/2023", {"under_months": 24}, YES, id="la veille des 24 mois"),
        pytest.param("15/03/2023", {"under_months": 24}, NO, id="24 mois jour pour jour"),
        pytest.param("mars 2023", {"under_months": 24}, UNKNOWN, id="un jour de mars, lequel"),
        pytest.param("2024", {"under_months": 24}, YES, id="un jour de 2024, peu importe"),
        pytest.param(None, {"under_months": 24}, UNKNOWN, id="protection inconnue"),
        pytest.param("31/12/2024", {"calendar_years": 0}, NO, id="l'année seule : celle d'avant"),
        pytest.param("01/01/2024", {"calendar_years": 1}, YES, id="N-1, le premier jour"),
        pytest.param("31/12/2023", {"calendar_years": 1}, NO, id="N-2, le dernier jour"),
        pytest.param("[2023-12..2024-01]", {"calendar_years": 1}, UNKNOWN, id="N-1 ou N-2"),
    ],
)  # fmt: skip
def test_the_window_of_the_protection(
    protection: str | None, window: dict[str, int], verdict: Verdict
) -> None:
    d = dossier(*ASKED, date_statut=on(protection) if protection else None)
    found = answer(d, "window", anchor="protection", **window)
    assert found.verdict is verdict
    assert found.source == "Note de la préfecture, p. 2"
    assert found.missing == (("date_statut",) if verdict is UNKNOWN else ())


def spells(*days: date) -> list[PartialDate]:
    """Every date of those days, known in part or not."""
    return [PartialDate(first, last) for first in days for last in days if first <= last]


@pytest.mark.parametrize(
    ("window", "since", "received"),
    [
        pytest.param({"under_months": 1}, [date(2025, 2, n) for n in range(13, 17)],
                     [date(2025, 3, n) for n in range(13, 17)], id="moins d'un mois"),
        pytest.param({"calendar_years": 1}, [date(2023, 12, 30), date(2023, 12, 31),
                     date(2024, 1, 1)], [date(2024, 12, 31), date(2025, 1, 1)], id="N ou N-1"),
        pytest.param({"calendar_years": 0}, [date(2024, 12, 30), date(2024, 12, 31),
                     date(2025, 1, 1)], [date(2024, 12, 31), date(2025, 1, 1)], id="N"),
    ],
)  # fmt: skip
def test_a_window_is_told_by_each_possible_day(
    window: dict[str, int], since: list[date], received: list[date]
) -> None:
    """Yes and no are said of every pair of days that the two dates may be."""
    months, years = window.get("under_months"), window.get("calendar_years", 0)

    def recent(first: date, second: date) -> bool:
        if months is not None:
            return second < first.replace(month=first.month + months)
        return second.year - first.year <= years

    for begun in spells(*since):
        for asked in spells(*received):
            answers = {
                recent(one, other)
                for one in since if begun.earliest <= one <= begun.latest
                for other in received if asked.earliest <= other <= asked.latest
            }  # fmt: skip
            happened = Draft(Kind.ORIENTATION_ACCEPTED, asked)
            found = answer(
                dossier(happened, date_statut=begun), "window", anchor="protection", **window
            )
            assert found.verdict is (
                UNKNOWN if len(answers) == 2 else YES if True in answers else NO
            )
            wanted = "date_orientation" if begun.exact else "date_statut"
            assert found.missing == ((wanted,) if found.verdict is UNKNOWN else ())


def test_a_window_says_what_it_compares_and_asks_for() -> None:
    d = dossier(*ASKED, date_statut=on("mars 2023"))
    fact = "protection : mars 2023 ; demande reçue : 15/03/2025 ; il faut : "
    by_months = answer(d, "window", anchor="protection", under_months=24)
    by_years = answer(d, "window", anchor="protection", calendar_years=2)
    assert (by_months.fact, by_years.fact) == (
        f"{fact}moins de 24 mois", f"{fact}année de la demande ou 2 avant",
    )  # fmt: skip
    unknown = answer(dossier(*ASKED), "window", anchor="protection", under_months=24)
    assert unknown.fact == "protection : date inconnue ; il faut : moins de 24 mois"
    by_form = dossier(form("[2025-03..2025-04]"), date_statut=on("31/03/2024"))
    assert answer(by_form, "window", anchor="protection", under_months=12).missing == (
        "date_fiche",
    )


def test_the_window_may_be_that_of_the_cir() -> None:
    d = dossier(*ASKED, date_statut=on("01/01/2010"))
    assert answer(d, "window", anchor="cir", under_months=12).verdict is YES
    assert answer(d, "window", anchor="cir", under_months=2).verdict is NO


@pytest.mark.parametrize(
    ("lacking", "job", "home", "verdict"),
    [
        pytest.param("one", True, False, YES, id="l'un des deux suffit"),
        pytest.param("both", True, False, NO, id="les deux : l'emploi est là"),
        pytest.param("both", False, False, YES, id="les deux manquent"),
        pytest.param("both", False, None, UNKNOWN, id="les deux : logement inconnu"),
        pytest.param("emploi", True, False, NO, id="l'emploi seul compte"),
        pytest.param("emploi", False, None, YES, id="l'emploi seul, logement inconnu"),
        pytest.param("logement", False, True, NO, id="le logement seul compte"),
    ],
)
def test_which_need_counts(lacking: str, job: bool, home: bool | None, verdict: Verdict) -> None:
    work = Work.PERMANENT if job else Work.NONE
    housing = {True: Housing.INDEPENDENT, False: Housing.DNA, None: None}[home]
    d = dossier(*ASKED, situation_professionnelle=work, situation_logement=housing)
    found = answer(d, "need", lacking=lacking)
    assert found.verdict is verdict
    assert verdict is not NO or found.refused_as == "besoin_incomplet"


@pytest.mark.parametrize(
    ("received", "verdict"),
    [
        pytest.param("31/12/2024", YES, id="la veille"),
        pytest.param("01/01/2025", NO, id="le premier jour"),
        pytest.param("31/03/2025", NO, id="le dernier jour"),
        pytest.param("01/04/2025", YES, id="le lendemain"),
        pytest.param("[2025-03..2025-04]", UNKNOWN, id="mars ou avril"),
    ],
)
def test_a_freeze_of_entries(received: str, verdict: Verdict) -> None:
    d = dossier(cir("01/07/2024"), oriented(received))
    found = answer(d, "freeze", start=date(2025, 1, 1), end=date(2025, 3, 31))
    assert found.verdict is verdict
    assert "entrées suspendues du 01/01/2025 au 31/03/2025" in found.fact


@pytest.mark.parametrize("end", [date(2025, 3, 3), None])
def test_a_freeze_is_told_by_each_possible_day(end: date | None) -> None:
    days = [date(2025, 3, n) for n in range(1, 6)]
    for asked in spells(*days):
        answers = {
            date(2025, 3, 2) <= one and (end is None or one <= end)
            for one in days if asked.earliest <= one <= asked.latest
        }  # fmt: skip
        d = dossier(Draft(Kind.LIAISON_FORM_COMPLETED, asked))
        found = answer(d, "freeze", start=date(2025, 3, 2), end=end)
        assert found.verdict is (UNKNOWN if len(answers) == 2 else NO if True in answers else YES)
        assert found.missing == (("date_fiche",) if found.verdict is UNKNOWN else ())
        until = "au 03/03/2025" if end else "sans fin connue"
        assert found.fact.startswith(f"entrées suspendues du 02/03/2025 {until} ; demande reçue : ")


def test_a_freeze_without_days_is_that_of_its_rule_set() -> None:
    d = dossier(oriented("15/03/2025"))
    assert answer(d, "freeze").fact == (
        "entrées suspendues du 01/07/2024 sans fin connue ; demande reçue : 15/03/2025"
    )


@pytest.mark.parametrize(
    ("lacking", "job", "home", "missing"),
    [
        pytest.param("one", None, None, ("situation_professionnelle", "situation_logement"),
                     id="l'un des deux"),
        pytest.param("one", Work.PERMANENT, None, ("situation_logement",), id="emploi durable"),
        pytest.param("both", Work.NONE, None, ("situation_logement",), id="les deux"),
        pytest.param("emploi", None, None, ("situation_professionnelle",), id="l'emploi seul"),
        pytest.param("logement", None, None, ("situation_logement",), id="le logement seul"),
    ],
)  # fmt: skip
def test_which_fact_of_the_need_is_asked_for(
    lacking: str, job: Work | None, home: Housing | None, missing: tuple[str, ...]
) -> None:
    d = dossier(*ASKED, situation_professionnelle=job, situation_logement=home)
    found = answer(d, "need", lacking=lacking)
    assert (found.verdict, found.missing) == (UNKNOWN, missing)


def test_the_usual_need_is_refused_as_no_need() -> None:
    d = dossier(
        *ASKED, situation_professionnelle=Work.PERMANENT, situation_logement=Housing.INDEPENDENT
    )
    assert answer(d, "need").refused_as == "sans_besoin"
    assert answer(d, "need", lacking="emploi").refused_as == "besoin_incomplet"


def test_a_rule_set_that_tests_no_cir_makes_none_too_old() -> None:
    old = dossier(cir("10/01/2019"), oriented("15/03/2025"))
    rules = book(team_rules("essai", "01/07/2024", None))
    assert assess(old, rules).route is Route.UNKNOWN
    assert assess(old, rules).precheck is YES


# --- without a commission ----------------------------------------------------------------

DIAGNOSED = [*ASKED, diagnosed("01/04/2025", diagnostic_signe=True)]


def without_commission(*happened: Draft) -> tuple[Stage, list[tuple[str, str]]]:
    rules = team_rules("essai", "01/07/2024", None)._replace(commission=False)
    d = dossier(*happened)
    known = assess(d, book(rules))
    awaited = stage(d, known.route, commission=known.commission)
    every = spans(d, known.route, awaited, RULES.clocks, commission=known.commission)
    running = [(span.nature.value, span.cause) for span in every if span.end is None]
    return awaited, running


def test_without_a_commission_the_contract_follows_the_diagnostic() -> None:
    awaited, running = without_commission(*DIAGNOSED)
    assert awaited is Stage.CONTRACTING
    assert running == [("contractualisation", "diagnostic")]


def test_where_no_rule_is_known_a_commission_is_awaited() -> None:
    d = dossier(*DIAGNOSED)
    assert (assess(d, RULES).rules, assess(d, RULES).commission) == (None, True)
    rules = team_rules("essai", "01/07/2024", None)
    for met in (True, False):
        assert assess(d, book(rules._replace(commission=met))).commission is met


def test_a_commission_held_all_the_same_starts_the_three_weeks() -> None:
    _, running = without_commission(*DIAGNOSED, assigned("05/04/2025"))
    assert running == [("contractualisation", "commission")]


def test_a_missing_commission_is_no_warning_where_there_is_none() -> None:
    sign = c.SignContract(dossier="44-0042", date_contrat=on("10/04/2025"))
    d, today = dossier(*DIAGNOSED), date(2025, 5, 1)
    rules = team_rules("essai", "01/07/2024", None)
    for met, told in ((True, ["commission_manquante"]), (False, [])):
        context = Context(today, book(rules._replace(commission=met)))
        assert warned(DECISIONS[c.SignContract](d, sign, context)) == told


# --- the calendar ------------------------------------------------------------------------


@pytest.mark.parametrize("department", ["44", "49", "53", "72", "85", "35"])
def test_every_month_from_2022_to_2027_is_covered_uncovered_or_doubly_covered(
    department: str,
) -> None:
    """Each day is in one stretch, and its stretch says what covers it."""
    added = team_rules("essai", "15/06/2024", "31/12/2025")
    rules = (*RULES.rule_sets, added)
    first, last = date(2022, 1, 1), date(2027, 12, 31)
    stretches = [*coverage(rules, department, first, last)]
    assert (stretches[0].start, stretches[-1].end) == (first, last)
    for one, following in pairwise(stretches):
        assert (following.start - one.end).days == 1
        assert one.codes != following.codes
    for month in range(72):
        for number in (1, 15, 28):
            at = date(2022 + month // 12, month % 12 + 1, number)
            codes = tuple(r.code for r in rules if r.covers(department, at))
            (stretch,) = [s for s in stretches if s.start <= at <= s.end]
            assert stretch.codes == codes
    twice = [s for s in stretches if len(s.codes) > 1]
    assert [(str(s.start), str(s.end)) for s in twice] == (
        [("2024-06-15", "2024-06-30")] if department == "44" else []
    )


@pytest.mark.parametrize("name", RULES.clocks.by_name)
def test_a_clock_has_no_gap_from_2022_to_2027(name: str) -> None:
    later = RULES.clocks.by_name[name][-1]._replace(since=date(2026, 1, 1), length=Length(days=9))
    clocks = Clocks({name: (*RULES.clocks.by_name[name], later)})
    for month in range(72):
        at = date(2022 + month // 12, month % 12 + 1, 1)
        found: Clock = clocks.at(name, exactly(at))
        assert (found is later) is (at >= later.since)


@pytest.mark.parametrize(
    ("department", "received", "told"),
    [
        pytest.param("44", "01/07/2024", "depuis le 01/07/2024", id="après la dernière"),
        pytest.param("44", "31/12/2022", "jusqu'au 31/12/2022", id="avant la première"),
        pytest.param("35", "01/07/2023", "pour le département 35", id="département sans règle"),
        pytest.param("44", "[2024-06..2024-07]", "à cette date", id="juin ou juillet"),
    ],
)
def test_since_when_no_rule_is_known(department: str, received: str, told: str) -> None:
    assert unknown_when(RULES, department, on(received)) == told


def test_between_two_rule_sets_the_gap_is_said() -> None:
    rules = book(team_rules("essai", "01/01/2026", None))
    assert unknown_when(rules, "44", on("02/02/2025")) == "du 01/07/2024 au 31/12/2025"


# --- what a rule-set does not cover ------------------------------------------------------


def known(assessment: Assessment) -> tuple[Any, ...]:
    """An answer without the days around it that no rule covers."""
    answers = [(a.criterion, a.verdict, a.source, a.missing) for a in assessment.answers]
    return (answers, assessment.route, assessment.rules, assessment.precheck, assessment.eligible)


@given(
    received=st.dates(date(2022, 6, 1), date(2027, 12, 31)),
    signature=st.dates(date(2021, 1, 1), date(2027, 12, 31)),
    department=st.sampled_from(["44", "85", "35"]),
    frozen=st.booleans(),
)
def test_a_rule_set_changes_nothing_for_requests_of_days_it_does_not_cover(
    received: date, signature: date, department: str, frozen: bool
) -> None:
    added = team_rules(
        "essai", "01/07/2024", "31/12/2025", criterion="freeze" if frozen else "wish"
    )
    happened = [cir(signature.isoformat()), oriented(received.isoformat())]
    d = dossier(*happened, departement=department, commune_residence=NANTES)
    before, after = assess(d, RULES), assess(d, book(added))
    if added.covers(department, received):
        assert after.rules is added
    else:
        assert known(after) == known(before)


def test_what_is_public_is_opposable_to_nobody_and_no_criterion_quotes_it() -> None:
    public = load_public()
    assert {each.opposable for each in public} == {"non"}
    assert all(each.source for each in public)
    sources = {str(rule.source) for each in RULES.rule_sets for rule in each.criteria.values()}
    assert sources.isdisjoint(each.source for each in public)
    for told in ("25 000 personnes", "plus vulnérables", "moins de 24 mois"):
        assert any(told in each.told for each in public)
