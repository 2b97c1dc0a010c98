"""The papers handed or sent to a person; their words are data, open to anybody's proposals."""

from __future__ import annotations

import ast
import csv
import importlib.util
import inspect
import io
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from agir_cli.cli import paper
from agir_cli.cli.commands.message import Message
from agir_cli.cli.paper import CASES, KEYS
from agir_cli.domain import eligibility
from agir_cli.domain.eligibility import REFUSED_AS
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import Motive, Paper
from agir_cli.exchange.templates import TEAM, WORDS, Days, Template, Templates, read_template
from agir_cli.failures import UsageFailure, to_install
from agir_cli.shipped import data_file
from agir_cli.store.rulebook import shipped
from tests.browser import asked, needs_browser
from tests.cli.coordinator import COMPLETE, ORIENTED, Team

SHIPPED = Templates(Path("nowhere"), KEYS, CASES)
NAMES = [*(kind.value for kind in Paper), TEAM, WORDS]
DECISION = SHIPPED.need("decision")
MOTIVES = [motive for motive in Motive if motive is not Motive.DEATH]
needs_papers = pytest.mark.skipif(
    importlib.util.find_spec("typst") is None, reason="le complément « papers » n'est pas installé"
)


def cases_of(template: Template) -> set[tuple[str, str]]:
    return {(part.section, part.case) for part in template.parts}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_text_is_read_and_says_the_same_cases(name: str, language: str) -> None:
    template = SHIPPED.get(name, language)
    assert template is not None
    if name == "decision":
        assert cases_of(template) == cases_of(DECISION)
    if name in ("convocation", "rappel", "nouveau-rdv"):
        assert {"sms", "objet", "mail"} <= {part.section for part in template.parts}


@pytest.mark.parametrize("motive", MOTIVES)
def test_every_end_has_its_reason_and_what_comes_after(motive: Motive) -> None:
    assert DECISION.section("pourquoi", motive.value)
    after = "definitif" if shipped().final(motive) else motive.value
    assert DECISION.section("suite", after)


@pytest.mark.parametrize("code", sorted(REFUSED_AS))
def test_every_condition_that_is_missing_has_its_sentence(code: str) -> None:
    assert DECISION.section("pourquoi", code)


def test_no_text_is_without_use() -> None:
    said = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(paper)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    said |= {motive.value for motive in MOTIVES} | REFUSED_AS | set(FIELDS) | {""}
    assert {part for part in cases_of(DECISION) if part[1] not in said} == set()


def test_what_may_be_missing_is_asked_in_plain_words() -> None:
    named = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(eligibility)))
        if isinstance(node, ast.Constant) and node.value in FIELDS
    }
    asked = {case for section, case in cases_of(DECISION) if section == "manque"}
    assert named - {"projet"} <= asked  # that is a source


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_have_no_jargon_and_no_source(name: str) -> None:
    text = " ".join(line.text for part in SHIPPED.need(name).parts for line in part.lines)
    jargon = r"AGDREF|CIRNG|BPI|SPE\b|dossier_clos|projection|diapo|[Ww]ebinaire|docs/|listing"
    assert re.findall(jargon, text) == []


# --- what the page says to a person, life by life ------------------------------------------

N_1 = (*COMPLETE, "--date-cir", "12/05/2022")
OF_N = (*COMPLETE, "--date-cir", "12/10/2023")
DECIDED = ("liaison", "decide", "44-0001", "--on", "20/09/2023", "--decision-ofii")
FORM = ("liaison", "add", "44-0001", "--date-fiche", "04/09/2023", "--souhait", "oui")
SENT = (*FORM, "--date-envoi", "05/09/2023")
UNUSUAL = "Une condition habituelle d'AGIR n'est pas remplie"


def enrols(*words: str) -> tuple[str, ...]:
    return ("enroll", "--nom", "INVENTE", *words)


@pytest.mark.parametrize(
    ("acts", "told", "not_told"),
    [
        pytest.param(
            [enrols(*ORIENTED)],
            ["L'OFII vous a orienté(e) vers AGIR le 10/01/2023", "vous avez dit oui"],
            ["validé", UNUSUAL], id="orientée",
        ),
        pytest.param(
            [enrols(*ORIENTED, "--statut", "autre")],
            ["L'OFII vous a orienté(e) vers AGIR le 10/01/2023", UNUSUAL],
            ["protection de la France"], id="orientée malgré un non",
        ),
        pytest.param(
            [enrols(*N_1), SENT, (*DECIDED, "validee")],
            ["L'OFII a validé votre demande le 20/09/2023", "vous pouvez entrer dans AGIR"],
            ["orienté(e)", UNUSUAL, "exception"], id="validée",
        ),
        pytest.param(
            [enrols(*COMPLETE, "--date-cir", "12/05/2021", "--malgre", "x"), SENT,
             (*DECIDED, "derogation")],
            ["à titre exceptionnel", "par exception", UNUSUAL], ["orienté(e)", "(CIR)"],
            id="dérogation",
        ),
        pytest.param(
            [enrols(*N_1), FORM], ["prochain envoi", "rien n'est encore décidé"],
            ["Continuez à venir"], id="fiche à envoyer",
        ),
        pytest.param(
            [enrols(*N_1), SENT],
            ["envoyée à l'OFII le 05/09/2023. Sa réponse est attendue", "Vous n'avez rien à faire"],
            ["Continuez à venir", "Votre dossier est ouvert"], id="fiche envoyée",
        ),
        pytest.param(
            [enrols(*N_1), SENT, (*DECIDED, "rejetee", "--motif-ofii", "hors délai")],
            ["Raison donnée par l'OFII : hors délai", "écrire à l'OFII", "tribunal administratif"],
            ["Continuez à venir"], id="rejetée",
        ),
        pytest.param(
            [enrols(*N_1), SENT, (*DECIDED, "rejetee"),
             ("liaison", "add", "44-0001", "--date-fiche", "04/10/2023", "--souhait", "oui")],
            ["Votre demande est prête"], ["n'a pas été acceptée"], id="présentée à nouveau",
        ),
        pytest.param(
            [enrols(*OF_N, "--date-orientation", "12/10/2023")],
            ["AGIR vous a été proposé. Votre réponse est attendue.", "votre accord"], [],
            id="proposée",
        ),
        pytest.param(
            [enrols("--statut", "refugie", "--date-cir", "12/10/2023", "--commune-residence",
                    "Nantes", "--date-orientation", "12/10/2023", "--orientation", "acceptee")],
            ["la commune où vous recevez votre courrier", "votre situation de travail"],
            ["la commune où vous habitez"], id="à compléter",
        ),
        pytest.param(
            [enrols(*ORIENTED), ("diagnose", "book", "44-0001", "--on", "12/12/2023 14:00",
                                 "--bureau", "44-C1")],
            ["mardi 12 décembre 2023 à 14 h 00", "1 rue Victor Hugo, 44400 Rezé",
             "Une absence n'est"], [],
            id="rendez-vous",
        ),
        pytest.param(
            [enrols(*ORIENTED), ("diagnose", "book", "44-0001", "--on", "12/09/2023 14:00"),
             ("diagnose", "absent", "44-0001", "--on", "12/09/2023")],
            ["Vous n'avez pas pu venir le 12/09/2023. Ce n'est pas un refus"], ["à 14 h"],
            id="absente",
        ),
        pytest.param(
            [enrols(*ORIENTED), ("diagnose", "hold", "44-0001", "--on", "20/01/2023"),
             ("assign", "44-0001", "--on", "02/02/2023", "--referent", "DURAND Anne"),
             ("contract", "sign", "44-0001", "--on", "17/02/2023")],
            ["jusqu'au 17/02/2025 inclus", "en signant le contrat le 17/02/2023",
             "Votre référent AGIR : DURAND Anne", "demander l'arrêt"], ["rien n'est encore décidé"],
            id="accompagnée",
        ),
    ],
)  # fmt: skip
def test_the_page_says_what_was_decided_by_whom_and_what_comes_next(
    team: Team, acts: list[tuple[str, ...]], told: list[str], not_told: list[str]
) -> None:
    for act in acts:
        team.does(*act)
    page = " ".join(team.does("explain", "44-0001", "--print").out.split())
    assert [part for part in told if part not in page] == []
    assert [part for part in not_told if part in page] == []
    assert not re.search("diapo|Webinaire|docs/|None", page)


def test_a_right_that_is_over_is_told_in_the_past(team: Team) -> None:
    ref = team.contracted()
    page = " ".join(team.does("explain", ref, "--print", today="18/02/2025").out.split())
    assert "est terminé : il allait jusqu'au 17/02/2025 inclus" in page
    assert "Continuez à venir" not in page
    assert "Vous êtes accompagné(e)" not in page
    last_day = team.does("explain", ref, "--print", today="17/02/2025").out
    assert "Vous êtes accompagné(e) par AGIR, jusqu'au 17/02/2025 inclus." in last_day


def test_a_transferred_person_is_sent_to_the_team_where_they_live(team: Team) -> None:
    ref = team.contracted()
    team.does("enroll", "--dossier", ref, "--commune-residence", "La Roche-sur-Yon")
    team.does("close", ref, "--motif", "transfert", "--on", "01/09/2023")
    page = " ".join(team.does("explain", ref, "--print").out.split())
    assert "Vendée (85) : agirensemble85@" in page
    assert "il peut continuer jusqu'au 17/02/2025 inclus" in page
    later = team.does("explain", ref, "--print", today="01/03/2025").out
    assert "ne recommencent pas" not in later


def test_the_page_goes_to_a_file_as_text_as_a_page_and_as_rows(team: Team, tmp_path: Path) -> None:
    ref = team.contracted()
    text, page, rows = (tmp_path / f"page.{ending}" for ending in ("txt", "html", "csv"))
    team.does("explain", ref, "--print", "--output", str(text))
    assert text.read_text("utf-8") == team.does("explain", ref, "--print").out
    team.does("explain", ref, "--print", "--output", str(page))
    written = page.read_text("utf-8")
    assert "<p>Vous êtes accompagné(e)" in written
    assert "<table" not in written
    team.does("explain", ref, "--print", "--output", str(rows))
    assert rows.read_text("utf-8").splitlines()[0] == "rubrique,texte"


# --- convocations and the others -----------------------------------------------------------

BOOKED = ("diagnose", "book", "44-0001", "--on", "12/12/2023 14:00", "--bureau", "44-C1")
ADDRESS = ("--adresse", "Chez M. Invente, 12 rue X", "--code-postal-domicile", "44000")


def awaited(team: Team, *words: str) -> None:
    team.does("enroll", "--nom", "DIALLO-INVENTE", "--prenoms", "Awa", *ORIENTED, *words)
    team.does(*BOOKED)


@pytest.mark.skipif(sys.platform == "win32", reason="pas de pseudo-terminal sous Windows")
def test_a_paper_looked_at_on_the_screen_is_not_made(team: Team) -> None:
    from tests.cli.keyboard import Keyboard

    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("diagnose", "book", ref, "--on", "24/11/2023 14h", "--bureau", "44-C1")
    before = team.fingerprint()
    keyboard = Keyboard(team, "letter", "convocation", ref, "--no-pager")
    assert keyboard.ends() == 0
    assert "vendredi 24 novembre 2023" in keyboard.text
    assert "le journal n'en note rien" in " ".join(keyboard.text.split())
    assert team.fingerprint() == before


@pytest.mark.parametrize(
    ("line", "listed"),
    [
        ("letter convoc 1 --edit", "equipe"), ("letter lettre 44-0001", "attestation"),
        ("letter --edit lettre", "mots"), ("message sms 44-0001", "nouveau-rdv"),
        ("message rappel 1 --canal fax", "mail, sms"), ("model diagnostic", "contract sign"),
    ],
)  # fmt: skip
def test_a_kind_that_does_not_exist_lists_those_that_do(team: Team, line: str, listed: str) -> None:
    answer = team.types(line)
    assert answer.code == 2
    assert listed in answer.err.partition("Valeurs admises : ")[2]


def journal(team: Team) -> list[tuple[object, ...]]:
    return team.rows("SELECT payload FROM events WHERE kind = 'paper_made' ORDER BY seq")


def test_a_convocation_says_when_where_what_to_bring_and_whom_to_call(
    team: Team, own_words: Path
) -> None:
    awaited(team)
    page = " ".join(team.does("letter", "convocation", "44-0001").out.split())
    for told in ("mardi 12 décembre 2023, à 14 h 00", "1 rue Victor Hugo, 44400 Rezé",
                 "Tramway 3, arrêt Balinière", "titre de séjour", "Appelez-nous au 02 40 00 00 00",
                 "jamais un refus"):  # fmt: skip
        assert told in page
    assert journal(team) == [('{"papier":"convocation","support":"courrier"}',)]
    assert "Convocation" in team.does("show", "44-0001", "--events").out
    team.does("check")


@pytest.fixture
def own_words(team: Team) -> Path:
    """The team's own text: its number, how to come, its signature."""
    folder = team.db.parent / "lettres"
    folder.mkdir()
    (folder / "equipe.fr.txt").write_text(
        "[expediteur]\nÉquipe de Rezé\n[telephone]\n02 40 00 00 00\n[acces.44-C1]\n"
        "Tramway 3, arrêt Balinière\n[signature]\nLa direction\n", "utf-8",
    )  # fmt: skip
    return folder


def test_what_is_not_known_is_a_line_to_fill_in_and_the_command_that_says_it(team: Team) -> None:
    awaited(team)
    team.does("diagnose", "book", "44-0001", "--on", "13/12/2023", "--bureau", "44-M1")
    answer = team.does("letter", "convocation", "44-0001")
    assert answer.out.count("....................") >= 3
    said = " ".join(answer.err.split())
    assert "l'heure (44-0001 DIALLO-INVENTE Awa) ; pour le dire : agir diagnose book" in said
    assert "agir letter --edit equipe ([adresse.44-M1])" in said
    assert "agir letter --edit equipe ([telephone])" in said
    assert "Sans adresse, à remettre en main propre (1) : 44-0001" in said
    assert "Langue inconnue" in said


@pytest.mark.parametrize(
    ("kind", "acts", "why"),
    [
        pytest.param("convocation", [], 'agir diagnose book 44-0001 --on "JOUR HEURE"', id="rdv"),
        pytest.param("nouveau-rdv", [BOOKED], "aucune absence n'est notée", id="sans absence"),
        pytest.param("bilan", [], "aucun contrat n'est signé", id="bilan"),
        pytest.param("attestation", [], "aucun contrat n'est signé", id="attestation"),
        pytest.param(
            "convocation",
            [("close", "44-0001", "--motif", "sans_suite", "--on", "01/11/2023")],
            "le dossier est clos", id="clos",
        ),
    ],
)  # fmt: skip
def test_a_paper_that_cannot_be_made_says_what_makes_it_possible(
    team: Team, kind: str, acts: list[tuple[str, ...]], why: str
) -> None:
    team.does("enroll", "--nom", "DIALLO-INVENTE", *ORIENTED)
    for act in acts:
        team.does(*act)
    answer = team("letter", kind, "44-0001")
    assert (answer.code, answer.out) == (3, "")
    assert why in answer.err
    assert journal(team) == []


def test_after_an_absence_another_appointment(team: Team) -> None:
    team.does("enroll", "--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("diagnose", "book", "44-0001", "--on", "12/09/2023 14:00")
    team.does("diagnose", "absent", "44-0001", "--on", "12/09/2023")
    team.does(*BOOKED)
    page = team.does("letter", "nouveau-rdv", "44-0001").out
    assert "Vous n'avez pas pu venir le 12/09/2023. Ce n'est pas un refus" in " ".join(page.split())


def test_the_support_is_summed_up_and_its_end_attested(team: Team) -> None:
    ref = team.contracted("--nom", "DIALLO-INVENTE", "--date-naissance", "14/03/1994")
    team.does("step", "add", ref, "--etape", "Cours de français", "--on", "2023-03")
    team.does("interview", "add", ref, "--on", "17/04/2023")
    page = " ".join(team.does("letter", "bilan", ref).out.split())
    assert "Contrat signé le 17/02/2023." in page
    assert "- Cours de français" in page
    assert "Entretiens avec l'équipe : 1, le dernier le 17/04/2023." in page
    assert "Logement : DNA" in page
    assert "contrat" in team.does("letter", "contrat", ref).out
    assert team("letter", "attestation", ref).code == 3
    team.does("close", ref, "--motif", "objectifs_atteints", "--on", "01/11/2023", "--yes")
    page = " ".join(team.does("letter", "attestation", ref).out.split())
    assert "né(e) le : 14/03/1994" in page
    assert "Fin de l'accompagnement : 01/11/2023" in page


# --- a group, a wish, a language -----------------------------------------------------------


def week(team: Team) -> None:
    """Three persons awaited in one week, in another order than their dossiers."""
    for name, on in (("AAA", "13/12/2023 9h"), ("BBB", "12/12/2023 10h"), ("CCC", "12/12/2023 9h")):
        ref = team.enrols("--nom", f"{name}-INVENTE", *ORIENTED)
        team.does("diagnose", "book", ref, "--on", on)


@pytest.mark.parametrize(
    ("group", "order"),
    [
        ("diagnostics du 12/12 au 15/12", "CBA"), ("diagnostics from 12/12 to 15/12", "CBA"),
        ("rendez-vous du 12/12/2023", "CB"), ("diagnostic le 13 décembre 2023", "A"),
        ("contrats du 12/12 au 15/12", ""),
    ],
)  # fmt: skip
def test_a_group_comes_in_the_order_of_its_appointments(team: Team, group: str, order: str) -> None:
    week(team)
    answer = team.does("letter", "convocation", "--for", group)
    assert "".join(re.findall(r"Bonjour (.)", answer.out)) == order
    assert order or "Aucun rendez-vous à venir" in answer.err


@pytest.mark.parametrize(
    "group", ["semaine", "diagnostics", "diagnostics du 45/12", "tout le monde"]
)
def test_a_group_that_says_nothing_is_refused(team: Team, group: str) -> None:
    answer = team("letter", "convocation", "--for", group)
    assert answer.code == 2
    assert "diagnostics du 16/10 au 20/10" in answer.err or "n'existe pas" in answer.err


def test_a_group_may_be_that_of_one_office(team: Team) -> None:
    week(team)
    team.does("diagnose", "book", "44-0001", "--on", "14/12/2023 9h", "--bureau", "44-C3")
    asked = ("letter", "convocation", "--for", "diagnostics du 12/12 au 15/12")
    answer = team.does(*asked, "--bureau", "saint-nazaire")
    assert len(re.findall("Bonjour", answer.out)) == 1
    assert "Saint-Nazaire" in answer.out
    assert "au bureau 44-C4" in team.does(*asked, "--bureau", "44-C4").err
    assert team(*asked, "--bureau", "nulle-part").code == 4
    alone = team("message", "rappel", "44-0001", "--bureau", "44-C3")
    assert (alone.code, "il va avec --for" in alone.err) == (2, True)


def test_the_wish_not_to_be_written_to_is_obeyed(team: Team) -> None:
    awaited(team, "--contact-souhaite", "sms", "--telephone", "0612345678")
    answer = team("letter", "convocation", "44-0001")
    assert answer.code == 3
    assert "ne souhaite pas de courrier ; à remettre : --en-main" in answer.err
    assert "Bonjour" in team.does("letter", "convocation", "44-0001", "--en-main").out
    assert journal(team) == [('{"papier":"convocation","support":"remis"}',)]
    team.does("enroll", "--dossier", "44-0001", "--contact-souhaite", "aucun")
    answer = team("message", "convocation", "44-0001")
    assert (answer.code, answer.out) == (3, "")
    assert "ne souhaite pas de" in answer.err
    for told in (team.does("show", "44-0001", "--events").out, team.does("subject", "44-0001").out):
        assert "contact souhaité : Par SMS" in told, "what was agreed to stays, with who said it"
        assert "contact souhaité : Ne pas contacter" in told


@pytest.mark.parametrize(
    ("spoken", "title"),
    [("anglais", True), ("dari, anglais", True), ("français, anglais", False), ("dari", False)],
)
def test_a_second_language_stands_beside_where_they_speak_one(
    team: Team, spoken: str, title: bool
) -> None:
    awaited(team, "--langues", spoken)
    answer = team.does("letter", "convocation", "44-0001")
    assert ("Tuesday 12 December 2023, at 14:00" in answer.out) is title
    assert ("Sans modèle dans leur langue (1) : dari (1)" in answer.err) is (spoken == "dari")
    alone = team.does("letter", "convocation", "44-0001", "--langue", "aucune").out
    assert "Tuesday" not in alone


# --- the team's own templates --------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        (
            "[titre]\n= Bonjour {prenom}",
            "ligne 2 : clé inconnue {prenom} ; la plus proche : {prenoms}",
        ),
        ("[titre]\n= Bonjour {nom", "ligne 2 : une accolade n'a pas sa pareille"),
        ("Bonjour", "ligne 1 : le texte commence par le nom d'une partie"),
        ("[titre\nBonjour", "ligne 1 : une partie s'écrit [nom] ou [nom.cas]"),
        ("[quoi.diagnotic]\nBonjour", "cas inconnu « diagnotic » ; le plus proche : diagnostic"),
    ],
)
def test_a_broken_template_is_one_sentence_with_its_line(
    team: Team, own_words: Path, written: str, fault: str
) -> None:
    awaited(team)
    (own_words / "convocation.fr.txt").write_text(written, "utf-8")
    answer = team("letter", "convocation", "44-0001")
    assert answer.code == 2
    assert f"Modèle « convocation.fr.txt », {fault.partition(' : ')[0]}" in answer.err or (
        fault in answer.err
    )
    assert fault.rpartition(" : ")[2] in answer.err
    assert journal(team) == []


def test_the_team_words_win_and_any_field_may_be_named(team: Team, own_words: Path) -> None:
    awaited(team)
    team.does("letter", "--edit", "convocation")
    own = own_words / "convocation.fr.txt"
    assert own.read_text("utf-8") == data_file("letters/convocation.fr.txt").read_text("utf-8")
    own.write_text("[titre]\n= Nos mots\n[corps]\nStatut : {statut}, {date_cir} {projet?}", "utf-8")
    page = team.does("letter", "convocation", "44-0001").out
    assert "Nos mots" in page
    assert "Statut : Réfugié(e), 10/01/2023" in page
    assert "de l'équipe" in team.does("letter", "--edit").out


def test_nothing_but_keys_is_obeyed_in_a_template() -> None:
    for attack in ("{nom.__class__}", "{0}", "{nom!r}", "{nom:>10}"):
        with pytest.raises(UsageFailure):
            read_template("x", f"[a]\n{attack}", KEYS, CASES)


# --- pages ---------------------------------------------------------------------------------


@needs_papers
@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_a_page_is_for_its_owner_alone_and_never_replaces(
    team: Team, tmp_path: Path, form: str
) -> None:
    awaited(team, *ADDRESS)
    out = tmp_path / f"page.{form}"
    team.does("letter", "convocation", "44-0001", "--output", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert team("letter", "convocation", "44-0001", "--output", str(out)).code == 2
    assert len(journal(team)) == 1
    team.does("letter", "convocation", "44-0001", "--output", str(out), "--overwrite")


def test_without_the_extra_a_page_says_how_to_have_it(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awaited(team)
    monkeypatch.setattr("agir_cli.exchange.letters.find_spec", lambda _: None)
    answer = team("letter", "convocation", "44-0001", "--output", str(tmp_path / "page.pdf"))
    assert answer.code == 2
    said = " ".join(answer.err.split())
    assert to_install("papers") in said
    assert "--output lettre.html" in said
    assert journal(team) == []
    team.does("letter", "convocation", "44-0001", "--output", str(tmp_path / "page.html"))


def test_a_long_text_is_written_smaller_and_never_cut(team: Team, tmp_path: Path) -> None:
    awaited(team, *ADDRESS)
    folder = team.db.parent / "lettres"
    folder.mkdir()
    long = "\n".join(f"Ligne {n} : des mots simples pour tout dire." for n in range(60))
    (folder / "convocation.fr.txt").write_text(f"[titre]\n= Long\n[corps]\n{long}", "utf-8")
    page = tmp_path / "page.html"
    team.does("letter", "convocation", "44-0001", "--output", str(page))
    written = page.read_text("utf-8")
    assert 'class="sheet s5 posted"' in written
    assert "Ligne 59" in written


def test_a_hostile_name_is_shown_and_never_obeyed(team: Team, tmp_path: Path) -> None:
    team.does(
        "enroll", "--nom", "<b>X\u202eY</b>{fin}[a]", "--prenoms", "#let *Z*", *ORIENTED, *ADDRESS
    )
    team.does(*BOOKED)
    page, word = tmp_path / "page.html", tmp_path / "page.docx"
    team.does("letter", "convocation", "44-0001", "--output", str(page))
    written = page.read_text("utf-8")
    assert "<b>" not in written
    assert "\u202e" not in written
    assert "{fin}[a]" in written
    team.does("letter", "convocation", "44-0001", "--output", str(word))
    text = zipfile.ZipFile(word).read("word/document.xml").decode()
    assert "\u202e" not in text
    assert "&lt;b&gt;X" in text


@needs_papers
def test_a_script_from_right_to_left_is_set_right(
    team: Team, own_words: Path, tmp_path: Path
) -> None:
    awaited(team, "--langues", "arabe levantin")
    (own_words / "convocation.ar.txt").write_text("[titre]\n= موعد\n[quand]\n{jour}", "utf-8")
    page, word = tmp_path / "page.html", tmp_path / "page.docx"
    team.does("letter", "convocation", "44-0001", "--output", str(page))
    assert '<div lang="ar" dir="rtl">' in page.read_text("utf-8")
    team.does("letter", "convocation", "44-0001", "--output", str(word))
    text = zipfile.ZipFile(word).read("word/document.xml").decode()
    assert "<w:bidi/><w:spacing" in text
    assert "<w:rtl/>" in text
    assert 'w:cs="Arial"' in text


NUMBERS = ("\u200e02\u00a040\u00a000\u00a000\u00a000\u200e", "\u200e44-0001\u200e",
           "1 rue Victor Hugo, 44400 Rezé\u200e")  # fmt: skip


@needs_papers
def test_a_number_or_an_address_keeps_its_order_among_arabic_letters(
    team: Team, own_words: Path, tmp_path: Path
) -> None:
    """Set by the rules of the two directions alone it is read « 00 00 00 40 02 »."""
    awaited(team, "--langues", "dari")
    (own_words / "convocation.prs.txt").write_text(
        "[titre]\n= AGIR: وعدهٔ ملاقات شما\n[tete]\nدوسیه {dossier}\n"
        "[quand]\nکجا: {adresse_bureau}\nبه شمارهٔ {telephone_equipe} زنگ بزنید", "utf-8",
    )  # fmt: skip
    page, word = tmp_path / "page.html", tmp_path / "page.docx"
    told = team.does("letter", "convocation", "44-0001", "--output", str(page))
    written = page.read_text("utf-8")
    assert '<div lang="prs" dir="rtl">' in written, "un titre peut commencer par AGIR"
    assert all(number in written for number in NUMBERS)
    assert written.count("\u200e") == 2 * len(NUMBERS), "le français est sans marque"
    assert "(langue : prs) : des carrés vides" in " ".join(told.out.split() + told.err.split())
    team.does("letter", "convocation", "44-0001", "--output", str(word))
    text = zipfile.ZipFile(word).read("word/document.xml").decode()
    assert all(number in text for number in NUMBERS)


@needs_papers
def test_a_letter_without_a_font_is_said_and_no_page_of_boxes_written(
    team: Team, own_words: Path, tmp_path: Path
) -> None:
    awaited(team, "--langues", "tigrinya")
    (own_words / "convocation.ti.txt").write_text("[titre]\n= AGIR\n[quand]\nመዓስ {jour}", "utf-8")
    out = tmp_path / "page.pdf"
    answer = team("letter", "convocation", "44-0001", "--output", str(out))
    assert answer.code == 1
    assert "aucune police d'ici n'a la lettre « መ » (langue « ti »)" in " ".join(answer.err.split())
    assert not out.exists()
    assert journal(team) == []


@needs_papers
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm n'est pas installé")
def test_an_accent_at_the_top_of_the_window_is_not_cut(team: Team, tmp_path: Path) -> None:
    pages = []
    for number, name in enumerate(("ÉLÈVE", "ELEVE"), 1):
        other = ("--not-the-same", "44-0001") if number > 1 else ()
        team.does("enroll", "--nom", name, "--prenoms", "Ana", *other, *ORIENTED, *ADDRESS)
        reference = f"44-{number:04}"
        team.does(*(reference if word == "44-0001" else word for word in BOOKED))
        out = tmp_path / f"{name}.pdf"
        team.does("letter", "convocation", reference, "--output", str(out))
        window = ("-x", "640", "-y", "300", "-W", "550", "-H", "60")
        subprocess.run(["pdftoppm", "-r", "150", *window, "-gray", "-singlefile", out,
                        out.with_suffix("")], check=True)  # fmt: skip
        pages.append(out.with_suffix(".pgm").read_bytes()[-550 * 60 :])
    inked = [sum(min(page[n : n + 550]) < 200 for n in range(0, len(page), 550)) for page in pages]
    assert inked[0] > inked[1]


_BOXES = """
const sheet = document.querySelector('.sheet').getBoundingClientRect(), mm = 25.4 / 96;
answer([...document.querySelectorAll('.sender p, .address p, .texts p, h1, h2, li')].map(e => {
  const box = e.getBoundingClientRect();
  return [e.closest('.address') !== null, (box.left - sheet.left) * mm,
    (box.top - sheet.top) * mm, (box.bottom - sheet.top) * mm]; }));
"""


LONG_ADDRESS = (
    "--adresse",
    "Chez M. et Mme Rahimi-Invente, Appartement 42 escalier B, Résidence des Tilleuls argentés,"
    " 124 bis avenue du Général-de-Gaulle, BP 12, 44000 Nantes",
)


@needs_browser
@needs_papers
def test_the_last_line_of_a_long_address_is_in_the_window(team: Team, tmp_path: Path) -> None:
    awaited(team, *LONG_ADDRESS)
    out = tmp_path / "page.html"
    team.does("letter", "convocation", "44-0001", "--output", str(out))
    window = [b for b in asked(out.read_text("utf-8"), _BOXES, tmp_path) if b[0]]
    assert len(window) == 7
    assert max(bottom for _, _, _, bottom in window) <= 79


@needs_papers
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext n'est pas installé")
def test_the_last_line_of_a_long_address_is_in_the_pdf(team: Team, tmp_path: Path) -> None:
    awaited(team, *LONG_ADDRESS)
    out = tmp_path / "page.pdf"
    team.does("letter", "convocation", "44-0001", "--output", str(out))
    found = subprocess.run(["pdftotext", "-bbox", out, "-"], check=True, capture_output=True)
    town = re.search(r'yMax="([\d.]+)">Nantes<', found.stdout.decode())
    assert town is not None
    assert float(town[1]) * 25.4 / 72 <= 50 + 29


def test_the_first_of_a_month_is_said_as_in_french() -> None:
    days = Days("fr", SHIPPED.get(WORDS, "fr"))
    assert days.day(date(2023, 12, 1)) == "vendredi 1er décembre 2023"
    assert Days("en", SHIPPED.get(WORDS, "en")).day(date(2023, 12, 1)) == "Friday 1 December 2023"


def test_a_commune_with_one_postal_code_is_addressed_with_it(team: Team, tmp_path: Path) -> None:
    own = ("--adresse", "12 rue X", "--commune-domicile")
    team.does("enroll", "--nom", "INVENTE", *ORIENTED, *own, "Rezé")
    team.does("enroll", "--nom", "INVENTEE", *ORIENTED, *own, "Nantes")
    page = tmp_path / "page.html"
    told = team.does("letter", "decision", "44-0001", "44-0002", "--output", str(page))
    assert "<p>44400 Rezé</p>" in page.read_text("utf-8")
    assert "Adresse sans code postal (1) : 44-0002 INVENTEE" in told.out + told.err


@needs_papers
@pytest.mark.parametrize("kind", ["convocation", "decision", "contrat", "bilan"])
def test_each_paper_is_one_page(team: Team, tmp_path: Path, kind: str) -> None:
    ref = "44-0001"
    if kind == "convocation":
        awaited(team, "--langues", "anglais", *ADDRESS)
    else:
        team.contracted("--nom", "INVENTE", "--langues", "anglais", *ADDRESS)
    out = tmp_path / "page.pdf"
    team.does("letter", kind, ref, "--output", str(out))
    assert len(re.findall(rb"/Type\s*/Page\b", out.read_bytes())) == 1


@needs_browser
def test_in_the_window_of_an_envelope_nothing_stands_but_the_address(
    team: Team, tmp_path: Path
) -> None:
    """The page as a browser prints it: the boxes of what is written, in millimetres."""
    awaited(team, "--langues", "anglais", *ADDRESS)
    out = tmp_path / "page.html"
    team.does("letter", "convocation", "44-0001", "--output", str(out))
    boxes = asked(out.read_text("utf-8"), _BOXES, tmp_path)
    window = [b for b in boxes if b[0]]
    assert len(window) == 4
    assert all(left > 100 and top >= 45 and bottom <= 80 for _, left, top, bottom in window)
    outside = [b for b in boxes if not b[0]]
    assert all(bottom < 45 or top > 95 for _, left, top, bottom in outside)
    assert all(bottom < 290 for _, left, top, bottom in outside)


# --- messages ------------------------------------------------------------------------------


def test_a_message_tells_nothing_of_the_person_and_is_counted(team: Team, own_words: Path) -> None:
    awaited(team, "--telephone", "06 12 34 56 78")
    answer = team.does("message", "convocation", "44-0001", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(answer.out))
    assert row["destinataire"] == "0612345678"
    assert "mardi 12/12 à 14h00" in row["texte"]
    assert "02 40 00 00 00" in row["texte"]
    assert not re.search("(?i)agir|réfugi|ofii", row["texte"])
    assert (row["codage"], row["parties"], row["canal"]) == ("GSM-7", "1", "sms")
    assert journal(team) == [('{"papier":"convocation","support":"sms"}',)]


def test_a_message_without_a_number_to_call_is_not_made(team: Team) -> None:
    awaited(team, "--telephone", "0612345678")
    answer = team("message", "convocation", "44-0001")
    assert (answer.code, answer.out) == (3, "")
    assert "il manque : le numéro à appeler ; agir letter --edit equipe" in answer.err


@pytest.mark.parametrize("word", ["AGIR", "refugee", "اللاجئين", "беженцев"])
def test_a_message_that_would_tell_what_the_person_is_is_not_made(
    team: Team, own_words: Path, word: str
) -> None:
    awaited(team, "--telephone", "0612345678")
    (own_words / "convocation.fr.txt").write_text(
        f"[sms]\nRDV {word} {{telephone_equipe}}", "utf-8"
    )
    answer = team("message", "convocation", "44-0001")
    assert answer.code == 3
    assert f"le texte dit « {word} »" in answer.err


@pytest.mark.parametrize(
    ("channel", "given", "code"),
    [
        ("sms", ("--telephone", "0240123456"), 3), ("mail", ("--courriel", "a@exemple.fr"), 0),
        (None, ("--telephone", "0240123456", "--courriel", "a@exemple.fr"), 0), (None, (), 3),
    ],
)  # fmt: skip
def test_a_message_goes_by_what_the_person_has(
    team: Team, own_words: Path, channel: str | None, given: tuple[str, ...], code: int
) -> None:
    awaited(team, *given)
    asked = ("--canal", channel) if channel else ()
    answer = team("message", "rappel", "44-0001", *asked)
    assert answer.code == code
    assert ("mail : a@exemple.fr" in answer.out) is (code == 0)


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("a" * 160, "GSM-7", 1), ("a" * 161, "GSM-7", 2), ("a" * 159 + "€", "GSM-7", 2),
        ("é" * 160, "GSM-7", 1), ("ê" + "a" * 69, "UCS-2", 1), ("ê" + "a" * 70, "UCS-2", 2),
        ("م" * 134, "UCS-2", 2), ("م" * 135, "UCS-2", 3), ("😀" * 36, "UCS-2", 2),
    ],
)  # fmt: skip
def test_the_parts_of_an_sms(text: str, coding: str, parts: int) -> None:
    message = Message("sms", "", "fr", "", text)
    assert (message.coding, message.parts) == (coding, parts)
    assert Message("mail", "", "fr", "", text).parts is None
