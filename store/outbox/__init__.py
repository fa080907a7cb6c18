"""The outbox: a narrow queue whose rows leave when final, one sealed message each, an append-only history."""
