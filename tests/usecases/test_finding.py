"""Finding a person: however the name is written, by the name of use, and nearly."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from agir_cli.domain.commands import Close, Enroll, HoldDiagnosis
from agir_cli.domain.reading import read_values
from agir_cli.failures import NotFoundFailure
from agir_cli.store.file import consulting
from agir_cli.store.lookup import _kinds, find, find_each, find_one
from agir_cli.usecases.consult import look_for, search
from agir_cli.usecases.doubles import Search, traits_of
from tests.usecases.filing import File, reading
from tests.usecases.team import Team, codes


@pytest.mark.parametrize("written", ["N'DIAYE", "N’Diaye", "NDIAYE", "n`diaye"])
@pytest.mark.parametrize("typed", ["ndiaye", "N'DIAYE", "n’dia", "awa ndiaye"])
def test_an_apostrophe_is_nothing(team: Team, written: str, typed: str) -> None:
    ref = team.enrols(nom=written, prenoms="Awa")
    assert [c.reference for c, _ in look_for(team.visitor, typed)] == [ref]


def test_an_apostrophe_does_not_hide_the_same_person(team: Team) -> None:
    team.enrols(nom="N'DIAYE", prenoms="Awa", date_naissance="1994")
    outcome = team.refusal(Enroll, nom="NDIAYE", prenoms="Awa", date_naissance="1994")
    assert codes(outcome) == ["meme_personne"]


@pytest.mark.parametrize("typed", ["traoré", "traore zoé", "trao"])
def test_a_person_is_found_by_the_name_of_use(team: Team, typed: str) -> None:
    ref = team.enrols(nom="KABORE", prenoms="Zoé", nom_usage="Traoré")
    team.enrols(nom="BARRY", prenoms="Zoé")
    assert [c.reference for c, _ in look_for(team.visitor, typed)] == [ref]


@pytest.mark.parametrize("typed", ["dialo", "awwa", "jallow"])
def test_a_name_is_found_by_its_sound(team: Team, typed: str) -> None:
    ref = team.enrols(nom="DIALLO", prenoms="Awa")
    team.enrols(nom="KARIMI", prenoms="Zoé")
    found = look_for(team.visitor, typed)
    assert [(c.reference, why) for c, why in found] == [(ref, "orthographe proche")]


@pytest.mark.parametrize("typed", ["dalilo", "awwat"])
def test_a_name_typed_wrong_proposes_the_nearest(team: Team, typed: str) -> None:
    ref = team.enrols(nom="DIALLO", prenoms="Awa")
    team.enrols(nom="KARIMI", prenoms="Zoé")
    with pytest.raises(NotFoundFailure) as failure:
        look_for(team.visitor, typed)
    assert failure.value.details[0] == "Orthographe proche :"
    assert [line.split()[0] for line in failure.value.details[1:]] == [ref]


def test_nothing_near_proposes_nothing(team: Team) -> None:
    team.enrols(nom="DIALLO", prenoms="Awa")
    for typed in ("zzz", "44-0999", "0123456789"):
        with pytest.raises(NotFoundFailure) as failure:
            look_for(team.visitor, typed)
        assert failure.value.details == ()


@pytest.mark.parametrize(
    ("typed", "found"),
    [("0123456789", 1), ("123456789", 1), ("01 23 45", 1), ("012345678", 0), ("01234567890", 0)],
)
def test_a_whole_number_is_no_beginning(team: Team, typed: str, found: int) -> None:
    team.enrols(nom="DIALLO", agdref="0123456789")
    assert len(search(team.visitor, typed)) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("44-2", ["44-0002"]), ("44-00", ["44-0001", "44-0002"]), ("44-0", ["44-0001", "44-0002"]),
        ("0123456702", ["44-0002"]), ("123456702", ["44-0002"]), ("01234", ["44-0001", "44-0002"]),
        ("0999999999", []), ("999999999", []), ("44-*", []), ("012?", ["44-0001", "44-0002"]),
    ],
)  # fmt: skip
def test_a_reference_or_a_number_may_be_begun(team: Team, typed: str, found: list[str]) -> None:
    for number in ("0123456701", "0123456702"):
        team.enrols(nom=f"N{number}", agdref=number)
    with consulting(team.visitor.path) as connection:
        assert [c.reference for c in find(connection, typed)] == found


@pytest.mark.parametrize("typed", ["0123456701", "44-0001", "44-00", "0999999999", "01ARZ3NDEK"])
def test_no_number_is_looked_for_in_every_dossier(team: Team, typed: str) -> None:
    """A file of acts names its dossiers by their numbers: each row asks."""
    with consulting(team.visitor.path) as connection:
        for query, *values in _kinds(typed):
            plan = [
                str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values)
            ]
            walked = [step for step in plan if step.startswith("SCAN") and "json_each" not in step]
            assert walked == [], plan


def test_many_names_are_looked_for_at_once(team: Team) -> None:
    """A file of acts may name its dossiers by the persons' names: each row asks."""
    for nom, prenoms in (("BAH", "Awa"), ("BAH", "Awa Fatou"), ("BAHRI", "Zoé"), ("DIALLO", "Bah")):
        team.enrols(nom=nom, prenoms=prenoms)
    team.enrols(nom="KABORE", prenoms="Zoé", nom_usage="Bah-Traoré")
    typed = ["bah", "awa bah", "zoe", "bahr", "traor kab", "zo bah", "fat", "44-0003", "", "nobody"]
    with consulting(team.visitor.path) as connection:
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        found = find_each(connection, typed)
        looked = [query for query in asked if "name_key, nom_usage FROM people" in query]
        assert found == {text: find(connection, text) for text in typed}
    told = {text: [c.reference[-1] for c in candidates] for text, candidates in found.items()}
    assert told == {
        "bah": ["1", "2", "4", "5"], "awa bah": ["1", "2"], "zoe": ["3", "5"], "bahr": ["3"],
        "traor kab": ["5"], "zo bah": ["3", "5"], "fat": ["2"], "44-0003": ["3"], "": [],
        "nobody": [],
    }  # fmt: skip
    assert len(looked) == 2  # for whole words, then for words that are only begun


def test_a_name_of_two_persons_is_asked_about_even_if_one_has_left(team: Team) -> None:
    first = team.enrols(nom="BAH", prenoms="Ali", agdref="0123456701")
    team.enrols(nom="BAH", prenoms="Awa", agdref="0123456702")
    team.does(Close, dossier=first, date_cloture="01/06/2023", motif="transfert")
    with consulting(team.visitor.path) as connection, pytest.raises(NotFoundFailure):
        find_one(connection, "bah")
    assert codes(team.refusal(HoldDiagnosis, dossier="bah", date_diagnostic="01/02/2023")) == [
        "dossier_ambigu"
    ]


def test_how_a_file_is_cut_changes_nothing_of_what_is_proposed(tmp_path: Path) -> None:
    def row(born: date) -> Enroll:
        given = {"nom": "KEITA-INVENTE", "prenoms": "Moussa", "date_naissance": str(born)}
        read = read_values(Enroll, {**given, "departement": "44"}, reading())
        assert isinstance(read, Enroll)
        return read

    file = File(tmp_path / "equipe.db")
    file.does(Enroll, nom="KEITA-INVENTE", prenoms="Moussa", date_naissance="1990-03-24",
              departement="44")  # fmt: skip
    others = [row(date(1989, 1, 1) + timedelta(days=n)) for n in range(900)]
    with consulting(file.path) as connection:
        doubles = Search(connection, lambda: None)
        for born in (date(1991, 3, 24), date(1990, 3, 25), date(1980, 3, 24)):
            wanted = row(born)
            doubles.read_ahead([wanted])
            alone = doubles.of(wanted)
            assert len(alone) == 1
            doubles.read_ahead([*others, wanted])
            assert doubles.of(wanted) == alone, "900 others asked for the same word, of one person"
            for n in range(500):
                doubles.add(f"refused-{n}", traits_of(row(date(1990, 3, 24))))
                doubles.drop(f"refused-{n}")
            assert doubles.of(wanted) == alone, "who is not written is of no crowd"
