"""A motive belongs to its decision, wherever it is read."""

from __future__ import annotations

import pytest

from tests.cli.coordinator import COMPLETE, Team

LATE, AGAIN = "hors délai", "revu sur pièces"


@pytest.fixture
def rejected(team: Team) -> Team:
    """A person whom OFII rejected on 20/03/2023, with its motive."""
    team.enrols("--nom", "DIALLO-INVENTE", *COMPLETE, "--date-cir", "12/05/2022")
    team.does("liaison", "add", "44-0001", "--on", "01/03/2023", "--souhait", "oui")
    decide(team, "rejetee", "20/03/2023", LATE)
    return team


def decide(team: Team, outcome: str, day: str, motive: str | None = None) -> str:
    why = ("--motif-ofii", motive) if motive else ()
    words = ("liaison", "decide", "44-0001", "--decision-ofii", outcome, "--on", day, *why)
    return team.does(*words).out


def read(team: Team) -> str:
    """What every door says of the motive today."""
    show = team.does("show", "44-0001").out
    facts = team.does("show", "44-0001", "--format", "csv").out
    column = team.does("report", "dossiers", "--format", "csv", "--columns", "motif_ofii").out
    page = team.does("explain", "44-0001", "--print").out
    return "\n".join((show, facts, column, page))


def test_the_motive_is_read_with_its_decision(rejected: Team) -> None:
    assert read(rejected).count(LATE) >= 3


@pytest.mark.parametrize(
    "follows",
    [
        pytest.param([], id="présentée à nouveau, sans réponse"),
        pytest.param([("validee", "20/04/2023", None)], id="puis validée, sans motif"),
        pytest.param([("validee", "20/04/2023", None), ("rejetee", "20/03/2023", LATE)],
                     id="puis l'ancien fichier de réponses"),
        pytest.param([("validee", "20/04/2023", AGAIN)], id="puis validée, avec le sien"),
        pytest.param([("validee", "20/04/2023", None), ("validee", "20/04/2023", AGAIN)],
                     id="puis validée, le motif ensuite"),
    ],
)  # fmt: skip
def test_the_former_motive_is_not_that_of_what_follows(
    rejected: Team, follows: list[tuple[str, str, str | None]]
) -> None:
    rejected.does("liaison", "add", "44-0001", "--on", "25/03/2023", "--souhait", "oui")
    for outcome, day, motive in follows:
        decide(rejected, outcome, day, motive)
    said = read(rejected)
    assert LATE not in said
    assert (AGAIN in said) is any(motive == AGAIN for *_, motive in follows)
    assert LATE in rejected.does("report", "timeline", "44-0001").out, "the life keeps it"


def test_a_derogation_has_its_own_motive(rejected: Team) -> None:
    decide(rejected, "derogation", "28/03/2023")
    assert LATE not in read(rejected)


def test_a_voided_decision_takes_its_motive_away(rejected: Team) -> None:
    number = len(rejected.rows("SELECT * FROM events"))
    void = ("correct", "44-0001", str(number), "--void", "--reason", "mauvais dossier")
    rejected.does(*void)
    assert LATE not in read(rejected)
    decide(rejected, "rejetee", "21/03/2023", AGAIN)
    assert AGAIN in read(rejected)


def test_on_a_past_day_the_motive_is_that_of_then(rejected: Team) -> None:
    rejected.does("liaison", "add", "44-0001", "--on", "25/03/2023", "--souhait", "oui")
    decide(rejected, "validee", "20/04/2023", AGAIN)
    words = ("report", "dossiers", "--format", "csv", "--columns", "decision_ofii,motif_ofii")
    then = rejected.does(*words, "--as-of", "22/03/2023").out.splitlines()[1]
    assert then == f"rejetee,{LATE}"
