"""Evidence: facts of this and other services that may prove a milestone of a deal."""
