"""Chance without a stream: the same seed and keys give the same answer, in any order, anywhere."""

from hashlib import blake2b

SEED = 2011
"""The demonstration's own seed."""


def chance(seed: int, *keys: str | int) -> float:
    """A number from 0 up to, not including, 1, drawn from `seed` and `keys` alone."""
    return (_bits(seed, keys) >> 11) / (1 << 53)


def pick(seed: int, *keys: str | int, below: int) -> int:
    """A whole number from 0 up to, not including, `below`."""
    assert below > 0
    return _bits(seed, keys) * below >> 64


def _bits(seed: int, keys: tuple[str | int, ...]) -> int:
    text = "\x1f".join([str(seed), *map(str, keys)])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
