"""What municipalities may switch on; each plugin is a room of its own."""

OURS: tuple[object, ...] = ()  # first-party plugins, by name: there are none yet
