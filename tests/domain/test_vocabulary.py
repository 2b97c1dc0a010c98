"""Closed lists: every code has a label, and every code, label and common word reads back."""

from __future__ import annotations

import csv

import pytest

from agir_cli.domain import vocabulary
from agir_cli.domain.events import RANK, Kind
from agir_cli.domain.vocabulary import Code, admitted, normalise, read_code, words_of
from agir_cli.store.reference import data_file, load_words

LISTS = [
    each
    for each in vars(vocabulary).values()
    if isinstance(each, type) and issubclass(each, Code) and each is not Code
]
WORDS = load_words()
MEMBERS = [pytest.param(member, id=f"{member.value}-{m.__name__}") for m in LISTS for member in m]


def test_the_lists_are_found() -> None:
    assert len(LISTS) >= 17


@pytest.mark.parametrize("member", MEMBERS)
def test_every_code_has_a_label(member: Code) -> None:
    assert member.label
    assert member.label != member.value or member.value.isalpha()
    assert member.value == member.value.lower()
    assert " " not in member.value


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(lambda m: m.value, id="code"),
        pytest.param(lambda m: m.label, id="libellé"),
        pytest.param(lambda m: m.label.upper(), id="libellé en capitales"),
        pytest.param(lambda m: f"  {m.label} ", id="libellé entre espaces"),
        pytest.param(lambda m: m.value.replace("_", " "), id="code avec espaces"),
        pytest.param(lambda m: m.value.replace("_", "-"), id="code avec tirets"),
    ],
)
def test_every_spelling_reads_back(member: Code, spelling: object) -> None:
    assert callable(spelling)
    assert read_code(type(member), spelling(member), WORDS) is member


@pytest.mark.parametrize("codes", LISTS)
def test_labels_of_a_list_differ(codes: type[Code]) -> None:
    assert len({normalise(member.label) for member in codes}) == len(codes)


@pytest.mark.parametrize(
    ("codes", "text", "expected"),
    [
        pytest.param(vocabulary.Status, "Réfugiée", "refugie", id="réfugiée"),
        pytest.param(vocabulary.Status, "BPS", "protection_subsidiaire", id="BPS"),
        pytest.param(vocabulary.Orientation, "oui", "acceptee", id="oriente oui"),
        pytest.param(vocabulary.OfiiOutcome, "Non validée", "rejetee", id="non validée"),
        pytest.param(vocabulary.OfiiOutcome, "rejet", "rejetee", id="rejet"),
        pytest.param(vocabulary.Priority, "Droits et logement", "droit_logement", id="priorité"),
        pytest.param(vocabulary.Priority, "emploi", "emploi_formation", id="emploi"),
        pytest.param(vocabulary.French, "alpha", "infra_a1", id="alpha"),
        pytest.param(vocabulary.French, "A1.1", "infra_a1", id="A1.1"),
        pytest.param(vocabulary.Sex, "H", "m", id="H"),
        pytest.param(vocabulary.Sex, "F", "f", id="F"),
        pytest.param(vocabulary.Kinship, "épouse", "conjoint", id="épouse"),
        pytest.param(vocabulary.Kinship, "lui-même", "titulaire", id="lui-même"),
        pytest.param(vocabulary.Housing, "CADA", "dna", id="CADA est au DNA"),
        pytest.param(vocabulary.Work, "Demandeur d'emploi", "sans_emploi", id="demandeur"),
        pytest.param(vocabulary.Tristate, "NSP", "inconnu", id="ne sait pas"),
        pytest.param(vocabulary.Kinship, "Sœur", "fratrie", id="sœur, ligature"),
        pytest.param(vocabulary.Kinship, "SŒUR", "fratrie", id="sœur, ligature en capitale"),
        pytest.param(vocabulary.Kinship, "Frère ou soeur", "fratrie", id="libellé sans ligature"),
        pytest.param(vocabulary.Kinship, "Conjointe", "conjoint", id="conjointe"),
        pytest.param(vocabulary.Kinship, "parente", None, id="une parente n'est pas la mère"),
        *(
            pytest.param(vocabulary.SupportMode, text, code, id=text)
            for text, code in (
                ("En appui à l'accompagnement existant", "appui"),
                ("en appui à l’accompagnement existant", "appui"),
                ("en subsidiarité du droit commun", "subsidiarite"),
                ("prise en charge globale", "globale"),
                ("En prise en charge globale", "globale"),
            )
        ),
        pytest.param(
            vocabulary.Status, "Bénéficiaire de la protection subsidiaire",
            "protection_subsidiaire", id="bénéficiaire de la PS",
        ),
        pytest.param(vocabulary.Status, "Rejoignante de BPI", "rejoignant", id="rejoignante"),
        *(
            pytest.param(vocabulary.Work, text, code, id=text)
            for text, code in (
                ("Étudiante", "etudes"), ("Étudiant(e)", "etudes"), ("étudiant·e", "etudes"),
                ("Indépendante", "independant"), ("Retraitée", "retraite_invalidite"),
                ("Apprentie", "alternance"), ("Alternante", "alternance"),
                ("Demandeuse d'emploi", "sans_emploi"), ("CDD", None),
                ("CDD < 6 mois", "emploi_moins_6_mois"), ("CDD<6 mois", "emploi_moins_6_mois"),
                ("CDD de moins de 6 mois", "emploi_moins_6_mois"),
                ("CDD moins de 6 mois", "emploi_moins_6_mois"),
                ("CDD ≥ 6 mois", "emploi_6_mois_plus"), ("CDD >= 6 mois", "emploi_6_mois_plus"),
                ("CDD > 6 mois", "emploi_6_mois_plus"), ("CDD ≤ 6 mois", None),
                ("CDD + de 6 mois", "emploi_6_mois_plus"), ("CDD - de 6 mois", None),
                ("CDD de 6 mois et plus", "emploi_6_mois_plus"), ("CDD -6 mois", None),
                ("CDD 6 mois et +", "emploi_6_mois_plus"),
                ("CDD de plus de 6 mois", "emploi_6_mois_plus"),
                ("CDD 3 mois", "emploi_moins_6_mois"), ("CDD de 5 mois", "emploi_moins_6_mois"),
                ("CDD 6 mois", "emploi_6_mois_plus"), ("CDD (8mois)", "emploi_6_mois_plus"),
                ("En contrat de 12 mois", "emploi_6_mois_plus"), ("3 mois", None),
                ("formation FLE", "formation_linguistique"), ("RSA", None),
            )
        ),
        pytest.param(vocabulary.French, "Niveau A1", "a1", id="niveau A1"),
        pytest.param(vocabulary.French, "niveau infra-A1", "infra_a1", id="niveau infra-A1"),
        pytest.param(vocabulary.French, "Niveau < A1", "infra_a1", id="niveau < A1"),
        pytest.param(vocabulary.French, "Niveau A1+", None, id="niveau A1 et plus"),
    ],
)  # fmt: skip
def test_common_words_are_understood(codes: type[Code], text: str, expected: str | None) -> None:
    assert read_code(codes, text, WORDS) == expected


@pytest.mark.parametrize(
    ("codes", "text", "expected"),
    [
        pytest.param(vocabulary.French, "<A1", "infra_a1", id="moins que A1"),
        pytest.param(vocabulary.French, "< a1", "infra_a1", id="moins que A1, espacé"),
        pytest.param(vocabulary.French, "\uff1cA1", "infra_a1", id="moins que A1, pleine chasse"),
        pytest.param(vocabulary.French, "≤A1", None, id="A1 au plus"),
        pytest.param(vocabulary.French, ">B2", None, id="plus que B2"),
        pytest.param(vocabulary.French, "A2+", None, id="A2 et plus"),
        pytest.param(vocabulary.French, "A2 -", None, id="A2 et moins"),
        pytest.param(vocabulary.French, "A2\u2212", None, id="A2 et moins, signe moins"),
        pytest.param(vocabulary.French, "A1 ?", None, id="peut-être A1"),
        pytest.param(vocabulary.French, "~A1", None, id="environ A1"),
        pytest.param(vocabulary.Housing, "autonome ?", None, id="peut-être autonome"),
        pytest.param(vocabulary.Housing, "SDF", "sans_abri_precaire", id="SDF"),
        pytest.param(vocabulary.Status, "réfugié\uff1f", None, id="peut-être réfugié"),
        pytest.param(vocabulary.Work, "CDI+", None, id="CDI et plus"),
        pytest.param(vocabulary.Route, "n-1", "n-1", id="un tiret du code"),
        pytest.param(
            vocabulary.OfiiOutcome, "Validé par dérogation", "derogation", id="dérogation"
        ),
        pytest.param(vocabulary.OfiiOutcome, "VRAI", "validee", id="case validée"),
        pytest.param(vocabulary.OfiiOutcome, "FAUX", None, id="case vide n'est pas un rejet"),
        pytest.param(vocabulary.Orientation, "TRUE", "acceptee", id="case acceptée"),
        pytest.param(vocabulary.Orientation, "FALSE", None, id="case vide n'est pas un refus"),
        pytest.param(vocabulary.Tristate, "VRAI", "oui", id="vrai"),
        pytest.param(vocabulary.Tristate, "FALSE", "non", id="false"),
        *(pytest.param(vocabulary.Sex, t, "f", id=t) for t in ("Mme", "Madame", "Mlle", "Mme.")),
        *(pytest.param(vocabulary.Sex, t, "m", id=t) for t in ("M", "M.", "Mr", "Monsieur")),
        pytest.param(vocabulary.Sex, "Mademoiselle", "f", id="Mademoiselle"),
        pytest.param(vocabulary.Sex, "M. et Mme", None, id="deux personnes"),
    ],
)
def test_a_sign_changes_what_a_word_says(
    codes: type[Code], text: str, expected: str | None
) -> None:
    assert read_code(codes, text, WORDS) == expected


@pytest.mark.parametrize("codes", LISTS)
@pytest.mark.parametrize("text", ["", "…", "peut-être bien", "0"])
def test_other_words_are_nothing(codes: type[Code], text: str) -> None:
    assert read_code(codes, text, WORDS) is None


class Unread(dict[type[Code], dict[str, Code]]):
    """A table that fails whoever looks something up in it."""

    def get(self, *_: object) -> dict[str, Code]:  # type: ignore[override]
        raise AssertionError("the table of words is read")


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("spelling", [lambda m: m.value, lambda m: m.label.upper()])
def test_a_code_and_its_label_need_no_table(member: Code, spelling: object) -> None:
    assert callable(spelling)
    assert read_code(type(member), spelling(member), Unread()) is member


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(("couleur", "rouge", "vermeil"), KeyError, id="liste inconnue"),
        pytest.param(("statut", "rouge", "vermeil"), ValueError, id="code inconnu"),
        pytest.param(("sexe", "f", "Monsieur"), ValueError, id="mot de deux codes"),
        pytest.param(("sexe", "m", "M."), ValueError, id="mot qui est un code"),
        pytest.param(("sexe", "f", "Femme"), ValueError, id="mot qui est un libellé"),
    ],
)
def test_a_table_of_words_is_checked(row: tuple[str, str, str], fault: type[Exception]) -> None:
    with pytest.raises(fault):
        words_of([("sexe", "m", "monsieur"), row])


def test_every_word_of_the_table_is_understood() -> None:
    """Each line is one word of one code, in the order of the lists and of their codes."""
    with data_file("words.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["list", "code", "word"]
    for name, code, word in rows:
        assert word == word.strip()
        assert read_code(vocabulary.LISTS[name], word, WORDS) == code
    order = {(n, m.value): k for k, (n, m) in enumerate(
        (n, m) for n, codes in vocabulary.LISTS.items() for m in codes
    )}  # fmt: skip
    places = [order[name, code] for name, code, _ in rows]
    assert places == sorted(places)


def test_what_is_admitted_is_said() -> None:
    assert admitted(vocabulary.Sex) == "f (Femme), m (Homme), x (Autre)"


def test_every_kind_of_event_has_a_label_and_a_rank() -> None:
    assert all(kind.label for kind in Kind)
    assert len({kind.label for kind in Kind}) == len(Kind)
    assert [RANK[kind] for kind in Kind] == list(range(len(Kind)))
