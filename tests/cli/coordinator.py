"""A coordinator at the keyboard: types commands in this process, reads what comes back."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from agir_cli.cli.app import main
from agir_cli.usecases.upkeep import init_file

ROOT = Path(__file__).parents[2]
TODAY = "23/11/2023"
AUTHOR = "coordination"

# Characters that a terminal would obey: never on a screen, whatever was typed.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Madame B. is nobody: the facts that a complete enrolment gives.
COMPLETE = (
    "--statut", "refugie", "--commune-residence", "Nantes", "--commune-domicile", "Nantes",
    "--situation-logement", "dna", "--situation-professionnelle", "sans_emploi",
)  # fmt: skip
ORIENTED = (
    *COMPLETE, "--date-cir", "10/01/2023", "--orientation", "acceptee",
    "--date-orientation", "10/01/2023",
)  # fmt: skip


class Answer(NamedTuple):
    """What came back: the exit code, and the two streams."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams, for a reader who sees one screen."""
        return self.out + self.err

    def proposed(self) -> list[str]:
        """The commands that the « Que faire » lines propose."""
        lines = re.findall(r"Que faire\s*: (.*)", self.err)
        return [p.strip() for line in lines for p in re.findall(r"agir ([a-z][^;.\n]*)", line)]


class Team:
    """One file, and the commands typed on it."""

    def __init__(self, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.db = db
        self._capsys = capsys

    def __call__(self, *words: str, today: str = TODAY) -> Answer:
        """Type a command; nothing is checked."""
        self._capsys.readouterr()
        code = main(["--db", str(self.db), "--today", today, "--author", AUTHOR, *words])
        said = self._capsys.readouterr()
        return Answer(code, said.out, said.err)

    def types(self, line: str, today: str = TODAY) -> Answer:
        """Type a command as one line, split as a shell would."""
        import shlex

        return self(*shlex.split(line), today=today)

    def does(self, *words: str, today: str = TODAY) -> Answer:
        """Type a command that must go through."""
        answer = self(*words, today=today)
        assert answer.code == 0, answer.err
        return answer

    def enrols(self, *words: str, today: str = TODAY) -> str:
        """Enrol somebody; the reference of the dossier."""
        answer = self.does("enroll", *words, today=today)
        found = re.search(r"Dossier (\S+) ouvert", answer.out)
        assert found, answer.said
        return found[1]

    def diagnosed(self, *words: str) -> str:
        """A person oriented on 10/01/2023 and diagnosed on 25/01/2023."""
        ref = self.enrols(*(words or ("--nom", "DIALLO-INVENTE")), *ORIENTED)
        self.does("diagnose", "hold", ref, "--on", "25/01/2023", "--diagnostic-signe", "oui")
        return ref

    def contracted(self, *words: str) -> str:
        """A person diagnosed, assigned on 02/02/2023, under contract since 17/02/2023."""
        ref = self.diagnosed(*words)
        self.does("assign", ref, "--on", "02/02/2023")
        self.does("contract", "sign", ref, "--on", "17/02/2023")
        return ref

    def refused(self, *words: str) -> str:
        """A person who refused the contract on 17/02/2023."""
        ref = self.diagnosed(*words)
        self.does("contract", "refuse", ref, "--on", "17/02/2023", "--yes")
        return ref

    def fingerprint(self) -> str:
        """The bytes of the file, as one digest."""
        return hashlib.sha256(self.db.read_bytes()).hexdigest()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the file holds, read behind the program's back."""
        connection = sqlite3.connect(self.db)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def change(self, *statements: str) -> None:
        """Change the file behind the program's back."""
        connection = sqlite3.connect(self.db)
        try:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        finally:
            connection.close()

    def events(self) -> int:
        """How many events the journal holds."""
        return int(str(self.rows("SELECT count(*) FROM events")[0][0]))

    def command(self) -> list[str]:
        """The words before a command in a process of its own."""
        return [sys.executable, "-m", "agir_cli", "--db", str(self.db), "--today", TODAY]


def make_template(folder: Path) -> Path:
    """An empty file of department 44, to be copied."""
    path = folder / "vide.db"
    init_file(path, departments=("44",), site=None)
    return path
