"""Every way to divide the lines of an order among legs."""

from collections.abc import Iterator, Sequence


def divisions(lines: Sequence[str], most: int) -> Iterator[list[tuple[str, ...]]]:
    """All divisions of the lines into up to so many parts, each part in the order of the lines."""
    if not lines:
        yield []
        return
    first, rest = lines[0], lines[1:]
    for parts in divisions(rest, most):
        if len(parts) < most:
            yield [(first,), *parts]
        for place, part in enumerate(parts):
            yield [*parts[:place], (first, *part), *parts[place + 1 :]]
