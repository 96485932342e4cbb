"""From what a shop delivers to the rows that silver tables are made of. Publishing these belongs in `publishing/`."""
