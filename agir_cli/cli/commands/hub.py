"""`agir hub init`, `grant`, `status`: the PostgreSQL server that carries what sites exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import say, tell, warn
from agir_cli.cli.session import Session, visitor_of
from agir_cli.failures import CheckFailure, UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed

app = Commands()
hub = app.group("hub")


def _service(text: str) -> str:
    return text.removeprefix("postgresql:")


@made(hub, "init", writes=True)
def init(
    session: Session, *, service: str = word("SERVICE", "Celui de ~/.pg_service.conf, du"
                                             " propriétaire de la base.")
) -> None:  # fmt: skip
    """Préparer une base PostgreSQL (14 ou plus récent) à porter les échanges des sites.

    La base existe déjà, vide ou non : tout tient dans un schéma « agir ». Le serveur ne lit ni un
    nom ni un dossier : un site, des numéros, un jour, une taille.

    Exemples :
      agir hub init relais-admin
    """
    from agir_cli.cli.commands.encryption import ring_password
    from agir_cli.exchange import hub as server

    server.make(_service(service), ring_password)
    tell("Relais préparé.")
    say(session, f"Chaque site, ensuite : agir hub grant {_service(service)} LETTRE")


@made(hub, "grant", writes=True)
def grant(
    session: Session,
    *,
    service: str = word("SERVICE", "Celui du propriétaire de la base."),
    letter: str = word("LETTRE", "Le site."),
    role: str | None = option("RÔLE", "Son rôle sur le serveur ; sinon agir_ et sa lettre."),
    departments: tuple[str, ...] = option(
        "CODE", "Un département qu'il lit, ou « tous » ; sinon ceux qu'il suit.", "--departement",
        multiple=True,
    ),
    withdraw: bool = flag("Lui retirer tout."),
) -> None:  # fmt: skip
    """Ouvrir le relais à un site : il n'écrit que son flux, ne lit que ses départements.

    À refaire quand un site suit un département de plus. Le mot de passe se règle sur le serveur
    (psql : \\password RÔLE), et se dit sur le poste du site dans ~/.pgpass ou son trousseau.

    Exemples :
      agir hub grant relais-admin B
      agir hub grant relais-admin B --departement 44 --role ancenis
      agir hub grant relais-admin C --withdraw
    """
    from agir_cli.cli.commands.encryption import ring_password
    from agir_cli.cli.commands.sites import departments_named, letter_of
    from agir_cli.exchange import hub as server
    from agir_cli.exchange.segments import pseudonym
    from agir_cli.site_keys import EVERY
    from agir_cli.usecases.sites import keys_and_sites

    wanted, name = letter_of(letter), _service(service)
    named = role or f"agir_{wanted.lower()}"
    if withdraw:
        server.withdraw(name, named, ring_password)
        tell(f"Le rôle {named} n'a plus rien sur ce relais.")
        return
    keys, known = keys_and_sites(visitor_of(session))
    followed = departments_named(departments) or (
        known[wanted].departments if wanted in known else ()
    )
    if not followed:
        raise UsageFailure(f"Le site {wanted} n'est pas encore du réseau : que lira-t-il ?",
                           "--departement 44, ou --departement tous")  # fmt: skip
    parts = None if EVERY in followed else [pseudonym(keys, each) for each in followed]
    new = server.grant(name, named, wanted, parts, ring_password)
    told = "tous les départements" if parts is None else f"le {', le '.join(followed)}"
    tell(f"Le rôle {named} écrit le flux du site {wanted}, et lit {told}.")
    if new:
        say(session, f"Ce rôle est nouveau, sans mot de passe. Dans psql : \\password {named}")


@made(hub, "status", printed=True)
def status(
    session: Session, printed: Printed, *, service: str = word("SERVICE", "Celui du propriétaire.")
) -> None:
    """Ce que le relais porte de chaque site, et si quelqu'un en a changé la construction.

    Exemples :
      agir hub status relais-admin
    """
    from agir_cli.cli.commands.encryption import ring_password
    from agir_cli.cli.render import show_rows
    from agir_cli.exchange import hub as server
    from agir_cli.reports.sheet import columns, one_list

    found, changes = server.standing(_service(service), ring_password)
    known = columns(("site", "role", "enregistrements", "date_enregistrement", "segments",
                     "octets"))  # fmt: skip
    empty = [f"Aucun site encore : agir hub grant {_service(service)} LETTRE"]
    show_rows(session, one_list("Relais", known, found, empty=empty), printed.form)
    for each in changes:
        warn(session, f"{each}.")
    if changes:
        raise CheckFailure(
            "Le relais a été changé par un autre programme.",
            "Un relais neuf se refait : chaque site y redépose tout (agir sync).",
        )
