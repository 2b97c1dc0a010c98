"""``agir`` alone: what there is to do now; and ``agir help``: the page of a command."""

from __future__ import annotations

import click

from agir_cli.cli.groups import Commands, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import tell
from agir_cli.cli.session import Session

app = Commands()


def say_what_to_do(session: Session) -> None:
    """Say what there is to do now, and three commands to type."""
    tell("todo")


@made(app, "help")
def help_of(
    session: Session,
    *,
    words: tuple[str, ...] = word("COMMANDE", "Ses mots", nargs=-1, required=False),
) -> None:
    """L'aide d'une commande, en entier ; sans rien, la liste des commandes.

    Exemples :
      agir help
      agir help contract sign
      agir aide inscrire
    """
    ctx = click.get_current_context().find_root()
    left = list(words)
    while left and isinstance(ctx.command, click.Group):
        name, command, left = ctx.command.resolve_command(ctx, left)
        if command is not None:
            ctx = click.Context(command, info_name=name, parent=ctx, **command.context_settings)
    print(ctx.get_help())
