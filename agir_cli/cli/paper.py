"""What a paper says of a dossier: its keys and its cases, in each language that has a template.

The words are those of ``data/letters``, and before them the team's own, in the folder ``lettres``
beside its file. Every figure and day is the domain's; nothing is invented: what is not known is a
line to fill in, and is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.domain.causes import BOOKINGS, CONTRACT, DIAGNOSIS, OTHER
from agir_cli.domain.dates import PartialDate, french, moment_text
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.dossier import Appointment
from agir_cli.domain.eligibility import REFUSED_AS
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.route import residence_department
from agir_cli.domain.vocabulary import Contact, Motive, OfiiOutcome, Paper
from agir_cli.exchange.templates import FRENCH, TEAM, WORDS, Days, Said, Template, Templates, filled
from agir_cli.reports.field_words import shown
from agir_cli.usecases.consult import Record

if TYPE_CHECKING:
    from agir_cli.exchange.letters import Letter, Text

OWN = (
    "personne", "date", "ferme_le", "ofii_le", "oriente_le", "envoi_le", "contrat_le", "absent_le",
    "fin", "fin_le", "raison", "manque", "rdv", "jour", "jour_court", "heure", "heure_courte",
    "lieu", "bureau", "adresse_bureau", "acces", "telephone_equipe", "courriel_equipe",
    "departement", "referent", "second_referent", "ouverture", "etapes", "entretiens",
    "entretien_le", "logement", "logement_entree", "travail", "travail_entree",
)  # fmt: skip
KEYS = tuple(dict.fromkeys((*OWN, *FIELDS)))
"""What a text may hold in braces: what a paper says itself, and every field by its name."""

_DECISIONS = (
    "definitif", "non_definitif", "deux_ans", "non_valide", "decline", "accompagne", "validee",
    "derogation", "oriente", "propose", "envoyee", "a_envoyer", "conditions", "autre", "vous",
    "ofii", "equipe", "malgre", "raison_ofii", "sans_raison_ofii", "contrat", "regle_inconnue",
    "pas_ouvert", "incomplet", "liste", "diagnostic", "manque", "lieu", "absent", "admis",
    "rendez_vous", "deux_ans_courent", "referent", "bureau", "courriel", "accueil",
)  # fmt: skip
CASES = frozenset({*_DECISIONS, "ouvert", "clos", "visite", *Motive, *REFUSED_AS})
"""The cases of a text, beside those in which a key says something or nothing."""
_POSTAL = re.compile(r"\b\d{5}\b")
MESSAGE = ("sms", "objet", "mail")
"""The sections that are no part of a page."""

_OWN_CHOICE = (Motive.CONTRACT_REFUSED, Motive.STOPPED_BY_BENEFICIARY)
_ADMITTED = ("validee", "derogation", "oriente")
_BY_OFII = ("validee", "derogation", "non_valide", "non_eligible")
_OF_AN_APPOINTMENT = (Paper.CONVOCATION, Paper.REMINDER, Paper.ANOTHER)
_SPOKEN = {
    "ar": "ara arb apc acm apd ary arz aeb ayl", "fa": "fas pes prs", "ku": "kur kmr",
}  # fmt: skip
"""Languages whose readers have the template of another code."""


# --- languages ---------------------------------------------------------------------------


def languages_of(found: Record, name: str, templates: Templates) -> tuple[str, bool]:
    """The second language of a person's papers, if any; and whether theirs is known.

    French is always there: who speaks it needs no second one.
    """
    from agir_cli.store.reference import language_short

    spoken = [each for each in (found.person.get("langues") or "").split(",") if each]
    for code in spoken:
        if code == "fra":
            return "", True
        wide = (short for short, codes in _SPOKEN.items() if code in codes.split())
        for language in dict.fromkeys((code, language_short(code), *wide)):
            if language and templates.get(name, language):
                return language, True
    return "", bool(spoken)


# --- a page ------------------------------------------------------------------------------


class Written(NamedTuple):
    """A paper: the page, what was not known, and whether the person's language is."""

    letter: Letter
    blanks: frozenset[str]
    address_known: bool
    postal_known: bool
    language_known: bool
    untold: bool
    """They speak no French, and nobody has written the paper in a language of theirs."""


def write_paper(
    kind: Paper, found: Record, today: date, templates: Templates, *, handed: bool, second: str
) -> Written:
    """The page of a dossier; ``handed``: over a desk, with no address.

    ``second``: the code of its second language, « » for none, « auto » for the person's.
    """
    from agir_cli.exchange.letters import Letter

    own, known = languages_of(found, kind.value, templates)
    language = own if second == "auto" else second
    blanks: set[str] = set()
    codes = [FRENCH, *([language] if language and templates.get(kind.value, language) else [])]
    texts = [_text(kind, found, today, templates, code, blanks) for code in codes]
    values = values_of(found, today, templates, FRENCH)
    sender = [
        one
        for line in templates.need(TEAM).section("expediteur")
        for one in filled(line, values, set())
    ]
    address = address_of(found)
    sent = [values["personne"], *address] if address and not handed else []
    untold = known and len(texts) == 1 and "fra" not in (found.person.get("langues") or "")
    letter = Letter(sender, sent, texts)
    postal = bool(address and re.search(_POSTAL, address[-1]))
    return Written(letter, frozenset(blanks), bool(address), postal, known, untold)


def _text(
    kind: Paper, found: Record, today: date, templates: Templates, language: str, blanks: set[str]
) -> Text:
    from agir_cli.exchange.letters import Text

    parts = said(kind, found, today, templates, language, blanks)
    title = next((part.title for part in parts if part.section == "titre"), kind.label)
    head = next((part.lines for part in parts if part.section == "tete"), ())
    signed = (templates.get(TEAM, language) or templates.need(TEAM)).section("signature")
    body = [part for part in parts if part.section not in ("titre", "tete", *MESSAGE)]
    return Text(language, title, head, body, signed)


def said(
    kind: Paper, found: Record, today: date, templates: Templates, language: str, blanks: set[str]
) -> list[Said]:
    """Every section of a paper's text, messages included, filled for a dossier."""
    template = templates.need(kind.value, language)
    values = values_of(found, today, templates, language, template)
    visit = next_visit(found, today)
    cases = {visit[0]} if visit else set()
    cases.add("ouvert" if found.standing.state.open else "clos")
    own = _decided(found, today, values) if kind is Paper.DECISION else {}
    wanted = template._replace(parts=tuple(p for p in template.parts if p.section not in MESSAGE))
    return [*wanted.said(values, cases, own, blanks)]


def address_of(found: Record) -> list[str]:
    """The lines of a person's postal address, as far as they are known; none without a street."""
    written = [part.strip() for part in (found.person.get("adresse") or "").split(",")]
    lines = [part for part in written if part]
    if not lines:
        return []
    if not re.search(_POSTAL, lines[-1]):
        towns = (_town(found, which) for which in ("domicile", "residence"))
        lines += [town for town in towns if town][:1]
    return lines


def _town(found: Record, which: str) -> str:
    """« 44400 Rezé »: the code that was given, else that of the commune where it has but one."""
    from agir_cli.store.reference import load_gazetteer

    facts = found.standing.state.facts
    place = getattr(facts, f"commune_{which}")
    commune = load_gazetteer().commune(place.insee) if place and place.insee else None
    own = commune.postal_codes if commune and len(commune.postal_codes) == 1 else ()
    codes = (getattr(facts, f"code_postal_{which}"), place.postal if place else None, *own)
    code = next(filter(None, codes), "")
    return f"{code} {commune.name if commune else ''}".strip()


def obstacle(kind: Paper, found: Record, today: date) -> tuple[str, str] | None:
    """Why a paper cannot be made for a dossier, and what makes it possible; None where it can."""
    state, reference = found.standing.state, found.reference
    closing = state.closing
    if closing is not None and closing.motive is Motive.DEATH:
        return "pas de lettre à remettre : le dossier est clos pour décès", ""
    if kind in _OF_AN_APPOINTMENT:
        if closing is not None:
            return "le dossier est clos", ""
        if next_visit(found, today) is None:
            book = f"agir {_to_book(found, today)} book {reference}"
            return ("aucun rendez-vous à venir n'est inscrit",
                    f'{book} --on "JOUR HEURE" --bureau CODE')  # fmt: skip
        absences = [getattr(state, each.visits).absences for each in BOOKINGS.values()]
        if kind is Paper.ANOTHER and not any(absences):
            return "aucune absence n'est notée", f"agir letter convocation {reference}"
    if kind is Paper.CONTRACT and closing is not None:
        return "le dossier est clos", f"agir letter attestation {reference}"
    if kind in (Paper.SUMMARY, Paper.CERTIFICATE) and state.contract is None:
        return ("aucun contrat n'est signé : il n'y a pas d'accompagnement à dire",
                f"agir contract sign {reference} --on JOUR" if closing is None else "")  # fmt: skip
    ended = closing is not None or found.standing.term_reached(today)
    if kind is Paper.CERTIFICATE and not ended:
        return "l'accompagnement n'est pas fini", f"agir close {reference} --motif MOTIF --on JOUR"
    return None


REMEDIES: Mapping[str, str] = {
    "heure": 'agir {verb} book {ref} --on "JOUR HEURE"',
    "jour": 'agir {verb} book {ref} --on "JOUR HEURE"',
    "adresse_bureau": "agir letter --edit equipe ([adresse.{office}])",
    "telephone_equipe": "agir letter --edit equipe ([telephone])",
    "date_contrat": "agir contract sign {ref} --on JOUR",
    "referent": "agir assign {ref} --referent NOM --on JOUR",
    "date_naissance": "agir enroll --dossier {ref} --date-naissance DATE",
}
"""What makes a key known, where it is not."""


BLANKS: Mapping[str, str] = {
    "heure": "l'heure", "heure_courte": "l'heure", "jour": "le jour",
    "adresse_bureau": "l'adresse du bureau", "telephone_equipe": "le numéro à appeler",
    "fin": "la fin des deux ans", "referent": "le référent", "prenoms": "le prénom",
}  # fmt: skip
"""How the keys that a page may lack are called."""


def remedy(key: str, found: Record, today: date) -> str:
    """The command that makes a key known; empty where there is none of its own."""
    verb = _to_book(found, today)
    office = _office(found, today)
    if key == "adresse_bureau" and office is None:
        return f'agir {verb} book {found.reference} --on "JOUR HEURE" --bureau CODE'
    told = REMEDIES.get(key.replace("heure_courte", "heure"), "")
    return told.format(verb=verb, ref=found.reference, office=office or "CODE")


def _to_book(found: Record, today: date) -> str:
    """How the next appointment is booked, again where there is one: its command."""
    state, visit = found.standing.state, next_visit(found, today)
    if visit is not None:
        return next(each.verb for each in BOOKINGS.values() if each.step == visit[0])
    return (OTHER if state.contract else CONTRACT if state.diagnosis else DIAGNOSIS).verb


def unwelcome(found: Record, by: Contact) -> bool:
    """Whether the person has asked not to be reached in this way; nothing said is no refusal."""
    wish = found.standing.state.facts.contact_souhaite
    return wish is not None and (Contact.NONE in wish or not {by, Contact.ANY} & set(wish))


# --- what the dossier says ---------------------------------------------------------------


def _decided(found: Record, today: date, values: Mapping[str, str]) -> dict[str, Collection[str]]:
    """The cases of each section of the page of a decision."""
    closing = found.standing.state.closing
    case, visit = case_of(found, today), next_visit(found, today)
    ended = ("definitif" if found.standing.final else "non_definitif") if closing else ""
    asked = values["manque"] and closing is None and case != "deux_ans"
    return {
        "decide": [ended or case],
        "qui": [_who(found, case)],
        "pourquoi": _why(found, case, today),
        "manque": ["liste"] if asked else [],
        "rdv": [*_visits(visit, values)],
        "suite": [_after(found, case, visit), *_running_on(found, case, today)],
        "accord": [_disagreeing(found, case)],
        "contact": [*_contacts(values)],
    }


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


def _who(found: Record, case: str) -> str:
    state = found.standing.state
    if case == "decline" or (state.closing and state.closing.motive in _OWN_CHOICE):
        return "vous"
    if case in _BY_OFII:
        return "ofii"
    return "equipe" if state.closing is not None else case


def _why(found: Record, case: str, today: date) -> list[str]:
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
        return ["pas_ouvert" if _opening(found, today) else "regle_inconnue"]
    return ["incomplet" if assessment.missing else "autre"]


def _opening(found: Record, today: date) -> str:
    received = found.standing.assessment.receipt
    known = found.departments.get(found.standing.state.department)
    day = received.latest.isoformat() if received else ""
    return known.opens_after(day, today) if known else ""


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


def _visits(visit: tuple[str, Appointment] | None, places: Mapping[str, str]) -> Iterator[str]:
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


def next_visit(found: Record, today: date) -> tuple[str, Appointment] | None:
    """The next appointment, and what it is for; none that is past, or whose step is done.

    The earliest of them: a diagnostic before its contract.
    """
    coming = [(of.step, a) for of, a in found.standing.state.coming if a.moment.day >= today]
    return min(coming, key=lambda each: moment_text(each[1].moment), default=None)


def _contacts(places: Mapping[str, str]) -> Iterator[str]:
    if places["referent"]:
        yield "referent"
    if places["lieu"] and not places["rdv"]:
        yield "bureau"
    yield "courriel" if places["courriel_equipe"] else "accueil"


def _office(found: Record, today: date) -> str | None:
    """The office of the next appointment, else that of the last one."""
    state, visit = found.standing.state, next_visit(found, today)
    every = [getattr(state, each.visits) for each in reversed(BOOKINGS.values())]
    visits = [a for each in every for a in reversed(each.appointments)]
    return visit[1].bureau if visit else next((a.bureau for a in visits if a.bureau), None)


def values_of(
    found: Record, today: date, templates: Templates, language: str,
    template: Template | None = None,
) -> dict[str, str]:  # fmt: skip
    """What each key says of a dossier, in a language; empty where it is not known."""
    state, standing = found.standing.state, found.standing
    days = Days(language, templates.get(WORDS, language))
    left = state.closing is not None and state.closing.motive is Motive.TRANSFER
    department = (residence_department(state) if left else None) or state.department
    known = found.departments.get(department)
    told = f"{known.name} ({department})" if known else department
    values = {name: shown(name, found.listed.get(name)) for name in KEYS}
    values |= {name: shown(name, text) for name, text in found.person.items() if name in KEYS}
    values |= {name: text for name, text in found.words.items() if name in KEYS}
    office = _office(found, today) or ""
    values |= _housed(found) | _when(found, today, days) | _where(found, templates, office)
    return values | {
        "personne": " ".join(filter(None, (found.person.get("prenoms"), found.person.get("nom")))),
        "dossier": found.reference,
        "date": days.day(today),
        "ferme_le": days.on(state.closing.on if state.closing else None),
        "ofii_le": days.on(state.ofii.on if state.ofii else None),
        "oriente_le": days.on(state.orientation.on if state.orientation else None),
        "envoi_le": days.on(next((r.sent_on for r in state.requests[::-1] if r.sent_on), None)),
        "contrat_le": days.on(state.contract),
        "absent_le": days.on(_missed(found) or _last_absence(found)),
        "fin": days.until(standing.ends_by),
        "fin_le": _ended(found, today),
        "raison": found.words.get("motif_ofii") or "",
        "manque": ", ".join(_missing(found, template)),
        "acces": templates.of_the_team("acces", office, language),
        "telephone_equipe": templates.of_the_team("telephone", office)
        or (shown("telephone", known.phone) if known else ""),
        "courriel_equipe": known.mailbox if known else "",
        "departement": told,
        "referent": _named(found, "referent"),
        "second_referent": _named(found, "second_referent"),
        "ouverture": _opening(found, today),
        "etapes": "\n".join(step.words for step in state.steps if step.words),
        "entretiens": str(len(state.interviews) or ""),
        "entretien_le": days.on(state.interviews[-1] if state.interviews else None),
    }  # fmt: skip


def _when(found: Record, today: date, days: Days) -> dict[str, str]:
    """The day and the hour of the next appointment."""
    visit = next_visit(found, today)
    moment = visit[1].moment if visit else None
    day = days.day(moment.day) if moment else ""
    hour = moment.hour or "" if moment else ""
    return {
        "rdv": days.moment(day, days.hour(hour)) if day and hour else day,
        "jour": day,
        "jour_court": days.short(moment.day) if moment else "",
        "heure": days.hour(hour) if hour else "",
        "heure_courte": hour.replace(":", "h"),
    }


def _where(found: Record, templates: Templates, office: str) -> dict[str, str]:
    """The office of an appointment: the address that the team gives it, else the directory's."""
    name = found.offices.get(office, "")
    own = templates.of_the_team("adresse", office, alone=True) or found.addresses.get(office)
    address = own or templates.of_the_team("adresse")
    return {
        "lieu": ", ".join(filter(None, (name, address))), "bureau": name, "adresse_bureau": address,
    }  # fmt: skip


def _housed(found: Record) -> dict[str, str]:
    """The situations, at entry and now, as people read them."""
    return {
        key: shown(field, found.listed.get(field))
        for key, field in (
            ("logement", "situation_logement_actuelle"),
            ("logement_entree", "situation_logement_entree"),
            ("travail", "situation_professionnelle_actuelle"),
            ("travail_entree", "situation_professionnelle_entree"),
            ("niveau_francais", "niveau_francais_actuelle"),
        )
    }


def _last_absence(found: Record) -> PartialDate | None:
    """The last absence, whatever has followed."""
    state = found.standing.state
    absences = state.contract_visits.absences or state.diagnosis_visits.absences
    return absences[-1] if absences else None


def _ended(found: Record, today: date) -> str:
    """The day the support ended."""
    closing, until = found.standing.state.closing, found.standing.ends_by
    if until is not None and found.standing.term_reached(today):
        return french(until)
    return french(closing.on) if closing is not None and closing.on else ""


def _missing(found: Record, template: Template | None) -> list[str]:
    """What is not known yet, as one asks a person for it; two fields may be one question."""
    fields = dict.fromkeys(found.standing.assessment.missing)
    texts = (template.section("manque", name) if template else () for name in fields)
    return [*dict.fromkeys(lines[0] for lines in texts if lines)]


def _named(found: Record, which: str) -> str:
    given = found.standing.state.assignment
    code = getattr(given, which) if given else None
    return found.referents.get(code, code) if code else ""
