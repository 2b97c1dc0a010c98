"""``agir`` alone: what there is to do now; and ``agir help``: the page of a command."""

from __future__ import annotations

import click

from agir_cli.cli.groups import Commands, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import console, paged, tell, weekday_date
from agir_cli.cli.session import Session

app = Commands()


_FIRST = (
    ("agir demo", "essayer, sur des personnes inventées"),
    ("agir init --departement 44", "créer le fichier de l'équipe"),
    ("agir aide", "toutes les commandes ; agir aide MOT : une seule"),
)
_NEXT = (
    ("agir today", "qui voir d'abord, et que faire"),
    ("agir inscrire", "inscrire une personne"),
    ("agir aide", "toutes les commandes ; agir aide MOT : une seule"),
)


def say_what_to_do(session: Session) -> None:
    """Say what there is to do now, by today's counts, and three commands to type."""
    if session.db.exists():
        tell(*_counts(session), "", "À taper :")
    else:
        tell(f"Pas encore de fichier d'équipe ici ({session.db}).", "", "Pour commencer :")
    for command, what in _NEXT if session.db.exists() else _FIRST:
        print(f"  {command:<28}{what}")


def _counts(session: Session) -> list[str]:
    """The day, and a line a list of the morning."""
    from agir_cli.reports.today import count_of, today
    from agir_cli.store.file import consulting

    day = session.today
    with consulting(session.db) as connection:
        parts = today(connection, day, most=0)
    lines = [f"{part.total:>7}  {count_of(part, console().width - 9)}" for part in parts]
    return [weekday_date(day).capitalize(), *(lines or ["Rien à signaler aujourd'hui."])]


@made(app, "help")
def help_of(
    session: Session,
    *,
    words: tuple[str, ...] = word("COMMANDE", "Ses mots", nargs=-1, required=False),
) -> None:
    """L'aide d'une commande, en entier ; sans rien, la liste des commandes.

    Exemples :
      agir help
      agir help enroll
      agir help contract sign
    """
    ctx = click.get_current_context().find_root()
    left = list(words)
    while left and isinstance(ctx.command, click.Group):
        name, command, left = ctx.command.resolve_command(ctx, left)
        if command is not None:
            ctx = click.Context(command, info_name=name, parent=ctx, **command.context_settings)
    with paged(session):
        print(ctx.get_help())
