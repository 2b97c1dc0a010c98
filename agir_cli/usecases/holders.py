"""Whoever already has this number or this name: how they stand, and whether they are the one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.dates import (
    Moment,
    PartialDate,
    french,
    french_day,
    from_edtf,
    may_be_the_same_day,
)
from agir_cli.domain.decisions.admission import Holder
from agir_cli.domain.events import Kind
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import (
    FORMER,
    NAMES,
    name_key,
    number_key,
)
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import Motive
from agir_cli.identity.evidence import Likeness, aligned, traits_words
from agir_cli.store.people import Holding, birth_of, former_values, written_values
from agir_cli.usecases.doubles import evidence
from agir_cli.usecases.ledger import Ledger


def same_birth(holding: Holding, command: Enroll) -> bool:
    """Whether both births could be one, or could before: an unknown one always could."""
    before = map(from_edtf, holding.was("date_naissance"))
    given = command.date_naissance
    return any(may_be_the_same_day(each, given) for each in (birth_of(holding), *before))


def is_them(h: Holding, command: Enroll) -> bool:
    """Whether the holder of a number is the person of this row: the number alone may be wrong.

    One name, or one birth that both say (civil status is rebuilt: names change), or a name that
    is fuller or spelled otherwise; else two persons have been given one number.
    """
    key = name_key(command.nom, command.prenoms)
    if h.key == key or key in h.former_keys:
        return True
    if not same_birth(h, command):
        return False
    both = command.date_naissance is not None and birth_of(h) is not None
    return both or any(_near(each, key) for each in (h.key, *h.former_keys))


def _near(one: str, other: str) -> bool:
    """Whether two names may be the same one, spelled otherwise or more fully."""
    found = aligned(traits_words(one), traits_words(other))
    return found.near is None and bool(found.same or found.joined)


def had_number(h: Holding, number: str | None) -> bool:
    """Whether a number was the holder's, and is no more."""
    return bool(number) and number_key(number or "") in h.former_keys


def agreed(h: Holding, command: Enroll) -> str:
    """What a row says that the holder was before (French): « ancien nom DIALLO »; or empty."""
    said = [FORMER["agdref"]] if had_number(h, command.agdref) else []
    if h.key != name_key(command.nom, command.prenoms):
        words = _words((command.nom, command.prenoms))
        said += [
            f"{FORMER[name]} {text}"
            for name in NAMES
            for text in dict.fromkeys(h.was(name))
            if not words.isdisjoint(_words([text])) and text != h.values.get(name)
        ]
    born, given = birth_of(h), command.date_naissance
    if born is not None and given is not None and not given.overlaps(born):
        before = map(from_edtf, h.was("date_naissance"))
        said += [f"ancienne naissance {french(day)}" for day in before if given.overlaps(day)][:1]
    return ", ".join(said)


def changed_values(command: Enroll, holding: Holding) -> dict[str, str | None]:
    """The stored texts of a person that a row says otherwise than they are; None: erased."""
    given = written_values(command)
    changed: dict[str, str | None] = {
        name: text for name, text in given.items() if not _same(name, holding, text, command)
    }
    for name in command.efface:
        if holding.values.get(name) is not None:
            changed[name] = None
    return changed


def _same(name: str, holding: Holding, text: str, command: Enroll) -> bool:
    known = holding.values.get(name)
    if name == "date_naissance" and command.date_naissance is not None:
        recorded = birth_of(holding)
        return recorded is not None and command.date_naissance.covers(recorded)
    if name == "agdref" and known is not None:  # the fuller spelling is kept
        return number_key(known) == number_key(text) and len(known) >= len(text)
    if name == "telephone" and known is not None:  # kept with 0033 before
        return known == text or known == f"0033{text[1:]}"
    return known == text


def not_them(ledger: Ledger, dossier: str, said: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Why a dossier is not that of the person a row describes (``said``: values by field).

    The number decides where both have one. Else a name that shares no word with any that the
    person has or had, or a birth that cannot be the recorded one, unless the other of the two
    agrees: names are transliterated in several ways, and births corrected.
    """
    known = ledger.holding(dossier)
    if known is None:
        return ()
    differs = _differing(ledger, known.person, known.values, said)
    if "agdref" in differs:
        return _stranger(ledger, dossier, ["agdref"])
    if said.get("agdref") and known.values.get("agdref"):
        return ()
    key = name_key(said.get("nom"), said.get("prenoms"))
    agrees = ("nom" not in differs and key == known.key) or _born_the_same(known.values, said)
    return () if agrees else _stranger(ledger, dossier, differs)


def somebody_else(ledger: Ledger, h: Holding, said: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Why a row that corrects a person by their dossier is about another one.

    Two things differ; or the name does, and nothing else is there to say that it is put right, or
    it is that of somebody else whom the file knows.
    """
    differs = _differing(ledger, h.person, h.values, said)
    if differs == ["nom"]:
        whole = bool(said.get("nom") and said.get("prenoms"))
        numbered = bool(said.get("agdref") and h.values.get("agdref"))
        if whole and not numbered and not _born_the_same(h.values, said):
            differs.append("prenoms")
    if differs == ["nom"]:
        _, others = ledger.holders(None, name_key(said.get("nom"), said.get("prenoms")))
        differs += ["prenoms"] if any(each.person != h.person for each in others) else []
    return _stranger(ledger, h.dossier, differs) if len(differs) > 1 else ()


def _stranger(ledger: Ledger, dossier: str, differs: list[str]) -> tuple[Finding, ...]:
    if not differs:
        return ()
    told = "diffère : " + ", ".join(FIELDS[name].label for name in differs)
    reference = ledger.state(dossier).reference
    return (finding("autre_personne", told, field=differs[0], dossier=reference),)


def _differing(
    ledger: Ledger, person: str, known: Mapping[str, str | None], said: Mapping[str, Any]
) -> list[str]:
    """What a row says of a person that cannot be so: their number, name, birth."""
    number, text = said.get("agdref"), known.get("agdref")
    differs = ["agdref"] if number and text and number_key(number) != number_key(text) else []
    words = set(name_key(said.get("nom"), said.get("prenoms")).split())
    if words and words.isdisjoint(_names(known)) and _foreign(ledger, person, known, words):
        differs.append("nom")
    birth, text = said.get("date_naissance"), known.get("date_naissance")
    if birth is not None and text and not birth.overlaps(from_edtf(text)):
        differs.append("date_naissance")
    return differs


def _foreign(ledger: Ledger, person: str, known: Mapping[str, str | None], words: set[str]) -> bool:
    """Whether no name of the person, past ones included, is spelled like these words."""
    former = _former(ledger, person)
    if not words.isdisjoint(former):
        return False
    written = " ".join(sorted(words))
    return not _near(written, " ".join(_names(known))) and not _near(written, " ".join(former))


def _born_the_same(known: Mapping[str, str | None], said: Mapping[str, Any]) -> bool:
    birth, text = said.get("date_naissance"), known.get("date_naissance")
    return birth is not None and text is not None and birth.overlaps(from_edtf(text))


def _names(known: Mapping[str, str | None]) -> set[str]:
    return _words(known.get(name) for name in NAMES)


def _words(names: Iterable[str | None]) -> set[str]:
    return {word for name in names if name for word in name_key(name, None).split()}


def _former(ledger: Ledger, person: str) -> set[str]:
    """Every word of the names that the person has had."""
    former = former_values(ledger.connection, person)
    return _words(text for field, text, *_ in former if field in NAMES)


def holder_of(
    ledger: Ledger, h: Holding, command: Enroll, asked: date, likeness: Likeness | None = None
) -> Holder:
    """What a decision about this row, asked on that day, has to know of a dossier.

    ``likeness``: how its person and that of the row are alike, where that was weighed.
    """
    over = term_reached(h, asked)
    before = agreed(h, command)
    alike = f" ; {evidence(likeness)}" if likeness else ""
    return Holder(
        reference=h.reference,
        open=h.stage != "clos",
        used_up=h.final or over,
        same_name=is_them(h, command),
        told=told_of(ledger, h, over) + alike + (f" ; concorde : {before}" if before else ""),
        had_number=had_number(h, command.agdref),
    )


def term_reached(h: Holding, asked: date) -> bool:
    """Whether the two years were certainly over on the day of a request.

    They run on after a transfer, as after a death recorded by mistake.
    """
    return h.ends_by is not None and from_edtf(h.ends_by).latest < asked


def asked_on(command: Enroll, acts: Iterable[Command], today: date) -> date:
    """The first day that a row gives to a request or to what followed it; today where none."""
    days = [command.date_orientation, command.date_decision]
    days += [getattr(act, act.day) for act in acts if act.day is not None]
    return min((first_day(day) for day in days if day is not None), default=today)


def first_day(day: PartialDate | Moment) -> date:
    """The first day that a date or an appointment may be."""
    return day.day if isinstance(day, Moment) else day.earliest


def told_of(ledger: Ledger, h: Holding, over: bool) -> str:
    """How a dossier stands, for a sentence (French); ``over``: its two years are used up."""
    if h.linked is not None:
        return f"relié au dossier {h.linked}, dont le droit est épuisé"
    if over or h.stage == "clos":
        return told_of_end(h, over)
    opening = next((e for e in ledger.events(h.dossier) if e.kind is Kind.DOSSIER_OPENED), None)
    if opening is None:
        return "dossier ouvert"
    recorded = from_edtf(opening.recorded_at[:10]).earliest
    return f"dossier ouvert, saisi par {opening.author} le {french_day(recorded)}"


def told_of_end(h: Holding, over: bool) -> str:
    """How a dossier ended, for a sentence (French)."""
    if over:
        return f"terme des deux ans atteint ({french(from_edtf(h.ends_by or ''))})"
    motive = Motive(h.motive).label if h.motive else "clos"
    day = french(from_edtf(h.closed_on)) if h.closed_on else "jour inconnu"
    return f"{motive}, {day}"


def of_earlier(earlier: Iterable[Holding]) -> Iterator[Finding]:
    """What dossiers that ended freely leave to be looked at: two years begun, a death."""
    for holding in earlier:
        if holding.ends_by is not None:
            until = french(from_edtf(holding.ends_by))
            yield finding("duree_entamee", dossier=holding.reference, fin=until)
        if holding.motive == Motive.DEATH:
            yield finding("deces_enregistre", dossier=holding.reference)
