"""`agir batches` and `agir undo`: the imports of the file, and taking one out again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.render import Printed, show_rows
from agir_cli.cli.screen import plural, say, tell
from agir_cli.cli.session import Session, one_line, visitor_of
from agir_cli.reports.sheet import columns, one_list

if TYPE_CHECKING:
    from agir_cli.store.batches import Batch
    from agir_cli.usecases.undo import Undoing

app = Commands()

_BATCHES = (
    "lot", "commande", "fichier", "enregistre_le", "auteur", "lus", "crees", "modifies",
    "inchanges", "mis_de_cote", "rejetes", "annule_le", "annule_par",
)  # fmt: skip


@made(app, "batches", printed=True)
def batches(session: Session, printed: Printed) -> None:
    """Lister les fichiers importés, le dernier d'abord : chacun est un lot, qui peut s'annuler.

    Exemples :
      agir batches
      agir batches --format csv --columns lot,fichier,lus
      agir undo 01HC9Z
    """
    from agir_cli.usecases.undo import imports

    form = printed.form
    found = imports(visitor_of(session))
    sheet = one_list(
        "Fichiers importés, listings envoyés", columns(_BATCHES), [_cells(b) for b in found],
        spare=("auteur", "modifies", "inchanges", "mis_de_cote", "rejetes", "annule_par"),
        empty=["Aucun fichier n'a encore été importé."],
    )  # fmt: skip
    show_rows(session, sheet, form)


def _cells(b: Batch) -> tuple[object, ...]:
    moment, _, who = (b.undone_by or "").partition(" ")
    counts = (b.read, b.created, b.updated, b.unchanged, b.set_aside, b.rejected)
    return (b.id, b.command, b.file, b.recorded_at[:10], b.author, *counts, moment[:10], who)


@made(app, "undo", printed=True)
def undo(
    session: Session,
    printed: Printed,
    *,
    batch: str = word("LOT", "Numéro du lot, ou son début (agir batches)."),
    yes: bool = flag("Annuler ; sinon seulement montrer."),
    reason: str | None = option(
        "TEXTE", "Pourquoi, en une phrase, si des droits épuisés se rouvrent."
    ),
) -> int:
    """Annuler un fichier importé par erreur : montrer d'abord, puis le faire avec --yes.

    Chaque dossier du lot est annulé, gardé parce que quelqu'un y a touché depuis, ou impossible
    à annuler, et c'est dit pourquoi. Le journal garde la trace ; le fichier peut être réimporté.

    Exemples :
      agir undo 01HC9Z
      agir undo 01HC9Z --yes
      agir undo 01HC9Z --yes --reason "refus d'une autre équipe"
    """
    from agir_cli.usecases import undo as undoing

    visitor = visitor_of(session)
    form = printed.form
    why = one_line(reason, "--reason")
    undone = undoing.undo(visitor, batch, why) if yes else undoing.look(visitor, batch)
    known = columns(("dossier", "nom", "prenoms", "sort", "detail"))
    show_rows(session, one_list(f"Lot {undone.batch.id}", known, undone.fates), form)
    _tell(session, undone, asked=yes)
    if yes and undone.count(undoing.UNDONE) < len(undone.fates):
        return 5
    return 0


def _tell(session: Session, made: Undoing, *, asked: bool) -> None:
    from agir_cli.usecases.undo import IMPOSSIBLE, KEPT, UNDONE

    b = made.batch
    sys.stdout.flush()
    count = len(made.fates)
    tell(
        f"Lot {b.id} ({b.command}, {b.file}) :",
        f"{count} {plural(count, 'dossier')} = annulés {made.count(UNDONE)}"
        f" + gardés {made.count(KEPT)} + impossibles {made.count(IMPOSSIBLE)}",
        *([f"droits rouverts : {made.reopened_rights}"] if made.reopened_rights else []),
        stream=sys.stderr,
    )
    if not asked:
        why = ' --reason "…"' if made.reopened_rights else ""
        say(
            session, "Essai : rien n'a été enregistré.",
            f"Pour annuler : agir undo {b.id} --yes{why}",
        )  # fmt: skip
    elif not made.done:
        say(session, "Rien n'a été annulé.")
    else:
        say(session, "Annulé ; le même fichier peut être importé de nouveau.")
