"""``agir today`` for people: one screen of a terminal, or the same lines as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from agir_cli.cli.report_output import Form, say_written
from agir_cli.cli.screen import console, plain, show, title_lines
from agir_cli.exchange.outputs import open_output
from agir_cli.reports import today as report
from agir_cli.reports.texts import french_text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from agir_cli.cli.session import Session

_WIDE = 128
_HEAD = 4
_INDENT = 10

TITLES = {
    report.LATE: "En retard",
    report.DUE: "À échéance dans les 7 jours",
    report.VISITS: "Rendez-vous aujourd'hui",
    report.COMING: "Rendez-vous des 6 jours suivants",
    report.UNTOLD: "Rendez-vous passés, issue à noter",
    report.WAITING: "En attente, sans délai qui court",
    report.MISSING: "À compléter",
    report.NEW: "Arrivés depuis 7 jours",
}
_WHOLE = {
    report.LATE: "agir report overdue --no-waiting",
    report.DUE: "agir report overdue --within 6d",
    report.VISITS: "agir report agenda --within 0d",
    report.COMING: "agir report agenda --within 6d",
    report.WAITING: "agir report overdue",
}
_NATURES = {
    "contractualisation": "contrat", "diagnostic": "diagnostic", "entretien": "entretien",
    "liaison": "liaison OFII", "terme": "terme",
}  # fmt: skip


# --- words -------------------------------------------------------------------------------


def _title(part: report.Part) -> str:
    return f"{TITLES[part.name]} : {part.total}"


def _rest(part: report.Part, referent: str | None) -> str:
    """« et 12 autres : agir report overdue », empty when all are shown."""
    more = part.total - len(part.items)
    if more <= 0:
        return ""
    command = _WHOLE.get(part.name, f"agir today --list {part.name}")
    if referent:
        quoted = f'"{referent}"'
        command += f" --referent {referent if referent.isalnum() else quoted}"
    return f"et {more} autre{'s' if more > 1 else ''} : {plain(command)}"


def _name(item: report.Item) -> str:
    return " ".join(plain(part) for part in (item.nom, item.prenoms) if part) or "(effacé)"


def _what(item: report.Item, day: date) -> str:
    match item.rubrique:
        case report.LATE:
            return f"{_NATURES[item.objet]}, {_lateness(item)}"
        case report.DUE:
            return f"{_NATURES[item.objet]}, {_due(item)}"
        case report.WAITING:
            since = f"{_days(item.jours)} : " if item.jours is not None else ""
            return f"{since}{item.objet}"
        case report.MISSING:
            return _fields(item.objet)
        case report.NEW:
            return _ago(item.jours or 0)
    return f"{_when(item, day)} {_NATURES[item.objet]}"


def _days(count: int | None) -> str:
    return f"{count} jour{'s' if (count or 0) > 1 else ''}"


def _lateness(item: report.Item) -> str:
    perhaps = "" if item.certitude == "certain" else "peut-être "
    return f"{perhaps}{_days(item.jours)} de retard"


def _due(item: report.Item) -> str:
    left = -(item.jours or 0)
    if item.certitude != "certain":
        return f"date à préciser ({french_text(item.date)})"
    return "aujourd'hui" if left == 0 else f"dans {_days(left)}"


def _ago(days: int) -> str:
    return "aujourd'hui" if days == 0 else f"il y a {_days(days)}"


def _when(item: report.Item, day: date) -> str:
    hour = item.heure or "h. ?"
    return hour if item.date == day.isoformat() else f"{french_text(item.date)[:5]} {hour}"


def _fields(names: str) -> str:
    from agir_cli.domain.fields import FIELDS

    labels = [FIELDS[name].label if name in FIELDS else name for name in names.split("+")]
    return ", ".join(labels)


# --- on a terminal -----------------------------------------------------------------------


def fitted(parts: Sequence[report.Part]) -> list[report.Part]:
    """As many lines of each list as fit on the screen, one at least, shared in turn."""
    screen = console()
    left = screen.height - _HEAD - len(parts)
    taken = dict.fromkeys((part.name for part in parts), 0)
    growing = True
    while growing:
        growing = False
        for part in parts:
            shown = taken[part.name]
            if shown == len(part.items):
                continue
            # The line that counts the rest comes with the first, and goes with the last.
            rest = (shown == 0 and part.total > 1) - (shown > 0 and shown + 1 == part.total)
            cost = _height(part.items[shown], screen.width) + rest
            if shown == 0 or cost <= left:
                taken[part.name] += 1
                left -= cost
                growing = True
    return [part._replace(items=part.items[: taken[part.name]]) for part in parts]


def _height(item: report.Item, width: int) -> int:
    return 1 if width >= _WIDE else 1 + -(-len(item.commande) // max(width - _INDENT, 1))


def draw(
    session: Session,
    head: Sequence[str],
    parts: Sequence[report.Part],
    day: date,
    referent: str | None,
    *,
    fits: bool,
) -> None:
    """Print the parts on the terminal; ``fits``: they were chosen to fit, no pager."""
    from rich.console import Group
    from rich.text import Text

    drawings: list[object] = [*title_lines(head[:2], console().width)]
    draw = _wide if console().width >= _WIDE else _narrow
    for part in parts:
        style = "bold red" if part.name == report.LATE else "bold"
        drawings += [Text(_title(part), style=style), draw(part, day)]
        rest = _rest(part, referent)
        if rest:
            drawings.append(Text(f"  {rest}", style="italic"))
    lines = 0 if fits else sum(3 * len(part.items) for part in parts)
    show(session, Group(*drawings), lines=lines)  # type: ignore[arg-type]


def _wide(part: report.Part, day: date) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=34)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=46)
    grid.add_column(overflow="fold")
    for item in part.items:
        reference, command = Text(f"  {item.dossier}", "bold"), Text(item.commande, "cyan")
        grid.add_row(reference, Text(_name(item)), Text(_what(item, day)), command)
    return grid


def _narrow(part: report.Part, day: date) -> Group:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    lines: list[Text | Padding] = []
    for item in part.items:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"  {item.dossier}", "bold")
        lines.append(line.append(f"  {_name(item)}, {_what(item, day)}"))
        lines.append(Padding(Text(item.commande, "cyan", overflow="fold"), (0, 0, 0, _INDENT)))
    return Group(*lines)


# --- elsewhere ---------------------------------------------------------------------------


def print_plain(
    form: Form, head: Sequence[str], parts: Sequence[report.Part], day: date, referent: str | None
) -> None:
    """Plain text or Markdown: the same lines, uncut, one below the other."""
    mark = form.format == "markdown"
    with open_output(form.output, overwrite=form.overwrite) as out:
        lines = [f"# {head[0]}" if mark else head[0], "" if mark else None, head[1]]
        for part in parts:
            lines += ["", f"## {_title(part)}" if mark else _title(part), "" if mark else None]
            lines += [_told(item, day, mark) for item in part.items]
            rest = _rest(part, referent)
            lines += ["" if mark else None, f"  {rest}"] if rest else []
        out.write("".join(f"{line}\n" for line in lines if line is not None).encode())
    say_written(form, sum(len(part.items) for part in parts))


def _told(item: report.Item, day: date, mark: bool) -> str:
    told = f"{item.dossier}  {_name(item)}, {_what(item, day)}"
    if mark:
        escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|" else c for c in told)
        return f"- {escaped} : `{item.commande}`"
    return f"  {told} : {item.commande}"
