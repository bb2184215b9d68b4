# SPDX-License-Identifier: Apache-2.0
"""The proof: what was compared is shown attribute by attribute, and a plan promises what is compared."""
from cases_fail import hosts
from cases_keep import attach, floating, port, remade_ports_go_too, volume
from cases_refuse import put_port
from harness import case

COLUMNS = 80


def rich(c):
    """A server with a bit of everything that is to arrive."""
    more = {"description": "kept as it is"} if c.cloud.has("2.19") else {}
    sid = c.boot(networks=[{"port": port(c, name="mine", description="a port")}], metadata={"role": "db", "token": "s3cr3t"},
                 **more)
    if c.cloud.has("2.26"):
        c.cloud.demo.do("PUT", "compute", "/servers/%s/tags" % sid, {"tags": ["blue", "green"]})
    attach(c, sid, volume(c))
    floating(c, c.cloud.ports(sid)[0]["id"])
    return sid


def rows(move):
    return {row["name"]: row for row in move["compare"]}


def equal(move, name, word):
    """This attribute is shown as equal, with that in its value on both sides."""
    row = rows(move).get(name)
    assert row, "%s is not compared: %s" % (name, sorted(rows(move)))
    assert row["verdict"] == "equal" and row["source"] == row["target"] and word in row["source"], row


def proved(c, move, port_before, float_before):
    """What the JSON says was equal, against what the independent reader knew of the source."""
    equal(move, "name", c.name())
    equal(move, "metadata", "role, token")
    equal(move, "power-state", "ACTIVE")
    equal(move, "ports.1", port_before["id"])
    equal(move, "ports.1.mac_address", port_before["mac_address"])
    equal(move, "ports.1.fixed_ips", port_before["fixed_ips"][0]["ip_address"])
    equal(move, "ports.1.security_groups", port_before["security_groups"][0])
    equal(move, "port-names.1.name", "mine")
    equal(move, "floating-ips.1", "%s to %s" % (float_before, port_before["fixed_ips"][0]["ip_address"]))
    equal(move, "volumes", "1 attached")
    equal(move, "volumes.1", "-")
    if c.cloud.has("2.47"):
        equal(move, "flavor.ram", "")
    if c.cloud.has("2.26") and c.cloud.has("2.52"):
        equal(move, "tags", "blue, green")
    uuid = rows(move)["new-uuid"]
    assert (uuid["source"], uuid["target"]) == (move["server_id"], move["target_server_id"]), uuid
    assert uuid["verdict"] == "changed" and rows(move)["zone"]["verdict"] == "changed", rows(move)
    assert not [r for r in move["compare"] if r["verdict"] == "lost"], move["compare"]


def narrow(text):
    wide = [line for line in text.splitlines() if len(line) > COLUMNS]
    assert not wide, "wider than %d columns: %r" % (COLUMNS, wide)


@case()
def comparison_is_shown(c):
    """In the JSON of move, show and status, before and after commit; for people as a table of its own."""
    sid = rich(c)
    before = c.cloud.ports(sid)[0]
    floats = c.cloud.admin.do("GET", "network", "/floatingips?port_id=" + before["id"])["floatingips"]
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    proved(c, move, before, floats[0]["floating_ip_address"])
    shown = c.rezone("show", move["id"], "-f", "json").expect(0).json
    assert shown["compare"] == move["compare"] and shown["kept"] == move["kept"], (shown, move)
    assert c.state_of(move["id"])["compare"] == move["compare"]
    table = c.rezone("show", move["id"]).expect(0)
    table.says("attribute", "verdict", "equal", "changed", "ports.1.fixed_ips")
    narrow(table.out[table.out.index("| attribute"):])
    assert "s3cr3t" not in c.rezone("show", move["id"], "-f", "json").out + table.out, "a value of the metadata is shown"
    c.rezone("commit", move["id"], "-y").expect(0)
    assert c.rezone("show", move["id"], "-f", "json").expect(0).json["compare"] == move["compare"]


@case(since="2.19")
def loss_is_shown(c):
    """What differs and was not announced holds the move, and stands in the comparison as lost, also after it was accepted."""
    sid = c.boot(description="as it was")
    c.cloud.stop(sid)
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"stop": 2}})
    else:
        c.backend.host_faults(hosts("az2", stop_s=12))
    run = c.rezone.begin("move", sid, "--to", "az2", "-y", "-f", "json")

    def target_stopping():
        found = [s for s in c.servers() if s["id"] != sid and s["name"] == c.name()]
        return found if found and found[0]["OS-EXT-STS:task_state"] == "powering-off" else not run.running()

    found = c.wait("the target on its way to SHUTOFF", target_stopping)
    assert run.running(), run.finish(5)
    c.cloud.demo.do("PUT", "compute", "/servers/" + found[0]["id"], {"server": {"description": "somebody's"}})
    move = run.finish(c.rezone.timeout).expect(2).move()
    assert move["state"] == "held", move
    wanted = {"name": "description", "source": "as it was", "target": "somebody's", "verdict": "lost"}
    assert rows(move)["description"] == wanted, rows(move)["description"]
    assert [r["name"] for r in move["compare"] if r["verdict"] == "lost"] == ["description"], move["compare"]
    done = c.rezone("resume", move["id"], "-y", "--accept", "description", "-f", "json").expect(0).move()
    assert done["state"] == "moved" and rows(done)["description"] == wanted, done
    for server in c.servers():
        remade_ports_go_too(c, server["id"])


@case()
def floating_ip_taken_meanwhile_is_a_loss(c):
    """A floating IP that somebody takes off the target before the proof holds the move by its name."""
    sid = c.boot(networks=[{"port": port(c)}])
    pid = c.cloud.ports(sid)[0]["id"]
    fip = floating(c, pid)
    c.cloud.stop(sid)
    if c.kind == "fake":
        c.backend.control("POST", "/config", {"jobs": {"stop": 2}})
    else:
        c.backend.host_faults(hosts("az2", stop_s=12))
    run = c.rezone.begin("move", sid, "--to", "az2", "-y", "-f", "json")

    def target_stopping():
        found = [s for s in c.servers() if s["id"] != sid and s["name"] == c.name()]
        return found if found and found[0]["OS-EXT-STS:task_state"] == "powering-off" else not run.running()

    c.wait("the target on its way to SHUTOFF", target_stopping)
    assert run.running(), run.finish(5)
    c.cloud.demo.do("PUT", "network", "/floatingips/" + fip, {"floatingip": {"port_id": None}})
    move = run.finish(c.rezone.timeout).expect(2).move()
    assert move["state"] == "held" and "floating-ips" in move["held_reason"], move
    assert rows(move)["floating-ips.1"]["verdict"] == "lost" and rows(move)["floating-ips.1"]["target"] is None, move["compare"]
    c.cloud.demo.do("PUT", "network", "/floatingips/" + fip, {"floatingip": {"port_id": pid}})
    done = c.rezone("resume", move["id"], "-y", "-f", "json").expect(0).move()
    assert done["state"] == "moved" and not done["lost"], done
    equal(done, "floating-ips.1", "to")


@case()
def plan_says_what_is_kept(c):
    """Kept, changed, and why: each port with its addresses, floating IPs, volumes, metadata; as JSON, table and column."""
    sid = rich(c)
    before = c.cloud.ports(sid)[0]
    planned = c.rezone("plan", sid, "--to", "az2", "-f", "json").expect(0).move()
    kept = {x["name"]: x["text"] for x in planned["kept"]}
    for word in (before["id"], before["mac_address"], before["fixed_ips"][0]["ip_address"]):
        assert word in kept["ports.1"], kept
    assert before["fixed_ips"][0]["ip_address"] in kept["floating-ips.1"], kept
    assert "volumes.1" in kept and "flavor" in kept and "role" in kept["metadata"] and kept["name"] == c.name(), kept
    assert "s3cr3t" not in str(planned), "a value of the metadata is shown"
    assert not {x["name"] for x in planned["announced"]} & set(kept), (planned["announced"], kept)
    assert planned["compare"] == [] and planned["error"] is None, planned
    people = c.rezone("plan", sid, "--to", "az2").expect(0)
    people.says("can be moved", "kept", "changed", "new-uuid", before["fixed_ips"][0]["ip_address"])
    narrow(people.out)
    column = c.rezone("plan", sid, "--to", "az2", "-c", "kept", "-f", "value").expect(0)
    column.says("ports.1")
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    promised = {name.split(".")[0] for name in kept}
    assert move["kept"] == planned["kept"], (move["kept"], planned["kept"])
    found = {r["name"].split(".")[0] for r in move["compare"] if r["verdict"] == "equal"}
    assert promised <= found, "promised and not proved: %s" % (promised - found)
    c.rezone("discard", move["id"], "-y", "--settle", c.settle).expect(0)


@case()
def plan_says_what_is_refused(c):
    sid = c.boot()
    put_port(c, sid, allowed_address_pairs=[{"ip_address": "10.10.200.0/24"}])
    words = ("plan", sid, "--to", "az2", "--addresses", "new")
    refused = c.rezone(*words, "-f", "json").expect(3).move()
    assert refused["kept"] == [] and "pair" in refused["error"], refused
    people = c.rezone(*words).expect(3)
    people.says("refused", "pair")
    narrow(people.out)


@case()
def floating_ip_of_a_second_address(c):
    """It points to that address again, and the comparison says so."""
    subnet = c.cloud.demo.do("GET", "network", "/subnets?network_id=" + c.cloud.id_of("network", "private"))["subnets"][0]["id"]
    pid = port(c, fixed_ips=[{"subnet_id": subnet}, {"subnet_id": subnet}])
    sid = c.boot(networks=[{"port": pid}])
    second = c.cloud.ports(sid)[0]["fixed_ips"][1]["ip_address"]
    fip = floating(c, pid, second)
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    equal(move, "floating-ips.1", "to " + second)
    now = c.cloud.admin.do("GET", "network", "/floatingips/" + fip)["floatingip"]
    assert now["fixed_ip_address"] == second, now
    remade_ports_go_too(c, move["target_server_id"])


@case(since="2.98")
def machine_is_built_the_same_way(c):
    """Properties of the image that say how the machine is built travel through the snapshot, and that is proved."""
    made = {i["id"] for i in c.images()}
    c.cloud.act(c.boot("template"), "createImage", {"name": c.name("built"), "metadata": {"hw_rng_model": "virtio"}})

    def built():
        found = [i for i in c.images() if i["id"] not in made]
        return found[0]["id"] if found and found[0]["status"] == "active" else None

    image = c.wait("the image", built)
    c.user_made(image)
    sid = c.boot(imageRef=image)
    planned = c.rezone("plan", sid, "--to", "az2", "-f", "json").expect(0).move()
    assert {x["name"]: x["text"] for x in planned["kept"]}.get("image-properties") == "hw_rng_model virtio", planned["kept"]
    move = c.rezone("move", sid, "--to", "az2", "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    equal(move, "image-properties.hw_rng_model", "virtio")
    snapshot = c.cloud.server(move["target_server_id"])["image"]["id"]
    assert c.cloud.admin.do("GET", "image", "/images/" + snapshot)["hw_rng_model"] == "virtio"
    remade_ports_go_too(c, move["target_server_id"])
