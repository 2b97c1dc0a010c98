"""`agir sync`: what the other sites lack is sent, what this file lacks is taken."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from datetime import date, datetime
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, option, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import is_terminal, plural, say, short_date, warn
from agir_cli.cli.session import Session, one_line, paris_today, visitor_of
from agir_cli.failures import AgirFailure, FileFailure, NotFoundFailure, UsageFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agir_cli.cli.render import Printed
    from agir_cli.exchange.carriers import Carrier
    from agir_cli.reports.conflicts import Conflict
    from agir_cli.reports.sheet import Sheet
    from agir_cli.usecases.sync import Standing, Synced

app = Commands()
_LONG, _SILENT_DAYS = 2_000, 7
_HALTED = "Interrompu : ce qui a été pris est entier, le reste attend ; refaites agir sync."
_PATIENCE = 0.5
"""Seconds that an act waits for the carrier, once what speaks to it is loaded."""


@made(app, "sync", writes=True)
def sync(
    session: Session,
    *,
    where: str | None = word("ÉCHANGE", "Le dossier d'échange, ou postgresql:SERVICE ; sinon celui"
                             " de ce poste.", required=False),
) -> None:  # fmt: skip
    """Échanger avec les autres sites : envoyer ce qui leur manque, prendre ce qui manque ici.

    Cela se refait, s'interrompt et se reprend sans risque : rien n'est pris à moitié ni deux fois.
    Avec « agir config set sync auto », cela se fait après chaque acte.

    Exemples :
      agir sync ~/Nextcloud/agir-44
      agir config set echange ~/Nextcloud/agir-44
      agir sync
    """
    from agir_cli.cli.endings import Repeatable, may_be_repeated

    may_be_repeated(Repeatable(_HALTED, "ce qui a été pris est entier"))
    with closing(carrier_of(session, where)) as carrier:
        done = exchanged(session, carrier)
    _tell(session, done)
    for line in _ahead(session, done):
        warn(session, line)
    for fault in done.late:
        warn(session, fault.sentence)
        say(session, *fault.details)
    if where is not None and "echange" not in session.post.values and is_terminal(sys.stderr):
        say(session, f"Pour ne plus le dire : agir config set echange {where}")
    if done.refused:
        first, *others = done.refused
        more = (line for each in others for line in (each.sentence, *each.details))
        details = [*first.details, *more]
        raise FileFailure(first.sentence, *details)


def carrier_of(session: Session, where: str | None) -> Carrier:
    """The carrier that somebody names, or that of the post. Raises `UsageFailure` for none."""
    return _opener_of(session, where)()


def _opener_of(session: Session, where: str | None) -> Callable[[], Carrier]:
    from agir_cli.cli.commands.encryption import ring_password
    from agir_cli.exchange.carriers import opener

    text = where or session.said("echange")
    if not text:
        raise UsageFailure(
            "Où les sites s'échangent-ils ? Nommez le dossier : agir sync DOSSIER",
            "Une fois pour toutes : agir config set echange DOSSIER",
        )
    return opener(text, ring_password)


def exchanged(session: Session, carrier: Carrier) -> Synced:
    """Exchange with a carrier, its progress told on a terminal."""
    from agir_cli.exchange import segments
    from agir_cli.usecases.sites import meet, refuse_alone
    from agir_cli.usecases.sync import Sealed, sync

    visitor = visitor_of(session)
    met = meet(visitor, carrier)
    for letter in met.admitted:
        say(session, f"Site {letter} : sa demande est arrivée, il est admis.")
    if met.letter:
        say(session, f"Ce fichier est admis : il est le site {met.letter}.")
    refuse_alone(visitor)
    bar = False

    def progress(done: int, of: int) -> None:
        nonlocal bar
        if of >= _LONG and is_terminal(sys.stderr) and not session.quiet:
            print(f"\r{done:,} / {of:,} enregistrements…".replace(",", " "), end="",
                  file=sys.stderr, flush=True)  # fmt: skip
            bar = True

    try:
        done = sync(visitor, carrier, Sealed(segments, paris_today().isoformat()), progress)
    finally:
        if bar:
            print(file=sys.stderr)
    for path in getattr(carrier, "strange", ()):
        warn(session, f"« {path.name} » n'est pas un envoi d'un site (une « copie en conflit » du"
             " synchroniseur ?) : il n'est pas lu, et peut s'effacer.")  # fmt: skip
    return done


def after_an_act(session: Session) -> None:
    """Exchange if the carrier answers within half a second; else it is for later, in silence."""
    from threading import Thread

    answered: list[Carrier] = []
    try:  # before the half second: loading a server's library takes a slow post as long
        opens = _opener_of(session, None)
    except AgirFailure:
        return

    def ask() -> None:
        with suppress(AgirFailure, OSError):
            carrier = opens()
            carrier.held()
            answered.append(carrier)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    if answered:
        with closing(answered[0]):
            done = exchanged(session, answered[0])
        for fault in (*done.late, *done.refused):
            warn(session, f"échange : {fault.sentence}")


def _tell(session: Session, done: Synced) -> None:
    """Say what was exchanged; to nobody, nothing: a nightly job is silent."""
    if not is_terminal(sys.stderr):
        return
    if done.refused and not (done.sent or done.taken):
        return
    taken = {site: count for site, count in done.taken.items() if count}
    told = [f"envoyé : {done.sent}"] if done.sent else []
    told += [f"repris de ce site : {done.back}"] if done.back else []
    told += [f"pris du site {site} : {count}" for site, count in sorted(taken.items())]
    say(session, f"Échange fait. {' ; '.join(told)}." if told else "Échange fait : rien de neuf.")
    if done.erased:
        say(session, f"{done.erased} {plural(done.erased, 'dossier effacé')} ici aussi.")


# --- agir conflicts -----------------------------------------------------------------------

conflicts = app.group("conflicts")


@made(app, "conflicts", printed=True)
def list_conflicts(session: Session) -> Sheet:
    """Ce que deux sites ont dit et qui se contredit : les deux côtés, et de quoi le régler.

    Rien n'est choisi en silence. « Pour régler » dit, de chaque côté, la commande qui l'écarte ou
    qui le retient ; si les deux peuvent rester : agir conflicts settle CODE --reason "…".

    Exemples :
      agir conflicts
      agir conflicts --format csv
    """
    from agir_cli.reports.sheet import Data, Sheet, columns, prose

    every = _conflicts(session)
    rows = [
        (each.code, each.nature, side.dossier, side.what, side.site, side.author,
         side.recorded_at[:10] or None, side.remedy)
        for each in every for side in each.sides
    ]  # fmt: skip
    known = columns(("code", "nature", "dossier", "fait", "site", "auteur", "date_enregistrement",
                     "pour_regler"), pour_regler="Pour régler")  # fmt: skip
    empty = ["Aucun désaccord entre sites."]
    notes = ['Les deux peuvent rester ? agir conflicts settle CODE --reason "…"'] if rows else []
    # Not a table: commands that are cut over four lines are not typed.
    told = [prose(f"{each.code}  {each.nature}", [*_sides(each)]) for each in every]
    return Sheet(title="Désaccords entre sites", sections=told, data=Data(known, rows),
                 empty=empty, below=notes)  # fmt: skip


def _sides(conflict: Conflict) -> Iterator[str]:
    for side in conflict.sides:
        day = side.recorded_at and short_date(date.fromisoformat(side.recorded_at[:10]))
        by = ", ".join(filter(None, (side.site and f"site {side.site}", side.author, day)))
        yield f"  {side.dossier}  {side.what}{by and f' — {by}'}"
        yield f"      {side.remedy}"


@made(conflicts, "settle", writes=True)
def settle(
    session: Session,
    *,
    code: str = word("CODE", "Le code du désaccord, que agir conflicts montre."),
    reason: str | None = option("TEXTE", "Pourquoi ; gardé, et envoyé aux autres sites."),
) -> None:
    """Retenir qu'un désaccord n'en est pas un : les deux côtés restent comme ils sont.

    Exemples :
      agir conflicts settle 3FA0C1 --reason "deux bureaux dans le même centre"
    """
    from agir_cli.usecases.proposals import settle as settled

    why = one_line(reason, "--reason")
    if not why:
        raise UsageFailure('Dites pourquoi : --reason "…". Rien n\'a été enregistré.')
    every = {each.code: each for each in _conflicts(session)}
    found = every.get(code.strip().upper())
    if found is None:
        told = [f"  {each.code}  {each.nature}" for each in every.values()] or ["  agir conflicts"]
        raise NotFoundFailure(f"Aucun désaccord « {code[:20]} ».", *told)
    settled(visitor_of(session), found.home, found.ids, why)
    say(session, f"Désaccord {found.code} réglé : {found.nature}.")


def _conflicts(session: Session) -> list[Conflict]:
    from agir_cli.reports.conflicts import conflicts as found
    from agir_cli.store.file import consulting

    with consulting(session.db) as connection:
        return found(connection, session.today)


# --- agir sites ---------------------------------------------------------------------------


@made(app, "sites", printed=True)
def list_sites(session: Session, printed: Printed) -> None:
    """Les sites : le dernier enregistrement de chacun, son âge, ce qui en manque ici.

    Un site dont rien n'est venu depuis sept jours est dit (agir config set silence JOURS).

    Exemples :
      agir sites
      agir sites --format csv
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.sync import standings

    held, told = None, ""
    if session.said("echange"):
        try:
            with closing(carrier_of(session, None)) as carrier:
                held = carrier.held()
        except AgirFailure as fault:
            told = fault.sentence
    found = standings(visitor_of(session), held)
    rows = [
        (s.letter, s.name, s.departments, s.last, s.recorded_at[:10] or None, _age(s), s.missing,
         f"exclu le {short_date(date.fromisoformat(s.revoked_on))}" if s.revoked_on
         else "ce site" if s.own else "")
        for s in found
    ]  # fmt: skip
    known = columns(
        ("site", "nom", "departements", "enregistrements", "date_enregistrement", "age_jours",
         "manquants", "remarque"),
        nom="Nom", enregistrements="Dernier n°", date_enregistrement="Du",
    )  # fmt: skip
    empty = ["Ce fichier est seul. Ouvrir un réseau : agir sites invite ; en rejoindre un : agir"
             " sites join"]  # fmt: skip
    show_rows(session, one_list("Sites", known, rows, empty=empty), printed.form)
    if told:
        warn(session, told)
    for line in silent(session, found):
        warn(session, line)


def _age(site: Standing) -> int | None:
    """How many days ago the last record of a site was made, where one is here."""
    with suppress(ValueError):
        return (paris_today() - datetime.fromisoformat(site.recorded_at).date()).days
    return None


def silent(session: Session, found: list[Standing]) -> Iterator[str]:
    """What is said of sites that have not been heard of for days, or whose clock is ahead."""
    most = int(session.said("silence") or _SILENT_DAYS)
    for site in found:
        age = _age(site)
        if site.behind:
            yield _BEHIND.format(site.letter, site.behind)
        if site.own or site.revoked_on or age is None:
            continue
        if age > most:
            yield f"site {site.letter} : rien depuis {age} jours ; a-t-il fait agir sync ?"
        if age < 0:
            yield _AHEAD.format(site.letter)


_BEHIND = (
    "site {0}, exclu : {1} de ses enregistrements manquent à cet échange ; un site qui les a tous"
    " les y remet à son agir sync (sur un serveur, après agir hub grant SERVICE {0} --withdraw)."
)
_AHEAD = "site {} : son dernier enregistrement est à venir, voyez son horloge."


def _ahead(session: Session, done: Synced) -> Iterator[str]:
    """Of the sites that sent something, those whose clock is ahead (or this one is late)."""
    if any(done.taken.values()):
        from agir_cli.usecases.sync import standings

        for site in standings(visitor_of(session), None):
            if done.taken.get(site.letter) and (_age(site) or 0) < 0:
                yield _AHEAD.format(site.letter)
