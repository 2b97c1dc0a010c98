"""The configuration of the post: what it gives, and how a fault in it is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agir_cli.failures import UsageFailure
from agir_cli.post import Post, config_file


def _post(tmp_path: Path, text: str) -> tuple[Post, list[str]]:
    path, said = tmp_path / "config.toml", list[str]()
    path.write_text(text, "utf-8")
    return Post(path, said.append), said


def test_the_fields_of_the_post_are_texts(tmp_path: Path) -> None:
    post, said = _post(tmp_path, 'bureau = "44-C1"\ndepartement = 44\nauthor = "M. Roux"\n')
    assert post.fields == {"bureau": "44-C1", "departement": "44"}
    assert post.values["auteur"] == "M. Roux"
    assert said == []


def test_without_a_file_nothing_is_given_and_no_toml_is_imported(tmp_path: Path) -> None:
    assert Post(tmp_path / "config.toml").fields == {}
    code = (
        "import sys; from pathlib import Path; from agir_cli.post import Post;"
        f"Post(Path({str(tmp_path / 'rien')!r})).fields; print('tomllib' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_key_that_is_no_setting_is_told_with_its_line_and_the_nearest(tmp_path: Path) -> None:
    post, said = _post(tmp_path, '# poste\n\nburo = "44-C1"\nauteur = "M. Roux"\n')
    assert dict(post.values) == {"auteur": "M. Roux"}
    assert len(said) == 1
    assert "ligne 3 : « buro » n'est pas un réglage. Vouliez-vous dire « bureau »" in said[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [('auteur = "A"\nbureau = 44-C1\n', 2), ("bureau\n", 1), ("bureau = {}\n", 1),
     ("bureau = true\n", 1), ('bureau = ["44-C1"]\n', 1)],
    ids=["sans guillemets", "sans valeur", "autre chose qu'un texte", "oui ou non", "liste"],
)  # fmt: skip
def test_a_broken_file_is_one_sentence_with_its_line_and_key(
    tmp_path: Path, text: str, line: int
) -> None:
    post, _ = _post(tmp_path, text)
    with pytest.raises(UsageFailure) as caught:
        _ = post.values
    assert f"ligne {line}, « bureau »" in caught.value.sentence


@pytest.mark.parametrize(
    ("text", "told"),
    [("lignes = true\n", "un nombre de lignes"), ('lignes = "douze"\n', "un nombre de lignes"),
     ('pager = "peut-être"\n', "oui ou non"), ("pager = 3\n", "oui ou non")],
)  # fmt: skip
def test_a_value_of_another_kind_is_told_with_what_is_expected(
    tmp_path: Path, text: str, told: str
) -> None:
    post, _ = _post(tmp_path, text)
    with pytest.raises(UsageFailure) as caught:
        _ = post.values
    assert f"cela attend {told}" in caught.value.sentence


def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_file() == tmp_path / "agir" / "config.toml"
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "autre.toml"))
    assert config_file() == tmp_path / "autre.toml"


def test_a_device_without_end_is_no_configuration() -> None:
    with pytest.raises(UsageFailure) as told:
        _ = Post(Path("/dev/zero")).values
    assert "ne se comprend pas" in told.value.sentence
    assert len(told.value.sentence) < 500
