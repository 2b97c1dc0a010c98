"""`agir directory`: departments, sectors, offices, organisations, communes, edited by a team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, reference, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say
from agir_cli.cli.session import Session, department_code, exact_day, reading_for, visitor_of
from agir_cli.domain.directory import BASSIN, TABLES, OfficeProposal, Table
from agir_cli.domain.vocabulary import Code, normalise
from agir_cli.failures import RowsFailure, UsageFailure
from agir_cli.usecases import directory as use

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.reports.sheet import Column, Sheet

app = Commands()
directory = app.group("directory")

_TABLE = "departements, secteurs, bureaux, organisations, referents, communes ou bassins."
_USUAL = {
    "departements": ("departement", "nom", "etat", "date_debut", "courriel", "telephone"),
    "bureaux": ("bureau", "nom", "secteur", "etat", "date_ouverture", "adresse", "code_postal"),
    "communes": ("insee", "commune", "secteur", "secteur_propose", "bassin_nom"),
    "organisations": ("organisation", "role", "departement", "date_debut", "date_fin"),
}
"""The columns that people see of a table: notes and sources come with --columns, or in CSV."""
_OF_COMMUNES = ("insee", "commune", "departement", "secteur", "secteur_propose", "bassin",
                "bassin_nom", "epci", "codes_postaux", "anciens_noms")  # fmt: skip
"""What is listed of a commune: an import takes the sector and the bassin de vie from it."""
_SPARE = ("adresse", "code_postal", "date_ouverture", "date_fin", "telephone", "langues", "depuis",
          "parti_le", "source", "remarque")  # fmt: skip
_LAYOUT = ("Departement", "Operateur", "Mail_generique", "Telephone", "Fiche_RI")
"""The columns of the list of operators that Réfugiés.info publishes."""


def _table(name: str) -> Table:
    wanted = normalise(name)
    for table in TABLES.values():
        if wanted in (normalise(table.name), normalise(table.name).rstrip("x").rstrip("s")):
            return table
    raise UsageFailure(
        f"L'annuaire n'a pas de table « {name} ».", f"Ses tables : {', '.join(TABLES)}"
    )


def _columns(names: Sequence[str]) -> tuple[Column, ...]:
    from agir_cli.cli.questions import codes_of
    from agir_cli.reports.sheet import Kind, columns

    types = {name: type_ for table in TABLES.values() for name, type_ in table.columns.items()}
    show = {
        name: partial(_label, codes)
        for name in names
        if name in types and (codes := codes_of(types[name])) is not None
    }
    found = columns(names, show, date_debut="Depuis", date_fin="Jusqu'au", secteur="Secteur",
                    organisation="Organisation", departement="Dép.", type="Type", etat="État",
                    bureau="Bureau", adresse="Adresse")  # fmt: skip
    said = {name for name in types if types[name].name in ("text", "link", "email")}
    return tuple(
        each._replace(kind=Kind.TEXT, values="") if each.name in said else each for each in found
    )


def _label(codes: type[Code], text: str | None) -> str:
    return " + ".join(codes(part).label for part in text.split("+")) if text else ""


@made(directory, "list", printed=True, titled=True)
def list_rows(
    session: Session,
    *,
    name: str | None = word("[TABLE]", _TABLE, required=False),
    department: str | None = option("CODE", "Un seul département.", "--departement"),
) -> Sheet:
    """Montrer l'annuaire : ses tables, ou les lignes de l'une.

    Exemples :
      agir directory list
      agir directory list bureaux --departement 85
      agir directory list organisations --format csv
    """

    if name is None:
        return _overview(session)
    else:
        return _sheet(session, _table(name), department)


def _overview(session: Session) -> Sheet:
    from agir_cli.reports.sheet import columns, one_list

    rows = [(t.name, len(use.rows(session.db, t.name)), t.told) for t in TABLES.values()]
    known = columns(("table", "lignes", "contenu"))
    return one_list("Annuaire (agir directory list TABLE)", known, rows)


def _sheet(session: Session, table: Table, department: str | None) -> Sheet:
    from agir_cli.reports.sheet import one_list

    names = tuple(table.columns)
    code = department_code(department) if department is not None else None
    every: Sequence[Mapping[str, str]] = use.rows(session.db, table.name)
    if table.name == "communes" and session.db.exists():
        names, every = _OF_COMMUNES, use.communes(session.db)
    rows = [
        [row.get(name) for name in names]
        for row in every
        if code is None or row.get("departement", code) == code
    ]
    title = f"{table.title} de l'annuaire : {len(rows)}"
    empty = [f"Aucune ligne : agir directory import {table.name} FICHIER"]
    usual = _USUAL.get(table.name, ())
    return one_list(title, _columns(names), rows, usual=usual, empty=empty, spare=_SPARE)


@made(directory, "export", printed=True)
def export(
    session: Session,
    printed: Printed,
    *,
    name: str = word("TABLE", f"{_TABLE} Ou refugies-info."),
    asked: str | None = option("DATE", "refugies-info : l'opérateur de ce jour.", "--on"),
) -> None:
    """Écrire une table en CSV, à corriger dans un tableur et à reprendre par import.

    « refugies-info » écrit les opérateurs dans la disposition que Réfugiés.info publie.

    Exemples :
      agir directory export bureaux --output bureaux.csv
      agir directory export organisations --excel --output organisations.csv
      agir directory export refugies-info
    """
    from agir_cli.cli.render import show_rows

    written = printed if printed.format or printed.output else printed._replace(format="csv")
    if normalise(name) == "refugiesinfo":
        sheet = _published(session, asked)
    elif asked is not None:
        raise UsageFailure("--on ne va qu'avec « refugies-info ».")
    else:
        sheet = _sheet(session, _table(name), None)
    # What a spreadsheet gives back must be read again: codes, and the names of the columns.
    show_rows(session, sheet, written._replace(labels=written.labels or "no").form)


def _published(session: Session, asked: str | None) -> Sheet:
    from agir_cli.reports.sheet import columns, one_list

    names = {row["departement"]: row["nom"] for row in use.rows(session.db, "departements")}
    rows = [
        (f"{names[each.departement]} ({each.departement})", each.organisation, each.courriel,
         each.telephone, each.fiche)
        for each in use.contacts(session.db, _day(session, asked))
        if each.role == "operateur"
    ]  # fmt: skip
    return one_list("Opérateurs AGIR", columns(_LAYOUT), rows)


def _day(session: Session, asked: str | None) -> str:
    return (exact_day(asked, session.today, "--on") if asked else session.today).isoformat()


@made(directory, "contacts", printed=True, titled=True)
def contacts(
    session: Session,
    *,
    department: str | None = option("CODE", "Un seul département.", "--departement"),
    asked: str | None = option("DATE", "Ce jour-là ; sinon aujourd'hui.", "--on"),
) -> Sheet:
    """Montrer qui opère, coordonne et accompagne dans chaque département, et où écrire.

    Exemples :
      agir directory contacts
      agir directory contacts --departement 44
      agir directory contacts --on 01/06/2024
    """
    from agir_cli.reports.sheet import one_list

    code = department_code(department) if department is not None else None
    every = use.contacts(session.db, _day(session, asked))
    found = [each for each in every if code in (None, each.departement)]
    known = _columns(use.Contact._fields)
    spare = ("remarque", "fiche", "date_debut", "telephone")
    return one_list("Contacts", known, found, empty=["Aucun contact."], spare=spare)


@made(directory, "propose", printed=True)
def propose(
    session: Session,
    printed: Printed,
    *,
    ref: str = reference(required=False),
    commune: str | None = option("COMMUNE", "Pour qui vit là, sans dossier."),
    department: str | None = option(
        "CODE", "Avec --commune : les bureaux de ce département.", "--departement"
    ),
    everything: bool = flag("Tous les bureaux du département.", "--all"),
) -> None:
    """Proposer un bureau pour une personne, avec ses raisons : du secteur, ou le plus proche.

    Le secteur d'une commune est celui que l'équipe a dit (agir directory import communes) ; sinon
    il est proposé. Sans bassins de vie chargés, l'EPCI en tient lieu.

    Exemples :
      agir directory propose 44-0042
      agir directory propose --commune "La Baule"
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import one_list

    if bool(ref) == (commune is not None):
        raise UsageFailure("Un dossier, ou --commune : l'un des deux.")
    path, day = session.db, session.today.isoformat()
    if commune is not None:
        code = department_code(department) if department is not None else None
        named, found = commune, use.around_commune(path, commune, day, code)
    elif department is not None:
        raise UsageFailure("--departement ne va qu'avec --commune.")
    else:
        named, found = use.around_dossier(path, ref, day)
    offices = found.offices if everything else found.offices[:_PROPOSED]
    more = len(found.offices) - len(offices)
    known = _columns(OfficeProposal._fields)
    title = f"Bureaux proposés : {named}"
    empty = ["Aucun bureau à l'annuaire dans ce département."]
    sheet = one_list(title, known, offices, notes=[*_surroundings(found)], empty=empty,
                     spare=("secteur", "distance_km"))  # fmt: skip
    show_rows(session, sheet, printed.form, titled=True)
    if more:
        say(session, f"{more} {plural(more, 'autre')} dans le département : --all")


_PROPOSED = 5


def _surroundings(found: use.Surroundings) -> Iterator[str]:
    if found.commune is None:
        yield "Commune inconnue : rien ne rapproche un bureau d'un autre."
        return
    yield f"Commune : {found.commune.name} ({found.commune.insee})"
    if found.sector is not None:
        yield f"Secteur : {found.sector}"
    if found.area is not None:
        kind = "" if found.area.kind == BASSIN else f" ({found.area.kind})"
        yield f"Bassin de vie : {found.area.name}{kind}"


# --- corrected -----------------------------------------------------------------------------


@made(directory, "import")
def import_table(
    session: Session,
    *,
    name: str = word("TABLE", _TABLE),
    source: str = word("FICHIER", "CSV ou classeur ; - : l'entrée."),
    leaf: str | None = option("NOM", "La feuille du classeur ; sinon la première.", "--sheet"),
    dry_run: bool = flag("Tout vérifier sans rien changer."),
) -> None:
    """Reprendre une table de l'annuaire : tout le fichier, ou rien.

    Une ligne connue est corrigée, une autre ajoutée ; ce que le fichier ne dit pas reste, et une
    case vide n'efface rien. Les bassins de vie se prennent dans le fichier de l'INSEE tel quel.

    Exemples :
      agir directory export bureaux --output bureaux.csv
      agir directory import bureaux bureaux.csv
      agir directory import bassins bassins-de-vie-2022.xlsx --sheet Composition_communale
    """
    table = _table(name)
    lines = [*_lines(session, table, source, leaf)]
    visitor, reading = visitor_of(session), reading_for(session)
    taken = use.take_in(visitor, table, lines, reading, dry_run=dry_run)
    for change in taken.changes[:_TOLD]:
        say(session, f"{'+' if change.new else '~'} {change.key} : {change.told}")
    if len(taken.changes) > _TOLD:
        say(session, f"… et {len(taken.changes) - _TOLD} autres")
    new = sum(change.new for change in taken.changes)
    changed = len(taken.changes) - new
    say(
        session,
        *(f"À noter : {note}." for note in taken.notes),
        f"{table.title} : {new} {plural(new, 'ligne')} en plus, {changed}"
        f" {plural(changed, 'corrigée')}, {taken.unchanged} {plural(taken.unchanged, 'inchangée')}"
        + (f" ; {taken.kept} que le fichier ne dit pas : gardées" if taken.kept else "")
        + (". Rien n'a été changé (--dry-run)." if dry_run else "."),
    )


_TOLD = 15


def _lines(
    session: Session, table: Table, source: str, leaf: str | None
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a file by the columns of a table; what it has beside is told."""
    import re

    from agir_cli.exchange.tables import open_table

    heads = {normalise(column.heading): column.name for column in _columns([*table.columns])}
    heads |= {normalise(name): name for name in table.columns} | dict(table.headings)

    def column(cell: str) -> str | None:
        said = re.sub(r"bv\d{4}$", "bassindevie", normalise(cell))
        return heads.get(normalise(cell)) or heads.get(said)

    with open_table(source, sheet=leaf, known=column) as opened:
        found = [column(heading) for heading in opened.header]
        lost = [each for each in table.key if each not in found and each not in table.optional]
        twice = {each for each in found if each and found.count(each) > 1}
        if lost or twice:
            what = f"il manque {', '.join(lost)}" if lost else f"deux colonnes {', '.join(twice)}"
            raise RowsFailure(
                f"« {source} » : {what}.", f"Colonnes de {table.name} : {', '.join(table.columns)}"
            )
        pairs = zip(opened.header, found, strict=True)
        known = [*_OF_COMMUNES] if table.key == ("insee",) else []
        beside = [h for h, name in pairs if h and name is None and h not in known]
        if beside:
            say(session, f"À noter : colonnes laissées de côté : {', '.join(beside[:12])}.")
        for row in opened.rows():
            if row.fault:
                raise RowsFailure(f"ligne {row.line} : {row.fault}.", "Rien n'a été changé.")
            cells = zip(found, row.cells, strict=False)
            yield row.line, {name: cell for name, cell in cells if name}


@made(directory, "set")
def set_facts(
    session: Session,
    *,
    name: str = word("TABLE", _TABLE),
    key: str = word("LIGNE", "Laquelle : son code, ou une partie de son nom."),
    facts: tuple[str, ...] = word(
        "COLONNE=VALEUR", "Ce qui change ; rien après = efface.", nargs=-1, required=True
    ),
) -> None:
    """Corriger une ligne de l'annuaire, en une commande.

    Exemples :
      agir directory set bureaux 44-C2 code_postal=44000
      agir directory set bureaux Sables etat=ouvert date_ouverture=01/12/2023
      agir directory set departements 44 telephone="02 40 00 00 00"
    """
    table = _table(name)
    pairs = [fact.partition("=") for fact in facts]
    cells = {normalise_column(table, column): text for column, _, text in pairs}
    if not all(sign for _, sign, _ in pairs):
        raise UsageFailure("Ce qui change s'écrit COLONNE=VALEUR.",
                           f"Colonnes : {', '.join(table.columns)}")  # fmt: skip
    change = use.correct(visitor_of(session), table, key, cells, reading_for(session))
    say(session, f"{change.key} : {change.told}." if change.told else "Rien n'a changé.")


def normalise_column(table: Table, text: str) -> str:
    """The column of a table that a word means. Raises `UsageFailure`."""
    found = {normalise(column): column for column in table.columns}.get(normalise(text))
    if found is None:
        from agir_cli.reports.selection import not_admitted

        raise not_admitted("La colonne", text, [*table.columns])
    return found


@made(directory, "remove")
def remove(
    session: Session,
    *,
    name: str = word("TABLE", _TABLE),
    key: str = word("LIGNE", "Laquelle : son code, ou une partie de son nom."),
) -> None:
    """Retirer de l'annuaire une ligne qui ne sert à rien d'autre.

    Exemples :
      agir directory remove organisations "Cariforef, information, 85"
    """
    say(session, f"{use.remove(visitor_of(session), _table(name), key)} : retirée de l'annuaire.")
