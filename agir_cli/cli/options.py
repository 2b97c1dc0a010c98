"""Options made from the table of fields: one command's list serves its options and its help.

Values come in as texts and are read by the domain's own parsers, the same as a file's cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

import typer

from agir_cli.domain.commands import Command, field_names
from agir_cli.domain.fields import FIELDS

ON = "on"


def fields_of(
    command: type[Command], *, positional: bool = True, files: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a function the options of a command, gathered in its ``given`` parameter.

    ``positional``: the dossier is an argument (``REF``) rather than an option; ``files``: the
    command also takes a file (`--from`). The function
    receives ``given``, a mapping from field name to text (``None``: not given).
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        hints = get_type_hints(function, include_extras=True)
        own = [
            p.replace(annotation=hints[p.name])
            for p in signature(function).parameters.values()
            if p.name != "given"
        ]
        made = _parameters(command, positional)

        def wrapper(**values: Any) -> Any:
            given = {name: values.pop(name, None) for name in field_names(command)}
            told = {name: values.pop(name, None) for name in _FILE_NAMES}
            if told["from_"] is not None:
                told["yes"] = values.get("yes", False)
                return _from_file(values.pop("ctx"), command, {**values, **given}, told)
            _only_with_a_file(told)
            short = values.pop(ON, None)
            if short is not None and command.day is not None and given[command.day] is None:
                given[command.day] = short
            return function(given=given, **values)

        wrapper.__doc__ = function.__doc__
        wrapper.__name__ = function.__name__
        context = [p for p in own if p.annotation is typer.Context]
        others = [p for p in own if p not in context]
        parameters = [*context, *made, *(_file_parameters() if files else ()), *others]
        kind = Parameter.KEYWORD_ONLY
        parameters = [p.replace(kind=kind) for p in parameters]
        wrapper.__signature__ = signature(function).replace(parameters=parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapper

    return decorate


def _parameters(command: type[Command], positional: bool) -> list[Parameter]:
    made = []
    for name in field_names(command):
        if name == "dossier" and positional:
            made.append(_argument())
            continue
        made.append(_option(name, command))
    if command.day is not None:
        told = f"Court pour {FIELDS[command.day].option}."
        made.append(_parameter(ON, "--on", told, _METAVARS[FIELDS[command.day].type.name]))
    return made


def _argument() -> Parameter:
    argument = typer.Argument(metavar="[REF]", help=FIELDS["dossier"].help, show_default=False)
    annotation = Annotated[str | None, argument]
    return Parameter("dossier", Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _option(name: str, command: type[Command]) -> Parameter:
    field = FIELDS[name]
    told = f"{field.label}. {field.help}" if field.help else f"{field.label}."
    return _parameter(name, field.option, told, _METAVARS.get(field.type.name, "TEXTE"))


_METAVARS = {
    "date": "DATE", "moment": "JOUR-HEURE", "flag": "OUI|NON", "number": "N", "postal": "CODE",
    "department": "CODE", "place": "COMMUNE", "Tristate": "OUI|NON|INCONNU",
}  # fmt: skip


def _parameter(name: str, option: str, told: str, metavar: str) -> Parameter:
    annotation = Annotated[str | None, typer.Option(option, help=told, metavar=metavar)]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


_FILE_OPTIONS: tuple[tuple[str, Any, Any, str, str], ...] = (
    ("from_", str | None, None, "--from", "Un fichier de plusieurs lignes ; - : l'entrée."),
    ("rejects", str | None, None, "--rejects", "Où écrire les lignes à corriger."),
    ("dry_run", bool, False, "--dry-run", "Tout vérifier sans rien enregistrer."),
    ("keep_going", bool, False, "--keep-going", "Garder les bonnes lignes malgré les autres."),
    ("blank", str | None, None, "--blank", "Ce qui, dans une case, efface (par exemple « - »)."),
    ("sheet", str | None, None, "--sheet", "La feuille du classeur ; sinon la première visible."),
    (
        "map_",
        list[str] | None,
        None,
        "--map",
        "« Titre=champ », ou « Titre= » pour laisser la colonne de côté (répétable).",
    ),
    ("save_map", str | None, None, "--save-map", "Garder ces titres sous un nom."),
    ("use_map", str | None, None, "--use-map", "Reprendre des titres gardés."),
)
_FILE_NAMES = tuple(name for name, *_ in _FILE_OPTIONS)


def _file_parameters() -> list[Parameter]:
    made = []
    for name, kind, default, option, told in _FILE_OPTIONS:
        metavar = None if kind is bool else _FILE_METAVARS.get(name, "NOM")
        told_to_typer = typer.Option(option, help=told, metavar=metavar)
        annotation: Any = Annotated[kind, told_to_typer]
        made.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation))
    return made


_FILE_METAVARS = {"blank": "SIGNE", "from_": "FICHIER", "rejects": "FICHIER", "map_": "TITRE=CHAMP"}


def _only_with_a_file(told: Mapping[str, Any]) -> None:
    said = [option for name, _, _, option, _ in _FILE_OPTIONS if told.get(name)]
    if said:
        from agir_cli.failures import UsageFailure

        raise UsageFailure(
            f"{', '.join(said)} ne va qu'avec --from FICHIER : rien n'a été enregistré."
        )


def _from_file(
    ctx: typer.Context, command: type[Command], given: Mapping[str, Any], files: Mapping[str, Any]
) -> None:
    from agir_cli.cli.files import FileOptions, import_file
    from agir_cli.cli.session import session_of
    from agir_cli.failures import UsageFailure

    said = [f"--{n.replace('_', '-')}" for n, told in given.items() if told and n != "yes"]
    if said:
        raise UsageFailure(f"Avec --from, ces options n'ont pas de sens : {', '.join(said)}")
    options = FileOptions(
        files["from_"], files["rejects"], files["dry_run"], files["keep_going"], files["sheet"],
        tuple(files["map_"] or ()), files["save_map"], files["use_map"],
        files["yes"], files["blank"],
    )  # fmt: skip
    raise typer.Exit(import_file(session_of(ctx), command, options))


Given = Mapping[str, str | None]
