"""Subscriptions: who is told what happened here, over HTTP, signed, until it was heard."""
