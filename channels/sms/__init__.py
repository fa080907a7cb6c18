"""SMS: one channel over an ordered list of gateways, a file a gateway."""
