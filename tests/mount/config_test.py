#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A configuration file with several disks, and what wins over what."""
import os
import shutil

from harness import MountTest, check, main
from mounts import MIB, Mount

TEXT = """iopolicy = "round-robin"
io_timeout = 4
[[emulated]]
image = "one.img"
size = "64MiB"
paths = 4
alias = "one"
[[emulated]]
image = "sub/two.img"
size = "32MiB"
block_size = 4096
alias = "two"
iopolicy = "queue-depth"
no_path_timeout = "queue"
[[emulated]]
image = "three.img"
size = "16MiB"
wwid = "naa.6001405000000000000000000000000a"
[[head]]
wwid = "naa.6001405000000000000000000000000a"
alias = "three"
iopolicy = "numa"
checker_interval = 0.5
"""


class Config(MountTest):
    def setUp(self):
        super().setUp()
        self.folder("etc/sub")
        self.toml = self.write_file("etc/disks.toml", TEXT)

    def test_several_heads(self):
        mount = Mount(self, self.toml, heads=3)
        self.assertLessEqual({"one", "two", "three", "by-id", ".scsimpath"},
                             set(os.listdir(mount.dir)))
        one, two, three = (mount.head(name) for name in ("one", "two", "three"))
        self.assertEqual(len(one.paths()), 4)
        self.assertEqual([os.stat(head.file).st_size // MIB for head in (one, two, three)],
                         [64, 32, 16])
        self.assertEqual(two.status()["block_size"], 4096)
        self.assertEqual(three.status()["wwid"], "naa.6001405000000000000000000000000a")
        policies = [head.get("iopolicy").strip() for head in (one, two, three)]
        self.assertEqual(policies, ["round-robin", "queue-depth", "numa"])
        self.assertEqual(two.get("no_path_timeout").strip(), "queue")
        self.assertEqual(three.get("checker_interval").strip(), "0.5")
        self.assertEqual({head.get("io_timeout").strip() for head in (one, two, three)}, {"4"})
        names = [path for head in (one, two, three) for path in head.paths()]
        self.assertEqual(len(names), 8)
        for index, head in enumerate((one, two, three)):
            descriptor = os.open(head.file, os.O_RDWR)
            os.pwrite(descriptor, bytes([index + 1]) * 4096, 0)
            os.close(descriptor)
        mount.unmount()
        for index, image in enumerate(("one.img", "sub/two.img", "three.img")):
            with open(self.path(f"etc/{image}"), "rb") as file:
                self.assertEqual(file.read(4096), bytes([index + 1]) * 4096)

    def test_every_example_can_be_mounted(self):
        examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples")
        files = [name for name in os.listdir(examples) if name.endswith(".toml")]
        self.assertIn("san.toml", files)
        for name in files:
            with self.subTest(name=name):
                folder = self.folder(f"example-{name}")
                shutil.copy(os.path.join(examples, name), folder)
                with open(f"{folder}/{name}", encoding="utf-8") as file:
                    disks = file.read().count("[[emulated]]")
                mount = Mount(self, f"{folder}/{name}", heads=disks, name=f"on-{name}")
                for head in mount.status()["heads"]:
                    self.assertEqual(head["state"], "ok")
                mount.unmount()

    def test_options_win_and_xattrs_win_over_them(self):
        mount = Mount(self, self.toml, "iopolicy=numa", heads=3)
        heads = [mount.head(name) for name in ("one", "two", "three")]
        self.assertEqual({head.get("iopolicy").strip() for head in heads}, {"numa"})
        heads[0].set("iopolicy", "queue-depth")
        self.assertEqual(heads[0].get("iopolicy").strip(), "queue-depth")
        self.assertEqual(heads[1].get("iopolicy").strip(), "numa")

    def test_config_option(self):
        """SOURCE says the disk, config= the settings of the heads."""
        toml = self.write_file("settings.toml", 'iopolicy = "queue-depth"\n')
        mount = Mount(self, f"emulated:{self.path('x.img')},size=16MiB", f"config={toml}")
        self.assertEqual(mount.head().get("iopolicy").strip(), "queue-depth")

    def test_the_identity_stays_the_same(self):
        source = f"emulated:{self.path('same.img')},size=16MiB"
        mount = Mount(self, source)
        wwid = mount.head().status()["wwid"]
        mount.unmount()
        os.symlink(self.path("same.img"), self.path("link.img"))
        mount = Mount(self, f"emulated:{self.path('link.img')}")
        self.assertEqual(mount.head().status()["wwid"], wwid)
        mount.unmount()
        mount = Mount(self, f"emulated:{self.path('other.img')},size=16MiB")
        self.assertNotEqual(mount.head().status()["wwid"], wwid)

    def test_an_image_with_a_comma(self):
        mount = Mount(self, "emulated:" + self.path("a\\,b.img") + ",size=16MiB")
        self.assertTrue(os.path.exists(self.path("a,b.img")))
        self.assertEqual(os.stat(mount.head().file).st_size, 16 * MIB)

    def test_a_wwid_with_characters_no_file_name_holds(self):
        mount = Mount(self, f"emulated:{self.path('odd.img')},size=16MiB,wwid=t10.AC ME/disk 1")
        head = mount.head()
        self.assertNotIn("/", head.name)
        self.assertEqual(head.get("wwid").strip(), "t10.AC ME/disk 1")
        check("dd", f"if={head.file}", "of=/dev/null", "bs=1M", "count=1")


if __name__ == "__main__":
    main()
