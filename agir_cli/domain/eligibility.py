"""The pre-check of admission: one named answer a criterion, combined on the last line.

OFII decides, the tool pre-checks. A criterion answers yes, no or unknown; unknown never
refuses. Source: webinar of 12 October 2023, slide "Process d'admission BPI CIR année N (1/2)",
step 1, and the titles of the four "Process d'admission" slides; each answer carries the source
of its rule-set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.dates import (
    NO,
    UNKNOWN,
    YES,
    Length,
    PartialDate,
    Verdict,
    before_or_on,
    french,
    french_day,
    french_on,
)
from agir_cli.domain.dossier import Decided, Dossier, Facts, Situation
from agir_cli.domain.route import (
    domicile_department,
    residence_department,
    route,
    routes,
)
from agir_cli.domain.route import receipt as received_by
from agir_cli.domain.rules import SOURCES, Criterion, Rulebook, RuleSet, SituationFlags, Source
from agir_cli.domain.vocabulary import Code, Housing, Orientation, Route, Status, Tristate

# --- one criterion answered --------------------------------------------------------------


class Answer(NamedTuple):
    """One criterion answered: with the fact that decided, its source, and what to do."""

    criterion: str
    verdict: Verdict
    told: str
    """The fact, as a template for the values of ``of``: `fact` fills it in."""
    of: tuple[Any, ...]
    origin: Source | str
    missing: tuple[str, ...] = ()
    """The fields that would answer it, or that a yes leaves to be said."""
    reason: str = ""
    """The code of its "no", where that is not the one of its criterion."""

    @property
    def refused_as(self) -> str:
        """The code of its "no" (`domain.reasons`); empty for what never says no."""
        return self.reason or REASON_OF.get(self.criterion, "")

    @property
    def fact(self) -> str:
        """The fact that decided (French)."""
        return self.told.format(*map(shown, self.of))

    @property
    def source(self) -> str:
        """Where the criterion comes from."""
        return str(self.origin)


def shown(value: Any) -> str:
    """Write a value inside a sentence."""
    match value:
        case None:
            return "inconnu"
        case bool():
            return "oui" if value else "non"
        case Verdict():
            return value.value
        case PartialDate():
            return french(value)
        case Code():
            return value.label
        case Decided():
            return f"{decision_of(value)} : {value.outcome.label}"
        case tuple():
            return " + ".join(map(shown, value))
        case _:
            return str(value)


def decision_of(decided: Decided) -> str:
    """Name a decision with its date: « décision OFII du 20/02/2023 », as precise as it is known."""
    on = decided.on
    if on is None:
        return "décision OFII, jour inconnu"
    return f"décision OFII du {french(on)}" if on.exact else f"décision OFII, {french_on(on)}"


# --- durable work, lasting housing -------------------------------------------------------


def lasting_job(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person had durable work at entry."""
    return _job(dossier.facts, flags) or UNKNOWN


def lasting_home(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person had lasting housing at entry [P: Forum réfugiés 1641]."""
    return _home(dossier.facts, flags) or UNKNOWN


def job_now(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person has durable work, by the last that was said of it, else as at entry."""
    return next(filter(None, (_job(known, flags) for known in _latest_first(dossier))), UNKNOWN)


def home_now(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person has lasting housing, by the last that was said of it, else as at entry."""
    return next(filter(None, (_home(known, flags) for known in _latest_first(dossier))), UNKNOWN)


def _latest_first(dossier: Dossier) -> list[Facts | Situation]:
    return [*reversed(dossier.situations), dossier.facts]


def _job(known: Facts | Situation, flags: SituationFlags) -> Verdict | None:
    """By the situation, else by the answer given; None where nothing is said of it."""
    work = known.situation_professionnelle
    if work is not None:
        return _yes_if(work in flags.durable_work)
    return _said(known.emploi_durable)


def _home(known: Facts | Situation, flags: SituationFlags) -> Verdict | None:
    """By the housing, assisted one by its detail; else by the answer given."""
    housing, detail = known.situation_logement, known.detail_logement
    if housing is Housing.ASSISTED and detail is not None:
        return _yes_if(detail in flags.lasting_details)
    if housing is not None and housing is not Housing.ASSISTED:
        return _yes_if(housing in flags.lasting_housing)
    nothing = UNKNOWN if housing is not None else None
    return _said(known.logement_perenne) or nothing


def _said(answer: Tristate | None) -> Verdict | None:
    return Verdict(answer.value) if answer is not None else None


def _yes_if(answer: bool) -> Verdict:
    return YES if answer else NO


# --- the pre-check -----------------------------------------------------------------------


CRITERIA = {
    "status": "Statut",
    "territory": "Domicile et résidence",
    "need": "Besoin (emploi, logement)",
    "cir_year": "Année du CIR",
    "window": "Ancienneté de la protection ou du CIR",
    "freeze": "Entrées ouvertes",
    "wish": "Accord de la personne",
    "regle": "Règle applicable",
    "ofii": "Décision de l'OFII",
}

CODES = {
    "status": "statut", "territory": "territoire", "need": "besoin", "cir_year": "annee_cir",
    "window": "anciennete", "freeze": "entrees", "wish": "accord",
}  # fmt: skip
"""The criteria whose code in a rule-set is not the word that a machine reads."""

REASON_OF = {
    "status": "statut_non_concerne",
    "territory": "hors_territoire",
    "need": "sans_besoin",
    "cir_year": "cir_trop_ancien",
    "window": "trop_ancien",
    "freeze": "entrees_suspendues",
    "wish": "orientation_refusee",
}
"""The code of the "no" of each criterion."""
INCOMPLETE_NEED = "besoin_incomplet"
"""That of `need`, where a rule-set asks for more than that something is missing."""
REFUSED_AS = frozenset({*REASON_OF.values(), INCOMPLETE_NEED})


class Assessment(NamedTuple):
    """Every answer, the route, and the whole."""

    answers: tuple[Answer, ...]
    route: Route
    rules: RuleSet | None
    receipt: PartialDate | None
    receipt_of: str
    """What the day of the request is the day of (French): « de l'orientation »."""
    precheck: Verdict
    """What the criteria answer together, whatever OFII has decided."""
    eligible: Verdict
    """The pre-check's answer; where OFII has decided, OFII's."""
    missing: tuple[str, ...]
    """The fields that would turn an unknown into an answer."""

    @property
    def commission(self) -> bool:
        """Whether a commission designates the référent: where no rule is known, one does."""
        return self.rules is None or self.rules.commission

    @property
    def refusals(self) -> tuple[Answer, ...]:
        """The criteria that say no."""
        return tuple([a for a in self.answers if a.verdict is NO and a.criterion != "ofii"])


class Judged(NamedTuple):
    """A state with its pre-check: decisions look at it, the store writes it."""

    state: Dossier
    assessment: Assessment


class _Case(NamedTuple):
    dossier: Dossier
    rules: RuleSet
    receipt: PartialDate
    way: Route
    flags: SituationFlags
    rulebook: Rulebook

    def opened(self, department: str) -> date | None:
        """The day the programme opened there, by this rule-set or another in force that day."""
        own = self.rules.departments.get(department)
        if own is not None:
            return own
        others = (r for r in self.rulebook.rule_sets if r.covers(department, self.receipt.latest))
        return next((r.departments[department] for r in others), None)


def assess(dossier: Dossier, rulebook: Rulebook) -> Assessment:
    """The pre-check of a dossier, judged on the day its request was received, never today."""
    receipt, receipt_of = received_by(dossier)
    rules = rulebook.rule_set(dossier.department, receipt)
    way = route(dossier.cir, receipt, rules)
    if rules is None or receipt is None:
        answers = [_no_rule(dossier, receipt, rulebook)]
    else:
        flags = rulebook.flags(receipt.earliest)
        case = _Case(dossier, rules, receipt, way, flags, rulebook)
        answers = [_CRITERIA[name](case, rule) for name, rule in rules.criteria.items()]
    eligible = precheck = _together([answer.verdict for answer in answers])
    missing = tuple([field for answer in answers for field in answer.missing])
    if dossier.ofii is not None:
        decided = _decided(dossier.ofii)
        answers.append(decided)
        eligible = decided.verdict
    return Assessment(tuple(answers), way, rules, receipt, receipt_of, precheck, eligible, missing)


def _together(verdicts: list[Verdict]) -> Verdict:
    """*No* if one is no, else *unknown* if one is unknown."""
    if NO in verdicts:
        return NO
    return UNKNOWN if UNKNOWN in verdicts else YES


def judged(state: Dossier, rulebook: Rulebook) -> Judged:
    """A state with its pre-check."""
    return Judged(state, assess(state, rulebook))


def known_facts(dossier: Dossier, rulebook: Rulebook) -> tuple[Answer, ...]:
    """What the criteria look at, where no rule judges it: the facts, each answer *unknown*.

    They are looked at with the rule of the nearest days, of which each names the criterion.
    """
    receipt, _ = received_by(dossier)
    rules = rulebook.nearest(dossier.department, receipt)
    day = receipt or PartialDate(rules.start, rules.start)
    flags, way = rulebook.flags(day.earliest), route(dossier.cir, receipt, None)
    case = _Case(dossier, rules, day, way, flags, rulebook)
    answers = [_CRITERIA[name](case, rule) for name, rule in rules.criteria.items()]
    if receipt is None:
        answers = [answer for answer in answers if answer.criterion != "cir_year"]
    told = f"{rules.title}, hors de ses dates : pour information"
    return tuple([answer._replace(verdict=UNKNOWN, origin=told) for answer in answers])


def _no_rule(dossier: Dossier, receipt: PartialDate | None, rulebook: Rulebook) -> Answer:
    missing = () if receipt else ("date_orientation",)
    told = (
        "règle non connue {} (département {}, demande reçue : {}) : l'OFII décide"
        if receipt
        else "date de réception inconnue : l'OFII décide"
    )
    about = (unknown_when(rulebook, dossier.department, receipt), dossier.department, receipt)
    return Answer("regle", UNKNOWN, told, about if receipt else (), SOURCES["projet"], missing)


def unknown_when(rulebook: Rulebook, department: str, receipt: PartialDate | None) -> str:
    """On which days around a request no rule is known: « depuis le 01/07/2024 »."""
    if receipt is None or any(r.covers(department, day) for r in rulebook.rule_sets
                              for day in receipt):  # fmt: skip
        return "à cette date"  # too vague to tell which rule it is of
    first, last, _ = rulebook.uncovered(department, receipt.earliest)
    if first == date.min and last == date.max:
        return f"pour le département {department}"
    if last == date.max:
        return f"depuis le {french_day(first)}"
    if first == date.min:
        return f"jusqu'au {french_day(last)}"
    return f"du {french_day(first)} au {french_day(last)}"


def _decided(decided: Decided) -> Answer:
    verdict = YES if decided.positive else NO
    return Answer("ofii", verdict, "{}", (decided,), SOURCES["ofii"])


def _status(case: _Case, rule: Criterion) -> Answer:
    status = case.dossier.facts.statut
    if status is None:
        return _unknown("status", rule, "statut inconnu", (), "statut")
    admitted = _yes_if(status in rule.parameters["admitted"])
    if status is Status.JOINER:
        about = (status, case.dossier.facts.rejoint)
        return Answer("status", admitted, "statut : {} ; BPI rejoint : {}", about, rule.source)
    return Answer("status", admitted, "statut : {}", (status,), rule.source)


_TERRITORY = "résidence : {} ; domicile : {}"


def _territory(case: _Case, rule: Criterion) -> Answer:
    residence, domicile = residence_department(case.dossier), domicile_department(case.dossier)
    codes = (residence, domicile)
    first, last = case.receipt
    opened = {code: case.opened(code) for code in codes if code}
    closed = [code for code, day in opened.items() if day is None or day > last]
    served = case.rulebook.departments
    if served and residence and residence not in (*served, case.dossier.department):
        told = _TERRITORY + outside(served) + not_open(case.rulebook, codes, case.receipt)
        return Answer("territory", NO, told, codes, rule.source)
    if closed:
        about = (*codes, _opening(case, closed))
        return Answer("territory", NO, _TERRITORY + "{}", about, rule.source)
    if residence is None or domicile is None:
        fields = zip(("commune_residence", "commune_domicile"), codes, strict=True)
        missing = [field for field, code in fields if code is None]
        return _unknown("territory", rule, _TERRITORY, codes, *missing)
    if any(day is None or day > first for day in opened.values()):
        told = _TERRITORY + " (jour d'ouverture)"
        return _unknown("territory", rule, told, codes, "date_orientation")
    return Answer("territory", YES, _TERRITORY, codes, rule.source)


def outside(served: tuple[str, ...]) -> str:
    """Say that a place is in none of the file's departments."""
    return f" (départements de ce fichier : {', '.join(served)})"


def not_open(rulebook: Rulebook, codes: Iterable[str | None], on: PartialDate) -> str:
    """Say which of these departments were certainly not open on a day, and when they opened."""
    opened = {code: day for each in rulebook.rule_sets for code, day in each.departments.items()}
    closed = [code for code in dict.fromkeys(codes) if code and opened.get(code, date.max) > on[1]]
    told = [
        f"{code} ouvert le {french_day(opened[code])}" if code in opened
        else f"{code}, ouverture non connue"
        for code in closed
    ]  # fmt: skip
    return f" ; hors territoire {french_on(on)} : {', '.join(told)}" if told else ""


def _opening(case: _Case, closed: list[str]) -> str:
    told = not_open(case.rulebook, closed, case.receipt).removeprefix(" ; ")
    open_in = ", ".join(sorted(case.rules.departments))
    beside = (
        f" ; programme connu ouvert : {open_in}" if {*closed} - {*case.rules.departments} else ""
    )
    return f" ({told or 'pas de règle ce jour-là'}{beside})"


def _need(case: _Case, rule: Criterion) -> Answer:
    job, home = lasting_job(case.dossier, case.flags), lasting_home(case.dossier, case.flags)
    told, about = "emploi durable : {} ; logement pérenne : {}", (job, home)
    wanted = rule.parameters.get("lacking", "one")
    asked = {"emploi": {_WORK: job}, "logement": {_HOME: home}}.get(
        wanted, {_WORK: job, _HOME: home}
    )
    lacks = asked.values()
    if wanted == "both":
        verdict = NO if YES in lacks else UNKNOWN if UNKNOWN in lacks else YES
    else:
        verdict = YES if NO in lacks else UNKNOWN if UNKNOWN in lacks else NO
    if verdict is UNKNOWN:
        missing = [field for field, has in asked.items() if has is UNKNOWN]
        return _unknown("need", rule, told, about, *missing)
    reason = "" if wanted == "one" else INCOMPLETE_NEED
    return Answer("need", verdict, told, about, rule.source, reason=reason)


_WORK, _HOME = "situation_professionnelle", "situation_logement"


def _window(case: _Case, rule: Criterion) -> Answer:
    """Whether the CIR, or the protection, is recent enough on the day of the request.

    Under so many months [P: refugies.info, page of AGIR: protection obtained less than 24 months
    ago], or of the year of the request or so many calendar years before [W: CIR year N, N-1].
    """
    by_cir = rule.parameters["anchor"] == "cir"
    on = case.dossier.cir if by_cir else case.dossier.facts.date_statut
    name, field = ("CIR", "date_cir") if by_cir else ("protection", "date_statut")
    months, years = rule.parameters.get("under_months", 0), rule.parameters.get("calendar_years", 0)
    bound = f"moins de {months} mois" if months else f"année de la demande ou {years} avant"
    if on is None:
        return _unknown("window", rule, f"{name} : date inconnue ; il faut : {bound}", (), field)
    first, last = case.receipt
    if months:
        end = Length(months=months).after(on)
        recent, too_old = last < end.earliest, first >= end.latest
    else:
        recent = last.year - on.earliest.year <= years
        too_old = first.year - on.latest.year > years
    verdict = YES if recent else NO if too_old else UNKNOWN
    about = (on, case.receipt)
    told = name + " : {} ; demande reçue : {} ; il faut : " + bound
    wanted = _of_request(case.dossier) if on.exact else field
    missing = () if verdict is not UNKNOWN else (wanted,)
    return Answer("window", verdict, told, about, rule.source, missing)


def _freeze(case: _Case, rule: Criterion) -> Answer:
    """Whether entries are open on the day of the request [P: Forum réfugiés, article 1641]."""
    start = rule.parameters.get("start", case.rules.start)
    end = rule.parameters.get("end", case.rules.end) or date.max
    first, last = case.receipt
    until = f"au {french_day(end)}" if end < date.max else "sans fin connue"
    told = f"entrées suspendues du {french_day(start)} {until} ; demande reçue : {{}}"
    frozen = start <= first and last <= end
    open_ = last < start or end < first
    verdict = NO if frozen else YES if open_ else UNKNOWN
    missing = () if verdict is not UNKNOWN else (_of_request(case.dossier),)
    return Answer("freeze", verdict, told, (case.receipt,), rule.source, missing)


def _cir_year(case: _Case, rule: Criterion) -> Answer:
    cir = case.dossier.cir
    if cir is None:
        return _unknown("cir_year", rule, "date du CIR inconnue", (), "date_cir")
    about = (cir, case.receipt, case.way)
    if case.way is Route.UNKNOWN or _oriented_too_soon(case.dossier):
        return _unsure_year(case, cir, rule, about)
    recent = _yes_if(case.way is not Route.OUTSIDE)
    return Answer("cir_year", recent, _YEAR, about, rule.source)


_YEAR = "CIR : {} ; demande reçue : {} ; {}"
_BEFORE_CIR = "CIR : {} ; demande reçue avant lui : {} ; l'une des deux dates est à corriger"


def _oriented_too_soon(d: Dossier) -> bool:
    """Whether the orientation precedes the CIR: OFII orients at its signature or later (step 1)."""
    on = d.orientation.on if d.orientation else None
    return d.cir is not None and on is not None and before_or_on(d.cir, on) is NO


def _unsure_year(case: _Case, cir: PartialDate, rule: Criterion, about: tuple[Any, ...]) -> Answer:
    """Answer for dates that leave several years: if all are admitted, only the route is unknown."""
    if before_or_on(cir, case.receipt) is NO:
        return _unknown("cir_year", rule, _BEFORE_CIR, about, "date_cir")
    dates = {"date_cir": cir, _of_request(case.dossier): case.receipt}
    vague = [name for name, on in dates.items() if on.earliest.year != on.latest.year]
    if {*routes(cir, case.receipt, case.rules)} <= {Route.DIRECT, Route.LIAISON}:
        told = _YEAR + ", N ou N-1 : admise dans les deux cas"
        return Answer("cir_year", YES, told, about, rule.source, tuple(vague))
    return _unknown("cir_year", rule, _YEAR, about, *vague)


def _of_request(d: Dossier) -> str:
    """The field that says the day of the request."""
    return "date_fiche" if d.requests and d.answer is None else "date_orientation"


def _wish(case: _Case, rule: Criterion) -> Answer:
    answered, requests = case.dossier.orientation, case.dossier.requests
    wishes = [r.souhait for r in requests if r.souhait is not None] if requests else []
    outcome = answered.outcome if answered else None
    if answered is not None and answered.superseded and (wishes or outcome is Orientation.DECLINED):
        outcome = None
    if outcome is not None:
        accepted = _yes_if(outcome is Orientation.ACCEPTED)
        return Answer("wish", accepted, outcome.label.lower(), (), rule.source)
    if wishes:
        told = "souhait dit sur la fiche de liaison : " + ("oui" if wishes[-1] else "non")
        return Answer("wish", _yes_if(wishes[-1]), told, (), rule.source)
    wanted = "souhait" if requests or case.way is Route.LIAISON else "orientation"
    return _unknown("wish", rule, "pas encore dit", (), wanted)


def _unknown(
    code: str, rule: Criterion, told: str, about: tuple[Any, ...], *missing: str
) -> Answer:
    return Answer(code, UNKNOWN, told, about, rule.source, missing)


_CRITERIA: Mapping[str, Callable[[_Case, Criterion], Answer]] = {
    "status": _status,
    "territory": _territory,
    "need": _need,
    "cir_year": _cir_year,
    "window": _window,
    "freeze": _freeze,
    "wish": _wish,
}
