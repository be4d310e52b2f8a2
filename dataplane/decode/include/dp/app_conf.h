/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a site may set about HTTP, mail, FTP and the files they carry: part of struct dp_conf.
 * Immutable while a worker runs. Defaults are the peer's (dp_app_conf_default).
 */
#ifndef DP_APP_CONF_H
#define DP_APP_CONF_H

#include <stdbool.h>
#include <stdint.h>

enum dp_file_hash { DP_FILE_MD5 = 1, DP_FILE_SHA1 = 2, DP_FILE_SHA256 = 4 };

/** Header fields of a mail that a record may be asked to carry: bits of mail_fields. */
enum dp_mail_field {
	DP_MAIL_REPLY_TO, DP_MAIL_BCC, DP_MAIL_MESSAGE_ID, DP_MAIL_SUBJECT, DP_MAIL_X_MAILER,
	DP_MAIL_USER_AGENT, DP_MAIL_RECEIVED, DP_MAIL_X_ORIGINATING_IP, DP_MAIL_IN_REPLY_TO,
	DP_MAIL_REFERENCES, DP_MAIL_IMPORTANCE, DP_MAIL_PRIORITY, DP_MAIL_SENSITIVITY,
	DP_MAIL_ORGANIZATION, DP_MAIL_CONTENT_MD5, DP_MAIL_DATE,
	DP_MAIL__COUNT
};

/** Forms in which alerts show contents. */
enum dp_log_form { DP_LOG_BASE64 = 1, DP_LOG_PRINTABLE = 2 };

struct dp_app_conf {
	/* what alerts show of messages: enum dp_log_form bits */
	uint8_t alert_http_body, alert_ws_payload;
	/* http */
	uint8_t http_dump;        /**< records carry all headers: 1 << enum sig_dir */
	char http_custom[256];    /**< headers that records carry: ",content-range,server," or "" */
	uint8_t http_layers;      /**< content codings undone in a row without an event (2) */
	uint8_t http_lzma_layers; /**< of them lzma (0: it is not undone) */
	uint32_t http_lzma_bytes; /**< dictionary of one, at most 16 MiB (1 MiB) */
	uint32_t http_decode_us;  /**< time for undoing the codings of one message; 0: no limit (0) */
	uint32_t http_bomb_bytes; /**< decoded output that is never too much (1 MiB) */
	uint32_t http_field_max;  /**< longest line (18000) */
	uint32_t http_headers_max; /**< fields of a message (1024) */
	uint32_t http_tx_max;     /**< transactions open at a time (512) */
	uint32_t range_bytes;     /**< memory for parts of files that came too early (100 MiB) */
	uint32_t range_timeout_s; /**< a file in ranges that nothing is added to is forgotten (60) */
	bool http_double_path, http_double_query; /**< undo percent escapes twice */
	/* mail */
	bool mail_decode, mail_base64, mail_qp; /**< look into mails, undo codings (all true) */
	bool mail_urls;           /**< look for links (true) */
	char mail_schemes[8][24]; /**< of links, "http://" ...; an empty one ends */
	bool mail_log_scheme;     /**< records show links with their scheme */
	bool mail_body_md5;       /**< records carry the MD5 of the body ... */
	bool mail_subject_md5;    /**< ... and of the subject */
	uint32_t mail_fields;     /**< 1 << enum dp_mail_field */
	/* ftp */
	uint32_t ftp_tx_max;      /**< transactions open at a time (1024) */
	uint32_t ftp_line_max;    /**< bytes of a line that are kept (4096) */
	/* files */
	uint8_t file_hash;        /**< enum dp_file_hash bits computed for every file */
	bool file_magic;          /**< records carry the type by content */
	bool file_store;          /**< files that signatures ask for go to the file store */
	bool file_store_force;    /**< all files do */
	uint32_t file_store_depth; /**< bytes of a stream that may be stored; 0 without limit */
};

void dp_app_conf_default(struct dp_app_conf *c);

#endif
