"""Clocks and waits: when each starts, its last day, when it stops, who waits with none."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain.causes import RIGHTS, STARTS, WAITS
from agir_cli.domain.dates import Length, PartialDate, edtf, exactly, french, french_until
from agir_cli.domain.deadlines import (
    Late,
    Span,
    begun_before,
    clock_of,
    ended_by,
    late,
    late_at_its_end,
    runs,
    spans,
    support_ends_by,
    surely_runs,
)
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import Draft
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Clocks
from agir_cli.domain.vocabulary import (
    Motive,
    Nature,
    OfiiOutcome,
    Right,
    RightState,
    Route,
)
from tests.domain.making import (
    RULES,
    assigned,
    booked,
    caused,
    cir,
    clocks_of,
    closed,
    contract_booked,
    contract_missed,
    day,
    declined,
    diagnosed,
    dossier,
    form,
    interviewed,
    missed,
    on,
    oriented,
    proposed,
    refused,
    rejected,
    right,
    sent,
    signed,
    validated,
)

N = [cir("15/01/2023"), oriented("15/01/2023")]
N_1 = [cir("15/06/2022"), form("01/03/2023"), sent("05/03/2023"), validated("20/03/2023")]


class Told(NamedTuple):
    """A span as a reader would say it."""

    nature: str
    start: str | None
    due: str | None
    end: str | None


def told(span: Span) -> Told:
    return Told(span.nature.value, *(french(d) or None for d in (span.start, span.due, span.end)))


# --- each clock --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "cause", "expected"),
    [
        pytest.param(
            N, "cir", Told("diagnostic", "15/01/2023", "15/02/2023", None),
            id="diagnostic voie N : un mois depuis le CIR",
        ),
        pytest.param(
            [cir("31/01/2023"), oriented("31/01/2023")], "cir",
            Told("diagnostic", "31/01/2023", "28/02/2023", None), id="CIR du 31 janvier",
        ),
        pytest.param(
            [*N, diagnosed("25/01/2023")], "cir",
            Told("diagnostic", "15/01/2023", "15/02/2023", "25/01/2023"),
            id="le diagnostic tenu arrête",
        ),
        pytest.param(
            [*N, booked("25/01/2023 10:00", "16/01/2023")], "cir",
            Told("diagnostic", "15/01/2023", "15/02/2023", None),
            id="un rendez-vous n'arrête pas",
        ),
        pytest.param(
            N_1, "validation_ofii", Told("diagnostic", "20/03/2023", "20/04/2023", None),
            id="diagnostic voie N-1 : un mois depuis la validation",
        ),
        pytest.param(
            [cir("15/01/2023"), form("01/03/2023"), validated("20/03/2023")], "validation_ofii",
            Told("diagnostic", "20/03/2023", "20/04/2023", None),
            id="CIR de l'année, mais par une fiche : depuis la validation",
        ),
        pytest.param(
            [cir("15/06/2022"), oriented("20/03/2023")], "orientation",
            Told("diagnostic", "20/03/2023", "20/04/2023", None),
            id="voie N-1 orientée sans validation écrite",
        ),
        pytest.param(
            [cir("15/06/2020"), oriented("20/03/2023")], "orientation",
            Told("diagnostic", "20/03/2023", "20/04/2023", None), id="hors voie, orientée",
        ),
        pytest.param(
            [*N, diagnosed("25/01/2023"), assigned("01/02/2023")], "commission",
            Told("contractualisation", "01/02/2023", "22/02/2023", None),
            id="contrat : 21 jours depuis la commission",
        ),
        pytest.param(
            [*N, diagnosed("25/01/2023"), assigned("01/02/2023"), signed("22/02/2023")],
            "commission", Told("contractualisation", "01/02/2023", "22/02/2023", "22/02/2023"),
            id="seule la signature arrête",
        ),
        pytest.param(
            [
                *N, diagnosed("25/01/2023"), assigned("01/02/2023"),
                contract_booked("20/02/2023 09:00", "02/02/2023"),
            ],
            "commission", Told("contractualisation", "01/02/2023", "22/02/2023", None),
            id="un rendez-vous de contrat n'arrête pas",
        ),
        pytest.param(
            [cir("15/06/2022"), form("31/01/2023")], "fiche",
            Told("liaison", "31/01/2023", "28/02/2023", None), id="fiche à envoyer : un mois",
        ),
        pytest.param(
            N_1[:3], "fiche", Told("liaison", "01/03/2023", "01/04/2023", "05/03/2023"),
            id="l'envoi arrête",
        ),
        pytest.param(
            N_1[:3], "listing", Told("liaison", "05/03/2023", "05/04/2023", None),
            id="réponse de l'OFII : un mois",
        ),
        pytest.param(
            N_1, "listing", Told("liaison", "05/03/2023", "05/04/2023", "20/03/2023"),
            id="la réponse arrête",
        ),
        pytest.param(
            [*N_1[:2], oriented("10/03/2023")], "fiche",
            Told("liaison", "01/03/2023", "01/04/2023", "10/03/2023"), id="l'orientation arrête",
        ),
        pytest.param(
            [*N_1[:2], proposed("10/03/2023")], "fiche",
            Told("liaison", "01/03/2023", "01/04/2023", None), id="une proposition n'arrête rien",
        ),
        pytest.param(
            [*N_1[:3], validated("20/03/2023"), diagnosed("03/2023")], "validation_ofii",
            Told("diagnostic", "20/03/2023", "20/04/2023", "mars 2023"),
            id="tenu peut-être avant la validation",
        ),
        pytest.param(
            [*N, diagnosed("25/01/2023"), signed("17/02/2023")], "contrat",
            Told("entretien", "17/02/2023", "17/04/2023", None), id="premier entretien",
        ),
        pytest.param(
            [*N, diagnosed("25/01/2023"), signed("17/02/2023"), interviewed("10/04/2023")],
            "entretien", Told("entretien", "10/04/2023", "10/06/2023", None),
            id="entretien suivant, depuis le dernier",
        ),
        pytest.param(
            [*N, closed("20/01/2023", Motive.DROPPED)], "cir",
            Told("diagnostic", "15/01/2023", "15/02/2023", "20/01/2023"), id="la clôture arrête",
        ),
        pytest.param(
            [*N, diagnosed("25/01/2023"), assigned("01/02/2023"), refused("10/02/2023")],
            "commission", Told("contractualisation", "01/02/2023", "22/02/2023", "10/02/2023"),
            id="le refus arrête",
        ),
    ],
)  # fmt: skip
def test_a_clock(happened: list[Draft], cause: str, expected: Told) -> None:
    assert told(caused(clocks_of(dossier(*happened)), cause)[0]) == expected


def test_the_two_years_run_beside_the_interviews() -> None:
    d = dossier(*N, diagnosed("25/01/2023"), signed("17/02/2023"), interviewed("10/04/2023"))
    by_nature = {span.nature: told(span) for span in clocks_of(d) if span.due}
    assert by_nature[Nature.TERM] == Told("terme", "17/02/2023", "17/02/2025", None)
    assert by_nature[Nature.INTERVIEW].start == "10/04/2023"


SUPPORTED = [*N, diagnosed("25/01/2023"), signed("17/02/2023")]


@pytest.mark.parametrize(
    ("last", "dues"),
    [
        pytest.param("10/12/2024", ["10/02/2025"], id="dû avant le terme"),
        pytest.param("17/12/2024", ["17/02/2025"], id="dû le dernier jour du droit"),
        pytest.param("18/12/2024", [], id="dû le lendemain du terme"),
        pytest.param("01/02/2025", [], id="tenu peu avant le terme"),
        pytest.param("décembre 2024", ["février 2025"], id="peut-être dû"),
    ],
)
def test_no_interview_is_due_after_the_term(last: str, dues: list[str]) -> None:
    """[W: un droit dédié aux BPI] two years at most: what follows the right is not asked."""
    every = clocks_of(dossier(*SUPPORTED, interviewed(last)))
    waited = [s for s in every if s.nature is Nature.INTERVIEW and s.end is None]
    assert [told(span).due for span in waited] == dues
    assert [told(s).due for s in every if s.nature is Nature.TERM] == ["17/02/2025"]


@pytest.mark.parametrize(
    ("last", "dues"),
    [
        pytest.param("28/12/2024", ["28/02/2025"], id="peut-être encore dans le droit"),
        pytest.param("29/12/2024", ["28/02/2025"], id="le dernier jour possible"),
        pytest.param("01/01/2025", [], id="le lendemain"),
    ],
)
def test_an_interview_is_due_while_the_right_may_last(last: str, dues: list[str]) -> None:
    vague = [*N, diagnosed("25/01/2023"), signed("février 2023"), interviewed(last)]
    every = clocks_of(dossier(*vague))
    waited = [s for s in every if s.nature is Nature.INTERVIEW and s.end is None]
    assert [told(span).due for span in waited] == dues


def test_each_clock_of_a_dossier_is_named_with_its_start() -> None:
    """`agir rules` tells every start that a deadline may have; the notes, their second ones."""
    starts = {clock.start_event for each in RULES.clocks.by_name.values() for clock in each}
    others = {"diagnostic", "entretien", "excuse", "premier_contrat", *RIGHTS}
    assert starts | others == set(STARTS)


@pytest.mark.parametrize(
    ("happened", "start_event"),
    [
        pytest.param([*N, diagnosed("25/01/2023")], "25/01/2023", id="sans commission"),
        pytest.param(
            [*N, diagnosed("25/01/2023"), assigned("01/02/2023")], "25/01/2023",
            id="avec commission",
        ),
    ],
)  # fmt: skip
def test_the_other_setting_of_the_three_weeks(happened: list[Draft], start_event: str) -> None:
    """Counted from the diagnostic instead of the commission: the alternative setting."""
    d = dossier(*happened)
    weeks = RULES.clocks.by_name["contractualisation"][0]._replace(start_event="diagnostic")
    clocks = Clocks({**RULES.clocks.by_name, "contractualisation": (weeks,)})
    way = assess(d, RULES).route
    every = spans(d, way, stage(d, way), clocks)
    assert told(caused(every, "diagnostic")[0]) == Told(
        "contractualisation", start_event, "15/02/2023", None
    )
    assert caused(every, "commission") == []


def test_a_dossier_made_by_mistake_has_no_clock() -> None:
    d = dossier(*N, diagnosed("25/01/2023"), signed("17/02/2023"), closed("18/02/2023"))
    assert clocks_of(d)
    mistaken = dossier(*N, diagnosed("25/01/2023"), closed("18/02/2023", Motive.MISTAKE))
    assert clocks_of(mistaken) == ()


def test_clocks_run_where_no_rule_is_known() -> None:
    """A person received in 2025 still has three weeks and two years."""
    d = dossier(
        cir("10/01/2025"), oriented("10/01/2025"), diagnosed("20/01/2025"),
        assigned("31/01/2025"), signed("10/02/2025"),
    )  # fmt: skip
    assert assess(d, RULES).rules is None
    dues = {span.nature: told(span).due for span in clocks_of(d) if span.due}
    assert dues == {
        Nature.DIAGNOSIS: "10/02/2025", Nature.CONTRACTING: "21/02/2025",
        Nature.INTERVIEW: "10/04/2025", Nature.TERM: "10/02/2027",
    }  # fmt: skip


# --- each wait ---------------------------------------------------------------------------

WAITING: dict[str, tuple[list[Draft], str | None]] = {
    "orientation": ([cir("15/01/2023")], "15/01/2023"),
    "fiche_liaison": ([cir("15/06/2022"), proposed("20/01/2023")], "15/06/2022"),
    "cir_inconnu": ([oriented("15/01/2023")], "15/01/2023"),
    "orientation_sans_jour": ([cir("15/06/2022"), oriented()], None),
    "decision_sans_jour": ([cir("15/06/2022"), validated()], None),
    "rdv_diagnostic": (N_1, "20/03/2023"),
    "absence_diagnostic": (
        [*N, booked("25/01/2023 10:00", "16/01/2023"), missed("25/01/2023")], "25/01/2023",
    ),
    "commission": ([*N, diagnosed("25/01/2023")], "25/01/2023"),
    "absence_contrat": (
        [
            *N, diagnosed("25/01/2023"), assigned("01/02/2023"),
            contract_booked("10/02/2023 10:00", "02/02/2023"), contract_missed("10/02/2023"),
        ],
        "10/02/2023",
    ),
    "contrat_imprecis": ([*N, diagnosed("25/01/2023"), signed("février 2023")], "février 2023"),
    "demande_sans_jour": ([*N, right(Right.SOCIAL_HOUSING, RightState.ASKED)], None),
}  # fmt: skip
ENDED: dict[str, Draft] = {
    "orientation": oriented("20/01/2023"),
    "fiche_liaison": form("20/02/2023"),
    "cir_inconnu": cir("10/01/2023"),
    "orientation_sans_jour": oriented("20/02/2023"),
    "decision_sans_jour": validated("20/02/2023"),
    "rdv_diagnostic": booked("30/03/2023 10:00", "22/03/2023"),
    "absence_diagnostic": booked("30/01/2023 10:00", "26/01/2023"),
    "commission": assigned("01/02/2023"),
    "absence_contrat": contract_booked("20/02/2023 10:00", "12/02/2023"),
    "contrat_imprecis": closed("01/06/2023"),
    "demande_sans_jour": right(Right.SOCIAL_HOUSING, RightState.ASKED, "10/03/2023"),
}


def test_every_cause_of_waiting_is_met_here() -> None:
    assert set(WAITING) == set(WAITS) == set(ENDED)
    assert set(STARTS) >= {clock[0].start_event for clock in RULES.clocks.by_name.values()}


@pytest.mark.parametrize("cause", WAITS)
def test_nobody_is_invisible(cause: str) -> None:
    happened, since = WAITING[cause]
    waits = [s for s in caused(clocks_of(dossier(*happened)), cause) if s.due is None]
    assert [told(span) for span in waits] == [Told("attente", since, None, None)]


@pytest.mark.parametrize("cause", WAITS)
def test_a_wait_ends(cause: str) -> None:
    d = dossier(*WAITING[cause][0], ENDED[cause])
    waits = [s for s in caused(clocks_of(d), cause) if s.due is None]
    assert all(span.end is not None for span in waits)


@pytest.mark.parametrize("cause", WAITS)
def test_a_closed_dossier_no_longer_waits(cause: str) -> None:
    d = dossier(*WAITING[cause][0], closed("01/01/2024", Motive.DROPPED))
    assert all(span.end is not None for span in clocks_of(d))


@pytest.mark.parametrize(
    ("said", "last"),
    [
        pytest.param([right(Right.SOCIAL_HOUSING, RightState.ASKED, "12/06/2023")],
                     [("2024-06-12", None)], id="demande : un an"),
        pytest.param([right(Right.SOCIAL_HOUSING, RightState.ASKED, "12/06/2023"),
                      right(Right.SOCIAL_HOUSING, RightState.ASKED, "01/06/2024")],
                     [("2024-06-12", "2024-06-01"), ("2025-06-01", None)], id="renouvelée"),
        pytest.param([right(Right.SOCIAL_HOUSING, RightState.ASKED, "12/06/2023"),
                      right(Right.DALO, RightState.ASKED, "01/06/2024")],
                     [("2024-06-12", None)], id="un autre droit n'y change rien"),
        pytest.param([right(Right.SOCIAL_HOUSING, RightState.ASKED, "12/06/2023", "01/12/2023")],
                     [("2023-12-01", None)], id="le jour écrit l'emporte"),
        pytest.param([right(Right.RESIDENCE, RightState.ASKED, "12/06/2023")], [],
                     id="une demande de titre n'a pas de terme"),
        pytest.param([right(Right.RESIDENCE, RightState.OPEN, None, "01/12/2023")],
                     [("2023-12-01", None)], id="sans jour, jusqu'à un jour"),
        pytest.param([right(Right.RESIDENCE, RightState.OPEN, "12/06/2023", "01/12/2023"),
                      closed("01/07/2023")], [("2023-12-01", "2023-07-01")], id="clos"),
    ],
)  # fmt: skip
def test_the_last_days_of_rights(said: list[Draft], last: list[tuple[str, str | None]]) -> None:
    spans = [s for s in clocks_of(dossier(*N, *said)) if s.nature is Nature.RIGHT]
    assert [(edtf(s.due), s.end and edtf(s.end)) for s in spans if s.due] == last
    assert all((clock_of(s, RULES.clocks) is not None) is (s.cause == "logement_social"
               and s.due == Length(years=1).after(s.start)) for s in spans if s.start)  # fmt: skip


def test_somebody_booked_before_the_validation_never_waited_for_it() -> None:
    happened = [*N_1[:3], booked("30/03/2023 10:00", "10/03/2023"), validated("20/03/2023")]
    assert caused(clocks_of(dossier(*happened)), "rdv_diagnostic") == []


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param([cir("15/01/2023"), declined("20/01/2023")], id="a décliné"),
        pytest.param([cir("15/06/2022"), form("01/03/2023", False)], id="n'a pas souhaité"),
        pytest.param(
            [cir("15/06/2022"), form("01/03/2023"), rejected("09/03/2023")], id="rejetée par l'OFII"
        ),
    ],
)
def test_who_said_no_or_was_rejected_waits_for_nothing(happened: list[Draft]) -> None:
    assert [s for s in clocks_of(dossier(*happened)) if s.end is None] == []


def test_two_absences_are_two_waits() -> None:
    d = dossier(
        *N, booked("25/01/2023 10:00", "16/01/2023"), missed("25/01/2023"),
        booked("30/01/2023 10:00", "26/01/2023"), missed("30/01/2023"),
    )  # fmt: skip
    waits = caused(clocks_of(d), "absence_diagnostic")
    assert [told(span)[1:] for span in waits] == [
        ("25/01/2023", None, "26/01/2023"), ("30/01/2023", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(("moment", "ended"), [("27/01/2023", False), ("29/01/2023", True)])
def test_after_an_absence_known_in_part_only_a_later_appointment_counts(
    moment: str, ended: bool
) -> None:
    taken = booked(f"{moment} 10:00", "29/01/2023")
    d = dossier(*N, missed("[2023-01-25..2023-01-28]"), taken)
    (wait,) = caused(clocks_of(d), "absence_diagnostic")
    assert (wait.end is not None) is ended


def test_an_absence_is_followed_by_the_next_one() -> None:
    """Nobody wrote the second appointment down: the wait is counted from the last absence."""
    d = dossier(*N, missed("25/01/2023"), missed("30/01/2023"))
    waits = caused(clocks_of(d), "absence_diagnostic")
    assert [told(span)[1:] for span in waits] == [
        ("25/01/2023", None, "30/01/2023"), ("30/01/2023", None, None),
    ]  # fmt: skip


# --- late --------------------------------------------------------------------------------


def contracting(commission: str, *more: Draft) -> Span:
    d = dossier(*N, diagnosed("25/01/2023"), assigned(commission), *more)
    return next(s for s in caused(clocks_of(d), "commission") if s.due is not None)


@pytest.mark.parametrize(
    ("commission", "when", "expected"),
    [
        pytest.param("01/02/2023", "21/02/2023", None, id="la veille du dernier jour"),
        pytest.param("01/02/2023", "22/02/2023", None, id="le dernier jour est inclus"),
        pytest.param("01/02/2023", "23/02/2023", Late(True, 1), id="le lendemain : un jour"),
        pytest.param("01/02/2023", "04/03/2023", Late(True, 10), id="dix jours"),
        pytest.param("01/02/2023", "31/01/2023", None, id="avant de commencer"),
        pytest.param("février 2023", "28/02/2023", Late(False, 6), id="peut-être, jusqu'à six"),
        pytest.param("février 2023", "21/03/2023", Late(False, 27), id="peut-être encore"),
        pytest.param("février 2023", "22/03/2023", Late(True, 1), id="désormais certain"),
        pytest.param(
            "février 2023", "27/02/2023", Late(False, 5), id="peut-être, sans qu'on sache commencé"
        ),
        pytest.param("février 2023", "22/02/2023", None, id="le premier dernier jour possible"),
    ],
)
def test_late_begins_the_day_after(commission: str, when: str, expected: Late | None) -> None:
    assert late(contracting(commission), day(when)) == expected


@pytest.mark.parametrize(
    ("signature", "when", "expected"),
    [
        pytest.param("20/02/2023", "01/03/2023", None, id="signé à temps"),
        pytest.param("25/02/2023", "25/02/2023", None, id="signé en retard : plus en retard"),
        pytest.param("25/02/2023", "24/02/2023", Late(True, 2), id="la veille de la signature"),
        pytest.param("février 2023", "26/02/2023", Late(False, 4), id="signé on ne sait quand"),
        pytest.param("février 2023", "01/03/2023", None, id="signé avant mars"),
    ],
)
def test_what_is_signed_is_no_longer_late(signature: str, when: str, expected: Late | None) -> None:
    span = contracting("01/02/2023", signed(signature))
    assert late(span, day(when)) == expected


def test_a_wait_is_never_late() -> None:
    wait = caused(clocks_of(dossier(*N, diagnosed("25/01/2023"))), "commission")[0]
    assert late(wait, date(2030, 1, 1)) is None
    assert runs(wait, date(2030, 1, 1))


DATES = st.dates(date(2023, 1, 1), date(2024, 12, 31))


@given(DATES, DATES, st.none() | DATES, DATES)
def test_certain_and_possible_are_what_the_true_days_say(
    one: date, other: date, end: date | None, when: date
) -> None:
    """Late for certain: whatever the true day of the start was; perhaps: for one at least."""
    start = PartialDate(min(one, other), max(one, other))
    length = Length(days=21)
    ended = exactly(end) if end else None
    span = Span(Nature.CONTRACTING, "c", start, length.after(start), ended)
    running = end is None or end > when
    days = {(when - length.after(exactly(true)).latest).days for true in start}
    overdue = {n > 0 and running for n in days}
    found = late(span, when)
    assert (found is not None) == (True in overdue)
    if found is not None:
        assert found.certain == (overdue == {True})
        assert found.days == (min(days) if found.certain else max(days))


# --- the three vignettes -----------------------------------------------------------------

MONSIEUR_J = [
    cir("janvier 2023"), oriented("15/01/2023"), diagnosed("25/01/2023"), signed("février 2023"),
]  # fmt: skip
MADAME_B = [
    cir("janvier 2023"), oriented("09/01/2023"), diagnosed("13/01/2023"), signed("17/02/2023"),
]  # fmt: skip
MONSIEUR_A = [
    cir("10/02/2023"), oriented("10/02/2023"), diagnosed("28/02/2023"), signed("29/03/2023"),
]  # fmt: skip
VIGNETTES = [
    pytest.param("44", MONSIEUR_J, id="Monsieur J."),
    pytest.param("44", MADAME_B, id="Madame B."),
    pytest.param("85", MONSIEUR_A, id="Monsieur A."),
]


@pytest.mark.parametrize(("departement", "happened"), VIGNETTES)
def test_the_vignettes_came_by_ofii(departement: str, happened: list[Draft]) -> None:
    assert assess(dossier(*happened, departement=departement), RULES).route is Route.DIRECT


@pytest.mark.parametrize(
    ("happened", "until"),
    [
        pytest.param(
            MONSIEUR_J, "jusqu'à un jour entre le 01/02/2025 et le 28/02/2025 inclus",
            id="Monsieur J.",
        ),
        pytest.param(MADAME_B, "jusqu'au 17/02/2025 inclus", id="Madame B."),
        pytest.param(MONSIEUR_A, "jusqu'au 29/03/2025 inclus", id="Monsieur A."),
    ],
)  # fmt: skip
def test_the_vignettes_end(happened: list[Draft], until: str) -> None:
    ends = support_ends_by(dossier(*happened), RULES.clocks)
    assert ends is not None
    assert french_until(ends) == until


@pytest.mark.parametrize(("departement", "happened"), VIGNETTES)
def test_the_vignettes_kept_the_month_of_the_diagnostic(
    departement: str, happened: list[Draft]
) -> None:
    d = dossier(*happened, departement=departement)
    span = caused(clocks_of(d), "cir")[0]
    assert span.end is not None
    assert span.due is not None
    assert span.end.latest <= span.due.latest
    assert all(late(span, date(2023, month, 1)) is None for month in range(1, 13))


@pytest.mark.parametrize(("departement", "happened"), VIGNETTES)
def test_the_vignettes_three_weeks_never_started(departement: str, happened: list[Draft]) -> None:
    """No commission date: the contract clock is "not started", they waited until signed."""
    d = dossier(*happened, departement=departement)
    natures = {span.nature for span in clocks_of(d)}
    assert Nature.CONTRACTING not in natures
    wait = caused(clocks_of(d), "commission")[0]
    assert d.diagnosis is not None
    assert (wait.start, wait.due, wait.end) == (d.diagnosis.on, None, d.contract)


@pytest.mark.parametrize(
    ("happened", "days"),
    [pytest.param(MADAME_B, 35, id="Madame B."), pytest.param(MONSIEUR_A, 29, id="Monsieur A.")],
)
def test_the_vignettes_delay_from_the_diagnostic(happened: list[Draft], days: int) -> None:
    d: Dossier = dossier(*happened)
    assert d.contract is not None
    assert d.diagnosis is not None
    assert (d.contract.latest - d.diagnosis.on.latest).days == days


def test_without_a_contract_nothing_ends() -> None:
    assert support_ends_by(dossier(*N), RULES.clocks) is None


def test_the_contract_of_29_february_ends_on_the_28th() -> None:
    ends = support_ends_by(dossier(*N, signed("29/02/2024")), RULES.clocks)
    assert ends == on("28/02/2026")


# --- a form that another followed --------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "ended"),
    [
        pytest.param(
            [
                form("05/10/2022"), oriented("05/11/2022"), form("10/11/2022"),
                rejected("16/11/2022"),
            ],
            ["16/11/2022", "16/11/2022"], id="admise entre les deux, puis rejetée",
        ),
        pytest.param(
            [
                form("05/10/2022"), declined("05/11/2022"), form("10/11/2022"),
                validated("02/12/2022"),
            ],
            ["05/11/2022", "02/12/2022"], id="déclinée entre les deux",
        ),
        pytest.param(
            [form("05/10/2022"), rejected("05/11/2022"), form("10/11/2022")],
            ["05/11/2022", None], id="chacune la sienne",
        ),
        pytest.param(
            [form("05/10/2022"), form("10/11/2022")], [None, None], id="aucune réponse",
        ),
    ],
)  # fmt: skip
def test_a_form_waits_for_no_more_than_the_answer_to_the_next(
    happened: list[Draft], ended: list[str | None]
) -> None:
    spans_ = caused(clocks_of(dossier(cir("15/06/2022"), *happened)), "fiche")
    assert [told(span).end for span in spans_] == ended


# --- the right that began in another dossier ---------------------------------------------


SECOND = {"droit_depuis": on("17/02/2023")}


@pytest.mark.parametrize(
    ("happened", "facts", "told_"),
    [
        pytest.param([signed("01/03/2024")], {}, ("contrat", "01/03/2024", "01/03/2026"),
                     id="le premier contrat"),
        pytest.param([signed("01/03/2024")], SECOND,
                     ("premier_contrat", "17/02/2023", "17/02/2025"), id="un second contrat"),
        pytest.param([], SECOND, ("premier_contrat", "17/02/2023", "17/02/2025"),
                     id="pas encore de second contrat"),
    ],
)  # fmt: skip
def test_the_term_is_that_of_the_first_contract(
    happened: list[Draft], facts: dict[str, PartialDate], told_: tuple[str, str, str]
) -> None:
    d = dossier(*N, diagnosed("25/01/2024"), *happened, **facts)
    (term,) = [span for span in clocks_of(d) if span.nature is Nature.TERM]
    assert (term.cause, told(term).start, told(term).due) == told_
    assert french(support_ends_by(d, RULES.clocks)) == told_[2]


def test_no_interview_is_asked_for_after_the_first_contracts_term() -> None:
    d = dossier(*N, diagnosed("25/01/2024"), signed("20/12/2024"), **SECOND)
    assert not [span for span in clocks_of(d) if span.nature is Nature.INTERVIEW]


@pytest.mark.parametrize(
    ("lives", "began"),
    [
        pytest.param([], None, id="aucun dossier"),
        pytest.param([[signed("17/02/2023"), closed("01/09/2023", Motive.TRANSFER)]], "17/02/2023",
                     id="un transfert"),
        pytest.param([[signed("17/02/2023"), closed("01/09/2023", Motive.MISTAKE)]], None,
                     id="un dossier créé par erreur"),
        pytest.param([[signed("17/02/2023")]], "17/02/2023", id="encore ouvert"),
        pytest.param([[closed("01/09/2023", Motive.TRANSFER)]], None, id="sans contrat"),
        pytest.param([[signed("01/05/2023")], [signed("17/02/2023")]], "17/02/2023",
                     id="le premier de deux"),
    ],
)  # fmt: skip
def test_with_which_contract_a_right_began(lives: list[list[Draft]], began: str | None) -> None:
    found = begun_before(dossier(*N, diagnosed("25/01/2023"), *life) for life in lives)
    assert french(found) == (began or "")


# --- on a day ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "perhaps", "surely"),
    [
        pytest.param(None, None, True, True, id="on ne sait depuis quand"),
        pytest.param("09/10/2023", None, True, True, id="commence ce jour"),
        pytest.param("10/10/2023", None, False, False, id="commence le lendemain"),
        pytest.param("10/2023", None, True, False, id="commence peut-être plus tard"),
        pytest.param("01/09/2023", "09/10/2023", False, False, id="finit ce jour"),
        pytest.param("01/09/2023", "10/10/2023", True, True, id="finit le lendemain"),
        pytest.param("01/09/2023", "10/2023", True, False, id="finit peut-être avant"),
    ],
)
def test_whether_a_clock_runs_on_a_day(
    start: str | None, end: str | None, perhaps: bool, surely: bool
) -> None:
    span = Span(Nature.WAITING, "x", on(start) if start else None, None, on(end) if end else None)
    assert runs(span, day("09/10/2023")) is perhaps
    assert surely_runs(span, day("09/10/2023")) is surely


@pytest.mark.parametrize(
    ("end", "certain"),
    [("09/10/2023", None), ("[2023-10-09..2023-10-12]", False), ("[2023-10-10..2023-10-12]", True)],
)
def test_what_had_perhaps_ended_is_perhaps_late(end: str, certain: bool | None) -> None:
    span = Span(Nature.CONTRACTING, "x", on("01/09/2023"), on("22/09/2023"), on(end))
    found = late(span, day("09/10/2023"))
    assert (found and found.certain) == certain


def test_an_end_of_unknown_day_ends_every_clock() -> None:
    every = clocks_of(dossier(*N, diagnosed("25/01/2023"), assigned("01/02/2023"), closed(None)))
    assert not any(runs(span, day("02/02/2023")) for span in every)


def test_an_end_of_unknown_day_leaves_nothing_to_reckon() -> None:
    """What had ended before is no more told than what ran: the end may have come first."""
    assert clocks_of(dossier(*SUPPORTED, interviewed("10/04/2023"), closed(None))) == ()


# --- a small calendar, every case of it --------------------------------------------------

WEEK = [date(2023, 3, n) for n in range(1, 6)]
SPELLS = [PartialDate(first, last) for first in WEEK for last in WEEK if first <= last]


def span(start: PartialDate | None, due: PartialDate | None, end: PartialDate | None) -> Span:
    return Span(Nature.CONTRACTING, "commission", start, due, end)


def test_what_runs_is_told_by_each_possible_day() -> None:
    """Perhaps: on one of the days that its start and its end may be; surely: on all of them."""
    for start in SPELLS:
        for end in (None, *SPELLS):
            for today in WEEK:
                found = span(start, None, end)
                began = {one <= today for one in start}
                lasts = {one > today for one in end} if end else {True}
                assert runs(found, today) == (True in began and True in lasts)
                assert surely_runs(found, today) == (began == lasts == {True})


def test_a_lateness_at_the_end_is_told_by_each_possible_day() -> None:
    for due in SPELLS:
        for end in SPELLS:
            days = {(ended - last).days for ended in end for last in due}
            found = late_at_its_end(span(None, due, end))
            if max(days) <= 0:
                assert found is None
            elif min(days) > 0:
                assert found == Late(True, min(days)), "no more than what is certain"
            else:
                assert found == Late(False, max(days))


def test_what_has_no_last_day_or_no_end_did_not_end_late() -> None:
    assert late_at_its_end(span(None, None, on("05/03/2023"))) is None
    assert late_at_its_end(span(None, on("05/03/2023"), None)) is None


# --- what stopped a clock ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "cause", "by"),
    [
        pytest.param(N, "cir", "", id="rien encore"),
        pytest.param([*N, diagnosed("25/01/2023")], "cir", "diagnostic", id="le diagnostic"),
        pytest.param([*N, signed("25/01/2023")], "cir", "contrat", id="un contrat sans diagnostic"),
        pytest.param([*N, closed("25/01/2023", Motive.DEATH)], "cir", "cloture", id="la clôture"),
        pytest.param(
            [*N, diagnosed("[2023-01-20..2023-01-25]"), signed("[2023-01-22..2023-01-24]")], "cir",
            "", id="l'un ou l'autre",
        ),
        pytest.param(N_1[:3], "fiche", "listing", id="l'envoi"),
        pytest.param(N_1, "listing", "decision", id="la décision"),
        pytest.param([*N_1[:2], N_1[3]], "fiche", "decision", id="la décision, jamais envoyée"),
        pytest.param([*N_1[:2], oriented("10/03/2023")], "fiche", "orientation",
                     id="l'orientation"),
        pytest.param([*N_1[:2], declined("10/03/2023")], "fiche", "orientation", id="un « non »"),
        pytest.param([*N_1[:3], diagnosed("10/03/2023")], "listing", "diagnostic",
                     id="un diagnostic sans réponse"),
        pytest.param([*N_1[:3], signed("10/03/2023")], "listing", "contrat",
                     id="un contrat sans réponse"),
        pytest.param([*N_1[:3], closed("10/03/2023", Motive.DEATH)], "listing", "cloture",
                     id="la clôture, sans réponse"),
        pytest.param([*N, diagnosed("25/01/2023"), assigned("01/02/2023"), signed("17/02/2023")],
                     "commission", "contrat", id="le contrat"),
        pytest.param([*N, diagnosed("25/01/2023"), assigned("01/02/2023"), refused("17/02/2023")],
                     "commission", "cloture", id="le refus du contrat"),
        pytest.param([*SUPPORTED, interviewed("10/04/2023")], "contrat", "entretien",
                     id="l'entretien"),
        pytest.param([*SUPPORTED, interviewed("10/04/2023"), interviewed("10/06/2023")],
                     "entretien", "entretien", id="l'entretien d'après"),
        pytest.param([*SUPPORTED, closed("17/02/2023")], "contrat", "cloture",
                     id="la clôture, le jour du contrat"),
    ],
)  # fmt: skip
def test_what_stopped_a_clock(happened: list[Draft], cause: str, by: str) -> None:
    d = dossier(*happened)
    found = next(s for s in caused(clocks_of(d), cause) if s.due is not None)
    assert ended_by(d, found) == by


def test_the_two_years_are_stopped_by_the_end_alone() -> None:
    d = dossier(*SUPPORTED, closed("17/02/2023"))
    (term,) = [each for each in clocks_of(d) if each.nature is Nature.TERM]
    assert ended_by(d, term) == "cloture"


def test_each_span_with_a_last_day_has_the_clock_that_gave_it() -> None:
    lives = (
        [*SUPPORTED, interviewed("10/04/2023"), assigned("01/02/2023")], N_1,
        [cir("15/06/2020"), oriented("20/03/2023")], [*N, missed("20/01/2023")],
    )  # fmt: skip
    clocked = {s for life in lives for s in clocks_of(dossier(*life)) if s.due is not None}
    waits = {s for life in lives for s in clocks_of(dossier(*life)) if s.due is None}
    assert {each.cause for each in clocked} == set(STARTS) - {
        "diagnostic", "premier_contrat", "excuse", "demande", "echeance", *RIGHTS,
    }  # fmt: skip
    assert {each.cause for each in waits} >= {"absence_diagnostic"}
    for each in clocked:
        clock = clock_of(each, RULES.clocks)
        assert clock is not None
        assert each.start is not None
        assert clock.length.after(each.start) == each.due
    assert all(clock_of(each, RULES.clocks) is None for each in waits)


# --- from what the month of the diagnostic is counted ------------------------------------


@pytest.mark.parametrize(
    ("happened", "cause"),
    [
        pytest.param([cir("15/01/2023"), validated("20/01/2023")], "cir",
                     id="voie N, l'OFII a écrit sa décision"),
        pytest.param([cir("15/01/2023"), form("16/01/2023"), oriented("20/01/2023")], "cir",
                     id="voie N, une fiche mais une orientation"),
        pytest.param([*N, rejected("20/01/2023"), validated("10/02/2023", OfiiOutcome.DEROGATION)],
                     "validation_ofii", id="voie N, rejetée puis admise"),
        pytest.param([cir("15/06/2022"), validated("20/01/2023")], "validation_ofii",
                     id="voie N-1, sans fiche"),
        pytest.param([cir("[2022-12..2023-01]"), oriented("01/02/2023")], "orientation",
                     id="CIR de décembre ou janvier"),
        pytest.param([validated("20/01/2023")], "validation_ofii", id="CIR inconnu, validée"),
    ],
)  # fmt: skip
def test_from_what_the_month_of_the_diagnostic_is_counted(
    happened: list[Draft], cause: str
) -> None:
    every = clocks_of(dossier(*happened))
    assert [s.cause for s in every if s.nature is Nature.DIAGNOSIS] == [cause]


@pytest.mark.parametrize(
    ("happened", "cause", "since"),
    [
        pytest.param([oriented("20/01/2023")], "cir_inconnu", "20/01/2023", id="orientée"),
        pytest.param([oriented()], "cir_inconnu", "", id="ni CIR ni jour"),
        pytest.param([cir("15/06/2022"), oriented()], "orientation_sans_jour", "",
                     id="orientée un jour inconnu"),
        pytest.param([cir("15/06/2022"), validated()], "decision_sans_jour", "",
                     id="validée un jour inconnu"),
        pytest.param([oriented("20/01/2023"), validated()], "decision_sans_jour", "",
                     id="la décision avant tout"),
    ],
)  # fmt: skip
def test_what_is_awaited_where_the_month_is_counted_from_no_day(
    happened: list[Draft], cause: str, since: str
) -> None:
    """The date that is asked for is the one that is not known: no other would start the clock."""
    every = clocks_of(dossier(*happened))
    assert not [s for s in every if s.nature is Nature.DIAGNOSIS]
    waits = [s for s in every if s.cause.endswith(("inconnu", "sans_jour"))]
    assert [(s.cause, french(s.start)) for s in waits] == [(cause, since)]


# --- which waits there are ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "waits"),
    [
        pytest.param([cir("15/01/2023")], ["orientation"], id="rien n'est dit"),
        pytest.param([], ["orientation"], id="rien du tout"),
        pytest.param([cir("15/01/2023"), declined("20/01/2023")], [], id="déclinée"),
        pytest.param([cir("15/01/2023"), form("20/01/2023")], [], id="une fiche"),
        pytest.param([*N, rejected("20/01/2023")], [], id="rejetée"),
        pytest.param(N, [], id="orientée"),
        pytest.param([*N, validated("20/01/2023")], ["rdv_diagnostic"], id="validée, sans RDV"),
        pytest.param([*N, diagnosed("25/01/2023")], ["commission"], id="sans commission"),
        pytest.param([*N, assigned("25/01/2023")], [], id="commission sans diagnostic"),
        pytest.param(SUPPORTED, [], id="contrat signé"),
        pytest.param([cir("15/01/2023"), proposed("20/01/2023"), diagnosed("25/01/2023")],
                     ["commission"], id="reçue sans orientation écrite"),
        pytest.param([cir("15/01/2023"), signed("25/01/2023")], [],
                     id="signé sans orientation écrite"),
    ],
)  # fmt: skip
def test_what_a_person_waits_for(happened: list[Draft], waits: list[str]) -> None:
    every = clocks_of(dossier(*happened))
    assert [s.cause for s in every if s.due is None and s.end is None] == waits


def test_the_three_weeks_run_without_a_diagnostic() -> None:
    (weeks,) = caused(clocks_of(dossier(*N, assigned("01/02/2023"))), "commission")
    assert told(weeks) == Told("contractualisation", "01/02/2023", "22/02/2023", None)


@pytest.mark.parametrize(
    ("moment", "taken", "ends"),
    [
        pytest.param("25/01/2023 14:00", "20/01/2023", [""], id="le jour de l'absence"),
        pytest.param("27/01/2023 10:00", "26/01/2023", ["26/01/2023"], id="pris depuis"),
        pytest.param("26/01/2023 10:00", "20/01/2023", [], id="pris avant : rien n'est attendu"),
    ],
)
def test_only_a_later_appointment_ends_the_wait(moment: str, taken: str, ends: list[str]) -> None:
    first = booked("25/01/2023 10:00", "16/01/2023")
    d = dossier(*N, first, booked(moment, taken), missed("25/01/2023"))
    assert [french(each.end) for each in caused(clocks_of(d), "absence_diagnostic")] == ends


def test_the_three_weeks_are_those_in_force_on_the_day_that_they_start() -> None:
    """Counted from the diagnostic while there is no commission: of that day, not of today."""
    weeks = RULES.clocks.by_name["contractualisation"][0]._replace(start_event="diagnostic")
    later = weeks._replace(since=date(2024, 1, 1), length=Length(days=28))
    clocks = Clocks({**RULES.clocks.by_name, "contractualisation": (weeks, later)})
    for held, due in (("25/01/2023", "15/02/2023"), ("25/01/2024", "22/02/2024")):
        d = dossier(cir("15/01/2023"), oriented("15/01/2023"), diagnosed(held))
        way = assess(d, RULES).route
        (found,) = [
            s for s in spans(d, way, stage(d, way), clocks) if s.nature is Nature.CONTRACTING
        ]
        assert told(found).due == due
