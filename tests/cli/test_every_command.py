"""Every command at work on one file: what is tried under each Python that the program is said for.

It needs pytest and what a user installs, nothing else.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from agir_cli.cli.app import command_line, main

CRITERIA = """
code = "criteres-2026"
title = "Critères 2026 (exemple)"
start = 2026-01-01
checked_on = 2026-11-23
departments.44 = 2023-01-10
sources.note.title = "Note de service (exemple)"
[criteria.window]
source = "note"
anchor = "protection"
under_months = 24
"""


def named(command: click.Command, ctx: click.Context, *path: str) -> Iterator[tuple[str, ...]]:
    """Every command and every group, as the words that name it."""
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            assert inner is not None
            below = click.Context(inner, info_name=name, parent=ctx)
            yield from named(inner, below, *path, name)


ROOT = command_line()
EVERY = list(named(ROOT, click.Context(ROOT, info_name="agir")))
GROUPS = {words[:-1] for words in EVERY if words}


@pytest.mark.parametrize("words", EVERY, ids=lambda words: " ".join(("agir", *words)))
def test_help(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"Usage : {' '.join(('agir', *words))} ")
    assert said.err == ""


PERSON = (
    "--statut refugie --commune-residence Nantes --commune-domicile Nantes"
    " --situation-logement dna --situation-professionnelle sans_emploi"
)
ORIENTED = f"{PERSON} --date-cir 09/01/2023 --orientation acceptee --date-orientation 09/01/2023"

# What is typed, and a piece of what is answered. One person is followed from the enrolment to the
# closing, another refuses the contract, a third comes by a fiche de liaison.
INDICATORS = """checked_on = 2026-11-29
[sources.equipe]
title = "Convention de l'équipe"
[[indicator]]
code = "femmes"
label = "Femmes parmi les personnes admises"
unit = "personnes"
moment = "day"
population = { reached = ["admis"] }
denominator = {}
numerator = { fields = { sexe = ["f"] } }
source = "equipe"
since = 2023-01-01
"""
LIFE = (
    ("init --departement 44", "Fichier créé"),
    ("help contract sign", "Usage : agir contract sign"),
    ("config set auteur equipe", "auteur = equipe"),
    ("sites", "Ce fichier est seul"),
    ("conflicts", "Aucun désaccord"),
    ("config show", "auteur"),
    (f"enroll --nom DIALLO-INVENTE --prenoms Awa {ORIENTED}", "Dossier 44-0001 ouvert"),
    (f"enroll --nom BARRY-INVENTE --prenoms Ali {ORIENTED}", "Dossier 44-0002 ouvert"),
    (
        f"enroll --nom KONATE-INVENTE {PERSON} --date-cir 10/10/2022 --date-naissance 1994",
        "Dossier 44-0003 ouvert",
    ),
    ("enroll --dossier 44-0001 --telephone 0612345678", "enregistré"),
    ("liaison add 44-0003 --on 04/10/2023 --souhait oui", "enregistré"),
    ("liaison list", "KONATE-INVENTE"),
    ("liaison send --month 2023-10 --yes", "Listing n° 1"),
    ("liaison decide 44-0003 --decision-ofii validee --on 20/10/2023", "enregistré"),
    ('diagnose book 44-0001 --on "24/01/2023 14h"', "enregistré"),
    ("diagnose absent 44-0001 --on 24/01/2023", "enregistré"),
    ("diagnose hold 44-0001 --on 25/01/2023 --diagnostic-signe oui", "enregistré"),
    ("diagnose hold --from diagnostics.csv", "1 ligne lue : créés 0, modifiés 1"),
    ("commission agenda --on 02/02/2023", "44-0001"),
    ('assign 44-0001 --on 02/02/2023 --referent "A. Martin"', "enregistré"),
    ("assign 44-0002 --on 02/02/2023", "enregistré"),
    ("assign --loads", "A. Martin"),
    ("commission minutes --on 02/02/2023", "A. Martin"),
    ('contract book 44-0001 --on "14/02/2023 10h30"', "enregistré"),
    ("contract absent 44-0001 --on 14/02/2023", "enregistré"),
    ("contract sign 44-0001 --on 17/02/2023 --projet Cuisine", "enregistré"),
    ("contract refuse 44-0002 --on 17/02/2023 --yes", "définitif"),
    ('step add 44-0001 --etape "Cours de FLE" --domaine langue --on 2023-03', "enregistré"),
    ("step list 44-0001", "Cours de FLE"),
    ("situation set 44-0001 --on 01/07/2023 --niveau-francais a2", "enregistré"),
    ("right set 44-0001 --droit sejour --etat ouvert --on 10/01/2023", "enregistré"),
    ("right list 44-0001", "Titre de séjour"),
    ('visit book 44-0001 --on "20/04/2023 9h" --type demarche', "enregistré"),
    ("visit absent 44-0001 --on 20/04/2023", "enregistré"),
    ("visit hold 44-0001 --on 21/04/2023 --type domicile", "enregistré"),
    ("interview add 44-0001 --on 17/04/2023", "enregistré"),
    ("interview excuse 44-0001 --on 12/06/2023 --motif travail_formation", "enregistré"),
    ('referent add "Luc Petit"', "R002"),
    ('referent designate 44-0001 --on 01/07/2023 --referent "Luc Petit"', "enregistré"),
    ("referent set petit --plafond 25", "enregistré"),
    ('referent rename petit "Luc Petit-Roy"', "Petit-Roy"),
    ('referent handover petit "A. Martin" --on 01/08/2023', "44-0001"),
    ("referent leave petit --on 01/08/2023", "n'est plus référent"),
    ("referent join petit martin", "est maintenant"),
    ("referent list", "A. Martin"),
    ("enroll --nom SOW-INVENTE --departement 44 --date-naissance 1970", "ouvert"),
    ("transfer receive 44-0004 --departement-origine 85 --on 01/09/2023", "enregistré"),
    ("transfer ask 44-0004 --vers-departement 49 --on 02/09/2023", "enregistré"),
    ("transfer refuse 44-0004 --on 03/09/2023", "enregistré"),
    ("transfer ask 44-0004 --vers-departement 53 --on 04/09/2023", "enregistré"),
    ("transfer accept 44-0004 --on 05/09/2023", "enregistré"),
    ("transfer list", "SOW-INVENTE"),
    ("transfer file 44-0004 --output transfert.csv", ""),
    ('partner add --type reunion --objet "Accueil" --partenaires USH --on 14/11/2023', "A1"),
    ("partner set S7 --avancement signee --on 15/11/2023", "S7 : enregistré"),
    ("partner list", "USH"),
    ('hold add 44-0001 --motif "recours"', "44-0001 : retenu"),
    ("hold list", "recours"),
    ('hold lift 44-0001 --motif "jugement"', "n'est plus retenu"),
    ("partner show USH", "Accueil"),
    ('task add 44-0001 --objet "Relancer la CAF" --on 20/11/2023', "A2 : enregistré"),
    ("task move A2 --on 22/11/2023", "A2 : enregistré"),
    ("task list", "Relancer la CAF"),
    ("task done A2", "A2 : enregistré"),
    ("report network --period 2023", "Accueil"),
    ("report quality --list tout", "agir enroll"),
    ("report cross --rows statut --columns etape", "Total"),
    ("indicators model", "[[indicator]]"),
    ("indicators add indicateurs.toml", "1 indicateur"),
    ("indicators list", "femmes"),
    ("report indicators --period 2023", "Femmes"),
    ("indicators remove indicateurs", "retiré"),
    ("view save comite funnel --departement 44", "agir report funnel"),
    ("view list", "comite"),
    ("view show comite", "agir report funnel --departement 44"),
    ("view run comite", "Secteur"),
    ("view comite --by bureau", "Bureau"),
    ("view remove comite", "retirée"),
    ("directory list bureaux", "44-C1"),
    ("directory contacts --departement 44", "AURORE"),
    ("directory propose --commune Clisson", "44-A3"),
    ("directory export bureaux --output bureaux.csv", ""),
    ("directory import bureaux bureaux.csv", "22 inchangées"),
    ("directory set bureaux 44-C2 code_postal=44000", "44000"),
    ("directory remove bureaux 85-A5", "retirée"),
    ("correct 44-0001 5 --void --reason frappe", "enregistré"),
    ("close 44-0001 --motif arret_beneficiaire --on 01/09/2023 --yes", "définitif"),
    ("subject 44-0001", "DIALLO-INVENTE"),
    ("subject 44-0001 --format json", "sources"),
    ("access-log 44-0001", "subject"),
    ("access-log --anomalies", ""),
    ("retention list", "deux ans après le dernier contact"),
    ('retention set personne 18 --source "avis du DPO"', "18 mois"),
    ("purge", "Personne"),
    ("register", "registre"),
    ("extract", ""),
    ("register --information", "Vos droits"),
    ("erase 44-0003 --dry-run", "une ligne de statistiques"),
    ("show 44-0001 --events", "Journal"),
    ("duplicates", ""),
    ("household add 44-0001 44-0002 --enfant 2014", "44-0002 ; enfant : 2014"),
    ("household show 44-0001", "sans dossier"),
    ("household leave 44-0002", "n'est plus"),
    ("household merge 44-0001 44-0002", "44-0002"),
    ("same 44-0001 44-0002", "une seule personne"),
    ("same 44-0001 44-0002 --undo", "ne sont plus"),
    ("distinct 44-0001 44-0002 --reason voisins", "deux personnes"),
    ("identity add 44-0001 --nom JALLOW --source passeport", "gardé"),
    ("find diallo", "44-0001"),
    ("explain 44-0002", "Refus"),
    ("explain 44-0002 --print", "Programme AGIR"),
    ("letter bilan 44-0001 --en-main", "Le bilan"),
    ("letter --edit", "convocation"),
    ("model diagnose hold --output modele.xlsx", ""),
    ('message rappel --for "diagnostics du 01/01/2023"', ""),
    ("eligibility --statut refugie --departement 44 --date-cir 2023-02", "Règle"),
    ("compare tableau.csv", "lignes lues 1"),
    ("declare list", "jamais déclarés"),
    ("declare mark 44-0001 --on 02/11/2023 --numero 77-1", "44-0001"),
    ("declare reject 44-0001 --on 03/11/2023 --motif illisible", "44-0001"),
    ("declare export --like tableau.csv", "à déclarer"),
    ("rules", "Délais"),
    ("rules check criteres.toml", "aucune faute"),
    ("rules add criteres.toml", "ajouté"),
    ("rules explain criteres-2026", "moins de 24 mois"),
    ("eligibility --with criteres.toml", "dossiers du fichier"),
    ("rules remove criteres-2026", "retirée"),
    ("today", ""),
    ("import tableau.csv", "1 ligne lue : créés 1"),
    ("batches --format csv --columns lot", "lot"),
    ("undo {batch} --yes", "annulés 1"),
    ("report overdue", ""),
    ("report dossiers --format csv", "DIALLO-INVENTE"),
    ("report funnel", ""),
    ("report agenda", ""),
    ("report liaison", ""),
    ("report situations", ""),
    ("report outcomes", ""),
    ("report caseload", ""),
    ("report interviews --period 2023", ""),
    ("report rights", "Titre de séjour"),
    ("report appointments --period 2023", "Honorés"),
    ("report board --output comite.html", ""),
    ("report timeline 44-0001", "DIALLO-INVENTE"),
    ("rebuild", "recalculés"),
    ("schema", "vue_dossiers"),
    ("man", ".TH AGIR"),
    ("memory show", "Rien en mémoire"),
    ("memory key", "FICHE DE SECOURS"),
    ("memory restore --from equipe.db.cle", "remise"),
    ("sites invite B", "Code d'invitation"),
    ("sites key", "Fiche de secours"),
    ("check", ""),
    ("backup", "rouverte et vérifiée"),
    ("backup --list", "demande"),
    ("restore --yes", "Fichier remis"),
    ("encrypt --key-file agir.cle --recovery fiche.html", "Fichier chiffré"),
    ("rekey --recovery fiche2.html", "autre clé"),
    ("key recovery", "Fiche de secours"),
    ("key keep", "gardée"),
    ("check", ""),
    ("decrypt --yes", "en clair"),
    ("--db coffre.db init --departement 44 --encrypted --recovery fiche3.txt", "Fichier créé"),
    ("--db coffre.db key forget --yes", "n'est plus sur ce poste"),
    ("export --to sortie", "Export"),
    ("--db copie.db init --from sortie", "Fichier créé"),
    ("--db copie.db memory restore --from equipe.db.cle", "remise"),
    ("--db copie.db check", ""),
    ("--db essai.db demo", "Fichier de démonstration"),
)


def test_the_life_types_every_command() -> None:
    lines = [line.partition(".db ")[2] or line for line, _ in LIFE]
    acts = {" ".join(words) for words in EVERY if words not in GROUPS}
    assert {act for act in acts if not any(f"{line} ".startswith(f"{act} ") for line in lines)} == {
        "config edit",  # an editor is opened on a terminal
        "sync",
        "sites join",
        "sites revoke",
        "conflicts settle",  # another site is there
        "hub init",
        "hub grant",
        "hub status",  # a server is there
        "memory lift",  # somebody whose right was used up has been erased
    }


OF_ENCRYPTION = ("encrypt", "decrypt", "rekey", "key ", "--db coffre.db")
ENCRYPTED = "init --departement 44 --encrypted --key-file agir.cle --recovery fiche.html"


def _left_out(line: str, kind: str) -> bool:
    """Whether a line wants an optional part that is not there, or a file that is not encrypted."""
    if line.startswith("report board"):
        return find_spec("pygal") is None
    if line.startswith(("sites invite", "sites key")):
        return find_spec("pyrage") is None
    if kind == "chiffré":
        return line.startswith(("encrypt", "decrypt"))
    return line.startswith(OF_ENCRYPTION) and find_spec("sqlcipher3") is None


@pytest.mark.parametrize("kind", ["en clair", "chiffré"])
def test_each_command_at_work(
    kind: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if kind == "chiffré":
        pytest.importorskip("sqlcipher3", reason="the extra « secure » is not installed")
    for name in ("AGIR_SITE", "AGIR_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("DB", "equipe.db"), ("TODAY", "23/11/2023"), ("AUTHOR", "equipe")):
        monkeypatch.setenv(f"AGIR_{name}", value)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    Path("diagnostics.csv").write_text("dossier;date_diagnostic\n44-0002;25/01/2023\n", "utf-8")
    Path("criteres.toml").write_text(CRITERIA, "utf-8")
    Path("indicateurs.toml").write_text(INDICATORS, "utf-8")
    Path("tableau.csv").write_text("nom;prenoms;statut\nCAMARA-INVENTE;Lia;refugie\n", "utf-8")
    batch = ""
    for line, told in LIFE:
        if _left_out(line, kind):
            continue
        typed = ENCRYPTED if kind == "chiffré" and line == LIFE[0][0] else line
        code = main(["--verbose", *shlex.split(typed.format(batch=batch))])
        said = capsys.readouterr()
        assert code == 0, f"agir {line}\n{said.err}"
        assert told in said.out + said.err, f"agir {line}\n{said.out}{said.err}"
        if line.startswith("batches"):
            batch = said.out.split()[1]
