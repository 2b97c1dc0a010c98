"""`agir partner`, `agir task`, `agir report network`: the coordination of actors, what is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, Given, flag, option, word
from agir_cli.cli.options import act, made
from agir_cli.cli.run_command import read_command, record
from agir_cli.cli.session import Session, visitor_of
from agir_cli.domain import commands as c
from agir_cli.failures import NotFoundFailure, UsageFailure

if TYPE_CHECKING:
    from agir_cli.reports.sheet import Sheet

app = Commands()
partner, task = app.group("partner"), app.group("task")


@made(partner, "add", of=c.AddAction, positional=False)
def add_action(session: Session, given: Given) -> None:
    """Enregistrer ce qui se fait avec les partenaires : convention, réunion, outil, frein…

    Types : convention, reunion, webinaire, sensibilisation, outil, publication, frein, jalon,
    tache. Les partenaires se séparent par « ; ». Une réunion passée est prise comme faite, à venir
    comme prévue ; une convention comme en cours.

    Exemples :
      agir partner add --type convention --objet "Convention SPE" --partenaires SPE
      agir partner add --type reunion --objet "Accès au logement" --partenaires "USH ; SOLIHA"\
        --on 14/11/2023 --participants 12
      agir partner add --from actions.csv
    """
    record(session, read_command(session, c.AddAction, given))


act(app, c.SetAction, """
    Dire où en est une action, ou la corriger ; ce qui n'est pas donné reste.

    Exemples :
      agir partner set S7 --avancement signee --on 15/01/2024
      agir partner set A12 --participants 30
""")  # fmt: skip


@made(partner, "list", printed=True)
def list_partners(session: Session) -> Sheet:
    """Les partenaires : la convention, la dernière rencontre, ce qui est fait, ce qui attend.

    Exemples :
      agir partner list
      agir partner list --format csv
    """
    from agir_cli.reports.network import PARTNERS, partners
    from agir_cli.reports.sheet import one_list
    from agir_cli.usecases.network import actions

    rows = partners([a for a in actions(visitor_of(session)) if not a.dossier], session.today)
    empty = ["Aucun partenaire encore. Le premier : agir partner add"]
    return one_list("Partenaires", PARTNERS, rows, empty=empty)


@made(partner, "show", printed=True, titled=True)
def show_partner(
    session: Session,
    *,
    name: str = word("NOM", "Le partenaire, ou le n° d'une action (A12)."),
) -> Sheet:
    """Tout ce qui est fait et à faire avec un partenaire ; ou une seule action.

    Exemples :
      agir partner show OFII
      agir partner show A12
    """
    from agir_cli.reports import network as report
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.network import actions, number_of

    every = [a for a in actions(visitor_of(session)) if not a.dossier]
    known = {each.action: each for each in every}
    number = number_of(name, known)
    if number is not None:
        rows = report.told(known[number])
        laid = columns(("champ", "valeur"))
        return one_list(number, laid, rows)
    mine, names = report.with_partner(every, name)
    if not mine or len(names) > 1:
        told = names or [p.partenaire for p in report.partners(every, session.today)]
        raise NotFoundFailure(
            f"« {name[:40]} » {'peut être plusieurs partenaires' if names else 'est inconnu'} :",
            *(f"  {each}" for each in told[:12]),
        )
    sheet = report.sheet(report.found(mine, session.today))
    from dataclasses import replace

    return replace(sheet, title=names[0], notes=())


act(app, c.AddTask, """
    Noter ce qui est à faire : quoi, pour quand, par qui, pour quel dossier ou partenaire.

    Exemples :
      agir task add --objet "Relire la convention" --on 15/12/2023 --partenaires SPE
      agir task add 44-0042 --objet "Relancer la CAF" --on 30/11/2023 --responsable "A. Martin"
      agir task add --from taches.csv
""")  # fmt: skip

act(app, c.DoneTask, """
    Noter qu'une tâche est faite, aujourd'hui sauf autre jour.

    Exemples :
      agir task done A12
      agir task done 12 --on hier
""")  # fmt: skip

act(app, c.MoveTask, """
    Donner un autre jour à une tâche, ou un autre responsable.

    Exemples :
      agir task move A12 --on 15/01/2024
      agir task move A12 --responsable "B. Petit"
""")  # fmt: skip


@made(task, "list", printed=True)
def list_tasks(
    session: Session,
    *,
    everything: bool = flag("Celles qui sont faites aussi.", "--all"),
    responsible: str | None = option(
        "NOM", "D'une seule personne ; me : la vôtre.", "--responsable"
    ),
) -> Sheet:
    """Les tâches à faire, la plus pressée d'abord, celles des dossiers comprises.

    Exemples :
      agir task list
      agir task list --responsable martin
      agir task list --all --format csv
    """
    from agir_cli.reports.network import KNOWN, TASKS, row, tasks
    from agir_cli.reports.sheet import Data, Section, Sheet
    from agir_cli.usecases.network import actions

    if responsible in ("me", "moi"):
        responsible = session.author
    found = tasks(actions(visitor_of(session)), everything=everything, by=responsible)
    rows = [*map(row, found)]
    return Sheet(
        title="Tâches", sections=[Section("", KNOWN, rows, TASKS, ("avancement",))],
        data=Data(KNOWN, rows), empty=["Aucune tâche à faire. La première : agir task add"],
    )  # fmt: skip


@o.report(app, periods=True)
def network(
    r: o.Reading,
    *,
    type_: str | None = option("TYPE", "Un seul : convention, reunion, frein…", "--type"),
    partner_: str | None = option("NOM", "Un seul partenaire.", "--partenaire"),
) -> Sheet:
    """La coordination des acteurs : fait, signé, en cours et à venir, par département.

    En csv : une action par ligne, que « agir partner add --from » relit.

    Exemples :
      agir report network
      agir report network --period 2023-T4 --departement 44
      agir report network --type frein --format csv --output freins.csv
    """
    from agir_cli.domain.vocabulary import ActionType
    from agir_cli.reports import network as report
    from agir_cli.reports.selection import one_or

    others = r.filters.without("department")
    if others:
        raise UsageFailure("Ce rapport se divise par --departement, --type et --partenaire.")
    wanted = one_or(None, "Le type", type_, [*ActionType])
    known_on = o.day_of(r.session, r.asked.known_on, "--known-on") if r.asked.known_on else None
    place = r.filters.get("department")
    actions = report.of_the_network(r.connection, r.day, place, known_on)
    if wanted:
        actions = [each for each in actions if each.type_action == wanted]
    if partner_:
        actions, _ = report.with_partner(actions, partner_)
    return report.sheet(report.found(actions, r.day, r.period(), place))
