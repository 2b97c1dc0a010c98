"""The projection equals the folded journal, whatever was typed [invariant 2]."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain import commands as c
from agir_cli.domain.commands import Command
from agir_cli.domain.dates import parse_date
from agir_cli.domain.fields import PERSON_FIELDS
from agir_cli.domain.reading import read_values
from agir_cli.failures import NotFoundFailure
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.single import correct_event, run
from agir_cli.usecases.upkeep import check, rebuild
from tests.domain.making import READING
from tests.store.faulty import new_file

TODAY = date(2023, 11, 23)
REFS = ("44-0001", "44-0002", "85-0001")
FOLDED = ("dossiers", "spans", "situations", "steps", "interviews", "appointments")

days = st.sampled_from(
    ("09/01/2023", "25/01/2023", "2023-02", "02/02/2023", "17/02/2023", "mars/avril 2023", "2023",
     "20/10/2023", "hier")
)  # fmt: skip
refs = st.sampled_from(REFS)


def said(command: type[Command], **texts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(command), st.fixed_dictionaries(texts))


maybe = st.none()
typed = st.one_of(
    said(
        c.Enroll, nom=st.sampled_from(("DIALLO", "KEITA", "BARRY")), prenoms=st.just("Awa"),
        agdref=st.sampled_from((None, "0123456789", "0123456790")),
        date_cir=st.sampled_from((None, "09/01/2023", "2022-10", "2022")),
        orientation=st.sampled_from((None, "acceptee", "declinee")),
        date_orientation=maybe | days, departement=st.sampled_from(("44", "85")),
        situation_logement=st.sampled_from((None, "dna", "logement_autonome")),
        malgre=st.just("essai"),
    ),
    said(c.Enroll, dossier=refs, telephone=st.just("0612345678"), statut=st.just("refugie"),
         niveau_francais=st.sampled_from((None, "a1", "b1"))),
    said(c.AddLiaison, dossier=refs, date_fiche=days, prescripteur=st.just("CADA inventé")),
    said(c.DecideLiaison, dossier=refs, date_decision=days,
         decision_ofii=st.sampled_from(("validee", "rejetee", "derogation"))),
    said(c.BookDiagnosis, dossier=refs,
         date_rdv_diagnostic=st.sampled_from(("25/01/2023 14h", "30/11/2023 9h30"))),
    said(c.MissDiagnosis, dossier=refs, date_absence=days),
    said(c.HoldDiagnosis, dossier=refs, date_diagnostic=days,
         diagnostic_signe=st.sampled_from((None, "oui", "non"))),
    said(c.Assign, dossier=refs, date_commission=days, referent=st.just("A. Inventée")),
    said(c.BookContract, dossier=refs, date_rdv_contrat=st.just("14/02/2023 10h")),
    said(c.MissContract, dossier=refs, date_absence=days),
    said(c.SignContract, dossier=refs, date_contrat=days, projet=st.just("Pâtisserie")),
    said(c.RefuseContract, dossier=refs, date_refus=days),
    said(c.Close, dossier=refs, date_cloture=days,
         motif=st.sampled_from(("transfert", "arret_beneficiaire", "terme", "erreur"))),
    said(c.AddStep, dossier=refs, etape=st.just("FLE"), date_etape=maybe | days),
    said(c.SetSituation, dossier=refs, date_situation=days, niveau_francais=st.just("a2")),
    said(c.AddInterview, dossier=refs, date_entretien=days),
    st.tuples(st.just("void"), st.tuples(refs, st.integers(1, 9))),
    st.tuples(st.just("redate"), st.tuples(refs, st.integers(1, 9), days)),
)  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_file(tmp_path_factory.mktemp("vide") / "vide.db")


def dump(path: Path, tables: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    connection = sqlite3.connect(path)
    found = {t: sorted(connection.execute(f"SELECT * FROM {t}"), key=repr) for t in tables}
    connection.close()
    return found


def type_all(visitor: Visitor, commands: list[tuple[Any, Any]]) -> None:
    for what, values in commands:
        if isinstance(what, str):
            on = parse_date(values[2], TODAY) if what == "redate" else None
            try:
                correct_event(visitor, values[0], values[1], on, "essai")
            except NotFoundFailure:
                continue
        else:
            read = read_values(what, values, READING)
            assert isinstance(read, Command), read
            run(visitor, read)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(commands=st.lists(typed, min_size=8, max_size=40))
def test_the_projection_is_the_folded_journal(
    template: Path, commands: list[tuple[Any, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "equipe.db"
        shutil.copyfile(template, path)
        path.chmod(0o600)
        visitor = Visitor(path, TODAY, "essai")
        type_all(visitor, commands)
        assert [d for d in check(path) if d.what != "anomalie"] == []
        before, journal = dump(path, FOLDED), dump(path, ("events", "texts", "people"))
        rebuild(visitor)
        assert dump(path, FOLDED) == before
        assert dump(path, ("events", "texts", "people")) == journal
        assert_numbered(journal["events"])
        assert_nameless(path, journal)


def assert_numbered(events: list[tuple[Any, ...]]) -> None:
    """Each site numbers its events without a hole."""
    numbers = sorted(event[8] for event in events)
    assert numbers == list(range(1, len(numbers) + 1))


def assert_nameless(path: Path, journal: dict[str, list[tuple[Any, ...]]]) -> None:
    """No name, number or word of a person stands in the journal [invariant 10]."""
    connection = sqlite3.connect(path)
    names = {
        str(value)
        for row in connection.execute(f"SELECT {', '.join(PERSON_FIELDS)} FROM people")
        for value in row
        if value is not None
    } | {row[2] for row in journal["texts"]}
    payloads = [row[0] for row in connection.execute("SELECT payload FROM events")]
    connection.close()
    assert not [p for p in payloads for name in names if f'"{name}"' in p]
