"""The one small hierarchy of failures that end a command, each with its exit code.

A rule's "no" and a malformed row are values (see ``domain.reasons``); these
exceptions are for what stops the whole command. They are caught in one place,
``cli.app.main``, which prints ``sentence`` (French, plain words) and exits.
"""

from __future__ import annotations


class AgirFailure(Exception):
    """Something that ends the command with one French sentence.

    ``details`` are further lines (candidates, what to type), printed under it.
    """

    exit_code = 1

    def __init__(self, sentence: str, *details: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class UsageFailure(AgirFailure):
    """The command line itself is wrong: option, date, final act without ``--yes``."""

    exit_code = 2


class RefusedFailure(AgirFailure):
    """A rule refuses."""

    exit_code = 3


class NotFoundFailure(AgirFailure):
    """Not found, ambiguous, or stopped to ask: candidates are in ``details``."""

    exit_code = 4


class RowsFailure(AgirFailure):
    """Some rows are rejected, or a file is refused whole."""

    exit_code = 5


class CheckFailure(AgirFailure):
    """``check`` found anomalies."""

    exit_code = 6


class FileFailure(AgirFailure):
    """The agir file is locked, read-only, damaged, foreign, or newer than the program."""

    exit_code = 7
