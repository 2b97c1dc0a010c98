"""The commission: its agenda, what was decided coming back, the minutes of a day."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from agir_cli.domain.commands import Assign
from agir_cli.exchange.headers import match_headers
from agir_cli.reports.commission import COLUMNS
from agir_cli.reports.listing import DECIDED, listed_columns
from tests.cli.coordinator import Team

SITTING = "20/11/2023"
INVENTED = [f"{first}{last}-INVENTE" for first in ("BAZO", "KIRU", "MELO", "TAVI", "SUDA", "PORE")
            for last in ("LINK", "MARD", "NTOU", "FEGH", "WYST")]  # fmt: skip


def wait(team: Team, folder: Path, rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Persons diagnosed and not assigned; their references, in the order given."""
    people = [
        {
            "nom": INVENTED[n], "prenoms": "Awa", "date_naissance": str(1961 + n),
            "statut": "refugie", "date_cir": "10/01/2023", "orientation": "acceptee",
            "date_orientation": "12/01/2023", "commune_residence": "Nantes",
            "commune_domicile": "Nantes", "situation_logement": "dna",
            "situation_professionnelle": "sans_emploi", "langues": "", "menage": "", **row,
        }
        for n, row in enumerate(rows)
    ]  # fmt: skip
    diagnosed = [(each.pop("date_diagnostic", "01/02/2023"), each.pop("priorites", ""))
                 for each in people]  # fmt: skip
    team.does("enroll", "--from", write(folder / "entrees.csv", people))
    refs = [str(ref) for (ref,) in team.rows("SELECT dossier FROM dossiers ORDER BY dossier")]
    held = [{"dossier": ref, "date_diagnostic": day, "priorites_preconisees": priorities}
            for ref, (day, priorities) in zip(refs, diagnosed, strict=True)]  # fmt: skip
    team.does("diagnose", "hold", "--from", write(folder / "diagnostics.csv", held))
    return refs


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def agenda(team: Team, *words: str) -> list[dict[str, str]]:
    """The agenda as a script reads it."""
    out = team.does("commission", "agenda", "--format", "csv", *words).out
    return list(csv.DictReader(io.StringIO(out)))


def filled(path: Path, decisions: Mapping[str, Mapping[str, Any]]) -> None:
    """Fill the workbook in as a secretary would, by dossier and heading."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        for heading, value in decisions.get(str(sheet.cell(row, 1).value), {}).items():
            sheet.cell(row, places[heading]).value = value
    book.save(path)


def test_thirty_persons_are_prepared_held_and_recorded_with_three_commands(
    team: Team, tmp_path: Path
) -> None:
    refs = wait(team, tmp_path, [{"priorites": "droit_logement"}] * 30)
    team.does("referent", "add", "Anne Martin", "--plafond", "25", "--domaines", "droit_logement")
    team.does("referent", "add", "Luc Petit", "--plafond", "25", "--domaines", "droit_logement")
    book = tmp_path / "commission.xlsx"

    team.does("commission", "agenda", "--on", SITTING, "--output", str(book))
    sheet = load_workbook(book).worksheets[0]
    at = COLUMNS.index("candidat_1")
    proposed = {row[0]: row[at] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert {*proposed} == {*refs}
    assert {*proposed.values()} == {"Anne Martin (0/25)", "Luc Petit (0/25)"}
    filled(book, {
        ref: {"Référent parcours": who, "Priorité retenue": "Droit-Logement", "Modalité":
              "Prise en charge globale", "Bassin de vie": "Nantes"}
        for ref, who in proposed.items()
    })  # fmt: skip
    answer = team.does("assign", "--from", str(book))
    assert "modifiés 30" in answer.err
    assert "olonne" not in answer.err.partition("\n")[2], "its own columns are no news"
    minutes = team.does("commission", "minutes", "--on", SITTING).out
    assert "30 décisions, dont 0" in minutes

    loads = team.rows("SELECT count(*) FROM dossiers WHERE etape = 'contractualisation'"
                      " AND date_commission = '2023-11-20' GROUP BY referent")  # fmt: skip
    assert sorted(loads) == [(15,), (15,)]
    assert "inchangés 30" in team.does("assign", "--from", str(book)).err
    assert agenda(team) == []


def test_the_oldest_come_first_and_a_household_together(team: Team, tmp_path: Path) -> None:
    first, second, third, mate = wait(team, tmp_path, [
        {"date_diagnostic": "01/03/2023"}, {"date_diagnostic": "01/02/2023", "menage": "M1"},
        {"date_diagnostic": "01/04/2023"}, {"date_diagnostic": "01/05/2023", "menage": "M1"},
    ])  # fmt: skip
    rows = agenda(team)
    assert [row["dossier"] for row in rows] == [second, mate, first, third]
    assert [row["rang"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["raison_rang"] == "attend depuis 295 jours"
    assert f"avec {second}, du même ménage" in rows[1]["raison_rang"]
    assert rows[1]["menage_avec"] == second


@pytest.mark.parametrize(("first", "count"), [("1", 2), ("2", 2), ("3", 3), ("9", 4)])
def test_the_first_ones_with_their_household(
    team: Team, tmp_path: Path, first: str, count: int
) -> None:
    wait(team, tmp_path, [{"menage": "M1"}, {"menage": "M1"}, {}, {}])
    assert len(agenda(team, "--first", first)) == count
    title = team.does("commission", "agenda", "--first", first).out.splitlines()[0]
    assert ("sur 4 qui attendent" in title) is (count < 4)


def test_a_household_keeps_the_referent_that_one_of_them_has(team: Team, tmp_path: Path) -> None:
    here, there = wait(team, tmp_path, [{"menage": "M1"}, {"menage": "M1"}])
    team.does("referent", "add", "Luc Petit")
    team.does("assign", here, "--on", "01/03/2023", "--referent", "Anne Martin")
    (row,) = agenda(team)
    assert row["dossier"] == there
    assert row["candidat_1"] == "Anne Martin (1 dossier)"
    assert f"accompagne déjà {here}" in row["raison_1"]


def test_whoever_has_left_or_is_to_come_is_not_proposed(team: Team, tmp_path: Path) -> None:
    wait(team, tmp_path, [{}])
    team.does("referent", "add", "Anne Martin")
    team.does("referent", "add", "Luc Petit", "--depuis", "01/12/2023")
    team.does("referent", "add", "Zoé Partie")
    team.does("referent", "leave", "Zoé Partie", "--on", "01/11/2023")
    (row,) = agenda(team)
    assert [row[f"candidat_{n}"] for n in (1, 2, 3)] == ["Anne Martin (0 dossier)", "", ""]


def test_rows_without_a_decision_wait_for_another_day(team: Team, tmp_path: Path) -> None:
    decided, left = wait(team, tmp_path, [{}, {}])
    book = tmp_path / "commission.xlsx"
    team.does("commission", "agenda", "--on", SITTING, "--output", str(book))
    filled(book, {decided: {"Référent parcours": "Anne Martin"}})
    answer = team.does("assign", "--from", str(book))
    assert "1 ligne lue" in answer.err
    assert "sans décision de la commission, laissé de côté. (ligne 3)" in answer.err
    assert [row["dossier"] for row in agenda(team)] == [left]


def test_a_person_assigned_meanwhile_is_told_by_line_and_kept_in_the_rejects(
    team: Team, tmp_path: Path
) -> None:
    first, second = wait(team, tmp_path, [{}, {}])
    book, rejects = tmp_path / "commission.xlsx", tmp_path / "rejets.csv"
    team.does("commission", "agenda", "--on", SITTING, "--output", str(book))
    filled(book, {ref: {"Référent parcours": "Luc Petit"} for ref in (first, second)})
    team.does("assign", first, "--on", "10/11/2023", "--referent", "Anne Martin")

    whole = team("assign", "--from", str(book))
    assert whole.code == 5
    assert "ligne 2" in whole.err
    assert "commission du 10/11/2023 : Anne Martin" in whole.err
    assert [row["dossier"] for row in agenda(team)] == [second]

    good = team("assign", "--from", str(book), "--keep-going", "--rejects", str(rejects))
    assert good.code == 5
    assert "modifiés 1" in good.err
    (kept,) = csv.DictReader(rejects.read_text("utf-8-sig").splitlines(), delimiter=";")
    assert (kept["Dossier"], kept["_code"]) == (first, "attribue_entre_temps")
    again = team("assign", "--from", str(rejects))
    assert again.code == 5, "it is refused as often as it comes"
    assert team.rows(f"SELECT r.nom FROM dossiers d JOIN referents r ON r.code = d.referent"
                     f" WHERE d.dossier = '{first}'") == [("Anne Martin",)]  # fmt: skip


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(("--format", "csv"), id="csv"),
        pytest.param(("--excel",), id="excel français"),
        pytest.param(("--format", "xlsx", "--labels", "no"), id="classeur de codes"),
        pytest.param(("--format", "xlsx", "--mask"), id="classeur sans noms"),
    ],
)  # fmt: skip
def test_every_form_comes_back(team: Team, tmp_path: Path, form: tuple[str, ...]) -> None:
    (ref,) = wait(team, tmp_path, [{"priorites": "droit_logement"}])
    team.does("referent", "add", "Anne Martin", "--plafond", "25")
    path = tmp_path / f"commission.{'xlsx' if 'xlsx' in form else 'csv'}"
    team.does("commission", "agenda", "--on", SITTING, *form, "--output", str(path))
    heading = "referent" if form[-1] in ("csv", "no") else "Référent parcours"
    if path.suffix == ".xlsx":
        filled(path, {ref: {heading: "Anne Martin (0/25)"}})
    else:
        text = path.read_text("utf-8-sig")
        sign = ";" if "--excel" in form else ","
        rows = list(csv.DictReader(text.splitlines(), delimiter=sign))
        write(path, [{**row, heading: "Anne Martin (0/25)"} for row in rows])
    answer = team.does("assign", "--from", str(path))
    assert "modifiés 1" in answer.err
    assert "inconnue)" not in answer.err
    assert "ajouté" not in answer.err, "the load beside a name is no part of it"


def test_no_column_of_the_agenda_says_something_of_the_decision(team: Team) -> None:
    from agir_cli.cli.files import headings_for

    known = headings_for(Assign)
    own = [name for name in COLUMNS if name not in DECIDED]
    for heads in (own, [column.heading for column in listed_columns(own)]):
        read = match_headers(heads, known).columns
        assert {*read} <= {None, "dossier", "nom", "prenoms"}, heads


def test_without_names_nobody_is_named(team: Team, tmp_path: Path) -> None:
    (ref,) = wait(team, tmp_path, [{}])
    for ending in ("xlsx", "html", "csv", "md"):
        path = tmp_path / f"sans-noms.{ending}"
        words = ("--format", "markdown") if ending == "md" else ()
        team.does("commission", "agenda", "--mask", "--output", str(path), *words)
        if ending == "xlsx":
            text = str([*load_workbook(path).worksheets[0].values])
        else:
            text = path.read_text("utf-8")
        assert ref in text
        assert INVENTED[0] not in text


def test_places_are_told_now_and_by_month_and_refuse_nobody(team: Team, tmp_path: Path) -> None:
    refs = wait(team, tmp_path, [{}] * 5)
    for ref in refs[:2]:
        team.does("assign", ref, "--on", "05/02/2023", "--referent", "Anne Martin")
    team.does("contract", "sign", refs[0], "--on", "17/02/2023")
    shipped = Path("data/rules/2023-44-85.toml").read_text("utf-8")
    rule = tmp_path / "places.toml"
    places = '\n[places]\nsource = "droit"\nreading = "Exemple."\n44 = 3\n'
    rule.write_text(shipped + places, "utf-8")
    team.does("rules", "add", str(rule))
    rows = agenda(team)
    assert [row["place"] for row in rows] == [
        "place libre",
        "liste d'attente, n° 1 : aucune place d'ici douze mois",
        "liste d'attente, n° 2 : aucune place d'ici douze mois",
    ]
    later = team.does("commission", "agenda", today="20/04/2024").out
    assert "Places du 44 : 3, dont 1 prise et 1 attribuée sans contrat : 1 libre" in later
    assert "février 2025 1" in later
    assert "n° 1 : une place en février 2025 au plus tôt" in " ".join(later.split())
    team.does("assign", refs[4], "--on", SITTING, "--referent", "Anne Martin")


def test_an_empty_agenda_says_so(team: Team, tmp_path: Path) -> None:
    answer = team.does("commission", "agenda")
    assert answer.out == ""
    assert "Personne n'attend la commission" in answer.err
    team.does("commission", "agenda", "--output", str(tmp_path / "vide.xlsx"))
    assert team.does("commission", "agenda", "--format", "json").out.strip() == "[]"


def test_the_load_stands_beside_the_name_where_one_chooses(team: Team, tmp_path: Path) -> None:
    (ref,) = wait(team, tmp_path, [{}])
    for name in ("Anne Martin", "Anne Petit"):
        team.does("referent", "add", name, "--plafond", "25")
    answer = team("assign", ref, "--on", SITTING, "--referent", "Anne")
    assert "Anne Martin (0/25), R001 ; Anne Petit (0/25), R002" in answer.err
    team.does("assign", ref, "--on", SITTING, "--referent", "Anne Petit (0/25)")
    assert team.rows("SELECT referent FROM dossiers") == [("R002",)]


# --- the minutes -----------------------------------------------------------------------------


def test_the_minutes_say_what_differs_from_what_was_recommended(team: Team, tmp_path: Path) -> None:
    both = "droit_logement+emploi_formation"
    same, less, more, unsaid = wait(team, tmp_path, [
        {"priorites": "droit_logement"}, {"priorites": both}, {"priorites": "droit_logement"},
        {"priorites": "emploi_formation"},
    ])  # fmt: skip
    said = {same: "droit_logement", less: "droit_logement", more: both, unsaid: ""}
    for ref, priorities in said.items():
        words = ("--priorites", priorities) if priorities else ()
        team.does("assign", ref, "--on", SITTING, "--referent", "Anne Martin", *words)
    out = team.does("commission", "minutes", "--format", "csv").out
    rows = {row["dossier"]: row for row in csv.DictReader(io.StringIO(out))}
    assert {ref: row["ecart"] for ref, row in rows.items()} == {
        same: "", less: "non retenue : Emploi-Formation", more: "ajoutée : Emploi-Formation",
        unsaid: "priorité retenue non dite",
    }  # fmt: skip
    assert {row["referent"] for row in rows.values()} == {"Anne Martin"}
    assert {row["enregistre_par"] for row in rows.values()} == {"coordination"}
    assert "4 décisions, dont 3" in team.does("commission", "minutes", "--on", SITTING).out


def test_the_page_of_the_minutes_has_room_for_who_was_there(team: Team, tmp_path: Path) -> None:
    (ref,) = wait(team, tmp_path, [{}])
    team.does("assign", ref, "--on", SITTING, "--referent", "Anne Martin", "--partenaires", "CCAS")
    page = tmp_path / "seance.html"
    team.does("commission", "minutes", "--on", SITTING, "--output", str(page))
    text = page.read_text("utf-8")
    assert [word for word in (ref, "Anne Martin", "CCAS", "Présents :") if word not in text] == []


def test_a_decision_taken_back_or_of_another_day_is_not_in_the_minutes(
    team: Team, tmp_path: Path
) -> None:
    kept, voided, other = wait(team, tmp_path, [{}, {}, {}])
    for ref in (kept, voided):
        team.does("assign", ref, "--on", SITTING, "--referent", "Anne Martin")
    team.does("assign", other, "--on", "13/11/2023", "--referent", "Anne Martin")
    number = team.rows("SELECT count(*) FROM events e JOIN dossiers d ON d.id = e.dossier"
                       f" WHERE d.dossier = '{voided}'")[0][0]  # fmt: skip
    team.does("correct", voided, str(number), "--void", "--reason", "mauvais dossier", "--yes")
    out = team.does("commission", "minutes", "--format", "csv", "--columns", "dossier").out
    assert out.split() == ["dossier", kept]
    nobody = team.does("commission", "minutes", "--on", "01/11/2023")
    assert "Aucune décision de commission" in nobody.err
