"""The acts on one dossier: enrol, diagnose, assign, contract, close, follow, correct.

Each command takes the fields of a `domain.commands` class; its body says what happens.
"""

from __future__ import annotations

import sys
from typing import Annotated

import click
import typer

from agir_cli.cli.groups import Commands
from agir_cli.cli.options import Given, made_of, yes_option
from agir_cli.cli.run_command import answer, confirm_final, read_command, record
from agir_cli.cli.screen import is_terminal, show_table
from agir_cli.cli.session import Session, read_day, session_of, visitor_of
from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure

app = Commands()
diagnose, contract = Commands(), Commands()
step, situation, interview = Commands(), Commands(), Commands()
app.add_typer(diagnose, name="diagnose")
app.add_typer(contract, name="contract")
app.add_typer(step, name="step")
app.add_typer(situation, name="situation")
app.add_typer(interview, name="interview")


# --- enroll ------------------------------------------------------------------------------


@made_of(
    c.Enroll,
    app,
    "enroll",
    click.Option(
        ["--not-the-same"], multiple=True, metavar="REF",
        help="Ce dossier est celui d'un homonyme.",
    ),
    click.Option(
        ["--ask"], is_flag=True, help="Demander l'identité au clavier : rien dans l'historique."
    ),
    positional=False,
)  # fmt: skip
def enroll(session: Session, given: Given, not_the_same: tuple[str, ...], ask: bool) -> None:
    """Inscrire une personne et ouvrir son dossier, ou compléter un dossier (--dossier).

    L'outil pré-vérifie, l'OFII décide : ce qui est inconnu ne refuse jamais.

    Exemples :
      agir enroll --nom DIALLO --prenoms Awa --date-naissance 1994 --agdref 0123456789
      agir enroll --ask --statut refugie --date-cir 09/01/2023 --orientation acceptee
      agir enroll --dossier 44-0042 --telephone 0612345678
    """
    identity = _asked(given) if ask else {}
    record(session, read_command(session, c.Enroll, {**given, **identity}), not_the_same)


_ASKED = {
    "nom": "Nom", "prenoms": "Prénoms", "date_naissance": "Né(e) le", "agdref": "N° AGDREF",
}  # fmt: skip


def _asked(given: Given) -> dict[str, str]:
    """The identity that no option gives, asked at the keyboard."""
    if not is_terminal(sys.stdin):
        raise UsageFailure("--ask demande un terminal ; dans un script, utilisez --from -.")
    answers = {}
    for name, label in _ASKED.items():
        if given[name] is None:
            print(f"{label} (vide : inconnu) : ", end="", file=sys.stderr, flush=True)
            answers[name] = sys.stdin.readline().strip()
    return {name: text for name, text in answers.items() if text}


# --- diagnose ----------------------------------------------------------------------------


@made_of(c.BookDiagnosis, diagnose, "book")
def book_diagnosis(session: Session, given: Given) -> None:
    """Inscrire le rendez-vous de diagnostic (ou l'inscrire à nouveau).

    Exemples :
      agir diagnose book 44-0042 --on "25/01/2023 14h" --confirmation mail+sms
    """
    record(session, read_command(session, c.BookDiagnosis, given))


@made_of(c.HoldDiagnosis, diagnose, "hold")
def hold_diagnosis(session: Session, given: Given) -> None:
    """Enregistrer le diagnostic tenu, signé ou non, avec la priorité préconisée.

    Exemples :
      agir diagnose hold 44-0042 --on 25/01/2023 --diagnostic-signe oui
      agir diagnose hold 44-0042 --on hier --priorites-preconisees droit_logement
    """
    record(session, read_command(session, c.HoldDiagnosis, given))


@made_of(c.MissDiagnosis, diagnose, "absent")
def miss_diagnosis(session: Session, given: Given) -> None:
    """Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir diagnose absent 44-0042 --on 25/01/2023
    """
    record(session, read_command(session, c.MissDiagnosis, given))


# --- assign ------------------------------------------------------------------------------


@made_of(
    c.Assign,
    app,
    "assign",
    click.Option(
        ["--loads"], is_flag=True, help="Montrer la charge de chaque référent, rien d'autre."
    ),
)
def assign(session: Session, given: Given, loads: bool) -> None:
    """Enregistrer la décision de la commission : priorités, modalité, référent.

    Le délai de trois semaines pour le contrat part de ce jour.

    Exemples :
      agir assign --loads
      agir assign 44-0042 --on 02/02/2023 --priorites droit_logement --referent "A. Martin"
    """
    if not loads:
        record(session, read_command(session, c.Assign, given))
    if loads or (is_terminal(sys.stdout) and not session.quiet):
        _show_loads(session)


def _show_loads(session: Session) -> None:
    from agir_cli.usecases.consult import loads

    columns = ("Code", "Référent", "Dossiers ouverts")
    rows = loads(visitor_of(session))
    show_table(session, columns, rows, title="Charge des référents", right=(2,))


# --- contract ----------------------------------------------------------------------------


@made_of(c.BookContract, contract, "book")
def book_contract(session: Session, given: Given) -> None:
    """Inscrire le rendez-vous de contrat (ou l'inscrire à nouveau).

    Exemples :
      agir contract book 44-0042 --on "14/02/2023 10h30" --bureau 44-C1
    """
    record(session, read_command(session, c.BookContract, given))


@made_of(c.SignContract, contract, "sign")
def sign_contract(session: Session, given: Given) -> None:
    """Enregistrer la signature du contrat : les deux ans commencent.

    Exemples :
      agir contract sign 44-0042 --on 17/02/2023 --projet "Pâtisserie"
      agir contract sign 44-0042 --on "février 2023"
    """
    record(session, read_command(session, c.SignContract, given))


@made_of(c.RefuseContract, contract, "refuse", yes_option())
def refuse_contract(session: Session, given: Given, yes: bool) -> None:
    """Enregistrer le refus du contrat par la personne : définitif.

    Une absence n'est jamais un refus : elle s'enregistre avec « contract absent ».

    Exemples :
      agir contract refuse 44-0042 --on 17/02/2023
      agir contract refuse 44-0042 --on 17/02/2023 --yes
    """
    command = read_command(session, c.RefuseContract, given)
    consequence = "Le refus du contrat est définitif : le droit à AGIR sera épuisé."
    confirm_final(session, command, given["dossier"] or "", consequence, yes)
    record(session, command)


@made_of(c.MissContract, contract, "absent")
def miss_contract(session: Session, given: Given) -> None:
    """Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir contract absent 44-0042 --on 14/02/2023
    """
    record(session, read_command(session, c.MissContract, given))


# --- close -------------------------------------------------------------------------------


@made_of(c.Close, app, "close", yes_option())
def close(session: Session, given: Given, yes: bool) -> None:
    """Clore un dossier, avec son motif ; la situation à la sortie peut être donnée.

    Définitifs : arret_beneficiaire, arret_structure, terme, objectifs_atteints.
    Non définitifs : transfert, deces, erreur, non_eligible, sans_suite.

    Exemples :
      agir close 44-0042 --motif transfert --on 01/09/2023
      agir close 44-0042 --motif terme --on 17/02/2025 --situation-logement logement_autonome
    """
    from agir_cli.store.rulebook import shipped

    command = read_command(session, c.Close, given)
    if shipped().final(command.motif):
        consequence = f"« {command.motif.label} » est définitif : le droit à AGIR sera épuisé."
        confirm_final(session, command, given["dossier"] or "", consequence, yes)
    record(session, command)


# --- support -----------------------------------------------------------------------------


@made_of(c.AddStep, step, "add")
def add_step(session: Session, given: Given) -> None:
    """Ajouter une étape du parcours, datée ou non, faite ou prévue.

    Exemples :
      agir step add 44-0042 --etape "Permis de conduire échangé" --domaine droits --on 2023-07
      agir step add 44-0042 --etape "Cours de FLE" --domaine langue --on 2023-03 --heures 100
    """
    record(session, read_command(session, c.AddStep, given))


@step.command("list")
def list_steps(
    ctx: typer.Context, ref: Annotated[str, typer.Argument(metavar="REF", help="Dossier")]
) -> None:
    """Montrer le projet et les étapes d'un dossier.

    Exemples :
      agir step list 44-0042
    """
    from agir_cli.domain.dates import french
    from agir_cli.domain.vocabulary import Domain
    from agir_cli.usecases import consult

    session = session_of(ctx)
    found = consult.record(visitor_of(session), ref)
    project = found.words.get("projet")
    rows: list[tuple[object, ...]] = [
        (
            french(s.on) or "sans date",
            french(s.until),
            Domain(s.domain).label if s.domain else "",
            s.words,
            s.hours or "",
        )
        for s in found.standing.state.steps
    ]
    if project:
        rows.insert(0, (french(found.standing.state.contract), "", "Projet", project, ""))
    show_table(session, ("Date", "Fin", "Domaine", "Étape", "Heures"), rows, right=(4,))


@made_of(c.SetSituation, situation, "set")
def set_situation(session: Session, given: Given) -> None:
    """Relever la situation de logement, de travail ou de français, à un jour donné.

    Exemples :
      agir situation set 44-0042 --on 01/07/2023 --situation-logement logement_accompagne
      agir situation set 44-0042 --on hier --situation-professionnelle cdi --niveau-francais a2
    """
    record(session, read_command(session, c.SetSituation, given))


@made_of(c.AddInterview, interview, "add")
def add_interview(session: Session, given: Given) -> None:
    """Enregistrer l'entretien de suivi, obligatoire tous les deux mois.

    Exemples :
      agir interview add 44-0042 --on 17/04/2023
    """
    record(session, read_command(session, c.AddInterview, given))


# --- correct -----------------------------------------------------------------------------


@app.command("correct")
def correct(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Dossier")],
    event: Annotated[
        int, typer.Argument(metavar="N°", help="Numéro de l'événement (agir show REF --events)")
    ],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="La bonne date.")] = None,
    void: Annotated[bool, typer.Option("--void", help="Annuler l'événement.")] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXTE", help="Pourquoi ; gardé au dossier.")
    ] = None,
) -> None:
    """Corriger un fait enregistré : l'annuler, ou lui donner sa bonne date.

    Rien n'est effacé : l'événement annulé reste visible, avec la raison et l'auteur.

    Exemples :
      agir show 44-0042 --events
      agir correct 44-0042 5 --on 17/02/2023 --reason "erreur de frappe"
      agir correct 44-0042 6 --void --reason "refus saisi sur le mauvais dossier"
    """
    if void == (on is not None):
        raise UsageFailure("Dites l'un des deux : --void pour annuler, ou --on DATE pour redater.")
    if not (reason and reason.strip()):
        raise UsageFailure("Une correction demande sa raison : --reason « … ».")
    from agir_cli.usecases.corrections import correct_event

    session = session_of(ctx)
    day = read_day(on, session, "--on") if on is not None else None
    answer(session, correct_event(visitor_of(session), ref, event, day, reason.strip()))
