"""`agir export` and `agir init --from`: an equal file, or a refusal before anything is made."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agir_cli.cli.app import main
from agir_cli.domain import commands as c
from tests.usecases.filing import File

HEAD = "agdref;nom;prenoms;date_naissance;statut;date_cir;orientation;date_orientation;prescripteur"
AWA = "0123456701;DIALLO-INVENTE;Awa;02/03/1994;refugie;09/01/2023;acceptee;10/01/2023;CADA"
ZAHRA = "0123456702;KARIMI-INVENTEE;Zahra;1990;refugie;09/01/2023;acceptee;10/01/2023;"


@pytest.fixture
def file(tmp_path: Path) -> File:
    """A file with something in most tables."""
    made = File(tmp_path / "equipe.db")
    batch = made.brings(c.Enroll, f"{HEAD}\n{AWA}\n{ZAHRA}").batch
    made.brings(c.HoldDiagnosis, "dossier;date_diagnostic\n44-0001;14/02/2023")
    made.brings(c.Assign, "dossier;date_commission;referent\n44-0001;20/02/2023;Camille Essai")
    made.does(c.SignContract, dossier="44-0001", date_contrat="01/03/2023", projet="Un projet")
    made.does(c.AddStep, dossier="44-0001", etape="=permis", date_etape="2023-05")
    made.does(c.Enroll, dossier="44-0001", telephone="0611111111", nom_usage="INVENTE-DEUX")
    made.does(c.Enroll, nom="FICHE-INVENTEE", date_cir="2022", statut="refugie",
              date_naissance="1994", commune_residence="Nantes")  # fmt: skip
    made.does(c.AddLiaison, dossier="44-0003", date_fiche="04/09/2023")
    assert (
        agir(made, "liaison", "send", "--yes", "--output", str(made.path.with_name("listing.csv")))
        == 0
    )
    assert agir(made, "undo", batch, "--yes") == 5
    return made


def agir(file: File, *words: str) -> int:
    return main(["--db", str(file.path), "--today", "2023-10-09", "--author", "Camille", *words])


def everything(file: File) -> dict[str, list[tuple[object, ...]]]:
    """What each table holds, but for how the file itself is built."""
    own = {"settings": " WHERE name NOT IN ('listes', 'construction')"}
    return {
        table: file.rows(f"SELECT * FROM {table}{own.get(table, '')}") for table in file.tables()
    }


def export(file: File, name: str = "sortie") -> Path:
    folder = file.path.with_name(name)
    assert agir(file, "export", "--to", str(folder)) == 0
    return folder


def rebuilt(file: File, folder: Path, code: int = 0) -> File:
    copy = file.path.with_name("copie.db")
    copy.unlink(missing_ok=True)
    words = ["--db", str(copy), "init", "--from", str(folder)]
    if code == 6:
        assert main(words) == code
        assert not copy.exists()
        words.append("--unproven")
    assert main(words) == code
    return File(copy)


def test_an_equal_file_is_built_from_an_export(file: File) -> None:
    folder = export(file)
    copy = rebuilt(file, folder)
    assert copy.tables() == file.tables()
    assert everything(copy) == everything(file)
    assert not copy.faults()
    again = export(copy, "encore")
    names = sorted(path.name for path in folder.glob("*.csv"))
    assert names == [f"{table}.csv" for table in file.tables()]
    for name in names:
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_work_goes_on_in_the_new_file(file: File) -> None:
    copy = rebuilt(file, export(file))
    copy.brings(c.Enroll, "nom;date_cir\nNOUVELLE-INVENTEE;09/01/2023")
    assert copy.rows("SELECT max(dossier) FROM dossiers") == [("44-0004",)]
    assert not copy.faults()
    journal = file.rows("SELECT * FROM events")
    assert copy.rows("SELECT * FROM events")[: len(journal)] == journal


def test_the_manifest_says_what_is_there(file: File) -> None:
    folder = export(file)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["schema"] == file.rows("PRAGMA user_version")[0][0]
    assert manifest["exported_at"]
    assert manifest["program"]
    for table in manifest["tables"]:
        content = (folder / f"{table['name']}.csv").read_bytes()
        assert table["sha256"] == hashlib.sha256(content).hexdigest()
        assert len(everything(file)[table["name"]]) == table["rows"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_nobody_else_may_read_an_export(file: File) -> None:
    before = os.umask(0)
    try:
        folder = export(file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_folder_that_holds_something_is_refused(
    file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = file.path.with_name("pleine")
    folder.mkdir()
    (folder / "autre.txt").write_text("à garder", "utf-8")
    assert agir(file, "export", "--to", str(folder)) == 2
    assert "pas un dossier vide" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["autre.txt"]
    assert agir(file, "export", "--to", str(folder / "autre.txt")) == 2
    assert agir(file, "export") == 2
    (folder / "autre.txt").unlink()
    assert agir(file, "export", "--to", str(folder)) == 0


def test_nothing_half_written_stays_when_the_export_fails(
    file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    (file.path.parent / "un fichier").write_text("", "utf-8")
    assert agir(file, "export", "--to", str(file.path.parent / "un fichier" / "sortie")) == 2
    assert "Rien n'a été exporté" in capsys.readouterr().err
    assert not list(file.path.parent.glob(".*.tmp"))


# --- what a damaged file still gives -----------------------------------------------------


def noised(file: File, page: int) -> File:
    """A copy of which one page is noise."""
    copy = File(file.path.with_name(f"page-{page}.db"))
    data = bytearray(file.path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    data[(page - 1) * size : page * size] = b"\xa5" * size
    copy.path.write_bytes(data)
    copy.path.chmod(0o600)
    return copy


def pages_of(file: File, *tables: str) -> list[int]:
    return [
        page
        for (name, page) in file.rows("SELECT name, rootpage FROM sqlite_schema WHERE type='table'")
        if name in tables
    ]


def test_lists_that_cannot_be_read_are_made_again_from_the_rest(file: File) -> None:
    sound = export(file, "sain")
    for page in pages_of(file, "dossiers", "spans", "steps"):
        damaged = noised(file, page)
        assert agir(damaged, "export", "--to", str(file.path.with_name("x"))) == 7
        folder = file.path.with_name(f"restes-{page}")
        assert agir(damaged, "export", "--salvage", "--to", str(folder)) == 0
        copy = rebuilt(file, folder)
        again = export(copy, f"encore-{page}")
        for path in sound.glob("*.csv"):
            assert (again / path.name).read_bytes() == path.read_bytes()


def test_what_stays_and_cannot_be_read_is_told_and_the_rest_written(
    file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = export(file, "sain")
    for table in ("people", "events", "texts"):
        (page,) = pages_of(file, table)
        folder = file.path.with_name(f"restes-{table}")
        capsys.readouterr()
        assert agir(noised(file, page), "export", "--salvage", "--to", str(folder)) == 6
        assert f"Il manque des lignes dans : {table}." in capsys.readouterr().err
        for path in sound.glob("*.csv"):
            lines = (folder / path.name).read_text("utf-8").splitlines()
            whole = path.read_text("utf-8").splitlines()
            assert set(lines) <= set(whole) if path.stem == table else lines == whole
        rebuilt(file, folder, code=5)
        assert "les restes d'un fichier abîmé" in capsys.readouterr().err


def test_both_ends_of_a_damaged_table_are_read(tmp_path: Path) -> None:
    file = File(tmp_path / "long.db")
    rows = "\n".join(f"LONG-INVENTE-{n:04d};09/01/2023" for n in range(1500))
    file.brings(c.Enroll, f"nom;date_cir\n{rows}")
    data = file.path.read_bytes()
    size = int.from_bytes(data[16:18], "big")
    page = next(
        n + 1
        for n in range(2, len(data) // size)
        if b"LONG-INVENTE-0750" in data[n * size : (n + 1) * size]
        and b"LONG-INVENTE-0751" in data[n * size : (n + 1) * size]
        and data[n * size] == 13  # a leaf of a table, no index
    )
    folder = tmp_path / "restes"
    assert agir(noised(file, page), "export", "--salvage", "--to", str(folder)) == 6
    text = (folder / "people.csv").read_text("utf-8")
    assert "LONG-INVENTE-0000" in text
    assert "LONG-INVENTE-1499" in text
    assert "LONG-INVENTE-0750" not in text
    assert text.count("LONG-INVENTE-") > 1500 - 100


# --- what is damaged is refused ----------------------------------------------------------


def manifest_with(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")

    return change


def rewritten(name: str, old: str, new: str, *, honest: bool) -> Callable[[Path], None]:
    """A file with other words; ``honest``: the manifest was changed to match."""

    def change(folder: Path) -> None:
        path, manifest = folder / f"{name}.csv", folder / "manifest.json"
        content = path.read_bytes()
        assert old.encode() in content
        path.write_bytes(content.replace(old.encode(), new.encode()))
        if honest:
            was, now = (hashlib.sha256(b).hexdigest() for b in (content, path.read_bytes()))
            manifest.write_text(manifest.read_text("utf-8").replace(was, now), "utf-8")

    return change


DAMAGED = {
    "un fichier manque": lambda folder: (folder / "events.csv").unlink(),
    "le manifeste manque": lambda folder: (folder / "manifest.json").unlink(),
    "le manifeste est coupé": lambda folder: (folder / "manifest.json").write_bytes(b'{"kind":'),
    "le manifeste est une liste": lambda folder: (folder / "manifest.json").write_bytes(b"[]"),
    "le manifeste est vide de tables": manifest_with(tables=[]),
    "une table sans somme": manifest_with(tables=[{"name": "people"}]),
    "un nom de table qui sort du dossier": manifest_with(
        tables=[{"name": "../people", "columns": ["id"], "rows": 0, "sha256": "0"}]
    ),
    "autre chose qu'un export": manifest_with(kind="autre"),
    "une lettre a changé": rewritten("people", "INVENTE", "INVENTA", honest=False),
    "une valeur inconnue": rewritten("events", "contract_signed", "", honest=True),
    "un nombre qui n'en est pas un": rewritten("counters", "44,3", "44,trois", honest=True),
    "une ligne de trop": rewritten("counters", "44,3", "44,3\r\n45,3", honest=True),
    "deux fois la même clé": rewritten("settings", "site,A", "departement,A", honest=True),
    "une colonne inconnue": rewritten("counters", "name,last", "name,dernier", honest=True),
    "un lien rompu": rewritten("texts", "01", "02", honest=True),
    "un caractère nul": rewritten("people", "Awa", "A\0a", honest=True),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_export_is_refused_and_no_file_is_made(
    file: File, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = export(file)
    DAMAGED[case](folder)
    copy = file.path.with_name("copie.db")
    capsys.readouterr()
    assert main(["--db", str(copy), "init", "--from", str(folder)]) == 5
    said = capsys.readouterr().err
    assert "sortie" in said
    assert "inattendue" not in said
    assert not list(copy.parent.glob("copie.db*"))


def without(name: str) -> Callable[[Path], None]:
    """The same export, a table taken out of the manifest and of the folder."""

    def change(folder: Path) -> None:
        tables = json.loads((folder / "manifest.json").read_text("utf-8"))["tables"]
        manifest_with(tables=[t for t in tables if t["name"] != name])(folder)
        (folder / f"{name}.csv").unlink()

    return change


def deep(folder: Path) -> None:
    (folder / "manifest.json").write_text("[" * 200_000, "utf-8")


CUT = {
    **{f"sans {n}": without(n) for n in ("events", "people", "texts", "settings", "batches")},
    "une seule table": lambda folder: [
        without(path.stem)(folder) for path in folder.glob("*.csv") if path.stem != "offices"
    ],
    "schéma 0": manifest_with(schema=0),
    "schéma en lettres": manifest_with(schema="3"),
    "schéma vrai": manifest_with(schema=True),
    "un compteur sans fin": rewritten("counters", "44,3", f"44,{2**63}", honest=True),
    "un numéro sans fin": rewritten("events", ",A,1,", f",A,{2**64},", honest=True),
    "une colonne de moins": rewritten("offices", "bureau,departement,secteur,nom", "bureau,a,b,c",
                                      honest=True),
    "le manifeste est un gouffre": deep,
}  # fmt: skip


@pytest.mark.parametrize("case", CUT)
def test_a_cut_export_is_refused(file: File, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = export(file)
    CUT[case](folder)
    copy = file.path.with_name("copie.db")
    capsys.readouterr()
    assert main(["--db", str(copy), "init", "--from", str(folder)]) == 5
    assert "inattendue" not in capsys.readouterr().err
    assert not copy.exists()


@pytest.mark.skipif(os.name != "posix", reason="devices and pipes are POSIX's")
@pytest.mark.parametrize("name", ["manifest.json", "events.csv"])
@pytest.mark.parametrize("what", ["pipe", "device"])
def test_a_pipe_or_a_device_is_no_file_of_an_export(file: File, name: str, what: str) -> None:
    folder = export(file)
    (folder / name).unlink()
    if what == "pipe":
        os.mkfifo(folder / name)
    else:
        (folder / name).symlink_to("/dev/zero")
    assert main(["--db", str(file.path.with_name("copie.db")), "init", "--from", str(folder)]) == 5


EDITED = {
    "un auteur": rewritten("events", "Camille Essai", "Quelqu'un d'autre", honest=True),
    "un jour": rewritten("events", "2023-03-01", "2023-03-02", honest=True),
    "une identité": rewritten("people", "Awa", "Eva", honest=True),
    "un numéro": rewritten("people", "0123456701", "0123456703", honest=True),
    "une naissance": rewritten("people", "1994-03-02", "1993-03-02", honest=True),
    "un mot": rewritten("texts", "Un projet", "Un autre", honest=True),
    "le département": rewritten("settings", "departement,44", "departement,85", honest=True),
    "un bureau": rewritten("offices", "44-A1", "44-Z9", honest=True),
    "un compteur": rewritten("counters", "44,3", "44,9", honest=True),
    "un lot": rewritten("batches", "enroll", "assign", honest=True),
    "un autre sceau": manifest_with(seal="0" * 32),
    "sans sceau": manifest_with(seal=None),
}


@pytest.mark.parametrize("case", EDITED)
def test_an_edited_export_is_never_called_equal(
    file: File, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hashes of the manifest were made anew: the seal was not."""
    folder = export(file)
    EDITED[case](folder)
    capsys.readouterr()
    rebuilt(file, folder, code=6)
    said = capsys.readouterr().err
    assert "non prouvé" in said
    assert "est égal" not in said


def test_a_right_reopened_by_an_edited_export_is_found(
    file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal is taken out, and what follows is renumbered."""
    file.does(c.HoldDiagnosis, dossier="44-0003", date_diagnostic="05/09/2023")
    file.does(c.RefuseContract, dossier="44-0003", date_refus="05/09/2023")
    file.does(c.AddStep, dossier="44-0001", etape="Cours", date_etape="06/09/2023")
    folder = export(file)
    path = folder / "events.csv"
    lines = path.read_bytes().decode().split("\r\n")
    (place,) = (n for n, line in enumerate(lines) if "contract_refused" in line)
    number = lines[place].split(",A,")[1].split(",")[0]
    del lines[place]
    text = "\r\n".join(lines).replace(f",A,{int(number) + 1},", f",A,{number},")
    honest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(text.encode())
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    for table in told["tables"]:
        if table["sha256"] == honest:
            table.update(sha256=hashlib.sha256(text.encode()).hexdigest(), rows=table["rows"] - 1)
    manifest.write_text(json.dumps(told), "utf-8")
    capsys.readouterr()
    copy = rebuilt(file, folder, code=6)
    assert "non prouvé" in capsys.readouterr().err
    assert "événement changé" in {fault.what for fault in copy.faults()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("hidden", [False, True], ids=["un trou", "un trou caché"])
def test_a_right_reopened_by_an_event_taken_out_is_not_called_equal(
    file: File, capsys: pytest.CaptureFixture[str], hidden: bool
) -> None:
    """The refusal alone is taken out: the last link of the chain, and so the seal, is the same."""
    file.does(c.HoldDiagnosis, dossier="44-0003", date_diagnostic="05/09/2023")
    file.does(c.RefuseContract, dossier="44-0003", date_refus="05/09/2023")
    file.does(c.AddStep, dossier="44-0001", etape="Cours", date_etape="06/09/2023")
    folder = export(file)
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))

    def written(name: str, text: str, more: int) -> None:
        (folder / f"{name}.csv").write_bytes(text.encode())
        (table,) = (each for each in told["tables"] if each["name"] == name)
        table.update(sha256=hashlib.sha256(text.encode()).hexdigest(), rows=table["rows"] + more)

    lines = (folder / "events.csv").read_bytes().decode().split("\r\n")
    (place,) = (n for n, line in enumerate(lines) if "contract_refused" in line)
    gone = lines.pop(place)
    written("events", "\r\n".join(lines), -1)
    if hidden:  # as an event that another department keeps to itself
        number = gone.split(",A,")[1].split(",")[0]
        held = (folder / "withheld.csv").read_bytes().decode()
        written("withheld", f"{held}A,{number},{gone.rpartition(',')[2]}\r\n", 1)
    manifest.write_text(json.dumps(told), "utf-8")
    capsys.readouterr()
    rebuilt(file, folder, code=6)
    said = capsys.readouterr().err
    assert "n'est pas prouvé" in said
    assert "est égal" not in said


def test_a_link_in_an_export_is_not_followed(
    file: File, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = export(file)
    (folder / "texts.csv").rename(tmp_path / "ailleurs.csv")
    (folder / "texts.csv").symlink_to(tmp_path / "ailleurs.csv")
    rebuilt(file, folder, code=5)
    assert "texts.csv est un lien" in capsys.readouterr().err


def test_an_export_from_before_the_seals_is_read_and_not_proved(
    file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = export(file)
    manifest = folder / "manifest.json"
    manifest_with(schema=2, seal=None)(folder)
    offices = ("bureau", "departement", "secteur", "nom")
    for name, kept in (("people", None), ("offices", offices)):  # the others came later
        table = folder / f"{name}.csv"
        was = hashlib.sha256(table.read_bytes()).hexdigest()
        rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
        with table.open("w", newline="", encoding="utf-8") as out:
            names = kept or [each for each in rows[0] if each != "adresse"]
            writer = csv.DictWriter(out, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        now = hashlib.sha256(table.read_bytes()).hexdigest()
        manifest.write_text(manifest.read_text("utf-8").replace(was, now), "utf-8")
    capsys.readouterr()
    copy = rebuilt(file, folder)
    said = capsys.readouterr().err
    assert "non prouvé" in said
    assert "est égal" not in said
    assert not copy.faults()
    assert copy.rows("SELECT count(*) FROM departments") == [(5,)]
    assert copy.rows("SELECT adresse FROM offices WHERE bureau = '44-C1'") == [
        ("1 rue Victor Hugo",)
    ]


@pytest.mark.parametrize("changes", [{"schema": 99}, {"version": 2}], ids=str)
def test_an_export_of_a_newer_program_is_refused(
    file: File, changes: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = export(file)
    manifest_with(**changes)(folder)
    assert main(["--db", str(file.path.with_name("copie.db")), "init", "--from", str(folder)]) == 7
    assert "plus récente" in capsys.readouterr().err


def test_an_existing_file_is_never_replaced(file: File) -> None:
    folder, before = export(file), file.path.read_bytes()
    assert agir(file, "init", "--from", str(folder)) == 7
    assert file.path.read_bytes() == before
    assert agir(file, "init", "--from", str(folder), "--department", "44") == 2
    copy = file.path.with_name("copie.db")
    assert main(["--db", str(copy), "init", "--from", str(folder / "nulle-part")]) == 2


# --- whatever is in it -------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ODD_TEXT = st.sampled_from(
    ["", " ", "\\", "\\\\", "\\N", "=1+1", " =1", "'", "''", "'=", "-5", "a;b,c\td|e", '"', '""',
     "ligne\nautre", "ligne\r\nautre", "\r", "\n", "Total", "\ufeff", "012", "1e5", "sep=;"]
)  # fmt: skip


@example([("\x01\x02\x03\x04\x05\x06\x07" * 40, "\x0e")])  # not to be taken for a binary file
@example([("<html>", None)])
@example([("A\u00c3\u00afcha", "Total")])  # its accents were lost before
@given(st.lists(st.tuples(ANY_TEXT | ODD_TEXT, st.none() | ANY_TEXT | ODD_TEXT), max_size=8))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str | None]]
) -> None:
    """Names, words, empty and absent: export then init is the identity."""
    file = File(tmp_path_factory.mktemp("export") / "equipe.db")
    connection = sqlite3.connect(file.path)
    with connection:
        for number, (first, second) in enumerate(texts):
            connection.execute(
                "INSERT INTO people (id, nom, prenoms, telephone, name_key) VALUES (?, ?, ?, ?, ?)",
                (f"{number}{first}", first, second, second, first),
            )
            connection.execute(
                "INSERT INTO events (id, dossier, kind, recorded_at, author, site, seq, payload,"
                " salt, hash) VALUES (?, ?, 'step_recorded', '2023-11-23T10:00:00Z', ?, ?, ?, '{}',"
                " ?, ?)",
                (
                    str(number),
                    first,
                    first,
                    first,
                    number,
                    first.encode(),
                    b"\0\xff" if second else None,
                ),
            )
            connection.execute("INSERT INTO texts VALUES (?, ?, ?)", (str(number), first, first))
    connection.close()
    copy = rebuilt(file, export(file), code=6 if texts else 0)  # not by this program
    held = everything(copy)
    assert held == everything(file) | {"name_keys": held["name_keys"]}  # made anew from persons
