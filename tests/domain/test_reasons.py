"""Reasons: each is said somewhere, readable, with its source and what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import agir_cli
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reasons import (
    NEW,
    OFII,
    PRECHECK,
    PROGRAMME,
    REASONS,
    TOOL,
    Reason,
    finding,
)
from agir_cli.domain.rules import SOURCES, WEBINAR

PACKAGE = Path(agir_cli.__file__).parent
ALL = [pytest.param(reason, id=code) for code, reason in REASONS.items()]


def said_codes() -> set[str]:
    """Every text constant of the package outside the table of reasons itself."""
    return {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.name != "reasons.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def called_codes() -> set[str]:
    """Every code that `finding("…")` is called with."""
    return {
        node.args[0].value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "finding"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_reason_is_said_somewhere() -> None:
    """A reason that nothing says is a rule that nobody applies."""
    assert set(REASONS) - said_codes() == set()


def test_nothing_says_a_reason_that_does_not_exist() -> None:
    assert len(called_codes()) > 30
    assert called_codes() - set(REASONS) == set()


@pytest.mark.parametrize("reason", ALL)
def test_a_reason_can_be_read(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z_]+", reason.code)
    assert reason.sentence[0].isupper() or reason.sentence[0] in "«{"
    assert reason.sentence.endswith(".")
    assert reason.remedy
    assert reason.source in SOURCES
    assert reason.says in (PRECHECK, TOOL, OFII, PROGRAMME)


@pytest.mark.parametrize("reason", ALL)
def test_a_sentence_is_filled_with_its_values(reason: Reason) -> None:
    names = re.findall(r"\{(\w+)\}", reason.sentence + reason.remedy)
    found = finding(reason.code, "un fait", **{name: f"<{name}>" for name in names})
    assert "{" not in found.sentence + found.remedy
    assert all(f"<{name}>" in found.sentence + found.remedy for name in names)
    assert "…" not in found.sentence


def test_a_missing_value_never_breaks_a_sentence() -> None:
    assert "…" in finding("dossier_clos").sentence


def test_a_value_is_data_not_a_template() -> None:
    found = finding("dossier_clos", dossier="{motif}")
    assert "{motif}" in found.sentence


def test_the_source_of_a_rule_wins_over_that_of_the_reason() -> None:
    assert finding("hors_territoire").source == SOURCES["admission"]
    assert finding("hors_territoire", source="Règle de l'équipe").source == "Règle de l'équipe"


def test_every_source_is_used() -> None:
    sources = {reason.source for reason in REASONS.values()}
    assert set(SOURCES) - sources - said_codes() == set()


# --- the source that really says it ------------------------------------------------------

# Read against the slides of the webinar, one reason at a time: nothing else may name it.
SAID_BY_THE_WEBINAR = {
    "droit": {
        "orientation_refusee", "droit_epuise", "contrat_signe", "orientation_declinee",
        "terme_non_atteint", "terme_depasse", "suite_du_contrat", "droit_epuise_ailleurs",
        "duree_entamee", "droit_rouvert_ailleurs", "droit_epuise_efface", "memoire_levee",
    },
    "admission": {"statut_non_concerne", "hors_territoire", "sans_besoin"},
    "ouvertures": set(),  # a fact of `explain`, which no reason gives
    "process": {"cir_trop_ancien", "fiche_manquante", "diagnostic_non_signe", "sans_commission"},
    "coherence": {
        "avant_etape", "diagnostic_manquant", "contrat_manquant", "etape_faite",
        "correction_incoherente", "suite_contredite", "rdv_manquant", "rdv_autre_jour",
        "decision_avant_envoi",
        "rendez_vous_passe",
    },
    "delais": {"commission_manquante", "delai_depasse", "rdv_hors_delai"},
}  # fmt: skip
READING = {
    "illisible", "ambigu", "obligatoire", "ligne_illisible", "dossier_inconnu", "dossier_ambigu",
    "action_inconnue",
    "rien_a_enregistrer", "nom_manquant", "champ_sans_acte", "malgre_inutile", "date_a_verifier",
    "nom_a_partager",
}  # fmt: skip


def codes_of(source: str) -> set[str]:
    return {code for code, reason in REASONS.items() if reason.source == source}


@pytest.mark.parametrize("source", SAID_BY_THE_WEBINAR)
def test_the_webinar_is_named_where_it_says_it(source: str) -> None:
    assert WEBINAR in SOURCES[source]
    assert codes_of(source) == SAID_BY_THE_WEBINAR[source]


def test_nothing_else_names_the_webinar() -> None:
    assert {key for key, text in SOURCES.items() if WEBINAR in text} == set(SAID_BY_THE_WEBINAR)


def test_what_cannot_be_read_is_the_tools_own_reading() -> None:
    assert codes_of("saisie") == READING
    assert SOURCES["saisie"].startswith("Règle de lecture de l'outil")
    assert "à venir" not in SOURCES["saisie"]


@pytest.mark.parametrize("reason", ALL)
def test_only_the_programmes_own_rules_speak_for_it(reason: Reason) -> None:
    """« L'outil » never hides behind the programme, nor the programme behind the tool."""
    if reason.says in (PROGRAMME, PRECHECK) and reason.source != "regle":  # a team's own rule
        assert WEBINAR in SOURCES[reason.source]


# --- the words of a row ------------------------------------------------------------------

OF_ROWS = {code: (r.cell, r.row, r.new) for code, r in REASONS.items() if r.cell or r.row or r.new}
ROWS = [pytest.param(code, id=code) for code in OF_ROWS]


@pytest.mark.parametrize("code", ROWS)
def test_the_words_of_a_row_are_those_of_a_reason(code: str) -> None:
    words, reason = OF_ROWS[code], REASONS[code]
    names = set(re.findall(r"\{(\w+)\}", reason.sentence + reason.remedy))
    assert set(re.findall(r"\{(\w+)\}", "".join(words))) <= names
    for text in filter(None, words):
        assert text[-1] in ".}"
        assert text[0].isupper() or text[0] == "{"


# Their dossier is somebody else's: it is open, or has been.
OF_ANOTHER = {"deja_inscrit", "agdref_autre_personne", "droit_epuise"}


@pytest.mark.parametrize("reason", [p for p in ALL if p.id not in OF_ANOTHER])
def test_a_row_is_not_told_to_look_up_what_is_not_there(reason: Reason) -> None:
    names = re.findall(r"\{(\w+)\}", reason.sentence + reason.remedy)
    found = finding(reason.code, **{**dict.fromkeys(names, "x"), "dossier": NEW})
    assert NEW not in f"{found.sentence} {found.cell_sentence} {found.row_remedy}".split()
    if reason.new:
        assert found.remedy == found.row_remedy


def test_a_row_takes_no_option_but_inside_a_command() -> None:
    for code, words in OF_ROWS.items():
        for text in words:
            said = re.sub(r"agir [a-z{].*", "", text)
            assert "--" not in said, code


def test_a_column_that_a_row_is_told_to_fill_is_one_that_is_read() -> None:
    labels = {field.label for field in FIELDS.values()} | {"Commune de résidence"}
    told = {
        heading
        for words in OF_ROWS.values()
        for text in words
        for heading in re.findall(r"colonne « ([^»]+) »", text)
    }
    assert len(told) > 3
    assert told <= labels
