/* SPDX-License-Identifier: Apache-2.0 */
#include "ftp.h"
#include "../text.h"

#define C(name, kind) {name, sizeof(name) - 1, kind}
static const struct ftp_command commands[] = {
	C("PORT", FTP_PORT), C("EPRT", FTP_EPRT), C("PASV", FTP_PASV), C("EPSV", FTP_EPSV),
	C("RETR", FTP_RETR), C("STOR", FTP_STOR), C("LIST", FTP_LIST), C("NLST", FTP_LIST),
	C("MLSD", FTP_LIST), C("ABOR", FTP_OTHER), C("ACCT", FTP_OTHER), C("ALLO", FTP_OTHER),
	C("APPE", FTP_OTHER), C("CDUP", FTP_OTHER), C("CHMOD", FTP_OTHER), C("CWD", FTP_OTHER),
	C("DELE", FTP_OTHER), C("HELP", FTP_OTHER), C("IDLE", FTP_OTHER), C("MAIL", FTP_OTHER),
	C("MDTM", FTP_OTHER), C("MKD", FTP_OTHER), C("MLFL", FTP_OTHER), C("MODE", FTP_OTHER),
	C("MRCP", FTP_OTHER), C("MRSQ", FTP_OTHER), C("MSAM", FTP_OTHER), C("MSND", FTP_OTHER),
	C("MSOM", FTP_OTHER), C("NOOP", FTP_OTHER), C("PASS", FTP_OTHER), C("PWD", FTP_OTHER),
	C("QUIT", FTP_OTHER), C("REIN", FTP_OTHER), C("REST", FTP_OTHER), C("RMD", FTP_OTHER),
	C("RNFR", FTP_OTHER), C("RNTO", FTP_OTHER), C("SITE", FTP_OTHER), C("SIZE", FTP_OTHER),
	C("SMNT", FTP_OTHER), C("STAT", FTP_OTHER), C("STOU", FTP_OTHER), C("STRU", FTP_OTHER),
	C("SYST", FTP_OTHER), C("TYPE", FTP_OTHER), C("UMASK", FTP_OTHER), C("USER", FTP_OTHER),
};
#undef C

/** The known command that ends first, wherever it stands: servers forgive what comes before
 *  (telnet negotiation, blanks), and so does the peer. */
const struct ftp_command *ftp_command_find(const uint8_t *p, uint32_t n)
{
	for (uint32_t end = 3; end <= n; end++) {
		for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
			const struct ftp_command *c = &commands[i];
			unsigned k = 0;

			if (c->len > end)
				continue;
			while (k < c->len && (p[end - c->len + k] & 0xdf) == (uint8_t)c->name[k])
				k++;
			if (k == c->len)
				return c;
		}
	}
	return NULL;
}

static bool number(const uint8_t **p, const uint8_t *end, unsigned max, unsigned *out)
{
	unsigned v = 0, digits = 0;

	while (*p < end && **p >= '0' && **p <= '9' && v <= max) {
		v = v * 10 + (unsigned)(**p - '0');
		(*p)++;
		digits++;
	}
	*out = v;
	return digits && v <= max;
}

bool ftp_port_parse(const uint8_t *p, uint32_t n, uint8_t ip[4], uint16_t *port)
{
	const uint8_t *end = p + n;
	unsigned v[6];

	while (p < end && (*p < '0' || *p > '9'))
		p++;
	for (int i = 0; i < 6; i++) {
		if (!number(&p, end, 255, &v[i]))
			return false;
		if (i < 5 && (p == end || *p++ != ','))
			return false;
	}
	for (int i = 0; i < 4; i++)
		ip[i] = (uint8_t)v[i];
	*port = (uint16_t)(v[4] << 8 | v[5]);
	return true;
}

bool ftp_eport_parse(const uint8_t *p, uint32_t n, uint16_t *port)
{
	const uint8_t *end = p + n;
	unsigned v, bars = 0;

	while (p < end && bars < 3)
		bars += *p++ == '|';
	if (bars < 3 || !number(&p, end, 65535, &v) || p == end || *p != '|')
		return false;
	*port = (uint16_t)v;
	return true;
}
