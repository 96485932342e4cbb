"""Feature definitions: what is known of a customer, a product and a pair of them at the end of a day.

Models, contracts and writing do not belong here.
"""
