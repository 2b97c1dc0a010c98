"""`agir sites invite`, `join`, `revoke`, `key`: who is of the network, and the key of this site."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from agir_cli.cli.commands.encryption import (
    KEY_FILE,
    RECOVERY,
    keep_site_key,
    print_sheet,
    say_what_to_keep,
)
from agir_cli.cli.commands.sync import app, carrier_of
from agir_cli.cli.groups import flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import is_terminal, say, tell
from agir_cli.cli.session import Session, department_code, one_line, typed_path, visitor_of
from agir_cli.failures import UsageFailure
from agir_cli.site_keys import EVERY
from agir_cli.store import cipher

if TYPE_CHECKING:
    from agir_cli.usecases.sites import Revoked

sites = app.group("sites")
_ALL = "tous"


@made(sites, "invite", writes=True)
def invite(
    session: Session,
    *,
    letter: str = word("LETTRE", "Celle du site invité, dans ses références : B pour 44B-0042."),
    name: str | None = option("NOM", "Son nom : « Antenne d'Ancenis »."),
    departments: tuple[str, ...] = option(
        "CODE", "Un département qu'il suit, ou « tous » (répétable) ; sinon ceux de ce fichier.",
        "--departement", multiple=True,
    ),
    key_file: str | None = KEY_FILE,
    recovery: str | None = RECOVERY,
) -> None:  # fmt: skip
    """Inviter un autre site : un code à lire au téléphone, et rien d'autre à comparer.

    Le premier invité ouvre le réseau : ce site a alors sa clé, et sa fiche de secours. Un site déjà
    du réseau reçoit, sans code, la clé d'un département de plus.

    Exemples :
      agir sites invite B --name "Antenne d'Ancenis"
      agir sites invite R --name "Coordination régionale" --departement tous
      agir sites invite B --departement 85
    """
    from agir_cli.usecases import sites as network

    wanted = letter_of(letter)
    codes = departments_named(departments)
    with _secret(session, key_file, recovery) as secret:
        shown = one_line(name, "--name") or wanted
        made_ = network.invite(visitor_of(session), secret, wanted, shown, codes)
        if made_.code:  # before the sheet is asked about: who leaves there has the code
            tell(f"Code d'invitation du site {wanted}, à lire au téléphone :", "",
                 f"  {made_.code}", "")  # fmt: skip
    if made_.code:
        say(
            session,
            "Sur l'autre poste : agir sites join ÉCHANGE, puis ce code. Ici, ensuite : agir sync",
            "Il sert une fois. Qui l'a avant l'autre entre à sa place : ni mail, ni message.",
        )
    else:
        tell(f"Le site {wanted} aura ces dossiers à son prochain agir sync.")
    for code in made_.lacking:
        say(session, f"La clé du {code} n'est pas ici. Une fois {wanted} admis, un site qui le suit"
                     " fait :", f"agir sites invite {wanted} --departement {code}")  # fmt: skip


def letter_of(text: str) -> str:
    """The letter of a site, as somebody types it."""
    letter = text.strip().upper()
    if not re.fullmatch("[A-Z]{1,3}", letter):
        raise UsageFailure(f"« {text[:20]} » n'est pas la lettre d'un site.",
                           "D'une à trois lettres, de A à Z : B, BA.")  # fmt: skip
    return letter


def departments_named(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The departments that somebody types, once each."""

    every = (code.strip() for text in texts for code in text.split(","))
    return tuple(dict.fromkeys(EVERY if e.lower() == _ALL else department_code(e) for e in every))


@made(sites, "join", writes=True)
def join(
    session: Session,
    *,
    where: str | None = word("ÉCHANGE", "Le dossier d'échange, ou postgresql:SERVICE ; sinon celui"
                             " de ce poste.", required=False),
    key_file: str | None = KEY_FILE,
    recovery: str | None = RECOVERY,
) -> None:  # fmt: skip
    """Rejoindre le réseau d'un autre site, avec le code qu'il lit au téléphone.

    Une demande est déposée à l'échange. L'autre site y répond à son prochain « agir sync » ; un
    « agir sync » ici, ensuite, prend tout ce que ce site suit.

    Exemples :
      agir sites join ~/Nextcloud/agir-44
      agir sites join postgresql:agir
    """
    from agir_cli.cli.prompt import asked, leaving, line
    from agir_cli.usecases import sites as network

    with closing(carrier_of(session, where)) as carrier:
        if asked():
            with leaving("Abandonné : rien n'a été demandé."):
                text = line("Code d'invitation : ")
        else:
            text = sys.stdin.read(200)  # never an option: a shell keeps what is typed
        code = network.code_of(text)
        with _secret(session, key_file, recovery) as secret:
            network.ask_to_join(visitor_of(session), secret, code, carrier)
    tell("Demande déposée.")
    again = f"agir sync {where}" if where else "agir sync"
    say(session, f"L'autre site fait agir sync, puis ici : {again}")


@made(sites, "revoke", writes=True)
def revoke(
    session: Session,
    *,
    letter: str = word("LETTRE", "Celle du site à exclure."),
    yes: bool = flag("Sans question (dans un script)."),
) -> None:
    """Exclure un site : poste volé, partenaire parti. Ce qu'il a déjà lu, il le garde.

    Exemples :
      agir sites revoke C
    """
    from agir_cli.cli.prompt import confirm
    from agir_cli.usecases import sites as network

    wanted = letter_of(letter)
    network.refuse_unless_another(visitor_of(session), wanted)
    if not yes:
        what = f"Le site {wanted} ne pourrait plus revenir sous cette lettre"
        confirm(what, f"Exclure le site {wanted}, pour toujours ?", "rien n'a été changé")
    done = network.revoke(visitor_of(session), wanted)
    tell(f"Site {wanted} exclu. De lui rien n'est plus pris après le n° {done.last}.")
    say(session, *_what_stays(done))


def _what_stays(done: Revoked) -> Iterator[str]:
    site = done.site
    whole = EVERY in site.departments
    told = "de tous les départements" if whole else f"du {', du '.join(site.departments)}"
    yield (
        f"Il garde ce qu'il a déjà reçu : les dossiers {told} jusqu'à aujourd'hui. Rien ne les lui"
        " reprend ; un poste volé est une violation de données (CNIL : 72 heures)."
    )
    yield "Ce que chaque site écrit lui est illisible à partir de son prochain agir sync."
    left = [d for d in site.departments if d != EVERY and d not in done.groups]
    if left or whole:
        told = f"du {', du '.join(left)}" if left else "des autres départements"
        yield f"Un site qui suit les dossiers {told} fait aussi : agir sites revoke {site.letter}"
    yield "Sur un serveur, lui fermer la base : agir hub grant SERVICE LETTRE --withdraw"


@made(sites, "key", writes=True)
def key(
    session: Session,
    *,
    output: str | None = option("FICHIER", "Où écrire la fiche (.html, .txt) ; sinon à l'écran."),
    restore: bool = flag("Remettre la clé, tapée depuis sa fiche."),
    key_file: str | None = KEY_FILE,
) -> None:
    """La fiche de secours de ce site, à ranger sous clé ; ou remettre sa clé sur ce poste.

    Sans elle et sans ce poste, le fichier n'échange plus : le site revient sous une autre lettre.

    Exemples :
      agir sites key --output fiche-site.html
      agir sites key --restore
    """
    from getpass import getpass

    from agir_cli.cli.prompt import leaving
    from agir_cli.usecases import sites as network

    name = network.own_secret(visitor_of(session))
    if not restore or not name:
        print_sheet(output, session.db, network.secret(visitor_of(session)), site=True)
        return
    with leaving("Abandonné : rien n'a été changé."):
        typed = getpass("Clé du site (quatorze groupes) : ") if is_terminal(sys.stdin) else (
            sys.stdin.read(400))  # fmt: skip
    found = cipher.read(typed)
    if found is None or cipher.name_of(found) != name:
        raise UsageFailure(
            f"Ce n'est pas la clé de ce site ({cipher.shown(name)}).",
            "Quatorze groupes de quatre signes, sur sa fiche de secours.",
        )
    tell(f"La clé de ce site est gardée {keep_site_key(session, found, key_file)}.")


@contextmanager
def _secret(session: Session, key_file: str | None, recovery: str | None) -> Iterator[bytes]:
    """The secret of this site; a new one is kept, and on its recovery sheet, before it serves."""
    from agir_cli.usecases import sites as network

    if network.own_secret(visitor_of(session)):
        yield network.secret(visitor_of(session))
        return
    new = os.urandom(32)
    kept = keep_site_key(session, new, key_file)
    yield new
    name = cipher.name_of(new)
    page = typed_path(recovery or f"fiche-de-secours-site-{session.db.stem}-{name[:8]}.html")
    print_sheet(str(page.absolute()), session.db, new, site=True)
    say(session, f"La clé de ce site ({cipher.shown(name)}) est gardée {kept}.")
    say_what_to_keep(page.absolute(), "ce qui lui est envoyé")
