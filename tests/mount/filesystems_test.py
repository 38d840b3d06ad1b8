#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ext4, xfs and btrfs on a loop device on the file: filled, verified, trimmed, checked, while paths
come and go."""
import os
import random
import threading

import machine
from harness import MountTest, check, main
from mounts import MIB, Fio, Mount, emulated, loop_device

MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"],
        "btrfs": ["mkfs.btrfs", "-q", "-f"]}
CHECK = {"ext4": ["e2fsck", "-fn"], "xfs": ["xfs_repair", "-n"],
         "btrfs": ["btrfs", "check", "--readonly"]}


class FileSystems(MountTest):
    def exercise(self, kind):
        size = 48 // int(machine.slowdown())
        mount = Mount(self, emulated(self, size="512MiB", paths=3),
                      "iopolicy=round-robin,checker_interval=0.2")
        head = mount.head()
        image = self.path("disk.img")
        folder = self.folder("data")
        ended = threading.Event()

        def flap():
            chance = random.Random(4)
            # However short the run, some I/O meets a path that is away before its checker does.
            with open(head.file, "rb", buffering=0) as file:
                while not head.status()["counters"]["failovers"]:
                    head.fault("emu0", "none")
                    head.wait_running("emu0")
                    head.fault("emu0", "offline")
                    for _ in range(3):
                        os.pread(file.fileno(), 4096, 0)
            while not ended.wait(0.1):
                path = f"emu{chance.randrange(2)}"
                head.fault(path, chance.choice(("offline", "host=0x0e,every=5",
                                                "sense=6/29/00,count=1", "delay=5")))
                ended.wait(0.2)
                head.fault(path, "none")

        flapper = threading.Thread(target=flap)
        flapper.start()
        try:
            with loop_device(head.file) as device:
                check(*MAKE[kind], device)
                check("mount", "-t", kind, device, folder)
                try:
                    Fio(self, {"name": "small", "bs": "4k", "rw": "randwrite"},
                        {"name": "large", "bs": "256k", "rw": "write"}, directory=folder,
                        size=f"{size}m", ioengine="libaio", direct=1, iodepth=8, verify="crc32c",
                        verify_fatal=1, do_verify=1).wait(120)
                    content = random.Random(6).randbytes(20 * MIB)
                    with open(f"{folder}/kept", "wb") as file:
                        file.write(content)
                    for name in os.listdir(folder):
                        if name.startswith(("small", "large")):
                            os.remove(f"{folder}/{name}")
                    check("sync", "-f", folder)
                    full = os.stat(image).st_blocks * 512
                    check("fstrim", folder)
                    self.assertLess(os.stat(image).st_blocks * 512, full - size * MIB)
                finally:
                    check("umount", folder)
                check("mount", "-t", kind, device, folder)
                try:
                    with open(f"{folder}/kept", "rb") as file:
                        self.assertEqual(file.read(), content)
                finally:
                    check("umount", folder)
                check(*CHECK[kind], device)
        finally:
            ended.set()
            flapper.join()
        self.assertEqual(head.status()["counters"]["errors"], 0)
        self.assertGreater(head.status()["counters"]["failovers"], 0)

    def test_ext4(self):
        self.exercise("ext4")

    def test_xfs(self):
        self.exercise("xfs")

    def test_btrfs(self):
        self.exercise("btrfs")


if __name__ == "__main__":
    main()
