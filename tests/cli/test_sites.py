"""Sites as their users meet them: a code over the telephone, a folder or a server, a revocation.

Every person is invented.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agir_cli.cli.session import paris_today
from agir_cli.store import cipher, migrations, seal
from agir_cli.store.driver import connect
from agir_cli.usecases.upkeep import check
from tests.cli.coordinator import ORIENTED, Answer, Team
from tests.postgres import Server, needs_postgres, running

pytest.importorskip("pyrage", reason="the extra « secure » is not installed")
pytest.importorskip("cryptography", reason="the extra « secure » is not installed")
CODE = re.compile(r"^  ((?:[A-Z2-7]{4} ?){5})$", re.MULTILINE)


@pytest.fixture
def office(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Team]:
    """Another laptop, with its file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "reglages.toml"))
    (tmp_path / "echange").mkdir()

    def made(name: str, *words: str) -> Team:
        team = Team(tmp_path / f"{name}.db", capsys)
        team.does("init", "--clear", *(words or ("--departement", "44")))
        return team

    return made


@pytest.fixture
def join(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """A code read over the telephone, and typed."""

    def typed(team: Team, code: str, where: str = "echange") -> Answer:
        monkeypatch.setattr("sys.stdin", io.StringIO(code))
        return team("sites", "join", where)

    return typed


def code_of(answer: Answer) -> str:
    found = CODE.search(answer.out)
    assert found, answer.said
    return found[1]


def link(first: Team, new: Team, letter: str, join: Callable[..., Answer], where: str) -> None:
    """Two laptops become one network."""
    answer = join(new, code_of(first.does("sites", "invite", letter)), where)
    assert answer.code == 0, answer.err
    assert "il est admis" in first.does("sync", where).err
    assert f"il est le site {letter}" in new.does("sync", where).err


def test_two_laptops_and_a_folder(
    office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    nantes, ancenis = office("nantes"), office("ancenis")
    link(nantes, ancenis, "B", join, "echange")
    nantes.enrols("--nom", "KEITA-INVENTE")
    nantes.does("sync", "echange")
    ancenis.does("sync", "echange")
    assert "44-0001" in ancenis.does("find", "KEITA-INVENTE").out
    assert ancenis.enrols("--nom", "DIALLO-INVENTE") == "44B-0001"
    kept = b"".join(p.read_bytes() for p in Path("echange").rglob("*") if p.is_file())
    assert b"KEITA" not in kept
    assert b"Ancenis" not in kept


def test_a_new_network_says_what_to_do_and_keeps_its_key(office: Callable[[str], Team]) -> None:
    nantes = office("nantes")
    answer = nantes.does("sites", "invite", "b", "--name", "Antenne d'Ancenis")
    assert "à lire au téléphone" in answer.out
    assert "agir sites join" in answer.err
    (page,) = Path().glob("fiche-de-secours-site-*.html")
    beside = Path("nantes.db.site")
    assert beside.stat().st_mode & 0o777 == 0o600
    key = beside.read_text("ascii").strip()
    assert all(group in page.read_text("utf-8") for group in key.split())
    assert not Path().glob("*.site").__next__().read_text().startswith("AGE")
    # A second invitation asks for no new key; a known letter is the site's own.
    assert "Fiche" not in nantes.does("sites", "invite", "C").err
    assert nantes("sites", "invite", "A").code == 2


def test_the_key_of_a_site_is_kept_where_one_says(
    office: Callable[[str], Team], monkeypatch: pytest.MonkeyPatch
) -> None:
    nantes = office("nantes")
    monkeypatch.setattr(cipher, "_known", {})
    code_of(nantes.does("sites", "invite", "B", "--key-file", "cle.txt"))
    assert not nantes.db.with_name("nantes.db.site").exists()
    monkeypatch.setattr(cipher, "_known", {})  # another day
    nantes.does("sync", "echange")
    assert Path("cle.txt").stat().st_mode & 0o077 == 0


def test_the_key_of_a_site_is_lost_and_typed_again(
    office: Callable[[str], Team], monkeypatch: pytest.MonkeyPatch
) -> None:
    nantes = office("nantes")
    assert "d'aucun réseau" in nantes("sites", "key").err
    nantes.does("sites", "invite", "B")
    sheet = nantes.does("sites", "key").out
    assert "clé du site" in sheet
    assert "agir sites key --restore" in " ".join(sheet.split())
    beside = Path("nantes.db.site")
    typed = beside.read_text("ascii")
    beside.unlink()
    answer = nantes("sync", "echange")
    assert answer.code == 7
    assert "n'est pas sur ce poste" in answer.err
    assert "Traceback" not in answer.said
    monkeypatch.setattr("sys.stdin", io.StringIO("AAAA " * 14))
    assert nantes("sites", "key", "--restore").code == 2
    monkeypatch.setattr("sys.stdin", io.StringIO(typed.lower()))
    nantes.does("sites", "key", "--restore")
    nantes.does("sync", "echange")


def test_the_key_of_an_encrypted_file_site_is_never_beside_it(
    office: Callable[[str], Team], tmp_path: Path
) -> None:
    pytest.importorskip("sqlcipher3")
    nantes = office("nantes")
    nantes.does("encrypt", "--key-file", "agir.cle", "--recovery", "fiche.txt")
    nantes.does("sites", "invite", "B")
    assert not Path("nantes.db.site").exists()
    assert len(Path("agir.cle").read_text("ascii").splitlines()) == 2
    nantes.does("sync", "echange")


@pytest.mark.parametrize("text", ["", "ABCD", "AAAA AAAA AAAA AAAA AAAA", "é"])
def test_a_wrong_code_is_told_and_nothing_is_left(
    office: Callable[[str], Team], join: Callable[..., Answer], text: str
) -> None:
    ancenis = office("ancenis")
    answer = join(ancenis, text)
    assert answer.code == 2
    assert "cinq groupes" in answer.err
    assert not list(Path("echange").iterdir())
    assert not Path("ancenis.db.site").exists()


@pytest.mark.parametrize("letter", ["", "1", "ABCD", "É", "A B"])
def test_a_letter_is_one_to_three(office: Callable[[str], Team], letter: str) -> None:
    assert office("nantes")("sites", "invite", letter).code == 2


def test_a_revocation_says_what_the_site_still_knows(
    office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    nantes, gone = office("nantes"), office("gone")
    link(nantes, gone, "B", join, "echange")
    answer = nantes("sites", "revoke", "B")
    assert answer.code == 2  # a script says --yes
    answer = nantes.does("sites", "revoke", "B", "--yes")
    assert "Il garde ce qu'il a déjà reçu" in answer.err
    assert "du 44" in answer.err
    nantes.enrols("--nom", "KEITA-INVENTE")
    nantes.does("sync", "echange")
    gone.enrols("--nom", "DIALLO-INVENTE")
    gone("sync", "echange")
    assert "KEITA" not in gone("find", "KEITA-INVENTE").out
    nantes("sync", "echange")
    assert "DIALLO" not in nantes("find", "DIALLO-INVENTE").out
    assert "exclu le" in nantes.does("sites").out
    assert nantes("sites", "revoke", "Z", "--yes").code == 2


def test_what_a_revoked_site_goes_on_sending_is_said_once(
    office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    """Every night would say it otherwise: cron mails what is said, and 7 is for faults."""
    nantes, gone = office("nantes"), office("gone")
    link(nantes, gone, "B", join, "echange")
    gone.does("sync", "echange")
    nantes.does("sites", "revoke", "B", "--yes")
    for name in ("DIALLO-INVENTE", "KONE-INVENTE"):  # it does not know yet, then it does
        gone.enrols("--nom", name)
        gone("sync", "echange")
    first, again = nantes.does("sync", "echange"), nantes.does("sync", "echange")
    assert "envoie encore" in first.err
    assert "Site B" not in again.err
    assert "DIALLO" not in nantes("find", "DIALLO-INVENTE").out
    nantes.does("sync", "echange")
    answer = gone("sync", "echange")
    assert answer.code == 7
    assert "Ce site (B) est exclu du réseau depuis le" in answer.err
    assert "exclu le" in gone.does("sites").out


def test_a_revoked_site_that_sends_keeps_no_laptop_from_its_new_dossiers(
    office: Callable[..., Team], join: Callable[..., Answer]
) -> None:
    nantes, gone = office("nantes"), office("gone")
    alice = office("alice", "--departement", "44", "--caseload", "Alice Martin")
    link(nantes, gone, "B", join, "echange")
    link(nantes, alice, "P", join, "echange")
    reference = nantes.enrols("--nom", "KEITA-INVENTE", *ORIENTED)
    nantes.does("diagnose", "hold", reference, "--on", "25/01/2023", "--diagnostic-signe", "oui")
    for team in (gone, nantes, alice):
        team.does("sync", "echange")
    assert alice("find", "KEITA-INVENTE").code == 4
    nantes.does("sites", "revoke", "B", "--yes")
    gone.enrols("--nom", "DIALLO-INVENTE")
    gone.does("sync", "echange")
    nantes.does("assign", reference, "--on", "02/02/2023", "--referent", "Alice Martin")
    for team in (nantes, alice):
        team.does("sync", "echange")
    assert reference in alice.does("find", "KEITA-INVENTE").out
    assert alice("find", "DIALLO-INVENTE").code == 4


@pytest.fixture
def left(office: Callable[[str], Team], join: Callable[..., Answer], tmp_path: Path) -> Team:
    """A site that has taken what another sent before it was revoked, persons erased among them."""
    nantes, gone = office("nantes"), office("gone")
    link(nantes, gone, "B", join, "echange")
    gone.enrols("--nom", "DIALLO-INVENTE")
    erased = gone.enrols("--nom", "KONE-INVENTE")
    gone.does("close", erased, "--motif", "sans_suite")
    gone.does("erase", erased, "--yes", "--demande", "elle", "--motif", "droit à l'effacement")
    for team in (gone, nantes):
        team.does("sync", "echange")
    nantes.does("sites", "revoke", "B", "--yes")
    (tmp_path / "ailleurs").mkdir()
    return nantes


COURSE = "SELECT id, dossier, kind, site, seq, payload FROM events ORDER BY site, seq"


def test_what_a_revoked_site_had_sent_goes_to_another_exchange(
    left: Team, office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    """It sends nothing any more: who has the whole of it does, and the newcomer proves it."""
    new = office("new")
    link(left, new, "C", join, "ailleurs")
    assert "DIALLO" in new.does("find", "DIALLO-INVENTE").out
    assert new.rows(COURSE) == left.rows(COURSE)
    assert new.rows("SELECT count(*) FROM statistics") == [(1,)]
    segments = sorted((new.db.parent / "ailleurs").rglob("*-*.agir"))
    assert {path.parent.name: path.stem[-2:] for path in segments if path.stem[-1].isalpha()} == {
        "B": "-A", "B-statistiques": "-A"
    }  # fmt: skip
    for team in (left, new):
        team.does("sync", "ailleurs")
    assert sorted((new.db.parent / "ailleurs").rglob("*-*.agir")) == segments


def test_what_is_not_what_a_revoked_site_had_sent_is_refused(
    left: Team, office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    with closing(connect(left.db, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with migrations.unguarded(connection):
            connection.execute("UPDATE events SET author = 'quelqu''un' WHERE site = 'B'")
            seal.link_anew(connection, "B")
        connection.execute("COMMIT")
    new = office("new")
    code = code_of(left.does("sites", "invite", "C"))
    assert join(new, code, "ailleurs").code == 0
    left.does("sync", "ailleurs")
    answer = new("sync", "ailleurs")
    assert answer.code == 7
    assert "il n'est pas celui qui était là à l'exclusion" in answer.err
    assert "DIALLO" not in new("find", "DIALLO-INVENTE").out


def test_what_one_site_took_before_it_heard_of_a_revocation_all_take(
    office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    nantes, other, gone = office("nantes"), office("other"), office("gone")
    link(nantes, other, "B", join, "echange")
    link(nantes, gone, "C", join, "echange")
    for team in (other, gone, nantes):
        team.does("sync", "echange")
    gone.enrols("--nom", "DIALLO-INVENTE")
    gone.does("sync", "echange")
    other.does("sync", "echange")
    nantes.does("sites", "revoke", "C", "--yes")
    for team in (nantes, other, other, nantes, other):
        team("sync", "echange")
    assert "DIALLO" in nantes.does("find", "DIALLO-INVENTE").out
    assert nantes.rows(COURSE) == other.rows(COURSE)


def test_who_was_away_hears_of_a_revocation_before_it_takes_what_came_after(
    office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    """Whoever revokes may have a letter that comes after that of whom they revoke."""
    nantes, gone, other = office("nantes"), office("gone"), office("other")
    link(nantes, gone, "B", join, "echange")
    link(nantes, other, "C", join, "echange")
    gone.does("sync", "echange")
    other.does("sync", "echange")
    other.does("sites", "revoke", "B", "--yes")
    gone.enrols("--nom", "DIALLO-INVENTE")
    gone.does("sync", "echange")
    other.does("sync", "echange")
    for team in (nantes, nantes, other):
        team("sync", "echange")
    assert "DIALLO" not in nantes("find", "DIALLO-INVENTE").out
    assert nantes.rows(COURSE) == other.rows(COURSE)


@pytest.mark.parametrize("number", [True, False])
def test_a_right_used_up_in_another_department_is_said_of_a_dossier_that_runs_here(
    office: Callable[..., Team], join: Callable[..., Answer], number: bool
) -> None:
    nantes, vendee = office("nantes"), office("vendee", "--departement", "85")
    code = code_of(nantes.does("sites", "invite", "B", "--departement", "85"))
    assert join(vendee, code).code == 0
    nantes.does("sync", "echange")
    vendee.does("sync", "echange")
    who = ("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--date-naissance", "12/05/1994",
           *(("--agdref", "0440000001") if number else ()))  # fmt: skip
    nantes.enrols("--nom", "AUTRE-INVENTE", "--prenoms", "Paul", "--date-naissance", "01/02/1980")
    nantes.enrols(*who)
    vendee.enrols(*who, "--departement", "85")

    def met() -> str:
        for team in (vendee, nantes, vendee):
            team.does("sync", "echange")
        assert "85-" not in nantes("find", "DIALLO-INVENTE").out
        return nantes.does("conflicts").out

    assert met() == ""
    ended = ("--on", "01/03/2023", "--motif", "arret_beneficiaire", "--yes")
    vendee.does("close", "85B-0001", *ended)
    told = met()
    assert "44-0002  dossier ouvert — site A" in told
    assert f"décision 03/2023 ({'n° AGDREF' if number else 'peut-être'}" in told.replace(
        "mars ", "03/"
    )
    assert "44-0001" not in told
    (settling,) = re.findall(r"agir (conflicts settle \w+ --reason)", told)
    nantes.does(*settling.split(), "un homonyme")
    assert met() == ""
    assert vendee.does("conflicts").out == ""


def test_who_is_invited_to_everything_is_told_whose_keys_are_not_given(
    office: Callable[..., Team], join: Callable[..., Answer]
) -> None:
    nantes, vendee = office("nantes"), office("vendee", "--departement", "85")
    code = code_of(nantes.does("sites", "invite", "B", "--departement", "85"))
    assert join(vendee, code).code == 0
    for team in (nantes, vendee):
        team.does("sync", "echange")
    told = "agir sites invite R --departement 85"
    assert told in nantes.does("sites", "invite", "R", "--departement", "tous").err.splitlines()
    assert told not in nantes.does("sites", "invite", "P", "--departement", "44").err


def test_a_final_end_that_sites_tell_each_other_is_no_act_of_a_day_to_come(
    office: Callable[..., Team], join: Callable[..., Answer]
) -> None:
    """Its event is dated by the day until which a fingerprint is kept."""
    nantes, ancenis = office("nantes"), office("ancenis")
    link(nantes, ancenis, "B", join, "echange")
    now = f"{paris_today():%d/%m/%Y}"
    nantes.enrols("--nom", "DIALLO-INVENTE", "--date-naissance", "12/05/1994", today=now)
    nantes.does("close", "44-0001", "--on", now, "--motif", "arret_beneficiaire", "--yes",
                today=now)  # fmt: skip
    for team in (nantes, ancenis):
        team.does("sync", "echange")
        days = team.rows("SELECT max(effective_to) FROM events WHERE kind = 'directory_changed'")
        assert str(days[0][0]) > paris_today().isoformat()
        assert [each for each in check(team.db) if each.what == "date à venir"] == []


def test_the_code_is_said_before_anything_else_can_go_wrong(office: Callable[[str], Team]) -> None:
    nantes = office("nantes")
    answer = nantes("sites", "invite", "B", "--recovery", "absent/fiche.html")
    assert answer.code != 0
    assert code_of(answer)


# --- a server -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


@needs_postgres
def test_two_laptops_and_a_server(
    office: Callable[[str], Team], join: Callable[..., Answer], server: Server
) -> None:
    nantes, ancenis, region = office("nantes"), office("ancenis"), office("region")
    assert "Relais préparé" in nantes.does("hub", "init", "postgresql:admin").out
    assert nantes("hub", "init", "admin").code == 2
    code = code_of(nantes.does("sites", "invite", "B"))
    for letter, words in (("A", ()), ("B", ("--departement", "44"))):
        answer = nantes.does("hub", "grant", "admin", letter, *words)
        assert f"écrit le flux du site {letter}, et lit le 44" in answer.out
        assert "password" in answer.err
        server.role(f"agir_{letter.lower()}")
    assert nantes("hub", "grant", "admin", "C").code == 2  # what would it read?
    assert join(ancenis, code, "postgresql:agir_b").code == 0
    nantes.does("sync", "postgresql:agir_a")
    ancenis.does("sync", "postgresql:agir_b")
    nantes.enrols("--nom", "KEITA-INVENTE")
    nantes.does("sync", "postgresql:agir_a")
    assert ancenis.does("sync", "postgresql:agir_b").out == ""
    assert "44-0001" in ancenis.does("find", "KEITA-INVENTE").out
    status = nantes.does("hub", "status", "admin").out
    assert "agir_a" in status
    assert "KEITA" not in status
    assert "n'ouvre pas ce relais" in region("sync", "postgresql:admin").err
    nantes.does("hub", "grant", "admin", "B", "--withdraw")
    assert ancenis("sync", "postgresql:agir_b").code == 7
    assert nantes("sync", "postgresql:absent").code == 7
    server.sql("ALTER TABLE agir.segments DISABLE ROW LEVEL SECURITY", "relais")
    assert nantes("hub", "status", "admin").code == 6
    assert "modifiée" in nantes("sync", "postgresql:agir_a").err


@needs_postgres
def test_what_a_revoked_site_had_sent_goes_to_a_server_once_it_is_nobodys(
    left: Team, office: Callable[[str], Team], join: Callable[..., Answer]
) -> None:
    new = office("new")
    with running() as base:
        left.does("hub", "init", "admin")
        code = code_of(left.does("sites", "invite", "C"))
        for letter in "ABC":
            left.does("hub", "grant", "admin", letter, "--departement", "44")
            base.role(f"agir_{letter.lower()}")
        assert join(new, code, "postgresql:agir_c").code == 0
        for team, role in ((left, "a"), (new, "c")):
            assert team.does("sync", f"postgresql:agir_{role}").out == ""
        assert new("find", "DIALLO-INVENTE").code == 4
        left.does("config", "set", "echange", "postgresql:agir_a")
        assert "site B, exclu : 4 de ses enregistrements manquent à" in left.does("sites").err
        left.does("hub", "grant", "admin", "B", "--withdraw")
        for team, role in ((left, "a"), (new, "c")):
            team.does("sync", f"postgresql:agir_{role}")
        assert "site B" not in left.does("sites").err
    assert "DIALLO" in new.does("find", "DIALLO-INVENTE").out
    assert new.rows(COURSE) == left.rows(COURSE)
