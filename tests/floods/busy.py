"""A busy server on loopback, nginx where it is installed, and clients that ask it without end."""

import contextlib
import http.client
import http.server
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

from kit.deadline import until
from vimtrace import procfs

CONFIGURATION = """
daemon off; error_log stderr; pid {folder}/pid; worker_processes 2;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""
PAUSE = 0.01  # seconds between two requests of a client
CLIENTS = 2


class Busy:
    """The *process* of the server, and the number of pages it has *served*."""

    def __init__(self, process, port):
        self.process, self.port, self.served = process, port, 0
        self.ended = threading.Event()

    def pids(self):
        """The processes that do the work."""
        children = [p.pid for p in procfs.descendants(self.process.pid)]
        return children or [self.process.pid]

    def ask(self):
        """Ask for a page and for one that is missing, again and again."""
        while not self.ended.wait(PAUSE):
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                for path in ("/index.html", "/missing"):
                    connection.request("GET", path)
                    connection.getresponse().read()
                    self.served += 1
                connection.close()


@contextlib.contextmanager
def busy_server():
    """A Busy that is up and asked."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "index.html").write_text("hello\n" * 200)
        process = subprocess.Popen(words(folder, port), cwd=name, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        busy = Busy(process, port)
        clients = [threading.Thread(target=busy.ask) for _ in range(CLIENTS)]
        try:
            for client in clients:
                client.start()
            until(lambda: busy.served > 10, "a server that answers")
            yield busy
        finally:
            busy.ended.set()
            process.terminate()
            for client in clients:
                client.join()
            process.wait()


def words(folder, port):
    """The command of the server."""
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not nginx:
        return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder, port=port))
    return [nginx, "-p", str(folder), "-c", str(folder / "conf")]
