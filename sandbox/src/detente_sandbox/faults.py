"""Faults on demand: answers that a proxy, a network or the vendor gives instead of the proper one."""

import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Action:
    """What goes wrong. Without `status` and `drop` the proper answer comes, after `hang_s` real seconds.

    `apply` lets the request have its effect first; `drop` closes the connection without an answer.
    """

    status: int | None = None
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    apply: bool = False
    hang_s: float = 0.0


@dataclass
class Fault:
    """An action for requests that match, after `after` of them were spared, `times` times."""

    method: str
    path: re.Pattern[str]
    after: int
    times: int
    action: Action

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and self.path.search(path) is not None

    def shown(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path.pattern,
            "after": self.after,
            "remaining": self.times,
            "action": {"status": self.action.status, "drop": self.action.drop, "apply": self.action.apply},
        }


class Faults:
    """The faults that are set; the first that matches and is due is taken."""

    def __init__(self) -> None:
        self._rows: list[Fault] = []

    def add(self, given: dict[str, Any]) -> Fault:
        """Takes a fault as JSON has it. Raises: ValueError for a bad one."""
        unknown = set(given) - {"method", "path", "after", "times", "action"}
        if unknown:
            raise ValueError(f"unknown keys {sorted(unknown)}; known are method, path, after, times, action")
        try:
            action = Action(**given.get("action", {}))
            pattern = re.compile(str(given.get("path", "")))
        except (TypeError, re.error) as error:
            raise ValueError(f"bad fault: {error}") from error
        method, after, times = (
            str(given.get("method", "*")),
            int(given.get("after", 0)),
            int(given.get("times", 1)),
        )
        fault = Fault(method.upper(), pattern, after, times, action)
        self._rows.append(fault)
        return fault

    def take(self, method: str, path: str) -> Action | None:
        """The action for this request, used up by one."""
        for fault in self._rows:
            if not fault.matches(method, path) or fault.times <= 0:
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            return fault.action
        return None

    def shown(self) -> list[dict[str, Any]]:
        """All faults with what remains of them, used up ones too."""
        return [fault.shown() for fault in self._rows]

    def clear(self) -> None:
        """Takes all faults away."""
        self._rows.clear()
