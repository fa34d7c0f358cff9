"""Members of deals' teams: whom they may reach at the deal's customer, and where."""
