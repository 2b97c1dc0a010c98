"""The root command: the table of commands, the global options, and the one way out.

How a command is added. A module of this room holds ``app = Commands()``; in it, a command
(``@made(app, "close", of=commands.Close)``) or a group (``contract = app.group("contract")``)
carries the name typed after ``agir``. One line of ``COMMANDS`` says in which module that name
lives. ``agir --help`` imports no command module, and a command imports only its own. Docstrings
are the help; an ``Exemples :`` block at their end keeps its lines. ``session_of(ctx)`` gives the
global options.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from inspect import getdoc
from pathlib import Path
from typing import Any

import click

from agir_cli import __version__
from agir_cli.cli import french
from agir_cli.cli.endings import failure_of, flushed, kept, show_failure, steady_streams
from agir_cli.cli.groups import Family, LazyGroup
from agir_cli.cli.session import GLOBALS, open_session, paris_today, session_of
from agir_cli.drafts import clear
from agir_cli.failures import AgirFailure, UsageFailure
from agir_cli.store.access import keep as keep_access
from agir_cli.store.cipher import on_key
from agir_cli.store.waiting import on_notice, on_post, on_recording, on_waiting, patience

COMMANDS: dict[str, Family] = {
    "enroll": Family("Admission", ".acts", "Inscrire une personne et ouvrir son dossier."),
    "liaison": Family("Admission", ".liaison", "Fiches de liaison et décisions de l'OFII."),
    "diagnose": Family("Admission", ".acts", "Rendez-vous et entretien de diagnostic."),
    "assign": Family("Admission", ".acts", "Enregistrer la décision de la commission."),
    "commission": Family("Admission", ".commission", "Préparer la commission, son compte rendu."),
    "contract": Family("Admission", ".acts", "Rendez-vous, signature ou refus du contrat."),
    "close": Family("Admission", ".acts", "Clore un dossier, avec son motif."),
    "letter": Family("Suivi", ".letter", "Un papier à remettre ou à poster : convocation..."),
    "message": Family("Suivi", ".message", "Le texte d'un SMS ou d'un mail, à envoyer soi-même."),
    "step": Family("Suivi", ".acts", "Étapes du parcours : logement, emploi, droits..."),
    "situation": Family("Suivi", ".acts", "Situation de logement, de travail, de français."),
    "visit": Family("Suivi", ".acts", "Autres rendez-vous : suivi, démarche, à domicile..."),
    "right": Family("Suivi", ".acts", "Droits et papiers : où en est chacun."),
    "interview": Family("Suivi", ".acts", "Entretiens d'accompagnement."),
    "referent": Family("Suivi", ".referent", "Référents : changer, transmettre, répertoire."),
    "household": Family("Suivi", ".household", "Ménages : qui en est, enfants sans dossier."),
    "transfer": Family("Suivi", ".transfer", "Transferts vers un autre département."),
    "partner": Family("Suivi", ".network", "Partenaires : conventions, réunions, outils, freins."),
    "task": Family("Suivi", ".network", "Tâches : quoi, pour quand, par qui."),
    "declare": Family("Suivi", ".declare", "Ce qui est déclaré au ministère, et ce qui a changé."),
    "correct": Family("Suivi", ".correction", "Corriger un fait enregistré par erreur."),
    "directory": Family("Suivi", ".directory", "L'annuaire : bureaux, secteurs, contacts..."),
    "show": Family("Lecture", ".lookup", "Montrer un dossier."),
    "today": Family("Lecture", ".today", "Le matin d'une équipe sur un écran."),
    "find": Family("Lecture", ".lookup", "Chercher un dossier par nom, numéro ou référence."),
    "explain": Family("Lecture", ".explain", "Dire pourquoi : délais, critères, sources."),
    "eligibility": Family("Lecture", ".eligibility", "Pré-vérifier sans rien enregistrer."),
    "compare": Family("Lecture", ".compare", "Comparer la liste de l'OFII avec nos dossiers."),
    "report": Family("Lecture", ".report", "Retards, listes, totaux, frise d'un dossier."),
    "rules": Family("Lecture", ".rules", "Montrer les règles appliquées et leurs sources."),
    "indicators": Family("Lecture", ".indicators", "Définir les indicateurs d'un comité."),
    "view": Family("Lecture", ".view", "Garder un rapport avec ses options, sous un nom."),
    "import": Family("Listes et tableaux", ".takeover", "Reprendre le tableau d'une équipe."),
    "model": Family("Listes et tableaux", ".model", "Écrire un classeur vide, à remplir."),
    "batches": Family("Listes et tableaux", ".batches", "Lister les fichiers importés."),
    "undo": Family("Listes et tableaux", ".batches", "Annuler un fichier importé par erreur."),
    "export": Family("Listes et tableaux", ".export", "Écrire tout le fichier en CSV."),
    "schema": Family(
        "Listes et tableaux", ".manual", "Les vues du fichier, pour d'autres programmes."
    ),
    "duplicates": Family(
        "Une seule personne", ".doubles", "Proposer les personnes inscrites deux fois."
    ),
    "identity": Family(
        "Une seule personne", ".doubles", "Garder un ancien nom, une autre orthographe."
    ),
    "same": Family("Une seule personne", ".doubles", "Relier deux dossiers d'une même personne."),
    "distinct": Family(
        "Une seule personne", ".doubles", "Retenir que deux dossiers sont de deux personnes."
    ),
    "memory": Family(
        "Une seule personne", ".memory", "Mémoire des droits épuisés de personnes effacées."
    ),
    "subject": Family(
        "Données personnelles", ".personal_data", "Tout ce que le fichier sait d'une personne."
    ),
    "erase": Family(
        "Données personnelles", ".personal_data", "Effacer une personne, pour toujours."
    ),
    "purge": Family(
        "Données personnelles", ".personal_data", "Effacer ce dont la durée est passée."
    ),
    "retention": Family("Données personnelles", ".personal_data", "Les durées de conservation."),
    "hold": Family(
        "Données personnelles", ".personal_data", "Retenir ce qu'un litige ou un contrôle demande."
    ),
    "access-log": Family("Données personnelles", ".personal_data", "Qui a ouvert quels dossiers."),
    "extract": Family(
        "Données personnelles", ".personal_data", "Un extrait pseudonymisé, pour une étude."
    ),
    "register": Family(
        "Données personnelles", ".personal_data", "Fiche du registre, fiche d'information."
    ),
    "sync": Family("Plusieurs sites", ".sync", "Échanger avec les fichiers des autres sites."),
    "sites": Family(
        "Plusieurs sites", ".sites", "Les sites du réseau : lister, inviter, rejoindre..."
    ),
    "conflicts": Family(
        "Plusieurs sites", ".sync", "Ce que deux sites ont dit et qui se contredit."
    ),
    "hub": Family("Plusieurs sites", ".hub", "Le serveur PostgreSQL qui porte les échanges."),
    "handover": Family("Plusieurs sites", ".handover", "Remettre un département, ou le prendre."),
    "init": Family("Fichier", ".upkeep", "Créer le fichier de l'équipe."),
    "demo": Family("Fichier", ".upkeep", "Créer un fichier de démonstration."),
    "config": Family("Fichier", ".config", "Les réglages de ce poste : bureau, auteur..."),
    "check": Family("Fichier", ".upkeep", "Vérifier le fichier."),
    "backup": Family("Fichier", ".backup", "Sauvegarder le fichier, et le vérifier."),
    "restore": Family("Fichier", ".backup", "Remettre une sauvegarde, après comparaison."),
    "encrypt": Family("Fichier", ".encryption", "Chiffrer le fichier."),
    "decrypt": Family("Fichier", ".encryption", "Remettre le fichier en clair."),
    "rekey": Family("Fichier", ".encryption", "Changer la clé du fichier."),
    "key": Family("Fichier", ".encryption", "La clé du fichier : fiche de secours, poste."),
    "rebuild": Family("Fichier", ".upkeep", "Recalculer les dossiers depuis leur journal."),
    "man": Family("Fichier", ".manual", "La page de manuel."),
    "help": Family("Fichier", ".start", "L'aide d'une commande, en entier."),
}


class RootGroup(LazyGroup):
    """The group of every command of ``agir``."""

    table = COMMANDS


def _global_options() -> Iterator[click.Option]:
    for name, metavar, told in GLOBALS:
        yield click.Option(
            [f"--{name}"], metavar=metavar, help=told, is_flag=metavar is None,
            envvar=f"AGIR_{name.upper().replace('-', '_')}" if metavar else None, show_envvar=True,
        )  # fmt: skip
    yield click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False,
        callback=_show_version, help="Afficher la version.",
    )  # fmt: skip
    for name, words in (("install", "Installer"), ("show", "Afficher")):
        yield click.Option(
            [f"--{name}-completion"], is_flag=False, flag_value="auto", metavar="[SHELL]",
            is_eager=True, expose_value=False, callback=_complete,
            help=f"{words} la complétion : bash, zsh, fish ou powershell.",
        )  # fmt: skip


def _show_version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        print(f"agir {__version__}")
        ctx.exit(0)


@click.pass_context
def _open(ctx: click.Context, /, **given: Any) -> None:
    """Admissions et suivi du programme AGIR, dans un terminal, sur un fichier local.

    Exemples :
      agir demo
      agir report overdue
      agir --db equipe44.db show 44-0042
      agir enroll --help
    """
    if ctx.resilient_parsing:
        return
    ctx.obj = open_session(**given)
    on_waiting(partial(_say_waiting, ctx))
    on_recording(partial(_say_the_day, ctx))
    on_notice(partial(_say_notice, ctx))
    on_key(partial(_find_key, ctx))
    on_post(lambda name: session_of(ctx).said(name))
    for left in clear():
        _say_notice(ctx, f"brouillon d'une commande interrompue, effacé : {left}")
    if ctx.invoked_subcommand is None:
        from agir_cli.cli.commands.start import say_what_to_do

        say_what_to_do(ctx.obj)


def _say_notice(ctx: click.Context, sentence: str) -> None:
    """Tell what was found about the file itself."""
    from agir_cli.cli.screen import warn

    warn(session_of(ctx), sentence)


def _find_key(ctx: click.Context, path: Path | None, name: str) -> bytes | None:
    """Find a key on this post; that of an encrypted file is typed, where it is not there."""
    from agir_cli.cli.commands.encryption import find

    return find(session_of(ctx), path, name)


def _find_key_silently(path: Path | None, name: str) -> bytes | None:
    """Find the key on this post, for a shell that completes a word: nobody is asked."""
    from agir_cli.cli.commands.encryption import find

    return find(open_session(quiet=True), path, name, silent=True)


def _say_waiting(ctx: click.Context, holder: str) -> None:
    """Tell somebody at a terminal why nothing happens."""
    from agir_cli.cli.screen import is_terminal, say

    if is_terminal(sys.stderr):
        say(
            session_of(ctx),
            f"Le fichier est occupé par {f'le {holder}' if holder else 'une autre commande'} :"
            " j'attends qu'il soit libre,"
            f" {patience()} secondes au plus (Ctrl-C pour abandonner).",
        )


def command_line() -> click.Group:
    """The whole command line as one Click group, its commands not yet imported."""
    options = [*_global_options()]
    return RootGroup(
        name="agir", params=options, callback=_open, help=getdoc(_open),
        no_args_is_help=False, invoke_without_command=True,
    )  # fmt: skip


def _complete(ctx: click.Context, option: click.Parameter, shell: str | None) -> None:
    if shell is None or ctx.resilient_parsing:
        return
    if option.name == "install_completion":
        french.install_completion(shell)
    else:
        french.show_completion(shell)
    ctx.exit(0)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; failures come out as exceptions."""
    group = command_line()
    before = kept()
    try:
        with group.make_context("agir", list(arguments)) as ctx:
            try:
                result = group.invoke(ctx)
            finally:
                if kept() > before:
                    _look_at_the_clock(ctx)
            if kept() > before:
                _exchange(ctx)
    except click.exceptions.Exit as asked:
        return asked.exit_code
    finally:
        on_post(None)
    return result if isinstance(result, int) else 0


def _say_the_day(ctx: click.Context) -> None:
    """Say on which day a command writes, where it is not the real one: a variable may be left."""
    from agir_cli.cli.screen import say, short_date

    session = session_of(ctx)
    day, real = session.day, paris_today()
    if day is not None and day != real:
        say(
            session,
            f"Jour pris : {short_date(day)} (--today ou AGIR_TODAY) ; nous sommes le"
            f" {short_date(real)}.",
        )


def _look_at_the_clock(ctx: click.Context) -> None:
    """After a write: a clock that has gone back puts it before what was there already."""
    from agir_cli.cli.screen import warn
    from agir_cli.usecases.upkeep import clock_gone_back

    session, day = session_of(ctx), None
    with suppress(AgirFailure, OSError):  # the command has ended, well or not: that is what counts
        day = clock_gone_back(session.db) if session.db.exists() else None
    if day is not None:
        warn(
            session,
            f"le fichier contient un enregistrement du {day}, et ce poste dit que ce jour n'est pas"
            " encore venu : vérifiez la date et l'heure du poste.",
        )


_OF_SITES = frozenset({"sync", "sites", "hub", "init", "demo", "restore", "handover"})


def _exchange(ctx: click.Context) -> None:
    """After an act: exchange with the other sites, where this post does so by itself."""
    session = session_of(ctx)
    with suppress(AgirFailure):  # the act is done, and the settings are told by those who ask
        if ctx.invoked_subcommand in _OF_SITES or session.post.values.get("sync") != "auto":
            return
        from agir_cli.cli.commands.sync import after_an_act

        after_an_act(session)


def _readable(word: str) -> str:
    """A word as Unicode, even where the machine's locale could not read it (cron, LC_ALL=C)."""
    if word.isascii() or not any("\ud800" <= c <= "\udfff" for c in word):
        return word
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError:
        raise UsageFailure(
            "Un mot de la commande n'est pas lisible : il n'est pas écrit en UTF-8.",
            "Réglez le terminal sur UTF-8, ou passez par un fichier : --from FICHIER.",
        ) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """The program: run a command line, turn every way it can end into an exit code.

    ``arguments``: the words after ``agir``; None reads those of the process. The codes are
    those of ``failures`` and of ``endings``; nothing is raised.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    before, mask = kept(), os.umask(0o077)  # libraries make files and folders, too
    with steady_streams():
        try:
            if os.environ.get(french.VARIABLE):
                on_key(_find_key_silently)
                code = french.answer_shell(command_line())
            else:
                code = run([*map(_readable, words)])
        except BaseException as error:  # noqa: BLE001 - the one place where every failure ends
            failure = failure_of(error, verbose="--verbose" in words, recorded=kept() > before)
            code = show_failure(failure)
        keep_access(code)
        os.umask(mask)
        return flushed(code, recorded=kept() > before)
