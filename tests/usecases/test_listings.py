"""The monthly listing to OFII: each form once, printed again as it was sent."""

from __future__ import annotations

from datetime import date

import pytest

from agir_cli.domain.commands import AddLiaison, Close, DecideLiaison, Enroll
from agir_cli.failures import NotFoundFailure
from agir_cli.reports.requests import AT_OFII, TO_SEND, pending, requests
from agir_cli.store.file import consulting
from agir_cli.usecases.listings import COLUMNS, MASKED, Listing, again, send
from tests.usecases.team import Team

DAY = date(2023, 10, 31)


def presented(team: Team, nom: str, on: str = "04/10/2023", **texts: str) -> str:
    ref = team.enrols(nom=nom, date_cir="09/10/2022", statut="refugie", commune_residence="Nantes",
                      **{"date_naissance": "1994", **texts})  # fmt: skip
    team.does(AddLiaison, dossier=ref, date_fiche=on, souhait="oui", prescripteur="CADA inventé")
    return ref


def sent(team: Team, on: date = DAY) -> Listing:
    listing = send(team.visitor, f"{on:%Y-%m}", on)
    assert listing is not None
    return listing


def references(listing: Listing) -> list[str]:
    """The dossiers of a listing, in its order."""
    return [row[COLUMNS.index("dossier")] for row in listing.rows]


def test_a_form_is_sent_once_oldest_first_and_numbered(team: Team) -> None:
    late, early = presented(team, "TARD", "10/10/2023"), presented(team, "TOT", "01/10/2023")
    first = sent(team)
    assert (first.number, first.month) == (1, "2023-10")
    assert references(first) == [early, late]
    assert send(team.visitor, "2023-10", DAY) is None
    third = presented(team, "ENCORE", "20/10/2023")
    second = sent(team)
    assert (second.number, references(second)) == (2, [third])


def test_a_listing_holds_what_ofii_needs_and_no_more(team: Team) -> None:
    presented(team, "DIALLO", agdref="0123456789", telephone="0612345678", date_naissance="1994")
    row = dict(zip(COLUMNS, sent(team).rows[0], strict=True))
    assert row["agdref"] == "0123456789"
    assert row["date_naissance"] == "1994"
    assert row["commune_residence"] == "Nantes"
    assert row["prescripteur"] == "CADA inventé"
    assert "0612345678" not in row.values()


def test_who_does_not_wish_or_has_left_is_not_sent(team: Team) -> None:
    unwilling = team.enrols(nom="NON", date_cir="09/10/2022")
    team.does(AddLiaison, dossier=unwilling, date_fiche="04/10/2023", souhait="non")
    gone = presented(team, "PARTI")
    team.does(Close, dossier=gone, motif="transfert", date_cloture="20/10/2023")
    assert send(team.visitor, "2023-10", DAY) is None


def test_an_old_listing_is_printed_as_it_was_sent(team: Team) -> None:
    ref = presented(team, "DIALLO")
    first = sent(team)
    team.does(Enroll, dossier=ref, nom="AUTRE-NOM")
    assert again(team.visitor, 1) == first._replace(batch="")
    with pytest.raises(NotFoundFailure):
        again(team.visitor, 2)


def test_an_erased_line_of_a_listing_is_masked(team: Team) -> None:
    presented(team, "DIALLO")
    sent(team)
    import sqlite3

    with sqlite3.connect(team.visitor.path) as connection:
        connection.execute("UPDATE listing_rows SET contenu = NULL")
    connection.close()
    row = dict(zip(COLUMNS, again(team.visitor, 1).rows[0], strict=True))
    assert row["ligne"] == "1"
    assert {row[name] for name in ("nom", "agdref", "prescripteur")} == {MASKED}


def waiting(team: Team) -> list[tuple[str, str, int | None, int | None]]:
    """What waits, as `agir liaison list` shows it."""
    with consulting(team.visitor.path) as connection:
        rows = pending(requests(connection, team.visitor.today, perhaps=True))
    return [(row.situation, row.dossier, row.listing, row.age_jours) for row in rows]


def test_the_age_of_a_request_counts_from_the_form_then_from_the_listing(team: Team) -> None:
    ref = presented(team, "DIALLO", "04/10/2023")
    assert waiting(team) == [(TO_SEND, ref, None, 50)]
    sent(team)
    assert waiting(team) == [(AT_OFII, ref, 1, 23)]
    team.does(DecideLiaison, dossier=ref, decision_ofii="validee", date_decision="20/11/2023")
    assert waiting(team) == []


def test_a_form_of_this_month_waits_from_today(team: Team) -> None:
    ref = presented(team, "DIALLO", "novembre 2023")
    assert waiting(team) == [(TO_SEND, ref, None, 0)]


def test_who_was_rejected_is_presented_again_on_a_later_listing(team: Team) -> None:
    ref = presented(team, "DIALLO")
    sent(team)
    team.does(DecideLiaison, dossier=ref, decision_ofii="rejetee", date_decision="10/11/2023")
    team.does(AddLiaison, dossier=ref, date_fiche="15/11/2023")
    second = sent(team, date(2023, 11, 23))
    assert references(second) == [ref]
