"""A sheet in every form: what a new report gets by giving one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agir_cli.cli.commands.report import REPORTS
from agir_cli.cli.render import FORMATS, Printed, show
from agir_cli.cli.session import open_session
from agir_cli.failures import UsageFailure
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet
from tests.cli.coordinator import COMPLETE, Team

KNOWN = (
    Column("dossier", "Dossier"),
    Column("nom", "Nom", kind=Kind.TEXT),
    Column("jour", "Depuis", kind=Kind.DATE),
    Column("nombre", "Nombre", "Nb", Kind.NUMBER),
)
ROWS = [["44-0001", "=INVENTEE", "2023-02", 1028], ["44-0002", "Essai|", None, None]]


def a_report() -> Sheet:
    """A report of two dossiers, its rows read once."""
    return Sheet(
        title="Essai",
        notes=["{count} dossier{s}."],
        sections=(Section("Liste", KNOWN, iter(ROWS), usual=("dossier", "jour", "nombre"))
                  for _ in range(1)),
        data=Data(KNOWN, iter(ROWS)),
    )  # fmt: skip


def sent(folder: Path, format_: str, **more: object) -> str:
    """What a file of that format holds."""
    target = folder / f"essai.{format_}x"
    form = Printed(format_, str(target), **more).form  # type: ignore[arg-type]
    show(open_session(today="2023-10-09"), a_report(), form)
    return target.read_bytes().decode("utf-8-sig", "replace")


@pytest.mark.parametrize(
    ("format_", "told"),
    [
        ("csv", "dossier,nom,jour,nombre\r\n44-0001,'=INVENTEE,2023-02,1028\r\n44-0002,Essai|,,"),
        (
            "plain",
            "Essai\n2 dossiers.\n\nListe\nDossier    Depuis        Nombre\n44-0001    ",
        ),
        ("markdown", "# Essai\n2 dossiers.\n\n## Liste\n\n| Dossier | Depuis | Nombre |\n"),
        ("html", '<td>février 2023</td><td class="number">1028</td>'),
        ("jsonl", '"nombre": 1028}\n'),
        ("xlsx", "PK"),
    ],
)
def test_a_sheet_has_every_format(tmp_path: Path, format_: str, told: str) -> None:
    assert format_ in FORMATS
    assert told in sent(tmp_path, format_)


def test_json_keeps_numbers_and_what_is_unknown(tmp_path: Path) -> None:
    assert json.loads(sent(tmp_path, "json"))[1]["nombre"] is None


def test_columns_are_chosen_in_every_form(tmp_path: Path) -> None:
    assert sent(tmp_path, "csv", columns="nombre,nom").startswith("nombre,nom\r\n1028,'=")
    (tmp_path / "essai.csvx").unlink()
    assert "Nombre    Nom\n" in sent(tmp_path, "plain", columns="nombre,nom")
    with pytest.raises(UsageFailure, match="« age » n'existe pas"):
        sent(tmp_path, "html", columns="age")


@pytest.mark.parametrize(
    "name", [*(n for n in REPORTS if n not in ("timeline", "board", "cross")), "today"]
)
def test_every_report_is_a_page_and_has_columns_in_markdown(
    team: Team, tmp_path: Path, name: str
) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *COMPLETE, "--date-cir", "10/10/2022")
    team.does("liaison", "add", ref, "--on", "04/10/2023", "--souhait", "oui")
    words = (name,) if name == "today" else ("report", name)
    page = tmp_path / "page.html"
    team.does(*words, "--output", str(page))
    if page.exists():  # nobody to tell of, no page
        assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    first, second = team.does(*words, "--format", "csv").out.splitlines()[0].split(",")[:2]
    told = team.does(*words, "--format", "markdown", "--columns", f"{second},{first}").out
    assert not told or told.startswith("# ")
