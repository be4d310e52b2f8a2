# SPDX-License-Identifier: Apache-2.0
"""Traffic that the rules for keywords look at; see tests/replay/keywords.

TRAFFIC: name > (protocol of the rules, function that makes the capture, further words for replay).
"""
import base64
import gzip
import os
import subprocess

import gen


def udp(_):
    cap = gen.Capture()
    cap.udp(b'abc needle 123 \x05tail\x00\x10 k=aGVsbG8= end', sport=7000, dport=9999, ttl=64, ident=4660, tos=8)
    return cap


def tcp(_):
    cap = gen.Capture()
    t = cap.tcp(sport=40000, dport=9998, isn=1000, irs=5000).open()
    t.up(b'first needle', b'second part').down(b'an answer').close()
    return cap


def icmp(_):
    cap = gen.Capture()
    cap.icmp(8, 0, b'\x12\x34\x00\x07ping')
    cap.icmp(3, 3, b'\0\0\0\0' + b'x' * 28, up=False)
    return cap


def vlans(_):
    cap = gen.Capture(vlan=[(0x88a8, 100), (0x8100, 4000)])
    cap.udp(b'tagged', dport=9999)
    return cap


def options(_):
    cap = gen.Capture()
    cap.udp(b'with option', dport=9999, options=b'\x07\x07\x04\0\0\0\0\0')
    cap.udp(b'same', src=gen.CLIENT, dst=gen.CLIENT, dport=9997)
    return cap


def fragments(_):
    cap = gen.Capture()
    cap.ip(gen.ip_packet(gen.CLIENT, gen.SERVER, 17, b'x' * 64, frag=0x2000 | 4, ident=9))
    return cap


def bad(_):
    cap = gen.Capture()
    cap.raw(gen.MAC_B + gen.MAC_A + b'\x08\0' + b'\x45\0\0\x0a')
    t = cap.tcp(dport=9998).open()
    t.segment(True, gen.PSH | gen.ACK, b'zz', ack=t.ack + 100000)
    t.segment(True, gen.PSH | gen.ACK, b'zz', seq=t.seq + 10000000)
    return cap


def several(_):
    cap = gen.Capture()
    for i in range(6):
        cap.udp(b'again needle', sport=7001, dport=9999)
        cap.wait(1)
    cap.udp(b'needle mark', sport=7002, dport=9999)
    cap.udp(b'needle after', sport=7002, dport=9999)
    cap.udp(b'from elsewhere', src='192.0.2.99', sport=7003, dport=9999)
    return cap


def passed(_):
    cap = gen.Capture()
    for data in (b'one', b'two', b'three'):
        cap.udp(data, sport=7000, dport=9999)
    cap.udp(b'other flow', sport=7001, dport=9999)
    return cap


REQUEST = (b'POST /Some/%50ath?q=A%20b HTTP/1.1\r\nHost: WWW.Example.org:8080\r\nUser-Agent: agent/1.0\r\n'
           b'Accept: text/html\r\nAccept-Encoding: gzip\r\nAccept-Language: de\r\nReferer: http://ref.example/\r\n'
           b'Connection: close\r\nCookie: c=1\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nX-One:  1\r\n\r\nrequest body')
BODY = b'hello file body, with an end'
RESPONSE = (b'HTTP/1.1 302 Moved There\r\nServer: nginx/1\r\nLocation: /other\r\nSet-Cookie: d=2\r\n'
            b'Content-Type: text/html\r\nContent-Length: 28\r\nX-Two: 2\r\n\r\n') + BODY


def http(_):
    cap = gen.Capture()
    cap.tcp(dport=80).open().up(REQUEST).down(RESPONSE).close()
    return cap


def labels(name):
    return b''.join(bytes([len(x)]) + x for x in name.split(b'.')) + b'\0'


def record(name, kind, data):
    return labels(name) + kind.to_bytes(2, 'big') + b'\0\1\0\0\0\x3c' + len(data).to_bytes(2, 'big') + data


def dns(_):
    cap = gen.Capture()
    q = labels(b'www.query.example') + b'\0\1\0\1'
    cap.udp(b'\x12\x34\x01\0\0\1\0\0\0\0\0\0' + q)
    cap.udp(b'\x12\x34\x85\x83\0\1\0\1\0\1\0\1' + q + record(b'answer.example', 1, b'\1\2\3\4') +
            record(b'auth.example', 2, labels(b'ns.example')) + record(b'add.example', 1, b'\1\2\3\5'), up=False)
    return cap


MAIL = (b'From: Alice <alice@from.example>\r\nTo: bob@to.example\r\nCc: carol@cc.example\r\nSubject: the subject\r\n'
        b'X-Mailer: mailer/2\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n'
        b'see http://url.example/path now\r\n.\r\n')


def smtp(_):
    cap = gen.Capture()
    t = cap.tcp(dport=25).open().down(b'220 mx ESMTP\r\n')
    t.up(b'EHLO client.example\r\n').down(b'250 mx\r\n').up(b'MAIL FROM:<sender@from.example>\r\n').down(b'250 ok\r\n')
    t.up(b'RCPT TO:<rcpt@to.example>\r\n').down(b'250 ok\r\n').up(b'DATA\r\n').down(b'354 go\r\n').up(MAIL).down(b'250 done\r\n')
    t.up(b'QUIT\r\n').down(b'221 bye\r\n').close()
    return cap


def ftp(_):
    cap = gen.Capture()
    t = cap.tcp(dport=21).open().down(b'220 ready\r\n').up(b'USER anna\r\n').down(b'331 password\r\n').up(b'PASS x\r\n')
    t.down(b'230 in\r\n').up(b'PORT 192,0,2,200,19,136\r\n').down(b'200 ok\r\n').up(b'PASV\r\n')
    t.down(b'227 Entering Passive Mode (' + gen.SERVER.replace('.', ',').encode() + b',19,137)\r\n')
    t.up(b'RETR secret.txt\r\n').down(b'150 open\r\n')
    d = cap.tcp(sport=40001, dport=5001).open().down(b'the file of ftp').close()
    assert d
    t.down(b'226 done\r\n').close()
    return cap


def kexinit():
    lists = [b'curve25519-sha256', b'ssh-ed25519', b'aes128-ctr', b'aes256-ctr', b'hmac-sha1', b'hmac-sha2-256', b'none',
             b'zlib', b'', b'']
    body = b'\x14' + bytes(16) + b''.join(len(x).to_bytes(4, 'big') + x for x in lists) + bytes(5)
    pad = 8 - (len(body) + 5) % 8 + 8
    return (len(body) + pad + 1).to_bytes(4, 'big') + bytes([pad]) + body + bytes(pad)


def ssh(_):
    cap = gen.Capture()
    t = cap.tcp(dport=22).open().up(b'SSH-2.0-client_9\r\n').down(b'SSH-2.0-server_8\r\n')
    t.up(kexinit()).down(kexinit()).close()
    return cap


def ext(kind, data):
    return kind.to_bytes(2, 'big') + len(data).to_bytes(2, 'big') + data


def sized(n, data):
    return len(data).to_bytes(n, 'big') + data


def handshake(kind, body, version=b'\3\3'):
    return b'\x16' + version + sized(2, bytes([kind]) + sized(3, body))


def certificate(folder):
    der = os.path.join(folder, 'cert.der')
    if not os.path.exists(der):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
                        os.path.join(folder, 'key'), '-outform', 'DER', '-out', der, '-subj', '/O=Org/CN=cert.example',
                        '-set_serial', '0x1a2b', '-addext', 'subjectAltName=DNS:alt.example'], check=True, capture_output=True)
    with open(der, 'rb') as f:
        return f.read()


def tls(folder):
    hello = b'\3\3' + bytes(range(32)) + b'\0' + sized(2, b'\xc0\x2b\xc0\x2f') + b'\1\0' + sized(2, ext(
        0, sized(2, b'\0' + sized(2, b'sni.example'))) + ext(10, sized(2, b'\0\x1d')) + ext(11, b'\1\0') +
        ext(16, sized(2, b'\2h2\x08http/1.1')))
    answer = b'\3\3' + bytes(range(32)) + b'\0\xc0\x2b\0' + sized(2, ext(11, b'\1\0') + ext(16, sized(2, b'\2h2')))
    cap = gen.Capture()
    t = cap.tcp(dport=443).open().up(handshake(1, hello, b'\3\1'))
    cert = sized(3, certificate(folder))
    t.down(handshake(2, answer) + handshake(11, sized(3, cert)) + handshake(14, b''))
    t.up(handshake(16, sized(1, bytes(65))) + b'\x14\3\3\0\1\1' + b'\x16\3\3\0\x28' + bytes(40))
    t.down(b'\x14\3\3\0\1\1' + b'\x16\3\3\0\x28' + bytes(40)).close()
    return cap


def lists(folder):
    for name, text in (('rep.cat', '1,Bad,bad hosts\n2,Good,good hosts\n'),
                       ('rep.list', f'{gen.CLIENT},1,10\n{gen.SERVER},2,127\n'),
                       ('names.lst', base64.b64encode(b'needle here').decode() + '\n'),
                       ('values.lst', base64.b64encode(b'needle here').decode() + ',50\n'),
                       ('ips.lst', gen.CLIENT + '\n')):
        with open(os.path.join(folder, name), 'w') as f:
            f.write(text)
    cap = gen.Capture()
    cap.tcp(dport=80).open().up(b'GET /x HTTP/1.1\r\nHost: h\r\nUser-Agent: needle here\r\n\r\n').down(
        b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok').close()
    return cap


def files(folder):
    for name, text in (('md5.lst', '0e9ee5d6c3ef1da3c3cf8fa8d4e4fb04\n' + hashes('md5')), ('none.lst', '0' * 32 + '\n'),
                       ('sha1.lst', hashes('sha1')), ('sha256.lst', hashes('sha256')), ('none1.lst', '0' * 40 + '\n'),
                       ('none256.lst', '0' * 64 + '\n')):
        with open(os.path.join(folder, name), 'w') as f:
            f.write(text)
    cap = gen.Capture()
    page = gzip.compress(BODY, mtime=0)
    cap.tcp(dport=80).open().up(b'GET /dir/file.TXT HTTP/1.1\r\nHost: h\r\n\r\n').down(
        b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ' + str(len(page)).encode() + b'\r\n\r\n' + page).close()
    return cap


def hashes(kind):
    import hashlib
    return hashlib.new(kind, BODY).hexdigest() + '\n'


def conversation(name, dport, datagrams=False):
    """A conversation of the fuzzers' corpora: control byte (bit 0: down), two bytes of length, bytes."""
    top = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../fuzz/conversation'))

    def make(_):
        with open(os.path.join(top, name), 'rb') as f:
            data = f.read()
        cap = gen.Capture()
        t = None if datagrams else cap.tcp(dport=dport).open()
        at = 0
        while at + 3 <= len(data):
            down, n = data[at] & 1, int.from_bytes(data[at + 1:at + 3], 'big')
            part = data[at + 3:at + 3 + n]
            at += 3 + n
            if datagrams:
                cap.udp(part, dport=dport, up=not down)
            else:
                (t.down if down else t.up)(part)
        if t:
            t.close()
        return cap
    return make


INVITE = b'INVITE sip:bob@b.test SIP/2.0\r\nVia: one\r\nUser-Agent: phone/3\r\nContent-Length: 0\r\n\r\n'


def sip(_):
    cap = gen.Capture()
    cap.udp(INVITE, sport=6000, dport=5060)
    return cap


def mqtt(_):
    cap = gen.Capture()
    t = cap.tcp(dport=1883).open().up(b'\x10\x14\0\4MQTT\4\x02\0\x3c\0\x08sensor-7').down(b'\x20\2\0\0')
    t.up(b'\x30\x0c\0\3a/bmessage').close()
    return cap


def tlv(tag, *parts):
    body = b''.join(parts)
    return bytes([tag, len(body)]) + body


def ldap(_):
    def num(v, tag=2):
        return tlv(tag, bytes([v]))
    search = tlv(0x30, num(2), tlv(0x63, tlv(4, b'dc=x'), num(2, 10), num(0, 10), num(0), num(0), num(0, 1),
                                   tlv(0x87, b'cn'), tlv(0x30)))
    done = tlv(0x30, num(2), tlv(0x65, num(0, 10), tlv(4), tlv(4)))
    cap = gen.Capture()
    cap.tcp(dport=389).open().up(search).down(done).close()
    return cap


def events(_):
    cap = gen.Capture()
    cap.tcp(dport=80).open().up(b'GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n').down(
        b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n').close()
    return cap


TRAFFIC = {
    'smb': ('smb', conversation('corpus_smb/smb2', 445)), 'smb1': ('smb', conversation('corpus_smb/smb1', 445)),
    'dcerpc': ('dcerpc', conversation('corpus_dcerpc/tcp0', 135)), 'sip': ('sip', sip), 'mqtt': ('mqtt', mqtt),
    'ldap': ('ldap', ldap), 'enip': ('enip', conversation('corpus_enip/session', 44818)),
    'modbus': ('modbus', conversation('corpus_modbus/functions', 502)), 'events': ('http', events),
    'udp': ('udp', udp), 'tcp': ('tcp', tcp), 'icmp': ('icmp', icmp), 'vlans': ('ip', vlans), 'options': ('ip', options),
    'fragments': ('ip', fragments), 'bad': ('tcp', bad), 'several': ('udp', several), 'http': ('http', http), 'passed': ('udp', passed),
    'dns': ('dns', dns), 'smtp': ('smtp', smtp), 'ftp': ('ftp', ftp), 'ssh': ('ssh', ssh), 'tls': ('tls', tls),
    'files': ('http', files),
    'lists': ('http', lists, '--set', 'default-reputation-path={d}', '--set', 'reputation-categories-file=rep.cat',
              '--set', 'reputation-files=rep.list'),
}
