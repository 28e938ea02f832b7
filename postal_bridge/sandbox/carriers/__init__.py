"""Stand-ins of carriers, one module each: as strict as they are, failing in every way they do."""
