# SPDX-License-Identifier: BSD-2-Clause
"""The HTTP server that guests exchange files with."""

import hashlib
import http.server
import random
import socket
import threading
import urllib.request


# The guest is no matter of a proxy's.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Handler(http.server.BaseHTTPRequestHandler):
	"""GET gives one of the files, or the data; GET /serve fetches the guest's own and gives its SHA-256; POST
	answers with the SHA-256 of what was sent."""

	def reply(self, body):
		self.send_response(200)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def do_GET(self):
		if self.path == "/serve":
			try:
				with DIRECT.open(self.server.guest_url, timeout=120) as reply:
					self.reply(hashlib.sha256(reply.read()).hexdigest().encode())
			except OSError as error:
				self.reply(str(error).encode())
		else:
			self.reply(self.server.files.get(self.path, self.server.data))

	def do_POST(self):
		body = self.rfile.read(int(self.headers["Content-Length"]))
		self.reply(hashlib.sha256(body).hexdigest().encode())

	def log_message(self, *_):
		pass


def find_free_port():
	with socket.create_server(("127.0.0.1", 0)) as probe:
		return probe.getsockname()[1]


def start_server(wire, data_bytes):
	"""An HTTP server on a free port of the address that the guest sees as 10.0.2.2."""
	address = "127.0.0.1" if wire == "slirp" else "10.0.2.2"
	server = http.server.ThreadingHTTPServer((address, 0), Handler)
	server.forward = find_free_port() if wire == "slirp" else None
	guest = f"127.0.0.1:{server.forward}" if server.forward else "10.0.2.15"
	server.guest_url = f"http://{guest}/file"
	server.files = {}
	server.data = random.Random(82599).randbytes(data_bytes)
	server.sha256 = hashlib.sha256(server.data).hexdigest()
	threading.Thread(target=server.serve_forever, daemon=True).start()
	return server
