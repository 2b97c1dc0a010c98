"""`agir report`: what goes to a script, to a person, to a file; and what is not understood."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from agir_cli.cli.app import main
from agir_cli.cli.commands.report_timeline import drawing
from agir_cli.domain.events import Draft, Kind
from agir_cli.reports import listing
from agir_cli.reports.overdue import COLUMNS, KINDS
from agir_cli.reports.timeline import life
from agir_cli.store.file import open_file
from agir_cli.store.lookup import find_one
from tests.cli.coordinator import Team
from tests.reports.building import accepted, add, booked, event, new_file

HELD = event(Kind.DIAGNOSIS_HELD, "2023-08-20")
ASSIGNED = event(Kind.REFERENT_DESIGNATED, "2023-09-04", referent="DURAND Anne")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    new_file(tmp_path / "vide.db").close()
    return tmp_path / "vide.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One late contract (44-0042), one waiting for the commission, one signed."""
    connection = new_file(tmp_path / "essai.db")
    before: list[Draft] = [*accepted("2023-08-01", "2023-08-01"), HELD]
    add(
        connection, 42, *before, ASSIGNED,
        booked(Kind.CONTRACT_BOOKED, "2023-09-05", "2023-10-12 14:00"),
        nom="=NOURZAI", prenoms="Zarmina [bold]", person={"telephone": "0600000000"},
    )  # fmt: skip
    add(connection, 43, *before, nom="TEKLE")
    add(connection, 44, *before, ASSIGNED, event(Kind.CONTRACT_SIGNED, "2023-10-05"), nom="CHAM")
    connection.close()
    return tmp_path / "essai.db"


def agir(file: Path, *words: str) -> int:
    return main(["--db", str(file), "--today", "2023-10-09", "report", *words])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_the_promised_columns(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert agir(file, "overdue", "--kind", "contractualisation", "--format", "csv") == 0
    out, err = capfdbinary.readouterr()
    assert err == b""
    header, row = out.decode().split("\r\n")[:2]
    assert header == (
        "nature,dossier,nom,prenoms,departement,referent,depart,date_depart,echeance,"
        "retard_jours,certitude,rdv,absences,a_faire"
    )
    assert row == (
        "contractualisation,44-0042,'=NOURZAI,Zarmina [bold],44,DURAND Anne,commission,2023-09-04,"
        "2023-09-25,14,certain,2023-10-12 14:00,0,référent : agir contract sign 44-0042 --on JOUR"
    )


def test_json_says_the_same(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert agir(file, "overdue", "--kind", "contractualisation", "--format", "json") == 0
    (row,) = json.loads(capfdbinary.readouterr().out)
    assert tuple(row) == COLUMNS
    assert (row["nom"], row["retard_jours"], row["absences"]) == ("=NOURZAI", 14, 0)


def test_waits_join_a_machine_format_only_when_asked(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    agir(file, "overdue", "--format", "csv")
    assert [r["nature"] for r in rows_of(capfdbinary.readouterr().out.decode())] == [
        "contractualisation"
    ]
    agir(file, "overdue", "--format", "csv", "--waiting")
    rows = rows_of(capfdbinary.readouterr().out.decode())
    assert [(r["nature"], r["dossier"], r["echeance"]) for r in rows] == [
        ("contractualisation", "44-0042", "2023-09-25"),
        ("attente", "44-0043", ""),
    ]


@pytest.mark.parametrize(
    ("format_", "expected"), [("csv", b"dossier,nom\r\n"), ("json", b"[]\n"), ("jsonl", b"")]
)
def test_a_machine_format_is_whole_when_empty(
    empty: Path, capfdbinary: pytest.CaptureFixture[bytes], format_: str, expected: bytes
) -> None:
    words = ("--columns", "dossier,nom", "--exit-code")
    assert agir(empty, "overdue", "--format", format_, *words) == 0
    assert capfdbinary.readouterr().out == expected


@pytest.mark.parametrize("words", [(), ("--format", "plain"), ("--format", "markdown")])
def test_nothing_late_and_nobody_waiting_is_silence(
    empty: Path, capfdbinary: pytest.CaptureFixture[bytes], words: tuple[str, ...]
) -> None:
    assert agir(empty, "overdue", "--exit-code", *words) == 0
    assert capfdbinary.readouterr() == (b"", b"")


def test_plain_text_tells_the_day_the_clock_and_the_unit(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert agir(file, "overdue") == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[:2] == [
        "Retards au lundi 09/10/2023",
        "Unité : échéance. Contractualisation : 21 jours à compter de la commission,"
        " dernier jour inclus.",
    ]
    assert "Contractualisation : 1 en retard" in lines
    assert "En attente, sans délai qui court : 1" in lines
    assert "\x1b" not in "".join(lines)
    (late,) = [line for line in lines if line.startswith("44-0042")]
    assert late.endswith("référent : agir contract sign 44-0042 --on JOUR")
    assert "12/10/2023 à 14:00" in late


def test_waiting_alone_is_not_overdue(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert agir(file, "overdue", "--exit-code") == 8
    asked = ("overdue", "--exit-code", "--as-of", "01/09/2023", "--kind", "contractualisation")
    assert agir(file, *asked) == 0
    assert agir(file, "overdue", "--exit-code", "--format", "csv", "--no-waiting") == 8


def test_within_shows_what_comes(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    asked = ("overdue", "--as-of", "15/09/2023", "--within", "2w", "--format", "csv")
    assert agir(file, *asked, "--columns", "dossier,retard_jours", "--exit-code") == 0
    out = capfdbinary.readouterr().out.decode().splitlines()
    assert out == ["dossier,retard_jours", "44-0042,-10", "44-0044,-10"]


def test_a_file_is_written_whole_or_not_replaced(
    file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "retards.csv"
    assert agir(file, "overdue", "--output", str(target)) == 0
    assert target.read_bytes().startswith(b"nature,dossier,")
    assert agir(file, "overdue", "--output", str(target)) == 2
    assert "existe déjà" in capfd.readouterr().err
    assert agir(file, "overdue", "--output", str(target), "--overwrite", "--waiting") == 0
    assert b"attente," in target.read_bytes()


def test_excel_opens_by_double_click(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert agir(file, "overdue", "--excel", "--columns", "dossier,echeance,rdv") == 0
    assert capfdbinary.readouterr().out.decode() == (
        "\ufeffDossier;Dernier jour;RDV\r\n44-0042;25/09/2023;12/10/2023 14:00\r\n"
    )


def test_a_workbook_holds_the_same_rows(file: Path, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    assert agir(file, "overdue", "--waiting", "--output", str(tmp_path / "r.xlsx")) == 0
    sheet = load_workbook(tmp_path / "r.xlsx").active
    assert [row[1] for row in sheet.iter_rows(values_only=True)] == [
        "Dossier",
        "44-0042",
        "44-0043",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("overdeu",), "Vouliez-vous dire « overdue » ?"),
        (("overdue", "--kind", "contrat"), "Vouliez-vous dire « contractualisation » ?"),
        (("overdue", "--kind", ""), "Valeurs admises : "),
        (("overdue", "--columns", "dosier"), "Vouliez-vous dire « dossier » ?"),
        (("overdue", "--format", "cvs"), "Vouliez-vous dire « csv » ?"),
        (("overdue", "--department", "59"), "Valeurs admises : 85, 44"),
        (("overdue", "--sector", "nantes metrople"), "Vouliez-vous dire « NANTES-MÉTROPOLE » ?"),
        (("overdue", "--office", "44-C9"), "Vouliez-vous dire « 44-C1 » ?"),
        (("overdue", "--referent", "personne"), "Le référent « personne » n'existe pas"),
        (("overdue", "--as-of", "2023-10"), "n'est pas un jour précis"),
        (("overdue", "--as-of", "31/02/2023"), "n'existe pas dans le calendrier"),
        (("overdue", "--within", "bientôt"), "n'est pas une durée"),
        (("overdue", "--contact"), "qu'à l'écran"),
        (("overdue", "--excel", "--format", "json"), "ne change que le format csv"),
    ],
)  # fmt: skip
def test_what_is_not_understood_lists_what_is(
    file: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert agir(file, *words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert told in err


def test_the_reading_path_imports_little(file: Path) -> None:
    program = (
        "import sys; from agir_cli.cli.app import main\n"
        "code = main(sys.argv[1:])\n"
        "print(*sorted(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    words = ("--db", str(file), "--today", "2023-10-09", "report", "overdue", "--format", "csv")
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout.count("44-0042,")) == (0, 1), done.stderr
    loaded = set(done.stderr.split())
    heavy = {"rich", "sqlite_utils", "dateutil", "tabulate", "tomllib", "xlsxwriter", "secrets"}
    assert loaded & heavy == set()
    domain = {name for name in loaded if name.startswith("agir_cli.domain.")}
    needed = ("causes", "dates")
    assert domain == {f"agir_cli.domain.{name}" for name in needed}
    assert "agir_cli.store.journal" not in loaded


def test_many_rows_go_through_a_spool(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    connection = open_file(file, write=True)
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)"
        " INSERT INTO spans SELECT d.id, 'liaison', 'fiche', day, day, day, day, NULL, NULL"
        " FROM n, (SELECT id, date('2023-01-01') AS day FROM dossiers LIMIT 1) AS d"
    )
    connection.close()
    agir(file, "overdue", "--format", "csv")
    rows = rows_of(capfdbinary.readouterr().out.decode())
    assert [sum(row["nature"] == kind for row in rows) for kind in KINDS] == [1, 0, 0, 12000, 0]
    assert len(rows) == 12001


def test_the_list_shows_few_columns_to_people_and_all_to_scripts(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert agir(file, "dossiers") == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[:2] == ["Dossiers au lundi 09/10/2023", "Unité : dossier. 3 dans la liste."]
    assert lines[-3].split() == [
        "44-0042", "=NOURZAI", "Zarmina", "[bold]", "Contractualisation", "N", "25/09/2023",
        "DURAND", "Anne",
    ]  # fmt: skip
    assert agir(file, "dossiers", "--format", "csv") == 0
    rows = rows_of(capfdbinary.readouterr().out.decode())
    assert tuple(rows[0]) == listing.COLUMNS
    assert [row["etape"] for row in rows] == ["contractualisation", "commission", "accompagnement"]
    assert rows[0]["date_rdv_contrat"] == "2023-10-12 14:00"


def test_the_list_as_it_stood(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    asked = ("dossiers", "--as-of", "25/08/2023", "--columns", "dossier,etape,referent")
    assert agir(file, *asked, "--format", "csv") == 0
    assert capfdbinary.readouterr().out.decode().splitlines()[1:] == [
        "44-0042,commission,", "44-0043,commission,", "44-0044,commission,",
    ]  # fmt: skip


def test_an_empty_list_is_silent(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert agir(file, "dossiers", "--stage", "clos") == 0
    assert capfdbinary.readouterr() == (b"", b"")


def test_funnel_for_scripts_and_for_people(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert agir(file, "funnel", "--format", "csv") == 0
    header, first, *_ = capfdbinary.readouterr().out.decode().splitlines()
    assert header.startswith(
        "departement,secteur,personnes,menages,diagnostiques,attribues,signataires,"
        "taux_signataires,clos,"
    )
    assert first.startswith("44,,3,3,3,2,1,33.3,0,")
    assert agir(file, "funnel") == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[0] == "De l'orientation au contrat, au lundi 09/10/2023"
    (whole,) = [line for line in lines if "tout le département" in line]
    assert whole.split()[-5:] == ["2", "1", "33,3", "%", "0"]


def test_the_funnel_says_whom_it_leaves_out(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "hors.db"
    connection = new_file(path)
    signed = [event(Kind.DIAGNOSIS_HELD, "2023-02-01"), event(Kind.CONTRACT_SIGNED, "2023-02-10")]
    add(connection, 1, event(Kind.CIR_SIGNED, "2023-01-05"), *signed)
    add(connection, 2, event(Kind.CIR_SIGNED, "2023-01-05"), *signed)
    add(connection, 3, *accepted("2023-01-05", "2023-01-05"), *signed)
    connection.close()
    assert agir(path, "funnel") == 0
    told = capfdbinary.readouterr().out.decode()
    assert "Hors compte : 2 dossiers diagnostiqués sans orientation ni validation" in told
    assert "100,0 %" in told
    assert agir(path, "funnel", "--list", "hors_compte", "--format", "csv") == 0
    rows = rows_of(capfdbinary.readouterr().out.decode())
    assert [row["dossier"] for row in rows] == ["44-0001", "44-0002"]


@pytest.mark.parametrize("measure", ["personnes", "menages", "signataires", "signatories", "clos"])
def test_each_number_has_its_list(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes], measure: str
) -> None:
    assert agir(file, "funnel", "--format", "json") == 0
    department = json.loads(capfdbinary.readouterr().out)[0]
    assert agir(file, "funnel", "--list", measure, "--format", "csv") == 0
    rows = rows_of(capfdbinary.readouterr().out.decode())
    assert len(rows) == department[{"signatories": "signataires"}.get(measure, measure)]


def test_an_unknown_number_lists_those_known(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert agir(file, "funnel", "--list", "signature") == 2
    assert "Vouliez-vous dire « signataires » ?" in capfd.readouterr().err


def test_timeline_for_scripts_and_for_people(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert agir(file, "timeline", "44-0042", "--format", "csv") == 0
    rows = rows_of(capfdbinary.readouterr().out.decode())
    assert list(rows[0]) == ["date", "precision", "domaine", "evenement", "detail", "source"]
    assert [row["evenement"] for row in rows][:3] == [
        "CIR signé", "Orientation AGIR acceptée", "Diagnostic AGIR",
    ]  # fmt: skip
    assert agir(file, "timeline", "nourzai") == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[0] == "44-0042  =NOURZAI Zarmina [bold]"
    assert any("EN RETARD de 14 jours" in line for line in lines)


def test_timeline_of_nobody_or_of_several(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert agir(file, "timeline", "44-9999") == 4
    assert agir(file, "timeline", "44-004") == 4
    assert "44-0043" in capfd.readouterr().err


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_drawing_fits_the_screen(file: Path, width: int) -> None:
    connection = open_file(file, write=False)
    found = life(connection, find_one(connection, "44-0042"), date(2023, 10, 9))
    screen = Console(width=width, file=io.StringIO(), force_terminal=False)
    screen.print(drawing(found, date(2023, 10, 9), width))
    lines = screen.file.getvalue().splitlines()  # type: ignore[attr-defined]
    text = " ".join(" ".join(line.split()) for line in lines)
    assert max(map(len, lines)) <= width
    assert "Zarmina [bold]" in text
    assert "aujourd'hui, lundi 09/10/2023" in text


@pytest.mark.parametrize("ending", ["html", "svg"])
def test_timeline_as_a_page_or_a_picture_stands_alone(
    file: Path, tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"frise.{ending}"
    assert agir(file, "timeline", "44-0042", "--output", str(target)) == 0
    text = target.read_text("utf-8")
    assert "Diagnostic" in text
    assert not re.search(r"<script|<link|@import|@font-face|(?:src|href)=|url\(\s*['\"]?http", text)
    assert "[bold]" in text


def test_a_hostile_name_is_text_on_a_page(tmp_path: Path) -> None:
    connection = new_file(tmp_path / "essai.db")
    add(connection, 1, nom="<script>alert(1)</script>", prenoms="\u202e&")
    connection.close()
    target = tmp_path / "frise.html"
    assert agir(tmp_path / "essai.db", "timeline", "44-0001", "--output", str(target)) == 0
    text = target.read_text("utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text


def test_passages_and_the_dossiers_behind(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert agir(file, "funnel", "--passages", "--format", "csv") == 0
    rows = {row["passage"]: row for row in rows_of(capfdbinary.readouterr().out.decode())}
    assert (rows["contrat"]["dossiers"], rows["contrat"]["mediane_jours"]) == ("1", "31")
    assert agir(file, "funnel", "--passages", "--list", "contrat", "--format", "csv") == 0
    assert capfdbinary.readouterr().out.decode().splitlines()[1:] == [
        "44-0044,44,2023-09-04,2023-10-05,31,depasse"
    ]
    assert agir(file, "funnel", "--passages") == 0
    assert "commission → contrat" in capfdbinary.readouterr().out.decode()
    assert agir(file, "funnel", "--passages", "--list", "contrats") == 2
    assert "Vouliez-vous dire « contrat » ?" in capfdbinary.readouterr().err.decode()


PEOPLE_READ = {
    "statut": "Réfugié(e)",
    "situation_logement_actuelle": "DNA",
    "commune_residence": "Nantes (44)",
    "nationalite": "Afghanistan",
    "bureau": "Centre – Rezé",
    "referent": "A. INVENTEE",
    "second_referent": "B. INVENTEE",
    "a_completer": "Domicile",
}


@pytest.mark.parametrize("form", ["plain", "markdown", "csv"])
def test_a_person_reads_names_and_labels_a_machine_codes(team: Team, form: str) -> None:
    ref = team.enrols(
        "--nom", "DIALLO-INVENTE", "--statut", "refugie", "--situation-logement", "dna",
        "--commune-residence", "Nantes", "--nationalite", "afghane", "--situation-professionnelle",
        "cdi", "--date-cir", "12/01/2023", "--orientation", "acceptee", "--date-orientation",
        "12/01/2023",
    )  # fmt: skip
    team.does("diagnose", "book", ref, "--on", "20/01/2023 10h", "--bureau", "44-C1")
    team.does("diagnose", "hold", ref, "--on", "20/01/2023")
    given = ("--referent", "A. INVENTEE", "--second-referent", "B. INVENTEE")
    team.does("assign", ref, "--on", "09/02/2023", *given)
    words = ("report", "dossiers", "--format", form, "--columns", ",".join(PEOPLE_READ))
    page = team.does(*words).out
    assert [told for told in PEOPLE_READ.values() if (told in page) is (form == "csv")] == []
    assert ("44-C1" in page) is ("refugie" in page) is (form == "csv")


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
@pytest.mark.parametrize(
    ("name", "quiet", "told"),
    [
        ("liste.csv", (), "Écrit : liste.csv (1 ligne)"),
        ("liste.txt", (), "Écrit : liste.txt (1 ligne)"),
        ("liste.csv", ("--quiet",), ""),
    ],
    ids=["csv", "texte", "sans parole"],
)
def test_a_file_written_is_named_on_a_terminal(
    team: Team, tmp_path: Path, name: str, quiet: tuple[str, ...], told: str
) -> None:
    """A nightly job, which mails whatever is said, has none."""
    team.enrols("--nom", "DIALLO-INVENTE")
    words = (*quiet, "report", "dossiers", "--output", name)
    screen, end = os.openpty()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [*team.command(), *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=end,
        env=environment, check=True,
    )  # fmt: skip
    os.write(end, b"fin")
    seen = b""
    while not seen.endswith(b"fin"):
        seen += os.read(screen, 9999)
    os.close(screen)
    os.close(end)
    assert seen.decode().split("\r\n") == [*([told] if told else []), "fin"]
    assert done.stdout == b""
    again = team("report", "dossiers", "--output", str(tmp_path / f"nuit-{name}"))
    assert again.said == ""
