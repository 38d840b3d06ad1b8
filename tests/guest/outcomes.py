#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""outcomes.py MOUNT PATH FILE: injects answers into the one path that is used, and sees what a read
meets.

Classes, as scsimpath(7) has them: `path`, the path failed and the read waited for it; `again`, it
was sent again and the path stayed; an errno, the target's answer to the user.
"""
import errno
import json
import mmap
import os
import sys
import time

MOUNT, PATH, FILE = sys.argv[1:]
ERROR = f"/sys/kernel/debug/scsi_debug/{PATH}/error"
READ_10 = "0x28"
PATIENCE = float(os.environ["PATIENCE"])

# Host byte, status, sense key, ASC, ASCQ, and what is expected of a single one.
ROWS = [
    (0x01, 0, 0, 0, 0, "path"), (0x02, 0, 0, 0, 0, "again"), (0x03, 0, 0, 0, 0, "path"),
    (0x04, 0, 0, 0, 0, "path"), (0x05, 0, 0, 0, 0, "path"), (0x06, 0, 0, 0, 0, "again"),
    (0x07, 0, 0, 0, 0, "again"), (0x08, 0, 0, 0, 0, "again"), (0x0b, 0, 0, 0, 0, "again"),
    (0x0c, 0, 0, 0, 0, "again"), (0x0d, 0, 0, 0, 0, "again"), (0x0e, 0, 0, 0, 0, "again"),
    (0x0f, 0, 0, 0, 0, "path"), (0x14, 0, 0, 0, 0, "path"),
    (0, 0x08, 0, 0, 0, "again"), (0, 0x18, 0, 0, 0, "EBADE"), (0, 0x28, 0, 0, 0, "again"),
    (0, 0x30, 0, 0, 0, "path"), (0, 0x40, 0, 0, 0, "again"),
    (0, 2, 0x1, 0x5d, 0x00, "again"), (0, 2, 0x2, 0x04, 0x01, "again"),
    (0, 2, 0x2, 0x3a, 0x00, "path"), (0, 2, 0x2, 0x05, 0x00, "path"),
    (0, 2, 0x3, 0x11, 0x00, "ENODATA"), (0, 2, 0x4, 0x44, 0x00, "EREMOTEIO"),
    (0, 2, 0x5, 0x20, 0x00, "EREMOTEIO"), (0, 2, 0x5, 0x21, 0x00, "EINVAL"),
    (0, 2, 0x5, 0x10, 0x00, "EILSEQ"), (0, 2, 0x5, 0x25, 0x00, "path"),
    (0, 2, 0x6, 0x29, 0x00, "again"), (0, 2, 0x6, 0x2a, 0x06, "again"),
    (0, 2, 0x6, 0x2a, 0x09, "again"), (0, 2, 0x6, 0x3f, 0x0e, "again"),
    (0, 2, 0x7, 0x20, 0x00, "EIO"), (0, 2, 0xb, 0x10, 0x00, "EILSEQ"),
    (0, 2, 0xb, 0x2e, 0x01, "ETIME"), (0, 2, 0xb, 0x47, 0x03, "again"),
]


def path():
    with open(f"{MOUNT}/.scsimpath/status", encoding="utf-8") as text:
        paths = json.load(text)["heads"][0]["paths"]
    return next(each for each in paths if each["name"] == PATH)


def events():
    """Those there are."""
    fd = os.open(f"{MOUNT}/.scsimpath/events", os.O_RDONLY | os.O_NONBLOCK)
    text = b""
    try:
        while chunk := os.read(fd, 1 << 16):
            text += chunk
    except BlockingIOError:
        pass
    finally:
        os.close(fd)
    return [json.loads(line) for line in text.splitlines()]


def wait_until(what, condition):
    end = time.monotonic() + 10 * PATIENCE
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"not within the time: {what}")


def inject(command):
    with open(ERROR, "w", encoding="ascii") as file:
        file.write(command)


def main():
    fd = os.open(FILE, os.O_RDONLY | os.O_DIRECT)
    buffer = mmap.mmap(-1, 4096)
    wrong = 0
    print(f"{'host status sense':<22} {'table':<10} {'seen':<10} event")
    for host, status, key, asc, ascq, expected in ROWS:
        wait_until(f"{PATH} is running", lambda: path()["state"] == "running")
        before, met = len(events()), path()["counters"]["errors"]
        inject(f"2 -1 {READ_10} {host:#x} 0 {status:#x} {key:#x} {asc:#x} {ascq:#x}")
        seen = "again"
        try:
            os.preadv(fd, [buffer], 0)
        except OSError as error:
            seen = errno.errorcode[error.errno]
        inject(f"- 2 {READ_10}")
        told = [event for event in events()[before:] if event.get("path") == PATH]
        if seen == "again" and any(event["event"] == "path-failed" for event in told):
            seen = "path"
        reason = next((event["reason"] for event in told if event["event"] == "path-failed"), "")
        kernel = "" if path()["counters"]["errors"] > met else " (the kernel kept it to itself)"
        sense = f"{key:x}/{asc:02x}/{ascq:02x}" if status == 2 else ""
        print(f"{host:02x}   {status:02x}     {sense:<9} {expected:<10} {seen:<10} {reason}{kernel}")
        wrong += seen != expected
    sys.exit(f"{wrong} answers met something else" if wrong else 0)


main()
