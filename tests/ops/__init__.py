"""What operators look at, held against live data: ``python -m tests.ops`` (``make ops-check``), and what its tests share."""
