#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people use a disk with works on the exported file."""
import errno
import hashlib
import mmap
import os
import random

from harness import MountTest, check, main, run
from mounts import MIB, Mount, emulated, loop_device

SIZE = 32 * MIB


def digest(file, length=SIZE):
    with open(file, "rb") as opened:
        return hashlib.sha256(opened.read(length)).hexdigest()


class Tools(MountTest):
    def setUp(self):
        super().setUp()
        self.head = Mount(self, emulated(self, size="32MiB")).head()
        # Data and a hole of which plain cp makes nothing.
        self.image = self.path("image")
        content = bytearray(random.Random(5).randbytes(SIZE))
        content[8 * MIB:16 * MIB] = bytes(8 * MIB)
        with open(self.image, "wb") as file:
            file.write(content[:8 * MIB])
            file.truncate(SIZE)
            file.seek(16 * MIB)
            file.write(content[16 * MIB:])
        self.wanted = hashlib.sha256(content).hexdigest()

    def fill(self):
        """Something else in every block."""
        with open(self.head.file, "r+b") as file:
            file.write(b"\xaa" * SIZE)

    def written_by(self, *command, **options):
        self.fill()
        check(*command, **options)
        self.assertEqual(digest(self.head.file), self.wanted, command)

    def test_cp_cat_and_rsync(self):
        self.written_by("cp", "--sparse=never", self.image, self.head.file)
        with open(self.image, "rb") as image, open(self.head.file, "r+b") as disk:
            self.fill()
            check("cat", stdin=image, pass_fds=(disk.fileno(),), preexec_fn=lambda: os.dup2(
                disk.fileno(), 1))
        self.written_by("rsync", "--inplace", "--ignore-times", self.image, self.head.file)
        # Where the source has a hole plain cp writes nothing: what was there stays (scsimpath(7)).
        self.fill()
        check("cp", self.image, self.head.file)
        with open(self.head.file, "rb") as file:
            file.seek(8 * MIB)
            self.assertIn(file.read(4096), (bytes(4096), b"\xaa" * 4096))

    def test_dd(self):
        for options in (["conv=notrunc,fsync", "bs=1M"], ["bs=1M"], ["oflag=direct", "bs=64k"],
                        ["bs=7777", "conv=fsync"]):
            self.written_by("dd", f"if={self.image}", f"of={self.head.file}", *options)
        # A seek without notrunc: dd would cut the file off there; a disk stays as large as it is.
        self.fill()
        result = run("dd", f"if={self.image}", f"of={self.head.file}", "bs=1M", "seek=4", "count=2")
        self.assertEqual(os.stat(self.head.file).st_size, SIZE)
        with open(self.head.file, "rb") as disk, open(self.image, "rb") as image:
            disk.seek(4 * MIB)
            self.assertEqual(disk.read(2 * MIB), image.read(2 * MIB), result.stderr)

    def test_qemu(self):
        self.written_by("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", self.image,
                        self.head.file)
        self.written_by("qemu-img", "convert", "-n", "-t", "none", "-W", "-f", "raw", "-O", "raw",
                        self.image, self.head.file)
        qcow = self.path("image.qcow2")
        check("qemu-img", "convert", "-O", "qcow2", self.image, qcow)
        self.written_by("qemu-img", "convert", "-n", "-O", "raw", qcow, self.head.file)
        result = check("qemu-img", "compare", "-f", "raw", "-F", "raw", self.image, self.head.file)
        self.assertIn("identical", result.stdout)
        check("qemu-io", "-f", "raw", "-t", "none", "-c", "write -P 0x33 1M 2M", "-c",
              "write -z -u 2M 512k", "-c", "discard 2560k 64k", "-c", "flush", "-c",
              "read -v -P 0x33 1M 1M", "-c", "read -P 0 2M 576k", self.head.file)

    def test_loop_devices_of_every_kind(self):
        with open(self.head.file, "r+b") as file:
            for block in range(SIZE // MIB):
                file.seek(block * MIB)
                file.write(bytes([block + 1]) * MIB)

        def first_byte(device):
            with open(device, "rb") as opened:
                return opened.read(1)[0]

        with loop_device(self.head.file, "-o", str(4 * MIB), "--sizelimit", str(MIB)) as device:
            self.assertEqual(first_byte(device), 5)
            self.assertEqual(check("blockdev", "--getsize64", device).stdout.strip(), str(MIB))
        with loop_device(self.head.file, "-r") as device:
            self.assertEqual(first_byte(device), 1)
            self.assertEqual(check("blockdev", "--getro", device).stdout.strip(), "1")
            self.assertNotEqual(run("dd", "if=/dev/zero", f"of={device}", "bs=4096", "count=1",
                                    "conv=notrunc,fsync").returncode, 0)
        with loop_device(self.head.file, "--sector-size", "4096") as device:
            self.assertEqual(check("blockdev", "--getss", device).stdout.strip(), "4096")
            buffer = mmap.mmap(-1, 4096)
            buffer.write(b"s" * 4096)
            descriptor = os.open(device, os.O_RDWR | os.O_DIRECT)
            self.assertEqual(os.pwritev(descriptor, [buffer], 8192), 4096)
            os.close(descriptor)
        with open(self.head.file, "rb") as file:
            file.seek(8192)
            self.assertEqual(file.read(4096), b"s" * 4096)

    def test_append_truncate_and_map(self):
        descriptor = os.open(self.head.file, os.O_WRONLY | os.O_APPEND)
        # There is nothing behind the end.
        with self.assertRaises(OSError) as caught:
            os.write(descriptor, b"x")
        self.assertEqual(caught.exception.errno, errno.ENOSPC)
        os.close(descriptor)
        with open(self.head.file, "r+b") as file:
            # A shared mapping needs a cache; a private one the kernel grants.
            with self.assertRaises(OSError) as caught:
                mmap.mmap(file.fileno(), 4096, flags=mmap.MAP_SHARED)
            self.assertEqual(caught.exception.errno, errno.ENODEV)

    def test_a_shared_mapping_with_the_page_cache(self):
        head = Mount(self, emulated(self, name="mapped.img", size="4MiB"), "page_cache=yes",
                     name="mapped").head()
        with open(head.file, "r+b") as file, mmap.mmap(file.fileno(), 4 * MIB) as mapped:
            mapped[5000:5005] = b"hello"
            mapped.flush()
            os.fsync(file.fileno())
        with open(head.file, "rb") as file:
            file.seek(5000)
            self.assertEqual(file.read(5), b"hello")
        with open(self.path("mapped.img"), "rb") as file:
            file.seek(5000)
            self.assertEqual(file.read(5), b"hello")


if __name__ == "__main__":
    main()
