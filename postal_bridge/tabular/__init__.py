"""Tables that people keep in files: CSV, spreadsheets, JSON."""
