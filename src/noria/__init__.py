"""Noria: one stock, one promise, one loop."""

__version__ = "0.1.0"
