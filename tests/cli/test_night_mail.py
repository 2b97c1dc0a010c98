"""The line of a nightly job: silent while nothing is late, and short lines without names."""

from __future__ import annotations

import pytest

from tests.cli.coordinator import ORIENTED, Team

CRON = ("report", "overdue", "--kind", "contractualisation", "--mail")


@pytest.fixture
def waiting(team: Team) -> Team:
    """A file with somebody who waits for a commission, and nobody late for a contract."""
    ref = team.enrols("--nom", "HAILE-INVENTEE-AU-NOM-LONG", "--prenoms", "Selam", *ORIENTED)
    team.does("diagnose", "hold", ref, "--on", "20/01/2023")
    return team


@pytest.mark.parametrize("words", [CRON, CRON[:-1], ("report", "overdue", "--kind", "terme")])
def test_who_waits_stays_out_of_a_kind(waiting: Team, words: tuple[str, ...]) -> None:
    assert waiting("--quiet", *words, today="30/01/2023").out == ""
    assert "44-0001" in waiting(*words[:4], "--waiting", today="30/01/2023").out
    assert "44-0001" in waiting("report", "overdue", today="30/01/2023").out


def test_lines_have_room_in_a_mail_and_name_nobody(waiting: Team) -> None:
    waiting.does("assign", "44-1", "--on", "01/02/2023", "--referent", "Essai")
    said = waiting.does(*CRON, today="30/03/2023").out
    assert "44-0001 — 36 jours de retard ; dernier jour : 22/02/2023" in said
    assert "agir contract sign 44-0001 --on JOUR" in said
    assert "HAILE" not in said
    named = waiting.does(*CRON, "--names", today="30/03/2023").out
    assert "HAILE-INVENTEE-AU-NOM-LONG Selam" in named
    assert max(map(len, (said + named).splitlines())) <= 78
    assert waiting("report", "overdue", "--names").code == 2
    assert waiting(*CRON, "--format", "csv").code == 2
