"""Accents lost before the file came here: each wrong reading, and the true text
that looks like it.
"""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from agir_cli.exchange.accents import damaged, may_be_damaged, spelled_out
from agir_cli.exchange.headers import headings, recogniser
from agir_cli.exchange.rows import Row
from agir_cli.exchange.tables import open_table

KNOWN = recogniser(headings())
HOLES = re.compile("[\x81\x8d\x8f\x90\x9d]")
FRENCH = (
    "Aïcha François Zoé Noël Élodie Hélène Jérôme Benoît Loïc Raphaël Joëlle Gaëlle Chloé Moïse "
    "Müller Öztürk Sœur cœur Côte hôpital maître garçon déjà école Érythrée Guinée République "
    "Pérou Algérie Réunion voilà GARÇON HÉLÈNE CHLOÉ RENÉ DÉSIRÉ LEÏLA FRANÇOIS CÔTE BENOÎT NOËL"
)
FOREIGN = (
    "João Conceição ŽÁK Růžička Nguyễn Thị Đặng Ångström Håkan ŞAHİN Gökhan Özlem Çelik İbrahim "
    "Yıldız Łukasz Gdańsk Kowalską Peña García Ibáñez Ñuñez Ólafur D’AOÛT N‘DIAYE «Nantes» €uro "
    "محمد Олена"
)
WORDS, ABROAD = FRENCH.split(), FOREIGN.split()


def misread(text: str, written: str) -> str:
    """Its bytes in the encoding ``written``, read as cp1252 (its five holes as they are)."""
    letters = (
        bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode(written)
    )
    return "".join(letters)


@pytest.mark.parametrize("word", [*WORDS, *ABROAD])
def test_de_l_utf8_lu_en_cp1252_est_reconnu(word: str) -> None:
    assert damaged(f"DIALLO\n{misread(word, 'utf-8')}\n1990")


# What becomes a letter of another language, or an ellipsis, looks true.
LOOKS_TRUE = {
    "mac_roman": ["Moïse", "Sœur", "cœur", "école", "LEÏLA", "CÔTE", "BENOÎT", "NOËL"],
    "cp850": ["voilà", "LEÏLA", "CÔTE", "BENOÎT", "NOËL"],
}


@pytest.mark.parametrize("encoding", LOOKS_TRUE)
def test_un_fichier_de_mac_ou_de_dos_est_reconnu(encoding: str) -> None:
    """A byte that cp1252 does not have is told by itself (``octet illisible``)."""
    written = [word for word in WORDS if encoding == "mac_roman" or "œ" not in word]
    read = {word: misread(word, encoding) for word in written}
    kept = [word for word, text in read.items() if not (damaged(text) or HOLES.search(text))]
    assert kept == LOOKS_TRUE[encoding]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GAR‚ON", id="mac_c_cedille"),
        pytest.param("ZoŽ", id="mac_e_aigu"),
        pytest.param("No‘l", id="mac_e_trema"),
        pytest.param("Fran•ois", id="mac_puce"),
        pytest.param("A•cha", id="mac_i_trema"),
        pytest.param("Za•na", id="mac_i_trema_milieu"),
        pytest.param("Lo•c", id="mac_i_trema_court"),
        pytest.param("Ra•ssa", id="mac_i_trema_double"),
        pytest.param("Mikha•l", id="mac_i_trema_fin"),
        pytest.param("Rapha‘l", id="mac_raphael"),
        pytest.param("No‘lle-Marie", id="mac_noelle"),
        pytest.param("DOS €elik", id="dos_celik"),
        pytest.param("√âlodie", id="elodie_lu_en_mac"),
        pytest.param("Fran√ßois", id="francois_lu_en_mac"),
        pytest.param("GAR€ON", id="dos_c_cedille"),
        pytest.param("Zo‚", id="dos_e_aigu"),
        pytest.param("‡a", id="dos_ca"),
        pytest.param("va ˆ Nantes", id="mac_a_grave"),
        pytest.param("Ã‰LODIE", id="utf8_capitale"),
        pytest.param("Ã  Nantes", id="utf8_a_grave_espace"),
        pytest.param("Dâ€™AOÃ›T", id="utf8_apostrophe"),
        pytest.param("500 â‚¬", id="utf8_euro"),
        pytest.param("NantesÂ\xa0: ok", id="utf8_insecable"),
        pytest.param("A√Øcha", id="utf8_lu_en_mac"),
        pytest.param("A├»cha", id="utf8_lu_en_dos"),
        pytest.param("A\ufffdcha", id="lettre_perdue"),
        pytest.param("HÃ©lÃ¨ne", id="utf8_deux_fois"),
    ],
)
def test_des_accents_abimes_sont_reconnus(text: str) -> None:
    assert damaged(text)
    assert damaged(f"X;{text};Y")
    assert damaged(f"1990\n{text}\n")


@pytest.mark.parametrize("word", [*WORDS, *ABROAD])
def test_un_nom_juste_est_garde(word: str) -> None:
    assert not damaged(word)
    assert not damaged(f"{word.upper()}; {word.lower()} ;« {word} »;“{word}”;‘{word}’;{word}…")
    assert not damaged(f"({word}) {word}’s – {word}\xa0; {word}\xa0: “{word.upper()}” {word} €")


@pytest.mark.parametrize(
    "text",
    [
        "D’AOÛT", "N‘DIAYE", "M‘BALLA", "N’GUESSAN", "Sa‘id", "Isma‘il", "‘Ali", "Rabi‘", "O‘zbek",
        "Toshpo‘latov", "JOÃO", "SÃO TOMÉ", "IRMÃ", "IRMÃ\xa0; IRMÃ’", "MAÇÃ", "CONCEIÇÃO", "ÂGE",
        "GRÂCE", "TÂM", "ŽÁK", "Ždanović", "DŽEMAL", "Džemal", "DŽemal", "ÚŽICKÝ", "Šarić", "ŠAHİN",
        "ÅSE", "MÄKELÄ", "ÄÄNEKOSKI", "Øystein", "ÑANDÚ", "ĐẶNG", "Nguyễn Thị Ánh", "Bogotá»",
        "«Bogotá»…", "Þórður", "Œuvre", "CŒUR", "SœUR", "L’HAŸ-LES-ROSES", "Nuñez–Peña",
        "« CADA » de Nantes", "5 € par jour", "12k€HT", "15‰ de", "“mot” et ‘mot’", "l“eau",
        "„Wort“", "attend… la suite", "oui…non", "Paris–Nantes", "salarié•e•s", "étudiant·e·s",
        "référent•e", "acteur•rice", "tous•tes", "• point", "Nantes • Redon", "Word™", "DUPONT†",
        "mot‡", "HéLèNE", "FRANçOIS", "ÉloÏse", "20 °C", "n°12", "1ºA", "a² + b³", "√2",
        "├── dossier", "“Yapma”ya", "„echo”a", "dit“oui”", "‚orange‘",
        "logement•emploi", "il•elle", "père•mère", "papa•maman", "ami•e•s", "elle•lui",
        "frère•sœur", "visio•présentiel", "La•le référent•e", "Ma•mon enfant", "directeur•trice",
        "célibataire•marié", "CAF•CPAM", "oui•non", "réfugié•e", "un•une", "Le•la", "accompagné•e",
        "travailleur•se social•e", "administrateur•ice", "Abo‘l-Fazl", "Abo‘l Fazl", "Zo‘l-Qadr",
        "Abdo‘l-Karim", "450 €hors charges", "450 €charges comprises", "√FLE", "√ FLE", "√fait",
        "√École", "√âgé de 26 ans", "├FLE", "12 k€net", "RSA 600€hors APL", "500€aide", "€hors",
        "~20 £", "½ journée", "قَدِير", "Юлія Ўзбек", "ᐃᓄᒃ", "Ọlá", "İĞDE", "ƒ 12", "x ¤ y",
    ],
)  # fmt: skip
def test_un_texte_juste_est_garde(text: str) -> None:
    assert damaged(text) is None


def test_un_texte_entier_est_vu_abime() -> None:
    assert may_be_damaged("x" * 50 + "HÃ©lÃ¨ne" + "y" * 50)
    assert not may_be_damaged("x" * 50 + "Hélène")


SAYS = (
    "les accents de la ligne sont abîmés (« {} ») : rouvrez le fichier d'origine dans le bon "
    "encodage et enregistrez-le en CSV UTF-8, ou ressaisissez ces mots"
)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(
            "Nom;Prénom\nBAH;Zoé\nDIALLO;AÃ¯cha Zoé\n".encode(), "AÃ¯cha", id="deux à la fois"
        ),
        pytest.param(
            "Nom;Prénom\nBAH;Zoé\nDIALLO;A\ufffdcha\n".encode(), "A\ufffdcha", id="perdue"
        ),
        pytest.param("Nom;Prénom\nBAH;Zoé\nDIALLO;ZoŽ\n".encode(), "ZoŽ", id="mac"),
        pytest.param("Nom;Prénom\nBAH;Zoé\nDIALLO;Zo‚ B\n".encode("utf-16"), "Zo‚", id="dos"),
    ],
)
def test_une_ligne_aux_accents_perdus_est_refusee(data: bytes, word: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    with open_table(str(file), known=KNOWN) as table:
        faults = [row.fault for row in table.rows()]
    assert faults == [None, SAYS.format(word)]


LINES = "Nom;Prénom;Ville\nBAH;Zoé;Rezé\nNOËL;Aïcha;Saint-Étienne\n"
UTF8 = LINES.encode()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(misread(LINES, "utf-8").encode(), "3 lignes d'UTF-8 lu comme du", id="entier"),
        pytest.param(
            misread(misread(LINES, "utf-8"), "utf-8").encode(), "3 lignes", id="deux fois"
        ),
        pytest.param(misread(LINES, "utf-8").encode("utf-16"), "3 lignes d'UTF-8", id="utf-16"),
        pytest.param(
            (LINES[:30] + misread(LINES[30:], "utf-8")).encode(), "1 ligne d'UTF-8", id="une ligne"
        ),
        pytest.param(LINES.replace("\n", "\r").encode("mac_roman"), "en Mac Roman", id="mac"),
        pytest.param(LINES.encode("mac_roman"), "en Mac Roman", id="mac, LF"),
        pytest.param(LINES.encode("cp850"), "en DOS", id="dos"),
        pytest.param(UTF8[:20] + LINES[19:].encode("cp1252"), "en Windows parmi", id="collés"),
        pytest.param(LINES[:19].encode("cp1252") + UTF8[20:], "en Windows parmi", id="collés (2)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_des_accents_qui_reviennent_exactement_sont_remis(
    data: bytes, told: str, end: str, tmp_path: Path
) -> None:
    """The whole text is the one that was written, letter for letter, and that is said."""
    file = tmp_path / "a.csv"
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    file.write_bytes(data if wide else data.replace(b"\n", end.encode()))
    with open_table(str(file), known=KNOWN) as table:
        assert table.header == ("Nom", "Prénom", "Ville")
        assert [row.cells for row in table.rows()] == [
            ["BAH", "Zoé", "Rezé"], ["NOËL", "Aïcha", "Saint-Étienne"],
        ]  # fmt: skip
        (sentence,) = table.accents()
        assert told in sentence


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("Nom;Mémo\nŠARIĆ;x\n".encode(), id="utf8"),
        pytest.param(LINES.encode("cp1252"), id="cp1252"),
        pytest.param(b"Nom;M\xe9mo\nBAH;no\x81te\n", id="un octet abimé"),
        pytest.param("Nom;Mémo\nŠahin;Ždanović\n".encode("cp1252", "replace"), id="slave"),
        pytest.param("Nom;MÉMO\nJOÃO;SÃO TOMÉ\n".encode("cp1252"), id="portugais"),
    ],
)
def test_ce_qui_ne_se_lit_que_d_une_facon_n_est_pas_touche(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    with open_table(str(file), known=KNOWN) as table:
        assert table.accents() == ()


def test_un_classeur_a_ses_accents_remis_ou_refuse_par_ligne(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (["Nom", "PrÃ©nom"], ["BAH", "Zoé"], ["DIALLO", "AÃ¯cha"], ["SOW", "Zoé AÃ¯cha"]):
        sheet.append(cells)
    book.save(tmp_path / "a.xlsx")
    with open_table(str(tmp_path / "a.xlsx"), known=KNOWN) as table:
        assert list(table.rows()) == [
            Row(2, ["BAH", "Zoé"], None),
            Row(3, ["DIALLO", "Aïcha"], None),
            Row(4, ["SOW", "Zoé AÃ¯cha"], SAYS.format("AÃ¯cha")),
        ]
        assert table.header == ("Nom", "Prénom")
        assert table.accents() == (
            "2 cellules d'UTF-8 lu comme du Windows (ex. « PrÃ©nom » : « Prénom »).",
        )


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("A\x95cha", id="accents"),
        pytest.param("no\0te", id="nul"),
        pytest.param("no\x81te", id="octet"),
    ],
)
def test_une_colonne_que_personne_ne_lit_ne_refuse_personne(note: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f"Nom;Mémo;Ville\nBAH;{note};Redon\n".encode("latin-1"))
    with open_table(str(file), known=KNOWN) as table:
        assert [row.fault is None for row in table.rows()] == [False]
        table.read = frozenset({0, 2})
        assert [(row.cells[0], row.fault) for row in table.rows()] == [("BAH", None)]
        table.read = frozenset({0, 1})
        assert [row.fault is None for row in table.rows()] == [False]


@pytest.mark.parametrize(
    ("name", "read", "word"),
    [
        pytest.param("Fran?oise", "Fran?oise", "Fran?oise", id="point_interrogation"),
        pytest.param("Marie No?l", "Marie No?l", "No?l", id="deuxieme_mot"),
        pytest.param("A??cha", "A??cha", "A??cha", id="deux_octets"),
        pytest.param("?lodie", "?lodie", "?lodie", id="au_debut"),
        pytest.param("Fran\\u00e7ois", "Fran\\u00e7ois", "Fran\\u00e7ois", id="json"),
        pytest.param("Fran=C3=A7ois", "Fran=C3=A7ois", "Fran=C3=A7ois", id="courrier"),
        pytest.param("Fran=E7ois", "Fran=E7ois", "Fran=E7ois", id="courrier_latin"),
        pytest.param("Fran%C3%A7ois", "Fran%C3%A7ois", "Fran%C3%A7ois", id="adresse_web"),
        pytest.param("A&iumlx;cha", "A&iumlx;cha", "A&iumlx;cha", id="code_inconnu"),
        pytest.param("A&amp;iuml;cha", "A&amp;iuml;cha", "A&amp;iuml;cha", id="code_deux_fois"),
        pytest.param("A&#0;cha", "A&#0;cha", "A&#0;cha", id="code_nul"),
        pytest.param("D&#39;ALMEIDA", "D'ALMEIDA", None, id="code_apostrophe"),
        pytest.param("A&iuml;cha", "Aïcha", None, id="code_nomme"),
        pytest.param("&Eacute;lodie&nbsp;Zo&#xEB;", "Élodie Zoë", None, id="codes"),
        *(
            pytest.param(name, name, None, id=name)
            for name in ("DIALLO ?", "DIALLO?", "?", "? DIALLO", "A & B", "BAH (?)", "D'ALMEIDA",
                         "BAH/DIALLO", "BAH=DIALLO", "Awa; Bo", "???", "R&D;")
        ),
    ],
)  # fmt: skip
def test_un_nom_passe_par_l_ascii_est_relu_ou_refuse(
    name: str, read: str, word: str | None
) -> None:
    assert spelled_out(name) == (read, word)
