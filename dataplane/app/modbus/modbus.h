/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Modbus over TCP (Modbus application protocol V1.1b3, messaging on TCP/IP V1.0b). A transaction is a
 * request and its answer, kept as they came and read again when asked.
 */
#ifndef DP_APP_MODBUS_H
#define DP_APP_MODBUS_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define MODBUS_HEADER 8u      /* up to and with the function code */
#define MODBUS_COUNTED 6u     /* of them, those that the length does not count */
#define MODBUS_LENGTH_MIN 2u
#define MODBUS_LENGTH_MAX 254u
#define MODBUS_KEPT_MAX (1u << 20) /* bytes of messages kept: lengths may lie */
#define MODBUS_TX_MAX 500u    /* requests without answer (the peer's default) */
#define MODBUS_EXCEPTION 0x80u

enum modbus_function {
	MB_READ_COILS = 1, MB_READ_DISCRETES, MB_READ_HOLDING, MB_READ_INPUT, MB_WRITE_COIL,
	MB_WRITE_REGISTER, MB_READ_EXCEPTION, MB_DIAGNOSTIC, MB_COMM_COUNTER = 11, MB_COMM_LOG,
	MB_WRITE_COILS = 15, MB_WRITE_REGISTERS, MB_SERVER_ID, MB_READ_FILE = 20, MB_WRITE_FILE,
	MB_MASK_WRITE, MB_READ_WRITE, MB_READ_FIFO, MB_MEI = 43,
};

/** Ways of access, as the peer's words for them, in this order of bits. */
enum modbus_access {
	MB_A_READ = 1, MB_A_WRITE = 2, MB_A_DISCRETES = 4, MB_A_COILS = 8, MB_A_INPUT = 16,
	MB_A_HOLDING = 32, MB_A_SINGLE = 64, MB_A_MULTIPLE = 128,
};

enum modbus_error { MB_E_VALUE = 1, MB_E_LENGTH = 2, MB_E_EXCEPTION = 4, MB_E_FUNCTION = 8,
	MB_E_PROTOCOL = 16 };

enum modbus_shape { MB_EMPTY, MB_BYTES, MB_EXCEPTION, MB_DIAG, MB_MEI_DATA, MB_READ_REQUEST,
	MB_READ_ANSWER, MB_WRITE_ONE, MB_WRITE_MANY, MB_WRITE_MASK };

/** One message, borrowed. */
struct modbus_msg {
	uint16_t id, protocol, length;
	uint8_t unit, raw, function; /**< function: raw without the exception bit */
	uint8_t access;              /**< enum modbus_access */
	uint8_t category;            /**< SIG_MBC_* */
	uint8_t errors;              /**< enum modbus_error */
	uint8_t shape;               /**< enum modbus_shape */
	bool reads_too;              /**< with WRITE_MANY: function 23 */
	uint16_t sub;                /**< exception, diagnostic or MEI code */
	uint16_t read_at, read_n;    /**< address, quantity */
	uint16_t write_at, write_n;  /**< WRITE_ONE: value (or quantity, of an answer); MASK: and */
	uint16_t mask_or;
	struct dp_span data;
};

struct modbus_tx {
	struct dp_tx tx;
	struct dp_bytes raw[2]; /**< by enum sig_dir */
	uint16_t id;            /**< of its first message, as the next two */
	uint8_t unit, function;
};

struct modbus_state {
	bool flooded;
	uint32_t kept; /**< bytes of messages in transactions */
	bool lost[2];
};

/** Read the message at the start of `s`, which `dir` sent. False: it is cut. */
bool modbus_read(struct dp_span s, enum sig_dir dir, struct modbus_msg *m);
/** Whether `answer` is to `request`; sets its errors where what they say differs. */
bool modbus_answers(const struct modbus_msg *request, struct modbus_msg *answer);
void modbus_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
