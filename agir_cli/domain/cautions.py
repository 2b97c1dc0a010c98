"""What `reasons` says of an act beside what is recorded already: kept, but to look at; or refused.

Each row is a `Reason`: code, sentence, source, remedy.
"""

from __future__ import annotations

from typing import Final

CAUTIONS: Final = (
    ("numero_fixe", "Le droit est épuisé dans le dossier {dossier} : son numéro AGDREF ne change"
     " plus, il empêche une seconde admission.", "agdref", "Si la décision est une erreur de"
     " saisie, annulez-la d'abord : agir show {dossier} --events donne son numéro N°, puis :"
     " agir correct {dossier} N° --void --reason \"…\"."),
    ("souhait_a_dire", "La fiche de liaison ne dit pas si la personne souhaite AGIR.", "inconnu",
     "Une fois demandé : agir liaison add {dossier} --on \"{date}\" --souhait oui (ou non)."),
    ("suite_contredite", "La personne n'est plus admise, alors que la suite est enregistrée :"
     " {suite}.", "coherence", "{retour} ; si la suite est une erreur, annulez-la en commençant"
     " par la fin : agir show {dossier} --events donne les numéros ; sinon mettez fin : agir close"
     " {dossier} --motif {motif} --on JOUR."),
    ("fiche_sans_objet", "La fiche de liaison ({fiche}) attendait l'OFII : l'orientation la rend"
     " sans objet, elle ne partira plus.", "transmission", "Si ce n'est pas l'OFII qui a orienté la"
     " personne, annulez cette orientation : agir show {dossier} --events donne son numéro N°,"
     " puis : agir correct {dossier} N° --void --reason \"…\"."),
    ("fiche_deja_admise", "La fiche de liaison ({fiche}) est sans objet : {admission} admet déjà la"
     " personne, la fiche ne partira pas.", "transmission", "Si c'est l'admission qui est une"
     " erreur, annulez-la : agir show {dossier} --events donne son numéro N°, puis : agir correct"
     " {dossier} N° --void --reason \"…\"."),
    ("suite_du_contrat", "« Sans suite » ne se dit que d'une personne jamais venue : un contrat"
     " est signé ({date}).", "droit", "Choisissez le motif qui convient : arret_beneficiaire,"
     " arret_structure, objectifs_atteints, terme (définitifs) ; transfert, deces, erreur."),
    ("rdv_autre_jour", "Le rendez-vous inscrit est celui du {rdv} : aucun ne l'était pour cette"
     " absence ({date}).", "coherence", "L'absence est gardée, et le rendez-vous du {rdv} tient."
     " Si c'est celui-là qui a été manqué, corrigez la date de l'absence : agir show {dossier}"
     " --events donne son numéro N°, puis : agir correct {dossier} N° --on JOUR --reason \"…\"."),
    ("rdv_pas_deplace", "C'est le jour de l'inscription qui change : le rendez-vous reste celui du"
     " {rdv}.", "journal", "Pour le déplacer, inscrivez-le à nouveau : agir {commande} {dossier}"
     " --on \"JOUR HEURE\"."),
    ("sans_referent", "Le contrat ({date}) reste sans commission : le dossier n'a plus de"
     " référent.", "journal", "Retapez la commission : agir assign {dossier} --on JOUR --referent"
     " NOM."),
)  # fmt: skip
