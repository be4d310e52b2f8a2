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


def why(pair, extra, counting, crowded):
    """What of the set-up explains a difference; the rest is about signatures."""
    if extra and pair[1] in counting:
        return 'threshold'
    if pair[0] in crowded:
        return 'alert limit'
    return 'other'


def alerts(expected, got, kinds, counting, crowded, most=40):
    """expected, got: {(capture, sid): count}; counting: signatures with thresholds; crowded: captures
    with a packet that has as many alerts as there may be."""
    both = set(expected) & set(got)
    off = {'missing': {k: why(k, False, counting, crowded) for k in set(expected) - both},
           'extra': {k: why(k, True, counting, crowded) for k in set(got) - both}}
    other = {what: [k for k, r in pairs.items() if r == 'other'] for what, pairs in off.items()}
    n = len(both)
    out = [f'{len(expected)} pairs of capture and signature: recall **{percent(n, len(expected))}**, '
           f'precision **{percent(n, len(got))}**, equal counts '
           f'{sum(expected[k] == got[k] for k in both)} of {n}.',
           f'The peer went through all captures in one run, so that a signature with a threshold alerts '
           f'only in the first of those from one address; and of one packet it reports 15 alerts. An '
           f'extra of such a signature, and a difference in a capture that has such a packet, says '
           f'nothing about us. Without those: recall **{percent(n, n + len(other["missing"]))}**, '
           f'precision **{percent(n, n + len(other["extra"]))}**.']
    count = {name: collections.Counter(kinds.get(k[1], '?') for k in keys)
             for name, keys in (('e', expected), ('g', got), ('b', both), *other.items())}
    rows = []
    for kind in sorted(set(count['e']) | set(count['g'])):
        e, g, b, missing, extra = (count[c][kind] for c in ('e', 'g', 'b', 'missing', 'extra'))
        rows.append((kind, e, percent(b, e), percent(b, g), e - b, missing, g - b, extra))
    out.append(table(('about', 'pairs', 'recall', 'precision', 'missing', 'not explained', 'extra',
                      'not explained'), rows))
    rows = []
    for what, pairs in off.items():
        by_sid = collections.defaultdict(list)
        for k, reason in pairs.items():
            by_sid[k[1], reason].append(k[0])
        rows += [(kinds.get(sid, '?'), what, reason, sid, len(where), min(where))
                 for (sid, reason), where in by_sid.items()]
    rows.sort(key=lambda r: (r[2] != 'other', -r[4], r[0], r[1], r[3], r[2]))
    if rows:
        out.append(table(('about', 'what', 'reason', 'signature', 'captures', 'for instance'),
                         rows[:most], 3))
    if len(rows) > most:
        out.append(f'And {len(rows) - most} more rows, {sum(r[4] for r in rows[most:])} pairs.')
    return '\n\n'.join(out)


def rules_that_count(text):
    """Numbers of the signatures whose alerts depend on how often they matched."""
    return {int(m.group(1)) for m in (re.search(r'[ (;]sid:\s*(\d+)', x) for x in text
                                      if re.search(r'[ (;](threshold|detection_filter)\s*:', x)) if m}


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
