# SPDX-License-Identifier: Apache-2.0
"""Frames for the transparency test, built byte by byte: (name, frame). Each carries `mark` so
that the receiver can tell it from what the kernels send by themselves."""
import socket
import struct

A = bytes.fromhex('02005e100001')
B = bytes.fromhex('02005e100002')


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    s = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def ip4(payload, proto=17, ttl=64, ident=0x1234, flags=0, options=b'', tos=0,
        src='192.0.2.1', dst='198.51.100.2', bad_sum=False, length=None):
    ihl = 5 + len(options) // 4
    head = struct.pack('!BBHHHBBH4s4s', 0x40 | ihl, tos,
                       length or ihl * 4 + len(payload), ident, flags, ttl, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst)) + options
    c = checksum(head) ^ (0x5555 if bad_sum else 0)
    return head[:10] + struct.pack('!H', c) + head[12:] + payload


def ip6(payload, nxt=17, hop=64, flow=0xabcde, src='2001:db8::1', dst='2001:db8::2'):
    return struct.pack('!IHBB', 0x60000000 | flow, len(payload), nxt, hop) + \
        socket.inet_pton(socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst) + payload


def udp(data, sport=5353, dport=9999, csum=0):
    return struct.pack('!HHHH', sport, dport, 8 + len(data), csum) + data


def tcp(data, flags=0x18, sport=4444, dport=80, seq=1, ack=1):
    return struct.pack('!HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 512, 0, 0) + data


def eth(ethertype, payload, dst=B, src=A, tags=()):
    t = b''.join(struct.pack('!HH', *tag) for tag in tags)
    return dst + src + t + struct.pack('!H', ethertype) + payload


def frames(mark, mtu):
    """The whole list. `mark` is 8 bytes; no frame is longer than `mtu` + 14 + two tags."""
    pad = lambda b, n=46: b + bytes(max(0, n - len(b)))
    u = udp(mark + b'datagram')
    out = []
    add = lambda name, f: out.append((name, f))
    # Neighbours of the link layer: never inspected, never altered.
    add('arp', eth(0x0806, pad(struct.pack('!HHBBH', 1, 0x0800, 6, 4, 1) + A + b'\xc0\0\2\1' +
                               bytes(6) + b'\xc0\0\2\2' + mark)))
    add('lldp', eth(0x88cc, pad(b'\x02\x07\x04' + A + b'\x04\x05\x01port\x06\x02\0\x78' +
                                b'\xfe\x0c\0\0\0\0' + mark + b'\0\0'),
                    dst=bytes.fromhex('0180c200000e')))
    add('stp', bytes.fromhex('0180c2000000') + A + struct.pack('!H', 43) +
        pad(bytes.fromhex('424203') + bytes(32) + mark))
    add('lacp', eth(0x8809, pad(b'\x01\x01\x01\x14' + mark, 110),
                    dst=bytes.fromhex('0180c2000002')))
    add('eapol', eth(0x888e, pad(b'\x01\x01\0\0' + mark), dst=bytes.fromhex('0180c2000003')))
    add('ptp', eth(0x88f7, pad(b'\x0b\x02' + mark), dst=bytes.fromhex('011b19000000')))
    add('unknown_ethertype', eth(0x88b5, pad(mark + bytes(range(200)))))
    add('ethertype_0xffff', eth(0xffff, pad(mark)))
    add('ipx_novell_raw', B + A + struct.pack('!H', 60) + b'\xff\xff' + pad(mark, 58))
    add('snap', B + A + struct.pack('!H', 50) + b'\xaa\xaa\x03\0\0\x0c\x20\0' + pad(mark, 42))
    add('broadcast', eth(0x88b6, pad(mark), dst=b'\xff' * 6))
    add('no_payload_pad', eth(0x88b5, mark))
    # IP and what is around it.
    for ttl in (1, 2, 64, 255):
        add(f'ipv4_ttl_{ttl}', eth(0x0800, ip4(u, ttl=ttl)))
    for ident in (0, 1, 0xffff):
        add(f'ipv4_id_{ident}', eth(0x0800, ip4(u, ident=ident)))
    add('ipv4_tos', eth(0x0800, ip4(u, tos=0xb9)))
    add('ipv4_df', eth(0x0800, ip4(u, flags=0x4000)))
    add('ipv4_options', eth(0x0800, ip4(u, options=b'\x07\x07\x04\0\0\0\0\0')))
    add('ipv4_trailer', eth(0x0800, ip4(u) + b'trailer bytes'))
    add('ipv4_tcp_syn', eth(0x0800, ip4(tcp(mark, flags=2), proto=6)))
    add('ipv4_icmp', eth(0x0800, ip4(struct.pack('!BBHHH', 8, 0, 0, 7, 9) + mark, proto=1)))
    add('ipv4_igmp', eth(0x0800, ip4(b'\x16\0\0\0\xe0\0\0\xfb' + mark, proto=2, ttl=1,
                                     options=b'\x94\x04\0\0'), dst=b'\x01\0\x5e\0\0\xfb'))
    add('ipv4_unknown_proto', eth(0x0800, ip4(mark * 3, proto=253)))
    add('ipv4_sctp', eth(0x0800, ip4(struct.pack('!HHII', 9, 9, 1, 0) + mark, proto=132)))
    add('ipv4_esp', eth(0x0800, ip4(struct.pack('!II', 99, 1) + mark * 4, proto=50)))
    add('ipv6_udp', eth(0x86dd, ip6(u)))
    add('ipv6_hop_1', eth(0x86dd, ip6(u, hop=1)))
    add('ipv6_hopbyhop', eth(0x86dd, ip6(b'\x11\0\x05\2\0\0\1\0' + u, nxt=0)))
    add('ipv6_dest_routing', eth(0x86dd, ip6(b'\x2b\0\1\4\0\0\0\0' + b'\x11\x02\x04\0' + bytes(4) +
                                             bytes(16) + u, nxt=60)))
    add('ipv6_atomic_fragment', eth(0x86dd, ip6(b'\x11\0\0\0\0\0\0\1' + u, nxt=44)))
    add('ipv6_no_next', eth(0x86dd, ip6(mark, nxt=59)))
    # Encapsulations.
    add('vlan', eth(0x0800, ip4(u), tags=[(0x8100, 5)]))
    add('vlan_priority', eth(0x0800, ip4(u), tags=[(0x8100, 0xe000 | 5)]))
    add('vlan_dei_max', eth(0x86dd, ip6(u), tags=[(0x8100, 0x1fff & 0x1ffe)]))
    add('vlan_id_0', eth(0x0800, ip4(u), tags=[(0x8100, 0x6000)]))
    add('qinq_88a8', eth(0x0800, ip4(u), tags=[(0x88a8, 8), (0x8100, 5)]))
    add('qinq_8100', eth(0x0800, ip4(u), tags=[(0x8100, 8), (0x8100, 5)]))
    add('vlan_unknown', eth(0x88b5, pad(mark), tags=[(0x8100, 9)]))
    add('mpls', eth(0x8847, struct.pack('!II', (16 << 12) | 64, (17 << 12) | 0x100 | 64) + ip4(u)))
    add('pppoe', eth(0x8864, struct.pack('!BBHHH', 0x11, 0, 7, 2 + len(ip4(u)), 0x21) + ip4(u)))
    add('pppoe_discovery', eth(0x8863, pad(b'\x11\x09\0\0\0\x0c\1\1\0\0\1\3\0\x08' + mark)))
    add('gre', eth(0x0800, ip4(b'\0\0\x08\0' + ip4(u), proto=47)))
    add('ipip', eth(0x0800, ip4(ip4(u, ttl=3), proto=4)))
    add('sixinfour', eth(0x0800, ip4(ip6(u), proto=41)))
    add('vxlan', eth(0x0800, ip4(udp(b'\x08\0\0\0\0\0\7\0' + eth(0x0800, ip4(u)), dport=4789))))
    # What an end host would throw away but a wire does not judge.
    add('ipv4_bad_checksum', eth(0x0800, ip4(u, bad_sum=True)))
    add('ipv4_short_header', eth(0x0800, pad(b'\x45\0\0' + mark)))
    add('ipv4_length_beyond', eth(0x0800, pad(ip4(u, length=900))))
    add('ipv4_version_5', eth(0x0800, pad(b'\x55' + ip4(u)[1:])))
    add('ipv6_length_beyond', eth(0x86dd, ip6(u)[:4] + b'\x7f\xff' + ip6(u)[6:]))
    add('tcp_short', eth(0x0800, ip4(mark, proto=6)))
    add('udp_bad_checksum', eth(0x0800, ip4(udp(mark, csum=0xdead))))
    # Sizes.
    for size in (60, 61, 64, 127, 128, 1000, 1513, 1514):
        add(f'size_{size}', eth(0x88b5, (mark + bytes(range(256)) * 8)[:size - 14]))
    if mtu > 1500:
        for size in (1515, 2047, 2048, 2049, 4096, 9014, mtu + 14):
            add(f'size_{size}', eth(0x0800, ip4(udp((mark + bytes(range(256)) * 40)[:size - 42]))))
        add('size_vlan_max', eth(0x0800, ip4(udp((mark + b'j' * 9200)[:mtu - 28])),
                                 tags=[(0x8100, 5)]))
    return out
