/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus.h"
#include <sig/rule.h>

#define BITS_MAX 2000u /* in one request */
#define WORDS_MAX 125u
#define COUNT_MAX 250u /* bytes of an answer */

static uint8_t access_of(uint8_t function)
{
	static const uint8_t access[] = {
		[MB_READ_COILS] = MB_A_COILS | MB_A_READ,
		[MB_READ_DISCRETES] = MB_A_DISCRETES | MB_A_READ,
		[MB_READ_HOLDING] = MB_A_HOLDING | MB_A_READ,
		[MB_READ_INPUT] = MB_A_INPUT | MB_A_READ,
		[MB_WRITE_COIL] = MB_A_COILS | MB_A_WRITE | MB_A_SINGLE,
		[MB_WRITE_REGISTER] = MB_A_HOLDING | MB_A_WRITE | MB_A_SINGLE,
		[MB_WRITE_COILS] = MB_A_COILS | MB_A_WRITE | MB_A_MULTIPLE,
		[MB_WRITE_REGISTERS] = MB_A_HOLDING | MB_A_WRITE | MB_A_MULTIPLE,
		[MB_MASK_WRITE] = MB_A_HOLDING | MB_A_WRITE,
		[MB_READ_WRITE] = MB_A_HOLDING | MB_A_READ | MB_A_WRITE | MB_A_MULTIPLE,
	};

	return function < sizeof(access) ? access[function] : 0;
}

static bool known(uint8_t function)
{
	return (function >= 1 && function <= 24) || function == MB_MEI;
}

/** Ranges of the specification, chapter 5. */
static uint8_t category_of_code(uint8_t raw)
{
	static const struct {
		uint8_t below, category;
	} ranges[] = {{1, 0}, {9, SIG_MBC_PUBLIC_UNASSIGNED}, {15, SIG_MBC_RESERVED},
		{41, SIG_MBC_PUBLIC_UNASSIGNED}, {43, SIG_MBC_RESERVED},
		{65, SIG_MBC_PUBLIC_UNASSIGNED}, {73, SIG_MBC_USER_DEFINED},
		{90, SIG_MBC_PUBLIC_UNASSIGNED}, {92, SIG_MBC_RESERVED},
		{100, SIG_MBC_PUBLIC_UNASSIGNED}, {111, SIG_MBC_USER_DEFINED},
		{125, SIG_MBC_PUBLIC_UNASSIGNED}, {128, SIG_MBC_RESERVED}};

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (raw < ranges[i].below)
			return ranges[i].category;
	return 0;
}

static bool reserved_diagnostic(uint16_t sub)
{
	return (sub > 4 && sub < 10) || sub > 20;
}

static uint8_t category_of(const struct modbus_msg *m)
{
	if (m->function == MB_DIAGNOSTIC)
		return m->shape != MB_DIAG ? 0 : reserved_diagnostic(m->sub) ? SIG_MBC_RESERVED
									     : SIG_MBC_PUBLIC_ASSIGNED;
	if (m->function == MB_MEI)
		return m->shape != MB_MEI_DATA ? 0 : m->sub == 13 || m->sub == 14 ?
			SIG_MBC_PUBLIC_ASSIGNED : SIG_MBC_RESERVED;
	return known(m->function) ? SIG_MBC_PUBLIC_ASSIGNED : category_of_code(m->raw);
}

static void take_rest(struct modbus_msg *m, struct dp_cur *c)
{
	m->data.n = dp_cur_left(c);
	m->data.p = dp_cur_bytes(c, m->data.n);
}

static void exception(struct modbus_msg *m, struct dp_cur *c)
{
	bool addressed = !(m->function > 6 && m->function < 15) &&
		!(m->function > 16 && m->function < 22);

	m->shape = MB_EXCEPTION;
	m->sub = dp_cur_u8(c);
	if ((m->sub == 3 && m->function == MB_DIAGNOSTIC) || (m->sub == 2 && !addressed) ||
		(m->sub == 8 && m->function != MB_READ_FILE && m->function != MB_WRITE_FILE) ||
		m->sub == 0 || m->sub == 9 || m->sub > 11)
		m->errors |= MB_E_EXCEPTION;
}

static void diagnostic(struct modbus_msg *m, struct dp_cur *c, bool request)
{
	uint16_t v;

	if (request && dp_cur_left(c) != 4)
		m->errors |= MB_E_LENGTH;
	m->shape = MB_DIAG;
	m->sub = dp_cur_be16(c);
	take_rest(m, c);
	if (!request || m->data.n != 2)
		return;
	v = (uint16_t)(m->data.p[0] << 8 | m->data.p[1]);
	if ((m->sub == 1 && v != 0 && v != 0xff00) || (m->sub == 3 && (v & 0xff) != 0) ||
		((m->sub == 2 || (m->sub >= 10 && m->sub <= 20)) && v != 0))
		m->errors |= MB_E_VALUE;
}

static void quantity(struct modbus_msg *m, uint16_t n)
{
	bool bits = m->access & (MB_A_COILS | MB_A_DISCRETES);

	if (n == 0 || n > (bits ? BITS_MAX : WORDS_MAX))
		m->errors |= MB_E_VALUE;
}

static uint32_t bytes_for(const struct modbus_msg *m, uint16_t n)
{
	return m->access & (MB_A_COILS | MB_A_DISCRETES) ? (n + 7u) / 8 : 2u * n;
}

static void write_request(struct modbus_msg *m, struct dp_cur *c)
{
	uint8_t count;

	m->write_at = dp_cur_be16(c);
	m->write_n = dp_cur_be16(c);
	if (m->access & MB_A_SINGLE) {
		m->shape = MB_WRITE_ONE;
		if (m->access & MB_A_COILS && m->write_n != 0 && m->write_n != 0xff00)
			m->errors |= MB_E_VALUE;
	} else if (m->access & MB_A_MULTIPLE) {
		count = dp_cur_u8(c);
		m->shape = MB_WRITE_MANY;
		quantity(m, m->write_n);
		if (count != dp_cur_left(c) || count != bytes_for(m, m->write_n))
			m->errors |= MB_E_VALUE;
		take_rest(m, c);
		return;
	} else {
		m->shape = MB_WRITE_MASK;
		m->mask_or = dp_cur_be16(c);
	}
	if (dp_cur_left(c))
		m->errors |= MB_E_LENGTH;
}

static void request(struct modbus_msg *m, struct dp_cur *c)
{
	if (m->function == MB_DIAGNOSTIC) {
		diagnostic(m, c, true);
		return;
	}
	if (m->function == MB_MEI) {
		m->shape = MB_MEI_DATA;
		m->sub = dp_cur_u8(c);
	} else if (m->access & MB_A_READ) {
		m->shape = MB_READ_REQUEST;
		m->read_at = dp_cur_be16(c);
		m->read_n = dp_cur_be16(c);
		quantity(m, m->read_n);
		if (m->access & MB_A_WRITE) {
			m->reads_too = true;
			write_request(m, c);
		} else if (dp_cur_left(c)) {
			m->errors |= MB_E_LENGTH;
		}
		return;
	} else if (m->access & MB_A_WRITE) {
		write_request(m, c);
		return;
	} else {
		m->shape = MB_BYTES;
		if (((m->function == MB_READ_FILE || m->function == MB_WRITE_FILE) && !dp_cur_left(c)) ||
			((m->function == MB_READ_EXCEPTION || m->function == MB_COMM_COUNTER ||
				 m->function == MB_COMM_LOG || m->function == MB_SERVER_ID) &&
				dp_cur_left(c)) ||
			(m->function == MB_READ_FIFO && dp_cur_left(c) != 2))
			m->errors |= MB_E_LENGTH;
	}
	take_rest(m, c);
}

static void read_answer(struct modbus_msg *m, struct dp_cur *c)
{
	uint8_t count = dp_cur_u8(c);

	m->shape = MB_READ_ANSWER;
	if (count == 0 || count > COUNT_MAX || count != dp_cur_left(c))
		m->errors |= MB_E_VALUE;
	take_rest(m, c);
}

static void answer(struct modbus_msg *m, struct dp_cur *c)
{
	if (m->raw & MODBUS_EXCEPTION) {
		exception(m, c);
	} else if (m->function == MB_DIAGNOSTIC) {
		diagnostic(m, c, false);
	} else if (m->access & MB_A_READ) {
		read_answer(m, c);
	} else if (m->access & MB_A_WRITE) {
		m->write_at = dp_cur_be16(c);
		m->write_n = dp_cur_be16(c);
		m->shape = MB_WRITE_ONE;
		if (m->access & MB_A_MULTIPLE)
			quantity(m, m->write_n);
		if (!(m->access & (MB_A_SINGLE | MB_A_MULTIPLE))) {
			m->shape = MB_WRITE_MASK;
			m->mask_or = dp_cur_be16(c);
		}
		if (dp_cur_left(c))
			m->errors |= MB_E_LENGTH;
	} else {
		m->shape = m->function == MB_MEI ? MB_MEI_DATA : MB_BYTES;
		if (m->function == MB_MEI)
			m->sub = dp_cur_u8(c);
		if ((m->function == MB_READ_EXCEPTION && dp_cur_left(c) != 1) ||
			(m->function == MB_COMM_COUNTER && dp_cur_left(c) != 4))
			m->errors |= MB_E_LENGTH;
		take_rest(m, c);
	}
}

bool modbus_read(struct dp_span s, enum sig_dir dir, struct modbus_msg *m)
{
	struct dp_cur c = dp_cur_of(s.p, s.n), body;

	*m = (struct modbus_msg){.id = dp_cur_be16(&c)};
	m->protocol = dp_cur_be16(&c);
	m->length = dp_cur_be16(&c);
	body = dp_cur_sub(&c, m->length);
	if (body.bad)
		return false;
	if (m->protocol != 0)
		m->errors |= MB_E_PROTOCOL;
	if (m->length < MODBUS_LENGTH_MIN || m->length > MODBUS_LENGTH_MAX)
		m->errors |= MB_E_LENGTH;
	m->unit = dp_cur_u8(&body);
	m->raw = dp_cur_u8(&body);
	m->function = m->raw & (uint8_t)~MODBUS_EXCEPTION;
	if (body.bad)
		return true;
	if (!known(m->function) || (dir == SIG_DIR_TO_SERVER && m->raw & MODBUS_EXCEPTION))
		m->errors |= MB_E_FUNCTION;
	m->access = access_of(m->function);
	if (dir == SIG_DIR_TO_SERVER)
		request(m, &body);
	else
		answer(m, &body);
	if (body.bad) // shorter than its function demands
		m->errors |= MB_E_LENGTH;
	m->category = category_of(m);
	return true;
}

bool modbus_answers(const struct modbus_msg *request, struct modbus_msg *answer)
{
	if (request->id != answer->id || request->unit != answer->unit ||
		request->function != answer->function)
		return false;
	if (answer->category != SIG_MBC_PUBLIC_ASSIGNED || answer->shape == MB_EXCEPTION)
		return true;
	switch (answer->shape) {
	case MB_READ_ANSWER:
		if (answer->data.n != bytes_for(request, request->read_n))
			answer->errors |= MB_E_VALUE;
		return true;
	case MB_WRITE_ONE:
		if (answer->write_at != request->write_at || answer->write_n != request->write_n)
			answer->errors |= MB_E_VALUE;
		return true;
	case MB_WRITE_MASK:
		if (answer->write_at != request->write_at || answer->write_n != request->write_n ||
			answer->mask_or != request->mask_or)
			answer->errors |= MB_E_VALUE;
		return true;
	case MB_DIAG:
	case MB_MEI_DATA:
		return answer->sub == request->sub;
	default:
		return true;
	}
}
