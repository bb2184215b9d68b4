# SPDX-License-Identifier: Apache-2.0
"""The walks of a move, and which requests each of them sends: found by letting it run once, undisturbed."""
import base64
import re

import cases_keep
import cases_volumes

PROJECT = "[0-9a-f]{32}"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# What nobody but the cloud may ever see: none of it stands in what rezone prints or writes, except user_data in its database.
USER_DATA = base64.b64encode(b"#!/bin/sh\necho user-data-that-is-nobodys-business\n").decode()


def volumes(c, sid):
    ids, found = cases_volumes.disks(c, sid)
    return {"ids": ids, "volumes": [(doc, data) for doc, _, data in found], "flags": [flags for _, flags, _ in found]}


class Plain:
    """A server with one NIC, whose target gets new addresses; locked, so that its lock is opened and given back."""
    words = ("--addresses", "new")

    def make(self, c):
        sid = c.boot(key_name="key", user_data=USER_DATA)
        c.cloud.act(sid, "lock", {"locked_reason": "mine"})
        return sid

    def belongings(self, c, sid):
        """What hangs on it, without the ids that a move changes."""
        return {}


class Rich(Plain):
    """Both kinds of ports, a floating IP on the one that Nova made, two volumes; all of it comes along."""
    words = ()

    def make(self, c):
        mine = cases_keep.port(c, name="mine", description="of a user", tags=["t"])
        sid = c.boot(key_name="key", user_data=USER_DATA, networks=[{"port": mine}, {"uuid": cases_keep.net(c)}])
        [made] = [p["id"] for p in c.cloud.ports(sid) if p["id"] != mine]
        cases_keep.floating(c, made)
        cases_keep.attach(c, sid, cases_volumes.filled(c))
        more = {"delete_on_termination": True} if c.cloud.has("2.79") else {}
        cases_keep.attach(c, sid, cases_volumes.filled(c), **more, **cases_keep.volume_tag(c, "data"))
        return sid

    def belongings(self, c, sid):
        ports, points = cases_keep.nics(c, sid)
        return dict(volumes(c, sid), ports=ports, order=cases_keep.order(c, sid), **{"floating IPs": points})


class Booted(Plain):
    """Booted from a volume, with another one; the target gets copies of both."""
    words = ("--addresses", "new", "--volumes", "copy")

    def make(self, c):
        sid = cases_volumes.boot_from(c, cases_volumes.of_root(c), key_name="key", user_data=USER_DATA)
        cases_keep.attach(c, sid, cases_volumes.filled(c))
        c.data = None
        return sid

    def belongings(self, c, sid):
        return dict(volumes(c, sid), ids=None)


class Walk:
    """name; kind: move, commit, discard or back; goal: the state it ends in; clean: what a command of it returns when nothing
    is wrong; source: what is moved."""

    def __init__(self, kind, goal, clean, hosts=None, prefix="", source=Plain()):
        self.name, self.kind, self.goal, self.clean = prefix + kind, kind, goal, clean
        self.hosts, self.source = hosts, source

    def move_words(self, sid):
        return ("move", sid, "--to", "az2", *self.source.words, "-y", "-f", "json")

    def prepare(self, c, rezone):
        """Make the source, and what this walk begins from. Gives the source's id and the move's (None: not begun)."""
        sid = self.source.make(c)
        c.portrait, c.belongings, c.before = c.cloud.portrait(sid), self.source.belongings(c, sid), c.view()
        if self.kind in ("move", "back"):
            return sid, None
        run = rezone(*self.move_words(sid)).expect(0)
        return sid, run.move()["id"]

    def begin(self, c, rezone, sid, mid):
        """Start its command."""
        if self.hosts:
            c.backend.host_faults(self.hosts)
        if mid is None:
            return rezone(*self.move_words(sid))
        lose = ["--lose-target-writes"] if self.kind == "discard" else []
        return rezone(self.kind, mid, "-y", "-f", "json", *lose)


BROKEN = {"az2-%d" % n: {"spawn_fail": True} for n in (1, 2)}
WALKS = {walk.name: walk for prefix, source in (("", Plain()), ("keep-", Rich()), ("copy-", Booted())) for walk in (
    Walk("move", "moved", 0, None, prefix, source), Walk("commit", "committed", 0, None, prefix, source),
    Walk("discard", "undone", 0, None, prefix, source), Walk("back", "undone", 2, BROKEN, prefix, source))}


class Request:
    """One request of a walk: what it is, and how a fault finds it in another run, where all ids are others.

    walk: the kind of it; row: the change that was asked for last before it, or "begin"; after: that request and how many like it came before it;
    gap: so many requests lie between. number: its place in the walk.
    """

    def __init__(self, walk, entry, ids, row, after, gap):
        self.walk, self.walk_name, self.method, self.row = walk.kind, walk.name, entry["method"], row
        self.after, self.gap, self.source = after, gap, walk.source
        self.service = entry["path"].split("/")[1]
        self.mutating = entry["mutating"]
        body = entry["body"] if isinstance(entry["body"], dict) else {}
        self.action = next(iter(body), "") if entry["path"].endswith("/action") else ""
        self.query = entry["query"][0].split("=")[0] if entry["query"] else ""
        words = entry["path"]
        for value, role in ids.items():
            words = words.replace(value, role)
        self.path = re.sub(PROJECT, "PROJECT", re.sub(UUID, "ID", words))

    @property
    def copies(self):
        """Of a walk that copies volumes."""
        return "copy" in self.source.words

    @property
    def first(self):
        """The first change of all."""
        return self.mutating and self.row == "begin"

    @property
    def opening(self):
        """Sent before any move is looked at: the token, the versions, and the read by which the command finds its object."""
        return self.row == "begin" and self.number < 3

    @property
    def past_return(self):
        """Asked when the target was seen ACTIVE already: from there on the engine does not go back."""
        return self.walk == "move" and "POST-servers" in self.rows_before

    @property
    def words(self):
        return "%s %s%s%s" % (self.method, self.path, "?" + self.query if self.query else "",
                              " " + self.action if self.action else "")

    @property
    def row_name(self):
        """What the requests after this change are filed under."""
        what = [part for part in self.path.split("/") if part.islower() and part not in ("compute", "image", "network")][-1]
        return (self.action or "%s-%s" % (self.method, what)) + ("-target" if "TARGET" in self.path else "")

    @property
    def name(self):
        return "%s/%s/%s" % (self.walk_name, self.row, self.words.replace(" ", ":"))

    def match(self, ids):
        """For the fake cloud; ids: role to id of what exists already (SOURCE), the others are any id but those."""
        path = re.escape(self.path).replace("\\-", "-").replace("\\:", ":")
        others = [role for role in ("TARGET", "IMAGE", "MOVE") if role in path]
        for role in ("SOURCE", "TARGET", "IMAGE", "MOVE"):
            path = path.replace(role, ids.get(role, UUID))
        path = "^" + path.replace("ID", UUID).replace("PROJECT", PROJECT) + "$"
        found = {"method": self.method, "path": path}
        if "TARGET" in others and "TARGET" not in ids:
            found["not"] = "/servers/" + ids["SOURCE"]
        if self.query:
            found["query"] = self.query
        if self.action:
            found["body"] = '"%s"' % self.action
        return found

    def full_match(self, ids):
        found = self.match(ids)
        if self.after:
            change, skip = self.after
            found["after"] = dict(change.match(ids), skip=skip)
            for key in ("not", "query"):
                found["after"].pop(key, None)
        return found




def requests_of(walk, log, ids):
    """The distinct requests of a walk out of the fake's log: by what they are and by the change before them."""
    found, seen, changes, row, after, gap, rows = [], set(), {}, "begin", None, 0, []
    for number, entry in enumerate(log):
        request = Request(walk, entry, ids, row, after, gap)
        request.number, request.rows_before = number, list(rows)
        gap += 1
        if (request.row, request.words) not in seen:
            seen.add((request.row, request.words))
            found.append(request)
        if request.mutating:
            n = changes[request.words] = changes.get(request.words, -1) + 1
            row = request.row_name + ("-%d" % (n + 1) if n else "")
            rows.append(row)
            after, gap = (request, n), 0
    return found
