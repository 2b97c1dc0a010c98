"""`report dossiers` and the file as it stood."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agir_cli.domain.events import Kind
from agir_cli.domain.vocabulary import Housing, Priority, SupportMode, Work
from agir_cli.reports import listing
from agir_cli.reports.history import perhaps_there, rewind
from agir_cli.reports.selection import Filters, checked
from agir_cli.store.driver import Connection, writing
from agir_cli.store.file import open_file
from agir_cli.store.lists import DOSSIER_COLUMNS
from tests.reports.building import accepted, add, event, id_of, new_file

PRIORITIES = (Priority.RIGHTS_HOUSING, Priority.EMPLOYMENT_TRAINING)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    connection = new_file(tmp_path / "essai.db")
    before = [*accepted("2023-01-09", "2023-01-09"), event(Kind.DIAGNOSIS_HELD, "2023-01-13")]
    add(
        connection, 1, *before,
        event(
            Kind.REFERENT_DESIGNATED, "2023-02-01", referent="R1", priorites=PRIORITIES,
            modalite=SupportMode.FULL,
        ),
        event(Kind.CONTRACT_SIGNED, "2023-02-17", words={"projet": "pâtisserie"}),
        event(Kind.SITUATION_RECORDED, "2023-07-10", situation_logement=Housing.ASSISTED),
        nom="BENALI", prenoms="Nadia", person={"agdref": "0123456789"},
        facts={"situation_logement": Housing.DNA, "situation_professionnelle": Work.NONE},
    )  # fmt: skip
    add(connection, 2, *before, department="85")
    add(connection, 3, event(Kind.LIAISON_FORM_COMPLETED, "2023-03-01"))
    connection.execute("INSERT INTO referents VALUES ('R1', 'DURAND Anne', 'CFP', NULL)")
    connection.close()
    return tmp_path / "essai.db"


@pytest.fixture
def file(path: Path) -> Connection:
    return open_file(path, write=False)


def only(file: Connection, names: str, filters: Filters = Filters()) -> list[tuple[Any, ...]]:  # noqa: B008
    return list(listing.rows(file, names.split(), checked(file, filters)))


def test_columns_begin_and_end_as_promised() -> None:
    assert listing.COLUMNS[:7] == (
        "dossier", "departement", "voie", "etape", "agdref", "nom", "prenoms",
    )  # fmt: skip
    place = listing.COLUMNS.index("echeance_diagnostic")
    assert listing.COLUMNS[place : place + 4] == (
        "echeance_diagnostic", "echeance_contrat", "fin_au_plus_tard", "definitif",
    )  # fmt: skip


def test_every_column_of_the_projection_is_there_but_its_keys() -> None:
    left = set(DOSSIER_COLUMNS) - set(listing.COLUMNS)
    assert {name for name in left if not name.endswith(("_min", "_max"))} == {"id", "personne"}
    assert len(set(listing.COLUMNS)) == len(listing.COLUMNS)


def test_a_row_joins_the_person_and_the_three_situations(file: Connection) -> None:
    (row,) = only(
        file,
        "dossier voie etape agdref nom situation_logement_entree situation_logement_actuelle"
        " situation_logement_sortie fin_au_plus_tard definitif",
        Filters(referent="durand anne"),
    )
    assert row == (
        "44-0001", "n", "accompagnement", "0123456789", "BENALI", "dna", "logement_accompagne",
        None, "2025-02-17", "non",
    )  # fmt: skip


def test_free_words_come_only_by_name(file: Connection) -> None:
    assert "projet" not in listing.COLUMNS
    assert only(file, "dossier projet", Filters(department="44")) == [
        ("44-0001", "pâtisserie"), ("44-0003", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), ["44-0001", "44-0003", "85-0002"]),
        (Filters(stage="commission"), ["85-0002"]),
        (Filters(stage="commission, liaison"), ["44-0003", "85-0002"]),
        (Filters(route="n"), ["44-0001", "85-0002"]),
        (Filters(route="inconnue"), ["44-0003"]),
        (Filters(priority="emploi_formation"), ["44-0001"]),
        (Filters(mode="appui,globale"), ["44-0001"]),
        (Filters(organisation="cfp"), ["44-0001"]),
        (Filters(department="85", route="inconnue"), []),
    ],
)
def test_filters(file: Connection, filters: Filters, expected: list[str]) -> None:
    assert [row[0] for row in only(file, "dossier", filters)] == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2022-12-31", []),
        ("2023-01-10", [("44-0001", "diagnostic", None), ("85-0002", "diagnostic", None)]),
        (
            "2023-02-16",
            [("44-0001", "contractualisation", "R1"), ("85-0002", "commission", None)],
        ),
        (
            "2023-03-01",
            [("44-0001", "accompagnement", "R1"), ("44-0003", "liaison", None),
             ("85-0002", "commission", None)],
        ),
    ],
)  # fmt: skip
def test_the_list_as_of_a_day(file: Connection, day: str, expected: list[Any]) -> None:
    rewind(file, as_of=date.fromisoformat(day))
    assert only(file, "dossier etape referent") == expected


@pytest.mark.parametrize(("day", "there"), [("2023-05-01", []), ("2023-09-15", ["44-0004"])])
def test_whoever_is_still_to_arrive_is_another_departments(
    path: Path, day: str, there: list[str]
) -> None:
    """An arrival told again of a later day: until then the person had not come."""
    connection = open_file(path, write=True)
    arrivals = [event(Kind.TRANSFER_RECEIVED, on, departement_origine="85")
                for on in ("2023-01-10", "2023-09-01")]  # fmt: skip
    add(connection, 4, *arrivals)
    rewind(connection, as_of=date.fromisoformat(day))
    assert [row[0] for row in only(connection, "dossier") if row[0] == "44-0004"] == there
    connection.close()


def test_the_list_as_known_on_a_day_follows_the_recording(path: Path) -> None:
    """Recorded at 23:30 UTC on 1 November is known on the 2nd in Paris, an hour ahead."""
    connection = open_file(path, write=True)
    with writing(connection):
        connection.execute("DROP TRIGGER events_never_change")
        connection.execute(
            "UPDATE events SET recorded_at = '2023-11-01T23:30:00.000000Z'"
            " WHERE kind = 'contract_signed'"
        )
    connection.close()
    for day, expected in ((1, "contractualisation"), (2, "accompagnement")):
        reader = open_file(path, write=False)
        rewind(reader, known_on=date(2023, 11, day))
        assert only(reader, "etape", Filters(referent="R1")) == [(expected,)]


def test_rewinding_writes_nothing(path: Path, file: Connection) -> None:
    before = path.read_bytes()
    rewind(file, as_of=date(2023, 1, 10))
    with pytest.raises(Exception, match="readonly"):
        file.execute("DELETE FROM main.dossiers")
    file.close()
    assert path.read_bytes() == before


def test_a_dossier_without_any_date_is_always_there(path: Path) -> None:
    connection = open_file(path, write=True)
    add(connection, 9)
    rewind(connection, as_of=date(2000, 1, 1))
    assert connection.execute("SELECT id FROM dossiers").fetchall() == [(id_of(9),)]


@pytest.mark.parametrize(
    ("day", "there", "perhaps"),
    [
        pytest.param("2023-02-28", 0, 0, id="avant l'intervalle"),
        pytest.param("2023-03-01", 0, 1, id="le premier jour possible"),
        pytest.param("2023-04-29", 0, 1, id="dans l'intervalle"),
        pytest.param("2023-04-30", 1, 0, id="le dernier jour possible"),
    ],
)
def test_who_was_perhaps_there_is_counted_apart(
    tmp_path: Path, day: str, there: int, perhaps: int
) -> None:
    """What is only possible is shown apart (invariants, Days)."""
    connection = new_file(tmp_path / "vague.db")
    add(connection, 1, event(Kind.CIR_SIGNED, "[2023-03..2023-04]"))
    as_of = date.fromisoformat(day)
    rewind(connection, as_of=as_of)
    assert connection.execute("SELECT count(*) FROM dossiers").fetchone() == (there,)
    assert perhaps_there(connection, as_of, Filters()) == perhaps
    assert perhaps_there(connection, as_of, Filters(department="85")) == 0
    assert perhaps_there(connection, as_of, Filters(stage=",clos,")) == perhaps
    assert perhaps_there(connection, as_of, Filters(), known_on=date(2000, 1, 1)) == 0
