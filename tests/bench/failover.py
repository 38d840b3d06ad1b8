#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What it costs a read of 4 KiB that its path fails: the emulated disk's fault `offline`, once, on the
path that the read takes. Both kinds of read are measured in turn, and their distributions printed."""
import argparse
import contextlib
import glob
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import run

POINTS = [("least", 0), ("median", 50), ("90 %", 90), ("99 %", 99), ("most", 100)]


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * percent // 100)]


class Disk:
    """A mounted disk with two paths."""

    def __init__(self, folder):
        self.file, = glob.glob(f"{folder}/naa.*")
        self._control = f"{folder}/.scsimpath/heads/{os.path.basename(self.file)}"
        self._status = f"{folder}/.scsimpath/status"
        self._data = os.open(self.file, os.O_RDONLY | os.O_DIRECT)
        self._buffer = mmap.mmap(-1, 4096)

    def head(self):
        with open(self._status, encoding="utf-8") as status:
            return json.load(status)["heads"][0]

    def set(self, name, value):
        os.setxattr(self._control, f"user.scsimpath.{name}", value.encode())

    def read(self, block):
        """How long it took, in µs."""
        begin = time.perf_counter_ns()
        got = os.preadv(self._data, [self._buffer], 4096 * block)
        took = (time.perf_counter_ns() - begin) / 1e3
        assert got == 4096
        return took

    def bring_back(self, path):
        """As if nothing had happened to it."""
        self.set(f"path.{path}.fault", "none")
        self.set(f"path.{path}.state", "offline")
        self.set(f"path.{path}.state", "running")
        pause = threading.Event()
        while self.head()["paths_usable"] != 2:
            pause.wait(0.001)


def measure(disk, rounds):
    normal, failed_over = [], []
    for turn in range(rounds):
        for block in range(10):
            normal.append(disk.read(turn * 10 + block))
        head = disk.head()
        path = head["next_path"]
        disk.set(f"path.{path}.fault", "offline,count=1,only=read")
        failed_over.append(disk.read(turn))
        assert disk.head()["counters"]["failovers"] == head["counters"]["failovers"] + 1
        disk.bring_back(path)
    assert disk.head()["counters"]["errors"] == 0
    return normal, failed_over


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=f"{run.ROOT}/build-bench", help="build folder; made when missing")
    parser.add_argument("--no-build", action="store_true", help="take the program as it is")
    parser.add_argument("--rounds", type=int, default=500)
    options = parser.parse_args()
    build = os.path.realpath(options.build)
    if not options.no_build:
        run.build(build)
    with tempfile.TemporaryDirectory(prefix="scsimpath-bench-", dir="/dev/shm") as folder:
        os.mkdir(f"{folder}/mnt")
        subprocess.run([f"{build}/src/daemon/scsimpath",
                        f"emulated:{folder}/disk.img,size=64MiB,paths=2", f"{folder}/mnt"],
                       check=True, stdin=subprocess.DEVNULL, stderr=sys.stderr)
        try:
            normal, failed_over = measure(Disk(f"{folder}/mnt"), options.rounds)
        finally:
            with contextlib.suppress(OSError):
                subprocess.run(["umount", "-l", f"{folder}/mnt"], check=False)
    print(f"{'us':10}{'normal':>10}{'failed over':>13}")
    for name, percent in POINTS:
        print(f"{name:10}{percentile(normal, percent):10.1f}{percentile(failed_over, percent):13.1f}")
    cost = statistics.median(failed_over) - statistics.median(normal)
    print(f"a failover costs {cost:.1f} us (medians of {len(failed_over)} and {len(normal)} reads)")


if __name__ == "__main__":
    main()
