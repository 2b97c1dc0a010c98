"""Admission as a coordinator types it: what goes in, what is refused, and what to do then."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.cli.coordinator import AUTHOR, COMPLETE, ORIENTED, TODAY, Team

Setup = Callable[[Team], object]


def nobody(team: Team) -> None:
    """An empty file."""


class Bad(NamedTuple):
    """One input that must not go in: what stands before, what is typed, what comes back."""

    before: Setup
    typed: str
    code: int
    told: tuple[str, ...]


def bad(case: str, before: Setup, typed: str, code: int, *told: str) -> object:
    return pytest.param(Bad(before, typed, code, told), id=case)


def homonyms(team: Team) -> None:
    team.enrols("--nom", "SIDIBE-INVENTE", "--prenoms", "Awa", "--agdref", "0123456789")
    team.enrols("--nom", "SIDIBE-INVENTE", "--prenoms", "Lamine", "--agdref", "0123456790")


def rejected(team: Team) -> None:
    ref = team.enrols("--nom", "KEITA-INVENTE", *COMPLETE, "--date-cir", "09/10/2022")
    team.does("liaison", "add", ref, "--on", "04/01/2023")
    team.does("liaison", "decide", ref, "--decision-ofii", "rejetee", "--on", "20/01/2023")


def declined(team: Team) -> None:
    team.enrols(
        "--nom", "KEITA-INVENTE", *COMPLETE, "--date-cir", "10/01/2023", "--orientation",
        "declinee", "--date-orientation", "10/01/2023",
    )  # fmt: skip


def known_number(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", "--agdref", "0123456789", *ORIENTED)


def used_up(team: Team) -> None:
    team.refused("--nom", "DIALLO-INVENTE", "--agdref", "0123456789")


def transferred(team: Team) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE", "--agdref", "0123456789")
    team.does("close", ref, "--motif", "transfert", "--on", "01/09/2023")


BAD = (
    # --- dates -----------------------------------------------------------------------------
    bad("date illisible", nobody, "enroll --nom X --date-cir 32", 2, "« 32 »", "25/01/2023"),
    bad("date en mots inconnus", nobody, "enroll --nom X --date-cir bientôt", 2, "bientôt"),
    bad("date impossible", nobody, "enroll --nom X --date-cir 31/02/2023", 2,
        "n'existe pas dans le calendrier"),
    bad("année courte d'un autre siècle", nobody, "enroll --nom X --date-cir 05/06/98", 2,
        "05/06/98"),
    bad("mois d'abord : jamais réparé", nobody, "enroll --nom X --date-cir 01/25/2023", 2,
        "01/25/2023"),
    bad("rendez-vous sans jour", Team.diagnosed, "contract book 44-0001 --on 14h", 2, "14h"),
    bad("CIR à venir", nobody, "enroll --nom X --date-cir 24/11/2023", 3, "à venir",
        "24/11/2023"),
    bad("CIR d'un mois à venir", nobody, "enroll --nom X --date-cir 2024-05", 3,
        "à venir : mai 2024"),
    bad("diagnostic à venir", known_number, "diagnose hold 44-0001 --on 24/11/2023", 3, "à venir"),
    bad("contrat à venir", Team.diagnosed, "contract sign 44-0001 --on 24/11/2023", 3, "à venir"),
    bad("clôture à venir", Team.contracted,
        "close 44-0001 --motif transfert --on 24/11/2023", 3, "à venir"),
    bad("situation à venir", Team.contracted,
        "situation set 44-0001 --on 24/11/2023 --niveau-francais a2", 3, "à venir"),
    # --- the order of the process ----------------------------------------------------------
    bad("diagnostic avant le CIR", known_number, "diagnose hold 44-0001 --on 08/01/2023", 3,
        "ne peut pas précéder la signature du CIR (10/01/2023)"),
    bad("commission avant le diagnostic", Team.diagnosed, "assign 44-0001 --on 24/01/2023", 3,
        "ne peut pas précéder le diagnostic (25/01/2023)"),
    bad("contrat avant le diagnostic", Team.diagnosed, "contract sign 44-0001 --on 24/01/2023", 3,
        "ne peut pas précéder le diagnostic (25/01/2023)"),
    bad("contrat sans diagnostic", known_number, "contract sign 44-0001 --on 24/01/2023", 3,
        "Aucun diagnostic"),
    bad("clôture avant le contrat", Team.contracted,
        "close 44-0001 --motif transfert --on 16/02/2023", 3, "ne peut pas précéder le contrat"),
    bad("entretien sans contrat", Team.diagnosed, "interview add 44-0001 --on hier", 3,
        "Aucun contrat"),
    bad("terme sans contrat", Team.diagnosed, "close 44-0001 --motif terme --on hier --yes", 3,
        "Aucun contrat"),
    bad("terme avant les deux ans", Team.contracted,
        "close 44-0001 --motif terme --on hier --yes", 3, "jusqu'au 17/02/2025 inclus"),
    bad("décision OFII avant la fiche", lambda t: (rejected(t), t.does(
        "liaison", "add", "44-0001", "--on", "01/03/2023")),
        "liaison decide 44-0001 --decision-ofii validee --on 28/02/2023", 3,
        "ne peut pas précéder la fiche de liaison (01/03/2023)"),
    bad("décision OFII sans fiche", known_number,
        "liaison decide 44-0001 --decision-ofii validee --on hier", 3, "Aucune fiche"),
    bad("diagnostic après un rejet OFII", rejected, "diagnose hold 44-0001 --on hier", 3,
        "L'OFII a rejeté", "20/01/2023"),
    bad("diagnostic après un refus d'orientation", declined, "diagnose hold 44-0001 --on hier", 3,
        "a décliné l'orientation"),
    bad("deuxième fiche avant la réponse", lambda t: (rejected(t), t.does(
        "liaison", "add", "44-0001", "--on", "01/03/2023")),
        "liaison add 44-0001 --on 02/04/2023", 3, "attend déjà la décision"),
    bad("fin d'étape avant son début", Team.contracted,
        "step add 44-0001 --etape FLE --on 03/2023 --date-fin-etape 02/2023", 3,
        "ne peut pas précéder son début"),
    bad("naissance après l'arrivée", nobody,
        "enroll --nom X --date-naissance 2001 --date-arrivee 2000", 3, "la naissance"),
    # --- what is recorded already ----------------------------------------------------------
    bad("diagnostic redit à une autre date", Team.diagnosed,
        "diagnose hold 44-0001 --on 26/01/2023", 3, "déjà enregistré",
        'agir correct 44-0001 4 --on "26/01/2023"'),
    bad("CIR redit à une autre date", known_number,
        "enroll --dossier 44-0001 --date-cir 11/01/2023", 3, 'correct 44-0001 2 --on "11/01/2023"'),
    bad("priorité redite autrement", lambda t: (t.diagnosed(), t.does(
        "assign", "44-0001", "--on", "02/02/2023", "--modalite", "globale")),
        "assign 44-0001 --on 02/02/2023 --modalite appui", 3, "agir correct 44-0001 5 --void"),
    bad("département changé", known_number, "enroll --dossier 44-0001 --departement 85", 3,
        "ne change que par un transfert"),
    # --- a closed dossier ------------------------------------------------------------------
    *(bad(f"dossier clos : {typed.split(' 44')[0]}", Team.refused, typed, 3, "est clos",
          "17/02/2023", "agir correct 44-0001 N°")
      for typed in (
        "diagnose book 44-0001 --on '30/11/2023 14h'", "diagnose absent 44-0001 --on hier",
        "assign 44-0001 --on hier", "contract book 44-0001 --on '30/11/2023 14h'",
        "contract sign 44-0001 --on hier", "contract absent 44-0001 --on hier",
        "liaison add 44-0001 --on hier", "step add 44-0001 --etape FLE",
        "situation set 44-0001 --on hier --niveau-francais a2",
        "interview add 44-0001 --on hier", "close 44-0001 --motif transfert --on hier",
        "enroll --dossier 44-0001 --statut apatride --malgre essai")),
    bad("refus après la signature", Team.contracted, "contract refuse 44-0001 --on hier --yes", 3,
        "ce n'est plus un refus", "agir close 44-0001 --motif arret_beneficiaire"),
    bad("refus du contrat par close", Team.diagnosed,
        "close 44-0001 --motif refus_contrat --on hier --yes", 3, "agir contract refuse"),
    # --- references, commands, options, codes ----------------------------------------------
    bad("référence inconnue", nobody, "contract sign 44-0042 --on hier", 4, "« 44-0042 »",
        "agir find"),
    bad("référence inconnue, en lecture", nobody, "show 44-0042", 4, "« 44-0042 »", "agir find"),
    bad("référence vide", nobody, "show ''", 4, "Quel dossier"),
    bad("nom ambigu", homonyms, "diagnose hold sidibe-invente --on hier", 4, "44-0001", "Awa",
        "44-0002", "Lamine"),
    bad("nom ambigu, en lecture", homonyms, "explain sidibe", 4, "44-0001", "44-0002"),
    bad("numéro ambigu : un début", homonyms, "show 01234567", 4, "44-0001", "44-0002"),
    bad("référence oubliée", nobody, "contract sign --on hier", 2, "« référence du dossier »",
        "agir contract sign REF"),
    bad("date oubliée d'un rendez-vous", Team.diagnosed, "contract book 44-0001", 2,
        "--date-rdv-contrat"),
    bad("nom oublié", nobody, "enroll", 2, "--nom"),
    bad("nom d'espaces", nobody, "enroll --nom '   '", 2, "--nom"),
    bad("commande inconnue", nobody, "contratc", 2, "« contrat »"),
    bad("sous-commande inconnue", nobody, "contract sgin 44-0001", 2, "« sign »"),
    bad("option inconnue", nobody, "contract sign 44-0001 --date-contract hier", 2,
        "--date-contrat"),
    bad("code inconnu", Team.contracted, "close 44-0001 --motif depart --on hier", 2,
        "transfert (Transfert vers un autre département)"),
    bad("statut inconnu", nobody, "enroll --nom X --statut ukrainien", 2, "apatride"),
    bad("priorité inconnue", Team.diagnosed, "assign 44-0001 --on hier --priorites sante", 2,
        "droit_logement"),
    bad("ni oui ni non", known_number,
        "diagnose hold 44-0001 --on hier --diagnostic-signe peut-être", 2, "oui ou non"),
    bad("nationalité inconnue", nobody, "enroll --nom X --nationalite Atlantide", 2, "Atlantide"),
    bad("département inconnu", nobody, "enroll --nom X --departement 99", 2, "99"),
    bad("numéro sans chiffre", nobody, "enroll --nom X --agdref abc", 2, "9 ou 10 chiffres"),
    bad("courriel sans arobase", nobody, "enroll --nom X --courriel abc", 2, "courriel"),
    bad("heures en mots", Team.contracted, "step add 44-0001 --etape FLE --heures cent", 2, "cent"),
    bad("événement inconnu", Team.diagnosed, "correct 44-0001 99 --void --reason essai", 4,
        "n° 99", "agir show 44-0001 --events"),
    bad("correction sans raison", Team.diagnosed, "correct 44-0001 4 --void", 2, "--reason"),
    bad("correction sans sens", Team.diagnosed, "correct 44-0001 4 --reason essai", 2, "--void"),
    bad("rien à enregistrer", Team.contracted, "situation set 44-0001 --on hier", 2,
        "--situation-logement"),
    # --- places ----------------------------------------------------------------------------
    bad("commune inconnue", nobody, "enroll --nom X --commune-residence Nantess", 2, "« Nantess »",
        "Nantes"),
    bad("commune de deux départements", nobody, "enroll --nom X --commune-residence Avrillé", 4,
        "plusieurs communes", "insee:49015 (Avrillé, 49)", "insee:85010 (Avrillé, 85)"),
    bad("code postal et INSEE à la fois", nobody, "enroll --nom X --commune-residence 44150", 4,
        "insee:44003", "Ancenis"),
    # --- the same person -------------------------------------------------------------------
    bad("droit épuisé", used_up, "enroll --nom DIALLO-INVENTE --agdref 0123456789", 3, "44-0001",
        "Refus d'engagement contractuel", "17/02/2023", "agir correct 44-0001 N° --void"),
    bad("droit épuisé, sous un autre nom", used_up,
        "enroll --nom BARRY-INVENTE --agdref 0123456789", 3, "épuisé", "44-0001"),
    bad("droit épuisé, dans un autre département", used_up,
        "enroll --nom DIALLO-INVENTE --agdref '01 23 45 67 89' --departement 85", 3, "44-0001"),
    bad("droit épuisé, OFII d'accord : rien ne rouvre", used_up,
        "enroll --nom DIALLO-INVENTE --agdref 0123456789 --orientation acceptee"
        " --decision-ofii derogation --date-decision hier --malgre essai"
        " --not-the-same 44-0001", 3, "épuisé"),
    bad("dossier ouvert de ce numéro", known_number,
        "enroll --nom DIALLO-INVENTE --agdref 0123456789", 3, "44-0001", AUTHOR),
    bad("numéro d'une autre personne", known_number,
        "enroll --nom BARRY-INVENTE --agdref 0123456789", 3, "d'une autre personne", "44-0001"),
    bad("homonyme de même naissance", homonyms, "enroll --nom Sidibé-Inventé --prenoms awa", 4,
        "44-0001", "--not-the-same 44-0001"),
    bad("homonyme : le mauvais dossier en réponse", homonyms,
        "enroll --nom SIDIBE-INVENTE --prenoms Awa --not-the-same 44-0002", 4,
        "--not-the-same 44-0001"),
    bad("homonyme : une référence inconnue en réponse", homonyms,
        "enroll --nom SIDIBE-INVENTE --prenoms Awa --not-the-same 44-0009", 4, "44-0009"),
    # --- the pre-check ---------------------------------------------------------------------
    bad("statut non concerné", nobody,
        "enroll --nom X --statut autre --date-cir 10/01/2023 --date-orientation 10/01/2023", 3,
        "Le statut", "l'OFII décide", "--orientation acceptee", "--malgre"),
    bad("hors territoire", nobody, "enroll --nom X --statut refugie --date-cir 10/01/2023"
        " --commune-residence '35000 Rennes' --commune-domicile Nantes --departement 44", 3,
        "domiciliée et résidente"),
    bad("ni besoin d'emploi ni de logement", nobody, "enroll --nom X --date-cir 10/01/2023"
        " --situation-logement logement_autonome --situation-professionnelle cdi", 3,
        "emploi durable et un logement"),
    bad("CIR trop ancien", nobody,
        "enroll --nom X --date-cir 31/12/2021 --date-orientation 10/01/2023", 3,
        "ni de l'année", "--decision-ofii derogation"),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_and_writes_nothing(team: Team, case: Bad) -> None:
    case.before(team)
    before = team.fingerprint()
    answer = team.types(case.typed)
    assert answer.code == case.code, answer.said
    for fragment in case.told:
        assert fragment in answer.err
    assert team.fingerprint() == before
    assert "Traceback" not in answer.said
    assert answer.out == ""


# --- the same person: a number may block, a name may only ask --------------------------------


def test_a_homonym_is_admitted_once_somebody_says_so_and_who_said_it_is_kept(team: Team) -> None:
    """Only the AGDREF number may block; a name stops and asks [invariant 12]."""
    first = team.enrols("--nom", "SIDIBE-INVENTE", "--prenoms", "Awa", "--date-naissance", "1994")
    asked = team("enroll", "--nom", "Sidibe Invente", "--prenoms", "AWA")
    assert asked.code == 4
    second = team.enrols(
        "--nom", "Sidibe Invente", "--prenoms", "AWA", "--not-the-same", first
    )  # fmt: skip
    kept = team.rows(
        "SELECT d.dossier, e.author, e.payload FROM events e JOIN dossiers d ON d.id = e.dossier"
        " WHERE e.kind = 'namesake_confirmed'"
    )
    other = team.rows("SELECT id FROM dossiers WHERE dossier = ?", first)[0][0]
    assert [(ref, author) for ref, author, _ in kept] == [(second, AUTHOR)]
    assert str(other) in str(kept[0][2])
    assert AUTHOR in team.does("show", second, "--events").out


def test_every_homonym_is_asked_about(team: Team) -> None:
    names = ("--nom", "SIDIBE-INVENTE", "--prenoms", "Awa")
    first = team.enrols(*names)
    second = team.enrols(*names, "--not-the-same", first)
    assert team("enroll", *names, "--not-the-same", first).code == 4
    team.enrols(*names, "--not-the-same", first, "--not-the-same", second)


@pytest.mark.parametrize(
    ("recorded", "given"),
    [
        pytest.param("1994", "1999", id="autre année"),
        pytest.param("02/03/1994", "17/08/1981", id="autre jour"),
    ],
)
def test_a_namesake_born_another_day_is_not_asked_about(
    team: Team, recorded: str, given: str
) -> None:
    team.enrols("--nom", "SIDIBE-INVENTE", "--prenoms", "Awa", "--date-naissance", recorded)
    team.enrols("--nom", "SIDIBE-INVENTE", "--prenoms", "Awa", "--date-naissance", given)


def test_a_name_never_blocks_even_that_of_somebody_whose_right_is_used_up(team: Team) -> None:
    """A right refused by a homonymy is the worst failure of this tool."""
    used = team.refused("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "0123456789")
    names = ("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "0123456790")
    asked = team("enroll", *names)
    assert (asked.code, "--not-the-same 44-0001" in asked.err) == (4, True)
    team.enrols(*names, "--not-the-same", used)


def test_a_free_end_lets_the_person_come_back(team: Team) -> None:
    """A transfer is no stop: the same number opens a new dossier, of the same person."""
    transferred(team)
    again = team.enrols("--nom", "DIALLO-INVENTE", "--agdref", "0123456789", *ORIENTED)
    assert again == "44-0002"
    assert team.rows("SELECT count(DISTINCT personne) FROM dossiers") == [(1,)]


def test_the_term_uses_the_right_up_even_if_nobody_closed(team: Team) -> None:
    ref = team.contracted("--nom", "DIALLO-INVENTE", "--agdref", "0123456789")
    names = ("--nom", "DIALLO-INVENTE", "--agdref", "0123456789")
    assert "déjà un dossier ouvert" in team("enroll", *names, today="17/02/2025").err
    after = team("enroll", *names, today="18/02/2025")
    assert after.code == 3
    assert ref in after.err
    assert "terme des deux ans" in after.err


# --- the pre-check: the tool pre-checks, OFII decides ----------------------------------------

OLD = ("--nom", "X-INVENTE", "--date-cir", "31/12/2021", "--date-orientation", "10/01/2023")


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(("--orientation", "acceptee"), id="l'OFII a orienté"),
        pytest.param(
            ("--decision-ofii", "derogation", "--date-decision", "20/01/2023"), id="dérogation"
        ),
        pytest.param(("--malgre", "présenté par la préfecture"), id="malgré"),
    ],
)
def test_a_no_of_the_precheck_becomes_a_warning(team: Team, way: tuple[str, ...]) -> None:
    assert team("enroll", *OLD).code == 3
    answer = team.does("enroll", *OLD, *way)
    assert "ni de l'année" in answer.err
    assert "l'OFII décide" in answer.err
    assert "--malgre" not in answer.err, "a way past a refusal, where nothing refused"


def test_the_reason_given_against_the_precheck_is_kept_and_shown(team: Team) -> None:
    ref = team.enrols(*OLD, "--malgre", "présenté par la préfecture")
    assert "présenté par la préfecture" in team.does("show", ref).out
    assert "présenté par la préfecture" not in str(team.rows("SELECT * FROM events"))


def test_the_proposed_derogation_can_be_typed(team: Team) -> None:
    words = "--decision-ofii derogation --date-decision JOUR"
    assert words in team("enroll", *OLD).err
    team.does("enroll", *OLD, *words.replace("JOUR", "hier").split())


def test_unknown_never_refuses(team: Team) -> None:
    """A name alone opens a dossier; what is missing is said, with the words to type."""
    answer = team.does("enroll", "--prenoms", "Awa")
    assert "À compléter" in answer.err
    assert "agir enroll --dossier 44-0001" in answer.err
    explained = team.does("explain", "44-0001")
    assert "NON" not in explained.out
    assert "INCONNU" in explained.out


def test_outside_every_rule_set_the_dossier_goes_on_marked_its_clocks_running(team: Team) -> None:
    """Where no rule-set covers the day: never a guess and never a refusal."""
    day = "15/10/2025"
    answer = team.does(
        "enroll", "--nom", "X-INVENTE", *COMPLETE, "--date-cir", "01/10/2025", "--orientation",
        "acceptee", "--date-orientation", "02/10/2025", today=day,
    )  # fmt: skip
    said = "À noter : Règle non connue depuis le 01/07/2024 : l'OFII décide."
    assert [line for line in answer.err.splitlines() if "règle" in line.lower()] == [said]
    assert "jusqu'au 01/11/2025 inclus" in answer.out
    for words, told in (
        (("enroll", "--dossier", "44-0001", "--telephone", "0600000000"), ""),
        (("diagnose", "hold", "44-0001", "--on", "10/10/2025"), ""),
        (("assign", "44-0001", "--on", "13/10/2025"), "jusqu'au 03/11/2025 inclus"),
        (("contract", "sign", "44-0001", "--on", "14/10/2025"), "jusqu'au 14/10/2027 inclus"),
    ):
        answer = team.does(*words, today=day)
        assert told in answer.out
        assert "règle" not in answer.err.lower()
    explained = team.does("explain", "44-0001", today=day).out
    assert "Règle : non connue depuis le 01/07/2024" in explained


# --- the two routes --------------------------------------------------------------------------


def test_the_liaison_route_from_the_form_to_the_contract(team: Team) -> None:
    """CIR of the year before: form, monthly listing, OFII, then the common half."""
    who = ("--nom", "KEITA-INVENTE", "--date-naissance", "1994")
    ref = team.enrols(*who, *COMPLETE, "--date-cir", "09/10/2022")
    form = team.does("liaison", "add", ref, "--on", "04/10/2023", "--souhait", "oui")
    assert "Voie N-1 (fiche de liaison)" in form.out
    assert ref in team.does("liaison", "list").out
    sent = team.does("liaison", "send", "--month", "2023-11", "--yes")
    assert sent.out.splitlines()[1].startswith(f"1,1,{ref},,KEITA-INVENTE,")
    again = team.does("liaison", "send", "--month", "2023-11", "--yes")
    assert again.out == ""
    assert team.does("liaison", "send", "--again", "1").out == sent.out
    decided = team.does("liaison", "decide", ref, "--decision-ofii", "validee", "--on", TODAY)
    assert "jusqu'au 23/12/2023 inclus" in decided.out
    team.does("diagnose", "book", ref, "--on", "30/11/2023 14h")
    later = "15/12/2023"
    team.does("diagnose", "hold", ref, "--on", "30/11/2023", today=later)
    team.does("assign", ref, "--on", "07/12/2023", today=later)
    signed = team.does("contract", "sign", ref, "--on", "14/12/2023", today=later)
    assert "jusqu'au 14/12/2025 inclus" in signed.out


def test_somebody_rejected_by_ofii_may_be_presented_again(team: Team) -> None:
    rejected(team)
    assert "rejeté" in team.does("show", "44-0001").out.lower()
    team.does("liaison", "add", "44-0001", "--on", "01/03/2023")
    team.does("liaison", "decide", "44-0001", "--decision-ofii", "validee", "--on", "01/04/2023")
    team.does("diagnose", "hold", "44-0001", "--on", "10/04/2023")


def test_somebody_who_declined_may_accept_later(team: Team) -> None:
    """A refusal of the proposal is not a refusal of the contract, and is not final."""
    declined(team)
    stopped = team("diagnose", "hold", "44-0001", "--on", "25/01/2023")
    assert stopped.code == 3
    proposal = next(p for p in stopped.proposed() if p.startswith("enroll"))
    accepted = team.types(proposal.replace("JOUR", "20/01/2023"))
    assert accepted.code == 0, accepted.err
    team.does("diagnose", "hold", "44-0001", "--on", "25/01/2023")


def test_an_absence_is_never_a_refusal(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("diagnose", "book", ref, "--on", "25/01/2023 14h")
    for day in ("25/01/2023", "01/02/2023", "08/02/2023"):
        team.does("diagnose", "absent", ref, "--on", day)
    team.does("diagnose", "hold", ref, "--on", "15/02/2023")


def test_a_late_step_is_a_warning_never_a_refusal(team: Team) -> None:
    ref = team.diagnosed()
    team.does("assign", ref, "--on", "02/02/2023")
    answer = team.does("contract", "sign", ref, "--on", "24/02/2023")
    assert "1 jour après le dernier jour (23/02/2023)" in answer.err


def test_all_on_one_day_is_in_order(team: Team) -> None:
    """Other departments hold diagnostic and contract on one day: dates compare with ≤."""
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    for words in (("diagnose", "hold"), ("assign",), ("contract", "sign")):
        team.does(*words, ref, "--on", "10/01/2023")


def test_the_same_again_changes_nothing_and_says_so(team: Team) -> None:
    ref = team.contracted()
    before = team.events()
    answer = team.does("contract", "sign", ref, "--on", "17/02/2023")
    assert "rien n'a changé" in answer.out
    assert team.events() == before


@pytest.mark.parametrize(
    "typed",
    ["44-C1", "44-c1", "Centre – Rezé", "centre - reze", "CENTRE REZÉ"],
    ids=["code", "code en minuscules", "nom imprimé", "nom tapé", "nom en capitales"],
)
def test_an_office_is_named_by_its_code_or_its_name(team: Team, typed: str) -> None:
    ref = team.diagnosed()
    booked = team.does("contract", "book", ref, "--on", "30/11/2023 14h", "--bureau", typed)
    assert "répertoire" not in booked.err
    assert "(Centre – Rezé)" in team.does("show", ref).out
    listed = team.does("report", "dossiers", "--format", "csv", "--columns", "bureau").out
    assert listed.split() == ["bureau", "44-C1"]


def test_a_name_of_two_offices_asks_which(team: Team) -> None:
    ref = team.diagnosed()
    team.change("UPDATE offices SET nom = 'Centre Inventé' WHERE bureau IN ('44-C1', '85-C1')")
    words = ("contract", "book", ref, "--on", "30/11/2023 14h", "--bureau", "centre invente")
    answer = team(*words)
    assert answer.code == 4
    assert "44-C1 (Centre Inventé) ; 85-C1 (Centre Inventé)" in answer.err


def test_a_closed_dossier_awaits_no_appointment(team: Team) -> None:
    """Neither the screen of the morning nor the dossier asks for what would be refused."""
    ref = team.diagnosed()
    team.does("contract", "book", ref, "--on", "30/10/2023 14h")
    assert "30/10/2023 à 14:00" in team.does("show", ref).out
    closed = team.does("contract", "refuse", ref, "--on", "15/02/2023", "--yes")
    assert "RDV de contrat" not in closed.out + team.does("show", ref).out


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("diagnose hold", "Il manque « référence du dossier » (agir diagnose hold REF)."),
        ("diagnose book 44-1", "Il manque « RDV de diagnostic » (--date-rdv-diagnostic)."),
        ("liaison decide 44-1", "Il manque « Décision de l'OFII » (--decision-ofii)."),
    ],
    ids=["dossier", "jour du rendez-vous", "décision"],
)
def test_what_is_missing_has_the_name_of_the_screen(team: Team, typed: str, told: str) -> None:
    assert told in team.types(typed).err


@pytest.mark.parametrize(
    ("typed", "book"),
    [
        ("enroll --nom X-INVENTE --date-cir 01/01/2024", False),
        ("enroll --nom X-INVENTE --date-naissance 01/01/2024", False),
        ("diagnose hold 44-1 --on 01/01/2024", True),
    ],
    ids=["CIR", "naissance", "diagnostic"],
)
def test_a_day_to_come_is_booked_only_where_it_can_be(team: Team, typed: str, book: bool) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.types(typed)
    assert answer.code in (2, 3)
    assert (" book" in answer.err) is book


def test_an_absence_told_after_the_contract_orders_no_booking(team: Team) -> None:
    ref = team.contracted()
    told = team.does("contract", "absent", ref, "--on", "15/02/2023").err
    assert "Si l'étape reste à faire : agir contract book" in told


def test_an_unknown_signature_is_not_said_missing(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    told = team.does("diagnose", "hold", ref, "--on", "25/01/2023").err
    assert "rien ne dit qu'il est signé" in told
    assert "pas signé" not in told


def test_a_referent_or_an_office_nobody_knows_is_kept_with_a_warning(team: Team) -> None:
    ref = team.diagnosed()
    answer = team.does("assign", ref, "--on", "02/02/2023", "--referent", "A. Inventée")
    assert "répertoire" in answer.err
    assert "A. Inventée" in team.does("show", ref).out
    booked = team.does("contract", "book", ref, "--on", "30/11/2023 14h", "--bureau", "44-Z9")
    assert "44-Z9" in booked.err
    known = team.does("contract", "book", ref, "--on", "30/11/2023 15h", "--bureau", "44-C1")
    assert "44-C1" not in known.err
