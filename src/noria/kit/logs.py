"""One log: structured lines on standard error, each with the id of the request it belongs to."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

from noria.kit import clock
from noria.kit.config import Settings


def start(settings: Settings, stream: TextIO = sys.stderr) -> None:
    """Log the way the settings ask for, and take in what other people's libraries log."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _stamp,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_faces(is_json=settings.log_format == "json"),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("httpx2").setLevel(logging.WARNING)


def _stamp(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    line["at"] = clock.wall().isoformat(timespec="milliseconds")
    return line


def _faces(*, is_json: bool) -> list[Processor]:
    if is_json:
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    return [  # without the values of variables: they hold what customers told us
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    ]
