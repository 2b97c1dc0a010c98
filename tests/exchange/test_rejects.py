from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agir_cli.exchange.headers import headings, recogniser
from agir_cli.exchange.rejects import CONTROL, EMPTY_IT, UNREAD, Fault, Rejects
from agir_cli.exchange.rows import Row
from agir_cli.exchange.tables import open_table
from agir_cli.failures import UsageFailure

KNOWN = recogniser(headings())
DATE = Fault("date_impossible", "Né le", "29/02/2023", "ce jour n'existe pas", "", "corrigez")
NAME = Fault("nom_absent", "Nom", "", "nom ou prénoms attendus ≥ 1", "guide", "complétez")


def rejected(source: Path, target: Path, *, faults: tuple[Fault, ...] = (DATE,)) -> list[Row]:
    """Sends every row of ``source`` to ``target``; gives the rows."""
    with open_table(str(source), known=KNOWN) as table, Rejects(str(target), table) as rejects:
        rows = list(table.rows())
        for row in rows:
            unread = Fault("ligne_illisible", "", "", row.fault or "")
            rejects.add(row, (unread,) if row.fault else faults)
        assert rejects.count == len(rows)
    return rows


DIALECTS = {
    "excel_cp1252": ("cp1252", ";", "\r\n"),
    "utf8_virgule": ("utf-8", ",", "\n"),
    "utf8_bom_tabulation": ("utf-8-sig", "\t", "\r\n"),
    "utf16_barre": ("utf-16", "|", "\n"),
    "utf8_retour_seul": ("utf-8", ";", "\r"),
}


@pytest.mark.parametrize(("encoding", "sep", "end"), DIALECTS.values(), ids=DIALECTS.keys())
def test_les_rejets_gardent_colonnes_ordre_separateur_et_encodage(
    encoding: str, sep: str, end: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "rejets.csv"
    lines = (("Né le", "Observations", "Nom"), ("29/02/2023", "déjà vu", "ÉLO"))
    source.write_bytes("".join(sep.join(line) + end for line in lines).encode(encoding))
    rejected(source, target, faults=(DATE, NAME))
    text = target.read_bytes().decode(encoding)
    header, row = text.split(end)[:2]
    assert header == sep.join((*lines[0], *CONTROL))
    expected = (
        *lines[1],
        "2",
        "date_impossible | nom_absent",
        "Né le | Nom",
        "29/02/2023 | ",
        "ce jour n'existe pas | nom ou prénoms attendus "
        + ("? 1" if encoding == "cp1252" else "≥ 1"),
        "' | guide",
        "corrigez | complétez",
    )
    assert row == sep.join(f'"{c}"' if sep in c else c for c in expected)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with open_table(str(source)) as before, open_table(str(target), known=KNOWN) as after:
        same = ("encoding", "bom", "delimiter", "newline")
        assert [getattr(before.dialect, n) for n in same] == [
            getattr(after.dialect, n) for n in same
        ]


def test_les_rejets_rendus_tels_quels_ressortent_tels_quels(tmp_path: Path) -> None:
    source, first, second = (tmp_path / name for name in ("a.csv", "r1.csv", "r2.csv"))
    source.write_bytes(
        b"Nom;Pr\xe9noms;N\xe9 le\r\n"
        b"=1+1;'=2;29/02/2023\r\n"
        b"trop;court\r\n"
        b"trop;long;1990;x\r\n"
        b'guillemet;"Le "Clos"";1990\r\n'
        b"octet;\x81;1990\r\n"
        b"nul;\0;1990\r\n"
    )
    rows = rejected(source, first)
    again = rejected(first, second)
    assert [row.fault is None for row in rows] == [row.fault is None for row in again]
    assert again[0].cells[:3] == rows[0].cells == ["=1+1", "=2", "29/02/2023"]
    with open_table(str(second), known=KNOWN) as table:
        assert table.header == ("Nom", "Prénoms", "Né le", *CONTROL), "control columns once"
    assert b"octet;\x81;1990" in second.read_bytes()
    assert b"\r\n'=1+1;'=2;" in second.read_bytes(), "no live formula leaves"


def test_une_ligne_illisible_entre_une_fois_corrigee(tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "r.csv"
    source.write_bytes(b"Nom;Ville\r\nSAHIN\r\nALI;Redon\r\n")
    rejected(source, target)
    text = target.read_text(encoding="utf-8")
    corrected = text.replace("SAHIN;;", "SAHIN;Nantes;").replace(
        ";ligne à relire : corrigez-la, puis effacez cette cellule", ""
    )
    target.write_text(corrected, encoding="utf-8")
    with open_table(str(target), known=KNOWN) as table:
        assert [(row.cells[:2], row.fault) for row in table.rows()] == [
            (["SAHIN", "Nantes"], None),
            (["ALI", "Redon"], None),
        ]


def test_une_ligne_illisible_dit_quoi_effacer_et_sa_cellule_ne_se_double_pas(
    tmp_path: Path,
) -> None:
    source, first, second = (tmp_path / name for name in ("a.csv", "r1.csv", "r2.csv"))
    source.write_bytes(b"Nom;Ville\r\nSAHIN;Redon;de;trop\r\nALI;Redon\r\n")
    rejected(source, first)
    rejected(first, second)
    for target in (first, second):
        long, whole = target.read_text("utf-8").splitlines()[1:]
        assert long.count(UNREAD) == 1
        assert long.endswith(f";{EMPTY_IT};{UNREAD};de;trop")
        assert EMPTY_IT not in whole


def test_sans_rejet_aucun_fichier(tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "r.csv"
    source.write_text("nom\nA\n")
    with open_table(str(source)) as table, Rejects(str(target), table):
        pass
    assert not target.exists()


def test_un_fichier_de_rejets_existant_est_refuse_avant_le_travail(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("nom\nA\n")
    with open_table(str(source)) as table, pytest.raises(UsageFailure, match="existe déjà"):
        Rejects(str(source), table)
    assert source.read_text() == "nom\nA\n"


def interrupted(source: Path, target: Path) -> None:
    with open_table(str(source)) as table, Rejects(str(target), table) as rejects:
        rejects.add(next(table.rows()), [DATE])
        raise KeyboardInterrupt


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_un_echec_en_route_ne_laisse_pas_de_rejets(suffix: str, tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / f"r{suffix}"
    source.write_text("nom\nA\n")
    with pytest.raises(KeyboardInterrupt):
        interrupted(source, target)
    assert [*tmp_path.iterdir()] == [source]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_les_rejets_d_un_classeur_se_relisent(suffix: str, tmp_path: Path) -> None:
    import openpyxl

    source, target = tmp_path / "a.xlsx", tmp_path / f"r{suffix}"
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (["Nom", "Né le"], ["=1+1", "29/02/2023"], ["\u0141", None, "trop"]):
        book.active.append(line)
        if line[0] == "=1+1":
            book.active.cell(2, 1).data_type = "s"
    book.save(source)
    rejected(source, target)
    with open_table(str(target), known=KNOWN) as table:
        assert table.header == ("Nom", "Né le", *CONTROL)
        rows = list(table.rows())
        assert rows[0].cells[:4] == ["=1+1", "29/02/2023", "2", "date_impossible"]
        assert rows[1].fault
    if suffix == ".csv":
        assert target.read_bytes().startswith(b"\xef\xbb\xbfNom;")
