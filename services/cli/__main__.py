"""``postbag``: every command of Postbag, for newcomers and operators. This file only gathers them.

Errors that Postbag knows are printed as one sentence with their remedy and end with their own exit code; everything
else is a defect and shows its traceback.
"""

from __future__ import annotations

import logging
import sys

import click

from deploy.local.errors import LocalKafkaError
from services.cli import books_command, kafka, topics
from services.cli.campaign import campaign
from services.cli.controls import cancel, controls, pause, resume
from services.cli.dead import dead
from services.cli.demo.command import demo
from services.cli.doctor import doctor
from services.cli.held import held
from services.cli.printing import print_letters
from services.cli.refdata.command import refdata
from services.cli.reports.command import reports
from services.cli.top import top
from services.cli.where import where
from services.pipeline.errors import PostbagError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="postbag")
def postbag() -> None:
    """Carries constituents' letters to the offices that represent them, once each."""


postbag.add_command(demo)
postbag.add_command(kafka.up)
postbag.add_command(kafka.down)
postbag.add_command(kafka.status)
postbag.add_command(topics.topics)
postbag.add_command(campaign)
postbag.add_command(pause)
postbag.add_command(resume)
postbag.add_command(cancel)
postbag.add_command(controls)
postbag.add_command(dead)
postbag.add_command(held)
postbag.add_command(reports)
postbag.add_command(top)
postbag.add_command(books_command.books)
postbag.add_command(where)
postbag.add_command(doctor)
postbag.add_command(refdata)
postbag.add_command(print_letters)


def main() -> None:
    """Run the command line; known errors become a sentence and an exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # commands speak for themselves
    try:
        postbag()
    except PostbagError as error:
        click.echo(f"postbag: {error}", err=True)
        sys.exit(error.exit_code)
    except LocalKafkaError as error:
        click.echo(f"postbag: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
