"""Generated customers: known, missing, extreme and hostile values of every signal, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from detente_contracts.criteria import Row, Value
from detente_contracts.fields import BAND_OPTIONS
from detente_contracts.records import Kind
from detente_contracts.signals import Merge, Signal, SignalType

_NUMBERS: tuple[float, ...] = (0, 1, -1, 0.5, 7, 30, 365, -400, 1e-9, 1e12, -1e12)
_TEXTS = ("", "low", "medium", "high", "Straße 🙂", "<script>alert(1)</script>", "=1+1", "{score}", "'; --")


def _sample(name: str, kind: Kind, unit: str, type_: SignalType = SignalType.NUMBER) -> Signal:
    return Signal(name=name, title=name, unit=unit, type=type_, kind=kind, value="1", merge=Merge.MAX)


SAMPLE_SIGNALS: tuple[Signal, ...] = (
    _sample("arr", Kind.ACCOUNT, "EUR"),
    _sample("days_to_renewal", Kind.ACCOUNT, "days"),
    _sample("owners", Kind.ACCOUNT, "owners"),
    _sample("partners", Kind.DEAL, "partners"),
    _sample("open_tickets", Kind.TICKET, "tickets"),
    _sample("breaches_90d", Kind.TICKET, "tickets"),
    _sample("industry", Kind.ACCOUNT, "", SignalType.TEXT),
    _sample("reference_customer", Kind.ACCOUNT, "", SignalType.FLAG),
)
"""Signals as an organisation may have them, for plugins that bring none of their own."""


def customer_rows(
    signals: Sequence[Signal], *, lenses: Iterable[str] = (), count: int = 200, seed: int = 7
) -> list[Row]:
    """`count` customers with every signal, score, band and lens column; the same for the same seed.

    The first row knows nothing: each signal in it is None. About one value in six is None elsewhere.
    """
    source = random.Random(seed)
    first: Row = {**_results(source, lenses), **{s.name: None for s in signals}, "customer": "c0", "name": ""}
    return [first, *(_customer(source, number, signals, lenses) for number in range(1, count))]


def _customer(source: random.Random, number: int, signals: Sequence[Signal], lenses: Iterable[str]) -> Row:
    values: dict[str, Value] = {"customer": f"c{number}", "name": source.choice(_TEXTS)}
    values.update((signal.name, _value(source, signal.type)) for signal in signals)
    values.update(_results(source, lenses))
    return values


def _value(source: random.Random, type_: SignalType) -> Value:
    if source.random() < 1 / 6:
        return None
    if type_ is SignalType.TEXT:
        return source.choice(_TEXTS)
    if type_ is SignalType.FLAG:
        return source.choice((0, 1))
    near = source.choice((source.uniform(-10, 400), float(source.randrange(0, 20))))
    return source.choice((source.choice(_NUMBERS), near, source.uniform(-1e6, 1e6)))


def _results(source: random.Random, lenses: Iterable[str]) -> dict[str, Value]:
    results: dict[str, Value] = {"score": _score(source), "band": source.choice(BAND_OPTIONS)}
    places = []
    for lens in lenses:
        place = source.randrange(len(BAND_OPTIONS))
        places.append(place)
        results[f"score_{lens}"] = _score(source)
        results[f"band_{lens}"] = BAND_OPTIONS[place]
    results["lens_gap"] = max(places) - min(places) if places else 0
    return results


def _score(source: random.Random) -> float:
    return source.randrange(0, 1001) / 10
