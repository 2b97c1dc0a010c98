"""Commands declared by a list of Click options, those of their fields among them.

One list of fields makes options, help and columns of a file. Values come in as texts and are read
by the domain's own parsers, the same as a file's cells. What a function is given:

- ``@made(app, "sign", of=commands.SignContract)``: the session, and its fields (`Given`);
- options and words of its own, declared as its keywords (`groups.flag`, `option`, `word`);
- ``printed=True``: it prints rows; ``formats`` where these are not the common ones. It gives its
  `Sheet` (``titled``: the title stands above the list), or takes a ``printed``
  (`render.Printed`) to print it itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from agir_cli.cli.groups import (
    Commands,
    Word,
    dossiers_named,
    offered,
    option,
    own_parameters,
    typed_as,
)
from agir_cli.cli.groups import (
    Given as Given,
)
from agir_cli.cli.session import Session, acting
from agir_cli.drafts import make_private, user_folder
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:  # a report has options, and no use for the table of fields
    from agir_cli.domain.commands import Command
    from agir_cli.reports.sheet import Sheet

Run = Callable[..., int | None]
"""What a command does; an exit code where it may be other than 0."""
Shown = Callable[..., "Sheet | None"]
"""A command that gives what is printed; nothing where it has said it all itself."""


def made(
    app: Commands,
    name: str,
    *,
    of: type[Command] | None = None,
    positional: bool = True,
    files: bool = True,
    printed: bool = False,
    titled: bool = False,
    formats: str | None = None,
    writes: bool = False,
    also: Callable[..., Any] | None = None,
) -> Callable[[Any], Any]:
    """Put a command into ``app``; the docstring of its function is its help.

    ``of``: it has an option a field. ``positional``: the dossier is then a word (``REF``) rather
    than an option; ``files``: it also takes a file (`--from`), and is not called for it. One that
    takes files, or ``writes`` otherwise, answers in JSON where a script asks (`--format json`).
    ``also``: what several commands call with the options that it declares, which are theirs too.
    """
    answers = writes or (of is not None and files)

    def decorate(run: Any) -> Any:
        shows = printed and "printed" not in run.__annotations__

        def options() -> list[click.Parameter]:
            params: list[click.Parameter] = []
            if of is not None:
                params += [*_field_options(of, positional), *(_file_options() if files else ())]
            params += [*own_parameters(run), *(own_parameters(also) if also else ())]
            if printed:
                from agir_cli.cli.asking import FORMATS, printed_options

                params += printed_options(params, formats or FORMATS)
            elif answers:
                told = "json : la réponse pour un script, refus compris."
                params.append(option("FORMAT", told, "--format")("answer"))
            return params

        call = partial(_showing, run, titled) if shows else partial(_call, run, of, printed)
        app.declare(name, run, partial(_answering, call) if answers else call, options)
        return run

    return decorate


def act(app: Commands, of: type[Command], told: str) -> None:
    """Put in a command that records just what its fields say; ``told`` is its help."""

    def run(session: Session, given: Given) -> None:
        from agir_cli.cli.run_command import read_command, record

        record(session, read_command(session, of, given))

    run.__doc__ = told
    *group, name = of.verb.split()
    made(app.group(group[0]) if group else app, name, of=of)(run)


MAPPING = option(
    "TITRE=CHAMP", "« Titre=champ », ou « Titre= » pour laisser la colonne de côté (répétable).",
    "--map", multiple=True,
)  # fmt: skip
"""`--map`, by which the headings of a file are given their fields."""


VALUES = option(
    "TITRE:VALEUR=CODE", "Ce qu'une valeur veut dire : « Hébergement:HUDA=dna/huda » (répétable).",
    "--map-value", multiple=True,
)  # fmt: skip
"""`--map-value`, by which the values of a column are given their meaning."""


BLANK = option(
    "SIGNE", "Ce qui, dans une case, efface (par exemple « - ») (répétable).", "--blank",
    multiple=True,
)  # fmt: skip
"""`--blank`, a sign that empties a field, where the usual ones only say nothing."""


SHEET = option("NOM", "La feuille du classeur ; sinon la première visible.", "--sheet")
KEPT_TITLES = option("NOM", "Reprendre des titres gardés.", "--use-map")
"""`--sheet` and `--use-map` of a list that is read, and not entered."""


def _answering(call: Run, /, **values: Any) -> int | None:
    """Run the command, or have it answer in JSON where a script asks for it."""
    shows = "answer" not in values  # `assign --loads` prints rows, in any format
    asked = values.get("format") if shows and not values.get("loads") else values.get("answer")
    values.pop("answer", None)
    if asked != "json":
        if asked is not None and not shows:
            from agir_cli.reports.selection import not_admitted

            raise not_admitted("Le format", asked, ["json"])
        return call(**values)
    if shows:
        values["format"] = None
    from agir_cli.cli.answers import answered

    return answered(partial(call, **values))


def _showing(run: Shown, titled: bool, /, **values: Any) -> None:
    """Print the sheet that a command gives."""
    from agir_cli.cli.render import show_rows

    session = acting(values.get("output"))
    values = _with_printed(values, printed=True)
    form = values.pop("printed").form  # a wrong format is told before anything is read
    if (sheet := run(session, **values)) is not None:
        show_rows(session, sheet, form, titled=titled)


def _call(run: Run, of: type[Command] | None, printed: bool, /, **values: Any) -> int | None:
    """Sort the values of a command line, then run the command, or take its file."""
    session = acting(values.get("output"))
    if of is None:
        return run(session, **_with_printed(values, printed))
    from agir_cli.cli.questions import incomplete
    from agir_cli.domain.commands import field_names

    word = next((name for name in _WORDS if isinstance(values.get(name), tuple)), "")
    several = dossiers_named(values[word]) if word else []
    if word:
        values[word] = several[0] if several else None
    given: Given = {name: values.pop(name) for name in field_names(of)}
    files = {name: values.pop(name) for name, *_ in _FILE_OPTIONS if name in values}
    if files.get("source") is not None:
        return _take_file(session, of, {**values, **given}, files)
    alone = [option for name, option, *_ in _FILE_OPTIONS if files.get(name)]
    if alone:
        raise UsageFailure(
            f"{', '.join(alone)} ne va qu'avec --from FICHIER : rien n'a été enregistré."
        )
    short = values.pop("on", None)
    if short is not None and of.day is not None and given[of.day] is None:
        given = {**given, of.day: short}
    asked = given
    if files and not values.get("loads") and incomplete(of, given):
        from agir_cli.cli.form import filled

        asked = given if len(several) > 1 else filled(session, of, given)
    given = _with_defaults(session, of, given) if files and asked is given else asked
    values = _with_printed(values, printed)
    if files:
        say_once_of_the_history(session)
    if len(several) < 2:
        return run(session, given, **values)
    from agir_cli.cli.run_command import together

    with together(session) as told_of:
        for reference in several:
            with told_of(reference):
                run(session, {**given, word: reference}, **values)
    return None


_WORDS = ("dossier", "action")
"""What an act is about, said by a word: a dossier, or an action of the network."""
_PLACES = ("dossier", "commune_residence", "code_postal_residence")
"""What says the department of a dossier by itself."""


_IDENTITY = ("agdref", "nom", "prenoms", "nom_usage", "date_naissance", "telephone", "courriel",
             "adresse")  # fmt: skip
_FORM = "le formulaire (agir enroll, sans option) ou un fichier (--from) l'évitent"


def say_once_of_the_history(session: Session, told: str = "", instead: str = _FORM) -> None:
    """Warn, once a post, that a shell keeps the identity typed on the line, as an option if not
    ``told`` how.
    """
    from agir_cli.cli.screen import is_terminal, warn

    ctx = click.get_current_context()
    typed = [f"en option ({typed_as(name)})" for name in _IDENTITY
             if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]  # fmt: skip
    told = told or "".join(typed[:1])
    if not (told and is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return  # a script has no history
    with suppress(OSError, RuntimeError):  # where nothing can be remembered, it is not said
        folder = user_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_private(folder / "historique.dit")
        warn(
            session,
            f"tapé {told}, ce qui nomme une personne reste dans l'historique du terminal ;"
            f" {instead}. C'est dit une seule fois.",
        )


_TODAYS = ("date_droit",)
"""Days that may be unknown in a file, and are today's where somebody types without one."""


def _with_defaults(session: Session, of: type[Command], given: Given) -> Given:
    """The fields with today for the day of an act, and what the post says: each is told."""
    from agir_cli.cli.screen import say, short_date
    from agir_cli.domain.commands import required_names
    from agir_cli.domain.fields import FIELDS

    whole, told = dict(given), []
    required = required_names(of)
    usual = of.day in (*required, *_TODAYS)
    if of.day and usual and not given[of.day] and FIELDS[of.day].type.name == "date":
        whole[of.day] = session.today.isoformat()
        told.append(f"Jour pris : aujourd'hui, {short_date(session.today)}.")
    known = any(given.get(name) for name in _PLACES)
    for name in ("bureau", "departement"):
        if name in given and given[name] is None and not (name == "departement" and known):
            whole[name] = session.post.fields.get(name)
            if whole[name]:
                told.append(f"{FIELDS[name].label} de ce poste : {whole[name]}.")
    if all(whole[name] for name in required):
        say(session, *told)
    return whole


def _with_printed(values: dict[str, Any], printed: bool) -> dict[str, Any]:
    """The values, those of printing gathered in one."""
    if not printed:
        return values
    from agir_cli.cli.render import Printed

    return {
        "printed": Printed(**{name: values.pop(name, None) for name in Printed._fields}),
        **values,
    }


def _take_file(
    session: Session, command: type[Command], given: dict[str, Any], files: dict[str, Any]
) -> int:
    from agir_cli.cli.files import FileOptions, import_file
    from agir_cli.cli.session import read_day
    from agir_cli.domain.fields import FIELDS

    yes, usual = given.pop("yes", False), {}
    if command.day and FIELDS[command.day].type.name == "date":
        name = "on" if given.get("on") else command.day
        if (text := given.pop(name, None)) is not None:
            usual[command.day] = read_day(text, session, typed_as(name))
    senseless = [typed_as(name) for name, value in given.items() if value]
    if senseless:
        raise UsageFailure(f"Avec --from, ces options n'ont pas de sens : {', '.join(senseless)}")
    return import_file(session, command, FileOptions(**files, yes=yes, usual=usual))


_METAVARS = {
    "date": "DATE", "moment": '"JOUR HEURE"', "flag": "OUI|NON", "number": "N", "postal": "CODE",
    "department": "CODE", "place": "COMMUNE", "Tristate": "OUI|NON|INCONNU",
}  # fmt: skip


def _field_options(command: type[Command], positional: bool) -> Iterator[click.Parameter]:
    from agir_cli.domain.commands import field_names, required_names
    from agir_cli.domain.fields import FIELDS

    for name in field_names(command):
        if name == "dossier" and positional:
            told = "Un dossier, ou plusieurs : référence, numéro, AGDREF, téléphone ou nom"
            yield Word(name, "[REF]...", told, required=False, nargs=-1)
            continue
        field = FIELDS[name]
        if name == "action" and name in required_names(command):
            yield Word(name, "[N°]...", "Le n° (A12), ou plusieurs", required=False, nargs=-1)
            continue
        told = f"{field.label}. {field.help}" if field.help else f"{field.label}."
        metavar = _METAVARS.get(field.type.name, "TEXTE")
        typed = [name, field.option, *([field.short] if field.short else ())]
        yield click.Option(typed, help=told, metavar=metavar, shell_complete=offered)
    if command.day is not None:
        field = FIELDS[command.day]
        told, metavar = f"Court pour {field.option}.", _METAVARS[field.type.name]
        yield click.Option(["on", "--on"], help=told, metavar=metavar)


_FILE_OPTIONS: tuple[tuple[str, str, str | None, str], ...] = (
    ("source", "--from", "FICHIER", "Un fichier de plusieurs lignes ; - : l'entrée."),
    ("rejects", "--rejects", "FICHIER", "Où écrire les lignes à corriger."),
    ("dry_run", "--dry-run", None, "Tout vérifier sans rien enregistrer."),
    ("keep_going", "--keep-going", None, "Garder les bonnes lignes malgré les autres."),
    ("blank", "--blank", "", ""),
    ("name_order", "--name-order", "ORDRE", "nom-prenoms ou prenoms-nom, sans capitales."),
    ("strict", "--strict", None, "Refuser un fichier dont une colonne est interprétée."),
    ("sheet", "--sheet", "", ""),
    ("mapping", "--map", "TITRE=CHAMP", ""),
    ("values", "--map-value", "", ""),
    ("save_map", "--save-map", "NOM", "Garder ces titres et ces valeurs sous un nom."),
    ("use_map", "--use-map", "NOM", "Reprendre ce qui est gardé."),
)  # fmt: skip
"""The options that go with a file, named as `files.FileOptions` names them; no metavar: a flag."""


def _file_options() -> Iterator[click.Option]:
    for name, typed, metavar, told in _FILE_OPTIONS:
        shared = {"mapping": MAPPING, "values": VALUES, "blank": BLANK, "sheet": SHEET}.get(name)
        if shared is not None:
            yield shared(name)
        else:
            yield click.Option([name, typed], help=told, metavar=metavar, is_flag=metavar is None)
