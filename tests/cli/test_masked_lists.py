"""`--mask` on lists: every column stays, and nobody can read who the persons are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.coordinator import Team
from tests.cli.test_round_trip import lived as lived  # a dossier of which everything was said

WHO = ("DIALLO", "Awa", "BARRY", "0123456789", "0612345678", "awa@exemple", "02/03/1994",
       "1994-03-02", "cada@exemple")  # fmt: skip
LISTS = (
    "show 44-0001", "show 44-0001 --events", "show 44-0001 --menage", "find diallo",
    "report dossiers", "report dossiers --columns dossier,nom,date_naissance,telephone,agdref",
    "report overdue", "report agenda --within 3m", "report funnel --list signataires",
    "report situations --list dna", "report outcomes --after 1m --list logement",
    "report caseload --list accompagnes", "report liaison --list validees", "report timeline 44-1",
    "today", "liaison list", "step list 44-1", "duplicates",
)  # fmt: skip


@pytest.mark.parametrize("form", ["plain", "csv", "json", "markdown", "html"])
@pytest.mark.parametrize("asked", LISTS)
def test_nobody_is_named(lived: Team, tmp_path: Path, asked: str, form: str) -> None:
    lived.does("enroll", "--dossier", "44-1", "--nom", "DIALLO-INVENTEE")
    words = asked.split()
    place = ["--output", str(tmp_path / "page.html")] if form == "html" else []
    answer = lived.does(*words, "--mask", "--format", form, *place, today="01/07/2023")
    said = answer.out + (
        Path(place[1]).read_text("utf-8") if place and Path(place[1]).exists() else ""
    )
    assert [word for word in WHO if word in said] == []
    if form == "csv":
        named = lived.does(*words, "--format", "csv", today="01/07/2023").out
        assert said.partition("\r\n")[0] == named.partition("\r\n")[0]
        assert said.count("\n") == named.count("\n")


def test_words_of_a_team_are_not_told_either(lived: Team) -> None:
    from agir_cli.domain.fields import FIELDS, Home
    from agir_cli.reports.listing import WORDS

    free = [n for n in WORDS if FIELDS[n].home is Home.TEXT]
    assert {"malgre", "motif_declaration", "auditeur", "reference_cirng"} <= {*free}
    lived.does("enroll", "--dossier", "44-1", "--auditeur", "Madame BARRY-INVENTEE")
    told = ("report", "dossiers", "--columns", ",".join(free), "--format", "json")
    assert any("BARRY" in str(row["auditeur"]) for row in json.loads(lived.does(*told).out))
    for row in json.loads(lived.does(*told, "--mask").out):
        assert set(row.values()) == {None}


def test_a_birth_keeps_its_year(lived: Team) -> None:
    asked = ("report", "dossiers", "--columns", "nom,date_naissance", "--mask", "--format", "json")
    assert json.loads(lived.does(*asked).out) == [{"nom": None, "date_naissance": "1994"}]


def test_a_report_that_counts_hides_both(lived: Team) -> None:
    assert "masqu" in lived.does("report", "funnel", "--mask").out
    listed = lived.does("report", "funnel", "--list", "signataires", "--mask", "5").out
    assert "44-0001" in listed
    assert "DIALLO" not in listed
