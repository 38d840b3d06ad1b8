#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Verified I/O goes on, without an error and without a long stall, while paths break one after another."""
import collections
import os
import threading
import time

import machine
from harness import MountTest, main
from mounts import Fio, Mount, emulated, ext4_on, loop_device

SECONDS = float(os.environ.get("SCSIMPATH_TEST_SECONDS", "60"))  # of load, in all
IO_TIMEOUT = 1.0
KINDS = ("offline", "hang", "sense=2/04/0b", "status=0x08", "sense=6/29/00", "short=512")
PART = 32  # MiB of each block size
ROUNDS = 3  # of each kind, on reads and on writes
OPTIONS = f"iopolicy=round-robin,io_timeout={IO_TIMEOUT},checker_interval=0.2,no_path_timeout=20"


WANTED = [(kind, only) for kind in KINDS for only in ("read", "write")]


class Breaker:
    """Breaks one path after another while a load runs, and counts the faults that were met."""

    def __init__(self, head):
        self.head = head
        self.met = collections.Counter()
        self._turn = 0
        self._carried = head.io_counts()
        self._pause = threading.Event()

    def missing(self):
        return [key for key in WANTED if self.met[key] < ROUNDS]

    def work(self, load):
        """Goes round the kinds, those not met often enough first, until the load ends."""
        while load.running():
            wanted = self.missing() or WANTED
            kind, only = wanted[self._turn % len(wanted)]
            self._break(load, self._busy_path(), kind, only)
            self._turn += 1

    def _busy_path(self):
        """One that has carried I/O lately, another one than last time where there is a choice."""
        self._pause.wait(0.05)
        now = self.head.io_counts()
        busy = [path for path in now if now[path] > self._carried[path]] or list(now)
        self._carried = now
        return busy[self._turn % len(busy)]

    def _break(self, load, path, kind, only):
        before = self._trouble(path)
        self.head.fault(path, f"{kind},only={only}")
        deadline = time.monotonic() + IO_TIMEOUT + 1
        while time.monotonic() < deadline and load.running():
            if self._trouble(path) > before:
                self.met[(kind, only)] += 1
                break
            self._pause.wait(0.02)
        self.head.fault(path, "none")
        # What it has been through is forgotten, or it would soon be on probation all the time.
        self.head.set(f"path.{path}.state", "offline")
        self.head.set(f"path.{path}.state", "running")
        self.head.wait_running(path)

    def _trouble(self, path):
        """What moves when I/O meets a fault, one path at a time being faulty."""
        head = self.head.status()
        found = next(p for p in head["paths"] if p["name"] == path)
        return (found["counters"]["errors"] + found["counters"]["timeouts"]
                + head["counters"]["retries"] + head["counters"]["failovers"])


class Failover(MountTest):
    timeout = 3 * SECONDS + 180

    def load(self, target, seconds):
        """Random writes of several block sizes, each in a part of its own, verified as they go."""
        jobs = [{"name": f"bs{size}", "bs": size, "offset": f"{index * PART}m", "size": f"{PART}m"}
                for index, size in enumerate(("4k", "16k", "64k", "256k"))]
        return Fio(self, *jobs, filename=target, ioengine="libaio", direct=1, iodepth=16,
                   rw="randwrite", verify="crc32c", verify_backlog=64, verify_fatal=1,
                   time_based=1, runtime=int(seconds), rate_iops="400,400")

    def settle(self, fio):
        """The end of a load: nothing failed, nothing stalled."""
        fio.wait(60)
        stall, bound = fio.longest(), IO_TIMEOUT + 1
        late = self.ticker.worst_window(fio.begin, fio.end, bound)
        print(f"longest stall {stall:.3f} s (bound {bound:.1f} s, the machine was late "
              f"{late:.3f} s at worst)", flush=True)
        self.assertLessEqual(stall, bound * machine.slowdown() + late)

    def through(self, target, head):
        """Loads of some seconds each, until the time is over and every fault was met."""
        before = head.commands()
        breaker = Breaker(head)
        end = time.monotonic() + SECONDS / 2
        last = time.monotonic() + 1.5 * SECONDS * machine.slowdown()
        while time.monotonic() < end or (breaker.missing() and time.monotonic() < last):
            fio = self.load(target, max(5, min(15, SECONDS / 4)))
            breaker.work(fio)
            self.settle(fio)
        print("faults met:", dict(breaker.met), flush=True)
        self.assertFalse(breaker.missing(), "met too seldom")
        self.assertEqual(head.status()["counters"]["errors"], 0)
        after = head.commands()
        for path, count in before.items():
            self.assertGreater(after[path], count, f"{path} was never used")

    def test_on_the_file(self):
        head = Mount(self, emulated(self, size="256MiB", paths=4), OPTIONS).head()
        self.through(head.file, head)

    def test_on_ext4_on_a_loop_device(self):
        head = Mount(self, emulated(self, size="256MiB", paths=4), OPTIONS).head()
        with loop_device(head.file) as device:
            with ext4_on(device, self.folder("data")) as folder:
                with open(f"{folder}/file", "wb") as file:
                    file.write(bytes(4 * PART << 20))
                    os.fsync(file.fileno())
                self.through(f"{folder}/file", head)

    def test_without_another_path_it_fails(self):
        """The same load shows the faults when there is nowhere to fail over to."""
        options = OPTIONS.replace("no_path_timeout=20", "no_path_timeout=fail")
        head = Mount(self, emulated(self, size="256MiB", paths=1), options).head()
        for kind in ("offline", "hang", "sense=2/04/0b"):
            fio = self.load(head.file, 20)
            head.wait_running("emu0")
            head.fault("emu0", f"{kind},only=io")
            fio.wait(60, may_fail=True)
            self.assertTrue(fio.failed, f"{kind} on the only path went unnoticed")
            head.fault("emu0", "none")
            head.wait_running("emu0")


if __name__ == "__main__":
    main()
