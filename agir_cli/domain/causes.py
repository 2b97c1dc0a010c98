"""The words of what starts a clock, and of what a person waits for without one.

Alone in this module, since the nightly report needs the words and not the rest of the domain.
"""

from __future__ import annotations

RIGHTS = {
    "sejour": "titre de séjour",
    "titre_voyage": "titre de voyage",
    "etat_civil": "état civil",
    "prestations": "RSA et prestations",
    "couverture_maladie": "couverture maladie",
    "compte_bancaire": "compte bancaire",
    "permis": "permis de conduire",
    "reunification": "réunification familiale",
    "logement_social": "demande de logement social",
    "dalo": "DALO",
}
"""The rights and papers that are followed."""

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
    "excuse": "absence excusée à l'entretien",
    "demande": "demande, ou son renouvellement",
    "echeance": "dernier jour (compté avant lui)",
    **RIGHTS,
}

WAITS = {
    "orientation": "orientation à recueillir",
    "fiche_liaison": "fiche de liaison à remplir",
    "cir_inconnu": "orienté, date du CIR inconnue : le délai ne peut pas courir",
    "orientation_sans_jour": "orienté, jour de l'orientation inconnu : le délai ne peut pas courir",
    "decision_sans_jour": "admis, jour de la décision de l'OFII inconnu : le délai ne peut pas"
    " courir",
    "rdv_diagnostic": "validé par l'OFII, sans rendez-vous de diagnostic",
    "absence_diagnostic": "absent au diagnostic, pas de nouveau rendez-vous",
    "commission": "diagnostic fait, pas encore de commission",
    "absence_contrat": "absent au contrat, pas de nouveau rendez-vous",
    "contrat_imprecis": "date du contrat à préciser",
    "demande_sans_jour": "demande de logement social, jour inconnu : l'année ne peut pas courir",
}

WAITS_END = {
    "orientation": "l'orientation par l'OFII, ou une fiche de liaison",
    "fiche_liaison": "la fiche de liaison, ou l'orientation par l'OFII",
    "cir_inconnu": "la date du CIR, ou le diagnostic tenu",
    "orientation_sans_jour": "la date de l'orientation, ou le diagnostic tenu",
    "decision_sans_jour": "la date de la décision de l'OFII, ou le diagnostic tenu",
    "rdv_diagnostic": "un rendez-vous de diagnostic inscrit",
    "absence_diagnostic": "un nouveau rendez-vous inscrit, ou le diagnostic tenu",
    "commission": "la commission (les trois semaines partent d'elle), ou la signature du contrat",
    "absence_contrat": "un nouveau rendez-vous inscrit, ou la signature du contrat",
    "contrat_imprecis": "le jour exact de la signature du contrat",
    "demande_sans_jour": "le jour de la demande de logement social, ou ce qu'elle est devenue",
}
"""What ends each wait, beside the closing of the dossier."""

ENDED = {
    "diagnostic": "diagnostic tenu",
    "contrat": "signature du contrat",
    "entretien": "entretien",
    "excuse": "absence excusée",
    "droit": "nouvel état noté",
    "listing": "listing transmis à l'OFII",
    "decision": "décision de l'OFII",
    "orientation": "réponse à l'orientation",
    "cloture": "clôture du dossier",
}
"""What has stopped a clock."""
