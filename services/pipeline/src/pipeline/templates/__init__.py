"""Process templates: how a kind of sale goes, stage by stage, as versioned data."""
