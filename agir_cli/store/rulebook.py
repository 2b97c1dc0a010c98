"""TOML → rule values: reads `data/` and what a team has added, refuses what may not be used."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from agir_cli.domain.dates import Length
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
from agir_cli.domain.vocabulary import Housing, HousingDetail, Motive, Work
from agir_cli.store.reference import data_file

CRITERIA = ("status", "territory", "need", "cir_year", "wish")


@cache
def shipped() -> Rulebook:
    """The rules that come with the program."""
    return rulebook(rule_files())


def rule_files() -> list[str]:
    """The texts of the rule-sets that come with the program."""
    return [path.read_text("utf-8") for path in sorted(data_file("rules").glob("*.toml"))]


def rulebook(rule_texts: Iterable[str]) -> Rulebook:
    """The rulebook of these rule-set texts, with the clocks that come with the program.

    Raises `RuleFault` when two rule-sets cover one day, or something has no source.
    """
    rule_sets = tuple(rule_set(tomllib.loads(text)) for text in rule_texts)
    check_rule_sets(rule_sets)
    return Rulebook(
        rule_sets=rule_sets,
        clocks=clocks(tomllib.loads(_text("clocks.toml"))),
        motives=_motives(tomllib.loads(_text("motives.toml"))),
        situations=_situations(tomllib.loads(_text("situations.toml"))),
    )


def _text(name: str) -> str:
    return data_file(name).read_text("utf-8")


def rule_set(raw: Mapping[str, Any]) -> RuleSet:
    """One rule-set from its parsed TOML. Raises `RuleFault`."""
    code = str(raw.get("code", "sans nom"))
    missing = [
        key for key in ("code", "title", "start", "departments", "criteria") if key not in raw
    ]
    if missing:
        raise RuleFault(f"règle « {code} » : il manque {', '.join(missing)}")
    _check_days(raw, code)
    sources = _sources(raw, code)
    unknown = [name for name in raw["criteria"] if name not in CRITERIA]
    if unknown:
        raise RuleFault(f"règle « {code} » : critère inconnu {', '.join(unknown)}")
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
    days = {"start": raw["start"], "end": raw.get("end"), **raw["departments"]}
    for name, day in days.items():
        if day is not None and type(day) is not date:
            raise RuleFault(f"règle « {code} » : {name} n'est pas une date (2023-01-01)")
    if days["end"] is not None and days["end"] < days["start"]:
        raise RuleFault(f"règle « {code} » : elle finit avant d'avoir commencé")


PARAMETERS = {"status": {"admitted"}, "cir_year": {"tests", "years_direct", "years_liaison"}}
_NEEDED = {"status": {"admitted"}}


def _check_parameters(where: str, name: str, given: Mapping[str, Any]) -> None:
    unknown = set(given) - PARAMETERS.get(name, set()) - {"source", "reading"}
    missing = _NEEDED.get(name, set()) - set(given)
    if unknown or missing:
        told = (
            f"paramètre inconnu {', '.join(sorted(unknown))}" if unknown else "il manque admitted"
        )
        raise RuleFault(f"{where} : {told}")


def _criterion(
    code: str, name: str, given: Mapping[str, Any], sources: Mapping[str, Source]
) -> Criterion:
    where = f"règle « {code} », critère « {name} »"
    _check_parameters(where, name, given)
    source = _source_of(given, sources, where)
    parameters = {k: v for k, v in given.items() if k not in ("source", "reading")}
    return Criterion(name, source, str(given.get("reading", "")), parameters)


def _sources(raw: Mapping[str, Any], where: str) -> dict[str, Source]:
    checked = raw.get("checked_on")
    if not isinstance(checked, date):
        raise RuleFault(f"{where} : il manque la date de vérification (checked_on)")
    untitled = [name for name, given in raw.get("sources", {}).items() if "title" not in given]
    if untitled:
        raise RuleFault(f"{where} : la source {', '.join(untitled)} n'a pas de titre")
    return {
        name: Source(given["title"], given.get("place", ""), checked)
        for name, given in raw.get("sources", {}).items()
    }


def _source_of(given: Mapping[str, Any], sources: Mapping[str, Source], where: str) -> Source:
    found = sources.get(str(given.get("source")))
    if found is None:
        raise RuleFault(f"{where} : il n'a pas de source")
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
            given.get("note", ""), given.get("ends", ""),
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
