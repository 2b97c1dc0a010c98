"""`report liaison`: each request once, as it stood that day, and listings that add up."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.vocabulary import Motive, OfiiOutcome
from agir_cli.reports.requests import Request, listings, pending, requests, sent
from agir_cli.reports.selection import Filters
from agir_cli.store import journal
from agir_cli.store.driver import Connection, writing
from tests.reports.building import DAY, add, event, id_of, new_file, put_down

CIR = event(Kind.CIR_SIGNED, "2022-05-12")


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


def form(on: str, wish: bool | None = True) -> Draft:
    return event(Kind.LIAISON_FORM_COMPLETED, on, souhait=wish)


def listed(on: str, number: int = 1) -> Draft:
    return event(Kind.LISTING_SENT, on, listing=number, ligne=1)


def answered(on: str, outcome: OfiiOutcome = OfiiOutcome.VALIDATED) -> Draft:
    rejected = outcome is OfiiOutcome.REJECTED
    kind = Kind.OFII_REJECTED if rejected else Kind.OFII_VALIDATED
    return event(kind, on, decision_ofii=outcome)


Told = tuple[str, str, int | None, str, int | None]


def told(rows: list[Request]) -> list[Told]:
    return [(r.situation, r.date_fiche, r.listing, r.date_decision, r.age_jours) for r in rows]


CASES: dict[str, tuple[list[Draft], list[Told]]] = {
    "à transmettre": ([form("2023-09-01")], [("a_envoyer", "2023-09-01", None, "", 38)]),
    "faite ce jour": ([form("2023-10-09")], [("a_envoyer", "2023-10-09", None, "", 0)]),
    "pas encore faite": ([form("2023-10-10")], []),
    "non souhaitée": ([form("2023-09-01", False)], []),
    "chez l'OFII": (
        [form("2023-09-01"), listed("2023-09-29", 4)], [("en_attente", "2023-09-01", 4, "", 10)],
    ),
    "transmise après ce jour": (
        [form("2023-09-01"), listed("2023-10-10")], [("a_envoyer", "2023-09-01", None, "", 38)],
    ),
    "validée": (
        [form("2023-08-01"), listed("2023-08-29"), answered("2023-09-20")],
        [("validees", "2023-08-01", 1, "2023-09-20", None)],
    ),
    "par dérogation": (
        [form("2023-08-01"), listed("2023-08-29"), answered("2023-09-20", OfiiOutcome.DEROGATION)],
        [("derogations", "2023-08-01", 1, "2023-09-20", None)],
    ),
    "décidée après ce jour": (
        [form("2023-08-01"), listed("2023-08-29"), answered("2023-10-20")],
        [("en_attente", "2023-08-01", 1, "", 41)],
    ),
    "décidée sans listing": (
        [form("2023-08-01"), answered("2023-09-20")],
        [("validees", "2023-08-01", None, "2023-09-20", None)],
    ),
    "rejetée puis présentée de nouveau": (
        [
            form("2023-06-01"), listed("2023-06-29", 1),
            answered("2023-07-20", OfiiOutcome.REJECTED), form("2023-09-11"),
            listed("2023-09-29", 2),
        ],
        [
            ("en_attente", "2023-09-11", 2, "", 10),
            ("rejetees", "2023-06-01", 1, "2023-07-20", None),
        ],
    ),
    "proposée sans réponse, puis validée sur fiche": (
        [
            event(Kind.ORIENTATION_PROPOSED, "2023-07-05"), form("2023-08-01"),
            listed("2023-08-29", 1), answered("2023-09-20"),
        ],
        [("validees", "2023-08-01", 1, "2023-09-20", None)],
    ),
    "close sans réponse": (
        [
            form("2023-08-01"), listed("2023-08-29"),
            event(Kind.DOSSIER_CLOSED, "2023-09-15", motif=Motive.DROPPED),
        ],
        [("sans_decision", "2023-08-01", 1, "", None)],
    ),
    "fiche datée d'un mois": ([form("2023-08")], [("a_envoyer", "2023-08", None, "", 39)]),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), CASES.values(), ids=CASES)
def test_a_request_is_seen_as_it_stood(
    file: Connection, events: list[Draft], expected: list[Told]
) -> None:
    add(file, 1, CIR, *events)
    assert told(requests(file, DAY)) == expected


def test_lateness_is_counted_from_the_last_day(file: Connection) -> None:
    add(file, 1, CIR, form("2023-09-08"))
    add(file, 2, CIR, form("2023-09-09"))
    add(file, 3, CIR, form("2023-07-01"), listed("2023-08-31"))
    rows = {r.dossier: (r.echeance, r.retard_jours, r.a_faire) for r in requests(file, DAY)}
    assert rows == {
        "44-0001": ("2023-10-08", 1, "équipe AGIR : agir liaison send --month 2023-10"),
        "44-0002": ("2023-10-09", 0, "équipe AGIR : agir liaison send --month 2023-10"),
        "44-0003": (
            "2023-09-30", 9,
            "OFII : agir liaison decide 44-0003 --decision-ofii validee --on JOUR",
        ),
    }  # fmt: skip


requests_made = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.none() | st.integers(0, 60),
        st.none() | st.tuples(st.integers(0, 60), st.sampled_from(list(OfiiOutcome))),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(requests_made, st.integers(-20, 300))
def test_every_request_is_counted_once_and_listings_add_up(
    file: Connection, made: list[tuple[int, int | None, tuple[int, OfiiOutcome] | None]], later: int
) -> None:
    start = date(2023, 1, 10)
    first = file.execute("SELECT count(*) + 1 FROM dossiers").fetchone()[0]
    for number, (after, wait, decision) in enumerate(made, first):
        on = start + timedelta(days=after)
        drafts = [form(on.isoformat())]
        if wait is not None:
            on += timedelta(days=wait)
            drafts.append(listed(on.isoformat(), on.toordinal()))
        if decision is not None:
            on += timedelta(days=decision[0])
            drafts.append(answered(on.isoformat(), decision[1]))
        add(file, number, CIR, *drafts)
    day = start + timedelta(days=later)
    rows = requests(file, day)
    total = file.execute(
        "SELECT count(*) FROM events WHERE kind = 'liaison_form_completed'"
        " AND effective_from <= ?", (day.isoformat(),),
    ).fetchone()[0]  # fmt: skip
    assert len(rows) == total
    table = listings(file, rows)
    assert sum(one.demandes for one in table) == len(sent(rows))
    for one in table:
        behind = Counter(r.situation for r in rows if r.listing == one.listing)
        assert one[4:] == tuple(behind[name] for name in one._fields[4:])
        assert one.demandes == sum(one[4:])
    for number in range(first, first + len(made)):
        _same_as_the_domain(file, number, [r for r in rows if r.dossier == f"44-{number:04d}"], day)


def _same_as_the_domain(file: Connection, number: int, rows: list[Request], day: date) -> None:
    state = fold(journal.load(file, [id_of(number)])[id_of(number)])
    expected = []
    for request in state.requests:
        if request.on is None or request.on.latest > day:
            continue
        decided = request.decision and request.decision.on
        if decided and decided.latest <= day:
            assert request.decision is not None
            names = {"validee": "validees", "derogation": "derogations", "rejetee": "rejetees"}
            expected.append(names[request.decision.outcome.value])
        elif request.sent_on and request.sent_on.latest <= day:
            expected.append("en_attente")
        else:
            expected.append("a_envoyer")
    assert [row.situation for row in rows] == expected


def test_a_listing_keeps_its_month(file: Connection) -> None:
    with writing(file):
        file.execute("INSERT INTO listings VALUES (7, '2023-08', '2023-09-01', 'x', 'essai')")
    add(file, 1, CIR, form("2023-08-01"), listed("2023-09-01", 7))
    assert [one[:4] for one in listings(file, requests(file, DAY))] == [
        (7, "2023-08", "2023-09-01", 1)
    ]


def test_a_voided_listing_is_no_more(file: Connection) -> None:
    id_ = add(file, 1, CIR, form("2023-08-01"), listed("2023-09-01", 7))
    prior = journal.load(file, [id_])[id_]
    void = Draft(Kind.EVENT_VOIDED, None, {"event": prior[-1].id}, {})
    with writing(file):
        put_down(file, {id_: [void]})
    assert [r.situation for r in requests(file, DAY)] == ["a_envoyer"]


def test_filters_and_waiting_ones(file: Connection) -> None:
    add(file, 1, CIR, form("2023-08-01"))
    add(file, 2, CIR, form("2023-08-01"), answered("2023-08-02"), department="85")
    add(file, 3, CIR, form("2023-08-02"), department="85")
    rows = requests(file, DAY, Filters(department="85"))
    assert [r.dossier for r in rows] == ["85-0003", "85-0002"]
    assert [r.dossier for r in pending(rows)] == ["85-0003"]
    assert requests(file, date(1990, 1, 1)) == []
