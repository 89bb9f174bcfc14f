"""What runs when Python starts, and when pip's install command is imported. Imports nothing of the package."""
