"""Storage: tables, transactions and one store per stage, on SQLite and on PostgreSQL."""
