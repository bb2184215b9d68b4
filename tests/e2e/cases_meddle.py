# SPDX-License-Identifier: Apache-2.0
"""Somebody else acts on the same machines: the tool stops and asks, and never overrules a person."""
import re
import sqlite3

from cases_move import plain
from harness import case
from moments import Meddler, moments


@case(on=("fake",), since="2.26")
def source_stopped_before_we_could(c):
    """Its owner wants it off: a target that runs is not what it was. Moved again, the target is stopped too."""
    sid = c.boot()
    stop = {"cloud": "demo", "method": "POST", "path": "/compute/v2.1/servers/%s/action" % sid, "body": {"os-stop": None},
            "microversion": "2.1"}
    c.backend.fault("script", {"service": "compute", "method": "PUT", "path": "/tags/", "user": "demo"}, script=[dict(stop, after=True)])
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(2).move()
    assert move["state"] == "undone" and "stopped the source" in move["error"], move
    c.cloud.quiet(sid, "SHUTOFF")
    move = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(0).move()
    c.cloud.quiet(move["target_server_id"], "SHUTOFF")


@case(on=("fake",))
def source_started_after_the_fence(c):
    """An admin's start passes the lock. Going on would boot a copy of a disk that is in use again."""
    sid = c.boot()
    start = {"cloud": "admin", "method": "POST", "path": "/compute/v2.1/servers/%s/action" % sid, "body": {"os-start": None},
             "microversion": "2.1"}
    c.backend.fault("script", {"service": "image", "method": "PATCH", "user": "demo"}, script=[start])
    run = c.rezone.move(sid, "--to", "az2", "--settle", c.settle)
    c.cloud.quiet(sid, "ACTIVE")
    run.expect(2)
    move = run.move()
    assert move["state"] == "held" and move["held_reason"] and move["next"], move
    run.says(c.name(), "rezone")
    assert len([s for s in c.servers() if s["name"] == c.name()]) == 1, "a second machine was booted"
    c.rezone("commit", move["id"], "-y").expect(3)
    done = c.rezone("discard", move["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone", done
    c.cloud.quiet(sid, "ACTIVE")
    plain(c, sid, c.name())


@case(on=("fake",))
def source_deleted_once_its_image_is_there(c):
    """The image is all that is left of the machine: the hold names it, and going back does not delete it."""
    sid = c.boot()
    gone = {"cloud": "admin", "method": "DELETE", "path": "/compute/v2.1/servers/" + sid, "microversion": "2.1"}
    c.backend.fault("script", {"service": "image", "method": "PATCH", "user": "demo"}, script=[gone])
    run = c.rezone.move(sid, "--to", "az2", "--settle", c.settle).expect(2)
    c.taken(sid)
    move = run.move()
    [image] = [one["id"] for one in c.images()]
    assert move["state"] == "held" and image in move["held_reason"], move
    run.says(image)
    assert not c.cloud.server(sid)
    done = c.rezone("discard", move["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone", done
    assert [one["name"] for one in done["left"]] == ["image"] and image in done["left"][0]["text"], done
    assert [one["id"] for one in c.images()] == [image], "the last copy was deleted"
    c.rezone("clean", "-y").expect(0)
    [left] = c.images()
    assert left["id"] == image and left["status"] == "active", "the last copy was cleaned away"
    c.cloud.delete_image(image)


@case()
def source_started_before_commit(c):
    """Both run now, by a person's hand: commit would delete what he has just started."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.start(sid, session=c.cloud.admin)
    c.taken(sid)
    run = c.rezone("commit", move["id"], "-y")
    assert run.exit in (2, 3), run
    run.says(c.name())
    assert c.cloud.server(sid) and c.cloud.server(move["target_server_id"])
    assert c.state_of(move["id"])["state"] in ("held", "moved")
    c.cloud.act(sid, "os-stop", session=c.cloud.admin)
    c.cloud.quiet(sid, "SHUTOFF")


@case()
def target_deleted_before_commit(c):
    """The source is the last copy."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.delete_server(move["target_server_id"])
    c.taken(move["target_server_id"])
    run = c.rezone("commit", move["id"], "-y")
    assert run.exit in (2, 3), run
    run.says(c.name(), move["target_server_id"][:8])
    assert c.cloud.server(sid), "the last copy was deleted"
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
    c.cloud.quiet(sid, "ACTIVE")
    plain(c, sid, c.name())


@case()
def target_moved_elsewhere_by_a_rename(c):
    """A renamed target is still the target: it is known by its id."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.demo.do("PUT", "compute", "/servers/" + move["target_server_id"], {"server": {"name": c.name("renamed")}})
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.cloud.server(move["target_server_id"])["name"] == c.name("renamed")


@case()
def source_deleted_before_commit(c):
    """Somebody has done the commit's work: nothing is left to do but to tidy."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.delete_server(sid)
    c.taken(sid)
    c.rezone("commit", move["id"], "-y").expect(0)
    assert not c.our_images() and not c.cloud.marks(c.cloud.server(move["target_server_id"]))


@case()
def source_deleted_before_discard(c):
    """There is nothing to go back to; the target must survive the attempt."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.delete_server(sid)
    c.taken(sid)
    run = c.rezone("discard", move["id"], "-y")
    assert run.exit in (2, 3), run
    assert c.cloud.server(move["target_server_id"]), "the last copy was deleted"
    c.rezone("commit", move["id"], "-y")


@case(since="2.73")
def source_unlocked_before_commit(c):
    """Somebody wants something of the source: commit stops, and what it says to type is what lets it go on."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.act(sid, "unlock", session=c.cloud.admin)
    c.rezone("commit", move["id"], "-y").expect(2).says(c.name(), "rezone discard")
    held = c.state_of(move["id"])
    assert held["state"] == "held" and c.cloud.server(sid), held
    typed = re.search("openstack server lock --reason '([^']*)' (\\S+)", held["held_reason"])
    assert typed, held["held_reason"]
    c.cloud.act(typed.group(2), "lock", {"locked_reason": typed.group(1)})
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.cloud.server(sid) is None


@case(since="2.73")
def source_unlocked_before_commit_goes_back_too(c):
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.act(sid, "unlock", session=c.cloud.admin)
    c.rezone("commit", move["id"], "-y").expect(2)
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)
    c.cloud.quiet(sid, "ACTIVE")
    plain(c, sid, c.name())


@case()
def image_deleted_before_commit(c):
    """A part of commit's work done by somebody: nothing to talk about."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.cloud.delete_image(c.our_images()[0]["id"])
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.cloud.server(sid) is None and c.cloud.server(move["target_server_id"])["status"] == "ACTIVE"


@case(on=("fake",), since="2.52")
def target_deleted_within_a_commit(c):
    """The source is deleted already: the image is the last copy, and only a person's word lets it go."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    target, image = move["target_server_id"], c.our_images()[0]["id"]
    c.backend.fault("hold", {"service": "compute", "method": "DELETE", "path": "/tags/", "user": "demo"})
    run = c.rezone.begin("commit", move["id"], "-y")
    c.wait("the mark about to go", lambda: any(r["fault"] == "hold" for r in c.backend.requests()) or not run.running())
    assert run.running(), run.finish(5)
    c.cloud.delete_server(target)
    c.taken(target)
    c.taken(sid)
    c.backend.control("POST", "/release")
    run.finish(20).expect(2).says(c.name(), target, image, "last copy", "--keep-image")
    assert [i["id"] for i in c.our_images()] == [image]
    c.rezone("resume", move["id"], "-y").expect(2)
    assert [i["id"] for i in c.our_images()] == [image]
    c.rezone("commit", move["id"], "-y", "--keep-image").expect(0)
    kept = [i for i in c.our_images() if i["id"] == image]
    assert kept and not kept[0]["protected"], kept
    c.user_made(image)


@case()
def stranger_with_the_same_name(c):
    """A server of the same name in the target's zone is none of ours, whatever happens."""
    sid = c.boot()
    twin = c.boot(availability_zone="az2")
    before = c.cloud.portrait(twin)
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    assert move["target_server_id"] != twin
    c.rezone("discard", move["id"], "-y").expect(0)
    assert c.cloud.server(twin)["status"] == "ACTIVE" and c.cloud.portrait(twin) == before


def older(c, seconds):
    """Let time pass in the state file alone: every moment that it holds is so much longer ago."""
    with sqlite3.connect(c.rezone.state) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(moves)") if row[2] == "REAL"]
        assert names, "no times in the table of moves"
        for name in names:
            db.execute("UPDATE moves SET %s = %s - ? WHERE %s > 0" % (name, name, name), (seconds,))
    db.close()


@case()
def long_served_target_needs_a_word(c):
    """What the target wrote since is lost by discard: after ten minutes -y alone is not enough."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    older(c, 700)
    run = c.rezone("discard", move["id"], "-y").expect(3)
    run.says("--lose-target-writes")
    assert c.cloud.server(move["target_server_id"])["status"] == "ACTIVE"
    c.rezone("discard", move["id"], "-y", "--lose-target-writes").expect(0)


# --- anybody, at any moment --------------------------------------------------------------------------------------------------

def act(scene, sid, action, body=None, quiet=("ACTIVE", "SHUTOFF"), session=None):
    """As its administrator, whom no lock stops, and to the end of it."""
    if not sid:
        return False
    scene.cloud.act(sid, action, body, session=session or scene.cloud.admin)
    if quiet:
        scene.cloud.quiet(sid, *quiet)
    return True


def reached(change):
    """For the source (which="source") or the target: a meddler of each."""
    def of(which):
        def does(scene):
            sid = scene.sid if which == "source" else scene.target()
            return change(scene, sid) if sid else False
        does.__name__ = "%s: %s" % (which, change.__name__)
        return does
    return of


@reached
def start(scene, sid):
    return act(scene, sid, "os-start", quiet=("ACTIVE",))


@reached
def stop(scene, sid):
    return act(scene, sid, "os-stop", quiet=("SHUTOFF",))


@reached
def reboot(scene, sid):
    return act(scene, sid, "reboot", {"type": "HARD"}, quiet=("ACTIVE",))


@reached
def pause(scene, sid):
    return act(scene, sid, "pause", quiet=("PAUSED",))


@reached
def suspend(scene, sid):
    return act(scene, sid, "suspend", quiet=("SUSPENDED",))


@reached
def shelve(scene, sid):
    before = {i["id"] for i in scene.c.images()}
    act(scene, sid, "shelve", quiet=("SHELVED", "SHELVED_OFFLOADED"))
    scene.own_images |= {i["id"] for i in scene.c.images()} - before
    return True


@reached
def delete(scene, sid):
    if scene.status(sid) is None:
        return False
    scene.cloud.delete_server(sid)
    return True


@reached
def lock(scene, sid):
    return act(scene, sid, "lock", {"locked_reason": "audit"} if scene.cloud.has("2.73") else None, quiet=None)


@reached
def unlock(scene, sid):
    if not (scene.cloud.server(sid) or {}).get("locked"):
        return False
    return act(scene, sid, "unlock", quiet=None)


@reached
def take_over(scene, sid):
    """Opens the lock, whosever it is, and puts his own on it."""
    act(scene, sid, "unlock", quiet=None)
    return act(scene, sid, "lock", {"locked_reason": "audit"} if scene.cloud.has("2.73") else None, quiet=None)


@reached
def rename(scene, sid):
    scene.cloud.demo.do("PUT", "compute", "/servers/" + sid, {"server": {"name": scene.c.name("renamed")}})
    return True


@reached
def resize(scene, sid):
    return act(scene, sid, "resize", {"flavorRef": scene.cloud.id_of("flavor", "m1.small")}, quiet=("VERIFY_RESIZE",))


@reached
def migrate(scene, sid):
    return act(scene, sid, "migrate", quiet=("VERIFY_RESIZE",))


@reached
def rebuild(scene, sid):
    return act(scene, sid, "rebuild", {"imageRef": scene.cloud.id_of("image", "cirros")})


@reached
def snapshot(scene, sid):
    before = {i["id"] for i in scene.c.images()}
    act(scene, sid, "createImage", {"name": scene.c.name("own")}, quiet=("ACTIVE", "SHUTOFF"), session=scene.cloud.demo)
    scene.own_images |= {i["id"] for i in scene.c.images()} - before
    return True


@reached
def tag(scene, sid):
    scene.cloud.demo.do("PUT", "compute", "/servers/%s/tags/green" % sid)
    return True


@reached
def drop_all_tags(scene, sid):
    if not (scene.cloud.server(sid) or {}).get("tags"):
        return False
    scene.cloud.demo.do("DELETE", "compute", "/servers/%s/tags" % sid)
    return True


@reached
def claim(scene, sid):
    """As another rezone does, from another state file."""
    scene.cloud.demo.do("PUT", "compute", "/servers/%s/tags/rezone:%s:source" % (sid, OTHER))
    return True


@reached
def set_metadata(scene, sid):
    scene.cloud.admin.do("POST", "compute", "/servers/%s/metadata" % sid, {"metadata": {"owner": "ann"}})
    return True


@reached
def attach_a_volume(scene, sid):
    volume = scene.cloud.demo.do("POST", "volumev3", "/volumes", {"volume": {"size": 1}})["volume"]["id"]
    scene.c.wait("the volume", lambda: scene.cloud.demo.do("GET", "volumev3", "/volumes/" + volume)["volume"]["status"] ==
                 "available")
    scene.cloud.admin.do("POST", "compute", "/servers/%s/os-volume_attachments" % sid,
                         {"volumeAttachment": {"volumeId": volume}})
    scene.cloud.quiet(sid, "ACTIVE", "SHUTOFF")
    scene.volume = (sid, volume)
    return True


@reached
def take_its_port(scene, sid):
    ports = scene.cloud.ports(sid)
    if not ports:
        return False
    scene.cloud.admin.do("DELETE", "network", "/ports/" + ports[0]["id"])
    return True


def image_deleted(scene):
    image = scene.image()
    if not image:
        return False
    scene.cloud.delete_image(image)
    return True


PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


def image_renamed(scene):
    image = scene.image()
    if not image:
        return False
    patch = [{"op": "replace", "path": "/name", "value": scene.c.name("golden")}]
    scene.cloud.demo.do("PATCH", "image", "/images/" + image, patch, headers=PATCH)
    scene.own_images.add(image)
    return True


def image_tags_dropped(scene):
    image = scene.image()
    if not image or not scene.cloud.admin.do("GET", "image", "/images/" + image)["tags"]:
        return False
    scene.cloud.demo.do("PATCH", "image", "/images/" + image, [{"op": "replace", "path": "/tags", "value": []}], headers=PATCH)
    scene.own_images.add(image)
    return True


OTHER = "0e0e0e0e-1111-4222-8333-444444444444"


def detach(scene):
    sid, volume = scene.volume
    if scene.status(sid) and scene.cloud.admin.ask("GET", "compute", "/servers/%s/os-volume_attachments/%s" % (
            sid, volume)).status == 200:
        scene.cloud.admin.do("DELETE", "compute", "/servers/%s/os-volume_attachments/%s" % (sid, volume))
        scene.cloud.quiet(sid, "ACTIVE", "SHUTOFF")


def unlocked(which):
    def amend(scene):
        sid = scene.sid if which == "source" else scene.target()
        if scene.status(sid):
            scene.cloud.act(sid, "unlock", session=scene.cloud.admin)
    return amend


def locked_again(scene):
    """What the words of a held commit say; what they do not say is not done."""
    unlocked("source")(scene)
    reason = re.search(r"openstack server lock --reason '([^']*)' " + scene.sid, scene.move()["held_reason"] or "")
    if reason and scene.status(scene.sid):
        scene.cloud.act(scene.sid, "lock", {"locked_reason": reason.group(1)})


def stopped(scene):
    if scene.status(scene.sid) == "ACTIVE":
        scene.cloud.act(scene.sid, "os-stop", session=scene.cloud.admin)
        scene.cloud.quiet(scene.sid, "SHUTOFF")


def reverted(which, action, *statuses):
    """Undo what left a server in a state of its own."""
    def amend(scene):
        sid = scene.sid if which == "source" else scene.target()
        if scene.status(sid) in statuses:
            scene.cloud.act(sid, action, session=scene.cloud.admin)
            scene.cloud.quiet(sid, "ACTIVE", "SHUTOFF")
        if which == "source" and scene.move()["serving"] in ("target", "both"):
            stopped(scene)
    return amend


def unclaimed(scene):
    scene.cloud.demo.ask("DELETE", "compute", "/servers/%s/tags/rezone:%s:source" % (scene.sid, OTHER))


def the_source(scene):
    return (scene.sid,)


def the_target(scene):
    """And the source: a commit may have deleted it before, which Scene.harm judges."""
    return (scene.sid, scene.move()["target_server_id"])


def its_name(scene, move):
    """A name that a person gave is not taken back, unless it was while our own was on its way."""
    if scene.held["method"] == "PUT" and scene.held["path"].endswith(scene.sid):
        return []
    name, server = scene.c.name("renamed"), scene.cloud.server(scene.sid)
    return ["the source was called %s by a person and is called %s" % (name, server["name"])
            ] if server and move["state"] == "undone" and server["name"] != name else []


def kept(scene, move):
    left = {i["id"] for i in scene.c.images()}
    return ["image %s of a user is gone" % i for i in scene.own_images - left]


SOURCE = [
    Meddler(start("source"), amend=stopped, gone=the_source, theirs=("both ACTIVE",)),
    Meddler(delete("source"), gone=the_source, ends=False),
    Meddler(unlock("source"), since="2.73", amend=locked_again),
    Meddler(take_over("source"), since="2.73", amend=locked_again),
    Meddler(rename("source"), theirs=("its source is called",), after=its_name),
    Meddler(resize("source"), amend=reverted("source", "revertResize", "VERIFY_RESIZE"), gone=the_source),
    Meddler(migrate("source"), amend=reverted("source", "revertResize", "VERIFY_RESIZE"), gone=the_source),
    Meddler(rebuild("source"), gone=the_source),
    Meddler(snapshot("source"), after=kept),
    Meddler(drop_all_tags("source"), since="2.26"),
    Meddler(claim("source"), since="2.26", amend=unclaimed, theirs=("mark 'rezone:" + OTHER,)),
    Meddler(attach_a_volume("source"), amend=detach, gone=the_source),
    Meddler(stop("source")),
    Meddler(reboot("source"), amend=stopped, gone=the_source, theirs=("both ACTIVE",)),
    Meddler(pause("source"), amend=reverted("source", "unpause", "PAUSED"), gone=the_source),
    Meddler(suspend("source"), amend=reverted("source", "resume", "SUSPENDED"), gone=the_source),
    Meddler(shelve("source"), amend=reverted("source", "unshelve", "SHELVED", "SHELVED_OFFLOADED"), gone=the_source),
    Meddler(lock("source"), since="2.73", amend=locked_again),
    Meddler(tag("source"), since="2.26"),
    Meddler(set_metadata("source")),
    Meddler(take_its_port("source")),
]
TARGET = [
    Meddler(delete("target"), "target", ends=False, gone=the_target),
    Meddler(stop("target"), "target"),
    Meddler(rename("target"), "target"),
    Meddler(lock("target"), "target", since="2.9", amend=unlocked("target")),
    Meddler(rebuild("target"), "target"),
    Meddler(snapshot("target"), "target", after=kept),
    Meddler(drop_all_tags("target"), "target", since="2.26"),
    Meddler(attach_a_volume("target"), "target", amend=detach),
    Meddler(resize("target"), "target", amend=reverted("target", "revertResize", "VERIFY_RESIZE")),
    Meddler(pause("target"), "target", amend=reverted("target", "unpause", "PAUSED")),
    Meddler(shelve("target"), "target", amend=reverted("target", "unshelve", "SHELVED", "SHELVED_OFFLOADED")),
    Meddler(reboot("target"), "target"),
    Meddler(tag("target"), "target", since="2.26"),
    Meddler(set_metadata("target"), "target"),
    Meddler(take_its_port("target"), "target"),
]
IMAGE = [
    Meddler(image_deleted, "image"),
    Meddler(image_renamed, "image", after=kept),
    Meddler(image_tags_dropped, "image", after=kept),
]


@case(on=("fake",))
def source_at_moments_of_a_move(c):
    moments(c, "move", SOURCE, 0)


@case(on=("fake",))
def target_and_image_at_moments_of_a_move(c):
    moments(c, "move", TARGET + IMAGE, 1)


@case(on=("fake",))
def all_at_moments_of_a_commit(c):
    moments(c, "commit", SOURCE + TARGET + IMAGE, 2)


@case(on=("fake",))
def all_at_moments_of_a_discard(c):
    moments(c, "discard", SOURCE + TARGET + IMAGE, 3)
