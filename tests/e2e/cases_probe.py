# SPDX-License-Identifier: Apache-2.0
"""--probe: before a move counts as moved, what runs in the target must answer."""
import http.server
import os
import shlex
import signal
import socket
import threading
import time

from harness import Skip, case


def probed(c, sid, *words, more=(), timeout="30"):
    args = ["move", sid, "--to", "az2", "--addresses", "new", "-y", "-f", "json", "--settle", c.settle]
    for word in words:
        args += ["--probe", word]
    return args + ["--probe-timeout", timeout] + list(more)


def path(c, name):
    return c.folder + "/" + name


def read(name):
    with open(name) as f:
        return f.read()


def sh(script, *args):
    """A command line for --probe, with a shell that we ask for."""
    return "cmd:sh -c %s sh %s" % (shlex.quote(script), " ".join(shlex.quote(a) for a in args))


def gone(pid):
    """No such process, or one that only waits to be taken note of."""
    try:
        with open("/proc/%s/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def asks(c, mid):
    """How often each row asked the cloud for something: a probe is none of them."""
    return [a["step"] for a in c.rezone("show", mid, "-f", "json").expect(0).json["asks"]]


@case()
def command_knows_whom_to_ask(c):
    """It runs without a shell, with the two ids and the address, once the target runs; one that ends with 0 is enough."""
    sid = c.boot()
    out, odd = path(c, "said"), path(c, "a name $HOME")
    script = 'echo "$REZONE_SERVER_ID $REZONE_TARGET_ID $REZONE_ADDRESS" >>"$1"'
    move = c.rezone(*probed(c, sid, sh(script, out), "cmd:touch '%s'" % odd)).expect(0).move()
    target = move["target_server_id"]
    fixed = c.cloud.ports(target)[0]["fixed_ips"][0]["ip_address"]
    assert move["state"] == "moved" and move["lost"] == [] and move["held_reason"] is None, move
    assert read(out) == "%s %s %s\n" % (sid, target, fixed), read(out)
    assert os.path.exists(odd), "a shell took the command apart"
    assert "probe" not in asks(c, move["id"])


@case()
def command_that_fails_holds(c):
    """Held after the deadline with its last line, served by the target; resume asks again, and goes on once it answers."""
    sid = c.boot()
    flag, count = path(c, "flag"), path(c, "count")
    script = 'echo x >>"$2"; [ -e "$1" ] || { echo ear""lier; printf "not \\033[2J there\\n\\n" >&2; exit 3; }'
    run = c.rezone(*probed(c, sid, sh(script, flag, count), timeout="2")).expect(2)
    move = run.move()
    assert move["state"] == "held" and move["serving"] == "target" and move["step"] == "probe", move
    for word in ("status 3", "there'", "--accept probe", "rezone discard"):
        assert word in move["held_reason"], (word, move["held_reason"])
    assert "\033" not in run.out + run.err and "earlier" not in move["held_reason"], move["held_reason"]
    assert [x["name"] for x in move["lost"]] == ["probe"], move["lost"]
    assert move["compare"], "it was compared before"
    c.rezone("commit", move["id"], "-y").expect(3)
    assert c.rezone("resume", move["id"], "-y", "-f", "json").expect(2).move()["state"] == "held"
    tried = len(read(count))
    assert tried >= 4, "tried %d times" % (tried / 2)
    open(flag, "w").close()
    done = c.rezone("resume", move["id"], "-y", "-f", "json").expect(0).move()
    assert done["state"] == "moved" and done["lost"] == [] and done["held_reason"] is None, done
    assert read(count)[tried:] == "x\n", "asked once more than needed"
    c.rezone("commit", move["id"], "-y").expect(0)


@case()
def held_probe_is_accepted(c):
    sid = c.boot()
    move = c.rezone(*probed(c, sid, "cmd:false", timeout="1")).expect(2).move()
    assert move["state"] == "held", move
    done = c.rezone("resume", move["id"], "-y", "--accept", "probe", "-f", "json").expect(0).move()
    assert done["state"] == "moved" and [x["name"] for x in done["lost"]] == ["probe"], done


@case()
def held_probe_is_discarded(c):
    sid = c.boot()
    move = c.rezone(*probed(c, sid, "cmd:false", timeout="1")).expect(2).move()
    done = c.rezone("discard", move["id"], "-y", "-f", "json", "--settle", c.settle).expect(0).move()
    assert done["state"] == "undone", done
    c.cloud.quiet(sid, "ACTIVE")


@case()
def command_that_cannot_run_holds_at_once(c):
    sid = c.boot()
    began = time.monotonic()
    move = c.rezone(*probed(c, sid, "cmd:/nowhere/at-all x", timeout="1000")).expect(2).move()
    assert "/nowhere/at-all" in move["held_reason"] and time.monotonic() - began < c.rezone.timeout, move["held_reason"]


@case()
def command_that_hangs_is_killed_whole(c):
    """At the deadline the command goes with everything that it started."""
    sid = c.boot()
    pids = path(c, "pids")
    script = 'sleep 1000 & echo $! $$ >"$1"; echo waiting; wait'
    move = c.rezone(*probed(c, sid, sh(script, pids), timeout="2")).expect(2).move()
    assert "did not end" in move["held_reason"] and "waiting" in move["held_reason"], move["held_reason"]
    for pid in read(pids).split():
        assert gone(pid), "process %s is left" % pid


@case()
def interrupted_probe_is_done_again(c):
    """^C ends the command too; resume asks again."""
    interrupted(c, signal.SIGINT)


@case()
def killed_probe_is_done_again(c):
    """rezone dies while its command runs, which dies then too."""
    interrupted(c, signal.SIGKILL)


def interrupted(c, number):
    sid = c.boot()
    pids, flag = path(c, "pids"), path(c, "flag")
    script = 'echo $$ >>"$1"; [ -e "$2" ] || exec sleep 1000'
    run = c.rezone.begin(*probed(c, sid, sh(script, pids, flag), timeout="1000"))
    c.wait("the command to run", lambda: os.path.exists(pids) and read(pids).endswith("\n") or not run.running(),
           c.rezone.timeout)
    assert run.running(), run.finish(5)
    run.signal(number)
    run.finish(c.rezone.timeout)
    pid = read(pids).split()[0]
    if number == signal.SIGINT:
        run.expect(4)
    c.wait("the command's end", lambda: gone(pid))
    open(flag, "w").close()
    move = c.rezone("resume", "-y", "-f", "json").expect(0).move()
    assert move["state"] == "moved" and len(read(pids).split()) == 2, (move, read(pids))


@case()
def probes_do_not_wait_for_each_other(c):
    """Two moves, and the first one's command ends only when the second one's has begun."""
    first, second = c.boot("one"), c.boot("two")
    flag = path(c, "flag")
    script = '[ "$REZONE_SERVER_ID" = "$2" ] && { touch "$1"; exit; }; while [ ! -e "$1" ]; do sleep 0.1; done'
    args = probed(c, first, sh(script, flag, second), timeout="600")
    moves = c.rezone(*(args[:1] + [first, second] + args[2:])).expect(0).json
    assert [m["state"] for m in moves] == ["moved", "moved"], moves


@case()
def stopped_server_is_not_probed(c):
    """What does not run cannot answer: told before, and not asked."""
    sid = c.boot()
    c.cloud.stop(sid)
    move = c.rezone(*probed(c, sid, "cmd:false")).expect(0).move()
    assert move["state"] == "moved" and "probe" in [x["name"] for x in move["announced"]], move


@case()
def bad_probes_change_nothing(c):
    sid = c.boot()
    bad = {"tcp:": "port", "tcp:0": "port", "tcp:65536": "port", "tcp:22x": "port", "http:": "/PATH", "http:x": "/PATH",
           "http:0/": "/PATH", "http:/a b": "/PATH", "cmd:": "no command", "cmd:'": "quote", "ping": "tcp:PORT", "": "tcp:PORT"}
    for probe, word in bad.items():
        c.rezone(*probed(c, sid, probe)).expect(64).says("--probe", word)
    c.rezone(*probed(c, sid, "tcp:22", timeout="0")).expect(64).says("--probe-timeout")
    c.rezone(*probed(c, sid)).expect(64).says("--probe")
    assert not c.moves() and c.cloud.server(sid)["status"] == "ACTIVE"


# --- somebody who answers: a server whose address is this machine's own -----------------------------
def local_network(c):
    """A network without DHCP in 127/8: an address of it is this machine, whatever the cloud does."""
    block = "127.%d.%d" % (64 + os.urandom(1)[0] % 128, os.urandom(1)[0])
    made = c.cloud.demo.do("POST", "network", "/networks", {"network": {"name": c.name("net")}})["network"]
    c.later(drop_network, c, made["id"])
    body = {"network_id": made["id"], "ip_version": 4, "cidr": block + ".0/24", "enable_dhcp": False, "gateway_ip": None}
    reply = c.cloud.demo.ask("POST", "network", "/subnets", {"subnet": body})
    if reply.status != 201:
        raise Skip("this cloud makes no such subnet: %d" % reply.status)
    return made["id"]


def drop_network(c, nid):
    for server in c.servers():
        c.cloud.delete_server(server["id"])
    for found in c.cloud.admin.do("GET", "network", "/ports?network_id=" + nid)["ports"]:
        c.cloud.admin.ask("DELETE", "network", "/ports/" + found["id"])
    c.cloud.admin.ask("DELETE", "network", "/networks/" + nid)


def local_server(c):
    """Its id and address, kept by a move."""
    sid = c.boot(networks=[{"uuid": local_network(c)}])
    found = c.cloud.ports(sid)[0]
    c.user_made(found["id"])
    return sid, found["fixed_ips"][0]["ip_address"]


def keeping(args):
    return ["keep" if a == "new" else a for a in args]


def ports_stay(c):
    for server in c.servers():
        for found in c.cloud.ports(server["id"]):
            c.user_made(found["id"])


@case()
def port_that_answers(c):
    """A connection to the target's own address; refused until somebody listens."""
    sid, address = local_server(c)
    with socket.socket() as listener:
        listener.bind((address, 0))
        word = "tcp:%d" % listener.getsockname()[1]
        held = c.rezone(*keeping(probed(c, sid, word, timeout="1"))).expect(2).move()
        assert held["state"] == "held" and word in held["held_reason"] and address in held["held_reason"], held
        listener.listen(5)
        done = c.rezone("resume", held["id"], "-y", "-f", "json").expect(0).move()
        assert done["state"] == "moved" and done["lost"] == [], done
    ports_stay(c)


class Page(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_GET(self):
        Page.seen.append((self.path, dict(self.headers)))
        self.send_response(503 if "down" in self.path else 200)
        self.send_header("Content-Length", "200000")
        self.end_headers()
        try:
            self.wfile.write(b"x" * 200000)
        except OSError:
            pass

    def log_message(self, *args):
        pass


@case()
def page_that_answers(c):
    """Below 400 is an answer, however long its body; 503 is none. No token of the cloud goes there, and no proxy is asked."""
    sid, address = local_server(c)
    server = http.server.ThreadingHTTPServer((address, 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    c.later(server.shutdown)
    port = server.server_address[1]
    env = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1,localhost"}
    words = ("http:%d/healthy?x=1" % port, "http:%d/down" % port)
    held = c.rezone(*keeping(probed(c, sid, *words, timeout="1")), env=env).expect(2).move()
    assert "503" in held["held_reason"] and "/down" in held["held_reason"], held["held_reason"]
    paths = [p for p, _ in Page.seen]
    assert paths.count("/healthy?x=1") == 1 and "/down" in paths, paths
    assert not [h for _, headers in Page.seen for h in headers if "token" in h.lower() or "auth" in h.lower()], Page.seen
    c.rezone("resume", held["id"], "-y", "--accept", "probe").expect(0)
    ports_stay(c)
