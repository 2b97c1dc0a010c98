"""``agir correct``: a recorded fact voided, redated, or put right; its questions."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import made
from agir_cli.cli.prompt import want_a_terminal
from agir_cli.cli.run_command import answer, confirm_by_reference, not_done
from agir_cli.cli.session import Session, one_line, read_day, visitor_of
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.domain.events import Event
    from agir_cli.usecases.consult import Record

app = Commands()


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
    not_the_same: tuple[str, ...] = option(
        "REF", "Ce dossier est celui d'un homonyme.", multiple=True
    ),
    yes: bool = flag("Confirmer sans question."),
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
    answer(session, correct_event(*asked, texts, not_the_same))


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
            from agir_cli.cli.questions import whom

            meant = whom(session)
            if meant is None:
                raise EOFError
            ref = meant.reference
        form = _Correction(session, consult.record(visitor_of(session), ref), number, said)
        form.run()
    return ref, form.number


def _facts_told(found: Record) -> dict[int, str]:
    """The facts of a dossier that may be put right, in words, by their numbers."""
    from agir_cli.cli.commands.lookup import event_told
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
        from agir_cli.domain.events import When

        event = dict(self.found.events)[self.number]
        ways = ["void", *([] if event.kind.traits.when is When.BEGINNING else ["on"])]
        ways += event.kind.traits.put_right
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
