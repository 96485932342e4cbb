"""The shop's own SELECT over bronze, and what every row of silver carries: days, lateness, duplicates, versions, pseudonyms."""
