"""A transfer: asked, answered and received, day by day; a declaration that came back."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import edtf
from agir_cli.domain.decisions.common import Accepted
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import Motive, Nature, TransferAnswer
from tests.domain.making import (
    REF,
    after,
    assigned,
    cir,
    clocks_of,
    closed,
    codes,
    decided,
    diagnosed,
    dossier,
    draft,
    kinds,
    on,
    oriented,
    signed,
    warned,
)

SIGNED = [
    cir("15/01/2023"), oriented("15/01/2023"), diagnosed("25/01/2023"), assigned("01/02/2023"),
    signed("17/02/2023"),
]  # fmt: skip


def asked(when: str, to: str = "49") -> Draft:
    return draft(Kind.TRANSFER_ASKED, when, vers_departement=to)


def answered(when: str, answer: TransferAnswer = TransferAnswer.REFUSED) -> Draft:
    return draft(Kind.TRANSFER_ANSWERED, when, reponse_transfert=answer)


def supported(*more: Draft) -> Dossier:
    return dossier(*SIGNED, *more)


def ask(when: str, to: str = "49") -> c.Command:
    return c.AskTransfer(dossier=REF, vers_departement=to, date_demande_transfert=on(when))


def accept(when: str) -> c.Command:
    return c.AcceptTransfer(dossier=REF, date_transfert=on(when))


def refuse(when: str) -> c.Command:
    return c.RefuseTransfer(dossier=REF, date_transfert=on(when))


@pytest.mark.parametrize(
    ("happened", "command", "refusals"),
    [
        pytest.param([], ask("01/06/2023"), [], id="demandé"),
        pytest.param([], ask("01/06/2023", "44"), ["transfert_sur_place"], id="sur place"),
        pytest.param([], ask("24/11/2023"), ["date_future"], id="demandé demain"),
        pytest.param([asked("01/06/2023")], ask("02/06/2023", "85"), ["transfert_en_attente"],
                     id="déjà demandé à un autre"),
        pytest.param([asked("01/06/2023"), answered("10/06/2023")], ask("09/06/2023", "85"),
                     ["avant_etape"], id="avant la réponse à la précédente"),
        pytest.param([asked("01/06/2023"), answered("10/06/2023")], ask("10/06/2023", "85"), [],
                     id="le jour de cette réponse"),
        pytest.param([asked("01/06/2023"), answered("10/06/2023")], ask("juin 2023", "85"), [],
                     id="peut-être après cette réponse"),
        pytest.param([], accept("01/06/2023"), ["transfert_sans_demande"], id="rien de demandé"),
        pytest.param([asked("01/06/2023")], accept("31/05/2023"), ["avant_etape"],
                     id="réponse avant la demande"),
        pytest.param([asked("01/06/2023")], accept("01/06/2023"), [], id="réponse le jour même"),
        pytest.param([asked("01/06/2023")], accept("juin 2023"), [], id="réponse dans le mois"),
        pytest.param([asked("01/06/2023")], refuse("24/11/2023"), ["date_future"],
                     id="réponse demain"),
        pytest.param([asked("01/06/2023"), closed("05/06/2023")], accept("06/06/2023"),
                     ["dossier_clos"], id="clos entre-temps"),
        pytest.param([asked("01/06/2023"), closed("05/06/2023")], refuse("06/06/2023"),
                     ["dossier_clos"], id="refusé, clos entre-temps"),
        pytest.param([asked("01/06/2023"), answered("10/06/2023")], refuse("11/06/2023"),
                     ["transfert_sans_demande"], id="déjà répondu"),
        pytest.param([closed("05/06/2023")], ask("06/06/2023"), ["dossier_clos"], id="déjà clos"),
        pytest.param([asked("01/06/2023")], ask("juin 2023"), [], id="redit, plus vaguement"),
        pytest.param([asked("01/06/2023")], ask("01/06/2023", "53"), ["transfert_en_attente"],
                     id="le même jour, à un autre"),
        pytest.param([asked("01/06/2023"), answered("10/06/2023"), closed("12/06/2023")],
                     ask("01/06/2023"), [], id="redit une fois clos"),
    ],
)  # fmt: skip
def test_a_transfer_day_by_day(
    happened: list[Draft], command: c.Command, refusals: list[str]
) -> None:
    assert codes(decided(supported(*happened), command)) == refusals


def test_an_acceptance_ends_the_dossier_and_a_refusal_does_not() -> None:
    waiting = supported(asked("01/06/2023"))
    gone = after(waiting, decided(waiting, accept("03/06/2023")))
    assert gone.closing is not None
    assert gone.closing.motive is Motive.TRANSFER
    assert kinds(decided(waiting, refuse("03/06/2023"))) == [Kind.TRANSFER_ANSWERED]
    stays = after(waiting, decided(waiting, refuse("03/06/2023")))
    assert stays.open
    assert decided(stays, refuse("03/06/2023")) == Accepted()


def test_an_answer_of_a_month_is_no_earlier_than_its_question() -> None:
    waiting = supported(asked("15/06/2023"))
    answer = decided(waiting, refuse("juin 2023"))
    assert isinstance(answer, Accepted)
    assert edtf(answer.drafts[0].on) == "[2023-06-15..2023-06-30]"
    # The question too may be of a month: the answer is no earlier than its first day.
    waiting = supported(asked("juin 2023"))
    answer = decided(waiting, refuse("2023"))
    assert isinstance(answer, Accepted)
    assert edtf(answer.drafts[0].on) == "[2023-06-01..2023-11-23]"


def receive(when: str, origin: str = "49", began: str | None = None) -> c.Command:
    return c.ReceiveTransfer(
        dossier=REF, departement_origine=origin, date_transfert=on(when),
        droit_depuis=on(began) if began else None,
    )  # fmt: skip


ARRIVED = draft(Kind.TRANSFER_RECEIVED, "01/06/2023", departement_origine="49",
                droit_depuis=on("10/01/2023"))  # fmt: skip


@pytest.mark.parametrize(
    ("happened", "command", "refusals"),
    [
        pytest.param([], receive("01/06/2023", began="10/01/2023"), [], id="reçue"),
        pytest.param([], receive("23/11/2023"), [], id="aujourd'hui"),
        pytest.param([], receive("24/11/2023"), ["date_future"], id="demain"),
        pytest.param([], receive("01/06/2023", "44"), ["transfert_sur_place"], id="sur place"),
        pytest.param([], receive("01/06/2023", began="24/11/2023"), ["date_future", "avant_etape"],
                     id="un droit de demain"),
        pytest.param([], receive("01/06/2023", began="02/06/2023"), ["avant_etape"],
                     id="un droit né après le transfert"),
        pytest.param([], receive("01/06/2023", began="01/06/2023"), [], id="né ce jour-là"),
        pytest.param([], receive("01/06/2023", began="juin 2023"), [], id="né dans le mois"),
        pytest.param([closed("05/06/2023")], receive("01/06/2023"), ["dossier_clos"], id="close"),
        pytest.param([ARRIVED], receive("01/06/2023", began="10/01/2023"), [], id="redite"),
        pytest.param([ARRIVED], receive("juin 2023"), [], id="redite, plus vaguement"),
        pytest.param([ARRIVED], receive("02/06/2023"), ["deja_enregistre"], id="un autre jour"),
        pytest.param([ARRIVED], receive("01/06/2023", "53"), ["deja_enregistre"],
                     id="d'un autre département"),
        pytest.param([ARRIVED], receive("01/06/2023", began="11/01/2023"), ["deja_enregistre"],
                     id="un autre premier contrat"),
    ],
)  # fmt: skip
def test_somebody_received_day_by_day(
    happened: list[Draft], command: c.Command, refusals: list[str]
) -> None:
    answer = decided(dossier(*happened), command)
    assert codes(answer) == refusals
    new = [] if refusals or happened else [Kind.TRANSFER_RECEIVED]
    assert refusals or kinds(answer) == new


@pytest.mark.parametrize(
    ("referent", "told"),
    [("R001", ["referent_a_designer"]), (None, [])],
)
def test_the_referent_of_the_other_department_is_to_be_replaced(
    referent: str | None, told: list[str]
) -> None:
    said = {"referent": referent} if referent else {}
    here = dossier(*SIGNED[:3], assigned("01/02/2023", **said))
    assert warned(decided(here, receive("01/06/2023"))) == told


@pytest.mark.parametrize(
    ("facts", "happened", "began"),
    [
        pytest.param({}, [], None, id="aucun contrat"),
        pytest.param({}, SIGNED, "17/02/2023", id="le sien"),
        pytest.param({}, [*SIGNED, ARRIVED], "10/01/2023", id="celui d'ailleurs, avant"),
        pytest.param({}, [ARRIVED], "10/01/2023", id="celui d'ailleurs, pas encore d'autre"),
        pytest.param({"droit_depuis": on("01/12/2022")}, [*SIGNED, ARRIVED], "01/12/2022",
                     id="celui d'un dossier d'avant, ici"),
        pytest.param({"droit_depuis": on("01/02/2023")}, [*SIGNED, ARRIVED], "10/01/2023",
                     id="un dossier d'avant ici, un contrat plus ancien ailleurs"),
        pytest.param({"droit_depuis": on("01/06/2023")}, SIGNED, "17/02/2023",
                     id="le sien, avant celui d'un autre dossier"),
    ],
)  # fmt: skip
def test_the_two_years_began_with_the_first_contract_of_all(
    facts: dict[str, Any], happened: list[Draft], began: str | None
) -> None:
    d = dossier(*happened, **facts)
    assert d.right_began == (on(began) if began else None)
    terms = [span for span in clocks_of(d) if span.nature is Nature.TERM]
    assert [span.start for span in terms] == ([on(began)] if began else [])
    own = began == "17/02/2023"
    assert [span.cause for span in terms] == (
        [] if began is None else ["contrat" if own else "premier_contrat"]
    )


DECLARED = draft(Kind.DECLARED, "01/06/2023")
REJECTED = draft(Kind.DECLARATION_REJECTED, "05/06/2023")


@pytest.mark.parametrize(
    ("happened", "when", "expected"),
    [
        ([], "05/06/2023", ["rien_de_declare"]),
        ([DECLARED], "31/05/2023", ["rejet_avant"]),
        ([DECLARED], "01/06/2023", []),
        ([DECLARED, REJECTED], "05/06/2023", []),
        ([DECLARED, REJECTED], "06/06/2023", ["rien_de_declare"]),
        ([DECLARED, REJECTED, draft(Kind.DECLARED, "08/06/2023")], "09/06/2023", []),
        ([DECLARED, REJECTED, draft(Kind.DECLARED, "08/06/2023")], "05/06/2023", []),
    ],
)
def test_a_declaration_that_came_back(
    happened: list[Draft], when: str, expected: list[str]
) -> None:
    command = c.RejectDeclaration(dossier=REF, date_rejet=on(when))
    assert codes(decided(dossier(*happened), command)) == expected


def test_the_same_rejection_said_again_changes_nothing() -> None:
    again: dict[str, Any] = {"dossier": REF, "date_rejet": on("05/06/2023")}
    known = dossier(DECLARED, REJECTED, draft(Kind.DECLARED, "08/06/2023"))
    assert decided(known, c.RejectDeclaration(**again)) == Accepted()


def test_a_rejection_of_a_month_is_no_earlier_than_the_declaration() -> None:
    known = dossier(draft(Kind.DECLARED, "15/06/2023"))
    answer = decided(known, c.RejectDeclaration(dossier=REF, date_rejet=on("juin 2023")))
    assert isinstance(answer, Accepted)
    assert edtf(answer.drafts[0].on) == "[2023-06-15..2023-06-30]"


@pytest.mark.parametrize(
    ("when", "number", "expected"),
    [
        ("01/06/2023", None, []),
        ("01/06/2023", "147", [Kind.DECLARED]),
        ("02/06/2023", None, [Kind.DECLARED]),
        ("02/06/2023", "147", [Kind.DECLARED]),
        ("juin 2023", None, []),
    ],
)
def test_a_declaration_said_again(when: str, number: str | None, expected: list[Kind]) -> None:
    command = c.Declare(dossier=REF, date_declaration=on(when), numero_declaration=number)
    assert kinds(decided(dossier(DECLARED), command)) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(None, []), ("146", []), ("147", [Kind.DECLARED])]
)
def test_a_numbered_declaration_said_again(number: str | None, expected: list[Kind]) -> None:
    numbered = draft(Kind.DECLARED, "01/06/2023", numero_declaration="146")
    command = c.Declare(dossier=REF, date_declaration=on("01/06/2023"), numero_declaration=number)
    assert kinds(decided(dossier(numbered), command)) == expected


@pytest.mark.parametrize(
    ("rejected", "when", "expected"),
    [
        pytest.param("05/06/2023", "01/06/2023", [], id="dite d'avant le rejet : la même"),
        pytest.param("05/06/2023", "[2023-06-01..2023-06-04]", [], id="d'avant pour sûr"),
        pytest.param("05/06/2023", "[2023-06-01..2023-06-05]", [Kind.DECLARED],
                     id="peut-être depuis le rejet : une autre"),
        pytest.param("[2023-06-05..2023-06-20]", "[2023-06-01..2023-06-10]", [Kind.DECLARED],
                     id="un rejet un jour de, peut-être avant"),
    ],
)  # fmt: skip
def test_after_a_rejection_a_dossier_is_declared_anew(
    rejected: str, when: str, expected: list[Kind]
) -> None:
    d = dossier(DECLARED, draft(Kind.DECLARATION_REJECTED, rejected))
    command = c.Declare(dossier=REF, date_declaration=on(when))
    assert kinds(decided(d, command)) == expected
