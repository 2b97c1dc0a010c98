"""Commands that end in every way, for the tests of the root command; run by ``python -m``."""

from __future__ import annotations

import sqlite3
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import click
import typer

from agir_cli import failures
from agir_cli.cli.app import COMMANDS, main
from agir_cli.cli.groups import Family
from agir_cli.cli.session import session_of

FAMILY = Family("Essai", "tests.cli.sample", "Commandes d'essai.")
SECRET = "Nourzai-Inventee"

app = typer.Typer()
essai = typer.Typer()
app.add_typer(essai, name="essai")


class Shape(StrEnum):
    TABLE = "table"
    CSV = "csv"


@essai.command()
def typed(
    reference: str,
    place: Annotated[Path, typer.Option(exists=True, help="Un fichier.")],
    count: Annotated[int, typer.Option(min=1, max=9, help="Un nombre.")] = 3,
    form: Annotated[Shape, typer.Option("--format", help="La forme.")] = Shape.TABLE,
    pair: Annotated[tuple[int, int] | None, typer.Option(help="Deux nombres.")] = None,
    sure: Annotated[bool, typer.Option("--yes", help="Sans question.")] = False,
) -> None:
    """Prendre des valeurs de chaque sorte.

    Une phrase assez longue pour être coupée à la ligne quand la largeur de l'écran le demande.

    Exemples :
      agir essai typed 44-0042 --place liste.csv
      agir essai typed 44-0042 --place liste.csv --count 2
    """
    print(reference, place, count, form.value, pair, sure)


@essai.command()
def session(ctx: typer.Context) -> None:
    """Montrer les options générales."""
    here = session_of(ctx)
    print(here.db, here.today.isoformat(), here.author, here.site, here.quiet, here.pager)


@essai.command()
def fail(kind: str) -> None:
    """Échouer de la façon demandée."""
    raise {
        "usage": failures.UsageFailure("Phrase.", "Détail."),
        "rule": failures.AgirFailure("Phrase.", "Détail.", exit_code=3),
        "missing": failures.NotFoundFailure("Phrase.", "Détail."),
        "rows": failures.RowsFailure("Phrase.", "Détail."),
        "check": failures.CheckFailure("Phrase.", "Détail."),
        "file": failures.FileFailure("Phrase.", "Détail."),
        "escape": failures.AgirFailure("Nom \x1b[31m\u202erouge.", exit_code=3),
        "abort": click.Abort(),
        "interrupt": KeyboardInterrupt(),
        "end": EOFError(),
        "bug": ValueError(SECRET),
        "gone": FileNotFoundError(2, "No such file", SECRET),
        "late": typer.Exit(8),
    }[kind]


@essai.command()
def locked(path: Path) -> None:
    """Écrire dans un fichier déjà pris, ou qui n'en est pas un."""
    sqlite3.connect(path, timeout=0).execute("CREATE TABLE t (a)")


@essai.command()
def lines(count: int = 20000) -> None:
    """Écrire beaucoup."""
    for number in range(count):
        print(number, "أحمد Şahin Łukasz")


@essai.command()
def wait() -> None:
    """Attendre la fin de l'entrée."""
    print("prêt", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    COMMANDS["essai"] = FAMILY
    sys.exit(main())
