"""How a connection that writes is set up on SQLite; the benchmarks' bare loop takes the same."""

WRITING = (
    "journal_mode=WAL",
    "synchronous=FULL",
    # Scans touch pages all over the file. With room for them in memory, and a log that is carried
    # over less often, a page that changes often is written once: half as many events again.
    "cache_size=-65536",
    "wal_autocheckpoint=10000",
)
"""Durable at every commit; 64 MiB of memory, and a log of up to 40 MiB beside the file."""
