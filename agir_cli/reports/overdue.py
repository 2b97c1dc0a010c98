"""Who is late, who will be soon, and who waits with no running clock: SQL on `spans`.

The selections say what `domain.deadlines.late` and `runs` say (a property holds them
together), but for the number of rows they read: those of two partial indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.causes import (
    DATED,
    DIAGNOSIS,
    NATURES,
    OFII,
    REFERENT,
    STARTS,
    TEAM,
    WAITS,
)
from agir_cli.reports.selection import Filters, condition
from agir_cli.reports.sheet import Data, Section, Sheet, columns, prose
from agir_cli.reports.standing import still_asked
from agir_cli.reports.texts import (
    edtf_of,
    french_due,
    french_text,
    full_name,
    lateness,
    short_date,
    teach,
    unit_and_clock,
    weekday_date,
)

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

KINDS = ("contractualisation", "diagnostic", "entretien", "liaison", "terme")
RIGHT, TASK = "droit", "tache"
EVERY = (*KINDS, RIGHT, TASK)
"""The deadlines of dossiers, the last days of rights and papers, and tasks."""
WAITING = "attente"
_CASES = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(EVERY))
_RANK = f"CASE s.nature {_CASES} END"


class Line(NamedTuple):
    """One line of the report; dates are EDTF texts, empty where unknown or not applicable."""

    nature: str
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    referent: str | None
    depart: str
    date_depart: str
    echeance: str
    retard_jours: int | None
    certitude: str
    rdv: str | None
    absences: int | None
    a_faire: str
    telephone: str | None = None
    key: tuple[str, str, str, str] = ("", "", "", "")
    """What names this deadline from one night to the next: dossier's id, nature, cause, first
    possible last day (empty for a wait)."""

    @property
    def late(self) -> bool:
        """Whether its last day is past, for certain or perhaps."""
        return self.retard_jours is not None and self.retard_jours > 0


COLUMNS = Line._fields[:-2]
"""The report's columns. ``retard_jours``: days after ``echeance``, negative before it."""

_VISIT = """CASE
    WHEN s.nature IN ('contractualisation', 'diagnostic') THEN s.nature
    WHEN s.cause IN ('rdv_diagnostic', 'absence_diagnostic', 'cir_inconnu',
        'orientation_sans_jour', 'decision_sans_jour') THEN 'diagnostic'
    WHEN s.cause IN ('commission', 'absence_contrat') AND s.nature = 'attente'
    THEN 'contractualisation' END"""


def _last(column: str) -> str:
    """SQL: the last possible day of an EDTF text; a plain day is one (and costs no call)."""
    return f"CASE WHEN length({column}) = 10 THEN {column} ELSE latest_day({column}) END"


# Appointments and absences as they stood that day. The waits that follow absences keep their days.
_BOOKED = f"""(SELECT a.jour || coalesce(' ' || a.heure, '') FROM appointments AS a
    WHERE a.dossier = s.dossier AND a.nature = {_VISIT}
    AND (a.inscrit_le IS NULL OR {_last("a.inscrit_le")} <= :day)
    AND (a.absent_le IS NULL OR {_last("a.absent_le")} > :day)
    ORDER BY a.rang DESC LIMIT 1)"""
_ABSENCES = f"""(SELECT count(*) FROM spans AS w
    WHERE w.dossier = s.dossier AND w.nature = 'attente' AND w.depart_max <= :day
    AND w.cause = CASE {_VISIT} WHEN 'diagnostic' THEN 'absence_diagnostic'
    ELSE 'absence_contrat' END)"""

_CERTAIN = f"""(s.echeance_max < :day AND (s.fin_min IS NULL OR s.fin_min > :day)
    AND (s.nature <> 'entretien' OR {still_asked("min")}))"""
_SURELY_RUNS = (
    "((s.depart_max IS NULL OR s.depart_max <= :day) AND (s.fin_min IS NULL OR s.fin_min > :day))"
)

_SELECT = f"""SELECT s.nature, s.cause, d.dossier, p.nom, p.prenoms, d.departement,
    CASE WHEN d.commission_max <= :day THEN coalesce(r.nom, d.referent) END,
    s.depart_min, s.depart_max, s.echeance_min, s.echeance_max, s.fin_min, s.fin_max,
    {{certain}} AS certain,
    CAST(julianday(:day) - julianday(CASE WHEN {{certain}} THEN s.echeance_max
        ELSE s.echeance_min END) AS INTEGER) AS days,
    {_BOOKED}, CASE WHEN {_VISIT} IS NOT NULL THEN {_ABSENCES} END, p.telephone,
    CASE s.fin_max WHEN d.contrat_max THEN 'contrat' WHEN d.diagnostic_max THEN 'diagnostic'
        WHEN d.cloture_max THEN 'cloture' WHEN d.commission_max THEN 'commission' END, s.dossier
FROM spans AS s CROSS JOIN dossiers AS d ON d.id = s.dossier
LEFT JOIN people AS p ON p.id = d.personne LEFT JOIN referents AS r ON r.code = d.referent
WHERE s.nature IN ({{natures}}) AND (s.depart_min IS NULL OR s.depart_min <= :day)
    AND {{which}}{{filters}}"""

_LATE = f"s.echeance_min < :day AND (s.nature <> 'entretien' OR {still_asked('max')})"
_SOON = "s.echeance_min >= :day AND s.echeance_min <= :until"
_NO_CLOCK = "s.echeance_min IS NULL"
_STILL_RUNNING = "s.fin_max IS NULL"
# A span late on a day ended, if it did, after its last day in time: few did.
_ENDED_LATER = "s.fin_max > :day AND s.fin_max > s.echeance_min"
_WAIT_ENDED_LATER = "s.fin_max > :day"


class Question(NamedTuple):
    """What is asked: the day, the kinds of deadline, and of whom; ``words``: those of tasks too."""

    day: date
    kinds: Sequence[str] = KINDS
    filters: Filters = Filters()
    words: bool = True


class Found(NamedTuple):
    """What a report found on a day: late, soon due, waiting with no clock."""

    day: date
    late: Iterable[Line]
    soon: Iterable[Line] = ()
    waits: Iterable[Line] = ()


def late(connection: Connection, question: Question) -> Iterator[Line]:
    """Every span late that day, by kind; the certain ones first, the longest late first."""
    order = f"{_RANK}, certain DESC, days DESC, 3"
    yield from _lines(connection, question, (_LATE, _CERTAIN), _ENDED_LATER, order)
    yield from (line for line in _tasks(connection, question) if line.late)


def notices(connection: Connection, question: Question, until: date) -> Iterator[tuple[Line, date]]:
    """The rights and papers not over on the day, told from a day up to ``until``; that day."""
    asked = question._replace(kinds=(RIGHT,))
    coming = list(soon(connection, asked, until + _LONGEST_NOTICE))
    if coming:
        from agir_cli.domain.dates import from_edtf
        from agir_cli.domain.deadlines import told_from
        from agir_cli.store.settings import rulebook_of

        clocks = rulebook_of(connection).clocks
        for line in coming:
            day = told_from(line.key[2], from_edtf(line.echeance), clocks)
            if day <= until:
                yield line, day


_LONGEST_NOTICE = timedelta(days=732)


def soon(connection: Connection, question: Question, until: date) -> Iterator[Line]:
    """Every running span not late that day and due by ``until`` included, the nearest first.

    ``possible``: its last day may be later than ``until``, or it may have ended.
    """
    certain = f"(s.echeance_max <= :until AND {_SURELY_RUNS})"
    order = f"{_RANK}, s.echeance_min, 3"
    yield from _lines(connection, question, (_SOON, certain), _WAIT_ENDED_LATER, order, until)
    last = until.isoformat()
    yield from (
        line for line in _tasks(connection, question) if not line.late and line.key[3] <= last
    )


def _tasks(connection: Connection, question: Question) -> Iterator[Line]:
    """The tasks, and what else of the network has a day, the most pressing first."""
    if TASK not in question.kinds:
        return
    if connection.execute(_ANY_ACTION).fetchone() is None:
        return  # most files have none, and need not know how they are read
    from agir_cli.reports.network import due_tasks

    for each in due_tasks(connection, question.day, question.filters):
        on, day = each.due, question.day
        certain = on.latest < day or (on.earliest >= day and on.exact)
        days = (day - (on.latest if on.latest < day else on.earliest)).days
        who = each.responsable or TEAM
        what = each.objet if question.words else f"tâche {each.action}"
        yield Line(
            TASK, each.dossier, each.nom, each.prenoms, each.departement, each.responsable, what,
            "", edtf_of(on.earliest.isoformat(), on.latest.isoformat()), days,
            "certain" if certain else "possible", None, None, f"{who} : {each.command}",
            key=(each.owner, TASK, each.action, on.earliest.isoformat()),
        )  # fmt: skip


_ANY_ACTION = "SELECT 1 FROM events WHERE kind = 'action_recorded' LIMIT 1"


def waiting(connection: Connection, question: Question) -> Iterator[Line]:
    """Who waits that day with no running clock, the oldest first, an unknown start before all."""
    asked = question._replace(kinds=(WAITING,))
    order = "s.depart_max IS NOT NULL, s.depart_max, 3"
    yield from _lines(connection, asked, (_NO_CLOCK, _SURELY_RUNS), _WAIT_ENDED_LATER, order)


def _lines(
    connection: Connection,
    question: Question,
    which: tuple[str, str],
    ended_later: str,
    order: str,
    until: date | None = None,
) -> Iterator[Line]:
    """The spans of these kinds: ``which`` are selected, which of them are so for certain (SQL)."""
    teach(connection)
    selected, certain = which
    asked = condition(question.filters)
    values = {"day": question.day.isoformat(), "until": (until or question.day).isoformat()}
    parts = [
        _SELECT.format(
            certain=certain,
            natures=", ".join(f"'{nature}'" for nature in question.kinds),
            which=f"{selected} AND {end}",
            filters=asked.sql,
        )
        for end in (_STILL_RUNNING, ended_later)
    ]
    query = f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS s ORDER BY {order}"
    day = values["day"]
    for row in connection.execute(query, values | asked.values):
        yield _line(connection, row, day)


def _line(connection: Connection, row: Sequence[Any], day: str) -> Line:
    (
        nature, cause, dossier, nom, prenoms, departement, referent, start_min, start_max,
        due_min, due_max, end_min, end_max, certain, days, booked, absences, telephone,
        end_event, id_,
    ) = row  # fmt: skip
    waits = nature == WAITING
    if waits and cause == "contrat_imprecis":
        number = _event_number(connection, id_, "contrat", start_min, start_max)
        to_do = precision_task(nature, "contrat", dossier, number)
    elif certain or waits or due_min >= day or nature == RIGHT:
        to_do = task(nature, cause, dossier, booked=booked is not None, month=day[:7])
    else:
        if due_max >= day:
            vague = (cause, start_min, start_max)
        elif end_max is not None:
            vague = (end_event or _met(connection, id_, end_min, end_max), end_min, end_max)
        else:  # an interview that may still be asked for, or not: the right has perhaps ended
            vague = connection.execute(_BEGAN, (id_,)).fetchone()
        number = _event_number(connection, id_, *vague)
        to_do = precision_task(nature, vague[0], dossier, number)
    return Line._make((
        nature, dossier, nom, prenoms, departement, referent,
        (WAITS if waits else STARTS)[cause].told,
        start_min if start_min == start_max and start_min else edtf_of(start_min, start_max),
        due_min if due_min == due_max and due_min else edtf_of(due_min, due_max),
        None if waits else days, "certain" if certain else "possible",
        booked, absences, to_do, telephone, (id_, nature, cause, due_min or ""),
    ))  # fmt: skip


NOT_VOIDED = """e.id NOT IN (SELECT json_extract(v.payload, '$.event') FROM events AS v
        WHERE v.dossier = e.dossier AND v.kind = 'event_voided')"""
"""SQL: whether the event ``e`` still stands."""

# The short number of an event: its place in the order in which the dossier's were recorded.
_PLACE = """SELECT (SELECT count(*) FROM events AS b WHERE b.dossier = e.dossier
        AND (b.recorded_at, b.id) <= (e.recorded_at, e.id))
FROM events AS e"""
EVENT_NUMBER = f"""({_PLACE} WHERE e.dossier = d.id AND e.kind = {{}} AND {NOT_VOIDED}
    ORDER BY e.id DESC LIMIT 1)"""
"""SQL: the short number of the last event of a kind that stands in the dossier ``d``."""
_NUMBER = f"""{_PLACE}
WHERE e.dossier = ? AND e.effective_from = ? AND e.effective_to = ?
    AND e.kind IN (SELECT value FROM json_each(?))
    AND {NOT_VOIDED}
ORDER BY e.id DESC LIMIT 1"""


_BEGAN = "SELECT cause, depart_min, depart_max FROM spans WHERE dossier = ? AND nature = 'terme'"
"""SQL: with what, and when, the right of a dossier began."""


def _met(connection: Connection, dossier: str, first: str, last: str) -> str:
    """What a follow-up interview was answered by: it was held, or the person was excused."""
    held = _event_number(connection, dossier, "entretien", first, last)
    return "excuse" if held is None else "entretien"


def _event_number(
    connection: Connection, dossier: str, event: str | None, first: str, last: str
) -> int | None:
    from json import dumps

    kinds = dumps(DATED[event].kinds if event in DATED else ())
    row = connection.execute(_NUMBER, (dossier, first, last, kinds)).fetchone()
    return int(row[0]) if row else None


# --- what each late deadline or wait asks for --------------------------------------------


_ANSWER = f"{OFII} : agir liaison decide {{}} --decision-ofii validee --on JOUR"


def task(nature: str, cause: str, reference: str, *, booked: bool, month: str) -> str:
    """Who must act on a late or waiting line, and what to type.

    ``booked``: an appointment is pending. ``month``: that of the listing to send (``2023-10``).
    """
    if nature == WAITING:
        pattern = WAITS[cause].act
    elif nature == "diagnostic":
        pattern = f"{DIAGNOSIS.to_hold}JOUR" if booked else DIAGNOSIS.to_book
    elif nature == "liaison":
        pattern = f"{TEAM} : agir liaison send --month {month}" if cause == "fiche" else _ANSWER
    else:
        pattern = NATURES[nature].act.replace("DROIT", cause)
    return pattern.format(reference)


def precision_task(nature: str, event: str | None, reference: str, number: int | None) -> str:
    """Which date to make precise so that a possible lateness becomes certain, or none.

    ``number``: the short number of the event (that of ``agir show --events``), where found.
    """
    who = OFII if nature == "liaison" else (TEAM if nature == "diagnostic" else REFERENT)
    if event == "premier_contrat":
        return f"{who} : préciser la date du contrat, dans le premier dossier : agir find NOM"
    date_of = DATED[event].of if event in DATED else "de fin"
    return (
        f"{who} : préciser la date {date_of} :"
        f' agir correct {reference} {number or "N°"} --on JOUR --reason "…"'
    )


# --- from one night to the next: what is new, what stays, what was resolved --------------

Key = tuple[str, str, str, str]


class Resolved(NamedTuple):
    """A deadline late at the last run and no longer: whose, which, and where the dossier is."""

    dossier: str
    nom: str | None
    prenoms: str | None
    nature: str
    etape: str


class Since(NamedTuple):
    """What changed since the last recorded run of the same question."""

    day: date | None
    """The day of that run; ``None`` when there was none: everything is then new."""
    new: tuple[Line, ...]
    still: tuple[Line, ...]
    resolved: tuple[Resolved, ...]


def scope(question: Question) -> str:
    """The name under which runs of one question are compared: its kinds and its filters."""
    asked = [f"{name}={value}" for name, value in question.filters.items()]
    return " ".join(["overdue", ",".join(sorted(question.kinds)), *asked])


def since_last_run(connection: Connection, question: Question, late: Sequence[Line]) -> Since:
    """Compare the late lines of today with those of the last recorded run."""
    run = connection.execute(
        "SELECT id, jour FROM runs WHERE rapport = ? ORDER BY id DESC LIMIT 1", (scope(question),)
    ).fetchone()
    if run is None:
        return Since(None, tuple(late), (), ())
    before = set(
        connection.execute(
            "SELECT dossier, nature, cause, echeance_min FROM run_lines WHERE run = ?", run[:1]
        )
    )
    gone = before - {line.key for line in late}
    return Since(
        date.fromisoformat(run[1]),
        tuple(line for line in late if line.key not in before),
        tuple(line for line in late if line.key in before),
        tuple(sorted(_resolved(connection, key) for key in gone)),
    )


def _resolved(connection: Connection, key: Key) -> Resolved:
    row = connection.execute(
        "SELECT d.dossier, p.nom, p.prenoms, ?, d.etape FROM dossiers AS d"
        " LEFT JOIN people AS p ON p.id = d.personne WHERE d.id = ?",
        (key[1], key[0]),
    ).fetchone()
    return Resolved._make(row) if row else Resolved(key[0], None, None, key[1], "")


# --- the sheet ---------------------------------------------------------------------------

NOBODY = "sans référent"


def _nature(code: str) -> str:
    from agir_cli.domain.vocabulary import Nature

    return Nature(code).label


def _stage(code: str) -> str:
    from agir_cli.domain.vocabulary import Stage

    return Stage(code).label if code else ""


_KNOWN = columns(COLUMNS, {"nature": _nature, "echeance": french_due})
_RESOLVED = columns(
    ("dossier", "nom", "prenoms", "delai", "etape"), {"delai": _nature, "etape": _stage}
)
_USUAL = COLUMNS[1:]
_OF_WAITS = tuple(n for n in _USUAL if n not in ("echeance", "retard_jours", "certitude"))
"""The title says the kind; a wait has no last day."""


def sheet(
    connection: Connection, found: Found, since: Since | None = None, *, by_referent: bool = False
) -> Sheet:
    """Who is late, by kind, then the soon due, then who waits.

    ``since``: what changed since the last run, the new ones being all that a machine gets.
    ``by_referent``: each référent's, one after the other.
    """
    late = found.late if since is None else since.new
    return Sheet(
        title=f"Retards au {weekday_date(found.day)}",
        notes=unit_and_clock(connection, found.day, "échéance"),
        sections=_sections(found, since, by_referent),
        data=Data(_KNOWN, chain(late, found.soon, found.waits)),
        nothing="Aucun retard, et personne n'attend sans échéance.",
    )


def _sections(found: Found, since: Since | None, by_referent: bool) -> Iterator[Section]:
    found = Found(found.day, *map(list, found[1:]))
    if by_referent:
        for name, own in digests(found):
            for section in parts(own):
                yield section._replace(title=f"{name} — {section.title}")
    elif since is None or since.day is None:
        yield from parts(found)
    else:
        news = f"Nouveaux retards depuis le {short_date(since.day)} : {len(since.new)}"
        yield Section(news, _KNOWN, since.new, _USUAL)
        yield Section(f"Toujours en retard : {len(since.still)}", _KNOWN, since.still, _USUAL)
        yield from parts(found._replace(late=()))
        yield Section(f"Plus en retard : {len(since.resolved)}", _RESOLVED, since.resolved)


def parts(found: Found) -> Iterator[Section]:
    """The late by kind, then the soon due, then who waits; empty ones included."""
    late, soon, waits = map(list, found[1:])
    for kind in EVERY:
        some = [line for line in late if line.nature == kind]
        yield Section(f"{_nature(kind)} : {_counted(some)}", _KNOWN, some, _USUAL)
    yield Section(f"Bientôt à échéance : {len(soon)}", _KNOWN, soon, _USUAL)
    yield Section(f"En attente, sans délai qui court : {len(waits)}", _KNOWN, waits, _OF_WAITS)


def for_mail(sections: Iterable[Section], *, names: bool) -> Iterator[Section]:
    """The same as lines that a mail has room for; ``names``: of the persons too."""
    for section in sections:
        rows = [line for line in section.rows if isinstance(line, Line)]
        told = [text for line in rows for text in _mailed(line, names=names)]
        yield prose(section.title, told)


def _mailed(line: Line, *, names: bool) -> Iterator[str]:
    """One line of the report: whose and how late; since when; what to do."""
    whose = f" {full_name(line.nom, line.prenoms)}" if names else ""
    start = started(line)
    follows = f" ; référent : {line.referent}" if line.referent else ""
    if line.retard_jours is None:
        yield f"{line.dossier}{whose} — {start}{follows}"
    else:
        late = lateness(line.retard_jours, certain=line.certitude == "certain")
        yield f"{line.dossier}{whose} — {late} ; dernier jour : {french_due(line.echeance)}"
        yield f"  {start}{follows}"
    if line.rdv:
        yield f"  RDV pris : {french_text(line.rdv)}"
    yield f"  {line.a_faire}"


def started(line: Line) -> str:
    """What a deadline counts from, and since when; of a task or a right, what it is."""
    if line.nature in (TASK, RIGHT):
        return line.depart
    return f"{line.depart} : {french_text(line.date_depart) or 'date inconnue'}"


def _counted(late: Sequence[Line]) -> str:
    possible = sum(line.certitude == "possible" for line in late)
    certain = len(late) - possible
    told = [f"{certain} en retard"] if certain else []
    if possible:
        told.append(f"{possible} peut-être en retard")
    return ", ".join(told)


def digests(found: Found) -> Iterator[tuple[str, Found]]:
    """What concerns each référent, by name; the dossiers without one (`NOBODY`) come last."""
    lists = [list(some) for some in found[1:]]
    names = {line.referent for line in chain(*lists)}
    for name in sorted(names, key=lambda name: (name is None, name or "")):
        own = [[line for line in some if line.referent == name] for some in lists]
        yield name or NOBODY, Found(found.day, *own)
