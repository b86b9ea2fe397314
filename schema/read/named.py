"""Where lazy references look: `schema.build` puts the merged classes of one schema here."""
