"""A PostgreSQL server as carrier: append-only, by role and part; each failure is one sentence."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Timer

import pytest

from agir_cli.exchange import hub
from agir_cli.exchange.segments import EVERY, Segment, SegmentRefused, opened, pseudonym, sealed
from agir_cli.failures import AgirFailure, FileFailure, UsageFailure
from agir_cli.site_keys import keys_of, new_identity, recipient, verifying
from tests.postgres import PASSWORD, Server, needs_postgres, running

pytestmark = needs_postgres
ALL, LOIRE, VENDEE = new_identity(), new_identity(), new_identity()
KEYS = keys_of(b"n" * 32)._replace(groups={EVERY: [ALL], "44": [LOIRE], "85": [VENDEE]})
READERS = {EVERY: [recipient(ALL)], "44": [recipient(LOIRE)], "85": [recipient(VENDEE)]}
GROUPS = {EVERY: b"{}\n", "44": b'{"a":1}\n', "85": b'{"b":2}\n'}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


@pytest.fixture
def base(server: Server) -> Server:
    """A hub with the roles of two sites, made anew."""
    server.sql("DROP SCHEMA IF EXISTS agir CASCADE", "relais")
    hub.make("admin")
    for role, site, parts in (("nantes", "A", None), ("roche", "V", ["85"])):
        named = None if parts is None else [pseudonym(KEYS, each) for each in parts]
        if hub.grant("admin", role, site, named, None):
            server.role(role)
    return server


Site = Callable[[str], hub.Hub]


@pytest.fixture
def site(base: Server) -> Iterator[Site]:
    """A site connected to the hub."""
    with ExitStack() as kept:
        yield lambda service: kept.enter_context(closing(hub.Hub(service)))


def segment(first: int, last: int, site: str = "A") -> Segment:
    return sealed(site, first, b"", [b"l" * 20] * (last - first + 1), GROUPS, day="2026-11-29",
                  keys=KEYS, readers=READERS)  # fmt: skip


def refused(sentence: str) -> pytest.RaisesExc[AgirFailure]:
    return pytest.RaisesExc(AgirFailure, match=sentence)


def test_segments_are_kept_once_in_order_and_whole(base: Server, site: Site) -> None:
    nantes = site("nantes")
    first, second = segment(1, 3), segment(4, 9)
    for each in (first, first, second, second, first):
        nantes.put(each)
    assert nantes.held() == {"A": 9}
    assert list(nantes.after("A", 0)) == [first, second]
    assert list(nantes.after("A", 3)) == list(nantes.after("A", 5)) == [second]
    assert list(nantes.after("A", 9)) == list(nantes.after("Z", 0)) == []
    statistics = segment(1, 1, "A~")
    nantes.put(statistics)
    assert list(nantes.after("A~", 0)) == [statistics]
    for hole in (segment(11, 12), segment(2, 12), segment(1, 9)):
        with refused("déjà d'autres enregistrements"):
            nantes.put(hole)
    assert nantes.held()["A"] == 9


def test_segments_come_some_at_a_time_whole(
    base: Server, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    nantes = site("nantes")
    every = [segment(first, first + 1) for first in (1, 3, 5, 7)]
    for each in every:
        nantes.put(each)
    for most in (1, len(every[0].body) // 2, 2 * len(every[0].body), 1 << 20):
        monkeypatch.setattr(hub, "_AT_ONCE", most)
        assert list(nantes.after("A", 0)) == every
        assert list(nantes.after("A", 4)) == every[2:]


def test_a_role_writes_its_own_stream_and_reads_its_departments(base: Server, site: Site) -> None:
    nantes, roche = site("nantes"), site("roche")
    nantes.put(whole := segment(1, 3))
    with refused("pas pour ce site"):
        roche.put(segment(4, 5))
    (found,) = roche.after("A", 0)
    assert len(found.body) < len(whole.body)
    read = opened(found, keys=KEYS._replace(groups={EVERY: [ALL], "85": [VENDEE]}),
                  signer=verifying(KEYS))  # fmt: skip
    assert read.groups == {**GROUPS, "44": None}
    with pytest.raises(SegmentRefused, match="pas entier"):  # a part it is given no right to
        opened(found, keys=KEYS, signer=verifying(KEYS))
    hub.withdraw("admin", "roche", None)
    with refused("n'ouvre pas ce relais"):
        roche.held()
    with refused("n'ouvre pas ce relais"):
        site("roche")


def test_nobody_changes_or_deletes_what_is_kept(base: Server, site: Site) -> None:
    site("nantes").put(segment(1, 3))
    for statement in ("UPDATE agir.segments SET day = '2000-01-01'", "DELETE FROM agir.segments",
                      "TRUNCATE agir.segments"):  # fmt: skip
        for service in ("nantes", "admin"):  # by grants, and by triggers
            connection = hub.connect(service)
            with pytest.raises(Exception, match=r"permission denied|append-only"):
                connection.cursor().execute(statement)
            connection.close()
    connection = hub.connect("nantes")
    for statement in (
        "UPDATE agir.members SET site = 'V'",
        "SELECT * FROM agir.members",
        "UPDATE agir.streams SET last = 0",
        "DELETE FROM agir.letters",
        "SET ROLE admin",
        "ALTER TABLE agir.segments DISABLE TRIGGER USER",
    ):
        with pytest.raises(Exception, match=r"permission denied|must be owner"):
            connection.cursor().execute(statement)
    connection.close()


def test_messages_are_left_and_read_the_last_first(base: Server, site: Site) -> None:
    nantes, roche = site("nantes"), site("roche")
    nantes.leave("box", "demande", b"\0one")
    roche.leave("box", "demande", b"\xfftwo")
    assert list(nantes.letters("box")) == [("demande", b"\xfftwo"), ("demande", b"\0one")]
    assert list(nantes.letters("other")) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE agir.hub SET version = 2", "version plus récente"),
        ("DROP TABLE agir.hub", "modifiée"),
        ("DELETE FROM agir.hub", "modifiée"),
        ("INSERT INTO agir.hub VALUES (2)", "version plus récente"),
        ("ALTER TABLE agir.segments DISABLE TRIGGER segments_stay", "modifiée"),
        ("ALTER TABLE agir.segments DISABLE ROW LEVEL SECURITY", "modifiée"),
        ("DROP TRIGGER segments_follow ON agir.segments", "modifiée"),
        ("DROP TABLE agir.segments CASCADE", "modifiée"),
        ("DROP SCHEMA agir CASCADE", "pas de relais"),
    ],
)
def test_a_hub_that_is_newer_or_edited_is_told(base: Server, change: str, told: str) -> None:
    base.sql(change, "relais")
    with refused(told):
        hub.Hub("nantes")


def test_a_column_taken_away_and_a_segment_taken_away_are_told(base: Server, site: Site) -> None:
    nantes = site("nantes")
    for place in (1, 4, 7):
        nantes.put(segment(place, place + 2))
    assert hub.standing("admin", None)[1] == []
    base.sql("ALTER TABLE agir.segments DISABLE TRIGGER segments_stay; DELETE FROM agir.segments"
             " WHERE first = 4; ALTER TABLE agir.segments ENABLE TRIGGER segments_stay;"
             " GRANT UPDATE ON agir.segments TO nantes", "relais")  # fmt: skip
    taken = nantes.after("A", 0)
    assert next(taken).last == 3
    with refused("modifiée"):
        next(taken)
    rows, changes = hub.standing("admin", None)
    assert [(row.site, row.role, row.last, row.segments) for row in rows] == [
        ("A", "nantes", 9, 2), ("V", "roche", 0, 0)]  # fmt: skip
    assert len(changes) == 2
    base.sql("ALTER TABLE agir.segments DROP COLUMN day", "relais")
    with refused("modifiée"):
        list(nantes.after("A", 0))
    with refused("modifiée"):
        nantes.put(segment(10, 10))


def test_a_body_changed_on_the_server_is_refused_by_who_reads_it(base: Server, site: Site) -> None:
    nantes = site("nantes")
    nantes.put(segment(1, 3))
    base.sql("ALTER TABLE agir.segments DISABLE TRIGGER segments_stay; UPDATE agir.segments SET"
             " body = set_byte(body, 300, get_byte(body, 300) # 1) WHERE place = 0;"
             " ALTER TABLE agir.segments ENABLE TRIGGER segments_stay", "relais")  # fmt: skip
    (found,) = nantes.after("A", 0)
    with pytest.raises(SegmentRefused):
        opened(found, keys=KEYS, signer=verifying(KEYS))


def test_no_service_no_server_wrong_password_are_one_sentence(base: Server, site: Site) -> None:
    for name, said in (("faux", {"password": "faux-secret"}), ("sans", {}),
                       ("personne", {"user": "personne", "password": "faux-secret"}),
                       ("autre", {"password": PASSWORD, "dbname": "autre"}),
                       ("muet", {"port": 1, "password": PASSWORD})):  # fmt: skip
        base.service(name, **{"user": "nantes", **said})
    for service, told in (("absent", "n'est pas décrit"), ("faux", "refuse ce mot de passe"),
                          ("sans", "refuse ce mot de passe"), ("muet", "ne répond pas"),
                          ("personne", "refuse ce mot de passe"),
                          ("autre", "n'ouvre pas cette base")):  # fmt: skip
        with refused(told) as fault:
            hub.Hub(service)
        assert isinstance(fault.value, FileFailure)
        said = " ".join((fault.value.sentence, *fault.value.details))
        assert "secret" not in said
        assert PASSWORD not in said
    asked = hub.Hub("sans", lambda service: PASSWORD if service == "sans" else None)
    assert asked.held() == {}
    asked.close()


@pytest.mark.parametrize(
    ("answered", "told"),
    [  # as a server says them whose own language is French
        ("FATAL:  authentification par mot de passe échouée pour l'utilisateur  « nantes »",
         "refuse ce mot de passe"),
        ("FATAL:  la base de données « autre » n'existe pas", "n'ouvre pas cette base"),
        ("FATAL:  authentification peer échouée pour l'utilisateur « nantes »",
         "n'ouvre pas cette base"),
        ("FATAL:  désolé, trop de clients sont déjà connectés", "trop de postes"),
        ("FATAL:  le système de bases de données se lance", "ne répond pas"),
        ("FATAL:  le système de base de données s'arrête", "ne répond pas"),
        ("FATAL:  the database system is starting up", "ne répond pas"),
    ],
)  # fmt: skip
def test_why_a_server_lets_nobody_in_is_read_in_two_languages(answered: str, told: str) -> None:
    assert told in hub._unreached("nantes", answered, near=True).sentence


def test_a_server_that_says_nothing_is_let_go(base: Server) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        base.service("lent", port=mute.getsockname()[1], user="nantes", connect_timeout=1)
        with refused("ne répond pas"):
            hub.Hub("lent")
    for said in ("beaucoup", "-1", "0"):
        base.service(f"patient{said}", user="nantes", password=PASSWORD, connect_timeout=said)
        hub.Hub(f"patient{said}").close()


def test_ctrl_c_ends_a_wait_for_the_server(base: Server, site: Site) -> None:
    nantes, admin = site("nantes"), hub.connect("admin")
    with closing(admin), admin as keeping:
        keeping.cursor().execute("LOCK agir.streams IN ACCESS EXCLUSIVE MODE")
        Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            nantes.held()


def test_a_server_that_dies_leaves_nothing_half_and_comes_back(base: Server, site: Site) -> None:
    nantes = site("nantes")
    nantes.put(segment(1, 3))
    base.kill()
    with refused("interrompue"):
        nantes.put(segment(4, 5))
    with refused("ne répond pas"):
        site("nantes")
    base.start()
    again = site("nantes")
    assert again.held() == {"A": 3}
    again.put(segment(4, 5))
    assert [each.last for each in again.after("A", 0)] == [3, 5]


def test_a_second_hub_and_one_without_rights_are_refused_whole(base: Server, site: Site) -> None:
    with pytest.raises(UsageFailure, match="déjà un relais"):
        hub.make("admin")
    with refused("n'ouvre pas ce relais"):
        hub.grant("nantes", "intrus", "Z", None, None)
    assert base.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'intrus'") == "0"
    with refused("n'a rien"):
        hub.withdraw("admin", "intrus", None)


def _own_address() -> str | None:
    """An address of this machine that is not the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return None
        found: str = probe.getsockname()[0]
        return None if found.startswith("127.") else found


@pytest.mark.skipif(_own_address() is None, reason="cette machine n'a d'adresse que la sienne")
def test_beyond_the_loopback_it_is_tls_or_nothing(tmp_path: Path) -> None:
    address = _own_address()
    with running(addresses=f"127.0.0.1,{address}") as server:
        hub.make("admin")
        hub.grant("admin", "nantes", "A", None, None)
        server.role("nantes")
        for name, mode in (("loin", {}), ("loin_clair", {"sslmode": "disable"})):
            server.service(name, host=address, user="nantes", password=PASSWORD, **mode)
            with refused("ne chiffre pas la connexion"):
                hub.Hub(name)
        server.stop()
        _certificate(server)
        server.start("-c", "ssl=on")
        for name in ("loin", "loin_clair"):  # what the file says is not enough to go without
            found = hub.Hub(name)
            assert found._connection.info.ssl_in_use
            found.close()


def _certificate(server: Server) -> None:
    """A certificate of the server's own."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relais")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1).not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(9)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())  # fmt: skip
    for path, content in ((server.data / "server.key", private),
                          (server.data / "server.crt", made.public_bytes(pem))):  # fmt: skip
        path.write_bytes(content)
        path.chmod(0o600)
        if server.user is not None:
            import shutil

            shutil.chown(path, server.user)
    assert os.environ["PGSERVICEFILE"]


def test_a_server_with_too_many_at_once_says_so(tmp_path: Path) -> None:
    with running() as server:
        hub.make("admin")
        hub.grant("admin", "nantes", "A", None, None)
        server.role("nantes")
        server.stop()
        server.start("-c", "max_connections=5")
        with ExitStack() as kept, refused("trop de postes à la fois"):
            for _ in range(6):
                kept.enter_context(closing(hub.Hub("nantes")))
        hub.Hub("nantes").close()
