"""Countries made comparable: names and codes as CRMs hold them, by their ISO 3166-1 code of two letters."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_TOLD = """
AE ARE united arab emirates|uae
AR ARG argentina
AT AUT austria|osterreich|oesterreich
AU AUS australia
BE BEL belgium|belgie|belgique|belgien
BG BGR bulgaria
BR BRA brazil|brasil
CA CAN canada
CH CHE switzerland|schweiz|suisse|svizzera
CL CHL chile
CN CHN china|peoples republic of china
CO COL colombia
CZ CZE czech republic|czechia|cesko|tschechien
DE DEU germany|deutschland|allemagne|alemania|germania|federal republic of germany
DK DNK denmark|danmark
EE EST estonia|eesti
EG EGY egypt
ES ESP spain|espana|spanien|espagne
FI FIN finland|suomi
FR FRA france|frankreich|francia
GB GBR united kingdom|great britain|uk|england|scotland|wales|northern ireland
GR GRC greece|hellas
HK HKG hong kong
HR HRV croatia|hrvatska
HU HUN hungary|magyarorszag
ID IDN indonesia
IE IRL ireland|eire|republic of ireland
IL ISR israel
IN IND india
IS ISL iceland|island
IT ITA italy|italia|italien
JP JPN japan
KR KOR south korea|korea|republic of korea
LT LTU lithuania|lietuva
LU LUX luxembourg|luxemburg
LV LVA latvia|latvija
MA MAR morocco|maroc
MX MEX mexico
MY MYS malaysia
NL NLD netherlands|the netherlands|nederland|holland|niederlande
NO NOR norway|norge
NZ NZL new zealand
PE PER peru
PH PHL philippines
PL POL poland|polska|polen
PT PRT portugal
RO ROU romania
RS SRB serbia|srbija
RU RUS russia|russian federation
SA SAU saudi arabia
SE SWE sweden|sverige|schweden
SG SGP singapore
SI SVN slovenia|slovenija
SK SVK slovakia|slovensko
TH THA thailand
TR TUR turkey|turkiye
TW TWN taiwan
UA UKR ukraine
US USA united states|united states of america|america|vereinigte staaten
VN VNM vietnam|viet nam
ZA ZAF south africa
"""


def _table() -> dict[str, str]:
    rows = (line.split(" ", 2) for line in _TOLD.strip().splitlines())
    return {
        spelling: code
        for code, longer, names in rows
        for spelling in (code.lower(), longer.lower(), *names.split("|"))
    }


SPELLINGS: Mapping[str, str] = _table()
"""Spellings in lower-case letters without marks, with the code that they stand for."""


def country_code(text: pl.Expr) -> pl.Expr:
    """The code of a country; null for one that is not in the table: an unknown spelling proves nothing."""
    plain = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}|[.'’]", "")
    plain = plain.str.replace_all(r"[^\p{L}]+", " ").str.strip_chars()
    return plain.replace_strict(SPELLINGS, default=None, return_dtype=pl.String)
