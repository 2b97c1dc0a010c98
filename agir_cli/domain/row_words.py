"""What a reason says where it falls on a row of a file, when that is not what a command says.

A row takes no option, and what it would have opened has no reference: the row is put right and
given again. Templates, filled with the values of the finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

NEW: Final = "REF"
"""What a finding gives for the reference of a dossier that is not open: no command finds it."""
UNOPENED: Final = "de la ligne"
"""What a sentence calls it: « le dossier de la ligne »."""
PUT_RIGHT: Final = "Corrigez la ligne."


class Words(NamedTuple):
    """The other words of a reason; an empty one is that of the command line.

    ``cell``: the sentence where the column is already named. ``row``: the remedy for a row.
    ``new``: the remedy while the dossier is not open, on a command line too.
    """

    cell: str = ""
    row: str = ""
    new: str = ""


_ORIENTED: Final = (
    " Si l'OFII a orienté la personne, écrivez « acceptee » dans une colonne « Orientation » ;"
    " sinon inscrivez-la à part : agir enroll --nom NOM --malgre MOTIF."
)

ROW_WORDS: Mapping[str, Words] = MappingProxyType({
    "statut_non_concerne": Words(
        row="Vérifiez le statut sur le titre." + _ORIENTED,
    ),
    "hors_territoire": Words(
        row="Vérifiez domicile et résidence (deux faits distincts), ou adressez la personne"
            " à l'opérateur AGIR de son département." + _ORIENTED,
    ),
    "sans_besoin": Words(
        row="Vérifiez les deux situations : il suffit que l'une manque." + _ORIENTED,
    ),
    "cir_trop_ancien": Words(
        row="Vérifiez la date de signature du CIR. L'OFII peut déroger : écrivez alors"
            " « derogation » dans une colonne « Décision de l'OFII », et sa date dans"
            " « Décidé le ». Sinon inscrivez la personne à part : agir enroll --nom NOM"
            " --malgre MOTIF.",
    ),
    "orientation_refusee": Words(
        new="Ce n'est pas définitif : la personne peut encore accepter.",
    ),
    "deja_inscrit": Words(
        row="Retirez la ligne, ou écrivez {dossier} dans une colonne « Dossier » de cette"
            " ligne pour compléter ses renseignements.",
    ),
    "agdref_autre_personne": Words(
        row="Vérifiez le numéro sur le titre de séjour : un chiffre faux suffit. Si c'est"
            " bien la même personne, retirez la ligne, ou donnez-lui le nom et la date de"
            " naissance du dossier {dossier}.",
    ),
    "meme_personne": Words(
        row="Si c'est elle, {suite} : écrivez {premier} dans une colonne « Dossier » de cette"
            " ligne, ou retirez la ligne. Si c'est un homonyme, retirez la ligne et"
            " inscrivez-le à part : agir enroll --nom NOM --prenoms PRENOMS {autres}.",
    ),
    "decision_manquante": Words(
        cell="Cette date est donnée sans la décision de l'OFII.",
        row="Écrivez la décision (validée, rejetée, dérogation), ou videz la date.",
    ),
    "dossier_clos": Words(
        new="Retirez de la ligne ce qui suit la clôture.",
    ),
    "deja_enregistre": Words(
        row="Si la case est fausse, corrigez-la. Si c'est ce qui est enregistré : agir"
            " correct {dossier} {evenement} {correction} --reason \"…\" (agir show"
            " {dossier} --events donne le numéro).{suite}",
        new="Deux cases de la ligne se contredisent : corrigez la fausse.",
    ),
    "date_future": Words(
        cell="Cette date ne peut pas être à venir.",
        row="Corrigez la case, ou attendez le jour même.",
    ),
    "avant_etape": Words(
        new="Vérifiez les deux dates et corrigez la fausse.",
    ),
    "diagnostic_manquant": Words(
        new="Remplissez la date du diagnostic dans la ligne.",
    ),
    "contrat_manquant": Words(
        new="Remplissez la date du contrat dans la ligne.",
    ),
    "contrat_signe": Words(
        new="Un contrat et son refus sont dans la même ligne : gardez l'un des deux. Pour"
            " une fin après le contrat, le motif est « arret_beneficiaire ».",
    ),
    "orientation_declinee": Words(
        new="Si elle a accepté depuis, écrivez « acceptee » et la date de ce jour ; sinon"
            " videz les cases de la suite du parcours.",
    ),
    "rejete_ofii": Words(
        new="Vérifiez la décision dans la ligne ; si elle est juste, videz les cases de"
            " la suite du parcours.",
    ),
    "fiche_manquante": Words(
        new="Remplissez la date de la fiche dans la ligne.",
    ),
    "motif_reserve": Words(
        row="Retirez la ligne, puis tapez : agir {commande} {dossier} --on JOUR.",
        new="Écrivez la date du refus dans une colonne « Refus le », et videz la clôture.",
    ),
    "terme_non_atteint": Words(
        row="Corrigez la date de clôture, ou choisissez un autre motif (arret_beneficiaire,"
            " objectifs_atteints…).",
    ),
    "rien_a_enregistrer": Words(
        cell="La ligne ne dit rien à enregistrer.",
        row="Remplissez au moins une case qui corresponde à : {attendu}.",
    ),
    "departement_fixe": Words(
        row="Videz la case. Pour un départ vers un autre département, le dossier se clôt avec"
            " le motif « transfert ».",
    ),
    "departement_inconnu": Words(
        row="Ajoutez une colonne « Département » (44), ou « Commune de résidence ».",
    ),
    "nom_manquant": Words(
        row="Remplissez le nom, les prénoms, ou les deux.",
    ),
    "illisible": Words(
        cell="{faute}.",
    ),
    "ambigu": Words(
        cell="{faute}.",
    ),
    "obligatoire": Words(
        cell="La case est vide.",
        row="Remplissez : {label}.",
    ),
    "ligne_illisible": Words(
        row=PUT_RIGHT,
    ),
    "dossier_inconnu": Words(
        row="Corrigez la case ; la référence se trouve avec : agir find NOM.",
    ),
    "dossier_ambigu": Words(
        row="Écrivez dans la case la référence entière.",
    ),
})  # fmt: skip
