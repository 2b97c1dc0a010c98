"""Names are data: what a terminal, Rich, SQL or a spreadsheet would obey is shown, never obeyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agir_cli.domain.characters import holds_a_control
from tests.cli.coordinator import COMPLETE, OBEYED, Answer, Team

# Every payload is an invented name that somebody hostile, or a bad export, could have typed.
HOSTILE = {
    "gras de Rich": "[bold]Zed-Invente[/bold]",
    "fin de balise sans début": "[/x] Zed-Invente",
    "lien de Rich": "[link=https://exemple.invalid]Zed-Invente[/link]",
    "crochets": "[Zed-Invente]",
    "couleur ANSI": "Zed\x1b[31m-Invente",
    "efface l'écran": "Zed\x1b[2J\x1b[H-Invente",
    "titre de la fenêtre": "Zed\x1b]0;titre\x07-Invente",
    "presse-papiers": "Zed\x1b]52;c;YWJj\x07-Invente",
    "lien OSC 8": "Zed\x1b]8;;https://exemple.invalid\x1b\\-Invente",
    "C1": "Zed\x9b31m\x90-Invente",
    "cloche": "Zed\x07\x08-Invente",
    "écriture renversée": "Zed\u202eetnevnI",
    "isolats": "Zed\u2067\u2069-Invente",
    "guillemets SQL": "Zed'); DROP TABLE people; --",
    "guillemet double": 'Zed" OR "1"="1',
    "jokers LIKE": "Zed%_*?[a-z]",
    "syntaxe FTS": 'zed NEAR(invente) AND "',
    "accolades": "Zed {dossier} {0} %s",
    "formule": "=HYPERLINK(1)",
    "200 caractères": "Zed" + "x" * 197,
    "arabe": "أحمد المخترع",
    "lettres combinantes": "Z\u0301e\u0308d\u0327",
    "emoji": "Zed 👩🏽\u200d🚀",
    "un seul nom": "Zed",
}
# A name is composed letters that are seen (NFC, no marks of direction): the rest is no part of it.
KEPT = {
    HOSTILE["écriture renversée"]: "ZedetnevnI",
    HOSTILE["isolats"]: "Zed-Invente",
    HOSTILE["lettres combinantes"]: "\u0179\u00eb\u1e11",
}
NAMES = [pytest.param(name, id=case) for case, name in HOSTILE.items()]


def assert_harmless(answer: Answer) -> None:
    """No byte that a terminal obeys, on either stream, and no traceback."""
    for stream in (answer.out, answer.err):
        assert not OBEYED.search(stream.replace("\r\n", "\n")), repr(stream)  # CSV ends lines so
        assert "Traceback" not in stream
        assert "Panne inattendue" not in stream


def visible(name: str) -> str:
    """The name as it is shown: what could be obeyed as `\\x1b`."""
    from agir_cli.cli.screen import plain

    return plain(name)


def stored(team: Team, name: str) -> str:
    """A dossier of somebody of that name; one that drives a terminal is of an older program."""
    given = ("--date-cir", "09/10/2022", *COMPLETE)
    named = ("--nom", name, "--prenoms", name, "--nom-usage", name)
    if not holds_a_control(name):
        return team.enrols(*named, *given, "--prescripteur", name)
    refused = team("enroll", *named, *given)
    assert refused.code == 2
    assert "caractère de commande invisible" in refused.err
    assert_harmless(refused)
    ref = team.enrols("--nom", "Zed-Invente", *given)
    held = f"CAST(x'{name.encode().hex()}' AS TEXT)"
    team.change(f"UPDATE people SET nom = {held}, prenoms = {held}, nom_usage = {held}")
    team.does("rebuild")
    return ref


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_stored_as_it_is_and_shown_harmless(team: Team, name: str) -> None:
    ref = stored(team, name)
    kept = KEPT.get(name, name)
    assert team.rows("SELECT nom, prenoms, nom_usage FROM people") == [(kept, kept, kept)]
    typed: list[tuple[str, ...]] = [
        ("liaison", "add", ref, "--on", "04/10/2023", "--prescripteur", name),
        ("liaison", "list"),
        ("liaison", "send", "--month", "2023-11", "--yes"),
        ("liaison", "decide", ref, "--decision-ofii", "rejetee", "--on", "20/11/2023",
         "--motif-ofii", name, "--reference-cirng", name),
        ("explain", ref), ("explain", ref, "--print"), ("explain", ref, "--format", "json"),
        ("liaison", "add", ref, "--on", "21/11/2023"),
        ("liaison", "decide", ref, "--decision-ofii", "validee", "--on", "21/11/2023"),
        ("diagnose", "book", ref, "--on", "22/11/2023 14h", "--bureau", name),
        ("diagnose", "hold", ref, "--on", "22/11/2023"),
        ("assign", ref, "--on", "22/11/2023", "--referent", name, "--bassin-de-vie", name,
         "--partenaires", name),
        ("contract", "sign", ref, "--on", "22/11/2023", "--projet", name),
        ("step", "add", ref, "--etape", name, "--domaine", "langue"),
        ("step", "list", ref), ("show", ref), ("show", ref, "--events", "--menage"),
        ("find", name), ("show", name), ("correct", ref, "4", "--void", "--reason", name),
        ("show", ref, "--events"), ("check",),
        ("report", "overdue"), ("report", "overdue", "--format", "json"),
    ]  # fmt: skip
    for words in typed:
        answer = team(*words)
        assert_harmless(answer)
        # What another program wrote into the file is refused, or told by `check`.
        assert answer.code in (0, 3, 4, *([2, 6] if holds_a_control(name) else [])), answer.err
        if words[:1] == ("show",) and answer.code == 0:
            assert visible(kept) in answer.out
    assert team.rows("SELECT nom FROM people") == [(kept,)]
    tables = team.rows("SELECT count(*) FROM sqlite_master WHERE type = 'table'")
    assert int(str(tables[0][0])) > 15


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_text_asked_for_is_told_harmless(team: Team, name: str) -> None:
    """Errors repeat what was typed: there too it is only shown."""
    team.enrols("--nom", "Quelquun-Dautre")
    for words in (
        ("find", name), ("show", name), ("explain", name),
        ("diagnose", "hold", name, "--on", "hier"),
        ("enroll", "--nom", "X", "--date-cir", name), ("enroll", "--nom", "X", "--statut", name),
        ("enroll", "--nom", "X", "--commune-residence", name),
        ("enroll", "--nom", "X", "--nationalite", name), (name,), ("contract", name),
        ("--today", name, "check"), ("report", name), ("report", "overdue", "--format", name),
        ("correct", "44-0001", name, "--void", "--reason", "x"),
        ("liaison", "send", "--month", name),
        ("init", "--department", name), ("rules", "--add", name),
    ):  # fmt: skip
        answer = team(*words)
        assert_harmless(answer)
        assert answer.code in (2, 3, 4, 7), (words, answer.said)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_from_a_file_is_the_same(team: Team, tmp_path: Path, name: str) -> None:
    rows = tmp_path / "noms.json"
    rows.write_text(json.dumps([{"nom": name, "date_cir": "32"}]), "utf-8")
    answer = team("enroll", "--from", str(rows))
    assert answer.code == 5
    assert_harmless(answer)


def test_a_nul_in_a_file_is_shown_never_sent(team: Team, tmp_path: Path) -> None:
    rows = tmp_path / "noms.json"
    rows.write_text(json.dumps([{"nom": "Zed\x00-Invente", "prenoms": "A\x00"}]), "utf-8")
    answer = team("enroll", "--from", str(rows))
    assert_harmless(answer)
    if answer.code == 0:
        for words in (("show", "44-0001"), ("find", "zed"), ("explain", "44-0001", "--print")):
            assert_harmless(team(*words))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--author", "\x1b[31mrouge", "enroll", "--nom", "X"), id="auteur"),
        pytest.param(("--site", "S\x07", "enroll", "--nom", "X"), id="site"),
        pytest.param(("correct", "44-0001", "1", "--void", "--reason", "a\x1b[2Jb"), id="raison"),
        pytest.param(("undo", "X", "--reason", "a\x08b"), id="raison d'un lot"),
    ],
)
def test_no_option_takes_what_drives_a_terminal(team: Team, words: tuple[str, ...]) -> None:
    team.enrols("--nom", "X-INVENTE")
    answer = team(*words)
    assert answer.code == 2
    assert "caractère de commande" in answer.err
    assert_harmless(answer)
    assert team.rows("SELECT count(*) FROM events WHERE author LIKE '%' || char(27) || '%'") == [
        (0,)
    ]


@pytest.mark.parametrize("author", ["[bold]a[/bold]", "a\u202eb"])
def test_a_hostile_author_is_shown_harmless(team: Team, author: str) -> None:
    team.does("--author", author, "enroll", "--nom", "X-INVENTE", "--agdref", "0123456789")
    for words in (
        ("show", "44-0001", "--events"),
        ("enroll", "--nom", "X-INVENTE", "--agdref", "0123456789"),
    ):
        assert_harmless(team(*words))


def test_a_drawn_table_shows_markup_as_text(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on a terminal, where Rich draws."""
    monkeypatch.setattr("agir_cli.cli.screen.is_terminal", lambda stream=None: True)
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("[bold]Zed[/bold]", "[/x]", "Zed"):
        team.enrols("--nom", name)
    team.change("UPDATE people SET nom = 'Zed' || char(27) || '[31m' WHERE nom = 'Zed'")
    answer = team.does("--no-pager", "find", "44-")
    for shown in ("[bold]Zed[/bold]", "[/x]", "Zed\\x1b[31m"):
        assert shown in answer.out
    assert not OBEYED.search(answer.out)


def test_a_search_of_several_words_needs_no_quotes(team: Team) -> None:
    ref = team.enrols("--nom", "PREMIER-INVENTE", "--prenoms", "Awa")
    team.enrols("--nom", "PREMIER-INVENTE", "--prenoms", "Zoé")
    assert team.does("find", "awa", "prem").out == team.does("find", "awa prem").out
    assert ref in team.does("find", "awa", "prem").out


def test_searching_never_lists_more_than_what_matches(team: Team) -> None:
    """A wildcard or a quote in a search is a letter."""
    team.enrols("--nom", "PREMIER-INVENTE")
    team.enrols("--nom", "SECOND-INVENTE")
    for text in ("%", "_", "*", "?", "' OR 1=1 --", '"', "44-*", "44%", "[4]4-0001", "\\"):
        assert team("find", text).code == 4, text
