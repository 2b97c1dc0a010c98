"""Click and Typer in French: their sentences, their help, their completion.

Alone in the program, this module uses what these libraries do not promise to keep, hence their
bounds in ``pyproject.toml``; a test finds any other place. It does so

- to translate (``speak_french``): both pass every sentence through gettext's ``_``. A catalogue
  would be chosen by the machine's locale, and ``agir`` speaks French on every machine: so the
  name ``_`` is bound, in their modules, to a look-up in ``words``. A test reads the installed
  libraries and fails when one of their sentences is missing there;
- to complete (``answer_shell``, ``show_completion``, ``install_completion``): Typer writes the
  shell scripts, but its options and their answers are in English, and it imports Rich to strip
  markup that our texts do not contain.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from functools import cache

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
from agir_cli.shipped import data_file

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


@cache
def words() -> dict[str, str]:
    """The French for each sentence of the libraries: those of ``data/french.txt``."""
    written = data_file("french.txt").read_text("utf-8")
    lines = (line for line in written.split("\n") if line and line[0] != "#")
    pairs = (line.replace(r"\n", "\n").replace(r"\t", "\t").partition(" = ") for line in lines)
    return {words: said for words, _, said in pairs}


def french(sentence: str) -> str:
    """The French for a library's sentence; the sentence itself where the table lacks it."""
    return words().get(sentence, sentence)


def french_plural(one: str, many: str, count: int) -> str:
    """The French for one of two sentences; in French, zero is singular."""
    return french(one if abs(count) < 2 else many)


def _glued(text: str) -> str:
    return re.sub("(?<=«) | (?=[»:;?!])", "\xa0", text)


class FrenchFormatter(click.HelpFormatter):
    """Headings with the space that French puts before a colon; no line begins with a sign."""

    def write(self, string: str) -> None:
        super().write(string.replace("\xa0", " "))

    def write_text(self, text: str) -> None:
        super().write_text(_glued(text))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        told = [(first, _glued(second)) for first, second in rows]
        super().write_dl(told, col_max, col_spacing)

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
