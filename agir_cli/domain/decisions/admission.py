"""Enrolling a person: what is stated of them, whether their right is used up, the pre-check.

OFII decides, the tool pre-checks: a "no" of the pre-check stops unless OFII has oriented or
decided, or a reason is given (`--malgre`). Only a used-up right refuses absolutely
[W: AGIR : un droit dédié aux BPI].
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.dates import (
    NO,
    SHEET_ZERO,
    YES,
    Length,
    PartialDate,
    before_or_on,
    exactly,
    french,
)
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Milestone,
    Refused,
    decide,
    detail_elsewhere,
    in_future,
    too_early,
    values_of,
)
from agir_cli.domain.dossier import FACT_NAMES, Dossier, department_of_place
from agir_cli.domain.eligibility import (
    REASON_OF,
    Assessment,
    Judged,
    assess,
    not_open,
    outside,
    shown,
)
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.folding import opened
from agir_cli.domain.identity import looks_like_agdref, looks_like_reference
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.reference_values import DEPARTMENTS
from agir_cli.domain.vocabulary import (
    HOUSED,
    Kinship,
    OfiiOutcome,
    Orientation,
    Route,
    in_sentence,
)

# --- what is stated of a person, as events -----------------------------------------------


class NewDossier(NamedTuple):
    """A dossier to be opened: its ids, and what the file knows beside the command."""

    id: str
    reference: str
    person: str
    household: str | None = None
    joined: str | None = None
    namesakes: tuple[str, ...] = ()
    """The dossiers (ids) that somebody has said are other persons'."""
    right_since: PartialDate | None = None
    """The contract with which the two years began in an earlier dossier."""


def opening_drafts(
    command: c.Enroll, new: NewDossier, department: str, context: Context
) -> list[Draft]:
    """The events of a new dossier, in their order."""
    payload: dict[str, Any] = {
        "dossier": new.reference,
        "personne": new.person,
        "departement": department,
        "ouvert_le": exactly(context.today),
        **given_facts(command),
    }
    if new.household is not None:
        payload["menage"] = new.household
    if new.right_since is not None:
        payload["droit_depuis"] = new.right_since
    if new.joined is not None:
        payload["rejoint"] = new.joined
    texts = values_of(command, *names_of_texts(command))
    texts |= unknown_joined(command, new.joined)
    drafts = [Draft(Kind.DOSSIER_OPENED, None, payload, texts)]
    drafts += cir_drafts(command, context)
    drafts += orientation_drafts(command, context)
    if command.decision_ofii is not None:
        drafts.append(ofii_draft(command, context))
    return drafts


TEXTS = ("prescripteur", "prescripteur_courriel", "auditeur", "motif_ofii", "reference_cirng")
"""The free texts of an enrolment."""


def names_of_texts(command: c.Enroll) -> tuple[str, ...]:
    """The free texts kept with the dossier; those of an OFII decision go with that decision."""
    return TEXTS if command.decision_ofii is None else TEXTS[:3]


_FACT_FIELDS = tuple(
    name for name in c.field_names(c.Enroll) if name in FACT_NAMES and name != "rejoint"
)
"""`rejoint` may be an AGDREF number, which is no matter for the journal: the dossier found is."""


def given_facts(command: c.Enroll) -> dict[str, Any]:
    given = values_of(command, *_FACT_FIELDS)
    if command.detail_logement is not None:
        given.setdefault("situation_logement", HOUSED[command.detail_logement])
    if command.rejoint is not None and looks_like_reference(command.rejoint):
        given["rejoint"] = command.rejoint.strip().upper()
    return given


def unknown_joined(command: c.Enroll, joined: str | None) -> dict[str, Any]:
    """The number of a joined person unknown to this file: a text, never in the journal."""
    if joined is not None or command.rejoint is None or looks_like_reference(command.rejoint):
        return {}
    return {"rejoint": command.rejoint}


def cir_drafts(command: c.Enroll, context: Context) -> list[Draft]:
    if command.date_cir is None:
        return []
    return [Draft(Kind.CIR_SIGNED, command.date_cir.known_by(context.today))]


ANSWERS = {
    None: Kind.ORIENTATION_PROPOSED,
    Orientation.ACCEPTED: Kind.ORIENTATION_ACCEPTED,
    Orientation.DECLINED: Kind.ORIENTATION_DECLINED,
}


def orientation_drafts(command: c.Enroll, context: Context) -> list[Draft]:
    if command.orientation is None and command.date_orientation is None:
        return []
    on = command.date_orientation
    return [Draft(ANSWERS[command.orientation], on.known_by(context.today) if on else None)]


def ofii_draft(command: c.DecideLiaison | c.Enroll, context: Context) -> Draft:
    """The event of an OFII decision, from either command that may state it."""
    rejected = command.decision_ofii is OfiiOutcome.REJECTED
    kind = Kind.OFII_REJECTED if rejected else Kind.OFII_VALIDATED
    on = command.date_decision.known_by(context.today) if command.date_decision else None
    payload: dict[str, Any] = {"decision_ofii": command.decision_ofii}
    if isinstance(command, c.DecideLiaison) and command.listing is not None:
        payload["listing"] = command.listing
    words = {"motif_ofii": command.motif_ofii, "reference_cirng": command.reference_cirng}
    return Draft(kind, on, payload, {name: text for name, text in words.items() if text})


# --- who the person is -------------------------------------------------------------------


class Holder(NamedTuple):
    """A dossier that may belong to the same person, as far as a sentence about it needs."""

    reference: str
    open: bool
    used_up: bool
    same_name: bool
    told: str
    """How it stands, for a reader: « refus d'engagement contractuel du 12/03/2023 »."""
    had_number: bool = False
    """The number was this person's, and is no more: it may have been a mistake of entry."""


class Known(NamedTuple):
    """What the file already knows about a person to be enrolled."""

    same_number: tuple[Holder, ...] = ()
    namesakes: tuple[Holder, ...] = ()


PAST_FIELDS = (
    "date_naissance", "date_arrivee", "date_statut", "date_cir",
    "date_orientation", "date_decision",
)  # fmt: skip


def department_for(command: c.Enroll, served: tuple[str, ...]) -> str | None:
    """The department of a new dossier: as given, else that of the file where the person lives.

    ``served``: the file's departments. Else that of the domicile, else the file's only one:
    nobody opens a dossier of another department by living there.
    """
    if command.departement is not None:
        return command.departement
    lived_in = (code for code in _places(command) if code in served)
    return next(lived_in, served[0] if len(served) == 1 else None)


def _places(command: c.Enroll) -> tuple[str | None, str | None]:
    """The departments of the residence and of the domicile."""
    return (
        department_of_place(command.commune_residence, command.code_postal_residence),
        department_of_place(command.commune_domicile, command.code_postal_domicile),
    )


def no_department(command: c.Enroll, context: Context, *, asked: bool = False) -> Finding:
    """Finding: no department of the file is the person's; it is theirs to say which.

    ``asked``: OFII is asked, or has answered, in the same row: nothing is "out of territory".
    """
    residence, domicile = _places(command)
    served = context.rulebook.served
    oriented = command.orientation is Orientation.ACCEPTED
    overruled = asked or oriented or command.decision_ofii is not None or command.malgre
    if (residence or domicile) and not overruled:
        told = f"résidence : {shown(residence)} ; domicile : {shown(domicile)}{outside(served)}"
        on = command.date_orientation or exactly(context.today)
        told += not_open(context.rulebook, (residence, domicile), on)
        return finding("hors_territoire", told, field="commune_residence")
    options = " ou ".join(f"--departement {code}" for code in served)
    return finding("departement_inconnu", field="departement", options=options)


def same_person(known: Known, distinct: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Why this person may not be enrolled anew: the number blocks, a name only asks.

    A former number blocks as well where a right was used up, or where the rest agrees: else it had
    been given by mistake, and may be this person's. The findings of code `meme_personne` are a
    question; all others are refusals.
    """
    blocking = [
        h for h in known.same_number if h.used_up or (h.open if h.same_name else not h.had_number)
    ]
    if blocking:
        return (_same_number(next((h for h in blocking if h.used_up), blocking[0])),)
    asked = [h for h in known.namesakes if h.reference not in distinct]
    if not asked:
        return ()
    names = " ; ".join(f"{h.reference} ({h.told})" for h in asked)
    others = " ".join(f"--not-the-same {h.reference}" for h in asked)
    first = next((h for h in asked if h.used_up), asked[0])
    return (
        finding(
            "meme_personne", names, candidats=names, premier=first.reference, autres=others,
            suite=_for_the_same(first), epuise=first.used_up,
        ),
    )  # fmt: skip


def _for_the_same(holder: Holder) -> str:
    """What to do if a dossier belongs to the same person; comes before « : agir show … »."""
    if holder.used_up:
        return "son droit est épuisé, rien ne le rouvre"
    if holder.open:
        return "continuez son dossier"
    return (
        "donnez d'abord son n° AGDREF au dossier clos (agir enroll --dossier"
        f" {holder.reference} --agdref N°), puis inscrivez-la avec ce numéro"
    )


def _same_number(holder: Holder) -> Finding:
    code = "droit_epuise" if holder.used_up else "deja_inscrit"
    if not holder.used_up and not holder.same_name:
        code = "agdref_autre_personne"
    fact = f"dossier {holder.reference} : {holder.told}"
    return finding(code, fact, field="agdref", dossier=holder.reference)


def open_dossier(
    command: c.Enroll, new: NewDossier, department: str, context: Context, *, acts: bool = False
) -> Decision:
    """Open a dossier for a person unknown to the file, or whose right is not used up.

    ``acts``: more of the row follows, and `judge_row` is asked once all of it is told.
    """
    refusals = incoherent(command, context)
    drafts = opening_drafts(command, new, department, context)
    if acts:
        cautions = to_look_at(command, context.today)
        return decide(refusals, drafts, [*cautions, *_unlike(command, new.reference)])
    dossier = opened(new.id, drafts)
    assessment = assess(dossier, context.rulebook)
    wrong_dates = any(found.code == "avant_etape" for found in refusals)
    refusals += [
        found
        for found in _precheck(dossier, assessment, command.malgre)
        if not (wrong_dates and found.code == REASON_OF["cir_year"])
    ]
    if refusals:
        return Refused(tuple(refusals))
    # What the user takes responsibility for: the pre-check's "no", the namesakes.
    notes = overriding(command, assessment)
    notes += [Draft(Kind.NAMESAKE_CONFIRMED, None, {"autre": id_}) for id_ in new.namesakes]
    if notes:
        drafts += notes
        dossier = opened(new.id, drafts)
    warnings = (
        *to_look_at(command, context.today), *_unknown_rule(assessment),
        *warnings_of(command, dossier, assessment),
    )  # fmt: skip
    if command.malgre and not assessment.refusals:
        warnings += (finding("malgre_inutile", field="malgre"),)
    return Accepted(tuple(drafts), warnings, Judged(dossier, assessment))


def judge_row(dossier: Dossier, context: Context) -> tuple[list[Finding], list[Finding]]:
    """What the pre-check refuses of a new dossier, and its warnings, when its row is all told."""
    assessment = assess(dossier, context.rulebook)
    warnings = [*_unknown_rule(assessment), *_criteria_warnings(dossier, assessment)]
    return _precheck(dossier, assessment, None), warnings


def overriding(command: c.Enroll, assessment: Assessment) -> list[Draft]:
    """The event that keeps the reason given against a pre-check's "no"; none where it says yes."""
    if not command.malgre or not assessment.refusals:
        return []
    return [Draft(Kind.PRECHECK_OVERRIDDEN, None, {}, {"malgre": command.malgre})]


# --- coherence ---------------------------------------------------------------------------


def incoherent(command: c.Enroll, context: Context) -> list[Finding]:
    found: list[Finding] = []
    for name in PAST_FIELDS:
        found += in_future(name, getattr(command, name), context.today)
    if not (command.nom or command.prenoms):
        found.append(finding("nom_manquant", "ni nom ni prénoms", field="nom"))
    if command.date_decision is not None and command.decision_ofii is None:
        found.append(finding("decision_manquante", field="date_decision"))
    for first, before, then, step in _ORDER:
        early, late = getattr(command, first), getattr(command, then)
        if early is not None and late is not None and before_or_on(early, late) is NO:
            fact = f"{before} : {french(early)} ; {in_sentence(step)} : {french(late)}"
            known, said = Milestone(before, early), Milestone(step, late)
            found.append(too_early("REF", said, known, fact, then))
    return found


_ORDER = (
    ("date_naissance", "la naissance", "date_arrivee", "L'arrivée en France"),
    ("date_naissance", "la naissance", "date_cir", "La signature du CIR"),
    ("date_cir", "la signature du CIR", "date_orientation", "L'orientation"),
)


def _precheck(dossier: Dossier, assessment: Assessment, malgre: str | None) -> list[Finding]:
    """The criteria that say no, unless OFII has spoken, or is asked, or a reason is given.

    A declined orientation is recorded, not refused: it is a fact, and not final.
    """
    if dossier.admitted or dossier.ofii is not None or dossier.requests or malgre:
        return []
    return [
        f
        for f in criteria_findings(assessment, dossier.reference)
        if f.code != "orientation_refusee"
    ]


def criteria_findings(assessment: Assessment, reference: str = "REF") -> list[Finding]:
    """Each criterion that says no, as a finding with its fact and its own source."""
    return [
        finding(answer.refused_as, answer.fact, source=answer.source, dossier=reference)
        for answer in assessment.refusals
    ]


def warnings_of(command: c.Enroll, dossier: Dossier, assessment: Assessment) -> Iterable[Finding]:
    yield from _unlike(command, dossier.reference)
    yield from _without_dossier(command, dossier)
    yield from _criteria_warnings(dossier, assessment)


SIGNS_FROM = Length(years=16)
"""Nobody younger signs a CIR (CESEDA, art. L. 413-2)."""


def _without_dossier(command: c.Enroll, dossier: Dossier) -> Iterable[Finding]:
    """A child of whom a household knows the year of birth needs no dossier, in which to wait."""
    born, day = command.date_naissance, dossier.opened_on
    child = command.lien_menage is Kinship.CHILD and born is not None and day is not None
    if child and born and day and before_or_on(SIGNS_FROM.after(born), day) is NO:
        year = born.earliest.year
        yield finding("enfant_a_noter", dossier=dossier.reference, annee=year)


def _unlike(command: c.Enroll, reference: str) -> Iterable[Finding]:
    """Warnings for a number of an odd shape, and for places known by their postal code alone."""
    if command.agdref is not None and not looks_like_agdref(command.agdref):
        yield finding("agdref_forme", f"{len(command.agdref)} caractères", field="agdref")
    for side in ("residence", "domicile"):
        place = getattr(command, f"commune_{side}")
        if place is not None and place.insee is None and place.postal is not None:
            option = f"--commune-{side}"
            if place.department in DEPARTMENTS.values():
                yield finding(
                    "commune_a_preciser", postal=place.postal, option=option,
                    dossier=reference, field=f"commune_{side}",
                )  # fmt: skip


def to_look_at(command: c.Enroll, today: date) -> Iterable[Finding]:
    """Cautions about what a row says: numbers that are none, odd years, a detail of elsewhere.

    They never refuse: the oldest person, a child who signed, twins of a date exist.
    """
    yield from detail_elsewhere(command)
    for name in command.ecartes:
        yield finding("numero_ecarte", field=name, champ=FIELDS[name].label)
    for name in PAST_FIELDS:
        on = getattr(command, name)
        why = [] if on is None else list(_odd(command, name, on, today))
        if why:
            yield finding(
                "date_a_verifier", field=name, champ=FIELDS[name].label, pourquoi=" ; ".join(why)
            )


_OLDEST, _SIGNS_FROM = 105, 15
"""Years: older than the one, or younger than the other at the CIR, a birth is to be looked at
[D]."""


def _odd(command: c.Enroll, name: str, on: PartialDate, today: date) -> Iterable[str]:
    counted = (on.earliest - SHEET_ZERO).days
    if on.exact and 1900 <= counted < 2100:
        yield f"{french(on)} : une année seule a pu être tapée dans une case de dates ({counted} ?)"
    elif name != "date_naissance" and on.latest.year < _FIRST_FACTS:
        yield f"{french(on)} est bien loin"
    if name != "date_naissance":
        return
    # The years alone tell of nearly everybody: a date is only counted for who is near the bound.
    years = today.year - on.latest.year
    if years >= _OLDEST and Length(years=_OLDEST).after(on).latest < today:
        yield f"né(e) en {on.latest.year} : {years} ans"
    cir = command.date_cir
    near = cir is not None and cir.latest.year - on.earliest.year <= _SIGNS_FROM
    if cir and near and cir.latest < Length(years=_SIGNS_FROM).after(on).earliest:
        yield f"moins de {_SIGNS_FROM} ans au CIR ({french(cir)})"
    for other in PAST_FIELDS[1:]:
        if on.exact and getattr(command, other) == on:
            yield f"le même jour que « {FIELDS[other].label} »"


_FIRST_FACTS = 1950


def criteria_warnings(dossier: Dossier, context: Context) -> list[Finding]:
    """The findings of the pre-check as warnings, where it may not refuse."""
    return list(_criteria_warnings(dossier, assess(dossier, context.rulebook)))


_FORM = "La fiche de liaison : agir liaison add {} --date-fiche JOUR --souhait oui"
_EITHER = (
    "Orientation par l'OFII : agir enroll --dossier {0} --orientation acceptee --date-orientation"
    " JOUR ; par un partenaire : agir liaison add {0} --date-fiche JOUR."
)


def _unknown_rule(assessment: Assessment) -> Iterable[Finding]:
    """Say once, when a dossier is opened, since when no rule is known."""
    if assessment.rules is None and assessment.receipt is not None:
        yield finding("regle_inconnue", quand=assessment.answers[0].of[0])


def _criteria_warnings(dossier: Dossier, assessment: Assessment) -> Iterable[Finding]:
    if assessment.precheck is YES and assessment.eligible is YES:
        return
    yield from criteria_findings(assessment, dossier.reference)
    asked = dossier.orientation is not None or dossier.requests or dossier.ofii is not None
    if not asked and dossier.cir is not None:
        by_form = assessment.route is Route.LIAISON
        yield finding(
            "demande_a_dater", jour=assessment.receipt_of, date=french(assessment.receipt),
            suite=(_FORM if by_form else _EITHER).format(dossier.reference),
        )  # fmt: skip
    missing = [name for name in dict.fromkeys(assessment.missing) if name != "souhait"]
    if dossier.requests and len(missing) < len(set(assessment.missing)):
        form = french(dossier.requests[-1].on) or "JOUR"
        yield finding("souhait_a_dire", dossier=dossier.reference, date=form)
    if missing:
        yield finding(
            "a_completer",
            champs=", ".join(in_sentence(FIELDS[name].label) for name in missing),
            options=" ".join(f"{FIELDS[name].option} …" for name in missing),
            dossier=dossier.reference,
        )
