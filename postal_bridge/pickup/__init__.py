"""Collections at citizens' homes and returns to them: requests, rounds, and who drives them."""
