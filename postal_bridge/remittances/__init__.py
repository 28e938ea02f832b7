"""Money that carriers collect for us: what is due, what came into the bank, what does not add up."""
