"""What leaves the house on paper: reports as PDF and spreadsheets."""
