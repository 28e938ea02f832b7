"""postal_bridge: dossiers from hand to hand, and a night that proves none is missing."""
