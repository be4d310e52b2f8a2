# SPDX-License-Identifier: Apache-2.0
"""Rules for the niche keywords: each that is called supported matches what it should, and not something
else. The same two tables as keyword_traffic.py and keyword_cases.py."""
import gzip
import hashlib
import struct
import zlib

import gen
import keyword_traffic


def six(_):
    """IPv6: UDP, TCP and two messages of ICMP; then datagrams with a wrong checksum."""
    cap = gen.Capture()
    at = {'src': gen.CLIENT6, 'dst': gen.SERVER6}
    cap.udp(b'six needle', sport=7000, dport=9999, **at)
    cap.tcp(sport=40000, dport=9998, **at).open().up(b'six needle').close()
    cap.icmp(128, 0, b'\0\1\0\2ping', **at)
    cap.icmp(2, 0, (1280).to_bytes(4, 'big') + b'x' * 40, **at)
    cap.udp(b'spoiled', sport=7001, dport=9999, bad_sum=True, **at)
    cap.tcp(sport=40001, dport=9998, **at).segment(True, gen.SYN, bad_sum=True)
    cap.ip(gen.ip_packet(gen.CLIENT6, gen.SERVER6, 58, gen.icmp_message(gen.CLIENT6, gen.SERVER6, 128, 0, b'\0\1\0\3', True)))
    return cap


def four(_):
    """IPv4: what the header keywords look at, and each with a wrong checksum."""
    cap = gen.Capture()
    cap.udp(b'abc needle 0123456789abcdef', sport=7000, dport=9999)
    t = cap.tcp(sport=40000, dport=9998)
    t.segment(True, gen.SYN, options=b'\x02\x04\x05\xb4\x01\x03\x03\x07')
    cap.icmp(8, 0, b'\x12\x34\0\7ping')
    cap.proto(2, b'\x16\0\xe9\xfe\xef\1\1\1')
    chunk = b'\1\0\0\x08abcd' + b'\0\3\0\x14' + b'\0\0\0\1\0\0\0\0\0\0\0\0data'
    cap.proto(132, struct.pack('!HHII', 5000, 5001, 0x01020304, 0) + chunk)
    cap.udp(struct.pack('!6I', 7, 0, 2, 100003, 3, 6) + bytes(16), sport=7001, dport=111)
    cap.udp(b'spoiled', sport=7002, dport=9999, bad_sum=True)
    cap.udp(b'spoiled header', sport=7003, dport=9999, bad_ip_sum=True)
    cap.tcp(sport=40001, dport=9998).segment(True, gen.SYN, bad_sum=True)
    cap.ip(gen.ip_packet(gen.CLIENT, gen.SERVER, 1, gen.icmp_message(gen.CLIENT, gen.SERVER, 8, 0, b'\0\1\0\3', True)))
    return cap


def web(_):
    """A request with a packed parameter, variables for later packets."""
    cap = gen.Capture()
    body = b'zip=' + gzip.compress(b'packed needle', mtime=0)
    t = cap.tcp(dport=80).open()
    t.up(b'POST /p HTTP/1.1\r\nHost: web.test\r\nX-Id: user=anna\r\nContent-Length: %d\r\n\r\n' % len(body) + body)
    t.down(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    body = zlib.compress(b'deflated needle')
    t.up(b'POST /q HTTP/1.1\r\nHost: web.test\r\nContent-Length: %d\r\n\r\n' % len(body) + body)
    t.down(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok').close()
    return cap


def http2(_):
    def frame(kind, flags, stream, body):
        return len(body).to_bytes(3, 'big') + bytes([kind, flags]) + stream.to_bytes(4, 'big') + body

    def literal(name, value):
        return b'\0' + bytes([len(name)]) + name + bytes([len(value)]) + value
    fields = b'\x82\x86\x84' + literal(b':authority', b'two.test') + literal(b'x-name', b'value')
    cap = gen.Capture()
    t = cap.tcp(dport=80).open()
    t.up(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + frame(4, 0, 0, struct.pack('!HI', 3, 100)) +
         frame(8, 0, 0, (4096).to_bytes(4, 'big')) + frame(1, 0x25, 1, struct.pack('!IB', 0, 41) + b'\x3f\xe1\x1f' + fields))
    t.down(frame(4, 0, 0, b'') + frame(1, 4, 1, b'\x88')).up(frame(3, 0, 1, (8).to_bytes(4, 'big'))).close()
    return cap


def mdns(_):
    cap = gen.Capture()
    labels, record = keyword_traffic.labels, keyword_traffic.record
    cap.udp(b'\0\0\0\0\0\1\0\0\0\0\0\0' + labels(b'asked.local') + b'\0\x0c\0\1', sport=5353, dport=5353, dst='224.0.0.251')
    cap.udp(b'\0\0\x84\0\0\0\0\1\0\1\0\1' + record(b'answered.local', 1, b'\1\2\3\4') + record(b'authority.local', 1, b'\1\2\3\5') +
            record(b'additional.local', 1, b'\1\2\3\6'), src='192.168.1.20', sport=5353, dport=5353, dst='224.0.0.251')
    return cap


def mail(_):
    cap = gen.Capture()
    t = cap.tcp(dport=25).open().down(b'220 mx ESMTP\r\n').up(b'EHLO c\r\n').down(b'250 mx\r\n')
    t.up(b'MAIL FROM:<a@b>\r\n').down(b'250 ok\r\n').up(b'RCPT TO:<c@d>\r\n').down(b'250 ok\r\n').up(b'DATA\r\n').down(b'354 go\r\n')
    t.up(b'Received: from first by second\r\nReceived: from third by fourth\r\nDate: Fri, 2 Jan 2026 10:00:00 +0000\r\n'
         b'Message-ID: <id-7@mail.test>\r\nFrom: a@b\r\n\r\ntext\r\n.\r\n').down(b'250 done\r\n').up(b'QUIT\r\n').down(b'221 bye\r\n')
    t.close()
    return cap


def message(spi, kind, version, exchange, flags, body):
    return spi + struct.pack('>BBBBII', kind, version, exchange, flags, 0, 28 + len(body)) + body


def payload(kind, body):
    return struct.pack('>BBH', kind, 0, 4 + len(body)) + body


def ike(_):
    """Version 1, aggressive: association, key exchange, nonce and vendor of both sides."""
    transform = payload(0, b'\1\1\0\0' + struct.pack('>4H', 0x8001, 7, 0x8004, 14))
    body = (payload(4, struct.pack('>II', 1, 1) + payload(0, b'\1\1\0\1' + transform)) + payload(10, b'K' * 16) +
            payload(13, b'N' * 8) + payload(0, b'\x11\x22\x33\x44'))
    cap = gen.Capture()
    cap.udp(message(b'A' * 8 + bytes(8), 1, 0x10, 4, 0, body), sport=500, dport=500)
    cap.udp(message(b'A' * 8 + b'B' * 8, 1, 0x10, 4, 0, body), sport=500, dport=500, up=False)
    return cap


def snmp(_):
    from keyword_apps import num, tlv
    usm = tlv(0x30, tlv(4, b'engine'), num(1), num(2), tlv(4, b'operator'), tlv(4), tlv(4))
    scoped = tlv(0x30, tlv(4, b'engine'), tlv(4), tlv(0xa0, num(1), num(0), num(0), tlv(0x30, tlv(0x30, tlv(6, b'\x2b\6\1'), tlv(5)))))
    cap = gen.Capture()
    cap.udp(tlv(0x30, num(3), tlv(0x30, num(1), num(1500), tlv(4, b'\0'), num(3)), tlv(4, usm), scoped), sport=6000, dport=161)
    name = tlv(0x30, tlv(0x30, tlv(6, b'\x2b\x06\x01'), tlv(5)))
    cap.udp(tlv(0x30, num(0), tlv(4, b'other'), tlv(0xa4, tlv(6, b'\x2b\x06'), tlv(0x40, bytes(4)), num(3), num(0),
                                                    tlv(0x43, b'\0'), name)), sport=6001, dport=162)
    return cap


SDP = (b'v=0\r\no=anna 1 2 IN IP4 192.0.2.1\r\ns=the call\r\ni=about it\r\nu=http://sdp.test/\r\ne=anna@sdp.test\r\np=+49 1\r\n'
       b'c=IN IP4 192.0.2.2\r\nb=CT:128\r\nt=10 20\r\nr=604800 3600 0 90000\r\nz=2882844526 -1h 2898848070 0\r\nk=clear:secret\r\na=sendrecv\r\n'
       b'm=audio 4000 RTP/AVP 0\r\ni=a voice\r\nc=IN IP4 192.0.2.3\r\nk=prompt\r\na=rtpmap:0 PCMU/8000\r\n')


def sip(_):
    cap = gen.Capture()
    cap.udp(b'INVITE sip:bob@b.test SIP/2.0\r\nVia: SIP/2.0/UDP v.test\r\nFrom: <sip:anna@a.test>\r\nTo: <sip:bob@b.test>\r\n'
            b'Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n' % len(SDP) + SDP, sport=6000, dport=5060)
    cap.udp(b'SIP/2.0 486 Busy Here\r\nFrom: <sip:anna@a.test>\r\nContent-Length: 0\r\n\r\n', sport=6000, dport=5060, up=False)
    return cap


def text16(*parts):
    return b''.join(len(p).to_bytes(2, 'big') + p for p in parts)


def mqtt(_):
    def packet(head, body):
        return bytes([head, len(body)]) + body
    cap = gen.Capture()
    t = cap.tcp(dport=1883).open()
    t.up(packet(0x10, text16(b'MQTT') + b'\4\xc6\0\x3c' + text16(b'sensor', b'will/topic', b'will message', b'anna', b'secret')))
    t.down(packet(0x20, b'\1\0')).up(packet(0x82, b'\0\1' + text16(b'sub/topic') + b'\0')).down(packet(0x90, b'\0\1\0'))
    t.up(packet(0x3b, text16(b'a/b') + b'\0\2message')).down(packet(0x40, b'\0\2'))
    t.up(packet(0xa2, b'\0\3' + text16(b'unsub/topic'))).down(packet(0xb0, b'\0\3'))
    cap.tcp(sport=40001, dport=1883).open().up(packet(0x10, text16(b'MQTT') + b'\4\2\0\x3c' + text16(b'other'))).down(
        packet(0x20, b'\0\5')).close()
    t.close()
    return cap


def ldap(_):
    from keyword_apps import tlv

    def num(v, tag=2):
        return tlv(tag, bytes([v]))
    search = tlv(0x30, num(2), tlv(0x63, tlv(4, b'dc=x'), num(2, 10), num(0, 10), num(0), num(0), num(0, 1), tlv(0x87, b'cn'),
                                   tlv(0x30, tlv(4, b'telephone'), tlv(4, b'mail'))))
    entry = tlv(0x30, num(2), tlv(0x64, tlv(4, b'cn=anna,dc=x'), tlv(0x30, tlv(0x30, tlv(4, b'mail'), tlv(0x31, tlv(4, b'a@x'))))))
    done = tlv(0x30, num(2), tlv(0x65, num(4, 10), tlv(4), tlv(4, b'too many')))
    cap = gen.Capture()
    cap.tcp(dport=389).open().up(search).down(entry + done).close()
    return cap


def dhcp(_):
    options = b'\x35\x01\x05\x33\x04\0\0\x0e\x10\x3a\x04\0\0\x07\x08\x3b\x04\0\0\x0c\x4e\xff'
    cap = gen.Capture()
    cap.udp(bytes([2, 1, 6, 0, 0, 0, 0, 9]) + bytes(8) + bytes([10, 0, 0, 5]) + bytes(8) + bytes([2, 0, 0, 0, 0, 1]) + bytes(202) +
            b'\x63\x82\x53\x63' + options, sport=67, dport=68)
    return cap


def rfb(_):
    cap = gen.Capture()
    t = cap.tcp(dport=5900).open().down(b'RFB 003.008\n').up(b'RFB 003.008\n').down(b'\1\2').up(b'\2')
    t.down(b'0123456789abcdef').up(b'ghijklmnopqrstuv').down(b'\0\0\0\0').up(b'\0')
    t.down(b'\5\0\3\x20\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\4desk').up(b'\3').close()
    return cap


def nfs(_):
    def u(*v):
        return b''.join(x.to_bytes(4, 'big') for x in v)
    cap = gen.Capture()
    cap.udp(u(9, 0, 2, 100003, 2, 17, 0, 0, 0, 0) + b'D' * 32, sport=800, dport=2049)
    cap.udp(u(9, 1, 0, 0, 0, 0, 0) + bytes(20), sport=800, dport=2049, up=False)
    return cap


def enip(_):
    def pdu(command, body, session=7):
        return struct.pack('<HHIIQI', command, len(body), session, 0, 0, 0) + body

    def items(*i):
        return struct.pack('<H', len(i)) + b''.join(struct.pack('<HH', t, len(d)) + d for t, d in i)
    ident = struct.pack('<H', 1) + bytes(16) + struct.pack('<HHHBBHI', 1, 14, 58, 4, 3, 48, 0x01020304) + b'\5PLC-7\3'
    service = struct.pack('<HH', 1, 0x120) + b'Communications\0\0'
    cap = gen.Capture()
    cap.udp(pdu(0x63, b'', 0), dport=44818)
    cap.udp(pdu(0x63, items((0x0c, ident)), 0), dport=44818, up=False)
    cap.udp(pdu(4, b'', 0), dport=44818, sport=5001)
    cap.udp(pdu(4, items((0x100, service)), 0), dport=44818, sport=5001, up=False)
    one = bytes([14, 3, 0x20, 1, 0x24, 2, 0x30, 7])
    answer = bytes([0x8e, 0, 5, 1, 7, 1])
    t = cap.tcp(dport=44818).open().up(pdu(0x65, b'\1\0\0\0', 0)).down(pdu(0x65, b'\1\0\0\0'))
    t.up(pdu(0x6f, bytes(6) + items((0, b''), (0xb2, one)))).down(pdu(0x6f, bytes(6) + items((0, b''), (0xb2, answer)))).close()
    return cap


TRAFFIC = {
    'six': ('ip', six, '-k', 'none'), 'four': ('ip', four, '-k', 'none'), 'web': ('http', web), 'http2': ('http2', http2),
    'mdns': ('mdns', mdns), 'mail': ('smtp', mail), 'ike': ('ike', ike), 'snmp3': ('snmp', snmp), 'sdp': ('sip', sip),
    'mqtt2': ('mqtt', mqtt), 'ldap2': ('ldap', ldap), 'dhcp': ('dhcp', dhcp), 'rfb': ('rfb', rfb), 'nfs': ('nfs', nfs),
    'ntp': ('ntp', keyword_traffic.conversation('corpus_ntp/exchange', 123, True)),
    'enip2': ('enip', enip), 'gquic': ('quic', keyword_traffic.conversation('corpus_quic/q043', 443, True)),
}


def texts(prefix, rows):
    """Buffers: name, what is in it, what is not."""
    return ''.join(f'{prefix}{k} + {prefix}{k}; content:"{a}";\n{prefix}{k} - {prefix}{k}; content:"{b}";\n' for k, a, b in rows)


def numbers(rows):
    return ''.join(f'{k} + {k}:{a};\n{k} - {k}:{b};\n' for k, a, b in rows)


def sums(*names):
    """Of each both kinds are in the capture: valid, and one that is not."""
    return ''.join(f'{n} + {n}:{v};\n' for n in names for v in ('valid', 'invalid'))


CASES = {
    'six': texts('', [('ipv6.hdr', '|60|', '|45|'), ('icmpv6.hdr', '|80 00|', '|81 00|')]) + numbers([
        ('icmpv6.mtu', '1280', '1500')]) + sums('tcpv6-csum', 'udpv6-csum', 'icmpv6-csum') + r'''
l3_proto + l3_proto:ipv6;
l3_proto - l3_proto:ipv4;
tcpv6-csum - @udp tcpv6-csum:valid;
udpv6-csum - @tcp udpv6-csum:valid;
icmpv6-csum - @tcp icmpv6-csum:valid;
''',
    'four': texts('', [
        ('ipv4.hdr', '|45|', '|60|'), ('tcp.hdr', '|02 04 05 b4|', '|02 04 05 b5|'), ('udp.hdr', '|1b 58 27 0f|', '|1b 58 27 10|'),
        ('icmpv4.hdr', '|08 00|', '|0b 00|'), ('ether.hdr', '|02 00 00 00 00 02|', '|ff ff ff ff ff ff|'),
        ('igmp.hdr', '|16 00|', '|17 00|'), ('sctp.hdr', '|13 88 13 89|', '|13 88 13 90|'), ('sctp.chunk_data', 'abcd', 'abce'),
    ]) + numbers([('tcp.mss', '1460', '1459'), ('tcp.wscale', '7', '8'), ('igmp.type', '22', '17'), ('sctp.chunk_type', '1', '2'),
                  ('sctp.chunk_cnt', '2', '3'), ('sctp.vtag', '16909060', '16909061')]) +
    sums('ipv4-csum', 'tcpv4-csum', 'udpv4-csum', 'icmpv4-csum') + r'''
ipv4-csum - @tcp ipv4-csum:invalid;
tcpv4-csum - @udp tcpv4-csum:valid;
udpv4-csum - @tcp udpv4-csum:valid;
icmpv4-csum - @udp icmpv4-csum:valid;
entropy + @udp content:"needle"; entropy: value > 3, bytes 27;
entropy - @udp content:"needle"; entropy: value > 6, bytes 27;
rpc + @udp rpc:100003,3,6;
rpc - @udp rpc:100003,3,7;
pktvar > @udp pcre:"/(needle)/, pkt:seen";
pktvar + @udp content:"abc"; pktvar:seen,"needle";
pktvar - @udp content:"abc"; pktvar:seen,"noodle";
alert + @udp alert; content:"needle";
alert - @udp alert; content:"noodle";
''',
    'web': r'''
gunzip + http.request_body; subslice:4; gunzip; content:"packed needle";
gunzip - http.request_body; subslice:4; gunzip; content:"|1f 8b|";
subslice + http.request_body; subslice:0,3; content:"zip"; bsize:3;
subslice - http.request_body; subslice:0,2; content:"zip";
zlib_deflate + http.request_body; zlib_deflate; content:"deflated needle";
zlib_deflate - http.request_body; zlib_deflate; content:"packed needle";
flowvar > http.header; pcre:"/user=(\w+)/, flow:user";
flowvar + flow:to_client; flowvar:user,"anna";
flowvar - flow:to_client; flowvar:user,"hans";
app-layer-state + app-layer-state:>request_started;
app-layer-state - app-layer-state:<request_started;
''',
    'http2': texts('', [('http2.header_name', 'x-name', 'x-other')]) + numbers([
        ('http2.frametype', 'HEADERS', 'PUSH_PROMISE'), ('http2.errorcode', 'CANCEL', 'CONNECT_ERROR'), ('http2.priority', '41', '42'),
        ('http2.window', '4096', '4097'), ('http2.size_update', '4096', '4097'),
        ('http2.settings', 'SETTINGS_MAX_CONCURRENT_STREAMS=100', 'SETTINGS_MAX_CONCURRENT_STREAMS=101')]),
    'tls': texts('tls.', [('random', '|00 01 02 03|', '|ff|'), ('random_time', '|00 01 02 03|', '|04|'),
                          ('random_bytes', '|04 05 06 07|', '|00 01|')]) + r'''
tls_cert_notbefore + tls_cert_notbefore:>2024;
tls_cert_notbefore - tls_cert_notbefore:<2024;
tls_cert_notafter + tls_cert_notafter:>2024;
tls_cert_notafter - tls_cert_notafter:<2024;
''',
    'quic': texts('', [('quic.version', '|00 00 00 01|', 'Q0')]),
    'gquic': r'''
quic.ua + quic.ua; content:!"zzz"; bsize:>0;
quic.ua - quic.ua; content:"zzz";
quic.cyu.hash + quic.cyu.hash; bsize:32;
quic.cyu.hash - quic.cyu.hash; content:"zz";
quic.cyu.string + quic.cyu.string; content:"43,"; startswith;
quic.cyu.string - quic.cyu.string; content:"zz";
''',
    'mdns': texts('mdns.', [('queries.rrname', 'asked', 'answered'), ('answers.rrname', 'answered', 'asked'),
                            ('response.rrname', 'answered', 'asked'), ('authorities.rrname', 'authority', 'answered'),
                            ('additionals.rrname', 'additional', 'answered')]),
    'mail': texts('email.', [('date', '10:00:00', '11:00'), ('message_id', 'id-7@mail.test', 'id-8'), ('received', 'third', 'fifth'),
                             ('body_md5', hashlib.md5(b'text\r\n').hexdigest(), 'zz')]),
    'ssh': texts('ssh.', [('hassh.string', 'curve25519-sha256|3b|', 'zz'), ('hassh.server.string', 'curve25519-sha256|3b|', 'zz')]),
    'ftp': r'''
ftp.mode + ftp.mode:active;
ftp.mode - ftp.mode:passive; ftp.dynamic_port:5000;
ftp.dynamic_port + ftp.dynamic_port:5000;
ftp.dynamic_port - ftp.dynamic_port:5002;
ftp.reply_received + ftp.reply_received:yes;
ftp.reply_received - ftp.reply; content:"in"; ftp.reply_received:no;
''',
    'ike': texts('ike.', [('init_spi', '41414141', '42424242'), ('resp_spi', '42424242', '43434343'), ('vendor', '11223344', '11223345'),
                          ('key_exchange_payload', 'KKKK', 'NN'), ('nonce_payload', 'NNNN', 'KK')]) + numbers([
        ('ike.exchtype', '4', '2'), ('ike.key_exchange_payload_length', '16', '17'), ('ike.nonce_payload_length', '8', '9'),
        ('ike.chosen_sa_attribute', 'alg_enc=7', 'alg_enc=8')]),
    'snmp3': texts('', [('snmp.usm', 'operator', 'engine')]) + numbers([
        ('snmp.pdu_type', 'trap_v1', 'set_request'), ('snmp.trap_type', 'linkup', 'coldstart')]),
    'sdp': texts('sip.', [('protocol', 'SIP/2.0', 'SIP/1'), ('stat_code', '486', '200'), ('stat_msg', 'Busy', 'OK'),
                          ('request_line', 'INVITE sip', 'BYE'), ('response_line', '486 Busy', 'INVITE'), ('from', 'anna@a', 'bob'),
                          ('to', 'bob@b', 'anna'), ('via', 'v.test', 'w.test'), ('content_type', 'application/sdp', 'text'),
                          ('content_length', '0', 'x')]) +
    texts('sdp.', [('origin', 'anna 1 2', 'bob'), ('session_name', 'the call', 'voice'), ('session_info', 'about it', 'voice'),
                   ('uri', 'sdp.test', 'sip'), ('email', 'anna@sdp', 'bob'), ('phone_number', '+49 1', '+44'),
                   ('connection_data', '192.0.2.2', '192.0.2.9'), ('bandwidth', 'CT:128', 'AS'), ('time', '10 20', '30'),
                   ('repeat_time', '604800', '86400'), ('timezone', '2882844526', '99'), ('encryption_key', 'clear', 'base64'),
                   ('attribute', 'sendrecv', 'recvonly'), ('media.media', 'audio 4000', 'video'), ('media.media_info', 'a voice', 'about'),
                   ('media.connection_data', '192.0.2.3', '192.0.2.9'), ('media.encryption_key', 'prompt', 'base64')]),
    'mqtt2': texts('mqtt.', [('connect.clientid', 'sensor', 'zz'), ('connect.username', 'anna', 'secret'), ('connect.password', 'secret', 'anna'),
                             ('connect.willtopic', 'will/topic', 'a/b'), ('connect.willmessage', 'will message', 'topic'),
                             ('connect.protocol_string', 'MQTT', 'MQIsdp'), ('subscribe.topic', 'sub/topic', 'un'),
                             ('unsubscribe.topic', 'unsub/topic', 'will')]) + numbers([
        ('mqtt.flags', 'dup', 'retain,!dup'), ('mqtt.qos', '1', '2'), ('mqtt.protocol_version', '4', '5'), ('mqtt.reason_code', '5', '6'),
        ('mqtt.connect.flags', 'username,password', 'will_retain'), ('mqtt.connack.session_present', 'true', 'maybe')])
    .replace('mqtt.connack.session_present - mqtt.connack.session_present:maybe;',
             'mqtt.connack.session_present - mqtt.connack.session_present:true; mqtt.reason_code:5;'),
    'ldap2': texts('ldap.', [('request.attribute_type', 'telephone', 'fax'), ('responses.dn', 'cn=anna', 'cn=bob'),
                             ('responses.message', 'too many', 'fine'), ('responses.attribute_type', 'mail', 'telephone')]) + numbers([
        ('ldap.responses.operation', 'search_result_entry', 'bind_response'), ('ldap.responses.count', '2', '3'),
        ('ldap.responses.result_code', 'size_limit_exceeded', 'busy')]),
    'dhcp': numbers([('dhcp.leasetime', '3600', '3601'), ('dhcp.renewal_time', '1800', '1801'), ('dhcp.rebinding_time', '3150', '3151')]),
    'rfb': texts('', [('rfb.name', 'desk', 'top')]) + numbers([('rfb.sectype', '2', '3'), ('rfb.secresult', 'ok', 'fail')]),
    'ntp': texts('ntp.', [('reference_id', '|c0 00 02 01|', 'GPS')]) + numbers([
        ('ntp.version', '3', '2'), ('ntp.mode', '4', '5'), ('ntp.stratum', '2', '3')]),
    'nfs': numbers([('nfs_procedure', '17', '18'), ('nfs.version', '2', '3')]),
    'websocket': numbers([('websocket.flags', 'fin', 'comp'), ('websocket.mask', '0x11223344', '0x11223345'), ('websocket.opcode', 'text', 'ping')]),
    'dnp3': r'''
dnp3_ind + dnp3_ind:need_time;
dnp3_ind - dnp3_ind:device_trouble;
dnp3_obj + dnp3_obj:12,1;
dnp3_obj - dnp3_obj:12,2;
''',
    'enip2': texts('enip.', [('product_name', 'PLC-7', 'PLC-8'), ('service_name', 'Communications', 'PLC')]) + numbers([
        ('enip.status', '0', '1'), ('enip.state', '3', '4'), ('enip.serial', '0x01020304', '5'), ('enip.vendor_id', '1', '2'),
        ('enip.product_code', '58', '59'), ('enip.revision', '0x0403', '1'), ('enip.capabilities', '0x120', '1'),
        ('enip.device_type', '14', '15'), ('enip.identity_status', '48', '49'), ('enip.protocol_version', '1', '2'),
        ('enip.cip_attribute', '7', '8'), ('enip.cip_class', '1', '9'), ('enip.cip_instance', '2', '3'), ('enip.cip_status', '5', '6'),
        ('enip.cip_extendedstatus', '0x107', '1')]),
}
