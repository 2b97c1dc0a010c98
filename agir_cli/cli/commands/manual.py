"""What the program says of itself: its manual page, and the views that its files have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.options import made

if TYPE_CHECKING:
    from agir_cli.cli.session import Session
    from agir_cli.reports.sheet import Sheet

app = Commands()


# --- agir schema -------------------------------------------------------------------------


@made(app, "schema", printed=True, titled=True)
def schema(
    session: Session,
    *,
    sql: bool = flag("Les instructions SQL qui font les vues."),
) -> Sheet | None:
    """Les vues du fichier, que DuckDB, Datasette ou LibreOffice peuvent ouvrir.

    Une vue a des colonnes de mêmes noms que les rapports (docs/columns.md). Ouvrez le fichier en
    lecture seule ; rien de ce qui s'y écrit hors d'agir n'est admis. Il contient des noms.

    Exemples :
      agir schema
      agir schema --format csv
      duckdb -c "ATTACH 'agir.db' AS a (TYPE sqlite); FROM a.vue_dossiers"
      datasette --immutable agir.db
    """
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.store.file import consulting
    from agir_cli.store.lists import VIEW_STATEMENTS, views

    if sql:
        for statement in VIEW_STATEMENTS:
            print(f"{statement};\n")
        return None
    with consulting(session.db) as connection:
        rows = views(connection)
    return one_list(f"Vues de {session.db}", columns(("vue", "libelle", "colonnes")), rows,
                     usual=("vue", "libelle"))  # fmt: skip


# --- agir man ----------------------------------------------------------------------------


@made(app, "man")
def man(
    session: Session, *, output: str | None = option("FICHIER", "Où l'écrire ; sinon à l'écran.")
) -> None:
    """La page de manuel, faite de l'aide de chaque commande.

    Exemples :
      agir man | man -l -
      agir man --output ~/.local/share/man/man1/agir.1
    """
    from agir_cli.exchange.outputs import open_output

    root = click.get_current_context().find_root()
    with open_output(output) as out:
        out.write("\n".join(_page(root)).encode() + b"\n")


def _page(root: click.Context) -> Iterator[str]:
    from agir_cli import __version__

    yield f'.TH AGIR 1 "" "agir {__version__}" "Manuel d\'agir"'
    yield ".SH NOM\nagir \\- admissions et suivi du programme AGIR"
    yield ".SH SYNOPSIS\n.B agir\n[OPTIONS] COMMANDE [ARGUMENTS]..."
    yield ".SH DESCRIPTION"
    yield from _told(root.command)
    yield ".SH OPTIONS"
    yield from _options(root.command, root)
    yield ".SH COMMANDES"
    yield from _commands(root.command, root)
    yield ".SH ENVIRONNEMENT\n.B AGIR_DB, AGIR_TODAY, AGIR_AUTHOR, AGIR_SITE, NO_COLOR"
    yield f".SH CODES DE SORTIE\n{_roff(_CODES)}"


_CODES = (
    "0 fait ; 1 panne ; 2 commande mal écrite ; 3 refusé par une règle ; 4 introuvable, ou à"
    " préciser ; 5 lignes rejetées ; 6 anomalies ; 7 fichier absent, occupé ou endommagé ;"
    " 8 un retard (--exit-code)."
)


def _commands(group: click.Command, ctx: click.Context) -> Iterator[str]:
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, parent=ctx, info_name=name)
        yield f".SS {_roff(inner.command_path)}"
        yield from _told(command)
        yield from _options(command, inner)
        yield from _commands(command, inner)


def _told(command: click.Command) -> Iterator[str]:
    for paragraph in (command.help or "").replace("\b\n", "").split("\n\n"):
        yield f".PP\n{_roff(' '.join(paragraph.split()))}"
    if command.epilog:
        yield ".PP\n.nf"
        yield from map(_roff, command.epilog.replace("\b\n", "").splitlines())
        yield ".fi"


def _options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    for param in command.params:
        record = param.get_help_record(ctx)
        if record is not None:
            yield f".TP\n.B {_roff(record[0])}\n{_roff(' '.join(record[1].split()))}"


def _roff(text: str) -> str:
    """A line as roff shows it: what begins an order of its own, made plain."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain[:1] in (".", "'") else plain
