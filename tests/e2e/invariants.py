# SPDX-License-Identifier: Apache-2.0
"""What must hold after every case, whatever happened in it: asked of the cloud itself, not of rezone."""

OPEN = ("planned", "running", "moved", "held")
OVER = ("committed", "undone", "skipped", "failed")
STATES = OPEN + OVER
KEYS = ("id", "run_id", "server_id", "server_name", "target_server_id", "source_zone", "target_zone", "strategy", "state",
        "walk", "step", "serving", "error", "held_reason", "next", "announced", "lost", "left", "downtime_s", "started",
        "finished")


class View:
    """The cloud at one moment, as an independent reader sees it.

    mine: tells which servers and images belong to the case, where others use the cloud at the same time; None: all do.
    """

    def __init__(self, cloud, mine=None):
        self.servers = {s["id"]: s for s in cloud.servers() if mine is None or mine.server(s)}
        self.images = {i["id"]: i for i in cloud.images() if mine is None or mine.image(i)}
        self.ports = {p["id"]: p for p in cloud.ports()
                      if mine is None or p["device_id"] in self.servers or mine.port(p)}

    def ours(self, mid):
        """Images that carry a move's name or tag."""
        return [i for i in self.images.values() if i.get("name") == "rezone-" + mid or
                any(t.startswith("rezone:" + mid) for t in i["tags"])]


class Mine:
    """What belongs to one case of a cloud that is shared: known by the case's word in its name, or by what it hangs on.

    Whatever was once the case's stays so: an image outlives its server.
    """

    def __init__(self, word):
        self.word, self.ids, self.moves = word, set(), set()

    def server(self, server):
        if server["name"].startswith(self.word):
            self.ids.add(server["id"])
        return server["id"] in self.ids

    def image(self, image):
        return (image.get("name") or "").startswith(self.word) or image.get("instance_uuid") in self.ids

    def port(self, port):
        name = port["name"] or ""
        return name.startswith(self.word) or any(name.startswith("rezone:" + mid) for mid in self.moves)


def of_move(view, move, expected_gone, strangers):
    """The broken rules of one move, as sentences."""
    mid, state = move["id"], move["state"]
    source, target = view.servers.get(move["server_id"]), view.servers.get(move["target_server_id"] or "")
    bad = []
    if state not in STATES:
        bad.append("move %s has the unknown state %r" % (mid, state))
    if source and target and source["id"] != target["id"] and source["status"] == target["status"] == "ACTIVE":
        bad.append("source and target of move %s are both ACTIVE" % mid)
    if not source and not target and move["server_id"] not in expected_gone:
        bad.append("neither source nor target of move %s is left" % mid)
    images = [i for i in view.ours(mid) if i["id"] not in strangers]
    allowed = 1 if state in OPEN else 0
    if len(images) > allowed:
        bad.append("move %s is %s and has the images %s" % (mid, state, [i["id"] for i in images]))
    if state == "moved":
        if not target and move["target_server_id"] not in expected_gone:
            bad.append("move %s is moved and has no target" % mid)
        if source and source["status"] != "SHUTOFF" and source["id"] not in expected_gone:
            bad.append("move %s is moved and its source is %s" % (mid, source["status"]))
    if state == "committed" and (source or (not target and move["target_server_id"] not in expected_gone)):
        bad.append("move %s is committed: source %s, target %s" % (mid, bool(source), bool(target)))
    if state in ("undone", "skipped", "failed"):
        if not source and move["server_id"] not in expected_gone and move["server_id"]:
            bad.append("move %s is %s and its source is gone" % (mid, state))
        if target and target["id"] != move["server_id"]:
            bad.append("move %s is %s and its target is still there" % (mid, state))
        if source and source["name"] != move["server_name"]:
            bad.append("move %s is %s and its source is called %s" % (mid, state, source["name"]))
    return bad


def check(cloud, moves, before, expected_gone=(), strangers=(), mine=None):
    """All broken rules as sentences; none is the aim.

    moves: as in `rezone -f json status`; before: the View from before the case; expected_gone: servers that the case
    itself took away or started; strangers: ids of images and servers that a user made on purpose.
    """
    if mine:
        mine.moves.update(m["id"] for m in moves if m["id"])
    view, bad = View(cloud, mine), []
    later = {m["server_id"] for m in moves if m["state"] in OPEN + ("committed",)}
    open_ids = {m["id"] for m in moves if m["state"] in OPEN and m["id"]}
    sides = {}
    for move in moves:
        # a server that came back may have been moved again since: then the later move tells how it must look
        superseded = move["state"] in ("undone", "skipped", "failed") and move["server_id"] in later
        if move["id"] and move["server_id"] and not superseded:
            bad += of_move(view, move, expected_gone, strangers)
        if move["state"] in OPEN:
            sides[move["server_id"]] = move["id"]
            sides[move["target_server_id"]] = move["id"]
    for server in view.servers.values():
        for mark in cloud.marks(server):
            if not any(mid in mark for mid in open_ids):
                bad.append("server %s (%s) still carries the mark %r" % (server["name"], server["id"], mark))
        if server["id"] not in before.servers and server["id"] not in sides and server["id"] not in strangers:
            known = any(server["id"] in (m["server_id"], m["target_server_id"]) for m in moves)
            if not known:
                bad.append("a server that nobody asked for: %s (%s)" % (server["name"], server["id"]))
    for image in view.images.values():
        if image["id"] in before.images or image["id"] in strangers:
            continue
        if not any(i is image for mid in open_ids for i in view.ours(mid)):
            bad.append("an image was left: %s (%s), tags %s" % (image.get("name"), image["id"], image["tags"]))
    for port in view.ports.values():
        if (port["name"] or "").startswith("rezone:") and not any(mid in port["name"] for mid in open_ids):
            bad.append("port %s is still called %s" % (port["id"], port["name"]))
        if not port["device_id"] and port["id"] not in before.ports and port["id"] not in strangers:
            bad.append("port %s is left without a server" % port["id"])
    return bad


def shape(move):
    """The broken promises of a move's JSON form (keys, types), as sentences."""
    bad = ["the key %s is missing" % k for k in KEYS if k not in move]
    bad += ["the key %s is not in the contract" % k for k in move if k not in KEYS]
    if bad:
        return bad
    for key in ("announced", "lost", "left"):
        if not isinstance(move[key], list) or any(set(x) != {"name", "text"} for x in move[key]):
            bad.append("%s is no array of {name, text}: %r" % (key, move[key]))
    for key in ("downtime_s",):
        if move[key] is not None and not isinstance(move[key], (int, float)):
            bad.append("%s is no number: %r" % (key, move[key]))
    for key in ("started", "finished"):
        value = move[key]
        if value is not None and not (isinstance(value, str) and value.endswith("Z") and "T" in value):
            bad.append("%s is no ISO 8601 time in UTC: %r" % (key, value))
    if move["state"] not in STATES:
        bad.append("unknown state %r" % move["state"])
    if move["walk"] not in (None, "forward", "back", "commit", "discard"):
        bad.append("unknown walk %r" % move["walk"])
    if move["serving"] not in (None, "source", "target", "none", "both"):
        bad.append("unknown serving %r" % move["serving"])
    for key in set(KEYS) - {"announced", "lost", "left", "downtime_s"}:
        if move[key] is not None and not isinstance(move[key], str):
            bad.append("%s is no string: %r" % (key, move[key]))
    return bad
