"""What is noticed in a file's cell before it is read, and said to whoever gave the file.

Options have no such leniency: there, what a person has just typed is told to them at once.
"""

from __future__ import annotations

from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import NAMES
from agir_cli.domain.name_values import holds_a_digit
from agir_cli.domain.person_values import whole_again

NOTICED = frozenset({*NAMES, "telephone", "code_postal_domicile", "code_postal_residence"})
"""The fields that `noticed` looks at."""


def noticed(field: str, text: str) -> tuple[str, str]:
    """The text to read in the place of ``text``, and a French sentence; "" if there is none.

    A lost leading zero comes back where the length proves it; a digit in a name is only told.
    """
    if field in NAMES:
        told = "un chiffre y est écrit, vérifiez-le" if holds_a_digit(text) else ""
        return text, told and _said(field, told)
    whole = whole_again(field, text)
    return whole, _said(field, "zéro de tête rétabli") if whole != text else ""


def _said(field: str, what: str) -> str:
    return f"{FIELDS[field].label} : {what}."
