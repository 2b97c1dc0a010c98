"""`report quality`: what is due and missing, what contradicts itself; nothing else sounds."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agir_cli.domain.commands import Enroll, field_names
from agir_cli.domain.fields import FIELDS
from agir_cli.reports.quality import CLASH, COMPLETE, ENTRY, Check, checks
from agir_cli.store.lists import DOSSIER_COLUMNS
from tests.cli.coordinator import Team

DAY = "09/10/2023"


@pytest.fixture
def demo(built_demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Team:
    path = tmp_path / "demo.db"
    shutil.copy(built_demo, path)
    return Team(path, capsys)


def rows(team: Team, *words: str, today: str = DAY) -> list[dict[str, Any]]:
    asked = team.does("report", *words, "--format", "json", today=today)
    found: list[dict[str, Any]] = json.loads(asked.out)
    return found


def to_repair(team: Team, *words: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What is to be repaired, by dossier and check."""
    found = rows(team, "quality", "--list", "tout", *words)
    return {(row["dossier"], row["controle"]): row for row in found}


# --- the table of checks -----------------------------------------------------------------


@pytest.mark.parametrize("check", checks().values(), ids=lambda check: check.code)
def test_each_check_says_what_it_is_what_to_do_and_its_source(check: Check) -> None:
    kinds = [check.fields, check.precise, check.order, check.clash]
    assert sum(map(bool, kinds)) == 1, "it looks at one thing"
    assert check.told
    assert check.guidance.endswith(".")
    assert "{dossier}" in check.command
    assert ("{n}" in check.command) == bool(check.event)
    known = {*DOSSIER_COLUMNS, *FIELDS}
    assert {*check.seen, *(n for n in check.where if not n.startswith("rdv_"))} <= known


@pytest.mark.parametrize("check", checks().values(), ids=lambda check: check.code)
def test_each_command_is_one_that_can_be_typed(check: Check, demo: Team) -> None:
    typed = shlex.split(check.command.format(dossier="44-0001", n="1", jour="JOUR"))
    answer = demo(*[word for word in typed if not word.startswith("--")][:2], "--help")
    for option in (word for word in typed if word.startswith("--")):
        assert option in answer.out, f"{check.command}\n{answer.err}"


# --- defects planted on the demonstration ------------------------------------------------

BLANKED = {
    "agdref": "agdref", "date_naissance": "date_naissance", "sexe": "sexe",
    "nationalite": "nationalite", "langues": "langues", "telephone": "contact",
    "statut": "statut", "date_statut": "date_statut", "date_arrivee": "date_arrivee",
    "commune_residence": "residence", "commune_domicile": "domicile",
    "situation_logement": "logement_entree", "situation_professionnelle": "travail_entree",
    "niveau_francais": "niveau_francais",
}  # fmt: skip
TYPED = {
    "cir_avant_arrivee": "enroll --dossier {} --date-arrivee 01/10/2023",
    "cir_avant_statut": "enroll --dossier {} --date-statut 01/10/2023",
    "plus_de_100_ans": "enroll --dossier {} --date-naissance 1901",
    "cir_avant_16_ans": "enroll --dossier {} --date-naissance 01/01/2011",
    "arrivee_avant_naissance": "enroll --dossier {} --date-naissance 01/06/2023",
    "francais_protege": "enroll --dossier {} --nationalite FRA",
    "rejoint_sans_rejoindre": "enroll --dossier {} --rejoint 44-0001",
    "agdref_mal_forme": "enroll --dossier {} --agdref 12345",
    "emploi_durable_sans_emploi": "situation set {} --on 05/10/2023 --emploi-durable oui"
    " --situation-professionnelle sans_emploi",
    "cdi_non_durable": "situation set {} --on 05/10/2023 --situation-professionnelle cdi"
    " --emploi-durable non",
    "perenne_sans_logement": "situation set {} --on 05/10/2023 --situation-logement dna"
    " --logement-perenne oui",
    "autonome_non_perenne": "situation set {} --on 05/10/2023 --logement-perenne non"
    " --situation-logement logement_autonome",
    "objectifs_sans_emploi": "close {} --on 05/10/2023 --motif objectifs_atteints --yes"
    " --situation-professionnelle sans_emploi --situation-logement logement_autonome",
    "deux_titulaires": "enroll --dossier {} --lien-menage titulaire",
}  # fmt: skip
ALSO = {"arrivee_avant_naissance": {"cir_avant_16_ans"}}
"""Born after the arrival is also under sixteen at the CIR: both are true."""


def test_planted_defects_are_found_and_nothing_else(demo: Team, tmp_path: Path) -> None:
    before = to_repair(demo)
    assert {row["nature"] for row in rows(demo, "quality") if row["a_reparer"]} == {
        "completude", "precision"
    }, "the demonstration contradicts itself nowhere"  # fmt: skip
    bad = {dossier for dossier, _ in before}
    sound = _sound(demo, bad)
    planted = {next(sound): field for field in BLANKED}
    with (tmp_path / "vide.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, ["dossier", *BLANKED])
        out.writeheader()
        out.writerows({"dossier": dossier, field: "-"} for dossier, field in planted.items())
    demo.does("enroll", "--from", str(tmp_path / "vide.csv"), "--blank", "-", today=DAY)
    wanted = {(dossier, BLANKED[field]) for dossier, field in planted.items()}
    for code, command in TYPED.items():
        dossier = next(sound)
        demo.does(*shlex.split(command.format(dossier)), today=DAY)
        wanted |= {(dossier, each) for each in {code} | ALSO.get(code, set())}
    assert len(wanted) >= 20
    labels = {check.told: code for code, check in checks().items()}
    after = to_repair(demo)
    assert not {*before} - {*after}
    new = {(dossier, labels[told]) for dossier, told in {*after} - {*before}}
    family = {each for each in new - wanted if each[1] == "deux_titulaires"}
    assert len(family) == 1, "of two holders of one household, each is told"
    assert new - family == wanted
    _repaired(demo, {key: row for key, row in after.items() if key not in before}, before)


def _sound(demo: Team, bad: set[str]) -> Iterator[str]:
    """Dossiers under way without a defect; the spouses of a household last in their turn."""
    spouse = "conjoint"
    every = [
        row for row in rows(demo, "dossiers")
        if row["dossier"] not in bad and row["etape"] == "accompagnement"
        and row["statut"] == "refugie" and row["telephone"]
    ]  # fmt: skip
    others = [row for row in every if row["lien_menage"] != spouse]
    for row in others[: len(BLANKED) + len(TYPED) - 1]:
        yield row["dossier"]
    yield next(row["dossier"] for row in every if row["lien_menage"] == spouse)


_FILLED = {
    "NUMÉRO": "{number}", "JOUR": "15/01/1990", "F|M|X": "f", "PAYS": "AFG", "LANGUE": "dari",
    "STATUT": "refugie", "COMMUNE": "Nantes", "SITUATION": "dna", "NIVEAU": "a1",
    "LIEN": "conjoint",
}  # fmt: skip


def _repaired(
    demo: Team, found: dict[tuple[str, str], dict[str, Any]], before: dict[tuple[str, str], Any]
) -> None:
    """What each command of a field repairs, once it is filled in, sounds no more."""
    done = set()
    for place, ((dossier, told), row) in enumerate(found.items()):
        command = row["a_faire"].removeprefix("agir ")
        if not command.startswith("enroll") or "date-arrivee" in command:
            continue
        number = f"0612{place:06}" if "telephone" in command else f"77{place:08}"
        words = {name: value.format(number=number) for name, value in _FILLED.items()}
        if "date-statut" in command:
            words["JOUR"] = "10/10/2022"
        if "professionnelle" in command:
            words["SITUATION"] = "cdi"
        for name, value in words.items():
            command = command.replace(name, value)
        demo.does(*shlex.split(command), today=DAY)
        done.add((dossier, told))
    left = to_repair(demo)
    assert len(done) >= 15
    # who is said to have joined somebody stays so: the status alone was put right
    assert {told for _, told in done & {*left}} <= {checks()["rejoint_sans_rejoindre"].told}


# --- a life without a defect -------------------------------------------------------------

WHOLE = (
    "--nom TESSEMA-INVENTE --prenoms Almaz --agdref 7700000001 --date-naissance 12/03/1990"
    " --sexe f --nationalite ERI --langues tigrigna --telephone 0612345678 --statut refugie"
    " --date-statut 10/11/2022 --date-arrivee 06/2021 --date-cir 10/01/2023"
    " --orientation acceptee --date-orientation 10/01/2023 --commune-residence Nantes"
    " --commune-domicile Nantes --situation-logement dna --situation-professionnelle sans_emploi"
    " --niveau-francais a1"
)
LIFE = (
    ("10/01/2023", f"enroll {WHOLE}"),
    ("11/01/2023", 'diagnose book 44-0001 --on "24/01/2023 14h" --bureau 44-C1'),
    ("24/01/2023", "diagnose hold 44-0001 --on 24/01/2023 --diagnostic-signe oui"
     " --priorites-preconisees droit_logement"),
    ("02/02/2023", 'assign 44-0001 --on 02/02/2023 --referent "A. Martin" --modalite globale'
     " --priorites droit_logement --bassin-de-vie Nantes"),
    ("03/02/2023", 'contract book 44-0001 --on "14/02/2023 10h"'),
    ("14/02/2023", "contract sign 44-0001 --on 14/02/2023"),
    ("12/04/2023", "interview add 44-0001 --on 12/04/2023"),
    ("12/06/2023", "situation set 44-0001 --on 12/06/2023 --situation-logement logement_autonome"
     " --situation-professionnelle cdi --emploi-durable oui --logement-perenne oui"),
    ("01/09/2023", "close 44-0001 --on 01/09/2023 --motif objectifs_atteints --yes"),
)  # fmt: skip


def test_a_life_whose_every_field_is_told_sounds_at_no_stage(team: Team) -> None:
    for day, act in LIFE:
        team.does(*shlex.split(act), today=day)
        assert rows(team, "quality", "--list", "tout", today=day) == [], act
    counts = rows(team, "quality")
    assert all(row["taux"] in (None, 100.0) for row in counts)
    assert sum(row["concernes"] for row in counts if row["nature"] == CLASH) > 10


def test_nothing_sounds_before_its_stage(team: Team) -> None:
    team.does("enroll", "--nom", "NOM-INVENTE", "--departement", "44", today=DAY)
    assert rows(team, "quality", "--list", "tout") == [], "nobody has oriented this person yet"
    team.does(*shlex.split("enroll --dossier 44-0001 --date-cir 10/01/2023"), today=DAY)
    team.does(*shlex.split("enroll --dossier 44-0001 --orientation acceptee"), today=DAY)
    due = {check.told: check.due for check in checks().values()}
    assert {due[row["controle"]] for row in rows(team, "quality", "--list", "tout")} == {"admis"}
    team.does(*shlex.split("diagnose hold 44-0001 --on 20/01/2023"), today=DAY)
    stages = {due[row["controle"]] for row in rows(team, "quality", "--list", "tout")}
    assert stages == {"admis", "diagnostic"}


def test_an_appointment_that_is_past_asks_for_its_outcome(team: Team) -> None:
    team.does(*shlex.split(f"enroll {WHOLE}"), today=DAY)
    team.does(*shlex.split('diagnose book 44-0001 --on "24/01/2023 14h" --bureau 44-C1'), today=DAY)
    assert [row["controle"] for row in rows(team, "quality", "--list", "tout")] == [
        "Issue du RDV de diagnostic"
    ]
    assert rows(team, "quality", "--list", "tout", today="24/01/2023") == [], "it is today"
    team.does(*shlex.split("diagnose absent 44-0001 --on 24/01/2023"), today=DAY)
    assert rows(team, "quality", "--list", "tout") == []


# --- numbers and lists -------------------------------------------------------------------


@pytest.mark.parametrize("by", ["referent", "office"])
def test_each_rate_is_that_of_its_lists_line_by_line(demo: Team, by: str) -> None:
    found = rows(demo, "quality", "--by", by)
    name = "bureau" if by == "office" else by
    for row in [r for r in found if r["nature"] == COMPLETE and r["a_reparer"]][:12]:
        line = "aucun" if row[name].startswith("(sans") else row[name]
        asked = ("quality", "--by", by, "--line", line, "--list")
        for state in ("concernes", "bons", "a_reparer"):
            assert len(rows(demo, *asked, f"{row['controle']}:{state}")) == row[state], row


def test_the_lines_add_up_to_the_whole(demo: Team) -> None:
    whole = {row["controle"]: row for row in rows(demo, "quality")}
    for by in ("referent", "bureau"):
        sums: dict[str, int] = {}
        for row in rows(demo, "quality", "--by", by):
            sums[row["controle"]] = sums.get(row["controle"], 0) + row["a_reparer"]
        assert sums == {code: row["a_reparer"] for code, row in whole.items()}


def test_what_is_due_at_a_stage_is_what_the_funnel_counts(demo: Team) -> None:
    counts = {row["controle"]: row["concernes"] for row in rows(demo, "quality")}
    funnel = [row for row in rows(demo, "funnel") if not row["secteur"]]
    for code, measure in (("agdref", "personnes"), ("diagnostic_signe", "diagnostiques"),
                          ("priorites", "attribues"), ("commission", "signataires")):  # fmt: skip
        assert counts[code] == sum(row[measure] for row in funnel)


# --- from the act to its entry -----------------------------------------------------------


def test_the_days_from_an_act_to_its_entry(team: Team) -> None:
    for day, act in LIFE[:6]:
        team.does(*shlex.split(act), today=day)
    moments = {"diagnosis_held": "2023-01-27T09:00:00.000000Z",
               "referent_designated": "2023-02-02T23:30:00.000000Z",
               "contract_signed": "2023-02-24T09:00:00.000000Z"}  # fmt: skip
    _entered_at(team, moments)
    found = {row["controle"]: row for row in rows(team, "quality") if row["nature"] == ENTRY}
    days = {code: row["mediane_jours"] for code, row in found.items()}
    # half past eleven in the evening, UTC, is the next day in Paris
    assert days == {ENTRY: 3, "diagnosis_held": 3, "referent_designated": 1, "contract_signed": 10}
    assert found[ENTRY]["p90_jours"] == 10
    listed = rows(team, "quality", "--list", "saisie")
    assert sorted(row["jours"] for row in listed) == [1, 3, 10]
    told = team.does("report", "quality", today=DAY).out
    assert "De l'acte à sa saisie" in told
    assert rows(team, "quality", "--list", "saisie", today="10/02/2023") == listed[:2]


def _entered_at(team: Team, moments: dict[str, str]) -> None:
    """Make the acts entered at these instants, and every other at another day's."""
    kinds = "CASE kind " + " ".join(f"WHEN '{k}' THEN '{m}'" for k, m in moments.items())
    team.change(
        "DROP TRIGGER events_never_change",
        f"UPDATE events SET recorded_at = {kinds} ELSE '2023-01-10T08:00:00.000000Z' END",
    )


# --- words, empty files ------------------------------------------------------------------


def test_an_empty_file_and_a_wrong_word(team: Team) -> None:
    assert team.does("report", "quality", today=DAY).out == ""
    assert rows(team, "quality", "--list", "tout") == []
    answer = team("report", "quality", "--list", "telefone", today=DAY)
    assert answer.code == 2
    assert "Valeurs admises" in answer.err
    assert team("report", "quality", "--list", "telephone", today=DAY).code == 0
    assert team("report", "quality", "--line", "X", today=DAY).code == 2


def test_a_masked_list_says_nobody(demo: Team) -> None:
    asked = ("report", "quality", "--list", "jour_du_contrat", "--mask", "--format", "csv")
    answer = demo.does(*asked, today=DAY)
    assert "Monsieur" not in answer.out
    assert "février" not in answer.out
    assert answer.out.count("44-0001") == 2, "the reference and the command stay"


def test_no_check_asks_for_a_field_that_enrol_cannot_give() -> None:
    names = {*field_names(Enroll)}
    for check in checks().values():
        if check.command.startswith("enroll"):
            options = re.findall(r"--([a-z-]+)", check.command)
            assert {o.replace("-", "_") for o in options} <= names
