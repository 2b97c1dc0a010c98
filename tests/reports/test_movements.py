"""Periods of reports: quarters add up to the year, stocks differ by what moved, no guess."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.cli.app import main
from agir_cli.domain.events import Kind
from agir_cli.failures import UsageFailure
from agir_cli.reports import caseload, funnel, movements, outcomes, requests, situations
from agir_cli.reports.flows import END, START, WHOLE, Figures, Question, Report, figures
from agir_cli.reports.periods import UNITS, Period, between, period_of
from agir_cli.reports.selection import Filters
from agir_cli.reports.standing import Selection
from agir_cli.store.driver import Connection
from agir_cli.store.rulebook import shipped
from tests.reports.building import accepted, add, event, new_file
from tests.reports.lives import START as BEGAN
from tests.reports.lives import directory, populate

DAYS = st.integers(-30, 1100).map(lambda n: BEGAN + timedelta(days=n))
FLAGS = shipped().flags(date(2023, 10, 9))


# --- periods as they are typed -----------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first", "last", "told", "before"),
    [
        ("2023-T4", "2023-10-01", "2023-12-31", "T4 2023", "2023-T3"),
        ("t1 2023", "2023-01-01", "2023-03-31", "T1 2023", "2022-T4"),
        ("2023-10", "2023-10-01", "2023-10-31", "octobre 2023", "2023-09"),
        ("janvier 2023", "2023-01-01", "2023-01-31", "janvier 2023", "2022-12"),
        ("10/2023", "2023-10-01", "2023-10-31", "octobre 2023", "2023-09"),
        ("2023", "2023-01-01", "2023-12-31", "année 2023", "2022"),
        ("2023-S41", "2023-10-09", "2023-10-15", "semaine 41 de 2023", "2023-S40"),
        ("2023-S1", "2023-01-02", "2023-01-08", "semaine 1 de 2023", "2022-S52"),
        ("09/10/2023", "2023-10-09", "2023-10-09", "du 09/10/2023 au 09/10/2023",
         "2023-10-08..2023-10-08"),
    ],
)  # fmt: skip
def test_a_period_is_read_and_told(
    typed: str, first: str, last: str, told: str, before: str
) -> None:
    period = period_of(typed)
    assert [day.isoformat() for day in period[1:]] == [first, last]
    assert period.told == told
    assert period.before.code == before
    assert period.before.last == period.first - timedelta(days=1)
    assert between(period.first, period.last)[1:] == period[1:]


@pytest.mark.parametrize("typed", ["", "2023-T5", "2023-13", "2023-S54", "tout", "20232", "1850"])
def test_what_is_no_period_is_said(typed: str) -> None:
    with pytest.raises(UsageFailure, match="n'est pas une période"):
        period_of(typed)


def test_months_before_months_days_before_days() -> None:
    assert between(date(2023, 7, 1), date(2023, 8, 31)).before[1:] == (
        date(2023, 5, 1), date(2023, 6, 30),
    )  # fmt: skip
    assert between(date(2023, 7, 2), date(2023, 7, 11)).before[1:] == (
        date(2023, 6, 22), date(2023, 7, 1),
    )  # fmt: skip


@given(first=DAYS, length=st.integers(0, 800), unit=st.sampled_from(UNITS))
def test_the_pieces_of_a_period_are_all_of_it(first: date, length: int, unit: str) -> None:
    period = between(first, first + timedelta(days=length))
    pieces = period.pieces(unit)
    assert (pieces[0].first, pieces[-1].last) == (period.first, period.last)
    for one, following in pairwise(pieces):
        assert following.first == one.last + timedelta(days=1)


# --- what they say ------------------------------------------------------------------------


def _crowd(folder: Path, *, vague: bool) -> Connection:
    connection = new_file(folder / "essai.db")
    directory(connection)
    random = Random(5)
    populate(connection, random, 150, vague=vague)
    for number in range(151, 171):
        day = BEGAN + timedelta(days=random.randrange(500))
        acts = [event(Kind.LIAISON_FORM_COMPLETED, day.isoformat(), souhait=True)]
        if random.random() < 0.7:
            day += timedelta(days=random.randrange(1, 60))
            acts.append(event(Kind.LISTING_SENT, day.isoformat(), listing=1))
        add(connection, number, *acts)
    return connection


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """Exact days only."""
    return _crowd(tmp_path_factory.mktemp("crowd"), vague=False)


@pytest.fixture(scope="module")
def vague_crowd(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """Some dates known in part only."""
    return _crowd(tmp_path_factory.mktemp("vague"), vague=True)


def _exits(connection: Connection, day: date) -> Report:
    asked = outcomes.Asked(Selection(day), day, FLAGS)
    return movements.exits(connection, asked)


REPORTS: dict[str, Callable[[Connection, date], Report]] = {
    "funnel": lambda c, _: movements.funnel(c, Filters(), "secteur"),
    "caseload": lambda c, day: movements.caseload(c, Selection(day), "referent"),
    "liaison": lambda c, _: movements.liaison(c, Filters()),
    "situations": lambda c, day: movements.moves(c, Selection(day)),
    "outcomes": _exits,
}


def told(
    connection: Connection, name: str, day: date, period: Period, unit: str | None = None,
    mask: int | None = None,
) -> Figures:  # fmt: skip
    question = Question(day=day, period=period, unit=unit, mask=mask)
    return figures(question, REPORTS[name](connection, day))


@pytest.mark.parametrize("name", REPORTS)
def test_the_four_quarters_add_up_to_the_year(crowd: Connection, name: str) -> None:
    day = date(2030, 1, 1)
    year = told(crowd, name, day, period_of("2023"))
    quarters = told(crowd, name, day, period_of("2023"), "trimestre")
    moved = [each.name for each in year.report.counts if not each.at]
    assert moved
    for line in {line for _, line, _ in year.values}:
        for each in moved:
            parts = [quarters.values[n, line, each] for n in range(4)]
            assert sum(n or 0 for n in parts) == year.values[0, line, each], (line, each)


@pytest.mark.parametrize("name", ["funnel", "caseload", "liaison", "situations"])
@settings(max_examples=25, deadline=None)
@given(first=DAYS, length=st.integers(0, 400), seen=st.integers(0, 300))
def test_what_there_was_and_what_came_is_what_there_is_and_what_left(
    vague_crowd: Connection, name: str, first: date, length: int, seen: int
) -> None:
    period = between(first, first + timedelta(days=length))
    found = told(vague_crowd, name, first + timedelta(days=seen), period)
    starts = [each for each in found.report.counts if each.at == START]
    assert starts
    for start in starts:
        kinds = {e.name: e.plus for e in found.report.counts
                 if not e.at and not e.within and e.part != "possible"}  # fmt: skip
        for place in range(3):
            for line in {line for _, line, _ in found.values}:
                balance = found.values[place, line, start.name] or 0
                for count, of in kinds.items():
                    number = found.values[place, line, count] or 0
                    balance += number * (set(of) <= {*start.plus})
                    balance -= number * (set(of) <= {*start.minus})
                end = found.values[place, line, start.name.removesuffix(START) + END]
                assert balance == end, (line, start.name)


@settings(max_examples=15, deadline=None)
@given(day=DAYS)
def test_stocks_are_those_of_the_reports_of_that_day(vague_crowd: Connection, day: date) -> None:
    period = between(day - timedelta(days=30), day)
    found = told(vague_crowd, "funnel", day, period)
    for row in funnel.funnel(vague_crowd, day, Filters()):
        place = (row.departement, row.secteur)
        for measure in (
            "personnes",
            "diagnostiques",
            "attribues",
            "signataires",
            "clos",
            "menages",
        ):
            assert (found.values.get((0, place, measure)) or 0) == row.of(measure), (place, measure)
    loads = told(vague_crowd, "caseload", day, period)
    for line in caseload.lines(vague_crowd, caseload.Question(Selection(day))):
        supported = line.counts["a_contractualiser"] + line.counts["accompagnes"]
        if line.key:
            assert (loads.values.get((0, line.key, "suivis_fin")) or 0) == supported
    asked = told(vague_crowd, "liaison", day, period)
    pending = requests.pending(requests.requests(vague_crowd, day))
    assert asked.values[0, WHOLE, "demandes_fin"] == len(pending)
    moved = told(vague_crowd, "situations", day, period)
    for each in situations.figures(vague_crowd, Selection(day)).lines:
        if each.moment == "actuelle":
            key = (0, (each.domaine, each.classe), "personnes_fin")
            assert (moved.values.get(key) or 0) == each.personnes, key


def test_exits_are_those_of_the_outcomes(crowd: Connection) -> None:
    day = date(2023, 10, 9)
    ever = between(date(2020, 1, 1), day)
    found = told(crowd, "outcomes", day, ever)
    asked = outcomes.Asked(Selection(day), day, FLAGS, exits=True)
    for line in outcomes.figures(crowd, asked).lines:
        numbers = [found.values[0, ("", line.resultat), name] for name in ("personnes", "atteint")]
        assert numbers == [line.personnes, line.atteint]


def test_a_date_that_straddles_two_periods_is_in_neither_flow(tmp_path: Path) -> None:
    connection = new_file(tmp_path / "e.db")
    add(connection, 1, *accepted("15/12/2022", "mars/avril 2023"))
    day = date(2023, 12, 31)

    def entered(period: str) -> list[Any]:
        found = told(connection, "funnel", day, period_of(period))
        names = ("entrees", "entrees_a_preciser", "entrees_possibles", "suivis_debut", "suivis_fin")
        return [found.values[0, WHOLE, name] for name in names]

    assert entered("2023-T1") == [0, 0, 1, 0, 0]
    assert entered("2023-T2") == [0, 1, 0, 0, 1]
    assert entered("2023") == [1, 0, 0, 0, 1]
    assert entered("2023-04") == [0, 1, 0, 0, 1]


def test_who_entered_on_an_unknown_day_is_in_the_stock_alone(tmp_path: Path) -> None:
    connection = new_file(tmp_path / "e.db")
    add(connection, 1, event(Kind.ORIENTATION_ACCEPTED, None))
    found = told(connection, "funnel", date(2023, 10, 9), period_of("2023"))
    assert [found.values[0, WHOLE, n] for n in ("suivis_debut", "entrees")] == [1, 0]


@pytest.mark.parametrize("unit", [None, "mois", "trimestre"])
@pytest.mark.parametrize("name", ["funnel", "situations", "outcomes"])
def test_no_small_count_is_printed_with_a_mask(
    crowd: Connection, name: str, unit: str | None
) -> None:
    found = told(crowd, name, date(2023, 10, 9), period_of("2023"), unit, mask=5)
    printed = [n for (_, _, name_), n in found.values.items() if n is not None]
    assert any(printed) or name == "outcomes"
    assert not [n for n in printed if 0 < n < 5]


def test_months_cannot_be_subtracted_to_tell_a_small_one(tmp_path: Path) -> None:
    connection = new_file(tmp_path / "e.db")
    for number in range(1, 31):
        month = "01" if number <= 28 else "02"
        add(connection, number, *accepted("15/12/2022", f"10/{month}/2023"))
    day = date(2023, 2, 28)
    found = told(connection, "funnel", day, period_of("2023-02"), mask=5)
    february, january, year = (found.values[n, ("44", ""), "entrees"] for n in range(3))
    assert february is None, "two persons"
    assert None in (january, year), "or one would be the other less February's"


# --- typed --------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "essai.db"
    connection = new_file(path)
    directory(connection)
    populate(connection, Random(7), 60)
    connection.close()
    return path


def run(db: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["--db", str(db), "--today", "2023-10-09", "report", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def rows(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    code, out, err = run(file, capsys, *words, "--format", "json")
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)
    return found


EVERY = ("funnel", "situations", "outcomes", "caseload", "liaison", "interviews")


@pytest.mark.parametrize("name", EVERY)
def test_rows_are_tidy_the_columns_of_the_contract_first(
    file: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    months = rows(file, capsys, name, "--by", "mois", "--period", "2023")
    assert [*months[0]][-3:] == ["periode", "du", "au"]
    assert {row["periode"] for row in months} == {f"2023-{n:02d}" for n in range(1, 11)}
    heads = 1 if name in ("interviews", "liaison") else 2
    lines = Counter(json.dumps([*row.values()][:heads]) for row in months)
    assert len({*lines.values()}) == 1, "each line in each period"
    if name == "funnel":
        assert [*months[0]][:9] == [*rows(file, capsys, "funnel")[0]][:9]


@pytest.mark.parametrize("name", EVERY)
def test_the_period_stands_beside_the_one_before_and_the_year(
    file: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, out, _ = run(file, capsys, name, "--period", "2023-T3")
    assert code == 0
    for told_ in ("T3 2023", "T2 2023", "2023 au 30/09/2023", "Ce que compte chaque nombre"):
        assert told_ in out
    code, out, _ = run(file, capsys, name, "--period", "2023-T4")
    assert "T4 2023 (en cours, au 09/10/2023)" in out


@pytest.mark.parametrize("name", EVERY)
def test_a_period_to_come_is_one_sentence(
    file: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, out, err = run(file, capsys, name, "--from", "01/01/2024", "--to", "31/03/2024")
    assert (code, out) == (2, "")
    assert "est à venir" in err


def test_each_flow_of_the_funnel_is_the_length_of_its_list(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for row in rows(file, capsys, "funnel", "--by", "trimestre"):
        where = ["--from", row["du"], "--to", row["au"], "--department", row["departement"]]
        if row["secteur"]:
            where += ["--sector", row["secteur"]]
        for name, number in row.items():
            stem = name.removesuffix("_a_preciser").removesuffix("_possibles")
            if stem in ("entrees", "diagnostics", "commissions", "contrats", "sorties",
                        "sorties_transfert"):  # fmt: skip
                assert len(rows(file, capsys, "funnel", *where, "--list", name)) == number, name


def test_an_empty_file_says_zeros(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new_file(tmp_path / "vide.db").close()
    for name in EVERY:
        code, out, err = run(tmp_path / "vide.db", capsys, name, "--period", "2023")
        assert (code, err) == (0, ""), name
        assert "année 2023" in out
