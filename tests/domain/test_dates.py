"""Dates: read as a French reader writes them, shown at their own precision, never repaired."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain.dates import (
    DateFault,
    Length,
    Moment,
    PartialDate,
    Verdict,
    before_or_on,
    bounds,
    edtf,
    exactly,
    first_of,
    french,
    french_day,
    french_moment,
    french_on,
    french_until,
    from_edtf,
    load_moment,
    may_be_the_same_day,
    moment_text,
    nearest_day,
    parse_date,
    parse_moment,
    whole_month,
    whole_year,
)
from tests.domain.making import TODAY, on

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    one, other = draw(DAYS), draw(DAYS)
    return draw(
        st.sampled_from(
            [
                exactly(one),
                whole_month(one.year, one.month),
                PartialDate(date(one.year, 1, 1), date(one.year, 12, 31)),
                PartialDate(min(one, other), max(one, other)),
                PartialDate(
                    min(one, other).replace(day=1),
                    whole_month(max(one, other).year, max(one, other).month).latest,
                ),
            ]
        )
    )


# --- reading -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param("25/01/2023", "2023-01-25", id="jour à la française"),
        pytest.param("06/11/2024", "2024-11-06", id="le jour d'abord, toujours"),
        pytest.param("2024-11-06", "2024-11-06", id="jour ISO : le mois au milieu"),
        pytest.param("5/1/2023", "2023-01-05", id="sans zéros"),
        pytest.param("25.01.2023", "2023-01-25", id="points"),
        pytest.param("25-01-2023", "2023-01-25", id="tirets"),
        pytest.param("  25/01/2023 ", "2023-01-25", id="espaces autour"),
        pytest.param("2023-01-25 00:00:00", "2023-01-25", id="jour d'un tableur"),
        pytest.param("2023-01-25T00:00:00", "2023-01-25", id="jour d'une autre base"),
        pytest.param("2023/02/01", "2023-02-01", id="année d'abord, barres"),
        pytest.param("2023.02.01", "2023-02-01", id="année d'abord, points"),
        pytest.param("15 / 08 / 2023", "2023-08-15", id="barres espacées"),
        pytest.param("15\u00a0/\u202f08 / 2023", "2023-08-15", id="espaces insécables"),
        pytest.param("le 15/08/2023", "2023-08-15", id="le, en chiffres"),
        pytest.param("15-août-2023", "2023-08-15", id="mois en lettres, tirets"),
        pytest.param("15-aou\u0302t-2023", "2023-08-15", id="accent décomposé"),
        pytest.param("15\u201108\u20112023", "2023-08-15", id="tirets insécables"),
        pytest.param("15\u201308\u22122023", "2023-08-15", id="tirets longs"),
        pytest.param("mercredi 1 février 2023", "2023-02-01", id="jour de la semaine"),
        pytest.param("Le mer. 01/02/2023", "2023-02-01", id="jour de la semaine abrégé"),
        pytest.param("2023-03-03 10:30", "2023-03-03", id="jour et heure"),
        pytest.param("2023-03-03T10:30:15.5", "2023-03-03", id="jour et heure d'une base"),
        pytest.param("3 mars 2023 à 10h", "2023-03-03", id="jour et heure en lettres"),
        pytest.param("25 janvier 2023", "2023-01-25", id="mois en lettres"),
        pytest.param("le 1er février 2023", "2023-02-01", id="premier du mois"),
        pytest.param("25 janv. 2023", "2023-01-25", id="mois abrégé"),
        pytest.param("29/02/2024", "2024-02-29", id="29 février bissextile"),
        pytest.param("2023-01", "2023-01", id="mois ISO"),
        pytest.param("01/2023", "2023-01", id="mois en chiffres"),
        pytest.param("01-2023", "2023-01", id="mois en chiffres, tiret"),
        pytest.param("1.2023", "2023-01", id="mois en chiffres, point"),
        pytest.param("01 / 2023", "2023-01", id="mois en chiffres, barre espacée"),
        pytest.param("oct.2023", "2023-10", id="mois abrégé, point collé"),
        pytest.param("janv.-2023", "2023-01", id="mois abrégé, point et tiret"),
        pytest.param("janvier/2023", "2023-01", id="mois, barre"),
        pytest.param("12 oct.2023", "2023-10-12", id="jour et mois abrégé, point collé"),
        pytest.param("1er/03/2023", "2023-03-01", id="premier, barres"),
        pytest.param("le 1er 03 2023", "2023-03-01", id="premier, espaces"),
        pytest.param("25 01 2023", "2023-01-25", id="jour, espaces"),
        pytest.param("2023 01 25", "2023-01-25", id="année d'abord, espaces"),
        pytest.param("1990.0", "1990", id="année devenue décimale"),
        pytest.param("1990,00", "1990", id="année devenue décimale, virgule"),
        pytest.param("janvier 2023", "2023-01", id="mois"),
        pytest.param("FÉVRIER 2023", "2023-02", id="mois en capitales accentuées"),
        pytest.param("aout 2023", "2023-08", id="mois sans accent"),
        pytest.param("2023", "2023", id="année"),
        pytest.param("mars/avril 2023", "[2023-03..2023-04]", id="un mois ou l'autre"),
        pytest.param("mars ou avril 2023", "[2023-03..2023-04]", id="mois ou mois"),
        pytest.param("décembre 2022/janvier 2023", "[2022-12..2023-01]", id="à cheval"),
        pytest.param("entre mars et avril 2023", "[2023-03..2023-04]", id="entre deux mois"),
        pytest.param(
            "entre le 03/03/2023 et le 05/04/2023", "[2023-03-03..2023-04-05]",
            id="entre deux jours",
        ),
        pytest.param(
            "entre le 3 et le 5 mars 2023", "[2023-03-03..2023-03-05]", id="un mois pour deux jours"
        ),
        pytest.param("entre le 1er et le 5/03/2023", "[2023-03-01..2023-03-05]", id="le 1er et"),
        pytest.param(
            "entre le 03/03 et le 05/04/2023", "[2023-03-03..2023-04-05]", id="une année pour deux"
        ),
        pytest.param(
            "entre le 28 février et le 5 mars 2023", "[2023-02-28..2023-03-05]", id="deux mois"
        ),
        pytest.param("décembre/janvier 2023", "[2022-12..2023-01]", id="à cheval, une année"),
        pytest.param("nov. ou janvier 2023", "[2022-11..2023-01]", id="trois mois à cheval"),
        pytest.param("entre décembre et janvier 2023", "[2022-12..2023-01]", id="entre, à cheval"),
        pytest.param(
            "entre le 28 décembre et le 3 janvier 2023", "[2022-12-28..2023-01-03]",
            id="jours à cheval",
        ),
        pytest.param("[2023-03..2023-04]", "[2023-03..2023-04]", id="forme stockée"),
        pytest.param("[2023-01..2023-12]", "2023", id="douze mois : une année"),
        pytest.param("[2023-03-01..2023-03-31]", "2023-03", id="tous les jours : un mois"),
        pytest.param("[2023-03-05..2023-03-05]", "2023-03-05", id="un seul jour"),
    ],
)  # fmt: skip
def test_a_date_is_read(text: str, canonical: str) -> None:
    assert edtf(parse_date(text)) == canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("aujourd'hui", "2023-11-23", id="aujourd'hui"),
        pytest.param("Aujourd’hui", "2023-11-23", id="apostrophe courbe"),
        pytest.param("aujourdhui", "2023-11-23", id="sans apostrophe"),
        pytest.param("hier", "2023-11-22", id="hier"),
        pytest.param("avant-hier", "2023-11-21", id="avant-hier"),
        pytest.param("demain", "2023-11-24", id="demain"),
        pytest.param("+3w", "2023-12-14", id="dans trois semaines"),
        pytest.param("+3s", "2023-12-14", id="dans trois semaines, en français"),
        pytest.param("-2j", "2023-11-21", id="il y a deux jours"),
        pytest.param("+3m", "2024-02-23", id="dans trois mois"),
        pytest.param("-1a", "2022-11-23", id="il y a un an"),
    ],
)
def test_a_date_is_told_from_today(text: str, expected: str) -> None:
    assert edtf(parse_date(text, TODAY)) == expected


@pytest.mark.parametrize("text", ["aujourd'hui", "hier", "+3w"])
def test_without_a_day_nothing_is_told_from_today(text: str) -> None:
    with pytest.raises(DateFault, match="n'est pas une date"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("29/02/2023", "n'existe pas dans le calendrier", id="29 février"),
        pytest.param("31/04/2023", "n'existe pas dans le calendrier", id="31 avril"),
        pytest.param("2023-02-30", "n'existe pas dans le calendrier", id="30 février ISO"),
        pytest.param("01/25/2023", "n'existe pas dans le calendrier", id="à l'américaine"),
        pytest.param("2023-25-01", "n'existe pas dans le calendrier", id="ISO à l'envers"),
        pytest.param("13/2023", "pas de mois 13", id="mois 13"),
        pytest.param("2023-00", "pas de mois 00", id="mois 0"),
        pytest.param("25/01/0203", "n'est pas plausible", id="année 203"),
        pytest.param("2203", "n'est pas plausible", id="année 2203"),
        pytest.param("25/01/23", r"de quel siècle \? Écrivez l'année en entier", id="ambigu"),
        pytest.param("01/02/03", "de quel siècle", id="très ambigu"),
        pytest.param("[2023-04..2023-03]", "finit avant d'avoir commencé", id="à l'envers"),
        pytest.param("avril/mars 2023", "finit avant d'avoir commencé", id="mois à l'envers"),
        pytest.param("bientôt", "n'est pas une date que l'on puisse lire", id="un mot"),
        pytest.param("", "n'est pas une date que l'on puisse lire", id="rien"),
        pytest.param("25 brumaire 2023", "n'est pas une date", id="mois inconnu"),
        pytest.param("20230125", "n'est pas une date", id="huit chiffres"),
        pytest.param("44951", "n'est pas une date", id="numéro de tableur"),
        pytest.param("25/01/2023 25:30", "cette heure n'existe pas", id="une heure impossible"),
        pytest.param("2023-03-02T23:30Z", "n'est pas une date", id="heure d'un autre fuseau"),
        pytest.param("janvier 2023 14:30", "n'est pas une date", id="un mois et une heure"),
        pytest.param("25/01/2023 10:30 11:00", "n'est pas une date", id="deux heures"),
        pytest.param("mardi 1 février 2023", "ce jour est un mercredi", id="jour de semaine faux"),
        pytest.param("lundi janvier 2023", "n'est pas une date", id="jour de semaine et mois"),
        pytest.param("15-août-23", "Écrivez l'année en entier", id="année courte, en lettres"),
        pytest.param("janv-23", "Écrivez l'année en entier", id="mois et année courte"),
        pytest.param("Janv.-23", "Écrivez l'année en entier", id="mois abrégé et année courte"),
        pytest.param("janvier 23", "Écrivez l'année en entier", id="mois entier, année courte"),
        pytest.param("01/23", "Écrivez l'année en entier", id="mois en chiffres, année courte"),
        pytest.param("1er/03/23", "Écrivez l'année en entier", id="premier, année courte"),
        pytest.param("brumaire 23", "n'est pas une date", id="mois inconnu, année courte"),
        pytest.param("brumaire-23", "n'est pas une date", id="mois inconnu, tiret"),
        pytest.param("1023", "n'est pas plausible", id="quatre chiffres ne sont pas deux et deux"),
        pytest.param("10.23", "n'est pas une date", id="un nombre décimal"),
        pytest.param("1990.5", "n'est pas une date", id="une année et demie"),
        pytest.param("0203.0", "n'est pas plausible", id="année décimale 203"),
        pytest.param(
            "entre le 5 et le 3 mars 2023", "finit avant d'avoir commencé", id="jours à l'envers"
        ),
        pytest.param("entre le 3 et mars 2023", "n'est pas une date", id="un jour et un mois"),
        pytest.param("entre le 30 et le 31 février 2023", "n'existe pas", id="jours impossibles"),
        pytest.param("13-2023", "pas de mois 13", id="mois 13, tiret"),
        pytest.param("31 04 2023", "n'existe pas", id="31 avril, espaces"),
        pytest.param("15 / 08 / 23", "Écrivez l'année en entier", id="année courte, espacée"),
        pytest.param("2023-02/01", "n'est pas une date", id="deux séparateurs"),
        pytest.param("[..]", "n'est pas une date", id="intervalle vide"),
    ],
)
def test_what_is_no_date_is_refused_in_french(text: str, sentence: str) -> None:
    with pytest.raises(DateFault, match=sentence):
        parse_date(text)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_fault(text: str) -> None:
    try:
        found = parse_date(text, TODAY)
    except DateFault:
        return
    assert found.earliest <= found.latest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("14/02/2023", Moment(date(2023, 2, 14)), id="jour seul"),
        pytest.param("14/02/2023 10:30", Moment(date(2023, 2, 14), "10:30"), id="heure"),
        pytest.param("14/02/2023 à 10h30", Moment(date(2023, 2, 14), "10:30"), id="à 10h30"),
        pytest.param("14/02/2023 9h", Moment(date(2023, 2, 14), "09:00"), id="9h"),
        pytest.param("2023-02-14T10:30:00", Moment(date(2023, 2, 14), "10:30"), id="ISO"),
        pytest.param("14 février 2023 à 10:30", Moment(date(2023, 2, 14), "10:30"), id="lettres"),
        *(
            pytest.param(text, Moment(date(2023, 2, 14), "10:30"), id=text)
            for text in (
                "14/02/2023 à 10 h 30", "14/02/2023, 10h30", "14/02/2023 À 10H30",
                "2023-02-14 10:30:00.000", "14/02/2023 a\u0300 10h30", "Mardi 14/02/2023 10h30",
                "14/02/2023\n10:30", "14/02/2023 - 10h30", "14/02/2023 à 10 heures 30",
                "14\u201102\u20112023 10h30min", "14/02/2023 A\u0300 10:30",
            )
        ),
        pytest.param("14/02/2023 10 h", Moment(date(2023, 2, 14), "10:00"), id="10 h"),
        pytest.param("2023-02-14 00:00:00", Moment(date(2023, 2, 14)), id="jour d'un tableur"),
        pytest.param("2023-02-14T00:00:00.000", Moment(date(2023, 2, 14)), id="jour d'une base"),
        pytest.param("14/02/2023 00:00", Moment(date(2023, 2, 14)), id="minuit n'est pas l'heure"),
        pytest.param("14/02/2023 0h00", Moment(date(2023, 2, 14)), id="minuit en lettres"),
    ],
)  # fmt: skip
def test_an_appointment_is_read(text: str, expected: Moment) -> None:
    assert parse_moment(text) == expected
    assert parse_moment(moment_text(expected)) == load_moment(moment_text(expected)) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("février 2023", "un rendez-vous demande un jour précis", id="mois"),
        pytest.param("14/02/2023 25:00", "cette heure n'existe pas", id="25 heures"),
        pytest.param("14/02/2023 10:75", "cette heure n'existe pas", id="75 minutes"),
        pytest.param("demain matin", "n'est pas une date", id="demain matin"),
        pytest.param(
            "14 brumaire à 10h30", "« 14 brumaire à 10h30 » n'est pas une date", id="texte entier"
        ),
        pytest.param("14/02/23 10h", "« 14/02/23 10h » : de quel siècle", id="année courte"),
        pytest.param("14/02/2023 10:30Z", "n'est pas une date", id="heure d'un autre fuseau"),
    ],
)
def test_an_appointment_wants_a_day(text: str, sentence: str) -> None:
    with pytest.raises(DateFault, match=sentence):
        parse_moment(text, TODAY)


# --- writing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown", "inside", "until"),
    [
        pytest.param(
            "2023-01-25", "25/01/2023", "le 25/01/2023", "jusqu'au 25/01/2023 inclus", id="jour"
        ),
        pytest.param(
            "2025-02", "février 2025", "en février 2025",
            "jusqu'à un jour entre le 01/02/2025 et le 28/02/2025 inclus", id="mois",
        ),
        pytest.param(
            "2023", "2023", "en 2023",
            "jusqu'à un jour entre le 01/01/2023 et le 31/12/2023 inclus", id="année",
        ),
        pytest.param(
            "[2023-03..2023-04]", "entre mars et avril 2023", "entre mars et avril 2023",
            "jusqu'à un jour entre le 01/03/2023 et le 30/04/2023 inclus", id="deux mois",
        ),
        pytest.param(
            "[2022-12..2023-01]", "entre décembre 2022 et janvier 2023",
            "entre décembre 2022 et janvier 2023",
            "jusqu'à un jour entre le 01/12/2022 et le 31/01/2023 inclus", id="deux années",
        ),
        pytest.param(
            "[2023-04-01..2023-04-28]", "entre le 1er et le 28 avril 2023",
            "entre le 1er et le 28 avril 2023",
            "jusqu'à un jour entre le 01/04/2023 et le 28/04/2023 inclus", id="deux jours d'avril",
        ),
        pytest.param(
            "[2023-04-02..2023-04-28]", "entre le 2 et le 28 avril 2023",
            "entre le 2 et le 28 avril 2023",
            "jusqu'à un jour entre le 02/04/2023 et le 28/04/2023 inclus", id="le deux du mois",
        ),
        pytest.param(
            "[2022-04-01..2023-04-28]", "entre le 01/04/2022 et le 28/04/2023",
            "entre le 01/04/2022 et le 28/04/2023",
            "jusqu'à un jour entre le 01/04/2022 et le 28/04/2023 inclus",
            id="le même mois de deux années",
        ),
        pytest.param(
            "[2023-03-03..2023-04-05]", "entre le 03/03/2023 et le 05/04/2023",
            "entre le 03/03/2023 et le 05/04/2023",
            "jusqu'à un jour entre le 03/03/2023 et le 05/04/2023 inclus", id="deux jours",
        ),
    ],
)  # fmt: skip
def test_a_date_is_shown_in_french(text: str, shown: str, inside: str, until: str) -> None:
    value = on(text)
    assert (french(value), french_on(value), french_until(value)) == (shown, inside, until)


def test_an_unknown_date_is_shown_empty() -> None:
    assert french(None) == ""


def test_the_bounds_of_a_date_are_two_days() -> None:
    assert bounds(on("mars 2023")) == ("2023-03-01", "2023-03-31")
    assert bounds(on("12/03/2023")) == ("2023-03-12", "2023-03-12")
    assert bounds(None) == (None, None)


def test_an_appointment_is_shown_in_french() -> None:
    assert french_moment(Moment(date(2023, 2, 14), "10:30")) == "14/02/2023 à 10:30"
    assert french_moment(Moment(date(2023, 2, 14))) == "14/02/2023"
    assert french_day(date(2023, 2, 4)) == "04/02/2023"


@given(partial_dates())
def test_what_is_stored_is_read_back(value: PartialDate) -> None:
    """One canonical text a fact: "canonical text is derived from the bounds"."""
    assert from_edtf(edtf(value)) == value
    assert parse_date(edtf(value)) == value


@given(partial_dates())
def test_what_is_shown_is_read_back(value: PartialDate) -> None:
    assert parse_date(french(value)) == value


@given(partial_dates(), partial_dates())
def test_two_dates_are_the_same_when_their_texts_are(one: PartialDate, other: PartialDate) -> None:
    assert (edtf(one) == edtf(other)) == (one == other)


# --- comparing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        pytest.param("25/01/2023", "26/01/2023", Verdict.YES, id="la veille"),
        pytest.param("25/01/2023", "25/01/2023", Verdict.YES, id="le même jour"),
        pytest.param("26/01/2023", "25/01/2023", Verdict.NO, id="le lendemain"),
        pytest.param("janvier 2023", "31/01/2023", Verdict.YES, id="mois avant sa fin"),
        pytest.param("janvier 2023", "30/01/2023", Verdict.UNKNOWN, id="mois, un jour du mois"),
        pytest.param("01/01/2023", "janvier 2023", Verdict.YES, id="premier jour du mois"),
        pytest.param("02/01/2023", "janvier 2023", Verdict.UNKNOWN, id="deux du mois"),
        pytest.param("février 2023", "janvier 2023", Verdict.NO, id="mois suivant"),
        pytest.param("2023", "2023", Verdict.UNKNOWN, id="même année"),
    ],
)
def test_before_or_the_same_day(first: str, second: str, verdict: Verdict) -> None:
    assert before_or_on(on(first), on(second)) is verdict


@given(partial_dates(), partial_dates())
def test_a_verdict_is_that_of_every_possible_pair(one: PartialDate, other: PartialDate) -> None:
    """Yes means always, no means never, unknown means it depends on the true day."""
    answers = {a <= b for a in (one.earliest, one.latest) for b in (other.earliest, other.latest)}
    expected = {frozenset({True}): Verdict.YES, frozenset({False}): Verdict.NO}
    assert before_or_on(one, other) is expected.get(frozenset(answers), Verdict.UNKNOWN)


@given(partial_dates(), partial_dates())
def test_covering_is_saying_the_same_more_vaguely(one: PartialDate, other: PartialDate) -> None:
    assert one.covers(one)
    if one.covers(other):
        assert one.overlaps(other)
        assert one == other or not other.covers(one)
    assert one.overlaps(other) == other.overlaps(one)


# --- what is known beside the date -------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("novembre 2023", "[2023-11-01..2023-11-23]", id="ce mois-ci"),
        pytest.param("2023", "[2023-01-01..2023-11-23]", id="cette année"),
        pytest.param("octobre 2023", "2023-10", id="le mois passé"),
        pytest.param("23/11/2023", "2023-11-23", id="aujourd'hui"),
        pytest.param("24/11/2023", "2023-11-24", id="demain reste demain"),
        pytest.param("décembre 2023", "2023-12", id="le mois prochain reste tel quel"),
    ],
)
def test_what_has_happened_is_not_later_than_today(said: str, kept: str) -> None:
    assert edtf(on(said).known_by(TODAY)) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("mars 2023", "[2023-03-15..2023-03-31]", id="le mois du premier fait"),
        pytest.param("avril 2023", "2023-04", id="le mois d'après"),
        pytest.param("15/03/2023", "2023-03-15", id="le jour même"),
        pytest.param("février 2023", "2023-02", id="le mois d'avant reste tel quel"),
        pytest.param("[2023-03-01..2023-03-15]", "2023-03-15", id="le dernier jour possible"),
    ],
)
def test_what_follows_a_day_is_not_earlier(said: str, kept: str) -> None:
    assert edtf(on(said).since(date(2023, 3, 15))) == kept


@given(partial_dates(), DAYS)
def test_what_is_known_only_narrows(value: PartialDate, limit: date) -> None:
    for narrowed in (value.known_by(limit), value.since(limit)):
        assert value.covers(narrowed)
        assert narrowed.earliest <= narrowed.latest


# --- counting ----------------------------------------------------------------------------

THREE_YEARS = [date(2023, 1, 1) + timedelta(days=n) for n in range(1096)]


def clamped(start: date, months: int) -> date:
    """The same day number, or the last of the month: said otherwise than the program does."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


@pytest.mark.parametrize(
    ("length", "months"),
    [
        pytest.param(Length(months=1), 1, id="un mois"),
        pytest.param(Length(months=2), 2, id="deux mois"),
        pytest.param(Length(years=2), 24, id="deux ans"),
    ],
)
def test_months_and_years_run_from_date_to_date(length: Length, months: int) -> None:
    """From every day of three years, 29 February among them: same day number, clamped."""
    assert date(2024, 2, 29) in THREE_YEARS
    assert [length.after(exactly(start)) for start in THREE_YEARS] == [
        exactly(clamped(start, months)) for start in THREE_YEARS
    ]


def test_three_weeks_are_21_days() -> None:
    weeks = Length(days=21)
    for start in THREE_YEARS:
        due = weeks.after(exactly(start)).latest
        assert (due - start).days == 21
        assert due.weekday() == start.weekday()


@pytest.mark.parametrize(
    ("start", "length", "last_day"),
    [
        pytest.param("31/01/2023", Length(months=1), "28/02/2023", id="31 janvier + 1 mois"),
        pytest.param("31/01/2024", Length(months=1), "29/02/2024", id="31 janvier bissextile"),
        pytest.param("31/08/2023", Length(months=1), "30/09/2023", id="31 août + 1 mois"),
        pytest.param("28/02/2023", Length(months=1), "28/03/2023", id="28 février : le 28 mars"),
        pytest.param("29/02/2024", Length(years=2), "28/02/2026", id="29 février + 2 ans"),
        pytest.param("17/02/2023", Length(years=2), "17/02/2025", id="deux ans, jour inclus"),
        pytest.param("28/12/2023", Length(days=21), "18/01/2024", id="trois semaines, nouvel an"),
        pytest.param("février 2023", Length(years=2), "février 2025", id="mois + 2 ans"),
        pytest.param(
            "février 2024", Length(years=2), "[2026-02-01..2026-02-28]", id="février bissextile"
        ),
        pytest.param(
            "janvier 2023", Length(days=21), "[2023-01-22..2023-02-21]", id="mois + 3 semaines"
        ),
    ],
)
def test_the_last_day_in_time(start: str, length: Length, last_day: str) -> None:
    assert length.after(on(start)) == on(last_day)


@pytest.mark.parametrize("text", ["vers 12/01/2023", "soir 12/01/2023", "lunaire 12/01/2023"])
def test_a_word_that_is_no_weekday_is_not_called_one(text: str) -> None:
    with pytest.raises(DateFault) as refused:
        parse_date(text)
    assert "ce jour est un" not in str(refused.value)


# --- a small calendar, every case of it --------------------------------------------------

WEEK = [date(2023, 1, n) for n in range(1, 6)]
SPELLS = [PartialDate(first, last) for first in WEEK for last in WEEK if first <= last]


def days_of(value: PartialDate) -> set[date]:
    """Every day that a date may be."""
    return {each for each in WEEK if value.earliest <= each <= value.latest}


def test_whatever_two_dates_are_their_days_tell_how_they_compare() -> None:
    """All pairs of dates of five days: said of the bounds as it is of each possible day."""
    for one in SPELLS:
        for other in SPELLS:
            mine, its = days_of(one), days_of(other)
            assert one.covers(other) == (its <= mine)
            assert one.overlaps(other) == bool(mine & its) == may_be_the_same_day(one, other)
            first = first_of((one, None, other))
            assert first is not None
            assert days_of(first) == {min(a, b) for a in mine for b in its}
            answers = {a <= b for a in mine for b in its}
            assert before_or_on(one, other) is (
                Verdict.UNKNOWN if len(answers) == 2 else Verdict.YES if True in answers
                else Verdict.NO
            )  # fmt: skip


def test_what_is_known_beside_a_date_leaves_its_days_that_agree() -> None:
    for value in SPELLS:
        for limit in WEEK:
            until = {each for each in days_of(value) if each <= limit}
            since = {each for each in days_of(value) if each >= limit}
            assert days_of(value.known_by(limit)) == (until or days_of(value))
            assert days_of(value.since(limit)) == (since or days_of(value))


def test_a_date_that_is_not_known_is_no_first_and_may_be_any() -> None:
    day_ = on("12/03/2023")
    assert (first_of(()), first_of((None,)), first_of((None, day_))) == (None, None, day_)
    assert may_be_the_same_day(None, day_)
    assert may_be_the_same_day(day_, None)
    assert may_be_the_same_day(None, None)


# --- where a reading begins and ends -----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param("1900", "1900", id="la première année"),
        pytest.param("31/12/2199", "2199-12-31", id="le dernier jour"),
        pytest.param("12/2023", "2023-12", id="le douzième mois"),
        pytest.param("octobre/janvier 2023", "[2022-10..2023-01]", id="quatre mois à cheval"),
        pytest.param("octobre 2022/janvier 2023", "[2022-10..2023-01]", id="deux années dites"),
        pytest.param("mars/mars 2023", "2023-03", id="deux fois le même mois"),
        pytest.param("entre mars et le 15 mars 2023", "[2023-03-01..2023-03-15]",
                     id="un mois et son jour"),
        pytest.param("entre le 15 mars et mars 2023", "[2023-03-15..2023-03-31]",
                     id="un jour et son mois"),
        pytest.param("entre le 29 septembre et le 31 janvier 2023", "[2022-09-29..2023-01-31]",
                     id="quatre mois à cheval, au jour près"),
        pytest.param("entre le 28 septembre et le 31 janvier 2023", None, id="un jour de trop"),
        pytest.param("du 3 au 5 mars 2023", None, id="une période n'est pas un jour"),
        pytest.param("septembre/janvier 2023", None, id="cinq mois : à l'envers"),
        pytest.param("1899", None, id="un siècle trop tôt"),
        pytest.param("01/01/2200", None, id="un siècle trop tard"),
        pytest.param("0/2023", None, id="mois zéro"),
        pytest.param("13/2023", None, id="treizième mois"),
        pytest.param("0/01/2023", None, id="jour zéro"),
        pytest.param("dimanche 1 janvier 2023", "2023-01-01", id="le dimanche, dernier des sept"),
        pytest.param("dim. 1/1/2023", "2023-01-01", id="le dimanche, abrégé"),
    ],
)  # fmt: skip
def test_the_first_and_the_last_that_is_read(text: str, canonical: str | None) -> None:
    try:
        found = edtf(parse_date(text))
    except DateFault:
        found = None
    assert found == canonical


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        pytest.param("12-12/2023", "12/12/2023", id="deux fois le même nombre : le jour"),
        pytest.param("03-13/2023", None, id="un mois 13 : aucun"),
        pytest.param("13-12/2023", "13/12/2023", id="un jour 13 : lui seul"),
        pytest.param("01-02/2023", "janvier/février 2023 ou 01/02/2023", id="les premiers mois"),
        pytest.param("11-12/2023", "novembre/décembre 2023 ou 11/12/2023", id="les derniers"),
        pytest.param("12-01/2023", "décembre/janvier 2023 ou 12/01/2023", id="le nouvel an"),
        pytest.param("12-1/2023", "décembre/janvier 2023 ou 12/01/2023", id="le nouvel an, court"),
        pytest.param("00-01/2023", None, id="ni mois ni jour zéro"),
        pytest.param("31-02/2023", None, id="un jour qui n'existe pas n'est pas conseillé"),
        pytest.param("04-03/2023", "04/03/2023", id="mois à l'envers : le jour"),
    ],
)
def test_two_signs_name_each_reading_that_there_is(text: str, readings: str | None) -> None:
    with pytest.raises(DateFault) as told:
        parse_date(text)
    assert str(told.value).partition("écrivez ")[2] == (readings or "")


@pytest.mark.parametrize(
    ("text", "day_"),
    [
        pytest.param("44951", "25/01/2023", id="un jour de 2023"),
        pytest.param("10000", "18/05/1927", id="le plus ancien"),
        pytest.param("60000", "08/04/2064", id="le plus lointain"),
        pytest.param("09999", "", id="trop petit"),
        pytest.param("60001", "", id="trop grand : un code, un montant"),
        pytest.param("4495", "", id="quatre chiffres"),
    ],
)
def test_a_number_of_excel_is_told_as_the_day_it_stands_for(text: str, day_: str) -> None:
    with pytest.raises(DateFault) as told:
        parse_date(text)
    assert str(told.value).partition("nombre d'Excel, écrivez ")[2] == day_


@pytest.mark.parametrize(
    ("text", "birth", "fact"),
    [
        pytest.param("25/01/23", "25/01/2023", "25/01/2023", id="cette année"),
        pytest.param("23/11/23", "23/11/2023", "23/11/2023", id="aujourd'hui"),
        pytest.param("24/11/23", "24/11/1923", "24/11/2023", id="demain : cent ans"),
        pytest.param("31/12/28", "31/12/1928", "31/12/2028", id="dans cinq ans"),
        pytest.param("01/01/29", "01/01/1929", "01/01/29", id="dans six ans : aucun fait"),
        pytest.param("11/23", "11/2023", "11/2023", id="ce mois-ci"),
        pytest.param("12/23", "12/1923", "12/2023", id="le mois prochain"),
        pytest.param("05/12", "05/12", "05/12", id="un jour et un mois, peut-être"),
        pytest.param("05/13", "05/2013", "05/2013", id="treize n'est pas un mois"),
        pytest.param("mai 12", "mai/2012", "mai/2012", id="mois en lettres : une année"),
        pytest.param("brumaire 12", "brumaire 12", "brumaire 12", id="aucun mois"),
        pytest.param("14/03/94 10h30", "14/03/1994 10h30", "14/03/94 10h30", id="une heure"),
        pytest.param("14/03/23 à 10h30", "14/03/2023 a 10h30", "14/03/2023 a 10h30",
                     id="une heure après « à »"),
        pytest.param("05/13 10h30", "05/13 10h30", "05/13 10h30", id="un mois n'a pas d'heure"),
        pytest.param("31/02/23", "31/02/2023", "31/02/2023", id="aucun jour : dit par qui lit"),
        pytest.param("03-04/23", "03-04/2023", "03-04/2023", id="deux signes : dits par qui lit"),
    ],
)  # fmt: skip
def test_a_year_on_two_digits(text: str, birth: str, fact: str) -> None:
    assert whole_year(text, TODAY, past=True) == birth
    assert whole_year(text, TODAY, past=False) == fact


@pytest.mark.parametrize(
    ("text", "hour"),
    [("23:59", "23:59"), ("24:00", None), ("10:60", None), ("0h01", "00:01"), ("9h05", "09:05")],
)
def test_the_hours_of_a_day(text: str, hour: str | None) -> None:
    try:
        found = parse_moment(f"14/02/2023 {text}").hour
    except DateFault:
        found = None
    assert found == hour


@pytest.mark.parametrize("cell", ["x" * 99, "14/02/23 " * 11, f"14/02/2023{' ' * 60}25h"])
def test_a_long_cell_is_quoted_by_its_beginning(cell: str) -> None:
    with pytest.raises(DateFault) as told:
        parse_moment(cell)
    assert str(told.value).startswith(f"« {cell[:40]} » ")


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (Length(years=1), "1 an"), (Length(years=2), "2 ans"), (Length(months=1), "1 mois"),
        (Length(days=21), "21 jours"), (Length(years=1, months=6), "1 an 6 mois"),
        (Length(), ""),
    ],
)  # fmt: skip
def test_a_length_is_told(length: Length, told: str) -> None:
    assert length.told == told


# --- a day said without its year ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "nearest", "last", "coming"),
    [
        pytest.param("12/03", "12/03/2024", "12/03/2023", "12/03/2024", id="mars"),
        pytest.param("le 1er octobre", "01/10/2023", "01/10/2023", "01/10/2024", id="en lettres"),
        pytest.param("24-5", "24/05/2023", "24/05/2023", "24/05/2024", id="à égale distance"),
        pytest.param("23-5", "23/05/2024", "23/05/2023", "23/05/2024", id="un jour plus près"),
        pytest.param("23/11", "23/11/2023", "23/11/2023", "23/11/2023", id="aujourd'hui"),
        pytest.param("22/11", "22/11/2023", "22/11/2023", "22/11/2024", id="hier"),
        pytest.param("24/11", "24/11/2023", "24/11/2022", "24/11/2023", id="demain"),
        pytest.param("31/12", "31/12/2023", "31/12/2022", "31/12/2023", id="le dernier jour"),
        pytest.param("29/02", "29/02/2024", "29/02/2020", "29/02/2024", id="le 29 février"),
        pytest.param("lundi 25/11", "25/11/2024", "25/11/2019", "25/11/2024",
                     id="l'année où ce jour est un lundi"),
        pytest.param("lun. 27/11", "27/11/2023", "27/11/2017", "27/11/2023", id="lundi, abrégé"),
        pytest.param("12/03 à 10h30", "12/03/2024 a 10h30", "12/03/2023 a 10h30",
                     "12/03/2024 a 10h30", id="avec l'heure"),
        pytest.param("12/03, 10:30", "12/03/2024, 10:30", "12/03/2023, 10:30", "12/03/2024, 10:30",
                     id="après une virgule"),
        pytest.param("lundi", "20/11/2023", "20/11/2023", "27/11/2023", id="lundi"),
        pytest.param("samedi", "25/11/2023", "18/11/2023", "25/11/2023", id="samedi"),
        pytest.param("jeudi", "16/11/2023", "16/11/2023", "30/11/2023", id="jamais aujourd'hui"),
        pytest.param("mer.", "mer.", "mer.", "mer.", id="un point : non"),
        pytest.param("mer 10h", "22/11/2023 10h", "22/11/2023 10h", "29/11/2023 10h",
                     id="mercredi, abrégé, à dix heures"),
        pytest.param("lundi prochain", "27/11/2023", "27/11/2023", "27/11/2023", id="prochain"),
        pytest.param("samedi dernier", "18/11/2023", "18/11/2023", "18/11/2023", id="dernier"),
        *(
            pytest.param(text, text, text, text, id=text)
            for text in (
                "12/13", "0/03", "32/01", "31/02", "12 brumaire", "brumaire prochain", "12/03/2023",
                "03/2023", "mars", "bientôt", "", "12/00", "zut 12/03",
            )
        ),
    ],
)  # fmt: skip
def test_a_day_without_its_year_is_the_nearest(
    text: str, nearest: str, last: str, coming: str
) -> None:
    """Thursday 23 November 2023: what was done is past, an appointment is to come."""
    assert nearest_day(text, TODAY) == nearest
    assert nearest_day(text, TODAY, coming=False) == last
    assert nearest_day(text, TODAY, coming=True) == coming


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("12/03", ": l'année y manque", id="un jour"),
        pytest.param("12/12", ": l'année y manque", id="le dernier mois"),
        pytest.param("12 mars 10h", ": l'année y manque", id="un jour et une heure"),
        pytest.param("31/02", "n'existe pas dans le calendrier", id="aucun 31 février"),
        pytest.param("29/02", ": l'année y manque", id="le 29 février existe"),
        pytest.param("12/13", ": de quel siècle ? Écrivez l'année en entier", id="2013 ?"),
        pytest.param("12 brumaire", "n'est pas une date que l'on puisse lire", id="aucun mois"),
    ],
)
def test_in_a_file_a_day_without_its_year_is_not_guessed(text: str, why: str) -> None:
    with pytest.raises(DateFault) as told:
        parse_moment(text)
    assert str(told.value) == f"« {text} » {why}"
