"""A person leaves the file: in no byte of it, and every figure of a past day as it was."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from collections import Counter
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from agir_cli.cli.app import main
from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.failures import NotFoundFailure, UsageFailure
from agir_cli.reports import extract
from agir_cli.reports.subject import WHOSE
from agir_cli.store import access, migrations
from agir_cli.store.erasure import classes
from agir_cli.usecases import personal_data
from agir_cli.usecases.consult import record
from agir_cli.usecases.ledger import NotDone, Visitor
from agir_cli.usecases.personal_data import Leaving
from agir_cli.usecases.single import run
from tests.store.faulty import behind
from tests.usecases.erased import Somebody, enter, leave, residue
from tests.usecases.filing import File, reading

WHO, WHY = "la personne, par courrier", "droit à l'effacement"


@pytest.fixture
def file(tmp_path: Path) -> File:
    folder = tmp_path / "equipe"
    folder.mkdir()
    return File(folder / "equipe.db")


def test_no_byte_of_three_hundred_persons_stays(file: File) -> None:
    persons = enter(file, 320)
    old = file.path.with_name(f"{file.path.name}.avant-v{migrations.version()}-depuis-v1")
    old.write_bytes(file.path.read_bytes())
    assert len(residue(file.path.parent, persons[:300])) > 3000, "they were there"
    leave(file, 300)
    assert residue(file.path.parent, persons[:300]) == []
    assert not old.exists()
    assert len({line.split(" : ")[1] for line in residue(file.path.parent, persons[300:])}) == 200
    assert file.faults() == []


QUESTIONS = [
    *("funnel", "funnel --by bureau", "funnel --by secteur", "funnel --passages"),
    *("funnel --list menages", "funnel --list personnes", "overdue --waiting", "liaison"),
    *("situations", "situations --flows", "outcomes", "outcomes --by logement"),
    *("caseload", "caseload --forecast", "caseload --by organisation", "interviews", "agenda"),
    *("funnel --route n-1", "funnel --modalite globale", "dossiers --columns departement,voie"),
]
_WHO = {"dossier", "nom", "prenoms", "menage", "dossiers", "a_faire"}


def figures(db: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> dict[str, object]:
    """What every report says of past days, but for whom it names."""
    said: dict[str, object] = {}
    days = [f"--as-of {day}" for day in ("2023-05-01", "2023-10-08")]
    known = [("funnel --known-on 2023-10-08"), ("outcomes --known-on 2023-10-08")]
    spans = [
        f"{name} --period {span}"
        for name in ("funnel", "situations", "outcomes", "caseload", "interviews", "liaison")
        for span in ("2023-T2", "2023-T3 --by mois")
    ]
    capsysbinary.readouterr()
    for asked in (*(f"{q} {day}" for q in QUESTIONS for day in days), *known, *spans):
        words = ["--db", str(db), "--today", "2023-10-10", "report", *asked.split()]
        assert main([*words, "--format", "json"]) == 0, asked
        rows = json.loads(capsysbinary.readouterr().out)
        told = [{n: v for n, v in row.items() if n not in _WHO} for row in rows]
        said[asked] = sorted(told, key=lambda row: json.dumps(row, sort_keys=True))
    return said


def test_every_figure_of_a_past_day_is_as_before(
    demo_file: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = figures(demo_file, capsysbinary)
    closed = sqlite3.connect(demo_file).execute(
        "SELECT dossier FROM dossiers WHERE etape = 'clos' OR date_contrat IS NULL ORDER BY 1"
    )
    for (reference,) in closed.fetchall()[::40]:
        words = ["--db", str(demo_file), "--today", "2023-10-10", "erase", reference, "--yes"]
        assert main([*words, "--demande", WHO, "--motif", WHY]) == 0
    (left,) = sqlite3.connect(demo_file).execute("SELECT count(*) FROM statistics").fetchone()
    assert left > 8
    after = figures(demo_file, capsysbinary)
    assert [asked for asked in before if before[asked] != after[asked]] == []
    assert main(["--db", str(demo_file), "check"]) == 0


def test_what_stays_leads_back_to_nobody(file: File) -> None:
    (person,) = enter(file, 1)
    old = file.rows("SELECT id, personne, dossier FROM dossiers")[0]
    assert isinstance(personal_data.erase(file.visitor, "44-0001", WHO, WHY), Leaving)
    ((line, who, reference),) = file.rows("SELECT id, personne, dossier FROM dossiers")
    assert {line, who, reference}.isdisjoint(old)
    assert file.rows("SELECT * FROM statistics") == [(who,)]
    left = {row for table in ("events", "dossiers") for row in file.rows(
        f"SELECT * FROM {table} WHERE site LIKE '%~'" if table == "events" else
        f"SELECT * FROM {table}")}  # fmt: skip
    assert not any(str(cell) in old for row in left for cell in row)
    for text in ("44-0001", person.nom, person.agdref, str(reference), str(line)):
        with pytest.raises(NotFoundFailure):
            record(file.visitor, text)
    ((dossier, *told),) = file.rows("SELECT dossier, demande, motif, auteur FROM erasures")
    assert (dossier, *told) == (old[0], WHO, WHY, "Camille Essai")
    assert file.rows("SELECT count(*) FROM people") == [(0,)]


def test_a_running_support_protects_and_an_open_request_is_closed_first(file: File) -> None:
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_orientation="10/01/2023",
              orientation="acceptee")  # fmt: skip
    seen = personal_data.leaving(file.visitor, "44-0001")
    assert isinstance(seen, Leaving)
    assert [each.reference for each in seen.open] == ["44-0001"]
    file.does(c.HoldDiagnosis, dossier="44-0001", date_diagnostic="25/01/2023")
    file.does(c.SignContract, dossier="44-0001", date_contrat="03/04/2023")
    refused = personal_data.erase(file.visitor, "44-0001", WHO, WHY)
    assert isinstance(refused, NotDone)
    assert [found.code for found in refused.findings] == ["accompagnement_protege"]
    assert file.rows("SELECT count(*) FROM erasures") == [(0,)]
    file.does(c.Close, dossier="44-0001", date_cloture="01/09/2023", motif="transfert")
    assert isinstance(personal_data.erase(file.visitor, "44-0001", WHO, WHY), Leaving)


def test_linked_dossiers_of_one_person_leave_together(file: File) -> None:
    from agir_cli.usecases.proposals import link

    for nom, prenoms in (("DIALLO-INVENTE", "Awa"), ("KARIMI-INVENTE", "Zahra")):
        file.does(c.Enroll, nom=nom, prenoms=prenoms, date_naissance="1990")
    link(file.visitor, "44-0001", "44-0002", "même titre")
    done = personal_data.erase(file.visitor, "44-0002", WHO, WHY)
    assert isinstance(done, Leaving)
    assert sorted(each.reference for each in done.dossiers) == ["44-0001", "44-0002"]
    assert file.rows("SELECT count(*) FROM people") == [(0,)]
    assert file.faults() == []


def test_what_is_kept_of_an_erasure_names_nobody(file: File) -> None:
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_naissance="1990")
    for who, why in (("Madame Diallo-Invente", WHY), (WHO, "lettre d'AWA")):
        with pytest.raises(UsageFailure):
            personal_data.erase(file.visitor, "44-0001", who, why)
    assert file.rows("SELECT count(*) FROM people") == [(1,)]


def test_a_used_up_right_is_remembered_and_a_task_is_given_up(file: File) -> None:
    from agir_cli.store.file import consulting
    from agir_cli.store.network import every_action

    known = {"nom": "DIALLO-INVENTE", "agdref": "0123456789", "date_naissance": "1990"}
    file.does(c.Enroll, **known, date_orientation="10/01/2023", orientation="acceptee")
    file.does(c.HoldDiagnosis, dossier="44-0001", date_diagnostic="25/01/2023")
    file.does(c.AddTask, dossier="44-0001", objet="Rappeler Awa", date_echeance="20/10/2023")
    file.does(c.RefuseContract, dossier="44-0001", date_refus="01/03/2023")
    done = personal_data.erase(file.visitor, "44-0001", WHO, WHY)
    assert isinstance(done, Leaving)
    assert [each.new for each in done.kept] == [True]
    assert file.rows("SELECT count(*) > 1 FROM final_memory") == [(1,)]
    with consulting(file.path) as connection:
        (task,) = [each for each in every_action(connection) if each.stream]
    assert (task.over, task.objet) == (True, "")
    again = read_values(c.Enroll, {"nom": "AUTRE-INVENTE", "agdref": "0123456789"}, reading())
    assert isinstance(again, c.Enroll)
    assert isinstance(run(file.visitor, again).outcome, NotDone)


def test_a_backup_put_back_brings_nobody_back(file: File) -> None:
    from agir_cli.usecases.backup import backed_up, restored

    persons = enter(file, 6)
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_naissance="1990")
    before = backed_up(file.visitor, file.path.parent.parent / "coffre")
    leave(file, 5)
    assert isinstance(personal_data.erase(file.visitor, "44-0007", WHO, WHY), Leaving)
    assert restored(before.path, file.path, done=True).erased == 6
    assert file.rows("SELECT count(*) FROM people") == [(1,)]
    assert [
        line for line in residue(file.path.parent, persons[:5]) if "sauvegardes" not in line
    ] == []
    assert file.rows("SELECT count(*) FROM erasures") == [(6,)]
    assert file.faults() == []


def test_a_new_file_beside_brings_nobody_back_either(file: File) -> None:
    from agir_cli.usecases.backup import backed_up, restored

    persons = enter(file, 3)
    before = backed_up(file.visitor, file.path.parent.parent / "coffre")
    leave(file, 3)
    beside = file.path.parent.parent / "ailleurs"
    beside.mkdir()
    assert restored(before.path, beside / "hier.db", done=True, team=file.path).erased == 3
    assert residue(beside, persons) == []


def test_notes_of_others_that_name_the_person_are_told(file: File) -> None:
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_naissance="1990")
    file.does(c.Enroll, nom="BARRY-INVENTE", prenoms="Ali", prescripteur="Awa Diallo-Invente")
    seen = personal_data.leaving(file.visitor, "44-0001")
    assert isinstance(seen, Leaving)
    assert seen.named_in == ("44-0002",)


def test_an_event_emptied_by_somebody_else_is_found(file: File) -> None:
    enter(file, 2)
    behind(file.path, "UPDATE events SET salt = zeroblob(20), payload = '{\"vide\":\"\"}'"
           " WHERE seq = (SELECT max(seq) FROM events)")  # fmt: skip
    assert any("aucun effacement" in str(fault) for fault in file.faults())


def test_the_same_number_enters_again_as_somebody_new(file: File) -> None:
    (person,) = enter(file, 1)
    personal_data.erase(file.visitor, "44-0001", WHO, WHY)
    file.does(c.Enroll, nom=person.nom, prenoms=person.prenoms, agdref=person.agdref)
    assert record(file.visitor, person.agdref).reference == "44-0002"
    assert file.faults() == []


# --- what time asks ----------------------------------------------------------------------


def on(file: File, day: str) -> Visitor:
    """The same visitor, on another day."""
    return file.visitor._replace(today=date.fromisoformat(day))


def fates(file: File, day: str, *, done: bool = False) -> dict[str, str]:
    found = personal_data.purge(on(file, day))[0] if done else personal_data.to_purge(on(file, day))
    return {each.dossier: each.fate for each in found}


def test_what_time_has_come_for_is_announced_then_erased_thirty_days_later(file: File) -> None:
    enter(file, 3)  # the last act is of 9 October 2023, after a contract
    assert fates(file, "2025-09-08") == {}
    due = {f"44-000{n}": personal_data.TO_TELL for n in (1, 2, 3)}
    assert fates(file, "2025-09-09") == due
    assert file.rows("SELECT count(*) FROM purge_notices") == [(0,)], "a dry run changes nothing"
    assert fates(file, "2025-09-09", done=True) == due
    assert set(fates(file, "2025-10-08", done=True).values()) == {"annoncé le 09/09/2025"}
    # An act cancels the notice of one of them.
    file.does(c.Enroll, dossier="44-0002", telephone="0611111111")
    assert fates(file, "2025-10-09", done=True) == {
        "44-0001": personal_data.ERASED, "44-0002": personal_data.TO_TELL,
        "44-0003": personal_data.ERASED,
    }  # fmt: skip
    assert file.rows("SELECT count(*) FROM people") == [(1,)]
    assert file.rows("SELECT DISTINCT demande FROM erasures") == [("la durée de conservation",)]
    assert file.faults() == []


def test_a_running_support_protects_and_a_team_sets_its_own_duration(file: File) -> None:
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_orientation="10/01/2023",
              orientation="acceptee")  # fmt: skip
    assert list(fates(file, "2024-01-10")) == ["44-0001"], "twelve months without a contract"
    file.does(c.HoldDiagnosis, dossier="44-0001", date_diagnostic="25/01/2023")
    file.does(c.SignContract, dossier="44-0001", date_contrat="03/04/2023")
    assert fates(file, "2030-01-01") == {}
    enter_day = on(file, "2023-10-09")
    personal_data.set_duration(enter_day, "personne", 6, "avis du DPO")
    file.does(c.Close, dossier="44-0001", date_cloture="01/09/2023", motif="transfert")
    assert list(fates(file, "2024-03-01")) == ["44-0001"]
    for code, value in (("personne", 37), ("personne", 0), ("statistiques", 3), ("xyz", 3)):
        with pytest.raises(UsageFailure):
            personal_data.set_duration(enter_day, code, value, "avis")


def test_those_whose_time_has_come_are_those_whose_months_are_over(file: File) -> None:
    last = {f"44-{n:04d}": date(2022, 7, 1) + timedelta(days=2 * n) for n in range(1, 81)}
    rows = [f"{Somebody(n).nom};{Somebody(n).prenoms};{Somebody(n).born};acceptee;{day:%d/%m/%Y}"
            for n, day in enumerate(last.values(), 1)]  # fmt: skip
    head = "nom;prenoms;date_naissance;orientation;date_orientation"
    assert file.brings(c.Enroll, "\n".join((head, *rows))).summary.counts.created == 80
    for day in (date(2023, 7, 1), date(2023, 8, 31), date(2023, 10, 9)):
        soon = day + timedelta(days=30)
        wanted = {ref for ref, act in last.items() if act + relativedelta(months=12) <= soon}
        assert set(fates(file, day.isoformat())) == wanted


# --- what is held, and who looked ----------------------------------------------------------


def answer(file: File, ref: str, capsysbinary: pytest.CaptureFixture[bytes]) -> dict[str, Any]:
    capsysbinary.readouterr()
    assert main(["--db", str(file.path), "subject", ref, "--format", "json"]) == 0
    return dict(json.loads(capsysbinary.readouterr().out))


def test_all_that_is_held_on_a_person_is_given_and_nobody_elses(
    file: File, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    first, second = enter(file, 2)
    assert main(["--db", str(file.path), "show", "44-0001"]) == 0
    said = answer(file, "44-0001", capsysbinary)
    told = json.dumps(said, ensure_ascii=False)
    assert [text for text in first.texts if text not in told] == []
    assert [text for text in second.texts if text in told] == []
    assert [each["action"] for each in said["acces"]] == ["show"]
    assert any("listing n° 1" in " ".join(each) for each in said["destinataires"])
    assert {each["code"] for each in said["durees"]} >= {"personne", "acces"}
    assert main(["--db", str(file.path), "subject", "44-0001"]) == 0
    text = capsysbinary.readouterr().out.decode()
    assert first.former in text
    assert first.prescriber in text


def test_every_table_that_holds_something_of_a_person_is_in_the_answer() -> None:
    given = {table for table, each in classes().items() if any(c.given for c in each.values())}
    assert given - {"payload", "final_memory", "final_ends", "final_prints"} == set(WHOSE)


def test_accesses_are_chained_and_no_command_waits_or_fails_for_them(
    file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(file, 1)
    db, log = str(file.path), file.path.with_name("equipe.db.acces")
    log.mkdir()
    assert main(["--db", db, "show", "44-0001"]) == 0, "it cannot be written"
    log.rmdir()
    for _ in range(3):
        assert main(["--db", db, "show", "44-0001"]) == 0
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "XOBA" not in log.read_text().upper()
    assert [each.whole for each in access.every(file.path)] == [True] * 3
    lines = log.read_text().splitlines()
    log.write_text("\n".join([lines[0], lines[1].replace("show", "find"), lines[2]]) + "\n")
    assert [each.whole for each in access.every(file.path)] == [True, False, True]
    capsys.readouterr()
    assert main(["--db", db, "access-log", "--anomalies"]) == 0
    assert "changée" in capsys.readouterr().out
    old = json.dumps({"le": "2020-01-01T00:00:00Z", "qui": "a", "action": "show", "code": 0})
    log.write_text(f"{old}\t{'0' * 24}\n" + log.read_text())
    assert access.cut(file.path, date(2021, 1, 1)) == 1
    assert len(access.every(file.path)) == 4


def test_many_dossiers_in_a_file_deserve_a_look(
    file: File, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(file, access.MANY + 1)
    words = ["--db", str(file.path), "report", "dossiers", "--format", "csv", "--output"]
    assert main([*words, str(tmp_path / "tout.csv")]) == 0
    assert main([*words, str(tmp_path / "un.csv"), "--stage", "liaison"]) == 0
    capsys.readouterr()
    assert main(["--db", str(file.path), "access-log", "--anomalies"]) == 0
    assert capsys.readouterr().out.count("plus de 50 dossiers sortis dans un fichier") == 1


def test_an_extract_tells_nobody_from_another(
    demo_file: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def asked(day: str) -> list[dict[str, str]]:
        capsysbinary.readouterr()
        command = ["--db", str(demo_file), "--today", day, "extract", "--format", "json"]
        assert main(command) == 0
        return list(json.loads(capsysbinary.readouterr().out))

    def told(rows: list[dict[str, str]]) -> Counter[tuple[Any, ...]]:
        return Counter(tuple(row[name] for name in extract.COLUMNS[1:]) for row in rows)

    first, second = asked("2023-10-09"), asked("2023-10-30")
    assert told(first) == told(second), "two days of one month leave nobody over"
    for some, other in combinations(extract.WHO, 2):
        assert min(Counter((row[some], row[other]) for row in first).values()) >= 5
    assert len(first) > 1000
    assert {row["pseudonyme"] for row in first}.isdisjoint(row["pseudonyme"] for row in second)
    alike = Counter(tuple(row[name] for name in extract.WHO) for row in first)
    assert min(alike.values()) >= 5
    for name in (*extract.WHO, *extract.WHAT):
        assert min(Counter(row[name] for row in first).values()) >= 5, "nor what is hidden"
    text = json.dumps(first, ensure_ascii=False)
    held = sqlite3.connect(demo_file).execute("SELECT id, agdref FROM people").fetchall()
    assert not any(each in text for row in held for each in row if each)
    assert not re.search(r"\d{4}-\d{2}-\d{2}|44-\d{4}", text)
