"""Each command prints its help, and an act goes through: what every Python has to do."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from agir_cli.cli.app import command_line
from tests.cli.coordinator import Team


def commands(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group, info_name="agir")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))


@pytest.mark.parametrize("words", [*commands(command_line())], ids=" ".join)
def test_the_help_of_a_command(team: Team, words: tuple[str, ...]) -> None:
    assert team.does(*words, "--help").out


def test_an_act_from_the_orientation_to_the_contract(team: Team) -> None:
    ref = team.contracted("--nom", "DIALLO-INVENTE")
    assert "Accompagnement" in team.does("show", ref).out
