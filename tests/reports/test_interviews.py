"""`report interviews`: what was due in a period, how it was met, and that it stays counted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agir_cli.cli.app import main
from agir_cli.domain.dates import parse_date
from agir_cli.domain.deadlines import Met, interviews_due, late, spans
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import applied
from agir_cli.domain.route import stage
from agir_cli.domain.rules import ANCHORED, Clocks
from agir_cli.domain.vocabulary import Excuse, Motive, Nature, Route
from agir_cli.reports import interviews as report
from agir_cli.reports.flows import WHOLE, Question, figures
from agir_cli.reports.overdue import Question as Asked
from agir_cli.reports.overdue import late as late_lines
from agir_cli.reports.periods import period_of
from agir_cli.reports.standing import Selection
from agir_cli.store.driver import Connection
from agir_cli.store.rulebook import shipped
from tests.reports.building import accepted, add, event, new_file
from tests.reports.lives import directory, populate, states

CLOCKS = shipped().clocks
PERIODS = Clocks(
    {**CLOCKS.by_name, "entretien": (CLOCKS.by_name["entretien"][0]._replace(cadence=ANCHORED),)}
)


IN = accepted("01/01/2023", "01/01/2023")


def support(*acts: Draft) -> Dossier:
    """A support begun by the contract of 15/01/2023."""
    signed = Draft(Kind.CONTRACT_SIGNED, parse_date("15/01/2023"))
    return applied(Dossier(id="X", department="44"), [signed, *acts])


def held(day: str) -> Draft:
    return event(Kind.INTERVIEW_HELD, day)


def excused(day: str) -> Draft:
    return event(Kind.INTERVIEW_EXCUSED, day, motif_excuse=Excuse.WORK)


def closed(day: str) -> Draft:
    return event(Kind.DOSSIER_CLOSED, day, motif=Motive.TRANSFER)


def told(d: Dossier, clocks: Clocks = CLOCKS) -> list[tuple[str, str]]:
    """The last day of each obligation, and what became of it."""
    return [(f"{m.due.latest:%d/%m/%Y}", m.outcome) for m in interviews_due(d, clocks)]


def test_sliding_each_is_due_two_months_after_the_last() -> None:
    d = support(held("10/03/2023"), held("01/06/2023"))
    assert told(d) == [
        ("15/03/2023", "entretien"), ("10/05/2023", "entretien"), ("01/08/2023", ""),
    ]  # fmt: skip


def test_anchored_one_is_due_in_each_period_from_the_contract() -> None:
    d = support(held("15/03/2023"), held("01/06/2023"), held("02/06/2023"))
    every = told(d, PERIODS)
    assert every[:4] == [
        ("15/03/2023", "entretien"), ("15/05/2023", ""), ("15/07/2023", "entretien"),
        ("15/09/2023", ""),
    ]  # fmt: skip
    assert len(every) == 12  # two years of periods
    assert every[-1][0] == "15/01/2025"


def test_months_end_where_the_contracts_day_is_missing() -> None:
    d = applied(Dossier(), [Draft(Kind.CONTRACT_SIGNED, parse_date("31/12/2022"))])
    assert [day for day, _ in told(d, PERIODS)][:2] == ["28/02/2023", "30/04/2023"]


def test_an_excused_absence_answers_for_one_and_the_next_is_counted_from_it() -> None:
    d = support(excused("10/03/2023"))
    assert told(d) == [("15/03/2023", "excuse"), ("10/05/2023", "")]


def test_an_interview_held_on_that_day_needs_no_excuse() -> None:
    d = support(held("10/03/2023"), excused("10/03/2023"))
    assert told(d) == [("15/03/2023", "entretien"), ("10/05/2023", "")]


@pytest.mark.parametrize("clocks", [CLOCKS, PERIODS], ids=["glissante", "ancree"])
def test_nothing_is_due_where_the_dossier_was_closed_by_the_last_day(clocks: Clocks) -> None:
    assert told(support(closed("15/03/2023")), clocks) == []
    assert told(support(closed("16/03/2023")), clocks) == [("15/03/2023", "fin")]


def test_nothing_is_due_after_the_two_years() -> None:
    assert told(support(held("20/12/2024")))[-1] == ("15/03/2023", "entretien")
    late_one = support(held("10/03/2023"), held("01/02/2025"))
    assert told(late_one)[-1] == ("10/05/2023", ""), "held after the right: not an answer"


@pytest.mark.parametrize(
    ("day", "still"), [("15/01/2025", True), ("16/01/2025", False)],
    ids=["dernier jour des deux ans", "le lendemain"],
)  # fmt: skip
def test_nobody_is_late_for_an_interview_once_the_two_years_are_over(
    tmp_path: Path, day: str, still: bool
) -> None:
    on = parse_date(day).earliest
    d = support()
    every = spans(d, Route.DIRECT, stage(d, Route.DIRECT), CLOCKS)
    interview = next(span for span in every if span.nature is Nature.INTERVIEW)
    assert (late(interview, on) is not None) is still
    file = tmp_path / "e.db"
    connection = new_file(file)
    add(
        connection,
        1,
        *IN,
        event(Kind.CONTRACT_SIGNED, "15/01/2023"),
    )
    found = [line.nature for line in late_lines(connection, Asked(on))]
    assert ("entretien" in found) is still
    numbers = counted(connection, "2023", date(2025, 3, 1))
    assert numbers["manques"] == 1, "what was missed stays counted"


# --- the report --------------------------------------------------------------------------


def counted(
    connection: Connection, period: str, day: date, line: str = "departement"
) -> Counter[str]:
    """Every number of everyone in that period."""
    question = Question(day=day, period=period_of(period))
    found = figures(question, report.report(connection, Selection(day), question, line))
    return Counter({name: found.values[0, WHOLE, name] for name in ("dus", *report.STATES)})


def _state(met: Met, day: date) -> str:
    """What the definition says of an obligation on a day, exact dates alone."""
    on, due = met.on, met.due.latest
    if met.outcome in ("entretien", "excuse") and on is not None and on.latest <= day:
        if met.outcome == "excuse":
            return "excuses"
        return "tenus_a_temps" if on.latest <= due else "tenus_en_retard"
    return "manques" if due < day else "attendus"


@pytest.mark.parametrize("seed", range(4))
def test_the_report_says_what_the_obligations_say(tmp_path: Path, seed: int) -> None:
    connection = new_file(tmp_path / "e.db")
    directory(connection)
    populate(connection, Random(seed), 60, vague=False, mistakes=False)
    for day in (date(2023, 4, 17), date(2024, 9, 30)):
        expected = Counter(
            _state(met, day)
            for d in states(connection, date(2030, 1, 1))
            for met in interviews_due(d, CLOCKS)
            if date(2023, 1, 1) <= met.due.latest <= min(day, date(2023, 12, 31))
        )
        found = counted(connection, "2023", day)
        assert {name: found[name] for name in report.STATES} == {
            name: expected[name] for name in report.STATES
        }
        assert found["dus"] == expected.total()


def test_a_vague_contract_says_a_vague_obligation_apart(tmp_path: Path) -> None:
    connection = new_file(tmp_path / "e.db")
    add(connection, 1, *IN, event(Kind.CONTRACT_SIGNED, "2023-01"))
    day = date(2023, 10, 9)
    question = Question(day=day, period=period_of("2023-03"))
    found = figures(question, report.report(connection, Selection(day), question, "departement"))
    assert found.values[0, WHOLE, "dus"] == 1, "from 1 to 31 March: surely in March"
    add(
        connection,
        2,
        *IN,
        event(Kind.CONTRACT_SIGNED, "mars/avril 2023"),
    )
    question = Question(day=day, period=period_of("2023-06"))
    found = figures(question, report.report(connection, Selection(day), question, "departement"))
    numbers = [found.values[0, WHOLE, name] for name in ("dus", "dus_a_preciser")]
    assert numbers == [0, 1]


# --- typed -------------------------------------------------------------------------------


def agir(db: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["--db", str(db), "--today", "2023-10-09", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "essai.db"
    connection = new_file(path)
    add(
        connection,
        1,
        *IN,
        event(Kind.CONTRACT_SIGNED, "15/01/2023"),
    )
    connection.close()
    return path


def one(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code, out, err = agir(file, capsys, "report", "interviews", *words, "--format", "json")
    assert code == 0, err
    found: list[dict[str, Any]] = json.loads(out)
    return found[0]


def test_excused_then_closed_it_stays_counted(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--period", "2023", "--by", "departement")
    assert one(file, capsys, *asked)["manques"] == 1
    code, _, err = agir(
        file, capsys, "interview", "excuse", "44-0001", "--on", "10/03/2023",
        "--motif-excuse", "transport",
    )  # fmt: skip
    assert code == 0, err
    row = one(file, capsys, *asked)
    assert (row["dus"], row["excuses"], row["manques"]) == (2, 1, 1)
    assert "transport" in agir(file, capsys, "report", "timeline", "44-0001")[1].lower()
    agir(file, capsys, "close", "44-0001", "--motif", "transfert", "--on", "01/09/2023")
    row = one(file, capsys, *asked)
    assert (row["dus"], row["excuses"], row["manques"]) == (2, 1, 1)
    assert "entretien" not in agir(file, capsys, "report", "overdue", "--format", "csv")[1]


def test_an_excuse_needs_a_contract_and_a_motive(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = agir(file, capsys, "interview", "excuse", "44-0001", "--on", "10/03/2023")
    assert code == 2
    assert "Motif de l'excuse" in err
    code, _, err = agir(
        file, capsys, "interview", "excuse", "44-0001", "--on", "10/01/2023",
        "--motif-excuse", "transport",
    )  # fmt: skip
    assert code == 3
    assert "avant" in err


def test_the_cadence_is_a_setting_and_printed(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("report", "interviews", "--period", "2023", "--by", "departement")
    assert "cadence glissante" in agir(file, capsys, *asked)[1]
    assert agir(file, capsys, "rules", "--interview-cadence", "ancrée")[0] == 0
    out = agir(file, capsys, *asked)[1]
    assert "cadence ancrée" in out
    assert one(file, capsys, *asked[2:])["manques"] == 4  # ends of March, May, July, September
    assert agir(file, capsys, "rules", "--interview-cadence", "libre")[0] == 2
    _, out, _ = agir(file, capsys, "check")
    found = [line for line in out.splitlines()[1:] if "sauvegarde" not in line]
    assert len(found) == 1, "the test's file has no offices; its lists are the journal's"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--period", "2024"], "à venir"),
        (["--from", "01/05/2023", "--to", "01/03/2023"], "vient après"),
        (["--period", "n'importe"], "n'est pas une période"),
        (["--period", ""], "n'est pas une période"),
        (["--period", "2023", "--to", "01/05/2023"], "--period dit déjà"),
        (["--by", "mois,semaine"], "une seule durée"),
        (["--by", "nimporte"], "n'existe pas"),
    ],
    ids=["à venir", "renversée", "illisible", "vide", "deux fois", "deux durées", "ligne"],
)  # fmt: skip
def test_what_cannot_be_told_of_is_one_sentence(
    file: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    code, out, err = agir(file, capsys, "report", "interviews", *words)
    assert (code, out) == (2, "")
    assert told in err
