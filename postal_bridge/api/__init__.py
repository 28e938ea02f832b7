"""The web API: doors that parse, call one use case, and answer."""
