# SPDX-License-Identifier: Apache-2.0
"""What must hold after every case, whatever happened in it: asked of the cloud itself, not of rezone.

One checker for the end-to-end cases (check, on any cloud) and the crash loop (judge, on the fake cloud's own model, with
what only a fake can tell: power, effects, requests).
"""
import re

OPEN = ("planned", "running", "moved", "held")
OVER = ("committed", "undone", "skipped", "failed")
STATES = OPEN + OVER
KEYS = ("id", "run_id", "server_id", "server_name", "target_server_id", "source_zone", "target_zone", "strategy", "state",
        "walk", "step", "serving", "error", "held_reason", "next", "kept", "announced", "lost", "left", "compare", "downtime_s",
        "addresses", "started", "finished")
ADDRESS = {"address", "off", "on", "without_s"}


class View:
    """The cloud at one moment, as an independent reader sees it.

    mine: tells which servers and images belong to the case, where others use the cloud at the same time; None: all do.
    """

    def __init__(self, cloud, mine=None):
        self.servers = {s["id"]: s for s in cloud.servers() if mine is None or mine.server(s)}
        self.images = {i["id"]: i for i in cloud.images() if mine is None or mine.image(i)}
        self.ports = {p["id"]: p for p in cloud.ports()
                      if mine is None or p["device_id"] in self.servers or mine.port(p)}
        # On a shared cloud others make and delete volumes meanwhile.
        own = mine is None and "volumev3" in cloud.demo.urls
        self.volumes, self.snapshots = ({x["id"]: x for x in cloud.demo.do("GET", "volumev3", "/%s/detail" % kind)[kind]}
                                        if own else {} for kind in ("volumes", "snapshots"))

    @classmethod
    def of_state(cls, state, project):
        """The same view out of the fake cloud's own model."""
        view = cls.__new__(cls)
        view.servers = {sid: dict(s, locked=s["locked_by"] is not None) for sid, s in state["servers"].items()
                        if s["project_id"] == project and not s["deleted"] and s["status"] not in ("DELETED", "SOFT_DELETED")}
        view.images = {iid: i for iid, i in state["images"].items() if i["visibility"] != "public"}
        view.ports = {pid: p for pid, p in state["ports"].items() if p["project_id"] == project}
        view.volumes, view.snapshots = state["volumes"], state["snapshots"]
        return view

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
    if source and source["status"] == "ERROR" and move["server_id"] not in expected_gone:
        bad.append("the source of move %s is in ERROR" % mid)
    images = [i for i in view.ours(mid) if i["id"] not in strangers]
    allowed = 1 if state in OPEN else 0
    if len(images) > allowed:
        bad.append("move %s is %s and has the images %s" % (mid, state, [i["id"] for i in images]))
    if state == "moved":
        if not target and move["target_server_id"] not in expected_gone:
            bad.append("move %s is moved and has no target" % mid)
        if source and source["status"] != "SHUTOFF" and source["id"] not in expected_gone:
            bad.append("move %s is moved and its source is %s" % (mid, source["status"]))
        if source and source.get("locked") is False and source["id"] not in expected_gone:
            bad.append("move %s is moved and its source is not fenced" % mid)
    if state in ("moved", "committed") and target and target["status"] in ("ERROR", "BUILD") and \
            target["id"] not in expected_gone:
        bad.append("move %s is %s and its target is %s" % (mid, state, target["status"]))
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


def marks(server):
    """What rezone may have written on a server, apart from its name."""
    found = [t for t in server["tags"] if t.startswith("rezone:")]
    found += ["metadata rezone=" + v for k, v in server["metadata"].items() if k == "rezone"]
    if (server.get("locked_reason") or "").startswith("rezone:"):
        found.append("locked: " + server["locked_reason"])
    return found


def check(cloud, moves, before, expected_gone=(), strangers=(), mine=None):
    """All broken rules as sentences; none is the aim.

    moves: as in `rezone -f json status`; before: the View from before the case; expected_gone: servers that the case
    itself took away or started; strangers: ids of images and servers that a user made on purpose.
    """
    if mine:
        mine.moves.update(m["id"] for m in moves if m["id"])
    return judge(View(cloud, mine), moves, before, expected_gone, strangers)


KEPT = ("name", "status", "tags", "metadata", "description", "locked", "locked_reason")


def came_back(view, before, moves):
    """A server whose last move ended without moving it is as it was, in all that a move touches."""
    bad = []
    last = {m["server_id"]: m for m in moves}
    for sid, was in before.servers.items():
        now = view.servers.get(sid)
        if now and (sid not in last or last[sid]["state"] in ("undone", "skipped", "failed")):
            bad += ["%s of server %s was %r and is %r" % (key, sid, was.get(key), now.get(key))
                    for key in KEPT if was.get(key) != now.get(key)]
    return bad


def of_users(view, before, open_ids, expected_gone, strangers):
    """What users had is there and untouched; nothing of ours is left on a volume or a volume snapshot."""
    bad = []
    for iid, was in before.images.items():
        now = view.images.get(iid)
        if now is None and iid not in expected_gone and iid not in strangers:
            bad.append("image %s of a user is gone" % iid)
        elif now and iid not in strangers:
            bad += ["%s of image %s of a user was %r and is %r" % (key, iid, was.get(key), now.get(key))
                    for key in ("name", "status", "protected", "tags", "owner") if was.get(key) != now.get(key)]
    for kind, then, now in (("volume", before.volumes, view.volumes), ("snapshot", before.snapshots, view.snapshots)):
        bad += ["%s %s is missing" % (kind, vid) for vid in then if vid not in now and vid not in expected_gone]
        for vid, doc in now.items():
            name = doc.get("name") or doc.get("display_name") or ""
            if re.match(r"rezone:|(snapshot for )?rezone-", name) and not any(mid in name for mid in open_ids):
                bad.append("%s %s is still called %s" % (kind, vid, name))
    return bad


def judge(view, moves, before, expected_gone=(), strangers=()):
    """check() of a View that somebody has taken already."""
    bad = []
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
        for mark in marks(server):
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
    return bad + came_back(view, before, moves) + of_users(view, before, open_ids, expected_gone, strangers)


# --- what only a fake cloud can tell ------------------------------------------------------------
def beside(power, sources, others):
    """power: the fake's log of servers that began or ceased to run, oldest first. Did a source run beside another?"""
    bad, running = [], set()
    for event in power:
        (running.add if event["runs"] else running.discard)(event["server"])
        now = running & (sources | others)
        if len(now) > 1:
            bad.append("ran beside each other at request %d: %s" % (event["request"], ", ".join(sorted(now))))
    return bad


def effects_by_role(effects, roles):
    """The fake's count of effects with roles in the place of ids, so that two runs compare: {(kind, role): n}."""
    found = {}
    for kind, by_key in effects.items():
        for key, n in by_key.items():
            for word, role in roles.items():
                key = key.replace(word, role)
            found[kind, key] = found.get((kind, key), 0) + n
    return found


def twice(found, limits):
    """Effects that came about more often than anywhere in an undisturbed run; both as effects_by_role() gives them."""
    return ["the effect %s on %s came about %d times instead of at most %d" % (kind, key, n, limits.get((kind, key), 0))
            for (kind, key), n in sorted(found.items()) if n > limits.get((kind, key), 0)]


def book(asks, requests, state):
    """Was each request that changes something in the database before it was sent, and is each row closed?

    asks: the rows of one move as dicts, in the order in which they came; requests: the fake's log, mutating ones only.
    A row whose ask was answered and that then failed stays so: it is why an undone move was undone.
    """
    bad, used = [], set()
    for request in requests:
        words = "%s %s" % (request["method"], request["path"])
        before = [i for i, ask in enumerate(asks) if ask["intent_at"] <= request["time"]]
        if not before:
            bad.append("%s was sent before any intent was saved" % words)
            continue
        i = max(before, key=lambda i: asks[i]["intent_at"])
        if i in used:
            bad.append("%s has no intent of its own (the last one: %s %s)" % (words, asks[i]["walk"], asks[i]["step"]))
        elif asks[i]["request_id"] and asks[i]["request_id"] != request["id"]:
            bad.append("the answer saved with %s %s is that of %s, not of %s" % (
                asks[i]["walk"], asks[i]["step"], asks[i]["request_id"], request["id"]))
        used.add(i)
    heard = {request["id"] for request in requests}
    bad += ["%s %s holds the answer to a request that the cloud never saw" % (ask["walk"], ask["step"])
            for ask in asks if ask["request_id"] and ask["request_id"] not in heard]
    newest = {}
    for ask in asks:
        key = (ask["walk"], ask["step"], ask["item"])
        if key not in newest or ask["attempt"] > newest[key]["attempt"]:
            newest[key] = ask
    bad += ["the row %s %s item %d is over and its ask is still %r" % (walk, step, item, ask["phase"])
            for (walk, step, item), ask in newest.items() if ask["phase"] not in ("done", "refused") and
            (ask["phase"], walk, state) != ("heard", "forward", "undone")]
    return bad


def shape(move):
    """The broken promises of a move's JSON form (keys, types), as sentences."""
    bad = ["the key %s is missing" % k for k in KEYS if k not in move]
    bad += ["the key %s is not in the contract" % k for k in move if k not in KEYS]
    if bad:
        return bad
    if not isinstance(move["compare"], list) or any(
            set(x) != {"name", "source", "target", "verdict"} or x["verdict"] not in ("equal", "changed", "lost")
            for x in move["compare"]):
        bad.append("compare is no array of {name, source, target, verdict}: %r" % move["compare"])
    if move["compare"] and move["state"] in ("moved", "committed"):
        lost = {x["name"].split(".")[0] for x in move["compare"] if x["verdict"] == "lost"}
        if lost - {x["name"] for x in move["lost"]}:
            bad.append("compare shows losses that lost[] does not: %r, %r" % (lost, move["lost"]))
    for key in ("kept", "announced", "lost", "left"):
        if not isinstance(move[key], list) or any(set(x) != {"name", "text"} for x in move[key]):
            bad.append("%s is no array of {name, text}: %r" % (key, move[key]))
    if not isinstance(move["addresses"], list) or any(
            set(x) - {"port", "floating_ip"} != ADDRESS or len(x) != len(ADDRESS) + 1 for x in move["addresses"]):
        bad.append("addresses is no array of {port or floating_ip, address, off, on, without_s}: %r" % move["addresses"])
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
    for key in set(KEYS) - {"kept", "announced", "lost", "left", "compare", "downtime_s", "addresses"}:
        if move[key] is not None and not isinstance(move[key], str):
            bad.append("%s is no string: %r" % (key, move[key]))
    return bad
