"""The page that can be handed to the person: what was decided, by whom, why, whom to ask.

Its words are in ``data/letter.txt``: plain, without code or jargon. Every figure and source is the
domain's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache

from agir_cli.cli.screen import wrapped
from agir_cli.domain.dates import PartialDate, french_day, french_on, french_until
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.rules import SOURCES
from agir_cli.domain.vocabulary import Motive, Stage
from agir_cli.failures import UsageFailure
from agir_cli.shipped import data_file
from agir_cli.usecases.consult import Record

WIDTH = 78
PLACES = (
    "personne", "dossier", "date", "le", "ofii_le", "fin", "raison", "departement", "courriel",
)  # fmt: skip
"""What a text may hold in braces."""

_OWN_CHOICE = (Motive.CONTRACT_REFUSED, Motive.STOPPED_BY_BENEFICIARY)


@cache
def texts() -> dict[str, list[str]]:
    """The paragraphs of each text of the page, by its name."""
    written = data_file("letter.txt").read_text("utf-8")
    read = re.sub(r"^#.*\n", "", written, flags=re.MULTILINE)
    _, *parts = re.split(r"^\[(.+)\]$", read, flags=re.MULTILINE)
    named = zip(parts[::2], parts[1::2], strict=True)
    return {name: text.strip("\n").split("\n") for name, text in named}


def lines(found: Record, today: date) -> Iterator[str]:
    """The page, as lines of 78 columns at most. Raises `UsageFailure`: none to a dead person."""
    closing = found.standing.state.closing
    if closing is not None and closing.motive is Motive.DEATH:
        raise UsageFailure("Pas de lettre à remettre : le dossier est clos pour décès.")
    places = _places(found, today)
    yield from (line.format_map(places) for line in texts()["tete"])
    yield ""
    for section, names in (
        ("decide", _decided(found)),
        ("qui", [_who(found)]),
        ("pourquoi", _why(found)),
        ("source", _sources(found)),
        ("suite", [_next(found)]),
        ("contact", ["courriel" if places["courriel"] else "accueil"]),
    ):
        yield from texts()[section]
        for paragraph in _paragraphs(section, names, places):
            yield from wrapped(paragraph, WIDTH) or [""]
        yield ""


def _paragraphs(section: str, names: Iterable[str], places: Mapping[str, str]) -> Iterator[str]:
    for name in names:
        if (text := texts().get(f"{section}.{name}")) is None:
            yield name  # a source: its own words
        else:
            yield from (paragraph.format_map(places) for paragraph in text)


def _places(found: Record, today: date) -> dict[str, str]:
    from agir_cli.store.reference import load_departments

    state, standing, person = found.standing.state, found.standing, found.person
    mailboxes = {known.code: known.mailbox for known in load_departments()}
    values = (
        " ".join(part for part in (person.get("prenoms"), person.get("nom")) if part),
        found.reference,
        french_day(today),
        _on(state.closing.on if state.closing else None),
        _on(state.ofii.on if state.ofii and not state.closing else None),
        french_until(standing.ends_by) if standing.ends_by is not None else "",
        found.words.get("motif_ofii") or "",
        state.department,
        mailboxes.get(state.department) or "",
    )
    return dict(zip(PLACES, values, strict=True))


def _on(day: PartialDate | None) -> str:
    return f" {french_on(day)}" if day else ""


def _declined(found: Record) -> bool:
    """Whether the person declined the orientation: their own choice, not a condition."""
    return found.standing.stage is Stage.DECLINED


def _rejected(found: Record) -> bool:
    ofii = found.standing.state.ofii
    return ofii is not None and not ofii.positive


def _doubted(found: Record) -> bool:
    """Whether the pre-check says no, and OFII has not let the person in."""
    return bool(found.standing.assessment.refusals) and not found.standing.state.admitted


def _decided(found: Record) -> list[str]:
    if found.standing.state.closing is not None:
        return ["ferme", "definitif" if found.standing.final else "non_definitif"]
    if _rejected(found):
        return ["non_valide"]
    if _declined(found):
        return ["decline"]
    if found.standing.ends_by is not None:
        return ["accompagne"]
    return ["conditions" if _doubted(found) else "ouvert"]


def _who(found: Record) -> str:
    state = found.standing.state
    if _declined(found):
        return "vous"
    if state.closing is not None:
        if state.closing.motive is Motive.NOT_ELIGIBLE:
            return "ofii"
        return "vous" if state.closing.motive in _OWN_CHOICE else "equipe"
    if state.ofii is not None:
        return "ofii"
    return "equipe_verifie" if _doubted(found) else "equipe"


def _why(found: Record) -> Iterable[str]:
    state = found.standing.state
    if state.closing is not None:
        return [state.closing.motive.value]
    if _declined(found):
        return ["decline"]
    if state.admitted:
        return ["admis"]
    missing = [finding.code for finding in criteria_findings(found.standing.assessment)]
    if _rejected(found):
        told = bool(found.words.get("motif_ofii"))
        return ["raison_ofii", *missing] if told else [*missing, "sans_raison_ofii"]
    incomplete = "incomplet" if found.standing.assessment.missing else "rien_ne_manque"
    return missing or [incomplete]


def _sources(found: Record) -> Iterable[str]:
    closing, assessment = found.standing.state.closing, found.standing.assessment
    if closing is not None and closing.motive is Motive.NOT_ELIGIBLE:
        return ["ofii"]
    if closing is not None and not found.standing.final:
        return ["aucune"]
    if closing is not None or _declined(found):
        return [f"{SOURCES['droit']}."]
    if _rejected(found) and not assessment.refusals:
        return ["ofii"]
    answers = assessment.refusals or assessment.answers
    return [f"{source}." for source in dict.fromkeys(a.source for a in answers)]


def _next(found: Record) -> str:
    closing = found.standing.state.closing
    if closing is not None:
        return "definitif" if found.standing.final else closing.motive.value
    if _rejected(found):
        return "non_valide"
    if _declined(found):
        return "decline"
    return "conditions" if _doubted(found) else "ouvert"
