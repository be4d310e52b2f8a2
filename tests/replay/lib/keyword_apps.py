# SPDX-License-Identifier: Apache-2.0
"""Rules for the keywords of the smaller protocols and for tag; the same two tables as keyword_traffic.py and keyword_cases.py."""
import struct
import time

import gen
import keyword_traffic
import quic as quic_packets


def tlv(tag, *parts):
    body = b''.join(parts)
    return bytes([tag] + ([0x81] if len(body) > 127 else []) + [len(body)]) + body


def num(v):
    return tlv(2, v.to_bytes((v.bit_length() + 8) // 8, 'big'))


def ctx(n, *parts):
    return tlv(0xa0 | n, *parts)


def krb5(_):
    """A request, its refusal, a request for a ticket and the ticket."""
    def name(*parts):
        return tlv(0x30, ctx(0, num(1)), ctx(1, tlv(0x30, *[tlv(0x1b, p) for p in parts])))

    def sealed(etype):
        return tlv(0x30, ctx(0, num(etype)), ctx(2, tlv(4, b'sealed')))

    def body():
        return tlv(0x30, ctx(0, tlv(3, bytes(5))), ctx(1, name(b'hans', b'admin')), ctx(2, realm), ctx(3, name(b'krbtgt', b'K.TEST')))
    realm = tlv(0x1b, b'K.TEST')
    cap = gen.Capture()
    t = cap.tcp(dport=88).open()
    ask = tlv(0x6a, tlv(0x30, ctx(1, num(5)), ctx(2, num(10)), ctx(4, body())))
    error = tlv(0x7e, tlv(0x30, ctx(0, num(5)), ctx(1, num(30)), ctx(4, tlv(0x18, b'20260101000000Z')), ctx(5, num(0)),
                          ctx(6, num(24)), ctx(9, realm), ctx(10, name(b'krbtgt', b'K.TEST'))))
    answer = tlv(0x6b, tlv(0x30, ctx(0, num(5)), ctx(1, num(11)), ctx(3, realm), ctx(4, name(b'hans')),
                           ctx(5, tlv(0x61, tlv(0x30, ctx(0, num(5)), ctx(1, realm), ctx(2, name(b'krbtgt', b'K.TEST')),
                                                ctx(3, sealed(18))))), ctx(6, sealed(17))))
    for up, m in ((True, ask), (False, error), (True, ask), (False, answer)):
        m = len(m).to_bytes(4, 'big') + m
        (t.up if up else t.down)(m)
    t.close()
    return cap


def snmp(_):
    name = tlv(0x30, tlv(0x30, tlv(6, b'\x2b\x06\x01'), tlv(5)))
    cap = gen.Capture()
    cap.udp(tlv(0x30, num(1), tlv(4, b'private7'), tlv(0xa0, num(1), num(0), num(0), name)), sport=6000, dport=161)
    cap.udp(tlv(0x30, num(1), tlv(4, b'private7'), tlv(0xa2, num(1), num(0), num(0), name)), sport=6000, dport=161, up=False)
    return cap


def websocket(_):
    cap = gen.Capture()
    t = cap.tcp().open()
    t.up(b'GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    t.down(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    key, text = b'\x11\x22\x33\x44', b'masked text'
    t.up(b'\x81' + bytes([0x80 | len(text)]) + key + bytes(c ^ key[i % 4] for i, c in enumerate(text)))
    t.down(b'\x01\x05first', b'\x80\x06second').close()
    return cap


def pgsql(_):
    def msg(kind, body=b''):
        return kind + struct.pack('>I', len(body) + 4) + body
    params = struct.pack('>HH', 3, 0) + b'user\0anna\0database\0books\0\0'
    cap = gen.Capture()
    t = cap.tcp(dport=5432).open().up(struct.pack('>I', len(params) + 4) + params)
    t.down(msg(b'R', bytes(4)) + msg(b'Z', b'I')).up(msg(b'Q', b'select title from books\0'))
    t.down(msg(b'T', b'\0\1') + msg(b'D', struct.pack('>Hi', 1, 3) + b'abc') + msg(b'C', b'SELECT 1\0') + msg(b'Z', b'I'))
    t.up(msg(b'X')).close()
    return cap


def dnp3_frame(control, dst, src, data):
    def crc(b):
        v = 0
        for x in b:
            v ^= x
            for _ in range(8):
                v = v >> 1 ^ (0xa6bc if v & 1 else 0)
        return (~v & 0xffff).to_bytes(2, 'little')
    head = bytes([5, 0x64, 5 + len(data), control, dst, 0, src, 0])
    blocks = [data[i:i + 16] for i in range(0, len(data), 16)]
    return head + crc(head) + b''.join(b + crc(b) for b in blocks)


def dnp3(_):
    """A control that is selected, with data over two blocks of the link layer, and its answer."""
    control = bytes([12, 1, 0x28, 1, 0, 1, 0, 3, 1, 100, 0, 0, 0, 100, 0, 0, 0, 0])
    cap = gen.Capture()
    t = cap.tcp(dport=20000).open().up(dnp3_frame(0xc4, 2, 3, bytes([0xc0, 0xc7, 3]) + control))
    t.down(dnp3_frame(0x44, 3, 2, bytes([0xc0, 0xc7, 129, 0x10, 0]) + control)).close()
    return cap


def quic(_):
    cap = gen.Capture()
    cap.udp(quic_packets.initial(b'name.quic.test'), sport=6000, dport=443)
    return cap


def tagged(_):
    """What follows a match: five packets of its conversation, then one of the same host elsewhere."""
    cap = gen.Capture()
    cap.udp(b'begin', sport=6000, dport=9999)
    for i in range(5):
        cap.udp(b'after %d' % i, sport=6000, dport=9999)
    cap.wait(10)
    cap.udp(b'late', sport=6001, dport=9999)
    return cap


def validity(days):
    """A handshake some days from now: the certificate of the test is made for thirty."""
    def make(folder):
        cap = keyword_traffic.tls(folder)
        first = cap.frames[0][0]
        cap.frames = [(t - first + time.time() + days * 86400, f) for t, f in cap.frames]
        return cap
    return make


TRAFFIC = {
    'tls_now': ('tls', validity(1)), 'tls_late': ('tls', validity(31)),
    'krb5': ('krb5', krb5), 'snmp': ('snmp', snmp), 'websocket': ('websocket', websocket), 'pgsql': ('pgsql', pgsql),
    'dnp3': ('dnp3', dnp3), 'quic': ('quic', quic),
}

CASES = {
    'tls_now': r'''
tls_cert_valid + tls_cert_valid;
tls_cert_expired - tls_cert_expired;
''',
    'tls_late': r'''
tls_cert_expired + tls_cert_expired;
tls_cert_valid - tls_cert_valid;
''',
    'krb5': r'''
krb5_msg_type + krb5_msg_type:10;
krb5_msg_type - krb5_msg_type:12;
krb5_msg_type > krb5_msg_type:>29;
krb5_msg_type < krb5_msg_type:>30;
krb5_err_code + krb5_err_code:24;
krb5_err_code - krb5_err_code:25;
krb5_err_code > krb5_err_code:>23;
krb5_err_code < krb5_err_code:<24;
krb5.cname + krb5.cname; content:"hans";
krb5.cname - krb5.cname; content:"krbtgt";
krb5.cname > krb5.cname; content:"admin"; bsize:5;
krb5.cname < krb5.cname; bsize:6;
krb5.sname + krb5.sname; content:"krbtgt";
krb5.sname - krb5.sname; content:"hans";
krb5.sname > flow:to_client; krb5.sname; content:"K.TEST"; startswith; endswith;
krb5.sname < krb5.sname; bsize:>6;
krb5.ticket_encryption + krb5.ticket_encryption:aes256-cts-hmac-sha1-96;
krb5.ticket_encryption - krb5.ticket_encryption:aes128-cts-hmac-sha1-96;
krb5.ticket_encryption > krb5.ticket_encryption:rc4-hmac,18;
krb5.ticket_encryption < krb5.ticket_encryption:!aes256-cts-hmac-sha1-96;
''',
    'snmp': r'''
snmp.version + snmp.version:2;
snmp.version - snmp.version:3;
snmp.version > snmp.version:>1;
snmp.version < snmp.version:<2;
snmp.community + snmp.community; content:"private";
snmp.community - snmp.community; content:"public";
snmp.community > flow:to_client; snmp.community; content:"7"; endswith; bsize:8;
snmp.community < snmp.community; bsize:>8;
''',
    'websocket': r'''
websocket.payload + websocket.payload; content:"masked text";
websocket.payload - websocket.payload; content:"|11 22 33 44|";
websocket.payload > flow:to_client; websocket.payload; content:"firstsecond"; startswith; endswith;
websocket.payload < websocket.payload; bsize:>11;
''',
    'pgsql': r'''
pgsql.query + pgsql.query; content:"from books";
pgsql.query - pgsql.query; content:"anna";
pgsql.query > pgsql.query; content:"select"; startswith;
pgsql.query < pgsql.query; content:"elect"; startswith;
''',
    'dnp3': r'''
dnp3.data + dnp3.data; content:"|0c 01 28 01 00|";
dnp3.data - dnp3.data; content:"|05 64|";
dnp3.data > flow:to_server; dnp3.data; content:"|64 00 00 00 64 00 00 00 00|"; endswith;
dnp3.data < dnp3.data; bsize:>23;
dnp3_func + dnp3_func:select;
dnp3_func - dnp3_func:operate;
dnp3_func > dnp3_func:129;
dnp3_func < dnp3_func:130;
''',
    'quic': r'''
quic.sni + quic.sni; content:"quic.test";
quic.sni - quic.sni; content:"other";
quic.sni > quic.sni; content:"name.quic.test"; startswith; endswith;
quic.sni < quic.sni; bsize:>14;
''',
}

#: tag makes no alert but records of packets: (mark, rule, how many such records it makes). The packet
#: that matched counts as the first of those that are tagged and is not recorded again.
TAGS = [
    ('+', 'content:"begin"; tag:session,3,packets;', 2),
    ('-', 'content:"absent"; tag:session,3,packets;', 0),
    ('<', 'content:"begin"; tag:session,1,packets;', 0),
    ('>', 'content:"begin"; tag:session,6,packets;', 5),
    ('<', 'content:"begin"; tag:session,5,packets;', 4),
    ('>', 'content:"begin"; tag:host,2,packets,src;', 1),
    ('>', 'content:"begin"; tag:host,10,seconds,src;', 6),
    ('<', 'content:"begin"; tag:host,9,seconds,src;', 5),
]
