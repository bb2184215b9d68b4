# SPDX-License-Identifier: Apache-2.0
"""Servers that do not just run: paused, suspended, with disks that no snapshot holds; moved in their state, or refused by name."""
from cases_crash import slow
from cases_keep import attach, nics, order, remade_ports_go_too, volume, volumes
from cases_refuse import flavor, untouched
from harness import Skip, case


def rest(c, sid, how="pause"):
    c.cloud.act(sid, how)
    c.cloud.quiet(sid, {"pause": "PAUSED", "suspend": "SUSPENDED"}[how])
    return sid


def kept(c, sid):
    """What a move keeps, as the independent reader sees it."""
    portrait = c.cloud.portrait(sid)
    server = c.cloud.server(sid)
    portrait.update(status=server["status"], locked=server.get("locked"), locked_reason=server.get("locked_reason"))
    return portrait, nics(c, sid), order(c, sid), volumes(c, sid)


def same(now, before):
    assert now == before, "\nnow    %s\nbefore %s" % (now, before)


def move(c, sid, *words, status=0):
    return c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle, *words).expect(status).move()


def lost(m):
    return sorted(x["name"] for x in m["lost"])


def moved(c, sid, names, *words):
    """Move with its losses taken, compare, commit, compare again."""
    before, data = kept(c, sid), c.data
    m = move(c, sid, "--accept-loss", names, *words) if names else move(c, sid, *words)
    assert lost(m) == sorted(names.split(",") if names else []), m["lost"]
    target = m["target_server_id"]
    same(kept(c, target), before)
    assert c.backend.read_disk(target)[:len(data)] == data
    c.rezone("commit", m["id"], "-y").expect(0)
    assert c.cloud.server(sid) is None
    same(kept(c, target), before)
    for server in c.servers():
        remade_ports_go_too(c, server["id"])
    return m


def discarded(c, sid, names, *words):
    """Move and discard: the source is as it was, in its state too."""
    before, data = kept(c, sid), c.data
    m = move(c, sid, "--accept-loss", names, *words) if names else move(c, sid, *words)
    done = c.rezone("discard", m["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone", done
    same(kept(c, sid), before)
    assert c.backend.read_disk(sid)[:len(data)] == data
    remade_ports_go_too(c, sid)


KINDS = {}


def kind(names):
    def add(function):
        KINDS[function.__name__] = (function, names)
        return function
    return add


@kind("memory")
def paused(c):
    return rest(c, c.boot())


@kind("memory")
def suspended(c):
    return rest(c, c.boot(), "suspend")


@kind("memory")
def paused_and_locked(c):
    if not c.cloud.has("2.26"):
        raise Skip("without tags our mark is metadata, which a lock keeps shut")
    sid = rest(c, c.boot())
    c.cloud.act(sid, "lock", {"locked_reason": "mine"} if c.cloud.has("2.73") else None)
    return sid


@kind("memory")
def suspended_with_a_volume(c):
    sid = c.boot()
    attach(c, sid, volume(c))
    return rest(c, sid, "suspend")


@kind("ephemeral")
def ephemeral(c):
    return c.boot(flavorRef=flavor(c, **{"OS-FLV-EXT-DATA:ephemeral": 1}))


@kind("swap,ephemeral")
def swap_and_ephemeral_and_a_volume(c):
    sid = c.boot(flavorRef=flavor(c, swap=512, **{"OS-FLV-EXT-DATA:ephemeral": 1}))
    attach(c, sid, volume(c))
    return sid


@kind("swap,memory")
def swap_of_a_paused_one(c):
    return rest(c, c.boot(flavorRef=flavor(c, swap=512)))


def both_ways(name):
    function, names = KINDS[name]

    def there(c):
        moved(c, function(c), names)

    def back(c):
        discarded(c, function(c), names)
    for made, word in ((there, "moved"), (back, "discarded")):
        made.__name__ = "%s_%s" % (name, word)
        made.__module__ = __name__
        case()(made)


for _name in list(KINDS):
    both_ways(_name)


@case()
def losses_are_refused_until_named(c):
    """One name is not the other's; the plan tells them all; nothing is touched."""
    sid = rest(c, c.boot(flavorRef=flavor(c, swap=512)))
    for words, missing in (((), ("memory", "swap")), (("--accept-loss", "swap"), ("memory",)), (("--accept-loss", "memory"), ("swap",))):
        run = untouched(c, sid, lambda: c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", *words),
                        *["--accept-loss " + name for name in missing])
        assert run.move()["state"] == "failed", run
        plan = c.rezone("plan", sid, "--to", "az2", "-f", "json", *words).expect(3).move()
        assert lost(plan) == ["memory", "swap"], plan
    both = ("--accept-loss", "swap", "--accept-loss", "memory")
    plan = c.rezone("plan", sid, "--to", "az2", "-f", "json", *both).expect(0).move()
    assert lost(plan) == ["memory", "swap"] and "--accept-loss swap,memory" in plan["next"], plan
    c.cloud.act(sid, "unpause")


@case()
def unknown_loss(c):
    sid = c.boot()
    for wrong in ("ram", "memory,ram", ""):
        run = c.rezone("move", sid, "--to", "az2", "-y", "--accept-loss", wrong).expect(64)
        run.says("--accept-loss", "ephemeral", "swap", "vtpm", "nvram", "memory")
    assert c.cloud.server(sid)["status"] == "ACTIVE" and not c.moves()


@case()
def a_loss_that_is_none(c):
    """What it does not have is not lost: the option does no harm."""
    sid = c.boot()
    m = move(c, sid, "--accept-loss", "memory,vtpm")
    assert m["lost"] == [], m
    c.rezone("discard", m["id"], "-y", "--settle", c.settle).expect(0)
    remade_ports_go_too(c, sid)


def of_hardware(c, name, **properties):
    """From an image with this hardware; a real cloud without it could not even boot the source."""
    body = dict({"name": c.name("base"), "disk_format": "raw", "container_format": "bare"}, **properties)
    image = c.cloud.demo.do("POST", "image", "/images", body)["id"]
    c.user_made(image)
    c.later(c.cloud.delete_image, image)
    reply = c.cloud.demo.ask("PUT", "image", "/images/%s/file" % image, b"x" * 4096)
    assert reply.status == 204, str(reply)
    sid = c.boot(imageRef=image)
    untouched(c, sid, lambda: c.rezone("move", sid, "--to", "az2", "-y", "-f", "json"), "--accept-loss " + name)
    moved(c, sid, name)


@case(on=("fake",))
def boots_by_uefi(c):
    """The firmware's variables are a loss like any other."""
    of_hardware(c, "nvram", hw_firmware_type="uefi")


@case(on=("fake",))
def with_a_virtual_tpm(c):
    of_hardware(c, "vtpm", hw_tpm_version="2.0", hw_tpm_model="tpm-crb")


def refused(c, sid, *words):
    """Refused by name, whatever losses are taken, and nothing is touched."""
    run = untouched(c, sid, lambda: c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--accept-loss", "memory,swap"), *words)
    assert run.move()["state"] == "failed", run


@case()
def rescued(c):
    sid = c.boot()
    c.cloud.act(sid, "rescue")
    c.cloud.quiet(sid, "RESCUE")
    refused(c, sid, "RESCUE", "openstack server unrescue")
    c.cloud.act(sid, "unrescue")
    c.cloud.quiet(sid, "ACTIVE")


@case()
def shelved(c):
    sid = c.boot()
    c.cloud.act(sid, "shelve")
    c.cloud.quiet(sid, "SHELVED_OFFLOADED")
    refused(c, sid, "SHELVED_OFFLOADED", "openstack server unshelve --availability-zone")
    c.cloud.act(sid, "unshelve")
    c.cloud.quiet(sid, "ACTIVE")


@case()
def in_error(c):
    sid = c.boot()
    c.cloud.act(sid, "os-resetState", {"state": "error"}, session=c.cloud.admin)
    c.cloud.quiet(sid, "ERROR")
    refused(c, sid, "ERROR", "fault")
    c.cloud.act(sid, "os-resetState", {"state": "active"}, session=c.cloud.admin)
    c.cloud.quiet(sid, "ACTIVE")


@case()
def resized(c):
    sid = c.boot()
    c.cloud.act(sid, "resize", {"flavorRef": c.cloud.id_of("flavor", "m1.small")})
    c.cloud.quiet(sid, "VERIFY_RESIZE")
    refused(c, sid, "VERIFY_RESIZE", "confirm or revert")
    c.cloud.act(sid, "revertResize")
    c.cloud.quiet(sid, "ACTIVE")


@case()
def a_task_under_way(c):
    sid = c.boot()
    slow(c, 6)
    c.cloud.act(sid, "createImage", {"name": c.name("image")})
    run = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json").expect(3)
    run.says("image_", "wait until it ends")
    server = c.cloud.quiet(sid, "ACTIVE")
    assert not c.cloud.marks(server), server
    for image in c.images():
        c.user_made(image["id"])
        c.later(c.cloud.delete_image, image["id"])


def killed(c, number, *words):
    """Run a command that dies just after its so-manieth change was sent; False: it sends fewer."""
    run = c.rezone(*words, "-y", "--settle", c.settle, env={"REZONE_CRASH_AT": "after send:%d" % number})
    if run.exit == 0 and words[0] == "move":  # which sends more than three
        raise Skip("this build has no crash points")
    return run.exit == -9


@case(on=("fake",))
def killed_while_it_wakes_and_while_it_rests(c):
    """The states between are no states of the source: resume knows how it had been."""
    for number in (2, 3):
        sid = rest(c, c.boot("vm-%d" % number))
        before = kept(c, sid)
        assert killed(c, number, "move", sid, "--to", "az2", "--accept-loss", "memory")
        m = c.rezone("resume", "-y", "--settle", c.settle, "-f", "json").expect(0).move()
        same(kept(c, m["target_server_id"]), before)
        at = 1
        while killed(c, at, "discard", m["id"]) and c.state_of(m["id"])["state"] != "undone":
            at = 1 if at > 1 else 2
        assert c.state_of(m["id"])["state"] == "undone"
        same(kept(c, sid), before)
        remade_ports_go_too(c, sid)
