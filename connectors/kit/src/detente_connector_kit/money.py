"""Money in minor units, by the decimals that ISO 4217 gives each currency."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

_DECIMALS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"], 0),
    **dict.fromkeys(["RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""Currencies whose minor unit is not a hundredth. Source: ISO 4217:2015, list one, column 'minor unit'."""


def minor_units(amount: str, currency: str) -> int:
    """`amount`, such as "1200.50", in minor units of `currency`; a half goes to the even neighbour.

    Raises: ValueError without the text in it, when the amount is not a finite number.
    """
    decimals = _DECIMALS.get(currency, 2)
    try:
        if amount.isascii() and amount.isdigit():
            whole: int = int(amount) * 10**decimals
            return whole
        scaled = Decimal(amount).scaleb(decimals)
        return int(scaled.to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, OverflowError, ValueError):
        raise ValueError("not an amount") from None
