"""Which dossiers a report looks at: the filters every report shares, as SQL on `dossiers d`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

UNASSIGNED = "non affecté"
"""The sector of a dossier whose office is not known."""

SECTOR = f"coalesce((SELECT o.secteur FROM offices AS o WHERE o.bureau = d.bureau), '{UNASSIGNED}')"
"""SQL: the sector of the dossier ``d``, that of its office."""


_SHOWN = 24
_ME = ("me", "moi")


class Filters(NamedTuple):
    """What was asked; ``None`` leaves everyone in."""

    department: str | None = None
    sector: str | None = None
    office: str | None = None
    referent: str | None = None
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


def checked(connection: Connection, filters: Filters) -> Filters:
    """The filters as the file spells them; case, and a name for a code, do not matter.

    Raises `UsageFailure` (exit 2) with the admitted values for a word that the file has not, and
    for an empty one: a script's variable was not set.
    """
    for name, given in filters._asdict().items():
        if given is not None and not given.strip():
            raise UsageFailure(
                f"--{name} est vide : personne n'y répondrait.",
                "Donnez une valeur, ou retirez l'option pour ne rien filtrer.",
            )
    return Filters(
        department=_department(connection, filters.department),
        **{name: _spelled(connection, name, getattr(filters, name)) for name in _SPELLED},
        stage=_codes("L'étape", "Stage", filters.stage),
        route=_codes("La voie", "Route", filters.route),
        priority=_priority(filters.priority),
        mode=_codes("La modalité", "SupportMode", filters.mode),
    )


# What a filter may be called, and as what it is kept.
_SPELLED = {
    "sector": (
        "Le secteur",
        "SELECT DISTINCT secteur, secteur FROM offices ORDER BY departement, secteur",
        f"SELECT '{UNASSIGNED}', '{UNASSIGNED}'",
    ),
    "office": (
        "Le bureau",
        "SELECT bureau, bureau FROM offices ORDER BY bureau",
        "SELECT nom, bureau FROM offices ORDER BY bureau",
    ),
    "referent": (
        "Le référent",
        "SELECT nom, code FROM referents ORDER BY nom",
        "SELECT code, code FROM referents ORDER BY nom",
    ),
    "organisation": (
        "L'organisation",
        "SELECT DISTINCT organisation, organisation FROM referents"
        " WHERE organisation IS NOT NULL ORDER BY 1",
    ),
}


def _spelled(connection: Connection, name: str, given: str | None) -> str | None:
    if given is None:
        return None
    what, *queries = _SPELLED[name]
    known = {word: code for query in queries for word, code in connection.execute(query)}
    return one_of(what, given, known)


def _codes(what: str, vocabulary: str, given: str | None) -> str | None:
    """The codes typed, between commas so that one is found as a whole."""
    if given is None:
        return None
    from agir_cli.domain import vocabulary as words

    return f",{','.join(chosen(what, given, [code.value for code in getattr(words, vocabulary)]))},"


def _priority(given: str | None) -> str | None:
    if given is None:
        return None
    from agir_cli.domain.vocabulary import Priority

    return one_of("La priorité", given, [code.value for code in Priority])


def _department(connection: Connection, given: str | None) -> str | None:
    if given is None:
        return None
    code = given.strip().upper()
    seen = "SELECT 1 FROM dossiers WHERE dossier >= ? AND dossier < ? AND departement = ? LIMIT 1"
    if connection.execute(seen, (code, code + "~", code)).fetchone():
        return code
    known = [
        row[0]
        for row in connection.execute(
            "SELECT departement FROM offices UNION SELECT departement FROM dossiers ORDER BY 1"
        )
    ]
    if code not in known:
        from agir_cli.store.reference import load_departments

        if any(each.code == code for each in load_departments()):
            return code  # the programme is there; this file has nobody there
    return one_of("Le département", code, known)


def nobody_there(connection: Connection, filters: Filters) -> str | None:
    """The department asked for where the file has no dossier at all, else None."""
    if filters.department is None:
        return None
    query = "SELECT 1 FROM dossiers WHERE departement = ? LIMIT 1"
    found = connection.execute(query, (filters.department,)).fetchone()
    return None if found else filters.department


def one_of(what: str, given: str | None, known: Iterable[str]) -> str | None:
    """The known word that was typed, whatever its case; of a mapping, what it stands for.

    Raises `UsageFailure`.
    """
    if given is None:
        return None
    words = known if isinstance(known, Mapping) else {word: word for word in known}
    found = {word.casefold(): value for word, value in words.items()}.get(given.strip().casefold())
    if found is None:
        raise not_admitted(what, given.strip(), words)
    return str(found)


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
