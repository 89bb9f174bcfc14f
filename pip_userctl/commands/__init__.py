"""The verbs of ``pip-userctl``, one a module: ``run(options)`` gives an Answer and prints nothing."""
