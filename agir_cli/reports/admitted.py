"""A word that a report does not know: the sentence that lists those it does, nearest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from agir_cli.failures import UsageFailure

_SHOWN = 24


def not_admitted(what: str, given: str, known: Iterable[str]) -> UsageFailure:
    """The failure (exit 2) for a word outside a list: the nearest, then every admitted word.

    ``what`` begins the sentence: « Le rapport », « La colonne »…
    """
    ranked = nearest_first(given, list(dict.fromkeys(known)))
    sentence = f"{what} « {given[:60]} » n'existe pas."
    if ranked and _likeness(given, ranked[0]) >= 0.5:
        sentence += f" Vouliez-vous dire « {ranked[0]} » ?"
    listed = ", ".join(ranked[:_SHOWN]) + (", …" if len(ranked) > _SHOWN else "")
    return UsageFailure(
        sentence, f"Valeurs admises : {listed}" if ranked else "Il n'y en a aucune."
    )


def nearest_first(given: str, known: Collection[str]) -> list[str]:
    """The known words, the most alike first; those alike to the same degree keep their order."""
    return sorted(known, key=lambda word: -_likeness(given, word))


def _likeness(given: str, word: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, given.casefold(), word.casefold()).ratio()


def chosen(what: str, text: str | None, known: Collection[str]) -> tuple[str, ...]:
    """The words of a list typed with commas (or ``+``), each checked; all of them for ``None``."""
    if text is None:
        return tuple(known)
    words = [word.strip() for word in text.replace("+", ",").split(",") if word.strip()]
    for word in words:
        if word not in known:
            raise not_admitted(what, word, known)
    if not words:
        raise not_admitted(what, text, known)
    return tuple(dict.fromkeys(words))
