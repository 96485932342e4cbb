"""Audits of tables against their contracts. The only package that imports Great Expectations.

Contracts are read in `lakehouse.contract`; what an audit found is `lakehouse.report`.
"""
