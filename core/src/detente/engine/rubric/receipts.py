"""Receipts: everything that it takes to recompute the scores of one batch, as Arrow with zstd.

Equal contents give equal bytes, so that a receipt is kept once however often it comes about.
"""

from __future__ import annotations

from io import BytesIO

import polars as pl

_HASH = "bundle__hash"
_WHO = ("customer", "name", "account_owner")
_RESULTS = ("score_micro", "score", "band", "lens_gap")


def encode(plan_hash: str, scored: pl.DataFrame) -> bytes:
    """The receipt of `scored`, made under the policy bundle `plan_hash`.

    Columns: who, signals with their states, what functions returned, points, parts, results of the rubric
    and of each lens.
    """
    kept = scored.select(_ordered(scored.columns)).with_columns(pl.lit(plan_hash).alias(_HASH))
    target = BytesIO()
    _uniform(kept).write_ipc(
        target,
        compression="zstd",
        compat_level=pl.CompatLevel.oldest(),
        record_batch_size=max(1, kept.height),
    )
    return target.getvalue()


def decode(receipt: bytes) -> pl.DataFrame:
    """The scored customers of a receipt, columns in the receipt's order."""
    return _read(receipt).drop(_HASH)


def bundle_hash(receipt: bytes) -> str | None:
    """Hash of the policy bundle that the receipt was made under; None when it has no rows."""
    hashes = _read(receipt)[_HASH]
    return str(hashes[0]) if len(hashes) else None


def _uniform(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in one piece and with a null mask on every column, whatever it was made by.

    Polars may or may not keep a mask on a column without nulls, and writes it when it is there.
    """
    return pl.concat([frame, frame.clear(1)]).rechunk().head(frame.height)


def _read(receipt: bytes) -> pl.DataFrame:
    return pl.read_ipc(BytesIO(receipt))


def _ordered(columns: list[str]) -> list[str]:
    """Columns in the order of a receipt; those of one group keep their order."""
    return sorted(
        (name for name in columns if not name.startswith("refused__")),
        key=lambda name: (_group(name), _WHO.index(name) if name in _WHO else 0),
    )


def _group(name: str) -> int:
    if name in _WHO:
        return 0
    for group, prefix in enumerate(("computed__", "points__", "part__"), start=2):
        if name.startswith(prefix):
            return group
    return 5 if name in _RESULTS or name.startswith(("score_", "band_")) else 1
