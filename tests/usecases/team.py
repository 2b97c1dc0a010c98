"""A team's file reached without the command line: rows of texts go in, receipts come out."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.dates import parse_date
from agir_cli.domain.reading import read_values
from agir_cli.usecases.ledger import Done, NotDone, Visitor
from agir_cli.usecases.single import Receipt, run
from tests.domain.making import READING


class Team:
    """A file, and what is done on it."""

    def __init__(self, path: Path, today: str = "23/11/2023", author: str = "essai") -> None:
        self.visitor = Visitor(path, parse_date(today).earliest, author)

    def on(self, today: str, author: str = "essai") -> Team:
        """The same file another day."""
        return Team(self.visitor.path, today, author)

    def asks(self, command: type[Command], distinct: tuple[str, ...] = (), **texts: str) -> Receipt:
        """What comes back of a command, its fields as texts."""
        read = read_values(command, texts, READING)
        assert isinstance(read, Command), read
        return run(self.visitor, read, distinct)

    def does(self, command: type[Command], distinct: tuple[str, ...] = (), **texts: str) -> Done:
        """A command that must go through."""
        outcome = self.asks(command, distinct, **texts).outcome
        assert isinstance(outcome, Done), outcome
        return outcome

    def refusal(
        self, command: type[Command], distinct: tuple[str, ...] = (), **texts: str
    ) -> NotDone:
        """A command that must not go through."""
        outcome = self.asks(command, distinct, **texts).outcome
        assert isinstance(outcome, NotDone), outcome
        return outcome

    def enrols(self, **texts: str) -> str:
        """Enrol somebody; the reference."""
        return self.does(Enroll, **texts).reference

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the file holds."""
        connection = sqlite3.connect(self.visitor.path)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    @property
    def today(self) -> date:
        """The day of this team."""
        return self.visitor.today


def codes(outcome: NotDone) -> list[str]:
    """The codes of a refusal."""
    return [found.code for found in outcome.findings]
