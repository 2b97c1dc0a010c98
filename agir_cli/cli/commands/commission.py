"""`agir commission`: its agenda, to prepare and to fill in, and the minutes of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, option
from agir_cli.cli.render import place, say_written
from agir_cli.cli.screen import is_terminal, say, shell_line

if TYPE_CHECKING:
    from agir_cli.reports.sheet import Sheet

app = Commands()
_ONE_OR_MORE = click.IntRange(1)
commission = app.group("commission")


@o.report(commission, rewound=True)
def agenda(
    r: o.Reading,
    *,
    on: str | None = option("DATE", "Le jour de la séance, mis à chaque ligne."),
    count: int | None = option(
        "N", "Les N premières personnes, et leur ménage.", "--first", type=_ONE_OR_MORE
    ),
) -> Sheet | None:
    """L'ordre du jour : qui attend la commission, et qui pourrait accompagner chacun.

    Qui attend depuis le plus longtemps d'abord, un ménage ensemble ; les référents dans l'ordre du
    domaine, du lieu, de la langue et de la charge, chacun avec ses raisons. L'outil propose, la
    commission décide. Le classeur a la place des décisions : rempli, il se redonne tel quel à
    agir assign --from ; une ligne sans décision y est laissée de côté. La page (.html) s'imprime.

    Exemples :
      agir commission agenda --departement 44
      agir commission agenda --on 12/10/2023 --first 30 --output commission.xlsx
      agir commission agenda --mask --output commission.html
    """
    from agir_cli.reports import commission as report

    form = r.form
    sitting = o.day_of(r.session, on, "--on").isoformat() if on else None
    wanted = report.Wanted(sitting, count, form.format == "html", form.hidden)
    r = r._replace(form=form._replace(hidden=False))
    sheet = report.sheet(*r.whom, wanted)
    if form.format != "xlsx" or not form.worded or form.columns:
        return sheet
    r.let_go()
    _write_to_fill(r, sheet)
    return None


def _write_to_fill(r: o.Reading, sheet: Sheet) -> None:
    """Write the agenda as a workbook whose last columns are to be filled in."""
    from agir_cli.cli.commands.model import to_fill_in
    from agir_cli.exchange.forms import Asked, workbook_to_fill
    from agir_cli.reports.field_words import in_words, meaning_of
    from agir_cli.reports.listing import DECIDED

    known = sheet.data.columns
    given = [Asked(each.heading, meaning_of(each), look="given")
             for each in known if each.name not in DECIDED]  # fmt: skip
    headings = [each.heading for each in known if each.name in DECIDED]
    empty = to_fill_in(r.session, DECIDED, headings, DECIDED[0])
    words = [None if each.numeric or each.name in DECIDED else in_words(each) for each in known]
    rows = [[say_it(cell) if say_it else cell for say_it, cell in zip(words, row, strict=True)]
            for row in sheet.data.rows]  # fmt: skip
    written = workbook_to_fill("Commission", [*given, *empty], rows, sheet.title)
    with place(r.form) as out:
        out.write(written)
    say_written(r.form, len(rows))
    if is_terminal() and r.form.output:
        say(
            r.session,
            "Une fois rempli :",
            f"  {shell_line('agir', 'assign', '--from', r.form.output)}",
        )


@o.report(commission)
def minutes(
    r: o.Reading, *, on: str | None = option("DATE", "Le jour de la séance ; sinon la dernière.")
) -> Sheet:
    """Le compte rendu d'une séance : qui, ce qui est décidé, les écarts avec le préconisé.

    Ce que le diagnostic préconise et ce que la commission retient sont côte à côte ; qui l'a
    enregistré, et quand. La page (.html) s'imprime.

    Exemples :
      agir commission minutes --on 12/10/2023
      agir commission minutes --on 12/10/2023 --output seance.html
    """
    from agir_cli.reports import commission as report

    if on is not None:
        day = o.day_of(r.session, on, "--on")
    else:
        day = report.last_sitting(r.connection, r.day, r.filters) or r.day
    return report.minutes(r.connection, day, r.filters, paper=r.form.format == "html")
