"""``agir indicators``: the figures that are data, and those that a team adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say
from agir_cli.cli.session import Session, visitor_of
from agir_cli.failures import NotFoundFailure

if TYPE_CHECKING:
    from agir_cli.reports.sheet import Sheet

app = Commands()
indicator = app.group("indicators")


@made(indicator, "list", printed=True, titled=True)
def list_indicators(session: Session) -> Sheet:
    """Montrer les indicateurs : leur objectif, leur source, de qui ils sont.

    Exemples :
      agir indicators list
      agir indicators list --format csv
    """
    from agir_cli.reports.indicators import definitions

    if not session.db.exists():
        return definitions(None)
    from agir_cli.store.file import consulting

    with consulting(session.db) as connection:
        return definitions(connection)


@made(indicator, "model")
def show_model(_: Session) -> None:
    """Écrire le fichier des indicateurs d'agir, qui sert de modèle.

    Exemples :
      agir indicators model > indicateurs.toml
    """
    from agir_cli.reports.indicators import model

    print(model(), end="")


@made(indicator, "add")
def add_indicators(
    session: Session, *, source: str = word("FICHIER", "Les indicateurs (TOML).")
) -> None:
    """Ajouter des indicateurs au fichier de l'équipe ; le même nom de fichier les remplace.

    Une faute est dite avec son fichier, sa ligne et son mot, et rien ne change. Un indicateur
    du même code qu'un d'agir prend sa place.

    Exemples :
      agir indicators model > indicateurs-44.toml
      agir indicators add indicateurs-44.toml
    """
    from agir_cli.cli.commands.rules import read_rule_file
    from agir_cli.reports.indicators import SETTING, read
    from agir_cli.usecases.upkeep import keep_text

    text, name = read_rule_file(source, "FICHIER")
    found = read(text, name)
    stem = name.removesuffix(".toml")
    again = keep_text(visitor_of(session), f"{SETTING}{stem}", text)
    count = f"{len(found)} {plural(len(found), 'indicateur')}"
    said = "remplacés" if again else "ajoutés"
    say(session, f"« {stem} » : {count} {said}. Les voir : agir report indicators")


@made(indicator, "remove")
def remove_indicators(
    session: Session, *, name: str = word("NOM", "Le nom d'un fichier ajouté.")
) -> None:
    """Retirer les indicateurs d'un fichier que l'équipe a ajouté.

    Exemples :
      agir indicators remove indicateurs-44
    """
    from agir_cli.reports.indicators import SETTING, texts
    from agir_cli.store.file import consulting
    from agir_cli.usecases.upkeep import keep_text

    with consulting(session.db) as connection:
        added = texts(connection)
    stem = name.removesuffix(".toml")
    if stem not in added:
        raise NotFoundFailure(f"Aucun fichier « {stem} » n'a été ajouté.",
                              f"Ajoutés : {', '.join(added) or 'aucun'}")  # fmt: skip
    keep_text(visitor_of(session), f"{SETTING}{stem}", None)
    say(session, f"« {stem} » : retiré.")
