"""Load plugins one by one: one that fails is named, and the others stand."""

from __future__ import annotations

from collections.abc import Iterable

from detente.engine.plugins.failures import LOADING, Failures, PluginFault
from detente.engine.plugins.hooks import nearest_hook
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
            # Until it is corrected, the hook that was meant goes unanswered.
            failures.refuse(source.name, name, fault_text, concerns=nearest_hook(name))
        seats.append(seat)
    return seats
