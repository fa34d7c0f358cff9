"""Products 产品: what is sold, and at which list price."""
