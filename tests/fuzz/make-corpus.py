#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzzers from tests/data and from what is typed and met in practice.

tests/fuzz/make-corpus.py [FOLDER]     FOLDER: tests/fuzz/corpus

Seeds are called seed-<n>; everything else in the folders was found by fuzzing and stays.
"""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
data = os.path.join(here, "..", "data")
END = b"\xff"  # between the parts of an input


def fixture(name):
    with open(os.path.join(data, name), "rb") as f:
        return f.read().strip()


CLOUDS = b"""base: &b {auth: &a {username: u, password: 'x y', project_name: p,
  auth_url: 'https://identity.example:5000/v3', user_domain_name: Default,
  project_domain_id: default}}
clouds:
  one:
    <<: *b
    region_name: RegionOne
    interface: internal
    verify: false
    compute_api_version: '2.60'
  two: {auth: *a, regions: [r, {name: s, values: {}}], cacert: ~/ca.pem}
"""
APPLICATION = b"""clouds:
  one:
    auth_type: v3applicationcredential
    auth: {auth_url: 'http://h/v3', application_credential_id: a,
           application_credential_secret: s}
    compute_endpoint_override: http://h:8774/v2.1
"""
SECURE = b"clouds:\n  one:\n    auth: {password: opensesame}\n"
JSON_CLOUDS = (b'{"clouds": {"one": {"auth": {"auth_url": "http://h", "username": "u",'
               b' "project_id": 1, "user_domain_id": true}, "verify": 1.5}}}')


def clouds():
    yield b"\x04" + CLOUDS + END + SECURE + END
    yield b"\x04" + APPLICATION + END + END
    yield b"\x0d" + JSON_CLOUDS + END + SECURE + END + b"RegionTwo"
    yield b"\x06" + CLOUDS + END + b"clouds: {one: {profile: x}}" + END + b"\x1b[2J"


def answer(status, headers, body):
    return bytes([status, headers]) + body + END


def identity():
    token = answer(1, 5, fixture("keystone/token.json"))
    one_region = answer(1, 1, fixture("keystone/token_one_region.json"))
    versions = answer(2, 0, fixture("keystone/versions.json"))
    compute = answer(0, 0, fixture("nova/version.json"))
    yield b"\x08" + token + compute
    yield b"\x00" + one_region + answer(2, 0, fixture("nova/versions.json"))
    yield b"\x09" + versions + versions + token + compute + compute
    yield b"\x1c" + answer(0, 1, fixture("keystone/token_unscoped.json"))
    yield b"\x2a" + answer(7, 0, fixture("keystone/unauthorized.json"))
    yield b"\x28" + token + answer(0, 0, fixture("nova/version_range.json")) * 3


def errors():
    for status, service, name in (
            (13 - 3, 1, "nova/fault.json"), (6, 1, "nova/locked.json"),
            (2, 1, "nova/policy.json"), (2, 1, "nova/quota.json"),
            (6, 3, "neutron/over_quota.json"), (6, 3, "neutron/port_in_use.json"),
            (6, 2, "glance/conflict.html"), (1, 0, "keystone/unauthorized.json"),
            (16, 1, "nova/image_id.json")):
        yield bytes([status, service, 8]) + b"req-1" + END + fixture(name)
    yield bytes([11, 3, 4]) + b"http://h/x" + END + b"<html><h1>502 Bad Gateway</h1>&lt;x&#62;"
    yield bytes([16, 1, 4]) + b"http://h/images/3b2b2c44-9a51-4b06-8d5e-6f4f7f0f7b11" + END


def kinds():
    for name in ("nova/server.json", "nova/server_246.json", "glance/images.json",
                 "glance/image.json", "neutron/ports.json", "neutron/floatingips.json"):
        yield b"0f8f3c5a-6b7c-4d9e-8f01-a2b3c4d5e6f7" + END + END + fixture(name)
    yield b"a/b?c,../d" + END + b"m&n" + END + (
        b'{"servers": [{"id": "x"}], "servers_links": [{"rel": "next", "href": "h"}]}')
    yield b"x" + END + END + b'{"images": [], "next": "/v2/images?limit=1&marker=abc#x"}'
    for key in ("instanceActions", "security_groups", "availabilityZoneInfo", "networks",
                "volumeAttachments", "interfaceAttachments", "server_groups", "shares"):
        yield END + END + b'{"%s": [{"id": null}, 1, []]}' % key.encode()
    yield END + END + b'{"limits": {"absolute": {}}, "flavor": {}, "extra_specs": {}}'
    yield b"5d0c7b7e-32c1-4a52-9a39-1f8f0a3b2c1d 1" + END + b"v'1" + END + (
        b'{"volumes": [{"id": "v", "metadata": {"rezone": "x"}}], "volumes_links": [{"rel": "next"}]}')
    yield b"x,y" + END + END + (
        b'{"floatingips": [{"port_id": null, "port_forwardings": [{"internal_port": 22}]}], "floatingip": []}')
    yield END + END + b'{"port": {"fixed_ips": [{}], "tags": [1]}, "volume": null, "server_group": {"members": [1]}}'


def headers():
    yield from (b"Sun, 06 Nov 1994 08:49:37 GMT", b"2026-11-20T10:00:00.678Z",
                b"2026-02-29 23:59:60+05:30", b"1.5", b"120", b"2.79", b"v2.1",
                b"https://identity.example:5000/v2.0/", b"http://u:p@h/x?y#z",
                b"https://h/identity/v3/auth/tokens", b"gAAAAAB0123456789012345678901234567890")


def reply():
    body = fixture("nova/server.json")[:500]
    yield (b"\x00HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
           b"Date: Fri, 20 Nov 2026 10:00:00 GMT\r\nX-Compute-Request-Id: req-0a_b.c\r\n"
           b"Content-Length: %d\r\n\r\n" % len(body) + body)
    yield b"\x01Retry-After: 7\r\nContent-Length: 0\r\n\r\n"
    yield (b"\x03Date: Fri, 20 Nov 2026 10:00:00 GMT\r\n"
           b"Retry-After: Fri, 20 Nov 2026 10:01:00 GMT\r\nConnection: close\r\n\r\nslow")
    yield b"\x00HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    yield b"\x00HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: http://o/\r\n\r\n"
    yield b"\x02HTTP/1.1 200 OK\r\nContent-Length: 99\r\nX-Auth-Token: gAAAA\r\n\r\ncut"


    for line in (b"HTTP/1.0 399 x", b"HTTP/1.1 400", b"HTTP/1.1 999 \x1b[2J", b"HTTP/9.9 200 OK", b"HTTP/1.1 -1 x",
                 b"HTTP/1.1 000", b"SSH-2.0-OpenSSH_9.2", b"HTTP/1.1 2000 OK", b"ICY 200 OK"):
        yield b"\x00" + line + b"\r\n\r\n"


def redact():
    yield b"\x00" + b'{"auth": {"identity": {"password": {"user": {"password": "x"}}}}}'
    yield b"\x00" + fixture("keystone/token.json")[:800]
    yield b"\x01" + b"s3cr\"et/\xc3\xa4" + END + b"other" + END + b" around "
    yield b"\x02" + bytes(range(1, 120))
    yield b"\x03" + bytes(range(120, 1, -1))
    # Deeper than the scanner looks, and out again.
    yield b"\x02" + b"\x01\x03\x00" * 70 + b"\x00" * 69 + b"\x02\x01\x00\x03"


def words(text):
    return END.join(text.encode().split(b" ")) + END


def cmdline():
    for line in ("move web1 --to az2 -y --addresses new", "status -f json -c id --watch",
                 "--os-cloud one plan web1 --to az2", "show 3f2a -f csv", "commit 3f2a -y",
                 "resume --accept description,name --settle 5", "discard x --patience 1.5",
                 "--help", "--version", "mvoe web1", "check --debug --insecure",
                 "move --to az1:host x", "move -y --step-timeout stop=60 a b c --to z",
                 "status -c nothing", "move web1 --to az2 --parallel 0", "--dump-options",
                 "move --name a* --tag t --metadata k=v --to az2 -y", "move --usage", "-- status"):
        yield words(line)


def show():
    row = b'[{"id": "1", "server_name": "=cmd|x", "announced": [{"name": "a", "text": "b"}]}]'
    for choice in range(2, 4):
        yield bytes([choice, 8]) + row
        yield bytes([choice]) + bytes(range(0, 60))
    yield b"\x00\x10" + "zone \u202e \u200b \x1b[2J \u00e4\u6f22 \U000e0041".encode() + b"\xc3\x28\xff"
    yield b"\x01" + bytes(range(20, 200))


def changes(seed, n):
    """Bytes that look like chance and are the same everywhere."""
    out = bytearray()
    while len(out) < n:
        seed = (seed * 1103515245 + 12345) % 2 ** 31
        out.append(seed >> 16 & 0xFF)
    return bytes(out)


# Addresses kept, a floating IP and a volume, copies, probes, paused, suspended, an order of NICs: cloud_double.h.
HOW = (0x00, 0x01, 0x03, 0x07, 0x0B, 0x13, 0x27, 0x6F)


def judges():
    for compute in range(8):
        for how in (HOW[compute], HOW[(compute + 3) % 8]):
            yield bytes([0x08 if compute % 2 else 0x00, compute, how, 0, compute % 4])
            yield bytes([0x0F, compute, how, compute * 2, 1 + compute % 3]) + changes(compute + how, 80)


def engine():
    for how in HOW[1:]:
        yield bytes([how, 0x01, how % 8])
        yield bytes([how, 0x02, how % 8])
        yield bytes([how, 0x24, how % 8]) + changes(how, 400)
        yield bytes([how, 0x02, 0]) + b"\x00" * (60 + how) + b"\xff"  # one lost answer
    for compute in range(8):
        yield bytes([0, (0x01, 0x02, 0x00, 0x03)[compute % 4], compute])
    for seed in range(8):
        yield bytes([0, 0x24, seed]) + changes(seed, 200)
    for at in (20, 40, 60, 80, 100):  # one lost answer
        yield bytes([0, 0x01, 0]) + b"\x00" * at + b"\xff"


def state_file():
    yield b"\x00\x00"
    yield b"\x02\x00" + changes(3, 30)
    yield b"\x04\xf8\x20\x00"
    yield b"\x01SQLite format 3\x00" + bytes(84)
    yield b"\x01"


def state_rows():
    for deed in range(3):
        yield bytes([deed])
    for column in range(25):
        for value in (0x1d, 0x27, 0x07):
            yield bytes([column % 3, 0, 1, column, 0, value, column + value])
    yield bytes([0, 0, 5, 9, 42])


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "corpus")
    for target in (clouds, identity, errors, kinds, headers, reply, redact, cmdline, show, judges,
                   engine, state_file, state_rows):
        folder = os.path.join(top, target.__name__)
        os.makedirs(folder, exist_ok=True)
        for n, seed in enumerate(target()):
            with open(os.path.join(folder, "seed-%02d" % n), "wb") as f:
                f.write(seed)


main()
