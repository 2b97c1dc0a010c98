"""Which household a code means: a code belongs to the file it came in with [decision 0043].

Codes are numbered from 1 in every list that a team receives: the same code in a later file is
another family, unless somebody says otherwise. It stands apart then: « M1 » is kept as « M1~2 ».
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agir_cli.domain.identity import household_base, household_key
from agir_cli.domain.reasons import Finding, finding
from agir_cli.store.driver import Connection
from agir_cli.store.households import every_household, households_of


class Households:
    """What the codes of one command mean; ``digest``: of its file, empty for a command by hand.

    ``joined``: the codes (keys) of which somebody has said which known households they are.
    """

    def __init__(
        self, connection: Connection, digest: str = "", joined: Mapping[str, str] | None = None
    ) -> None:
        self.joined = joined or {}
        self._connection = connection
        self._mark = file_mark(digest)
        self._meant: dict[str, str] = {}
        self._told: dict[str, Finding] = {}
        self._stated: dict[str, set[str]] = {}
        self._known: dict[str, list[tuple[str, str]]] | None = None

    @property
    def any(self) -> bool:
        """Whether the file knows a household already."""
        return bool(self._every())

    def knows(self, code: str) -> bool:
        """Whether the file knows a household by this code."""
        return bool(self._same_code(household_key(code)))

    def states(self, code: str, household: str) -> None:
        """Note that the file says this code of somebody who is known to be of that household."""
        if says(code, household):
            self._stated.setdefault(household_key(code), set()).add(household)

    def meaning(self, code: str) -> tuple[str, tuple[Finding, ...]]:
        """The household that a code means, and what is to be noted about it."""
        key = household_key(code)
        if key not in self._meant:
            self._meant[key] = self._decided(code, key)
        told = self._told.get(key)
        return self._meant[key], (told,) if told else ()

    def _decided(self, code: str, key: str) -> str:
        known = self._same_code(key)
        if not known:
            return code
        if key in self.joined:
            return self.joined[key]
        stated = self._stated.get(key, set())
        if len(stated) == 1:
            return next(iter(stated))
        names = [household for household, _ in known]
        own = households_of(self._connection, self._mark, names)
        if len(own) == 1 or (own and self._mark):
            household = min(own)
            if not self._mark:
                first = dict(known)[household]
                self._told[key] = finding("menage_rejoint", ecrit=code, dossier=first)
            return household
        apart = self._apart(code)
        self._told[key] = finding(
            "menage_a_part", ecrit=code, dossier=known[0][1], menage=apart,
            cle=key, connu=known[0][0],
        )  # fmt: skip
        return apart

    def _same_code(self, key: str) -> list[tuple[str, str]]:
        return self._every().get(key, [])

    def _every(self) -> dict[str, list[tuple[str, str]]]:
        if self._known is None:
            self._known = {}
            for household, dossier in every_household(self._connection):
                keys = {household_key(household), household_key(household_base(household))}
                for each in keys:
                    self._known.setdefault(each, []).append((household, dossier))
        return self._known

    def _apart(self, code: str) -> str:
        base, number = household_base(code), 2
        taken = {household_key(each) for each in self._meant.values()}
        while self._same_code(household_key(f"{base}~{number}")) or (
            household_key(f"{base}~{number}") in taken
        ):
            number += 1
        return f"{base}~{number}"


def file_mark(digest: str) -> str:
    """By what the rejects of a file tell whose they are; ``digest``: of the file, or theirs.

    Theirs is followed by a space and that mark. Empty without a file.
    """
    return digest.partition(" ")[2] or (f"f{digest[:16]}" if digest else "")


def says(code: str, household: str | None) -> bool:
    """Whether a code is that of a household, written otherwise or set apart."""
    if household is None:
        return False
    keys: Iterable[str] = (household, household_base(household))
    return household_key(code) in map(household_key, keys)
