"""The documentation names every command and report, says only what exists, and leads somewhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from agir_cli.cli.app import command_line
from agir_cli.domain.reasons import REASONS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "docs" / "guide.md"]
EVERY_PAGE = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")]
)
DECISIONS = ROOT / "docs" / "decisions"
# Pages of the project's first notes, which no clone holds.
OUTSIDE = re.compile(
    r"\.\./shared|\b(domain|design|cli|style|house)\.md|\[design\b|[Dd]esign, (invariant|\")"
)


def commands(group: click.Group, above: str = "") -> Iterator[str]:
    context = click.Context(group, info_name="agir")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        typed = f"{above}{name}"
        if isinstance(command, click.Group):
            yield from commands(command, f"{typed} ")
            if command.invoke_without_command:
                yield typed
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
    for page in EVERY_PAGE:
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


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file_or_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        path, _, heading = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        if heading:
            assert heading in _headings(there), target


def _headings(page: Path) -> set[str]:
    lines = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-") for line in lines}


@pytest.mark.parametrize(
    "folder",
    [
        "agir_cli",
        "data",
        "docs",
        "scripts",
        "tests",
    ],
)
def test_nothing_points_outside_the_repository(folder: str) -> None:
    kinds = {".py", ".md", ".toml", ".csv", ".txt", ".css"}
    for path in (ROOT / folder).rglob("*"):
        if path.suffix in kinds and path != Path(__file__):
            found = OUTSIDE.search(path.read_text("utf-8", "replace"))
            assert found is None, f"{path}: {found[0]}"


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_no_page_at_the_root_points_outside_the_repository(page: Path) -> None:
    assert OUTSIDE.search(page.read_text("utf-8")) is None


def test_the_index_of_the_decisions_lists_each_with_its_title_and_status() -> None:
    index = (DECISIONS / "README.md").read_text("utf-8")
    rows = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+?) \| \d{4}-\d\d-\d\d \| (.+?) \|$", index, re.MULTILINE
    )
    files = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    assert [name for _, name, _, _ in rows] == [path.name for path in files]
    numbers = {path.name[:4] for path in files}
    for path, (number, _, title, status) in zip(files, rows, strict=True):
        assert path.name.startswith(f"{number}-")
        assert path.read_text("utf-8").splitlines()[0] == f"# {title}"
        replaced = re.fullmatch(r"superseded by (\d{4})", status)
        assert status in ("accepted", "withdrawn") or (replaced and replaced[1] in numbers)


def test_a_decision_is_short() -> None:
    for path in DECISIONS.glob("0*.md"):
        assert len(path.read_text("utf-8").split()) <= 280, path


def test_every_mark_is_explained() -> None:
    """A mark in the source leads to a page of the repository that has its line."""
    faults, invariants = _page("faults"), _page("invariants")
    for path in [*(ROOT / "agir_cli").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        text = path.read_text("utf-8")
        for mark in re.findall(r"\[faults, (T\d\d)\]", text):
            assert f"\n| {mark} |" in faults, (path, mark)
        for number in re.findall(r"invariant (\d+)\]", text):
            assert f"\n{number}. **" in invariants, (path, number)
        for number in re.findall(r"\bdecision (\d{4})\b", text):
            assert [*DECISIONS.glob(f"{number}-*.md")], (path, number)


def _page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def test_every_invariant_names_tests_that_exist() -> None:
    known = {
        room.name: set(re.findall(r"^def (test_\w+)", _sources(room), re.MULTILINE))
        for room in (ROOT / "tests").iterdir()
        if room.is_dir()
    }
    numbered = re.split(r"^\d+\. ", _page("invariants").partition("\n## ")[0], flags=re.MULTILINE)
    assert len(numbered) == 15
    for invariant in numbered[1:]:
        room = ""
        names = re.findall(r"`(\w+)`:?", invariant)
        for name in names:
            if name in known:
                room = name
            elif name.startswith("test_"):
                assert name in known[room], (room, name)
        assert room, invariant


def _sources(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in folder.rglob("*.py"))


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    code = _sources(ROOT / "agir_cli")
    for line in _page("glossary").splitlines():
        cells = line.split(" | ")
        if line.startswith("| ") and len(cells) == 3:
            for name in re.findall(r"`([A-Za-z_]+\.)?([A-Za-z_]+)`", cells[1]):
                assert re.search(rf"\b{name[1]}\b", code), "".join(name)


def test_the_versions_of_python_that_are_named_are_those_that_are_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = [
        name.rpartition(" ")[2] for name in project["classifiers"] if re.search(r":: 3\.\d+$", name)
    ]
    told = re.search(r"Python\s+([\d., and]+?) are tried", PAGES[0].read_text("utf-8"))
    assert told
    assert re.findall(r"3\.\d+", told[1]) == promised
    assert project["requires-python"] == f">={promised[0]}"


def test_the_way_of_a_row_is_there_to_be_followed() -> None:
    rows = re.findall(r"^\| \d+ \| .+ \| (.+) \|$", _page("row"), re.MULTILINE)
    assert len(rows) <= 20
    for where in rows:
        source = ""
        for word in re.findall(r"`([^`]+)`", where):
            if word.endswith(".py"):
                source = (ROOT / "agir_cli" / word).read_text("utf-8")
            else:
                assert re.search(rf"^\s*(def|class) {word}\b", source, re.MULTILINE), where
