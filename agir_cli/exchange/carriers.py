"""What moves segments between sites: a folder that somebody else carries, or a server.

A folder of the exchange has a folder a stream, and in it a file a segment, written once by its own
site: under another name until it is whole on the disk. Nextcloud, Syncthing, git or a USB stick
may carry it, late, in any order, or twice: no two sites ever write one file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from agir_cli.drafts import draft, sync, take_name
from agir_cli.exchange.segments import LARGEST, Segment
from agir_cli.failures import FileFailure, UsageFailure, reason_of

HUB = "postgresql:"
"""How a carrier begins that is a server: a folder bears no such name."""


class Carrier(Protocol):
    """What every carrier does; each call is whole, or raises `FileFailure`."""

    def held(self) -> Mapping[str, int]:
        """Of each stream, the last number that is held without a hole."""

    def put(self, segment: Segment) -> None:
        """Keep a segment, whole or not at all; the same again changes nothing."""

    def after(self, site: str, number: int) -> Iterator[Segment]:
        """The segments of a stream that go beyond a number, in order."""

    def letters(self, box: str) -> Iterator[tuple[str, bytes]]:
        """The small messages that were left in a box: their names and what they say."""

    def leave(self, box: str, name: str, body: bytes) -> None:
        """Leave a small message in a box, in the place of one of that name."""

    def close(self) -> None:
        """Let it go."""


def opener(text: str, password: Callable[[str], str | None] | None = None) -> Callable[[], Carrier]:
    """What reaches the carrier that a text names, once what it needs is loaded.

    A text is a folder, or `postgresql:SERVICE`. ``password``: asked for a service that has none of
    its own. Raises `UsageFailure` for none, or where the library of a server is not installed.
    """
    if text.startswith(HUB):
        from agir_cli.exchange.hub import Hub, load

        if not (service := text.removeprefix(HUB)):
            raise UsageFailure("Quel service ? Celui de ~/.pg_service.conf : postgresql:agir")
        load()
        return partial(Hub, service, password)
    return partial(Folder, Path(text).expanduser())


_STREAMS, _BOXES = "flux", "lettres"
_STATISTICS, _TOLD = "~", "-statistiques"  # Nextcloud carries no name that ends with a tilde
_NAME = re.compile(
    r"(?P<first>\d{8,12})-(?P<last>\d{8,12})-(?P<day>\d{4}-\d\d-\d\d)-(?P<size>\d+)"
    r"(-[A-Z]{1,3})?\.agir"
)
_MOST_OF_A_LETTER = 1 << 24


class _Named(NamedTuple):
    """A segment as its file is named."""

    first: int
    last: int
    day: str
    path: Path


class Folder:
    """A folder that something carries to the other sites.

    ``strange``: files found there that are no segment: copies in which a synchroniser has kept
    what it took for a conflict, or renamed by somebody.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.strange: list[Path] = []
        self._refuse_absent()

    def _refuse_absent(self) -> None:
        """A folder that is not there, or no more, is not made on this post: nobody carries it."""
        if not self.path.is_dir():
            raise FileFailure(
                f"Le dossier d'échange « {self.path} » n'est pas là.",
                "Vérifiez son chemin, et que le partage, la clé USB ou le synchroniseur est prêt.",
            )

    def held(self) -> dict[str, int]:
        """Of each stream, the last number that is held without a hole."""
        self.strange.clear()
        found = {}
        for folder in self._listed(self.path / _STREAMS):
            site = folder.name.replace(_TOLD, _STATISTICS)
            last = 0
            for segment in self._named(site):
                if segment.first <= last + 1:
                    last = max(last, segment.last)
            found[site] = last
        return found

    def _named(self, site: str) -> list[_Named]:
        """The segments of a stream that are whole, by their names, in order."""
        found = []
        for path in self._listed(self._folder(site)):
            named = _NAME.fullmatch(path.name)
            if named is None:
                if path.suffix == ".agir":
                    self.strange.append(path)
                continue
            try:
                whole = path.stat().st_size == int(named["size"])
            except OSError:  # taken away meanwhile
                continue
            if whole:  # else it is still coming
                found.append(_Named(int(named["first"]), int(named["last"]), named["day"], path))
        return sorted(found)

    def _folder(self, site: str) -> Path:
        return self.path / _STREAMS / site.replace(_STATISTICS, _TOLD)

    def _listed(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            return []
        except NotADirectoryError:
            self.strange.append(folder)
            return []
        except OSError as error:
            raise self._fault(error) from None

    def put(self, segment: Segment) -> None:
        """Keep a segment under a name that says it all, whole or not at all."""
        name = f"{segment.first:08}-{segment.last:08}-{segment.day}-{len(segment.body)}"
        by = f"-{segment.by}" if segment.by else ""
        self._write(self._folder(segment.site) / f"{name}{by}.agir", segment.body)

    def _write(self, place: Path, body: bytes) -> None:
        self._refuse_absent()
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with draft(place) as new:
                new.write_bytes(body)
                sync(new)
                take_name(new, place, overwrite=True)
        except OSError as error:
            raise self._fault(error, writing=True) from None

    def after(self, site: str, number: int) -> Iterator[Segment]:
        """The segments of a stream that go beyond a number, in order; none beyond a hole."""
        for named in self._named(site):
            if named.first > number + 1:
                return
            if named.last > number:
                body = self._read(named.path, LARGEST)
                yield Segment(site, named.first, named.last, named.day, body)
                number = named.last

    def _read(self, path: Path, most: int) -> bytes:
        try:
            with path.open("rb") as file:
                # As much as is asked for is set apart in memory: never more than there is.
                return file.read(min(most, os.fstat(file.fileno()).st_size) + 1)
        except OSError as error:
            raise self._fault(error) from None

    def letters(self, box: str) -> Iterator[tuple[str, bytes]]:
        """The small messages that were left in a box; what is no such message is left out."""
        for path in self._listed(self.path / _BOXES / box):
            if not path.name.startswith("."):
                yield path.name, self._read(path, _MOST_OF_A_LETTER)

    def leave(self, box: str, name: str, body: bytes) -> None:
        """Leave a small message in a box."""
        self._write(self.path / _BOXES / box / name, body)

    def close(self) -> None:
        """Nothing is held."""

    def _fault(self, error: OSError, *, writing: bool = False) -> FileFailure:
        why = reason_of(error, writing=writing)
        return FileFailure(
            f"Le dossier d'échange « {self.path} » : {why}.",
            "Rien n'est perdu : ce qui manque partira ou viendra à la prochaine fois.",
        )
