"""The examples of the guide and of the README, typed in their order on a real file.

A line under a command is what it answers. A comment says it in words: what it promises that is no
plain success stands in `PROMISED`.
"""

from __future__ import annotations

import html
import importlib.util
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from agir_cli.cli.app import main
from tests.cli.test_answers import assert_typable
from tests.cli.test_every_command import CRITERIA

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "guide.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")

TODAY = "23/11/2023"
DAYS = {"agir liaison send": "05/10/2023"}
"""What is typed on its day, the others being typed afterwards."""

ANSWERED = {
    "agir liaison send --month": "--yes", "agir key forget": "--yes", "agir decrypt": "--yes",
}  # fmt: skip
"""What a terminal would ask, said in a script."""

PROMISED: dict[str, tuple[int, tuple[str, ...]]] = {
    "agir transfer ask 44-0001": (3, ("à venir",)),  # the guide's days are of 2024
    "agir transfer refuse": (3, ("à venir",)),
    "agir transfer accept": (3, ("à venir",)),
    "agir transfer file": (3, ("n'a pas accepté",)),
    "agir household merge": (4, ("agir find",)),
    "agir memory restore": (2, ("fiche de secours",)),
    "agir memory lift": (4, ("ne connaît pas",)),
    "agir erase": (4, ("agir find",)),
    "agir directory import bassins": (2, ("n'existe pas",)),
    "agir init --departement 44 --letter": (7, ("existe déjà",)),
    "agir sites join": (7, ("Le dossier d'échange",)),
    "agir sync": (7, ("Le dossier d'échange",)),
    "agir sync                                        # d'abord": (7, ("n'est pas décrit",)),
    "agir conflicts settle": (4, ("Aucun désaccord",)),
    "agir hub": (7, ("n'est pas décrit",)),
    "agir demo": (0, ("agir-demo.db", "1028")),
    "agir liaison list": (0, ("KEITA",)),
    "agir liaison send": (0, ("Listing n° 1",)),
    "agir liaison send --dry-run": (0, ("44-0002",)),
    "agir letter bilan 44-0001": (0, ("Le bilan de votre accompagnement",)),
    "agir letter bilan 44-0001 --output": (0, ()),
    "agir diagnose absent": (0, ("absent au diagnostic, pas de nouveau rendez-vous",)),
    "agir assign 44-0001": (0, ("Contractualisation : jusqu'au 02/03/2023 inclus",)),
    "agir contract sign": (0, ("Fin du droit : jusqu'au 17/02/2025 inclus",)),
    "agir contract refuse": (2, ("définitif",)),
    "agir step list": (0, ("Permis de conduire échangé",)),
    "agir close": (0, ("non définitif",)),
    "agir show 44-0001 --menage": (0, ("Pas d'autre dossier de ce ménage",)),
    "agir find": (0, ("44-0001",)),
    "agir explain 44-0001": (0, ("dernier jour", "Y met fin", "Que faire", "Source")),
    "agir explain 44-0001 --print": (0, ("jusqu'au 17/02/2025 inclus",)),
    "agir explain 44-0001 --print --output": (0, ()),
    "agir rules check": (0, ("Jours couverts deux fois : aucun",)),
    "agir eligibility --with": (0, ("dossiers du fichier",)),
    "agir rules add": (0, ("« criteres-2026 » : ajouté",)),
    "agir rules explain criteres-2026": (0, ("moins de 24 mois", "Ce qu'elle change")),
    "agir rules explain anciennete": (0, ("moins de 24 mois", "Ce qu'il change")),
    "agir rules remove": (0, ("retirée",)),
    "agir eligibility --from": (0, ("1 ligne lue",)),
    "agir rules": (0, ("Délais", "Motifs de clôture")),
    "agir correct 44-0001 13 --void": (0, ("enregistré",)),
    "agir report overdue --kind contractualisation --within 2s": (0, ()),
    "agir report timeline": (0, ("Permis de conduire échangé",)),
    "agir report funnel --list": (0, ("44-0001",)),
    "agir report situations": (0, ("DNA",)),
    "agir report caseload": (0, ("Petit-Roy",)),
    "agir report caseload --from": (0, ("Dossiers confiés",)),
    "agir rules --targets": (0, ("contrats : 120",)),
    "agir report funnel --targets": (0, ("Contrats signés",)),
    "agir report liaison": (0, ("Listing", "2023-10")),
    "agir enroll --from personnes.csv": (5, ("32/01/1990",)),
    "agir enroll --from a-corriger.csv": (0, ("créés 1",)),
    "agir import": (0, ("rien n'a été enregistré",)),
    "agir batches": (0, ("personnes.csv",)),
    "agir undo": (0, ("--yes",)),
    "agir duplicates review": (2, ("terminal",)),
    "agir duplicates --from": (2, ("n'existe pas",)),
    "agir same": (4, ("agir find",)),
    "agir distinct": (4, ("agir find",)),
    "agir sites revoke": (2, ("n'est pas du réseau",)),
    "agir handover make": (2, ("aucun dossier du 49",)),
    "agir handover take": (5, ("agir handover make",)),
    "agir purge --certificate": (2, ("ne se lit pas",)),
}


class Example(NamedTuple):
    """A command as a page has it, and the lines under it."""

    typed: str
    answers: list[str]


def examples(block: str, prompt: str = "") -> Iterator[Example]:
    """The commands of a block: continued lines joined, a scheduled one without its path."""
    found: list[Example] = []
    for line in block.replace("\\\n", " ").splitlines():
        command = re.match(
            rf"{re.escape(prompt)}(?:[\d *]+/chemin/complet/)?(agir .*|export .*)", line
        )
        if command is not None:
            found.append(Example(command[1], []))
        elif found and line.strip() and not line.lstrip().startswith("#"):
            found[-1].answers.append(line)
    yield from found


def blocks(page: str) -> list[str]:
    """The indented blocks of a page, without their indent."""
    found = re.findall(r"(?:^    .*\n)+", page, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


class Desk(NamedTuple):
    """A folder in which somebody types; every command is a process of its own to the file."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def types(self, words: list[str]) -> tuple[int, str]:
        """Type a command; its exit code, and all that it says."""
        self.capsys.readouterr()
        code = main(words[1:])
        said = self.capsys.readouterr()
        return code, said.out + said.err


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AGIR_DB", raising=False)
    return Desk(tmp_path, capsys)


def _says(said: str, line: str) -> bool:
    """Whether the words of a line are said in their order; a page leaves some out."""
    words = iter(said.split())
    return all(word in words for word in line.split() if word != "…")


def _promised(typed: str) -> tuple[int, tuple[str, ...]]:
    known = [start for start in PROMISED if typed.startswith(start)]
    return PROMISED[max(known, key=len)] if known else (0, ())


def _files(folder: Path) -> None:
    """The files that the guide speaks of: a list with a wrong date, a team's spreadsheet."""
    rows = (
        "nom;date_naissance;date_cir\nSANOGO;32/01/1990;05/10/2023\nCAMARA;02/01/1990;05/10/2023\n"
    )
    (folder / "personnes.csv").write_text(rows, "utf-8")
    (folder / "prescripteur.csv").write_text("statut;date_cir\nréfugié;05/10/2023\n", "utf-8")
    theirs = "AGDREF;Nom;Statut\n9903123456;SANOGO;réfugié\n0123456789;DIALLO;apatride\n"
    (folder / "ofii.csv").write_text(theirs, "utf-8")
    form = "N° étranger;Nom;Prénom;N° unique;Statut\n1;X;Y;2;Z\n"
    (folder / "export-ministere.csv").write_text(form, "utf-8")
    receipt = "dossier;date_declaration;numero_declaration\n44-0002;20/11/2023;14725811\n"
    (folder / "recu.csv").write_text(receipt, "utf-8")
    (folder / "criteres-2026.toml").write_text(CRITERIA, "utf-8")
    aims = "departement;annee;mesure;objectif;source\n44;2023;contrats;120;Convention\n"
    (folder / "objectifs.csv").write_text(aims, "utf-8")
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Prénom", "Date du CIR", "Diagnostic le"])
    book.active.append(["TRAORE", "Awa", "05/10/2023", "20/10/2023"])
    book.save(folder / "suivi.xlsx")


def _correct(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"32/01/1990", b"31/01/1990"))


def test_the_examples_of_the_guide_answer_what_it_says(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _files(desk.folder)
    wrong = []
    for example in (each for block in blocks(GUIDE) for each in examples(block)):
        typed = example.typed
        monkeypatch.setenv(
            "AGIR_TODAY", next((day for s, day in DAYS.items() if typed.startswith(s)), TODAY)
        )
        if typed.startswith("agir enroll --from a-corriger.csv"):
            _correct(desk.folder / "a-corriger.csv")
        words = shlex.split(typed.replace("/media/cle", str(desk.folder)), comments=True)
        words += [yes for start, yes in ANSWERED.items() if typed.startswith(start)]
        if words[1:2] == ["undo"]:
            listed = desk.types(["agir", "batches", "--format", "csv", "--columns", "lot"])[1]
            words[2] = listed.split()[1]
        monkeypatch.setattr("sys.stdin", io.StringIO())
        code, said = desk.types(words)
        monkeypatch.setenv("AGIR_DB", "equipe.db")  # once the demonstration is made
        wanted, promised = _promised(typed)
        flat = " ".join(said.split())
        missing = [part for part in promised if part not in flat]
        missing += [line for line in example.answers if not _says(said, line)]
        if code != wanted or missing:
            wrong.append((typed, code, missing, said))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.fixture(scope="module")
def script() -> Any:
    """The script that makes the samples and the pictures of the README."""
    spec = importlib.util.spec_from_file_location("readme", ROOT / "scripts" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_samples_of_the_readme_are_what_is_printed(script: Any) -> None:
    assert script.samples(README) == README, "python scripts/readme.py samples"


def test_the_screens_of_the_readme_show_what_is_printed(script: Any, tmp_path: Path) -> None:
    """Their words: what else a picture holds is its library's."""

    def words(picture: str) -> str:
        return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", picture, flags=re.DOTALL))

    db = tmp_path / "agir-demo.db"
    script._agir(db, "demo")
    for name, typed in script.SCREENS.items():
        drawn = script._drawn(typed, script._screen(db, typed))
        kept = (script.DOCS / f"{name}.svg").read_text("utf-8")
        assert words(kept).split() == words(drawn).split(), "python scripts/readme.py pictures"


@pytest.mark.parametrize("page", [GUIDE, README], ids=["guide", "readme"])
def test_what_the_prose_of_a_page_tells_to_type_exists(page: str) -> None:
    for typed in re.findall(r"`(agir [^`]+)`", page.replace("\n", " ")):
        if "COMMANDE" not in typed:
            assert_typable(typed.replace("…", ""))
