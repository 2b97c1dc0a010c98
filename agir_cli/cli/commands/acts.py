"""The acts on one dossier: enrol, diagnose, assign, contract, close, follow.

Each command takes the fields of a `domain.commands` class; its body says what happens.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from agir_cli.cli import asking as o
from agir_cli.cli import prompt
from agir_cli.cli.groups import Commands, Given, flag, option, reference, word
from agir_cli.cli.options import act, made
from agir_cli.cli.run_command import (
    Filled,
    confirm_final,
    read_command,
    record,
)
from agir_cli.cli.screen import is_terminal
from agir_cli.cli.session import Session, visitor_of
from agir_cli.domain import commands as c
from agir_cli.domain.vocabulary import Motive
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Form, Printed
    from agir_cli.reports.sheet import Sheet

app = Commands()
diagnose, contract = app.group("diagnose"), app.group("contract")
step, right = app.group("step"), app.group("right")

_NOT_THE_SAME = option("REF", "Ce dossier est celui d'un homonyme.", multiple=True)
_YES = flag("Confirmer sans question.")


# --- enroll ------------------------------------------------------------------------------


@made(app, "enroll", of=c.Enroll, positional=False)
def enroll(
    session: Session,
    given: Given,
    *,
    not_the_same: tuple[str, ...] = _NOT_THE_SAME,
) -> None:
    """Inscrire une personne et ouvrir son dossier, ou compléter un dossier (--dossier).

    L'outil pré-vérifie, l'OFII décide : ce qui est inconnu ne refuse jamais. Sans nom ni dossier,
    sur un terminal, l'outil pose les questions une à une ; puis pour les autres du ménage.

    Exemples :
      agir enroll
      agir enroll --nom DIALLO --prenoms Awa --date-naissance 1994 --agdref 0123456789
      agir enroll --dossier 44-0042 --telephone 0612345678
    """
    if not isinstance(given, Filled):
        command = read_command(session, c.Enroll, given)
        if command.menage is not None and prompt.asked():
            command = _with_household(session, command, not_the_same)
        record(session, command, not_the_same)
        return

    from agir_cli.cli.form import another

    asked: Filled | None = given
    while asked is not None:
        command = read_command(session, c.Enroll, asked)
        if command.dossier is None:
            command = command.but(efface=tuple(n for n in asked.denied if not asked.get(n)))
        reference = record(session, command, (*not_the_same, *asked.distinct))
        asked = None if command.dossier else another(session, asked, reference)


def _with_household(session: Session, command: c.Enroll, distinct: tuple[str, ...]) -> c.Enroll:
    """The command with the household that its code means, asked where a list has the same code."""
    from agir_cli.cli.files import same_household
    from agir_cli.usecases.single import rehearse

    outcome = rehearse(visitor_of(session), command, distinct)
    for found in getattr(outcome, "warnings", ()):
        if found.code == "menage_a_part" and same_household(found):
            return command.but(menage=found.values["dossier"])
    return command


# --- diagnose ----------------------------------------------------------------------------


_FOR_ALL = flag("Un seul rendez-vous, pour tous ceux du ménage qui l'attendent.", "--menage")


@made(diagnose, "book", of=c.BookDiagnosis)
def book_diagnosis(session: Session, given: Given, *, for_all: bool = _FOR_ALL) -> None:
    """Inscrire le rendez-vous de diagnostic (ou l'inscrire à nouveau).

    Exemples :
      agir diagnose book 44-0042 --on "25/01/2023 14h" --confirmation mail+sms
      agir diagnose book 44-0042 --on "25/01/2023 14h" --menage
    """
    _book(session, c.BookDiagnosis, given, for_all=for_all)


def _book(session: Session, of: type[c.Command], given: Given, *, for_all: bool) -> None:
    if for_all:
        from agir_cli.cli.commands.household import book_for_all

        book_for_all(session, of, given)
    else:
        record(session, read_command(session, of, given))


act(app, c.HoldDiagnosis, """
    Enregistrer le diagnostic tenu, signé ou non, avec la priorité préconisée.

    Exemples :
      agir diagnose hold 44-0042 --on 25/01/2023 --diagnostic-signe oui
      agir diagnose hold 44-0042 --on hier --priorites-preconisees droit_logement
""")  # fmt: skip

act(app, c.MissDiagnosis, """
    Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir diagnose absent 44-0042 --on 25/01/2023
""")  # fmt: skip


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
    done = ""
    if not loads:
        if any(printed):
            raise UsageFailure("--format, --output et --columns ne vont qu'avec --loads.")
        done = record(session, read_command(session, c.Assign, given))
    if loads or (done and is_terminal(sys.stdout) and not session.quiet):
        _show_loads(session, form)


def _show_loads(session: Session, form: Form) -> None:
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.consult import referents

    known = columns(("code", "referent", "dossiers_ouverts", "plafond"))
    nobody = [
        "Aucun référent n'est encore connu de ce fichier.",
        "Il le devient avec : agir assign REF --on JOUR --referent NOM",
    ]
    every = referents(visitor_of(session))
    rows = [(each.code, each.nom, each.dossiers_ouverts, each.plafond) for each in every]
    sheet = one_list("Charge des référents", known, rows, empty=nobody)
    show_rows(session, sheet, form, titled=True)


# --- contract ----------------------------------------------------------------------------


@made(contract, "book", of=c.BookContract)
def book_contract(session: Session, given: Given, *, for_all: bool = _FOR_ALL) -> None:
    """Inscrire le rendez-vous de contrat (ou l'inscrire à nouveau).

    Exemples :
      agir contract book 44-0042 --on "14/02/2023 10h30" --bureau 44-C1
    """
    _book(session, c.BookContract, given, for_all=for_all)


act(app, c.SignContract, """
    Enregistrer la signature du contrat : les deux ans commencent.

    Exemples :
      agir contract sign 44-0042 --on 17/02/2023 --projet "Pâtisserie"
      agir contract sign 44-0042 --on "février 2023"
""")  # fmt: skip


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
    _ask_of_others(session, command, record(session, command), yes=yes)


act(app, c.MissContract, """
    Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir contract absent 44-0042 --on 14/02/2023
""")  # fmt: skip


# --- other appointments ------------------------------------------------------------------


act(app, c.BookVisit, """
    Inscrire un autre rendez-vous que le diagnostic et le contrat : suivi, démarche, visite.

    Plusieurs peuvent être à venir. Celui qui n'aura pas lieu s'annule : agir correct REF N° --void.

    Exemples :
      agir visit book 44-0042 --on "12/10/2023 14h" --type suivi --bureau 44-C1
      agir visit book 44-0042 --on "16/10/2023 9h30" --type demarche --confirmation sms
""")  # fmt: skip

act(app, c.HoldVisit, """
    Noter que la personne est venue, à un rendez-vous inscrit ou non.

    Un entretien de suivi tenu ainsi compte parmi ceux qui sont dus tous les deux mois.

    Exemples :
      agir visit hold 44-0042 --on 12/10/2023
      agir visit hold 44-0042 --on hier --type domicile
""")  # fmt: skip

act(app, c.MissVisit, """
    Noter que la personne n'est pas venue à ce rendez-vous : ce n'est jamais un refus.

    Exemples :
      agir visit absent 44-0042 --on 12/10/2023
""")  # fmt: skip


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
    reference = record(session, command)
    if command.motif in _OF_A_FAMILY:
        _ask_of_others(session, command, reference, yes=yes)


_OF_A_FAMILY = frozenset(
    {Motive.STOPPED_BY_BENEFICIARY, Motive.STOPPED_BY_ORGANISATION, Motive.GOALS_REACHED,
     Motive.TRANSFER, Motive.DROPPED}
)  # fmt: skip
"""How several of a family may end at once; a death, a term, a mistake is one person's."""


def _ask_of_others(
    session: Session, command: c.RefuseContract | c.Close, reference: str, *, yes: bool
) -> None:
    from agir_cli.cli.commands.household import ask_of_the_others

    ask_of_the_others(session, command, reference, yes=yes)


# --- support -----------------------------------------------------------------------------


act(app, c.AddStep, """
    Ajouter une étape du parcours, datée ou non, faite ou prévue.

    Exemples :
      agir step add 44-0042 --etape "Permis de conduire échangé" --domaine droits --on 2023-07
      agir step add 44-0042 --etape "Cours de FLE" --domaine langue --on 2023-03 --heures 100
""")  # fmt: skip


@made(step, "list", printed=True)
def list_steps(session: Session, *, ref: str = reference()) -> Sheet:
    """Montrer le projet et les étapes d'un dossier.

    Exemples :
      agir step list 44-0042
    """
    from agir_cli.domain.dates import edtf
    from agir_cli.domain.vocabulary import Domain
    from agir_cli.reports.field_words import shown
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases import consult

    found = consult.record(visitor_of(session), ref)
    state, project = found.standing.state, found.words.get("projet")
    names = ("date_etape", "date_fin_etape", "domaine", "etape", "heures")
    known = columns((*names, "dossier"), {
        "date_etape": lambda day: shown("date_etape", day) or "sans date", "etape": str,
        "domaine": lambda code: shown("domaine", code),
    }, date_etape="Date", date_fin_etape="Fin")  # fmt: skip
    told = [(s.on, s.date_fin_etape, s.domaine, s.words, s.heures) for s in state.steps]
    if project:
        told.insert(0, (state.contract, None, Domain.PLAN, project, None))
    rows = [
        (
            *(edtf(day) if day else None for day in (on, end)),
            about and about.value,
            words,
            hours,
            found.reference,
        )
        for on, end, about, words, hours in told
    ]
    return one_list("Projet et étapes", known, rows, usual=names)


act(app, c.SetSituation, """
    Relever la situation de logement, de travail ou de français, à un jour donné.

    Exemples :
      agir situation set 44-0042 --on 01/07/2023 --situation-logement logement_accompagne
      agir situation set 44-0042 --on hier --situation-professionnelle cdi --niveau-francais a2
""")  # fmt: skip

act(app, c.SetRight, """
    Noter où en est un droit ou un papier : son état, son jour, jusqu'à quand il est valable.

    Les droits : sejour, titre_voyage, etat_civil, prestations, couverture_maladie, compte_bancaire,
    permis, reunification, logement_social, dalo. Une demande de logement social vit un an depuis
    son jour : son renouvellement se note de même. Ni document, ni santé, hors la couverture.

    Exemples :
      agir right set 44-0042 --droit sejour --etat ouvert --on 10/01/2023 --jusqu-au 09/01/2033
      agir right set 44-0042 --droit logement_social --etat demande --on 12/06/2023
      agir right set --from droits.csv
""")  # fmt: skip


@o.report(right, name="list", rewound=True)
def list_rights(
    r: o.Reading,
    *,
    ref: str | None = word("[REF]", "Un dossier ; sinon tous", required=False),
    droit: str | None = option("LISTE", "Ces droits : sejour, prestations…"),
    etat: str | None = option("LISTE", "Ceux qui en sont là : a_faire, demande, ouvert…"),
    every: bool = flag("Chaque état, pas seulement le dernier.", "--historique"),
) -> Sheet:
    """Les droits et papiers d'un dossier, ou de tous : leur état, son jour, leur fin.

    Sans REF, ce qui est noté ; avec REF, aussi ce dont personne n'a rien dit. La liste revient
    telle quelle par agir right set --from.

    Exemples :
      agir right list 44-0042
      agir right list --droit sejour --etat ouvert --format csv
      agir right list --etat a_faire --referent "DURAND Anne"
    """
    from agir_cli.reports import rights as report
    from agir_cli.reports.selection import chosen, labelled

    rights = chosen("Le droit", droit, labelled("Right"))
    states = chosen("L'état", etat, labelled("RightState"))
    dossier = None
    if ref is not None:
        from agir_cli.store.lookup import find_one

        dossier = find_one(r.connection, ref)
    return report.listing(*r.whom, rights, states, dossier, every=every)


act(app, c.AddInterview, """
    Enregistrer l'entretien de suivi, obligatoire tous les deux mois.

    Exemples :
      agir interview add 44-0042 --on 17/04/2023
""")  # fmt: skip

act(app, c.ExcuseInterview, """
    Excuser une absence à l'entretien de suivi : le prochain se compte depuis ce jour.

    L'absence compte à part dans agir report interviews, jamais comme un entretien tenu. Le motif
    est un code : empechement, travail_formation, autre_rendez_vous, transport ou equipe ; la
    santé de la personne ne s'y écrit pas.

    Exemples :
      agir interview excuse 44-0042 --motif travail_formation --on 12/06/2023
""")  # fmt: skip
