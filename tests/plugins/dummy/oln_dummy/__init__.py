"""Notes on children: a plugin by somebody else."""
