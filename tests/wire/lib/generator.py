# SPDX-License-Identifier: Apache-2.0
"""A packet generator on two net_memif ports: dpdk-testpmd, whose packets circle through itself and the
wire as fast as both let them. Counts every packet, so that one lost is one seen."""
import os
import re
import shutil
import subprocess
import threading

from netns import wait_for

BURST = 32


def available():
    return shutil.which('dpdk-testpmd') is not None


class Generator:
    def __init__(self, directory):
        self.socket = os.path.join(directory, 'memif.sock')
        self.log = os.path.join(directory, 'testpmd.log')
        self.p = None
        self.out = []

    def vdevs(self, role):
        return [f'net_memif{i},role={role},id={i},socket={self.socket},socket-abstract=no'
                for i in range(2)]

    def guard_args(self, wire):
        """What the guard is started with, so that the generator finds a wire to send through."""
        args = []
        for v in self.vdevs('server'):
            args += ['--vdev', v]
        return (*args, '--wire', f'{wire}=net_memif0,net_memif1')

    def start(self, bursts=32):
        """`bursts` of 32 packets circle each way; the rings have room for 1,024."""
        cpus = ','.join(map(str, sorted(os.sched_getaffinity(0))))
        eal = ['--lcores', f'0@({cpus}),1@({cpus})', '--no-shconf', '--no-huge', '-m', '128',
               '--no-pci', '--no-telemetry', '--log-level', 'error']
        for v in self.vdevs('client'):
            eal += ['--vdev', v]
        with open(self.log, 'ab') as log:
            self.p = subprocess.Popen(
                ['stdbuf', '-oL', 'dpdk-testpmd', *eal, '--', '-i', '--forward-mode=io', '--total-num-mbufs=8192'],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        wait_for('both ports of the generator', self._connected, 20)
        self.command(f'start tx_first {bursts}')
        wait_for('packets to come back', lambda: self.counts()[1] > 10 * BURST * bursts, 20)

    def _read(self):
        for line in self.p.stdout:
            self.out.append(line)

    def command(self, text):
        """Its answer, up to the prompt that an unknown command makes it print."""
        at = len(self.out)
        self.p.stdin.write(f'{text}\nend-of-answer\n')
        self.p.stdin.flush()

        def answer():
            got = ''.join(self.out[at:])
            return got if re.search(r'Bad arguments|Command not found', got) else None
        return wait_for(f'an answer to {text!r}', answer, 20)

    def _connected(self):
        return self.command('show port info all').count('Link status: up') == 2

    def counts(self):
        """(sent, received, not accepted by the port) of both ports since the start."""
        text = self.command('show port stats all')
        return tuple(sum(int(n) for n in re.findall(rf'{word}: +(\d+)', text))
                     for word in ('TX-packets', 'RX-packets', 'TX-errors'))

    def finish(self):
        """Stop sending, take in what is still under way, and count."""
        self.command('stop')
        self.command('set fwd rxonly')
        self.command('start')
        was = None

        def settled():
            nonlocal was
            now = self.counts()
            same, was = now == was, now
            return now if same else None
        total = wait_for('the last packets', settled)
        self.close()
        return total

    def close(self):
        if self.p is not None and self.p.poll() is None:
            self.p.kill()
            self.p.wait()
