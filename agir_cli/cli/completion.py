"""Completion of commands and options in bash, zsh, fish and PowerShell, spoken in French.

Typer writes the shell scripts; the options, their help and their answers are here, since
Typer's own are in English.
"""

from __future__ import annotations

import os
import sys

import click

from agir_cli.failures import UsageFailure

PROGRAM = "agir"
VARIABLE = "_AGIR_COMPLETE"
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def answer_shell(root: click.Command) -> int | None:
    """Answer a shell that asks for completions; None when no shell asks."""
    instruction = os.environ.get(VARIABLE)
    if not instruction:
        return None
    action, _, shell = instruction.partition("_")
    if action not in ("complete", "source") or shell not in SHELLS:
        raise UsageFailure(f"La variable {VARIABLE} demande « {instruction} » : non compris.")
    from typer import _completion_classes, completion

    _completion_classes.completion_init()
    # Typer would import Rich to strip markup that our texts do not contain.
    vars(_completion_classes)["_sanitize_help_text"] = str
    return completion.shell_complete(root, {}, PROGRAM, VARIABLE, instruction)


def show(shell: str) -> None:
    """Print the completion script of ``shell`` (empty or « auto »: the one in use)."""
    from typer._completion_shared import get_completion_script

    chosen = _shell(shell)
    print(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=chosen))


def install(shell: str) -> None:
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
