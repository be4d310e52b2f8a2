/* SPDX-License-Identifier: Apache-2.0 */
/* The rule verbs alone, without the rest of the product: for development and for measuring. */
#include <sig/tools.h>
#include <stdio.h>
#include <string.h>

static int check(int argc, char **argv)
{
	return sig_cmd_check(argc, argv, NULL);
}

static int keywords(int argc, char **argv)
{
	return sig_cmd_keywords(argc, argv, NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = {{"check", check}, {"keywords", keywords}, {"stats", sig_cmd_stats},
		{"list", sig_cmd_list}, {"diff", sig_cmd_diff}};

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "usage: rules_check check|keywords|stats|list|diff ...\n");
	return 2;
}
