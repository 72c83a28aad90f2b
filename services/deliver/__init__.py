"""Delivery: each letter to its office at most once, with the outcome in the ledger and nothing left unsaid."""
