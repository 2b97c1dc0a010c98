"""``agir config``: the settings of this post, each with where its value comes from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import is_terminal, say, tell
from agir_cli.cli.session import Session, told_of, typed_path
from agir_cli.failures import FileFailure, UsageFailure, reason_of
from agir_cli.post import (
    BACKUPS,
    COLUMNS,
    OPEN,
    SETTINGS,
    VIEWS,
    config_file,
    setting,
    setting_named,
    unknown_setting,
)

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed

app = Commands()
config = app.group("config")


@made(config, "show", printed=True)
def show_settings(session: Session, printed: Printed) -> None:
    """Montrer les réglages de ce poste, et d'où vient chaque valeur.

    Une option l'emporte sur une variable, qui l'emporte sur ce fichier.

    Exemples :
      agir config show
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list

    known = columns(("reglage", "valeur", "provenance"))
    rows = [(name, *_valued(session, name)) for name in SETTINGS if name not in OPEN]
    given = [
        name for name in session.post.values if name.startswith(tuple(f"{each}." for each in OPEN))
    ]
    rows += [(name, *_valued(session, name)) for name in given]
    show_rows(session, one_list("Réglages de ce poste", known, rows), printed.form)
    say(session, f"Fichier : {session.post.path}", "Changer : agir config set bureau 44-C1")


def _valued(session: Session, name: str) -> tuple[str, str]:
    """The value that a setting has, and where it comes from."""
    variable = setting(name).variable
    typed = {"fichier": session.named, "auteur": session.signed}.get(name)
    if name == "pager" and session.no_pager:
        return "non", "option"
    if name == "lignes" and os.environ.get(variable):
        typed = os.environ[variable]
    if typed:
        return typed, f"variable {variable}" if os.environ.get(variable) == typed else "option"
    if name in session.post.values:
        return session.post.values[name], "réglé ici"
    usual = {"fichier": session.db, "auteur": session.author, "pager": "oui"}
    return str(usual.get(name, "")), "d'origine" if name in usual else "non réglé"


@made(config, "set")
def set_setting(
    session: Session,
    *,
    name: str = word("RÉGLAGE", "bureau, departement, auteur, fichier, colonnes.dossiers..."),
    value: tuple[str, ...] = word("VALEUR", "Sans valeur : ôter le réglage", nargs=-1,
                                  required=False),
) -> None:  # fmt: skip
    """Régler ce poste, une fois pour toutes : son bureau, son département, qui y enregistre.

    Exemples :
      agir config set bureau 44-C1
      agir config set fichier ~/equipe44.db
      agir config set auteur "DURAND Anne"
      agir config set colonnes.dossiers dossier,nom,referent
      agir config set bureau
    """
    key = setting_named(name)
    if key is None:
        listed = ", ".join([*(each for each in SETTINGS if each not in OPEN), f"{COLUMNS}.LISTE"])
        raise UsageFailure(unknown_setting(name), f"Réglages : {listed}.")
    text = _checked(session, key, " ".join(value).strip()) if value else ""
    path = settle(key, text)
    tell(f"{key} = {text}" if text else f"{key} : ôté")
    say(session, f"Fichier : {path}")


def settle(key: str, text: str) -> Path:
    """Set a setting, or take it out; the file in which it stands."""
    path = _place()
    _write(path, _changed(path, key, text))
    return path


@made(config, "edit")
def edit_settings(session: Session) -> None:
    """Ouvrir le fichier des réglages dans l'éditeur de textes (variables VISUAL, EDITOR).

    Exemples :
      agir config edit
    """
    import shlex
    import subprocess

    if not (is_terminal() and is_terminal(sys.stdin)):
        raise UsageFailure("agir config edit demande un terminal.", "Sinon : agir config set")
    path = _place()
    if not path.exists():
        _write(path, "".join(f"# {each.told}\n# {each.name} = \"\"\n" for each in SETTINGS.values()
                             if each.name not in OPEN))  # fmt: skip
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _editor()
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=False)
    except OSError as error:
        raise UsageFailure(
            f"L'éditeur « {editor} » ne s'ouvre pas : {reason_of(error)}.",
            f"Nommez-en un (EDITOR=nano), ou ouvrez vous-même {path}",
        ) from None
    _ = session.post.values  # what was written wrong is told at once
    say(session, f"Fichier : {path}")


def _editor() -> str:
    from shutil import which

    if sys.platform == "win32":
        return "notepad"
    return next((name for name in ("nano", "vim", "vi") if which(name)), "vi")


def _place() -> Path:
    path = config_file()
    if path is None:
        raise UsageFailure("Ce compte n'a pas de dossier personnel : AGIR_CONFIG nomme un fichier.")
    return path


def _checked(session: Session, key: str, text: str) -> str:
    """The value of a setting, as it is kept. Raises `UsageFailure`."""
    from agir_cli.domain.fields import FIELDS
    from agir_cli.domain.values import FLAG, NUMBER, TEXT

    if key.startswith(f"{VIEWS}."):
        name = key.partition(".")[2]
        raise UsageFailure("Une vue se garde avec ses mots, qui sont vérifiés.",
                           f"agir view save {name} {text}")  # fmt: skip
    if key.startswith(f"{COLUMNS}."):
        return _checked_columns(key.partition(".")[2], text)
    types = {
        "pager": FLAG, "partage": FLAG, "lignes": NUMBER, "departement": FIELDS["departement"].type,
        f"{BACKUPS}.jours": NUMBER, f"{BACKUPS}.garder": NUMBER, "silence": NUMBER,
    }  # fmt: skip
    type_ = types.get(key, TEXT)
    with told_of(key):
        text = type_.write(type_.read(text, None))  # type: ignore[arg-type]
    if key == "sync" and text != "auto":
        raise UsageFailure("sync : la seule valeur est auto.", "Pour l'ôter : agir config set sync")
    if key == "echange" and not text.startswith("postgresql:"):
        return str(typed_path(text).absolute())
    if key == f"{BACKUPS}.dossier":
        return _backup_folder(session, text)
    if key == "fichier":
        path = typed_path(text).absolute()
        if not path.exists():
            say(session, "À noter : ce fichier n'existe pas encore (agir init le crée).")
        return str(path)
    filtered = {"bureau": "office", "referent": "referent"}.get(key)
    if filtered is None or not session.db.exists():
        return text
    from agir_cli.reports.selection import Filters, checked
    from agir_cli.store.file import consulting

    with consulting(session.db) as connection:
        return checked(connection, Filters({filtered: text}))[filtered]


def _checked_columns(listed: str, text: str) -> str:
    """The columns of a list, each one that it may have. Raises `UsageFailure`."""
    from agir_cli.cli.commands.report import REPORTS
    from agir_cli.reports.listing import EVERY
    from agir_cli.reports.selection import chosen, not_admitted
    from agir_cli.reports.sheet import declared

    lists = [name for name in REPORTS if name != "board"]
    if listed not in lists:
        raise not_admitted("La liste", listed, lists)
    known = EVERY if listed == "dossiers" else (*declared(), *EVERY)
    return ",".join(chosen("La colonne", text, known))


def _backup_folder(session: Session, text: str) -> str:
    """Where backups go: made, for its owner alone, where it can be."""
    folder = typed_path(text).absolute()
    if folder.exists() and not folder.is_dir():
        raise UsageFailure(f"« {text} » est un fichier ; un dossier est attendu.")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        say(session, "À noter : ce dossier n'existe pas encore (une clé à brancher ?).")
    say(session, "Le fichier y sera sauvegardé chaque jour, avant le premier acte ; aussitôt :"
        " agir backup")  # fmt: skip
    return str(folder)


def _changed(path: Path, key: str, text: str) -> str:
    """The file with this setting, or without it; its comments stay."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(path.read_text("utf-8-sig") if path.exists() else "")
        holder, name = document, key
        if "." in key:
            table, _, name = key.partition(".")
            holder = document.setdefault(table, tomlkit.table())
        for written in [each for each in holder if each == name or setting_named(each) == name]:
            del holder[written]
        if text:
            holder[name] = text
        return tomlkit.dumps(document)
    except (TOMLKitError, OSError, UnicodeError, AttributeError):
        raise UsageFailure(
            "Le fichier des réglages ne se comprend pas : rien n'y est changé.",
            f"Pour le corriger : agir config edit ({path})",
        ) from None


def _write(path: Path, text: str) -> None:
    """Write the file whole, readable by its owner alone; through a link, at what it points to."""
    from agir_cli.drafts import draft, take_name

    final = path.resolve()
    try:
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with draft(final) as new:
            new.touch(mode=0o600)
            new.write_text(text, "utf-8")
            take_name(new, final, overwrite=True)
    except OSError as error:
        raise FileFailure(
            f"Les réglages ne s'écrivent pas : {reason_of(error, writing=True)}.", f"{path}"
        ) from None
