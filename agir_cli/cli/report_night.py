"""``agir report overdue`` for the night: what changed since the last run, a digest a référent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.cli.report_output import Form, Section, print_sections
from agir_cli.cli.report_overdue_screen import parts
from agir_cli.cli.screen import say, short_date
from agir_cli.domain.vocabulary import Nature, Stage
from agir_cli.exchange.outputs import inside, refuse_team_file
from agir_cli.failures import UsageFailure
from agir_cli.reports.overdue import Found, Line
from agir_cli.reports.runs import Resolved, Since

if TYPE_CHECKING:
    from agir_cli.cli.session import Session

NOBODY = "sans référent"
_ENDINGS = {"plain": "txt", "markdown": "md"}


class Digest(NamedTuple):
    """What concerns one référent (``NOBODY`` for dossiers that have none)."""

    referent: str
    found: Found


def changes(since: Since, found: Found) -> list[tuple[str, Sequence[Line]]]:
    """The parts of the report when it says what changed: new, still late, soon due, waits."""
    if since.day is None:
        return parts(found)
    day = short_date(since.day)
    kept = [
        (f"Nouveaux retards depuis le {day} : {len(since.new)}", since.new),
        (f"Toujours en retard : {len(since.still)}", since.still),
    ]
    soon = [part for part in parts(found._replace(late=())) if part[1]]
    return [*kept, *soon]


def resolved_section(since: Since) -> Section:
    """Those who are no longer late, and where their dossiers are."""
    title = f"Plus en retard : {len(since.resolved)}"
    rows = [_resolved(each) for each in since.resolved]
    return Section(title, ["Dossier", "Nom", "Prénoms", "Délai", "Étape"], rows)


def _resolved(each: Resolved) -> list[str]:
    stage = Stage(each.etape).label if each.etape else ""
    nature = Nature(each.nature).label
    return [each.dossier, each.nom or "", each.prenoms or "", nature, stage]


def by_referent(found: Found) -> list[Digest]:
    """One digest a référent, by name; the dossiers without one come last."""
    names = {line.referent for line in _lines(found)}
    ordered = sorted(names, key=lambda name: (name is None, name or ""))
    return [Digest(name or NOBODY, _only(found, name)) for name in ordered]


def _lines(found: Found) -> Iterable[Line]:
    return (*found.late, *found.soon, *found.waits)


def _only(found: Found, name: str | None) -> Found:
    kept = [[line for line in some if line.referent == name] for some in found[1:]]
    return Found(found.day, *kept)


def write_digests(
    session: Session, form: Form, folder: Path, head: Sequence[str], digests: Sequence[Digest]
) -> None:
    """Write a file a référent in ``folder``, ready to be mailed.

    Raises `UsageFailure` for a folder that holds files: yesterday's digest of somebody who has
    nothing today would be mailed again.
    """
    from agir_cli.cli.report_overdue_screen import sections_of

    if form.format not in _ENDINGS:
        raise UsageFailure("--output-dir écrit du texte : --format plain ou markdown.")
    _ready(folder, overwrite=form.overwrite)
    names = _file_names(digest.referent for digest in digests)
    for name, digest in zip(names, digests, strict=True):
        target = inside(folder, f"{name}.{_ENDINGS[form.format]}")
        own = [*head, f"Référent : {digest.referent}"]
        form = form._replace(output=str(target))
        print_sections(form, own, sections_of(parts(digest.found)), told=False)
    if digests:
        count = len(digests)
        say(session, f"{count} fichier{'s' if count > 1 else ''} dans {folder.name}.")


def _ready(folder: Path, *, overwrite: bool) -> None:
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
