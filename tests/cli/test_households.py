"""A household's code belongs to the file it came in with [decision 0043]."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from agir_cli.cli import prompt
from tests.cli.coordinator import Answer, Team

TESFAY = "nom;prenoms;menage\nTESFAY;Selam;M1\nTESFAY;Aman;M1\n"
GIRMA = "nom;prenoms;menage\nGIRMA;Tsion;M1\nGIRMA;Abel;M1\n"


class Lists:
    """Lists of families, brought in by one of the two doors."""

    def __init__(self, team: Team, folder: Path, door: tuple[str, ...]) -> None:
        self.team, self.folder, self.door = team, folder, door
        self.names = (f"liste{n}.csv" for n in itertools.count())

    def brings(self, text: str, *more: str) -> Answer:
        path = self.folder / next(self.names)
        path.write_text(text)
        return self.team(*self.door, str(path), *more)

    @property
    def households(self) -> set[frozenset[str]]:
        """The families, by given names."""
        rows = self.team.rows(
            "SELECT group_concat(prenoms, ' ') FROM dossiers d JOIN people p ON p.id = d.personne"
            " GROUP BY coalesce(menage, d.id)"
        )
        return {frozenset(str(names).split()) for (names,) in rows}


@pytest.fixture
def lists(team: Team, tmp_path: Path, request: pytest.FixtureRequest) -> Lists:
    return Lists(team, tmp_path, request.param)


def families(*names: str) -> set[frozenset[str]]:
    return {frozenset(each.split()) for each in names}


BOTH = pytest.mark.parametrize(
    "lists", [("import",), ("enroll", "--from")], ids=" ".join, indirect=True
)


@BOTH
@pytest.mark.parametrize(
    "codes",
    [
        pytest.param(("M12", "m12", "M12"), id="casse"),
        pytest.param(("M 12", "M12", "m  12"), id="espaces"),
        pytest.param(("Ménage 12", "MENAGE 12", "menage12"), id="accents"),
        pytest.param(("M\u201112", "M-12", "m\u201312"), id="tirets"),
    ],
)
def test_one_code_however_it_is_written_is_one_household(
    lists: Lists, codes: tuple[str, ...]
) -> None:
    rows = [
        f"DIALLO;{name};{code}"
        for name, code in zip(["Awa", "Moussa", "Binta"], codes, strict=True)
    ]
    assert lists.brings("nom;prenoms;menage\n" + "\n".join(rows) + "\n").code == 0
    assert lists.households == families("Awa Moussa Binta")
    assert lists.team.rows("SELECT DISTINCT menage FROM dossiers") == [
        (codes[0].replace("\u2011", "-"),)
    ]


@BOTH
@pytest.mark.parametrize("code", ["M1", "m1", "m 1"])
def test_the_same_code_in_a_later_list_is_another_family_and_that_is_said(
    lists: Lists, code: str
) -> None:
    lists.brings(TESFAY)
    later = lists.brings(GIRMA.replace("M1", code))
    assert later.code == 0
    assert f"« {code} » est déjà celui du dossier 44-0001, d'une autre liste" in later.err
    assert lists.households == families("Selam Aman", "Tsion Abel")
    third = lists.brings("nom;prenoms;menage\nDESTA;Hiwot;M1\nDESTA;Eden;M1\n")
    assert "M1~3" in third.err
    assert lists.households == families("Selam Aman", "Tsion Abel", "Hiwot Eden")
    shown = lists.team.does("show", "44-0003", "--menage").out
    assert "Abel" in shown
    assert "Selam" not in shown


@BOTH
def test_a_list_said_again_is_the_same_households(lists: Lists) -> None:
    for text in (TESFAY, GIRMA):
        lists.brings(text)
    for text in (TESFAY, GIRMA, TESFAY.replace("M1", "m1")):
        again = lists.brings(text)
        assert "inchangés 2" in again.err
        assert "autre liste" not in again.err
    corrected = GIRMA.replace("GIRMA;Tsion", "GIRMA;Dawit;M1\nGIRMA;Tsion")
    assert "créés 1, modifiés 0, inchangés 2" in lists.brings(corrected).err
    assert lists.households == families("Selam Aman", "Tsion Abel Dawit")


@BOTH
def test_rejected_rows_come_back_into_their_household(lists: Lists) -> None:
    lists.brings(TESFAY)
    rejects = lists.folder / "rejets.csv"
    wrong = "nom;prenoms;date_cir;menage\nGIRMA;Tsion;;M1\nGIRMA;Abel;32/01/2023;M1\n"
    first = lists.brings(wrong, "--keep-going", "--rejects", str(rejects))
    assert "créés 1" in first.err
    text = rejects.read_text()
    assert text.splitlines()[0].endswith("_a_faire;_fichier")
    fixed = lists.brings(text.replace("Abel;32/01", "Abel;31/01"))
    assert "créés 1" in fixed.err
    assert "autre liste" not in fixed.err
    assert lists.households == families("Selam Aman", "Tsion Abel")


@BOTH
def test_families_are_brought_together_on_purpose(lists: Lists) -> None:
    lists.brings(TESFAY)
    lists.brings(GIRMA.replace("M1", "44-0001", 1))
    assert lists.households == families("Selam Aman Tsion", "Abel")
    lists.team.does("enroll", "--dossier", "44-0004", "--menage", "44-0001")
    assert lists.households == families("Selam Aman Tsion Abel")


def test_a_code_typed_by_hand_joins_those_typed_by_hand_and_says_so(
    team: Team, tmp_path: Path
) -> None:
    lists = Lists(team, tmp_path, ("enroll", "--from"))
    team.does("enroll", "--prenoms", "Awa", "--menage", "M1")
    answer = team.does("enroll", "--prenoms", "Moussa", "--menage", "m1")
    assert "Ménage « m1 » : avec le dossier 44-0001" in answer.err
    lists.brings(TESFAY)
    assert lists.households == families("Awa Moussa", "Selam Aman")
    apart = team.does("enroll", "--prenoms", "Binta", "--menage", "M1~2")
    assert "est déjà celui du dossier 44-0003, d'une autre liste" in apart.err
    assert lists.households == families("Awa Moussa", "Selam Aman", "Binta")


@BOTH
@pytest.mark.parametrize("typed", ["oui", "non"])
def test_a_person_at_a_terminal_is_asked(
    lists: Lists, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    lists.brings(TESFAY)
    monkeypatch.setattr(prompt, "asked", lambda: True)
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{typed}\n", raising=False)
    answer = lists.brings(GIRMA)
    assert "Ménage « M1 » : est-ce la famille du dossier 44-0001 ?" in answer.err
    lists.team.does("enroll", "--prenoms", "Dawit", "--menage", "M1")
    together = families("Selam Aman Tsion Abel Dawit")
    assert lists.households == (
        together if typed == "oui" else families("Selam Aman", "Tsion Abel", "Dawit")
    )


def test_households_are_counted_right(team: Team, tmp_path: Path) -> None:
    lists = Lists(team, tmp_path, ("enroll", "--from"))
    for text in (TESFAY, GIRMA):
        head, *rows = text.splitlines()
        oriented = [f"{head};date_cir;date_orientation;orientation"]
        oriented += [f"{row};09/01/2023;09/01/2023;acceptee" for row in rows]
        lists.brings("\n".join(oriented) + "\n")
    funnel = team.does("report", "funnel", "--format", "csv").out.splitlines()
    assert funnel[1].startswith("44,,4,2,")


@pytest.mark.parametrize("code", ["famille Diallo 2", "DIALLO 12 bis", "Awa 1994"])
def test_a_code_that_may_tell_a_name_is_none(team: Team, code: str) -> None:
    """Codes go to the journal, where no name may be [invariant 10]."""
    assert team("enroll", "--prenoms", "Awa", "--menage", code).code == 2


JOINED = (
    "nom;prenoms;agdref;menage\nAHMADI;Farid;7512345678;M1\nAHMADI;Zahra;;M1\nSOW;Awa;7512345680;\n"
)


@BOTH
@pytest.mark.parametrize("whom", ["7512345678", "44-0001"])
@pytest.mark.parametrize("code", ["M1", ""])
def test_whoever_joins_in_a_later_list_is_of_the_household_they_join(
    lists: Lists, whom: str, code: str
) -> None:
    lists.brings(JOINED)
    later = f"nom;prenoms;statut;menage;rejoint\nAHMADI;Omid;rejoignant;{code};{whom}\n"
    assert "Du ménage M1, avec le dossier 44-0001, que cette personne rejoint" in (
        lists.brings(later).err
    )
    assert lists.households == families("Farid Zahra Omid", "Awa")
    lists.team.does("household", "leave", "44-0004")
    assert "inchangés 1" in lists.brings(later).err or code  # who left does not come back
    assert lists.households == families("Farid Zahra", "Awa", "Omid") or code


@BOTH
@pytest.mark.parametrize("code", ["M7", ""])
def test_whoever_is_joined_alone_makes_a_household(lists: Lists, code: str) -> None:
    lists.brings(JOINED)
    lists.brings(
        f"nom;prenoms;statut;menage;rejoint\nBARRY;Ali;rejoignant;{code};7512345680\n"
        "KEITA;Issa;rejoignant;;7500000000\n"
    )
    assert lists.households == families("Farid Zahra", "Awa Ali", "Issa")


def test_a_joiner_found_later_is_of_the_household_then(team: Team) -> None:
    team.does("enroll", "--nom", "BARRY", "--prenoms", "Ali", "--rejoint", "7512345680")
    team.does("enroll", "--nom", "SOW", "--prenoms", "Awa", "--agdref", "7512345680")
    team.does("enroll", "--dossier", "44-0001", "--rejoint", "7512345680")
    assert "44-0002" in team.does("household", "show", "44-0001").out


def test_children_are_counted_in_households_and_never_wait(team: Team) -> None:
    for name in ("Awa", "Ali"):
        team.does("enroll", "--nom", "SOW", "--prenoms", name, "--orientation", "acceptee",
                  "--date-orientation", "2023-03-01")  # fmt: skip
    before = team.does("report", "funnel", "--format", "csv").out
    team.does("household", "add", "44-0001", "44-0002")
    team.does("household", "add", "44-0001", "--enfant", "2014", "--enfant", "2016")
    told = team.does("report", "funnel").out
    assert "Ces ménages comptent aussi 2 enfants sans dossier" in told
    after = team.does("report", "funnel", "--format", "csv").out
    assert after.replace("2,1,", "2,2,") == before  # two persons, one household now
    (behind,) = team.does("report", "funnel", "--list", "menages", "--format", "csv").out.split(
        "\n"
    )[1:2]
    assert "44-0001 44-0002" in behind
    assert "2014, 2016" in behind
    assert "2014" not in team.does("today").out
    assert "enfants" not in team.does("report", "funnel", "--mask", "5").out


def test_a_reference_that_no_dossier_here_has_is_no_code_when_it_is_typed(
    team: Team, tmp_path: Path
) -> None:
    """It is that of another site; a list may number its families so."""
    answer = team("enroll", "--nom", "KEITA-INVENTE", "--menage", "44B-0001")
    assert answer.code == 4
    assert "aucun dossier d'ici ne la porte" in answer.err
    assert "agir sync" in answer.err
    assert team.rows("SELECT count(*) FROM dossiers") == [(0,)]
    reference = team.enrols("--nom", "DIALLO-INVENTE")
    assert team("enroll", "--dossier", reference, "--menage", "44B-0001").code == 4
    path = tmp_path / "liste.csv"
    path.write_text("nom;prenoms;menage\nBARRY-INVENTE;Un;44-77\nBARRY-INVENTE;Deux;44-77\n")
    team.does("enroll", "--from", str(path))
    assert team.rows("SELECT count(DISTINCT menage) FROM dossiers") == [(1,)]
    team.does("enroll", "--nom", "CISSE-INVENTE", "--menage", "44-77")  # a code that is known
    team.does("enroll", "--nom", "KONE-INVENTE", "--menage", reference)
