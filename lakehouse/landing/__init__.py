"""From delivered files, and what was pulled, to bronze: what lies there, what each delivery is beside earlier ones, and its lines, each once.

Getting rows out of databases and message logs belongs in `connectors`, what they mean in the source's SELECTs.
"""
