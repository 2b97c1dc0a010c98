"""`report situations`: what SQL counts is what folding the events up to the day tells."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.domain.events import Kind
from agir_cli.domain.vocabulary import Housing, Motive, Work
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import Filters
from agir_cli.reports.situations import (
    CLASSES,
    DOMAINS,
    MOMENTS,
    UNKNOWN,
    Cell,
    cell_of,
    figures,
    listed,
)
from agir_cli.reports.standing import Selection
from agir_cli.store.driver import Connection
from tests.reports.building import DAY, accepted, add, event, new_file
from tests.reports.lives import START, directory, populate, states

DAYS = st.integers(-10, 1200).map(lambda n: START + timedelta(days=n))


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


@pytest.fixture(scope="module")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> list[Connection]:
    """Three files of random dossiers, some dates known in part only."""
    found = []
    for seed in range(3):
        connection = new_file(tmp_path_factory.mktemp("crowd") / "essai.db")
        directory(connection)
        populate(connection, Random(seed), 120)
        found.append(connection)
    return found


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2), DAYS)
def test_as_of_is_the_fold_of_the_events_up_to_that_day(
    crowds: list[Connection], crowd: int, day: date
) -> None:
    expected: Counter[tuple[str, ...]] = Counter()
    flows: Counter[tuple[str, ...]] = Counter()
    for d in states(crowds[crowd], day):
        homes = (d.facts.situation_logement, d.current_housing[0])
        works = (d.facts.situation_professionnelle, d.current_work)
        for domain, (then, now) in zip(DOMAINS, (homes, works), strict=True):
            then_, now_ = str(then or UNKNOWN), str(now or UNKNOWN)
            expected["entree", domain, then_] += 1
            expected["actuelle", domain, now_] += 1
            expected["sortie", domain, now_] += d.closing is not None
            flows[domain, then_, now_] += 1
    found = figures(crowds[crowd], Selection(day))
    assert {line[:3]: line.personnes for line in found.lines if line.personnes} == +expected
    assert {flow[:3]: flow.personnes for flow in found.flows} == +flows


@pytest.mark.parametrize("day", [date(2021, 1, 1), date(2023, 2, 10), date(2024, 6, 1)])
def test_each_number_is_the_length_of_its_list(crowds: list[Connection], day: date) -> None:
    selection = Selection(day)
    found = figures(crowds[0], selection)

    def length(cell: Cell) -> int:
        return len(list(listed(crowds[0], selection, cell)))

    for line in found.lines:
        assert length(cell_of(line.classe, line.moment, line.domaine)) == line.personnes
    for flow in found.flows:
        assert length(cell_of(f"{flow.de}:{flow.vers}", None, flow.domaine)) == flow.personnes
    for moment, count in found.totals.items():
        assert length(cell_of("personnes", moment, None)) == count


def test_rows_are_stable_and_zero_before_the_first_event(crowds: list[Connection]) -> None:
    found = figures(crowds[0], Selection(date(2000, 1, 1)))
    assert [line[:3] for line in found.lines] == [
        (moment, domain, each) for moment in MOMENTS for domain in DOMAINS
        for each in CLASSES[domain]
    ]  # fmt: skip
    assert {line[3:] for line in found.lines} == {(0, None)}
    assert found.flows == []


def test_a_later_situation_does_not_count_yet_and_an_exit_keeps_the_last(file: Connection) -> None:
    add(
        file, 1, *accepted("2023-02-01", "2023-02-01"),
        event(Kind.SITUATION_RECORDED, "2023-05-01",
              situation_logement=Housing.INDEPENDENT, situation_professionnelle=Work.PERMANENT),
        event(Kind.SITUATION_RECORDED, "2023-10",
              situation_logement=Housing.ASSISTED),
        event(Kind.DOSSIER_CLOSED, "2023-12-01", motif=Motive.GOALS_REACHED),
        facts={"situation_logement": Housing.DNA},
    )  # fmt: skip
    seen = {}
    for day in (date(2023, 4, 30), DAY, date(2023, 10, 31), date(2023, 12, 1)):
        lines = figures(file, Selection(day)).lines
        seen[day] = {
            (line.moment, line.classe) for line in lines
            if line.personnes and line.domaine == "logement"
        }  # fmt: skip
    entry = ("entree", "dna")
    assert list(seen.values()) == [
        {entry, ("actuelle", "dna")},
        {entry, ("actuelle", "logement_autonome")},
        {entry, ("actuelle", "logement_accompagne")},
        {entry, ("actuelle", "logement_accompagne"), ("sortie", "logement_accompagne")},
    ]


def test_shares_are_percents_of_the_moment(file: Connection) -> None:
    for number in range(1, 4):
        home = Housing.DNA if number < 3 else None
        facts = {"situation_logement": home} if home else {}
        add(file, number, *accepted("2023-02-01", "2023-02-01"), facts=facts)
    lines = figures(file, Selection(DAY)).lines
    found = {line[:3]: line[3:] for line in lines if line.personnes}
    assert found["entree", "logement", "dna"] == (2, 66.7)
    assert found["entree", "logement", "inconnu"] == (1, 33.3)


def test_filters_speak_of_that_day(crowds: list[Connection]) -> None:
    day = date(2023, 1, 20)
    for stage in ("diagnostic", "commission", "contractualisation", "accompagnement", "clos"):
        selection = Selection(day, Filters(stage=f",{stage},"))
        rows = list(listed(crowds[0], selection, Cell("actuelle", "logement")))
        folded = sorted(d.reference for d in states(crowds[0], day) if _stage(d) == stage)
        assert [row[0] for row in rows] == folded
        assert rows


def _stage(d: object) -> str:
    from agir_cli.domain.route import stage
    from agir_cli.domain.vocabulary import Route

    return str(stage(d, Route.DIRECT))  # type: ignore[arg-type]


def test_a_filter_on_the_referent_needs_the_commission_by_that_day(
    crowds: list[Connection],
) -> None:
    day = date(2023, 1, 20)
    selection = Selection(day, Filters(referent="R1"))
    rows = list(listed(crowds[0], selection, Cell("actuelle", "logement")))
    assert [row[0] for row in rows] == sorted(
        d.reference for d in states(crowds[0], day)
        if d.assignment and "R1" in (d.assignment.referent, d.assignment.second_referent)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "moment", "domain", "expected"),
    [
        ("dna", None, None, Cell("actuelle", "logement", now="dna")),
        ("DNA", "entree", None, Cell("entree", "logement", then="dna")),
        ("cdi", "sortie", None, Cell("sortie", "travail", now="cdi")),
        ("inconnu", None, "travail", Cell("actuelle", "travail", now="inconnu")),
        ("dna:logement_autonome", None, None,
         Cell("actuelle", "logement", "dna", "logement_autonome")),
        ("personnes", "sortie", None, Cell("sortie", "logement")),
    ],
)  # fmt: skip
def test_a_number_is_named(
    text: str, moment: str | None, domain: str | None, expected: Cell
) -> None:
    assert cell_of(text, moment, domain) == expected


@pytest.mark.parametrize(
    ("text", "moment", "domain", "told"),
    [
        ("inconnu", None, None, "pour le logement et pour le travail"),
        ("dnaa", None, None, "dnaa"),
        ("dna:cdi", None, "logement", "cdi"),
        ("dna", "demain", None, "demain"),
        ("dna", None, "santé", "santé"),
    ],
)
def test_a_number_that_does_not_exist(
    text: str, moment: str | None, domain: str | None, told: str
) -> None:
    with pytest.raises(UsageFailure, match=told):
        cell_of(text, moment, domain)


@pytest.mark.parametrize("flows", [False, True])
def test_masked_counts_are_never_small(crowds: list[Connection], flows: bool) -> None:
    found = figures(crowds[1], Selection(date(2023, 6, 1)), 5, flows=flows)
    counts = [line.personnes for line in found.lines]
    assert found.masked
    assert None in counts
    assert not [count for count in counts if count is not None and 0 < count < 5]
    assert all(line.part is None for line in found.lines if line.personnes is None)
    if flows:
        assert not [f for f in found.flows if f.personnes is not None and 0 < f.personnes < 5]
