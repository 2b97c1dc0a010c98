"""`agir model`: an empty workbook to fill in, which comes back by `--from` as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import is_terminal, say, shell_line
from agir_cli.cli.session import Session
from agir_cli.domain import commands as c
from agir_cli.domain import vocabulary as w
from agir_cli.domain.dossier import OF_A_SITUATION
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.wide import ENTRY, plain_name, wide_names
from agir_cli.exchange.headers import match_headers
from agir_cli.exchange.outputs import open_output, refuse_existing
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import not_admitted

if TYPE_CHECKING:
    from agir_cli.exchange.forms import Asked

app = Commands()
_IMPORT = "import"
_LEFT = ("malgre", "referent_nom", "second_referent_nom", "absences_contrat", "date_absence")
"""Columns that nobody fills in by hand, of a person enrolled or taken over."""


@made(app, "model")
def model(
    session: Session,
    *,
    words: tuple[str, ...] = word("COMMANDE", "enroll, diagnose hold, import…", nargs=-1),
    output: str | None = option("FICHIER", "Le classeur à écrire : modele.xlsx"),
    overwrite: bool = flag("Remplacer le fichier de --output s'il existe."),
) -> None:
    """Écrire un classeur vide, à remplir puis à redonner tel quel à la commande (--from).

    Les titres sont en français ; chaque colonne dit ce qu'elle attend, et propose ses valeurs, avec
    les bureaux et les référents de l'équipe.

    Exemples :
      agir model enroll --output modele.xlsx
      agir model diagnose hold --output diagnostics.xlsx
      agir model import --output suivi.xlsx
    """
    known = {each.verb: each for each in c.Command.__subclasses__() if each.verb}
    verb = " ".join(words)
    if verb != _IMPORT and verb not in known:
        raise not_admitted("Le modèle", verb or "(rien)", [*known, _IMPORT])
    if output in (None, "-") and is_terminal():
        raise UsageFailure("Un classeur ne s'affiche pas.", "Ajoutez : --output modele.xlsx")
    if output and output != "-" and not output.lower().endswith(".xlsx"):
        raise UsageFailure(f"« {output} » : un modèle est un classeur .xlsx.")
    refuse_existing(output, overwrite=overwrite)
    from agir_cli.exchange.forms import workbook_to_fill

    written = workbook_to_fill(verb, [*_columns(session, known.get(verb))])
    with open_output(output, overwrite=overwrite) as out:
        out.write(written)
    if output not in (None, "-"):
        again = ("import",) if verb == _IMPORT else (*verb.split(), "--from")
        command = shell_line("agir", *again, output or "")
        say(session, f"Écrit : {output}. Une fois rempli :", f"  {command}")


def _columns(session: Session, command: type[c.Command] | None) -> Iterator[Asked]:
    """The columns of a command, or (none) of a whole journey, in the order of its fields."""
    if command is None:
        from agir_cli.cli.commands.takeover import known_columns

        known: Mapping[str, Sequence[str]] = known_columns()
        left = (*_LEFT, "dossier", *(f"{name}{ENTRY}" for name in OF_A_SITUATION))
        names = [name for name in wide_names() if name not in left]
        required: Sequence[str] = ("nom",)
    else:
        from agir_cli.cli.files import headings_for

        known = headings_for(command)
        own = [name for name in c.field_names(command) if name != "dossier"]
        enrols = command is c.Enroll
        names = [n for n in own if n != "malgre"] if enrols else ["dossier", "nom", "prenoms", *own]
        names = list(dict.fromkeys(names))
        required = ("nom",) if enrols else c.required_names(command)
    day = command.day if command is not None else None
    yield from to_fill_in(session, names, _headings(names, known), day, required)


def to_fill_in(
    session: Session, names: Sequence[str], headings: Sequence[str], day: str | None,
    required: Sequence[str] = (),
) -> Iterator[Asked]:  # fmt: skip
    """The columns of these fields to be filled in; ``day``: the one that is a precise day."""
    from agir_cli.exchange.forms import Asked

    choices = _choices(session)
    for name, heading in zip(names, headings, strict=True):
        field = FIELDS[plain_name(name)]
        kind = field.type.name
        exact = kind == "moment" or name == day
        proposed, only = choices.get(field.name, ((), False))
        if not proposed:
            proposed, only = _of_a_list(kind)
        told = f"{field.label}. {field.help}".rstrip(". ") + "."
        if kind in ("date", "birth") or name.startswith("date_"):
            told += " Comme vous le savez : 25/01/2023, 01/2023 ou 2023."
        if kind.endswith("+"):
            told += " Plusieurs se joignent par + ."
        look = {"moment": "hour"}.get(kind, "day") if exact else "text"
        yield Asked(heading, told, proposed, only, look, name in required)


def _headings(names: Sequence[str], known: Mapping[str, Sequence[str]]) -> list[str]:
    """A heading for each column, in French, that means it and no other when it comes back."""
    from agir_cli.exchange.headers import normalise_header

    found: list[str] = []
    for name in names:
        told = (FIELDS[name].label,) if name in FIELDS else ()
        for heading in (*told, *known.get(name, ()), name):
            alone = match_headers([heading], known).columns == (name,)
            if alone and normalise_header(heading) not in map(normalise_header, found):
                found.append(heading)
                break
        else:
            found.append(name)
    return found


def _of_a_list(kind: str) -> tuple[tuple[str, ...], bool]:
    """The values of a closed list, in words; several may be joined, which no list proposes."""
    if kind == "flag":
        return ("oui", "non"), True
    codes = getattr(w, kind.removesuffix("+"), None)
    if not (isinstance(codes, type) and issubclass(codes, w.Code)):
        return (), False
    return tuple(code.label for code in codes), not kind.endswith("+")


def _choices(session: Session) -> dict[str, tuple[tuple[str, ...], bool]]:
    """The team's own lists: its offices and référents, else those that agir knows."""
    from agir_cli.store import directory
    from agir_cli.store.reference import nationality_names

    departments = directory.every_department(None)
    offices = [row["nom"] for row in directory.shipped_rows("bureaux")]
    referents: list[str] = []
    if session.db.exists():
        from agir_cli.store.file import consulting

        with consulting(session.db) as connection:
            departments = directory.every_department(connection)
            offices = [office.name for office in directory.every_office(connection)]
            today = session.today.isoformat()
            every = sorted(directory.every_referent(connection), key=lambda each: each.nom)
            referents = [each.told for each in every if each.stays(today)]
    return {
        "departement": (tuple(departments), True),
        "bureau": (tuple(dict.fromkeys(offices)), True),
        "referent": (tuple(dict.fromkeys(referents)), False),
        "second_referent": (tuple(dict.fromkeys(referents)), False),
        "nationalite": (nationality_names(), False),
    }
