"""Tables that people keep in files: CSV, spreadsheets, JSON.

`reading.read_sheets` takes a file's bytes to rows with the numbers that people see in their
spreadsheet, `heading.find_table` finds the wanted columns in them, `cells` and `dates` take a
cell to what it means. Whatever cannot be read surely is refused, with the row and what to do.
"""
