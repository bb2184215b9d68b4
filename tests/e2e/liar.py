# SPDX-License-Identifier: Apache-2.0
"""A proxy before the fake cloud that changes what comes back, byte by byte: what no JSON fault could say."""
import http.client
import http.server
import os
import threading

# What belongs to one connection alone.
HOPS = ("connection", "transfer-encoding", "content-length", "keep-alive", "date")


class Answer:
    """What the cloud said: status, headers as pairs of bytes, body as bytes. A twist changes it in place."""

    def __init__(self, method, path, status, headers, body):
        self.method, self.path, self.status, self.headers, self.body = method, path, status, headers, body


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def serve(self):
        liar = self.server.liar
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if size else None
        connection = http.client.HTTPConnection("127.0.0.1", liar.port, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            head = {k: v for k, v in self.headers.items() if k.lower() not in HOPS}
            if liar.ask:
                body = liar.ask(self.path, head, body)
            for key, value in head.items():
                connection.putheader(key, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in reply.getheaders() if k.lower() not in HOPS]
            answer = Answer(self.command, self.path, reply.status, headers, reply.read())
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        finally:
            connection.close()
        with liar.lock:
            liar.seen += 1
            twist = liar.twist
        if twist:
            twist(answer)
        lines = [b"HTTP/1.1 %d X" % answer.status] + [k + b": " + v for k, v in answer.headers]
        lines.append(b"Content-Length: %d" % len(answer.body))
        if answer.status == 204 or (self.command == "HEAD"):
            lines.pop()
            answer.body = b""
        try:
            self.wfile.write(b"\r\n".join(lines) + b"\r\n\r\n" + answer.body)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


class Liar:
    """Listens on a port that the system picks. .clouds_yaml names it.

    .ask(path, headers, body): called with each request, gives its body; .twist(answer): called with each reply.
    """

    def __init__(self, c):
        self.port, self.twist, self.ask, self.seen, self.lock = c.backend.port, None, None, 0, threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.liar = self
        self.own = self.server.server_address[1]
        self.clouds_yaml = c.folder + "/liar.yaml"
        with open(c.backend.clouds_yaml) as f, open(self.clouds_yaml, "w") as out:
            out.write(f.read().replace(":%d" % self.port, ":%d" % self.own))
        os.chmod(self.clouds_yaml, 0o600)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        c.later(self.close)
        c.rezone.env["OS_CLIENT_CONFIG_FILE"] = self.clouds_yaml

    def close(self):
        self.server.shutdown()
        self.server.server_close()
