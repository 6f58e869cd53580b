"""The firm as it stands at one moment, kept to be brought back."""

import io
import pickle
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from detente_sandbox.clock import Clock
from detente_sandbox.vendor import Vendor

_SHARED = (Clock, Vendor, RSAPrivateKey, RSAPublicKey)
"""What a copy has in common with what it was taken of."""


class Moment:
    """Everything that vendors hold, and the instant; brought back twice, it is the same twice."""

    def __init__(self, clock: Clock, vendors: Mapping[str, Vendor]) -> None:
        self._now_ms = clock.now_ms
        self._shared: dict[int, object] = {}
        copy = io.BytesIO()
        _Copying(copy, self._shared).dump({name: vars(vendor) for name, vendor in vendors.items()})
        self._copy = copy.getvalue()

    def bring_back(self, clock: Clock, vendors: Mapping[str, Vendor]) -> None:
        """Lets the vendors hold what they held then."""
        held: dict[str, dict[str, Any]] = _Restoring(io.BytesIO(self._copy), self._shared).load()
        for name, vendor in vendors.items():
            vars(vendor).update(held[name])
        clock.reset(self._now_ms)


class _Copying(pickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: dict[int, object]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._shared = shared

    def persistent_id(self, obj: object) -> int | None:
        """The number of a shared part; None for what is copied."""
        if not isinstance(obj, _SHARED):
            return None
        self._shared[id(obj)] = obj
        return id(obj)


class _Restoring(pickle.Unpickler):  # what it reads was written above
    def __init__(self, file: io.BytesIO, shared: Mapping[int, object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, pid: int) -> object:
        """The shared part of that number."""
        return self._shared[pid]
