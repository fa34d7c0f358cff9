"""Selling entities 签约主体: the companies of ours that quote, sign and invoice."""
