#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The metrics file, read by Prometheus' own client library: the same as the status."""
from prometheus_client.parser import text_string_to_metric_families

from harness import MountTest, main
from mounts import Mount


class Metrics(MountTest):
    def setUp(self):
        super().setUp()
        config = self.write_file("scsimpath.toml", '[[emulated]]\nimage = "a.img"\nsize = "64MiB"\n'
                                 'paths = 3\nalias = "with \\"quotes\\" and \\\\"\n'
                                 '[[emulated]]\nimage = "b.img"\nsize = "32MiB"\n')
        self.mount = Mount(self, config, heads=2)

    def families(self):
        with open(f"{self.mount.dir}/.scsimpath/metrics", encoding="utf-8") as file:
            text = file.read()
        families = list(text_string_to_metric_families(text))
        self.assertEqual(len({family.name for family in families}), len(families), "given twice")
        return {family.name: family for family in families}

    def test_they_are_what_the_status_says(self):
        names = [head["name"] for head in self.mount.status()["heads"]]
        for name in names:
            with open(f"{self.mount.dir}/{name}", "r+b", buffering=0) as file:
                file.write(b"m" * 8192)
                file.seek(0)
                file.read(4096)
        families = self.families()
        for family in families.values():
            self.assertTrue(family.name.startswith("scsimpath_"), family.name)
            self.assertTrue(family.documentation, family.name)
            self.assertIn(family.type, ("counter", "gauge"), family.name)
            for sample in family.samples:
                self.assertEqual(sample.name.endswith("_total"), family.type == "counter")

        def value(name, **labels):
            found = [sample.value for sample in families[name].samples if sample.labels == labels]
            self.assertEqual(len(found), 1, (name, labels))
            return found[0]

        for head in self.mount.status()["heads"]:
            labels = {"head": head["name"]}
            for key in ("held", "in_flight", "ghosts", "paths_usable", "holds_writes", "read_only"):
                self.assertEqual(value(f"scsimpath_head_{key}", **labels), head[key], key)
            for key, count in head["counters"].items():
                self.assertEqual(value(f"scsimpath_head_{key}", **labels), count, key)
            for path in head["paths"]:
                labels["path"] = path["name"]
                # Checks go on: those counters may have grown since.
                for key in ("read_bytes", "write_bytes", "errors", "timeouts"):
                    self.assertEqual(value(f"scsimpath_path_{key}", **labels),
                                     path["counters"][key], key)
                for key in ("usable", "abandoned", "carries_writes"):
                    self.assertEqual(value(f"scsimpath_path_{key}", **labels), path[key], key)
                for key in ("probation", "stuck"):
                    self.assertEqual(value(f"scsimpath_path_{key}_seconds", **labels),
                                     path[f"{key}_s"], key)

    def test_a_deadline_is_there_while_io_would_be_held(self):
        def deadlines():
            samples = self.families()["scsimpath_head_no_path_deadline_seconds"].samples
            return {sample.labels["head"]: sample.value for sample in samples}

        self.assertEqual(deadlines(), {})
        head = self.mount.head(self.mount.status()["heads"][1]["name"])
        for path in head.paths():
            head.set(f"path.{path}.state", "offline")
        head.wait_state("holding")
        self.assertEqual(set(deadlines()), {head.name})
        self.assertLessEqual(deadlines()[head.name], 30)


main()
