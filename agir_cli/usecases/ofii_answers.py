"""Whom an answer of OFII is about: a line of a listing, an AGDREF number, or an identity.

The line of our own numbered listing is certain, the number blocks, an identity only asks: a
row that gives nothing else is set aside with its candidates, never settled by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agir_cli.domain.commands import DecideLiaison
from agir_cli.domain.dates import from_edtf, may_be_the_same_day
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import name_key
from agir_cli.domain.reasons import Finding, finding
from agir_cli.store.people import Holding, holdings
from agir_cli.usecases.desk import Desk, NotDone
from agir_cli.usecases.holders import not_them


def whom(desk: Desk, command: DecideLiaison) -> DecideLiaison | NotDone:
    """The command with its dossier, or why nobody can tell which one it is."""
    sent = _sent(desk, command)
    said = command.dossier or _numbered(desk, command)
    if sent is not None:
        return _agreed(desk, command, sent, said)
    if said is not None:
        return _theirs(desk, replace(command, dossier=said))
    alike = list(_alike(desk, command))
    if alike:
        names = " ; ".join(
            f"{h.reference} ({h.values.get('nom') or ''} {h.values.get('prenoms') or ''})"
            for h in alike
        )
        asked = finding(
            "identite_a_confirmer", field="nom", candidats=names, premier=alike[0].reference
        )
        return NotDone((asked,), asks=True)
    return NotDone((_nobody(command),), asks=True)


def _sent(desk: Desk, command: DecideLiaison) -> str | None:
    """The reference of the dossier that stood on this line of this listing."""
    if command.listing is None or command.ligne is None:
        return None
    row = desk.connection.execute(
        "SELECT d.dossier FROM listing_rows r JOIN dossiers d ON d.id = r.dossier"
        " WHERE r.numero = ? AND r.ligne = ?",
        (command.listing, command.ligne),
    ).fetchone()
    return str(row[0]) if row else None


def _numbered(desk: Desk, command: DecideLiaison) -> str | None:
    number = command.agdref
    return number if number is not None and desk.candidates(number) else None


def _agreed(
    desk: Desk, command: DecideLiaison, sent: str, said: str | None
) -> DecideLiaison | NotDone:
    """The dossier of the line, unless the row names another one."""
    others = [] if said is None else [c.reference for c in desk.candidates(said)]
    if others and sent not in others:
        told = finding(
            "reponse_contradictoire", field="ligne", ligne=command.ligne,
            listing=command.listing, dossier=sent, autre=others[0],
        )  # fmt: skip
        return NotDone((told,))
    return _theirs(desk, replace(command, dossier=sent))


def _theirs(desk: Desk, command: DecideLiaison) -> DecideLiaison | NotDone:
    """The command, unless the person that the answer describes is another one."""
    found = desk.candidates(command.dossier or "")
    stranger = not_them(desk, found[0].id, vars(command)) if len(found) == 1 else ()
    return NotDone(stranger) if stranger else command


def _alike(desk: Desk, command: DecideLiaison) -> Iterator[Holding]:
    key = name_key(command.nom, command.prenoms)
    if not key:
        return
    for holding in holdings(desk.connection, keys=[key]):
        text = holding.values.get("date_naissance")
        if may_be_the_same_day(from_edtf(text) if text else None, command.date_naissance):
            yield holding


def _nobody(command: DecideLiaison) -> Finding:
    if command.listing is not None and command.ligne is not None:
        text = f"ligne {command.ligne} du listing n° {command.listing}"
    else:
        text = command.agdref or " ".join(filter(None, (command.nom, command.prenoms)))
    if text:
        return finding("dossier_inconnu", field="dossier", texte=text[:40])
    field = FIELDS["dossier"]
    return finding("obligatoire", field="dossier", label=field.label.lower(), option=field.option)
