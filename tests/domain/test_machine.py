"""Any commands on any days drive one dossier: what always holds, holds after each of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agir_cli.domain import commands as c
from agir_cli.domain import vocabulary as w
from agir_cli.domain.causes import WAITS
from agir_cli.domain.dates import Moment, PartialDate, exactly, whole_month
from agir_cli.domain.decisions.admission import NewDossier, open_dossier
from agir_cli.domain.decisions.common import Accepted, Decision, Refused
from agir_cli.domain.decisions.completion import complete_dossier
from agir_cli.domain.decisions.correction import correct, voided_ids
from agir_cli.domain.decisions.liaison import send_listing
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import Draft, Event, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.route import stage
from agir_cli.domain.vocabulary import Motive, Stage
from tests.domain.making import (
    DECISIONS,
    LA_ROCHE,
    NANTES,
    REF,
    RENNES,
    RULES,
    clocks_of,
    context,
    event,
)

FIRST_DAY, LAST_DAY = date(2022, 12, 1), date(2025, 3, 31)
DAYS = st.dates(FIRST_DAY, LAST_DAY)


@st.composite
def intervals(draw: st.DrawFn) -> PartialDate:
    start = draw(DAYS)
    return PartialDate(start, start + timedelta(days=draw(st.integers(1, 60))))


DATES = st.one_of(
    DAYS.map(exactly),
    DAYS.map(exactly),
    DAYS.map(lambda d: whole_month(d.year, d.month)),
    st.sampled_from([2022, 2023, 2024]).map(lambda y: PartialDate(date(y, 1, 1), date(y, 12, 31))),
    intervals(),
)
MOMENTS = st.builds(Moment, DAYS, st.sampled_from([None, "10:30"]))
FLAGS = st.none() | st.booleans()
PRIORITIES = st.none() | st.sampled_from(
    [(w.Priority.RIGHTS_HOUSING,), (w.Priority.EMPLOYMENT_TRAINING,), tuple(w.Priority)]
)


def maybe(codes: type[w.Code]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(list(codes))


SITUATION = {
    "situation_logement": maybe(w.Housing),
    "detail_logement": maybe(w.HousingDetail),
    "situation_professionnelle": maybe(w.Work),
    "niveau_francais": maybe(w.French),
}
PLACES = st.none() | st.sampled_from([NANTES, LA_ROCHE, RENNES])
FACTS: dict[str, Any] = {
    "statut": maybe(w.Status),
    "commune_residence": PLACES,
    "commune_domicile": PLACES,
    "emploi_durable": maybe(w.Tristate),
    "logement_perenne": maybe(w.Tristate),
    "date_statut": st.none() | DATES,
    "date_cir": st.none() | DATES,
    "orientation": maybe(w.Orientation),
    "date_orientation": st.none() | DATES,
    **SITUATION,
}
ENROLMENTS = st.builds(
    c.Enroll,
    nom=st.just("Inventé"),
    decision_ofii=maybe(w.OfiiOutcome),
    date_decision=st.none() | DATES,
    malgre=st.none() | st.just("demande du travailleur social"),
    **FACTS,
)
COMPLETIONS = st.builds(
    c.Enroll,
    dossier=st.just(REF),
    decision_ofii=maybe(w.OfiiOutcome),
    date_decision=st.none() | DATES,
    malgre=st.none() | st.just("demande du travailleur social"),
    **FACTS,
)


DEPARTMENTS = st.sampled_from(["44", "49", "85"])


def asked(command: type[c.Command], **fields: Any) -> st.SearchStrategy[Any]:
    return st.builds(command, dossier=st.just(REF), **fields)


COMMANDS: tuple[st.SearchStrategy[Any], ...] = (
    asked(c.AddLiaison, date_fiche=DATES, souhait=FLAGS, flyer_remis=FLAGS),
    asked(
        c.DecideLiaison, decision_ofii=st.sampled_from(list(w.OfiiOutcome)), date_decision=DATES
    ),
    asked(c.BookDiagnosis, date_rdv_diagnostic=MOMENTS, convocation_remise=FLAGS),
    asked(
        c.HoldDiagnosis, date_diagnostic=DATES, diagnostic_signe=FLAGS,
        priorites_preconisees=PRIORITIES,
    ),
    asked(c.MissDiagnosis, date_absence=DATES),
    asked(c.Assign, date_commission=DATES, priorites=PRIORITIES, modalite=maybe(w.SupportMode)),
    asked(c.BookContract, date_rdv_contrat=MOMENTS),
    asked(c.SignContract, date_contrat=DATES),
    asked(c.MissContract, date_absence=DATES),
    asked(
        c.AddStep, etape=st.sampled_from(["CV", "permis"]), domaine=maybe(w.Domain),
        date_etape=st.none() | DATES, date_fin_etape=st.none() | DATES,
        heures=st.none() | st.integers(1, 3),
    ),
    asked(c.SetSituation, date_situation=DATES, **SITUATION),
    asked(c.AddInterview, date_entretien=DATES),
    asked(
        c.SetRight, droit=st.sampled_from([w.Right.RESIDENCE, w.Right.SOCIAL_HOUSING]),
        etat_droit=st.sampled_from(list(w.RightState)), date_droit=st.none() | DATES,
        date_fin_droit=st.none() | DATES,
    ),
    asked(c.BookVisit, date_rdv_visite=MOMENTS, type_visite=maybe(w.VisitType)),
    asked(c.HoldVisit, date_visite=DATES, type_visite=maybe(w.VisitType)),
    asked(c.MissVisit, date_absence=DATES, type_visite=maybe(w.VisitType)),
    asked(
        c.ExcuseInterview, date_absence=DATES, motif_excuse=st.sampled_from(list(w.Excuse)),
    ),
    asked(c.AskTransfer, vers_departement=DEPARTMENTS, date_demande_transfert=DATES),
    asked(c.RefuseTransfer, date_transfert=DATES),
    asked(
        c.ReceiveTransfer, departement_origine=DEPARTMENTS, date_transfert=DATES,
        droit_depuis=st.none() | DATES,
    ),
    asked(c.Declare, date_declaration=DATES, numero_declaration=st.none() | st.just("77-1")),
    asked(c.RejectDeclaration, date_rejet=DATES),
)  # fmt: skip
ENDINGS: tuple[st.SearchStrategy[Any], ...] = (
    asked(c.RefuseContract, date_refus=DATES),
    asked(c.AcceptTransfer, date_transfert=DATES),
    asked(c.Close, date_cloture=DATES, motif=st.sampled_from(list(Motive)), **SITUATION),
)

ENDS = frozenset({Kind.CONTRACT_REFUSED, Kind.DOSSIER_CLOSED})

# Every code a refusal may have, and what must be known for it: unknown never refuses.
KNOWN_FOR = {
    "rien_de_declare": lambda d: d.declared is None or d.declared.rejected_on is not None,
    "rejet_avant": lambda d: d.declared is not None,
    "dossier_clos": lambda d: d.closing is not None,
    "rejete_ofii": lambda d: d.ofii is not None and not d.ofii.positive,
    "orientation_declinee": lambda d: d.declined,
    "decision_manquante": lambda d: True,
    "diagnostic_manquant": lambda d: d.diagnosis is None,
    "contrat_manquant": lambda d: d.contract is None,
    "contrat_signe": lambda d: d.contract is not None,
    "terme_non_atteint": lambda d: d.contract is not None or d.arrival is not None,
    "fiche_manquante": lambda d: not d.requests,
    "fiche_en_cours": lambda d: bool(d.requests),
    "etape_faite": lambda d: d.diagnosis is not None or d.contract is not None,
    "deja_enregistre": lambda d: True,
    "date_future": lambda d: True,
    "avant_etape": lambda d: True,
    "motif_reserve": lambda d: True,
    "rien_a_enregistrer": lambda d: True,
    "suite_du_contrat": lambda d: d.contract is not None,
    "transfert_sur_place": lambda d: True,
    "transfert_en_attente": lambda d: d.transfer_asked is not None,
    "droit_sans_fin": lambda d: True,
    "rdv_sans_jour": lambda d: True,
    "transfert_sans_demande": lambda d: d.transfer_asked is None,
    "terme_depasse": lambda d: d.arrival is not None or d.facts.droit_depuis is not None,
}


class OneDossier(RuleBasedStateMachine):
    """A coordinator who types anything, in any order, over the years of a dossier."""

    def __init__(self) -> None:
        super().__init__()
        self.today = date(2023, 3, 1)
        self.drafts: list[Draft] = []
        self.listing = 0

    # --- what a coordinator does ---------------------------------------------------------

    @initialize(command=ENROLMENTS)
    def enroll(self, command: c.Enroll) -> None:
        opening = NewDossier("D1", REF, "P1")
        answer = open_dossier(command, opening, "44", context(self.today))
        if isinstance(answer, Refused):
            refusal_can_be_read(answer)
            answer = open_dossier(c.Enroll(nom="Inventé"), opening, "44", context(self.today))
            assert isinstance(answer, Accepted), "rien n'est connu : rien ne refuse"
        self.drafts += answer.drafts

    @rule(days=st.integers(1, 150))
    def wait(self, days: int) -> None:
        self.today = min(self.today + timedelta(days=days), LAST_DAY)

    @rule(command=st.one_of(COMMANDS))
    def act(self, command: c.Command) -> None:
        self.take(command, lambda d: DECISIONS[type(command)](d, command, context(self.today)))

    @precondition(lambda self: len(self.drafts) > 5)
    @rule(command=st.one_of(ENDINGS))
    def end(self, command: c.Command) -> None:
        self.take(command, lambda d: DECISIONS[type(command)](d, command, context(self.today)))

    @rule(command=COMPLETIONS)
    def complete(self, command: c.Enroll) -> None:
        self.take(command, lambda d: complete_dossier(d, command, None, None, context(self.today)))

    @rule()
    def send(self) -> None:
        self.listing += 1
        number = self.listing
        self.take("listing", lambda d: send_listing(d, exactly(self.today), number, 1))

    @precondition(lambda self: self.state.closing is not None)
    @rule()
    def void_the_end(self) -> None:
        """The only act that reopens: the mistaken end is voided, and stays in the journal."""
        for number, each in enumerate(self.events):
            if each.kind in ENDS and each.id not in voided_ids(self.events):
                self.correct_one(number, None)
        assert self.state.open

    @rule(place=st.integers(0, 30), when=st.none() | DATES)
    def correct(self, place: int, when: PartialDate | None) -> None:
        self.correct_one(place % len(self.drafts), when)

    def correct_one(self, number: int, when: PartialDate | None) -> None:
        every, was_open = self.events, self.state.open
        answer = correct(
            every, every[number], number, when, "saisi par erreur", context(self.today)
        )
        if isinstance(answer, Refused):
            refusal_can_be_read(answer)
            return
        self.drafts += answer.drafts
        if not was_open and self.state.open:
            assert every[number].kind in ENDS, "seule l'annulation de la fin rouvre"
            assert when is None

    # --- how it is answered --------------------------------------------------------------

    @property
    def events(self) -> list[Event]:
        return [event(number, each) for number, each in enumerate(self.drafts)]

    @property
    def state(self) -> Dossier:
        return fold(self.events)

    def take(self, command: object, decide: Any) -> None:
        before = self.state
        answer: Decision = decide(before)
        if isinstance(answer, Refused):
            refusal_can_be_read(answer)
            for found in answer.findings:
                assert KNOWN_FOR[found.code](before), f"{found.code} sans rien de connu"
            return
        warnings_can_be_read(answer)
        if before.closing is not None:
            told = {Kind.DECLARED, Kind.DECLARATION_REJECTED}  # an end is declared too
            assert {each.kind for each in answer.drafts} <= told, f"{command} : dossier clos"
        self.drafts += answer.drafts
        again: Decision = decide(self.state)
        assert isinstance(again, Accepted), f"répété, refusé : {command} : {again}"
        assert again.drafts == (), f"répété, encore enregistré : {command}"

    # --- what always holds ---------------------------------------------------------------

    @invariant()
    def no_accepted_command_makes_an_anomaly(self) -> None:
        assert self.state.anomalies == ()

    @invariant()
    def reading_order_does_not_matter(self) -> None:
        assert fold(self.events[::-1]) == self.state

    @invariant()
    def spans_are_consistent(self) -> None:
        for span in clocks_of(self.state):
            if span.due is None:
                assert span.cause in WAITS
            elif span.start is not None and span.nature is not w.Nature.RIGHT:  # written on a paper
                assert span.due.earliest > span.start.earliest
                assert span.due.latest > span.start.latest
            if span.start is not None and span.end is not None and span.end.earliest > date.min:
                assert span.end.latest >= span.start.earliest, span

    @invariant()
    def stage_is_coherent(self) -> None:
        d = self.state
        awaited = stage(d, assess(d, RULES).route)
        assert (awaited is Stage.CLOSED) == (d.closing is not None)
        if d.closing is not None:
            return
        assert (awaited is Stage.SUPPORT) == (d.contract is not None)
        if d.contract is None:
            assert (awaited is Stage.CONTRACTING) == (d.assignment is not None)
            if d.assignment is None:
                assert (awaited is Stage.COMMISSION) == (d.diagnosis is not None)

    @invariant()
    def a_final_end_uses_the_right_up_and_stops_the_clocks(self) -> None:
        d = self.state
        if d.closing is None:
            return
        assert all(span.end is not None for span in clocks_of(d))


def refusal_can_be_read(answer: Refused) -> None:
    assert answer.findings
    for found in answer.findings:
        assert found.code
        assert found.sentence
        assert "…" not in found.sentence, found
        assert found.source
        assert found.remedy


def warnings_can_be_read(answer: Accepted) -> None:
    readable: Iterable[str] = (found.sentence for found in answer.warnings)
    assert not [sentence for sentence in readable if "…" in sentence or not sentence]


TestOneDossier = OneDossier.TestCase
TestOneDossier.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
