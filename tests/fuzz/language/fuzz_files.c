/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files beside the rules: classification, reference, threshold, and the enable, disable, modify
 * and drop lists; and variables in JSON and YAML. The first byte chooses which.
 */
#include <sig/ruleset.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] =
	"alert tcp any any -> any any (msg:\"one\"; classtype:misc-attack; reference:cve,1; "
	"sid:1;)\n"
	"# alert tcp any any -> any any (msg:\"two\"; metadata:tag Web, a b; sid:2;)\n"
	"drop udp any any -> any any (flowbits:set,a; sid:3; gid:4;)\n"
	"alert udp any any -> any any (flowbits:isset,a; noalert; sid:5;)\n";

static void load_vars(const char *path, bool yaml)
{
	struct sig_vars *vars = sig_vars_create();
	struct sig_error e = {0};

	if (vars && yaml)
		sig_vars_load_yaml(vars, path, &e);
	else if (vars)
		sig_vars_load_json(vars, path, &e);
	sig_vars_destroy(vars);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sig_load_options opts = {0};
	const char **const slot[] = {&opts.classification, &opts.reference, &opts.threshold,
		&opts.enable, &opts.disable, &opts.modify, &opts.drop};
	struct sig_ruleset *set = NULL;
	char path[64];
	int fd;

	if (size < 1)
		return 0;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (data[0] % 9 < 7) {
		*slot[data[0] % 9] = path;
		sig_ruleset_load_text("t.rules", rules, sizeof(rules) - 1, &opts, &set);
		sig_ruleset_destroy(set);
	} else {
		load_vars(path, data[0] % 9 == 8);
	}
	close(fd);
	return 0;
}
