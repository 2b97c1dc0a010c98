"""The tables folded beside the list of dossiers: clocks, situations, steps, interviews, visits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agir_cli.domain.dates import PartialDate, bounds, edtf
from agir_cli.domain.deadlines import Span
from agir_cli.domain.dossier import Appointment
from agir_cli.domain.vocabulary import Nature
from agir_cli.store.inserting import Columns, Table

FOLDED = {
    "spans": (
        "dossier", "nature", "cause", "depart_min", "depart_max", "echeance_min", "echeance_max",
        "fin_min", "fin_max",
    ),
    "situations": (
        "dossier", "rang", "date_min", "date_max", "situation_logement", "detail_logement",
        "situation_professionnelle", "niveau_francais",
    ),
    "steps": (
        "dossier", "rang", "event", "domaine", "date_min", "date_max", "fin_min", "fin_max",
        "heures",
    ),
    "interviews": ("dossier", "rang", "date_min", "date_max"),
    "appointments": (
        "dossier", "nature", "rang", "jour", "heure", "bureau", "inscrit_le", "absent_le",
    ),
}  # fmt: skip
"""The tables folded beside `dossiers`, and their columns."""


def texts(write: Callable[[Any], str], values: Iterable[Any]) -> list[str | None]:
    """The stored text of each value that there is."""
    return [None if value is None else write(value) for value in values]


def codes(values: Iterable[Any]) -> list[str | None]:
    """The code of each value that there is."""
    return texts(str, values)


def both_bounds(name: str, values: Iterable[PartialDate | None]) -> Columns:
    """Two columns: the first and the last day that each date may be."""
    first, last = zip(*map(bounds, values), strict=True)
    return {f"{name}_min": first, f"{name}_max": last}


def spans_table(every_span: Sequence[Sequence[Span]]) -> Table:
    """The clocks of each dossier, in the order of the dossiers."""
    rows = [(place, *span) for place, each in enumerate(every_span) for span in each]
    if not rows:
        return Table("spans", (), {})
    owners, natures, causes, starts, dues, ends = zip(*rows, strict=True)
    columns: Columns = {
        "nature": codes(natures),
        "cause": causes,
        **both_bounds("depart", starts),
        **both_bounds("echeance", dues),
        **both_bounds("fin", ends),
    }
    return Table("spans", owners, columns)


def _rows(name: str, rows: Sequence[tuple[Any, ...]]) -> Table:
    """Rows that say whose they are first, then each column of the table but for the dossier."""
    if not rows:
        return Table(name, (), {})
    owners, *values = zip(*rows, strict=True)
    return Table(name, owners, dict(zip(FOLDED[name][1:], values, strict=True)))


def _situations(said: Columns) -> Table:
    return _rows(
        "situations",
        [
            (owner, place, *bounds(s.on), *s[1:])
            for owner, each in enumerate(said["situations"])
            for place, s in enumerate(each)
        ],
    )


def _steps(said: Columns) -> Table:
    return _rows(
        "steps",
        [
            (owner, place, s.event, s.domaine, *bounds(s.on), *bounds(s.date_fin_etape), s.heures)
            for owner, each in enumerate(said["steps"])
            for place, s in enumerate(each)
        ],
    )


def _interviews(said: Columns) -> Table:
    return _rows(
        "interviews",
        [
            (owner, place, *bounds(on))
            for owner, each in enumerate(said["interviews"])
            for place, on in enumerate(each)
        ],
    )


_VISITS = ((Nature.DIAGNOSIS, "diagnosis_visits"), (Nature.CONTRACTING, "contract_visits"))


def _appointments(said: Columns) -> Table:
    return _rows(
        "appointments",
        [
            (owner, str(nature), place, *_booking(appointment))
            for nature, name in _VISITS
            for owner, visits in enumerate(said[name])
            for place, appointment in enumerate(visits.appointments)
        ],
    )


def _booking(a: Appointment) -> tuple[str | None, ...]:
    booked_on, missed_on = texts(edtf, (a.booked_on, a.missed_on))
    return a.moment.day.isoformat(), a.moment.hour, a.bureau, booked_on, missed_on


OF_STEPS = (_situations, _steps, _interviews, _appointments)
"""What makes each table of the steps, from the fields of the states."""
