# SPDX-License-Identifier: Apache-2.0
"""The packet account of a stats record: what was received went somewhere."""


def closed(stats):
    ips = stats['ips']
    return stats['decoder']['pkts'] == ips['accepted'] + ips['blocked']
