"""A seeder for virtualenv: what virtualenv puts into each environment, and the wheels that ``$SEED_WHEELS`` names."""

from __future__ import annotations

import os
import zipfile

from virtualenv.create.creator import Creator
from virtualenv.seed.embed.via_app_data.via_app_data import FromAppData


class Seeder(FromAppData):
    """``VIRTUALENV_SEEDER=userctl`` chooses it."""

    def run(self, creator: Creator) -> None:
        """Unpack the wheels, which need no scripts."""
        super().run(creator)
        for wheel in filter(None, os.environ["SEED_WHEELS"].split(os.pathsep)):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(creator.purelib)
