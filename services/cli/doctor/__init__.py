"""``postbag doctor``: what is wrong here, each thing in a sentence, with its remedy."""

from services.cli.doctor.command import doctor

__all__ = ["doctor"]
