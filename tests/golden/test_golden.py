"""What the program says about the demonstration file, kept word for word.

Each question below is asked of the demonstration file on its own day, and its answer compared
with the file of the same name beside this one: reports in every format, screens at 80 and 160
columns and as plain text. A change of output is thus seen in a diff, and is wanted.

After a wanted change: ``AGIR_GOLDEN=update`` before pytest (`make golden`) writes them anew; read
the difference before committing it. ``JJ/MM/AAAA`` stands for the real day of recording, and zeros
for the number of a batch.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from agir_cli.cli.commands.report import REPORTS

if sys.platform != "win32":
    import fcntl
    import pty
    import struct
    import termios

HERE = Path(__file__).parent
UPDATE = os.environ.get("AGIR_GOLDEN") == "update"
DAY = "2023-10-09"
FORMATS = ("csv", "json", "jsonl", "markdown", "plain", "xlsx")
WIDTHS = (80, 160)
MONSIEUR_A, OF_85 = "85-0001", "--department 85"

REPORTS_ASKED: dict[str, tuple[str, ...]] = {
    f"overdue {OF_85} --within 3w --waiting": FORMATS,
    "overdue --kind contractualisation": ("csv", "plain"),
    "overdue --by referent --department 85": ("plain",),
    f"overdue {OF_85} --excel": ("csv",),
    "dossiers --department 85 --stage commission": FORMATS,
    "dossiers --department 85 --stage commission --excel": ("csv",),
    "dossiers --department 85 --stage commission --columns dossier,nom,date_cir": FORMATS,
    "network": ("csv", "plain"),
    "funnel": FORMATS,
    "funnel --by bureau --department 44": ("csv", "plain"),
    "funnel --as-of 2023-06-30": ("csv", "plain"),
    "funnel --list signataires --department 85": FORMATS,
    "funnel --list menages --department 85": ("csv", "plain"),
    "funnel --passages": FORMATS,
    "quality --department 85": ("csv", "plain"),
    "quality --list contradiction": ("csv",),
    "quality --list jour_du_contrat": ("csv", "plain"),
    "cross --rows secteur --columns statut --mask": ("csv", "plain"),
    "indicators --period 2023-T3": ("csv", "plain"),
    "funnel --passages --list diagnostic-contrat --department 85": ("csv", "plain"),
    f"agenda {OF_85}": (*FORMATS, "ics"),
    f"agenda {OF_85} --names": ("ics",),
    "liaison": FORMATS,
    "liaison --list a_envoyer": FORMATS,
    "liaison --list listings": ("csv", "plain"),
    "situations": FORMATS,
    "situations --flows": FORMATS,
    "situations --mask 5 --department 85": ("csv", "plain"),
    "situations --list dna --department 85": ("csv", "plain"),
    "outcomes --after 2m": FORMATS,
    "outcomes --after 2m --by logement": FORMATS,
    "outcomes --after 2m --by logement --mask 5": ("csv", "plain"),
    "outcomes --after 2m --exits": ("csv", "plain"),
    "outcomes --after 2m --list travail:non --department 85": ("csv", "plain"),
    "outcomes": ("plain",),
    "caseload": FORMATS,
    "caseload --by bureau": ("csv", "plain"),
    "caseload --forecast": ("csv", "json"),
    "caseload --list accompagnes --line aucun": ("csv", "plain"),
    "rights": ("csv", "plain"),
    "appointments --period 2023-T3": ("csv", "plain"),
    "appointments --by bureau,mois --mask 5 --department 85": ("csv", "plain"),
    "interviews --period 2023-T3": ("csv", "plain"),
    "interviews --by departement,mois --mask 5": ("csv", "plain"),
    "interviews --period 2023-09 --list manques": ("csv", "plain"),
    "funnel --period 2023-T3": ("csv", "plain"),
    "funnel --by trimestre --mask 5": ("csv", "plain"),
    "funnel --period 2023-10 --list entrees --department 85": ("csv", "plain"),
    "situations --period 2023-T3": ("csv", "plain"),
    "outcomes --by logement,trimestre": ("csv", "plain"),
    "caseload --by bureau,mois --department 85": ("csv", "plain"),
    "liaison --by mois": ("csv", "plain"),
    "board": ("html",),
    "board --lines --mask 0": ("html",),
    "timeline 44-0002": (*FORMATS, "html", "svg"),
    f"timeline {MONSIEUR_A}": FORMATS,
}
OTHERS_ASKED: dict[str, tuple[str, ...]] = {
    f"today {OF_85}": FORMATS,
    f"today {OF_85} --list a_completer": ("csv", "plain"),
    "explain 44-0692": ("csv", "json"),
}
SCREENS = (
    "today", "today --list attente", "show 44-0692", "show 44-0002 --events", "explain 44-0692",
    f"explain {MONSIEUR_A}", "find Zarkoti", "rules", "liaison list", "step list 44-0002",
    "assign --loads", "batches", "check",
    "eligibility --statut refugie --departement 44 --date-cir 2023-02",
    "report overdue --department 85 --within 3w", "report overdue --by referent --department 85",
    "report dossiers --department 85 --stage commission", "report funnel",
    "report funnel --passages", "report funnel --list signataires --department 85",
    "report agenda --department 85", "report liaison", "report situations",
    "report situations --flows", "report outcomes --after 2m",
    "report outcomes --after 2m --by logement", "report caseload", "report caseload --by bureau",
    "report timeline 44-0002", f"report timeline {MONSIEUR_A}",
)  # fmt: skip
SUMMED = (
    "report dossiers --format csv", "report dossiers --format json",
    "report overdue --waiting --within 3w --format csv", "report agenda --within 3m --format csv",
    "today --format csv",
)  # fmt: skip
"""Asked of the whole file: too long to keep, so that their digests are."""


class Asked(NamedTuple):
    """A question: the words typed after ``agir``, and the file that keeps its answer."""

    words: str
    file: str
    width: int | None = None


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _questions() -> Iterator[Asked]:
    every = {f"report {words}": forms for words, forms in REPORTS_ASKED.items()} | OTHERS_ASKED
    for words, forms in every.items():
        for form in forms:
            ending = {"markdown": "md", "plain": "txt", "xlsx": "xlsx.txt"}.get(form, form)
            yield Asked(f"{words} --format {form}", f"{_slug(words)}.{ending}")
    for words in SCREENS:
        yield Asked(words, f"{_slug(words)}.plain")
        for width in WIDTHS:
            yield Asked(words, f"{_slug(words)}.{width}", width)


QUESTIONS = list(_questions())


def test_every_report_is_asked_for() -> None:
    asked = {words.split()[0] for words in REPORTS_ASKED}
    assert asked == set(REPORTS)


def test_no_file_is_kept_of_a_question_that_is_asked_no_more() -> None:
    wanted = {"sums.txt", *(asked.file for asked in QUESTIONS)}
    assert len(wanted) == len(QUESTIONS) + 1
    kept = {path.name for path in HERE.iterdir() if path.is_file() and path.suffix != ".py"}
    if UPDATE:
        for name in kept - wanted:
            (HERE / name).unlink()
    else:
        assert kept == wanted


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.file)
def test_the_answer_is_what_was_kept(asked: Asked, built_demo: Path) -> None:
    if asked.width is not None and sys.platform == "win32":
        pytest.skip("no terminal can be made here")
    _compare(HERE / asked.file, _answer(asked, built_demo))


def test_the_long_answers_have_the_digests_that_were_kept(built_demo: Path) -> None:
    answers = {words: _answer(Asked(words, ""), built_demo) for words in SUMMED}
    lines = [
        f"{hashlib.sha256(text.encode()).hexdigest()}  {len(text.splitlines())}  {words}\n"
        for words, text in answers.items()
    ]
    _compare(HERE / "sums.txt", "".join(lines))


def _compare(path: Path, answer: str) -> None:
    if UPDATE:
        path.write_bytes(answer.encode())
    assert answer == path.read_bytes().decode()


# --- asking ------------------------------------------------------------------------------


def _answer(asked: Asked, db: Path) -> str:
    """The exit code where it is not 0, what is said, then what is printed."""
    command = [sys.executable, "-m", "agir_cli", "--db", str(db), "--today", DAY, "--no-pager"]
    command += shlex.split(asked.words)
    known = {k: v for k, v in os.environ.items() if not k.startswith(("AGIR_", "NO_COLOR"))}
    env = {**known, "PYTHONIOENCODING": "utf-8", "COLUMNS": str(asked.width or 100)}
    env |= {"LINES": "40", "TERM": "xterm-256color", "PYTHONPATH": str(HERE.parents[1])}
    if asked.width is None:
        done = subprocess.run(command, env=env, capture_output=True)
        code, said, out = done.returncode, done.stderr.decode(), _text(asked, done.stdout)
    else:
        code, said, out = _on_a_terminal(command, env, asked.width)
    head = (f"[code {code}]\n" if code else "") + (f"{said}--\n" if said else "")
    return _undated(head + out, db)


def _text(asked: Asked, out: bytes) -> str:
    if "--format xlsx" not in asked.words:
        return out.decode()
    from io import BytesIO

    from openpyxl import load_workbook

    told = []
    for sheet in load_workbook(BytesIO(out)):
        told.append(f"[{sheet.title}]")
        for row in sheet.iter_rows():
            told.append("\t".join(f"{c.data_type}{c.number_format}:{c.value}" for c in row))
    return "\n".join(told) + "\n"


def _on_a_terminal(command: list[str], env: dict[str, str], width: int) -> tuple[int, str, str]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    child = subprocess.Popen(
        command, env=env, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, close_fds=True
    )
    os.close(theirs)
    seen = bytearray()
    with suppress(OSError):  # Linux tells the end of a terminal by an error
        while part := os.read(ours, 65536):
            seen += part
    os.close(ours)
    _, said = child.communicate()
    # A drawn heading has its spaces in bold, which nobody sees.
    screen = seen.decode().replace("\r\n", "\n").replace("\x1b[1m \x1b[0m", " ")
    return child.returncode, said.decode(), screen.replace("\x1b", "␛")


def _undated(text: str, db: Path) -> str:
    """The answer without what differs from one build of the file to another."""
    now = datetime.now(UTC)
    days = {(now + timedelta(days=n)).date() for n in (-1, 0, 1)}
    for day in days:
        text = text.replace(f"{day:%d/%m/%Y}", "JJ/MM/AAAA").replace(day.isoformat(), "AAAA-MM-JJ")
    text = re.sub(r"(JJ/MM/AAAA|AAAA-MM-JJ)( à |T| )\d\d[:h]\d\d(:\d\d)?", r"\1\2HH:MM", text)
    text = re.sub(r"\b01[0-9A-HJKMNP-TV-Z]{12,24}\b", lambda lot: "0" * len(lot[0]), text)
    text = re.sub(r"(?m)^UID:[0-9a-f-]+@agir", "UID:…@agir", text)
    return text.replace(str(db), "agir-demo.db")
