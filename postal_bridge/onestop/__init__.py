"""Doors to the electronic one-stop systems, one module per product."""
