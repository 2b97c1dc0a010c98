"""`agir household`: who a household is made of; joining it, leaving it, bringing two together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, option, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say, tell
from agir_cli.cli.session import Session, reading_for, told_of, visitor_of
from agir_cli.failures import AgirFailure, UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.groups import Given
    from agir_cli.cli.render import Printed
    from agir_cli.domain import commands as c
    from agir_cli.reports.sheet import Sheet
    from agir_cli.usecases.members import Family

app = Commands()
household = app.group("household")

_REF = word("REF", "Un dossier du ménage : référence, numéro, AGDREF, téléphone ou nom")


@made(household, "show", printed=True)
def show(
    session: Session,
    printed: Printed,
    *,
    ref: tuple[str, ...] = word(
        "[REF]", "Un dossier du ménage ; sinon tous", nargs=-1, required=False
    ),
) -> None:
    """Montrer un ménage : ses dossiers, ses enfants sans dossier, qui rejoint qui ; ou tous.

    Les dossiers, les personnes et les ménages se comptent à part : un enfant compte dans son
    ménage, il n'attend rien et n'entre dans aucune liste.

    Exemples :
      agir household show 44-0042
      agir household show --format csv
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.usecases.members import families

    text = " ".join(ref)
    found = families(visitor_of(session), text or None)
    if text and not found:
        tell("Cette personne est seule : ni ménage, ni enfant noté.",
             f"Pour l'y mettre : agir household add {text} AUTRE, ou --enfant 2014")  # fmt: skip
        return
    show_rows(session, _one(found[0]) if text else _every(found), printed.form, titled=True)
    if found:
        say(session, _count(found))


def _count(found: list[Family]) -> str:
    dossiers = sum(len(each.members) for each in found)
    young = sum(len(each.children) for each in found)
    persons = sum(each.persons for each in found)
    parts = [f"{len(found)} {plural(len(found), 'ménage')}"] if len(found) > 1 else []
    parts.append(f"{persons} {plural(persons, 'personne')}")
    return (
        f"{' : '.join(parts)} ({dossiers} {plural(dossiers, 'dossier')}, {young}"
        f" {plural(young, 'enfant')} sans dossier)."
    )


def _one(found: Family) -> Sheet:
    from agir_cli.domain.vocabulary import Stage
    from agir_cli.reports.sheet import columns, one_list

    names = ("dossier", "nom", "prenoms", "lien_menage", "date_naissance", "etape", "rejoint")
    told = {"etape": lambda stage: Stage(stage).label if stage else "sans dossier"}
    rows = [
        (m.reference, m.nom, m.prenoms, m.kinship or None, m.born or None, m.stage, m.joins or None)
        for m in found.members
    ]
    rows += [("", "", "", "enfant", year if year.isdigit() else None, "", None)
             for year in found.children]  # fmt: skip
    known = columns(names, told)
    return one_list(f"Ménage {found.code}", known, rows, spare=["rejoint"])


def _every(found: list[Family]) -> Sheet:
    from agir_cli.reports.sheet import columns, one_list

    known = columns(("menage", "personnes", "dossiers", "enfants", "references"))
    rows = [
        (each.code, each.persons, len(each.members), ", ".join(each.children) or None,
         " ".join(member.reference for member in each.members))
        for each in found
    ]  # fmt: skip
    nobody = ["Aucun ménage de plusieurs personnes.",
              "Il le devient avec : agir household add REF AUTRE"]  # fmt: skip
    return one_list("Ménages", known, rows, empty=nobody)


@made(household, "add")
def add(
    session: Session,
    *,
    ref: str = _REF,
    others: tuple[str, ...] = word(
        "[AUTRE]...", "Les dossiers qui en sont aussi", nargs=-1, required=False
    ),
    enfant: tuple[str, ...] = option(
        "ANNÉE",
        "Un enfant sans dossier : son année de naissance, rien d'autre (répétable).",
        multiple=True,
    ),
) -> None:
    """Mettre des dossiers dans le ménage d'un autre, ou y noter des enfants sans dossier.

    Exemples :
      agir household add 44-0042 44-0043
      agir household add 44-0042 --enfant 2012 --enfant 2015
    """
    from agir_cli.usecases.members import join

    years = _years(session, *enfant) if enfant else ()
    if not (others or years):
        raise UsageFailure("Qui est de ce ménage ?", "Un dossier, ou un enfant : --enfant 2014")
    _told(session, join(visitor_of(session), ref, others, years))


def _years(session: Session, *texts: str) -> tuple[str, ...]:
    from agir_cli.domain.fields import FIELDS

    years = FIELDS["naissances_enfants"].type
    with told_of("--enfant"):
        found: tuple[str, ...] = years.read(" ".join(texts), reading_for(session))
    return found


def _told(session: Session, found: Family) -> None:
    names = ", ".join(member.reference for member in found.members)
    tell(f"Ménage {found.code} : {names}{_of_children(found)}.")
    say(session, _count([found]))


def _of_children(found: Family) -> str:
    young = found.children
    return f" ; {plural(len(young), 'enfant')} : {', '.join(young)}" if young else ""


@made(household, "leave")
def leave(
    session: Session,
    *,
    ref: str = _REF,
    enfant: str | None = option("ANNÉE", "C'est un enfant sans dossier, né cette année, qui part."),
) -> None:
    """Sortir un dossier de son ménage, ou un enfant sans dossier.

    Rien d'autre ne change : son accompagnement continue.

    Exemples :
      agir household leave 44-0043
      agir household leave 44-0042 --enfant 2012
    """
    from agir_cli.usecases import members

    year = _years(session, enfant)[0] if enfant else None
    found = members.leave(visitor_of(session), ref, year)
    if year is not None:
        _told(session, found)
    else:
        tell(f"{found.members[0].reference} n'est plus de ce ménage{_of_children(found)}.")


@made(household, "merge")
def merge(
    session: Session,
    *,
    a: str = word("A", "Un dossier du ménage qui reste"),
    b: str = word("B", "Un dossier de celui qui le rejoint, tout entier"),
) -> None:
    """Réunir deux ménages : tous les dossiers du second passent au premier.

    Exemples :
      agir household merge 44-0042 44-0107
    """
    from agir_cli.usecases import members

    _told(session, members.merge(visitor_of(session), a, b))


# --- what is done for a family, or asked of it -------------------------------------------


def book_for_all(session: Session, of: type[c.Command], given: Given) -> None:
    """Book an appointment once, for all of the household who await it."""
    from agir_cli.cli.run_command import read_command, record, together
    from agir_cli.domain.commands import BookDiagnosis
    from agir_cli.domain.vocabulary import Stage
    from agir_cli.usecases.members import beside

    awaiting = Stage.DIAGNOSIS if of is BookDiagnosis else Stage.CONTRACTING
    others = beside(visitor_of(session), given["dossier"] or "")
    left = [f"{m.reference} ({Stage(m.stage).label})" for m in others if m.stage != awaiting]
    whose = [given["dossier"], *(m.reference for m in others if m.stage == awaiting)]
    with together(session) as told_of:
        for reference in map(str, whose):
            with told_of(reference):
                record(session, read_command(session, of, {**given, "dossier": reference}))
    if left:
        say(session, f"Du ménage, à une autre étape, sans ce rendez-vous : {', '.join(left)}.")


def ask_of_the_others(
    session: Session, command: c.RefuseContract | c.Close, reference: str, *, yes: bool
) -> None:
    """Ask whether the others of the household end too: an end never spreads by itself."""
    from agir_cli.cli import prompt
    from agir_cli.cli.run_command import confirm_final, record
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
        too = command.but(dossier=member.reference)
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
