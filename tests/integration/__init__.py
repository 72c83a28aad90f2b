"""Tests against a real broker; each file is named by what it proves."""
