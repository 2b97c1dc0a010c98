"""The rules that apply, with their sources: `agir rules`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, option, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say, tell
from agir_cli.cli.session import Session, visitor_of
from agir_cli.domain.dates import french_day
from agir_cli.domain.eligibility import CODES, CRITERIA, REASON_OF
from agir_cli.domain.reasons import REASONS
from agir_cli.domain.rules import Clock, Criterion, MotiveRule, Rulebook, RuleSet, Stretch, coverage
from agir_cli.domain.vocabulary import Status
from agir_cli.failures import RowsFailure, UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.domain.rules import Target
    from agir_cli.reports.sheet import Sheet
    from agir_cli.usecases.upkeep import Ruling

app = Commands()


@made(app, "rules", printed=True)
def rules(
    session: Session,
    printed: Printed,
    *,
    add: str | None = option("FICHIER", "Ajouter une règle (TOML) à ce fichier."),
    contract_clock: str | None = option(
        "DÉPART", "Départ des trois semaines : commission, diagnostic."
    ),
    targets: str | None = option(
        "FICHIER", "Ajouter les objectifs de la convention (CSV, classeur ou TOML)."
    ),
    interview_cadence: str | None = option(
        "CADENCE", "D'où l'on compte les deux mois des entretiens : glissante, ancree."
    ),
) -> None:
    """Montrer les règles, les délais et les motifs appliqués, avec leurs sources.

    Exemples :
      agir rules
      agir rules add criteres-2026.toml
      agir rules check
      agir rules explain annee_cir
      agir rules --contract-clock diagnostic
      agir rules --interview-cadence ancree
      agir rules --targets objectifs.csv
    """
    from agir_cli.cli.render import show_rows

    form = printed.form
    if add is not None:
        _add_rule_set(session, add, "--add")
    elif contract_clock is not None:
        _set_contract_clock(session, contract_clock)
    elif targets is not None:
        _add_targets(session, targets)
    elif interview_cadence is not None:
        _set_cadence(session, interview_cadence)
    else:
        book = rules_in_force(session)
        aims = _targets(session)
        show_rows(session, _rules_sheet(book, aims), form, lambda: _show_rules(book, aims))


def _targets(session: Session) -> Sequence[Target]:
    """The targets that the team has added, where there is a file."""
    if not session.db.exists():
        return ()
    from agir_cli.usecases.upkeep import targets_of

    return targets_of(visitor_of(session))


def _rules_sheet(book: Rulebook, aims: Sequence[Target]) -> Sheet:
    from agir_cli.reports.sheet import columns, one_list

    names = ("nature", "code", "intitule", "regle", "debut", "fin", "source")
    known = columns(names, debut="Du", fin="Au")
    rows: list[tuple[str, ...]] = [
        ("critere", f"{s.code}:{criterion.code}", CRITERIA[criterion.code], criterion.reading,
         s.start.isoformat(), s.end.isoformat() if s.end else "", str(criterion.source))
        for s in book.rule_sets
        for criterion in s.criteria.values()
    ]  # fmt: skip
    rows += [
        ("delai", clock.name, clock.told, _length(clock), clock.since.isoformat(), "",
         str(clock.source))
        for clocks in book.clocks.by_name.values()
        for clock in clocks
    ]  # fmt: skip
    rows += [
        ("motif", m.motive.value, m.motive.label, _finality(m), "", "", str(m.source))
        for m in book.motives.values()
    ]
    rows += [
        ("objectif", f"{t.department}:{t.measure}", str(t.value), "", f"{t.year}-01-01",
         f"{t.year}-12-31", t.source)
        for t in aims
    ]  # fmt: skip
    return one_list("Règles, délais et motifs appliqués", known, rows)


def _show_rules(book: Rulebook, aims: Sequence[Target]) -> None:
    for rule_set in book.rule_sets:
        tell(f"{rule_set.title} ({rule_set.code}){_whose(rule_set)}")
        tell(f"  {rule_set.days[0].upper()}{rule_set.days[1:]}", f"  {_opened(rule_set)}")
        for criterion in rule_set.criteria.values():
            _tell_criterion(criterion, whole=False)
        tell(*(f"  {line}" for line in _beside_criteria(rule_set)))
        print()
    _show_clocks(book)
    _show_motives(book)
    if aims:
        print()
        tell("Objectifs de la convention")
    for t in aims:
        tell(f"  {t.year}, {t.department}, {t.measure} : {t.value} ; source : {t.source}")


def rules_in_force(session: Session) -> Rulebook:
    """The rules of the team's file; those shipped where there is no file yet."""
    if session.db.exists():
        from agir_cli.usecases.upkeep import rules_of

        return rules_of(visitor_of(session))
    from agir_cli.store.rulebook import shipped

    return shipped()


def read_rule_file(source: str, named: str) -> tuple[str, str]:
    """The text of a rule file, and its name; ``named``: the option or word it was given by."""
    from pathlib import Path

    from agir_cli.failures import reason_of

    try:
        if source == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig"), "entrée standard"
        return Path(source).read_bytes().decode("utf-8-sig"), Path(source).name
    except UnicodeDecodeError:
        raise UsageFailure(f"{named} : « {source} » n'est pas du texte en UTF-8.") from None
    except (OSError, ValueError) as error:
        why = reason_of(error) if isinstance(error, OSError) else "nom impossible"
        raise UsageFailure(f"{named} : « {source} » ne peut pas être lu : {why}.") from None


def _add_rule_set(session: Session, source: str, named: str) -> None:
    from agir_cli.usecases.upkeep import add_rule_set

    ruling = add_rule_set(visitor_of(session), *read_rule_file(source, named))
    instead = f", à la place de celle {ruling.replaces}" if ruling.replaces else ""
    say(session, f"« {ruling.code} » : ajouté au fichier{instead} ; les dossiers sont recalculés.")
    for department, gap in _gaps(ruling):
        days = f"du {french_day(gap.start)} au {french_day(gap.end)}"
        say(session, f"À noter : dans le {department}, aucune règle n'est connue {days}.")


def _gaps(ruling: Ruling) -> Iterator[tuple[str, Stretch]]:
    """The days without a rule beside a rule-set, from the first to the last that one covers."""
    for department in ruling.departments if ruling.rule_set else ():
        known = (*ruling.before.rule_sets, *ruling.book.rule_sets)
        days = [
            d for r in known if department in r.departments for d in (r.start, r.end or r.start)
        ]
        for stretch in coverage(ruling.book.rule_sets, department, min(days), max(days)):
            if not stretch.codes:
                yield department, stretch


@made(app.group("rules"), "add")
def add(
    session: Session, *, source: str = word("FICHIER", "La règle, ou les délais (TOML).")
) -> None:
    """Ajouter une règle d'entrée, ou des délais, au fichier de l'équipe.

    Une faute est dite avec sa ligne, et rien ne change. Le même code remplace la règle de ce code.

    Exemples :
      agir rules add criteres-2026.toml
      agir rules add delais.toml
    """
    _add_rule_set(session, source, "FICHIER")


@made(app.group("rules"), "remove")
def remove(
    session: Session, *, code: str = word("CODE", "Le code d'une règle de l'équipe.")
) -> None:
    """Retirer une règle que l'équipe a ajoutée.

    Exemples :
      agir rules remove criteres-2026
    """
    from agir_cli.usecases.upkeep import remove_rule_set

    again = remove_rule_set(visitor_of(session), code)
    holds = " ; celle du programme vaut à nouveau" if again else ""
    say(session, f"Règle « {code} » retirée{holds} ; dossiers recalculés.")


# --- agir rules check --------------------------------------------------------------------


_FIRST, _LAST = date(2022, 1, 1), date(2027, 12, 31)
"""The days that `agir rules check` walks."""
_STATES = ("non couvert", "couvert", "doublement couvert")


@made(app.group("rules"), "check", printed=True)
def check(
    session: Session,
    printed: Printed,
    *,
    source: str | None = word("[FICHIER]", "Une règle à vérifier, sans l'ajouter.", required=False),
) -> None:
    """Vérifier les règles : jours couverts, sans règle, couverts deux fois, de 2022 à 2027.

    Avec un fichier, le vérifier comme s'il était ajouté : chaque faute, avec sa ligne.

    Exemples :
      agir rules check
      agir rules check criteres-2026.toml
    """
    from agir_cli.cli.render import show
    from agir_cli.reports.sheet import Data, Section, Sheet, columns

    form, book, also = printed.form, rules_in_force(session), list[str]()
    if source is not None:
        from agir_cli.usecases.upkeep import ruling_of

        ruling = ruling_of(visitor_of(session), *read_rule_file(source, "FICHIER"))
        also, book = ruling.departments, ruling.book._replace(departments=book.departments)
        instead = f" ; elle remplacerait celle {ruling.replaces}" if ruling.replaces else ""
        say(session, f"« {ruling.code} » : aucune faute, pas encore ajoutée{instead}.")
    known = columns(("nature", "departement", "debut", "fin", "jours", "etat", "regle"),
                    debut="Du", fin="Au")  # fmt: skip
    rows, clocks = [*_covered(book, also)], [*_clock_days(book)]
    bare, twice = ({row[1] for row in rows if row[5] == _STATES[n]} for n in (0, 2))
    show(session, Sheet(
        title=f"Jours couverts par une règle, du {french_day(_FIRST)} au {french_day(_LAST)}",
        sections=[Section("Critères", known[1:], [row[1:] for row in rows]),
                  Section("Délais : chacun sans trou, sans fin",
                          (known[6], *known[2:6]), [(r[6], *r[2:6]) for r in clocks])],
        below=[], data=Data(known, [*rows, *clocks]),
    ), form)  # fmt: skip
    if bare:
        say(session, f"Jours sans règle : {', '.join(sorted(bare))} (l'OFII décide).")
    say(session, f"Jours couverts deux fois : {', '.join(sorted(twice)) or 'aucun'}.")


def _covered(book: Rulebook, also: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for department in sorted({*book.served, *also}):
        for start, end, codes in coverage(book.rule_sets, department, _FIRST, _LAST):
            state = _STATES[min(len(codes), 2)]
            days = str((end - start).days + 1)
            yield ("critere", department, start.isoformat(), end.isoformat(), days, state,
                   " + ".join(codes))  # fmt: skip


def _clock_days(book: Rulebook) -> Iterator[tuple[str, ...]]:
    for name, versions in book.clocks.by_name.items():
        for clock, following in zip_longest(versions, versions[1:]):
            # What began before the first is reckoned by it: a clock has no gap.
            start = _FIRST if clock is versions[0] else max(clock.since, _FIRST)
            end = following.since - timedelta(days=1) if following else _LAST
            if start <= end:
                days = str((end - start).days + 1)
                yield ("delai", "", start.isoformat(), end.isoformat(), days, _STATES[1], name)


# --- agir rules explain ------------------------------------------------------------------


LOOKED_AT = {
    "status": ("statut", "rejoint"),
    "territory": ("commune_residence", "commune_domicile"),
    "need": ("situation_professionnelle", "situation_logement"),
    "cir_year": ("date_cir", "date_orientation"),
    "window": ("date_statut", "date_cir", "date_orientation"),
    "freeze": ("date_orientation",),
    "wish": ("orientation", "souhait"),
}
"""The fields that each criterion looks at."""


@made(app.group("rules"), "explain")
def explain(
    session: Session, *, code: str = word("CODE", "Une règle, un critère ou un délai.")
) -> None:
    """Expliquer une règle, un critère ou un délai : ce qu'il teste, depuis quand, ce qu'il change.

    Exemples :
      agir rules explain 2023-44-85
      agir rules explain annee_cir
      agir rules explain contractualisation
    """
    book = rules_in_force(session)
    wanted = code.strip()
    set_code, _, name = wanted.rpartition(":")
    machine = {said: each for each, said in CODES.items()}
    name = machine.get(name, name)
    chosen = [rules for rules in book.rule_sets if set_code in ("", rules.code)]
    found = next((rules for rules in book.rule_sets if rules.code == wanted), None)
    if found is not None:
        _explain_rule_set(session, book, found)
    elif any(name in rules.criteria for rules in chosen):
        _explain_criterion(session, book, name, [r for r in chosen if name in r.criteria])
    elif wanted in book.clocks.by_name:
        _show_clock(book.clocks.by_name[wanted])
        first = french_day(book.clocks.by_name[wanted][0].since)
        tell(f"  Depuis quand : {first}, sans fin ; un départ d'avant est compté de même.")
    elif name in CRITERIA and name in LOOKED_AT:
        tell(f"{CRITERIA[name]} ({name}) : aucune règle de ce fichier ne le teste.", _fields(name))
    else:
        known = [
            *(r.code for r in book.rule_sets),
            *LOOKED_AT,
            *CODES.values(),
            *book.clocks.by_name,
        ]
        from agir_cli.reports.selection import not_admitted

        raise not_admitted("La règle", code, known)


def _explain_rule_set(session: Session, book: Rulebook, rules: RuleSet) -> None:
    tell(f"{rules.title} ({rules.code}){_whose(rules)}")
    tell(f"Depuis quand : {rules.days} (demandes reçues ces jours-là)", _opened(rules), "")
    tell("Ce qu'elle teste")
    for criterion in rules.criteria.values():
        _tell_criterion(criterion)
    for line in _beside_criteria(rules):
        tell(f"  {line}")
    others = book._replace(rule_sets=tuple(r for r in book.rule_sets if r is not rules))
    if not session.db.exists():
        return
    from agir_cli.usecases.precheck import assessments

    looked, judged, answers = 0, 0, Counter[str]()
    changes = 0
    for each in assessments(visitor_of(session), book, others):
        looked += 1
        if each.before.rules is rules:
            judged += 1
            answers[each.before.precheck.value] += 1
            changes += each.changed
    told = f"  Elle juge {judged} {plural(judged, 'dossier')} sur {looked} : {_counted(answers)}."
    tell("", "Ce qu'elle change dans ce fichier", told)
    if judged:
        tell(f"  Sans elle, la réponse ou la voie serait autre pour {changes}.")


def _explain_criterion(
    session: Session, book: Rulebook, name: str, chosen: Sequence[RuleSet]
) -> None:
    tell(f"{CRITERIA[name]} ({name}, {CODES[name]})", _fields(name), "")
    for rules in chosen:
        tell(f"{rules.title} ({rules.code}){_whose(rules)}", f"  Depuis quand : {rules.days}")
        _tell_criterion(rules.criteria[name])
    reason = REASONS[REASON_OF[name]]
    tell("", "Ce qu'il change", f"  Un « non » : {reason.sentence} ({reason.code})",
         "  L'OFII décide : sa décision l'emporte. Un fait inconnu ne refuse jamais.")  # fmt: skip
    if not session.db.exists():
        return
    from agir_cli.usecases.precheck import assessments

    answers = Counter[str]()
    for each in assessments(visitor_of(session), book, book):
        if each.before.rules in chosen:
            answers.update(a.verdict.value for a in each.before.answers if a.criterion == name)
    tell(f"  Dans ce fichier : {_counted(answers)}.")


def _counted(answers: Counter[str]) -> str:
    return ", ".join(f"{answers[word]} {word}" for word in ("oui", "non", "inconnu"))


def _fields(name: str) -> str:
    from agir_cli.domain.fields import FIELDS

    return f"Faits regardés : {', '.join(FIELDS[each].label for each in LOOKED_AT[name])}"


def _tell_criterion(criterion: Criterion, *, whole: bool = True) -> None:
    told = parameters_told(criterion)
    tell(f"  {CRITERIA[criterion.code]} : {criterion.reading or told}")
    if whole and told and criterion.reading:
        tell(f"      Paramètres : {told}")
    checked = french_day(criterion.source.checked_on)
    tell(f"      Source : {criterion.source} (vérifié le {checked})")


def parameters_told(criterion: Criterion) -> str:
    """The parameters of a criterion in French."""
    given = criterion.parameters
    match criterion.code:
        case "status":
            return ", ".join(Status(code).label for code in given["admitted"])
        case "cir_year":
            direct, liaison = given.get("years_direct", 0), given.get("years_liaison", 1)
            return (
                f"année de la demande moins celle du CIR : {direct} (voie N), {liaison} (voie N-1)"
            )
        case "window":
            what = "CIR" if given["anchor"] == "cir" else "protection"
            if "under_months" in given:
                return f"{what} de moins de {given['under_months']} mois au jour de la demande"
            years = given["calendar_years"]
            return f"{what} de l'année de la demande, ou de {years} {plural(years, 'année')} avant"
        case "need":
            lacking = given.get("lacking", "one")
            return {"one": "", "both": "les deux manquent"}.get(lacking, f"{lacking} qui manque")
        case "freeze":
            days = ((word, given.get(key)) for word, key in (("du", "start"), ("au", "end")))
            return " ".join(f"{word} {french_day(day)}" for word, day in days if day)
        case _:
            return ""


def _whose(rules: RuleSet) -> str:
    from agir_cli.store.rulebook import shipped

    return "" if rules in shipped().rule_sets else ", règle de l'équipe"


def _opened(rules: RuleSet) -> str:
    opened = (f"{d} ouvert le {french_day(o)}" for d, o in sorted(rules.departments.items()))
    return f"Départements : {', '.join(opened)}"


def _beside_criteria(rules: RuleSet) -> Iterator[str]:
    """What a rule-set says beside its criteria: the commission, the places."""
    if rules.commission_source is not None:
        held = "une commission désigne le référent" if rules.commission else "pas de commission"
        yield f"Commission : {held} [{rules.commission_source}]"
    if rules.places is not None:
        most = ", ".join(f"{n} dans le {d}" for d, n in rules.places.by_department.items())
        yield f"Places : {most} ; un plafond ne refuse personne [{rules.places.source}]"


def _set_contract_clock(session: Session, start: str) -> None:
    from agir_cli.store.settings import CONTRACT_START
    from agir_cli.usecases.upkeep import CONTRACT_STARTS, read_clock_as

    if start not in CONTRACT_STARTS:
        raise UsageFailure(f"--contract-clock : {' ou '.join(CONTRACT_STARTS)}.")
    read_clock_as(visitor_of(session), CONTRACT_START, start)
    say(session, f"Les trois semaines partent maintenant de : {start} ; dossiers recalculés.")


def _add_targets(session: Session, source: str) -> None:
    """Add the targets of a file: every one of them, or none, each fault with its line."""
    from agir_cli.domain.places import DEPARTMENT_CODES
    from agir_cli.domain.rules import RuleFault, target_of
    from agir_cli.usecases.upkeep import add_targets

    found: dict[tuple[str, int, str], tuple[int, Target]] = {}
    faults = []
    for line, told in _target_rows(source):
        try:
            target = target_of(told, DEPARTMENT_CODES)
            before = found.setdefault((target.department, target.year, target.measure),
                                      (line, target))  # fmt: skip
            if before[1].value != target.value:
                raise RuleFault(f"un autre objectif que la ligne {before[0]}, pour la même année")
        except RuleFault as fault:
            faults.append(f"ligne {line} : {fault}")
    if faults:
        raise RowsFailure(f"Objectifs refusés ({source}) : rien n'a été ajouté.", *faults)
    if not found:
        raise RowsFailure(f"Aucun objectif dans « {source} ».", _TARGET_MODEL)
    for target, former in add_targets(visitor_of(session), [t for _, t in found.values()]):
        value = str(target.value) if target.value else "retiré"
        told_ = f"{former} → {value}" if former not in (None, target.value) else value
        say(session, f"Objectif {target.year}, {target.department}, {target.measure} : {told_}.")


_TARGET_MODEL = "En-tête attendu : departement;annee;mesure;objectif;source"


def _target_rows(source: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a file of targets, with their lines."""
    from agir_cli.domain.rules import TARGET_COLUMNS
    from agir_cli.domain.vocabulary import normalise

    if source.lower().endswith(".toml"):
        yield from _targets_of_toml(source)
        return
    from agir_cli.exchange.tables import open_table

    names = {normalise(name): name for name in TARGET_COLUMNS}
    with open_table(source, known=lambda cell: names.get(normalise(cell))) as table:
        heads = [names.get(normalise(heading)) for heading in table.header]
        missing = [name for name in TARGET_COLUMNS if name not in heads]
        if missing:
            raise RowsFailure(f"« {source} » : il manque {', '.join(missing)}.", _TARGET_MODEL)
        for row in table.rows():
            cells = zip(heads, row.cells, strict=False)
            yield row.line, {name: cell for name, cell in cells if name}


def _targets_of_toml(source: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    import tomllib

    text, name = read_rule_file(source, "--targets")
    try:
        every = tomllib.loads(text).get("objectif", [])
    except tomllib.TOMLDecodeError as fault:
        from agir_cli.store.rulebook import fault_line

        where = f"ligne {fault_line(fault, text)} : cela ne se lit pas (TOML)."
        raise RowsFailure(f"Objectifs refusés ({name}) : rien n'a été ajouté.", where) from None
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == "[[objectif]]"]
    if not isinstance(every, list) or len(lines) != len(every):
        raise RowsFailure(f"« {source} » : un tableau [[objectif]] par objectif.", _TARGET_MODEL)
    yield from zip(lines, every, strict=True)


def _set_cadence(session: Session, given: str) -> None:
    from agir_cli.domain.rules import CADENCES
    from agir_cli.reports.selection import one_of
    from agir_cli.store.settings import CADENCE
    from agir_cli.usecases.upkeep import read_clock_as

    cadence = one_of("La cadence", given, CADENCES.keys())
    read_clock_as(visitor_of(session), CADENCE, cadence)
    say(session, f"Entretiens : cadence {CADENCES[cadence]} ; dossiers recalculés.")


def _show_clocks(book: Rulebook) -> None:
    tell("Délais")
    for clocks in book.clocks.by_name.values():
        _show_clock(clocks)
    tell("  [D] : choix du projet agir, là où les sources ne disent rien.")
    print()


def _show_clock(versions: Sequence[Clock]) -> None:
    for clock in versions:
        since = f", depuis le {french_day(clock.since)}" if len(versions) > 1 else ""
        tell(f"  {clock.name} : {_length(clock)}{since}")
        if clock.told:
            tell(f"      {clock.told.strip()}")
        tell(f"      Source : {clock.source}")


def _length(clock: Clock) -> str:
    from agir_cli.domain.causes import STARTS

    return f"{clock.length.told}, à partir de : {STARTS[clock.start_event].told}"


def _show_motives(book: Rulebook) -> None:
    tell("Motifs de clôture")
    for m in book.motives.values():
        tell(f"  {m.motive.value} : {m.motive.label} ; {_finality(m)} ; agir {m.command}")
        tell(f"      Source : {m.source}")


def _finality(rule: MotiveRule) -> str:
    return "définitif" if rule.final else "non définitif"
