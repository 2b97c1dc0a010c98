"""Write docs/columns.md anew: every column of every list and report, from what is printed.

    python scripts/columns.py

Each question is asked of a small file; its CSV heading says the columns, `data/lists.csv` and the
fields what they hold. A test compares the page with what this would write.
"""

from __future__ import annotations

import csv
import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from agir_cli.cli.app import main
from agir_cli.reports.field_words import meaning_of, words_of
from agir_cli.reports.listing import EVERY, listed_columns
from agir_cli.reports.sheet import Column, Kind, columns

PAGE = Path(__file__).parents[1] / "docs" / "columns.md"
ASKED = (
    "report overdue", "report agenda", "report funnel", "report funnel --list signataires",
    "report funnel --list menages", "report funnel --passages",
    "report funnel --passages --list contrat", "report situations", "report situations --flows",
    "report situations --list dna", "report outcomes",
    "report outcomes --list logement --households", "report caseload",
    "report caseload --forecast", "report liaison", "report liaison --list listings",
    "report timeline 44-0001", "today", "explain 44-0001", "eligibility", "show 44-0001",
    "show 44-0001 --events", "find essai", "liaison list", "step list 44-0001", "assign --loads",
    "commission agenda", "commission minutes",
    "batches", "rules", "schema", "check", "report interviews", "report interviews --list dus",
    "report funnel --by mois", "report funnel --period 2023-T3", "config show",
    "report funnel --period 2023", "report funnel --period 2023 --list entrees",
    "report funnel --targets", "report situations --period 2023", "report outcomes --period 2023",
    "report caseload --period 2023", "report liaison --period 2023",
    "report network", "partner list", "partner show OFII", "task list",
    "report rights", "right list", "report appointments", "report appointments --list rendez_vous",
)  # fmt: skip
"""What is asked: a question for each list of columns that is not that of `report dossiers`."""

_TYPES = {
    Kind.CODE: "code", Kind.TEXT: "texte", Kind.DATE: "date", Kind.NUMBER: "nombre",
    Kind.RATE: "pour cent", Kind.FLAG: "booléen",
}  # fmt: skip
_HEAD = """\
# Les colonnes

Chaque colonne de chaque liste et de chaque rapport : son nom dans les fichiers CSV et JSON, son
type, ce qu'elle dit. Cette page est écrite par `python scripts/columns.py` à partir du programme,
et un test la compare à ce qu'il imprime. Les noms et leur ordre sont une promesse faite aux
scripts ; d'autres colonnes peuvent suivre.

Dans un classeur (`--format xlsx`), avec `--excel` ou `--labels yes`, les titres et les mots
français prennent la place des noms et des codes ; la feuille « Explications » d'un classeur les
dit. `--labels no` rend les noms et les codes. `--stamp` ajoute la colonne `date_du_rapport`.

| type | en CSV | en JSON |
|---|---|---|
| code | le code d'une liste fermée, ou une référence | chaîne |
| texte | des mots saisis ; `'` devant ce qu'un tableur prendrait pour une formule | chaîne |
| date | ISO, ou en partie connue : voir plus bas | chaîne |
| nombre | entier ou décimal, point décimal | nombre |
| pour cent | `66.3` pour 66,3 % | nombre |
| booléen | `oui` ou `non` | `true` ou `false` |

Ce qui n'est pas connu est vide en CSV, `null` en JSON, jamais une chaîne vide.

**Les dates** suivent EDTF, la norme des dates connues en partie (ISO 8601-2) :

| écrit | veut dire |
|---|---|
| `2023-01-25` | ce jour |
| `2023-01-25 14:30` | ce jour, à cette heure (rendez-vous) |
| `2023-01` | un jour de janvier 2023 |
| `2023` | un jour de 2023 |
| `[2023-03..2023-04]` | un jour entre le 1er mars et le 30 avril 2023 |
| `[2023-09-22..2023-10-21]` | un jour entre ces deux jours, compris |

Une date en partie connue n'est pas une période : c'est un seul jour, que l'on ne sait pas mieux.
Dans un outil qui veut des jours, prenez les deux bornes (les colonnes `…_min` et `…_max` de la
table `dossiers`), ou lisez la colonne comme du texte. Une échéance qui part d'une telle date est
écrite de même.
"""


def page() -> str:
    """The page, as the program is now."""
    parts = [_HEAD, _table("report dossiers", listed_columns(EVERY))]
    for words, names in asked().items():
        parts.append(_table(words, columns(names)))
    return "\n".join(parts)


def asked() -> dict[str, list[str]]:
    """The columns of each question, by its words."""
    with TemporaryDirectory() as folder:
        file = ["--db", str(Path(folder) / "colonnes.db"), "--today", "2023-10-09"]
        _typed(*file, "init", "--department", "44")
        _typed(*file, "enroll", "--nom", "ESSAI", "--statut", "refugie", "--date-cir", "2023-01")
        return {words: _header(_typed(*file, *words.split(), "--format", "csv")) for words in ASKED}


def _typed(*words: str) -> str:
    written, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(written, "utf-8", newline="")
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
        out.flush()
    if code not in (0, 6):
        raise SystemExit(f"agir {' '.join(words)}: {code}\n{err.getvalue()}")
    return written.getvalue().decode()


def _header(text: str) -> list[str]:
    return next(csv.reader(io.StringIO(text)))


def _table(words: str, found: tuple[Column, ...]) -> str:
    lines = [f"## `agir {words}`", "", "| colonne | type | ce qu'elle dit |", "|---|---|---|"]
    for column in found:
        told = meaning_of(column)
        values = words_of(column)
        if values and len(values) < 30:
            told += f" ({', '.join(f'`{code}` {word}' for code, word in values.items())})"
        lines.append(f"| `{column.name}` | {_TYPES[column.kind]} | {told.replace('|', '/')} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
