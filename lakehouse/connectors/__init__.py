"""Brings what is new in a database or a message log into an input's spool, from where `landing` takes it as it takes files.

What a row means belongs in the source's SELECTs.
"""
