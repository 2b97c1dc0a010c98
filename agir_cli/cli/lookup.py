"""`agir show` and `agir find`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from agir_cli.cli.run_command import awaited, standing_lines
from agir_cli.cli.screen import french_stored, show_table, tell
from agir_cli.cli.session import session_of, visitor_of
from agir_cli.domain.dates import french, french_moment
from agir_cli.domain.dossier import Appointment
from agir_cli.domain.events import LABELS, Event
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import Motive, Stage
from agir_cli.usecases.consult import Record, look_for, record

app = typer.Typer()

_PERSON = (
    "agdref", "date_naissance", "sexe", "nationalite", "langues", "telephone", "courriel",
    "nom_usage",
)  # fmt: skip


_WORDS = (
    "projet", "prescripteur", "prescripteur_courriel", "partenaires", "motif_ofii",
    "reference_cirng", "malgre",
)  # fmt: skip


@app.command("show")
def show(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Référence, AGDREF, début ou nom")],
    events: Annotated[bool, typer.Option("--events", help="Le journal, numéroté.")] = False,
    menage: Annotated[
        bool, typer.Option("--menage", help="Les autres dossiers du ménage.")
    ] = False,
) -> None:
    """Montrer un dossier : la personne, où elle en est, ce qui court, et le journal.

    Exemples :
      agir show 44-0042
      agir show 0123456789 --events
      agir show diallo --menage
    """
    session = session_of(ctx)
    found = record(visitor_of(session), ref)
    tell(_title(found))
    for line in standing_lines(found.standing, session.today):
        tell(line)
    _facts(found)
    if events:
        _events(ctx, found)
    if menage:
        _household(ctx, found)


def _title(found: Record) -> str:
    person = found.person
    name = " ".join(part for part in (person.get("nom"), person.get("prenoms")) if part)
    return f"{found.reference}  {name or '(identité effacée)'}"


def _facts(found: Record) -> None:
    for label, value in _lines(found):
        if value:
            tell(f"  {label + ' :':<28} {value}")


def _lines(found: Record) -> list[tuple[str, str]]:
    state = found.standing.state
    facts = state.facts
    lines = [(FIELDS[name].label, _person_value(name, found)) for name in _PERSON]
    lines += [
        (FIELDS[name].label, _shown(name, getattr(facts, name)))
        for name in ("statut", "date_statut", "date_arrivee")
    ]
    lines.append(("CIR signé le", french(state.cir)))
    if state.orientation:
        answered = state.orientation
        outcome = answered.outcome.label if answered.outcome else "Orientation proposée"
        lines.append(("Orientation AGIR", f"{outcome} {_on(french(answered.on))}"))
    if state.ofii:
        told = f"{state.ofii.outcome.label} {_on(french(state.ofii.on))}"
        lines.append(("Décision de l'OFII", told))
    lines += [
        (FIELDS[name].label, _shown(name, getattr(facts, name)))
        for name in ("commune_residence", "code_postal_residence", "commune_domicile", "menage",
                     "lien_menage", "rejoint")
    ]  # fmt: skip
    lines += _process_lines(found)
    return lines


def _on(day: str) -> str:
    return f"({day})" if day else ""


def _process_lines(found: Record) -> list[tuple[str, str]]:
    state = found.standing.state
    rdv = {name: _visit(booked, found.offices) for name, booked in awaited(state)}
    lines = [
        ("RDV de diagnostic", rdv.get("RDV de diagnostic", "")),
        ("Absences au diagnostic", str(len(state.diagnosis_visits.absences) or "")),
    ]
    if state.diagnosis:
        signed = {True: "signé", False: "non signé", None: "signature inconnue"}
        held = f"{french(state.diagnosis.on)} ({signed[state.diagnosis.signed]})"
        lines.append(("Diagnostic AGIR", held))
        priorities = " + ".join(p.label for p in state.diagnosis.recommended)
        lines.append(("Priorité préconisée", priorities))
    if state.assignment:
        given = state.assignment
        lines += [
            ("Commission", french(given.on)),
            ("Priorité retenue", " + ".join(p.label for p in given.priorities)),
            ("Modalité", given.mode.label if given.mode else ""),
            ("Bassin de vie", given.living_area or ""),
            ("Référent parcours", found.referents.get(given.referent or "", given.referent or "")),
            ("Second référent", found.referents.get(given.second_referent or "", "")),
        ]
    lines.append(("RDV de contrat", rdv.get("RDV de contrat", "")))
    lines.append(("Contrat AGIR signé le", french(state.contract)))
    housing, detail = state.current_housing
    work, level = state.current_work, state.current_french
    place = " / ".join(value.label for value in (housing, detail) if value)
    lines += [
        ("Logement actuel", place),
        ("Situation professionnelle", work.label if work else ""),
        ("Niveau de français", level.label if level else ""),
    ]
    lines += [(FIELDS[n].label, words) for n, words in found.words.items()
              if n in _WORDS]  # fmt: skip
    return lines


def _visit(appointment: Appointment, offices: Mapping[str, str]) -> str:
    if not appointment.office:
        return french_moment(appointment.moment)
    name = offices.get(appointment.office, f"bureau {appointment.office}")
    return f"{french_moment(appointment.moment)} ({name})"


def _person_value(name: str, found: Record) -> str:
    text = found.person.get(name)
    if not text:
        return ""
    if name == "nationalite":
        from agir_cli.store.reference import nationality_name

        return nationality_name(text)
    if name == "langues":
        from agir_cli.store.reference import language_name

        return ", ".join(map(language_name, text.split(",")))
    return _shown(name, FIELDS[name].type.load(text))


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    if name.startswith("commune_"):
        from agir_cli.domain.places import Place
        from agir_cli.store.reference import load_gazetteer

        assert isinstance(value, Place)
        if value.insee:
            return f"{load_gazetteer().name(value.insee)} ({value.department})"
        return value.postal or value.department
    return FIELDS[name].type.show(value)


def _events(ctx: typer.Context, found: Record) -> None:
    rows = [
        (number, french(e.on), _event_told(e, found), french_stored(e.recorded_at[:10]), e.author)
        for number, e in found.events
    ]
    columns = ("N°", "Date", "Événement", "Saisi le", "Par")
    show_table(session_of(ctx), columns, rows, title="Journal", right=(0,))


def _event_told(event: Event, found: Record) -> str:
    told = LABELS[event.kind]
    if event.id in found.voided:
        told += " [ANNULÉ]"
    if "event" in event.payload:
        numbers = {e.id: n for n, e in found.events}
        told += f" : n° {numbers.get(event.payload['event'], '?')}"
    for name in ("date_rdv_diagnostic", "date_rdv_contrat", "decision_ofii", "listing"):
        if name in event.payload:
            told += f" : {FIELDS[name].type.show(event.payload[name])}"
    if event.texts.get("etape"):
        told += f" : {event.texts['etape']}"
    if event.texts.get("raison"):
        told += f" — {event.texts['raison']}"
    if "motif" in event.payload:
        told += f" : {Motive(event.payload['motif']).label}"
    return told


def _household(ctx: typer.Context, found: Record) -> None:
    rows = [(c.reference, c.nom, c.prenoms, Stage(c.etape).label) for c in found.household]
    columns = ("Dossier", "Nom", "Prénoms", "Étape")
    if not rows:
        print("  Pas d'autre dossier de ce ménage dans ce fichier.")
    show_table(session_of(ctx), columns, rows, title="Ménage")


@app.command("find")
def find(
    ctx: typer.Context,
    text: Annotated[list[str], typer.Argument(metavar="TEXTE", help="Nom, référence ou n° AGDREF")],
) -> None:
    """Chercher un dossier par nom, référence ou numéro ; un début suffit.

    Exemples :
      agir find diallo
      agir find awa dia
      agir find 44-00
    """
    session = session_of(ctx)
    found = look_for(visitor_of(session), " ".join(text))
    rows = [
        (c.reference, c.nom, c.prenoms, french_stored(c.date_naissance), Stage(c.etape).label)
        for c in found
    ]
    show_table(session, ("Dossier", "Nom", "Prénoms", "Né(e) le", "Étape"), rows)
