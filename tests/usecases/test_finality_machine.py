"""A right used up never comes back, by any door, spelling or erasure; nobody innocent is refused.

Persons are enrolled, closed, linked and erased in any order, and enrolled again as a team would:
by hand, from a list, from a wide table, through somebody else's dossier, in a file built from an
export. What somebody answers is the truth: a namesake is told apart, the person never is.
"""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from agir_cli.cli.app import main
from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.store.memory_keys import path_of
from agir_cli.usecases.ledger import Done, NotDone, Outcome
from agir_cli.usecases.personal_data import Leaving, erase
from agir_cli.usecases.single import run
from tests.usecases.filing import Brought, File, reading


class Person(NamedTuple):
    """Somebody invented: as the title says, and as others write them."""

    nom: str
    prenoms: str
    born: str
    number: str
    spellings: tuple[tuple[str, str], ...] = ()

    @property
    def exchanged(self) -> str:
        """The birth with day and month exchanged."""
        day, month, year = self.born.split("/")
        return f"{month}/{day}/{year}" if int(day) <= 12 else self.born


PERSONS = (
    Person("Mohammadi", "Farid", "07/03/1994", "0123456789",
           (("MOHAMADI", "Fareed"), ("Farid", "Mohammadi"), ("محمدی", "فرید"))),
    Person("Mohammadi", "Karim", "07/03/1994", "0223456780"),  # his twin
    Person("Mohammadi", "Farid", "11/09/1968", "0323456781"),  # his father, of the same name
    Person("Tesfay", "Selam", "16/05/1990", "0423456782",
           (("TESFAI", "Selam"), ("Selam", "Tesfay"))),
    Person("Diallo", "Fatoumata", "01/01/1995", "0523456783", (("DIALLO", "Fatimata"),)),
    Person("Diallo", "Fatoumata", "01/01/1995", "0623456784"),  # a namesake, of the same year
    Person("Kovalenko", "Oleksandr", "22/11/1987", "0723456785", (("KOVALENKO", "Aleksandr"),)),
)  # fmt: skip
WHO = st.sampled_from(range(len(PERSONS)))
ORIENTED = {
    "orientation": "acceptee", "date_orientation": "10/01/2023", "date_cir": "10/01/2023",
    "statut": "refugie", "commune_residence": "Nantes", "commune_domicile": "Nantes",
    "situation_logement": "dna", "situation_professionnelle": "sans_emploi", "departement": "44",
}  # fmt: skip
IN_MEMORY = "/dev/shm"
REFUSES = {"droit_epuise", "droit_epuise_efface"}
ASKS = {"meme_personne", "personne_effacee"}
FINAL, ERASED = ("arret_beneficiaire", "arret_structure"), "effacement"


class Finality(RuleBasedStateMachine):
    """Who is in the file, whose right is used up, who was erased."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(dir=IN_MEMORY if Path(IN_MEMORY).is_dir() else None))
        self.files = count(1)
        self.file = File(self.folder / "equipe.db")
        self.open: dict[int, str] = {}
        self.over: set[int] = set()
        self.closed: dict[int, str] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # --- what a team does ----------------------------------------------------------------

    @rule(who=WHO, door=st.sampled_from(["main", "liste", "tableau"]))
    def enrol(self, who: int, door: str) -> None:
        """Somebody comes with their title; who is asked answers the truth."""
        if who in self.over or who in self.open:
            return
        person = PERSONS[who]
        said = self._said(person, number=person.number)
        codes, reference = self._tried(door, said)
        if reference is None:
            assert not codes & REFUSES, f"{person} : innocent, refusé comme certain : {codes}"
            assert codes <= ASKS, codes
            reference = self._answered(said)
        if reference:
            self.note(who, reference)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), motive=st.sampled_from((*FINAL, "transfert", "sans_suite")))
    def close(self, data: st.DataObject, motive: str) -> None:
        who = data.draw(st.sampled_from(sorted(self.open)))
        reference = self.open[who]
        self.file.does(c.Close, dossier=reference, motif=motive, date_cloture="01/09/2023")
        self.note(who, reference, motive)

    @precondition(lambda self: self.closed)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        """Erase a person: their used-up right is remembered, nothing else is."""
        who = data.draw(st.sampled_from(sorted(self.closed)))
        if who in self.open:
            return
        gone = erase(self.file.visitor, self.closed[who], "la personne", "elle l'a demandé")
        assert isinstance(gone, Leaving), gone
        assert bool(gone.kept) is self.is_to_remember(who)
        self.note(who, self.closed[who], ERASED)

    def is_to_remember(self, who: int) -> bool:
        """Whether somebody's right was used up in what is erased of them."""
        return who in self.over

    @precondition(lambda self: self.over)
    @rule(often=st.integers(0, 3))
    def hand_over(self, often: int) -> None:
        """The team goes on in a file built from an export, the key carried beside."""
        if often:
            return
        folder, new = self.folder / f"s{next(self.files)}", self.folder / f"f{next(self.files)}.db"
        assert main(["--db", str(self.file.path), "export", "--to", str(folder)]) == 0
        if path_of(self.file.path).exists():
            shutil.copy(path_of(self.file.path), path_of(new))
        assert main(["--db", str(new), "init", "--unproven", "--from", str(folder)]) in (0, 6)
        self.file = File(new)

    # --- who tries to come back ----------------------------------------------------------

    @precondition(lambda self: self.over)
    @rule(data=st.data(), zero=st.booleans(), door=st.sampled_from(["main", "liste", "tableau"]))
    def come_back_with_the_number(self, data: st.DataObject, zero: bool, door: str) -> None:
        """The number refuses, its lost zero included, whatever name stands beside it."""
        person = self._used_up(data)
        number = person.number if zero else person.number.lstrip("0")
        nom, prenoms = data.draw(st.sampled_from((("X", "Inventé"), *self._names(person))))
        codes, reference = self._tried(door, {**ORIENTED, "nom": nom, "prenoms": prenoms,
                                              "agdref": number})  # fmt: skip
        assert reference is None, f"{person} est revenu par {door}"
        assert codes & REFUSES, codes

    @precondition(lambda self: self.over)
    @rule(
        data=st.data(), birth=st.sampled_from(["dit", "échangé", "année", "inconnu"]),
        door=st.sampled_from(["main", "liste", "tableau"]),
    )  # fmt: skip
    def come_back_with_a_name(self, data: st.DataObject, birth: str, door: str) -> None:
        """A name and a birth stop and ask, whoever wrote them, in whatever order."""
        person = self._used_up(data)
        nom, prenoms = data.draw(st.sampled_from(self._names(person)))
        born = {"dit": person.born, "échangé": person.exchanged, "année": person.born[-4:],
                "inconnu": ""}[birth]  # fmt: skip
        if not born and (nom, prenoms) != (person.nom, person.prenoms):
            return  # another spelling without a birth is no evidence
        said = {**ORIENTED, "nom": nom, "prenoms": prenoms}
        codes, reference = self._tried(door, said | ({"date_naissance": born} if born else {}))
        assert not reference, f"{person} est revenu par {door}"
        assert codes <= ASKS, codes

    @precondition(lambda self: self.over and self.open)
    @rule(data=st.data(), numbered=st.booleans())
    def come_back_in_somebody_elses_dossier(self, data: st.DataObject, numbered: bool) -> None:
        person = self._used_up(data)
        others = sorted(self.open[who] for who in self.open if PERSONS[who] is not person)
        if not others:
            return
        reference = data.draw(st.sampled_from(others))
        said = {"dossier": reference, "agdref": person.number} if numbered else {
            "dossier": reference, "nom": person.nom, "prenoms": person.prenoms,
            "date_naissance": person.born, "agdref": "",
        }  # fmt: skip
        codes, done = self._tried("main", {name: text for name, text in said.items() if text})
        known = "SELECT p.nom, p.prenoms FROM people p JOIN dossiers d ON d.personne = p.id"
        names = self.file.rows(f"{known} WHERE d.dossier = ?", reference)
        if numbered or names != [(person.nom, person.prenoms)]:
            assert done is None, f"{person} est revenu dans {reference} : {codes}"

    def note(self, who: int, reference: str, motive: str = "") -> None:
        """Remember that a dossier was opened, or how it ended."""
        if motive == ERASED:
            del self.closed[who]
        elif motive:
            self.closed[who] = self.open.pop(who)
            self.over |= {who} if motive in FINAL else set()
        else:
            self.open[who] = reference

    # --- doors ---------------------------------------------------------------------------

    def _used_up(self, data: st.DataObject) -> Person:
        return PERSONS[data.draw(st.sampled_from(sorted(self.over)))]

    def _names(self, person: Person) -> tuple[tuple[str, str], ...]:
        return ((person.nom, person.prenoms), *person.spellings)

    def _said(self, person: Person, **more: str) -> dict[str, str]:
        number = {"agdref": more.pop("number")} if "number" in more else {}
        return {**ORIENTED, "nom": person.nom, "prenoms": person.prenoms,
                "date_naissance": person.born, **number}  # fmt: skip

    def _tried(self, door: str, said: dict[str, str]) -> tuple[set[str], str | None]:
        """What a door says of a row: why it stays out, or the dossier that it opened, if any."""
        if door == "main":
            outcome = self._run(said)
            if isinstance(outcome, NotDone):
                return {found.code for found in outcome.findings}, None
            return set(), outcome.reference
        text = f"{';'.join(said)}\n{';'.join(said.values())}\n"
        before = self._references()
        brought: Brought = (
            self.file.brings(c.Enroll, text) if door == "liste" else self.file.takes_over(text)
        )
        if brought.turned:
            return {found.code for found in brought.turned[2]}, None
        new = self._references() - before
        return set(), next(iter(new), "")

    def _run(self, said: dict[str, str], distinct: tuple[str, ...] = ()) -> Outcome:
        read = read_values(c.Enroll, said, reading())
        assert isinstance(read, c.Enroll), read
        return run(self.file.visitor, read, distinct).outcome

    def _answered(self, said: dict[str, str]) -> str:
        """An innocent is let in once somebody answers each question; the reference."""
        distinct: list[str] = []
        for _ in range(4):
            outcome = self._run(said, tuple(distinct))
            if isinstance(outcome, Done):
                return outcome.reference
            assert outcome.asks, f"innocent refusé : {outcome.findings}"
            for found in outcome.findings:
                told = str(found.values.get("autres", "effacee"))
                distinct += told.replace("--not-the-same", "").split()
        raise AssertionError(f"innocent jamais admis : {said}")

    def _references(self) -> set[str]:
        return {str(reference) for (reference,) in self.file.rows("SELECT dossier FROM dossiers")}


Finality.TestCase.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
test_a_right_used_up_stays_used_up_by_every_door = Finality.TestCase
