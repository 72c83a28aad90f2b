"""``postbag where ID``: one submission's or letter's way through the topics, and where it is now."""

from services.cli.where.command import where

__all__ = ["where"]
