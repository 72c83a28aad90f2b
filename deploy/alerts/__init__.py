"""Writes Prometheus' rules from two files that people read: the objectives (slo.yaml) and the symptoms (alerts.yaml).

Burn rates are arithmetic over seven windows, and nobody gets that right by hand twice. The rules are committed, so that
Prometheus needs nothing of ours, and a test holds them equal to what this package writes. It must never ask a cluster.
"""
