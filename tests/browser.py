"""A headless Chromium, where the machine has one: open a page, run axe-core on it, look at it.

No driver: the page is opened by the browser's own command line. A width below the browser's
least is given by a frame of that width.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
AXE = Path(sys.prefix) / "axe/node_modules/axe-core/axe.min.js"

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="pas de navigateur ici : chromium n'est pas installé"
)
needs_axe = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core n'est pas installé (make l'installe là où npm existe)"
)

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_SAID = re.compile(r"CONSOLE(?::\d+)?\S*\s(.*)")


def _run(page: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    assert BROWSER is not None
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    words = [
        BROWSER, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", *alone,
        f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", *options,
        page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(
        words, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )


def console(page: Path, folder: Path) -> list[str]:
    """What the page says on the console when it opens: errors and warnings."""
    done = _run(page, folder, "--dump-dom")
    assert "</html>" in done.stdout, done.stderr[-2000:]
    return _SAID.findall(done.stderr)


def screenshot(page: Path, folder: Path, name: str, width: int, height: int) -> bytes:
    """The page as a PNG."""
    picture = folder / name
    _run(page, folder, f"--screenshot={picture}", f"--window-size={width},{height}")
    return picture.read_bytes()


def measured(html: str, folder: Path, width: int) -> dict[str, Any]:
    """How wide the page is in a frame of ``width`` pixels, and the elements that stick out."""
    script = """
const inside = document.querySelector('iframe').contentDocument;
const wide = [...inside.querySelectorAll('body *')].filter(e => !e.closest('.scroll'))
  .filter(e => e.getBoundingClientRect().right > WIDTH + 1).map(e => e.tagName);
const small = [...inside.querySelectorAll('p, td, th, li, small, figcaption, caption')]
  .map(e => parseFloat(inside.defaultView.getComputedStyle(e).fontSize));
answer({width: inside.documentElement.scrollWidth, out: wide, smallest: Math.min(...small)});
"""
    frame = (
        f'<iframe style="border:0;width:{width}px;height:900px" srcdoc="{escape(html)}"></iframe>'
    )
    return _answer(frame, f"const WIDTH = {width};" + script, folder)


def axe(html: str, folder: Path) -> list[dict[str, Any]]:
    """What axe-core finds wrong on the page, each with its impact and the elements."""
    body = _POLICY.sub("", html)
    library = AXE.read_text("utf-8").replace("</script", r"<\/script")
    script = (
        library
        + """
axe.run().then(r => answer(r.violations.map(v => (
  {id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html.slice(0, 200))}))));
"""
    )
    found: list[dict[str, Any]] = _answer(body, script, folder)
    return found


def asked(html: str, script: str, folder: Path) -> Any:
    """What a script that calls ``answer`` is told by the page."""
    return _answer(_POLICY.sub("", html), script, folder)


def _answer(body: str, script: str, folder: Path) -> Any:
    page = folder / "essai.html"
    tell = (
        "function answer(x) { const out = document.createElement('pre'); out.id = 'answer';"
        " out.textContent = JSON.stringify(x); document.body.append(out); }"
    )
    late = f"<script>{tell}\nwindow.addEventListener('load', () => {{ {script} }});</script>"
    whole = body.replace("</body>", f"{late}</body>") if "</body>" in body else (
        f"<!DOCTYPE html><meta charset='utf-8'><body>{body}{late}</body>"
    )  # fmt: skip
    page.write_text(whole, "utf-8")
    done = _run(page, folder, "--dump-dom", "--virtual-time-budget=20000")
    told = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told is not None, done.stderr[-2000:]
    return json.loads(unescape(told.group(1)))
