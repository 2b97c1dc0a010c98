"""A change of operator at the keyboard: made, taken, received, erased; and all that goes wrong.

Every person is invented.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agir_cli.site_keys import recipient, sealed_to, unsealed
from agir_cli.usecases.handover import proof
from agir_cli.usecases.upkeep import check
from tests.cli.coordinator import COMPLETE, Answer, Team

pyrage = pytest.importorskip("pyrage", reason="the extra « secure » is not installed")

IN_49 = (
    *(word.replace("Nantes", "Angers") for word in COMPLETE), "--date-cir", "10/01/2024",
    "--orientation", "acceptee", "--date-orientation", "10/01/2024", "--departement", "49",
)  # fmt: skip
DAY = "20/06/2026"
MADE = ("handover", "make", "--departement", "49", "--to", "remise", "--on", "01/06/2026")
TAKE = ("handover", "take", "remise", "--identity", "cle.txt")


@pytest.fixture
def to() -> str:
    """The public key of the receiver, whose private one is in `cle.txt`."""
    identity = pyrage.x25519.Identity.generate()
    Path("cle.txt").write_text(f"{identity}\n")
    other = pyrage.x25519.Identity.generate()
    Path("autre.txt").write_text(f"{other}\n")
    return str(identity.to_public())


@pytest.fixture
def post(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Team]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "reglages.toml"))

    def made(name: str, *departments: str, letter: str = "") -> Team:
        team = Team(tmp_path / f"{name}.db", capsys)
        words = [word for code in departments for word in ("--departement", code)]
        words += ["--letter", letter] if letter else []
        team.does("init", "--clear", *words)
        return team

    return made


@pytest.fixture
def old(post: Callable[..., Team]) -> Team:
    """Who leaves: two open dossiers of the 49, one that ended for good, and one of the 44."""
    team = post("ancien", "49", "44")
    team.enrols("--nom", "OUVERTE-INVENTEE", "--prenoms", "Awa", "--agdref", "0490000001", *IN_49,
                today=DAY)  # fmt: skip
    team.enrols("--nom", "SUIVI-INVENTE", "--agdref", "0490000002", *IN_49, today=DAY)
    team.enrols("--nom", "REFUS-INVENTE", "--agdref", "0490000003", "--date-naissance",
                "12/05/1994", *IN_49, today=DAY)  # fmt: skip
    team.enrols("--nom", "NANTES-INVENTE", "--departement", "44", today=DAY)
    team.does("diagnose", "hold", "49-0001", "--on", "25/01/2024", today=DAY)
    team.does("assign", "49-0001", "--date-commission", "01/02/2024", "--priorites",
              "droit_logement", "--modalite", "globale", "--referent", "Alice Martin",
              today=DAY)  # fmt: skip
    team.does("contract", "sign", "49-0001", "--on", "10/02/2024", "--projet", "Boulangerie",
              today=DAY)  # fmt: skip
    team.does(
        "close",
        "49-0003",
        "--on",
        "01/03/2024",
        "--motif",
        "arret_beneficiaire",
        "--yes",
        today=DAY,
    )
    return team


def receipt() -> str:
    (path,) = Path().glob("recu-49-*.json")
    return str(path)


def test_a_department_goes_whole_to_an_empty_file(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    answer = old.does(*MADE, "--sealed", to, today=DAY)
    assert "2 dossiers avec leur identité ; 1 sans identité ; 1 fins définitives" in answer.err
    told = json.loads(Path("remise/manifest.json").read_text())
    assert [told[name] for name in ("departement", "personnes", "fins_definitives")] == ["49", 2, 1]
    carried = b"".join(path.read_bytes() for path in Path("remise").iterdir())
    assert b"INVENTE" not in carried
    assert Path("remise").stat().st_mode & 0o077 == 0
    new = post("nouveau", "49")
    assert new.does(*TAKE, today=DAY).out == "", "nobody is known here already"
    for words in (
        ("show", "49-0001"),
        ("find", "SUIVI-INVENTE"),
        ("report", "timeline", "49-0001"),
    ):
        assert new.does(*words, today=DAY).out == old.does(*words, today=DAY).out
    assert "Boulangerie" in new.does("show", "49-0001", today=DAY).out
    assert "Alice Martin" in new.does("show", "49-0001", today=DAY).out
    assert "REFUS-INVENTE" not in new("find", "REFUS-INVENTE", today=DAY).out
    again = new("enroll", "--nom", "AUTREMENT", "--agdref", "0490000003", *IN_49, today=DAY)
    assert again.code == 3
    assert "droit_epuise_efface" in again.err
    assert new.enrols("--nom", "SUIVANTE-INVENTEE", *IN_49, today=DAY) == "49-0004"
    assert new.does("check", today=DAY).code == 0
    assert b"REFUS-INVENTE" not in new.db.read_bytes()
    assert old.does("check", today=DAY).code == 0


def test_of_a_referent_go_the_name_the_day_they_left_and_the_other_name(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    """What the course of a dossier asks; what else one knows of an employee stays."""
    old.does("diagnose", "hold", "49-0002", "--on", "25/01/2024", today=DAY)
    old.does("assign", "49-0002", "--date-commission", "01/02/2024", "--referent", "Al Martin",
             "--priorites", "droit_logement", "--modalite", "globale", today=DAY)  # fmt: skip
    old.does("referent", "set", "Alice Martin", "--plafond", "25", "--langues", "prs", today=DAY)
    old.does("referent", "join", "Al Martin", "Alice Martin", today=DAY)
    old.does("referent", "leave", "Alice Martin", "--on", "01/05/2026", today=DAY)
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    new.does(*TAKE, today=DAY)
    facts = "SELECT r.nom, parti_le, plafond, langues, s.nom FROM referents r LEFT JOIN" \
        " referent_facts f ON f.code = r.code LEFT JOIN referents s ON s.code = f.remplace_par" \
        " ORDER BY 1"  # fmt: skip
    assert new.rows(facts) == [
        ("Al Martin", None, None, None, "Alice Martin"),
        ("Alice Martin", "2026-05-01", None, None, None),
    ]
    assert (
        new.does("report", "caseload", today=DAY).out
        == old.does("report", "caseload", today=DAY).out
    )
    other = post("autre", "49")
    other.does("referent", "add", "Alice Martin", today=DAY)
    other.does(*TAKE, today=DAY)
    assert ("Alice Martin", None, None, None, None) in other.rows(facts)


def test_figures_are_the_same_on_both_sides(old: Team, post: Callable[..., Team], to: str) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    new.does(*TAKE, today=DAY)
    words = ("report", "funnel", "--departement", "49", "--format", "csv")
    assert new.does(*words, today=DAY).out == old.does(*words, today=DAY).out


def test_into_a_filled_file_who_may_be_known_is_listed_and_references_told(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    new.enrols("--nom", "DIFFERENT-INVENTE", "--agdref", "0490000009", *IN_49, today=DAY)
    known = new.enrols("--nom", "SUIVI-INVENTE", "--agdref", "0490000002", *IN_49, today=DAY)
    rehearsed = new.does(*TAKE, "--dry-run", today=DAY)
    assert "OUVERTE" not in new("find", "OUVERTE-INVENTEE", today=DAY).out
    assert not list(Path().glob("recu-*"))
    assert not list(Path().rglob("*-remise.db"))
    answer = new.does(*TAKE, today=DAY)
    assert rehearsed.out == answer.out
    assert len(list(Path().rglob("*-remise.db"))) == 1, "no undo takes a hand-over back"
    assert "49-0001 était déjà donné ici : 49R-0001" in answer.err
    assert f"agir same 49R-0002 {known}" in " ".join(answer.out.split())
    assert "DIFFERENT-INVENTE" in new.does("show", "49-0001", today=DAY).out
    assert "OUVERTE-INVENTEE" in new.does("show", "49R-0001", today=DAY).out
    new.does("check", today=DAY)


def test_who_comes_and_used_up_their_right_here_is_told(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    new = post("nouveau", "49")
    ref = new.enrols("--nom", "SUIVI-INVENTE", "--agdref", "0490000002", *IN_49, today=DAY)
    new.does(
        "close", ref, "--on", "01/03/2024", "--motif", "arret_beneficiaire", "--yes", today=DAY
    )
    old.does(*MADE, "--sealed", to, today=DAY)
    assert "droit épuisé" in new.does(*TAKE, today=DAY).out


def test_taken_twice_changes_nothing_and_makes_the_receipt_again(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    new.does(*TAKE, today=DAY)
    first, rows = Path(receipt()).read_text(), new.does("find", "INVENTE", today=DAY).out
    Path(receipt()).unlink()
    answer = new.does(*TAKE, today=DAY)
    assert "a déjà été prise le 20/06/2026 : rien n'a changé" in answer.err
    assert Path(receipt()).read_text() == first
    assert new.does("find", "INVENTE", today=DAY).out == rows


def _flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


SPOILED: dict[str, Callable[[], object]] = {
    "octet de la première partie": lambda: _flip(Path("remise/0001.age"), 300),
    "octet de l'en-tête": lambda: _flip(Path("remise/entete.age"), 200),
    "octet de la clé": lambda: _flip(Path("remise/cle.age"), 250),
    "octet du manifeste": lambda: _flip(Path("remise/manifest.json"), 60),
    "autre département au manifeste": lambda: Path("remise/manifest.json").write_text(
        Path("remise/manifest.json").read_text().replace('"49"', '"44"')),
    "partie coupée": lambda: Path("remise/0001.age").write_bytes(
        Path("remise/0001.age").read_bytes()[:400]),
    "partie perdue": lambda: Path("remise/0001.age").unlink(),
    "sans manifeste": lambda: Path("remise/manifest.json").unlink(),
    "manifeste vide": lambda: Path("remise/manifest.json").write_text(""),
    "manifeste binaire": lambda: Path("remise/manifest.json").write_bytes(b"\xff\xfe\x00"),
    "manifeste d'autre chose": lambda: Path("remise/manifest.json").write_text("[]"),
    "rien": lambda: shutil.rmtree("remise"),
    "un fichier": lambda: (shutil.rmtree("remise"), Path("remise").write_text("x")),
    "autre clé": lambda: shutil.copy("autre.txt", "cle.txt"),
    "pas une clé": lambda: Path("cle.txt").write_text("bonjour\n"),
    "sans clé": lambda: Path("cle.txt").unlink(),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_what_is_spoiled_is_refused_whole(
    old: Team, post: Callable[..., Team], to: str, case: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    SPOILED[case]()
    before = new.db.read_bytes()
    answer = new(*TAKE, today=DAY)
    assert answer.code == (2 if "clé" in case and "octet" not in case else 5), answer.said
    assert "Traceback" not in answer.said
    assert "Erreur" in answer.err
    assert new.db.read_bytes() == before
    assert not list(Path().glob("recu-*"))


def resealed(change: Callable[[dict[str, Any], list[dict[str, Any]]], object]) -> None:
    """A handover that says something else, sealed and proved by who has its key."""
    folder, me = (
        Path("remise"),
        pyrage.x25519.Identity.from_str(Path("cle.txt").read_text().strip()),
    )
    secret = pyrage.decrypt((folder / "cle.age").read_bytes(), [me]).decode()
    read = {name: json.loads(unsealed([secret], (folder / name).read_bytes()) or b"")
            for name in ("entete.age", "0001.age")}  # fmt: skip
    change(read["entete.age"], read["0001.age"])
    told = json.loads((folder / "manifest.json").read_text())
    for part in told["parts"]:
        body = sealed_to([recipient(secret)], json.dumps(read[part["nom"]]).encode())
        (folder / part["nom"]).write_bytes(body)
        part["sha256"] = hashlib.sha256(body).hexdigest()
    told["preuve"] = proof(secret.encode(), told)
    (folder / "manifest.json").write_text(json.dumps(told))


ODD: dict[str, Callable[[dict[str, Any], list[dict[str, Any]]], object]] = {
    "sans dossiers": lambda head, _: head.pop("dossiers"),
    "fins illisibles": lambda head, _: head.update(fins=5),
    "des sites qui n'en sont pas": lambda head, _: head.update(sites=[["A"]]),
    "un numéro énorme": lambda head, _: head.update(numeros={"49": 10**30}),
    "une référence qui n'en est pas une": lambda head, _: head.update(
        dossiers=dict.fromkeys(head["dossiers"], "../x")),
    "une ouverture ôtée": lambda _, said: said.pop(0),
    "une personne ôtée": lambda _, said: said[0].pop("personne"),
    "des mots": lambda _, said: said.append("bonjour"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_what_says_something_else_is_refused_in_a_sentence_and_leaves_nothing(
    old: Team, post: Callable[..., Team], to: str, case: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    resealed(ODD[case])

    def there() -> dict[Path, bytes]:
        found = Path().glob("nouveau.db*")
        return {path: path.read_bytes() for path in found if path.suffix != ".acces"}

    before = there()
    answer = new(*TAKE, today=DAY)
    assert answer.code == 5, answer.said
    assert "rien n'en a été pris" in answer.err
    assert there() == before, "ni le fichier, ni une clé à côté"


def recorded(moment: str) -> None:
    """Have everything that is handed recorded at this instant."""

    def then(_: dict[str, Any], said: list[dict[str, Any]]) -> None:
        for each in said:
            each["recorded_at"] = moment

    resealed(then)


def test_what_comes_was_recorded_before_and_check_says_nothing(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)

    recorded("2024-02-01T10:00:00.000000Z")
    new = post("nouveau", "49")
    new.does(*TAKE, "--dry-run", today=DAY)
    assert not Path("nouveau.db.cle").exists(), "un essai ne laisse rien"
    new.does(*TAKE, today=DAY)
    assert "horloge" not in new("check", today=DAY).said


def network(first: Team, new: Team, letter: str) -> Answer:
    """Two files become one network; what the second one's exchange says in the end."""
    Path("echange").mkdir(exist_ok=True)
    code = first.does("sites", "invite", letter, "--departement", "49", today=DAY).out
    with pytest.MonkeyPatch.context() as typed:
        typed.setattr("sys.stdin", io.StringIO(code.splitlines()[2]))
        new.does("sites", "join", "echange", today=DAY)
    first.does("sync", "echange", today=DAY)
    return new("sync", "echange", today=DAY)


@pytest.mark.parametrize("year", ["2024", "2999"])
def test_what_one_site_took_is_told_as_such_to_the_others(
    old: Team, post: Callable[..., Team], to: str, year: str
) -> None:
    """Recorded long before it came, or under a clock that was ahead: no site's clock is wrong."""
    old.does(*MADE, "--sealed", to, today=DAY)
    recorded(f"{year}-02-01T10:00:00.000000Z")
    one, other = post("un", "49"), post("autre", "49")
    assert network(one, other, "B").code == 0
    one.does(*TAKE, today=DAY)
    for team in (one, other, one):
        team.does("sync", "echange", today=DAY)
    assert other.does("sites").err == "", "du site qui a pris, le dernier est d'aujourd'hui"
    for team in (one, other):
        assert check(team.db) == []
        answer = team("undo", "--last", "--yes", today=DAY)
        assert answer.code == 4, "ce que l'autre opérateur avait fait sous le même nom"
    known = other.rows("SELECT count(*) FROM events")
    assert "a déjà été prise" in other.does(*TAKE, "--receipt", "recu.json", today=DAY).err
    assert other.rows("SELECT count(*) FROM events") == known


def test_who_took_and_then_joins_has_another_letter(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    recorded("2024-02-01T10:00:00.000000Z")
    first, new = post("premier", "49"), post("nouveau", "49")
    new.does(*TAKE, today=DAY)
    assert "il est le site C" in network(first, new, "C").err
    assert check(new.db) == []


def test_what_a_site_of_the_network_handed_is_not_taken_twice(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    """It comes by the exchange; who has it as their own joins no network where it is another's."""
    second = post("second", "49", "44")
    assert network(old, second, "B").code == 0
    old.does(*MADE, "--sealed", to, today=DAY)
    for team in (old, second):
        before = team.fingerprint()
        answer = team(*TAKE, today=DAY)
        assert (answer.code, team.fingerprint()) == (2, before)
        assert "vient de ce fichier, ou d'un site de son réseau" in answer.err
    new = post("nouveau", "49")
    new.does(*TAKE, today=DAY)
    answer = network(old, new, "D")
    assert answer.code == 7
    assert "Ce réseau a remis à ce fichier le 49" in answer.err
    assert new.rows("SELECT value FROM settings WHERE name = 'site'") == [("A",)]


def test_references_and_codes_that_came_are_no_other_sites(
    post: Callable[..., Team], to: str
) -> None:
    """A site of the other operator had the letter of one of this network, or of one to come."""
    left = post("ancien", "49", letter="B")
    theirs = left.enrols("--nom", "REMISE-INVENTEE", *IN_49, today=DAY)
    left.does("diagnose", "hold", theirs, "--on", "25/01/2024", today=DAY)
    left.does("assign", theirs, "--on", "01/02/2024", "--referent", "Alice Martin",
              today=DAY)  # fmt: skip
    left.does(*MADE, "--sealed", to, today=DAY)
    alone, one, other = post("seul", "49"), post("un", "49"), post("autre", "49", letter="B")
    alone.does(*TAKE, today=DAY)
    answer = alone("sites", "invite", "B", today=DAY)
    assert (answer.code, theirs in answer.err) == (2, True)
    assert network(one, other, "B").code == 0
    own = other.enrols("--nom", "PROPRE-INVENTE", *IN_49, today=DAY)
    other.does("diagnose", "hold", own, "--on", "25/01/2024", today=DAY)
    other.does("assign", own, "--on", "01/02/2024", "--referent", "Zoé Inventée",
               today=DAY)  # fmt: skip
    one.does(*TAKE, "--receipt", "recu.json", today=DAY)
    for team in (one, other, one):
        team.does("sync", "echange", today=DAY)
    query = "SELECT dossier, nom FROM dossiers JOIN referents ON code = referent ORDER BY 1"
    for team in (one, other):
        assert team.rows(query) == [(own, "Zoé Inventée"), ("49BR-0001", "Alice Martin")]
    shutil.rmtree("remise")
    one.does(*MADE, "--sealed", to, today=DAY)  # and to the next
    last = post("suivant", "49")
    last.does(*TAKE, today=DAY)
    assert last.rows("SELECT count(*) FROM dossiers WHERE dossier = '49BR-0001'") == [(1,)]


def test_a_letter_that_references_have_goes_on_after_them(
    post: Callable[..., Team], to: str
) -> None:
    left = post("ancien", "49", letter="B")
    for name in ("UNE-INVENTEE", "DEUX-INVENTE"):
        left.enrols("--nom", name, *IN_49, today=DAY)
    left.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49", letter="B")
    new.does(*TAKE, today=DAY)
    new.change("DELETE FROM counters")
    assert new.enrols("--nom", "TROIS-INVENTE", *IN_49, today=DAY) == "49B-0003"


def test_every_part_has_its_bit(old: Team, post: Callable[..., Team], to: str) -> None:
    """Bits here and there of every file: each is refused, and the file stays as it was."""
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    before = new.db.read_bytes()
    for path in sorted(Path("remise").iterdir()):
        content = path.read_bytes()
        for place in range(0, len(content), max(1, len(content) // 12)):
            _flip(path, place)
            try:
                assert new(*TAKE, today=DAY).code in (2, 5, 7), (path.name, place)
            finally:
                path.write_bytes(content)
    assert new.db.read_bytes() == before
    new.does(*TAKE, today=DAY)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--departement", "53"), "n'a aucun dossier du 53"),
        (("--departement", "Lune"), "Lune"),
        (("--on", "31/02/2026"), "--on"),
        (("--on", "bientôt"), "--on"),
        (("--to", "plein"), "n'est pas un dossier vide"),
        (("--to", "fichier"), "n'est pas un dossier vide"),
        (("--to", "/proc/remise"), "ne peut pas être écrit"),
        (("--sealed", "age1faux"), "n'est pas une clé publique"),
        (("--sealed", "phrase"), "terminal"),
    ],
)
def test_what_cannot_be_handed_is_told_and_leaves_nothing(
    old: Team, to: str, words: tuple[str, str], said: str
) -> None:
    Path("plein").mkdir()
    Path("plein/x").touch()
    Path("fichier").touch()
    answer = old(*MADE, "--sealed", to, *words, today=DAY)
    assert answer.code in (1, 2)
    assert said in answer.err
    assert "Traceback" not in answer.said
    assert not Path("remise").exists()
    assert not list(Path().glob(".*remise*"))


def test_another_departments_file_refuses(old: Team, post: Callable[..., Team], to: str) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    answer = post("nantes", "44")(*TAKE, today=DAY)
    assert answer.code == 2
    assert "Cette remise est du 49, ce fichier suit le 44" in answer.err


def test_what_was_received_is_erased_and_certified(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    post("nouveau", "49").does(*TAKE, today=DAY)
    words = ("purge", "--certificate", receipt())
    rehearsed = old.does(*words, today=DAY)
    assert rehearsed.out.count("à effacer") == 2
    early = old(*words, "--yes", today="30/05/2026")
    assert early.code == 2
    assert "rien ne s'efface avant" in early.err
    done = old.does(*words, "--yes", today=DAY)
    assert "Certificat d'effacement" in done.out
    assert done.out.count("effacé") >= 2
    assert "INVENTE" not in done.out
    kept = old.db.read_bytes()
    assert b"OUVERTE-INVENTEE" not in kept
    assert b"SUIVI-INVENTE" not in kept
    assert b"NANTES-INVENTE" in kept
    assert b"REFUS-INVENTE" in kept, "a closed identity was not handed"
    old.does("check", today=DAY)
    assert "en tout, le 20/06/2026" in old.does(*words, "--yes", today=DAY).said


def test_a_disk_that_is_full_as_the_certificate_is_written_leaves_what_was_done(
    old: Team, post: Callable[..., Team], to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is shown before the file is written anew; again, it says how many are gone."""
    from agir_cli.failures import FileFailure
    from agir_cli.store import file

    old.does(*MADE, "--sealed", to, today=DAY)
    post("nouveau", "49").does(*TAKE, today=DAY)

    def full(path: Path) -> list[Path]:
        raise FileFailure("Le disque est plein.")

    with monkeypatch.context() as without_room:
        without_room.setattr(file, "scrub", full)
        answer = old("purge", "--certificate", receipt(), "--yes", today=DAY)
    assert answer.code == 7
    assert "49-0001" in answer.out
    old.does("purge", "--certificate", receipt(), "--yes", "--format", "html", "--output",
                     "certificat.html", today=DAY)  # fmt: skip
    assert "2 en tout, le 20/06/2026" in Path("certificat.html").read_text()
    assert "OUVERTE" not in old("find", "OUVERTE-INVENTEE", today=DAY).out


def test_what_is_held_changed_or_not_received_stays(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    post("nouveau", "49").does(*TAKE, today=DAY)
    old.does("hold", "add", "49-0001", "--motif", "recours au TA", today=DAY)
    old.does("enroll", "--dossier", "49-0002", "--telephone", "0612345678", today=DAY)
    old.enrols("--nom", "NOUVEAU-INVENTE", *IN_49, today=DAY)
    answer = old("purge", "--certificate", receipt(), "--yes", "--format", "csv", today=DAY)
    assert answer.code == 3
    said = dict(line.split(",", 1) for line in answer.out.splitlines()[1:])
    assert "retenu" in said["49-0001"]
    assert "a changé depuis" in said["49-0002"]
    assert "n'était pas de la remise" in said["49-0004"]
    assert b"SUIVI-INVENTE" in old.db.read_bytes()


@pytest.mark.parametrize("spoiled", ["autre", "change", "vide", "absent", "pas de ce fichier"])
def test_a_receipt_that_is_none_erases_nothing(
    old: Team, post: Callable[..., Team], to: str, spoiled: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    new.does(*TAKE, today=DAY)
    path = Path(receipt())
    text = path.read_text()
    match spoiled:
        case "autre":
            path.write_text("{}")
        case "change":
            path.write_text(text.replace("coordination", "quelqu'un"))
        case "vide":
            path.write_bytes(b"")
        case "absent":
            path.unlink()
        case _:
            old = new
    before = old.db.read_bytes()
    answer = old("purge", "--certificate", str(path), "--yes", today=DAY)
    assert answer.code == 2
    assert "Traceback" not in answer.said
    assert old.db.read_bytes() == before


def test_a_second_handover_brings_what_changed_since(
    old: Team, post: Callable[..., Team], to: str
) -> None:
    old.does(*MADE, "--sealed", to, today=DAY)
    new = post("nouveau", "49")
    new.does(*TAKE, today=DAY)
    old.does("interview", "add", "49-0001", "--on", "15/06/2026", today=DAY)
    old.enrols("--nom", "NOUVEAU-INVENTE", *IN_49, today=DAY)
    old.does("visit", "hold", "49-0002", "--on", DAY, "--type", "domicile", today=DAY)
    shutil.rmtree("remise")
    Path(receipt()).unlink()
    old.does(*MADE, "--sealed", to, today=DAY)
    answer = new.does(*TAKE, today=DAY)
    assert "déjà donné" not in answer.err
    assert "NOUVEAU-INVENTE" in new.does("show", "49-0004", today=DAY).out
    words = ("report", "funnel", "--departement", "49", "--format", "csv")
    assert new.does(*words, today=DAY).out == old.does(*words, today=DAY).out
    assert old.does("purge", "--certificate", receipt(), "--yes", today=DAY).code == 0
    old.does("check", today=DAY)
