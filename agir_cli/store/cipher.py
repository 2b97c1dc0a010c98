"""The key of an encrypted file: how a file names it, how it is written down, who is asked for it.

A key is thirty-two bytes drawn by chance, and each file has its own. A file begins with sixteen
bytes in clear (SQLCipher's salt), which are ours to choose: a mark, then the name of its key, which
says nothing of it. So an encrypted file is known by its head, and its key wherever it is copied to.
"""

from __future__ import annotations

import os
from base64 import b32decode, b32encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agir_cli.failures import FileFailure

HEAD = 16
_MARK = b"agirc1"
_KEY, _CHECK, _GROUP = 32, 3, 4
_IN_MEMORY = "/dev/shm"
Asked = Callable[[Path | None, str], bytes | None]

_known: dict[str, bytes] = {}
_ask: Asked | None = None


def new_key() -> bytes:
    """Draw a key, and know it in this process."""
    return known(os.urandom(_KEY))


def known(key: bytes) -> bytes:
    """Know a key in this process: a file that names it opens with it.

    What is written aside from now on, before it is printed, stands in memory where the system has
    a folder for that; and no crash of this process leaves its memory on the disk.
    """
    _known[name_of(key)] = key
    with suppress(ImportError, OSError, ValueError):  # Windows has no such file
        from resource import RLIMIT_CORE, getrlimit, setrlimit

        setrlimit(RLIMIT_CORE, (0, getrlimit(RLIMIT_CORE)[1]))
    if os.access(_IN_MEMORY, os.W_OK):
        os.environ["TMPDIR"] = _IN_MEMORY
    return key


def on_key(asked: Asked | None) -> None:
    """Have this called for a key that the process does not know: the key's name, and its file.

    Of another key than a file's, no file.
    """
    global _ask
    _ask = asked


def found(name: str) -> bytes | None:
    """A key that is no file's, where the post has it: that of a site."""
    return _known.get(name) or (_ask(None, name) if _ask is not None else None)


def key_of(path: Path, name: str) -> bytes:
    """The key that a file names. Raises `FileFailure` (exit 7) where nobody has it."""
    key = _known.get(name) or (_ask(path, name) if _ask is not None else None)
    if key is None:
        raise FileFailure(
            f"« {path.name} » est chiffré, et sa clé ({shown(name)}) n'est pas sur ce poste : il"
            " n'a pas été touché.",
            "Avec la fiche de secours : agir key keep",
        )
    return known(key)


def name_of(key: bytes) -> str:
    """The name of a key, of which the key cannot be made."""
    from hashlib import sha256

    return sha256(_MARK + key).hexdigest()[: 2 * (HEAD - len(_MARK))]


def shown(name: str) -> str:
    """A key's name as a person reads it: « n° 3F2A-91C4 »."""
    return f"n° {name[:4].upper()}-{name[4:8].upper()}"


def named_by(head: bytes) -> str:
    """The name of the key in the first bytes of a file; nothing for any other file."""
    return head[len(_MARK) : HEAD].hex() if head.startswith(_MARK) and len(head) >= HEAD else ""


def for_engine(key: bytes) -> str:
    """A key and the head of its file, as SQLCipher takes them: no time is spent on deriving it."""
    return f"x'{key.hex()}{_MARK.hex()}{name_of(key)}'" if key else ""


def written(key: bytes) -> str:
    """A key as it is printed: fourteen groups of four signs, the last of which check the others."""
    return grouped(key + _check(key))


def grouped(content: bytes) -> str:
    """Bytes as a person reads and types them: groups of four signs."""
    text = b32encode(content).decode().rstrip("=")
    return " ".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))


def read(text: str) -> bytes | None:
    """The key that somebody has typed, whatever its case and spaces; None for a wrong one."""
    whole = ungrouped(text)
    key = whole[:_KEY]
    return key if len(whole) == _KEY + _CHECK and whole[_KEY:] == _check(key) else None


def ungrouped(text: str) -> bytes:
    """The bytes that somebody has typed, whatever their case and spaces; none for other signs."""
    signs = "".join(text.split()).replace("-", "").replace("8", "B").upper()
    try:
        return b32decode(signs + "=" * (-len(signs) % 8), map01="I")
    except ValueError:
        return b""


def _check(key: bytes) -> bytes:
    return bytes.fromhex(name_of(key))[:_CHECK]
