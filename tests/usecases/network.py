"""Several sites: without keys, over a carrier in memory (what the streams come to), or as real."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.exchange import segments
from agir_cli.exchange.carriers import Carrier
from agir_cli.exchange.segments import Contents, Segment
from agir_cli.store import sites
from agir_cli.store.driver import Connection
from agir_cli.store.stream import Refused
from agir_cli.usecases import sites as network
from agir_cli.usecases.ledger import Done, Visitor
from agir_cli.usecases.single import run
from agir_cli.usecases.sync import Sealed, Synced, sync
from agir_cli.usecases.upkeep import init_file
from tests.usecases.filing import File, reading

STATES = (
    "people", "dossiers", "spans", "situations", "steps", "interviews", "interviews_due",
    "appointments", "ties", "former_keys", "name_keys", "statistics", "erasures", "texts",
    "departments", "sectors", "offices", "organisations", "communes", "referents", "durations",
    "referent_facts", "rule_texts", "beside_records",
)  # fmt: skip


class InClear:
    """A network without a seal: everybody reads everything."""

    def groups(self, connection: Connection) -> str:
        return ""

    def cut(self, connection: Connection, site: str, first: int) -> int | None:
        return None

    def lacking(self, connection: Connection, groups: Iterable[str]) -> list[str]:
        return []

    def give(self, visitor: Visitor, groups: Iterable[str]) -> None:
        raise AssertionError

    def seal(
        self, connection: Connection, site: str, first: int, before: bytes,
        links: Sequence[bytes], groups: Mapping[str, bytes],
    ) -> Segment:  # fmt: skip
        told = {
            "first": first, "before": before.hex(), "links": [link.hex() for link in links],
            "groups": {name: body.decode() for name, body in groups.items()},
        }  # fmt: skip
        last = first + len(links) - 1
        return Segment(site, first, last, "2023-10-09", json.dumps(told).encode())

    def open(self, connection: Connection, segment: Segment) -> Contents:
        try:
            told = json.loads(segment.body)
        except ValueError:
            raise Refused(segment.site, segment.first, "il n'est pas entier") from None
        if told["first"] != segment.first:
            raise Refused(segment.site, segment.first, "il porte le nom d'un autre")
        groups = {name: body.encode() for name, body in told["groups"].items()}
        return Contents(bytes.fromhex(told["before"]), [*map(bytes.fromhex, told["links"])], groups)


class Pigeon:
    """A carrier in memory, which may lose, double, delay and reorder what it carries."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Segment]] = {}

    def held(self) -> dict[str, int]:
        found = {}
        for site, every in self.kept.items():
            last = 0
            for each in sorted(every, key=lambda s: s[1:3]):
                if each.first <= last + 1:
                    last = max(last, each.last)
            found[site] = last
        return found

    def put(self, segment: Segment) -> None:
        self.kept.setdefault(segment.site, []).append(segment)

    def after(self, site: str, number: int) -> Iterator[Segment]:
        for each in sorted(self.kept.get(site, ()), key=lambda s: s[1:3]):
            if each.first > number + 1:
                return
            if each.last > number:
                yield each
                number = each.last


class Office(File):
    """The file of a site, with its letter."""

    def __init__(self, folder: Path, letter: str, departments: Sequence[str] = ("44",)) -> None:
        path = folder / f"{letter}.db"
        if not path.exists():
            init_file(path, departments=departments, site=letter,
                      letter="" if letter == "A" else letter)  # fmt: skip
        super().__init__(path, f"Camille {letter}")

    def syncs(self, carrier: Pigeon) -> Synced:
        """One exchange, in which nothing is refused."""
        done = sync(self.visitor, carrier, InClear())
        assert not done.refused, [fault.sentence for fault in done.refused]
        return done

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """All that is folded from the streams, and the persons with what they were."""
        return {
            **self.picture(STATES),
            "identities": sorted(
                self.rows("SELECT person, field, former, current, recorded_at, author, batch, event"
                          " FROM identities"), key=repr),
            "events": self.rows("SELECT * FROM events ORDER BY site, seq"),
        }  # fmt: skip


def alike(offices: Iterable[Office]) -> list[str]:
    """The tables in which these files differ: none is expected."""
    first, *others = [office.state() for office in offices]
    return sorted({name for each in others for name in first if each[name] != first[name]})


def exchange(path: Path, carrier: Carrier) -> Synced:
    """An exchange as teams have it: who asks to join is answered, segments are sealed."""
    visitor = Office(path.parent, path.stem).visitor
    with closing(carrier):
        network.meet(visitor, carrier)
        return sync(visitor, carrier, Sealed(segments, visitor.today.isoformat()))


def linked(folder: Path, letters: str, carrier: Callable[[str], Carrier]) -> list[Path]:
    """The files of these sites, of one network, each with its key beside it."""
    paths = [folder / f"{letter}.db" for letter in letters]
    for path in paths:
        init_file(path, departments=("44",), site="A")
        secret = (path.stem * 32).encode()
        sites.keep_beside(path, secret)
        if path == paths[0]:
            first, own = Office(folder, path.stem).visitor, secret
            continue
        code = network.invite(first, own, path.stem, path.stem, ()).code
        with closing(carrier(path.stem)) as kept:
            visitor = Office(folder, path.stem).visitor
            network.ask_to_join(visitor, secret, network.code_of(code), kept)
        for each in (paths[0], path):
            assert not exchange(each, carrier(each.stem)).refused
    return paths


class Storm(Pigeon):
    """A carrier that loses, doubles, delays, reorders and cuts."""

    def __init__(self, draw: Random) -> None:
        super().__init__()
        self._draw = draw
        self.calm = False

    def put(self, segment: Segment) -> None:
        fate = self._draw.random()
        if fate < 0.2 and not self.calm:
            return
        for _ in range(1 + (fate > 0.8)):
            super().put(segment)

    def held(self) -> dict[str, int]:
        return (
            super().held()
            if self.calm
            else {site: last for site, last in super().held().items() if self._draw.random() < 0.7}
        )

    def after(self, site: str, number: int) -> Iterator[Segment]:
        for each in super().after(site, number):
            if self.calm or self._draw.random() < 0.8:
                yield each
            elif self._draw.random() < 0.5:  # cut
                yield each._replace(body=each.body[: len(each.body) // 2])
            else:  # replayed under another number
                yield each._replace(first=each.first + 1, last=each.last + 1)


ORIENTED = {
    "orientation": "acceptee", "date_orientation": "10/01/2023", "date_cir": "10/01/2023",
    "statut": "refugie", "commune_residence": "Nantes", "commune_domicile": "Nantes",
    "situation_logement": "dna", "situation_professionnelle": "sans_emploi", "departement": "44",
}  # fmt: skip
_DAYS = [f"{day:02}/{month:02}/2023" for month in range(2, 10) for day in (3, 14, 22)]
FINAL = ("arret_beneficiaire", "arret_structure")


class Year:
    """What several sites do to a few dossiers, by chance, without waiting for each other."""

    def __init__(self, offices: Sequence[Office], carrier: Pigeon, draw: Random) -> None:
        self.offices, self.carrier, self.draw = offices, carrier, draw
        self.refused: set[str] = set()
        """The dossiers (references) of which some site has recorded a final end."""
        self.refusals: list[str] = []

    def act(self) -> None:
        """One act of one site, which its rules may refuse; or an exchange."""
        draw, office = self.draw, self.draw.choice(self.offices)
        known = [row[0] for row in office.rows("SELECT dossier FROM dossiers JOIN people p"
                                               " ON p.id = personne ORDER BY 1")]  # fmt: skip
        fate = draw.random()
        if fate < 0.25:
            done = self.exchanged(office)
            self.refusals += [fault.sentence for fault in done.refused]
        elif fate < 0.37 or not known:
            number = draw.randrange(10**6)
            self._tried(office, c.Enroll, nom=draw.choice(["Tesfay", "Diallo", "Haile", "Omar"]),
                        prenoms=draw.choice(["Selam", "Awa", "Farid"]), autre_personne="oui",
                        agdref=f"{number:010}", **ORIENTED)  # fmt: skip
        else:
            self._of_a_dossier(office, draw.choice(known))

    def exchanged(self, office: Office) -> Synced:
        """An exchange of a site, in which segments may be refused."""
        return sync(office.visitor, self.carrier, InClear())

    def _of_a_dossier(self, office: Office, dossier: str) -> None:
        draw = self.draw
        day, later = sorted(draw.sample(_DAYS, 2), key=lambda d: (d[3:5], d[:2]))
        who = draw.choice(["Alice Martin", "Bruno Petit", "Chloé Durand"])
        acts: list[tuple[type[c.Command], dict[str, str]]] = [
            (c.Enroll, {"telephone": f"06{draw.randrange(10**8):08}"}),
            (c.Enroll, {"nom": draw.choice(["Tesfai", "Dialo", "Hailu"])}),
            (c.BookDiagnosis, {"date_rdv_diagnostic": f"{day} 10h00", "bureau": "44-C1"}),
            (c.HoldDiagnosis, {"date_diagnostic": day}),
            (c.Assign, {"date_commission": day, "priorites": "droit_logement",
                        "modalite": "globale", "referent": who}),
            (c.Designate, {"date_referent": later, "referent": who}),
            (c.SignContract, {"date_contrat": later}),
            (c.RefuseContract, {"date_refus": later}),
            (c.SetSituation, {"date_situation": later, "situation_logement": "logement_autonome"}),
            (c.AddStep, {"etape": "CV", "date_etape": day}),
            (c.AddInterview, {"date_entretien": later}),
            (c.Close, {"date_cloture": later,
                       "motif": draw.choice([*FINAL, "sans_suite", "transfert"])}),
        ]  # fmt: skip
        command, given = draw.choice(acts)
        outcome = self._tried(office, command, dossier=dossier, **given)
        over = command is c.RefuseContract or given.get("motif") in FINAL
        if over and isinstance(outcome, Done):
            self.refused.add(dossier)

    def _tried(self, office: Office, command: type[c.Command], **given: str) -> object:
        read = read_values(command, given, reading())
        assert not isinstance(read, list), [found.sentence for found in read]
        return run(office.visitor, read).outcome

    def calm_down(self) -> None:
        """Everything that was written arrives everywhere."""
        if isinstance(self.carrier, Storm):
            self.carrier.calm = True
        for office in (*self.offices, *self.offices):
            office.syncs(self.carrier)

    def lost(self) -> set[str]:
        """The final ends that some file does not know as such: none is expected."""
        return {
            reference
            for office in self.offices
            for reference in self.refused
            if office.rows("SELECT definitif FROM dossiers WHERE dossier = ?", reference)
            not in ([("oui",)],)
        }
