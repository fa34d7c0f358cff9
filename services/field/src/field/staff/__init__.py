"""Staff: who works here, in which team, in which roles."""
