"""Backing the file up, and putting a backup back: tried apart first, and compared with the file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from agir_cli.drafts import draft, final_of, make_private
from agir_cli.failures import AgirFailure, FileFailure, NewerFailure, NotFoundFailure, reason_of
from agir_cli.store import backup, seal
from agir_cli.store.backup import RESTORE, Backup, Loss, losses
from agir_cli.store.driver import key_named, key_of_file
from agir_cli.store.file import consulting, open_file, recode, refuse_name, replacing, uncreated
from agir_cli.store.soundness import BUILD, DAMAGED, Difference
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.personal_data import again
from agir_cli.usecases.upkeep import check


def backed_up(visitor: Visitor, folder: Path | None = None) -> Backup:
    """Take a backup of the visitor's file, in the folder of the post unless told."""
    with closing(open_file(visitor.path, write=False)) as connection:
        return backup.take(connection, visitor.path, folder=folder)


def backups(visitor: Visitor, folder: Path | None = None) -> list[Backup]:
    """The backups of the visitor's file, the newest first; of any file where it is gone."""
    places = backup.folders(visitor.path) if folder is None else [folder]
    return backup.found_in(places, _identity(visitor.path) if folder is None else "")


def _identity(path: Path) -> str:
    """Which file it is, as far as it can be known: by itself, else by what was kept beside it."""
    if not path.exists():
        return ""
    try:
        with consulting(path) as connection:
            return backup.holding(connection)[0]
    except AgirFailure:
        witness = seal.witness_of(path)
        return witness.file if witness is not None else ""


def newest(visitor: Visitor, folder: Path | None = None) -> Path:
    """The backup to put back where none is named. Raises `NotFoundFailure`."""
    found = backups(visitor, folder)
    if not found:
        places = backup.folders(visitor.path) if folder is None else [folder]
        where = " ni ".join(f"« {each} »" for each in places)
        raise NotFoundFailure(
            f"Aucune sauvegarde dans {where}.",
            "Nommez-la, ou son dossier : agir restore FICHIER",
        )
    if len({each.seal.file for each in found}) > 1:
        raise NotFoundFailure(
            "Ce dossier a les sauvegardes de plusieurs fichiers : nommez celle à remettre.",
            *(f"agir restore {each.path}" for each in found[:8]),
        )
    return found[0].path


class Restoring(NamedTuple):
    """What putting a backup back comes to, or came to.

    ``proved``: its bytes are those that were taken; ``ours``: it is of the file that stands there.
    ``loss``: what that file has more; None where there is none, or it cannot be read.
    ``recoded``: the file becomes encrypted with it (True), or stays so without it (False).
    ``erased``: how many erasures made since were made again. ``kept``: where that file is now.
    """

    source: Path
    taken: Backup | None
    proved: bool
    dossiers: int
    last: str | None
    anomalies: Sequence[Difference]
    there: bool
    ours: bool
    loss: Loss | None
    recoded: bool | None
    erased: int
    kept: Path | None


def restored(source: Path, target: Path, *, done: bool, team: Path | None = None) -> Restoring:
    """Build the file that a backup holds, prove it, compare it; ``done``: put it at ``target``.

    Nothing is put back that cannot be read whole, nor in the place of another team's file. What
    stands at the target is backed up first, or put aside where it cannot be read. ``team``: the
    file at work, whose erasures are made again in a new one too.
    """
    taken = backup.described(source)
    if not target.exists():
        refuse_name(target)
    with draft(target) as place:
        proved = _copied(source, place, taken)
        with _naming(source, place):
            with consulting(place) as connection:
                own, dossiers, last = backup.holding(connection)
            anomalies = [each for each in check(place) if each.what not in _OF_ITS_PLACE]
        there, identity = target.exists(), _identity(target)
        ours = not there or identity in ("", own)
        loss, erased = _compared(target, place) if there and ours else None, 0
        kinds = bool(key_named(source)), there and bool(key_named(target))
        recoded = kinds[0] if there and kinds[0] != kinds[1] else None
        kept = None
        if done:
            if any(each.what in (BUILD, DAMAGED) for each in anomalies):
                raise FileFailure(
                    f"« {source.name} » est endommagé, ou construit par un autre programme : rien"
                    " n'a été remis.",
                    "Prenez la précédente (agir backup --list), ou un autre exemplaire.",
                )
            if not ours:
                raise FileFailure(
                    f"« {target.name} » est le fichier d'une autre équipe : il n'a pas été touché.",
                    "Remettez la sauvegarde sous un autre nom : --to FICHIER",
                )
            if there and (key := key_of_file(target)) not in (b"", key_of_file(place)):
                recode(place, key)  # no older key, and nothing in clear, comes back with it
            known = target if there else team if team and _identity(team) == own else None
            erased = again(place, known) if known else 0
            saved = backup.before(target, RESTORE) if there else None
            with replacing(target, place, aside=saved is None) as kept:
                pass
            kept = saved.path if saved is not None else kept
    return Restoring(
        source, taken, proved, dossiers, last, anomalies, there, ours, loss, recoded, erased, kept
    )


@contextmanager
def _naming(source: Path, place: Path) -> Iterator[None]:
    """Name the backup, and not the copy of it that is tried, in what is wrong with it."""
    try:
        yield
    except FileFailure as failure:
        newer = isinstance(failure, NewerFailure)
        other = "Prenez la précédente (agir backup --list), ou un autre exemplaire."
        raise FileFailure(
            failure.sentence.replace(place.name, source.name),
            *(failure.details if newer else [other]),
        ) from None


_OF_ITS_PLACE = ("droits du dossier", "brouillon", "copie concurrente", "sceau", "sauvegarde")


def _copied(source: Path, place: Path, taken: Backup | None) -> bool:
    """Copy a backup where it is tried; whether its bytes are those that were taken."""
    if not source.is_file():
        raise NotFoundFailure(f"« {source} » n'est pas une sauvegarde.")
    key_of_file(source)  # where nobody has it, it is this one's that is missing
    try:
        make_private(place)
    except OSError as error:
        raise uncreated(Path(final_of(str(place))), error) from None
    try:
        shutil.copyfile(source, place)
    except OSError as error:
        raise FileFailure(
            f"« {source.name} » ne peut pas être copiée à côté du fichier pour être essayée :"
            f" {reason_of(error, writing=True)}. Rien n'a été remis."
        ) from None
    if taken is None:
        return False
    if backup.digest(place) != taken.sha256:
        raise FileFailure(
            f"La sauvegarde « {source.name} » n'est plus telle qu'elle a été faite : elle est"
            " abîmée, ou quelqu'un l'a changée. Rien n'a été remis.",
            "Prenez la précédente (agir backup --list), ou un autre exemplaire.",
        )
    return True


def _compared(target: Path, place: Path) -> Loss | None:
    try:
        with consulting(target) as connection, consulting(place) as held:
            return losses(connection, held)
    except AgirFailure:
        return None


def tried(path: Path) -> list[Difference]:
    """Try the last backup of a file as whoever restores it would: what is wrong with it."""
    found = backup.found_in(backup.folders(path), _identity(path))[:1]
    if not found:
        return []
    (last,) = found
    with draft(path) as place:
        try:
            _copied(last.path, place, last)
            wrong = [each for each in check(place) if each.what not in _OF_ITS_PLACE]
            told = [f"agir check y trouve {len(wrong)} anomalies"] if wrong else []
        except AgirFailure as failure:
            told = [failure.sentence]
    return [Difference("", "sauvegarde", f"« {last.path} » : {each}") for each in told]
