"""Product lines 产品线: which there are, and which are core."""
