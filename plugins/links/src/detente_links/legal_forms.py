"""Legal forms as firms write them behind their names, by the short form that they stand for.

Source: the forms of company law in the countries named; spellings as they stand in CRMs after punctuation has
gone ("S.A." is `sa`, "S. A." is `s a`).
"""

from __future__ import annotations

from collections.abc import Mapping

_FORMS: Mapping[str, tuple[str, ...]] = {
    # Germany, Austria, Switzerland
    "gmbh": ("gesellschaft mit beschrankter haftung", "mbh", "g m b h", "gesmbh", "ggmbh"),
    "gmbh co kg": ("gmbh and co kg", "gmbh co kg", "gmbh and cokg", "gmbh and co kgaa"),
    "ag": ("aktiengesellschaft",),
    "kg": ("kommanditgesellschaft",),
    "kgaa": (),
    "ug": ("ug haftungsbeschrankt",),
    "ohg": (),
    "ev": ("e v",),
    "eg": ("e g",),
    "se": ("societas europaea",),
    # English-speaking countries
    "ltd": (
        "limited",
        "private limited",
        "pvt ltd",
        "pte ltd",
        "pty ltd",
        "pty limited",
        "co ltd",
        "pte",
        "pty",
    ),
    "plc": ("public limited company", "p l c"),
    "inc": ("incorporated",),
    "corp": ("corporation",),
    "co": ("company",),
    "llc": ("l l c", "limited liability company"),
    "llp": ("l l p", "limited liability partnership"),
    "lp": (),
    # Romance languages
    "sa": ("s a", "societe anonyme", "sociedad anonima", "sociedade anonima"),
    "sas": ("s a s", "sasu"),
    "sarl": ("s a r l", "eurl"),
    "sl": ("s l", "slu", "sociedad limitada"),
    "lda": ("limitada", "ltda"),
    "spa": ("s p a", "societa per azioni"),
    "srl": ("s r l",),
    "sa de cv": ("s a de c v",),
    # Low Countries and the north
    "bv": ("b v", "besloten vennootschap"),
    "nv": ("n v", "naamloze vennootschap"),
    "bvba": (),
    "ab": ("aktiebolag", "ab publ"),
    "as": ("a s", "aksjeselskap", "aktieselskab"),
    "asa": (),
    "aps": (),
    "oy": ("osakeyhtio",),
    "oyj": (),
    "hf": (),
    "ehf": (),
    # The middle and east of Europe
    "spzoo": ("sp z oo", "sp zoo", "spolka z oo", "sp z o o"),
    "sro": ("s r o", "spol s r o", "spol sro"),
    "doo": ("d o o",),
    "dd": ("d d",),
    "kft": (),
    "zrt": (),
    "ou": (),
    "sia": (),
    "uab": (),
    "ooo": (),
    # Elsewhere
    "kk": ("k k", "kabushiki kaisha"),
    "bhd": ("sdn bhd", "berhad"),
}

ALIASES: Mapping[str, str] = {
    spelling: form for form, spellings in _FORMS.items() for spelling in (form, *spellings)
}
"""Every spelling with the form that it stands for."""

SPELLINGS: frozenset[str] = frozenset(ALIASES)
"""Every spelling."""
