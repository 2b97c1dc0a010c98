"""Who accompanies: a change, a hand-over, and the directory of référents."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.coordinator import COMPLETE, Team


def assigned(team: Team, name: str, referent: str, *more: str) -> str:
    """A dossier that a commission has given to a référent on 1 February 2023."""
    ref = team.enrols("--nom", name, "--date-naissance", "1994", *COMPLETE, "--date-cir",
                      "10/01/2023", "--orientation", "acceptee", "--date-orientation",
                      "12/01/2023")  # fmt: skip
    team.does("diagnose", "hold", ref, "--on", "25/01/2023")
    team.does("assign", ref, "--on", "01/02/2023", "--referent", referent, *more)
    return ref


def referents_of(team: Team, ref: str) -> tuple[str, str, str]:
    """The référent, the second one, and since when, as the list has them."""
    rows = team.rows(
        "SELECT r.nom, s.nom, d.date_referent FROM dossiers d LEFT JOIN referents r ON r.code ="
        f" d.referent LEFT JOIN referents s ON s.code = d.second_referent WHERE d.dossier = '{ref}'"
    )
    return tuple(value or "" for value in rows[0])  # type: ignore[return-value]


def test_another_accompanies_from_a_day_on_and_the_commission_stays(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "designate", ref, "--on", "01/09/2023", "--referent", "Luc Petit")
    assert referents_of(team, ref) == ("Luc Petit", "", "2023-09-01")
    told = team.does("report", "timeline", ref).out
    assert "Commission : référent désigné" in told
    assert "référent parcours : Anne Martin" in told
    assert "Changement de référent" in told
    before = team.does("report", "dossiers", "--as-of", "31/08/2023", "--format", "csv").out
    assert "Anne Martin" in before
    assert "Luc Petit" not in before


@pytest.mark.parametrize("day", ["01/09/2023", "15/09/2023"])
def test_the_same_again_is_no_event(team: Team, day: str) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    said = ("referent", "designate", ref, "--referent", "Luc Petit", "--on")
    team.does(*said, "01/09/2023")
    count = team.rows("SELECT count(*) FROM events")
    assert "rien n'a changé" in team.does(*said, day).out
    assert team.rows("SELECT count(*) FROM events") == count


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(("--on", "01/01/2023", "--referent", "X"), 3, "ne peut pas précéder",
                     id="avant la commission"),
        pytest.param(("--on", "01/09/2030", "--referent", "X"), 3, "à venir", id="à venir"),
        pytest.param(("--on", "01/09/2023"), 2, "--referent", id="personne"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused(
    team: Team, words: tuple[str, ...], code: int, told: str
) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    answer = team("referent", "designate", ref, *words)
    assert answer.code == code
    assert told in answer.err
    assert referents_of(team, ref)[0] == "Anne Martin"


def test_without_a_commission_nobody_changes(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE")
    answer = team("referent", "designate", ref, "--on", "01/09/2023", "--referent", "X")
    assert answer.code == 3
    assert "agir assign" in answer.err


def test_a_file_that_says_the_first_referent_again_changes_nothing(
    team: Team, tmp_path: Path
) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "designate", ref, "--on", "01/09/2023", "--referent", "Luc Petit")
    rows = tmp_path / "commission.csv"
    rows.write_text(f"dossier;date_commission;referent\n{ref};01/02/2023;Anne Martin\n", "utf-8")
    answer = team.does("assign", "--from", str(rows))
    assert "inchangés 1" in answer.err
    assert referents_of(team, ref)[0] == "Luc Petit"


def test_what_the_list_says_of_a_change_comes_back(
    team: Team, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "designate", ref, "--on", "01/09/2023", "--referent", "Luc Petit")
    rows = tmp_path / "dossiers.csv"
    team.does("report", "dossiers", "--format", "csv", "--output", str(rows))
    assert "inchangés 1" in team.does("import", str(rows)).err
    other = Team(tmp_path / "autre.db", capsys)
    other.does("init", "--department", "44")
    other.does("import", str(rows))
    assert referents_of(other, "44-0001") == ("Luc Petit", "", "2023-09-01")


# --- handing over --------------------------------------------------------------------------


def test_every_open_dossier_passes_and_comes_back(team: Team) -> None:
    first = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    second = assigned(team, "BARRY-INVENTE", "Luc Petit", "--second-referent", "Anne Martin")
    gone = assigned(team, "KONATE-INVENTE", "Anne Martin")
    late = assigned(team, "SOW-INVENTE", "Anne Martin")
    team.does("close", gone, "--motif", "transfert", "--on", "01/03/2023")
    team.does("referent", "designate", late, "--on", "05/10/2023", "--referent", "Luc Petit")
    team.does("referent", "designate", late, "--on", "08/10/2023", "--referent", "Anne Martin")

    words = ("referent", "handover", "martin", "Luc Petit", "--on", "01/09/2023")
    shown = team.does(*words)
    assert first in shown.out
    assert gone not in shown.out
    assert "Rien n'a été enregistré" in shown.err
    assert referents_of(team, first)[0] == "Anne Martin"

    done = team.does(*words, "--yes")
    assert referents_of(team, first) == ("Luc Petit", "", "2023-09-01")
    assert referents_of(team, second)[1] == "Luc Petit"
    assert referents_of(team, late)[0] == "Anne Martin", "a later change stays"
    assert "plus récent" in done.out
    batch = done.err.rsplit("agir undo ", 1)[1].split()[0]
    team("undo", batch, "--yes")
    assert referents_of(team, first) == ("Anne Martin", "", "")
    assert not team.does("check").err.strip().startswith("Erreur")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("martin", "Anne Martin"), "le même référent", id="à soi-même"),
        pytest.param(("personne", "Anne Martin"), "Aucun référent", id="inconnu"),
    ],
)
def test_a_hand_over_between_two_known_persons(
    team: Team, words: tuple[str, str], told: str
) -> None:
    assigned(team, "DIALLO-INVENTE", "Anne Martin")
    answer = team("referent", "handover", *words, "--on", "01/09/2023", "--yes")
    assert answer.code in (2, 4)
    assert told in answer.err


# --- the directory ---------------------------------------------------------------------------


def test_who_has_left_is_refused_from_that_day(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    other = assigned(team, "BARRY-INVENTE", "Luc Petit")
    left = team.does("referent", "leave", "martin", "--on", "01/09/2023")
    assert "1 dossier à transmettre" in left.err
    assert "handover" in left.err
    words = ("referent", "designate", other, "--referent", "Anne Martin", "--on")
    refused = team(*words, "01/09/2023")
    assert refused.code == 3
    assert "01/09/2023" in refused.err
    assert "referent_parti" in refused.err
    team.does(*words, "31/08/2023")
    assert referents_of(team, ref)[0] == "Anne Martin"


def test_a_ceiling_warns_and_refuses_nobody(team: Team) -> None:
    assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "set", "martin", "--plafond", "2")
    ref = team.enrols("--nom", "BARRY-INVENTE", *COMPLETE, "--date-cir", "10/01/2023",
                      "--orientation", "acceptee", "--date-naissance", "1990")  # fmt: skip
    team.does("diagnose", "hold", ref, "--on", "25/01/2023")
    quiet = team.does("assign", ref, "--on", "01/02/2023", "--referent", "martin")
    assert "dépasse son plafond" not in quiet.err
    third = team.enrols("--nom", "SOW-INVENTE", *COMPLETE, "--date-cir", "10/01/2023",
                        "--orientation", "acceptee", "--date-naissance", "1990")  # fmt: skip
    team.does("diagnose", "hold", third, "--on", "25/01/2023")
    told = team.does("assign", third, "--on", "01/02/2023", "--referent", "martin")
    assert "Anne Martin dépasse son plafond (3/2)" in told.err
    assert referents_of(team, third)[0] == "Anne Martin"


def test_three_spellings_become_one_person(team: Team) -> None:
    refs = [
        assigned(team, f"PERSONNE-{n}-INVENTEE", name)
        for n, name in enumerate(("durand", "A. Durant", "Anne Durand"))
    ]
    team.does("referent", "join", "R001", "R003")
    team.does("referent", "join", "R002", "R003")
    assert {referents_of(team, ref)[0] for ref in refs} == {"Anne Durand"}
    listed = team.does("referent", "list", "--format", "csv").out
    assert len(listed.splitlines()) == 2
    for typed in ("durand", "A. Durant", "R001", "anne durand"):
        found = team.does("report", "dossiers", "--referent", typed, "--format", "csv")
        assert len(found.out.splitlines()) == 4, typed
    again = assigned(team, "PERSONNE-4-INVENTEE", "A. Durant")
    assert referents_of(team, again)[0] == "Anne Durand"
    team.does("check")
    team.does("rebuild")
    assert {referents_of(team, ref)[0] for ref in refs} == {"Anne Durand"}

    team.does("referent", "join", "R001", "--undo")
    assert referents_of(team, refs[0])[0] == "durand"
    assert referents_of(team, refs[1])[0] == "Anne Durand"


def test_a_name_is_put_right_everywhere_and_never_twice(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "martin")
    assigned(team, "BARRY-INVENTE", "Luc Petit")
    team.does("referent", "rename", "R001", "Anne Martin")
    assert "Anne Martin" in team.does("show", ref).out
    refused = team("referent", "rename", "R001", "luc PETIT")
    assert refused.code == 3
    assert "referent join R001 R002" in refused.err
    twice = team("referent", "add", "Luc Petit")
    assert twice.code == 3


def test_what_is_known_of_a_referent_is_read_as_everywhere(team: Team) -> None:
    team.does("referent", "add", "Anne Martin", "--plafond", "25", "--langues", "dari, pachto",
              "--domaines", "droit_logement", "--depuis", "01/01/2023")  # fmt: skip
    (row,) = team.rows("SELECT plafond, langues, domaines, depuis FROM referent_facts")
    assert row == (25, "prs,pus", "droit_logement", "2023-01-01")
    team.does("referent", "set", "martin", "--plafond", "0")
    assert team.rows("SELECT plafond FROM referent_facts") == [(None,)]
    wrong = team("referent", "set", "martin", "--langues", "klingon")
    assert wrong.code == 2
    assert team("referent", "set", "martin").code == 2


def test_a_directory_without_anybody_says_how_to_begin(team: Team) -> None:
    assert "agir referent add" in team.does("referent", "list").err


def test_a_list_read_again_changes_nothing_after_a_change(team: Team, tmp_path: Path) -> None:
    """A second référent stays, and one who has left since was designated in time."""
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin", "--second-referent", "Zoé Roy")
    assigned(team, "BARRY-INVENTE", "Zoé Roy")
    team.does("referent", "designate", ref, "--on", "01/09/2023", "--referent", "Luc Petit")
    team.does("referent", "leave", "roy", "--on", "01/10/2023")
    team.does("referent", "leave", "petit", "--on", "01/09/2023")
    rows = tmp_path / "dossiers.csv"
    team.does("report", "dossiers", "--format", "csv", "--output", str(rows))
    assert "inchangés 2" in team.does("import", str(rows)).err


def test_without_a_day_a_handover_and_a_leaving_are_todays(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "add", "Luc Petit")
    team.does("referent", "handover", "Anne Martin", "Luc Petit", "--yes")
    assert referents_of(team, ref) == ("Luc Petit", "", "2023-11-23")
    assert "à partir du 23/11/2023" in team.does("referent", "leave", "Anne Martin").err
