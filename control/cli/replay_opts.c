/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "replay.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPT_PCAP = 256, OPT_RULES, OPT_IMAGE, OPT_EVE, OPT_EVE_DIR, OPT_VARS, OPT_YAML, OPT_SET,
	OPT_IPS, OPT_OUT, OPT_JSON, OPT_JOBS, OPT_EVENTS,
	OPT_RULE_STATS,
	OPT_SIM_FLOW, OPT_SIM_SSN, OPT_SIM_REASSEMBLY, OPT_SIM_DEFRAG, OPT_SIM_APP_TS, OPT_SIM_APP_TC };

static const struct option longs[] = {
	{"pcap", required_argument, NULL, OPT_PCAP},
	{"rules", required_argument, NULL, OPT_RULES},
	{"image", required_argument, NULL, OPT_IMAGE},
	{"eve", required_argument, NULL, OPT_EVE},
	{"eve-dir", required_argument, NULL, OPT_EVE_DIR},
	{"vars", required_argument, NULL, OPT_VARS},
	{"suricata-yaml", required_argument, NULL, OPT_YAML},
	{"set", required_argument, NULL, OPT_SET},
	{"simulate-ips", no_argument, NULL, OPT_IPS},
	{"simulate-packet-flow-memcap", required_argument, NULL, OPT_SIM_FLOW},
	{"simulate-packet-tcp-ssn-memcap", required_argument, NULL, OPT_SIM_SSN},
	{"simulate-packet-tcp-reassembly-memcap", required_argument, NULL, OPT_SIM_REASSEMBLY},
	{"simulate-packet-defrag-memcap", required_argument, NULL, OPT_SIM_DEFRAG},
	{"simulate-applayer-error-at-offset-ts", required_argument, NULL, OPT_SIM_APP_TS},
	{"simulate-applayer-error-at-offset-tc", required_argument, NULL, OPT_SIM_APP_TC},
	{"out", required_argument, NULL, OPT_OUT},
	{"json", no_argument, NULL, OPT_JSON},
	{"jobs", required_argument, NULL, OPT_JOBS},
	{"events", required_argument, NULL, OPT_EVENTS},
	{"rule-stats", required_argument, NULL, OPT_RULE_STATS},
	{"verbose", no_argument, NULL, 'v'},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void usage(FILE *f)
{
	fputs("usage: sekisho replay --pcap FILE|DIR... (--rules FILE... | --image FILE)\n"
		"       [--eve FILE | --eve-dir DIR] [--vars FILE] [--suricata-yaml FILE]\n"
		"       [--set PATH=VALUE]... [--simulate-ips] [-k none] [--out FILE.pcap]\n"
		"       [--events TYPE,...] [--rule-stats FILE] [--jobs N] [--json] [--verbose]\n"
		"       [--quiet]\n", f);
}

static void push(struct replay_list *l, const char *item)
{
	const char **grown = realloc(l->item, (l->n + 1) * sizeof(*grown));

	if (grown == NULL)
		abort(); // start-up: nothing runs yet
	grown[l->n++] = item;
	l->item = grown;
}

static int complain(const char *what)
{
	fprintf(stderr, "sekisho replay: %s\n", what);
	usage(stderr);
	return CLI_USAGE;
}

/** --simulate-packet-*=N and --simulate-applayer-error-*=OFFSET. */
static int simulate(struct dp_simulate *s, int opt)
{
	char *end;
	uint64_t n = strtoull(optarg, &end, 10);

	if (end == optarg || *end || (n == 0 && opt < OPT_SIM_APP_TS))
		return complain("a simulated fault takes the number of a packet, or an offset");
	switch (opt) {
	case OPT_SIM_FLOW:
		s->flow_memcap = n;
		break;
	case OPT_SIM_SSN:
		s->ssn_memcap = n;
		break;
	case OPT_SIM_REASSEMBLY:
		s->reassembly_memcap = n;
		break;
	case OPT_SIM_DEFRAG:
		s->defrag_memcap = n;
		break;
	default:
		s->app_error[opt - OPT_SIM_APP_TS] = n + 1;
		break;
	}
	return 0;
}

/** One option. A word that follows --pcap or --rules belongs to it, so that *.pcap works. */
static int one(struct replay_opts *o, int opt, struct replay_list **list)
{
	switch (opt) {
	case 1:
		push(*list ? *list : &o->pcaps, optarg);
		return 0;
	case OPT_PCAP:
	case OPT_RULES:
		*list = opt == OPT_PCAP ? &o->pcaps : &o->rules;
		push(*list, optarg);
		return 0;
	case OPT_SET:
		push(&o->sets, optarg);
		break;
	case OPT_IMAGE:
		o->image = optarg;
		break;
	case OPT_EVE:
		o->eve = optarg;
		break;
	case OPT_EVE_DIR:
		o->eve_dir = optarg;
		break;
	case OPT_VARS:
		o->vars = optarg;
		break;
	case OPT_YAML:
		o->yaml = optarg;
		break;
	case OPT_OUT:
		o->out = optarg;
		break;
	case OPT_IPS:
		o->simulate_ips = true;
		break;
	case OPT_SIM_FLOW:
	case OPT_SIM_SSN:
	case OPT_SIM_REASSEMBLY:
	case OPT_SIM_DEFRAG:
	case OPT_SIM_APP_TS:
	case OPT_SIM_APP_TC:
		*list = NULL;
		return simulate(&o->simulate, opt);
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_EVENTS:
		o->events = optarg;
		break;
	case OPT_RULE_STATS:
		o->rule_stats = optarg;
		break;
	case OPT_JOBS:
		o->jobs = (unsigned)strtoul(optarg, NULL, 10);
		break;
	case 'k':
		if (strcmp(optarg, "none") != 0 && strcmp(optarg, "all") != 0)
			return complain("-k takes none or all");
		o->no_checksums = strcmp(optarg, "none") == 0;
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'h':
		usage(stdout);
		exit(CLI_OK);
	default:
		usage(stderr);
		return CLI_USAGE;
	}
	*list = NULL;
	return 0;
}

int replay_parse(int argc, char **argv, struct replay_opts *o)
{
	struct replay_list *list = NULL;
	int opt, rc;

	*o = (struct replay_opts){0};
	argv[0] = "sekisho replay";
	optind = 1;
	while ((opt = getopt_long(argc, argv, "-k:vqh", longs, NULL)) != -1) {
		rc = one(o, opt, &list);
		if (rc)
			return rc;
	}
	for (; optind < argc; optind++)
		push(&o->pcaps, argv[optind]);
	if (o->pcaps.n == 0)
		return complain("no capture given (--pcap FILE)");
	if (o->image != NULL && o->rules.n)
		return complain("--image and --rules exclude each other");
	if (o->eve != NULL && o->eve_dir != NULL)
		return complain("--eve and --eve-dir exclude each other");
	if (o->jobs == 0)
		o->jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	return 0;
}
