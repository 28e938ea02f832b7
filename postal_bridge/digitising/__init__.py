"""Digitising: photographs and scans become upright, even, small pages, and these become PDF/A."""
