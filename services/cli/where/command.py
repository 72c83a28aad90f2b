"""``postbag where ID``: one submission's or letter's way through the topics, and where it is now."""

from __future__ import annotations

import click

from services.cli.output import print_json
from services.cli.where.showing import show, told
from services.cli.where.tracing import NoId, trace
from services.cli.where.waiting import Waiting
from services.pipeline.kafka_search import KafkaSearch
from services.pipeline.settings import KafkaSettings, load


@click.command()
@click.argument("identity", metavar="ID")
@click.option("--reveal", is_flag=True, help="Show what the person wrote: personal data.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def where(identity: str, reveal: bool, as_json: bool) -> None:
    """Where one submission or letter is, and how it came there.

    ID is a submission's or a letter's, a CWC delivery's, a mail's Message-ID, or the receipt that an office gave. Ends with
    1 if no topic knows of it.
    """
    waiting = Waiting()
    search = KafkaSearch(load(KafkaSettings), waiting)
    try:
        trail = trace(search, identity)
    except NoId as error:
        raise click.ClickException(str(error)) from None
    finally:
        waiting.over()
        search.close()
    if trail is None:
        raise click.ClickException(
            "no topic knows of it: it was never sent here, or its topics have let go of it (docs/topics.md says when)."
        )
    if as_json:
        print_json(told(trail, reveal=reveal))
    else:
        show(trail, reveal=reveal)
