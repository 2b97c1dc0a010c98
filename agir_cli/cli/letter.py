"""The page that can be handed to the person: what was decided, by whom, why, whom to ask.

Plain words, no code, no jargon; every figure and source is the domain's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from agir_cli.cli.screen import wrapped
from agir_cli.domain.dates import french_day, french_on, french_until
from agir_cli.domain.decisions.admission import criteria_findings
from agir_cli.domain.vocabulary import Motive, Stage
from agir_cli.failures import UsageFailure
from agir_cli.usecases.consult import Record

WIDTH = 78

_ENDS = {
    Motive.CONTRACT_REFUSED: "Vous n'avez pas souhaité signer le contrat d'accompagnement AGIR.",
    Motive.STOPPED_BY_BENEFICIARY: "Vous avez demandé l'arrêt de votre accompagnement.",
    Motive.STOPPED_BY_ORGANISATION: "L'équipe AGIR a mis fin à votre accompagnement.",
    Motive.TERM: "Les deux ans d'accompagnement, qui sont la durée la plus longue, sont écoulés.",
    Motive.GOALS_REACHED: "Les objectifs de votre accompagnement sont atteints.",
    Motive.TRANSFER: "Votre dossier part vers le département où vous vivez maintenant.",
    Motive.MISTAKE: "Ce dossier avait été ouvert par erreur.",
    Motive.NOT_ELIGIBLE: "L'OFII n'a pas validé l'entrée dans le programme AGIR.",
    Motive.DROPPED: "Nous n'avons pas pu vous rencontrer. Vous n'avez rien refusé.",
}
_AFTER = {
    Motive.TRANSFER: "Prenez contact avec l'équipe AGIR du département où vous vivez maintenant :"
    " elle peut continuer votre accompagnement. Si vous ne savez pas où aller, demandez-nous.",
    Motive.MISTAKE: "Vous n'avez rien à faire. Cette fermeture ne vous enlève aucun droit.",
    Motive.NOT_ELIGIBLE: "Si votre situation change, dites-le-nous : une nouvelle demande peut"
    " être envoyée à l'OFII.",
    Motive.DROPPED: "Si vous souhaitez être accompagné(e), dites-le-nous : votre demande peut"
    " être reprise.",
}
_WHY_NOT = {
    "statut_non_concerne": "AGIR est fait pour les personnes qui ont la protection de la France"
    " (réfugié, protection subsidiaire, apatride) et leur famille rejoignante.",
    "hors_territoire": "Il faut habiter, et avoir son adresse, dans un département où AGIR existe"
    " le jour de la demande.",
    "sans_besoin": "AGIR est fait pour les personnes à qui il manque un emploi durable ou un"
    " logement durable. D'après nos informations, vous avez les deux.",
    "cir_trop_ancien": "Le contrat d'intégration (CIR) doit avoir été signé cette année ou"
    " l'année d'avant.",
    "orientation_refusee": "Vous n'avez pas souhaité être orienté(e) vers AGIR. Vous pouvez"
    " changer d'avis : ce choix n'est pas définitif.",
}


def lines(found: Record, today: date) -> Iterator[str]:
    """The page, as lines of 78 columns at most. Raises `UsageFailure`: none to a dead person."""
    closing = found.standing.state.closing
    if closing is not None and closing.motive is Motive.DEATH:
        raise UsageFailure("Pas de lettre à remettre : le dossier est clos pour décès.")
    yield from _page(found, today)


def _page(found: Record, today: date) -> Iterator[str]:
    person = found.person
    name = " ".join(part for part in (person.get("prenoms"), person.get("nom")) if part)
    yield "PROGRAMME AGIR — INFORMATION SUR VOTRE DOSSIER"
    yield ""
    yield f"Pour : {name}"
    yield f"Dossier : {found.reference}          Date : {french_day(today)}"
    yield ""
    yield from _section("Ce qui a été décidé", _decided(found))
    yield from _section("Qui le dit", _who(found))
    yield from _section("Pourquoi", _why(found))
    yield from _section("D'où vient cette règle", _sources(found))
    yield from _section("Ce que vous pouvez faire", _next(found))
    yield from _section("À qui demander", [_contact(found)])


def _section(title: str, paragraphs: list[str]) -> Iterator[str]:
    yield title.upper()
    for paragraph in paragraphs:
        yield from wrapped(paragraph, WIDTH) or [""]
    yield ""


def _decided(found: Record) -> list[str]:
    state, standing = found.standing.state, found.standing
    if state.closing is not None:
        day = f" {french_on(state.closing.on)}" if state.closing.on else ""
        final = (
            ["Cette fin est définitive : il n'est pas possible d'entrer à nouveau dans AGIR."]
            if standing.final
            else ["Cette fin n'est pas définitive."]
        )
        return [f"Votre dossier AGIR est fermé{day}.", *final]
    if state.ofii is not None and not state.ofii.positive:
        return ["Votre demande d'entrée dans AGIR n'a pas été validée."]
    if _declined(found):
        return ["Vous n'avez pas souhaité être orienté(e) vers AGIR. C'est noté.",
                "Ce choix n'est pas définitif."]  # fmt: skip
    if standing.ends_by is not None:
        return [f"Vous êtes accompagné(e) par AGIR, {french_until(standing.ends_by)}."]
    if standing.assessment.refusals and not state.admitted:
        return ["À ce jour, votre situation ne semble pas remplir les conditions d'AGIR.",
                "Ce n'est pas une décision : c'est l'OFII qui décide."]  # fmt: skip
    return ["Votre dossier est ouvert. Rien n'a été refusé."]


def _declined(found: Record) -> bool:
    """Whether the person declined the orientation: their own choice, not a condition."""
    return found.standing.stage is Stage.DECLINED


def _who(found: Record) -> list[str]:
    state = found.standing.state
    if _declined(found):
        return ["Vous-même ; l'équipe AGIR l'a enregistré."]
    if state.closing is not None:
        if state.closing.motive in (Motive.CONTRACT_REFUSED, Motive.STOPPED_BY_BENEFICIARY):
            return ["Vous-même ; l'équipe AGIR l'a enregistré."]
        if state.closing.motive is Motive.NOT_ELIGIBLE:
            return ["L'OFII (Office français de l'immigration et de l'intégration)."]
        return ["L'équipe AGIR."]
    if state.ofii is not None:
        day = f" {french_on(state.ofii.on)}" if state.ofii.on else ""
        return [f"L'OFII (Office français de l'immigration et de l'intégration){day}."]
    if found.standing.assessment.refusals and not state.admitted:
        return ["L'équipe AGIR, qui vérifie avant d'envoyer votre demande. L'OFII décide."]
    return ["L'équipe AGIR."]


def _why(found: Record) -> list[str]:
    state = found.standing.state
    if state.closing is not None:
        return [_ENDS[state.closing.motive]]
    if _declined(found):
        return ["AGIR est un droit, et il est volontaire : rien ne se fait sans votre accord."]
    if state.admitted:
        return ["L'OFII vous a orienté(e) vers AGIR, ou a validé votre demande."]
    told = [_WHY_NOT[f.code] for f in criteria_findings(found.standing.assessment)]
    reason = found.words.get("motif_ofii")
    if state.ofii is not None and not state.ofii.positive and reason:
        return [f"Raison donnée par l'OFII : {reason}", *told]
    if state.ofii is not None and not state.ofii.positive:
        return [*told, "L'OFII ne nous a pas donné d'autre raison."]
    if not told and found.standing.assessment.missing:
        return ["Il nous manque encore des informations. Ce qui manque ne vous refuse rien."]
    return told or ["Aucune condition ne manque d'après ce que nous savons."]


def _sources(found: Record) -> list[str]:
    answers = found.standing.assessment.refusals or found.standing.assessment.answers
    from agir_cli.domain.rules import SOURCES

    state = found.standing.state
    if state.closing is not None and state.closing.motive is Motive.NOT_ELIGIBLE:
        return ["La décision de l'OFII elle-même."]
    if state.closing is not None and not found.standing.final:
        return ["Aucune règle ne vous refuse AGIR : seul ce dossier est fermé."]
    if state.closing is not None or _declined(found):
        return [SOURCES["droit"] + "."]
    if (
        state.ofii is not None
        and not state.ofii.positive
        and not found.standing.assessment.refusals
    ):
        return ["La décision de l'OFII elle-même."]
    return [f"{source}." for source in dict.fromkeys(a.source for a in answers)]


def _next(found: Record) -> list[str]:
    state = found.standing.state
    if state.closing is not None and found.standing.final:
        return ["Si vous pensez que c'est une erreur, dites-le : l'équipe vérifie, et une erreur"
                " de saisie se corrige.", "Vos autres droits (logement, emploi, santé, cours de"
                " français) ne changent pas."]  # fmt: skip
    if state.closing is not None:
        return [_AFTER[state.closing.motive]]
    if state.ofii is not None and not state.ofii.positive:
        return ["Si votre situation change, une nouvelle demande peut être envoyée à l'OFII."]
    if _declined(found):
        return ["Si vous changez d'avis, dites-le-nous : votre dossier reprend où il en est."]
    if found.standing.assessment.refusals and not state.admitted:
        return ["Montrez-nous les papiers qui disent autre chose : nous vérifions avec vous.",
                "Vous pouvez demander que votre situation soit présentée à l'OFII."]  # fmt: skip
    return ["Continuez à venir aux rendez-vous. Vous pouvez poser vos questions à tout moment."]


def _contact(found: Record) -> str:
    from agir_cli.store.reference import load_departments

    department = found.standing.state.department
    for known in load_departments():
        if known.code == department and known.mailbox:
            return f"L'équipe AGIR du département {department} : {known.mailbox}"
    return f"L'équipe AGIR du département {department}, à l'accueil ou par votre référent."
