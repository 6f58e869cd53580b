"""The Merkle root follows RFC 6962 and moves with every leaf."""

from __future__ import annotations

from hashlib import sha256

from detente.store.audit import merkle_root
from hypothesis import given
from hypothesis import strategies as st

LEAVES = st.lists(st.binary(max_size=4), max_size=40)


def root_by_definition(leaves: list[bytes]) -> bytes:
    """Section 2.1 of the RFC, by halves: the left one is the largest power of two below the number."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + root_by_definition(leaves[:half]) + root_by_definition(leaves[half:])).digest()


@given(LEAVES)
def test_root_is_the_one_by_definition(leaves: list[bytes]) -> None:
    assert merkle_root(iter(leaves)) == (root_by_definition(leaves).hex(), len(leaves))


@given(LEAVES, LEAVES)
def test_different_leaves_have_different_roots(one: list[bytes], other: list[bytes]) -> None:
    assert (merkle_root(one) == merkle_root(other)) == (one == other)


def test_inner_node_does_not_pass_for_a_leaf() -> None:
    nodes = [sha256(b"\x00" + leaf).digest() for leaf in (b"a", b"b")]

    assert merkle_root([b"".join(nodes)])[0] != merkle_root([b"a", b"b"])[0]
