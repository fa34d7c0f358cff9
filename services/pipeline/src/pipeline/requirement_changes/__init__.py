"""Requirement changes 需求变更: their effect, and who on both sides agreed to it."""
