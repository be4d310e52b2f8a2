# SPDX-License-Identifier: Apache-2.0
"""Network namespaces, sockets inside them, raw frames and VLAN tags, with the standard library.

Namespaces are named after the test's process, so that two runs do not meet. A socket belongs to
the namespace in which it was made, whatever its owner does later: `Netns.here()` switches the
calling thread for as long as it takes to make one.
"""
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import threading
import time

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_AUXDATA = 8
PACKET_MR_PROMISC = 1
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 2, 0x1000


def run(*argv, check=True, **kw):
    """A command to its end; its output in the error when it fails."""
    kw.setdefault('timeout', 60)
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)
    if check and p.returncode != 0:
        raise RuntimeError(f'{" ".join(argv)}: exit {p.returncode}: {p.stdout.strip()}')
    return p


def wait_for(what, probe, timeout_s=10.0):
    """Ask `probe` until it answers something true, and return that; what cannot be waited for
    with a descriptor (another program's state) is asked for every few milliseconds."""
    end = time.monotonic() + timeout_s
    tick = threading.Event()
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f'waited {timeout_s} s for {what}')
        tick.wait(0.005)


class Netns:
    """A namespace that exists while the object is open."""

    def __init__(self, name):
        self.name = name
        run('ip', 'netns', 'add', name)
        self.fd = os.open(f'/run/netns/{name}', os.O_RDONLY)
        self.cmd('ip', 'link', 'set', 'lo', 'up')

    def close(self):
        os.close(self.fd)
        for pid in run('ip', 'netns', 'pids', self.name, check=False).stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), 9)
        run('ip', 'netns', 'del', self.name, check=False)

    def cmd(self, *argv, **kw):
        return run('ip', 'netns', 'exec', self.name, *argv, **kw)

    def popen(self, *argv, **kw):
        return subprocess.Popen(['ip', 'netns', 'exec', self.name, *argv], **kw)

    @contextlib.contextmanager
    def here(self):
        old = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
        try:
            if _libc.setns(self.fd, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), 'setns')
            yield
        finally:
            if _libc.setns(old, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), 'setns back')
            os.close(old)

    def socket(self, *args):
        with self.here():
            return socket.socket(*args)

    def sysctl(self, key, value):
        with self.here(), open('/proc/sys/' + key.replace('.', '/'), 'w') as f:
            f.write(str(value))


class RawPort:
    """Frames of an interface as they are on the wire, sent and received."""

    def __init__(self, ns, ifname):
        self.ifname = ifname
        self.sock = ns.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.bind((ifname, ETH_P_ALL))
        with ns.here():
            index = socket.if_nametoindex(ifname)
        self.sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                             struct.pack('iHH8s', index, PACKET_MR_PROMISC, 0, b''))

    def close(self):
        self.sock.close()

    def send(self, frame):
        self.sock.send(frame)

    def recv(self, timeout_s):
        """The next frame that came in (not one we sent); None after `timeout_s`."""
        end = time.monotonic() + timeout_s
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                frame, anc, _, addr = self.sock.recvmsg(65536, 256)
            except socket.timeout:
                return None
            if addr[2] == PACKET_OUTGOING:
                continue
            return self._with_tag(frame, anc)

    @staticmethod
    def _with_tag(frame, anc):
        # The kernel lifts the outer tag off a received frame; it is put back where it was.
        for level, kind, data in anc:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = struct.unpack('IIIHHHH', data[:20])
                if status & TP_STATUS_VLAN_VALID:
                    if not status & TP_STATUS_VLAN_TPID_VALID:
                        tpid = 0x8100
                    return frame[:12] + struct.pack('!HH', tpid, tci) + frame[12:]
        return frame


class TaggedPort:
    """A tap interface `name` in `ns` whose frames travel over `lower` with VLAN tags.

    Serves where the kernel has no 802.1Q devices; `tags` is [(tpid, vlan id)], outermost first.
    """

    def __init__(self, ns, lower, name, tags):
        self.push = b''.join(struct.pack('!HH', tpid, vid) for tpid, vid in tags)
        self.raw = RawPort(ns, lower)
        with ns.here():
            self.tap = os.open('/dev/net/tun', os.O_RDWR)
            fcntl.ioctl(self.tap, TUNSETIFF,
                        struct.pack('16sH22s', name.encode(), IFF_TAP | IFF_NO_PI, b''))
        self.open = True
        for body in (self._out, self._in):
            threading.Thread(target=body, daemon=True).start()

    def close(self):
        self.open = False
        os.close(self.tap)
        self.raw.close()

    def _out(self):
        with contextlib.suppress(OSError):
            while self.open:
                f = os.read(self.tap, 65536)
                self.raw.send(f[:12] + self.push + f[12:])

    def _in(self):
        n = len(self.push)
        with contextlib.suppress(OSError):
            while self.open:
                f = self.raw.recv(3600)
                if f and f[12:12 + n] == self.push:
                    # Refused until the interface is up: lost, as on any link that is down.
                    with contextlib.suppress(OSError):
                        os.write(self.tap, f[:12] + f[12 + n:])
