"""``agir compare FILE``: OFII's, the ministry's or a partner's list beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, option, word
from agir_cli.cli.options import BLANK, KEPT_TITLES, MAPPING, SHEET
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agir_cli.cli.files import FileOptions
    from agir_cli.domain.values import Reading
    from agir_cli.reports.comparison import Met, Theirs

app = Commands()
_TOLD = 12


@o.report(app, rewound=True)
def compare(
    r: o.Reading,
    *,
    people: str = word("FICHIER", "La liste de l'OFII, du ministère... ; - : l'entrée."),
    measure: str | None = option(
        "NOMBRE",
        "Face aux dossiers d'un nombre de report funnel : personnes, signataires...",
        "--of",
    ),
    fields: str | None = option(
        "LISTE", "Ne comparer que ces champs : telephone,statut", "--fields"
    ),
    changes: str | None = option(
        "FICHIER", "Écrire en CSV leurs valeurs qui diffèrent, pour agir import.", "--changes"
    ),
    leaf: str | None = SHEET,
    titles: tuple[str, ...] = MAPPING,
    signs: tuple[str, ...] = BLANK,
    kept_titles: str | None = KEPT_TITLES,
) -> int | None:
    """Comparer une liste avec nos dossiers : qui manque d'un côté, quels champs diffèrent.

    Rien n'est enregistré. Chaque ligne lue est comptée une fois. Une personne est reconnue par sa
    référence, son numéro AGDREF, son nom et sa naissance ; si plusieurs sont possibles, elles sont
    proposées. Casse, accents et écriture des dates ou des téléphones ne comptent pas ; une case
    vide ne dit rien. Sans --of ni filtre, tous nos dossiers sont comptés.

    Exemples :
      agir compare ofii.xlsx --of personnes --departement 44
      agir compare ministere.csv --as-of 09/10/2023 --output ecarts.xlsx
      agir compare ofii.csv --fields statut,date_cir --changes a-reprendre.csv
    """
    from agir_cli.cli.files import FileOptions
    from agir_cli.exchange.outputs import refuse_existing
    from agir_cli.reports import comparison

    counted = counted_in(r, measure)
    wanted = _fields(fields)
    refuse_existing(changes, overwrite=r.form.overwrite)
    options = FileOptions(people, sheet=leaf, mapping=titles, use_map=kept_titles, blank=signs)
    found, told = _found(r, options, wanted, counted)
    if changes is not None:
        _write_changes(r, changes, found, wanted)
    r.show(comparison.sheet(found, r.day, len(counted), told))
    return 5 if any(each.outcome == comparison.UNREAD for each in found) else None


def counted_in(r: o.Reading, measure: str | None) -> frozenset[str]:
    """The references of the dossiers that the list is put beside."""
    from agir_cli.reports import funnel, listing

    if measure is None:
        every = listing.rows(r.connection, ["dossier"], r.filters)
        return frozenset(str(reference) for (reference,) in every)
    name = funnel.measure_of(measure)
    if name == "menages":
        raise UsageFailure("--of menages : une liste de personnes se compare à des personnes.",
                           "Par exemple : --of personnes")  # fmt: skip
    behind = funnel.listed(*r.whom, name)
    return frozenset(each.dossier for each in behind if isinstance(each, funnel.Listed))


def _fields(text: str | None) -> Sequence[str]:
    from agir_cli.domain.fields import FIELDS
    from agir_cli.reports.selection import chosen

    return chosen("--fields", text, [*FIELDS]) if text else ()


def _found(
    r: o.Reading, options: FileOptions, wanted: Sequence[str], counted: frozenset[str]
) -> tuple[list[Met], list[str]]:
    """What each row comes to, and sentences on what was compared."""
    from agir_cli.cli.commands.takeover import known_columns, label_of_column
    from agir_cli.cli.files import lines_of, open_file
    from agir_cli.cli.session import reading_for
    from agir_cli.domain.commands import Enroll
    from agir_cli.domain.fields import FIELDS
    from agir_cli.domain.wide import plain_name
    from agir_cli.reports import comparison

    reading = reading_for(r.session)
    with open_file(r.session, Enroll, options, known_columns(), label_of_column, nameless=True) as (
        table,
        matching,
        report,
    ):
        fields = {
            name: ours for name, ours in comparison.comparable(matching.columns).items()
            if not wanted or name in wanted or plain_name(name) in wanted
        }  # fmt: skip

        def rows() -> Iterator[Theirs]:
            for line in lines_of(table, matching, report):
                yield _row(matching.columns, line, reading)

        found = comparison.compared(r.connection, rows(), fields, counted)
        report.tell()
    labels = [*dict.fromkeys(FIELDS[plain_name(name)].label for name in fields)]
    more = f"… ({len(labels)} en tout)" if len(labels) > _TOLD else ""
    return found, [f"Champs comparés : {', '.join(labels[:_TOLD]) or 'aucun'}{more}."]


def _row(columns: Sequence[str | None], line: Any, reading: Reading) -> Theirs:
    from agir_cli.domain.reading import MENDED, mended
    from agir_cli.domain.reasons import Finding
    from agir_cli.exchange.accents import letters_lost
    from agir_cli.reports import comparison

    lost = line.fault is not None and len(line.cells) == len(columns) and any(
        map(letters_lost, line.cells)
    )  # fmt: skip
    if line.fault is not None and not lost:
        told = line.fault.cell_sentence if isinstance(line.fault, Finding) else line.fault
        return comparison.Theirs(line.line, {}, {}, told)
    cells, sound = line.cells, () if not lost else (letters_lost,)
    if lost:  # nothing of the row was put right
        both = zip(columns, cells, strict=True)
        cells = [mended(name, cell)[0] if name in MENDED else cell for name, cell in both]
    row = comparison.read_cells(columns, line.line, cells, reading, *sound)
    if not row.said.keys() & {"dossier", "agdref", "nom", "prenoms"} and not (
        row.unread.keys() & {"nom", "prenoms"}
    ):
        return row._replace(fault="ni nom, ni numéro, ni référence")
    return row


def _write_changes(r: o.Reading, path: str, found: Sequence[Met], wanted: Sequence[str]) -> None:
    import csv
    import io

    from agir_cli.cli.screen import say
    from agir_cli.exchange.outputs import open_output
    from agir_cli.reports import comparison

    heading, rows = comparison.changes(found, wanted)
    if not rows:
        say(r.session, f"Aucune valeur à reprendre : « {path} » n'est pas écrit.")
        return
    with open_output(path, overwrite=r.form.overwrite) as out:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([heading, *rows])
        out.write(text.getvalue().encode())
    say(r.session, f"{len(rows)} lignes à reprendre dans {path} : agir import {path} --dry-run")
