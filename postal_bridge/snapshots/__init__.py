"""Both sides' dossiers as files, and the comparison over them."""
