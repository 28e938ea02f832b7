"""Dossiers: intake with its checklist, supplements, results, fees and deadlines."""
