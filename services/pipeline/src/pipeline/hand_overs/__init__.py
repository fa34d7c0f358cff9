"""Delivery hand-over 项目移交: what delivery has to know of a deal that was won."""
