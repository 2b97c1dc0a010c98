"""`agir letter`: papers to hand over or to post, one page each, in the team's own words."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, dossiers_named, flag, option, word
from agir_cli.cli.options import made as declared
from agir_cli.cli.paper import (
    BLANKS,
    CASES,
    KEYS,
    Written,
    obstacle,
    remedy,
    unwelcome,
    write_paper,
)
from agir_cli.cli.screen import is_terminal, say, short_date, tell
from agir_cli.cli.session import Session, exact_day, visitor_of
from agir_cli.domain.causes import BOOKINGS
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import Contact, Paper, normalise, read_code
from agir_cli.exchange.letters import FORMATS, refuse_missing, write_letters
from agir_cli.exchange.outputs import open_output
from agir_cli.exchange.templates import FRENCH, TEAM, WORDS, Templates
from agir_cli.failures import UsageFailure, reason_of
from agir_cli.reports.field_words import shown
from agir_cli.reports.selection import not_admitted
from agir_cli.reports.sheet import Data, Section, Sheet, columns, prose
from agir_cli.reports.texts import full_name, plural
from agir_cli.usecases.consult import Record, office_code, record_of
from agir_cli.usecases.single import papers_made

if TYPE_CHECKING:
    from agir_cli.cli.render import Form, Printed
    from agir_cli.store.driver import Connection

app = Commands()
FOLDER = "lettres"
"""Where a team keeps its templates, its logo and its fonts: beside its file."""

GROUP = option(
    "QUI", "Un groupe : « diagnostics du 16/10 au 20/10 », « contrats du 17/10 ».", "--for"
)
OFFICE = option("BUREAU", "De ce groupe, les rendez-vous de ce bureau.", "--bureau")
WORDS_TYPED = word("PAPIER REF...", "Le papier, puis les dossiers", nargs=-1)
LANGUAGE = option("CODE", "La seconde langue : en, ar… ; « aucune » : le français.")
DRY_RUN = flag("Dire ce qui serait produit ; rien n'est écrit.")


@declared(
    app, "letter", printed=True, formats="plain, html, docx ou pdf ; json, csv, markdown aussi."
)
def letter(
    session: Session,
    printed: Printed,
    *,
    words: tuple[str, ...] = WORDS_TYPED,
    group: str | None = GROUP,
    office: str | None = OFFICE,
    langue: str | None = LANGUAGE,
    en_main: bool = flag("À remettre en main propre : sans l'adresse."),
    edit: bool = flag("Ouvrir le modèle de l'équipe : ses mots, son logo, sa signature."),
    dry_run: bool = DRY_RUN,
) -> int:
    """Écrire un papier pour une personne : une page à imprimer, en français et dans sa langue.

    Les papiers : convocation, rappel, nouveau-rdv, contrat, decision, bilan, attestation. Les
    pages se plient pour une enveloppe à fenêtre. Rien n'est envoyé ; le journal note qu'un papier
    est fait, sans ce qu'il dit.

    Exemples :
      agir letter convocation 44-0042 --output convocation.html
      agir letter convocation --for "diagnostics du 16/10 au 20/10" --output semaine.pdf
      agir letter convocation --for "diagnostics de demain" --bureau Rezé --output demain.html
      agir letter decision 44-0042 --en-main
      agir letter --edit equipe
    """
    if edit:
        return _edit(session, words, langue)
    kind, refs = asked(words, group)
    return write(
        session, printed, kind, refs, group=group, office=office, langue=langue, en_main=en_main,
        dry_run=dry_run,
    )  # fmt: skip


def write(
    session: Session, printed: Printed, kind: Paper, refs: Sequence[str], *,
    group: str | None = None, office: str | None = None, langue: str | None = None,
    en_main: bool = False, dry_run: bool = False,
) -> int:  # fmt: skip
    """Write a paper for these dossiers, or for a group; the exit code."""
    form = _form(printed)
    templates = Templates(session.db.parent / FOLDER, KEYS, CASES)
    second = second_language(langue, templates, kind)
    made: list[tuple[Record, Written]] = []
    left = Left(session)
    for found in chosen(session, kind, refs, left, group, office):
        if not en_main and unwelcome(found, Contact.POST):
            left.add(found, "ne souhaite pas de courrier", "à remettre : --en-main")
            continue
        page = write_paper(kind, found, session.today, templates, handed=en_main, second=second)
        made.append((found, page))
    left.say()
    _say_unknown(session, kind, made, by_post=not en_main)
    if made and not dry_run:
        pages = [page for _, page in made]
        title = kind.label if len(pages) > 1 else pages[0].letter.texts[0].title
        note = partial(
            papers_made, visitor_of(session), [found.standing.state.id for found, _ in made], kind,
            "remis" if en_main else "courrier",
        )  # fmt: skip
        _hand_out(session, pages, title, templates, form, note)
    return left.code(made, group)


# --- for whom ----------------------------------------------------------------------------


def asked(words: Sequence[str], group: str | None) -> tuple[Paper, Sequence[str]]:
    known = [kind.value for kind in Paper]
    if not words:
        raise UsageFailure("Quel papier ?", f"Les papiers : {', '.join(known)}",
                           "Par exemple : agir letter convocation 44-0042")  # fmt: skip
    typed, refs = words[0], list(dict.fromkeys(dossiers_named(words[1:])))
    begun = [kind for kind in Paper if normalise(kind.value).startswith(normalise(typed) or "?")]
    kind = read_code(Paper, typed, {}) or (begun[0] if len(begun) == 1 else None)
    if kind is None:
        raise not_admitted("Le papier", typed, known)
    if not refs and not group:
        raise UsageFailure(f"Pour qui ? {kind.label} : donnez un dossier, ou --for.",
                           f"Par exemple : agir letter {kind.value} 44-0042")  # fmt: skip
    if refs and group:
        raise UsageFailure("Un groupe (--for) ou des dossiers : gardez l'un des deux.")
    return Paper(kind), refs


_GROUPS = {
    **{name: each.step for each in BOOKINGS.values() for name in (each.step, each.nature)},
    "contract": "contrat", **dict.fromkeys(("rendez-vous", "rdv", "appointment", "tous"), ""),
}  # fmt: skip
_GROUP = re.compile(
    r"([\w-]+?)s?(?:\s+(?:du|de|d'|from|le|on|au|pour)?\s*(.+?))?"
    r"(?:\s+(?:au|à|jusqu'au|to|until|-)\s+(.+))?", re.IGNORECASE,
)  # fmt: skip


def _group(session: Session, text: str) -> tuple[str, date, date]:
    """Which appointments, and of which days: « diagnostics du 16/10 au 20/10 »."""
    found = _GROUP.fullmatch(" ".join(text.split()))
    known = found and (found[1].lower(), f"{found[1]}s".lower())
    name = next((k for k in known or () if k in _GROUPS), None)
    if found is None or name is None or not found[2]:
        raise UsageFailure(
            f"--for : « {text[:60]} » ne se lit pas.",
            "On écrit : diagnostics du 16/10 au 20/10, contrats du 17/10, rendez-vous de demain",
        )
    first = _near(session, found[2])
    last = _near(session, found[3]) if found[3] else first
    if last < first:
        raise UsageFailure("--for : la période finit avant de commencer.")
    return _GROUPS[name], first, last


def _near(session: Session, text: str) -> date:
    """A day, of the year that is nearest where none is said."""
    today, short = session.today, re.fullmatch(r"\s*(\d{1,2})[/.-](\d{1,2})\s*", text)
    if short is None:
        return exact_day(text, today, "--for", "Par exemple : diagnostics du 16/10 au 20/10")
    days = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            days.append(date(year, int(short[2]), int(short[1])))
        except ValueError:
            continue
    if not days:
        raise UsageFailure(f"--for : « {text.strip()} » n'existe pas.")
    return min(days, key=lambda day: abs((day - today).days))


class Left:
    """The dossiers for which nothing is made: why, and what makes it possible."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: list[str] = []

    def add(self, found: Record, why: str, remedy: str = "") -> None:
        """Leave a dossier."""
        told = f"{whose(found)} : {why}"
        self._told.append(f"{told} ; {remedy}" if remedy else told)

    def say(self) -> None:
        """Say which were left, each with its command."""
        if self._told:
            tell(f"Rien n'est écrit pour {len(self._told)} {plural(len(self._told), 'dossier')} :",
                 *(f"  {each}." for each in self._told), stream=sys.stderr)  # fmt: skip

    def code(self, made: Sequence[object], group: str | None) -> int:
        """The exit code: in a group, one who cannot or will not be written to stops nothing."""
        return 0 if not self._told or (group and made) else 5 if made else 3


def whose(found: Record) -> str:
    name = full_name(found.person.get("nom"), found.person.get("prenoms"))
    return f"{found.reference} {name}"


def chosen(
    session: Session, kind: Paper, refs: Sequence[str], left: Left, group: str | None,
    office: str | None,
) -> Iterator[Record]:  # fmt: skip
    """The dossiers asked for, for which the paper can be made; of a group, at this office."""
    if office and not group:
        raise UsageFailure("--bureau choisit dans un groupe : il va avec --for.")
    at = office_code(visitor_of(session), office) if office else None
    from agir_cli.store.file import consulting
    from agir_cli.store.lookup import find_one

    nature, first, last = _group(session, group) if group else ("", session.today, session.today)
    with consulting(session.db) as connection:
        ids = (
            _booked(connection, session.today, nature, first, last, at)
            if group
            else list(dict.fromkeys(find_one(connection, ref) for ref in refs))
        )
        records = [record_of(connection, each) for each in ids]
    if group and not records:
        say(session, f"Aucun rendez-vous à venir de ce groupe, du {short_date(first)} au"
            f" {short_date(last)}{f', au bureau {at}' if at else ''}.")  # fmt: skip
    for found in records:
        hindrance = obstacle(kind, found, session.today)
        if hindrance is None:
            yield found
        else:
            left.add(found, *hindrance)


def _booked(
    connection: Connection, today: date, nature: str, first: date, last: date, at: str | None
) -> list[str]:
    """The dossiers awaited in a period, at an office, in the order of their appointments."""
    from agir_cli.reports import agenda

    wanted = next((each.nature for each in BOOKINGS.values() if each.step == nature), None)
    found = agenda.appointments(connection, today, agenda.Period(first, last))
    coming = [e for e in found if e.etat == agenda.PLANNED and wanted in (None, e.nature)]
    coming = [e for e in coming if at in (None, e.bureau)]
    coming.sort(key=lambda e: (e.date, e.heure or "", e.dossier))
    return list(dict.fromkeys(entry.key.partition(" ")[0] for entry in coming))


# --- what goes out -----------------------------------------------------------------------


def second_language(langue: str | None, templates: Templates, kind: Paper) -> str:
    """The second language asked for: its code, « » for none, « auto » for the person's."""
    if langue is None:
        return "auto"
    code = langue.strip().lower()
    if code in ("aucune", "non", FRENCH):
        return ""
    if templates.get(kind.value, code) is None:
        raise UsageFailure(
            f"Le papier « {kind.value} » n'existe pas dans la langue « {code} ».",
            f"À écrire par l'équipe : agir letter --edit {kind.value} --langue {code}",
        )
    return code


def _form(printed: Printed) -> Form:
    """The form asked for: that of every list, or a page of its own."""
    from agir_cli.cli.render import Form

    ending = (printed.output or "").rpartition(".")[2].lower()
    asked = printed.format or (ending if ending in FORMATS else "")
    if asked not in FORMATS:
        form = printed.form
        return form._replace(format="plain") if form.drawn else form
    if printed.excel or printed.columns:
        raise UsageFailure(f"--excel et --columns ne s'appliquent pas au format {asked}.")
    if ending in FORMATS and ending != asked:
        raise UsageFailure(f"« {printed.output} » porte le nom d'un autre format que {asked}.")
    refuse_missing(asked)
    form = Form(asked, printed.output, printed.overwrite)
    if not form.to_file and is_terminal():
        raise UsageFailure(f"Une page {asked} ne s'affiche pas ici.",
                           f"Ajoutez : --output papier.{asked}")  # fmt: skip
    form.refuse_existing()
    return form


def _hand_out(
    session: Session, pages: Sequence[Written], title: str, templates: Templates, form: Form,
    note: Callable[[Callable[[], None]], None],
) -> None:  # fmt: skip
    """Note the papers in the journal and write them: a file is there if and only if it is noted."""
    from agir_cli.cli.render import place, say_written, show

    if form.format not in FORMATS:
        hand_over: Callable[[], None] = partial(show, session, _sheet(pages), form)
    else:
        whole = BytesIO()
        letters = [page.letter for page in pages]
        write_letters(letters, title, templates.logo, form.format, whole, templates.folder)

        def hand_over() -> None:
            with place(form) as out:
                out.write(whole.getvalue())

    if form.to_file:
        note(hand_over)
    elif form.format not in FORMATS and is_terminal():  # looked at, before it is made
        hand_over()
        say(session, "À l'écran seulement : le journal n'en note rien. Pour le papier : --output")
    else:  # who reads a pipe may be slow: the file is let go of first
        note(lambda: None)
        hand_over()
    if form.format in FORMATS:
        say_written(form, len(pages), "page")
    texts = (text for page in pages for text in page.letter.texts if text.needs_a_font)
    if form.format in ("html", "docx") and (codes := sorted({text.language for text in texts})):
        say(session, f"À regarder avant d'imprimer (langue : {', '.join(codes)}) : des carrés vides"
            " diraient qu'il manque une police à cet ordinateur.")  # fmt: skip


def _sheet(pages: Sequence[Written]) -> Sheet:
    """The pages as text, for a screen or a program."""
    sections: list[Section] = []
    rows: list[tuple[str, str]] = []
    several = len(pages) > 1
    for page in pages:
        for text in page.letter.texts:
            heads = [text.title] if several or text.language != FRENCH else []
            if heads:
                sections.append(prose(text.title.upper(), text.head))
            for part in text.parts:
                sections.append(prose(part.title, part.lines))
                rows += [(part.title, line) for line in part.lines]
    first = pages[0].letter.texts[0]
    return Sheet(
        title="" if several else first.title, notes=[] if several else list(first.head),
        sections=sections, data=Data(columns(("rubrique", "texte")), rows),
    )  # fmt: skip


def _say_unknown(
    session: Session, kind: Paper, made: Sequence[tuple[Record, Written]], *, by_post: bool
) -> None:
    """Say what the pages do not know, and what makes it known; who has no address, no language."""

    def listed(some: Iterable[Record]) -> str:
        return ", ".join(map(whose, some))

    for key in sorted({key for _, page in made for key in page.blanks}):
        some = [found for found, page in made if key in page.blanks]
        command = remedy(key, some[0], session.today)
        label = FIELDS[key].label if key in FIELDS else BLANKS.get(key, key)
        which = "toutes les pages" if len(some) == len(made) > 1 else listed(some)
        say(session, f"À remplir à la main : {label} ({which})"
            + (f" ; pour le dire : {command}" if command else "") + ".")  # fmt: skip
    for what, told, some in (
        ("Sans adresse, à remettre en main propre", "--dossier REF --adresse ADRESSE",
         [found for found, page in made if by_post and not page.address_known]),
        ("Adresse sans code postal", "--dossier REF --code-postal-domicile CODE",
         [found for found, page in made if page.letter.address and not page.postal_known]),
        ("Langue inconnue, en français seulement", "--dossier REF --langues LANGUES",
         [found for found, page in made if not page.language_known]),
    ):  # fmt: skip
        if some:
            say(session, f"{what} ({len(some)}) : {listed(some)} ; agir enroll {told}.")
    spoken = Counter(
        shown("langues", found.person.get("langues")) for found, page in made if page.untold
    )
    if spoken:
        each = " ; ".join(f"{languages} ({count})" for languages, count in spoken.most_common())
        say(session, f"Sans modèle dans leur langue ({spoken.total()}) : {each} ;"
            f" pour l'écrire : agir letter --edit {kind.value} --langue CODE.")  # fmt: skip


# --- the team's own words ----------------------------------------------------------------


def _edit(session: Session, words: Sequence[str], langue: str | None) -> int:
    """Put a template into the team's folder, open it where there is a terminal, then check it."""
    templates = Templates(session.db.parent / FOLDER, KEYS, CASES)
    known = [*(kind.value for kind in Paper), TEAM, WORDS]
    if not words:
        for name in known:
            own = templates.folder / f"{name}.{FRENCH}.txt"
            whose = "de l'équipe" if own.is_file() else "d'agir"
            templates.need(name)
            print(f"  {name:<14} {whose}")
        tell(f"Pour en changer un : agir letter --edit NOM (dans {templates.folder})")
        return 0
    name, code = words[0], (langue or FRENCH).strip().lower()
    if name not in known:
        raise not_admitted("Le modèle", name, known)
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise UsageFailure("--langue : un code de langue, par exemple en, ar, prs.")
    own = templates.folder / f"{name}.{code}.txt"
    if not own.is_file():
        source = templates.place(own.name) or templates.place(f"{name}.{FRENCH}.txt")
        assert source is not None  # shipped
        try:
            templates.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            why = reason_of(error, writing=True)
            raise UsageFailure(f"« {templates.folder} » ne peut pas être créé : {why}.") from None
        with open_output(str(own)) as out:
            out.write(source.read_bytes())
    tell(f"Le modèle de l'équipe : {own}")
    if is_terminal() and is_terminal(sys.stdin):
        import click

        click.edit(filename=str(own))
    templates.get(name, code)
    tell("Ce modèle se lit bien.")
    return 0
