"""What `agir demo` shows once its file is made, on one screen: figures, late contracts, one life.

Each part is what a report answers, and says which; the commands proposed go through as they stand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from shlex import join
from typing import Any

from agir_cli.cli.app import run
from agir_cli.cli.screen import plural, say, short_date, tell, weekday_date
from agir_cli.cli.session import Session
from agir_cli.domain.dates import french, from_edtf
from agir_cli.store.directory import every_department
from agir_cli.usecases.demo import TODAY

SHOWN = 5
"""How many of the late contracts are shown; the others are counted."""
_FUNNEL = ("report", "funnel")
_LATE = ("report", "overdue", "--kind", "contractualisation")
_LIFE = ("report", "timeline", "Monsieur A.")
NEXT = (
    ("today",),
    ("explain", "Monsieur A."),
    ("contract", "sign", "44-0692", "--on", "09/10/2023"),
)
"""What to type next: look, ask why, then act on a dossier that is late."""


def show_tour(session: Session, path: Path) -> None:
    """Show the figures of this file, its late contracts and one life, then say what to type."""
    on_file = ("--db", str(path))
    tell(
        f"Fichier de démonstration : {path} — personnes inventées, chiffres publics.",
        f"Pour ce fichier, aujourd'hui est le {weekday_date(TODAY)}.",
        "",
        *_figures(on_file),
        "",
        *_late(on_file),
        "",
        f"$ agir {join([*on_file, *_LIFE])}",
        "",
    )
    run([*_silently(on_file), *_LIFE])
    sys.stdout.flush()
    say(session, "", "Et maintenant, à taper sur le même fichier :")
    say(session, *(f"  agir {join([*on_file, *words])}" for words in NEXT))


def _figures(on_file: Sequence[str]) -> Iterator[str]:
    named = {code: department.name for code, department in every_department(None).items()}
    yield f"Les personnes accompagnées au {short_date(TODAY)} :"
    for row in _answer(on_file, _FUNNEL):
        if not row["secteur"]:
            rate = f"{row['taux_signataires']:.1f}".replace(".", ",")
            yield (
                f"  {named[row['departement']]} ({row['departement']})".ljust(24)
                + f"{row['personnes']:>5} personnes, dont {row['signataires']} signataires"
                f" ({rate} %)"
            )
    yield f"  par secteur : agir {join([*on_file, *_FUNNEL])}"


def _late(on_file: Sequence[str]) -> Iterator[str]:
    rows = _answer(on_file, (*_LATE, "--no-waiting"))
    late = [row for row in rows if row["certitude"] == "certain"]
    yield "Contrats en retard (trois semaines à compter de la commission), les plus anciens :"
    for row in late[:SHOWN]:
        name = " ".join(filter(None, (row["nom"], row["prenoms"])))
        yield (
            f"  {row['dossier']}  {name:<24}"
            f"  dernier jour : {french(from_edtf(row['echeance']))}"
            f"  {row['retard_jours']:>3} jours de retard"
        )
    more = max(len(late) - SHOWN, 0)
    perhaps = len(rows) - len(late)
    typed = join([*on_file, *_LATE])
    yield f"  et {more} {plural(more, 'autre')}, {perhaps} peut-être : agir {typed}"


def _answer(on_file: Sequence[str], words: Sequence[str]) -> list[dict[str, Any]]:
    """The rows that a report answers, as a script asks for them."""
    with redirect_stdout(TextIOWrapper(BytesIO(), "utf-8")) as said:
        run([*_silently(on_file), *words, "--format", "json"])
        said.flush()
        rows: list[dict[str, Any]] = json.loads(said.buffer.getvalue())
    return rows


def _silently(on_file: Sequence[str]) -> tuple[str, ...]:
    return (*on_file, "--today", TODAY.isoformat(), "--no-pager", "--quiet")
