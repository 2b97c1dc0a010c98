"""Whether a test would notice: small faults planted in the rules, one at a time (`make mutants`).

    python scripts/mutants.py [--count 300] [--seed 21] [--only decisions/ofii] [--listed]

Each fault is drawn at random from the bodies of the functions of `MODULES`, put into a fork of a
process that has collected the tests of the domain, and met with those that call its function, the
quickest first, until one fails. A fault that every test passes is told; `docs/mutants.md` says of
each such one why it changes nothing. Exit 1 below nine in ten noticed, or one not listed there.
"""

from __future__ import annotations

import argparse
import ast
import functools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = ROOT / "agir_cli" / "domain"
PAGE = ROOT / "docs" / "mutants.md"
MODULES = (
    "dates", "deadlines", "eligibility", "folding", "route",
    *(f"decisions/{path.stem}" for path in sorted((DOMAIN / "decisions").glob("[a-z]*.py"))),
)  # fmt: skip

TESTS = (ROOT / "tests" / "domain", ROOT / "tests" / "usecases" / "test_undo.py")
"""The room of the domain; undoing is tried on a file."""

# --- the faults ---------------------------------------------------------------------------


class Fault(NamedTuple):
    """One place of a module, and what stands there instead: ``number`` is its place in `faults`."""

    module: str
    function: str
    line: int
    told: str
    number: int

    def __str__(self) -> str:
        return f"{self.module}.{self.function}: {self.told}"


_OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip
_NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "YES": "NO", "NO": "YES",
    "UNKNOWN": "YES", "earliest": "latest", "latest": "earliest",
}  # fmt: skip
Put = Callable[[ast.AST], None]
Place = tuple[ast.AST, str, Callable[[], None]]
"""A node, what is written in its stead, and how it is."""


def _others(  # noqa: C901 - one match over the kinds of nodes
    node: ast.AST, put: Put
) -> Iterator[tuple[str, Callable[[], None]]]:
    """What may stand where a node stands."""

    def instead(new: ast.AST) -> tuple[str, Callable[[], None]]:
        return ast.unparse(new), functools.partial(put, new)

    def but(**changed: Any) -> ast.AST:
        return type(node)(**{**dict(ast.iter_fields(node)), **changed})

    match node:
        case ast.Compare():
            for place, op in enumerate(node.ops):
                if (other := _OPPOSITE.get(type(op))) is not None:
                    yield instead(but(ops=[*node.ops[:place], other(), *node.ops[place + 1 :]]))
        case ast.BoolOp() | ast.BinOp() if type(node.op) in _OPPOSITE:
            yield instead(but(op=_OPPOSITE[type(node.op)]()))
        case ast.UnaryOp(op=ast.Not()):
            yield instead(node.operand)
        case ast.If() | ast.IfExp() | ast.While():
            yield (
                f"not ({ast.unparse(node.test)})",
                lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test)),
            )
        case ast.Constant(value=bool()):
            yield instead(ast.Constant(not node.value))
        case ast.Constant(value=int()):
            yield instead(ast.Constant(node.value + 1))
        case ast.Name() if node.id in _NAMES:
            yield instead(ast.Name(_NAMES[node.id], node.ctx))
        case ast.Attribute() if node.attr in _NAMES:
            yield instead(but(attr=_NAMES[node.attr]))
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield instead(ast.Return(ast.Constant(None)))
        case ast.List() if len(node.elts) > 1:
            for place in range(len(node.elts)):
                yield instead(but(elts=node.elts[:place] + node.elts[place + 1 :]))


def faults(tree: ast.Module) -> Iterator[tuple[str, Place]]:
    """Every fault of a module, in the order of its text, with the function that it is in."""
    for name, function in _functions(tree, ""):
        for statement in function.body:
            yield from ((name, place) for place in _within(statement, None, "", None))


def _functions(holder: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in getattr(holder, "body", ()):
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


def _within(
    node: ast.AST, parent: ast.AST | None, field: str, index: int | None
) -> Iterator[Place]:
    def put(new: ast.AST) -> None:
        if index is None:
            setattr(parent, field, new)
        else:
            getattr(parent, field)[index] = new

    if parent is None and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # the docstring
    if parent is not None or not isinstance(node, ast.Return):
        yield from ((node, told, do) for told, do in _others(node, put))
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "ctx", "op", "ops") or isinstance(node, ast.JoinedStr):
            continue
        for place, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST):
                yield from _within(child, node, name, place)


def every_fault(only: str) -> list[Fault]:
    """Each fault of each module."""
    return [
        Fault(module.replace("/", "."), name, getattr(node, "lineno", 0), _told(node, told), number)
        for module in MODULES
        if only in module
        for number, (name, (node, told, _)) in enumerate(faults(_parsed(module)))
    ]


def drawn(every: list[Fault], count: int, seed: int) -> list[Fault]:
    """So many of them, each as likely as another."""
    return sorted(random.Random(seed).sample(every, min(count, len(every))))


def _told(node: ast.AST, told: str) -> str:
    was = node.test if isinstance(node, ast.If | ast.IfExp | ast.While) else node
    return f"`{_short(ast.unparse(was))}` → `{_short(told)}`"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) < 90 else f"{text[:60]} … {text[-25:]}"


def _parsed(module: str) -> ast.Module:
    return ast.parse(_text(module.replace(".", "/")))


@functools.cache
def _text(module: str) -> str:
    return (DOMAIN / f"{module}.py").read_text("utf-8")


def plant(fault: Fault) -> None:
    """Put a fault into this process: the function is another from now on, wherever it is known."""
    tree = _parsed(fault.module)
    _, (_, _, do) = list(faults(tree))[fault.number]
    do()
    name = f"agir_cli.domain.{fault.module}"
    code = compile(ast.fix_missing_locations(tree), name, "exec", dont_inherit=True)
    made = {c.co_qualname: c for c in _codes(code)}
    found: Any = import_module(name)
    for part in fault.function.split("."):
        found = vars(found)[part] if not isinstance(found, ModuleType) else getattr(found, part)
    _bare(found).__code__ = made[fault.function]
    for known in list(sys.modules.values()):
        if getattr(known, "__name__", "").startswith("agir_cli."):
            for value in vars(known).values():
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


def _codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _codes(const)


def _bare(found: Any) -> FunctionType:
    """The function itself, beneath a property, a class method or a cache."""
    for name in ("fget", "__func__", "__wrapped__"):
        found = getattr(found, name, None) or found
    assert isinstance(found, FunctionType), found
    return found


# --- the tests ------------------------------------------------------------------------------


class Answered(NamedTuple):
    """What became of a fault: `tué`, `sans fin`, `survit`."""

    fault: Fault
    outcome: str
    seconds: float


class Runner:
    """A plugin of pytest: instead of running the tests once, it meets each fault with them."""

    def __init__(self, wanted: list[Fault]) -> None:
        self.wanted, self.answers = wanted, list[Answered]()
        self.calls: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}
        self.failed: set[str] | None = None
        """Those that fail with no fault planted, while this is learnt."""

    def pytest_configure(self) -> None:
        """Draw few examples, always the same: what is drawn shall not tell a fault from none."""
        from hypothesis import HealthCheck, settings

        settings.register_profile(
            "mutants", derandomize=True, deadline=None, database=None, max_examples=25,
            suppress_health_check=[*HealthCheck],
        )  # fmt: skip
        settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave at the first test that fails: the parent sees by the exit code."""
        if report.failed and self.failed is None:
            os._exit(1)
        if report.failed and self.failed is not None:
            self.failed.add(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn which test calls what, then try every fault."""
        self._learn(session.items)
        for number, fault in enumerate(self.wanted, 1):
            start = time.monotonic()
            outcome = self._met(fault, session.items)
            self.answers.append(Answered(fault, outcome, time.monotonic() - start))
            print(f"{number}/{len(self.wanted)} {outcome}: {fault}", file=sys.stderr, flush=True)
        return True

    def _learn(self, items: list[pytest.Item]) -> None:
        with tempfile.NamedTemporaryFile("r") as known:
            if _forked(lambda: self._note_calls(items, Path(known.name)), 3600) != 0:
                raise RuntimeError("the tests could not be run without a fault")
            self.calls, self.seconds, failed = json.load(known)
        for test in failed:
            print(f"left out, it fails with no fault planted: {test}", file=sys.stderr)
            self.calls[test] = []

    def _note_calls(self, items: list[pytest.Item], target: Path) -> None:
        """Run every test once, and write down which functions of `MODULES` each calls."""
        files = {str(DOMAIN / f"{module}.py"): module.replace("/", ".") for module in MODULES}
        self.failed, called = set(), set[str]()

        def see(frame: Any, event: str, _: Any) -> None:
            if event == "call" and (module := files.get(frame.f_code.co_filename)) is not None:
                called.add(f"{module}.{frame.f_code.co_qualname.split('.<locals>')[0]}")

        calls, seconds = {}, {}
        for item in items:
            called.clear()
            start = time.monotonic()
            sys.setprofile(see)
            _run([item])
            sys.setprofile(None)
            calls[item.nodeid], seconds[item.nodeid] = sorted(called), time.monotonic() - start
        target.write_text(json.dumps([calls, seconds, sorted(self.failed)]), encoding="utf-8")

    def _met(self, fault: Fault, items: list[pytest.Item]) -> str:
        key = f"{fault.module}.{fault.function}"
        chosen = [item for item in items if key in self.calls[item.nodeid]]
        chosen.sort(key=lambda item: self.seconds[item.nodeid])
        limit = 10 + 5 * sum(self.seconds[item.nodeid] for item in chosen)

        def run() -> None:
            plant(fault)
            _run(chosen)

        status = _forked(run, limit)
        return {0: "survit", 1: "tué"}.get(status, "sans fin")


def _run(items: list[pytest.Item]) -> None:
    for item in items:
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)


def _forked(do: Callable[[], None], limit: float) -> int:
    """Do something in a fork: 0 when it comes to its end, 1 when it fails, 2 past its time."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            do()
        except BaseException:  # noqa: BLE001 - a fault may raise anything, anywhere
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return 2 if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


# --- what is told ---------------------------------------------------------------------------


def main() -> int:
    """Draw, try, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--only", default="", help="part of a module's name")
    parser.add_argument("--listed", action="store_true", help="those that the page lists")
    given = parser.parse_args()
    every, listed = every_fault(given.only), PAGE.read_text("utf-8") if given.listed else ""
    again = [fault for fault in every if str(fault) in listed]
    runner = Runner(again or drawn(every, given.count, given.seed))
    quiet = [
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-s",
        "-o",
        "addopts=",
    ]
    pytest.main([*quiet, "--rootdir", str(ROOT), *map(str, TESTS)], [runner])
    return told(runner.answers)


def told(answers: list[Answered]) -> int:
    """Print the figures and the faults that nobody noticed; 1 if that is not to be borne."""
    known = PAGE.read_text("utf-8") if PAGE.exists() else ""
    by_module: dict[str, Counter[str]] = {}
    for fault, outcome, _ in answers:
        by_module.setdefault(fault.module, Counter())[outcome] += 1
    print("| module | faults | noticed | without end | not noticed |\n|---|---|---|---|---|")
    for module, found in (*by_module.items(), ("all", Counter(a.outcome for a in answers))):
        figures = (found.total(), found["tué"], found["sans fin"], found["survit"])
        print(f"| {module} | {' | '.join(map(str, figures))} |")
    alive = [fault for fault, outcome, _ in answers if outcome == "survit"]
    for fault in alive:
        mark = "" if str(fault) in known else "  <- not listed"
        print(f"- {fault} (line {fault.line}){mark}")
    noticed = 1 - len(alive) / max(len(answers), 1)
    unlisted = [fault for fault in alive if str(fault) not in known]
    print(f"{noticed:.1%} of {len(answers)} noticed, in {sum(a.seconds for a in answers):.0f} s")
    return int(noticed < 0.9 or bool(unlisted))


if __name__ == "__main__":
    sys.exit(main())
