"""Reach: environments that are under the policy although pip-userctl is not installed in them.

``activate ENV`` writes one start-up file into the environment, ``activate --all-environments`` one package
``sitecustomize`` into the standard library's directory. Each appears and disappears by one atomic operation of the file
system, and nothing that exists is ever changed; so there is nothing to restore but the absence.
"""
