#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Zeros and space on disks of every kind: fallocate, SEEK_HOLE, discard through a loop device."""
import ctypes
import errno
import os
import random

from harness import MountTest, check, main, wait_until
from mounts import MIB, Mount, emulated, ext4_on, loop_device

KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 0x10  # linux/falloc.h
PUNCH = KEEP_SIZE | PUNCH_HOLE
# UNMAP, WRITE SAME and plain writes, in all that a disk may say of itself.
DISKS = ({}, {"block_size": 4096}, {"lbprz": 0}, {"unmap_ignore": "yes"}, {"thin": "no"},
         {"unmap_ignore": "yes", "lbprz": 0})
libc = ctypes.CDLL(None, use_errno=True)


def fallocate(descriptor, mode, offset, length):
    if libc.fallocate64(descriptor, mode, ctypes.c_int64(offset), ctypes.c_int64(length)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Space(MountTest):
    def disk(self, size="16MiB", options="", name="disk.img", **keys):
        self.image = self.path(name)
        if os.path.exists(self.image):
            os.remove(self.image)
        mount = Mount(self, emulated(self, name=name, size=size, **keys), options)
        descriptor = os.open(mount.head().file, os.O_RDWR)
        return mount, descriptor

    def allocated(self):
        return os.stat(self.image).st_blocks * 512

    def test_random_ranges_against_a_model(self):
        for keys in DISKS:
            with self.subTest(**keys):
                mount, descriptor = self.disk(size="2MiB", **keys)
                size = 2 * MIB
                chance = random.Random(7)
                model = bytearray(os.urandom(size))
                self.assertEqual(os.pwrite(descriptor, model, 0), size)
                for _ in range(400):
                    offset = chance.randrange(size)
                    length = min(chance.choice((1, 511, 512, 4096, 5000, 70000, 300000)),
                                 size - offset)
                    what = chance.choice(("write", "punch", "zero"))
                    if what == "write":
                        data = chance.randbytes(length)
                        self.assertEqual(os.pwrite(descriptor, data, offset), length)
                        model[offset:offset + length] = data
                    else:
                        fallocate(descriptor, PUNCH if what == "punch" else ZERO_RANGE, offset, length)
                        model[offset:offset + length] = bytes(length)
                    begin = max(0, offset - 5000)
                    self.assertEqual(os.pread(descriptor, length + 10000, begin),
                                     bytes(model[begin:offset + length + 10000 - (offset - begin)]))
                self.assertEqual(os.pread(descriptor, size, 0), bytes(model))
                os.close(descriptor)
                mount.unmount()

    def test_what_is_punched_gives_its_space_back_and_shows_as_a_hole(self):
        for keys in ({}, {"unmap_ignore": "yes"}, {"block_size": 4096}):
            with self.subTest(**keys):
                mount, descriptor = self.disk(**keys)
                os.pwrite(descriptor, os.urandom(16 * MIB), 0)
                self.assertEqual(os.lseek(descriptor, 0, os.SEEK_HOLE), 16 * MIB)
                before = self.allocated()
                fallocate(descriptor, PUNCH, 4 * MIB, 8 * MIB)
                self.assertLess(self.allocated(), before - 7 * MIB)
                self.assertEqual(os.lseek(descriptor, 0, os.SEEK_HOLE), 4 * MIB)
                self.assertEqual(os.lseek(descriptor, 4 * MIB, os.SEEK_DATA), 12 * MIB)
                self.assertEqual(os.lseek(descriptor, 5 * MIB + 1, os.SEEK_HOLE), 5 * MIB + 1)
                fallocate(descriptor, PUNCH, 12 * MIB, 4 * MIB)
                with self.assertRaises(OSError) as caught:
                    os.lseek(descriptor, 4 * MIB, os.SEEK_DATA)
                self.assertEqual(caught.exception.errno, errno.ENXIO)
                self.assertGreater(mount.head().status()["counters"]["unmaps"], 0)
                os.close(descriptor)
                mount.unmount()

    def test_stat_tells_what_has_space(self):
        mount, descriptor = self.disk(options="checker_interval=0.1")
        self.addCleanup(os.close, descriptor)
        file = mount.head().file

        def allocated():
            return os.stat(file).st_blocks * 512

        os.pwrite(descriptor, os.urandom(8 * MIB), 0)
        os.fsync(descriptor)
        wait_until(lambda: 8 * MIB <= allocated() < 9 * MIB, 20, "what was written has space")
        fallocate(descriptor, PUNCH, 0, 6 * MIB)
        wait_until(lambda: 2 * MIB <= allocated() < 3 * MIB, 20, "what was punched has none")
        self.assertEqual(os.stat(file).st_blksize, MIB)
        thick, other = self.disk(name="thick.img", thin="no")
        self.addCleanup(os.close, other)
        self.assertEqual(os.stat(thick.head().file).st_blocks * 512, 16 * MIB)

    def test_without_lbprz_all_is_data(self):
        for keys in ({"lbprz": 0}, {"thin": "no"}):
            with self.subTest(**keys):
                mount, descriptor = self.disk(**keys)
                fallocate(descriptor, PUNCH, 4 * MIB, 8 * MIB)
                self.assertEqual(os.lseek(descriptor, 0, os.SEEK_HOLE), 16 * MIB)
                self.assertEqual(os.lseek(descriptor, 5 * MIB, os.SEEK_DATA), 5 * MIB)
                self.assertEqual(os.pread(descriptor, 8 * MIB, 4 * MIB), bytes(8 * MIB))
                os.close(descriptor)
                mount.unmount()

    def test_edges(self):
        _, descriptor = self.disk()
        self.addCleanup(os.close, descriptor)

        def refused(number, mode, offset, length):
            with self.assertRaises(OSError) as caught:
                fallocate(descriptor, mode, offset, length)
            self.assertEqual(errno.errorcode[caught.exception.errno], errno.errorcode[number])

        os.pwrite(descriptor, b"x" * 4096, 16 * MIB - 4096)
        fallocate(descriptor, PUNCH, 16 * MIB - 100, MIB)  # over the end: the part that is there
        self.assertEqual(os.pread(descriptor, 4096, 16 * MIB - 4096), b"x" * 3996 + bytes(100))
        fallocate(descriptor, PUNCH, 20 * MIB, MIB)
        fallocate(descriptor, ZERO_RANGE | KEEP_SIZE, 16 * MIB - 200, MIB)
        refused(errno.ENOSPC, ZERO_RANGE, 16 * MIB - 200, MIB)
        # Nothing can be reserved, cut out or moved, as on a block device.
        for mode in (0, KEEP_SIZE):
            refused(errno.EOPNOTSUPP, mode, 0, 4096)
        self.assertEqual(os.fstat(descriptor).st_size, 16 * MIB)

    def test_paths_that_fail_meanwhile(self):
        mount, descriptor = self.disk(options="checker_interval=0.1", unmap_ignore="yes", paths=4)
        self.addCleanup(os.close, descriptor)
        head = mount.head()
        for spec in ("offline,every=5,only=write", "host=0x0e,every=2,only=write",
                     "sense=6/29/00,every=7"):
            head.fault("emu0", spec)
            head.fault("emu1", spec)
            for offset in range(0, 4 * MIB, 300_000):
                os.pwrite(descriptor, b"y" * 300_000, offset)
                fallocate(descriptor, PUNCH, offset + 1000, 200_000)
                self.assertEqual(os.pread(descriptor, 300_000, offset),
                                 b"y" * 1000 + bytes(200_000) + b"y" * 99_000)
        head.fault_all("none")
        self.assertEqual(head.status()["counters"]["errors"], 0)

    def test_the_tools_of_a_loop_device(self):
        mount, descriptor = self.disk(size="64MiB")
        os.pwrite(descriptor, os.urandom(64 * MIB), 0)
        os.close(descriptor)
        folder = self.path("data")
        os.mkdir(folder)
        with loop_device(mount.head().file) as device:
            full = self.allocated()
            check("blkdiscard", "--offset", str(8 * MIB), "--length", str(8 * MIB), device)
            self.assertLess(self.allocated(), full - 7 * MIB)
            check("blkdiscard", "--zeroout", "--offset", str(32 * MIB), "--length", str(4 * MIB),
                  device)
            with open(device, "rb") as file:
                file.seek(32 * MIB)
                self.assertEqual(file.read(4 * MIB), bytes(4 * MIB))
            with ext4_on(device, folder):
                with open(os.path.join(folder, "big"), "wb") as file:
                    file.write(os.urandom(24 * MIB))
                    os.fsync(file.fileno())
                check("fstrim", folder)
                held = self.allocated()
                self.assertGreater(held, 24 * MIB)
                os.remove(os.path.join(folder, "big"))
                check("sync", "-f", folder)
                check("fstrim", folder)
                self.assertLess(self.allocated(), held - 20 * MIB)
            check("mount", "-o", "discard", device, folder)
            check("umount", folder)
            check("e2fsck", "-fn", device)


if __name__ == "__main__":
    main()
