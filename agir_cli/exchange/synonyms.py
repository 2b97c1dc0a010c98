"""The headings French spreadsheets give to the fields of ``cli.md``.

Generous, but one heading means one field: a test holds it. A heading that could mean several
(« Date », « Situation », « Fin », « Numéro ») is left out: the team says with ``--map``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# One string a field, headings parted by « ; »: a literal tuple would be six hundred lines.
_HEADINGS: Final = {
    "dossier": (
        "N° dossier; N° de dossier AGIR; Dossier AGIR; Réf. dossier; Référence dossier; "
        "Référence du dossier; Réf. AGIR; Référence AGIR; N° AGIR"
    ),
    "departement": (
        "Dépt; Dép.; Département AGIR; Code département; N° département; Département de suivi"
    ),
    "agdref": (
        "N° AGDREF; Numéro AGDREF; Identifiant AGDREF; AGDREF (10 chiffres); N° étranger; "
        "Numéro étranger; N° d'étranger; Numéro d'étranger; N° étr.; Identifiant étranger; N° "
        "national étranger; ID AGDREF"
    ),
    "nom": (
        "Nom de famille; Nom de naissance; Nom patronymique; Noms; Nom du bénéficiaire; Nom "
        "bénéficiaire; Nom de la personne; Nom usager; Nom(s); Nom du BPI; Nom de jeune "
        "fille; Patronyme"
    ),
    "prenoms": (
        "Prénom; Prénom(s); Prénoms; Prénom du bénéficiaire; Prénom bénéficiaire; Prénom "
        "usuel; Prénom de la personne; Prénom du BPI; Prénom usager"
    ),
    "nom_usage": "Nom d'usage; Nom usuel; Nom marital; Nom d'époux; Nom d'épouse; Nom d'époux(se)",
    "date_naissance": (
        "Né le; Née le; Né(e) le; Né.e le; Date de naissance; Naissance; DDN; Date naiss.; D. "
        "naissance; Date de naissance (jj/mm/aaaa); Date de naissance du bénéficiaire"
    ),
    "sexe": "Genre; Sexe (F/M); Sexe (H/F); F/M; H/F; M/F; F/H; Civilité",
    "nationalite": (
        "Nationalité(s); Nationalités; Pays de nationalité; Nat.; Pays; Pays d'origine; "
        "Nationalité d'origine"
    ),
    "langues": (
        "Langue; Langue(s); Langue(s) parlée(s); Langues parlées; Langue parlée; Langue maternelle"
    ),
    "niveau_francais": (
        "Niveau de français; Niveau de langue; Niveau linguistique; Niveau FLE; Français; "
        "Niveau CECRL; Niveau langue française"
    ),
    "telephone": (
        "Tél; Tél.; Téléphone portable; Portable; Mobile; N° de téléphone; N° tél; Numéro de "
        "téléphone; Tél. portable; Téléphone mobile; GSM; N° portable; Téléphone du "
        "bénéficiaire"
    ),
    "courriel": (
        "Mail; E-mail; Email; Courrier électronique; Adresse mail; Adresse e-mail; Adresse "
        "électronique; Adresse courriel; Mèl; Mél; Mail du bénéficiaire"
    ),
    "menage": (
        "Foyer; Code ménage; N° ménage; Code foyer; N° foyer; Famille; Composition ménage code"
    ),
    "lien_menage": (
        "Lien; Lien de parenté; Lien dans le ménage; Lien familial; Parenté; Lien avec le "
        "ménage; Rôle dans le ménage; Lien foyer"
    ),
    "statut": (
        "Statut de protection; Protection; Type de protection; Statut BPI; Protection "
        "internationale; Statut OFPRA; Statut administratif"
    ),
    "rejoint": (
        "BPI rejoint; Personne rejointe; Rejoignant de; AGDREF du BPI rejoint; Conjoint rejoint"
    ),
    "date_statut": (
        "Statut obtenu le; Date du statut; Date d'obtention du statut; Date de protection; "
        "Date obtention protection; Date OFPRA; Date d'obtention de la protection; Date "
        "décision OFPRA; Date octroi protection; Date reconnaissance statut"
    ),
    "date_arrivee": (
        "Arrivée en France; Arrivé(e) en France; Arrivée en France le; Arrivé(e) en France "
        "le; Date d'arrivée; Date d'arrivée en France; Date d'entrée en France; Entrée en "
        "France; Entrée en France le; Entré(e) en France le"
    ),
    "date_cir": (
        "CIR; Date du CIR; CIR signé le; Date de signature du CIR; Signature CIR; Signature "
        "du CIR; CIR le; Date de signature CIR; CIR (date); Date signature du contrat "
        "d'intégration républicaine; Contrat d'intégration républicaine"
    ),
    "date_orientation": (
        "Orienté(e) le; Date d'orientation; Date d'orientation OFII; Date d'orientation AGIR; "
        "Orientation OFII le; Date de réception de l'orientation"
    ),
    "commune_domicile": (
        "Domicile; Ville de domicile; Domicilié(e) à; Domiciliation; Commune de "
        "domiciliation; Ville de domiciliation; Domicilié à; Commune du domicile"
    ),
    "commune_residence": (
        "Commune; Ville; Résidence; Commune de résidence; Ville de résidence; Réside à; "
        "Résidant à; Lieu de résidence; Ville d'hébergement; Commune d'hébergement; Lieu de "
        "vie"
    ),
    "code_postal_domicile": (
        "CP domicile; Code postal du domicile; CP domiciliation; Code postal de domiciliation"
    ),
    "code_postal_residence": (
        "Code postal; CP; CP résidence; Code postal de résidence; CP ville; CP commune"
    ),
    "situation_logement": (
        "Logement; Hébergement; Logement/Hébergement; Situation logement/hébergement; "
        "Situation de logement; Logement à l'entrée; Situation résidentielle; "
        "Logement/Hébergement à l'entrée; Type de logement; Type d'hébergement; Situation "
        "hébergement; Situation au regard du logement"
    ),
    "detail_logement": (
        "Détail du logement; Précision logement; Précisions logement; Nom de l'hébergement; "
        "Structure d'hébergement; Centre d'hébergement"
    ),
    "situation_professionnelle": (
        "Emploi; Situation professionnelle à l'entrée; Situation pro; Situation emploi; "
        "Activité; Situation au regard de l'emploi; Statut professionnel; Activité "
        "professionnelle; Situation d'emploi"
    ),
    "emploi_durable": "Emploi durable (oui/non); Emploi stable; Emploi durable ou formation",
    "logement_perenne": "Logement pérenne (oui/non); Logement durable; Logement stable",
    "prescripteur": (
        "Prescrit par; Structure prescriptrice; Orienté par; Orienteur; Nom du prescripteur; "
        "Organisme prescripteur; Prescripteur (structure)"
    ),
    "prescripteur_courriel": (
        "Mail du prescripteur; Courriel du prescripteur; Mail prescripteur; E-mail "
        "prescripteur; Email prescripteur; Adresse mail du prescripteur; Courriel "
        "prescripteur"
    ),
    "orientation": (
        "Orientation AGIR; Réponse à l'orientation; Accord orientation; Orientation acceptée; "
        "Proposition d'orientation"
    ),
    "date_fiche": (
        "Date de la fiche de liaison; Fiche de liaison; Fiche de liaison le; Date fiche "
        "liaison; Date de la fiche; Fiche remplie le"
    ),
    "date_envoi": (
        "Listing envoyé le; Listing transmis le; Envoyé à l'OFII le; Envoyée à l'OFII le; Transmis "
        "à l'OFII le; Date d'envoi à l'OFII; Date d'envoi du listing; Date envoi listing; Date de "
        "transmission à l'OFII; Fiche envoyée le; Fiche transmise le"
    ),
    "souhait": (
        "Souhait du bénéficiaire; Souhaite AGIR; Souhaite intégrer AGIR; Souhaite un "
        "accompagnement; Souhait d'accompagnement"
    ),
    "flyer_remis": "Flyer; Flyer remis (oui/non); Remise du flyer; Plaquette remise",
    "soutien_agir": "Soutien AGIR au besoin; Soutien d'AGIR; Aide AGIR",
    "listing": (
        "N° listing; N° de listing; Numéro du listing; Listing OFII; N° du listing OFII; Listing n°"
    ),
    "ligne": (
        "N° ligne; N° de ligne; Ligne n°; Ligne de listing; Ligne du listing; N° de ligne du "
        "listing"
    ),
    "decision_ofii": (
        "Décision de l'OFII; Réponse OFII; Avis OFII; Validation OFII; Décision; Réponse de "
        "l'OFII; Validation de l'OFII; Accord OFII"
    ),
    "date_decision": (
        "Date de la décision; Date de décision OFII; Date décision de l'OFII; Date de réponse "
        "OFII; Date de validation OFII; Décidé le"
    ),
    "motif_ofii": (
        "Motif OFII; Motif de rejet; Motif du rejet; Motif du refus OFII; Motif de refus "
        "OFII; Motif de la décision OFII; Commentaire OFII"
    ),
    "reference_cirng": "Réf. CIRNG; CIRNG; N° CIRNG; Référence OFII; N° OFII; Réf. OFII",
    "date_rdv_diagnostic": (
        "RDV diagnostic; RDV de diagnostic; Date du RDV de diagnostic; Rendez-vous de "
        "diagnostic; Date du rendez-vous de diagnostic; RDV diagnostic le; Premier RDV; Date "
        "1er RDV"
    ),
    "date_rdv_contrat": (
        "RDV contrat; RDV de contractualisation; Date RDV contractualisation; RDV "
        "contractualisation; Rendez-vous de contractualisation; Date du RDV de contrat; RDV "
        "signature contrat"
    ),
    "bureau": "Bureau AGIR; Antenne; Lieu du RDV; Lieu de rendez-vous; Site AGIR; Antenne AGIR",
    "confirmation": (
        "Confirmation du RDV; Mode de confirmation; Confirmé par; Confirmation (mail/SMS)"
    ),
    "convocation_remise": (
        "Convocation; Convocation remise (oui/non); Convocation remise en main propre; Remise "
        "convocation"
    ),
    "date_absence": "Absent(e) le; Absence le; Date de l'absence; Absence; Absent le",
    "date_diagnostic": (
        "Diagnostic; Date du diagnostic; Diagnostic le; Diagnostic réalisé le; "
        "Diagnostiqué(e) le; Date diagnostic AGIR; Date du diagnostic social; Diagnostic fait "
        "le; Date de diagnostic"
    ),
    "diagnostic_signe": (
        "Diagnostic signé (oui/non); Signature du diagnostic; Signature diagnostic; "
        "Diagnostic signé ?"
    ),
    "priorites_preconisees": (
        "Priorité préconisée; Priorité(s) préconisée(s); Préconisation; Préconisations; "
        "Priorités recommandées; Priorité recommandée"
    ),
    "date_commission": (
        "Commission; Date de la commission; Date de commission; Commission du; Date de "
        "passage en commission; Commission le; Commission d'attribution; Date commission "
        "d'attribution; Passage en commission; Attribué(e) le; Date d'attribution"
    ),
    "priorites": (
        "Priorité; Priorité(s); Priorité retenue; Priorité(s) retenue(s); Priorités "
        "d'accompagnement; Priorité d'accompagnement; Priorités retenues"
    ),
    "modalite": (
        "Modalité d'accompagnement; Modalités; Mode d'accompagnement; Modalité de prise en "
        "charge; Mode de prise en charge; Prise en charge"
    ),
    "bassin_de_vie": "Bassin; Bassin de vie; Secteur géographique; Territoire",
    "partenaires": (
        "Partenaire; Partenaire(s); Partenaires intervenants; Partenaires associés; "
        "Structures partenaires"
    ),
    "referent": (
        "Référent(e); Référent AGIR; Référent parcours; Référent social; Référent(e) AGIR; "
        "Référent(e) parcours; Intervenant social; Suivi par; Travailleur social; Nom du "
        "référent; Conseiller; CIP"
    ),
    "second_referent": (
        "Référent 2; 2e référent; 2ème référent; Second référent; Co-référent; Deuxième "
        "référent; Coréférent"
    ),
    "date_contrat": (
        "Contrat; Date du contrat; Date contrat AGIR; Contrat signé le; Contrat AGIR; Contrat "
        "AGIR signé le; Date de signature du contrat; Date de signature du contrat AGIR; "
        "Signature contrat AGIR; Signature du contrat AGIR; Signature contrat; Date d'entrée "
        "AGIR; Date de contractualisation; Contractualisation le; Contractualisation"
    ),
    "projet": "Projet personnalisé; Projet personnel; Projet de la personne",
    "date_refus": (
        "Refus le; Date du refus; Date de refus; Refusé le; Date refus d'engagement; Refus "
        "contractuel le; Refus du contrat le"
    ),
    "date_cloture": (
        "Clôture; Date de la clôture; Date de clôture; Clos le; Clôturé le; Date de sortie; "
        "Sortie le; Date de fin d'accompagnement; Sorti(e) le; Fin d'accompagnement; Fin "
        "d'accompagnement le; Sortie"
    ),
    "motif": (
        "Motif de clôture; Motif de sortie; Motif de la clôture; Motif de fin; Motif de fin "
        "d'accompagnement; Type de sortie; Motif sortie"
    ),
    "date_etape": "Date de l'étape; Date de début d'étape; Début de l'étape",
    "date_fin_etape": "Date de fin d'étape; Fin de l'étape; Date fin de l'étape",
    "domaine": "Domaine de l'étape; Thème; Thématique; Axe",
    "etape": "Étape du parcours; Intitulé de l'étape; Démarche; Libellé de l'étape",
    "heures": "Nombre d'heures; Nb heures; Durée (h); Durée en heures; Volume horaire",
    "date_entretien": (
        "Entretien; Entretien le; Date de l'entretien; Date d'entretien; Date du dernier "
        "entretien; Dernier entretien"
    ),
    "date_situation": (
        "Date de la situation; Situation au; Situation à la date du; Situation mise à jour le"
    ),
}

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    field: tuple(headings.split("; ")) for field, headings in _HEADINGS.items()
}
