"""Pages for people at a desk: the board of a period, and the way of one item. No script at all."""
