# SPDX-License-Identifier: Apache-2.0
"""The four programs on two net_tap ports, each with its own run directory and DPDK prefix, so that
several appliances live on one machine."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time

from netns import run, wait_for

PAGES = 96  # of 2 MiB, for one appliance of a test


def huge_pages():
    """Make sure that PAGES are free; a mount for them is the caller's. Returns an undo function,
    or None when the kernel gives none."""
    path = '/proc/sys/vm/nr_hugepages'
    if not os.path.exists('/sys/kernel/mm/hugepages/hugepages-2048kB'):
        return None

    def free():
        with open('/proc/meminfo') as f:
            return next(int(s.split()[1]) for s in f if s.startswith('HugePages_Free'))

    with open(path) as f:
        before = int(f.read())
    if free() >= PAGES:
        return lambda: None
    with open(path, 'w') as f:
        f.write(str(before + PAGES - free()))
    if free() < PAGES:
        with open(path, 'w') as f:
            f.write(str(before))
        return None

    def undo():
        with open(path) as f:
            now = int(f.read())
        with open(path, 'w') as f:
            f.write(str(max(before, now - PAGES)))
    return undo


class Appliance:
    def __init__(self, build, directory, interfaces, mtu, rules, workers=1, guard_args=(),
                 inspect=True, control=True, control_args=()):
        self.bin = os.path.join(build, 'bin')
        if not os.path.isdir(self.bin):
            self.bin = build
        self.dir = directory
        self.interfaces = interfaces
        self.mtu = mtu
        self.rules = rules
        self.workers = workers
        self.guard_args = guard_args
        self.control_args = control_args
        self.with_inspect, self.with_control = inspect, control
        self.run_dir = os.path.join(directory, 'run')
        self.state_dir = os.path.join(directory, 'state')
        self.log_dir = os.path.join(directory, 'log')
        self.eve = os.path.join(self.log_dir, 'eve.json')
        self.procs = {}
        self.undo_pages = None
        self.generation = 0

    # --- processes

    def program(self, name):
        """Where a build keeps it: bin/ of a release tree, its room's folder in any other."""
        for root in (self.bin, os.path.dirname(self.bin)):
            path = os.path.join(root, name)
            if os.access(path, os.X_OK) and os.path.isfile(path):
                return path
        build = self.bin if os.path.basename(self.bin) != 'bin' else os.path.dirname(self.bin)
        for d, _, files in os.walk(build):
            if name in files and os.access(os.path.join(d, name), os.X_OK):
                return os.path.join(d, name)
        raise RuntimeError(f'{name} is not built in {build}')

    def spawn(self, name, *argv):
        with open(os.path.join(self.log_dir, name + '.log'), 'ab') as log:
            p = subprocess.Popen([self.program(name), *argv], stdin=subprocess.DEVNULL, stdout=log,
                                 stderr=log, start_new_session=True)
        self.procs[name] = p
        return p

    def start(self):
        for d in (self.run_dir, self.state_dir, self.log_dir):
            os.makedirs(d, exist_ok=True)
        self.undo_pages = huge_pages()
        if self.undo_pages is None:
            print('no huge pages to be had', flush=True)
            raise SystemExit(77)
        self.huge_dir = os.path.join(self.dir, 'huge')
        os.makedirs(self.huge_dir)
        run('mount', '-t', 'hugetlbfs', '-o', 'pagesize=2M', 'sekisho-test', self.huge_dir)
        self.start_guard()
        if self.with_control:
            self.start_control()
        if self.with_inspect:
            self.start_inspect()
        for layer, text in self.rules.items():
            self.activate(layer, text)

    def start_guard(self):
        p = self.spawn('sekisho-guard', '--run-dir', self.run_dir, '--state-dir', self.state_dir,
                       '--file-prefix', f'skt{os.getpid()}', '--huge-dir', self.huge_dir, '--quiet',
                       '--vdev', f'net_tap0,iface={self.interfaces[0]}',
                       '--vdev', f'net_tap1,iface={self.interfaces[1]}',
                       '--wire', 'wire0=net_tap0,net_tap1', '--workers', str(self.workers),
                       '--mtu', str(max(self.mtu, 1500)), *self.guard_args)
        self.wait('the guard', lambda: os.path.exists(os.path.join(self.run_dir, 'segment')), p)

    def start_inspect(self):
        p = self.spawn('sekisho-inspect', '--run-dir', self.run_dir)
        self.wait('a worker that inspects', self.inspecting, p)

    def start_control(self):
        p = self.spawn('sekishod', '--run-dir', self.run_dir, '--state-dir', self.state_dir,
                       '--log-dir', self.log_dir, *self.control_args)
        self.wait('control', lambda: self.cli_try('status').returncode == 0, p)

    def wait(self, what, probe, p, timeout_s=20):
        def either():
            if p.poll() is not None:
                raise RuntimeError(f'{p.args[0]} ended with {p.returncode}: {self.tail(p)}')
            return probe()
        return wait_for(what, either, timeout_s)

    def tail(self, p):
        name = os.path.basename(p.args[0])
        with contextlib.suppress(OSError), \
                open(os.path.join(self.log_dir, name + '.log'), errors='replace') as f:
            return ' | '.join(f.read().strip().splitlines()[-4:])
        return ''

    def stop(self):
        for name in ('sekishod', 'sekisho-inspect', 'sekisho-guard'):
            p = self.procs.pop(name, None)
            if p is None:
                continue
            p.terminate()
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                pass
            with contextlib.suppress(ProcessLookupError):
                os.killpg(p.pid, signal.SIGKILL)
            p.wait()
        if getattr(self, 'huge_dir', None):
            run('umount', self.huge_dir, check=False)
        shutil.rmtree(f'/var/run/dpdk/skt{os.getpid()}', ignore_errors=True)
        if self.undo_pages:
            self.undo_pages()
            self.undo_pages = None

    def keep_logs(self):
        """The test's directory goes; what explains a failure stays with the test's logs."""
        to = os.environ.get('SEKISHO_LOG')
        if to and os.path.isdir(self.log_dir):
            shutil.copytree(self.log_dir, to, dirs_exist_ok=True)

    # --- the command line

    def cli_try(self, *words, timeout_s=60):
        env = dict(os.environ, SEKISHO_RUN_DIR=self.run_dir)
        return subprocess.run([self.program('sekisho'), *words], capture_output=True, text=True,
                              timeout=timeout_s, env=env)

    def cli(self, *words):
        p = self.cli_try(*words)
        if p.returncode != 0:
            raise RuntimeError(f'sekisho {" ".join(words)}: exit {p.returncode}: '
                               f'{p.stderr.strip()[-400:]}')
        return p.stdout

    def cli_json(self, *words):
        return json.loads(self.cli(*words, '--json'))

    def activate(self, layer, text):
        """Signatures as text into a layer; returns the seconds until every worker ran them."""
        self.generation += 1
        path = os.path.join(self.dir, f'{layer}-{self.generation}.rules')
        with open(path, 'w') as f:
            f.write(text)
        return self.activate_image(layer, path)

    def activate_image(self, layer, path):
        t = time.monotonic()
        self.cli('rules', 'activate', '--layer', layer, path)
        return time.monotonic() - t

    # --- what it tells

    def status(self):
        return self.cli_json('status')

    def guard(self, command):
        """One command on the guard's own socket, which works without control."""
        with socket.socket(socket.AF_UNIX) as c:
            c.settimeout(10)
            c.connect(os.path.join(self.run_dir, 'guard.sock'))
            c.sendall(command.encode() + b'\n')
            with c.makefile() as f:
                answer = json.loads(f.readline())
        if not answer.get('ok'):
            raise RuntimeError(f'guard: {command}: {answer.get("error")}')
        return answer

    def inspecting(self):
        return all(s['owner'] == 'worker' for s in self.guard('status')['slots'])

    def account(self):
        """Packets: (received, {reason: packets}) over all slots, wires and sides."""
        rx, reasons = 0, {}
        for slot in self.guard('status')['slots']:
            for lane in slot['lanes']:
                for who in ('worker', 'guard'):
                    rx += lane[who]['rx_pkts']
                    for reason, n in lane[who]['reasons'].items():
                        reasons[reason] = reasons.get(reason, 0) + n
        return rx, reasons

    def account_closed(self):
        """A sentence when received = forwarded + dropped + held at this moment, else None."""
        rx, reasons = self.account()
        if rx != sum(reasons.values()):
            return None
        return f'{rx} packets received, ' + ', '.join(f'{n} {r}' for r, n in sorted(reasons.items()))

    def wait_event(self, match, timeout_s=10):
        """The first event in eve.json, from its beginning, that `match` accepts."""
        def look():
            with contextlib.suppress(FileNotFoundError), open(self.eve) as f:
                for line in f:
                    if line.endswith('\n'):
                        e = json.loads(line)
                        if match(e):
                            return e
            return None
        return wait_for('an event', look, timeout_s)

    def memory_kb(self):
        """Private and shared memory of the three programs and all workers, in KiB."""
        total = 0
        sids = {p.pid for p in self.procs.values()}
        for pid in filter(str.isdigit, os.listdir('/proc')):
            with contextlib.suppress(OSError, ValueError, StopIteration):
                with open(f'/proc/{pid}/stat') as f:
                    if int(f.read().rsplit(')', 1)[1].split()[3]) not in sids:
                        continue
                with open(f'/proc/{pid}/smaps_rollup') as f:
                    total += next(int(s.split()[1]) for s in f if s.startswith('Pss:'))
        return total
