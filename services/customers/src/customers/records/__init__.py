"""Customer records: the archive of a customer, who owns it, and how far it has come."""
