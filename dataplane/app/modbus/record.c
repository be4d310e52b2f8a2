/* SPDX-License-Identifier: Apache-2.0 */
/* Words are those of the peer's parser library. */
#include "modbus.h"
#include <sig/rule.h>
#include <stdio.h>

/** Names of the bits that are set, in order, as "A | B"; masks are named as well. */
static void put_flags(struct dp_rec *r, const char *key, uint32_t v, const char *const *names,
	const uint8_t *bits, unsigned n)
{
	char text[120];
	int at = 0;

	for (unsigned i = 0; i < n && at < 90; i++)
		if ((v & bits[i]) == bits[i])
			at += snprintf(text + at, sizeof(text) - (size_t)at, at ? " | %s" : "%s", names[i]);
	dp_rec_cstr(r, key, at ? text : "NONE");
}

static void put_words(struct dp_rec *r, const struct modbus_msg *m)
{
	static const char *const access[] = {"READ", "WRITE", "DISCRETES", "COILS", "INPUT", "HOLDING",
		"SINGLE", "MULTIPLE", "WRITE_SINGLE", "WRITE_MULTIPLE"};
	static const uint8_t access_bits[] = {1, 2, 4, 8, 16, 32, 64, 128, 66, 130};
	static const char *const category[] = {"PUBLIC_ASSIGNED", "PUBLIC_UNASSIGNED", "USER_DEFINED",
		"RESERVED"};
	static const char *const errors[] = {"DATA_VALUE", "DATA_LENGTH", "EXC_CODE", "FUNC_CODE",
		"PROTO_ID"};
	static const uint8_t one[] = {1, 2, 4, 8, 16};

	put_flags(r, "access_type", m->access, access, access_bits, 10);
	put_flags(r, "category", m->category, category, one, 4);
	put_flags(r, "error_flags", m->errors, errors, one, 5);
}

static const char *function_name(uint8_t f)
{
	static const char *const names[] = {NULL, "RdCoils", "RdDiscreteInputs", "RdHoldRegs",
		"RdInputRegs", "WrSingleCoil", "WrSingleReg", "RdExcStatus", "Diagnostic",
		"Program484", "Poll484", "GetCommEventCtr", "GetCommEventLog", "ProgramController",
		"PollController", "WrMultCoils", "WrMultRegs", "ReportServerID", "Program884",
		"ResetCommLink", "RdFileRec", "WrFileRec", "MaskWrReg", "RdWrMultRegs",
		"RdFIFOQueue"};

	if (f == MB_MEI)
		return "MEI";
	return f >= 1 && f <= MB_READ_FIFO ? names[f] : "Unknown";
}

static const char *diagnostic_name(uint16_t v)
{
	static const char *const names[] = {"RetQueryData", "RestartCommOpt", "RetDiagReg",
		"ChangeInputDelimiter", "ForceListenOnlyMode", NULL, NULL, NULL, NULL, NULL,
		"ClearCtrDiagReg", "RetBusMsgCount", "RetBusCommErrCount", "RetBusExcErrCount",
		"RetServerMsgCount", "RetServerNoRespCount", "RetServerNAKCount",
		"RetServerBusyCount", "RetBusCharOverrunCount", "RetOverrunErrCount",
		"ClearOverrunCounterFlag"};

	if (v == 21)
		return "GetClearPlusStats";
	return v < sizeof(names) / sizeof(names[0]) && names[v] ? names[v] : "Reserved";
}

static const char *exception_name(uint16_t v)
{
	static const char *const names[] = {NULL, "IllegalFunction", "IllegalDataAddr",
		"IllegalDataValue", "ServerDeviceFail", "Ack", "ServerDeviceBusy", "NegAck",
		"MemParityErr", NULL, "GatewayPathUnavailable", "GatewayTargetFailToResp"};

	return v < sizeof(names) / sizeof(names[0]) && names[v] ? names[v] : "Unknown";
}

static void put_data(struct dp_rec *r, struct dp_span d)
{
	dp_rec_str(r, "data", d.n ? (const void *)d.p : "", d.n);
}

static void put_coded(struct dp_rec *r, const char *key, uint16_t raw, const char *code)
{
	dp_rec_obj(r, key);
	dp_rec_u64(r, "raw", raw);
	dp_rec_cstr(r, "code", code);
}

static void put_write(struct dp_rec *r, const struct modbus_msg *m)
{
	dp_rec_obj(r, "write");
	dp_rec_u64(r, "address", m->write_at);
	if (m->shape == MB_WRITE_MASK) {
		dp_rec_u64(r, "and_mask", m->write_n);
		dp_rec_u64(r, "or_mask", m->mask_or);
	} else if (m->shape == MB_WRITE_MANY) {
		dp_rec_u64(r, "quantity", m->write_n);
		put_data(r, m->data);
	} else {
		dp_rec_u64(r, "data", m->write_n);
	}
	dp_rec_end(r);
}

static void put_body(struct dp_rec *r, const struct modbus_msg *m)
{
	if (m->shape == MB_READ_REQUEST || m->reads_too) {
		dp_rec_obj(r, "read");
		dp_rec_u64(r, "address", m->read_at);
		dp_rec_u64(r, "quantity", m->read_n);
		dp_rec_end(r);
	}
	switch (m->shape) {
	case MB_EXCEPTION:
		put_coded(r, "exception", m->sub, exception_name(m->sub));
		dp_rec_end(r);
		break;
	case MB_DIAG:
		put_coded(r, "diagnostic", m->sub, diagnostic_name(m->sub));
		put_data(r, m->data);
		dp_rec_end(r);
		break;
	case MB_MEI_DATA:
		put_coded(r, "mei", m->sub, m->sub == 13 ? "CANOpenGenRefReqResp" :
			m->sub == 14 ? "RdDevId" : "Unknown");
		put_data(r, m->data);
		dp_rec_end(r);
		break;
	case MB_READ_ANSWER:
		dp_rec_obj(r, "read");
		put_data(r, m->data);
		dp_rec_end(r);
		break;
	case MB_WRITE_ONE:
	case MB_WRITE_MANY:
	case MB_WRITE_MASK:
		put_write(r, m);
		break;
	case MB_BYTES:
		put_data(r, m->data);
		break;
	default:
		break;
	}
}

static void put_message(struct dp_rec *r, const struct modbus_tx *tx, enum sig_dir dir)
{
	struct modbus_msg m;

	if (!tx->raw[dir].n ||
		!modbus_read((struct dp_span){tx->raw[dir].p, tx->raw[dir].n}, dir, &m))
		return;
	dp_rec_obj(r, dir == SIG_DIR_TO_SERVER ? "request" : "response");
	dp_rec_u64(r, "transaction_id", m.id);
	dp_rec_u64(r, "protocol_id", m.protocol);
	dp_rec_u64(r, "unit_id", m.unit);
	dp_rec_u64(r, "function_raw", m.raw);
	dp_rec_cstr(r, "function_code", function_name(m.function));
	put_words(r, &m);
	put_body(r, &m);
	dp_rec_end(r);
}

void modbus_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct modbus_tx *tx = (const struct modbus_tx *)t;

	dp_rec_u64(r, "id", t->id + 1);
	put_message(r, tx, SIG_DIR_TO_SERVER);
	put_message(r, tx, SIG_DIR_TO_CLIENT);
}
