#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each I/O policy sends I/O where it says, and a switch takes effect under load."""
import time

from harness import MountTest, main, wait_until
from mounts import MIB, Fio, Mount, emulated


class Policies(MountTest):
    def head(self, paths=4, policy="numa"):
        return Mount(self, emulated(self, size="64MiB", paths=paths),
                     f"iopolicy={policy},checker_interval=1").head()

    def load(self, head, seconds=3, **options):
        options = {"iodepth": 16, "rw": "randrw", "rate_iops": "2000,2000", **options}
        return Fio(self, {"name": "load"}, filename=head.file, size="64m", ioengine="libaio",
                   direct=1, bs="4k", time_based=1, runtime=seconds, **options)

    def shares(self, head, **options):
        """Each path's part of the bytes of one load."""
        before = head.io_counts()
        self.load(head, **options).wait()
        after = head.io_counts()
        total = sum(after[path] - before[path] for path in after)
        self.assertGreater(total, MIB)
        return {path: (after[path] - before[path]) / total for path in after}

    def test_round_robin_is_even(self):
        for path, share in self.shares(self.head(policy="round-robin")).items():
            self.assertAlmostEqual(share, 0.25, delta=0.25 * 0.05, msg=path)

    def test_numa_stays_on_one_path_per_node(self):
        head = self.head(policy="numa")
        shares = self.shares(head)
        used = {path for path, share in shares.items() if share}
        named = {path for path in shares if head.get(f"path.{path}.numa_nodes").strip()}
        with open("/sys/devices/system/node/online") as file:
            single = file.read().strip() == "0"
        if single:
            self.assertEqual(len(used), 1, shares)
        self.assertLessEqual(used, named)

    def test_queue_depth_avoids_a_slow_path(self):
        head = self.head(policy="queue-depth")
        head.fault("emu1", "delay=5")
        shares = self.shares(head)
        self.assertLess(shares["emu1"], 0.20, shares)
        self.assertGreater(shares["emu1"], 0, shares)

    def test_queue_depth_xattr_counts_what_is_in_flight(self):
        head = self.head(policy="round-robin", paths=2)
        for path in head.paths():
            self.assertEqual(head.get(f"path.{path}.queue_depth").strip(), "0")
        head.fault_all("delay=300")
        fio = self.load(head, rate_iops="200,200")
        wait_until(lambda: int(head.get("path.emu0.queue_depth")) > 0, 5, "commands in flight")
        head.fault_all("none")
        fio.wait()
        wait_until(lambda: all(head.get(f"path.{path}.queue_depth").strip() == "0"
                               for path in head.paths()), 5, "nothing in flight")

    def test_non_optimized_paths_wait_for_their_turn(self):
        for policy in ("numa", "round-robin", "queue-depth"):
            with self.subTest(policy=policy):
                head = Mount(self, emulated(self, name=f"{policy}.img", size="64MiB", paths=4),
                             f"iopolicy={policy},checker_interval=0.2").head()
                self.set_access(head, {"emu0": "non-optimized", "emu1": "non-optimized",
                                       "emu2": "optimized", "emu3": "standby"})
                shares = self.shares(head, seconds=1)
                self.assertEqual({path for path, share in shares.items() if share}, {"emu2"}, shares)
                head.set("path.emu2.state", "offline")
                shares = self.shares(head, seconds=1)
                self.assertLessEqual({path for path, share in shares.items() if share},
                                     {"emu0", "emu1"}, shares)
                self.assertEqual(head.paths()["emu3"]["state"], "ghost")

    def set_access(self, head, states):
        for path, state in states.items():
            head.fault(path, f"alua={state}")
        for path, state in states.items():
            expected = state if state == "standby" else f"active/{state}"
            wait_until(lambda: head.get(f"path.{path}.access_state") == expected, 10,
                       f"{path} {expected}")

    def test_a_switch_under_load_takes_effect(self):
        head = self.head(policy="numa")
        fio = self.load(head, seconds=30)
        wait_until(lambda: any(head.io_counts().values()), 10, "a load")
        for policy, spread in (("round-robin", True), ("numa", False)) * 3:
            with self.within(0.1, f"setting {policy}"):
                head.set("iopolicy", policy)
            # What was on its way when the policy changed is counted when it has come back.
            wait_until(lambda: sum(path["in_flight"] > 0 for path in head.paths().values()) <= 1,
                       10, "an end of what was on its way", tick=0.001)
            before = head.io_counts()
            begin = time.monotonic()
            def used():
                now = head.io_counts()
                return {path for path in now if now[path] > before[path]}
            if spread:
                wait_until(lambda: len(used()) == 4, 10, "all paths used")
            else:
                wait_until(lambda: used() and time.monotonic() - begin > 0.3, 10, "a path used")
                self.assertEqual(len(used()), 1, "numa on one path")
        self.assertTrue(fio.running())


if __name__ == "__main__":
    main()
