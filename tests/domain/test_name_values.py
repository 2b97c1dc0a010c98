"""Names: as printed on the document; what is not seen, or names nobody, is not stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain.person_values import NAME, REFERENT, holds_a_digit
from agir_cli.domain.values import Malformed
from tests.domain.making import READING


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("Diallo", "Diallo", id="simple"),
        pytest.param("  Al   Masri ", "Al Masri", id="espaces"),
        pytest.param("Al\u00a0Masri", "Al Masri", id="espace insécable"),
        pytest.param("Aï\u0308cha".replace("ï\u0308", "i\u0308"), "Aïcha", id="accent décomposé"),
        pytest.param("DIAL\u00adLO", "DIALLO", id="trait d'union conditionnel"),
        pytest.param("\ufeffDIAL\u200bLO\u200f", "DIALLO", id="marques invisibles"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="persan"),
        pytest.param("\u200cAwa\u200d Ba", "Awa Ba", id="jointures hors d'un mot"),
        pytest.param("« DIALLO »", "DIALLO", id="guillemets français"),
        pytest.param('"DIALLO"', "DIALLO", id="guillemets droits"),
        pytest.param("“‘DIALLO’”", "DIALLO", id="guillemets dans d'autres"),
        pytest.param("'DIALLO'", "DIALLO", id="apostrophes autour"),
        pytest.param("‘Abd al-Rahman", "‘Abd al-Rahman", id="apostrophe au début : une lettre"),
        pytest.param("Rabi'", "Rabi'", id="apostrophe à la fin : une lettre"),
        pytest.param("D’AOÛT-N‘DIAYE", "D’AOÛT-N‘DIAYE", id="apostrophes dedans"),
        pytest.param("أحمد", "أحمد", id="arabe"),
        pytest.param("İlkerem", "İlkerem", id="turc"),
        pytest.param("Monsieur J.", "Monsieur J.", id="initiale"),
        pytest.param("Na", "Na", id="Na est un nom"),
        pytest.param("X", "X", id="une lettre"),
        pytest.param("N/A-INVENTE", "N/A-INVENTE", id="commence comme N/A"),
        pytest.param("Neantova", "Neantova", id="commence comme néant"),
        pytest.param("Personne", "Personne", id="Personne est un nom"),
        pytest.param("Vacant", "Vacant", id="Vacant est un nom"),
        pytest.param("NAN", "NAN", id="Nan est un nom"),
        pytest.param("NULL", "NULL", id="Null est un nom"),
        pytest.param("None", "None", id="None est un nom"),
        pytest.param("Aucune-Invente", "Aucune-Invente", id="commence comme aucune"),
        pytest.param("J.C. Sansnom", "J.C. Sansnom", id="points et lettres"),
        pytest.param("N12-INVENTE", "N12-INVENTE", id="chiffre dans un mot"),
    ],
)
def test_a_name_is_kept_as_it_is_printed(text: str, name: str) -> None:
    assert NAME.read(text, READING) == name
    assert NAME.read(name, READING) == name


@pytest.mark.parametrize(
    "text",
    [
        "N/A", "n/a", "n.a.", "N.A", "néant", "NEANT", "ne\u0301ant", "Inconnu", "inconnue",
        "inconnu(e)", "(inconnu)", "« néant »", "« inconnu »", "-", "?", "???", "…", ".", "'",
        "Inconnu ?", "non renseigné", "Non renseignée", "à compléter", "\u00ad", "#", "#12",
        "nr", "NR", "N.R.", "nsp", "aucun", "Aucune", "aucun(e)", "idem", "Idem.", "sans nom",
        "SANS NOM", "sans prénom", "non précisé", "Non précisé(e)", "non renseigné(e)", "null",
        "none", "nan", "NaN", "undefined", "à préciser", "À PRÉCISER", "A préciser",
        "A\u0300 completer", "(à compléter)", "awa@exemple.fr", "Awa awa@exemple.fr",
        "https://exemple.fr/awa", "www.exemple.fr", "exemple.org", "Exemple.com/awa",
        "0612345678", "12/03/1990", "12 rue des Lilas", "44000 Nantes", "DIALLO 2",
        "DIALLO (2 enfants)", "né en 1990", "DIALLO 06 12 34 56 78", "DIALLO/12",
    ],
)  # fmt: skip
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as raised:
        NAME.read(text, READING)
    assert text in raised.value.wrong
    assert raised.value.expected == "le nom comme sur le document, en lettres, ou une case vide"


@pytest.mark.parametrize(
    "text",
    [
        "à définir", "À DÉFINIR", "à désigner", "A désigner", "non attribué", "Non attribué(e)",
        "vacant", "Poste vacant", "aucun", "personne", "Personne", "en cours", "En cours…",
        "en cours d’attribution", "(à désigner)", "néant", "--", "?", "null", "à préciser",
    ],
)  # fmt: skip
def test_who_is_not_designated_is_no_referent(text: str) -> None:
    with pytest.raises(Malformed) as raised:
        REFERENT.read(text, READING)
    assert text in raised.value.wrong
    assert raised.value.expected == "un code ou un nom, ou une case vide"


@pytest.mark.parametrize("text", ["R001", "Awa Personne", "Encours", "A. Designer", "Vacante-Ba"])
def test_a_referent_is_a_code_or_a_name(text: str) -> None:
    assert REFERENT.read(text, READING) == text


@given(st.text(max_size=30))
def test_a_name_that_is_read_is_read_again_the_same(text: str) -> None:
    """Import of an export changes nothing."""
    try:
        name = NAME.read(text, READING)
    except Malformed:
        return
    assert NAME.read(name, READING) == name
    assert any(c.isalpha() for c in name)


@pytest.mark.parametrize(
    ("name", "held"),
    [("Diallo", False), ("Al-Masri", False), ("", False), ("12", False), ("D1A", True)],
)
def test_a_digit_in_a_name_is_seen(name: str, held: bool) -> None:
    assert holds_a_digit(name) is held
