"""Money in minor units, by the decimals that ISO 4217 gives each currency."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from detente_contracts.money import minor_places


def minor_units(amount: str, currency: str) -> int:
    """`amount`, such as "1200.50", in minor units of `currency`; a half goes to the even neighbour.

    Raises: ValueError without the text in it, when the amount is not a finite number.
    """
    decimals = minor_places(currency)
    try:
        if amount.isascii() and amount.isdigit():
            whole: int = int(amount) * 10**decimals
            return whole
        scaled = Decimal(amount).scaleb(decimals)
        return int(scaled.to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, OverflowError, ValueError):
        raise ValueError("not an amount") from None
