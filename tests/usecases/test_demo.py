"""The demonstration file: its totals to the unit, and everything a coordinator may meet."""

from __future__ import annotations

import csv
import io
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.cli.commands.upkeep import NEXT, SHOWN
from agir_cli.domain.causes import WAITS
from agir_cli.domain.vocabulary import Motive, Route, Stage
from agir_cli.failures import AgirFailure
from agir_cli.store.reference import data_file
from agir_cli.store.settings import DEMONSTRATION_AUTHOR
from agir_cli.usecases import demo
from agir_cli.usecases.upkeep import check

DAY = demo.TODAY.isoformat()
_FUNNEL = ("report", "funnel", "--format", "csv", "--as-of", DAY)
COUNTED = f"admis_max <= '{DAY}'"


@pytest.fixture(scope="session")
def read(built_demo: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{built_demo}?mode=ro", uri=True)) as connection:
        yield connection


@pytest.mark.parametrize("code", ["44", "85"])
def test_the_totals_are_those_of_the_webinar(read: sqlite3.Connection, code: str) -> None:
    """[W: Les personnes accompagnées au 09/10/2023]"""
    with data_file("departments.csv").open(encoding="utf-8", newline="") as table:
        published = next(row for row in csv.DictReader(table) if row["departement"] == code)
    query = (
        f"SELECT count(*), sum(contrat_max <= ?) FROM dossiers WHERE departement = ? AND {COUNTED}"
    )
    assert published["date_comptage"] == DAY
    counts = (int(published["personnes"]), int(published["signataires"]))
    assert read.execute(query, (DAY, code)).fetchone() == counts


@pytest.mark.parametrize("code", ["44", "85"])
@pytest.mark.parametrize(
    ("share", "condition"),
    [
        pytest.param(39, "situation_logement_entree = 'dna'", id="hebergees_par_le_dna"),
        pytest.param(
            80,
            "situation_professionnelle_entree IN ('sans_emploi', 'formation_linguistique')",
            id="ni_emploi_ni_formation",
        ),
    ],
)
def test_the_shares_at_entry(
    read: sqlite3.Connection, code: str, share: int, condition: str
) -> None:
    """[P: Info migrations n° 107], to the nearest percent, in each department."""
    query = f"SELECT 100.0 * sum({condition}) / count(*) FROM dossiers WHERE departement = ?"
    (found,) = read.execute(f"{query} AND {COUNTED}", (code,)).fetchone()
    assert round(found) == share


def test_households_have_the_size_seen_elsewhere(read: sqlite3.Connection) -> None:
    query = "SELECT 1.0 * count(*) / count(DISTINCT coalesce(menage, id)) FROM dossiers"
    (size,) = read.execute(f"{query} WHERE {COUNTED}").fetchone()
    assert round(size, 2) == 1.55


def test_check_finds_nothing(built_demo: Path) -> None:
    assert check(built_demo) == []


def test_every_cause_of_waiting_is_there(read: sqlite3.Connection) -> None:
    query = "SELECT DISTINCT cause FROM spans WHERE nature = 'attente' AND fin_max IS NULL"
    undated = {
        "orientation_sans_jour",
        "decision_sans_jour",
        "demande_sans_jour",
    }  # its files know every such day
    assert {cause for (cause,) in read.execute(query)} == set(WAITS) - undated


def test_there_are_late_dossiers_certain_and_possible_but_not_many(
    read: sqlite3.Connection,
) -> None:
    query = (
        "SELECT nature, sum(echeance_max < :day), sum(echeance_max >= :day) FROM spans"
        " WHERE fin_max IS NULL AND echeance_min < :day GROUP BY nature"
    )
    late = {nature: counts for nature, *counts in read.execute(query, {"day": DAY})}
    assert set(late) == {"contractualisation", "diagnostic", "entretien", "liaison"}
    assert all(5 <= certain <= 60 for certain, _ in late.values())
    assert late["contractualisation"][1] > 0
    assert late["diagnostic"][1] > 0


def test_every_stage_and_route_is_there(read: sqlite3.Connection) -> None:
    found = {
        name: {value for (value,) in read.execute(f"SELECT DISTINCT {name} FROM dossiers")}
        for name in ("etape", "voie")
    }
    assert found == {"etape": {s.value for s in Stage}, "voie": {r.value for r in Route}}


def test_every_motive_that_can_be_is_there(read: sqlite3.Connection) -> None:
    """No support could have reached its two years in 2023."""
    query = "SELECT DISTINCT motif FROM dossiers WHERE motif IS NOT NULL"
    assert {motive for (motive,) in read.execute(query)} == {m.value for m in Motive} - {"terme"}


def test_appointments_are_booked_in_the_days_after(read: sqlite3.Connection) -> None:
    query = "SELECT nature, count(*) FROM appointments WHERE jour > ? GROUP BY nature"
    booked = dict(read.execute(query, (DAY,)).fetchall())
    assert booked["diagnostic"] > 50
    assert booked["contractualisation"] > 50


def test_listings_left_each_month_and_their_rows_are_kept(read: sqlite3.Connection) -> None:
    months = [month for (month,) in read.execute("SELECT mois FROM listings ORDER BY numero")]
    assert months == [f"2023-{month:02d}" for month in range(2, 10)]
    rows = "SELECT count(*) FROM listing_rows"
    sent = "SELECT count(*) FROM events WHERE kind = 'listing_sent'"
    assert read.execute(rows).fetchone() == read.execute(sent).fetchone()


def test_the_vignettes_are_among_them(read: sqlite3.Connection) -> None:
    query = (
        "SELECT d.departement, d.date_contrat, d.fin_au_plus_tard, d.date_commission FROM dossiers"
        " AS d JOIN people AS p ON p.id = d.personne WHERE p.nom = ?"
    )
    found = {name: read.execute(query, (name,)).fetchone() for name in demo.CASES}
    assert found == {
        "Monsieur J.": ("44", "2023-02", "2025-02", None),
        "Madame B.": ("44", "2023-02-17", "2025-02-17", None),
        "Monsieur A.": ("85", "2023-03-29", "2025-03-29", None),
    }


def test_the_funnel_says_the_totals(built_demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--db", str(built_demo), *_FUNNEL]) == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    wanted = ("personnes", "menages", "signataires", "taux_signataires")
    totals = {r["departement"]: [r[n] for n in wanted] for r in rows if not r["secteur"]}
    assert totals == {
        "44": ["1028", "663", "682", "66.3"],
        "85": ["227", "146", "162", "71.4"],
    }


@pytest.fixture
def no_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGIR_TODAY", raising=False)


def test_the_command_shows_one_screen_then_proposes_what_works(
    no_day: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "essai.db"
    assert main(["--db", str(path), "demo"]) == 0
    said = capsys.readouterr()
    assert "Loire-Atlantique (44)  1028 personnes, dont 682 signataires (66,3 %)" in said.out
    assert "Vendée (85)             227 personnes, dont 162 signataires (71,4 %)" in said.out
    assert said.out.count(" jours de retard") == SHOWN
    assert "et 32 autres, 3 peut-être : agir --db" in said.out
    assert "29 jours depuis le diagnostic" in said.out
    assert len(said.out.splitlines() + said.err.splitlines()) <= 45
    proposed = [shlex.split(line) for line in said.err.splitlines() if line.startswith("  agir ")]
    assert len(proposed) == len(NEXT)
    for words in proposed:
        assert main(words[1:]) == 0, words


def test_the_command_shows_again_what_it_has_made_when_asked_to(
    demo_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = demo_file.read_bytes()
    assert main(["--db", str(demo_file), "demo"]) == 7
    assert capsys.readouterr().out == ""
    shown = []
    for _ in range(2):
        assert main(["--db", str(demo_file), "demo", "--show"]) == 0
        shown.append(capsys.readouterr())
    assert shown[0] == shown[1]
    assert "1028 personnes" in shown[0].out
    assert demo_file.read_bytes() == before


def test_the_command_makes_what_it_shall_show_and_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--db", str(tmp_path / "essai.db"), "demo", "--show"]) == 0
    assert "1028 personnes" in capsys.readouterr().out


def test_a_team_s_file_is_never_shown_as_a_demonstration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "equipe.db"
    assert main(["--db", str(path), "init", "--department", "44"]) == 0
    before = path.read_bytes()
    assert main(["--db", str(path), "demo", "--show"]) == 7
    assert "existe déjà" in capsys.readouterr().err
    assert path.read_bytes() == before


TOLD = "Fichier de démonstration : le jour pris est le 09/10/2023 ; un autre : --today\n"


def test_the_file_carries_its_day_and_the_command_says_so_once(
    no_day: None, built_demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--db", str(built_demo), "today"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Lundi 09/10/2023\n")
    assert said.err == TOLD


@pytest.mark.parametrize(
    ("words", "day"),
    [
        pytest.param(("--quiet",), "Lundi 09/10/2023\n", id="en silence"),
        pytest.param(("--today", "10/10/2023"), "Mardi 10/10/2023\n", id="un autre jour donné"),
    ],
)
def test_the_day_is_not_told_when_nobody_needs_to_hear_it(
    no_day: None,
    built_demo: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    day: str,
) -> None:
    assert main(["--db", str(built_demo), *words, "today"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(day)
    assert said.err == ""


def test_the_variable_for_the_day_wins_over_the_file(
    built_demo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGIR_TODAY", "2023-10-10")
    assert main(["--db", str(built_demo), "today"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Mardi 10/10/2023\n")
    assert said.err == ""


def test_what_is_typed_on_the_file_is_typed_on_its_day(
    no_day: None, demo_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """« hier » is the day before, and an act of the next day has not happened."""
    assert main(["--db", str(demo_file), "contract", "sign", "44-0692", "--on", "hier"]) == 0
    assert "08/10/2023" in capsys.readouterr().out
    assert main(["--db", str(demo_file), "contract", "sign", "44-0643", "--on", "10/10/2023"]) == 3


def test_what_asks_for_no_day_says_none(
    no_day: None, built_demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--db", str(built_demo), "check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_copy_handed_over_keeps_the_day(
    no_day: None, built_demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, copy = str(tmp_path / "sortie"), str(tmp_path / "copie.db")
    assert main(["--db", str(built_demo), "export", "--to", folder]) == 0
    assert main(["--db", copy, "init", "--from", folder]) == 0
    capsys.readouterr()
    assert main(["--db", copy, "today"]) == 0
    assert capsys.readouterr().err == TOLD


def test_a_day_that_somebody_has_spoilt_is_nobody_s(
    no_day: None, demo_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(demo_file)) as connection, connection:
        connection.execute(
            "UPDATE settings SET value = 'octobre' WHERE name = 'jour_de_demonstration'"
        )
    assert main(["--db", str(demo_file), "today"]) == 0
    said = capsys.readouterr()
    assert not said.out.startswith("Lundi 09/10/2023")
    assert TOLD not in said.err


def test_the_persons_are_clearly_invented(read: sqlite3.Connection) -> None:
    """Numbers of a range that no prefecture gives, telephones that are kept for fiction."""
    numbers = read.execute("SELECT agdref, telephone FROM people").fetchall()
    assert {number[:2] for number, _ in numbers if number} == {"99"}
    assert {phone[:6] for _, phone in numbers if phone} == {"063998"}


def test_names_and_births_are_as_varied_as_real_ones(read: sqlite3.Connection) -> None:
    singles = "SELECT count(*) FROM people WHERE prenoms IS NULL AND nom NOT LIKE '%.'"
    years = "SELECT count(*) FROM people WHERE length(date_naissance) = 4"
    accents = "SELECT count(*) FROM people WHERE nom GLOB '*[çşğıëéïñö]*'"
    for query in (singles, years, accents):
        assert read.execute(query).fetchone()[0] > 20


def test_who_entered_it_and_when_are_true(read: sqlite3.Connection) -> None:
    query = "SELECT DISTINCT author, substr(recorded_at, 1, 10) > ? FROM events"
    assert read.execute(query, (DAY,)).fetchall() == [(DEMONSTRATION_AUTHOR, 1)]


def _told(path: Path) -> dict[str, list[tuple[object, ...]]]:
    queries = {
        "dossiers": "SELECT * FROM dossiers ORDER BY dossier",
        "people": "SELECT * FROM people ORDER BY nom, prenoms",
        "spans": "SELECT d.dossier, s.* FROM spans AS s JOIN dossiers AS d ON d.id = s.dossier"
        " ORDER BY d.dossier, s.rowid",
        "texts": "SELECT field, value, count(*) FROM texts GROUP BY 1, 2 ORDER BY 1, 2",
        "listing_rows": "SELECT numero, ligne, contenu FROM listing_rows ORDER BY 1, 2",
    }
    hidden = {"id", "personne", "event"}
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        for name, query in queries.items():
            cursor = connection.execute(query)
            kept = [
                place
                for place, column in enumerate(cursor.description)
                if column[0] not in hidden and not (name == "spans" and place == 1)
            ]
            found[name] = [tuple(row[place] for place in kept) for row in cursor]
    return found


def test_two_builds_tell_the_same(built_demo: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.db"
    demo.build(again)
    assert _told(again) == _told(built_demo)


def test_a_file_that_is_there_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    path.write_bytes(b"mine")
    with pytest.raises(AgirFailure) as refusal:
        demo.build(path)
    assert refusal.value.exit_code == 7
    assert path.read_bytes() == b"mine"


def test_a_build_that_fails_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "half.db"
    with pytest.raises(demo.DemoFault, match=r"demo/vignettes/enroll\.csv, line 2: date_future"):
        demo.build(path, demo.TODAY.replace(year=2022))
    assert not path.exists()


def test_the_files_stay_small_enough_for_the_wheel() -> None:
    size = sum(file.stat().st_size for file in data_file("demo").rglob("*.csv"))
    assert size < 700_000
