"""`agir import`: a team's own spreadsheet, one wide row a person.

Joins `exchange` (bytes to rows) and `usecases.takeover` (rows to acts); decides nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from agir_cli.cli.columns import Which
from agir_cli.cli.files import (
    FileOptions,
    open_file,
    take,
    tell_summary,
)
from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import BLANK, MAPPING, VALUES, made
from agir_cli.cli.screen import plain
from agir_cli.cli.session import Session, reading_for, visitor_of
from agir_cli.domain.columns import BY_CONTENT
from agir_cli.domain.commands import Enroll
from agir_cli.domain.fields import FIELDS, OF_A_RIGHT
from agir_cli.domain.wide import ENTRY, EXIT, NOW, WideReader, plain_name, wide_names
from agir_cli.exchange.headers import headings, normalise_header
from agir_cli.reports.sheet import heading_of
from agir_cli.usecases.intake import Incoming, Summary
from agir_cli.usecases.takeover import Entered, take_over

app = Commands()


@made(app, "import", writes=True)
def import_(
    session: Session,
    *,
    source: str = word("FICHIER", "Le tableau ; - : l'entrée."),
    rejects: str | None = option("FICHIER", "Où écrire les lignes à corriger."),
    dry_run: bool = flag("Dire ce que chaque ligne créerait, sans le faire."),
    keep_going: bool = flag("Garder les bonnes lignes malgré les autres."),
    sheet: str | None = option("NOM", "La feuille du classeur ; sinon la première."),
    mapping: tuple[str, ...] = MAPPING,
    save_map: str | None = option("NOM", "Garder ces titres sous un nom."),
    use_map: str | None = option("NOM", "Reprendre des titres gardés."),
    values: tuple[str, ...] = VALUES,
    blank: tuple[str, ...] = BLANK,
    name_order: str | None = option(
        "ORDRE", "nom-prenoms ou prenoms-nom, où les capitales manquent."
    ),
    strict: bool = flag("Refuser un fichier dont une colonne doit être interprétée."),
    overwrite: bool = flag("Remplacer le fichier de --rejects s'il existe."),
) -> int:
    """Reprendre le tableau d'une équipe : une ligne par personne, tout son parcours.

    Chaque ligne devient les actes du parcours (inscription, fiche, diagnostic, commission, contrat,
    clôture…), soumis aux mêmes règles ; elle entre avec tous ses actes, ou pas du tout. Une colonne
    se laisse de côté avec --map "Titre=".

    Exemples :
      agir import suivi.xlsx --dry-run
      agir import suivi.csv --keep-going --rejects a-corriger.csv
      agir import suivi.csv --map "N° OFPRA=" --map "Suivi par=referent"
    """
    options = FileOptions(
        source, rejects, dry_run, keep_going, sheet, mapping, save_map, use_map, blank=blank,
        name_order=name_order, strict=strict, values=values, overwrite=overwrite,
    )  # fmt: skip
    return import_wide(session, options)


def import_wide(session: Session, options: FileOptions) -> int:
    """Take a wide file; the exit code (0, or 5 when rows stay out)."""
    known = known_columns()
    with open_file(session, Enroll, options, known, label_of_column, _handed_on(session)) as found:
        report = found[2]
        told = _show if options.dry_run else _nothing

        def enter(file: Incoming, rehearsed: bool) -> Summary:
            return take_over(visitor_of(session), file, _nothing if rehearsed else told)

        summary = take(session, options, found, enter)
        sys.stdout.flush()
        return tell_summary(session, summary, report, options, ("import",))


def _handed_on(session: Session) -> Which:
    return lambda columns: WideReader(columns, reading_for(session)).handed_on


def label_of_column(column: str) -> str:
    if column in BY_CONTENT:
        return BY_CONTENT[column]
    return f"{FIELDS[plain_name(column)].label} ({column})"


def _show(entered: Entered) -> None:
    """One row of a dry run: « ligne 12 : inscription, diagnostic le 14/02/2023 »."""
    where = "" if entered.status == "cree" else f" ({entered.reference})"
    print(plain(f"ligne {entered.line}{where} : {', '.join(entered.acts) or 'rien de nouveau'}"))


def _nothing(_: Entered) -> None:
    return None


_ENDINGS = {ENTRY: ("à l'entrée",), NOW: ("actuel", "actuelle"), EXIT: ("à la sortie",)}


def known_columns() -> Mapping[str, Sequence[str]]:
    """Every wide column with the headings that mean it; « Logement à la sortie » is its own."""
    known: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for name in wide_names():
        field = plain_name(name)
        words = _ENDINGS.get(name.removeprefix(field))
        if words is None:
            continue
        said = (FIELDS[field].label, *headings().get(field, ()))
        known[name] = tuple(
            f"{heading} {word}" for heading in said for word in words if "entrée" not in heading
        )
        taken |= set(map(normalise_header, known[name]))
    for name in wide_names():
        if name not in known:
            found = headings().get(name, ())
            known[name] = tuple(h for h in found if normalise_header(h) not in taken)
    known |= {name: (heading_of(name), *known[name]) for name in OF_A_RIGHT}
    known["derniere_etape"] = ("Dernière étape", *known.get("derniere_etape", ()))
    return known | {name: headings().get(name, ()) for name in BY_CONTENT}
