"""Load plugins one by one: one that fails is named, and the others stand."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from detente.engine.plugins.failures import LOADING, Failures, PluginFault
from detente.engine.plugins.hooks import hook_shapes
from detente.engine.plugins.host_process import HostProcess
from detente.engine.plugins.seats import Seat, seat_for
from detente.engine.plugins.sources import Origin, Source


def load_seats(sources: Iterable[Source], host: HostProcess, failures: Failures) -> list[Seat]:
    """A seat for each source that holds code and can be loaded, in their order."""
    seats: list[Seat] = []
    for source in sources:
        if source.origin is Origin.POLICY:
            continue
        try:
            seat = seat_for(source, host)
        except PluginFault as fault:
            failures.refuse(source.name, LOADING, str(fault))
            continue
        for name, fault_text in seat.faults:
            failures.refuse(source.name, name, fault_text, concerns=_meant(name))
        seats.append(seat)
    return seats


def _meant(name: str) -> str:
    """The hook that a name was probably meant to be: until it is corrected, that hook goes unanswered."""
    return next(iter(get_close_matches(name, hook_shapes(), n=1)), name)
