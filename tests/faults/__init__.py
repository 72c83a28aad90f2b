"""Tests that kill, pause or starve a process, and hold the guarantees against it."""
