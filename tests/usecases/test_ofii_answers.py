"""OFII's answers: by the line of a listing, by number, by an identity that somebody confirms."""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.reports.requests import AT_OFII, pending, requests
from agir_cli.store.file import consulting
from agir_cli.usecases import listings
from tests.usecases.filing import TODAY, File

HEAD = "listing;ligne;dossier;agdref;nom;prenoms;date_naissance;decision_ofii;date_decision"
YES = "validee;20/09/2023"


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Four requests sent on listing 1: 44-0001 and 44-0002 have a number, the others none."""
    made = File(tmp_path / "equipe.db")
    brought = made.takes_over(
        "agdref;nom;prenoms;date_naissance;statut;date_cir;date_fiche;commune_residence\n"
        "0123456701;DIALLO-INVENTE;Awa;1994;refugie;09/03/2022;04/09/2023;Nantes\n"
        "0123456702;KARIMI-INVENTEE;Zahra;1990;refugie;09/03/2022;04/09/2023;Nantes\n"
        ";NOORI-INVENTE;Ali;1991;refugie;09/03/2022;04/09/2023;Nantes\n"
        ";SALEH-INVENTE;Omar;1991;refugie;09/03/2022;04/09/2023;Nantes"
    )
    assert brought.counts[1] == 4
    assert listings.send(made.visitor, "2023-09", TODAY) is not None
    return made


def decided(file: File) -> set[str]:
    query = "SELECT dossier FROM dossiers WHERE decision_ofii IS NOT NULL"
    return {str(reference) for (reference,) in file.rows(query)}


@pytest.mark.parametrize(
    ("who", "dossier"),
    [
        pytest.param("1;3;;;;;", "44-0003", id="la ligne du listing"),
        pytest.param("1;3;44-0003;;;;", "44-0003", id="la ligne et le même dossier"),
        pytest.param("1;1;;0123456701;;;", "44-0001", id="la ligne et le même numéro"),
        pytest.param(";;44-0004;;;;", "44-0004", id="le dossier"),
        pytest.param(";;;0123456702;;;", "44-0002", id="le numéro"),
        pytest.param(";;;0123456702;AUTRE;Nom;1970", "44-0002", id="le numéro avant l'identité"),
        pytest.param("9;1;;0123456702;;;", "44-0002", id="un listing inconnu, mais le numéro"),
    ],
)
def test_an_answer_finds_its_dossier(file: File, who: str, dossier: str) -> None:
    assert file.brings(c.DecideLiaison, f"{HEAD}\n{who};{YES}").counts == (1, 0, 1, 0, 0, 0)
    assert decided(file) == {dossier}
    assert file.brings(c.DecideLiaison, f"{HEAD}\n{who};{YES}").counts == (1, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(";;;;noori inventé;ali;1991", id="accents et casse"),
        pytest.param(";;;;ALI;Noori-Invente;", id="nom et prénom échangés, sans date"),
        pytest.param(";;;0999999999;NOORI-INVENTE;Ali;05/06/1991", id="un numéro inconnu"),
    ],
)
def test_an_identity_alone_is_set_aside_with_its_candidate(file: File, who: str) -> None:
    brought = file.brings(c.DecideLiaison, f"{HEAD}\n{who};{YES}\n1;4;;;;;;{YES}")
    assert brought.counts == (2, 0, 1, 0, 1, 0)
    (asked,) = brought.turned[2]
    assert asked.code == "identite_a_confirmer"
    assert "44-0003" in asked.sentence
    assert "44-0003" in asked.remedy
    assert decided(file) == {"44-0004"}
    confirmed = who.replace(";;;", ";;44-0003;", 1)
    assert file.brings(c.DecideLiaison, f"{HEAD}\n{confirmed};{YES}").counts[2] == 1
    assert decided(file) == {"44-0003", "44-0004"}


@pytest.mark.parametrize(
    ("who", "code"),
    [
        pytest.param("1;3;44-0001;;;;", "reponse_contradictoire", id="ligne et dossier"),
        pytest.param("1;3;;0123456701;;;", "reponse_contradictoire", id="ligne et numéro"),
        pytest.param("1;9;;;;;", "dossier_inconnu", id="une ligne qui n'existe pas"),
        pytest.param("2;1;;;;;", "dossier_inconnu", id="un listing qui n'existe pas"),
        pytest.param(";;;0999999999;;;", "dossier_inconnu", id="un numéro inconnu"),
        pytest.param(";;;;PERSONNE;Autre;1991", "dossier_inconnu", id="une identité inconnue"),
        pytest.param(";;;;NOORI-INVENTE;Ali;1970", "dossier_inconnu", id="né une autre année"),
        pytest.param("1;;;;;;", "obligatoire", id="un listing sans ligne"),
        pytest.param(";3;;;;;", "obligatoire", id="une ligne sans listing"),
    ],
)
def test_an_answer_that_fits_nobody_is_rejected(file: File, who: str, code: str) -> None:
    brought = file.brings(c.DecideLiaison, f"{HEAD}\n{who};{YES}", keep_going=True)
    assert brought.counts == (1, 0, 0, 0, 0, 1)
    assert brought.codes(2) == [code]
    assert decided(file) == set()


def test_unanswered_lines_wait_and_age(file: File) -> None:
    file.brings(c.DecideLiaison, f"{HEAD}\n1;3;;;;;;{YES}")
    later = file.visitor._replace(today=TODAY.replace(month=11))
    with consulting(later.path) as connection:
        waiting = pending(requests(connection, later.today))
    assert [(w.situation, w.dossier, w.age_jours) for w in waiting] == [
        (AT_OFII, "44-0001", 31), (AT_OFII, "44-0002", 31), (AT_OFII, "44-0004", 31),
    ]  # fmt: skip


def test_our_own_listing_completed_comes_back_without_the_references(file: File) -> None:
    """OFII keeps `listing` and `ligne`, and may drop every other column."""
    listing = listings.again(file.visitor, 1)
    places = [listings.COLUMNS.index(name) for name in ("listing", "ligne")]
    rows = [";".join([*(row[p] for p in places), YES]) for row in listing.rows]
    text = "\n".join(["listing;ligne;decision_ofii;date_decision", *rows])
    assert file.brings(c.DecideLiaison, text).counts == (4, 0, 4, 0, 0, 0)
    assert not file.faults()


def test_a_number_alone_may_be_the_only_column(file: File) -> None:
    text = f"agdref;decision_ofii;date_decision\n0123456702;{YES}"
    assert file.brings(c.DecideLiaison, text).counts[2] == 1
    assert decided(file) == {"44-0002"}
