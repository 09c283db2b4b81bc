"""nginx in a folder of its own, asked for two pages."""

import http.client
import pathlib
import socket
import subprocess
import tempfile
import time

CONFIGURATION = """
daemon off; error_log stderr; pid {folder}/pid; worker_processes 2;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""

with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    folder = pathlib.Path(name)
    folder.chmod(0o755)
    (folder / "index.html").write_text("hello\n")
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder, port=port))
    server = subprocess.Popen(["nginx", "-p", name, "-c", f"{name}/conf"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
    for path in ("/", "/missing"):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path)
        connection.getresponse().read()
    server.terminate()
    server.wait()
