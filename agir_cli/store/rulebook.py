"""TOML → rule values: reads `data/` and what a team has added, refuses what may not be used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from agir_cli.domain.dates import Length, french_day
from agir_cli.domain.deadlines import CLOCK_STARTS
from agir_cli.domain.places import DEPARTMENT_CODES
from agir_cli.domain.rules import (
    Ceiling,
    Clock,
    Clocks,
    Criterion,
    MotiveRule,
    Rulebook,
    RuleFault,
    RuleSet,
    SituationFlags,
    Source,
    check_rule_sets,
)
from agir_cli.domain.vocabulary import Housing, HousingDetail, Motive, Status, Work
from agir_cli.store.reference import data_file

CRITERIA = ("status", "territory", "need", "cir_year", "window", "freeze", "wish")
"""The criteria that a rule-set chooses among."""
CLOCKS = "clock"
"""The table by which a file of clocks is told from a rule-set."""


@cache
def shipped() -> Rulebook:
    """The rules that come with the program."""
    return rulebook(rule_files())


def rule_files() -> list[str]:
    """The texts of the rule-sets that come with the program."""
    return [path.read_text("utf-8") for path in sorted(data_file("rules").glob("*.toml"))]


def rulebook(rule_texts: Iterable[str], *, strict: bool = True) -> Rulebook:
    """The rulebook of these texts (rule-sets, a team's clocks), and what comes with the program.

    A rule-set takes the place of an earlier one of its code. Raises `RuleFault` when two rule-sets
    cover one day, two clocks begin on one, or something has no source.
    """
    every = [tomllib.loads(text) for text in rule_texts]
    rule_sets = {each.code: each for each in (
        rule_set(raw, strict=strict) for raw in every if CLOCKS not in raw
    )}  # fmt: skip
    check_rule_sets(rule_sets.values())
    own = [clocks(raw) for raw in every if CLOCKS in raw]
    return Rulebook(
        rule_sets=tuple(rule_sets.values()),
        clocks=_together([clocks(tomllib.loads(_text("clocks.toml"))), *own]),
        motives=_motives(tomllib.loads(_text("motives.toml"))),
        situations=_situations(tomllib.loads(_text("situations.toml"))),
    )


def _text(name: str) -> str:
    return data_file(name).read_text("utf-8")


def rule_set(raw: Mapping[str, Any], *, strict: bool = True) -> RuleSet:
    """One rule-set from its parsed TOML. Raises `RuleFault`, the first of its faults.

    ``strict``: every word is one that a rule knows, as is asked of what is added.
    """
    for fault in faults(raw) if strict else ():
        raise fault
    code, sources = str(raw["code"]), _sources(raw)
    process, places = raw.get("process", {}), raw.get("places")
    return RuleSet(
        code=code,
        title=raw["title"],
        departments={str(name): day for name, day in raw["departments"].items()},
        start=raw["start"],
        end=raw.get("end"),
        criteria={
            name: Criterion(
                name, sources[given["source"]], str(given.get("reading", "")),
                {k: v for k, v in given.items() if k not in ("source", "reading")},
            )
            for name, given in raw["criteria"].items()
        },
        commission=process.get("commission", True),
        commission_source=sources[process["source"]] if process else None,
        places=Ceiling(
            {name: most for name, most in places.items() if name in DEPARTMENT_CODES},
            sources[places["source"]], places.get("reading", ""),
        ) if places else None,
    )  # fmt: skip


# --- the words of a file, and its faults ---------------------------------------------------


class Kind(NamedTuple):
    """What may stand under a key."""

    told: str
    """What is expected (French)."""
    admits: Callable[[Any], bool]
    needed: bool = False


def words_in(*words: str) -> Kind:
    return Kind(f"admis : {', '.join(sorted(words))}", lambda given: given in words)


def needed(kind: Kind) -> Kind:
    return kind._replace(needed=True)


_STATUSES = sorted(status.value for status in Status)
TEXT = Kind("un texte", lambda given: isinstance(given, str) and bool(given.strip()))
DAY = Kind("une date : 2023-01-01", lambda given: type(given) is date)
_YEARS = Kind("un nombre d'années : 0, 1…", lambda given: type(given) is int and 0 <= given < 100)
COUNT = Kind("un nombre : 1, 2…", lambda given: type(given) is int and 0 < given < 10**6)
_FLAG = Kind("true ou false", lambda given: type(given) is bool)
TABLE = Kind("un tableau", lambda given: isinstance(given, dict))
LIST = Kind("un tableau", lambda given: isinstance(given, list) and bool(given)
              and all(isinstance(each, dict) for each in given))  # fmt: skip
_SOME = Kind(
    f"admis : {', '.join(_STATUSES)}",
    lambda given: isinstance(given, list) and bool(given) and all(g in _STATUSES for g in given),
)
_SOURCE = {"source": TEXT, "reading": TEXT}
_WORDS: Mapping[tuple[str, ...], Mapping[str, Kind]] = {
    (): {
        "code": needed(TEXT), "title": needed(TEXT), "start": needed(DAY), "end": DAY,
        "end_note": TEXT, "checked_on": needed(DAY), "departments": needed(TABLE),
        "sources": needed(TABLE), "criteria": needed(TABLE), "process": TABLE,
        "places": TABLE,
    },
    ("departments",): dict.fromkeys(sorted(DEPARTMENT_CODES), DAY),
    ("sources",): {"*": TABLE},
    ("sources", "*"): {"title": needed(TEXT), "place": TEXT},
    ("criteria",): dict.fromkeys(CRITERIA, TABLE),
    ("criteria", "*"): _SOURCE,
    ("criteria", "status"): {**_SOURCE, "admitted": needed(_SOME)},
    ("criteria", "need"): {**_SOURCE, "lacking": words_in("one", "both", "emploi", "logement")},
    ("criteria", "cir_year"): {
        **_SOURCE, "tests": words_in("cir"), "years_direct": _YEARS, "years_liaison": _YEARS,
    },
    ("criteria", "window"): {
        **_SOURCE, "anchor": needed(words_in("cir", "protection")), "under_months": COUNT,
        "calendar_years": _YEARS,
    },
    ("criteria", "freeze"): {**_SOURCE, "start": DAY, "end": DAY},
    ("process",): {**_SOURCE, "commission": needed(_FLAG)},
    ("places",): {**_SOURCE, **dict.fromkeys(sorted(DEPARTMENT_CODES), COUNT)},
}  # fmt: skip
"""What each table of a rule-set may hold; « * » stands for any other name."""

_CLOCK_WORDS: Mapping[tuple[str, ...], Mapping[str, Kind]] = {
    (): {
        "code": TEXT, "title": TEXT, "checked_on": needed(DAY), "sources": needed(TABLE),
        CLOCKS: needed(LIST),
    },
    ("sources",): {"*": TABLE},
    ("sources", "*"): {"title": needed(TEXT), "place": TEXT},
    (CLOCKS, "*"): {
        "name": needed(words_in(*CLOCK_STARTS)), "start": needed(TEXT), "since": needed(DAY),
        "years": COUNT, "months": COUNT, "days": COUNT, "source": TEXT,
        "note": TEXT, "ends": TEXT, "cadence": words_in("glissante", "ancree"),
    },
}  # fmt: skip
"""The same of a file of clocks."""


def faults(raw: Mapping[str, Any]) -> Iterator[RuleFault]:
    """Every fault of a rule-set, or of a file of clocks, each with its key."""
    told = [*misspelt(raw, _CLOCK_WORDS if CLOCKS in raw else _WORDS)]
    yield from told
    wrong, known = {fault.key for fault in told}, dict(tables(raw.get("sources")))
    for key, given in _sourced(raw):
        source = given.get("source")
        if source not in known and not {key, (*key, "source")} & wrong:
            said = f"« {source} » n'est pas dans [sources]" if source else "source = …"
            yield RuleFault(f"{place_told(key)}il n'a pas de source ({said})", *key, "source")
    together = _clock_faults(raw) if CLOCKS in raw else _rule_faults(raw)
    # What is not of its kind has been told; it goes with nothing.
    yield from (fault for fault in together if fault.key not in wrong)


def misspelt(
    raw: Mapping[str, Any], words: Mapping[tuple[str, ...], Mapping[str, Kind]], *table: str
) -> Iterator[RuleFault]:
    """The faults of words that no rule knows (they would change nothing), of values, of blanks."""
    known = _words_of(words, table)
    for name, kind in known.items():
        if kind.needed and name not in raw:
            yield RuleFault(f"{place_told(table)}il manque {name} ({kind.told})", *table, name)
    for name, given in raw.items():
        key, admitted = (*table, name), known.get(name) or known.get("*")
        if admitted is None:
            what = "critère" if table == ("criteria",) else "mot"
            yield RuleFault(f"{what} inconnu : {name} ({_told(known)})", *key)
        elif not admitted.admits(given):
            told = f"{'.'.join(key)} : « {_shown(given)} » ne va pas ({admitted.told})"
            yield RuleFault(told, *key)
        elif isinstance(given, Mapping):
            yield from misspelt(given, words, *key)
        elif admitted.admits is LIST.admits:
            for place, each in enumerate(given):
                yield from misspelt(each, words, *key, str(place))


def _words_of(
    words: Mapping[tuple[str, ...], Mapping[str, Kind]], table: tuple[str, ...]
) -> Mapping[str, Kind]:
    """What a table may hold; « * » stands for any other part of its name."""
    alike = [
        each
        for each in words
        if len(each) == len(table)
        and all(said in (part, "*") for said, part in zip(each, table, strict=True))
    ]
    return words[max(alike, key=lambda each: -each.count("*"))] if alike else {}


def place_told(key: Sequence[str]) -> str:
    return f"{'.'.join(key)} : " if key else ""


def _shown(given: Any) -> str:
    said = given if isinstance(given, list) else [given]
    return ", ".join(str(each) for each in said)[:80]


def _told(known: Collection[str]) -> str:
    return f"admis : {', '.join(sorted(known))}" if len(known) < 20 else "un code comme 44 ou 85"


def _sourced(raw: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Each table that must have a source, with its key."""
    for name in ("criteria", CLOCKS):
        yield from (((name, each), given) for each, given in tables(raw.get(name)))
    for name, given in tables(raw):
        if name in ("process", "places"):
            yield (name,), given


def tables(given: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    listed = given if isinstance(given, list) else ()
    some = given.items() if isinstance(given, dict) else enumerate(listed)
    yield from ((str(name), each) for name, each in some if isinstance(each, dict))


def _rule_faults(raw: Mapping[str, Any]) -> Iterator[RuleFault]:
    """The faults of values that do not go together."""
    criteria = dict(tables(raw.get("criteria")))
    for key, given in (((), raw), (("criteria", "freeze"), criteria.get("freeze", {}))):
        start, end = given.get("start", raw.get("start")), given.get("end")
        if type(start) is type(end) is date and end < start:
            yield RuleFault(f"{place_told(key)}elle finit avant d'avoir commencé", *key, "end")
    if raw.get("departments") == {}:
        yield RuleFault("departments : aucun département", "departments")
    window = criteria.get("window")
    if window is not None and ("under_months" in window) == ("calendar_years" in window):
        told = "criteria.window : under_months ou calendar_years, l'un des deux"
        yield RuleFault(told, "criteria", "window")


def _clock_faults(raw: Mapping[str, Any]) -> Iterator[RuleFault]:
    begun: set[tuple[str, date]] = set()
    for place, given in tables(raw[CLOCKS]):
        key, name, since = (CLOCKS, place), str(given.get("name")), given.get("since")
        starts, start = CLOCK_STARTS.get(name, ()), given.get("start")
        if starts and start and start not in starts:
            told = f"{name} : départ « {start} » (admis : {', '.join(starts)})"
            yield RuleFault(told, *key, "start")
        if not {"years", "months", "days"} & given.keys():
            yield RuleFault(f"{name} : il manque une durée (years, months ou days)", *key)
        if "cadence" in given and name != "entretien":
            yield RuleFault(f"{name} : cadence ne va qu'avec « entretien »", *key, "cadence")
        if type(since) is date and (name, since) in begun:
            yield RuleFault(f"{name} : deux délais depuis le même jour", *key, "since")
        if type(since) is date:
            begun.add((name, since))


def check_clocks(own: Clocks, before: Clocks) -> Iterator[RuleFault]:
    """The faults of clocks that begin on the same day as those that are known."""
    for name, versions in own.by_name.items():
        days = {clock.since for clock in before.by_name.get(name, ())}
        for place, clock in enumerate(versions):
            if clock.since in days:
                told = f"{name} : un délai court déjà depuis le {french_day(clock.since)}"
                told += " ; donnez un jour plus tardif (since)"
                yield RuleFault(told, CLOCKS, str(place), "since")


def fault_line(fault: tomllib.TOMLDecodeError, text: str) -> int:
    """The line of a fault; the last one, where the file ends before what was begun."""
    where = re.search(r"at line (\d+)", str(fault))
    return int(where[1]) if where else len(text.splitlines())


def line_of(text: str, key: Sequence[str]) -> int | None:
    """The line of a rule file where a key is given; else where its table begins."""
    table: tuple[str, ...] = ()
    found, best, met = None, 0, -1
    if not key:
        return None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[2])
            if header[1] == "[[":
                met += 1
                table = (*table, str(met))
        elif given := _GIVEN.match(line):
            whole = (*table, *_parts(given[1]))
            if whole == tuple(key):
                return number
            if len(whole) > best and whole == tuple(key)[: len(whole)]:  # in a table on one line
                found, best = number, len(whole)
            continue
        if len(table) > best and table == tuple(key)[: len(table)]:
            found, best = number, len(table)
    return found


_HEADER = re.compile(r"\s*(\[+)([^\]]+)\]")
_GIVEN = re.compile(r"\s*([\w.\"'-]+)\s*=")


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in name.split("."))


# --- the values ----------------------------------------------------------------------------


def _sources(raw: Mapping[str, Any]) -> dict[str, Source]:
    return {
        name: Source(given["title"], given.get("place", ""), raw["checked_on"])
        for name, given in raw["sources"].items()
    }


def clocks(raw: Mapping[str, Any]) -> Clocks:
    """Every clock from the parsed TOML. Raises `RuleFault`, the first of its faults."""
    for fault in faults(raw):
        raise fault
    sources, found = _sources(raw), dict[str, list[Clock]]()
    for given in raw[CLOCKS]:
        length = Length(given.get("years", 0), given.get("months", 0), given.get("days", 0))
        clock = Clock(
            given["name"], length, given["start"], given["since"], sources[given["source"]],
            given.get("note", ""), given.get("ends", ""), given.get("cadence", ""),
        )  # fmt: skip
        found.setdefault(clock.name, []).append(clock)
    return Clocks({name: tuple(sorted(each, key=_since)) for name, each in found.items()})


def _since(clock: Clock) -> date:
    return clock.since


def _completed(own: Clock, first: Clock) -> Clock:
    return own._replace(ends=own.ends or first.ends, cadence=own.cadence or first.cadence)


def _together(some: Sequence[Clocks]) -> Clocks:
    """These clocks as one; what stops a team's own is said as by the program's."""
    known = some[0]
    for own in some[1:]:
        for fault in check_clocks(own, known):
            raise fault
        joined = {
            name: (*versions, *(_completed(c, versions[0])
                                for c in own.by_name.get(name, ())))
            for name, versions in known.by_name.items()
        }  # fmt: skip
        known = Clocks({name: tuple(sorted(each, key=_since)) for name, each in joined.items()})
    return known


def _motives(raw: Mapping[str, Any]) -> dict[Motive, MotiveRule]:
    sources = _sources(raw)
    return {
        Motive(name): MotiveRule(
            Motive(name),
            given["final"],
            given["command"],
            sources[given["source"]],
        )
        for name, given in raw["motives"].items()
    }


def _situations(raw: Mapping[str, Any]) -> tuple[SituationFlags, ...]:
    sources = _sources(raw)
    return tuple(
        SituationFlags(
            since=given["since"],
            durable_work=frozenset(map(Work, given["durable_work"])),
            lasting_housing=frozenset(map(Housing, given["lasting_housing"])),
            lasting_details=frozenset(map(HousingDetail, given["lasting_details"])),
            source=sources[given["source"]],
        )
        for given in raw["flags"]
    )
