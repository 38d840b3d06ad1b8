#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A head's file behaves as a disk does."""
import errno
import hashlib
import mmap
import os
import random
import stat
import threading

from harness import MountTest, check, main
from mounts import MIB, Fio, Mount, emulated, ext4_on, loop_device


class Block(MountTest):
    def mount(self, options="", **keys):
        keys.setdefault("size", "64MiB")
        return Mount(self, emulated(self, **keys), options)

    def open(self, head, flags=os.O_RDWR):
        descriptor = os.open(head.file, flags)
        self.addCleanup(os.close, descriptor)
        return descriptor

    def errno_of(self, expected, function, *arguments):
        with self.assertRaises(OSError) as caught:
            function(*arguments)
        self.assertEqual(errno.errorcode[caught.exception.errno], errno.errorcode[expected])

    def test_size_mode_and_links(self):
        mount = self.mount("mode=0640,uid=12,gid=34")
        head = mount.head()
        info = os.stat(head.file)
        self.assertEqual(info.st_size, 64 * MIB)
        self.assertTrue(stat.S_ISREG(info.st_mode))
        self.assertEqual((stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid), (0o640, 12, 34))
        wwid = head.get("wwid")
        for link in os.listdir(f"{mount.dir}/by-id"):
            self.assertTrue(os.path.samefile(f"{mount.dir}/by-id/{link}", head.file), link)
        self.assertIn(wwid, os.listdir(f"{mount.dir}/by-id"))
        self.assertIn("wwn-0x" + wwid.removeprefix("naa."), os.listdir(f"{mount.dir}/by-id"))
        self.assertIn(head.name, os.listdir(mount.dir))
        self.assertIn(".scsimpath", os.listdir(mount.dir))
        control = os.stat(head.control)
        self.assertEqual(control.st_size, 0)
        self.assertNotEqual(control.st_ino, info.st_ino)

    def test_dd_and_truncation(self):
        head = self.mount().head()
        data = self.path("data")
        with open(data, "wb") as file:
            file.write(random.Random(1).randbytes(3 * MIB + 4096))
        for options in ([], ["conv=notrunc"], ["oflag=direct", "bs=4096"], ["conv=fsync", "bs=1M"],
                        ["oflag=sync", "bs=512K"]):
            check("dd", f"if={data}", f"of={head.file}", *options)
            self.assertEqual(os.stat(head.file).st_size, 64 * MIB)
            check("dd", f"if={head.file}", f"of={self.path('copy')}", "bs=4096",
                  f"count={(3 * MIB + 4096) // 4096}", "iflag=direct")
            with open(data, "rb") as one, open(self.path("copy"), "rb") as two:
                self.assertEqual(hashlib.sha256(one.read()).digest(),
                                 hashlib.sha256(two.read()).digest())
            os.unlink(self.path("copy"))
        descriptor = self.open(head)
        os.pwrite(descriptor, b"x" * 4096, 0)
        os.close(os.open(head.file, os.O_WRONLY | os.O_TRUNC))
        os.truncate(head.file, 0)
        os.ftruncate(descriptor, 64 * MIB)
        self.assertEqual(os.pread(descriptor, 4096, 0), b"x" * 4096)
        self.errno_of(errno.EINVAL, os.ftruncate, descriptor, 4096)
        self.errno_of(errno.EINVAL, os.ftruncate, descriptor, 65 * MIB)

    def test_edges(self):
        descriptor = self.open(self.mount().head())
        end = 64 * MIB
        self.assertEqual(os.pread(descriptor, 4096, end), b"")
        self.assertEqual(os.pread(descriptor, 4096, end + 123), b"")
        self.errno_of(errno.ENOSPC, os.pwrite, descriptor, b"x", end)
        self.errno_of(errno.ENOSPC, os.pwrite, descriptor, b"x" * 4096, end + 4096)
        os.pwrite(descriptor, b"t" * 4096, end - 4096)
        self.assertEqual(os.pread(descriptor, 8192, end - 4096), b"t" * 4096)
        self.assertEqual(os.pread(descriptor, 100, end - 50), b"t" * 50)
        # Of a write over the end what fits is written.
        self.assertEqual(os.pwrite(descriptor, b"e" * 8192, end - 4096), 4096)
        self.errno_of(errno.ENOSPC, os.pwrite, descriptor, b"e" * 4096, end)
        self.assertEqual(os.pread(descriptor, 8192, end - 4096), b"e" * 4096)
        self.assertEqual(os.pwrite(descriptor, b"", 0), 0)

    def test_unaligned_against_a_model(self):
        for block_size in (512, 4096):
            with self.subTest(block_size=block_size):
                mount = self.mount(name=f"{block_size}.img", size="8MiB", block_size=block_size)
                descriptor = os.open(mount.head().file, os.O_RDWR)
                model = bytearray(8 * MIB)
                chance = random.Random(block_size)
                for _ in range(400):
                    offset = chance.randrange(len(model))
                    length = min(chance.choice((1, 7, 511, 513, 4095, 5000, 70000, 3 * MIB)),
                                 len(model) - offset)
                    if chance.random() < 0.6:
                        data = chance.randbytes(length)
                        self.assertEqual(os.pwrite(descriptor, data, offset), length)
                        model[offset:offset + length] = data
                    else:
                        self.assertEqual(os.pread(descriptor, length, offset),
                                         bytes(model[offset:offset + length]))
                self.assertEqual(os.pread(descriptor, len(model), 0), bytes(model))
                os.fsync(descriptor)
                os.close(descriptor)
                mount.unmount()
                with open(self.path(f"{block_size}.img"), "rb") as image:
                    self.assertEqual(image.read(), bytes(model))

    def test_neighbours_in_one_block(self):
        """Writers of parts of the same blocks never undo each other's."""
        descriptor = self.open(self.mount(block_size=4096).head())
        writers, rounds, part = 8, 150, 1000

        def write(index):
            for turn in range(rounds):
                os.pwrite(descriptor, bytes([index + 1]) * part, (turn % 4 * writers + index) * part)

        threads = [threading.Thread(target=write, args=(index,)) for index in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expected = b"".join(bytes([index + 1]) * part for index in range(writers)) * 4
        self.assertEqual(os.pread(descriptor, len(expected), 0), expected)

    def test_direct_and_synchronous(self):
        mount = self.mount()
        head = mount.head()
        buffer = mmap.mmap(-1, 64 * 1024)
        buffer.write(b"d" * len(buffer))
        direct = self.open(head, os.O_RDWR | os.O_DIRECT)
        self.assertEqual(os.pwritev(direct, [buffer], 4096), len(buffer))
        self.assertEqual(os.preadv(direct, [buffer], 4096), len(buffer))
        self.assertEqual(buffer[:], b"d" * len(buffer))
        flushes = head.status()["counters"]["flushes"]
        os.fsync(direct)
        os.fdatasync(direct)
        self.assertGreaterEqual(head.status()["counters"]["flushes"], flushes + 2)
        synchronous = self.open(head, os.O_RDWR | os.O_DSYNC)
        self.assertEqual(os.pwrite(synchronous, b"s" * 4096, 0), 4096)
        self.assertEqual(os.pread(synchronous, 4096, 0), b"s" * 4096)

    def test_blockdev_answers(self):
        head = self.mount().head()
        self.assertEqual(check("blockdev", "--getsize64", head.file).stdout.strip(), str(64 * MIB))

    def test_nothing_else_can_be_made(self):
        mount = self.mount()
        for name in ("new", ".scsimpath/new", ".scsimpath/heads/new", "by-id/new"):
            with self.assertRaises(OSError):
                os.close(os.open(f"{mount.dir}/{name}", os.O_CREAT | os.O_WRONLY))
        with self.assertRaises(OSError):
            os.unlink(mount.head().file)
        with self.assertRaises(OSError):
            os.mkdir(f"{mount.dir}/folder")

    def test_read_only(self):
        head = self.mount("ro").head()
        self.errno_of(errno.EROFS, os.open, head.file, os.O_RDWR)
        self.assertEqual(os.pread(self.open(head, os.O_RDONLY), 512, 0), bytes(512))

    def test_page_cache(self):
        head = self.mount("page_cache=yes").head()
        descriptor = self.open(head)
        os.pwrite(descriptor, b"c" * 10000, 77)
        os.fsync(descriptor)
        mapped = mmap.mmap(descriptor, 65536, prot=mmap.PROT_READ)
        self.assertEqual(mapped[70:10080], bytes(7) + b"c" * 10000 + bytes(3))
        mapped.close()

    def test_ext4_on_a_loop_device(self):
        head = self.mount(size="256MiB").head()
        with loop_device(head.file) as device:
            with ext4_on(device, self.folder("data")) as folder:
                content = random.Random(2).randbytes(20 * MIB)
                with open(f"{folder}/file", "wb") as file:
                    file.write(content)
                check("umount", folder)
                check("mount", device, folder)
                with open(f"{folder}/file", "rb") as file:
                    self.assertEqual(file.read(), content)
            check("e2fsck", "-fn", device)

    def test_fio_verifies(self):
        head = self.mount(paths=3).head()
        head.set("iopolicy", "round-robin")
        jobs = [{"name": f"bs{size}", "bs": size, "offset": f"{index * 16}m", "size": "16m"}
                for index, size in enumerate(("512", "4k", "64k", "1m"))]
        fio = Fio(self, *jobs, filename=head.file, ioengine="libaio", direct=1, iodepth=16,
                  rw="randwrite", verify="crc32c", verify_fatal=1, do_verify=1)
        fio.wait(90)
        self.assertGreater(fio.total("write"), 0)
        self.assertGreater(fio.total("read"), 0)


if __name__ == "__main__":
    main()
