"""The same act said again: completed by what was not known, refused where it contradicts."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import Moment
from agir_cli.domain.decisions.common import Accepted, Refused
from agir_cli.domain.decisions.correction import correct, voided_ids
from agir_cli.domain.decisions.liaison import send_listing
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Event, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.vocabulary import (
    Channel,
    Domain,
    Housing,
    Motive,
    Priority,
    SupportMode,
)
from tests.domain.making import (
    REF,
    at,
    cir,
    closed,
    codes,
    context,
    decided,
    diagnosed,
    event,
    events,
    kinds,
    on,
    opened,
    oriented,
    signed,
)

ORIENTED = [cir("15/01/2023"), oriented("15/01/2023")]
HELD = [*ORIENTED, diagnosed("25/01/2023")]
HOUSING, WORK = (Priority.RIGHTS_HOUSING,), (Priority.EMPLOYMENT_TRAINING,)


def form(**said: Any) -> c.Command:
    return c.AddLiaison(dossier=REF, date_fiche=on("01/10/2023"), **said)


def book(**said: Any) -> c.Command:
    return c.BookDiagnosis(dossier=REF, date_rdv_diagnostic=at("01/12/2023 10:00"), **said)


def book_contract(**said: Any) -> c.Command:
    return c.BookContract(dossier=REF, date_rdv_contrat=at("01/12/2023 10:00"), **said)


def hold(**said: Any) -> c.Command:
    return c.HoldDiagnosis(dossier=REF, date_diagnostic=on("25/01/2023"), **said)


def assign(**said: Any) -> c.Command:
    return c.Assign(dossier=REF, date_commission=on("01/02/2023"), **said)


def step(**said: Any) -> c.Command:
    return c.AddStep(
        dossier=REF, etape="Permis", domaine=Domain.WORK, date_etape=on("mars 2023"), **said
    )


SAID_AGAIN: list[Any] = [
    pytest.param([], form, {"souhait": False}, {"souhait": True}, id="fiche : souhait"),
    pytest.param([], form, {"flyer_remis": True}, {"flyer_remis": False}, id="fiche : flyer"),
    pytest.param([], form, {"soutien_agir": True}, {"soutien_agir": False}, id="fiche : soutien"),
    pytest.param(ORIENTED, book, {"bureau": "44-C1"}, {"bureau": "44-C2"}, id="RDV : bureau"),
    pytest.param(ORIENTED, book, {"confirmation": (Channel.SMS,)},
                 {"confirmation": (Channel.MAIL,)}, id="RDV : confirmation"),
    pytest.param(ORIENTED, book, {"convocation_remise": True}, {"convocation_remise": False},
                 id="RDV : convocation"),
    pytest.param(HELD, book_contract, {"bureau": "44-C1"}, {"bureau": "44-C2"},
                 id="RDV de contrat : bureau"),
    pytest.param(ORIENTED, hold, {"diagnostic_signe": True}, {"diagnostic_signe": False},
                 id="diagnostic : signature"),
    pytest.param(ORIENTED, hold, {"priorites_preconisees": HOUSING},
                 {"priorites_preconisees": WORK}, id="diagnostic : priorités"),
    pytest.param(HELD, assign, {"modalite": SupportMode.FULL}, {"modalite": SupportMode.ASSIST},
                 id="commission : modalité"),
    pytest.param(HELD, assign, {"priorites": HOUSING}, {"priorites": WORK},
                 id="commission : priorités"),
    pytest.param(HELD, assign, {"referent": "R001"}, {"referent": "R002"},
                 id="commission : référent"),
    pytest.param([], step, {"heures": 20}, {"heures": 30}, id="étape : heures"),
    pytest.param([], step, {"date_fin_etape": on("01/05/2023")},
                 {"date_fin_etape": on("01/06/2023")}, id="étape : fin"),
]  # fmt: skip


def recorded(before: list[Event], command: c.Command) -> list[Event]:
    """The journal once this command has been accepted."""
    answer = decided(fold(before), command)
    assert isinstance(answer, Accepted), codes(answer)
    return [*before, *(event(len(before) + n, each) for n, each in enumerate(answer.drafts))]


def facts(d: Dossier) -> tuple[Any, ...]:
    """What an act said, whichever it was."""
    steps = [(s.on, s.date_fin_etape, s.heures, s.words) for s in d.steps]
    held = d.diagnosis._replace(signed_apart=False) if d.diagnosis else None
    return (d.requests, d.diagnosis_visits, d.contract_visits, held, d.assignment, steps)


@pytest.mark.parametrize(("happened", "command", "said", "other"), SAID_AGAIN)
def test_what_was_not_known_completes_and_what_contradicts_is_refused(
    happened: list[Draft], command: Any, said: dict[str, Any], other: dict[str, Any]
) -> None:
    at_once = recorded(events(opened(), *happened), command(**said))
    bare = recorded(events(opened(), *happened), command())
    completed = recorded(bare, command(**said))
    assert len(completed) == len(bare) + 1
    assert facts(fold(completed)) == facts(fold(at_once))
    assert fold(completed).anomalies == ()
    for journal in (at_once, completed):
        assert decided(fold(journal), command(**said)) == Accepted()
        assert decided(fold(journal), command()) == Accepted()
        contradicted = decided(fold(journal), command(**other))
        assert codes(contradicted) == ["deja_enregistre"]
        assert isinstance(contradicted, Refused)
        assert contradicted.findings[0].values["date"] == "", "rien à redater"


def test_a_contradicted_day_is_told_as_a_day() -> None:
    journal = recorded(events(opened()), step(date_fin_etape=on("01/05/2023")))
    answer = decided(fold(journal), step(date_fin_etape=on("juin 2023")))
    assert isinstance(answer, Refused)
    assert answer.findings[0].fact == "enregistré : 01/05/2023 ; donné : juin 2023"


@pytest.mark.parametrize(("happened", "command", "said", "other"), SAID_AGAIN)
def test_an_act_is_corrected_with_what_completed_it(
    happened: list[Draft], command: Any, said: dict[str, Any], other: dict[str, Any]
) -> None:
    first = events(opened(), *happened)
    whole = recorded(recorded(first, command()), command(**said))
    for place in range(len(first), len(whole)):
        if whole[place].kind is Kind.DIAGNOSIS_SIGNED:  # it may have a day of its own
            continue
        moved = correct(whole, whole[place], place + 1, on("10/10/2023"), "x", context())
        assert isinstance(moved, Accepted), codes(moved)
        after = fold([*whole, *(event(50 + n, each) for n, each in enumerate(moved.drafts))])
        once = [e for e in after_voiding(whole, moved) if e.kind is not Kind.EVENT_VOIDED]
        assert len(once) == len(first) + 1
        assert after.anomalies == ()
    voided = correct(whole, whole[len(first)], 1, None, "x", context())
    assert len(after_voiding(whole, voided)) == len(first)
    undone = correct(whole, whole[-1], 1, None, "x", context())
    assert len(after_voiding(whole, undone)) == len(first) + 1


def after_voiding(whole: list[Event], answer: Any) -> list[Event]:
    every = [*whole, *(event(50 + n, each) for n, each in enumerate(answer.drafts))]
    gone = voided_ids(every)
    return [e for e in every if e.id not in gone and e.kind is not Kind.EVENT_VOIDED]


def test_who_said_no_afterwards_is_not_sent() -> None:
    before = recorded(recorded(events(opened()), form()), form(souhait=False))
    assert send_listing(fold(before), on("02/10/2023"), 1, 1) == Accepted()


def test_what_may_be_handed_over_later_was_not_refused_for_ever() -> None:
    journal = recorded(events(opened(), *ORIENTED), book(convocation_remise=False))
    answer = decided(fold(journal), book(convocation_remise=True))
    assert kinds(answer) == [Kind.DIAGNOSIS_BOOKED]


@pytest.mark.parametrize(
    ("field", "expected"),
    [("flyer_remis", []), ("soutien_agir", []), ("souhait", ["deja_enregistre"])],
)
def test_a_form_may_say_later_that_the_leaflet_was_handed_over(
    field: str, expected: list[str]
) -> None:
    journal = recorded(events(opened()), form(**{field: False}))
    assert codes(decided(fold(journal), form(**{field: True}))) == expected


def test_a_signature_said_apart_is_the_one_to_void() -> None:
    journal = recorded(recorded(events(opened(), *ORIENTED), hold()), hold(diagnostic_signe=True))
    answer = decided(fold(journal), hold(diagnostic_signe=False))
    assert isinstance(answer, Refused)
    assert answer.findings[0].values["kind"] is Kind.DIAGNOSIS_SIGNED


def test_words_come_with_what_completes() -> None:
    journal = recorded(events(opened(), *HELD), assign())
    answer = decided(fold(journal), assign(modalite=SupportMode.FULL, partenaires="CADA"))
    assert isinstance(answer, Accepted)
    assert answer.drafts[0].texts == {"partenaires": "CADA"}


def test_a_situation_at_the_exit_is_not_dropped_in_silence() -> None:
    def close(**said: Any) -> c.Command:
        motive = Motive.STOPPED_BY_BENEFICIARY
        return c.Close(dossier=REF, date_cloture=on("01/06/2023"), motif=motive, **said)

    d = fold(events(opened(), *HELD, signed("17/02/2023"), closed("01/06/2023")))
    assert decided(d, close()) == Accepted()
    assert codes(decided(d, close(situation_logement=Housing.INDEPENDENT))) == ["dossier_clos"]


def test_a_form_sent_already_is_sent_once() -> None:
    """A caseload taken over: the day is told with the form, or once the form is known."""
    before = events(opened(), cir("15/01/2022"))
    at_once = recorded(before, form(date_envoi=on("05/10/2023")))
    later = recorded(recorded(before, form()), form(date_envoi=on("05/10/2023")))
    for journal in (at_once, later):
        d = fold(journal)
        assert [request.sent_on for request in d.requests] == [on("05/10/2023")]
        assert send_listing(d, on("31/10/2023"), 1, 1) == Accepted()
        assert decided(d, form(date_envoi=on("10/2023"))) == Accepted()
        assert codes(decided(d, form(date_envoi=on("06/10/2023")))) == ["deja_enregistre"]


@pytest.mark.parametrize(
    ("day", "code"), [("30/09/2023", "avant_etape"), ("24/11/2023", "date_future")]
)
def test_a_form_is_not_sent_before_it_is_filled_in_nor_tomorrow(day: str, code: str) -> None:
    before = events(opened(), cir("15/01/2022"))
    for journal in (before, recorded(before, form())):
        assert codes(decided(fold(journal), form(date_envoi=on(day)))) == [code]


def test_correcting_a_step_touches_no_other() -> None:
    journal = events(opened())
    for day in ("01/01/2023", "01/02/2023", "01/03/2023"):
        said = c.AddStep(dossier=REF, etape=f"étape du {day}", date_etape=on(day))
        journal = recorded(journal, said)
    for place in (1, 2, 3):
        for day in (None, on("05/02/2023")):
            answer = correct(journal, journal[place], place, day, "essai", context())
            assert isinstance(answer, Accepted)
            assert [d.payload["event"] for d in answer.drafts if d.kind is Kind.EVENT_VOIDED] == [
                journal[place].id
            ]
            left = fold([*journal, *(event(9 + n, each) for n, each in enumerate(answer.drafts))])
            assert len(left.steps) == (2 if day is None else 3)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_completing_a_step_touches_no_other(place: int) -> None:
    journal = events(opened())
    days = ("01/01/2023", "01/02/2023", "01/03/2023")
    for day in days:
        said = c.AddStep(dossier=REF, etape=f"étape du {day}", date_etape=on(day))
        journal = recorded(journal, said)
    more = c.AddStep(
        dossier=REF, etape=f"étape du {days[place]}", date_etape=on(days[place]), heures=20
    )
    found = fold(recorded(journal, more)).steps
    assert [step.on for step in found] == [on(day) for day in days]
    assert [step.heures for step in found] == [20 if n == place else None for n in range(3)]


def test_a_form_is_not_redated_past_its_sending() -> None:
    journal = recorded(events(opened(), cir("15/01/2022")), form(date_envoi=on("05/10/2023")))
    filled = next(e for e in journal if e.kind is Kind.LIAISON_FORM_COMPLETED)
    answer = correct(journal, filled, 3, on("10/10/2023"), "essai", context())
    assert codes(answer) == ["correction_incoherente"]
    assert isinstance(correct(journal, filled, 3, on("04/10/2023"), "essai", context()), Accepted)


BOOKINGS = [
    pytest.param(ORIENTED, c.BookDiagnosis, "date_rdv_diagnostic", id="diagnostic"),
    pytest.param(HELD, c.BookContract, "date_rdv_contrat", id="contrat"),
]


def appointments(journal: list[Event]) -> list[Moment]:
    d = fold(journal)
    both = (*d.diagnosis_visits.appointments, *d.contract_visits.appointments)
    return [each.moment for each in both]


@pytest.mark.parametrize(("happened", "command", "field"), BOOKINGS)
def test_the_hour_told_later_completes_the_appointment(
    happened: list[Draft], command: Any, field: str
) -> None:
    def book_at(moment: str, **said: Any) -> Any:
        return command(dossier=REF, **{field: at(moment)}, **said)

    first = recorded(events(opened(), *happened), book_at("01/12/2023", bureau="44-1"))
    whole = recorded(first, book_at("01/12/2023 10:00"))
    assert appointments(whole) == [at("01/12/2023 10:00")]
    assert len(whole) == len(first) + 1
    for again in ("01/12/2023", "01/12/2023 10:00"):
        assert decided(fold(whole), book_at(again)) == Accepted()
    assert codes(decided(fold(whole), book_at("01/12/2023", bureau="44-2"))) == ["deja_enregistre"]
    assert codes(decided(fold(first), book_at("01/12/2023 10:00", bureau="44-2"))) == [
        "deja_enregistre"
    ]
    two = recorded(whole, book_at("01/12/2023 14:00"))
    assert appointments(two) == [at("01/12/2023 10:00"), at("01/12/2023 14:00")]
    for place, left in ((-3, ["01/12/2023 14:00"]), (-2, ["01/12/2023 14:00"]),
                        (-1, ["01/12/2023 10:00"])):  # fmt: skip
        gone = correct(two, two[place], 1, None, "x", context())
        assert appointments(after_voiding(two, gone)) == [at(each) for each in left]
