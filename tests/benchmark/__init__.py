"""``make bench``: what Postbag costs, beside a bare tuned Kafka client in the same run.

Figures are CPU per message and messages per second of real worker processes against a real broker. They are printed and
kept as JSON, and compared as ratios: the absolute ones are this machine's, on that day.
"""
