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
    argparse, asyncio, base64, collections, concurrent.futures, configparser, contextlib, csv, ctypes,
    dataclasses, datetime, decimal, email.message, functools, hashlib, http.client, importlib.metadata,
    inspect, json, logging.handlers, multiprocessing, os, pathlib, pickle, platform, random, re, shutil,
    socket, sqlite3, ssl, subprocess, tempfile, threading, typing, unittest, urllib.request, uuid,
    xml.etree.ElementTree, zipfile
"""


class Process(NamedTuple):
    """arguments: of Python. runs: of callgrind. pairs: by the clock. peers: who is measured beside us."""

    arguments: tuple[str, ...]
    runs: int
    pairs: int
    peers: tuple[Subject, ...] = ()


PROCESSES = {
    "start": Process(("-c", "pass"), 5, 40, PEERS),
    "imports": Process(("-c", f"import {' '.join(IMPORTS.split())}"), 3, 20, PEERS),
    "version": Process(("-m", "pip", "--version"), 3, 20, PIP_PEERS),
    "list": Process(("-m", "pip", "list"), 3, 20, PIP_PEERS),
    "download": Process(("-m", "pip", "download", "--dest", "{root}/downloads", "{demo}"), 1, 10),
    "install": Process(("-m", "pip", "install", "{demo}"), 1, 10, PIP_PEERS),
}


def measure(stand: Stand, name: str, settings: Settings) -> Iterator[Figure]:
    """Instructions of one process: ours first, then the peers'."""
    process = PROCESSES[name]
    runs = settings.few(process.runs)
    stand.fresh()
    without = stand.instructions(process.arguments, runs)
    for subject, label in put_all(stand, (OURS, *(() if settings.ours else process.peers))):
        runs = settings.few(min(process.runs, subject.runs))
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
