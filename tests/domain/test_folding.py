"""Folding: one state whatever the order of reading; what cannot be is an anomaly, never a fault."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain import vocabulary as w
from agir_cli.domain.dates import NO, UNKNOWN, YES, Moment, PartialDate, Verdict, exactly
from agir_cli.domain.dossier import Answered, Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import RANK, Draft, Event, Kind, anomaly_told, order_key
from agir_cli.domain.folding import applied, as_of, fold, followed, words_of
from agir_cli.domain.route import received, stage
from agir_cli.domain.vocabulary import Motive, OfiiOutcome, Orientation, Stage
from agir_cli.store.projection import admitted_on
from tests.domain.making import (
    NANTES,
    RULES,
    assigned,
    booked,
    caused,
    cir,
    clocks_of,
    closed,
    contract_booked,
    day,
    declined,
    diagnosed,
    dossier,
    draft,
    event,
    events,
    form,
    interviewed,
    missed,
    on,
    opened,
    oriented,
    refused,
    rejected,
    sent,
    signed,
    validated,
)

FINAL = [motive for motive in Motive if RULES.final(motive)]
NOT_FINAL = [motive for motive in Motive if not RULES.final(motive)]
LIFE = (
    opened(statut=w.Status.REFUGEE), cir("15/01/2023"), oriented("15/01/2023"),
    booked("25/01/2023 10:00", "16/01/2023"), diagnosed("25/01/2023"), assigned("01/02/2023"),
    contract_booked("20/02/2023 09:00", "02/02/2023"), signed("20/02/2023"),
    interviewed("10/04/2023"), closed("01/06/2023"),
)  # fmt: skip


# --- any order, one state ----------------------------------------------------------------

DATES = st.dates(date(2022, 12, 1), date(2024, 12, 31))
PARTIAL = st.tuples(DATES, DATES).map(lambda two: PartialDate(min(two), max(two)))
CODES: dict[str, Any] = {
    "statut": st.sampled_from(w.Status),
    "commune_residence": st.just(NANTES),
    "niveau_francais": st.sampled_from(w.French),
    "souhait": st.booleans(),
    "listing": st.integers(1, 9),
    "decision_ofii": st.sampled_from(w.OfiiOutcome),
    "date_rdv_diagnostic": st.builds(Moment, DATES, st.none()),
    "date_rdv_contrat": st.builds(Moment, DATES, st.none()),
    "bureau": st.just("44-C1"),
    "diagnostic_signe": st.booleans(),
    "priorites_preconisees": st.just((w.Priority.RIGHTS_HOUSING,)),
    "priorites": st.just(tuple(w.Priority)),
    "referent": st.just("martin"),
    "motif": st.sampled_from(Motive),
    "situation_logement": st.sampled_from(w.Housing),
    "domaine": st.sampled_from(w.Domain),
    "heures": st.integers(1, 100),
    "autre": st.just("44-0007"),
    "dossier": st.just("44-0042"),
    "personne": st.just("P1"),
    "departement": st.just("44"),
    "event": st.integers(0, 12).map(lambda n: f"E{n:04d}"),
    "champ_de_demain": st.just("inconnu"),
}
ANY_DRAFT = st.tuples(
    st.sampled_from(Kind),
    st.none() | PARTIAL | DATES.map(exactly),
    st.fixed_dictionaries({}, optional=CODES),
).map(lambda parts: Draft(*parts))
ANY_EVENTS = st.lists(ANY_DRAFT, max_size=12).map(
    lambda drafts: [event(number, each) for number, each in enumerate(drafts)]
)


@given(ANY_EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(every: list[Event], chance: Any) -> None:
    """Merging is idempotent and order-free [invariant 3]: any permutation is one state."""
    shuffled = every[:]
    chance.shuffle(shuffled)
    assert fold(shuffled) == fold(every)


def test_a_whole_life_in_any_order() -> None:
    expected = fold(events(*LIFE))
    assert expected.anomalies == ()
    for some in itertools.permutations(events(*LIFE)[:5]):
        assert fold([*reversed(events(*LIFE)[5:]), *some]) == expected


@given(ANY_EVENTS)
def test_folding_never_raises(every: list[Event]) -> None:
    """Lenient when folding: a half-known event is an anomaly with a code, and no more."""
    d = fold(every)
    assert all(anomaly_told(code) != code for code in d.anomalies)
    assert all(span.cause for span in clocks_of(d))


@given(ANY_EVENTS.filter(lambda every: not every or every[0].kind is not Kind.EVENT_VOIDED))
def test_an_event_is_voided_and_nothing_else_changes(every: list[Event]) -> None:
    """No command voids a voiding (`annulation_fixe`): what it would mean is not said."""
    voiding = Draft(Kind.EVENT_VOIDED, None, {"event": "E0000"})
    without = [e for e in every if e.id != "E0000"]
    assert fold([*every, event(99, voiding)]) == fold(without)


@given(ANY_EVENTS, st.sampled_from(FINAL))
def test_a_final_end_is_never_lost(every: list[Event], motive: Motive) -> None:
    """After a final event, no other event of any site reopens the right."""
    ends = closed("01/06/2023", motive)
    kept = [e for e in every if e.kind is not Kind.EVENT_VOIDED]
    d = fold([*kept, event(99, ends)])
    assert d.closing is not None
    assert RULES.final(d.closing.motive)


# --- contradictions ----------------------------------------------------------------------


@pytest.mark.parametrize("final", FINAL)
@pytest.mark.parametrize("other", NOT_FINAL)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("01/05/2023", "01/06/2023", id="avant"),
        pytest.param("01/06/2023", "01/05/2023", id="après"),
        pytest.param("01/06/2023", "01/06/2023", id="le même jour"),
    ],
)
def test_a_final_end_wins(final: Motive, other: Motive, first: str, second: str) -> None:
    d = dossier(diagnosed("25/01/2023"), closed(first, final), closed(second, other))
    assert d.closing is not None
    assert d.closing.motive is final
    assert d.anomalies == ("apres_cloture:dossier_closed",)


@pytest.mark.parametrize("other", NOT_FINAL)
def test_a_refusal_of_the_contract_wins(other: Motive) -> None:
    d = dossier(diagnosed("25/01/2023"), closed("01/02/2023", other), refused("01/03/2023"))
    assert d.closing is not None
    assert d.closing.motive is Motive.CONTRACT_REFUSED


@pytest.mark.parametrize(
    ("happened", "anomaly"),
    [
        pytest.param(diagnosed("05/06/2023"), "apres_cloture:diagnosis_held", id="diagnostic"),
        pytest.param(assigned("05/06/2023"), "apres_cloture:referent_designated", id="commission"),
        pytest.param(signed("05/06/2023"), "apres_cloture:contract_signed", id="contrat"),
        pytest.param(interviewed("05/06/2023"), "apres_cloture:interview_held", id="entretien"),
        pytest.param(form("05/06/2023"), "apres_cloture:liaison_form_completed", id="fiche"),
        pytest.param(closed("05/06/2023"), "apres_cloture:dossier_closed", id="autre clôture"),
        pytest.param(refused("05/06/2023"), "apres_cloture:contract_refused", id="refus"),
    ],
)
def test_a_step_after_the_end_is_an_anomaly(happened: Draft, anomaly: str) -> None:
    before = dossier(closed("01/06/2023", Motive.DROPPED))
    d = dossier(closed("01/06/2023", Motive.DROPPED), happened)
    assert d.anomalies == (anomaly,)
    assert (d.diagnosis, d.contract, d.interviews) == (
        before.diagnosis, before.contract, before.interviews,
    )  # fmt: skip


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param(booked("10/06/2023 10:00", "05/06/2023"), id="rendez-vous pris"),
        pytest.param(contract_booked("10/06/2023 10:00", "05/06/2023"), id="RDV de contrat pris"),
        pytest.param(sent("05/06/2023"), id="listing parti"),
        pytest.param(draft(Kind.FACTS_RECORDED, None, statut=w.Status.REFUGEE), id="renseignement"),
    ],
)
def test_what_was_done_before_the_end_was_known_is_no_anomaly(happened: Draft) -> None:
    d = dossier(form("01/03/2023"), happened, closed("01/06/2023", Motive.DROPPED))
    assert d.anomalies == ()
    assert not d.open


@pytest.mark.parametrize(
    ("happened", "anomaly"),
    [
        pytest.param([signed("17/02/2023"), signed("18/02/2023")], "deux_contrats", id="contrats"),
        pytest.param(
            [diagnosed("25/01/2023"), diagnosed("26/01/2023")], "deux_diagnostics",
            id="diagnostics",
        ),
        pytest.param(
            [Draft(Kind.CONTRACT_SIGNED, None)], "incomplet:contract_signed", id="contrat sans jour"
        ),
        pytest.param(
            [Draft(Kind.DIAGNOSIS_HELD, None)], "incomplet:diagnosis_held",
            id="diagnostic sans jour",
        ),
        pytest.param(
            [draft(Kind.OFII_VALIDATED, "01/03/2023")], "incomplet:ofii_validated",
            id="décision muette",
        ),
        pytest.param(
            [draft(Kind.DOSSIER_CLOSED, "01/03/2023")], "incomplet:dossier_closed",
            id="clôture sans motif",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_an_anomaly(happened: list[Draft], anomaly: str) -> None:
    assert dossier(*happened).anomalies == (anomaly,)


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param([signed("17/02/2023"), signed("17/02/2023")], id="contrat"),
        pytest.param([diagnosed("25/01/2023"), diagnosed("25/01/2023")], id="diagnostic"),
    ],
)
def test_the_same_fact_from_two_sites_is_one(happened: list[Draft]) -> None:
    assert dossier(*happened).anomalies == ()


def test_the_first_contract_stays() -> None:
    assert dossier(signed("18/02/2023"), signed("17/02/2023")).contract == on("17/02/2023")


# --- the written order -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(cir("15/01/2023"), oriented("16/01/2023"), id="le jour d'abord"),
        pytest.param(
            diagnosed("15/01/2023"), signed("15/01/2023"), id="diagnostic et contrat d'un jour"
        ),
        pytest.param(signed("15/01/2023"), closed("15/01/2023"), id="la fin en dernier"),
        pytest.param(diagnosed("05/03/2023"), closed("mars 2023"), id="fin d'un mois : à sa fin"),
        pytest.param(diagnosed("05/03/2023"), refused("2023"), id="refus d'une année : à sa fin"),
        pytest.param(signed("février 2023"), interviewed("15/02/2023"), id="mois : à son début"),
        pytest.param(declined(), oriented("15/01/2023"), id="réponse sans date : d'abord"),
        pytest.param(declined(), oriented(), id="deux réponses sans date : le oui après"),
        pytest.param(rejected(), form("01/03/2023"), id="rejet sans date, puis la fiche"),
        pytest.param(
            signed("15/01/2023"), Draft(Kind.STEP_RECORDED), id="étape sans date : en dernier"
        ),
    ],
)
def test_the_written_order(first: Draft, second: Draft) -> None:
    """Effective day, then rank, then recorded instant: whichever was recorded first."""
    assert order_key(event(1, first)) < order_key(event(2, second))
    assert order_key(event(2, first)) < order_key(event(1, second))


def test_of_one_kind_and_day_the_first_recorded_is_first() -> None:
    assert order_key(event(1, cir("15/01/2023"))) < order_key(event(2, cir("15/01/2023")))
    assert list(RANK) == [kind.value for kind in Kind]


def test_a_vague_end_keeps_the_steps_it_may_follow() -> None:
    d = dossier(diagnosed("05/03/2023"), signed("20/03/2023"), closed("2023"))
    assert d.anomalies == ()
    assert d.contract == on("20/03/2023")


# --- what each event says ----------------------------------------------------------------


def test_a_later_fact_replaces_a_former_one() -> None:
    d = dossier(
        draft(Kind.FACTS_RECORDED, None, niveau_francais=w.French.A1),
        draft(Kind.FACTS_RECORDED, None, niveau_francais=w.French.A2, nom="Jamais"),
        statut=w.Status.REFUGEE,
    )
    assert (d.facts.niveau_francais, d.facts.statut) == (w.French.A2, w.Status.REFUGEE)


def test_a_decline_is_not_final() -> None:
    d = dossier(declined("20/01/2023"), oriented("20/03/2023"))
    assert d.orientation == Answered(Orientation.ACCEPTED, on("20/03/2023"))
    assert d.admitted
    assert d.open


def test_a_rejection_ends_with_a_new_form() -> None:
    d = dossier(form("01/03/2023"), rejected("15/03/2023"), form("02/04/2023"))
    assert d.ofii is None
    assert [r.decision is not None for r in d.requests] == [True, False]
    assert not d.admitted


REJECTED_FIRST = (cir("05/01/2023"), oriented("05/01/2023"), rejected("10/01/2023"))


def test_an_acceptance_does_not_outlive_the_rejection() -> None:
    """Presented again, the person waits for OFII: what they accepted before admits nobody."""
    d = dossier(*REJECTED_FIRST, form("01/02/2023", True))
    way = assess(d, RULES).route
    assert not d.admitted
    assert stage(d, way) is Stage.LIAISON
    assert stage(dossier(*REJECTED_FIRST, form("01/02/2023"), sent("02/02/2023")), way) is (
        Stage.OFII
    )
    assert received(d) == on("01/02/2023")
    assert [s.end for s in caused(clocks_of(d), "fiche")] == [None]
    assert admitted_on(d) is None


@pytest.mark.parametrize(
    "since",
    [
        pytest.param([form("01/02/2023", True), validated("01/03/2023")], id="nouvelle fiche"),
        pytest.param([validated("01/03/2023", OfiiOutcome.DEROGATION)], id="dérogation"),
        pytest.param([form("01/02/2023", False), form("15/02/2023"), validated("01/03/2023")],
                     id="un non, puis une fiche"),
    ],
)  # fmt: skip
def test_who_was_rejected_counts_from_the_next_decision(since: list[Draft]) -> None:
    d = dossier(*REJECTED_FIRST, *since)
    assert d.admitted
    assert admitted_on(d) == on("01/03/2023")
    assert [s.start for s in caused(clocks_of(d), "validation_ofii")] == [on("01/03/2023")]
    assert [r.outcome for r in d.rejections] == [OfiiOutcome.REJECTED]


def test_a_form_takes_the_place_of_an_earlier_no() -> None:
    d = dossier(cir("10/11/2022"), declined("05/01/2023"), form("01/02/2023", True))
    assert stage(d, assess(d, RULES).route) is Stage.LIAISON
    again = dossier(declined("05/01/2023"), form("01/02/2023", True), declined("05/02/2023"))
    assert stage(again, assess(again, RULES).route) is Stage.DECLINED
    assert [s.end for s in caused(clocks_of(again), "fiche")] == [on("05/02/2023")]


@pytest.mark.parametrize(
    ("happened", "verdict"),
    [
        pytest.param([*REJECTED_FIRST, form("01/02/2023")], YES, id="l'accord déjà dit reste"),
        pytest.param([*REJECTED_FIRST, form("01/02/2023", False)], NO, id="la fiche dit non"),
        pytest.param([declined("05/01/2023"), form("01/02/2023", True)], YES, id="non, puis oui"),
        pytest.param([declined("05/01/2023"), form("01/02/2023")], UNKNOWN, id="non, puis fiche"),
    ],
)  # fmt: skip
def test_the_last_word_of_the_person_is_the_wish(happened: list[Draft], verdict: Verdict) -> None:
    answers = assess(dossier(*happened), RULES).answers
    assert [a.verdict for a in answers if a.criterion == "wish"] == [verdict]


def test_a_validation_stays_when_a_form_follows() -> None:
    d = dossier(validated("15/03/2023"), form("02/04/2023"))
    assert d.admitted


def test_an_absence_is_never_a_refusal() -> None:
    d = dossier(oriented("15/01/2023"), booked("25/01/2023 10:00", "16/01/2023"),
                missed("25/01/2023"))  # fmt: skip
    assert d.open
    assert d.diagnosis_visits.pending is None


def test_an_appointment_booked_again_is_pending() -> None:
    d = dossier(
        booked("25/01/2023 10:00", "16/01/2023"), missed("25/01/2023"),
        booked("30/01/2023 10:00", "26/01/2023"),
    )  # fmt: skip
    pending = d.diagnosis_visits.pending
    assert pending is not None
    assert pending.moment.day == day("30/01/2023")


def test_situations_now_and_at_entry() -> None:
    d = dossier(
        draft(Kind.SITUATION_RECORDED, "01/07/2023", situation_logement=w.Housing.ASSISTED,
              detail_logement=w.HousingDetail.SOCIAL_RESIDENCE),
        draft(Kind.SITUATION_RECORDED, "01/10/2023", situation_professionnelle=w.Work.WORK_STUDY),
        situation_logement=w.Housing.DNA, situation_professionnelle=w.Work.NONE,
        niveau_francais=w.French.A1,
    )  # fmt: skip
    assert d.current_housing == (w.Housing.ASSISTED, w.HousingDetail.SOCIAL_RESIDENCE)
    assert d.current_work is w.Work.WORK_STUDY
    assert d.current_french is w.French.A1
    assert d.facts.situation_logement is w.Housing.DNA


def test_a_diagnosis_signed_later() -> None:
    d = dossier(diagnosed("25/01/2023"), draft(Kind.DIAGNOSIS_SIGNED, "25/01/2023"))
    assert d.diagnosis is not None
    assert d.diagnosis.diagnostic_signe is True


def test_a_signature_without_a_diagnosis_is_nothing() -> None:
    assert dossier(draft(Kind.DIAGNOSIS_SIGNED, "25/01/2023")).diagnosis is None


def test_voiding_the_mistaken_end_reopens() -> None:
    every = events(opened(), diagnosed("25/01/2023"), refused("01/02/2023"))
    assert not fold(every).open
    voiding = Draft(Kind.EVENT_VOIDED, None, {"event": every[-1].id})
    assert fold([*every, event(9, voiding)]).open


def test_nothing_happened() -> None:
    assert fold([]) == Dossier()


@pytest.mark.parametrize(
    ("when", "known"),
    [
        pytest.param("24/01/2023", False, id="la veille"),
        pytest.param("25/01/2023", True, id="le jour même"),
    ],
)
def test_the_state_of_a_day_past(when: str, known: bool) -> None:
    d = fold(as_of(events(opened(), diagnosed("25/01/2023")), day(when)))
    assert (d.diagnosis is not None) is known
    assert d.department == "44"


def test_a_vague_fact_counts_when_it_is_certain() -> None:
    every = events(opened(), signed("février 2023"))
    assert fold(as_of(every, day("27/02/2023"))).contract is None
    assert fold(as_of(every, day("28/02/2023"))).contract == on("février 2023")


def test_drafts_tell_what_events_will() -> None:
    assert applied(Dossier(id="D1"), LIFE) == fold(events(*LIFE))


def test_a_form_on_the_day_of_a_rejection_is_a_new_request() -> None:
    first = event(1, form("04/01/2023"))
    no = event(2, rejected("23/11/2023"))
    again = event(3, form("23/11/2023"))
    d = fold([event(0, opened()), again, no, first])
    assert [r.decision is not None for r in d.requests] == [True, False]
    assert d.ofii is None


# --- the free words of a dossier ---------------------------------------------------------


def saying(each: Draft, **texts: str) -> Draft:
    return each._replace(texts=texts)


def noted(**texts: str) -> Draft:
    return saying(draft(Kind.FACTS_RECORDED), **texts)


def voiding(place: int) -> Draft:
    return draft(Kind.EVENT_VOIDED, None, event=f"E{place:04d}")


LATE, AGAIN = "hors délai", "revu sur pièces"
NO_BECAUSE = saying(rejected("20/03/2023"), motif_ofii=LATE)
LATER_YES = validated("20/04/2023", OfiiOutcome.DEROGATION)
FIRST_FORM = form("01/03/2023")


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        pytest.param([], {}, id="rien"),
        pytest.param([noted(projet="CAP"), noted(partenaires="CADA")],
                     {"projet": "CAP", "partenaires": "CADA"}, id="chacun le sien"),
        pytest.param([noted(projet="CAP"), noted(projet="BTS")], {"projet": "BTS"},
                     id="le dernier dit"),
        pytest.param([noted(projet="CAP"), noted(projet="BTS"), voiding(1)], {"projet": "CAP"},
                     id="le dernier annulé : celui d'avant"),
        pytest.param([noted(projet="CAP"), noted(projet="BTS"), voiding(0)], {"projet": "BTS"},
                     id="un autre annulé"),
        pytest.param(
            [saying(signed("20/03/2023"), projet="CAP"), saying(signed("10/03/2023"),
                                                                projet="BTS")],
            {"projet": "BTS"}, id="le dernier écrit, non le dernier daté",
        ),
    ],
)  # fmt: skip
def test_of_each_word_the_last_that_was_written(
    recorded: list[Draft], words: dict[str, str]
) -> None:
    assert words_of(reversed(events(*recorded))) == words


@pytest.mark.parametrize(
    ("recorded", "motive"),
    [
        pytest.param([FIRST_FORM, NO_BECAUSE], LATE, id="avec sa décision"),
        pytest.param([FIRST_FORM, rejected("20/03/2023"), noted(motif_ofii=LATE)], LATE,
                     id="dit depuis"),
        pytest.param([FIRST_FORM, NO_BECAUSE, noted(motif_ofii=AGAIN)], AGAIN, id="dit autrement"),
        pytest.param([FIRST_FORM, NO_BECAUSE, noted(projet="CAP")], LATE, id="un autre mot"),
        pytest.param([FIRST_FORM, noted(motif_ofii=LATE)], None, id="sans décision"),
        pytest.param([FIRST_FORM, noted(motif_ofii=LATE), rejected("20/03/2023")], None,
                     id="dit avant la décision"),
        pytest.param([FIRST_FORM, NO_BECAUSE, form("01/04/2023")], None, id="une nouvelle fiche"),
        pytest.param([FIRST_FORM, NO_BECAUSE, LATER_YES], None, id="une autre, sans motif"),
        pytest.param([FIRST_FORM, NO_BECAUSE, saying(LATER_YES, motif_ofii=AGAIN)], AGAIN,
                     id="une autre, son motif"),
        pytest.param([FIRST_FORM, NO_BECAUSE, LATER_YES, noted(motif_ofii=AGAIN)], AGAIN,
                     id="une autre, son motif depuis"),
        pytest.param([FIRST_FORM, NO_BECAUSE, LATER_YES, voiding(2)], LATE,
                     id="l'autre décision annulée"),
        pytest.param([FIRST_FORM, NO_BECAUSE, voiding(1)], None, id="la décision annulée"),
        pytest.param(
            [FIRST_FORM, NO_BECAUSE, saying(LATER_YES, motif_ofii=AGAIN), voiding(1),
             saying(rejected("21/03/2023"), motif_ofii=LATE)],
            AGAIN, id="le rejet redaté depuis : son motif ne passe pas à la dérogation",
        ),
        pytest.param(
            [FIRST_FORM, NO_BECAUSE, LATER_YES, voiding(1), rejected("21/03/2023"),
             noted(motif_ofii=LATE)],
            None, id="le motif dit d'un rejet redaté depuis",
        ),
    ],
)  # fmt: skip
def test_a_motive_is_that_of_the_decision_that_stands(
    recorded: list[Draft], motive: str | None
) -> None:
    assert words_of(events(*recorded)).get("motif_ofii") == motive
    assert words_of(reversed(events(*recorded))).get("motif_ofii") == motive


# --- what follows in the journal ---------------------------------------------------------


@given(ANY_EVENTS.filter(bool), st.integers(1, 12))
def test_what_follows_the_journal_is_folded_on_its_state(every: list[Event], place: int) -> None:
    """The state reached before is enough; where it is not, it says so, and all is folded anew."""
    ordered = sorted(every, key=order_key)
    known, new = ordered[:place], ordered[place:]
    if not new or known[0].kind is Kind.EVENT_VOIDED:
        return
    told = followed(fold(known), order_key(known[-1]), new[::-1])
    if any(e.kind is Kind.EVENT_VOIDED for e in new):
        assert told is None
    elif not any(e.kind is Kind.EVENT_VOIDED for e in known):
        assert told == fold(every)


def test_what_comes_before_the_journals_last_is_not_followed() -> None:
    life = events(opened(), diagnosed("25/01/2023"), signed("20/02/2023"))
    last = order_key(life[-1])
    before, after_ = event(7, assigned("01/02/2023")), event(8, interviewed("10/04/2023"))
    assert followed(fold(life), last, [before]) is None
    assert followed(fold(life), last, [after_, before]) is None
    assert followed(fold(life), last, [after_]) == fold([*life, after_])
    taken_back = event(9, voiding(2))
    assert followed(fold(life), last, [after_, taken_back]) is None


# --- which appointment was missed --------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "missed_on"),
    [
        pytest.param([missed("10/03/2023")], ["10/03/2023", None], id="le premier"),
        pytest.param([missed("20/03/2023")], [None, "20/03/2023"], id="le second"),
        pytest.param([missed("15/03/2023")], ["15/03/2023", None], id="le dernier d'avant"),
        pytest.param([missed("09/03/2023")], [None, None], id="aucun n'était pris"),
        pytest.param([missed("10/03/2023"), missed("15/03/2023")], ["10/03/2023", None],
                     id="le second reste à venir"),
        pytest.param([missed("10/03/2023"), missed("20/03/2023")], ["10/03/2023", "20/03/2023"],
                     id="les deux"),
        pytest.param([missed("[2023-03-05..2023-03-10]")], ["[2023-03-05..2023-03-10]", None],
                     id="un jour ou l'autre"),
    ],
)  # fmt: skip
def test_an_absence_is_at_the_last_appointment_before_it(
    happened: list[Draft], missed_on: list[str | None]
) -> None:
    two = [booked("10/03/2023 10:00", "01/03/2023"), booked("20/03/2023 10:00", "01/03/2023")]
    d = dossier(*two, *happened)
    found = [each.missed_on for each in d.diagnosis_visits.appointments]
    assert found == [on(text) if text else None for text in missed_on]
    assert d.diagnosis_visits.absences == tuple(each.on for each in happened)


# --- who is presented again --------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "again"),
    [
        pytest.param([form("01/02/2023")], [False], id="une première fiche"),
        pytest.param([form("01/02/2023"), declined("05/02/2023"), form("10/02/2023")],
                     [False, False], id="après un « non »"),
        pytest.param([rejected("20/01/2023"), form("01/02/2023")], [True], id="après un rejet"),
        pytest.param([rejected("20/01/2023"), form("01/02/2023", False), form("10/02/2023")],
                     [True, True], id="un rejet, un « non » sur la fiche, une autre fiche"),
        pytest.param([rejected("20/01/2023"), form("01/02/2023"), rejected("05/02/2023"),
                      form("10/02/2023")], [True, True], id="deux rejets"),
        pytest.param([rejected("20/01/2023"), form("01/02/2023"), validated("05/02/2023"),
                      form("10/02/2023")], [True, False], id="validée depuis"),
        pytest.param([rejected("20/01/2023"), validated("25/01/2023", OfiiOutcome.DEROGATION),
                      form("10/02/2023")], [False], id="admise par dérogation"),
    ],
)  # fmt: skip
def test_who_is_presented_again_waits_for_ofii(happened: list[Draft], again: list[bool]) -> None:
    d = dossier(cir("05/01/2023"), oriented("15/01/2023"), *happened)
    assert [request.again for request in d.requests] == again
    accepted_before = d.orientation is not None and not d.orientation.superseded
    if again[-1]:
        assert not accepted_before
        assert not d.admitted


@pytest.mark.parametrize(
    ("named", "sent_on"),
    [
        pytest.param("01/02/2023", ["10/04/2023", None], id="la première, envoyée en son temps"),
        pytest.param("01/03/2023", [None, "10/04/2023"], id="la seconde"),
        pytest.param(None, [None, "10/04/2023"], id="aucune : la dernière"),
        pytest.param("15/02/2023", [None, "10/04/2023"], id="une autre : la dernière"),
    ],
)
def test_a_listing_marks_the_form_that_it_names(
    named: str | None, sent_on: list[str | None]
) -> None:
    two = [form("01/02/2023"), declined("15/02/2023"), form("01/03/2023")]
    carried = {"date_fiche": on(named)} if named else {}
    d = dossier(*two, draft(Kind.LISTING_SENT, "10/04/2023", listing=3, **carried))
    assert [r.sent_on for r in d.requests] == [on(text) if text else None for text in sent_on]
    assert [r.listing for r in d.requests] == [3 if text else None for text in sent_on]
