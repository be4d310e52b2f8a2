# SPDX-License-Identifier: Apache-2.0
"""A name server that knows hostN.wire.test (192.0.2.N) and nothing else. Arguments: addresses."""
import re
import selectors
import socket
import struct
import sys


def answer(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    question = query[12:at + 5]
    m = re.fullmatch(rb'host(\d+)\.wire\.test', b'.'.join(labels).lower())
    rcode, records = (0, 1) if m else (3, 0)
    head = query[:2] + struct.pack('!HHHHH', 0x8480 | rcode, 1, records, 0, 0)
    body = b''
    if m:
        body = struct.pack('!HHHIH4B', 0xc00c, 1, 1, 60, 4, 192, 0, 2, int(m.group(1)) & 255)
    return head + question + body


sel = selectors.DefaultSelector()
for a in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if ':' in a else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((a, 53))
    sel.register(s, selectors.EVENT_READ)
while True:
    for key, _ in sel.select():
        data, peer = key.fileobj.recvfrom(4096)
        key.fileobj.sendto(answer(data), peer)
