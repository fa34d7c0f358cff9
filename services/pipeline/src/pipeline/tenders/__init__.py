"""Tenders 招投标: our bid, its bond, the opening, the result with its scores."""
