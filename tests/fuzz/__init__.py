"""Files that others write, thrown at what reads them: see ``python -m tests.fuzz --help``."""
