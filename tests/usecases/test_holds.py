"""What a dispute or an inspection needs is spared from every erasure, until that is lifted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure
from agir_cli.store import retention
from agir_cli.usecases import personal_data
from agir_cli.usecases.ledger import NotDone, Visitor
from agir_cli.usecases.personal_data import Leaving
from tests.usecases.filing import File
from tests.usecases.network import Office, Pigeon

WHY = "recours devant le tribunal"


@pytest.fixture
def file(tmp_path: Path) -> File:
    file = File(tmp_path / "equipe.db")
    for prenoms in ("Awa", "Farid"):
        file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms=prenoms, autre_personne="oui",
                  date_orientation="10/01/2023", orientation="acceptee")  # fmt: skip
    return file


def _on(file: File, day: str) -> Visitor:
    return file.visitor._replace(today=date.fromisoformat(day), clock=None)


@pytest.mark.parametrize("asked", [(["44-0001"], ""), ([], "44")], ids=["dossier", "département"])
def test_nothing_of_what_is_held_is_erased(file: File, asked: tuple[list[str], str]) -> None:
    personal_data.hold(file.visitor, *asked, WHY)
    refused = personal_data.erase(file.visitor, "44-0001", "la personne", "droit")
    assert isinstance(refused, NotDone)
    (found,) = refused.findings
    assert (found.code, found.fact) == ("retenu", WHY)
    assert "Camille Essai" in found.sentence
    personal_data.lift(file.visitor, *asked, "jugement")
    assert isinstance(personal_data.erase(file.visitor, "44-0001", "la personne", "droit"), Leaving)


def test_a_purge_spares_what_is_held_and_says_why(file: File) -> None:
    personal_data.hold(file.visitor, ["44-0001"], "", WHY)
    found, _ = personal_data.purge(_on(file, "2090-01-01"))
    fates = {each.dossier: each.fate for each in found}
    assert fates["44-0001"].startswith("retenu depuis le ")
    assert fates["44-0001"].endswith(f"par Camille Essai : {WHY}")
    assert fates["44-0002"] == personal_data.TO_TELL
    personal_data.purge(_on(file, "2090-03-01"))
    assert file.rows("SELECT dossier FROM dossiers WHERE personne IN (SELECT id FROM people)") == [
        ("44-0001",)
    ]


def test_what_was_lifted_is_announced_before_it_leaves(file: File) -> None:
    personal_data.hold(file.visitor, ["44-0001"], "", WHY)
    personal_data.purge(_on(file, "2090-01-01"))
    personal_data.lift(file.visitor, ["44-0001"], "", "jugement")
    found = {each.dossier: each.fate for each in personal_data.to_purge(_on(file, "2090-03-01"))}
    assert found["44-0001"] == personal_data.TO_TELL


def test_one_linked_to_somebody_who_is_held_stays_too(file: File) -> None:
    from agir_cli.usecases.proposals import link

    link(file.visitor, "44-0001", "44-0002")
    personal_data.hold(file.visitor, ["44-0001"], "", WHY)
    assert isinstance(personal_data.erase(file.visitor, "44-0002", "elle", "droit"), NotDone)
    assert {each.fate[:6] for each in personal_data.to_purge(_on(file, "2090-01-01"))} == {"retenu"}


def test_twice_the_same_is_once_and_what_is_not_held_is_not_lifted(file: File) -> None:
    for _ in range(2):
        personal_data.hold(file.visitor, ["44-0001", "44-0001"], "", WHY)
    assert len(personal_data.holds(file.visitor)) == 1
    with pytest.raises(UsageFailure, match="n'est pas retenu"):
        personal_data.lift(file.visitor, ["44-0002"], "", "jugement")
    assert file.faults() == []


def test_it_travels_and_another_hold_stays_when_one_is_lifted(tmp_path: Path) -> None:
    a, b, carrier = Office(tmp_path, "A"), Office(tmp_path, "B"), Pigeon()
    a.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_orientation="10/01/2023",
           orientation="acceptee")  # fmt: skip
    for office in (a, b):
        office.syncs(carrier)
    personal_data.hold(a.visitor, ["44-0001"], "", WHY)
    personal_data.lift(a.visitor, ["44-0001"], "", "jugement")
    personal_data.hold(b.visitor, ["44-0001"], "", "contrôle")
    personal_data.hold(a.visitor, [], "44", "inspection")
    for office in (a, b, a):
        office.syncs(carrier)
    assert personal_data.holds(a.visitor) == personal_data.holds(b.visitor)
    assert [(e.whose, e.reason) for e in personal_data.holds(a.visitor)] == [
        ("44-0001", "contrôle"), ("44", "inspection"),
    ]  # fmt: skip
    assert personal_data.holds(b.visitor)[1].dossier == retention.HELD
