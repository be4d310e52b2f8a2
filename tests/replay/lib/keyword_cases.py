# SPDX-License-Identifier: Apache-2.0
"""Rules for every keyword, by the traffic they look at; see tests/replay/keywords.

TRAFFIC: name > (protocol of the rules, function that makes the capture, further words for replay).
CASES: one line a rule: KEYWORD MARK [@PROTOCOL] [{MEMBER=VALUE}] OPTIONS; + and > must match, - and < must
not, ! must be refused. A member is one of the alert, or of the event, by path.
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

CASES = {
    'udp': r'''
msg + {signature=a ; b} msg:"a \; b"; content:"needle";
msg - msg:"needle"; content:"absent";
msg > {signature="\"} msg:"\"\\\""; content:"needle";
msg ! msg:"not ended; content:"needle";
sid + {signature_id=77001} sid:77001; content:"needle";
sid - content:"absent";
sid > {signature_id=4294967295} sid:4294967295; content:"needle";
sid ! sid:0; content:"needle";
sid ! sid:4294967296; content:"needle";
rev + {rev=7} rev:7; content:"needle";
rev - rev:7; content:"absent";
rev > {rev=4294967295} rev:4294967295; content:"needle";
rev > {rev=0} content:"needle"; priority:3;
rev ! rev:4294967296; content:"needle";
gid + {gid=3} gid:3; content:"needle";
gid - gid:3; content:"absent";
gid > {gid=4294967295} gid:4294967295; content:"needle";
gid > {gid=1} content:"needle";
gid ! gid:4294967296; content:"needle";
classtype + {category=Misc Attack} classtype:misc-attack; content:"needle";
classtype - classtype:misc-attack; content:"absent";
classtype > {severity=3} classtype:not-suspicious; content:"needle";
classtype > {severity=1} classtype:trojan-activity; content:"needle";
classtype > {category=} classtype:no-such-class; content:"needle";
reference + reference:cve,2024-1; content:"needle";
reference - reference:cve,2024-1; content:"absent";
reference > reference:url,a.example/?b,c; content:"needle";
reference > reference:cve,2024-1; reference:url,a.example; reference:bugtraq,1; content:"needle";
reference ! reference:cve; content:"needle";
priority + {severity=2} priority:2; content:"needle";
priority - priority:2; content:"absent";
priority > {severity=255} priority:255; content:"needle";
priority > {severity=1} priority:1; classtype:not-suspicious; content:"needle";
priority ! priority:256; content:"needle";
priority ! priority:0; content:"needle";
metadata + {metadata.a.0=b} metadata:a b, c d; content:"needle";
metadata - metadata:a b; content:"absent";
metadata > {metadata.alone.0=} metadata:alone; content:"needle";
metadata > {metadata.k.1=second value} metadata:k first, k second value; content:"needle";
target + {target.ip=203.0.113.5} target:dest_ip; content:"needle";
target - target:dest_ip; content:"absent";
target > {source.ip=203.0.113.5} target:src_ip; content:"needle";
target ! target:both; content:"needle";
requires + requires:version >= 7.0; content:"needle";
requires - requires:version < 8.0; content:"needle";
requires > requires:version >= 8.0.0 < 9, feature geoip, keyword content; content:"needle";
requires < requires:keyword no-such-keyword; no-such-keyword; content:"needle";
noalert - noalert; content:"needle";
noalert < flowbits:set,na; flowbits:noalert; content:"needle";
noalert + alert; content:"needle";
content + content:"abc"; content:"needle";
content - content:"ABC";
content > content:"|05|tail|00 10|";
content < content:!"needle";
nocase + content:"NEEDLE"; nocase;
nocase - content:"NEEDLES"; nocase;
nocase > content:"123 "; nocase;
depth + content:"abc"; depth:5;
depth - content:"needle"; depth:6;
depth > content:"needle"; depth:10;
depth < content:"needle"; depth:9;
offset + content:"needle"; offset:2;
offset - content:"abc"; offset:1;
offset > content:"needle"; offset:4;
offset < content:"needle"; offset:5;
distance + content:"abc"; content:"needle"; distance:0;
distance - content:"needle"; content:"abc"; distance:0;
distance > content:"abc"; content:"needle"; distance:1;
distance < content:"abc"; content:"needle"; distance:2;
within + content:"abc"; content:"needle"; within:10;
within - content:"abc"; content:"123"; within:5;
within > content:"abc"; content:"needle"; within:7;
within < content:"abc"; content:"needle"; within:6;
startswith + content:"abc"; startswith;
startswith - content:"needle"; startswith;
startswith > content:"a"; startswith;
endswith + content:"end"; endswith;
endswith - content:"abc"; endswith;
endswith > content:"d"; endswith;
fast_pattern + content:"abc"; fast_pattern; content:"needle";
fast_pattern - content:"abc"; fast_pattern; content:"absent";
fast_pattern > content:"needle"; fast_pattern:1,3;
fast_pattern < content:"needlex"; fast_pattern:0,6;
rawbytes + content:"needle"; rawbytes;
rawbytes - content:"NEEDLE"; rawbytes;
rawbytes > content:"|00|"; rawbytes;
isdataat + isdataat:10;
isdataat - isdataat:200;
isdataat > isdataat:36;
isdataat < isdataat:37;
dsize + dsize:37;
dsize - dsize:38;
dsize > dsize:36<>38;
dsize < dsize:37<>39;
pkt_data + pkt_data; content:"needle";
pkt_data - pkt_data; content:"absent";
pkt_data > pkt_data; content:"abc"; startswith;
pcre + pcre:"/n[e]+dle/";
pcre - pcre:"/N[e]+dle/";
pcre > pcre:"/^abc/";
pcre < pcre:"/^bc/";
byte_test + byte_test:1,=,5,15;
byte_test - byte_test:1,=,6,15;
byte_test > byte_test:1,>,4,15;
byte_test < byte_test:1,>,5,15;
byte_jump + content:"123 "; byte_jump:1,0,relative; isdataat:10,relative;
byte_jump - content:"123 "; byte_jump:1,0,relative,multiplier 20; isdataat:10,relative;
byte_jump > content:"123 "; byte_jump:1,0,relative; content:"|10|"; within:1;
byte_jump < content:"123 "; byte_jump:1,0,relative; content:"|00|"; within:1;
byte_extract + byte_extract:1,15,n; byte_test:1,=,n,15;
byte_extract - byte_extract:1,15,n; byte_test:1,=,n,16;
byte_extract > byte_extract:1,15,n; content:"tail"; offset:n;
byte_extract < byte_extract:1,0,n; content:"tail"; offset:n;
byte_math + byte_math:bytes 1,offset 15,oper +,rvalue 11,result r; byte_test:1,=,r,21;
byte_math - byte_math:bytes 1,offset 15,oper +,rvalue 12,result r; byte_test:1,=,r,21;
byte_math > byte_math:bytes 1,offset 15,oper -,rvalue 5,result r; byte_test:1,=,r,20;
base64_decode + content:"k="; base64_decode:bytes 8,relative; base64_data; content:"hello";
base64_decode - content:"k="; base64_decode:bytes 4,relative; base64_data; content:"hello";
base64_decode > base64_decode:bytes 8,offset 25; base64_data; content:"hello";
base64_data + content:"k="; base64_decode:relative; base64_data; content:"ell";
base64_data - content:"k="; base64_decode:relative; base64_data; content:"needle";
base64_data > content:"k="; base64_decode:bytes 8,relative; base64_data; content:"o"; endswith;
prefilter + content:"abc"; prefilter; content:"needle";
prefilter - content:"abc"; prefilter; content:"absent";
prefilter > dsize:37; prefilter; content:"needle";
ip_proto + ip_proto:17;
ip_proto - ip_proto:6;
ip_proto > ip_proto:>16;
ip_proto < ip_proto:>17;
ttl + ttl:64;
ttl - ttl:63;
ttl > ttl:63-65;
ttl < ttl:64-66;
tos + tos:8;
tos - tos:0;
tos > tos:!255;
id + id:4660;
id - id:4661;
id > id:!4661;
ip.src + ip.src; content:"|c0 a8 01 0a|"; startswith;
ip.src - ip.src; content:"|7f|"; startswith;
ip.src > ip.src; bsize:4;
ip.dst + ip.dst; bsize:4;
ip.dst - ip.dst; bsize:16;
ip.dst > ip.dst; bsize:<5;
flow + flow:to_server;
flow - flow:to_client;
flow < flow:established;
flow > flow:not_established;
app-layer-protocol - app-layer-protocol:http;
app-layer-protocol + @udp app-layer-protocol:!http; content:"needle";
app-layer-protocol > app-layer-protocol:failed; content:"needle";
app-layer-protocol ! app-layer-protocol:!unknown; content:"needle";
''',
    'tcp': r'''
tcp.flags + tcp.flags:S;
tcp.flags - tcp.flags:R;
tcp.flags > tcp.flags:SA;
tcp.flags < tcp.flags:SF;
flags + flags:PA;
flags - flags:U;
flags > flags:S+;
tcp.seq + tcp.seq:1000;
tcp.seq - tcp.seq:999;
tcp.seq > tcp.seq:5000;
seq + seq:1001;
seq - seq:4;
seq > seq:5001;
tcp.ack + tcp.ack:1001;
tcp.ack - tcp.ack:999;
tcp.ack > tcp.ack:0;
ack + ack:5001;
ack - ack:4;
ack > ack:0; flags:S;
tcp.window + tcp.window:64240;
tcp.window - tcp.window:64241;
tcp.window > tcp.window:!64241;
window + window:64240;
window - window:1;
window > window:!1;
flow > flow:established,to_client; content:"answer";
flow.pkts + flow.pkts:toserver,>2;
flow.pkts - flow.pkts:toserver,>50;
flow.pkts > flow.pkts:either,1;
flow.pkts_toserver + flow.pkts_toserver:3;
flow.pkts_toserver - flow.pkts_toserver:99;
flow.pkts_toserver > flow.pkts_toserver:1;
flow.pkts_toclient + flow.pkts_toclient:2;
flow.pkts_toclient - flow.pkts_toclient:99;
flow.pkts_toclient > flow.pkts_toclient:>0;
flow.bytes + flow.bytes:both,>200;
flow.bytes - flow.bytes:toserver,>1gb;
flow.bytes > flow.bytes:either,>0;
flow.bytes_toserver + flow.bytes_toserver:>50;
flow.bytes_toserver - flow.bytes_toserver:>10000;
flow.bytes_toserver > flow.bytes_toserver:>0;
flow.bytes_toclient + flow.bytes_toclient:>50;
flow.bytes_toclient - flow.bytes_toclient:>10000;
flow.bytes_toclient > flow.bytes_toclient:<10000;
flow.age + flow.age:<10;
flow.age - flow.age:>100;
flow.age > flow.age:0;
stream_size + stream_size:client,>,5; content:"second";
stream_size - stream_size:client,>,5000; content:"second";
stream_size > stream_size:either,>,0; content:"second";
flowbits > content:"first"; flowbits:set,seen2;
flowbits > content:"second"; flowbits:isset,other|seen2;
''',
    'icmp': r'''
itype + itype:8;
itype - itype:9;
itype > itype:7<>9;
itype < itype:8<>10;
icode + icode:3;
icode - icode:4;
icode > icode:>2;
icode < icode:>3;
icmp_id + icmp_id:4660;
icmp_id - icmp_id:4661;
icmp_id > icmp_id:!0; itype:8;
icmp_seq + icmp_seq:7;
icmp_seq - icmp_seq:8;
icmp_seq > icmp_seq:!0; itype:8;
''',
    'vlans': r'''
vlan.id + vlan.id:100;
vlan.id - vlan.id:101;
vlan.id > vlan.id:4000,1;
vlan.id < vlan.id:4000,0;
vlan.layers + vlan.layers:2;
vlan.layers - vlan.layers:1;
vlan.layers > vlan.layers:>1;
vlan.layers < vlan.layers:>2;
''',
    'options': r'''
ipopts + ipopts:rr;
ipopts - ipopts:ts;
ipopts > ipopts:any;
sameip + sameip;
sameip - @tcp sameip;
sameip < sameip; content:"with option";
''',
    'fragments': r'''
fragbits + fragbits:M;
fragbits - fragbits:D;
fragbits > fragbits:!D;
fragbits < fragbits:MD;
fragoffset + fragoffset:4;
fragoffset - fragoffset:5;
fragoffset > fragoffset:>3;
fragoffset < fragoffset:>4;
''',
    'bad': r'''
decode-event + @pkthdr decode-event:ipv4.pkt_too_small;
decode-event - @pkthdr decode-event:ipv4.hlen_too_small;
decode-event > @pkthdr decode-event:ipv4.pkt_too_small; priority:1;
engine-event + @pkthdr engine-event:ipv4.pkt_too_small;
engine-event - @pkthdr engine-event:udp.pkt_too_small;
engine-event > @pkthdr engine-event:ipv4.pkt_too_small; rev:2;
stream-event + stream-event:est_packet_out_of_window;
stream-event - stream-event:est_synack_resend;
stream-event > stream-event:pkt_invalid_ack;
''',
    'several': r'''
threshold + content:"again"; threshold:type limit,track by_src,count 1,seconds 60;
threshold - content:"again"; threshold:type threshold,track by_src,count 7,seconds 60;
threshold > content:"again"; threshold:type threshold,track by_src,count 6,seconds 60;
threshold < content:"again"; threshold:type both,track by_rule,count 7,seconds 60;
detection_filter + content:"again"; detection_filter:track by_src,count 2,seconds 60;
detection_filter - content:"again"; detection_filter:track by_src,count 9,seconds 60;
detection_filter > content:"again"; detection_filter:track by_src,count 5,seconds 60;
detection_filter < content:"again"; detection_filter:track by_src,count 6,seconds 60;
flowbits > content:"mark"; flowbits:set,seen;
flowbits + content:"after"; flowbits:isset,seen;
flowbits - content:"after"; flowbits:isnotset,seen;
flowbits < content:"after"; flowbits:isset,never|other;
flowint > content:"again"; flowint:n,+,1;
flowint + content:"again"; flowint:n,>,3;
flowint - content:"after"; flowint:n,>,3;
flowint < content:"again"; flowint:n,>,6;
xbits > content:"mark"; xbits:set,xb,track ip_src,expire 60;
xbits + content:"after"; xbits:isset,xb,track ip_src;
xbits - content:"elsewhere"; xbits:isset,xb,track ip_src;
xbits > content:"elsewhere"; xbits:isnotset,xb,track ip_src;
hostbits > content:"mark"; hostbits:set,hb;
hostbits + content:"after"; hostbits:isset,hb,src;
hostbits - content:"elsewhere"; hostbits:isset,hb,src;
hostbits > content:"elsewhere"; hostbits:isnotset,hb;
''',
    'passed': r'''
bypass + content:"one"; bypass;
bypass - content:"two";
bypass < content:"three"; bypass;
bypass > content:"other flow";
''',
    'http': r'''
http.method + http.method; content:"POST";
http.method - http.method; content:"GET";
http.method > http.method; bsize:4;
http.uri + http.uri; content:"/Some/Path?q=A b";
http.uri - http.uri; content:"%50";
http.uri > http.uri; content:"A b"; endswith;
http.uri.raw + http.uri.raw; content:"%50ath";
http.uri.raw - http.uri.raw; content:"Path";
http.uri.raw > http.uri.raw; content:"%20b"; endswith;
http.request_line + http.request_line; content:"POST /Some";
http.request_line - http.request_line; content:"Host";
http.request_line > http.request_line; content:"HTTP/1.1"; endswith;
http.request_body + http.request_body; content:"request body";
http.request_body - http.request_body; content:"file body";
http.request_body > http.request_body; bsize:12;
http.request_header + http.request_header; content:"X-One: 1";
http.request_header - http.request_header; content:"X-Two";
http.request_header > http.request_header; content:"Host: "; startswith;
http.header + http.header; content:"User-Agent: agent/1.0|0d 0a|";
http.header - http.header; content:"Cookie";
http.header > http.header; content:"Host: "; startswith;
http.header.raw + http.header.raw; content:"Cookie: c=1";
http.header.raw - http.header.raw; content:"request body";
http.header.raw > http.header.raw; content:"X-One:  1|0d 0a|";
http.header_names + http.header_names; content:"|0d 0a|Host|0d 0a|User-Agent|0d 0a|";
http.header_names - http.header_names; content:"agent/1.0";
http.header_names > http.header_names; content:"X-One|0d 0a 0d 0a|"; endswith;
http.cookie + http.cookie; content:"c=1";
http.cookie - http.cookie; content:"c=2";
http.cookie > http.cookie; bsize:3;
http.user_agent + http.user_agent; content:"agent/";
http.user_agent - http.user_agent; content:"Agent/";
http.user_agent > http.user_agent; bsize:9;
http.host + http.host; content:"www.example.org";
http.host - http.host; content:"8080";
http.host > http.host; bsize:15;
http.host.raw + http.host.raw; content:"WWW.Example.org:8080";
http.host.raw - http.host.raw; content:"www.";
http.host.raw > http.host.raw; content:":8080"; endswith;
http.accept + http.accept; content:"text/html";
http.accept - http.accept; content:"gzip";
http.accept > http.accept; bsize:9;
http.accept_enc + http.accept_enc; content:"gzip";
http.accept_enc - http.accept_enc; content:"de";
http.accept_enc > http.accept_enc; bsize:4;
http.accept_lang + http.accept_lang; content:"de";
http.accept_lang - http.accept_lang; content:"en";
http.accept_lang > http.accept_lang; bsize:2;
http.referer + http.referer; content:"ref.example";
http.referer - http.referer; content:"www";
http.referer > http.referer; content:"/"; endswith;
http.connection + http.connection; content:"close";
http.connection - http.connection; content:"keep";
http.connection > http.connection; bsize:5;
http.content_type + http.content_type; content:"text/plain";
http.content_type - http.content_type; content:"image";
http.content_type > flow:to_client; http.content_type; content:"text/html"; bsize:9;
http.content_len + http.content_len; content:"12";
http.content_len - http.content_len; content:"13";
http.content_len > flow:to_client; http.content_len; bsize:2; content:"28";
http.start + http.start; content:"POST /Some"; startswith;
http.start - http.start; content:"request body";
http.start > http.start; content:"|0d 0a 0d 0a|"; endswith;
http.protocol + http.protocol; content:"HTTP/1.1";
http.protocol - http.protocol; content:"HTTP/1.0";
http.protocol > http.protocol; bsize:8;
http.location + http.location; content:"/other";
http.location - http.location; content:"/Some";
http.location > http.location; bsize:6;
http.server + http.server; content:"nginx";
http.server - http.server; content:"apache";
http.server > http.server; bsize:7;
http.stat_code + http.stat_code; content:"302";
http.stat_code - http.stat_code; content:"200";
http.stat_code > http.stat_code; bsize:3;
http.stat_msg + http.stat_msg; content:"Moved";
http.stat_msg - http.stat_msg; content:"OK";
http.stat_msg > http.stat_msg; content:"There"; endswith;
http.response_line + http.response_line; content:"302 Moved";
http.response_line - http.response_line; content:"POST";
http.response_line > http.response_line; content:"HTTP/1.1"; startswith;
http.response_header + http.response_header; content:"X-Two: 2";
http.response_header - http.response_header; content:"X-One";
http.response_header > http.response_header; content:"Server: "; startswith;
http.response_body + http.response_body; content:"hello file";
http.response_body - http.response_body; content:"request body";
http.response_body > http.response_body; bsize:28;
http_method + content:"POST"; http_method;
http_method - content:"GET"; http_method;
http_method > content:"P"; http_method; depth:1;
http_uri + content:"/Some/Path"; http_uri;
http_uri - content:"%50"; http_uri;
http_uri > content:"/"; http_uri; depth:1;
http_raw_uri + content:"%50ath"; http_raw_uri;
http_raw_uri - content:"Path"; http_raw_uri;
http_raw_uri > content:"/"; http_raw_uri; depth:1;
http_header + content:"agent/1.0"; http_header; flow:to_server;
http_header - content:"c=1"; http_header; flow:to_server;
http_header > content:"Host"; http_header; depth:4; flow:to_server;
http_raw_header + content:"X-One:  1"; http_raw_header; flow:to_server;
http_raw_header - content:"POST"; http_raw_header; flow:to_server;
http_raw_header > content:"Host"; http_raw_header; depth:4; flow:to_server;
http_cookie + content:"c=1"; http_cookie;
http_cookie - content:"agent"; http_cookie;
http_cookie > content:"c"; http_cookie; depth:1;
http_user_agent + content:"agent/1.0"; http_user_agent;
http_user_agent - content:"c=1"; http_user_agent;
http_user_agent > content:"a"; http_user_agent; depth:1;
http_host + content:"www.example.org"; http_host;
http_host - content:"ref.example"; http_host;
http_host > content:"w"; http_host; depth:1;
http_raw_host + content:"WWW.Example"; http_raw_host;
http_raw_host - content:"www"; http_raw_host;
http_raw_host > content:"W"; http_raw_host; depth:1;
http_client_body + content:"request body"; http_client_body;
http_client_body - content:"hello"; http_client_body;
http_client_body > content:"r"; http_client_body; depth:1;
http_server_body + content:"hello"; http_server_body;
http_server_body - content:"request"; http_server_body;
http_server_body > content:"h"; http_server_body; depth:1;
http_stat_code + content:"302"; http_stat_code;
http_stat_code - content:"404"; http_stat_code;
http_stat_code > content:"3"; http_stat_code; depth:1;
http_stat_msg + content:"Moved"; http_stat_msg;
http_stat_msg - content:"OK"; http_stat_msg;
http_stat_msg > content:"M"; http_stat_msg; depth:1;
http_request_line + http_request_line; content:"POST /";
http_request_line - http_request_line; content:"Host";
http_request_line > http_request_line; content:"1.1"; endswith;
http_response_line + http_response_line; content:"302";
http_response_line - http_response_line; content:"Server";
http_response_line > http_response_line; content:"There"; endswith;
uricontent + uricontent:"/Some/Path";
uricontent - uricontent:"%50";
uricontent > uricontent:"A b";
urilen + urilen:16;
urilen - urilen:17;
urilen > urilen:15<>17;
urilen < urilen:20;
bsize + http.method; bsize:4;
bsize - http.method; bsize:5;
bsize > http.method; bsize:3<>5;
bsize < http.method; bsize:4<>6;
absent - http.user_agent; absent;
absent > flow:to_server; http.user_agent; absent:or_else; content:!"x";
absent < flow:to_server; http.user_agent; absent:or_else; content:!"agent";
app-layer-protocol > @tcp app-layer-protocol:http;
app-layer-event - app-layer-event:http.invalid_content_length_field_in_request;
to_lowercase + http.host.raw; to_lowercase; content:"www.example";
to_lowercase - http.host.raw; to_lowercase; content:"wwww";
to_lowercase > http.host.raw; to_lowercase; bsize:20;
to_uppercase + http.user_agent; to_uppercase; content:"AGENT/1.0";
to_uppercase - http.user_agent; to_uppercase; content:"AGENTS";
to_uppercase > http.user_agent; to_uppercase; bsize:9;
to_md5 + http.method; to_md5; content:"|a0 24 39 ec 22 9d 8b e0 e7 4b 0c 16 02 39 23 10|";
to_md5 - http.method; to_md5; content:"POST";
to_md5 > http.method; to_md5; bsize:16;
to_sha1 + http.method; to_sha1; bsize:20;
to_sha1 - http.method; to_sha1; content:"POST";
to_sha1 > http.method; to_sha1; bsize:<21;
to_sha256 + http.method; to_sha256; bsize:32;
to_sha256 - http.method; to_sha256; content:"POST";
to_sha256 > http.method; to_sha256; bsize:<33;
strip_whitespace + http.stat_msg; strip_whitespace; content:"MovedThere";
strip_whitespace - http.stat_msg; strip_whitespace; bsize:11;
strip_whitespace > http.stat_msg; strip_whitespace; bsize:10;
compress_whitespace + http.header.raw; compress_whitespace; content:"X-One: 1";
compress_whitespace - http.stat_msg; compress_whitespace; bsize:10;
compress_whitespace > http.stat_msg; compress_whitespace; bsize:11;
dotprefix + http.host; dotprefix; content:".www.example.org"; startswith;
dotprefix - http.host; dotprefix; content:".ww.example.org"; endswith;
dotprefix > http.host; dotprefix; bsize:16;
domain + http.host; domain; content:"example.org"; startswith;
domain - http.host; domain; content:"www";
domain > http.host; domain; bsize:11;
tld + http.host; tld; content:"org";
tld - http.host; tld; content:"example";
tld > http.host; tld; bsize:3;
url_decode + http.uri.raw; url_decode; content:"/Path";
url_decode - http.uri.raw; url_decode; content:"%50";
url_decode > http.uri.raw; url_decode; bsize:16;
xor + http.method; xor:"01"; content:"QNRU";
xor - http.method; xor:"01"; content:"POST";
xor > http.method; xor:"00"; content:"POST";
pcrexform + http.user_agent; pcrexform:"([a-z]+)/"; content:"agent"; bsize:5;
pcrexform - http.user_agent; pcrexform:"([a-z]+)/"; content:"1.0";
pcrexform > http.user_agent; pcrexform:"/(.*)$"; content:"1.0"; bsize:3;
header_lowercase + http.header; header_lowercase; content:"user-agent: agent";
header_lowercase - http.header; header_lowercase; content:"User-Agent";
header_lowercase > http.header; header_lowercase; content:"host: WWW";
strip_pseudo_headers + http.header; strip_pseudo_headers; content:"User-Agent";
strip_pseudo_headers - http.header; strip_pseudo_headers; content:"|3a|authority";
strip_pseudo_headers > http.header; strip_pseudo_headers; content:"Host: "; startswith;
from_base64 + http.request_body; from_base64:mode rfc4648; content:!"request body";
from_base64 - http.method; from_base64; content:"POST";
from_base64 > http.method; from_base64; bsize:3;
''',
    'dns': r'''
dns.query + dns.query; content:"query.example";
dns.query - dns.query; content:"answer";
dns.query > dns.query; bsize:17;
dns_query + dns_query; content:"www.query";
dns_query - dns_query; content:"auth";
dns_query > dns_query; content:"www"; startswith;
dns.query.name + dns.query.name; content:"www.query.example";
dns.query.name - dns.query.name; content:"answer";
dns.query.name > flow:to_client; dns.query.name; content:"www.query.example"; startswith; endswith;
dns.answer.name + dns.answer.name; content:"answer.example";
dns.answer.name - dns.answer.name; content:"query";
dns.answer.name > dns.answer.name; bsize:14;
dns.queries.rrname + dns.queries.rrname; content:"query";
dns.queries.rrname - dns.queries.rrname; content:"answer";
dns.queries.rrname > dns.queries.rrname; bsize:17;
dns.answers.rrname + dns.answers.rrname; content:"answer";
dns.answers.rrname - dns.answers.rrname; content:"auth";
dns.answers.rrname > dns.answers.rrname; bsize:14;
dns.authorities.rrname + dns.authorities.rrname; content:"auth";
dns.authorities.rrname - dns.authorities.rrname; content:"answer";
dns.authorities.rrname > dns.authorities.rrname; bsize:12;
dns.additionals.rrname + dns.additionals.rrname; content:"add.";
dns.additionals.rrname - dns.additionals.rrname; content:"auth";
dns.additionals.rrname > dns.additionals.rrname; bsize:11;
dns.response.rrname + dns.response.rrname; content:"auth.example";
dns.response.rrname - dns.response.rrname; content:"nowhere";
dns.response.rrname > dns.response.rrname; bsize:11;
dns.opcode + dns.opcode:0;
dns.opcode - dns.opcode:1;
dns.opcode > dns.opcode:<1;
dns.rcode + dns.rcode:3;
dns.rcode - dns.rcode:4;
dns.rcode > dns.rcode:2-4;
dns.rcode < dns.rcode:3-5;
dns.rrtype + dns.rrtype:1;
dns.rrtype - dns.rrtype:28;
dns.rrtype > dns.rrtype:A;
''',
    'smtp': r'''
smtp.helo + smtp.helo; content:"client.example";
smtp.helo - smtp.helo; content:"EHLO";
smtp.helo > smtp.helo; bsize:14;
smtp.mail_from + smtp.mail_from; content:"sender@from.example";
smtp.mail_from - smtp.mail_from; content:"rcpt";
smtp.mail_from > smtp.mail_from; content:"<"; startswith;
smtp.rcpt_to + smtp.rcpt_to; content:"rcpt@to.example";
smtp.rcpt_to - smtp.rcpt_to; content:"sender";
smtp.rcpt_to > smtp.rcpt_to; content:"<"; startswith;
email.from + email.from; content:"alice@from.example";
email.from - email.from; content:"bob";
email.from > email.from; content:"Alice"; startswith;
email.to + email.to; content:"bob@to.example";
email.to - email.to; content:"alice";
email.to > email.to; bsize:14;
email.cc + email.cc; content:"carol";
email.cc - email.cc; content:"bob";
email.cc > email.cc; bsize:16;
email.subject + email.subject; content:"the subject";
email.subject - email.subject; content:"Subject";
email.subject > email.subject; bsize:11;
email.x_mailer + email.x_mailer; content:"mailer/2";
email.x_mailer - email.x_mailer; content:"mailer/3";
email.x_mailer > email.x_mailer; bsize:8;
email.url + email.url; content:"url.example/path";
email.url - email.url; content:"now";
email.url > email.url; content:"path"; endswith;
''',
    'ftp': r'''
ftp.command + ftp.command; content:"USER";
ftp.command - ftp.command; content:"anna";
ftp.command > ftp.command; content:"RETR"; bsize:4;
ftp.command_data + ftp.command_data; content:"anna";
ftp.command_data - ftp.command_data; content:"USER";
ftp.command_data > ftp.command_data; content:"secret.txt"; bsize:10;
ftp.reply + ftp.reply; content:"password";
ftp.reply - ftp.reply; content:"secret";
ftp.reply > ftp.reply; content:"in"; startswith; bsize:2;
ftp.completion_code + ftp.completion_code; content:"331";
ftp.completion_code - ftp.completion_code; content:"530";
ftp.completion_code > ftp.completion_code; content:"226"; bsize:3;
ftpdata_command + @ftp-data ftpdata_command:retr;
ftpdata_command - @ftp-data ftpdata_command:stor;
ftpdata_command > @ftp-data ftpdata_command:retr; file.data; content:"file of ftp";
ftpbounce + ftpbounce;
ftpbounce - @ftp-data ftpdata_command:stor;
ftpbounce > ftpbounce; flow:to_server;
''',
    'ssh': r'''
ssh.proto + ssh.proto; content:"2.0";
ssh.proto - ssh.proto; content:"1.99";
ssh.proto > ssh.proto; bsize:3;
ssh.software + ssh.software; content:"client_9";
ssh.software - ssh.software; content:"SSH";
ssh.software > ssh.software; content:"server_8"; bsize:8;
ssh.hassh + ssh.hassh; bsize:32;
ssh.hassh - ssh.hassh; content:"zz";
ssh.hassh > ssh.hassh; content:!"g"; bsize:31<>33;
ssh.hassh.server + ssh.hassh.server; bsize:32;
ssh.hassh.server - ssh.hassh.server; content:"zz";
ssh.hassh.server > ssh.hassh.server; content:!"g"; bsize:31<>33;
''',
    'tls': r'''
tls.sni + tls.sni; content:"sni.example";
tls.sni - tls.sni; content:"cert";
tls.sni > tls.sni; bsize:11;
tls.cert_subject + tls.cert_subject; content:"CN=cert.example";
tls.cert_subject - tls.cert_subject; content:"alt";
tls.cert_subject > tls.cert_subject; content:"cert.example"; endswith;
tls.cert_issuer + tls.cert_issuer; content:"O=Org";
tls.cert_issuer - tls.cert_issuer; content:"Other";
tls.cert_issuer > tls.cert_issuer; content:"cert.example"; endswith;
tls.cert_serial + tls.cert_serial; content:"1A:2B";
tls.cert_serial - tls.cert_serial; content:"1A:2C";
tls.cert_serial > tls.cert_serial; bsize:5;
tls.cert_fingerprint + tls.cert_fingerprint; bsize:59;
tls.cert_fingerprint - tls.cert_fingerprint; content:"zz";
tls.cert_fingerprint > tls.cert_fingerprint; pcre:"/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/";
tls.certs + tls.certs; content:"|30 82|"; startswith;
tls.certs - tls.certs; content:"sni.example";
tls.certs > tls.certs; content:"alt.example"; bsize:>100;
tls.cert_chain_len + tls.cert_chain_len:1;
tls.cert_chain_len - tls.cert_chain_len:2;
tls.cert_chain_len > tls.cert_chain_len:<2;
tls.subjectaltname + tls.subjectaltname; content:"alt.example";
tls.subjectaltname - tls.subjectaltname; content:"cert.example";
tls.subjectaltname > tls.subjectaltname; bsize:11;
tls.alpn + tls.alpn; content:"http/1.1";
tls.alpn - tls.alpn; content:"h3";
tls.alpn > tls.alpn; content:"h2"; bsize:2;
tls.version + tls.version:1.2;
tls.version - tls.version:1.3;
tls.version > tls.version:1.2; flow:to_client;
tls.subject + tls.subject:"CN=cert.example";
tls.subject - tls.subject:"CN=other";
tls.subject > tls.subject:!"CN=other";
tls.issuerdn + tls.issuerdn:"CN=cert.example";
tls.issuerdn - tls.issuerdn:"CN=other";
tls.issuerdn > tls.issuerdn:!"CN=other";
tls.fingerprint - tls.fingerprint:"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33";
tls.fingerprint > tls.fingerprint:!"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33";
tls.fingerprint + tls.fingerprint:!"11:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33";
ssl_version + ssl_version:tls1.2;
ssl_version - ssl_version:tls1.3;
ssl_version > ssl_version:tls1.0,tls1.2;
ssl_state + ssl_state:client_hello;
ssl_state - ssl_state:unknown;
ssl_state > ssl_state:!unknown;
ja3.hash + ja3.hash; bsize:32;
ja3.hash - ja3.hash; content:"zz";
ja3.hash > ja3.hash; pcre:"/^[0-9a-f]{32}$/";
ja3.string + ja3.string; content:"771,49195-49199,0-10-11-16,29,0"; startswith; endswith;
ja3.string - ja3.string; content:"772";
ja3.string > ja3.string; bsize:31;
ja3s.hash + ja3s.hash; bsize:32;
ja3s.hash - ja3s.hash; content:"zz";
ja3s.hash > ja3s.hash; pcre:"/^[0-9a-f]{32}$/";
ja3s.string + ja3s.string; content:"771,49195,11-16";
ja3s.string - ja3s.string; content:"49199";
ja3s.string > ja3s.string; bsize:15;
ja4.hash + ja4.hash; content:"t12d0204h2_"; startswith;
ja4.hash - ja4.hash; content:"t13";
ja4.hash > ja4.hash; bsize:36;
''',
    'files': r'''
absent + flow:to_server; http.user_agent; absent;
file.data + file.data; content:"hello file body";
file.data - file.data; content:"|1f 8b|";
file.data > file.data; content:"an end"; endswith;
file_data + file_data; content:"with an end";
file_data - file_data; content:"gzip";
file_data > file_data; content:"hello"; startswith;
file.name + file.name; content:"file.TXT";
file.name - file.name; content:"dir2";
file.name > file.name; content:"TXT"; endswith;
filename + filename:"file.txt";
filename - filename:"other";
filename > filename:!"other";
fileext + fileext:"txt";
fileext - fileext:"exe";
fileext > fileext:!"tx";
file.magic + file.magic; content:"ASCII text";
file.magic - file.magic; content:"PE32";
file.magic > file.magic; content:"ASCII"; startswith;
filemagic + filemagic:"ascii text";
filemagic - filemagic:"PE32";
filemagic > filemagic:!"PE32";
filemd5 + filemd5:md5.lst;
filemd5 - filemd5:none.lst;
filemd5 > filemd5:!none.lst;
filesha1 + filesha1:sha1.lst;
filesha1 - filesha1:none1.lst;
filesha1 > filesha1:!none1.lst;
filesha256 + filesha256:sha256.lst;
filesha256 - filesha256:none256.lst;
filesha256 > filesha256:!none256.lst;
filesize + filesize:28;
filesize - filesize:29;
filesize > filesize:27<>29;
filesize < filesize:>28;
filestore + filestore; filesize:28;
filestore - filestore; filesize:29;
filestore > filestore:to_client,file; filesize:28;
''',
    'lists': r'''
dataset + http.user_agent; dataset:isset,names,type string,load names.lst;
dataset - http.user_agent; dataset:isnotset,names,type string,load names.lst;
dataset > http.user_agent; to_uppercase; dataset:isnotset,names,type string,load names.lst;
datarep + http.user_agent; datarep:values,>,49,load values.lst,type string;
datarep - http.user_agent; datarep:values,>,51,load values.lst,type string;
datarep > http.user_agent; datarep:values,=,50,load values.lst,type string;
datarep < http.user_agent; datarep:values,>,50,load values.lst,type string;
iprep + @ip iprep:src,Bad,>,5;
iprep - @ip iprep:src,Bad,>,50;
iprep > @ip iprep:src,Bad,>=,10;
iprep < @ip iprep:src,Bad,>,10;
''',
    'smb': r'''
smb.ntlmssp_user + smb.ntlmssp_user; content:"u";
smb.ntlmssp_user - smb.ntlmssp_user; content:"DM";
smb.ntlmssp_user > smb.ntlmssp_user; bsize:1;
smb.ntlmssp_domain + smb.ntlmssp_domain; content:"DM";
smb.ntlmssp_domain - smb.ntlmssp_domain; content:"u";
smb.ntlmssp_domain > smb.ntlmssp_domain; bsize:2;
smb.share + smb.share; content:"share";
smb.share - smb.share; content:"IPC";
smb.share > smb.share; content:"share"; endswith;
smb.version + smb.version:2;
smb.version - smb.version:1;
file.name > file.name; content:"a.txt"; bsize:5;
''',
    'smb1': r'''
smb.named_pipe + smb.named_pipe; content:"IPC";
smb.named_pipe - smb.named_pipe; content:"share";
smb.named_pipe > smb.named_pipe; content:"IPC|24|"; endswith;
smb.version > smb.version:1;
dcerpc.opnum > dcerpc.opnum:20-26;
''',
    'dcerpc': r'''
dcerpc.iface + dcerpc.iface:12345678-1234-ab34-cdef-000123456789; dcerpc.opnum:26;
dcerpc.iface - dcerpc.iface:12345678-1234-ab34-cdef-000123456780; dcerpc.opnum:26;
dcerpc.iface > dcerpc.iface:12345678-1234-ab34-cdef-000123456789,=1; dcerpc.opnum:26;
dcerpc.iface < dcerpc.iface:12345678-1234-ab34-cdef-000123456789,>1; dcerpc.opnum:26;
dce_iface + dce_iface:12345678-1234-ab34-cdef-000123456789; dcerpc.opnum:26;
dce_iface - dce_iface:02345678-1234-ab34-cdef-000123456789; dcerpc.opnum:26;
dce_iface > dce_iface:12345678-1234-ab34-cdef-000123456789,<2; dcerpc.opnum:26;
dcerpc.opnum + dcerpc.opnum:26;
dcerpc.opnum - dcerpc.opnum:25;
dcerpc.opnum > dcerpc.opnum:1,20-26;
dcerpc.opnum < dcerpc.opnum:27-30;
dcerpc.stub_data + dcerpc.stub_data; bsize:8;
dcerpc.stub_data - dcerpc.stub_data; bsize:9;
dcerpc.stub_data > flow:to_client; dcerpc.stub_data; bsize:12;
dce_stub_data + dce_stub_data; bsize:>7;
dce_stub_data - dce_stub_data; content:"absent";
dce_stub_data > dce_stub_data; bsize:7<>9;
''',
    'sip': r'''
sip.method + sip.method; content:"INVITE";
sip.method - sip.method; content:"BYE";
sip.method > sip.method; bsize:6;
sip.uri + sip.uri; content:"bob@b.test";
sip.uri - sip.uri; content:"alice";
sip.uri > sip.uri; content:"sip:"; startswith;
sip.user_agent + sip.user_agent; content:"phone";
sip.user_agent - sip.user_agent; content:"one/4";
sip.user_agent > sip.user_agent; bsize:7;
''',
    'mqtt': r'''
mqtt.type + mqtt.type:CONNECT;
mqtt.type - mqtt.type:SUBSCRIBE;
mqtt.type > mqtt.type:PUBLISH;
mqtt.publish.topic + mqtt.publish.topic; content:"a/b";
mqtt.publish.topic - mqtt.publish.topic; content:"message";
mqtt.publish.topic > mqtt.publish.topic; bsize:3;
mqtt.publish.message + mqtt.publish.message; content:"message";
mqtt.publish.message - mqtt.publish.message; content:"a/b";
mqtt.publish.message > mqtt.publish.message; bsize:7;
''',
    'ldap': r'''
ldap.request.operation + ldap.request.operation:search_request;
ldap.request.operation - ldap.request.operation:bind_request;
ldap.request.operation > ldap.request.operation:3;
ldap.request.dn + ldap.request.dn; content:"dc=x";
ldap.request.dn - ldap.request.dn; content:"cn";
ldap.request.dn > ldap.request.dn; bsize:4;
''',
    'enip': r'''
enip_command + enip_command:register_session;
enip_command - enip_command:list_identity;
enip_command > enip_command:>111;
enip_command < enip_command:>112;
cip_service + cip_service:14,1,7;
cip_service - cip_service:14,1,8;
cip_service - cip_service:14,2;
cip_service > cip_service:76;
cip_service < cip_service:77;
''',
    'modbus': r'''
modbus + modbus:function 8, subfunction 4;
modbus - modbus:function 8, subfunction 5;
modbus + modbus:access write holding, address 3, value 258;
modbus > modbus:access write holding, address 3, value >257;
modbus < modbus:access write holding, address 3, value >258;
modbus < modbus:access write holding, address 256;
modbus > modbus:unit 1, function 99;
modbus - modbus:unit 2, function 99;
modbus + modbus:function unassigned;
''',
    'events': r'''
app-layer-event + app-layer-event:http.request_header_repetition;
app-layer-event - app-layer-event:http.request_uri_host_invalid;
app-layer-event > app-layer-event:http.request_header_host_invalid;
frame + frame:http1.request; content:"GET /a"; startswith;
frame - frame:http1.request; content:"200 OK";
frame > frame:http1.response; content:"|0d 0a 0d 0a|"; endswith;
''',
}

#: Keywords whose positive, negative and boundary tests stand in another file of the tree.
ELSEWHERE = {'geoip': 'tests/replay/effects', 'replace': 'tests/replay/effects', 'config': 'tests/replay/effects'}
