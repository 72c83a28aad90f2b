"""Intake: what frontends sent, checked and normalised, or turned away with reasons that a frontend can show."""
