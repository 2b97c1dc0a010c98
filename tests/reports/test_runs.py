"""One night to the next: new, still late, resolved since, whatever nights were missed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from agir_cli.domain.events import Kind
from agir_cli.reports.overdue import Question, Resolved, Since, late, scope, since_last_run
from agir_cli.reports.selection import Filters
from agir_cli.store.driver import writing
from agir_cli.store.file import open_file
from agir_cli.store.runs import record
from tests.reports.building import accepted, add, event, id_of, new_file, put_down

KIND = ("contractualisation",)
FIRST, SECOND = date(2023, 9, 26), date(2023, 10, 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Late from 26/09 (1), from 26/09 and signed later (2), from 01/10 (3)."""
    connection = new_file(tmp_path / "essai.db")
    for number, commission in ((1, "2023-09-04"), (2, "2023-09-04"), (3, "2023-09-09")):
        add(
            connection, number, *accepted("2023-08-01", "2023-08-01"),
            event(Kind.DIAGNOSIS_HELD, "2023-08-20"),
            event(Kind.REFERENT_DESIGNATED, commission),
        )  # fmt: skip
    connection.close()
    return tmp_path / "essai.db"


def night(path: Path, day: date, filters: Filters = Filters(), mark: bool = True) -> Since:  # noqa: B008
    question = Question(day, KIND, filters)
    connection = open_file(path, write=False)
    lines = list(late(connection, question))
    found = since_last_run(connection, question, lines)
    connection.close()
    if mark:
        record(path, scope(question), day, [line.key for line in lines], "nuit")
    return found


def sign(path: Path, number: int, on: str) -> None:
    connection = open_file(path, write=True)
    with writing(connection):
        put_down(connection, {id_of(number): [event(Kind.CONTRACT_SIGNED, on)]})
    connection.close()


def references(found: Since) -> tuple[list[str], list[str], list[str]]:
    return (
        [line.dossier for line in found.new],
        [line.dossier for line in found.still],
        [each.dossier for each in found.resolved],
    )


def test_everything_is_new_the_first_night(path: Path) -> None:
    found = night(path, FIRST)
    assert found.day is None
    assert references(found) == (["44-0001", "44-0002"], [], [])


def test_what_changed_since_the_last_run(path: Path) -> None:
    night(path, FIRST)
    sign(path, 2, "2023-09-28")
    found = night(path, SECOND)
    assert found.day == FIRST
    assert references(found) == (["44-0003"], ["44-0001"], ["44-0002"])
    assert found.resolved[0] == Resolved(
        "44-0002", "INVENTÉ-2", "Essai", "contractualisation", "accompagnement"
    )


def test_nothing_changes_twice(path: Path) -> None:
    night(path, FIRST)
    assert references(night(path, FIRST)) == ([], ["44-0001", "44-0002"], [])


def test_without_a_mark_the_last_run_stays_the_last(path: Path) -> None:
    night(path, FIRST)
    night(path, SECOND, mark=False)
    assert night(path, SECOND).day == FIRST


def test_runs_of_other_questions_are_not_compared(path: Path) -> None:
    night(path, FIRST)
    assert night(path, FIRST, Filters(department="44")).day is None
    every = Question(FIRST, ("contractualisation", "terme"))
    assert scope(every) == scope(Question(SECOND, ("terme", "contractualisation")))


def test_the_file_keeps_ten_runs(path: Path) -> None:
    for _ in range(13):
        night(path, FIRST)
    connection = open_file(path, write=False)
    assert connection.execute("SELECT count(*) FROM runs").fetchone() == (10,)
    runs = "SELECT count(DISTINCT run) FROM run_lines"
    assert connection.execute(runs).fetchone() == (10,)


def test_a_run_keeps_ids_and_codes_only(path: Path) -> None:
    night(path, FIRST)
    connection = open_file(path, write=False)
    rows = connection.execute("SELECT dossier, nature, cause, echeance_min FROM run_lines")
    assert rows.fetchall() == [
        (id_of(number), "contractualisation", "commission", "2023-09-25") for number in (1, 2)
    ]
