"""Where addresses are and how far it is between them, without a network unless one is configured."""
