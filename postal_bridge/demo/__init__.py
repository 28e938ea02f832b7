"""The demo: one province's month, replayed over the real web API against a stand-in one-stop."""
