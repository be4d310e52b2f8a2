# SPDX-License-Identifier: Apache-2.0
"""Memory of `sekisho replay` over very many conversations at a time."""
import json
import os
import subprocess
import tempfile

import flows

TOP = os.environ.get('SEKISHO_TOP') or os.path.abspath(os.path.join(os.path.dirname(__file__), '../../..'))
BUILD = os.environ.get('SEKISHO_BUILD') or os.path.join(TOP, 'build')
SEKISHO = os.environ.get('SEKISHO_PROGRAM') or os.path.join(BUILD, 'bin/sekisho')
RULES = '''alert http any any -> any any (http.uri; content:"no-such-path"; sid:1;)
alert tcp any any -> any any (content:"no-such-bytes-anywhere"; sid:2;)
'''
ROOM = ('stream.memcap=8gb', 'stream.reassembly.memcap=16gb', 'flow.memcap=8gb')


def measure(kind, n, sets=ROOM, events='stats'):
    """A dict: packets sent, peak resident bytes, what replay says (--json), the counters."""
    with tempfile.TemporaryDirectory(prefix='sekisho-flows-') as d:
        packets = flows.write(f'{d}/a.pcap', n, kind)
        with open(f'{d}/a.rules', 'w') as f:
            f.write(RULES)
        argv = [SEKISHO, 'replay', '--pcap', f'{d}/a.pcap', '--rules', f'{d}/a.rules', '--eve',
                f'{d}/eve.json', '--events', events, '--json', '--set', 'stream.inline=yes']
        for s in sets:
            argv += ['--set', s]
        p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        out = json.loads(p.stdout.read())
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = status
        if status:
            raise RuntimeError(f'replay ended with {status}')
        with open(f'{d}/eve.json') as f:
            stats = [json.loads(line) for line in f][-1].get('stats', {})
        return {'packets': packets, 'rss': usage.ru_maxrss * 1024, 'out': out, 'stats': stats,
                'cpu': usage.ru_utime + usage.ru_stime}


def reconciled(m):
    o = m['out']
    return o['unbalanced'] == 0 and m['packets'] == o['packets'] == \
        o['forwarded'] + o['dropped'] + o['held']
