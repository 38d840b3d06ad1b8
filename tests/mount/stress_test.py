#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many threads on a mounted file while everything goes wrong; an oracle knows what blocks may hold.

SCSIMPATH_STRESS_SECONDS is how long the faults last: 60 without it, 600 for a long run."""
import json
import os
import random
import signal
import subprocess
import threading

import machine
from harness import CTL, MountTest, check, main, wait_until
from mounts import Mount, emulated

STRESS = os.environ["SCSIMPATH_STRESS"]
SECONDS = float(os.environ.get("SCSIMPATH_STRESS_SECONDS",
                               os.environ.get("SCSIMPATH_TEST_SECONDS", "60")))
PATHS = 4
IO_TIMEOUT = 1
# What an I/O meets at worst: every path but one takes it and keeps it, and the machine is busy.
BOUND = (PATHS - 1) * IO_TIMEOUT + 5
FAULTS = ["offline", "hang", "delay=50", "status=0x08", "status=0x28,every=3", "sense=b/47/03,every=3",
          "sense=2/04/01,count=20", "sense=6/29/02,count=3", "host=0x0e,every=2", "short=512,every=3",
          "hang,only=read", "hang,only=write", "offline,only=check", "alua=standby",
          "alua=non-optimized", "alua=transitioning"]


class Stress(MountTest):
    timeout = SECONDS + 180

    def setUp(self):
        super().setUp()
        self.random = random.Random(7)
        self.pause = threading.Event()

    def start(self, seconds, *options):
        self.process = self.spawn(STRESS, self.head.file, str(seconds), "8", *options,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)

    def say(self, label):
        self.process.stdin.write(label + "\n")
        self.process.stdin.flush()

    def finish(self):
        out, errors = self.process.communicate(timeout=120)
        self.assertEqual(self.process.returncode, 0, errors + out)
        return json.loads(out)

    def test_faults(self):
        self.mount = Mount(self, emulated(self, size="64MiB", paths=PATHS),
                           f"io_timeout={IO_TIMEOUT},checker_interval=0.2,iopolicy=round-robin")
        self.head = self.mount.head()
        self.start(int(SECONDS))
        turn = 0
        while self.process.poll() is None:
            fault = FAULTS[turn % len(FAULTS)]
            # One path, at times all but one.
            paths = self.random.sample(range(PATHS), PATHS - 1 if turn % 3 == 2 else 1)
            turn += 1
            self.say(fault)
            for path in paths:
                check(CTL, "path", self.head.file, f"emu{path}", "fault", fault)
            if turn % 5 == 0:
                check(CTL, "set", self.head.file, "iopolicy",
                      self.random.choice(["numa", "round-robin", "queue-depth"]))
            self.pause.wait(0.8 if "hang" not in fault else 1.5)
            if self.process.poll() is not None:
                break
            for path in paths:
                if fault.startswith("alua"):
                    check(CTL, "path", self.head.file, f"emu{path}", "fault", "alua=optimized")
                check(CTL, "path", self.head.file, f"emu{path}", "fault", "none")
            for path in paths:
                self.head.wait_running(f"emu{path}")
            if self.process.poll() is None:
                self.say("none")
        result = self.finish()
        print(f"{result['operations']} operations under {turn} faults; the longest in s:")
        for fault, longest in sorted(result["longest"].items(), key=lambda item: -item[1]):
            print(f"  {fault:24} {longest:.3f}")
        self.assertEqual(result["errors"], 0)
        self.assertEqual(self.head.status()["counters"]["errors"], 0)
        for fault, longest in result["longest"].items():
            self.assertLess(longest, BOUND * machine.slowdown(), fault)

    def test_the_oracle_sees_what_is_lost(self):
        """An old copy of the image comes back under the mount: writes that were acknowledged are gone."""
        image = self.path("disk.img")
        self.mount = Mount(self, emulated(self, size="16MiB", paths=2))
        self.head = self.mount.head()
        with open(image, "rb") as file:
            old = file.read(1 << 20)
        self.start(30)
        wait_until(lambda: self.head.status()["counters"]["writes"] > 2000, 20, "load")
        with open(image, "r+b", buffering=0) as file:
            file.write(old)
        _, errors = self.process.communicate(timeout=60)
        self.assertEqual(self.process.returncode, 1, errors)
        self.assertIn("which others have replaced", errors)

    def end_under_load(self, how):
        """Ends the mount at a random moment; whatever was acknowledged is on the image."""
        image = self.path("disk.img")
        for turn in range(4):
            self.mount = Mount(self, emulated(self, size="16MiB", paths=2),
                               f"io_timeout={IO_TIMEOUT},checker_interval=0.2,"
                               "iopolicy=round-robin,no_path_timeout=1", name=f"mnt{turn}")
            self.head = self.mount.head()
            self.start(60, "--until-error", "--verify-on", image)
            wait_until(lambda: self.head.status()["counters"]["writes"] > 100, 20, "load")
            self.head.fault("emu0", self.random.choice(["none", "hang", "delay=20"]))
            self.pause.wait(self.random.uniform(0.05, 1.0))
            how()
            result = self.finish()
            self.assertGreater(result["errors"], 0)
            if self.mount.is_mounted():
                check("umount", "-l", self.mount.dir)
            wait_until(lambda: self.mount.process.poll() is not None, 30, "the end of the program")
            os.remove(image)

    def test_sigkill(self):
        self.end_under_load(lambda: self.mount.process.send_signal(signal.SIGKILL))

    def test_sigterm(self):
        self.end_under_load(lambda: self.mount.process.send_signal(signal.SIGTERM))

    def test_stop_and_continue(self):
        self.mount = Mount(self, emulated(self, size="16MiB", paths=2),
                           f"io_timeout={IO_TIMEOUT},checker_interval=0.2,iopolicy=round-robin")
        self.head = self.mount.head()
        self.start(int(min(SECONDS, 15)))
        while self.process.poll() is None:
            self.mount.process.send_signal(signal.SIGSTOP)
            self.pause.wait(self.random.uniform(0.1, 1.5))
            self.mount.process.send_signal(signal.SIGCONT)
            self.pause.wait(self.random.uniform(0.1, 1.0))
        self.assertEqual(self.finish()["errors"], 0)

    def test_lazy_unmount(self):
        """The file goes on to work for those who have it open."""
        self.mount = Mount(self, emulated(self, size="16MiB", paths=2), "iopolicy=round-robin")
        self.head = self.mount.head()
        self.start(3)
        wait_until(lambda: self.head.status()["counters"]["writes"] > 100, 20, "load")
        check("umount", "-l", self.mount.dir)
        self.assertEqual(self.finish()["errors"], 0)
        wait_until(lambda: self.mount.process.poll() is not None, 30, "the end of the program")


main()
