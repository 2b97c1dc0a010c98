"""The sources of what the program itself says: one short key, one line for the screen.

Rule-sets, clocks and motives carry their own sources in `data/`.
"""

from __future__ import annotations

WEBINAR = "Webinaire « Publics réfugiés : le nouveau programme AGIR » du 12/10/2023"

SOURCES = {
    "droit": f"{WEBINAR}, diapo « AGIR : un droit dédié aux BPI »",
    "process": f"{WEBINAR}, diapos « Process d'admission »",
    "admission": f"{WEBINAR}, diapo « Process d'admission BPI CIR année N (1/2) », étape 1",
    "coherence": "Cohérence du dossier : une étape ne précède pas celle qui la permet"
    f" ({WEBINAR}, ordre des diapos « Process d'admission »)",
    "saisie": "Règle de saisie de l'outil : un acte fait ne peut pas être à venir",
    "journal": "Règle de l'outil : ce qui est enregistré se corrige avec une trace",
    "agdref": "Règle de l'outil : un numéro AGDREF désigne une seule personne",
    "ofii": "L'OFII décide : décision enregistrée au dossier",
    "projet": "Choix du projet agir, là où les sources ne disent rien (docs/decisions)",
    "equipe": "Règle de l'équipe",
}
