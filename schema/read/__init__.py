"""The read path: types say where their fields come from, and a root field becomes one SQL statement."""
