"""`agir explain` and `agir eligibility`: whose answer it is, and what is not known."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from agir_cli.cli.commands import explain
from agir_cli.reports import overdue
from agir_cli.store.file import consulting
from agir_cli.store.settings import rulebook_of
from agir_cli.usecases.consult import record_of
from tests.cli.coordinator import COMPLETE, ORIENTED, Team

OFII = "décision OFII du 20/01/2023"
PRECHECK = "Pré-vérification de l'outil, pour information"
UNCHECKED = "Éligible : l'OFII décide ; l'outil ne peut pas le pré-vérifier"
MISSING = "Éligible (pré-vérification, l'OFII décide) : pas encore : il manque des faits"


def criteria(text: str) -> dict[str, dict[str, str]]:
    """The rows of `--format json`, by criterion; what is empty there is null."""
    rows = ({name: "" if v is None else v for name, v in row.items()} for row in json.loads(text))
    return {row["critere"]: row for row in rows}


# --- whose answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "decision", "lines"),
    [
        pytest.param(
            ORIENTED, "rejetee", [f"Éligible ({OFII}) : non", f"{PRECHECK} : oui"],
            id="rejetée, tous les critères oui",
        ),
        pytest.param(
            (*ORIENTED, "--statut", "autre"), "derogation",
            [f"Éligible ({OFII}) : oui", f"{PRECHECK} : non"], id="dérogation, un critère non",
        ),
        pytest.param(
            ("--statut", "refugie", "--date-cir", "10/01/2023"), "validee",
            [f"Éligible ({OFII}) : oui", f"{PRECHECK} : pas encore : il manque des faits"],
            id="validée, des faits manquent",
        ),
    ],
)  # fmt: skip
def test_once_ofii_has_decided_the_answer_is_said_to_be_its_own(
    team: Team, words: tuple[str, ...], decision: str, lines: list[str]
) -> None:
    ref = team.enrols(
        "--nom", "INVENTE", *words, "--decision-ofii", decision, "--date-decision", "20/01/2023"
    )
    said = team.does("explain", ref).out.splitlines()
    assert [line for line in said if line.startswith(("Éligible", "Pré-"))] == lines


def test_before_ofii_decides_it_is_the_pre_check(team: Team) -> None:
    ref = team.enrols("--nom", "INVENTE", *ORIENTED)
    said = team.does("explain", ref).out
    assert "Éligible (pré-vérification, l'OFII décide) : oui" in said
    assert PRECHECK not in said


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        pytest.param(
            ("--departement", "44", "--date-cir", "01/08/2023", "--date-orientation", "2024-08-01"),
            UNCHECKED, id="après la règle",
        ),
        pytest.param(("--departement", "44"), UNCHECKED, id="sans date"),
        pytest.param(
            ("--date-cir", "10/01/2023", "--on", "01/06/2024"), MISSING,
            id="à compléter, à un jour dit",
        ),
    ],
)  # fmt: skip
def test_no_fact_is_missing_where_no_rule_is_known(
    team: Team, words: tuple[str, ...], reply: str
) -> None:
    said = team.does("eligibility", "--statut", "autre" if len(words) > 5 else "refugie", *words,
                     today="01/09/2024").out  # fmt: skip
    assert f"{reply}\n" in said


# --- the right used up -------------------------------------------------------------------


def test_a_machine_reads_first_that_the_right_is_used_up(team: Team) -> None:
    ref = team.refused()
    rows = json.loads(team.does("explain", ref, "--format", "json").out)
    assert [row["critere"] for row in rows] == [
        "droit_epuise", "statut", "territoire", "besoin", "annee_cir", "accord", "eligible", "voie",
        "diagnostic_direct",
    ]  # fmt: skip
    final = rows[0]
    assert final["reponse"] == "non"
    assert final["fait"] == (
        "Refus d'engagement contractuel, le 17/02/2023 : définitif, le droit est épuisé"
    )
    assert "AGIR : un droit dédié aux BPI" in final["source"]
    assert f"agir correct {ref}" in final["a_faire"]
    assert (
        team.does("explain", ref, "--format", "csv")
        .out.splitlines()[1]
        .startswith("droit_epuise,non,")
    )


@pytest.mark.parametrize("motive", ["transfert", "sans_suite", None])
def test_what_is_not_final_has_no_such_row(team: Team, motive: str | None) -> None:
    ref = team.diagnosed()
    if motive:
        team.does("close", ref, "--motif", motive, "--on", "01/03/2023")
    assert "droit_epuise" not in criteria(team.does("explain", ref, "--format", "json").out)


# --- facts that do not hold together, links that are not known ------------------------------


@pytest.mark.parametrize(
    ("signed", "oriented"), [("01/03/2023", "01/02/2023"), ("15/01/2024", "15/12/2023")]
)
@pytest.mark.parametrize("form", [(), ("--format", "json")], ids=["écran", "json"])
def test_an_orientation_before_the_cir_is_said_before_any_answer(
    team: Team, signed: str, oriented: str, form: tuple[str, ...]
) -> None:
    dates = ("--date-cir", signed, "--date-orientation", oriented, "--orientation", "acceptee")
    found = team.does("eligibility", *COMPLETE, *dates, *form, today="01/06/2024")
    assert f"L'orientation ({oriented}) ne peut pas précéder la signature du CIR" in found.err
    assert "déroger" not in found.said
    assert team("enroll", "--nom", "X", *COMPLETE, *dates, today="01/06/2024").code == 3


def test_a_cir_of_two_possible_years_is_admitted(team: Team) -> None:
    dates = ("--date-cir", "[2022-12..2023-01]", "--date-orientation", "01/02/2023")
    year = criteria(team.does("eligibility", *COMPLETE, *dates, "--format", "json").out)[
        "annee_cir"
    ]
    assert (year["reponse"], year["a_faire"]) == ("oui", "à préciser : --date-cir")


EITHER_YEAR = "[2023-12..2024-01]"


@pytest.mark.parametrize(
    ("signed", "asked", "vague"),
    [
        pytest.param(EITHER_YEAR, EITHER_YEAR, ["cir", "orientation"], id="les deux"),
        pytest.param("05/06/2023", EITHER_YEAR, ["orientation"], id="la demande"),
        pytest.param("[2022-12..2023-01]", "01/02/2023", ["cir"], id="le CIR"),
        pytest.param("juin 2023", "décembre 2023", [], id="une seule année"),
    ],
)  # fmt: skip
def test_the_date_to_make_precise_is_the_one_that_may_be_of_two_years(
    team: Team, signed: str, asked: str, vague: list[str]
) -> None:
    ref = team.enrols("--nom", "INVENTE", *COMPLETE, "--date-cir", signed, "--date-orientation",
                      asked, "--orientation", "acceptee", today="01/03/2024")  # fmt: skip
    rows = criteria(team.does("explain", ref, "--format", "json", today="01/03/2024").out)
    year = rows["annee_cir"]
    dates = {"cir": "la date du CIR", "orientation": "la date de l'orientation"}
    assert year["reponse"] == "oui"
    assert [name for name, told in dates.items() if told in year["a_faire"]] == vague
    assert all(f"agir correct {ref} " in part for part in year["a_faire"].split(" ; ") if part)


@pytest.mark.parametrize(
    ("joined", "fact", "to_do"),
    [
        pytest.param((), "BPI rejoint : inconnu", "à compléter : --rejoint", id="rien de dit"),
        pytest.param(
            ("--rejoint", "0123456789"),
            "BPI rejoint : 0123456789, sans dossier dans ce fichier : lien inconnu",
            "à compléter : --rejoint", id="numéro que le fichier n'a pas",
        ),
        pytest.param(
            ("--rejoint", "44-0099"),
            "BPI rejoint : 44-0099, sans dossier dans ce fichier : lien inconnu",
            "à compléter : --rejoint", id="dossier que le fichier n'a pas",
        ),
        pytest.param(
            ("--rejoint", "0123456701"), "BPI rejoint : dossier 44-0001", "", id="numéro connu"
        ),
    ],
)  # fmt: skip
def test_a_joiner_whose_link_is_not_known(
    team: Team, joined: tuple[str, ...], fact: str, to_do: str
) -> None:
    team.enrols("--nom", "PREMIER", "--agdref", "0123456701", *ORIENTED)
    words = (*ORIENTED, "--statut", "rejoignant", *joined)
    ref = team.enrols("--nom", "SECONDE", *words)
    for command in (("explain", ref), ("eligibility", *words)):
        status = criteria(team.does(*command, "--format", "json").out)["statut"]
        told = to_do
        if to_do and command[0] == "explain":
            told = f"à compléter : agir enroll --dossier {ref} --rejoint VALEUR"
        assert (status["reponse"], status["a_faire"]) == ("oui", told)
        assert status["fait"] == f"statut : Rejoignant de BPI ; {fact}"


def test_a_number_whose_right_is_used_up_is_not_eligible(team: Team) -> None:
    words = (*ORIENTED, "--agdref", "0123456789")
    ref = team.enrols("--nom", "INVENTE", *words)
    asked = ("eligibility", *words)
    assert "droit_epuise" not in criteria(team.does(*asked, "--format", "json").out)
    team.does("diagnose", "hold", ref, "--on", "20/01/2023")
    team.does("contract", "refuse", ref, "--on", "01/02/2023", "--yes")
    rows = criteria(team.does(*asked, "--format", "json").out)
    assert (rows["droit_epuise"]["reponse"], rows["eligible"]["reponse"]) == ("non", "non")
    assert ref in rows["droit_epuise"]["fait"]
    assert "Éligible : non. Le droit à AGIR" in team.does(*asked).out
    assert (
        criteria(team.does("explain", ref, "--format", "json").out)["eligible"]["reponse"] == "non"
    )


def test_the_dossier_of_a_pre_check_is_not_looked_up(team: Team) -> None:
    answer = team("eligibility", "--dossier", "44-0001")
    assert (answer.code, "agir explain 44-0001" in answer.err) == (2, True)


# --- the clocks --------------------------------------------------------------------------------


DAYS = (date(2023, 3, 1), date(2023, 6, 30), date(2023, 10, 9), date(2024, 2, 29), date(2026, 1, 5))


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_clocks_are_those_of_the_nightly_report(built_demo: Path, day: date) -> None:
    """Same dossiers, same last day, same days late, same waits, whatever the day."""
    kinds = {"liaison_envoi": "liaison", "liaison_reponse": "liaison", "accompagnement": "terme",
             "demande_logement": "droit"}  # fmt: skip
    kinds |= {f"diagnostic_{way}": "diagnostic" for way in ("direct", "liaison", "orientation")}
    sure = {"en_retard": "certain", "peut_etre_en_retard": "possible", "attente": ""}
    with consulting(built_demo) as connection:
        question = overdue.Question(day, (*overdue.KINDS, overdue.RIGHT))
        lines = [*overdue.late(connection, question), *overdue.waiting(connection, question)]
        late = {
            (line.dossier, line.nature, line.depart, line.date_depart, line.echeance,
             line.retard_jours, line.certitude if line.echeance else "")
            for line in lines
        }  # fmt: skip
        book = rulebook_of(connection)
        dossiers = connection.execute("SELECT id FROM dossiers").fetchall()
        found = [record_of(connection, dossier) for (dossier,) in dossiers]
    explained = {
        (each.reference, kinds.get(row.critere, row.critere), row.depart, row.date_depart,
         row.echeance, row.retard_jours, sure[row.reponse])
        for each in found
        for row in explain.clocks(each, book, day)
        if row.reponse in sure
    }  # fmt: skip
    assert explained == late
    assert late


def test_a_late_clock_says_start_length_last_day_source_and_what_ends_it(team: Team) -> None:
    ref = team.diagnosed()
    team.does("assign", ref, "--on", "02/10/2023")
    said = team.does("explain", ref).out
    for part in (
        "Contractualisation : EN RETARD de 31 jours\n",
        "21 jours à partir de : commission, 02/10/2023 ; dernier jour : 23/10/2023 inclus\n",
        "Source    : Webinaire « Publics réfugiés",
        "Y met fin : la signature du contrat, ou son refus",
        f"Que faire : référent : agir contract sign {ref} --on JOUR\n",
        "Diagnostic : arrêté le 25/01/2023 (diagnostic tenu), dans le délai\n",
    ):
        assert part in said
    clock = criteria(team.does("explain", ref, "--format", "json").out)["contractualisation"]
    assert clock == {
        "critere": "contractualisation", "reponse": "en_retard", "fait": clock["fait"],
        "source": clock["source"], "a_faire": f"référent : agir contract sign {ref} --on JOUR",
        "depart": "commission", "date_depart": "2023-10-02", "duree": "21 jours",
        "echeance": "2023-10-23", "retard_jours": 31, "date_fin": "",
    }  # fmt: skip


def test_a_clock_that_stopped_late_says_by_how_much(team: Team) -> None:
    ref = team.diagnosed()
    team.does("assign", ref, "--on", "02/02/2023")
    team.does("contract", "sign", ref, "--on", "01/03/2023")
    said = team.does("explain", ref).out
    assert (
        "Contractualisation : arrêté le 01/03/2023 (signature du contrat), 6 jours de retard"
        in said
    )


def test_a_possible_lateness_names_the_date_to_make_precise(team: Team) -> None:
    ref = team.enrols("--nom", "VAGUE", *COMPLETE, "--date-cir", "octobre 2023", "--orientation",
                      "acceptee", "--date-orientation", "31/10/2023")  # fmt: skip
    said = team.does("explain", ref).out
    assert "Diagnostic : peut-être en retard de 22 jours\n" in said
    assert "entre le 01/11/2023 et le 30/11/2023 inclus" in said
    morning = team.does("today").out
    assert "diagnostic : date du CIR à préciser, peut-être 22 jours de retard" in morning
    task = f'préciser la date du CIR : agir correct {ref} 2 --on JOUR --reason "…"'
    assert task in said
    team.does("correct", ref, "2", "--on", "27/10/2023", "--reason", "vu sur le CIR")
    assert "Diagnostic : il reste 4 jours\n" in team.does("explain", ref).out


@pytest.mark.parametrize(
    ("today", "told", "eligible"),
    [
        ("17/02/2025", "Le droit court jusqu'au 17/02/2025 inclus (deux ans au plus).", "oui"),
        ("18/02/2025", "Le droit a couru jusqu'au 17/02/2025 inclus (deux ans au plus) : il est"
         " épuisé.", "non"),
        ("15/01/2027", "étape : Accompagnement (terme atteint)", "non"),
    ],
)  # fmt: skip
def test_the_tense_is_that_of_the_day(team: Team, today: str, told: str, eligible: str) -> None:
    ref = team.contracted()
    said = team.does("explain", ref, today=today).out
    assert told in said
    assert ("Éligible à nouveau : non, le droit est épuisé." in said) is (eligible == "non")
    rows = criteria(team.does("explain", ref, "--format", "json", today=today).out)
    assert rows["eligible"]["reponse"] == eligible
    assert ("droit_epuise" in rows) is (eligible == "non")
    assert ("dépassée : le droit est épuisé" in team.does("show", ref, today=today).out) is (
        eligible == "non"
    )


def test_a_right_that_ended_before_its_last_day_is_not_said_to_run(team: Team) -> None:
    ref = team.contracted()
    team.does("close", ref, "--motif", "transfert", "--on", "01/09/2023")
    said = team.does("explain", ref).out
    assert "Les deux ans commencés courent jusqu'au 17/02/2025 inclus, dans un autre" in said
    assert "EN RETARD" not in said
    other = team.contracted("--nom", "AUTRE-INVENTE")
    team.does("close", other, "--motif", "arret_structure", "--on", "01/09/2023", "--yes")
    stopped = team.does("explain", other).out
    assert "Sans la clôture, le droit aurait couru jusqu'au 17/02/2025 inclus" in stopped


def test_two_years_that_began_elsewhere_end_with_the_first_contract(team: Team) -> None:
    number = ("--nom", "INVENTE", "--agdref", "0123456789")
    first = team.enrols(*number, *ORIENTED)
    team.does("diagnose", "hold", first, "--on", "20/01/2023")
    team.does("contract", "sign", first, "--on", "février 2023")
    team.does("close", first, "--motif", "transfert", "--on", "01/06/2023")
    second = team.enrols(*number, *ORIENTED)
    team.does("diagnose", "hold", second, "--on", "20/07/2023")
    team.does("contract", "sign", second, "--on", "30/07/2023")
    said = team.does("explain", second, today="10/02/2025").out
    assert "2 ans à partir de : premier contrat (dans un autre dossier), février 2023" in said
    assert "préciser la date du contrat, dans le premier dossier : agir find NOM" in said
    assert "il est peut-être épuisé" in said
    over = team.does("explain", second, today="01/03/2025").out
    assert "Éligible à nouveau : non, le droit est épuisé." in over


# --- advice: only what is not done yet ----------------------------------------------------------


OTHER = (*ORIENTED, "--statut", "autre")


@pytest.mark.parametrize(
    ("words", "to_do"),
    [
        pytest.param(
            OTHER,
            "rien : orientation par l'OFII, acceptée (10/01/2023), et c'est l'OFII qui décide",
            id="orientée",
        ),
        pytest.param(
            (*OTHER[:-6], "--statut", "autre", "--date-cir", "10/01/2023", "--decision-ofii",
             "derogation", "--date-decision", "20/01/2023"),
            "rien : décision OFII du 20/01/2023, et c'est l'OFII qui décide", id="dérogation",
        ),
        pytest.param(
            (*COMPLETE, "--statut", "autre", "--date-cir", "10/01/2023", "--malgre", "complexe"),
            "Vérifiez le statut sur le titre. La demande est gardée, malgré ce « non » : l'OFII"
            " décide.", id="--malgre donné",
        ),
        pytest.param(
            (*COMPLETE, "--statut", "autre", "--date-cir", "10/01/2023", "--decision-ofii",
             "rejetee", "--date-decision", "20/01/2023"),
            "Vérifiez le statut sur le titre.", id="rejetée",
        ),
    ],
)  # fmt: skip
def test_what_has_been_done_is_not_advised(team: Team, words: tuple[str, ...], to_do: str) -> None:
    ref = team.enrols("--nom", "INVENTE", *words)
    rows = criteria(team.does("explain", ref, "--format", "json").out)
    assert rows["statut"]["a_faire"] == to_do
    said = team.does("explain", ref).out
    assert "--malgre" not in said
    assert "--orientation acceptee" not in said.partition("Demande reçue")[2]


def test_a_rejection_says_how_to_present_the_person_again(team: Team) -> None:
    ref = team.enrols("--nom", "INVENTE", *COMPLETE, "--date-cir", "09/05/2022", "--decision-ofii",
                      "rejetee", "--date-decision", "20/01/2023")  # fmt: skip
    rows = criteria(team.does("explain", ref, "--format", "json").out)
    assert f"agir liaison add {ref} --date-fiche JOUR" in rows["ofii"]["a_faire"]


def test_what_a_team_reads_of_a_closed_dossier_advises_nothing(team: Team) -> None:
    ref = team.enrols("--nom", "INVENTE", *OTHER)
    team.does("close", ref, "--motif", "sans_suite", "--on", "01/09/2023")
    rows = criteria(team.does("explain", ref, "--format", "json").out)
    assert rows["statut"]["a_faire"] == ""


# --- where no rule is known ----------------------------------------------------------------------


LATER = (
    "--date-cir",
    "01/08/2024",
    "--date-orientation",
    "01/08/2024",
    "--orientation",
    "acceptee",
)


def test_known_facts_stand_beside_a_rule_that_is_not_known(team: Team) -> None:
    ref = team.enrols("--nom", "INVENTE", *COMPLETE, *LATER, today="01/09/2024")
    for command in (("explain", ref), ("eligibility", *COMPLETE, *LATER)):
        said = team.does(*command, today="01/09/2024").out
        for part in (
            "Statut : à juger par l'OFII\n    Fait      : statut : Réfugié(e)\n",
            "résidence : 44 ; domicile : 44\n", "emploi durable : non ; logement pérenne : non\n",
            "règle connue : du 01/01/2023 au 30/06/2024", "le texte n'est pas public",
            "moins de 24 mois",
        ):  # fmt: skip
            assert part in said
        assert "25 000" not in said  # announced later


def test_what_was_announced_by_the_day_of_the_request_is_told(team: Team) -> None:
    words = (*COMPLETE, "--date-cir", "2025-02-01", "--date-orientation", "2025-02-01")
    said = team.does("eligibility", *words, today="01/03/2025").out
    assert "Un plafond national de 25 000 personnes" in said
    assert "Sénat, rapport a24-150-2" in said


@pytest.mark.parametrize(
    ("department", "town", "name"),
    [("49", "Angers", "Maine-et-Loire"), ("53", "Laval", "Mayenne"), ("72", "Le Mans", "Sarthe")],
)
def test_a_department_that_is_to_open_says_when_and_by_which_slide(
    team: Team, department: str, town: str, name: str
) -> None:
    words = ("--departement", department, "--statut", "refugie", "--commune-residence", town,
             "--commune-domicile", town)  # fmt: skip
    asked = team.does("eligibility", *words, "--date-cir", "12/10/2023", "--date-orientation",
                      "12/10/2023", "--format", "json")  # fmt: skip
    opening = criteria(asked.out)["ouverture"]
    assert opening["fait"] == f"{name} ({department}) : ouverture prévue en janvier 2024"
    assert "AGIR – Perspectives" in opening["source"]
    for today, told in (("31/01/2024", "ouverture prévue"), ("01/02/2024", "était prévue")):
        asked = team.does("eligibility", *words, "--date-cir", "12/10/2023",
                          "--date-orientation", "12/10/2023", today=today)  # fmt: skip
        assert f"{told} en janvier 2024" in asked.out
    later = ("--date-cir", "12/02/2024", "--date-orientation", "12/02/2024")
    rows = criteria(
        team.does("eligibility", *words, *later, "--format", "json", today="01/03/2024").out
    )
    assert "ouverture" not in rows
    assert "AGIR – Perspectives" in rows["territoire"]["source"]
    assert "donnée pour 44 et 85" in rows["statut"]["source"]
