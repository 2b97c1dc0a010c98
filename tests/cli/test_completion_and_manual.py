"""What a shell completes, the manual page, and the views that other programs open."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from agir_cli.cli.app import command_line
from agir_cli.reports.listing import COLUMNS
from agir_cli.store.lists import VIEWS
from tests.cli.coordinator import ORIENTED, Team


@pytest.fixture
def filled(team: Team) -> Team:
    ref = team.enrols("--nom", "HAILE-INVENTEE", "--prenoms", "Selam", *ORIENTED)
    team.does("diagnose", "hold", ref, "--on", "20/01/2023")
    team.does("assign", ref, "--on", "01/02/2023", "--referent", "DURAND Anne")
    return team


def offered(team: Team, line: str) -> dict[str, str | None]:
    """What is offered for the last word of a line, with what stands beside."""
    *words, begun = line.split(" ")
    shell = ShellComplete(command_line(), {}, "agir", "_AGIR_COMPLETE")
    found = shell.get_completions(["--db", str(team.db), *words], begun)
    return {item.value: item.help for item in found}


@pytest.mark.parametrize(
    ("line", "one", "beside"),
    [
        ("enroll --statut re", "refugie", "Réfugié(e)"),
        ("close 44-0001 --motif ", "transfert", "Transfert vers un autre département"),
        ("report overdue --kind terme,co", "terme,contractualisation", "Contractualisation"),
        ("diagnose book 44-0001 --bureau 44-C", "44-C1", "Centre – Rezé"),
        ("assign 44-0001 --referent du", "DURAND Anne", "R001 (1 dossier)"),
        ("report dossiers --columns dossier,date_co", "dossier,date_contrat", ""),
        ("diagnose hold 44-0001 --diagnostic-signe ", "oui", ""),
        ("show 44-0", "44-0001", "HAILE-INVENTEE Selam"),
        ("contract sign ", "44-0001", "HAILE-INVENTEE Selam"),
        ("report funnel --format j", "jsonl", ""),
        ("contract sign 44-0001 --format ", "json", ""),
        ("partner set S", "S8", "Convention USH"),
        ("report network --type f", "frein", "Frein"),
        ("task add --responsable du", "DURAND Anne", "R001"),
    ],
)
def test_values_are_completed(filled: Team, line: str, one: str, beside: str) -> None:
    assert offered(filled, line)[one] == beside


def test_without_a_file_that_can_be_read_nothing_is_said(
    team: Team, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team.db = tmp_path / "absent.db"
    assert offered(team, "show 44-") == {}
    assert "refugie" in offered(team, "enroll --statut ")
    team.db.write_text("pas un fichier agir")
    assert offered(team, "contract sign 44-") == {}
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_a_name_with_a_space(filled: Team, tmp_path: Path) -> None:
    bare = {**os.environ, "AGIR_DB": str(filled.db)}
    agir = tmp_path / "agir"
    agir.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agir_cli "$@"\n')
    agir.chmod(0o755)
    script = (
        'eval "$("$1" --show-completion bash)"; COMP_WORDS=("$1" assign 44-0001 --referent DUR);'
        ' COMP_CWORD=4; _agir_completion "$1" DUR; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    asked = ["bash", "-c", script, "bash", str(agir)]
    done = subprocess.run(asked, env=bare, capture_output=True, text=True, check=True)
    assert done.stdout == "DURAND\\ Anne\n"


def test_the_manual_page_has_every_command_and_option(team: Team) -> None:
    page = team.does("man").out
    assert page.startswith(".TH AGIR 1")
    shown = page.replace("\\-", "-").replace("\\&", "")
    root = command_line()
    with root.make_context("agir", [], resilient_parsing=True) as ctx:
        for name in root.list_commands(ctx):
            command = root.get_command(ctx, name)
            assert isinstance(command, click.Command)
            assert f".SS agir {name}\n" in shown
            for param in command.params:
                assert all(opt in shown for opt in param.opts if opt.startswith("--"))
    orders = {line.split()[0] for line in page.splitlines() if line.startswith(".")}
    assert orders == {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".nf", ".fi"}


def test_the_views_have_the_columns_of_the_reports(filled: Team) -> None:
    found = filled.does("schema", "--format", "csv").out
    assert [line.split(",")[0] for line in found.splitlines()[1:]] == list(VIEWS)
    with sqlite3.connect(f"file:{filled.db}?mode=ro", uri=True) as connection:
        for view in VIEWS:
            connection.execute(f"SELECT * FROM {view}").fetchall()
        cursor = connection.execute("SELECT * FROM vue_dossiers")
        names = [column[0] for column in cursor.description]
        assert set(COLUMNS) <= set(names)
        row = dict(zip(names, cursor.fetchone(), strict=True))
    connection.close()
    assert (row["dossier"], row["nom"], row["referent_nom"]) == (
        "44-0001", "HAILE-INVENTEE", "DURAND Anne",
    )  # fmt: skip
    sql = filled.does("schema", "--sql").out
    assert sql.count("CREATE VIEW") == len(VIEWS)
    assert filled.does("check").out == ""


def test_sqlite_utils_reads_a_view(filled: Team) -> None:
    from sqlite_utils import Database

    database = Database(sqlite3.connect(f"file:{filled.db}?mode=ro", uri=True))
    assert set(VIEWS) <= set(database.view_names())
    (row,) = database["vue_dossiers"].rows
    assert row["referent_nom"] == "DURAND Anne"
    database.conn.close()


def test_duckdb_reads_a_view(filled: Team) -> None:
    """By the line of `agir schema --help`, where DuckDB and its reader of SQLite are there."""
    duckdb = pytest.importorskip("duckdb")
    reader = pytest.importorskip("duckdb_extension_sqlite_scanner")
    (extension,) = Path(reader.__file__).parent.rglob("*.duckdb_extension")
    told = filled.does("schema", "--help").out.split('duckdb -c "')[1].split('"')[0]
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{extension}'")
        named = [column[0] for column in connection.execute(
            told.replace("agir.db", str(filled.db))).description]  # fmt: skip
        for view in VIEWS:
            connection.execute(f"SELECT * FROM a.{view}").fetchall()
        rows = connection.execute("SELECT referent_nom FROM a.vue_dossiers").fetchall()
    assert set(COLUMNS) <= set(named)
    assert rows == [("DURAND Anne",)]
    assert filled.does("check").out == "", "the file is as agir left it"


def test_an_older_file_gets_the_views_and_another_ones_view_is_refused(filled: Team) -> None:
    filled.change("DROP VIEW vue_delais", "UPDATE settings SET value = '0' WHERE name = 'listes'")
    filled.does("rebuild")
    assert "vue_delais" in [name for (name,) in filled.rows(
        "SELECT name FROM sqlite_master WHERE type = 'view'")]  # fmt: skip
    filled.change("CREATE VIEW espion AS SELECT * FROM people")
    refused = filled("enroll", "--dossier", "44-0001", "--telephone", "0712345678")
    assert refused.code == 7
    assert "espion" in refused.err
