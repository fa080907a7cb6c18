"""What others do with the same job, each a program in an environment of its own; none of them imports the house.

All take the same orders: {"do": "fill", "count": n}, {"do": "start"} (what is slow and not measured), {"do": "run"},
{"do": "left"}, {"do": "stop"}; what one has no use for, it answers with nothing. The first order has "url"
(PostgreSQL), "gateway" ("" for a job that does nothing), "fresh" (make the schema) and "broker" where needed.
"""
