"""`agir export --to FOLDER`, and the reading of that folder by `agir init --from FOLDER`.

A folder holds one CSV file a table and `manifest.json`: who wrote it, how many rows each table
has, and the SHA-256 of each file.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from agir_cli import __version__, site_keys
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say, warn
from agir_cli.cli.session import Session, typed_path, visitor_of
from agir_cli.drafts import draft, sync, take_name
from agir_cli.failures import (
    AgirFailure,
    CheckFailure,
    NewerFailure,
    RowsFailure,
    UsageFailure,
    reason_of,
)

if TYPE_CHECKING:
    from agir_cli.usecases.export import Incoming, Outgoing, Table

app = Commands()

MANIFEST = "manifest.json"
KIND = "agir-export"
SALVAGED = "agir-restes"
"""What damaged pages have left: no file is built from it."""
VERSION = 1
_LONGEST_MANIFEST = 1 << 20
NOTES = (
    "CSV (RFC 4180), UTF-8, virgule. Cellule vide : rien ; une barre oblique inverse seule :"
    " texte vide ; une barre de plus devant un texte qui en commence par une ; une apostrophe de"
    " plus devant un texte qu'un tableur prendrait pour une formule."
)


@made(app, "export")
def export(
    session: Session,
    *,
    to: str | None = option("DOSSIER", "Un dossier vide, ou à créer."),
    salvage: bool = flag("D'un fichier abîmé : ce qui se lit encore, et ce qui manque."),
    sealed: str | None = option(
        "DESTINATAIRE", "En un fichier chiffré : sa clé age1... ou ssh-..., ou « phrase »."
    ),
) -> None:
    """Écrire tout le fichier en CSV, une table par fichier, pour le confier à un autre opérateur.

    Le dossier contient des identités : il n'est lisible que par son propriétaire. Un fichier égal
    s'en reconstruit avec « agir init --from ». D'un fichier abîmé, --salvage écrit ce qui se lit
    encore et dit où il manque des lignes ; si ce n'est que dans des listes, tout se reconstruit.

    Avec --sealed, l'export est un seul fichier que lui seul ouvre (age) : qui a la clé privée du
    destinataire, ou la phrase, demandée sans s'afficher. « init --from » le prend tel quel.

    Exemples :
      agir export --to sortie
      agir export --to sortie.age --sealed phrase
      agir --db copie.db init --from sortie
      agir --db abime.db export --salvage --to restes
    """
    if to is None:
        raise UsageFailure("Dites où écrire : --to DOSSIER.")
    from agir_cli.exchange.outputs import refuse_team_file

    folder = typed_path(to).absolute()
    refuse_team_file(folder)
    if sealed is not None:
        tables, written = _sealed(session, str(folder), sealed, salvage)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFailure(f"« {to} » n'est pas un dossier vide.", "Donnez un autre nom.")
    else:
        with new_folder(folder, "Rien n'a été exporté.") as place:
            tables, written = _written(session, place, salvage)
    rows = sum(int(table["rows"]) for table in tables)
    say(
        session,
        f"Export : {len(tables)} tables, {rows} {plural(rows, 'ligne')}, dans {folder}",
        "Ce dossier contient des données personnelles : chiffrez-le pour le transmettre (--sealed)."
        if sealed is None
        else "La phrase, ou la clé, va par un autre chemin que le fichier.",
    )
    if written.unread:
        say(session, f"Il manque des lignes dans : {', '.join(written.unread)}.")
    if written.lost:
        raise CheckFailure(
            "Une partie du fichier ne se lit plus ; le reste est écrit, table par table.",
            "Reprenez la dernière sauvegarde et ressaisissez ce que ce dossier a de plus : il ne"
            " refait pas un fichier à lui seul.",
        )
    seal = f"Sceau : {written.seal} (agir init --from le redit si le fichier refait est égal)."
    say(session, seal)


@contextmanager
def new_folder(folder: Path, nothing: str) -> Iterator[Path]:
    """Write beside, then take the name: a half-written folder never stands there.

    ``nothing``: what to say of what did not happen, where it cannot be written (French).
    """
    try:
        with draft(folder) as place:
            place.mkdir(mode=0o700)
            yield place
            sync(place)
            if folder.exists():
                folder.rmdir()
            take_name(place, folder)
    except OSError as error:
        why = reason_of(error, writing=True)
        kind = AgirFailure if folder.parent.is_dir() else UsageFailure
        raise kind(f"« {folder.name} » ne peut pas être écrit : {why}.", nothing) from None


def _written(
    session: Session, folder: Path, salvage: bool
) -> tuple[list[dict[str, Any]], Outgoing]:
    from agir_cli.exchange.outputs import open_output
    from agir_cli.exchange.writing import write_rows
    from agir_cli.store.backup import digest as digest_of
    from agir_cli.usecases.export import exported, now, version

    tables: list[dict[str, Any]] = []
    with exported(session.db, salvage=salvage) as outgoing:
        for name, columns, rows in outgoing.tables:
            path, numbers = folder / f"{name}.csv", count()
            with open_output(str(path)) as out:
                # The rows are asked first: the number left over is how many there were.
                counted = (row for row, _ in zip(rows, numbers, strict=False))
                write_rows(counted, columns, format="csv", out=out)
            tables.append(
                {"name": name, "columns": columns, "rows": next(numbers), "sha256": digest_of(path)}
            )
    manifest = {
        "kind": SALVAGED if outgoing.lost else KIND, "version": VERSION, "schema": version(),
        "program": __version__, "exported_at": now(), "seal": outgoing.seal, "notes": NOTES,
        "tables": tables,
    }  # fmt: skip
    with open_output(str(folder / MANIFEST)) as out:
        out.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
    return tables, outgoing


# --- sealed, in one file -----------------------------------------------------------------

_AGE = b"age-encryption.org/"
_LEAST = 12
_MEMBER = re.compile(r"[a-z_]+\.csv|manifest\.json")


def sealed_for(whom: str, nothing: str) -> Callable[[bytes], bytes]:
    """What seals bytes to whom somebody names: a public key, or a phrase that is asked for.

    Raises `UsageFailure`.
    """
    age = site_keys.age()
    if whom == "phrase":
        phrase = _new_phrase(nothing)
        return lambda content: bytes(age.passphrase.encrypt(content, phrase))
    try:
        of = age.ssh if whom.startswith("ssh-") else age.x25519
        addressee = of.Recipient.from_str(whom)
    except age.RecipientError:
        raise UsageFailure(f"--sealed : « {whom[:80]} » n'est pas une clé publique.",
                           "Une clé age1..., ssh-..., ou le mot « phrase ».") from None  # fmt: skip
    return lambda content: bytes(age.encrypt(content, [addressee]))


def unsealed_with(content: bytes, identity: str | None) -> bytes | None:
    """What the private key in a file opens, else a phrase that is asked for; None if neither."""
    from getpass import getpass

    from agir_cli.cli.prompt import want_a_terminal

    age = site_keys.age()
    try:
        if identity is None:
            want_a_terminal("Une phrase se tape sans s'afficher", "--identity FICHIER")
            found: bytes = age.passphrase.decrypt(content, getpass("Phrase secrète : "))
        else:
            found = age.decrypt(content, _identities(age, typed_path(identity)))
    except (age.DecryptError, age.IdentityError, ValueError):
        return None
    except OSError as error:
        raise UsageFailure(f"L'export ou la clé ne se lit pas : {reason_of(error)}.") from None
    return found


def _sealed(
    session: Session, to: str, whom: str, salvage: bool
) -> tuple[list[dict[str, Any]], Outgoing]:
    """Write the export as one file that only its addressee opens."""
    import tarfile
    from io import BytesIO

    from agir_cli.exchange.outputs import open_output, refuse_existing

    packed = BytesIO()
    refuse_existing(to)
    shut = sealed_for(whom, "rien n'a été exporté")
    with _apart(session) as folder:
        written = _written(session, folder, salvage)
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for path in sorted(folder.iterdir()):
                tar.add(path, path.name)
    with open_output(to) as out:
        out.write(shut(packed.getvalue()))
    return written


@contextmanager
def _apart(session: Session) -> Iterator[Path]:
    """A folder that is gone at the end: in memory where the file is encrypted."""
    from tempfile import gettempdir

    from agir_cli.store.file import consulting

    if session.db.exists():
        with consulting(session.db):  # its key is known from now on
            pass
    with draft(Path(gettempdir()) / "agir-export") as folder:
        folder.mkdir(mode=0o700)
        yield folder


def _new_phrase(nothing: str) -> str:
    from getpass import getpass

    from agir_cli.cli.prompt import leaving, speak, want_a_terminal

    want_a_terminal("Une phrase se tape sans s'afficher", "la clé publique de qui le lira (age1…)")
    with leaving(f"Abandonné : {nothing}."):
        while True:
            phrase = getpass(f"Phrase secrète ({_LEAST} signes au moins) : ")
            if len(phrase) >= _LEAST and getpass("La même encore : ") == phrase:
                return phrase
            speak("  Trop courte, ou pas la même.")


def _opened(path: Path, identity: str | None, folder: Path) -> None:
    """Open a sealed export into a folder; nothing else than an export's files is taken of it."""
    import tarfile
    from io import BytesIO

    try:
        plain = unsealed_with(path.read_bytes(), identity)
    except OSError as error:
        raise UsageFailure(f"L'export ou la clé ne se lit pas : {reason_of(error)}.") from None
    try:
        if plain is None:
            raise tarfile.TarError
        with tarfile.open(fileobj=BytesIO(plain)) as tar:
            for member in tar:
                if member.isreg() and _MEMBER.fullmatch(member.name):
                    (folder / member.name).write_bytes(tar.extractfile(member).read())  # type: ignore[union-attr]
    except (tarfile.TarError, ValueError):
        raise RowsFailure(
            f"« {path.name} » ne s'ouvre pas : ce n'est pas sa clé, ni sa phrase, ou il est abîmé.",
            "Aucun fichier n'a été créé.",
        ) from None


def _identities(age: Any, path: Path) -> list[Any]:
    text = path.read_bytes()
    if b"PRIVATE KEY" in text:
        return [age.ssh.Identity.from_buffer(text)]
    lines = text.decode("ascii", "replace").split()
    return [age.x25519.Identity.from_str(e) for e in lines if e.startswith("AGE-SECRET-KEY-")]


# --- a folder becomes a file -------------------------------------------------------------


def build_from(
    session: Session, text: str, key: bytes = b"", identity: str | None = None, *,
    unproven: bool = False,
) -> None:  # fmt: skip
    """Create the session's file from an export, verified before anything is made.

    ``key``: that with which it is encrypted; ``identity``: the file of the private key of a sealed
    export, else a phrase is asked for; ``unproven``: made all the same where it is not the one
    that its seal stands for.

    Raises `UsageFailure` (no such folder), `RowsFailure` (not an export, or damaged),
    `CheckFailure` (not proved) and `FileFailure` (written by a newer program, or a file is there).
    """
    from agir_cli.usecases.export import Damaged, Unproven, build

    folder = typed_path(text)
    if folder.is_file() and _is_sealed(folder):
        with _apart(session) as place:
            _opened(folder, identity, place)
            build_from(session, str(place), key, unproven=unproven)
        return
    if not folder.is_dir():
        raise UsageFailure(f"--from : « {text} » n'est pas un dossier.")
    try:
        built = build(visitor_of(session), _incoming(folder), key, unproven=unproven)
    except Unproven:
        raise CheckFailure(
            f"« {folder.name} » n'est pas prouvé : ce n'est pas ce que son sceau dit.",
            _CHANGED,
            "Aucun fichier n'a été créé ; demandez un nouvel export. Pour le lire quand même :"
            " --unproven",
        ) from None
    except Damaged as fault:
        raise RowsFailure(
            f"« {folder.name} » est abîmé ou incomplet : {fault}.",
            "Aucun fichier n'a été créé ; demandez un nouvel export.",
        ) from None
    found = f"agir check y trouve {built.anomalies} {plural(built.anomalies, 'anomalie')}"
    say(session, f"Fichier créé : {session.db}")
    if built.equal:
        say(session, f"Il est égal à celui qui avait été exporté. Sceau : {built.seal}")
    elif built.sealed:
        raise CheckFailure(
            "Lu, non prouvé : le fichier refait n'est pas celui que l'export dit.",
            _CHANGED,
            f"{found}. Comparez avec l'original, ou demandez un nouvel export.",
        )
    else:
        warn(session, "lu, non prouvé : l'export vient d'une version d'agir qui ne scellait rien.")
    if built.anomalies:
        warn(session, f"{found}.")


_CHANGED = "L'export, ou le fichier d'origine avant lui, a été changé par un autre programme."


def _is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_AGE)) == _AGE


def _incoming(folder: Path) -> Incoming:
    """What a folder hands over, once every file is as its manifest says.

    Raises `Damaged`, and what `build_from` raises.
    """
    from agir_cli.store.backup import digest as digest_of
    from agir_cli.usecases.export import Damaged, Incoming
    from agir_cli.usecases.export import version as known

    path = folder / MANIFEST
    if not path.is_file():
        raise RowsFailure(f"« {folder.name} » n'est pas un export d'agir.")
    try:
        with path.open(encoding="utf-8") as file:
            manifest = json.loads(file.read(_LONGEST_MANIFEST))
        schema, form, seal = manifest["schema"], manifest["version"], manifest.get("seal", "")
        tables = {each["name"]: (each["rows"], each["sha256"]) for each in manifest["tables"]}
        numbers = (schema, form, *(rows for rows, _ in tables.values()))
        if manifest["kind"] == SALVAGED:
            raise Damaged("ce sont les restes d'un fichier abîmé, et il y manque des lignes")
        sound = manifest["kind"] == KIND and all(type(number) is int for number in numbers)
        sound = sound and schema > 0 and bool(tables) and all(map(str.isidentifier, tables))
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        sound = False
    if not sound:
        raise Damaged(f"{MANIFEST} ne se lit pas")
    if form > VERSION or schema > known():
        raise NewerFailure(
            f"« {folder.name} » a été exporté par une version plus récente d'agir"
            f" (schéma {schema}, forme {form} ; ici {known()} et {VERSION})."
        )
    for name, (_, digest) in tables.items():
        path = folder / f"{name}.csv"
        if path.is_symlink():
            raise Damaged(f"{path.name} est un lien vers un autre fichier")
        if not path.is_file():
            raise Damaged(f"il manque {path.name}")
        if digest_of(path) != digest:
            raise Damaged(f"{path.name} a changé depuis l'export")
    counts = {name: rows for name, (rows, _) in tables.items()}
    return Incoming(tables, _tables(folder, counts), schema, str(seal))


def _tables(folder: Path, counts: Mapping[str, int]) -> Iterator[Table]:
    from agir_cli.usecases.export import Table

    for name, told in counts.items():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = _rows(file, told)
            yield Table(name, next(rows, []), rows)


def _rows(file: TextIO, told: int) -> Iterator[list[str]]:
    """The header, then as many rows as were ``told``: their cells without the marks of formulas."""
    from agir_cli.exchange.cells import unmark
    from agir_cli.usecases.export import Damaged

    name, number, width = Path(file.name).name, -1, 0
    try:
        for number, cells in enumerate(csv.reader(file, strict=True)):
            width = width or len(cells)
            if len(cells) != width or "\0" in "".join(cells):
                raise Damaged(f"{name}, ligne de données {number} : elle ne se lit pas")
            yield list(map(unmark, cells))
    except (ValueError, csv.Error):
        raise Damaged(f"{name} ne se lit pas") from None
    if number != told:
        raise Damaged(f"{name} : {number} lignes, {told} annoncées")
