"""The built-in health checks: one family a file, each an ordinary plugin. They look, and neither print nor repair."""
