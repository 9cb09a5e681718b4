"""How old what a look kept may be before somebody looks again."""

from datetime import timedelta

FRESH = timedelta(hours=1)
"""For so long after a look, whoever asks is told what it found, and when."""
USABLE = timedelta(days=1)
"""While somebody else looks, what is as old as this is told, and nothing older."""
