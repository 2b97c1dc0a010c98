"""`agir init`, `agir demo`, `agir check`, `agir rebuild`."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Any

from agir_cli.cli.commands.encryption import KEY_FILE, RECOVERY, drawn_key, to_encrypt
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.options import made
from agir_cli.cli.screen import is_terminal, plural, say, short_date, tell, weekday_date
from agir_cli.cli.session import Session, department_code, one_line, visitor_of
from agir_cli.domain.dates import exactly, french, from_edtf
from agir_cli.domain.eligibility import unknown_when
from agir_cli.failures import CheckFailure, UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.store.soundness import Difference

app = Commands()


@made(app, "init", writes=True)
def init(
    session: Session,
    *,
    departments: tuple[str, ...] = option(
        "CODE", "Département du fichier : 44, 85… (répétable).", "--departement", multiple=True
    ),
    letter: str | None = option("LETTRE", "Lettre du site dans les références (44B-0042)."),
    follow: bool = flag("Pour suivre les autres sites, sans rien enregistrer."),
    caseload: str | None = option(
        "NOM", "Ne prendre des autres sites que les dossiers de ce référent."
    ),
    folder: str | None = option("DOSSIER", "Un export (dossier, .age) : fichier égal.", "--from"),
    identity: str | None = option("FICHIER", "La clé privée qui ouvre un export scellé (.age)."),
    unproven: bool = flag("Lire un export que son sceau ne prouve pas : agir check dit le reste."),
    encrypted: bool = flag("Chiffré ; sa clé est gardée comme par agir encrypt."),
    clear: bool = flag("En clair, sans le demander.", "--clear"),
    key_file: str | None = KEY_FILE,
    recovery: str | None = RECOVERY,
) -> None:
    """Créer le fichier de l'équipe, vide (ou depuis un export), lisible par son seul propriétaire.

    Sur un terminal, il est proposé de le chiffrer.

    Exemples :
      agir init --departement 44
      agir init --departement 44 --encrypted
      agir --db equipe.db init --departement 44 --departement 85
      agir --db region.db init --follow
      agir --db portable.db init --departement 44 --letter P --caseload "Alice Martin"
      agir --db repris.db init --from sortie
    """
    from agir_cli.store.settings import FOLLOWS, TAKES
    from agir_cli.usecases.upkeep import init_file

    if folder is not None and (departments or letter):
        raise UsageFailure("Avec --from, le département et la lettre sont ceux de l'export.")
    codes = tuple(
        dict.fromkeys(department_code(c) for text in departments for c in text.split(","))
    )
    if letter and not (len(letter) == 1 and letter.isalpha()):
        raise UsageFailure("--letter : une seule lettre, de A à Z.")
    with ExitStack() as kept:
        key = b""
        if to_encrypt(session, encrypted=encrypted, clear=clear):
            key = kept.enter_context(drawn_key(session, key_file, recovery))
        if folder is not None:
            from agir_cli.cli.commands.export import build_from

            build_from(session, folder, key, identity, unproven=unproven)
            return
        taken = {FOLLOWS: "oui" if follow else "", TAKES: one_line(caseload, "--caseload")}
        init_file(session.db, departments=codes, site=session.site, letter=(letter or "").upper(),
                  key=key, kept=taken)  # fmt: skip
        say(session, f"Fichier créé : {session.db}", *_place_told(session.db.absolute().parent))
    if follow or caseload:
        own = (letter or "LETTRE").upper()
        whole = "" if caseload else " --departement tous"
        say(
            session,
            f"Il {'prendra ses dossiers' if caseload else 'suivra les autres'} une fois invité."
            f" Sur un site du réseau : agir sites invite {own}{whole}",
            "Puis ici, avec le code qu'il lit au téléphone : agir sites join ÉCHANGE",
        )
    else:
        say(session, "Première inscription : agir enroll (l'outil pose les questions)")
    if not follow:
        say(session, *_rules_told(session))


def _rules_told(session: Session) -> Iterator[str]:
    """Until when the rules of entry are known, and how a team adds its own: said once, here."""
    from agir_cli.cli.commands.rules import rules_in_force

    book, today = rules_in_force(session), exactly(session.today)
    unknown = [code for code in book.served if book.rule_set(code, today) is None]
    if unknown:
        when = unknown_when(book, unknown[0], today)
        yield f"Critères d'entrée : aucune règle connue {when}, l'OFII décide."
        yield "Si votre équipe a le texte, elle l'ajoute avec : agir rules add FICHIER"


def _place_told(folder: Path) -> Iterator[str]:
    """What is said of a folder in which others may replace the file."""
    from agir_cli.store.place import open_to_others
    from agir_cli.store.soundness import REMEDIES

    if open_to_others(folder):
        yield f"Attention, dossier « {folder} » : {REMEDIES['droits du dossier']}."


@made(app, "demo")
def demo(
    session: Session,
    *,
    show: bool = flag("Montrer celui qui existe déjà, au lieu de refuser."),
) -> None:
    """Créer un fichier de démonstration (agir-demo.db) : personnes inventées, vrais chiffres.

    Puis montrer les chiffres, les plus anciens retards et une frise. Pour ce fichier, le jour
    est toujours le 09/10/2023, à moins d'un autre --today.

    Exemples :
      agir demo
      agir --db essai.db demo
      agir demo --show
    """
    from agir_cli.usecases.demo import build, is_demonstration

    path = session.db if session.db_given else Path("agir-demo.db")
    if not (show and path.exists() and is_demonstration(path)):
        build(path)
    show_tour(session, path)


SHOWN = 5
"""How many of the late contracts are shown; the others are counted."""
_FUNNEL = ("report", "funnel")
_LATE = ("report", "overdue", "--kind", "contractualisation")
_LIFE = ("report", "timeline", "Monsieur A.")
NEXT = (
    ("today",),
    ("explain", "Monsieur A."),
    ("contract", "sign", "44-0692", "--on", "09/10/2023"),
)
"""What to type next: look, ask why, then act on a dossier that is late."""


def show_tour(session: Session, path: Path) -> None:
    """Show the figures of this file, its late contracts and one life, then say what to type.

    Each part is what a report answers, and says which; the commands proposed go through as they
    stand.
    """
    from agir_cli.cli.app import run
    from agir_cli.usecases.demo import TODAY

    on_file = ("--db", str(path))
    tell(
        f"Fichier de démonstration : {path} — personnes inventées, chiffres publics.",
        f"Pour ce fichier, aujourd'hui est le {weekday_date(TODAY)}.",
        "",
        *_figures(on_file),
        "",
        *_late(on_file),
        "",
        f"$ agir {join([*on_file, *_LIFE])}",
        "",
    )
    run([*_silently(on_file), *_LIFE])
    sys.stdout.flush()
    say(session, "", "Et maintenant, à taper sur le même fichier :")
    say(session, *(f"  agir {join([*on_file, *words])}" for words in NEXT))


def _figures(on_file: Sequence[str]) -> Iterator[str]:
    from agir_cli.store.directory import every_department
    from agir_cli.usecases.demo import TODAY

    named = {code: department.name for code, department in every_department(None).items()}
    yield f"Les personnes accompagnées au {short_date(TODAY)} :"
    for row in _answer(on_file, _FUNNEL):
        if not row["secteur"]:
            rate = f"{row['taux_signataires']:.1f}".replace(".", ",")
            yield (
                f"  {named[row['departement']]} ({row['departement']})".ljust(24)
                + f"{row['personnes']:>5} personnes, dont {row['signataires']} signataires"
                f" ({rate} %)"
            )
    yield f"  par secteur : agir {join([*on_file, *_FUNNEL])}"


def _late(on_file: Sequence[str]) -> Iterator[str]:
    rows = _answer(on_file, (*_LATE, "--no-waiting"))
    late = [row for row in rows if row["certitude"] == "certain"]
    yield "Contrats en retard (trois semaines à compter de la commission), les plus anciens :"
    for row in late[:SHOWN]:
        name = " ".join(filter(None, (row["nom"], row["prenoms"])))
        yield (
            f"  {row['dossier']}  {name:<24}"
            f"  dernier jour : {french(from_edtf(row['echeance']))}"
            f"  {row['retard_jours']:>3} jours de retard"
        )
    more = max(len(late) - SHOWN, 0)
    perhaps = len(rows) - len(late)
    typed = join([*on_file, *_LATE])
    yield f"  et {more} {plural(more, 'autre')}, {perhaps} peut-être : agir {typed}"


def _answer(on_file: Sequence[str], words: Sequence[str]) -> list[dict[str, Any]]:
    """The rows that a report answers, as a script asks for them."""
    from agir_cli.cli.app import run

    with redirect_stdout(TextIOWrapper(BytesIO(), "utf-8")) as said:
        run([*_silently(on_file), *words, "--format", "json"])
        said.flush()
        rows: list[dict[str, Any]] = json.loads(said.buffer.getvalue())
    return rows


def _silently(on_file: Sequence[str]) -> tuple[str, ...]:
    from agir_cli.usecases.demo import TODAY

    return (*on_file, "--today", TODAY.isoformat(), "--no-pager", "--quiet")


@made(app, "check", printed=True)
def check(
    session: Session,
    printed: Printed,
    *,
    deep: bool = flag(
        "Les règles du programme aussi, l'annuaire, et la dernière sauvegarde essayée."
    ),
    repair: bool = flag(
        "Refaire, après une sauvegarde, ce qui peut l'être : listes, index, droits."
    ),
) -> None:
    """Vérifier le fichier : chaque dossier est recalculé depuis son journal et comparé.

    Silencieux quand tout va bien ; sinon les différences, et le code de sortie 6. Ce qu'un autre
    programme a changé est nommé : le dossier, la table, la ligne.

    Exemples :
      agir check
      agir check --deep
      agir check --repair
      agir check --format csv --output anomalies.csv
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases import upkeep
    from agir_cli.usecases.backup import tried

    form = printed.form

    def look() -> list[Difference]:
        if not deep:
            return upkeep.check(session.db)
        return [*upkeep.check(session.db, rules_on=session.today), *tried(session.db)]

    found = look()
    if repair and found:
        kept = upkeep.repair(session.db, found)
        found = found if kept is None else look()
        told = "Rien ici ne peut être refait."
        if kept is not None:
            told = f"Refait ce qui pouvait l'être. Le fichier d'avant est gardé : {kept.path}"
        say(session, told)
    known = columns(("dossier", "anomalie", "detail"))
    show_rows(session, one_list("Anomalies", known, found), form)
    if not found:
        if is_terminal(sys.stderr):  # a nightly job mails whatever is said
            say(session, "Rien à signaler.")
        return
    raise CheckFailure(
        f"{len(found)} {plural(len(found), 'anomalie')} dans le fichier.",
        *_remedies(list(dict.fromkeys(difference.what for difference in found)), session.db),
    )


def _remedies(kinds: Collection[str], path: Path) -> Iterator[str]:
    """What to do, once for all the kinds that want the same."""
    from agir_cli.store.soundness import remedy

    wanting: dict[str, list[str]] = {}
    for kind in kinds:
        wanting.setdefault(remedy(kind, path, kinds), []).append(kind)
    for advice, same in wanting.items():
        yield f"{', '.join(same[:4])}{', …' if len(same) > 4 else ''} : {advice}"


@made(app, "rebuild", writes=True)
def rebuild(session: Session) -> None:
    """Recalculer toutes les listes depuis le journal.

    Le journal ne change pas ; seul le début des deux ans, qu'un programme plus ancien n'écrivait
    pas dans un second dossier, y est ajouté.

    Exemples :
      agir rebuild
    """
    from agir_cli.usecases import upkeep

    count = upkeep.rebuild(visitor_of(session))
    say(session, f"{count} {plural(count, 'dossier recalculé')}.")
