# SPDX-License-Identifier: Apache-2.0
"""Captures made from a few words: packets with right checksums, TCP conversations, files of every
link type that replay reads. Standard library only.

    cap = Capture()
    c = cap.tcp(sport=40000, dport=80)      # a conversation; nothing is sent yet
    c.open(); c.up(b'GET / HTTP/1.0\r\n\r\n'); c.down(b'HTTP/1.0 200 OK\r\n\r\n'); c.close()
    cap.udp(b'query', sport=5000, dport=53)
    cap.save('a.pcap')
"""
import ipaddress
import random
import socket
import struct

SYN, ACK, PSH, RST, FIN, URG = 0x02, 0x10, 0x08, 0x04, 0x01, 0x20
CLIENT, SERVER = '192.168.1.10', '203.0.113.5'
CLIENT6, SERVER6 = 'fd00::10', '2001:db8::5'
MAC_A, MAC_B = bytes.fromhex('020000000001'), bytes.fromhex('020000000002')
LINK = {'ethernet': 1, 'null': 0, 'raw': 101, 'sll': 113, 'sll2': 276, 'ipv4': 228, 'ipv6': 229}


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    s = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def is6(addr):
    return ':' in addr


def packed(addr):
    return ipaddress.ip_address(addr).packed


def pseudo(src, dst, proto, length):
    if is6(src):
        return packed(src) + packed(dst) + struct.pack('!II', length, proto)
    return packed(src) + packed(dst) + struct.pack('!BBH', 0, proto, length)


def ip_packet(src, dst, proto, payload, ttl=64, ident=1, frag=0, tos=0, options=b'', ext=b'',
              bad_ip_sum=False, **_):
    """An IPv4 or IPv6 packet; `ext` is a chain of IPv6 extension headers whose first is `proto`
    for the fixed header: (next header of the fixed header, bytes)."""
    if is6(src):
        first, chain = ext or (proto, b'')
        return struct.pack('!IHBB', 6 << 28 | tos << 20, len(chain) + len(payload), first, ttl) + \
            packed(src) + packed(dst) + chain + payload
    ihl = 5 + len(options) // 4
    head = struct.pack('!BBHHHBBH', 0x40 | ihl, tos, ihl * 4 + len(payload), ident, frag, ttl,
                       proto, 0) + packed(src) + packed(dst) + options
    c = checksum(head) ^ (0x0101 if bad_ip_sum else 0)
    return head[:10] + struct.pack('!H', c) + head[12:] + payload


def udp_segment(src, dst, sport, dport, data, bad_sum=False, length=None):
    n = 8 + len(data)
    head = struct.pack('!HHHH', sport, dport, length or n, 0)
    c = checksum(pseudo(src, dst, 17, n) + head + data) or 0xffff
    return head[:6] + struct.pack('!H', c ^ (0x0101 if bad_sum else 0)) + data


def tcp_segment(src, dst, sport, dport, seq, ack, flags, data=b'', win=64240, urp=0, options=b'',
                bad_sum=False):
    off = 5 + len(options) // 4
    head = struct.pack('!HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff, off << 4,
                       flags, win, 0, urp) + options
    c = checksum(pseudo(src, dst, 6, len(head) + len(data)) + head + data)
    c ^= 0x0101 if bad_sum else 0
    return head[:16] + struct.pack('!H', c) + head[18:] + data


def icmp_message(src, dst, kind, code, body, bad_sum=False):
    head = struct.pack('!BBH', kind, code, 0)
    data = head + body
    if is6(src):
        c = checksum(pseudo(src, dst, 58, len(data)) + data)
    else:
        c = checksum(data)
    return head[:2] + struct.pack('!H', c ^ (0x0101 if bad_sum else 0)) + body


class Capture:
    def __init__(self, vlan=(), wrap=None):
        """`vlan`: [(tpid, id)], outermost first. `wrap`: function from IP packet to IP packet."""
        self.frames = []  # (seconds, bytes as of Ethernet)
        self.now = 1700000000.0
        self.step = 0.001
        self.vlan = vlan
        self.wrap = wrap
        self.rng = random.Random(1)

    def wait(self, seconds):
        self.now += seconds

    def raw(self, frame):
        self.frames.append((self.now, bytes(frame)))
        self.now += self.step

    def ip(self, packet, up=True):
        if self.wrap:
            packet = self.wrap(packet)
        kind = 0x86dd if packet[0] >> 4 == 6 else 0x0800
        tags = b''.join(struct.pack('!HH', *t) for t in self.vlan)
        macs = MAC_B + MAC_A if up else MAC_A + MAC_B
        self.raw(macs + tags + struct.pack('!H', kind) + packet)

    def udp(self, data, src=CLIENT, dst=SERVER, sport=5000, dport=53, up=True, bad_sum=False,
            length=None, **ip):
        if not up:
            src, dst, sport, dport = dst, src, dport, sport
        self.ip(ip_packet(src, dst, 17, udp_segment(src, dst, sport, dport, data, bad_sum, length),
                          **ip), up)

    def icmp(self, kind, code=0, body=b'\0\1\0\1ping', src=CLIENT, dst=SERVER, up=True, **ip):
        if not up:
            src, dst = dst, src
        self.ip(ip_packet(src, dst, 58 if is6(src) else 1,
                          icmp_message(src, dst, kind, code, body), **ip), up)

    def proto(self, number, payload, src=CLIENT, dst=SERVER, up=True, **ip):
        if not up:
            src, dst = dst, src
        self.ip(ip_packet(src, dst, number, payload, **ip), up)

    def fragments(self, number, payload, size, order=None, src=CLIENT, dst=SERVER, ident=7, **ip):
        """An IPv4 packet in fragments of `size` bytes (a multiple of 8)."""
        parts = [(at, payload[at:at + size]) for at in range(0, len(payload), size)]
        for i in order or range(len(parts)):
            at, part = parts[i]
            more = 0x2000 if at + size < len(payload) else 0
            self.ip(ip_packet(src, dst, number, part, ident=ident, frag=more | at // 8, **ip))

    def tcp(self, **kw):
        return Tcp(self, **kw)

    def save(self, path, link='ethernet', ng=False, nano=False, swapped=False, cut=0):
        """`cut`: bytes missing at the end of the file."""
        packets = [(t, self._as(f, link)) for t, f in self.frames]
        data = (self._pcapng if ng else self._pcap)(packets, LINK[link], nano,
                                                    '>' if swapped else '<')
        with open(path, 'wb') as f:
            f.write(data[:len(data) - cut] if cut else data)

    @staticmethod
    def _as(frame, link):
        if link == 'ethernet':
            return frame
        kind = frame[12:14]
        at = 14
        while link in ('raw', 'null', 'ipv4', 'ipv6') and kind in (b'\x81\x00', b'\x88\xa8'):
            kind, at = frame[at + 2:at + 4], at + 4
        if link in ('raw', 'ipv4', 'ipv6'):
            return frame[at:]
        if link == 'null':
            return struct.pack('<I', socket.AF_INET6 if kind == b'\x86\xdd' else 2) + frame[at:]
        if link == 'sll':
            return struct.pack('!HHH6sxx', 0, 1, 6, frame[6:12]) + frame[12:]
        return frame[12:14] + struct.pack('!HIHBB6sxx', 0, 2, 1, 0, 6, frame[6:12]) + frame[14:]

    @staticmethod
    def _pcap(packets, link, nano, e):
        out = struct.pack(e + 'IHHiIII', 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, 262144,
                          link)
        for t, p in packets:
            frac = round((t - int(t)) * (1e9 if nano else 1e6))
            out += struct.pack(e + 'IIII', int(t), frac, len(p), len(p)) + p
        return out

    @staticmethod
    def _pcapng(packets, link, nano, e):
        def block(kind, body):
            body += bytes(-len(body) % 4)
            return struct.pack(e + 'II', kind, len(body) + 12) + body + \
                struct.pack(e + 'I', len(body) + 12)
        options = struct.pack(e + 'HHB3xHH', 9, 1, 9, 0, 0) if nano else b''
        out = block(0x0a0d0d0a, struct.pack(e + 'IHHq', 0x1a2b3c4d, 1, 0, -1))
        out += block(1, struct.pack(e + 'HHI', link, 0, 262144) + options)
        for t, p in packets:
            stamp = int(t) * (10 ** 9 if nano else 10 ** 6) + \
                round((t - int(t)) * (1e9 if nano else 1e6))
            out += block(6, struct.pack(e + 'IIIII', 0, stamp >> 32, stamp & 0xffffffff, len(p),
                                        len(p)) + p)
        return out


class Tcp:
    """One conversation. `up` and `down` send data and the other side's acknowledgement."""

    def __init__(self, cap, src=CLIENT, dst=SERVER, sport=40000, dport=80, isn=1000, irs=5000,
                 **ip):
        self.cap, self.src, self.dst, self.sport, self.dport = cap, src, dst, sport, dport
        self.seq, self.ack = isn, irs
        self.ipopt = ip

    def segment(self, up, flags, data=b'', seq=None, ack=None, urp=0, bad_sum=False, win=64240,
                options=b'', **ip):
        """One segment as said; the sequence numbers of the conversation do not move."""
        if seq is None:
            seq = self.seq if up else self.ack
        if ack is None:
            ack = (self.ack if up else self.seq) if flags & ACK else 0
        src, dst, sp, dp = self.src, self.dst, self.sport, self.dport
        if not up:
            src, dst, sp, dp = dst, src, dp, sp
        t = tcp_segment(src, dst, sp, dp, seq, ack, flags, data, win, urp, options, bad_sum)
        self.cap.ip(ip_packet(src, dst, 6, t, **{**self.ipopt, **ip}), up)

    def open(self):
        self.segment(True, SYN, options=b'\x02\x04\x05\xb4')
        self.seq += 1
        self.segment(False, SYN | ACK, ack=self.seq, options=b'\x02\x04\x05\xb4')
        self.ack += 1
        self.segment(True, ACK)
        return self

    def up(self, *parts, acked=True):
        for data in parts:
            self.segment(True, PSH | ACK, data)
            self.seq += len(data)
            if acked:
                self.segment(False, ACK)
        return self

    def down(self, *parts, acked=True):
        for data in parts:
            self.segment(False, PSH | ACK, data)
            self.ack += len(data)
            if acked:
                self.segment(True, ACK)
        return self

    def close(self):
        self.segment(True, FIN | ACK)
        self.seq += 1
        self.segment(False, FIN | ACK)
        self.ack += 1
        self.segment(True, ACK)
        return self

    def reset(self, up=True):
        self.segment(up, RST | ACK)
        return self


def read_pcap(path):
    """Frames of a classic capture file of either byte order."""
    with open(path, 'rb') as f:
        data = f.read()
    e = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    at, out = 24, []
    while at + 16 <= len(data):
        n = struct.unpack(e + 'I', data[at + 8:at + 12])[0]
        out.append(data[at + 16:at + 16 + n])
        at += 16 + n
    return out
