"""The words of the agenda: its columns, the kinds of its entries, and how they stand."""

from __future__ import annotations

from agir_cli.reports import agenda as report

LABELS = {
    "date": "Date", "heure": "Heure", "type": "Type", "nature": "Nature", "dossier": "Dossier",
    "nom": "Nom", "prenoms": "Prénoms", "departement": "Dép.", "referent": "Référent",
    "bureau": "Bureau", "etat": "État", "a_faire": "À faire",
}  # fmt: skip
NATURES = {
    "contractualisation": "contrat", "diagnostic": "diagnostic", "entretien": "entretien de suivi",
    "liaison": "réponse de l'OFII ou envoi", "terme": "terme de l'accompagnement",
}  # fmt: skip
STATES = {
    report.PLANNED: "", report.KEPT: "tenu", report.MISSED: "absent",
    report.ENDED: "dossier clos",
    report.UNTOLD: "issue à noter", report.COMING: "", report.LATE: "en retard",
    report.PERHAPS_LATE: "peut-être en retard",
}  # fmt: skip
