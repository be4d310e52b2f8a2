# SPDX-License-Identifier: Apache-2.0
"""Captures with very many conversations at a time, written as they are made: packets are templates in
which addresses, ports and checksums are replaced.

    write(path, flows, kind)     kind: handshake, used, http

handshake: only opened; used: opened, a request answered, then idle; http: a request under way, its
answer half there. All flows are opened before any goes on, so that all are there at once.
"""
import struct

import gen

CLIENTS, SERVER = (10 << 24) | (1 << 16), '192.0.2.80'
ISN, IRS = 0x1000, 0x2000
REQUEST = (b'GET /shop/item?id=4711&session=0123456789abcdef HTTP/1.1\r\nHost: www.example.test\r\n'
           b'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0\r\n'
           b'Accept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\n'
           b'Cookie: visitor=00112233445566778899; theme=dark\r\n\r\n')
BODY = bytes(0x20 + i % 90 for i in range(1200))
HEADER = (b'HTTP/1.1 200 OK\r\nServer: test\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n')


class Template:
    """An Ethernet frame whose client address and port are filled in later."""

    def __init__(self, up, flags, seq, ack, data=b''):
        c, s = '10.0.0.0', SERVER
        src, dst = (c, s) if up else (s, c)
        ports = (0, 80) if up else (80, 0)
        t = gen.tcp_segment(src, dst, *ports, seq, ack, flags, data)
        ip = gen.ip_packet(src, dst, 6, t)
        self.f = bytearray((gen.MAC_B + gen.MAC_A if up else gen.MAC_A + gen.MAC_B) + b'\x08\0' + ip)
        self.addr, self.port = (26, 34) if up else (30, 36)
        self.ip_sum = ~struct.unpack_from('!H', self.f, 24)[0] & 0xffff
        self.l4_sum = ~struct.unpack_from('!H', self.f, 50)[0] & 0xffff

    def fill(self, addr, port):
        """The frame of the client 10.0.0.0 + addr, port."""
        hi, lo = addr >> 16, addr & 0xffff
        f = self.f
        struct.pack_into('!HH', f, self.addr, 0x0a00 | hi, lo)
        struct.pack_into('!H', f, self.port, port)
        s = self.ip_sum + hi + lo
        s = (s & 0xffff) + (s >> 16)
        struct.pack_into('!H', f, 24, ~s & 0xffff)
        s = self.l4_sum + hi + lo + port
        s = (s & 0xffff) + (s >> 16)
        struct.pack_into('!H', f, 50, ~((s & 0xffff) + (s >> 16)) & 0xffff)
        return f


def steps(kind):
    """Groups of templates; every flow goes through one group before any enters the next."""
    A, P = gen.ACK, gen.ACK | gen.PSH
    out = [[Template(True, gen.SYN, ISN, 0), Template(False, gen.SYN | A, IRS, ISN + 1),
            Template(True, A, ISN + 1, IRS + 1)]]
    if kind == 'handshake':
        return out
    answer = HEADER % (len(BODY) if kind == 'used' else 40 * len(BODY)) + BODY
    end = ISN + 1 + len(REQUEST)
    out.append([Template(True, P, ISN + 1, IRS + 1, REQUEST), Template(False, A, IRS + 1, end),
                Template(False, P, IRS + 1, end, answer),
                Template(True, A, end, IRS + 1 + len(answer))])
    if kind == 'http':
        at = IRS + 1 + len(answer)
        out.append([Template(False, P, at, end, BODY), Template(True, A, end, at + len(BODY))])
    return out


def write(path, flows, kind):
    """Returns the number of packets."""
    n, second = 0, 1700000000
    with open(path, 'wb', buffering=1 << 20) as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for group in steps(kind):
            heads = [struct.pack('<II', len(t.f), len(t.f)) for t in group]
            for i in range(flows):
                when = struct.pack('<II', second + n // 100000, n % 100000 * 10)
                for t, h in zip(group, heads):
                    f.write(when + h)
                    f.write(t.fill(i // 50000 + 1, 1024 + i % 50000))
                n += len(group)
    return n
