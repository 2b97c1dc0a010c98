"""What `agir demo` shows once its file is made: the nightly report, one life, what to type next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import join

from agir_cli.cli.app import run
from agir_cli.cli.screen import say, weekday_date
from agir_cli.cli.session import Session
from agir_cli.usecases.demo import TODAY

_SHOWN = (
    ("report", "overdue", "--kind", "contractualisation"),
    ("report", "timeline", "Madame B."),
)
NEXT = (
    ("report", "funnel"),
    ("report", "overdue"),
    ("explain", "Monsieur A."),
    ("show", "44-0692"),
    ("contract", "sign", "44-0692", "--on", "09/10/2023"),
)
"""A tour of the file: look, ask why, then act on a dossier that is late."""


def show_tour(session: Session, path: Path) -> None:
    """Run the commands that a team runs each day, on the day of the demonstration."""
    here = ("--db", str(path), "--today", TODAY.isoformat())
    say(
        session,
        f"Fichier de démonstration : {path}",
        f"Personnes inventées, chiffres publics du {weekday_date(TODAY)} : pour ce fichier, c'est"
        " aujourd'hui.",
    )
    for words in _SHOWN:
        say(session, "", f"$ agir {_typed(here, words)}", "")
        run([*here, "--no-pager", *words])
        sys.stdout.flush()
    say(session, "", "Et maintenant, sur le même fichier :")
    say(session, *(f"  agir {_typed(here, words)}" for words in NEXT))


def _typed(here: Sequence[str], words: Sequence[str]) -> str:
    return join([*here, *words])
