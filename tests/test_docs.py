"""The documentation names every command and report, and says only what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from agir_cli.cli.app import command_line
from agir_cli.domain.reasons import REASONS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "docs" / "guide.md"]


def commands(group: click.Group, above: str = "") -> Iterator[str]:
    context = click.Context(group, info_name="agir")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        typed = f"{above}{name}"
        if isinstance(command, click.Group):
            yield from commands(command, f"{typed} ")
        else:
            yield typed


def pages() -> str:
    return "\n".join(page.read_text("utf-8") for page in PAGES)


@pytest.mark.parametrize("command", sorted(commands(command_line())))
def test_every_command_stands_in_the_readme_or_the_guide(command: str) -> None:
    assert re.search(rf"agir (--\S+ \S+ )*{command}\b", pages()), command


def test_every_command_that_the_pages_name_exists() -> None:
    known = set(commands(command_line()))
    groups = {name.split()[0] for name in known}
    for name in re.findall(
        r"^\s{4,}agir (?:--\S+ \S+ )*([a-z]+(?: [a-z]+)?)", pages(), re.MULTILINE
    ):
        first = name.split()[0]
        assert first in groups, name
        if any(c.startswith(f"{first} ") for c in known):
            assert name in known, name


def test_no_page_names_a_machine_path_or_a_package_host() -> None:
    tracked = [*PAGES, *(ROOT / "docs").rglob("*.md"), ROOT / "data" / "README.md"]
    for page in tracked:
        text = page.read_text("utf-8")
        assert not re.search(r"(?<![\w.~])/(work|root|opt|home)/", text), page
        assert not re.search(r"pypi\.org|npmjs|deb\.debian", text), page


def test_every_command_that_a_remedy_proposes_exists() -> None:
    known = set(commands(command_line()))
    groups = {name.split()[0] for name in known}
    for reason in REASONS.values():
        for first, second in re.findall(r"agir ([a-z]+)(?: ([a-z]+))?", reason.remedy):
            assert first in groups, reason.code
            if any(c.startswith(f"{first} ") for c in known):
                assert f"{first} {second}" in known, reason.code
