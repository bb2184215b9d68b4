# SPDX-License-Identifier: Apache-2.0
"""TLS with a CA of one's own, and HTTP/2 through a proxy."""
import os
import shutil
import socket
import subprocess

from cloud import wait
from harness import Skip, case


def openssl(folder, *words, **kw):
    done = subprocess.run(["openssl"] + list(words), cwd=folder, capture_output=True, text=True, **kw)
    assert done.returncode == 0, done.stderr


def authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=e2e %s" % name, "-keyout", name + ".key", "-out", name + ".pem")
    return "%s/%s.pem" % (folder, name)


def certificate(folder, ca, name, host, days="2"):
    """A server's certificate for one host name or address; the paths of certificate and key."""
    kind = "IP" if host[0].isdigit() else "DNS"
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + host,
            "-keyout", name + ".key", "-out", name + ".csr")
    with open("%s/%s.ext" % (folder, name), "w") as f:
        f.write("subjectAltName=%s:%s\n" % (kind, host))
    openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key", "-CAcreateserial",
            "-days", days, "-extfile", name + ".ext", "-out", name + ".pem")
    return "%s/%s.pem" % (folder, name), "%s/%s.key" % (folder, name)


def tls(c, host="127.0.0.1", days="2"):
    """Another fake cloud that speaks TLS, in place of the case's plain one; the CA that vouches for it."""
    if not shutil.which("openssl"):
        raise Skip("no openssl")
    folder = c.folder + "/tls"
    os.makedirs(folder)
    ca = authority(folder, "ca")
    cert, key = certificate(folder, "ca", "server", host, days)
    c.restart("--tls-cert", cert, "--tls-key", key)
    with open(c.backend.clouds_yaml) as f:
        lines = [line for line in f if "cacert" not in line]
    with open(c.backend.clouds_yaml, "w") as f:
        f.writelines(lines)
    c.backend.forget()
    return ca


def nothing_arrived(c):
    """A refused peer must not have seen a request, with a password least of all."""
    assert not c.backend.requests(), c.backend.requests()


@case(on=("fake",))
def good_authority(c):
    ca = tls(c)
    sid = c.boot()
    c.backend.forget()
    assert c.rezone.move(sid, "--to", "az2", "--os-cacert", ca).expect(0).move()["state"] == "moved"
    c.rezone.env["OS_CACERT"] = ca
    c.rezone("check").expect(0)


@case(on=("fake",))
def unknown_authority(c):
    tls(c)
    run = c.rezone("check").expect(5)
    run.says("certificate")
    other = authority(c.folder, "other")
    c.rezone("check", "--os-cacert", other).expect(5).says("certificate")
    nothing_arrived(c)


@case(on=("fake",))
def insecure_when_told(c):
    tls(c)
    c.rezone("--insecure", "check").expect(0).says("az1")
    assert c.backend.requests()


@case(on=("fake",))
def wrong_host_name(c):
    ca = tls(c, host="cloud.example")
    c.rezone("check", "--os-cacert", ca).expect(5).says("certificate")
    nothing_arrived(c)


@case(on=("fake",))
def expired_certificate(c):
    ca = tls(c, days="-1")
    c.rezone("check", "--os-cacert", ca).expect(5).says("certificate")
    nothing_arrived(c)


@case(on=("fake",))
def missing_authority_file(c):
    c.rezone("check", "--os-cacert", c.folder + "/no-such.pem").expect(5).says("no-such.pem")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@case(on=("fake",))
def http2_through_a_proxy(c):
    """nghttpx speaks HTTP/2 to us and HTTP/1.1 to the cloud: what is sent once arrives once."""
    if not shutil.which("nghttpx") or not shutil.which("openssl"):
        raise Skip("no nghttpx")
    folder = c.folder + "/h2"
    os.makedirs(folder)
    ca = authority(folder, "ca")
    cert, key = certificate(folder, "ca", "server", "127.0.0.1")
    port = free_port()
    c.restart("--url", "https://127.0.0.1:%d" % port, connect=False)
    with open(folder + "/nghttpx.log", "wb") as log:
        proxy = subprocess.Popen(["nghttpx", "--conf=/dev/null", "-f127.0.0.1,%d" % port, "-b127.0.0.1,%d" % c.backend.port,
                                  "--no-ocsp", "--workers=1", key, cert],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    c.later(lambda: (proxy.terminate(), proxy.wait(10)))

    def listening():
        assert proxy.poll() is None, open(folder + "/nghttpx.log").read()[-2000:]
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    wait("nghttpx to listen", listening, 20)
    path = c.backend.clouds["demo"]["auth_url"].split("/", 3)[3]
    for account in c.backend.clouds.values():
        account["auth_url"] = "https://127.0.0.1:%d/%s" % (port, path)
    c.connect()
    sid = c.boot()
    c.backend.forget()
    url = c.backend.clouds["demo"]["auth_url"]
    run = c.rezone.move(sid, "--to", "az2", "--os-cacert", ca, "--os-auth-url", url)
    assert run.expect(0).move()["state"] == "moved"
    creates = [r for r in c.backend.requests() if r["method"] == "POST" and r["path"].endswith("/servers")]
    assert len(creates) == 1, creates
    c.rezone.env.update(OS_CACERT=ca, OS_AUTH_URL=url)
