"""Hand-written faults, one module for each operation and for the gateway."""
