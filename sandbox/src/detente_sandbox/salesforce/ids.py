"""Record ids: 15 characters that tell letter cases apart, or 18 with a checksum over the cases.

Section 2.4 of the reference.
"""

import re

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# Each letter as whether it is a capital, and the mark of each pattern of five; the first letter counts least.
_CAPITALS = str.maketrans({letter: "1" if letter.isupper() else "0" for letter in DIGITS})
_MARKS = {f"{number:05b}"[::-1]: mark for number, mark in enumerate(_CHECK)}
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
# What stands between the prefix of the type and the number: the instance that gave out the id.
_INSTANCE = "5g0"
_SERIAL_LENGTH = 9


def checksum(short: str) -> str:
    """The three characters that an id of 15 needs to be told apart without letter cases."""
    capitals = short.translate(_CAPITALS)
    return _MARKS[capitals[:5]] + _MARKS[capitals[5:10]] + _MARKS[capitals[10:15]]


def make_id(prefix: str, serial: int) -> str:
    """The 18 characters of the record with a serial number, which starts at 1. Ids sort by serial."""
    letters = []
    while serial:
        serial, rest = divmod(serial, 62)
        letters.append(DIGITS[rest])
    short = prefix + _INSTANCE + "".join(reversed(letters)).rjust(_SERIAL_LENGTH, "0")
    return short + checksum(short)


def serial_of(record_id: str) -> int:
    """The serial number in an id that `make_id` made."""
    serial = 0
    for letter in record_id[6:15]:
        serial = serial * 62 + DIGITS.index(letter)
    return serial


def full_id(text: str) -> str | None:
    """The 18 characters of an id given in 15 or 18, or None when it is no id or its checksum is wrong."""
    if _SHAPE.fullmatch(text) is None:
        return None
    whole = text[:15] + checksum(text)
    return whole if len(text) == 15 or whole == text else None
