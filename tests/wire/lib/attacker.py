# SPDX-License-Identifier: Apache-2.0
"""A TCP stack of our own on one side, a real kernel on the other.

The attacker has an address and a MAC that no kernel owns, so that nobody answers for it. Its frames
reach the victim's kernel on one of two paths: `Bare` (a tap device of its own: what a kernel makes
of these frames) or `Through` (the appliance's wire). A run waits for a marker datagram sent
behind the frames: paths keep order, so when it arrives, the kernel has had everything before it.
"""
import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../replay/lib'))
import gen  # noqa: E402
from gen import ACK, FIN, PSH, RST, SYN, URG  # noqa: E402,F401
from netns import IFF_NO_PI, IFF_TAP, TUNSETIFF, Netns, RawPort  # noqa: E402

MAC = bytes.fromhex('020000000066')
ATTACKER = {4: '10.77.0.66', 6: 'fd77::66'}
VICTIM = {4: '10.77.0.2', 6: 'fd77::2'}
SYNC_PORT = 9999
IP_MINTTL, IPV6_MINHOPCOUNT, TCP_FASTOPEN = 21, 73, 23
MIN_TTL = 5  # of the port that stands for hosts behind so many routers
SIOCGIFHWADDR = 0x8927
AT_ONCE = struct.pack('ii', 1, 0)


class Bare:
    """A namespace whose only interface is a tap in our hands."""

    def __init__(self, name):
        self.ns = Netns(name)
        self.ifname = 'bare0'
        with self.ns.here():
            self.tap = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.tap, TUNSETIFF,
                        struct.pack('16sH22s', self.ifname.encode(), IFF_TAP | IFF_NO_PI, b''))
        self.ns.sysctl('net.ipv6.conf.default.accept_dad', 0)
        self.ns.sysctl(f'net.ipv6.conf.{self.ifname}.accept_dad', 0)
        self.ns.cmd('ip', 'link', 'set', self.ifname, 'mtu', '1500', 'up')
        self.ns.cmd('ip', 'addr', 'add', f'{VICTIM[4]}/24', 'dev', self.ifname)
        self.ns.cmd('ip', 'addr', 'add', f'{VICTIM[6]}/64', 'dev', self.ifname, 'nodad')

    def close(self):
        os.close(self.tap)
        self.ns.close()

    def send(self, frame):
        os.write(self.tap, frame)

    def recv(self, timeout_s):
        end = time.monotonic() + timeout_s
        while True:
            with contextlib.suppress(BlockingIOError):
                return os.read(self.tap, 65536)
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.tap], [], [], left)[0]:
                return None


class Through:
    """The outside namespace of a running wire, attacked from the inside one."""

    def __init__(self, wire):
        self.ns, self.ifname = wire.outside, wire.if_out
        self.port = RawPort(wire.inside, wire.if_in)

    def close(self):
        self.port.close()

    def send(self, frame):
        self.port.send(frame)

    def recv(self, timeout_s):
        return self.port.recv(timeout_s)


class Victim:
    """Sockets of the kernel under attack; what applications read from them."""

    def __init__(self, path, tcp_ports, udp_ports, far_port):
        self.path = path
        ns = path.ns
        with ns.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            self.mac = fcntl.ioctl(s, SIOCGIFHWADDR, struct.pack('256s', path.ifname.encode()))[18:24]
        for v in (4, 6):
            ns.cmd('ip', 'neigh', 'replace', ATTACKER[v], 'lladdr', MAC.hex(':'), 'nud',
                   'permanent', 'dev', path.ifname)
        ns.sysctl('net.ipv4.tcp_fastopen', 0x603)  # accept data in a SYN without a cookie
        self.listen, self.udp, self.got = {}, {}, {}
        for v in (4, 6):
            for p in tcp_ports:
                self.listen[v, p] = self._listener(v, p, p == far_port)
            for p in (*udp_ports, SYNC_PORT):
                s = ns.socket(socket.AF_INET6 if v == 6 else socket.AF_INET, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                s.bind((VICTIM[v], p))
                s.setblocking(False)
                self.udp[v, p] = s
        self.conn = {}
        self.syncs = 0

    def _listener(self, v, port, far):
        s = self.path.ns.socket(socket.AF_INET6 if v == 6 else socket.AF_INET, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if far and v == 4:
            s.setsockopt(socket.IPPROTO_IP, IP_MINTTL, MIN_TTL)
        elif far:
            s.setsockopt(socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT, MIN_TTL)
        with contextlib.suppress(OSError):
            s.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 64)
        s.bind((VICTIM[v], port))
        s.listen(512)
        s.setblocking(False)
        return s

    def dial(self, v, port):
        """The victim as a client; the attacker plays the server."""
        s = self.path.ns.socket(socket.AF_INET6 if v == 6 else socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            s.connect((ATTACKER[v], port))
        self.conn[v, s.getsockname()[1], port] = [s, b'']
        return s.getsockname()[1]

    def accept(self, v, port):
        while True:
            try:
                s, peer = self.listen[v, port].accept()
            except BlockingIOError:
                return
            s.setblocking(False)
            self.conn[v, port, peer[1]] = [s, b'']

    def sync(self, v):
        """Everything sent before has reached the kernel when this returns."""
        self.syncs += 1
        word = b'sync %d' % self.syncs
        src, dst = ATTACKER[v], VICTIM[v]
        u = gen.udp_segment(src, dst, 7, SYNC_PORT, word)
        self.path.send(frame(self.mac, gen.ip_packet(src, dst, 17, u, ident=self.syncs & 0xffff)))
        s = self.udp[v, SYNC_PORT]
        while True:
            if not select.select([s], [], [], 10)[0]:
                raise TimeoutError('the marker datagram did not arrive')
            if s.recv(100) == word:
                return

    def read(self, v, own, peer):
        """Bytes that the application has read on this connection so far; None: no connection."""
        if (v, own) in self.listen:
            self.accept(v, own)
        c = self.conn.get((v, own, peer))
        if c is None:
            return None
        while True:
            try:
                part = c[0].recv(65536)
            except OSError as e:
                if e.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
                    c.append(errno.errorcode.get(e.errno))
                break
            if not part:
                break
            c[1] += part
        return c[1]

    def forget(self, v, own, peer):
        c = self.conn.pop((v, own, peer), None)
        if c:
            c[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            c[0].close()

    def datagrams(self, v, port, peer):
        out = []
        with contextlib.suppress(BlockingIOError):
            while True:
                data, addr = self.udp[v, port].recvfrom(65536)
                if addr[1] == peer:
                    out.append(data)
        return out


def frame(dst_mac, packet, tags=(), src_mac=MAC):
    kind = 0x86dd if packet[0] >> 4 == 6 else 0x0800
    t = b''.join(struct.pack('!HH', *x) for x in tags)
    return dst_mac + src_mac + t + struct.pack('!H', kind) + packet


def ts_option(val, echo=0):
    return b'\x01\x01\x08\x0a' + struct.pack('!II', val & 0xffffffff, echo & 0xffffffff)


_ident = [1]


def fresh_ident():
    """A run's own range of 8 identifications: what was condemned before is not met again."""
    _ident[0] = _ident[0] + 8 & 0xffff
    return _ident[0]


class Peer:
    """The attacker's end of one conversation. `seg(off, data)` sends bytes of the stream; keyword
    arguments spoil the segment (see packet)."""

    def __init__(self, victim, v, port, sport, isn=0x10000000, ts=None, mtu=1500):
        self.victim, self.v, self.port, self.sport = victim, v, port, sport
        self.isn, self.irs, self.ts, self.mtu = isn, None, ts, mtu
        self.src, self.dst = ATTACKER[v], VICTIM[v]
        self.ttl, self.tags, self.ident = 64, (), fresh_ident()
        self.win = 64240
        self.tsval = self.peer_ts = 1000
        self.is_server = False

    # --- making packets

    def packet(self, seq, flags, data=b'', ack=None, win=None, urp=0, opts=b'', ts=None, raw=None,
               bad_sum=False, doff=None, ttl=None, **ip):
        """One segment as an IP packet. seq and ack are absolute; ts: another timestamp; doff: a data
        offset that lies; raw: a function from TCP segment to TCP segment."""
        if ack is None:
            ack = self.irs + 1 if self.irs is not None and flags & ACK else 0
        if self.ts and not opts:
            opts = ts_option(self.tsval if ts is None else ts, self.peer_ts if flags & ACK else 0)
        t = gen.tcp_segment(self.src, self.dst, self.sport, self.port, seq, ack, flags, data,
                            self.win if win is None else win, urp, opts, bad_sum)
        if doff is not None:
            t = t[:12] + bytes([doff << 4]) + t[13:]
            t = resum(self.src, self.dst, t)
        if raw:
            t = raw(t)
        self.ident = self.ident + 1 & 0xffff
        return gen.ip_packet(self.src, self.dst, 6, t, ttl=ttl or self.ttl,
                             ident=ip.pop('ident', self.ident), **ip)

    def send_ip(self, packet, tags=None, mac=None):
        self.victim.path.send(frame(mac or self.victim.mac, packet,
                                    self.tags if tags is None else tags))

    def send(self, seq, flags, data=b'', tags=None, mac=None, wrap=None, **kw):
        """wrap: a function from IP packet to IP packets (fragments, extension headers)."""
        p = self.packet(seq, flags, data, **kw)
        for q in wrap(p) if wrap else (p,):
            self.send_ip(q, tags, mac)

    def seg(self, off, data, flags=PSH | ACK, seq=None, **kw):
        self.send(self.isn + 1 + off if seq is None else seq, flags, data, **kw)

    # --- opening

    def syn_options(self, wscale=7, mss=1460, sack=True):
        o = b'' if mss is None else struct.pack('!BBH', 2, 4, mss)
        if sack:
            o += b'\x01\x01\x04\x02'
        if self.ts:
            o += ts_option(self.tsval)
        if wscale is not None:
            o += b'\x01\x03\x03' + bytes([wscale])
        return o

    def expect(self, want, timeout_s=1):
        """(seq, ack, flags, options) of the victim's next segment that has all flags of `want`."""
        end = time.monotonic() + timeout_s
        while True:
            f = self.victim.path.recv(end - time.monotonic())
            if f is None:
                raise TimeoutError(f'no answer with flags {want:#x}')
            t = self._mine(f)
            if t is not None and t[13] & want == want:
                self._learn_ts(t)
                return struct.unpack('!II', t[4:12]) + (t[13], t[20:(t[12] >> 4) * 4])

    def _mine(self, f):
        at = 14 + 4 * len(self.tags)
        if f[6:12] != self.victim.mac:
            return None
        kind, ip = f[at - 2:at], f[at:]
        if kind == b'\x08\x00' and self.v == 4 and ip[9] == 6:
            t = ip[(ip[0] & 15) * 4:struct.unpack('!H', ip[2:4])[0]]
        elif kind == b'\x86\xdd' and self.v == 6 and ip[6] == 6:
            t = ip[40:]
        else:
            return None
        return t if struct.unpack('!HH', t[:4]) == (self.port, self.sport) else None

    def _learn_ts(self, t):
        o = t[20:(t[12] >> 4) * 4]
        while o and o[0]:
            if o[0] == 1:
                o = o[1:]
                continue
            if o[0] == 8:
                self.peer_ts = struct.unpack('!I', o[2:6])[0]
            o = o[max(o[1], 2):]

    def syn(self, data=b'', flags=SYN, **kw):
        opts = kw.pop('opts', None)
        self.send(self.isn, flags, data, ack=kw.pop('ack', 0),
                  opts=self.syn_options() if opts is None else opts, **kw)

    def answer(self):
        self.irs = self.expect(SYN | ACK)[0]

    def connect(self, **kw):
        self.syn(**kw)
        self.answer()
        self.seg(0, b'', flags=ACK)
        return self

    def serve(self):
        """The other way round: the victim dials, we answer."""
        self.is_server = True
        self.sport, self.port = self.port, self.victim.dial(self.v, self.port)
        self.irs = self.expect(SYN)[0]

    def accept(self, data=b''):
        self.serve()
        self.send(self.isn, SYN | ACK, data, opts=self.syn_options())
        seq, ack, _, _ = self.expect(ACK)
        return self

    def received(self):
        self.victim.sync(self.v)
        return self.victim.read(self.v, self.port, self.sport)

    def drop(self):
        self.victim.forget(self.v, self.port, self.sport)


def resum(src, dst, t):
    t = t[:16] + b'\0\0' + t[18:]
    c = gen.checksum(gen.pseudo(src, dst, 6, len(t)) + t)
    return t[:16] + struct.pack('!H', c) + t[18:]


# --- fragments and extension headers: functions from IP packet to list of IP packets

def header_sum(h):
    h = h[:10] + b'\0\0' + h[12:]
    return h[:10] + struct.pack('!H', gen.checksum(h)) + h[12:]


def piece(packet, off, data, more, ident=None, flags=0, nxt=None, **change):
    """One fragment of `packet` with `data` at `off`. ident: another identification of this run;
    change: ttl, tos, bad_sum, proto."""
    if packet[0] >> 4 == 4:
        ihl = (packet[0] & 15) * 4
        h = bytearray(packet[:ihl])
        struct.pack_into('!H', h, 2, ihl + len(data))
        if ident is not None:
            struct.pack_into('!H', h, 4, _ident[0] + 4 + ident & 0xffff)
        struct.pack_into('!H', h, 6, flags | (0x2000 if more else 0) | off >> 3)
        h[8] = change.get('ttl', h[8])
        h[1] = change.get('tos', h[1])
        h[9] = change.get('proto', h[9])
        h = bytearray(header_sum(bytes(h)))
        if change.get('bad_sum'):
            h[10] ^= 0x55
        return bytes(h) + data
    h = bytearray(packet[:40])
    f = struct.pack('!BBHI', packet[6] if nxt is None else nxt, 0, off | (1 if more else 0),
                    _ident[0] << 8 | (ident or 0))
    struct.pack_into('!H', h, 4, len(f) + len(data))
    h[6] = 44
    h[7] = change.get('ttl', h[7])
    return bytes(h) + f + data


def body(packet):
    return packet[(packet[0] & 15) * 4:] if packet[0] >> 4 == 4 else packet[40:]


def with_extensions(packet, chain):
    """IPv6 extension headers in front of the payload: chain of (type, bytes behind the length)."""
    out, nxt = b'', packet[6]
    for kind, rest in reversed(chain):
        rest += b'\0' * (-(2 + len(rest)) % 8)
        out = bytes([nxt, (2 + len(rest)) // 8 - 1]) + rest + out
        nxt = kind
    return packet[:4] + struct.pack('!HB', len(out) + len(packet) - 40, nxt) + packet[7:40] + out + \
        packet[40:]
