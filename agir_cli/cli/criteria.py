"""The pre-check on the screen and for machines: each criterion, whose answer the whole is."""

from __future__ import annotations

from agir_cli.cli.screen import tell
from agir_cli.domain.dates import Verdict, french
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.eligibility import CRITERIA, REASON_OF, Answer, Assessment, decision_of
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reasons import Finding
from agir_cli.domain.vocabulary import Status
from agir_cli.usecases.ledger import Visitor

MACHINE = ("json", "csv")
COLUMNS = ("critere", "reponse", "fait", "source", "a_faire")
FINAL = "final"
"""The criterion that no fact of the person answers: a refusal or a stop has used the right up."""

Row = tuple[str, str, str, str, str]


def rows_of(assessment: Assessment, reference: str = "REF") -> list[Row]:
    """Each criterion as `COLUMNS`."""
    remedies = {f.code: f.remedy for f in criteria_findings(assessment, reference)}
    return [
        (a.criterion, a.verdict.value, a.fact, a.source, _to_do(a, remedies))
        for a in assessment.answers
    ]


def _to_do(answer: Answer, remedies: dict[str, str]) -> str:
    if answer.missing:
        fields = ", ".join(FIELDS[name].option for name in answer.missing)
        return f"à compléter : {fields}"
    if answer.verdict is not Verdict.NO:
        return ""
    return remedies.get(REASON_OF.get(answer.criterion, ""), "")


def write_criteria(assessment: Assessment, form: str, *before: Row) -> None:
    """The criteria as CSV or JSON on stdout, then `eligible` and `voie`.

    ``before``: the right used up, where it is: it comes first, and nobody is eligible with it.
    """
    import sys

    from agir_cli.exchange.writing import write_rows

    rows: list[tuple[str, ...]] = [*before, *rows_of(assessment)]
    eligible = Verdict.NO if before else assessment.eligible
    rows.append(("eligible", eligible.value, "", "", ""))
    rows.append(("voie", assessment.route.value, assessment.route.label, "", ""))
    write_rows(rows, COLUMNS, format=form, out=sys.stdout)


def final_row(found: Finding) -> Row:
    """The right used up, as a criterion."""
    return FINAL, Verdict.NO.value, found.fact, found.source, found.remedy


def show_criteria(assessment: Assessment, reference: str = "REF", *, advice: bool = True) -> None:
    """Every criterion on the screen: answer, fact, source, and what would change it."""
    receipt = french(assessment.receipt) or "inconnue"
    tell(f"Demande reçue : {receipt} (orientation, sinon fiche, sinon CIR)")
    rules = assessment.rules.title if assessment.rules else "règle non connue à cette date"
    tell(f"Règle : {rules}")
    for line in _eligible(assessment):
        tell(line)
    print()
    for criterion, reply, fact, source, to_do in rows_of(assessment, reference):
        tell(f"{CRITERIA[criterion]} : {reply.upper()}")
        tell(f"    Fait      : {fact}")
        tell(f"    Source    : {source}")
        if to_do and advice:
            tell(f"    Que faire : {to_do}")


def _eligible(assessment: Assessment) -> list[str]:
    """Whose answer it is: OFII's once it has decided, and the tool's own beside it."""
    checked = _prechecked(assessment)
    last = assessment.answers[-1]
    if last.criterion != "ofii":
        return [f"Éligible (pré-vérification, l'OFII décide) : {checked}"]
    return [
        f"Éligible ({decision_of(last.of[0])}) : {last.verdict.value}",
        f"Pré-vérification de l'outil, pour information : {checked}",
    ]


def _prechecked(assessment: Assessment) -> str:
    if assessment.precheck is not Verdict.UNKNOWN:
        return str(assessment.precheck.value)
    if assessment.rules is None and assessment.receipt is not None:
        return "règle non connue à cette date : l'OFII décide"
    return "pas encore : il manque des faits"


def linked(visitor: Visitor, assessment: Assessment, joined: str | None) -> Assessment:
    """The same answers; that of a joiner's status says where the BPI joined is, or is not.

    ``joined``: the AGDREF number or the reference given. A link that is not known refuses nothing.
    """
    answers = [
        _linked(visitor, answer, joined) if _of_joiner(answer) else answer
        for answer in assessment.answers
    ]
    return assessment._replace(answers=tuple(answers))


def _of_joiner(answer: Answer) -> bool:
    return answer.criterion == "status" and Status.JOINER in answer.of


def _linked(visitor: Visitor, answer: Answer, joined: str | None) -> Answer:
    if not joined:
        return answer._replace(missing=("rejoint",))
    from agir_cli.usecases.consult import search

    found = search(visitor, joined) if visitor.path.exists() else []
    if len(found) == 1:
        return answer._replace(of=(Status.JOINER, f"dossier {found[0].reference}"))
    told = f"{joined}, sans dossier dans ce fichier : lien inconnu"
    return answer._replace(of=(Status.JOINER, told), missing=("rejoint",))
