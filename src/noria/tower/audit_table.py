"""An audit on a terminal: each check in a line, each difference in another."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from noria.kit.checks import Finding
from noria.tower.audit_model import CheckResult


def told(
    results: Sequence[CheckResult], findings: Sequence[Finding], differences: int, language: str
) -> Iterator[RenderableType]:
    """What an audit found; how many more there are than are shown."""
    table = Table(box=None, show_header=False)
    for result in results:
        mark = f"[red]✗ {result.differences:,}[/]" if result.differences else "[green]✓[/]"
        asks = result.question.filled(language, {})
        table.add_row(mark, result.name, f"{result.compared:,} {result.of}", asks)
    yield table
    for one in findings:
        yield (
            f"{one.check}  {one.subject}: expected {one.expected}, found {one.found};"
            f" movement {one.movement or 'none'}"
        )
    if differences > len(findings):
        yield f"… and {differences - len(findings):,} more; GET /v1/audit/runs lists them"
