"""What is asked of a report: the options that every one shares, and the file opened for it.

`printed_options` are those of any command that prints rows; `report` declares a report with these
and those of whom and which day it is about, and opens the file for it (`Reading`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from agir_cli.cli.groups import Commands, Run, offered, option, own_parameters, typed_as
from agir_cli.cli.render import Form, Printed, form_with, show
from agir_cli.cli.session import acting, exact_day
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import (
    FILTERS,
    Filters,
    checked,
    nobody_there,
    option_of,
    referent_named,
)
from agir_cli.reports.sheet import Sheet

if TYPE_CHECKING:
    from agir_cli.cli.drawing import Drawing
    from agir_cli.cli.session import Session
    from agir_cli.domain.dates import PartialDate
    from agir_cli.reports.periods import Period
    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection


FORMATS = "table, plain, csv, json, jsonl, markdown, xlsx ou html."


def formats_with(own: str) -> str:
    """The common formats and one more, that a report writes itself."""
    return FORMATS.replace(" ou html", f", html ou {own}") if own else FORMATS


_ABOUT: Sequence[tuple[str, str | None, str]] = (
    ("as_of", "DATE", "Au jour dit ; sinon aujourd'hui."),
    ("known_on", "DATE", "Comme le fichier était su ce jour-là (plus lent)."),
    *((name, each.metavar, each.help) for name, each in FILTERS.items()),
)
_PERIOD: Sequence[tuple[str, str, str, str]] = (
    ("first", "--from", "DATE", "Du : premier jour d'une période."),
    ("last", "--to", "DATE", "Au : dernier jour, inclus."),
    ("period", "--period", "PÉRIODE", "2023-T4, 2023-10, 2023-S41 ou 2023."),
)
"""The options of a report that tells what happened in a period, not only how things stand."""

_PRINTED: Sequence[tuple[str, str | None, str]] = (
    ("format", "FORMAT", FORMATS),
    ("output", "FICHIER", "Écrire dans ce fichier."),
    ("overwrite", None, "Remplacer le fichier de --output s'il existe."),
    ("excel", None, "CSV pour un tableur français : « ; » et dates jj/mm/aaaa."),
    ("columns", "LISTE", "Ces colonnes, dans cet ordre : dossier,nom"),
    ("labels", "OUI|NON", "Titres et mots français, ou noms et codes ; sinon selon le format."),
    ("stamp", None, "Une colonne de plus, « date_du_rapport »."),
    ("hidden", None, "Sans dire qui : ni nom, ni numéro, ni contact, ni jour de naissance."),
)
"""The shared options: name, what stands for the value (None: a flag), help."""


def list_of(told: str, metavar: str = "NOMBRE") -> Any:
    """`--list`, by which a report names the rows behind one of its numbers."""
    return option(metavar, told, _LISTING)


_MASKING, _LISTING = "--mask", "--list"


def _checked_mask(ctx: click.Context, param: click.Parameter, mask: int | None) -> int | None:
    """The least number shown. Raises `UsageFailure` for one below 2: it would hide nothing."""
    if mask is not None and mask < 2 and not ctx.resilient_parsing:
        raise UsageFailure("Option --mask : donnez 2 ou plus.", "Par exemple : --mask 5")
    return mask


MASK = option(
    "N", "Cacher les effectifs inférieurs à N (5), et dans une liste qui sont les personnes.",
    _MASKING, type=int, is_flag=False, flag_value=5,
    callback=_checked_mask,
)  # fmt: skip
"""`--mask` of a report that counts: small counts are hidden from outside readers too."""


def by_unit(more: str, default: str | None = None) -> Any:
    """`--by`: what a report is divided by; by months, quarters or weeks where it has periods."""
    told = f"{more} ; mois, trimestre, semaine (avec une virgule : {more.split(',')[0]},mois)."
    return option("LIGNE", told if more else "Par mois, trimestre ou semaine.", "--by",
                  **({"default": default} if default else {}))  # fmt: skip


def divided(by: str | None) -> tuple[str | None, str | None]:
    """What ``--by`` says: the unit of time, and what else. Raises `UsageFailure` for two units."""
    from agir_cli.reports.periods import UNITS

    words = [word.strip() for word in (by or "").split(",") if word.strip()]
    units = [word.casefold() for word in words if word.casefold() in UNITS]
    others = [word for word in words if word.casefold() not in UNITS]
    if len(units) > 1 or len(others) > 1:
        raise UsageFailure(f"--by {by} : une seule durée, et une seule autre ligne.",
                           "Par exemple : --by mois, ou --by bureau,mois")  # fmt: skip
    return next(iter(units), None), next(iter(others), None if words else by)


def printed_options(own: Sequence[click.Parameter], formats: str) -> list[click.Option]:
    """The options of `Printed`, but for those that a command has of its own."""
    known = {typed for each in own for typed in each.opts}
    return [
        made
        for name, metavar, told in _PRINTED
        for made in [_option(name, metavar, formats if name == "format" else told)]
        if made.opts[0] not in known
    ]


def _option(name: str, metavar: str | None, told: str) -> click.Option:
    typed = option_of(name) if name in FILTERS else _MASKING if name == "hidden" else typed_as(name)
    return click.Option(
        [name, typed], metavar=metavar, help=told, is_flag=metavar is None, shell_complete=offered
    )


class Asked(NamedTuple):
    """The options that a report shares with all others, as typed."""

    as_of: str | None
    known_on: str | None
    filters: Filters
    printed: Printed
    within: tuple[str | None, str | None, str | None] = (None, None, None)
    """``--from``, ``--to`` and ``--period``."""


def report(
    app: Commands,
    *,
    name: str = "",
    rewound: bool = False,
    periods: bool = False,
    own: str = "",
    form: Callable[[Printed], Form] | None = None,
    formats: str = "",
) -> Callable[[Run], Run]:
    """Put a report into ``app``, under ``name`` or its function's; the docstring is its help.

    Its options are its own, declared as its keywords, then those that every report has. It is
    given the open file and what was asked (`Reading`), and answers with a `Sheet`, which is
    printed; where it prints itself, with an exit code or nothing. ``rewound``: with ``--as-of``
    the dossiers are those of that day. ``periods``: it takes a period. ``own``: a format
    that it writes itself; ``form``: the form asked for, of a report that has no other than its own
    (``formats``).
    """

    def decorate(run: Run) -> Run:
        def params() -> list[click.Parameter]:
            shared = [_option(*each) for each in _ABOUT]
            if periods:
                shared[:0] = [click.Option([name, typed], metavar=metavar, help=told)
                              for name, typed, metavar, told in _PERIOD]  # fmt: skip
            mine = [*own_parameters(run)]
            return [*mine, *shared, *printed_options(mine, formats or formats_with(own))]

        app.declare(
            name or run.__name__,
            run,
            partial(_call, run, rewound, form or partial(form_with, own)),
            params,
        )
        return run

    return decorate


def _call(
    run: Run,
    rewound: bool,
    form: Callable[[Printed], Form],
    /,
    as_of: str | None,
    known_on: str | None,
    **typed: Any,
) -> int | None:
    given = {name: typed.pop(name) for name in FILTERS}
    filters = Filters({name: "oui" if word is True else word
                       for name, word in given.items() if word not in (None, False)})  # fmt: skip
    printed = Printed(**{name: typed.pop(name, None) for name in Printed._fields})
    if {_MASKING, _LISTING} <= _options_given(click.get_current_context()):
        printed = printed._replace(hidden=True)  # a masked number names nobody behind it
    first, last, period = (typed.pop(name, None) for name, *_ in _PERIOD)
    asked = Asked(as_of, known_on, filters, printed, (first, last, period))
    session = acting(printed.output)
    with _reading(session, asked, run.__name__, form(printed), rewound=rewound) as reading:
        answer: Sheet | int | None = run(reading, **typed)
        if not isinstance(answer, Sheet):
            return answer
        reading.show(answer)
    return None


def _options_given(ctx: click.Context) -> set[str]:
    """The options that have a value, as they are typed."""
    return {typed for each in ctx.command.params if ctx.params.get(each.name or "")
            for typed in each.opts}  # fmt: skip


# --- what the texts mean -----------------------------------------------------------------


def day_of(session: Session, text: str | None, option: str = "--as-of") -> date:
    """The day of an option; today's when it is not given. Raises `UsageFailure`."""
    if text is None:
        return session.today
    return exact_day(text, session.today, option, "Par exemple : 09/10/2023")


def span_of(option: str, text: str, start: date) -> date:
    """The day that is ``text`` (``2s`` or ``2w``, ``10j``, ``3m``) after ``start``."""
    word = text.strip().lower().lstrip("+")
    count, unit = word[:-1], word[-1:]
    if not (count.isascii() and count.isdigit() and len(count) < 4 and unit in "djwsma"):
        raise UsageFailure(
            f"Option {option} : « {text} » n'est pas une durée.",
            "Par exemple : 10j (dix jours), 2s (deux semaines), 3m (trois mois)",
        )
    if unit in "djws":
        return start + timedelta(days=int(count) * (7 if unit in "ws" else 1))
    from agir_cli.domain.dates import shift

    return shift(start, int(count), unit)


# --- the file ----------------------------------------------------------------------------


class Reading(NamedTuple):
    """A report being read: the open file, the day, whom it is about, and how it goes out."""

    session: Session
    asked: Asked
    form: Form
    day: date
    connection: Connection
    filters: Filters
    name: str

    @property
    def whom(self) -> tuple[Connection, date, Filters]:
        """What most questions are asked of: the file, the day, whom."""
        return self.connection, self.day, self.filters

    @property
    def selection(self) -> Selection:
        """The day and whom, of a report of figures."""
        from agir_cli.reports.standing import Selection

        return Selection(self.day, self.filters)

    def period(self, unit: str | None = None) -> Period | None:
        """The period asked for; with a ``unit`` alone the year so far, else ``None``.

        Raises `UsageFailure` for none that can be told of: reversed, to come, unreadable.
        """
        from agir_cli.reports.periods import between, period_of

        first, last, period = self.asked.within
        if period is not None and (first or last):
            raise UsageFailure("--period dit déjà le premier et le dernier jour.",
                               "Gardez --period, ou --from et --to.")  # fmt: skip
        if period is not None:
            found = period_of(period)
        elif first is not None or last is not None:
            end = self._day("--to", last).latest if last is not None else self.day
            start = self._day("--from", first).earliest if first is not None else None
            found = between(start or end.replace(month=1, day=1), end)
        elif unit:
            found = between(self.day.replace(month=1, day=1), self.day)
        else:
            return None
        if found.first > self.day:
            raise UsageFailure(f"La période demandée ({found.told}) est à venir : rien n'y est"
                               f" encore arrivé au {self.day:%d/%m/%Y}.")  # fmt: skip
        if found.last < self.day and self.asked.as_of is None and self.asked.known_on is None:
            from agir_cli.reports.history import before_later_decisions

            before_later_decisions(self.connection, found.last)
        return found

    def _day(self, option: str, text: str) -> PartialDate:
        from agir_cli.cli.session import read_day

        return read_day(text, self.session, option)

    def let_go(self) -> None:
        """End the read transaction: what follows takes its time, and nobody waits for it."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def show(self, sheet: Sheet, drawing: Drawing | None = None) -> None:
        """Print the report; the file is let go of as soon as it is read."""
        form = self.form
        wanted = self.session.post.columns_of(self.name) if form.drawn else None
        if wanted and form.columns is None:
            form = form._replace(columns=wanted)
        sheet = replace(sheet, day=self.day)
        show(self.session, sheet, form, let_go=self.let_go, drawing=drawing)


@contextmanager
def _reading(
    session: Session, asked: Asked, name: str, form: Form, *, rewound: bool
) -> Iterator[Reading]:
    """The team's file, open for a report; the day and the filters checked. Raises `UsageFailure`.

    With ``--known-on``, and for a report that asks for it (``rewound``) with ``--as-of``, the
    dossiers are those of that day.
    """
    day = day_of(session, asked.as_of)
    known_on = day_of(session, asked.known_on, "--known-on") if asked.known_on else None
    as_of = day if rewound and asked.as_of else None
    from agir_cli.store.file import consulting

    with consulting(session.db) as connection:
        if known_on is not None or as_of is not None:
            from agir_cli.reports.history import rewind

            rewind(connection, as_of=as_of, known_on=known_on)
        elif asked.as_of:
            from agir_cli.reports.history import before_later_decisions

            before_later_decisions(connection, day)
        filters = asked.filters
        if "referent" in filters:
            me = session.signed or session.post.fields.get("referent") or session.author
            who = referent_named(connection, filters["referent"], me)
            filters = Filters({**filters, "referent": who})
        filters = _checked(session, connection, filters)
        yield Reading(session, asked, form, day, connection, filters, name)


def _checked(session: Session, connection: Connection, filters: Filters) -> Filters:
    if not filters:
        return filters
    from agir_cli.cli.screen import say

    found = checked(connection, filters, partial(say, session))
    empty = nobody_there(connection, found)
    if empty is not None:
        say(session, f"Ce fichier n'a aucun dossier dans le département {empty}.")
    return found
