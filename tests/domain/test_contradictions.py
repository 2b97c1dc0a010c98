"""Facts entered afterwards that say something else: kept and told, or refused with what fits."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import PartialDate, edtf
from agir_cli.domain.decisions.common import Accepted, Decision, Refused
from agir_cli.domain.decisions.completion import complete_dossier
from agir_cli.domain.decisions.liaison import send_listing
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.route import stage
from agir_cli.domain.vocabulary import Nature, OfiiOutcome, Orientation, Route, Stage
from tests.domain.making import (
    REF,
    after,
    cir,
    clocks_of,
    codes,
    context,
    decided,
    declined,
    diagnosed,
    dossier,
    event,
    events,
    form,
    kinds,
    on,
    opened,
    oriented,
    proposed,
    rejected,
    sent,
    signed,
    validated,
    warned,
)

ACCEPTED, DECLINED = Orientation.ACCEPTED, Orientation.DECLINED
REJECTED, DEROGATION = OfiiOutcome.REJECTED, OfiiOutcome.DEROGATION
DIRECT = [cir("05/01/2023"), oriented("05/01/2023")]
LIAISON = [cir("10/11/2022"), form("01/10/2023", True)]


def completed(d: Dossier, **said: Any) -> Decision:
    return complete_dossier(d, c.Enroll(dossier=REF, **said), None, None, context())


def answered(d: Dossier, outcome: Orientation, when: str | None = None) -> Decision:
    return completed(d, orientation=outcome, date_orientation=on(when) if when else None)


def ruled(d: Dossier, outcome: OfiiOutcome, when: str | None = None) -> Decision:
    return completed(d, decision_ofii=outcome, date_decision=on(when) if when else None)


def decide(d: Dossier, outcome: OfiiOutcome, when: str) -> Decision:
    command = c.DecideLiaison(dossier=REF, decision_ofii=outcome, date_decision=on(when))
    return decided(d, command)


def add_form(when: str, souhait: bool | None = None) -> c.Command:
    return c.AddLiaison(dossier=REF, date_fiche=on(when), souhait=souhait)


def days(answer: Decision) -> list[str]:
    assert isinstance(answer, Accepted), codes(answer)
    return [edtf(each.on) for each in answer.drafts if isinstance(each.on, PartialDate)]


def remedy(answer: Decision) -> str:
    assert isinstance(answer, Refused)
    return answer.findings[0].remedy


# --- a form, and who waits for it --------------------------------------------------------


def test_a_no_on_a_form_waits_for_nobody() -> None:
    d = dossier(cir("10/11/2022"), form("01/10/2023", False))
    again = decided(d, add_form("15/10/2023", True))
    assert kinds(again) == [Kind.LIAISON_FORM_COMPLETED]
    assert kinds(send_listing(after(d, again), on("16/10/2023"), 1, 1)) == [Kind.LISTING_SENT]
    assert codes(decided(d, add_form("30/09/2023", True))) == ["avant_etape"]


@pytest.mark.parametrize(
    ("happened", "way_back"),
    [
        pytest.param([cir("10/11/2022"), form("01/10/2023", False)], "liaison add", id="fiche"),
        pytest.param([cir("10/11/2022"), declined("01/10/2023")], "liaison add", id="voie N-1"),
        pytest.param([cir("05/01/2023"), declined("06/01/2023")], "enroll", id="voie N"),
    ],
)
def test_who_declined_comes_back_by_their_own_route(happened: list[Draft], way_back: str) -> None:
    held = c.HoldDiagnosis(dossier=REF, date_diagnostic=on("20/10/2023"))
    assert f"agir {way_back}" in remedy(decided(dossier(*happened), held))


@pytest.mark.parametrize(
    ("happened", "when", "expected"),
    [
        pytest.param(LIAISON, "20/10/2023", ["fiche_en_cours"], id="voie N-1"),
        pytest.param(LIAISON, None, ["fiche_en_cours"], id="sans jour"),
        pytest.param([*DIRECT, rejected("10/01/2023"), form("01/02/2023")], "05/02/2023",
                     ["fiche_en_cours"], id="présentée à nouveau"),
        pytest.param([*DIRECT, rejected("10/01/2023")], "05/02/2023", ["rejete_ofii"],
                     id="rejetée"),
        pytest.param([cir("05/01/2023"), form("01/02/2023")], "05/02/2023", [], id="voie N"),
        pytest.param([form("01/02/2023")], "05/02/2023", [], id="CIR inconnu"),
    ],
)  # fmt: skip
def test_an_orientation_does_not_pass_over_ofii(
    happened: list[Draft], when: str | None, expected: list[str]
) -> None:
    answer = answered(dossier(*happened), ACCEPTED, when)
    assert codes(answer) == expected
    if not expected:
        assert "fiche_sans_objet" in warned(answer)


@pytest.mark.parametrize("when", [pytest.param("05/10/2023", id="daté"), None])
def test_who_changes_their_mind_is_not_sent(when: str | None) -> None:
    d = dossier(*LIAISON)
    no = answered(d, DECLINED, when)
    assert kinds(no) == [Kind.ORIENTATION_DECLINED]
    assert send_listing(after(d, no), on("06/10/2023"), 1, 1) == Accepted()


def test_a_second_no_is_another_answer() -> None:
    d = dossier(cir("10/11/2022"), declined("05/01/2023"), form("01/02/2023", True))
    no = answered(d, DECLINED, "01/03/2023")
    assert kinds(no) == [Kind.ORIENTATION_DECLINED]
    assert after(d, no).declined
    assert answered(d, DECLINED, "05/01/2023") == Accepted()
    rejection = dossier(*DIRECT, rejected("10/01/2023"), form("01/02/2023", True))
    assert kinds(answered(rejection, DECLINED, "05/02/2023")) == [Kind.ORIENTATION_DECLINED]
    assert codes(answered(rejection, DECLINED, "05/01/2023")) == ["deja_enregistre"]


DECLINED_SINCE = [*LIAISON, declined("05/10/2023")]


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param(DECLINED_SINCE, id="pas encore partie"),
        pytest.param([*LIAISON, sent("02/10/2023"), declined("05/10/2023")], id="déjà partie"),
    ],
)
def test_a_form_declined_since_waits_for_nobody(happened: list[Draft]) -> None:
    every = events(opened(), *happened)
    d = fold(every)
    assert send_listing(d, on("06/10/2023"), 1, 1) == Accepted()
    again = decided(d, add_form("20/10/2023", True))
    assert kinds(again) == [Kind.LIAISON_FORM_COMPLETED]
    assert isinstance(again, Accepted)
    later = fold([*every, event(9, again.drafts[0])])
    assert stage(later, Route.LIAISON) is Stage.LIAISON
    running = [s for s in clocks_of(later) if s.nature is Nature.LIAISON and s.end is None]
    assert [s.start for s in running] == [on("20/10/2023")], "une seule fiche attend"
    assert kinds(send_listing(later, on("21/10/2023"), 2, 1)) == [Kind.LISTING_SENT]
    assert codes(decided(later, add_form("25/10/2023", True))) == ["fiche_en_cours"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [("03/10/2023", ["avant_etape"]), ("05/10/2023", []), ("octobre 2023", [])],
)
def test_a_new_form_comes_after_the_no(when: str, expected: list[str]) -> None:
    answer = decided(dossier(cir("10/11/2022"), form("15/09/2023", True), declined("05/10/2023")),
                     add_form(when, True))  # fmt: skip
    assert codes(answer) == expected
    assert expected or days(answer)[0] >= "2023-10-05" or days(answer)[0][1:] >= "2023-10-05"


def test_who_declined_the_form_does_not_pass_over_ofii() -> None:
    answer = answered(dossier(*DECLINED_SINCE), ACCEPTED, "10/10/2023")
    assert codes(answer) == ["orientation_declinee"]
    assert "agir liaison add" in remedy(answer)


def test_a_no_on_the_day_of_the_form_is_said_on_it() -> None:
    answer = answered(dossier(*LIAISON), DECLINED, "01/10/2023")
    assert codes(answer) == ["deja_enregistre"]
    assert f'agir liaison add {REF} --on "01/10/2023" --souhait non' in remedy(answer)
    assert codes(answered(dossier(*LIAISON), DECLINED, "30/09/2023")) == []


def test_a_no_without_a_day_is_read_after_the_form() -> None:
    every = events(opened(), *LIAISON)
    no = answered(fold(every), DECLINED)
    assert isinstance(no, Accepted)
    assert fold([*every, event(9, no.drafts[0])]).declined


LET_IN = [
    pytest.param([cir("05/01/2023"), validated("10/01/2023")], id="validée"),
    pytest.param([cir("05/01/2023"), validated("10/01/2023", DEROGATION)], id="dérogation"),
    pytest.param([cir("05/01/2023"), validated()], id="validée, sans jour"),
    pytest.param([cir("10/11/2022"), oriented("05/01/2023")], id="orientée, voie N-1"),
    pytest.param([cir("05/01/2023"), oriented()], id="orientée, sans jour"),
]


@pytest.mark.parametrize("happened", LET_IN)
def test_the_form_of_somebody_let_in_is_never_sent(happened: list[Draft]) -> None:
    d = dossier(*happened)
    answer = decided(d, add_form("15/02/2023", True))
    assert "fiche_deja_admise" in warned(answer)
    later = after(d, answer)
    assert send_listing(later, on("01/03/2023"), 1, 1) == Accepted()
    assert [s for s in clocks_of(later) if s.nature is Nature.LIAISON and s.end is None] == []
    no = decided(d, add_form("15/02/2023", False))
    assert "fiche_deja_admise" not in warned(no)


def test_a_form_that_the_decision_answers_is_not_without_object() -> None:
    d = dossier(cir("10/11/2022"), validated("10/03/2023"))
    assert "fiche_deja_admise" not in warned(decided(d, add_form("15/02/2023", True)))


def test_a_rejection_over_a_validation_is_refused_at_every_door() -> None:
    d = dossier(cir("05/01/2023"), validated("10/01/2023"), form("15/02/2023", True))
    for say in (ruled, decide):
        assert codes(say(d, REJECTED, "01/03/2023")) == ["deja_enregistre"]
        assert say(d, OfiiOutcome.VALIDATED, "10/01/2023") == Accepted()
    undated = dossier(cir("05/01/2023"), validated(), form("15/02/2023", True))
    assert codes(decide(undated, REJECTED, "01/03/2023")) == ["deja_enregistre"]
    assert kinds(decide(undated, OfiiOutcome.VALIDATED, "01/03/2023")) == [Kind.OFII_VALIDATED]


@pytest.mark.parametrize(
    ("outcome", "when", "expected"),
    [
        pytest.param(REJECTED, "01/03/2023", [], id="le rejet d'avant, redit"),
        pytest.param(REJECTED, "mars 2023", [], id="redit, plus vaguement"),
        pytest.param(REJECTED, "20/03/2023", ["deja_enregistre"], id="un rejet depuis"),
        pytest.param(OfiiOutcome.VALIDATED, "01/03/2023", ["deja_enregistre"],
                     id="une validation du jour du rejet n'est pas le rejet"),
    ],
)  # fmt: skip
def test_after_a_derogation_the_rejection_that_it_lifted_may_be_said_again(
    outcome: OfiiOutcome, when: str, expected: list[str]
) -> None:
    for lifted in ("01/03/2023", "mars 2023"):
        d = dossier(*DIRECT, rejected(lifted), validated("15/03/2023", DEROGATION))
        answer = ruled(d, outcome, when)
        assert codes(answer) == expected, lifted
        assert expected or kinds(answer) == []


def test_a_validation_of_the_day_of_a_rejection_answers_the_new_form() -> None:
    d = dossier(*LIAISON, rejected("10/10/2023"), form("20/10/2023", True))
    assert codes(decide(d, OfiiOutcome.VALIDATED, "10/10/2023")) == ["avant_etape"]
    assert decide(d, REJECTED, "10/10/2023") == Accepted()


CHANGED_MIND = [cir("05/01/2023"), declined("05/01/2023"), oriented("10/01/2023")]


@pytest.mark.parametrize(
    ("happened", "outcome", "when", "expected"),
    [
        pytest.param([cir("05/01/2023"), oriented()], ACCEPTED, "05/01/2023",
                     [Kind.ORIENTATION_ACCEPTED], id="son jour, qu'on ne savait pas"),
        pytest.param([cir("05/01/2023"), declined()], DECLINED, "05/01/2023",
                     [Kind.ORIENTATION_DECLINED], id="le jour du « non »"),
        pytest.param(CHANGED_MIND, DECLINED, "05/01/2023", [], id="le « non » d'avant, redit"),
        pytest.param(CHANGED_MIND, DECLINED, None, [], id="le « non » d'avant, sans jour"),
        pytest.param(CHANGED_MIND, DECLINED, "11/01/2023", ["deja_enregistre"],
                     id="un « non » depuis"),
        pytest.param(CHANGED_MIND, ACCEPTED, "10/01/2023", [], id="le oui, redit"),
        pytest.param([*CHANGED_MIND[:2], oriented("février 2023")], ACCEPTED, "20/02/2023",
                     ["deja_enregistre"], id="le oui, plus précis : à corriger"),
    ],
)  # fmt: skip
def test_an_earlier_answer_said_again_is_not_a_new_one(
    happened: list[Draft], outcome: Orientation, when: str | None, expected: list[Any]
) -> None:
    answer = answered(dossier(*happened), outcome, when)
    assert (codes(answer) or kinds(answer)) == expected


@pytest.mark.parametrize(
    ("then", "motive"),
    [
        pytest.param([], "sans_suite", id="avant le contrat"),
        pytest.param([signed("17/02/2023")], "arret_beneficiaire", id="le contrat signé"),
    ],
)
def test_a_no_that_comes_after_the_process_names_the_end_that_it_would_be(
    then: list[Draft], motive: str
) -> None:
    d = dossier(cir("05/01/2023"), diagnosed("25/01/2023"), *then)
    answer = answered(d, DECLINED, "20/01/2023")
    assert isinstance(answer, Accepted), codes(answer)
    (told,) = [f for f in answer.warnings if f.code == "suite_contredite"]
    assert told.values["motif"] == motive


# --- OFII's decision, after the process --------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "said", "told"),
    [
        pytest.param([*DIRECT, diagnosed("25/01/2023")], {"decision_ofii": REJECTED,
                     "date_decision": on("10/01/2023")}, "diagnostic du 25/01/2023",
                     id="rejet, avant le diagnostic"),
        pytest.param([*DIRECT, diagnosed("25/01/2023"), signed("17/02/2023")],
                     {"decision_ofii": REJECTED, "date_decision": on("10/03/2023")},
                     "diagnostic du 25/01/2023, contrat du 17/02/2023", id="rejet, contrat signé"),
        pytest.param([cir("05/01/2023"), diagnosed("25/01/2023")], {"orientation": DECLINED,
                     "date_orientation": on("05/01/2023")}, "diagnostic du 25/01/2023",
                     id="orientation déclinée"),
        pytest.param([cir("05/01/2023"), diagnosed("25/01/2023")], {"orientation": DECLINED,
                     "date_orientation": on("01/02/2023")}, "diagnostic du 25/01/2023",
                     id="orientation déclinée après le diagnostic"),
    ],
)  # fmt: skip
def test_a_no_against_the_process_is_kept_and_told(
    happened: list[Draft], said: dict[str, Any], told: str
) -> None:
    answer = completed(dossier(*happened), **said)
    assert isinstance(answer, Accepted)
    assert answer.drafts
    assert answer.warnings[0].code == "suite_contredite"
    assert told in answer.warnings[0].sentence


def test_a_rejection_of_the_form_is_told_too() -> None:
    d = dossier(*LIAISON, sent("02/10/2023"), diagnosed("20/10/2023"))
    assert "suite_contredite" in warned(decide(d, REJECTED, "10/10/2023"))
    assert warned(decide(dossier(*LIAISON), REJECTED, "10/10/2023")) == []


@pytest.mark.parametrize(
    ("happened", "say"),
    [
        pytest.param([*DIRECT, rejected("10/01/2023")], ruled, id="voie N"),
        pytest.param([*LIAISON, rejected("10/10/2023")], decide, id="fiche"),
    ],
)
def test_a_derogation_is_a_later_decision(happened: list[Draft], say: Any) -> None:
    d = dossier(*happened)
    answer = say(d, DEROGATION, "20/10/2023")
    assert kinds(answer) == [Kind.OFII_VALIDATED]
    later = after(d, answer)
    assert later.admitted
    assert say(later, DEROGATION, "20/10/2023") == Accepted()
    known = later.rejections[0].on
    assert say(later, REJECTED, edtf(known)) == Accepted(), "le même fichier deux fois"
    assert codes(say(d, DEROGATION, "05/01/2023"))[0] in ("deja_enregistre", "avant_etape")


def test_a_derogation_without_a_day_came_since() -> None:
    d = dossier(*DIRECT, rejected("10/01/2023"))
    assert days(ruled(d, DEROGATION)) == ["[2023-01-10..2023-11-23]"]
    assert days(ruled(d, DEROGATION, "janvier 2023")) == ["[2023-01-10..2023-01-31]"]


def test_a_rejection_said_again_after_a_new_form_is_known() -> None:
    d = dossier(*DIRECT, rejected("10/01/2023"), form("01/02/2023", True))
    assert ruled(d, REJECTED, "10/01/2023") == Accepted()
    assert decide(d, REJECTED, "10/01/2023") == Accepted()
    assert kinds(decide(d, REJECTED, "10/02/2023")) == [Kind.OFII_REJECTED]


TWICE = [*LIAISON, rejected("10/10/2023"), form("20/10/2023", True)]


@pytest.mark.parametrize(
    ("happened", "said", "new"),
    [
        pytest.param([*DIRECT, rejected(), form("01/02/2023", True)], None, False,
                     id="sans jour, deux fois"),
        pytest.param([*DIRECT, rejected(), form("01/02/2023", True)], "10/01/2023", False,
                     id="sans jour, puis daté"),
        pytest.param([*DIRECT, rejected(), form("01/02/2023", True)], "10/02/2023", True,
                     id="après la nouvelle fiche"),
        pytest.param([*DIRECT, rejected("01/2023"), form("20/01/2023", True)], "01/2023", False,
                     id="au mois, deux fois"),
        pytest.param([*DIRECT, rejected("01/2023"), form("20/01/2023", True)], "10/01/2023", False,
                     id="au mois, puis au jour"),
        pytest.param([*DIRECT, rejected("01/2023"), form("20/01/2023", True)], "25/01/2023", True,
                     id="du même mois, après la fiche"),
        pytest.param([*DIRECT, rejected("10/01/2023"), form("20/01/2023", True)], None, False,
                     id="daté, puis sans jour"),
        pytest.param([*DIRECT, rejected(), validated("10/02/2023", DEROGATION)], None, False,
                     id="avant une dérogation"),
        pytest.param([*TWICE, rejected("10/11/2023")], "10/10/2023", False, id="le premier des"
                     " deux"),
        pytest.param([*TWICE, validated("10/11/2023")], "10/10/2023", False, id="avant la"
                     " validation"),
        pytest.param([*TWICE, rejected("30/10/2023"), form("05/11/2023", True)], "10/10/2023",
                     False, id="le premier de deux, présentée une troisième fois"),
    ],
)  # fmt: skip
def test_a_rejection_that_may_be_the_recorded_one_says_nothing_new(
    happened: list[Draft], said: str | None, new: bool
) -> None:
    d = dossier(*happened)
    answers = [ruled(d, REJECTED, said)]
    if d.requests and said is not None:
        answers.append(decide(d, REJECTED, said))
    for answer in answers:
        assert kinds(answer) == ([Kind.OFII_REJECTED] if new else [])


def test_the_last_of_two_rejections_is_still_the_one_to_correct() -> None:
    d = dossier(*TWICE, rejected("10/11/2023"))
    assert decide(d, REJECTED, "10/11/2023") == Accepted()
    for say in (ruled, decide):
        assert codes(say(d, REJECTED, "12/11/2023")) == ["deja_enregistre"]


@pytest.mark.parametrize(
    ("happened", "said", "when"),
    [
        pytest.param([declined("10/01/2023"), oriented("10/02/2023")], DECLINED, "10/01/2023",
                     id="déclinée, puis acceptée"),
        pytest.param([declined("10/01/2023"), oriented("10/02/2023")], DECLINED, "janvier 2023",
                     id="au mois"),
        pytest.param([declined("10/01/2023"), oriented("10/02/2023")], DECLINED, None,
                     id="sans jour"),
        pytest.param([declined(), oriented("10/02/2023")], DECLINED, None, id="jamais datée"),
        pytest.param([declined("10/01/2023"), form("10/02/2023", True), declined("10/03/2023")],
                     DECLINED, "10/01/2023", id="déclinée deux fois"),
        pytest.param([oriented("05/01/2023"), rejected("10/01/2023"), form("10/02/2023", True),
                      declined("10/03/2023")], ACCEPTED, "05/01/2023", id="acceptée, puis non"),
    ],
)  # fmt: skip
def test_an_answer_that_another_has_followed_says_nothing_new(
    happened: list[Draft], said: Orientation, when: str | None
) -> None:
    assert answered(dossier(cir("05/01/2023"), *happened), said, when) == Accepted()


def test_a_no_after_the_acceptance_is_still_a_contradiction() -> None:
    d = dossier(cir("05/01/2023"), declined("10/01/2023"), oriented("10/02/2023"))
    assert codes(answered(d, DECLINED, "10/03/2023")) == ["deja_enregistre"]
    assert codes(answered(d, DECLINED, "15/01/2023")) == ["deja_enregistre"]
    undated = dossier(cir("05/01/2023"), oriented(), oriented("10/02/2023"))
    assert codes(answered(undated, ACCEPTED, "10/03/2023")) == ["deja_enregistre"]


@pytest.mark.parametrize(
    ("happened", "answer", "fact", "redates"),
    [
        pytest.param([oriented("05/01/2023")], lambda d: answered(d, DECLINED, "05/01/2023"),
                     "enregistré : Orientation acceptée, 05/01/2023 ; donné : Orientation déclinée,"
                     " 05/01/2023", False, id="autre réponse"),
        pytest.param([oriented("05/01/2023")], lambda d: answered(d, ACCEPTED, "06/01/2023"),
                     "enregistré : Orientation acceptée, 05/01/2023 ; donné : Orientation acceptée,"
                     " 06/01/2023", True, id="autre jour"),
        pytest.param([rejected("10/01/2023")],
                     lambda d: ruled(d, OfiiOutcome.VALIDATED, "10/03/2023"),
                     "enregistré : Rejetée, 10/01/2023 ; donné : Validée, 10/03/2023", False,
                     id="autre décision"),
        pytest.param([validated("10/01/2023")], lambda d: ruled(d, REJECTED, "10/03/2023"),
                     "enregistré : Validée, 10/01/2023 ; donné : Rejetée, 10/03/2023", False,
                     id="rejet d'une validation"),
        pytest.param([rejected("10/01/2023")], lambda d: ruled(d, REJECTED, "11/01/2023"),
                     "enregistré : Rejetée, 10/01/2023 ; donné : Rejetée, 11/01/2023", True,
                     id="même décision, autre jour"),
    ],
)  # fmt: skip
def test_a_contradiction_says_both_answers_and_redates_only_its_own(
    happened: list[Draft], answer: Any, fact: str, redates: bool
) -> None:
    refusal = answer(dossier(*happened))
    assert codes(refusal) == ["deja_enregistre"]
    assert isinstance(refusal, Refused)
    assert refusal.findings[0].fact == fact
    assert bool(refusal.findings[0].values["date"]) is redates
    otherwise = ("Puis retapez", "se présente à nouveau")
    assert any(each in refusal.findings[0].remedy for each in otherwise) is not redates


def test_the_words_of_a_known_decision_are_kept() -> None:
    d = dossier(rejected("10/01/2023"))
    answer = completed(
        d, decision_ofii=REJECTED, date_decision=on("10/01/2023"), motif_ofii="besoin"
    )
    assert isinstance(answer, Accepted)
    assert [each.texts for each in answer.drafts] == [{"motif_ofii": "besoin"}]


@pytest.mark.parametrize(
    ("happened", "fact"),
    [
        pytest.param([rejected("03/2023")], "décision OFII (en mars 2023) : Rejetée", id="au mois"),
        pytest.param([rejected("[2023-03-05..2023-03-20]")], "décision OFII (entre le 5 et le"
                     " 20 mars 2023) : Rejetée", id="entre deux jours"),
        pytest.param([rejected()], "décision OFII (jour inconnu) : Rejetée", id="sans jour"),
        pytest.param([rejected("05/03/2023")], "décision OFII du 05/03/2023 : Rejetée", id="daté"),
        pytest.param([form("03/2023", False)], "fiche de liaison (en mars 2023) : souhait : non",
                     id="fiche"),
        pytest.param([declined("2023")], "orientation déclinée (en 2023)", id="à l'année"),
        pytest.param([rejected("02/2023"), form("03/2023", True)], "fiche (en mars 2023), sans"
                     " réponse", id="fiche en attente"),
    ],
)  # fmt: skip
def test_a_day_known_in_part_is_told_in_french(happened: list[Draft], fact: str) -> None:
    held = c.HoldDiagnosis(dossier=REF, date_diagnostic=on("20/10/2023"))
    answer = decided(dossier(cir("10/11/2022"), *happened), held)
    assert isinstance(answer, Refused)
    assert fact in [found.fact for found in answer.findings]


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        pytest.param(form("01/02/2023"), "01/02/2023", id="datée"),
        pytest.param(Draft(Kind.LIAISON_FORM_COMPLETED), "sans date", id="sans date"),
    ],
)
def test_the_form_that_an_orientation_makes_useless_is_named(filled: Draft, told: str) -> None:
    answer = answered(dossier(cir("05/01/2023"), filled), ACCEPTED, "05/02/2023")
    assert isinstance(answer, Accepted)
    (found,) = [each for each in answer.warnings if each.code == "fiche_sans_objet"]
    assert found.values["fiche"] == told


# --- the day of a "no" that follows a form -----------------------------------------------


@pytest.mark.parametrize(
    ("happened", "when", "kept"),
    [
        pytest.param([form("[2023-03-05..2023-03-20]")], None, "[2023-03-06..2023-11-23]",
                     id="sans jour : depuis le lendemain de la fiche"),
        pytest.param([form("[2023-03-05..2023-03-20]")], "mars 2023", "[2023-03-06..2023-03-31]",
                     id="au mois de la fiche"),
        pytest.param([form("23/11/2023")], None, "2023-11-23", id="la fiche d'aujourd'hui"),
        pytest.param([proposed("10/03/2023")], None, "[2023-03-10..2023-11-23]",
                     id="depuis la proposition"),
        pytest.param([proposed("10/03/2023")], "mars 2023", "[2023-03-10..2023-03-31]",
                     id="au mois de la proposition"),
        pytest.param([proposed("[2023-03-10..2023-03-20]")], "mars 2023",
                     "[2023-03-10..2023-03-31]", id="la proposition un jour de"),
        pytest.param([proposed("15/03/2023"), form("10/03/2023")], "mars 2023",
                     "[2023-03-15..2023-03-31]", id="depuis la dernière des deux"),
    ],
)  # fmt: skip
def test_a_no_is_dated_since_what_it_answers(
    happened: list[Draft], when: str | None, kept: str
) -> None:
    assert days(answered(dossier(cir("10/11/2022"), *happened), DECLINED, when)) == [kept]


@pytest.mark.parametrize(
    ("known", "said", "again"),
    [
        pytest.param(rejected("10/01/2023"), OfiiOutcome.VALIDATED, True, id="rejet, puis oui"),
        pytest.param(validated("10/01/2023"), REJECTED, False, id="oui, puis rejet"),
        pytest.param(validated("10/01/2023"), DEROGATION, False, id="oui, puis dérogation"),
        pytest.param(validated("10/01/2023", DEROGATION), OfiiOutcome.VALIDATED, False,
                     id="dérogation, puis oui"),
    ],
)  # fmt: skip
def test_whom_ofii_lets_in_after_all_is_presented_again(
    known: Draft, said: OfiiOutcome, again: bool
) -> None:
    advice = remedy(ruled(dossier(*DIRECT, known), said, "10/03/2023"))
    assert (f"agir liaison add {REF} --on JOUR --souhait oui" in advice) is again
    assert ("Puis retapez la décision." in advice) is not again


@pytest.mark.parametrize(
    ("happened", "said", "kept"),
    [
        pytest.param([], {}, True, id="aucune décision encore"),
        pytest.param([rejected("10/01/2023")], {}, True, id="de la décision enregistrée"),
        pytest.param([rejected("10/01/2023")], {"decision_ofii": REJECTED}, True,
                     id="de la même, sans son jour"),
        pytest.param([rejected("10/01/2023"), form("01/02/2023"), rejected("10/02/2023")],
                     {"decision_ofii": REJECTED, "date_decision": on("10/01/2023")}, False,
                     id="d'un rejet qu'un autre a suivi"),
        pytest.param([rejected("10/01/2023"), validated("10/02/2023", DEROGATION)],
                     {"decision_ofii": REJECTED, "date_decision": on("10/01/2023")}, False,
                     id="d'un rejet qu'une dérogation a suivi"),
    ],
)  # fmt: skip
def test_a_motive_is_kept_of_the_decision_that_stands_alone(
    happened: list[Draft], said: dict[str, Any], kept: bool
) -> None:
    answer = completed(dossier(cir("10/11/2022"), *happened), motif_ofii="besoin", **said)
    assert isinstance(answer, Accepted), codes(answer)
    assert [dict(each.texts) for each in answer.drafts] == ([{"motif_ofii": "besoin"}] * kept)
