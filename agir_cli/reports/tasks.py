"""What each late deadline or wait asks for: who must act, and the command to type."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

REFERENT, TEAM, OFII = "référent", "équipe AGIR", "OFII"


class Task(NamedTuple):
    """Who must act and what to type; ``{}`` stands for the dossier's reference."""

    who: str
    command: str

    @property
    def told(self) -> str:
        """« référent : agir contract sign {} --on JOUR »."""
        return f"{self.who} : {self.command}"


_BOOK_DIAGNOSIS = Task(OFII, "agir diagnose book {} --date-rdv-diagnostic JOUR")
_LATE = {
    "contractualisation": Task(REFERENT, "agir contract sign {} --on JOUR"),
    "entretien": Task(REFERENT, "agir interview add {} --on JOUR"),
    "terme": Task(REFERENT, "agir close {} --motif terme --on JOUR"),
}
_DIAGNOSIS_BOOKED = Task(TEAM, "agir diagnose hold {} --on JOUR")
_ANSWER = Task(OFII, "agir liaison decide {} --decision-ofii validee --on JOUR")
_WAITING = {
    "orientation": Task(
        OFII, "agir enroll --dossier {} --orientation acceptee --date-orientation JOUR"
    ),
    "fiche_liaison": Task("prescripteur", "agir liaison add {} --on JOUR"),
    "cir_inconnu": Task(TEAM, "agir enroll --dossier {} --date-cir JOUR"),
    "rdv_diagnostic": _BOOK_DIAGNOSIS,
    "absence_diagnostic": _BOOK_DIAGNOSIS,
    "commission": Task("commission", "agir assign {} --on JOUR --referent NOM"),
    "absence_contrat": Task(REFERENT, "agir contract book {} --date-rdv-contrat JOUR"),
}

_THE_DATE_OF = {
    "cir": "du CIR",
    "validation_ofii": "de la validation par l'OFII",
    "orientation": "de l'orientation",
    "commission": "de la commission",
    "diagnostic": "du diagnostic",
    "fiche": "de la fiche de liaison",
    "listing": "du listing",
    "contrat": "du contrat",
    "entretien": "du dernier entretien",
    "cloture": "de la clôture",
}

KINDS_OF_EVENT = {
    "cir": ("cir_signed",),
    "validation_ofii": ("ofii_validated",),
    "orientation": ("orientation_accepted",),
    "commission": ("referent_designated",),
    "diagnostic": ("diagnosis_held",),
    "fiche": ("liaison_form_completed",),
    "listing": ("listing_sent",),
    "contrat": ("contract_signed",),
    "entretien": ("interview_held",),
    "cloture": ("dossier_closed", "contract_refused"),
}
"""The kinds of the events that a start or an end may be."""


def task(nature: str, cause: str, reference: str, *, booked: bool, month: str) -> str:
    """Who must act on a late or waiting line, and what to type.

    ``booked``: an appointment is pending. ``month``: that of the listing to send (``2023-10``).
    """
    return _pattern(nature, cause, booked, month).format(reference)


@cache
def _pattern(nature: str, cause: str, booked: bool, month: str) -> str:
    if nature == "attente":
        return _WAITING[cause].told
    if nature == "diagnostic":
        return (_DIAGNOSIS_BOOKED if booked else _BOOK_DIAGNOSIS).told
    if nature == "liaison":
        if cause == "fiche":
            return f"{TEAM} : agir liaison send --month {month}"
        return _ANSWER.told
    return _LATE[nature].told


def precision_task(nature: str, event: str | None, reference: str, number: int | None) -> str:
    """Which date to make precise so that a possible lateness becomes certain, or none.

    ``number``: the short number of the event (that of ``agir show --events``), where found.
    """
    who = OFII if nature == "liaison" else (TEAM if nature == "diagnostic" else REFERENT)
    date_of = _THE_DATE_OF.get(event or "", "de fin")
    return (
        f"{who} : préciser la date {date_of} :"
        f' agir correct {reference} {number or "N°"} --on JOUR --reason "…"'
    )
