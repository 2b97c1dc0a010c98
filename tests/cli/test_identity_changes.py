"""A change of identity is seen, and nobody gets a used-up right back by one [decision 0042]."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from tests.cli.coordinator import Team
from tests.cli.keyboard import Keyboard

BORN = "01/02/1990"
WHO = ("--nom", "ANCIEN", "--prenoms", "Selam", "--date-naissance", BORN)
CHANGES = {
    "nom": ("--nom", "NOUVEAU"),
    "prenoms": ("--prenoms", "Hiwot"),
    "naissance": ("--date-naissance", "03/04/1991"),
}


@pytest.fixture
def ended(team: Team) -> str:
    """A dossier whose person has stopped the support: their right is used up."""
    ref = team.diagnosed(*WHO)
    team.does("contract", "sign", ref, "--on", "10/02/2023")
    team.does("close", ref, "--motif", "arret_beneficiaire", "--on", "01/08/2023", "--yes")
    return ref


def changed(team: Team, ref: str, *words: str) -> None:
    assert "Changé au dossier" in team.does("enroll", "--dossier", ref, *words).err


@pytest.mark.parametrize("order", [*itertools.permutations(CHANGES)], ids="+".join)
def test_whoever_was_somebody_else_is_stopped_whatever_changed_first(
    team: Team, ended: str, order: tuple[str, ...]
) -> None:
    for name in order:
        changed(team, ended, *CHANGES[name])
        answer = team("enroll", *WHO)
        assert answer.code == 4
        assert "concorde : ancien" in answer.err
    assert "ancien nom ANCIEN, anciens prénoms Selam, ancienne naissance 01/02/1990" in answer.err


@pytest.mark.parametrize(
    ("nom", "prenoms"),
    [
        pytest.param("ANCIEN", "Selam", id="comme au début"),
        pytest.param("SECOND", "Selam", id="entre les deux"),
        pytest.param("TROISIEME", "Selam", id="maintenant"),
        pytest.param("SECOND", "Hiwot", id="deux noms qui ne se sont pas suivis"),
        pytest.param("Selam", "Ancien", id="inversés"),
        pytest.param("ancién", "SELAM", id="écrit autrement"),
    ],
)
def test_every_name_of_a_chain_of_changes_is_searched(
    team: Team, ended: str, nom: str, prenoms: str
) -> None:
    changed(team, ended, "--nom", "SECOND")
    changed(team, ended, "--nom", "TROISIEME")
    changed(team, ended, "--prenoms", "Hiwot")
    assert team("enroll", "--nom", nom, "--prenoms", prenoms).code == 4


def test_a_name_changed_back_is_one_name(team: Team, ended: str) -> None:
    for name in ("NOUVEAU", "ANCIEN", "NOUVEAU", "ANCIEN"):
        changed(team, ended, "--nom", name)
    assert "ancien nom" not in team("enroll", *WHO).err
    assert team("enroll", "--nom", "NOUVEAU", "--prenoms", "Selam").code == 4


def test_a_namesake_of_a_former_name_is_let_in_once_somebody_says_so(
    team: Team, ended: str
) -> None:
    """A name only stops and asks, a former one too [invariant 12]."""
    changed(team, ended, "--nom", "NOUVEAU")
    team.does("enroll", *WHO, "--not-the-same", ended)
    other = team("enroll", "--nom", "ANCIEN", "--prenoms", "Selam", "--date-naissance", "1975")
    assert other.code == 0, other.err  # no birth that could be theirs


def test_a_former_number_blocks(team: Team) -> None:
    ref = team.diagnosed(*WHO, "--agdref", "0123456789")
    changed(team, ref, "--agdref", "0987654312", "--nom", "NOUVEAU")
    changed(team, ref, "--agdref", "0555512345")
    team.does("contract", "refuse", ref, "--on", "01/03/2023", "--yes")
    for number in ("0123456789", "123456789", "0987654312", "0555512345"):
        answer = team("enroll", "--nom", "AUTRE", "--prenoms", "X", "--agdref", number)
        assert (answer.code, "droit_epuise" in answer.err) == (3, True)
        assert ("concorde : ancien n° AGDREF" in answer.err) is (number != "0555512345")
        asked = team("eligibility", "--agdref", number, "--departement", "44")
        assert "Le droit à AGIR de cette personne est déjà épuisé" in asked.out
        assert f"{ref}" in team.does("find", number).out
    other = team.enrols("--nom", "AUTRE", "--prenoms", "X")
    assert team("enroll", "--dossier", other, "--agdref", "123456789").code == 3


def test_a_number_given_by_mistake_is_free_again_and_that_is_said(team: Team) -> None:
    """A right refused by a typing error is the worst failure of this tool [invariant 12]."""
    mistaken = team.enrols(*WHO, "--agdref", "0123456789")
    changed(team, mistaken, "--agdref", "0987654312")
    answer = team("enroll", "--nom", "DIALLO", "--agdref", "0123456789")
    assert answer.code == 0, answer.err
    assert f"a été celui du dossier {mistaken}" in answer.err
    same = team("enroll", "--nom", "ANCIEN", "--prenoms", "Selam", "--agdref", "0987654312")
    assert (same.code, "deja_inscrit" in same.err) == (3, True)


@pytest.mark.parametrize("door", [("import",), ("enroll", "--from")], ids=" ".join)
def test_a_file_is_stopped_as_a_command_is(
    team: Team, ended: str, tmp_path: Path, door: tuple[str, ...]
) -> None:
    changed(team, ended, "--nom", "NOUVEAU", "--date-naissance", "1991")
    path = tmp_path / "liste.csv"
    path.write_text("nom;prenoms;date_naissance\nANCIEN;Selam;01/02/1990\nSANS;Lien;1980\n")
    answer = team(*door, str(path))
    assert answer.code == 5
    assert "mis de côté 1" in answer.err
    assert "ancien nom ANCIEN, ancienne naissance 01/02/1990" in answer.err


def test_an_answer_of_ofii_under_a_former_name_asks(team: Team, tmp_path: Path) -> None:
    ref = team.enrols(*WHO, "--date-cir", "12/05/2022")
    team.does("liaison", "add", ref, "--on", "04/10/2023")
    changed(team, ref, "--nom", "NOUVEAU")
    path = tmp_path / "ofii.csv"
    path.write_text("nom;prenoms;decision_ofii;date_decision\nANCIEN;Selam;validee;20/10/2023\n")
    answer = team("liaison", "decide", "--from", str(path))
    assert (answer.code, ref in answer.err) == (5, True)


def test_a_dossier_is_found_by_what_its_person_was_called(team: Team, ended: str) -> None:
    changed(team, ended, "--nom", "NOUVEAU")
    for typed in ("ancien", "selam anc", "ANCIEN Selam"):
        assert "ancien nom ANCIEN" in team.does("find", typed).out
    assert "Concorde" not in team.does("find", "nouveau").out
    assert team.does("show", "ancien").out.startswith(f"{ended}  NOUVEAU Selam")


# --- a change is seen --------------------------------------------------------------------


def test_a_change_is_an_event_with_its_author_and_its_day(team: Team) -> None:
    ref = team.enrols(*WHO)
    said = team.does("enroll", "--dossier", ref, "--nom", "NOUVEAU", "--telephone", "0612345678")
    told = "Nom : ANCIEN → NOUVEAU ; Téléphone : (vide) → 0612345678"
    assert f"Changé au dossier {ref} : {told}." in said.err
    events = team.does("show", ref, "--events").out
    line = next(line for line in events.splitlines() if "modifiées" in line)
    assert told in line
    assert "23/11/2023" in line
    assert "coordination" in line
    lived = team.does("report", "timeline", ref, "--format", "csv").out
    assert f"2023-11-23,jour,parcours,Identité ou coordonnées modifiées,{told}" in lived
    assert "saisi par coordination" in lived


def test_no_name_enters_the_journal_and_an_erased_one_is_gone(team: Team) -> None:
    ref = team.enrols(*WHO)
    changed(team, ref, "--nom", "NOUVEAU")
    payloads = team.rows("SELECT payload FROM events WHERE kind = 'identity_changed'")
    assert payloads == [('{"modifie":"nom"}',)]
    team.rows("PRAGMA foreign_keys = ON")
    assert team.rows("SELECT count(*) FROM texts WHERE value LIKE '%NOUVEAU%'") == [(0,)]


@pytest.mark.parametrize("door", [("import",), ("enroll", "--from")], ids=" ".join)
def test_a_file_says_what_it_changes_once(
    team: Team, tmp_path: Path, door: tuple[str, ...]
) -> None:
    ref = team.enrols(*WHO, "--agdref", "0123456789")
    path = tmp_path / "liste.csv"
    path.write_text(
        "agdref;nom;prenoms;date_naissance;telephone\n"
        "0123456789;NOUVEAU;Selam;01/02/1990;0612345678\n"
    )
    first = team.does(*door, str(path))
    assert "modifiés 1" in first.err
    assert "Nom : ANCIEN → NOUVEAU ; Téléphone : (vide) → 0612345678" in first.err
    again = team.does(*door, str(path))
    assert "inchangés 1" in again.err
    assert "→" not in again.err
    assert team.does("show", ref, "--events").out.count("modifiées") == 1
    batch = team.does("batches", "--format", "csv", "--columns", "lot").out.split()[1]
    team.does("undo", batch, "--yes")
    assert team.does("show", ref).out.startswith(f"{ref}  ANCIEN Selam")
    assert "[ANNULÉ] : Nom, Téléphone" in team.does("show", ref, "--events").out
    assert team("enroll", "--nom", "NOUVEAU", "--prenoms", "Selam").code == 0  # never theirs


def test_a_person_who_comes_back_under_another_name_is_told(team: Team) -> None:
    ref = team.enrols(*WHO, "--agdref", "0123456789")
    team.does("close", ref, "--motif", "sans_suite", "--on", "01/08/2023")
    back = team.does("enroll", "--nom", "NOUVEAU", "--agdref", "0123456789", *WHO[2:])
    assert "Nom : ANCIEN → NOUVEAU" in back.err
    assert "ANCIEN → NOUVEAU" in team.does("show", "44-0002", "--events").out


def test_an_identity_is_given_back_never_dated_again(team: Team) -> None:
    ref = team.enrols(*WHO)
    changed(team, ref, "--nom", "NOUVEAU")
    answer = team("correct", ref, "2", "--on", "01/02/2023", "--reason", "faute")
    assert (answer.code, "identite_se_redit" in answer.err) == (3, True)
    team.does("correct", ref, "2", "--void", "--reason", "faute")
    assert team.rows("SELECT nom FROM people WHERE nom = 'NOUVEAU'") == []


@pytest.mark.parametrize(
    ("row", "stays_out"),
    [
        pytest.param("{ref};Zorro-Invente;Diego;", True, id="un autre nom entier"),
        pytest.param("{ref};Zorro-Invente;Diego;01/02/1990", False, id="la même naissance"),
        pytest.param("{ref};Zorro-Invente;Selam;", False, id="un nom corrigé"),
        pytest.param("{ref};Ancian;Salam;", False, id="une autre orthographe"),
    ],
)
def test_a_row_whose_whole_name_is_another_corrects_nobody(
    team: Team, tmp_path: Path, row: str, stays_out: bool
) -> None:
    """References of another file come to be somebody else's here."""
    ref = team.enrols(*WHO)
    rows = tmp_path / "dossiers.csv"
    rows.write_text(f"dossier;nom;prenoms;date_naissance\n{row.format(ref=ref)}\n", "utf-8")
    for words in (("enroll", "--from", str(rows)), ("import", str(rows))):
        answer = team(*words)
        assert (answer.code == 5) is stays_out, answer.err
        assert ("autre personne" in answer.err) is stays_out
    assert (team.rows("SELECT nom FROM people") == [("ANCIEN",)]) is stays_out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("find", "DIALLO"), "tapé avec « find »"),
        (("identity", "add", "44-0001", "--nom", "DIALO", "--source", "taskera"), "(--nom)"),
    ],
    ids=["find", "identity add"],
)
def test_an_identity_on_the_line_is_warned_of_once(
    team: Team, words: tuple[str, ...], told: str
) -> None:
    team.does("enroll", "--nom", "DIALLO-INVENTE")
    (Path(os.environ["XDG_DATA_HOME"]) / "agir" / "historique.dit").unlink()
    for typed, expected in ((("find", "44-0001"), False), (words, True), (words, False)):
        screen = Keyboard(team, *typed)
        screen.ends()
        said = " ".join(screen.text.split())
        assert (told in said, "dit une seule fois" in said) == (expected, expected)
