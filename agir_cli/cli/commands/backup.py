"""`agir backup` and `agir restore`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.render import Printed, show_rows
from agir_cli.cli.screen import plural, say, tell, warn
from agir_cli.cli.session import Session, typed_path, visitor_of
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.store.backup import Loss
    from agir_cli.usecases.backup import Restoring

app = Commands()
_SHOWN = 8


@made(app, "backup", printed=True)
def backup(
    session: Session,
    printed: Printed,
    *,
    to: str | None = option("DOSSIER", "Où l'écrire ; sinon le dossier réglé, ou « sauvegardes »."),
    listed: bool = flag("Lister les sauvegardes de ce fichier.", "--list"),
) -> None:
    """Sauvegarder le fichier pendant que d'autres y travaillent, rouvrir la copie, la vérifier.

    Avec « agir config set sauvegarde.dossier DOSSIER », elle se fait chaque jour avant le premier
    acte. D'elle-même aussi avant une mise à jour du fichier, un grand import, une restauration.
    Gardées : les dix dernières, une par jour (7 jours), par semaine, par mois ; 35 jours au plus.

    Exemples :
      agir backup
      agir backup --to /media/cle/sauvegardes
      agir backup --list
      agir config set sauvegarde.dossier /media/cle/sauvegardes
    """
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.backup import backed_up, backups

    folder = _folder(to)
    if listed:
        rows = [
            (f"{b.moment:%Y-%m-%d %H:%M}", b.reason, b.dossiers, b.events, str(b.path))
            for b in backups(visitor_of(session), folder)
        ]
        known = columns(("sauvegarde", "motif", "dossiers", "actes", "fichier"))
        show_rows(session, one_list("Sauvegardes", known, rows), printed.form)
        return
    taken = backed_up(visitor_of(session), folder)
    tell(f"Sauvegarde faite, rouverte et vérifiée : {taken.path}")
    say(
        session,
        f"{taken.dossiers} {plural(taken.dossiers, 'dossier')}. Sceau : {taken.seal.content}",
    )
    say(session, *_same_place(taken.path.parent, session.db))


def _folder(text: str | None) -> Path | None:
    if text is None:
        return None
    folder = typed_path(text).absolute()
    if folder.exists() and not folder.is_dir():
        raise UsageFailure(f"« {text} » est un fichier ; un dossier est attendu.")
    return folder


def _same_place(folder: Path, file: Path) -> Iterator[str]:
    """What is said of a folder that a theft, a failure or other people's eyes would reach too."""
    if folder.stat().st_dev == file.stat().st_dev:
        yield (
            "À noter : elle est sur le même disque que le fichier. Contre le vol ou la panne, un"
            " autre support : agir config set sauvegarde.dossier DOSSIER"
        )
    if folder.stat().st_mode & 0o077:
        yield f"À noter : d'autres que vous peuvent voir ce dossier : {folder}"


_RECODED = {
    True: "Sauvegarde chiffrée, fichier d'aujourd'hui en clair : remise, elle reste chiffrée."
    " En clair de nouveau : agir decrypt",
    False: "Sauvegarde en clair, fichier d'aujourd'hui chiffré : remise, elle est chiffrée sous la"
    " même clé.",
}


@made(app, "restore")
def restore(
    session: Session,
    *,
    source: str | None = word("[SAUVEGARDE]", "Son fichier, ou son dossier", required=False),
    to: str | None = option("FICHIER", "Le fichier à faire ; sinon celui de l'équipe."),
    yes: bool = flag("Remettre ; sinon seulement essayer et comparer."),
) -> None:
    """Remettre une sauvegarde : essayée à part, vérifiée, comparée avec le fichier qui est là.

    Sans --yes, rien ne change : l'écran dit ce qui serait perdu, par qui et depuis quand. Sans
    nom, la plus récente. Le fichier qui était là est sauvegardé d'abord.

    Exemples :
      agir restore
      agir restore --yes
      agir restore /media/cle/sauvegardes --yes
      agir restore sauvegarde.db --to hier.db --yes
    """
    from agir_cli.usecases.backup import newest, restored

    visitor = visitor_of(session)
    place = typed_path(source) if source else None
    if place is not None and not place.is_dir():
        chosen = place.absolute()
    else:
        chosen = newest(visitor, place.absolute() if place is not None else None)
    target = typed_path(to).absolute() if to else session.db.absolute()
    if to and os.path.lexists(target):
        raise UsageFailure(f"« {to} » existe déjà : un nouveau nom est attendu.")
    found = restored(chosen, target, done=yes, team=session.db.absolute())
    tell(*_found(found))
    if found.there:
        tell(*_compared(found, target, done=yes))
    if found.recoded is not None:
        tell(_RECODED[found.recoded])
    if not yes:
        again = f"agir restore {chosen}{f' --to {to}' if to else ''} --yes"
        tell("Rien n'a été changé. Pour remettre cette sauvegarde :", f"  {again}")
        return
    tell(f"Fichier remis : {target}")
    if found.erased:
        say(session, f"Effacements faits depuis, refaits : {found.erased}.")
    if found.kept is not None:
        say(session, f"Celui d'avant est gardé : {found.kept}")
    if found.anomalies:
        warn(session, "agir check y trouve des anomalies, comme dans la sauvegarde.")


def _found(found: Restoring) -> Iterator[str]:
    from agir_cli.store.backup import instant

    when = f" du {instant(found.taken.taken_at)}" if found.taken is not None else ""
    yield f"Sauvegarde{when} : {found.source}"
    until = f", dernier acte le {instant(found.last)}" if found.last else ""
    yield f"  {found.dossiers} {plural(found.dossiers, 'dossier')}{until}"
    number = len(found.anomalies)
    sound = f"{number} {plural(number, 'anomalie')}" if number else "rien à signaler"
    proof = "ses octets sont ceux qui ont été faits" if found.proved else "sans sceau : non prouvée"
    yield f"  Essayée et vérifiée : {sound} ; {proof}."


def _compared(found: Restoring, target: Path, *, done: bool) -> Iterator[str]:
    if not found.ours:
        yield f"« {target.name} » est le fichier d'une autre équipe : --to FICHIER."
    elif found.loss is None:
        yield f"« {target.name} » ne se lit pas : ce qui serait perdu n'est pas connu."
    elif not (found.loss.authors or found.loss.rows):
        yield f"« {target.name} » n'a rien de plus."
    else:
        yield from _lost(found.loss, done=done)


def _lost(loss: Loss, *, done: bool) -> Iterator[str]:
    from agir_cli.store.backup import instant

    number = loss.acts
    verb = "Perdus avec le fichier d'avant" if done else "Seraient perdus"
    if number:
        yield f"{verb} : {number} {plural(number, 'acte')} depuis."
    for each in loss.authors:
        acts = f"{each.acts} {plural(each.acts, 'acte')}"
        on = f"{each.dossiers} {plural(each.dossiers, 'dossier')}"
        yield f"  {each.author} : {acts} sur {on}, du {instant(each.first)} au {instant(each.last)}"
    if loss.opened:
        names = ", ".join(loss.opened[:_SHOWN]) + (", …" if len(loss.opened) > _SHOWN else "")
        yield f"  Dossiers ouverts depuis : {names} (ces références seront données à d'autres)"
    for table, count in loss.rows:
        yield f"  Table {table} : {count} {plural(count, 'ligne')} en plus ou autrement"
