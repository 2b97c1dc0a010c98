from __future__ import annotations

import pytest

from agir_cli.domain.columns import BY_CONTENT
from agir_cli.domain.fields import FIELDS, OF_A_RIGHT
from agir_cli.exchange.headers import (
    headings,
    match_headers,
    nearest,
    normalise_header,
    recogniser,
)
from agir_cli.failures import UsageFailure
from agir_cli.shipped import data_file

SYNONYMS = headings()


def test_les_titres_livres_nomment_des_champs_connus_et_aucun_deux_fois() -> None:
    assert set(SYNONYMS) <= set(FIELDS) | set(BY_CONTENT) | set(OF_A_RIGHT)
    lines = data_file("headings.csv").read_text("utf-8").splitlines()
    assert lines[0] == "field,heading"
    assert len(set(lines)) == len(lines)
    assert all(them and all(them) for them in SYNONYMS.values())


def test_un_en_tete_ne_designe_qu_un_champ() -> None:
    claims: dict[str, set[str]] = {}
    for field, them in SYNONYMS.items():
        for heading in (*them, field):
            claims.setdefault(normalise_header(heading), set()).add(field)
    assert {key: fields for key, fields in claims.items() if len(fields) > 1} == {}
    assert "" not in claims


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("N° étranger", "agdref"),
        ("Numéro d'étranger", "agdref"),
        ("NUM. AGDREF", "agdref"),
        ("nº agdref", "agdref"),
        ("№ AGDREF", "agdref"),
        ("no_etranger", "agdref"),
        ("AGDREF", "agdref"),
        ("N° dossier", "dossier"),
        ("Nom de famille", "nom"),
        ("  NOM  ", "nom"),
        ("Prénom(s)", "prenoms"),
        ("Né(e) le", "date_naissance"),
        ("Né·e le", "date_naissance"),
        ("dateNaissance", "date_naissance"),
        ("Date\nde\r\nnaissance", "date_naissance"),
        ("DATE_NAISSANCE", "date_naissance"),
        ("Date de signature du CIR", "date_cir"),
        ("Date  signature\u00a0CIR", "date_cir"),
        ("Date contrat AGIR", "date_contrat"),
        ("Tél.", "telephone"),
        ("Mail", "courriel"),
        ("E-mail", "courriel"),
        ("Référent·e", "referent"),
        ("CP", "code_postal_residence"),
        ("RDV diagnostic", "date_rdv_diagnostic"),
        ("Motif de clôture", "motif"),
        ("N° AGDREF (10 chiffres)", "agdref"),
        ("N° AGDREF\n(10 chiffres)", "agdref"),
        ("Date de signature du CIR (JJ/MM/AAAA)", "date_cir"),
        ("Téléphone (facultatif)", "telephone"),
        ("Dossier n°", "dossier"),
        ("AGDREF N°", "agdref"),
        ("Étranger (numéro)", "agdref"),
        ("Identité (NOM Prénom)", "nom_prenoms"),
        ("Naissance (DDN)", "date_naissance"),
        ("Orienté par l'OFII le", "date_orientation"),
        ("RDV diagnostic réalisé le", "date_diagnostic"),
    ],
)
def test_les_en_tetes_courants_sont_reconnus(heading: str, field: str) -> None:
    assert match_headers([heading], SYNONYMS).columns == (field,)
    assert recogniser(headings())(heading)


@pytest.mark.parametrize(
    "heading",
    ["Date", "Couleur", "Né à", "Suite", "اسم", "", "Nom (conjoint)", "Référent (CADA)"],
)
def test_un_en_tete_ambigu_ou_inconnu_est_nomme(heading: str) -> None:
    matching = match_headers([heading], SYNONYMS)
    assert matching.columns == (None,)
    assert matching.unknown == (heading or "colonne 1 (sans titre)",)


def test_deux_colonnes_pour_un_champ_sont_signalees() -> None:
    matching = match_headers(["Nom", "Nom de famille", "Prénom"], SYNONYMS)
    assert matching.doubled == (("nom", ("Nom", "Nom de famille")),)


def test_les_colonnes_de_controle_sont_ignorees_en_silence() -> None:
    matching = match_headers(["nom", "_ligne", "_nom"], SYNONYMS)
    assert matching.columns == ("nom", None, None)
    assert matching.unknown == matching.doubled == ()


def test_la_correspondance_donnee_passe_avant_les_synonymes() -> None:
    matching = match_headers(
        ["N° dossier", "AGDREF", "Couleur", "Ville"],
        SYNONYMS,
        {"n° DOSSIER": "agdref", "Ville": "", "Absente": "nom"},
    )
    assert matching.columns == ("agdref", None, None, None)
    assert matching.unknown == ("AGDREF", "Couleur")
    assert (matching.doubled, matching.absent) == ((), ("Absente",))


def test_une_correspondance_vers_un_champ_inconnu_propose_le_plus_proche() -> None:
    with pytest.raises(UsageFailure) as failure:
        match_headers(["x"], SYNONYMS, {"x": "agdreff"})
    assert failure.value.details == ("Le plus proche : agdref",)


def test_seuls_les_champs_de_la_commande_comptent() -> None:
    assert match_headers(["Nom", "CIR"], {"nom": SYNONYMS["nom"]}).columns == ("nom", None)


@pytest.mark.parametrize(
    ("mapping", "columns"),
    [
        pytest.param({"Né(e) le": ""}, ("date_naissance", None, "nom"), id="lettre pour lettre"),
        pytest.param({"né le": ""}, (None, None, "nom"), id="comme comparé"),
        pytest.param({"Né le": "nom_usage"}, ("nom_usage", "date_naissance", "nom"), id="ailleurs"),
        pytest.param({"Nom ": ""}, ("date_naissance", "date_naissance", None), id="une espace"),
    ],
)
def test_un_titre_ecrit_comme_dans_le_fichier_est_cette_colonne_seule(
    mapping: dict[str, str], columns: tuple[str | None, ...]
) -> None:
    """Two headings that compare alike are parted by how they are written."""
    assert match_headers(["Né le", "Né(e) le", "Nom"], SYNONYMS, mapping).columns == columns


@pytest.mark.parametrize("day", ["Orientation le", "ORIENTATION LE :", "Orienté(e) le"])
def test_le_jour_d_un_fait_n_est_pas_ce_fait(day: str) -> None:
    matching = match_headers([day, "Orientation"], SYNONYMS)
    assert matching.columns == ("date_orientation", "orientation")
    assert matching.doubled == ()


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Nationnalité", "nationalite"),
        ("Natoinalité", "nationalite"),
        ("Prennom", "prenoms"),
        ("Date de naisance", "date_naissance"),
        ("Date de\nnaisance", "date_naissance"),
        ("Télephonne", "telephone"),
        ("N° étrangers", "agdref"),
        ("Signature du contrrat AGIR", "date_contrat"),
    ],
)
def test_un_titre_mal_ecrit_propose_son_champ(heading: str, field: str) -> None:
    assert nearest(heading, SYNONYMS) == field


@pytest.mark.parametrize(
    "heading",
    [
        "N°", "Numéro", "No", "Commentaire", "Commentaire(s)", "Commentaires", "Observations",
        "Fin de contrat", "Date fin de contrat", "Contact", "Date contact", "Référence", "Nombre",
        "Date de sortie du logement", "Renom", "Nom du référent social", "Âge", "Mois", "Notes",
        "Date de fin de droits", "Type de contrat", "Durée du contrat", "Date", "colonne 4", "",
    ],
)  # fmt: skip
def test_un_autre_titre_ne_propose_rien(heading: str) -> None:
    assert nearest(heading, SYNONYMS) is None
