/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static int usage(FILE *to)
{
	fprintf(to, "usage: sekisho-inspect [option]...\n\n"
		"Attaches to a running sekisho-guard and inspects what passes its wires.\n\n"
		"  --run-dir DIR      where the guard keeps its segment (default " DP_RUN_DIR ")\n"
		"  --replace          take the wires over from the sekisho-inspect that runs now\n"
		"  --cpus LIST        pin the workers, one CPU each: 1,2,3\n"
		"  --max-flows N      flows per worker\n"
		"  --memory MIB       memory of one worker's flows and streams\n"
		"  --faults N         crashes within 10 s that pause a worker's restarts (default 5; 0 never)\n"
		"  --no-midstream     do not inspect TCP sessions whose beginning was not seen\n"
		"  --geoip FILE       MaxMind country database for geoip rules (default: where Debian has it)\n"
		"  --quiet            DPDK logs errors only\n"
		"  --version          print the version\n");
	return to == stdout ? 1 : -EINVAL;
}

static int number(const char *name, const char *v, uint32_t min, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long n = strtoul(v, &end, 10);

	if (*v == 0 || *end != 0 || n < min || n > max) {
		fprintf(stderr, "sekisho-inspect: --%s: '%s' is not a number from %u to %u\n", name, v,
				min, max);
		return -EINVAL;
	}
	*out = (uint32_t)n;
	return 0;
}

int in_options_read(struct in_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
			{"run-dir", required_argument, NULL, 'd'},
			{"replace", no_argument, NULL, 'r'},
			{"cpus", required_argument, NULL, 'c'},
			{"max-flows", required_argument, NULL, 'f'},
			{"memory", required_argument, NULL, 'm'},
			{"faults", required_argument, NULL, 'F'},
			{"no-midstream", no_argument, NULL, 'M'},
			{"geoip", required_argument, NULL, 'g'},
			{"quiet", no_argument, NULL, 'q'},
			{"version", no_argument, NULL, 'V'},
			{"help", no_argument, NULL, 'h'},
			{0},
	};
	int c, rc = 0;

	*o = (struct in_options){.run_dir = DP_RUN_DIR, .faults = 5};
	while (rc == 0 && (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			o->run_dir = optarg;
			break;
		case 'r':
			o->replace = true;
			break;
		case 'c':
			o->cpus = optarg;
			break;
		case 'f':
			rc = number("max-flows", optarg, 64, 16u << 20, &o->max_flows);
			break;
		case 'm':
			rc = number("memory", optarg, 16, 1u << 20, &o->memory_mib);
			break;
		case 'F':
			rc = number("faults", optarg, 0, IN_FAULTS_MAX, &o->faults);
			break;
		case 'M':
			o->midstream_off = true;
			break;
		case 'g':
			o->geoip = optarg;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'V':
			printf("sekisho-inspect %s\n", SEKISHO_VERSION);
			return 1;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (rc == 0 && optind < argc) {
		fprintf(stderr, "sekisho-inspect: unexpected '%s'\n", argv[optind]);
		return usage(stderr);
	}
	return rc;
}
