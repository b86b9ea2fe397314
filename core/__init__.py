"""What an office knows and does: people, families, alerts, cases, and the rules they follow."""
