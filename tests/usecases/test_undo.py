"""`agir undo`: a whole import taken out, and what stays because somebody touched it since."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain import commands as c
from agir_cli.failures import NotFoundFailure
from agir_cli.usecases import undo as undoing
from agir_cli.usecases.undo import IMPOSSIBLE, KEPT, UNDONE
from tests.usecases.filing import STANDING, TODAY, File

HEAD = "agdref;nom;prenoms;date_naissance;statut;date_cir;orientation;date_orientation"
AWA = "0123456701;DIALLO-INVENTE;Awa;02/03/1994;refugie;09/01/2023;acceptee;10/01/2023"
ZAHRA = "0123456702;KARIMI-INVENTEE;Zahra;1990;refugie;09/01/2023;acceptee;10/01/2023"
TWO = f"{HEAD}\n{AWA}\n{ZAHRA}"


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "equipe.db")


def fates(file: File, batch: str) -> dict[str, tuple[str, str]]:
    made = undoing.look(file.visitor, batch)
    assert not made.done
    return {fate.dossier: (fate.outcome, fate.detail) for fate in made.fates}


def test_an_import_is_shown_then_taken_out_then_imported_again(file: File) -> None:
    before = file.picture()
    first = file.brings(c.Enroll, TWO)
    assert first.counts == (2, 2, 0, 0, 0, 0)
    with_it = file.picture()
    assert {outcome for outcome, _ in fates(file, first.batch).values()} == {UNDONE}
    assert file.picture() == with_it

    made = undoing.undo(file.visitor, first.batch, "importé par erreur")
    assert made.done
    assert made.count(UNDONE) == 2
    assert file.picture() == before
    assert not file.faults()

    again = file.brings(c.Enroll, TWO)
    assert again.summary.known is None
    assert again.counts == (2, 2, 0, 0, 0, 0)
    assert not file.faults()
    assert file.brings(c.Enroll, TWO).counts == (2, 0, 0, 2, 0, 0)


def test_the_journal_keeps_everything_with_the_reason(file: File) -> None:
    batch = file.brings(c.Enroll, TWO).batch
    events = file.rows("SELECT * FROM events")
    undoing.undo(file.visitor, batch)
    after = file.rows("SELECT * FROM events")
    assert after[: len(events)] == events
    voiding = "SELECT count(*) FROM events WHERE kind = 'event_voided'"
    assert file.rows(voiding) == [(len(events),)]
    assert file.rows("SELECT DISTINCT value FROM texts WHERE field = 'raison'") == [
        (f"annulation du lot {batch}",)
    ]


def test_the_words_of_a_person_who_is_removed_go_with_them(file: File) -> None:
    batch = file.brings(c.Enroll, f"{HEAD};prescripteur\n{AWA};CADA Inventé").batch
    assert file.rows("SELECT value FROM texts") == [("CADA Inventé",)]
    undoing.undo(file.visitor, batch, "importé par erreur")
    assert not file.rows("SELECT value FROM texts WHERE field <> 'raison'")


def test_a_dossier_touched_since_stays_whole_and_says_by_what_and_whom(file: File) -> None:
    batch = file.brings(c.Enroll, TWO).batch
    File(file.path, "Dominique Autre").does(
        c.HoldDiagnosis, dossier="44-0001", date_diagnostic="14/02/2023"
    )
    kept = file.rows("SELECT * FROM dossiers WHERE dossier = '44-0001'")
    outcome, detail = fates(file, batch)["44-0001"]
    assert outcome == KEPT
    assert "diagnostic AGIR (14/02/2023)" in detail
    assert "Dominique Autre" in detail

    made = undoing.undo(file.visitor, batch, "importé par erreur")
    assert (made.count(UNDONE), made.count(KEPT)) == (1, 1)
    assert file.rows("SELECT * FROM dossiers") == kept
    assert file.rows("SELECT nom FROM people") == [("DIALLO-INVENTE",)]
    assert not file.faults()


def test_what_was_kept_can_be_undone_once_nobody_touches_it_any_more(file: File) -> None:
    before = file.picture()
    batch = file.brings(c.Enroll, TWO).batch
    later = file.brings(c.HoldDiagnosis, "dossier;date_diagnostic\n44-0001;14/02/2023").batch
    assert undoing.undo(file.visitor, batch, "importé par erreur").count(KEPT) == 1
    undoing.undo(file.visitor, later, "importé par erreur")
    assert undoing.undo(file.visitor, batch, "importé par erreur").count(UNDONE) == 1
    assert file.picture() == before
    assert not file.faults()
    with pytest.raises(NotFoundFailure, match="déjà annulé"):
        undoing.look(file.visitor, batch)


def test_undoing_a_later_import_first_then_the_earlier_one(file: File) -> None:
    before = file.picture()
    first = file.brings(c.Enroll, TWO).batch
    between = file.picture()
    second = file.brings(c.HoldDiagnosis, "dossier;date_diagnostic\n44-0001;14/02/2023").batch
    undoing.undo(file.visitor, second, "importé par erreur")
    assert file.picture() == between
    assert undoing.undo(file.visitor, first, "importé par erreur").count(UNDONE) == 2
    assert file.picture() == before


def test_a_persons_value_goes_back_unless_changed_since(file: File) -> None:
    file.brings(c.Enroll, f"{HEAD};telephone\n{AWA};0611111111\n{ZAHRA};0622222222")
    between = file.picture()
    text = "dossier;telephone;nom_usage\n44-0001;0633333333;INVENTE\n44-0002;0644444444;"
    batch = file.brings(c.Enroll, text).batch
    file.does(c.Enroll, dossier="44-0002", telephone="0655555555")
    shown = fates(file, batch)
    assert shown["44-0001"] == (UNDONE, "nom d'usage comme avant ; téléphone comme avant")
    assert shown["44-0002"][0] == KEPT
    undoing.undo(file.visitor, batch, "importé par erreur")
    phones = dict(file.rows("SELECT nom, telephone FROM people"))
    assert phones == {"DIALLO-INVENTE": "0611111111", "KARIMI-INVENTEE": "0655555555"}
    person = "SELECT * FROM people WHERE nom = 'DIALLO-INVENTE'"
    assert file.rows(person)[0] in between["people"]
    former = "SELECT count(*) FROM identities i JOIN people p ON p.id = i.person WHERE p.nom = ?"
    assert file.rows(former, "DIALLO-INVENTE") == [(0,)]


def test_a_number_taken_by_somebody_else_since_does_not_go_back(file: File) -> None:
    file.brings(c.Enroll, f"{HEAD}\n{AWA}")
    batch = file.brings(c.Enroll, "dossier;agdref\n44-0001;0123456799").batch
    file.brings(c.Enroll, f"{HEAD}\n{ZAHRA.replace('0123456702', '0123456701')}")
    assert fates(file, batch)["44-0001"][0] == IMPOSSIBLE
    assert not undoing.undo(file.visitor, batch, "importé par erreur").done
    assert file.rows("SELECT annule_par FROM batches WHERE id = ?", batch) == [(None,)]


def test_a_number_goes_back(file: File) -> None:
    file.brings(c.Enroll, TWO)
    between = file.picture()
    one = file.brings(c.Enroll, "dossier;agdref\n44-0001;0123456777").batch
    assert undoing.undo(file.visitor, one, "importé par erreur").done
    assert file.picture() == between


def test_a_dossier_that_another_one_joins_stays(file: File) -> None:
    batch = file.brings(c.Enroll, TWO).batch
    file.does(
        c.Enroll, nom="INVENTE", prenoms="Joint", statut="rejoignant", rejoint="44-0001",
        orientation="acceptee",
    )  # fmt: skip
    shown = fates(file, batch)
    assert shown["44-0001"][0] == KEPT  # it has had the household of both since
    assert shown["44-0002"][0] == UNDONE


def test_a_closing_is_undone_but_not_beside_another_open_dossier(file: File) -> None:
    file.brings(c.Enroll, TWO)
    text = "dossier;date_cloture;motif\n44-0001;01/03/2023;transfert\n44-0002;01/03/2023;transfert"
    batch = file.brings(c.Close, text).batch
    opened = file.brings(c.Enroll, f"{HEAD}\n{AWA.replace('10/01/2023', '10/04/2023')}")
    assert opened.counts == (1, 1, 0, 0, 0, 0)
    shown = fates(file, batch)
    assert shown["44-0001"][0] == IMPOSSIBLE
    assert "44-0003" in shown["44-0001"][1]
    assert shown["44-0002"][0] == UNDONE
    undoing.undo(file.visitor, batch, "importé par erreur")
    stages = dict(file.rows("SELECT dossier, etape FROM dossiers"))
    assert stages == {"44-0001": "clos", "44-0002": "diagnostic", "44-0003": "diagnostic"}
    assert not file.faults()


def test_a_second_dossier_is_taken_out_and_its_person_stays(file: File) -> None:
    file.brings(c.Enroll, f"{HEAD}\n{AWA}")
    file.does(c.Close, dossier="44-0001", date_cloture="01/03/2023", motif="transfert")
    before = file.picture()
    batch = file.brings(c.Enroll, f"{HEAD}\n{AWA.replace('10/01/2023', '10/04/2023')}").batch
    assert undoing.undo(file.visitor, batch, "importé par erreur").count(UNDONE) == 1
    assert file.picture() == before


def test_a_final_refusal_imported_by_mistake_gives_the_right_back(file: File) -> None:
    file.brings(c.Enroll, TWO)
    file.does(c.HoldDiagnosis, dossier="44-0001", date_diagnostic="14/02/2023")
    before = file.picture()
    batch = file.brings(c.RefuseContract, "dossier;date_refus\n44-0001;01/03/2023").batch
    assert file.rows("SELECT definitif FROM dossiers WHERE dossier = '44-0001'") == [("oui",)]
    undoing.undo(file.visitor, batch, "importé par erreur")
    assert file.picture() == before


def test_a_batch_is_found_by_its_beginning(file: File) -> None:
    first = file.brings(c.Enroll, f"{HEAD}\n{AWA}").batch
    second = file.brings(c.Enroll, f"{HEAD}\n{ZAHRA}").batch
    assert [b.id for b in undoing.imports(file.visitor)] == [second, first]
    assert undoing.look(file.visitor, first.lower()).batch.id == first
    common = next(first[:n] for n in range(26, 0, -1) if second.startswith(first[:n]))
    with pytest.raises(NotFoundFailure, match="plusieurs lots") as told:
        undoing.look(file.visitor, common)
    assert any(second in line for line in told.value.details)
    for nothing in ("ZZZ", "", "  ", "%", "*"):
        with pytest.raises(NotFoundFailure, match="Aucun lot"):
            undoing.look(file.visitor, nothing)


def test_who_undid_a_batch_and_when_is_kept(file: File) -> None:
    batch = file.brings(c.Enroll, TWO).batch
    undoing.undo(File(file.path, "Dominique Autre").visitor, batch)
    undone = undoing.imports(file.visitor)[0].undone_by
    assert undone is not None
    assert undone.endswith(" Dominique Autre")


# --- any import, taken out at once, was never there -------------------------------------

NAMES = ("ALPHA-INVENTE", "BETA-INVENTEE", "GAMMA-INVENTE", "DELTA-INVENTEE")
person = st.integers(0, len(NAMES) - 1)
day = st.dates(min_value=TODAY.replace(month=1, day=1), max_value=TODAY).map(str)


def enrolment(number: int, cir: str, phone: str, household: str) -> str:
    return f"012345670{number};{NAMES[number]};Essai;199{number};{cir};{phone};{household}"


ENROLMENTS = st.lists(
    st.builds(
        enrolment, person, day, st.sampled_from(["", "0611111111", "0622222222"]),
        st.sampled_from(["", "M1", "44-0001"]),
    ),
    min_size=1, max_size=6,
).map(lambda rows: (c.Enroll, "\n".join(
    ["agdref;nom;prenoms;date_naissance;date_cir;telephone;menage", *rows])))  # fmt: skip


def acts(command: type[c.Command], fields: str, *values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[type[c.Command], str]]:  # noqa: E501 # fmt: skip
    row = st.tuples(person.map(lambda n: f"012345670{n}"), *values).map(";".join)
    lines = st.lists(row, min_size=1, max_size=5)
    return lines.map(lambda rows: (command, "\n".join([f"agdref;{fields}", *rows])))


FILES = st.one_of(
    ENROLMENTS,
    acts(c.AddLiaison, "date_fiche", day),
    acts(c.BookDiagnosis, "date_rdv_diagnostic", day),
    acts(c.MissDiagnosis, "date_absence", day),
    acts(c.HoldDiagnosis, "date_diagnostic", day),
    acts(c.Assign, "date_commission;referent", day, st.sampled_from(["Riviere", "Essai"])),
    acts(c.SignContract, "date_contrat", day),
    acts(c.SetSituation, "date_situation;situation_logement", day, st.just("dna")),
    acts(c.AddStep, "date_etape;etape", day, st.sampled_from(["permis", "FLE"])),
    acts(c.RefuseContract, "date_refus", day),
    acts(c.Close, "date_cloture;motif", day, st.sampled_from(["transfert", "arret_beneficiaire"])),
)


@given(st.lists(FILES, max_size=6), FILES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_an_import_taken_out_at_once_was_never_there(
    tmp_path_factory: pytest.TempPathFactory,
    earlier: list[tuple[type[c.Command], str]],
    last: tuple[type[c.Command], str],
) -> None:
    """Whatever the file held: every list, every person is as before; the file comes in again."""
    file = File(tmp_path_factory.mktemp("undo") / "equipe.db")
    # 44-0001, whom a row may name: a reference that was taken out is never given again.
    file.brings(c.Enroll, "agdref;nom\n0123456799;FOYER-INVENTE")
    for command, text in earlier:
        file.brings(command, text, keep_going=True)
    before = file.picture()
    first = file.brings(*last, keep_going=True)
    if first.summary.batch is None:
        assert file.picture() == before
        return
    made = undoing.undo(file.visitor, first.batch, "importé par erreur")
    assert made.count(UNDONE) == len(made.fates) > 0
    assert file.picture() == before
    assert not [f for f in file.faults() if "anomalie" not in str(f)]
    assert file.brings(*last, keep_going=True).counts == first.counts
    assert set(STANDING) <= set(file.tables())


def test_a_refused_row_leaves_nothing_on_the_dossier_of_its_household(file: File) -> None:
    """Found by the property above: the household's code was recorded before the refusal."""
    file.brings(c.Enroll, f"{HEAD}\n{AWA}")
    before, events = file.picture(), file.rows("SELECT * FROM events")
    refused = f"{HEAD};menage\n{AWA.replace('09/01/2023', '08/01/2023')};44-0001"
    brought = file.brings(c.Enroll, refused, keep_going=True)
    assert brought.codes(2) == ["deja_enregistre"]
    assert file.picture() == before
    assert file.rows("SELECT * FROM events") == events
