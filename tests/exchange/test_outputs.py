from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from agir_cli.exchange.outputs import inside, open_output, refuse_existing, refuse_team_file
from agir_cli.failures import AgirFailure, UsageFailure


def test_le_fichier_n_apparait_qu_entier_et_lisible_par_son_seul_auteur(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    former = os.umask(0)
    try:
        with open_output(str(file)) as out:
            out.write(b"nom\r\n")
            assert not file.exists()
            (draft,) = tmp_path.iterdir()
            assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    finally:
        os.umask(former)
    assert [*tmp_path.iterdir()] == [file]
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"nom\r\n", 0o600)


def half_written(file: Path, interruption: BaseException) -> None:
    with open_output(str(file), overwrite=True) as out:
        out.write(b"x" * 100_000)
        raise interruption


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, UsageFailure])
def test_une_interruption_ne_laisse_rien(interruption: type[BaseException], tmp_path: Path) -> None:
    old = tmp_path / "ancien.csv"
    old.write_bytes(b"ancien")
    for name in ("neuf.csv", "ancien.csv"):
        with pytest.raises((interruption, AgirFailure)):
            half_written(tmp_path / name, interruption("x"))
    assert [*tmp_path.iterdir()] == [old]
    assert old.read_bytes() == b"ancien"


def test_un_fichier_existant_n_est_remplace_que_sur_ordre(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(b"ancien")
    with pytest.raises(UsageFailure, match="existe déjà"):
        refuse_existing(str(file))
    with pytest.raises(UsageFailure, match="existe déjà"), open_output(str(file)):
        pass
    assert file.read_bytes() == b"ancien"
    with open_output(str(file), overwrite=True) as out:
        out.write(b"neuf")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"neuf", 0o600)


def test_un_fichier_apparu_entre_temps_n_est_pas_ecrase(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    with pytest.raises(UsageFailure, match="existe déjà"), open_output(str(file)):
        file.write_bytes(b"d'un autre")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [
        ("liste.csv", b"d'un autre")
    ]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("equipe.db", id="le fichier de l'équipe"),
        pytest.param("lien.db", id="par un lien"),
        pytest.param("equipe.db-journal", id="son journal"),
        pytest.param("equipe.db-wal", id="son journal WAL"),
        pytest.param("equipe.db-shm", id="sa mémoire partagée"),
        pytest.param("equipe.db-journal/jour/retards.txt", id="un dossier du nom du journal"),
    ],
)
@pytest.mark.parametrize("overwrite", [True, False, None])
def test_le_fichier_d_une_equipe_n_est_jamais_une_sortie(
    name: str, overwrite: bool | None, tmp_path: Path
) -> None:
    team = tmp_path / "equipe.db"
    with sqlite3.connect(team) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    (tmp_path / "lien.db").symlink_to(team)
    before = team.read_bytes()
    with pytest.raises(UsageFailure, match="fichier agir"):
        refuse_existing(f"{tmp_path}/{name}", overwrite=overwrite)
    with (
        pytest.raises(UsageFailure, match="fichier agir"),
        open_output(f"{tmp_path}/{name}", overwrite=overwrite) as out,
    ):
        out.write(b"x")
    with pytest.raises(UsageFailure):
        refuse_team_file(tmp_path / name)
    assert team.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"equipe.db", "lien.db"}


def test_overwrite_n_est_conseille_que_la_ou_il_existe(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(b"x")
    with pytest.raises(UsageFailure) as without:
        refuse_existing(str(file))
    with pytest.raises(UsageFailure) as having:
        refuse_existing(str(file), overwrite=False)
    assert "--overwrite" not in without.value.sentence
    assert "--overwrite" in having.value.sentence


@pytest.mark.parametrize("name", ["", "  "])
def test_un_nom_vide_est_refuse(name: str) -> None:
    with pytest.raises(UsageFailure, match="vide"):
        refuse_existing(name, overwrite=True)


@pytest.mark.parametrize("name", ["absent/liste.csv", "", "a\0b", "x" * 300])
def test_un_lieu_impossible_se_dit_en_une_phrase(name: str, tmp_path: Path) -> None:
    with (
        pytest.raises(UsageFailure, match="ne peut pas être écrit"),
        open_output(f"{tmp_path}/{name}"),
    ):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_un_disque_plein_se_dit() -> None:
    with pytest.raises(AgirFailure, match="Disque plein"), open_output("/dev/full") as out:
        out.write(b"x")


def test_un_peripherique_est_ecrit_directement() -> None:
    with open_output(os.devnull) as out:
        out.write(b"x")
    assert not Path(os.devnull).is_file()


def test_la_sortie_standard_est_celle_du_programme(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    for path in (None, "-"):
        with open_output(path) as out:
            out.write(b"nom\r\n")
    assert capfdbinary.readouterr().out == b"nom\r\nnom\r\n"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "/etc/x", "a/b", "a\\b", "C:x", "a\0b", "a\nb", "x" * 201, "\x1b[2J"],
    ids=repr,
)
def test_un_nom_venu_des_donnees_reste_dans_son_dossier(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFailure):
        inside(tmp_path, name)
    assert inside(tmp_path, "44-0001.json") == tmp_path / "44-0001.json"
