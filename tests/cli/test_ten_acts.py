"""The ten commonest acts, as a coordinator types them once the file is chosen: counted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.coordinator import Team

AT_MOST = 390

ENROLMENT = """
Nom de famille : DIALLO-INVENTE
Prénoms : Awa
Né(e) le : 1994
N° étranger (AGDREF) : 0123456789
Votre choix : 1
CIR signé le : 10/11
Votre choix : 1
Orientée le [10/11/2023] :
Commune où la personne habite : Nantes
Commune de domiciliation [Nantes (44)] :
Votre choix : dna
Votre choix : 1
Autre chose à noter ? (o/N) :
Enregistrer ? (o/n ; un numéro change la réponse, + ajoute) : o
Inscrire une autre personne du ménage ? (o/N, ou des enfants : 2014 2016) :
"""

# Each on its day: what is typed, and a piece of what is answered.
ACTS = (
    ("24/11/2023", 'agir diag b 1 --on "27/11 14h"', "27/11/2023 à 14:00"),
    ("27/11/2023", "agir diag absent 1", "étape : Diagnostic"),
    ("04/12/2023", "agir diag hold 1 --di oui --pr logement", "étape : Commission"),
    ("11/12/2023", "agir assign 1 --ref martin --mod globale", "étape : Contractualisation"),
    ("11/12/2023", 'agir cont b 1 --on "18/12 10h30"', "18/12/2023 à 10:30"),
    ("18/12/2023", "agir cont sign 1", "étape : Accompagnement"),
    ("08/01/2024", "agir interview add 1", "dernier entretien, 08/01/2024"),
    ("09/01/2024", 'agir step add 1 --et "Permis échangé" --do droits --on 12/23', "enregistré"),
    ("10/01/2024", "agir sit set 1 --situation-p cdi --niv a2", "enregistré"),
)


@pytest.mark.skipif(sys.platform == "win32", reason="pas de pseudo-terminal sous Windows")
def test_the_ten_commonest_acts_take_few_characters(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the office and the référent of the team, known beforehand; each answer has its Enter."""
    from tests.cli.keyboard import _lines, plays

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    team.does("config", "set", "bureau", "44-C1")
    team.change("INSERT INTO referents (code, nom) VALUES ('RI1', 'MARTIN Anne')")
    keyboard, _ = plays(team, ENROLMENT, "enroll")
    assert keyboard.ends() == 0, keyboard.text
    typed = ["agir enroll", *(answer for _, answer in _lines(ENROLMENT))]
    for day, line, told in ACTS:
        answer = team.types(line.removeprefix("agir "), today=day)
        assert (answer.code, told in answer.out) == (0, True), (line, answer.said)
        typed.append(line)
    count = sum(len(each) + 1 for each in typed)
    assert count <= AT_MOST, count
    shown = team.does("show", "1").out
    for told in ("DIALLO-INVENTE Awa", "MARTIN Anne", "CDI", "Droit-Logement"):
        assert told in shown
