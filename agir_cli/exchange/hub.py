"""The carrier that is a PostgreSQL server: `postgresql:SERVICE`, a service of libpq.

What it has is in `data/hub.sql`: segments that only grow, a row each part, given to the roles of
the sites that may read them. How to reach it is said by the post's service file
(`~/.pg_service.conf`), its password by `~/.pgpass`, that file, or the system's keyring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import accumulate, takewhile
from select import select
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.exchange.segments import Segment, split
from agir_cli.failures import AgirFailure, FileFailure, UsageFailure, to_install
from agir_cli.shipped import data_file

if TYPE_CHECKING:
    from psycopg2 import extensions

    Connection = extensions.connection

VERSION, OLDEST = 1, 140_000
_GUARDS = ("segments_follow", "segments_stay")
_POLICIES = ("own_parts", "own_stream")
_TLS = ("require", "verify-ca", "verify-full")
_PATIENCE = 10
"""Seconds without a word from a server that is being reached."""
_AT_ONCE = 1 << 22
"""Bytes of segments that are asked for at once, and one part at least."""

# A server that lets nobody in gives no code with its reason: its words, in English and in French.
_FULL = "too many", "connection slots", "trop de", "emplacements de connexion"
_NOT_YET = "the database system", "le système de base"
_PASSWORD = "password", "mot de passe"
_AGAIN = "Ce qui était enregistré le reste, rien n'est pris à moitié : refaites agir sync."
Password = Callable[[str], str | None]


def load() -> Any:
    """The library that speaks to a server; loading it takes a post of little power its time.

    Raises `UsageFailure` where it is not installed.
    """
    try:
        import psycopg2.extensions
    except ImportError:
        raise UsageFailure(
            "Ce poste n'a pas de quoi parler à un serveur PostgreSQL.",
            f"Installez-le : {to_install('hub')}",
        ) from None
    psycopg2.extensions.set_wait_callback(_wait)
    return psycopg2


def _wait(connection: Connection) -> None:
    """Wait for the server: Ctrl-C ends it, as it does not while the library itself waits.

    A server that is being reached and says nothing for as long as its service allows is let go.
    """
    from psycopg2 import OperationalError
    from psycopg2.extensions import POLL_OK, POLL_READ, STATUS_SETUP

    begins = connection.status == STATUS_SETUP
    most = int(connection.info.dsn_parameters["connect_timeout"]) or None if begins else None
    while (asked := connection.poll()) != POLL_OK:
        reads = asked == POLL_READ
        if not any(select([connection] * reads, [connection] * (not reads), [], most)):
            raise OperationalError("timeout")


# --- reaching the server ------------------------------------------------------------------


def connect(service: str, password: Password | None = None) -> Connection:
    """Connect to the server of a service. Beyond this post, by TLS or not at all.

    ``password``: asked for a service that has none of its own. Raises `FileFailure`.
    """
    psycopg2, near = load(), True
    options = {"service": service, "application_name": "agir"}
    try:
        said, own = _said(service)
        near = _is_here(said)
        asked = said.get("connect_timeout", "")
        options["connect_timeout"] = asked if asked.isdecimal() else str(_PATIENCE)
        if not near and said.get("sslmode") not in _TLS:
            options["sslmode"] = "require"
        if not own and password is not None and (own := password(service)):
            options["password"] = own
        connection: Connection = psycopg2.connect(**options)
    except psycopg2.Error as error:
        raise _unreached(service, str(error), near=near) from None
    connection.autocommit = True
    if not near and not connection.info.ssl_in_use:
        connection.close()
        raise _without_tls(service)
    if connection.info.server_version < OLDEST:
        connection.close()
        raise FileFailure(f"Le serveur « {service} » est un PostgreSQL"
                          f" {connection.info.server_version // 10_000} : il en faut un 14 ou plus"
                          " récent.")  # fmt: skip
    return connection


def _said(service: str) -> tuple[Mapping[str, str], str | None]:
    """What is said of a service, and its password: by a connection let go before a word is sent."""
    with closing(load().connect(service=service, async_=True)) as begun:
        return begun.info.dsn_parameters, begun.info.password


def _is_here(said: Mapping[str, str]) -> bool:
    """Whether the server is on this post: by a socket of the system, or the loopback."""
    hosts = (said.get("hostaddr") or said.get("host") or "").split(",")
    return all(
        not host or host.startswith(("/", "@", "127.")) or host in ("localhost", "::1")
        for host in hosts
    )


def _without_tls(service: str) -> FileFailure:
    return FileFailure(
        f"Le serveur « {service} » ne chiffre pas la connexion (TLS) : rien ne lui a été envoyé.",
        "Un autre poste n'est joint que par TLS : à régler sur le serveur (ssl = on).",
    )


def _unreached(service: str, text: str, *, near: bool) -> FileFailure:
    """Why a server was not reached (`text`), without a word of what it or libpq said of it."""
    if "definition of service" in text or "service file" in text:
        return FileFailure(
            f"Le service « {service} » n'est pas décrit sur ce poste.",
            f"Dans ~/.pg_service.conf : [{service}], puis host, dbname et user.",
        )
    if not near and "SSL" in text and "not support" in text:
        return _without_tls(service)
    if any(word in text for word in _PASSWORD):
        return FileFailure(
            f"Le serveur « {service} » refuse ce mot de passe, ou n'en a pas reçu.",
            "Il se dit dans ~/.pgpass ou au trousseau (keyring set agir"
            f" postgresql:{service}), jamais dans une commande.",
        )
    if any(word in text for word in _FULL):
        return FileFailure(
            f"Le serveur « {service} » a trop de postes à la fois : rien n'a été envoyé ni pris.",
            "Refaites agir sync dans quelques minutes.",
        )
    if "FATAL" in text and not any(word in text for word in _NOT_YET):
        return FileFailure(
            f"Le serveur « {service} » répond, et n'ouvre pas cette base à ce rôle.",
            "À voir avec qui tient le serveur : dbname, user, pg_hba.conf.",
        )
    return FileFailure(f"Le serveur « {service} » ne répond pas : rien n'a été envoyé ni pris.",
                       "Les actes se gardent ici ; l'échange se fera plus tard.")  # fmt: skip


@contextmanager
def _told(service: str) -> Iterator[None]:
    """Turn what the server answers into one sentence, without a word of what was being written."""
    psycopg2 = load()
    try:
        yield
    except psycopg2.Error as error:
        raise _answered(service, error.pgcode or "") from None


def _rows(connection: Connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query gives; nothing, for one that writes."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


_CHANGED = "42P01", "42703", "42883", "3F000", "42804", "42P10", "22P02", "23502", "23514"


def _answered(service: str, state: str) -> AgirFailure:
    if state == "42501":
        return FileFailure(f"Le serveur « {service} » n'ouvre pas ce relais à ce rôle, ou pas pour"
                           " ce site : rien n'a été envoyé.",
                           "Qui le tient : agir hub grant")  # fmt: skip
    if state in ("AG001", "23505"):
        return FileFailure(f"Le relais « {service} » a déjà d'autres enregistrements sous ces"
                           " numéros : rien n'a été envoyé.",
                           "Deux postes ont-ils la même lettre, ou ce fichier vient-il d'une"
                           " sauvegarde ? agir sites")  # fmt: skip
    if state in _CHANGED or state == "AG002":
        return _edited(service)
    if state.startswith("53"):
        return FileFailure(f"Le serveur « {service} » n'a plus de place : rien n'a été envoyé.",
                           "À voir avec qui tient le serveur.")  # fmt: skip
    if not state or state[:2] in ("08", "57"):
        return FileFailure(f"La connexion au serveur « {service} » s'est interrompue.", _AGAIN)
    return FileFailure(f"Le serveur « {service} » a refusé (code {state}).", _AGAIN)


def _edited(service: str) -> FileFailure:
    return FileFailure(
        f"La base du relais « {service} » a été modifiée par un autre programme : rien n'a été"
        " envoyé ni pris.", f"Ce qui a changé : agir hub status {service}",
    )  # fmt: skip


# --- the carrier --------------------------------------------------------------------------


class Hub:
    """A server that carries segments between sites."""

    def __init__(self, service: str, password: Password | None = None) -> None:
        self.service = service
        self._connection = connect(service, password)
        try:
            with _told(service):
                self._meet()
        except BaseException:
            self.close()
            raise

    def _meet(self) -> None:
        """Refuse a hub that is newer, or whose guards somebody has taken away."""
        found = _rows(
            self._connection,
            "SELECT to_regclass('agir.segments'), has_schema_privilege('agir', 'USAGE') FROM"
            " pg_namespace WHERE nspname = 'agir'",
        )
        if not found:
            raise FileFailure(f"Le serveur « {self.service} » n'a pas de relais.",
                              f"Qui le tient : agir hub init {self.service}")  # fmt: skip
        if not found[0][1]:
            raise _answered(self.service, "42501")
        asked = f"SELECT (SELECT max(version) FROM agir.hub), ({_GUARDED}), agir.own_site()"
        ((version, guarded, site),) = _rows(self._connection, asked)
        if (version or 0) > VERSION:
            raise FileFailure(f"Le relais « {self.service} » est d'une version plus récente"
                              " d'agir.", "Mettez agir à jour sur ce poste.")  # fmt: skip
        if not (version and guarded):
            raise _edited(self.service)
        if site is None:
            raise _answered(self.service, "42501")

    def held(self) -> Mapping[str, int]:
        """Of each stream, the last number that is held."""
        with _told(self.service):
            return dict(_rows(self._connection, "SELECT site, last FROM agir.streams"))

    def put(self, segment: Segment) -> None:
        """Keep a segment, whole or not at all; the same again changes nothing."""
        known = "SELECT last FROM agir.segments WHERE (site, first, place) = (%s, %s, 0)"
        with _told(self.service), self._connection as connection:
            if _rows(connection, known, segment.site, segment.first) == [(segment.last,)]:
                return
            for place, (name, body) in enumerate(split(segment.body)):
                _rows(
                    connection,
                    "INSERT INTO agir.segments (site, first, place, last, day, part, body)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    segment.site, segment.first, place, segment.last, segment.day, name, body,
                )  # fmt: skip

    def after(self, site: str, number: int) -> Iterator[Segment]:
        """The segments of a stream that go beyond a number, in order, as this site may read them.

        Raises `FileFailure` where one is gone.
        """
        begins = (
            "SELECT coalesce(max(first), 1) FROM agir.segments WHERE site = %s AND place = 0"
            " AND first <= %s + 1"
        )
        with _told(self.service):
            ((start,),) = _rows(self._connection, begins, site, number)
            for first, last, day, body in _joined(self._parts(site, start)):
                if last <= number:
                    continue
                if first > number + 1:
                    raise _edited(self.service)
                yield Segment(site, first, last, day, body)
                number = last

    def _parts(self, site: str, first: int) -> Iterator[Sequence[Any]]:
        """The parts of the segments of a stream from this one on, some megabytes at a time."""
        after: tuple[Any, ...] = (first, -1)
        of_stream = "FROM agir.segments WHERE site = %s AND (first, place)"
        sizes = f"SELECT first, place, length(body) {of_stream} > %s ORDER BY 1, 2 LIMIT 1000"
        bodies = (f"SELECT first, last, day::text, body {of_stream} > %s AND (first, place) <= %s"
                  " ORDER BY first, place")  # fmt: skip
        while found := _rows(self._connection, sizes, site, after):
            sums = accumulate(size for *_, size in found)
            count = sum(1 for _ in takewhile(lambda size: size <= _AT_ONCE, sums))
            upto = found[max(count, 1) - 1][:2]
            yield from _rows(self._connection, bodies, site, after, upto)
            after = upto

    def letters(self, box: str) -> Iterator[tuple[str, bytes]]:
        """The messages of a box, the last left first."""
        query = "SELECT name, body FROM agir.letters WHERE box = %s ORDER BY number DESC"
        with _told(self.service):
            for name, body in _rows(self._connection, query, box):
                yield name, bytes(body)

    def leave(self, box: str, name: str, body: bytes) -> None:
        """Leave a message in a box."""
        query = "INSERT INTO agir.letters (box, name, body) VALUES (%s, %s, %s)"
        with _told(self.service):
            _rows(self._connection, query, box, name, body)

    def close(self) -> None:
        """Let the server go."""
        self._connection.close()


_GUARDED = (
    "SELECT relrowsecurity AND (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid"
    f" AND tgname IN {_GUARDS} AND tgenabled = 'O') = {len(_GUARDS)}"
    " FROM pg_class AS c WHERE oid = 'agir.segments'::regclass"
)


def _joined(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, int, str, bytes]]:
    """The parts of each segment, one after the other."""
    head: tuple[int, int, str] | None = None
    parts: list[bytes] = []
    for first, last, day, body in rows:
        if head is not None and head[0] != first:
            yield (*head, b"".join(parts))
            parts = []
        head = (first, last, day)
        parts.append(body)
    if head is not None:
        yield (*head, b"".join(parts))


# --- keeping a hub ------------------------------------------------------------------------


def make(service: str, password: Password | None = None) -> None:
    """Make a hub in a database that has none; whole, or not at all."""
    with closing(connect(service, password)) as kept, _told(service), kept as connection:
        if _rows(connection, "SELECT 1 FROM pg_namespace WHERE nspname = 'agir'"):
            raise UsageFailure(f"Le serveur « {service} » a déjà un relais : rien n'a été changé.",
                               f"Son état : agir hub status {service}")  # fmt: skip
        _rows(connection, data_file("hub.sql").read_text("utf-8"))


def grant(
    service: str, role: str, site: str, parts: Sequence[str] | None, password: Password | None
) -> bool:
    """Let a role write the stream of a site and read these parts (None: all); whether it is new."""
    from psycopg2 import sql

    with closing(connect(service, password)) as kept, _told(service), kept as connection:
        known = _rows(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role)
        name = sql.Identifier(role).as_string(connection)
        if not known:
            _rows(connection, f"CREATE ROLE {name} LOGIN")
        for rights in (
            "USAGE ON SCHEMA agir", "SELECT ON agir.hub, agir.streams",
            "SELECT, INSERT ON agir.segments, agir.letters",
        ):  # fmt: skip
            _rows(connection, f"GRANT {rights} TO {name}")
        _rows(
            connection,
            "INSERT INTO agir.members VALUES (%s, %s, %s) ON CONFLICT (role) DO UPDATE"
            " SET site = excluded.site, parts = excluded.parts",
            role, site, None if parts is None else list(parts),
        )  # fmt: skip
    return not known


def withdraw(service: str, role: str, password: Password | None) -> None:
    """Take from a role what it was granted."""
    from psycopg2 import sql

    with closing(connect(service, password)) as kept, _told(service), kept as connection:
        if not _rows(connection, "DELETE FROM agir.members WHERE role = %s RETURNING 1", role):
            raise UsageFailure(f"Le rôle « {role} » n'a rien sur ce relais.")
        name = sql.Identifier(role).as_string(connection)
        for what in ("ALL TABLES IN SCHEMA agir", "SCHEMA agir"):
            _rows(connection, f"REVOKE ALL ON {what} FROM {name}")


class Standing(NamedTuple):
    """A stream of a hub: who writes it, its last number and day, its segments and their bytes."""

    site: str
    role: str | None
    last: int
    day: str | None
    segments: int
    size: int


def standing(service: str, password: Password | None) -> tuple[list[Standing], list[str]]:
    """The streams of a hub, and what somebody has changed of it (French)."""
    with closing(connect(service, password)) as connection, _told(service):
        rows = _rows(
            connection,
            "SELECT coalesce(s.site, m.site), m.role, coalesce(s.last, 0), s.day::text,"
            " (SELECT count(*) FROM agir.segments AS g WHERE g.site = s.site AND place = 0),"
            " (SELECT coalesce(sum(length(body)), 0) FROM agir.segments AS g WHERE g.site = s.site)"
            " FROM agir.streams AS s FULL JOIN agir.members AS m ON m.site = s.site ORDER BY 1",
        )
        return [Standing._make(row) for row in rows], list(_changes(connection))


def _changes(connection: Connection) -> Iterator[str]:
    def count(query: str) -> int:
        return int(_rows(connection, query)[0][0])

    if not count(f"SELECT coalesce(({_GUARDED}), false)::int"):
        yield "les protections de la table (déclencheurs, lignes par rôle) ne sont plus en place"
    policies = f"SELECT count(*) FROM pg_policy WHERE polname IN {_POLICIES}"
    if count(policies) != len(_POLICIES):
        yield "les règles de lecture et d'écriture par site ne sont plus celles du programme"
    rights = (
        "SELECT count(*) FROM information_schema.role_table_grants JOIN agir.members"
        " ON grantee = role WHERE table_schema = 'agir' AND privilege_type IN"
        " ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')"
    )
    if count(rights):
        yield "un rôle de site peut changer ou effacer ce qui est déposé"
    holes = (
        "SELECT count(*) FROM agir.streams AS s WHERE s.last <> (SELECT coalesce(sum(last - first"
        " + 1), 0) FROM agir.segments AS g WHERE g.site = s.site AND place = 0)"
    )
    if count(holes):
        yield "il manque des segments à un flux, ou il y en a deux fois"
