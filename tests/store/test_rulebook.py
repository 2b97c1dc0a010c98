"""Rule files: what ships is whole, and what may not be used is refused with its reason."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from agir_cli.domain.dates import Length, exactly
from agir_cli.domain.rules import RuleFault
from agir_cli.domain.vocabulary import Motive
from agir_cli.store.reference import data_file
from agir_cli.store.rulebook import clocks, rule_set, rulebook, shipped

TEAM_RULE = """
code = "2024-07-44"
title = "Critères de juillet 2024"
start = 2024-07-01
checked_on = 2026-11-23
[departments]
44 = 2024-07-01
[sources.note]
title = "Note de la préfecture"
place = "p. 2"
[criteria.cir_year]
source = "note"
reading = "CIR de l'année seulement"
years_direct = 0
years_liaison = 0
"""
SHIPPED = {path.name: path.read_text("utf-8") for path in data_file("rules").glob("*.toml")}


def test_what_ships() -> None:
    rules = shipped()
    assert [each.code for each in rules.rule_sets] == ["2023-44-85", "2024-49-53-72"]
    assert set(rules.motives) == set(Motive)
    assert set(rules.clocks.by_name) == {
        "diagnostic_direct", "diagnostic_liaison", "diagnostic_orientation", "contractualisation",
        "liaison_envoi", "liaison_reponse", "accompagnement", "entretien", "demande_logement",
        "preavis_logement_social", "preavis_droit",
    }  # fmt: skip
    assert shipped() is rules


def test_a_team_adds_a_rule_set_as_data() -> None:
    """A team adds a rule-set as data, without a release."""
    rules = rulebook([*SHIPPED.values(), TEAM_RULE])
    added = rules.rule_set("44", exactly(date(2025, 3, 1)))
    assert added is not None
    assert (added.code, added.end) == ("2024-07-44", None)
    assert added.criteria["cir_year"].parameters == {"years_direct": 0, "years_liaison": 0}
    assert str(added.criteria["cir_year"].source) == "Note de la préfecture, p. 2"
    assert added.criteria["cir_year"].source.checked_on == date(2026, 11, 23)
    assert added.criteria["cir_year"].reading == "CIR de l'année seulement"
    assert rules.rule_set("85", exactly(date(2025, 3, 1))) is None
    earlier = rules.rule_set("44", exactly(date(2024, 6, 30)))
    assert earlier is not None
    assert earlier.code == "2023-44-85"


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        pytest.param(
            TEAM_RULE.replace("start = 2024-07-01", "start = 2024-06-30"),
            "« 2023-44-85 » et « 2024-07-44 » couvrent les mêmes jours pour le département 44",
            id="un jour de trop",
        ),
        pytest.param(
            TEAM_RULE.replace('source = "note"\n', ""),
            "criteria.cir_year : il n'a pas de source", id="critère sans source",
        ),
        pytest.param(
            TEAM_RULE.replace('source = "note"', 'source = "ailleurs"'),
            "criteria.cir_year : il n'a pas de source", id="source qui n'existe pas",
        ),
        pytest.param(
            TEAM_RULE.replace("checked_on = 2026-11-23\n", ""),
            "il manque checked_on", id="jamais vérifiée",
        ),
        pytest.param(
            TEAM_RULE.replace("checked_on = 2026-11-23", 'checked_on = "hier"'),
            "checked_on : « hier » ne va pas", id="vérifiée un jour qui n'en est pas un",
        ),
        pytest.param(
            TEAM_RULE.replace("criteria.cir_year", "criteria.age"),
            "critère inconnu : age", id="critère inconnu",
        ),
        pytest.param(
            TEAM_RULE.replace("start = 2024-07-01\n", ""), "il manque start", id="sans début"
        ),
        pytest.param(
            TEAM_RULE.replace('code = "2024-07-44"\n', ""),
            "il manque code", id="sans code",
        ),
        pytest.param(
            TEAM_RULE.replace("[departments]\n44 = 2024-07-01\n", ""),
            "il manque departments", id="sans département",
        ),
    ],
)  # fmt: skip
def test_what_may_not_be_used_is_refused(planted: str, sentence: str) -> None:
    assert planted != TEAM_RULE
    with pytest.raises(RuleFault, match=sentence):
        rulebook([*SHIPPED.values(), planted])


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("criterion", ["status", "territory", "need", "cir_year", "wish"])
def test_no_shipped_criterion_can_lose_its_source(name: str, criterion: str) -> None:
    raw = tomllib.loads(SHIPPED[name])
    assert rule_set(raw).criteria[criterion].source.title
    del raw["criteria"][criterion]["source"]
    with pytest.raises(RuleFault, match=f"criteria.{criterion} : il n'a pas de source"):
        rule_set(raw)


def test_a_clock_needs_a_source() -> None:
    raw = tomllib.loads(data_file("clocks.toml").read_text("utf-8"))
    for place in range(len(raw["clock"])):
        planted = [
            {**c, "source": "aucune"} if n == place else c for n, c in enumerate(raw["clock"])
        ]
        with pytest.raises(RuleFault, match=f"clock.{place} : il n'a pas de source"):
            clocks({**raw, "clock": planted})


def test_other_clocks_may_be_set() -> None:
    """`diagnostic` is the alternative setting of the three weeks' start [D]."""
    text = data_file("clocks.toml").read_text("utf-8")
    other = text.replace('start = "commission"', 'start = "diagnostic"')
    assert other != text
    clock = clocks(tomllib.loads(other)).at("contractualisation", None)
    assert (clock.start_event, clock.length) == ("diagnostic", Length(days=21))


def test_versions_of_a_clock_are_put_in_order() -> None:
    raw = tomllib.loads(data_file("clocks.toml").read_text("utf-8"))
    weeks = next(c for c in raw["clock"] if c["name"] == "contractualisation")
    later = {**weeks, "days": 28, "since": date(2026, 1, 1)}
    known = clocks({**raw, "clock": [later, *raw["clock"]]})
    assert known.at("contractualisation", exactly(date(2025, 12, 31))).length == Length(days=21)
    assert known.at("contractualisation", exactly(date(2026, 1, 1))).length == Length(days=28)
