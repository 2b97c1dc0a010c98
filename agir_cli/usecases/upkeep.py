"""The file itself: create it, prove it, fold its journal again, add a team's own rules."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from agir_cli.domain.rules import Rulebook, RuleFault, RuleSet, Target, overlaps_with
from agir_cli.failures import NotFoundFailure, RowsFailure
from agir_cli.shipped import data_file
from agir_cli.store import backup, directory, journal, people, schema, settings
from agir_cli.store.backup import too_old
from agir_cli.store.driver import Connection, DatabaseError, connect, writing
from agir_cli.store.file import apart, appearing, consulting, create_file, keep_damage
from agir_cli.store.list_differences import list_differences
from agir_cli.store.lookup import with_several_dossiers
from agir_cli.store.rulebook import (
    CLOCKS,
    check_clocks,
    clocks,
    fault_line,
    faults,
    line_of,
    rule_files,
    rule_set,
    rulebook,
    shipped,
)
from agir_cli.store.soundness import (
    FILE_MODE,
    Difference,
    acts_to_come,
    ahead_of_the_clock,
    build_differences,
    file_differences,
    is_damage,
    is_repairable,
    journal_gaps,
    key_differences,
    person_differences,
    rule_differences,
    seal_differences,
    stale_keys,
)
from agir_cli.usecases.enrolment import follow_right
from agir_cli.usecases.ledger import Visitor, transaction


def init_file(
    path: Path,
    *,
    departments: Sequence[str] = (),
    site: str | None,
    letter: str = "",
    key: bytes = b"",
    kept: Mapping[str, str] = {},
    fill: Callable[[Path], None] | None = None,
) -> None:
    """Create an empty file with its directory of offices: whole, or not at all.

    ``key``: encrypted with it. ``kept``: further settings. ``fill`` enters more where the file is
    built, before it takes its name.
    """
    own = site or letter or settings.DEFAULT_SITE
    known = {
        "site": own, settings.DEPARTMENTS: ",".join(departments), "lettre": letter, **kept,
    }  # fmt: skip
    with appearing(path) as place:
        with closing(create_file(place, path, key)) as connection, writing(connection, act=False):
            for name, value in known.items():
                if value:
                    settings.set_setting(connection, name, value)
            directory.seed(connection)
        if fill is not None:
            fill(place)


def check(path: Path, *, rules_on: date | None = None) -> list[Difference]:
    """Fold every dossier again and compare; look at the file itself too.

    ``rules_on``: at the rules as well, on that day, and at what dossiers name of the directory.
    """
    with apart(path) as connection:
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        found = list(build_differences(connection))
        try:
            found += _every_difference(connection, path, rules_on)
        except DatabaseError:
            if not found:
                raise  # else tables that are not there cannot be read
    keep_damage(path, found=any(map(is_damage, found)))
    return found


def _every_difference(
    connection: Connection, path: Path, rules_on: date | None
) -> Iterator[Difference]:
    yield from file_differences(connection, path)
    yield from journal_gaps(connection)
    yield from seal_differences(connection, path)
    yield from list_differences(connection, settings.rulebook_of(connection))
    yield from person_differences(connection)
    yield from key_differences(connection)
    yield from acts_to_come(connection)
    if (old := too_old(connection, path)) is not None:
        yield Difference("", "sauvegarde", old)
    if rules_on is not None:
        yield from rule_differences(connection, rules_on)


def repair(path: Path, found: Sequence[Difference]) -> backup.Backup | None:
    """Make anew what can be of what `check` has found, after a backup; None where nothing can.

    Nothing is made anew from a journal that has lost something. Raises `FileFailure`.
    """
    kinds = {each.what for each in found}
    wanted = [each for each in found if is_repairable(each, kinds)]
    if not wanted:
        return None
    with closing(connect(path, "rw")) as connection:
        kept = backup.take(connection, path, backup.REPAIR)
        if any(each.what != FILE_MODE for each in wanted):
            schema.repair(connection)
            with writing(connection, act=False):
                people.set_keys(connection, list(stale_keys(connection)))
    path.chmod(0o600)
    return kept


def rebuild(visitor: Visitor) -> int:
    """Fold the whole journal again into the tables of lists; the number of dossiers.

    The keys by which names are found follow from the names again; the two years, from a person's
    first contract, which an older program did not write in a later dossier. Raises `FileFailure`,
    and changes nothing, for a journal that cannot be read.
    """
    try:
        with transaction(visitor) as ledger:
            people.set_keys(ledger.connection, list(stale_keys(ledger.connection)))
            count = journal.fold_again(ledger.connection, ledger.context.rulebook)
            follow_right(ledger, with_several_dossiers(ledger.connection))
        return count
    except journal.UnreadableEvent as fault:
        with consulting(visitor.path) as connection:
            raise journal.with_reference(connection, fault) from None


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


class Ruling(NamedTuple):
    """A team's rule-set, or its clocks, read whole and found without a fault."""

    code: str
    replaces: str
    """Whose rule of that code it takes the place of (French); nobody's where empty."""
    before: Rulebook
    book: Rulebook
    """The rules without it (or with the one that it replaces), and with it."""

    @property
    def rule_set(self) -> RuleSet | None:
        """The rule-set; none where it is a file of clocks."""
        return next((each for each in self.book.rule_sets if each.code == self.code), None)

    @property
    def departments(self) -> list[str]:
        """Those whose days it may change: its own, and those of the one that it replaces."""
        some = (each for book in (self.before, self.book) for each in book.rule_sets)
        return sorted({d for each in some if each.code == self.code for d in each.departments})


def ruling_of(visitor: Visitor, text: str, name: str = "") -> Ruling:
    """Read a rule file against the rules that hold; ``name`` is told with a fault.

    Raises `RowsFailure` (exit 5) with every fault: its line, its key, what is expected.
    """
    added: Mapping[str, str] = {}
    if visitor.path.exists():
        with consulting(visitor.path) as connection:
            added = settings.rule_texts(connection)
    return _ruled(added, text, name)


def _read(text: str, name: str) -> Mapping[str, Any]:
    """A rule file without a fault in itself. Raises `RowsFailure` with every fault."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        told = "le fichier ne se lit pas (TOML)"
        raise _refused(name, [(fault_line(fault, text), told)]) from None
    found = [*faults(raw)]
    if CLOCKS in raw and not raw.get("code"):
        found.append(RuleFault("il manque code (un texte)", "code"))
    if found:
        raise _refused(name, [(line_of(text, f.key), str(f)) for f in found])
    return raw


def _ruled(added: Mapping[str, str], text: str, name: str) -> Ruling:
    raw = _read(text, name)
    code = str(raw["code"])
    others = {known: each for known, each in added.items() if known != code}
    found = [*_beside(raw, others)]
    if found:
        raise _refused(name, [(line_of(text, f.key), str(f)) for f in found])
    before = "du programme" if code in {each.code for each in shipped().rule_sets} else ""
    whose = "de l'équipe" if code in added else before
    books = ({**others, **with_it}.values() for with_it in (added, {code: text}))
    return Ruling(code, whose, *(rulebook([*rule_files(), *each], strict=False) for each in books))


def _beside(raw: Mapping[str, Any], others: Mapping[str, str]) -> Iterator[RuleFault]:
    """The faults of a file that is right in itself, beside the rules that hold."""
    known = rulebook([*rule_files(), *others.values()], strict=False)
    if CLOCKS in raw:
        yield from check_clocks(clocks(raw), known.clocks)
        return
    own = rule_set(raw)
    yield from overlaps_with(own, [each for each in known.rule_sets if each.code != own.code])


def _refused(name: str, found: Sequence[tuple[int | None, str]]) -> RowsFailure:
    lines = []
    for line, what in sorted(found, key=lambda each: each[0] or 0):
        where = ", ".join(filter(None, (name, f"ligne {line}" if line else "")))
        lines.append(f"{where} : {what}" if where else what)
    model = f"Modèle : {data_file('rules/2023-44-85.toml')}"
    if len(lines) == 1:
        return RowsFailure(f"Règle refusée : {lines[0]}.", model)
    count = f"Règle refusée : {len(lines)} fautes ; les règles du fichier ne changent pas."
    return RowsFailure(count, *lines, model)


def draft_of(text: str, name: str) -> RuleSet:
    """Read a rule-set that is not to be added: it may cover days that another covers.

    Raises `RowsFailure`, as `ruling_of`; a file of clocks is none.
    """
    own = _read(text, name)
    if CLOCKS in own:
        raise RowsFailure(f"{name} : ce sont des délais, pas une règle d'entrée.")
    return rule_set(own)


def add_rule_set(visitor: Visitor, text: str, name: str = "") -> Ruling:
    """Add a rule-set, or a team's clocks, given as TOML. The lists are folded again under it.

    Raises `RowsFailure` (exit 5, nothing written), as `ruling_of`.
    """
    with transaction(visitor) as ledger:
        ruling = _ruled(settings.rule_texts(ledger.connection), text, name)
        settings.add_rule_text(ledger.connection, ruling.code, text)
        journal.fold_again(ledger.connection, settings.rulebook_of(ledger.connection))
    return ruling


def remove_rule_set(visitor: Visitor, code: str) -> bool:
    """Take out a rule-set that the team has added; whether one of the program holds again.

    Raises `NotFoundFailure` where the team has added none of that code.
    """
    with transaction(visitor) as ledger:
        added = settings.rule_texts(ledger.connection)
        if code not in added:
            raise NotFoundFailure(
                f"Aucune règle « {code} » n'a été ajoutée à ce fichier.",
                f"Ajoutées : {', '.join(added) or 'aucune'} ; toutes : agir rules",
            )
        settings.remove_rule_text(ledger.connection, code)
        book = settings.rulebook_of(ledger.connection)
        journal.fold_again(ledger.connection, book)
    return code in {each.code for each in book.rule_sets}


def add_targets(visitor: Visitor, targets: Sequence[Target]) -> list[tuple[Target, int | None]]:
    """Add the targets of the convention; each with the one it takes the place of, if any."""
    with transaction(visitor) as ledger:
        known = {each[:3]: each.value for each in settings.targets(ledger.connection)}
        for target in targets:
            settings.set_target(ledger.connection, target)
    return [(target, known.get(target[:3])) for target in targets]


def targets_of(visitor: Visitor) -> list[Target]:
    """The targets of this file."""
    with consulting(visitor.path) as connection:
        return settings.targets(connection)


def read_clock_as(visitor: Visitor, name: str, value: str) -> None:
    """Set what the source leaves open: where the three weeks start, how interviews come [D]."""
    with transaction(visitor) as ledger:
        settings.set_setting(ledger.connection, name, value)
        journal.fold_again(ledger.connection, settings.rulebook_of(ledger.connection))


def keep_text(visitor: Visitor, name: str, text: str | None) -> bool:
    """Keep a team's file among the settings, or take it out (``None``); whether it was there."""
    with transaction(visitor) as ledger:
        there = name in settings.settings(ledger.connection)
        if text is not None:
            settings.set_setting(ledger.connection, name, text)
        else:
            settings.remove_setting(ledger.connection, name)
    return there
