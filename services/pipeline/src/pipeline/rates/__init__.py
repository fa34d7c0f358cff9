"""Exchange rates 汇率: dated, as data; every amount can be told in the company's currency."""
