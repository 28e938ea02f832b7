"""Stand-ins for the outside systems, strict and able to fail, and a generator of days."""
