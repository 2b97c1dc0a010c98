"""`agir handover make`, `take`: a department goes from one operator to the next, sealed.

A folder holds `manifest.json` (which department, from when, how many of what, the digest of each
part), `cle.age`, sealed to the receiver, and the parts, sealed to what `cle.age` holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agir_cli import __version__
from agir_cli.cli.commands.export import MANIFEST, new_folder, sealed_for, unsealed_with
from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say, tell, warn
from agir_cli.cli.session import Session, department_code, read_day, typed_path, visitor_of
from agir_cli.domain.dates import french, from_edtf
from agir_cli.failures import FileFailure, NewerFailure, RowsFailure, UsageFailure, reason_of

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.usecases.handover import Outgoing, Taken

app = Commands()
group = app.group("handover")
KIND, RECEIPT, VERSION = "agir-remise", "agir-recu", 1
_KEY, _HEAD = "cle.age", "entete.age"
_LONGEST = 1 << 20
_LARGEST = 1 << 28


@made(group, "make", writes=True)
def make(
    session: Session,
    *,
    department: str = option(
        "CODE", "Le département remis.", "--departement/--department", required=True
    ),
    to: str = option("DOSSIER", "Un dossier vide, ou à créer.", required=True),
    on: str = option("DATE", "Le jour où l'autre opérateur reprend.", required=True),
    sealed: str = option(
        "DESTINATAIRE", "Sa clé age1... ou ssh-..., ou « phrase », tapée ici.", default="phrase"
    ),
) -> None:
    """Remettre un département à un autre opérateur : un dossier scellé, que lui seul ouvre.

    Partent les dossiers ouverts, entiers ; des dossiers clos, ce que les chiffres comptent, sans
    identité, et les empreintes des fins définitives. Rien ne change ici : ce qui est reçu s'efface
    ensuite, reçu en main, par « agir purge --certificate ». À plusieurs sites : agir sync d'abord.

    Exemples :
      agir handover make --departement 49 --to remise-49 --on 01/01/2027
      agir handover make --departement 49 --to remise-49 --on 01/01/2027 --sealed age1...
    """
    from agir_cli.exchange.outputs import refuse_team_file
    from agir_cli.site_keys import new_identity
    from agir_cli.usecases import handover

    day = read_day(on, session, "--on", coming=True).earliest
    code, folder = department_code(department), typed_path(to).absolute()
    refuse_team_file(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFailure(f"« {to} » n'est pas un dossier vide.", "Donnez un autre nom.")
    visitor = visitor_of(session)
    with handover.outgoing(visitor, code) as out:
        shut = sealed_for(sealed, nothing="rien n'a été remis")
        identity = new_identity()
        name = sha256(identity.encode()).hexdigest()[:12]
        with new_folder(folder, "Rien n'a été remis.") as place:
            parts = [*_written_parts(place, out, identity)]
            key = shut(identity.encode())
            (place / _KEY).write_bytes(key)
            told = {
                "kind": KIND, "version": VERSION, "program": __version__, "remise": name,
                "departement": code, "le": day.isoformat(), "personnes": out.persons,
                "dossiers": out.dossiers, "sans_identite": out.nobody,
                "fins_definitives": len(out.head["fins"]), "parts": parts,
                "cle": sha256(key).hexdigest(),
            }  # fmt: skip
            told["preuve"] = handover.proof(identity.encode(), told)
            text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
            (place / MANIFEST).write_text(text, "utf-8")
            handover.note(visitor, identity, name, code, day)
    tell(f"Remise {name} du {code}, pour le {day:%d/%m/%Y} : {folder}")
    say(
        session,
        f"{out.dossiers} {plural(out.dossiers, 'dossier')} avec leur identité ; {out.nobody} sans"
        f" identité ; {told['fins_definitives']} fins définitives en empreintes.",
        "La phrase, ou la clé, va par un autre chemin que le dossier.",
        "Ici rien n'est effacé. Le reçu venu : agir purge --certificate REÇU",
    )


def _written_parts(place: Path, out: Outgoing, identity: str) -> Iterator[dict[str, Any]]:
    """Write the sealed parts of a hand-over; what its manifest says of each.

    The head is whole once the records are read.
    """
    from agir_cli.site_keys import recipient, sealed_to

    to = [recipient(identity)]
    every = ((f"{number:04d}.age", some, len(some)) for number, some in enumerate(out.records, 1))
    head = (_HEAD, out.head, len(out.head["dossiers"]))
    for part, said, rows in chain(every, [head]):
        body = sealed_to(to, json.dumps(said, ensure_ascii=False).encode())
        (place / part).write_bytes(body)
        yield {"nom": part, "lignes": rows, "sha256": sha256(body).hexdigest()}


@made(group, "take", printed=True, writes=True)
def take(
    session: Session,
    printed: Printed,
    *,
    source: str = word("DOSSIER", "Celui que l'autre opérateur a remis."),
    identity: str | None = option(
        "FICHIER", "Celui de votre clé privée ; sinon la phrase est demandée."
    ),
    receipt: str | None = option("FICHIER", "Où écrire le reçu ; sinon ici.", "--receipt"),
    dry_run: bool = flag("Dire ce qui viendrait, rien d'autre."),
) -> None:
    """Prendre le département qu'un autre opérateur remet, en entier ou pas du tout.

    Dans un fichier vide ou déjà rempli : qui est peut-être déjà là est listé, jamais confondu. Une
    référence déjà donnée ici en prend une autre, qui est dite. Le reçu est à rendre à l'autre.

    Exemples :
      agir handover take /media/cle/remise-49 --dry-run
      agir handover take /media/cle/remise-49
      agir handover take /media/cle/remise-49 --identity cle-age.txt
    """
    from agir_cli.usecases import handover

    folder = typed_path(source)
    told = _manifest(folder)
    secret = _identity(folder, told, identity)
    place = typed_path(receipt or f"recu-{told['departement']}-{told['remise']}.json")
    if receipt is not None and place.exists():
        raise UsageFailure(f"« {receipt} » existe déjà.", "Donnez un autre nom au reçu.")
    head = _opened(folder, _HEAD, secret)
    parts = (_opened(folder, each["nom"], secret) for each in told["parts"] if each["nom"] != _HEAD)
    taken = handover.take(
        visitor_of(session), told["remise"], told["departement"], head, parts, dry_run=dry_run
    )
    _show(session, printed, told, taken)
    if dry_run:
        say(session, "Essai : rien n'a été enregistré.")
        return
    said = {
        "kind": RECEIPT, "remise": told["remise"], "departement": told["departement"],
        "le": told["le"], "pris_le": f"{session.today}", "par": session.author,
        "dossiers": taken.standing,
    }  # fmt: skip
    said["preuve"] = handover.proof(handover.receipt_key(secret), said)
    try:
        place.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        why = reason_of(error, writing=True)
        raise FileFailure(
            f"La remise est prise, mais le reçu « {place} » ne peut pas s'écrire : {why}.",
            "Recommencez, avec --receipt FICHIER : rien ne sera pris deux fois.",
        ) from None
    say(session, f"Reçu, à rendre à l'autre opérateur : {place.absolute()}")


def _show(session: Session, printed: Printed, told: Mapping[str, Any], taken: Taken) -> None:
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list

    if taken.before:
        department, day = taken.before.split()
        told_on = french(from_edtf(day))
        warn(session, f"cette remise du {department} a déjà été prise le {told_on} : rien n'a"
                      " changé.")  # fmt: skip
        return
    say(
        session,
        f"Remise {told['remise']} du {told['departement']} : {told['dossiers']} dossiers avec leur"
        f" identité, {told['sans_identite']} sans ; {taken.records} enregistrements pris.",
        *(f"{old} était déjà donné ici : {new}" for old, new in taken.renamed.items()),
    )
    known = columns(("dossier", "connu", "pourquoi", "pour_regler"), connu="Déjà ici",
                    pourquoi="Pourquoi", pour_regler="Pour régler")  # fmt: skip
    nothing = ["Personne de cette remise n'était déjà dans ce fichier."]
    sheet = one_list("Peut-être déjà connus", known, taken.matches, empty=nothing)
    show_rows(session, sheet, printed.form)


# --- what a folder says, before anything of it is taken ------------------------------------


def _damaged(folder: Path, why: str) -> RowsFailure:
    return RowsFailure(
        f"« {folder.name} » est abîmé ou incomplet : {why}. Rien n'en a été pris.",
        "Recopiez-le depuis l'original, ou demandez une autre remise.",
    )


def _manifest(folder: Path) -> Mapping[str, Any]:
    """What a folder says it holds, once each part is what it says."""
    try:
        text = (folder / MANIFEST).read_text("utf-8")[:_LONGEST]
    except FileNotFoundError:
        raise RowsFailure(f"« {folder} » n'est pas une remise d'agir : rien n'a été pris.",
                           "Le dossier qu'a écrit agir handover make.") from None  # fmt: skip
    except (OSError, ValueError) as error:
        why = reason_of(error) if isinstance(error, OSError) else "le manifeste ne se lit pas"
        raise _damaged(folder, why) from None
    try:
        told: Mapping[str, Any] = json.loads(text)
        kind, version = told["kind"], int(told["version"])
        parts = {_KEY: told["cle"]} | {str(e["nom"]): e["sha256"] for e in told["parts"]}
        sound = all(Path(name).name == name for name in (*parts, told["remise"])) and _HEAD in parts
        told["departement"].encode(), told["le"].encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise _damaged(folder, "le manifeste ne se lit pas") from None
    if kind != KIND or not sound:
        raise RowsFailure(f"« {folder.name} » n'est pas une remise d'agir : rien n'a été pris.")
    if version > VERSION:
        raise NewerFailure(f"« {folder.name} » vient d'une version plus récente d'agir.")
    for name, digest in parts.items():
        if sha256(_read(folder, name)).hexdigest() != digest:
            raise _damaged(folder, f"{name} n'est pas ce que dit le manifeste")
    return told


def _read(folder: Path, name: str) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            # As much as is asked for is set apart in memory: never more than there is.
            return file.read(min(_LARGEST, os.fstat(file.fileno()).st_size))
    except OSError as error:
        raise _damaged(folder, f"{name} : {reason_of(error)}") from None


def _identity(folder: Path, told: Mapping[str, Any], private: str | None) -> str:
    """What opens the parts, once the manifest is proved to be of who sealed it."""
    from hmac import compare_digest

    from agir_cli.usecases.handover import proof

    found = unsealed_with(_read(folder, _KEY), private)
    if found is None:
        raise UsageFailure("Ce n'est ni la phrase ni la clé de cette remise : rien n'a été pris.",
                           "Elle vient de l'autre opérateur, par un autre chemin.")  # fmt: skip
    secret = found.decode("ascii", "replace")
    if not compare_digest(proof(found, told), str(told.get("preuve"))):
        raise _damaged(folder, "le manifeste a été changé")
    return secret


def _opened(folder: Path, name: str, secret: str) -> Any:
    from agir_cli.site_keys import unsealed

    body = unsealed([secret], _read(folder, name))
    if body is None:
        raise _damaged(folder, f"{name} ne s'ouvre pas")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _damaged(folder, f"{name} ne se lit pas") from None


# --- received, and erased ------------------------------------------------------------------


def certificate(session: Session, printed: Printed, path: str, *, yes: bool) -> int:
    """Erase what a receipt says was received, and list it; 3 where something stays."""
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.store.file import scrub
    from agir_cli.usecases import handover

    place = typed_path(path)
    try:
        told = json.loads(place.read_text("utf-8")[: _LONGEST << 4])
        standing = dict(told["dossiers"]) if told["kind"] == RECEIPT else None
        by, taken_on = str(told["par"]), french(from_edtf(told["pris_le"]))
    except OSError as error:
        raise UsageFailure(f"« {path} » ne se lit pas : {reason_of(error)}.") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        standing = None
    if standing is None:
        raise UsageFailure(f"« {place.name} » n'est pas un reçu d'agir : rien n'a été effacé.")
    visitor = visitor_of(session)
    department, day = handover.received(visitor, told)
    fates = handover.certified(visitor, department, day, standing, erase=yes)
    known = columns(("dossier", "sort", "pourquoi"), pourquoi="Pourquoi")
    notes = [
        f"Remise {told['remise']} du {department}, le {day:%d/%m/%Y}.",
        f"Reçue le {taken_on} par {by}. Les dossiers clos, qui ne sont pas"
        " remis, gardent leur durée : agir purge",
    ]
    title = f"Certificat d'effacement, {session.today:%d/%m/%Y}" if yes else "À effacer, reçu"
    sheet = one_list(title, known, fates, notes=notes, empty=["Plus rien à effacer."])
    try:
        show_rows(session, sheet, printed.form, titled=True)
    finally:
        if yes and any(each.fate == handover.LEFT for each in fates):
            scrub(session.db)
    stays = sum(each.fate == handover.STAYS for each in fates)
    if any(each.fate == handover.LEAVES for each in fates):
        say(session, "Essai : rien n'a été effacé. Pour le faire :",
                     f"agir purge --certificate {path} --yes")  # fmt: skip
    if stays:
        say(session, f"{stays} {plural(stays, 'dossier')} : voir pourquoi. Une nouvelle remise"
                     " prend ce qui a changé.")  # fmt: skip
    return 3 if stays else 0
