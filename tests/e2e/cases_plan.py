# SPDX-License-Identifier: Apache-2.0
"""check and plan: they look, they say what would happen, and they never change anything."""
from cases_refuse import mutations, put_port
from harness import case


def only_reads(c, command):
    if c.kind == "fake":
        c.backend.forget()
    servers = {s["id"]: s for s in c.servers()}
    images = sorted(i["id"] for i in c.images())
    run = command()
    assert {s["id"]: s for s in c.servers()} == servers, "a server was changed"
    assert sorted(i["id"] for i in c.images()) == images, "an image was made or deleted"
    if c.kind == "fake":
        assert c.backend.requests(), "nothing was asked at all"
        assert not mutations(c), mutations(c)
    return run


@case()
def check(c):
    run = only_reads(c, lambda: c.rezone("check").expect(0))
    run.says("az1", "az2", "snapshot")
    assert run.out.strip(), "the result belongs to stdout"


@case()
def plan(c):
    sid = c.boot()
    run = only_reads(c, lambda: c.rezone("plan", "--name", c.word + "*", "--to", "az2", "--addresses", "new").expect(0))
    run.says(c.name(), "snapshot")
    assert not c.moves(), "plan wrote a move"
    assert c.cloud.server(sid)["status"] == "ACTIVE"


@case()
def plan_names_what_blocks(c):
    sid = c.boot()
    put_port(c, sid, allowed_address_pairs=[{"ip_address": "10.10.200.0/24"}])
    run = only_reads(c, lambda: c.rezone("plan", "--name", c.word + "*", "--to", "az2", "--addresses", "new").expect(3))
    run.says(c.name(), "pair")


@case()
def plan_as_json(c):
    c.boot()
    words = ["plan", "--name", c.word + "*", "--to", "az2", "--addresses", "new", "-f", "json"]
    run = only_reads(c, lambda: c.rezone(*words).expect(0))
    assert isinstance(run.json, list) and len(run.json) == 1, run
    plan_row = run.json[0]
    assert plan_row["server_name"] == c.name() and plan_row["strategy"] == "snapshot", plan_row
    assert plan_row["target_zone"] == "az2" and plan_row["source_zone"] == "az1", plan_row
    assert plan_row["announced"], plan_row


@case()
def already_in_the_zone(c):
    sid = c.boot(availability_zone="az2")
    run = only_reads(c, lambda: c.rezone.move(sid, "--to", "az2").expect(0))
    move = run.move()
    assert move["state"] == "skipped" and move["target_server_id"] is None, move
    run.says("az2")
