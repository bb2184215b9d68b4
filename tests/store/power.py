# SPDX-License-Identifier: Apache-2.0
"""What a machine finds on its disk after a power cut, worked out from the log that disk.c keeps."""
import os
import random
import shutil

SECTOR = 512


class Record:
    """One operation that was done, or (letter N) one request that left. at: offset, size, or the operation's number."""

    def __init__(self, letter, at, path, data):
        self.letter, self.at, self.path, self.data = letter, at, path, data


def read_log(path):
    with open(path, "rb") as f:
        log = f.read()
    records, here = [], 0
    while here < len(log):
        end = log.index(b"\n", here)
        letter, at, size, name = log[here:end].split(b" ", 3)
        here = end + 1 + int(size)
        assert here <= len(log), "the log of the disk is cut short"
        records.append(Record(letter.decode(), int(at), os.fsdecode(name), log[end + 1:here]))
    return records


class Inode:
    """A file's bytes on the disk, and the changes that no sync has covered."""

    def __init__(self, durable=b""):
        self.durable, self.pending = bytearray(durable), []


def apply(content, at, data):
    """data None: the file is cut or grown to so many bytes."""
    if data is None:
        del content[at:]
        content.extend(bytes(at - len(content)))
        return
    content.extend(bytes(max(0, at + len(data) - len(content))))
    content[at:at + len(data)] = data


class Disk:
    """Strict, as POSIX allows: a name is safe after a sync of its folder, bytes after a sync of their file."""

    def __init__(self, root):
        self.root = root
        self.live, self.durable, self.changes = {}, {}, {}
        for folder, _, files in os.walk(root):
            self.live[folder] = self.durable[folder] = None
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    self.live[path] = self.durable[path] = Inode(f.read())

    def change(self, path, inode, moved_from=None):
        """A change of a folder: path names inode now; 'gone': nothing."""
        for names in (self.live,):
            self.rename(names, path, inode, moved_from)
        self.changes.setdefault(os.path.dirname(path), []).append((path, inode, moved_from))

    @staticmethod
    def rename(names, path, inode, moved_from):
        if moved_from:
            names.pop(moved_from, None)
        if inode == "gone":
            names.pop(path, None)
        else:
            names[path] = inode

    def take(self, record):
        letter, path = record.letter, record.path
        inode = self.live.get(path)
        if letter == "C":
            self.change(path, Inode())
        elif letter == "M":
            self.change(path, None)
        elif letter == "U":
            self.change(path, "gone")
        elif letter == "R":
            before = os.fsdecode(record.data)
            self.change(path, self.live[before], before)
        elif letter in "WT":
            inode.pending.append((record.at, record.data if letter == "W" else None))
        elif letter == "S" and inode is None:
            for change in self.changes.pop(path, []):
                self.rename(self.durable, *change)
        elif letter == "S":
            for change in inode.pending:
                apply(inode.durable, *change)
            inode.pending = []
        elif letter == "F" and inode is not None:
            # the kernel takes the pages for clean, and no later sync writes them
            inode.pending = []

    def cut(self, to, seed):
        """Make the folder `to` what is left. seed 0: nothing that was not synced; 1: all of it; else some of it."""
        dice, names = random.Random(seed), dict(self.durable)
        for folder in sorted(self.changes):
            changes = self.changes[folder]
            keep = {0: 0, 1: len(changes)}.get(seed, dice.randint(0, len(changes)))
            for change in changes[:keep]:
                self.rename(names, *change)
        shutil.rmtree(to, ignore_errors=True)
        os.makedirs(to, 0o700)
        for path in sorted(names):
            inside = path == self.root or all(above in names for above in self.above(path))
            # the index of the WAL is memory that processes share: a machine that starts has none
            if not inside or path.endswith("-shm"):
                continue
            place = to + path[len(self.root):]
            if names[path] is None:
                os.makedirs(place, 0o700, exist_ok=True)
                continue
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
                f.write(self.survivors(names[path], seed, dice))

    def above(self, path):
        while path != self.root:
            path = os.path.dirname(path)
            yield path

    @staticmethod
    def survivors(inode, seed, dice):
        content = bytearray(inode.durable)
        for at, data in inode.pending:
            fate = {0: "lost", 1: "whole"}.get(seed, dice.choice(["lost", "whole", "torn"]))
            if fate == "torn" and data and len(data) > SECTOR:
                apply(content, at, data[:SECTOR * dice.randint(1, len(data) // SECTOR)])
            elif fate == "whole":
                apply(content, at, data)
        return bytes(content)
