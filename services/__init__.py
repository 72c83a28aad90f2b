"""Postbag's services: the shared runtime (``pipeline``), the four workers, and the command line.

Dependencies point one way: ``schemas`` <- ``services.pipeline`` <- each service. Services never import one another, and
only ``services.pipeline`` imports the Kafka client; ``tests/unit/test_architecture.py`` holds both.
"""
