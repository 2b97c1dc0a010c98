"""One pass over a file's bytes: its hash, its encoding, and what its rows must be checked for.

Memory is constant: one mebibyte at a time. What cannot be read twice (standard input, a pipe)
is first spooled to an unlinked temporary file, readable by its owner only.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from agir_cli.exchange.accents import Accents
from agir_cli.failures import RowsFailure, UsageFailure, reason_of

CHUNK: Final = 1 << 20
HEAD: Final = 1 << 16
# A table's physical line is a few hundred bytes; beyond this, reading by line would fill memory.
LONGEST_LINE: Final = 8 << 20

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CP1252_HOLES: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_ASCII_BLANK: Final = b" " * 128 + bytes(range(128, 256))
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
# A ' before a live character, or before a space (in any of the encodings) that may hide one.
_MARK: Final = re.compile(
    rb"'(?:[=+\-@|%'\x00-\x20\x85\xa0]|\xc2[\x85\xa0]|\xe1\x9a|\xe2\x80|\xe2\x81|\xe3\x80|\Z)"
)


class Survey(NamedTuple):
    """What the bytes are. ``encoding`` is one of utf-8, cp1252, utf-16-le, utf-16-be.

    ``suspect``: some row may hold a NUL, an undecodable byte or damaged accents. ``mixed``: the
    file is cp1252 and some row may be UTF-8. ``marked``: some cell may bear a formula mark.
    ``whole``: ``head`` is the whole file.
    """

    sha256: str
    encoding: str
    bom: bytes
    head: str
    whole: bool
    suspect: bool
    mixed: bool
    marked: bool


def open_source(source: str) -> BinaryIO:
    """The bytes of ``source`` (``-``: standard input), open for reading and seekable.

    Raises ``UsageFailure`` where there is no such file or it cannot be read.
    """
    if source == "-":
        return _spooled(sys.stdin.buffer)
    try:
        if Path(source).is_dir():
            raise UsageFailure(f"« {source} » est un dossier, pas un fichier.")
        stream = Path(source).open("rb")  # noqa: SIM115 - the table closes it
    except FileNotFoundError:
        raise UsageFailure(f"Le fichier « {source} » n'existe pas.") from None
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "nom impossible"
        raise UsageFailure(f"Le fichier « {source} » ne peut pas être lu : {reason}.") from None
    if stream.seekable():
        return stream
    with stream:
        return _spooled(stream)


def _spooled(stream: BinaryIO) -> BinaryIO:
    import tempfile

    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the table closes it
    while chunk := stream.read(CHUNK):
        spool.write(chunk)
    spool.seek(0)
    return spool


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of ``stream`` from its start, one mebibyte at a time."""
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        yield chunk


def hashed(stream: BinaryIO) -> str:
    """The SHA-256 of the whole stream, in hexadecimal."""
    from hashlib import sha256

    digest = sha256()
    for chunk in chunks(stream):
        digest.update(chunk)
    return digest.hexdigest()


def surveyed(stream: BinaryIO, name: str, *, exact: bool = False) -> Survey:
    """Reads all of ``stream`` once (twice if it is not UTF-8).

    ``exact``: this program wrote the file, and whatever stands in its cells is text.

    Raises ``RowsFailure`` for an empty or binary file, a damaged UTF-16 one, one endless line.
    """
    from hashlib import sha256

    stream.seek(0)
    first = stream.read(HEAD)
    if not exact:
        _refuse_what_is_no_text(first, name)
    bom, named = next(((b, e) for b, e in _BOMS if first.startswith(b)), (b"", ""))
    digest, decoder = sha256(), codecs.getincrementaldecoder(named or "utf-8")()
    decodes, nul, marked, run = True, False, False, 0
    look = Accents(exact)
    hole = b"\0\0" if named.startswith("utf-16") else b"\0"
    for chunk in chunks(stream):
        digest.update(chunk)
        decodes = decodes and _feed(decoder, chunk, look)
        nul = nul or hole in chunk
        marked = marked or _MARK.search(chunk) is not None
        run = _unbroken(chunk, run, name)
    decodes = decodes and _feed(decoder, b"", look, final=True)
    if not decodes and named.startswith("utf-16"):
        raise RowsFailure(
            f"« {name} » se dit en UTF-16 mais ne l'est pas jusqu'au bout (fichier coupé ou "
            "abîmé) : enregistrez-le de nouveau, de préférence en CSV UTF-8."
        )
    encoding, holes, mixed = named or "utf-8", False, False
    if not decodes:
        look = Accents(exact)
        encoding, holes, mixed = _not_utf8(stream, bool(bom), look)
    head = codecs.getincrementaldecoder(encoding)("surrogateescape").decode(first[len(bom) :])
    return Survey(
        sha256=digest.hexdigest(),
        encoding=encoding,
        bom=bom,
        head=head,
        whole=len(first) < HEAD,
        suspect=nul or holes or mixed or look.damaged,
        mixed=mixed,
        marked=marked,
    )


def _feed(
    decoder: codecs.IncrementalDecoder, chunk: bytes, look: Accents, *, final: bool = False
) -> bool:
    try:
        look.at(decoder.decode(chunk, final))
    except UnicodeDecodeError:
        return False
    return True


def _unbroken(chunk: bytes, run: int, name: str) -> int:
    """The length of the line still open after ``chunk``, ``run`` bytes of it before."""
    last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    run = len(chunk) - last - 1 if last >= 0 else run + len(chunk)
    if run > LONGEST_LINE:
        raise RowsFailure(
            f"« {name} » contient une ligne de plus de {LONGEST_LINE >> 20} Mo : "
            "ce n'est pas un tableau CSV."
        )
    return run


def _not_utf8(stream: BinaryIO, bom: bool, look: Accents) -> tuple[str, bool, bool]:
    """The encoding of a file that is not valid UTF-8, then whether some of its bytes mean nothing
    in it, and whether two encodings may be mixed.

    A cp1252 text holds almost no valid UTF-8 sequence; a file with more of them than of stray
    bytes is damaged UTF-8, and reading it as cp1252 would garble every name in silence.
    """
    good = stray = 0
    holes = False
    for chunk in chunks(stream):
        look.at(chunk.decode("cp1252", "replace"))
        # Few distinct runs of accented bytes stand for a whole chunk.
        for run, times in Counter(chunk.translate(_ASCII_BLANK).split()).items():
            text = run.decode("utf-8", "surrogateescape")
            escaped = len(_ESCAPED.findall(text))
            stray += times * escaped
            good += times * (len(text) - escaped)
            holes = holes or _CP1252_HOLES.search(run) is not None
    if bom or good > stray:
        return "utf-8", True, False
    return "cp1252", holes, good > 0


# A web page, its archive, XML, a word processor's text: what many programs name .xls.
_PAGES: Final = (
    b"<html", b"<!", b"<table", b"<?xml", b"<meta", b"<head", b"<body", b"<style", b"<div",
    b"mime-version:", b"{\\rtf",
)  # fmt: skip


def _refuse_what_is_no_text(first: bytes, name: str) -> None:
    if not first.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise RowsFailure(f"« {name} » est vide.")
    start = first[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(_PAGES):
        raise RowsFailure(
            f"« {name} » est une page web ou du XML, même si son nom dit autre chose : "
            "ouvrez-le dans un tableur et enregistrez-le en CSV UTF-8 ou en .xlsx."
        )
    if start.startswith((b"%pdf", b"pk\x03\x04", b"pk\x05\x06", b"\x1f\x8b", b"sqlite format")):
        raise _binary(name)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    if _looks_utf16(first):
        raise RowsFailure(
            f"« {name} » semble être en UTF-16 sans marque d'encodage : "
            "enregistrez-le en « CSV UTF-8 »."
        )
    controls = sum(first.count(n) for n in range(32) if n not in (9, 10, 11, 12, 13, 27))
    if controls * 10 > len(first) > 64 and not _is_odd_text(first):  # a few prove nothing
        raise _binary(name)


def _is_odd_text(first: bytes) -> bool:
    """Whether it is UTF-8 in spite of all its controls: something wrote them down as text."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return False
    return b"\0" not in first


def _looks_utf16(first: bytes) -> bool:
    even, odd = first[::2].count(0), first[1::2].count(0)
    return max(even, odd) * 5 > len(first) and min(even, odd) * 50 < len(first)


def _binary(name: str) -> RowsFailure:
    return RowsFailure(
        f"« {name} » n'est pas un tableau : c'est un fichier binaire (archive, image, PDF…). "
        "Donnez un CSV, un .xlsx, un .xls ou un .ods."
    )
