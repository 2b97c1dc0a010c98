"""The rows that each command would have received for one invented person."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from demo_courses import TODAY
from demo_people import COMMUNES

_REFERENTS = {
    "44": (
        "ARDOISIN Mélisse",
        "BRUMELET Sauge",
        "CORMANDIN Aubin",
        "DOUVELAINE Iris",
        "ESTRAMBEL Olive",
        "FLOUVIGNE Armoise",
        "GRENADOU Basile",
        "HURLEVIN Capucine",
        "JOVELINE Narcisse",
        "LAMPRIAND Hysope",
        "MIRONDEAU Sylvestre",
        "NIVERLOUX Anis",
        "PALUDOT Mélèze",
        "ROCHELANDE Violette",
    ),
    "85": ("SABLONGE Garance", "TOURMELIN Florent", "VALOUDRE Angélique", "YONVERT Jacinthe"),
}
_PRIORITIES = ("droit_logement", "emploi_formation", "droit_logement+emploi_formation")
_MODES = ("globale", "globale", "subsidiarite", "appui")
_STEPS = (
    ("emploi", "Inscription à Pôle emploi"), ("droits", "Ouverture des droits à la CAF"),
    ("logement", "Demande de logement social déposée"), ("langue", "Cours de français OFII"),
    ("droits", "Échange du permis de conduire demandé"), ("emploi", "CV et lettre de motivation"),
    ("formation", "Rendez-vous avec la mission locale"), ("social", "Inscription à la médiathèque"),
    ("logement", "Visite d'un logement"), ("emploi", "Immersion d'une semaine en entreprise"),
)  # fmt: skip
_PLANS = (
    "Restauration, puis un logement à soi", "Bâtiment, permis de conduire", "Aide à la personne",
    "Cours de français, puis formation", "Maraîchage", "Logistique", "Logement autonome",
    "Reprise d'études", "Couture", "Petite enfance", "",
)  # fmt: skip
_PRESCRIBERS = ("CADA", "Mission locale", "CCAS", "Service social du Département", "Association")
_NOT_ELIGIBLE = ("CIR trop ancien", "Emploi durable et logement pérenne", "Réside hors département")
_HOURS = ("09:00", "09:30", "10:30", "11:00", "14:00", "14:30", "15:30", "16:30")
_NEW_HOUSING = (
    ("logement_autonome", "parc_social"), ("logement_autonome", "parc_prive"),
    ("logement_accompagne", "residence_sociale"), ("hebergement_temporaire", ""),
)  # fmt: skip
_NEW_WORK = (
    "formation_linguistique", "formation_linguistique", "insertion", "emploi_moins_6_mois",
    "emploi_6_mois_plus", "interim", "formation", "cdi", "alternance",
)  # fmt: skip


_VISITS = ("demarche", "demarche", "demarche", "domicile", "collectif")
_RIGHTS = ("etat_civil", "prestations", "compte_bancaire", "logement_social", "permis")
_YEARS = {"refugie": 10, "apatride": 4, "protection_subsidiaire": 4}
"""How long a residence permit runs by status."""


def acts_of(person: Any, rng: random.Random, tables: dict[str, list[dict[str, str]]]) -> None:
    """Add this person's rows to the table of each command."""

    def add(command: str, **cells: str) -> None:
        tables.setdefault(command, []).append({"dossier": person.reference, **cells})

    _liaison(person, rng, add)
    _diagnosis(person, rng, add)
    _contract(person, rng, add)
    _support(person, rng, add)
    _end(person, rng, add)


def _liaison(person: Any, rng: random.Random, add: Any) -> None:
    way = person.course
    if way.form:
        add(
            "liaison_add_tardives" if way.form_came_late else "liaison_add",
            date_fiche=way.form.isoformat(), souhait="oui", prescripteur=rng.choice(_PRESCRIBERS),
            flyer_remis="oui", soutien_agir=rng.choice(("oui", "non")),
        )  # fmt: skip
    if way.decision:
        reason = rng.choice(_NOT_ELIGIBLE) if way.decision == "rejetee" else ""
        add(
            "liaison_decide", listing=str(way.listing), decision_ofii=way.decision,
            date_decision=way.decided_on.isoformat(), motif_ofii=reason,
        )  # fmt: skip


def _diagnosis(person: Any, rng: random.Random, add: Any) -> None:
    way = person.course
    home = person.fields["commune_residence"]
    offices = next(c[2] for c in COMMUNES[way.department] if c[0] == home)
    for day in way.diagnosis_booked:
        add(
            "diagnose_book", date_rdv_diagnostic=f"{day.isoformat()} {rng.choice(_HOURS)}",
            bureau=rng.choice(offices), confirmation=rng.choice(("sms", "mail", "mail+sms")),
        )  # fmt: skip
    for day in way.diagnosis_missed:
        add("diagnose_absent", date_absence=day.isoformat())
    if way.diagnosis:
        priority = rng.choice(_PRIORITIES)
        add(
            "diagnose_hold", date_diagnostic=way.diagnosis.isoformat(),
            diagnostic_signe="non" if rng.random() < 0.02 else "oui",
            priorites_preconisees=priority,
        )  # fmt: skip
        if way.commission:
            _commission(person, rng, add, priority)


def _commission(person: Any, rng: random.Random, add: Any, recommended: str) -> None:
    way = person.course
    home = person.fields["commune_residence"]
    first, second = rng.sample(_REFERENTS[way.department], 2)
    add(
        "assign", date_commission=way.commission,
        priorites=recommended if rng.random() < 0.9 else rng.choice(_PRIORITIES),
        modalite=rng.choice(_MODES),
        bassin_de_vie=next(c[3] for c in COMMUNES[way.department] if c[0] == home),
        referent=first, second_referent=second if rng.random() < 0.4 else "",
    )  # fmt: skip


def _contract(person: Any, rng: random.Random, add: Any) -> None:
    way = person.course
    for day in way.contract_booked:
        add("contract_book", date_rdv_contrat=f"{day.isoformat()} {rng.choice(_HOURS)}")
    for day in way.contract_missed:
        add("contract_absent", date_absence=day.isoformat())
    if way.refused:
        add("contract_refuse", date_refus=way.refused.isoformat())
    if way.contract:
        add("contract_sign", date_contrat=way.contract, projet=rng.choice(_PLANS))


def _support(person: Any, rng: random.Random, add: Any) -> None:
    way = person.course
    for day in way.interviews:
        add("interview_add", date_entretien=day.isoformat())
    last = way.closed or TODAY
    if not way.signed_by or (last - way.signed_by).days < 20:
        return
    for domain, words in rng.sample(_STEPS, rng.choice((0, 0, 0, 1, 1, 2))):
        day = _some_day(rng, way.signed_by, last)
        hours = "100" if domain == "langue" else ""
        add("step_add", date_etape=_cut(rng, day), domaine=domain, etape=words, heures=hours)
    if rng.random() < 0.22:
        housing, detail = rng.choice(_NEW_HOUSING)
        add(
            "situation_set", date_situation=_some_day(rng, way.signed_by, last).isoformat(),
            situation_logement=housing, detail_logement=detail,
        )  # fmt: skip
    if rng.random() < 0.25:
        add(
            "situation_set", date_situation=_some_day(rng, way.signed_by, last).isoformat(),
            situation_professionnelle=rng.choice(_NEW_WORK),
        )  # fmt: skip


def rights_and_visits(
    person: Any, rng: random.Random, tables: dict[str, list[dict[str, str]]]
) -> None:
    """Add the papers and the errands of one person in six who came to the diagnostic.

    Drawn apart, so that nobody else's acts change with them. No interview, and nothing on the
    days that the morning's screen shows.
    """

    def add(command: str, **cells: str) -> None:
        tables.setdefault(command, []).append({"dossier": person.reference, **cells})

    way = person.course
    if not way.diagnosis or way.closed or way.refused or rng.random() > 0.16:
        return
    status, first = person.fields["statut"], way.diagnosis
    permit = {"droit": "sejour", "date_droit": first.isoformat()}
    if status in _YEARS and rng.random() < 0.7:
        granted = first - timedelta(days=rng.randint(5, 60))
        ends = granted.replace(year=granted.year + _YEARS[status]) - timedelta(days=1)
        if rng.random() < 0.12:  # a receipt of six months, soon over
            ends = TODAY + timedelta(days=rng.randint(8, 55))
        permit |= {"etat_droit": "ouvert", "date_fin_droit": ends.isoformat()}
    else:
        permit["etat_droit"] = "demande"
    add("right_set", **permit)
    cover = rng.choice(("ouvert", "ouvert", "ouvert", "demande", "a_faire"))
    add("right_set", droit="couverture_maladie", etat_droit=cover, date_droit=first.isoformat())
    span = (TODAY - first).days
    for name in rng.sample(_RIGHTS, rng.choice((0, 1, 1, 2))) if span > 30 else ():
        day = first + timedelta(days=rng.randint(10, span - 5))
        state = rng.choice(("demande", "demande", "ouvert", "refuse", "a_faire"))
        state = "demande" if name == "logement_social" else state
        add("right_set", droit=name, etat_droit=state, date_droit=day.isoformat())
    for _ in range(rng.choice((0, 0, 1, 1, 2)) if span > 60 else 0):
        day = first + timedelta(days=rng.randint(15, span - 20))
        if day.weekday() > 4:
            continue
        kind = rng.choice(_VISITS)
        hour = rng.choice(_HOURS)
        add("visit_book", date_rdv_visite=f"{day.isoformat()} {hour}", type_visite=kind)
        came = rng.random() < 0.8
        add("visit_hold" if came else "visit_absent",
            **{"date_visite" if came else "date_absence": day.isoformat()})  # fmt: skip
    if rng.random() < 0.1:
        day = TODAY + timedelta(days=rng.choice((10, 11, 15, 17, 22)))
        add("visit_book", date_rdv_visite=f"{day.isoformat()} {rng.choice(_HOURS)}",
            type_visite=rng.choice(_VISITS))  # fmt: skip


def _some_day(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(7, (last - first).days - 3))


def _cut(rng: random.Random, day: date) -> str:
    """A step's date is often known by its month only."""
    return day.isoformat()[: rng.choice((7, 7, 10))]


def _end(person: Any, rng: random.Random, add: Any) -> None:
    way = person.course
    if not way.motive:
        return
    won = way.motive == "objectifs_atteints"
    add(
        "close", date_cloture=way.closed.isoformat(), motif=way.motive,
        situation_logement="logement_autonome" if won else "",
        detail_logement=rng.choice(("parc_social", "parc_prive")) if won else "",
        situation_professionnelle=rng.choice(("cdi", "emploi_6_mois_plus")) if won else "",
    )  # fmt: skip


_MOMENTS = {"diagnose_book": "date_rdv_diagnostic", "contract_book": "date_rdv_contrat",
            "visit_book": "date_rdv_visite"}  # fmt: skip


def bookings(person: Any, rng: random.Random, tables: dict[str, list[dict[str, str]]]) -> None:
    """Say when each appointment was booked, and whether a reminder was sent two days before it.

    Drawn apart too. Booked once it could be: admitted, assigned, diagnosed, or absent before.
    """
    way = person.course
    oriented = person.fields.get("date_orientation", "")
    earliest = {
        "diagnose_book": max(oriented, way.decided_on.isoformat() if way.decided_on else ""),
        "contract_book": way.commission or "",
        "visit_book": way.diagnosis.isoformat() if way.diagnosis else "",
    }
    missed = {day for name in ("diagnose_absent", "contract_absent", "visit_absent")
              for row in tables.get(name, ()) if row["dossier"] == person.reference
              for day in (row["date_absence"],)}  # fmt: skip
    for name, moment in _MOMENTS.items():
        after = earliest[name]
        for row in tables.get(name, ()):
            if row["dossier"] != person.reference or len(after) != len("2023-10-09"):
                continue
            day = date.fromisoformat(row[moment][:10])
            room = (min(day, TODAY) - date.fromisoformat(after)).days
            if room >= 2:
                booked = min(day, TODAY) - timedelta(days=rng.randint(2, min(room, 30)))
                row["inscrit_le"] = booked.isoformat()
                reminder, absent = day - timedelta(days=2), row[moment][:10] in missed
                if booked <= reminder <= TODAY and rng.random() < (0.3 if absent else 0.6):
                    row["rappel_le"] = reminder.isoformat()
            after = row[moment][:10] if name != "visit_book" else after
