"""The adapter to pip: the only part that knows pip's internals."""
