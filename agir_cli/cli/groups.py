"""The command classes: a group that imports a command's module when it is typed.

``Family`` tells where a command lives. ``LazyGroup`` shows the list from the table alone;
``FrenchGroup`` and ``FrenchCommand`` give every page the same French look: usage line, French
names of commands, and an ``Exemples :`` block kept line by line. Each takes the global options
too, and an option by its beginning.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from inspect import getdoc
from typing import Any, NamedTuple

import click
from typer.core import TyperCommand, TyperGroup

from agir_cli.cli.french import speak_french
from agir_cli.cli.session import GLOBALS, Session, give_late
from agir_cli.failures import UsageFailure

EXAMPLES = "Exemples :"
_LONGEST = 74
PAGE = {"help_option_names": ["--help", "-h"], "max_content_width": 100}

speak_french()  # here, because Click makes some of its words when options are declared


class Family(NamedTuple):
    """Where a command lives: its section of the help, its module, its short help in French.

    ``module`` is ``.name`` for a module of ``agir_cli.cli.commands``, or a full name; its ``app``
    holds a command or a sub-group of the command's own name.
    """

    section: str
    module: str
    help: str


Maker = Callable[[], click.Command]
Run = Callable[..., Any]
Params = list[click.Parameter]
Given = Mapping[str, str | None]
"""The fields of a command as texts; ``None``: not given."""


class Commands:
    """The commands of a module or of one of its groups, and its groups.

    A command is made when it is typed, since forty options cost some time to make.
    """

    def __init__(self) -> None:
        self.makers: dict[str, Maker] = {}
        self.groups: dict[str, Commands] = {}
        self.otherwise = ""
        """Of a group: the command that takes a word which is none of it."""

    def group(self, name: str) -> Commands:
        """Put in a group of commands, and give it."""
        return self.groups.setdefault(name, Commands())

    def declare(self, name: str, run: Run, call: Run, params: Callable[[], Params]) -> None:
        """Put a command in: ``call`` gets its values, the docstring of ``run`` is its help."""
        self.makers[name] = lambda: FrenchCommand(
            name, params=params(), callback=call, help=getdoc(run)
        )


_NEVER_EMPTY = frozenset(
    ("--as-of", "--from", "--from-day", "--known-on", "--month", "--output", "--output-dir",
     "--rejects", "--save-map", "--sheet", "--to", "--to-day", "--use-map", "--within")
)  # fmt: skip
"""Options whose empty value is an unset variable of a script: it is refused."""

_WHOLE = 400
"""Letters of a sentence in a list of commands: it is folded there, never cut."""


@cache
def late_options() -> tuple[click.Option, ...]:
    """The global options as any command takes them, unseen in its help."""
    return tuple(
        click.Option([f"--{name}"], is_flag=metavar is None, hidden=True, expose_value=False,
                     callback=give_late)
        for name, metavar, _ in GLOBALS
    )  # fmt: skip


def _show_help(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Show the page of a command, page by page on a terminal."""
    if value and not ctx.resilient_parsing:
        from agir_cli.cli.screen import paged

        with paged(ctx.find_object(Session)):
            print(ctx.get_help())
        ctx.exit()


class Anywhere(click.Command):
    """A command after which global options may be typed, and options by their beginning."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            found.callback = _show_help
        return found

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        taken = {name for param in own for name in param.opts}
        return [*own, *(late for late in late_options() if late.opts[0] not in taken)]

    def make_parser(self, ctx: click.Context) -> Any:
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        shown: dict[str, None] = {}
        unseen: dict[str, None] = {}
        for option in options:
            for opt in (*option.opts, *option.secondary_opts):
                (unseen if option.hidden else shown)[opt.lstrip("-")] = None

        def full(typed: str) -> str:
            if len(typed) < 2 or typed in shown or typed in unseen:
                return typed
            from agir_cli.cli.command_words import option_meant

            return option_meant(typed, shown, unseen)

        ctx.token_normalize_func = full
        # What another command reads is left to it whole, from the first word on.
        if any(p.type is click.UNPROCESSED for p in self.params):
            ctx.allow_interspersed_args = False
        return super().make_parser(ctx)


def _answer_a_script(ctx: click.Context, typed: Sequence[str], error: Exception) -> None:
    """End by an answer in JSON where a script asks for one, in words that cannot be read."""
    from agir_cli.cli import answers

    if ctx.resilient_parsing or not answers.asked_of(ctx.command, typed):
        return
    from agir_cli.cli.endings import failure_of

    def fail() -> None:
        raise failure_of(error, verbose=False)

    ctx.exit(answers.answered(fail))


class FrenchCommand(Anywhere, TyperCommand):
    """A command whose help ends with the examples of its docstring."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **_french_page(settings))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        typed = [*args]
        try:
            rest = super().parse_args(ctx, args)
        except (click.UsageError, UsageFailure) as error:
            if isinstance(error, click.UsageError):
                error.ctx = error.ctx or ctx  # Click's parser does not say whose option it was
            _answer_a_script(ctx, typed, error)
            raise
        for option in self.params:
            given = ctx.params.get(option.name or "")
            if option.opts[0] in _NEVER_EMPTY and isinstance(given, str) and not given.strip():
                raise UsageFailure(
                    f"{option.opts[0]} est vide : une variable n'a sans doute pas de valeur.",
                    "Donnez-lui une valeur, ou retirez l'option.",
                )
        return rest

    def get_short_help_str(self, limit: int = 45) -> str:
        return super().get_short_help_str(_WHOLE)


class FrenchGroup(Anywhere, TyperGroup):
    """A group of commands, with their French names."""

    makers: Mapping[str, Maker] = {}
    otherwise = ""
    noun = "La commande"

    def __init__(self, **settings: Any) -> None:
        settings["subcommand_metavar"] = "COMMANDE [ARGUMENTS]..."
        settings.setdefault("no_args_is_help", True)
        super().__init__(**_french_page(settings))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        alone = not args and self.no_args_is_help and not ctx.resilient_parsing
        if alone and sys.stdout is not None and sys.stdout.isatty():
            from agir_cli.cli.screen import paged

            with paged(ctx.find_object(Session)):
                print(ctx.get_help())
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.makers, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        make = self.makers.get(cmd_name)
        return make() if make is not None else super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, known = args[0], self.list_commands(ctx)
        if name in known:
            return name, self.get_command(ctx, name), args[1:]
        if name.startswith("-"):
            raise click.NoSuchOption(name, ctx=ctx)
        from agir_cli.cli import command_words

        place = ctx.command_path.partition(" ")[2]
        found = command_words.meant(place, name, known)
        if found is not None:
            return found, self.get_command(ctx, found), args[1:]
        if self.otherwise and not ctx.resilient_parsing:
            return self.otherwise, self.get_command(ctx, self.otherwise), args
        if ctx.resilient_parsing:
            return None, None, args[1:]
        advice = self.advice(ctx)
        raise command_words.not_there(place, name, known, self.noun, advice)

    def advice(self, ctx: click.Context) -> str:
        """What to do about a word that is no command."""
        return f"Aide : {ctx.command_path} --help"

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each name beside its French one, section by section."""
        from agir_cli.cli.command_words import shown_with

        told = self.told(ctx)
        also = shown_with(ctx.command_path.partition(" ")[2], told)
        names = {name: f"{name}, {also[name]}" if name in also else name for name in told}
        width = max(map(len, names.values()), default=0)
        for section in dict.fromkeys(section for section, _ in told.values()):
            with formatter.section(section):
                formatter.write_dl(
                    [
                        (names[name].ljust(width), sentence)
                        for name, (of, sentence) in told.items()
                        if of == section
                    ]
                )

    def told(self, ctx: click.Context) -> dict[str, tuple[str, str]]:
        """The section and the short help of each command."""
        found = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                found[name] = "Commandes", command.get_short_help_str()
        return found


class LazyGroup(FrenchGroup):
    """The root group: it knows its commands by ``table`` and imports only the one asked."""

    table: dict[str, Family]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        family = self.table.get(cmd_name)
        return None if family is None else load(cmd_name, family)

    def told(self, ctx: click.Context) -> dict[str, tuple[str, str]]:
        return {
            name: (f"Commandes - {family.section}", family.help)
            for name, family in self.table.items()
        }

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=family.help)
            for name, family in self.table.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


def load(name: str, family: Family) -> click.Command:
    """Import a family's module and build its command ``name``, and no other of that module."""
    app: Commands = import_module(family.module, "agir_cli.cli.commands").app
    if name in app.groups:
        group = FrenchGroup(name=name, help=family.help)
        group.makers, group.otherwise = app.groups[name].makers, app.groups[name].otherwise
        return _standing_alone(group, app.makers[name]()) if name in app.makers else group
    command = app.makers[name]()
    command.short_help = family.help
    return command


def _standing_alone(group: FrenchGroup, alone: click.Command) -> FrenchGroup:
    """A group that is a command too: `agir rules`, beside `agir rules add`."""

    def run(**values: Any) -> Any:
        if click.get_current_context().invoked_subcommand is None:
            return alone.callback and alone.callback(**values)
        return None

    group.no_args_is_help, group.invoke_without_command = False, True
    group.params, group.callback = [*alone.params, *group.params], run
    group.help, group.epilog = alone.help, alone.epilog
    return group


def _typed(example: str) -> str:
    """An example within 80 columns, cut between two options as a shell lets one type it."""
    cut = example.rfind(" --", 0, _LONGEST) if len(example) > _LONGEST else -1
    if cut < 0:
        return example
    return f"{example[:cut]} \\\n{_typed(f'      {example[cut + 1 :]}')}"


def _french_page(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a command whose page has our width, and the examples at its end."""
    settings["rich_markup_mode"] = None
    settings["context_settings"] = {**PAGE, **(settings.get("context_settings") or {})}
    body, found, examples = (settings.get("help") or "").partition(EXAMPLES)
    if found and not settings.get("epilog"):
        # \b is Click's mark for a paragraph whose lines stay as they are.
        lines = map(_typed, examples.strip("\n").split("\n"))
        kept = "\n".join(lines).replace("\n\n", "\n\n\b\n")
        settings.update(help=body.rstrip(), epilog=f"\b\n{EXAMPLES}\n{kept}")
    return settings


# --- the parameters of a command that are no fields --------------------------------------
#
# Each is declared once, as the default of the keyword that it fills and whose name it has:
# ``def undo(session, *, batch: str = word("LOT", "…"), yes: bool = flag("…"))``.


def option(metavar: str, told: str, typed: str = "", **settings: Any) -> Any:
    """An option with a value; its help says its default where it has one.

    ``typed``: what is typed where that is not the name of the keyword; « --a/--b »: either.
    """
    shown = "default" in settings
    names = typed.split("/") if typed else []
    return _option(*names, metavar=metavar, help=told, show_default=shown, **settings)


def flag(told: str, typed: str = "", **settings: Any) -> Any:
    """An option without a value; ``typed``: « --a/--b », the one for yes and the one for no."""
    return _option(*filter(None, (typed,)), is_flag=True, help=told, **settings)


def _option(*typed: str, **settings: Any) -> Callable[[str], click.Option]:
    settings.setdefault("shell_complete", offered)
    return lambda name: click.Option([name, *(typed or (typed_as(name),))], **settings)


def offered(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """What a shell may offer for a value that is begun."""
    from agir_cli.cli.completion import values

    return values(ctx, param, incomplete)


def word(metavar: str, told: str, **settings: Any) -> Any:
    """A word after the command."""
    return lambda name: Word(name, metavar, told, **settings)


def typed_as(name: str) -> str:
    """How the option of that name is typed: ``as_of`` is ``--as-of``."""
    return f"--{name.replace('_', '-')}"


def own_parameters(run: Run) -> Iterator[click.Parameter]:
    """The parameters that a command declares for itself."""
    for name, declared in (run.__kwdefaults__ or {}).items():
        yield declared(name)


class Word(click.Argument):
    """A word after the command, with a line of help (which Click itself has from 8.5 on)."""

    def __init__(self, name: str, metavar: str, told: str, **settings: Any) -> None:
        super().__init__([name], metavar=metavar, shell_complete=offered, **settings)
        self.told = f"{told}  [obligatoire]" if self.required else told

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(ctx), self.told


def reference(told: str = "Référence, numéro, AGDREF, téléphone ou nom", **settings: Any) -> Any:
    """The dossier that a command reads: one, whose name may be several words."""
    settings = {"required": True, **settings}
    return lambda name: Word(name, "REF", told, nargs=-1, callback=_one_dossier, **settings)


def _one_dossier(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> str:
    dossiers = dossiers_named(words)
    if len(dossiers) > 1 and not ctx.resilient_parsing:
        raise UsageFailure(
            f"Un mot de trop : {dossiers[1]}.", f"{ctx.command_path} prend un dossier à la fois."
        )
    return " ".join(dossiers)


def dossiers_named(words: Sequence[str]) -> list[str]:
    """The dossiers that these words name: words in a row that hold no digit are one name."""
    dossiers: list[str] = []
    spoken = False
    for word in words:
        before, spoken = spoken, not any(c.isdigit() or c == "@" for c in word)
        if before and spoken:
            dossiers[-1] += f" {word}"
        else:
            dossiers.append(word)
    return dossiers
