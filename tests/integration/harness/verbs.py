"""Every command of ``postbag``, found by asking it: which read the topics, and how they are called.

A verb that is added is found and called with no arguments, with and without ``--json``. If it needs some, or changes things
without ``--dry-run``, the caller is told to say so in one of the two tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from services.cli.__main__ import postbag

Path = tuple[str, ...]

APART: Final[dict[str, str]] = {
    "campaign": "import, check, preview and publish read a campaigner's file; close and withdraw change things",
    "demo": "starts a Postbag of its own",
    "down": "is about a process of this machine",
    "pause": "changes things",
    "print": "reads a folder of finished letters, which is what it is there for",
    "refdata": "reads files of reference data",
    "reports": "reads mails that came back",
    "resume": "changes things",
    "status": "is about a process of this machine",
    "topics apply": "changes things",
    "up": "starts a broker",
}
"""Commands, or whole groups of them, that show nothing of a topic that holds personal data, or change things."""
INSIDE: Final = ("campaign list",)
"""Commands that are called though their group stands apart."""


def leaves(command: click.Command = postbag, path: Path = ()) -> Iterator[tuple[Path, click.Command]]:
    """Every command that does something, with the words by which it is called."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, one in sorted(command.commands.items()):
        yield from leaves(one, (*path, name))


def is_apart(path: Path) -> bool:
    """Whether a command is left out."""
    names = {" ".join(path[:length]) for length in range(1, len(path) + 1)}
    return " ".join(path) not in INSIDE and not names.isdisjoint(APART)


def calls(given: dict[str, list[list[str]]]) -> Iterator[list[str]]:
    """How each command is called; ``given`` are the arguments of those that need some, by their words."""
    for path, command in leaves():
        if is_apart(path):
            continue
        options = {name for one in command.params for name in one.opts}
        quiet = [name for name in ("--dry-run", "--once") if name in options]
        for arguments in given.get(" ".join(path), [[]]):
            yield [*path, *arguments, *quiet]
            if "--json" in options:
                yield [*path, *arguments, *quiet, "--json"]
