"""Programmes: a budget, a period, and the terms on which vouchers are given, as data."""
