"""Carriers, one module each; in this release the post's own fleet."""
