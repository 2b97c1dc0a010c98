"""What something else than this program changes in a file is found, and named."""

from __future__ import annotations

import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.failures import FileFailure
from agir_cli.store import seal
from agir_cli.store.driver import writing
from agir_cli.store.file import open_file
from agir_cli.usecases.upkeep import check, rebuild
from tests.store.faulty import behind
from tests.usecases.filing import File

HEAD = "agdref;nom;prenoms;date_naissance;statut;date_cir;orientation;date_orientation;prescripteur"
AWA = "0123456701;DIALLO-INVENTE;Awa;02/03/1994;refugie;09/01/2023;acceptee;10/01/2023;CADA"
ZAHRA = "0123456702;KARIMI-INVENTEE;Zahra;1990;refugie;09/01/2023;acceptee;10/01/2023;"


@pytest.fixture
def file(tmp_path: Path) -> File:
    """A file with something in most tables; the last event is a refusal."""
    made = File(tmp_path / "equipe.db")
    made.brings(c.Enroll, f"{HEAD}\n{AWA}\n{ZAHRA}")
    made.brings(c.HoldDiagnosis, "dossier;date_diagnostic\n44-0001;14/02/2023\n44-0002;14/02/2023")
    made.brings(c.Assign, "dossier;date_commission;referent\n44-0001;20/02/2023;Camille Essai")
    made.does(c.SignContract, dossier="44-0001", date_contrat="01/03/2023", projet="Un projet")
    made.does(c.Enroll, dossier="44-0001", telephone="0611111111")
    made.does(c.Enroll, dossier="44-0001", telephone="0622222222")
    made.does(c.RefuseContract, dossier="44-0002", date_refus="01/09/2023")
    return made


CLOSED = "(SELECT id FROM events WHERE kind = 'contract_refused')"
AWAS = "(SELECT personne FROM dossiers WHERE dossier = '44-0001')"
ALTERATIONS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "un refus ôté, la suite renumérotée": (
        ("DELETE FROM texts WHERE event = " + CLOSED,
         "DELETE FROM events WHERE id = " + CLOSED), "journal coupé", "n°"),
    "un événement du milieu ôté, la suite renumérotée": (
        ("DELETE FROM texts WHERE event = (SELECT id FROM events WHERE seq = 3)",
         "DELETE FROM events WHERE seq = 3",
         "UPDATE events SET seq = -seq WHERE seq > 3", "UPDATE events SET seq = -seq - 1"
         " WHERE seq < 0"), "événement changé", "site A, n° 3"),
    "les derniers événements ôtés": (
        ("DELETE FROM texts WHERE event IN (SELECT id FROM events WHERE seq > 4)",
         "DELETE FROM events WHERE seq > 4"), "journal coupé", "le dernier est le n° 4"),
    "un auteur": (("UPDATE events SET author = 'autre' WHERE seq = 2",),
                  "événement changé", "n° 2"),
    "un instant": (("UPDATE events SET recorded_at = '2020-01-01T00:00:00Z' WHERE seq = 2",),
                   "événement changé", "n° 2"),
    "un lot d'événement": (("UPDATE events SET batch = NULL WHERE seq = 2",),
                           "événement changé", "n° 2"),
    "un jour": (("UPDATE events SET effective_from = '2023-01-01' WHERE seq = 2",),
                "événement changé", "n° 2"),
    "un contenu": (("UPDATE events SET payload = '{}' WHERE seq = 1",), "événement changé", "n° 1"),
    "un sel": (("UPDATE events SET salt = x'00' WHERE seq = 2",), "événement changé", "n° 2"),
    "un site": (("UPDATE events SET site = 'B' WHERE seq = 2",), "journal incomplet", "site A"),
    "sans empreinte": (("UPDATE events SET hash = NULL WHERE seq = 2",),
                       "événement changé", "n° 2"),
    "un événement ajouté": (
        ("INSERT INTO events SELECT 'Z' || id, dossier, kind, effective_from, effective_to,"
         " recorded_at, author, site, (SELECT max(seq) + 1 FROM events), batch, payload, salt,"
         " hash FROM events WHERE seq = 2",), "événement changé", "(Z"),
    "deux identités échangées": (
        ("UPDATE people SET nom = CASE nom WHEN 'KARIMI-INVENTEE' THEN 'DIALLO-INVENTE' ELSE"
         " 'KARIMI-INVENTEE' END, prenoms = 'X', name_key = name_key",),
        "ligne changée", "table people"),
    "un numéro": ((f"UPDATE people SET agdref = '0999999999' WHERE id = {AWAS}",),
                  "ligne changée", "table people"),
    "une naissance": ((f"UPDATE people SET date_naissance = 'garbage' WHERE id = {AWAS}",),
                      "ligne changée", "table people"),
    "une personne ôtée": ((f"DELETE FROM people WHERE id = {AWAS}",),
                          "ligne changée", "effacée hors du programme"),
    "une personne ajoutée": (
        ("INSERT INTO people (id, nom, name_key) VALUES ('P', 'AJOUTEE-INVENTEE', '')",),
        "ligne changée", "ajoutée hors du programme"),
    "une ancienne valeur": (("UPDATE identities SET former = 'autre'",),
                            "ligne changée", "table identities"),
    "une ancienne valeur ôtée": (("DELETE FROM identities",), "ligne changée", "table identities"),
    "un mot": (("UPDATE texts SET value = 'autre'",), "ligne changée", "table texts"),
    "un mot ôté": (("DELETE FROM texts",), "ligne changée", "table texts"),
    "un lot": (("UPDATE batches SET fichier = 'autre'",), "ligne changée", "table batches"),
    "un lot ôté": (("DELETE FROM batches",), "ligne changée", "table batches"),
    "un bureau": (("UPDATE offices SET nom = 'autre' WHERE bureau = '44-A1'",),
                  "ligne changée", "table offices, 44-A1"),
    "un référent": (("UPDATE referents SET nom = 'autre'",), "ligne changée", "table referents"),
    "un compteur": (("UPDATE counters SET last = 7",), "ligne changée", "table counters, 44"),
    "le département": (("UPDATE settings SET value = '85' WHERE name = 'departement'",),
                       "ligne changée", "table settings, departement"),
    "une règle": (("INSERT INTO rule_texts VALUES ('equipe', '')",),
                  "ligne changée", "table rule_texts"),
    "une ligne et sa marque": (
        (f"DELETE FROM seals WHERE row = {AWAS}", f"DELETE FROM people WHERE id = {AWAS}"),
        "ligne changée", "des lignes en ont été effacées"),
}  # fmt: skip


@pytest.mark.parametrize("case", ALTERATIONS)
def test_an_alteration_is_found_and_named(file: File, case: str) -> None:
    statements, what, told = ALTERATIONS[case]
    assert check(file.path) == []
    behind(file.path, *statements)
    if case != "une règle":
        found = [d for d in check(file.path) if d.what == what]
        assert any(told in d.detail for d in found), check(file.path)


@pytest.mark.parametrize("case", [n for n, a in ALTERATIONS.items() if a[1] != "ligne changée"])
def test_folding_the_journal_again_hides_nothing(file: File, case: str) -> None:
    statements, what, _ = ALTERATIONS[case]
    behind(file.path, *statements)
    try:
        rebuild(file.visitor)
    except Exception:  # noqa: BLE001 - a journal that cannot be folded is told as well
        return
    assert what in {d.what for d in check(file.path)}


def test_whose_row_was_changed_is_named(file: File) -> None:
    behind(file.path, *ALTERATIONS["une naissance"][0])
    assert [d.dossier for d in check(file.path) if d.what == "ligne changée"] == ["44-0001"]
    behind(file.path, *ALTERATIONS["un mot"][0])
    assert {d.dossier for d in check(file.path)} == {"44-0001"}


def test_a_row_that_was_changed_stays_so_whatever_the_program_writes_in_it(file: File) -> None:
    behind(file.path, *ALTERATIONS["un numéro"][0])
    file.does(c.Enroll, dossier="44-0001", telephone="0633333333")
    assert ("44-0001", "ligne changée") in {(d.dossier, d.what) for d in check(file.path)}


def test_ordinary_work_leaves_nothing_to_find(file: File) -> None:
    """Persons who change, go and come back; words that are replaced; an import undone."""
    batch = file.brings(c.Enroll, "nom;telephone\nNOUVELLE-INVENTEE;0644444444").batch
    from agir_cli.usecases.undo import undo

    assert check(file.path) == []
    assert undo(file.visitor, str(batch)).done
    assert check(file.path) == []
    assert rebuild(file.visitor) == 2
    assert check(file.path) == []


def test_a_payload_can_be_erased_and_the_chain_still_holds(file: File) -> None:
    """Its digest takes the place of its salt: nothing of it can be guessed any more."""
    ((salt, payload),) = file.rows("SELECT salt, payload FROM events WHERE seq = 2")
    digest = sha256(salt + str(payload).encode()).digest()[: seal.DIGEST]  # type: ignore[operator]
    behind(file.path, f"UPDATE events SET payload = '{{}}', salt = x'{digest.hex()}' WHERE seq = 2")
    connection = open_file(file.path, write=False)
    assert list(seal.broken(connection)) == []
    connection.close()


# --- the witness ------------------------------------------------------------------------------


def _kinds(file: File) -> list[str]:
    return [d.what for d in check(file.path)]


def test_an_older_copy_put_back_is_told_and_work_goes_on(file: File) -> None:
    older = Path(shutil.copy(file.path, file.path.with_name("ancien")))
    file.does(c.Enroll, dossier="44-0001", telephone="0633333333")
    file.does(c.Enroll, dossier="44-0001", telephone="0644444444")
    shutil.copy(older, file.path)
    (found,) = check(file.path)
    assert (found.what, "2 enregistrements" in found.detail) == ("sceau", True)
    file.does(c.Enroll, dossier="44-0001", telephone="0655555555")
    assert _kinds(file) == ["sceau"]  # the trace was put aside, and stays
    for trace in seal.aside(file.path):
        trace.unlink()
    assert _kinds(file) == []


def test_another_file_put_in_its_place_is_told(file: File, tmp_path: Path) -> None:
    other = File(tmp_path / "autre.db")
    shutil.copy(other.path, file.path)
    assert _kinds(file) == ["sceau"]


def test_two_files_that_grew_apart_are_told(file: File) -> None:
    apart = File(Path(shutil.copy(file.path, file.path.with_name("apart.db"))))
    apart.does(c.Enroll, dossier="44-0001", telephone="0633333333")
    file.does(c.Enroll, dossier="44-0001", telephone="0644444444")
    shutil.copy(apart.path, file.path)
    assert _kinds(file) == ["sceau"]


def test_a_copy_or_a_moved_file_has_nothing_to_say(file: File) -> None:
    copy = File(Path(shutil.copy(file.path, file.path.with_name("copie.db"))))
    assert _kinds(copy) == []
    copy.does(c.Enroll, dossier="44-0001", telephone="0633333333")
    assert _kinds(copy) == []
    assert seal.witness_of(copy.path) is not None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"fichier": 1}', "[" * 100_000])
def test_a_witness_that_cannot_be_read_keeps_nobody_from_working(file: File, text: str) -> None:
    beside = file.path.with_name(f"{file.path.name}{seal.BESIDE}")
    beside.write_text(text, "utf-8")
    file.does(c.Enroll, dossier="44-0001", telephone="0633333333")
    assert _kinds(file) == []
    assert seal.witness_of(file.path) is not None


def test_a_witness_kept_late_is_no_trace_of_a_loss(file: File) -> None:
    """The command before was killed between its COMMIT and its witness."""
    beside = file.path.with_name(f"{file.path.name}{seal.BESIDE}")
    before = beside.read_bytes()
    file.does(c.Enroll, dossier="44-0001", telephone="0633333333")
    beside.write_bytes(before)
    assert _kinds(file) == []
    file.does(c.Enroll, dossier="44-0001", telephone="0644444444")
    assert _kinds(file) == []


def test_what_is_taken_back_changes_no_seal(file: File) -> None:
    connection = open_file(file.path, write=True)
    before = seal.seal_of(connection)
    with pytest.raises(RuntimeError), writing(connection):  # noqa: PT012 - fails inside
        connection.execute("UPDATE people SET nom = 'AUTRE-INVENTEE'")
        raise RuntimeError
    assert seal.seal_of(connection) == before
    with writing(connection):
        connection.execute("UPDATE people SET nom = 'AUTRE-INVENTEE'")
    assert seal.seal_of(connection) != before
    connection.close()
    assert _kinds(file) == ["nom de recherche", "nom de recherche"]


# --- somebody else has built in the file ------------------------------------------------------

BUILT = {
    "une protection": "CREATE TRIGGER t AFTER INSERT ON people BEGIN"
    " UPDATE people SET nom = 'X'; END",
    "une vue": "CREATE VIEW v AS SELECT * FROM people",
    "un index": "CREATE INDEX i ON people (telephone)",
    "une table": "CREATE TABLE a (b)",
    "une colonne": "ALTER TABLE people ADD COLUMN autre TEXT",
    "un index ôté": "DROP INDEX people_by_name",
    "une protection ôtée": "DROP TRIGGER events_never_vanish",
}


@pytest.mark.parametrize("case", BUILT)
def test_somebody_elses_build_is_refused_before_anything_is_written(file: File, case: str) -> None:
    connection = sqlite3.connect(file.path)
    connection.execute(BUILT[case])
    connection.close()
    before = file.picture()
    with pytest.raises(FileFailure, match=f"« {BUILT[case].split()[2]} »") as refused:
        file.does(c.Enroll, nom="AUTRE-INVENTE")
    assert refused.value.exit_code == 7
    assert file.picture() == before
    assert "construction du fichier" in _kinds(file)
    open_file(file.path, write=False).close()  # reading goes on


def test_a_strange_trigger_does_not_run_while_lists_are_made_anew(file: File) -> None:
    connection = sqlite3.connect(file.path)
    connection.execute(BUILT["une protection"])
    connection.execute("UPDATE settings SET value = '0 spans' WHERE name = 'listes'")
    connection.commit()
    connection.close()
    with pytest.raises(FileFailure, match="« t »"):
        open_file(file.path, write=False)


def test_a_file_that_was_vacuumed_is_still_ours(file: File) -> None:
    connection = sqlite3.connect(file.path)
    connection.execute("VACUUM")
    connection.execute("ANALYZE")
    connection.close()
    file.does(c.Enroll, nom="AUTRE-INVENTE")
    assert _kinds(file) == []


# --- pages that are damaged -------------------------------------------------------------------


def test_damaged_pages_are_not_written_to(file: File) -> None:
    """A page of noise: whatever is asked to write refuses, until the file is sound again."""
    sound = file.path.read_bytes()
    content = bytearray(sound)
    place = 4096 * (len(content) // 4096 - 3)
    content[place : place + 4096] = bytes(range(256)) * 16
    file.path.write_bytes(content)
    before = file.path.read_bytes()
    for _ in range(2):
        with pytest.raises(FileFailure, match="endommagé"):
            file.does(c.Enroll, nom="AUTRE-INVENTE")
        with pytest.raises(FileFailure, match="endommagé"):
            rebuild(file.visitor)
    assert file.path.read_bytes() == before
    file.path.write_bytes(sound)
    with pytest.raises(FileFailure, match="endommagé"):  # it was said: `check` takes it back
        file.does(c.Enroll, nom="AUTRE-INVENTE")
    assert _kinds(file) == []
    file.does(c.Enroll, nom="AUTRE-INVENTE")
