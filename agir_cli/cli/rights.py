"""What a person may ask, and what time asks: `agir erase`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, reference
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say, tell
from agir_cli.cli.session import Session, one_line, visitor_of
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.usecases.rights import Leaving

app = Commands()


@made(app, "erase", writes=True)
def erase(
    session: Session,
    *,
    ref: str = reference(),
    demande: str | None = option("TEXTE", "À la demande de qui : « la personne, par courrier »."),
    motif: str | None = option("TEXTE", "Pourquoi : « droit à l'effacement »."),
    dry_run: bool = flag("Dire ce qui partirait, rien d'autre."),
    yes: bool = flag("Confirmer sans question."),
) -> None:
    """Effacer une personne pour toujours : identité, coordonnées, notes, tous ses dossiers.

    Il reste une ligne de statistiques par dossier, que rien ne relie à elle : les chiffres des
    jours passés ne changent pas. Un accompagnement en cours protège ; un dossier ouvert sans
    contrat est d'abord clos. La demande et le motif sont gardés : ils ne nomment personne.

    Exemples :
      agir erase 44-0042 --dry-run
      agir erase 44-0042 --demande "la personne, par courrier" --motif "droit à l'effacement"
    """
    from agir_cli.cli import prompt
    from agir_cli.cli.run_command import confirm_by_reference, not_done, want_a_terminal
    from agir_cli.usecases import rights
    from agir_cli.usecases.ledger import NotDone

    visitor = visitor_of(session)
    found = rights.leaving(visitor, ref)
    if isinstance(found, NotDone):
        raise not_done(found.findings)
    who, why = one_line(demande, "--demande"), one_line(motif, "--motif")
    if dry_run:
        tell(*_told(found))
        say(session, "Essai : rien n'a été enregistré.")
        return
    if not yes:
        want_a_terminal("Un effacement est définitif")
    if (not who or not why) and prompt.asked():
        with prompt.leaving("Abandonné : rien n'a été effacé."):
            who = who or prompt.line("À la demande de qui ? (sans nommer la personne) : ")
            why = why or prompt.line("Pourquoi ? : ")
    if not who.strip() or not why.strip():
        raise UsageFailure(
            "Dites à la demande de qui (--demande) et pourquoi (--motif) : c'est gardé.",
            "Rien n'a été effacé.",
        )
    if not yes:
        confirm_by_reference(session, found.dossiers[0].reference, *_told(found))
    done = rights.erase(visitor, ref, who, why)
    if isinstance(done, NotDone):
        raise not_done(done.findings)
    count = len(done.dossiers)
    tell(f"Personne effacée : {count} {plural(count, 'dossier')}, ses coordonnées, ses notes.")
    say(
        session,
        *(f"Ancienne copie du fichier effacée aussi : {copy.name}" for copy in done.gone),
        *_elsewhere(done),
        *_in_backups(session),
        "Ce qui a déjà quitté le fichier (exports, papiers) est à détruire à part.",
    )
    tell(*_remembered(done))


def _told(found: Leaving) -> list[str]:
    """What leaves and what stays, before it is done (French)."""
    dossiers = ", ".join(each.reference for each in found.dossiers)
    opened = ", ".join(each.reference for each in found.open)
    return [
        f"Partent : l'identité, les coordonnées, les notes et le détail de {dossiers}.",
        *([f"D'abord clos (sans suite) : {opened}."] if opened else []),
        "Reste : une ligne de statistiques par dossier, sans nom, sans référence, sans retour.",
        *_elsewhere(found),
    ]


def _elsewhere(found: Leaving) -> list[str]:
    if not found.named_in:
        return []
    listed = ", ".join(found.named_in[:8]) + (" …" if len(found.named_in) > 8 else "")
    return [f"À relire : des notes d'autres dossiers nomment la personne ({listed})."]


def _in_backups(session: Session) -> Iterator[str]:
    """Which copies still hold whoever was erased."""
    from agir_cli.usecases.backup import backups

    count = len(backups(visitor_of(session)))
    if count:
        yield (
            f"{count} {plural(count, 'sauvegarde')} d'avant, où la personne est encore : les"
            " suivantes les remplacent, et une remise la refait partir (agir backup --list)."
        )


def _remembered(done: Leaving) -> Iterator[str]:
    """What is kept of a used-up right; the recovery sheet of a key that was made for it."""
    from agir_cli.domain.dates import french_day
    from agir_cli.store.key import recovery_sheet

    for kept in done.kept:
        assert kept.until is not None
        yield f"Droit épuisé : son empreinte est gardée jusqu'au {french_day(kept.until)}."
        if kept.new and kept.key is not None:
            yield from ("", *recovery_sheet(kept.key), "")
