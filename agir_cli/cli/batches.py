"""`agir batches` and `agir undo`: the imports of the file, and taking one out again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli.report_output import Form, columns_of, form_of, send
from agir_cli.cli.screen import french_stored, plural, say, show_table, tell
from agir_cli.cli.session import Session, session_of, visitor_of

if TYPE_CHECKING:
    from agir_cli.store.batches import Batch
    from agir_cli.usecases.undo import Undoing

app = typer.Typer()

Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="table, plain, csv, json, jsonl, markdown ou xlsx."
    ),
]
Output = Annotated[
    str | None, typer.Option("--output", metavar="FICHIER", help="Écrire dans ce fichier.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Remplacer le fichier de --output s'il existe.")
]
Excel = Annotated[
    bool, typer.Option("--excel", help="CSV pour un tableur français : « ; » et dates jj/mm/aaaa.")
]
Columns = Annotated[
    str | None,
    typer.Option("--columns", metavar="LISTE", help="Ces colonnes, dans cet ordre : lot,fichier"),
]

_BATCHES = {
    "lot": "Lot", "commande": "Commande", "fichier": "Fichier", "enregistre_le": "Le",
    "auteur": "Par", "lus": "Lus", "crees": "Créés", "modifies": "Modifiés",
    "inchanges": "Inchangés", "mis_de_cote": "Mis de côté", "rejetes": "Rejetés",
    "annule_le": "Annulé le", "annule_par": "Annulé par",
}  # fmt: skip
_UNDONE = {
    "dossier": "Dossier", "nom": "Nom", "prenoms": "Prénoms", "sort": "Sort", "detail": "Détail",
}  # fmt: skip


@app.command("batches")
def batches(
    ctx: typer.Context,
    format_: Format = None,
    output: Output = None,
    overwrite: Overwrite = False,
    excel: Excel = False,
    columns: Columns = None,
) -> None:
    """Lister les fichiers importés, le dernier d'abord : chacun est un lot, qui peut s'annuler.

    Exemples :
      agir batches
      agir undo 01HC9Z
    """
    from agir_cli.usecases.undo import imports

    session = session_of(ctx)
    form = form_of(format_, output, overwrite=overwrite, excel=excel, columns=columns)
    found = imports(visitor_of(session))
    if not found and form.human:
        say(session, "Aucun fichier n'a encore été importé.")
    if form.drawn and not form.columns:
        _draw(session, found)
        return
    _show(session, form, _BATCHES, [_cells(b) for b in found], dates=("enregistre_le", "annule_le"))


_SHOWN = 14
"""A batch's number begins with its instant: that much of it is enough to type."""


def _draw(session: Session, found: Sequence[Batch]) -> None:
    """What fits a terminal; the other columns are asked for by name."""
    rows = [
        (
            b.id[:_SHOWN], b.command, b.file, french_stored(b.recorded_at[:10]),
            b.read, b.created + b.updated, "oui" if b.undone_by else "",
        )
        for b in found
    ]  # fmt: skip
    show_table(session, ("Lot", "Commande", "Fichier", "Le", "Lus", "Écrits", "Annulé"), rows)


def _cells(b: Batch) -> tuple[object, ...]:
    moment, _, who = (b.undone_by or "").partition(" ")
    counts = (b.read, b.created, b.updated, b.unchanged, b.set_aside, b.rejected)
    return (b.id, b.command, b.file, b.recorded_at[:10], b.author, *counts, moment[:10], who)


@app.command("undo")
def undo(
    ctx: typer.Context,
    batch: Annotated[
        str, typer.Argument(metavar="LOT", help="Numéro du lot, ou son début (agir batches).")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Annuler ; sinon seulement montrer.")] = False,
    format_: Format = None,
    output: Output = None,
    overwrite: Overwrite = False,
    excel: Excel = False,
    columns: Columns = None,
) -> None:
    """Annuler un fichier importé par erreur : montrer d'abord, puis le faire avec --yes.

    Chaque dossier du lot est annulé, gardé parce que quelqu'un y a touché depuis, ou impossible
    à annuler, et c'est dit pourquoi. Le journal garde la trace ; le fichier peut être réimporté.

    Exemples :
      agir undo 01HC9Z
      agir undo 01HC9Z --yes
    """
    from agir_cli.usecases import undo as undoing

    session = session_of(ctx)
    visitor = visitor_of(session)
    form = form_of(format_, output, overwrite=overwrite, excel=excel, columns=columns)
    made = undoing.undo(visitor, batch) if yes else undoing.look(visitor, batch)
    _show(session, form, _UNDONE, made.fates)
    _told(session, made, asked=yes)
    if yes and made.count(undoing.UNDONE) < len(made.fates):
        raise typer.Exit(5)


def _told(session: Session, made: Undoing, *, asked: bool) -> None:
    from agir_cli.usecases.undo import IMPOSSIBLE, KEPT, UNDONE

    b = made.batch
    sys.stdout.flush()
    count = len(made.fates)
    tell(
        f"Lot {b.id} ({b.command}, {b.file}) :",
        f"{count} {plural(count, 'dossier')} = annulés {made.count(UNDONE)}"
        f" + gardés {made.count(KEPT)} + impossibles {made.count(IMPOSSIBLE)}",
        stream=sys.stderr,
    )
    if not asked:
        say(session, "Essai : rien n'a été enregistré.", f"Pour annuler : agir undo {b.id} --yes")
    elif not made.done:
        say(session, "Rien n'a été annulé.")
    else:
        say(session, "Annulé ; le même fichier peut être importé de nouveau.")


def _show(
    session: Session,
    form: Form,
    labels: dict[str, str],
    rows: Sequence[Sequence[object]],
    dates: tuple[str, ...] = (),
) -> None:
    from agir_cli.exchange.shapes import french_date

    names = list(labels)
    wanted = columns_of(form, names) if form.columns else tuple(names)
    places = [names.index(name) for name in wanted]
    chosen = [[row[place] for place in places] for row in rows]
    if not form.drawn:
        send(form, wanted, chosen, let_go=lambda: None, dates=dates, labels=labels)
        return
    shown = [
        [french_date(str(v)) if n in dates else v for n, v in zip(wanted, row, strict=True)]
        for row in chosen
    ]
    counts = {places.index(p) for p in places if names[p] in _COUNTS}
    show_table(session, [labels[name] for name in wanted], shown, right=counts)


_COUNTS = frozenset({"lus", "crees", "modifies", "inchanges", "mis_de_cote", "rejetes"})
