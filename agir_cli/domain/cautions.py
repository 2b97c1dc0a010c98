"""What `reasons` says of an act beside what is recorded already: kept, but to look at; or refused.

Each row is a `Reason`: code, sentence, source, remedy.
"""

from __future__ import annotations

from typing import Final

CAUTIONS: Final = (
    ("suite_contredite", "La personne n'est plus admise, alors que la suite est enregistrée :"
     " {suite}.", "coherence", "{retour} ; si la suite est une erreur, annulez-la en commençant"
     " par la fin : agir show {dossier} --events donne les numéros ; sinon mettez fin : agir close"
     " {dossier} --motif {motif} --on JOUR."),
    ("fiche_sans_objet", "La fiche de liaison ({fiche}) attendait l'OFII : l'orientation la rend"
     " sans objet, elle ne partira plus.", "transmission", "Si ce n'est pas l'OFII qui a orienté la"
     " personne, annulez cette orientation : agir show {dossier} --events donne son numéro N°,"
     " puis : agir correct {dossier} N° --void --reason \"…\"."),
)  # fmt: skip
