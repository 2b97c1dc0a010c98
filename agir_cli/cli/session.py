"""What every command knows of its run: the file, the day, who types.

The day is read here and nowhere else; rules and reports receive it.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agir_cli.drafts import user_folder
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.domain.dates import PartialDate
    from agir_cli.domain.values import Reading
    from agir_cli.post import Post
    from agir_cli.usecases.ledger import Visitor

FILE_NAME = "agir.db"


@dataclass(frozen=True, kw_only=True)  # no slots: the day is looked up at the first need
class Session:
    """The global options, read once.

    ``db``: the agir file, which may not exist yet. ``db_given``: named by ``--db`` or
    ``AGIR_DB``, not the default one. ``day``: that of ``--today`` or ``AGIR_TODAY``, or None.
    ``site``: the code of ``--site``, or None. ``pager``: long tables may go to a pager. ``told``:
    the warnings that a form has shown already.
    """

    db: Path
    db_given: bool
    day: date | None
    author: str
    site: str | None
    quiet: bool
    verbose: bool
    pager: bool
    told: set[str] = field(default_factory=set)

    @cached_property
    def today(self) -> date:
        """The day given; else that of a demonstration file, told on stderr; else Paris's.

        Raises `FileFailure` (exit 7) for a file that the command could not open either.
        """
        return self.day or _demonstration_day(self) or paris_today()

    @cached_property
    def post(self) -> Post:
        """What is configured for this machine's user, read at the first need."""
        from agir_cli.cli.screen import warn
        from agir_cli.post import Post, config_file

        return Post(config_file(), lambda sentence: warn(self, sentence))


def session_of(ctx: click.Context) -> Session:
    """The session of a running command."""
    session = ctx.find_object(Session)
    if session is None:
        raise LookupError("no session: the command was not run below the root command")
    return session


def visitor_of(session: Session) -> Visitor:
    """Who works on which file, and on which day."""
    from agir_cli.usecases.ledger import Visitor

    return Visitor(session.db, session.today, session.author, session.site, paris_today())


def reading_for(session: Session) -> Reading:
    """What reading texts needs; a table is loaded when something is looked up in it."""
    from agir_cli.store import reference

    return reference.reading(session.today)


def read_day(text: str, session: Session, option: str) -> PartialDate:
    """A date option that is no field. Raises `UsageFailure`."""
    from agir_cli.cli.screen import say
    from agir_cli.domain.values import DATE, Malformed, short_year

    try:
        value: PartialDate = DATE.read(text, reading_for(session))
    except Malformed as fault:
        raise UsageFailure(f"{option} : {fault.wrong}.", f"Attendu : {fault.expected}.") from None
    if short_year(DATE, text, session.today):
        say(session, f"À noter : {option} : « {text} » lu {DATE.show(value)}.")
    return value


def one_line(text: str | None, option: str) -> str:
    """What an option says in words, on one line; « » for nothing.

    Raises `UsageFailure` for a text that would drive the terminal of whoever reads it.
    """
    words = " ".join((text or "").split())
    if not words.isprintable():
        from agir_cli.domain.values import Malformed, refuse_controls

        try:
            refuse_controls(words)
        except Malformed as fault:
            raise UsageFailure(
                f"{option} : {fault.wrong}.", f"Attendu : {fault.expected}."
            ) from None
    return words


def open_session(
    *,
    db: str | None = None,
    today: str | None = None,
    author: str | None = None,
    site: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
    pager: bool = True,
) -> Session:
    """The session for these global options, each as typed; UsageFailure for a bad day.

    An empty ``--db`` or ``--today`` is a script's variable that was not set: never the default.
    """
    for option, given in (("--db", db), ("--today", today)):
        if given is not None and not given.strip():
            raise UsageFailure(
                f"{option} est vide : une variable n'a sans doute pas de valeur.",
                "Donnez-lui une valeur, ou retirez l'option.",
            )
    return Session(
        db=typed_path(db) if db else default_file(),
        db_given=bool(db),
        day=exact_day(today, paris_today(), "--today") if today else None,
        author=one_line(author, "--author") or login(),
        site=one_line(site, "--site") or None,
        quiet=quiet,
        verbose=verbose,
        pager=pager,
    )


def _demonstration_day(session: Session) -> date | None:
    with suppress(OSError):
        if not session.db.exists():
            return None
    from agir_cli.cli.screen import say, short_date
    from agir_cli.store.driver import DatabaseError
    from agir_cli.store.file import open_file
    from agir_cli.store.settings import demonstration_day

    day = None
    with closing(open_file(session.db, write=False)) as connection, suppress(DatabaseError):
        day = demonstration_day(connection)  # a damaged file is told by whoever reads it
    if day is not None:
        say(
            session,
            f"Fichier de démonstration : le jour pris est le {short_date(day)} ;"
            " un autre : --today",
        )
    return day


def paris_today() -> date:
    """Today in Paris, whatever the machine's own time zone."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("Europe/Paris")).date()


def default_file() -> Path:
    """The agir file in the platform's user-data folder (not created here).

    Raises `UsageFailure` for an account without a home.
    """
    try:
        return user_folder() / FILE_NAME
    except RuntimeError:
        raise UsageFailure(
            "Ce compte n'a pas de dossier personnel : dites quel est le fichier de l'équipe.",
            "Avec --db FICHIER, ou la variable AGIR_DB.",
        ) from None


def typed_path(text: str) -> Path:
    """The path that somebody typed, « ~ » being their own folder. Raises `UsageFailure`."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageFailure(
            f"« {text[:80]} » : le dossier personnel que « ~ » désigne n'existe pas.",
            "Donnez le chemin en entier.",
        ) from None


def login() -> str:
    """The name of the person logged in, « inconnu » where the system has none."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError):
        return "inconnu"


def exact_day(text: str, today: date, option: str, *example: str) -> date:
    """The day that an option says. Raises `UsageFailure`, with the ``example`` of a precise one."""
    from agir_cli.domain.dates import DateFault, parse_date, whole_year

    try:
        partial = parse_date(whole_year(text, today, past=False), today)
    except DateFault as fault:
        raise UsageFailure(f"Option {option} : {fault}") from None
    if not partial.exact:
        raise UsageFailure(f"Option {option} : « {text} » n'est pas un jour précis.", *example)
    return partial.earliest
