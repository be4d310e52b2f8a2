# SPDX-License-Identifier: Apache-2.0
"""A wire between two namespaces with the real appliance on it, and the frame of a wire test.

    from wire import wire, check, finish

    with wire(rules={'vendor': 'alert ...'}) as w:
        with check('http'):
            w.inside.cmd('curl', ...)
    finish()

`check(name)` prints one `ok|FAIL name reason` line; finish() ends with the exit status.
"""
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance  # noqa: E402
from netns import Netns, RawPort, TaggedPort, run, wait_for  # noqa: E402,F401

TOP = os.environ.get('SEKISHO_TOP') or os.path.abspath(
    os.path.join(os.path.dirname(__file__), '../../..'))
BUILD = os.environ.get('SEKISHO_BUILD') or os.path.join(TOP, 'build')
SKIP = 77

INSIDE4, OUTSIDE4 = '10.77.0.1', '10.77.0.2'
INSIDE6, OUTSIDE6 = 'fd77::1', 'fd77::2'
# For tests of enforcement: a worker that gets no processor for a moment is not taken for stuck.
PATIENT = ('--stall', '500', '--hang', '5000')

_failed = []
_count = 0


def skip(reason):
    print(reason, flush=True)
    sys.exit(SKIP)


@contextlib.contextmanager
def check(name):
    """One counted check: whatever is raised inside is its failure. `note` collects figures."""
    global _count
    _count += 1
    note = []
    try:
        yield note
    except Exception as e:
        _failed.append(name)
        traceback.print_exc()
        print(f'FAIL {name} {type(e).__name__}: {str(e)[:300]}'.replace('\n', ' '), flush=True)
    else:
        print(f'ok {name} {" ".join(note)}'.rstrip(), flush=True)


def finish():
    if not _count:
        print('no check ran', flush=True)
    sys.exit(1 if _failed or not _count else 0)


# The runner ends a test that takes too long with SIGTERM: unwind, so that nothing stays behind.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def need_root():
    if os.geteuid() != 0:
        skip('needs root for namespaces and tap devices')
    if not os.path.exists('/dev/net/tun'):
        skip('needs /dev/net/tun')
    probe = run('ip', 'netns', 'list', check=False)
    if probe.returncode != 0:
        skip('network namespaces are not available: ' + probe.stdout.strip())


class Wire:
    """Two namespaces, one interface in each, and the appliance between them."""

    def __init__(self, rules=None, mtu=1500, build=None, **options):
        self.stack = contextlib.ExitStack()
        self.mtu = mtu
        self.rules = rules or {}
        self.build = build or BUILD
        self.options = options

    def __enter__(self):
        need_root()
        s = self.stack
        try:
            tag = f'{os.getpid():x}'
            self.dir = tempfile.mkdtemp(prefix='sekisho-wire-')
            s.callback(shutil.rmtree, self.dir, ignore_errors=True)
            self.inside = Netns(f'skw-{tag}-in')
            s.callback(self.inside.close)
            self.outside = Netns(f'skw-{tag}-out')
            s.callback(self.outside.close)
            self.if_in, self.if_out = f'ski{tag}'[-15:], f'sko{tag}'[-15:]
            self.app = Appliance(self.build, self.dir, (self.if_in, self.if_out), self.mtu,
                                 self.rules, **self.options)
            s.callback(self.app.keep_logs)
            s.callback(self.app.stop)
            self.app.start()
            self._plug(self.inside, self.if_in, INSIDE4, INSIDE6)
            self._plug(self.outside, self.if_out, OUTSIDE4, OUTSIDE6)
            self._await_traffic()
        except BaseException:
            s.close()
            raise
        return self

    def __exit__(self, *exc):
        self.stack.close()

    def _plug(self, ns, ifname, v4, v6):
        run('ip', 'link', 'set', ifname, 'netns', ns.name)
        ns.sysctl('net.ipv6.conf.all.accept_dad', 0)
        ns.sysctl('net.ipv6.conf.default.accept_dad', 0)
        ns.sysctl(f'net.ipv6.conf.{ifname}.accept_dad', 0)
        ns.sysctl(f'net.ipv6.conf.{ifname}.router_solicitations', 0)
        ns.cmd('ip', 'link', 'set', ifname, 'mtu', str(self.mtu), 'up')
        ns.cmd('ip', 'addr', 'add', f'{v4}/24', 'dev', ifname)
        ns.cmd('ip', 'addr', 'add', f'{v6}/64', 'dev', ifname, 'nodad')

    def _await_traffic(self):
        wait_for('a ping through the wire', lambda: self.inside.cmd(
            'ping', '-c1', '-W1', OUTSIDE4, check=False).returncode == 0, 20)

    def tagged(self, tags, v4=('10.78.0.1', '10.78.0.2'), v6=('fd78::1', 'fd78::2')):
        """Tap interfaces whose traffic crosses the wire under `tags`; closed with the wire."""
        for ns, lower, a, b in ((self.inside, self.if_in, v4[0], v6[0]),
                                (self.outside, self.if_out, v4[1], v6[1])):
            name = 'tag' + lower[3:]
            port = TaggedPort(ns, lower, name, tags)
            self.stack.callback(port.close)
            ns.cmd('ip', 'link', 'set', name, 'mtu', '1400', 'up')
            ns.cmd('ip', 'addr', 'add', f'{a}/24', 'dev', name)
            ns.cmd('ip', 'addr', 'add', f'{b}/64', 'dev', name, 'nodad')

    def nginx(self, ns, addresses, files):
        """nginx in `ns` on port 80 of `addresses`, serving `files` {name: bytes}."""
        root = os.path.join(self.dir, f'www-{ns.name}')
        os.makedirs(root, exist_ok=True)
        os.chmod(self.dir, 0o755)
        for name, data in files.items():
            with open(os.path.join(root, name), 'wb') as f:
                f.write(data)
        listen = ''.join(f'listen {a}:80;' for a in addresses)
        conf = os.path.join(self.dir, f'nginx-{ns.name}.conf')
        with open(conf, 'w') as f:
            f.write(f'daemon off; master_process off; pid {conf}.pid; error_log {conf}.err;'
                    'events { worker_connections 256; }'
                    f'http {{ access_log {conf}.log; client_body_temp_path {root}/.b;'
                    f'proxy_temp_path {root}/.p; fastcgi_temp_path {root}/.f;'
                    f'uwsgi_temp_path {root}/.u; scgi_temp_path {root}/.s;'
                    f'server {{ {listen} root {root}; }} }}')
        p = ns.popen('nginx', '-c', conf, '-p', self.dir)
        self.stack.callback(p.wait)
        self.stack.callback(p.kill)
        wait_for('nginx', lambda: self._listens(ns, 80))
        return p

    @staticmethod
    def _listens(ns, port, kind='t'):
        return ns.cmd('ss', f'-Hln{kind}', f'sport = :{port}').stdout.strip()

    def raw_ports(self):
        a, b = RawPort(self.inside, self.if_in), RawPort(self.outside, self.if_out)
        self.stack.callback(a.close)
        self.stack.callback(b.close)
        return a, b


def wire(**kw):
    return Wire(**kw)
