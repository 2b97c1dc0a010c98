"""Names, languages and places of the demonstration's invented persons.

Every name is put together from the two small lists of its group, made up for this file: none
was taken from a person. Nationality and language codes are those of `data/`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple


class Group(NamedTuple):
    """A group of invented names. ``share``: persons of a hundred; ``single``: one name only."""

    nationality: str
    languages: tuple[str, ...]
    share: int
    begin: tuple[str, ...]
    end: tuple[str, ...]
    men: tuple[str, ...]
    women: tuple[str, ...]
    single: float = 0.0


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GROUPS = (
    Group("AFG", ("prs", "pus", "prs, fas"), 24,
          _words("Nour Zar Gul Shahr Kham Sang Tor Wal Bahar Ners"),
          _words("vandi anzoy idout parwar achzout oudar iyavi eshkar koti amandi"),
          _words("Farzoud Nawrid Samirad Zalmout Haroud Jawidal Qasimour Idrissan Omidar Wahidou"),
          _words("Parwinah Zarmina-Gul Laïlima Freshtina Nargoul Shabnour Roydâ Mahgoul"), 0.12),
    Group("SYR", ("ara", "apc", "kmr, ara"), 13,
          _words("Al-Hal Qass Zeït Mar Dar Shar Bakk Tall"),
          _words("ouani aroun aboud ousi imeh anjar outi éddine"),
          _words("Anwarid Bachour Firadj Ghassir Haytham-Nour Kinanou Louayem Yazinar"),
          _words("Rimanda Samahir Hanouf Joumanar Lamisa Nadinour Rouaïda Zeïnaya")),
    Group("SDN", ("ara", "apd"), 10,
          _words("Abou Kour Tirg Zagh Dar Niy Mass"),
          _words("madjour aoual fourane noubil salti kanaré ourdi"),
          _words("Adamour Bakhiton Djiddo-Salé Haroun-Adji Issakam Moussadin Yahyoun Zakarim"),
          _words("Amounah Halimatou-Zar Khadidjan Mariamou Nafissar Souadim"), 0.05),
    Group("ERI", ("tir", "tir, ara"), 8,
          _words("Tesfa Gebre Hail Wolde Mebra Kida Zer"),
          _words("zghiro mikhal senbet haymar leout tsadiq"),
          _words("Abelom Biniyar Dawitos Filmonar Henokas Robelin Yonasem"),
          _words("Bisratel Feruzit Luwamit Rahwanet Semharit Yohanait"), 0.1),
    Group("SOM", ("som", "som, ara"), 7,
          _words("Abdi Mahad Gul Warsan Dirir Cali Xas"),
          _words("nuurow shiirey caddeen faarax-dheer maalow qorane"),
          _words("Ayaanleow Cabdiwel Guuleedo Ismaaciilo Liibaanur Saahidow"),
          _words("Caashayar Fadumoy Hodanley Ifraxo Nimcaley Sagalow"), 0.06),
    Group("GIN", ("fra, fuf", "fra, sus", "ful"), 8,
          _words("Dial Bang Sou Kour Cond Touré"),
          _words("abéla arédou maréni ouka-bé essoya indjaro"),
          _words("Alpha-Sidou Boubacari Mamadoudian Ousmanel Sékouban Thiernou"),
          _words("Aïssatoumé Fatoumbi Kadiatéa Mariamédi Oumoulaye Saranké")),
    Group("COD", ("lin, fra", "swa, fra"), 6,
          _words("Mbal Kaseng Ntum Lukw Bosal Tshin"),
          _words("énga-lo ozila abéyi ésimba ukola imoundé"),
          _words("Bénédicton Dieumerci-Lo Exaucéen Jérédi Plamédin Trésorel"),
          _words("Béatille Divinelle-Do Gracianne Merveillane Naomida Ruthélie")),
    Group("TUR", ("tur", "kmr, tur"), 5,
          _words("Çel Gül Şir Ak Yıl Öz Kaya"),
          _words("mezdağ varoğ daşkın tepeli bulutçu sönmeç"),
          _words("Barışhan Çağdeniz Ergünal İlkerem Oğuzcan-Su Şerwan-Can"),
          _words("Aysudil Berfinay Çiçeknur Gülsünay Rojdanur Zeynebil")),
    Group("GEO", ("kat", "kat, rus"), 4,
          _words("Tsikar Gvant Mchedl Berdz Kvar Lom"),
          _words("ochvili adzeli inachvi ouridze aniani"),
          _words("Avtandor Guiorgal Irakliz Levaniko Zourabin"),
          _words("Ekatinor Ketevina Maïkoral Natiana Tamariko")),
    Group("RUS", ("che, rus", "rus"), 4,
          _words("Arsam Dja Baïs Mour Tcha Zelm"),
          _words("akhoïev doulaïev ouraïev ginoïev tamirov"),
          _words("Adlanou Beslanar Ibragour Moussaïd Ramzanel Zaourdin"),
          _words("Aïchatour Khédina Louizanna Madinar Zaremina")),
    Group("ALB", ("sqi",), 3,
          _words("Gjë Bardh Drit Shpe Zef Lul"),
          _words("loshaj okëri anaj ndreçi ëtari"),
          _words("Agroni-Bes Dritëron Flamurin Ilirjani Kushtrin-Al"),
          _words("Albulenë Besjetë Drinora Mirlindë Vjosarta")),
    Group("BGD", ("ben",), 3,
          _words("Chow Talu Bisw Maz Sark"),
          _words("dharin kdari asendra umdeli arpoul"),
          _words("Anisurul Jahangor Kamruzal Mizanoor-Il Rafiquel"),
          _words("Nasrinoor Parveenya Rokeyari Shirinath")),
    Group("VEN", ("spa",), 2,
          _words("Pere Nuñ Iba Men Qui Zam"),
          _words("ñolar arteza goyarán dívilar rondeño"),
          _words("Édgaro Jesúan Luisandro Ramónico Wílmaro"),
          _words("Belénida Marísol-Ana Rocíela Yéssicar")),
    Group("CHN", ("bod",), 3,
          _words("Tsen Lha Pema Dol Karm Nor"),
          _words("lhadar yangzel kyipo chodrin wangzom tsoga"),
          _words("Tenzinpo Dordjéla Lobsangu"), _words("Yangchenla Dékyila Tséringma"), 0.9),
)  # fmt: skip

# Commune, persons of a hundred, offices that receive there, living area.
COMMUNES: dict[str, tuple[tuple[str, int, tuple[str, ...], str], ...]] = {
    "44": (
        ("Nantes", 38, ("44-C2", "44-A1"), "Nantes"),
        ("Saint-Herblain", 9, ("44-C2",), "Nantes"),
        ("Rezé", 8, ("44-C1",), "Nantes"),
        ("Orvault", 4, ("44-A1",), "Nantes"),
        ("Vertou", 3, ("44-C1",), "Nantes"),
        ("Bouguenais", 3, ("44-C1",), "Nantes"),
        ("Saint-Nazaire", 12, ("44-C3", "44-M1"), "Saint-Nazaire"),
        ("Guérande", 2, ("44-C3",), "Guérande"),
        ("Blain", 3, ("44-A2",), "Blain"),
        ("Clisson", 3, ("44-A3",), "Clisson"),
        ("Machecoul-Saint-Même", 3, ("44-A4",), "Machecoul-Saint-Même"),
        ("Ancenis-Saint-Géréon", 6, ("44-C4", "44-A5"), "Ancenis-Saint-Géréon"),
        ("Châteaubriant", 5, ("44-A6", "44-M2"), "Châteaubriant"),
        ("Nort-sur-Erdre", 1, ("44-M2",), "Nort-sur-Erdre"),
    ),
    "85": (
        ("La Roche-sur-Yon", 48, ("85-C1", "85-A1", "85-A2"), "La Roche-sur-Yon"),
        ("Les Sables-d'Olonne", 12, ("85-M1",), "Les Sables-d'Olonne"),
        ("Challans", 12, ("85-A4",), "Challans"),
        ("Fontenay-le-Comte", 14, ("85-A6",), "Fontenay-le-Comte"),
        ("Les Herbiers", 9, ("85-A7",), "Les Herbiers"),
        ("Luçon", 5, ("85-M2",), "Luçon"),
    ),
}


def group(rng: random.Random) -> Group:
    """A group, by its share."""
    return rng.choices(GROUPS, [g.share for g in GROUPS])[0]


def family_names(of: Group, rng: random.Random) -> Iterator[str]:
    """Family names of a group, without end."""
    while True:
        yield rng.choice(of.begin) + rng.choice(of.end)
