"""Several sites over a folder that a synchroniser carries badly, or in which somebody meddles."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from random import Random

from agir_cli.domain import commands as c
from agir_cli.exchange.carriers import Folder
from agir_cli.usecases.sync import Synced
from agir_cli.usecases.upkeep import check
from tests.store.crowd import many_rows
from tests.store.faulty import run_agir
from tests.usecases.network import ORIENTED, Office, Pigeon, Year, alike, exchange, linked

ACTS = 90


class Synchroniser:
    """Brings each site's folder to the others: late, in any order, cut, twice; it loses some."""

    def __init__(self, folder: Path, draw: Random) -> None:
        self.folder, self._draw = folder, draw
        self._kept: dict[str, bytes] = {}

    def place(self, letter: str) -> Path:
        """A site's own copy of the folder."""
        return self.folder / f"echange-{letter}"

    def carry(self, letter: str, *, calm: bool = False) -> None:
        """Bring what a site has written, and to it what others have; ``calm``: all, and whole."""
        draw, root = self._draw, self.place(letter) / "flux"
        for stream in (letter, f"{letter}-statistiques"):
            for path in (root / stream).glob("[0-9]*-[0-9]*.agir"):
                if calm or draw.random() < 0.7:
                    self._kept.setdefault(str(path.relative_to(root)), path.read_bytes())
        for name, body in self._kept.items():
            path = root / name
            if calm or draw.random() < 0.6:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._bring(path, body, 1.0 if calm else draw.random())
        if not calm and draw.random() < 0.3 and (every := [*root.glob("*/*.agir")]):
            draw.choice(sorted(every)).unlink()

    def _bring(self, path: Path, body: bytes, fate: float) -> None:
        if fate < 0.1:  # still coming
            path.write_bytes(body[: int(len(body) * fate * 10)])
        elif fate < 0.2:  # its place is kept, its bytes are not there yet
            path.write_bytes(bytes(len(body)))
        else:
            path.write_bytes(body)
            if fate < 0.3:
                path.with_stem(f"{path.stem} (conflicted copy)").write_bytes(body)


class FolderYear(Year):
    """What sites do, each with its copy of the folder."""

    def __init__(self, folder: Path, letters: str, draw: Random) -> None:
        super().__init__([Office(folder, letter) for letter in letters], Pigeon(), draw)
        self.synchroniser = Synchroniser(folder, draw)

    def exchanged(self, office: Office, *, calm: bool = False) -> Synced:
        """An exchange with one's copy of the folder, carried before and after."""
        letter = office.path.stem
        self.synchroniser.carry(letter, calm=calm)
        done = exchange(office.path, Folder(self.synchroniser.place(letter)))
        self.synchroniser.carry(letter, calm=calm)
        return done

    def calm_down(self) -> None:
        """Everything that was written arrives everywhere, and nothing of it is refused."""
        for turn in range(6):
            sent = 0
            for office in self.offices:
                done = self.exchanged(office, calm=True)
                sent += done.sent
                if turn:
                    self.refusals += [f"à la fin : {fault.sentence}" for fault in done.refused]
            if turn and not sent:  # what came may have made a site tell something of its own
                return


def model(folder: Path, letters: str) -> Path:
    """A network of these sites, to be copied: their files, and each one's copy of the folder."""
    shared = folder / "modele" / "echange"
    shared.mkdir(parents=True)
    paths = linked(shared.parent, letters, lambda _: Folder(shared))
    for path in paths:  # the first ones hear of the last ones
        exchange(path, Folder(shared))
        shutil.copytree(shared, shared.with_name(f"echange-{path.stem}"))
    for letter in letters:
        shutil.copytree(shared, shared.with_name(f"echange-{letter}"), dirs_exist_ok=True)
    return shared.parent


def storms(folder: Path, letters: str, times: int) -> tuple[int, list[str]]:
    """So many runs of these sites in bad weather; what differs or is lost in the end."""
    copied, wrong = model(folder, letters), list[str]()
    for chance in range(times):
        place = folder / str(chance)
        shutil.copytree(copied, place)
        year = FolderYear(place, letters, Random(chance))
        for _ in range(ACTS):
            year.act()
        year.calm_down()
        wrong += [f"autre état : {name}" for name in alike(year.offices)]
        wrong += ["refus perdu" for _ in year.lost()]
        wrong += [said for said in year.refusals if not said.startswith("Site ")]
        found = (each.what for office in year.offices for each in check(office.path))
        wrong += [what for what in found if what not in ("anomalie", "sauvegarde")]
        shutil.rmtree(place)
    return times, wrong


def altered(folder: Path, times: int) -> tuple[int, list[str]]:
    """One bit of a segment turned over, so many times: refused whole, the file as it was."""
    place, draw, wrong = model(folder, "AB"), Random(42), list[str]()
    a, b = Office(place, "A"), Office(place, "B")
    shared = place / "echange"
    for number in range(8):
        a.does(c.Enroll, nom=f"Tesfay{number}", agdref=f"{number * 1117:010}", **ORIENTED)
    exchange(a.path, Folder(shared))
    segment = max((shared / "flux" / "A").iterdir())
    body, before = segment.read_bytes(), b.path.read_bytes()
    for _ in range(times):
        bit = draw.randrange(len(body) * 8)
        new = bytearray(body)
        new[bit // 8] ^= 1 << bit % 8
        segment.write_bytes(new)
        said = [fault.sentence for fault in exchange(b.path, Folder(shared)).refused]
        first = int(segment.name.split("-")[0])
        if len(said) != 1 or not said[0].startswith(f"Site A, enregistrements {first} à "):
            wrong.append(f"octet {bit // 8} : {said}")
        if b.path.read_bytes() != before:
            wrong.append("le fichier a changé")
    segment.write_bytes(body)
    exchange(b.path, Folder(shared))
    return times, wrong + [f"autre état : {name}" for name in alike([a, b])]


def full(folder: Path, times: int) -> tuple[int, list[str]]:
    """A disk of its own with less room than is asked: that of a file that takes, or the folder's.

    How many exchanges were tried (none where one may not mount), and what went wrong.
    """
    place, disk, done, wrong = model(folder, "AB"), folder / "disque", 0, list[str]()
    disk.mkdir()
    a = place / "A.db"
    run_agir(a, "enroll", "--from", str(many_rows(folder / "noms.csv", 3000)))
    sent = shutil.copytree(place / "echange", folder / "envoye")
    assert run_agir(a, "sync", str(sent)).returncode == 0
    whole = _count(a)
    sizes = sum(path.stat().st_size for path in sent.rglob("*.agir")), 2 * a.stat().st_size
    for turn in range(times):
        taking = turn % 2
        room = (8 << 10) + (turn // 2) * sizes[taking] // max(times // 2 - 1, 1)
        room += sum(path.stat().st_size | 4095 for path in place.glob("B.db*")) if taking else 0
        mount = ["mount", "-t", "tmpfs", "-o", f"size={room},mode=700", "none", str(disk)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            return done, wrong
        try:
            db, carrier = (disk / "B.db", sent) if taking else (a, disk)
            for path in place.glob("B.db*") if taking else ():
                shutil.copy(path, disk)
            tried = run_agir(db, "sync", str(carrier))
            done += 1
            said = tried.stderr.strip().splitlines()[-2:]
            if tried.returncode not in (0, 7) or (tried.returncode and "plein" not in said[0]):
                wrong.append(f"code {tried.returncode} {said}")
            if taking and _count(db) != (whole if not tried.returncode else 0):
                wrong.append(f"code {tried.returncode}, {_count(db)} dossiers")
            wrong += [f"trouvé : {found.what}" for found in check(db) if found.what != "sauvegarde"]
            if not taking:
                kept = [path for path in disk.rglob("*") if path.is_file()]
                wrong += [f"à moitié : {path.name}" for path in kept
                          if f"-{path.stat().st_size}." not in path.name]  # fmt: skip
            subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
            again = run_agir(db, "sync", str(carrier))
            took = _count(db) if taking else Folder(carrier).held().get("A")
            right = whole if taking else Folder(sent).held()["A"]
            if again.returncode or took != right:
                wrong.append(f"ensuite : code {again.returncode}, {took} de {right}")
        finally:
            subprocess.run(["umount", disk], check=True)
    return done, wrong


def _count(path: Path) -> int:
    return int(Office(path.parent, path.stem).rows("SELECT count(*) FROM dossiers")[0][0])
