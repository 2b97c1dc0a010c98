"""One wide row of a team's own spreadsheet, split into the acts of the process.

The acts come in the order of the process, whatever the order of the columns. An act happens
when one of its own cells is filled; a cell that only accompanies an act (a place, a name)
needs that act, and is told when there is none. Two are handed on where nobody wrote the day of a
commission: a priority to the diagnostic that recommended it, a référent to a day between the
steps that are dated [decision 0036].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.causes import RIGHTS
from agir_cli.domain.characters import as_sign
from agir_cli.domain.dates import Moment, PartialDate, edtf, exactly, french, french_moment
from agir_cli.domain.dossier import OF_A_SITUATION
from agir_cli.domain.fields import FIELDS, OF_A_RIGHT
from agir_cli.domain.reading import RowReader
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.values import Reading
from agir_cli.domain.vocabulary import Motive, in_sentence

ENTRY, NOW, EXIT = "_entree", "_actuelle", "_sortie"
_DECISION = ("decision_ofii", "date_decision", "motif_ofii")


class Act(NamedTuple):
    """One act of a wide row: its command, how a sentence calls it, and its cells.

    ``own`` cells make it happen; ``with_it`` cells only accompany it; ``suffix`` is what its
    situation columns end with.
    """

    command: type[c.Command]
    name: str
    own: tuple[str, ...]
    with_it: tuple[str, ...] = ()
    suffix: str = ""


VISIT = (
    "bureau", "confirmation", "date_confirmation", "convocation_remise", "plan_acces_remis",
)  # fmt: skip

_REFERENTS = ("referent", "second_referent")
_BY_THE_REFERENT = ("modalite", "bassin_de_vie", "partenaires", *_REFERENTS)

ACTS: tuple[Act, ...] = (
    Act(c.AddLiaison, "fiche de liaison", ("date_fiche",),
        ("souhait", "flyer_remis", "soutien_agir", "date_envoi", "prescripteur",
         "prescripteur_courriel")),
    Act(c.DecideLiaison, "décision de l'OFII", _DECISION, ("listing", "reference_cirng")),
    Act(c.BookDiagnosis, "rendez-vous de diagnostic", ("date_rdv_diagnostic",),
        (*VISIT, "reference_cirng")),
    Act(c.HoldDiagnosis, "diagnostic", ("date_diagnostic",),
        ("diagnostic_signe", "priorites_preconisees")),
    Act(c.Assign, "commission", ("date_commission",), ("priorites", *_BY_THE_REFERENT)),
    Act(c.Designate, "changement de référent", ("date_referent",), _REFERENTS),
    Act(c.BookContract, "rendez-vous de contrat", ("date_rdv_contrat",), VISIT),
    Act(c.SignContract, "contrat", ("date_contrat",), ("projet",)),
    Act(c.SetSituation, "situation", ("date_situation",), suffix=NOW),
    Act(c.BookVisit, "autre rendez-vous", ("date_rdv_visite",), ("type_visite",)),
    Act(c.HoldVisit, "autre rendez-vous tenu", ("date_visite",), ("type_visite",)),
    *(
        Act(c.SetRight, label, (f"etat_droit_{right}",),
            (f"date_droit_{right}", f"date_fin_droit_{right}"), f"_{right}")
        for right, label in RIGHTS.items()
    ),
    Act(c.AddInterview, "entretien", ("date_entretien",)),
    Act(c.AddStep, "étape", ("derniere_etape",),
        ("date_etape", "date_fin_etape", "domaine", "heures")),
    Act(c.ReceiveTransfer, "transfert reçu", ("date_transfert",),
        ("departement_origine", "droit_depuis")),
    Act(c.RefuseContract, "refus du contrat", ("date_refus",)),
    Act(c.Close, "clôture", ("date_cloture",), ("motif",), suffix=EXIT),
    Act(c.Declare, "déclaration", ("date_declaration",), ("numero_declaration",)),
    Act(c.RejectDeclaration, "rejet de la déclaration", ("date_rejet",), ("motif_declaration",)),
)  # fmt: skip

_STEP = {"derniere_etape": "etape"}
"""The last step of such a list, whose « étape » is where the dossier stands."""
_BY_NAME = {"referent_nom": "referent", "second_referent_nom": "second_referent"}
"""Columns that name who is only a code in another, in a list exported from another file."""
_ABSENCE = ("date_absence", "absences_contrat")
"""The last absence of such a list, and how many there were at the contract."""

_ENDS = (c.SetSituation, c.AddInterview, c.AddStep, c.RefuseContract, c.Close)
_MISSED: Sequence[tuple[Any, Any, tuple[type[c.Command], ...]]] = (
    (c.BookDiagnosis, c.MissDiagnosis,
     (c.HoldDiagnosis, c.Assign, c.Designate, c.BookContract, c.SignContract, *_ENDS)),
    (c.BookContract, c.MissContract, (c.SignContract, *_ENDS)),
)  # fmt: skip
"""An appointment missed: how it is booked, told, and what comes after it."""
_AFTER = (c.SignContract, c.AddInterview, c.RefuseContract, c.Close)
"""The acts that come after a référent is designated."""

_PROCESS = ("departement", "date_cir", "date_orientation", "orientation", *_DECISION)

ENROLMENT = "inscription"
_NAMES: Mapping[type[c.Command], str] = {
    c.Enroll: ENROLMENT,
    c.MissDiagnosis: "absence au diagnostic",
    c.MissContract: "absence au contrat",
    **{a.command: a.name for a in ACTS},
    c.SetRight: "droit",
}


def wide_names() -> tuple[str, ...]:
    """The columns that a wide row may have: the fields of its acts, and its situations thrice."""
    names = [name for name in c.field_names(c.Enroll) if name != "malgre"]
    names += [name for act in ACTS for name in (*act.own, *act.with_it)]
    names += [f"{name}{end}" for end in (ENTRY, NOW, EXIT) for name in OF_A_SITUATION]
    names += [*_BY_NAME, *_ABSENCE]
    return tuple(dict.fromkeys(names))


def plain_name(column: str) -> str:
    """The field that a wide column holds."""
    if column in OF_A_RIGHT:
        return OF_A_RIGHT[column][0]
    for end in (ENTRY, NOW, EXIT):
        if column.removesuffix(end) in OF_A_SITUATION:
            return column.removesuffix(end)
    return {**_BY_NAME, **_STEP, "absences_contrat": "date_absence"}.get(column, column)


def act_name(command: c.Command | type[c.Command]) -> str:
    """How a sentence calls an act: « contrat »."""
    return _NAMES[command if isinstance(command, type) else type(command)]


def dated_act(command: c.Command) -> str:
    """An act with its day: « contrat le 12/05/2023 », « diagnostic (mars 2023) »."""
    name = act_name(command)
    day = getattr(command, command.day) if command.day else None
    if isinstance(day, Moment):
        return f"{name} le {french_moment(day)}"
    if isinstance(day, PartialDate):
        name += f" le {french(day)}" if day.exact else f" ({french(day)})"
    if isinstance(command, c.Close):
        name += f" : {command.motif.label}"
    if isinstance(command, c.SetRight):
        name += f" : {RIGHTS[command.droit]}, {in_sentence(command.etat_droit.label)}"
    return name


_LEFT_TO: Mapping[type[c.Command], tuple[str, tuple[str, ...]]] = {
    c.Assign: ("date_referent", _REFERENTS),
    c.HoldVisit: ("date_rdv_visite", ("type_visite",)),
}
"""Cells of an act that are another's where that one's own cell is filled: the later one's."""


class WideRow(NamedTuple):
    """The acts of a row, in the order of the process, and what is to be noted about it."""

    enrolment: c.Enroll
    acts: tuple[c.Command, ...]
    notes: tuple[Finding, ...]
    designated: c.Assign | None = None
    """The act of a référent whose commission has no day: its day is only bounded."""
    alone: c.Assign | None = None
    """The same, where the diagnostic is not in the row: its dossier may know the day."""


class WideReader:
    """Reads wide rows: `read` gives the acts, or every fault of the row with its act's name.

    ``columns`` names each cell, as `wide_names` does. A form in the row makes OFII's decision
    the answer to it; a date of situation makes the undated situation columns its own.
    """

    def __init__(
        self, columns: Sequence[str | None], reading: Reading, erasers: Sequence[str] = ()
    ) -> None:
        self._places = {name: place for place, name in enumerate(columns) if name is not None}
        self._width = len(columns)
        self._has_entry = any(f"{name}{ENTRY}" in self._places for name in OF_A_SITUATION)
        self._has_now = any(f"{name}{NOW}" in self._places for name in OF_A_SITUATION)
        self._by_name = [
            (self._places[name], self._places[code])
            for name, code in _BY_NAME.items()
            if name in self._places and code in self._places
        ]
        self._absences = [
            [
                RowReader(miss, [*self._columns(("date_absence",), None), "dossier"], reading),
                RowReader(book, [*self._booked(book.day or ""), "dossier"], reading),
            ]
            for book, miss, _ in _MISSED
        ]
        self._has_exit = any(f"{name}{EXIT}" in self._places for name in OF_A_SITUATION)
        self._entry = ENTRY if self._has_entry else ""
        names = [n for n in c.field_names(c.Enroll) if n not in ("malgre", *OF_A_SITUATION)]
        enrolled = self._columns(names, self._entry)
        self._enrolment = RowReader(c.Enroll, enrolled, reading, erasers)
        self._signs = frozenset(map(as_sign, erasers)) - {""}
        self._acts = [act for act in ACTS if act.command is not c.SetRight
                      or act.own[0] in self._places]  # fmt: skip
        self._readers = {
            act: RowReader(act.command, [*self._act_columns(act), "dossier", "droit"], reading)
            for act in self._acts
        }
        self._asides = dict.fromkeys(
            name for act in ACTS for name in act.with_it if name in self._places
        )
        self._today = reading.today
        recommended = ["date_diagnostic", "diagnostic_signe"]
        handed = [*self._columns(recommended, None), "dossier"]
        if "priorites" in self._places:
            handed[self._places["priorites"]] = "priorites_preconisees"
        self._diagnosis = RowReader(c.HoldDiagnosis, handed, reading)
        designation = [*self._columns(_BY_THE_REFERENT, None), "dossier", "date_commission"]
        self._designation = RowReader(c.Assign, designation, reading)

    def said_once(self, cells: Sequence[str]) -> tuple[Sequence[str], list[str]]:
        """The cells without the situations that say nothing new, and the labels of those undated.

        A list of dossiers has the situation now and at the exit of whoever never changed theirs;
        one that is other than at the entry is nothing without its day.
        """
        said, left = list(cells), list[str]()
        for named, coded in self._by_name:
            said[coded] = cells[named] or cells[coded]
        if not (self._has_now or self._has_exit):
            return said, []
        dated = self._filled("date_situation", cells)
        for name in OF_A_SITUATION:
            entry, now, at_exit = (
                self._places.get(f"{name}{end}") for end in (self._entry, NOW, EXIT)
            )
            known = cells[entry] if entry is not None else ""
            if now is not None and cells[now] and not dated:
                if cells[now] != known and not (at_exit is not None and cells[at_exit]):
                    left.append(in_sentence(FIELDS[name].label))
                said[now] = ""
            if at_exit is not None and cells[at_exit] == (cells[now] if now is not None else known):
                said[at_exit] = ""
        return said, left

    def with_absence(self, row: WideRow, cells: Sequence[str]) -> WideRow:
        """The row with its last absence at its place in the process, before what was booked since.

        An absence has no column of its own step: the count at the contract tells which one it was.
        """
        count = self._places.get("absences_contrat")
        at_contract = count is not None and cells[count].strip() not in ("", "0")
        book, miss, held = _MISSED[at_contract]
        if not self._filled("date_absence", cells):
            return row
        again = [act for act in row.acts if type(act) is book]
        elsewhere = {self._places.get(name) for name in VISIT} if again else ()
        of_it = ["" if place in elsewhere else cell for place, cell in enumerate(cells)]
        absent, booked = (reader.read([*of_it, "-"]) for reader in self._absences[at_contract])
        if not isinstance(absent, miss) or not isinstance(booked, book):
            return row
        if any(getattr(act, book.day or "").day <= absent.date_absence.latest for act in again):
            return row
        before = [act for act in row.acts if not isinstance(act, (*held, *map(type, again)))]
        after = [act for act in row.acts if isinstance(act, held)]
        notes = tuple(note for each in row.notes if (note := _without(each, VISIT)) is not None)
        return row._replace(acts=(*before, booked, absent, *again, *after), notes=notes)

    def read(self, cells: Sequence[str]) -> WideRow | list[Finding]:
        """The acts that these cells say, or their faults."""
        acts = [act for act in self._acts if self._happens(act, cells)]
        faults: list[Finding] = []
        enrolment = self._enrolment.read(self._for_enrolment(acts, cells))
        if isinstance(enrolment, list):
            faults += _named(self._placed(enrolment, self._entry), ENROLMENT)
        made: list[c.Command] = []
        for act in acts:
            # Every act of the row is about the dossier of the row, whatever its reference.
            hands = act.command is c.HoldDiagnosis and self._hands_priority(cells)
            reader = self._diagnosis if hands else self._readers[act]
            command = reader.read([*self._said_by(act, cells), "-", act.suffix[1:]])
            if isinstance(command, list):
                faults += _named(self._placed(command, self._end(act)), act.name, known=faults)
            else:
                made.append(command)
        designated = None if faults else self._designated(made, cells)
        if isinstance(designated, list):
            faults += _named(designated, "référent")
        if faults or not isinstance(enrolment, c.Enroll):
            return faults
        notes = tuple(self._notes(acts, cells))
        if isinstance(designated, c.Assign):
            at = 1 + max(n for n, each in enumerate(made) if isinstance(each, c.HoldDiagnosis))
            made.insert(at, designated)
            return WideRow(enrolment, tuple(_ended(made)), notes, designated)
        return WideRow(enrolment, tuple(_ended(made)), notes, alone=self._alone(cells))

    def _alone(self, cells: Sequence[str]) -> c.Assign | None:
        """The act of a référent beside whom the row has neither diagnostic nor commission."""
        days = ("date_diagnostic", "date_commission")
        if not self._filled("referent", cells) or any(self._filled(day, cells) for day in days):
            return None
        found = self._designation.read([*cells, "-", edtf(exactly(self._today))])
        return found if isinstance(found, c.Assign) else None

    def _said_by(self, act: Act, cells: Sequence[str]) -> Sequence[str]:
        """The cells of an act, but for those that are a later one's (`_LEFT_TO`)."""
        theirs = _LEFT_TO.get(act.command)
        if theirs is None or not self._filled(theirs[0], cells):
            return cells
        later = {self._places[name] for name in theirs[1] if name in self._places}
        return ["" if place in later else cell for place, cell in enumerate(cells)]

    def handed_on(self, cells: Sequence[str]) -> list[str]:
        """The columns of a row that are handed on to an act whose day the row does give."""
        names = ["priorites"] if self._hands_priority(cells) else []
        return [*names, *(["referent"] if self._designates(cells) else [])]

    def _hands_priority(self, cells: Sequence[str]) -> bool:
        return (
            self._filled("priorites", cells)
            and self._filled("date_diagnostic", cells)
            and not self._filled("date_commission", cells)
            and not self._filled("priorites_preconisees", cells)
        )

    def _designates(self, cells: Sequence[str]) -> bool:
        return (
            self._filled("referent", cells)
            and self._filled("date_diagnostic", cells)
            and not self._filled("date_commission", cells)
        )

    def _designated(
        self, made: Sequence[c.Command], cells: Sequence[str]
    ) -> c.Assign | list[Finding] | None:
        """Designate the référent between the diagnostic and the next dated step, or today."""
        if not self._designates(cells):
            return None
        held = next(each.date_diagnostic for each in made if isinstance(each, c.HoldDiagnosis))
        days = [getattr(each, each.day or "", None) for each in made if isinstance(each, _AFTER)]
        last = min([on.latest for on in days if on is not None], default=self._today)
        on = PartialDate(held.earliest, max(held.earliest, min(last, self._today)))
        found = self._designation.read([*cells, "-", edtf(on)])
        assert not isinstance(found, c.Command) or isinstance(found, c.Assign)
        return found

    def _placed(self, findings: Sequence[Finding], end: str) -> list[Finding]:
        """Findings about a situation, with the column it stands in."""
        return [
            f._replace(field=f"{f.field}{end}") if f"{f.field}{end}" in self._places else f
            for f in findings
        ]

    def _columns(self, names: Sequence[str], end: str | None) -> list[str | None]:
        wanted = {name: plain_name(name) if name in OF_A_RIGHT else _STEP.get(name, name)
                  for name in names}  # fmt: skip
        if end is not None:
            wanted |= {f"{name}{end}": name for name in OF_A_SITUATION}
        columns: list[str | None] = [None] * self._width
        for column, field in wanted.items():
            if column in self._places:
                columns[self._places[column]] = field
        return columns

    def _booked(self, day: str) -> list[str | None]:
        """The columns of an appointment that was missed: its day is that of the absence."""
        columns = self._columns(VISIT, None)
        if "date_absence" in self._places:
            columns[self._places["date_absence"]] = day
        return columns

    def _act_columns(self, act: Act) -> list[str | None]:
        end = self._end(act) if act.suffix else None
        return self._columns((*act.own, *act.with_it), end)

    def _end(self, act: Act) -> str:
        return "" if act.suffix == NOW and not self._has_now else act.suffix

    def _filled(self, name: str, cells: Sequence[str]) -> bool:
        place = self._places.get(name)
        if place is None or not (text := cells[place].strip()):
            return False
        return not (self._signs and as_sign(text) in self._signs)

    def _happens(self, act: Act, cells: Sequence[str]) -> bool:
        names = [*act.own]
        if act.suffix and self._end(act):
            names += [f"{name}{act.suffix}" for name in OF_A_SITUATION]
        if act.command is c.DecideLiaison and not self._filled("date_fiche", cells):
            return False
        if act.command is c.Designate and not self._filled("date_commission", cells):
            return False
        return any(self._filled(name, cells) for name in names)

    def _for_enrolment(self, acts: Sequence[Act], cells: Sequence[str]) -> Sequence[str]:
        """The cells of the enrolment, without those that belong to another act of the row."""
        commands = {act.command for act in acts}
        taken: list[str] = []
        if c.AddLiaison in commands:
            taken += [*_DECISION, "reference_cirng", "flyer_remis"]
        if c.SetSituation in commands and not self._has_now:
            taken += OF_A_SITUATION
        # A fact of the process is never emptied by a cell: in a table of everything, it is unknown.
        taken += [name for name in _PROCESS if self._signs and not self._filled(name, cells)]
        blanked = {self._places[name] for name in taken if name in self._places}
        return ["" if place in blanked else cell for place, cell in enumerate(cells)]

    def _notes(self, acts: Sequence[Act], cells: Sequence[str]) -> list[Finding]:
        used = {name for act in acts for name in act.with_it} | {"droit_depuis"}
        handed = self.handed_on(cells)
        used |= {*handed, *(_BY_THE_REFERENT if "referent" in handed else ())}
        if c.AddLiaison not in {act.command for act in acts}:
            used |= {"prescripteur", "prescripteur_courriel", "reference_cirng", "flyer_remis"}
        names = dict.fromkeys(name for name in self._asides if name not in used)
        dated = any(act.command is c.SetSituation for act in acts)
        if self._has_entry and (self._has_now or not dated):
            names |= dict.fromkeys(OF_A_SITUATION)
        left = [
            in_sentence(FIELDS[plain_name(name)].label)
            for name in names
            if self._filled(name, cells)
        ]
        return [finding("champ_sans_acte", champs=label) for label in left]


def _named(findings: Sequence[Finding], act: str, known: Sequence[Finding] = ()) -> list[Finding]:
    """Name the act in its findings; a cell shared by two acts is reported once."""
    told = {(f.code, f.field) for f in known if f.field}
    return [in_act(f, act) for f in findings if (f.code, f.field) not in told]


def _without(note: Finding, names: Sequence[str]) -> Finding | None:
    """A note about cells left without an act, but for those of these fields."""
    if note.code != "champ_sans_acte":
        return note
    told = {FIELDS[name].label.lower() for name in names}
    left = [label for label in str(note.values["champs"]).split(", ") if label not in told]
    return finding("champ_sans_acte", champs=", ".join(left)) if left else None


def without_referent(note: Finding) -> Finding | None:
    """A note about cells left without an act, but for a référent who is designated after all."""
    return _without(note, _BY_THE_REFERENT)


def in_act(found: Finding, act: str) -> Finding:
    """Put the name of an act before the fact of a finding."""
    return found._replace(fact=f"{act} : {found.fact}" if found.fact else act)


def _ended(made: Sequence[c.Command]) -> list[c.Command]:
    """Turn a closing by refusal into its own command."""
    close = next((act for act in made if isinstance(act, c.Close)), None)
    if close is None or close.motif is not Motive.CONTRACT_REFUSED:
        return list(made)
    acts = [act for act in made if act is not close]
    said = {name: getattr(close, name) for name in OF_A_SITUATION}
    if any(said.values()):
        acts.append(c.SetSituation(dossier="-", date_situation=close.date_cloture, **said))
    refused = [act for act in acts if isinstance(act, c.RefuseContract)]
    others = [act for act in acts if not isinstance(act, c.RefuseContract)]
    return [*others, *(refused or [c.RefuseContract(dossier="-", date_refus=close.date_cloture)])]
