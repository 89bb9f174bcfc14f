"""What pip-userctl costs: ``python -m benchmarks``, from the checkout. Nothing of it is in the wheel."""
