"""`report quality`: what is due at the stage reached, what contradicts itself, when it was typed.

Each check is data (`data/checks.toml`): a field due from a stage on, a date to be known to the day,
facts that cannot all be true. It asks those alone who have reached its stage for certain and of
whom it can be said; every number is the length of `listed`, or of `entered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.fields import PERSON_FIELDS
from agir_cli.reports import standing as s
from agir_cli.reports.caseload import NAMES_OF
from agir_cli.reports.overdue import EVENT_NUMBER
from agir_cli.reports.passages import median, nine_in_ten
from agir_cli.reports.selection import line_meant, not_admitted, one_of
from agir_cli.reports.sheet import (
    Column,
    Data,
    Section,
    Sheet,
    columns,
    heading_of,
    one_list,
    prose,
)  # fmt: skip
from agir_cli.reports.texts import (
    french_text,
    full_name,
    half_days,
    number,
    percent,
    plural,
    rate,
    teach,
    weekday_date,
)  # fmt: skip

if TYPE_CHECKING:
    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

COMPLETE, PRECISE, CLASH, ENTRY = "completude", "precision", "contradiction", "saisie"
NATURES = {COMPLETE: "Complétude", PRECISE: "Précision", CLASH: "Contradictions", ENTRY: "Saisie"}
BY = {"referent": "referent", "bureau": "bureau", "office": "bureau"}
STATES = {"a_reparer": 0, "bons": 1, "concernes": 2}
"""Which dossiers of a check a list is of: those to be repaired, those that are right, both."""
EVERY = "tout"
ANY, NONE = "*", ""
"""In a condition: whatever value, and none."""

_STEPS = ("diagnostic", "commission", "contrat", "cloture")
_REACHED = {
    "ouvert": "1", "demande": "latest_day(d.date_fiche) <= :day", "admis": s.ADMITTED,
    **{step: f"{s.ADMITTED} AND d.{step}_max <= :day" for step in _STEPS},
}  # fmt: skip
"""SQL: who has reached a stage for certain, as the funnel counts them."""


def _last_said(field: str, with_: str) -> str:
    """SQL: what was last said of a result, no situation having come since; else at the entry."""
    return f"""CASE WHEN EXISTS (SELECT 1 FROM situations AS a
            WHERE a.dossier = d.id AND a.{with_} IS NOT NULL)
        THEN (SELECT a.{field} FROM situations AS a WHERE a.dossier = d.id
            AND a.{field} IS NOT NULL AND a.rang >= (SELECT max(b.rang) FROM situations AS b
                WHERE b.dossier = d.id AND b.{with_} IS NOT NULL) ORDER BY a.rang DESC LIMIT 1)
        ELSE coalesce((SELECT a.{field} FROM situations AS a WHERE a.dossier = d.id
            AND a.{field} IS NOT NULL ORDER BY a.rang DESC LIMIT 1), d.{field}) END"""


def _passed(nature: str) -> str:
    """SQL: the last appointment whose day is past."""
    return f"""(SELECT max(a.jour) FROM appointments AS a
        WHERE a.dossier = d.id AND a.nature = '{nature}' AND a.jour < :day)"""


def _outcome(nature: str, done: str) -> str:
    return f"""CASE WHEN {done} IS NOT NULL OR d.date_cloture IS NOT NULL THEN 'oui'
        ELSE (SELECT max(a.absent_le) FROM appointments AS a WHERE a.dossier = d.id
            AND a.nature = '{nature}' AND a.jour = {_passed(nature)}) END"""


def _day_number(day: str) -> str:
    """SQL: a day whose differences of 10000 are years."""
    return f"CAST(replace({day}, '-', '') AS INTEGER)"


def _day_of(end: str, source: str) -> str:
    """SQL: the ``earliest`` or the ``latest`` day of a date; an exact one needs no reading."""
    return f"iif(length({source}) = 10, {source}, {end}_day({source}))"


_BORN, _BORN_BY = (_day_of(end, "p.date_naissance") for end in ("earliest", "latest"))
_SIGNED_BY = _day_of("latest", "d.date_cir")
_MADE = {
    "emploi_durable_actuelle": _last_said("emploi_durable", "situation_professionnelle"),
    "logement_perenne_actuelle": _last_said("logement_perenne", "situation_logement"),
    "rdv_diagnostic_passe": _passed("diagnostic"),
    "issue_rdv_diagnostic": _outcome("diagnostic", "d.date_diagnostic"),
    "rdv_contrat_passe": _passed("contractualisation"),
    "issue_rdv_contrat": _outcome("contractualisation", "d.date_contrat"),
    "agdref_bien_forme": "CASE WHEN p.agdref IS NOT NULL THEN iif(length(p.agdref) IN (9, 10)"
    " AND p.agdref NOT GLOB '*[^0-9]*', 'oui', 'non') END",
    "moins_de_16_ans_au_cir": f"CASE WHEN d.date_cir IS NOT NULL AND {_BORN} IS NOT NULL THEN iif("
    f"{_day_number(_SIGNED_BY)} - {_day_number(_BORN)} < 160000, 'oui', 'non') END",
    "plus_de_100_ans": f"CASE WHEN {_BORN} IS NOT NULL THEN iif({_day_number(':day')}"
    f" - {_day_number(_BORN_BY)} >= 1010000, 'oui', 'non') END",
    "autre_titulaire": """CASE WHEN d.lien_menage IS NOT NULL THEN iif(EXISTS (
        SELECT 1 FROM dossiers AS o WHERE o.menage = d.menage AND o.id <> d.id
        AND o.lien_menage = 'titulaire' AND o.motif IS NOT 'erreur'), 'oui', 'non') END""",
}
"""SQL of what no column says by itself."""


def _source(name: str) -> str:
    return f"{'m' if name in _MADE else 'p' if name in PERSON_FIELDS else 'd'}.{name}"


class Check(NamedTuple):
    """A check, as `data/checks.toml` has it: of ``fields``, ``precise``, ``order`` or ``clash``.

    ``event``: the kind of event whose number the command takes.
    """

    code: str
    due: str
    guidance: str
    command: str
    source: str
    label: str = ""
    fields: Sequence[str] = ()
    precise: str = ""
    order: Sequence[str] = ()
    clash: Mapping[str, Sequence[str]] = {}
    where: Mapping[str, Sequence[str]] = {}
    seen: Sequence[str] = ()
    event: str = ""

    @property
    def nature(self) -> str:
        """What it looks at."""
        return COMPLETE if self.fields else PRECISE if self.precise else CLASH

    @property
    def told(self) -> str:
        """What it is called."""
        return self.label or heading_of(self.fields[0])

    @property
    def facts(self) -> Sequence[str]:
        """The columns that it looks at, to be shown."""
        return self.seen or (*self.order, *filter(None, [self.precise]), *self.clash)

    @property
    def asked(self) -> str:
        """SQL: of whom it can be said."""
        known = [_known(name) for name in (*self.order, *self.clash) if name != "anomalies"]
        known += [_known(self.precise)] if self.precise else []
        parts = [_REACHED[self.due], *known, *(_is(*each) for each in self.where.items())]
        return " AND ".join(f"({part})" for part in parts)

    @property
    def right(self) -> str:
        """SQL: whether it is as it must be."""
        if self.fields:
            return " OR ".join(map(_known, self.fields))
        if self.precise:
            return f"length({_source(self.precise)}) = 10"
        if self.order:
            first, then = (_bounds(name) for name in self.order)
            return f"{first[0]} <= {then[1]}"
        return " OR ".join(f"NOT ({_is(*each)})" for each in self.clash.items())


def _known(name: str) -> str:
    return f"{_bounds(name)[0] if name in ('admis', *_STEPS) else _source(name)} IS NOT NULL"


def _bounds(name: str) -> tuple[str, str]:
    """SQL: the first and the last day that a date, or a milestone, may be of."""
    if name in ("admis", *_STEPS):
        return f"d.{name}_min", f"d.{name}_max"
    return _day_of("earliest", _source(name)), _day_of("latest", _source(name))


def _is(name: str, values: Sequence[str]) -> str:
    """SQL: whether a column has one of these values."""
    source = _source(name)
    if ANY in values:
        return f"{source} IS NOT NULL"
    listed = ", ".join(f"'{value}'" for value in values)
    return f"coalesce({source}, '{NONE}') IN ({listed})"


@cache
def checks() -> Mapping[str, Check]:
    """Every check, by its code, in the order of the file."""
    return {raw["code"]: Check(**raw) for raw in _file()["check"]}


@cache
def _file() -> Mapping[str, Any]:
    import tomllib

    from agir_cli.shipped import data_file

    return tomllib.loads(data_file("checks.toml").read_text("utf-8"))


class Question(NamedTuple):
    """Whom; by what; one line alone (its code, empty for nobody's), or all of them (``None``)."""

    selection: Selection
    by: str | None = None
    line: str | None = None

    @property
    def key(self) -> str:
        """SQL: the line of a dossier."""
        return f"coalesce(d.{self.by}, '')" if self.by else "''"

    def where(self, *parts: str) -> tuple[str, dict[str, object]]:
        """The WHERE of these parts, of the filters and of the line."""
        alone = [] if self.line is None else [f"{self.key} = :line"]
        return self.selection.where("1", *parts, *alone, line=self.line)


class Line(NamedTuple):
    """What a check, or the entry of a kind of act, comes to for a line (``key`` empty: nobody's).

    ``concernes``: of whom it can be said; the acts, for `ENTRY`, of which the days are told:
    the median, and those that nine in ten did not exceed.
    """

    key: str
    ligne: str
    nature: str
    controle: str
    intitule: str
    concernes: int
    bons: int | None
    a_reparer: int | None
    taux: float | None
    mediane_jours: float | None = None
    p90_jours: int | None = None


_OF = "dossiers AS d LEFT JOIN people AS p ON p.id = d.personne"
_MADE_AS = ", ".join(f"{sql} AS {name}" for name, sql in _MADE.items())
_WITH = f"WITH m AS {{0}} MATERIALIZED (SELECT d.id, {_MADE_AS} FROM {_OF} WHERE {{where}})"
"""SQL: what no column says by itself, once for all the checks; ``NOT``: where one asks for it."""
_FROM = f"{_OF} JOIN m ON m.id = d.id"


def figures(connection: Connection, question: Question) -> list[Line]:
    """Every check of every line, then the entry of each kind of act."""
    teach(connection)
    names = _names(connection, question.by)
    where, values = question.where()
    sums = ", ".join(
        f"sum({each.asked}), sum({each.asked} AND ({each.right}))" for each in checks().values()
    )
    made = _WITH.format("", where=where)
    query = f"{made} SELECT {question.key}, {sums} FROM {_FROM} WHERE {where} GROUP BY 1"
    found = {key: counts for key, *counts in connection.execute(query, values)}
    acts, rows = _acts(connection, question), []
    for key in sorted({*found, *acts}, key=lambda each: (not each, names.get(each, each))):
        counts = found.get(key) or [0] * (2 * len(checks()))
        told = names.get(key, key)
        for each, due, right in zip(checks().values(), counts[::2], counts[1::2], strict=True):
            due, right = due or 0, right or 0
            rows.append(Line(key, told, each.nature, each.code, each.told, due, right,
                             due - right, rate(right, due)))  # fmt: skip
        rows += [
            Line(key, told, ENTRY, kind, ACTS[kind], len(days), None, None, None,
                 median(days), nine_in_ten(days))
            for kind, days in acts.get(key, {}).items()
        ]  # fmt: skip
    return rows


def _names(connection: Connection, by: str | None) -> Mapping[str, str]:
    found = dict(connection.execute(NAMES_OF[by]).fetchall()) if by else {}
    return {**found, "": f"(sans {heading_of(by).lower()})" if by else "Ensemble"}


def line_of(connection: Connection, by: str | None, given: str | None) -> str | None:
    """The code of the line that somebody names. Raises `UsageFailure`."""
    if given is None or by is None:
        return None
    return line_meant(connection, NAMES_OF[by], given)


# --- from the act to its entry -----------------------------------------------------------

_OF_ACTS = {
    "diagnosis_held": "Diagnostic", "referent_designated": "Commission",
    "contract_signed": "Contrat", "interview_held": "Entretien",
    "situation_recorded": "Situation relevée", "dossier_closed": "Clôture",
}  # fmt: skip
_BY_FILE = ":fichier"
ACTS = {
    ENTRY: "Tous les actes", **_OF_ACTS,
    **{f"{kind}{_BY_FILE}": f"{told} (par fichier)" for kind, told in _OF_ACTS.items()},
}  # fmt: skip
"""The acts whose entry is measured: all of them, those typed and those of a file, by kind."""

# Of every dossier at once: `overdue.NOT_VOIDED` asks each dossier anew.
_STANDS = """e.id NOT IN (SELECT json_extract(v.payload, '$.event') FROM events AS v
        WHERE v.kind = 'event_voided')"""
_ENTERED = f"""SELECT {{key}}, e.kind || iif(e.batch IS NULL, '', '{_BY_FILE}'), e.effective_to,
    substr(e.recorded_at, 1, 13), {{whose}} FROM events AS e JOIN dossiers AS d ON d.id = e.dossier
WHERE e.kind IN ({", ".join(f"'{kind}'" for kind in _OF_ACTS)})
    AND e.effective_from = e.effective_to AND e.effective_to <= :day
    AND e.recorded_at < :until AND {_STANDS} AND {{where}}"""


class Entered(NamedTuple):
    """An act whose day is known, and the day it was typed; ``jours``: from the one to the other."""

    dossier: str
    controle: str
    date: str
    date_saisie: str
    jours: int


def entered(connection: Connection, question: Question) -> list[Entered]:
    """The acts that stand and were typed by the day, by dossier."""
    acts = _typed(connection, question, "d.dossier", " ORDER BY d.dossier, e.effective_to")
    return [Entered(which, *rest) for _, which, *rest in acts]


def _typed(
    connection: Connection, question: Question, whose: str, end: str
) -> Iterator[tuple[Any, ...]]:
    """Of acts the line, ``whose``, the kind, the day, the day of entry and the days between."""
    from agir_cli.reports.history import end_of
    from agir_cli.store.stamp import in_paris

    @cache
    def day_of(hour: str) -> date:
        return in_paris(f"{hour}:00:00+00:00").date()

    where, values = question.where()
    values["until"] = end_of(question.selection.day)
    query = _ENTERED.format(key=question.key, where=where, whose=whose) + end
    for key, kind, done, hour, which in connection.execute(query, values):
        days = max((day_of(hour) - date.fromisoformat(done)).days, 0)
        yield key, which, kind, done, day_of(hour).isoformat(), days


def _acts(connection: Connection, question: Question) -> dict[str, dict[str, list[int]]]:
    """The days of each kind of act, sorted, by line."""
    found: dict[str, dict[str, list[int]]] = {}
    alike = " GROUP BY 1, 2, 3, 4"
    for key, count, kind, *_, days in _typed(connection, question, "count(*)", alike):
        found.setdefault(key, {}).setdefault(kind, []).extend([days] * count)
    for acts in found.values():
        acts[ENTRY] = [days for kind in acts.values() for days in kind]
    return {
        key: {kind: sorted(acts[kind]) for kind in ACTS if kind in acts}
        for key, acts in found.items()
    }


# --- the lists behind the numbers --------------------------------------------------------


class Listed(NamedTuple):
    """A dossier behind a number: what it is about, what the file says, what repairs it."""

    dossier: str
    nom: str | None
    prenoms: str | None
    referent: str | None
    controle: str
    constat: str
    a_faire: str


class Wanted(NamedTuple):
    """The list that somebody asks for: which checks or kinds of acts, which dossiers of them."""

    codes: Sequence[str]
    state: str = "a_reparer"
    told: str = ""


def wanted(text: str) -> Wanted:
    """The list meant by ``--list TEXT``: a check, a nature or « tout »; « telephone:concernes ».

    Raises `UsageFailure` for a word that is none.
    """
    name, _, state = (part.strip().casefold() for part in text.partition(":"))
    kinds = {
        nature: [c.code for c in checks().values() if c.nature == nature] for nature in NATURES
    }
    named = {**kinds, EVERY: [*checks()], **{code: [code] for code in checks()}}
    other = {n: code for code, check in checks().items() for n in (*check.fields, check.told)}
    whole = f"{name}{_BY_FILE}" if f":{state}" == _BY_FILE else name
    word = one_of("Le contrôle", whole, [*named, *ACTS], other)
    if word in ACTS:
        return Wanted([word], told=ACTS[word])
    if state and state not in STATES:
        raise not_admitted("La liste", state, STATES)
    told = checks()[word].told if word in checks() else NATURES.get(word, "Tout")
    return Wanted(named[word], state or "a_reparer", told)


_LISTED = f"""{_WITH.format("NOT", where="1")} SELECT d.dossier, p.nom, p.prenoms,
    coalesce((SELECT r.nom FROM referents AS r WHERE r.code = d.referent), d.referent),
    CASE WHEN d.etape = 'clos' THEN {EVENT_NUMBER.format("'dossier_closed'")} END, {{facts}}
FROM {_FROM} WHERE {{where}} ORDER BY d.dossier"""
_STATE = {"a_reparer": "{0} AND NOT ({1})", "bons": "{0} AND ({1})", "concernes": "{0}"}
_REOPENED = 'correct {dossier} {n} --void --reason "clos avant d\'être complet"'
_DATE_OF = {"admis": "d.admis_min", **{step: f"d.date_{step}" for step in _STEPS}}


def listed(connection: Connection, question: Question, asked: Wanted) -> list[Listed]:
    """The dossiers behind these checks, by reference, then in the order of the checks."""
    teach(connection)
    rows: list[Listed] = []
    for check in map(checks().__getitem__, asked.codes):
        where, values = question.where(f"({_STATE[asked.state].format(check.asked, check.right)})")
        number = EVENT_NUMBER.format(f"'{check.event}'") if check.event else "NULL"
        day = _DATE_OF[check.due] if check.due in _STEPS else "NULL"
        names, told = check.facts, check.told
        facts = [_DATE_OF.get(name) or _source(name) for name in names]
        query = _LISTED.format(facts=", ".join((number, day, *facts)), where=where)
        rows += [
            Listed(row[0], row[1], row[2], row[3], told,
                   _facts_told(names, row[7:]) if names else "",
                   _repair(check, row[0], *row[4:7]))
            for row in connection.execute(query, values)
        ]  # fmt: skip
    return sorted(rows, key=lambda row: row.dossier)


def _facts_told(names: Sequence[str], values: Sequence[Any]) -> str:
    """« CIR signé le : 10/01/2023 ; Statut obtenu le : mars 2023 »."""
    from agir_cli.domain.events import anomaly_told
    from agir_cli.reports.field_words import shown

    told: list[str] = []
    for name, value in zip(names, values, strict=True):
        if name == "anomalies":
            told += map(anomaly_told, str(value or "").split("+"))
        elif name == "admis":
            told.append(f"Admis le : {french_text(value)}")
        elif value is not None:
            column = f"date_{name}" if name in _STEPS else name
            told.append(f"{heading_of(column)} : {shown(column, value)}")
    return " ; ".join(told)


def _repair(
    check: Check, dossier: str, end: int | None, number: int | None, day: str | None
) -> str:
    """The command that repairs it; into a closed dossier (``end``) nothing enters but identity."""
    command, touched = check.command, {*check.fields, *check.order, *check.clash}
    if end and not command.startswith("correct") and touched.isdisjoint(PERSON_FIELDS):
        command, number = _REOPENED, end
    known = french_text(day) if day and len(day) == 10 else "JOUR"
    return f"agir {command.format(dossier=dossier, n=number or 'N°', jour=known)}"


# --- the sheets --------------------------------------------------------------------------

_COUNTS = ("concernes", "bons", "a_reparer", "taux")
_DAYS = ("mediane_jours", "p90_jours")
NAMES = ("referent", "bureau", "nature", "controle", "intitule", "du_des", *_COUNTS, *_DAYS)


def _stage(code: str | None) -> str:
    from agir_cli.reports.field_words import words_of

    return words_of(columns(["du_des"])[0]).get(code or "", "")


_SHOWN: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(_COUNTS, number), "taux": percent, "mediane_jours": half_days,
    "nature": NATURES.__getitem__, "du_des": _stage,
}  # fmt: skip


def sheet(connection: Connection, question: Question) -> Sheet:
    """The checks that found something, worst first, and the entry; by line, one row each."""
    rows = figures(connection, question)
    lined = question.by is not None and question.line is None
    data = [
        (each.ligne if question.by == "referent" else None,
         each.ligne if question.by == "bureau" else None, *each[2:5],
         checks()[each.controle].due if each.nature != ENTRY else None, *each[5:])
        for each in rows
    ]  # fmt: skip
    of_line = f", {rows[0].ligne}" if question.line is not None and rows else ""
    return Sheet(
        title=f"Qualité des données{of_line}, au {weekday_date(question.selection.day)}",
        notes=[
            "Unité : dossier ; un champ n'est dû qu'une fois son étape atteinte."
            " Saisie : jours de l'acte à son enregistrement.",
            "Derrière un nombre, et ce qui répare : --list tout, ou un contrôle"
            f" (--list contact, --list contact:concernes){', et --line NOM' if lined else ''}.",
            *_notes(rows),
        ],
        sections=_by_line(rows, question.by or "") if lined else _by_check(rows),
        data=Data(columns(NAMES, {"nature": NATURES.__getitem__}), data),
        empty=["Rien à vérifier : aucun dossier n'a atteint une étape."],
    )  # fmt: skip


def _notes(rows: Sequence[Line]) -> Iterator[str]:
    """What no section says, since it has nothing to show."""
    clashes = [each for each in rows if each.nature == CLASH and each.concernes]
    if clashes and not any(each.a_reparer for each in clashes):
        yield f"Contradictions : aucune ({len({each.controle for each in clashes})} contrôles)."
    if clashes and not any(each.nature == ENTRY for each in rows):
        yield "Saisie : aucun acte de jour connu n'était enregistré à cette date."


def _by_check(rows: Sequence[Line]) -> Iterator[Section]:
    known = columns(("controle", "intitule", "du_des", *_COUNTS), _SHOWN)
    for nature in (COMPLETE, PRECISE, CLASH):
        some = [each for each in rows if each.nature == nature and each.concernes]
        wrong = sorted((e for e in some if e.a_reparer), key=lambda e: (e.taux, e.controle))
        fine = len(some) - len(wrong)
        below = f"Sans défaut : {fine} {plural(fine, 'contrôle')} sur {len(some)}." if fine else ""
        told = [(e.controle, e.intitule, checks()[e.controle].due, *e[5:9]) for e in wrong]
        yield Section(NATURES[nature], known, told, spare=("bons", "controle"), below=below)
    acts = [(e.intitule, e.concernes, e.mediane_jours, e.p90_jours)
            for e in rows if e.nature == ENTRY]  # fmt: skip
    known = columns(("intitule", "actes_saisis", *_DAYS), _SHOWN, intitule="Acte")
    yield Section("De l'acte à sa saisie, en jours", known, acts)


def _by_line(rows: Sequence[Line], by: str) -> Iterator[Section]:
    names = (*_COUNTS, "contradictions", "actes_saisis", *_DAYS)
    told = []
    for key in dict.fromkeys(each.key for each in rows):
        own = [each for each in rows if each.key == key]
        asked = [each for each in own if each.nature in (COMPLETE, PRECISE)]
        due, right = sum(e.concernes for e in asked), sum(e.bons or 0 for e in asked)
        clash = sum(e.a_reparer or 0 for e in own if e.nature == CLASH)
        typed = next(((e.concernes, *e[9:]) for e in own if e.controle == ENTRY), (0, None, None))
        told.append((own[0].ligne, due, right, due - right, rate(right, due), clash, *typed))
    told.sort(key=lambda row: (row[4] is None, row[4]))
    laid = [Column("", heading_of(by)), *columns(names, _SHOWN)]
    title = f"Par {heading_of(by).lower()}, du moins complet au plus complet"
    yield Section(title, laid, told, spare=("bons",))


def sheet_behind(connection: Connection, question: Question, asked: Wanted) -> Sheet:
    """The dossiers of a check, or the acts of a kind, with what repairs them."""
    day, first = weekday_date(question.selection.day), asked.codes[0]
    if first in ACTS:
        rows = [each for each in entered(connection, question) if first in (ENTRY, each[1])]
        known = columns(Entered._fields, {"controle": ACTS.__getitem__}, controle="Acte")
        return one_list(f"{asked.told} : {{count}} acte{{s}}, au {day}", known, rows)
    found = listed(connection, question, asked)
    notes = [f"Unité : dossier et contrôle. {number(len(found))} dans la liste."]
    if len(asked.codes) == 1:
        check = checks()[first]
        source = _file()["sources"][check.source]
        where = ", ".join(filter(None, (source["title"], source.get("place"))))
        notes.append(f"Dû dès {_stage(check.due)}. {check.guidance} [{where}]")
    told = f"{asked.told} ({heading_of(asked.state).lower()})"
    return Sheet(
        title=f"{told}, au {day}", notes=notes, sections=[prose("", [*_paragraphs(found)])],
        data=Data(columns(Listed._fields), found), empty=[f"{told} : aucun dossier au {day}."],
    )  # fmt: skip


_LINE = 76


def _paragraphs(found: Sequence[Listed]) -> Iterator[str]:
    """Each dossier, then what it lacks, with the command on a line that can be copied."""
    before = None
    for row in found:
        if row.dossier != before:
            whose = f" ; référent : {row.referent}" if row.referent else ""
            yield f"{row.dossier}  {full_name(row.nom, row.prenoms)}{whose}"
        before = row.dossier
        told = f"{row.controle} ({row.constat})" if row.constat else row.controle
        whole = f"  {told} : {row.a_faire}"
        yield from [whole] if len(whole) <= _LINE else [f"  {told} :", f"  {row.a_faire}"]
