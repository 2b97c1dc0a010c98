"""The steering committee's page says what the reports say, and hides what is small."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain.events import Kind
from agir_cli.domain.vocabulary import Housing, Work
from agir_cli.reports import board as b
from agir_cli.reports import funnel, overdue
from agir_cli.reports.outcomes import JUDGED, RESULTS, SIGNED, WAITING, hidden_counts
from agir_cli.reports.selection import Filters
from agir_cli.store.driver import Connection
from tests.reports.building import DAY, accepted, add, booked, event, new_file, validated

OFFICES = ("44-C1", "44-C3", "44-C4", "85-C1", "85-M1", "85-A4")
LEAST = 5


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    file = new_file(tmp_path / "essai.db")
    for number in range(1, 91):
        office = OFFICES[min(number % 13 % 6, number % 6)]
        start = date(2022, 3, 1) + timedelta(days=6 * number)
        first, held, signed = (
            (start + timedelta(days=n)).isoformat() for n in (0, 12, 30 if number % 4 else 90)
        )
        drafts = [*accepted(first, first), booked(Kind.DIAGNOSIS_BOOKED, first, held, office)]
        if number % 5:
            drafts += [
                event(Kind.DIAGNOSIS_HELD, held), event(Kind.REFERENT_DESIGNATED, held),
                *([event(Kind.CONTRACT_SIGNED, signed)] if number % 3 else []),
            ]  # fmt: skip
        else:
            drafts = [validated(first)]
        facts = {
            "situation_logement": list(Housing)[number % 5],
            "situation_professionnelle": list(Work)[number % 7],
        }
        add(file, number, *drafts, department=office[:2], facts=facts)
    return file


def test_without_a_mask_it_says_what_the_reports_say(file: Connection) -> None:
    everyone = Filters()
    found = b.board(file, DAY, everyone, None)
    rows = {(row.departement, row.secteur): row for row in found.rows}
    for row in funnel.funnel(file, DAY, everyone):
        shown = rows[row.departement, row.secteur]
        assert shown == row
    whole = found.rows[0]
    departments = [row for row in found.rows if row.departement and not row.secteur]
    assert len(departments) == 2
    for measure in funnel.MEASURES:
        assert whole.of(measure) == sum(row.of(measure) or 0 for row in departments)
    question = overdue.Question(DAY)
    late = Counter((x.nature, x.certitude) for x in overdue.late(file, question))
    assert {(x.nature, x.certains) for x in found.late} == {
        (nature, late[nature, "certain"]) for nature in overdue.KINDS
    }
    assert found.late_certain == sum(n for (_, sure), n in late.items() if sure == "certain")
    assert found.waiting == len(list(overdue.waiting(file, question)))
    assert found.waiting == sum(wait.dossiers or 0 for wait in found.waits)
    assert found.lines == ()


def _numbers(found: b.Board) -> list[int | None]:
    numbers = [row.of(m) for row in found.rows for m in funnel.MEASURES]
    numbers += [n for late in found.late for n in (late.certains, late.possibles)]
    numbers += [wait.dossiers for wait in found.waits]
    numbers += [line.personnes for line in found.situations.lines]
    numbers += [n for line in found.outcomes.lines for n in (line.personnes, line.atteint)]
    return [*numbers, found.waiting, found.late_certain, found.outcomes.judged]


def test_with_a_mask_no_small_number_is_left(file: Connection) -> None:
    shown = _numbers(b.board(file, DAY, Filters(), LEAST))
    assert {n for n in shown if n is not None and 0 < n < LEAST} == set()
    whole = _numbers(b.board(file, DAY, Filters(), None))
    assert {n for n in whole if n is not None and 0 < n < LEAST} != set()
    assert len([n for n in shown if n]) > 30


def test_a_hidden_sector_cannot_be_subtracted(file: Connection) -> None:
    found = b.board(file, DAY, Filters(), LEAST)
    whole = {(r.departement, r.secteur): r for r in b.board(file, DAY, Filters(), None).rows}
    for department in ("44", "85"):
        rows = [row for row in found.rows if row.departement == department]
        total = next(row for row in rows if not row.secteur)
        for measure in ("personnes", "signataires", "diagnostiques"):
            away = [row.secteur for row in rows if row.secteur and row.of(measure) is None]
            if total.of(measure) is not None and away:
                together = sum(whole[department, sector].of(measure) or 0 for sector in away)
                assert together >= LEAST
                assert len(away) > 1


def test_late_lines_are_kept_on_demand(file: Connection) -> None:
    lines = b.board(file, DAY, Filters(), LEAST, lines=True).lines
    assert list(lines) == list(overdue.late(file, overdue.Question(DAY)))
    assert lines


@pytest.mark.parametrize("mask", [None, LEAST])
def test_a_day_before_everything_gives_zeros(file: Connection, mask: int | None) -> None:
    found = b.board(file, date(2000, 1, 1), Filters(), mask)
    assert {n for n in _numbers(found) if n} == set()


def test_an_empty_file_has_a_board(tmp_path: Path) -> None:
    found = b.board(new_file(tmp_path / "vide.db"), DAY, Filters(), LEAST)
    assert (found.rows, found.waits, found.waiting) == ([], [], 0)


# --- outcomes ----------------------------------------------------------------------------

entries = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12)),
    min_size=1,
    max_size=4,
)


def _counts(some: list[tuple[int, int, int, int]]) -> dict[tuple[str, ...], int]:
    """Classes of persons: only housed, only at work, both, neither; each a household."""
    counts: dict[tuple[str, ...], int] = {}
    every = [tuple(map(sum, zip(*some, strict=True))), *some]
    for place, (home, job, both, neither) in enumerate(every):
        entry = f"classe {place}" if place else ""
        total = home + job + both + neither
        counts[entry, "personnes"] = counts[entry, "menages"] = total
        for of, n in zip(RESULTS, (home + both, job + both, both), strict=True):
            counts[entry, of, "menages"] = counts[entry, of, "oui"] = n
            counts[entry, of, "non"], counts[entry, of, "inconnu"] = total - n, 0
    judged = counts["", "personnes"]
    return counts | {(SIGNED,): judged + 7, (JUDGED,): judged, (WAITING,): 7}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(entries)
def test_no_small_outcome_is_printed_nor_left_by_one_subtraction(
    some: list[tuple[int, int, int, int]],
) -> None:
    counts = _counts(some)
    classes = ["", *(f"classe {place}" for place in range(1, len(some) + 1))]
    away = hidden_counts(counts, classes, LEAST, reached=True)
    shown = {key: None if key in away else count for key, count in counts.items()}
    for entry in classes:
        persons, (home, job, both) = (
            shown[entry, "personnes"],
            (shown[entry, of, "oui"] for of in RESULTS),
        )
        for count in (persons, shown[entry, "menages"], home, job, both):
            assert not _small(count)
        for total, part in ((persons, home), (persons, job), (home, both), (job, both)):
            assert not _left(total, part)


def _small(count: int | None) -> bool:
    return count is not None and 0 < count < LEAST


def _left(total: int | None, part: int | None) -> bool:
    return total is not None and part is not None and _small(total - part)
