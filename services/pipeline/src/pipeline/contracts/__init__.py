"""Contracts 合同: drafted, approved, sent, sealed by both sides; supplemented, renewed, ended."""
