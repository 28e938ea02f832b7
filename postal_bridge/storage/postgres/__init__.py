"""What only PostgreSQL can do, or does in its own way: plain scans, the ledger by month, calls."""
