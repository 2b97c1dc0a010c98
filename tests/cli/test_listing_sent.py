"""A listing is shown before it leaves, holds what OFII needs, and can be taken back whole."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from agir_cli.cli import prompt
from tests.cli.coordinator import COMPLETE, Team

KNOWN = (*COMPLETE, "--date-naissance", "1994", "--date-cir", "10/10/2022")
SEND = ("liaison", "send", "--month", "2023-11")


def presented(team: Team, nom: str, on: str = "04/10/2023", *words: str) -> str:
    ref = team.enrols("--nom", nom, *(words or KNOWN))
    team.does("liaison", "add", ref, "--on", on, "--souhait", "oui")
    return ref


def waiting(team: Team) -> str:
    return team.does("report", "liaison", "--list", "a_envoyer", "--format", "csv").out


def batch(team: Team) -> str:
    return team.does("batches", "--format", "csv", "--columns", "lot").out.split()[1]


def test_a_script_says_yes_or_nothing_leaves(team: Team) -> None:
    presented(team, "DIALLO-INVENTE")
    before = team.fingerprint()
    refused = team(*SEND)
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err
    shown = team.does(*SEND, "--dry-run")
    assert "DIALLO-INVENTE" in shown.out
    assert "rien n'a été enregistré" in shown.err
    assert team.fingerprint() == before
    assert (
        "Listing n° 1 (2023-11) : 1 demande ; elles sont marquées" in team.does(*SEND, "--yes").err
    )


@pytest.mark.parametrize(("typed", "left"), [("oui", 1), ("non", 0), ("", 0)])
def test_a_person_is_asked(
    team: Team, monkeypatch: pytest.MonkeyPatch, typed: str, left: int
) -> None:
    presented(team, "DIALLO-INVENTE")
    monkeypatch.setattr(prompt, "asked", lambda: True)
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{typed}\n", raising=False)
    answer = team(*SEND)
    assert "Transmettre 1 demande à l'OFII" in answer.err
    assert "DIALLO-INVENTE" in answer.out
    assert team.rows("SELECT count(*) FROM listings") == [(left,)]
    assert answer.code == (0 if left else 2)


def test_no_form_of_a_later_day_leaves(team: Team) -> None:
    """Past listings are made again with the day set back: a later form is not on them [W10]."""
    early, late = presented(team, "TOT", "01/10/2023"), presented(team, "TARD", "20/10/2023")
    sent = team.does("liaison", "send", "--yes", today="05/10/2023")
    assert early in sent.out
    assert late not in sent.out
    assert f"Ne part pas : {late}, sa fiche est d'un jour à venir (20/10/2023)" in sent.err
    again = team.does("liaison", "send", "--yes", today="05/10/2023")
    assert again.out == ""
    assert late in team.does(*SEND, "--yes").out
    assert [n for (n,) in team.rows("SELECT count(*) FROM listing_rows")] == [2]


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        pytest.param(("--date-cir", "10/10/2022"), "né(e) le, statut, résidence", id="presque"),
        pytest.param((*COMPLETE, "--date-cir", "10/10/2022"), "né(e) le", id="sans naissance"),
        pytest.param((*COMPLETE, "--date-naissance", "1994"), "CIR signé le", id="sans CIR"),
        pytest.param(
            ("--statut", "refugie", "--date-naissance", "1994", "--date-cir", "10/10/2022"),
            "résidence", id="sans commune",
        ),
    ],
)  # fmt: skip
def test_what_ofii_needs_is_asked_before_a_form_leaves(
    team: Team, words: tuple[str, ...], missing: str
) -> None:
    ready, short = presented(team, "PRET"), presented(team, "COURT", "05/10/2023", *words)
    sent = team.does(*SEND, "--yes")
    assert f"Ne part pas : {short}, il manque : {missing}." in sent.err
    assert f"agir enroll --dossier {short} --" in sent.err
    assert (ready in sent.out, short in sent.out) == (True, False)
    assert short in waiting(team)
    given = ("--statut", "refugie", "--date-naissance", "1994", "--commune-residence", "Nantes")
    team.does("enroll", "--dossier", short, *given)
    if "CIR" in missing:
        team.does("enroll", "--dossier", short, "--date-cir", "10/10/2022")
    assert short in team.does(*SEND, "--yes").out


def test_a_commune_of_domicile_will_do_and_who_joins_may_have_no_cir(team: Team) -> None:
    who = ("--date-naissance", "1994", "--commune-domicile", "Nantes", "--statut", "rejoignant")
    assert presented(team, "PRET", "04/10/2023", *who) in team.does(*SEND, "--yes").out


def test_a_listing_is_taken_back_whole(team: Team) -> None:
    one, two = presented(team, "UN"), presented(team, "DEUX", "05/10/2023")
    before = waiting(team)
    team.does(*SEND, "--yes")
    assert waiting(team).count("\n") == 1
    assert "listing n° 1 (2023-11)" in team.does("batches", "--format", "csv").out
    team.does("situation", "set", one, "--on", "10/11/2023", "--situation-logement", "dna")
    team.does("enroll", "--dossier", two, "--telephone", "0612345678")
    undone = team.does("undo", batch(team), "--yes")
    assert "annulés 2 + gardés 0" in undone.err
    assert waiting(team) == before
    assert team.rows("SELECT count(*) FROM listings") == [(0,)]
    assert team("liaison", "send", "--again", "1").code == 4
    assert "Listing n° 2" in team.does(*SEND, "--yes").err  # a number is given once
    assert team.does("check").out == ""


def test_a_listing_that_ofii_has_answered_stays_whole(team: Team) -> None:
    one, two = presented(team, "UN"), presented(team, "DEUX", "05/10/2023")
    team.does(*SEND, "--yes")
    answer = ("--decision-ofii", "validee", "--on", "23/11/2023")
    team.does("liaison", "decide", two, *answer)
    kept = team("undo", batch(team), "--yes")
    assert "annulés 0 + gardés 2" in kept.err
    assert f"le listing reste entier : voir {two}" in kept.out
    assert one not in waiting(team)
    events = team.does("show", two, "--events", "--format", "csv").out
    number = next(line for line in events.splitlines() if "Validation" in line).split(",")[0]
    team.does("correct", two, number, "--void", "--reason", "saisi trop tôt")
    assert "annulés 2" in team.does("undo", batch(team), "--yes").err


def test_a_listing_says_what_became_of_the_last(team: Team) -> None:
    one, two = presented(team, "UN"), presented(team, "DEUX", "05/10/2023")
    assert "Depuis" not in team.does(*SEND, "--yes").err
    team.does("liaison", "decide", one, "--decision-ofii", "rejetee", "--on", "23/11/2023")
    team.does("enroll", "--dossier", two, "--nom", "AUTRE", "--commune-residence", "Rezé")
    presented(team, "TROIS", "20/11/2023")
    said = team.does(*SEND, "--dry-run").err
    assert (
        "Depuis le listing n° 1 (23/11/2023) : 1 réponse de l'OFII sur lui ; 1 en attente" in said
    )
    assert f"Changé depuis l'envoi : {two} (listing n° 1), Nom : DEUX → AUTRE." in said
    assert f"{two} (listing n° 1), Résidence : Nantes → Rezé." in said


def test_an_old_listing_written_again_says_where(team: Team, tmp_path: Path) -> None:
    presented(team, "DIALLO-INVENTE")
    team.does(*SEND, "--yes")
    output = tmp_path / "l.csv"
    said = team.does("liaison", "send", "--again", "1", "--output", str(output))
    assert f"Listing n° 1 (2023-11) : 1 demande, dans {output}." in said.err


def test_ofii_reads_words_and_its_answer_comes_back(team: Team, tmp_path: Path) -> None:
    one = presented(team, "DIALLO-INVENTE", "04/10/2023", *KNOWN, "--nationalite", "GIN")
    two = presented(team, "KEITA-INVENTE", "05/10/2023")
    path = tmp_path / "listing.xlsx"
    sent = team.does(*SEND, "--yes", "--output", str(path))
    assert "Objet : AGIR 44 - listing n° 1 des demandes, novembre 2023" in sent.out
    assert "INVENTE" not in sent.out
    book = openpyxl.load_workbook(path)
    titles, row, *_ = book.worksheets[0].iter_rows(values_only=True)
    told = dict(zip(titles, row, strict=True))
    assert (told["Nationalité"], told["Statut"], told["Résidence"]) == (
        "Guinée", "Réfugié(e)", "Nantes",
    )  # fmt: skip
    assert str(told["CIR signé le"]) == "2022-10-10 00:00:00"
    sheet = book.worksheets[0]
    for place, title in enumerate(("Décision de l'OFII", "Décidé le"), sheet.max_column + 1):
        sheet.cell(1, place).value = title
        for line in (2, 3):
            sheet.cell(line, place).value = "20/11/2023" if "le" in title else "Validée"
    book.save(tmp_path / "reponse.xlsx")
    answer = team.does("liaison", "decide", "--from", str(tmp_path / "reponse.xlsx"))
    assert "modifiés 2" in answer.err
    assert "inconnue" not in answer.err
    for ref in (one, two):
        assert "Validée" in team.does("show", ref).out


def test_a_listing_for_a_french_spreadsheet_or_with_codes(team: Team, tmp_path: Path) -> None:
    presented(team, "DIALLO-INVENTE")
    path = tmp_path / "listing.csv"
    team.does(*SEND, "--yes", "--excel", "--output", str(path))
    assert path.read_text("utf-8-sig").startswith("Listing n°;Ligne;Dossier;")
    assert "10/10/2022" in path.read_text("utf-8-sig")
    again = team.does("liaison", "send", "--again", "1", "--labels", "non").out
    assert again.startswith("listing,ligne,dossier,")
    assert "2022-10-10" in again
    assert "refugie" in again
    assert "Réfugié(e)" in team.does("liaison", "send", "--again", "1").out
