# SPDX-License-Identifier: Apache-2.0
"""What comparisons found, as tables that are the same whenever the answers are: no times, no paths,
sorted. Signatures are named by number only."""
import collections
import re


def table(head, rows, left=1):
    """Markdown; the first `left` columns are text."""
    out = ['| ' + ' | '.join(head) + ' |',
           '| ' + ' | '.join('---' if i < left else '---:' for i in range(len(head))) + ' |']
    return '\n'.join(out + ['| ' + ' | '.join(map(str, r)) + ' |' for r in rows])


def percent(n, d):
    return f'{100 * n / d:.1f} %' if d else '-'


# --- alerts by (capture, signature)

def rule_kinds(text):
    """sid -> what a rule is about: the protocol of its buffers, else of its header."""
    kinds = {}
    for line in text:
        m = re.match(r'\s*\w+\s+(\S+)\s.*?[ (;]sid:\s*(\d+)', line)
        if not m:
            continue
        proto, sid = m.group(1), int(m.group(2))
        body = line[line.index('('):]
        word = re.search(r'[(; ](http2|http|dns|mdns|tls|ja[34]s?|ssh|smb|smtp|email|ftpdata|ftp|quic|'
                         r'krb5|snmp|sip|ldap|mqtt|dhcp|ike|nfs|rdp|rfb|modbus|dnp3|enip|cip|pgsql|'
                         r'websocket|dcerpc|file|stream|flow|ipv4|ipv6|tcp|udp|icmp|icmpv[46]|decode|'
                         r'app-layer)[._-][a-z]', body)
        kind = word.group(1) if word else proto
        kinds[sid] = {'ja3': 'tls', 'ja3s': 'tls', 'ja4': 'tls', 'email': 'smtp', 'ftpdata': 'ftp',
                      'http2': 'http', 'cip': 'enip'}.get(kind, kind)
    return kinds


GROUPS = {
    'packets, payload, flows': ('ip', 'ipv4', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv4', 'icmpv6', 'sctp', 'flow',
                                'pkthdr', 'tcp-pkt', 'tcp-stream'),
    'these, streams, files and the great protocols': (
        'stream', 'decode', 'app-layer', 'file', 'http', 'tls', 'dns', 'smtp', 'ftp', 'ssh', 'smb', 'dcerpc',
        'quic'),
}

FEW = 5  # alerts of a packet of ours, below which the peer cannot have cut any: half its rules are absent here


def settled(got, few):
    """Pairs of ours that the peer would have reported if it found the same: a threshold by source that
    went on from capture to capture silences none, its cut of 15 alerts a packet neither. got: as alerts().
    few: the most alerts of ours in a packet that count as uncut, or None when no rules are absent."""
    where, crowd = collections.defaultdict(set), collections.Counter()
    for (capture, sid), seen in got.items():
        for source, packet in seen:
            where[sid, source].add(capture)
            crowd[capture, packet] += 1
    return {(capture, sid) for (capture, sid), ((source, packet), *_) in got.items()
            if len(where[sid, source]) == 1 and (few is None or crowd[capture, packet] <= few)}


REACH = 40  # packets behind ours in which the peer may look at the same thing, and the end of the flow


def behind_full(pair, seen, packets):
    """Whether the peer's own answers show a packet, at ours or soon behind it, that is as good as full (half
    the rules are absent here) with signatures of lower numbers only: it keeps the first 15 in their order.
    packets: {capture: {number, 0 at a flow's end: signatures whose first alert stands there}}."""
    (capture, sid), (_, packet) = pair, seen[0]
    return any(len(sids) >= FEW and max(sids) < sid
               for n, sids in packets.get(capture, {}).items()
               if n == 0 or packet is None or packet <= n <= packet + REACH)


def alerts(expected, got, unread, kinds, few, packets=None, most=40):
    """expected: {(capture, sid): count}; got: {(capture, sid): [(source, packet) of each alert]} of the
    captures that the peer went through; unread: those of them that it cannot read; few: see settled;
    packets: see behind_full."""
    ours_alone = sum(k[0] in unread for k in got)
    expected, got = ({k: v for k, v in t.items() if k[0] not in unread} for t in (expected, got))
    both = set(expected) & set(got)
    missing, extra, sure = set(expected) - both, set(got) - both, settled(got, few)
    left = {k for k in sure & extra if not few or not behind_full(k, got[k], packets or {})}
    n = len(both)
    out = [f'{len(expected)} pairs of capture and signature: recall **{percent(n, len(expected))}**, '
           f'precision **{percent(n, len(got))}**, equal counts '
           f'{sum(expected[k] == len(got[k]) for k in both)} of {n}.',
           'The peer went through all captures in one run: what has a threshold by source alerts only in '
           'the first capture of that source' + (f'; and of one packet it reports 15 alerts, those of '
           f'the rules that are absent here among them. *Settled* are pairs of which neither can be the '
           f'reason: the source met the rule in one capture, and our alerts of the packet are at most '
           f'{few}.' if few else '. *Settled* are pairs of which that cannot be the reason.') +
           f' Precision of the settled: **{percent(len(sure & both), len(sure))}** of {len(sure)}.' + (
               f' *Left* are the extra of those, without what may have been cut in a later packet, in which '
               f'the peer looks at the same thing: it keeps the first 15 in the order of the rules, and of '
               f'{len(sure & extra) - len(left)} such a packet holds {few} or more of the rules that are here, '
               f'all of them in front. With these, precision is **{percent(len(sure) - len(left), len(sure))}**.'
               if few else '')]
    if ours_alone:
        out.append(f'Left out: {ours_alone} pairs of ours in captures whose interfaces differ in link type or '
                   f'snapshot length. We read these; libpcap, and with it the peer, does not.')
    count = {name: collections.Counter(kinds.get(k[1], '?') for k in keys)
             for name, keys in (('e', expected), ('g', got), ('b', both), ('m', missing), ('s', sure),
                                ('x', sure & extra), ('l', left))}
    rows, taken = [], ()
    for name, group in [*GROUPS.items(), ('all', None), *((k, (k,)) for k in sorted(set(count['e']) | set(count['g'])))]:
        taken += group if name in GROUPS else ()
        of = taken if name in GROUPS else group
        e, g, b, m, s, x, r = (sum(n for k, n in count[c].items() if of is None or k in of) for c in 'egbmsxl')
        rows.append((name, e, percent(b, e), m, percent(b, g), g - b, s, x, percent(s - x, s)) +
                    ((r,) if few else ()))
    out.append(table(('about', 'pairs', 'recall', 'missing', 'precision', 'extra', 'settled',
                      'extra of those', 'precision of those') + (('left',) if few else ()), rows))
    rows = []
    for what, pairs in (('missing', missing), ('extra', left)):
        by_sid = collections.defaultdict(list)
        for capture, sid in pairs:
            by_sid[sid].append(capture)
        rows += [(kinds.get(sid, '?'), what, sid, len(where), min(where)) for sid, where in by_sid.items()]
    rows.sort(key=lambda r: (-r[3], r[0], r[1], r[2]))
    if rows:
        out.append(table(('about', 'what', 'signature', 'captures', 'for instance'), rows[:most], 2))
    if len(rows) > most:
        out.append(f'And {len(rows) - most} more rows, {sum(r[3] for r in rows[most:])} pairs.')
    return '\n\n'.join(out)


# --- event records

def records(by_type, fields, most=60):
    """by_type: as eve_parity.py --json; fields: [(how often, 'type.field')] that differ."""
    head = ('type', 'captures', 'equal count', 'records of the peer', 'ours', 'equal fields',
            'whole records')
    row = lambda t, r: (t, r['captures'], percent(r['count_equal'], r['captures']), r['peer'],  # noqa: E731
                        r['ours'], percent(r['same'], r['fields']), percent(r['whole'], r['peer']))
    rows = [row(t, r) for t, r in sorted(by_type.items(), key=lambda x: (-x[1]['peer'], x[0]))]
    total = collections.Counter()
    for t, r in by_type.items():
        if t != 'flow':
            total.update(r)
    rows.append(row('all but flow', total))
    out = [table(head, rows)]
    fields = sorted(fields, key=lambda f: (-f[0], f[1]))[:most]
    out.append('Fields that differ, and in how many records:\n\n' +
               table(('field', 'records'), [(f, n) for n, f in fields]))
    return '\n\n'.join(out)


# --- conformance

def failure_kind(test):
    """Why a test fails, as far as a program can tell."""
    m = re.search(r'(unknown (?:protocol|keyword)[^:;]*: ?[\w.:-]+)', test.get('stderr') or '')
    if m:
        return m.group(1)
    if test.get('crash') or test.get('timeout'):
        return 'crash or timeout'
    bad = [c for c in test['checks'] if c['result'] == 'fail']
    have = test.get('emitted', {})
    for c in bad:
        if c['type'] not in (None, '', 'alert') and c['type'] not in have:
            return f'no record of type {c["type"]}'
    for c in bad:
        if c['type'] == 'alert':
            got, want = c.get('got') or 0, c.get('count')
            few = isinstance(want, int) and got < want
            return 'alert missing' if few else 'alert too many'
    if bad:
        return f'{bad[0]["type"] or "other"}: field or count differs'
    return 'exit status'


def conformance(title, run):
    """run: as verify.py --json."""
    head = ('group', 'tests', 'pass', 'rate', 'above null', 'rate above null')
    rows = [(g, s['n'], s['pass'], percent(s['pass'], s['n']), f'{s["above_null"]} of {s["n_above_null"]}',
             percent(s['above_null'], s['n_above_null']))
            for g, s in run['summary']['groups'].items() if s['n']]
    checks = collections.defaultdict(collections.Counter)
    failures = collections.defaultdict(list)
    for t in run['tests']:
        for c in t['checks']:
            checks[c['type'] or 'other'].update([c['result']])
        if t['status'] != 'pass':
            failures[failure_kind(t)].append(t['name'])
    out = [f'### {title}', table(head, rows), table(
        ('checks of event type', 'checks', 'pass', 'rate'),
        [(k, sum(c.values()), c['pass'], percent(c['pass'], sum(c.values())))
         for k, c in sorted(checks.items(), key=lambda x: (-sum(x[1].values()), x[0]))])]
    if failures:
        out.append(table(('what fails', 'tests', 'for instance'),
                         [(k, len(v), ', '.join(sorted(v)[:2])) for k, v in
                          sorted(failures.items(), key=lambda x: (-len(x[1]), x[0]))]))
    return '\n\n'.join(out)
