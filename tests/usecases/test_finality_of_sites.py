"""A final refusal wins at every site: three of them act, and exchange at random moments.

Each site is asked what it can know: what it has recorded, and what had come when it last exchanged.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import rule

from agir_cli.exchange.carriers import Folder
from agir_cli.usecases.upkeep import check
from tests.usecases.network import Office, alike, exchange
from tests.usecases.over_a_folder import model
from tests.usecases.test_finality_machine import ERASED, FINAL, IN_MEMORY, Finality

pytest.importorskip("pyrage", reason="the extra « secure » is not installed")
LETTERS = "ABC"
SITE = st.sampled_from(LETTERS)


class Fact(NamedTuple):
    """A dossier was opened, or ended so."""

    who: int
    reference: str
    motive: str


@cache
def network() -> Path:
    """Three sites that know each other, once for all examples."""
    return model(Path(mkdtemp(dir=IN_MEMORY if Path(IN_MEMORY).is_dir() else None)), LETTERS)


class FinalityOfSites(Finality):
    """Who sits at which site; what each one knows."""

    def __init__(self) -> None:
        super().__init__()
        place = self.folder / "sites"
        shutil.copytree(network(), place)
        self.carrier = place / "echange"
        self.offices = {letter: Office(place, letter) for letter in LETTERS}
        self.known: dict[str, list[Fact]] = {letter: [] for letter in LETTERS}
        self.carried: list[Fact] = []
        self.sit_down("A")

    hand_over = None  # type: ignore[assignment]  # a site goes on in its file

    @rule(letter=SITE)
    def sit_down(self, letter: str) -> None:
        """What follows happens at this site."""
        self.letter, self.file = letter, self.offices[letter]
        self._recall()

    @rule(letter=SITE)
    def sync(self, letter: str) -> None:
        """A site exchanges, whoever else has or has not."""
        assert not exchange(self.offices[letter].path, Folder(self.carrier)).refused
        self.carried += [fact for fact in self.known[letter] if fact not in self.carried]
        self.known[letter] = [*self.carried]
        self._recall()

    def note(self, who: int, reference: str, motive: str = "") -> None:
        facts, every = self.known[self.letter], {reference}
        if motive == ERASED:  # a person leaves with all of their dossiers
            every = {fact.reference for fact in facts if fact.who == who}
        facts += [Fact(who, each, motive) for each in sorted(every)]
        self._recall()

    def is_to_remember(self, who: int) -> bool:
        """Another site may have erased that dossier before: it has remembered it then."""
        facts = [fact for fact in self.known[self.letter] if fact.who == who]
        gone = {fact.reference for fact in facts if fact.motive == ERASED}
        return any(fact.motive in FINAL and fact.reference not in gone for fact in facts)

    def _recall(self) -> None:
        """What this site knows of everybody."""
        facts = self.known[self.letter]
        ended = {fact.reference for fact in facts if fact.motive}
        gone = {fact.reference for fact in facts if fact.motive == ERASED}
        self.open = {f.who: f.reference for f in facts if f.reference not in ended}
        self.closed = {f.who: f.reference for f in facts if f.motive and f.reference not in gone}
        self.over = {fact.who for fact in facts if fact.motive in FINAL}

    def teardown(self) -> None:
        """Everybody exchanges: one state, and no final refusal is lost in it."""
        try:
            for letter in LETTERS * 2:
                self.sync(letter)
            assert alike(self.offices.values()) == []
            ends = [fact for fact in self.carried if fact.motive in FINAL]
            gone = {fact.reference for fact in self.carried if fact.motive == ERASED}
            for office in self.offices.values():
                assert not {each.what for each in check(office.path)} - {"anomalie", "sauvegarde"}
                for fact in ends:
                    query = "SELECT definitif FROM dossiers WHERE dossier = ?"
                    if fact.reference not in gone:
                        assert office.rows(query, fact.reference) == [("oui",)], fact
        finally:
            super().teardown()


FinalityOfSites.TestCase.settings = settings(
    max_examples=8, stateful_step_count=25, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
test_a_right_used_up_stays_used_up_at_every_site = FinalityOfSites.TestCase
