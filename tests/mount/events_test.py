#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The events file: the past, then what happens, as it happens."""
import datetime
import errno
import json
import os
import select
import signal
import sys
import time

from harness import CTL, MountTest, main, wait_until
from mounts import Mount, emulated, events_of


class Events(MountTest):
    def setUp(self):
        super().setUp()
        self.mount = Mount(self, emulated(self, size="64MiB", paths=2), "checker_interval=0.2")
        self.head = self.mount.head()
        self.file = f"{self.mount.dir}/.scsimpath/events"

    def kinds(self):
        return [event["event"] for event in events_of(self.mount)]

    def test_what_is_told(self):
        self.head.fault("emu0", "offline")
        wait_until(lambda: "path-failed" in self.kinds(), 10, "path-failed")
        self.head.fault("emu1", "offline")
        wait_until(lambda: "no-path" in self.kinds(), 10, "no-path")
        self.head.fault_all("none")
        wait_until(lambda: "paths-back" in self.kinds(), 10, "paths-back")
        wait_until(lambda: self.kinds().count("path-reinstated") >= 2, 10, "path-reinstated")
        self.head.set("iopolicy", "round-robin")
        self.head.fault("emu1", "alua=non-optimized")
        wait_until(lambda: "access-state-changed" in self.kinds(), 10, "access-state-changed")
        found = events_of(self.mount)
        kinds = [event["event"] for event in found]
        self.assertGreaterEqual(kinds.count("path-added"), 2)
        self.assertIn("iopolicy-changed", kinds)
        for event in found:
            datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
            self.assertEqual(event["head"], self.head.name)
        failed = next(event for event in found if event["event"] == "path-failed")
        self.assertEqual(failed["path"], "emu0")
        self.assertIn("no connection (host byte 01)", failed["reason"])
        self.assertEqual((failed["state"], failed["host"], failed["status"]),
                         ("failed", "0x01", "0x00"))
        self.assertTrue(int(failed["opcode"], 16) in (0x00, 0x25, 0x9e, 0xa3), failed["opcode"])
        times = [event["time"] for event in found]
        self.assertEqual(times, sorted(times))

    def test_a_path_that_garbles_or_is_busy(self):
        def emu0():
            return self.head.status()["paths"][0]

        self.head.fault("emu0", "sense=b/47/03,every=20,only=read")
        with open(self.head.file, "rb", buffering=0) as file:
            for _ in range(400):
                os.pread(file.fileno(), 4096, 0)
        self.assertIn("path-demoted", self.kinds())
        self.assertEqual(emu0()["state"], "running")
        wait_until(lambda: emu0()["probation_s"] == 0, 10, "its probation ends")
        self.assertIsNone(emu0()["in_flight_limit"])
        self.head.fault("emu1", "offline")
        self.head.fault("emu0", "status=0x28,count=1,only=read")
        with open(self.head.file, "rb", buffering=0) as file:
            os.pread(file.fileno(), 4096, 0)
        # It begins with 1 and doubles with every quiet second.
        limit = emu0()["in_flight_limit"]
        self.assertIsInstance(limit, int)
        self.assertGreaterEqual(limit, 1)
        self.assertEqual(self.head.status()["counters"]["errors"], 0)

    def test_poll_and_nonblocking_reads(self):
        descriptor = os.open(self.file, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, descriptor)

        def drain():
            try:
                while os.read(descriptor, 65536):
                    pass
            except BlockingIOError as error:
                self.assertEqual(error.errno, errno.EAGAIN)

        drain()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        self.assertEqual(poll.poll(100), [])
        begin = time.monotonic()
        self.head.set("iopolicy", "queue-depth")
        self.assertTrue(poll.poll(10000))
        self.assertLess(time.monotonic() - begin, 9)
        self.assertIn("iopolicy-changed", os.read(descriptor, 65536).decode())

    def test_a_reader_that_waits(self):
        code = ("import os,sys\nfd = os.open(sys.argv[1], os.O_RDONLY)\n"
                "while True: sys.stdout.buffer.write(os.read(fd, 65536)); sys.stdout.flush()\n")
        with open(self.path("seen"), "w+") as seen:
            reader = self.spawn(sys.executable, "-c", code, self.file, stdout=seen)
            wait_until(lambda: "path-added" in open(self.path("seen")).read(), 10, "the past")
            self.head.set("iopolicy", "round-robin")
            wait_until(lambda: "iopolicy-changed" in open(self.path("seen")).read(), 10,
                       "the new event")
            with self.within(1, "killing a waiting reader"):
                reader.send_signal(signal.SIGTERM)
                wait_until(lambda: reader.poll() is not None, 20, "its end", tick=0.002)
        self.mount.unmount()

    def test_readers_do_not_keep_the_mount_from_being_read(self):
        readers = [self.spawn("cat", self.file, stdout=os.open(os.devnull, os.O_WRONLY))
                   for _ in range(20)]
        for _ in range(5):
            with self.within(0.1, "status beside waiting readers"):
                self.mount.status()
        for reader in readers:
            reader.kill()
            wait_until(lambda: reader.poll() is not None, 20, "a reader's end")

    def test_a_slow_reader_is_told(self):
        descriptor = os.open(self.file, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, descriptor)
        os.read(descriptor, 100000)
        for index in range(1200):
            self.head.set("iopolicy", ("numa", "round-robin")[index % 2])
        text = b""
        try:
            while piece := os.read(descriptor, 65536):
                text += piece
        except BlockingIOError:
            pass
        lines = [json.loads(line) for line in text.decode().splitlines()]
        self.assertIn("dropped", [line["event"] for line in lines])
        self.assertLessEqual(len(lines), 1001)
        self.assertEqual(lines[-1]["event"], "iopolicy-changed")

    def test_ctl_follows_them(self):
        with open(self.path("seen"), "w+") as seen:
            follower = self.spawn(CTL, "events", self.mount.dir, stdout=seen)
            wait_until(lambda: "path-added" in open(self.path("seen")).read(), 10, "the past")
            self.head.set("path.emu0.state", "offline")
            wait_until(lambda: "offline" in open(self.path("seen")).read(), 10, "the event")
            follower.send_signal(signal.SIGTERM)
            wait_until(lambda: follower.poll() is not None, 20, "its end")


if __name__ == "__main__":
    main()
