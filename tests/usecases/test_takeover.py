"""`agir import`: one wide row a person, all its acts or none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain import commands as c
from agir_cli.domain.commands import field_names
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.wide import ACTS, VISIT, plain_name, wide_names
from agir_cli.usecases import intake
from agir_cli.usecases import undo as undoing
from tests.usecases.filing import TODAY, File, outcome

HEAD = (
    "agdref;nom;prenoms;date_naissance;nationalite;statut;date_cir;commune_residence;orientation;"
    "date_orientation;date_diagnostic;diagnostic_signe;priorites_preconisees;date_commission;"
    "referent;date_contrat;date_entretien;date_refus;date_cloture;motif"
)
# A person admitted, diagnosed, assigned and under contract; the last four cells are left.
AWA = (
    "0123456701;DIALLO-INVENTE;Awa;02/03/1994;guinéenne;Réfugié(e);09/01/2023;NANTES;oui;"
    "10/01/2023;14/02/2023;oui;Emploi & Formation;20/02/2023;Camille Essai;01/03/2023"
)
ZAHRA = (
    "0123456702;KARIMI-INVENTEE;Zahra;1990;afghane;PS;09/01/2023;st nazaire;oui;10/01/2023;"
    "14/02/2023;oui;Droits-L.;20/02/2023;Camille Essai;"
)
REFUSED = f"{ZAHRA};;03/03/2023;;"


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "equipe.db")


def wide(*rows: str) -> str:
    return "\n".join([HEAD, *rows])


def test_a_row_becomes_the_acts_of_the_process_in_their_order(file: File) -> None:
    brought = file.takes_over(wide(f"{AWA};02/05/2023;;;", REFUSED))
    assert brought.counts == (2, 2, 0, 0, 0, 0)
    kinds = "SELECT kind FROM events WHERE dossier = (SELECT id FROM dossiers WHERE dossier = ?)"
    assert [kind for (kind,) in file.rows(f"{kinds} ORDER BY seq", "44-0001")] == [
        "dossier_opened", "cir_signed", "orientation_accepted", "diagnosis_held",
        "referent_designated", "contract_signed", "interview_held",
    ]  # fmt: skip
    found = file.rows(
        "SELECT dossier, etape, commune_residence, priorites, date_contrat, referent, definitif"
        " FROM dossiers ORDER BY dossier"
    )
    assert found == [
        ("44-0001", "accompagnement", "insee:44109", None, "2023-03-01",
         "R001", "non"),
        ("44-0002", "clos", "insee:44184", None, None, "R001", "oui"),
    ]  # fmt: skip
    assert file.rows("SELECT nationalite FROM people ORDER BY nom") == [("GIN",), ("AFG",)]
    assert not file.faults()


def test_a_dry_run_says_what_each_row_would_create_and_writes_nothing(file: File) -> None:
    before = file.path.read_bytes()
    brought = file.takes_over(wide(f"{AWA};;;;", REFUSED), dry_run=True)
    assert [(t.line, t.status, t.acts) for t in brought.told] == [
        (2, "cree", ("inscription", "diagnostic le 14/02/2023", "commission le 20/02/2023",
                     "contrat le 01/03/2023")),
        (3, "cree", ("inscription", "diagnostic le 14/02/2023", "commission le 20/02/2023",
                     "refus du contrat le 03/03/2023")),
    ]  # fmt: skip
    assert file.path.read_bytes() == before


def test_a_second_import_changes_nothing_even_after_an_end(file: File) -> None:
    text = wide(f"{AWA};;;01/09/2023;transfert", REFUSED, "0123456703;SEULE-INVENTEE" + ";" * 18)
    assert file.takes_over(text).counts == (3, 3, 0, 0, 0, 0)
    picture, events = file.picture(), file.rows("SELECT * FROM events")
    again = file.takes_over(text)
    assert again.counts == (3, 0, 0, 3, 0, 0)
    assert again.summary.known is not None
    assert again.summary.batch is None
    assert [t.acts for t in again.told] == [(), (), ()]
    assert (file.picture(), file.rows("SELECT * FROM events")) == (picture, events)


def test_without_a_number_a_second_import_changes_nothing_either(file: File) -> None:
    text = wide(f"{AWA[10:]};;;;", REFUSED[10:])
    assert file.takes_over(text).counts[1] == 2
    assert file.takes_over(text).counts == (2, 0, 0, 2, 0, 0)


def test_a_completed_row_adds_its_new_acts_only(file: File) -> None:
    file.takes_over(wide(f"{ZAHRA};;;;"))
    brought = file.takes_over(wide(f"{ZAHRA}01/03/2023;02/05/2023;;;"))
    assert brought.counts == (1, 0, 1, 0, 0, 0)
    assert brought.told[0].acts == ("contrat le 01/03/2023", "entretien le 02/05/2023")


def test_a_row_whose_third_act_is_refused_leaves_nothing(file: File) -> None:
    good = f"{AWA};;;;"
    early = REFUSED.replace("20/02/2023", "01/02/2023")
    brought = file.takes_over(wide(early, good), keep_going=True)
    assert brought.counts == (2, 1, 0, 0, 0, 1)
    assert brought.codes(2) == ["avant_etape"]
    assert brought.turned[2][0].fact.startswith("commission : ")
    assert file.rows("SELECT dossier FROM dossiers") == [("44-0001",)]
    assert file.rows("SELECT nom FROM people") == [("DIALLO-INVENTE",)]
    assert file.rows("SELECT code FROM referents") == [("R001",)]
    assert file.rows("SELECT count(DISTINCT dossier) FROM events") == [(1,)]
    assert not file.faults()


def test_a_refused_row_leaves_a_known_person_as_they_were(file: File) -> None:
    file.takes_over(wide(f"{AWA};;;;"))
    before = file.picture()
    changed = AWA.replace("Awa", "Awa Marie").replace("14/02/2023", "15/02/2023")
    brought = file.takes_over(wide(f"{changed};02/05/2023;;;"), keep_going=True)
    assert brought.codes(2) == ["deja_enregistre"]
    assert brought.turned[2][0].fact.startswith("diagnostic : ")
    assert file.picture() == before


def test_a_bad_row_keeps_the_whole_file_out(file: File) -> None:
    before = file.path.read_bytes()
    brought = file.takes_over(wide(f"{AWA};;;;", REFUSED.replace("20/02/2023", "01/02/2023")))
    assert brought.counts == (2, 1, 0, 0, 0, 1)
    assert brought.summary.batch is None
    assert file.path.read_bytes() == before


def test_every_fault_of_a_row_is_told_with_its_act(file: File) -> None:
    row = f"{AWA};;;oui;".replace("Réfugié(e)", "BPI").replace("14/02/2023", "30/02/2023")
    brought = file.takes_over(wide(row), keep_going=True)
    assert [(f.code, f.field, f.fact) for f in brought.turned[2]] == [
        ("illisible", "statut", "inscription"),
        ("illisible", "date_diagnostic", "diagnostic"),
        ("illisible", "date_cloture", "clôture"),
        ("obligatoire", "motif", "clôture"),
    ]


def test_what_only_follows_from_an_earlier_refusal_is_not_repeated(file: File) -> None:
    """A diagnostic that is refused is not missing from the commission and the contract."""
    brought = file.takes_over(wide(f"{AWA};;;;".replace("14/02/2023", "05/01/2023")))
    assert brought.codes(2) == ["avant_etape"] * len(brought.turned[2])
    assert {f.fact.partition(" : ")[0] for f in brought.turned[2]} == {"diagnostic"}


def test_a_contract_without_a_diagnostic_is_refused_by_the_contracts_own_rule(file: File) -> None:
    brought = file.takes_over(wide(f"{AWA};;;;".replace("14/02/2023;oui;Emploi & Formation", ";;")))
    assert brought.codes(2) == ["diagnostic_manquant", "diagnostic_manquant"]
    assert [f.fact.partition(" : ")[0] for f in brought.turned[2]] == ["commission", "contrat"]


def test_a_refusal_said_as_a_closing_motive_is_a_refusal(file: File) -> None:
    closing = f"{ZAHRA};;;03/03/2023;Refus d'engagement contractuel"
    assert file.takes_over(wide(closing)).counts == (1, 1, 0, 0, 0, 0)
    assert file.rows("SELECT kind FROM events ORDER BY seq DESC LIMIT 1") == [("contract_refused",)]
    assert file.takes_over(wide(closing)).counts == (1, 0, 0, 1, 0, 0)
    both = f"{ZAHRA};;03/03/2023;03/03/2023;refus_contrat"
    assert file.takes_over(wide(both)).counts == (1, 0, 0, 1, 0, 0)


def test_a_used_up_right_is_refused_to_a_row_that_says_something_else(file: File) -> None:
    file.takes_over(wide(REFUSED))
    for other in (f"{ZAHRA}01/03/2023;;;;", f"{ZAHRA};;04/03/2023;;", f"{ZAHRA};;;;"):
        brought = file.takes_over(wide(other), keep_going=True)
        assert brought.codes(2) == ["droit_epuise"]
        assert brought.turned[2][0].fact.startswith("inscription : ")
    assert file.rows("SELECT count(*) FROM dossiers") == [(1,)]


def test_a_namesake_is_set_aside_without_stopping_the_others(file: File) -> None:
    file.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_naissance="1994")
    brought = file.takes_over(wide(f"{AWA};;;;", REFUSED))
    assert brought.counts == (2, 1, 0, 0, 1, 0)
    assert brought.codes(2) == ["meme_personne"]


def test_the_same_person_twice_in_the_file_is_told_by_its_line(file: File) -> None:
    same, without_number = f"{AWA};;;;", f"{AWA[10:]};;;;".replace("09/01/2023", "08/01/2023")
    brought = file.takes_over(wide(same, same, without_number))
    assert brought.counts == (3, 1, 0, 1, 1, 0)
    assert brought.codes(4) == ["meme_personne"]
    assert "même fichier, ligne 2" in brought.turned[4][0].fact


def test_ofii_answers_the_form_where_the_row_has_one(file: File) -> None:
    head = "nom;date_cir;date_fiche;prescripteur;souhait;decision_ofii;date_decision;listing"
    rows = (
        "UNE-INVENTEE;09/03/2022;04/09/2023;CADA;oui;Validée;20/09/2023;7",
        "DEUX-INVENTE;09/01/2023;;CADA;;Validée;20/09/2023;",
        "TROIS-INVENTE;09/03/2022;04/09/2023;CADA;oui;Validée;;",
    )
    brought = file.takes_over("\n".join([head, *rows]), keep_going=True)
    assert brought.counts == (3, 2, 0, 0, 0, 1)
    assert [(f.code, f.field, f.fact) for f in brought.turned[4]] == [
        ("obligatoire", "date_decision", "décision de l'OFII")
    ]
    found = file.rows("SELECT date_fiche, decision_ofii, date_decision, souhait FROM dossiers")
    assert found == [
        ("2023-09-04", "validee", "2023-09-20", "oui"),
        (None, "validee", "2023-09-20", None),
    ]


def test_a_situation_is_that_of_the_entry_of_now_or_of_the_exit(file: File) -> None:
    head = (
        f"{HEAD};situation_logement;situation_logement_actuelle;date_situation;"
        "situation_logement_sortie"
    )
    row = f"{AWA};;;01/09/2023;transfert;dna;hebergement_temporaire;01/06/2023;logement_autonome"
    assert file.takes_over(f"{head}\n{row}").counts[1] == 1
    found = file.rows(
        "SELECT situation_logement_entree, situation_logement_actuelle, situation_logement_sortie"
        " FROM dossiers"
    )
    assert found == [("dna", "logement_autonome", "logement_autonome")]
    housing = "SELECT date_min, situation_logement FROM situations ORDER BY rang"
    assert file.rows(housing) == [
        ("2023-06-01", "hebergement_temporaire"),
        ("2023-09-01", "logement_autonome"),
    ]
    assert file.takes_over(f"{head}\n{row}").counts == (1, 0, 0, 1, 0, 0)


def test_a_dated_situation_takes_the_undated_columns(file: File) -> None:
    text = "nom;date_cir;situation_logement;date_situation\nUNE-INVENTEE;09/01/2023;dna;01/06/2023"
    file.takes_over(text)
    assert file.rows("SELECT situation_logement_entree FROM dossiers") == [(None,)]
    assert file.rows("SELECT date_min, situation_logement FROM situations") == [
        ("2023-06-01", "dna")
    ]


def test_a_cell_that_no_act_of_the_row_takes_is_noted(file: File) -> None:
    text = "nom;date_cir;referent;bureau\nUNE-INVENTEE;09/01/2023;Camille Essai;44-C1"
    brought = file.takes_over(text)
    assert brought.counts[1] == 1
    noted = [f.sentence for f in brought.noted[2] if f.code == "champ_sans_acte"]
    assert noted == [
        "Non repris, faute de la date de l'acte : bureau.",
        "Non repris, faute de la date de l'acte : référent parcours.",
    ]


def test_an_import_is_a_batch_that_can_be_undone(file: File) -> None:
    before = file.picture()
    text = wide(f"{AWA};02/05/2023;;;", REFUSED)
    batch = file.takes_over(text).batch
    undoing.undo(file.visitor, batch, "importé par erreur")
    assert file.picture() == before
    assert file.takes_over(text).counts == (2, 2, 0, 0, 0, 0)
    assert not file.faults()


def test_many_rows_pass_by_chunks(file: File) -> None:
    rows = [
        f"01{number:08d};N-{number}-INVENTE;;1990;;refugie;09/01/2023;;oui;10/01/2023"
        f";14/02/2023;oui;;{'20/02/2023' if number % 10 else '01/02/2023'};;01/03/2023;;;;"
        for number in range(250)
    ]
    brought = file.takes_over(wide(*rows), keep_going=True)
    assert brought.counts == (250, 225, 0, 0, 0, 25)
    numbers = [int(str(r)[3:]) for (r,) in file.rows("SELECT dossier FROM dossiers")]
    assert sorted(numbers) == list(range(1, 226))
    assert not file.faults()


def test_a_referent_named_alone_is_that_of_the_diagnostic_of_the_file(file: File) -> None:
    """On a day between the two; where there is no diagnostic, or another référent, it is noted."""
    known = "nom;prenoms;date_naissance;date_cir;date_diagnostic"
    file.takes_over(
        f"{known}\nUNE-INVENTEE;Ada;1990;09/01/2023;20/01/2023\nDEUX-INVENTEE;Bo;1991;;"
    )
    named = "nom;prenoms;date_naissance;referent\n{}-INVENTEE;{};{};{}"
    for counts in ((1, 0, 1, 0, 0, 0), (1, 0, 0, 1, 0, 0)):
        assert file.takes_over(named.format("UNE", "Ada", 1990, "Luc Essai")).counts == counts
    assert file.rows("SELECT dossier, date_commission IS NOT NULL, referent FROM dossiers") == [
        ("44-0001", 1, "R001"), ("44-0002", 0, None),
    ]  # fmt: skip
    assert file.takes_over(named.format("UNE", "Ada", 1990, "Noor Autre")).counts[3] == 1
    assert file.takes_over(named.format("DEUX", "Bo", 1991, "Luc Essai")).counts[3] == 1
    assert file.rows("SELECT DISTINCT referent FROM dossiers ORDER BY 1") == [(None,), ("R001",)]


# --- the table of acts -------------------------------------------------------------------


def test_every_wide_column_is_a_field_of_some_act() -> None:
    for name in wide_names():
        assert plain_name(name) in FIELDS
    for act in ACTS:
        assert {*map(plain_name, (*act.own, *act.with_it))} <= set(field_names(act.command))


def test_an_act_can_say_everything_its_command_can() -> None:
    """But for the dossier, which is the row's, and for whom an answer of OFII is about.

    The answers beside a situation are, in a wide row, those of the entry.
    """
    identity = {"ligne", "agdref", "nom", "prenoms", "date_naissance"}
    situation = {"situation_logement", "detail_logement", "situation_professionnelle",
                 "niveau_francais"}  # fmt: skip
    for act in ACTS:
        said = {
            "dossier",
            *map(plain_name, (*act.own, *act.with_it)),
            *(situation if act.suffix and act.command is not c.SetRight else ()),
        }
        wanted = set(field_names(act.command)) - {"emploi_durable", "logement_perenne"}
        if act.command is c.DecideLiaison:
            wanted -= identity
        if act.command is c.BookVisit:
            wanted -= {*VISIT}  # the columns of the diagnosis and of the contract
        if act.command is c.SetRight:
            wanted -= {"droit"}  # the column says which
        assert wanted == said, act.name


# --- one wide file, or one file an act ---------------------------------------------------

days = st.dates(
    min_value=date(2023, 1, 1),
    max_value=TODAY,
).map(str)
maybe = st.just("") | days


@given(st.lists(st.tuples(days, maybe, maybe, maybe, maybe), min_size=1, max_size=5))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_wide_row_enters_when_each_of_its_acts_would(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str, str]]
) -> None:
    """A row goes in exactly when its acts, typed one after the other, all go through."""
    folder = tmp_path_factory.mktemp("wide")
    at_once, by_hand = File(folder / "a.db"), File(folder / "b.db")
    head = "nom;date_cir;date_diagnostic;date_commission;date_contrat;date_entretien"
    text = [f"N{number}-INVENTE;{';'.join(row)}" for number, row in enumerate(rows)]
    brought = at_once.takes_over("\n".join([head, *text]), keep_going=True)
    steps = ((c.HoldDiagnosis, "date_diagnostic"), (c.Assign, "date_commission"),
             (c.SignContract, "date_contrat"), (c.AddInterview, "date_entretien"))  # fmt: skip
    for number, (cir, *acts) in enumerate(rows):
        by_hand.brings(c.Enroll, f"nom;date_cir\nN{number}-INVENTE;{cir}")
        reference = f"44-{number + 1:04d}"
        refused = [
            field
            for (command, field), day in zip(steps, acts, strict=True)
            if day and by_hand.brings(command, f"dossier;{field}\n{reference};{day}").counts[-1]
        ]
        assert bool(refused) == (number + 2 in brought.turned)
    assert not at_once.faults()


def test_what_a_later_act_of_the_row_answers_is_not_asked(file: File) -> None:
    """The request is in the row: its day is known, and so is the rule of that day."""
    head = "nom;statut;date_cir;commune_residence;commune_domicile;date_fiche;souhait"
    row = "DIALLO-INVENTE;refugie;09/01/2022;Nantes;Nantes;03/02/2023;oui"
    brought = file.takes_over(f"{head}\n{row}")
    assert [found.code for found in brought.noted.get(2, ())] == [
        "a_completer", "fiche_incomplete",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        pytest.param({}, [], id="rien contre"),
        pytest.param({"statut": "autre"}, [], id="statut, mais validée"),
        pytest.param({"situation_professionnelle": "cdi",
                      "situation_logement": "logement_autonome"}, [], id="besoin, mais validée"),
        pytest.param({"date_cir": "12/05/2019", "decision_ofii": "derogation"}, [],
                     id="CIR ancien, mais dérogation"),
        pytest.param({"commune_residence": "Rennes"}, [], id="ailleurs, mais validée"),
        pytest.param({"statut": "autre", "decision_ofii": "", "date_decision": ""}, [],
                     id="une fiche s'enregistre toujours"),
        pytest.param({"statut": "autre", "decision_ofii": "rejetee"}, [], id="l'OFII a rejeté"),
        pytest.param({"statut": "autre", "date_fiche": ""}, [], id="décidée sans fiche"),
        pytest.param({"statut": "autre", "date_fiche": "", "decision_ofii": "",
                      "date_decision": "", "date_cir": "12/05/2023"}, ["statut_non_concerne"],
                     id="rien de l'OFII"),
        pytest.param({"statut": "autre", "date_fiche": "", "decision_ofii": "",
                      "date_decision": "", "date_diagnostic": "02/05/2023"},
                     ["statut_non_concerne"], id="un diagnostic n'est pas l'OFII"),
        pytest.param({"date_fiche": "", "decision_ofii": "", "date_decision": "",
                      "date_diagnostic": "02/05/2024"}, ["cir_trop_ancien"],
                     id="jugée au jour du diagnostic"),
        pytest.param({"date_cir": "", "date_fiche": "", "decision_ofii": "", "date_decision": "",
                      "date_diagnostic": "02/05/2022", "statut": "autre"}, [],
                     id="règle non connue ce jour-là"),
    ],
)  # fmt: skip
def test_a_row_is_judged_once_all_of_it_is_told(
    tmp_path: Path, changed: dict[str, str], refused: list[str]
) -> None:
    """OFII decides, the tool pre-checks: what OFII has overruled refuses no history."""
    row = {
        "nom": "DIALLO-INVENTE", "statut": "refugie", "date_cir": "12/05/2022",
        "commune_residence": "Nantes", "situation_professionnelle": "sans_emploi",
        "situation_logement": "dna", "date_fiche": "02/03/2023", "decision_ofii": "validee",
        "date_decision": "20/03/2023", "date_diagnostic": "", **changed,
    }  # fmt: skip
    file = File(tmp_path / "equipe.db")
    file.visitor = file.visitor._replace(today=date(2024, 6, 3))
    brought = file.takes_over(f"{';'.join(row)}\n{';'.join(row.values())}")
    assert [f.code for f in brought.turned.get(2, ())] == refused
    assert brought.counts == ((1, 0, 0, 0, 0, 1) if refused else (1, 1, 0, 0, 0, 0))
    assert not file.faults()


def test_a_transfer_within_one_file_is_read_as_in_two(file: File) -> None:
    head = "agdref;nom;statut;departement;date_orientation;orientation;date_cloture;motif"
    first = "0123456701;DIALLO-INVENTE;refugie;44;09/01/2023;acceptee;01/03/2023;transfert"
    second = "0123456701;DIALLO-INVENTE;refugie;85;05/03/2023;acceptee;;"
    assert file.takes_over(f"{head}\n{first}\n{second}").counts == (2, 2, 0, 0, 0, 0)
    assert not file.faults()


def test_a_request_already_sent_is_not_sent_again(file: File) -> None:
    head = "nom;statut;date_cir;date_fiche;souhait;date_envoi"
    row = "DIALLO-INVENTE;refugie;09/01/2022;01/08/2023;oui;05/09/2023"
    assert file.takes_over(f"{head}\n{row}").counts == (1, 1, 0, 0, 0, 0)
    assert file.takes_over(f"{head}\n{row}").counts == (1, 0, 0, 1, 0, 0)
    assert file.rows("SELECT etape, date_envoi FROM dossiers") == [("ofii", "2023-09-05")]
    assert not file.faults()


def test_a_form_answered_in_its_row_is_no_form_left_aside(file: File) -> None:
    head = (
        "nom;statut;date_cir;date_orientation;orientation;date_fiche;souhait;decision_ofii;"
        "date_decision"
    )
    row = "DIALLO-INVENTE;refugie;09/01/2022;10/02/2023;acceptee;03/02/2023;oui;validee;10/02/2023"
    brought = file.takes_over(f"{head}\n{row}")
    noted = [found.code for found in brought.noted.get(2, ())]
    assert brought.counts == (1, 1, 0, 0, 0, 0), brought.turned
    assert "fiche_deja_admise" not in noted


def test_a_known_file_does_not_close_the_dossier_opened_since(tmp_path: Path) -> None:
    """One person, two lives, two telephones: the rows told again are each about their own."""
    file = File(tmp_path / "equipe.db")
    rows = (
        "agdref;nom;prenoms;telephone;date_cir;date_diagnostic;date_cloture;motif\n"
        "0123456701;DIALLO;Awa;0612345678;09/01/2023;;01/06/2023;transfert\n"
        "0123456701;DIALLO;Awa;0699999999;09/01/2023;10/02/2023;;"
    )
    stages = "SELECT dossier, etape FROM dossiers ORDER BY dossier"
    assert file.takes_over(rows).counts == (2, 2, 0, 0, 0, 0)
    for _ in range(2):
        before = file.rows(stages)
        assert file.takes_over(rows).counts == (2, 0, 2, 0, 0, 0)
        assert file.rows(stages) == before == [("44-0001", "clos"), ("44-0002", "commission")]
    same = rows.replace("0699999999", "0612345678")
    file.takes_over(same)
    assert file.takes_over(same).counts == (2, 0, 0, 2, 0, 0)
    assert not file.faults()


def test_a_number_that_has_passed_to_another_names_the_other(tmp_path: Path) -> None:
    file = File(tmp_path / "equipe.db")
    file.takes_over("agdref;nom;prenoms\n0000000001;DIALLO;Awa")
    rows = (
        "dossier;agdref;nom;prenoms;date_cloture;motif\n44-0001;0000000002;;;;\n"
        ";0000000001;BAH;Ali;;\n0000000001;;;;01/06/2023;deces"
    )
    assert file.takes_over(rows).counts == (3, 1, 2, 0, 0, 0)
    query = "SELECT p.nom, d.motif FROM dossiers d JOIN people p ON p.id = d.personne ORDER BY 1"
    assert file.rows(query) == [("BAH", "deces"), ("DIALLO", None)]
    assert not file.faults()


def test_rows_about_one_person_with_two_ends_leave_no_engine_fault(tmp_path: Path) -> None:
    file = File(tmp_path / "equipe.db")
    rows = (
        "agdref;nom;prenoms;date_naissance;date_cloture;motif\n"
        "0123456701;;Awa;;01/06/2023;deces\n0123456701;KARIMI;;02/03/1994;01/06/2023;deces\n"
        "0123456701;;Awa;02/03/1994;01/06/2023;deces"
    )
    for _ in range(3):
        file.takes_over(rows, keep_going=True)
        assert file.rows("SELECT dossier, etape FROM dossiers") == [("44-0001", "clos")]
        assert not file.faults()


# --- properties --------------------------------------------------------------------------

_CELLS: dict[str, tuple[str, ...]] = {
    "dossier": ("", "", "", "44-0001", "0123456701", "DIALLO"),
    "agdref": ("0123456701", "0123456702", "123456702", ""),
    "nom": ("DIALLO", "BAH", ""),
    "prenoms": ("Awa", "Ali", ""),
    "date_naissance": ("", "1990", "02/03/1994"),
    "telephone": ("", "0612345678", "0699999999"),
    "date_cir": ("", "09/01/2023"),
    "orientation": ("", "acceptee"),
    "prescripteur": ("", "CADA A", "CADA B"),
    "date_diagnostic": ("", "", "10/02/2023"),
    "date_commission": ("", "", "20/02/2023"),
    "referent": ("", "Noor Test", "Noor Tset"),
    "date_contrat": ("", "", "01/03/2023"),
    "etape": ("", "", "Logement"),
    "date_cloture": ("", "", "01/06/2023"),
    "motif": ("", "transfert", "deces"),
}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(*map(st.sampled_from, _CELLS.values())), min_size=1, max_size=5),
    size=st.integers(1, 3),
)
def test_rows_come_to_the_same_whatever_the_chunk(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], size: int
) -> None:
    text = "\n".join([";".join(_CELLS), *map(";".join, rows)])
    folder = tmp_path_factory.mktemp("morceaux")
    whole, cut = File(folder / "entier.db"), File(folder / "coupe.db")
    for _ in range(2):
        expected = outcome(whole, whole.takes_over(text, keep_going=True))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(intake, "CHUNK", size)
            assert outcome(cut, cut.takes_over(text, keep_going=True)) == expected
    assert not whole.faults()
