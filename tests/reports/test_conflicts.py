"""What two sites have said that cannot both be: listed on both, settled once, everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.reports.conflicts import Conflict, conflicts
from agir_cli.store.file import consulting
from agir_cli.usecases.proposals import link, settle
from tests.usecases.network import ORIENTED, Office, Pigeon

DAY = date(2023, 10, 9)


class Two:
    """Two sites that have one dossier, and act without seeing each other."""

    def __init__(self, folder: Path) -> None:
        self.a, self.b, self.carrier = Office(folder, "A"), Office(folder, "B"), Pigeon()
        self.dossier = self.a.does(c.Enroll, nom="Tesfay", prenoms="Selam", **ORIENTED).reference
        self.a.does(c.HoldDiagnosis, dossier=self.dossier, date_diagnostic="01/02/2023")
        self.meet()

    def meet(self) -> None:
        for office in (self.a, self.b, self.a):
            office.syncs(self.carrier)

    def listed(self) -> Sequence[Conflict]:
        """The disagreements, the same ones in both files."""
        found = []
        for office in (self.a, self.b):
            with consulting(office.path) as connection:
                found.append(conflicts(connection, DAY))
        assert found[0] == found[1]
        return found[0]

    def natures(self) -> list[str]:
        return [each.nature for each in self.listed()]


@pytest.fixture
def two(tmp_path: Path) -> Two:
    found = Two(tmp_path)
    assert found.listed() == []
    return found


def test_two_referents_on_one_day(two: Two) -> None:
    for office, who in ((two.a, "Alice Martin"), (two.b, "Bruno Petit")):
        office.does(c.Assign, dossier=two.dossier, date_commission="10/02/2023", referent=who,
                    priorites="droit_logement", modalite="globale")  # fmt: skip
    two.meet()
    (found,) = two.listed()
    assert found.nature == "deux référents le même jour"
    assert [(s.site, s.author, s.what) for s in found.sides] == [
        ("A", "Camille A", "Alice Martin, dès le 10/02/2023"),
        ("B", "Camille B", "Bruno Petit, dès le 10/02/2023"),
    ]
    assert all(s.remedy.startswith(f"agir correct {two.dossier} ") for s in found.sides)


def test_a_contract_after_a_refusal_elsewhere(two: Two) -> None:
    two.a.does(c.Assign, dossier=two.dossier, date_commission="10/02/2023", modalite="globale",
               priorites="droit_logement")  # fmt: skip
    two.meet()
    two.a.does(c.RefuseContract, dossier=two.dossier, date_refus="01/03/2023")
    two.b.does(c.SignContract, dossier=two.dossier, date_contrat="02/03/2023")
    two.meet()
    assert two.natures() == ["contrat après une fin définitive"]
    assert two.b.rows("SELECT definitif FROM dossiers") == [("oui",)]


def test_two_dossiers_of_one_person_until_somebody_links_them(two: Two) -> None:
    number = {"agdref": "0423456782", "date_naissance": "16/05/1990"}
    one = two.a.does(c.Enroll, nom="Haile", prenoms="Senait", **number, **ORIENTED).reference
    other = two.b.does(c.Enroll, nom="HAYLE", prenoms="Senait", **number, **ORIENTED).reference
    two.meet()
    assert two.natures() == ["deux dossiers d'une personne ?"]
    link(two.b.visitor, one, other)
    two.meet()
    assert two.listed() == []


def test_the_same_hour_in_one_office(two: Two) -> None:
    booked = {"date_rdv_contrat": "16/10/2023 10h00", "bureau": "44-C1"}
    other = two.b.does(c.Enroll, nom="Diallo", prenoms="Awa", **ORIENTED).reference
    two.a.does(c.BookContract, dossier=two.dossier, **booked)
    two.b.does(c.BookDiagnosis, dossier=other, date_rdv_diagnostic="16/10/2023 10h00",
               bureau="44-C1")  # fmt: skip
    two.meet()
    (found,) = two.listed()
    assert found.nature == "même heure, même bureau"
    settle(two.a.visitor, found.home, found.ids, "deux bureaux dans le centre")
    two.meet()
    assert two.listed() == []


def test_two_corrections_of_one_name_until_somebody_has_seen_both(two: Two) -> None:
    two.a.does(c.Enroll, dossier=two.dossier, nom="Tesfai")
    two.b.does(c.Enroll, dossier=two.dossier, nom="Tesfaye")
    two.meet()
    (found,) = two.listed()
    assert [s.what for s in found.sides] == ["Nom : Tesfay → Tesfai", "Nom : Tesfay → Tesfaye"]
    two.a.does(c.Enroll, dossier=two.dossier, nom="Tesfai")
    two.meet()
    assert two.listed() == []
    assert two.b.rows("SELECT nom FROM people") == [("Tesfai",)]
