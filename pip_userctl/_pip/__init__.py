"""The adapter: the only package that may name pip."""
