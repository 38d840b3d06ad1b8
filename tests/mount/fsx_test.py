#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many random operations of every kind on one file, each checked against a model."""
import ctypes
import mmap
import os
import random
import threading

import machine
from harness import MountTest, main, wait_until
from mounts import Mount, emulated

KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 0x10  # linux/falloc.h
SIZE = 256 * 1024
OPERATIONS = int(os.environ.get("SCSIMPATH_TEST_FSX", 100_000 // int(machine.slowdown()) ** 2))
libc = ctypes.CDLL(None, use_errno=True)


class Fsx(MountTest):
    def exercise(self, *, block_size, flapping, options="", seed=1, mapped=False):
        # With the policy `numa` all would soon stay on the path that is never taken away.
        policy = "iopolicy=round-robin" if flapping else ""
        mount = Mount(self, emulated(self, size=SIZE, block_size=block_size, paths=3),
                      ",".join(filter(None, ("checker_interval=0.1", policy, options))))
        head = mount.head()
        flapper = Flapper(head) if flapping else None
        descriptor = os.open(head.file, os.O_RDWR)
        view = mmap.mmap(descriptor, SIZE) if mapped else None
        try:
            self.run_operations(descriptor, view, random.Random(seed))
            if flapper:
                flapper.wait_met()
        finally:
            if flapper:
                flapper.stop()
            if view:
                view.close()
            os.close(descriptor)
        self.assertEqual(head.status()["counters"]["errors"], 0)

    def run_operations(self, descriptor, view, chance):
        model = bytearray(os.pread(descriptor, SIZE, 0))
        kinds = ["write", "read", "punch", "zero", "fsync"] + (["map-read", "map-write"] if view else [])
        weights = [30, 40, 6, 6, 1] + ([10, 10] if view else [])
        log = []
        for number in range(OPERATIONS):
            kind = chance.choices(kinds, weights)[0]
            offset = chance.randrange(SIZE)
            if chance.random() < 0.3:
                offset &= ~511
            length = min(int(chance.choice((1, 13, 512, 1000, 4096, 9000, 40000))), SIZE - offset)
            log = log[-20:] + [(number, kind, offset, length)]
            if kind == "write":
                data = chance.randbytes(length)
                self.assertEqual(os.pwrite(descriptor, data, offset), length, log)
                model[offset:offset + length] = data
            elif kind == "read":
                self.compare(os.pread(descriptor, length, offset), model, offset, length, log)
            elif kind in ("punch", "zero"):
                mode = KEEP_SIZE | PUNCH_HOLE if kind == "punch" else ZERO_RANGE
                result = libc.fallocate64(descriptor, mode, ctypes.c_int64(offset),
                                          ctypes.c_int64(length))
                self.assertEqual(result, 0, log)
                model[offset:offset + length] = bytes(length)
            elif kind == "map-read":
                self.compare(view[offset:offset + length], model, offset, length, log)
            elif kind == "map-write":
                data = chance.randbytes(length)
                view[offset:offset + length] = data
                model[offset:offset + length] = data
            else:
                os.fsync(descriptor)
        self.compare(os.pread(descriptor, SIZE, 0), model, 0, SIZE, log)

    def compare(self, got, model, offset, length, log):
        if got == model[offset:offset + length]:
            return
        first = next(i for i in range(length) if got[i] != model[offset + i])
        self.fail(f"byte {offset + first} differs after {log}")

    def test_blocks_of_512(self):
        self.exercise(block_size=512, flapping=False)

    def test_blocks_of_4096(self):
        self.exercise(block_size=4096, flapping=False, seed=2)

    def test_blocks_of_512_while_paths_flap(self):
        self.exercise(block_size=512, flapping=True, seed=3)

    def test_blocks_of_4096_while_paths_flap(self):
        self.exercise(block_size=4096, flapping=True, seed=4)

    def test_with_the_page_cache_and_mappings(self):
        self.exercise(block_size=512, flapping=False, options="page_cache=yes", seed=5, mapped=True)


class Flapper:
    """Takes one path after the other away for a moment; one always works."""

    def __init__(self, head):
        self.head = head
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.flap)
        self.thread.start()

    def flap(self):
        chance = random.Random(9)
        # However short the run, some I/O meets a path that is away before its checker does.
        with open(self.head.file, "rb", buffering=0) as file:
            while not self.failovers() and not self.ended.is_set():
                self.head.fault_all("none")
                for path in ("emu0", "emu1"):
                    self.head.wait_running(path)
                for path in ("emu0", "emu1"):
                    self.head.fault(path, "offline")
                for _ in range(3):
                    os.pread(file.fileno(), 4096, 0)
        self.head.fault_all("none")
        while not self.ended.wait(0.02):
            path = f"emu{chance.randrange(2)}"
            self.head.fault(path, chance.choice(("offline", "host=0x0e", "short=100",
                                                 "sense=b/47/03,every=2", "sense=6/29/00,count=1")))
            self.ended.wait(0.05)
            self.head.fault(path, "none")

    def failovers(self):
        return self.head.status()["counters"]["failovers"]

    def wait_met(self):
        wait_until(self.failovers, 20, "an I/O that met a path that was away")

    def stop(self):
        self.ended.set()
        self.thread.join()


if __name__ == "__main__":
    main()
