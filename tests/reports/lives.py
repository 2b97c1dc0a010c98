"""Random dossiers: lives as the commands accept them, some dates known in part only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import as_of, fold
from agir_cli.domain.vocabulary import (
    Housing,
    HousingDetail,
    Motive,
    OfiiOutcome,
    Priority,
    SupportMode,
    Tristate,
    Work,
)
from agir_cli.store import journal
from agir_cli.store.driver import Connection, writing
from agir_cli.store.projection import admitted_on
from tests.reports.building import id_of, opened, put_down

START = date(2022, 1, 3)
REFERENTS = ("R1", "R2", "R3")
ORGANISATIONS = {"R1": "Les Ponts (essai)", "R2": "Les Ponts (essai)", "R3": None}
_MOTIVES = [m for m in Motive if m is not Motive.CONTRACT_REFUSED]


def directory(connection: Connection) -> None:
    """Three invented référents, one of no known organisation."""
    names = {"R1": "DURAND Anne", "R2": "MARTIN Luc", "R3": "PETIT Léa"}
    with writing(connection):
        connection.executemany(
            "INSERT INTO referents (code, nom, organisation) VALUES (?, ?, ?)",
            [(code, names[code], ORGANISATIONS[code]) for code in REFERENTS],
        )


def populate(
    connection: Connection, random: Random, count: int, *, vague: bool = True, mistakes: bool = True
) -> None:
    """This many dossiers, numbered from 1; ``mistakes``: some closed as entered by mistake."""
    lives: dict[str, list[Draft]] = {}
    for number in range(1, count + 1):
        facts, events = life(random, vague=vague, mistakes=mistakes)
        facts["menage"] = f"M{number // 3}" if random.random() < 0.5 else None
        kept = {name: value for name, value in facts.items() if value is not None}
        reference = f"{random.choice(['44', '85'])}-{number:04d}"
        lives[id_of(number)] = [opened(reference, number, **kept), *events]
    with writing(connection):
        connection.executemany(
            "INSERT INTO people (id, name_key, nom) VALUES (?, ?, ?)",
            [(id_of(n), f"inventé-{n}", f"INVENTÉ-{n}") for n in range(1, count + 1)],
        )
        put_down(connection, lives)


def states(connection: Connection, day: date) -> list[Dossier]:
    """Who is admitted, as folding the events up to that day tells it: what reports must say.

    Whoever was entered by mistake never was: not even before the day the mistake was seen.
    """
    folded = [
        fold(as_of(events, day))
        for events in journal.every(connection)
        if not any(e.payload.get("motif") is Motive.MISTAKE for e in events)
    ]
    dated = [(each, admitted_on(each)) for each in folded]
    return [each for each, on in dated if on is not None and on.latest <= day]


def life(
    random: Random, *, vague: bool = True, mistakes: bool = True
) -> tuple[dict[str, Any], list[Draft]]:
    """What was known at entry, and what happened since."""
    facts = {
        "situation_logement": _some(random, Housing),
        "detail_logement": _some(random, HousingDetail, 0.5),
        "situation_professionnelle": _some(random, Work),
        "emploi_durable": _some(random, Tristate, 0.5),
        "logement_perenne": _some(random, Tristate, 0.5),
    }
    return facts, list(_events(random, vague, mistakes))


def _some(random: Random, codes: Any, missing: float = 0.2) -> Any:
    return None if random.random() < missing else random.choice(list(codes))


def _events(random: Random, vague: bool, mistakes: bool) -> Iterator[Draft]:
    day = START + timedelta(days=random.randrange(600))

    def then(least: int, most: int) -> PartialDate:
        nonlocal day
        day += timedelta(days=random.randrange(least, most))
        more = random.randrange(20) if vague and random.random() < 0.1 else 0
        found = PartialDate(day, day + timedelta(days=more))
        day = found.latest
        return found

    if random.random() < 0.7:
        yield Draft(Kind.CIR_SIGNED, then(0, 10), {})
        yield Draft(Kind.ORIENTATION_ACCEPTED, then(0, 20), {})
    else:
        yield Draft(Kind.LIAISON_FORM_COMPLETED, then(0, 10), {})
        outcome = {"decision_ofii": OfiiOutcome.VALIDATED}
        yield Draft(Kind.OFII_VALIDATED, then(1, 60), outcome)
    yield from _support(random, then)
    if random.random() < 0.25:
        motive = random.choice([m for m in _MOTIVES if mistakes or m is not Motive.MISTAKE])
        yield Draft(Kind.DOSSIER_CLOSED, then(1, 200), {"motif": motive})


def _support(random: Random, then: Callable[[int, int], PartialDate]) -> Iterator[Draft]:
    if random.random() < 0.15:
        return
    yield Draft(Kind.DIAGNOSIS_HELD, then(1, 50), {})
    if random.random() < 0.15:
        return
    payload = {
        "referent": random.choice([*REFERENTS, None]),
        "second_referent": random.choice([*REFERENTS, None, None]),
        "modalite": _some(random, SupportMode),
        "priorites": tuple(p for p in Priority if random.random() < 0.6),
    }
    kept = {name: value for name, value in payload.items() if value}
    yield Draft(Kind.REFERENT_DESIGNATED, then(1, 40), kept)
    if random.random() < 0.15:
        return
    yield Draft(Kind.CONTRACT_SIGNED, then(1, 40), {})
    for _ in range(random.randrange(8)):
        if random.random() < 0.5:
            yield Draft(Kind.INTERVIEW_HELD, then(5, 90), {})
        else:
            values = {
                "situation_logement": _some(random, Housing, 0.4),
                "detail_logement": _some(random, HousingDetail, 0.5),
                "situation_professionnelle": _some(random, Work, 0.4),
            }
            kept = {name: value for name, value in values.items() if value is not None}
            if kept:
                yield Draft(Kind.SITUATION_RECORDED, then(1, 120), kept)
