"""A person erased whose right is used up is met at every door, and nothing else is kept of them."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from agir_cli.failures import FileFailure
from agir_cli.store import memory_keys as keys
from agir_cli.usecases.ledger import Visitor, transaction
from agir_cli.usecases.memory import Kept, about_person, remember_right
from tests.cli.coordinator import ORIENTED, Team
from tests.cli.keyboard import Keyboard

WHO = ("--nom", "MOHAMMADI", "--prenoms", "Farid", "--date-naissance", "07/03/1994")
NUMBER = ("--agdref", "0123456789")
DAY = date(2023, 11, 23)


def done(team: Team, *words: str) -> str:
    """What is said of a command that goes through."""
    return team.does(*words).said


def not_done(team: Team, code: int, *words: str) -> str:
    """What is said of a command that does not."""
    answer = team(*words)
    assert answer.code == code, answer.said
    return answer.err


def erase(team: Team, reference: str) -> Kept:
    """Take a person out of the file, their used-up right remembered, as an erasure does."""
    with transaction(Visitor(team.db, DAY, "essai")) as ledger:
        query = "SELECT personne FROM dossiers WHERE dossier = ?"
        (person,) = ledger.connection.execute(query, (reference,)).fetchone()
        kept = remember_right(ledger, person)
        for table in ("identities", "name_keys", "former_keys"):
            ledger.connection.execute(f"DELETE FROM {table} WHERE person = ?", (person,))
        ledger.connection.execute("DELETE FROM people WHERE id = ?", (person,))
    return kept


@pytest.fixture
def refused(team: Team) -> Team:
    """A team of which a person refused the contract in May 2023, and was erased since."""
    done(team, "enroll", *WHO, *NUMBER, *ORIENTED)
    done(team, "diagnose", "hold", "44-0001", "--on", "20/01/2023")
    done(team, "contract", "refuse", "44-0001", "--on", "17/05/2023", "--yes")
    assert erase(team, "44-0001").new
    return team


def test_the_number_refuses_its_lost_zero_included(refused: Team) -> None:
    for number in ("0123456789", "123456789"):
        said = not_done(refused, 3, "enroll", "--nom", "AUTRE", "--agdref", number, *ORIENTED)
        assert "droit_epuise_efface" in said
        assert "mai 2023" in said
    assert "droit_epuise_efface" in not_done(
        refused, 3, "enroll", "--dossier", other(refused), *NUMBER
    )


def test_a_number_that_is_used_up_refuses_before_an_erased_namesake_is_asked_about(
    refused: Team,
) -> None:
    namesake = (*WHO[:4], "--date-naissance", "02/02/2000", "--agdref", "4403567812")
    done(refused, "enroll", *namesake, *ORIENTED)
    done(refused, "close", "44-0002", "--motif", "arret_beneficiaire", "--yes")
    said = not_done(refused, 3, "enroll", *WHO[:4], "--agdref", "4403567812", *ORIENTED)
    assert "droit_epuise" in said
    assert "44-0002" in said


def other(team: Team) -> str:
    """The reference of somebody else, enrolled now."""
    done(team, "enroll", "--nom", "DIALLO", "--prenoms", "Awa", *ORIENTED)
    return "44-0002"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(("MOHAMADI", "Fareed", "07/03/1994"), id="autre graphie"),
        pytest.param(("FARID", "Mohammadi", "03/07/1994"), id="tout échangé"),
        pytest.param(("MOHAMMADI", "Farid", None), id="sans naissance"),
    ],
)
def test_a_name_stops_and_asks(refused: Team, written: tuple[str, str, str | None]) -> None:
    nom, prenoms, born = written
    typed = ["enroll", "--nom", nom, "--prenoms", prenoms, *ORIENTED]
    typed += ["--date-naissance", born] if born else []
    assert "--not-the-same effacee" in not_done(refused, 4, *typed)
    done(refused, *typed, "--not-the-same", "Effacée")
    assert "dite autre qu'une personne effacée" in done(refused, "show", "44-0002", "--events")


def test_a_name_put_right_stops_too(refused: Team) -> None:
    reference = other(refused)
    put_right = ("enroll", "--dossier", reference, *WHO)
    assert "personne_effacee" in not_done(refused, 4, *put_right)
    done(refused, *put_right, "--not-the-same", "effacee")
    done(refused, "enroll", "--dossier", reference, "--telephone", "0612345678")


def test_rows_of_a_file_are_set_aside(refused: Team, tmp_path: Path) -> None:
    source, rejects = tmp_path / "liste.csv", tmp_path / "rejets.csv"
    lines = ["nom,prenoms,date_naissance,agdref,departement", "A,B,,123456789,44",
             "MOHAMMADI,Farid,07/03/1994,,44", "DIALLO,Awa,1990,,44"]  # fmt: skip
    source.write_text("\n".join(lines), "utf-8")
    for door in (("enroll", "--from", str(source)), ("import", str(source))):
        not_done(refused, 5, *door, "--keep-going", "--rejects", str(rejects))
        told = rejects.read_text("utf-8")
        assert "droit_epuise_efface" in told
        assert "personne_effacee" in told
        rejects.unlink()


def test_a_precheck_knows_it(refused: Team) -> None:
    assert "mai 2023" in done(refused, "eligibility", *NUMBER, "--date-cir", "10/01/2023")


def test_what_is_held_is_told_to_the_person(refused: Team) -> None:
    assert "31/12/2025" in done(refused, "memory", "show")
    assert "Ce n° AGDREF : droit épuisé, décision mai 2023" in done(
        refused, "memory", "show", *NUMBER
    )
    assert "Ce nom et cette naissance" in done(refused, "memory", "show", *WHO)
    assert "n'a rien" in done(refused, "memory", "show", "--nom", "NOORI", "--prenoms", "Karim")
    done(refused, "enroll", *WHO, *ORIENTED, "--not-the-same", "effacee")
    visitor = Visitor(refused.db, DAY, "essai")
    with transaction(visitor) as ledger:
        (person,) = ledger.connection.execute("SELECT id FROM people").fetchone()
    assert {line.kind for line in about_person(visitor, person)} == {"identite"}


def test_a_right_that_is_not_used_up_leaves_nothing(team: Team) -> None:
    done(team, "enroll", *WHO, *NUMBER, *ORIENTED)
    done(team, "close", "44-0001", "--motif", "transfert", "--on", "17/05/2023")
    assert erase(team, "44-0001") == Kept()
    done(team, "enroll", *WHO, *NUMBER, *ORIENTED)


def test_a_lost_key_is_said_by_each_command_and_opens_no_door(
    refused: Team, tmp_path: Path
) -> None:
    place = keys.path_of(refused.db)
    elsewhere = place.rename(tmp_path / "clef")
    said = refused("report", "dossiers")
    assert (said.code, "agir memory restore" in said.err) == (0, True)
    assert "clé perdue" in refused("check").out
    assert "rien n'a été enregistré" in not_done(refused, 7, "enroll", "--nom", "X", *ORIENTED)
    done(refused, "memory", "restore", "--from", str(elsewhere))
    assert place.read_text("ascii") == elsewhere.read_text("ascii")
    not_done(refused, 3, "enroll", "--nom", "AUTRE", *NUMBER, *ORIENTED)
    place.unlink()
    assert "FICHE DE SECOURS" in done(refused, "memory", "key", "--lost")
    assert "Rien en mémoire" in done(refused, "memory", "show")


def test_a_number_kept_by_mistake_is_lifted_with_a_reason(refused: Team) -> None:
    not_done(refused, 2, "memory", "lift", *NUMBER)
    not_done(refused, 4, "memory", "lift", "--agdref", "9999999990", "--reason", "vu au guichet")
    done(refused, "memory", "lift", *NUMBER, "--reason", "numéro de sa sœur")
    said = done(refused, "enroll", "--nom", "SOEUR", "--prenoms", "Ina", *NUMBER, *ORIENTED)
    assert "numéro de sa sœur" in said
    assert "mémoire levée" in done(refused, "show", "44-0002", "--events")


def test_what_could_not_be_rewritten_is_rewritten_alone(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agir_cli.store import file

    def locked(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    for number in range(3):
        done(team, "enroll", "--nom", f"INVENTE{'ABC'[number]}")
    with monkeypatch.context() as busy:
        busy.setattr(file, "patiently", locked)
        with pytest.raises(FileFailure) as told:
            file.scrub(team.db)
    assert "agir purge --rewrite" in told.value.details[-1]
    before = team.rows("SELECT id, nom FROM people")
    assert "réécrit" in team.does("purge", "--rewrite").err
    assert team.rows("SELECT id, nom FROM people") == before
    assert team.does("check").said == ""


def test_where_no_key_is_missing_none_is_asked_for(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    keyboard = Keyboard(team, "memory", "restore")
    assert keyboard.ends() == 0
    assert "Aucune clé ne manque" in keyboard.text
