# SPDX-License-Identifier: Apache-2.0
"""Two listeners of the tests' own: a gate that can be shut before a request, and another host that records what comes."""
import http.client
import http.server
import socket
import threading


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that went away is what is tested here


class Trap:
    """Another host: whatever a redirect leads here is kept, headers and all."""

    def __init__(self):
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def keep(self):
                seen.append("%s %s\n%s" % (self.command, self.path, self.headers))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = keep

            def log_message(self, *args):
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    def address(self, word):
        """Under another name than the cloud's, so that it is another host by any rule."""
        return "http://localhost:%d/%s" % (self.server.server_address[1], word)

    def of(self, word):
        return [text for text in self.seen if "/%s" % word in text]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Gate:
    """Stands before a fake cloud and hands requests on, until its door is shut: then connections are refused."""

    def __init__(self, port):
        self.port, self.fits, self.at, self.left, self.seconds = port, None, None, 0, None
        self.counting, self.lock, self.connections = False, threading.Lock(), set()
        self.server = self.timer = None
        self.closed = False
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.own_port = probe.getsockname()[1]
        self.open()

    def arm(self, fits, at, after, seconds):
        """Shut the door before a request.

        fits(method, path, body): may it come after this one? None: at once. at(method, path, body): is this the request?
        It is not handed on and will be repeated in vain; None: so many requests (after) are answered, the next finds
        nobody. seconds: how long the door stays shut; None: until open().
        """
        with self.lock:
            self.fits, self.at, self.left, self.seconds, self.counting = fits, at, after, seconds, fits is None
        if fits is None and not at and after == 0:
            self._shut()

    def open(self):
        with self.lock:
            if self.server or self.closed:
                return
            gate = self

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def setup(self):
                    super().setup()
                    gate.connections.add(self.connection)

                def finish(self):
                    gate.connections.discard(self.connection)
                    super().finish()

                def relay(self):
                    gate.relay(self)

                do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = relay

                def log_message(self, *args):
                    pass

            self.server = _Server(("127.0.0.1", self.own_port), Handler)
            threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def relay(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        text = body.decode("utf-8", "replace")
        with self.lock:
            gone = not self.server
            met = self.counting and self.at and self.at(handler.command, handler.path, text)
        if met:
            self._shut()
        if met or gone:
            handler.close_connection = True
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        upstream.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        reply = upstream.getresponse()
        data = reply.read()
        shut = False
        with self.lock:
            if self.counting:
                self.left -= 1
                shut = self.left == 0 and not self.at
            elif self.fits and self.fits(handler.command, handler.path, text):
                self.counting = True
                shut = self.left == 0 and not self.at
        handler.send_response_only(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                handler.send_header(name, value)
        if reply.status != 204:
            handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
        handler.wfile.flush()
        upstream.close()
        if shut:
            handler.close_connection = True
            self._shut()

    def _later(self):
        if self.seconds is not None and not self.closed:
            self.timer = threading.Timer(self.seconds, self.open)
            self.timer.daemon = True
            self.timer.start()

    def _shut(self):
        with self.lock:
            self.fits, self.at, self.counting = None, None, False
            server, self.server = self.server, None
        if not server:
            return
        server.socket.close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        threading.Thread(target=server.shutdown, daemon=True).start()
        self._later()

    def close(self):
        self.closed = True
        if self.timer:
            self.timer.cancel()
        self._shut()

