"""Where Postbag runs: Kafka on one machine here, containers and clusters beside it.

Nothing in this package is needed by the services themselves; they only ever see a bootstrap address. It imports none of
them, but for the tables of resolve's sample, which tell the crowd where its invented people may live.
"""
