"""The headings of a file, looked at before its rows: what is read, what is not, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agir_cli.cli.mappings import doubled, unmapped
from agir_cli.cli.screen import say, shell_line
from agir_cli.cli.session import Session
from agir_cli.domain.commands import Command, required_names
from agir_cli.domain.commands import Enroll as EnrollCommand
from agir_cli.domain.fields import FIELDS
from agir_cli.exchange.headers import Matching, nearest
from agir_cli.failures import RowsFailure


def check_header(
    session: Session,
    matching: Matching,
    command: type[Command],
    known: Mapping[str, Sequence[str]],
    label: Callable[[str], str],
) -> None:
    """Say which columns are not read, and stop where a row could not be one of ``command``.

    ``known``: the columns there may be, each with the headings that mean it; ``label``: how a
    sentence calls one (French). Raises `RowsFailure`.
    """
    if matching.absent:
        raise RowsFailure(f"Colonne absente du fichier : {', '.join(matching.absent)}.")
    if matching.doubled:
        raise doubled([(label(name), titles) for name, titles in matching.doubled])
    free = {name: words for name, words in known.items() if name not in matching.columns}
    for heading in matching.unknown:
        near = nearest(heading, free)
        line = " ".join(heading.split())  # as --map matches it too
        told = (
            f" ; si elle dit {label(near)} : {shell_line('--map', f'{line}={near}')}"
            if near
            else ""
        )
        say(session, f"Colonne ignorée (inconnue) : {line}{told}")
    missing = _missing_columns(command, frozenset(filter(None, matching.columns)))
    if missing:
        labels = ", ".join(f"{name} ({FIELDS[name].label})" for name in missing)
        raise unmapped(labels, ", ".join(filter(None, matching.columns)))


def _missing_columns(command: type[Command], present: frozenset[str]) -> list[str]:
    if command is EnrollCommand:
        return [] if present & {"nom", "prenoms", "dossier"} else ["nom"]
    named = present | ({"dossier"} if "agdref" in present else frozenset())
    return [name for name in required_names(command) if name not in named]
