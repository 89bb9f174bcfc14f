"""Changes the judgement in small ways and looks whether the tests notice: ``python -m tests.mutants``."""
