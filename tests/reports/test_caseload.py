"""`report caseload`: loads and months to come, equal to the fold of the events."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.domain import deadlines
from agir_cli.domain.deadlines import Span, spans
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import Kind
from agir_cli.domain.route import stage
from agir_cli.domain.vocabulary import Nature
from agir_cli.failures import UsageFailure
from agir_cli.reports import caseload as report
from agir_cli.reports.caseload import FORECAST, MEASURES, SECOND, Cell, Question, cell_of
from agir_cli.reports.standing import Selection
from agir_cli.store.driver import Connection
from agir_cli.store.rulebook import shipped
from tests.reports.building import DAY, accepted, add, event, new_file
from tests.reports.lives import ORGANISATIONS, START, directory, populate, states

DAYS = st.integers(-10, 1000).map(lambda n: START + timedelta(days=n))
RULES = shipped()


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    connection = new_file(tmp_path / "essai.db")
    directory(connection)
    return connection


def _crowd(folder: Path, *, vague: bool) -> Connection:
    """Nobody entered by mistake: a mistake has no clock, even in the past."""
    connection = new_file(folder / "essai.db")
    directory(connection)
    populate(connection, Random(11), 200, vague=vague, mistakes=False)
    return connection


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """Exact days only."""
    return _crowd(tmp_path_factory.mktemp("crowd"), vague=False)


@pytest.fixture(scope="module")
def vague_crowd(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """Some dates known in part only."""
    return _crowd(tmp_path_factory.mktemp("vague"), vague=True)


def question(day: date, by: str = "referent", months: int = 6) -> Question:
    return Question(Selection(day), by, months)


# --- the domain's own answers ------------------------------------------------------------


class Known:
    """What the domain says of a dossier on a day."""

    def __init__(self, d: Dossier, day: date, until: date) -> None:
        self.d, self.day, self.until = d, day, until
        way = assess(d, RULES).route
        self.stage = str(stage(d, way))
        every = spans(d, way, stage(d, way), RULES.clocks)
        self.running = [span for span in every if deadlines.runs(span, day)]

    def of(self, nature: Nature) -> list[Span]:
        return [span for span in self.running if span.nature is nature]

    def measures(self) -> Counter[str]:
        given = self.d.assignment
        priorities = [str(p) for p in given.priorites] if given else []
        late = [deadlines.late(span, self.day) for span in self.of(Nature.INTERVIEW)]
        terms = [span.due.latest for span in self.of(Nature.TERM) if span.due]
        stages = {"diagnostic": "en_diagnostic", "commission": "en_commission",
                  "contractualisation": "a_contractualiser",
                  "accompagnement": "accompagnes"}  # fmt: skip
        return Counter(
            [
                "dossiers", stages[self.stage], *(priorities or ["sans_priorite"]),
                str((given and given.modalite) or "sans_modalite"),
                *(["entretiens_en_retard"] if any(x and x.certain for x in late)
                  else ["entretiens_possibles"] if any(late) else []),
                *(["termes"] if any(self.day <= x <= self.until for x in terms) else []),
                *(["termes_depasses"] if any(x < self.day for x in terms) else []),
            ]
        )  # fmt: skip

    def line(self, by: str) -> str:
        code = (self.d.assignment.referent if self.d.assignment else None) or ""
        return code if by == "referent" else ORGANISATIONS.get(code) or ""

    def month(self) -> tuple[str, str]:
        """In which series and month of the forecast the dossier counts."""
        if self.stage == "commission":
            return "arrivees_commission", f"{self.day:%Y-%m}"
        name, nature = "arrivees_diagnostic", Nature.DIAGNOSIS
        if self.stage != "diagnostic":
            name, nature = "places_liberees", Nature.TERM
        due = [span.due.latest for span in self.of(nature) if span.due]
        if not due:
            return name, "sans_date"
        if due[0] < self.day:
            return name, f"{self.day:%Y-%m}" if nature is Nature.DIAGNOSIS else "depasse"
        return name, "plus_tard" if due[0] > self.until else f"{due[0]:%Y-%m}"


def known(crowd: Connection, asked: Question) -> list[Known]:
    day = asked.selection.day
    return [Known(d, day, asked.until) for d in states(crowd, day) if d.closing is None]


@settings(deadline=None, max_examples=30)
@given(DAYS, st.sampled_from(["referent", "organisation"]), st.integers(1, 14), st.booleans())
def test_as_of_is_the_fold_of_the_events_up_to_that_day(
    crowd: Connection, vague_crowd: Connection, day: date, by: str, months: int, vague: bool
) -> None:
    crowd = vague_crowd if vague else crowd
    asked = question(day, by, months)
    everyone = known(crowd, asked)
    expected: dict[str, Counter[str]] = {}
    for each in everyone:
        expected.setdefault(each.line(by), Counter()).update(each.measures())
        second = each.d.assignment.second_referent if each.d.assignment else None
        if second and by == "referent":
            expected.setdefault(second, Counter())[SECOND] += 1
    found = {line.key: +Counter(line.counts) for line in report.lines(crowd, asked)}
    if vague:  # an interview perhaps held by that day, which the fold ignores, makes it possible
        found, expected = _joined(found), _joined(expected)
    assert found == expected
    months_found = {
        (name, row.mois): count
        for row in report.forecast(crowd, asked)
        for name, count in zip(FORECAST, row[1:4], strict=True)
    }
    assert +Counter(months_found) == Counter(each.month() for each in everyone)


def _joined(lines: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    """Certain and possible lateness as one count."""
    for counts in lines.values():
        counts["entretiens_en_retard"] += counts.pop("entretiens_possibles", 0)
    return {key: +counts for key, counts in lines.items()}


@pytest.mark.parametrize("by", report.BY)
def test_each_number_is_the_length_of_its_list(crowd: Connection, by: str) -> None:
    asked = question(date(2023, 6, 15), by)

    def length(what: str, line: str | None = None, month: str | None = None) -> int:
        return len(list(report.listed(crowd, asked, Cell(what, line, month))))

    every = report.lines(crowd, asked)
    assert every
    for line in every:
        for name in (*MEASURES, SECOND) if by == "referent" else MEASURES:
            assert length(name, line.key) == line.counts[name], (line.key, name)
    for name, count in report.total(every).items():
        assert name == SECOND or length(name) == count
    for row in report.forecast(crowd, asked):
        for name, count in zip(FORECAST, row[1:4], strict=True):
            assert length(name, month=row.mois) == count, (row.mois, name)


def test_stages_and_modes_add_up_to_dossiers(crowd: Connection) -> None:
    for line in report.lines(crowd, question(date(2023, 6, 15))):
        counts = line.counts
        stages = ("en_diagnostic", "en_commission", "a_contractualiser", "accompagnes")
        modes = ("globale", "subsidiarite", "appui", "sans_modalite")
        assert sum(counts[n] for n in stages) == counts["dossiers"]
        assert sum(counts[n] for n in modes) == counts["dossiers"]


def test_the_forecast_carries_dossiers_from_month_to_month(crowd: Connection) -> None:
    rows = report.forecast(crowd, question(date(2024, 1, 15), months=12))
    inside = [row for row in rows if row.suivis_fin is not None]
    assert [row.mois for row in inside][::11] == ["2024-01", "2024-12"]
    for before, row in pairwise(inside):
        assert row.suivis_fin == (
            (before.suivis_fin or 0) - row.places_liberees
            + row.arrivees_diagnostic + row.arrivees_commission
        )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "months", "names", "until"),
    [
        (date(2023, 10, 9), 1, ("2023-10",), date(2023, 10, 31)),
        (date(2023, 11, 30), 3, ("2023-11", "2023-12", "2024-01"), date(2024, 1, 31)),
        (date(2023, 12, 1), 1, ("2023-12",), date(2023, 12, 31)),
        (date(2024, 1, 31), 2, ("2024-01", "2024-02"), date(2024, 2, 29)),
    ],
)
def test_months_are_calendar_months(
    day: date, months: int, names: tuple[str, ...], until: date
) -> None:
    asked = question(day, months=months)
    assert (asked.month_names, asked.until) == (names, until)


def test_a_term_frees_a_place_in_its_month(file: Connection) -> None:
    add(
        file, 1, *accepted("2021-11-01", "2021-11-01"), event(Kind.DIAGNOSIS_HELD, "2021-11-10"),
        event(Kind.REFERENT_DESIGNATED, "2021-11-12", referent="R1"),
        event(Kind.CONTRACT_SIGNED, "2021-12-05"),
    )  # fmt: skip
    rows = report.forecast(file, question(DAY))
    assert {row.mois: row.places_liberees for row in rows if row.places_liberees} == {"2023-12": 1}
    assert [row.suivis_fin for row in rows] == [None, 1, 1, 0, 0, 0, 0, None, None]
    (line,) = report.lines(file, question(DAY))
    assert (line.name, line.organisation) == ("DURAND Anne", "Les Ponts (essai)")
    assert (line.counts["termes"], line.counts["entretiens_en_retard"]) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "by", "key"),
    [
        ("DURAND Anne", "referent", "R1"),
        ("durand anne", "referent", "R1"),
        ("R3", "referent", "R3"),
        ("aucun", "referent", ""),
        ("les ponts (essai)", "organisation", "Les Ponts (essai)"),
        ("44-C1", "bureau", "44-C1"),
    ],
)
def test_a_line_is_named(file: Connection, typed: str, by: str, key: str) -> None:
    assert cell_of(file, question(DAY, by), "dossiers", typed, None) == Cell("dossiers", key)


@pytest.mark.parametrize(
    ("what", "line", "month", "told"),
    [
        ("dossier", None, None, "dossiers"),
        ("dossiers", "Personne", None, "Personne"),
        ("dossiers", None, "2023-10", "série de mois"),
        ("places_liberees", None, "2031-01", "2031-01"),
    ],
)
def test_a_number_that_does_not_exist(
    file: Connection, what: str, line: str | None, month: str | None, told: str
) -> None:
    with pytest.raises(UsageFailure, match=told):
        cell_of(file, question(DAY), what, line, month)
