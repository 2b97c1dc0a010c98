"""TOML → rule values: reads `data/` and what a team has added, refuses what may not be used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from agir_cli.domain.dates import Length
from agir_cli.domain.places import DEPARTMENT_CODES
from agir_cli.domain.rules import (
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

CRITERIA = ("status", "territory", "need", "cir_year", "wish")


@cache
def shipped() -> Rulebook:
    """The rules that come with the program."""
    return rulebook(rule_files())


def rule_files() -> list[str]:
    """The texts of the rule-sets that come with the program."""
    return [path.read_text("utf-8") for path in sorted(data_file("rules").glob("*.toml"))]


def rulebook(rule_texts: Iterable[str], *, strict: bool = True) -> Rulebook:
    """The rulebook of these rule-set texts, with the clocks that come with the program.

    Raises `RuleFault` when two rule-sets cover one day, or something has no source.
    """
    rule_sets = tuple(rule_set(tomllib.loads(text), strict=strict) for text in rule_texts)
    check_rule_sets(rule_sets)
    return Rulebook(
        rule_sets=rule_sets,
        clocks=clocks(tomllib.loads(_text("clocks.toml"))),
        motives=_motives(tomllib.loads(_text("motives.toml"))),
        situations=_situations(tomllib.loads(_text("situations.toml"))),
    )


def _text(name: str) -> str:
    return data_file(name).read_text("utf-8")


def rule_set(raw: Mapping[str, Any], *, strict: bool = True) -> RuleSet:
    """One rule-set from its parsed TOML. Raises `RuleFault`.

    ``strict``: every word is one that a rule knows, as is asked of what is added.
    """
    code = str(raw.get("code", "sans nom"))
    missing = [
        key for key in ("code", "title", "start", "departments", "criteria") if key not in raw
    ]
    if missing:
        raise RuleFault(f"règle « {code} » : il manque {', '.join(missing)}")
    if strict:
        _check_words(raw, f"règle « {code} »")
    _check_days(raw, code)
    sources = _sources(raw, code)
    return RuleSet(
        code=code,
        title=raw["title"],
        departments={str(name): day for name, day in raw["departments"].items()},
        start=raw["start"],
        end=raw.get("end"),
        criteria={
            name: _criterion(code, name, given, sources) for name, given in raw["criteria"].items()
        },
    )


def _check_days(raw: Mapping[str, Any], code: str) -> None:
    days: dict[tuple[str, ...], Any]
    days = {("start",): raw["start"], ("end",): raw.get("end")}
    days |= {("departments", name): day for name, day in raw["departments"].items()}
    for key, day in days.items():
        if day is not None and type(day) is not date:
            told = f"règle « {code} » : {key[-1]} n'est pas une date (2023-01-01)"
            raise RuleFault(told, *key)
    if raw.get("end") is not None and raw["end"] < raw["start"]:
        raise RuleFault(f"règle « {code} » : elle finit avant d'avoir commencé", "end")


# --- the words of a rule-set ---------------------------------------------------------------


_STATUSES = frozenset(status.value for status in Status)
_WORDS: Mapping[tuple[str, ...], Collection[str]] = {
    (): ("code", "title", "start", "end", "end_note", "checked_on", "departments", "sources",
         "criteria"),
    ("departments",): DEPARTMENT_CODES,
    ("sources", "*"): ("title", "place"),
    ("criteria",): CRITERIA,
    ("criteria", "*"): ("source", "reading"),
    ("criteria", "status"): ("source", "reading", "admitted"),
    ("criteria", "cir_year"): ("source", "reading", "tests", "years_direct", "years_liaison"),
}  # fmt: skip
"""The keys that each table of a rule-set may have; « * » stands for any other table."""

_VALUES: Mapping[str, Collection[str] | None] = {
    "tests": ("cir",),
    "admitted": _STATUSES,
    "years_direct": None,
    "years_liaison": None,
}
"""What a parameter may be: one of these words, some of them (``admitted``), or years."""


def _check_words(raw: Mapping[str, Any], where: str, *table: str) -> None:
    """Refuse a word that no rule knows: it would be taken and change nothing."""
    known = _WORDS.get(table) or _WORDS.get((*table[:-1], "*"))
    what = "critère" if table == ("criteria",) else "mot"
    for name, given in raw.items():
        key = (*table, name)
        if known is not None and name not in known:
            raise RuleFault(f"{where} : {what} inconnu {name} ({_told(known)})", *key)
        if isinstance(given, Mapping):
            _check_words(given, where, *key)
        elif table[:1] == ("criteria",) and name in _VALUES:
            _check_value(where, key, given)
    if table == ("criteria", "status") and "admitted" not in raw:
        raise RuleFault(f"{where}, critère « status » : il manque admitted", *table)


def _check_value(where: str, key: tuple[str, ...], given: Any) -> None:
    known = _VALUES[key[-1]]
    if known is None:
        wrong = [] if type(given) is int and given >= 0 else [given]
        expected = "un nombre d'années : 0, 1…"
    else:
        said = given if key[-1] == "admitted" and isinstance(given, list) else [given]
        wrong, expected = [word for word in said if word not in known], _told(known)
    if wrong or given == []:
        told = f"{where}, {'.'.join(key)} : « {', '.join(map(str, wrong))} » n'est pas connu"
        raise RuleFault(f"{told} ({expected})", *key)


def _told(known: Collection[str]) -> str:
    return f"admis : {', '.join(sorted(known))}" if len(known) < 20 else "un code comme 44 ou 85"


def line_of(text: str, key: Sequence[str]) -> int | None:
    """The line of a rule file where a key is given; else where its table begins."""
    table: tuple[str, ...] = ()
    found: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
        elif given := _GIVEN.match(line):
            if (*table, *_parts(given[1])) == tuple(key):
                return number
            continue
        if table and table == tuple(key)[: len(table)]:
            found = found or number
    return found


_HEADER = re.compile(r"\s*\[+([^\]]+)\]")
_GIVEN = re.compile(r"\s*([\w.\"'-]+)\s*=")


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in name.split("."))


def _criterion(
    code: str, name: str, given: Mapping[str, Any], sources: Mapping[str, Source]
) -> Criterion:
    key = ("criteria", name)
    source = _source_of(given, sources, f"règle « {code} », critère « {name} »", *key)
    parameters = {k: v for k, v in given.items() if k not in ("source", "reading")}
    return Criterion(name, source, str(given.get("reading", "")), parameters)


def _sources(raw: Mapping[str, Any], where: str) -> dict[str, Source]:
    checked = raw.get("checked_on")
    if not isinstance(checked, date):
        raise RuleFault(f"{where} : il manque la date de vérification (checked_on)", "checked_on")
    untitled = [name for name, given in raw.get("sources", {}).items() if "title" not in given]
    if untitled:
        told = f"{where} : la source {', '.join(untitled)} n'a pas de titre"
        raise RuleFault(told, "sources", untitled[0])
    return {
        name: Source(given["title"], given.get("place", ""), checked)
        for name, given in raw.get("sources", {}).items()
    }


def _source_of(
    given: Mapping[str, Any], sources: Mapping[str, Source], where: str, *key: str
) -> Source:
    found = sources.get(str(given.get("source")))
    if found is None:
        raise RuleFault(f"{where} : il n'a pas de source", *key, "source")
    return found


def clocks(raw: Mapping[str, Any]) -> Clocks:
    """Every clock from the parsed TOML. Raises `RuleFault`."""
    sources = _sources(raw, "délais")
    found: dict[str, list[Clock]] = {}
    for given in raw["clock"]:
        length = Length(given.get("years", 0), given.get("months", 0), given.get("days", 0))
        source = _source_of(given, sources, f"délai « {given['name']} »")
        clock = Clock(
            given["name"], length, given["start"], given["since"], source,
            given.get("note", ""), given.get("ends", ""), given.get("cadence", ""),
        )  # fmt: skip
        found.setdefault(clock.name, []).append(clock)
    return Clocks({name: tuple(sorted(each, key=_since)) for name, each in found.items()})


def _since(clock: Clock) -> date:
    return clock.since


def _motives(raw: Mapping[str, Any]) -> dict[Motive, MotiveRule]:
    sources = _sources(raw, "motifs")
    return {
        Motive(name): MotiveRule(
            Motive(name),
            given["final"],
            given["command"],
            _source_of(given, sources, f"motif « {name} »"),
        )
        for name, given in raw["motives"].items()
    }


def _situations(raw: Mapping[str, Any]) -> tuple[SituationFlags, ...]:
    sources = _sources(raw, "situations")
    return tuple(
        SituationFlags(
            since=given["since"],
            durable_work=frozenset(map(Work, given["durable_work"])),
            lasting_housing=frozenset(map(Housing, given["lasting_housing"])),
            lasting_details=frozenset(map(HousingDetail, given["lasting_details"])),
            source=_source_of(given, sources, "situations"),
        )
        for given in raw["flags"]
    )
