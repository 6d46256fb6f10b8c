"""A tiny server that answers as an OpenAI-compatible one does, for the tests of whoever asks a judge."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Says `reply(body)`, a text or (status, bytes), and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, reply):
        self.reply, self.asked, self.now, self.most = reply, [], 0, 0
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_):
        """Who was kept waiting has gone."""

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.asked.append((self.path, dict(self.headers), body))
            server.now += 1
            server.most = max(server.most, server.now)
        said = server.reply(body)
        with server.lock:
            server.now -= 1
        if isinstance(said, str):
            said = 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": said}}]}).encode()
        self.send_response(said[0])
        self.end_headers()
        self.wfile.write(said[1])

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    """Starts servers, each by what it replies."""
    running = []

    def serve(reply):
        server = Server(reply)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()
