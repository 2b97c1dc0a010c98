"""Every "no", every question and every warning: code, sentence, who says it, source, remedy.

A code never changes once released. Sentences and remedies are templates filled with the
values of the finding; they are what a coordinator reads, so they are French and plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from agir_cli.domain.rules import SOURCES

NEW: Final = "REF"  # of a dossier that is not open: no command finds it
UNOPENED: Final = "de la ligne"  # what a sentence calls it: « le dossier de la ligne »
NOTHING_TO_DO: Final = "—"  # the remedy of what is only to be known: nothing is printed under it
PUT_RIGHT: Final = "Corrigez la ligne."

_ORIENTED: Final = (
    " Si l'OFII a orienté la personne, écrivez « acceptee » dans une colonne « Orientation » ;"
    " sinon inscrivez-la à part : agir enroll --nom NOM --malgre MOTIF."
)

_STATUS: Final = "Vérifiez le statut sur le titre."
_PLACES: Final = (
    "Vérifiez domicile et résidence (deux faits distincts), ou adressez la personne à l'opérateur"
    " AGIR de son département."
)
_NEEDS: Final = "Vérifiez les deux situations : il suffit que l'une manque."
_NEEDS_OF: Final = (
    "Vérifiez les situations d'emploi et de logement ; la règle : agir rules explain besoin."
)
_ANCHORED: Final = (
    "Vérifiez la date de la protection, ou du CIR ; la règle : agir rules explain anciennete."
)
_FROZEN: Final = "Voyez avec l'OFII quand les entrées reprennent."
_SIGNED: Final = "Vérifiez la date de signature du CIR."

PRECHECK = "pré-vérification : l'OFII décide"
TOOL = "l'outil"
OFII = "OFII"
PROGRAMME = "règle du programme"


class Reason(NamedTuple):
    """One kind of finding; on a row of a file, it may be said otherwise."""

    code: str
    sentence: str
    source: str
    remedy: str
    says: str = TOOL
    cell: str = ""
    """The sentence where the column is already named."""
    row: str = ""
    """The remedy for a row."""
    new: str = ""
    """The remedy while the dossier is not open, on a command line too."""
    check: str = ""
    """Of a criterion: the fact to verify, whatever was decided since."""


class Finding(NamedTuple):
    """A reason met in a given case: what decided, and the words to fill in."""

    code: str
    fact: str = ""
    values: Mapping[str, Any] = MappingProxyType({})
    field: str = ""
    source_text: str = ""

    @property
    def reason(self) -> Reason:
        """The kind of finding this is."""
        return REASONS[self.code]

    @property
    def sentence(self) -> str:
        """The French sentence."""
        return self._said(self.reason.sentence)

    @property
    def remedy(self) -> str:
        """What to do (French), with the command to type where there is one."""
        return self._filled((self._is_new and self.reason.new) or self.reason.remedy)

    @property
    def cell_sentence(self) -> str:
        """The French sentence after the name of its column, without repeating the field."""
        text = self._said(self.reason.cell or self.reason.sentence)
        return text[:1].upper() + text[1:]

    @property
    def row_remedy(self) -> str:
        """What to do about a row of a file: correct it and give it again."""
        reason = self.reason
        if self._is_new:
            return self._filled(reason.new or reason.row or PUT_RIGHT)
        return self._filled(reason.row or reason.remedy)

    @property
    def _is_new(self) -> bool:
        return self.values.get("dossier") == NEW

    def _said(self, template: str) -> str:
        told = {**self.values, "dossier": UNOPENED} if self._is_new else self.values
        return template.format_map(_Known(told))

    def _filled(self, template: str) -> str:
        return template.format_map(_Known(self.values))

    @property
    def source(self) -> str:
        """Where the rule comes from."""
        return self.source_text or SOURCES[self.reason.source]


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def finding(
    code: str, fact: str = "", *, field: str = "", source: str = "", **values: Any
) -> Finding:
    """A finding of that code, with the fact that decided and the values of its sentence."""
    return Finding(code, fact, values, field, source)


_ALL = (
    # --- the criteria (pre-check) ---------------------------------------------------------
    Reason("statut_non_concerne", "Le statut n'ouvre pas droit à AGIR.", "admission",
           _STATUS + " Si l'OFII a orienté la personne, ajoutez --orientation acceptee ; sinon"
           " --malgre MOTIF garde la demande.", PRECHECK, row=_STATUS + _ORIENTED, check=_STATUS),
    Reason("hors_territoire", "La personne n'est pas domiciliée et résidente dans un département"
           " où le programme est ouvert ce jour-là.", "admission",
           _PLACES + " Si l'OFII a orienté : --orientation acceptee ; sinon --malgre MOTIF.",
           PRECHECK, row=_PLACES + _ORIENTED, check=_PLACES),
    Reason("sans_besoin", "La personne a déjà un emploi durable et un logement pérenne.",
           "admission", _NEEDS + " Si l'OFII a orienté : --orientation acceptee ; sinon --malgre"
           " MOTIF.", PRECHECK, row=_NEEDS + _ORIENTED, check=_NEEDS),
    Reason("cir_trop_ancien", "Le CIR n'est ni de l'année de la demande (voie N) ni de l'année"
           " d'avant (voie N-1).", "process", _SIGNED + " L'OFII peut déroger : enregistrez alors"
           " sa décision (--decision-ofii derogation --date-decision JOUR) ; sinon --malgre MOTIF.",
           PRECHECK,
           row=_SIGNED + " L'OFII peut déroger : écrivez alors « derogation » dans une colonne"
               " « Décision de l'OFII », et sa date dans « Décidé le ». Sinon inscrivez la personne"
               " à part : agir enroll --nom NOM --malgre MOTIF.", check=_SIGNED),
    Reason("besoin_incomplet", "La personne n'a pas le besoin que demande la règle de ce jour.",
           "regle", _NEEDS_OF + " Si l'OFII a orienté : --orientation acceptee ; sinon --malgre"
           " MOTIF.", PRECHECK, row=_NEEDS_OF + _ORIENTED, check=_NEEDS_OF),
    Reason("trop_ancien", "La date que teste la règle est trop ancienne au jour de la demande.",
           "regle", _ANCHORED + " Si l'OFII a orienté : --orientation acceptee ; sinon --malgre"
           " MOTIF.", PRECHECK, row=_ANCHORED + _ORIENTED, check=_ANCHORED),
    Reason("entrees_suspendues", "Les entrées dans AGIR sont suspendues au jour de la demande.",
           "regle", _FROZEN + " Si l'OFII a orienté : --orientation acceptee ; sinon --malgre"
           " MOTIF.", PRECHECK, row=_FROZEN + _ORIENTED, check=_FROZEN),
    Reason("orientation_refusee", "La personne a décliné l'orientation.", "droit",
           "Ce n'est pas définitif ; si elle change d'avis, voie N : agir enroll --dossier"
           " {dossier} --orientation acceptee --date-orientation JOUR ; voie N-1, une nouvelle"
           " fiche : agir liaison add {dossier} --on JOUR --souhait oui.", PRECHECK,
           new="Ce n'est pas définitif : la personne peut encore accepter."),
    # --- who the person is ----------------------------------------------------------------
    Reason("droit_epuise", "Le droit à AGIR de cette personne est déjà épuisé : la fin de son"
           " dossier {dossier} est définitive.", "droit", "Rien ne rouvre ce droit. Si la décision"
           " du dossier {dossier} est une erreur de saisie, un responsable l'annule :"
           " agir show {dossier} --events donne le numéro N°, puis : agir correct {dossier} N°"
           " --void --reason \"…\".", PROGRAMME),
    Reason("droit_epuise_efface", "Le droit à AGIR du porteur de ce n° AGDREF est épuisé (décision"
           " définitive : {mois}) ; son dossier {ou}.", "droit", "Rien ne rouvre ce droit,"
           " et rien d'autre n'en est gardé ici. Numéro mal tapé : corrigez-le. Décision contestée,"
           " ou numéro d'un autre gardé par erreur : un responsable lève la mémoire de ce numéro :"
           " agir memory lift.", PROGRAMME),
    Reason("personne_effacee", "Une personne {ou}, dont le droit est épuisé (décision : {mois}),"
           " avait ce nom et cette naissance, ou presque.", "homonymes", "Si c'est elle, rien ne"
           " rouvre ce droit. Si c'est un homonyme, retapez avec : --not-the-same effacee.",
           row="Si c'est elle, rien ne rouvre ce droit : retirez la ligne. Si c'est un homonyme,"
               " retirez la ligne et inscrivez-le à part : agir enroll --nom NOM --prenoms PRENOMS"
               " --not-the-same effacee."),
    Reason("deja_inscrit", "Cette personne a déjà un dossier ouvert : {dossier}.", "ouvert",
           "Continuez ce dossier (agir show {dossier}) ; pour compléter ses renseignements :"
           " agir enroll --dossier {dossier} …",
           row="Retirez la ligne, ou écrivez {dossier} dans une colonne « Dossier » de cette ligne"
               " pour compléter ses renseignements."),
    Reason("autre_dossier_ouvert", "La personne a un autre dossier ouvert, {autre} : celui-ci ne se"
           " rouvre pas à côté.", "ouvert", "Si {autre} n'aurait pas dû s'ouvrir :"
           " agir close {autre} --motif erreur, puis recommencez."),
    Reason("droit_epuise_ailleurs", "Le droit de la personne a été épuisé dans le dossier {autre} :"
           " celui-ci ne se rouvre pas.", "droit", "Si la décision du dossier {autre} est une"
           " erreur de saisie, annulez-la d'abord : agir show {autre} --events donne son numéro"
           " N°, puis : agir correct {autre} N° --void --reason \"…\".", PROGRAMME),
    Reason("agdref_autre_personne", "Ce numéro AGDREF est déjà celui d'une autre personne.",
           "agdref", "Vérifiez le numéro sur le titre de séjour : un chiffre faux suffit. Si"
           " c'est bien elle, corrigez d'abord son nom : agir enroll --dossier {dossier} …",
           row="Vérifiez le numéro sur le titre de séjour : un chiffre faux suffit. Si c'est bien"
               " la même personne, retirez la ligne, ou donnez-lui le nom et la date de naissance"
               " du dossier {dossier}."),
    Reason("agdref_deux_fois", "Ce fichier donne ce numéro AGDREF à deux identités.",
           "agdref", "Gardez le numéro à la personne du titre de séjour, retirez-le de l'autre"
           " ligne ; si c'est une seule personne, donnez aux deux lignes le même nom et la même"
           " date de naissance."),
    Reason("meme_personne", "Une personne déjà connue est peut-être la même.", "homonymes",
           "Si c'est elle, {suite} : agir show"
           " {premier}. Si c'est un homonyme, retapez avec : {autres}.",
           row="Si c'est elle, {suite} : écrivez {premier} dans une colonne « Dossier » de cette"
               " ligne, ou retirez la ligne. Si c'est un homonyme, retirez la ligne et"
               " inscrivez-le à part : agir enroll --nom NOM --prenoms PRENOMS {autres}."),
    # --- the process ----------------------------------------------------------------------
    Reason("dossier_clos", "Le dossier {dossier} est clos : plus rien ne s'y enregistre.",
           "cloture", "Si la clôture est une erreur de saisie : agir show {dossier} --events"
           " donne son numéro N°, puis : agir correct {dossier} N° --void --reason \"…\".",
           new="Retirez de la ligne ce qui suit la clôture."),
    Reason("deja_enregistre", "Ce fait est déjà enregistré avec une autre valeur.", "journal",
           "Si ce qui est enregistré est faux : agir correct {dossier} {evenement} {correction}"
           " --reason \"…\".{suite}",
           row="Si la case est fausse, corrigez-la. Si c'est ce qui est enregistré : agir correct"
               " {dossier} {evenement} {correction} --reason \"…\" (agir show {dossier} --events"
               " donne le numéro).{suite}",
           new="Deux cases de la ligne se contredisent : corrigez la fausse."),
    Reason("decision_manquante", "La date d'une décision de l'OFII est donnée sans la décision.",
           "ofii", "Ajoutez la décision : --decision-ofii validee, rejetee ou derogation ; ou"
           " retirez la date.",
           cell="Cette date est donnée sans la décision de l'OFII.",
           row="Écrivez la décision (validée, rejetée, dérogation), ou videz la date."),
    Reason("date_future", "La date d'un fait ne peut pas être à venir : {date}.",
           "a_venir", "Vérifiez la date, ou attendez le jour même.",
           cell="Cette date ne peut pas être à venir.",
           row="Corrigez la case, ou attendez le jour même."),
    Reason("avant_etape", "{etape} ({date}) ne peut pas précéder {precedente} ({date_precedente}).",
           "coherence", "Vérifiez les deux dates. Si celle qui est déjà enregistrée est"
           " fausse : agir show {dossier} --events donne son numéro N°, puis : agir correct"
           " {dossier} N° --on JOUR --reason \"…\".",
           new="Vérifiez les deux dates et corrigez la fausse."),
    Reason("diagnostic_manquant", "Aucun diagnostic n'est enregistré pour le dossier {dossier}.",
           "coherence", "Enregistrez-le d'abord : agir diagnose hold {dossier} --on JOUR.",
           new="Remplissez sa date dans la ligne, au besoin dans une colonne « Diagnostic AGIR »."
           " Si une autre la dit déjà (un RDV qui a été tenu) : agir import FICHIER --map"
           " \"SON TITRE=date_diagnostic\"."),
    Reason("contrat_manquant", "Aucun contrat n'est signé pour le dossier {dossier}.",
           "coherence", "Enregistrez-le d'abord : agir contract sign {dossier} --on JOUR.",
           new="Remplissez la date du contrat dans la ligne."),
    Reason("contrat_signe", "Le contrat est déjà signé ({date}) : ce n'est plus un refus.", "droit",
           "Pour mettre fin à l'accompagnement : agir close {dossier} --motif arret_beneficiaire"
           " --on JOUR.",
           new="Un contrat et son refus sont dans la même ligne : gardez l'un des deux. Pour une"
               " fin après le contrat, le motif est « arret_beneficiaire »."),
    Reason("orientation_declinee", "La personne a décliné l'orientation : il n'y a pas de suite"
           " sans son accord.", "droit", "Si elle change d'avis : agir {reprise}.",
           new="Si elle a accepté depuis, écrivez « acceptee » et la date de ce jour ; sinon videz"
               " les cases de la suite du parcours."),
    Reason("rejete_ofii", "L'OFII a rejeté la demande.", "ofii", "Avec des faits nouveaux, la"
           " personne peut être présentée à nouveau : agir liaison add {dossier} --date-fiche"
           " JOUR.", OFII,
           new="Vérifiez la décision dans la ligne ; si elle est juste, videz les cases de la"
               " suite du parcours."),
    Reason("fiche_en_cours", "Une fiche de liaison attend déjà la décision de l'OFII.",
           "transmission", "Attendez la réponse, ou enregistrez-la : agir liaison decide {dossier}"
           " --decision-ofii validee|rejetee --date-decision JOUR. Si la personne ne souhaite plus"
           " venir : agir enroll --dossier {dossier} --orientation declinee --date-orientation"
           " JOUR."),
    Reason("fiche_manquante", "Aucune fiche de liaison n'est enregistrée pour le dossier"
           " {dossier}.", "process", "Enregistrez-la d'abord : agir liaison add {dossier}"
           " --date-fiche JOUR.",
           new="Remplissez la date de la fiche dans la ligne."),
    Reason("motif_reserve", "Le motif « {motif} » ne se dit qu'avec « agir {commande} ».", "motifs",
           "Tapez : agir {commande} {dossier} --on JOUR.",
           row="Retirez la ligne, puis tapez : agir {commande} {dossier} --on JOUR.",
           new="Écrivez la date du refus dans une colonne « Refus le », et videz la clôture."),
    Reason("terme_non_atteint", "Les deux ans ne sont pas écoulés : le droit court {fin}.", "droit",
           "Pour une fin avant le terme, choisissez un autre motif (arret_beneficiaire,"
           " objectifs_atteints…).",
           row="Corrigez la date de clôture, ou choisissez un autre motif (arret_beneficiaire,"
               " objectifs_atteints…)."),
    Reason("transfert_sur_place", "Un transfert se fait d'un département à un autre.",
           "departement", "Donnez le code de l'autre département."),
    Reason("transfert_en_attente", "Un transfert est déjà demandé, et attend sa réponse.",
           "departement", "Notez d'abord la réponse : agir transfer accept {dossier} --on JOUR, ou"
           " agir transfer refuse {dossier} --on JOUR."),
    Reason("transfert_sans_demande", "Aucune demande de transfert n'attend de réponse.",
           "departement", "Notez d'abord la demande : agir transfer ask {dossier}"
           " --vers-departement CODE --on JOUR."),
    Reason("transfert_sans_accord", "L'autre département n'a pas accepté ce transfert : rien ne lui"
           " est remis.", "departement", "Sa réponse se note d'abord : agir transfer accept"
           " {dossier} --on JOUR."),
    Reason("referent_a_designer", "La personne a encore le référent de l'autre département.",
           "departement", "Le vôtre se désigne du jour où il la suit : agir referent designate"
           " {dossier} --on JOUR --referent NOM."),
    Reason("transfert_a_remettre", "Le dossier est clos par le transfert ; l'autre équipe ouvre le"
           " sien elle-même.", "departement", "Le fichier à lui remettre : agir transfer file"
           " {dossier} --output transfert.csv."),
    Reason("rdv_sans_jour", "Aucun rendez-vous n'est inscrit à cette date, et son jour n'est pas"
           " donné.", "journal", "Donnez le jour exact : --on JJ/MM/AAAA."),
    Reason("entretien_avec", "L'entretien de suivi du {date} est noté avec ce rendez-vous.",
           "journal", NOTHING_TO_DO),
    Reason("droit_sans_fin", "Un droit refusé, sans objet ou inconnu n'est valable jusqu'à aucun"
           " jour.", "journal", "Retirez la date de fin, ou donnez l'état : demande, ouvert."),
    Reason("rien_de_declare", "Aucune déclaration du dossier {dossier} n'attend de réponse.",
           "journal", "Enregistrez-la d'abord : agir declare mark {dossier} --on JOUR."),
    Reason("rejet_avant", "Le rejet est daté d'avant la déclaration qu'il rejette.", "journal",
           "Vérifiez les deux dates."),
    Reason("declare_avant", "Déjà déclaré ; le dossier a changé depuis.", "journal", "Voyez : agir"
           " declare list. Si la fiche envoyée le dit déjà : agir correct {dossier} {evenement}"
           " --void --reason \"…\", puis la même commande."),
    Reason("droit_plus_recent", "Un état plus récent reste celui qui vaut : {droit}, {etat}"
           " ({date}).", "journal", NOTHING_TO_DO),
    Reason("rien_a_enregistrer", "La commande ne dit rien à enregistrer.", "saisie",
           "Donnez au moins : {attendu}.",
           cell="La ligne ne dit rien à enregistrer.",
           row="Remplissez au moins une case qui corresponde à : {attendu}."),
    Reason("fait_non_effacable", "« {champ} » est un fait du parcours : une case ne l'efface pas.",
           "journal", "Annulez-le avec sa raison. Son numéro : agir show {dossier} --events ;"
           " puis : agir correct {dossier} N° --void --reason \"…\"."),
    Reason("departement_fixe", "Le département du dossier ne change que par un transfert.",
           "departement", "Clôturez avec --motif transfert, et la personne s'inscrit dans l'autre"
           " département.",
           row="Videz la case. Pour un départ vers un autre département, le dossier se clôt avec"
               " le motif « transfert »."),
    Reason("departement_inconnu", "On ne sait pas de quel département relève ce dossier.",
           "departement", "Donnez une commune de résidence, ou {options}. Un fichier d'un seul"
           " département ne le demande pas (agir init --departement 44).",
           row="Ajoutez une colonne « Département » (44), ou « Commune de résidence »."),
    Reason("etape_faite", "{etape} est déjà enregistré ({date}) : il n'y a plus de rendez-vous à"
           " suivre.", "coherence", "Vérifiez la date, ou la référence du dossier."),
    Reason("nom_manquant", "Il manque le nom et les prénoms.", "saisie",
           "Donnez --nom, --prenoms, ou les deux.",
           row="Remplissez le nom, les prénoms, ou les deux."),
    Reason("evenement_inconnu", "Le dossier {dossier} n'a pas d'événement n° {numero}.", "journal",
           "Les numéros sont dans : agir show {dossier} --events."),
    Reason("evenement_annule", "L'événement n° {numero} est déjà annulé.", "journal",
           "Rien à faire : agir show {dossier} --events le montre."),
    Reason("evenement_sans_date", "L'événement n° {numero} n'a pas de date : il ne se redate pas.",
           "journal", "Pour dire la nouvelle valeur : agir enroll --dossier {dossier} … ; pour"
           " annuler l'événement : agir correct {dossier} {numero} --void --reason \"…\"."),
    Reason("identite_se_redit", "L'événement n° {numero} change une identité ou des coordonnées :"
           " il ne se redate pas.", "journal",
           "Pour revenir aux valeurs d'avant : agir correct {dossier} {numero} --void --reason"
           " \"…\" ; pour en dire d'autres : agir enroll --dossier {dossier} …"),
    Reason("identite_touchee", "Les valeurs d'avant l'événement n° {numero} ne reviennent pas :"
           " {pourquoi}.", "journal",
           "Redites la bonne valeur : agir enroll --dossier {dossier} …"),
    Reason("champ_ailleurs", "L'événement n° {numero} ne dit pas « {champ} » : cela ne s'y corrige"
           " pas.", "journal", "Le bureau se corrige dans un rendez-vous, un référent dans une"
           " commission. Leurs numéros : agir show {dossier} --events."),
    Reason("evenement_fixe", "L'événement n° {numero} ouvre le dossier : il ne s'annule pas.",
           "journal", "Un dossier créé par erreur se clôt : agir close {dossier} --motif erreur"
           " --on JOUR."),
    Reason("annulation_fixe", "L'événement n° {numero} est une annulation : il ne se corrige pas.",
           "journal", "Si elle est une erreur, retapez l'acte annulé, avec sa date : agir show"
           " {dossier} --events le montre."),
    Reason("correction_incoherente", "Cette correction rendrait le dossier incohérent :"
           " {probleme}.", "coherence", "{obstacle}"),
    # --- the edge: what is written cannot be read ------------------------------------------
    Reason("illisible", "{label} : {faute}.", "saisie", "Attendu : {attendu}.", cell="{faute}."),
    Reason("ambigu", "{label} : {faute}.", "saisie", "Précisez : {attendu}.",
           cell="{faute}."),
    Reason("obligatoire", "Il manque « {label} » ({option}).", "saisie", "Ajoutez : {option} …",
           cell="La case est vide.", row="Remplissez : {label}."),
    Reason("ligne_illisible", "{faute}.", "saisie", "Corrigez la ligne dans le fichier.",
           row=PUT_RIGHT),
    Reason("dossier_inconnu", "Aucun dossier ne correspond à « {texte} ».", "saisie",
           "Cherchez-le : agir find NOM.",
           row="Corrigez la case ; la référence se trouve avec : agir find NOM."),
    Reason("dossier_ambigu", "« {texte} » désigne plusieurs dossiers : {candidats}.", "saisie",
           "Donnez la référence entière.", row="Écrivez dans la case la référence entière."),
    Reason("identite_a_confirmer", "La réponse ne dit ni dossier, ni ligne de listing, ni numéro"
           " connu ; l'identité est celle de : {candidats}.", "homonymes", "Si c'est elle, écrivez"
           " {premier} dans une colonne « dossier » de cette ligne, puis redonnez-la."),
    Reason("autre_personne", "Le dossier {dossier} est celui d'une autre personne que celle de la"
           " ligne.", "agdref", "Vérifiez la référence : agir show {dossier}. Si c'est bien elle,"
           " corrigez la case qui diffère ou videz-la ; un nom, une naissance ou un numéro qui a"
           " changé s'enregistre d'abord : agir enroll --dossier {dossier} …"),
    Reason("reponse_contradictoire", "La ligne {ligne} du listing n° {listing} est le dossier"
           " {dossier}, mais la réponse désigne le dossier {autre}.", "listing", "Vérifiez la"
           " ligne, le numéro AGDREF et la référence auprès de l'OFII."),
    Reason("accompagnement_protege", "Un accompagnement est en cours (dossier {dossier}) : il"
           " protège la personne d'un effacement.", "projet", "Si elle y met fin, enregistrez-le,"
           " puis recommencez : agir close {dossier} --motif arret_beneficiaire"),
    Reason("retenu", "{quoi} est retenu depuis le {date}, par {auteur} : rien n'en est effacé.",
           "projet", "Une fois le litige ou le contrôle fini : agir hold lift {a_lever}"),
    Reason("rejoint_inconnu", "Le dossier du BPI rejoint n'est pas dans ce fichier : le lien reste"
           " à faire.", "inconnu", "Une fois ce dossier ouvert : agir enroll --dossier {dossier}"
           " --rejoint REF."),
    # --- warnings -------------------------------------------------------------------------
    Reason("a_completer", "À compléter : {champs}.", "inconnu",
           "agir enroll --dossier {dossier} {options}"),
    Reason("demande_a_dater", "Ni orientation ni fiche de liaison n'est enregistrée : la demande"
           " est jugée, en attendant, au jour {jour} ({date}).", "projet", "{suite}"),
    Reason("regle_inconnue", "Règle non connue {quand} : l'OFII décide.", "projet", NOTHING_TO_DO),
    Reason("identite_modifiee", "Changé au dossier {dossier} : {changements}.", "journal",
           "Avant et après se relisent avec : agir show {dossier} --events"),
    Reason("duree_entamee", "Un contrat AGIR a déjà couru dans le dossier {dossier} : compté depuis"
           " lui, le droit finit le {fin}.", "droit", "Un nouveau contrat n'ouvre pas deux ans de"
           " plus. Si ce contrat n'a jamais existé, corrigez-le : agir show {dossier} --events."),
    Reason("deces_enregistre", "Le dossier {dossier} de cette personne est clos pour décès.",
           "agdref", "Si c'est une erreur de saisie : agir show {dossier} --events ; sinon vérifiez"
           " le numéro AGDREF."),
    Reason("menage_inconnu", "« {texte} » s'écrit comme la référence d'un dossier, et aucun dossier"
           " d'ici ne la porte.", "menages", "S'il est sur un autre site : agir sync, puis la même"
           " commande. Un code de ménage s'écrit autrement : M12."),
    Reason("menage_a_part", "Le code de ménage « {ecrit} » est déjà celui du dossier {dossier},"
           " d'une autre liste : ce ménage est à part, noté « {menage} ». Le ménage de {dossier}"
           " s'écrit {dossier}.", "menages", "Si c'est la même famille :"
           " agir enroll --dossier REF --menage {dossier}"),
    Reason("menage_rejoint", "Ménage « {ecrit} » : avec le dossier {dossier}.", "menages",
           "Si c'est une autre famille : agir enroll --dossier REF --menage CODE"),
    Reason("menage_du_rejoint", "Du ménage {menage}, avec le dossier {dossier}, que cette"
           " personne rejoint.", "menages", "Si elle vit à part : agir household leave REF"),
    Reason("repris_du_menage", "Repris de la famille (dossier {dossier}) : {champs}.", "menages",
           "S'il en est autrement : agir enroll --dossier REF --langues … (ou une autre option)"),
    Reason("enfant_a_noter", "Un enfant de moins de 16 ans ne signe pas de CIR : il se note dans"
           " son ménage par son année de naissance, sans dossier où attendre.", "enfants",
           "agir household add REF --enfant {annee}, REF étant un parent ; puis :"
           " agir close {dossier} --motif erreur"),
    Reason("reference_ailleurs", "La référence vient d'un autre fichier : la personne en a une"
           " nouvelle dans celui-ci.", "ouvert", "Rien à faire ; pour la garder de côté :"
           " --map \"dossier=\"."),
    Reason("fait_corrige", "Corrigé au dossier {dossier} : {changements}.", "journal",
           "Ce qui était écrit reste au journal, annulé : agir show {dossier} --events"),
    Reason("ancien_numero", "Ce n° AGDREF a été celui du dossier {dossier}, avant d'y être changé.",
           "agdref", "Si c'est la même personne sous un autre nom : agir show {dossier} --events"),
    Reason("malgre_inutile", "La pré-vérification ne s'opposait à rien : le motif de --malgre"
           " n'est pas gardé.", "saisie", "Rien à faire."),
    Reason("agdref_forme", "Le numéro AGDREF compte d'ordinaire 10 chiffres (parfois 9) ; celui-ci"
           " est gardé tel quel.", "numero", "Vérifiez-le sur le titre de séjour."),
    Reason("nom_a_partager", "« {valeur} » : rien ne dit où finit le nom.", "saisie",
           "Écrivez le nom en capitales (KONATE Mariam), ou une virgule après lui ; pour toute la"
           " colonne : --name-order nom-prenoms, ou prenoms-nom."),
    Reason("numero_ecarte", "{champ} : ce qui est écrit n'est pas un numéro ; rien n'en est gardé.",
           "numero", "Complétez-le quand il est connu."),
    Reason("date_a_verifier", "{champ} à vérifier : {pourquoi}.", "saisie",
           "Vérifiez la date sur le titre."),
    Reason("commission_manquante", "Aucune commission n'est enregistrée : le délai de trois"
           " semaines n'a pas couru.", "delais", "Si elle a eu lieu : agir assign {dossier}"
           " --on JOUR."),
    Reason("diagnostic_non_signe", "Le diagnostic est tenu ; rien ne dit qu'il est signé.",
           "process", "Une fois signé : agir diagnose hold {dossier} --on \"{date}\""
           " --diagnostic-signe oui."),
    Reason("delai_depasse", "{delai} : {jours} après le dernier jour ({date}).", "delais",
           "Un retard est à voir, jamais un refus."),
    Reason("nom_partiel", "{label} : « {donne} » est lu comme {lu}, seul nom qui le contienne.",
           "repertoire", "Si ce n'est pas celui-là, donnez le nom entier ou le code.",
           cell="Lu comme {lu}, seul nom qui contienne « {donne} »."),
    Reason("referent_ajoute", "Le référent donné n'était pas au répertoire : il y est ajouté.",
           "repertoire", "Vérifiez l'orthographe : agir assign --loads."),
    Reason("sans_commission", "Aucune commission n'a encore désigné de référent.",
           "process", "La première désignation est celle de la commission : agir assign {dossier}"
           " --on JOUR --referent NOM."),
    Reason("referent_depuis", "Un changement plus récent reste en vigueur ({date}).", "journal",
           "Celui-ci prend sa place entre les deux."),
    Reason("action_inconnue", "Aucune action n'a le n° « {texte} ».", "saisie",
           "Les numéros : agir report network ; des tâches : agir task list.",
           row="Corrigez le numéro, ou videz la case pour une action nouvelle."),
    Reason("action_autre", "{action} est déjà autre chose : « {objet} ».", "reseau",
           "Si c'est elle, son objet se corrige par : agir partner set {action} --objet … ;"
           " sinon, donnez-la sans numéro.",
           row="Si c'est elle, reprenez son objet ; sinon, videz la case du numéro."),
    Reason("pas_une_tache", "{action} ({objet}) n'est pas une tâche.", "reseau",
           "Son avancement se dit par : agir partner set {action} --avancement …"),
    Reason("avancement_impossible", "« {type} » ne peut pas être « {avancement} ».", "reseau",
           "Donnez l'un de ceux-ci : {possibles}."),
    Reason("avancement_recule", "{action} est déjà « {connu} » : une ligne ne revient pas à"
           " « {dit_label} ».", "reseau",
           "Si c'est une erreur : agir partner set {action} --avancement {dit}."),
    Reason("tache_finie", "La tâche {action} est « {connu} » : elle le reste.", "reseau",
           "Pour la reprendre : agir partner set {action} --avancement a_faire"),
    Reason("tache_ouverte", "Reste à faire : {objet}.", "reseau",
           "Quand elle est faite : agir task done {action}. Sinon : agir partner set {action}"
           " --avancement abandonne"),
    Reason("action_sans_jour", "« {avancement} » sans son jour : ne compte dans aucune période.",
           "reseau", "Le jour se dit par : agir partner set {action} --on JOUR"),
    Reason("avancement_pris", "Avancement pris : {avancement}.", "reseau",
           "Un autre se dit par --avancement."),
    Reason("referent_parti", "{nom} n'est plus référent depuis le {date}.", "repertoire",
           "Donnez-en un autre (agir referent list) ; si le jour est faux : agir referent leave"
           " {qui} --on JOUR."),
    Reason("referent_plein", "{nom} dépasse son plafond ({charge}/{plafond}).", "repertoire",
           "C'est à la commission de voir : agir referent list montre la charge de chacun."),
    Reason("commission_suivante", "C'est une nouvelle décision de commission ({date}) : celle du"
           " {premiere} reste telle quelle, et le délai du contrat part toujours d'elle.",
           "journal", "Si celle du {premiere} était une erreur de saisie, annulez celle-ci, puis"
           " elle, et retapez-la : agir show {dossier} --events donne les numéros ; agir correct"
           " {dossier} N° --void --reason \"…\"."),
    Reason("attribue_entre_temps", "Une commission a décidé depuis que cet ordre du jour est"
           " écrit.", "journal", "Si cette décision est la bonne, retirez la ligne. Si la"
           " commission a décidé à nouveau : agir assign {dossier} --on JOUR --referent NOM."),
    Reason("priorite_a_dire", "La priorité retenue par la commission n'est pas dite : elle reste"
           " inconnue, à côté de celle que le diagnostic préconise.", "inconnu", "Si elle est"
           " connue : agir assign {dossier} --on \"{date}\" --priorites PRIORITE."),
    Reason("bureau_inconnu", "Le bureau « {bureau} » n'est pas au répertoire : il est gardé tel"
           " quel, et le dossier compte sans secteur.", "repertoire", "Bureaux {connus}."
           " Pour changer, annulez l'inscription du rendez-vous, puis inscrivez-le à"
           " nouveau avec --bureau."),
    Reason("commune_a_preciser", "Le code postal {postal} couvre plusieurs communes : le"
           " département est connu, la commune reste à préciser.", "inconnu",
           "Complétez : agir enroll --dossier {dossier} {option} NOM."),
    Reason("orientation_absente", "Aucune orientation ni validation de l'OFII n'est enregistrée.",
           "inconnu", "Si elle existe : agir enroll --dossier {dossier} --orientation acceptee"
           " --date-orientation JOUR, ou agir liaison decide {dossier} …"),
    Reason("champ_sans_acte", "Non repris, faute de la date de l'acte : {champs}.", "saisie",
           "Ajoutez la date de l'acte dans la ligne, puis importez de nouveau."),
    Reason("rdv_manquant", "Aucun rendez-vous n'était inscrit pour cette absence.", "coherence",
           "L'absence est gardée. Si l'étape reste à faire : agir {commande} {dossier}."),
    Reason("decision_avant_envoi", "La décision de l'OFII ({date}) est datée avant l'envoi du"
           " listing ({envoi}).", "coherence", "Vérifiez les deux dates."),
    Reason("rdv_hors_delai", "Le rendez-vous ({rdv}) vient après le dernier jour du délai"
           " ({echeance}).", "delais", "Un retard est à voir, jamais un refus ; si un créneau plus"
           " proche existe, inscrivez-le à nouveau."),
    Reason("bureau_autre_departement", "Le bureau « {bureau} » est du département {departement}, et"
           " le dossier du {du_dossier}.", "repertoire", "Vérifiez le bureau ; s'il est juste, rien"
           " à faire."),
    Reason("bureau_pas_ouvert", "Le bureau « {bureau} » n'est pas dit ouvert ce jour-là.",
           "repertoire", "Vérifiez le lieu avant de remettre la convocation."),
    Reason("creneau_partage", "À ce bureau, ce jour et cette heure, un autre rendez-vous est déjà"
           " inscrit : {autres}.", "projet", "Si c'est voulu, rien à faire ; sinon, une autre"
           " heure : agir {commande} {dossier} --on \"JOUR HEURE\"."),
    Reason("rendez_vous_passe", "Le rendez-vous inscrit est déjà passé.", "coherence",
           "S'il a eu lieu, enregistrez-le ; si la personne n'est pas venue : « absent »."),
    Reason("terme_depasse", "Les deux ans sont écoulés ({fin}) : le droit est épuisé.", "droit",
           "Clôturez : agir close {dossier} --motif terme --on JOUR.", PROGRAMME),
    # --- kept, but to look at; or refused beside what is recorded already -----------------
    Reason("numero_fixe", "Le droit est épuisé dans le dossier {dossier} : son numéro AGDREF ne"
           " change plus, il empêche une seconde admission.", "agdref", "Si la décision est une"
           " erreur de saisie, annulez-la d'abord : agir show {dossier} --events donne son numéro"
           " N°, puis : agir correct {dossier} N° --void --reason \"…\"."),
    Reason("souhait_a_dire", "La fiche de liaison ne dit pas si la personne souhaite AGIR.",
           "inconnu", "Une fois demandé : agir liaison add {dossier} --on \"{date}\" --souhait oui"
           " (ou non)."),
    Reason("suite_contredite", "La personne n'est plus admise, alors que la suite est enregistrée :"
           " {suite}.", "coherence", "{retour} ; si la suite est une erreur, annulez-la en"
           " commençant par la fin : agir show {dossier} --events donne les numéros ; sinon mettez"
           " fin : agir close {dossier} --motif {motif} --on JOUR."),
    Reason("fiche_sans_objet", "La fiche de liaison ({fiche}) attendait l'OFII : l'orientation la"
           " rend sans objet, elle ne partira plus.", "transmission", "Si ce n'est pas l'OFII qui a"
           " orienté la personne, annulez cette orientation : agir show {dossier} --events donne"
           " son numéro N°, puis : agir correct {dossier} N° --void --reason \"…\"."),
    Reason("fiche_deja_admise", "La fiche de liaison ({fiche}) est sans objet : {admission} admet"
           " déjà la personne, la fiche ne partira pas.", "transmission", "Si c'est l'admission qui"
           " est une erreur, annulez-la : agir show {dossier} --events donne son numéro N°, puis :"
           " agir correct {dossier} N° --void --reason \"…\"."),
    Reason("fiche_incomplete", "La fiche de liaison est incomplète : il manque {manque}{attend}.",
           "transmission", "À compléter : {commandes}"),
    Reason("suite_du_contrat", "« Sans suite » ne se dit que d'une personne jamais venue : un"
           " contrat est signé ({date}).", "droit", "Choisissez le motif qui convient :"
           " arret_beneficiaire, arret_structure, objectifs_atteints, terme (définitifs) ;"
           " transfert, deces, erreur."),
    Reason("rdv_autre_jour", "Le rendez-vous inscrit est celui du {rdv} : aucun ne l'était pour"
           " cette absence ({date}).", "coherence", "L'absence est gardée, et le rendez-vous du"
           " {rdv} tient. Si c'est celui-là qui a été manqué, corrigez la date de l'absence : agir"
           " show {dossier} --events donne son numéro N°, puis : agir correct {dossier} N° --on"
           " JOUR --reason \"…\"."),
    Reason("rdv_pas_deplace", "C'est le jour de l'inscription qui change : le rendez-vous reste"
           " celui du {rdv}.", "journal", "Pour le déplacer, inscrivez-le à nouveau : agir"
           " {commande} {dossier} --on \"JOUR HEURE\"."),
    Reason("raison_a_dire", "Cette correction rouvre un droit épuisé : sa raison se dit en une"
           " phrase.", "journal", "Dites-la en quelques mots : --reason \"refus saisi sur le"
           " mauvais dossier\"."),
    Reason("droit_rouvert", "Le droit à AGIR est rouvert : la fin définitive qui l'épuisait est"
           " annulée.", "journal", "L'acte, son annulation, la raison et les deux auteurs restent"
           " au journal : agir show {dossier} --events."),
    Reason("droit_rouvert_ailleurs", "Une fin définitive de cette personne avait été enregistrée,"
           " puis annulée avec tout le fichier qui la disait.", "droit", "Si elle était vraie, le"
           " droit est épuisé : clôturez avec son motif, ou voyez qui l'a annulée.", PROGRAMME),
    Reason("memoire_levee", "Ce n° AGDREF était gardé en mémoire d'un droit épuisé ; on l'en a"
           " retiré.", "droit", "Si c'est à tort, il est épuisé : voyez qui l'a levé.", PROGRAMME),
    Reason("detail_du_logement", "« {avant} » était le détail du logement d'avant ; le nouveau n'en"
           " a pas.", "projet", "S'il en a un : agir {acte} --detail-logement DÉTAIL."),
    Reason("detail_ailleurs", "« {detail} » est un détail de « {sien} », pas de « {dit} » : gardés"
           " tous deux.", "projet", "Redites celui des deux qui est faux :"
           " --situation-logement ou --detail-logement."),
    Reason("objectifs_a_voir", "« Objectifs atteints », alors que le dossier ne dit pas les deux,"
           " logement pérenne et emploi durable.", "projet", "La situation à la sortie se dit avec"
           " la clôture : --situation-logement, --situation-professionnelle, --emploi-durable,"
           " --logement-perenne. Une clôture qui ne la dit pas s'annule (agir correct {dossier} N°"
           " --void --reason \"…\") et se retape."),
    Reason("sans_referent", "Le contrat ({date}) reste sans commission : le dossier n'a plus de"
           " référent.", "journal", "Retapez la commission : agir assign {dossier} --on JOUR"
           " --referent NOM."),
)  # fmt: skip

REASONS: Mapping[str, Reason] = MappingProxyType({reason.code: reason for reason in _ALL})
