"""What travels between Postbag's services: one module per event, the campaign file, and the topics.

Everything here is a frozen pydantic model or a plain declaration, so that the shape of each record can be read in one
place and published as JSON Schema (``python -m schemas.publish``). Nothing in this package touches Kafka, files or the
network, and it imports nothing of ``services``: the arrow of dependency points from services to schemas only.
"""
