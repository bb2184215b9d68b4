# SPDX-License-Identifier: Apache-2.0
"""The suite proves itself: a move made by hand passes the invariants, and each thing done wrong to it is seen."""
import invariants
from harness import case

MID = "0e0e0e0e-1111-2222-3333-444444444444"


def by_hand(c):
    """What `rezone move` promises, done with bare requests; the move as its JSON would tell it."""
    c.moves = lambda: []
    sid = c.boot()
    c.cloud.stop(sid)
    c.cloud.act(sid, "createImage", {"name": "rezone-" + MID})
    c.wait("the image", lambda: [i for i in c.our_images() if i["status"] == "active"])
    c.cloud.quiet(sid, "SHUTOFF")
    image = c.our_images()[0]["id"]
    target = c.boot(data=False, imageRef=image, availability_zone="az2")
    c.cloud.demo.do("PUT", "compute", "/servers/" + sid, {"server": {"name": c.name() + "-moved-" + MID[:8]}})
    c.cloud.act(sid, "lock")
    c.made.discard(target)
    return dict({k: None for k in invariants.KEYS}, id=MID, run_id=MID, server_id=sid, server_name=c.name(), announced=[], kept=[], compare=[],
                target_server_id=target, state="moved", walk="forward", serving="target", lost=[], left=[],
                addresses=[]), image


def broken(c, move, *more):
    return c.broken([move] + list(more))


def tidy(c, image):
    """The case's own check comes after this and must find nothing."""
    c.cloud.delete_image(image)
    for server in c.servers():
        c.cloud.delete_server(server["id"])


@case()
def good_move_has_no_complaint(c):
    move, image = by_hand(c)
    assert invariants.shape(move) == []
    assert broken(c, move) == [], broken(c, move)
    assert c.backend.read_disk(move["target_server_id"]) == c.backend.read_disk(move["server_id"])
    tidy(c, image)


@case()
def wrong_things_are_seen(c):
    move, image = by_hand(c)
    source = move["server_id"]
    assert any("is committed" in b for b in broken(c, dict(move, state="committed")))
    assert any("target is still there" in b for b in broken(c, dict(move, state="undone")))
    assert any("has the images" in b for b in broken(c, dict(move, state="undone")))
    assert any("image was left" in b for b in broken(c, dict(move, state="committed")))
    assert any("is called" in b for b in broken(c, dict(move, state="undone")))
    assert any("nobody asked for" in b for b in broken(c, dict(move, target_server_id=None)))
    c.cloud.act(source, "unlock")
    if c.cloud.has("2.9"):
        assert any("is not fenced" in b for b in broken(c, move))
    c.cloud.start(source)
    assert any("both ACTIVE" in b for b in broken(c, move))
    c.cloud.stop(source)
    c.cloud.act(source, "lock")
    if c.cloud.has("2.26"):
        c.cloud.demo.do("PUT", "compute", "/servers/%s/tags/rezone:%s:source" % (source, MID))
        assert broken(c, move) == []
        assert any("still carries" in b for b in broken(c, dict(move, state="committed")))
    c.cloud.act(source, "unlock")
    c.cloud.demo.do("POST", "compute", "/servers/%s/metadata" % source, {"metadata": {"rezone": "other:source"}})
    assert any("metadata rezone=other" in b for b in broken(c, move))
    port = c.cloud.demo.do("POST", "network", "/ports", {"port": {
        "network_id": c.cloud.id_of("network", "private"), "name": "rezone:%s:0" % MID}})["port"]["id"]
    found = broken(c, dict(move, state="committed"))
    assert any("still called rezone:" in b for b in found) and any("left without a server" in b for b in found), found
    c.cloud.demo.do("DELETE", "network", "/ports/" + port)
    c.cloud.delete_server(move["target_server_id"])
    c.cloud.delete_server(source)
    assert any("neither source nor target" in b for b in broken(c, move))
    c.cloud.delete_image(image)


@case()
def shape_of_json_is_checked(c):
    c.moves = lambda: []
    good = dict({k: None for k in invariants.KEYS}, state="moved", announced=[], kept=[], compare=[], lost=[], left=[],
                addresses=[], downtime_s=1.5, started="2026-01-01T00:00:00Z")
    assert invariants.shape(good) == []
    wrong = [{k: v for k, v in good.items() if k != "serving"}, dict(good, extra=1), dict(good, state="done"),
             dict(good, announced=None), dict(good, lost=[{"name": "x"}]), dict(good, downtime_s="1"),
             dict(good, addresses=None), dict(good, addresses=[{"address": "10.0.0.1"}]),
             dict(good, started="yesterday"), dict(good, walk="sideways"), dict(good, serving="maybe"), dict(good, id=7)]
    for move in wrong:
        assert invariants.shape(move), move


@case()
def reader_sees_what_it_made(c):
    """The portrait tells servers apart that differ in one attribute."""
    c.moves = lambda: []
    body = {"metadata": {"a": "1"}, "key_name": "key", "security_groups": [{"name": "web"}]}
    one = c.cloud.portrait(c.boot("one", **body))
    assert one["metadata"] == {"a": "1"} and one["key_name"] == "key" and one["flavor"], one
    assert one["groups"] == [[c.cloud.id_of("group", "web")]] and one["networks"] == ["private"], one
    for change in ({"metadata": {"a": "2"}}, {"key_name": None}, {"security_groups": [{"name": "default"}]},
                   {"networks": [{"uuid": c.cloud.id_of("network", "backend")}]},
                   {"flavorRef": c.cloud.id_of("flavor", "m1.small")}, {"config_drive": True}):
        two = c.cloud.portrait(c.boot("two", **dict(body, **change)))
        assert {k for k in one if one[k] != two[k] and k != "hostname"}, "not told apart: %s" % change


@case()
def hosts_fail_when_told(c):
    c.moves = lambda: []
    sid = c.boot()
    c.backend.host_faults({h: {"spawn_fail": True, "snapshot_fail": True} for h in ("az1-1", "az1-2", "az2-1", "az2-2")})
    try:
        c.boot("vm-2", data=False, availability_zone="az2")
        error = None
    except AssertionError as failure:
        error = str(failure)
    assert error and "spawn_fail" in error or c.kind == "fake" and error, "spawn_fail does not fail: %s" % error
    c.cloud.act(sid, "createImage", {"name": c.name("image")})
    c.cloud.quiet(sid, "ACTIVE")
    c.wait("the failed snapshot's image gone", lambda: not [i for i in c.images() if i.get("name") == c.name("image")])
    c.backend.clear_faults()
    for server in c.servers():
        c.cloud.delete_server(server["id"])
