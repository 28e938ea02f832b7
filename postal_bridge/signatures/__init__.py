"""Signatures: made with the organisation's key, and checked on what comes in (PAdES)."""
