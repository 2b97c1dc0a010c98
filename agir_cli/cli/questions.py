"""How each field is asked, as data: question, group, choices; and what an act asks first.

A field without a line in `data/questions.csv` is asked by its label, among the rest.
"""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from agir_cli.cli.prompt import asked, line, nth, say_numbered, speak
from agir_cli.domain import commands as c
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import Code, Motive, normalise
from agir_cli.shipped import data_file

if TYPE_CHECKING:
    from agir_cli.cli.session import Session
    from agir_cli.store.lookup import Candidate

BACK, HELP, NOTHING, MORE = "<", "?", "-", "+"
MANY = 24
"""So many offices, référents or dossiers are listed at most: the others are found by their name."""

SAYING_MORE = (c.Enroll, c.SetSituation, c.Designate)
"""The acts that a dossier and a day alone do not say."""


def incomplete(of: type[c.Command], given: Mapping[str, str | None]) -> bool:
    """Whether something required is missing that somebody can be asked for.

    A day alone is not missing, since it is today's then.
    """
    said = {name for name, text in given.items() if text}
    if of in SAYING_MORE:
        missing = not said - {"dossier", of.day or ""} or not said & {"dossier", "nom", "prenoms"}
    elif of is c.DecideLiaison and not said & {"dossier", "agdref", "nom", "listing"}:
        missing = True
    else:
        missing = any(n not in said for n in c.required_names(of) if not is_day(of, n))
    return (missing or _ALL in click.get_current_context().meta) and asked()


_ALL = "agir.form"
"""The mark of a command of which all is asked, whatever it could do without."""


def open_form(typed: str) -> None:
    """Open the form of a command that a screen proposes: its verb and its dossier are kept.

    ``typed``: « agir contract book 44-0042 --on JOUR »; a command that has no form is run as it is.
    """
    words = shlex.split(typed)[1:]
    options = [at for at, each in enumerate(words) if each.startswith("--")]
    kept = words[: options[0]] if options else words
    if "--dossier" in words:
        kept += words[words.index("--dossier") :][:2]
    root = click.get_current_context().find_root()
    root.meta[_ALL] = True
    name, command = None, root.command
    while isinstance(command, click.Group):
        name, found, kept = command.resolve_command(root, kept)
        assert found is not None  # the screen proposes commands that exist
        command = found
    with command.make_context(name, kept, parent=root) as opened:
        command.invoke(opened)


def is_day(of: type[c.Command], name: str) -> bool:
    """Whether a field is the day of an act, without an hour."""
    return name == of.day and FIELDS[name].type.name == "date"


class Question(NamedTuple):
    """How a field is asked: its group, the answer that it depends on, its words, its help."""

    name: str
    group: str
    when: str
    text: str
    help: str


def question(name: str) -> Question:
    """The question of a field: that of the table, else its label."""
    field = FIELDS[name]
    return questions().get(name) or Question(name, "", "", field.label, field.help)


@cache
def questions() -> dict[str, Question]:
    """The questions that fields have, in their order."""
    return {row[0]: Question(*row) for row in _rows("questions.csv")}


@cache
def forms() -> dict[str, list[str]]:
    """What each act asks: its name, its title, its first fields, those that it never asks."""
    return {row[0]: row for row in _rows("forms.csv")}


def _rows(name: str) -> list[list[str]]:
    with data_file(name).open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file)][1:]


class Choice(NamedTuple):
    """An answer that a list proposes: what is recorded, and its words."""

    text: str
    words: str


def codes_of(type_: Any) -> type[Code] | None:
    """The codes of a type that has a closed list of them."""
    arguments = getattr(type_.read, "args", ())
    found = arguments[0] if arguments else None
    return found if isinstance(found, type) and issubclass(found, Code) else None


def picked(choices: Sequence[Choice], text: str, *, several: bool) -> str:
    """The answer that numbers of a list mean; "" where the text is no number of it."""
    numbers = re.split(r"[+,; ]+", text) if several else [text]
    found = [nth(choices, number) for number in numbers]
    return "+".join(each.text for each in found if each) if all(found) else ""


def begun_in(choices: Sequence[Choice], text: str) -> list[Choice]:
    """The answers of a list of which a word begins with a text: « Rez » is « Centre – Rezé »."""
    begun = normalise(text)
    words = {each: re.split(r"[^\w-]+", each.words) for each in choices}
    return [each for each, some in words.items() if begun and any(
        normalise(word).startswith(begun) for word in some)]  # fmt: skip


def fields_meant(names: Iterable[str], text: str) -> list[str]:
    """The fields whose question, label or name begins with a word."""
    word = normalise(text)
    said = {name: (name, question(name).text, FIELDS[name].label) for name in names}
    return [
        n for n, each in said.items() if word and any(normalise(w).startswith(word) for w in each)
    ]


def sample_of(name: str, today: date) -> str:
    """An answer that no rule refuses by itself, in the place of one not given yet."""
    type_ = FIELDS[name].type
    codes = codes_of(type_)
    if codes is not None:
        return str(Motive.MISTAKE if codes is Motive else next(iter(codes)))
    return "-" if type_.name == "text" else today.isoformat()


def whom(session: Session, text: str = "") -> Candidate | None:
    """The dossier that somebody means, asked until it is one; None where they go back."""
    from agir_cli.cli.session import visitor_of
    from agir_cli.usecases import consult

    listed: list[Candidate] = []
    while True:
        text = text or line(
            "Votre choix (un numéro, ou un autre nom) : " if listed
            else "Quel dossier ? (référence, nom ou téléphone) : "
        )  # fmt: skip
        if text == BACK:
            return None
        if text in ("", HELP):
            speak(f"  {question('dossier').help}")
        elif listed and text.isdecimal() and 0 < int(text) <= len(listed):
            return listed[int(text) - 1]
        else:
            found, near = consult.meant(visitor_of(session), text)
            speak(*(f"  {each}" for each in near))
            listed = found[:MANY] if len(found) > 1 else []
            if len(found) == 1:
                return found[0]
            if listed:
                speak(f"  « {text[:40]} » désigne {len(found)} dossiers :")
                say_numbered([identified(each) for each in listed])
        text = ""


def identified(found: Candidate) -> str:
    """A dossier with its person and the birth that tells them apart."""
    from agir_cli.domain.dates import french_on, from_edtf

    name, _, stage = str(found).partition("  (")
    born = found.date_naissance and f", né(e) {french_on(from_edtf(found.date_naissance))}"
    return f"{name}{born}{f'  ({stage}' if stage else ''}"


_SOMEBODY_ELSE = "Inscrire une autre personne du ménage ? (o/N, ou des enfants : 2014 2016) : "


def somebody_else(session: Session, reference: str) -> bool:
    """Whether another person of the household has a dossier; its children are noted by the year."""
    from agir_cli.cli.session import reading_for, visitor_of
    from agir_cli.domain.values import Malformed
    from agir_cli.usecases.members import join

    while True:
        text = line(_SOMEBODY_ELSE)
        answer = normalise(text)
        if answer in ("o", "oui"):
            return True
        if answer in ("", "n", "non"):
            return False
        try:
            years = FIELDS["naissances_enfants"].type.read(text, reading_for(session))
        except Malformed as fault:
            speak(f"  {fault.wrong}. Répondez o, n, ou des années : 2014 2016.")
            continue
        found = join(visitor_of(session), reference, (), years)
        speak(f"  Noté : {', '.join(found.children)} ; {found.persons} personnes dans ce ménage.")
