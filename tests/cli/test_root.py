"""The root command: French words, exit codes, nearest names, and every way to end."""

from __future__ import annotations

import ast
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
import pytest
import typer

from agir_cli import __version__
from agir_cli.cli import french
from agir_cli.cli.app import COMMANDS, main
from agir_cli.cli.endings import Terminated, steady_streams
from tests.cli.sample import FAMILY, SECRET

ROOT = Path(__file__).parents[2]

# Words of Click and Typer that no French sentence of ours contains.
ENGLISH = re.compile(
    r"\b(usage:|show|this|message|exit|missing|invalid|error|try|help\.|no such|did you mean|"
    r"got|unexpected|required|default|commands|command|text|integer|path|file|directory|"
    r"aborted|choose|from|is not|does not|takes|value)\b",
    re.IGNORECASE,
)

Result = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "essai", FAMILY)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("AGIR_DB", "AGIR_TODAY", "AGIR_AUTHOR", "AGIR_SITE", "AGIR_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def agir(capsys: pytest.CaptureFixture[str], *words: str) -> Result:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def process(*words: str, **settings: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.sample", *words],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def without_our_words(text: str) -> str:
    """A screen without what is French by contract: names of options and commands."""
    ours = r"--[a-z-]+|\bagir( [a-z]+)*|^ {2}[a-z]+(, \S+)? {2}|essai \w+"
    return re.sub(ours, "", text.partition("Exemples :")[0], flags=re.MULTILINE)


# French everywhere


def _spoken(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "ngettext"):
            for word in node.args[: 1 if ast.unparse(node.func) == "_" else 2]:
                if isinstance(word, ast.Constant):
                    yield word.value


# Said to a developer, or by parts of Click that agir does not use (progress bars, editor).
NOT_ON_SCREEN = (
    "Name '{name}' defined twice",
    "Boolean option {decl!r} cannot use",
    "Could not determine name for option",
    "No options defined but a name was passed",
    "Arguments take exactly one parameter",
    "Unknown standard stream",
    "Unknown color",
    "Invalid start character for option",
)


@pytest.mark.parametrize(
    "path",
    [
        *(Path(click.__file__).parent / f"{name}.py" for name in (
            "core", "decorators", "exceptions", "formatting", "parser", "termui", "types", "utils",
        )),
        Path(typer.__file__).parent / "core.py",
    ],
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)  # fmt: skip
def test_every_sentence_of_the_libraries_has_its_french(path: Path) -> None:
    assert [
        words
        for words in _spoken(path)
        if words not in french.words() and not words.startswith(NOT_ON_SCREEN)
    ] == []


def test_the_french_keeps_the_places_of_the_values() -> None:
    place = re.compile(r"\{\w+")
    extra = {
        words: said
        for words, said in french.words().items()
        if not set(place.findall(said)) <= set(place.findall(words))
    }
    assert extra == {}


def unpromised(tree: ast.Module) -> Iterator[str]:
    """What a module takes from Click and Typer that these libraries call private."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in ("click", "typer"):
                names = [*module.split("."), *(alias.name for alias in node.names)]
                if any(name.startswith("_") for name in names):
                    yield ast.unparse(node)
            case ast.Attribute(attr=name) if name.startswith("_") and not name.startswith("__"):
                if ast.unparse(node).split(".")[0] in ("click", "typer"):
                    yield ast.unparse(node)
            case ast.Call(func=ast.Name("vars" | "setattr" | "getattr"), args=[thing, *_]):
                if re.match(r"_?(click|typer|module\b|_completion)", ast.unparse(thing)):
                    yield ast.unparse(node)


def test_what_the_libraries_do_not_promise_is_used_in_one_module() -> None:
    package = ROOT / "agir_cli"
    places = {
        path.relative_to(package).as_posix(): sorted(unpromised(ast.parse(path.read_text("utf-8"))))
        for path in package.rglob("*.py")
    }
    assert {place: found for place, found in places.items() if found} == {
        "cli/french.py": [
            "from typer import _completion_classes, completion",
            "from typer._completion_shared import get_completion_script",
            "from typer._completion_shared import install as install_for",
            "vars(_completion_classes)",
            "vars(module)",
        ]
    }


@pytest.mark.parametrize(
    "planted",
    [
        "from typer._completion_shared import install",
        "from click import _compat",
        "typer.main._get_command",
        "vars(click.core)['_'] = str",
    ],
)
def test_a_planted_private_name_is_seen(planted: str) -> None:
    assert list(unpromised(ast.parse(planted)))


@pytest.mark.parametrize("words", [(), ("essai",), ("essai", "typed")], ids=" ".join)
def test_help_is_in_french(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = agir(capsys, *words, "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage : agir")
    assert "Afficher cette aide et quitter." in out
    assert ENGLISH.findall(without_our_words(out)) == []


def test_help_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = agir(capsys, "essai", "typed", "--help")
    assert "Usage : agir essai typed [OPTIONS] REFERENCE" in out
    assert "--place CHEMIN" in out
    assert "[obligatoire]" in out
    assert "par défaut : 3" in out
    assert out.endswith(
        "  Exemples :\n"
        "    agir essai typed 44-0042 --place liste.csv\n"
        "    agir essai typed 44-0042 --place liste.csv --count 2\n"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("find",), "TEXTE  Nom, référence ou n° AGDREF"),
        (("correct",), "[N°]   Numéro de l'événement"),
        (("contract", "sign"), "[REF]...  Un dossier, ou plusieurs : référence"),
        (("import",), "FICHIER  Le tableau"),
        (("undo",), "[LOT]  Numéro du lot"),
    ],
)
def test_help_tells_what_an_argument_is(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = agir(capsys, *words, "--help")
    assert (code, told in out) == (0, True), out


def test_root_help_names_every_command_once(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = agir(capsys, "--help")
    listed = re.findall(r"^  ([a-z][a-z-]*)(?:, \S+)? {2,}\S", out, flags=re.MULTILINE)
    assert listed == list(COMMANDS)


FAULTS = {
    "commande": (("enrole",), "La commande « enrole » n'existe pas. Vouliez-vous dire « enroll »"),
    "commande lointaine": (("zzzzzz",), "La commande « zzzzzz » n'existe pas."),
    "sous-commande": (("essai", "typd"), "« typd » n'existe pas. Vouliez-vous dire « typed » ?"),
    "option": (
        ("--tody", "x", "check"),
        "L'option « --tody » n'existe pas. Vouliez-vous dire « --today » ?",
    ),
    "option proche": (("essai", "typed", "--plce"), "Vouliez-vous dire « --place » ?"),
    "option absente": (("essai", "typed", "x"), "Il manque l'option « --place »."),
    "argument absent": (("essai", "typed"), "Il manque l'argument « REFERENCE »."),
    "sans valeur": (("essai", "typed", "--place"), "L'option « --place » demande une valeur."),
    "de trop": (("essai", "session", "x"), "Un mot de trop : x"),
    "drapeau": (("essai", "typed", "--yes=1"), "L'option « --yes » ne prend pas de valeur."),
    "nombre": (("essai", "typed", "x", "--count", "a"), "« a » n'est pas un entier."),
    "bornes": (("essai", "typed", "x", "--count", "10"), "n'est pas dans les bornes 1<=x<=9."),
    "choix": (("essai", "typed", "x", "--format", "pdf"), "n'est pas l'un de : « table », « csv »"),
    "fichier": (("essai", "typed", "x", "--place", "rien.csv"), "Chemin « rien.csv » introuvable."),
    "paire": (("essai", "typed", "x", "--pair", "1"), "demande 2 valeurs."),
    "jour": (("--today", "31/02/2023", "essai", "session"), "--today"),
    "mois": (("--today", "02/2023", "essai", "session"), "n'est pas un jour précis."),
    "shell": (("--show-completion", "tcsh"), "Interpréteur de commandes inconnu : « tcsh »."),
}


@pytest.mark.parametrize(("words", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_wrong_command_line_is_answered_in_french(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = agir(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("Erreur : ")
    assert sentence in err
    assert ENGLISH.findall(without_our_words(err)) == []


def test_a_group_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = agir(capsys, "essai")
    assert (code, out) == (2, "")
    assert err.startswith("Usage : agir")
    assert "\nOptions :\n" in err


# The session


def test_global_options_reach_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--db", "x.db", "--today", "09/10/2023", "--author", "Zoé", "--site", "B", "--quiet"]
    code, out, _ = agir(capsys, *words, "--no-pager", "essai", "session")
    assert (code, out) == (0, "x.db 2023-10-09 Zoé B True False\n")


def test_the_environment_answers_where_no_option_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DB", "y.db"), ("TODAY", "2023-10-09"), ("AUTHOR", "Ana"), ("SITE", "N")):
        monkeypatch.setenv(f"AGIR_{name}", value)
    assert agir(capsys, "essai", "session")[1] == "y.db 2023-10-09 Ana N False True\n"
    assert agir(capsys, "--db", "x.db", "essai", "session")[1].startswith("x.db ")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the Linux folder")
def test_defaults_of_the_session(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "coordination")
    out = agir(capsys, "essai", "session")[1].split()
    assert out[0] == str(tmp_path / "agir" / "agir.db")
    assert abs((date.fromisoformat(out[1]) - date.today()).days) <= 1  # noqa: DTZ011 - a witness
    assert out[2:] == ["coordination", "None", "False", "True"]


# Every way to end


ENDINGS = {
    "usage": (2, "Erreur : Phrase.\nDétail.\n"),
    "rule": (3, "Erreur : Phrase.\nDétail.\n"),
    "missing": (4, "Erreur : Phrase.\nDétail.\n"),
    "rows": (5, "Erreur : Phrase.\nDétail.\n"),
    "check": (6, "Erreur : Phrase.\nDétail.\n"),
    "file": (7, "Erreur : Phrase.\nDétail.\n"),
    "escape": (3, "Erreur : Nom \\x1b[31m\\u202erouge.\n"),
    "abort": (130, "Interrompu : ce qui n'était pas enregistré en entier est annulé.\n"),
    "interrupt": (130, "Interrompu : ce qui n'était pas enregistré en entier est annulé.\n"),
    "end": (130, "Interrompu : ce qui n'était pas enregistré en entier est annulé.\n"),
    "late": (8, ""),
}


@pytest.mark.parametrize(("kind", "ending"), ENDINGS.items(), ids=ENDINGS)
def test_each_failure_has_its_code_and_sentence(
    kind: str, ending: tuple[int, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = agir(capsys, "essai", "fail", kind)
    assert (code, err) == ending
    assert out == ""


@pytest.mark.parametrize("kind", ["bug", "gone"])
def test_an_unexpected_failure_shows_places_and_no_value(
    kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, _, err = agir(capsys, "essai", "fail", kind)
    assert code == 1
    assert len(err.splitlines()) == 2
    code, _, told = agir(capsys, "--verbose", "essai", "fail", kind)
    assert code == 1
    assert re.search(r"tests/cli/sample\.py:\d+ fail", told)
    log = tmp_path / "panne.log"
    monkeypatch.setenv("AGIR_DEBUG", str(log))
    assert agir(capsys, "essai", "fail", kind)[0] == 1
    assert "builtins." in log.read_text("utf-8")
    for text in (err, told, log.read_text("utf-8")):
        assert SECRET not in text
        assert "Traceback" not in text
    if os.name == "posix":
        assert log.stat().st_mode & 0o077 == 0


def test_a_busy_file_and_a_foreign_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    code, _, err = agir(capsys, "essai", "locked", str(path))
    holder.close()
    assert (code, "occupé" in err) == (7, True)
    path.write_bytes(b"nom;prenom\n" * 200)
    code, _, err = agir(capsys, "essai", "locked", str(path))
    assert (code, "n'est pas un fichier agir" in err) == (7, True)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_with_one_sentence(number: int, code: int) -> None:
    with process("essai", "wait") as child:
        assert child.stdout is not None
        assert child.stdout.readline().decode().strip() == "prêt"
        child.send_signal(number)
        _, err = child.communicate()
    assert child.returncode == code
    assert err.decode().splitlines() == [
        "Interrompu : ce qui n'était pas enregistré en entier est annulé."
    ]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_asked_twice_it_stops_no_sooner(first: int) -> None:
    """Ctrl-C typed again must not cut short what undoes the command."""
    undone: list[str] = []
    before = signal.getsignal(signal.SIGINT)

    @contextmanager
    def undoing() -> Iterator[None]:
        try:
            yield
        finally:
            for again in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
                signal.raise_signal(again)
            undone.append("whole")

    with pytest.raises((KeyboardInterrupt, Terminated)), steady_streams(), undoing():
        signal.raise_signal(first)
    assert undone == ["whole"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_closed_pipe_is_no_fault() -> None:
    with process("essai", "lines") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_a_pipe_closed_before_the_last_flush_is_no_fault() -> None:
    with process("essai", "lines", "--count", "3") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_said() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.sample", "essai", "lines"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert "Le disque est plein" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_no_encoding_breaks_a_name(encoding: str) -> None:
    with process("essai", "lines", "--count", "1", PYTHONIOENCODING=encoding) as child:
        out, err = child.communicate()
    assert (child.returncode, err) == (0, b"")
    assert "أحمد Şahin Łukasz" in out.decode("utf-8")


# Start-up


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_nothing_heavy_is_imported_to_start(word: str) -> None:
    program = (
        "import sys, io\n"
        "from agir_cli.cli import app\n"
        "said, sys.stdout = sys.stdout, io.StringIO()\n"
        "code = app.main(sys.argv[1:])\n"
        "sys.stdout = said\n"
        "print(code, *sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, word], cwd=ROOT, capture_output=True, text=True
    )
    code, *loaded = done.stdout.split()
    assert code == "0", done.stderr
    assert "agir_cli.cli.app" in loaded
    assert {"rich", "sqlite_utils", "tabulate", "dateutil", "tomllib", "sqlite3"}.isdisjoint(loaded)
    families = {f"agir_cli.cli{family.module}" for family in COMMANDS.values()}
    assert families.isdisjoint(loaded)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert agir(capsys, "--version") == (0, f"agir {__version__}\n", "")


# Completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = agir(capsys, "--show-completion", shell)
    assert (code, err) == (0, "")
    assert f"complete_{shell}" in out


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("agir en", "enroll"), ("agir essai ty", "typed"), ("agir essai typed --pl", "--place")],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_answers(shell: str, typed: str, expected: str) -> None:
    words = typed.split()
    asked = {
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": typed,
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    with process(_AGIR_COMPLETE=f"complete_{shell}", **asked) as child:
        out, err = child.communicate()
    assert (child.returncode, err) == (0, b"")
    assert expected in out.decode()
    assert "check" not in out.decode()


def test_a_completion_request_that_is_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_AGIR_COMPLETE", "complete_tcsh")
    code, out, err = agir(capsys)
    assert (code, out) == (2, "")
    assert "non compris" in err


def test_installing_the_completion_speaks_french(tmp_path: Path) -> None:
    with process("--install-completion", "bash", HOME=str(tmp_path)) as child:
        out, err = child.communicate()
    assert (child.returncode, out) == (0, b"")
    assert "Complétion pour bash installée" in err.decode()
    assert any(path.is_file() for path in tmp_path.rglob("*agir*"))
