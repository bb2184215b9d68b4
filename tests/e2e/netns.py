# SPDX-License-Identifier: Apache-2.0
"""A network of a case's own: a namespace in which the cloud's ports answer, and whose cable can be pulled."""
import ctypes
import os
import select
import shutil
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000


def usable():
    """Whether this machine lets us make one: it is tried."""
    name, quiet = "rezone-probe-%d" % os.getpid(), {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() or not shutil.which("ip") or subprocess.call(["ip", "netns", "add", name], **quiet):
        return False
    subprocess.call(["ip", "netns", "delete", name], **quiet)
    return True


def enter(path):
    """This thread, and none else, belongs to another network from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + path)
    finally:
        os.close(fd)


class Network:
    """prefix: what to put before a command so that it runs in there. Sockets stay in the network they were made in:
    one thread listens inside, and what it accepts is carried to the same port outside."""

    def __init__(self, name, ports):
        self.name, self.open = name, True
        self.prefix = ["ip", "netns", "exec", name]
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.listeners = []
        self.plug()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.relay, args=(ports, ready), daemon=True)
        self.thread.start()
        if not ready.wait(10):
            raise AssertionError("the relay into %s does not start" % name)

    def plug(self):
        subprocess.run(["ip", "-n", self.name, "link", "set", "lo", "up"], check=True)

    def pull(self):
        subprocess.run(["ip", "-n", self.name, "link", "set", "lo", "down"], check=True)

    def relay(self, ports, ready):
        enter("/run/netns/" + self.name)
        for port in ports:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(64)
            self.listeners.append((listener, port))
        enter("/proc/%d/ns/net" % os.getpid())
        ready.set()
        while self.open:
            for found in select.select([one for one, _ in self.listeners], [], [], 0.2)[0]:
                inner, _ = found.accept()
                port = dict(self.listeners)[found]
                threading.Thread(target=self.carry, args=(inner, port), daemon=True).start()

    def carry(self, inner, port):
        try:
            with inner, socket.create_connection(("127.0.0.1", port), 10) as outer:
                both = {inner: outer, outer: inner}
                while self.open:
                    for one in select.select(list(both), [], [], 1)[0]:
                        data = one.recv(65536)
                        if not data:
                            return
                        both[one].sendall(data)
        except OSError:
            pass

    def close(self):
        self.open = False
        self.thread.join(5)
        for listener, _ in self.listeners:
            listener.close()
        subprocess.run(["ip", "netns", "delete", self.name], check=True)
