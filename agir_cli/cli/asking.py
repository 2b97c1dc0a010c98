"""What is asked of a report: the options that every one shares, and the file opened for it.

`printable` gives any command that prints rows the options of its output; `shared` gives a report
these and whom and which day it is about. `reading` opens the file for such a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import click
import typer

from agir_cli.cli.render import Drawing, Form, form_of, show
from agir_cli.cli.session import session_of
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import Filters, checked, nobody_there, referent_named

if TYPE_CHECKING:
    from agir_cli.cli.session import Session
    from agir_cli.reports.sheet import Sheet
    from agir_cli.store.driver import Connection

_ABOUT: Mapping[str, Any] = {
    "as_of": typer.Option("--as-of", metavar="DATE", help="Au jour dit ; sinon aujourd'hui."),
    "known_on": typer.Option(
        "--known-on", metavar="DATE", help="Comme le fichier était su ce jour-là (plus lent)."
    ),
    "department": typer.Option("--department", metavar="CODE", help="Un seul département."),
    "sector": typer.Option("--sector", metavar="SECTEUR", help="Un seul secteur."),
    "office": typer.Option("--office", metavar="BUREAU", help="Un seul bureau."),
    "referent": typer.Option("--referent", metavar="NOM", help="Un seul référent : code ou nom."),
    "organisation": typer.Option("--organisation", metavar="NOM", help="Celle du référent."),
    "stage": typer.Option("--stage", metavar="LISTE", help="diagnostic, commission, clos..."),
    "route": typer.Option("--route", metavar="LISTE", help="n, n-1, hors_voie, inconnue."),
    "priority": typer.Option(
        "--priority", metavar="CODE", help="droit_logement ou emploi_formation."
    ),
    "mode": typer.Option("--mode", metavar="LISTE", help="globale, subsidiarite, appui."),
}
_PRINTED: Mapping[str, Any] = {
    "format": typer.Option(
        "--format", metavar="FORMAT",
        help="table, plain, csv, json, jsonl, markdown, xlsx ou html.",
    ),
    "output": typer.Option("--output", metavar="FICHIER", help="Écrire dans ce fichier."),
    "overwrite": typer.Option("--overwrite", help="Remplacer le fichier de --output s'il existe."),
    "excel": typer.Option(
        "--excel", help="CSV pour un tableur français : « ; » et dates jj/mm/aaaa."
    ),
    "columns": typer.Option(
        "--columns", metavar="LISTE", help="Ces colonnes, dans cet ordre : dossier,nom"
    ),
}  # fmt: skip
_FLAGS = ("overwrite", "excel")

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


class Printed(NamedTuple):
    """How rows are to be printed, as typed."""

    format: str | None = None
    output: str | None = None
    overwrite: bool = False
    excel: bool = False
    columns: str | None = None

    @property
    def form(self) -> Form:
        """The form asked for. Raises `UsageFailure`."""
        return form_of(
            self.format, self.output,
            overwrite=self.overwrite, excel=self.excel, columns=self.columns,
        )  # fmt: skip


class Asked(NamedTuple):
    """The options that a report shares with all others, as typed."""

    as_of: str | None
    known_on: str | None
    department: str | None
    sector: str | None
    office: str | None
    referent: str | None
    organisation: str | None
    stage: str | None
    route: str | None
    priority: str | None
    mode: str | None
    format: str | None
    output: str | None
    overwrite: bool
    excel: bool
    columns: str | None

    @property
    def form(self) -> Form:
        """How the report goes out. Raises `UsageFailure`."""
        return Printed(self.format, self.output, self.overwrite, self.excel, self.columns).form

    @property
    def filters(self) -> Filters:
        """Whom it is about, not yet checked."""
        return Filters(**{name: getattr(self, name) for name in Filters._fields})


def printed_options() -> list[click.Option]:
    """The options of `Printed`, for a command declared by Click options (`options.made`)."""
    return [
        click.Option([name, o.default], help=o.help, metavar=o.metavar, is_flag=name in _FLAGS)
        for name, o in _PRINTED.items()
    ]


Command = Callable[..., Any]


def printable(function: Command) -> Command:
    """Give a command the options of `Printed`, gathered in its ``printed`` parameter."""
    return _gathering(function, "printed", Printed, _PRINTED)


def shared(function: Command) -> Command:
    """Give a report the options of `Asked`, gathered in its ``asked`` parameter."""
    return _gathering(function, "asked", Asked, {**_ABOUT, **_PRINTED})


def shared_with(formats: str) -> Callable[[Command], Command]:
    """`shared`, for a report whose formats are others; ``formats`` is the help that says them."""
    options = {**_ABOUT, **_PRINTED, "format": _format(formats)}
    return partial(_gathering, parameter="asked", kind=Asked, options=options)


def printable_with(formats: str) -> Callable[[Command], Command]:
    """`printable`, for a command whose formats are others."""
    options = {**_PRINTED, "format": _format(formats)}
    return partial(_gathering, parameter="printed", kind=Printed, options=options)


def _format(formats: str) -> Any:
    return typer.Option("--format", metavar="FORMAT", help=formats)


def _gathering(
    function: Command, parameter: str, kind: type[Any], options: Mapping[str, Any]
) -> Command:
    """The function for Typer, with an option for each field of ``kind`` instead of one value."""
    own = signature(function).parameters.values()
    hints = get_type_hints(function, include_extras=True)

    def wrapper(**values: Any) -> Any:
        gathered = kind(**{name: values.pop(name) for name in options})
        return function(**{parameter: gathered}, **values)

    made = [_parameter(n, hints[n], p.default) for p in own if (n := p.name) != parameter]
    for name, option in options.items():
        of, default = (bool, False) if name in _FLAGS else (str | None, None)
        made.append(_parameter(name, Annotated[of, option], default))
    wrapper.__doc__ = function.__doc__
    wrapper.__name__ = function.__name__
    wrapper.__signature__ = Signature(made)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in made}
    return wrapper


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


# --- what the texts mean -----------------------------------------------------------------


def day_of(session: Session, text: str | None, option: str = "--as-of") -> date:
    """The day of an option; today's when it is not given. Raises `UsageFailure`."""
    if text is None:
        return session.today
    from agir_cli.domain.dates import DateFault, parse_date

    try:
        found = parse_date(text, session.today)
    except DateFault as fault:
        raise UsageFailure(f"Option {option} : {fault}") from None
    if not found.exact:
        raise UsageFailure(
            f"Option {option} : « {text} » n'est pas un jour précis.", "Par exemple : 09/10/2023"
        )
    return found.earliest


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


# --- the file ----------------------------------------------------------------------------


class Reading(NamedTuple):
    """A report being read: the open file, the day, whom it is about, and how it goes out."""

    session: Session
    form: Form
    day: date
    connection: Connection
    filters: Filters

    def let_go(self) -> None:
        """End the read transaction: what follows takes its time, and nobody waits for it."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def show(self, sheet: Sheet, drawing: Drawing | None = None) -> None:
        """Print the report; the file is let go of as soon as it is read."""
        show(self.session, sheet, self.form, let_go=self.let_go, drawing=drawing)


@contextmanager
def reading(
    ctx: typer.Context, asked: Asked, form: Form | None = None, *, rewound: bool = False
) -> Iterator[Reading]:
    """The team's file, open for a report; the day and the filters checked. Raises `UsageFailure`.

    With ``--known-on``, and for a report that asks for it (``rewound``) with ``--as-of``, the
    dossiers are those of that day.
    """
    session = session_of(ctx)
    form = form or asked.form
    day = day_of(session, asked.as_of)
    known_on = day_of(session, asked.known_on, "--known-on") if asked.known_on else None
    as_of = day if rewound and asked.as_of else None
    with opened(session) as connection:
        if known_on is not None or as_of is not None:
            from agir_cli.reports.past import rewind

            rewind(connection, as_of=as_of, known_on=known_on)
        who = referent_named(connection, asked.referent, session.author)
        filters = _checked(session, connection, asked.filters._replace(referent=who))
        yield Reading(session, form, day, connection, filters)


@contextmanager
def opened(session: Session) -> Iterator[Connection]:
    """The team's file, open for reading in one short transaction; closed at the end."""
    from agir_cli.store.driver import DatabaseError, explained, reading
    from agir_cli.store.file import open_file

    connection = open_file(session.db, write=False)
    try:
        with reading(connection):
            yield connection
    except DatabaseError as error:
        raise explained(error, session.db, write=False) from None
    finally:
        connection.close()


def _checked(session: Session, connection: Connection, filters: Filters) -> Filters:
    if all(given is None for given in filters):
        return filters
    found = checked(connection, filters)
    empty = nobody_there(connection, found)
    if empty is not None:
        from agir_cli.cli.screen import say

        say(session, f"Ce fichier n'a aucun dossier dans le département {empty}.")
    return found
