"""Interviews as an obligation: when each is due, sliding or in periods, and what answers for it."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import PartialDate, french
from agir_cli.domain.deadlines import (
    Late,
    Span,
    ended_by,
    interviews_due,
    late,
    runs,
    spans,
    surely_runs,
)
from agir_cli.domain.decisions.common import Accepted
from agir_cli.domain.decisions.correction import correct
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.route import stage
from agir_cli.domain.rules import ANCHORED, Clocks
from agir_cli.domain.vocabulary import Excuse, Motive, Nature, Route
from tests.domain.making import (
    REF,
    RULES,
    cir,
    closed,
    codes,
    context,
    decided,
    diagnosed,
    dossier,
    draft,
    events,
    interviewed,
    kinds,
    on,
    opened,
    oriented,
    signed,
    warned,
)

SLIDING = RULES.clocks
_TWO_MONTHS = SLIDING.by_name["entretien"][0]
PERIODS = Clocks({**SLIDING.by_name, "entretien": (_TWO_MONTHS._replace(cadence=ANCHORED),)})
CADENCES = pytest.mark.parametrize("clocks", [SLIDING, PERIODS], ids=["glissante", "ancrée"])


def excused(when: str) -> Draft:
    return draft(Kind.INTERVIEW_EXCUSED, when, motif_excuse=Excuse.WORK)


def support(*acts: Draft, contract: str = "15/01/2023", **facts: Any) -> Dossier:
    """A support begun by its contract."""
    begun = [cir("01/01/2023"), oriented("01/01/2023"), diagnosed("02/01/2023"), signed(contract)]
    return dossier(*begun, *acts, **facts)


def met(d: Dossier, clocks: Clocks, first: int = 3) -> list[tuple[str, str, str]]:
    """The first obligations: the last day, what became of it, and when."""
    return [(french(m.due), m.outcome, french(m.on)) for m in interviews_due(d, clocks)][:first]


# --- what was due, and what answered for it ----------------------------------------------


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        pytest.param([], [("15/03/2023", "", "")], id="rien encore"),
        pytest.param([interviewed("20/06/2023")],
                     [("15/03/2023", "entretien", "20/06/2023"), ("20/08/2023", "", "")],
                     id="tenu en retard : une seule obligation"),
        pytest.param([excused("10/03/2023"), interviewed("01/05/2023")],
                     [("15/03/2023", "excuse", "10/03/2023"), ("10/05/2023", "entretien",
                      "01/05/2023"), ("01/07/2023", "", "")], id="excusée, puis tenu"),
        pytest.param([interviewed("01/05/2023"), excused("10/03/2023")],
                     [("15/03/2023", "excuse", "10/03/2023"), ("10/05/2023", "entretien",
                      "01/05/2023"), ("01/07/2023", "", "")], id="dits dans l'autre ordre"),
        pytest.param([excused("10/03/2023"), interviewed("10/03/2023")],
                     [("15/03/2023", "entretien", "10/03/2023"), ("10/05/2023", "", "")],
                     id="tenu le jour de l'excuse"),
        pytest.param([interviewed("mars 2023")],
                     [("15/03/2023", "entretien", "mars 2023"), ("mai 2023", "", "")],
                     id="un jour de mars"),
    ],
)  # fmt: skip
def test_sliding_each_is_counted_from_the_last(
    acts: list[Draft], expected: list[tuple[str, str, str]]
) -> None:
    assert met(support(*acts), SLIDING) == expected


@pytest.mark.parametrize(
    ("acts", "outcomes"),
    [
        pytest.param([], ["", "", ""], id="rien encore"),
        pytest.param([interviewed("15/03/2023")], ["entretien", "", ""], id="le dernier jour"),
        pytest.param([interviewed("16/03/2023")], ["", "entretien", ""], id="le lendemain"),
        pytest.param([interviewed("[2023-03-14..2023-03-18]")], ["entretien", "", ""],
                     id="l'un ou l'autre : le premier possible"),
        pytest.param([interviewed("20/01/2023"), interviewed("20/02/2023")],
                     ["entretien", "", ""], id="deux dans une période"),
        pytest.param([interviewed("20/02/2023"), interviewed("20/03/2023")],
                     ["entretien", "entretien", ""], id="un dans chacune"),
        pytest.param([excused("20/01/2023")], ["excuse", "", ""], id="excusée"),
        pytest.param([excused("20/01/2023"), interviewed("20/02/2023")], ["entretien", "", ""],
                     id="excusée, puis tenu dans la période"),
    ],
)  # fmt: skip
def test_anchored_each_period_is_one(acts: list[Draft], outcomes: list[str]) -> None:
    every = met(support(*acts), PERIODS)
    assert [due for due, *_ in every] == ["15/03/2023", "15/05/2023", "15/07/2023"]
    assert [outcome for _, outcome, _ in every] == outcomes


def test_each_period_begins_where_the_last_one_ended() -> None:
    every = interviews_due(support(), PERIODS)
    assert every[0].start == on("15/01/2023")
    assert all(then.start == before.due for before, then in pairwise(every))
    assert (len(every), every[-1].due) == (12, on("15/01/2025"))


@pytest.mark.parametrize("contract", ["15/01/2023", "29/02/2024", "janvier 2023", "2023"])
def test_two_years_have_twelve_periods_whatever_is_known_of_the_contract(contract: str) -> None:
    every = interviews_due(support(contract=contract), PERIODS)
    assert len(every) == 12


def test_each_period_that_may_end_by_a_right_begun_elsewhere_is_told() -> None:
    d = support(contract="2024", droit_depuis=on("30/06/2023"))
    every = interviews_due(d, PERIODS)
    assert every[-1].due.earliest == on("01/05/2025").earliest, "s'il est du 1er janvier"
    assert len(every) == 8


@CADENCES
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(closed("14/03/2023"), [], id="la veille du dernier jour"),
        pytest.param(closed("15/03/2023"), [], id="le dernier jour"),
        pytest.param(
            closed("16/03/2023"), [("15/03/2023", "fin", "16/03/2023")], id="le lendemain"
        ),
        pytest.param(
            closed("[2023-03-14..2023-03-16]"),
            [("15/03/2023", "fin", "entre le 14 et le 16 mars 2023")],
            id="l'un ou l'autre",
        ),
        pytest.param(closed("16/03/2023", Motive.MISTAKE), [], id="créé par erreur"),
        pytest.param(closed(None), [], id="un jour inconnu"),
    ],
)
def test_nothing_is_due_of_who_has_left(
    clocks: Clocks, end: Draft, expected: list[tuple[str, str, str]]
) -> None:
    assert met(support(end), clocks) == expected


@CADENCES
def test_what_was_held_stays_held_once_the_dossier_is_closed(clocks: Clocks) -> None:
    d = support(interviewed("01/03/2023"), closed("10/03/2023"))
    assert met(d, clocks)[:1] == [("15/03/2023", "entretien", "01/03/2023")]
    assert [m.outcome for m in interviews_due(d, clocks)] == ["entretien"]


@CADENCES
def test_without_a_contract_nothing_is_due(clocks: Clocks) -> None:
    assert interviews_due(dossier(cir("01/01/2023"), oriented("01/01/2023")), clocks) == ()


@CADENCES
@pytest.mark.parametrize(
    ("since", "count"),
    [
        pytest.param("15/03/2021", 1, id="le droit finit le dernier jour"),
        pytest.param("14/03/2021", 0, id="le droit finit la veille"),
        pytest.param("mars 2021", 1, id="il finit peut-être après"),
    ],
)
def test_nothing_is_due_after_the_two_years_of_the_first_contract(
    clocks: Clocks, since: str, count: int
) -> None:
    d = support(droit_depuis=on(since))
    assert len(interviews_due(d, clocks)) == count


@CADENCES
def test_what_is_perhaps_due_within_the_two_years_is_counted(clocks: Clocks) -> None:
    """Due on a day from 10 to 20 March, where the right ends on the 15th or on the 9th."""
    for since, count in (("15/03/2021", 1), ("10/03/2021", 1), ("09/03/2021", 0)):
        d = support(contract="[2023-01-10..2023-01-20]", droit_depuis=on(since))
        assert len(interviews_due(d, clocks)) == count


def test_what_is_held_after_the_two_years_answers_for_nothing() -> None:
    held = [interviewed("15/11/2024"), interviewed("16/01/2025")]
    assert [m.outcome for m in interviews_due(support(*held), SLIDING)] == ["entretien", ""]
    last_day = [interviewed("15/11/2024"), interviewed("15/01/2025")]
    assert [m.outcome for m in interviews_due(support(*last_day), SLIDING)] == ["entretien"] * 2


# --- the clock of the next one -----------------------------------------------------------


def next_due(d: Dossier, clocks: Clocks) -> tuple[str, str]:
    """What the running clock starts at, and its last day."""
    every = spans(d, Route.DIRECT, stage(d, Route.DIRECT), clocks)
    (span,) = [s for s in every if s.nature is Nature.INTERVIEW and s.end is None]
    return span.cause, french(span.due)


@pytest.mark.parametrize(
    ("acts", "cause", "sliding", "anchored"),
    [
        pytest.param([], "contrat", "15/03/2023", "15/03/2023", id="le premier"),
        pytest.param([interviewed("01/02/2023")], "entretien", "01/04/2023", "15/05/2023",
                     id="tenu tôt"),
        pytest.param([interviewed("15/03/2023")], "entretien", "15/05/2023", "15/05/2023",
                     id="tenu le dernier jour"),
        pytest.param([interviewed("16/03/2023")], "entretien", "16/05/2023", "15/07/2023",
                     id="tenu le lendemain : celui d'une autre période"),
        pytest.param([interviewed("[2023-03-15..2023-03-16]")], "entretien",
                     "entre le 15 et le 16 mai 2023", "entre le 15/05/2023 et le 15/07/2023",
                     id="l'un ou l'autre"),
        pytest.param([excused("10/03/2023")], "excuse", "10/05/2023", "15/05/2023", id="excusée"),
    ],
)  # fmt: skip
def test_when_the_next_interview_is_due(
    acts: list[Draft], cause: str, sliding: str, anchored: str
) -> None:
    d = support(*acts)
    assert next_due(d, SLIDING) == (cause, sliding)
    assert next_due(d, PERIODS) == (cause, anchored)


def test_in_periods_of_a_contract_known_in_part() -> None:
    d = support(interviewed("10/03/2023"), contract="[2023-01-10..2023-01-15]")
    assert next_due(d, PERIODS) == ("entretien", "entre le 10 et le 15 mai 2023")


def test_what_stopped_an_interviews_clock() -> None:
    d = support(excused("10/03/2023"), interviewed("01/05/2023"))
    every = spans(d, Route.DIRECT, stage(d, Route.DIRECT), SLIDING)
    stopped = [ended_by(d, s) for s in every if s.nature is Nature.INTERVIEW]
    assert stopped == ["excuse", "entretien", ""]


# --- asked for no longer than the right lasts ---------------------------------------------

WEEK = [date(2023, 3, n) for n in range(1, 5)]
SPELLS = [PartialDate(first, last) for first in WEEK for last in WEEK if first <= last]


def test_what_may_be_asked_until_a_day_is_told_by_each_possible_day() -> None:
    """All of a small calendar: late, and running, as each true day of the bounds makes it."""
    for due in SPELLS:
        for until in (None, *SPELLS):
            for end in (None, *SPELLS):
                span = Span(Nature.INTERVIEW, "contrat", None, due, end, until)
                for today in WEEK:
                    asked = {one >= today for one in until} if until else {True}
                    lasts = {one > today for one in end} if end else {True}
                    past = {last < today for last in due}
                    assert runs(span, today) == (True in asked and True in lasts)
                    assert surely_runs(span, today) == (asked == lasts == {True})
                    found = late(span, today)
                    assert (found is not None) == all(True in each for each in (asked, lasts, past))
                    if found is not None:
                        days = [(today - last).days for last in due]
                        certain = asked == lasts == past == {True}
                        assert found == Late(certain, min(days) if certain else max(days))


# --- an excused absence ------------------------------------------------------------------


def excuse(when: str) -> c.Command:
    return c.ExcuseInterview(dossier=REF, date_absence=on(when), motif_excuse=Excuse.WORK)


@pytest.mark.parametrize(
    ("acts", "when", "refused"),
    [
        pytest.param([], "15/01/2023", [], id="le jour du contrat"),
        pytest.param([], "14/01/2023", ["avant_etape"], id="avant le contrat"),
        pytest.param([], "23/11/2023", [], id="aujourd'hui"),
        pytest.param([], "24/11/2023", ["date_future"], id="demain"),
        pytest.param([closed("01/06/2023")], "01/05/2023", ["dossier_clos"], id="close"),
    ],
)
def test_an_absence_is_excused_during_the_support(
    acts: list[Draft], when: str, refused: list[str]
) -> None:
    d = support(*acts)
    answer = decided(d, excuse(when))
    assert codes(answer) == refused
    if not refused:
        assert kinds(answer) == [Kind.INTERVIEW_EXCUSED]
        assert isinstance(answer, Accepted)
        assert answer.drafts[0].payload == {"motif_excuse": Excuse.WORK}


def test_an_absence_is_excused_once() -> None:
    d = support(excused("10/03/2023"))
    for when, new in (("10/03/2023", 0), ("mars 2023", 0), ("11/03/2023", 1)):
        answer = decided(d, excuse(when))
        assert isinstance(answer, Accepted)
        assert len(answer.drafts) == new
    without = dossier(cir("01/01/2023"), oriented("01/01/2023"))
    assert codes(decided(without, excuse("10/03/2023"))) == ["contrat_manquant"]


def test_an_absence_after_the_two_years_is_told() -> None:
    for when, told in (("15/01/2025", []), ("16/01/2025", ["terme_depasse"])):
        assert warned(decided(support(), excuse(when), "01/06/2025")) == told


def test_an_absence_stays_within_the_support_when_dates_are_corrected() -> None:
    life = [
        cir("01/01/2023"), oriented("01/01/2023"), diagnosed("02/01/2023"), signed("15/01/2023"),
        excused("10/03/2023"),
    ]  # fmt: skip
    every = events(opened(), *life)
    for place, when, refused in (
        (-1, "14/01/2023", True), (-1, "15/01/2023", False), (-2, "11/03/2023", True),
        (-2, "10/03/2023", False), (-2, None, True), (-1, None, False),
    ):  # fmt: skip
        moved = on(when) if when else None
        answer = correct(every, every[place], 7, moved, "faute", context("01/06/2025"))
        assert codes(answer) == (["correction_incoherente"] if refused else []), (place, when)
    end = c.Close(dossier=REF, date_cloture=on("09/03/2023"), motif=Motive.DEATH)
    assert codes(decided(support(excused("10/03/2023")), end)) == ["avant_etape"]


# --- known in part -----------------------------------------------------------------------

VAGUE = "[2023-01-10..2023-01-20]"


@pytest.mark.parametrize(
    ("acts", "outcome", "on_"),
    [
        pytest.param([interviewed("15/03/2023")], "entretien", "15/03/2023",
                     id="tenu dans la période, peut-être"),
        pytest.param([interviewed("21/03/2023")], "", "", id="tenu dans une autre, à coup sûr"),
        pytest.param([closed("15/03/2023")], "fin", "15/03/2023", id="close après, peut-être"),
    ],
)  # fmt: skip
def test_a_period_of_a_contract_known_in_part(acts: list[Draft], outcome: str, on_: str) -> None:
    first = met(support(*acts, contract=VAGUE), PERIODS)[0]
    assert first == ("entre le 10 et le 20 mars 2023", outcome, on_)


@pytest.mark.parametrize(
    ("held", "due"),
    [
        pytest.param("20/03/2023", "entre le 10 et le 20 mai 2023", id="le dernier jour possible"),
        pytest.param("21/03/2023", "entre le 10 et le 20 juillet 2023", id="le lendemain"),
    ],
)
def test_what_follows_an_interview_held_perhaps_in_its_period(held: str, due: str) -> None:
    assert next_due(support(interviewed(held), contract=VAGUE), PERIODS) == ("entretien", due)


@pytest.mark.parametrize(
    ("contract", "held", "counts"),
    [
        pytest.param("15/01/2023", "[2025-01-10..2025-01-20]", True, id="tenu peut-être avant"),
        pytest.param("15/01/2023", "[2025-01-16..2025-01-20]", False, id="tenu après"),
        pytest.param(VAGUE, "20/01/2025", True, id="le droit dure peut-être encore"),
        pytest.param(VAGUE, "21/01/2025", False, id="le droit est fini"),
    ],
)
def test_what_is_held_at_the_end_of_the_right(contract: str, held: str, counts: bool) -> None:
    d = support(interviewed("15/11/2024"), interviewed(held), contract=contract)
    outcomes = [m.outcome for m in interviews_due(d, SLIDING)]
    assert outcomes == ["entretien", "entretien" if counts else ""]
