"""Who gets which leads 线索分配规则, and how long they have: rules and policy, as data."""
