"""Fields: what is typed is read once, what is written is read back, and nothing is guessed."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.domain import commands as c
from agir_cli.domain.dates import Moment, PartialDate, exactly, whole_month
from agir_cli.domain.dossier import FACT_NAMES
from agir_cli.domain.fields import FIELDS, Field, Home, loaded
from agir_cli.domain.places import Place
from agir_cli.domain.values import Malformed
from agir_cli.domain.vocabulary import Channel, Priority
from agir_cli.store.journal import _payload_text
from tests.domain.making import READING, RENNES

DATES = st.one_of(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(exactly),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(lambda d: whole_month(d.year, d.month)),
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
# Midnight is no hour: it is read as a day alone.
HOURS = st.none() | st.times(time(0, 1)).map(lambda t: f"{t.hour:02d}:{t.minute:02d}")
SEEN = st.characters(exclude_categories=["Cc", "Cs"])
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200).map(
        lambda t: " ".join(t.split())
    ),
    "name": st.sampled_from(
        ["Diallo", "İlkerem", "N’GUESSAN", "Monsieur J.", "أحمد", "می\u200cخواهم"]
    ),
    "referent": st.sampled_from(["R001", "DURAND Anne", "أحمد"]),
    "reference": st.sampled_from(["44-0042", "44B-0042", "9903123456", "Diallo Awa", "44-"]),
    "agdref": st.from_regex(r"[13579][02468][0-9]{5}[12][38]", fullmatch=True),
    "date": DATES,
    "moment": st.builds(Moment, DAYS, HOURS),
    "flag": st.booleans(),
    "number": st.integers(0, 999_999),
    "phone": st.from_regex(r"0[1-9][02468][13579][0-9]{6}", fullmatch=True),
    "email": st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.fr", fullmatch=True),
    "place": st.sampled_from(
        [Place("44003", None, "44"), Place("85191", None, "85"), RENNES, Place(None, "44150", "44")]
    ),
    "postal": st.sampled_from(["44000", "85000", "01000", "97400"]),
    "departments": st.sampled_from(["44", "44+85"]),
    "department": st.sampled_from(["44", "85", "01", "2A", "2B", "974"]),
    "nationality": st.just("AFG"),
    "languages": st.sampled_from(["prs", "prs,pus"]),
    "household": st.sampled_from(["M12", "F44-0172", "44-0042"]),
    "years": st.sampled_from([("2014",), ("2012", "2012", "?")]),
    "names": st.sampled_from([("statut",), ("statut", "telephone")]),
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    if field.type.name in BY_TYPE:
        return BY_TYPE[field.type.name]
    codes: Any = type(field.type.load(next(iter(_codes(field)))))
    if field.type.name.endswith("+"):
        return st.sets(st.sampled_from(list(_members(field))), min_size=1).map(
            lambda found: tuple(sorted(found))
        )
    return st.sampled_from(list(codes))


def _codes(field: Field) -> list[str]:
    return [part.split(" (")[0] for part in field.type.expected.split(" : ")[1].split(", ")]


def _members(field: Field) -> Any:
    return type(field.type.load(_codes(field)[0])[0])


ALL = [pytest.param(field, id=name) for name, field in FIELDS.items()]


@pytest.mark.parametrize("field", ALL)
@settings(max_examples=20)
@given(data=st.data())
def test_what_is_written_is_read_and_loaded_back(field: Field, data: st.DataObject) -> None:
    """Import of an export changes nothing: read(write(v)) == v == load(write(v))."""
    value = data.draw(values_of(field))
    text = field.type.write(value)
    assert isinstance(text, str)
    assert field.type.load(text) == value
    assert field.type.read(text, READING) == value


@pytest.mark.parametrize("field", ALL)
@settings(max_examples=20)
@given(data=st.data())
def test_every_value_is_shown(field: Field, data: st.DataObject) -> None:
    value = data.draw(values_of(field))
    shown = field.type.show(value)
    assert isinstance(shown, str)
    assert shown or value == ""


@given(st.fixed_dictionaries({}, optional={n: values_of(f) for n, f in FIELDS.items()}))
def test_a_payload_comes_back_from_the_journal(payload: dict[str, Any]) -> None:
    assert loaded(json.loads(_payload_text(payload))) == payload


def test_a_newer_programs_field_is_kept_as_text() -> None:
    assert loaded({"champ_de_demain": "abc", "heures": "3"}) == {
        "champ_de_demain": "abc", "heures": 3,
    }  # fmt: skip


def test_every_field_has_one_name_a_label_and_an_option() -> None:
    assert all(name == field.name for name, field in FIELDS.items())
    assert all(field.label for field in FIELDS.values())
    assert FIELDS["date_cir"].option == "--date-cir"
    assert len({field.label for field in FIELDS.values()}) == len(FIELDS)


@pytest.mark.parametrize(
    "command", [pytest.param(x, id=x.verb) for x in c.Command.__subclasses__()]
)
def test_every_attribute_of_a_command_is_a_field(command: type[c.Command]) -> None:
    assert set(c.field_names(command)) <= FIELDS.keys()
    assert set(c.required_names(command)) <= set(c.field_names(command))
    assert command.day is None or command.day in c.field_names(command)


def test_names_and_words_never_enter_the_journal() -> None:
    """Names never enter the journal; free text stands in an erasable table [invariant 10]."""
    assert {n for n, f in FIELDS.items() if f.home is Home.PERSON} == {
        "agdref", "nom", "prenoms", "nom_usage", "date_naissance", "sexe", "nationalite",
        "langues", "telephone", "courriel", "adresse",
    }  # fmt: skip
    assert {n for n, f in FIELDS.items() if f.home is Home.TEXT} == {
        "prescripteur", "prescripteur_courriel", "auditeur", "motif_ofii", "motif_declaration",
        "reference_cirng",
        "partenaires", "projet", "etape", "malgre", "raison", "objet", "remarque", "responsable",
    }  # fmt: skip
    assert all(FIELDS[name].home is Home.JOURNAL for name in FACT_NAMES)


# --- reading -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        pytest.param("nom", "  Al   Masri ", "Al Masri", id="espaces réduits"),
        pytest.param("nom", "[bold]", "[bold]", id="un nom est une donnée"),
        pytest.param("agdref", "99 03 12 34 56", "9903123456", id="numéro avec espaces"),
        pytest.param("agdref", "0012345678", "0012345678", id="zéros gardés"),
        pytest.param("date_cir", "10/02/2023", exactly(date(2023, 2, 10)), id="date"),
        pytest.param("date_cir", "hier", exactly(date(2023, 11, 22)), id="hier"),
        pytest.param("souhait", "Oui", True, id="oui"),
        pytest.param("souhait", "VRAI", True, id="vrai"),
        pytest.param("souhait", "FALSE", False, id="false"),
        pytest.param("confirmation", "mail+sms", (Channel.MAIL, Channel.SMS), id="deux, par +"),
        pytest.param("menage", "44\u20130001", "44-0001", id="ménage, tiret long"),
        pytest.param("dossier", "44\u20130001", "44-0001", id="référence, tiret long"),
        pytest.param("dossier", "44 - 0001", "44-0001", id="référence espacée"),
        pytest.param("dossier", "123456789.0", "123456789", id="numéro d'un tableur"),
        pytest.param("dossier", "N° 44-0001", "44-0001", id="référence annoncée"),
        pytest.param("dossier", "44-", "44-", id="début d'une référence"),
        pytest.param("dossier", "Diallo Awa", "Diallo Awa", id="dossier par son nom"),
        pytest.param("rejoint", "99 03 12 34 56", "9903123456", id="rejoint par son numéro"),
        pytest.param("langues", "so", "som", id="code de deux lettres"),
        pytest.param("langues", "SO, dari", "som,prs", id="codes en capitales, à plusieurs"),
        pytest.param("souhait", "x", True, id="case cochée"),
        pytest.param("souhait", "N", False, id="n"),
        pytest.param("heures", "100 h", 100, id="cent heures"),
        pytest.param("heures", "100,0", 100, id="nombre d'un tableur"),
        pytest.param("telephone", "+33 6 12 34 56 78", "0612345678", id="téléphone +33"),
        pytest.param("telephone", "06.12.34.56.78", "0612345678", id="téléphone à points"),
        pytest.param("courriel", " a@exemple.fr ", "a@exemple.fr", id="courriel"),
        pytest.param("departement", "1", "01", id="département 1"),
        pytest.param("departement", "2a", "2A", id="Corse-du-Sud"),
        pytest.param("code_postal_domicile", "44 000", "44000", id="code postal espacé"),
        pytest.param("nationalite", "Afghane", "AFG", id="nationalité"),
        pytest.param("langues", "dari ; pachto", "prs,pus", id="langues"),
        pytest.param("langues", "dari, prs", "prs", id="la même langue deux fois"),
        pytest.param("commune_residence", "NANTES", Place("44109", None, "44"), id="commune"),
        pytest.param(
            "commune_residence", "44150 Ancenis-Saint-Géréon", Place("44003", None, "44"),
            id="commune et code postal",
        ),
        pytest.param("commune_residence", "35000 Rennes", RENNES, id="hors des cinq départements"),
        pytest.param(
            "priorites", "emploi + logement",
            (Priority.RIGHTS_HOUSING, Priority.EMPLOYMENT_TRAINING), id="deux priorités",
        ),
        pytest.param(
            "priorites", "Droits et logement", (Priority.RIGHTS_HOUSING,), id="une, avec « et »"
        ),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(name: str, text: str, value: object) -> None:
    read = FIELDS[name].type.read(text, READING)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        pytest.param("agdref", "inconnu", "n'est pas un numéro", id="numéro sans chiffre"),
        pytest.param("agdref", "1" * 21, "n'est pas un numéro", id="numéro trop long"),
        pytest.param("date_cir", "31/02/2023", "n'existe pas dans le calendrier", id="31 février"),
        pytest.param("date_rdv_diagnostic", "février 2023", "un jour précis", id="RDV d'un mois"),
        pytest.param("souhait", "peut-être", "ni oui ni non", id="peut-être"),
        pytest.param("heures", "une centaine", "pas un nombre entier", id="en lettres"),
        pytest.param("heures", "-3", "pas un nombre entier", id="heures négatives"),
        pytest.param("heures", "3,5", "pas un nombre entier", id="demi-heure"),
        pytest.param("souhait", "oui ?", "ni oui ni non", id="oui, peut-être"),
        pytest.param("niveau_francais", "A2+", "un signe en change le sens", id="A2 et plus"),
        pytest.param("confirmation", "mail ?", "un signe en change", id="mail, peut-être"),
        pytest.param("dossier", "01/02/1990", "ni une référence ni un numéro", id="date"),
        pytest.param("dossier", "01-02-1990", "ni une référence ni un numéro", id="date à tirets"),
        pytest.param("dossier", "12.3", "ni une référence ni un numéro", id="décimale"),
        pytest.param("rejoint", "0123456776 / 0123456775", "ni une réf", id="deux numéros"),
        pytest.param("langues", "NR", "n'est pas connue", id="langue non renseignée"),
        pytest.param("langues", "SO", "n'est pas connue", id="langue sans objet"),
        pytest.param("langues", "dari, NA", "n'est pas connue", id="langue non applicable"),
        pytest.param("telephone", "12", "pas un numéro de téléphone", id="téléphone court"),
        pytest.param("courriel", "a@b", "pas un courriel", id="courriel sans point"),
        pytest.param("courriel", "a b@exemple.fr", "pas un courriel", id="courriel espacé"),
        pytest.param("statut", "ukrainien", "n'est pas admis", id="statut"),
        pytest.param("priorites", "logement+santé", "n'est pas admis", id="priorité"),
        pytest.param("priorites", " + ", "aucune valeur", id="aucune priorité"),
        pytest.param("departement", "99", "n'est pas un département", id="département 99"),
        pytest.param("departement", "Loire", "n'est pas un département", id="nom"),
        pytest.param("code_postal_domicile", "4400", "pas un code postal", id="quatre chiffres"),
        pytest.param("nationalite", "martienne", "nationalité connue", id="nationalité"),
        pytest.param("langues", "dari, klingon", "langue inconnue : klingon", id="langue"),
        pytest.param("commune_residence", "Atlantis", "pas une commune connue", id="commune"),
    ],
)
def test_what_is_malformed_says_what_was_expected(name: str, text: str, wrong: str) -> None:
    with pytest.raises(Malformed) as raised:
        FIELDS[name].type.read(text, READING)
    assert wrong in raised.value.wrong
    assert raised.value.expected


@pytest.mark.parametrize("field", ALL)
@settings(max_examples=20)
@given(text=st.text(max_size=40))
def test_any_text_is_a_value_or_malformed(field: Field, text: str) -> None:
    """Parse, do not validate: what came in can be written, stored and read back."""
    try:
        value = field.type.read(text, READING)
    except Malformed:
        return
    assert field.type.load(field.type.write(value)) == value


def test_a_partial_date_is_kept_as_it_was_said() -> None:
    value = FIELDS["date_naissance"].type.read("1987", READING)
    assert value == PartialDate(date(1987, 1, 1), date(1987, 12, 31))
    assert FIELDS["date_naissance"].type.show(value) == "1987"


@pytest.mark.parametrize("name", ["referent", "second_referent"])
@pytest.mark.parametrize("text", ["--", "?", "-", "...", "inconnu", "N/A", "non renseigné"])
def test_who_is_nobody_is_no_referent(name: str, text: str) -> None:
    with pytest.raises(Malformed, match="le nom de personne"):
        FIELDS[name].type.read(text, READING)
    assert FIELDS[name].type.read("  R001 ", READING) == "R001"
