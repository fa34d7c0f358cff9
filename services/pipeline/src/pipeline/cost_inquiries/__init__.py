"""Cost inquiries 成本询价: what a non-standard line costs us is asked, and answered."""
