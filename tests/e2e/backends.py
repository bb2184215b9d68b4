# SPDX-License-Identifier: Apache-2.0
"""The two kinds of cloud that the suite runs on: the fake one, and a cloudlab that is up."""
import hashlib
import json
import os
import re
import subprocess
import tempfile

from cloud import wait
from session import Session, fetch


def read_clouds(path):
    """The accounts of a clouds.yaml as the fake cloud and the cloudlab write it: two levels, plain scalars."""
    clouds, name = {}, None
    with open(path) as f:
        for line in f:
            indent = len(line) - len(line.lstrip())
            match = re.match(r"\s*([\w-]+):\s*(.*?)\s*$", line)
            if not match:
                continue
            key, value = match.group(1), match.group(2).strip("'\"")
            if indent == 2 and not value:
                name = clouds.setdefault(key, {})
            elif name is not None and value:
                name[key] = value
    return clouds


BLOCK = 1 << 16


def scattered(size):
    """Where to write: the beginning, odd places within, and up to the last byte."""
    return [(0, BLOCK), (size // 3 + 1, 5000), (size // 2 - 7, 4096), (size - BLOCK - 3, BLOCK + 3)]


def holes_skipped(f, size):
    """(offset, bytes) of a sparse file's blocks that may hold anything."""
    at = 0
    while at < size:
        try:
            data = os.lseek(f.fileno(), at, os.SEEK_DATA)
        except OSError:
            return
        hole = os.lseek(f.fileno(), data, os.SEEK_HOLE)
        for at in range(data // BLOCK * BLOCK, hole, BLOCK):
            yield at, os.pread(f.fileno(), BLOCK, at)
        at += BLOCK


class Backend:
    """Accounts, disks and faults of one cloud. kind: 'fake' or 'lab'."""

    region = "RegionOne"
    max_version = None

    def session(self, name):
        return Session(self.clouds[name], self.region, self.max_version)

    def read_clouds(self):
        self.clouds = read_clouds(self.clouds_yaml)

    @staticmethod
    def scatter(size):
        """So many bytes: random ones at several places, zeros between."""
        data = bytearray(size)
        for at, length in scattered(size):
            data[at:at + length] = os.urandom(length)
        return bytes(data)


class Fake(Backend):
    """A process of tests/fake/fakecloud that belongs to one case."""

    kind, patience = "fake", 30

    def __init__(self, binary, folder, options=(), microversion=None):
        self.folder, self.max_version = folder, microversion
        self.clouds_yaml = folder + "/clouds.yaml"
        ready = folder + "/ready"
        command = [binary, "--port", "0", "--ready-file", ready, "--clouds-yaml", self.clouds_yaml, "--with-parent"]
        command += ["--microversion", microversion] if microversion else []
        self.log = open(folder + "/fakecloud.log", "wb")
        # with-parent: the fake ends when this pipe closes, also when the suite is killed
        self.process = subprocess.Popen(command + list(options), stdin=subprocess.PIPE, stdout=self.log, stderr=self.log,
                                        start_new_session=True)

        def listening():
            if self.process.poll() is not None:
                raise AssertionError("fakecloud ended with %d: %s" % (self.process.returncode, self.words()))
            return os.path.exists(ready)

        wait("the fake cloud to listen", listening, 20, every=0.01)
        with open(ready) as f:
            self.port = int(f.read().split()[1])
        self.scheme = "https" if "--tls-cert" in options else "http"
        os.chmod(self.clouds_yaml, 0o600)
        self.read_clouds()

    def words(self):
        with open(self.folder + "/fakecloud.log", errors="replace") as f:
            return f.read()[-2000:]

    def close(self):
        """End it; a fake that crashed or leaks (under a sanitizer) fails its case."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("fakecloud does not end on SIGTERM")
        finally:
            self.process.stdin.close()
            self.log.close()
        if self.process.returncode not in (0, -15):
            raise AssertionError("fakecloud ended with %d: %s" % (self.process.returncode, self.words()))

    def control(self, method, path, body=None):
        reply = fetch(method, "%s://127.0.0.1:%d/_fake%s" % (self.scheme, self.port, path), body)
        assert reply.status // 100 == 2, "control: %s" % reply
        return reply

    def read_disk(self, sid):
        return self.control("GET", "/disks/" + sid).raw

    def write_disk(self, sid, data):
        self.control("PUT", "/disks/" + sid, data)

    def read_volume(self, vid):
        return self.control("GET", "/disks/" + vid).raw

    def write_volume(self, vid, data):
        self.control("PUT", "/disks/" + vid, data)

    def scatter_volume(self, vid, size):
        """Random bytes at several places; a volume of the fake is as long as what was written."""
        self.write_volume(vid, self.scatter(4 * BLOCK))

    def volume_digest(self, vid):
        return hashlib.sha256(self.read_volume(vid)).hexdigest()

    def host_faults(self, faults):
        self.control("POST", "/config", {"hosts": faults})

    def clear_faults(self):
        self.control("DELETE", "/faults")
        hosts = ("az1-1", "az1-2", "az2-1", "az2-2")
        calm = {"spawn_fail": False, "spawn_s": 0, "snapshot_s": 0, "snapshot_fail": False}
        self.control("POST", "/config", {"hosts": {h: calm for h in hosts}})

    def fault(self, do, match=None, skip=0, count=1, **more):
        self.control("POST", "/faults", dict({"match": match or {}, "skip": skip, "count": count, "do": do}, **more))

    def requests(self):
        """The log of requests since the last forget()."""
        found = self.control("GET", "/requests").json
        return found["requests"] if isinstance(found, dict) else found

    def forget(self):
        self.control("DELETE", "/requests")

    def effects(self):
        return self.control("GET", "/effects").json


class Lab(Backend):
    """A cloudlab that is up on this machine. word: what the names of the case's servers begin with; faults of hosts are
    theirs alone."""

    kind, patience = "lab", 180

    def __init__(self, folder, microversion=None, word="e2e"):
        self.word = word
        self.lab = os.environ.get("CLOUDLAB_DIR", os.path.join(tempfile.gettempdir(), "cloudlab"))
        self.clouds_yaml = self.lab + "/clouds.yaml"
        self.max_version = microversion
        if not os.path.exists(self.clouds_yaml):
            raise SystemExit("e2e: no cloudlab is up in %s (tests/cloudlab/cloudlab.py up)" % self.lab)
        self.read_clouds()

    def close(self):
        pass

    def disk(self, sid):
        return "%s/disks/%s" % (self.lab, sid)

    def read_disk(self, sid):
        with open(self.disk(sid), "rb") as f:
            return f.read()

    def write_disk(self, sid, data):
        with open(self.disk(sid), "wb") as f:
            f.write(data)

    def read_volume(self, vid):
        """Its bytes up to the last that is not zero: a volume is sparse, and as large as Cinder says."""
        with open("%s/volumes/%s" % (self.lab, vid), "rb") as f:
            f.seek(0, os.SEEK_END)
            size, data, at = f.tell(), b"", 0
            while at < size:
                try:
                    begin = os.lseek(f.fileno(), at, os.SEEK_DATA)
                except OSError:
                    break
                at = os.lseek(f.fileno(), begin, os.SEEK_HOLE)
                f.seek(begin)
                data += b"\0" * (begin - len(data)) + f.read(at - begin)
        return data.rstrip(b"\0")

    def write_volume(self, vid, data):
        with open("%s/volumes/%s" % (self.lab, vid), "r+b") as f:
            f.write(data)

    def scatter_volume(self, vid, size):
        """Random bytes at several places, the last byte too; size in GiB."""
        with open("%s/volumes/%s" % (self.lab, vid), "r+b") as f:
            for at, length in scattered(size << 30):
                f.seek(at)
                f.write(os.urandom(length))

    def volume_digest(self, vid):
        """sha256 of all that is in it: each block that is not zero, with its place, and the size."""
        found = hashlib.sha256()
        with open("%s/volumes/%s" % (self.lab, vid), "rb") as f:
            size = os.fstat(f.fileno()).st_size
            for at, block in holes_skipped(f, size):
                if block.strip(b"\0"):
                    found.update(b"%d:%d:" % (at, len(block)) + block)
        return "%s, %d bytes" % (found.hexdigest(), size)

    @property
    def faults(self):
        return "%s/faults-%s.json" % (self.lab, self.word)

    def host_faults(self, faults):
        path = self.faults
        with open(path + ".new", "w") as f:
            json.dump(faults, f)
        os.rename(path + ".new", path)

    def clear_faults(self):
        try:
            os.unlink(self.faults)
        except FileNotFoundError:
            pass
