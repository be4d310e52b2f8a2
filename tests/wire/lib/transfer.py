# SPDX-License-Identifier: Apache-2.0
"""One long TCP transfer through the wire, checked byte by byte at its end."""
import hashlib
import threading
import time

from tcp import connected_pair

_BLOCK = hashlib.sha512(b'transfer').digest() * 1024  # 64 KiB, any offset tells where it is from


class Transfer:
    """Runs while the `with` block runs. `broken` says what went wrong, None when nothing did."""

    def __init__(self, client_ns, server_ns, addr, port=4999, pause_s=0):
        self.c, self.s = connected_pair(client_ns, server_ns, addr, port, timeout_s=30)
        self.broken = None
        self.sent = self.received = 0
        self.stop = False
        self.pause_s = pause_s  # after each 64 KiB: for tests whose worker is slow on purpose
        self.t0 = time.monotonic()
        self.longest_gap_s = 0.0
        self.threads = [threading.Thread(target=self._send), threading.Thread(target=self._recv)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *exc):
        self.stop = True
        for t in self.threads:
            t.join(60)
        if any(t.is_alive() for t in self.threads):
            self.broken = self.broken or 'did not end'
        if self.broken is None and self.sent != self.received:
            self.broken = f'{self.sent} bytes sent, {self.received} received'
        self.c.close()
        self.s.close()

    def mbit_s(self):
        return self.received * 8e-6 / (time.monotonic() - self.t0)

    def _send(self):
        try:
            while not self.stop and self.broken is None:
                self.c.sendall(_BLOCK)
                self.sent += len(_BLOCK)
                if self.pause_s:
                    time.sleep(self.pause_s)
            self.c.shutdown(1)
        except OSError as e:
            self.broken = f'sender after {self.sent} bytes: {e}'

    def _recv(self):
        view = memoryview(_BLOCK + _BLOCK)
        buf = bytearray(len(_BLOCK))
        last = time.monotonic()
        try:
            while True:
                n = self.s.recv_into(buf)
                now = time.monotonic()
                self.longest_gap_s = max(self.longest_gap_s, now - last)
                last = now
                if n == 0:
                    return
                at = self.received % len(_BLOCK)
                if buf[:n] != view[at:at + n]:
                    self.broken = f'bytes altered near {self.received}'
                    return
                self.received += n
        except OSError as e:
            self.broken = f'receiver after {self.received} bytes: {e}'
