# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads and writes of one block, one after the other on two threads each, so that one goes on while
one waits, and the status beside them; the longest of each.

  probe.py FILE STATUS SECONDS OUT
"""
import json
import mmap
import os
import sys
import threading
import time

file, status, seconds, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
fd = os.open(file, os.O_RDWR | os.O_DIRECT)
end = time.monotonic() + seconds
reads, writes = [], []

def read():
    buffer = mmap.mmap(-1, 4096)
    while time.monotonic() < end:
        begin = time.monotonic()
        os.preadv(fd, [buffer], 4096 * (len(reads) % 1000))
        reads.append(time.monotonic() - begin)

def write(area):
    buffer = mmap.mmap(-1, 4096)
    block = 0
    avoid = set()  # those that are locked as long as the kernel keeps the write
    while time.monotonic() < end:
        block = (block + 1) % 1000
        if block in avoid:
            continue
        begin = time.monotonic()
        os.pwritev(fd, [buffer], 4096 * (1000 * area + block))
        writes.append(time.monotonic() - begin)
        if writes[-1] > 1:
            avoid.add(block)

def control():
    controls, stuck, ghosts = [], [0.0], [0]
    while time.monotonic() < end:
        begin = time.monotonic()
        with open(status, encoding="utf-8") as file:
            text = file.read()
        controls.append(time.monotonic() - begin)
        head = json.loads(text)["heads"][0]
        stuck.extend(path["stuck_s"] for path in head["paths"])
        ghosts.append(head["ghosts"])
        threading.Event().wait(0.05)  # somebody who looks, not one more load
    return {"controls": len(controls), "control": max(controls), "stuck": max(stuck),
            "ghosts": max(ghosts)}

# In a process of its own: it must not wait for the others' interpreter.
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, json.dumps(control()).encode())
    os._exit(0)
os.close(writer)
threads = [threading.Thread(target=what) for what in (read, read)]
threads += [threading.Thread(target=write, args=(area,)) for area in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
reads.sort(reverse=True)
writes.sort(reverse=True)
# All four may be swallowed before the path is failed.
with open(out, "w", encoding="utf-8") as text:
    json.dump({"reads": len(reads), "longest": reads[0], "fifth": reads[4], "writes": len(writes),
               "longest_write": writes[0], "fifth_write": writes[4],
               **json.loads(os.read(reader, 65536))}, text)
