# SPDX-License-Identifier: Apache-2.0
"""TCP between two namespaces, timed at both ends: who learns what, and when."""
import errno
import select
import socket
import threading
import time


def connected_pair(client_ns, server_ns, server_addr, port, timeout_s=5.0):
    """(client, server) sockets of one connection through the wire."""
    family = socket.AF_INET6 if ':' in server_addr else socket.AF_INET
    lst = server_ns.socket(family, socket.SOCK_STREAM)
    lst.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    lst.bind((server_addr, port))
    lst.listen(8)
    lst.settimeout(timeout_s)
    c = client_ns.socket(family, socket.SOCK_STREAM)
    c.settimeout(timeout_s)
    c.connect((server_addr, port))
    s, _ = lst.accept()
    lst.close()
    for x in (c, s):
        x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        x.settimeout(timeout_s)
    return c, s


def exchange(a, b, data):
    """`data` from a to b, whole."""
    a.sendall(data)
    got = b''
    while len(got) < len(data):
        part = b.recv(65536)
        if not part:
            raise AssertionError(f'connection ended after {len(got)} of {len(data)} bytes')
        got += part
    if got != data:
        raise AssertionError('bytes were altered')


class Ends(threading.Thread):
    """Watches sockets until each has failed; `when[i]` is (seconds since start, errno name)."""

    def __init__(self, *socks):
        super().__init__(daemon=True)
        self.socks = socks
        self.when = [None] * len(socks)
        self.data = [b''] * len(socks)
        self.t0 = time.monotonic()
        self.start()

    def run(self):
        poll = select.poll()
        left = {}
        for i, s in enumerate(self.socks):
            s.setblocking(False)
            poll.register(s, select.POLLIN)
            left[s.fileno()] = i
        while left:
            for fd, _ in poll.poll(10000) or self._give_up(left):
                i = left[fd]
                try:
                    part = self.socks[i].recv(65536)
                    self.data[i] += part
                    how = None if part else 'EOF'
                except BlockingIOError:
                    continue
                except OSError as e:
                    how = errno.errorcode.get(e.errno, str(e.errno))
                if how:
                    self.when[i] = (time.monotonic() - self.t0, how)
                    poll.unregister(fd)
                    del left[fd]

    @staticmethod
    def _give_up(left):
        left.clear()
        return []

    def both_reset(self, within_s):
        """Seconds after which each end had seen a reset; AssertionError otherwise."""
        self.join(11)
        for i, w in enumerate(self.when):
            if w is None:
                raise AssertionError(f'end {i} never saw the connection close')
            if w[1] != 'ECONNRESET':
                raise AssertionError(f'end {i} saw {w[1]}, not a reset')
            if w[0] > within_s:
                raise AssertionError(f'end {i} saw the reset after {w[0] * 1000:.0f} ms')
        return [w[0] for w in self.when]
