"""The file itself: created, proved, rebuilt."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from agir_cli.domain.commands import AddStep, Enroll, HoldDiagnosis, SetSituation
from agir_cli.failures import FileFailure
from agir_cli.store import soundness
from agir_cli.store.soundness import remedy
from agir_cli.usecases.consult import record
from agir_cli.usecases.upkeep import check, clock_gone_back, init_file, rebuild
from tests.store.faulty import behind
from tests.usecases.team import Team


def spoil(team: Team, statement: str) -> None:
    """Change the file behind the program's back."""
    connection = sqlite3.connect(team.visitor.path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture
def lived(team: Team) -> Team:
    """A file with some life in it."""
    ref = team.enrols(nom="DIALLO", date_cir="09/01/2023", orientation="acceptee")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    team.does(AddStep, dossier=ref, etape="FLE", domaine="langue")
    team.does(SetSituation, dossier=ref, date_situation="2023-03", niveau_francais="a1")
    team.enrols(nom="BARRY", departement="85")
    return team


def test_a_sound_file_has_nothing_to_say(lived: Team) -> None:
    assert check(lived.visitor.path) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param("UPDATE dossiers SET etape = 'clos'", "colonne etape", id="étape"),
        pytest.param("UPDATE dossiers SET referent = 'x'", "colonne referent", id="référent"),
        pytest.param("DELETE FROM dossiers", "dossier absent de la liste", id="dossiers"),
        pytest.param("DELETE FROM spans", "table spans", id="délais"),
        pytest.param("UPDATE steps SET heures = 3", "table steps", id="étapes du parcours"),
        pytest.param("DELETE FROM situations", "table situations", id="situations"),
        pytest.param(
            "INSERT INTO interviews VALUES ((SELECT id FROM dossiers LIMIT 1), 0, '2023-02-02',"
            " '2023-02-02')", "table interviews", id="entretiens"),
        pytest.param(
            "INSERT INTO appointments (dossier, nature, rang, jour) VALUES"
            " ((SELECT id FROM dossiers LIMIT 1), 'diagnostic', 0, '2023-02-02')",
            "table appointments", id="rendez-vous"),
    ],
)  # fmt: skip
def test_a_list_that_differs_from_the_journal_is_found_and_rebuilt(
    lived: Team, statement: str, told: str
) -> None:
    spoil(lived, statement)
    found = check(lived.visitor.path)
    assert told in {difference.what for difference in found}
    assert {d.dossier for d in found} <= {"44-0001", "85-0001", ""}
    assert rebuild(lived.visitor) == 2
    assert check(lived.visitor.path) == []


def test_an_identity_that_is_gone_is_found(lived: Team) -> None:
    spoil(lived, "DELETE FROM people")
    told = {d.what for d in check(lived.visitor.path)}
    assert told == {"dossier sans personne", "ligne changée"}


def test_a_dossier_without_a_journal_is_found(lived: Team) -> None:
    spoil(lived, "UPDATE dossiers SET id = 'X' || id WHERE dossier = '85-0001'")
    assert "dossier sans journal" in {d.what for d in check(lived.visitor.path)}


@pytest.mark.parametrize(
    ("change", "part"),
    [
        pytest.param("kind = 'zzz'", "nature est inconnue", id="nature"),
        pytest.param("payload = '{\"nom'", "contenu est coupé", id="contenu coupé"),
        pytest.param("payload = '{\"date_cir\":\"hier\"}'", "contenu", id="valeur changée"),
        pytest.param("payload = '{\"date_cir\":3}'", "contenu", id="valeur d'une autre nature"),
        pytest.param(
            "effective_from = '2023-13-45', effective_to = '2023-13-45'", "date",
            id="jour impossible"),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_named(lived: Team, change: str, part: str) -> None:
    ((event,),) = lived.rows("SELECT id FROM events WHERE seq = 2")
    behind(lived.visitor.path, f"UPDATE events SET {change} WHERE id = '{event}'")
    found = [d for d in check(lived.visitor.path) if d.what == "événement illisible"]
    assert [(d.dossier, str(event) in d.detail) for d in found] == [("44-0001", True)]
    assert part in found[0].detail
    assert not any("CHECK" in d.detail or "None" in d.detail for d in check(lived.visitor.path))
    for act in (lambda: rebuild(lived.visitor), lambda: record(lived.visitor, "44-0001")):
        with pytest.raises(FileFailure, match=r"44-0001.*ne se lit pas") as told:
            act()
        assert str(event) in told.value.sentence


def test_an_event_that_is_gone_is_counted_and_no_rebuild_is_advised(lived: Team) -> None:
    behind(lived.visitor.path, "DELETE FROM events WHERE seq IN (2, 3)")
    found = check(lived.visitor.path)
    kinds = [d.what for d in found]
    (gap,) = [d for d in found if d.what == "journal incomplet"]
    assert gap.detail == "site A : 2 événements effacés (n° 2 à 3)"
    for kind in kinds:
        advice = remedy(kind, lived.visitor.path, kinds)
        assert "sauvegarde" in advice
        assert not advice.startswith("recalculez")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param(
            "DROP TRIGGER events_never_vanish", "« events_never_vanish » n'y est plus",
            id="protection ôtée"),
        pytest.param(
            "CREATE TRIGGER t AFTER INSERT ON people BEGIN SELECT 1; END", "« t » n'est pas",
            id="protection ajoutée"),
        pytest.param("DROP INDEX spans_running", "l'index « spans_running » n'y est", id="index"),
        pytest.param("DROP TABLE spans", "la table « spans » n'y est plus", id="table ôtée"),
        pytest.param("CREATE TABLE a (b)", "la table « a » n'est pas du programme", id="table"),
        pytest.param(
            "ALTER TABLE people ADD COLUMN x TEXT", "la table « people » n'est pas celle",
            id="colonne"),
    ],
)  # fmt: skip
def test_a_file_built_otherwise_is_told(lived: Team, statement: str, told: str) -> None:
    spoil(lived, statement)
    found = [d for d in check(lived.visitor.path) if d.what == "construction du fichier"]
    assert told in found[0].detail
    assert "rebuild" not in remedy("construction du fichier", lived.visitor.path)


def test_a_former_telephone_leaves_no_key_and_one_put_back_is_found(lived: Team) -> None:
    lived.does(Enroll, dossier="44-0001", telephone="0611111111")
    lived.does(Enroll, dossier="44-0001", telephone="0622222222")
    assert not check(lived.visitor.path)
    spoil(lived, "INSERT INTO name_keys SELECT 7, min(id) FROM people")
    assert {d.what for d in check(lived.visitor.path)} == {"nom de recherche"}


def test_a_key_of_search_that_does_not_follow_from_the_name_is_mended(lived: Team) -> None:
    spoil(lived, "UPDATE people SET name_key = 'x'")
    found = check(lived.visitor.path)
    assert {d.what for d in found} == {"nom de recherche"}
    assert [d.dossier for d in found] == ["44-0001", "85-0001"]
    rebuild(lived.visitor)
    assert check(lived.visitor.path) == []


def test_one_person_with_two_open_dossiers_is_told(lived: Team) -> None:
    spoil(lived, "UPDATE dossiers SET personne = (SELECT max(personne) FROM dossiers)")
    found = {d.what: d.detail for d in check(lived.visitor.path)}
    assert found["deux dossiers ouverts"] == "de la même personne : 44-0001, 85-0001"


def test_an_open_dossier_beside_a_used_up_right_is_told(lived: Team) -> None:
    spoil(
        lived,
        "UPDATE dossiers SET personne = (SELECT max(personne) FROM dossiers),"
        " definitif = iif(dossier = '44-0001', 'oui', 'non'),"
        " etape = iif(dossier = '44-0001', 'clos', etape)",
    )
    found = {d.what: (d.dossier, d.detail) for d in check(lived.visitor.path)}
    assert found["droit épuisé"][0] == "85-0001"
    assert "44-0001" in found["droit épuisé"][1]


def test_a_clock_gone_back_is_told(lived: Team) -> None:
    assert clock_gone_back(lived.visitor.path) is None
    behind(
        lived.visitor.path,
        "UPDATE events SET recorded_at = '2999-01-01T00:00:00.000000Z'"
        " WHERE id = (SELECT max(id) FROM events)",
    )
    assert clock_gone_back(lived.visitor.path) == "01/01/2999"
    assert "horloge" in [d.what for d in check(lived.visitor.path)]


@pytest.mark.parametrize(
    ("hours", "told"), [pytest.param(6, True, id="six heures"), pytest.param(0, False, id="juste")]
)
def test_a_clock_that_was_set_back_is_told(lived: Team, hours: int, told: bool) -> None:
    behind(
        lived.visitor.path,
        "UPDATE events SET recorded_at = strftime('%Y-%m-%dT%H:%M:%S.000000Z', recorded_at,"
        f" '-{hours} hours') WHERE id = (SELECT max(id) FROM events)",
    )
    details = [d.detail for d in check(lived.visitor.path) if d.what == "horloge"]
    assert bool(details) is told
    assert all("n°" in detail for detail in details)


def test_what_a_dossier_contradicts_is_told_in_words(lived: Team) -> None:
    behind(
        lived.visitor.path,
        "INSERT INTO events SELECT '7' || id, dossier, kind, '2023-02-25', '2023-02-25',"
        " recorded_at, author, site, 99, batch, payload, salt, hash FROM events"
        " WHERE kind = 'diagnosis_held'",
    )
    told = {d.detail for d in check(lived.visitor.path) if d.what == "anomalie"}
    assert told == {"deux diagnostics, à deux dates"}


@pytest.mark.parametrize("text", ["garbage[", "code = 'x'", "a = 1"])
def test_an_added_rule_that_cannot_be_read_is_named(lived: Team, text: str) -> None:
    connection = sqlite3.connect(lived.visitor.path)
    connection.execute("INSERT INTO rule_texts VALUES ('equipe', ?)", (text,))
    connection.commit()
    connection.close()
    for act in (lambda: check(lived.visitor.path), lambda: rebuild(lived.visitor)):
        with pytest.raises(FileFailure, match=r"règles ajoutées .* equipe"):
            act()


def test_every_kind_of_difference_has_its_remedy() -> None:
    """The lists' own kinds are mended by a rebuild; no other is."""
    told = set(
        re.findall(r'Difference\([^,]+, "([^"{]+)"', Path(soundness.__file__).read_text("utf-8"))
    )
    assert told - set(soundness.REMEDIES) == set()
    assert len(told) > 8


def test_what_lies_beside_the_file_is_told(lived: Team) -> None:
    """A synchroniser's second copy, or a journal that is not this file's [faults, T13]."""
    path = lived.visitor.path
    for name in (
        f"{path.stem} (conflicted copy 2023-11-23).db",
        f"{path.stem} (copie en conflit).db",
        f"{path.stem}.sync-conflict-20231123.db",
        f"{path.name}-wal",
    ):
        extra = path.with_name(name)
        extra.write_bytes(b"")
        found = check(path)
        assert len(found) == 1, name
        assert name in found[0].detail
        extra.unlink()
    assert check(path) == []


def test_a_file_in_wal_mode_is_told(lived: Team) -> None:
    """Older SQLite has a bug that damages files in this mode [faults, T25]."""
    spoil(lived, "PRAGMA journal_mode = WAL")
    found = check(lived.visitor.path)
    expected = sqlite3.sqlite_version_info < (3, 51, 3)
    assert ("mode du fichier" in {d.what for d in found}) is expected


def test_nothing_is_ever_overwritten_by_a_new_file(lived: Team) -> None:
    before = lived.visitor.path.read_bytes()
    with pytest.raises(FileFailure, match="existe déjà"):
        init_file(lived.visitor.path, departments=("44",), site=None)
    assert lived.visitor.path.read_bytes() == before


def test_a_new_file_knows_its_department_letter_and_offices(tmp_path: Path) -> None:
    path = tmp_path / "neuf" / "equipe.db"
    init_file(path, departments=("44",), site="B", letter="B")
    team = Team(path)
    assert team.enrols(nom="DIALLO") == "44B-0001"
    assert team.rows("SELECT DISTINCT site FROM events") == [("B",)]
    assert len(team.rows("SELECT * FROM offices")) > 5
