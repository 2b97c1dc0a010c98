"""The sites of a network: one opens it and invites, another joins, one is revoked.

Who invites reads a code over the telephone. What the two leave for each other at the carrier is
proved by it (HMAC), both ways, so that nothing else has to be compared: a request with the public
keys of who joins; a welcome with what is known of the sites, sealed to who joins.
"""

from __future__ import annotations

import hmac
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

from agir_cli.domain.dates import exactly, french_day
from agir_cli.domain.events import Draft, Kind
from agir_cli.failures import FileFailure, UsageFailure
from agir_cli.site_keys import (
    EVERY,
    SiteKeys,
    keys_of,
    recipient,
    sealed_to,
    unsealed,
    verifying,
)  # fmt: skip
from agir_cli.store import cipher, handover, memory_keys, settings, sites
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting, recording
from agir_cli.store.memory_keys import Key
from agir_cli.store.sites import NETWORK, Site
from agir_cli.usecases.ledger import Ledger, Visitor, transaction

_INVITED, _JOINING = "invitation:", "adhesion"
_CODE, _CHECK, _TAG = 10, 2, 32
_REQUEST, _WELCOME = "demande", "bienvenue"
_LONGEST = 1 << 24


class Letters(Protocol):
    """What is asked of a carrier here: small messages, left in boxes."""

    def letters(self, box: str) -> Iterator[tuple[str, bytes]]:
        """The messages of a box, by name."""

    def leave(self, box: str, name: str, body: bytes) -> None:
        """Leave a message in a box."""


# --- the code, and what it proves ---------------------------------------------------------


def _checked(secret: bytes) -> bytes:
    return hmac.digest(secret, b"agir code", "sha256")[:_CHECK]


def code_of(text: str) -> bytes:
    """The secret of an invitation's code, as somebody has typed it. Raises `UsageFailure`."""
    whole = cipher.ungrouped(text)
    found = whole[:_CODE]
    if len(whole) != _CODE + _CHECK or whole[_CODE:] != _checked(found):
        raise UsageFailure(
            "Ce n'est pas ce code : cinq groupes de quatre signes, à relire au téléphone.",
            "Ni 0, ni 1, ni 8 : O, I, B.",
        )
    return found


def _box(code: bytes) -> str:
    return "adhesion-" + hmac.digest(code, b"agir box", "sha256").hex()[:24]


def _proof(code: bytes, name: str, body: bytes) -> bytes:
    return hmac.digest(code, name.encode() + b"\0" + body, "sha256")


def _leave(carrier: Letters, code: bytes, name: str, body: bytes) -> None:
    carrier.leave(_box(code), name, _proof(code, name, body) + body)


def _left(carrier: Letters, code: bytes, name: str) -> bytes | None:
    """The message of that name that whoever has the code has left; others' are not seen."""
    for given, body in carrier.letters(_box(code)):
        proved = hmac.compare_digest(body[:_TAG], _proof(code, name, body[_TAG:]))
        if given.startswith(name) and len(body) < _LONGEST and proved:
            return body[_TAG:]
    return None


# --- inviting -----------------------------------------------------------------------------


class Invitation(NamedTuple):
    """What an invitation comes to.

    ``code``: to be read over the telephone; empty where a site of the network was given further
    departments. ``key``: that of the memory of used-up rights, made for the network just now: its
    recovery sheet is to be shown at once. ``lacking``: departments of which it cannot give the key.
    """

    code: str
    key: Key | None = None
    lacking: Sequence[str] = ()


def own_secret(visitor: Visitor) -> str:
    """The name of the secret of the file's site; none of a file that is of no network."""
    with consulting(visitor.path) as connection:
        return settings.settings(connection).get(sites.SECRET, "")


def secret(visitor: Visitor) -> bytes:
    """The secret of the file's site. Raises `FileFailure` where it is not on this post."""
    with consulting(visitor.path) as connection:
        return sites.secret(connection)


def refuse_alone(visitor: Visitor) -> None:
    """Refuse to exchange from a file that is of no network, or not yet (`FileFailure`)."""
    with consulting(visitor.path) as connection:
        if _JOINING in settings.settings(connection):
            raise FileFailure(
                "Ce fichier attend d'être admis : rien n'a été envoyé ni pris.",
                "Le site qui l'a invité fait d'abord agir sync, puis ici la même commande.",
            )
        sites.secret(connection)


def keys_and_sites(visitor: Visitor) -> tuple[SiteKeys, dict[str, Site]]:
    """The keys of this site, and the sites of the network, by letter."""
    with consulting(visitor.path) as connection:
        return sites.own_keys(connection), sites.known(connection)


def invite(
    visitor: Visitor, secret: bytes, letter: str, name: str, departments: tuple[str, ...]
) -> Invitation:
    """Invite a site to follow these departments; the first one opens the network.

    ``departments``: `EVERY` for all of them; none for those of this file. A site that is known is
    given the keys of these departments, and needs no code.
    """
    with transaction(visitor) as ledger:
        connection = ledger.connection
        made = _open_network(ledger, secret)
        ledger.write()
        known, own = sites.known(connection), sites.own_keys(connection)
        if fault := excluded(known, ledger.stamp.site):
            raise fault
        departments = departments or known[ledger.stamp.site].departments
        lacking = sorted(sites.readers(connection).keys() - own.groups)
        elsewhere = [department for department in lacking if department in departments]
        lacking = lacking if EVERY in departments else []
        if elsewhere:
            raise UsageFailure(
                f"Ce site n'a pas la clé du {elsewhere[0]} : rien n'a été changé.",
                "Un site qui le suit peut inviter.",
            )
        site = known.get(letter)
        if letter == ledger.stamp.site:
            raise UsageFailure(f"La lettre {letter} est celle de ce site : rien n'a été changé.",
                               "Une autre pour le site invité.")  # fmt: skip
        if site is not None:
            if site.revoked_on:
                raise UsageFailure(f"Le site {letter} est exclu, et sa lettre ne sert plus.",
                                   "Invitez-le sous une autre lettre.")  # fmt: skip
            _admit(ledger, site._replace(departments=departments), own)
            return Invitation("", made, lacking)
        if given := settings.reference_of(connection, letter):  # a hand-over has brought some
            raise UsageFailure(f"La lettre {letter} est déjà dans des références, comme {given}.",
                               "Une autre pour le site invité.")  # fmt: skip
        code = os.urandom(_CODE)
        said = {"nom": name, "departements": departments, "code": code.hex(),
                "le": ledger.context.today.isoformat()}  # fmt: skip
        _keep_sealed(connection, own, _INVITED + letter, said)
    return Invitation(cipher.grouped(code + _checked(code)), made, lacking)


def _open_network(ledger: Ledger, secret: bytes) -> Key | None:
    """Admit this site to the network that begins with it; the new key of the memory, if any."""
    connection, letter = ledger.connection, ledger.stamp.site
    known = settings.settings(connection)
    if sites.SECRET in known:
        return None
    settings.set_setting(connection, sites.SECRET, cipher.name_of(secret))
    keys = keys_of(secret)
    departments = tuple(filter(None, known.get(settings.DEPARTMENTS, "").split(","))) or (EVERY,)
    today = ledger.context.today.isoformat()
    me = Site(letter, letter, departments, recipient(keys.identity), verifying(keys), today)
    groups = dict.fromkeys((EVERY, *departments))
    _record(ledger, Kind.SITE_ADMITTED, sites.admitted(me, sites.drawn(groups, [me])))
    made, new = memory_keys.present(connection)
    settings.set_setting(connection, memory_keys.SHARED, " ".join(memory_keys.used(connection)))
    return made if new else None


def _record(ledger: Ledger, kind: Kind, payload: dict[str, Any]) -> None:
    ledger.append(NETWORK, [Draft(kind, exactly(ledger.context.today), payload)])


def _admit(ledger: Ledger, site: Site, own: SiteKeys) -> None:
    """Admit a site, with the keys of its departments; new ones where nobody follows them yet."""
    known = [each for each in sites.known(ledger.connection).values() if not each.revoked_on]
    others = [each for each in known if each.letter != site.letter]
    new = [d for d in site.departments if d != EVERY and d not in own.groups]
    keys = [*sites.handed(own, site), *sites.drawn(new, [*others, site])]
    _record(ledger, Kind.SITE_ADMITTED, sites.admitted(site, keys))


def follow(visitor: Visitor, departments: Iterable[str]) -> None:
    """Have a key for each of these departments, of which there are records to be sent."""
    with consulting(visitor.path) as connection:
        wanted = set(departments) - sites.readers(connection).keys()
    if not wanted:
        return
    with transaction(visitor) as ledger:
        known = sites.known(ledger.connection)
        lacking = sorted(wanted - sites.readers(ledger.connection).keys())
        me = known[ledger.stamp.site]._replace(departments=tuple(lacking))
        every = [me if each.letter == me.letter else each for each in known.values()]
        _record(ledger, Kind.SITE_ADMITTED, sites.admitted(me, sites.drawn(lacking, every)))


def excluded(known: dict[str, Site], own: str) -> FileFailure | None:
    """What there is to say in a file whose own site was revoked."""
    if own not in known or not known[own].revoked_on:
        return None
    day = french_day(date.fromisoformat(known[own].revoked_on))
    return FileFailure(
        f"Ce site ({own}) est exclu du réseau depuis le {day} : ce qui s'enregistre ici n'arrive"
        " plus nulle part.", "À voir avec les autres sites.",
    )  # fmt: skip


def _keep_sealed(connection: Connection, own: SiteKeys, name: str, said: dict[str, Any]) -> None:
    shut = sealed_to([recipient(own.identity)], json.dumps(said).encode())
    settings.set_setting(connection, name, b64encode(shut).decode())


def _kept_sealed(own: SiteKeys, value: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unsealed([own.identity], b64decode(value)) or b"{}")
    return found


# --- joining ------------------------------------------------------------------------------


def ask_to_join(visitor: Visitor, secret: bytes, code: bytes, carrier: Letters) -> None:
    """Leave a request to join at the carrier; who invited answers at their next sync."""
    keys = keys_of(secret)
    with recording(visitor.path) as connection:
        known = settings.settings(connection)
        if sites.known(connection):
            raise UsageFailure("Ce fichier est déjà d'un réseau : rien n'a été changé.",
                               "Ses sites : agir sites")  # fmt: skip
        settings.set_setting(connection, sites.SECRET, cipher.name_of(secret))
        _keep_sealed(connection, keys, _JOINING, {"code": code.hex()})
        said = {"destinataire": recipient(keys.identity), "verification": verifying(keys).hex(),
                "departements": known.get(settings.DEPARTMENTS, "")}  # fmt: skip
        _leave(carrier, code, _REQUEST, json.dumps(said).encode())


class Met(NamedTuple):
    """What messages at the carrier have come to: the sites admitted, and whether this one was.

    ``letter``: that of this site from now on, once it is welcomed.
    """

    admitted: tuple[str, ...] = ()
    letter: str = ""


def meet(visitor: Visitor, carrier: Letters) -> Met:
    """Answer who asks to join, and take the welcome that this site waits for."""
    with consulting(visitor.path) as connection:
        known = settings.settings(connection)
        waiting = [name for name in known if name.startswith(_INVITED) or name == _JOINING]
        own = sites.own_keys(connection) if waiting else None
    if own is None:
        return Met()
    if _JOINING in known:
        code = bytes.fromhex(_kept_sealed(own, known[_JOINING])["code"])
        said = _left(carrier, code, _WELCOME)
        return Met(letter=_welcomed(visitor, own, said) if said is not None else "")
    letters = (name.removeprefix(_INVITED) for name in waiting)
    return Met(tuple(each for each in letters if _answer(visitor, carrier, each)))


def _answer(visitor: Visitor, carrier: Letters, letter: str) -> bool:
    """Admit the site that was invited under this letter, if it has asked."""
    with transaction(visitor) as ledger:
        connection, name = ledger.connection, _INVITED + letter
        own = sites.own_keys(connection)
        said = _kept_sealed(own, settings.settings(connection)[name])
        code = bytes.fromhex(said["code"])
        asked = _left(carrier, code, _REQUEST)
        if asked is None:
            return False
        request, today = json.loads(asked), ledger.context.today.isoformat()
        departments = tuple(said["departements"])
        site = Site(letter, said["nom"], departments, request["destinataire"],
                    bytes.fromhex(request["verification"]), today)  # fmt: skip
        if (other := sites.known(connection).get(letter)) is None:
            _admit(ledger, site, own)
            ledger.write()
        elif other.verifying != site.verifying:
            raise FileFailure(
                f"La lettre {letter} est celle d'un autre site : rien n'a été changé.",
                "Invitez-le sous une autre lettre : agir sites invite",
            )
        told = {
            "lettre": letter, "departements": departments,
            "sites": sites.welcome(connection, letter),
            "memoire": [each.secret.hex() for each in memory_keys.keys(connection)],
        }  # fmt: skip
        shut = sealed_to([site.recipient], json.dumps(told).encode())
        settings.remove_setting(connection, name)
        _leave(carrier, code, _WELCOME, shut)
    return True


def _welcomed(visitor: Visitor, own: SiteKeys, shut: bytes) -> str:
    """Know the network that has welcomed this site; the letter it has from now on."""
    told = json.loads(unsealed([own.identity], shut) or b"{}")
    if not told:
        raise FileFailure("La réponse de l'autre site est scellée pour une autre clé que celle de"
                          " ce site.", "Recommencez : agir sites join")  # fmt: skip
    letter: str = told["lettre"]
    with recording(visitor.path) as connection:
        known = settings.settings(connection)
        before = settings.site_of(connection)
        settings.set_setting(connection, sites.WELCOME, json.dumps(told["sites"]))
        _refuse_handed(connection)
        if before != letter:
            sites.rename(connection, before, letter)
        settings.set_setting(connection, "lettre", letter)
        if not known.get(settings.DEPARTMENTS) and EVERY not in told["departements"]:
            settings.set_setting(connection, settings.DEPARTMENTS, ",".join(told["departements"]))
        given = [memory_keys.key_of(bytes.fromhex(each)) for each in told["memoire"]]
        for each in given:
            memory_keys.keep(connection.file, each)
        settings.set_setting(connection, memory_keys.SHARED, " ".join(each.id for each in given))
        used = dict.fromkeys((*memory_keys.used(connection), *(each.id for each in given)))
        settings.set_setting(connection, memory_keys.USED, " ".join(used))
        settings.remove_setting(connection, _JOINING)
    return letter


def _refuse_handed(connection: Connection) -> None:
    """Refuse a network of which a site has handed over what this file holds as its own."""
    theirs = {site.verifying.hex() for site in sites.known(connection).values()}
    for each in handover.brought(connection):
        if theirs.intersection(each["sites"]):
            raise FileFailure(
                f"Ce réseau a remis à ce fichier le {each['departement']} : il ne le rejoint pas.",
                "Un fichier neuf, invité sous une autre lettre, le recevra par l'échange :",
                f"agir --db reseau.db init --departement {each['departement']}",
            )


# --- revoking -----------------------------------------------------------------------------


class Revoked(NamedTuple):
    """A site that is of the network no more: whose, and what it goes on knowing.

    ``last``: the number of its last record that is taken; ``groups``: those that have a new key.
    """

    site: Site
    last: int
    groups: tuple[str, ...]


def refuse_unless_another(visitor: Visitor, letter: str) -> None:
    """Refuse a letter that is no other site's of the network (`UsageFailure`)."""
    with consulting(visitor.path) as connection:
        _another(connection, visitor.site or settings.site_of(connection), letter)


def _another(connection: Connection, own: str, letter: str) -> Site:
    known = sites.known(connection)
    if letter in known and letter != own:
        return known[letter]
    whose = "est celui-ci" if letter == own else "n'est pas du réseau"
    raise UsageFailure(f"Le site {letter} {whose} : rien n'a été changé.",
                       f"Sites : {', '.join(known) or 'celui-ci seulement'}")  # fmt: skip


def revoke(visitor: Visitor, letter: str) -> Revoked:
    """Revoke a site: its further records are not taken, what is written now it does not read."""
    with transaction(visitor) as ledger:
        connection = ledger.connection
        known, own = sites.known(connection), sites.own_keys(connection)
        site = _another(connection, ledger.stamp.site, letter)
        last = sites.ends(connection, letter)
        left = [s for s in known.values() if s.letter != letter and not s.revoked_on]
        # A group of which this site has no key gets a new one from a site that has.
        theirs = site._replace(revoked_on="")
        groups = [group for group in own.groups if theirs.follows(group)]
        _record(ledger, Kind.SITE_REVOKED, sites.revoked(letter, last, sites.drawn(groups, left)))
    return Revoked(site, last[letter][0], tuple(groups))


def tell_further_ends(ledger: Ledger) -> None:
    """Record how far this file had come with revoked sites, where it is further than was said.

    It had taken that before it heard; the others take it then as well.
    """
    for letter, site in sites.known(ledger.connection).items():
        if site.revoked_on and letter != ledger.stamp.site:
            here = sites.ends(ledger.connection, letter)
            if any(number > (site.end(stream)[0] or 0) for stream, (number, _) in here.items()):
                _record(ledger, Kind.SITE_REVOKED, sites.revoked(letter, here, []))
