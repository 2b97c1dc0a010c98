"""An event as the journal's columns hold it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any

from agir_cli.domain.dates import bounds
from agir_cli.domain.events import Draft
from agir_cli.domain.fields import FIELDS

Written = tuple[str, str | None, str | None, str, tuple[tuple[str, Any], ...]]
"""Its kind, the bounds of its day, its payload as JSON, and its texts, which stay apart."""

_WRITE = {name: field.type.write for name, field in FIELDS.items()}


def written(draft: Draft) -> Written:
    """A draft as it is stored."""
    kind, on, payload, texts = draft
    first, last = bounds(on)
    return str(kind), first, last, payload_text(payload) if payload else "{}", (*texts.items(),)


def payload_text(payload: Mapping[str, Any]) -> str:
    """The JSON of a payload: its values as stored texts (names need no escaping)."""
    return "{" + ",".join([_pair(name, value) for name, value in payload.items()]) + "}"


# Codes, days and places come again and again.
@lru_cache(maxsize=16384)
def _pair(name: str, value: Any) -> str:
    return f'"{name}":{_quoted(_WRITE[name](value))}'
