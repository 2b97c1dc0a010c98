"""`report indicators`: figures that are data, those of the program and those of the team.

An indicator says whom it looks at, which of these are the whole, which of the whole are counted, on
the last day or in the period, and its source (`data/indicators.toml`). What it may ask is what may
be crossed (`cross.DIMENSIONS`), a result, a deadline. Each number is the length of `listed`. A fact
whose day is known in part is of the period of its last possible day, so that quarters add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.rules import RuleFault
from agir_cli.failures import RowsFailure, UsageFailure
from agir_cli.reports import outcomes
from agir_cli.reports import standing as s
from agir_cli.reports.cross import DIMENSIONS, FROM
from agir_cli.reports.masking import Sum, as_printed, hidden, masked_note
from agir_cli.reports.movements import days_from
from agir_cli.reports.passages import KEEPING, KEPT, LATE
from agir_cli.reports.passages import UNKNOWN as UNSURE
from agir_cli.reports.selection import counting, not_admitted, one_of
from agir_cli.reports.sheet import Column, Data, Section, Sheet, columns, heading_of, one_list
from agir_cli.reports.texts import number, percent, rate, short_date, weekday_date
from agir_cli.store import rulebook as toml
from agir_cli.store.rulebook import Kind, needed, words_in

if TYPE_CHECKING:
    from agir_cli.reports.periods import Period
    from agir_cli.reports.selection import Filters
    from agir_cli.store.driver import Connection

SETTING = "indicateurs:"
"""What the names of a team's files begin with, among the settings of its file."""
INDICATORS, DAILY, PERIODIC = "indicator", "day", "period"
MILESTONES = ("admis", "diagnostic", "commission", "contrat", "cloture")
PERSONS, HOUSEHOLDS = "personnes", "menages"
NUMERATOR, DENOMINATOR, REST = "numerateur", "denominateur", "reste"
_SETS = ("population", "denominator", "numerator")

FIELDS: Mapping[str, str] = {
    **DIMENSIONS,
    "logement_perenne": outcomes.HOME, "emploi_durable": outcomes.JOB,
    "delai_diagnostic": KEEPING.format(end="diagnostic", nature="diagnostic"),
    "delai_contractualisation": KEEPING.format(end="contrat", nature="contractualisation"),
}  # fmt: skip
"""SQL of what a condition may ask about."""
_VALUES = {
    **dict.fromkeys(("logement_perenne", "emploi_durable"), outcomes.ANSWERS),
    **dict.fromkeys(("delai_diagnostic", "delai_contractualisation"), (KEPT, LATE, UNSURE)),
}  # fmt: skip


# --- an indicator, read and found without a fault ----------------------------------------


class Indicator(NamedTuple):
    """An indicator; ``sets``: the SQL conditions of the whole, and of those that are counted."""

    code: str
    label: str
    unit: str
    during: str
    whole: frozenset[str]
    counted: frozenset[str]
    target: float | None
    source: str
    since: date
    team: str = ""
    """The file of the team that it is of; empty for one of the program."""

    def conditions(self, part: str) -> tuple[str, ...]:
        """What those of a list satisfy, in one order: of the numerator, or of the whole."""
        dated = {_IN.format(self.during)} if self.during else set()
        return tuple(sorted((self.counted if part == NUMERATOR else self.whole) | dated))


_IN = "latest:{}"
"""The mark of a condition on the period, which each period writes for itself."""
_PERCENT = Kind(
    "un nombre de 0 à 100",
    lambda given: type(given) in (int, float) and 0 <= given <= 100,
)
_STEPS = Kind(
    f"une liste de : {', '.join(MILESTONES)}",
    lambda given: isinstance(given, list) and all(each in MILESTONES for each in given),
)
_WORDS_LIST = Kind(
    "une liste de valeurs",
    lambda given: isinstance(given, list) and all(isinstance(g, str) for g in given),
)
_SET: Mapping[str, Kind] = {"reached": _STEPS, "fields": toml.TABLE, "months_since": toml.TABLE}
_WORDS: Mapping[tuple[str, ...], Mapping[str, Kind]] = {
    (): {"checked_on": needed(toml.DAY), "sources": needed(toml.TABLE),
         INDICATORS: needed(toml.LIST)},
    ("sources",): {"*": toml.TABLE},
    ("sources", "*"): {"title": needed(toml.TEXT), "place": toml.TEXT},
    (INDICATORS, "*"): {
        **dict.fromkeys(("code", "label", "source"), needed(toml.TEXT)),
        "unit": needed(words_in(PERSONS, HOUSEHOLDS)),
        "moment": needed(words_in(DAILY, PERIODIC)),
        "during": words_in(*MILESTONES), **dict.fromkeys(_SETS, needed(toml.TABLE)),
        "target": _PERCENT, "since": needed(toml.DAY),
    },
    **{(INDICATORS, "*", each): _SET for each in _SETS},
    **{(INDICATORS, "*", each, "fields"): dict.fromkeys(FIELDS, _WORDS_LIST) for each in _SETS},
    **{(INDICATORS, "*", each, "months_since"): dict.fromkeys(MILESTONES, toml.COUNT)
       for each in _SETS},
}  # fmt: skip
"""What each table of a file of indicators may hold."""


def read(text: str, name: str = "", team: str = "") -> list[Indicator]:
    """The indicators of a file. Raises `RowsFailure` with each fault: file, line, key."""
    import tomllib

    try:
        raw = tomllib.loads(text)
        found = [(toml.line_of(text, f.key) or 1, _by_code(raw, f)) for f in faults(raw)]
    except tomllib.TOMLDecodeError as fault:
        found = [(toml.fault_line(fault, text) or 1, "le fichier ne se lit pas (TOML)")]
    if found:
        count = f"{len(found)} faute{'s' if len(found) > 1 else ''}"
        raise RowsFailure(
            f"Indicateurs refusés ({count}) : rien n'est ajouté.",
            *(f"{name}, ligne {line} : {told}" for line, told in sorted(found)),
            "Modèle : agir indicators model",
        )
    return [_made(each, raw["sources"], team) for each in raw[INDICATORS]]


def _by_code(raw: Mapping[str, Any], fault: RuleFault) -> str:
    """A fault, its indicator called by its code."""
    some = raw.get(INDICATORS)
    if fault.key[:1] != (INDICATORS,) or len(fault.key) < 2 or not isinstance(some, list):
        return str(fault)
    one = some[int(fault.key[1])]
    code = one.get("code") if isinstance(one, dict) else None
    return str(fault).replace(".".join(fault.key[:2]), str(code or fault.key[1]), 1)


def faults(raw: Mapping[str, Any]) -> Iterator[RuleFault]:
    """Every fault of a file of indicators, each with its key."""
    yield from toml.misspelt(raw, _WORDS)
    seen: set[str] = set()
    sources = raw.get("sources")
    for place, given in toml.tables(raw.get(INDICATORS)):
        key, code = (INDICATORS, place), str(given.get("code"))
        if code in seen:
            yield RuleFault(f"{code} : deux indicateurs de ce code", *key, "code")
        seen.add(code)
        source = given.get("source")
        if isinstance(source, str) and isinstance(sources, dict) and source not in sources:
            told = f"{toml.place_told(key)}« {source} » n'est pas dans [sources]"
            yield RuleFault(told, *key, "source")
        if (given.get("moment") == PERIODIC) != ("during" in given):
            told = 'during va avec moment = "period", et il y est obligatoire'
            yield RuleFault(f"{code} : {told}", *key, "moment")
        for each in _SETS:
            yield from _wrong_values(given.get(each), *key, each)


def _wrong_values(given: Any, *key: str) -> Iterator[RuleFault]:
    fields = given.get("fields") if isinstance(given, dict) else None
    for name, values in fields.items() if isinstance(fields, dict) else ():
        known = _VALUES.get(name) or _codes(name)
        for value in values if known and isinstance(values, list) else ():
            if value not in known:
                told = f"« {value} » n'est pas une valeur de {name} (admis : {', '.join(known)})"
                yield RuleFault(told, *key, "fields", name)


def _codes(name: str) -> Sequence[str]:
    from agir_cli.reports.field_words import words_of

    return [*words_of(columns([name])[0])] if name != "priorites" else ()


def _made(given: Mapping[str, Any], sources: Mapping[str, Any], team: str) -> Indicator:
    source = sources[given["source"]]
    whole = {*_conditions(given["population"]), *_conditions(given["denominator"])}
    return Indicator(
        given["code"], given["label"], given["unit"], given.get("during", ""), frozenset(whole),
        frozenset(whole | {*_conditions(given["numerator"])}), given.get("target"),
        ", ".join(filter(None, (source["title"], source.get("place")))), given["since"], team,
    )  # fmt: skip


def _conditions(given: Mapping[str, Any]) -> Iterator[str]:
    """SQL: the conditions of a set, one by one: of two sets, the one that has more is a part."""
    steps = [*given.get("reached", ()), *given.get("months_since", ())]
    if steps:
        yield s.ADMITTED
    yield from (f"d.{step}_max <= :day" for step in steps if step != "admis")
    for step, months in given.get("months_since", {}).items():
        yield f"d.{step}_max <= months_before(:day, {months})"
    for name, values in given.get("fields", {}).items():
        listed = ", ".join("'{}'".format(value.replace("'", "''")) for value in values)
        yield f"coalesce({FIELDS[name]}, '') IN ({listed})"


def shipped() -> list[Indicator]:
    """The indicators of the program."""
    return read(model(), "indicators.toml")


def model() -> str:
    """The file of the program, which a team's own may follow."""
    from agir_cli.shipped import data_file

    return data_file("indicators.toml").read_text("utf-8")


def known(connection: Connection) -> list[Indicator]:
    """The indicators of the program, and those of the team, which take the place of their codes."""
    found = {each.code: each for each in shipped()}
    for team, text in texts(connection).items():
        found |= {each.code: each for each in read(text, team, team)}
    return [*found.values()]


def texts(connection: Connection) -> dict[str, str]:
    """The files of indicators that the team has added, by name."""
    query = "SELECT name, value FROM settings WHERE name LIKE ? ORDER BY name"
    rows = connection.execute(query, (f"{SETTING}%",)).fetchall()
    return {name.removeprefix(SETTING): text for name, text in rows}


# --- reckoned ----------------------------------------------------------------------------


class Question(NamedTuple):
    """Whom, of which periods, the first one being that asked for; the least count that is told."""

    filters: Filters
    periods: Sequence[Period]
    mask: int | None = None


class Told(NamedTuple):
    """An indicator in a period; ``None``: hidden, or nobody to take a rate of."""

    code: str
    intitule: str
    unite: str
    periode: str
    du: str | None
    au: str
    numerateur: int | None
    denominateur: int | None
    taux: float | None
    objectif: float | None
    ecart_objectif: float | None
    source: str


def reckoned(connection: Connection, asked: Question, every: Iterable[Indicator]) -> list[Told]:
    """Each indicator in each period that it is told of."""
    rows = []
    some = [*every]
    for period in asked.periods:
        own = [each for each in some if each.since <= period.last]
        counts = {
            (each.unit, each.conditions(part)): _count(connection, asked, period, each, part)
            for each in own for part in (NUMERATOR, DENOMINATOR)
        }  # fmt: skip
        shown = _masked(counts, asked.mask) if asked.mask else counts
        for each in own:
            part, whole = (shown[each.unit, each.conditions(p)] for p in (NUMERATOR, DENOMINATOR))
            reached = rate(part, whole)
            gap = None if reached is None or each.target is None else reached - each.target
            rows.append(Told(
                each.code, each.label, each.unit, period.code,
                period.first.isoformat() if each.during else None, period.last.isoformat(),
                part, whole, reached, each.target, None if gap is None else round(gap, 1),
                each.source,
            ))  # fmt: skip
    return rows


def _masked(counts: Mapping[Any, int], least: int) -> dict[Any, int | None]:
    """The counts without the small ones; of two sets one of which is in the other, the rest too."""
    every, sums = dict(counts), []
    for unit, whole in counts:
        for other, part in counts:
            if unit == other and {*whole} < {*part}:
                rest = (unit, whole, part)
                every[rest] = counts[unit, whole] - counts[unit, part]
                sums.append(Sum((unit, whole), [(unit, part), rest]))
    away = hidden(every, sums, least, [key for key in every if key not in counts], far=True)
    return as_printed(counts, away)


def _where(
    connection: Connection, asked: Question, period: Period, conditions: Iterable[str]
) -> tuple[str, dict[str, object]]:
    from agir_cli.store.settings import rulebook_of

    connection.create_function("months_before", 2, _months_before, deterministic=True)
    parts = []
    for each in conditions:
        if each.startswith(_IN.format("")):
            _, last = days_from(*dict.fromkeys(("admis", each.partition(":")[2])))
            each = f"{last} BETWEEN :first AND :day"
        parts.append(each)
    shared = counting(asked.filters)
    days = {"first": period.first.isoformat(), "day": period.last.isoformat()}
    flags = outcomes.counted_as(rulebook_of(connection).flags(period.last))
    return " AND ".join(parts or ["1"]) + shared.sql, {**days, **flags, **shared.values}


def _months_before(day: str, months: int) -> str:
    return outcomes.signed_by(date.fromisoformat(day), f"{months}m").isoformat()


_OF_UNIT = {PERSONS: "count(*)", HOUSEHOLDS: f"count(DISTINCT d.departement || {s.HOUSEHOLD})"}


def _count(
    connection: Connection, asked: Question, period: Period, each: Indicator, part: str
) -> int:
    where, values = _where(connection, asked, period, each.conditions(part))
    query = f"SELECT {_OF_UNIT[each.unit]} FROM {FROM} WHERE {where}"
    return int(connection.execute(query, values).fetchone()[0])


# --- the sheets --------------------------------------------------------------------------


def _pct(value: float | None) -> str:
    return "" if value is None else f"{value:g} %".replace(".", ",")


_SHOWN = {
    **dict.fromkeys((NUMERATOR, DENOMINATOR), number), "taux": percent, "objectif": _pct,
    "ecart_objectif": lambda gap: "" if gap is None else f"{gap:+.1f}".replace(".", ","),
}  # fmt: skip
KNOWN = columns(Told._fields, _SHOWN)


def sheet(
    connection: Connection, asked: Question, headings: Sequence[str], by: str | None
) -> Sheet:
    """The indicators of the period, beside other periods; month by month with ``by``."""
    every = known(connection)
    rows = reckoned(connection, asked, every)
    ends = asked.periods[0].first, asked.periods[-1].last
    of = f" par {by}, du {short_date(ends[0])} au {short_date(ends[1])}" if by else ""
    since = min((each.since for each in every), default=ends[1])
    nobody = rows and all(row.denominateur == 0 for row in rows)
    return Sheet(
        title=f"Indicateurs{of or f', {headings[0]}'}",
        notes=[
            f"Unité : personnes ou ménages. Flux : ceux de la période ; stocks : au dernier jour"
            f" {'de chacune' if by else f'({weekday_date(asked.periods[0].last)})'}. Un jour peu"
            " sûr compte pour le dernier qu'il peut être.",
            "Derrière un nombre : --list signataires, --list signataires:denominateur."
            " Définitions et sources : agir indicators list",
            *masked_note(asked.mask), *(["Personne à compter : aucun taux."] if nobody else []),
        ],
        sections=[_beside(rows, asked, headings, whole=not by)] if every else [],
        data=Data(KNOWN, rows),
        empty=[f"Aucun indicateur n'est défini à cette date : le premier l'est depuis le"
               f" {short_date(since)}."],
    )  # fmt: skip


def _beside(
    rows: Sequence[Told], asked: Question, headings: Sequence[str], *, whole: bool
) -> Section:
    """A line an indicator: the period asked for, then the rates of the others."""
    found = {(row.code, row.periode, row.au): row for row in rows}
    labels = {row.code: row.intitule for row in rows}
    own = columns((NUMERATOR, DENOMINATOR, "taux", "objectif"), _SHOWN) if whole else ()
    others = asked.periods[1:] if whole else asked.periods
    told = headings[1:] if whole else headings
    laid = [Column("", "Indicateur"), Column("code", "Code"), *own,
            *(Column(f"taux_{n}", name, show=percent) for n, name in enumerate(told))]  # fmt: skip
    table = []
    for code, label in labels.items():
        first = found.get((code, asked.periods[0].code, asked.periods[0].last.isoformat()))
        mine = [getattr(first, c.name, None) for c in own]
        rates = [
            getattr(found.get((code, p.code, p.last.isoformat())), "taux", None) for p in others
        ]
        table.append([label, code, *mine, *rates])
    return Section("", laid, table, spare=("code",))


def sheet_behind(connection: Connection, asked: Question, text: str) -> Sheet:
    """The dossiers, or the households, behind a number of an indicator: « signataires:reste »."""
    every = {each.code: each for each in known(connection)}
    name, _, part = (word.strip().casefold() for word in text.partition(":"))
    labels = {each.label: code for code, each in every.items()}
    each = every[one_of("L'indicateur", name, [*every], labels)]
    if part not in ("", NUMERATOR, DENOMINATOR, REST):
        raise not_admitted("Le nombre", part, (NUMERATOR, DENOMINATOR, REST))
    period, part = asked.periods[0], part or NUMERATOR
    of = f"{each.label} ({heading_of(part).lower()})"
    where, values = _where(connection, asked, period, each.conditions(part))
    counted, _ = _where(connection, asked, period, each.conditions(NUMERATOR))
    if each.unit == PERSONS:
        where = f"{where} AND NOT coalesce(({counted}), 0)" if part == REST else where
        return s.list_sheet(of, period.last, s.dossiers_where(connection, where, values))
    least = f"HAVING sum(coalesce(({counted}), 0)) = 0" if part == REST else ""
    query = f"""SELECT d.departement, coalesce(max(d.menage), max(d.dossier)), count(*),
        group_concat(d.dossier, ' ') FROM {FROM} WHERE {where}
        GROUP BY d.departement, {s.HOUSEHOLD} {least} ORDER BY 1, 2"""
    homes = columns(("departement", "menage", "personnes", "dossiers"))
    return one_list(f"{of}, au {weekday_date(period.last)} : {{count}} ménage{{s}}", homes,
                    connection.execute(query, values).fetchall())  # fmt: skip


DEFINED = (
    "code",
    "intitule",
    "unite",
    "flux_de",
    "objectif",
    "source",
    "valable_depuis",
    "fichier",
)


def definitions(connection: Connection | None) -> Sheet:
    """What each indicator is, its source, and whose it is."""
    every = shipped() if connection is None else known(connection)
    rows = [
        (each.code, each.label, each.unit, each.during or None, each.target, each.source,
         each.since.isoformat(), each.team or None)
        for each in every
    ]  # fmt: skip
    usual = ("code", "intitule", "objectif", "source")
    return one_list("Indicateurs", columns(DEFINED, {"objectif": _pct}), rows,
                    usual=usual, spare=("source",))  # fmt: skip


def check_period(asked: Question, by: str | None) -> None:
    """Raise `UsageFailure` for months that are masked: their differences would tell."""
    if asked.mask and by:
        raise UsageFailure("--mask ne va pas avec plusieurs périodes : leurs écarts diraient ce"
                           " qui est masqué.", "Retirez --by, ou --mask.")  # fmt: skip
