"""Grafana's dashboards: written in Python, kept as JSON, held to rules by a test.

``make.py`` writes ``dashboards/*.json`` from the boards; Grafana reads only those files, through ``provisioning``. A query
asks only for metrics of ``services.pipeline.catalogue``, by labels that are declared there. No JSON is edited by hand.
"""
