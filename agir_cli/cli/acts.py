"""The acts on one dossier: enrol, diagnose, assign, contract, close, follow, correct.

Each command takes the fields of a `domain.commands` class; its body says what happens.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, Given, flag, option, reference, word
from agir_cli.cli.options import made
from agir_cli.cli.run_command import (
    Filled,
    answer,
    confirm_by_reference,
    confirm_final,
    not_done,
    read_command,
    record,
    want_a_terminal,
)
from agir_cli.cli.screen import is_terminal, say
from agir_cli.cli.session import Session, one_line, read_day, visitor_of
from agir_cli.domain import commands as c
from agir_cli.domain.vocabulary import Motive, Stage
from agir_cli.failures import AgirFailure, UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Form, Printed
    from agir_cli.domain.events import Event
    from agir_cli.usecases.consult import Record

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
        if command.menage is not None and is_terminal(sys.stdin) and is_terminal(sys.stderr):
            command = _with_household(session, command, not_the_same)
        record(session, command, not_the_same)
        return
    from dataclasses import replace

    from agir_cli.cli.form import another

    asked: Filled | None = given
    while asked is not None:
        command = read_command(session, c.Enroll, asked)
        if command.dossier is None:
            command = replace(command, efface=tuple(n for n in asked.denied if not asked.get(n)))
        reference = record(session, command, (*not_the_same, *asked.distinct))
        asked = None if command.dossier else another(session, asked, reference)


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


# --- diagnose ----------------------------------------------------------------------------


_FOR_ALL = flag("Un seul rendez-vous, pour tous ceux du ménage qui l'attendent.", "--menage")


@made(diagnose, "book", of=c.BookDiagnosis)
def book_diagnosis(session: Session, given: Given, *, for_all: bool = _FOR_ALL) -> None:
    """Inscrire le rendez-vous de diagnostic (ou l'inscrire à nouveau).

    Exemples :
      agir diagnose book 44-0042 --on "25/01/2023 14h" --confirmation mail+sms
      agir diagnose book 44-0042 --on "25/01/2023 14h" --menage
    """
    _book(session, c.BookDiagnosis, given, Stage.DIAGNOSIS, for_all=for_all)


def _book(
    session: Session, of: type[c.Command], given: Given, awaiting: Stage, *, for_all: bool
) -> None:
    """Book an appointment, once for all of the household who await it where that is asked."""
    if not for_all:
        record(session, read_command(session, of, given))
        return
    from agir_cli.cli.run_command import together
    from agir_cli.usecases.members import beside

    others = beside(visitor_of(session), given["dossier"] or "")
    left = [f"{m.reference} ({Stage(m.stage).label})" for m in others if m.stage != awaiting]
    whose = [given["dossier"], *(m.reference for m in others if m.stage == awaiting)]
    with together(session) as named:
        for reference in map(str, whose):
            with named(reference):
                record(session, read_command(session, of, {**given, "dossier": reference}))
    if left:
        say(session, f"Du ménage, à une autre étape, sans ce rendez-vous : {', '.join(left)}.")


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
    _book(session, c.BookContract, given, Stage.CONTRACTING, for_all=for_all)


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
    _ask_of_the_others(session, command, record(session, command), yes=yes)


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
    reference = record(session, command)
    if command.motif in _OF_A_FAMILY:
        _ask_of_the_others(session, command, reference, yes=yes)


_OF_A_FAMILY = frozenset(
    {Motive.STOPPED_BY_BENEFICIARY, Motive.STOPPED_BY_ORGANISATION, Motive.GOALS_REACHED,
     Motive.TRANSFER, Motive.DROPPED}
)  # fmt: skip
"""How several of a family may end at once; a death, a term, a mistake is one person's."""


def _ask_of_the_others(
    session: Session, command: c.RefuseContract | c.Close, reference: str, *, yes: bool
) -> None:
    """Ask whether the others of the household end too: an end never spreads by itself."""
    from dataclasses import replace

    from agir_cli.cli import prompt
    from agir_cli.store.rulebook import shipped
    from agir_cli.usecases.acts import is_final
    from agir_cli.usecases.members import beside

    others = beside(visitor_of(session), reference) if reference else []
    if not others:
        return
    names = [f"{m.reference} {m.nom} {m.prenoms}".rstrip() for m in others]
    say(session, f"Du même ménage, rien ne change pour : {', '.join(names)}.")
    if yes or not prompt.asked():
        return
    for member, name in zip(others, names, strict=True):
        too = replace(command, dossier=member.reference)
        with prompt.leaving("Les autres dossiers du ménage restent ouverts."):
            if not prompt.yes(f"{name} : la même fin, le même jour ? (o/N) : "):
                continue
            try:
                if is_final(too, shipped()):
                    told = "Cette fin est définitive : le droit à AGIR sera épuisé."
                    confirm_final(session, too, member.reference, told, yes=False)
                record(session, too)
            except AgirFailure as failure:
                say(session, f"{member.reference} reste ouvert. {failure.sentence}",
                    *failure.details)  # fmt: skip


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
def list_steps(session: Session, printed: Printed, *, ref: str = reference()) -> None:
    """Montrer le projet et les étapes d'un dossier.

    Exemples :
      agir step list 44-0042
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.domain.dates import edtf
    from agir_cli.domain.vocabulary import Domain
    from agir_cli.reports.field_words import shown
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases import consult

    form = printed.form
    found = consult.record(visitor_of(session), ref)
    state, project = found.standing.state, found.words.get("projet")
    names = ("date_etape", "date_fin_etape", "domaine", "etape", "heures")
    known = columns(names, {
        "date_etape": lambda day: shown("date_etape", day) or "sans date", "etape": str,
        "domaine": lambda code: shown("domaine", code),
    }, date_etape="Date", date_fin_etape="Fin")  # fmt: skip
    told = [(s.on, s.date_fin_etape, s.domaine, s.words, s.heures) for s in state.steps]
    if project:
        told.insert(0, (state.contract, None, Domain.PLAN, project, None))
    rows = [
        (*(edtf(day) if day else None for day in (on, end)), about and about.value, words, hours)
        for on, end, about, words, hours in told
    ]
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
      agir interview excuse 44-0042 --motif travail_formation --on 12/06/2023
    """
    record(session, read_command(session, c.ExcuseInterview, given))


# --- correct -----------------------------------------------------------------------------


@made(app, "correct", writes=True)
def correct(
    session: Session,
    *,
    ref: str | None = word("[REF]", "Dossier", required=False),
    event: int | None = word(
        "[N°]", "Numéro de l'événement ; sinon ils sont proposés", type=int, required=False
    ),
    on: str | None = option("DATE", "La bonne date."),
    bureau: str | None = option("BUREAU", "Le bon bureau, d'un rendez-vous."),
    referent: str | None = option("NOM", "Le bon référent, d'une commission."),
    second_referent: str | None = option("NOM", "Le bon second référent."),
    void: bool = flag("Annuler l'événement."),
    reason: str | None = option("TEXTE", "Pourquoi ; gardé au dossier."),
    yes: bool = _YES,
) -> None:
    """Corriger un fait enregistré : l'annuler, ou lui donner sa date, son bureau, son référent.

    Sans numéro, les faits du dossier sont montrés ; sur un terminal, tout est demandé. Rien
    n'est effacé : l'événement annulé reste visible, avec la raison et l'auteur. Annuler un
    changement d'identité rend les valeurs d'avant ; annuler une fin définitive rouvre le droit :
    la raison est une phrase, et la référence se retape.

    Exemples :
      agir correct
      agir correct 44-0042
      agir correct 44-0042 4 --referent "B. Durand" --reason "erreur de nom"
      agir correct 44-0042 5 --on 17/02/2023 --reason "erreur de frappe"
      agir correct 44-0042 6 --void --reason "refus saisi sur le mauvais dossier"
    """
    said = {
        "void": "oui" if void else None, "on": on, "bureau": bureau, "referent": referent,
        "second_referent": second_referent, "reason": one_line(reason, "--reason") or None,
    }  # fmt: skip
    if ref is None or event is None or _incomplete(said):
        ref, event = _asked(session, ref, event, said)
    why = said.pop("reason")
    texts = {name: text for name in _PUT_RIGHT if (text := said[name])}
    if bool(said["void"]) == bool(said["on"] or texts):
        raise UsageFailure(
            "Dites l'un des deux : --void pour annuler, ou --on DATE pour redater (ou --bureau,"
            " --referent)."
        )
    if not why:
        raise UsageFailure("Une correction demande sa raison : --reason « … ».")
    from agir_cli.usecases.single import correct_event, lifted_end

    day = read_day(said["on"], session, "--on", coming=False) if said["on"] else None
    asked = (visitor_of(session), ref, event, day, why)
    end = None if yes or texts else lifted_end(*asked)
    if end is not None:
        _confirm_reopening(session, ref, end)
    answer(session, correct_event(*asked, texts))


_PUT_RIGHT = ("bureau", "referent", "second_referent")
_WAYS = {
    "void": "L'annuler", "on": "Corriger sa date", "bureau": "Corriger le bureau",
    "referent": "Corriger le référent", "second_referent": "Corriger le second référent",
}  # fmt: skip


def _incomplete(said: Mapping[str, str | None]) -> bool:
    return not said["reason"] or not any(said[way] for way in _WAYS)


def _asked(
    session: Session, ref: str | None, number: int | None, said: MutableMapping[str, str | None]
) -> tuple[str, int]:
    """The dossier and the number of the event, and into ``said`` what else a correction says.

    Off a terminal nothing is asked. Raises `UsageFailure` there, with the events in words.
    """
    from agir_cli.cli.prompt import asked, leaving
    from agir_cli.domain.reasons import finding
    from agir_cli.usecases import consult

    if not asked():
        if ref is None:
            missing = finding(
                "obligatoire", label="référence du dossier", option="agir correct REF"
            )
            raise not_done([missing._replace(field="dossier")])
        if number is not None:
            return ref, number
        found = consult.record(visitor_of(session), ref)
        how = f"Quel fait corriger ? Donnez son numéro : agir correct {found.reference} N° …"
        raise UsageFailure(how, *_facts_told(found).values())
    with leaving("Abandonné : rien n'a été enregistré."):
        if ref is None:
            from agir_cli.cli.form import whom

            meant = whom(session)
            if meant is None:
                raise EOFError
            ref = meant.reference
        form = _Correction(session, consult.record(visitor_of(session), ref), number, said)
        form.run()
    return ref, form.number


def _facts_told(found: Record) -> dict[int, str]:
    """The facts of a dossier that may be put right, in words, by their numbers."""
    from agir_cli.cli.lookup import event_told
    from agir_cli.domain.dates import french
    from agir_cli.domain.events import Kind

    return {
        n: f"{n:>3}  {french(e.on) or 'sans date'} : {event_told(e, found)}"
        for n, e in found.events
        if e.id not in found.voided and e.kind not in (Kind.EVENT_VOIDED, Kind.DOSSIER_OPENED)
    }


class _Correction:
    """The questions about one correction: which fact, how, why; « ? » helps, « < » goes back."""

    def __init__(
        self, session: Session, found: Record, number: int | None,
        said: MutableMapping[str, str | None],
    ) -> None:  # fmt: skip
        self.session, self.found, self.said = session, found, said
        self.number, self.told = number or 0, _facts_told(found)

    def run(self) -> None:
        """Ask what is not given, then confirm. Raises `EOFError` for no."""
        from agir_cli.cli.prompt import speak, yes

        speak("? aide · < question précédente · Ctrl-C abandonne tout.")
        steps = [] if self.number in self.told else [self._which]
        steps += [] if any(self.said[way] for way in _WAYS) else [self._how]
        steps += [] if self.said["reason"] else [self._why]
        at = 0
        while at < len(steps):
            at = max(at + steps[at](), 0)
        way = next(way for way in _WAYS if self.said[way])
        words = "" if way == "void" else f" : {self.said[way]}"
        speak(
            f"  Fait       : {self.told[self.number].strip()}",
            f"  Correction : {_WAYS[way]}{words}",
            f"  Pourquoi   : {self.said['reason']}",
        )
        if not yes(f"Corriger le fait n° {self.number} ? (o/N) : "):
            raise EOFError

    def _which(self) -> int:
        from agir_cli.cli.prompt import speak

        speak(f"{self.found.reference} — ce qui est enregistré :", *self.told.values())
        while True:
            text = _typed("Lequel corriger ? (son numéro) : ", "Un numéro de cette liste.")
            if text is None:
                return -1
            if text.isdecimal() and int(text) in self.told:
                self.number = int(text)
                return 1

    def _how(self) -> int:
        from agir_cli.cli.prompt import nth, say_numbered
        from agir_cli.domain.decisions.correction import CHANGED_IN
        from agir_cli.domain.events import FROM_THE_BEGINNING

        event = dict(self.found.events)[self.number]
        ways = ["void", *([] if event.kind in FROM_THE_BEGINNING else ["on"])]
        ways += CHANGED_IN.get(event.kind, ())
        self.said.update(dict.fromkeys(_WAYS))
        say_numbered([_WAYS[way] for way in ways])
        while (text := _typed("Votre choix : ", _HOW)) is not None:
            way = nth(ways, text)
            if way == "void":
                self.said[way] = "oui"
            if way and (self.said[way] or self._value(way)):
                return 1
        return -1

    def _value(self, way: str) -> bool:
        """Ask the right value; false where the person goes back."""
        from agir_cli.cli.prompt import speak
        from agir_cli.domain.values import DATE

        help_ = "La bonne valeur ; celle d'avant reste visible."
        while (text := _typed(f"{_WAYS[way]} : ", help_)) is not None:
            try:
                if text and way == "on":
                    text = DATE.show(read_day(text, self.session, "--on", coming=False))
            except UsageFailure as failure:
                speak(f"  {failure.sentence.removeprefix('--on : ').capitalize()}")
            else:
                self.said[way] = text
                if text:
                    return True
        return False

    def _why(self) -> int:
        help_ = "Quelques mots, gardés au dossier : une faute de frappe, un mauvais dossier."
        while (text := _typed("Pourquoi ? (gardé au dossier) : ", help_)) == "":
            continue
        self.said["reason"] = text
        return -1 if text is None else 1


_HOW = "Annulé, un fait reste visible, avec la raison et l'auteur ; rien n'est effacé."


def _typed(prompt: str, help_: str) -> str | None:
    """What is typed at a question of a correction; None for « < »."""
    from agir_cli.cli.prompt import line, speak

    while (text := line(prompt)) == "?":
        speak(f"  {help_}")
    return None if text == "<" else text


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
