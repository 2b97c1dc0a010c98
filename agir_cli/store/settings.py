"""What the file says of itself: its site, its department, the rules a team has added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from agir_cli.failures import FileFailure
from agir_cli.store.driver import Connection, upsert

if TYPE_CHECKING:  # every command asks for the day of the file, most of them for no rule
    from agir_cli.domain.rules import Rulebook, Target

CONTRACT_START = "depart_contractualisation"
CADENCE = "cadence_entretien"
TARGET = "objectif:"
DEPARTMENTS = "departement"
"""Those the file was made for: « 44 », « 44,85 »."""
DEMONSTRATION_DAY = "jour_de_demonstration"
REOPENED = "rouvert:"
DEMONSTRATION_AUTHOR = "démonstration"
FOLLOWS = "suit_les_autres"
"""Set in a file that takes what the sites record, and records nothing itself."""
TAKES = "suivi"
"""Of which référent (a name) a file takes the dossiers; where nothing is said, all it may read."""
TAKEN_FOR = "suivi_codes"
"""The codes of that référent, or the groups, for which what was left out has been looked at."""
MOST = 10**9
"""More than any office will ever number."""


def settings(connection: Connection) -> dict[str, str]:
    """Every setting, by name."""
    return dict(connection.execute("SELECT name, value FROM settings"))


DEFAULT_SITE = "A"
"""The site of a file that was given none."""


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Write one setting."""
    _put(connection, "settings", "value", name, value)


def site_of(connection: Connection, *, acting: bool = False) -> str:
    """The letter of the file's site. ``acting``: raises `FileFailure` where it only follows."""
    known = settings(connection)
    if acting and FOLLOWS in known:
        raise FileFailure(
            "Ce fichier suit les autres sites : rien ne s'y enregistre.",
            "Un acte se fait dans le fichier du site ; agir sync l'apporte ici.",
        )
    return known.get("site", DEFAULT_SITE)


def remove_setting(connection: Connection, name: str) -> None:
    """Take a setting out."""
    connection.execute("DELETE FROM settings WHERE name = ?", (name,))


def _put(connection: Connection, table: str, column: str, name: str, value: object) -> None:
    connection.execute(upsert(table, ("name", column), "name"), (name, value))


def reopened_as(tag: str) -> str:
    """The setting that remembers how the right of an AGDREF number came back.

    Its definitive end was undone with its file, or taken out of the memory of used-up rights.
    ``tag``: its keyed fingerprint, of which nobody makes the number who has not the key.
    """
    return f"{REOPENED}{tag[:20]}"


def demonstration_day(connection: Connection) -> date | None:
    """The day that a demonstration file takes for today; None in a team's file."""
    day = settings(connection).get(DEMONSTRATION_DAY)
    try:
        return date.fromisoformat(day) if day else None
    except ValueError:
        return None


def rule_texts(connection: Connection) -> Mapping[str, str]:
    """The rule-sets that this team has added, as TOML, by name."""
    return dict(connection.execute("SELECT name, text FROM rule_texts ORDER BY name"))


def add_rule_text(connection: Connection, code: str, text: str) -> None:
    """Add a team's rule-set, or put it in the place of the one of that code."""
    _put(connection, "rule_texts", "text", code, text)


def remove_rule_text(connection: Connection, code: str) -> None:
    """Take out a team's rule-set."""
    connection.execute("DELETE FROM rule_texts WHERE name = ?", (code,))


def rulebook_of(connection: Connection) -> Rulebook:
    """The rules that hold for this file: those shipped, and what the team has added.

    Raises `FileFailure` (exit 7) where what was added can no longer be read.
    """
    from agir_cli.store.rulebook import rule_files, rulebook, shipped

    added = dict(rule_texts(connection))
    try:
        texts = [*rule_files(), *added.values()]
        # What an older version took must still be read.
        book = rulebook(texts, strict=False) if added else shipped()
    except (ValueError, TypeError, LookupError, AttributeError) as fault:
        if not added:
            raise
        raise _unreadable(added, fault) from None
    known = settings(connection)
    departments = known.get(DEPARTMENTS)
    if departments:
        book = book._replace(departments=tuple(departments.split(",")))
    start, cadence = known.get(CONTRACT_START), known.get(CADENCE)
    if start is not None:
        book = with_clock(book, "contractualisation", start_event=start)
    return book if cadence is None else with_clock(book, "entretien", cadence=cadence)


def _unreadable(added: Mapping[str, str], fault: Exception) -> FileFailure:
    from agir_cli.domain.rules import RuleFault

    why = f" ({fault})" if isinstance(fault, RuleFault) else ""
    names = ", ".join(added)
    return FileFailure(
        f"Les règles ajoutées au fichier ne se lisent plus : {names}{why}.",
        "Un autre programme les a changées : reprenez la dernière sauvegarde.",
    )


def targets(connection: Connection) -> list[Target]:
    """The targets of the convention that the team has added, by department and year."""
    from agir_cli.domain.rules import TARGETS, Target

    found = []
    for name, value in settings(connection).items():
        if name.startswith(TARGET):
            _, department, year, measure = name.split(":")
            aim, _, source = value.partition(" ")
            found.append(Target(department, int(year), measure, int(aim), source))
    return sorted(found, key=lambda t: (t.department, t.year, TARGETS.index(t.measure)))


def set_target(connection: Connection, target: Target) -> None:
    """Keep a target; 0 takes it away."""
    name = f"{TARGET}{target.department}:{target.year}:{target.measure}"
    if target.value:
        set_setting(connection, name, f"{target.value} {target.source}")
    else:
        remove_setting(connection, name)


def with_clock(book: Rulebook, name: str, **changed: Any) -> Rulebook:
    """The same rules with what the source leaves open of a clock as the team reads it [D].

    A dated clock of the team's own says it itself.
    """
    from agir_cli.domain.rules import Clocks
    from agir_cli.store.rulebook import shipped

    by_name, ships = dict(book.clocks.by_name), shipped().clocks.by_name[name]
    by_name[name] = tuple(
        clock._replace(**changed) if clock in ships else clock for clock in by_name[name]
    )
    return book._replace(clocks=Clocks(by_name))


def next_numbers(connection: Connection, name: str) -> int:
    """The last number given under a name; 0 when none was.

    Raises `FileFailure` (exit 7) for one that this program cannot have given.
    """
    row = connection.execute("SELECT last FROM counters WHERE name = ?", (name,)).fetchone()
    last = int(row[0]) if row else 0
    if not 0 <= last < MOST:
        raise FileFailure(
            f"Le compteur « {name} » du fichier dit {last} : aucun numéro ne peut suivre.",
            "Un autre programme l'a changé : reprenez la dernière sauvegarde.",
        )
    return last


def keep_number(connection: Connection, name: str, last: int) -> None:
    """Remember the last number given under a name."""
    _put(connection, "counters", "last", name, last)


def last_number(connection: Connection, series: str) -> int:
    """The last number given under a name; where none was, the highest of the references of it."""
    if given := next_numbers(connection, series):
        return given
    query = (
        "SELECT coalesce(max(CAST(substr(dossier, ?) AS INTEGER)), 0) FROM dossiers"
        " WHERE dossier > ? || '-' AND dossier < ? || '.'"
    )
    return int(connection.execute(query, (len(series) + 2, series, series)).fetchone()[0])


def reference_of(connection: Connection, letter: str) -> str:
    """The first reference that has this letter of a site; empty where none has."""
    query = "SELECT min(dossier) FROM dossiers WHERE dossier LIKE departement || ? || '-%'"
    return str(connection.execute(query, (letter,)).fetchone()[0] or "")


def continue_numbers(connection: Connection, given: Mapping[str, int]) -> None:
    """Have the next numbers that are given here follow these, by the names they have."""
    for name, last in given.items():
        if last > next_numbers(connection, name):
            keep_number(connection, name, last)
