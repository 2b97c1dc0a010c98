"""What travels between sites: whole and as its site wrote it, or refused with its site and number.

Every person is invented.
"""

from __future__ import annotations

import json
import random
import tracemalloc
import zlib
from time import perf_counter

import pytest

from agir_cli.exchange import segments
from agir_cli.exchange.segments import EVERY, MOST, Segment, SegmentRefused, opened, sealed
from agir_cli.site_keys import (
    SiteKeys,
    keys_of,
    new_identity,
    recipient,
    sealed_to,
    signature,
    unsealed,
    verifying,
)

ALL, LOIRE, VENDEE = new_identity(), new_identity(), new_identity()
READERS = {EVERY: [recipient(ALL)], "44": [recipient(LOIRE)], "85": [recipient(VENDEE)]}
NANTES = keys_of(b"n" * 32)._replace(groups={EVERY: [ALL], "44": [LOIRE]})
ANCENIS = keys_of(b"a" * 32)._replace(groups={EVERY: [ALL], "44": [LOIRE]})
LA_ROCHE = keys_of(b"r" * 32)._replace(groups={EVERY: [ALL], "85": [VENDEE]})
STRANGER = keys_of(b"s" * 32)._replace(groups={EVERY: [new_identity()]})
GROUPS = {EVERY: b'{"seq":1}\n', "44": b'{"seq":2,"nom":"KEITA"}\n', "85": b'{"seq":3}\n'}
LINKS = [bytes([n]) * 20 for n in range(3)]


def segment(keys: SiteKeys = NANTES, site: str = "A", first: int = 1) -> Segment:
    return sealed(site, first, b"", LINKS, GROUPS, day="2026-11-29", keys=keys, readers=READERS)


def reason(given: Segment, keys: SiteKeys = ANCENIS, signer: bytes | None = None) -> str:
    with pytest.raises(SegmentRefused) as refused:
        opened(given, keys=keys, signer=verifying(NANTES) if signer is None else signer)
    told = refused.value
    assert (told.site, told.first) == (given.site, given.first)
    assert f"Site {given.site}" in told.sentence
    assert str(given.first) in told.sentence
    assert told.exit_code == 7
    return told.reason


def test_a_site_reads_what_it_follows_and_the_links_of_all_the_rest() -> None:
    found = opened(segment(), keys=ANCENIS, signer=verifying(NANTES))
    assert found == (b"", LINKS, {**GROUPS, "85": None})
    found = opened(segment(), keys=LA_ROCHE, signer=verifying(NANTES))
    assert found.groups == {**GROUPS, "44": None}


def test_a_host_reads_site_numbers_day_and_size_and_nothing_else() -> None:
    body = segment().body
    assert reason(segment(), STRANGER) == "locked"
    assert all(word not in body for word in (b"KEITA", b'"44"', b'"85"', b"seq", LINKS[1]))
    assert body.count(b"-> X25519") == len(GROUPS)  # one recipient a part: no list of readers


def test_the_size_of_one_act_tells_no_act() -> None:
    def size(act: bytes) -> int:
        given = sealed("A", 1, b"", LINKS[:1], {EVERY: b"", "44": act}, day="2026-11-29",
                       keys=NANTES, readers=READERS)  # fmt: skip
        assert opened(given, keys=ANCENIS, signer=verifying(NANTES)).groups["44"] == act
        part = json.loads(given.body.split(b"\n", 2)[1])["parts"][1][1]
        plain = unsealed([LOIRE], given.body[-part:])
        return len(plain or b"")

    assert size(b'{"kind":"contract_refused"}') == size(random.Random(1).randbytes(400)) == 512


def test_each_of_three_hundred_altered_bits_is_refused() -> None:
    whole, chance = segment(), random.Random(42)
    for place in chance.sample(range(8 * len(whole.body)), 300):
        body = bytearray(whole.body)
        body[place // 8] ^= 1 << place % 8
        reason(whole._replace(body=bytes(body)))


def test_a_cut_segment_is_told_from_an_altered_one() -> None:
    whole = segment()
    for length in (0, 3, 14, 20, 60, 130, 200, 600, 900, len(whole.body) - 1):
        assert reason(whole._replace(body=whole.body[:length])) == "cut", length
    assert reason(whole._replace(body=whole.body + b"x")) == "altered"


def test_a_carrier_may_keep_back_what_is_not_for_who_asks() -> None:
    whole = segment()
    first, loire, vendee = segments.split(whole.body)
    assert (first[0], loire[0]) == ("", segments.pseudonym(ANCENIS, "44"))
    for left in ([first, loire], [first, loire, vendee]):
        body = b"".join(part for _, part in left)
        found = opened(whole._replace(body=body), keys=ANCENIS, signer=verifying(NANTES))
        assert found == (b"", LINKS, {**GROUPS, "85": None})
    for body in (first[1], first[1] + vendee[1]):  # never what is for them
        assert reason(whole._replace(body=body)) == "cut"
    for body in (first[1] + vendee[1] + loire[1], first[1] + loire[1] + loire[1]):
        assert reason(whole._replace(body=body)) in ("altered", "cut")
    assert segments.pseudonym(ANCENIS, "44") != segments.pseudonym(STRANGER, "44")


def test_another_site_under_this_name_is_refused() -> None:
    assert reason(segment(LA_ROCHE)) == "foreign"
    assert reason(segment(), signer=b"") == "foreign"


@pytest.mark.parametrize(
    "renamed",
    [{"site": "B"}, {"first": 4, "last": 6}, {"last": 2}, {"day": "2026-11-30"}],
    ids=["site", "numéros", "fin", "jour"],
)
def test_a_segment_under_another_name_is_refused(renamed: dict[str, object]) -> None:
    assert reason(segment()._replace(**renamed)) == "replayed"  # type: ignore[arg-type]


def test_what_a_newer_program_wrote_is_told() -> None:
    whole = segment()
    body = whole.body.replace(b"agir-segment 1", b"agir-segment 2", 1)
    assert reason(whole._replace(body=body)) == "newer"


def forged(groups: dict[str, bytes], links: bytes = b"l" * 20, count: int = 1) -> Segment:
    """A segment that a site of the network signed, and that the program would not make."""
    names = [name for name in groups if name != EVERY]
    told = segments._line({"before": "", "links": count, "groups": names})
    parts = [sealed_to(READERS[EVERY], told + links + groups[EVERY])]
    parts += [groups[name] for name in names]
    key = segments._name(verifying(NANTES))
    laid = [("", len(part), segments._digest(part)) for part in parts]
    head = b"agir-segment 1\n" + segments._line(
        {"site": "A", "first": 1, "last": 1, "day": "d", "key": key, "parts": laid}
    )
    return Segment("A", 1, 1, "d", b"".join((head, signature(NANTES, head), *parts)))


def test_a_bomb_is_refused_in_little_memory_and_time() -> None:
    packing = zlib.compressobj(9)
    bomb = b"".join(packing.compress(bytes(1 << 20)) for _ in range(1024)) + packing.flush()
    assert len(bomb) < 2 << 20  # a gigabyte
    given = forged({EVERY: bomb})
    tracemalloc.start()
    begun = perf_counter()
    assert reason(given) == "too_big"
    assert perf_counter() - begun < 2
    assert tracemalloc.get_traced_memory()[1] < 4 * MOST
    tracemalloc.stop()


def test_several_groups_have_no_more_room_than_one() -> None:
    half = zlib.compress(bytes(MOST // 2 + 1))
    given = forged({EVERY: half, "44": sealed_to(READERS["44"], half)})
    assert reason(given) == "too_big"
    assert reason(segment()._replace(body=bytes(segments.LARGEST + 1))) == "too_big"


@pytest.mark.parametrize(
    "given",
    [
        forged({EVERY: b"not packed"}),
        forged({EVERY: zlib.compress(b"{}\n")[:-3]}),
        forged({EVERY: zlib.compress(b"{}\n")}, links=b"l" * 19),
        forged({EVERY: zlib.compress(b"{}\n")}, links=b"l" * 40, count=2),
        forged({EVERY: zlib.compress(b"{}\n")}, links=b"", count=-1),
    ],
)
def test_what_a_site_of_the_network_made_wrong_is_refused(given: Segment) -> None:
    assert reason(given) == "altered"


def test_keys_follow_from_one_secret_and_are_shown_nowhere() -> None:
    first, again, other = keys_of(b"n" * 32), keys_of(b"n" * 32), keys_of(b"m" * 32)
    assert first == again
    assert first.identity != other.identity
    assert verifying(first) != verifying(other)
    # The library takes the identity: its checksum is right, whatever the secret.
    for n in range(40):
        keys = keys_of(bytes([n]) * 32)
        assert unsealed([keys.identity], sealed_to([recipient(keys.identity)], b"x")) == b"x"
    assert first.identity not in repr(NANTES)
    assert ALL not in repr(NANTES)


def test_too_many_bytes_are_not_sealed() -> None:
    with pytest.raises(ValueError, match="too many"):
        sealed("A", 1, b"", LINKS, {EVERY: bytes(MOST + 1)}, day="d", keys=NANTES, readers=READERS)
