"""Minor units: how many decimals of a currency one of them stands for."""

from __future__ import annotations

_PLACES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_PLACES = {code: places for places, codes in _PLACES.items() for code in codes.split()}


def minor_places(currency: str) -> int:
    """Decimal places of the minor unit of a currency: 2 for EUR, 0 for JPY; 2 where nothing else is known.

    Source: ISO 4217:2015, list one, column 'minor unit'.
    """
    return _MINOR_PLACES.get(currency, 2)
