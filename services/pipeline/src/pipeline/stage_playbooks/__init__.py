"""Stage playbooks: the standard work of each stage, and how far a deal has come with it."""
