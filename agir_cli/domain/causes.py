"""The words of what starts a clock, and of what a person waits for without one.

Alone in this module, since the nightly report needs the words and not the rest of the domain.
"""

from __future__ import annotations

STARTS = {
    "cir": "signature du CIR",
    "validation_ofii": "validation par l'OFII",
    "orientation": "orientation par l'OFII",
    "commission": "commission",
    "diagnostic": "diagnostic",
    "fiche": "fiche de liaison",
    "listing": "listing transmis à l'OFII",
    "contrat": "signature du contrat",
    "premier_contrat": "premier contrat (dans un autre dossier)",
    "entretien": "dernier entretien",
}

WAITS = {
    "orientation": "orientation à recueillir",
    "fiche_liaison": "fiche de liaison à remplir",
    "cir_inconnu": "orienté, date du CIR inconnue : le délai ne peut pas courir",
    "rdv_diagnostic": "validé par l'OFII, sans rendez-vous de diagnostic",
    "absence_diagnostic": "absent au diagnostic, pas de nouveau rendez-vous",
    "commission": "diagnostic fait, pas encore de commission",
    "absence_contrat": "absent au contrat, pas de nouveau rendez-vous",
    "contrat_imprecis": "date du contrat à préciser",
}
