"""`report cross`: two closed lists crossed; its sums are those of the funnel, masked or not."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agir_cli.reports.cross import DIMENSIONS
from tests.cli.coordinator import Team

DAY = "09/10/2023"
ENTERED = (
    "--date-cir", "10/01/2023", "--orientation", "acceptee", "--date-orientation", "10/01/2023",
)  # fmt: skip


@pytest.fixture
def demo(built_demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Team:
    path = tmp_path / "demo.db"
    shutil.copy(built_demo, path)
    return Team(path, capsys)


def rows(team: Team, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        team.does("report", *words, "--format", "json", today=DAY).out
    )
    return found


def crossed(team: Team, first: str, then: str, *more: str) -> dict[tuple[Any, Any], int | None]:
    of = more[more.index("--of") + 1] if "--of" in more else "personnes"
    found = rows(team, "cross", "--rows", first, "--columns", then, *more)
    return {(row[first], row[then]): row[of] for row in found}


@pytest.mark.parametrize("of", ["personnes", "diagnostiques", "attribues", "signataires", "clos"])
@pytest.mark.parametrize("where", [[], ["--departement", "85"], ["--secteur", "EST & NORD"]])
def test_its_sums_are_those_of_the_funnel(demo: Team, of: str, where: list[str]) -> None:
    sector = "--secteur" in where
    told = [row for row in rows(demo, "funnel", *where) if bool(row["secteur"]) == sector]
    found = crossed(demo, "secteur", "statut", "--of", of, *where)
    assert found[None, None] == sum(row[of] for row in told)
    for (first, then), count in found.items():
        if first and then is None:
            parts = [n for (a, b), n in found.items() if a == first and b is not None]
            assert count == sum(parts)
    by_sector = {(row["departement"], row["secteur"]): row[of] for row in rows(demo, "funnel")}
    if not where:
        for (_, place), count in by_sector.items():
            same = [n for (_, each), n in by_sector.items() if each == place]
            assert not place or found.get((place, None), 0) == sum(same), count


@pytest.mark.parametrize("field", DIMENSIONS)
def test_each_field_may_be_crossed_and_nobody_is_left_out(demo: Team, field: str) -> None:
    other = "sexe" if field != "sexe" else "statut"
    found = crossed(demo, field, other)
    inside = [n for (a, b), n in found.items() if a is not None and b is not None]
    assert sum(n or 0 for n in inside) == found[None, None] == 1255


def _possible(shown: Mapping[tuple[Any, Any], int | None]) -> set[tuple[Any, Any]]:
    """The hidden cells that one number alone fits, by trying every one on a small table."""
    firsts = sorted({a for a, _ in shown if a is not None})
    thens = sorted({b for _, b in shown if b is not None})
    cells = [(a, b) for a in firsts for b in thens]
    hidden = [cell for cell in cells if shown[cell] is None]
    fits: dict[tuple[Any, Any], set[int]] = {cell: set() for cell in hidden}
    for values in itertools.product(range(8), repeat=len(hidden)):
        full = {**shown, **dict(zip(hidden, values, strict=True))}
        rows_ = all(shown[a, None] in (None, sum(full[a, b] or 0 for b in thens)) for a in firsts)
        ends = all(shown[None, b] in (None, sum(full[a, b] or 0 for a in firsts)) for b in thens)
        if rows_ and ends and shown[None, None] == sum(full[cell] or 0 for cell in cells):
            for cell, value in zip(hidden, values, strict=True):
                fits[cell].add(value)
    return {cell for cell, values in fits.items() if len(values) < 2}


@pytest.mark.parametrize("women", [1, 2, 4])
def test_no_hidden_cell_is_found_by_subtraction(team: Team, women: int) -> None:
    people = [("refugie", "f")] * women + [("refugie", "m")] * 6 + [("apatride", "f")] * 5
    people += [("apatride", "m")] * 7 + [("protection_subsidiaire", "m")] * 3
    for place, (status, sex) in enumerate(people):
        who = ("--nom", f"NOM{place:02}-INVENTE", "--statut", status, "--sexe", sex)
        team.does("enroll", *who, *ENTERED, today=DAY)
    shown = crossed(team, "statut", "sexe", "--mask")
    assert shown["refugie", "f"] is None
    assert shown[None, None] == len(people)
    assert _possible(shown) == set()


def test_a_margin_that_the_funnel_tells_is_not_hidden_in_vain(demo: Team) -> None:
    masked = crossed(demo, "secteur", "situation_professionnelle_entree", "--mask")
    plain = crossed(demo, "secteur", "situation_professionnelle_entree")
    assert all(count is None or count == plain[cell] for cell, count in masked.items())
    for (place, then), count in masked.items():
        if then is None:
            assert count == plain[place, None]
        elif place is not None and 0 < (plain[place, then] or 0) < 5:
            assert count is None


def test_a_cell_is_asked_for_by_code_or_by_word(demo: Team) -> None:
    asked = ("cross", "--rows", "statut", "--columns", "sexe", "--list")
    count = crossed(demo, "statut", "sexe")["refugie", "f"]
    for words in ("refugie:f", "Réfugié(e):Femme"):
        assert len(rows(demo, *asked, words)) == count
    assert len(rows(demo, *asked, "tout")) == 1255
    assert demo("report", *asked, "refugie", today=DAY).code == 2
    assert demo("report", *asked, "refugie:chat", today=DAY).code == 2


def test_words_that_are_no_closed_list(demo: Team, team: Team) -> None:
    for first, then in (("nom", "sexe"), ("sexe", "sexe"), ("statut", "telephone")):
        answer = demo("report", "cross", "--rows", first, "--columns", then, today=DAY)
        assert answer.code == 2
    assert demo("report", "cross", "--rows", "statut", today=DAY).code == 2
    assert crossed(team, "statut", "sexe") == {}
    assert team.does("report", "cross", "--rows", "statut", "--columns", "sexe").out == ""


def test_somebody_alone_is_hidden(team: Team) -> None:
    team.does("enroll", "--nom", "SEULE-INVENTE", "--sexe", "f", *ENTERED, today=DAY)
    assert crossed(team, "statut", "sexe")["inconnu", "f"] == 1
    assert set(crossed(team, "statut", "sexe", "--mask").values()) == {None}


@pytest.mark.parametrize(
    "asked",
    ["cross --rows secteur --columns statut", "indicators --period 2023-T1 --departement 85",
     "board --period 2023-T3 --output -"],
)  # fmt: skip
def test_two_runs_hide_the_same_cells(asked: str, built_demo: Path) -> None:
    """A table that hid other cells the next time would tell those of the first."""
    typed = ("report", *asked.split(), "--mask", "5", "--quiet")
    runs = {
        subprocess.run(
            [sys.executable, "-m", "agir_cli", "--db", str(built_demo), *typed],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2", "5")
    }  # fmt: skip
    assert len(runs) == 1
