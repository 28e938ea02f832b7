"""Letters by electronic mail."""
