"""The mutations of the core: each unpacks its input, calls one service and answers with a union of outcomes."""
