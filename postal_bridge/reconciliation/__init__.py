"""The nightly count: our ledger against the one-stop system, dossier by dossier."""
