"""A team's own spreadsheet: three persons in many clothes, each understood and said, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.cli.coordinator import Team

TODAY = "09/10/2023"

# What each of the three is, whatever the clothes; a column a sheet does not have is not asked.
HEADS = (
    "agdref",
    "name",
    "birth",
    "nationality",
    "postal",
    "town",
    "cir",
    "diagnosis",
    "priority",
    "referent",
    "contract",
)
PEOPLE = (
    (
        "2210045511",
        "KONATE Mariam",
        "07/03/1996",
        "malienne",
        "44600",
        "Saint-Nazaire",
        "14/02/2023",
        "02/03/2023",
        "Logement",
        "P. Lemaire",
        "12/04/2023",
    ),
    (
        "0320078841",
        "AL SALEH Omar",
        "01/01/1988",
        "syrienne",
        "44000",
        "Nantes",
        "20/01/2023",
        "08/02/2023",
        "Emploi et formation",
        "P. Lemaire",
        "",
    ),
    (
        "1150093376",
        "TEKLE Senaït",
        "23/11/2001",
        "érythréenne",
        "44150",
        "Ancenis",
        "03/03/2023",
        "",
        "",
        "",
        "",
    ),
)
FRENCH = {
    "agdref": "N° dossier",
    "name": "Nom et prénom",
    "birth": "Naissance",
    "nationality": "Nationalité",
    "postal": "CP",
    "town": "Ville",
    "cir": "CIR",
    "diagnosis": "Diagnostic",
    "priority": "Priorité",
    "referent": "Référent",
    "contract": "Contrat",
}
DATES = ("birth", "cir", "diagnosis", "contract")


NONE: Mapping[str, Any] = MappingProxyType({})


class Sheet(NamedTuple):
    """A variant: other headings, cells changed column by column, an order, bytes."""

    heads: Mapping[str, str] = NONE
    cells: Mapping[str, Callable[[str], str]] = NONE
    order: tuple[str, ...] = HEADS
    more: Mapping[str, tuple[str, str, str]] = NONE
    written: Callable[[str], bytes] = str.encode
    delimiter: str = ";"
    options: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    """What must be told of it."""

    def data(self) -> bytes:
        """The file."""
        heads = [self.heads.get(n, FRENCH[n]) for n in self.order] + list(self.more)
        rows = [heads]
        for at, person in enumerate(PEOPLE):
            known = dict(zip(HEADS, person, strict=True))
            cells = [self.cells.get(n, str)(known[n]) if known[n] else "" for n in self.order]
            rows.append([*cells, *(values[at] for values in self.more.values())])
        text = "".join(self.delimiter.join(row) + "\r\n" for row in rows)
        return self.written(text)


def short(text: str) -> str:
    return text[:6] + text[8:]


def serial(text: str) -> str:
    day, month, year = map(int, text.split("/"))
    return str((date(year, month, day) - date(1899, 12, 30)).days)


def swapped(text: str) -> str:
    *name, first = text.split()
    return f"{first} {' '.join(name)}"


def mojibake(text: str) -> bytes:
    return text.encode().decode("cp1252", "surrogateescape").encode("utf-8", "surrogateescape")


def glued(text: str) -> bytes:
    head, *rows = text.splitlines(keepends=True)
    return head.encode() + b"".join(row.encode("cp1252") for row in rows)


def every(change: Callable[[str], str], *names: str) -> dict[str, Callable[[str], str]]:
    return dict.fromkeys(names, change)


MONTHS = "janv févr mars avr mai juin juill août sept oct nov déc".split()  # noqa: SIM905


def in_words(text: str) -> str:
    day, month, year = text.split("/")
    return f"{int(day)} {MONTHS[int(month) - 1]}. {year}"


SHEETS: dict[str, Sheet] = {
    "comme une équipe l'a": Sheet(said=("n° AGDREF", "les mots en capitales sont le nom")),
    "années à deux chiffres": Sheet(
        cells=every(short, *DATES), said=("lues au passé", "lues dans ce siècle")
    ),
    "nombres d'Excel": Sheet(cells=every(serial, *DATES), said=("des nombres d'Excel",)),
    "nombres d'Excel avec décimale": Sheet(
        cells=every(lambda t: serial(t) + ".0", *DATES), said=("des nombres d'Excel",)
    ),
    "mois en lettres abrégés": Sheet(cells=every(in_words, *DATES)),
    "années à deux chiffres, tirets": Sheet(
        cells=every(lambda t: short(t).replace("/", "-"), *DATES)
    ),
    "dates ISO": Sheet(cells=every(lambda t: "-".join(reversed(t.split("/"))), *DATES)),
    "marques invisibles": Sheet(cells=every(lambda t: f"\u200e{t}\u200e", *DATES, "agdref")),
    "Mac Roman, CR": Sheet(
        written=lambda t: t.replace("\r\n", "\r").encode("mac_roman"), said=("Mac Roman",)
    ),
    "UTF-8 lu comme Windows": Sheet(written=mojibake, said=("UTF-8 lu comme du Windows",)),
    "deux encodages collés": Sheet(written=glued, said=("en Windows parmi de l'UTF-8",)),
    "DOS": Sheet(written=lambda t: t.encode("cp850"), said=("DOS",)),
    "Windows": Sheet(written=lambda t: t.encode("cp1252")),
    "UTF-16": Sheet(written=lambda t: t.encode("utf-16"), delimiter="\t"),
    "UTF-8 avec BOM, virgules": Sheet(written=lambda t: t.encode("utf-8-sig"), delimiter=","),
    "prénom d'abord": Sheet(heads={"name": "Prénom NOM"}, cells={"name": swapped}),
    "nom avant la virgule": Sheet(
        heads={"name": "Bénéficiaire"},
        cells={"name": lambda t: ", ".join((" ".join(t.split()[:-1]).title(), t.split()[-1]))},
    ),
    "civilité devant": Sheet(heads={"name": "Identité"}, cells={"name": lambda t: f"Mme {t}"}),
    "nom et prénom parés d'un tiret": Sheet(
        cells={"name": lambda t: " - ".join((" ".join(t.split()[:-1]), t.split()[-1]))}
    ),
    "sans capitales, l'ordre dit": Sheet(
        cells={"name": str.title},
        options=("--name-order", "nom-prenoms"),
        said=("--name-order",),
    ),
    "sans capitales, prénom d'abord": Sheet(
        cells={"name": lambda t: swapped(t).title()}, options=("--name-order", "prenoms-nom")
    ),
    "la référence est le numéro": Sheet(heads={"agdref": "Référence"}, said=("n° AGDREF",)),
    "un numéro est le numéro": Sheet(heads={"agdref": "Numéro"}, said=("n° AGDREF",)),
    "numéro sous son nom": Sheet(heads={"agdref": "N° étranger (AGDREF)"}),
    "numéro groupé": Sheet(
        cells={"agdref": lambda t: f"{t[:4]} {t[4:7]} {t[7:]}"}, said=("n° AGDREF",)
    ),
    "numéro d'équipe à côté": Sheet(
        heads={"agdref": "N° AGDREF"},
        more={"N° dossier": ("1", "2", "3")},
        said=("colonne laissée de côté",),
    ),
    "titres d'une autre équipe": Sheet(
        heads={
            "agdref": "AGDREF / N° étranger",
            "name": "Personne accompagnée",
            "birth": "Date naissance",
            "cir": "Date CIR",
            "diagnosis": "Diag fait le",
            "priority": "Axe prioritaire",
            "referent": "Référent unique",
            "contract": "Date signature contrat",
            "town": "Localité",
            "postal": "C.P.",
            "nationality": "Nationalité / pays",
        },
    ),
    "adresse et ville": Sheet(
        heads={"town": "Adresse / ville"},
        order=tuple(n for n in HEADS if n != "postal"),
        cells={"town": lambda t: f"12 rue des Lilas, {t}"},
        said=("la commune y est lue",),
    ),
    "code postal et ville ensemble": Sheet(
        heads={"town": "CP / Ville"},
        order=tuple(n for n in HEADS if n != "postal"),
        cells={
            "town": lambda t: {"N": "Nantes (44000)", "S": "44600 Saint-Nazaire"}.get(
                t[0], "44150 ANCENIS"
            )
        },
        said=("la commune y est lue",),
    ),
    "date et lieu de naissance": Sheet(
        heads={"birth": "Date et lieu de naissance"},
        cells={"birth": lambda t: f"{t} à Kayes"},
        said=("le lieu de naissance",),
    ),
    "faits dits par leur jour, par un oui, en mots": Sheet(
        more={
            "Orientation": ("15/02/2023", "21/01/23", "04/03/2023"),
            "Commission": ("oui", "", ""),
            "Ménage": ("isolée", "couple", "isolée"),
            "Statut": ("BPI", "réfugié statutaire", "PS"),
            "Logement": ("CADA de Saint-Nazaire", "HUDA Les Eaux Vives", "IML"),
            "Département": ("44 - Loire-Atlantique", "Loire-Atlantique", "44"),
        },
        said=("lues comme « Date d'orientation »", "aucun jour n'y est dit", "code de ménage"),
    ),
    "colonnes sans champ": Sheet(
        more={"Observations": ("vu", "", "à revoir"), "Nb enfants": ("2", "0", "")},
        said=("Sans champ dans agir, laissé de côté : « Observations », « Nb enfants »",),
    ),
    "signes pour rien": Sheet(
        more={
            "Tél. portable": ("NC", "-", "06 12 34 56 06"),
            "Mail": ("?", "NR", "n/a"),
            "Statut": ("Réfugié(e)", "NSP", "réfugié·e"),
        },
        said=("rien n'y est lu",),
    ),
    "accord, RDV et hébergement": Sheet(
        more={
            "Accord O/N": ("O", "O", "O"),
            "RDV diagnostic": ("01/03/23 14h", "", ""),
            "Hébergement": ("HUDA", "chez un tiers", "CPH"),
            "Langue": ("malinké", "arabe", "tigrigna"),
        },
    ),
    "compagnons sans leur acte": Sheet(
        more={
            "Site": ("44-C1", "", ""),
            "Motif de sortie": ("", "refus", ""),
            "Projet": ("", "", "CAP"),
        },
        said=("faute de la date de l'acte : bureau", "de l'acte : motif", "de l'acte : projet"),
    ),
    "titres de section et total": Sheet(
        written=lambda t: (
            t.replace("0320078841", ";SECTEUR SUD;;;;;;;;;\r\n0320078841").encode()
            + b"Total;3;;;;;;;;;\r\n"
        ),
    ),
    "ordre renversé": Sheet(order=tuple(reversed(HEADS))),
    "nationalités inclusives": Sheet(
        cells={"nationality": lambda t: t.removesuffix("ne").removesuffix("n") + "n(ne)"}
    ),
    "sans numéro": Sheet(order=HEADS[1:]),
    "numéro de remplissage": Sheet(
        heads={"agdref": "N° AGDREF"},
        cells={"agdref": lambda t: "0000000000"},
        said=("N° AGDREF : ce qui est écrit n'est pas un numéro",),
    ),
    **{
        f"« {title} » tient le n° AGDREF": Sheet(
            heads={"agdref": title}, said=(f"« {title} » : des numéros de 9 ou 10 chiffres",)
        )
        for title in ("Dossier n°", "Identifiant bénéficiaire", "Code dossier")
    },
    "« AGDREF n° », à l'envers": Sheet(heads={"agdref": "AGDREF n°"}),
    "« Nom » seul tient les deux": Sheet(heads={"name": "Nom"}, said=("en capitales",)),
    "trois fois la même personne en deux lignes de texte": Sheet(
        cells={"name": lambda t: f'"{t.rsplit(" ", 1)[0]}\n{t.rsplit(" ", 1)[1]}"'}
    ),
}

ASKED = "SELECT nom, prenoms, date_naissance FROM people ORDER BY date_naissance"
WHO = [
    ("AL SALEH", "Omar", "1988-01-01"),
    ("KONATE", "Mariam", "1996-03-07"),
    ("TEKLE", "Senaït", "2001-11-23"),
]
STEPS = (
    "SELECT d.date_diagnostic, d.date_commission, d.priorites_preconisees, d.date_contrat, r.nom"
    " FROM dossiers d JOIN people p ON p.id = d.personne"
    " LEFT JOIN referents r ON r.code = d.referent ORDER BY p.date_naissance"
)
DONE = [
    ("2023-02-08", "[2023-02-08..2023-10-09]", "emploi_formation", None, "P. Lemaire"),
    ("2023-03-02", "[2023-03-02..2023-04-12]", "droit_logement", "2023-04-12", "P. Lemaire"),
    (None, None, None, None, None),
]


def folded(rows: list[tuple[object, ...]]) -> Iterator[tuple[str, ...]]:
    return (tuple(str(cell).casefold() for cell in row) for row in rows)


def test_there_are_many() -> None:
    assert len(SHEETS) >= 33


@pytest.mark.parametrize("sheet", [pytest.param(s, id=name) for name, s in SHEETS.items()])
def test_three_of_three_enter_and_what_was_understood_is_said(
    team: Team, tmp_path: Path, sheet: Sheet
) -> None:
    file = tmp_path / "suivi.csv"
    file.write_bytes(sheet.data())
    before = team.fingerprint()
    dry = team("import", str(file), "--dry-run", *sheet.options, today=TODAY)
    assert team.fingerprint() == before
    answer = team("import", str(file), *sheet.options, today=TODAY)
    assert answer.code == dry.code == 0, answer.err
    shown = " ".join(answer.err.split())
    assert "créés 3" in shown
    assert all(each in shown for each in sheet.said), shown
    understood = [line for line in answer.err.splitlines() if line.startswith("Compris : ")]
    assert understood == [line for line in dry.err.splitlines() if line.startswith("Compris : ")]
    assert list(folded(team.rows(ASKED))) == list(folded(WHO))
    assert team.rows(STEPS) == DONE
    again = team("import", str(file), *sheet.options, today="20/10/2023")
    assert "inchangés 3" in again.err, again.err
    strict = team("import", str(file), *sheet.options, "--strict", today=TODAY)
    assert (strict.code, "--strict" in strict.err) == ((5, True) if understood else (0, False))


def as_day(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(as_day, id="vraies dates"),
        pytest.param(lambda text: int(serial(text)), id="nombres sans format"),
        pytest.param(short, id="textes à deux chiffres"),
    ],
)
def test_the_same_table_as_a_workbook(
    team: Team, tmp_path: Path, cell: Callable[[str], object]
) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([FRENCH[name] for name in HEADS])
    for person in PEOPLE:
        known = zip(HEADS, person, strict=True)
        sheet.append([cell(text) if n in DATES and text else text or None for n, text in known])
    book.save(tmp_path / "suivi.xlsx")
    answer = team.does("import", str(tmp_path / "suivi.xlsx"), today=TODAY)
    assert "créés 3" in answer.err
    assert list(folded(team.rows(ASKED))) == list(folded(WHO))
    assert team.rows(STEPS) == DONE


def test_who_wrote_the_day_of_the_appointment_is_told_how_to_have_it_read(
    team: Team, tmp_path: Path
) -> None:
    """« RDV diagnostic » may be held or not: the file does not prove it, who wrote it knows."""
    file = tmp_path / "suivi.csv"
    file.write_bytes(Sheet(heads={"diagnosis": "RDV diagnostic"}).data())
    refused = team("import", str(file), today=TODAY)
    assert refused.code == 5
    told = '--map "SON TITRE=date_diagnostic"'
    assert told in " ".join(refused.err.split())
    mapped = told.split('"')[1].replace("SON TITRE", "RDV diagnostic")
    answer = team.does("import", str(file), "--map", mapped, today=TODAY)
    assert "créés 3" in answer.err
    assert team.rows(STEPS) == DONE


REFUSED: dict[str, tuple[Sheet, str]] = {
    "rien ne partage le nom": (
        Sheet(cells={"name": str.title}),
        "rien ne dit où finit le nom",
    ),
    "tout en capitales": (Sheet(cells={"name": str.upper}), "rien ne dit où finit le nom"),
    "un nom de naissance à côté": (
        Sheet(cells={"name": lambda t: f"{t} née DIALLO"}),
        "rien ne dit où finit le nom",
    ),
    "nombres parmi des dates": (
        Sheet(cells={"cir": lambda t: serial(t) if t.startswith("14") else t}),
        "44971",
    ),
    "jour ou deux mois": (
        Sheet(cells={"cir": lambda t: "03-04/2023"}),
        "ambigu",
    ),
    "accents perdus": (
        Sheet(written=lambda t: t.replace("Senaït", "Sena\ufffdt").encode()),
        "accents",
    ),
}


@pytest.mark.parametrize(
    ("sheet", "why"), [pytest.param(*each, id=name) for name, each in REFUSED.items()]
)
def test_what_the_file_does_not_prove_is_refused_by_line(
    team: Team, tmp_path: Path, sheet: Sheet, why: str
) -> None:
    file = tmp_path / "suivi.csv"
    file.write_bytes(sheet.data())
    answer = team("import", str(file), "--keep-going", today=TODAY)
    assert answer.code == 5
    assert why in answer.err
    assert "ligne " in answer.err
    known = {str(name).casefold() for (name,) in team.rows("SELECT nom FROM people")}
    assert known <= {"konate", "al saleh", "tekle"}


def test_signs_that_are_said_empty_a_field_and_are_repeatable(team: Team, tmp_path: Path) -> None:
    """Of somebody new they say nothing; of somebody known they empty what a cell may empty."""
    file = tmp_path / "suivi.csv"
    head = "AGDREF;Nom;Prénom;CIR;Diagnostic;Téléphone;Courriel\n"
    file.write_text(f"{head}0123456785;DIALLO;Awa;/;néant;06 12 34 56 06;awa@exemple.fr\n", "utf-8")
    signs = ("--blank", "/", "--blank", "néant")
    for told in ("créés 1", "inchangés 1"):
        answer = team("import", str(file), *signs, today=TODAY)
        assert (answer.code, told in answer.err) == (0, True), answer.err
    file.write_text(f"{head}0123456785;DIALLO;Awa;néant;/;néant;/\n", "utf-8")
    assert "modifiés 1" in team("import", str(file), *signs, today=TODAY).err
    assert team.rows("SELECT telephone, courriel FROM people") == [(None, None)]


@pytest.mark.parametrize("command", [("import",), ("enroll", "--from")], ids=" ".join)
def test_usual_signs_never_erase(team: Team, tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "suivi.csv"
    head = "Nom;Prénom;CIR;Téléphone;Courriel\n"
    file.write_text(f"{head}DIALLO;Awa;12/01/2023;06 12 34 56 06;awa@exemple.fr\n", "utf-8")
    team(*command, str(file), today=TODAY)
    file.write_text(f"{head}DIALLO;Awa;12/01/2023;NC;?\n", "utf-8")
    answer = team(*command, str(file), today=TODAY)
    assert "inchangés 1" in answer.err
    assert answer.err.count("rien n'y est lu") == 2
    assert team.rows("SELECT telephone FROM people") == [("0612345606",)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("enroll", "--nom", "X", "--date-naissance", "14/03/94"), "« 14/03/94 » lu 14/03/1994"),
        (("enroll", "--nom", "X", "--date-cir", "12/01/23"), "« 12/01/23 » lu 12/01/2023"),
        (("enroll", "--nom", "X", "--date-naissance", "mars-96"), "« mars-96 » lu mars 1996"),
    ],
)
def test_a_short_year_typed_is_read_and_said(team: Team, words: tuple[str, ...], told: str) -> None:
    assert told in team.does(*words, today=TODAY).err


@pytest.mark.parametrize("number", ["0000000000", "9999999999", "1234567890", "inconnu"])
def test_a_placeholder_never_makes_two_people_one(team: Team, number: str) -> None:
    for name in ("UN", "DEUX"):
        answer = team.does("enroll", "--nom", name, "--agdref", number, "--telephone", number)
        assert answer.err.count("n'est pas un numéro") == 2
    assert team.rows("SELECT nom, agdref, telephone FROM people ORDER BY nom") == [
        ("DEUX", None, None),
        ("UN", None, None),
    ]
