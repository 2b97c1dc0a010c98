"""Persons with everything that a file may hold of one, to be erased, and looked for afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from agir_cli.domain import commands as c
from agir_cli.store.lookup import dossiers
from agir_cli.usecases import listings
from agir_cli.usecases.ledger import NotDone, transaction
from agir_cli.usecases.personal_data import erase_all
from tests.usecases.filing import File

_SYLLABLES = [a + b for a in "bdfgjklmnprstvz" for b in "aeiou"]
_HEAD = (
    "nom;prenoms;nom_usage;agdref;date_naissance;statut;date_cir;commune_residence;telephone;"
    "courriel;adresse;prescripteur;menage"
)


def word(number: int, what: str) -> str:
    """A name that nobody else has, and that sounds like nobody else's."""
    return "".join(Random(f"{number} {what}").choices(_SYLLABLES, k=6)).capitalize()


class Somebody:
    """An invented person, by number."""

    def __init__(self, number: int) -> None:
        self.number = number
        digits = Random(number)
        self.nom = word(number, "nom").upper()
        self.prenoms = word(number, "prénoms")
        self.usage = word(number, "usage").upper()
        self.born = f"{digits.randint(1, 28):02}/{digits.randint(1, 12):02}/{1950 + number % 55}"
        self.agdref = f"77{digits.randrange(10**8):08}"
        self.phone = f"06{digits.randrange(10**8):08}"
        self.mail = f"{word(number, 'mail')}@exemple.fr"
        self.address = f"{number} rue {word(number, 'rue')}, 44000 Nantes"
        self.prescriber = f"Assistante {word(number, 'prescripteur')}"
        self.project = f"Vendre des {word(number, 'projet')}"
        self.former = word(number, "ancien").upper()

    @property
    def row(self) -> str:
        """The row by which they enter."""
        return ";".join(
            (self.former, self.prenoms, self.usage, self.agdref, self.born, "refugie",
             "09/10/2022", "Nantes", self.phone, self.mail, self.address, self.prescriber,
             f"M{self.number // 2}")
        )  # fmt: skip

    @property
    def texts(self) -> tuple[str, ...]:
        """What must be found nowhere afterwards."""
        return (
            self.nom, self.prenoms, self.usage, self.agdref, self.phone, self.mail,
            self.former, *(word(self.number, what) for what in ("rue", "prescripteur", "projet")),
        )  # fmt: skip


def enter(file: File, count: int) -> list[Somebody]:
    """Take so many persons in, who each live a whole course; every file that holds them."""
    every = [Somebody(number) for number in range(1, count + 1)]
    refs = [f"44-{each.number:04d}" for each in every]
    brought = file.brings(c.Enroll, "\n".join((_HEAD, *(each.row for each in every))))
    assert brought.summary.counts.created == count

    def rows(head: str, cells: Iterator[str]) -> str:
        return "\n".join((head, *(f"{ref};{cell}" for ref, cell in zip(refs, cells, strict=True))))

    file.brings(c.Enroll, rows("dossier;nom", (each.nom for each in every)))
    file.brings(c.AddLiaison, rows("dossier;date_fiche;souhait", ("01/02/2023;oui" for _ in refs)))
    assert listings.send(file.visitor, "2023-02", date(2023, 2, 28)) is not None
    for command, head, cell in (
        (c.DecideLiaison, "dossier;decision_ofii;date_decision", "validee;10/03/2023"),
        (c.HoldDiagnosis, "dossier;date_diagnostic", "20/03/2023"),
        (c.Assign, "dossier;date_commission;referent", "24/03/2023;A. Martin"),
    ):
        file.brings(command, rows(head, (cell for _ in refs)))
    signed = (f"03/04/2023;{each.project}" for each in every)
    file.brings(c.SignContract, rows("dossier;date_contrat;projet", signed))
    file.brings(c.Close, rows("dossier;date_cloture;motif", ("01/09/2023;transfert" for _ in refs)))
    return every


def leave(file: File, count: int) -> None:
    """Erase the persons of the first dossiers, in one act."""
    from agir_cli.store.file import scrub

    with transaction(file.visitor) as ledger:
        wanted = {f"44-{number:04d}" for number in range(1, count + 1)}
        rows = ledger.connection.execute("SELECT id, dossier FROM dossiers").fetchall()
        theirs = dossiers(ledger.connection, ids=[i for i, ref in rows if ref in wanted])
        assert not isinstance(erase_all(ledger, theirs, "les personnes", "essai"), NotDone)
    scrub(file.path)


def residue(folder: Path, persons: list[Somebody]) -> list[str]:
    """What is still to be read of these persons in any byte of any file of a folder."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes().lower()
        found += [
            f"{path.name} : {text}"
            for each in persons
            for text in each.texts
            if text.lower().encode() in content
        ]
    return found
