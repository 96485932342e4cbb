"""plantly.shop, simulated: a seeded shop that shows and sells plants, and writes the files such a shop would deliver.

Here belong the shop's catalogue, its shoppers, what they do, what can go wrong, and its `source.yaml`.
What Greenhouse makes of the files does not; nothing here imports it.

One generator serves every scale. `landing.simulate` runs it in this process, `at_scale.simulate_at_scale` runs the same
functions in Spark's Python workers, block of shoppers by block; the unzipped files are the same, line for line.
What differs: at scale `truth.json` lists at most `truth.LISTED_IDS` ids of an injection (counts are always complete).
"""
