"""Canonical tables of any shop: what its SELECT gave, with the few columns that follow from others.

Every landed row passes through: rules divert bad rows and merging keeps one row a key, both afterwards and elsewhere.
"""
