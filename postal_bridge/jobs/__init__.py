"""Scheduled work: the night, once per date, and the outbox; claimed by row, never done twice."""
