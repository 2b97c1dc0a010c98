"""What a terminal is sent: names are shown there, never obeyed."""

from __future__ import annotations

import io

import pytest

from agir_cli.exchange.outputs import Seen


@pytest.mark.parametrize("at", range(1, 12))
def test_a_terminal_sees_an_escape_and_does_not_obey_it(at: int) -> None:
    sent = "nom,prénoms\r\nÉ\x1b[2J,a\u202eb\r\n".encode()
    terminal = io.BytesIO()
    seen = Seen(terminal)
    for start in range(0, len(sent), at):  # however the bytes are cut
        seen.write(sent[start : start + at])
    shown = terminal.getvalue().decode()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\r" not in shown
    assert "É\\x1b[2J,a\\u202eb" in shown
