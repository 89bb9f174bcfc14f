"""Whole processes: a start of Python, a program with many imports, four commands of pip; instructions, seconds, memory."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from benchmarks.figures import BYTES, INSTRUCTIONS, SECONDS, Figure
from benchmarks.instruments import pairs
from benchmarks.places import Host
from benchmarks.settings import Settings
from benchmarks.stand import Stand
from benchmarks.subjects import OURS, PEERS, PIP_PEERS, Subject, put, put_all

IMPORTS = """
    abc, argparse, array, ast, base64, bisect, calendar, codecs, collections, configparser,
    contextlib, copy, csv, dataclasses, datetime, decimal, difflib, email, enum, fractions,
    functools, glob, hashlib, heapq, html, http, inspect, io, itertools, json,
    logging, os, pathlib, random, re, shutil, string, subprocess, tempfile, zipfile
"""


class Process(NamedTuple):
    """arguments: of Python. runs: of callgrind. pairs: by the clock. peers: who is measured beside us."""

    arguments: tuple[str, ...]
    runs: int
    pairs: int
    peers: tuple[Subject, ...] = ()


PROCESSES = {
    "start": Process(("-c", "pass"), 5, 200, PEERS),
    "imports": Process(("-c", f"import {' '.join(IMPORTS.split())}"), 5, 60, PEERS),
    "version": Process(("-m", "pip", "--version"), 3, 40, PIP_PEERS),
    "list": Process(("-m", "pip", "list"), 3, 40, PIP_PEERS),
    "download": Process(("-m", "pip", "download", "--dest", "{root}/downloads", "{demo}"), 1, 20),
    "install": Process(("-m", "pip", "install", "{demo}"), 1, 20, PIP_PEERS),
}


def measure(stand: Stand, name: str, settings: Settings) -> Iterator[Figure]:
    """Instructions of one process: ours first, then the peers'."""
    process = PROCESSES[name]
    runs = settings.few(process.runs)
    stand.fresh()
    without = stand.instructions(process.arguments, runs)
    for _, label in put_all(stand, (OURS, *process.peers)):
        having = stand.instructions(process.arguments, runs)
        yield Figure(name, label, stand.place.version, INSTRUCTIONS, without, having, runs)


def measure_pairs(stand: Stand, settings: Settings) -> Iterator[Figure]:
    """Seconds and memory, ours alone, in two environments side by side; the ratio is that of the median pair."""
    if not isinstance(stand.place, Host):
        return
    none, ours = stand.fresh(f"{stand.root}/none"), stand.fresh(f"{stand.root}/ours")
    stand.pip_install(OURS.name, prefix=ours)
    label = put(stand, OURS)
    for name, process in PROCESSES.items():
        count = settings.few(process.pairs)
        early, late = (partial(stand.timed, process.arguments, prefix) for prefix in (none, ours))
        early(), late()  # fills the file cache, and writes what bytecode was missing
        taken, ratio = pairs(early, late, count)
        seconds = statistics.median(each.seconds for each, _ in taken)
        yield Figure(name, label, stand.place.version, SECONDS, seconds, seconds * ratio, count)
        peaks = [statistics.median(run.peak for run in side) for side in zip(*taken)]
        yield Figure(name, label, stand.place.version, BYTES, peaks[0], peaks[1], count)
