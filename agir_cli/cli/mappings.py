"""Headings of a team's own files: said with `--map`, kept and used again by name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from agir_cli.cli.screen import shell_line
from agir_cli.cli.session import default_file
from agir_cli.failures import RowsFailure, UsageFailure, reason_of


def headings(said: Sequence[str], saved: Mapping[str, str]) -> dict[str, str]:
    """The mapping heading → field of `--map "N° dossier=agdref"`, over a saved one."""
    found = dict(saved)
    for text in said:
        heading, equals, field = text.rpartition("=")
        if not equals or not heading.strip():
            raise UsageFailure(
                f"--map : « {text[:60]} » ne se lit pas.",
                'Attendu : --map "Titre dans le fichier=champ", par exemple "N° dossier=agdref" ;',
                'rien après le signe = laisse la colonne de côté : --map "Titre=".',
            )
        found[heading.strip()] = field.strip()
    return found


def doubled(said: Sequence[tuple[str, Sequence[str]]]) -> RowsFailure:
    """The failure of a file whose columns say the same thing twice, and what to type.

    ``said``: what they say (French), and their headings.
    """
    lines: list[str] = []
    for label, titles in said:
        lines.append(f"  {label} : {' et '.join(f'« {title} »' for title in titles)}")
        others = [title for title in titles if title != titles[0]]
        if len(others) < len(titles) - 1:
            lines.append("    Le titre est le même : changez-en un dans le fichier.")
        elif others:
            options = [word for title in others for word in ("--map", f"{title}=")]
            lines.append(f"    Pour garder « {titles[0]} », ajoutez : {shell_line(*options)}")
    return RowsFailure("Plusieurs colonnes disent la même chose :", *lines)


def unmapped(labels: str, read: str) -> RowsFailure:
    """The failure of a file without a column that it must have."""
    return RowsFailure(
        f"Il manque une colonne obligatoire : {labels}.",
        f"Colonnes lues : {read or 'aucune'}",
        'Une colonne s\'associe avec --map "Titre du fichier=champ".',
    )


def _path(name: str) -> Path:
    if not name.replace("-", "").replace("_", "").isalnum() or len(name) > 60:
        raise UsageFailure("Le nom d'un jeu de titres : des lettres, des chiffres, des tirets.")
    return default_file().parent / "titres" / f"{name}.json"


def load_mapping(name: str | None) -> dict[str, str]:
    """A saved mapping; empty when none is asked for. Raises `UsageFailure`."""
    if name is None:
        return {}
    path = _path(name)
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
    if not (isinstance(loaded, dict) and all(isinstance(field, str) for field in loaded.values())):
        raise UsageFailure(
            f"Le jeu de titres « {name} » est abîmé : {path}",
            f"Effacez ce fichier, puis refaites-le : --map … --save-map {name}",
        )
    return loaded


def save_mapping(name: str, mapping: Mapping[str, str]) -> None:
    """Keep a mapping under a name, for its owner alone. Raises `UsageFailure`."""
    from agir_cli.exchange.outputs import open_output

    path = _path(name)
    text = json.dumps(dict(mapping), ensure_ascii=False, indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        why = reason_of(error, writing=True)
        raise UsageFailure(f"« {path.parent} » ne peut pas être créé : {why}.") from None
    with open_output(str(path), overwrite=True) as out:
        out.write(text.encode())
