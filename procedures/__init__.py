"""The catalogue of administrative procedures (thủ tục hành chính) and the search in a citizen's own words.

It never says a sum, a time or a paper that its source does not say.
"""
