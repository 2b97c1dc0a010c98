"""The ledger: rows see the rows before them however a file is cut; a refused row leaves nothing."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agir_cli.domain import commands as c
from agir_cli.domain.events import Draft, Kind
from agir_cli.store import people
from agir_cli.usecases import intake
from agir_cli.usecases.ledger import transaction
from tests.usecases.filing import File, outcome

FIELDS = (
    "agdref", "nom", "prenoms", "date_naissance", "statut", "date_cir", "orientation",
    "date_orientation", "commune_residence", "situation_logement", "telephone", "menage",
    "rejoint", "prescripteur", "dossier",
)  # fmt: skip
HEAD = ";".join(FIELDS)


def person(draw: random.Random, place: int) -> list[str]:
    """Somebody who mostly goes in, with what makes a file hard now and then."""

    def rarely(text: str, times: float = 0.1) -> str:
        return text if draw.random() < times else ""

    before = f"01234{draw.randint(max(0, place - 30), place):05d}"
    return [
        draw.choice((f"01234{place:05d}",) * 8 + (before, "")),
        f"N{draw.choice((place, place, place, draw.randint(0, 20)))}-INVENTE",
        draw.choice(("Awa", "Zoé", "Noor")),
        draw.choice(("02/03/1994", "1990", "", rarely("30/02/1990"))),
        draw.choice(("refugie", "apatride")),
        draw.choice(("09/01/2023", "02/2023", rarely("2019"))), rarely("acceptee", 0.7),
        draw.choice(("10/03/2023", "")), draw.choice(("Rezé", "44100", "Laval", "")), rarely("dna"),
        rarely("0612345678"), draw.choice(("", "", f"M{place // 4}", rarely("44-0002"))),
        rarely(before, 0.05), rarely("Association inventée"), rarely("44-0003", 0.02),
    ]  # fmt: skip


def table(seed: int, count: int) -> str:
    """That many rows, some of them about persons of the rows before."""
    draw = random.Random(seed)
    return "\n".join([HEAD, *(";".join(person(draw, place)) for place in range(count))])


def brought_by(path: Path, *texts: str) -> list[object]:
    """What these files come to, one after the other."""
    file = File(path)
    found = [outcome(file, file.brings(c.Enroll, text, keep_going=True)) for text in texts]
    assert not file.faults()
    return found


@settings(
    deadline=None, max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(seed=st.integers(0, 10**6), count=st.integers(1, 25), size=st.integers(1, 12))
@example(seed=959, count=7, size=1)  # a person renamed, then a row like the former name
def test_a_file_comes_to_the_same_however_it_is_cut(
    tmp_path: Path, seed: int, count: int, size: int
) -> None:
    base = tmp_path / f"{next(_NUMBERS)}"
    texts = table(seed, count), table(seed + 1, count)
    expected = brought_by(base.with_suffix(".entier.db"), *texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "CHUNK", size)
        assert brought_by(base.with_suffix(".coupe.db"), *texts) == expected


_NUMBERS = itertools.count()


@pytest.mark.parametrize("seed", range(3))
def test_a_long_file_comes_to_the_same_cut_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    texts = table(seed, 120), table(seed + 10, 60), table(seed, 120)
    expected = brought_by(tmp_path / "entier.db", *texts)
    monkeypatch.setattr(intake, "CHUNK", 10)
    assert brought_by(tmp_path / "coupe.db", *texts) == expected


def test_a_cell_that_erases_is_read_alike(tmp_path: Path) -> None:
    rows = [f"01234{n:05d};N{n}-INVENTE;-;1990" for n in range(60)]
    text = "\n".join(["agdref;nom;prenoms;date_naissance", *rows])
    file = File(tmp_path / "equipe.db")
    assert file.brings(c.Enroll, text, eraser="-").counts == (60, 60, 0, 0, 0, 0)
    assert file.rows("SELECT count(prenoms) FROM people") == [(0,)]


# --- a refused row, and what waits -------------------------------------------------------


def test_a_refused_row_leaves_neither_events_nor_numbers_nor_referents(tmp_path: Path) -> None:
    file = File(tmp_path / "equipe.db")
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa")
    wide = "nom;prenoms;date_diagnostic;date_commission;referent;date_contrat\n"
    wide += "KEITA-INVENTE;Ali;25/01/2023;01/02/2023;REFUSÉ-INVENTE Line;01/03/2030\n"
    wide += "KANE-INVENTE;Zoé;25/01/2023;02/02/2023;ADMISE-INVENTEE Rose;\n"
    brought = file.takes_over(wide, keep_going=True)
    assert brought.counts == (2, 1, 0, 0, 0, 1)
    assert file.rows("SELECT code, nom FROM referents") == [("R001", "ADMISE-INVENTEE Rose")]
    assert file.rows("SELECT dossier FROM dossiers ORDER BY 1") == [("44-0001",), ("44-0002",)]
    assert file.rows("SELECT nom FROM people ORDER BY 1") == [
        ("DIALLO-INVENTE",),
        ("KANE-INVENTE",),
    ]
    assert not file.faults()


def test_a_row_that_asks_after_it_has_recorded_stops_the_command(tmp_path: Path) -> None:
    """Else a refusal could no longer take back what was written for its row."""
    file = File(tmp_path / "equipe.db")
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", agdref="0123456789")
    (dossier,) = file.rows("SELECT id FROM dossiers")[0]

    def asks_too_late() -> None:
        ledger.append(str(dossier), [Draft(Kind.FACTS_RECORDED, None, {"menage": "M1"})])
        ledger.holders("0123456789", "")

    with pytest.raises(RuntimeError, match="asks before it records"):  # noqa: SIM117
        with transaction(file.visitor) as ledger:
            ledger.row(asks_too_late)
    assert file.rows("SELECT menage FROM dossiers") == [(None,)]


def test_what_was_read_ahead_is_kept_where_somebody_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each row after that one asks the file alone, and is written alone."""
    asked: list[object] = []
    holdings = people.holdings
    monkeypatch.setattr(people, "holdings", lambda *a, **k: asked.append(k) or holdings(*a, **k))
    same = ["DIALLO-INVENTE;Mohammad;06/05/1991;0123400001",
            "DIALLO-INVENTE;Mohamed;06/05/1991;0123400112"]  # fmt: skip
    words = ("BARO", "KENE", "SULU", "MIDA", "TOGA", "RUFE", "PILO", "VANU")
    others = [f"{a}{b};{b.title()};1980;01235{x}{y}000"
              for x, a in enumerate(words) for y, b in enumerate(words)]  # fmt: skip
    text = "\n".join(["nom;prenoms;date_naissance;agdref", *same, *others])
    file = File(tmp_path / "equipe.db")
    assert file.brings(c.Enroll, text, keep_going=True).counts == (66, 65, 0, 0, 1, 0)
    assert len(asked) <= 3
    assert not file.faults()


_HEAD = "agdref;nom;prenoms;date_naissance;nom_usage;dossier;rejoint;menage;date_orientation"
_MARTIN = "0123400001;MARTIN-INVENTE;Awa;1990;;;;"
_OTHER = "0123400002;AUTRE-INVENTE;Zoé;1992;;"


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    ("row", "codes", "links"),
    [
        # The second dossier is meant by its reference from the next row on.
        (";;;;USAGE;44-0002;;;", [], [(None, None), (None, None)]),
        (f"{_OTHER};44-0002;;", [], [(None, None), (None, "44-0002"), ("44-0002", "44-0002")]),
        (f"{_OTHER};;44-0002;", [], [(None, None), (None, "44-0002"), (None, "44-0002")]),
        # And a name, a number or a beginning means two dossiers: nobody chooses.
        (";;;;USAGE;MARTIN-INVENTE;;;", ["dossier_ambigu"], [(None, None), (None, None)]),
        (";;;;USAGE;44-00;;;", ["dossier_ambigu"], [(None, None), (None, None)]),
        (f"{_OTHER};0123400001;;", [], [(None, None), (None, None), (None, None)]),
    ],
)
def test_a_row_sees_the_second_dossier_opened_above(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    row: str,
    codes: list[str],
    links: list[object],
) -> None:
    monkeypatch.setattr(intake, "CHUNK", size)
    file = File(tmp_path / "equipe.db")
    file.brings(c.Enroll, f"{_HEAD}\n{_MARTIN};10/03/2023")
    file.does(c.Close, dossier="44-0001", date_cloture="01/09/2023", motif="transfert")
    brought = file.brings(c.Enroll, f"{_HEAD}\n{_MARTIN};15/09/2023\n{row}", keep_going=True)
    assert [found.code for each in brought.turned.values() for found in each] == codes
    assert file.rows("SELECT rejoint, menage FROM dossiers ORDER BY dossier") == links
    assert not file.faults()
