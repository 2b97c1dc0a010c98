"""The files of ``data``, shipped with the program: where each stands."""

from __future__ import annotations

from pathlib import Path

from agir_cli.failures import AgirFailure


def data_file(name: str) -> Path:
    """The path of a file of ``data`` ("communes.csv", "rules/x.toml"), installed or in the project.

    Raises AgirFailure when the program was installed without it.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parent / "data"):
        path = folder / name
        if path.exists():
            return path
    raise AgirFailure(
        f"Le fichier de référence « {name} » manque : l'installation d'agir est incomplète.",
        "À faire : réinstaller agir.",
    )
