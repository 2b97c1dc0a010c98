"""Which dossiers a report looks at: the filters every report shares, as SQL on `dossiers d`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from agir_cli.failures import UsageFailure
from agir_cli.store.directory import REFERENTS_NAMED

if TYPE_CHECKING:
    from agir_cli.domain.vocabulary import Code
    from agir_cli.store.driver import Connection

UNASSIGNED = "non affecté"
"""The sector of a dossier whose office is not known."""

SECTOR = f"coalesce((SELECT o.secteur FROM offices AS o WHERE o.bureau = d.bureau), '{UNASSIGNED}')"
"""SQL: the sector of the dossier ``d``, that of its office."""


Otherwise = TypeVar("Otherwise")
NO_OTHERS: Mapping[str, str] = MappingProxyType({})

_SHOWN = 24
_ME = ("me", "moi")


class Filter(NamedTuple):
    """A filter that every report has: how it is typed, and which dossiers it keeps.

    ``metavar``: what stands for its word; ``None``: a flag. ``codes``: the list of which it takes
    some, or one (``several``). ``query``: otherwise, the words that it may be called by, as code
    and name. ``typed``: its option, where that is not its own name.
    """

    metavar: str | None
    help: str
    sql: str
    called: str = ""
    codes: str = ""
    several: bool = True
    query: str = ""
    typed: str = ""

    @property
    def noun(self) -> str:
        """How it is called, without its article."""
        return self.called.removeprefix("L'").removeprefix("Le ").removeprefix("La ")


FILTERS: Mapping[str, Filter] = {
    "department": Filter(
        "CODE", "Un seul département.", "d.departement = :department", "Le département",
        typed="--departement",
    ),
    "sector": Filter(
        "SECTEUR", "Un seul secteur.", f"{SECTOR} = :sector", "Le secteur",
        query="SELECT DISTINCT secteur, secteur FROM offices"
        f" UNION ALL SELECT '{UNASSIGNED}', '{UNASSIGNED}'",
        typed="--secteur",
    ),
    "office": Filter(
        "BUREAU", "Un seul bureau.", "d.bureau = :office", "Le bureau",
        query="SELECT bureau, nom FROM offices ORDER BY bureau", typed="--bureau",
    ),
    "referent": Filter(
        "NOM", "Un seul référent : code ou nom, ou une partie.",
        "(d.referent = :referent OR d.second_referent = :referent)", "Le référent",
        query=REFERENTS_NAMED,
    ),
    "first_referent": Filter(
        None, "Avec --referent : sans les dossiers où c'est le second.", "d.referent = :referent",
        "Le premier référent",
    ),
    "organisation": Filter(
        "NOM", "Celle du référent.",
        "d.referent IN (SELECT f.code FROM referents AS f WHERE f.organisation = :organisation)",
        "L'organisation",
        query="SELECT DISTINCT organisation, organisation FROM referents"
        " WHERE organisation IS NOT NULL ORDER BY 1",
    ),
    "stage": Filter(
        "LISTE", "diagnostic, commission, clos...", "instr(:stage, ',' || d.etape || ',')",
        "L'étape", "Stage",
    ),
    "route": Filter(
        "LISTE", "n, n-1, hors_voie, inconnue.", "instr(:route, ',' || d.voie || ',')",
        "La voie", "Route",
    ),
    "priority": Filter(
        "CODE", "droit_logement ou emploi_formation.",
        "instr('+' || d.priorites || '+', '+' || :priority || '+')",
        "La priorité", "Priority", several=False, typed="--priorites",
    ),
    "mode": Filter(
        "LISTE", "globale, subsidiarite, appui.", "instr(:mode, ',' || d.modalite || ',')",
        "La modalité", "SupportMode", typed="--modalite",
    ),
}  # fmt: skip


def option_of(name: str) -> str:
    """How a filter is typed."""
    return FILTERS[name].typed or f"--{name.replace('_', '-')}"


class Filters(dict[str, str]):
    """What was asked, by filter; never changed once made. With none, everyone stays in.

    Several codes stand between commas, so that one is found as a whole.
    """

    def without(self, *names: str) -> Filters:
        """The filters but these."""
        return Filters({name: given for name, given in self.items() if name not in names})

    @property
    def told(self) -> str:
        """« avec ces filtres » at the end of a sentence, where one was asked for."""
        return " avec ces filtres" if self else ""


EVERYONE = Filters()


class Condition(NamedTuple):
    """A part of a WHERE clause (it begins with `` AND``, or is empty) and its values."""

    sql: str = ""
    values: dict[str, str] = {}  # noqa: RUF012 - never changed


def condition(filters: Filters) -> Condition:
    """The SQL of these filters, checked beforehand (`checked`)."""
    return Condition("".join(f" AND {FILTERS[name].sql}" for name in filters), {**filters})


def counting(filters: Filters) -> Condition:
    """The SQL of whom a figure counts under these filters.

    A dossier opened by mistake is nobody: it stays in the lists and in no figure. Two dossiers of
    a department that somebody has linked are one person.
    """
    asked = condition(filters)
    one = f" AND d.motif IS NOT 'erreur' AND d.id NOT IN ({_SECOND})"
    return asked._replace(sql=f"{one}{asked.sql}")


_SECOND = """SELECT CASE WHEN (a.etape = 'clos') = (b.etape = 'clos') THEN max(a.id, b.id)
        WHEN a.etape = 'clos' THEN a.id ELSE b.id END
    FROM ties AS t JOIN dossiers AS a ON a.id = t.dossier JOIN dossiers AS b ON b.id = t.autre
    WHERE t.sorte = 'meme' AND a.departement = b.departement
        AND a.motif IS NOT 'erreur' AND b.motif IS NOT 'erreur'"""
"""Of two linked dossiers the one that no figure counts: the closed one, else the later."""


Tell = Callable[[str], None]
"""Where what is to be said of the filters goes (a sentence in French)."""


def _untold(_: str) -> None:
    pass


def checked(connection: Connection, filters: Filters, tell: Tell = _untold) -> Filters:
    """The filters as the file spells them: what an act would take for one, a filter finds.

    Raises `UsageFailure` (exit 2) with the admitted values for a word that the file has not or
    that means several, and for an empty one: a script's variable was not set.
    """
    for name, given in filters.items():
        if not given.strip():
            raise UsageFailure(
                f"{option_of(name)} est vide : personne n'y répondrait.",
                "Donnez une valeur, ou retirez l'option pour ne rien filtrer.",
            )
    if "first_referent" in filters and "referent" not in filters:
        raise UsageFailure("--first-referent va avec --referent NOM.")
    found = Filters(
        {name: _spelled(connection, name, given, tell) for name, given in filters.items()}
    )
    _tell_of_seconds(connection, found, tell)
    _tell_of_inner_sectors(connection, found, tell)
    return found


def _tell_of_inner_sectors(connection: Connection, filters: Filters, tell: Tell) -> None:
    """Say that those inside a sector are counted apart: so they are in every report."""
    if "sector" not in filters:
        return
    query = "SELECT DISTINCT secteur FROM sectors WHERE dans = ? ORDER BY 1"
    inner = [name for (name,) in connection.execute(query, (filters["sector"],))]
    if inner:
        tell(
            f"« {filters['sector']} » est compté sans {' ni '.join(inner)}, qui sont dedans et se"
            f" comptent à part : --secteur {inner[0]}"
        )


def _tell_of_seconds(connection: Connection, filters: Filters, tell: Tell) -> None:
    """Say that a référent's dossiers are also those where they are second."""
    referent = filters.get("referent")
    if referent is None or "first_referent" in filters:
        return
    query = "SELECT count(*) FROM dossiers WHERE second_referent = ? AND referent IS NOT ?"
    (count,) = connection.execute(query, (referent, referent)).fetchone()
    if count:
        tell(
            f"--referent prend aussi les dossiers où c'est le second référent ({count} dans le"
            " fichier) ; sans eux : --first-referent"
        )


def _spelled(connection: Connection, name: str, given: str, tell: Tell) -> str:
    """A filter as the file spells it."""
    asked = FILTERS[name]
    if name == "department":
        return _department(connection, given)
    if asked.query:
        option = option_of(name)
        return _meant(connection, asked.called, asked.query, given, option, tell)
    if not asked.codes:
        return given
    known = labelled(asked.codes)
    if asked.several:
        return f",{','.join(chosen(asked.called, given, known))},"
    return one_of(asked.called, given, known)


NOBODY = "aucun"
"""The line of the dossiers without a référent, an office or an organisation, as it is typed."""


def line_meant(connection: Connection, query: str, given: str) -> str:
    """The code of a line that a report counts, of those that a query names; `NOBODY`: none."""
    if given.strip().casefold() == NOBODY:
        return ""
    return _meant(connection, "La ligne", query, given, "--line", lambda _: None, (NOBODY,))


def _meant(
    connection: Connection, what: str, query: str, given: str, option: str, tell: Tell,
    others: Sequence[str] = (),
) -> str:  # fmt: skip
    from agir_cli.domain.identity import meant

    named = [(str(c), str(told or c)) for c, told in connection.execute(query) if c]
    found, whole = meant(given, named)
    if len(found) == 1:
        if not whole:
            tell(f"{option} : « {given.strip()} » est lu comme {dict(named)[found[0]]}.")
        return found[0]
    if found:
        listed = " ; ".join(f"{told} ({code})" for code, told in named if code in found)
        raise UsageFailure(
            f"{what} « {given.strip()[:60]} » : {len(found)} portent ce nom.",
            f"Donnez un nom entier ou un code : {listed}",
        )
    words = dict.fromkeys(word for code, told in named for word in (told, code))
    raise not_admitted(what, given.strip(), (*others, *words))


def labelled(vocabulary: str) -> dict[str, str]:
    """The codes of a list by what they may be called: themselves, and their labels."""
    from agir_cli.domain import vocabulary as words

    codes: Iterable[Code] = getattr(words, vocabulary)
    return {code.value: code.value for code in codes} | {
        label: code.value
        for code in codes
        for label in (code.label, code.label.partition(" (")[0])  # « Voie N (OFII) »
    }


def admitted(connection: Connection, name: str) -> list[tuple[str, str]]:
    """The words that a filter of the file takes, each with what it is: names, codes, departments.

    A référent is called by name, everything else by the code that the file has for it.
    """
    if name == "department":
        query = "SELECT departement, '' FROM offices UNION SELECT departement, '' FROM dossiers"
        return [(str(code), "") for code, _ in connection.execute(query)]
    rows = [(str(code), str(told)) for code, told in connection.execute(FILTERS[name].query)]
    return [(told, code) if name == "referent" else (code, told) for code, told in rows]


def _department(connection: Connection, given: str) -> str:
    code = given.strip().upper()
    seen = "SELECT 1 FROM dossiers WHERE dossier >= ? AND dossier < ? AND departement = ? LIMIT 1"
    if connection.execute(seen, (code, code + "~", code)).fetchone():
        return code
    query = "SELECT departement FROM offices UNION SELECT departement FROM dossiers ORDER BY 1"
    known = {str(row[0]): str(row[0]) for row in connection.execute(query)}
    # the programme may be there, and nobody of this file
    rows = connection.execute("SELECT departement, nom FROM departments").fetchall()
    named = {word: code for code, name in rows for word in (name, code)}
    return one_of("Le département", code, known, named)


def nobody_there(connection: Connection, filters: Filters) -> str | None:
    """The department asked for where the file has no dossier at all, else None."""
    department = filters.get("department")
    query = "SELECT 1 FROM dossiers WHERE departement = ? LIMIT 1"
    found = department is None or connection.execute(query, (department,)).fetchone()
    return None if found else department


def one_of(what: str, given: str, known: Iterable[str], also: Mapping[str, str] = NO_OTHERS) -> str:
    """The known word that was typed; of a mapping, what it stands for.

    Case, accents and signs do not matter. ``also``: words that are not listed where nothing is
    found. Raises `UsageFailure`.
    """
    words = known if isinstance(known, Mapping) else {word: word for word in known}
    found = _standing_for({**also, **words}, given)
    if found is None:
        raise not_admitted(what, given.strip(), dict.fromkeys(words.values()))
    return found


def one_or(
    otherwise: Otherwise, what: str, given: str | None, known: Iterable[str],
    also: Mapping[str, str] = NO_OTHERS,
) -> str | Otherwise:  # fmt: skip
    """The known word that was typed (`one_of`); what stands for it where nothing was."""
    return otherwise if given is None else one_of(what, given, known, also)


def _standing_for(words: Mapping[str, str], given: str) -> str | None:
    """What a word stands for, whatever its case, accents and signs."""
    exact = words.get(given.strip())
    if exact is not None:
        return exact
    from agir_cli.domain.vocabulary import normalise

    alike = {words[word] for word in words if normalise(word) == normalise(given)} - {""}
    return alike.pop() if len(alike) == 1 else None


# --- « me »: which référent of the directory is the person who types --------------------


def referent_named(connection: Connection, given: str, author: str) -> str:
    """The word of ``--referent``, ``me`` replaced by the code of the author in the directory.

    The order of the words of a name, case and accents do not matter. Raises `UsageFailure`
    when the author is nobody of the directory, or several.
    """
    if given.strip().casefold() not in _ME:
        return given
    from agir_cli.domain.identity import name_key

    known = connection.execute(REFERENTS_NAMED).fetchall()
    exact = [code for code in dict(known) if code.casefold() == author.strip().casefold()]
    wanted = name_key(author, None)
    alike = dict.fromkeys(code for code, name in known if name_key(name, None) == wanted)
    found = exact or [*alike]
    if len(found) == 1:
        return str(found[0])
    if found:
        raise UsageFailure(
            f"« {author[:60]} » désigne plusieurs référents du répertoire.",
            f"Donnez un code : --referent {' ou '.join(map(str, found[:6]))}",
        )
    names = nearest_first(author, [name for _, name in known])[:6]
    raise UsageFailure(
        f"« {author[:60]} » n'est pas au répertoire des référents : qui est « me » ?",
        'Dites-le : agir --author "NOM Prénom" …   (ou la variable AGIR_AUTHOR)',
        f"Le répertoire connaît : {', '.join(names)}" if names else "Le répertoire est vide.",
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
