"""Every answer with its source, and every clock: `agir explain`, `agir eligibility`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from agir_cli.cli.clocks import Row, clocks, event_number
from agir_cli.cli.commands.rules import rules_in_force
from agir_cli.cli.groups import Commands, flag, reference
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, tell, weekday_date
from agir_cli.cli.session import Session, visitor_of
from agir_cli.domain.dates import (
    NO,
    UNKNOWN,
    YES,
    PartialDate,
    Verdict,
    french,
    french_day,
    french_on,
    french_until,
)
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.eligibility import (
    CODES,
    CRITERIA,
    Answer,
    Assessment,
    decision_of,
    known_facts,
)
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reasons import REASONS, Finding
from agir_cli.domain.rules import SOURCES, Rulebook
from agir_cli.domain.vocabulary import Paper, Status
from agir_cli.usecases.consult import Record, record
from agir_cli.usecases.ledger import Visitor

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.domain.dossier import Dossier
    from agir_cli.reports.sheet import Sheet
    from agir_cli.store.directory import Department

app = Commands()


COLUMNS = (
    "critere", "reponse", "fait", "source", "a_faire", "depart", "date_depart", "duree", "echeance",
    "retard_jours", "date_fin",
)  # fmt: skip
OF_CRITERIA = COLUMNS[:5]
USED_UP = "droit_epuise"
"""What no fact of the person answers: a refusal, a stop or two years have used the right up."""


# --- agir explain ------------------------------------------------------------------------


@made(app, "explain", printed=True)
def explain(
    session: Session,
    printed: Printed,
    *,
    ref: str = reference(),
    letter: bool = flag("La page à remettre à la personne : agir letter decision.", "--print"),
) -> int | None:
    """Dire pourquoi : délais et critères, le fait, la source, et ce qui changerait la réponse.

    Exemples :
      agir explain 44-0042
      agir explain 44-0042 --print --output page.html
      agir explain 44-0042 --format json
    """
    if letter:
        from agir_cli.cli.commands.letter import write

        return write(session, printed, Paper.DECISION, [ref], en_main=True)
    from agir_cli.cli.render import show_rows

    form = printed.form
    visitor = visitor_of(session)
    found = record(visitor, ref)
    book = rules_in_force(session)
    joined = found.standing.state.facts.rejoint or found.words.get("rejoint")
    assessment = linked(visitor, found.standing.assessment, joined)
    over = _used_up(found, book, session.today)
    rows = criteria_rows(
        assessment, book, found.standing.state, found.departments, session.today, found, over
    )
    rows += places_rows(visitor, assessment, found.standing.state.department)
    told = [*clocks(found, book, session.today)]

    def screen() -> None:
        _show_dossier(session.today, found, assessment, over)
        for heading, some in (
            (f"Délais et attentes, au {weekday_date(session.today)}",
             [row for row in told if row.reponse != "arrete"]),
            ("Délais arrêtés", [row for row in told if row.reponse == "arrete"]),
        ):  # fmt: skip
            if some:
                print()
                tell(heading)
                show_each(some)
        print()
        if over is not None or not found.standing.state.open:
            tell("Pré-vérification de l'entrée ; elle ne rouvre rien")
        show_whole(assessment, rows)
        show_each(rows)

    show_rows(session, answers_sheet([*rows, *told], over), form, screen)
    return None


def _used_up(found: Record, book: Rulebook, today: date) -> Finding | None:
    """The right used up, where it is: what a machine must not miss, since it comes first."""
    from agir_cli.domain.reasons import finding

    standing = found.standing
    closing, until = standing.state.closing, standing.ends_by
    told = "{} : définitif, le droit est épuisé"
    if closing is not None and standing.final:
        on = f", {french_on(closing.on)}" if closing.on else ""
        source, fact = str(book.motives[closing.motive].source), f"{closing.motive.label}{on}"
        return finding(USED_UP, told.format(fact), source=source, dossier=found.reference)
    if until is None or not standing.term_reached(today):
        return None
    fact = told.format(f"Deux ans atteints, {french_until(until)}")
    code = "terme_depasse" if closing is None else USED_UP
    return finding(code, fact, source=SOURCES["droit"], dossier=found.reference)


def _show_dossier(today: date, found: Record, assessment: Assessment, over: Finding | None) -> None:
    standing = found.standing
    closing, until = standing.state.closing, standing.ends_by
    ended = until is not None and standing.term_reached(today)
    reached = " (terme atteint)" if ended and closing is None else ""
    tell(f"{found.reference} — {assessment.route.label} — étape : {standing.stage.label}{reached}")
    if closing is not None:
        final = "définitif" if standing.final else "non définitif"
        tell(f"Clos ({french(closing.on) or 'jour inconnu'}) : {closing.motive.label} — {final}")
    if until is not None:
        stopped = standing.final if closing is not None else None
        tell(_right(until, over=ended, stopped=stopped, today=today))
    if standing.state.admitted and assessment.precheck is not YES and standing.state.ofii is None:
        tell(f"Admise : {_admitted_by(standing.state)}.")
    if over is not None:
        tell("Éligible à nouveau : non, le droit est épuisé.", f"    Que faire : {over.remedy}")


def _right(until: PartialDate, *, over: bool, stopped: bool | None, today: date) -> str:
    """The right by the day: it runs, is over, or ended before its last day.

    ``stopped``: whether a closing has used it up; ``None`` while the dossier is open.
    """
    if over:
        return f"Le droit a couru {french_until(until)} (deux ans au plus) : il est épuisé."
    if stopped:
        return f"Sans la clôture, le droit aurait couru {french_until(until)} (deux ans au plus)."
    if stopped is not None:
        return f"Les deux ans commencés courent {french_until(until)}, dans un autre dossier aussi."
    perhaps = " : il est peut-être épuisé" if until.earliest < today else ""
    return f"Le droit court {french_until(until)} (deux ans au plus){perhaps}."


# --- the criteria of a pre-check ---------------------------------------------------------


def criteria_rows(
    assessment: Assessment,
    book: Rulebook,
    state: Dossier,
    departments: Mapping[str, Department],
    today: date,
    found: Record | None = None,
    over: Finding | None = None,
) -> list[Row]:
    """Each criterion answered; the whole and the route; where no rule judges, what is known.

    ``found``: the dossier, where the facts are those of one.
    """
    remedies = {
        f.code: f for f in criteria_findings(assessment, found.reference if found else "REF")
    }

    def row(answer: Answer, title: str) -> Row:
        code = CODES.get(answer.criterion, answer.criterion)
        to_do = _missing(answer, state, found) or _remedy(answer, remedies, found)
        return Row(
            code, answer.verdict.value, answer.fact, answer.source, to_do,
            title=f"{CRITERIA[answer.criterion]} : {title}",
        )  # fmt: skip

    rows = [row(answer, answer.verdict.value.upper()) for answer in assessment.answers]
    if assessment.rules is None:
        known = _known_rules(book, state.department)
        rows[0] = rows[0]._replace(fait=rows[0].fait.removesuffix(" : l'OFII décide") + known)
        rows += _public(assessment, departments.get(state.department), today)
        rows += [row(answer, "à juger par l'OFII") for answer in known_facts(state, book)]
    changed = "" if state.closing or over else _changing(assessment, admitted=state.admitted)
    rows.append(Row("eligible", assessment.eligible.value, _whose(assessment), "", changed))
    rows.append(Row("voie", assessment.route.value, assessment.route.label))
    return rows


def places_rows(visitor: Visitor, assessment: Assessment, department: str) -> Iterator[Row]:
    """The places of a department where the rule has a ceiling, which refuses nobody."""
    places = assessment.rules.places if assessment.rules else None
    most = places.by_department.get(department) if places else None
    if places is None or most is None:
        return
    from agir_cli.usecases.precheck import places_taken

    taken, waiting = places_taken(visitor, department)
    full = taken >= most
    fact = f"{most} {plural(most, 'place')} dans le {department}, {taken} {plural(taken, 'prise')}"
    fact += f", {waiting} en attente d'un contrat"
    fact += " : liste d'attente ; un plafond ne refuse personne" if full else ""
    title = "Places : LISTE D'ATTENTE" if full else "Places : il en reste"
    reply = "liste_attente" if full else "libre"
    yield Row("places", reply, fact, f"{places.source}. {places.reading}".strip(), title=title)


def _known_rules(book: Rulebook, department: str) -> str:
    """The days whose rule is known, in a department."""
    own = [rules for rules in book.rule_sets if department in rules.departments]
    days = (
        f"du {french_day(r.start)} {f'au {french_day(r.end)}' if r.end else 'sans fin'}"
        for r in own
    )
    return f" ; règle connue : {', '.join(days)}" if own else ""


def _public(assessment: Assessment, department: Department | None, today: date) -> Iterator[Row]:
    """What is public where no rule is known: when the department opens, what was announced."""
    from agir_cli.store.reference import load_public

    day = assessment.receipt.latest.isoformat() if assessment.receipt else ""
    told = department.opens_after(day, today) if department else ""
    if told:
        title = f"Ouverture : {'ÉTAIT ' if 'était' in told else ''}PRÉVUE"
        yield Row("ouverture", "prevue", told, SOURCES["ouvertures"], title=title)
    for public in load_public():
        if public.since <= day:
            title = "Pour information, sans être un critère (non opposable)"
            yield Row("information", "public", public.told, public.source, title=title)


def _missing(answer: Answer, state: Dossier, found: Record | None) -> str:
    """What would answer it: the fields to complete, or the date to make precise."""
    if not answer.missing:
        return ""
    from agir_cli.reports.overdue import precision_task
    from agir_cli.reports.today import completing

    requested = [r.on for r in state.requests if r.on]
    known = {
        "date_cir": ("cir", state.cir),
        "date_orientation": ("orientation", state.orientation.on if state.orientation else None),
        "date_fiche": ("fiche", requested[-1] if requested else None),
    }
    vague = [name for name in answer.missing if known.get(name, ("", None))[1] is not None]
    blank = [name for name in answer.missing if name not in vague]
    if found is None:
        told = [
            f"à {what} : {', '.join(FIELDS[name].option for name in names)}"
            for what, names in (("préciser", vague), ("compléter", blank))
            if names
        ]
    else:
        told = []
        for event, on in map(known.__getitem__, vague):
            number = event_number(found, event, on)
            told.append(precision_task("", event, found.reference, number).partition(" : ")[2])
        if blank:
            told.append(f"à compléter : {completing(found.reference, blank)}")
    return " ; ".join(told)


def _remedy(answer: Answer, remedies: dict[str, Finding], found: Record | None) -> str:
    """What to do about an answer that is no; nothing that has been done already."""
    if answer.verdict is not NO:
        return ""
    remedy = remedies.get(answer.refused_as)
    if found is None:
        return remedy.remedy if remedy else ""
    state = found.standing.state
    if state.closing is not None:
        return ""
    if answer.criterion == "ofii":
        return REASONS["rejete_ofii"].remedy.format(dossier=found.reference)
    assert remedy is not None  # every criterion that may say no has its reason
    if state.ofii is not None and not state.ofii.positive:
        return remedy.reason.check
    if state.admitted:
        return f"rien : {_admitted_by(state)}, et c'est l'OFII qui décide"
    if answer.criterion == "wish":
        return remedy.remedy
    kept = ", malgré ce « non »" if state.overridden else ""
    return f"{remedy.reason.check} La demande est gardée{kept} : l'OFII décide."


def _admitted_by(state: Dossier) -> str:
    """By which word of OFII the person was let in."""
    if state.ofii is not None:
        return decision_of(state.ofii)
    on = state.orientation.on if state.orientation else None
    return f"orientation par l'OFII, acceptée{f' ({french(on)})' if on else ''}"


def _changing(assessment: Assessment, *, admitted: bool) -> str:
    """What would change the whole answer."""
    if admitted or assessment.answers[-1].criterion == "ofii":
        return "une autre décision de l'OFII"
    if assessment.rules is None and assessment.receipt is not None:
        return "la décision de l'OFII ; ou la règle, si votre équipe l'a : agir rules add FICHIER"
    for verdict, told in ((NO, "un autre fait, ou la décision de l'OFII"), (UNKNOWN, "le fait")):
        some = [CRITERIA[a.criterion] for a in assessment.answers if a.verdict is verdict]
        if some:
            return f"{told}, pour : {', '.join(some)}"
    return "la décision de l'OFII"


def answers_sheet(
    rows: Iterable[Row], over: Finding | None, names: tuple[str, ...] = COLUMNS
) -> Sheet:
    """The answers as rows. ``over``: the right used up, which comes first; nobody is eligible."""
    from agir_cli.reports.sheet import columns, one_list

    told = [*rows]
    if over is not None:
        told = [row._replace(reponse="non") if row.critere == "eligible" else row for row in told]
        told.insert(0, Row(USED_UP, "non", over.fact, over.source, over.remedy))
    known = columns(names, depart="Départ", date_depart="Depuis")
    return one_list("Éligibilité et délais", known, told)


def show_whole(assessment: Assessment, rows: Iterable[Row]) -> None:
    receipt = french(assessment.receipt) or "inconnue"
    tell(f"Demande reçue : {receipt} (jour {assessment.receipt_of})")
    tell(f"Règle : {rule_told(assessment)}", *_eligible(assessment))
    changing = [row.a_faire for row in rows if row.critere == "eligible" and row.a_faire]
    tell(*(f"Ce qui changerait la réponse : {told}" for told in changing))


def rule_told(assessment: Assessment) -> str:
    """The title of the rule-set, or since when none is known."""
    if assessment.rules is not None:
        return assessment.rules.title
    about = assessment.answers[0].of
    return f"non connue {about[0]}" if about else "non connue"


def show_each(rows: Iterable[Row]) -> None:
    """Print answers on the screen: what is said, the fact, the source, and what would change it."""
    for row in rows:
        if not row.title:
            continue
        tell(row.title)
        for label, told in (
            ("Fait", row.fait), ("Source", row.source), ("Y met fin", row.ends),
            ("Que faire", row.a_faire),
        ):  # fmt: skip
            if told:
                tell(f"    {label:<9} : {told}")


def _whose(assessment: Assessment) -> str:
    """Who says the whole answer."""
    last = assessment.answers[-1]
    if last.criterion == "ofii":
        return decision_of(last.of[0])
    return "pré-vérification, l'OFII décide"


def _eligible(assessment: Assessment) -> list[str]:
    """Whose answer it is: OFII's once it has decided, and the tool's own beside it."""
    checked, whose = _prechecked(assessment), _whose(assessment)
    if assessment.answers[-1].criterion != "ofii":
        if assessment.rules is None and assessment.receipt is not None:
            return ["Éligible : l'OFII décide ; l'outil ne peut pas le pré-vérifier"]
        return [f"Éligible ({whose}) : {checked}"]
    return [
        f"Éligible ({whose}) : {assessment.eligible.value}",
        f"Pré-vérification de l'outil, pour information : {checked}",
    ]


def _prechecked(assessment: Assessment) -> str:
    if assessment.precheck is not Verdict.UNKNOWN:
        return str(assessment.precheck.value)
    if assessment.rules is None and assessment.receipt is not None:
        return "règle non connue à cette date"
    return "pas encore : il manque des faits"


def linked(visitor: Visitor, assessment: Assessment, joined: str | None) -> Assessment:
    """The same answers; that of a joiner's status says where the BPI joined is, or is not.

    ``joined``: the AGDREF number or the reference given. A link that is not known refuses nothing.
    """
    answers = [
        _of_joiner(visitor, answer, joined)
        if answer.criterion == "status" and Status.JOINER in answer.of
        else answer
        for answer in assessment.answers
    ]
    return assessment._replace(answers=tuple(answers))


def _of_joiner(visitor: Visitor, answer: Answer, joined: str | None) -> Answer:
    if not joined:
        return answer._replace(missing=("rejoint",))
    from agir_cli.usecases.consult import search

    found = search(visitor, joined) if visitor.path.exists() else []
    if len(found) == 1:
        return answer._replace(of=(Status.JOINER, f"dossier {found[0].reference}"))
    told = f"{joined}, sans dossier dans ce fichier : lien inconnu"
    return answer._replace(of=(Status.JOINER, told), missing=("rejoint",))
