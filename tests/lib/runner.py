# SPDX-License-Identifier: Apache-2.0
"""Runs the suites that tests/run has prepared and counts their tests.

The suites `unit` and `asan` are meson's tests in build/ and build-asan/. Every other suite is a
folder under tests/: each executable file directly in it is a test. Such a test

- exits 0 (passed), 77 (skipped; its last line says why) or otherwise (failed), or
- prints lines `ok NAME ...`, `FAIL NAME reason`, `skip NAME reason`, each counted as one test;
  a nonzero exit without any FAIL line counts as one failure more.

It finds in its environment: SEKISHO_TOP (the repository), SEKISHO_BUILD (build/),
SEKISHO_BUILD_FAULT (build-fault/, the build with fault injection), SEKISHO_LOG (a folder for its
own logs). A line `timeout_s: N` among its first 30 lines changes the limit of 300 s. Whatever it
leaves running in its own process group is killed.
"""
import argparse
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time

TOP = os.environ['TOP']
BUILD = os.path.join(TOP, 'build')
LOGS = os.path.join(BUILD, 'test-logs')
MESON_DIRS = {'unit': 'build', 'asan': 'build-asan'}


class Count:
    def __init__(self):
        self.n = {'ok': 0, 'FAIL': 0, 'skip': 0}
        self.failed = []

    def add(self, result, name, seconds, reason=''):
        self.n[result] += 1
        if result == 'FAIL':
            self.failed.append(name)
        print(f'{result} {name} ({seconds:.1f} s) {reason}'.rstrip(), flush=True)


def meson_program():
    return '/usr/bin/meson' if os.access('/usr/bin/meson', os.X_OK) else 'meson'


def meson_names(suite):
    """[(name as shown, name for meson)] of the tests of a build directory."""
    d = os.path.join(TOP, MESON_DIRS[suite])
    out = subprocess.run([meson_program(), 'introspect', '--tests', d], check=True,
                         capture_output=True, text=True).stdout
    return [(f'{suite}/{t["name"]}', t['name']) for t in json.loads(out)]


def run_meson(suite, text, count):
    d = os.path.join(TOP, MESON_DIRS[suite])
    names = [n for shown, n in meson_names(suite) if text in shown]
    if not names:
        return
    env = dict(os.environ, SEKISHO_TOP=TOP, SEKISHO_BUILD=d,
               UBSAN_OPTIONS='halt_on_error=1:print_stacktrace=1',
               ASAN_OPTIONS='detect_leaks=1:allocator_may_return_null=1')
    log = os.path.join(d, 'meson-logs', 'testlog.json')
    if os.path.exists(log):
        os.unlink(log)
    with open(os.path.join(LOGS, f'{suite}.log'), 'w') as f:
        # Under the sanitizers everything takes several times as long.
        rc = subprocess.run([meson_program(), 'test', '-C', d, '--no-rebuild', '--print-errorlogs',
                             '--timeout-multiplier', '4' if suite == 'asan' else '1', *names],
                            stdout=f, stderr=subprocess.STDOUT, env=env).returncode
    if not os.path.exists(log):
        count.add('FAIL', suite, 0, f'meson test ended with {rc} and no results: '
                  f'build/test-logs/{suite}.log')
        return
    seen = set()
    with open(log) as f:
        for line in f:
            t = json.loads(line)
            name = t['name'].split(' / ')[-1].split(':')[-1]
            seen.add(name)
            shown = f'{suite}/{name}'
            if t['result'] in ('OK', 'EXPECTEDFAIL'):
                count.add('ok', shown, t['duration'])
            elif t['result'] == 'SKIP':
                count.add('skip', shown, t['duration'], last_line(t.get('stdout', '')))
            else:
                count.add('FAIL', shown, t['duration'],
                          f'{t["result"].lower()}, exit {t["returncode"]}: '
                          f'build/test-logs/{suite}.log')
    for name in sorted(set(names) - seen):
        count.add('FAIL', f'{suite}/{name}', 0, 'did not run')


def last_line(text):
    lines = [s.strip() for s in text.splitlines() if s.strip()]
    return lines[-1] if lines else 'no reason given'


def script_tests(suite):
    d = os.path.join(TOP, 'tests', suite)
    if not os.path.isdir(d):
        return []
    paths = [os.path.join(d, f) for f in sorted(os.listdir(d))]
    return [(f'{suite}/{os.path.basename(p)}', p) for p in paths
            if os.path.isfile(p) and os.access(p, os.X_OK)]


def time_limit(path):
    with open(path, errors='replace') as f:
        m = re.search(r'timeout_s: (\d+)', ''.join(f.readline() for _ in range(30)))
    return int(m.group(1)) if m else 300


def run_script(shown, path, count):
    safe = shown.replace('/', '-')
    logdir = os.path.join(LOGS, safe)
    os.makedirs(logdir, exist_ok=True)
    log = os.path.join(LOGS, safe + '.log')
    env = dict(os.environ, SEKISHO_TOP=TOP, SEKISHO_BUILD=BUILD,
               SEKISHO_BUILD_FAULT=os.path.join(TOP, 'build-fault'), SEKISHO_LOG=logdir)
    start = last = time.monotonic()
    limit = time_limit(path)
    counted = failed = 0
    tail = ''
    with open(log, 'wb') as f:
        p = subprocess.Popen([path], stdout=subprocess.PIPE, stderr=f, stdin=subprocess.DEVNULL,
                             env=env, cwd=TOP, start_new_session=True)
        sel = selectors.DefaultSelector()
        sel.register(p.stdout, selectors.EVENT_READ)
        timed_out = False
        part = b''
        while True:
            if not sel.select(max(0, start + limit - time.monotonic())):
                timed_out = True
                break
            data = os.read(p.stdout.fileno(), 65536)
            if not data:
                break
            f.write(data)
            f.flush()
            *lines, part = (part + data).split(b'\n')
            for line in lines:
                text = line.decode(errors='replace').rstrip()
                tail = text or tail
                m = re.match(r'(ok|FAIL|skip) (\S+) ?(.*)', text)
                if m:
                    now = time.monotonic()
                    counted += 1
                    failed += m.group(1) == 'FAIL'
                    count.add(m.group(1), f'{shown}/{m.group(2)}', now - last, m.group(3))
                    last = now
        if timed_out:
            # The test may want to clean up its namespaces: ask first.
            p.terminate()
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        rc = p.wait()
    seconds = time.monotonic() - start
    where = f'build/test-logs/{safe}.log'
    if timed_out:
        count.add('FAIL', shown, seconds, f'over its limit of {limit} s: {where}')
    elif rc == 77 and not counted:
        count.add('skip', shown, seconds, tail or 'no reason given')
    elif rc not in (0, 77) and not failed:
        count.add('FAIL', shown, seconds, f'exit {rc}: {tail}: {where}')
    elif not counted:
        count.add('ok', shown, seconds)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('-k', default='')
    ap.add_argument('--list', action='store_true')
    ap.add_argument('suites', nargs='+')
    a = ap.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    count = Count()
    for suite in a.suites:
        if suite in MESON_DIRS:
            if a.list:
                print(*[s for s, _ in meson_names(suite) if a.k in s], sep='\n')
            else:
                run_meson(suite, a.k, count)
            continue
        for shown, path in script_tests(suite):
            if a.k not in shown:
                continue
            if a.list:
                print(shown)
            else:
                run_script(shown, path, count)
    if a.list:
        return 0
    if count.failed:
        print('failed:', ' '.join(count.failed))
    n = count.n
    print(f'{n["ok"]} passed, {n["FAIL"]} failed, {n["skip"]} skipped')
    return 1 if n['FAIL'] else 0


if __name__ == '__main__':
    sys.exit(main())
