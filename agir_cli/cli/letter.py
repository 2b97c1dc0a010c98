"""The page that can be handed to the person: what was decided, by whom, why, what comes next.

Its words are in ``data/letter.txt``: plain, without code, source or jargon. Every figure and day is
the domain's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from agir_cli.domain.dates import PartialDate, french_day, french_moment, french_on, french_until
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.dossier import Appointment
from agir_cli.domain.route import residence_department
from agir_cli.domain.vocabulary import Motive, OfiiOutcome
from agir_cli.failures import UsageFailure
from agir_cli.reports.sheet import Data, Sheet, columns, prose
from agir_cli.reports.texts import weekday_date
from agir_cli.shipped import data_file
from agir_cli.usecases.consult import Record

PLACES = (
    "personne", "dossier", "date", "ferme_le", "ofii_le", "oriente_le", "envoi_le", "contrat_le",
    "absent_le", "fin", "raison", "manque", "rdv", "lieu", "referent", "ouverture",
    "departement", "courriel",
)  # fmt: skip
"""What a text may hold in braces."""

_OWN_CHOICE = (Motive.CONTRACT_REFUSED, Motive.STOPPED_BY_BENEFICIARY)
_ADMITTED = ("validee", "derogation", "oriente")
_BY_OFII = ("validee", "derogation", "non_valide", "non_eligible")


@cache
def texts() -> dict[str, list[str]]:
    """The paragraphs of each text of the page, by its name."""
    written = data_file("letter.txt").read_text("utf-8")
    read = re.sub(r"^#.*\n", "", written, flags=re.MULTILINE)
    _, *parts = re.split(r"^\[(.+)\]$", read, flags=re.MULTILINE)
    named = zip(parts[::2], parts[1::2], strict=True)
    return {name: text.strip("\n").split("\n") for name, text in named}


def page(found: Record, today: date) -> Sheet:
    """The page as a sheet of prose. Raises `UsageFailure`: none to a dead person."""
    closing = found.standing.state.closing
    if closing is not None and closing.motive is Motive.DEATH:
        raise UsageFailure("Pas de lettre à remettre : le dossier est clos pour décès.")
    case, visit = case_of(found, today), _next_visit(found, today)
    places = _places(found, today, visit)
    ended = ("definitif" if found.standing.final else "non_definitif") if closing else ""
    asked = places["manque"] and closing is None and case != "deux_ans"
    said: dict[str, list[str]] = {
        "decide": [ended or case],
        "qui": [_who(found, case)],
        "pourquoi": _why(found, case),
        "manque": ["liste"] if asked else [],
        "rdv": [*_visits(visit, places)],
        "suite": [_after(found, case, visit), *_running_on(found, case, today)],
        "accord": [_disagreeing(found, case)],
        "contact": [*_contacts(places)],
    }
    written = [
        (texts()[section][0], [*_written(section, names, places)])
        for section, names in said.items()
        if names
    ]
    return Sheet(
        title=texts()["titre"][0],
        notes=[line.format_map(places) for line in texts()["tete"]],
        sections=[prose(title, paragraphs) for title, paragraphs in written],
        data=Data(
            columns(("rubrique", "texte")),
            [(title, text) for title, paragraphs in written for text in paragraphs],
        ),
    )


def case_of(found: Record, today: date) -> str:
    """How the dossier stands, as the texts call it; a closed one by its motive."""
    standing = found.standing
    state = standing.state
    answer = state.answer
    if state.closing is not None:
        return str(state.closing.motive.value)
    if standing.term_reached(today):
        return "deux_ans"
    if state.ofii is not None and not state.ofii.positive:
        return "non_valide"
    if state.contract is not None:
        return "accompagne"
    if state.declined and not state.admitted:
        return "decline"
    if state.admitted:
        return _admission(found)
    if state.requests:
        return "envoyee" if state.requests[-1].sent_on else "a_envoyer"
    if answer is not None and answer.outcome is None:
        return "propose"
    return "conditions" if standing.assessment.refusals else "autre"


def _admission(found: Record) -> str:
    """By what the person was admitted."""
    ofii = found.standing.state.ofii
    if ofii is None:
        return "oriente"
    return "derogation" if ofii.outcome is OfiiOutcome.DEROGATION else "validee"


def _written(section: str, names: Iterable[str], places: dict[str, str]) -> Iterator[str]:
    for name in names:
        known = texts().get(f"{section}.{name}") or texts()[f"{section}.autre"]
        yield from (text.format_map(places) for text in known)


def _who(found: Record, case: str) -> str:
    state = found.standing.state
    if case == "decline" or (state.closing and state.closing.motive in _OWN_CHOICE):
        return "vous"
    if case in _BY_OFII:
        return "ofii"
    return "equipe" if state.closing is not None else case


def _why(found: Record, case: str) -> list[str]:
    state, assessment = found.standing.state, found.standing.assessment
    if state.closing is not None or case in ("deux_ans", "decline"):
        return [case]
    unmet = [finding.code for finding in criteria_findings(assessment)]
    if case == "non_valide":
        told = bool(found.words.get("motif_ofii"))
        return ["raison_ofii"] if told else [*unmet, "sans_raison_ofii"]
    if state.admitted:
        return [_admission(found), *(["malgre"] if unmet else [])]
    if case == "accompagne":
        return ["contrat"]
    if unmet:
        return unmet
    if assessment.rules is None and assessment.receipt is not None:
        return ["pas_ouvert" if _opening(found) else "regle_inconnue"]
    return ["incomplet" if assessment.missing else "autre"]


def _opening(found: Record) -> str:
    from agir_cli.store.reference import opening_after

    received = found.standing.assessment.receipt
    day = received.latest.isoformat() if received else ""
    return opening_after(found.standing.state.department, day)


def _disagreeing(found: Record, case: str) -> str:
    if case in ("non_valide", "non_eligible"):
        return "ofii"
    return "definitif" if found.standing.final or case == "deux_ans" else "autre"


def _after(found: Record, case: str, visit: object) -> str:
    """What the person can do now."""
    if found.standing.final:
        return "definitif"
    if case not in _ADMITTED:
        return case
    held = found.standing.state.diagnosis is not None
    return "rendez_vous" if visit else "contrat" if held else "admis"


def _running_on(found: Record, case: str, today: date) -> list[str]:
    """What is left of the two years, to who goes on with them elsewhere."""
    left = found.standing.ends_by is not None and not found.standing.term_reached(today)
    return ["deux_ans_courent"] if case == "transfert" and left else []


def _visits(visit: tuple[str, Appointment] | None, places: dict[str, str]) -> Iterator[str]:
    if visit is not None:
        yield visit[0]
        if places["lieu"]:
            yield "lieu"
        yield "absent"
    elif places["absent_le"]:
        yield "manque"


def _missed(found: Record) -> PartialDate | None:
    """The last absence that nothing has followed."""
    state = found.standing.state
    if not state.open or state.contract is not None:
        return None
    visits = state.contract_visits if state.diagnosis else state.diagnosis_visits
    return visits.absences[-1] if visits.absences and visits.pending is None else None


def _next_visit(found: Record, today: date) -> tuple[str, Appointment] | None:
    """The next appointment, and what it is for; none that is past, or whose step is done."""
    state = found.standing.state
    if state.closing is not None or state.contract is not None:
        return None
    visits = [("contrat", state.contract_visits.pending)]
    if state.diagnosis is None:
        visits.insert(0, ("diagnostic", state.diagnosis_visits.pending))
    coming = [(name, a) for name, a in visits if a is not None and a.moment.day >= today]
    return coming[0] if coming else None


def _contacts(places: dict[str, str]) -> Iterator[str]:
    if places["referent"]:
        yield "referent"
    if places["lieu"] and not places["rdv"]:
        yield "bureau"
    yield "courriel" if places["courriel"] else "accueil"


def _places(found: Record, today: date, visit: tuple[str, Appointment] | None) -> dict[str, str]:
    from agir_cli.store.reference import load_departments, office_address

    state, standing, person = found.standing.state, found.standing, found.person
    left = state.closing is not None and state.closing.motive is Motive.TRANSFER
    department = (residence_department(state) if left else None) or state.department
    known = next((each for each in load_departments() if each.code == department), None)
    sent = [request.sent_on for request in state.requests if request.sent_on]
    visits = (*state.contract_visits.appointments[::-1], *state.diagnosis_visits.appointments[::-1])
    office = visit[1].bureau if visit else next((a.bureau for a in visits if a.bureau), None)
    name = found.offices.get(office or "", "")
    values = {
        "personne": " ".join(part for part in (person.get("prenoms"), person.get("nom")) if part),
        "dossier": found.reference,
        "date": french_day(today),
        "ferme_le": _on(state.closing.on if state.closing else None),
        "ofii_le": _on(state.ofii.on if state.ofii else None),
        "oriente_le": _on(state.orientation.on if state.orientation else None),
        "envoi_le": _on(sent[-1] if sent else None),
        "contrat_le": _on(state.contract),
        "absent_le": _on(_missed(found)),
        "fin": french_until(standing.ends_by) if standing.ends_by is not None else "",
        "raison": found.words.get("motif_ofii") or "",
        "manque": ", ".join(_missing(found)),
        "rdv": _moment(visit[1]) if visit else "",
        "lieu": ", ".join(filter(None, (name, office_address(office or "")))),
        "referent": _referent(found),
        "ouverture": _opening(found),
        "departement": f"{known.name} ({department})" if known else department,
        "courriel": known.mailbox if known else "",
    }
    return {place: values[place] for place in PLACES}


def _missing(found: Record) -> list[str]:
    """What is not known yet, as one asks a person for it; two fields may be one question."""
    fields = dict.fromkeys(found.standing.assessment.missing)
    return [*dict.fromkeys(texts()[f"manque.{name}"][0] for name in fields)]


def _moment(visit: Appointment) -> str:
    day = weekday_date(visit.moment.day)
    return day + french_moment(visit.moment)[10:]


def _referent(found: Record) -> str:
    given = found.standing.state.assignment
    return found.referents.get(given.referent or "", given.referent or "") if given else ""


def _on(day: PartialDate | None) -> str:
    return f" {french_on(day)}" if day else ""
