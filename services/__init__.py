"""Postbag's services: four workers and the command line, all standing on services.pipeline.

They share nothing but that runtime and the events in `schemas`. No service imports another: what one needs to tell
the next travels through a topic.
"""
