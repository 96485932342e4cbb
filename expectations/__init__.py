"""Audits of tables against their contracts. The only package that imports Great Expectations.

Contracts are read in `lakehouse.contracts.model`; what an audit found is `lakehouse.tables.audit_report`.
"""
