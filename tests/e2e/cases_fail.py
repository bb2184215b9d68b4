# SPDX-License-Identifier: Apache-2.0
"""The cloud refuses or fails on the way: the source runs as before, nothing is left, and the reason is told."""
from cases_move import plain
from harness import Skip, case

REQUEST_ID = {"X-Openstack-Request-Id": "req-0a0b0c0d-1111-2222-3333-444455556666"}


def undone(c, sid, command, *words, status="ACTIVE"):
    """Run a command that cannot succeed: exit 2, everything as before."""
    before, bytes_before = c.cloud.portrait(sid), c.backend.read_disk(sid)
    run = command().expect(2)
    move = run.move()
    assert move["state"] == "undone" and move["serving"] in ("source",) + (("none",) if status != "ACTIVE" else ()), move
    assert move["error"], "the reason is missing: %s" % move
    c.cloud.quiet(sid, status)
    plain(c, sid, c.name())
    assert c.cloud.portrait(sid) == before
    assert c.backend.read_disk(sid) == bytes_before
    others = [s["id"] for s in c.servers() if s["id"] != sid]
    assert not others, "servers are left: %s" % others
    run.says(c.name(), *words)
    return run


def hosts(zone, **fault):
    return {"%s-%d" % (zone, n): fault for n in (1, 2)}


def snapshot_fails(c, status):
    sid = c.boot()
    if status == "SHUTOFF":
        c.cloud.stop(sid)
    c.backend.host_faults(hosts("az1", snapshot_fail=True))
    run = undone(c, sid, lambda: c.rezone.move(sid, "--to", "az2", "--settle", c.settle), "snapshot", "req-", status=status)
    move = run.move()
    assert move["step"] is None or isinstance(move["step"], str)
    return run


def boot_fails(c, status):
    sid = c.boot()
    if status == "SHUTOFF":
        c.cloud.stop(sid)
    c.backend.host_faults(hosts("az2", spawn_fail=True))
    return undone(c, sid, lambda: c.rezone.move(sid, "--to", "az2", "--settle", c.settle), "boot", status=status)


@case()
def snapshot_that_fails(c):
    snapshot_fails(c, "ACTIVE")


@case()
def snapshot_that_fails_of_a_stopped_source(c):
    snapshot_fails(c, "SHUTOFF")


@case()
def boot_that_fails(c):
    boot_fails(c, "ACTIVE").says("spawn_fail" if c.kind == "lab" else "spawn")


@case()
def boot_that_fails_of_a_stopped_source(c):
    boot_fails(c, "SHUTOFF")


@case(on=("fake",))
def boot_that_is_refused(c):
    """Nova's own words and request id reach the user."""
    sid = c.boot()
    words = "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances"
    body = {"forbidden": {"code": 403, "message": words}}
    c.backend.fault("status", {"service": "compute", "method": "POST", "path": "/servers$", "user": "demo"},
                    status=403, body=body, headers=REQUEST_ID)
    undone(c, sid, lambda: c.rezone.move(sid, "--to", "az2", "--settle", c.settle), "boot", "already used 10 of 10",
           *REQUEST_ID.values())


@case(on=("fake",))
def snapshot_that_is_refused(c):
    sid = c.boot()
    body = {"conflictingRequest": {"code": 409, "message": "Cannot 'createImage' while the moon is full"}}
    c.backend.fault("status", {"service": "compute", "method": "POST", "body": "createImage", "user": "demo"},
                    count=-1, status=409, body=body, headers=REQUEST_ID)
    run = c.rezone.move(sid, "--to", "az2", "--settle", c.settle)
    c.backend.clear_faults()
    assert run.exit == 2, run
    assert run.move()["state"] == "undone", run
    run.says("moon is full", "snapshot", *REQUEST_ID.values())
    c.cloud.quiet(sid, "ACTIVE")
    plain(c, sid, c.name())


@case(on=("fake",))
def zone_that_vanishes(c):
    sid = c.boot()
    c.backend.fault("script", {"service": "compute", "method": "POST", "body": "createImage", "user": "demo"}, script=[
        {"method": "POST", "path": "/_fake/config", "body": {"zones": {"az2": {"available": False}}}}])
    undone(c, sid, lambda: c.rezone.move(sid, "--to", "az2", "--settle", c.settle), "zone")


@case(on=("fake",))
def snapshot_that_only_its_action_record_knows_failed(c):
    """202, no image, and nothing but the server's action record says Error."""
    sid = c.boot()
    c.backend.fault("fail_job", {"service": "compute", "method": "POST", "body": "createImage", "user": "demo"})
    undone(c, sid, lambda: c.rezone.move(sid, "--to", "az2", "--settle", c.settle), "snapshot")


@case(on=("fake",))
def stop_that_only_its_action_record_knows_failed(c):
    sid = c.boot()
    c.backend.fault("fail_job", {"service": "compute", "method": "POST", "body": "os-stop", "user": "demo"})
    undone(c, sid, lambda: c.rezone.move(sid, "--to", "az2", "--settle", c.settle), "stop")


@case(on=("fake",))
def server_that_changes_under_the_move(c):
    """A colleague adds metadata between the first look and the stop: the plan was made for another server."""
    sid = c.boot()
    c.backend.fault("script", {"service": "compute", "method": "POST", "body": "os-stop", "user": "demo"}, script=[
        {"cloud": "admin", "method": "POST", "path": "/compute/v2.1/servers/%s/metadata" % sid,
         "body": {"metadata": {"new": "yes"}}, "microversion": "2.1"}])
    run = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(2)
    assert run.move()["state"] == "undone", run
    server = c.cloud.quiet(sid, "ACTIVE")
    assert server["metadata"] == {"new": "yes"}, server["metadata"]
    plain(c, sid, c.name())
    run.says("metadata")


@case(on=("fake",))
def answers_that_get_lost(c):
    """Every changing request is acted on and its answer lost, once each: nothing is done twice."""
    sid = c.boot()
    for path, body in (("/action$", "os-stop"), ("/action$", "lock"), ("/action$", "createImage"), ("/servers$", "imageRef")):
        c.backend.fault("lost", {"service": "compute", "method": "POST", "path": path, "body": body, "user": "demo"})
    c.backend.fault("lost", {"service": "image", "method": "PATCH", "user": "demo"})
    c.backend.fault("lost", {"service": "compute", "method": "PUT", "user": "demo"})
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0).move()
    assert move["state"] == "moved", move
    assert len(c.servers()) == 2
    assert len(c.our_images()) == 1


@case(on=("fake",))
def answers_that_are_cut(c):
    """Every changing request is accepted with a 2xx whose body ends too soon: accepted it is, and looked for."""
    sid = c.boot()
    for body in ("os-stop", "lock", "createImage", "imageRef", "unlock"):
        c.backend.fault("cut", {"service": "compute", "method": "POST", "body": '"%s"' % body, "user": "demo"}, count=-1)
    c.backend.fault("cut", {"service": "image", "method": "PATCH", "user": "demo"}, count=-1)
    c.backend.fault("cut", {"service": "compute", "method": "PUT", "user": "demo"}, count=-1)
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    assert move["state"] == "moved" and not [x for x in move["announced"] if x["name"].startswith("seal")], move
    assert len(c.servers()) == 2
    assert len(c.our_images()) == 1


@case(on=("fake",), since="2.69")
def requests_that_never_arrive(c):
    """Dropped before they are acted on: asked again, after settling, and still done once."""
    sid = c.boot()
    for body in ("os-stop", "createImage", "imageRef"):
        c.backend.fault("drop", {"service": "compute", "method": "POST", "body": body, "user": "demo"})
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0).move()
    assert move["state"] == "moved", move
    assert len(c.servers()) == 2
    assert len(c.our_images()) == 1


@case(on=("fake",))
def boot_that_never_arrives_in_an_old_cloud(c):
    """Below 2.69 no list proves that nothing is there: a person decides, and going back is safe."""
    if c.cloud.has("2.69"):
        raise Skip("this cloud's lists can prove it")
    sid = c.boot()
    before = c.cloud.portrait(sid)
    c.backend.fault("drop", {"service": "compute", "method": "POST", "body": "imageRef", "user": "demo"})
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(2).move()
    assert move["state"] == "held" and "boot" in move["held_reason"], move
    assert [s["id"] for s in c.servers()] == [sid], "booted twice, or blindly"
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
    c.cloud.quiet(sid, "ACTIVE")
    plain(c, sid, c.name())
    assert c.cloud.portrait(sid) == before


@case(on=("fake",))
def reused_connections_that_break_after_acting(c):
    """A client library that repeats a POST by itself would make two servers here."""
    sid = c.boot()
    c.backend.fault("close_reused", {"method": "POST", "user": "demo"}, count=-1)
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0).move()
    assert move["state"] == "moved", move
    assert len(c.servers()) == 2


@case(on=("fake",))
def token_revoked_on_the_way(c):
    sid = c.boot()
    c.backend.fault("revoke_tokens", {"service": "compute", "method": "POST", "body": "createImage", "user": "demo"})
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0).move()
    assert move["state"] == "moved", move


@case(on=("fake",), fake=["--token-ttl", "2"])
def tokens_that_live_two_seconds(c):
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    assert move["state"] == "moved", move


@case(on=("fake",), fake=["--skew", "7200"])
def cloud_whose_clock_is_two_hours_ahead(c):
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    assert move["state"] == "moved", move
    c.rezone("discard", move["id"], "-y", "--lose-target-writes").expect(0)


@case(on=("fake",))
def hiccups_of_the_services(c):
    """Single 503s and 429s on reading are nothing to talk about."""
    sid = c.boot()
    for status in (503, 429, 502):
        c.backend.fault("status", {"service": "compute", "method": "GET", "path": "/servers", "user": "demo"},
                        skip=status % 7, status=status, headers={"Retry-After": "1"}, body="<html>busy</html>")
    assert c.rezone.move(sid, "--to", "az2").expect(0).move()["state"] == "moved"


@case(since="2.19")
def held_difference_is_accepted_by_name(c):
    """A loss that was not announced is never called moved; a person may take it, by its name."""
    sid = c.boot(description="as it was")
    c.cloud.stop(sid)
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"stop": 2}})
    else:
        c.backend.host_faults(hosts("az2", stop_s=12))
    run = c.rezone.begin("move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json")

    def target_stopping():
        found = [s for s in c.servers() if s["id"] != sid and s["name"] == c.name()]
        return found if found and found[0]["OS-EXT-STS:task_state"] == "powering-off" else not run.running()

    found = c.wait("the target on its way to SHUTOFF", target_stopping)
    assert run.running(), run.finish(5)
    c.cloud.demo.do("PUT", "compute", "/servers/" + found[0]["id"], {"server": {"description": "changed by somebody"}})
    move = run.finish(c.rezone.timeout).expect(2).move()
    assert move["state"] == "held" and "description" in move["held_reason"] and "--accept" in move["held_reason"], move
    names = [x["name"] for x in move["lost"]]
    assert names, "the loss is not in lost[]"
    c.rezone("commit", move["id"], "-y").expect(3)
    c.rezone("resume", move["id"], "-y").expect(2)
    done = c.rezone("resume", move["id"], "-y", "--accept", ",".join(names), "-f", "json").expect(0).move()
    assert done["state"] == "moved", done
