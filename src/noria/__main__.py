"""`python -m noria` is the command `noria`."""

from noria.cli import main

main()
