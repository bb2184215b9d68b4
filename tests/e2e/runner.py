# SPDX-License-Identifier: Apache-2.0
"""Runs the real binary: its output, its exit status, its signals, its terminal."""
import json
import os
import pty
import select
import shlex
import signal
import subprocess
import time

from cloud import wait

# Set by rezone's own author and never by the suite's: an account in the environment would beat clouds.yaml.
FOREIGN = ("OS_", "REZONE_", "XDG_")


class Run:
    """One command that ended (or still runs): args, exit, out, err, seconds."""

    def __init__(self, args, process, files):
        self.args, self.process, self.files = args, process, files
        self.began, self.exit, self.out, self.err = time.monotonic(), None, "", ""

    def finish(self, timeout):
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.read()
            raise AssertionError("did not end within %d s:\n%s" % (timeout, self))
        self.seconds = time.monotonic() - self.began
        self.exit = self.process.returncode
        self.read()
        return self

    def read(self):
        texts = []
        for path in self.files:
            with open(path, errors="replace") as f:
                texts.append(f.read())
        self.out, self.err = texts

    def signal(self, number):
        self.process.send_signal(number)

    def running(self):
        return self.process.poll() is None

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError("stdout is not JSON:\n%s" % self)

    def move(self):
        """The only move of this command's output."""
        moves = self.json
        assert isinstance(moves, list) and len(moves) == 1, "not an array of one move:\n%s" % self
        return moves[0]

    def expect(self, status):
        assert self.exit == status, "exit %s instead of %d:\n%s" % (self.exit, status, self)
        return self

    def says(self, *words):
        """Each word stands somewhere in the messages (letter case does not matter)."""
        text = (self.err + self.out).lower()
        for word in words:
            assert str(word).lower() in text, "%r is not said:\n%s" % (word, self)
        return self

    def __str__(self):
        return "$ rezone %s\nexit %s\n--- stdout\n%s\n--- stderr\n%s" % (
            " ".join(shlex.quote(a) for a in self.args), self.exit, self.out[-3000:], self.err[-3000:])


class Rezone:
    """The binary with a HOME and a state file of its own; every text that it ever printed is kept."""

    def __init__(self, binary, folder, clouds_yaml, timeout):
        self.binary, self.folder, self.timeout, self.count = os.path.abspath(binary), folder, timeout, 0
        self.home, self.state = folder + "/home", folder + "/state/rezone.db"
        os.makedirs(self.home, exist_ok=True)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        self.env.update(HOME=self.home, OS_CLIENT_CONFIG_FILE=clouds_yaml, LC_ALL="C.UTF-8", no_proxy="127.0.0.1,localhost")
        self.runs, self.prefix = [], []

    def begin(self, *args, cloud="demo", state=None, env=None):
        """Start a command without a terminal and without standard input; do not wait for it."""
        self.count += 1
        full = ["--os-cloud", cloud] if cloud else []
        full += ["--state", state or self.state] + list(args)
        files = ["%s/%03d.%s" % (self.folder, self.count, kind) for kind in ("out", "err")]
        with open(files[0], "wb") as out, open(files[1], "wb") as err:
            process = subprocess.Popen(self.prefix + [self.binary] + full, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       env=dict(self.env, **(env or {})), cwd=self.home, start_new_session=True)
        run = Run(full, process, files)
        self.runs.append(run)
        return run

    def __call__(self, *args, timeout=None, **kw):
        return self.begin(*args, **kw).finish(timeout or self.timeout)

    def move(self, *args, **kw):
        return self("move", *args, "--addresses", "new", "-y", "-f", "json", **kw)

    def status(self, *args):
        return self("-f", "json", "status", *args)

    def at_terminal(self, answers, *args, timeout=None):
        """Run with a terminal of its own; answers: (text that is waited for, what is typed then)."""
        self.count += 1
        full = ["--os-cloud", "demo", "--state", self.state] + list(args)
        master, slave = pty.openpty()
        out = "%s/%03d.out" % (self.folder, self.count)
        err = "%s/%03d.err" % (self.folder, self.count)
        process = subprocess.Popen([self.binary] + full, stdin=slave, stdout=slave, stderr=slave, env=self.env,
                                   cwd=self.home, start_new_session=True)
        os.close(slave)
        text, end, left = "", time.monotonic() + (timeout or self.timeout), list(answers)
        seen = 0
        while time.monotonic() < end:
            if select.select([master], [], [], 0.05)[0]:
                try:
                    data = os.read(master, 65536)
                except OSError:
                    break
                if not data:
                    break
                text += data.decode("utf-8", "replace")
                if left and left[0][0] in text[seen:]:
                    seen = len(text)
                    os.write(master, left.pop(0)[1].encode())
            elif process.poll() is not None:
                break
        os.close(master)
        for path, what in ((out, text), (err, "")):
            with open(path, "w") as f:
                f.write(what)
        run = Run(full, process, [out, err])
        self.runs.append(run)
        return run.finish(5 if process.poll() is None else 1)

    def stop_all(self):
        for run in self.runs:
            if run.running():
                run.process.kill()
                run.process.wait()

    def interrupt(self, run, when, what, number=signal.SIGINT, seconds=60):
        """Send a signal at the moment at which when() becomes true; the command must still run then."""
        wait(what, lambda: when() or not run.running(), seconds, every=0.01)
        assert run.running(), "ended before: %s\n%s" % (what, run.finish(5))
        run.signal(number)
        return run
