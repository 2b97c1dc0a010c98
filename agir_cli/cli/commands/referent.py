"""`agir referent`: who accompanies whom, the directory of référents, a hand-over of dossiers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from agir_cli.cli import answers, prompt
from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import act, made
from agir_cli.cli.screen import plural, say
from agir_cli.cli.session import Session, one_line, read_day, reading_for, told_of, visitor_of
from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from datetime import date

    from agir_cli.cli.render import Printed
    from agir_cli.domain.dates import PartialDate
    from agir_cli.reports.sheet import Sheet
    from agir_cli.store.directory import Referent
    from agir_cli.usecases.referents import Handover

app = Commands()
referent = app.group("referent")

_NAME = "Nom, partie du nom ou code (agir referent list)."


act(app, c.Designate, """
    Changer le référent d'un dossier à partir d'un jour ; la commission reste ce qu'elle a dit.

    Exemples :
      agir referent designate 44-0042 --on 01/09/2023 --referent "A. Martin"
      agir referent designate 44-0042 --on hier --second-referent "B. Petit"
""")  # fmt: skip


@made(referent, "list", printed=True, titled=True)
def list_referents(
    session: Session, *, everyone: bool = flag("Les partis aussi.", "--all")
) -> Sheet:
    """Montrer les référents, leur charge et leur plafond, les moins chargés d'abord.

    Exemples :
      agir referent list
      agir referent list --all --format csv
    """
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.consult import referents

    names = (
        "code", "referent", "dossiers_ouverts", "plafond", "organisation", "bureau", "domaines",
        "langues", "depuis", "parti_le",
    )  # fmt: skip
    today = session.today.isoformat()
    every = referents(visitor_of(session))
    rows = [
        (r.code, r.nom, r.dossiers_ouverts, r.plafond, r.organisation, r.bureau, r.domaines,
         r.langues, r.depuis, r.parti_le)
        for r in every
        if everyone or r.stays(today) or r.dossiers_ouverts
    ]  # fmt: skip
    nobody = [
        "Aucun référent n'est encore connu de ce fichier.",
        'Il le devient par la commission (agir assign), ou : agir referent add "NOM"',
    ]
    return one_list(
        "Référents", columns(names), rows, empty=nobody,
        spare=("langues", "depuis", "domaines", "organisation", "bureau"),
    )  # fmt: skip


_PLAFOND = "Le plus de dossiers ouverts à la fois ; 0 : sans plafond."


def _facts(
    session: Session,
    *,
    organisation: str | None = option("NOM", "La structure qui l'emploie."),
    bureau: str | None = option("BUREAU", "Où elle travaille : nom ou code."),
    plafond: int | None = option("N", _PLAFOND, type=click.IntRange(0)),
    domaines: str | None = option("DOMAINES", "droit_logement, emploi_formation ou les deux (+)."),
    langues: str | None = option("LANGUES", "Celles qu'elle parle : prs+pus."),
    depuis: str | None = option("DATE", "Référente depuis ce jour."),
) -> dict[str, str | int | None]:
    """What the options say of a référent, as the directory keeps it."""
    from agir_cli.domain.fields import FIELDS
    from agir_cli.usecases.consult import office_code

    found: dict[str, str | int | None] = {}
    for name, text in (("organisation", organisation), ("bureau", bureau)):
        if text is not None:
            found[name] = one_line(text, f"--{name}") or None
    if found.get("bureau"):
        found["bureau"] = office_code(visitor_of(session), str(found["bureau"]))
    if plafond is not None:
        found["plafond"] = plafond or None
    for name, text, field in (
        ("domaines", domaines, "priorites"), ("langues", langues, "langues"),
    ):  # fmt: skip
        if text is not None:
            type_ = FIELDS[field].type
            with told_of(f"--{name}"):
                found[name] = type_.write(type_.read(text, reading_for(session))) if text else None
    if depuis is not None:
        found["depuis"] = _exact(session, depuis, "--depuis").isoformat()
    return found


@made(referent, "add", writes=True, also=_facts)
def add(
    session: Session,
    *,
    name: str = word("NOM", "Nom de la personne, tel qu'on l'écrit."),
    **facts: Any,
) -> None:
    """Mettre un référent au répertoire, avant sa première désignation.

    Exemples :
      agir referent add "Anne Martin" --bureau 44-C1 --plafond 25 --langues prs+pus
    """
    from agir_cli.usecases import referents

    said = one_line(name, "NOM")
    if not said:
        raise UsageFailure("Il faut un nom.")
    given = _facts(session, **facts)
    _tell(session, referents.add(visitor_of(session), said, given), "est au répertoire")


@made(referent, "set", writes=True, also=_facts)
def set_facts(
    session: Session,
    *,
    name: str = word("NOM", _NAME),
    **facts: Any,
) -> None:
    """Dire ce que l'on sait d'un référent ; ce qui n'est pas donné reste.

    Exemples :
      agir referent set martin --plafond 25 --domaines droit_logement
    """
    from agir_cli.usecases import referents

    given = _facts(session, **facts)
    if not given:
        raise UsageFailure("Rien à enregistrer : donnez --plafond, --bureau, --langues…")
    _tell(session, referents.keep(visitor_of(session), name, given), "enregistré")


@made(referent, "rename", writes=True)
def rename(
    session: Session,
    *,
    name: str = word("NOM", _NAME),
    new: str = word("NOUVEAU", "Le nom tel qu'il doit s'écrire."),
) -> None:
    """Corriger le nom d'un référent : partout, puisque le journal ne garde que son code.

    Exemples :
      agir referent rename R003 "Anne Durand"
    """
    from agir_cli.usecases import referents

    said = one_line(new, "NOUVEAU")
    if not said:
        raise UsageFailure("Il faut un nom.")
    _tell(session, referents.keep(visitor_of(session), name, {"nom": said}), "s'écrit ainsi")


@made(referent, "join", writes=True)
def join(
    session: Session,
    *,
    name: str = word("NOM", "Celui qui est de trop : « durand »."),
    other: str | None = word("AUTRE", "Celui qui reste : « Anne Durand ».", required=False),
    undo: bool = flag("Séparer de nouveau NOM de celui qu'il avait rejoint.", "--undo"),
) -> None:
    """Dire que deux noms du répertoire sont la même personne ; --undo les sépare de nouveau.

    Ses dossiers passent dans les listes de l'autre. Le journal, lui, ne change pas.

    Exemples :
      agir referent join durand "Anne Durand"
      agir referent join durand --undo
    """
    from agir_cli.usecases import referents

    if undo:
        _tell(session, referents.part(visitor_of(session), name), "est de nouveau à part")
        return
    if other is None:
        raise UsageFailure("Dites qui est la même personne : agir referent join NOM AUTRE.")
    first, second, moved = referents.join(visitor_of(session), name, other)
    with_it = f", avec {moved} {plural(moved, 'dossier')}" if moved else ""
    say(
        session,
        f"« {first.nom} » ({first.code}) est maintenant {second.nom} ({second.code}){with_it}.",
        f"Pour les séparer : agir referent join {first.code} --undo",
    )


@made(referent, "leave", writes=True)
def leave(
    session: Session,
    *,
    name: str = word("NOM", _NAME),
    on: str = option("DATE", "Le jour à partir duquel il ne l'est plus.", default="aujourd'hui"),
) -> None:
    """Dire qu'un référent s'en va : dès ce jour, il n'est plus désigné.

    Exemples :
      agir referent leave martin --on 01/09/2023
    """
    from agir_cli.usecases import referents

    day = _exact(session, on, "--on")
    gone, left = referents.leave(visitor_of(session), name, day)
    from agir_cli.domain.dates import french_day

    say(session, f"{gone.nom} ({gone.code}) n'est plus référent à partir du {french_day(day)}.")
    if left:
        say(
            session,
            f"Il lui reste {left} {plural(left, 'dossier')} à transmettre :"
            f" agir referent handover {gone.code} NOM --on JOUR",
        )


@made(referent, "handover", printed=True)
def handover(
    session: Session,
    printed: Printed,
    *,
    former: str = word("DE", "Qui transmet : nom ou code."),
    new: str = word("À", "Qui reprend : nom ou code."),
    on: str = option("DATE", "À partir de quel jour.", default="aujourd'hui"),
    dry_run: bool = flag("Montrer seulement."),
    yes: bool = flag("Transmettre sans question (dans un script)."),
) -> int:
    """Transmettre tous les dossiers ouverts d'un référent à un autre : montré d'abord.

    L'histoire de chaque dossier garde l'ancien référent. Une transmission s'annule (agir undo).

    Exemples :
      agir referent handover martin "Anne Durand" --on 01/09/2023
      agir referent handover R002 R005 --on 01/09/2023 --yes
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases import referents

    day = read_day(on, session, "--on")
    visitor = visitor_of(session)
    made_ = referents.look(visitor, former, new, day)
    asking = prompt.asked()
    if yes and not dry_run:
        made_ = referents.hand_over(visitor, former, new, day)
    names = ("dossier", "nom", "prenoms", "sort", "detail")
    title = f"{made_.former.nom} → {made_.new.nom}"
    empty = [f"{made_.former.nom} n'a aucun dossier ouvert."]
    show_rows(
        session, one_list(title, columns(names), made_.fates, empty=empty), printed.form,
        titled=True,
    )  # fmt: skip
    sys.stdout.flush()
    _count(session, made_)
    if not made_.moving or dry_run:
        say(session, "Rien n'a été enregistré.")
        return 0
    if not yes:
        if not asking:
            say(session, "Rien n'a été enregistré : --yes pour transmettre.")
            return 0
        prompt.want_a_terminal("Une transmission se confirme")
        if not prompt.answered_yes(f"Transmettre à {made_.new.nom} ? (oui ou non)"):
            raise UsageFailure("Rien n'a été enregistré.")
        made_ = referents.hand_over(visitor, former, new, day)
    say(session, f"Transmis. Pour revenir en arrière : agir undo {made_.batch}")
    return 5 if made_.moving < len(made_.fates) else 0


def _count(session: Session, made_: Handover) -> None:
    staying = len(made_.fates) - made_.moving
    left = (
        f" ; {staying} {'restent' if staying > 1 else 'reste'}, et c'est dit pourquoi"
        if staying
        else ""
    )
    ceiling = made_.new.plafond
    dossiers, tasks = made_.moving - made_.tasks, made_.tasks
    load = made_.new.dossiers_ouverts + (0 if made_.batch else dossiers)
    charge = f" ({made_.new.nom} : {load}/{ceiling})" if ceiling else ""
    count = f"{dossiers} {plural(dossiers, 'dossier')}"
    count += f" et {tasks} {plural(tasks, 'tâche')}" if tasks else ""
    say(session, f"{count} à transmettre{charge}{left}.")


def _tell(session: Session, who: Referent, what: str) -> None:
    if answers.wanted():
        answers.note(statut="enregistre", referent=who.code, avertissements=[], erreurs=[])
    say(session, f"{who.nom} ({who.code}) : {what}.")


def _exact(session: Session, text: str, option_: str) -> date:
    day: PartialDate = read_day(text, session, option_)
    if not day.exact:
        raise UsageFailure(f"{option_} : « {text} » n'est pas un jour précis.")
    return day.earliest
