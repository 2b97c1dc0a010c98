"""The file door through the command line, as a coordinator with a spreadsheet would use it."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.cli.app import main
from agir_cli.cli.files import headings_of
from agir_cli.domain.commands import Command, Enroll, field_names
from agir_cli.domain.fields import FIELDS
from agir_cli.exchange.headers import match_headers, normalise_header
from agir_cli.usecases.acts import DECISIONS
from tests.cli.coordinator import ROOT, TODAY, Answer, Team, make_template

HEADER = [
    "N° étranger", "Nom de famille", "Prénom(s)", "Né(e) le", "Nationalité", "Statut",
    "Date de signature du CIR", "Ville", "Orientation AGIR", "Date d'orientation",
]  # fmt: skip
TOWNS = ("Nantes", "Saint-Nazaire", "44150 Ancenis", "Rezé", "LA ROCHE SUR YON", "Châteaubriant")
STATUSES = ("Réfugié(e)", "réfugié", "PS", "Protection subsidiaire", "refugie", "Apatride")
COUNTS = re.compile(
    r"(\d+) lignes? lues? : créés (\d+), modifiés (\d+), inchangés (\d+),"
    r" mis de côté (\d+), rejetés (\d+)"
)


def person(number: int) -> list[str]:
    """An invented person, as a French spreadsheet shows one."""
    return [
        f"{123400000 + number:010d}", f"NÉVOA-{number}-INVENTÉE", "Zoë", f"{1 + number % 28:02d}/0"
        f"{1 + number % 9}/19{70 + number % 30}", "afghane", STATUSES[number % 6],
        f"{1 + number % 28:02d}/01/2023", TOWNS[number % 6], "oui", "31/01/2023",
    ]  # fmt: skip


FAULTS = {3: "30/02/1990", 5: "Réfugié·e politique", 6: "01/01/2031", 7: "Trifouillis-les-Oies"}


def spoiled(number: int) -> list[str]:
    """The same person with one cell, or two, that cannot be."""
    row = person(number)
    places = list(FAULTS)
    for place in {places[number % 4], places[number % 3]}:
        row[place] = FAULTS[place]
    return row


def bytes_of(rows: list[list[str]], encoding: str = "cp1252", delimiter: str = ";") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def rows_of(path: Path, encoding: str = "cp1252", delimiter: str = ";") -> list[list[str]]:
    text = path.read_bytes().decode(encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def counts(answer: Answer) -> tuple[int, ...]:
    found = COUNTS.search(answer.err)
    assert found, answer.said
    numbers = tuple(map(int, found.groups()))
    assert numbers[0] == sum(numbers[1:])
    return numbers


def people(team: Team) -> list[tuple[object, ...]]:
    """Who is in the file, without what only says when they came."""
    return team.rows(
        "SELECT p.agdref, p.nom, p.prenoms, p.date_naissance, p.nationalite, d.statut, d.date_cir,"
        " d.commune_residence, d.orientation, d.date_orientation, d.etape FROM dossiers d"
        " JOIN people p ON p.id = d.personne ORDER BY p.nom"
    )


@pytest.fixture
def other(empty_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Team:
    """A second file of the same team."""
    return Team(Path(shutil.copy(empty_file, tmp_path / "autre.db")), capsys)


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_a_french_excel_export_goes_in_within_two_commands(
    team: Team, other: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """1,000 persons, 30 bad rows: keep the good ones, correct the others, feed them back."""
    bad = set(range(17, 1000, 33))
    assert len(bad) == 30
    rows = [spoiled(n) if n in bad else person(n) for n in range(1000)]
    source, rejects = tmp_path / "export.csv", tmp_path / "a-corriger.csv"
    source.write_bytes(bytes_of([HEADER, *rows]))

    first = team(*command, str(source), "--keep-going", "--rejects", str(rejects))
    assert first.code == 5
    assert "séparateur « ; », encodage cp1252" in first.err
    assert counts(first) == (1000, 970, 0, 0, 0, 30)

    header, *refused = rows_of(rejects)
    assert header[: len(HEADER)] == HEADER
    assert all(name.startswith("_") for name in header[len(HEADER) :])
    assert [row[: len(HEADER)] for row in refused] == [spoiled(n) for n in sorted(bad)]
    assert [int(row[len(HEADER)]) for row in refused] == [n + 2 for n in sorted(bad)]
    assert all(row[-3] for row in refused)

    corrected = [
        [*person(n), *row[len(HEADER) :]] for n, row in zip(sorted(bad), refused, strict=True)
    ]
    rejects.write_bytes(bytes_of([header, *corrected]))
    second = team(*command, str(rejects))
    assert second.code == 0, second.err
    assert counts(second) == (30, 30, 0, 0, 0, 0)
    assert "Colonne ignorée" not in second.err

    direct = tmp_path / "juste.csv"
    direct.write_bytes(bytes_of([HEADER, *map(person, range(1000))]))
    other.does(*command, str(direct))
    assert people(team) == people(other)
    assert team("check").code == 0
    again = team(*command, str(direct))
    assert (again.code, counts(again)) == (0, (1000, 0, 0, 1000, 0, 0))


def test_what_is_still_wrong_comes_out_again(team: Team, tmp_path: Path) -> None:
    source, first, second = (tmp_path / name for name in ("s.csv", "un.csv", "deux.csv"))
    source.write_bytes(bytes_of([HEADER, spoiled(1), spoiled(2)]))
    team("enroll", "--from", str(source), "--keep-going", "--rejects", str(first))
    header, one, two = rows_of(first)
    first.write_bytes(bytes_of([header, [*person(1), *one[len(HEADER) :]], two]))
    answer = team("enroll", "--from", str(first), "--keep-going", "--rejects", str(second))
    assert counts(answer) == (2, 1, 0, 0, 0, 1)
    again, row = rows_of(second)
    assert again == header
    assert row[: len(HEADER)] == two[: len(HEADER)]
    assert row[len(HEADER) + 1 :] == two[len(HEADER) + 1 :]


def test_every_fault_of_a_row_is_in_the_rejects(team: Team, tmp_path: Path) -> None:
    row = person(1)
    for place, text in FAULTS.items():
        row[place] = text
    source, rejects = tmp_path / "s.csv", tmp_path / "r.csv"
    source.write_bytes(bytes_of([HEADER, row]))
    team("enroll", "--from", str(source), "--keep-going", "--rejects", str(rejects))
    header, found = rows_of(rejects)
    told = dict(zip(header, found, strict=True))
    assert told["_colonne"].split(" | ") == [HEADER[3], HEADER[5], HEADER[7]]
    assert told["_valeur"].split(" | ") == [FAULTS[3], FAULTS[5], FAULTS[7]]
    assert len(told["_motif"].split(" | ")) == len(told["_a_faire"].split(" | ")) == 3


def test_without_keep_going_nothing_of_the_file_goes_in(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([HEADER, person(1), spoiled(2)]))
    before = team.fingerprint()
    answer = team("enroll", "--from", str(source))
    assert answer.code == 5
    assert "ligne 3" in answer.err
    assert "Rien n'a été enregistré" in answer.err
    assert team.fingerprint() == before


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_a_dry_run_gives_the_same_report_and_writes_nothing(
    team: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([HEADER, person(1), spoiled(2), person(3)]))
    before = team.fingerprint()
    tried = team(*command, str(source), "--keep-going", "--dry-run")
    assert team.fingerprint() == before
    assert "Essai" in tried.err
    done = team(*command, str(source), "--keep-going")
    assert counts(tried) == counts(done) == (3, 2, 0, 0, 0, 1)
    assert tried.code == done.code == 5


def test_a_known_file_is_said_to_be_known(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([HEADER, person(1), person(2)]))
    assert "connu" not in team.does("enroll", "--from", str(source)).err
    copied = tmp_path / "copie.csv"
    copied.write_bytes(source.read_bytes())
    again = team.does("enroll", "--from", str(copied))
    assert re.search(r"Ce fichier est connu : importé le \S+ par coordination", again.err)
    assert counts(again) == (2, 0, 0, 2, 0, 0)
    assert team.rows("SELECT count(*) FROM batches") == [(1,)]


def test_a_blank_cell_never_erases(team: Team, tmp_path: Path) -> None:
    full, blank = tmp_path / "plein.csv", tmp_path / "vide.csv"
    full.write_bytes(bytes_of([HEADER, *map(person, range(5))]))
    team.does("enroll", "--from", str(full))
    before = people(team)
    kept = [[*person(n)[:2], *["", " ", "\xa0", ""], "", "", "", ""] for n in range(5)]
    kept = [[*row[:2], person(n)[2], *row[3:]] for n, row in enumerate(kept)]
    blank.write_bytes(bytes_of([HEADER, *kept]))
    assert counts(team.does("enroll", "--from", str(blank))) == (5, 0, 0, 5, 0, 0)
    assert people(team) == before


ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "latin-1", "iso-8859-15")


@pytest.mark.parametrize(
    "delimiter", [";", ",", "\t", "|"], ids=["point-virgule", "virgule", "tabulation", "barre"]
)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_whatever_the_separator_and_the_encoding(
    team: Team, tmp_path: Path, delimiter: str, encoding: str
) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([HEADER, *map(person, range(4))], encoding, delimiter))
    team.does("enroll", "--from", str(source))
    assert [row[1:3] for row in people(team)] == [(f"NÉVOA-{n}-INVENTÉE", "Zoë") for n in range(4)]


def test_a_workbook_goes_in_as_its_csv_does(team: Team, other: Team, tmp_path: Path) -> None:
    from datetime import datetime

    from openpyxl import Workbook

    book, text = tmp_path / "suivi.xlsx", tmp_path / "suivi.csv"
    made = Workbook()
    made.active.title = "Notice"
    made.active.append(["Rien à lire ici"])
    sheet = made.create_sheet("Suivi")
    sheet.append(HEADER)
    for row in map(person, range(6)):
        dates = {3, 6, 9}
        sheet.append(
            [datetime.strptime(c, "%d/%m/%Y") if p in dates else c for p, c in enumerate(row)]  # noqa: DTZ007
        )
    made.save(book)
    text.write_bytes(bytes_of([HEADER, *map(person, range(6))]))
    answer = team.does("enroll", "--from", str(book), "--sheet", "Suivi")
    assert "feuille « Suivi »" in answer.err
    other.does("enroll", "--from", str(text))
    assert people(team) == people(other)
    assert team("enroll", "--from", str(book), "--sheet", "Absente").code == 2


def test_a_mapping_is_said_kept_and_used_again(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "donnees"))
    source = tmp_path / "s.csv"
    source.write_bytes(
        bytes_of([["Qui", "Intégration", "Couleur"], ["UNE-INVENTEE", "09/01/2023", "x"]])
    )
    assert team("enroll", "--from", str(source)).code == 5
    said = ("--map", "Qui=nom", "--map", "Intégration=date_cir", "--save-map", "equipe")
    answer = team.does("enroll", "--from", str(source), *said)
    assert "Colonne ignorée (inconnue) : Couleur" in answer.err
    again = team.does("enroll", "--from", str(source), "--use-map", "equipe")
    assert counts(again) == (1, 0, 0, 1, 0, 0)
    assert team("enroll", "--from", str(source), "--use-map", "autre").code == 2
    assert team("enroll", "--from", str(source), "--map", "Qui=nomm").code == 2


def test_options_and_a_file_do_not_mix(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([HEADER, person(1)]))
    assert team("enroll", "--from", str(source), "--nom", "X").code == 2
    assert team("enroll", "--from", str(tmp_path / "absent.csv")).code == 2


def test_a_rejects_file_is_never_overwritten(team: Team, tmp_path: Path) -> None:
    source, rejects = tmp_path / "s.csv", tmp_path / "r.csv"
    source.write_bytes(bytes_of([HEADER, spoiled(1), person(2)]))
    rejects.write_text("à garder", "utf-8")
    before = team.fingerprint()
    answer = team("enroll", "--from", str(source), "--keep-going", "--rejects", str(rejects))
    assert answer.code == 2
    assert rejects.read_text("utf-8") == "à garder"
    assert team.fingerprint() == before


# --- pipes -------------------------------------------------------------------------------


def test_rows_come_from_standard_input(team: Team) -> None:
    done = subprocess.run(
        [*team.command(), "enroll", "--from", "-"],
        input=bytes_of([HEADER, person(1), person(2)]), capture_output=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(people(team)) == 2
    assert team.rows("SELECT fichier FROM batches") == [("entrée standard",)]


def test_a_long_dry_run_cut_by_head_ends_quietly(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([HEADER, *map(person, range(1500))]))
    words = [*team.command(), "--quiet", "import", str(source), "--dry-run"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith(b"ligne 2 : inscription")
        running.stdout.close()
        said = running.stderr.read().decode()
    assert "Traceback" not in said
    assert "inattendue" not in said
    assert team.events() == 0


# --- batches, undo, import, export, typed ------------------------------------------------


def test_batches_are_listed_and_one_is_undone(team: Team, tmp_path: Path) -> None:
    assert "Aucun fichier" in team.does("batches").err
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([HEADER, person(1), person(2)]))
    said = team.does("enroll", "--from", str(source)).err
    proposed = re.search(r"agir (undo \S+)", said)
    assert proposed
    batch = proposed[1].split()[1]
    listed = list(csv.DictReader(io.StringIO(team.does("batches", "--format", "csv").out)))
    assert [(b["lot"], b["commande"], b["crees"], b["annule_par"]) for b in listed] == [
        (batch, "enroll", "2", "")
    ]
    before = team.fingerprint()
    shown = team.does(*proposed[1].split())
    assert "Essai : rien n'a été enregistré" in shown.err
    assert shown.out.count("annulé") == 2
    assert team.fingerprint() == before
    done = team.does("undo", batch[:20], "--yes")
    assert "annulés 2 + gardés 0 + impossibles 0" in done.err
    assert people(team) == []
    assert "coordination" in team.does("batches", "--format", "csv", "--columns", "annule_par").out
    assert team("undo", batch).code == 4
    assert team("undo", "nulle-part").code == 4
    assert counts(team.does("enroll", "--from", str(source))) == (2, 2, 0, 0, 0, 0)
    assert team("check").code == 0


def test_a_wide_table_is_taken_over_its_rejects_go_back_in(team: Team, tmp_path: Path) -> None:
    header = [*HEADER, "Date du diagnostic", "Préconisation", "Date de commission", "Suivi par",
              "Contrat signé le", "Date de sortie", "Motif de sortie", "Observations"]  # fmt: skip
    acts = ["14/02/2023", "Emploi & Formation", "20/02/2023", "Camille Essai", "01/03/2023"]
    late = ["14/02/2023", "Droits-L.", "01/02/2023", "Camille Essai", "01/03/2023"]
    refusal = ["", "03/03/2023", "Refus d'engagement contractuel", ""]
    rows = [
        [*person(1), *acts, "", "", "va bien"],
        [*person(2), *late, "", "", ""],
        [*person(3), *acts[:4], *refusal],
    ]
    source, rejects = tmp_path / "suivi.csv", tmp_path / "r.csv"
    source.write_bytes(bytes_of([["Suivi AGIR"], [], header, *rows]))
    shown = team("import", str(source), "--dry-run", "--keep-going")
    assert shown.out.splitlines() == [
        "ligne 4 : inscription, diagnostic le 14/02/2023, commission le 20/02/2023,"
        " contrat le 01/03/2023",
        "ligne 6 : inscription, diagnostic le 14/02/2023, commission le 20/02/2023,"
        " refus du contrat le 03/03/2023",
    ]
    assert "laissé de côté : « Observations »" in shown.err
    answer = team("import", str(source), "--keep-going", "--rejects", str(rejects))
    assert answer.code == 5
    assert counts(answer) == (3, 2, 0, 0, 0, 1)
    head, refused = rows_of(rejects)
    assert "commission" in dict(zip(head, refused, strict=True))["_motif"]
    refused[head.index("Date de commission")] = "21/02/2023"
    rejects.write_bytes(bytes_of([head, refused]))
    assert counts(team.does("import", str(rejects))) == (1, 1, 0, 0, 0, 0)
    stages = [row[-1] for row in people(team)]
    assert stages == ["accompagnement", "accompagnement", "clos"]
    assert team("check").code == 0
    assert team("contract", "sign", "44-0002", "--on", "02/03/2023").code == 3


@pytest.mark.parametrize(
    ("header", "row", "told"),
    [
        pytest.param(["Prix", "Qté"], ["1", "2"], "nom (Nom)", id="rien de connu"),
        pytest.param(["Nom", "Nom de famille"], ["A", "B"], "la même chose", id="deux noms"),
    ],
)
def test_a_table_that_is_not_one_is_refused_whole(
    team: Team, tmp_path: Path, header: list[str], row: list[str], told: str
) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([header, row, row]))
    answer = team("import", str(source))
    assert answer.code == 5
    assert told in answer.err
    left_out = team("import", str(source), "--map", f"{header[1]}=", "--map", f"{header[0]}=nom")
    assert counts(left_out)[0] == 2


def test_a_listing_comes_back_answered_and_is_printed_again(team: Team, tmp_path: Path) -> None:
    fiches, first, again = (tmp_path / name for name in ("f.csv", "l1.csv", "l2.csv"))
    header = [*HEADER[:8], "Fiche de liaison le"]
    rows = [[*person(n)[:6], "09/01/2022", "Nantes", "04/09/2023"] for n in range(4)]
    fiches.write_bytes(bytes_of([header, *rows]))
    team.does("import", str(fiches))
    team.does("liaison", "send", "--month", "2023-10", "--yes", "--output", str(first))
    sent = rows_of(first, "utf-8", ",")
    assert sent[0][:3] == ["Listing n°", "Ligne", "Dossier"]
    answers = [[*row[:2], "Validée" if n % 2 else "Rejetée", "20/10/2023"]
               for n, row in enumerate(sent[1:])]  # fmt: skip
    source = tmp_path / "reponse.csv"
    source.write_bytes(bytes_of([["Listing n°", "Ligne", "Décision", "Décidé le"], *answers]))
    assert counts(team.does("liaison", "decide", "--from", str(source))) == (4, 0, 4, 0, 0, 0)
    outcomes = team.rows("SELECT decision_ofii FROM dossiers ORDER BY dossier")
    assert outcomes == [("rejetee",), ("validee",)] * 2
    team.does("liaison", "send", "--again", "1", "--output", str(again))
    assert again.read_bytes() == first.read_bytes()
    assert "pas de listing" in team.does("liaison", "send", "--month", "2023-11").err


# --- one path, two doors -----------------------------------------------------------------

ROWS = st.fixed_dictionaries(
    {},
    optional={
        "prenoms": st.sampled_from(["Awa", "=Zoë", "Jean-Marie"]),
        "date_naissance": st.sampled_from(["1990", "03/1990", "30/02/1990"]),
        "date_cir": st.sampled_from(["09/01/2023", "2022", "01/01/2031"]),
        "statut": st.sampled_from(["Réfugié(e)", "PS", "réfugié ou PS"]),
        "commune_residence": st.sampled_from(["Nantes", "35000 Rennes", "Trifouillis"]),
        "orientation": st.sampled_from(["acceptee", "oui", "declinee"]),
        "telephone": st.sampled_from(["+33 6 11 22 33 44", "0611223344", "06"]),
    },
)


# A name alone, where other rows have more, is asked about: no option does that.
@given(st.lists(ROWS.filter(bool), min_size=1, max_size=4))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_same_facts_by_options_and_by_rows_make_the_same_dossiers(
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    rows: list[dict[str, str]],
) -> None:
    """One path, two doors: what one refuses the other refuses."""
    folder = tmp_path_factory.mktemp("portes")
    by_options, by_rows = Team(make_template(folder), capsys), Team(folder / "lignes.db", capsys)
    shutil.copy(by_options.db, by_rows.db)
    names = sorted({name for row in rows for name in row})
    cells = [
        [f"N{n}-INVENTE", *(row.get(name, "") for name in names)] for n, row in enumerate(rows)
    ]
    source = folder / "lignes.csv"
    source.write_bytes(bytes_of([["nom", *names], *cells], "utf-8", ","))
    refused = 0
    for n, row in enumerate(rows):
        words = [w for name, text in row.items() for w in (f"--{name.replace('_', '-')}", text)]
        code = by_options("enroll", "--nom", f"N{n}-INVENTE", *words).code
        assert code in (0, 2, 3)
        refused += code != 0
    answer = by_rows("enroll", "--from", str(source), "--keep-going")
    assert counts(answer)[-1] == refused
    assert people(by_rows) == people(by_options)
    assert main(["--db", str(by_rows.db), "--today", TODAY, "check"]) == 0


def test_a_heading_nearly_known_is_proposed(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_text("Nom;Nationnalité;Diag. réalisé le;Couleur\nA-INVENTEE;Soudan;01/02/2023;x\n")
    shown = team.does("import", str(source), "--dry-run")
    proposed = "si elle dit Nationalité (nationalite) : --map Nationnalité=nationalite"
    assert f"Colonne ignorée (inconnue) : Nationnalité ; {proposed}" in shown.err
    assert "Colonne ignorée (inconnue) : Couleur\n" in shown.err
    assert "diagnostic le 01/02/2023" in shown.out


def test_a_heading_on_two_lines_is_proposed_as_it_can_be_typed(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([["Nom", "Numéro\nd'étrangre"], ["A-INVENTEE", "0123456789"]]))
    shown = " ".join(team.does("enroll", "--from", str(source), "--dry-run").err.split())
    assert "Colonne ignorée (inconnue) : Numéro d'étrangre ; si elle dit" in shown
    assert '--map "Numéro d\'étrangre=agdref"' in shown
    team.does("enroll", "--from", str(source), "--map", "Numéro d'étrangre=agdref")
    assert people(team)[0][:2] == ("0123456789", "A-INVENTEE")


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_a_row_that_fills_no_column_that_is_read_is_left_aside(
    team: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """A sheet numbered in advance, with a formula drawn down below its table."""
    rows = [
        ["N°", "Nom", "Prénom", "Statut", "Retard"],
        ["1", "A-INVENTEE", "Awa", "réfugié", "-"],
        ["2", "", " ", "", "-"],
        ["3", "B-INVENTEE", "Bo", "réfugié", ""],
        *([str(number), "", "", "\xa0", "0"] for number in range(4, 14)),
    ]
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of(rows))
    answer = team.does(*command, str(source))
    assert counts(answer) == (2, 2, 0, 0, 0, 0)
    assert (
        "À noter : rien n'est rempli dans les colonnes lues, laissé de côté. "
        "(11 lignes : 3, 5, 6, 7, 8, 9, 10, 11…)"
    ) in " ".join(answer.err.split())


def test_a_row_with_one_read_cell_is_still_refused(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "s.csv"
    source.write_bytes(bytes_of([["N°", "Nom", "Statut"], ["1", "", "réfugié"]]))
    answer = team("enroll", "--from", str(source))
    assert answer.code == 5
    assert counts(answer) == (1, 0, 0, 0, 0, 1)


@pytest.mark.parametrize("command", [Enroll, *DECISIONS], ids=lambda command: command.verb)
def test_the_label_of_a_field_is_a_heading_of_its_column(command: type[Command]) -> None:
    """Two fields whose labels differ by a little word have their own names for headings."""
    known = headings_of(field_names(command))
    for name in known:
        label = FIELDS[name].label
        alike = [n for n in known if normalise_header(label) == normalise_header(n)]
        (found,) = match_headers([label], known).columns
        assert found == (alike[0] if alike else name)
