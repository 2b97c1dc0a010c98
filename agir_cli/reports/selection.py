"""Which dossiers a report looks at: the filters every report shares, as SQL on `dossiers d`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.domain.vocabulary import Code
    from agir_cli.store.driver import Connection

UNASSIGNED = "non affecté"
"""The sector of a dossier whose office is not known."""

SECTOR = f"coalesce((SELECT o.secteur FROM offices AS o WHERE o.bureau = d.bureau), '{UNASSIGNED}')"
"""SQL: the sector of the dossier ``d``, that of its office."""


NO_OTHERS: Mapping[str, str] = MappingProxyType({})

_SHOWN = 24
_ME = ("me", "moi")


class Filters(NamedTuple):
    """What was asked; ``None`` leaves everyone in."""

    department: str | None = None
    sector: str | None = None
    office: str | None = None
    referent: str | None = None
    first_referent: str | None = None
    """« oui »: not where the référent is second."""
    organisation: str | None = None
    stage: str | None = None
    """One code of `Stage`, or several with commas; likewise the three below."""
    route: str | None = None
    priority: str | None = None
    mode: str | None = None

    @property
    def told(self) -> str:
        """« avec ces filtres » at the end of a sentence, where one was asked for."""
        return "" if all(value is None for value in self) else " avec ces filtres"


EVERYONE = Filters()


class Condition(NamedTuple):
    """A part of a WHERE clause (it begins with `` AND``, or is empty) and its values."""

    sql: str = ""
    values: dict[str, str] = {}  # noqa: RUF012 - never changed


_CLAUSES = {
    "department": " AND d.departement = :department",
    "sector": f" AND {SECTOR} = :sector",
    "office": " AND d.bureau = :office",
    "referent": " AND (d.referent = :referent OR d.second_referent = :referent)",
    "first_referent": " AND d.referent = :referent",
    "organisation": (
        " AND d.referent IN (SELECT f.code FROM referents AS f"
        " WHERE f.organisation = :organisation)"
    ),
    "stage": " AND instr(:stage, ',' || d.etape || ',')",
    "route": " AND instr(:route, ',' || d.voie || ',')",
    "priority": " AND instr('+' || d.priorites || '+', '+' || :priority || '+')",
    "mode": " AND instr(:mode, ',' || d.modalite || ',')",
}


def condition(filters: Filters) -> Condition:
    """The SQL of these filters, checked beforehand (`checked`)."""
    given = {name: value for name, value in filters._asdict().items() if value is not None}
    return Condition("".join(_CLAUSES[name] for name in given), given)


def counting(filters: Filters) -> Condition:
    """The SQL of whom a figure counts under these filters.

    A dossier opened by mistake is nobody: it stays in the lists and in no figure.
    """
    asked = condition(filters)
    return asked._replace(sql=f" AND d.motif IS NOT 'erreur'{asked.sql}")


Tell = Callable[[str], None]
"""Where what is to be said of the filters goes (a sentence in French)."""


def _untold(_: str) -> None:
    pass


def checked(connection: Connection, filters: Filters, tell: Tell = _untold) -> Filters:
    """The filters as the file spells them: what an act would take for one, a filter finds.

    Raises `UsageFailure` (exit 2) with the admitted values for a word that the file has not or
    that means several, and for an empty one: a script's variable was not set.
    """
    for name, given in filters._asdict().items():
        if given is not None and not given.strip():
            raise UsageFailure(
                f"--{name} est vide : personne n'y répondrait.",
                "Donnez une valeur, ou retirez l'option pour ne rien filtrer.",
            )
    if filters.first_referent and filters.referent is None:
        raise UsageFailure("--first-referent va avec --referent NOM.")
    found = filters._replace(
        department=_department(connection, filters.department),
        **{name: _spelled(connection, name, getattr(filters, name), tell) for name in _SPELLED},
        stage=_codes("L'étape", "Stage", filters.stage),
        route=_codes("La voie", "Route", filters.route),
        priority=_priority(filters.priority),
        mode=_codes("La modalité", "SupportMode", filters.mode),
    )
    _tell_of_seconds(connection, found, tell)
    return found


def _tell_of_seconds(connection: Connection, filters: Filters, tell: Tell) -> None:
    """Say that a référent's dossiers are also those where they are second."""
    if filters.referent is None or filters.first_referent:
        return
    query = "SELECT count(*) FROM dossiers WHERE second_referent = ? AND referent IS NOT ?"
    (count,) = connection.execute(query, (filters.referent, filters.referent)).fetchone()
    if count:
        tell(
            f"--referent prend aussi les dossiers où c'est le second référent ({count} dans le"
            " fichier) ; sans eux : --first-referent"
        )


# What a filter may be called (code, name), and how a sentence calls it.
_SPELLED = {
    "sector": (
        "Le secteur",
        "SELECT DISTINCT secteur, secteur FROM offices"
        f" UNION ALL SELECT '{UNASSIGNED}', '{UNASSIGNED}'",
    ),
    "office": ("Le bureau", "SELECT bureau, nom FROM offices ORDER BY bureau"),
    "referent": ("Le référent", "SELECT code, nom FROM referents ORDER BY nom"),
    "organisation": (
        "L'organisation",
        "SELECT DISTINCT organisation, organisation FROM referents"
        " WHERE organisation IS NOT NULL ORDER BY 1",
    ),
}


def _spelled(connection: Connection, name: str, given: str | None, tell: Tell) -> str | None:
    if given is None:
        return None
    from agir_cli.domain.identity import meant

    what, query = _SPELLED[name]
    named = [(str(code), str(told)) for code, told in connection.execute(query)]
    found, whole = meant(given, named)
    if len(found) == 1:
        if not whole:
            tell(f"--{name} : « {given.strip()} » est lu comme {dict(named)[found[0]]}.")
        return found[0]
    if found:
        listed = " ; ".join(f"{told} ({code})" for code, told in named if code in found)
        raise UsageFailure(
            f"{what} « {given.strip()[:60]} » peut en être {len(found)}.",
            f"Donnez un nom entier ou un code : {listed}",
        )
    words = dict.fromkeys(word for code, told in named for word in (told, code))
    raise not_admitted(what, given.strip(), words)


def _codes(what: str, vocabulary: str, given: str | None) -> str | None:
    """The codes typed, between commas so that one is found as a whole."""
    if given is None:
        return None
    return f",{','.join(chosen(what, given, labelled(vocabulary)))},"


def labelled(vocabulary: str) -> dict[str, str]:
    """The codes of a list by what they may be called: themselves, and their labels."""
    from agir_cli.domain import vocabulary as words

    codes: Iterable[Code] = getattr(words, vocabulary)
    return {code.value: code.value for code in codes} | {
        label: code.value
        for code in codes
        for label in (code.label, code.label.partition(" (")[0])  # « Voie N (OFII) »
    }


def _priority(given: str | None) -> str | None:
    return one_of("La priorité", given, labelled("Priority"))


def _department(connection: Connection, given: str | None) -> str | None:
    if given is None:
        return None
    code = given.strip().upper()
    seen = "SELECT 1 FROM dossiers WHERE dossier >= ? AND dossier < ? AND departement = ? LIMIT 1"
    if connection.execute(seen, (code, code + "~", code)).fetchone():
        return code
    from agir_cli.store.reference import load_departments

    query = "SELECT departement FROM offices UNION SELECT departement FROM dossiers ORDER BY 1"
    known = {str(row[0]): str(row[0]) for row in connection.execute(query)}
    # the programme may be there, and nobody of this file
    named = {word: each.code for each in load_departments() for word in (each.name, each.code)}
    return one_of("Le département", code, known, named)


def nobody_there(connection: Connection, filters: Filters) -> str | None:
    """The department asked for where the file has no dossier at all, else None."""
    if filters.department is None:
        return None
    query = "SELECT 1 FROM dossiers WHERE departement = ? LIMIT 1"
    found = connection.execute(query, (filters.department,)).fetchone()
    return None if found else filters.department


def one_of(
    what: str, given: str | None, known: Iterable[str], also: Mapping[str, str] = NO_OTHERS
) -> str | None:
    """The known word that was typed; of a mapping, what it stands for.

    Case, accents and signs do not matter. ``also``: words that are not listed where nothing is
    found. Raises `UsageFailure`.
    """
    if given is None:
        return None
    words = known if isinstance(known, Mapping) else {word: word for word in known}
    found = _standing_for({**also, **words}, given)
    if found is None:
        raise not_admitted(what, given.strip(), dict.fromkeys(words.values()))
    return found


def _standing_for(words: Mapping[str, str], given: str) -> str | None:
    """What a word stands for, whatever its case, accents and signs."""
    from agir_cli.domain.vocabulary import normalise

    exact = words.get(given.strip())
    if exact is not None:
        return exact
    alike = {words[word] for word in words if normalise(word) == normalise(given)} - {""}
    return alike.pop() if len(alike) == 1 else None


# --- « me »: which référent of the directory is the person who types --------------------


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
    names = nearest_first(author, [name for _, name in known])[:6]
    raise UsageFailure(
        f"« {author[:60]} » n'est pas dans l'annuaire des référents : qui est « me » ?",
        'Dites-le : agir --author "NOM Prénom" …   (ou la variable AGIR_AUTHOR)',
        *([f"L'annuaire connaît : {', '.join(names)}"] if names else ["L'annuaire est vide."]),
    )


# --- a word that the file or the report does not know ------------------------------------


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


def chosen(what: str, text: str | None, known: Iterable[str]) -> tuple[str, ...]:
    """The words of a list typed with commas (or ``+``), each checked; all of them for ``None``.

    Of a mapping, what the words stand for.
    """
    words = known if isinstance(known, Mapping) else {word: word for word in known}
    every = tuple(dict.fromkeys(words.values()))
    if text is None:
        return every
    typed = [word.strip() for word in text.replace("+", ",").split(",") if word.strip()]
    found = {word: _standing_for(words, word) for word in typed or [text]}
    for word, code in found.items():
        if code is None:
            raise not_admitted(what, word, every)
    return tuple(dict.fromkeys(code for code in found.values() if code is not None))
