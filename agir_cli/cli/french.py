"""Click and Typer in French: their sentences, their help, their completion.

Alone in the program, this module uses what these libraries do not promise to keep, hence their
bounds in ``pyproject.toml``; a test finds any other place. It does so

- to translate (``speak_french``): both pass every sentence through gettext's ``_``. A catalogue
  would be chosen by the machine's locale, and ``agir`` speaks French on every machine: so the
  name ``_`` is bound, in their modules, to a look-up in ``WORDS``. A test reads the installed
  libraries and fails when one of their sentences is missing there;
- to complete (``answer_shell``, ``show_completion``, ``install_completion``): Typer writes the
  shell scripts, but its options and their answers are in English, and it imports Rich to strip
  markup that our texts do not contain.
"""

from __future__ import annotations

import os
import sys

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types
import click.utils
import typer.core

from agir_cli.failures import UsageFailure

WORDS = {
    # Help pages
    "Usage:": "Usage :",
    "Options": "Options",
    "Arguments": "Arguments",
    "Positional arguments": "Arguments",
    "Commands": "Commandes",
    "Show this message and exit.": "Afficher cette aide et quitter.",
    "Show the version and exit.": "Afficher la version et quitter.",
    "default: {default}": "par défaut : {default}",
    "env var: {var}": "variable : {var}",
    "required": "obligatoire",
    "deprecated": "déconseillé",
    "(dynamic)": "(calculé)",
    "%(prog)s, version %(version)s": "%(prog)s, version %(version)s",
    "Choice({choices})": "Choix({choices})",
    "file": "fichier",
    "directory": "dossier",
    "path": "chemin",
    # Faults of a command line
    "Error: {message}": "Erreur : {message}",
    "Try '{command} {option}' for help.": "Aide : {command} {option}",
    "Missing command.": "Il manque la commande.",
    "Missing argument": "Il manque l'argument",
    "Missing option": "Il manque l'option",
    "Missing parameter": "Il manque le paramètre",
    "Missing {param_type}": "Il manque {param_type}",
    "Missing parameter: {param_name}": "Il manque le paramètre {param_name}.",
    "Invalid value: {message}": "Valeur refusée : {message}",
    "Invalid value for {param_hint}: {message}": "Valeur refusée pour {param_hint} : {message}",
    "No such option {name!r}.": "L'option {name!r} n'existe pas.",
    "No such command {name!r}.": "La commande {name!r} n'existe pas.",
    "Did you mean {possibility}?": "Vouliez-vous dire {possibility} ?",
    "(Did you mean one of: {possibilities}?)": "Vouliez-vous dire {possibilities} ?",
    "Got unexpected extra argument ({args})": "Un mot de trop : {args}",
    "Got unexpected extra arguments ({args})": "Des mots de trop : {args}",
    "Option {name!r} does not take a value.": "L'option {name!r} ne prend pas de valeur.",
    "Option {name!r} requires an argument.": "L'option {name!r} demande une valeur.",
    "Option {name!r} requires {nargs} arguments.": "L'option {name!r} demande {nargs} valeurs.",
    "Argument {name!r} takes {nargs} values.": "L'argument {name!r} prend {nargs} valeurs.",
    "Takes {nargs} values but 1 was given.": "Il faut {nargs} valeurs, une seule est donnée.",
    "Takes {nargs} values but {len} were given.": ("Il faut {nargs} valeurs, {len} sont données."),
    "{len_type} values are required, but {len_value} was given.": (
        "Il faut {len_type} valeurs, {len_value} est donnée."
    ),
    "{len_type} values are required, but {len_value} were given.": (
        "Il faut {len_type} valeurs, {len_value} sont données."
    ),
    "Value must be an iterable.": "Il faut une liste de valeurs.",
    "Choose from:\n\t{choices}": "Choix possibles :\n\t{choices}",
    "{value!r} is not {choice}.": "{value!r} n'est pas {choice}.",
    "{value!r} is not one of {choices}.": "{value!r} n'est pas l'un de : {choices}.",
    "{value!r} does not match the format {format}.": "{value!r} n'est pas au format {format}.",
    "{value!r} does not match the formats {formats}.": (
        "{value!r} n'est dans aucun des formats {formats}."
    ),
    "{value!r} is not a valid {number_type}.": "{value!r} n'est pas un {number_type}.",
    "{value} is not in the range {range}.": "{value} n'est pas dans les bornes {range}.",
    "{value!r} is not a valid boolean. Recognized values: {states}": (
        "{value!r} n'est ni oui ni non. Valeurs lues : {states}"
    ),
    "{value!r} is not a valid UUID.": "{value!r} n'est pas un UUID.",
    "{name} {filename!r} does not exist.": "{name} {filename!r} introuvable.",
    "{name} {filename!r} is a file.": "{name} {filename!r} : c'est un fichier.",
    "{name} {filename!r} is a directory.": "{name} {filename!r} : c'est un dossier.",
    "{name} {filename!r} is not readable.": "{name} {filename!r} : lecture impossible.",
    "{name} {filename!r} is not writable.": "{name} {filename!r} : écriture impossible.",
    "{name} {filename!r} is not executable.": "{name} {filename!r} : exécution impossible.",
    # The reason comes from the system in its own language: the sentence leaves it out.
    "Could not open file {filename!r}: {message}": "Impossible d'ouvrir le fichier {filename!r}.",
    "unknown error": "erreur inconnue",
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}": (
        "La commande {name!r} est déconseillée.{extra_message}"
    ),
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}": (
        "{name!r} est déconseillé.{extra_message}"
    ),
    # Questions
    "Aborted!": "Abandonné.",
    "Do you want to continue?": "Continuer ?",
    "Confirm the action without prompting.": "Confirmer sans poser de question.",
    "Repeat for confirmation": "Encore une fois, pour confirmer",
    "Error: The two entered values do not match.": "Erreur : les deux saisies diffèrent.",
    "Error: invalid input": "Erreur : réponse non comprise",
    "Press any key to continue...": "Appuyez sur une touche pour continuer...",
}

_SPEAKERS = (
    click.core,
    click.decorators,
    click.exceptions,
    click.formatting,
    click.parser,
    click.termui,
    click.types,
    click.utils,
    typer.core,
)


def french(words: str) -> str:
    """The French for a library's sentence; the sentence itself where the table lacks it."""
    return WORDS.get(words, words)


def french_plural(one: str, many: str, count: int) -> str:
    """The French for one of two sentences; in French, zero is singular."""
    return french(one if abs(count) < 2 else many)


class FrenchFormatter(click.HelpFormatter):
    """Headings with the space that French puts before a colon."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading} :\n")


def speak_french() -> None:
    """Bind the libraries' gettext names to this table, and name their types in French."""
    for module in _SPEAKERS:
        names = vars(module)
        for name, value in (("_", french), ("gettext", french), ("ngettext", french_plural)):
            if name in names:
                names[name] = value
    for kind, word in (
        (click.types.StringParamType, "texte"),
        (click.types.IntParamType, "entier"),
        (click.types.IntRange, "entier"),
        (click.types.FloatParamType, "nombre"),
        (click.types.FloatRange, "nombre"),
        (click.types.BoolParamType, "oui/non"),
        (click.types.File, "fichier"),
    ):
        kind.name = word
    click.Context.formatter_class = FrenchFormatter


# --- completion --------------------------------------------------------------------------

PROGRAM = "agir"
VARIABLE = "_AGIR_COMPLETE"
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def answer_shell(root: click.Command) -> int:
    """Answer a shell that asks for completions, by `VARIABLE`."""
    instruction = os.environ.get(VARIABLE, "")
    action, _, shell = instruction.partition("_")
    if action not in ("complete", "source") or shell not in SHELLS:
        raise UsageFailure(f"La variable {VARIABLE} demande « {instruction} » : non compris.")
    from typer import _completion_classes, completion

    _completion_classes.completion_init()
    vars(_completion_classes)["_sanitize_help_text"] = str
    return completion.shell_complete(root, {}, PROGRAM, VARIABLE, instruction)


def show_completion(shell: str) -> None:
    """Print the completion script of ``shell`` (empty or « auto »: the one in use)."""
    from typer._completion_shared import get_completion_script

    chosen = _shell(shell)
    print(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=chosen))


def install_completion(shell: str) -> None:
    """Install the completion of ``shell`` (« auto »: the one in use) for this user."""
    from typer._completion_shared import install as install_for

    name, path = install_for(_shell(shell), prog_name=PROGRAM, complete_var=VARIABLE)
    print(f"Complétion pour {name} installée dans {path}.", file=sys.stderr)
    print("Elle agira dans les terminaux ouverts à partir de maintenant.", file=sys.stderr)


def _shell(wanted: str) -> str:
    name = wanted.strip().lower()
    if name in ("", "auto"):
        name = _shell_in_use()
    if name not in SHELLS:
        raise UsageFailure(
            f"Interpréteur de commandes inconnu : « {name or '?'} ».",
            f"À donner : {', '.join(SHELLS)}.",
        )
    return name


def _shell_in_use() -> str:
    import shellingham

    try:
        found: str = shellingham.detect_shell()[0]
    except shellingham.ShellDetectionFailure:
        return ""
    return found
