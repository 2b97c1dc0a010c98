# ruff: noqa
"""Invented persons with known doubles, to measure the search for doubles on names it was not made on.

    python scripts/identity_check.py make FOLDER [--clusters persons.txt] [--seed 1]
    python scripts/identity_check.py score FOLDER
    python scripts/identity_check.py splink FOLDER     (in an environment with splink)
    python scripts/identity_check.py words persons.txt --seed 1
                                        (word by word: each alphabet beside the Latin spellings)

Names: clusters of spellings of one name, of `rigour` 1.8.2 (`data/names/persons.txt`, from Wikidata,
CC0), and a hand-made list of languages that it lacks. None of these is in the program's data on
purpose; a cluster whose spellings stand in `data/names/groups.csv` is marked `known` and told apart.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

BY_HAND = {
    "fulani_mande": "Kourouma Kuruma|Sidibé Sidibeh|Doukouré Dukureh|Bocoum Bokum|Sacko Sako Saccoh"
    "|Kaba Kabba|Touncara Tunkara Toungara|Baradji Barajee|Gassama Gasama|Maïga Maiga|Niakaté Nyakateh"
    "|Djibril Jibril Gibril|Ramatoulaye Ramatulai Ramatou|Salimatou Salimatu Salimata|Mabinty Mabinti"
    "|Foday Fodé Fodeh|Bintou Bintu Bineta|Nènè Neneh Néné|Djénabou Jenabu Dienabou Zenabu|Yéro Yero"
    "|Oury Uri Ouri|Saïkou Saikou Saiku|Lansana Lassana|Siré Sireh|Djeinaba Jainaba",
    "tigrinya_amharic": "Kiflay Kifle Kflay|Tsehaye Tsehay Sehaye|Semere Semhere Smere|Yemane Yemaneh Iemane"
    "|Fessehaye Fisehaye Fesehaye|Habtom Habtome|Luwam Luam Lwam|Rahel Rahiel Rachel|Zemichael Zemikael"
    "|Asmeret Asmeret Asmret|Weldeab Woldeab|Gebremeskel Ghebremeskel Gebremesqel|Kibrom Kbrom|Bereket Berekhet"
    "|Araya Areaya|Negash Negasi Negassi|Desta Desta|Tewelde Teweldeh Tuwelde|Almaz Almas|Eyob Iyob Eiob",
    "somali": "Abshir Cabshir|Shire Shirre|Jaamac Jama Djama|Cawaale Awale Aouale|Ibraahim Ibrahim|Hibaaq Hibak Hibaq"
    "|Sagal Sagaal|Ayaan Ayan|Liibaan Liban Libane|Xaliimo Halimo Halima|Cilmi Elmi Ilmi|Diiriye Dirie Diriye"
    "|Sucaad Suad Souad|Ubax Ubah Oubah|Cigaal Egal Igal|Caydid Aideed Aidid|Nuux Nuh Nouh",
    "albanian_kurdish": "Besnik Bessnik|Shpresa Chpresa|Xhemal Djemal Jemal|Arben Arbën|Bujar Buiar|Gëzim Gezim Guezim"
    "|Hoxha Hodja Hodza|Shehu Chehou|Rojda Rozhda|Şervan Shervan Chervane|Dilşad Dilshad Dilchad|Zîlan Zilan Zeelan"
    "|Bahoz Bahos|Hêvî Hevi Hevy|Rêzan Rezan Rezane|Xalid Khalid Halid",
    "tamil_bengali_tibetan": "Shanmuganathan Chanmuganathan|Thevarajah Devarajah|Nadarajah Natarajah|Balasingham Palasingam"
    "|Pirabakaran Prabhakaran|Thangarasa Tangarajah|Rohima Rahima|Shofiqul Shafiqul Safiqul|Jahangir Jahanghir"
    "|Nurul Noorul Nouroul|Shirin Sirin|Monir Munir|Ruhul Rouhoul|Yangchen Yangchan|Lobsang Lobzang Losang"
    "|Gyatso Gyaltso|Choedon Choden Chodon|Phuntsok Phuntsog Phunsok|Rinchen Rinchin|Sonam Sonham",
}  # fmt: skip
NATIONS = {
    "arabic": "SYR IRQ SDN YEM LBY", "persian": "AFG IRN", "slavic": "RUS UKR", "georgian": "GEO ARM",
    "fulani_mande": "GIN MLI SLE CIV SEN", "tigrinya_amharic": "ERI ETH", "somali": "SOM DJI",
    "albanian_kurdish": "ALB XXK TUR", "tamil_bengali_tibetan": "LKA BGD CHN",
}  # fmt: skip
COMMUNES = [f"44{n:03d}" for n in range(1, 60)] + [f"85{n:03d}" for n in range(1, 60)]
COLUMNS = (
    "record",
    "given",
    "family",
    "birth_date",
    "sex",
    "nationality",
    "commune",
    "phone",
    "ofii",
)


def script_of(text: str) -> str:
    for name, letters in (
        ("latin", r"[a-zà-öø-ÿāă-žǎ-ʯḀ-ỿ'’ʻ -]+"), ("arabic", r"[\u0600-\u06ff ]+"),
        ("cyrillic", r"[\u0400-\u04ff ]+"), ("georgian", r"[\u10a0-\u10ff]+"),
    ):  # fmt: skip
        if re.fullmatch(letters, text):
            return name
    return ""


def clusters(
    path: str | None, left_out: set[str], chance: random.Random
) -> dict[str, list[dict[str, list[str]]]]:
    found: dict[str, list[dict[str, list[str]]]] = {}
    for group, text in BY_HAND.items():
        found[group] = [{"latin": each.split()} for each in text.split("|")]
    if path is None:
        return found
    kinds: defaultdict[str, list[dict[str, list[str]]]] = defaultdict(list)
    for line in open(path, encoding="utf-8"):
        names = [
            n for n in line.rpartition(" => ")[0].split(", ") if 3 < len(n) < 16 and " " not in n
        ]
        if left_out.intersection(names):
            continue
        by: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            by[script_of(name)].append(name)
        if not 2 <= len(by["latin"]) <= 14:
            continue
        arabic = "".join(by["arabic"])
        if by["georgian"] and not arabic and len(by["cyrillic"]) <= 2:
            kinds["georgian"].append(dict(by))
        elif arabic and re.search("[پچژگکی]", arabic) and len(by["cyrillic"]) <= 1:
            kinds["persian"].append(dict(by))
        elif arabic and not by["cyrillic"]:
            kinds["arabic"].append(dict(by))
        elif (
            by["cyrillic"]
            and not arabic
            and re.search("[іїєўыйщюя]|ов$|ев$|ко$", " ".join(by["cyrillic"]))
        ):
            kinds["slavic"].append(dict(by))
    for group, every in kinds.items():
        found[group] = chance.sample(every, min(110, len(every)))
    return found


def make(folder: Path, path: str | None, seed: int, dev: str | None) -> None:
    chance = random.Random(seed)
    left_out: set[str] = set()
    if dev:
        for row in csv.DictReader(open(f"{dev}/pairs.csv", encoding="utf-8")):
            left_out |= {row["name1"].casefold(), row["name2"].casefold()}
    groups = clusters(path, left_out, chance)
    rows: list[dict[str, str]] = []
    truth: list[tuple[str, str, str]] = []
    shelters = [f"02{chance.randrange(10**8):08d}" for _ in range(4)]
    persons = 0

    def phone() -> str:
        return (
            f"0{chance.choice('67')}{chance.randrange(10**8):08d}" if chance.random() < 0.75 else ""
        )

    def number() -> str:
        return f"{chance.randrange(10**10):010d}" if chance.random() < 0.8 else ""

    def born() -> str:
        year, new = chance.randrange(1962, 2006), chance.random() < 0.3
        return (
            f"{year}-01-01"
            if new
            else f"{year}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
        )

    def put(person: str, group: str, edit: str, row: dict[str, str]) -> None:
        rows.append(row)
        truth.append((person, group, edit))

    def written(cluster: dict[str, list[str]]) -> str:
        return chance.choice(cluster["latin"]).title()

    def person_id() -> str:
        nonlocal persons
        persons += 1
        return f"P{persons:05d}"

    names = [*groups]
    for _ in range(1500):
        group = chance.choice(names)
        known = groups[group]

        # some names are common: the nearer to the head of the list, the more persons have it
        def draw() -> dict[str, list[str]]:
            return known[min(int(chance.expovariate(1) * len(known) / 3), len(known) - 1)]

        given, family, extra = draw(), draw(), draw()
        base = {
            "given": written(given), "family": written(family), "birth_date": born(),
            "sex": chance.choice("MF"), "nationality": chance.choice(NATIONS[group].split()),
            "commune": chance.choice(COMMUNES), "phone": phone(), "ofii": number(),
        }  # fmt: skip
        if chance.random() < 0.06:
            base["phone"] = chance.choice(shelters)
        who = person_id()
        put(who, group, "original", base)
        for _copy in range(chance.choices((0, 1, 2), (82, 15, 3))[0]):
            put(who, group, *double(base, given, family, extra, chance, phone))
        near = chance.random()
        if near < 0.17:
            put(
                person_id(),
                group,
                *relative(near, who, base, written(draw()), chance, phone, number, born),
            )
    with open(folder / "records.csv", "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        order = list(range(len(rows)))
        chance.shuffle(order)
        for place, n in enumerate(order):
            writer.writerow({"record": f"R{place:05d}", **rows[n]})
    with open(folder / "records_truth.csv", "w", encoding="utf-8", newline="") as out:
        told = csv.writer(out)
        told.writerow(("record", "person", "group", "edit"))
        told.writerows((f"R{place:05d}", *truth[n]) for place, n in enumerate(order))


def double(base, given, family, extra, chance, phone):  # type: ignore[no-untyped-def]
    row, edits = dict(base), []

    def does(share: float) -> bool:
        return bool(chance.random() < share)

    for name, cluster in (("given", given), ("family", family)):
        if does(0.45):
            other = chance.choice(cluster["latin"]).title()
            if other != row[name]:
                row[name], edits = other, [*edits, "variant"]
    foreign = [s for s in given if s not in ("latin", "") and given[s] and family.get(s)]
    if foreign and does(0.3):
        script = chance.choice(foreign)
        row["given"], row["family"] = (chance.choice(c[script]) for c in (given, family))
        edits.append("script")
    if does(0.15):
        row["given"] += " " + chance.choice(extra["latin"]).title()
        edits.append("extra_name")
    if does(0.12):
        row["given"], row["family"] = row["family"], row["given"]
        edits.append("swap")
    if does(0.1):
        row["given" if does(0.3) else "family"] = ""
        edits.append("one_name")
    if does(0.1):
        name = "given" if row["given"] else "family"
        text = row[name]
        at = chance.randrange(max(len(text) - 1, 1))
        kind = chance.randrange(3)
        row[name] = (
            text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :] if kind == 0
            else text[:at] + text[at + 1 :] if kind == 1 else text[:at] + text[at] + text[at:]
        )  # fmt: skip
        edits.append("typo")
    year, month, day = row["birth_date"].split("-")
    if does(0.12):
        shift = chance.choice(
            (7, 8, 1, 1, 10) if row["nationality"] in ("ERI", "ETH") else (1, 1, 10, 7)
        )
        year = str(int(year) + chance.choice((-shift, shift)))
        edits.append("year_shift")
    if does(0.1):
        month, day = "01", "01"
        edits.append("new_year_day")
    elif int(day) <= 12 and does(0.08):
        month, day = day, month
        edits.append("day_month")
    row["birth_date"] = f"{year}-{month}-{day}"
    if does(0.1):
        row["commune"] = chance.choice(COMMUNES)
        edits.append("moved")
    kind = chance.random()
    row["phone"] = row["phone"] if kind < 0.3 else "" if kind < 0.65 else phone()
    kind = chance.random()
    if kind < 0.72:
        row["ofii"] = ""
    elif kind < 0.8 and row["ofii"]:
        at = chance.randrange(10)
        row["ofii"] = row["ofii"][:at] + str(chance.randrange(10)) + row["ofii"][at + 1 :]
        edits.append("number_slip")
    return "+".join(edits) or "copy", row


def relative(near, who, base, other, chance, phone, number, born):  # type: ignore[no-untyped-def]
    row = {**base, "phone": base["phone"] if chance.random() < 0.4 else phone(), "ofii": number()}
    if near < 0.06:
        row |= {"given": other, "birth_date": born(), "sex": chance.choice("MF")}
        kind = "household"
    elif near < 0.1:
        row |= {"given": other, "sex": chance.choice("MF")}
        kind = "twin"
    elif near < 0.14:
        row |= {"birth_date": born(), "commune": chance.choice(COMMUNES), "phone": phone()}
        kind = "namesake"
    else:
        row |= {"given": other, "family": base["given"], "birth_date": born()}
        kind = "child named after the father"
    if chance.random() < 0.15 and kind != "namesake" and base["ofii"]:
        row["ofii"] = base["ofii"]
        kind += " with the other's number"
    return f"{kind} of {who}", row


# --- scoring -----------------------------------------------------------------------------


def proposals(folder: Path) -> list[tuple[str, str, str, float]]:
    from agir_cli.identity.evidence import Birth, Traits, traits_words
    from agir_cli.identity.pairs import pairs

    rows = list(csv.DictReader(open(folder / "records.csv", encoding="utf-8")))
    records = [
        Traits(
            (traits_words(r["family"], r["given"]),),
            (Birth(*map(int, r["birth_date"].split("-"))),) if r["birth_date"] else (),
            (r["ofii"],) if r["ofii"] else (), r["sex"], r["nationality"], r["commune"], r["phone"],
        )
        for r in rows
    ]  # fmt: skip
    return [
        (
            rows[p.first]["record"],
            rows[p.second]["record"],
            p.likeness.grade.value,
            p.likeness.score,
        )
        for p in pairs(records)
        if p.likeness.grade is not None
    ]


def score(folder: Path, found: list[tuple[str, str, str, float]], *, detail: bool = True) -> None:
    truth = {
        r["record"]: r for r in csv.DictReader(open(folder / "records_truth.csv", encoding="utf-8"))
    }
    rows = {r["record"]: r for r in csv.DictReader(open(folder / "records.csv", encoding="utf-8"))}
    by: defaultdict[str, list[str]] = defaultdict(list)
    for r in truth.values():
        by[r["person"]].append(r["record"])
    true = {tuple(sorted(p)) for each in by.values() for p in combinations(each, 2)}
    graded = {tuple(sorted(f[:2])): f[2] for f in found}
    chosen = {p for p, g in graded.items() if g in ("certain", "probable")}
    certain = {p for p, g in graded.items() if g == "certain"}
    good = chosen & true
    precision, recall = len(good) / max(len(chosen), 1), len(good) / len(true)
    print(
        f"records {len(truth)}, true pairs {len(true)}, proposed {len(chosen)} (+{len(graded) - len(chosen)} possible)"
    )
    print(
        f"precision {precision:.3f}  recall {recall:.3f}  F1 {2 * precision * recall / (precision + recall):.3f}"
    )
    one = {p for p in true if rows[p[0]]["ofii"] and rows[p[0]]["ofii"] == rows[p[1]]["ofii"]}
    print(
        f"certain {len(certain)}, wrong {len(certain - true)}; of {len(one)} true pairs with one number {len(one & certain) / max(len(one), 1):.2f}"
    )
    kinds: defaultdict[str, list[bool]] = defaultdict(list)
    for p in true:
        for kind in {
            k for r in p for k in truth[r]["edit"].split("+") if k != "original" and " of " not in k
        }:
            kinds[kind].append(p in good)
            if kind == "year_shift" and p not in one:
                kinds["year_shift, no common number"].append(p in good)
        kinds["group " + truth[p[0]]["group"]].append(p in good)
    for kind, hits in sorted(kinds.items()):
        print(f"  {kind:34s} {sum(hits):4d}/{len(hits):4d} = {sum(hits) / len(hits):.3f}")
    wrong = Counter(
        re.sub(r" of P\d+", "", truth[r]["edit"])
        for p in chosen - true for r in p if " of P" in truth[r]["edit"]
    )  # fmt: skip
    print(f"  wrong pairs {len(chosen - true)}, with a relative or namesake: {dict(wrong)}")


def splink(folder: Path) -> list[tuple[str, str, str, float]]:
    """The same records by splink, with what its makers advise for names and dates."""
    import pandas
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frame = pandas.read_csv(folder / "records.csv", dtype=str, keep_default_na=False).replace(
        "", None
    )
    frame["unique_id"] = frame["record"]
    frame["year"] = frame["birth_date"].str[:4]
    for name in ("given", "family"):
        frame[name] = frame[name].str.casefold()
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ForenameSurnameComparison("given", "family", jaro_winkler_thresholds=[0.92, 0.82]),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.ExactMatch("sex"), cl.ExactMatch("nationality"),
            cl.ExactMatch("commune").configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("ofii", 1),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given"), block_on("family"), block_on("birth_date"), block_on("phone"),
            block_on("ofii"), block_on("year", "nationality"),
        ],
    )  # fmt: skip
    linker = Linker(DuckDBAPI().register(frame), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("ofii"), block_on("given", "family", "birth_date")], recall=0.4
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("birth_date"), block_on("phone"), block_on("given")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.05).as_pandas_dataframe()
    rows = found[["unique_id_l", "unique_id_r", "match_probability"]].itertuples(index=False)
    truth = {
        r["record"]: r["person"]
        for r in csv.DictReader(open(folder / "records_truth.csv", encoding="utf-8"))
    }
    every = sorted(rows, key=lambda r: -r[2])
    best, at = 0.0, 0.5  # the threshold that pleases it most
    true = sum(n * (n - 1) // 2 for n in Counter(truth.values()).values())
    hits = 0
    for n, (a, b, p) in enumerate(every, start=1):
        hits += truth[a] == truth[b]
        if (f1 := 2 * hits / (n + true)) > best:
            best, at = f1, p
    return [(a, b, "probable", p) for a, b, p in every if p >= at]


# --- word by word ------------------------------------------------------------------------

SCRIPTS = {
    "arabic": r"[\u0600-\u06ff]+", "persian, urdu": r"[\u0600-\u06ff]+", "armenian": r"[\u0530-\u058f]+",
    "bengali": r"[\u0980-\u09ff]+", "cyrillic": r"[\u0400-\u04ff]+", "devanagari": r"[\u0900-\u097f]+",
    "georgian": r"[\u10a0-\u10ff]+", "hebrew": r"[\u0590-\u05ff]+",
}  # fmt: skip


def words(path: Path, seed: int) -> None:
    """How many spellings in each alphabet meet the Latin ones of their name, and those of another."""
    from agir_cli.identity.names import MATCH, likeness, word

    chance = random.Random(seed)
    every: defaultdict[str, list[tuple[list[str], list[str]]]] = defaultdict(list)
    for line in open(path, encoding="utf-8"):
        names = [n for n in line.rpartition(" => ")[0].split(", ") if 2 < len(n) < 18]
        plain = [n for n in names if script_of(n) == "latin" and " " not in n]
        for kind, letters in SCRIPTS.items():
            own = [n for n in names if re.fullmatch(letters, n)]
            if re.search("[پچژگکیھٹڈںے]", "".join(own)) is None:
                own = [] if kind.startswith("persian") else own
            elif kind == "arabic":
                own = []
            if own and 1 <= len(plain) <= 10:
                every[kind].append((own[:3], plain[:5]))
    for kind, groups in sorted(every.items()):
        groups = chance.sample(groups, min(len(groups), 2000))
        met = [likeness(word(a), word(b)) >= MATCH for o, p in groups for a in o for b in p]
        two = [chance.sample(groups, 2) for _ in range(20000)]
        astray = sum(likeness(word(a[0][0]), word(b[1][0])) >= MATCH for a, b in two)
        print(
            f"{kind:14s} {sum(met):5d}/{len(met):5d} = {sum(met) / len(met):.3f}, of two names {astray / 2:.1f} in 10,000"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=("make", "score", "splink", "words"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clusters")
    parser.add_argument("--without", help="a folder whose pairs.csv names spellings to leave out")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.act == "make":
        asked.folder.mkdir(exist_ok=True)
        make(asked.folder, asked.clusters, asked.seed, asked.without)
    elif asked.act == "words":
        words(asked.folder, asked.seed)
    else:
        score(
            asked.folder, proposals(asked.folder) if asked.act == "score" else splink(asked.folder)
        )


if __name__ == "__main__":
    main()
