# SPDX-License-Identifier: Apache-2.0
"""Somebody else acts at the n-th request of a command: holds that request, lets him act, lets it go on, looks for harm.

What counts as harm is told by rules over the fake cloud's own log of effects, never by what the tool says or did before.
"""
import re

from harness import Skip
from session import Refused

QUICK_JOBS = {"stop": 0.02, "snapshot": 0.04, "boot": 0.05, "start": 0.02, "delete": 0.02, "attach": 0.02, "detach": 0.02,
              "live": 0.02, "volume": 0.02}
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
POWER_ON = ("server_create", "start", "reboot", "unpause", "resume", "restore", "unshelve")
POWER_OFF = ("stop", "pause", "suspend", "shelve")


class Meddler:
    """What a person may do, and what has to be allowed for it afterwards.

    act(scene): does it; false when there is nothing to do it to, Refused when the cloud does not let him. amend(scene): what
    he does when the tool's words have made him think again. ends: the move can be ended then. gone(scene): machines that he
    took away or started himself. theirs: words of broken invariants that are his own doing. part: what must be there first.
    """

    def __init__(self, act, part="all", since="2.1", amend=None, ends=True, gone=None, theirs=(), after=None):
        self.name = act.__name__.replace("_", " ")
        self.part, self.since, self.amend, self.ends, self.theirs = part, since, amend, ends, theirs
        self.gone, self.after, self.does = gone or (lambda scene: ()), after or (lambda scene, move: []), act

    def act(self, scene):
        try:
            return self.does(scene)
        except Refused as refused:
            assert refused.status in (400, 403, 404, 409), refused
            return False

    def first(self, length):
        return 1 if self.part == "all" else length[self.part]


class Scene:
    """One machine, one move, and what persons did to them. c: the case's context."""

    def __init__(self, c, number):
        self.c, self.cloud, self.number = c, c.cloud, number
        self.sid = c.boot("vm-%d" % number, data=False)
        self.name = self.cloud.server(self.sid)["name"]
        self.mid, self.held, self.persons, self.own_images = None, None, [], set()
        self.began, self.blind = len(self.effects()), set()

    # --- what is there -------------------------------------------------------------------------
    def effects(self):
        return self.c.backend.control("GET", "/effects?log=1").json

    def target(self):
        """The id of the machine that the tool made, or None as long as there is none."""
        found = [s["id"] for s in self.c.servers() if s["id"] != self.sid]
        assert len(found) < 2, "several targets: %s" % found
        return found[0] if found else None

    def image(self):
        found = [i["id"] for i in self.c.our_images() if i["id"] not in self.own_images]
        return found[0] if found else None

    def status(self, sid):
        server = self.cloud.server(sid) if sid else None
        return server["status"] if server else None

    def move(self):
        moves = [m for m in self.c.moves() if m["server_id"] == self.sid]
        assert len(moves) <= 1, "two moves of one server: %s" % moves
        return moves[0] if moves else None

    # --- commands ------------------------------------------------------------------------------
    def command(self, deed):
        if deed == "move":
            return ["move", self.sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json", "--settle", "0.2"]
        more = ["--lose-target-writes"] if deed == "discard" else []
        return [deed, self.mid, "-y", "-f", "json", "--settle", "0.2"] + more

    def do(self, deed):
        """A command that nobody disturbs; its end is checked as that of any other."""
        return self.ended(self.c.rezone(*self.command(deed), timeout=40), deed)

    def disturbed(self, deed, n, act):
        """Run a command; at its n-th request somebody acts. False: it ended before; None: he could do nothing then."""
        c = self.c
        c.backend.forget()
        c.backend.fault("hold", {"user": "demo"}, skip=n - 1)
        run = c.rezone.begin(*self.command(deed))
        c.wait("request %d, or the end" % n, lambda: self.hits() or not run.running(), 60)
        acted = False
        if run.running():
            log = [r for r in c.backend.requests() if r["fault"] == "hold"]
            self.held = log[-1]
            acted = bool(self.person(act)) or None
            c.backend.control("DELETE", "/faults")
            c.backend.control("POST", "/release")
        c.backend.control("DELETE", "/faults")
        run.finish(40)
        self.blind |= self.unseeing(c.backend.requests())
        self.ended(run, deed)
        return acted

    def unseeing(self, log):
        """The requests that were decided on before anything could be seen of what a person did: no rule forbids those.

        What was sent while he acted may have been answered in either world; a look is what begins after that.
        """
        blind = set()
        for r in log if self.held else ():
            if r["n"] < self.held["n"] or r["user"] != "demo":
                continue
            if r["method"] == "GET" and r["n"] > self.held["n"] and "/servers/" in r["path"]:
                break
            if r["method"] != "GET":
                blind.add(r["id"])
        return blind

    def hits(self):
        return any(f["hits"] for f in self.c.backend.control("GET", "/faults").json)

    # --- judging -------------------------------------------------------------------------------
    def ended(self, run, deed):
        """What holds of the end of any command, whoever meddled: the status, the state, and the words of both."""
        move = self.move()
        assert run.exit in (0, 2, 3), "exit %s:\n%s" % (run.exit, run)
        if not move:
            assert run.exit in (2, 3), run
            return run
        self.mid, state = move["id"], move["state"]
        done = {"move": ("moved",), "resume": ("moved", "committed", "undone"), "commit": ("committed",),
                "discard": ("undone",)}[deed]
        if run.exit == 0:
            assert state in done, "exit 0, and the move is %s:\n%s" % (state, run)
        elif run.exit == 2:
            assert state not in done or deed == "resume", "exit 2, and the move is %s:\n%s" % (state, run)
        assert state != "running", "the command ended, the move is under way: %s\n%s" % (move, run)
        if state == "held":
            assert move["held_reason"] and "rezone " in (move["next"] or ""), move
            run.says(self.name, self.mid, "rezone resume")
            if move["walk"] in ("forward", "back", "discard"):
                run.says("rezone discard" if move["walk"] == "forward" else "resume")
        if state in ("failed", "undone") and deed == "move":
            assert move["error"], "no reason is told: %s" % move
            run.says(self.name)
        self.noticed(move)
        return run

    def noticed(self, move):
        """What was looked at after somebody had acted has been seen."""
        if not self.held or move["state"] != "moved":
            return
        later = [r["path"] for r in self.c.backend.requests()
                 if r["n"] >= self.held["n"] and r["method"] == "GET" and r["user"] == "demo" and r["status"] is not None]

        def looked_at(sid):
            return any(path.endswith("/servers/" + sid) for path in later)
        target = move["target_server_id"]
        if self.status(self.sid) == self.status(target) == "ACTIVE" and looked_at(self.sid):
            raise AssertionError("both run, the source was looked at since, and the move is called moved")
        if self.status(target) is None and looked_at(target):
            raise AssertionError("the target is gone, it was looked at since, and the move is called moved")

    def person(self, act):
        """What act does is a person's doing."""
        first = len(self.effects())
        done = act(self)
        self.persons.append((first, len(self.effects())))
        return done

    def by_person(self, index):
        return any(first <= index < last for first, last in self.persons)

    def harm(self, commits):
        """Every act of the tool that hurt, as sentences. commits: did anybody ask for the source's end?"""
        alive, on, images, bad = {self.sid}, {self.sid}, set(), []
        for index, e in enumerate(self.effects()):
            if index < self.began:
                continue
            kind, what = e["kind"], e["id"]
            ours = not self.by_person(index)
            judged = ours and e["request"] not in self.blind
            others = alive - {what}
            if judged and kind in POWER_ON and others & on:
                bad.append("%s of %s beside %s, which runs" % (kind, what, others & on))
            if judged and kind == "delete" and not others:
                bad.append("the last machine %s was deleted" % what)
            if ours and kind == "delete" and what == self.sid and not commits:
                bad.append("the source was deleted without a commit")
            if judged and kind == "image_delete" and not alive:
                bad.append("image %s was the last copy and was deleted" % what)
            if ours and kind in ("image_delete", "image_patch") and what not in images:
                bad.append("%s of a user's image %s" % (kind, what))
            own_mark = kind in ("tag_add", "tag_remove") and e["key"].startswith("rezone:")
            if ours and kind in ("tag_add", "tag_remove", "tags_set") and not own_mark:
                bad.append("%s of a user's tag: %s" % (kind, e["key"]))
            if ours and kind in ("port_delete", "volume_delete", "detach", "rebuild", "resize"):
                bad.append("%s of %s" % (kind, what))
            if kind == "server_create":
                alive.add(what)
            if kind in POWER_ON:
                on.add(what)
            if kind in POWER_OFF or kind == "delete":
                on.discard(what)
            if kind == "delete":
                alive.discard(what)
            if kind == "image_create" and ours:
                images.add(what)
        return bad

    def wipe(self):
        """Nothing of this scene is left for the next one."""
        c = self.c
        for server in c.servers():
            c.cloud.delete_server(server["id"])
            c.taken(server["id"])
        c.taken(self.sid)
        for image in c.images():
            c.cloud.delete_image(image["id"])
        for port in c.view().ports.values():
            if not port["device_id"]:
                c.cloud.admin.ask("DELETE", "network", "/ports/" + port["id"])


def told_of(move, sentence):
    """Is a thing that was left named in the move's own left[]?"""
    ids = set(UUIDS.findall(" ".join(x["text"] for x in move["left"])))
    return bool(ids & set(UUIDS.findall(sentence)))


def go_on(scene, meddler):
    """What the tool's own words tell its user to do, until the move is over or no word of ours can end it."""
    move = scene.move()
    if move["state"] == "held":
        scene.do("resume")
        move = scene.move()
    if move["state"] == "held" and meddler.amend:
        scene.person(meddler.amend)
        scene.do("resume" if move["walk"] != "forward" else "discard")
    elif move["state"] == "held" and move["walk"] == "forward":
        scene.do("discard")
    elif move["state"] == "moved":
        scene.do("commit" if scene.number % 2 else "discard")
        if scene.move()["state"] == "held" and meddler.amend:
            scene.person(meddler.amend)
            scene.do("resume")
    return scene.move()


def one(c, deed, meddler, number, n):
    """One command, disturbed at its n-th request. Gives what Scene.disturbed gives."""
    scene = Scene(c, number)
    if deed != "move":
        scene.do("move").expect(0)
    acted = scene.disturbed(deed, n, meddler.act)
    move = scene.move()
    if not acted:
        wanted = {"move": "moved", "commit": "committed", "discard": "undone"}[deed]
        assert move["state"] == wanted, "nobody did anything, and the move is %s: %s" % (move["state"], move)
    commits = deed == "commit"
    if move and acted:
        commits = commits or (move["state"] == "moved" and scene.number % 2)
        move = go_on(scene, meddler)
    bad = scene.harm(commits)
    if move and acted:
        if meddler.ends and move["state"] not in ("committed", "undone", "failed"):
            bad.append("it cannot be ended: %s" % move)
        c.gone.update(meddler.gone(scene))
        c.user_made(*scene.own_images)
        for sentence in c.broken([move]):
            if not any(word in sentence for word in meddler.theirs) and not told_of(move, sentence):
                bad.append(sentence)
        bad += meddler.after(scene, move) or []
    assert not bad, "\n".join(bad)
    scene.wipe()
    return acted


def chosen(how, length, first, part):
    """Numbers of requests, beginning with the first at which there is anything to meddle with."""
    last = length["all"]
    if how == "all":
        return range(first, last + 8)
    if how == "steps":
        return sorted({n for i in length["changes"] for n in (i, i + 1) if n >= first} | {first})
    times = int(how or 1)
    return sorted({first + int((last - first + 1) * (i + part) / times) for i in range(times)})


def moments(c, deed, meddlers, turn):
    """Each meddler at moments of a command: spread over all its requests, or as --moments says.

    Without --moments it is one of four meddlers, and turn tells which: each comes once in the four cases.
    """
    c.backend.control("POST", "/config", {"jobs": QUICK_JOBS})
    number, acts, failures, how = 0, 0, [], c.options.moments
    length = usual_length(c, deed)
    for k, meddler in enumerate(meddlers):
        if not c.cloud.has(meddler.since) or c.options.meddler not in meddler.name or (how is None and k % 4 != turn):
            continue
        for n in chosen(how, length, meddler.first(length), (2 * k + 1) / (2 * len(meddlers))):
            number += 1
            try:
                acted = one(c, deed, meddler, number, n)
            except AssertionError as error:
                failures.append("%s at request %d of %s: %s" % (meddler.name, n, deed, error))
                if how:
                    print("     " + failures[-1], flush=True)
                last_scene_away(c)
                continue
            acts += acted is True
            if acted is False:
                break
    c.moves = lambda: []
    assert not failures, "%d of %d:\n%s" % (len(failures), number, "\n".join(failures))
    if not acts:
        raise Skip("nobody could do anything at these moments")
    if how:
        print("     %s: somebody acted in %d of %d runs" % (deed, acts, number), flush=True)


def last_scene_away(c):
    c.rezone.stop_all()
    c.backend.control("DELETE", "/faults")
    c.backend.control("POST", "/release")
    for server in c.servers():
        c.cloud.delete_server(server["id"])
        c.taken(server["id"])
    for image in c.images():
        c.cloud.delete_image(image["id"])


def usual_length(c, deed):
    """How many requests a command sends that nobody disturbs, and at which of them images and targets come to be."""
    scene = Scene(c, 0)
    if deed != "move":
        scene.do("move").expect(0)
    c.backend.forget()
    scene.do(deed).expect(0)
    log = [r for r in c.backend.requests() if r["user"] == "demo"]
    length = {"all": len(log), "image": 1, "target": 1,
              "changes": [i + 1 for i, r in enumerate(log) if r["mutating"]]}
    if deed == "move":
        for i, r in enumerate(log):
            if "createImage" in (r["body"] or {}):
                length["image"] = i + 2
            if r["method"] == "POST" and r["path"].endswith("/servers"):
                length["target"] = i + 2
    scene.wipe()
    return length
