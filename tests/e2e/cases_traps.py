# SPDX-License-Identifier: Apache-2.0
"""What hurt operators on real clouds: marks in comparisons, the image that commit deletes, a commit that does not look."""
from cases_fail import hosts
from cases_keep import remade_ports_go_too
from cases_refuse import mutations
from harness import case


def moved(c, sid, *options):
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle, *options).expect(0).move()
    assert move["state"] == "moved", move
    return move


def marked(things):
    """Everything of ours in names, tags and metadata of ports and servers."""
    return [word for thing in things for word in [thing.get("name") or ""] + thing.get("tags", []) +
            ["%s=%s" % pair for pair in thing.get("metadata", {}).items()] if "rezone" in word]


# --- when the marks leave -----------------------------------------------------------------------------
def marks_of_a_move(c, tags):
    """A port that compute made and its owner named, on a server that takes its marks as tags, or in metadata."""
    sid = c.boot(tags=tags, metadata={"role": "db"}) if tags else c.boot(metadata={"role": "db"})
    pid = c.cloud.ports(sid)[0]["id"]
    c.cloud.demo.do("PUT", "network", "/ports/" + pid, {"port": {"name": "named by its owner"}})
    c.cloud.demo.do("PUT", "network", "/ports/%s/tags" % pid, {"tags": ["own"]})
    return sid


def no_mark_is_compared(c, sid):
    """Ports have their own names and tags before the comparison, which leaves the marks of the servers out."""
    move = moved(c, sid)
    target = move["target_server_id"]
    ports = c.cloud.ports(target)
    assert [(p["name"], p["tags"]) for p in ports] == [("named by its owner", ["own"])], ports
    assert c.cloud.marks(c.cloud.server(target)), "the mark of the target left before its commit"
    words = [str(row[side]) for row in move["compare"] for side in ("source", "target")] + [x["text"] for x in move["kept"]]
    assert not [w for w in words if "rezone" in w], words
    return move


def marks_leave_at_commit(c, tags=None):
    sid = marks_of_a_move(c, tags)
    move = no_mark_is_compared(c, sid)
    c.rezone("commit", move["id"], "-y").expect(0)
    target = c.cloud.server(move["target_server_id"])
    assert not marked([target] + c.cloud.ports(target["id"])), target
    remade_ports_go_too(c, target["id"])


def marks_leave_at_discard(c, tags=None):
    sid = marks_of_a_move(c, tags)
    move = no_mark_is_compared(c, sid)
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
    source = c.cloud.quiet(sid, "ACTIVE")
    source.setdefault("tags", [])
    assert not marked([source] + c.cloud.ports(sid)), source
    assert [(p["name"], p["tags"]) for p in c.cloud.ports(sid)] == [("named by its owner", ["own"])], c.cloud.ports(sid)
    remade_ports_go_too(c, sid)


@case()
def marks_leave_with_commit(c):
    marks_leave_at_commit(c)


@case()
def marks_leave_with_discard(c):
    marks_leave_at_discard(c)


@case(since="2.52")
def marks_of_full_tags_leave_with_commit(c):
    marks_leave_at_commit(c, ["t%02d" % i for i in range(50)])


@case(since="2.52")
def marks_of_full_tags_leave_with_discard(c):
    marks_leave_at_discard(c, ["t%02d" % i for i in range(50)])


# --- the image that commit deletes is the target's ------------------------------------------------------
def rebuilt(c, sid):
    """What Nova says to a rebuild with the server's own image."""
    image = c.cloud.server(sid)["image"]["id"]
    return image, c.cloud.demo.ask("POST", "compute", "/servers/%s/action" % sid, {"rebuild": {"imageRef": image}})


@case()
def rebuild_lacks_the_image_after_commit(c):
    """Told before the first change, and so it is; the image of the target is the snapshot that commit deletes."""
    sid = c.boot()
    planned = c.rezone("plan", sid, "--to", "az2", "--addresses", "new", "-f", "json").expect(0).move()
    told = {x["name"]: x["text"] for x in planned["announced"]}
    assert "--keep-image" in told.get("image-needed-for-rebuild", ""), told
    move = moved(c, sid, "--addresses", "new")
    c.rezone("commit", move["id"], "-y").expect(0)
    image, reply = rebuilt(c, move["target_server_id"])
    assert reply.status == 400 and "image" in str(reply).lower(), reply
    assert c.cloud.demo.ask("GET", "image", "/images/" + image).status == 404


@case()
def rebuild_works_with_a_kept_image(c):
    move = moved(c, c.boot(), "--addresses", "new")
    c.rezone("commit", move["id"], "-y", "--keep-image").expect(0)
    image, reply = rebuilt(c, move["target_server_id"])
    c.user_made(image)
    assert reply.status == 202, reply
    c.cloud.quiet(move["target_server_id"], "ACTIVE")
    assert c.backend.read_disk(move["target_server_id"])[:len(c.data)] == c.data, "the rebuilt disk is not the snapshot"


# --- commit looks at the target first ---------------------------------------------------------------------
def refuses_to_commit(c, move, *words):
    """Nothing is deleted, and it says why; a person may still go both ways."""
    images = sorted(i["id"] for i in c.our_images())
    if c.kind == "fake":
        c.backend.forget()
    c.rezone("commit", move["id"], "-y").expect(2).says(*words)
    if c.kind == "fake":
        assert not mutations(c), mutations(c)
    assert c.cloud.server(move["server_id"]), "the last copy was deleted"
    assert sorted(i["id"] for i in c.our_images()) == images
    assert c.state_of(move["id"])["state"] == "held"


@case()
def target_in_error_is_no_target(c):
    move = moved(c, c.boot(), "--addresses", "new")
    target = move["target_server_id"]
    c.cloud.act(target, "os-resetState", {"state": "error"}, session=c.cloud.admin)
    c.cloud.quiet(target, "ERROR")
    refuses_to_commit(c, move, "ERROR", "the source stays")
    c.cloud.act(target, "os-resetState", {"state": "active"}, session=c.cloud.admin)
    c.cloud.quiet(target, "ACTIVE")
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.cloud.server(move["server_id"]) is None


@case()
def target_in_error_can_be_discarded(c):
    move = moved(c, c.boot(), "--addresses", "new")
    c.cloud.act(move["target_server_id"], "os-resetState", {"state": "error"}, session=c.cloud.admin)
    refuses_to_commit(c, move, "ERROR")
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
    c.cloud.quiet(move["server_id"], "ACTIVE")


@case()
def target_with_a_task_is_not_committed(c):
    """Somebody stops it at this moment; once that is over commit goes on."""
    move = moved(c, c.boot(), "--addresses", "new")
    target = move["target_server_id"]
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"stop": 4}})
    else:
        c.backend.host_faults(hosts("az2", stop_s=15))
    c.cloud.act(target, "os-stop")
    refuses_to_commit(c, move, "task under way")
    c.cloud.quiet(target, "SHUTOFF")
    c.rezone("commit", move["id"], "-y").expect(0)


@case(on=("fake",))
def order_of_a_commit(c):
    """The target is looked at, the source deleted and seen gone, the target's ports seen, and the image goes last."""
    sid = c.boot()
    move = moved(c, sid)
    target = move["target_server_id"]
    c.backend.forget()
    c.rezone("commit", move["id"], "-y").expect(0)
    log = [(r["method"], r["path"], r["status"]) for r in c.backend.requests()]

    def first(*wanted):
        found = [i for i, (method, path, status) in enumerate(log)
                 if method == wanted[0] and path.endswith(wanted[1]) and status in wanted[2:]]
        assert found, (wanted, log)
        return found[0]

    looked = first("GET", "/servers/" + target, 200)
    deleted = first("DELETE", "/servers/" + sid, 204)
    gone = first("GET", "/servers/" + sid, 404)
    ports = [i for i, (method, path, status) in enumerate(log) if method == "GET" and path.endswith("/ports") and i > gone]
    images = [i for i, (method, path, status) in enumerate(log) if method in ("PATCH", "DELETE") and "/images/" in path]
    assert looked < deleted < gone and ports and images and ports[0] < images[0], log
    assert images[-1] == max(i for i, (method, path, status) in enumerate(log) if method not in ("GET", "HEAD")), log
    remade_ports_go_too(c, target)
