"""Documents: digitised pages, registered with their hash and page count, kept in the vault."""
