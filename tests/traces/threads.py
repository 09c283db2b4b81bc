"""A program with threads, children, sockets, pipes and signals: what a trace is made of."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading


def talk(family, address):
    """A server thread and its client say a line to each other."""
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(address)
        server.listen()

        def serve():
            peer, _ = server.accept()
            with peer:
                peer.sendall(peer.recv(100).upper())

        thread = threading.Thread(target=serve)
        thread.start()
        with socket.create_connection(server.getsockname()) if family == socket.AF_INET else socket.socket(family) as c:
            if family == socket.AF_UNIX:
                c.connect(server.getsockname())
            c.sendall(b'hello, \x00\xff "quoted" ) = 3 (x) \\ \n')
            c.recv(100)
        thread.join()


signal.signal(signal.SIGUSR1, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
with tempfile.TemporaryDirectory(prefix="a b(c) = 3 <x>é") as folder:
    talk(socket.AF_INET, ("127.0.0.1", 0))
    talk(socket.AF_UNIX, os.path.join(folder, "socket"))
    with open(os.path.join(folder, "file) = 5 (x"), "w+") as file:
        file.write("x" * 1000)
        os.dup2(file.fileno(), 30)
        os.unlink(file.name)
        os.fstat(30)
    with contextlib.suppress(OSError):
        os.stat(os.path.join(folder, "missing"))
    left, right = socket.socketpair()
    socket.send_fds(left, [b"take it"], [30])
    socket.recv_fds(right, 100, 4)
subprocess.run(["sh", "-c", "exit 3"])
child = subprocess.Popen(["sleep", "10"])
child.kill()
child.wait()
