"""Requests to subscribers: one address that was looked up and checked, one attempt, no detours."""
