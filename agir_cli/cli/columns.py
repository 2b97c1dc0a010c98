"""The columns of a file: which fields their headings mean, and what each proves as a whole.

Headings are those that teams write, those that one says with `--map`, and those it keeps by name.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from agir_cli.cli.screen import say, shell_line
from agir_cli.cli.session import Session, default_file, reading_for
from agir_cli.domain.characters import as_sign
from agir_cli.domain.columns import (
    ADDRESS,
    NOT_KEPT,
    NUMBER,
    Survey,
    Understanding,
    Values,
    handed_on,
    value_key,
)
from agir_cli.domain.commands import Command, Enroll, required_names
from agir_cli.domain.fields import FIELDS, Field
from agir_cli.domain.person_values import NAME_ORDERS
from agir_cli.domain.values import Malformed
from agir_cli.domain.vocabulary import HOUSED, Housing, HousingDetail, read_code
from agir_cli.exchange.headers import Matching, nearest, normalise_header
from agir_cli.exchange.rows import listed
from agir_cli.exchange.tables import OpenTable
from agir_cli.failures import RowsFailure, UsageFailure, reason_of
from agir_cli.reports.listing import OF_AN_AGENDA
from agir_cli.store.reference import load_blank_signs
from agir_cli.usecases.intake import CHUNK

# What stands first in a list of dossiers, and in a listing for OFII.
_FIRST_OF_OURS: Final = (FIELDS["dossier"].label, FIELDS["listing"].label)
# So many unknown columns are told one by one, each with the field that it may be.
_HINTED: Final = 10

Which = Callable[[Sequence[str | None]], Callable[[Sequence[str]], Iterable[str]]]
"""Of the columns of a file: which fields of a row another act takes."""


def understood(
    session: Session,
    table: OpenTable,
    matching: Matching,
    which: Which | None,
    *,
    enrols: bool,
    erasers: Sequence[str],
    order: str | None,
    values: Mapping[str, Mapping[str, str]],
) -> Understanding:
    """Look at every row once, for what the columns prove; as `Survey.understood` says."""
    if order not in (None, *NAME_ORDERS):
        raise UsageFailure(f"--name-order : {' ou '.join(NAME_ORDERS)}.")
    meant = _meant(session, table, matching, values)
    survey = Survey(matching.columns, table.header, load_blank_signs(), meant)
    rows = (row.cells for row in table.rows() if row.fault is None)
    while some := list(islice(rows, CHUNK)):
        survey.add(some)
    found = survey.understood(
        reading_for(session),
        enrols=enrols,
        erasers=list(map(as_sign, erasers)),
        order=order,
    )
    if which is None or not {"priorites", "referent"} & set(found.columns):
        return found
    rows = (row.cells for row in table.rows() if row.fault is None)
    return handed_on(found, table.header, rows, which(found.columns))


def say_understood(
    session: Session, table: OpenTable, understanding: Understanding, *, strict: bool
) -> None:
    """Say each interpretation before anything is written; refuse the file where none is wanted."""
    for sentence in understanding.mapped:
        say(session, f"Valeur : {sentence}.")
    told = [*table.accents(), *understanding.told]
    if strict and told:
        raise RowsFailure("--strict : ce fichier demande une interprétation.", *told)
    for sentence in told:
        say(session, f"Compris : {sentence}")
    if understanding.unkept:
        unkept = ", ".join(f"« {heading} »" for heading in understanding.unkept)
        say(session, f"Sans champ dans agir, laissé de côté : {unkept}.")
    for sentence in understanding.cautions:
        say(session, f"À vérifier : {sentence}")


# --- headings: those of the file, those that a team says with --map and keeps by name --------


def own_names(header: Sequence[str], mapping: Mapping[str, str]) -> Sequence[str]:
    """The headings of a file, those of lists that agir writes for people by their columns."""
    if not header or header[0] not in _FIRST_OF_OURS:
        return header
    from agir_cli.reports.listing import EVERY, listed_columns

    own = {column.heading: column.name for column in listed_columns((*EVERY, *OF_AN_AGENDA))}
    return [heading if heading in mapping else own.get(heading, heading) for heading in header]


def check_header(
    session: Session,
    matching: Matching,
    command: type[Command],
    known: Mapping[str, Sequence[str]],
    label: Callable[[str], str],
    *,
    nameless: bool = False,
    usual: Collection[str] = (),
) -> None:
    """Say which columns are not read, and stop where a row could not be one of ``command``."""
    if matching.absent:
        raise RowsFailure(f"Colonne absente du fichier : {', '.join(matching.absent)}.")
    doubled = [d for d in matching.doubled if d[0] not in (NUMBER, ADDRESS, NOT_KEPT)]
    if doubled:
        raise _doubled([(label(name), titles) for name, titles in doubled])
    free = {name: words for name, words in known.items() if name not in matching.columns}
    unknown = [" ".join(heading.split()) for heading in matching.unknown]  # as --map matches it too
    own = _of_agir(unknown)
    if own and OF_AN_AGENDA[0] not in own:  # whoever fills in an agenda knows what it has to read
        alone = command is Enroll and "date_contrat" not in known
        others = " ; agir import reprend tout le parcours" if alone else ""
        say(session, f"Colonnes d'agir laissées de côté : {len(own)} ({listed(own)}){others}.")
    unknown = [heading for heading in unknown if heading not in own]
    if len(unknown) > _HINTED:
        say(session, f"{len(unknown)} colonnes ignorées (inconnues) : {listed(unknown)}")
    for line in unknown[:_HINTED]:
        near = nearest(line, free)
        hint = ""
        if near:
            hint = f" ; si elle dit {label(near)} : {shell_line('--map', f'{line}={near}')}"
        if near or len(unknown) <= _HINTED:
            say(session, f"Colonne ignorée (inconnue) : {line}{hint}")
    read = [name for name in matching.columns if name]
    missing = [] if nameless and read else _missing_columns(command, frozenset((*read, *usual)))
    if missing:
        labels = ", ".join(f"{name} ({FIELDS[name].label})" for name in missing)
        raise RowsFailure(
            f"Il manque une colonne obligatoire : {labels}.",
            f"Colonnes lues : {', '.join(read) or 'aucune'}",
            'Une colonne s\'associe avec --map "Titre du fichier=champ".',
        )


def _of_agir(unknown: Sequence[str]) -> list[str]:
    """Those of these headings that `report dossiers` writes, and that are not read here."""
    if not unknown:
        return []
    from agir_cli.reports.listing import EVERY

    return [heading for heading in unknown if heading in (*EVERY, *OF_AN_AGENDA)]


def _missing_columns(command: type[Command], present: frozenset[str]) -> list[str]:
    if command is Enroll:
        return [] if present & {"nom", "prenoms", "dossier"} else ["nom"]
    known = present | ({"dossier"} if "agdref" in present else frozenset())
    return [name for name in required_names(command) if name not in known]


def _doubled(labelled: Sequence[tuple[str, Sequence[str]]]) -> RowsFailure:
    """The failure of a file whose columns say the same thing twice, and what to type.

    ``labelled``: what they say (French), and their headings.
    """
    lines: list[str] = []
    for label, titles in labelled:
        lines.append(f"  {label} : {' et '.join(f'« {title} »' for title in titles)}")
        others = [title for title in titles if title != titles[0]]
        if len(others) < len(titles) - 1:
            lines.append("    Le titre est le même : changez-en un dans le fichier.")
        elif others:
            options = [word for title in others for word in ("--map", f"{title}=")]
            lines.append(f"    Pour garder « {titles[0]} », ajoutez : {shell_line(*options)}")
    return RowsFailure("Plusieurs colonnes disent la même chose :", *lines)


def mapping_of(texts: Sequence[str], saved: Mapping[str, str]) -> dict[str, str]:
    """The mapping heading → field of `--map "N° dossier=agdref"`, over a saved one."""
    found = dict(saved)
    for text in texts:
        heading, equals, field = text.rpartition("=")
        if not equals or not heading.strip():
            raise UsageFailure(
                f"--map : « {text[:60]} » ne se lit pas.",
                'Attendu : --map "Titre dans le fichier=champ", par exemple "N° dossier=agdref" ;',
                'rien après le signe = laisse la colonne de côté : --map "Titre=".',
            )
        found[heading.strip()] = field.strip()
    return found


def values_of(
    texts: Sequence[str], saved: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """The meanings of `--map-value "Hébergement:HUDA=dna/huda"`, by heading, over saved ones."""
    found = {heading: dict(values) for heading, values in saved.items()}
    for text in texts:
        told, equals, meant = text.rpartition("=")
        heading, colon, value = told.partition(":")  # the file says which of several it is
        if not (equals and colon and heading.strip() and value.strip()):
            raise UsageFailure(
                f"--map-value : « {text[:60]} » ne se lit pas.",
                'Attendu : "Titre:valeur=code", par exemple "Hébergement:HUDA=dna/huda" ;',
                "rien après le signe = : cette valeur ne dit rien.",
            )
        found.setdefault(heading.strip(), {})[value.strip()] = meant.strip()
    return found


def _meant(
    session: Session,
    table: OpenTable,
    matching: Matching,
    values: Mapping[str, Mapping[str, str]],
) -> Values:
    """What the values of each column mean, by its place. Raises `UsageFailure`."""
    places = {normalise_header(title): place for place, title in enumerate(table.header)}
    found: dict[int, dict[str, str]] = {}
    told = [
        (f"{heading}:{value}", text) for heading, of in values.items() for value, text in of.items()
    ]
    for whole, text in told:
        ends = [at for at, sign in enumerate(whole) if sign == ":"]
        cuts = [(normalise_header(whole[:at]), whole[at + 1 :].strip()) for at in reversed(ends)]
        key, value = next((cut for cut in cuts if cut[0] in places), ("", ""))
        place = places.get(key)
        name = matching.columns[place] if place is not None else None
        if place is None or name is None:
            heading = whole[: ends[0]]
            near = difflib.get_close_matches(heading, table.header, n=1)
            raise UsageFailure(
                f"--map-value : la colonne « {heading} » n'est pas lue dans ce fichier.",
                *([f"La plus proche : {near[0]}"] if near else []),
            )
        field = FIELDS.get(name) or FIELDS.get(name.rpartition("_")[0])
        if text and field:
            text = _text_meant(session, field, table.header[place], text)
        found.setdefault(place, {})[value_key(value)] = text
    return found


def _text_meant(session: Session, field: Field, heading: str, text: str) -> str:
    """The text that a cell is read as; « dna/huda »: a housing by its detail, which says both."""
    code, slash, detail = text.partition("/")
    reading = reading_for(session)
    if slash and field.name in ("situation_logement", "detail_logement"):
        finer = read_code(HousingDetail, detail, reading.words)
        if finer is not None and HOUSED[HousingDetail(finer)] is read_code(Housing, code, {}):
            return str(finer.value)
    try:
        field.type.read(text, reading)
    except Malformed as fault:
        raise UsageFailure(
            f"--map-value : « {heading} » ne peut pas dire « {text} » ({field.label}).",
            f"Attendu : {fault.expected}.",
        ) from None
    return text


def _mapping_file(name: str) -> Path:
    if not name.replace("-", "").replace("_", "").isalnum() or len(name) > 60:
        raise UsageFailure("Le nom d'un jeu de titres : des lettres, des chiffres, des tirets.")
    return default_file().parent / "titres" / f"{name}.json"


class Mapped(NamedTuple):
    """What is kept by name: headings with their fields, and what values of a column mean."""

    headings: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}


_VALUES: Final = "_valeurs"
"""Where a set of headings keeps its values: no heading that is read begins so."""


def load_mapping(name: str | None) -> Mapped:
    """A saved mapping; empty when none is asked for. Raises `UsageFailure`."""
    if name is None:
        return Mapped()
    path = _mapping_file(name)
    if not path.exists():
        known = sorted(p.stem for p in path.parent.glob("*.json"))
        raise UsageFailure(
            f"--use-map : le jeu de titres « {name} » n'existe pas.",
            f"Connus : {', '.join(known) or 'aucun'}",
        )
    try:
        loaded = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageFailure(f"« {path} » ne peut pas être lu : {reason_of(error)}.") from None
    except (ValueError, RecursionError):
        loaded = None
    values = loaded.pop(_VALUES, {}) if isinstance(loaded, dict) else {}
    sound = isinstance(values, dict) and all(map(_texts, values.values()))
    if not (sound and _texts(loaded)):
        raise UsageFailure(
            f"Le jeu de titres « {name} » est abîmé : {path}",
            f"Effacez ce fichier, puis refaites-le : --map … --save-map {name}",
        )
    return Mapped(loaded, values)


def _texts(loaded: object) -> bool:
    return isinstance(loaded, dict) and all(isinstance(text, str) for text in loaded.values())


def save_mapping(name: str, mapped: Mapped) -> None:
    """Keep a mapping under a name, for its owner alone. Raises `UsageFailure`."""
    from agir_cli.exchange.outputs import open_output

    path = _mapping_file(name)
    kept = {**mapped.headings, **({_VALUES: mapped.values} if mapped.values else {})}
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        why = reason_of(error, writing=True)
        raise UsageFailure(f"« {path.parent} » ne peut pas être créé : {why}.") from None
    with open_output(str(path), overwrite=True) as out:
        out.write(text.encode())
