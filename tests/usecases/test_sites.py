"""Sites of a network: invited by a code, welcomed, revoked; what each may read.

Every person is invented.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from agir_cli.exchange.segments import EVERY, Contents, SegmentRefused, opened, sealed
from agir_cli.failures import FileFailure, UsageFailure
from agir_cli.store import cipher, memory_keys, seal, settings, sites
from agir_cli.store.driver import connect
from agir_cli.usecases import sites as network
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.upkeep import check, init_file

DAY = date(2026, 11, 29)


class Box:
    """A carrier's messages, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, bytes]] = defaultdict(dict)

    def letters(self, box: str) -> Iterator[tuple[str, bytes]]:
        yield from self.kept[box].items()

    def leave(self, box: str, name: str, body: bytes) -> None:
        self.kept[box].setdefault(name, body)


class Post:
    """A laptop with its file and its secret."""

    def __init__(self, folder: Path, name: str, *departments: str, site: str | None = None) -> None:
        self.path = folder / f"{name}.db"
        init_file(self.path, departments=departments, site=site)
        self.visitor = Visitor(self.path, DAY, "Anne")
        self.secret = (name * 32).encode()[:32]
        sites.keep_beside(self.path, self.secret)

    def invite(self, letter: str, *departments: str) -> bytes:
        made = network.invite(self.visitor, self.secret, letter, f"Site {letter}", departments)
        return network.code_of(made.code) if made.code else b""

    def join(self, code: bytes, carrier: Box) -> None:
        network.ask_to_join(self.visitor, self.secret, code, carrier)

    def meet(self, carrier: Box) -> network.Met:
        return network.meet(self.visitor, carrier)

    def sites(self) -> dict[str, sites.Site]:
        with closing(connect(self.path, "ro")) as connection:
            return sites.known(connection)

    def send(self, *groups: str) -> bytes:
        """What this site would send now: the bytes, and what opens them is tried by others."""
        with closing(connect(self.path, "ro")) as connection:
            letter, keys = settings.site_of(connection), sites.own_keys(connection)
            bodies = {EVERY: b"{}\n"} | dict.fromkeys(groups, b'{"a":1}\n')
            self.sent = sealed(letter, 1, b"", [b"l" * 20], bodies, day="2026-11-29", keys=keys,
                               readers=sites.readers(connection))  # fmt: skip
        return self.sent.body

    def open(self, other: Post) -> Contents:
        with closing(connect(self.path, "ro")) as connection:
            signer = sites.known(connection)[other.sent.site].verifying
            return opened(other.sent, keys=sites.own_keys(connection), signer=signer)

    def take(self, *others: Post) -> None:
        """Take what others said of sites, as a merge does: their events as they are."""
        columns = "id, dossier, kind, effective_from, effective_to, recorded_at, author, site, seq"
        with closing(connect(self.path, "rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for other in others:
                connection.execute("ATTACH ? AS other", (str(other.path),))
                connection.execute(
                    f"INSERT OR IGNORE INTO main.events ({columns}, payload, salt, hash)"
                    f" SELECT {columns}, payload, salt, hash FROM other.events"
                    " WHERE dossier = 'sites'"
                )
                connection.execute("COMMIT")
                connection.execute("DETACH other")
                connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")


@pytest.fixture
def box() -> Box:
    return Box()


def joined(first: Post, new: Post, letter: str, box: Box, *departments: str) -> None:
    new.join(first.invite(letter, *departments), box)
    assert first.meet(box).admitted == (letter,)
    assert new.meet(box).letter == letter


def test_a_code_is_all_that_is_said_and_each_knows_the_other(tmp_path: Path, box: Box) -> None:
    nantes, ancenis = Post(tmp_path, "nantes", "44"), Post(tmp_path, "ancenis", "44")
    code = nantes.invite("B", "44")
    assert nantes.meet(box) == network.Met()  # nobody has asked yet
    ancenis.join(code, box)
    assert ancenis.meet(box) == network.Met()  # nobody has answered yet
    assert nantes.meet(box) == network.Met(("B",))
    assert ancenis.meet(box) == network.Met(letter="B")
    assert nantes.meet(box) == ancenis.meet(box) == network.Met()  # an invitation serves once
    assert nantes.sites() == ancenis.sites()
    assert [s.departments for s in nantes.sites().values()] == [("44",), ("44",)]
    nantes.send("44")
    assert ancenis.open(nantes).groups == {EVERY: b"{}\n", "44": b'{"a":1}\n'}
    ancenis.send("44")
    assert nantes.open(ancenis).groups["44"] == b'{"a":1}\n'
    assert not [d for p in (nantes, ancenis) for d in check(p.path) if d.what != "sauvegarde"]


def test_who_has_not_the_code_is_not_let_in_and_lets_nobody_in(tmp_path: Path, box: Box) -> None:
    nantes, thief = Post(tmp_path, "nantes", "44"), Post(tmp_path, "thief", "44")
    code = nantes.invite("B", "44")
    wrong = bytes([code[0] ^ 1]) + code[1:]
    thief.join(wrong, box)
    box.kept[network._box(code)] = box.kept[network._box(wrong)]  # the host may move what it keeps
    assert nantes.meet(box) == network.Met()
    assert list(nantes.sites()) == ["A"]
    ancenis = Post(tmp_path, "ancenis", "44")
    ancenis.join(code, fresh := Box())
    nantes.meet(fresh)
    messages = fresh.kept[network._box(code)]
    messages["bienvenue"] = messages["bienvenue"][:-1] + b"x"
    assert ancenis.meet(fresh) == network.Met()
    assert b"Site B" not in b"".join(messages.values())


def test_a_code_is_typed_as_one_hears_it_and_a_wrong_sign_is_told(tmp_path: Path) -> None:
    nantes = Post(tmp_path, "nantes", "44")
    text = network.invite(nantes.visitor, nantes.secret, "B", "B", ("44",)).code
    assert [len(group) for group in text.split()] == [4] * 5
    heard = text.lower().replace("o", "0").replace("i", "1").replace(" ", "-")
    assert network.code_of(heard) == network.code_of(text)
    for place, sign in enumerate(text):
        if sign != " ":
            other = text[:place] + ("A" if sign != "A" else "C") + text[place + 1 :]
            if place < 18:  # the last sign ends with bits that say nothing
                with pytest.raises(UsageFailure, match="cinq groupes"):
                    network.code_of(other)
    for wrong in ("", "ABCD", text + " ABCD", "é" * 20):
        with pytest.raises(UsageFailure):
            network.code_of(wrong)


def test_a_file_that_has_acts_takes_its_letter_and_stays_proved(tmp_path: Path, box: Box) -> None:
    nantes, ancenis = Post(tmp_path, "nantes", "44"), Post(tmp_path, "ancenis", "85")
    ancenis.invite("Z", "85")  # acts of its own, before it joins another network
    with closing(connect(ancenis.path, "rw")) as connection:
        connection.execute("DELETE FROM settings WHERE name LIKE 'invitation%' OR name='cle_site'")
        before = seal.last_link(connection, "A")[0]
    assert before
    with pytest.raises(UsageFailure, match="déjà d'un réseau"):
        ancenis.join(nantes.invite("B", "85"), box)
    fresh = Post(tmp_path, "fresh", "44")
    joined(nantes, fresh, "B", box, "44")
    with closing(connect(fresh.path, "ro")) as connection:
        assert settings.settings(connection)["lettre"] == "B"
        assert settings.settings(connection)["site"] == "B"


def test_a_chain_renamed_is_whole(tmp_path: Path) -> None:
    nantes = Post(tmp_path, "nantes", "44")
    nantes.invite("B", "44")
    with closing(connect(nantes.path, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        sites.rename(connection, "A", "C")
        connection.execute("COMMIT")
        assert not [*seal.broken(connection), *seal.cuts(connection)]
        assert seal.last_link(connection, "A") == (0, b"")
        assert seal.last_link(connection, "C")[0] == 1


def test_each_department_has_its_readers(tmp_path: Path, box: Box) -> None:
    nantes = Post(tmp_path, "nantes", "44")
    roche, region = Post(tmp_path, "roche", "85"), Post(tmp_path, "region")
    joined(nantes, region, "R", box, EVERY)
    joined(nantes, roche, "V", box, "85")  # nobody followed the 85: its key is new
    region.take(nantes)
    roche.take(nantes)
    roche.send("85")
    with pytest.raises(UsageFailure, match="pas la clé du 85"):
        nantes.invite("C", "85")
    nantes.take(roche)
    assert nantes.open(roche).groups["85"] is None
    assert region.open(roche).groups["85"] is not None
    nantes.send("44")
    assert roche.open(nantes).groups == {EVERY: b"{}\n", "44": None}
    assert roche.invite("A", "85") == b""  # a site that is known needs no code
    nantes.take(roche)
    assert nantes.open(roche).groups["85"] is not None
    assert nantes.sites()["A"].departments == ("44", "85")


def test_who_joins_later_reads_what_was_sealed_before(tmp_path: Path, box: Box) -> None:
    nantes, ancenis = Post(tmp_path, "nantes", "44"), Post(tmp_path, "ancenis", "44")
    nantes.invite("Z", "44")
    nantes.send("44")
    joined(nantes, ancenis, "B", box, "44")
    assert ancenis.open(nantes).groups["44"] is not None


def test_a_revoked_site_reads_no_more_and_the_others_do(tmp_path: Path, box: Box) -> None:
    nantes, ancenis, gone = (Post(tmp_path, n, "44") for n in ("nantes", "ancenis", "gone"))
    joined(nantes, ancenis, "B", box, "44")
    joined(nantes, gone, "C", box, "44")
    ancenis.take(nantes)
    nantes.send("44")
    assert gone.open(nantes).groups["44"] is not None
    told = network.revoke(nantes.visitor, "C")
    assert (told.site.letter, told.last, set(told.groups)) == ("C", 0, {EVERY, "44"})
    nantes.send("44")
    with pytest.raises(SegmentRefused, match="scellé pour d'autres"):
        gone.open(nantes)
    with pytest.raises(SegmentRefused):  # until the stream in which the new key comes is taken
        ancenis.open(nantes)
    ancenis.take(nantes)
    assert ancenis.open(nantes).groups["44"] is not None
    assert ancenis.sites()["C"].revoked_on
    gone.take(nantes)  # it knows that it is revoked, and the new keys are not in its boxes
    with pytest.raises(SegmentRefused):
        gone.open(nantes)
    with pytest.raises(FileFailure, match="exclu du réseau"):
        gone.invite("D", "44")
    with pytest.raises(UsageFailure, match="ne sert plus"):
        nantes.invite("C", "44")
    for letter in ("A", "X"):
        with pytest.raises(UsageFailure, match="rien n'a été changé"):
            network.revoke(nantes.visitor, letter)


def test_a_segment_ends_where_its_site_changes_keys(tmp_path: Path, box: Box) -> None:
    nantes, gone = Post(tmp_path, "nantes", "44"), Post(tmp_path, "gone", "44")
    joined(nantes, gone, "C", box, "44")
    with closing(connect(nantes.path, "ro")) as connection:
        old = sites.readers(connection)
    network.revoke(nantes.visitor, "C")
    with closing(connect(nantes.path, "ro")) as connection:
        last = seal.last_link(connection, "A")[0]
        assert sites.change_of_keys(connection, "A", 2) == last
        assert sites.change_of_keys(connection, "A", last + 1) is None
        assert sites.readers(connection, "A", last) == old
        assert sites.readers(connection, "A", last + 1) == sites.readers(connection) != old
        assert sites.readers(connection, "A", 1) == old  # the first keys are those of the welcome


def test_a_letter_that_two_sites_were_given_is_the_first_ones(tmp_path: Path, box: Box) -> None:
    nantes, ancenis = Post(tmp_path, "nantes", "44"), Post(tmp_path, "ancenis", "44")
    joined(nantes, ancenis, "B", box, "44")
    ancenis.take(nantes)
    one, other = Post(tmp_path, "one", "44"), Post(tmp_path, "other", "44")
    joined(nantes, one, "C", box, "44")
    joined(ancenis, other, "C", box, "44")
    nantes.take(ancenis)
    ancenis.take(nantes)
    assert nantes.sites() == ancenis.sites()
    other.send("44")
    with pytest.raises(SegmentRefused, match="pas signé"):
        nantes.open(other)
    third = Post(tmp_path, "third", "44")
    code = nantes.invite("D", "44")
    ancenis_code = ancenis.invite("D", "44")
    Post(tmp_path, "fourth", "44").join(ancenis_code, box)
    ancenis.meet(box)
    nantes.take(ancenis)
    third.join(code, box)
    with pytest.raises(FileFailure, match="celle d'un autre site"):
        nantes.meet(box)


def test_the_key_of_the_memory_goes_with_the_welcome(tmp_path: Path, box: Box) -> None:
    nantes, ancenis = Post(tmp_path, "nantes", "44"), Post(tmp_path, "ancenis", "44")
    joined(nantes, ancenis, "B", box, "44")
    with closing(connect(nantes.path, "ro")) as one, closing(connect(ancenis.path, "ro")) as two:
        assert memory_keys.keys(one) == memory_keys.keys(two) != []


def test_without_its_key_a_site_says_so_and_a_foreign_one_is_not_taken(tmp_path: Path) -> None:
    nantes = Post(tmp_path, "nantes", "44")
    nantes.invite("B", "44")
    beside = nantes.path.with_name("nantes.db.site")
    assert beside.stat().st_mode & 0o777 == 0o600
    beside.chmod(0o644)
    with pytest.raises(FileFailure, match="D'autres peuvent lire"):
        network.meet(nantes.visitor, Box())
    sites.keep_beside(nantes.path, b"x" * 32)
    name = cipher.shown(cipher.name_of(nantes.secret))
    with pytest.raises(FileFailure, match=f"{name}.*n'est pas sur ce poste"):
        network.meet(nantes.visitor, Box())
    beside.unlink()
    with pytest.raises(FileFailure, match="n'est pas sur ce poste"):
        network.meet(nantes.visitor, Box())


def test_what_somebody_wrote_wrong_about_sites_hinders_nothing(tmp_path: Path) -> None:
    nantes = Post(tmp_path, "nantes", "44")
    nantes.invite("B", "44")
    with closing(connect(nantes.path, "rw")) as connection:
        for n, said in enumerate(("x", "[]", '{"cles":[]}', '{"cles":[{}],"dernier":1}', "5")):
            connection.execute(
                "INSERT INTO events (id, dossier, kind, recorded_at, author, site, seq, payload)"
                " VALUES (?, 'sites', 'site_revoked', '2026', 'x', 'Q', ?,"
                " json_object('site_nomme', 'A', 'fiche_site', ?))",
                (f"q{n}", n + 1, said),
            )
    assert list(nantes.sites()) == ["A"]
    assert not nantes.sites()["A"].revoked_on
