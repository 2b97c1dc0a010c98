"""``agir view``: a report with its options under a name, kept on this post, run by that name."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from agir_cli.cli.groups import Commands, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import say, tell
from agir_cli.cli.session import Session
from agir_cli.failures import NotFoundFailure, UsageFailure
from agir_cli.post import VIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agir_cli.reports.sheet import Sheet

app = Commands()
view = app.group("view")
view.otherwise = "run"
_REST = {"nargs": -1, "required": False, "type": click.UNPROCESSED}


def kept(session: Session) -> Mapping[str, str]:
    """The views of this post: what is typed after ``agir report``, by name."""
    mark = f"{VIEWS}."
    return {name.removeprefix(mark): text for name, text in session.post.values.items()
            if name.startswith(mark)}  # fmt: skip


def _context(group: click.Group) -> click.Context:
    root = click.get_current_context().find_root()
    return click.Context(group, info_name="report", parent=root)


def _checked(words: Sequence[str]) -> list[str]:
    """The words of a report that can be run. Raises `UsageFailure` for any that cannot be read."""
    from agir_cli.cli.commands.report import ReportGroup

    words = [*words[1:]] if words[:1] == ("report",) else [*words]
    if not words:
        raise UsageFailure(
            "Quel rapport garder, avec quelles options ?",
            "Par exemple : agir view save comite funnel --departement 44",
        )
    group = ReportGroup(name="report")
    context = _context(group)
    name, command, rest = group.resolve_command(context, words)
    assert command is not None  # a word that is none has raised
    command.make_context(name, [*rest], parent=context)
    return [command.name or "", *rest]


@made(view, "save")
def save(
    session: Session,
    *,
    name: str = word("NOM", "Le nom de la vue."),
    words: tuple[str, ...] = word("RAPPORT [OPTIONS]...", "Le rapport, et ses options.", **_REST),
) -> None:
    """Garder un rapport avec ses options, sous un nom ; le même nom remplace.

    La vue est gardée sur ce poste, pas dans le fichier de l'équipe. agir view NOM la montre ; ce
    qui est tapé après le nom s'ajoute, et l'emporte.

    Exemples :
      agir view save comite funnel --departement 44 --mask
      agir view save retards overdue --kind contractualisation --referent me
      agir view comite
      agir view comite --as-of 30/09/2023 --output comite.xlsx
    """
    from agir_cli.cli.command_words import meant
    from agir_cli.cli.commands.config import settle

    key = _key(name)
    plain = key.isascii() and key.replace("-", "").isalnum()
    if not plain or key in view.makers or meant("view", key, view.makers):
        raise UsageFailure(
            f"« {name[:40]} » ne peut pas nommer une vue.",
            "Des lettres, des chiffres et des tirets, par exemple : comite-44",
        )
    text = shlex.join(_checked(words))
    before = kept(session).get(key)
    settle(f"{VIEWS}.{key}", text)
    tell(f"Vue « {key} » : agir report {text}")
    say(session, *([f"À la place de : agir report {before}"] if before not in (None, text) else []),
        f"La montrer : agir view {key}")  # fmt: skip


@made(view, "list", printed=True)
def list_views(session: Session) -> Sheet:
    """Lister les vues de ce poste.

    Exemples :
      agir view list
    """
    from agir_cli.reports.sheet import columns, one_list

    rows = [(name, f"agir report {text}") for name, text in sorted(kept(session).items())]
    known = columns(("nom_de_vue", "commande_gardee"))
    empty = ["Aucune vue sur ce poste.", "En garder une : agir view save comite funnel --mask"]
    return one_list("Vues de ce poste", known, rows, empty=empty)


@made(view, "show")
def show_view(session: Session, *, name: str = word("NOM", "Le nom d'une vue.")) -> None:
    """Montrer la commande d'une vue, à copier ou à changer.

    Exemples :
      agir view show comite
    """
    tell(f"agir report {_named(session, name)[1]}")


@made(view, "remove")
def remove(session: Session, *, name: str = word("NOM", "Le nom d'une vue.")) -> None:
    """Retirer une vue de ce poste.

    Exemples :
      agir view remove comite
    """
    from agir_cli.cli.commands.config import settle

    key, text = _named(session, name)
    settle(f"{VIEWS}.{key}", "")
    tell(f"Vue « {key} » : retirée")
    say(session, f"La garder à nouveau : agir view save {key} {text}")


@made(view, "run")
def run(
    session: Session,
    *,
    name: str = word("NOM", "Le nom d'une vue."),
    words: tuple[str, ...] = word("[OPTIONS]...", "Des options de plus, qui l'emportent.", **_REST),
) -> Any:
    """Montrer le rapport d'une vue ; « agir view NOM » fait de même.

    Exemples :
      agir view run comite
      agir view comite --format csv
    """
    from agir_cli.cli.commands.report import ReportGroup

    _, text = _named(session, name)
    group = ReportGroup(name="report")
    context = _context(group)
    called, command, rest = group.resolve_command(context, [*shlex.split(text), *words])
    assert command is not None  # it was checked when it was kept
    with command.make_context(called, [*rest], parent=context) as sub:
        return command.invoke(sub)


def _key(name: str) -> str:
    return name.strip().lower().replace("é", "e").replace("_", "-")


def _named(session: Session, name: str) -> tuple[str, str]:
    """The view of that name, and what it types. Raises `NotFoundFailure`."""
    key, known = _key(name), kept(session)
    if key not in known:
        told = ", ".join(sorted(known)) or "aucune"
        raise NotFoundFailure(f"Aucune vue « {name[:40]} » sur ce poste.", f"Vues : {told}")
    return key, known[key]
