"""``postbag print``: what somebody carries to an office, bound into one file, and what was handed in."""

from services.cli.printing.command import print_letters

__all__ = ["print_letters"]
