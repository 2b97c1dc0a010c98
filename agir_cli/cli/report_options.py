"""The options that every report shares, and what their texts mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from inspect import Parameter, Signature, signature
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

from agir_cli.cli.report_output import Form, form_of
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import Filters, checked, nobody_there

if TYPE_CHECKING:
    from agir_cli.cli.session import Session
    from agir_cli.store.driver import Connection

_SHARED: dict[str, Any] = {
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
    "format": typer.Option(
        "--format", metavar="FORMAT", help="table, plain, csv, json, jsonl, markdown ou xlsx."
    ),
    "output": typer.Option("--output", metavar="FICHIER", help="Écrire dans ce fichier."),
    "overwrite": typer.Option("--overwrite", help="Remplacer le fichier de --output s'il existe."),
    "excel": typer.Option(
        "--excel", help="CSV pour un tableur français : « ; » et dates jj/mm/aaaa."
    ),
    "columns": typer.Option(
        "--columns", metavar="LISTE", help="Ces colonnes, dans cet ordre : dossier,nom"
    ),
}
_FLAGS = ("overwrite", "excel")

AsOf = Annotated[str | None, _SHARED["as_of"]]
Department = Annotated[str | None, _SHARED["department"]]
Sector = Annotated[str | None, _SHARED["sector"]]
Office = Annotated[str | None, _SHARED["office"]]
Referent = Annotated[str | None, _SHARED["referent"]]
Format = Annotated[str | None, _SHARED["format"]]
Output = Annotated[str | None, _SHARED["output"]]
Overwrite = Annotated[bool, _SHARED["overwrite"]]
Excel = Annotated[bool, _SHARED["excel"]]
Columns = Annotated[str | None, _SHARED["columns"]]


class Asked(NamedTuple):
    """The shared options, as typed."""

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
        return form_of(
            self.format,
            self.output,
            overwrite=self.overwrite,
            excel=self.excel,
            columns=self.columns,
        )

    @property
    def filters(self) -> Filters:
        """Whom it is about, not yet checked."""
        return Filters(**{name: getattr(self, name) for name in Filters._fields})


def shared_with(formats: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`shared`, for a report whose formats are others; ``formats`` is the help that says them."""
    option = typer.Option("--format", metavar="FORMAT", help=formats)
    return partial(shared, options={**_SHARED, "format": option})


def shared(
    function: Callable[..., Any], options: Mapping[str, Any] = MappingProxyType(_SHARED)
) -> Callable[..., Any]:
    """Give a report the options that every report has, gathered in its ``asked`` parameter."""
    own = signature(function).parameters.values()
    hints = get_type_hints(function, include_extras=True)

    def wrapper(**values: Any) -> Any:
        asked = Asked(**{name: values.pop(name) for name in Asked._fields})
        return function(asked=asked, **values)

    made = [_parameter(name, hints[name], p.default) for p in own if (name := p.name) != "asked"]
    for name, option in options.items():
        kind, default = (bool, False) if name in _FLAGS else (str | None, None)
        made.append(_parameter(name, Annotated[kind, option], default))
    wrapper.__doc__ = function.__doc__
    wrapper.__name__ = function.__name__
    wrapper.__signature__ = Signature(made)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in made}
    return wrapper


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


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


@contextmanager
def opened(
    session: Session, asked: Asked | None = None, *, rewound: bool = False
) -> Iterator[Connection]:
    """The team's file, open for reading in one short transaction; closed at the end.

    With ``--known-on``, and for a report that asks for it (``rewound``) with ``--as-of``, the
    dossiers are those of that day.
    """
    from agir_cli.store.driver import DatabaseError, explained, reading
    from agir_cli.store.file import open_file

    known_on, as_of = _past_days(session, asked, rewound)
    connection = open_file(session.db, write=False)
    try:
        with reading(connection):
            if known_on is not None or as_of is not None:
                from agir_cli.reports.past import rewind

                rewind(connection, as_of=as_of, known_on=known_on)
            yield connection
    except DatabaseError as error:
        raise explained(error, session.db, write=False) from None
    finally:
        connection.close()


def let_go(connection: Connection) -> None:
    """End the read transaction: what follows takes its time, and nobody waits for it."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _past_days(
    session: Session, asked: Asked | None, rewound: bool
) -> tuple[date | None, date | None]:
    if asked is None:
        return None, None
    known_on = day_of(session, asked.known_on, "--known-on") if asked.known_on else None
    return known_on, day_of(session, asked.as_of) if rewound and asked.as_of else None


def filters_in(connection: Connection, asked: Asked) -> Filters:
    """The filters asked for, checked against the file. Raises `UsageFailure`."""
    return _checked(connection, asked.filters)


def _checked(connection: Connection, filters: Filters) -> Filters:
    if all(given is None for given in filters):
        return filters
    found = checked(connection, filters)
    empty = nobody_there(connection, found)
    if empty is not None:
        import click

        from agir_cli.cli.screen import say
        from agir_cli.cli.session import session_of

        session = session_of(click.get_current_context())
        say(session, f"Ce fichier n'a aucun dossier dans le département {empty}.")
    return found
