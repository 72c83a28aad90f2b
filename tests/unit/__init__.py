"""Tests that need no broker and take seconds."""
