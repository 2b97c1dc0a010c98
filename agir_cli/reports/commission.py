"""`commission agenda` and `minutes`: who waits for the commission, and what one has decided.

The agenda proposes and explains; the commission decides. A household is looked at together, in the
place of its member who waits longest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate
from json import loads
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.candidates import KnownReferent, Needs, Proposal, Ranking, Spot
from agir_cli.domain.vocabulary import Priority
from agir_cli.reports.listing import DECIDED, OF_AN_AGENDA, listed_columns
from agir_cli.reports.selection import Filters, condition
from agir_cli.reports.sheet import Data, Section, Sheet, prose
from agir_cli.reports.texts import edtf_of, french_text, full_name, plural, weekday_date
from agir_cli.store.stamp import paris_moment

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

COLUMNS = (
    "dossier", "nom", "prenoms", "rang", "raison_rang", "date_diagnostic", "attente_jours",
    "priorites_preconisees", "menage_avec", "commune_residence", "bassin_de_residence",
    "situation_logement_actuelle", "detail_logement_actuelle", "situation_professionnelle_actuelle",
    "niveau_francais_actuelle", "langues", "place", *OF_AN_AGENDA[-6:], *DECIDED,
)  # fmt: skip
_CANDIDATES = 3
_PRIORITIES = {each.value: each.label for each in Priority}


class Person(NamedTuple):
    """Somebody diagnosed, on whom no commission has decided; texts as the lists have them.

    ``since``: the last day that the diagnostic may be of.
    """

    since: str
    admitted: str
    dossier: str
    nom: str | None
    prenoms: str | None
    date_diagnostic: str | None
    priorites: str | None
    commune: str | None
    logement: str | None
    detail: str | None
    travail: str | None
    francais: str | None
    langues: str | None


class Turn(NamedTuple):
    """A household in its place on the agenda; ``others``: its dossiers that do not wait here."""

    persons: tuple[Person, ...]
    others: tuple[str, ...]
    area: str
    proposals: tuple[Proposal, ...]
    places: tuple[str, ...]
    """For each person, when there is a place; empty where places are not limited."""


_WAITING = """SELECT d.departement, d.bureau, d.menage, coalesce(d.diagnostic_max, '9999-12-31'),
    coalesce(d.admis_max, '9999-12-31'), d.dossier, p.nom, p.prenoms, d.date_diagnostic,
    d.priorites_preconisees, d.commune_residence, d.situation_logement_actuelle,
    d.detail_logement_actuelle, d.situation_professionnelle_actuelle, d.niveau_francais_actuelle,
    p.langues
FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne
WHERE d.etape = 'commission' ORDER BY 4, 5, d.dossier"""
_ASKED = "SELECT d.dossier FROM dossiers AS d WHERE d.etape = 'commission'"
_HOUSEHOLDS = """SELECT menage, dossier, referent FROM dossiers WHERE etape <> 'clos'
    AND menage IN (SELECT menage FROM dossiers WHERE etape = 'commission') ORDER BY dossier"""


def turns(
    connection: Connection, day: date, filters: Filters, plans: Mapping[str, Capacity]
) -> list[Turn]:
    """The households that wait, who waits longest first, each with its candidates.

    A household is there as a whole where the filters keep one of its members.
    """
    from agir_cli.store.directory import area_names
    from agir_cli.store.reference import language_name

    asked = condition(filters)
    kept = {dossier for (dossier,) in connection.execute(_ASKED + asked.sql, asked.values)}
    households: dict[str, list[tuple[Spot, Person]]] = {}
    areas, alone = area_names(connection), iter(range(1 << 30))
    for department, office, household, *known in connection.execute(_WAITING):
        person = Person(*known)
        commune = (person.commune or "").removeprefix("insee:")
        spot = Spot(department, office or "", commune, areas.get(commune, ""))
        households.setdefault(household or f"{next(alone)}", []).append((spot, person))
    together: dict[str, dict[str, str]] = {}
    for household, dossier, referent in connection.execute(_HOUSEHOLDS):
        together.setdefault(household, {})[dossier] = referent or ""
    ranking, made, ahead = Ranking(candidates(connection, day)), [], dict[str, int]()
    for household, some in households.items():
        spot, persons = some[0][0], tuple(person for _, person in some)
        plan, place = plans.get(spot.department), ahead.get(spot.department, 0)
        ahead[spot.department] = place + len(persons)
        if kept.isdisjoint(person.dossier for person in persons):
            continue
        others = together.get(household, {})
        for person in persons:
            others.pop(person.dossier, None)
        needs = Needs(
            spot,
            _words(_PRIORITIES.__getitem__, (p.priorites for p in persons), "+"),
            _words(language_name, (p.langues for p in persons), ","),
            {code: dossier for dossier, code in others.items() if code},
        )
        found = tuple(ranking.best(needs, len(persons), _CANDIDATES))
        told = tuple(plan.of(place + n) for n in range(1, len(persons) + 1)) if plan else ()
        made.append(Turn(persons, tuple(others), spot.area, found, told))
    return made


def candidates(connection: Connection, day: date) -> list[KnownReferent]:
    """Those who are référents on a day, as the directory and their open dossiers tell of them."""
    from agir_cli.store.directory import area_names, every_office, every_referent
    from agir_cli.store.reference import language_name

    areas = area_names(connection)
    offices = {each.code: each for each in every_office(connection)}
    followed: dict[str, dict[str, int]] = {}
    query = """SELECT referent, departement, commune_residence, count(*) FROM dossiers
        WHERE referent IS NOT NULL AND etape <> 'clos' GROUP BY 1, 2, 3"""
    for code, department, commune, count in connection.execute(query):
        area = areas.get((commune or "").removeprefix("insee:"), "")
        for where in filter(None, (department, area)):
            theirs = followed.setdefault(code, {})
            theirs[where] = theirs.get(where, 0) + count
    found = []
    for each in every_referent(connection):
        if not each.stays(day.isoformat()) or (each.depuis or "") > day.isoformat():
            continue
        place = offices.get(each.bureau or "")
        spot = place and Spot(place.department, place.code, place.insee, areas.get(place.insee, ""))
        found.append(
            KnownReferent(
                each.code, each.told, each.dossiers_ouverts, each.plafond,
                _words(_PRIORITIES.__getitem__, [each.domaines], "+"),
                _words(language_name, [each.langues], ","),
                spot, place.name if place else "", followed.get(each.code, {}),
            )
        )  # fmt: skip
    return found


def _words(word: Callable[[str], str], texts: Iterable[str | None], sign: str) -> tuple[str, ...]:
    """The words of the codes of several texts, each once."""
    return tuple({word(code): None for text in texts if text for code in text.split(sign)})


# --- places ------------------------------------------------------------------------------


class Capacity(NamedTuple):
    """The places of a department that a rule limits. ``months``: those that terms free, in order.

    ``promised``: dossiers that a commission has decided on, and that have no contract yet.
    """

    most: int
    taken: int
    promised: int
    months: Sequence[tuple[str, int]]
    source: str

    @property
    def free(self) -> int:
        """Those that nobody has and nobody is promised."""
        return max(0, self.most - self.taken - self.promised)

    def of(self, place: int) -> str:
        """When the person in that place of the waiting list finds one (French)."""
        if place <= self.free:
            return "place libre"
        over = place - self.free + max(0, self.taken + self.promised - self.most)
        freed = accumulate(count for _, count in self.months)
        found = (month for (month, _), n in zip(self.months, freed, strict=True) if n >= over)
        month = next(found, None)
        when = f"une place en {month} au plus tôt" if month else "aucune place d'ici douze mois"
        return f"liste d'attente, n° {place - self.free} : {when}"

    def told(self, department: str) -> str:
        """The places now and by month, in a sentence."""
        none = "aucune d'ici douze mois"
        now = f"{self.free} {plural(self.free, 'libre')}" if self.free else "aucune libre"
        coming = ", ".join(f"{month} {count}" for month, count in self.months if count)
        return (
            f"Places du {department} : {self.most}, dont {self.taken} {plural(self.taken, 'prise')}"
            f" et {self.promised} {plural(self.promised, 'attribuée')} sans contrat : {now}"
            f" [{self.source}]. Libérées par les termes : {coming or none}."
            " Le plafond ne refuse personne."
        )


def places(connection: Connection, day: date) -> dict[str, Capacity]:
    """The departments whose places a rule of the day limits."""
    from agir_cli.domain.dates import exactly
    from agir_cli.reports.caseload import Question, forecast, month_name
    from agir_cli.reports.standing import Selection
    from agir_cli.store.settings import rule_texts, rulebook_of

    if not rule_texts(connection):  # no rule that is shipped limits them [decision 0073]
        return {}
    found, query = (
        {},
        """SELECT count(*) FILTER (WHERE etape = 'accompagnement'),
        count(*) FILTER (WHERE etape = 'contractualisation') FROM dossiers WHERE departement = ?""",
    )
    book = rulebook_of(connection)
    for department in book.served:
        rules = book.rule_set(department, exactly(day))
        most = rules.places.by_department.get(department) if rules and rules.places else None
        if rules is None or rules.places is None or most is None:
            continue
        question = Question(Selection(day, Filters({"department": department})), months=12)
        months = [
            (month_name(each.mois), each.places_liberees)
            for each in forecast(connection, question)
            if each.mois in question.month_names
        ]
        taken, promised = connection.execute(query, (department,)).fetchone()
        found[department] = Capacity(most, taken, promised, months, str(rules.places.source))
    return found


# --- the sheet ---------------------------------------------------------------------------


class Wanted(NamedTuple):
    """How an agenda is asked for: the day of the sitting, for paper, without names.

    ``first``: as many persons, and the rest of the household of the last one.
    """

    sitting: str | None = None
    first: int | None = None
    paper: bool = False
    masked: bool = False


def sheet(connection: Connection, day: date, filters: Filters, wanted: Wanted) -> Sheet:
    """The agenda: a household a section for people, a person a row for machines."""
    plans = places(connection, day)
    found = turns(connection, day, filters, plans)
    every = [*accumulate(len(turn.persons) for turn in found)]
    if wanted.first:
        found = found[: bisect_left(every, wanted.first) + 1]
    rows = list(_rows(found, day, wanted))
    count = len(rows)
    title = f"Commission : {count} {plural(count, 'personne')} à l'ordre du jour"
    if wanted.sitting:
        title += f" du {french_text(wanted.sitting)}"
    if count < sum(every[-1:]):
        title += f", sur {every[-1]} qui attendent"
    return Sheet(
        title=title,
        notes=[
            f"Unité : dossier au diagnostic tenu, sans commission, au {weekday_date(day)}. Qui"
            " attend le plus d'abord, un ménage ensemble. Bassin de vie :"
            f" {_areas_told(connection)}.",
            "Candidats : d'abord qui accompagne déjà le ménage, en dernier qui n'a plus de place ;"
            " puis par domaine, lieu, langue et charge. agir propose, la commission décide.",
            *(plan.told(department) for department, plan in plans.items()),
        ],
        sections=_sections(found, rows, wanted),
        below=() if wanted.paper else _THEN,
        data=Data(listed_columns(COLUMNS), rows),
        empty=[f"Personne n'attend la commission au {weekday_date(day)}{filters.told}."],
        day=day,
    )


def _areas_told(connection: Connection) -> str:
    """Which bassins de vie stand there: those that the team has loaded, or what serves for them."""
    loaded = connection.execute("SELECT 1 FROM communes WHERE bassin IS NOT NULL").fetchone()
    return "ceux de l'annuaire" if loaded else "l'intercommunalité (EPCI)"


def _rows(found: Sequence[Turn], day: date, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
    rank = 0
    for turn in found:
        first = turn.persons[0]
        told = [text for p in turn.proposals for text in (p.candidate.told, p.why)]
        told += [""] * (2 * _CANDIDATES - len(told))
        for n, person in enumerate(turn.persons):
            rank += 1
            days = _days(person.since, day)
            why = (
                f"attend depuis {days} {plural(days, 'jour')}" if days is not None else "sans date"
            )
            if n and person.since != first.since:
                why += f" ; avec {first.dossier}, du même ménage, qui attend depuis plus longtemps"
            mates = (*(p.dossier for p in turn.persons if p is not person), *turn.others)
            yield (
                person.dossier, *((None, None) if wanted.masked else (person.nom, person.prenoms)),
                rank, why, person.date_diagnostic, days, person.priorites, ", ".join(mates) or None,
                person.commune, turn.area or None, person.logement, person.detail, person.travail,
                person.francais, person.langues, turn.places[n] if turn.places else None,
                *(text or None for text in told), wanted.sitting, *[None] * (len(DECIDED) - 1),
            )  # fmt: skip


def _days(since: str, day: date) -> int | None:
    return (day - date.fromisoformat(since)).days if since < "9999" else None


_THEN = (
    "À remplir : agir commission agenda --on JOUR --output commission.xlsx",
    "Puis : agir assign --from commission.xlsx ; agir commission minutes --on JOUR",
)
_DOTS = "." * 16
_TO_FILL_IN = (
    f"Décidé{{}} : priorités {_DOTS} modalité {_DOTS} bassin de vie {_DOTS}",
    f"référent {_DOTS}{_DOTS} second {_DOTS}{_DOTS} partenaires {_DOTS}",
)
_FACTS = {
    "priorites_preconisees": ("préconisé : {}", "aucune priorité préconisée"),
    "commune_residence": ("habite {}", "commune inconnue"),
    "bassin_de_residence": ("bassin : {}", ""),
    "situation_logement_actuelle": ("logement : {}", "logement inconnu"),
    "detail_logement_actuelle": ("({})", ""),
    "situation_professionnelle_actuelle": ("travail : {}", "travail inconnu"),
    "niveau_francais_actuelle": ("français : {}", ""),
    "langues": ("parle {}", "langue inconnue"),
    "menage_avec": ("même ménage : {}", ""),
    "place": ("{}", ""),
}


def _sections(
    found: Sequence[Turn], rows: Sequence[Sequence[Any]], wanted: Wanted
) -> Iterator[Section]:
    from agir_cli.reports.field_words import shown

    left = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
    for turn in found:
        some = [next(left) for _ in turn.persons]
        join = "et" if len(some) == 2 else "à"
        lines, title = [], f"{some[0]['rang']} {join} {some[-1]['rang']}. Ménage"
        for row in some:
            name = "" if wanted.masked else full_name(row["nom"], row["prenoms"])
            who = f"{row['rang']}. {row['dossier']} {name}".rstrip()
            if len(some) > 1:
                lines.append(who)
            else:
                title = who
            day = french_text(row["date_diagnostic"] or "") or "sans date"
            lines.append(f"   diagnostic {day} ; {row['raison_rang']}")
            told = ((shown(fact, row[fact]), said, none) for fact, (said, none) in _FACTS.items())
            facts = (said.format(text) if text else none for text, said, none in told)
            lines.append(f"   {' ; '.join(filter(None, facts)).replace(' ; (', ' (')}")
        for n, each in enumerate(turn.proposals, 1):
            lines.append(f"   candidat {n} : {each.candidate.told} : {each.why}")
        whose = [f" pour {row['dossier']}" for row in some] if len(some) > 1 else [""]
        lines += [line.format(who) for who in whose for line in _TO_FILL_IN if wanted.paper]
        yield prose(title, lines)


# --- the minutes -------------------------------------------------------------------------

MINUTES = (
    "dossier", "nom", "prenoms", "date_commission", "priorites_preconisees", "priorites",
    "ecart", "modalite", "bassin_de_vie", "partenaires", "referent", "second_referent",
    "enregistre_par", "enregistre_le",
)  # fmt: skip
_USUAL = ("dossier", "nom", "prenoms", "priorites", "ecart", "referent", "enregistre_par")
_ON_PAPER = {
    "Priorités et modalité": (*_USUAL[:5], "modalite"),
    "Référents et partenaires": ("dossier", "referent", "second_referent", "bassin_de_vie",
                                 "partenaires", "enregistre_par"),
}  # fmt: skip
"""The tables of the page: each is as wide as a sheet of paper."""
_PRESENT = (
    f"Présents : {'.' * 120}",
    f"Pour la coordination, le {'.' * 20} signature : {'.' * 40}",
)
_DECISIONS = """SELECT d.dossier, p.nom, p.prenoms, e.effective_from, e.effective_to,
    d.priorites_preconisees, e.payload, t.value, e.author, e.recorded_at
FROM events AS e JOIN dossiers AS d ON d.id = e.dossier
    LEFT JOIN people AS p ON p.id = d.personne
    LEFT JOIN texts AS t ON t.event = e.id AND t.field = 'partenaires'
WHERE e.kind = 'referent_designated' AND {kept} AND e.effective_from <= :on
    AND e.effective_to >= :on{filters} ORDER BY d.dossier, e.id"""
_LAST = """SELECT max(e.effective_from) FROM events AS e JOIN dossiers AS d ON d.id = e.dossier
WHERE e.kind = 'referent_designated' AND e.effective_from = e.effective_to AND {kept}
    AND e.effective_from <= :day{filters}"""


def last_sitting(connection: Connection, day: date, filters: Filters) -> date | None:
    """The last day by ``day`` on which a commission decided."""
    from agir_cli.reports.overdue import NOT_VOIDED

    asked = condition(filters)
    values = {"day": day.isoformat(), **asked.values}
    query = _LAST.format(kept=NOT_VOIDED, filters=asked.sql)
    (found,) = connection.execute(query, values).fetchone()
    return date.fromisoformat(found) if found else None


def minutes(connection: Connection, on: date, filters: Filters, *, paper: bool = False) -> Sheet:
    """What the commission of a day decided, dossier by dossier; what was said last of each.

    ``paper``: with room for who was there.
    """
    from agir_cli.reports.field_words import field_columns

    every = _decided(connection, on, filters)
    differing = sum(1 for row in every if row[6])
    vague = sum(1 for row in every if len(row[3]) > 10)
    notes = [
        f"Unité : dossier. {len(every)} {plural(len(every), 'décision')}, dont {differing} où la"
        " priorité retenue n'est pas celle que le diagnostic préconise."
    ]
    if vague:
        told = f"{vague} {plural(vague, 'décision')} d'un jour connu en partie"
        notes.append(f"{told}, peut-être d'un autre.")
    shown = [each._replace(show=paris_moment) if each.name == "enregistre_le" else each
             for each in listed_columns(MINUTES)]  # fmt: skip
    return Sheet(
        title=f"Commission du {weekday_date(on)} : décisions",
        notes=notes,
        sections=[
            *(
                Section(name, field_columns(MINUTES), every, usual)
                for name, usual in (_ON_PAPER if paper else {"": _USUAL}).items()
            ),
            *([prose("", _PRESENT)] if paper and every else []),
        ],
        data=Data(shown, every),
        empty=[f"Aucune décision de commission n'est enregistrée au {weekday_date(on)}."],
        day=on,
    )


def _decided(connection: Connection, on: date, filters: Filters) -> list[tuple[Any, ...]]:
    """What was decided that day, a dossier a row, as `MINUTES`; what was said last of each."""
    from agir_cli.reports.overdue import NOT_VOIDED
    from agir_cli.store.directory import joined_referents, referent_names

    asked = condition(filters)
    values = {"on": on.isoformat(), **asked.values}
    names, joined = referent_names(connection), joined_referents(connection)
    query = _DECISIONS.format(kept=NOT_VOIDED, filters=asked.sql)
    rows: dict[str, tuple[Any, ...]] = {}
    for dossier, nom, prenoms, first, last, recommended, payload, *rest in connection.execute(
        query, values
    ):
        said, (partners, by, when) = loads(payload), rest
        who = [names.get(joined.get(code, code), code) if code else None
               for code in (said.get("referent"), said.get("second_referent"))]  # fmt: skip
        known = rows.get(dossier)
        rows[dossier] = (
            dossier, nom, prenoms, edtf_of(first, last), recommended, said.get("priorites"),
            _difference(recommended, said.get("priorites")), said.get("modalite"),
            said.get("bassin_de_vie"), partners or (known[9] if known else None), *who, by, when,
        )  # fmt: skip
    return list(rows.values())


def _difference(recommended: str | None, retained: str | None) -> str | None:
    """What the commission retained otherwise than the diagnostic recommends (French)."""
    before, after = ((text or "").split("+") if text else [] for text in (recommended, retained))
    if not after:
        return "priorité retenue non dite" if before else None
    added = [_PRIORITIES.get(code, code) for code in after if code not in before]
    left = [_PRIORITIES.get(code, code) for code in before if code not in after]
    told = [f"ajoutée : {', '.join(added)}"] if added else []
    told += [f"non retenue : {', '.join(left)}"] if left else []
    return " ; ".join(told) or None
