"""Who may do what, where, and for which purpose."""
