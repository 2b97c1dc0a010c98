"""`agir batches` and `agir undo`: the imports of the file, and taking one out again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.render import Printed, show_rows
from agir_cli.cli.screen import plural, say, tell
from agir_cli.cli.session import Session, one_line, visitor_of
from agir_cli.failures import UsageFailure
from agir_cli.reports.sheet import Data, Section, Sheet, columns, one_list

if TYPE_CHECKING:
    from agir_cli.store.batches import Batch
    from agir_cli.usecases.undo import Undoing

app = Commands()

_BATCHES = (
    "lot", "commande", "fichier", "enregistre_le", "auteur", "lus", "crees", "modifies",
    "inchanges", "mis_de_cote", "rejetes", "annule_le", "annule_par",
    "numero",
)  # fmt: skip


@made(app, "batches", printed=True)
def batches(session: Session) -> Sheet:
    """Lister les fichiers importés, le dernier d'abord : chacun est un lot, qui peut s'annuler.

    Le premier importé a le n° 1.

    Exemples :
      agir batches
      agir batches --format csv --columns lot,fichier,lus
      agir undo 3
    """
    from agir_cli.usecases.undo import imports

    found = imports(visitor_of(session))
    known, rows = columns(_BATCHES), [(*_cells(b), len(found) - n) for n, b in enumerate(found)]
    spare = ("lot", "auteur", "modifies", "inchanges", "mis_de_cote", "rejetes", "annule_par")
    shown = [(number, *cells) for *cells, number in rows]  # for people the number comes first
    return Sheet(
        title="Fichiers importés, listings envoyés", data=Data(known, rows),
        sections=[Section("", [known[-1], *known[:-1]], shown, (), spare)],
        empty=["Aucun fichier n'a encore été importé."],
    )  # fmt: skip


def _cells(b: Batch) -> tuple[object, ...]:
    moment, _, who = (b.undone_by or "").partition(" ")
    counts = (b.read, b.created, b.updated, b.unchanged, b.set_aside, b.rejected)
    return (b.id, b.command, b.file, b.recorded_at[:10], b.author, *counts, moment[:10], who)


@made(app, "undo", printed=True)
def undo(
    session: Session,
    printed: Printed,
    *,
    batch: str | None = word("[LOT]", "Numéro du lot (agir batches).", required=False),
    last: bool = flag("Votre dernier acte dans ce fichier."),
    yes: bool = flag("Annuler ; sinon seulement montrer, ou demander."),
    reason: str | None = option(
        "TEXTE", "Pourquoi, en une phrase, si des droits épuisés se rouvrent."
    ),
) -> int:
    """Annuler un fichier importé par erreur, ou votre dernier acte (--last).

    Ce qui serait annulé est montré d'abord ; --yes l'annule. Sur un terminal, le dernier acte est
    proposé, et confirmé par o ou n. Chaque dossier est annulé, gardé parce que quelqu'un y a touché
    depuis, ou impossible à annuler, et c'est dit pourquoi. Le journal garde la trace.

    Exemples :
      agir undo --last
      agir undo 3
      agir undo 3 --yes --reason "refus d'une autre équipe"
    """
    from agir_cli.cli import prompt
    from agir_cli.cli.run_command import confirm_by_reference
    from agir_cli.domain.decisions.correction import is_a_sentence
    from agir_cli.usecases import undo as undoing

    last = last or (batch is None and prompt.asked())
    if last == (batch is not None):
        raise UsageFailure("Dites lequel : --last (votre dernier acte), ou un lot (agir batches).")
    visitor, form = visitor_of(session), printed.form
    why = one_line(reason, "--reason") or ""
    undone = undoing.undo(visitor, batch, why) if yes else undoing.look(visitor, batch)
    known = columns(("dossier", "nom", "prenoms", "sort", "detail"))
    show_rows(session, one_list(_named(undone), known, undone.fates), form, titled=last)
    if last and not yes and prompt.asked() and undone.count(undoing.UNDONE):
        sys.stdout.flush()
        with prompt.leaving("Abandonné : rien n'a été annulé."):
            while undone.reopened_rights and not is_a_sentence(why):
                why = prompt.line("Un droit épuisé se rouvre. Pourquoi ? (une phrase) : ")
            if undone.reopened_rights:
                confirm_by_reference(session, undone.fates[0].dossier, "Le droit sera rouvert.")
            elif not prompt.yes("Annuler cet acte ? (o/N) : "):
                raise EOFError
        undone, yes = undoing.undo(visitor, batch, why), True
    _tell(session, undone, asked=yes)
    if yes and undone.count(undoing.UNDONE) < len(undone.fates):
        return 5
    return 0


def _named(made: Undoing) -> str:
    """What is undone, in words: which import, or whose act, and when."""
    b = made.batch
    if b.id:
        return f"Lot {b.id}"
    from agir_cli.store.stamp import paris_moment

    return f"Dernier acte de {b.author}, le {paris_moment(b.recorded_at)}"


def _tell(session: Session, made: Undoing, *, asked: bool) -> None:
    from agir_cli.usecases.undo import IMPOSSIBLE, KEPT, UNDONE

    b = made.batch
    sys.stdout.flush()
    count = len(made.fates)
    if b.id:
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
            f"Pour annuler : agir undo {b.id or '--last'} --yes{why}",
        )  # fmt: skip
    elif not made.done:
        say(session, "Rien n'a été annulé.")
    elif b.id:
        say(session, "Annulé ; le même fichier peut être importé de nouveau.")
    else:
        say(session, "Annulé ; le journal garde la trace.")
