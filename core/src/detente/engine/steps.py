"""Work as steps with plain results, whether they are recorded (see `durable`) or only called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Json = dict[str, Any]
"""The result of a step: plain JSON."""

StepFunction = Callable[..., Json]


class Steps(Protocol):
    """Calls steps in order; each result is plain JSON and, where work is durable, recorded once."""

    def step(self, name: str, function: StepFunction, *arguments: object) -> Json:
        """The result of `function(*arguments)`, or the recorded one when this step was done before."""
        ...


class Work(Protocol):
    """A piece of work: calls `steps` in an order that depends on their results only."""

    def __call__(self, steps: Steps, arguments: Mapping[str, str]) -> Json: ...


class Direct:
    """Calls steps and records nothing."""

    def step(self, name: str, function: StepFunction, *arguments: object) -> Json:
        """The result of `function(*arguments)`; `name` is for durable work."""
        return function(*arguments)
