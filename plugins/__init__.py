"""What municipalities may switch on; each plugin is a room of its own."""
