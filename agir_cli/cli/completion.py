"""What may be typed after an option or for a dossier, for the completion of a shell.

Codes come from the fields and the filters; offices, référents and references from the team's file,
where it can be read: a shell that completes says nothing of what goes wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from click import Context, Parameter
from click.shell_completion import CompletionItem

from agir_cli.failures import AgirFailure

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

Words = Iterable[tuple[str, str]]
"""What may be typed, and what a shell that has room says beside it."""

_DOSSIERS = frozenset(("ref", "refs", "dossier", "rejoint"))
_OF_A_FIELD = {
    "bureau": "office", "second_referent": "referent", "responsable": "referent",
    "responsible": "referent", "departement": "department",
}  # fmt: skip
_LISTS = frozenset(("kind", "stage", "route", "mode", "columns"))
_REFERENTS = frozenset(("name", "other", "former", "new"))
"""What the commands of `agir referent` call one."""
_VOCABULARIES = {"kind": "Nature", "type_": "ActionType"}
_AT_MOST = 60


def values(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """What the shell may offer for a value that is begun."""
    name = param.name or ""
    head, comma, last = incomplete.rpartition(",") if name in _LISTS else ("", "", incomplete)
    if name in _DOSSIERS:
        found = _from_file(ctx, lambda connection: _references(connection, last))
    elif ctx.parent is not None and ctx.parent.info_name == "referent" and name in _REFERENTS:
        found = _words(ctx, "referent")
    else:
        found = _words(ctx, name)
    begun = [(word, told) for word, told in found if _begins(word, last)]
    return [CompletionItem(_typed(f"{head}{comma}{word}"), help=told)
            for word, told in begun[:_AT_MOST]]  # fmt: skip


def _begins(word: str, begun: str) -> bool:
    return word.casefold().startswith(begun.casefold())


def _typed(word: str) -> str:
    """The word as the shell inserts it: bash quotes nothing itself."""
    of_bash = os.environ.get("_AGIR_COMPLETE", "").endswith("bash")
    return word.replace(" ", "\\ ") if of_bash else word


def _words(ctx: Context, name: str) -> Words:
    """The words that an option of this name admits."""
    from agir_cli.reports.selection import FILTERS

    if name in ("format", "answer"):
        from agir_cli.cli.render import FORMATS

        return _bare(FORMATS if name == "format" else ("json",))
    if name == "labels":
        return _bare(("oui", "non"))
    if name in _VOCABULARIES:
        return _codes(_VOCABULARIES[name])
    if name == "action":
        from agir_cli.store.network import every_action

        def still_open(file: Connection) -> Words:
            return [(each.action, each.objet) for each in every_action(file) if not each.over]

        return _from_file(ctx, still_open)
    if name == "columns" and ctx.info_name == "dossiers":
        from agir_cli.reports.listing import EVERY

        return _bare(EVERY)
    asked = FILTERS.get(_OF_A_FIELD.get(name, name))
    if asked is not None and asked.codes:
        return _codes(asked.codes)
    if ctx.info_name in ("assign", "designate") and name in ("referent", "second_referent"):
        return _from_file(ctx, _with_loads)
    if asked is not None and (asked.query or asked.called):
        from agir_cli.reports.selection import admitted

        return _from_file(ctx, lambda file: admitted(file, _OF_A_FIELD.get(name, name)))
    return _of_a_field(name)


def _bare(words: Iterable[str]) -> Words:
    return [(word, "") for word in words]


def _codes(vocabulary: str) -> Words:
    from agir_cli.domain import vocabulary as known

    return [(each.value, each.label) for each in getattr(known, vocabulary)]


def _of_a_field(name: str) -> Words:
    from agir_cli.domain import vocabulary as known
    from agir_cli.domain.fields import FIELDS

    field = FIELDS.get(name)
    if field is None:
        return ()
    if field.type.name == "flag":
        return _bare(("oui", "non"))
    codes = field.type.name.rstrip("+")
    return _codes(codes) if hasattr(known, codes) and codes[0].isupper() else ()


def _from_file(ctx: Context, ask: Callable[[Connection], Words]) -> Words:
    """What the team's file answers; nothing where there is none that can be read."""
    from agir_cli.cli.session import open_session
    from agir_cli.store.driver import DatabaseError
    from agir_cli.store.file import consulting
    from agir_cli.store.waiting import on_notice, on_post

    on_notice(None)  # a shell that completes a word has no place for it
    with suppress(AgirFailure, OSError, DatabaseError):
        session = open_session(db=ctx.find_root().params.get("db"))
        on_post(session.said)
        with consulting(session.db) as connection:
            return list(ask(connection))
    return ()


def _with_loads(connection: Connection) -> Iterator[tuple[str, str]]:
    """The référents where one chooses: the code and the load beside the name."""
    from agir_cli.store.directory import every_referent

    for each in every_referent(connection):
        yield each.nom, f"{each.code} {each.told.removeprefix(each.nom).strip()}"


def _references(connection: Connection, begun: str) -> Iterator[tuple[str, str]]:
    from agir_cli.reports.texts import full_name
    from agir_cli.store.lookup import beginning

    for reference, nom, prenoms in beginning(connection, begun, _AT_MOST):
        yield reference, full_name(nom, prenoms)
