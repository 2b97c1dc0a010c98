"""The sources of what the program itself says: one short key, one line for the screen.

Rule-sets, clocks and motives carry their own sources in `data/`.
"""

from __future__ import annotations

WEBINAR = "Webinaire « Publics réfugiés : le nouveau programme AGIR » du 12/10/2023"

SOURCES = {
    "droit": f"{WEBINAR}, diapo « AGIR : un droit dédié aux BPI »",
    "process": f"{WEBINAR}, diapos « Process d'admission »",
    "admission": f"{WEBINAR}, diapo « Process d'admission BPI CIR année N (1/2) », étape 1",
    "coherence": "Règle de l'outil : les étapes se suivent dans l'ordre du parcours"
    f" ({WEBINAR}, diapos « Process d'admission »), et rien ne précède la naissance",
    "delais": f"{WEBINAR}, diapos « Process d'admission » ; ce que la source ne dit pas d'un délai"
    " est un choix du projet (agir rules)",
    "saisie": "Règle de lecture de l'outil : ce qu'une case ou une option peut contenir"
    " (guide, « Les fichiers »)",
    "a_venir": "Règle de l'outil : un fait s'enregistre une fois qu'il a eu lieu",
    "journal": "Règle de l'outil : ce qui est enregistré se corrige avec une trace",
    "cloture": "Règle de l'outil : un dossier clos ne reçoit plus rien",
    "motifs": "Règle de l'outil : un refus du contrat n'est pas une clôture (motifs : agir rules)",
    "transmission": "Règle de l'outil : une demande n'est transmise qu'une fois à l'OFII",
    "listing": "Règle de l'outil : une ligne du listing est un seul dossier",
    "departement": "Règle de l'outil : un dossier est d'un département, et n'en change que par un"
    " transfert",
    "agdref": "Règle de l'outil : un numéro AGDREF désigne une seule personne",
    "numero": "Règle de l'outil : un n° étranger a 10 chiffres, ou 9 ; une autre forme est gardée"
    " et signalée",
    "ouvert": "Règle de l'outil : une personne n'a qu'un dossier ouvert à la fois",
    "homonymes": "Règle de l'outil : même nom et même naissance possible arrêtent et demandent ;"
    " un nom ne bloque jamais à lui seul",
    "repertoire": "Règle de l'outil : ce que le répertoire ne connaît pas est gardé et signalé",
    "inconnu": "Règle de l'outil : l'inconnu ne refuse jamais, il se complète",
    "ofii": "L'OFII décide : décision enregistrée au dossier",
    "projet": "Choix du projet agir, là où les sources ne disent rien (docs/decisions)",
}
