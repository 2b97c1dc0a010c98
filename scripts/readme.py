"""Write anew what the README shows: the answers of its samples, and its pictures.

    python scripts/readme.py samples     # what is typed in a ```text block is typed, and answered
    python scripts/readme.py pictures    # the morning, a refusal, the committee's page

Screens are drawn as SVG from what a terminal of 100 columns gets; the page that `agir report board`
writes is taken by Chromium. All are of the demonstration file. A test compares the samples.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import termios
from contextlib import redirect_stderr, redirect_stdout
from fcntl import ioctl
from pathlib import Path
from tempfile import TemporaryDirectory

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

from agir_cli.cli.app import main as run
from agir_cli.cli.screen import wrapped

README = Path(__file__).parents[1] / "README.md"
DOCS = Path(__file__).parents[1] / "docs"
COLUMNS, LINES = 100, 34
SCREENS = {
    "morning": "today",
    "refusal": "contract sign 44-0002 --on 18/02/2023",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PAGE = (1000, 800)


def main() -> None:
    """Write the samples or take the pictures, as asked."""
    if sys.argv[1:] == ["samples"]:
        README.write_text(samples(README.read_text("utf-8")), "utf-8")
    elif sys.argv[1:] == ["pictures"]:
        pictures()
    else:
        sys.exit(__doc__)


# --- samples -----------------------------------------------------------------------------

_BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OF_THE_DAY = ("Jour pris :", "Fichier de démonstration :")
"""Lines that name today: no page can have them."""


def samples(page: str) -> str:
    """The page, its samples answered as the program answers now."""
    environ, here = {n: v for n, v in os.environ.items() if n.startswith("AGIR")}, Path.cwd()
    for name in environ:
        del os.environ[name]
    try:
        with TemporaryDirectory() as folder:
            os.chdir(folder)
            _typed("agir demo")
            return _BLOCK.sub(lambda found: f"```text\n{_answered(found[1])}```", page)
    finally:
        os.chdir(here)
        for name in [name for name in os.environ if name.startswith("AGIR")]:
            del os.environ[name]
        os.environ.update(environ)


def _answered(block: str) -> str:
    told = []
    for command in re.findall(r"^\$ (?:.*\\\n)*.*\n", block, re.MULTILINE):
        told.append(command)
        words = shlex.split(command[2:].replace("\\\n", " "))
        if words[0] == "export":
            os.environ.update(word.split("=", 1) for word in words[1:])
        else:
            lines = _typed(*words).splitlines()
            told += [f"{_folded(line)}\n" for line in lines if not line.startswith(_OF_THE_DAY)]
    return "".join(told)


def _typed(*words: str) -> str:
    written, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(written, "utf-8", newline="")
    with redirect_stdout(out), redirect_stderr(err):
        run(shlex.split(words[0])[1:] if len(words) == 1 else words[1:])
        out.flush()
    return written.getvalue().decode() + err.getvalue()


def _folded(line: str) -> str:
    """A line in words, set in as on a terminal."""
    label = re.match(r" *[^:]{1,28} : {2,}| *(?:[•«] ?)?(?:[\w' ]{1,12} : )?", line)
    margin = " " * min(len(label[0]) if label else 0, 31)
    return "\n".join(wrapped(line.rstrip(), _WIDTH, margin or "  ")) or line.rstrip()


_WIDTH = 96


# --- pictures ----------------------------------------------------------------------------


def pictures() -> None:
    """Make a demonstration file, and take the pictures of it."""
    with TemporaryDirectory() as folder:
        db = Path(folder) / "agir-demo.db"
        _agir(db, "demo")
        for name, words in SCREENS.items():
            (DOCS / f"{name}.svg").write_text(_drawn(words, _screen(db, words)), "utf-8")
        page = Path(folder) / "comite.html"
        _agir(db, "report", "board", "--output", str(page))
        _photograph(page, DOCS / "committee.png")


def _agir(db: Path, *words: str) -> None:
    command = [sys.executable, "-m", "agir_cli", "--db", str(db), *words]
    subprocess.run(command, check=True, capture_output=True)


def _screen(db: Path, words: str) -> str:
    """What a terminal gets of a command, with its colours."""
    main_end, end = pty.openpty()
    ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AGIR")}
    environ = {**bare, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}
    command = [sys.executable, "-m", "agir_cli", "--db", str(db), "--quiet", "--no-pager"]
    child = subprocess.Popen(
        [*command, *words.split()], stdin=end, stdout=end, stderr=end, env=environ
    )
    os.close(end)
    seen = b""
    try:
        while some := os.read(main_end, 65536):
            seen += some
    except OSError:  # the terminal's other end is closed
        pass
    child.wait()
    os.close(main_end)
    return seen.decode().replace("\r\n", "\n")


def _drawn(words: str, screen: str) -> str:
    """A screen as a picture in which no font is fetched from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ agir {words}", style="bold"))
    console.print(Text.from_ansi(screen.rstrip()))
    local = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title="agir", theme=DEFAULT_TERMINAL_THEME, code_format=local)


def _photograph(page: Path, picture: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("No Chromium here: the committee's page keeps its picture.", file=sys.stderr)
        return
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--window-size={PAGE[0]},{PAGE[1]}", f"--screenshot={picture}", page.as_uri()],
        check=True, capture_output=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
