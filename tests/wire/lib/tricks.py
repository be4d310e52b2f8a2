# SPDX-License-Identifier: Apache-2.0
"""Ways to send bytes so that a box in the middle reads something else than the receiver does.

A trick is a function (peer, data) that sends the stream `data` to the victim in its own way;
peer.mid is an offset within the marker that signatures look for. What a trick sends besides, and
wants the receiver to discard, is junk of the same length. The list has a few kinds:

    split, reorder, duplicate, same overlap     nothing contradictory is sent
    overlap                                     other bytes at the same place: who wins?
    insertion                                   segments that an end host discards
    fin, rst, handshake, urgent, window         the state machine
    fragment, extension, vlan                   the layers below
    midstream                                   the appliance did not see the handshake
"""
import random
import struct

from attacker import ACK, FIN, PSH, RST, SYN, URG, body, header_sum, piece, ts_option, with_extensions

MOD = 1 << 32


class Trick:
    def __init__(self, kind, name, fn, **o):
        self.kind, self.name, self.fn = kind, name, fn
        self.opens = o.pop('opens', False)   # does the handshake itself
        self.ts = o.pop('ts', False)
        self.isn = o.pop('isn', 0x10000000)
        self.versions = o.pop('versions', (4, 6))
        self.far = o.pop('far', False)       # against the port behind routers
        self.down = o.pop('down', False)     # the attacker is the server
        self.udp = o.pop('udp', False)
        self.raw_only = o.pop('raw_only', False)  # other protocols would not be what they are
        self.midstream = o.pop('midstream', False)
        # What must reach the application of a harmless twin: 'same' as without the appliance,
        # 'amount': as many bytes, each as sent at least once; 'refused': dropped by policy, said
        # in the documentation.
        self.twin = o.pop('twin', 'same')
        assert not o, o


def parts_of(data, sizes):
    out, at = [], 0
    for n in sizes:
        if at < len(data):
            out.append((at, data[at:at + n]))
            at += n
    if at < len(data):
        out.append((at, data[at:]))
    return out


def every(data, n):
    return [(at, data[at:at + n]) for at in range(0, len(data), n)]


def junk(n, seed=0):
    return bytes(0x41 + (i * 7 + seed) % 26 for i in range(n))


def thirds(p, data):
    """Before, around and behind the middle of the marker."""
    a, b = p.mid - 4, p.mid + 4
    return [(0, data[:a]), (a, data[a:b]), (b, data[b:])]


def put(p, parts, **kw):
    for off, d in parts:
        p.seg(off, d, **kw)


# --- nothing contradictory

def split_tricks(add):
    for n in (1, 2, 3, 5, 7, 8, 13, 16, 24, 40):
        add('split', f'pieces of {n}', lambda p, d, n=n: put(p, every(d, n)))
    for seed in range(6):
        def fn(p, d, seed=seed):
            r = random.Random(seed)
            put(p, parts_of(d, [r.randint(1, 12) for _ in d]))
        add('split', f'random pieces {seed}', fn)
    for k in (-6, -1, 0, 1, 6):
        add('split', f'in two at the marker {k:+}',
            lambda p, d, k=k: put(p, [(0, d[:p.mid + k]), (p.mid + k, d[p.mid + k:])]))
    add('split', 'pushed or not', lambda p, d: [p.seg(o, x, flags=ACK | (PSH if o % 2 else 0))
                                                for o, x in every(d, 3)])
    add('split', 'one by one with timestamps', lambda p, d: put(p, every(d, 1)), ts=True)
    for isn in (0xffffffff, 0xfffffff0, 0xfffffffe - 30, 0x7ffffff0, 0x80000000, 0):
        add('wrap', f'isn {isn:#x}', lambda p, d: put(p, every(d, 5)), isn=isn)
        add('wrap', f'isn {isn:#x} backwards', lambda p, d: put(p, every(d, 5)[::-1]), isn=isn)


def reorder_tricks(add):
    for n in (1, 4, 9, 20):
        add('reorder', f'backwards by {n}', lambda p, d, n=n: put(p, every(d, n)[::-1]))
    for n in (3, 8):
        add('reorder', f'odd then even, {n}',
            lambda p, d, n=n: put(p, every(d, n)[1::2] + every(d, n)[::2]))
        add('reorder', f'even then odd, {n}',
            lambda p, d, n=n: put(p, every(d, n)[::2] + every(d, n)[1::2]))
    for seed in range(10):
        def fn(p, d, seed=seed):
            x = every(d, 2 + seed)
            random.Random(seed).shuffle(x)
            put(p, x)
        add('reorder', f'shuffled {seed}', fn)
    for i in range(3):
        for n in (1, 6):
            def hole(p, d, i=i, n=n):
                at = (0, p.mid, len(d) - n)[i]
                put(p, [(0, d[:at])] if at else [])
                put(p, [(at + n, d[at + n:])] if at + n < len(d) else [])
                p.seg(at, d[at:at + n])
            add('reorder', f'hole of {n} at {("start", "marker", "end")[i]}', hole)
    add('reorder', 'two holes, inner first', lambda p, d: put(p, [every(d, 8)[i] for i in
        [*range(0, len(every(d, 8)), 3), *range(2, len(every(d, 8)), 3), *range(1, len(every(d, 8)), 3)]]))


def duplicate_tricks(add):
    add('duplicate', 'each twice', lambda p, d: [put(p, [x, x]) for x in every(d, 6)])
    add('duplicate', 'all again', lambda p, d: put(p, every(d, 6) * 2))
    add('duplicate', 'again backwards', lambda p, d: put(p, every(d, 6) + every(d, 6)[::-1]))
    add('duplicate', 'before the hole is filled',
        lambda p, d: put(p, [thirds(p, d)[i] for i in (0, 2, 2, 2, 1, 1)]))
    add('duplicate', 'whole, then pieces', lambda p, d: put(p, [(0, d)] + every(d, 4)))
    add('duplicate', 'pieces, then whole', lambda p, d: put(p, every(d, 4) + [(0, d)]))
    for size, step in ((8, 5), (8, 1), (16, 3), (30, 29), (4, 2)):
        x = lambda d, a=size, b=step: [(o, d[o:o + a]) for o in range(0, len(d), b)]  # noqa: E731
        add('same overlap', f'{size} in steps of {step}', lambda p, d, x=x: put(p, x(d)))
        add('same overlap', f'{size} in steps of {step}, backwards',
            lambda p, d, x=x: put(p, x(d)[::-1]))
    add('same overlap', 'growing', lambda p, d: [p.seg(0, d[:n]) for n in range(1, len(d) + 1, 3)])
    add('same overlap', 'growing from behind',
        lambda p, d: [p.seg(o, d[o:]) for o in range(len(d) - 1, -1, -3)])


# --- other bytes at the same place

GEOMETRY = {  # of the second copy relative to the first, (left, right) in bytes
    'same place': (0, 0), 'inside': (2, -2), 'covering': (-3, 3), 'left edge': (-3, -3),
    'right edge': (3, 3), 'same start, longer': (0, 4), 'same end, from before': (-4, 0)}


def overlap_tricks(add):
    for name, (l, r) in GEOMETRY.items():
        for first in ('real', 'junk'):
            for hole in (False, True):
                def fn(p, d, l=l, r=r, first=first, hole=hole):
                    a, b = p.mid - 5, p.mid + 5
                    one, two = (a, b), (a + l, b + r)
                    real, bad = (one, two) if first == 'real' else (two, one)
                    send = [(real[0], d[real[0]:real[1]]), (bad[0], junk(bad[1] - bad[0]))]
                    lo = min(one[0], two[0])
                    if first == 'junk':
                        send.reverse()
                    head = [(0, d[:lo])]
                    put(p, (send + head if hole else head + send) + [(lo, b'')])
                    # whatever is missing still, and the rest
                    put(p, [(lo, d[lo:a]), (a, d[a:b]), (b, d[b:])])
                add('overlap', f'{name}, {first} first{", behind a hole" if hole else ""}', fn,
                    twin='amount')
    for n in (1, 2, 4, 8):
        for first in ('real', 'junk'):
            def fn(p, d, n=n, first=first):
                for o, x in every(d, n)[1:] + every(d, n)[:1]:
                    two = [(o, x), (o, junk(len(x), o))]
                    put(p, two if first == 'real' else two[::-1])
            add('overlap', f'each {n} bytes twice, {first} first, hole at the start', fn,
                twin='amount')
    for n in (3, 10):
        def fn(p, d, n=n):
            x = every(d, n)
            put(p, [(o, junk(len(y))) for o, y in x[1::2]] + [(0, d)])
        add('overlap', f'junk in every other {n}, then all', fn, twin='amount')

        def fn2(p, d, n=n):
            x = every(d, n)
            put(p, [(o, junk(len(y))) for o, y in x[2::2]] + [(1, d[1:])] + [(0, d[:1])])
        add('overlap', f'junk in every other {n} behind a hole, then all', fn2, twin='amount')
    add('overlap', 'junk in a fragmented segment', lambda p, d: (
        put(p, thirds(p, d)[:1]),
        p.seg(p.mid - 4, junk(len(d) - p.mid + 4), wrap=lambda q: in_fragments(q, 16)),
        put(p, thirds(p, d)[1:])), twin='amount')
    add('overlap', 'real in a fragmented segment behind junk', lambda p, d: (
        put(p, thirds(p, d)[:1]),
        p.seg(p.mid - 4, junk(len(d) - p.mid + 4), ttl=2),
        p.seg(p.mid - 4, d[p.mid - 4:], wrap=lambda q: in_fragments(q, 16))), twin='amount',
        far=True)
    add('overlap', 'acknowledged bytes replaced', lambda p, d: (
        put(p, thirds(p, d)[:1]), p.victim.sync(p.v), p.seg(0, junk(p.mid - 4) + d[p.mid - 4:])))


# --- segments that an end host discards

def without_ip_sum(q):
    return q[:10] + bytes([q[10] ^ 0x55]) + q[11:] if q[0] >> 4 == 4 else None


def ip_options(q, o):
    h = bytearray(q[:20] + o)
    h[0] = 0x40 | len(h) // 4
    struct.pack_into('!H', h, 2, len(q) + len(o))
    return header_sum(bytes(h)) + q[20:]


def cut_length(q, by):
    """IP says that it is longer than the frame."""
    if q[0] >> 4 == 4:
        h = bytearray(q[:20])
        struct.pack_into('!H', h, 2, len(q) + by)
        return header_sum(bytes(h)) + q[20:]
    return q[:4] + struct.pack('!H', len(q) - 40 + by) + q[6:]


MD5 = b'\x13\x12' + b'm' * 16 + b'\0\0'
AO = b'\x1d\x10' + b'a' * 14
SPOILED = {  # what makes the receiver discard a segment: keyword arguments of Peer.packet
    'checksum': dict(bad_sum=True),
    'no flags': dict(flags=0),
    'no ack flag': dict(flags=PSH),
    'only urg': dict(flags=URG),
    'syn flag': dict(flags=SYN),
    'syn ack flags': dict(flags=SYN | ACK),
    'syn fin flags': dict(flags=SYN | FIN | ACK),
    'all flags': dict(flags=0x3f),
    'rst out of window': dict(flags=RST, shift=-100),
    'rst within the window': dict(flags=RST | ACK, shift=500),
    'doff below five': dict(doff=4),
    'doff beyond the end': dict(doff=15, short=True),
    'acknowledges the future': dict(ack=0x10000),
    'acknowledges the far future': dict(ack=0x7fffffff),
    'acknowledges a past beyond the window': dict(ack=-0x100000),
    'acknowledges the far past': dict(ack=-0x7ffffff0),
    'beyond the window': dict(shift=0x200000),
    'far beyond the window': dict(shift=0x40000000),
    'behind by 2 GiB': dict(shift=-0x7fffffff),
    'md5 option': dict(opts=MD5),
    'authentication option': dict(opts=AO),
    'other mac address': dict(mac=bytes.fromhex('02000000ee77')),
    'multicast mac address': dict(mac=bytes.fromhex('01005e000001')),
    'longer than the frame': dict(wrap=lambda q: [cut_length(q, 8)]),
    'shorter than its headers': dict(wrap=lambda q: [cut_length(q, -(len(body(q)) - 10))]),
}
SPOILED_TS = {
    'timestamp of the past': dict(ts=-100000),
    'timestamp older by two': dict(ts=-2),
    'timestamp half a circle away': dict(ts=-0x7fffffff),
    'two timestamps, old last': dict(tsopts=(0, -5000)),
    'two timestamps, old first': dict(tsopts=(-5000, 0)),
}
SPOILED4 = {
    'ip checksum': dict(wrap=lambda q: [without_ip_sum(q)]),
    'ip option too long': dict(wrap=lambda q: [ip_options(q, b'\x07\x2c\x04\0')]),
    'ip option of length 1': dict(wrap=lambda q: [ip_options(q, b'\x83\x01\x04\0')]),
    'ip source route': dict(wrap=lambda q: [ip_options(q, b'\x83\x07\x04\x0a\x4d\0\x09\0')]),
    'ip strict source route': dict(wrap=lambda q: [ip_options(q, b'\x89\x07\x04\x0a\x4d\0\x09\0')]),
    'ip version 5': dict(wrap=lambda q: [b'\x55' + q[1:]]),
    'reserved fragment bit with more': dict(wrap=lambda q: [piece(q, 0, body(q)[:-(len(body(q)) % 8) or None],
                                                                  True)]),
}
SPOILED6 = {
    'unknown option, discard': dict(wrap=lambda q: [with_extensions(q, [(60, b'\x5e\x00')])]),
    'unknown option, complain': dict(wrap=lambda q: [with_extensions(q, [(60, b'\x9e\x00')])]),
    'hop by hop not first': dict(wrap=lambda q: [with_extensions(q, [(60, b'\x01\x02\0\0'),
                                                                     (0, b'\x01\x02\0\0')])]),
    'routing header type 0': dict(wrap=lambda q: [with_extensions(q, [(43, b'\0\1\0\0\0\0' + b'\x20' * 16)])]),
    'routing header unknown': dict(wrap=lambda q: [with_extensions(q, [(43, b'\x63\1\0\0\0\0')])]),
    'option too long': dict(wrap=lambda q: [with_extensions(q, [(60, b'\x01\x40\0\0')])]),
    'ip version 5': dict(wrap=lambda q: [b'\x50' + q[1:]]),
}


def spoiled(p, off, n, m):
    """Junk of n bytes at off, spoiled so that the receiver discards it."""
    m = dict(m)
    seq = (p.isn + 1 + off + m.pop('shift', 0)) % MOD
    if 'ack' in m:
        m['ack'] = (p.irs + 1 + m['ack']) % MOD
    if 'ts' in m:
        m['ts'] = p.tsval + m['ts']
    if 'tsopts' in m:
        m['opts'] = b''.join(ts_option(p.tsval + t, p.peer_ts) for t in m.pop('tsopts'))
    data = junk(min(n, 8) if m.pop('short', False) else n)
    p.seg(0, data, seq=seq, **m)


def insertion_tricks(add):
    for table, o in ((SPOILED, {}), (SPOILED_TS, dict(ts=True)), (SPOILED4, dict(versions=(4,))),
                     (SPOILED6, dict(versions=(6,)))):
        for name, m in table.items():
            def before(p, d, m=m):
                spoiled(p, 0, len(d), m)
                p.seg(0, d)

            def between(p, d, m=m):
                put(p, thirds(p, d)[:1])
                spoiled(p, p.mid - 4, 8, m)
                put(p, thirds(p, d)[1:])

            def behind_hole(p, d, m=m):
                spoiled(p, p.mid - 4, len(d) - p.mid + 4, m)
                put(p, [thirds(p, d)[i] for i in (2, 1, 0)])
            twin = 'amount' if name in AMBIGUOUS else 'same'
            add('insertion', f'{name}, before', before, twin=twin, **o)
            add('insertion', f'{name}, between', between, twin=twin, **o)
            add('insertion', f'{name}, behind a hole', behind_hole, twin=twin, **o)
    for ttl in (1, 2, 4):
        add('insertion', f'ttl {ttl}, before', lambda p, d, t=ttl: (
            p.seg(0, junk(len(d)), ttl=t), p.seg(0, d)), far=True)
        add('insertion', f'ttl {ttl}, between', lambda p, d, t=ttl: (
            put(p, thirds(p, d)[:1]), p.seg(p.mid - 4, junk(8), ttl=t), put(p, thirds(p, d)[1:])),
            far=True)
        add('insertion', f'ttl {ttl}, behind a hole', lambda p, d, t=ttl: (
            p.seg(p.mid - 4, junk(8), ttl=t), put(p, [thirds(p, d)[i] for i in (2, 1, 0)])),
            far=True)


# Whether the receiver takes it, only the receiver knows: the first copy counts, on the wire too.
AMBIGUOUS = ('other mac address', 'multicast mac address')


# --- the state machine

def fin_tricks(add):
    F = FIN | PSH | ACK
    add('fin', 'with the last piece', lambda p, d: (put(p, every(d, 9)[:-1]),
                                                    p.seg(every(d, 9)[-1][0], every(d, 9)[-1][1], flags=F)))
    add('fin', 'all in one', lambda p, d: p.seg(0, d, flags=F))
    add('fin', 'first, then backwards', lambda p, d: (p.seg(len(d), b'', flags=FIN | ACK),
                                                      put(p, every(d, 9)[::-1])))
    add('fin', 'behind a hole, filled with a fin flag', lambda p, d: (
        p.seg(len(d), b'', flags=FIN | ACK), p.seg(p.mid, d[p.mid:]), p.seg(0, d[:p.mid], flags=F)),
        twin='refused')
    add('fin', 'on every piece, backwards', lambda p, d: put(p, every(d, 9)[::-1], flags=F),
        twin='refused')
    add('fin', 'on every piece', lambda p, d: put(p, every(d, 9), flags=F))
    add('fin', 'junk behind it', lambda p, d: (p.seg(0, d, flags=F), p.seg(len(d) + 1, junk(20))))
    for name, m in (('checksum', dict(bad_sum=True)), ('no ack flag', dict(flags=FIN)),
                    ('far away', dict(shift=0x40000000)), ('in the past', dict(shift=-500)),
                    ('ack of the future', dict(ack=0x20000))):
        def fn(p, d, m=m):
            m = dict(m)
            at = (p.isn + 1 + p.mid + m.pop('shift', 0)) % MOD
            if 'ack' in m:
                m['ack'] += p.irs
            put(p, [(0, d[:p.mid])])
            p.seg(0, b'', seq=at, **{'flags': FIN | ACK, **m})
            p.seg(p.mid, d[p.mid:])
        add('fin', f'refused ({name}), then data', fn)
    add('fin', 'low ttl, then data', lambda p, d: (
        put(p, [(0, d[:p.mid])]), p.seg(p.mid, b'', flags=FIN | ACK, ttl=2), p.seg(p.mid, d[p.mid:])),
        far=True)
    add('fin', 'early, covered by data behind a hole', lambda p, d: (
        p.seg(p.mid, b'', flags=FIN | ACK), p.seg(p.mid, d[p.mid:]), p.seg(0, d[:p.mid])),
        twin='refused')
    add('fin', 'early within data, hole filled last', lambda p, d: (
        p.seg(1, d[1:p.mid], flags=F), p.seg(1, d[1:]), p.seg(0, d[:1])), twin='refused')
    add('fin', 'early, then a syn on the same ports, then the rest', lambda p, d: (
        p.seg(p.mid, b'', flags=FIN | ACK), p.send(p.isn + 0x4000, SYN, opts=p.syn_options()),
        p.seg(p.mid, d[p.mid:]), p.seg(0, d[:p.mid])), twin='refused')


def rst_tricks(add):
    def between(p, d, at=None, then=None, **kw):
        put(p, [(0, d[:p.mid])])
        p.send((p.isn + 1 + (p.mid if at is None else at)) % MOD, kw.pop('flags', RST), **kw)
        if then:
            then(p)
        put(p, [(p.mid, d[p.mid:])])
    new_syn = lambda p: p.send(p.isn + 0x5000, SYN, opts=p.syn_options())  # noqa: E731
    for name, kw in (('checksum', dict(bad_sum=True)), ('one ahead', dict(at=1000)),
                     ('in the window', dict(at=3000)), ('behind', dict(at=-300)),
                     ('far away', dict(at=0x40000000)), ('syn rst', dict(flags=RST | SYN, at=700)),
                     ('md5 option', dict(opts=MD5))):
        add('rst', f'refused ({name}), then data', lambda p, d, kw=kw: between(p, d, **kw))
        add('rst', f'refused ({name}), a syn, then data',
            lambda p, d, kw=kw: between(p, d, then=new_syn, **kw))
    for o in (dict(), dict(then=new_syn)):
        add('rst', 'low ttl' + (', a syn' if o else '') + ', then data',
            lambda p, d, o=o: between(p, d, ttl=2, **o), far=True)
        add('rst', 'other mac address' + (', a syn' if o else '') + ', then data',
            lambda p, d, o=o: between(p, d, mac=bytes.fromhex('02000000ee77'), **o),
            twin='refused' if o else 'same')

    def behind_hole(p, d, then=None, **kw):
        put(p, [(p.mid, d[p.mid:])])
        p.send(p.isn + 1 + len(d), RST, **kw)
        if then:
            then(p)
        put(p, [(0, d[:p.mid])])
    add('rst', 'at the highest byte, behind a hole', behind_hole)
    add('rst', 'at the highest byte, behind a hole, a syn',
        lambda p, d: behind_hole(p, d, then=new_syn))
    add('rst', 'accepted, then data', lambda p, d: between(p, d))
    add('rst', 'before the last ack of the handshake', lambda p, d: (
        p.syn(), p.answer(), p.send(p.isn + 5000, RST), p.seg(0, b'', flags=ACK), p.seg(0, d)),
        opens=True)
    add('rst', 'old connection reset, new one', lambda p, d: (
        p.connect(), p.seg(0, d[:10]), p.send(p.isn + 11, RST), p.victim.sync(p.v),
        p.victim.read(p.v, p.port, p.sport), p.drop(), setattr(p, 'isn', p.isn + 0x12345),
        p.connect(), p.seg(0, d)), opens=True)


def handshake_tricks(add):
    h = lambda name, fn, **o: add('handshake', name, fn, opens=True, **o)  # noqa: E731
    h('data in the last ack', lambda p, d: (p.syn(), p.answer(), p.seg(0, d)))
    h('last ack lost', lambda p, d: (p.syn(), p.answer(), p.seg(p.mid, d[p.mid:]),
                                     p.seg(0, d[:p.mid])))
    h('data before the last ack, out of order', lambda p, d: (
        p.syn(), p.answer(), put(p, every(d, 9)[::-1]), p.seg(0, b'', flags=ACK)))
    h('junk in the syn', lambda p, d: (p.syn(data=junk(20)), p.answer(), p.seg(0, b'', flags=ACK),
                                       p.seg(0, d)), twin='amount', raw_only=True)
    h('same data in the syn', lambda p, d: (p.syn(data=d), p.answer(), p.seg(0, b'', flags=ACK),
                                            p.seg(0, d)))
    tfo = b'\x22\x02\x01\x01'
    for n in (1, 30, 1000):
        h(f'fast open, {n} bytes in the syn', lambda p, d, n=n: (
            p.syn(data=d[:n], opts=p.syn_options() + tfo), p.answer(), p.seg(0, b'', flags=ACK),
            *[p.seg(o, x) for o, x in every(d, 11) if o + len(x) > n]))
    h('fast open, all again', lambda p, d: (
        p.syn(data=d[:9], opts=p.syn_options() + tfo), p.answer(), put(p, [(0, d)])))
    h('fast open, other data again', lambda p, d: (
        p.syn(data=junk(p.mid), opts=p.syn_options() + tfo), p.answer(), put(p, [(0, d)])),
      twin='amount')
    h('two syns, other numbers', lambda p, d: (
        p.send(p.isn - 77777, SYN, opts=p.syn_options()), p.expect(SYN | ACK),
        p.send(p.isn - 77776, RST), p.connect(), put(p, every(d, 9))))
    h('syn twice', lambda p, d: (p.syn(), p.syn(), p.answer(), p.seg(0, b'', flags=ACK),
                                 put(p, every(d, 9))))
    h('another syn before the last ack', lambda p, d: (
        p.syn(), p.answer(), p.send(p.isn + 999, SYN, opts=p.syn_options()),
        p.seg(0, b'', flags=ACK), put(p, every(d, 9))))
    h('spoiled syn first', lambda p, d: (
        p.send(p.isn + 4242, SYN, opts=p.syn_options(), bad_sum=True), p.connect(),
        put(p, every(d, 9))))
    h('spoiled syn behind the real one', lambda p, d: (
        p.syn(), p.send(p.isn + 4242, SYN, opts=p.syn_options(), bad_sum=True), p.answer(),
        p.seg(0, b'', flags=ACK), put(p, every(d, 9))))
    h('syn of low ttl behind the real one', lambda p, d: (
        p.syn(), p.send(p.isn + 4242, SYN, opts=p.syn_options(), ttl=2), p.answer(),
        p.seg(0, b'', flags=ACK), put(p, every(d, 9))), far=True)
    h('wrong ack first', lambda p, d: (
        p.syn(), p.answer(), p.seg(0, junk(len(d)), bad_sum=True), p.seg(0, b'', flags=ACK),
        put(p, every(d, 9))))
    h('last ack with data and fin', lambda p, d: (p.syn(), p.answer(),
                                                  p.seg(0, d, flags=FIN | PSH | ACK)))
    h('syn with psh, urg', lambda p, d: (p.syn(flags=SYN | PSH | URG), p.answer(),
                                         p.seg(0, b'', flags=ACK), p.seg(0, d)))
    h('syn with ece, cwr', lambda p, d: (p.syn(flags=SYN | 0xc0), p.answer(),
                                         p.seg(0, b'', flags=ACK), p.seg(0, d)))
    h('syn with an ack number', lambda p, d: (p.syn(ack=0x1234), p.answer(),
                                              p.seg(0, b'', flags=ACK), p.seg(0, d)))
    for ws in (None, 0, 1, 14, 15):
        h(f'window scale {ws}', lambda p, d, ws=ws: (
            p.syn(opts=p.syn_options(wscale=ws)), p.answer(), p.seg(0, b'', flags=ACK),
            put(p, every(d, 9)[::-1])))
    h('two window scales', lambda p, d: (
        p.syn(opts=p.syn_options(wscale=0) + b'\x01\x03\x03\x0e'), p.answer(),
        p.seg(0, b'', flags=ACK), put(p, every(d, 9)[::-1])), twin='refused')
    h('no options', lambda p, d: (p.syn(opts=b'\x01\x01\x01\x01'), p.answer(),
                                  p.seg(0, b'', flags=ACK), put(p, every(d, 9))))
    h('mss of 1', lambda p, d: (p.syn(opts=p.syn_options(mss=1)), p.answer(),
                                p.seg(0, b'', flags=ACK), put(p, every(d, 9))))
    h('timestamp zero', lambda p, d: (setattr(p, 'tsval', 0), p.connect(), setattr(p, 'tsval', 50),
                                      put(p, every(d, 9))), ts=True)
    h('timestamps only at first', lambda p, d: (p.connect(), setattr(p, 'ts', None),
                                                put(p, every(d, 9))), ts=True)
    h('timestamps never agreed on', lambda p, d: (
        p.connect(), [p.seg(o, x, opts=ts_option(10 ** 6 - o)) for o, x in every(d, 9)]))
    h('syn ack from the client', lambda p, d: (
        p.connect(), p.send(p.isn, SYN | ACK), put(p, every(d, 9))))


def urgent_tricks(add):
    def at(p, d, urp, extra=b'!'):
        """One byte more in the middle of the marker, urgent: the application does not read it."""
        m = p.mid
        return d[:m] + extra + d[m:], urp
    for name, urp in (('pointer at it', 1), ('pointer zero', 0)):
        def fn(p, d, urp=urp):
            put(p, [(0, d[:p.mid])])
            p.seg(p.mid, b'!' + d[p.mid:], flags=URG | PSH | ACK, urp=urp)
        add('urgent', f'a byte more, {name}', fn, twin='amount')
    add('urgent', 'in the middle of a segment', lambda p, d: p.seg(
        0, d[:p.mid] + b'!' + d[p.mid:], flags=URG | PSH | ACK, urp=p.mid + 1), twin='amount')
    add('urgent', 'announced by the segment before', lambda p, d: (
        p.seg(0, d[:p.mid], flags=URG | PSH | ACK, urp=p.mid + 1),
        p.seg(p.mid, b'!' + d[p.mid:])), twin='amount')
    add('urgent', 'announced by an empty segment', lambda p, d: (
        p.seg(0, b'', flags=URG | ACK, urp=p.mid + 1),
        p.seg(0, d[:p.mid] + b'!' + d[p.mid:])), twin='amount')
    add('urgent', 'alone in its segment', lambda p, d: (
        p.seg(0, d[:p.mid]), p.seg(p.mid, b'!', flags=URG | ACK, urp=1),
        p.seg(p.mid + 1, d[p.mid:])), twin='amount')
    add('urgent', 'behind a hole', lambda p, d: (
        p.seg(p.mid, b'!' + d[p.mid:], flags=URG | PSH | ACK, urp=1), p.seg(0, d[:p.mid])),
        twin='amount')
    add('urgent', 'two of them', lambda p, d: (
        p.seg(0, d[:p.mid - 2] + b'!', flags=URG | PSH | ACK, urp=p.mid - 1),
        p.seg(p.mid - 1, d[p.mid - 2:p.mid] + b'!' + d[p.mid:], flags=URG | PSH | ACK, urp=3)),
        twin='amount')
    add('urgent', 'pointer far ahead', lambda p, d: [
        p.seg(o, x, flags=URG | PSH | ACK, urp=0xffff) for o, x in every(d, 9)], twin='amount')
    add('urgent', 'pointer without the flag', lambda p, d: [
        p.seg(o, x, urp=3) for o, x in every(d, 9)])
    add('urgent', 'the marker has the urgent byte', lambda p, d: p.seg(
        0, d, flags=URG | PSH | ACK, urp=p.mid), twin='amount')
    add('urgent', 'six of them', lambda p, d: (
        p.seg(0, d[:p.mid - 6]),
        [p.seg(p.mid - 6 + 2 * i, d[p.mid - 6 + i:p.mid - 5 + i] + b'!', flags=URG | PSH | ACK, urp=2)
         for i in range(6)],
        p.seg(p.mid + 6, d[p.mid:])), twin='amount')


def window_tricks(add):
    add('window', 'keep-alives between pieces', lambda p, d: [
        (p.seg(o, x), p.victim.sync(p.v), p.seg(o + len(x) - 1, b'')) for o, x in every(d, 12)])
    add('window', 'keep-alives of one byte of junk', lambda p, d: [
        (p.seg(o, x), p.victim.sync(p.v), p.seg(o + len(x) - 1, b'#')) for o, x in every(d, 12)])
    add('window', 'keep-alive byte before its place is filled', lambda p, d: (
        put(p, thirds(p, d)[:1]), p.seg(p.mid - 4, b'#'), put(p, thirds(p, d)[1:])), twin='amount')
    add('window', 'our window shut', lambda p, d: put(p, every(d, 9), win=0))
    add('window', 'our window shut, then probes', lambda p, d: [
        (p.seg(o, x, win=0), p.seg(o + len(x), b'', flags=ACK, win=0)) for o, x in every(d, 9)])
    add('window', 'our window jumps', lambda p, d: [
        p.seg(o, x, win=(1, 64000, 0, 9)[i % 4]) for i, (o, x) in enumerate(every(d, 7))])
    add('window', 'ends at the edge', lambda p, d: put(p, every(d, 9)[::-1]))

    def far_out(p, d):
        put(p, thirds(p, d)[:1])
        p.seg(60000, junk(20))
        p.seg(0x10000 + 400, junk(20))
        put(p, thirds(p, d)[1:])
    add('window', 'junk near the right edge', far_out, twin='amount')
    add('window', 'acks of everything between', lambda p, d: [
        (p.seg(o, x), p.seg(o + len(x), b'', flags=ACK)) for o, x in every(d, 7)])
    add('window', 'duplicate acks', lambda p, d: [
        (p.seg(o, x), [p.seg(o, b'', flags=ACK) for _ in range(4)]) for o, x in every(d, 20)])


# --- below TCP

def cut(q, size):
    b = body(q)
    return [(at, b[at:at + size], at + size < len(b)) for at in range(0, len(b), size)]


def in_fragments(q, size, order=None, **kw):
    c = cut(q, size)
    return [piece(q, *c[i], **kw) for i in (order(len(c)) if order else range(len(c)))]


ORDERS = {
    'in order': lambda n: range(n),
    'last first': lambda n: [n - 1, *range(n - 1)],
    'first last': lambda n: [*range(1, n), 0],
    'backwards': lambda n: range(n - 1, -1, -1),
    'odd then even': lambda n: [*range(1, n, 2), *range(0, n, 2)],
    'shuffled': lambda n: random.Random(n).sample(range(n), n),
    'each twice': lambda n: [i for i in range(n) for _ in (0, 1)],
    'all but one, all again': lambda n: [*range(n - 1), *range(n)],
}


def overlapping(q, how, first, size=16):
    """Fragments of q of which one, over the middle, exists twice with other bytes."""
    b = body(q)
    c = cut(q, size)
    m = len(c) // 2
    at, real, more = c[m]
    l, r = how
    lo, hi = max(at + l, 8), at + len(real) + r
    bad = (lo, junk(max(hi - lo, 8)), True)
    if first == 'junk':
        c[m:m] = [bad]
    elif first == 'junk at once':
        c[0:0] = [bad]
    else:
        c[m + 1:m + 1] = [bad]
    assert b
    return [piece(q, *x) for x in c]


FRAGMENT_GEOMETRY = {'same place': (0, 0), 'inside': (0, -8), 'covering': (-8, 8),
                     'left edge': (-8, -8), 'right edge': (8, 8)}


def fragment_tricks(add_one):
    def add(kind, name, wrap, **o):
        def tcp(p, d):
            p.seg(0, d, wrap=wrap)
        add_one(kind, 'tcp: ' + name, tcp, **o)
        add_one(kind, 'udp: ' + name, wrap, udp=True, **o)
    for size in (8, 16, 24, 48):
        for name, order in ORDERS.items():
            if size in (8, 24) or name in ('in order', 'backwards'):
                add('fragment', f'pieces of {size}, {name}',
                    lambda q, s=size, o=order: in_fragments(q, s, o))
    for name, how in FRAGMENT_GEOMETRY.items():
        for first in ('real', 'junk', 'junk at once'):
            add('fragment overlap', f'{name}, {first} first',
                lambda q, h=how, f=first: overlapping(q, h, f), twin='refused')
    add('fragment overlap', 'same bytes, other cut', lambda q: (
        [piece(q, *x) for x in cut(q, 16)[:-1]] + [piece(q, *x) for x in cut(q, 24)]), twin='refused')
    add('fragment overlap', 'a second end', lambda q: (
        in_fragments(q, 16)[:2] + [piece(q, 64, junk(8), False)] + in_fragments(q, 16)[2:]),
        twin='refused')
    add('fragment overlap', 'whole in one, then pieces', lambda q: (
        [piece(q, 0, body(q)[:-8] if len(body(q)) % 8 == 0 else body(q)[:len(body(q)) // 8 * 8], True)] +
        in_fragments(q, 16)), twin='refused')
    bad4 = dict(versions=(4,))
    add('fragment', 'junk with a bad ip checksum between', lambda q: [
        y for i, x in enumerate(cut(q, 16)) for y in (
            piece(q, x[0], junk(len(x[1])), x[2], bad_sum=True), piece(q, *x))], **bad4)
    add('fragment', 'junk of another protocol between', lambda q: [
        y for x in cut(q, 16) for y in (piece(q, x[0], junk(len(x[1])), x[2], proto=253),
                                        piece(q, *x))], **bad4)
    add('fragment', 'don\'t fragment bit', lambda q: in_fragments(q, 16, flags=0x4000), **bad4)
    add('fragment', 'reserved bit', lambda q: in_fragments(q, 16, flags=0x8000), **bad4)
    add('fragment', 'other ttl and tos each', lambda q: [
        piece(q, *x, ttl=30 + i, tos=i * 4) for i, x in enumerate(cut(q, 16))])
    add('fragment', 'two datagrams interleaved', lambda q: [
        y for x in cut(q, 16) for y in (piece(q, x[0], junk(len(x[1]), 3), x[2], ident=1),
                                        piece(q, *x, ident=2))])
    add('fragment', 'abandoned, then another identification', lambda q: (
        in_fragments(q, 16, ident=1)[:-1] + in_fragments(q, 16, ident=2)))
    add('fragment', 'abandoned junk, then another identification', lambda q: (
        [piece(q, x[0], junk(len(x[1])), True, ident=1) for x in cut(q, 16)[:-1]] +
        in_fragments(q, 16, ident=2)))
    add('fragment', 'an empty one between', lambda q: (
        in_fragments(q, 16)[:1] + [piece(q, 16, b'', True)] + in_fragments(q, 16)[1:]),
        twin='refused')
    add('fragment', 'beyond 64 KiB at the end', lambda q: (
        in_fragments(q, 16)[:-1] + [piece(q, 65528, junk(64), False)] + in_fragments(q, 16)[-1:]),
        twin='refused')
    add('fragment', 'an odd length in the middle', lambda q: (
        [piece(q, 0, body(q)[:20], True)] + [piece(q, *x) for x in cut(q, 16)[1:]]), twin='refused')
    add('fragment', 'a tiny first one', lambda q: [piece(q, 0, body(q)[:8], True),
                                                   piece(q, 8, body(q)[8:], False)])
    add('fragment', 'a tiny last one', lambda q: [
        piece(q, 0, body(q)[:(len(body(q)) - 1) // 8 * 8], True),
        piece(q, (len(body(q)) - 1) // 8 * 8, body(q)[(len(body(q)) - 1) // 8 * 8:], False)])
    six = dict(versions=(6,))
    add('fragment', 'atomic', lambda q: [piece(q, 0, body(q), False)], **six)
    add('fragment', 'junk, atomic with the same identification', lambda q: [
        piece(q, 0, junk(16), True), piece(q, 0, body(q), False)], **six)
    add('fragment', 'a fragment within a fragment', lambda q: [
        z for y in in_fragments(q, 24, ident=50) for z in in_fragments(y, 8, ident=60 + y[43] // 8)], **six)
    add('fragment', 'atomic within atomic', lambda q: [
        piece(piece(q, 0, body(q), False), 0, body(piece(q, 0, body(q), False)), False)], **six)
    add('fragment', 'other next header in later ones', lambda q: [
        piece(q, *x, nxt=q[6] if i == 0 else 59) for i, x in enumerate(cut(q, 16))], **six)
    add('fragment', 'destination options within', lambda q: in_fragments(
        with_extensions(q, [(60, b'\x01\x02\0\0')]), 16), **six)
    add('fragment', 'first fragment without the transport header', lambda q: in_fragments(
        with_extensions(q, [(60, b'\x01\x0c' + bytes(12))]), 8), **six)
    for n in (1, 2, 3, 5, 9, 20):
        add('extension', f'{n} destination options headers', lambda q, n=n: [
            with_extensions(q, [(60, b'\x01\x04' + bytes(4))] * n)],
            twin='same' if n < 3 else 'refused', **six)
    add('extension', 'hop by hop', lambda q: [with_extensions(q, [(0, b'\x01\x04' + bytes(4))])], **six)
    add('extension', 'hop by hop, options, then fragments', lambda q: [
        with_extensions(x, [(0, b'\x01\x04' + bytes(4)), (60, b'\x01\x04' + bytes(4))])
        for x in in_fragments(q, 24)], **six)
    add('extension', 'unknown option to be skipped', lambda q: [
        with_extensions(q, [(60, b'\x1e\x04' + bytes(4))])], **six)
    add('extension', 'a long one', lambda q: [
        with_extensions(q, [(60, (b'\x1e\xf0' + bytes(240)) * 4)])], **six)
    add('extension', 'used up routing header', lambda q: [
        with_extensions(q, [(43, b'\x04\0\0\0\0\0')])], **six)
    add('extension', 'ip options', lambda q: [ip_options(q, b'\x01' * 40)], **bad4)
    add('extension', 'record route', lambda q: [ip_options(q, b'\x07\x27\x04' + bytes(37))], **bad4)
    add('extension', 'router alert', lambda q: [ip_options(q, b'\x94\x04\0\0')], **bad4)


def vlan_tricks(add):
    Z = ((0x8100, 0),)
    add('vlan', 'priority tag on all', lambda p, d: put(p, every(d, 9), tags=Z))
    add('vlan', 'priority tag on every other', lambda p, d: [
        p.seg(o, x, tags=Z if i % 2 else ()) for i, (o, x) in enumerate(every(d, 9))])
    add('vlan', 'two priority tags on every other', lambda p, d: [
        p.seg(o, x, tags=Z * 2 if i % 2 else ()) for i, (o, x) in enumerate(every(d, 9))])
    add('vlan', '802.1ad priority tag on every other', lambda p, d: [
        p.seg(o, x, tags=((0x88a8, 0),) if i % 2 else ()) for i, (o, x) in enumerate(every(d, 9))])
    add('vlan', 'junk in another vlan', lambda p, d: [
        (p.seg(o, junk(len(x)), tags=((0x8100, 7),)), p.seg(o, x)) for o, x in every(d, 9)])
    add('vlan', 'priority tag on the handshake only', lambda p, d: (
        setattr(p, 'tags', Z), p.syn(), setattr(p, 'tags', ()), p.answer(),
        p.seg(0, b'', flags=ACK), put(p, every(d, 9))), opens=True)
    add('vlan', 'trailer behind the packet', lambda p, d: [
        p.seg(o, x, wrap=lambda q: [q + junk(30)]) for o, x in every(d, 9)])


# --- the attacker as server, and sessions met in the middle

def down_tricks(add):
    for t in list(add.list):
        if t.kind in ('split', 'reorder', 'same overlap', 'overlap', 'insertion') and not t.opens \
                and not t.far and len(t.versions) == 2 and hash_of(t.name) % 4 == 0:
            add('from the server', t.name, t.fn, ts=t.ts, down=True, twin=t.twin)
    s = lambda name, fn, **o: add('from the server', name, fn, opens=True, down=True, **o)  # noqa: E731
    s('simultaneous open', lambda p, d: (
        p.serve(), p.send(p.isn, SYN, opts=p.syn_options()), p.expect(SYN | ACK),
        p.send(p.isn, SYN | ACK, opts=p.syn_options()), put(p, every(d, 9))))
    s('simultaneous open, ack only', lambda p, d: (
        p.serve(), p.send(p.isn, SYN, opts=p.syn_options()), p.expect(SYN | ACK),
        p.seg(0, b'', flags=ACK), put(p, every(d, 9))))
    s('split handshake: ack, then syn', lambda p, d: (
        p.serve(), p.send(p.isn - 1, ACK), p.send(p.isn, SYN, opts=p.syn_options()),
        p.expect(SYN | ACK), p.seg(0, b'', flags=ACK), put(p, every(d, 9))))
    s('data in the syn ack', lambda p, d: (p.serve(), p.send(p.isn, SYN | ACK, d, opts=p.syn_options()),
                                           p.expect(ACK), put(p, every(d, 9))))
    s('junk in the syn ack', lambda p, d: (
        p.serve(), p.send(p.isn, SYN | ACK, junk(20), opts=p.syn_options()), p.expect(ACK),
        put(p, every(d, 9))), twin='amount')
    s('data right behind the syn ack', lambda p, d: (
        p.serve(), p.send(p.isn, SYN | ACK, opts=p.syn_options()), put(p, every(d, 9)), p.expect(ACK)))
    s('two syn acks', lambda p, d: (
        p.serve(), p.send(p.isn, SYN | ACK, opts=p.syn_options()),
        p.send(p.isn + 3333, SYN | ACK, opts=p.syn_options()), p.expect(ACK), put(p, every(d, 9))))
    s('spoiled syn ack first', lambda p, d: (
        p.serve(), p.send(p.isn + 3333, SYN | ACK, opts=p.syn_options(), bad_sum=True),
        p.send(p.isn, SYN | ACK, opts=p.syn_options()), p.expect(ACK), put(p, every(d, 9))))
    s('refused reset, then the syn ack', lambda p, d: (
        p.serve(), p.send(p.isn, RST | ACK, ack=p.irs + 777),
        p.send(p.isn, SYN | ACK, opts=p.syn_options()), p.expect(ACK), put(p, every(d, 9))))


def hash_of(name):
    return sum(i * b for i, b in enumerate(name.encode(), 1))


def midstream_tricks(add):
    for t in list(add.list):
        if not t.opens and not t.down and not t.udp and not t.far and (
                t.kind in ('split', 'wrap') and hash_of(t.name) % 3 == 0 or
                t.kind in ('reorder', 'duplicate', 'same overlap', 'fragment') and
                hash_of(t.name) % 4 == 0):
            add('midstream', t.name, t.fn, ts=t.ts, isn=t.isn, midstream=True, twin=t.twin,
                versions=t.versions)


def all_tricks():
    class Add:
        def __init__(self):
            self.list = []

        def __call__(self, kind, name, fn, **o):
            self.list.append(Trick(kind, name, fn, **o))
    add = Add()
    for make in (split_tricks, reorder_tricks, duplicate_tricks, overlap_tricks, insertion_tricks,
                 fin_tricks, rst_tricks, handshake_tricks, urgent_tricks, window_tricks,
                 fragment_tricks, vlan_tricks, down_tricks, midstream_tricks):
        make(add)
    return add.list
