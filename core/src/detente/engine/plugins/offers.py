"""What all plugins offer together: the first to use a name keeps it, the later plugin's offer is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from detente.engine.plugins.failures import Failures


@dataclass(frozen=True, slots=True)
class HookResult:
    """One plugin's validated answer to a hook; `seconds` is how long it took.

    `value` is a tuple of the hook's models, or one model where the first answer counts.
    """

    plugin: str
    value: Any
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Offer:
    """What a plugin offers under a name of its own."""

    plugin: str
    name: str
    item: Any


def combined(
    hook: str,
    what: str,
    results: Iterable[HookResult],
    name_of: Callable[[Any], str],
    failures: Failures,
    objection: Callable[[Any], str | None] | None = None,
) -> list[Offer]:
    """Offers of all plugins in their order, names unique; `what` is what an item is called.

    A plugin whose offer clashes, or holds an item to which there is an `objection`, loses the whole offer.
    """
    kept: dict[str, Offer] = {}
    for result in results:
        offers = [Offer(result.plugin, name_of(item), item) for item in result.value]
        said = [objection(item) for item in result.value] if objection else []
        reason = next(filter(None, said), None) or _clash(what, offers, kept)
        if reason:
            failures.refuse(result.plugin, hook, f"{reason}; nothing of this answer is used")
            continue
        kept |= {offer.name: offer for offer in offers}
    return list(kept.values())


def _clash(what: str, offers: Sequence[Offer], kept: dict[str, Offer]) -> str | None:
    seen: set[str] = set()
    for offer in offers:
        if offer.name in kept:
            return f"{what} {offer.name} is already offered by plugin {kept[offer.name].plugin}: rename it"
        if offer.name in seen:
            return f"{what} {offer.name} is offered twice: rename one"
        seen.add(offer.name)
    return None
