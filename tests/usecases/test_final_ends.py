"""A final end refuses on every site of a network: erased or not, followed there or not.

Every person is invented.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.exchange import segments
from agir_cli.exchange.carriers import Folder
from agir_cli.store import sites
from agir_cli.usecases import sites as network
from agir_cli.usecases.ledger import NotDone
from agir_cli.usecases.memory import lift
from agir_cli.usecases.personal_data import erase
from agir_cli.usecases.single import run
from agir_cli.usecases.sync import Sealed, sync
from agir_cli.usecases.undo import undo
from agir_cli.usecases.upkeep import check
from tests.usecases.filing import reading
from tests.usecases.network import ORIENTED, Office

_SECRETS = {"A": b"a" * 32, "B": b"b" * 32}
WHOM = {"nom": "Inoubliable", "prenoms": "Selam", "agdref": "0423456789",
        "date_naissance": "12/05/1994"}  # fmt: skip


class Sites:
    """Two offices and a folder, sealed: 44, and 85, which reads nothing of the 44."""

    def __init__(self, folder: Path, departments: tuple[str, ...] = ("85",)) -> None:
        self.a, self.b = Office(folder, "A"), Office(folder, "B", departments)
        self.folder = Folder(folder)
        for office, letter in ((self.a, "A"), (self.b, "B")):
            sites.keep_beside(office.path, _SECRETS[letter])

    def join(self) -> Sites:
        made = network.invite(self.a.visitor, _SECRETS["A"], "B", "Antenne", self.b_follows())
        network.ask_to_join(self.b.visitor, _SECRETS["B"], network.code_of(made.code), self.folder)
        for office in (self.a, self.b):
            network.meet(office.visitor, self.folder)
        return self

    def b_follows(self) -> tuple[str, ...]:
        ((departments,),) = self.b.rows("SELECT value FROM settings WHERE name = 'departement'")
        return tuple(str(departments).split(","))

    def sync(self) -> None:
        for office in (self.a, self.b, self.a, self.b):
            done = sync(office.visitor, self.folder, Sealed(segments, "2023-10-09"))
            assert not done.refused, [fault.sentence for fault in done.refused]

    def ends(self, motif: str, office: Office | None = None, **said: str) -> str:
        office = office or self.a
        where = ORIENTED if office is self.a else IN_VENDEE
        reference = office.does(c.Enroll, **{**WHOM, **said}, **where).reference
        office.does(c.Close, dossier=reference, motif=motif, date_cloture="01/09/2023")
        return reference


IN_VENDEE = {**ORIENTED, "commune_residence": "La Roche-sur-Yon",
             "commune_domicile": "La Roche-sur-Yon", "departement": "85"}  # fmt: skip


def enrolled(office: Office, **said: str) -> str:
    """What a site answers who is asked to take somebody in: a code, or their reference."""
    where = ORIENTED if office.path.stem == "A" else IN_VENDEE
    read = read_values(c.Enroll, {**WHOM, **said, **where}, reading())
    assert isinstance(read, c.Enroll)
    outcome = run(office.visitor, read).outcome
    return outcome.findings[0].code if isinstance(outcome, NotDone) else outcome.reference


@pytest.mark.parametrize("erased", [False, True], ids=["gardée", "effacée"])
@pytest.mark.parametrize("departments", [("85",), ("44", "85")], ids=["sans le 44", "avec le 44"])
@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param({"nom": "Autrement"}, "{}droit_epuise", id="même numéro"),
        pytest.param({"agdref": "423456789"}, "{}droit_epuise", id="sans le zéro"),
        pytest.param({"agdref": ""}, "{}personne", id="même nom et naissance"),
        pytest.param({"agdref": "", "nom": "Selam", "prenoms": "Inoubliable"}, "{}personne",
                     id="nom et prénom échangés"),
        pytest.param({"agdref": "0999999999", "nom": "Diallo"}, "44", id="quelqu'un d'autre"),
    ],
)  # fmt: skip
def test_a_final_end_refuses_on_every_site(
    tmp_path: Path, erased: bool, departments: tuple[str, ...], said: dict[str, str], code: str
) -> None:
    team = Sites(tmp_path, departments).join()
    reference = team.ends("arret_beneficiaire")
    team.sync()
    if erased:
        erase(team.a.visitor, reference, "la personne", "elle l'a demandé")
        team.sync()
    answer = enrolled(team.b, **said)
    if code == "44":
        assert answer.startswith(("44B-", "85B-"))
        return
    here = departments != ("85",) and not erased
    known = {"{}droit_epuise": ("droit_epuise_efface", "droit_epuise"),
             "{}personne": ("personne_effacee", "meme_personne")}[code]  # fmt: skip
    assert answer == known[here]
    assert [check(office.path) for office in (team.a, team.b)] == [[], []]
    kept = team.b.path.read_bytes() if departments == ("85",) else b""
    assert b"noubliable" not in kept
    assert b"423456789" not in kept


def test_what_is_not_final_and_what_is_not_known_refuses_nowhere(tmp_path: Path) -> None:
    team = Sites(tmp_path).join()
    team.ends("sans_suite")
    team.ends("arret_structure", agdref="", nom="Sans-Numero", date_naissance="")
    team.sync()
    assert enrolled(team.b).startswith("85B-")
    assert enrolled(team.b, agdref="0311111111", nom="Omar", date_naissance="").startswith("85B-")


def test_an_end_put_right_refuses_no_more_and_one_that_comes_back_does(tmp_path: Path) -> None:
    team = Sites(tmp_path).join()
    reference = team.ends("arret_beneficiaire")
    team.sync()
    assert enrolled(team.b) == "droit_epuise_efface"
    undo(team.a.visitor, None, "saisi par erreur")
    team.sync()
    assert team.b.rows("SELECT count(*) FROM final_prints") == [(0,)]
    team.a.does(c.Close, dossier=reference, motif="arret_beneficiaire", date_cloture="02/09/2023")
    team.sync()
    assert enrolled(team.b) == "droit_epuise_efface"


def test_a_number_that_comes_after_the_end_is_told_too(tmp_path: Path) -> None:
    team = Sites(tmp_path).join()
    reference = team.ends("arret_beneficiaire", agdref="")
    team.sync()
    assert enrolled(team.b, nom="Autrement").startswith("85B-")
    team.a.does(c.Enroll, dossier=reference, agdref="0423456789")
    team.sync()
    assert enrolled(team.b, nom="Encore", prenoms="Une") == "droit_epuise_efface"


def test_the_fingerprints_of_a_file_that_had_a_key_before_serve_on_the_others(
    tmp_path: Path,
) -> None:
    team = Sites(tmp_path)
    reference = team.ends("arret_beneficiaire", team.b)
    erase(team.b.visitor, reference, "la personne", "elle l'a demandé")
    team.join().sync()
    assert enrolled(team.a) == "droit_epuise_efface"


def test_what_is_told_twice_or_by_nobody_else_costs_nothing(tmp_path: Path) -> None:
    team = Sites(tmp_path).join()
    team.ends("arret_beneficiaire")
    team.sync()
    before = [office.rows("SELECT count(*) FROM events") for office in (team.a, team.b)]
    team.sync()
    assert [office.rows("SELECT count(*) FROM events") for office in (team.a, team.b)] == before
    assert team.a.rows("SELECT * FROM final_prints ORDER BY 1") == team.b.rows(
        "SELECT * FROM final_prints ORDER BY 1"
    )


def test_a_number_that_a_responsible_person_lifts_is_refused_no_more(tmp_path: Path) -> None:
    team = Sites(tmp_path).join()
    team.ends("arret_beneficiaire")
    team.sync()
    lift(team.b.visitor, "0423456789", "numéro de sa sœur")
    assert enrolled(team.b, nom="Autrement").startswith("85B-")
