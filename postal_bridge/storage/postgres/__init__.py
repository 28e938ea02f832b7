"""The few things that only PostgreSQL can do: the ledger by month."""
