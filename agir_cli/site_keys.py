"""The keys of a site, and what is done with them: what it writes is signed, what travels is sealed.

All follow from one secret of thirty-two bytes: one recovery sheet brings them back. Signing is
Ed25519 (`cryptography`), sealing is age (`pyrage`); both are imported once something travels.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from agir_cli.failures import UsageFailure, to_install

SIGNATURE = 64
EVERY = "*"
"""The group of what goes to all sites; followed, it is every department."""
_NONE: Mapping[str, Sequence[str]] = MappingProxyType({})


class SiteKeys(NamedTuple):
    """What a site signs with, what opens what is sealed to it alone, and to each of its groups.

    ``identity`` and those of ``groups`` are age's (`AGE-SECRET-KEY-1...`), the newest last.
    """

    signing: bytes
    identity: str
    groups: Mapping[str, Sequence[str]] = _NONE

    def __repr__(self) -> str:
        return f"SiteKeys({', '.join(self.groups)})"  # secrets are for no traceback


def keys_of(secret: bytes) -> SiteKeys:
    """The keys that follow from a site's secret."""
    opening = hmac.digest(secret, b"agir site opens", "sha256")
    return SiteKeys(
        hmac.digest(secret, b"agir site signs", "sha256"), _bech32("age-secret-key-", opening)
    )


# --- signing -----------------------------------------------------------------------------


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise _missing() from None
    return ed25519


def verifying(keys: SiteKeys) -> bytes:
    """What others know of a site, to tell what it has signed."""
    made = _ed25519().Ed25519PrivateKey.from_private_bytes(keys.signing)
    public: bytes = made.public_key().public_bytes_raw()
    return public


def signature(keys: SiteKeys, content: bytes) -> bytes:
    """A site's signature of these bytes: `SIGNATURE` bytes."""
    made: bytes = _ed25519().Ed25519PrivateKey.from_private_bytes(keys.signing).sign(content)
    return made


def is_signed(content: bytes, signed: bytes, signer: bytes) -> bool:
    """Whether that site has signed these bytes, and no other."""
    from cryptography.exceptions import InvalidSignature

    try:
        _ed25519().Ed25519PublicKey.from_public_bytes(signer).verify(signed, content)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- sealing -----------------------------------------------------------------------------


def age() -> Any:
    """The library that seals (age). Raises `UsageFailure` where it is not installed."""
    try:
        import pyrage
    except ImportError:
        raise _missing() from None
    return pyrage


def _missing() -> UsageFailure:
    return UsageFailure(
        "Ce poste n'a pas de quoi sceller ce qui voyage, ni l'ouvrir.",
        f"Installez-le : {to_install('secure')}",
    )


def recipient(identity: str) -> str:
    """To whom one seals what this identity opens: `age1...`."""
    return str(age().x25519.Identity.from_str(identity).to_public())


def new_identity() -> str:
    """An identity drawn by chance: that of a group."""
    return str(age().x25519.Identity.generate())


def sealed_to(recipients: Iterable[str], content: bytes) -> bytes:
    """These bytes, for whoever has the identity of one of the recipients."""
    of = age().x25519.Recipient.from_str
    shut: bytes = age().encrypt(content, [of(each) for each in recipients])
    return shut


def unsealed(identities: Iterable[str], content: bytes) -> bytes | None:
    """What was sealed to one of these identities; None where it was to none of them."""
    of = age().x25519.Identity.from_str
    own = [of(each) for each in identities]
    try:
        found: bytes | None = age().decrypt(content, own) if own else None
    except (age().DecryptError, ValueError):
        return None
    return found


# Bech32 (BIP 173), in which age writes its keys. PyPI's `bech32` has not changed since 2020, and
# the age libraries keep theirs to themselves.
_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_POWERS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _bech32(prefix: str, content: bytes) -> str:
    number, width = int.from_bytes(content, "big"), -(-len(content) * 8 // 5)
    number <<= width * 5 - len(content) * 8
    words = [number >> 5 * place & 31 for place in reversed(range(width))]
    check = 1
    spread = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *words, *[0] * 6]
    for word in spread:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ word
        for place, power in enumerate(_POWERS):
            check ^= power if top >> place & 1 else 0
    words += [(check ^ 1) >> 5 * place & 31 for place in reversed(range(6))]
    return f"{prefix}1{''.join(_SIGNS[each] for each in words)}".upper()
