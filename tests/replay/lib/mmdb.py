# SPDX-License-Identifier: Apache-2.0
"""A small country database in MaxMind's format (MaxMind DB File Format Specification 2.0)."""
import ipaddress
import struct


def value(v):
    """One datum: maps, strings, numbers, arrays."""
    if isinstance(v, dict):
        return bytes([7 << 5 | len(v)]) + b''.join(value(k) + value(x) for k, x in v.items())
    if isinstance(v, str):
        b = v.encode()
        assert len(b) < 285
        return bytes([2 << 5 | (len(b) if len(b) < 29 else 29)]) + (bytes([len(b) - 29]) if len(b) >= 29 else b'') + b
    if isinstance(v, list):
        return bytes([len(v), 11 - 7]) + b''.join(map(value, v))
    kind, v = v
    b = v.to_bytes(8, 'big').lstrip(b'\0')
    return {'u16': bytes([5 << 5 | len(b)]), 'u32': bytes([6 << 5 | len(b)]),
            'u64': bytes([len(b), 9 - 7])}[kind] + b


def database(networks):
    """`networks`: {'192.0.2.0/24': 'DE', '2001:db8::/32': 'FR'}; IPv4 stands at ::/96."""
    data, at = b'', {}
    for c in sorted(set(networks.values())):
        at[c] = len(data)
        data += value({'country': {'iso_code': c}})
    tree = [[None, None]]
    for net, c in networks.items():
        n = ipaddress.ip_network(net)
        bits, length = int(n.network_address), n.prefixlen + (96 if n.version == 4 else 0)
        node = 0
        for i in range(length):
            side = bits >> (127 - i) & 1
            if i == length - 1:
                tree[node][side] = c
                break
            if tree[node][side] is None:
                tree.append([None, None])
                tree[node][side] = len(tree) - 1
            node = tree[node][side]
    count = len(tree)
    record = lambda x: count if x is None else x if isinstance(x, int) else count + 16 + at[x]
    nodes = b''.join(struct.pack('!II', record(a), record(b))[1:4] + struct.pack('!I', record(b))[1:] for a, b in tree)
    meta = {'node_count': ('u32', count), 'record_size': ('u16', 24), 'ip_version': ('u16', 6),
            'database_type': 'Test-Country', 'languages': ['en'], 'binary_format_major_version': ('u16', 2),
            'binary_format_minor_version': ('u16', 0), 'build_epoch': ('u64', 1700000000),
            'description': {'en': 'test'}}
    return nodes + bytes(16) + data + b'\xab\xcd\xefMaxMind.com' + value(meta)
