"""What the reports made of counts share: bars, percents, and the list behind a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agir_cli.cli.report_output import Form, Section, columns_of, print_sections, send
from agir_cli.cli.screen import console, show, title_lines, weekday_date
from agir_cli.failures import UsageFailure
from agir_cli.reports import standing

if TYPE_CHECKING:
    from datetime import date

    from rich.text import Text

    from agir_cli.cli.session import Session

ListOf = Annotated[
    str | None,
    typer.Option("--list", metavar="NOMBRE", help="Les dossiers derrière un nombre du rapport."),
]
Mask = Annotated[
    int | None,
    typer.Option(
        "--mask", metavar="N", help="Cacher les effectifs inférieurs à N, pour un lecteur externe."
    ),
]
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FIRST = ("dossier", "nom", "prenoms", "referent", "etape")
NARROW = 72


def bar(value: float, top: float, width: int) -> str:
    """A bar of ``width`` cells at most for ``top``; never empty for something above zero."""
    if value <= 0 or top <= 0:
        return ""
    eighths = max(1, round(8 * width * min(value, top) / top))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def percent(value: float | None) -> str:
    """« 39,0 % »; empty for none."""
    return "" if value is None else f"{value:.1f} %".replace(".", ",")


def number(value: int | None) -> str:
    """« 1 028 » with a no-break space; « masqué » for a hidden one."""
    return "masqué" if value is None else f"{value:,}".replace(",", "\u202f")


def persons(count: int) -> str:
    """« 1 personne », « 12 personnes »."""
    return f"{number(count)} personne{'s' if count > 1 else ''}"


def checked_mask(mask: int | None, list_of: str | None) -> int | None:
    """The threshold of ``--mask``. Raises `UsageFailure`: below 2, or with a list of names."""
    if mask is None:
        return None
    if mask < 2:
        raise UsageFailure("Option --mask : donnez 2 ou plus.", "Par exemple : --mask 5")
    if list_of is not None:
        raise UsageFailure(
            "--mask est pour un lecteur externe, --list montre des noms.", "Retirez l'un des deux."
        )
    return mask


def wide_enough() -> bool:
    """Whether the terminal has room for columns side by side."""
    return console().width >= NARROW


def draw(session: Session, head: Sequence[str], body: Sequence[Any], lines: int) -> None:
    """Print a title, its notes and the drawings on a terminal."""
    from rich.console import Group

    told = title_lines(head, console().width)
    show(session, Group(*told, *body), lines=lines + len(head))


def titled(title: str, lines: Iterable[str]) -> Text:
    """A block of lines under a title, to draw."""
    from rich.text import Text

    text = Text(overflow="fold")
    text.append(f"\n{title}\n", style="bold")
    text.append("\n".join(lines))
    return text


def send_figures(
    form: Form, known: Sequence[str], rows: Iterable[Sequence[Any]], texts: Sequence[str] = ()
) -> None:
    """The numbers for a machine; with ``--excel``, decimal commas (23.3 would become a day)."""
    wanted = columns_of(form, known)
    places = [known.index(name) for name in wanted]
    cells: Iterable[list[Any]] = ([row[place] for place in places] for row in rows)
    if form.excel:
        cells = ([_with_comma(value) for value in row] for row in cells)
    kept = [name for name in texts if name in wanted]
    send(form, wanted, cells, let_go=lambda: None, texts=kept)


def _with_comma(value: Any) -> Any:
    return str(value).replace(".", ",") if isinstance(value, float) else value


def print_list(
    session: Session,
    form: Form,
    day: date,
    what: str,
    rows: Iterable[Sequence[Any]],
    let_go: Callable[[], None],
    *,
    known: Sequence[str] = standing.LIST_COLUMNS,
    usual: Sequence[str] = _FIRST,
    unit: str = "dossier",
) -> None:
    """The list behind a number: every column for a machine, the first ones for a person.

    ``what`` names the number, ``usual`` the columns that a screen has room for.
    """
    wanted = columns_of(form, known) if form.columns or not form.human else usual
    places = [known.index(name) for name in wanted]
    taken = ([row[place] for place in places] for row in rows)
    if not form.human:
        send(
            form,
            wanted,
            taken,
            let_go=let_go,
            texts=[name for name in wanted if name in standing.LIST_TEXTS],
            dates=[name for name in wanted if name in standing.LIST_DATES],
        )
        return
    found = list(taken)
    let_go()
    _show_list(session, form, day, what, wanted, found, unit)


def _show_list(
    session: Session,
    form: Form,
    day: date,
    what: str,
    columns: Sequence[str],
    found: list[list[Any]],
    unit: str,
) -> None:
    from agir_cli.cli.report_words import heading
    from agir_cli.cli.screen import say, show_table

    if not found:
        say(session, f"« {what} » : personne au {weekday_date(day)}.")
        return
    head = [f"{what} au {weekday_date(day)}", f"Unité : {unit}. {len(found)} dans la liste."]
    headings = [heading(name) for name in columns]
    cells = [[_cell(name, value) for name, value in zip(columns, row, strict=True)]
             for row in found]  # fmt: skip
    if form.drawn:
        print(*head, sep="\n")
        show_table(session, headings, cells)
    else:
        print_sections(form, head, [Section("", headings, cells)])


def _cell(name: str, value: Any) -> str:
    from agir_cli.cli.report_words import shown

    if name.startswith("situation_"):
        return situation_label(value)
    return str(shown(name, value))


def situation_label(code: str | None) -> str:
    """The label of a housing or work class; « Inconnu » for none."""
    from agir_cli.domain.vocabulary import Housing, Work

    for each in (*Housing, *Work):
        if each.value == code:
            return str(each.label)
    return "Inconnu"
