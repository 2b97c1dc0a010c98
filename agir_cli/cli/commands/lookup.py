"""`agir show` and `agir find`: one dossier, and which one a text means."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from agir_cli.cli.groups import Commands, flag, reference, word
from agir_cli.cli.options import made, say_once_of_the_history
from agir_cli.cli.render import Printed, show_rows
from agir_cli.cli.run_command import awaited, standing_lines
from agir_cli.cli.screen import paged, tell
from agir_cli.cli.session import Session, visitor_of
from agir_cli.domain.causes import BOOKINGS
from agir_cli.domain.dates import edtf, french, french_moment
from agir_cli.domain.dossier import OF_A_SITUATION, Appointment, Entitlement
from agir_cli.domain.events import Event, Kind
from agir_cli.domain.fields import FIELDS, PERSON_FIELDS
from agir_cli.domain.identity import looks_like_reference
from agir_cli.domain.network import Action
from agir_cli.domain.places import Place
from agir_cli.domain.vocabulary import Stage
from agir_cli.reports.field_words import place_told, shown
from agir_cli.reports.sheet import Column, Data, Section, Sheet, columns, heading_of, one_list
from agir_cli.reports.texts import full_name
from agir_cli.usecases.consult import Record, look_for, record

app = Commands()

_NAMES = ("nom", "prenoms", "nom_usage")
_PERSON = (*(name for name in PERSON_FIELDS if name not in _NAMES), "nom_usage")


_STATUS = ("statut", "date_statut", "date_arrivee")
_WORDS = (
    "projet", "prescripteur", "prescripteur_courriel", "auditeur", "partenaires", "motif_ofii",
    "reference_cirng", "malgre",
)  # fmt: skip


@made(app, "show", printed=True)
def show(
    session: Session,
    printed: Printed,
    *,
    ref: str = reference(),
    events: bool = flag("Le journal, numéroté."),
    menage: bool = flag("Les autres dossiers du ménage."),
) -> None:
    """Montrer un dossier : la personne, où elle en est, ce qui court, et le journal.

    Dans un autre format : ses faits ; avec --events, le journal ; avec --menage, le ménage.

    Exemples :
      agir show 44-0042
      agir show 0123456789 --events
      agir show diallo --menage
      agir show noori farid
      agir show 44-0042 --events --format csv
    """
    form = printed.form
    found = record(visitor_of(session), ref)

    def screen() -> None:
        with paged(session):
            tell(_title(found), *standing_lines(found.standing, session.today))
            tell(*(f"  {label + ' :':<28} {value}" for label, value in _facts(found) if value))
            if events:
                show_rows(session, _journal(found), form, titled=True)
            if menage:
                if not found.household:
                    print("  Pas d'autre dossier de ce ménage dans ce fichier.")
                show_rows(session, _household(found), form, titled=True)

    chosen = _journal(found) if events else _household(found) if menage else _facts_sheet(found)
    show_rows(session, replace(chosen, persons=_told_of(found)), form, screen)


def _told_of(found: Record) -> list[str]:
    """What says who the person is, in the sheets about them: now, and by each change."""
    changes = [event_told(event, found) for _, event in found.events
               if event.kind is Kind.IDENTITY_CHANGED]  # fmt: skip
    names = [found.person.get(name) for name in ("nom", "prenoms")]
    names.append(found.words.get("prescripteur_courriel"))
    told = [shown(name, found.person.get(name)) for name in _PERSON if name not in _COMMON]
    return [text for text in (*names, *told, *changes) if text]


_COMMON = ("sexe", "nationalite", "langues")


def _facts_sheet(found: Record) -> Sheet:
    standing = found.standing
    rows = [
        ("Dossier", found.reference),
        ("Nom", found.person.get("nom")),
        ("Prénoms", found.person.get("prenoms")),
        ("Voie", standing.assessment.route.label),
        ("Étape", standing.stage.label),
        *_facts(found),
    ]
    return one_list(_title(found), columns(("libelle", "valeur")), [row for row in rows if row[1]])


def _journal(found: Record) -> Sheet:
    known = columns(("numero", "date", "evenement", "saisi_le", "auteur"))
    rows = [
        (number, edtf(e.on) if e.on else None, event_told(e, found), e.recorded_at[:10], e.author)
        for number, e in found.events
    ]
    return one_list("Journal", known, rows)


def _household(found: Record) -> Sheet:
    rows = [(c.reference, c.nom, c.prenoms, c.etape) for c in found.household]
    return one_list("Ménage", _persons("dossier", "nom", "prenoms", "etape"), rows)


def _persons(*names: str) -> tuple[Column, ...]:
    return columns(names, {"etape": lambda stage: Stage(stage).label})


def _title(found: Record) -> str:
    name = full_name(found.person.get("nom"), found.person.get("prenoms"))
    return f"{found.reference}  {name}"


def _facts(found: Record) -> list[tuple[str, str]]:
    """What is known of the dossier, as label and text; the text is empty where it is not known."""
    state = found.standing.state
    facts = state.facts
    lines = [(FIELDS[name].label, shown(name, found.person.get(name))) for name in _PERSON]
    lines += [(FIELDS[name].label, _shown(name, getattr(facts, name))) for name in _STATUS]
    lines.append(("CIR signé le", french(state.cir)))
    if state.orientation:
        answered = state.orientation
        outcome = answered.outcome.label if answered.outcome else "Orientation proposée"
        lines.append(("Orientation AGIR", f"{outcome} {_on(french(answered.on))}"))
    if state.ofii:
        told = f"{state.ofii.outcome.label} {_on(french(state.ofii.on))}"
        lines.append(("Décision de l'OFII", told))
    others = [name for name in facts._fields if name not in (*_STATUS, *OF_A_SITUATION)]
    lines += [(FIELDS[name].label, _shown(name, getattr(facts, name))) for name in others]
    lines += _process_lines(found)
    lines += [("Retenu", each.told) for each in found.holds]
    lines += [("À faire", f"{a.action}  {a.objet}{_by(a)}") for a in found.tasks]
    return [*lines, *_others(found, {label for label, value in lines if value})]


_WITHIN = (
    "dossier", "personne", "departement", "etape", "orientation", "date_orientation",
    "date_decision", "diagnostic_signe", *(each.moment for each in BOOKINGS.values()),
)  # fmt: skip
"""What the line of another says: the other fields that are recorded have one of their own."""


def _others(found: Record, told: Collection[str]) -> Iterator[tuple[str, str]]:
    """The fields in the list of dossiers that no line has said; nothing twice."""
    for name, text in found.listed.items():
        plain = name.removesuffix("_entree")
        label = FIELDS[name].label if name in FIELDS else heading_of(name)
        if plain not in FIELDS or name in _WITHIN or label in told:
            continue
        if text and text != found.listed.get(f"{plain}_actuelle"):
            yield label, found.offices.get(text, text) if name == "bureau" else shown(name, text)
    if found.words.get("etape"):
        yield "Dernière étape", found.words["etape"]


def _by(task: Action) -> str:
    """« , pour le 30/11/2023 (A. Martin) »."""
    due = f", pour le {french(task.date_echeance)}" if task.date_echeance else ""
    return due + (f" ({task.responsable})" if task.responsable else "")


def _on(day: str) -> str:
    return f"({day})" if day else ""


def _process_lines(found: Record) -> list[tuple[str, str]]:
    state = found.standing.state
    coming = [(name, _visit(booked, found.offices)) for name, booked in awaited(state)]
    rdv = dict(coming)
    lines = [
        ("RDV de diagnostic", rdv.get("RDV de diagnostic", "")),
        ("Absences au diagnostic", str(len(state.diagnosis_visits.absences) or "")),
    ]
    if state.diagnosis:
        signed = {True: "signé", False: "non signé", None: "signature inconnue"}
        held = f"{french(state.diagnosis.on)} ({signed[state.diagnosis.diagnostic_signe]})"
        lines.append(("Diagnostic AGIR", held))
        priorities = " + ".join(p.label for p in state.diagnosis.priorites_preconisees)
        lines.append(("Priorité préconisée", priorities))
    if state.assignment:
        given = state.assignment
        lines += [
            ("Commission", ", puis ".join(french(made.on) for made in state.commissions)),
            ("Priorité retenue", " + ".join(p.label for p in given.priorites)),
            ("Modalité", given.modalite.label if given.modalite else ""),
            ("Bassin de vie", given.bassin_de_vie or ""),
            ("Référent parcours", found.referents.get(given.referent or "", given.referent or "")),
            ("Second référent", found.referents.get(given.second_referent or "", "")),
        ]
    lines.append(("RDV de contrat", rdv.get("RDV de contrat", "")))
    lines.append(("Contrat AGIR signé le", french(state.contract)))
    lines += [(name, told) for name, told in coming if name.startswith("RDV (")]
    missed = sum(a.missed_on is not None for a in state.other_visits.appointments)
    lines.append(("Absences à d'autres RDV", str(missed or "")))
    housing, detail = state.current_housing
    work, level = state.current_work, state.current_french
    place = " / ".join(value.label for value in (housing, detail) if value)
    lines += [
        ("Logement actuel", place),
        ("Situation professionnelle", work.label if work else ""),
        ("Niveau de français", level.label if level else ""),
        *((FIELDS[name].label, _shown(name, state.said_now(name))) for name in _ANSWERS),
    ]
    lines += [(each.droit.label, _right(each)) for each in state.current_rights.values()]
    lines += [(FIELDS[n].label, words) for n, words in found.words.items()
              if n in _WORDS]  # fmt: skip
    return lines


def _right(known: Entitlement) -> str:
    """« Ouvert (10/01/2023), jusqu'au 09/01/2033 »."""
    until = f", jusqu'au {french(known.date_fin_droit)}" if known.date_fin_droit else ""
    return f"{known.etat_droit.label} {_on(french(known.on))}".strip() + until


_ANSWERS = ("emploi_durable", "logement_perenne")


def _visit(appointment: Appointment, offices: Mapping[str, str]) -> str:
    if not appointment.bureau:
        return french_moment(appointment.moment)
    name = offices.get(appointment.bureau, f"bureau {appointment.bureau}")
    return f"{french_moment(appointment.moment)} ({name})"


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Place):
        return place_told(value)
    return FIELDS[name].type.show(value)


def event_told(event: Event, found: Record) -> str:
    """What an event says, as the timeline has it; which one it voids, and why."""
    from agir_cli.reports.timeline import Names, told

    words = told(event, Names(found.referents, found.offices, found.others))
    step = f"{event.kind.label} : " if event.kind is Kind.STEP_RECORDED else ""
    mark = " [ANNULÉ]" if event.id in found.voided else ""
    details = [words.detail]
    if event.kind is Kind.EVENT_VOIDED:
        numbers = {e.id: n for n, e in found.events}
        number = numbers.get(event.payload["event"], "?")
        details = [f"n° {number} — {event.texts.get('raison') or 'raison effacée'}"]
    return " : ".join(part for part in (f"{step}{words.title}{mark}", *details) if part)


@made(app, "find", printed=True)
def find(
    session: Session,
    *,
    text: tuple[str, ...] = word("TEXTE", "Nom, référence ou n° AGDREF", nargs=-1, required=True),
) -> Sheet:
    """Chercher un dossier par nom, référence ou numéro, anciens compris ; un début suffit.

    Exemples :
      agir find diallo
      agir find awa dia
      agir find 44-00
      agir find diallo --format csv --columns dossier,date_naissance
    """
    names = ("dossier", "nom", "prenoms", "date_naissance", "etape", "concorde")
    asked = " ".join(text)
    if not looks_like_reference(asked):
        instead = "une référence (44-0042) ne nomme personne"
        say_once_of_the_history(session, "avec « find »", instead)
    found = look_for(visitor_of(session), asked)
    rows = [(c.reference, c.nom, c.prenoms, c.date_naissance, c.etape, old) for c, old in found]
    known, shown = _persons(*names), len(names) - (not any(old for _, old in found))
    section = Section("", known[:shown], [row[:shown] for row in rows])
    return Sheet(title="Dossiers trouvés", sections=[section], data=Data(known, rows))
