"""Looking at one thing for `doctor`, so that trouble with it hides no other finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from detente_contracts.connector import Finding, Severity
from detente_contracts.errors import AccessError, ConfigurationError, RetryableError


def looked_at(subject: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What `look` finds; the trouble that it meets is an error about `subject`."""
    try:
        return list(look())
    except (AccessError, ConfigurationError, RetryableError) as error:
        return [Finding(Severity.ERROR, subject, error.message, error.hint)]
