"""What one may type for a command: French names, beginnings, other words, several dossiers."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from agir_cli.cli.app import COMMANDS, command_line, main
from agir_cli.cli.command_words import SENSE, table
from agir_cli.cli.commands.report import REPORTS
from tests.cli.coordinator import ORIENTED, Team

# --- names of commands --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("inscrire", "agir enroll"),
        ("diagnostiquer tenir", "agir diagnose hold"),
        ("diagnostic absence", "agir diagnose absent"),
        ("contrat signer", "agir contract sign"),
        ("attribuer", "agir assign"),
        ("clore", "agir close"),
        ("aujourd'hui", "agir today"),
        ("Aujourdhui", "agir today"),
        ("etape ajouter", "agir step add"),
        ("rapport retards", "agir report overdue"),
        ("rapport comite", "agir report board"),
        ("réglages montrer", "agir config show"),
        ("enr", "agir enroll"),
        ("cont s", "agir contract sign"),
        ("diag h", "agir diagnose hold"),
        ("rep fun", "agir report funnel"),
    ],
)
def test_a_french_name_or_a_beginning_is_the_command(
    capsys: pytest.CaptureFixture[str], typed: str, page: str
) -> None:
    assert main([*shlex.split(typed.replace("'", "\\'")), "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage : {page} ")


@pytest.mark.parametrize("words", [("help",), ("aide",)])
def test_help_is_a_command(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert main([*words, "contrat", "signer"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("Usage : agir contract sign ")
    assert main(["contract", "sign", "--help"]) == 0
    assert capsys.readouterr().out == page
    assert main([*words]) == 0
    assert "  enroll, inscrire " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("c", ("contract", "close", "correct", "check", "config")),
        ("rep o", ("overdue", "outcomes")),
        ("enroll --nom X --date-c", ()),
        ("enroll --date hier", ("--date-naissance", "--date-cir", "--date-orientation")),
    ],
)
def test_a_beginning_of_several_lists_them(
    capsys: pytest.CaptureFixture[str], typed: str, told: tuple[str, ...]
) -> None:
    assert main(typed.split()) == 2
    err = capsys.readouterr().err
    for name in told:
        assert name in err
    assert ("est le début de plusieurs" in err) == bool(told)


def test_the_names_of_the_program_always_win() -> None:
    """A script that types them in full is never answered by another command."""
    for place, names in (("", COMMANDS), ("report", REPORTS)):
        for row in table():
            if row.place == place and row.word in names:
                assert row.means == row.word


# --- words that are none ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("convocation", "agir letter convocation REF"),
        ("retards", "agir report overdue"),
        ("imprimer", "agir letter convocation REF --output"),
        ("supprimer", "agir correct REF N° --void"),
        ("Courrier", "agir letter convocation REF"),
        ("44-12", "agir show 44-12"),
        ("inscrir3", "agir show inscrir3"),
        ("enrolement", "« enroll »"),
    ],
)
def test_a_word_is_answered_by_its_meaning_before_its_spelling(
    capsys: pytest.CaptureFixture[str], typed: str, told: str
) -> None:
    assert main([typed]) == 2
    assert told in capsys.readouterr().err


def _named(words: list[str]) -> tuple[click.Command, list[str]]:
    ctx = click.Context(command_line(), info_name="agir")
    while words and isinstance(ctx.command, click.Group) and not words[0].startswith("-"):
        name, command, words = ctx.command.resolve_command(ctx, words)
        assert command is not None
        ctx = click.Context(command, info_name=name, parent=ctx)
    return ctx.command, words


@pytest.mark.parametrize("row", [r for r in table() if r.place == SENSE], ids=lambda r: r.word)
def test_what_a_word_means_can_be_typed(row: tuple[str, str, str, str]) -> None:
    command, rest = _named(shlex.split(row[2]))
    options = {name for p in command.params for name in p.opts} | {"--help"}
    assert {word for word in rest if word.startswith("--")} <= options
    assert row[3]


# --- options ------------------------------------------------------------------------------


def test_an_option_is_known_by_its_beginning_its_accents_and_its_english_name(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--pren", "Awa", "--tel", "0612345601", *ORIENTED)
    assert "0612345601" in team.does("show", ref).out
    team.does("diagnose", "book", ref, "--on", "8/11 14h", "--office", "44-C1")
    for typed in ("--department", "--département", "--departement", "--dep"):
        assert ref in team.does("report", "dossiers", typed, "44").out
    assert ref in team.does("report", "dossiers", "--office", "44-C1").out
    helped = team.does("report", "dossiers", "--help").out
    assert "--departement CODE" in helped
    assert "--department" not in helped


@pytest.mark.parametrize(
    "line",
    ["--quiet --db {db} show 1", "show --quiet --db {db} 1", "show 1 --quiet --db {db}",
     "show 1 --db {db} --qui"],
)  # fmt: skip
def test_a_global_option_may_stand_anywhere(
    team: Team, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    assert main(line.format(db=team.db).split()) == 0
    said = capsys.readouterr()
    assert said.out.startswith(ref)
    assert said.err == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("referent handover martin durand --to 1/9/2023 --yes", "--today"),
     ("diagnose hold 1 --on 1/2/2023 --aut Camille", "--author"), ("today --si B", "--site")],
)  # fmt: skip
def test_a_beginning_does_not_silently_give_a_global_option_its_value(
    team: Team, typed: str, meant: str
) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.types(typed)
    assert answer.code == 2
    assert "n'est pas une option de cette commande" in answer.err
    assert f"en entier : {meant}." in answer.err


def test_an_option_of_the_command_wins_over_a_global_one(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    assert "x.csv" not in team.does("report", "funnel", "--no-pager", "--today", "9/10/2023").out


# --- which dossier -------------------------------------------------------------------------


def _three(team: Team) -> None:
    for name in ("NOORI-INVENTE", "HAILE-INVENTE", "GIRMA-INVENTE"):
        team.enrols("--nom", name, "--prenoms", "Farid", *ORIENTED)


@pytest.mark.parametrize(
    "typed",
    ["44-0002", "44-2", "2", "0002", "haile-invente farid", "farid haile", "0612345602",
     "+33612345602", '"06 12 34 56 02"', "Haile@Example.org"],
)  # fmt: skip
def test_a_dossier_is_meant_by_what_one_has_at_hand(team: Team, typed: str) -> None:
    _three(team)
    team.does("enroll", "--dossier", "2", "--telephone", "0612345602",
              "--courriel", "haile@example.org")  # fmt: skip
    for line in (f"show {typed}", f"find {typed}", f"explain {typed} --quiet"):
        assert "44-0002" in team.types(line).out, line
    assert "44-0002 : enregistré" in team.types(f"diagnose hold {typed} --on 1/2/2023").out


def test_a_number_of_two_departments_is_asked(team: Team) -> None:
    _three(team)
    team.enrols("--nom", "AUTRE-INVENTE", "--departement", "85", *ORIENTED)
    answer = team("show", "1")
    assert answer.code == 4
    assert "44-0001" in answer.err
    assert "85-0001" in answer.err


def test_one_dossier_is_shown_at_a_time(team: Team) -> None:
    _three(team)
    answer = team("show", "44-1", "44-2")
    assert (answer.code, "Un mot de trop : 44-2" in answer.err) == (2, True)


# --- several dossiers in one act -----------------------------------------------------------


def test_several_dossiers_are_recorded_together_a_line_each(team: Team) -> None:
    _three(team)
    answer = team.does("diagnose", "hold", "44-1", "2", "girma farid", "--on", "12/10")
    assert answer.out.splitlines() == [f"Dossier 44-000{n} : enregistré." for n in (1, 2, 3)]
    assert answer.err.count("« 12/10 » lu 12/10/2023") == 1
    assert len(team.rows("SELECT 1 FROM events WHERE kind = 'diagnosis_held'")) == 3


def test_one_refused_keeps_all_out_and_is_named(team: Team) -> None:
    _three(team)
    team.does("diagnose", "hold", "2", "--on", "1/10/2023")
    before = team.rows("SELECT count(*) FROM events")
    answer = team("diagnose", "hold", "44-1", "44-2", "44-9", "--on", "12/10/2023")
    assert answer.code in (3, 4)
    assert answer.out == ""
    assert "rien n'a été enregistré" in answer.err
    assert re.search(r"^44-0002 :\n• Ce fait est déjà enregistré", answer.err, re.MULTILINE)
    assert re.search(r"^44-9 :\n• Aucun dossier", answer.err, re.MULTILINE)
    assert team.rows("SELECT count(*) FROM events") == before


def test_a_final_act_on_several_asks_for_each(team: Team) -> None:
    _three(team)
    team.does("diagnose", "hold", "1", "2", "--on", "1/10/2023")
    answer = team("contract", "refuse", "44-1", "44-2", "--on", "2/10/2023")
    assert (answer.code, "44-1 : Cet acte est définitif" in answer.err) == (2, True)
    assert "44-0002 : enregistré" in team.does("contract", "refuse", "1", "2", "--yes").out
