"""The file itself: create it, prove it, fold its journal again, add a team's own rules."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from agir_cli.domain.rules import Rulebook, RuleFault
from agir_cli.failures import RowsFailure
from agir_cli.shipped import data_file
from agir_cli.store import directory, journal, people, settings
from agir_cli.store.driver import Connection, DatabaseError, writing
from agir_cli.store.file import apart, appearing, consulting, create_file, keep_damage
from agir_cli.store.reference import load_offices
from agir_cli.store.rulebook import line_of, rule_files, rule_set, rulebook
from agir_cli.store.soundness import (
    Difference,
    acts_to_come,
    ahead_of_the_clock,
    build_differences,
    file_differences,
    is_damage,
    journal_gaps,
    list_differences,
    person_differences,
    seal_differences,
    stale_keys,
)
from agir_cli.usecases.ledger import DEFAULT_SITE, Visitor, transaction


def init_file(
    path: Path, *, departments: Sequence[str] = (), site: str | None, letter: str = ""
) -> None:
    """Create an empty file with its directory of offices: whole, or not at all."""
    with appearing(path) as place:
        fill_new(place, path, departments=departments, site=site, letter=letter)


def fill_new(
    place: Path,
    path: Path,
    *,
    departments: Sequence[str] = (),
    site: str | None,
    letter: str = "",
) -> None:
    """Build at ``place`` the empty file that is to be ``path``."""
    with closing(create_file(place, path)) as connection, writing(connection, act=False):
        settings.set_setting(connection, "site", site or DEFAULT_SITE)
        if departments:
            settings.set_setting(connection, settings.DEPARTMENTS, ",".join(departments))
        if letter:
            settings.set_setting(connection, "lettre", letter)
        offices = [(o.code, o.department, o.sector, o.name) for o in load_offices()]
        directory.add_offices(connection, offices)


def check(path: Path) -> list[Difference]:
    """Fold every dossier again and compare; look at the file itself too."""
    with apart(path) as connection:
        found = list(build_differences(connection))
        try:
            found += _every_difference(connection, path)
        except DatabaseError:
            if not found:
                raise  # else tables that are not there cannot be read
    keep_damage(path, found=any(map(is_damage, found)))
    return found


def _every_difference(connection: Connection, path: Path) -> Iterator[Difference]:
    yield from file_differences(connection, path)
    yield from journal_gaps(connection)
    yield from seal_differences(connection, path)
    yield from list_differences(connection, settings.rulebook_of(connection))
    yield from person_differences(connection)
    yield from acts_to_come(connection)


def rebuild(visitor: Visitor) -> int:
    """Fold the whole journal again into the tables of lists; the number of dossiers.

    The keys by which names are found follow from the names again. Raises `FileFailure`, and
    changes nothing, for a journal that cannot be read.
    """
    try:
        return _rebuild(visitor)
    except journal.UnreadableEvent as fault:
        with consulting(visitor.path) as connection:
            raise journal.named(connection, fault) from None


def _rebuild(visitor: Visitor) -> int:
    with transaction(visitor) as ledger:
        people.set_keys(ledger.connection, list(stale_keys(ledger.connection)))
        return journal.fold_again(ledger.connection, ledger.context.rulebook)


def clock_gone_back(path: Path) -> str | None:
    """The day of the newest event where the clock says that it is still to come, else None."""
    with consulting(path) as connection:
        return ahead_of_the_clock(connection)


# --- rules --------------------------------------------------------------------------------

CONTRACT_STARTS = ("commission", "diagnostic")


def rules_of(visitor: Visitor) -> Rulebook:
    """The rules that hold for this file."""
    with consulting(visitor.path) as connection:
        return settings.rulebook_of(connection)


def add_rule_set(visitor: Visitor, text: str, name: str = "") -> str:
    """Add a rule-set given as TOML; its code. The lists are folded again under it.

    ``name``: that of its file, told with a fault. Raises `RowsFailure` (exit 5, nothing written)
    when it covers a day that another covers, when a criterion has no source, when a word of it
    is none that a rule knows, or when it cannot be read.
    """
    try:
        code = rule_set(tomllib.loads(text)).code
        with transaction(visitor) as ledger:
            added = {**settings.rule_texts(ledger.connection), code: text}
            rulebook([*rule_files(), *added.values()])
            settings.add_rule_text(ledger.connection, code, text)
            journal.fold_again(ledger.connection, settings.rulebook_of(ledger.connection))
    except (RuleFault, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as fault:
        told = str(fault) if isinstance(fault, RuleFault) else "le fichier ne se lit pas (TOML)"
        places = [name, _line_told(text, fault)]
        told = f"{', '.join(filter(None, places))} : {told}" if any(places) else told
        model = data_file("rules/2023-44-85.toml")
        raise RowsFailure(f"Règle refusée : {told}.", f"Modèle : {model}") from None
    return code


def _line_told(text: str, fault: Exception) -> str:
    """The line where a rule file is at fault, as far as it can be told."""
    if isinstance(fault, RuleFault):
        line = line_of(text, fault.key) if fault.key else None
    else:
        told = re.search(r"at line (\d+)", str(fault))
        line = int(told[1]) if told else None
    return f"ligne {line}" if line else ""


def read_clock_as(visitor: Visitor, name: str, value: str) -> None:
    """Set what the source leaves open: where the three weeks start, how interviews come [D]."""
    with transaction(visitor) as ledger:
        settings.set_setting(ledger.connection, name, value)
        journal.fold_again(ledger.connection, settings.rulebook_of(ledger.connection))
