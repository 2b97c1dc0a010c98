"""What a coordinator reads back: sentences, the command to type, and the help of every command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import pytest

from agir_cli.cli.app import command_line, main
from agir_cli.cli.run_command import exit_code, not_done, refusal_lines
from agir_cli.domain.reasons import REASONS, finding
from tests.cli.coordinator import COMPLETE, ORIENTED, Team


def walk(
    group: click.Group, ctx: click.Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, the new ones too, with the words that name it."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from walk(command, ctx, (*path, name))
            if command.invoke_without_command:
                yield (*path, name), command
        else:
            yield (*path, name), command


def every_command() -> dict[tuple[str, ...], click.Command]:
    root = command_line()
    return dict(walk(root, click.Context(root)))


COMMANDS = [pytest.param(words, id=" ".join(words)) for words in sorted(every_command())]


# --- help ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", COMMANDS)
def test_every_help_is_french_and_shows_examples_of_the_command(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--help"]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"Usage : agir {' '.join(words)}")
    examples = page.partition("Exemples :")[2]
    typed = re.findall(r"^ +(agir .*)$", examples, re.MULTILINE)
    assert any(f"agir {' '.join(words)}" in " ".join(line.split()) for line in typed), examples
    assert "Show this message" not in page
    assert max(map(len, examples.splitlines())) <= 79, examples


@pytest.mark.parametrize("group", sorted({w[0] for w in every_command() if len(w) == 2}))
def test_no_sentence_of_a_list_of_commands_is_cut(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([group, "--help"]) == 0
    listed = capsys.readouterr().out.partition("\nCommandes")[2].partition("Exemples")[0]
    assert listed
    assert "..." not in listed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("report board", "html (une page) ou xlsx (un classeur)"),
        ("report agenda", "html ou ics."),
        ("report agenda", "10j, 2s, 3m"),
        ("report overdue", "10j, 2s."),
    ],
    ids=["page du comité", "calendrier", "durée de l'agenda", "durée des retards"],
)
def test_help_says_what_is_admitted(
    words: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words.split(), "--help"]) == 0
    assert told in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("words", COMMANDS)
def test_every_example_can_be_typed(words: tuple[str, ...]) -> None:
    """The options of an example exist; its commands too."""
    help_text = every_command()[words].epilog or ""
    for line in re.findall(r"^ *(agir .*)$", help_text.replace("\\\n", " "), re.MULTILINE):
        assert_typable(line.partition(" > ")[0])


# --- the commands that remedies propose ------------------------------------------------------

GLOBAL = {"--db", "--today", "--author", "--site", "--quiet", "--verbose", "--no-pager"}


def assert_typable(line: str) -> None:
    """The words name a command that exists, and every option is one of its options."""
    words = shlex.split(line)[1:]
    while words and words[0] in GLOBAL:
        words = words[2:]
    ctx = click.Context(command_line(), info_name="agir")
    while words and isinstance(ctx.command, click.Group) and not words[0].startswith("-"):
        name, command, words = ctx.command.resolve_command(ctx, words)
        assert command is not None, line
        ctx = click.Context(command, info_name=name, parent=ctx)
    if any(p.type is click.UNPROCESSED for p in ctx.command.params):
        return  # what follows is another command's
    options = {option for p in ctx.command.params for option in p.opts} | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word in options, line


VALUES = {
    "dossier": "44-0042", "premier": "44-0042", "evenement": "4", "date": "février 2023",
    "correction": '--on "février 2023"', "commande": "contract book",
    "option": "--commune-residence", "options": "--date-cir … --statut …",
    "suite": "", "motif": "refus_contrat", "a_lever": "44-0042",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_remedy_proposes_only_commands_that_exist(code: str) -> None:
    remedy = finding(code, **VALUES).remedy
    for line in re.findall(r"agir [a-z][^;.:(]*", remedy):
        if "directory" not in line:  # to come with the directory's own commands
            assert_typable(line.strip())


def test_a_correction_that_is_proposed_can_be_typed_as_it_is(team: Team) -> None:
    """A vague date is quoted, and the number is that of the event."""
    ref = team.diagnosed()
    refused = team("diagnose", "hold", ref, "--on", "2023-03")
    line = refused.proposed()[0]
    assert line.startswith(f'correct {ref} 4 --on "mars 2023"')
    assert team.types(line.replace("…", "faute de frappe")).code == 0
    assert "mars 2023" in team.does("show", ref).out


def test_the_number_proposed_is_that_of_the_fact_that_holds(team: Team) -> None:
    """The event that was voided meanwhile is not the one to correct."""
    ref = team.diagnosed()
    team.does("correct", ref, "4", "--on", "26/01/2023", "--reason", "essai")
    team.does("correct", ref, "6", "--void", "--reason", "essai")
    team.does("diagnose", "hold", ref, "--on", "27/01/2023")
    refused = team("diagnose", "hold", ref, "--on", "28/01/2023")
    assert refused.proposed()[0].startswith(f'correct {ref} 8 --on "28/01/2023"')


def test_another_value_on_the_same_day_is_voided_not_redated(team: Team) -> None:
    ref = team.enrols("--nom", "KEITA-INVENTE", *COMPLETE, "--date-cir", "09/10/2022")
    team.does("liaison", "add", ref, "--on", "04/10/2023")
    team.does("liaison", "decide", ref, "--decision-ofii", "validee", "--on", "20/10/2023")
    typed = ("liaison", "decide", ref, "--decision-ofii", "derogation", "--on", "20/10/2023")
    refused = team(*typed)
    line = refused.proposed()[0]
    assert "--void" in line
    assert team.types(line.replace("…", "autre décision")).code == 0
    team.does(*typed)


def test_a_signature_that_is_proposed_can_be_typed(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.does("diagnose", "hold", ref, "--on", "2023-01")
    line = re.findall(r"agir (diagnose hold .*)\.$", answer.err, re.MULTILINE)[0]
    assert team.types(line).code == 0
    assert "signé" in team.does("show", ref).out


def test_what_is_to_complete_comes_with_the_options_to_type(team: Team) -> None:
    answer = team.does("enroll", "--nom", "X-INVENTE")
    line = re.findall(r"agir (enroll --dossier .*)$", answer.err, re.MULTILINE)[0]
    values = {
        "statut": "refugie", "commune-residence": "Nantes", "commune-domicile": "Nantes",
        "situation-professionnelle": "cdi", "situation-logement": "dna",
        "date-cir": "09/01/2023", "orientation": "acceptee",
    }  # fmt: skip
    for name, value in values.items():
        assert f"--{name} …" in line
        line = line.replace(f"--{name} …", f"--{name} {value}")
    assert team.types(line).code == 0


def test_an_ambiguous_commune_comes_with_the_values_to_type(team: Team) -> None:
    words = ("enroll", "--nom", "X-INVENTE", "--orientation", "acceptee", "--commune-residence")
    asked = team(*words, "Avrillé")
    team.does(*words, re.findall(r"insee:\d{5}", asked.err)[0])


def test_a_commune_of_another_department_than_the_one_given_is_not_called_several(
    team: Team,
) -> None:
    words = ("enroll", "--nom", "X-INVENTE", "--departement", "35", "--commune-domicile", "Nantes")
    asked = team(*words)
    assert "« Nantes » ne va pas avec le département ou le code postal donné" in asked.err
    assert "insee:44109 (Nantes, 44), si c'est elle" in asked.err


# --- the shape of an answer ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        pytest.param(("illisible",), 2, id="illisible"),
        pytest.param(("illisible", "ambigu"), 2, id="illisible d'abord"),
        pytest.param(("ambigu",), 4, id="ambigu"),
        pytest.param(("meme_personne",), 4, id="homonyme"),
        pytest.param(("evenement_inconnu",), 4, id="événement inconnu"),
        pytest.param(("dossier_clos",), 3, id="règle"),
        pytest.param(("meme_personne", "dossier_clos"), 3, id="règle et question"),
    ],
)
def test_the_exit_code_of_findings(codes: tuple[str, ...], expected: int) -> None:
    found = tuple(finding(code) for code in codes)
    assert exit_code(found) == expected
    assert not_done(found).exit_code == expected
    assert "rien n'a été enregistré" in not_done(found).sentence


def test_a_refusal_shows_code_sentence_fact_source_and_what_to_do() -> None:
    """Unknown never refuses; a refusal always shows [invariant 5]."""
    lines = refusal_lines(finding("dossier_clos", "clos le 17/02/2023", dossier="44-0042"))
    shown = "\n".join(lines)
    for part in ("44-0042", "Qui le dit", "clos le 17/02/2023", "Source", "Que faire", "Code"):
        assert part in shown


def test_every_fault_of_a_command_is_told_at_once(team: Team) -> None:
    answer = team("enroll", "--nom", "X", "--date-cir", "32", "--sexe", "q", "--agdref", "z")
    assert answer.code == 2
    assert answer.err.count("Que faire") == 3


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        (("enroll",), "Il manque un renseignement : rien n'a été enregistré."),
        (("contract", "book", "44-1"), "Il manque un renseignement : rien n'a été enregistré."),
        (("enroll", "--nom", "X", "--date-cir", "31/02/2023"),
         "La commande n'est pas comprise : rien n'a été enregistré."),
    ],
    ids=["sans nom", "sans date", "date impossible"],
)  # fmt: skip
def test_what_is_missing_is_not_said_to_be_misunderstood(
    team: Team, words: tuple[str, ...], heading: str
) -> None:
    answer = team(*words)
    assert (answer.code, heading in answer.err) == (2, True), answer.err


def test_nobody_to_assign_to_is_said(team: Team) -> None:
    answer = team.does("assign", "--loads")
    assert answer.out == ""
    assert "Aucun référent n'est encore connu de ce fichier." in answer.err
    ref = team.diagnosed()
    team.does("assign", ref, "--on", "02/02/2023", "--referent", "A. Martin")
    assert "A. Martin" in team.does("assign", "--loads").out


@pytest.mark.parametrize("report", ["caseload", "situations", "outcomes"])
def test_no_filter_is_spoken_of_that_nobody_gave(team: Team, report: str) -> None:
    assert "avec ces filtres" not in team.does("report", report).said
    asked = team.does("report", report, "--department", "44").said
    assert " avec ces filtres." in asked


def test_quiet_says_the_result_only(team: Team) -> None:
    answer = team("--quiet", "enroll", "--nom", "X-INVENTE")
    assert answer == (0, "Dossier 44-0001 ouvert.\n", "")


def test_speech_goes_to_stderr_and_results_to_stdout(team: Team) -> None:
    answer = team.does("enroll", "--nom", "X-INVENTE")
    assert "À noter" not in answer.out
    assert "44-0001" in answer.out


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        pytest.param("diagnose hold {} --on hier", "22/11/2023", id="hier"),
        pytest.param("diagnose hold {} --on '24 janvier 2023'", "24/01/2023", id="en lettres"),
        pytest.param("diagnose hold {} --on 2023-03", "mars 2023", id="un mois"),
        pytest.param("diagnose hold {} --on mars/avril-2023", None, id="faux intervalle"),
    ],
)
def test_a_date_is_read_day_first_and_shown_in_french(
    team: Team, typed: str, shown: str | None
) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.types(typed.format(ref))
    if shown is None:
        assert answer.code == 2
    else:
        assert answer.code == 0, answer.err
        assert shown in team.does("show", ref).out


def test_lateness_is_said_with_the_start_it_used(team: Team) -> None:
    ref = team.diagnosed()
    answer = team.does("assign", ref, "--on", "02/02/2023")
    late = (date(2023, 11, 23) - date(2023, 2, 23)).days
    assert "jusqu'au 23/02/2023 inclus (départ : commission, 02/02/2023)" in answer.out
    assert f"EN RETARD de {late} jours" in answer.out


# --- the detail of a housing ---------------------------------------------------------------


def _housed(team: Team) -> str:
    columns = "situation_logement_actuelle,detail_logement_actuelle"
    told = team.does("report", "dossiers", "--columns", columns, "--format", "csv").out
    return told.splitlines()[1]


def test_the_detail_of_a_housing_stays_while_the_housing_does(team: Team) -> None:
    ref = team.contracted()
    said = ("situation", "set", ref, "--situation-logement", "logement_accompagne", "--on")
    team.does(*said, "01/06/2023", "--detail-logement", "residence_sociale")
    assert "détail" not in team.does(*said, "01/08/2023").err
    assert _housed(team) == "logement_accompagne,residence_sociale"
    assert "déjà enregistré" in team.does(*said, "01/08/2023").out
    positive = team.does("report", "outcomes", "--after", "1m", "--format", "csv").out
    assert (
        next(line for line in positive.splitlines() if ",,logement," in line).split(",")[4] == "1"
    )


def test_a_detail_says_its_housing_and_leaves_with_it_aloud(team: Team) -> None:
    ref = team.contracted()
    team.does("situation", "set", ref, "--on", "01/06/2023", "--detail-logement", "fjt")
    assert _housed(team) == "logement_accompagne,fjt"
    answer = team.does("situation", "set", ref, "--on", "01/07/2023", *COMPLETE[6:8])
    assert "« Foyer de jeunes travailleurs » était le détail du logement d'avant" in answer.err
    assert f"agir situation set {ref} --detail-logement" in answer.err
    assert _housed(team) == "dna,"
    earlier = ("--on", "15/06/2023", "--situation-logement", "logement_accompagne")
    assert "détail" not in team.does("situation", "set", ref, *earlier).err, "of that day"
    last = team.does("close", ref, "--on", "01/09/2023", "--motif", "transfert",
                     "--detail-logement", "huda")  # fmt: skip
    assert "détail" not in last.err
    assert _housed(team) == "dna,huda"


def test_a_detail_of_another_housing_is_said_at_every_door(team: Team, tmp_path: Path) -> None:
    """Both are kept; which of the two is wrong, only the team knows."""
    odd = ("--situation-logement", "dna", "--detail-logement", "fjt")
    told = "« Foyer de jeunes travailleurs » est un détail de « Logement accompagné/adapté »"
    assert told in team("enroll", "--nom", "SOW-INVENTE", *ORIENTED, *odd).err
    ref = team.contracted()
    table = tmp_path / "lignes.csv"
    table.write_text("dossier,date_situation,situation_logement,detail_logement\n"
                     f"{ref},01/07/2023,dna,fjt\n", "utf-8")  # fmt: skip
    assert told in team.does("situation", "set", "--from", str(table)).err
    table.write_text("nom,departement,statut,date_cir,situation_logement,detail_logement\n"
                     "HAILE-INVENTE,44,refugie,01/02/2023,dna,fjt\n", "utf-8")  # fmt: skip
    assert told in team.does("import", str(table)).err
    for line in (("enroll", "--dossier", ref), ("situation", "set", ref, "--on", "01/06/2023"),
                 ("close", ref, "--on", "01/09/2023", "--motif", "transfert")):  # fmt: skip
        assert told in team.does(*line, *odd).err, line
    assert _housed(team) == "dna,fjt"


def test_the_detail_at_entry_leaves_aloud_too(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED, "--detail-logement", "cada")
    answer = team.does("enroll", "--dossier", ref, "--situation-logement", "logement_autonome")
    assert "« CADA » était le détail du logement d'avant" in answer.err
    team.does("enroll", "--dossier", ref, "--detail-logement", "fjt")
    assert _housed(team) == "logement_accompagne,fjt"


def test_what_is_said_again_of_a_day_after_something_else_holds(team: Team) -> None:
    ref = team.contracted()
    for housing in ("dna", "logement_autonome", "dna"):
        said = ("situation", "set", ref, "--on", "01/06/2023", "--situation-logement", housing)
        assert "déjà enregistré" not in team.does(*said).out
        assert _housed(team) == f"{housing},"
        assert "déjà enregistré" in team.does(*said).out
