"""Every report: each number it prints is the length of a list it prints, its day and unit said.

Random populations, asked through the command line as a person would; two days, one of them past.
A report that is added without a walk here fails.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from random import Random

import pytest

from agir_cli.cli.app import main
from agir_cli.cli.commands.report import REPORTS
from agir_cli.domain.dates import Moment
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import OfiiOutcome, Right, RightState, VisitType
from agir_cli.reports.interviews import STATES
from tests.reports.building import accepted, add, booked, event, new_file
from tests.reports.lives import directory, populate

LATER = "2025-06-02"
DAYS = (date(2023, 10, 9), date(2023, 4, 17))
Numbers = Iterator[tuple[str, int, int]]
"""What is compared: which number, as it is printed, and how many lines its list has."""


class Desk:
    """A file, a day, and the reports asked about them."""

    def __init__(self, db: Path, day: date, capsys: pytest.CaptureFixture[str]) -> None:
        self.db = db
        self.day = day.isoformat()
        self._capsys = capsys
        self._known: dict[tuple[str, ...], list[dict[str, object]]] = {}

    def text(self, *words: str) -> str:
        """A report as it is printed to be read."""
        self._capsys.readouterr()
        asked = ["--db", str(self.db), "--today", LATER, "report", *words, "--as-of", self.day]
        code = main(asked)
        said = self._capsys.readouterr()
        assert code == 0, (words, said.err)
        return said.out

    def rows(self, *words: str) -> list[dict[str, object]]:
        """A report for a machine."""
        if words not in self._known:
            self._known[words] = json.loads(self.text(*words, "--format", "json"))
        return self._known[words]

    def count(self, *words: str) -> int:
        """How many lines a list has."""
        return len(self.rows(*words))


def printed(pattern: str, text: str) -> int:
    """The number that a sentence holds; zero where the sentence is not printed."""
    found = re.search(pattern, text)
    return int(re.sub(r"\D", "", found[1])) if found else 0


def number(value: object) -> int:
    assert isinstance(value, int)
    return value


# --- the walks: one a report -------------------------------------------------------------


def overdue(desk: Desk) -> Numbers:
    told = desk.text("overdue", "--within", "3w", "--format", "plain")
    labels = {
        "contractualisation": "Contractualisation", "diagnostic": "Diagnostic",
        "entretien": "Entretien d'accompagnement", "liaison": "Réponse de l'OFII",
        "terme": "Fin de l'accompagnement",
    }  # fmt: skip
    titles = re.findall(r"(?m)^(?!Bientôt|En attente)(.+) : (?:\d+ en retard|\d+ peut-être)", told)
    every = desk.rows("overdue")
    assert len(titles) == len({row["nature"] for row in every})
    title_of = dict(zip([k for k in labels if desk.count("overdue", "--kind", k)], titles,
                        strict=True))  # fmt: skip
    for kind in labels:
        sure = Counter(row["certitude"] for row in desk.rows("overdue", "--kind", kind))
        line = re.search(rf"(?m)^{re.escape(title_of.get(kind, '-'))} : .*$", told)
        text = line[0] if line else ""
        yield f"{kind} en retard", printed(r"(\d+) en retard", text), sure["certain"]
        yield f"{kind} peut-être", printed(r"(\d+) peut-être", text), sure["possible"]
    late = len(every)
    soon = desk.count("overdue", "--within", "3w") - late
    yield "bientôt", printed(r"Bientôt à échéance : (\d+)", told), soon
    waits = desk.count("overdue", "--waiting") - late
    yield "en attente", printed(r"En attente, .* : (\d+)", told), waits


def dossiers(desk: Desk) -> Numbers:
    told = desk.text("dossiers", "--format", "plain")
    yield "dossiers", printed(r"(\d+) dans la liste", told), desk.count("dossiers")
    parts = Counter(row["etape"] for row in desk.rows("dossiers"))
    for stage, many in parts.items():
        yield f"étape {stage}", many, desk.count("dossiers", "--stage", str(stage))


_FUNNEL = ("personnes", "menages", "diagnostiques", "attribues", "signataires", "clos")


def funnel(desk: Desk) -> Numbers:
    for row in desk.rows("funnel"):
        sector = ["--sector", str(row["secteur"])] if row["secteur"] else []
        where = ["--department", str(row["departement"]), *sector]
        for name in (*_FUNNEL, "hors_compte"):
            yield f"{where} {name}", number(row[name]), desk.count("funnel", "--list", name, *where)
    for name in _FUNNEL:
        told = desk.text("funnel", "--list", name, "--format", "plain")
        yield f"titre {name}", printed(r"^.* : (\d+)", told), desk.count("funnel", "--list", name)
    yield from _passages(desk)


def _passages(desk: Desk) -> Numbers:
    for row in desk.rows("funnel", "--passages"):
        name = str(row["passage"])
        behind = desk.rows("funnel", "--passages", "--list", name)
        yield name, number(row["dossiers"]), len(behind)
        yield f"{name} mesurés", number(row["mesures"]), sum(b["jours"] is not None for b in behind)
        if row["tenus"] is not None:
            kept = Counter(each["delai"] for each in behind)
            for column, word in (
                ("tenus", "tenu"), ("depasses", "depasse"), ("indetermines", "indetermine"),
            ):  # fmt: skip
                yield f"{name} {column}", number(row[column]), kept[word]


def agenda(desk: Desk) -> Numbers:
    told = desk.text("agenda", "--within", "3m", "--format", "plain")
    kinds = Counter(row["type"] for row in desk.rows("agenda", "--within", "3m"))
    yield "rendez-vous", printed(r"(\d+) rendez-vous", told), kinds.pop("rdv", 0)
    yield "échéances", printed(r"(\d+) échéance", told), kinds.total()


_SITUATIONS = ("en_attente", "validees", "derogations", "rejetees", "sans_decision")


def liaison(desk: Desk) -> Numbers:
    told = desk.text("liaison", "--format", "plain")
    for title, name in (
        ("À transmettre à l'OFII", "a_envoyer"),
        ("En attente de la réponse de l'OFII", "en_attente"),
        ("Listings transmis", "listings"),
    ):
        yield title, printed(rf"{title} : (\d+)", told), desk.count("liaison", "--list", name)
    for row in desk.rows("liaison", "--list", "listings"):
        of_listing = ["liaison", "--listing", str(row["listing"]), "--list"]
        yield f"{row} demandes", number(row["demandes"]), desk.count(*of_listing, "envoyees")
        for name in _SITUATIONS:
            yield f"{row} {name}", number(row[name]), desk.count(*of_listing, name)


def situations(desk: Desk) -> Numbers:
    told = desk.text("situations", "--format", "plain")
    for moment, word in (("entree", "entrée"), ("actuelle", "actuelle"), ("sortie", "sortie")):
        behind = desk.count("situations", "--list", "personnes", "--moment", moment)
        yield f"total {moment}", printed(rf"Unité : .*{word} ([\d\u202f]+)", told), behind
    for row in desk.rows("situations"):
        words = ("--domain", str(row["domaine"]), "--moment", str(row["moment"]))
        behind = desk.count("situations", "--list", str(row["classe"]), *words)
        yield f"{row}", number(row["personnes"]), behind
    for row in desk.rows("situations", "--flows"):
        flow = f"{row['de']}:{row['vers']}"
        behind = desk.count("situations", "--list", flow, "--domain", str(row["domaine"]))
        yield flow, number(row["personnes"]), behind


_YOUNG = ("outcomes", "--after", "2m")


def outcomes(desk: Desk) -> Numbers:
    told = desk.text(*_YOUNG, "--format", "plain")
    for pattern, name in (
        (r"Jugées : (\d+) sur", "jugees"), (r"sur (\d+) signataires", "signataires"),
        (r"pas encore jugées : (\d+)", "pas_encore"),
    ):  # fmt: skip
        yield name, printed(pattern, told), desk.count(*_YOUNG, "--list", name)
    for by in ("logement", "travail"):
        asked = (*_YOUNG, "--by", by)
        for row in desk.rows(*asked):
            entry = ["--entry", str(row["entree"])] if row["entree"] else []
            yield from _outcome(desk, row, [*asked, *entry, "--list"])


def _outcome(desk: Desk, row: dict[str, object], asked: list[str]) -> Numbers:
    result = str(row["resultat"])
    for column, words in (
        ("personnes", ["jugees"]), ("atteint", [result]), ("non_atteint", [f"{result}:non"]),
        ("inconnu", [f"{result}:inconnu"]), ("menages", ["jugees", "--households"]),
        ("menages_atteint", [result, "--households"]),
    ):  # fmt: skip
        yield f"{asked} {words}", number(row[column]), desk.count(*asked, *words)


def interviews(desk: Desk) -> Numbers:
    for row in desk.rows("interviews", "--by", "departement,trimestre"):
        asked = ["interviews", "--from", str(row["du"]), "--to", str(row["au"]), "--list"]
        where = ["--department", str(row["departement"])]
        for name in ("dus", *STATES):
            yield f"{row} {name}", number(row[name]), desk.count(*asked, name, *where)


def rights(desk: Desk) -> Numbers:
    for row in desk.rows("rights"):
        asked = ("--list", f"{row['droit']}:{row['etat_droit']}", "--moment", str(row["moment"]))
        yield f"{row}", number(row["personnes"]), desk.count("rights", *asked)


def appointments(desk: Desk) -> Numbers:
    for row in desk.rows("appointments", "--by", "objet,trimestre"):
        asked = ["appointments", "--from", str(row["du"]), "--to", str(row["au"]), "--list"]
        names = ("rendez_vous", "honores", "absents", "issue_a_noter", "a_venir")
        for name in names if row["objet_rdv"] else ():
            behind = desk.rows(*asked, name)
            own = sum(each["objet_rdv"] == row["objet_rdv"] for each in behind)
            yield f"{row} {name}", number(row[name]), own
    period = ("appointments", "--from", "2023-01-01", "--to", desk.day)
    told = desk.text(*period, "--format", "plain")
    met = {row["dossier"] for row in desk.rows(*period, "--list", "rencontrees")}
    yield "rencontrées", printed(r"Personnes rencontrées .* : (\d+) \(", told), len(met)


_NOT_COUNTED = ("referent", "organisation", "bureau", "code")


def caseload(desk: Desk) -> Numbers:
    for by in ("referent", "organisation", "bureau"):
        for row in desk.rows("caseload", "--by", by):
            asked = ("caseload", "--by", by, "--line", str(row[by] or "aucun"), "--list")
            for name in row:
                if name not in _NOT_COUNTED and (by == "referent" or name != "en_second"):
                    behind = desk.count(*asked, name) if row["code"] or name != "en_second" else 0
                    yield f"{asked} {name}", number(row[name]), behind
    for row in desk.rows("caseload", "--forecast"):
        for name in ("places_liberees", "arrivees_diagnostic", "arrivees_commission"):
            asked = ("caseload", "--list", name, "--month", str(row["mois"]))
            yield f"{asked}", number(row[name]), desk.count(*asked)
    total = printed(
        r"non clos\). ([\d\u202f]+) dossiers", desk.text("caseload", "--format", "plain")
    )
    yield "dossiers ouverts", total, desk.count("caseload", "--list", "dossiers")


class _Cells(HTMLParser):
    """The texts of a page's tables, row by row, and its titles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.captions: list[str] = []
        self._open: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._open = self.rows[-1]
        elif tag == "caption":
            self.captions.append("")
            self._open = self.captions

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "caption"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open[-1] += data


def _digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def board(desk: Desk) -> Numbers:
    page = _Cells(desk.text("board", "--mask", "0", "--lines"))
    shown = {tuple(row[:2]): row[2:] for row in page.rows if len(row) == 9 and row[2:3] != ["%"]}
    for row in desk.rows("funnel"):
        place = (str(row["departement"]), str(row["secteur"] or "Tout le département"))
        for name, text in zip(_FUNNEL, shown[place], strict=False):
            if text:
                yield f"page {place} {name}", _digits(text), number(row[name])
    for name, text in zip(_FUNNEL, shown["Tous", "Ensemble"], strict=False):
        listed = desk.count("funnel", "--list", name)
        yield f"page {name}", _digits(text), listed
    late = desk.rows("overdue")
    (told,) = [text for text in page.captions if re.match(r"Échéances dépassées : ", text)] or [
        "Échéances dépassées : 0"
    ]
    yield "page retards", _digits(told), len(late)
    yield from _board_deadlines(desk, page)


def _board_deadlines(desk: Desk, page: _Cells) -> Numbers:
    place = page.rows.index(["Échéance", "En retard", "Peut-être en retard"])
    kinds = ("contractualisation", "diagnostic", "entretien", "liaison", "terme")
    for kind, row in zip(kinds, page.rows[place + 1 :], strict=False):
        sure = Counter(line["certitude"] for line in desk.rows("overdue", "--kind", kind))
        yield f"page {kind}", _digits(row[1]), sure["certain"]
        yield f"page {kind} possibles", _digits(row[2]), sure["possible"]
    waits = [c for c in page.captions if c.startswith("En attente")]
    behind = desk.count("overdue", "--waiting") - desk.count("overdue")
    yield "page attentes", sum(map(_digits, waits)), behind


def timeline(desk: Desk) -> Numbers:
    """It counts nobody: each of its lines is on the screen as well."""
    for row in desk.rows("dossiers")[:5]:
        reference = str(row["dossier"])
        told = desk.text("timeline", reference, "--format", "plain", "--columns", "date,evenement")
        body = told.split("\n\n", 1)[1].strip().splitlines()[1:]
        yield f"frise {reference}", len(body), desk.count("timeline", reference)


def network(desk: Desk) -> Numbers:
    """Those of the source alone here: each title counts the lines that a machine gets."""
    rows = desk.rows("network")
    told = dict(re.findall(r"^(Signé|Fait|En cours et à venir)\b.* : (\d+)$",
                           desk.text("network", "--format", "plain"), re.MULTILINE))  # fmt: skip
    for title, states in (("Signé", {"signee"}), ("Fait", {"fait", "clos"}),
                          ("En cours et à venir", {"en_cours", "prevu"})):  # fmt: skip
        some = [row for row in rows if row["avancement"] in states]
        yield title, int(told.get(title, 0)), len(some)


def quality(desk: Desk) -> Numbers:
    for by in ("referent", "bureau"):
        for row in desk.rows("quality", "--by", by):
            line = "aucun" if str(row[by]).startswith("(sans") else str(row[by])
            asked = ("quality", "--by", by, "--line", line, "--list", str(row["controle"]))
            if row["nature"] == "saisie":
                yield f"{asked}", number(row["concernes"]), desk.count(*asked)
                continue
            for state in ("concernes", "bons", "a_reparer") if row["concernes"] else ():
                behind = desk.count(*asked[:-1], f"{asked[-1]}:{state}")
                yield f"{asked} {state}", number(row[state]), behind
    told = desk.text("quality", "--list", "tout", "--format", "plain")
    yield "tout", printed(r"(\d+) dans la liste", told), desk.count("quality", "--list", "tout")


def cross(desk: Desk) -> Numbers:
    for rows, across, of in (
        ("situation_logement_entree", "statut", "personnes"), ("secteur", "etape", "personnes"),
        ("priorites", "modalite", "attribues"), ("motif", "niveau_francais_actuelle", "clos"),
    ):  # fmt: skip
        asked = ("cross", "--rows", rows, "--columns", across, "--of", of)
        table = desk.rows(*asked)
        for row in table:
            cell = f"{row[rows] or ''}:{row[across] or ''}"
            yield f"{asked} {cell}", number(row[of]), desk.count(*asked, "--list", cell)
        whole = number(table[-1][of]) if table else 0
        yield f"{asked} tout", whole, desk.count("funnel", "--list", of)


def indicators(desk: Desk) -> Numbers:
    for row in desk.rows("indicators", "--period", "2023"):
        asked = ("indicators", "--period", str(row["periode"]), "--list")
        if str(row["periode"]) != "2023" or row["au"] != desk.day:
            continue
        for name in ("numerateur", "denominateur"):
            behind = desk.count(*asked, f"{row['code']}:{name}")
            yield f"{row['code']} {name}", number(row[name]), behind
        rest = number(row["denominateur"]) - number(row["numerateur"])
        yield f"{row['code']} reste", rest, desk.count(*asked, f"{row['code']}:reste")


WALKS: dict[str, Callable[[Desk], Numbers]] = {
    "overdue": overdue, "dossiers": dossiers, "funnel": funnel, "agenda": agenda,
    "liaison": liaison, "situations": situations, "outcomes": outcomes, "caseload": caseload,
    "board": board, "timeline": timeline, "interviews": interviews, "network": network,
    "rights": rights, "appointments": appointments,
    "quality": quality, "cross": cross, "indicators": indicators,
}  # fmt: skip


# --- the populations ---------------------------------------------------------------------


@pytest.fixture(scope="module", params=[11, 47])
def population(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random lives, then people at OFII's, and people who come to an office."""
    random = Random(request.param)
    path = tmp_path_factory.mktemp("population") / "essai.db"
    connection = new_file(path)
    directory(connection)
    populate(connection, random, 24)
    for place in range(25, 33):
        add(connection, place, *_request(random), department=random.choice(["44", "85"]))
    for rank in range(33, 43):
        facts = {"menage": f"M{rank // 3}"} if random.random() < 0.6 else None
        add(connection, rank, *_visitor(random), facts=facts)
    for rank in range(43, 53):
        add(connection, rank, *_follows(random))
    connection.close()
    return path


def _request(random: Random) -> Iterator[Draft]:
    day = date(2023, 1, 1) + timedelta(days=random.randrange(260))
    yield event(Kind.LIAISON_FORM_COMPLETED, day.isoformat(), souhait=True)
    if random.random() < 0.7:
        day = date(2023, 3 * (1 + day.month // 3), 28)  # a listing leaves on one day
        yield event(Kind.LISTING_SENT, day.isoformat(), listing=day.month // 3, ligne=1)
        if random.random() < 0.7:
            day += timedelta(days=random.randrange(1, 60))
            outcome = random.choice(list(OfiiOutcome))
            rejected = outcome is OfiiOutcome.REJECTED
            kind = Kind.OFII_REJECTED if rejected else Kind.OFII_VALIDATED
            yield event(kind, day.isoformat(), decision_ofii=outcome)


def _visitor(random: Random) -> Iterator[Draft]:
    day = date(2023, 1, 1) + timedelta(days=random.randrange(280))
    yield from accepted(day.isoformat(), day.isoformat())
    day += timedelta(days=random.randrange(1, 10))
    visit = day + timedelta(days=random.randrange(1, 40))
    office = random.choice(["44-C1", "44-A1", "44-M2"])
    yield booked(Kind.DIAGNOSIS_BOOKED, day.isoformat(), f"{visit} 10:00", office)
    kept = random.random()
    if kept < 0.3:
        yield event(Kind.DIAGNOSIS_MISSED, visit.isoformat())
    elif kept < 0.7:
        yield event(Kind.DIAGNOSIS_HELD, visit.isoformat())


def _follows(random: Random) -> Iterator[Draft]:
    """Rights and papers, and appointments beside those of the process."""
    day = date(2023, 1, 1) + timedelta(days=random.randrange(200))
    yield from accepted(day.isoformat(), day.isoformat())
    for _ in range(random.randrange(6)):
        day += timedelta(days=random.randrange(1, 30))
        right, state = random.choice(list(Right)), random.choice(list(RightState))
        yield event(Kind.RIGHT_RECORDED, day.isoformat(), droit=right, etat_droit=state)
        moment = day + timedelta(days=random.randrange(1, 20))
        what = random.choice([*VisitType])
        yield event(Kind.VISIT_BOOKED, day.isoformat(), type_visite=what,
                    date_rdv_visite=Moment(moment, "10:00"))  # fmt: skip
        if random.random() < 0.7:
            came = random.choice([Kind.VISIT_HELD, Kind.VISIT_HELD, Kind.VISIT_MISSED])
            yield event(came, moment.isoformat(), type_visite=what)


def test_no_report_is_left_out() -> None:
    assert set(WALKS) == set(REPORTS)


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("name", WALKS)
def test_each_number_is_the_length_of_its_list(
    name: str, day: date, population: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = list(WALKS[name](Desk(population, day, capsys)))
    assert [each for each in numbers if each[1] != each[2]] == []
    assert any(shown for _, shown, _ in numbers), "nothing but zeros proves nothing"


@pytest.mark.parametrize("name", WALKS)
def test_each_says_its_day_and_its_unit(
    name: str, population: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(population, DAYS[0], capsys)
    more = {"timeline": ["44-0033"], "agenda": ["--within", "3m"],
            "cross": ["--rows", "statut", "--columns", "sexe"]}.get(name, [])  # fmt: skip
    told = desk.text(name, *more, *([] if name == "board" else ["--format", "plain"]))
    assert "09/10/2023" in told
    assert name == "timeline" or re.search(r"Unités? : ", told), "a timeline is one dossier's"
