/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_RUN = 256, OPT_STATE, OPT_LOG, OPT_EVE, OPT_GUARD, OPT_INSPECT, OPT_STATS, OPT_LAST,
	OPT_WAIT, OPT_YAML, OPT_SET };

static const struct option longs[] = {
	{"run-dir", required_argument, NULL, OPT_RUN},
	{"state-dir", required_argument, NULL, OPT_STATE},
	{"log-dir", required_argument, NULL, OPT_LOG},
	{"eve", required_argument, NULL, OPT_EVE},
	{"keep-guard", required_argument, NULL, OPT_GUARD},
	{"keep-inspect", required_argument, NULL, OPT_INSPECT},
	{"stats-interval", required_argument, NULL, OPT_STATS},
	{"last-events", required_argument, NULL, OPT_LAST},
	{"activate-timeout", required_argument, NULL, OPT_WAIT},
	{"suricata-yaml", required_argument, NULL, OPT_YAML},
	{"set", required_argument, NULL, OPT_SET},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static void usage(FILE *f)
{
	fputs("usage: sekishod [--run-dir DIR] [--state-dir DIR] [--log-dir DIR] [--eve FILE]\n"
		"       [--keep-guard \"ARGUMENTS\"] [--keep-inspect \"ARGUMENTS\"]\n"
		"       [--stats-interval S] [--last-events N] [--activate-timeout MS]\n"
		"       [--suricata-yaml FILE] [--set PATH=VALUE]...\n", f);
}

static int number(const char *text, unsigned long max, unsigned *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || *end || v > max) {
		fprintf(stderr, "sekishod: '%s' is not a number up to %lu\n", text, max);
		return 2;
	}
	*out = (unsigned)v;
	return 0;
}

static int setting(struct daemon_options *o, const char *text)
{
	if (strchr(text, '=') == NULL || o->sets == SETS_MAX) {
		fprintf(stderr, "sekishod: --set %s: %s\n", text,
			o->sets == SETS_MAX ? "too many settings" : "wants PATH=VALUE");
		return 2;
	}
	o->set[o->sets++] = text;
	return 0;
}

int options_read(struct daemon_options *o, int argc, char **argv)
{
	int opt, rc = 0;

	*o = (struct daemon_options){.run_dir = DP_RUN_DIR, .state_dir = DP_STATE_DIR,
		.log_dir = "/var/log/sekisho", .stats_s = 8, .last = 10000, .wait_ms = 15000};
	while (rc == 0 && (opt = getopt_long(argc, argv, "hV", longs, NULL)) != -1) {
		switch (opt) {
		case OPT_RUN:
			o->run_dir = optarg;
			break;
		case OPT_STATE:
			o->state_dir = optarg;
			break;
		case OPT_LOG:
			o->log_dir = optarg;
			break;
		case OPT_EVE:
			o->eve = optarg;
			break;
		case OPT_GUARD:
			o->guard_args = optarg;
			break;
		case OPT_INSPECT:
			o->inspect_args = optarg;
			break;
		case OPT_STATS:
			rc = number(optarg, 86400, &o->stats_s);
			break;
		case OPT_LAST:
			rc = number(optarg, 10000000, &o->last);
			break;
		case OPT_WAIT:
			rc = number(optarg, 600000, &o->wait_ms);
			break;
		case OPT_YAML:
			o->yaml = optarg;
			break;
		case OPT_SET:
			rc = setting(o, optarg);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			puts("sekishod " SEKISHO_VERSION);
			exit(0);
		default:
			rc = 2;
		}
	}
	if (rc == 0 && (optind < argc || o->last == 0)) {
		fprintf(stderr, "sekishod: unexpected argument\n");
		rc = 2;
	}
	if (rc)
		usage(stderr);
	return rc;
}
