"""Finality outlives erasure: keyed fingerprints, with an end, that tell nothing without the key."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from agir_cli.failures import FileFailure
from agir_cli.identity.evidence import Birth, Traits, traits_words
from agir_cli.identity.memory import end_of, fingerprints
from agir_cli.store import memory, memory_keys
from agir_cli.store.file import consulting, create_file, recording
from agir_cli.store.memory_keys import key_of

KEY = key_of(bytes(range(32)))
OTHER = key_of(bytes(32))
DECIDED, END = date(2023, 5, 12), date(2025, 12, 31)


def person(nom: str, prenoms: str, birth: Birth | None, number: str = "") -> Traits:
    births = (birth,) if birth else ()
    return Traits((traits_words(nom, prenoms),), births, (number,) if number else ())


REFUSED = person("Mohammadi", "Farid", Birth(1994, 3, 7), "0123456789")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "equipe.db"
    create_file(place)
    with recording(place) as connection:
        memory.remember(connection, KEY, REFUSED, DECIDED, END)
    return place


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        pytest.param(person("X", "Y", None, "0123456789"), "agdref", id="le même numéro"),
        pytest.param(person("X", "Y", None, "123456789"), "agdref", id="son zéro perdu"),
        pytest.param(person("MOHAMMADI", "Farîd", Birth(1994, 3, 7)), "identite", id="accents"),
        pytest.param(person("Mohamadi", "Fareed", Birth(1994, 3, 7)), "identite", id="graphie"),
        pytest.param(person("Farid", "Mohammadi", Birth(1994, 3, 7)), "identite", id="échangés"),
        pytest.param(person("Mohammadi", "Farid", Birth(1994, 7, 3)), "identite", id="jour-mois"),
        pytest.param(person("Mohammadi", "Farid", Birth(1994, 1, 1)), "identite", id="1er janvier"),
        pytest.param(person("محمدی", "فرید", Birth(1994, 3, 7)), "identite", id="autre alphabet"),
        pytest.param(person("Mohammadi", "Farid", Birth(1994)), "identite", id="année seule"),
        pytest.param(person("Mohammadi", "Farid", Birth(1986, 3, 7)), "identite", id="calendrier"),
        pytest.param(person("Farid", "", Birth(1994, 3, 7)), "identite", id="un seul nom"),
        pytest.param(person("Mohammadi", "Farid", None), "identite", id="sans naissance"),
        pytest.param(
            person("Mohammadi", "Farid Ahmad", Birth(1994, 3, 7)), "identite", id="un nom de plus"
        ),
    ],
)
def test_an_erased_person_is_met_again(path: Path, who: Traits, kind: str) -> None:
    with consulting(path) as connection:
        found = memory.remembered(connection, [KEY], who, date(2024, 1, 1))
    assert found == (kind, "2023-05", "2025-12-31", False)


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(person("Mohammadi", "Farid", Birth(1995, 4, 7)), id="une autre année"),
        pytest.param(person("Mohammadi", "Karim", Birth(1994, 3, 7)), id="le frère jumeau"),
        pytest.param(person("Mohammadi", "Farid", Birth(1994, 3, 9)), id="un autre jour"),
        pytest.param(person("Mohammadi", "Farid Ahmad", None), id="un nom de plus, sans naissance"),
        pytest.param(person("Noori", "Karim", None, "9999999998"), id="un autre numéro"),
    ],
)
def test_nobody_else_is(path: Path, who: Traits) -> None:
    with consulting(path) as connection:
        assert memory.remembered(connection, [KEY], who, date(2024, 1, 1)) is None


def test_another_key_tells_nothing(path: Path) -> None:
    with consulting(path) as connection:
        assert memory.remembered(connection, [OTHER], REFUSED, date(2024, 1, 1)) is None
        tags = {row[0] for row in connection.execute("SELECT empreinte FROM final_memory")}
    plain = {hashlib.sha256(text.encode()).hexdigest() for text in ("0123456789", "123456789")}
    assert tags.isdisjoint(plain)


def test_the_table_holds_a_kind_a_month_and_an_end_alone(path: Path) -> None:
    with consulting(path) as connection:
        rows = connection.execute("SELECT sorte, mois, cle, expire_le FROM final_memory").fetchall()
        assert memory.of_person(connection, [KEY], REFUSED, DECIDED)
    assert {row[1:] for row in rows} == {("2023-05", KEY.id, "2025-12-31")}


def test_a_fingerprint_ends(path: Path) -> None:
    with recording(path) as connection:
        assert memory.remembered(connection, [KEY], REFUSED, date(2025, 12, 31)) is not None
        assert memory.remembered(connection, [KEY], REFUSED, date(2026, 1, 1)) is None
        assert memory.forget_ended(connection, date(2026, 1, 1)) == len(
            fingerprints(KEY.secret, REFUSED)
        )


@pytest.mark.parametrize(
    ("cir", "decided", "end"),
    [([2023], DECIDED, END), ([], DECIDED, END), ([2022, 2024], DECIDED, date(2026, 12, 31))],
)
def test_the_end_is_when_nobody_can_be_eligible(cir: list[int], decided: date, end: date) -> None:
    assert end_of(cir, decided) == end


def test_a_key_is_made_once_and_read_again_from_its_sheet(path: Path) -> None:
    with recording(path) as connection:
        made, new = memory_keys.present(connection)
        assert (new, memory_keys.present(connection)) == (True, (made, False))
    assert memory_keys.path_of(path).stat().st_mode & 0o777 == 0o600
    sheet = "\n".join(memory_keys.recovery_sheet(made))
    assert made.id in sheet
    assert made.secret.hex() not in repr(made)
    kept = memory_keys.path_of(path).read_text("ascii")
    assert memory_keys.typed(sheet) == memory_keys.typed(kept) == made


def test_a_lost_key_is_said_and_put_back(path: Path) -> None:
    with recording(path) as connection:
        made, _ = memory_keys.present(connection)
    memory_keys.path_of(path).unlink()
    with consulting(path) as connection:
        assert made.id in memory_keys.lost(connection, path)
        with pytest.raises(FileFailure, match=made.id):
            memory_keys.keys(connection)
    memory_keys.keep(path, made)
    with consulting(path) as connection:
        assert memory_keys.lost(connection, path) == ""
        assert memory_keys.keys(connection) == [made]


@pytest.mark.parametrize("damage", ["une ligne de trop de mots", "0 1", "", "é"])
def test_a_damaged_key_is_one_sentence(path: Path, damage: str) -> None:
    with recording(path) as connection:
        memory_keys.present(connection)
    memory_keys.path_of(path).write_text(damage, "utf-8")
    with consulting(path) as connection, pytest.raises(FileFailure):
        memory_keys.keys(connection)


def test_fingerprints_of_several_keys_are_met(path: Path) -> None:
    """Sites that came together, and a key that was changed."""
    with recording(path) as connection:
        other = person("Noori", "Karim", Birth(1990, 5, 6), "9999999990")
        memory.remember(connection, OTHER, other, DECIDED, END)
        for who in (other, REFUSED):
            assert memory.remembered(connection, [KEY, OTHER], who, DECIDED) is not None
