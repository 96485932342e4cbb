"""What is measured alike wherever it is summed: sales, impressions, list prices. Sums of a day belong in `partials`, windows over days in `features`."""
