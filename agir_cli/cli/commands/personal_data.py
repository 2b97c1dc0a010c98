"""What a person may ask, and what time asks: erased, told, kept no longer than it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, flag, option, reference, word
from agir_cli.cli.options import made
from agir_cli.cli.screen import plural, say, tell
from agir_cli.cli.session import Session, department_code, one_line, visitor_of
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.reports.sheet import Sheet
    from agir_cli.store.retention import Hold
    from agir_cli.usecases.personal_data import Leaving

app = Commands()


@made(app, "erase", writes=True)
def erase(
    session: Session,
    *,
    ref: str = reference(),
    demande: str | None = option("TEXTE", "À la demande de qui : « la personne, par courrier »."),
    motif: str | None = option("TEXTE", "Pourquoi : « droit à l'effacement »."),
    dry_run: bool = flag("Dire ce qui partirait, rien d'autre."),
    yes: bool = flag("Confirmer sans question."),
) -> None:
    """Effacer une personne pour toujours : identité, coordonnées, notes, tous ses dossiers.

    Il reste une ligne de statistiques par dossier, que rien ne relie à elle : les chiffres des
    jours passés ne changent pas. Un accompagnement en cours protège ; un dossier ouvert sans
    contrat est d'abord clos. La demande et le motif sont gardés : ils ne nomment personne.

    Exemples :
      agir erase 44-0042 --dry-run
      agir erase 44-0042 --demande "la personne, par courrier" --motif "droit à l'effacement"
    """
    from agir_cli.cli import prompt
    from agir_cli.cli.prompt import want_a_terminal
    from agir_cli.cli.run_command import confirm_by_reference, not_done
    from agir_cli.usecases import personal_data
    from agir_cli.usecases.ledger import NotDone

    visitor = visitor_of(session)
    found = personal_data.leaving(visitor, ref)
    if isinstance(found, NotDone):
        raise not_done(found.findings)
    who, why = one_line(demande, "--demande"), one_line(motif, "--motif")
    if dry_run:
        tell(*_told(found))
        say(session, "Essai : rien n'a été enregistré.")
        return
    if not yes:
        want_a_terminal("Un effacement est définitif")
    if (not who or not why) and prompt.asked():
        with prompt.leaving("Abandonné : rien n'a été effacé."):
            who = who or prompt.line("À la demande de qui ? (sans nommer la personne) : ")
            why = why or prompt.line("Pourquoi ? : ")
    if not who.strip() or not why.strip():
        raise UsageFailure(
            "Dites à la demande de qui (--demande) et pourquoi (--motif) : c'est gardé.",
            "Rien n'a été effacé.",
        )
    if not yes:
        confirm_by_reference(session, found.dossiers[0].reference, *_told(found))
    done = personal_data.erase(visitor, ref, who, why)
    if isinstance(done, NotDone):
        raise not_done(done.findings)
    count = len(done.dossiers)
    tell(f"Personne effacée : {count} {plural(count, 'dossier')}, ses coordonnées, ses notes.")
    say(
        session,
        *(f"Ancienne copie du fichier effacée aussi : {copy.name}" for copy in done.gone),
        *_elsewhere(done),
        *_in_backups(session),
        "Ce qui a déjà quitté le fichier (exports, papiers) est à détruire à part.",
    )
    _show_remembered(session, done)


def _told(found: Leaving) -> list[str]:
    """What leaves and what stays, before it is done (French)."""
    dossiers = ", ".join(each.reference for each in found.dossiers)
    opened = ", ".join(each.reference for each in found.open)
    return [
        f"Partent : l'identité, les coordonnées, les notes et le détail de {dossiers}.",
        *([f"D'abord clos (sans suite) : {opened}."] if opened else []),
        "Reste : une ligne de statistiques par dossier, sans nom, sans référence, sans retour.",
        *_elsewhere(found),
    ]


def _elsewhere(found: Leaving) -> list[str]:
    if not found.named_in:
        return []
    listed = ", ".join(found.named_in[:8]) + (" …" if len(found.named_in) > 8 else "")
    return [f"À relire : des notes d'autres dossiers nomment la personne ({listed})."]


def _in_backups(session: Session) -> Iterator[str]:
    """Which copies still hold whoever was erased."""
    from agir_cli.usecases.backup import backups

    count = len(backups(visitor_of(session)))
    if count:
        yield (
            f"{count} {plural(count, 'sauvegarde')} d'avant, où la personne est encore : les"
            " suivantes les remplacent, et une remise la refait partir (agir backup --list)."
        )


def _show_remembered(session: Session, done: Leaving) -> None:
    """What is kept of a used-up right; the recovery sheet of a key that was made for it."""
    from agir_cli.cli.commands.memory import show_sheet
    from agir_cli.domain.dates import french_day

    for kept in done.kept:
        if kept.until is not None:
            say(session, f"Droit épuisé : gardé en mémoire jusqu'au {french_day(kept.until)}.")
        if kept.new and kept.key is not None:
            show_sheet(session, kept.key, new=True)


# --- what is held ------------------------------------------------------------------------


@made(app, "subject", printed=True)
def subject(session: Session, printed: Printed, *, ref: str = reference()) -> None:
    """Tout ce que le fichier sait d'une personne, pour lui répondre : lisible, ou en JSON.

    Avec d'où cela vient, à qui c'est allé, combien de temps c'est gardé, qui a ouvert le dossier.
    En JSON : chaque ligne de chaque table qui est d'elle. Le fichier écrit n'est lisible que par
    vous ; la réponse se doit dans le mois.

    Exemples :
      agir subject 44-0042
      agir subject 44-0042 --format json --output reponse.json
      agir subject "DIALLO Awa" --format html --output reponse.html
    """
    import json

    from agir_cli.cli.render import place, say_written, show
    from agir_cli.reports.subject import Asked, readable, whole
    from agir_cli.store.file import consulting
    from agir_cli.usecases.personal_data import subject_of

    form, visitor = printed.form, visitor_of(session)
    asked = Asked(*subject_of(visitor, ref))
    with consulting(visitor.path) as connection:
        if form.format != "json":
            sheet = readable(connection, asked, visitor.acting_day)
        else:
            answer = whole(connection, asked, visitor.acting_day)
    if form.format != "json":
        show(session, sheet, form)
        return
    with place(form) as out:
        out.write((json.dumps(answer, ensure_ascii=False, indent=1) + "\n").encode())
    say_written(form)


@made(app, "access-log", printed=True)
def access_log(
    session: Session,
    *,
    ref: tuple[str, ...] = word("[REF]", "Un dossier ; sinon tous.", required=False, nargs=-1),
    anomalies: bool = flag("Ce qui mérite un regard : beaucoup de dossiers, sorties de nuit."),
) -> Sheet:
    """Qui a ouvert quels dossiers, quand, par quelle commande ; le dernier accès d'abord.

    Le journal des accès est un fichier à part (agir.db.acces), gardé un an, dont chaque ligne
    prouve celle d'avant. Il ne contient ni nom, ni ce qui a été cherché.

    Exemples :
      agir access-log
      agir access-log 44-0042
      agir access-log --anomalies
    """
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.personal_data import accesses

    found = accesses(visitor_of(session), " ".join(ref) or None, odd=anomalies)
    names = ("date", "heure", "auteur", "commande", "dossiers_ouverts", "nombre", "code_sortie",
             "ecrit", "a_voir")  # fmt: skip
    rows = [(*each[:7], "oui" if each.out else "", each.note) for each in found]
    known = columns(
        names, commande="Commande", dossiers_ouverts="Dossiers", nombre="Nombre",
        code_sortie="Code", ecrit="Fichier écrit", a_voir="À voir",
    )  # fmt: skip
    nothing = ["Rien à signaler." if anomalies else "Aucun accès noté."]
    return one_list("Accès", known, rows, empty=nothing)


# --- what time asks ----------------------------------------------------------------------


@made(app, "purge", printed=True)
def purge(
    session: Session,
    printed: Printed,
    *,
    yes: bool = flag("Annoncer, et effacer ce qui l'a été ; sinon seulement montrer."),
    rewrite: bool = flag("Seulement réécrire le fichier, si un effacement n'a pas pu le faire."),
    certificate: str | None = option(
        "REÇU", "Effacer le département qu'un autre opérateur a reçu, et le certifier."
    ),
) -> int:
    """Effacer qui n'a plus de contact depuis la durée fixée, 30 jours après l'avoir annoncé.

    Sans --yes, rien ne change : c'est la liste. Un accompagnement en cours protège ; un acte saisi
    depuis l'annonce l'annule. Une sauvegarde est faite avant.

    Avec --certificate et le reçu de « handover take » : ce qui a été reçu part aussitôt, la liste
    en est le certificat ; ce qui est retenu, n'a pas été reçu ou a changé depuis reste (code 3).

    Exemples :
      agir purge
      agir purge --yes
      agir purge --certificate recu-49.json
      agir retention list
    """
    from agir_cli.cli.commands.memory import show_sheet
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases import personal_data

    if rewrite:
        personal_data.rewritten(session.db)
        say(session, "Fichier réécrit : rien n'y reste de ce qui a été effacé.")
        return 0
    if certificate is not None:
        from agir_cli.cli.commands.handover import certificate as certify

        code = certify(session, printed, certificate, yes=yes)
        say(session, *(_in_backups(session) if yes else ()))
        return code
    visitor = visitor_of(session)
    found, kept = personal_data.purge(visitor) if yes else (personal_data.to_purge(visitor), [])
    known = columns(
        ("dossier", "nom", "prenoms", "dernier_contact", "effacement", "sort"),
        dernier_contact="Dernier contact", effacement="Durée atteinte",
    )  # fmt: skip
    erased, told = personal_data.ERASED, personal_data.TO_TELL
    fates = {told: "annoncé aujourd'hui"} if yes else {erased: "à effacer"}
    rows = [
        (e.dossier, *((e.nom, e.prenoms) if not yes or e.fate != erased else ("", "")),
         e.last.isoformat(), e.due.isoformat(), fates.get(e.fate, e.fate))
        for e in found
    ]  # fmt: skip
    nothing = ["Personne n'a atteint la durée de conservation, ni ne l'atteint sous 30 jours."]
    show_rows(session, one_list("Conservation", known, rows, empty=nothing), printed.form)
    for each in kept:
        if each.new and each.key is not None:
            show_sheet(session, each.key, new=True)
    if not yes and found:
        say(session, "Essai : rien n'a été enregistré. Pour le faire : agir purge --yes")
    return 0


# --- what a dispute or an inspection needs -----------------------------------------------

held = app.group("hold")
_DEPARTMENT = "--departement/--department"


@made(held, "add", writes=True)
def hold_add(
    session: Session,
    *,
    ref: tuple[str, ...] = word("REF", "Les dossiers à retenir.", nargs=-1, required=False),
    department: str | None = option("CODE", "Ou tout un département.", _DEPARTMENT),
    motif: str | None = option("TEXTE", "Pourquoi : « recours du 03/10 devant le TA »."),
) -> None:
    """Retenir un dossier, ou un département : aucun effacement n'y touche tant que c'est retenu.

    Pour un litige ou un contrôle. Ni « purge » ni « erase » n'effacent la personne ; la raison, qui
    l'a demandé et depuis quand se lisent dans « show » et « hold list », et vont aux autres sites.

    Exemples :
      agir hold add 44-0042 --motif "recours devant le tribunal administratif"
      agir hold add --departement 49 --motif "contrôle de la DGEF, 2026"
    """
    from agir_cli.usecases.personal_data import hold

    for each in hold(visitor_of(session), *_held(ref, department), _why(motif)):
        tell(f"{_whose(each)} : retenu {each.told}")


@made(held, "lift", writes=True)
def hold_lift(
    session: Session,
    *,
    ref: tuple[str, ...] = word("REF", "Les dossiers.", nargs=-1, required=False),
    department: str | None = option("CODE", "Ou le département.", _DEPARTMENT),
    motif: str | None = option("TEXTE", "Pourquoi : « jugement du 12/05, définitif »."),
) -> None:
    """Ne plus retenir un dossier, ou un département : les durées de conservation reprennent.

    Exemples :
      agir hold lift 44-0042 --motif "jugement définitif"
      agir hold lift --departement 49 --motif "contrôle clos"
    """
    from agir_cli.usecases.personal_data import lift

    for each in lift(visitor_of(session), *_held(ref, department), _why(motif)):
        tell(f"{_whose(each)} : n'est plus retenu (il l'était {each.told}).")


@made(held, "list", printed=True)
def hold_list(session: Session) -> Sheet:
    """Ce qui est retenu : depuis quand, par qui, pourquoi.

    Exemples :
      agir hold list
    """
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.personal_data import holds

    rows = [(each.department or each.whose, each.since, each.author, each.reason)
            for each in holds(visitor_of(session))]  # fmt: skip
    known = columns(("retenu", "depuis", "auteur", "motif_retenue"), retenu="Retenu",
                    depuis="Depuis", motif_retenue="Motif")  # fmt: skip
    nothing = ["Rien n'est retenu."]
    return one_list("Ce qui est retenu", known, rows, empty=nothing)


def _held(ref: tuple[str, ...], department: str | None) -> tuple[list[str], str]:
    """The dossiers, or the department, that somebody names."""
    from agir_cli.cli.groups import dossiers_named

    dossiers = dossiers_named(ref)
    if bool(dossiers) is (department is not None):
        raise UsageFailure("Dites quoi : un ou plusieurs dossiers, ou --departement CODE.")
    return dossiers, department_code(department) if department else ""


def _why(motif: str | None) -> str:
    told = one_line(motif, "--motif")
    if not told:
        raise UsageFailure('Dites pourquoi : --motif "…". Rien n\'a été enregistré.')
    return told


def _whose(each: Hold) -> str:
    return f"Département {each.department}" if each.department else f"Dossier {each.whose}"


retention = app.group("retention")


@made(retention, "list", printed=True)
def retention_list(session: Session) -> Sheet:
    """Combien de temps chaque sorte de donnée est gardée, depuis quoi, d'après quoi.

    Exemples :
      agir retention list
      agir retention set personne 18 --source "avis du DPO, 12/2026"
    """
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.personal_data import durations, holds

    known = columns(
        ("code", "quoi", "duree", "depart", "ensuite", "depuis", "source"), quoi="Donnée",
        duree="Durée", ensuite="Ensuite", depuis="Valable depuis",
    )  # fmt: skip
    rows = [
        (e.code, e.what, str(e), e.start, e.then, e.since, e.source)
        for e in durations(visitor_of(session))
    ]
    count = len(holds(visitor_of(session)))
    notes = [f"Retenu malgré ces durées : {count} (agir hold list)"] if count else []
    spare = ("ensuite", "depuis", "code")
    return one_list("Durées de conservation", known, rows, spare=spare, notes=notes)


@made(retention, "set", writes=True)
def retention_set(
    session: Session,
    *,
    code: str = word("CODE", "Celui de la liste : personne, propose, preavis…"),
    value: str = word("NOMBRE", "En mois ou en jours, comme dans la liste."),
    source: str = option("TEXTE", "Qui l'a décidé, ou quel texte.", required=True),
) -> None:
    """Régler une durée à partir d'aujourd'hui, avec qui l'a décidé.

    Exemples :
      agir retention set personne 18 --source "avis du DPO, 12/2026"
    """
    from agir_cli.usecases.personal_data import set_duration

    if not (value.isascii() and value.isdigit() and len(value) < 5):
        raise UsageFailure(f"« {value[:20]} » n'est pas un nombre. Rien n'a été enregistré.")
    told = one_line(source, "--source")
    if not told:
        raise UsageFailure("--source : dites qui l'a décidé. Rien n'a été enregistré.")
    new = set_duration(visitor_of(session), code, int(value), told)
    tell(f"{new.what} : {new}, depuis : {new.start}.")


@made(app, "register", printed=True, titled=True)
def register(
    session: Session,
    *,
    information: bool = flag("La fiche d'information à remettre à la personne."),
) -> Sheet:
    """La fiche pour le registre des traitements (RGPD), ou la fiche d'information d'une personne.

    Ce que le fichier sait est rempli ; le reste est à compléter avec votre délégué à la protection
    des données.

    Exemples :
      agir register
      agir register --information --format html --output information.html
    """
    from agir_cli.reports.sheet import Data, Sheet, columns, prose
    from agir_cli.shipped import data_file
    from agir_cli.usecases.personal_data import register_facts

    text = data_file("information.txt" if information else "register.txt").read_text("utf-8")
    _, title, *lines = text.format(**register_facts(visitor_of(session))).splitlines()
    told = [line.replace("**", "") for line in lines if line]
    data = Data(columns(["texte"], texte="Texte"), [(line,) for line in told])
    return Sheet(title=title.removeprefix("## "), sections=[prose("", told)], data=data)


@made(app, "extract", printed=True, titled=True)
def extract(session: Session) -> Sheet:
    """Un extrait pseudonymisé, pour une étude : ni nom ni référence, des mois, des tranches d'âge.

    Tel que c'était à la fin du dernier mois entier. Chaque extrait a ses pseudonymes, qu'aucun
    autre ne reprend. Moins de cinq dossiers semblables : ils sont dits moins précisément, ou
    laissés de côté. Reste une donnée personnelle.

    Exemples :
      agir extract --format csv --output etude.csv
    """
    from agir_cli.reports.extract import extract as made_extract
    from agir_cli.store.file import consulting

    visitor = visitor_of(session)
    with consulting(visitor.path) as connection:
        return made_extract(connection, visitor.acting_day)
