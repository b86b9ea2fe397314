"""Use cases: one plain function each, called with a unit of work; they find, allow, check, change and flush."""
