"""The acts on one dossier: enrol, diagnose, assign, contract, close, follow, correct.

Each command takes the fields of a `domain.commands` class; its body says what happens.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import Given, made
from agir_cli.cli.run_command import (
    answer,
    confirm_by_reference,
    confirm_final,
    read_command,
    record,
    want_a_terminal,
)
from agir_cli.cli.screen import is_terminal
from agir_cli.cli.session import Session, one_line, read_day, visitor_of
from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Form, Printed
    from agir_cli.domain.events import Event

app = Commands()
diagnose, contract = app.group("diagnose"), app.group("contract")
step, situation, interview = app.group("step"), app.group("situation"), app.group("interview")

_YES = flag("Confirmer sans question.")


# --- enroll ------------------------------------------------------------------------------


@made(app, "enroll", of=c.Enroll, positional=False)
def enroll(
    session: Session,
    given: Given,
    *,
    not_the_same: tuple[str, ...] = option(
        "REF", "Ce dossier est celui d'un homonyme.", multiple=True
    ),
    ask: bool = flag("Demander l'identité au clavier : rien dans l'historique."),
) -> None:
    """Inscrire une personne et ouvrir son dossier, ou compléter un dossier (--dossier).

    L'outil pré-vérifie, l'OFII décide : ce qui est inconnu ne refuse jamais.

    Exemples :
      agir enroll --nom DIALLO --prenoms Awa --date-naissance 1994 --agdref 0123456789
      agir enroll --ask --statut refugie --date-cir 10/01/2023 --orientation acceptee
      agir enroll --dossier 44-0042 --telephone 0612345678
    """
    identity = _asked(given) if ask else {}
    command = read_command(session, c.Enroll, {**given, **identity})
    if command.menage is not None and is_terminal(sys.stdin) and is_terminal(sys.stderr):
        command = _with_household(session, command, not_the_same)
    record(session, command, not_the_same)


def _with_household(session: Session, command: c.Enroll, distinct: tuple[str, ...]) -> c.Enroll:
    """The command with the household that its code means, asked where a list has the same code."""
    from dataclasses import replace

    from agir_cli.cli.files import same_household
    from agir_cli.usecases.single import rehearse

    outcome = rehearse(visitor_of(session), command, distinct)
    for found in getattr(outcome, "warnings", ()):
        if found.code == "menage_a_part" and same_household(found):
            return replace(command, menage=found.values["dossier"])
    return command


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


@made(diagnose, "book", of=c.BookDiagnosis)
def book_diagnosis(session: Session, given: Given) -> None:
    """Inscrire le rendez-vous de diagnostic (ou l'inscrire à nouveau).

    Exemples :
      agir diagnose book 44-0042 --on "25/01/2023 14h" --confirmation mail+sms
    """
    record(session, read_command(session, c.BookDiagnosis, given))


@made(diagnose, "hold", of=c.HoldDiagnosis)
def hold_diagnosis(session: Session, given: Given) -> None:
    """Enregistrer le diagnostic tenu, signé ou non, avec la priorité préconisée.

    Exemples :
      agir diagnose hold 44-0042 --on 25/01/2023 --diagnostic-signe oui
      agir diagnose hold 44-0042 --on hier --priorites-preconisees droit_logement
    """
    record(session, read_command(session, c.HoldDiagnosis, given))


@made(diagnose, "absent", of=c.MissDiagnosis)
def miss_diagnosis(session: Session, given: Given) -> None:
    """Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir diagnose absent 44-0042 --on 25/01/2023
    """
    record(session, read_command(session, c.MissDiagnosis, given))


# --- assign ------------------------------------------------------------------------------


@made(app, "assign", of=c.Assign, printed=True)
def assign(
    session: Session,
    given: Given,
    printed: Printed,
    *,
    loads: bool = flag("Montrer la charge de chaque référent, rien d'autre."),
) -> None:
    """Enregistrer la décision de la commission : priorités, modalité, référent.

    Le délai de trois semaines pour le contrat part de ce jour.

    Exemples :
      agir assign --loads
      agir assign 44-0042 --on 02/02/2023 --priorites droit_logement --referent "A. Martin"
    """
    form = printed.form
    if not loads:
        if any(printed):
            raise UsageFailure("--format, --output et --columns ne vont qu'avec --loads.")
        record(session, read_command(session, c.Assign, given))
    if loads or (is_terminal(sys.stdout) and not session.quiet):
        _show_loads(session, form)


def _show_loads(session: Session, form: Form) -> None:
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.consult import loads

    known = columns(("code", "referent", "dossiers_ouverts"))
    nobody = [
        "Aucun référent n'est encore connu de ce fichier.",
        "Il le devient avec : agir assign REF --on JOUR --referent NOM",
    ]
    rows = loads(visitor_of(session))
    sheet = one_list("Charge des référents", known, rows, empty=nobody)
    show_rows(session, sheet, form, titled=True)


# --- contract ----------------------------------------------------------------------------


@made(contract, "book", of=c.BookContract)
def book_contract(session: Session, given: Given) -> None:
    """Inscrire le rendez-vous de contrat (ou l'inscrire à nouveau).

    Exemples :
      agir contract book 44-0042 --on "14/02/2023 10h30" --bureau 44-C1
    """
    record(session, read_command(session, c.BookContract, given))


@made(contract, "sign", of=c.SignContract)
def sign_contract(session: Session, given: Given) -> None:
    """Enregistrer la signature du contrat : les deux ans commencent.

    Exemples :
      agir contract sign 44-0042 --on 17/02/2023 --projet "Pâtisserie"
      agir contract sign 44-0042 --on "février 2023"
    """
    record(session, read_command(session, c.SignContract, given))


@made(contract, "refuse", of=c.RefuseContract)
def refuse_contract(session: Session, given: Given, *, yes: bool = _YES) -> None:
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


@made(contract, "absent", of=c.MissContract)
def miss_contract(session: Session, given: Given) -> None:
    """Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir contract absent 44-0042 --on 14/02/2023
    """
    record(session, read_command(session, c.MissContract, given))


# --- close -------------------------------------------------------------------------------


@made(app, "close", of=c.Close)
def close(session: Session, given: Given, *, yes: bool = _YES) -> None:
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


@made(step, "add", of=c.AddStep)
def add_step(session: Session, given: Given) -> None:
    """Ajouter une étape du parcours, datée ou non, faite ou prévue.

    Exemples :
      agir step add 44-0042 --etape "Permis de conduire échangé" --domaine droits --on 2023-07
      agir step add 44-0042 --etape "Cours de FLE" --domaine langue --on 2023-03 --heures 100
    """
    record(session, read_command(session, c.AddStep, given))


@made(step, "list", printed=True)
def list_steps(session: Session, printed: Printed, *, ref: str = word("REF", "Dossier")) -> None:
    """Montrer le projet et les étapes d'un dossier.

    Exemples :
      agir step list 44-0042
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.domain.dates import french
    from agir_cli.domain.vocabulary import Domain
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases import consult

    form = printed.form
    found = consult.record(visitor_of(session), ref)
    state, project = found.standing.state, found.words.get("projet")
    known = columns(("date_etape", "date_fin_etape", "domaine", "etape", "heures"))
    rows = [
        (
            french(s.on) or "sans date", french(s.date_fin_etape),
            Domain(s.domaine).label if s.domaine else "", s.words, s.heures or "",
        )
        for s in state.steps
    ]  # fmt: skip
    if project:
        rows.insert(0, (french(state.contract), "", "Projet", project, ""))
    show_rows(session, one_list("Projet et étapes", known, rows), form)


@made(situation, "set", of=c.SetSituation)
def set_situation(session: Session, given: Given) -> None:
    """Relever la situation de logement, de travail ou de français, à un jour donné.

    Exemples :
      agir situation set 44-0042 --on 01/07/2023 --situation-logement logement_accompagne
      agir situation set 44-0042 --on hier --situation-professionnelle cdi --niveau-francais a2
    """
    record(session, read_command(session, c.SetSituation, given))


@made(interview, "add", of=c.AddInterview)
def add_interview(session: Session, given: Given) -> None:
    """Enregistrer l'entretien de suivi, obligatoire tous les deux mois.

    Exemples :
      agir interview add 44-0042 --on 17/04/2023
    """
    record(session, read_command(session, c.AddInterview, given))


@made(interview, "excuse", of=c.ExcuseInterview)
def excuse_interview(session: Session, given: Given) -> None:
    """Excuser une absence à l'entretien de suivi : le prochain se compte depuis ce jour.

    L'absence compte à part dans agir report interviews, jamais comme un entretien tenu. Le motif
    est un code : empechement, travail_formation, autre_rendez_vous, transport ou equipe ; la
    santé de la personne ne s'y écrit pas.

    Exemples :
      agir interview excuse 44-0042 --motif-excuse travail_formation --on 12/06/2023
    """
    record(session, read_command(session, c.ExcuseInterview, given))


# --- correct -----------------------------------------------------------------------------


@made(app, "correct")
def correct(
    session: Session,
    *,
    ref: str = word("REF", "Dossier"),
    event: int = word("N°", "Numéro de l'événement (agir show REF --events)", type=int),
    on: str | None = option("DATE", "La bonne date."),
    void: bool = flag("Annuler l'événement."),
    reason: str | None = option("TEXTE", "Pourquoi ; gardé au dossier."),
    yes: bool = _YES,
) -> None:
    """Corriger un fait enregistré : l'annuler, ou lui donner sa bonne date.

    Rien n'est effacé : l'événement annulé reste visible, avec la raison et l'auteur. Annuler une
    fin définitive rouvre le droit : la raison est une phrase, et la référence se retape.

    Exemples :
      agir show 44-0042 --events
      agir correct 44-0042 5 --on 17/02/2023 --reason "erreur de frappe"
      agir correct 44-0042 6 --void --reason "refus saisi sur le mauvais dossier"
    """
    if void == (on is not None):
        raise UsageFailure("Dites l'un des deux : --void pour annuler, ou --on DATE pour redater.")
    why = one_line(reason, "--reason")
    if not why:
        raise UsageFailure("Une correction demande sa raison : --reason « … ».")
    from agir_cli.usecases.single import correct_event, lifted_end

    day = read_day(on, session, "--on") if on is not None else None
    asked = (visitor_of(session), ref, event, day, why)
    end = None if yes else lifted_end(*asked)
    if end is not None:
        _confirm_reopening(session, ref, end)
    answer(session, correct_event(*asked))


def _confirm_reopening(session: Session, ref: str, end: Event) -> None:
    """Want the reference typed again before a definitive end is taken away."""
    from agir_cli.domain.dates import french
    from agir_cli.reports.texts import french_text

    want_a_terminal("Cette correction rouvre un droit épuisé")
    made = f"enregistré par {end.author} le {french_text(end.recorded_at[:10])}"
    what = f"{end.kind.label}, {french(end.on) or 'jour inconnu'}, {made}"
    confirm_by_reference(
        session, ref, f"À annuler : {what}.",
        f"Le droit à AGIR sera rouvert, et l'annulation portera votre nom : {session.author}.",
    )  # fmt: skip
