"""``agir report liaison``: its lists, and numbers that are their lengths."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.domain.events import Kind
from agir_cli.domain.vocabulary import OfiiOutcome
from tests.cli.coordinator import COMPLETE, Team
from tests.reports.building import add, event, new_file

CIR = event(Kind.CIR_SIGNED, "2022-05-12")
OUTCOMES = (None, OfiiOutcome.VALIDATED, OfiiOutcome.REJECTED, OfiiOutcome.DEROGATION)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "essai.db"
    file = new_file(path)
    for number in range(1, 25):
        drafts = [
            CIR,
            event(Kind.LIAISON_FORM_COMPLETED, f"2023-0{number % 8 + 1}-11", souhait=True),
        ]
        if number % 5:
            drafts.append(event(Kind.LISTING_SENT, "2023-09-12", listing=3 + number % 2, ligne=1))
            outcome = OUTCOMES[number % 4]
            if outcome is not None:
                rejected = outcome is OfiiOutcome.REJECTED
                kind = Kind.OFII_REJECTED if rejected else Kind.OFII_VALIDATED
                drafts.append(event(kind, "2023-10-02", decision_ofii=outcome))
        add(file, number, *drafts)
    file.close()
    return path


def liaison(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> tuple[int, str, str]:
    code = main(["--db", str(path), "--today", "2023-10-09", "report", "liaison", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def rows(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> list[dict[str, str]]:
    code, out, err = liaison(capsys, path, *words, "--format", "csv")
    assert (code, err) == (0, "")
    return list(csv.DictReader(io.StringIO(out)))


def test_each_number_shown_is_the_length_of_its_list(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    code, out, _ = liaison(capsys, path)
    assert code == 0
    assert out.startswith("Demandes de liaison au lundi 09/10/2023\nUnité : demande")
    shown = dict(re.findall(r"^(À transmettre|En attente)[^:\n]* : (\d+)", out, re.MULTILINE))
    to_send = rows(capsys, path, "--list", "a_envoyer")
    at_ofii = rows(capsys, path, "--list", "en_attente")
    assert shown == {"À transmettre": str(len(to_send)), "En attente": str(len(at_ofii))}
    assert len(to_send) == 4
    assert rows(capsys, path) == to_send + at_ofii
    table = rows(capsys, path, "--list", "listings")
    assert sum(int(one["demandes"]) for one in table) == len(
        rows(capsys, path, "--list", "envoyees")
    )
    for one in table:
        for name in ("en_attente", "validees", "derogations", "rejetees", "sans_decision"):
            behind = rows(capsys, path, "--listing", one["listing"], "--list", name)
            assert len(behind) == int(one[name])


def test_the_oldest_come_first(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    ages = [int(row["age_jours"]) for row in rows(capsys, path, "--list", "a_envoyer")]
    assert ages == sorted(ages, reverse=True)
    assert len(set(ages)) > 1


def test_nothing_to_say_is_said_aside(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    before = ("--as-of", "01/01/2020")
    assert liaison(capsys, path, *before) == (0, "", "Aucune demande de liaison.\n")
    code, out, _ = liaison(capsys, path, *before, "--format", "json")
    assert (code, json.loads(out)) == (0, [])


def test_an_unknown_list_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    code, out, err = liaison(capsys, path, "--list", "a_envoye")
    assert (code, out) == (2, "")
    assert "« a_envoyer »" in err
    assert "listings" in err


def test_a_form_later_than_the_month_of_the_listing_is_said(team: Team) -> None:
    """The listing is monthly [W: Process d'admission]: a form waits a month at most, told."""
    known = (*COMPLETE, "--date-naissance", "1994", "--date-cir", "05/05/2022")
    for number, on in enumerate(("05/04/2023", "20/05/2023", "mai/juin 2023", "avril 2023"), 1):
        ref = team.enrols("--nom", f"INVENTE-{'ABCD'[number - 1]}", *known)
        team.does("liaison", "add", ref, "--on", on, "--souhait", "oui")
    sent = team.does("liaison", "send", "--month", "2023-04", "--yes")
    assert "Listing n° 1 (2023-04) : 4 demandes ; elles sont marquées transmises." in sent.err
    assert (
        "À noter : 2 fiches sont datées d'après ce mois :"
        " 44-0003 (entre mai et juin 2023), 44-0002 (20/05/2023)."
    ) in sent.err
    ref = team.enrols("--nom", "INVENTE-E", *known)
    team.does("liaison", "add", ref, "--on", "20/05/2023", "--souhait", "oui")
    assert "datée" not in team.does("liaison", "send", "--month", "2023-05", "--yes").err
