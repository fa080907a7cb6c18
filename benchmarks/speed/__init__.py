"""How fast the house is, beside what others do on the same machine in the same run: `python -m benchmarks.speed`.

Every measured program is a process of its own; a counting gateway is the judge; nothing here is part of the product.
"""
