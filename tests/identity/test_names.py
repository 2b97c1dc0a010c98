"""Names as they sound: the spellings of one name meet, those of two names do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.identity.names import MATCH, likeness, word, words_of

ONE_NAME = [
    "Mohammad Mohamed", "Muhammad Mehmet", "Mamadou Mohamed", "Tesfay Tesfai", "Kiflom Chiflom",
    "Oleksandr Aleksandr", "Fatoumata Fatimata", "Diallo Jalloh", "Thierno Cherno",
    "Yohannes Johannes",
    "Ghulam Gholam", "Qurban Ghorban", "Yousafzai Yusufzai", "Chahine Shahin", "Cherif Şerif",
    "Zhdanov Jdanov", "Khokhlov Chochlow", "Yushchenko Juschtschenko", "Giorgi Guiorgui",
    "Maxamed Mohamed",
    "Cabdullahi Abdullahi", "Abdelrahman Abdulrahman", "Naguib Najib", "Touré Turay",
    "Hossain Hussain",
    "Luwam Luam", "Ubax Ubah", "Zawadzki Zavadski", "Zulukidse Tsulukidze", "Dschamila Djamila",
    "Sharif Shraif", "Weldegabriel Woldegebriel", "Djamila Jamila", "Kathir Kathiir",
]  # fmt: skip
TWO_NAMES = [
    "Karim Salim", "Ali Omar", "Fatima Zahra", "Hassan Hamid", "Ivan Oleg", "Tesfay Haile",
    "Diallo Barry",
    "Nour Noëlle", "Mariam Marwan", "Ahmad Hamid", "PRENOM1 PRENOM12",
]  # fmt: skip
OTHER_SCRIPTS = [
    ("محمد", "Mohammad"), ("احمدی", "Ahmadi"), ("فاطمة", "Fatima"), ("العسكري", "Al-Askari"),
    ("عبدالحليم", "Abdelhalim"), ("Оксана", "Oksana"), ("Щукин", "Chtchoukine"), ("გიორგი",
    "Giorgi"),
    ("ተስፋይ", "Tesfay"), ("হোসেন", "Hossain"), ("Ελένη", "Eleni"),
    ("წულუკიძე", "Zulukidse"), ("завадський", "Zawadzki"), ("Анисья", "Anisja"),
]  # fmt: skip


def alike(one: str, other: str) -> float:
    (first,), (second,) = words_of(one), words_of(other)
    return likeness(word(first), word(second))


@pytest.mark.parametrize("pair", ONE_NAME)
def test_spellings_of_one_name_meet(pair: str) -> None:
    one, other = pair.split()
    assert alike(one, other) >= MATCH
    assert alike(other, one) == alike(one, other)


@pytest.mark.parametrize("pair", TWO_NAMES)
def test_two_names_do_not(pair: str) -> None:
    assert alike(*pair.split()) < MATCH


@pytest.mark.parametrize(("one", "other"), OTHER_SCRIPTS)
def test_other_alphabets_meet_the_latin_one(one: str, other: str) -> None:
    first, second = ("".join(words_of(each)) for each in (one, other))
    assert likeness(word(first), word(second)) >= MATCH


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("G/Medhin", ("gebreMedhin",)),
        ("Abd al-Rahman", ("AbdRahman",)),
        ("Najib Ullah", ("NajibUllah",)),
        ("inconnu", ()),
        ("N'Diaye", ("N'Diaye",)),
        ("…  — !", ()),
        ("👩🏾 Awa", ("Awa",)),
        ("\u200fأحمد\u200e", ("أحمد",)),
        ("Sow (née Ba)", ("Sow", "Ba")),
    ],
)
def test_the_words_of_a_name(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=300))
def test_any_text_is_a_name_or_none(text: str) -> None:
    for each in words_of(text):
        heard = word(each)
        assert heard.keys
        assert likeness(heard, heard) == 1.0
