"""``pip-userctl deactivate``: take back what ``activate`` did, byte for byte."""

from pip_userctl.cli.activate import run as run, text as text
