"""What every command knows of its run: the file, the day, who types.

The day is read here and nowhere else; rules and reports receive it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
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

GLOBALS = (
    ("db", "FICHIER",
     "Le fichier de l'équipe ; sinon celui du dossier de données de l'utilisateur."),
    ("today", "DATE", "Le jour à prendre pour aujourd'hui ; sinon celui de Paris."),
    ("author", "NOM", "Qui enregistre ; sinon le nom de la session ouverte sur ce poste."),
    ("site", "CODE", "Le site de l'équipe."),
    ("key-fd", "N", "Le descripteur où lire la clé d'un fichier chiffré (3 pour 3<FICHIER)."),
    ("quiet", None, "N'afficher que les résultats et les erreurs."),
    ("verbose", None, "Dire aussi où une panne s'est produite."),
    ("no-pager", None, "Ne pas paginer les longues listes."),
)  # fmt: skip
"""The global options, before the command or after it: name, what stands for the value (``None``: a
flag), help. Each with a value may also be a variable, ``AGIR_DB``."""


@dataclass(frozen=True, kw_only=True)  # no slots: the day is looked up at the first need
class Session:
    """The global options, read once; what they leave out, the post or the machine says.

    ``named``, ``signed``: the file and the author as typed, or None. ``day``: that of ``--today``
    or ``AGIR_TODAY``, or None. ``site``: the code of ``--site``, or None. ``key_fd``: where the
    key of an encrypted file is read, or None.
    ``told``: the warnings that a form has shown already.
    """

    named: str | None
    day: date | None
    signed: str | None
    site: str | None
    key_fd: int | None
    quiet: bool
    verbose: bool
    no_pager: bool
    told: set[str] = field(default_factory=set)

    @property
    def db_given(self) -> bool:
        """Whether ``--db`` or ``AGIR_DB`` names the file."""
        return bool(self.named)

    @cached_property
    def db(self) -> Path:
        """The agir file, which may not exist yet."""
        named = self.named or self.post.values.get("fichier")
        return typed_path(named) if named else default_file()

    @cached_property
    def author(self) -> str:
        """Who records."""
        return self.signed or one_line(self.post.values.get("auteur"), "auteur") or login()

    def said(self, setting: str) -> str:
        """What the post says of a setting, by its variable or its file; « » where nothing."""
        from agir_cli.post import setting as known

        return os.environ.get(known(setting).variable or "", "") or self.post.values.get(
            setting, ""
        )

    @cached_property
    def pager(self) -> bool:
        """Whether long tables may go to a pager."""
        return not self.no_pager and self.post.values.get("pager") != "non"

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


def acting(output: str | None) -> Session:
    """The session of the command that runs, which the journal of accesses is told of."""
    from agir_cli.store import access

    ctx = click.get_current_context()
    session = session_of(ctx)
    action = ctx.command_path.partition(" ")[2]
    access.acts(action, lambda: session.author, out=output not in (None, "-"))
    return session


def visitor_of(session: Session) -> Visitor:
    """Who works on which file, and on which day."""
    from agir_cli.usecases.ledger import Visitor

    return Visitor(session.db, session.today, session.author, session.site, paris_today())


def reading_for(session: Session) -> Reading:
    """What reading texts needs; a table is loaded when something is looked up in it."""
    from agir_cli.store import reference

    return reference.reading(session.today)


@contextmanager
def told_of(option: str) -> Iterator[None]:
    """Say of which option a text is that is no value of its field. Raises `UsageFailure`."""
    from agir_cli.domain.values import Malformed

    try:
        yield
    except Malformed as fault:
        raise UsageFailure(f"{option} : {fault.wrong}.", f"Attendu : {fault.expected}.") from None


def department_code(text: str) -> str:
    """The code of a department, as somebody types it. Raises `UsageFailure`."""
    from agir_cli.domain.reference_values import DEPARTMENT

    with told_of("--departement"):
        return str(DEPARTMENT.read(text, None))  # type: ignore[arg-type]


def read_day(
    text: str, session: Session, option: str, *, coming: bool | None = None
) -> PartialDate:
    """A date option that is no field; without its year the nearest, else past or ``coming``.

    Raises `UsageFailure`.
    """
    from agir_cli.cli.screen import say
    from agir_cli.domain.dates import nearest_day
    from agir_cli.domain.values import DATE, short_year

    whole = nearest_day(text, session.today, coming=coming)
    with told_of(option):
        value: PartialDate = DATE.read(whole, reading_for(session))
    if whole != text or short_year(DATE, text, session.today):
        say(session, f"À noter : {option} : « {text} » lu {DATE.show(value)}.")
    return value


_EITHER_WAY = ("date_etape", "date_fin_etape", "date_action")
"""Days of what is done or planned: the nearest is meant."""


def said_in_full(name: str, text: str, today: date) -> str:
    """The text of a field with the year that somebody left out, as the act means it.

    An appointment is coming, what was done is past; a birth without its year is left as it is.
    """
    from agir_cli.domain.dates import nearest_day
    from agir_cli.domain.fields import FIELDS
    from agir_cli.domain.values import BIRTH

    type_ = FIELDS[name].type
    if type_.name not in ("date", "moment") or type_ is BIRTH:
        return text
    coming = None if name in _EITHER_WAY else type_.name == "moment" or name == "date_echeance"
    return nearest_day(text, today, coming=coming)


def one_line(text: str | None, option: str) -> str:
    """What an option says in words, on one line; « » for nothing, or the « … » of an example.

    Raises `UsageFailure` for a text that would drive the terminal of whoever reads it.
    """
    words = " ".join((text or "").split())
    words = words if words.strip("….") else ""
    if not words.isprintable():
        from agir_cli.domain.values import refuse_controls

        with told_of(option):
            refuse_controls(words)
    return words


def open_session(
    *,
    db: str | None = None,
    today: str | None = None,
    author: str | None = None,
    site: str | None = None,
    key_fd: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
    no_pager: bool = False,
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
    if key_fd and not (key_fd.isascii() and key_fd.isdigit()):
        raise UsageFailure("--key-fd attend un numéro, jamais la clé : --key-fd 3 3<FICHIER")
    return Session(
        named=db or None,
        day=exact_day(today, paris_today(), "--today") if today else None,
        signed=one_line(author, "--author") or None,
        site=one_line(site, "--site") or None,
        key_fd=int(key_fd) if key_fd else None,
        quiet=quiet,
        verbose=verbose,
        no_pager=no_pager,
    )


def give_late(ctx: click.Context, option: click.Parameter, value: object) -> None:
    """Take a global option that was typed after the command."""
    if value is None or value is False or ctx.resilient_parsing:
        return
    root = ctx.find_root()
    root.params[option.name or ""] = value
    session = open_session(**root.params)
    each: click.Context | None = ctx
    while each is not None:
        each.obj, each = session, each.parent


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


_LOOKING_BACK = ("--as-of", "--known-on")


def exact_day(text: str, today: date, option: str, *example: str) -> date:
    """The day that an option says. Raises `UsageFailure`, with the ``example`` of a precise one."""
    from agir_cli.domain.dates import DateFault, nearest_day, parse_date, whole_year

    whole = nearest_day(text, today, coming=False if option in _LOOKING_BACK else None)
    try:
        partial = parse_date(whole_year(whole, today, past=False), today)
    except DateFault as fault:
        raise UsageFailure(f"Option {option} : {fault}") from None
    if not partial.exact:
        raise UsageFailure(f"Option {option} : « {text} » n'est pas un jour précis.", *example)
    return partial.earliest
