"""Deal facts: what people did for a deal that a gate asks for, told by them and taken back."""
