"""Forms: an act whose required fields are missing asks for them, one question a line.

What is asked first, in which words, and what else there is by group, is data (`questions`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Never

from agir_cli.cli.prompt import leaving, line, nth, say_numbered, speak, yes
from agir_cli.cli.questions import (
    BACK,
    HELP,
    MANY,
    MORE,
    NOTHING,
    SAYING_MORE,
    Choice,
    Question,
    begun_in,
    codes_of,
    fields_meant,
    forms,
    identified,
    incomplete,
    is_day,
    picked,
    question,
    questions,
    sample_of,
    somebody_else,
    whom,
)
from agir_cli.cli.run_command import Filled, noted, refusal_lines
from agir_cli.cli.session import Session, reading_for, said_in_full, visitor_of
from agir_cli.domain import commands as c
from agir_cli.domain.causes import BOOKINGS
from agir_cli.domain.characters import bare
from agir_cli.domain.dates import french_day
from agir_cli.domain.decisions.admission import PAST_FIELDS, SIGNS_FROM
from agir_cli.domain.decisions.common import in_future
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.places import Place
from agir_cli.domain.reading import read_values
from agir_cli.domain.reasons import PRECHECK, Finding
from agir_cli.domain.values import Malformed
from agir_cli.domain.vocabulary import Code, Kinship, Motive, in_sentence, normalise
from agir_cli.reports.field_words import place_told, shown
from agir_cli.reports.texts import french_text
from agir_cli.store.file import open_file
from agir_cli.store.lookup import Candidate
from agir_cli.store.rulebook import shipped
from agir_cli.usecases import consult
from agir_cli.usecases.enrolment import ERASED
from agir_cli.usecases.ledger import NotDone, Outcome
from agir_cli.usecases.single import rehearse

_OTHERS = "Autres renseignements"

Given = Mapping[str, str | None]


# --- when there is a form ----------------------------------------------------------------


def filled(session: Session, of: type[c.Command], given: Given) -> Given:
    """The fields of an act, asked at the keyboard where something required is missing.

    They come back as they are where nothing is. A person who leaves ends the command, and nothing
    is written.
    """
    if not incomplete(of, given):
        return given
    open_file(session.db, write=True).close()  # what hinders writing is told before the questions
    texts = {name: text for name, text in given.items() if text}
    with leaving("Abandonné : rien n'a été enregistré."):
        known = of is c.Enroll and "dossier" in texts
        form = Form(session, of, texts, "enroll dossier" if known else of.verb)
        form.run()
    return Filled({**given, **form.texts}, form.distinct)


def another(session: Session, given: Filled, reference: str) -> Filled | None:
    """The next person of the household of ``reference``, asked with what a family shares."""
    with leaving(f"Terminé : {reference} est enregistré, personne d'autre ne l'est."):
        if not somebody_else(session, reference):
            return None
        shared = {name: text for name in forms()["menage"][2].split() if (text := given.get(name))}
        form = Form(session, c.Enroll, {**shared, "menage": reference}, "enroll menage")
        form.carried = {*shared, "menage"}
        form.offered |= {n: text for n in ("nom", "statut", "date_cir") if (text := given.get(n))}
        form.run()
    return Filled(dict(form.texts), form.distinct, form.denied)


# --- a form ------------------------------------------------------------------------------


_BEFORE_ALL = frozenset(
    {
        "dossier_clos", "diagnostic_manquant", "contrat_manquant", "orientation_declinee",
        "rejete_ofii", "fiche_manquante", "etape_faite", "contrat_signe",
    }
)  # fmt: skip
"""What refuses an act whatever its day and its other answers: told before they are asked."""
_SHORT = {"date": "25/01/2023, 01/2023 ou 2023", "moment": "25/01/2023 14h", "flag": "o ou n"}
"""What is expected of a date, or of yes and no, in a few words; the help (« ? ») says all of it."""
_SUGGESTS = {"commune_residence": "commune_domicile", "date_cir": "date_orientation"}
"""What an answer proposes for another question: OFII orients where the CIR is signed."""
_NO_CHILDS = ("date_cir", "orientation", "date_orientation", "situation_professionnelle")
_KEPT = (
    c.HoldDiagnosis, c.MissDiagnosis, c.MissContract, c.SignContract, c.HoldVisit, c.MissVisit,
)  # fmt: skip
"""What becomes of an appointment: its day is that of the act, unless the person says otherwise."""
_PAST = {*PAST_FIELDS, *(each.day for each in c.Command.__subclasses__() if each.day)} - {
    "date_etape", *(each.moment for each in BOOKINGS.values()),
}  # fmt: skip
"""The days that cannot be to come, whatever the other answers are."""
_KNOWN_IN = frozenset(
    {*c.field_names(c.Enroll), "priorites", "modalite", "bassin_de_vie", "partenaires",
     "referent", "second_referent"}
) - {"dossier", "malgre"}  # fmt: skip
"""The fields whose answer the file may have already; the others are those of one act."""


class Form:
    """One act, being answered."""

    def __init__(
        self, session: Session, of: type[c.Command], texts: dict[str, str], form: str
    ) -> None:
        self.session, self.of, self.texts = session, of, texts
        _, self.title, first, never = forms().get(form) or (form, form, "", "")
        self.first = first.split() or [n for n in c.required_names(of) if form == of.verb]
        names = {*c.field_names(of)} - {*self.first, *never.split(), "dossier"}
        self.rest = [name for name in dict.fromkeys((*questions(), *FIELDS)) if name in names]
        self.offered: dict[str, str] = dict(session.post.fields)
        """What an empty answer takes."""
        self.known: dict[str, str] = {}
        """What the file has already, and an empty answer leaves: stored texts."""
        self.carried: set[str] = set()
        """What comes from the person before, of the same household."""
        self.distinct: tuple[str, ...] = ()
        self.denied: set[str] = set()
        """What is left empty on purpose: a family's answer is not taken for it."""
        self.given = set(texts)
        self.reading = reading_for(session)
        self.offices = consult.offices(visitor_of(session))
        self.why: dict[str, str] = {}
        """Why an office is proposed, best first: of the sector, or the nearest."""
        self.names: dict[str, str] = {}
        self.department = ""
        day = of.day or ""
        if day in c.required_names(of) and is_day(of, day):
            self.offered[day] = french_day(session.today)

    def run(self) -> None:
        """Ask, show, and let change, until the person says yes. Raises `EOFError` for no."""
        keys = f"{HELP} aide · {BACK} question précédente · {NOTHING} vide · Ctrl-C abandonne tout."
        usage = ("Entrée passe la question, ou prend [ce qui est proposé].", keys)
        speak(f"{self.title}.", *([] if self.carried else usage), "")
        self._look_at_given()
        self._walk(self.first)
        if not self.first or (self._open_rest() and yes("Autre chose à noter ? (o/N) : ")):
            self._add()
        while not self._confirmed():
            continue

    def _look_at_given(self) -> None:
        """Look at the options given: what cannot be read is asked again."""
        for name, text in [*self.texts.items()]:
            if name == "dossier":
                while self._ask_whom(text) < 0:
                    text = ""
            elif name not in self.carried and not self._taken(name, text):
                self.given.discard(name)
                del self.texts[name]
                self._ask(name, text)

    # --- asking ---------------------------------------------------------------------------

    def _walk(self, names: Sequence[str]) -> None:
        """Ask these questions in their order; « < » goes back."""
        at, step = 0, 1
        while at < len(names):
            if self._passed_over(names[at]):
                at += step
                if at < 0:
                    at, step = 0, 1
                continue
            step = self._ask(names[at])
            at = max(at + step, 0)

    def _passed_over(self, name: str) -> bool:
        """Whether there is nothing to ask: it was given, or depends on another answer."""
        if name in self.given or (name in _NO_CHILDS and self._is_child()):
            return True
        field, _, wanted = question(name).when.partition("=")
        if not field:
            return False
        answer = self.texts.get(field) or self.known.get(field)
        met = bool(answer) and (not wanted or normalise(answer or "") == normalise(wanted))
        if not met:
            self.texts.pop(name, None)
        return not met

    def _is_child(self) -> bool:
        """Whether a child of the household is enrolled, too young to sign a CIR or to work."""
        link, born = self.texts.get("lien_menage"), self.texts.get("date_naissance")
        if not link or self._value("lien_menage", link) is not Kinship.CHILD:
            return False
        birth = self._value("date_naissance", born) if born else None
        return birth is None or SIGNS_FROM.after(birth).earliest > self.session.today

    def _ask(self, name: str, typed: str = "") -> int:
        """Ask a question until its answer can be read; 1 to go on, -1 to go back."""
        if name == "dossier":
            return self._ask_whom()
        asked, choices = question(name), self._choices(name)
        if choices:
            speak(f"{asked.text} :")
            say_numbered([each.words for each in choices])
        while True:
            text = line(self._prompt(asked, bool(choices)), typed)
            if text == BACK:
                return -1
            if text == HELP:
                self._help(asked)
            elif text and text != NOTHING:
                if self._taken(name, text):
                    return self._answered(name)
                typed = text
            elif self._left_empty(name, text):
                return self._answered(name)

    def _prompt(self, asked: Question, listed: bool) -> str:
        words = "   Votre choix" if listed else asked.text
        hint = " (oui/non)" if FIELDS[asked.name].type.name == "flag" else ""
        offer = self._bracket(asked.name)
        return f"{words}{hint}{f' [{offer}]' if offer else ''} : "

    def _bracket(self, name: str) -> str:
        text = self.texts.get(name) or self.offered.get(name)
        if text:
            return self._told(name, text)
        stored = self.known.get(name, "")
        return self.names.get(stored, "") or shown(name, stored)

    def _left_empty(self, name: str, text: str) -> bool:
        """Take an empty answer, or « - » for none; false where the field wants one."""
        if text == NOTHING:
            if name in self.known:
                speak("  Déjà au dossier : tapez la bonne réponse, ou Entrée pour la garder.")
                return False
            self.texts.pop(name, None)
            self.offered.pop(name, None)
            self.denied.add(name)
        elif name not in self.texts and name in self.offered:
            self.texts[name] = self.offered[name]
        if name in self.texts or name in self.known or not self._required(name):
            return True
        speak(f"  Il faut une réponse. {question(name).help}".rstrip())
        return False

    def _required(self, name: str) -> bool:
        if self.of is c.Enroll:
            return name == "prenoms" and not {"nom", "dossier"} & self.texts.keys()
        return name in c.required_names(self.of)

    def _help(self, asked: Question) -> None:
        expected = f"Attendu : {FIELDS[asked.name].type.expected}."
        listed = self._choices(asked.name)
        speak(f"  {asked.help or FIELDS[asked.name].help}".rstrip())
        speak(f"  {'Un numéro de la liste, le code ou le mot.' if listed else expected}")

    def _taken(self, name: str, text: str) -> bool:
        """Take an answer that can be read, and say how it was read; else say what was expected."""
        choices, type_ = self._choices(name), FIELDS[name].type
        whole = said_in_full(name, text, self.session.today)
        kept = picked(choices, text, several=type_.name.endswith("+")) or whole
        begun = begun_in(choices, text) if name == "bureau" and kept == whole else []
        if len(begun) == 1:
            kept = whole = begun[0].text
        try:
            value = self._value(name, kept)
        except Malformed as fault:
            same = [each for each in choices if normalise(each.words).startswith(normalise(text))]
            if len(same) == 1 and normalise(text):
                return self._taken(name, same[0].text)
            listed = f"un numéro de 1 à {len(choices)}, ou le mot"
            listed += "" if self._required(name) else " (Entrée : passer)"
            expected = listed if choices else _SHORT.get(type_.name) or fault.expected
            wrong = f"{fault.wrong[:1].upper()}{fault.wrong[1:]}"
            speak(f"  {wrong}. Attendu : {expected or type_.expected}.")
            return False
        early = in_future(name, value, self.session.today) if name in _PAST else ()
        for each in early:
            speak(f"  {each.sentence}")
        if early:
            return False
        dated = type_.name in ("date", "moment")
        plain_code = isinstance(value, Code) and name != "situation_logement"  # « HUDA » says more
        self.texts[name] = type_.write(value) if dated or plain_code else kept
        told = self._told(name, kept)
        if (
            kept == whole
            and not isinstance(value, Code)
            and (told != text if dated else normalise(told) != normalise(text))
        ):
            speak(f"  → {told}")
        return True

    def _value(self, name: str, text: str) -> Any:
        """What a text says as the answer to a question. Raises `Malformed`."""
        reading = self.reading
        if name.startswith("commune_"):
            postal = self.texts.get(name.replace("commune", "code_postal"))
            department = self.texts.get("departement") or self.department or None
            reading = reading._replace(postal=postal, department=department)
        return FIELDS[name].type.read(bare(text), reading)

    def _told(self, name: str, text: str) -> str:
        """An answer as a person reads it."""
        if text in self.names:
            return self.names[text]
        try:
            value = self._value(name, text)
        except Malformed:
            return text
        if isinstance(value, Place):
            return place_told(value)
        if name in ("nationalite", "langues"):
            return shown(name, value)
        told = str(FIELDS[name].type.show(value))
        more = name == "situation_logement" and normalise(text) not in map(normalise, (told, value))
        return f"{told} ({text})" if more else told

    def _choices(self, name: str) -> list[Choice]:
        """The answers that a list proposes: the codes, the offices, the référents."""
        type_ = FIELDS[name].type
        codes = codes_of(type_)
        if codes is Motive:
            motives = shipped().motives.items()
            return [
                Choice(str(each), f"{each.label}{' (définitif)' if rule.final else ''}")
                for each, rule in motives
                if rule.command == self.of.verb
            ]
        if codes is not None:
            return [Choice(str(each), each.label) for each in codes]
        if name == "bureau":
            here = [o for o in self.offices if o.department == self.department] or self.offices
            near = [each for code in self.why for each in here if each.code == code] or here
            self.names |= {office.code: f"{office.name} ({office.code})" for office in near}
            why = {code: f" ({told})" for code, told in self.why.items() if told}
            return [Choice(o.code, f"{o.name}{why.get(o.code, '')}") for o in near[:MANY]]
        if type_.name == "referent":
            today = self.session.today.isoformat()
            every = consult.referents(visitor_of(self.session))
            staying = [one for one in every if one.stays(today)]
            self.names |= {one.code: one.nom for one in staying}
            return [Choice(one.code, one.told) for one in staying[:MANY]]
        return []

    def _answered(self, name: str) -> int:
        """Go on from an answer, unless the file knows this person already."""
        if name == "lien_menage" and self._is_child():
            for each in _NO_CHILDS:
                self.texts.pop(each, None)
        if name in self.texts and name in _SUGGESTS:
            self.offered.setdefault(_SUGGESTS[name], self.texts[name])
        if self.of is c.Enroll and name == "agdref" and "dossier" not in self.texts:
            said = {name: self.texts[name] for name in _IDENTITY if name in self.texts}
            found = [each for each in _findings(self._rehearsed(said)) if each.code in _SOMEBODY]
            return 1 if not found or self._settled(found) else 0
        return 1

    # --- whom -----------------------------------------------------------------------------

    def _ask_whom(self, text: str = "") -> int:
        """Ask which dossier until one is meant on which the act is possible."""
        while (found := whom(self.session, text)) is not None:
            if self._possible(found):
                return 1
            text = ""
        return -1

    def _possible(self, meant: Candidate) -> bool:
        """Take the dossier, unless a rule refuses the act on it whatever else is answered."""
        self.texts["dossier"] = meant.reference
        self.names[meant.reference] = identified(meant)
        speak(f"  {self.names[meant.reference]}")
        self.department = re.match(r"\d+", meant.reference)[0]  # type: ignore[index]
        self._know(consult.record(visitor_of(self.session), meant.reference))
        sample = {name: sample_of(name, self.session.today) for name in c.required_names(self.of)}
        outcome = self._rehearsed({**sample, **self.texts})
        found = [each for each in _findings(outcome) if each.code in _BEFORE_ALL]
        for each in found:
            speak(*refusal_lines(each))
        if found:
            del self.texts["dossier"]
            speak("Un autre dossier, ou Ctrl-C pour abandonner.")
        return not found

    def _know(self, found: consult.Record) -> None:
        said: dict[str, str | None] = {**found.listed, **found.words, **found.person}
        self.names |= found.referents
        for name in c.field_names(self.of):
            text = said.get(f"{name}_actuelle") or said.get(name)
            if name in _KNOWN_IN and text:
                self.known[name] = text
                if normalise(self.texts.get(name, "")) == normalise(text):  # said again
                    del self.texts[name]
        if self.of in _KEPT:
            booked = getattr(found.standing.state, c.booking_of(self.of).visits).pending
            if booked and booked.moment.day <= self.session.today:
                self.offered[self.of.day or ""] = french_day(booked.moment.day)
        done = said.get(self.of.day or "")
        if done and self.of in (c.HoldDiagnosis, c.SignContract):  # it happens once: completed
            speak(
                f"  {question(self.of.day or '').text} {french_text(done)} : c'est déjà au dossier."
            )
            self.offered[self.of.day or ""] = french_text(done)
        if {"bureau", "bassin_de_vie"} & {*c.field_names(self.of)}:
            self._look_around(found.reference)
        recommended = said.get("priorites_preconisees")
        if recommended and "priorites" not in self.known:
            self.offered["priorites"] = recommended

    def _look_around(self, reference: str) -> None:
        """Propose the offices near the person, and the bassin de vie of the commune."""
        from agir_cli.usecases.directory import around_dossier

        day = self.session.today.isoformat()
        _, found = around_dossier(self.session.db, reference, day)
        if found.commune is not None:
            self.why = {each.bureau: each.short for each in found.offices}
        if found.area is not None and "bassin_de_vie" not in self.known:
            self.offered["bassin_de_vie"] = found.area.name

    # --- the rest -------------------------------------------------------------------------

    def _open_rest(self) -> list[str]:
        return [name for name in self.rest if not self._passed_over(name)]

    def _add(self, *, again: bool = False) -> None:
        """Let choose what else is answered: a group, or one field by its name.

        ``again``: of the first questions too, those that were passed.
        """
        passed = [n for n in self.first if n not in self.texts] if again else []
        while names := [*passed, *self._open_rest()]:
            groups: dict[str, list[str]] = {}
            for name in names:
                groups.setdefault(question(name).group or _OTHERS, []).append(name)
            if not again and len(groups) == 1 and len(names) <= len(self.first):
                return self._walk(names)
            for number, (group, inside) in enumerate(groups.items(), 1):
                told = ", ".join(in_sentence(question(name).text) for name in inside)
                speak(f"  {number} {group} : {told}")
            text = line("Lequel ? (un numéro, un mot, ou Entrée pour finir) : ")
            if text in ("", BACK):
                return None
            chosen = nth(list(groups.values()), text) or fields_meant(names, text)
            if chosen:
                self._walk(chosen)
            else:
                speak(f"  « {text[:40]} » n'est pas dans cette liste.")
        return None

    # --- the summary ----------------------------------------------------------------------

    def _confirmed(self) -> bool:
        """Show the act as it would be recorded; whether the person says yes."""
        answered = [n for n in FIELDS if n in self.texts and n not in (*self.first, "dossier")]
        order = [n for n in dict.fromkeys(("dossier", *self.first)) if n in self.texts]
        order += sorted(answered, key=self.carried.__contains__)
        shared = [name for name in order if name in self.carried]
        if order == ["dossier"] and self.of in SAYING_MORE:
            speak("Rien n'est encore répondu.")
            self._add()
            if self.texts.keys() == {"dossier"}:
                raise EOFError
            return False
        speak("", f"{self.title} :")
        for number, name in enumerate(order, 1):
            if shared and name == shared[0]:
                speak("  Repris de la famille :")
            told = self._told(name, self.texts[name])
            speak(f"  {number:>2} {question(name).text[:32]:<32} : {told[:400]}")
        outcome = self._rehearsed(self.texts)
        if isinstance(outcome, NotDone):
            if self._settled(outcome.findings):
                return False
            return self._agreed("Un numéro change la réponse, + ajoute, n abandonne : ", order)
        for each in outcome.warnings if outcome else ():
            self.session.told.add(each.sentence)
            speak(*noted(each))
        if outcome and outcome.status == "inchange":
            speak("C'est déjà enregistré : rien ne changerait.")
        return self._agreed("Enregistrer ? (o/n ; un numéro change la réponse, + ajoute) : ", order)

    def _agreed(self, prompt: str, order: Sequence[str]) -> bool:
        """Whether a summary is confirmed; a number changes an answer first."""
        while True:
            text = line(prompt)
            word = normalise(text)
            if word in ("o", "oui") and "o/n" in prompt:
                return True
            if word in ("n", "non"):
                raise EOFError
            if text == MORE:
                self._add(again=True)
                return False
            chosen = nth(order, text)
            if chosen is not None:
                self.given.discard(chosen)
                self._ask(chosen)
                return False
            speak("  Répondez o, n, + ou un numéro de la liste.")

    def _rehearsed(self, texts: Mapping[str, str]) -> Outcome | None:
        """What the act would come to; None where it cannot be read as a whole."""
        command = read_values(self.of, texts, self.reading)
        if isinstance(command, list):
            return NotDone(tuple(command))
        if isinstance(command, c.Enroll) and self.carried:
            command = command.but(efface=tuple(self.denied - texts.keys()))
        return rehearse(visitor_of(self.session), command, self.distinct)

    def _settled(self, findings: Sequence[Finding]) -> bool:
        """Show a refusal; whether the person's answer takes it away."""
        for each in findings:
            speak(*refusal_lines(each))
        found = next((each for each in findings if each.code in _SOMEBODY), None)
        if found is not None:
            return self._is_somebody(found)
        if any(each.reason.says == PRECHECK for each in findings) and "malgre" in self.rest:
            speak("L'OFII décide : vous pouvez inscrire quand même, en disant pourquoi.")
            before = self.texts.get("malgre")
            self._ask("malgre")
            return self.texts.get("malgre") not in (None, before)
        return False

    def _is_somebody(self, found: Finding) -> bool:
        """Ask whether the person of the form is the one whom the file knows."""
        reference = found.values.get("premier") or found.values.get("dossier")
        options: list[tuple[str, Callable[[], bool]]] = []
        if found.values.get("epuise"):
            told = f"C'est elle : ne rien enregistrer (à lire : agir show {reference})"
            options.append((told, _abandon))
        elif found.code in ("meme_personne", "deja_inscrit"):
            told = f"C'est elle : compléter le dossier {reference}"
            options.append((told, lambda: self._complete(str(reference))))
        if found.code in ("meme_personne", "personne_effacee"):
            told = "C'est un homonyme : l'inscrire à part"
            options.append((told, lambda: self._tell_apart(found)))
        options.append(("Corriger ce que j'ai tapé", lambda: False))
        say_numbered([told for told, _ in options])
        while (chosen := nth(options, line("Votre choix : "))) is None:
            speak(f"  Répondez par un numéro, de 1 à {len(options)} ; Ctrl-C abandonne.")
        return bool(chosen[1]())

    def _complete(self, reference: str) -> bool:
        found, _ = consult.meant(visitor_of(self.session), reference)
        return self._possible(found[0])

    def _tell_apart(self, found: Finding) -> bool:
        others = str(found.values.get("autres", ERASED)).replace("--not-the-same", "").split()
        self.distinct = (*self.distinct, *others)
        return True


def _abandon() -> Never:
    raise EOFError


_IDENTITY = ("nom", "prenoms", "date_naissance", "agdref")
_SOMEBODY = frozenset(
    {"meme_personne", "deja_inscrit", "droit_epuise", "agdref_autre_personne",
     "personne_effacee", "droit_epuise_efface"}
)  # fmt: skip


def _findings(outcome: Outcome | None) -> Iterable[Finding]:
    return outcome.findings if isinstance(outcome, NotDone) else ()
