"""`report outcomes`: three answers, judged late enough, equal to the fold of the events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import lasting_home, lasting_job
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import Housing, HousingDetail, Work
from agir_cli.failures import UsageFailure
from agir_cli.reports import outcomes as report
from agir_cli.reports.outcomes import ANSWERS, RESULTS, Asked, Cell, cell_of, figures, signed_by
from agir_cli.reports.standing import Selection
from agir_cli.store.driver import Connection
from agir_cli.store.rulebook import shipped
from tests.reports.building import DAY, accepted, add, event, new_file
from tests.reports.lives import START, directory, populate, states

FLAGS = shipped().flags(DAY)
DAYS = st.integers(-10, 1400).map(lambda n: START + timedelta(days=n))


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    connection = new_file(tmp_path_factory.mktemp("crowd") / "essai.db")
    directory(connection)
    populate(connection, Random(7), 250)
    return connection


def asked(day: date, after: str = "6m", by: str | None = None, *, exits: bool = False) -> Asked:
    return Asked(Selection(day), signed_by(day, after), FLAGS, by, exits)


# --- the domain's own answers ------------------------------------------------------------


def answers(d: Dossier) -> tuple[str, str, str]:
    """Home, job, both: the pre-check's own functions on the last known situation."""
    home, detail = d.current_housing
    moved = any(s.situation_logement is not None for s in d.situations)
    facts = d.facts._replace(
        situation_logement=home, detail_logement=detail,
        situation_professionnelle=d.current_work,
        logement_perenne=None if moved else d.facts.logement_perenne,
    )  # fmt: skip
    now = d._replace(facts=facts)
    found = (lasting_home(now, FLAGS).value, lasting_job(now, FLAGS).value)
    both = "oui" if set(found) == {"oui"} else ("non" if "non" in found else "inconnu")
    return (*found, both)


def household(d: Dossier) -> str:
    return d.facts.menage or d.id


@settings(deadline=None, max_examples=25)
@given(DAYS, st.sampled_from([None, "logement", "travail"]), st.booleans())
def test_as_of_is_the_fold_of_the_events_up_to_that_day(
    crowd: Connection, day: date, by: str | None, exits: bool
) -> None:
    question = asked(day, "6m", by, exits=exits)
    everyone = [d for d in states(crowd, day) if d.contract and (d.closing or not exits)]
    judged = [d for d in everyone if d.contract and d.contract.latest <= question.signed_by]
    found = figures(crowd, question)
    assert (found.signed, found.judged) == (len(everyone), len(judged))
    assert found.waiting == len(everyone) - len(judged)
    for line in found.lines:
        some = [d for d in judged if line.entree in ("", _entry(d, by))]
        place = RESULTS.index(line.resultat)
        counts = Counter(answers(d)[place] for d in some)
        assert [line.atteint, line.non_atteint, line.inconnu] == [counts[a] for a in ANSWERS]
        assert line.personnes == len(some)
        homes = {household(d) for d in some}
        reached = {household(d) for d in some if answers(d)[place] == "oui"}
        assert (line.menages, line.menages_atteint) == (len(homes), len(reached))


def _entry(d: Dossier, by: str | None) -> str:
    then = {
        None: None, "logement": d.facts.situation_logement,
        "travail": d.facts.situation_professionnelle,
    }[by]  # fmt: skip
    return str(then or "inconnu")


@pytest.mark.parametrize("by", [None, "logement", "travail"])
def test_each_number_is_the_length_of_its_list(crowd: Connection, by: str | None) -> None:
    question = asked(date(2023, 9, 1), "3m", by)
    found = figures(crowd, question)
    assert found.judged
    for told, printed in _printed(found):
        cell, persons = cell_of(told[0], told[1] or None, by), told[2]
        listed = report.listed if persons else report.households
        assert len(list(listed(crowd, question, cell))) == printed, told


def _printed(found: report.Figures) -> Iterator[tuple[tuple[str, str, bool], int | None]]:
    yield ("signataires", "", True), found.signed
    yield ("jugees", "", True), found.judged
    yield ("pas_encore", "", True), found.waiting
    for line in found.lines:
        yield ("jugees", line.entree, True), line.personnes
        yield ("jugees", line.entree, False), line.menages
        yield (line.resultat, line.entree, False), line.menages_atteint
        for answer, count in zip(ANSWERS, line[4:7], strict=True):
            yield (f"{line.resultat}:{answer}", line.entree, True), count


# --- a person ----------------------------------------------------------------------------


def signed(on: str) -> list[Draft]:
    return [*accepted("2022-01-10", "2022-01-10"), event(Kind.DIAGNOSIS_HELD, "2022-01-20"),
            event(Kind.CONTRACT_SIGNED, on)]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, ("inconnu", "inconnu", "inconnu"), id="rien n'est dit"),
        pytest.param({"situation_logement": Housing.INDEPENDENT}, ("oui", "inconnu", "inconnu"),
                     id="logé, travail inconnu"),
        pytest.param({"situation_logement": Housing.DNA}, ("non", "inconnu", "non"),
                     id="en DNA : pas les deux"),
        pytest.param({"situation_logement": Housing.ASSISTED,
                      "detail_logement": HousingDetail.SOCIAL_RESIDENCE,
                      "situation_professionnelle": Work.TRAINING}, ("oui", "oui", "oui"),
                     id="résidence sociale et formation"),
        pytest.param({"situation_logement": Housing.ASSISTED,
                      "detail_logement": HousingDetail.FAMILY_BOARDING,
                      "situation_professionnelle": Work.JOB_UNDER_6_MONTHS},
                     ("non", "non", "non"), id="pension de famille, emploi court"),
        pytest.param({"situation_logement": Housing.ASSISTED}, ("inconnu", "inconnu", "inconnu"),
                     id="accompagné sans précision"),
    ],
)  # fmt: skip
def test_three_answers(
    file: Connection, facts: dict[str, object], expected: tuple[str, ...]
) -> None:
    add(file, 1, *signed("2022-02-01"), facts=facts)
    lines = figures(file, asked(DAY, "12m")).lines
    said = {
        line.resultat: next(a for a, n in zip(ANSWERS, line[4:7], strict=True) if n)
        for line in lines
    }
    assert said == dict(zip(RESULTS, expected, strict=True))


@pytest.mark.parametrize(
    ("contract", "judged", "waiting", "possible"),
    [
        pytest.param("2022-10-09", 1, 0, 0, id="douze mois ce jour"),
        pytest.param("2022-10-10", 0, 1, 0, id="un jour de moins"),
        pytest.param("2022-10", 0, 1, 1, id="mois connu seulement"),
        pytest.param("2023-11-01", 0, 0, 0, id="pas encore signé"),
    ],
)
def test_only_old_enough_is_judged(
    file: Connection, contract: str, judged: int, waiting: int, possible: int
) -> None:
    add(file, 1, *signed(contract))
    found = figures(file, asked(DAY, "12m"))
    assert (found.judged, found.waiting, found.possible) == (judged, waiting, possible)


@pytest.mark.parametrize(
    ("day", "after", "expected"),
    [
        (date(2023, 10, 9), "12m", date(2022, 10, 9)),
        (date(2025, 2, 28), "1a", date(2024, 2, 29)),
        (date(2023, 2, 28), "1m", date(2023, 1, 31)),
        (date(2023, 3, 1), "1m", date(2023, 2, 1)),
        (date(2023, 3, 31), "30j", date(2023, 3, 1)),
        (date(2023, 3, 31), "2s", date(2023, 3, 17)),
    ],
)
def test_the_latest_contract_that_is_judged(day: date, after: str, expected: date) -> None:
    assert signed_by(day, after) == expected


def test_a_household_counts_once_and_as_soon_as_one_is_there(file: Connection) -> None:
    add(file, 1, *signed("2022-02-01"),
        facts={"menage": "M1", "situation_logement": Housing.INDEPENDENT})  # fmt: skip
    add(file, 2, *signed("2022-02-01"), facts={
        "menage": "M1", "situation_logement": Housing.DNA,
        "situation_professionnelle": Work.PERMANENT})  # fmt: skip
    found = {line.resultat: line for line in figures(file, asked(DAY)).lines}
    homes = found["logement"]
    assert (homes.personnes, homes.atteint, homes.menages, homes.menages_atteint) == (2, 1, 1, 1)
    rows = list(report.households(file, asked(DAY), Cell("logement")))
    assert rows == [("M1", 2, "44-0001 44-0002")]


def test_a_household_does_both_when_one_of_its_persons_does(file: Connection) -> None:
    """One is housed and another works: that is nobody who has both [cases, W11]."""
    housed = {"menage": "M1", "situation_logement": Housing.INDEPENDENT}
    works = {"menage": "M1", "situation_professionnelle": Work.PERMANENT}
    add(file, 1, *signed("2022-02-01"), facts=housed)
    add(file, 2, *signed("2022-02-01"), facts=works)
    both = {line.resultat: line for line in figures(file, asked(DAY)).lines}["les_deux"]
    assert (both.personnes, both.atteint, both.menages, both.menages_atteint) == (2, 0, 1, 0)
    assert list(report.households(file, asked(DAY), Cell("les_deux"))) == []
    add(file, 3, *signed("2022-02-01"), facts=housed | works)
    both = {line.resultat: line for line in figures(file, asked(DAY)).lines}["les_deux"]
    assert (both.personnes, both.atteint, both.menages, both.menages_atteint) == (3, 1, 1, 1)


def test_persons_are_never_fewer_than_their_households(crowd: Connection) -> None:
    for by in (None, "logement", "travail"):
        for line in figures(crowd, asked(date(2023, 9, 1), "3m", by)).lines:
            assert (line.atteint or 0) >= (line.menages_atteint or 0)
            assert (line.personnes or 0) >= (line.menages or 0)


@pytest.mark.parametrize("by", [None, "logement", "travail"])
def test_masked_counts_are_never_small_and_bring_their_rates(
    crowd: Connection, by: str | None
) -> None:
    found = figures(crowd, asked(date(2023, 9, 1), "3m", by), 5)
    for line in found.lines:
        counts = (*line[3:7], line.menages, line.menages_atteint)
        assert not [count for count in counts if count is not None and 0 < count < 5]
        assert line.taux is None or line.atteint is not None
        assert line.menages_taux is None or line.menages_atteint is not None
    if by:
        assert any(line.atteint is None for line in found.lines)


@pytest.mark.parametrize(
    ("text", "entry", "by", "told"),
    [
        ("logemnt", None, None, "logement"),
        ("logement:peutetre", None, None, "peutetre"),
        ("logement", "cdi", "logement", "cdi"),
    ],
)
def test_a_number_that_does_not_exist(
    text: str, entry: str | None, by: str | None, told: str
) -> None:
    with pytest.raises(UsageFailure, match=told):
        cell_of(text, entry, by)
