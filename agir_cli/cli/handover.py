"""`agir export --to FOLDER`, and the reading of that folder by `agir init --from FOLDER`.

A folder holds one CSV file a table and `manifest.json`: who wrote it, how many rows each table
has, and the SHA-256 of each file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agir_cli import __version__
from agir_cli.cli.groups import Commands, option
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say, warn
from agir_cli.cli.session import Session, visitor_of
from agir_cli.failures import AgirFailure, FileFailure, RowsFailure, UsageFailure, reason_of

if TYPE_CHECKING:
    from agir_cli.exchange.rows import Row
    from agir_cli.exchange.tables import OpenTable

app = Commands()

MANIFEST = "manifest.json"
KIND = "agir-export"
VERSION = 1
NOTES = (
    "CSV (RFC 4180), UTF-8, virgule. Cellule vide : rien ; une barre oblique inverse seule :"
    " texte vide ; une barre de plus devant un texte qui en commence par une ; une apostrophe de"
    " plus devant un texte qu'un tableur prendrait pour une formule."
)


@made(app, "export", option("--to", "DOSSIER", "Un dossier vide, ou à créer."))
def export(session: Session, to: str | None) -> None:
    """Écrire tout le fichier en CSV, une table par fichier, pour le confier à un autre opérateur.

    Le dossier contient des identités : il n'est lisible que par son propriétaire. Un fichier égal
    s'en reconstruit avec « agir init --from ».

    Exemples :
      agir export --to sortie
      agir --db copie.db init --from sortie
    """
    if to is None:
        raise UsageFailure("Dites où écrire : --to DOSSIER.")
    from agir_cli.exchange.outputs import refuse_team_file

    folder = Path(to).expanduser().absolute()
    refuse_team_file(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFailure(f"« {to} » n'est pas un dossier vide.", "Donnez un autre nom.")
    tables = _whole_folder(session, folder)
    rows = sum(int(table["rows"]) for table in tables)
    say(
        session,
        f"Export : {len(tables)} tables, {rows} {plural(rows, 'ligne')}, dans {folder}",
        "Ce dossier contient des données personnelles : chiffrez-le pour le transmettre.",
    )


def _whole_folder(session: Session, folder: Path) -> list[dict[str, Any]]:
    """Write beside, then take the name: a half-written folder never stands there."""
    from secrets import token_hex

    draft = folder.with_name(f".{folder.name[:80]}.{token_hex(6)}.tmp")
    try:
        draft.mkdir(mode=0o700)
        try:
            tables = _written(session, draft)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        why = reason_of(error, writing=True)
        raise AgirFailure(
            f"« {folder.name} » ne peut pas être écrit : {why}.", "Rien n'a été exporté."
        ) from None
    return tables


def _written(session: Session, folder: Path) -> list[dict[str, Any]]:
    from agir_cli.exchange.outputs import open_output
    from agir_cli.exchange.writing import write_rows
    from agir_cli.usecases.handover import exported, now, version

    tables: list[dict[str, Any]] = []
    with exported(session.db) as outgoing:
        for name, columns, rows in outgoing:
            counted = _Counted(rows)
            path = folder / f"{name}.csv"
            with open_output(str(path)) as out:
                write_rows(counted, columns, format="csv", out=out)
            tables.append(
                {"name": name, "columns": columns, "rows": counted.count, "sha256": _sha256(path)}
            )
    manifest = {
        "kind": KIND, "version": VERSION, "schema": version(), "program": __version__,
        "exported_at": now(), "notes": NOTES, "tables": tables,
    }  # fmt: skip
    with open_output(str(folder / MANIFEST)) as out:
        out.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
    return tables


class _Counted:
    """Rows, counted as they pass."""

    def __init__(self, rows: Iterator[list[str]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[list[str]]:
        for row in self._rows:
            self.count += 1
            yield row


def _sha256(path: Path) -> str:
    from hashlib import file_digest

    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


# --- a folder becomes a file -------------------------------------------------------------


def build_from(session: Session, text: str) -> None:
    """Create the session's file from an exported folder, verified before anything is made.

    Raises `UsageFailure` (no such folder), `RowsFailure` (not an export, or damaged) and
    `FileFailure` (written by a newer program, or a file is already there).
    """
    from agir_cli.usecases.handover import Damaged, Incoming, build

    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise UsageFailure(f"--from : « {text} » n'est pas un dossier.")
    manifest = _verified(folder)

    def tables() -> Iterator[Incoming]:
        for table in manifest["tables"]:
            with ExitStack() as stack:
                yield Incoming(
                    table["name"], table["columns"], _read(stack, folder, table), table["rows"]
                )

    try:
        anomalies = build(visitor_of(session), tables())
    except Damaged as fault:
        raise _damaged(folder, str(fault)) from None
    say(session, f"Fichier créé : {session.db}", "Il est égal à celui qui avait été exporté.")
    if anomalies:
        told = f"{anomalies} {plural(anomalies, 'anomalie')}"
        warn(session, f"agir check y trouve {told}, comme dans l'original.")


def _verified(folder: Path) -> Mapping[str, Any]:
    """The manifest, once every file is found to be as it says."""
    manifest = _manifest(folder)
    for table in manifest["tables"]:
        path = folder / f"{table['name']}.csv"
        if not path.is_file():
            raise _damaged(folder, f"il manque {path.name}")
        if _sha256(path) != table["sha256"]:
            raise _damaged(folder, f"{path.name} a changé depuis l'export")
    return manifest


def _manifest(folder: Path) -> Mapping[str, Any]:
    from agir_cli.usecases.handover import version as known

    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        kind, version, schema = manifest["kind"], manifest["version"], manifest["schema"]
        sound = kind == KIND and all(map(_sound, manifest["tables"])) and manifest["tables"]
        newer = version > VERSION or schema > known()
    except FileNotFoundError:
        raise RowsFailure(f"« {folder.name} » n'est pas un export d'agir.") from None
    except (ValueError, KeyError, TypeError, OSError):
        raise _damaged(folder, f"{MANIFEST} ne se lit pas") from None
    if newer and kind == KIND:
        raise FileFailure(
            f"« {folder.name} » a été exporté par une version plus récente d'agir"
            f" (schéma {schema}, ici {known()}).",
            "Mettez agir à jour sur ce poste.",
        )
    if not sound:
        raise _damaged(folder, f"{MANIFEST} ne se lit pas")
    return dict(manifest)


def _sound(table: Any) -> bool:
    name, columns = table["name"], table["columns"]
    return (
        isinstance(name, str)
        and name.isidentifier()
        and bool(columns)
        and all(isinstance(column, str) and column.isidentifier() for column in columns)
        and isinstance(table["rows"], int)
        and isinstance(table["sha256"], str)
    )


def _damaged(folder: Path, why: str) -> RowsFailure:
    return RowsFailure(
        f"« {folder.name} » est abîmé ou incomplet : {why}.",
        "Aucun fichier n'a été créé ; demandez un nouvel export.",
    )


def _read(stack: ExitStack, folder: Path, table: Mapping[str, Any]) -> Iterator[list[str]]:
    from agir_cli.exchange.tables import open_table
    from agir_cli.usecases.handover import Damaged

    path = folder / f"{table['name']}.csv"
    opened = stack.enter_context(open_table(str(path), empty_ok=True, exact=True))
    if list(opened.header) != table["columns"] or opened.sha256 != table["sha256"]:
        raise Damaged(f"{path.name} a changé depuis l'export")
    # Rows let go of the file before it is closed under them.
    return stack.enter_context(closing(_sound_rows(opened)))


def _sound_rows(opened: OpenTable) -> Generator[list[str], None, None]:
    from agir_cli.usecases.handover import Damaged

    with closing(cast("Generator[Row, None, None]", opened.rows())) as rows:
        for line, cells, fault in rows:
            if fault is not None:
                raise Damaged(f"{Path(opened.name).name}, ligne {line} : {fault}")
            yield cells
