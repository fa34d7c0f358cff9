"""The HTTP door: figures, tiers, alerts, and rebuilding."""
