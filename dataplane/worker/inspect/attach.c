/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#define ATTEMPT_VAR "SEKISHO_ATTACH_ATTEMPT"

/**
 * A secondary must map the shared memory where the primary has it. Address randomisation may have put
 * something else there; the next start of the program has other addresses.
 */
static int again(char **argv)
{
	const char *v = getenv(ATTEMPT_VAR);
	int n = v ? atoi(v) : 0;
	char next[16];

	if (n >= 2) {
		in_log("error", "attach_failed", "error=\"%s\" hint=\"is sekisho-guard running with the same "
			"huge pages?\"", rte_strerror(rte_errno));
		return -EIO;
	}
	snprintf(next, sizeof(next), "%d", n + 1);
	setenv(ATTEMPT_VAR, next, 1);
	in_log("warning", "attach_again", "attempt=%d error=\"%s\"", n + 1, rte_strerror(rte_errno));
	execv("/proc/self/exe", argv);
	return -errno;
}

int in_attach(const struct dp_seg *seg, const struct in_options *o, char **argv)
{
	char prefix[96], huge[160], lcores[512], allow[2 * DP_MAX_WIRES][48];
	char *args[16 + 2 * DP_MAX_WIRES];
	int n = 0;

	snprintf(prefix, sizeof(prefix), "--file-prefix=%s", seg->file_prefix);
	snprintf(huge, sizeof(huge), "--huge-dir=%s", seg->huge_dir);
	dp_nic_lcores(lcores, sizeof(lcores), NULL);
	args[n++] = argv[0];
	args[n++] = (char *)"--proc-type=secondary";
	args[n++] = prefix;
	args[n++] = lcores;
	args[n++] = (char *)"--no-telemetry";
	args[n++] = (char *)(o->quiet ? "--log-level=error" : "--log-level=notice");
	if (seg->huge_dir[0] != 0)
		args[n++] = huge;
	if (seg->n_pci == 0)
		args[n++] = (char *)"--no-pci";
	for (unsigned i = 0; i < seg->n_pci && i < 2 * DP_MAX_WIRES; i++) {
		snprintf(allow[i], sizeof(allow[i]), "--allow=%s", seg->pci[i]);
		args[n++] = allow[i];
	}
	args[n] = NULL;
	if (rte_eal_init(n, args) < 0)
		return again(argv);
	unsetenv(ATTEMPT_VAR);
	for (unsigned w = 0; w < seg->n_wires; w++) {
		for (unsigned side = 0; side < 2; side++) {
			uint16_t id;

			if (rte_eth_dev_get_port_by_name(seg->wire[w].port[side].name, &id) == 0)
				continue;
			in_log("error", "port_missing", "port=%s driver=%s hint=\"its driver did not "
				"attach in this process\"", seg->wire[w].port[side].name,
					seg->wire[w].port[side].driver);
			return -ENODEV;
		}
	}
	return 0;
}

void in_leave_ipc(void)
{
	for (int fd = 3; fd < 1024; fd++) {
		struct sockaddr_un a = {0};
		socklen_t n = sizeof(a) - 1;

		if (getsockname(fd, (struct sockaddr *)&a, &n) == 0 && a.sun_family == AF_UNIX &&
				strstr(a.sun_path, "/mp_socket") != NULL)
			close(fd);
	}
}

void in_ports_map(struct dp_seg *seg)
{
	for (unsigned w = 0; w < seg->n_wires; w++) {
		for (unsigned side = 0; side < 2; side++) {
			const struct dp_seg_port *p = &seg->wire[w].port[side];
			struct rte_eth_link link;
			uint16_t id;

			// net_memif maps its peer's memory when it is asked for the link; a forked worker
			// could not, having no thread to receive the descriptors.
			if (strcmp(p->driver, "net_memif") == 0 && p->link_up &&
					rte_eth_dev_get_port_by_name(p->name, &id) == 0)
				rte_eth_link_get_nowait(id, &link);
		}
	}
}
