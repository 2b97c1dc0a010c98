"""`agir message`: the text of an SMS or a mail, which the team sends itself.

A message is read by whoever holds the telephone: it says nothing of what the person is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.cli.commands.letter import (
    DRY_RUN,
    FOLDER,
    GROUP,
    LANGUAGE,
    OFFICE,
    WORDS_TYPED,
    Left,
    asked,
    chosen,
    second_language,
    whose,
)
from agir_cli.cli.groups import Commands, option
from agir_cli.cli.options import made as declared
from agir_cli.cli.paper import BLANKS, CASES, KEYS, languages_of, remedy, unwelcome, values_of
from agir_cli.cli.session import Session, visitor_of
from agir_cli.domain.vocabulary import Contact, Paper
from agir_cli.exchange.letters import ARABIC_OR_HEBREW, grouped
from agir_cli.exchange.templates import FRENCH, Templates, filled
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import not_admitted
from agir_cli.reports.sheet import Data, Sheet, columns, prose
from agir_cli.reports.texts import plural
from agir_cli.usecases.consult import Record
from agir_cli.usecases.single import papers_made

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed

app = Commands()


@declared(app, "message", printed=True)
def message(
    session: Session,
    printed: Printed,
    *,
    words: tuple[str, ...] = WORDS_TYPED,
    group: str | None = GROUP,
    office: str | None = OFFICE,
    canal: str | None = option("CANAL", "sms ou mail ; sinon ce que la personne a et souhaite."),
    langue: str | None = LANGUAGE,
    dry_run: bool = DRY_RUN,
) -> int:
    """Écrire le texte d'un SMS ou d'un mail, que l'équipe envoie : agir n'envoie rien.

    Pour convocation, rappel et nouveau-rdv. Le texte ne dit rien du statut de la personne : un
    message se lit par d'autres.

    Exemples :
      agir message rappel 44-0042
      agir message rappel --for "diagnostics du 16/10 au 20/10" --format csv --output sms.csv
    """
    kind, refs = asked(words, group)
    form = printed.form
    if canal not in (None, "sms", "mail"):
        raise not_admitted("Le canal", canal or "", ["sms", "mail"])
    templates = Templates(session.db.parent / FOLDER, KEYS, CASES)
    second = second_language(langue, templates, kind)
    if templates.need(kind.value).section("sms") == ():
        raise UsageFailure(f"Le modèle « {kind.value} » n'a pas de message : sa partie [sms].",
                           "Il y en a pour : convocation, rappel, nouveau-rdv.")  # fmt: skip
    made: list[tuple[Record, Message]] = []
    left = Left(session)
    for found in chosen(session, kind, refs, left, group, office):
        told = message_of(kind, found, session.today, templates, canal, second)
        if isinstance(told, Message):
            made.append((found, told))
        else:
            left.add(found, *told)
    left.say()
    if made and not dry_run:
        for channel in ("sms", "mail"):
            to = [found.standing.state.id for found, told in made if told.channel == channel]
            if to:
                papers_made(visitor_of(session), to, kind, channel)
        from agir_cli.cli.render import show

        show(session, _messages(made), form)
    return left.code(made, group)


class Message(NamedTuple):
    """A text to be sent by the team: its channel (« sms », « mail »), to whom, in what it says."""

    channel: str
    to: str
    languages: str
    subject: str
    text: str

    @property
    def coding(self) -> str:
        """How an SMS is coded; empty for a mail."""
        if self.channel != "sms":
            return ""
        return "GSM-7" if all(c in _GSM or c in _GSM_TWICE for c in self.text) else "UCS-2"

    @property
    def parts(self) -> int | None:
        """How many SMS it makes; None for a mail."""
        if not self.coding:
            return None
        if self.coding == "GSM-7":
            length, alone, each = len(self.text) + sum(c in _GSM_TWICE for c in self.text), 160, 153
        else:
            length, alone, each = len(self.text.encode("utf-16-le")) // 2, 70, 67
        return 1 if length <= alone else -(-length // each)


# The alphabet of 3GPP TS 23.038; a sign of the second takes the place of two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")
_TOLD = (
    r"(?i)\b(agir|r[ée]fug(?:i|ee)\w*|ofii|ofpra|asile|asylum|bpi|protection|titre de s[ée]jour"
    r"|cada|huda|cph|\w*(?:لاجئ|لجوء|پناهند|پناهجو|کډوال|бежен|біжен)\w*)\b"
)
"""What would tell whoever reads the telephone what the person is."""


def message_of(
    kind: Paper, found: Record, today: date, templates: Templates, channel: str | None, second: str
) -> Message | tuple[str, str]:
    """The message of a dossier, or why there is none and what makes it possible."""
    told = _channel(found, channel)
    if isinstance(told, tuple):
        return told
    own, _ = languages_of(found, kind.value, templates)
    codes = [FRENCH, *filter(None, [own if second == "auto" else second])]
    blanks: set[str] = set()

    def text(section: str) -> str:
        every = (_one(kind, found, today, templates, code, section, blanks) for code in codes)
        told = ("\n\n" if section == "mail" else " / ").join(filter(None, every))
        return grouped(told) if ARABIC_OR_HEBREW.search(told) else told

    body, subject = text(told), text("objet") if told == "mail" else ""
    if blanks:
        lacking = ", ".join(BLANKS.get(key, key) for key in sorted(blanks))
        return f"il manque : {lacking}", remedy(min(blanks), found, today)
    revealing = re.search(_TOLD, f"{subject} {body}")
    if revealing:
        return (f"le texte dit « {revealing[0]} », et un message se lit par d'autres",
                f"agir letter --edit {kind.value}")  # fmt: skip
    to = found.person.get("telephone" if told == "sms" else "courriel") or ""
    return Message(told, to, "+".join(codes), subject, body)


def _channel(found: Record, asked: str | None) -> str | tuple[str, str]:
    """By what a person can and will be reached, or why they are not."""
    why = ("ni téléphone mobile ni courriel n'est connu",
           f"agir enroll --dossier {found.reference} --telephone NUMÉRO")  # fmt: skip
    for channel, by, field in (
        ("sms", Contact.SMS, "telephone"),
        ("mail", Contact.MAIL, "courriel"),
    ):
        if asked not in (None, channel):
            continue
        to = found.person.get(field)
        if unwelcome(found, by):
            why = (f"ne souhaite pas de {channel}", "")
        elif to and (channel == "mail" or _is_mobile(to)):
            return channel
        elif asked == "sms" and to:
            why = ("le téléphone n'est pas un mobile", "")
    return why


def _is_mobile(number: str) -> bool:
    """Whether a number takes an SMS: a French one begins with 06 or 07; abroad, nobody knows."""
    return number.startswith(("06", "07", "00336", "00337")) or (
        number.startswith("00") and not number.startswith("0033")
    )


def _one(
    kind: Paper, found: Record, today: date, templates: Templates, language: str, section: str,
    blanks: set[str],
) -> str:  # fmt: skip
    """One text of a message in one language; empty where the template has none."""
    template = templates.get(kind.value, language)
    lines = template.section(section) if template else ()
    values = values_of(found, today, templates, language) if lines else {}
    return ("\n" if section == "mail" else " ").join(
        one for line in lines for one in filled(line, values, blanks)
    )


def _messages(made: Sequence[tuple[Record, Message]]) -> Sheet:
    """The messages: for people one under the other, for the team's sender a row each."""
    names = ("dossier", "nom", "prenoms", "canal", "destinataire", "langue", "objet", "texte",
             "caracteres", "codage", "parties")  # fmt: skip
    rows = [
        (found.reference, found.person.get("nom"), found.person.get("prenoms"), m.channel, m.to,
         m.languages, m.subject, m.text, len(m.text), m.coding, m.parts)
        for found, m in made
    ]  # fmt: skip
    sections = []
    for found, m in made:
        size = f"{len(m.text)} caractères"
        if m.parts:
            size += f", {m.parts} SMS ({m.coding})"
        texts = [f"Objet : {m.subject}"] if m.subject else []
        heading = f"{whose(found)} — {m.channel} : {m.to}"
        sections.append(prose(heading, [*texts, *m.text.split("\n"), f"({size})"]))
    return Sheet(
        title=f"{len(made)} {plural(len(made), 'message')} à envoyer par l'équipe",
        sections=sections, data=Data(columns(names), rows),
    )  # fmt: skip
