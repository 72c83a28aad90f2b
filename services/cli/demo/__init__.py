"""``postbag demo``: a campaign's day in a minute, on a real Kafka, with the books balanced at the end."""
