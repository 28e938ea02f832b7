"""Tracking: who holds what, since when, and the chain of events that proves it."""
