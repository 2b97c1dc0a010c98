"""The configuration of the post: what one need not type again on this machine.

A TOML file of the user's own, flat: ``bureau = "44-C1"``. Options and environment variables win
over it. It is read when a setting is first asked for, and the TOML library imported only where
there is a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from agir_cli.drafts import user_folder
from agir_cli.failures import UsageFailure

VARIABLE = "AGIR_CONFIG"
_LARGEST = 1 << 20
"""Characters: a device without end is no configuration."""
COLUMNS, BACKUPS, VIEWS = "colonnes", "sauvegarde", "vues"
"""The tables of the file; their settings are named « colonnes.dossiers »."""
OPEN = (COLUMNS, VIEWS)
"""Those whose settings have names that people give."""
_YES, _NO = "oui", "non"


class Setting(NamedTuple):
    """One setting: ``option`` is the global option, or the field, that wins over it."""

    name: str
    told: str
    option: str = ""
    variable: str = ""
    field: bool = False


_ALL = (
    Setting("fichier", "Le fichier de l'équipe", "db", "AGIR_DB"),
    Setting("auteur", "Qui enregistre sur ce poste", "author", "AGIR_AUTHOR"),
    Setting("departement", "Le département des dossiers ouverts ici", field=True),
    Setting("bureau", "Le bureau des rendez-vous pris ici", field=True),
    Setting("referent", "Le référent qui travaille ici (--referent me)", field=True),
    Setting("pager", "Les longues listes page par page : oui ou non", "no-pager"),
    Setting("lignes", "Les lignes d'un écran ; sinon celles du terminal", variable="LINES"),
    Setting(
        "partage",
        "Écrire même sur un partage ou dans un dossier synchronisé : oui ou non",
        variable="AGIR_PARTAGE",
    ),
    Setting("cle", "Le fichier de clé, où se lit celle d'un fichier chiffré"),
    Setting("echange", "Où les sites s'échangent : un dossier, ou postgresql:SERVICE"),
    Setting("sync", "auto : échanger après chaque acte, si l'échange répond aussitôt"),
    Setting("silence", "Au-delà de combien de jours le silence d'un site est dit (7)"),
    Setting("sauvegarde.dossier", "Le dossier où le fichier est sauvegardé chaque jour"),
    Setting("sauvegarde.jours", "Au-delà de combien de jours l'âge de la dernière est dit (7)"),
    Setting("sauvegarde.garder", "Combien de jours une sauvegarde est gardée (35)"),
    Setting("colonnes", "colonnes.LISTE : les colonnes de cette liste à l'écran", "columns"),
    Setting("vues", "vues.NOM : un rapport et ses options (agir view save)"),
)
SETTINGS: Mapping[str, Setting] = {each.name: each for each in _ALL}
_NAMES = {each.option: each.name for each in _ALL if each.option} | {n: n for n in SETTINGS}


def config_file() -> Path | None:
    """The file of the post in the platform's folder, or that of `VARIABLE`; it may not exist.

    None for an account without a home.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    with suppress(RuntimeError):
        return user_folder(settings=True) / "config.toml"
    return None


class Post:
    """The settings of this machine's user. ``warn`` is told what the file holds in vain."""

    def __init__(self, path: Path | None, warn: Callable[[str], None] = lambda _: None) -> None:
        self.path = path
        self._warn = warn

    @cached_property
    def values(self) -> Mapping[str, str]:
        """The settings given, as texts. Raises `UsageFailure` for a file that cannot be read."""
        try:
            with (self.path or Path(os.devnull)).open(encoding="utf-8-sig") as file:
                text = file.read(_LARGEST)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, UnicodeError) as error:
            from agir_cli.failures import reason_of

            why = reason_of(error) if isinstance(error, OSError) else "il n'est pas en UTF-8"
            raise UsageFailure(f"La configuration de ce poste ne se lit pas : {why}.",
                               f"Fichier : {self.path}") from None  # fmt: skip
        return self._read(text)

    @property
    def fields(self) -> Mapping[str, str]:
        """The values that this post gives to fields left out: ``departement``, ``bureau``…"""
        return {name: text for name, text in self.values.items() if setting(name).field}

    def columns_of(self, name: str) -> str | None:
        """The columns that this post wants of a list on its screen, between commas."""
        return self.values.get(f"{COLUMNS}.{name}")

    @property
    def lines(self) -> int | None:
        """The lines of a screen of this post, where it says how many."""
        said = self.values.get("lignes", "")
        return max(int(said), 5) if said.isdecimal() else None

    def _read(self, text: str) -> Mapping[str, str]:
        from tomllib import TOMLDecodeError, loads

        try:
            written = loads(text)
        except TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            line = int(found[1]) if found else len(text.splitlines())
            raise self._fault(text, line, "ne se comprend pas") from None
        values = {}
        for table in (COLUMNS, BACKUPS, VIEWS):
            own = written.pop(table, {})
            if isinstance(own, dict):
                written |= {f"{table}.{name}": value for name, value in own.items()}
        for key, value in written.items():
            name, line = setting_named(key), _line_of(text, key)
            if name is None:
                self._warn(f"configuration, ligne {line} : {unknown_setting(key)} ({self.path})")
            elif wanted := _expected(name, value):
                raise self._fault(text, line, f"attend {wanted}")
            elif isinstance(value, bool):
                values[name] = _YES if value else _NO
            elif isinstance(value, str | int):
                values[name] = str(value).strip()
            else:
                values[name] = ",".join(value)
        return {name: value for name, value in values.items() if value}

    def _fault(self, text: str, line: int, what: str) -> UsageFailure:
        lines = text.splitlines()
        key = lines[line - 1].partition("=")[0].strip()[:40] if 0 < line <= len(lines) else ""
        return UsageFailure(
            f"La configuration de ce poste, ligne {line}{f', « {key} »' if key else ''} : cela"
            f" {what}.",
            f'On écrit : bureau = "44-C1". Pour la corriger : agir config edit ({self.path})',
        )


def _expected(name: str, value: object) -> str:
    """What a setting of a file holds, where this value is something else."""
    if name == "pager":
        said = isinstance(value, bool) or str(value).strip().lower() in (_YES, _NO)
        return "" if said else "oui ou non"
    if name == "lignes":
        counted = not isinstance(value, bool) and str(value).strip().isdecimal()
        return "" if counted else "un nombre de lignes, comme 24"
    listed = isinstance(value, list) and all(isinstance(each, str) for each in value)
    one = isinstance(value, str | int) and not isinstance(value, bool)
    return "" if one or (listed and name.startswith(COLUMNS)) else "un texte"


def setting_named(key: str) -> str | None:
    """The setting that somebody names, by its name or by the option that wins over it."""
    word = key.strip().lower().removeprefix("--").replace("é", "e").replace("_", "-")
    if word in SETTINGS and word not in OPEN:
        return word
    found, _, of = _NAMES.get(word.partition(".")[0]), *word.partition(".")[1:]
    if found is None or (found in OPEN) != bool(of):
        return None
    return f"{found}.{of}" if of else found


def setting(name: str) -> Setting:
    """What a name given by `setting_named` is."""
    return SETTINGS.get(name) or SETTINGS[name.partition(".")[0]]


def unknown_setting(key: str) -> str:
    """The sentence about a key that is no setting, with the nearest one."""
    from difflib import get_close_matches

    nearest = get_close_matches(key.lower(), _NAMES, n=1, cutoff=0.5)
    told = f" Vouliez-vous dire « {_NAMES[nearest[0]]} » ?" if nearest else ""
    return f"« {key[:40]} » n'est pas un réglage.{told}"


def _line_of(text: str, key: str) -> int:
    lines = text.splitlines()
    pattern = rf"\s*[\"']?({re.escape(key)}|{re.escape(key.rpartition('.')[2])})[\"']?\s*[=.\]]"
    return next((n for n, line in enumerate(lines, 1) if re.match(pattern, line)), 1)
