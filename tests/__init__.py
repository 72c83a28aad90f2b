"""Proofs, by what they need: nothing (unit), a real broker (integration), a broken one (faults)."""
