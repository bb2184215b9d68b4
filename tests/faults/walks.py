# SPDX-License-Identifier: Apache-2.0
"""The walks of a move, and which requests each of them sends: found by letting it run once, undisturbed."""
import base64
import re

PROJECT = "[0-9a-f]{32}"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# What nobody but the cloud may ever see: none of it stands in what rezone prints or writes, except user_data in its database.
USER_DATA = base64.b64encode(b"#!/bin/sh\necho user-data-that-is-nobodys-business\n").decode()


class Walk:
    """name; goal: the state it ends in; clean: what a command of it returns when nothing is wrong."""

    def __init__(self, name, goal, clean, hosts=None):
        self.name, self.goal, self.clean, self.hosts = name, goal, clean, hosts

    def prepare(self, c, rezone):
        """Make the source, and what this walk begins from. Gives the source's id and the move's (None: not begun)."""
        sid = c.boot(key_name="key", user_data=USER_DATA)
        c.cloud.act(sid, "lock", {"locked_reason": "mine"})
        c.portrait, c.before = c.cloud.portrait(sid), c.view()
        if self.name in ("move", "back"):
            return sid, None
        run = rezone("move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json").expect(0)
        return sid, run.move()["id"]

    def begin(self, c, rezone, sid, mid):
        """Start its command."""
        if self.hosts:
            c.backend.host_faults(self.hosts)
        if mid is None:
            return rezone("move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json")
        lose = ["--lose-target-writes"] if self.name == "discard" else []
        return rezone(self.name, mid, "-y", "-f", "json", *lose)


BROKEN = {"az2-%d" % n: {"spawn_fail": True} for n in (1, 2)}
WALKS = {walk.name: walk for walk in (
    Walk("move", "moved", 0), Walk("commit", "committed", 0), Walk("discard", "undone", 0),
    Walk("back", "undone", 2, BROKEN))}


class Request:
    """One request of a walk: what it is, and how a fault finds it in another run, where all ids are others.

    row: the change that was asked for last before it, or "begin"; after: that request and how many like it came before it;
    gap: so many requests lie between. number: its place in the walk.
    """

    def __init__(self, walk, entry, ids, row, after, gap):
        self.walk, self.method, self.row, self.after, self.gap = walk, entry["method"], row, after, gap
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
        return "%s/%s/%s" % (self.walk, self.row, self.words.replace(" ", ":"))

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
        request = Request(walk.name, entry, ids, row, after, gap)
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
