/* SPDX-License-Identifier: Apache-2.0 */
/**
 * FTP (RFC 959, 2428): a transaction per command with its replies, and the data channels that
 * PORT, PASV, EPRT and EPSV announce, whose content is a file. Private to the folder.
 */
#ifndef DP_APP_FTP_H
#define DP_APP_FTP_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>
#include <dp/file.h>

#define FTP_LINE_MAX 65535u /**< bytes of a line that are kept, whatever is configured */

enum ftp_cmd {
	FTP_UNKNOWN,
	FTP_PORT,
	FTP_EPRT,
	FTP_PASV,
	FTP_EPSV,
	FTP_RETR,
	FTP_STOR,
	FTP_LIST, /**< and NLST, MLSD: listings over the data channel */
	FTP_OTHER,
};

struct ftp_command {
	const char *name;
	uint8_t len, kind; /**< enum ftp_cmd */
};

struct ftp_reply {
	struct ftp_reply *next;
	char code[4]; /**< "" without */
	struct dp_bytes text;
};

struct ftp_tx {
	struct dp_tx tx;
	const struct ftp_command *cmd; /**< NULL: not known */
	struct dp_bytes line;
	struct ftp_reply *first, *last;
	uint32_t replies;
	bool line_cut, reply_cut, active, done;
	uint16_t port; /**< of the data channel; 0 */
};

/** What a data channel inherits from the command that used it. */
struct ftp_token {
	uint8_t kind;
	char name[8]; /**< command */
	uint16_t file_len;
	uint8_t file[1024];
};

const struct ftp_command *ftp_command_find(const uint8_t *p, uint32_t n);
/** "a,b,c,d,p1,p2": true and both when it is one. */
bool ftp_port_parse(const uint8_t *p, uint32_t n, uint8_t ip[4], uint16_t *port);
/** "|2|address|port|" of EPRT or "(|||port|)" of a reply. */
bool ftp_eport_parse(const uint8_t *p, uint32_t n, uint16_t *port);

extern const struct dp_app_desc dp_app_ftp, dp_app_ftp_data;

#endif
