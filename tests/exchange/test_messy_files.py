"""A corpus of messy files: each defect alone and combined, and what must come out, cell by cell."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.exchange import tables
from agir_cli.exchange.headers import headings, recogniser
from agir_cli.exchange.row_kinds import Header
from agir_cli.exchange.rows import Row, RowRules
from agir_cli.exchange.tables import open_table
from agir_cli.failures import AgirFailure, RowsFailure, UsageFailure

KNOWN = recogniser(headings())
HEADER = ("Nom", "Prénoms", "Né le", "Commune")
SAHIN = ("SAHIN", "Mehmet", "05/02/1990", "Ancenis")
ELO = ("ÉLOÏSE", "Aïcha", "12/11/1985", "Clisson")
ALI = ("ALI", "", "1/2/2001", "Redon")
THREE = [(2, SAHIN), (3, ELO), (4, ALI)]


class Messy(NamedTuple):
    data: bytes
    rows: list[tuple[int, tuple[str, ...]]]
    faults: Mapping[int, str] = MappingProxyType({})
    header: tuple[str, ...] = HEADER
    encoding: str = "utf-8"
    delimiter: str = ";"
    titles: int = 0
    notes: int = 0


def text(
    rows: list[tuple[str, ...]] | None = None, sep: str = ";", end: str = "\r\n", above: str = ""
) -> str:
    lines = [HEADER, *(rows if rows is not None else [SAHIN, ELO, ALI])]
    return above + "".join(sep.join(line) + end for line in lines)


def raw(*lines: str, end: str = "\r\n") -> bytes:
    return end.join((";".join(HEADER), *lines, "")).encode()


LONG = "x" * 140_000
CORPUS: dict[str, Messy] = {
    "utf8_point_virgule": Messy(text().encode(), THREE),
    "utf8_virgule": Messy(text(sep=",").encode(), THREE, delimiter=","),
    "utf8_tabulation": Messy(text(sep="\t").encode(), THREE, delimiter="\t"),
    "utf8_barre": Messy(text(sep="|").encode(), THREE, delimiter="|"),
    "utf8_bom": Messy(text().encode("utf-8-sig"), THREE),
    "utf8_bom_virgule": Messy(text(sep=",").encode("utf-8-sig"), THREE, delimiter=","),
    "utf8_bom_tabulation": Messy(text(sep="\t").encode("utf-8-sig"), THREE, delimiter="\t"),
    "cp1252_point_virgule": Messy(text().encode("cp1252"), THREE, encoding="cp1252"),
    "cp1252_virgule": Messy(
        text(sep=",").encode("cp1252"), THREE, encoding="cp1252", delimiter=","
    ),
    "cp1252_tabulation": Messy(
        text(sep="\t").encode("cp1252"), THREE, encoding="cp1252", delimiter="\t"
    ),
    "utf16_le_tabulation": Messy(
        b"\xff\xfe" + text(sep="\t").encode("utf-16-le"),
        THREE,
        encoding="utf-16-le",
        delimiter="\t",
    ),
    "utf16_le_point_virgule": Messy(
        b"\xff\xfe" + text().encode("utf-16-le"), THREE, encoding="utf-16-le"
    ),
    "utf16_be_virgule": Messy(
        b"\xfe\xff" + text(sep=",").encode("utf-16-be"), THREE, encoding="utf-16-be", delimiter=","
    ),
    "fins_de_ligne_lf": Messy(text(end="\n").encode(), THREE),
    "fins_de_ligne_cr_seul": Messy(text(end="\r").encode(), THREE),
    "fins_de_ligne_melees": Messy(
        text().encode().replace(b"Ancenis\r\n", b"Ancenis\n").replace(b"Clisson\r\n", b"Clisson\r"),
        THREE,
    ),
    "derniere_ligne_sans_fin": Messy(text().encode().rstrip(), THREE),
    "ligne_sep": Messy(
        text(above="sep=;\r\n").encode(), [(n + 1, row) for n, row in THREE], titles=1
    ),
    "ligne_sep_qui_decide": Messy(
        b"sep=,\nNom,Commune\nA;B,C;D\nE;F,G;H\n",
        [(3, ("A;B", "C;D")), (4, ("E;F", "G;H"))],
        header=("Nom", "Commune"),
        delimiter=",",
        titles=1,
    ),
    "ligne_de_titre": Messy(
        text(above="Liste AGIR au 09/10/2023\r\n").encode(),
        [(n + 1, row) for n, row in THREE],
        titles=1,
    ),
    "titre_rempli_de_separateurs": Messy(
        text(above="Liste AGIR;;;\r\n;;;\r\n").encode(),
        [(n + 2, row) for n, row in THREE],
        titles=2,
    ),
    "titre_avec_virgules": Messy(
        text(above="AGIR, Loire-Atlantique, Vendée, 2023, v2\r\n\r\n").encode(),
        [(n + 2, row) for n, row in THREE],
        titles=2,
    ),
    "sep_puis_titre_puis_vide": Messy(
        text(above="sep=;\r\nListe AGIR\r\n\r\n").encode("cp1252"),
        [(n + 3, row) for n, row in THREE],
        encoding="cp1252",
        titles=3,
    ),
    "lignes_vides": Messy(
        raw(";".join(SAHIN), "", ";;;", " ; ;\u00a0;", ";".join(ELO), ""), [(2, SAHIN), (6, ELO)]
    ),
    "ligne_total": Messy(
        raw(";".join(SAHIN), "Total;1;;", "TOTAL GÉNÉRAL;;;12"), [(2, SAHIN)], notes=2
    ),
    "sous_total_en_deuxieme_colonne": Messy(
        raw(";".join(SAHIN), ";Sous-total : ;3;"), [(2, SAHIN)], notes=1
    ),
    "en_tete_sous_trente_lignes_de_titre": Messy(
        text(above="Liste; du\r\nNom de la structure : X\r\n" * 15).encode(),
        [(n + 30, row) for n, row in THREE],
        titles=30,
        notes=0,
    ),
    "moyenne_nombre_effectif": Messy(
        raw(
            ";".join(SAHIN),
            "Moyenne;;;1990",
            "MOYENNE D'ÂGE;;33,5 ans;",
            "NB;2;;",
            "Nb : 2;;;",
            " Effectif : 12;;;",
            "Nombre de dossiers;12;;",
            ";;Nombre total;1 255",
            "Médiane;;;7",
            "Somme;;;12 %",
            "Cumul : 3 ménages;;;",
            "Total;3 dossiers;;",
            ";".join(ELO),
        ),
        [(2, SAHIN), (14, ELO)],
        notes=11,
    ),
    "notes_et_titres": Messy(
        raw(
            ";".join(SAHIN),
            "Légende;;;",
            "* donnée provisoire;;;",
            "Public : réfugiés;;;",
            ";;;Note : à revoir",
            "SOURCE : équipe",
            "Notes",
            "*** fin ***",
            ";".join(ELO),
        ),
        [(2, SAHIN), (10, ELO)],
        notes=7,
    ),
    "en_tete_repete": Messy(
        raw(";".join(SAHIN), ";".join(HEADER), "NOM;PRÉNOMS; Né  le;commune;", ";".join(ELO)),
        [(2, SAHIN), (5, ELO)],
        notes=2,
    ),
    "en_tete_repete_en_capitales_et_total_en_retrait": Messy(
        raw("SAHIN;Ali;1990;Redon", "NOM;PRÉNOMS;NÉ LE;COMMUNE", "  Total;1;;"),
        [(2, ("SAHIN", "Ali", "1990", "Redon"))],
        notes=2,
    ),
    "personnes_qui_ressemblent_a_une_note": Messy(
        raw(
            "RÉFUGIÉ;;;",
            "Notebaert;;;",
            "NOTE;Awa;1990;",
            "Légende : x;Awa;1990;",
            "* DIALLO;Awa;1990;",
            "Nom;Prénoms;1990;Redon",
            "2023-10-01 12:30;;;",
        ),
        [
            (4, ("NOTE", "Awa", "1990", "")),
            (5, ("Légende : x", "Awa", "1990", "")),
            (6, ("* DIALLO", "Awa", "1990", "")),
            (7, ("Nom", "Prénoms", "1990", "Redon")),
        ],
        {2: "un nom seul", 3: "un nom seul"},
        notes=1,
    ),
    "fin_d_une_cellule_coupee_avec_deux_points": Messy(
        raw(";".join(SAHIN), "tél : à demander", ";".join(ELO)),
        [(2, SAHIN), (4, ELO)],
        {3: "coupée par un saut de ligne"},
    ),
    "personnes_aux_initiales_de_total": Messy(
        raw(
            "NB;;1990;",
            "NB;;05.02.1990;",
            "Nombre;Juan;1990;",
            "Somme;;;Amiens",
            "NB;;;",
            "NBEDO;Awa;12;",
            "Effectif;Ali;;",
            "Moyen;Zoé;;",
            "TotalEnergies;;;",
        ),
        [
            (2, ("NB", "", "1990", "")),
            (3, ("NB", "", "05.02.1990", "")),
            (4, ("Nombre", "Juan", "1990", "")),
            (5, ("Somme", "", "", "Amiens")),
            (7, ("NBEDO", "Awa", "12", "")),
            (8, ("Effectif", "Ali", "", "")),
            (9, ("Moyen", "Zoé", "", "")),
        ],
        {6: "un nom seul", 10: "un nom seul"},
    ),
    "tableau_markdown": Messy(
        "| Nom | Prénoms |\n|---|:---:|\n| DIALLO | Awa |\n| BAH | Ali |\n".encode(),
        [(3, ("", " DIALLO ", " Awa ")), (4, ("", " BAH ", " Ali "))],
        header=("", "Nom", "Prénoms"),
        delimiter="|",
        notes=1,
    ),
    "lignes_de_traits": Messy(
        raw("---;---;---;---", ";".join(SAHIN), "===;===;;", "-;-;-;-", "——;;;", "-;Ali;;Redon"),
        [(3, SAHIN), (7, ("-", "Ali", "", "Redon"))],
        notes=4,
    ),
    "fin_de_fichier_de_dos": Messy(raw(";".join(SAHIN)) + b"\x1a", [(2, SAHIN)]),
    "fin_de_fichier_de_dos_dans_une_colonne": Messy(
        b"dossier\r\n44-0001\r\n44-0002\r\n\x1a\r\n",
        [(2, ("44-0001",)), (3, ("44-0002",))],
        header=("dossier",),
    ),
    "personne_nommee_total": Messy(
        raw("Total;Jean;1/2/2001;Redon"), [(2, ("Total", "Jean", "1/2/2001", "Redon"))]
    ),
    "saut_de_ligne_entre_guillemets": Messy(
        raw('SAHIN;"Mehmet\r\nAli";05/02/1990;Ancenis', ";".join(ELO)),
        [(2, ("SAHIN", "Mehmet\r\nAli", "05/02/1990", "Ancenis")), (4, ELO)],
    ),
    "separateur_entre_guillemets": Messy(
        raw('"SAHIN; dit ""Memo""";Mehmet;05/02/1990;Ancenis'),
        [(2, ('SAHIN; dit "Memo"', "Mehmet", "05/02/1990", "Ancenis"))],
    ),
    "en_tete_sur_deux_lignes": Messy(
        b'Nom;"Date de\nnaissance";Commune\r\nA;1990;B\r\n',
        [(3, ("A", "1990", "B"))],
        header=("Nom", "Date de\nnaissance", "Commune"),
    ),
    "espaces_avant_guillemets": Messy(
        b'Nom, "Commune"\r\nSAHIN, "Ancenis, 44"\r\nALI, "Redon"\r\n',
        [(2, ("SAHIN", "Ancenis, 44")), (3, ("ALI", "Redon"))],
        header=("Nom", "Commune"),
        delimiter=",",
    ),
    "guillemet_dans_le_texte": Messy(
        raw('SAHIN;Le "Clos";1990;Ancenis'), [(2, ("SAHIN", 'Le "Clos"', "1990", "Ancenis"))]
    ),
    "guillemet_jamais_ferme": Messy(
        raw('SAHIN;"Mehmet;1990;Ancenis', ";".join(ELO), ";".join(ALI)),
        [(3, ELO), (4, ALI)],
        {2: "jamais fermé"},
    ),
    "guillemet_mal_double": Messy(
        raw('SAHIN;"Le "Clos"";1990;Ancenis', ";".join(ELO)), [(3, ELO)], {2: "mal placé"}
    ),
    "guillemet_qui_avale_une_ligne": Messy(
        raw('SAHIN;"Mehmet;1990;Ancenis', 'ELO;Aïcha";1985;Clisson', ";".join(ALI)),
        [(4, ALI)],
        {2: "couvre 2 lignes"},
    ),
    "ligne_trop_longue": Messy(
        raw(";".join(SAHIN), "A;B;C;D;E", ";".join(ELO)),
        [(2, SAHIN), (4, ELO)],
        {3: "5 cellules trouvées, 4 attendues"},
    ),
    "ligne_trop_longue_de_vides": Messy(raw(";".join(SAHIN) + ";;;"), [(2, SAHIN)]),
    "ligne_trop_courte": Messy(
        raw(";".join(SAHIN), "ELO;Aïcha", ";".join(ALI)),
        [(2, SAHIN), (4, ALI)],
        {3: "2 cellules trouvées, 4 attendues"},
    ),
    "ligne_coupee_en_deux": Messy(
        raw(";".join(SAHIN), "ELO;Aï", "cha;1985;Clisson"),
        [(2, SAHIN)],
        {3: "2 cellules", 4: "3 cellules"},
    ),
    "vides_finaux_omis_partout": Messy(
        raw("SAHIN;Mehmet", "ELO", "ALI;B;1990;Redon"),
        [
            (2, ("SAHIN", "Mehmet", "", "")),
            (4, ("ALI", "B", "1990", "Redon")),
        ],
        {3: "un nom seul"},
        notes=1,
    ),
    "derniere_cellule_coupee_a_chaque_ligne": Messy(
        b"Nom;Commune;Prescripteur\nDIALLO;Ancenis;CADA\nde Nantes\nBAH;Redon;CADA\nde Redon\n",
        [(2, ("DIALLO", "Ancenis", "CADA")), (4, ("BAH", "Redon", "CADA"))],
        {3: "coupée par un saut de ligne", 5: "coupée par un saut de ligne"},
        header=("Nom", "Commune", "Prescripteur"),
    ),
    "derniere_cellule_coupee_en_trois_et_vides_omis": Messy(
        raw("SAHIN;Mehmet", "ELO", "ALI;B;1990;Redon", "la", "", "Gare", "BAH;Ali"),
        [
            (2, ("SAHIN", "Mehmet", "", "")),
            (4, ("ALI", "B", "1990", "Redon")),
            (8, ("BAH", "Ali", "", "")),
        ],
        {3: "un nom seul", 5: "coupée par un saut de ligne", 7: "coupée par un saut de ligne"},
        notes=1,
    ),
    "cellule_du_milieu_coupee_en_trois_et_vides_omis": Messy(
        raw("SAHIN;Mehmet", "A;B;C;D", "ALI;B;rue", "haute", "44000;Redon", "BAH;Ali", "ELO"),
        [
            (2, ("SAHIN", "Mehmet", "", "")),
            (3, ("A", "B", "C", "D")),
            (7, ("BAH", "Ali", "", "")),
        ],
        {4: "coupée", 5: "coupée", 6: "coupée", 8: "un nom seul"},
        notes=1,
    ),
    "deux_colonnes_dont_la_seconde_est_omise": Messy(
        b"Nom;Commune\nSAHIN;Redon\nELO\nBAH;Redon\nALI\n",
        [(2, ("SAHIN", "Redon")), (3, ("ELO", "")), (4, ("BAH", "Redon")), (5, ("ALI", ""))],
        header=("Nom", "Commune"),
        notes=2,
    ),
    "colonnes_vides_a_droite": Messy(
        b"Nom;Commune;;\r\nSAHIN;Ancenis;;\r\nALI;Redon;;\r\n",
        [(2, ("SAHIN", "Ancenis")), (3, ("ALI", "Redon"))],
        header=("Nom", "Commune"),
    ),
    "cellule_sous_une_colonne_sans_titre": Messy(
        b"Nom;Commune;\r\nSAHIN;Ancenis;\r\nALI;Redon;oui\r\n",
        [(2, ("SAHIN", "Ancenis"))],
        {3: "3 cellules trouvées, 2 attendues"},
        header=("Nom", "Commune"),
    ),
    "une_seule_colonne": Messy(
        b"dossier\n44-0001\n44-0002\n",
        [(2, ("44-0001",)), (3, ("44-0002",))],
        header=("dossier",),
    ),
    "une_colonne_avec_virgules": Messy(
        "étape\ncours, niveau A1\nvisite, Nantes\n".encode(),
        [(2, ("cours, niveau A1",)), (3, ("visite, Nantes",))],
        header=("étape",),
    ),
    "virgules_decimales": Messy(
        b"Nom;heures\nA;1,5\nB;2,5\nC;3,25\n",
        [(2, ("A", "1,5")), (3, ("B", "2,5")), (4, ("C", "3,25"))],
        header=("Nom", "heures"),
    ),
    "caractere_nul": Messy(
        raw("SAHIN;Meh\0met;1990;Ancenis", ";".join(ELO)), [(3, ELO)], {2: "caractère nul"}
    ),
    "octet_non_defini_en_cp1252": Messy(
        text([SAHIN, ELO]).encode("cp1252") + b"A\x81B;C;1990;Redon\r\n",
        [(2, SAHIN), (3, ELO)],
        {4: "octet illisible (81)"},
        encoding="cp1252",
    ),
    "utf8_avec_une_ligne_windows": Messy(
        text([SAHIN, ELO, ELO]).encode() + b"A\xe9B;C;1990;Redon\r\n",
        [(2, SAHIN), (3, ELO), (4, ELO), (5, ("AéB", "C", "1990", "Redon"))],
    ),
    "cp1252_puis_utf8_apres_le_debut": Messy(
        text([("SÉ", "é", "1990", "Orée")] * 4).encode("cp1252") + "ELO;Aïcha;1;X".encode(),
        [*((n, ("SÉ", "é", "1990", "Orée")) for n in range(2, 6)), (6, ("ELO", "Aïcha", "1", "X"))],
    ),
    "cp1252_revele_apres_un_mega": Messy(
        text([("SAHIN", "Mehmet", "1990", "Ancenis")] * 60_000)
        .replace("Prénoms", "Prenoms")
        .replace("Né le", "Ne le")
        .encode()
        + ";".join(ELO).encode("cp1252"),
        [*((n, ("SAHIN", "Mehmet", "1990", "Ancenis")) for n in range(2, 60_002)), (60_002, ELO)],
        header=("Nom", "Prenoms", "Ne le", "Commune"),
        encoding="cp1252",
    ),
    "cellule_de_140_000_caracteres": Messy(
        raw(f"SAHIN;{LONG};1990;Ancenis", ";".join(ELO)), [(3, ELO)], {2: "131 072"}
    ),
    "marques_de_formule": Messy(raw("'=1+1;'''x;' =a;'+33"), [(2, ("=1+1", "''x", " =a", "+33"))]),
    "apostrophes_de_tableur_et_de_noms": Messy(
        raw("'Ali;N'Diaye;L'Île;''"), [(2, ("Ali", "N'Diaye", "L'Île", "'"))]
    ),
    "formule_telle_quelle": Messy(raw("=cmd();-1;+33;@x"), [(2, ("=cmd()", "-1", "+33", "@x"))]),
    "espaces_insecables_gardes": Messy(
        raw("SAHIN\u00a0;\u202fMehmet;1990;Ancenis"),
        [(2, ("SAHIN\u00a0", "\u202fMehmet", "1990", "Ancenis"))],
    ),
    "export_excel_francais_complet": Messy(
        text(
            [SAHIN, ("", "", "", ""), ("DUPONT", '"a ""b""\r\nc"', "1990", "Orée"), ("X", "Y")],
            above="Suivi AGIR – Éq. Nantes;;;\r\n;;;\r\n",
        ).encode("cp1252")
        + b"Total;3;;\r\n",
        [(4, SAHIN), (6, ("DUPONT", 'a "b"\r\nc', "1990", "Orée"))],
        {8: "2 cellules trouvées, 4 attendues"},
        encoding="cp1252",
        titles=2,
        notes=1,
    ),
    "utf16_titre_guillemets_et_cr": Messy(
        b"\xff\xfe"
        + text(
            [("A\u0141", '"x\ty\rz"', "1990", "Redon")], sep="\t", end="\r", above="Liste\r"
        ).encode("utf-16-le"),
        [(3, ("A\u0141", "x\ty\rz", "1990", "Redon"))],
        encoding="utf-16-le",
        delimiter="\t",
        titles=1,
    ),
}


def test_les_lignes_completees_sont_dites(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(raw("SAHIN;Mehmet", *["ELO;Zoé"] * 9, ";".join(ALI)))
    with open_table(str(file), known=KNOWN) as table:
        assert len(list(table.rows())) == 11
        assert table.notes == [
            "10 lignes plus courtes que l'en-tête, complétées par des cases vides "
            "(lignes 2, 3, 4, 5, 6, 7, 8, 9…)"
        ]


WIDE = b"N\xc2\xb0;Nom;Notes;Ville\r\n"


@pytest.mark.parametrize(
    ("above", "cell", "below"),
    [
        pytest.param("1;DIALLO", "CAF ; CPAM\nPôle emploi ; FLE ; x", "Redon", id="espaces"),
        pytest.param("1;DIALLO", "CAF; CPAM\nPôle emploi; FLE; x", "Redon", id="espaces_apres"),
        pytest.param("1;DIALLO", "CAF;CPAM;FLE\nPMI", "Redon", id="autre_nombre"),
        pytest.param("1;DIALLO", "a;b\n\nc;d;e;f;g", "Redon", id="une_ligne_vide"),
        pytest.param("12;DIALLO", "CAF;CPAM\nPMI;FLE;x", "Redon", id="sans_numero"),
        pytest.param("DIALLO;Awa", "CAF;CPAM\n12;FLE;x", "Redon", id="un_numero"),
        pytest.param("1;DIALLO;Suivi", "CAF\nPMI;FLE\nCPAM;DDETS;;", None, id="autre_compte"),
    ],
)
def test_un_texte_sur_plusieurs_lignes_est_un_texte(
    above: str, cell: str, below: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "liste.csv"
    row = [*above.split(";"), cell, *([below] if below else [])]
    file.write_bytes(WIDE + ";".join(f'"{text}"' for text in row).encode())
    with open_table(str(file), known=KNOWN) as table:
        assert [(found.cells, found.fault) for found in table.rows()] == [(row, None)]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param('1;DIALLO;"Note;Redon\n2;BAH;suite";Nantes', id="une_ligne"),
        pytest.param('1;DIALLO;"Note;Redon\n;BAH;suite";Nantes', id="sans_numero"),
        pytest.param('1;DIALLO;"Note;Redon\n2;BA;;\n3;BAH;suite";Nantes', id="deux_lignes"),
        pytest.param('1;DIALLO ;"Note ; Redon\n2 ; BAH ; suite";Nantes', id="tout_espace"),
        pytest.param('"1;DIALLO;Note;Redon\n2";BAH;suite;Nantes', id="premiere_colonne"),
        pytest.param('1;DIALLO;Note;"Redon\n2;BAH;suite;Nantes"', id="derniere_colonne"),
        pytest.param('1;DIALLO;"Note; Redon\n2;BAH;suite";Nantes', id="une_espace"),
    ],
)
def test_un_guillemet_qui_avale_des_personnes_est_refuse(rows: str, tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(WIDE + rows.encode())
    with open_table(str(file), known=KNOWN) as table:
        (found,) = table.rows()
        assert "une cellule entre guillemets couvre" in (found.fault or "")


def test_le_corpus_est_assez_grand() -> None:
    assert len(CORPUS) >= 40


@pytest.mark.parametrize("case", CORPUS.values(), ids=CORPUS.keys())
def test_chaque_defaut_est_lu_ou_refuse(case: Messy, tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(case.data)
    with open_table(str(file), known=KNOWN) as table:
        rows = list(table.rows())
        assert table.header == case.header
        assert [(r.line, tuple(r.cells)) for r in rows if r.fault is None] == case.rows
        faults = {r.line: r.fault for r in rows if r.fault}
        assert faults.keys() == case.faults.keys()
        assert all(case.faults[line] in (faults[line] or "") for line in faults)
        assert table.dialect.encoding == case.encoding
        assert table.dialect.delimiter == case.delimiter
        assert table.dialect.title_lines == case.titles
        assert len(table.notes) == case.notes
        assert list(table.rows()) == rows, "a second reading gives the same rows"


XML = b"<?xml version='1.0'?><table><tr><td>Nom</td></tr></table>"
REFUSED = {
    "vide": (b"", "est vide"),
    "que_des_blancs": (b"\r\n  \r\n", "est vide"),
    "que_une_marque": (b"\xef\xbb\xbf", "est vide"),
    "en_tete_seul": (b"Nom;Commune\r\n", "aucune ligne"),
    "en_tete_et_vides": (b"Nom;Commune\r\n;;\r\n\r\n", "aucune ligne"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "fichier binaire"),
    "image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "fichier binaire"),
    "page_web_nommee_xls": (b"<html><table><tr><td>Nom</td></tr></table>", "page web"),
    "xml": (XML, "page web"),
    "page_web_en_utf16": ("<html><table><tr><td>Nom</td></tr>".encode("utf-16"), "page web"),
    "page_web_sous_une_marque": (b"\xef\xbb\xbf<!-- x --><table><tr><td>Nom;Ville", "page web"),
    "archive_web": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "page web"),
    "utf16_sans_marque": ("Nom;Commune\r\nA;B\r\n".encode("utf-16-le"), "UTF-16 sans marque"),
    "utf16_coupe": (b"\xff\xfe" + "Nom;Ville\nA;B".encode("utf-16-le")[:-1], "UTF-16"),
    "zip_quelconque": (b"PK\x03\x04" + bytes(60), "fichier binaire"),
    "ole_quelconque": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "classeur"),
    "ligne_sans_fin": (b"Nom;Commune\n" + b"a" * (9 << 20), "ligne de plus de"),
    "que_des_guillemets_faux": (b"Nom;Ville\n" + b'"a"b;c\n' * 5_001, "guillemets mal placés"),
}


@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_ce_qui_n_est_pas_un_tableau_est_refuse(data: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(data)
    with (
        pytest.raises(RowsFailure, match=says.replace("(", r"\(")),
        open_table(str(file), known=KNOWN) as table,
    ):
        list(table.rows())


def test_une_archive_sans_classeur_est_refusee(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.txt", "x")
    with pytest.raises(RowsFailure, match="fichier binaire"):
        open_table(str(file))


def test_ce_qui_manque_est_une_erreur_d_usage(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("nom\nA\n")
    for source in (str(tmp_path / "absent.csv"), str(tmp_path), "nom\0nul"):
        with pytest.raises(UsageFailure):
            open_table(source)
    with pytest.raises(UsageFailure, match="classeur"):
        open_table(str(file), sheet="Feuille 1")


def test_ce_qui_est_detecte_se_lit_en_une_phrase(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(text(above="Liste\r\n").encode("cp1252"))
    with open_table(str(file), known=KNOWN) as table:
        assert table.described == (
            "fichier lu : CSV, séparateur « ; », encodage cp1252, "
            "1 ligne au-dessus de l'en-tête (« Liste »), 4 colonnes"
        )
        assert len(table.sha256) == 64


@pytest.mark.parametrize(
    ("data", "headings", "told"),
    [
        pytest.param(
            "Nom;Prénom;Né le\nBÉ;É;È\n".encode().replace(b"Pr\xc3\xa9", b"Pr\xe9"),
            ("Nom", "Pr\ufffdnom", "Né le"),
            "Titre de colonne abîmé : « Pr\ufffdnom » ;",
            id="octet_illisible",
        ),
        pytest.param(
            "Nom;PrŽnom;ArrivŽ le\nA;B;é\n".encode(),
            ("Nom", "PrŽnom", "ArrivŽ le"),
            "Titres de colonne abîmés : « PrŽnom », « ArrivŽ le » ;",
            id="titres_de_mac",
        ),
    ],
)
def test_un_titre_abime_est_dit_en_clair(
    data: bytes, headings: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    with open_table(str(file), known=KNOWN) as table:
        assert table.header == headings
        assert table.described.endswith(
            f"3 colonnes. {told} corrigez l'en-tête, et enregistrez le fichier en CSV UTF-8."
        )


def test_un_texte_plus_grand_que_la_memoire_est_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(text().encode())
    monkeypatch.setattr(tables, "_LARGEST", file.stat().st_size)
    with open_table(str(file), known=KNOWN) as table:
        assert len(list(table.rows())) == 3
    monkeypatch.setattr(tables, "_LARGEST", file.stat().st_size - 1)
    with pytest.raises(RowsFailure, match="fait plus de 1 Go : coupez-le"):
        open_table(str(file), known=KNOWN)


@pytest.mark.parametrize("poured", [False, True])
def test_une_petite_liste_ne_reserve_pas_la_memoire_d_une_grande(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, poured: bool
) -> None:
    """A machine with little memory left refuses a gigabyte that nobody would have filled."""
    file = tmp_path / "a.csv"
    file.write_bytes(text().encode())
    with file.open("rb") as stream:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
        tracemalloc.start()
        try:
            with open_table("-" if poured else str(file), known=KNOWN) as table:
                assert len(list(table.rows())) == 3
            assert tracemalloc.get_traced_memory()[1] < 50 << 20
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_l_entree_standard_est_lue_comme_un_fichier(encoding: str, tmp_path: Path) -> None:
    program = (
        "import hashlib, sys\n"
        "from agir_cli.exchange.tables import open_table\n"
        "with open_table('-') as table:\n"
        "    rows = list(table.rows())\n"
        "    sys.stdout.reconfigure(encoding='utf-8')\n"
        "    print(table.name, table.sha256, len(rows), ascii(rows[-1].cells))\n"
    )
    data = text([SAHIN] * 30_000 + [ELO]).encode(encoding)
    ended = subprocess.run(
        [sys.executable, "-c", program],
        input=data,
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
    )
    expected = f"entrée standard {sha256(data).hexdigest()} 30001 {list(ELO)!a}"
    assert ended.stdout.decode().strip() == expected


@settings(max_examples=400, deadline=None)
@given(data=st.binary(max_size=400))
def test_des_octets_quelconques_ne_levent_que_nos_echecs(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read_or_refused(data, tmp_path_factory)


PIECES = [
    *(";", ",", "\t", "|", '"', '""', "\n", "\r", "\r\n", "sep=;", "Nom", "Né le", "Total", "=1"),
    *("'", "é", "Ã©", "\0", "\ufeff", " ", "\u00a0", "x", "12", "\x1a", "\x1b", "\u2028", "Ł"),
]


@settings(max_examples=600, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=60),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"]),
    cut=st.integers(0, 3),
)
def test_des_morceaux_de_csv_ne_levent_que_nos_echecs(
    pieces: list[str], encoding: str, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = "".join(pieces).encode(encoding, "ignore")
    read_or_refused(data[: len(data) - cut], tmp_path_factory)


def read_or_refused(data: bytes, places: pytest.TempPathFactory) -> None:
    """Every row has the header's width or a fault, and lines only go down the file."""
    file = places.getbasetemp() / "fuzz.csv"
    file.write_bytes(data)
    try:
        with open_table(str(file), known=KNOWN) as table:
            rows = list(table.rows())
    except AgirFailure:
        return
    assert all(row.fault or len(row.cells) == len(table.header) for row in rows)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert lines[-1] <= len(io.StringIO(data.decode("latin-1"), newline="").readlines())


FIRSTS = [
    *("", " ", "\x1a", "Total", "  total", "TOTAUX", "sous - total", "Moyenne", "médiane", "NB"),
    *("nb.", "Nombre", "Somme", "cumul", "---", "+--", ": -", "|--", "* x", "Note", "nota bene"),
    *("Légende :", "Sources", "remarque(", "Avertissement", "x : y", "12:30", "Nom", " nom"),
    *("NOM ", "DIALLO"),
]


@given(
    first=st.sampled_from(FIRSTS) | st.text(max_size=12),
    rest=st.lists(
        st.sampled_from(["", "12", "1990", "12/01/1990", "Awa", "---", "Prénoms", "Né le"]),
        min_size=2,
        max_size=2,
    ),
)
def test_une_ligne_qui_passe_est_rendue_comme_elle_est(first: str, rest: list[str]) -> None:
    """The quick way of plain rows gives what the slow way gives."""
    header = Header(("Nom", "Prénoms", "Né le"), KNOWN, [["DIALLO", "Awa", "12/01/1990"]])
    rules = RowRules(header=header, delimiter=";", notes=[], suspect=False, wrapped=False)
    cells = [first, *rest]
    if rules.passes(cells):
        assert rules.row(2, cells) == Row(2, cells, None)
