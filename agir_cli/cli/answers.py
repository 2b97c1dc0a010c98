"""What a writing command answers to a script (`--format json`): one JSON object on stdout.

`answered` runs the command; what it records, refuses or counts is noted in the answer that is being
made, and nothing else goes to stdout. The exit code is the same as without.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from typing import Any

import click

from agir_cli.exchange.cells import json_visible
from agir_cli.failures import AgirFailure

_KINDS = {1: "panne", 2: "usage", 3: "refuse", 4: "a_preciser", 5: "lignes_rejetees", 7: "fichier"}
"""What a failure without a reason's code is called, by its exit code."""

_acts: list[list[dict[str, Any]]] = []
"""The answers being made, one at a time."""


def wanted() -> bool:
    """Whether a script wants the answer: a person is then told nothing on stdout."""
    return bool(_acts)


def note(**told: Any) -> None:
    """Put into the answer what one act did; ``None`` for what is not known."""
    _acts[-1].append({name: None if value == "" else value for name, value in told.items()})


def asked_of(command: click.Command, words: Sequence[str]) -> bool:
    """Whether a command line that cannot be read asks for its answer in JSON."""
    wanted = re.search(r"(^| )--form?a?t?[ =]json( |$)", " ".join(words))
    return bool(wanted) and any(param.name == "answer" for param in command.params)


def findings(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Reasons and warnings, each with its code, its sentence and what to do."""
    return [
        {
            "code": each.code, "champ": each.field or None, "phrase": each.sentence,
            "fait": each.fact or None, "source": each.source or None,
            "a_faire": None if each.remedy in ("", "—") else each.remedy,
        }
        for each in found
    ]  # fmt: skip


def answered(act: Callable[[], int | None]) -> int:
    """Run a command and print its answer; its exit code, refusals included."""
    _acts.append([])
    try:
        with redirect_stdout(sys.stderr):
            code = act() or 0
        if not _acts[-1]:
            note(statut="fait", avertissements=[], erreurs=[])
    except AgirFailure as failure:
        code = failure.exit_code
        for dossier, found in failure.refused or [("", failure.findings)]:
            errors = findings(found) or [
                {"code": _KINDS.get(code, "panne"), "champ": None, "phrase": failure.sentence,
                 "fait": None, "source": None, "a_faire": " ".join(failure.details) or None}
            ]  # fmt: skip
            note(statut="refuse", dossier=dossier, avertissements=[], erreurs=errors)
    finally:
        told = _acts.pop()
    for each in told:
        each["code_sortie"] = code
    text = json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False)
    print(json_visible(text))
    return code
