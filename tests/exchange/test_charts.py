"""Bars: every number is written, none is cut, nothing runs, and the same drawing twice."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.exchange.charts import WIDTH, Bars, Series, draw
from agir_cli.failures import UsageFailure, to_install

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_every_label_and_number_is_written() -> None:
    bars = Bars(["Personnes", "Clos"], [Series("avant", [1255, 0]), Series("après", [40, None])])
    assert sorted(texts(draw(bars))) == sorted(["Personnes", "Clos", "1\u202f255", "0", "40"])


def test_percents_are_french() -> None:
    assert "66,3\xa0%" in texts(draw(Bars(["a"], [Series("", [66.3])], unit="%", top=100)))


def test_a_long_label_is_cut_and_markup_is_text() -> None:
    told = texts(draw(Bars(["<b>&" + "x" * 60], [Series("", [1])])))
    assert any(text.startswith("<b>&xxx") and text.endswith("…") for text in told)


def test_nothing_runs_and_nothing_is_fetched() -> None:
    drawing = draw(Bars(["a", "b"], [Series("x", [1, 2]), Series("y", [2, 3])]))
    for planted in ("<script", "<!--", "href", "url(", "@import"):
        assert planted not in drawing


numbers = st.none() | st.integers(0, 2_000_000)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=50), numbers, numbers), min_size=1, max_size=8))
def test_any_bars_are_drawn_the_same_twice_and_fit(
    rows: list[tuple[str, int | None, int | None]],
) -> None:
    labels, first, second = zip(*rows, strict=True)
    bars = Bars(labels, [Series("x", first), Series("y", second)])
    drawing = draw(bars)
    assert drawing == draw(bars)
    root = ElementTree.fromstring(drawing)
    assert root.get("width") == str(WIDTH)
    edges = [
        float(r.get("x") or 0) + float(r.get("width") or 0)
        for r in root.iter(f"{SVG}rect") if "rect" in (r.get("class") or "")
    ]  # fmt: skip
    assert max(edges, default=0) < WIDTH - 20


def test_no_import_hook_is_left_behind() -> None:
    draw(Bars(["a"], [Series("", [1])]))
    assert [hook for hook in sys.meta_path if not hasattr(hook, "find_spec")] == []


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygal", None)
    with pytest.raises(UsageFailure) as refused:
        draw(Bars(["a"], [Series("", [1])]))
    assert to_install("board") in str(refused.value.details)
