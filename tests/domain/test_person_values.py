"""A person's numbers: read whole, or refused; no digit is picked out of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain.person_values import AGDREF, EMAIL, PHONE, whole_again
from agir_cli.domain.reference_values import POSTAL
from agir_cli.domain.values import FieldType, Malformed
from tests.domain.making import READING

READ = [
    pytest.param(AGDREF, "0123456785", "0123456785", id="dix chiffres"),
    pytest.param(AGDREF, "123456789", "123456789", id="neuf chiffres"),
    pytest.param(AGDREF, "123456789.0", "123456789", id="n° devenu décimal, point"),
    pytest.param(AGDREF, "0123456785,00", "0123456785", id="n° devenu décimal, virgule"),
    pytest.param(AGDREF, "1 234 567 809", "1234567809", id="milliers espacés"),
    pytest.param(AGDREF, "99.03.12.34.56", "9903123456", id="groupes à points"),
    pytest.param(AGDREF, "990-312-345", "990312345", id="groupes à tirets"),
    pytest.param(AGDREF, "99\u00a003  12\u202f34 56", "9903123456", id="espaces inégales"),
    pytest.param(AGDREF, "44 03 123456", "4403123456", id="département, année, suite"),
    pytest.param(AGDREF, "9903 123456", "9903123456", id="quatre et six"),
    pytest.param(AGDREF, "44012 34567", "4401234567", id="cinq et cinq"),
    pytest.param(AGDREF, "4 403 123456", "4403123456", id="un, trois et six"),
    pytest.param(AGDREF, "990312 345", "990312345", id="six et trois"),
    pytest.param(AGDREF, "44 03 1990 10", "4403199010", id="pas une date : pas de jour 44"),
    pytest.param(AGDREF, "01 03 1956 78", "0103195678", id="pas une date : pas d'heure 78"),
    pytest.param(AGDREF, "n° 0123456785", "0123456785", id="n° devant"),
    pytest.param(AGDREF, "nº0123456785", "0123456785", id="nº collé"),
    pytest.param(AGDREF, "No 0123456785", "0123456785", id="no devant"),
    pytest.param(AGDREF, "Numéro : 0123456785", "0123456785", id="numéro devant"),
    pytest.param(AGDREF, "N° AGDREF:01 23 45 67 85", "0123456785", id="n° AGDREF devant"),
    pytest.param(AGDREF, "AGDREF 123456789.0", "123456789", id="AGDREF devant un décimal"),
    pytest.param(AGDREF, "０１２３４５６７８５", "0123456785", id="pleine chasse"),
    pytest.param(AGDREF, "٠١٢٣٤٥٦٧٨٥", "0123456785", id="chiffres arabes orientaux"),
    pytest.param(AGDREF, "\u200e0123456785\u200b", "0123456785", id="marques invisibles"),
    pytest.param(AGDREF, '="0123456785"', "0123456785", id="texte forcé par une formule"),
    pytest.param(AGDREF, "'0123456785", "0123456785", id="texte forcé par une apostrophe"),
    pytest.param(AGDREF, "12345678", "12345678", id="autre longueur, gardé tel quel"),
    pytest.param(AGDREF, "44a1234567", "44A1234567", id="une lettre, gardée telle quelle"),
    pytest.param(AGDREF, "12" * 10, "12" * 10, id="vingt chiffres, gardés tels quels"),
    pytest.param(PHONE, "0612345678", "0612345678", id="dix chiffres au téléphone"),
    pytest.param(PHONE, "06 12-34.56/78", "0612345678", id="séparateurs"),
    pytest.param(PHONE, "(0)6 12 34 56 78", "0612345678", id="zéro entre parenthèses"),
    pytest.param(PHONE, "0612345678.0", "0612345678", id="téléphone devenu décimal"),
    pytest.param(PHONE, "+33 (0)6 12 34 56 78", "0612345678", id="+33 (0)6"),
    pytest.param(PHONE, "0033.(0)612345678", "0612345678", id="0033 (0)6"),
    pytest.param(PHONE, "+33 06 12 34 56 78", "0612345678", id="+33 06"),
    pytest.param(PHONE, "33612345678", "0612345678", id="+33 devenu un nombre"),
    pytest.param(PHONE, "33612345678.0", "0612345678", id="+33 devenu un décimal"),
    pytest.param(PHONE, "33 6 12 34 56 78", "0612345678", id="33 en groupes"),
    pytest.param(PHONE, "+49 (0)30 123456", "004930123456", id="+49 (0)30"),
    pytest.param(PHONE, "＋３３ ６１２３４５６７８", "0612345678", id="pleine chasse au téléphone"),
    pytest.param(PHONE, "06‑12‑34‑56‑78", "0612345678", id="tirets insécables"),
    pytest.param(PHONE, "00 249 912 345 678", "00249912345678", id="un numéro soudanais"),
    pytest.param(POSTAL, "44000.0", "44000", id="code postal devenu décimal"),
    pytest.param(POSTAL, "44\u202f000", "44000", id="code postal, espace fine insécable"),
    pytest.param(EMAIL, "mailto:a@exemple.fr", "a@exemple.fr", id="lien de courriel"),
    pytest.param(EMAIL, "<a@exemple.fr>", "a@exemple.fr", id="chevrons"),
    pytest.param(EMAIL, "a@exemple.fr.", "a@exemple.fr", id="point final"),
    pytest.param(EMAIL, "a.b+c@sous.ex-emple.asso.fr", "a.b+c@sous.ex-emple.asso.fr", id="sous"),
]


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_a_number_is_read_whole(kind: FieldType, text: str, value: str) -> None:
    assert kind.read(text, READING) == value
    assert kind.read(value, READING) == value


REFUSED = [
    pytest.param(AGDREF, "12.3", id="décimale"),
    pytest.param(AGDREF, "123456789.5", id="demi"),
    pytest.param(AGDREF, "01/02/1990", id="date"),
    pytest.param(AGDREF, "01.02.1990", id="date à points"),
    pytest.param(AGDREF, "2023-02-01 10", id="date et heure"),
    pytest.param(AGDREF, "0123456776 / 0123456775", id="deux numéros"),
    pytest.param(AGDREF, "0123456776 0123456775", id="deux numéros espacés"),
    pytest.param(AGDREF, "O123456789", id="un O pour un zéro"),
    pytest.param(AGDREF, "0l23456789", id="un l pour un un"),
    pytest.param(AGDREF, "-123456789", id="signe"),
    pytest.param(AGDREF, "+123456789", id="plus"),
    pytest.param(AGDREF, "012345678²", id="appel de note"),
    pytest.param(AGDREF, "0123456785 ?", id="doute"),
    pytest.param(AGDREF, "1234567 890", id="groupe trop long"),
    pytest.param(AGDREF, "44-03-123456", id="groupe trop long entre tirets"),
    pytest.param(AGDREF, "44012.34567", id="décimale de cinq chiffres"),
    pytest.param(AGDREF, "44 03 1234", id="huit chiffres en groupes"),
    pytest.param(AGDREF, "44 03 1234567", id="onze chiffres en groupes"),
    pytest.param(AGDREF, "01 02 1990 10", id="date et heure espacées"),
    pytest.param(AGDREF, "1 2 1990 10 30", id="date, heure et minutes"),
    pytest.param(AGDREF, "2023 02 01 10", id="date ISO et heure espacées"),
    pytest.param(AGDREF, "44-0042", id="une référence de dossier"),
    pytest.param(AGDREF, "n°", id="sans chiffre"),
    pytest.param(PHONE, "06 12 34 56 7O", id="un O au téléphone"),
    pytest.param(PHONE, "06 12 34 56 78 poste 12", id="un poste"),
    pytest.param(PHONE, "06 12 34 56 78 / 07 12 34 56 78", id="deux téléphones"),
    pytest.param(PHONE, "01/02/1990", id="date au téléphone"),
    pytest.param(PHONE, "2023-02-01", id="date ISO au téléphone"),
    pytest.param(PHONE, "06123456", id="huit chiffres"),
    pytest.param(PHONE, "612345678.5", id="décimale au téléphone"),
    pytest.param(PHONE, "+0612345678", id="plus devant un national"),
    pytest.param(PHONE, "06+12345678", id="plus au milieu"),
    pytest.param(PHONE, "+33 6 12 34 56", id="+33 incomplet"),
    pytest.param(PHONE, "33012345678", id="33 puis un zéro"),
    pytest.param(PHONE, "3361234567", id="33 incomplet"),
    pytest.param(PHONE, "336123456789", id="33 et un chiffre de trop"),
    pytest.param(PHONE, "49301234567", id="un autre pays sans plus"),
    pytest.param(PHONE, "00000000", id="des zéros"),
    pytest.param(PHONE, "1612345678", id="dix chiffres sans zéro"),
    pytest.param(POSTAL, "44000.5", id="code postal décimal"),
    pytest.param(POSTAL, "44O00", id="un O au code postal"),
    pytest.param(EMAIL, "a@b@exemple.fr", id="deux arobases"),
    pytest.param(EMAIL, "a@exemple.fr;b@exemple.fr", id="deux adresses"),
    pytest.param(EMAIL, "a\u00a0b@exemple.fr", id="espace insécable"),
    pytest.param(EMAIL, "Awa <a@exemple.fr>", id="un nom devant"),
    pytest.param(EMAIL, "a@exemple..fr", id="deux points"),
    pytest.param(EMAIL, "a..b@exemple.fr", id="deux points avant"),
    pytest.param(EMAIL, "a.@exemple.fr", id="point avant l'arobase"),
    pytest.param(EMAIL, "a@.fr", id="domaine vide"),
    pytest.param(EMAIL, "@exemple.fr", id="personne"),
    pytest.param(EMAIL, "a\u200b@exemple.fr", id="invisible"),
]


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_what_is_not_a_number_is_never_made_one(kind: FieldType, text: str) -> None:
    with pytest.raises(Malformed) as raised:
        kind.read(text, READING)
    assert text.strip()[:20] in raised.value.wrong
    assert raised.value.expected


def test_a_telephone_without_its_zero_says_so() -> None:
    with pytest.raises(Malformed, match="il y manque le zéro de tête"):
        PHONE.read("612345678.0", READING)


@pytest.mark.parametrize(
    ("field", "text", "whole"),
    [
        pytest.param("telephone", "612345678", "0612345678", id="téléphone d'un tableur"),
        pytest.param("telephone", "612345678.0", "0612345678", id="téléphone décimal"),
        pytest.param("telephone", "6 12 34 56 78", "0612345678", id="téléphone espacé"),
        pytest.param("telephone", "0612345678", "0612345678", id="téléphone entier"),
        pytest.param("telephone", "012345678", "012345678", id="un chiffre de moins, pas le zéro"),
        pytest.param("telephone", "61234567O", "61234567O", id="un O"),
        pytest.param("telephone", "", "", id="rien"),
        pytest.param("code_postal_domicile", "1000", "01000", id="code postal d'un tableur"),
        pytest.param("code_postal_residence", "1000.0", "01000", id="code postal décimal"),
        pytest.param("code_postal_residence", "44 000", "44 000", id="code postal entier"),
        pytest.param("code_postal_domicile", "400", "400", id="deux chiffres de moins"),
    ],
)
def test_a_zero_comes_back_only_where_the_length_proves_it(
    field: str, text: str, whole: str
) -> None:
    assert whole_again(field, text) == whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("(+33) 6 12 34 56 78", "0612345678"), ("06 12 34 56 78 ;", "0612345678")],
)
def test_a_telephone_in_its_usual_dress(text: str, number: str) -> None:
    assert PHONE.read(text, READING) == number


@pytest.mark.parametrize("kind", [AGDREF, PHONE])
def test_a_long_cell_is_refused_at_once(kind: FieldType) -> None:
    """A pattern tried on a whole page would take minutes: this test would not end."""
    with pytest.raises(Malformed):
        kind.read("1" + " " * 130_000 + "x", READING)


@given(st.text(alphabet="0123456789 .-/()+O,n°\u00a0٣²", max_size=24))
def test_no_digit_is_lost_or_made(text: str) -> None:
    """A number that is read has every digit of its text, but for a float's zeros and `(0)`."""
    try:
        number = AGDREF.read(text, READING)
    except Malformed:
        return
    typed = "".join("3" if c == "٣" else c for c in text if c.isdecimal())
    digits = "".join(c for c in number if c.isdigit())
    assert number.isascii()
    assert number.isalnum()
    assert typed.startswith(digits)
    assert set(typed.removeprefix(digits)) <= {"0"}
