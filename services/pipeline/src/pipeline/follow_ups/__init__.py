"""Follow-ups 跟进: the next contact with a customer, planned and then done."""
