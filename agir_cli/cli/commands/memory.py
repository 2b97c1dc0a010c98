"""`agir memory`: what outlives the erasure of a used-up right, its key, and who may be told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.options import made
from agir_cli.cli.screen import is_terminal, plural, say, tell
from agir_cli.cli.session import Session, one_line, reading_for, visitor_of
from agir_cli.failures import UsageFailure, reason_of

if TYPE_CHECKING:
    from agir_cli.store.memory_keys import Key

app = Commands()
memory = app.group("memory")


@made(memory, "show")
def show(
    session: Session,
    *,
    nom: str | None = option("TEXTE", "Son nom."),
    prenoms: str | None = option("TEXTE", "Ses prénoms."),
    date_naissance: str | None = option("DATE", "Sa date de naissance."),
    agdref: str | None = option("TEXTE", "Son n° AGDREF."),
) -> None:
    """Dire combien de droits épuisés sont gardés en mémoire ; ou ce qui l'est d'une personne.

    Une personne effacée n'a plus ni nom ni dossier dans le fichier : avec son numéro, ou son nom
    et sa naissance, l'outil retrouve les lignes qui la concernent, pour lui répondre.

    Exemples :
      agir memory show
      agir memory show --agdref 0123456789
      agir memory show --nom DIALLO --prenoms Awa --date-naissance 12/05/1994
    """
    from agir_cli.cli.run_command import not_done
    from agir_cli.domain.commands import Enroll
    from agir_cli.domain.dates import french, from_edtf
    from agir_cli.domain.reading import read_values
    from agir_cli.usecases.memory import about, held

    given = {"nom": nom, "prenoms": prenoms, "date_naissance": date_naissance, "agdref": agdref}
    if not any(given.values()):
        kept = held(visitor_of(session))
        if not kept:
            tell("Rien en mémoire : aucune personne au droit épuisé n'a été effacée.")
        for id_, number, first, last in kept:
            ends = [french(from_edtf(day)) for day in (first, last)]
            told = f"{number} {plural(number, 'empreinte')}"
            tell(f"Clé {id_} : {told}, gardées jusqu'au {' à '.join(dict.fromkeys(ends))}.")
        return
    told = "" if nom or prenoms else "X"  # nobody: a number is enough to ask
    described = read_values(Enroll, {**given, "nom": nom or told}, reading_for(session))
    if isinstance(described, list):
        raise not_done(described)
    assert isinstance(described, Enroll)
    lines = about(visitor_of(session), described)
    if not lines:
        tell("La mémoire des droits épuisés n'a rien de cette personne.")
    for line in dict.fromkeys(lines):
        what = "ce n° AGDREF" if line.blocks else "ce nom et cette naissance, ou presque"
        month, end = french(from_edtf(line.month)), french(from_edtf(line.until))
        tell(f"{what[0].upper()}{what[1:]} : droit épuisé, décision {month}, gardé jusqu'au {end}.")


@made(memory, "key")
def key(
    session: Session,
    *,
    lost: bool = flag("Renoncer aux clés perdues, et à leurs empreintes."),
) -> None:
    """Montrer la fiche de secours de la clé ; la créer s'il n'y en a pas.

    Elle se crée aussi d'elle-même quand la première personne au droit épuisé est effacée.

    Exemples :
      agir memory key
      agir memory key --lost
    """
    from agir_cli.usecases.memory import make_key

    found, new, gone = make_key(visitor_of(session), lost=lost)
    for id_ in gone:
        say(session, f"Clé {id_} : abandonnée avec ses empreintes.")
    show_sheet(session, found, new=new)


def show_sheet(session: Session, found: Key, *, new: bool) -> None:
    """Print the recovery sheet of a key, and where the key stands."""
    from agir_cli.store.memory_keys import path_of, recovery_sheet

    tell(*recovery_sheet(found))
    made = "Clé créée" if new else "Clé"
    say(session, f"{made} : {path_of(session.db)}. Elle se copie à part du fichier, jamais avec.")


@made(memory, "restore")
def restore(
    session: Session,
    *,
    source: str | None = option("FICHIER", "La fiche, ou les clés d'un autre site.", "--from"),
) -> None:
    """Remettre une clé depuis sa fiche de secours, ou prendre celle d'un autre site.

    Ses deux lignes se tapent au clavier ou se lisent dans un fichier, jamais en option : le shell
    garde ce qu'on lui tape.

    Exemples :
      agir memory restore
      agir memory restore --from /media/cle-usb/equipe85.db.cle
    """
    from agir_cli.usecases.memory import missing_keys, restore_key

    asked = source is None and is_terminal(sys.stdin)
    gone = missing_keys(visitor_of(session)) if asked else []
    if asked and not gone:
        tell("Aucune clé ne manque à la mémoire des droits épuisés : rien à remettre.",
             "Celle d'un autre site : agir memory restore --from FICHIER")  # fmt: skip
        return
    if gone:
        print(f"Les deux lignes de la fiche de la clé n° {gone[0]} :", file=sys.stderr, flush=True)
    given, still = restore_key(visitor_of(session), _sheet(source))
    tell(f"Clé {given.id} remise.")
    if still:
        say(session, f"Il manque encore : {', '.join(still)}.")


def _sheet(source: str | None) -> str:
    if source is not None:
        try:
            return Path(source).read_text("utf-8", "replace")
        except OSError as error:
            raise UsageFailure(f"« {source} » ne se lit pas : {reason_of(error)}.") from None
    if not is_terminal(sys.stdin):
        return sys.stdin.read()
    return sys.stdin.readline() + sys.stdin.readline()


@made(memory, "lift")
def lift(
    session: Session,
    *,
    agdref: str | None = option("TEXTE", "Le n° AGDREF."),
    reason: str | None = option("TEXTE", "Pourquoi ; gardé avec votre nom."),
) -> None:
    """Retirer de la mémoire un n° AGDREF qui y est par erreur, avec la raison.

    Seul ce numéro n'est plus refusé ; la prochaine personne inscrite avec lui garde à son dossier
    qui l'a levé et pourquoi.

    Exemples :
      agir memory lift --agdref 0123456789 --reason "numéro de sa sœur, vérifié sur le titre"
    """
    from agir_cli.usecases.memory import lift as lifted

    why = one_line(reason, "--reason")
    if not agdref or not why or len(why.split()) < 2:
        raise UsageFailure("Il faut le numéro et la raison : --agdref N° --reason « … ».")
    lifted(visitor_of(session), "".join(filter(str.isdigit, agdref)), why)
    tell("Ce numéro n'est plus refusé ; la raison et votre nom sont gardés.")
