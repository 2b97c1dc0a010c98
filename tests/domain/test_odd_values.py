"""What people and spreadsheets write for a date, a number, a word: read, refused, or told."""

from __future__ import annotations

from datetime import date

import pytest

from agir_cli.domain import values as v
from agir_cli.domain import vocabulary as w
from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import DateFault, edtf, parse_date, whole_year
from agir_cli.domain.decisions.admission import to_look_at
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.person_values import AGDREF, NAME, PHONE
from agir_cli.domain.reading import RowReader
from agir_cli.domain.reference_values import NATIONALITY
from agir_cli.domain.values import HOUSEHOLD, Malformed, NoValue
from agir_cli.domain.vocabulary import read_code
from agir_cli.store.reference import reading

TODAY = date(2023, 10, 9)
READING = reading(TODAY)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("\u200e25\u200e/\u200e01\u200e/\u200e2023", "2023-01-25"),
        ("25\u200f/01\u200f/2023", "2023-01-25"),
        ("\u202a12\u202c janv. \u20682023\u2069", "2023-01-12"),
        ("2023-\u200b01-25\ufeff", "2023-01-25"),
        ("14 juill. 2023", "2023-07-14"),
        ("14-juill.-2023", "2023-07-14"),
        ("juill. 2023", "2023-07"),
        ("12 aou 2023", "2023-08-12"),
        ("3 fév 2023", "2023-02-03"),
        ("1er jan. 2023", "2023-01-01"),
        ("5 sep. 2023", "2023-09-05"),
        ("9 xbre 2023", "2023-12-09"),
        ("juill./août 2023", "[2023-07..2023-08]"),
        ("25／01／2023", "2023-01-25"),
        ("25⁄01⁄2023", "2023-01-25"),
        ("1 er mars 2023", "2023-03-01"),
        ("1 er/03/2023", "2023-03-01"),
    ],
)
def test_marks_and_abbreviations_in_a_date(text: str, canonical: str) -> None:
    assert edtf(parse_date(text)) == canonical


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("03-04/2023", ("mars/avril 2023", "03/04/2023")),
        ("11-12/2022", ("novembre/décembre 2022", "11/12/2022")),
        ("12/01-2023", ("décembre/janvier 2023", "12/01/2023")),
        ("25.01/2023", ("25/01/2023",)),
        ("03 - 04 / 2023", ("mars/avril 2023",)),
        ("03 04/2023", ("mars/avril 2023", "03/04/2023")),
        ("03-04 2023", ("mars/avril 2023", "03/04/2023")),
    ],
)
def test_two_signs_in_one_date_are_never_a_day(text: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(DateFault, match="ambigu") as told:
        parse_date(text)
    assert all(each in str(told.value) for each in readings)


def test_an_unreadable_date_is_shown_as_it_was_written() -> None:
    with pytest.raises(DateFault, match="« mi-avril 2023 » n'est pas une date"):
        parse_date("mi-avril 2023")


@pytest.mark.parametrize(
    ("text", "birth", "fact"),
    [
        pytest.param("14/03/94", "1994-03-14", None, id="né en 94 ; aucun fait de 2094"),
        pytest.param("01/01/24", "1924-01-01", "2024-01-01", id="une naissance est passée"),
        pytest.param("09/10/23", "2023-10-09", "2023-10-09", id="le jour même"),
        pytest.param("7-3-96", "1996-03-07", None, id="tirets"),
        pytest.param("15-août-23", "2023-08-15", "2023-08-15", id="mois en lettres"),
        pytest.param("janv-23", "2023-01", "2023-01", id="mois d'un tableur"),
        pytest.param("03/96", "1996-03", None, id="mois en chiffres"),
        pytest.param("05/12", None, None, id="un jour sans année, peut-être"),
        pytest.param("03-04/23", None, None, id="deux signes"),
    ],
)
def test_a_short_year_is_read_by_what_the_date_is(
    text: str, birth: str | None, fact: str | None
) -> None:
    for name, expected in (("date_naissance", birth), ("date_cir", fact)):
        try:
            found = edtf(FIELDS[name].type.read(text, READING))
        except Malformed:
            found = None
        assert found == expected
        assert expected is None or v.short_year(FIELDS[name].type, text, TODAY)


def test_a_whole_year_stays_as_it_is() -> None:
    for text in ("25/01/2023", "2023-01-25", "janvier 2023", "1994", "hier"):
        assert whole_year(text, TODAY, past=True) == text


@pytest.mark.parametrize(
    "text",
    [
        "2015-06-15",
        "2015-06-15 00:00:00",
        "2015-06",
        "juin-15",
        "15-juin",
        "01/06/2015",
        "6/15",
        "15/6",
        "01/06/15",
        "juin 2015",
        "15 juin 2015",
        "5-mai",
        "déc.-03",
    ],
)
def test_a_household_code_that_a_spreadsheet_made_a_date(text: str) -> None:
    with pytest.raises(Malformed, match="Excel en a fait une"):
        HOUSEHOLD.read(text, READING)


@pytest.mark.parametrize("text", ["6-15", "M12", "44-0042", "44B-0042", "2015", "12", "F2015-06"])
def test_a_household_code_that_is_one(text: str) -> None:
    assert HOUSEHOLD.read(text, READING) == text


@pytest.mark.parametrize(
    "text",
    [
        "0000000000",
        "0",
        "000",
        "9999999999",
        "1111111111",
        "000000000",
        "1234567890",
        "12 34 56 78 90",
        "0987654321",
        "inconnu",
        "Inconnue",
        "à compléter",
        "N/A",
        "??????",
        "xxxxxxxxxx",
    ],
)
@pytest.mark.parametrize("type_", [AGDREF, PHONE], ids=["agdref", "téléphone"])
def test_what_stands_for_no_number_is_none(type_: v.FieldType, text: str) -> None:
    with pytest.raises(NoValue):
        type_.read(text, READING)


@pytest.mark.parametrize("text", ["06 00 00 00 00", "0600000000", "+33600000000"])
def test_a_telephone_filled_up_is_none(text: str) -> None:
    with pytest.raises(NoValue):
        PHONE.read(text, READING)


def test_two_persons_without_a_number_are_two() -> None:
    reader = RowReader(Enroll, ["nom", "agdref", "telephone"], READING)
    for name in ("UN", "DEUX"):
        found = reader.read([name, "0000000000", "0000000000"])
        assert isinstance(found, Enroll)
        assert (found.agdref, found.telephone) == (None, None)
        told = [f.sentence for f in to_look_at(found, TODAY)]
        assert [each.partition(" :")[0] for each in told] == ["N° AGDREF", "Téléphone"]


@pytest.mark.parametrize("text", ["+33612345606", "0033612345606", "33612345606", "06.12.34.56.06"])
def test_a_french_telephone_has_one_spelling(text: str) -> None:
    assert PHONE.read(text, READING) == "0612345606"


@pytest.mark.parametrize("text", ["Zed\x1b[31m", "A\x07wa", "B\x9b1m", "C\x08D", "D\x7f"])
@pytest.mark.parametrize("name", ["nom", "prenoms", "referent", "prescripteur", "projet"])
def test_a_text_that_drives_a_terminal_is_refused(name: str, text: str) -> None:
    with pytest.raises(Malformed, match="caractère de commande"):
        FIELDS[name].type.read(text, READING)


def test_a_joiner_inside_a_persian_name_stays() -> None:
    assert NAME.read("می\u200cخواهم", READING) == "می\u200cخواهم"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Guinéen(ne)", "GIN"),
        ("Afghan(e)", "AFG"),
        ("Syrien.ne", "SYR"),
        ("Somalien·ne", "SOM"),
        ("Guinée Conakry", "GIN"),
        ("Guinée-Conakry", "GIN"),
        ("Soudanais/e", "SDN"),
        ("Turc(que)", "TUR"),
        ("Guinéen/Guinéenne", "GIN"),
        ("RCI", "CIV"),
        ("ÉRYTHRÉEN(NE)", "ERI"),
        ("Géorgien(nne)", "GEO"),
        ("Mauritanien ( ne )", "MRT"),
        ("Tchadien.enne", "TCD"),
        ("Guinéen (Conakry)", "GIN"),
        ("R.D.C.", "COD"),
        ("Eritrée", "ERI"),
        ("Lybie", "LBY"),
    ],
)
def test_a_nationality_in_inclusive_writing(text: str, code: str) -> None:
    assert NATIONALITY.read(text, READING) == code


@pytest.mark.parametrize("text", ["Congolais", "congolaise", "Congolais(e)"])
def test_a_nationality_of_two_countries_asks_which(text: str) -> None:
    with pytest.raises(Malformed, match="se dit de plusieurs pays") as told:
        NATIONALITY.read(text, READING)
    assert "rdc" in str(told.value.expected)


@pytest.mark.parametrize(
    ("text", "housing", "detail"),
    [
        ("HUDA", "dna", "huda"),
        ("CADA", "dna", "cada"),
        ("CPH", "dna", "cph"),
        ("chez un tiers", "sans_abri_precaire", "tiers"),
        ("Chez un ami", "sans_abri_precaire", "tiers"),
        ("FJT", "logement_accompagne", "fjt"),
        ("Résidence sociale", "logement_accompagne", "residence_sociale"),
        ("HLM", "logement_autonome", "parc_social"),
        ("115", "hebergement_temporaire", "urgence"),
        ("à la rue", "sans_abri_precaire", "rue"),
        ("logement autonome", "logement_autonome", None),
    ],
)
def test_a_housing_word_keeps_its_detail(text: str, housing: str, detail: str | None) -> None:
    found = RowReader(Enroll, ["nom", "situation_logement"], READING).read(["X", text])
    assert isinstance(found, Enroll)
    assert (found.situation_logement, found.detail_logement) == (housing, detail)
    both = RowReader(Enroll, ["nom", "situation_logement", "detail_logement"], READING)
    told = both.read(["X", text, "squat"])
    assert isinstance(told, Enroll)
    assert told.detail_logement == "squat"  # what is said apart counts


def test_every_detail_is_a_situation() -> None:
    assert w.HOUSED.keys() == set(w.HousingDetail)
    for each in w.HousingDetail:
        assert read_code(w.Housing, each.label, READING.words) is w.HOUSED[each]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            {"date_naissance": "16/06/1905"},
            "une année seule a pu être tapée dans une case de dates (1994 ?)",
        ),
        ({"date_naissance": "16/06/1905"}, "118 ans"),
        ({"date_naissance": "01/01/1900"}, "123 ans"),
        ({"date_cir": "15/07/1905"}, "(2023 ?)"),
        (
            {"date_naissance": "12/01/2023", "date_cir": "12/01/2023"},
            "le même jour que « CIR signé le »",
        ),
        ({"date_naissance": "07/03/2020", "date_cir": "12/01/2023"}, "moins de 15 ans au CIR"),
        ({"date_naissance": "03/05/2022", "date_statut": "03/05/2022"}, "« Statut obtenu le »"),
    ],
)
def test_an_odd_date_is_a_caution(cells: dict[str, str], told: str) -> None:
    found = RowReader(Enroll, ["nom", *cells], READING).read(["X", *cells.values()])
    assert isinstance(found, Enroll)
    assert any(told in f.sentence for f in to_look_at(found, TODAY))


def test_an_ordinary_birth_is_not_told() -> None:
    for birth in ("14/03/1994", "1930", "01/2008", "2023"):
        found = RowReader(Enroll, ["nom", "date_naissance"], READING).read(["X", birth])
        assert isinstance(found, Enroll)
        assert not list(to_look_at(found, TODAY))


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("CADA de Saint-Nazaire", "cada"),
        ("HUDA - Les Eaux Vives", "huda"),
        ("CPH France Horizon", "cph"),
        ("CADA puis CPH", None),
        ("sortie de CADA", None),
        ("cada de X", "cada"),
    ],
)
def test_a_centre_is_read_by_its_kind(text: str, detail: str | None) -> None:
    assert read_code(w.HousingDetail, text, READING.words) == detail
    assert (read_code(w.Housing, text, READING.words) is None) is (detail is None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("44 - Loire-Atlantique", "44"),
        ("Loire-Atlantique", "44"),
        ("Vendée (85)", None),
        ("85", "85"),
        ("2A", "2A"),
        ("Vendée", "85"),
        ("7 allée X", None),
    ],
)
def test_a_department_is_read_by_its_name_too(text: str, code: str | None) -> None:
    try:
        found = FIELDS["departement"].type.read(text, READING)
    except Malformed:
        found = None
    assert found == code


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        pytest.param({"date_naissance": "09/10/1918"}, "", id="105 ans aujourd'hui"),
        pytest.param({"date_naissance": "08/10/1918"}, "né(e) en 1918 : 105 ans", id="passés"),
        pytest.param({"date_naissance": "09/1918"}, "né(e) en 1918 : 105 ans", id="le mois passé"),
        pytest.param({"date_naissance": "10/1918"}, "", id="ce mois-ci : peut-être pas encore"),
        pytest.param({"date_naissance": "1918"}, "", id="cette année : peut-être pas encore"),
        pytest.param({"date_naissance": "[1915-12..1916-01]"}, "né(e) en 1916 : 107 ans",
                     id="107 ans au moins"),
        pytest.param({"date_naissance": "1917"}, "né(e) en 1917 : 106 ans", id="l'année d'avant"),
        pytest.param({"date_naissance": "13/01/2008", "date_cir": "12/01/2023"},
                     "moins de 15 ans au CIR (12/01/2023)", id="la veille de ses 15 ans"),
        pytest.param({"date_naissance": "12/01/2008", "date_cir": "12/01/2023"}, "",
                     id="le jour de ses 15 ans"),
        pytest.param({"date_naissance": "02/2008", "date_cir": "01/2023"},
                     "moins de 15 ans au CIR (janvier 2023)", id="le mois d'avant"),
        pytest.param({"date_naissance": "01/2008", "date_cir": "01/2023"}, "",
                     id="le même mois : peut-être 15 ans"),
        pytest.param({"date_naissance": "15/01/2008", "date_cir": "01/2023"}, "",
                     id="un CIR du mois de ses 15 ans"),
        pytest.param({"date_naissance": "01/2008", "date_cir": "15/01/2023"}, "",
                     id="né un jour du mois du CIR, quinze ans avant"),
        pytest.param({"date_naissance": "31/12/2007", "date_cir": "2023"}, "", id="15 ans"),
        pytest.param({"date_arrivee": "31/12/1949"}, "31/12/1949 est bien loin", id="avant 1950"),
        pytest.param({"date_arrivee": "1949"}, "1949 est bien loin", id="une année d'avant 1950"),
        pytest.param({"date_arrivee": "01/01/1950"}, "", id="depuis 1950"),
        pytest.param({"date_arrivee": "[1949-12..1950-01]"}, "", id="peut-être depuis 1950"),
        pytest.param({"date_naissance": "31/12/1930"}, "", id="une naissance d'avant 1950"),
        pytest.param({"date_cir": "13/03/1905"}, "13/03/1905 est bien loin", id="1899 ?"),
        pytest.param({"date_cir": "14/03/1905"}, "(1900 ?)", id="1900 ?"),
        pytest.param({"date_cir": "29/09/1905"}, "(2099 ?)", id="2099 ?"),
        pytest.param({"date_cir": "30/09/1905"}, "30/09/1905 est bien loin", id="2100 ?"),
        pytest.param({"date_cir": "07/1905"}, "juillet 1905 est bien loin", id="un mois de 1905"),
        pytest.param({"date_naissance": "12/01/2000", "date_statut": "12/01/2000"},
                     "le même jour que « Statut obtenu le »", id="deux fois le même jour"),
        pytest.param({"date_naissance": "12/01/2000", "date_arrivee": "12/01/2000"},
                     "le même jour que « Arrivée en France »", id="l'arrivée aussi"),
        pytest.param({"date_naissance": "2000", "date_statut": "2000"}, "",
                     id="deux fois la même année"),
        pytest.param({"date_arrivee": "12/01/2022", "date_statut": "12/01/2022"}, "",
                     id="deux faits d'un jour"),
    ],
)  # fmt: skip
def test_from_where_a_date_is_odd(dates: dict[str, str], told: str) -> None:
    said = Enroll(nom="X", **{name: parse_date(text) for name, text in dates.items()})  # type: ignore[arg-type]
    found = [each.sentence for each in to_look_at(said, TODAY)]
    assert len(found) == bool(told)
    assert told in "".join(found)
