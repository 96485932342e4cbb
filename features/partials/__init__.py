"""Daily partial aggregates: what each day adds to a feature, once for each day by whose end it was known; adding them up gives any window.

One module a table. Windows belong in `features/windows.py`, what one line is worth in `features/measures/sales.py` and `features/measures/impressions.py`.
"""
