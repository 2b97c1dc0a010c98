"""The carrier that is a PostgreSQL server: `postgresql:SERVICE`, a service of libpq.

What it has is in `data/hub.sql`: segments that only grow, a row each part, given to the roles of
the sites that may read them. How to reach it is said by the post's service file
(`~/.pg_service.conf`), its password by `~/.pgpass`, that file, or the system's keyring.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.exchange.segments import Segment, split
from agir_cli.failures import AgirFailure, FileFailure, UsageFailure, to_install
from agir_cli.shipped import data_file

if TYPE_CHECKING:
    from psycopg import Connection

VERSION, OLDEST = 1, 140_000
_GUARDS = ("segments_follow", "segments_stay")
_POLICIES = ("own_parts", "own_stream")
_TLS = ("require", "verify-ca", "verify-full")
_PATIENCE = "10"
_FULL = "too many", "connection slots", "trop de", "emplacements de connexion"
_AGAIN = "Ce qui était enregistré le reste, rien n'est pris à moitié : refaites agir sync."
Password = Callable[[str], str | None]


def _psycopg() -> Any:
    import logging

    try:
        import psycopg
    except ImportError:
        raise UsageFailure(
            "Ce poste n'a pas de quoi parler à un serveur PostgreSQL.",
            f"Installez-le : {to_install('hub')}",
        ) from None
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # it would say hosts, in English
    return psycopg


def load() -> None:
    """Load the library that speaks to a server: a post of little power takes its time for it."""
    _psycopg()


# --- reaching the server ------------------------------------------------------------------


def connect(service: str, password: Password | None = None) -> Connection[Any]:
    """Connect to the server of a service. Beyond this post, by TLS or not at all.

    ``password``: asked for a service that has none of its own. Raises `FileFailure`.
    """
    psycopg = _psycopg()
    said = _service(service)
    options = {"service": service, "connect_timeout": said.get("connect_timeout") or _PATIENCE,
               "application_name": "agir"}  # fmt: skip
    near = _is_here(said)
    if not near and said.get("sslmode") not in _TLS:
        options["sslmode"] = "require"
    if not said.get("password") and password is not None and (own := password(service)):
        options["password"] = own
    try:
        connection: Connection[Any] = psycopg.connect(**options, autocommit=True)
    except psycopg.Error as error:
        raise _unreached(service, error, near=near) from None
    if not near and not connection.pgconn.ssl_in_use:
        connection.close()
        raise _without_tls(service)
    if connection.info.server_version < OLDEST:
        connection.close()
        raise FileFailure(f"Le serveur « {service} » est un PostgreSQL"
                          f" {connection.info.server_version // 10_000} : il en faut un 14 ou plus"
                          " récent.")  # fmt: skip
    return connection


def _service(service: str) -> Mapping[str, str]:
    """What the service file says of a service, and the defaults of the post."""
    from psycopg.pq import Conninfo

    before = os.environ.get("PGSERVICE")
    os.environ["PGSERVICE"] = service
    try:
        known = Conninfo.get_defaults()
    finally:
        if before is None:
            del os.environ["PGSERVICE"]
        else:
            os.environ["PGSERVICE"] = before
    return {each.keyword.decode(): each.val.decode() for each in known if each.val}


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


def _unreached(service: str, error: Any, *, near: bool) -> FileFailure:
    """Why a server was not reached, without a word of what it or libpq said of it."""
    psycopg, reached, text = _psycopg(), error.pgconn, str(error)
    if "definition of service" in text or "service file" in text:
        return FileFailure(
            f"Le service « {service} » n'est pas décrit sur ce poste.",
            f"Dans ~/.pg_service.conf : [{service}], puis host, dbname et user.",
        )
    if not near and "SSL" in text and "not support" in text:
        return _without_tls(service)
    asked = reached is not None and (reached.used_password or reached.needs_password)
    if asked and ("auth" in text or "password" in text):
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
    starting = psycopg.pq.PGconn.ping(f"service={service}".encode()) == psycopg.pq.Ping.REJECT
    if not starting and (asked or "FATAL" in text):
        return FileFailure(
            f"Le serveur « {service} » répond, et n'ouvre pas cette base à ce rôle.",
            "À voir avec qui tient le serveur : dbname, user, pg_hba.conf.",
        )
    return FileFailure(f"Le serveur « {service} » ne répond pas : rien n'a été envoyé ni pris.",
                       "Les actes se gardent ici ; l'échange se fera plus tard.")  # fmt: skip


@contextmanager
def _told(service: str) -> Iterator[None]:
    """Turn what the server answers into one sentence, without a word of what was being written."""
    psycopg = _psycopg()
    try:
        yield
    except psycopg.Error as error:
        raise _answered(service, error.sqlstate or "") from None


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
        found = self._connection.execute(
            "SELECT to_regclass('agir.segments'), has_schema_privilege('agir', 'USAGE') FROM"
            " pg_namespace WHERE nspname = 'agir'"
        ).fetchone()
        if found is None:
            raise FileFailure(f"Le serveur « {self.service} » n'a pas de relais.",
                              f"Qui le tient : agir hub init {self.service}")  # fmt: skip
        if not found[1]:
            raise _answered(self.service, "42501")
        version, guarded, site = self._connection.execute(
            f"SELECT (SELECT version FROM agir.hub), ({_GUARDED}), agir.own_site()"
        ).fetchone() or (0, False, None)
        if version > VERSION:
            raise FileFailure(f"Le relais « {self.service} » est d'une version plus récente"
                              " d'agir.", "Mettez agir à jour sur ce poste.")  # fmt: skip
        if not guarded:
            raise _edited(self.service)
        if site is None:
            raise _answered(self.service, "42501")

    def held(self) -> Mapping[str, int]:
        """Of each stream, the last number that is held."""
        with _told(self.service):
            return dict(self._connection.execute("SELECT site, last FROM agir.streams").fetchall())

    def put(self, segment: Segment) -> None:
        """Keep a segment, whole or not at all; the same again changes nothing."""
        parts = split(segment.body)
        rows = [
            (segment.site, segment.first, place, segment.last, segment.day, name, body)
            for place, (name, body) in enumerate(parts)
        ]
        with _told(self.service), self._connection.transaction():
            known = self._connection.execute(
                "SELECT last FROM agir.segments WHERE (site, first, place) = (%s, %s, 0)",
                (segment.site, segment.first),
            ).fetchone()
            if known == (segment.last,):
                return
            for row in rows:
                self._connection.execute(
                    "INSERT INTO agir.segments (site, first, place, last, day, part, body)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %b)", row,
                )  # fmt: skip

    def after(self, site: str, number: int) -> Iterator[Segment]:
        """The segments of a stream that go beyond a number, in order, as this site may read them.

        Raises `FileFailure` where one is gone.
        """
        query = (
            "SELECT first, last, day::text, body FROM agir.segments WHERE site = %s"
            " AND first >= (SELECT coalesce(max(first), 1) FROM agir.segments WHERE site = %s"
            " AND place = 0 AND first <= %s + 1) ORDER BY first, place"
        )
        with _told(self.service), self._connection.cursor(binary=True) as cursor:
            given = cursor.stream(query, (site, site, number))
            for first, last, day, body in _joined(given):
                if last <= number:
                    continue
                if first > number + 1:
                    raise _edited(self.service)
                yield Segment(site, first, last, day, body)
                number = last

    def letters(self, box: str) -> Iterator[tuple[str, bytes]]:
        """The messages of a box, the last left first."""
        query = "SELECT name, body FROM agir.letters WHERE box = %s ORDER BY number DESC"
        with _told(self.service):
            yield from self._connection.execute(query, (box,), binary=True).fetchall()

    def leave(self, box: str, name: str, body: bytes) -> None:
        """Leave a message in a box."""
        query = "INSERT INTO agir.letters (box, name, body) VALUES (%s, %s, %b)"
        with _told(self.service):
            self._connection.execute(query, (box, name, body))

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
    with connect(service, password) as connection, _told(service), connection.transaction():
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'agir'").fetchone():
            raise UsageFailure(f"Le serveur « {service} » a déjà un relais : rien n'a été changé.",
                               f"Son état : agir hub status {service}")  # fmt: skip
        connection.execute(data_file("hub.sql").read_bytes())


def grant(
    service: str, role: str, site: str, parts: Sequence[str] | None, password: Password | None
) -> bool:
    """Let a role write the stream of a site and read these parts (None: all); whether it is new."""
    from psycopg import sql

    with connect(service, password) as connection, _told(service), connection.transaction():
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        name = sql.Identifier(role)
        if known is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        for rights in (
            "USAGE ON SCHEMA agir", "SELECT ON agir.hub, agir.streams",
            "SELECT, INSERT ON agir.segments, agir.letters",
        ):  # fmt: skip
            connection.execute(sql.SQL(f"GRANT {rights} TO {{}}").format(name))
        connection.execute(
            "INSERT INTO agir.members VALUES (%s, %s, %s) ON CONFLICT (role) DO UPDATE"
            " SET site = excluded.site, parts = excluded.parts",
            (role, site, None if parts is None else list(parts)),
        )
    return known is None


def withdraw(service: str, role: str, password: Password | None) -> None:
    """Take from a role what it was granted."""
    from psycopg import sql

    with connect(service, password) as connection, _told(service), connection.transaction():
        gone = connection.execute("DELETE FROM agir.members WHERE role = %s", (role,)).rowcount
        if not gone:
            raise UsageFailure(f"Le rôle « {role} » n'a rien sur ce relais.")
        for what in ("ALL TABLES IN SCHEMA agir", "SCHEMA agir"):
            query = sql.SQL(f"REVOKE ALL ON {what} FROM {{}}")
            connection.execute(query.format(sql.Identifier(role)))


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
    with connect(service, password) as connection, _told(service):
        rows = connection.execute(
            "SELECT coalesce(s.site, m.site), m.role, coalesce(s.last, 0), s.day::text,"
            " (SELECT count(*) FROM agir.segments AS g WHERE g.site = s.site AND place = 0),"
            " (SELECT coalesce(sum(length(body)), 0) FROM agir.segments AS g WHERE g.site = s.site)"
            " FROM agir.streams AS s FULL JOIN agir.members AS m ON m.site = s.site ORDER BY 1"
        ).fetchall()
        return [Standing._make(row) for row in rows], list(_changes(connection))


def _changes(connection: Connection[Any]) -> Iterator[str]:
    def count(query: str, *values: object) -> int:
        row = connection.execute(query.encode(), values).fetchone()
        return int(row[0]) if row else 0

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
