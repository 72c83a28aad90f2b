"""Where Postbag runs: Kafka on one machine here, containers and clusters beside it.

Nothing in this package is needed by the services themselves; they only ever see a bootstrap address. It must never
import a service.
"""
