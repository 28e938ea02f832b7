"""Rounds planned by PyVRP, in a process of its own."""
