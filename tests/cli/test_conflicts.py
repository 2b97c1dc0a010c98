"""What two sites have said apart is seen on both, settled by the command shown; settling travels.

Every person is invented.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.coordinator import ORIENTED, Team

pytest.importorskip("pyrage", reason="the extra « secure » is not installed")
from tests.usecases.over_a_folder import model

ACTS = {
    "deux référents le même jour": (
        "referent designate {0} --referent 'Alice Martin' --on 01/03/2023",
        "referent designate {0} --referent 'Bruno Petit' --on 01/03/2023",
    ),
    "contrat après une fin définitive": (
        "contract refuse {0} --on 17/02/2023 --yes", "contract sign {0} --on 17/02/2023",
    ),
    "deux corrections": (
        "enroll --dossier {0} --nom TROIX-INVENTE", "enroll --dossier {0} --nom TROIZ-INVENTE",
    ),
    "deux dossiers d'une personne ?": (
        "enroll --nom SIX-INVENTE --prenoms Selam --date-naissance 01/02/1989 --agdref 0449999999",
    ) * 2,
    "même heure, même bureau": (
        "diagnose book 44-0002 --on '30/11/2023 10h' --bureau 44-C1",
        "diagnose book 44-0003 --on '30/11/2023 10h' --bureau 44-C1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("nature", ACTS)
def test_a_conflict_is_on_both_sites_until_a_command_that_it_shows_settles_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    nature: str, side: int,
) -> None:  # fmt: skip
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "reglages.toml"))
    place = model(tmp_path, "AB")
    teams = [Team(place / f"{letter}.db", capsys) for letter in "AB"]

    def meet() -> list[list[dict[str, str]]]:
        for team in teams * 2:
            team.does("sync", str(place / "echange"))
        listed = (team.does("conflicts", "--format", "csv").out for team in teams)
        return [[*csv.DictReader(io.StringIO(text), delimiter=",")] for text in listed]

    reference = teams[0].enrols("--nom", "TROIS-INVENTE", *ORIENTED)
    teams[0].does("diagnose", "hold", reference, "--on", "25/01/2023", "--diagnostic-signe", "oui")
    teams[0].does("assign", reference, "--on", "02/02/2023")
    for name in ("QUATRE-INVENTE", "CINQ-INVENTE"):
        teams[0].enrols("--nom", name, *ORIENTED)
    assert meet() == [[], []]
    for team, line in zip(teams, ACTS[nature], strict=True):
        assert team.types(line.format(reference)).code == 0
    here, there = meet()
    assert here == there
    assert [(row["nature"], row["site"]) for row in here] == [(nature, "A"), (nature, "B")]
    shown = teams[0].does("conflicts").out.splitlines()
    assert {row["pour_regler"] for row in here} <= {line.strip() for line in shown}, "à copier"
    remedy = here[side]["pour_regler"].removeprefix("agir ").replace("…", "'30/11/2023 11h'")
    remedy += " --yes" if "--void" in remedy else ""  # a right comes back: a terminal would ask
    answer = teams[1 - side].types(remedy)
    assert answer.code == 0, answer.err
    assert meet() == [[], []]
    one, other = (team.does("report", "dossiers", "--format", "csv").out for team in teams)
    assert one == other
