# SPDX-License-Identifier: Apache-2.0
"""Files inside protocols: each function puts one file into a capture, in pieces of odd sizes.

The name of the file says the protocol, so that its record is found again. Everything random comes
from the capture's generator: the same capture every time.
"""
import base64
import gzip
import lzma
import struct
import zlib


def pieces(cap, data):
    """Cut anywhere: some of one byte, most of a segment's size, few very large."""
    at = 0
    while at < len(data):
        big = len(data) > 20000
        n = cap.rng.choice((1, 3, 700, 1460, 1460)) if not big else \
            cap.rng.choice((1, 1460, 9000, 30000, 60000, 60000))
        yield data[at:at + n]
        at += n


def port(cap):
    cap.port = getattr(cap, 'port', 20000) + 1
    return cap.port


def http_request(name, method=b'GET', extra=b''):
    return method + b' /' + name + b' HTTP/1.1\r\nHost: h.test\r\n' + extra + b'\r\n'


def http_length(cap, name, data):
    return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(data) + data


def http_chunked(cap, name, data):
    body = b''.join(b'%x\r\n' % len(p) + p + b'\r\n' for p in pieces(cap, data))
    return b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + body + b'0\r\n\r\n'


def http_gzip(cap, name, data):
    z = gzip.compress(data, 6, mtime=0)
    return b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(z) + z


def http_deflate(cap, name, data):
    z = zlib.compress(data)
    return b'HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n' % len(z) + z


def http_download(cap, files, answer):
    """Files of one connection, one request after the other."""
    s = cap.tcp(sport=port(cap), dport=80).open()
    for name, data in files:
        s.up(http_request(name))
        s.down(*pieces(cap, answer(cap, name, data)))
    s.close()


def http_pipelined(cap, files):
    """All requests at once, all answers in one stream cut without regard for their borders."""
    s = cap.tcp(sport=port(cap), dport=80).open()
    s.up(*pieces(cap, b''.join(http_request(name) for name, _ in files)))
    s.down(*pieces(cap, b''.join((http_length, http_chunked, http_gzip)[i % 3](cap, name, data)
                                 for i, (name, data) in enumerate(files))))
    s.close()


def http_upload(cap, files):
    s = cap.tcp(sport=port(cap), dport=80).open()
    for name, data in files:
        head = http_request(name, b'PUT', b'Content-Length: %d\r\n' % len(data))
        s.up(*pieces(cap, head + data))
        s.down(b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
    s.close()


def http_ranges(cap, files):
    """Parts of each file over four connections, in any order, some of them twice or overlapping."""
    conns = [cap.tcp(sport=port(cap), dport=80).open() for _ in range(4)]
    for name, data in files:
        if len(data) < 8:
            cuts = [(0, len(data))]
        else:
            at = sorted({0, len(data), *(cap.rng.randrange(len(data)) for _ in range(5))})
            cuts = [(max(0, a - cap.rng.choice((0, 0, 3))), b) for a, b in zip(at, at[1:])]
            cuts += cap.rng.sample(cuts, 1)
            cap.rng.shuffle(cuts)
        jobs = []
        for a, b in cuts:
            part = data[a:b]
            head = b'HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\n' % len(part)
            if part:
                head += b'Content-Range: bytes %d-%d/%d\r\n' % (a, b - 1, len(data))
            jobs.append((http_request(name, b'GET', b'Range: bytes=%d-%d\r\n' % (a, b - 1)),
                         list(pieces(cap, head + b'\r\n' + part))))
        for i in range(0, len(jobs), len(conns)):
            some = list(zip(conns, jobs[i:i + len(conns)]))
            for c, (ask, _) in some:
                c.up(ask)
            while some:  # answers of all connections mixed
                c, (_, left) = cap.rng.choice(some)
                c.down(left.pop(0))
                some = [s for s in some if s[1][1]]
    for c in conns:
        c.close()


def h2_frame(kind, flags, stream, body):
    return struct.pack('!I', len(body))[1:] + struct.pack('!BBI', kind, flags, stream) + body


def h2_fields(*fields):
    """Literals without indexing (RFC 7541 section 6.2.2), without Huffman."""
    return b''.join(b'\0' + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in fields)


def http2(cap, files, upload=False):
    """Streams whose DATA frames are mixed."""
    s = cap.tcp(sport=port(cap), dport=8080).open()
    s.up(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + h2_frame(4, 0, 0, b''))
    s.down(h2_frame(4, 0, 0, b''))
    queue = []
    for i, (name, data) in enumerate(files):
        stream = 2 * i + 1
        ask = h2_fields((b':method', b'PUT' if upload else b'GET'), (b':path', b'/' + name),
                        (b':authority', b'h.test'))
        s.up(h2_frame(1, 4 if upload and data else 5, stream, ask))
        if not upload:
            s.down(h2_frame(1, 4, stream, h2_fields((b':status', b'200'))))
        at = 0
        frames = []
        while at < len(data):
            n = cap.rng.choice((1, 500, 16384, 16384))
            pad = cap.rng.choice((0, 0, 7))
            last = at + n >= len(data)
            body = data[at:at + n]
            if pad:
                body = bytes([pad]) + body + bytes(pad)
            frames.append(h2_frame(0, (1 if last else 0) | (8 if pad else 0), stream, body))
            at += n
        queue.append(frames)
    wire = []
    while any(queue):
        frames = cap.rng.choice([q for q in queue if q])
        wire.append(frames.pop(0))
    (s.up if upload else s.down)(*pieces(cap, b''.join(wire)))
    for i in range(len(files) if upload else 0):
        s.down(h2_frame(1, 5, 2 * i + 1, h2_fields((b':status', b'201'))))
    s.close()


QP = [bytes([c]) if chr(c).isalnum() and c < 128 else b'=%02X' % c for c in range(256)]


def qp(data):
    return b'=\r\n'.join(b''.join(QP[c] for c in data[i:i + 24]) for i in range(0, len(data), 24))


def mail(name, data, coding):
    if coding == b'base64':
        text = base64.b64encode(data)
        text = b'\r\n'.join(text[i:i + 76] for i in range(0, len(text), 76))
    else:
        text = qp(data) if coding == b'quoted-printable' else data
    return (b'From: a@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=b7x="'
            b'\r\n\r\n--=b7x=\r\nContent-Type: text/plain\r\n\r\nhello\r\n--=b7x=\r\n'
            b'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: ' + coding +
            b'\r\nContent-Disposition: attachment; filename="' + name + b'"\r\n\r\n' + text +
            b'\r\n--=b7x=--\r\n')


def smtp(cap, files, coding):
    s = cap.tcp(sport=port(cap), dport=25).open()
    s.down(b'220 mx.test ESMTP\r\n')
    s.up(b'EHLO c.test\r\n').down(b'250 CHUNKING\r\n')
    for name, data in files:
        s.up(b'MAIL FROM:<a@x.test>\r\n').down(b'250 ok\r\n')
        s.up(b'RCPT TO:<b@x.test>\r\n').down(b'250 ok\r\n')
        text = mail(name, data, coding)
        if coding == b'binary':
            at = 0
            while at < len(text):
                n = cap.rng.choice((1, 77, 5000, 40000))
                last = b' LAST' if at + n >= len(text) else b''
                part = text[at:at + n]
                s.up(*pieces(cap, b'BDAT %d%s\r\n' % (len(part), last) + part))
                s.down(b'250 ok\r\n')
                at += n
        else:
            s.up(b'DATA\r\n').down(b'354 go\r\n')
            s.up(*pieces(cap, text.replace(b'\r\n.', b'\r\n..') + b'.\r\n'))
            s.down(b'250 queued\r\n')
    s.up(b'QUIT\r\n').down(b'221 bye\r\n')
    s.close()


def ftp(cap, files, active, store, extended=False):
    s = cap.tcp(sport=port(cap), dport=21).open()
    s.down(b'220 ftp.test ready\r\n')
    s.up(b'USER u\r\n').down(b'331 pass\r\n')
    s.up(b'PASS p\r\n').down(b'230 in\r\n')
    for name, data in files:
        p = port(cap)
        where = b'%d,%d' % (p >> 8, p & 255)
        client, server = s.src.replace('.', ',').encode(), s.dst.replace('.', ',').encode()
        if extended:
            if active:
                s.up(b'EPRT |1|%s|%d|\r\n' % (s.src.encode(), p)).down(b'200 ok\r\n')
            else:
                s.up(b'EPSV\r\n').down(b'229 extended (|||%d|)\r\n' % p)
        elif active:
            s.up(b'PORT ' + client + b',' + where + b'\r\n').down(b'200 ok\r\n')
        else:
            s.up(b'PASV\r\n').down(b'227 at (' + server + b',' + where + b')\r\n')
        s.up((b'STOR ' if store else b'RETR ') + name + b'\r\n').down(b'150 opening\r\n')
        d = cap.tcp(src=s.dst, dst=s.src, sport=20, dport=p) if active else \
            cap.tcp(sport=port(cap), dport=p)
        d.open()
        (d.up if active != store else d.down)(*pieces(cap, data))
        d.close()
        s.down(b'226 done\r\n')
    s.close()


def smb2_message(command, number, body, answer):
    head = b'\xfeSMB' + struct.pack('<HHIHHIIQIIQ16x', 64, 1, 0, command, 1, int(answer), 0, number,
                                    0, 1, 1)
    return struct.pack('!I', len(head) + len(body)) + head + body


def smb2(cap, files, store):
    """What a parser needs to follow a file: name and number (CREATE), content, CLOSE."""
    s = cap.tcp(sport=port(cap), dport=445).open()
    count = [0]

    def call(command, request, response):
        s.up(*pieces(cap, smb2_message(command, count[0], request, False)))
        s.down(*pieces(cap, smb2_message(command, count[0], response, True)))
        count[0] += 1

    call(0, struct.pack('<HHHHI16sQH', 36, 1, 1, 0, 0, bytes(16), 0, 0x0210),
         struct.pack('<HHHH16sIIIIQQHHI', 65, 1, 0x0210, 0, bytes(16), 0, 1 << 20, 1 << 20, 1 << 20,
                     0, 0, 128, 0, 0))
    for name, data in files:
        text = name.decode().encode('utf-16le')
        ident = struct.pack('<QQ', count[0] + 77, 5)
        call(5, struct.pack('<HBBIQQIIIIIHHII', 57, 0, 0, 2, 0, 0, 0x12019f, 0, 7, 5, 0x40, 120,
                            len(text), 0, 0) + text,
             struct.pack('<HBBI32xQQII', 89, 0, 0, 1, 0, len(data), 0x80, 0) + ident +
             struct.pack('<II', 0, 0))
        at = 0
        while at < len(data):
            part = data[at:at + cap.rng.choice((1, 4000, 65536))]
            if store:
                call(9, struct.pack('<HHIQ', 49, 112, len(part), at) + ident +
                     struct.pack('<IIHHI', 0, 0, 0, 0, 0) + part,
                     struct.pack('<HHIIHH', 17, 0, len(part), 0, 0, 0))
            else:
                call(8, struct.pack('<HBBIQ', 49, 0x50, 0, len(part), at) + ident +
                     struct.pack('<IIIHHB', 0, 0, 0, 0, 0, 0),
                     struct.pack('<HBBIII', 17, 80, 0, len(part), 0, 0) + part)
            at += len(part)
        call(6, struct.pack('<HHI', 24, 0, 0) + ident, struct.pack('<HHI52x', 60, 0, 0))
    s.close()


def smb1_message(command, number, words, body, answer):
    head = b'\xffSMB' + struct.pack('<BIBHH8xHHHHH', command, 0, 0x98 if answer else 0x18, 0xc807, 0, 0,
                                    1, 99, 1, number & 0xffff)
    text = head + bytes([len(words) // 2]) + words + struct.pack('<H', len(body) & 0xffff) + body
    return struct.pack('!I', len(text)) + text


def smb1(cap, files, store):
    s = cap.tcp(sport=port(cap), dport=445).open()
    count = [0]
    andx = struct.pack('<BBH', 0xff, 0, 0)

    def call(command, ask, answer):
        s.up(*pieces(cap, smb1_message(command, count[0], *ask, False)))
        s.down(*pieces(cap, smb1_message(command, count[0], *answer, True)))
        count[0] += 1

    call(0x72, (b'', b'\2NT LM 0.12\0'), (struct.pack('<H32x', 0), bytes(16)))
    for name, data in files:
        fid = 0x4000 + count[0] % 0x3fff
        text = name.decode().encode('utf-16le') + b'\0\0'
        call(0xa2, (andx + struct.pack('<BHIIIQIIIIIB', 0, len(text) - 2, 0, 0, 0x12019f, 0, 0x80, 7, 5,
                                       0x40, 2, 0), b'\0' + text),
             (andx + struct.pack('<BHI32xIQQHHB', 0, fid, 1, 0x80, len(data), len(data), 0, 0, 0), b''))
        at = 0
        while at < len(data):
            part = data[at:at + cap.rng.choice((1, 4000, 60000))]
            if store:
                call(0x2f, (andx + struct.pack('<HIIHHHHHI', fid, at, 0, 0, 0, 0, len(part), 64, 0),
                            b'\0' + part), (andx + struct.pack('<HHHH', len(part), 0, 0, 0), b''))
            else:
                call(0x2e, (andx + struct.pack('<HIHHIHI', fid, at, len(part), 0, 0, 0, 0), b''),
                     (andx + struct.pack('<HHHHHH8x', 0, 0, 0, len(part), 60, 0), b'\0' + part))
            at += len(part)
        call(4, (struct.pack('<HI', fid, 0), b''), (b'', b''))
    s.close()


def smb2_chain(parts, answer, related):
    """Compounded messages: each says how far it is to the next, all but the last end at 8 bytes."""
    out = b''
    for i, (command, number, body, charge) in enumerate(parts):
        last = i == len(parts) - 1
        size = 64 + len(body)
        fill = 0 if last else -size % 8
        flags = int(answer) | (4 if related and i else 0)
        out += b'\xfeSMB' + struct.pack('<HHIHHIIQIIQ16x', 64, charge, 0, command, charge, flags,
                                        0 if last else size + fill, number, 0, 1, 1) + body + bytes(fill)
    return struct.pack('!I', len(out)) + out


SMB2_ALL_ONES = b'\xff' * 16


def smb2_bodies(name, data, ident, at, part, store):
    """Requests and answers of CREATE, READ or WRITE, CLOSE; (ask, answer) each."""
    text = name.decode().encode('utf-16le')
    create = (struct.pack('<HBBIQQIIIIIHHII', 57, 0, 0, 2, 0, 0, 0x12019f, 0, 7, 5, 0x40, 120,
                          len(text), 0, 0) + text,
              lambda i: struct.pack('<HBBI32xQQII', 89, 0, 0, 1, 0, len(data), 0x80, 0) + i +
              struct.pack('<II', 0, 0))
    if store:
        move = (struct.pack('<HHIQ', 49, 112, len(part), at) + ident + struct.pack('<IIHHI', 0, 0, 0, 0, 0) +
                part, lambda i: struct.pack('<HHIIHH', 17, 0, len(part), 0, 0, 0))
    else:
        move = (struct.pack('<HBBIQ', 49, 0x50, 0, len(part), at) + ident +
                struct.pack('<IIIHHB', 0, 0, 0, 0, 0, 0),
                lambda i: struct.pack('<HBBIII', 17, 80, 0, len(part), 0, 0) + part)
    close = (struct.pack('<HHI', 24, 0, 0) + ident, lambda i: struct.pack('<HHI52x', 60, 0, 0))
    return create, move, close


def smb3(cap, files, store, compound):
    """SMB 3.1.1. `compound`: open, move and close what fits into one go of related messages; else many
    credits: large pieces, several under way, answered (or written) in another order."""
    s = cap.tcp(sport=port(cap), dport=445).open()
    number = [0]

    def go(parts, related=False):
        ask, answer = [], []
        for command, (request, response), ident, charge in parts:
            ask.append((command, number[0], request, charge))
            answer.append((command, number[0], response(ident), charge))
            number[0] += charge
        return smb2_chain(ask, False, related), smb2_chain(answer, True, related)

    def both(parts, related=False):
        ask, answer = go(parts, related)
        s.up(*pieces(cap, ask))
        s.down(*pieces(cap, answer))

    hello = (struct.pack('<HHHHI16sQHH', 36, 2, 1, 0, 0x7f, bytes(16), 0, 0x0302, 0x0311),
             lambda i: struct.pack('<HHHH16sIIIIQQHHI', 65, 1, 0x0311, 0, bytes(16), 0x7f, 8 << 20, 8 << 20,
                                   8 << 20, 0, 0, 128, 0, 0))
    both([(0, hello, b'', 1)])
    for name, data in files:
        ident = struct.pack('<QQ', number[0] + 77, 5)
        move = 9 if store else 8
        step = cap.rng.choice((4000, 65536)) if compound else cap.rng.choice((70000, 300000, 1 << 20))
        cuts = [(a, data[a:a + step]) for a in range(0, len(data), step)] or [(0, b'')]
        if compound:
            create, first, close = smb2_bodies(name, data, SMB2_ALL_ONES, 0, cuts[0][1], store)
            chain = [(5, create, ident, 1)] + ([(move, first, ident, 1)] if data else [])
            if len(cuts) == 1:
                chain.append((6, close, ident, 1))
            both(chain, True)
            for a, part in cuts[1:]:
                _, more, close = smb2_bodies(name, data, ident, a, part, store)
                if a + len(part) == len(data):  # unrelated: each names the file
                    both([(move, more, ident, 1), (6, close, ident, 1)])
                else:
                    both([(move, more, ident, 1)])
            continue
        create, _, close = smb2_bodies(name, data, ident, 0, b'', store)
        both([(5, create, ident, 1)])
        todo = [(a, part) for a, part in cuts if part]
        while todo:
            some, todo = todo[:4], todo[4:]
            if store:
                cap.rng.shuffle(some)
            calls = [go([(move, smb2_bodies(name, data, ident, a, part, store)[1], ident,
                          -(-len(part) // 65536))]) for a, part in some]
            s.up(*pieces(cap, b''.join(ask for ask, _ in calls)))
            cap.rng.shuffle(calls)
            s.down(*pieces(cap, b''.join(answer for _, answer in calls)))
        both([(6, close, ident, 1)])
    s.close()


def xdr(data):
    return struct.pack('!I', len(data)) + data + bytes(-len(data) % 4)


def record(cap, data):
    """A message of RPC over TCP, in fragments."""
    out, at = b'', 0
    while True:
        n = cap.rng.choice((500, 30000, len(data)))
        last = at + n >= len(data)
        part = data[at:at + n]
        out += struct.pack('!I', len(part) | (0x80000000 if last else 0)) + part
        at += n
        if last:
            return out


class Rpc:
    """NFS over one TCP connection."""

    def __init__(self, cap, version):
        self.cap, self.version, self.xid = cap, version, 100
        self.tcp = cap.tcp(sport=port(cap), dport=2049).open()

    def ask(self, procedure, args):
        self.xid += 1
        cred = struct.pack('!I', 7) + xdr(b'station') + struct.pack('!III', 1000, 100, 0)
        return record(self.cap, struct.pack('!IIIIIII', self.xid, 0, 2, 100003, self.version, procedure, 1) +
                      xdr(cred) + struct.pack('!II', 0, 0) + args)

    def answer(self, results, xid=None):
        return record(self.cap, struct.pack('!IIIIII', xid or self.xid, 1, 0, 0, 0, 0) + results)

    def call(self, procedure, args, results):
        self.tcp.up(*pieces(self.cap, self.ask(procedure, args)))
        self.tcp.down(*pieces(self.cap, self.answer(results)))


def nfs3(cap, files, store):
    """LOOKUP or CREATE, then READ or WRITE in pieces, COMMIT."""
    r = Rpc(cap, 3)
    root = b'root-handle-0000'
    for i, (name, data) in enumerate(files):
        handle = b'handle of ' + name
        where = xdr(root) + xdr(name)
        if store:
            r.call(8, where + struct.pack('!IIIIIII', 0, 0, 0, 0, 0, 0, 0),
                   struct.pack('!II', 0, 1) + xdr(handle) + struct.pack('!III', 0, 0, 0))
        else:
            r.call(3, where, struct.pack('!I', 0) + xdr(handle) + struct.pack('!II', 0, 0))
        at = 0
        while at < len(data):
            part = data[at:at + cap.rng.choice((1, 4096, 65536))]
            end = at + len(part) == len(data)
            if store:
                r.call(7, xdr(handle) + struct.pack('!QII', at, len(part), 0) + xdr(part),
                       struct.pack('!IIIII', 0, 0, 0, len(part), 0) + bytes(8))
            else:
                r.call(6, xdr(handle) + struct.pack('!QI', at, len(part)),
                       struct.pack('!IIII', 0, 0, len(part), int(end)) + xdr(part))
            at += len(part)
        if store:
            r.call(21, xdr(handle) + struct.pack('!QI', 0, 0), struct.pack('!III', 0, 0, 0) + bytes(8))
    r.tcp.close()


def nfs4(cap, files, store):
    """Compounds: PUTROOTFH OPEN GETFH, then PUTFH READ or WRITE, PUTFH COMMIT CLOSE."""
    r = Rpc(cap, 4)
    state = bytes(16)

    def compound(ops, results):
        r.call(1, struct.pack('!III', 0, 0, len(ops)) + b''.join(ops),
               struct.pack('!III', 0, 0, len(results)) + b''.join(results))

    def ok(op, rest=b''):
        return struct.pack('!II', op, 0) + rest

    for name, data in files:
        handle = b'handle of ' + name
        # OPEN: seqid, access, deny, client, owner, no create, claim null, name
        op = struct.pack('!IIIIQ', 18, 1, 3, 0, 1) + xdr(b'owner') + struct.pack('!II', 0, 0) + xdr(name)
        done = ok(18, state + struct.pack('!IQQIII', 1, 1, 2, 0, 0, 0))
        compound([struct.pack('!I', 24), op, struct.pack('!I', 10)], [ok(24), done, ok(10, xdr(handle))])
        put = struct.pack('!I', 22) + xdr(handle)
        at = 0
        while at < len(data):
            part = data[at:at + cap.rng.choice((1, 4096, 65536))]
            end = at + len(part) == len(data)
            if store:
                compound([put, struct.pack('!I', 38) + state + struct.pack('!QI', at, 0) + xdr(part)],
                         [ok(22), ok(38, struct.pack('!II', len(part), 0) + bytes(8))])
            else:
                compound([put, struct.pack('!I', 25) + state + struct.pack('!QI', at, len(part))],
                         [ok(22), ok(25, struct.pack('!I', int(end)) + xdr(part))])
            at += len(part)
        if store:
            compound([put, struct.pack('!IQI', 5, 0, 0)], [ok(22), ok(5, bytes(8))])
        compound([put, struct.pack('!II', 4, 1) + state], [ok(22), ok(4, state)])
    r.tcp.close()


def http_coded(*names):
    """Layers of codings, the last named outermost."""
    undo = {b'gzip': lambda d: gzip.compress(d, 6, mtime=0), b'deflate': zlib.compress,
            b'raw': lambda d: zlib.compress(d)[2:-4],
            b'lzma': lambda d: lzma.compress(d, format=lzma.FORMAT_ALONE, preset=1)}

    def answer(cap, name, data):
        for n in names:
            data = undo[n](data)
        said = b', '.join(b'deflate' if n == b'raw' else n for n in names)
        return b'HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n' % (said, len(data)) + data
    return answer


def http_form(cap, files):
    """Several files of a form in one request."""
    s = cap.tcp(sport=port(cap), dport=80).open()
    edge = b'----edge7d81'
    body = b''.join(b'--' + edge + b'\r\nContent-Disposition: form-data; name="f"; filename="' + name +
                    b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + data + b'\r\n'
                    for name, data in files) + b'--' + edge + b'--\r\n'
    s.up(*pieces(cap, http_request(b'form', b'POST', b'Content-Type: multipart/form-data; boundary=' + edge +
                                   b'\r\nContent-Length: %d\r\n' % len(body)) + body))
    s.down(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    s.close()


def http2_ranges(cap, files):
    """Parts of each file in streams of one connection, mixed."""
    s = cap.tcp(sport=port(cap), dport=8080).open()
    s.up(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + h2_frame(4, 0, 0, b''))
    s.down(h2_frame(4, 0, 0, b''))
    stream = 1
    for name, data in files:
        at = sorted({0, len(data), *(cap.rng.randrange(len(data) or 1) for _ in range(5))})
        cuts = list(zip(at, at[1:])) or [(0, 0)]
        cap.rng.shuffle(cuts)
        queue = []
        for a, b in cuts:
            s.up(h2_frame(1, 5, stream, h2_fields((b':method', b'GET'), (b':path', b'/' + name),
                                                  (b':authority', b'h.test'),
                                                  (b'range', b'bytes=%d-%d' % (a, b - 1)))))
            answer = ((b':status', b'206'), (b'content-range', b'bytes %d-%d/%d' % (a, b - 1, len(data))))
            frames = [h2_frame(1, 4, stream, h2_fields(*answer if b else answer[:1]))]
            for i in range(a, b, 16384):
                frames.append(h2_frame(0, int(i + 16384 >= b), stream, data[i:min(b, i + 16384)]))
            if not b:
                frames[0] = h2_frame(1, 5, stream, h2_fields((b':status', b'200')))
            queue.append(frames)
            stream += 2
        wire = []
        while any(queue):
            wire.append(cap.rng.choice([q for q in queue if q]).pop(0))
        s.down(*pieces(cap, b''.join(wire)))
    s.close()
