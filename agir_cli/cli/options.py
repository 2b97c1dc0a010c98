"""Commands made from the table of fields: one list of fields makes options, help and columns.

Values come in as texts and are read by the domain's own parsers, the same as a file's cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from inspect import getdoc
from typing import Any

import click

from agir_cli.cli.groups import Commands, FrenchCommand
from agir_cli.cli.session import Session, session_of
from agir_cli.domain.commands import Command, field_names
from agir_cli.domain.fields import FIELDS
from agir_cli.failures import UsageFailure

Given = Mapping[str, str | None]
"""The fields of a command as texts; ``None``: not given."""

Run = Callable[..., None]
"""What a command does with its session, its fields (`Given`), and options of its own by name."""


def made_of(
    command: type[Command],
    app: Commands,
    name: str,
    *own: click.Option,
    positional: bool = True,
    files: bool = True,
) -> Callable[[Run], Run]:
    """Put a command into ``app``, with an option a field; its docstring is its help.

    ``own``: its options that are no fields. ``positional``: the dossier is a word (``REF``)
    rather than an option. ``files``: it also takes a file (`--from`), and is then not called.
    """

    def decorate(run: Run) -> Run:
        def make() -> click.Command:
            return FrenchCommand(
                name,
                params=[
                    *_field_options(command, positional),
                    *(_file_options() if files else ()),
                    *own,
                ],
                callback=partial(_call, run, command),
                help=getdoc(run),
                rich_markup_mode=None,
            )

        app.makers[name] = make
        return run

    return decorate


def yes_option() -> click.Option:
    """`--yes`, by which a script confirms a final act."""
    return click.Option(["--yes"], is_flag=True, help="Confirmer sans question.")


def _call(run: Run, command: type[Command], **values: Any) -> int | None:
    """Sort the values of a command line, then run the command, or take its file."""
    session = session_of(click.get_current_context())
    given = {name: values.pop(name) for name in field_names(command)}
    files = {name: values.pop(name) for name, *_ in _FILE_OPTIONS if name in values}
    if files.get("source") is not None:
        return _take_file(session, command, {**values, **given}, files)
    alone = [option for name, option, *_ in _FILE_OPTIONS if files.get(name)]
    if alone:
        raise UsageFailure(
            f"{', '.join(alone)} ne va qu'avec --from FICHIER : rien n'a été enregistré."
        )
    short = values.pop("on", None)
    if short is not None and command.day is not None and given[command.day] is None:
        given[command.day] = short
    run(session, given, **values)
    return None


def _take_file(
    session: Session, command: type[Command], given: dict[str, Any], files: dict[str, Any]
) -> int:
    from agir_cli.cli.files import FileOptions, import_file

    yes = given.pop("yes", False)
    senseless = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if senseless:
        raise UsageFailure(f"Avec --from, ces options n'ont pas de sens : {', '.join(senseless)}")
    files["mapping"] = tuple(files["mapping"] or ())
    return import_file(session, command, FileOptions(**files, yes=yes))


class _Reference(click.Argument):
    """The dossier of a command, as a word."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(ctx), FIELDS["dossier"].help


_METAVARS = {
    "date": "DATE", "moment": "JOUR-HEURE", "flag": "OUI|NON", "number": "N", "postal": "CODE",
    "department": "CODE", "place": "COMMUNE", "Tristate": "OUI|NON|INCONNU",
}  # fmt: skip


def _field_options(command: type[Command], positional: bool) -> Iterator[click.Parameter]:
    for name in field_names(command):
        if name == "dossier" and positional:
            yield _Reference([name], required=False, metavar="[REF]")
            continue
        field = FIELDS[name]
        told = f"{field.label}. {field.help}" if field.help else f"{field.label}."
        metavar = _METAVARS.get(field.type.name, "TEXTE")
        yield click.Option([name, field.option], help=told, metavar=metavar)
    if command.day is not None:
        field = FIELDS[command.day]
        told, metavar = f"Court pour {field.option}.", _METAVARS[field.type.name]
        yield click.Option(["on", "--on"], help=told, metavar=metavar)


_FILE_OPTIONS: tuple[tuple[str, str, str | None, str], ...] = (
    ("source", "--from", "FICHIER", "Un fichier de plusieurs lignes ; - : l'entrée."),
    ("rejects", "--rejects", "FICHIER", "Où écrire les lignes à corriger."),
    ("dry_run", "--dry-run", None, "Tout vérifier sans rien enregistrer."),
    ("keep_going", "--keep-going", None, "Garder les bonnes lignes malgré les autres."),
    ("blank", "--blank", "SIGNE", "Ce qui, dans une case, efface (par exemple « - »)."),
    ("sheet", "--sheet", "NOM", "La feuille du classeur ; sinon la première visible."),
    ("mapping", "--map", "TITRE=CHAMP",
     "« Titre=champ », ou « Titre= » pour laisser la colonne de côté (répétable)."),
    ("save_map", "--save-map", "NOM", "Garder ces titres sous un nom."),
    ("use_map", "--use-map", "NOM", "Reprendre des titres gardés."),
)  # fmt: skip
"""The options that go with a file, named as `files.FileOptions` names them; no metavar: a flag."""


def _file_options() -> Iterator[click.Option]:
    for name, option, metavar, told in _FILE_OPTIONS:
        yield click.Option(
            [name, option], help=told, metavar=metavar, is_flag=metavar is None,
            multiple=name == "mapping",
        )  # fmt: skip
