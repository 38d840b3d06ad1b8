#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An image works alike on tmpfs, ext4 and xfs, and stays sparse."""
import contextlib
import os
import subprocess

from harness import MountTest, check, main, wait_until
from mounts import MIB, Fio, Mount


class Images(MountTest):
    @contextlib.contextmanager
    def file_system(self, kind):
        folder = self.folder(kind)
        if kind == "tmpfs":
            check("mount", "-t", "tmpfs", "none", folder)
        else:
            image = self.path(f"{kind}.img")
            with open(image, "wb") as file:
                file.truncate(1024 * MIB)
            check(f"mkfs.{kind}", "-q", image)
            check("mount", "-o", "loop", image, folder)
        try:
            yield folder
        finally:
            result = subprocess.run(["umount", folder], stdin=subprocess.DEVNULL, timeout=60,
                                    capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)

    def try_on(self, kind):
        with self.file_system(kind) as folder:
            image = f"{folder}/disk.img"
            mount = Mount(self, f"emulated:{image},size=256MiB,paths=2", "iopolicy=round-robin")
            head = mount.head()
            self.assertLess(os.stat(image).st_blocks * 512, MIB, "the new image is sparse")
            for bs in ("512", "4k", "256k"):
                Fio(self, {"name": "v"}, filename=head.file, ioengine="libaio", direct=1, bs=bs,
                    iodepth=16, rw="randwrite", verify="crc32c", verify_fatal=1, do_verify=1,
                    size="64m", io_size="8m").wait()
            descriptor = os.open(head.file, os.O_RDWR)
            os.pwrite(descriptor, b"image" * 1000, 12345)
            os.fsync(descriptor)
            os.close(descriptor)
            with open(image, "rb") as file:
                file.seek(12345)
                self.assertEqual(file.read(5000), b"image" * 1000)
            self.assertLess(os.stat(image).st_blocks * 512, 128 * MIB, "holes stay holes")
            mount.unmount()
            wait_until(lambda: mount.process.poll() is not None, 20, "the end")

    def test_tmpfs(self):
        self.try_on("tmpfs")

    def test_ext4(self):
        self.try_on("ext4")

    def test_xfs(self):
        self.try_on("xfs")


if __name__ == "__main__":
    main()
