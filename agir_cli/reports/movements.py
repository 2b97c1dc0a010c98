"""What moved in a period, report by report: the facts of each, and what each of its numbers is.

A fact is of the day on which a person begins to be counted: a diagnostic held before the
orientation was accepted counts from the acceptance, as in the stock of that day (`funnel`). So the
stock at the end is the stock at the start, and what came, less what left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agir_cli.domain.vocabulary import Motive
from agir_cli.failures import UsageFailure
from agir_cli.reports import situations
from agir_cli.reports import standing as s
from agir_cli.reports.flows import END, WHOLE, Count, Question, Rate, Report, flow, stock
from agir_cli.reports.funnel import BY, Listed
from agir_cli.reports.periods import Period
from agir_cli.reports.selection import SECTOR, UNASSIGNED, counting, one_of
from agir_cli.reports.sheet import Sheet, columns, heading_of, one_list
from agir_cli.reports.texts import edtf_of

if TYPE_CHECKING:
    from agir_cli.reports.outcomes import Asked
    from agir_cli.reports.requests import Days
    from agir_cli.reports.selection import Filters
    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

Facts = dict[str, list[tuple[Any, str, str, int]]]

_LEFT = {motive.value: f"sorties_{motive.value}" for motive in Motive if motive.value != "erreur"}
"""The count of the exits of each motive; a mistake was nobody."""


def days_from(*steps: str) -> tuple[str, str]:
    """SQL: the first and the last day from which a person may count, all these steps reached."""
    found = []
    for bound in ("min", "max"):
        columns_ = [f"d.{step}_{bound}" for step in steps]
        found.append(columns_[0] if len(steps) == 1 else f"max({', '.join(columns_)})")
    return found[0], found[1]


def _grouped(
    connection: Connection, query: str, values: Mapping[str, object], kinds: Sequence[str]
) -> Facts:
    """The facts that a query gives as kind, key, first day, last day, how many."""
    facts: Facts = {kind: [] for kind in kinds}
    for kind, *fact in connection.execute(query, values):
        facts[kind].append((fact[0], fact[1], fact[2], fact[3]))
    return facts


# --- the funnel --------------------------------------------------------------------------

_STEPS = {
    "entrees": ("admis",), "diagnostics": ("admis", "diagnostic"),
    "commissions": ("admis", "commission"), "contrats": ("admis", "contrat"),
    "sorties": ("admis", "cloture"),
}  # fmt: skip
_TOTALS = {
    "personnes": "entrees", "menages": "menages_entres", "diagnostiques": "diagnostics",
    "attribues": "commissions", "signataires": "contrats",
}  # fmt: skip
_FUNNEL: Sequence[Count] = (
    *stock(
        "suivis",
        "personnes admises, dossier non clos.",
        ("entrees",),
        (*_LEFT.values(),),
        *flow("entrees", "personnes dont l'orientation est acceptée, ou validée par l'OFII."),
        *flow("menages_entres", "ménages dont c'est la première personne.", alone=True),
        *flow("diagnostics", "diagnostics tenus."),
        *flow("commissions", "premières commissions."),
        *flow("contrats", "contrats signés."),
        *flow("sorties", "dossiers clos, par motif.", *_LEFT.values()),
        *(Count(name, (name,), within="sorties", spare=True) for name in _LEFT.values()),
    ),
    *(Count(name, (kind,), (), END, alone=name == "menages") for name, kind in _TOTALS.items()),
    Count("clos", (*_LEFT.values(),), (), END),
)
_MAIN = (
    "suivis_debut", "entrees", "menages_entres", "diagnostics", "commissions", "contrats",
    "sorties", "suivis_fin",
)  # fmt: skip


def funnel(connection: Connection, filters: Filters, by: str) -> Report:
    """Entered, diagnosed, decided, signed, left, by department and sector (or office)."""
    by = one_of("Le lieu", by, BY.keys())
    asked = counting(filters)
    places = dict(connection.execute(BY[by]))
    facts: Facts = {name: [] for name in ("menages_entres", *_STEPS, *_LEFT.values())}
    for kind, steps in _STEPS.items():
        first, last = days_from(*steps)
        motive = "d.motif" if kind == "sorties" else "NULL"
        for motif, department, office, *fact in connection.execute(
            f"""SELECT {motive}, d.departement, d.bureau, {first}, {last}, count(*)
                FROM dossiers AS d WHERE {last} IS NOT NULL{asked.sql} GROUP BY 1, 2, 3, 4, 5""",
            asked.values,
        ):
            place = (department, places.get(office, UNASSIGNED))
            facts[_LEFT[motif] if motif else kind].append((place, *fact))
    facts["menages_entres"] = list(_households(connection, filters, places))
    del facts["sorties"]
    return Report(
        title="De l'orientation au contrat",
        notes=[
            "Unité : personnes (une par dossier), sauf les ménages. Les flux sont ceux de la"
            " période, le stock celui de ses deux bouts : début + entrées - sorties = fin."
            " Derrière un nombre : --list entrees."
        ],
        counts=_FUNNEL, facts=facts, first=("personnes", "menages", "diagnostiques", "attribues",
                                             "signataires", "taux_signataires", "clos"),
        rates=[Rate("taux_signataires", "signataires", ("personnes",),
                    "signataires, parmi les personnes entrées depuis l'ouverture.")],
        heads=("departement", by), head=lambda place: ("", "") if place == WHOLE else place,
        label=lambda place: (place[1] and f"{place[0]} {place[1]}") or f"Département {place[0]}",
        of_lines=by, main=_MAIN,
        groups=_sums_of, apart=("menages_entres",),
    )  # fmt: skip


def _sums_of(place: Any) -> Sequence[Any]:
    return () if place == WHOLE or not place[1] else (WHOLE, (place[0], ""))


def _households(
    connection: Connection, filters: Filters, places: Mapping[str, str]
) -> Iterator[tuple[Any, str, str, int]]:
    """A household is of the first day of its persons: of each sector, and of each department."""
    asked = counting(filters)
    query = f"""SELECT d.departement, {{office}}, {s.HOUSEHOLD}, min(d.admis_min), min(d.admis_max)
        FROM dossiers AS d WHERE d.admis_max IS NOT NULL{asked.sql} GROUP BY 1, 2, 3"""
    by_place: dict[Any, dict[str, tuple[str, str]]] = {}
    for department, office, home, first, last in connection.execute(
        query.format(office="d.bureau"), asked.values
    ):
        for place in ((department, places.get(office, UNASSIGNED)), (department, "")):
            known = by_place.setdefault(place, {})
            before = known.get(home, (first, last))
            known[home] = (min(before[0], first), min(before[1], last))
    for place, known in by_place.items():
        for (first, last), count in Counter(known.values()).items():
            yield place, first, last, count
            if not place[1]:  # everyone is the sum of the departments
                yield WHOLE, first, last, count


_LISTED = {**_STEPS, **dict.fromkeys(_LEFT.values(), ("admis", "cloture"))}


def funnel_behind(connection: Connection, question: Question, filters: Filters, word: str) -> Sheet:
    """The dossiers behind a flow of the period, or those whose day is to be made precise."""
    stem = word.strip().casefold()
    precise = next((end for end in ("_a_preciser", "_possibles") if stem.endswith(end)), "")
    name = one_of("Le nombre", stem.removesuffix(precise), _LISTED.keys())
    first, last = days_from(*_LISTED[name])
    period = question.period.by(question.day)
    which = {
        "": f"{first} >= :first AND {last} <= :last",
        "_a_preciser": f"{first} < :first AND {last} BETWEEN :first AND :last",
        "_possibles": f"{first} <= :last AND {last} > :last",
    }[precise]
    motive = next((code for code, left in _LEFT.items() if left == name), None)
    asked = counting(filters)
    query = f"""SELECT d.dossier, d.departement, {SECTOR}, p.nom, p.prenoms, d.menage,
        {first}, {last} FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne
        WHERE {which} AND (:motif IS NULL OR d.motif = :motif){asked.sql} ORDER BY 7, 1"""
    values = {"first": period.first.isoformat(), "last": period.last.isoformat(), "motif": motive}
    rows = (
        Listed._make((*who, edtf_of(d0, d1)))
        for *who, d0, d1 in connection.execute(query, {**values, **asked.values})
    )
    title = f"{heading_of(name)}, {question.period.told_on(question.day)} : {{count}}"
    return one_list(title, columns(Listed._fields), rows)


# --- the load ----------------------------------------------------------------------------

_TAKEN = """min(coalesce(d.commission_{0}, '9999'), coalesce(d.contrat_{0}, '9999'))"""
_LOAD: Sequence[Count] = (
    *stock("suivis", "dossiers confiés (commission, ou contrat sans commission), non clos.",
           ("confies",), ("clos_periode",),
    *flow("confies", "dossiers confiés dans la période."),
    *flow("contrats", "contrats signés."),
    *flow("entretiens", "entretiens de suivi tenus."),
    *flow("clos_periode", "dossiers clos dans la période."),
    ),
)  # fmt: skip


_TOLD = {"referent": "référent", "bureau": "bureau", "organisation": "organisation"}


def caseload(connection: Connection, selection: Selection, by: str) -> Report:
    """Entrusted, signed, seen, closed, by référent, organisation or office."""
    from agir_cli.reports.caseload import NAMES_OF

    line = {
        "referent": "coalesce(d.referent, '')", "bureau": "coalesce(d.bureau, '')",
        "organisation": "coalesce((SELECT o.organisation FROM referents AS o"
                        " WHERE o.code = d.referent), '')",
    }[by]  # fmt: skip
    taken = [f"max(d.admis_{end}, {_TAKEN.format(end)})" for end in ("min", "max")]
    where, values = selection.where(f"{taken[1]} < '9999'")
    kinds = {
        "confies": taken,
        "contrats": [f"max({taken[n]}, d.contrat_{end})" for n, end in enumerate(("min", "max"))],
        "clos_periode": [
            f"max({taken[n]}, d.cloture_{end})" for n, end in enumerate(("min", "max"))
        ],
        "entretiens": [f"max({taken[n]}, i.date_{end})" for n, end in enumerate(("min", "max"))],
    }
    parts = [
        f"""SELECT '{kind}', {line}, {first} AS a, {last} AS b, count(*) FROM dossiers AS d
            {"JOIN interviews AS i ON i.dossier = d.id" if kind == "entretiens" else ""}
            WHERE {where} AND b IS NOT NULL GROUP BY 2, 3, 4"""
        for kind, (first, last) in kinds.items()
    ]
    facts = _grouped(connection, " UNION ALL ".join(parts), values, list(kinds))
    names: dict[str, str] = dict(connection.execute(NAMES_OF[by])) if by in NAMES_OF else {}
    return Report(
        title="Charge",
        notes=[
            "Unité : dossier confié (personne admise, passée en commission ou sous contrat). Un"
            " dossier qui a changé de main est compté à qui le suit à la fin de la période."
        ],
        counts=_LOAD, facts=facts, heads=(by, "code"),
        head=lambda key: (names.get(key) or key or None, key or None),
        label=lambda key: names.get(key, key) or f"(sans {_TOLD[by]})", of_lines=_TOLD[by],
        groups=lambda _: (WHOLE,),
    )  # fmt: skip


# --- requests made of OFII ---------------------------------------------------------------

_ANSWERS = ("validees", "derogations", "rejetees", "sans_decision")
_LIAISON: Sequence[Count] = (
    *stock(
        "demandes",
        "demandes à transmettre, ou chez l'OFII.",
        ("fiches",),
        _ANSWERS,
        *flow("fiches", "fiches de liaison remplies."),
        *flow("envois", "demandes transmises à l'OFII."),
        *flow("validees", "validées par l'OFII."),
        *flow("derogations", "validées par dérogation."),
        *flow("rejetees", "rejetées par l'OFII."),
        *flow(
            "sans_decision", "la personne a avancé, ou le dossier est clos, sans décision notée."
        ),
    ),
)


def liaison(connection: Connection, filters: Filters) -> Report:
    """Forms, listings and answers, by department."""
    from agir_cli.reports.requests import every_request

    facts: Facts = {name: [] for name in ("fiches", "envois", *_ANSWERS)}
    for department, form, sent, end, answer in every_request(connection, filters):
        facts["fiches"].append((department, *form, 1))
        if sent is not None:
            facts["envois"].append((department, *_both(form, sent), 1))
        if end is not None:
            facts[answer].append((department, *_both(form, end), 1))
    return Report(
        title="Demandes de liaison",
        notes=["Unité : demande (une fiche de liaison). Début + fiches - réponses = fin."],
        counts=_LIAISON, facts=facts, heads=("departement",),
        head=lambda key: (None if key == WHOLE else key,), label=lambda key: f"Département {key}",
        of_lines="département",
    )  # fmt: skip


def _both(form: Days, later: Days) -> Days:
    """The days from which both are known: a request is not answered before it counts."""
    return max(form[0], later[0]), max(form[1], later[1])


# --- situations --------------------------------------------------------------------------

_MOVES: Sequence[Count] = (
    *stock("personnes", "personnes admises dans cette situation (dernière connue), dossiers clos"
           " compris.", ("entrees", "arrivees"), ("departs",),
    *flow("entrees", "personnes entrées dans le programme dans cette situation."),
    *flow("arrivees", "passages vers cette situation, depuis une autre."),
    *flow("departs", "passages depuis cette situation, vers une autre."),
    *flow("sorties", "dossiers clos dans cette situation."),
    ),
)  # fmt: skip
# A situation counts until a later one of the same domain; one told after another of a later day
# never did (`standing.FROM`).
_CHANGES = """WITH told AS (SELECT s.dossier, s.rang, s.date_min, s.date_max, s.{column} AS now,
        min(s.date_max) OVER (PARTITION BY s.dossier ORDER BY s.rang DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later
        FROM situations AS s WHERE s.{column} IS NOT NULL),
    kept AS (SELECT dossier, date_min, date_max, now,
        lag(now) OVER (PARTITION BY dossier ORDER BY rang) AS then_
        FROM told WHERE later IS NULL OR later > date_max)
    SELECT coalesce(k.then_, {entry}), k.now, max(d.admis_min, k.date_min),
        max(d.admis_max, k.date_max), count(*)
    FROM kept AS k JOIN dossiers AS d ON d.id = k.dossier WHERE {where} GROUP BY 1, 2, 3, 4"""
_COLUMN = {"logement": "situation_logement", "travail": "situation_professionnelle"}


def moves(connection: Connection, selection: Selection) -> Report:
    """Who entered, moved and left, by situation."""
    where, values = selection.where("d.admis_max IS NOT NULL")
    facts: Facts = {name: [] for name in ("entrees", "arrivees", "departs", "sorties")}
    for domain, column in _COLUMN.items():
        entry, (closed, until) = situations.AT_ENTRY[domain], days_from("admis", "cloture")
        for kind, at, first, last in (
            ("entrees", entry, "d.admis_min", "d.admis_max"),
            ("sorties", f"coalesce(d.{column}_actuelle, '{situations.UNKNOWN}')", closed, until),
        ):
            query = f"""SELECT {at}, {first} AS a, {last} AS b, count(*) FROM dossiers AS d
                WHERE {where} AND b IS NOT NULL GROUP BY 1, 2, 3"""
            for where_, *fact in connection.execute(query, values):
                facts[kind].append(((domain, where_), *fact))
        query = _CHANGES.format(column=column, entry=entry, where=where)
        for then, now, *fact in connection.execute(query, values):
            if then != now:
                facts["arrivees"].append(((domain, now), *fact))
                facts["departs"].append(((domain, then), *fact))
    housing, work = ((domain, "") for domain in _COLUMN)
    return Report(
        title="Situations",
        notes=["Unité : personne admise. Début + entrées + arrivées - départs = fin."],
        counts=_MOVES, facts=facts, heads=("domaine", "classe"), head=lambda key: key,
        label=lambda key: situations.LABELS[key[1]] if key[1] else situations.TITLES[key[0]],
        of_lines="situation", groups=lambda key: ((key[0], ""),) if key[1] else (),
        same=[(housing, work, name) for name in ("entrees", "sorties", "personnes_debut")],
    )  # fmt: skip


# --- outcomes ----------------------------------------------------------------------------

_EXITS: Sequence[Count] = (
    *flow("personnes", "dossiers clos dans la période, contrat signé.", "oui", "non", "inconnu"),
    Count("atteint", ("oui",), within="personnes", definition="la personne y était à sa sortie."),
    Count("non_atteint", ("non",), within="personnes"),
    Count("inconnu", ("inconnu",), within="personnes",
          definition="le fichier ne le sait pas : ce n'est jamais un succès."),
)  # fmt: skip


def exits(connection: Connection, asked: Asked) -> Report:
    """Which results those had who left, by situation at entry where asked."""
    from agir_cli.reports import outcomes

    facts: Facts = {answer: [] for answer in outcomes.ANSWERS}
    for entry, *answers, first, last, count in outcomes.at_exit(connection, asked):
        for result, answer in zip(outcomes.RESULTS, answers, strict=True):
            facts[answer].append(((entry, result), first, last, count))
    return Report(
        title="Résultats des sorties",
        notes=[
            "Unité : personne dont le dossier a été clos dans la période, après un contrat.",
            outcomes.rule_of(asked.flags),
        ],
        counts=_EXITS, facts=facts, first=outcomes.COLUMNS[3:8],
        rates=[Rate("taux", "atteint", ("personnes",), "atteint, parmi les sorties.")],
        heads=("par", "entree", "resultat"),
        head=lambda key: (asked.by or "", *key),
        label=lambda key: " : ".join(filter(None, (key[0] and situations.LABELS[key[0]],
                                                   outcomes.LABELS[key[1]]))),
        of_lines="situation à l'entrée",
        groups=lambda key: (("", key[1]),),
        same=[(("", "logement"), ("", result), "personnes") for result in outcomes.RESULTS[1:]],
        rests=[(("", result), ("", "les_deux"), "atteint") for result in outcomes.RESULTS[:2]],
    )  # fmt: skip


def no_list(word: str | None, period: Period) -> None:
    """Raise `UsageFailure` where the rows behind a number of a period are asked of a report."""
    if word is not None:
        raise UsageFailure(
            f"--list ne va pas ici avec une période ({period.told}).",
            "Les dossiers d'un flux : agir report funnel --period … --list entrees",
        )
