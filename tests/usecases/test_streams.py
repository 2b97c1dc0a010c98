"""Several sites, one caseload: the same streams make the same file, whatever way they came."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.exchange import segments
from agir_cli.exchange.carriers import Folder
from agir_cli.failures import FileFailure
from agir_cli.store import settings, sites, stream
from agir_cli.usecases import sites as network
from agir_cli.usecases.ledger import NotDone
from agir_cli.usecases.personal_data import erase
from agir_cli.usecases.single import run
from agir_cli.usecases.sync import Sealed, sync
from agir_cli.usecases.upkeep import check, init_file
from tests.usecases.filing import reading
from tests.usecases.network import ORIENTED, InClear, Office, Pigeon, Storm, Year, alike


@pytest.mark.parametrize(
    ("chance", "letters"), [(n, "ABC") for n in range(5)] + [(n, "ABCDEFGHIJKLM") for n in range(5)]
)
def test_the_same_streams_make_the_same_file(tmp_path: Path, chance: int, letters: str) -> None:
    """Sites act without waiting; what moves between them is lost, doubled, late and cut."""
    draw = Random(chance)
    year = Year([Office(tmp_path, letter) for letter in letters], Storm(draw), draw)
    for _ in range(45):
        year.act()
    year.calm_down()
    assert alike(year.offices) == []
    assert year.lost() == set()
    found = {each.what for office in year.offices for each in check(office.path)}
    assert found <= {"anomalie"}, "what two sites contradict each other in, and nothing else"


@pytest.fixture
def pigeon() -> Pigeon:
    """A carrier that loses nothing."""
    return Pigeon()


def accompanied(office: Office, number: int, referent: str) -> str:
    """Enrol somebody and designate who accompanies them; the reference."""
    reference = office.does(c.Enroll, nom=f"Tesfay{number}", prenoms="Selam",
                            agdref=f"042345678{number}", **ORIENTED).reference  # fmt: skip
    office.does(c.HoldDiagnosis, dossier=reference, date_diagnostic="01/02/2023")
    office.does(c.Assign, dossier=reference, date_commission="10/02/2023", modalite="globale",
                priorites="droit_logement", referent=referent)  # fmt: skip
    return reference


def test_what_comes_twice_changes_nothing(tmp_path: Path, pigeon: Pigeon) -> None:
    a, b = Office(tmp_path, "A"), Office(tmp_path, "B")
    accompanied(a, 1, "Alice Martin")
    for office in (a, b, a):
        office.syncs(pigeon)
    before = b.path.read_bytes()
    pigeon.kept = {site: [*every, *every] for site, every in pigeon.kept.items()}
    assert b.syncs(pigeon)[:2] == (0, {})
    assert b.path.read_bytes() == before


def test_a_file_that_follows_takes_everything_and_writes_nothing(
    tmp_path: Path, pigeon: Pigeon
) -> None:
    a = Office(tmp_path, "A")
    init_file(tmp_path / "R.db", site="R", letter="R", kept={settings.FOLLOWS: "oui"})
    region = Office(tmp_path, "R")
    accompanied(a, 1, "Alice Martin")
    for office in (a, region):
        office.syncs(pigeon)
    assert alike([a, region]) == []
    with pytest.raises(FileFailure, match="rien ne s'y enregistre"):
        region.does(c.Enroll, nom="Diallo", **ORIENTED)
    assert set(pigeon.kept) == {"A"}


def test_a_referents_laptop_takes_their_dossiers_and_those_that_become_theirs(
    tmp_path: Path, pigeon: Pigeon
) -> None:
    a = Office(tmp_path, "A")
    kept = {settings.TAKES: "Alice Martin"}
    init_file(tmp_path / "P.db", departments=("44",), site="P", letter="P", kept=kept)
    laptop = Office(tmp_path, "P")
    first, second = accompanied(a, 1, "Alice Martin"), accompanied(a, 2, "Bruno Petit")
    for office in (a, laptop):
        office.syncs(pigeon)
    assert laptop.rows("SELECT dossier FROM dossiers") == [(first,)]
    assert check(laptop.path) == []
    a.does(c.Designate, dossier=second, date_referent="01/04/2023", referent="Alice Martin")
    for office in (a, laptop):
        office.syncs(pigeon)
    assert [laptop.rows(f"SELECT * FROM {t} ORDER BY 1") for t in ("dossiers", "people")] == [
        a.rows(f"SELECT * FROM {t} ORDER BY 1") for t in ("dossiers", "people")
    ]
    assert check(laptop.path) == []


class Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


def stopped_before_filling(office: Office, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exchange that ends as soon as what was left out before is to be taken."""

    def never(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(stream, "fill", never)
        with pytest.raises(Stopped):
            office.syncs(pigeon)


def test_a_laptop_stopped_before_it_had_the_whole_of_a_dossier_takes_it_the_next_time(
    tmp_path: Path, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, kept = Office(tmp_path, "A"), {settings.TAKES: "Alice Martin"}
    init_file(tmp_path / "P.db", departments=("44",), site="P", letter="P", kept=kept)
    laptop = Office(tmp_path, "P")
    second = accompanied(a, 2, "Bruno Petit")
    accompanied(a, 1, "Alice Martin")
    a.syncs(pigeon)
    stopped_before_filling(laptop, pigeon, monkeypatch)  # the first exchange
    laptop.syncs(pigeon)
    assert laptop.rows("SELECT dossier FROM dossiers") == [("44-0002",)]
    a.does(c.Designate, dossier=second, date_referent="01/04/2023", referent="Alice Martin")
    a.syncs(pigeon)
    stopped_before_filling(laptop, pigeon, monkeypatch)
    assert len(laptop.rows("SELECT dossier FROM dossiers")) == 1
    laptop.syncs(pigeon)
    assert [laptop.rows(f"SELECT * FROM {t} ORDER BY 1") for t in ("dossiers", "people")] == [
        a.rows(f"SELECT * FROM {t} ORDER BY 1") for t in ("dossiers", "people")
    ]
    assert check(laptop.path) == []


def test_whom_one_site_erases_is_erased_on_the_others_and_what_comes_later_is_emptied(
    tmp_path: Path, pigeon: Pigeon
) -> None:
    a, b, late = (Office(tmp_path, letter) for letter in "ABC")
    reference = a.does(c.Enroll, nom="Inoubliable", prenoms="Selam", **ORIENTED).reference
    for office in (a, b, late):
        office.syncs(pigeon)
    late.does(c.Enroll, dossier=reference, telephone="0612345678")
    b.does(c.Close, dossier=reference, motif="sans_suite", date_cloture="01/09/2023")
    erase(b.visitor, reference, "la personne", "elle l'a demandé")
    for office in (b, a, late, a, b, late):
        office.syncs(pigeon)
    assert alike([a, b, late]) == []
    assert all(b"Inoubliable" not in office.path.read_bytes() for office in (a, b, late))
    assert [check(office.path) for office in (a, b, late)] == [[], [], []]
    assert a.rows("SELECT count(*) FROM dossiers") == [(1,)], "a line of statistics, once"


def test_a_file_put_back_from_a_backup_takes_back_what_it_had_sent(
    tmp_path: Path, pigeon: Pigeon
) -> None:
    a, b = Office(tmp_path, "A"), Office(tmp_path, "B")
    accompanied(a, 1, "Alice Martin")
    old = a.path.read_bytes()
    accompanied(a, 2, "Bruno Petit")
    a.syncs(pigeon)
    a.path.write_bytes(old)
    assert a.syncs(pigeon).back > 0
    accompanied(a, 3, "Alice Martin")  # under a number that was not given yet
    a.syncs(pigeon)
    b.syncs(pigeon)
    assert alike([a, b]) == []


def test_a_file_put_back_that_writes_first_sends_nothing(tmp_path: Path, pigeon: Pigeon) -> None:
    a, b = Office(tmp_path, "A"), Office(tmp_path, "B")
    accompanied(a, 1, "Alice Martin")
    a.syncs(pigeon)
    old = a.path.read_bytes()
    accompanied(a, 2, "Bruno Petit")
    for office in (a, b):
        office.syncs(pigeon)
    before = b.state()
    a.path.write_bytes(old)
    for number in range(3, 7):
        accompanied(a, number, "Bruno Petit")
    with pytest.raises(FileFailure, match=r"Site A, n° .* n'est pas celui qui l'avait envoyé"):
        sync(a.visitor, pigeon, InClear())
    assert b.syncs(pigeon)[:2] == (0, {})
    assert b.state() == before


def test_a_right_used_up_and_erased_on_one_site_is_refused_on_the_others(tmp_path: Path) -> None:
    """Sealed, as a team exchanges: the key of the memory comes with the welcome."""
    a, b, carrier = Office(tmp_path, "A"), Office(tmp_path, "B"), Folder(tmp_path)
    for office, secret in ((a, b"a" * 32), (b, b"b" * 32)):
        sites.keep_beside(office.path, secret)
    code = network.code_of(network.invite(a.visitor, b"a" * 32, "B", "Antenne", ("44",)).code)
    network.ask_to_join(b.visitor, b"b" * 32, code, carrier)
    for office in (a, b):
        network.meet(office.visitor, carrier)
    said = {"nom": "Inoubliable", "prenoms": "Selam", "agdref": "0423456789", **ORIENTED}
    reference = a.does(c.Enroll, **said).reference
    a.does(c.Close, dossier=reference, motif="arret_beneficiaire", date_cloture="01/09/2023")
    erase(a.visitor, reference, "la personne", "elle l'a demandé")
    for office in (a, b, a):
        assert not sync(office.visitor, carrier, Sealed(segments, "2023-10-09")).refused
    read = read_values(c.Enroll, {**said, "nom": "Autrement"}, reading())
    assert isinstance(read, c.Enroll)
    outcome = run(b.visitor, read).outcome
    assert isinstance(outcome, NotDone)
    assert [found.code for found in outcome.findings] == ["droit_epuise_efface"]
    assert check(b.path) == []


def test_whom_two_sites_erase_apart_has_one_erasure_everywhere(
    tmp_path: Path, pigeon: Pigeon
) -> None:
    a, b = Office(tmp_path, "A"), Office(tmp_path, "B")
    reference = a.does(c.Enroll, nom="Inoubliable", prenoms="Selam", **ORIENTED).reference
    a.does(c.Close, dossier=reference, motif="sans_suite", date_cloture="01/09/2023")
    for office in (a, b):
        office.syncs(pigeon)
    for office in (a, b):
        erase(office.visitor, reference, "la personne", f"demandé à {office.path.stem}")
    for office in (b, a, b):
        office.syncs(pigeon)
    assert alike([a, b]) == []
    assert a.rows("SELECT motif FROM erasures") == [("demandé à A",)]
    assert [check(office.path) for office in (a, b)] == [[], []]
