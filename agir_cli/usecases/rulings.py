"""Rules that a team adds to its own file, and the one clock whose start it may choose."""

from __future__ import annotations

import tomllib

from agir_cli.domain.rules import Rulebook, RuleFault
from agir_cli.failures import RowsFailure
from agir_cli.store import settings
from agir_cli.store.rulebook import rule_files, rule_set, rulebook
from agir_cli.usecases.office import Visitor, at_desk, consulting
from agir_cli.usecases.upkeep import fold_again

CONTRACT_STARTS = ("commission", "diagnostic")


def rules_of(visitor: Visitor) -> Rulebook:
    """The rules that hold for this file."""
    with consulting(visitor.path) as connection:
        return settings.rulebook_of(connection)


def add_rule_set(visitor: Visitor, text: str) -> str:
    """Add a rule-set given as TOML; its code. The lists are folded again under it.

    Raises `RowsFailure` (exit 5, nothing written) when it covers a day that another covers,
    when a criterion has no source, or when it cannot be read.
    """
    try:
        code = rule_set(tomllib.loads(text)).code
        with at_desk(visitor) as desk:
            added = {**settings.rule_texts(desk.connection), code: text}
            rulebook([*rule_files(), *added.values()])
            desk.connection.execute(
                "INSERT INTO rule_texts (name, text) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
                (code, text),
            )
            fold_again(desk.connection, settings.rulebook_of(desk.connection))
    except (RuleFault, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as fault:
        told = str(fault) if isinstance(fault, RuleFault) else "le fichier ne se lit pas (TOML)"
        raise RowsFailure(f"Règle refusée : {told}.", "Modèle : docs/rules.md") from None
    return code


def start_contract_at(visitor: Visitor, start_event: str) -> None:
    """Count the three weeks from the commission, or from the diagnostic [D]."""
    with at_desk(visitor) as desk:
        settings.set_setting(desk.connection, settings.CONTRACT_START, start_event)
        fold_again(desk.connection, settings.rulebook_of(desk.connection))
