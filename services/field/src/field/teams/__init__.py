"""Teams: the organisation tree of company, regions and teams."""
