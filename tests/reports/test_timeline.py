"""`report timeline`: the vignettes read like the slides; what was voided stays; clocks are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agir_cli.domain.dates import PartialDate, parse_date, parse_moment
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import (
    Domain,
    Housing,
    Motive,
    Priority,
    Right,
    RightState,
    Status,
    Work,
)
from agir_cli.reports import timeline as report
from agir_cli.reports.timeline import Entry, Life, life
from agir_cli.store import journal
from agir_cli.store.driver import Connection, writing
from tests.reports.building import accepted, add, booked, event, id_of, new_file, put_down

DAY = date(2023, 10, 12)


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


def told(found: Life, domain: str | None = None) -> list[tuple[str, str, str]]:
    return [
        (e.date, e.evenement, e.detail)
        for e in found.entries
        if domain is None or e.domaine == domain
    ]


def step(domain: Domain, words: str, on: str | None = None, **payload: Any) -> Draft:
    return event(Kind.STEP_RECORDED, on, domaine=domain, words={"etape": words}, **payload)


def test_madame_b_reads_like_the_slide(file: Connection) -> None:
    """[W: Vignette Emploi & Formation] Contract 35 days after the diagnostic; end 17/02/2025."""
    dossier = add(
        file, 1, *accepted("2023-01", "2023-01-09"), event(Kind.DIAGNOSIS_HELD, "2023-01-13"),
        event(Kind.CONTRACT_SIGNED, "2023-02-17", words={"projet": "pâtisserie"}),
        step(Domain.WORK, "Inscription à Pôle emploi", "mars 2023"),
        step(Domain.HOUSING, "Entrée en résidence sociale", "juillet 2023"),
        nom="Madame B.", prenoms=None,
        facts={"date_arrivee": parse_date("2018-08"), "date_statut": parse_date("2022-10"),
               "statut": Status.REFUGEE},
    )  # fmt: skip
    found = life(file, dossier, DAY)
    assert (found.name, found.right) == ("Madame B.", "Droit ouvert jusqu'au 17/02/2025 inclus")
    assert told(found) == [
        ("2018-08", "Arrivée en France", ""),
        ("2022-10", "Statut obtenu : Réfugié(e)", ""),
        ("2023-01", "CIR signé", ""),
        ("2023-01-09", "Orientation AGIR acceptée", ""),
        ("2023-01-13", "Diagnostic AGIR", ""),
        ("2023-01-13", "Délai du diagnostic",
         "tenu 19 à 46 jours avant (échéance : entre le 1er et le 28 février 2023)"),
        ("2023-02-17", "Contrat AGIR signé", "projet personnalisé : pâtisserie"),
        ("2023-02-17", "Délai de contractualisation",
         "pas commencé : pas de commission ; 35 jours depuis le diagnostic, pour information"),
        ("2023-03", "Inscription à Pôle emploi", ""),
        ("2023-04-17", "Délai de l'entretien",
         "jusqu'au 17/04/2023 inclus ; EN RETARD de 178 jours"
         " (départ : signature du contrat, 17/02/2023)"),
        ("2023-07", "Entrée en résidence sociale", ""),
        ("2025-02-17", "Fin du droit", "jusqu'au 17/02/2025 inclus ; encore 494 jours"),
    ]  # fmt: skip


def test_undated_steps_come_last_in_their_order(file: Connection) -> None:
    words = ["Candidature sur ITOU", "Échanges avec l'ACI", "Projet retravaillé"]
    dossier = add(file, 1, event(Kind.CIR_SIGNED, "2023-02-10"),
                  *(step(Domain.WORK, each) for each in words))  # fmt: skip
    entries = life(file, dossier, DAY).entries
    assert [e.evenement for e in entries][-3:] == words
    assert {(e.date, e.precision) for e in entries[-3:]} == {("", "inconnue")}


@pytest.mark.parametrize(
    ("on", "precision", "text"),
    [
        ("25/01/2023", "jour", "2023-01-25"),
        ("février 2023", "mois", "2023-02"),
        ("2023", "annee", "2023"),
        ("mars/avril 2023", "intervalle", "[2023-03..2023-04]"),
    ],
)
def test_precision(file: Connection, on: str, precision: str, text: str) -> None:
    dossier = add(file, 1, step(Domain.RIGHTS, "Rendez-vous CAF", on))
    (entry,) = [e for e in life(file, dossier, DAY).entries if e.domaine == "droits"]
    assert (entry.precision, entry.date) == (precision, text)


def contracted(commission: str, signed: str | None) -> list[Draft]:
    events = [
        *accepted("2023-01-02", "2023-01-02"), event(Kind.DIAGNOSIS_HELD, "2023-01-10"),
        event(Kind.REFERENT_DESIGNATED, commission),
    ]  # fmt: skip
    return [*events, event(Kind.CONTRACT_SIGNED, signed)] if signed else events


@pytest.mark.parametrize(
    ("commission", "signed", "detail"),
    [
        ("2023-02-01", "2023-02-19", "tenu 3 jours avant (échéance : 22/02/2023)"),
        ("2023-02-01", "2023-02-22", "tenu le dernier jour (échéance : 22/02/2023)"),
        ("2023-02-01", "2023-02-23", "1 jour après l'échéance (échéance : 22/02/2023)"),
        ("2023-02-01", "2023-03-08", "14 jours après l'échéance (échéance : 22/02/2023)"),
        ("2023-02-01", "2023-02",
         "tenu ou non : une date n'est connue qu'en partie (échéance : 22/02/2023)"),
        ("2023-02-01", None,
         "jusqu'au 22/02/2023 inclus ; EN RETARD de 232 jours (départ : commission, 01/02/2023)"),
        ("2023-10-01", None,
         "jusqu'au 22/10/2023 inclus ; encore 10 jours (départ : commission, 01/10/2023)"),
        ("2023-09-21", None,
         "jusqu'au 12/10/2023 inclus ; dernier jour aujourd'hui (départ : commission, 21/09/2023)"),
    ],
)  # fmt: skip
def test_how_the_three_weeks_were_kept(
    file: Connection, commission: str, signed: str | None, detail: str
) -> None:
    dossier = add(file, 1, *contracted(commission, signed))
    found = told(life(file, dossier, DAY), "echeance")
    assert [d for _, title, d in found if title == "Délai de contractualisation"] == [detail]


def test_a_wait_without_clock_is_told(file: Connection) -> None:
    dossier = add(file, 1, *accepted("2023-09-01", "2023-09-01"),
                  event(Kind.DIAGNOSIS_HELD, "2023-10-02"))  # fmt: skip
    found = told(life(file, dossier, DAY), "echeance")
    assert found[-2:] == [
        ("2023-10-12", "En attente", "diagnostic fait, pas encore de commission depuis 10 jours"),
        ("2023-10-12", "Délai de contractualisation",
         "pas commencé : pas de commission ; 10 jours depuis le diagnostic, pour information"),
    ]  # fmt: skip


def test_appointments_absences_and_words(file: Connection) -> None:
    dossier = add(
        file, 1, *accepted("2023-01-02", "2023-01-02"),
        booked(Kind.DIAGNOSIS_BOOKED, "2023-01-03", "2023-01-10 10:30"),
        event(Kind.DIAGNOSIS_MISSED, "2023-01-10"),
        event(Kind.DIAGNOSIS_HELD, "2023-01-20", diagnostic_signe=False,
              priorites_preconisees=(Priority.RIGHTS_HOUSING,)),
        event(Kind.REFERENT_DESIGNATED, "2023-02-01", referent="R1"),
        event(Kind.CONTRACT_SIGNED, "2023-02-10"),
        event(Kind.SITUATION_RECORDED, "2023-03-01", situation_logement=Housing.ASSISTED,
              situation_professionnelle=Work.CIVIC_SERVICE),
        step(Domain.LANGUAGE, "Cours de FLE", "2023-03", date_fin_etape=parse_date("2023-06"),
             heures=100),
        event(Kind.DOSSIER_CLOSED, "2023-09-01", motif=Motive.STOPPED_BY_BENEFICIARY),
    )  # fmt: skip
    file.execute("INSERT INTO referents VALUES ('R1', 'DURAND Anne', NULL, NULL)")
    found = life(file, dossier, DAY)
    lines = {title: detail for _, title, detail in told(found)}
    assert lines["RDV de diagnostic inscrit"] == "pour le 10/01/2023 à 10:30, Centre – Rezé"
    assert lines["Absence au RDV de diagnostic"] == ""
    assert lines["Diagnostic AGIR"] == (
        "diagnostic signé : non ; priorité préconisée : Droit-Logement"
    )
    assert lines["Commission : référent désigné"] == "référent parcours : DURAND Anne"
    assert lines["Situation relevée"] == "Logement accompagné/adapté ; Service civique"
    assert lines["Cours de FLE"] == "jusqu'à : juin 2023 ; 100 heures"
    assert found.right == ("Arrêt à l'initiative du bénéficiaire : définitif, le droit est épuisé")
    assert "Fin du droit" not in lines


def test_a_voided_event_is_seen_with_its_reason(file: Connection) -> None:
    dossier = add(file, 1, event(Kind.CIR_SIGNED, "2023-01-02"))
    prior = journal.load(file, [dossier])[dossier]
    (cir,) = [e for e in prior if e.kind is Kind.CIR_SIGNED]
    with writing(file):
        void = event(Kind.EVENT_VOIDED, event=cir.id, words={"raison": "faute de frappe"})
        again = event(Kind.CIR_SIGNED, "2023-02-02", remplace=cir.id)
        put_down(file, {dossier: [void, again]})
    entries = [e for e in life(file, dossier, DAY).entries if e.evenement == "CIR signé"]
    assert [(e.date, e.voided, e.detail) for e in entries] == [
        ("2023-01-02", True, "annulé le 01/11/2023 par Camille Essai : faute de frappe"),
        ("2023-02-02", False, ""),
    ]
    whole = report.Life("", "", "", "", "", tuple(entries))
    rows = [*report.sheet(whole, DAY).data.rows]
    assert rows[0][3] == "Annulé : CIR signé"


def test_erased_words_are_said_to_be(file: Connection) -> None:
    dossier = add(file, 1, step(Domain.WORK, "un secret", "2023-03"))
    with writing(file):
        file.execute("DELETE FROM texts")
        file.execute("DELETE FROM people")
    found = life(file, dossier, DAY)
    assert found.name == "(identité effacée)"
    assert [e.evenement for e in found.entries if e.domaine == "emploi"] == ["Étape (mots effacés)"]


def test_as_of_leaves_out_what_came_later_but_not_plans(file: Connection) -> None:
    dossier = add(
        file, 1, *contracted("2023-02-01", "2023-02-19"),
        step(Domain.TRAINING, "Candidature à l'université", "janvier 2024"),
    )  # fmt: skip
    found = life(file, dossier, date(2023, 2, 10), past=True)
    titles = [e.evenement for e in found.entries]
    assert "Contrat AGIR signé" not in titles
    assert found.stage == "Contractualisation"
    (plan,) = [e for e in found.entries if e.domaine == "formation"]
    assert plan.planned


def test_the_written_order_holds(file: Connection) -> None:
    dossier = add(file, 1, *contracted("2023-01-10", "2023-01-10"))
    titles = [e.evenement for e in life(file, dossier, DAY).entries if e.date == "2023-01-10"]
    assert titles == [
        "Diagnostic AGIR", "Délai du diagnostic", "Commission : référent désigné",
        "Contrat AGIR signé", "Délai de contractualisation",
    ]  # fmt: skip


def test_every_kind_of_event_has_its_line(file: Connection) -> None:
    """A timeline shows every kind but the three that are facts of the file itself."""
    payloads: dict[Kind, dict[str, Any]] = {
        Kind.DIAGNOSIS_BOOKED: {"date_rdv_diagnostic": parse_moment("2023-05-02")},
        Kind.CONTRACT_BOOKED: {"date_rdv_contrat": parse_moment("2023-05-02")},
        Kind.EVENT_VOIDED: {"event": id_of(77)}, Kind.NAMESAKE_CONFIRMED: {"autre": "44-0009"},
        Kind.DOSSIER_CLOSED: {"motif": Motive.DROPPED},
        Kind.VISIT_BOOKED: {"date_rdv_visite": parse_moment("2023-05-02")},
        Kind.RIGHT_RECORDED: {"droit": Right.DALO, "etat_droit": RightState.OPEN},
    }  # fmt: skip
    shown = [kind for kind in Kind if kind not in report._HIDDEN]
    events: Sequence[Draft] = [
        event(kind, "2023-05-01", **payloads.get(kind, {}))
        for kind in shown
        if kind not in (Kind.OFII_VALIDATED, Kind.OFII_REJECTED)
    ]
    dossier = add(file, 1, *events)
    entries: Sequence[Entry] = life(file, dossier, DAY).entries
    assert len([e for e in entries if e.domaine != "echeance"]) == len(events)
    assert all(e.evenement and e.on != PartialDate(DAY, DAY) for e in entries if e.date)
