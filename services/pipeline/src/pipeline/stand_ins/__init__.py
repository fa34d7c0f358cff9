"""Stand-ins 代理人: who decides in whose place while they are away."""
