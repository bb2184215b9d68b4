# SPDX-License-Identifier: Apache-2.0
"""The checker's own test: a world in which all is well has no complaint, and each thing done wrong to it is seen."""
import invariants

MID, SID, TID, IID = "0e0e0e0e-1111-2222-3333-444444444444", "source-id", "target-id", "image-id"
LIMITS = {("server_create", "M"): 1, ("stop", "S"): 1}


def server(sid, **more):
    return dict({"id": sid, "name": "vm", "status": "ACTIVE", "power_state": 1, "tags": ["mine"], "metadata": {"a": "1"},
                 "description": None, "locked_by": None, "locked_reason": None, "project_id": "p", "deleted": False,
                 "zone": "az1"}, **more)


def image(iid, **more):
    return dict({"id": iid, "name": "backup", "status": "active", "visibility": "private", "tags": [], "protected": False,
                 "owner": "p"}, **more)


def ask(step, at, walk="forward", attempt=0, phase="done", request_id=None):
    return {"walk": walk, "step": step, "item": 0, "attempt": attempt, "phase": phase, "intent_at": at, "request_id": request_id}


class Case:
    """A cloud before and after, the move as show tells it, and what the fake and the database recorded."""

    def __init__(self, state):
        mark = "rezone:" + MID
        source = server(SID, name="vm-moved", status="SHUTOFF", power_state=4, tags=["mine", mark + ":source"],
                        locked_by="owner", locked_reason="%s moved to %s" % (mark, TID))
        target = server(TID, tags=["mine", mark + ":target"], zone="az2")
        ours = image(IID, name="rezone-" + MID, tags=[mark + ":image"], protected=True)
        self.before = self.model({SID: server(SID)}, {"user": image("user")})
        servers, images = {"moved": ({SID: source, TID: target}, {IID: ours}),
                           "committed": ({TID: dict(target, tags=["mine"])}, {}),
                           "undone": ({SID: server(SID)}, {})}[state]
        self.after = self.model(servers, dict(images, user=image("user")))
        self.move = dict({key: None for key in invariants.KEYS}, id=MID, run_id=MID, server_id=SID, server_name="vm", lost=[],
                         left=[], announced=[], kept=[], compare=[], state=state, target_server_id=None if state == "undone" else TID)
        self.power = [{"server": SID, "runs": True, "request": 1}, {"server": SID, "runs": False, "request": 2},
                      {"server": TID, "runs": True, "request": 3}]
        self.effects = {"server_create": {mark + ":target": 1}, "stop": {SID: 1}}
        self.asks = [ask("stop", 1.0, request_id="r1"), ask("boot", 3.0, request_id="r2")]
        self.requests = [{"method": "POST", "path": "/stop", "id": "r1", "time": 2.0},
                         {"method": "POST", "path": "/servers", "id": "r2", "time": 4.0}]

    @staticmethod
    def model(servers, images):
        ports = {"port": {"id": "port", "name": "", "project_id": "p", "device_id": SID}}
        return {"servers": servers, "images": images, "ports": ports, "volumes": {"v": {"id": "v", "name": "data"}},
                "snapshots": {}}

    def complaints(self):
        before, after = (invariants.View.of_state(model, "p") for model in (self.before, self.after))
        roles = {"rezone:" + MID + ":target": "M", SID: "S", TID: "T"}
        return (invariants.judge(after, [self.move], before) + invariants.beside(self.power, {SID}, {TID}) +
                invariants.twice(invariants.effects_by_role(self.effects, roles), LIMITS) +
                invariants.book(self.asks, self.requests, self.move["state"]))


def swap(kind, key, **more):
    """Change one thing of the cloud afterwards."""
    def do(case):
        case.after[kind][key] = dict(case.after[kind][key], **more)
    return do


def drop(kind, key):
    return lambda case: case.after[kind].pop(key)


def add(kind, doc):
    return lambda case: case.after[kind].__setitem__(doc["id"], doc)


# (state, what is done wrong, a word of the complaint)
WRONG = [
    ("moved", swap("servers", SID, status="ACTIVE"), "both ACTIVE"),
    ("moved", swap("servers", SID, locked_by=None, locked_reason=None), "not fenced"),
    ("moved", swap("servers", TID, status="ERROR"), "its target is ERROR"),
    ("moved", drop("servers", TID), "has no target"),
    ("moved", add("servers", server("third")), "nobody asked for"),
    ("moved", add("images", image("second", name="rezone-" + MID)), "has the images"),
    ("moved", drop("images", "user"), "of a user is gone"),
    ("moved", swap("images", "user", tags=["rezone"]), "of a user was"),
    ("moved", drop("volumes", "v"), "volume v is missing"),
    ("committed", add("servers", server(SID)), "is committed"),
    ("committed", drop("servers", TID), "is left"),
    ("committed", swap("servers", TID, tags=["rezone:%s:target" % MID]), "still carries"),
    ("committed", swap("servers", TID, metadata={"rezone": MID + ":target"}), "still carries"),
    ("committed", swap("servers", TID, locked_by="owner", locked_reason="rezone:" + MID), "still carries"),
    ("committed", add("images", image(IID, name="rezone-" + MID)), "image was left"),
    ("committed", add("ports", {"id": "q", "name": "rezone:%s:0" % MID, "project_id": "p", "device_id": TID}), "still called"),
    ("committed", add("ports", {"id": "q", "name": "", "project_id": "p", "device_id": ""}), "left without a server"),
    ("committed", add("snapshots", {"id": "z", "name": "snapshot for rezone-" + MID}), "snapshot z is still called"),
    ("committed", add("volumes", {"id": "w", "name": "rezone:%s:1" % MID}), "volume w is still called"),
    ("undone", drop("servers", SID), "its source is gone"),
    ("undone", swap("servers", SID, status="SHUTOFF"), "status of server"),
    ("undone", swap("servers", SID, status="ERROR"), "in ERROR"),
    ("undone", swap("servers", SID, name="vm-moved"), "is called"),
    ("undone", swap("servers", SID, tags=[]), "tags of server"),
    ("undone", swap("servers", SID, locked_by="owner"), "locked of server"),
    ("undone", add("servers", server(TID)), "nobody asked for"),
    ("moved", lambda case: case.power.insert(1, {"server": TID, "runs": True, "request": 2}), "ran beside"),
    ("moved", lambda case: case.effects["server_create"].update({"rezone:" + MID + ":target": 2}), "2 times"),
    ("moved", lambda case: case.effects.update({"delete": {SID: 1}}), "delete on S"),
    ("moved", lambda case: case.asks.pop(0), "before any intent"),
    ("moved", lambda case: case.asks.pop(), "no intent of its own"),
    ("moved", lambda case: case.asks[1].update(intent_at=4.5), "no intent of its own"),
    ("moved", lambda case: case.asks[1].update(request_id="r9"), "the answer saved"),
    ("moved", lambda case: case.asks.append(ask("seal", 9.0, request_id="r7")), "never saw"),
    ("moved", lambda case: case.asks[1].update(phase="asked"), "still 'asked'"),
    ("moved", lambda case: case.asks[1].update(phase="heard"), "still 'heard'"),
    ("moved", lambda case: case.move.update(state="done"), "unknown state"),
]


def prove():
    """How many broken worlds were seen; AssertionError when one is not, or when a sound one is complained of."""
    for state in ("moved", "committed", "undone"):
        found = Case(state).complaints()
        assert found == [], "a sound world that is %s: %s" % (state, found)
    for i, (state, harm, word) in enumerate(WRONG):
        case = Case(state)
        harm(case)
        found = case.complaints()
        assert any(word in sentence for sentence in found), "broken world %d (%s): %r is not among %s" % (i, state, word, found)
    return len(WRONG)
