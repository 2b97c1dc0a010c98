"""``agir declare``: what the ministry was told of each dossier, and what has changed since."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, option
from agir_cli.cli.options import MAPPING, act
from agir_cli.cli.session import Session
from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure
from agir_cli.reports.sheet import Data, Kind, Section, Sheet, columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agir_cli.reports.declarations import Declared

app = Commands()
declare = app.group("declare")

_LIKE = option("FICHIER", "Un vrai export du formulaire : ses colonnes, dans leur ordre.", "--like")
_SAVE = option("NOM", "Garder les colonnes du formulaire sous un nom.", "--save-map")
_KEPT = option("NOM", "Reprendre les colonnes gardées, sans l'export.", "--use-map")
_MEASURE = option("NOMBRE", "Les dossiers d'un nombre de report funnel.", "--of",
                  default="personnes")  # fmt: skip
_STATE = option("ÉTAT", "jamais, modifie, rejete, a_jour, ou tout (à la suite : jamais,rejete).",
                "--etat", default="jamais,modifie,rejete")  # fmt: skip


@o.report(declare, name="list", rewound=True)
def list_declarations(
    r: o.Reading, *, like: str | None = _LIKE, titles: tuple[str, ...] = MAPPING,
    saved: str | None = _SAVE, kept: str | None = _KEPT, measure: str = _MEASURE,
    state: str = _STATE,
) -> Sheet:  # fmt: skip
    """Dire ce qui reste à déclarer au ministère : jamais, modifié depuis (quels champs), rejeté.

    Les dossiers sont les personnes de report funnel (--of en dit un autre nombre). Sont comparés
    avec le jour de la déclaration les champs du formulaire (--like), sinon ceux de la liste des
    dossiers. --etat tout : ceux qui sont à jour aussi. --known-on : comme on le savait ce jour-là.

    Exemples :
      agir declare list
      agir declare list --etat tout --output declarations.xlsx
      agir declare list --like export-ministere.csv --etat modifie,rejete
      agir declare list --known-on 30/09/2023 --format csv
    """
    from agir_cli.domain.fields import FIELDS
    from agir_cli.reports import declarations

    layout = _layout(r.session, like, titles, kept, saved)
    fields = tuple(dict.fromkeys(name for _, name in layout if name))
    found = _found(r, measure, fields or declarations.declarable())
    counts = Counter(each.state for each in found)
    told = ", ".join(f"{words} {counts[code]}" for code, words in declarations.STATES.items())
    wanted = _states(state)
    rows = [
        (each.reference, each.state, each.on, each.number, "+".join(each.changed),
         each.rejection or "")
        for each in found if each.state in wanted
    ]  # fmt: skip

    def fields_told(names: Any) -> str:
        plain = [name.removesuffix("_actuelle") for name in str(names or "").split("+") if name]
        return ", ".join(FIELDS[name].label if name in FIELDS else name for name in plain)

    known = columns(
        ("dossier", "declaration", "date_declaration", "numero_declaration", "modifie_depuis",
         "motif_declaration"),
        {"modifie_depuis": fields_told}, date_declaration="Déclaré le",
    )  # fmt: skip
    return Sheet(
        title=f"Déclarations au {r.day:%d/%m/%Y}",
        notes=[f"Dossiers comptés {len(found)} : {told}."],
        sections=[Section("", known, rows)], data=Data(known, rows),
        empty=(f"Dossiers comptés {len(found)} : {told}.",),
    )  # fmt: skip


@o.report(declare, name="export", rewound=True)
def export_declarations(
    r: o.Reading, *, like: str | None = _LIKE, titles: tuple[str, ...] = MAPPING,
    saved: str | None = _SAVE, kept: str | None = _KEPT, measure: str = _MEASURE,
    state: str = _STATE,
) -> Sheet:  # fmt: skip
    """Écrire les dossiers à déclarer, dans les colonnes du formulaire de l'équipe.

    --like donne un vrai export du formulaire : ses titres reviennent tels quels, dans leur ordre ;
    un titre qu'agir ne connaît pas se dit avec --map "Titre=champ", sinon sa colonne reste vide.
    --save-map les garde sous un nom, que --use-map reprend sans l'export.

    Exemples :
      agir declare export --like export-ministere.csv --save-map ministere --output a-declarer.xlsx
      agir declare export --use-map ministere --output a-declarer.csv --excel
      agir declare export --like modele.xlsx --map "N° unique=agdref" --output a-declarer.xlsx
    """
    from agir_cli.reports import listing
    from agir_cli.reports.field_words import shown
    from agir_cli.reports.sheet import Column

    layout = _layout(r.session, like, titles, kept, saved)
    if not layout:
        raise UsageFailure(
            "Quelles colonnes a le formulaire ? Donnez un vrai export : --like FICHIER.",
            "Les titres de sa première ligne suffisent. --save-map NOM les garde, et --use-map NOM"
            " les reprend.",
        )
    asked = [name for _, name in layout]
    wanted = _states(state)
    fields = tuple(dict.fromkeys(name for name in asked if name))
    todo = {e.reference for e in _found(r, measure, fields) if e.state in wanted}
    places = ("dossier", *fields)

    def rows(*, names: bool) -> list[list[Any]]:
        listed = listing.rows(r.connection, places, r.filters, names=names)
        found = [dict(zip(places, row, strict=True)) for row in listed if row[0] in todo]
        return [[each[name] if name else "" for name in asked] for each in found]

    heads = [
        Column(title, title, kind=Kind.TEXT) if name is None
        else Column(title, title, kind=columns([name])[0].kind, show=partial(shown, name))
        for title, name in layout
    ]  # fmt: skip
    told = rows(names=True)
    return Sheet(
        title=f"À déclarer au {r.day:%d/%m/%Y}", notes=["{count} à déclarer."],
        sections=[Section("", heads, told)], data=Data(heads, rows(names=False), told=told),
        empty=("Rien à déclarer.",), nothing="Rien à déclarer.",
    )  # fmt: skip


act(app, c.Declare, """
    Noter que des dossiers sont déclarés au ministère, tels qu'ils sont maintenant.

    Un reçu se lit par --from : le numéro AGDREF ou la référence, la date, le numéro de la fiche.
    --on dit le jour de celles qui ne l'ont pas : une liste d'agir se note ainsi toute entière.

    Exemples :
      agir declare mark 44-0042 --on 03/10/2023 --numero 14725811
      agir declare mark --from recu.csv
      agir declare mark --from reste.csv --on 03/10/2023
""")  # fmt: skip

act(app, c.RejectDeclaration, """
    Noter qu'une déclaration est revenue, et pourquoi.

    Exemples :
      agir declare reject 44-0042 --on 10/10/2023 --motif "numéro étranger inconnu"
""")  # fmt: skip


def _states(text: str) -> Sequence[str]:
    from agir_cli.reports.declarations import STATES
    from agir_cli.reports.selection import chosen

    found = chosen("--etat", text, [*STATES, "tout"])
    return [*STATES] if "tout" in found else found


def _found(r: o.Reading, measure: str, fields: Sequence[str]) -> list[Declared]:
    from agir_cli.cli.commands.compare import counted_in
    from agir_cli.reports.declarations import declarations

    limit = ""
    if r.asked.known_on is not None:
        from agir_cli.reports.history import end_of

        limit = end_of(o.day_of(r.session, r.asked.known_on, "--known-on"))
    return list(declarations(r.connection, counted_in(r, measure), fields, limit))


def _layout(
    session: Session,
    path: str | None,
    titles: tuple[str, ...],
    kept: str | None,
    saved: str | None,
) -> list[tuple[str, str | None]]:
    """The headings of the form, in their order, with the column of ours that each means.

    They are those of a real export, else those that were kept of one; empty without either.
    """
    from agir_cli.cli.columns import Mapped, load_mapping, mapping_of, save_mapping
    from agir_cli.cli.commands.takeover import known_columns, label_of_column
    from agir_cli.cli.files import FileOptions, open_file
    from agir_cli.reports import listing
    from agir_cli.reports.comparison import comparable

    names: list[tuple[str, str | None]]
    if path is not None:
        opened = open_file(
            session, c.Enroll, FileOptions(path, mapping=titles, use_map=kept), known_columns(),
            label_of_column, nameless=True, rowless=True,
        )  # fmt: skip
        with opened as (table, matching, _):
            names = [*zip(table.header, matching.columns, strict=True)]
    else:
        names = [*mapping_of(titles, load_mapping(kept).headings).items()]
    ours = comparable(name for _, name in names)
    ours |= {name: name for _, name in names if name in listing.EVERY}
    if saved and names:
        known = {head: name if name in ours else "" for head, name in names}
        save_mapping(saved, Mapped({head: name or "" for head, name in known.items()}))
    return [(head, ours.get(name or "")) for head, name in names]
