"""Bars and curves as SVG, drawn by pygal: readable without colour, the same bytes each time.

The text is the chart's own (no script, no outside font), so that a page can hold it whole.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from agir_cli.exchange.cells import visible
from agir_cli.failures import UsageFailure, to_install

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from pygal import Config

WIDTH: Final = 380
_BAR, _GAP, _MARGIN = 17, 12, 14
_LONGEST_LABEL: Final = 30
_LETTER: Final = 7.2
# Dark blue, amber, grey: told apart in grey print too, each above 3:1 on white.
COLOURS: Final = ("#123f73", "#c77700", "#66707c")
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif"
_AFTER_THE_BAR: Final = "inline:.text-overlay text.value {text-anchor: start}"


class Series(NamedTuple):
    """One bar for each label; ``None`` draws none (nothing known, or hidden)."""

    name: str
    values: Sequence[float | None]


class Bars(NamedTuple):
    """A bar chart: the first label on top, the first series first; ``unit`` is ``%`` or empty.

    There is no legend in the drawing: the page names the series, in the order of `COLOURS`.
    """

    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    top: float | None = None
    """The value of the right edge; the largest bar when ``None``."""


class Curves(NamedTuple):
    """A curve a series over ``labels``; a value that is not known or hidden breaks it.

    Each has its own stroke (`STROKES`), which the page names: colour is not the only sign.
    """

    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""


STROKES: Final = (("trait plein", ""), ("tirets", "9, 5"), ("pointillés", "2, 4"))


def draw(drawn: Bars | Curves) -> str:
    """The chart as an SVG document, `WIDTH` units wide, its height by the number of bars.

    Curves are twice as wide. Raises ``UsageFailure`` where the drawing extra is missing.
    """
    return _curves(drawn) if isinstance(drawn, Curves) else _bars(drawn)


def _curves(curves: Curves) -> str:
    config = _config(Bars(curves.labels, curves.series, curves.unit))
    config.width, config.height = 2 * WIDTH, 260
    config.range = None
    config.print_values = False
    config.show_x_labels = config.show_y_guides = True
    config.allow_interruptions = True
    config.include_x_axis = True
    config.show_minor_x_labels = True
    config.dots_size = 3
    config.max_scale = 6
    chart = _pygal().Line(config)
    chart.x_labels = [visible(label) for label in curves.labels]
    for each, (_, dashes) in zip(curves.series, STROKES, strict=False):
        style = {"width": 2.5} | ({"dasharray": dashes} if dashes else {})
        chart.add(visible(each.name), list(each.values), stroke_style=style)
    return _drawn(chart)


def _bars(bars: Bars) -> str:
    chart = _pygal().HorizontalBar(_config(bars))
    # pygal stands the labels from the bottom up.
    chart.x_labels = [_short(visible(label)) for label in reversed(bars.labels)]
    for each in bars.series:
        chart.add(visible(each.name), list(reversed(each.values)))
    return _drawn(chart)


def _drawn(chart: Any) -> str:
    chart.uuid = "agir"
    chart.add_xml_filter(_still)
    return str(chart.render(is_unicode=True))


def _still(root: Element) -> Element:
    """The drawing alone: no script, no tooltip, and no comment (pygal dates it)."""
    for parent in list(root.iter()):
        for child in list(parent):
            moving = child.tag in ("script", "desc") or "tooltip-overlay" in child.get("class", "")
            if moving or not isinstance(child.tag, str):
                parent.remove(child)
    return root


def _pygal() -> Any:
    try:
        import pygal
    except ImportError:
        raise UsageFailure(
            "Les graphiques demandent un complément qui n'est pas installé.",
            f"Installez-le : {to_install('board')}",
        ) from None
    from pygal.etree import etree

    etree.to_etree()  # else it draws with lxml, where that is installed, whose elements are others
    # pygal leaves an import hook of an old kind behind: every later import would warn of it.
    sys.meta_path[:] = [hook for hook in sys.meta_path if hasattr(hook, "find_spec")]
    return pygal


def _config(bars: Bars) -> Config:
    from pygal import Config

    config = Config()
    config.js = ()
    config.css = ("file://style.css", "file://graph.css", _AFTER_THE_BAR)
    config.style = _style(len(bars.series))
    config.width = WIDTH
    config.height = len(bars.labels) * (len(bars.series) * _BAR + _GAP) + _MARGIN
    config.explicit_size = True
    config.disable_xml_declaration = True
    config.show_legend = False
    config.truncate_label = -1
    # Each bar bears its number: the axis of numbers would say it twice.
    config.show_x_labels = config.show_x_guides = False
    config.show_y_guides = False
    config.print_values = True
    config.print_zeroes = True
    config.print_values_position = "top"
    config.value_formatter = _formatter(bars.unit)
    config.margin = 4
    config.spacing = 6
    config.range = (0, _right_edge(bars))
    return config


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1].rstrip()}…"


def _right_edge(bars: Bars) -> float:
    """Room is left on the right for the number of the longest bar."""
    if bars.top is not None:
        return bars.top
    most = max([1.0, *(value or 0 for each in bars.series for value in each.values)])
    plot = WIDTH - _LETTER * max((len(_short(label)) for label in bars.labels), default=0) - 30
    room = _LETTER * (len(_formatter(bars.unit)(most)) + 1)
    return most * plot / max(plot - room, room)


def _style(count: int) -> object:
    from pygal.style import Style

    return Style(
        background="transparent",
        plot_background="transparent",
        foreground="#1d2733",
        foreground_strong="#1d2733",
        foreground_subtle="#1d2733",
        font_family=_FONT,
        label_font_size=12,
        major_label_font_size=12,
        value_font_size=12,
        legend_font_size=12,
        opacity="1",
        opacity_hover="1",
        transition="0s",
        colors=COLOURS[:count],
        value_colors=("#1d2733",) * count,
    )


def _formatter(unit: str) -> Callable[[float | None], str]:
    def shown(value: float | None) -> str:
        if value is None:
            return ""
        text = f"{value:,.1f}".removesuffix(".0").replace(",", "\u202f").replace(".", ",")
        return f"{text}\u00a0%" if unit == "%" else text

    return shown
