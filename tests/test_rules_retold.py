"""The rules told a second time, from the domain's page, and compared on random histories.

Nothing of `agir_cli.domain` is used here: the program is met by its command line alone, on a real
file. A history is a handful of dated facts about one invented person; told to both, it must be
refused for the same reasons, admitted by the same route, stand at the same stage, run to the same
last days, be late by as many days, and end with the same right.
"""

from __future__ import annotations

import csv
import hashlib
import random
from calendar import monthrange
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from agir_cli.cli.app import main

OPEN = {"44": date(2023, 1, 10), "85": date(2023, 1, 10), "49": date(2024, 1, 1)}
"""When the programme opened; the files below are those of 44 and 85, of 49 too from 2024 on."""
CRITERIA_FROM, CRITERIA_TO = (
    {**dict.fromkeys(("44", "85"), date(2023, 1, 1)), "49": date(2024, 1, 1)},
    date(2024, 6, 30),
)
PLACES = {"Nantes": "44", "La Roche-sur-Yon": "85", "Angers": "49", "Rennes": "35"}
BENEFICIARIES = {"refugie", "protection_subsidiaire", "apatride", "rejoignant"}
LASTING_WORK = {"cdi", "emploi_6_mois_plus", "formation", "alternance"}
LASTING_DETAILS = {"residence_sociale", "fjt"}
FINAL = {"arret_beneficiaire", "arret_structure", "terme", "objectifs_atteints"}
FREE = ("transfert", "deces", "erreur", "non_eligible", "sans_suite")

Row = dict[str, str]


def served(today: date) -> tuple[str, ...]:
    """The departments that a file is made for."""
    return tuple(code for code in OPEN if code != "49" or today.year > 2023)


Span = tuple[date, date]
"""The first and the last day that a date may be."""


def told(text: str) -> Span:
    """The days that `2023-02-14`, or `2023-02`, may be."""
    if len(text) == 10:
        return date.fromisoformat(text), date.fromisoformat(text)
    year, month = map(int, text.split("-"))
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def months_after(day: date, count: int) -> date:
    """The same day of a later month; its last one where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def written(span: Span | None) -> str:
    """A date as the program writes it."""
    if span is None:
        return ""
    first, last = span
    if first == last:
        return first.isoformat()
    whole = first.day == 1 and last == told(f"{first:%Y-%m}")[1]
    return f"{first:%Y-%m}" if whole else f"[{first}..{last}]"


# --- the rules, told again ------------------------------------------------------------------


def invented(number: str) -> str:
    """A name of nobody, like no other one: persons shall not be taken for each other here."""
    letters = hashlib.sha256(number.encode()).hexdigest().translate(_SPELLED)
    return f"{letters[:9]}-{letters[9:18]}".upper()


_SPELLED = str.maketrans("0123456789abcdef", "bcdfghjklmnpaeiu")


@dataclass
class Transfer:
    """Another department, asked on a day; its answer and the day of it."""

    to: str
    asked: date
    answer: str = ""
    answered: date = date.max


@dataclass
class Life:
    """A dossier as this model understands it."""

    department: str
    facts: Row
    opened: date
    served: tuple[str, ...]
    cir: Span | None = None
    said: tuple[str, date | None] | None = None
    """The answer to OFII's proposal that stands, and its day."""
    proposed_on: date | None = None
    forms: list[tuple[date, str]] = field(default_factory=list)
    """Day and wish of each form."""
    answers: list[tuple[str, date | None]] = field(default_factory=list)
    """Every decision of OFII, in order."""
    decided: tuple[str, date | None] | None = None
    """That which stands: a form that follows a rejection asks anew."""
    waits: bool = False
    again: bool = False
    withdrawn: date | None = None
    """The day of a "no" that came after the last form, before OFII answered it."""
    held: date | None = None
    commission: date | None = None
    contract: date | None = None
    interviews: list[date] = field(default_factory=list)
    excuses: list[date] = field(default_factory=list)
    booked: dict[str, list[date]] = field(default_factory=lambda: {"held": [], "contract": []})
    missed: dict[str, list[date]] = field(default_factory=lambda: {"held": [], "contract": []})
    """The days of the appointments, and of the absences, of the diagnostic and of the contract."""
    referents: list[tuple[date, str]] = field(default_factory=list)
    handed: bool = False
    """Whether somebody else took over from whom the commission named."""
    transfers: list[Transfer] = field(default_factory=list)
    arrived: tuple[str, date, date | None] | None = None
    """From which department, since when, and the contract that began the two years there."""
    closed: tuple[str, date] | None = None
    earlier: date | None = None
    """The contract with which the two years began in an earlier dossier."""
    household: str = ""

    # --- admission

    @property
    def admitted(self) -> bool:
        if self.decided is not None:
            return self.decided[0] != "rejetee"
        return self.said is not None and self.said[0] == "acceptee"

    @property
    def refuses(self) -> bool:
        no = self.said is not None and self.said[0] == "declinee"
        return no or bool(self.forms and self.forms[-1][1] == "non")

    @property
    def requested(self) -> date:
        """Orientation, else form, else OFII, else the first act, else the opening."""
        if self.proposed_on is not None and not self.again:
            return self.proposed_on
        if self.forms:
            return self.forms[-1][0]
        decisions = [on for _, on in self.answers if on is not None]
        acts = [self.held, self.commission, self.contract, *self.interviews, *self.excuses]
        acts += [self.closed[1]] if self.closed else []
        for step in ("held", "contract"):  # an appointment to come was taken today
            acts += [min(day, self.opened) for day in self.booked[step]]
            acts += self.missed[step]
        known = decisions or [on for on in acts if on is not None]
        return min(known, default=self.opened)

    @property
    def ruled(self) -> bool:
        return CRITERIA_FROM[self.department] <= self.requested <= CRITERIA_TO

    @property
    def gap(self) -> int | None:
        return None if self.cir is None else self.requested.year - self.cir[0].year

    @property
    def route(self) -> str:
        known = {0: "n", 1: "n-1"}.get(-1 if self.gap is None else self.gap)
        old = self.gap is not None and self.gap > 1
        return known or ("hors_voie" if old and self.ruled else "inconnue")

    def criteria(self) -> dict[str, bool | None]:
        """What each criterion answers: yes, no, not known."""
        facts, asked = self.facts, self.requested
        status = facts["statut"]
        places = [PLACES.get(facts[name]) for name in ("commune_residence", "commune_domicile")]
        shut = [p for p in places if p and (p not in OPEN or OPEN[p] > asked)]
        out = bool(shut) or (places[0] is not None and places[0] not in self.served)
        work, home = facts["situation_professionnelle"], facts["situation_logement"]
        detail = facts["detail_logement"]
        job = work in LASTING_WORK if work else None
        lasting: bool | None = home == "logement_autonome" if home else None
        if home == "logement_accompagne":
            lasting = detail in LASTING_DETAILS if detail else None
        both = {job, lasting}
        year = None if self.gap is None or self.gap < 0 or self._too_soon() else self.gap <= 1
        return {
            "statut_non_concerne": status in BENEFICIARIES if status else None,
            "hors_territoire": False if out else None if None in places else True,
            "sans_besoin": True if False in both else None if None in both else False,
            "cir_trop_ancien": year,
            "accord": self._wish(),
        }

    def _too_soon(self) -> bool:
        return bool(self.cir and self.proposed_on and self.cir[0] > self.proposed_on)

    def _wish(self) -> bool | None:
        if self.said is not None:
            return self.said[0] == "acceptee"
        wishes = [wish for _, wish in self.forms if wish]
        return wishes[-1] == "oui" if wishes else None

    @property
    def eligible(self) -> str:
        if self.decided is not None:
            return "non" if self.decided[0] == "rejetee" else "oui"
        if not self.ruled:
            return "inconnu"
        answers = [*self.criteria().values()]
        return "non" if False in answers else "inconnu" if None in answers else "oui"

    @property
    def stage(self) -> str:
        if self.closed:
            return "clos"
        for reached, then in (
            (self.contract, "accompagnement"),
            (self.commission, "contractualisation"),
            (self.held, "commission"),
            (self.admitted, "diagnostic"),
            (self.decided, "rejete_ofii"),
            (self.refuses, "decline"),
            (self.forms, "liaison"),
        ):
            if reached:
                return then
        return "liaison" if self.route == "n-1" else "orientation"

    # --- clocks

    @property
    def began(self) -> date | None:
        """The first contract, wherever and whenever it was signed."""
        there = self.arrived[2] if self.arrived else None
        known = [on for on in (self.earlier, there, self.contract) if on is not None]
        return min(known, default=None)

    @property
    def referent(self) -> str:
        """Who accompanies, by the last day said."""
        return self.accompanied_on(date.max)

    def accompanied_on(self, day: date) -> str:
        """Who accompanies on a day: of two said of one day, the one said last."""
        said = [each for each in self.referents if each[0] <= day]
        return sorted(said, key=lambda each: each[0])[-1][1] if said else ""

    @property
    def ends(self) -> date | None:
        mistaken = self.closed is not None and self.closed[0] == "erreur"
        return None if self.began is None or mistaken else months_after(self.began, 24)

    def diagnosis_due(self) -> Span | None:
        if not self.admitted or (self.closed and self.closed[0] == "erreur"):
            return None
        start: Span | None = None
        rejected = any(outcome == "rejetee" for outcome, _ in self.answers)
        if self.route == "n" and not (self.decided and (self.forms or rejected)):
            start = self.cir
        elif self.decided is not None:
            start = self.decided[1] and (self.decided[1], self.decided[1])
        elif self.cir is not None or self.route != "inconnue":
            start = self.proposed_on and (self.proposed_on, self.proposed_on)
        if start is None:
            return None
        done = min([on for on in (self.held, self.contract) if on is not None], default=None)
        if done is not None and done < start[0]:
            return None
        return months_after(start[0], 1), months_after(start[1], 1)

    def contract_due(self) -> Span | None:
        if self.commission is None or (self.closed and self.closed[0] == "erreur"):
            return None
        due = self.commission + timedelta(days=21)
        return due, due

    def late(self, today: date) -> Iterator[Row]:
        """Nature, last day, days late and whether that is certain, of each clock that runs."""
        if self.closed:
            return
        running: list[tuple[str, Span | None]] = []
        if self.held is None and self.contract is None:
            running.append(("diagnostic", self.diagnosis_due()))
        if self.contract is None:
            running.append(("contractualisation", self.contract_due()))
        if self.waits and self.forms[-1][1] != "non" and not self.admitted and self.held is None:
            day = months_after(self.forms[-1][0], 1)
            running.append(("liaison", (day, day)))
        if self.ends is not None:
            running.append(("terme", (self.ends, self.ends)))
        if self.contract is not None and self.ends is not None:
            due = months_after(max([self.contract, *self.interviews, *self.excuses]), 2)
            if due <= self.ends and today <= self.ends:
                running.append(("entretien", (due, due)))
        for nature, span in running:
            if span is not None and span[0] < today:
                sure = span[1] < today
                days = (today - (span[1] if sure else span[0])).days
                yield {
                    "nature": nature, "echeance": written(span), "retard_jours": str(days),
                    "certitude": "certain" if sure else "possible",
                }  # fmt: skip

    # --- acts

    def before(self, step: str, on: date, *, end: bool = False) -> list[str]:
        """One `avant_etape` for each step out of its order."""
        order = ("cir", "orientation", "ofii", "held", "commission", "contract", "last")
        decided = self.decided if self.decided and self.decided[0] != "rejetee" else None
        known: Mapping[str, Span | None] = {
            "cir": self.cir,
            "orientation": _day(self.proposed_on),
            "ofii": _day(decided[1] if decided else None),
            "held": _day(self.held),
            "commission": _day(self.commission),
            "contract": _day(self.contract),
        }
        wrong = 0
        for name, other in known.items():
            if other is None or name == step:
                continue
            earlier = order.index(name) < order.index(step)
            wrong += other[0] > on if earlier else on > other[1]
        if end:
            wrong += bool(self.forms and self.forms[-1][0] > on)
            wrong += bool(self.interviews and max(self.interviews) > on)
            wrong += bool(self.excuses and max(self.excuses) > on)
        return ["avant_etape"] * wrong

    def stopped(self) -> list[str]:
        """Why the process does not go on: OFII's rejection, the person's no, a form that waits."""
        if self.admitted:
            return []
        if self.decided is not None:
            return ["rejete_ofii"]
        if self.refuses:
            return ["orientation_declinee"]
        return ["fiche_en_cours"] if self.again else []


def _day(on: date | None) -> Span | None:
    return None if on is None else (on, on)


class Model:
    """A file of 44 and 85, as the rules say it should be."""

    def __init__(self, today: date) -> None:
        self.today, self.served = today, served(today)
        self.lives: dict[str, list[Life]] = {}
        self.households: dict[str, str] = {}
        """By its code without case, accents nor spaces: the code as the file first wrote it."""

    def asks(self, command: str, row: Row) -> list[str]:
        """Why a row is refused, every reason; it is done where there is none."""
        act = getattr(self, command.replace(" ", "_"))
        if command == "enroll":
            return sorted(act(row))
        lives = self.lives.get(row["agdref"])
        if lives is None:
            return ["dossier_inconnu"]
        still = [life for life in lives if not life.closed]
        if len(lives) > 1 and not still:
            return ["dossier_ambigu"]
        life = (still or lives)[0]
        on = date.fromisoformat(row[_DAY[command]])
        if self.known(command, life, row, on):
            return []
        wrong = [*(["dossier_clos"] if life.closed else []), *act(life, row, on)]
        if "deja_enregistre" in wrong:
            return ["deja_enregistre"]
        wrong += ["date_future"] if on > self.today and not command.endswith("book") else []
        if not wrong:
            self.do(command, life, row, on)
        return sorted(wrong)

    def enroll(self, row: Row) -> list[str]:  # noqa: C901 - the first act has most rules
        lives, code = self.lives.get(row["agdref"], []), row["menage"]
        oriented = row["date_orientation"] and date.fromisoformat(row["date_orientation"])
        decided_on = row["date_decision"] and date.fromisoformat(row["date_decision"])
        asked = min([on for on in (oriented, decided_on) if on], default=self.today)
        if lives:
            over = lives[-1].ends is not None and lives[-1].ends < asked
            motive = lives[-1].closed[0] if lives[-1].closed else ""
            if motive in FINAL | {"refus_contrat"} or (over and motive != "erreur"):
                return ["droit_epuise"]
        places = [PLACES.get(row[name]) for name in ("commune_residence", "commune_domicile")]
        department = next((place for place in places if place in self.served), None)
        spoken = row["orientation"] == "acceptee" or bool(row["decision_ofii"])
        if department is None:
            return ["hors_territoire" if any(places) and not spoken else "departement_inconnu"]
        # The file's spelling: that of a row which is refused for its facts, too.
        household = code and self.households.setdefault(bare_code(code), code)
        life = Life(
            department, row, self.today, self.served,
            cir=told(row["date_cir"]) if row["date_cir"] else None,
        )  # fmt: skip
        if row["orientation"] or oriented:
            life.said = (row["orientation"], oriented or None) if row["orientation"] else None
            life.proposed_on = oriented or None
        if row["decision_ofii"]:
            self._decide(life, row["decision_ofii"], decided_on or None)
        wrong = []
        for on in (life.cir, _day(oriented or None), _day(decided_on or None)):
            wrong += ["date_future"] if on and on[0] > self.today else []
        if life.cir and oriented and life.cir[0] > oriented:
            wrong.append("avant_etape")
        if not spoken and life.ruled:
            no = [code for code, answer in life.criteria().items() if answer is False]
            wrong += [
                code
                for code in no
                if code != "accord" and not (code == "cir_trop_ancien" and "avant_etape" in wrong)
            ]
        if not wrong:
            if life.cir:
                life.cir = (life.cir[0], min(life.cir[1], self.today))
            began = [one.began for one in lives if one.began and one.closed and
                     one.closed[0] != "erreur"]  # fmt: skip
            life.earlier = min(began, default=None)
            self.lives.setdefault(row["agdref"], []).append(life)
            life.household = household
        return wrong

    def known(self, command: str, life: Life, row: Row, on: date) -> bool:
        """Whether the dossier says it already: then nothing changes, be it closed."""
        last = life.transfers[-1] if life.transfers else Transfer("", date.max)
        match command:
            case "diagnose book" | "contract book":
                return on in life.booked[_STEP[command]]
            case "diagnose absent" | "contract absent":
                return on in life.missed[_STEP[command]]
            case "close":
                return life.closed == (row["motif"], on)
            case "interview add":
                return on in life.interviews
            case "interview excuse":
                return on in life.excuses
            case "referent designate":
                same = life.accompanied_on(on) == row["referent"]
                return life.commission is not None and same
            case "transfer ask":
                asked = (row["vers_departement"], on)
                return asked in [(each.to, each.asked) for each in life.transfers]
            case "transfer accept" | "transfer refuse":
                return (last.answer, last.answered) == (command, on)
            case "transfer receive":
                there = told(row["droit_depuis"])[0] if row["droit_depuis"] else None
                return life.arrived is not None and life.arrived == (
                    row["departement_origine"], on, there or life.arrived[2]
                )  # fmt: skip
        return False

    def _decide(self, life: Life, outcome: str, on: date | None) -> None:
        life.answers.append((outcome, on))
        life.decided, life.waits = (outcome, on), False
        if outcome == "rejetee":
            life.said = None

    def liaison_add(self, life: Life, row: Row, on: date) -> list[str]:
        wrong = []
        same = next((wish for day, wish in life.forms if day == on), None)
        if same is not None:  # that form again, which may say what it did not
            return ["deja_enregistre"] if same and row["souhait"] not in ("", same) else []
        if life.forms:
            since = [life.forms[-1][0], *(d for _, d in life.answers[-1:] if d and not life.waits)]
            since += [life.withdrawn] if life.withdrawn else []
            wrong += ["avant_etape"] if on < max(since) else []
        waits = life.waits and life.forms[-1][1] != "non" and not life.admitted
        return [*wrong, *(["fiche_en_cours"] if waits else [])]

    def liaison_decide(self, life: Life, row: Row, on: date) -> list[str]:
        if life.decided is not None:  # only a derogation follows a decision: it lifts a rejection
            was, known = life.decided
            if row["decision_ofii"] != "derogation" or was != "rejetee" or (known and on < known):
                return ["deja_enregistre"]
        wrong = [] if life.forms else ["fiche_manquante"]
        wrong += ["avant_etape"] if life.forms and on < life.forms[-1][0] else []
        return [*wrong, *life.before("ofii", on)]

    def diagnose_hold(self, life: Life, row: Row, on: date) -> list[str]:
        return [*life.stopped(), *life.before("held", on)]

    def assign(self, life: Life, row: Row, on: date) -> list[str]:
        wrong = [] if life.held else ["diagnostic_manquant"]
        return [*life.stopped(), *wrong, *life.before("commission", on)]

    def contract_sign(self, life: Life, row: Row, on: date) -> list[str]:
        wrong = [] if life.held else ["diagnostic_manquant"]
        wrong += ["terme_depasse"] if life.ends and life.ends < on else []
        return [*life.stopped(), *wrong, *life.before("contract", on)]

    def contract_refuse(self, life: Life, row: Row, on: date) -> list[str]:
        wrong = [] if life.held else ["diagnostic_manquant"]
        wrong += ["contrat_signe"] if life.contract else []
        return [*wrong, *life.before("last", on, end=True)]

    def interview_add(self, life: Life, row: Row, on: date) -> list[str]:
        wrong = [] if life.contract else ["contrat_manquant"]
        return [*wrong, *life.before("last", on)]

    def diagnose_book(self, life: Life, row: Row, on: date) -> list[str]:
        return self._booked(life, "held", on)

    def contract_book(self, life: Life, row: Row, on: date) -> list[str]:
        return self._booked(life, "contract", on)

    def _booked(self, life: Life, step: str, on: date) -> list[str]:
        """An appointment may be of a day to come; none follows the step that it is for."""
        done = getattr(life, step)
        wrong = ["etape_faite"] if done and on > done else []
        wrong += life.before("held", on) if life.cir and on < life.cir[0] else []
        return [*life.stopped(), *wrong]

    def diagnose_absent(self, life: Life, row: Row, on: date) -> list[str]:
        return ["etape_faite"] if life.held and on >= life.held else []

    def contract_absent(self, life: Life, row: Row, on: date) -> list[str]:
        return ["etape_faite"] if life.contract and on >= life.contract else []

    def interview_excuse(self, life: Life, row: Row, on: date) -> list[str]:
        return self.interview_add(life, row, on)

    def referent_designate(self, life: Life, row: Row, on: date) -> list[str]:
        if life.commission is None:
            return ["sans_commission"]
        return ["avant_etape"] if on < life.commission else []

    def transfer_ask(self, life: Life, row: Row, on: date) -> list[str]:
        """One at a time; the next one not before the answer to the last."""
        wrong = ["transfert_sur_place"] if row["vers_departement"] == life.department else []
        if life.transfers and not life.transfers[-1].answer:
            return [*wrong, "transfert_en_attente"]
        early = bool(life.transfers) and on < life.transfers[-1].answered
        return [*wrong, *(["avant_etape"] if early else [])]

    def transfer_refuse(self, life: Life, row: Row, on: date) -> list[str]:
        if not life.transfers or life.transfers[-1].answer:
            return ["transfert_sans_demande"]
        return ["avant_etape"] if on < life.transfers[-1].asked else []

    def transfer_accept(self, life: Life, row: Row, on: date) -> list[str]:
        """An acceptance ends the dossier too, so that it follows all that was done."""
        return [*self.transfer_refuse(life, row, on), *life.before("last", on, end=True)]

    def transfer_receive(self, life: Life, row: Row, on: date) -> list[str]:
        if life.arrived is not None:
            return ["deja_enregistre"]
        wrong = ["transfert_sur_place"] if row["departement_origine"] == life.department else []
        there = told(row["droit_depuis"])[0] if row["droit_depuis"] else None
        wrong += ["date_future"] if there and there > self.today else []
        return [*wrong, *(["avant_etape"] if there and there > on else [])]

    def close(self, life: Life, row: Row, on: date) -> list[str]:
        if life.closed and life.closed[0] == row["motif"]:
            return ["deja_enregistre"]
        motive, wrong = row["motif"], life.before("last", on, end=True)
        if motive == "sans_suite" and life.contract:
            wrong.append("suite_du_contrat")
        if motive in ("terme", "objectifs_atteints"):
            if life.ends is None:
                wrong.append("contrat_manquant")
            elif motive == "terme" and on < life.ends:
                wrong.append("terme_non_atteint")
        return wrong

    def do(  # noqa: C901 - one case an act
        self, command: str, life: Life, row: Row, on: date
    ) -> None:
        """Record an act that nothing stands against."""
        match command:
            case "liaison add" if on in [day for day, _ in life.forms]:
                life.forms = [
                    (day, row["souhait"] or wish) if day == on else (day, wish)
                    for day, wish in life.forms
                ]
            case "liaison add":
                if life.decided and life.decided[0] == "rejetee":
                    life.decided, life.again = None, True
                declined = life.said if life.said and life.said[0] == "declinee" else None
                life.withdrawn = (
                    declined[1] if declined and declined[1] and declined[1] > on else None
                )
                if declined and not life.withdrawn and row["souhait"] != "non":
                    life.said = None
                life.forms.append((on, row["souhait"]))
                life.waits = life.withdrawn is None
            case "liaison decide":
                self._decide(life, row["decision_ofii"], on)
            case "diagnose hold":
                life.held = on
            case "assign":
                life.commission = on
                life.referents += [(on, row["referent"])] if row["referent"] else []
            case "referent designate":
                life.referents.append((on, row["referent"]))
                life.handed = True
            case "diagnose book" | "contract book":
                life.booked[_STEP[command]].append(on)
            case "diagnose absent" | "contract absent":
                life.missed[_STEP[command]].append(on)
            case "interview excuse":
                life.excuses.append(on)
            case "transfer ask":
                life.transfers.append(Transfer(row["vers_departement"], on))
            case "transfer accept" | "transfer refuse":
                life.transfers[-1].answer, life.transfers[-1].answered = command, on
                if command == "transfer accept":
                    life.closed = ("transfert", on)
            case "transfer receive":
                there = told(row["droit_depuis"])[0] if row["droit_depuis"] else None
                life.arrived = (row["departement_origine"], on, there)
            case "contract sign":
                life.contract = on
            case "contract refuse":
                life.closed = ("refus_contrat", on)
            case "interview add":
                life.interviews.append(on)
            case "close":
                life.closed = (row["motif"], on)


_DAY = {
    "liaison add": "date_fiche", "liaison decide": "date_decision",
    "diagnose hold": "date_diagnostic", "assign": "date_commission",
    "contract sign": "date_contrat", "contract refuse": "date_refus",
    "interview add": "date_entretien", "close": "date_cloture",
    "diagnose book": "date_rdv_diagnostic", "diagnose absent": "date_absence",
    "contract book": "date_rdv_contrat", "contract absent": "date_absence",
    "interview excuse": "date_absence", "referent designate": "date_referent",
    "transfer ask": "date_demande_transfert", "transfer accept": "date_transfert",
    "transfer refuse": "date_transfert", "transfer receive": "date_transfert",
}  # fmt: skip
_STEP = {
    "diagnose book": "held", "diagnose absent": "held",
    "contract book": "contract", "contract absent": "contract",
}  # fmt: skip

# --- the histories --------------------------------------------------------------------------

ROUNDS: tuple[str, ...] = (
    "enroll", "liaison add", "liaison decide", "liaison add", "liaison decide",
    "diagnose book", "diagnose absent", "diagnose book", "diagnose hold",
    "assign", "referent designate", "referent designate",
    "contract book", "contract absent", "contract book", "contract sign", "contract refuse",
    "transfer ask", "transfer refuse", "interview add", "interview excuse", "interview add",
    "transfer ask", "transfer accept", "close",
    "enroll", "transfer receive", "diagnose book", "diagnose hold", "contract sign",
)  # fmt: skip
"""One file of rows a round: a history has a row in some of them, in this order."""


_AGAIN = ROUNDS.index("enroll", 1)
"""The round with which a second life may begin."""
_ELSEWHERE = ("Angers", "La Roche-sur-Yon", "Rennes", "")


class Teller:
    """Draws what happened to somebody: mostly what may be, now and then what may not."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self.rng, self.today = rng, today

    def often(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, *words: str) -> str:
        return self.rng.choice(words)

    def later(self, day: date, most: int) -> date:
        """A day that follows; one in twelve precedes."""
        days = self.rng.randint(0, most)
        return day - timedelta(days=days) if self.often(0.08) else day + timedelta(days=days)

    def enrolment(self, number: str, first: date) -> Row:
        """What is typed of a person."""
        cir = first - timedelta(days=self.rng.choice((0, 5, 40, 330, 400, 800)))
        oriented, answered = self.often(0.55), self.often(0.12)
        home = self.pick(
            "dna", "sans_abri_precaire", "logement_autonome", "logement_accompagne", ""
        )
        return {
            "agdref": number, "nom": invented(number), "date_naissance": "1990-05-01",
            "statut": self.pick("refugie", "protection_subsidiaire", "apatride", "rejoignant",
                                "autre", ""),
            "commune_residence": self.pick(*["Nantes"] * 5, *_ELSEWHERE),
            "commune_domicile": self.pick(*["Nantes"] * 6, "La Roche-sur-Yon", "Angers", ""),
            "situation_logement": home,
            "detail_logement": self.pick("fjt", "residence_sociale", "pension_famille", "")
            if home == "logement_accompagne" else "",
            "situation_professionnelle": self.pick("cdi", "sans_emploi", "alternance", "insertion",
                                                   ""),
            "date_cir": "" if self.often(0.1) else
                        f"{cir:%Y-%m}" if self.often(0.15) else cir.isoformat(),
            "menage": self.pick("M{}", "m{}", " M {}", "Mé {}", "ME{}").format(
                self.rng.randint(1, 40)) if self.often(0.4) else "",
            "orientation": self.pick("acceptee", "acceptee", "acceptee", "declinee")
            if oriented else "",
            "date_orientation": first.isoformat() if oriented and self.often(0.85) else "",
            "decision_ofii": self.pick("validee", "rejetee", "derogation") if answered else "",
            "date_decision": self.later(first, 30).isoformat()
            if answered and self.often(0.8) else "",
        }  # fmt: skip

    def history(self, number: str) -> list[Row | None]:
        """A row, or none, for each round."""
        first = date(2022, 11, 1) + timedelta(days=self.rng.randrange(700))
        rows: list[Row | None] = [self.enrolment(number, first)]
        day, decided = first, bool(rows[0] and rows[0]["decision_ofii"])
        for _ in range(2):
            by_form = not decided and self.often(0.4 if len(rows) == 1 else 0.3)
            by_form = by_form and (len(rows) == 1 or rows[-1] is not None)
            day = self.later(day, 40) + timedelta(days=1)
            wish = self.pick("oui", "oui", "oui", "non", "")
            rows.append(self.act(number, "liaison add", day, by_form, souhait=wish))
            day = self.later(day, 40)
            outcome = self.pick("validee", "validee", "rejetee", "derogation")
            asked = by_form and self.often(0.8)
            rows.append(self.act(number, "liaison decide", day, asked, decision_ofii=outcome))
        goes_on = True
        for command, share, most in (
            ("diagnose hold", 0.8, 60), ("assign", 0.85, 30), ("contract sign", 0.85, 40),
        ):  # fmt: skip
            goes_on = self.often(share if goes_on else 0.05)
            rows += self.around(number, command, day, goes_on)
            day = self.later(day, most)
            more = {"referent": self.referent("")} if command == "assign" else {}
            rows.append(self.act(number, command, day, goes_on, **more))
            for _ in range(2 if command == "assign" else 0):
                on, who = self.later(day, 90), self.referent()
                rows.append(self.act(number, "referent designate", on, self.often(0.3),
                                     referent=who))  # fmt: skip
        rows.append(self.act(number, "contract refuse", day, self.often(0.12)))
        moves = self.often(0.3)
        rows += self.transfer(number, "transfer refuse", day, moves)
        for command in ("interview add", "interview excuse", "interview add"):
            day = self.later(day, 90) + timedelta(days=1)
            more = {"motif_excuse": "transport"} if command == "interview excuse" else {}
            rows.append(self.act(number, command, day, goes_on and self.often(0.6), **more))
        rows += self.transfer(number, "transfer accept", day, moves or self.often(0.1))
        moved = rows[-1] is not None
        ended = self.often(0.4)
        day = self.later(day, 800 if self.often(0.4) else 60)
        rows.append(self.act(number, "close", day, ended, motif=self.pick(*sorted(FINAL), *FREE)))
        day = self.later(day, 300) + timedelta(days=1)
        again = {**self.enrolment(number, day), "menage": "", "orientation": "acceptee",
                 "date_orientation": day.isoformat()}  # fmt: skip
        rows.append(again if ended or moved else None)
        there = self.later(day, 10) - timedelta(days=self.rng.randint(0, 700))
        rows.append(self.act(
            number, "transfer receive", day, moved, departement_origine=self.pick("49", "53", "44"),
            droit_depuis=there.isoformat() if self.often(0.7) else "",
        ))  # fmt: skip
        rows += self.around(number, "diagnose hold", day, ended or moved)[:1]
        for command, most in (("diagnose hold", 60), ("contract sign", 400)):
            day = self.later(day, most)
            rows.append(self.act(number, command, day, ended or moved))
        return rows

    def referent(self, *others: str) -> str:
        return self.pick("Anne MARTIN", "Luc PETIT", "Eve DURAND", *others)

    def around(self, number: str, command: str, day: date, happens: bool) -> list[Row | None]:
        """What precedes a diagnostic or a contract: an appointment, an absence, another one."""
        step = command.split()[0]
        if step not in ("diagnose", "contract"):
            return []
        rows, on = [], day
        for act, share in (("book", 0.5), ("absent", 0.3), ("book", 0.3)):
            on = on if self.often(0.3) else self.later(on, 30)
            rows.append(
                self.act(number, f"{step} {act}", on, self.often(share if happens else 0.1))
            )
        return rows

    def transfer(self, number: str, answer: str, day: date, happens: bool) -> list[Row | None]:
        """Another department is asked, and answers."""
        on = self.later(day, 40)
        asked = self.act(number, "transfer ask", on, happens and self.often(0.9),
                         vers_departement=self.pick("49", "53", "72", "85", "44"))  # fmt: skip
        return [asked, self.act(number, answer, self.later(on, 40), happens and self.often(0.8))]

    def act(self, number: str, command: str, day: date, happens: bool, **more: str) -> Row | None:
        return {"agdref": number, _DAY[command]: day.isoformat(), **more} if happens else None


# --- the comparison -------------------------------------------------------------------------


class Program:
    """The same file, kept by the program: its command line and nothing else."""

    def __init__(self, folder: Path, today: date) -> None:
        self.folder, self.today = folder, today
        self.runs(0, "init", *(word for code in served(today) for word in ("--department", code)))

    def runs(self, code: int, *words: str) -> None:
        before = ("--db", str(self.folder / "equipe.db"), "--today", self.today.isoformat())
        assert main([*before, "--author", "modèle", *words]) in (0, code), words

    def told(self, command: str, rows: list[Row]) -> list[list[str]]:
        """Why each row of a file is refused; nothing where it goes in."""
        source, rejects = self.folder / "lignes.csv", self.folder / "rejets.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0]])
            writer.writeheader()
            writer.writerows(rows)
        rejects.unlink(missing_ok=True)
        yes = () if command == "enroll" else ("--yes",) if command in _FINAL_ACTS else ()
        self.runs(5, *command.split(), "--from", str(source), "--keep-going", *yes,
                  "--rejects", str(rejects))  # fmt: skip
        refused: dict[int, list[str]] = {}
        if rejects.exists():
            with rejects.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    codes = row["_code"].removeprefix("'").split(" | ")
                    refused[int(row["_ligne"]) - 2] = sorted(codes)
        return [refused.get(place, []) for place in range(len(rows))]

    def batch(self) -> str:
        """The number of the last file."""
        page = self.folder / "lots.csv"
        self.runs(0, "batches", "--output", str(page), "--overwrite", "--format", "csv")
        with page.open(encoding="utf-8", newline="") as file:
            return next(csv.DictReader(file))["lot"]

    def standings(self, lives: Mapping[str, list[Life]]) -> tuple[list[Row], list[Row]]:
        """What the program says of every dossier, and what the model does."""
        said = self.dossiers()
        for row in said:
            del row["dossier"]
        return said, [standing(life, number) for number, each in lives.items() for life in each]

    def voids_commissions(self, lives: Mapping[str, list[Life]]) -> None:
        """Void the commission of those who have not signed: nothing is counted from it any more.

        Unless another référent took over since: that change would be left without it.
        """
        waiting = [
            (number, each[0])
            for number, each in lives.items()
            if len(each) == 1 and each[0].commission and not (each[0].contract or each[0].closed)
        ]
        refs = {row["agdref"]: row["dossier"] for row in self.dossiers()}
        for number, life in waiting[:4]:
            page = self.folder / f"{refs[number]}.csv"
            self.runs(0, "show", refs[number], "--events", "--format", "csv", "--output", str(page))
            with page.open(encoding="utf-8", newline="") as file:
                told = [(row["numero"], row["evenement"]) for row in csv.DictReader(file)]
            (event,) = [event for event, what in told if what.startswith("Commission")]
            void = ("correct", refs[number], event, "--void", "--reason", "mauvais dossier")
            self.runs(3 if life.handed else 0, *void)
            if not life.handed:
                life.commission = None
                life.referents.clear()

    def dossiers(self) -> list[Row]:
        """Every dossier, its référent by name."""
        names = {row["code"]: row["referent"] for row in self.table("referent", "list")}
        every = self.report("dossiers", "--columns", COLUMNS)
        return [{**row, "referent": names.get(row["referent"], "")} for row in every]

    def report(self, *words: str) -> list[Row]:
        return self.table("report", *words)

    def table(self, *words: str) -> list[Row]:
        page = self.folder / "rapport.csv"
        self.runs(0, *words, "--output", str(page), "--overwrite", "--format", "csv")
        with page.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


_FINAL_ACTS = ("close", "contract refuse")
COLUMNS = (
    "dossier,agdref,departement,voie,etape,eligible,definitif,echeance_diagnostic,"
    "echeance_contrat,fin_au_plus_tard,referent"
)


def standing(life: Life, number: str) -> Row:
    """What the program should say of a dossier."""
    final = life.closed is not None and life.closed[0] in FINAL | {"refus_contrat"}
    return {
        "agdref": number, "departement": life.department, "voie": life.route,
        "etape": life.stage, "eligible": life.eligible, "definitif": "oui" if final else "non",
        "echeance_diagnostic": written(life.diagnosis_due()),
        "echeance_contrat": written(life.contract_due()),
        "fin_au_plus_tard": written(_day(life.ends)), "referent": life.referent,
    }  # fmt: skip


HISTORIES = 334
DAYS = ("2023-03-15", "2023-10-09", "2024-03-01", "2024-07-01", "2025-02-10", "2026-11-28")


@pytest.mark.parametrize("today", DAYS)
def test_the_rules_told_twice_are_the_same(tmp_path: Path, today: str) -> None:
    """2,004 histories in all: refusals with their codes, routes, stages, deadlines, ends."""
    day = date.fromisoformat(today)
    program, model = Program(tmp_path, day), Model(day)
    teller = Teller(random.Random(today), day)
    histories = [teller.history(f"{7_000_000_000 + n}") for n in range(HISTORIES)]
    differing = []
    for place, command in enumerate(ROUNDS):
        rows = [row for history in histories if (row := history[place]) is not None]
        rows = [row for row in rows if place < _AGAIN or _may_return(model, row, command)]
        wanted = [model.asks(command, row) for row in rows]
        found = program.told(command, rows) if rows else []
        differing += [
            f"{command} {row}: {was} ≠ {said}"
            for row, was, said in zip(rows, wanted, found, strict=True)
            if was != said
        ]
    assert differing == []
    lives = [(number, life) for number, each in model.lives.items() for life in each]
    dossiers = program.dossiers()
    number_of = {row.pop("dossier"): row["agdref"] for row in dossiers}
    assert _differing(dossiers, [standing(life, number) for number, life in lives]) == []
    alone = {number: each[0] for number, each in model.lives.items() if len(each) == 1}
    households = program.report("dossiers", "--columns", "agdref,menage")
    assert {row["agdref"]: row["menage"] for row in households if row["agdref"] in alone} == {
        number: " ".join(life.household.split()) for number, life in alone.items()
    }
    late = [
        {**{name: row[name] for name in LINE}, "agdref": number_of[row["dossier"]]}
        for row in program.report("overdue", "--no-waiting")
    ]
    wanted_late = [{**line, "agdref": number} for number, life in lives for line in life.late(day)]
    assert _differing(late, wanted_late) == []
    program.voids_commissions(model.lives)
    assert _differing(*program.standings(model.lives)) == []


def test_what_is_taken_back_leaves_what_was_before(tmp_path: Path) -> None:
    """Each file of a hundred histories is undone, the last one first, until nothing is left."""
    day = date(2026, 11, 28)
    program, model = Program(tmp_path, day), Model(day)
    teller = Teller(random.Random("repris"), day)
    histories = [teller.history(f"{7_000_000_000 + n}") for n in range(100)]
    before: list[tuple[str, dict[str, list[Life]]]] = []
    for place, command in enumerate(ROUNDS):
        rows = [row for history in histories if (row := history[place]) is not None]
        rows = [row for row in rows if place < _AGAIN or _may_return(model, row, command)]
        kept = deepcopy(model.lives)
        taken = [not model.asks(command, row) for row in rows]
        if rows:
            program.told(command, rows)
        if any(taken):
            before.append((program.batch(), kept))
    assert len(before) > 12
    while before:
        batch, lives = before.pop()
        program.runs(0, "undo", batch, "--yes", "--reason", "un essai du modèle, repris en entier")
        assert _differing(*program.standings(lives)) == []


LINE = ("nature", "echeance", "retard_jours", "certitude")


def bare_code(code: str) -> str:
    """A household's code as two people would write it alike."""
    return code.lower().replace("é", "e").replace(" ", "")


def _differing(found: list[Row], wanted: list[Row]) -> list[str]:
    """The lines that only one of the two tells, side by side."""
    told, expected = (
        sorted(map(str, map(sorted, map(dict.items, each)))) for each in (found, wanted)
    )
    return sorted(
        [f"{line} (agir)" for line in told if line not in expected]
        + [f"{line} (model)" for line in expected if line not in told]
    )


def _may_return(model: Model, row: Row, command: str) -> bool:
    """Whether a second life may be told: the first is over, and (for its acts) one is open."""
    lives = model.lives.get(row["agdref"], [])
    if command == "enroll":
        return bool(lives) and lives[-1].closed is not None
    return len(lives) > 1
