/* SPDX-License-Identifier: Apache-2.0 */
#include "vars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Suricata's stock variables (its default configuration file), so that vendor rules load without
 * any set-up. Facts, not text.
 */
static const struct {
	const char *name, *value;
	bool port;
} stock[] = {
	{"HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]", false},
	{"EXTERNAL_NET", "!$HOME_NET", false},
	{"HTTP_SERVERS", "$HOME_NET", false},
	{"SMTP_SERVERS", "$HOME_NET", false},
	{"SQL_SERVERS", "$HOME_NET", false},
	{"DNS_SERVERS", "$HOME_NET", false},
	{"TELNET_SERVERS", "$HOME_NET", false},
	{"AIM_SERVERS", "$EXTERNAL_NET", false},
	{"DC_SERVERS", "$HOME_NET", false},
	{"DNP3_SERVER", "$HOME_NET", false},
	{"DNP3_CLIENT", "$HOME_NET", false},
	{"MODBUS_CLIENT", "$HOME_NET", false},
	{"MODBUS_SERVER", "$HOME_NET", false},
	{"ENIP_CLIENT", "$HOME_NET", false},
	{"ENIP_SERVER", "$HOME_NET", false},
	{"HTTP_PORTS", "80", true},
	{"SHELLCODE_PORTS", "!80", true},
	{"ORACLE_PORTS", "1521", true},
	{"SSH_PORTS", "22", true},
	{"DNP3_PORTS", "20000", true},
	{"MODBUS_PORTS", "502", true},
	{"FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]", true},
	{"FTP_PORTS", "21", true},
	{"GENEVE_PORTS", "6081", true},
	{"VXLAN_PORTS", "4789", true},
	{"TEREDO_PORTS", "3544", true},
	{"SIP_PORTS", "[5060,5061]", true},
};

struct sig_vars *sig_vars_create(void)
{
	struct sig_vars *vars = calloc(1, sizeof(*vars));

	if (!vars)
		return NULL;
	for (size_t i = 0; i < sizeof(stock) / sizeof(stock[0]); i++) {
		if (sig_vars_put(vars, stock[i].name, stock[i].value, stock[i].port)) {
			sig_vars_destroy(vars);
			return NULL;
		}
	}
	return vars;
}

void sig_vars_destroy(struct sig_vars *vars)
{
	if (!vars)
		return;
	for (size_t i = 0; i < vars->n; i++) {
		free(vars->var[i].name);
		free(vars->var[i].value);
	}
	free(vars->var);
	free(vars);
}

static struct sig_var *find(const struct sig_vars *vars, const char *name, size_t len, bool port)
{
	for (size_t i = 0; i < vars->n; i++) {
		struct sig_var *v = &vars->var[i];

		if (v->port == port && strlen(v->name) == len && memcmp(v->name, name, len) == 0)
			return v;
	}
	return NULL;
}

int sig_vars_put(struct sig_vars *vars, const char *name, const char *value, bool port)
{
	struct sig_var *v = find(vars, name, strlen(name), port);
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	if (v) {
		free(v->value);
		v->value = copy;
		return 0;
	}
	if (vars->n == vars->cap) {
		size_t cap = vars->cap ? vars->cap * 2 : 64;
		struct sig_var *more = realloc(vars->var, cap * sizeof(*more));

		if (!more) {
			free(copy);
			return -ENOMEM;
		}
		vars->var = more;
		vars->cap = cap;
	}
	v = &vars->var[vars->n];
	*v = (struct sig_var){.name = strdup(name), .value = copy, .port = port};
	if (!v->name) {
		free(copy);
		return -ENOMEM;
	}
	vars->n++;
	return 0;
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

int sig_vars_set(struct sig_vars *vars, const char *name, const char *value)
{
	static const char addresses[] = "address-groups.", ports[] = "port-groups.";
	bool port;

	if (strncmp(name, "datasets.", 9) == 0)
		return sig_vars_put(vars, name, value, false);
	if (*name == '$')
		name++;
	if (strncmp(name, "vars.", 5) == 0)
		name += 5;
	if (strncmp(name, addresses, sizeof(addresses) - 1) == 0) {
		name += sizeof(addresses) - 1;
		port = false;
	} else if (strncmp(name, ports, sizeof(ports) - 1) == 0) {
		name += sizeof(ports) - 1;
		port = true;
	} else if (find(vars, name, strlen(name), true)) {
		port = true;
	} else {
		port = !find(vars, name, strlen(name), false) &&
		       (ends_with(name, "_PORT") || ends_with(name, "_PORTS"));
	}
	if (!*name || strpbrk(name, " \t,[]!$;:"))
		return -EINVAL;
	return sig_vars_put(vars, name, value, port);
}

const char *sig_vars_find(const struct sig_vars *vars, const char *name, size_t len, bool port)
{
	const struct sig_var *v = find(vars, name, len, port);

	return v ? v->value : NULL;
}

const char *sig_vars_get(const struct sig_vars *vars, const char *name, bool port)
{
	return sig_vars_find(vars, name, strlen(name), port);
}
