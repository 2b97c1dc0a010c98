"""Commands that end in every way, for the tests of the root command; run by ``python -m``."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import click

from agir_cli import failures
from agir_cli.cli.app import COMMANDS, main
from agir_cli.cli.groups import Commands, Family, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.session import Session

FAMILY = Family("Essai", "tests.cli.sample", "Commandes d'essai.")
SECRET = "Nourzai-Inventee"

app = Commands()
essai = app.group("essai")


@made(essai, "typed")
def typed(
    session: Session,
    *,
    reference: str = word("REFERENCE", "Une référence."),
    place: Path = option("CHEMIN", "Un fichier.", required=True, type=click.Path(exists=True)),
    count: int = option("ENTIER", "Un nombre.", type=click.IntRange(1, 9), default=3),
    form: str = option(
        "FORME", "La forme.", "--format", type=click.Choice(["table", "csv"]), default="table"
    ),
    pair: tuple[int, int] | None = option("A B", "Deux nombres.", type=(int, int)),
    sure: bool = flag("Sans question.", "--yes"),
) -> None:
    """Prendre des valeurs de chaque sorte.

    Une phrase assez longue pour être coupée à la ligne quand la largeur de l'écran le demande.

    Exemples :
      agir essai typed 44-0042 --place liste.csv
      agir essai typed 44-0042 --place liste.csv --count 2
    """
    print(reference, place, count, form, pair, sure)


@made(essai, "session")
def session(here: Session) -> None:
    """Montrer les options générales."""
    print(here.db, here.today.isoformat(), here.author, here.site, here.quiet, here.pager)


@made(essai, "fail")
def fail(here: Session, *, kind: str = word("SORTE", "Comment.")) -> None:
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
        "late": click.exceptions.Exit(8),
    }[kind]


@made(essai, "locked")
def locked(here: Session, *, path: Path = word("FICHIER", "Lequel.")) -> None:
    """Écrire dans un fichier déjà pris, ou qui n'en est pas un."""
    sqlite3.connect(path, timeout=0).execute("CREATE TABLE t (a)")


@made(essai, "lines")
def lines(here: Session, *, count: int = option("N", "Combien.", type=int, default=20000)) -> None:
    """Écrire beaucoup."""
    for number in range(count):
        print(number, "أحمد Şahin Łukasz")


@made(essai, "wait")
def wait(here: Session) -> None:
    """Attendre la fin de l'entrée."""
    print("prêt", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    COMMANDS["essai"] = FAMILY
    sys.exit(main())
