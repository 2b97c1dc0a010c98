"""Who is proposed for a household, in which order, and why."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain.candidates import KnownReferent, Needs, Ranking, Spot

NANTES = Spot("44", "44-C2", "44109", "Nantes Métropole")
REZE = Spot("44", "44-C1", "44143", "Nantes Métropole")
BLAIN = Spot("44", "44-A2", "44015", "CC de Blain")
VENDEE = Spot("85", "85-C1", "85191", "La Roche")
HOUSING, WORK = "Droit-Logement", "Emploi-Formation"


def who(code: str, **known: Any) -> KnownReferent:
    return KnownReferent(code, code, **known)


def order(needs: Needs, *candidates: KnownReferent, persons: int = 1) -> list[str]:
    return [p.candidate.code for p in Ranking(candidates).best(needs, persons, count=9)]


@pytest.mark.parametrize(
    ("better", "worse", "needs", "fact"),
    [
        pytest.param({"domains": (HOUSING,)}, {"domains": (WORK,)},
                     Needs(NANTES, (HOUSING,)), HOUSING, id="son domaine"),
        pytest.param({"domains": (HOUSING, WORK)}, {"domains": (HOUSING,)},
                     Needs(NANTES, (HOUSING, WORK)), f"{HOUSING} et {WORK}", id="les deux"),
        pytest.param({"domains": (HOUSING,)}, {},
                     Needs(NANTES, (HOUSING, WORK)), f"{HOUSING} seulement", id="un des deux"),
        pytest.param({}, {"domains": (WORK,)},
                     Needs(NANTES, (HOUSING,)), "non dit au répertoire : domaine",
                     id="inconnu n'exclut pas"),
        pytest.param({"spot": NANTES, "office": "Nantes"}, {"spot": REZE, "office": "Rezé"},
                     Needs(NANTES), "même bureau (Nantes)", id="son bureau"),
        pytest.param({"spot": REZE, "office": "Rezé"}, {"spot": BLAIN, "office": "Blain"},
                     Needs(NANTES), "bureau dans son bassin de vie (Rezé)", id="son bassin"),
        pytest.param({"spot": BLAIN, "office": "Blain"}, {"spot": VENDEE, "office": "La Roche"},
                     Needs(NANTES), "bureau du même département (Blain)", id="son département"),
        pytest.param({"followed": {"44": 9, "Nantes Métropole": 4}}, {"followed": {"85": 30}},
                     Needs(NANTES), "4 dossiers dans son bassin de vie", id="ceux qu'il suit"),
        pytest.param({"languages": ("dari",)}, {"languages": ("somali",)},
                     Needs(NANTES, languages=("dari",)), "parle dari", id="sa langue"),
        pytest.param({"languages": ("arabe",)}, {"languages": ("somali",)},
                     Needs(NANTES, languages=("arabe soudanais",)),
                     "parle arabe (la personne : arabe soudanais)", id="une langue voisine"),
        pytest.param({"load": 20, "ceiling": 25}, {"load": 25, "ceiling": 25},
                     Needs(NANTES), "5 places sur 25", id="de la place"),
        pytest.param({"load": 20}, {"load": 21}, Needs(NANTES),
                     "non dit au répertoire : bureau, plafond", id="la charge"),
    ],
)  # fmt: skip
def test_what_puts_one_before_another(
    better: dict[str, Any], worse: dict[str, Any], needs: Needs, fact: str
) -> None:
    first, second = who("A", **better), who("B", **worse)
    for candidates in ((first, second), (second, first)):
        found = Ranking(candidates).best(needs)
        assert [each.candidate.code for each in found] == ["A", "B"]
        assert fact in found[0].why


def test_domain_counts_before_place_before_language_before_load() -> None:
    needs = Needs(NANTES, (HOUSING,), ("dari",))
    by_domain = who("domaine", domains=(HOUSING,), spot=BLAIN, languages=("somali",), load=40)
    by_place = who("lieu", domains=(WORK,), spot=NANTES, languages=("somali",), load=30)
    by_language = who("langue", domains=(WORK,), spot=BLAIN, languages=("dari",), load=20)
    by_load = who("charge", domains=(WORK,), spot=BLAIN, languages=("somali",), load=1)
    every = (by_load, by_language, by_place, by_domain)
    assert order(needs, *every) == ["domaine", "lieu", "langue", "charge"]


def test_who_accompanies_the_household_comes_first_and_who_is_full_last() -> None:
    needs = Needs(NANTES, (HOUSING,), accompanied={"connu": "44-0007"})
    full = who("plein", domains=(HOUSING,), spot=NANTES, load=25, ceiling=25)
    known = who("connu", domains=(WORK,), spot=VENDEE, load=60)
    other = who("autre", domains=(WORK,), spot=VENDEE, load=70)
    assert order(needs, full, other, known) == ["connu", "autre", "plein"]
    assert "accompagne déjà 44-0007" in Ranking([known]).best(needs)[0].why


def test_a_household_needs_a_place_for_each_of_its_members() -> None:
    nearly, free = who("presque", load=24, ceiling=25), who("libre", load=30, ceiling=40)
    assert order(Needs(NANTES), nearly, free) == ["presque", "libre"]
    assert order(Needs(NANTES), nearly, free, persons=2) == ["libre", "presque"]


def test_who_is_proposed_first_is_charged_with_it() -> None:
    ranking = Ranking([who("A", load=10, ceiling=12), who("B", load=11, ceiling=40)])
    first = [ranking.best(Needs(NANTES))[0] for _ in range(3)]
    assert [each.candidate.code for each in first] == ["A", "A", "B"]
    assert "11 dossiers avec ceux proposés plus haut" in first[1].why


def test_with_nobody_in_the_directory_nobody_is_proposed() -> None:
    assert Ranking([]).best(Needs(NANTES)) == []
