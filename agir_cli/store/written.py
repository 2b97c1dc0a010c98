"""Events as the journal's columns hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any, NamedTuple

from agir_cli.domain.dates import bounds
from agir_cli.domain.events import Draft
from agir_cli.domain.fields import FIELDS
from agir_cli.store.inserting import Table

_WRITE = {name: field.type.write for name, field in FIELDS.items()}


class Written(NamedTuple):
    """Events as they are stored, without their numbers (ids, instants)."""

    events: Table
    texts: list[tuple[int, str, str]]
    """Their words, which stay apart: the place of the event, the field, what is said."""


def written(drafts: Sequence[tuple[int, Draft]]) -> Written:
    """These drafts, each with the place of the dossier that it is about."""
    if not drafts:
        return Written(Table("events", (), {}), [])
    owners, each = zip(*drafts, strict=True)
    kinds, days, payloads, texts = zip(*each, strict=True)
    first, last = zip(*map(bounds, days), strict=True)
    columns = {
        "kind": list(map(str, kinds)),
        "effective_from": first,
        "effective_to": last,
        "payload": [payload_text(said) if said else "{}" for said in payloads],
    }
    words = [(n, *word) for n, said in enumerate(texts) if said for word in said.items()]
    return Written(Table("events", owners, columns), words)


def payload_text(payload: Mapping[str, Any]) -> str:
    """The JSON of a payload: its values as stored texts (names need no escaping)."""
    return "{" + ",".join([_pair(name, value) for name, value in payload.items()]) + "}"


# Codes, days and places come again and again.
@lru_cache(maxsize=16384)
def _pair(name: str, value: Any) -> str:
    return f'"{name}":{_quoted(_WRITE[name](value))}'
