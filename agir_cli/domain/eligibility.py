"""The pre-check of admission: one named answer a criterion, combined on the last line.

OFII decides, the tool pre-checks. A criterion answers yes, no or unknown; unknown never
refuses. Source: webinar of 12 October 2023, slide "Process d'admission BPI CIR année N (1/2)",
step 1, and the titles of the four "Process d'admission" slides; each answer carries the source
of its rule-set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from agir_cli.domain.dates import PartialDate, Verdict, french, french_day
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.route import domicile_department, received, residence_department, route
from agir_cli.domain.rules import Criterion, Rulebook, RuleSet, SituationFlags
from agir_cli.domain.sources import SOURCES
from agir_cli.domain.vocabulary import Housing, Orientation, Route, Tristate

LABELS = {
    "status": "Statut",
    "territory": "Domicile et résidence",
    "need": "Besoin (emploi, logement)",
    "cir_year": "Année du CIR",
    "wish": "Accord de la personne",
    "regle": "Règle applicable",
    "ofii": "Décision de l'OFII",
}

REASON_OF = {
    "status": "statut_non_concerne",
    "territory": "hors_territoire",
    "need": "sans_besoin",
    "cir_year": "cir_trop_ancien",
    "wish": "orientation_refusee",
}


class Answer(NamedTuple):
    """One criterion answered: with the fact that decided, its source, and what to do."""

    criterion: str
    verdict: Verdict
    fact: str
    source: str
    remedy: str = ""
    missing: tuple[str, ...] = ()
    """The fields that would answer it, when it is unknown."""


class Assessment(NamedTuple):
    """Every answer, the route, and the whole: *no* if one is no, *unknown* if one is unknown."""

    answers: tuple[Answer, ...]
    route: Route
    rules: RuleSet | None
    receipt: PartialDate | None

    @property
    def eligible(self) -> Verdict:
        """The pre-check's answer; where OFII has decided, OFII's."""
        verdicts = {answer.verdict for answer in self.answers}
        if any(a.criterion == "ofii" for a in self.answers):
            return next(a.verdict for a in self.answers if a.criterion == "ofii")
        if Verdict.NO in verdicts:
            return Verdict.NO
        return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.YES

    @property
    def refusals(self) -> tuple[Answer, ...]:
        """The criteria that say no."""
        return tuple(a for a in self.answers if a.verdict is Verdict.NO and a.criterion != "ofii")

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that would turn an unknown into an answer."""
        return tuple(field for answer in self.answers for field in answer.missing)


class _Case(NamedTuple):
    dossier: Dossier
    rules: RuleSet
    receipt: PartialDate
    way: Route
    flags: SituationFlags


def assess(dossier: Dossier, rulebook: Rulebook) -> Assessment:
    """The pre-check of a dossier, judged on the day its request was received, never today."""
    receipt = received(dossier)
    rules = rulebook.rule_set(dossier.department, receipt)
    way = route(dossier.cir, receipt, rules)
    if rules is None or receipt is None:
        answers: tuple[Answer, ...] = (_no_rule(dossier, receipt),)
    else:
        case = _Case(dossier, rules, receipt, way, rulebook.flags(receipt.earliest))
        answers = tuple(_CRITERIA[name](case, rule) for name, rule in rules.criteria.items())
    return Assessment((*answers, *_ofii(dossier)), way, rules, receipt)


def _no_rule(dossier: Dossier, receipt: PartialDate | None) -> Answer:
    missing = () if receipt else ("date_orientation", "date_cir")
    fact = (
        f"aucune règle connue pour le département {dossier.department} à la date"
        f" de réception ({french(receipt)}) : l'OFII décide"
        if receipt
        else "date de réception inconnue (ni orientation, ni fiche, ni CIR daté) : l'OFII décide"
    )
    return Answer("regle", Verdict.UNKNOWN, fact, SOURCES["projet"], "", missing)


def _ofii(dossier: Dossier) -> tuple[Answer, ...]:
    decided = dossier.ofii
    if decided is None:
        return ()
    verdict = Verdict.YES if decided.positive else Verdict.NO
    fact = f"décision OFII du {french(decided.on) or 'jour inconnu'} : {decided.outcome.label}"
    return (Answer("ofii", verdict, fact, SOURCES["ofii"]),)


def _status(case: _Case, rule: Criterion) -> Answer:
    status = case.dossier.facts.statut
    if status is None:
        return _unknown("status", rule, "statut inconnu", "statut")
    admitted = status.value in rule.parameters["admitted"]
    return Answer("status", _verdict(admitted), f"statut : {status.label}", str(rule.source))


def _territory(case: _Case, rule: Criterion) -> Answer:
    places = {
        "résidence": residence_department(case.dossier),
        "domicile": domicile_department(case.dossier),
    }
    fact = " ; ".join(f"{name} : {code or 'inconnu'}" for name, code in places.items())
    closed = [c for c in places.values() if c and not _is_open(case, c)]
    if closed:
        return Answer("territory", Verdict.NO, f"{fact}{_opening(case, closed)}", str(rule.source))
    if None in places.values():
        missing = tuple(
            field
            for field, code in zip(
                ("commune_residence", "commune_domicile"), places.values(), strict=True
            )
            if code is None
        )
        return _unknown("territory", rule, fact, *missing)
    if any(not _is_surely_open(case, code) for code in places.values() if code):
        return _unknown("territory", rule, f"{fact} (jour d'ouverture)", "date_orientation")
    return Answer("territory", Verdict.YES, fact, str(rule.source))


def _is_open(case: _Case, department: str) -> bool:
    opened = case.rules.departments.get(department)
    return opened is not None and opened <= case.receipt.latest


def _is_surely_open(case: _Case, department: str) -> bool:
    opened = case.rules.departments.get(department, date.max)
    return opened <= case.receipt.earliest


def _opening(case: _Case, closed: list[str]) -> str:
    days = case.rules.departments
    known = [f"{c} ouvert le {french_day(days[c])}" for c in dict.fromkeys(closed) if c in days]
    open_in = ", ".join(sorted(days))
    return f" ({' ; '.join(known)})" if known else f" (programme connu ouvert : {open_in})"


def _need(case: _Case, rule: Criterion) -> Answer:
    job, home = lasting_job(case.dossier, case.flags), lasting_home(case.dossier, case.flags)
    fact = f"emploi durable : {job.value} ; logement pérenne : {home.value}"
    if Verdict.NO in (job, home):
        return Answer("need", Verdict.YES, fact, str(rule.source))
    if Verdict.UNKNOWN in (job, home):
        missing = [
            field
            for field, verdict in (("situation_professionnelle", job), ("situation_logement", home))
            if verdict is Verdict.UNKNOWN
        ]
        return _unknown("need", rule, fact, *missing)
    return Answer("need", Verdict.NO, fact, str(rule.source))


def lasting_job(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person had durable work at entry: the situation's code, else what was said."""
    work = dossier.facts.situation_professionnelle
    if work is not None:
        return _verdict(work in flags.durable_work)
    return _said(dossier.facts.emploi_durable)


def lasting_home(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person had lasting housing at entry [P: Forum réfugiés 1641]."""
    housing, detail = dossier.facts.situation_logement, dossier.facts.detail_logement
    if housing is Housing.ASSISTED:
        if detail is not None:
            return _verdict(detail in flags.lasting_details)
        return _said(dossier.facts.logement_perenne)
    if housing is not None:
        return _verdict(housing in flags.lasting_housing)
    return _said(dossier.facts.logement_perenne)


def _said(answer: Tristate | None) -> Verdict:
    return Verdict(answer.value) if answer is not None else Verdict.UNKNOWN


def _cir_year(case: _Case, rule: Criterion) -> Answer:
    cir = case.dossier.cir
    if cir is None:
        return _unknown("cir_year", rule, "date du CIR inconnue", "date_cir")
    fact = f"CIR : {french(cir)} ; demande reçue : {french(case.receipt)} ; {case.way.label}"
    if case.way is Route.UNKNOWN:
        return _unknown("cir_year", rule, fact, "date_cir")
    return Answer("cir_year", _verdict(case.way is not Route.OUTSIDE), fact, str(rule.source))


def _wish(case: _Case, rule: Criterion) -> Answer:
    answered = case.dossier.orientation
    if answered is not None and answered.outcome is not None:
        accepted = answered.outcome is Orientation.ACCEPTED
        return Answer("wish", _verdict(accepted), answered.outcome.label.lower(), str(rule.source))
    wishes = [r.wish for r in case.dossier.requests if r.wish is not None]
    if wishes:
        fact = "souhait dit sur la fiche de liaison : " + ("oui" if wishes[-1] else "non")
        return Answer("wish", _verdict(wishes[-1]), fact, str(rule.source))
    return _unknown("wish", rule, "pas encore dit", "orientation")


def _unknown(code: str, rule: Criterion, fact: str, *missing: str) -> Answer:
    return Answer(code, Verdict.UNKNOWN, fact, str(rule.source), "", missing)


def _verdict(answer: bool) -> Verdict:
    return Verdict.YES if answer else Verdict.NO


_CRITERIA: Mapping[str, Callable[[_Case, Criterion], Answer]] = {
    "status": _status,
    "territory": _territory,
    "need": _need,
    "cir_year": _cir_year,
    "wish": _wish,
}
