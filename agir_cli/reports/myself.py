"""« me »: which référent of the directory is the person who types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

_ME = ("me", "moi")


def referent_named(connection: Connection, given: str | None, author: str) -> str | None:
    """The word of ``--referent``, ``me`` replaced by the code of the author in the directory.

    The order of the words of a name, case and accents do not matter. Raises `UsageFailure`
    when the author is nobody of the directory, or several.
    """
    if given is None or given.strip().casefold() not in _ME:
        return given
    from agir_cli.domain.identity import name_key

    known = connection.execute("SELECT code, nom FROM referents ORDER BY nom").fetchall()
    exact = [code for code, _ in known if code.casefold() == author.strip().casefold()]
    wanted = name_key(author, None)
    found = exact or [code for code, name in known if name_key(name, None) == wanted]
    if len(found) == 1:
        return str(found[0])
    if found:
        raise UsageFailure(
            f"« {author[:60]} » désigne plusieurs référents de l'annuaire.",
            f"Donnez un code : --referent {' ou '.join(map(str, found[:6]))}",
        )
    from agir_cli.reports.admitted import nearest_first

    names = nearest_first(author, [name for _, name in known])[:6]
    raise UsageFailure(
        f"« {author[:60]} » n'est pas dans l'annuaire des référents : qui est « me » ?",
        'Dites-le : agir --author "NOM Prénom" …   (ou la variable AGIR_AUTHOR)',
        *([f"L'annuaire connaît : {', '.join(names)}"] if names else ["L'annuaire est vide."]),
    )
