"""The case library: what was learned on deals, for those who stand at the same stage."""
