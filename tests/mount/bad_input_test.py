#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is wrong is refused in one line that names it, and nothing is made or changed."""
import os
import shutil

import harness
from harness import CTL, PROGRAM, MountTest, drop_privileges, main, run
from mounts import MIB, Mount, emulated


class BadInput(MountTest):
    def setUp(self):
        super().setUp()
        self.mnt = self.folder("mnt")

    def tree(self):
        """Every file below the scratch folder with its size."""
        return sorted((os.path.join(folder, name), os.lstat(os.path.join(folder, name)).st_size)
                      for folder, folders, files in os.walk(self.scratch)
                      for name in folders + files)

    def refuse(self, source, *words, options=None, mnt=None, program=PROGRAM, **keys):
        """The program refuses these, in one line with these words; that line."""
        before = self.tree()
        command = [program, source, mnt or self.mnt]
        if options:
            command += ["-o", options]
        result = run(*command, **keys)
        self.assertEqual(result.stdout, "")
        self.assertNotEqual(result.returncode, 0, command)
        self.assertGreater(result.returncode, 0, command)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, f"{command}: {result.stderr}")
        for word in words:
            self.assertIn(word, lines[0])
        self.assertEqual(self.tree(), before, "something was made or changed")
        self.assertEqual([p for _, p in harness.fuse_mounts() if p == (mnt or self.mnt)], [])
        print("   ", lines[0], flush=True)
        return lines[0]

    def disk(self, **keys):
        return emulated(self, **{"size": "16MiB", **keys})

    def test_options(self):
        for options, *words in (("nosuch=1", "nosuch"), ("nosuch", "nosuch"),
                                ("iopolicy=fast", "iopolicy", "fast", "round-robin"),
                                ("iopolicy=Numa", "Numa"), ("iopolicy=numa ", "numa "),
                                ("iopolicy=", "iopolicy"), ("io_timeout=0.01", "io_timeout", "0.1"),
                                ("io_timeout=3601", "io_timeout", "3600"),
                                ("checker_interval=0", "checker_interval"),
                                ("checker_interval=nan", "checker_interval", "nan"),
                                ("no_path_timeout=-1", "no_path_timeout"),
                                ("no_path_timeout=31536001", "no_path_timeout"),
                                ("no_path_timeout=soon", "no_path_timeout", "soon"),
                                ("no_path_timeout=5s", "no_path_timeout", "5s"),
                                ("ghost_timeout=never", "ghost_timeout", "never"),
                                ("exclusive=maybe", "exclusive", "maybe"),
                                ("multipath=once", "multipath", "once"),
                                ("page_cache=2", "page_cache"), ("mode=999", "mode"),
                                ("uid=nobody2", "uid")):
            with self.subTest(options=options):
                self.refuse(self.disk(), *words, options=options)

    def test_emulated_keys(self):
        for key, value in (("paths", "0"), ("paths", "two"), ("size", "12xyz"), ("size", "0"),
                           ("size", "1000"), ("block_size", "1000"), ("thin", "maybe"),
                           ("lbprz", "2"), ("cache", "some"), ("nosuch", "1"), ("wwid", "")):
            with self.subTest(key=key, value=value):
                self.refuse(self.disk(**{key: value}), key)
        self.refuse("emulated:", "emulated")
        self.refuse(f"emulated:{self.path('new.img')}", "new.img", "size=")

    def test_images(self):
        folder = self.folder("folder")
        self.refuse(f"emulated:{folder}", folder)
        self.refuse(f"emulated:{self.path('missing/disk.img')},size=1MiB", "missing")
        odd = self.write_file("odd.img", "x" * 1000)
        self.refuse(f"emulated:{odd}", "odd.img", "512")
        odd = self.write_file("odd4k.img", "x" * 512 * 9)
        self.refuse(f"emulated:{odd},block_size=4096", "odd4k.img", "4096")
        small = self.write_file("small.img", "x" * MIB)
        for size in ("2MiB", "512KiB"):
            self.refuse(f"emulated:{small},size={size}", "small.img", "size")
        empty = self.write_file("empty.img", "")
        self.refuse(f"emulated:{empty}", "empty.img")

    def test_an_image_that_may_not_be_read(self):
        secret = self.write_file("secret.img", "x" * MIB)
        os.chmod(secret, 0)
        os.chmod(self.scratch, 0o755)
        os.chown(self.mnt, 65534, 65534)
        # Others may not look into the folder of the build.
        program = shutil.copy(PROGRAM, self.path("scsimpath"))
        self.refuse(f"emulated:{secret}", "secret.img", program=program,
                    preexec_fn=drop_privileges(65534, 65534))

    def test_mount_points(self):
        missing = self.path("missing")
        self.refuse(self.disk(), missing, mnt=missing)
        full = self.folder("full")
        self.write_file("full/file", "x")
        self.refuse(self.disk(), full, "empty", mnt=full)
        file = self.write_file("file", "x")
        self.refuse(self.disk(), file, mnt=file)

    def test_a_mount_point_in_use(self):
        mount = Mount(self, emulated(self, "first.img", "16MiB"))
        result = run(PROGRAM, self.disk(), mount.dir)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(mount.dir, result.stderr)
        self.assertFalse(os.path.exists(self.path("disk.img")))
        self.assertEqual(mount.status()["heads"][0]["state"], "ok")

    def test_an_image_mounted_twice(self):
        mount = Mount(self, self.disk())
        link = self.path("link.img")
        os.symlink("disk.img", link)
        for image in (self.path("disk.img"), link):
            watch = self.stopwatch()
            with watch:
                line = self.refuse(f"emulated:{image}", os.path.basename(image))
            self.assertIn("in use", line)
            self.assert_net(watch, 4, 7, "waiting for a mount that may be ending")
        self.assertEqual(mount.status()["heads"][0]["state"], "ok")

    def test_sources(self):
        for source in ("/dev/none1:/dev/none2", "paths:/dev/none1:/dev/none2"):
            self.refuse(source, "/dev/none1: there is no such node", "/dev/none2")
        self.refuse("/dev/null", "/dev/null: is not a SCSI device")
        self.refuse("paths:sda", "sda", "absolute")
        self.refuse("nonsense", "nonsense", "udev")
        self.refuse(self.path("missing.toml"), "missing.toml")
        self.refuse("", "SOURCE")

    def test_no_disk_is_no_error(self):
        """A pattern for all keeps this machine's own disks out."""
        file = self.write_file("none.toml", '[udev]\nexclude = [{ device = "*" }]\n')
        mount = Mount(self, file, heads=0)
        self.assertEqual(mount.status()["heads"], [])
        for candidate in mount.status()["candidates"]:
            self.assertFalse(candidate["used"], candidate)
        mount.unmount()

    def toml(self, text, *words):
        file = self.write_file("bad.toml", text)
        self.refuse(file, "bad.toml", *words)

    def test_configuration_files(self):
        disk = '[[emulated]]\nimage = "{}.img"\nsize = "16MiB"\n'
        self.toml("iopolicy = \n", "1")
        self.toml(disk.format("a") + "nosuch = 1\n", "nosuch", "4")
        self.toml("nosuch = 1\n" + disk.format("a"), "nosuch", "1")
        self.toml("[nosuch]\n" + disk.format("a"), "nosuch")
        self.toml('iopolicy = "Numa"\n' + disk.format("a"), "iopolicy", "Numa", "1")
        self.toml("io_timeout = true\n" + disk.format("a"), "io_timeout")
        self.toml("io_timeout = 0\n" + disk.format("a"), "io_timeout")
        self.toml(disk.format("a") + 'paths = "many"\n', "paths")
        self.toml('[[emulated]]\nsize = "1MiB"\n', "image")
        self.toml("", "emulated")
        self.toml("[[udev]]\n", "udev", "1")
        self.toml('[udev]\nexclude = [{ model = "x" }]\n', "model", "2")
        self.toml("[[paths]]\ndevices = []\n", "paths", "1")
        self.toml(disk.format("a") + disk.format("a"), "a.img")
        self.toml(disk.format("a") + 'alias = "x"\n' + disk.format("b") + 'alias = "x"\n',
                  "alias", "x")
        self.toml(disk.format("a") + 'alias = "x/y"\n', "alias")
        self.toml(disk.format("a") + 'alias = ".scsimpath"\n', "alias")
        self.toml('[[head]]\nalias = "x"\n' + disk.format("a"), "wwid")

    def test_no_fuse_device(self):
        """In a /dev without it."""
        script = """set -e
dev=$1; shift
mount -t tmpfs none $dev; mkdir $dev/shm; touch $dev/null
mount --bind /dev/null $dev/null; mount --rbind /dev/shm $dev/shm
mount --rbind $dev /dev
exec "$@"
"""
        dev = self.folder("dev")
        before = self.tree()
        result = run("unshare", "--mount", "sh", "-c", script, "sh", dev, PROGRAM, self.disk(),
                     self.mnt)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn("/dev/fuse", result.stderr)
        self.assertEqual(self.tree(), before)

    def test_usage(self):
        for program, arguments in ((PROGRAM, []), (PROGRAM, ["one"]),
                                   (PROGRAM, [self.disk(), self.mnt, "three"]),
                                   (PROGRAM, ["--nosuch"]), (CTL, []), (CTL, ["nosuch"]),
                                   (CTL, ["list", "--nosuch"]), (CTL, ["get"])):
            with self.subTest(arguments=arguments):
                result = run(program, *arguments)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn("usage: ", result.stderr)
                self.assertEqual(result.stdout, "")

    def test_nothing_is_said_of_what_is_not_wrong(self):
        result = run(PROGRAM, self.disk(), self.mnt)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))


if __name__ == "__main__":
    main()
