"""``agir report overdue``: the nightly report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.render import PROSE_WIDTH, Counted, Form, for_people, show, write
from agir_cli.cli.screen import plain, plural, say, wrapped
from agir_cli.failures import UsageFailure
from agir_cli.reports import overdue as report
from agir_cli.reports.selection import chosen, labelled, not_admitted
from agir_cli.reports.texts import french_due, french_text, full_name, lateness

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.reports.sheet import Section, Sheet

app = Commands()
OVERDUE = 8
_NARROW = 72


@o.report(app)
def overdue(
    r: o.Reading,
    *,
    kind: str | None = option(
        "LISTE",
        "contractualisation, diagnostic, entretien, liaison, terme, droit, tache ; sinon tous.",
    ),
    within: str | None = option("DURÉE", "Aussi ce qui échoit d'ici là : 10j, 2s."),
    waiting: bool | None = flag(
        "Qui attend sans échéance ; montré d'office dans les formats pour lire, sauf avec --kind.",
        "--waiting/--no-waiting", default=None,
    ),
    contact: bool = flag("Avec le téléphone, à l'écran seulement."),
    new: bool = flag("Ce qui a changé depuis le dernier passage noté."),
    mark: bool = flag("Noter ce passage, pour le prochain --new."),
    by: str | None = option("referent", "Grouper par référent."),
    output_dir: str | None = option("DOSSIER", "Un fichier texte par référent."),
    exit_code: bool = flag("Finir par le code 8 s'il y a un retard."),
    mail: bool = flag("Des lignes de 78 caractères au plus, sans noms : pour un courriel."),
    names: bool = flag("Avec --mail : les noms aussi."),
) -> int:  # fmt: skip
    """Les retards, certains ou possibles ; puis qui attend sans échéance.

    Le dernier jour est inclus : le retard commence le lendemain. Un retard est « possible »
    quand une date est connue en partie ; la ligne dit laquelle préciser. Un contrat signé, un
    dossier clos n'y sont jamais. Sans retard ni attente, rien ne s'affiche ; avec --kind, rien
    tant que rien de cette sorte n'est en retard.

    Exemples :
      agir report overdue
      agir report overdue --kind contractualisation --mail
      agir report overdue --within 2s --referent "DURAND Anne"
      agir report overdue --as-of 09/10/2023 --format csv --output retards.csv
      agir report overdue --new --mark
      agir report overdue --by referent --output-dir retards-2023-10-09
    """
    if contact and not r.form.drawn:
        raise UsageFailure(
            "Le téléphone n'est montré qu'à l'écran, jamais dans un fichier.", "Retirez --contact."
        )
    if names and not mail:
        raise UsageFailure("--names va avec --mail : les autres formats ont les noms.")
    if mail and not r.form.human:
        raise UsageFailure("--mail va avec les formats pour lire.", "Retirez --format.")
    kinds = _kinds(kind) if kind is not None else report.EVERY
    grouped = _grouped(by, output_dir, r.form, new)
    until = o.span_of("--within", within, r.day) if within else None
    wordless = r.form.hidden or (mail and not names)
    question = report.Question(r.day, kinds, r.filters, words=not wordless)
    late: Iterable[report.Line] = report.late(r.connection, question)
    if new or mark or grouped:
        late = list(late)
    counted = Counted(late)
    soon = report.soon(r.connection, question, until) if until else ()
    wanted = (r.form.human and kind is None) if waiting is None else waiting
    waits = report.waiting(r.connection, question) if wanted else ()
    found = report.Found(r.day, counted, soon, waits)
    since = None
    if new:
        since = report.since_last_run(r.connection, question, list(counted))
        found = found._replace(late=since.new + since.still)
    sheet = report.sheet(r.connection, found, since, by_referent=grouped)
    if mail and output_dir is None:
        notes = [line for note in sheet.notes for line in wrapped(note, PROSE_WIDTH)]
        sections = report.for_mail(sheet.sections, names=names)
        sheet = replace(sheet, notes=notes, sections=sections)
        form = r.form._replace(format="plain") if r.form.drawn else r.form
        show(r.session, sheet, form, let_go=r.let_go)
    elif output_dir is None:
        r.show(sheet, partial(_drawn, day=r.day, contact=contact))
    else:
        told = partial(report.for_mail, names=names) if mail else list
        _write_digests(r.session, r.form, Path(output_dir), sheet, found, told)
    if mark:
        from agir_cli.store.runs import record

        r.let_go()
        keys = [line.key for line in late]
        record(r.session.db, report.scope(question), r.day, keys, r.session.author)
    return OVERDUE if exit_code and counted.count else 0


def _kinds(given: str) -> tuple[str, ...]:
    """The kinds of deadline that were typed, by their codes or as the screen names them."""
    from agir_cli.domain.vocabulary import normalise

    natures = labelled("Nature").items()
    if normalise(given) == "commission":
        raise UsageFailure(
            "La commission n'a pas de délai : on l'attend sans échéance.",
            "Qui l'attend : agir commission agenda",
            "Le contrat, trois semaines après elle : --kind contractualisation",
        )
    return chosen("Le délai", given, {w: code for w, code in natures if code in report.EVERY})


def _grouped(by: str | None, folder: str | None, form: Form, new: bool) -> bool:
    if by is None and folder is None:
        return False
    if by not in (None, "referent"):
        raise not_admitted("Le groupement", str(by), ["referent"])
    if not form.human or new:
        raise UsageFailure(
            "--by et --output-dir vont avec les formats pour lire, sans --new.",
            "Par exemple : agir report overdue --by referent --format plain",
        )
    return True


# --- a file a référent -------------------------------------------------------------------

_ENDINGS = {"plain": "txt", "table": "txt", "markdown": "md", "html": "html"}


def _write_digests(
    session: Session, form: Form, folder: Path, sheet: Sheet, found: report.Found,
    told_as: Callable[[Iterable[Section]], Iterable[Section]],
) -> None:  # fmt: skip
    """Write a file a référent in ``folder``, ready to be mailed.

    Raises `UsageFailure` for a folder that holds files: yesterday's digest of somebody who has
    nothing today would be mailed again.
    """
    from agir_cli.exchange.outputs import inside

    digests = list(report.digests(found))
    if not digests:
        return
    _ready(folder, overwrite=form.overwrite)
    notes = [line for note in sheet.notes for line in wrapped(note, PROSE_WIDTH)]
    names = _file_names(name for name, _ in digests)
    for name, (referent, own) in zip(names, digests, strict=True):
        target = inside(folder, f"{name}.{_ENDINGS[form.format]}")
        told = replace(
            sheet, notes=[*notes, f"Référent : {referent}"], sections=told_as(report.parts(own))
        )
        plain_form = "plain" if form.drawn else form.format
        write(form._replace(output=str(target), format=plain_form), told, for_people(told))
    count = len(digests)
    say(session, f"{count} fichier{'s' if count > 1 else ''} dans {folder.name}.")


def _ready(folder: Path, *, overwrite: bool) -> None:
    from agir_cli.exchange.outputs import refuse_team_file

    refuse_team_file(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageFailure(f"« {folder.name} » est un fichier, pas un dossier.")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise UsageFailure(
            f"Le dossier « {folder.name} » n'est pas vide : un envoi d'hier pourrait repartir.",
            "Donnez un dossier par jour, par exemple retards-2023-10-09, ou ajoutez --overwrite.",
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _file_names(referents: Iterable[str]) -> list[str]:
    """A name a file for each; two who would share one are numbered."""
    names: list[str] = []
    for referent in referents:
        bare = _bare(referent)
        same = sum(name == bare or name.startswith(f"{bare}-no") for name in names)
        names.append(f"{bare}-no{same + 1}" if same else bare)
    return names


def _bare(name: str) -> str:
    from unicodedata import combining, normalize

    letters = (c for c in normalize("NFKD", name.casefold()) if not combining(c))
    words = "".join(c if c.isalnum() else " " for c in letters).split()
    return "-".join(words)[:60] or "referent"


# --- on a terminal -----------------------------------------------------------------------


def _drawn(
    _sheet: Sheet, sections: Sequence[Section], width: int, *, day: date, contact: bool
) -> tuple[RenderableType, int]:
    from rich.console import Group
    from rich.text import Text

    from agir_cli.cli.drawing import table_of

    body = _cards if width < _NARROW else _table
    drawings: list[RenderableType] = []
    lines = 0
    for section in sections:
        rows = [row for row in section.rows if isinstance(row, report.Line)]
        drawn = body(rows, contact, day) if rows else table_of(section, width)[0]
        drawings += [Text(f"\n{plain(section.title)}", style="bold"), drawn]
        lines += 3 + 3 * section.size
    return Group(*drawings), lines


def _table(lines: Sequence[report.Line], contact: bool, day: date) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    waits = lines[0].nature == report.WAITING
    table.add_column("Dossier", no_wrap=True)
    for heading, ratio in (("Personne", 3), ("Depuis" if waits else "Échéance", 3), ("À faire", 5)):
        table.add_column(heading, overflow="fold", ratio=ratio)
    for line in lines:
        table.add_row(*_parts(line, contact, day))
    return table


def _cards(lines: Sequence[report.Line], contact: bool, day: date) -> Text:
    from rich.text import Text

    return Text("\n\n").join(Text("\n").join(_parts(line, contact, day)) for line in lines)


def _parts(line: report.Line, contact: bool, day: date) -> tuple[Text, ...]:
    """The reference; whose it is and who follows them; since when, how late; what to do."""
    from rich.text import Text

    waits = line.nature == report.WAITING
    start = french_text(line.date_depart) or "date inconnue"
    due = Text(start if waits else french_due(line.echeance))
    if waits:
        due.append(_waited(line, day))
    else:
        days = line.retard_jours or 0
        told = lateness(days, certain=line.certitude == "certain")
        due.append(f"\n{told}", style="bold red" if days > 0 else "")
        due.append(f"\n{plain(report.started(line))}", style="dim")
    to_do = Text(f"{line.depart}\n" if waits else "").append(line.a_faire)
    notes = [f"RDV pris le {french_text(line.rdv)}"] if line.rdv else []
    if line.absences:
        notes.append(f"{line.absences} {plural(line.absences, 'absence')}")
    if notes:
        to_do.append("\n" + " ; ".join(notes), style="dim")
    return Text(line.dossier, style="bold"), Text(_person(line, contact)), due, to_do


def _person(line: report.Line, contact: bool) -> str:
    told = [plain(full_name(line.nom, line.prenoms))]
    if line.referent:
        told.append(f"réf. {plain(line.referent)}")
    if contact:
        told.append(f"tél. {plain(line.telephone)}" if line.telephone else "sans téléphone")
    return "\n".join(told)


def _waited(line: report.Line, day: date) -> str:
    if len(line.date_depart) != len("2023-10-09"):
        return ""
    days = (day - date.fromisoformat(line.date_depart)).days
    return f"\n{days} {plural(days, 'jour')}"
