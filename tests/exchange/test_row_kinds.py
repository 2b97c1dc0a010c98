"""What a row is: headings said again, others, titles, names alone; in every kind of file."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.exchange.headers import headings, normalise_header, recogniser
from agir_cli.exchange.row_kinds import is_heading
from agir_cli.exchange.tables import OpenTable, open_table
from agir_cli.failures import RowsFailure

KNOWN = recogniser(headings())
FOUND = Path(__file__).parent / "workbooks"
AWA, ALI = ("DIALLO", "Awa", "12/01/2023"), ("BARRY", "Ali", "13/01/2023")


class Told(NamedTuple):
    lines: str
    rows: list[tuple[int, tuple[str, ...]]]
    faults: Mapping[int, str] = MappingProxyType({})
    notes: tuple[str, ...] = ()


AGAIN = "ligne 3 : ligne d'en-tête répétée, laissée de côté"
OTHERS = "ligne {} : d'autres titres de colonne, suivis à partir d'ici"
NOT_THERE = "ligne {} : d'autres titres de colonne, sans place dans l'en-tête : « {} »"
KINDS = {
    "deux_fichiers_colles_avec_leur_marque": Told(
        "\ufeffNom;Prénom;CIR signé le|DIALLO;Awa;12/01/2023|\ufeffNom;Prénom;CIR signé le"
        "|BARRY;Ali;13/01/2023",
        [(2, AWA), (4, ALI)],
        notes=(AGAIN,),
    ),
    "en_tete_repete_en_capitales": Told(
        "Nom;Prénom;CIR signé le|DIALLO;Awa;12/01/2023|NOM;Prénom;CIR signé le"
        "|BARRY;Ali;13/01/2023",
        [(2, AWA), (4, ALI)],
        notes=(AGAIN,),
    ),
    "en_tete_repete_de_texte_seul": Told(
        "Nom;Prénom;Prescripteur|DIALLO;Awa;CADA|nom;prénom;prescripteur|BARRY;Ali;CADA",
        [(2, ("DIALLO", "Awa", "CADA")), (4, ("BARRY", "Ali", "CADA"))],
        notes=(AGAIN,),
    ),
    "en_tete_repete_sans_accents_avec_apostrophes": Told(
        "Nom;Prénom;CIR signé le|DIALLO;Awa;12/01/2023|'NOM; 'PRENOM ;'CIR SIGNE LE"
        "|BARRY;Ali;13/01/2023",
        [(2, AWA), (4, ALI)],
        notes=(AGAIN,),
    ),
    "en_tete_repete_en_synonymes": Told(
        "Nom;Prénom;CIR|DIALLO;Awa;12/01/2023|Nom de famille;Prénoms;Date du CIR"
        "|BARRY;Ali;13/01/2023",
        [(2, AWA), (4, ALI)],
        notes=(AGAIN,),
    ),
    "en_tete_repete_de_titres_inconnus": Told(
        "Truc;Machin;Chose|A;B;C|TRUC; machin;chose|D;E;F",
        [(2, ("A", "B", "C")), (4, ("D", "E", "F"))],
        notes=(AGAIN,),
    ),
    "en_tete_repete_d_une_seule_colonne": Told(
        "Nom|DIALLO|NOM|BARRY", [(2, ("DIALLO",)), (4, ("BARRY",))], notes=(AGAIN,)
    ),
    "noms_echanges": Told(
        "Nom;Prénom;Nom d'usage|DIALLO;Awa;|;;|Nom d'usage;Prénom;Nom|BAH;Mariama;BARRY",
        [(2, ("DIALLO", "Awa", "")), (5, ("BARRY", "Mariama", "BAH"))],
        notes=(OTHERS.format(4),),
    ),
    "autre_ordre_et_colonne_inconnue": Told(
        "Nom;Prénom;CIR|DIALLO;Awa;12/01/2023|CIR;Observations;NOM;PRENOM|13/01/2023;vu;BARRY;Ali",
        [(2, AWA), (4, ALI)],
        notes=(OTHERS.format(3) + " ; « Observations » n'y est pas lu",),
    ),
    "second_tableau_plus_etroit": Told(
        "Nom;Prénom;CIR|DIALLO;Awa;12/01/2023||Prénom;Nom|Ali;BARRY|Total;1",
        [(2, AWA), (5, ("BARRY", "Ali", ""))],
        notes=(OTHERS.format(4), "ligne 6 : ligne de total, laissée de côté"),
    ),
    "actifs_puis_sortis": Told(
        "Nom;Prénom;CIR signé le;Diagnostic;Contrat|DIALLO;Awa;12/01/2023;25/01/2023;17/02/2023"
        "|;;;;|Nom;Prénom;Né(e) le;CIR;Diagnostic|BARRY;Ali;12/05/1990;12/01/2023;25/01/2023"
        "|SOW;Bo;13/05/1990;12/01/2023;25/01/2023",
        [(2, (*AWA, "25/01/2023", "17/02/2023"))],
        {
            5: "sous d'autres titres de colonne, ceux de la ligne 4 (« Nom », « Prénom », « Né(e)",
            6: "enregistrez ce second tableau dans son propre fichier",
        },
        (NOT_THERE.format(4, "Né(e) le"),),
    ),
    "apres_d_autres_titres_les_premiers_reviennent": Told(
        "Nom;Prénom;CIR|DIALLO;Awa;12/01/2023|Nom;Prénom;Sortie|SOW;Bo;01/02/2023"
        "|Nom;Prénom;CIR|BARRY;Ali;13/01/2023",
        [(2, AWA), (6, ALI)],
        {4: "sous d'autres titres"},
        (
            NOT_THERE.format(3, "Sortie"),
            "ligne 5 : ligne d'en-tête répétée, laissée de côté",
        ),
    ),
    "des_valeurs_qui_sont_aussi_des_titres": Told(
        "Nom;Prénom;Priorité;Suite|DIALLO;Awa;Logement;Emploi|BARRY;Ali;Contrat;Diagnostic",
        [
            (2, ("DIALLO", "Awa", "Logement", "Emploi")),
            (3, ("BARRY", "Ali", "Contrat", "Diagnostic")),
        ],
    ),
    "sections": Told(
        "Nom;Prénom;CIR;Statut|SECTEUR SUD;;;|DIALLO;Awa;12/01/2023;réfugié|Liste d'attente;;;"
        "|BARRY;Ali;13/01/2023;réfugié|Archives;;;|SOW;Bo;16/01/2023;réfugié",
        [
            (3, (*AWA, "réfugié")),
            (5, (*ALI, "réfugié")),
            (7, ("SOW", "Bo", "16/01/2023", "réfugié")),
        ],
        notes=tuple(f"ligne {n} : ligne de titre, laissée de côté" for n in (2, 4, 6)),
    ),
    "sections_de_dates_de_comptes_et_sans_separateur": Told(
        "Nom;Prénom;CIR|Janvier 2023;;|DIALLO;Awa;12/01/2023|2023;;|En attente;;4"
        "|BARRY;Ali;13/01/2023|ZONE NORD",
        [(3, AWA), (6, ALI)],
        notes=tuple(f"ligne {n} : ligne de titre, laissée de côté" for n in (2, 4, 5, 7)),
    ),
    "sections_sous_un_numero_d_ordre": Told(
        "N°;Nom;Prénom;CIR|1;DIALLO;Awa;12/01/2023|2;Secteur ouest;;|3;MARTIN;;"
        "|4;BARRY;Ali;13/01/2023",
        [(2, ("1", *AWA)), (5, ("4", *ALI))],
        {4: "un nom seul sur sa ligne"},
        ("ligne 3 : ligne de titre, laissée de côté",),
    ),
    "des_noms_de_referents_partent_la_liste": Told(
        "Nom;Prénom;CIR|Mme Martin;;|DIALLO;Awa;12/01/2023|Paul DURAND;;|BARRY;Ali;13/01/2023",
        [(3, AWA), (5, ALI)],
        {2: "un nom seul sur sa ligne", 4: "un nom seul sur sa ligne"},
    ),
    "sections_d_un_tableau_de_texte": Told(
        "Nom;Prénom;Prescripteur|NANTES;;|DIALLO;Awa;CADA|BARRY;Ali;CADA|Équipe mobile;;"
        "|SOW;Bo;CADA",
        [(n, (*who, "CADA")) for n, who in ((3, AWA[:2]), (4, ALI[:2]), (6, ("SOW", "Bo")))],
        {2: "un nom seul sur sa ligne"},
        ("ligne 5 : ligne de titre, laissée de côté",),
    ),
    "titres_en_deux_cases_et_entre_des_traits": Told(
        "Nom;Prénom;CIR|Secteur;Sud;|DIALLO;Awa;12/01/2023|--- 2023 ---;;|*** SORTIS ***;;"
        "|Groupe B;;3|BARRY;Ali;13/01/2023|Fait à Nantes, le 12/05/2023;;",
        [(3, AWA), (7, ALI)],
        notes=(
            *(f"ligne {n} : ligne de titre, laissée de côté" for n in (2, 4)),
            "ligne 5 : ligne de note ou de titre, laissée de côté",
            *(f"ligne {n} : ligne de titre, laissée de côté" for n in (6, 8)),
        ),
    ),
    "une_colonne_de_secteurs_ne_titre_rien": Told(
        "Équipe;Nom;CIR|Groupe A;DIALLO;12/01/2023|Secteur nord;MARIAM;|Groupe A;SOW;0612345678",
        [
            (2, ("Groupe A", "DIALLO", "12/01/2023")),
            (3, ("Secteur nord", "MARIAM", "")),
            (4, ("Groupe A", "SOW", "0612345678")),
        ],
    ),
    "une_famille_sans_son_nom": Told(
        "Nom;Prénom;CIR|DIALLO;Awa;12/01/2023|;Moussa;|BARRY;Ali;13/01/2023",
        [(2, AWA), (4, ALI)],
        {3: "un nom seul sur sa ligne"},
    ),
    "en_tete_repete_dont_un_titre_est_une_annee": Told(
        "Nom;Prénom;2022;2022-2023|DIALLO;Awa;x;y|NOM;Prénom;2022;2022-2023|BARRY;Ali;z;",
        [(2, ("DIALLO", "Awa", "x", "y")), (4, ("BARRY", "Ali", "z", ""))],
        notes=(AGAIN,),
    ),
    "en_tete_repete_dont_un_titre_est_deux_fois": Told(
        "Nom;Date;Date;Obs|DIALLO;x;y;z|NOM;DATE;DATE;OBS|BARRY;a;b;c|Date;Nom;Obs;Date|d;SOW;e;f",
        [
            (2, ("DIALLO", "x", "y", "z")),
            (4, ("BARRY", "a", "b", "c")),
            (6, ("SOW", "d", "f", "e")),
        ],
        notes=(AGAIN, OTHERS.format(5)),
    ),
    "une_liste_de_noms_seuls": Told(
        "Nom;Prénom;CIR|MARIAM;;|AHMAD;;|ZABI;;",
        [(2, ("MARIAM", "", "")), (3, ("AHMAD", "", "")), (4, ("ZABI", "", ""))],
    ),
    "un_seul_nom_et_une_date": Told(
        "Nom;Prénom;Né(e) le|MARIAM;;1990|AHMAD;;01/01/1991|DIALLO;Awa;12/01/1992",
        [
            (2, ("MARIAM", "", "1990")),
            (3, ("AHMAD", "", "01/01/1991")),
            (4, ("DIALLO", "Awa", "12/01/1992")),
        ],
    ),
    "un_seul_nom_et_un_numero": Told(
        "Nom;AGDREF;CIR|MARIAM;0123456780;|;0123456781;|DIALLO;0123456782;12/01/2023",
        [
            (2, ("MARIAM", "0123456780", "")),
            (3, ("", "0123456781", "")),
            (4, ("DIALLO", "0123456782", "12/01/2023")),
        ],
    ),
    "un_nom_seul_parmi_des_textes_est_dit": Told(
        "Nom;Commune|DIALLO;Rezé|SAHIN;|BARRY;Nantes",
        [(2, ("DIALLO", "Rezé")), (3, ("SAHIN", "")), (4, ("BARRY", "Nantes"))],
        notes=("ligne 3 : un nom et rien d'autre, lu comme une personne",),
    ),
    "totaux": Told(
        "Nom;Prénom;CIR|DIALLO;Awa;12/01/2023|Sous-total Nantes;;1|BARRY;Ali;13/01/2023"
        "|2 personnes;;",
        [(2, AWA), (4, ALI)],
        notes=(
            "ligne 3 : ligne de total, laissée de côté",
            "ligne 5 : ligne de titre, laissée de côté",
        ),
    ),
    "deux_tableaux": Told(
        "Nom;Prénom;Observations;Commentaire|DIALLO;Awa;RAS;vue en mai|SOW;Bo;RAS;|;;;"
        "|Nom;Prénom;CIR signé le;Statut|BARRY;Ali;13/01/2023;réfugié",
        [(2, ("DIALLO", "Awa", "", "")), (3, ("SOW", "Bo", "", "")), (6, (*ALI, "réfugié"))],
        notes=(
            "ligne 1 : d'autres titres de colonne, suivis à partir d'ici ; « Observations » n'y est"
            " pas lu ; « Commentaire » n'y est pas lu",
        ),
    ),
    "un_tableau_de_plus_de_titres_au_dessous": Told(
        "Nom;Prénom;Né(e) le|DIALLO;Awa;01/02/1990||Nom;Prénom;CIR;Statut;Commune"
        "|BARRY;Ali;13/01/2023;réfugié;Rezé",
        [(5, (*ALI, "réfugié", "Rezé"))],
        {2: "sous d'autres titres de colonne, ceux de la ligne 1"},
        (NOT_THERE.format(1, "Né(e) le"),),
    ),
    "des_personnes_au_dessus_sans_titres": Told(
        "DIALLO;Awa;12/01/2023|SOW;Bo;14/01/2023|Nom;Prénom;CIR|BARRY;Ali;13/01/2023",
        [(4, ALI)],
        {1: "au-dessus de l'en-tête de la ligne 3", 2: "au-dessus de l'en-tête de la ligne 3"},
    ),
    "un_titre_et_un_formulaire_au_dessus": Told(
        "Suivi AGIR;;|Structure :;SOS;|Département;44;|;;|Nom;Prénom;CIR|BARRY;Ali;13/01/2023",
        [(6, ALI)],
    ),
    "une_notice_au_dessus": Told(
        "Nom;nom de naissance;;|Prénom;tous les prénoms;;|;;;|Nom;Prénom;CIR;Statut"
        "|BARRY;Ali;13/01/2023;réfugié",
        [(5, (*ALI, "réfugié"))],
    ),
}


def in_text(file: Path, rows: list[list[str]]) -> Path:
    file.write_bytes("\r\n".join(map(";".join, rows)).encode())
    return file


def in_xlsx(file: Path, rows: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([cell or None for cell in row])
    book.save(file)
    return file


def in_ods(file: Path, rows: list[list[str]]) -> Path:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document, sheet = OpenDocumentSpreadsheet(), Table(name="Suivi")
    for cells in rows:
        row = TableRow()
        for text in cells:
            cell = TableCell(valuetype="string") if text else TableCell()
            if text:
                cell.addElement(P(text=text))
            row.addElement(cell)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(str(file))
    return file


def told(table: OpenTable) -> Told:
    rows = list(table.rows())
    assert list(table.rows()) == rows, "a second reading gives the same rows"
    assert all(row.aside == ("un nom seul" in (row.fault or "")) for row in rows)
    return Told(
        "",
        [(row.line, tuple(row.cells)) for row in rows if not row.fault],
        {row.line: row.fault for row in rows if row.fault},
        tuple(table.notes),
    )


@pytest.mark.parametrize("make", [in_text, in_xlsx, in_ods])
@pytest.mark.parametrize("case", KINDS.values(), ids=KINDS.keys())
def test_ce_qu_est_une_ligne(
    case: Told, make: Callable[[Path, list[list[str]]], Path], tmp_path: Path
) -> None:
    file = make(tmp_path / "liste", [line.split(";") for line in case.lines.split("|")])
    with open_table(str(file), known=KNOWN) as table:
        found = told(table)
    assert (found.rows, found.notes) == (case.rows, case.notes)
    assert found.faults.keys() == case.faults.keys()
    assert all(case.faults[line] in fault for line, fault in found.faults.items())


def test_un_classeur_excel_97_est_lu_de_meme() -> None:
    """``lignes.xls`` was written by xlwt 1.3."""

    def sheet(name: str | None) -> Told:
        with open_table(str(FOUND / "lignes.xls"), sheet=name, known=KNOWN) as table:
            return told(table)

    sections, order, others = map(sheet, ("Sections", "Autre ordre", "Autres titres"))
    assert [line for line, _ in sections.rows] == [3, 5]
    assert sections.faults.keys() == {4}
    assert order.rows[1] == (5, ("BARRY", "Ali", "", "13/01/2023"))
    assert others.faults.keys() == {4}
    assert sheet("Fusion").faults.keys() == {3, 5}
    zeros = sheet("Zéros")
    assert zeros.rows == [
        (2, ("DIALLO", "0123456789", "0612345678", "01000", "7")),
        (3, ("BARRY", "0012345678", "0612345679", "44000", "1.5")),
    ]
    assert [note.partition(" :")[0] for note in zeros.notes] == [
        "« AGDREF »", "« Téléphone »", "« CP »",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_deux_fichiers_mis_bout_a_bout(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "colles.csv"
    one, two = (f'"Nom";"CIR"\r\n"{who}";"12/01/2023"\r\n' for who in ("DIALLO", "BARRY"))
    file.write_bytes(one.encode(encoding) + two.replace("Nom", "NOM").encode(encoding))
    assert file.read_bytes().count(codecs.BOM_UTF8 if "8" in encoding else codecs.BOM_UTF16) == 2
    with open_table(str(file), known=KNOWN) as table:
        assert told(table) == Told(
            "",
            [(2, ("DIALLO", "12/01/2023")), (4, ("BARRY", "12/01/2023"))],
            {},
            ("ligne 3 : ligne d'en-tête répétée, laissée de côté",),
        )


def test_une_ligne_de_titres_est_vue_loin_dans_un_long_fichier(tmp_path: Path) -> None:
    rows = [["Nom", "Prénom", "CIR"], *(["N", "A", "12/01/2023"] for _ in range(5_000))]
    rows += [["PRENOM", "NOM", "CIR"], ["Ali", "BARRY", "13/01/2023"], ["SECTEUR NORD", "", ""]]
    with open_table(str(in_text(tmp_path / "long.csv", rows)), known=KNOWN) as table:
        found = told(table)
    assert found.rows[-1] == (5_003, ALI)
    assert found.notes == (
        OTHERS.format(5_002),
        "ligne 5004 : ligne de titre, laissée de côté",
    )


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        pytest.param("Nom;Prénom", True, id="deux_titres"),
        pytest.param("Nom;Prénom;Observations;Suite;Fin", True, id="nom_et_prenom_suffisent"),
        pytest.param("N° AGDREF;CIR;Observations;Suite", True, id="la_moitie_dont_qui"),
        pytest.param("Nom;Bidule;Suite", False, id="un_seul_titre"),
        pytest.param("DIALLO;Awa;Logement;Emploi", False, id="des_valeurs"),
        pytest.param("Nom;Prénom;1990;Redon", False, id="une_annee"),
        pytest.param("Nom;Prénom;12/01/2023", False, id="une_date"),
        pytest.param("Contrat;Diagnostic;Commission", True, id="tous_connus"),
        pytest.param("Nom;nom", False, id="deux_fois_le_meme"),
    ],
)
def test_ce_qui_est_un_en_tete(row: str, answer: bool) -> None:
    assert is_heading(row.split(";"), KNOWN) is answer


@given(st.text(alphabet="nomNOdusr n°.(s)é", max_size=8))
def test_un_mot_seul_se_compare_comme_les_autres(text: str) -> None:
    """The quick way of plain words gives what the whole way gives."""
    assert normalise_header(text) == normalise_header(f" {text}")


def test_des_milliers_de_colonnes_sont_lues(tmp_path: Path) -> None:
    wide = [f"Colonne {n}" for n in range(10_000)]
    file = in_text(tmp_path / "large.csv", [["Liste"], ["Nom", *wide], ["DIALLO", *"x" * 10_000]])
    with open_table(str(file), known=KNOWN) as table:
        assert (len(table.header), table.header[0]) == (10_001, "Nom")
        assert [(row.line, row.fault) for row in table.rows()] == [(3, None)]


LATIN9 = {
    "un_nom": ("L½titia", "Lœtitia"),
    "une_capitale": ("¼UVRARD", "ŒUVRARD"),
    "au_milieu_de_capitales": ("M¼URS-ERIGNÉ", "MŒURS-ERIGNÉ"),
    "du_serbe": ("Sa¨a", "Saša"),
    "une_initiale_du_serbe": ("¦EHIC", "ŠEHIC"),
    "une_initiale_du_tcheque": ("´ARKO", "ŽARKO"),
    "en_fin_de_mot": ("Ale¨", "Aleš"),
    "un_z": ("Bo¸ena", "Božena"),
    "un_y": ("L'HA¾-LES-ROSES", "L'HAŸ-LES-ROSES"),
}
CP1252 = [
    "½ journée", "½j", "3½", "2¼ h", "N´DIAYE", "d´Arc", "´Ali´", "a¦b", "500 ¤", "Nantes ¦ Rezé",
    "½ETP", "1¼", "44¦85", "¾ temps", "½semaine",
]  # fmt: skip


@pytest.mark.parametrize(("written", "read"), LATIN9.values(), ids=LATIN9.keys())
def test_l_iso_8859_15_se_reconnait_a_ses_lettres(written: str, read: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f"Nom;Prénom;Statut\r\n{written};Zoé;500 ¤\r\n".encode("cp1252"))
    with open_table(str(file), known=KNOWN) as table:
        assert "encodage ISO-8859-15" in table.described
        assert told(table).rows == [(2, (read, "Zoé", "500 €"))]


@pytest.mark.parametrize(
    ("written", "read"),
    [*((a, b) for a, b in LATIN9.values() if set(a) & set("½¼¾")),
     ("c½ur de L½titia", "cœur de Lœtitia"), *((text, text) for text in CP1252),
     ("Sa¨a", "Sa¨a"), ("L'HA¾ 3", "L'HAŸ 3")],
)  # fmt: skip
def test_un_fichier_deja_en_utf_8_a_pu_perdre_ces_lettres_avant(
    written: str, read: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"Nom;Prénom\nDIALLO;{written}\n", "utf-8")
    with open_table(str(file), known=KNOWN) as table:
        assert "UTF-8" in table.described
        assert told(table).rows == [(2, ("DIALLO", read))]
        lost = f"1 ligne d'ISO-8859-15 lu comme du Windows (ex. « {written} » : « {read} »)."
        assert list(table.accents()) == ([lost] if read != written else [])


@pytest.mark.parametrize("text", CP1252)
def test_ce_qui_a_un_sens_en_cp1252_en_reste(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f"Nom;Prénom\r\nDIALLO;{text}\r\n".encode("cp1252"))
    with open_table(str(file), known=KNOWN) as table:
        assert table.dialect.encoding == "cp1252"
        found = told(table)
        assert found.rows == [(2, ("DIALLO", text))]
        assert bool(found.notes) == any(sign in text for sign in "¤¦´")


def test_deux_encodages_meles_refusent_leurs_lignes(tmp_path: Path) -> None:
    """The quote is cp1252's alone, the letter ISO-8859-15's."""
    file = tmp_path / "a.csv"
    file.write_bytes("Nom;Prénom\r\nL½titia;Awa\r\nDIALLO;l’x\r\n".encode("cp1252"))
    with open_table(str(file), known=KNOWN) as table:
        assert table.dialect.encoding == "cp1252"
        assert told(table).faults.keys() == {2}


WRAPPED = {
    "egal_guillemets": ('="DIALLO";="Awa";="12/01/2023"', AWA),
    "egal_et_vides": ('="DIALLO";="";=""', ("DIALLO", "", "")),
    "apostrophes": ("'DIALLO;'Awa;'12/01/2023", AWA),
    "apostrophes_aux_deux_bouts": ("'DIALLO';'Awa';'12/01/2023'", AWA),
    "une_espace_devant": ('DIALLO; ="Awa"; \'12/01/2023', AWA),
    "dans_un_vrai_csv": ('"=""DIALLO""";"=""Awa""";"=""12/01/2023"""', AWA),
    "des_guillemets_dedans": ('"=""N""""X""";Awa;12/01/2023', ('N"X', *AWA[1:])),
    "des_apostrophes_de_noms": ("N'DIAYE;D'Arc;L'Île", ("N'DIAYE", "D'Arc", "L'Île")),
    "une_formule_reste": ("=A1&B1;Awa;12/01/2023", ("=A1&B1", *AWA[1:])),
}


@pytest.mark.parametrize(("row", "cells"), WRAPPED.values(), ids=WRAPPED.keys())
def test_ce_qui_enveloppe_une_case_s_en_va_partout(
    row: str, cells: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text('="Nom";="Prénom";\'CIR\nBAH;Zoé;11/01/2023\n' + row)
    with open_table(str(file), known=KNOWN) as table:
        assert table.header == ("Nom", "Prénom", "CIR")
        found = list(table.rows())
        assert [tuple(one.cells) for one in found] == [("BAH", "Zoé", "11/01/2023"), cells]


def test_un_guillemet_est_cherche_d_avance_dans_un_long_fichier(tmp_path: Path) -> None:
    rows = [["Nom", "CIR"], *(["DIALLO", "12/01/2023"] for _ in range(60_000))]
    rows[3] = ['"BARRY', "12/01/2023"]
    with open_table(str(in_text(tmp_path / "long.csv", rows)), known=KNOWN) as table:
        assert (table.stray_quote or "").startswith("ligne 4 : ")
    with open_table(str(in_text(tmp_path / "court.csv", rows[:9])), known=KNOWN) as table:
        assert table.stray_quote is None


def test_une_case_de_deux_lignes_n_est_pas_un_guillemet_perdu(tmp_path: Path) -> None:
    rows = [["Nom", "CIR"], *(['"DIA\nLLO"', "12/01/2023"] for _ in range(60_000)), ['N" x', ""]]
    with open_table(str(in_text(tmp_path / "long.csv", rows)), known=KNOWN) as table:
        assert table.stray_quote is None


def test_ce_qui_est_laisse_de_cote_est_dit_jusqu_au_bout(tmp_path: Path) -> None:
    rows = [["Nom", "CIR"], ["DIALLO", "12/01/2023"], *([f"Secteur {n}", ""] for n in range(30))]
    with open_table(str(in_text(tmp_path / "a.csv", rows)), known=KNOWN) as table:
        notes = told(table).notes
    assert len(notes) == 21
    assert notes[-1] == "10 autres lignes laissées de côté (lignes 23, 24, 25, 26, 27, 28, 29, 30…)"


def test_un_titre_seul_n_est_pas_un_tableau(tmp_path: Path) -> None:
    file = in_text(tmp_path / "a.csv", [["Nom", "CIR"], ["SECTEUR SUD", ""]])
    with pytest.raises(RowsFailure, match="aucune ligne"):
        open_table(str(file), known=KNOWN)


CELLS = st.sampled_from(
    [
        "",
        "",
        "Nom",
        "PRENOM",
        "CIR",
        "Observations",
        "DIALLO",
        "Awa",
        "12/01/2023",
        "1990",
        "44-0001",
    ]
    + ["Secteur sud", "Total", "12", "MARIAM", "Logement", "---", "Note : x", "N°", "0612345678"]
)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12))
def test_aucune_ligne_sous_l_en_tete_ne_disparait_sans_un_mot(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each row below the header is read, refused, asked about, or named in a note."""
    header = ["Nom", "Prénom", "CIR signé le"]
    file = in_text(tmp_path_factory.getbasetemp() / "lignes.csv", [header, *rows])
    try:
        with open_table(str(file), known=KNOWN) as table:
            found, notes = list(table.rows()), " ".join(table.notes)
            top = table.dialect.title_lines + 1
    except RowsFailure:
        return
    lines = [row.line for row in found]
    assert lines == sorted(set(lines))
    assert all(len(row.cells) == 3 for row in found if not row.fault)
    for line, cells in enumerate(rows, 2):
        if line > top and any(cells) and line not in lines:
            assert f"ligne {line} :" in notes
