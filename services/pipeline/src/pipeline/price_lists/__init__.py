"""Price lists 价格表 by tier and region, and which price of a product applies to whom, and why."""
