/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of points by group and variation (IEEE 1815 annex A), with the peer's names. */
#include "dnp3.h"
#include <stddef.h>

#define B1(n) {n, 1}
#define QUALITY B1("online"), B1("restart"), B1("comm_lost"), B1("remote_forced"), B1("local_forced")

static const struct dnp3_bits binary[] = {
	QUALITY, B1("chatter_filter"), B1("reserved"), B1("state"), {0}};
static const struct dnp3_bits double_bit[] = {QUALITY, B1("chatter_filter"), {"state", 2}, {0}};
static const struct dnp3_bits output[] = {
	QUALITY, B1("reserved0"), B1("reserved1"), B1("state"), {0}};
static const struct dnp3_bits counter[] = {
	QUALITY, B1("rollover"), B1("discontinuity"), B1("reserved0"), {0}};
static const struct dnp3_bits counter_timed[] = {
	QUALITY, B1("rollover"), B1("discontinuity"), B1("reserved1"), {0}};
static const struct dnp3_bits delta[] = {
	QUALITY, B1("rollover"), B1("reserved0"), B1("reserved1"), {0}};
static const struct dnp3_bits analog[] = {
	QUALITY, B1("over_range"), B1("reference_err"), B1("reserved0"), {0}};
static const struct dnp3_bits security[] = {
	QUALITY, B1("reserved0"), B1("discontinuity"), B1("reserved1"), {0}};
static const struct dnp3_bits control[] = {
	{"op_type", 4}, B1("qu"), B1("cr"), {"tcc", 2}, {0}};
static const struct dnp3_bits control_status[] = {{"status_code", 7}, B1("reserved"), {0}};
static const struct dnp3_bits binary_command[] = {{"status_code", 7}, B1("commanded_state"), {0}};
static const struct dnp3_bits analog_command[] = {{"status_code", 7}, B1("reserved0"), {0}};
static const struct dnp3_bits fill[] = {{"fill_percentage", 7}, B1("overflow_state"), {0}};
static const struct dnp3_bits traits[] = {B1("rd"), B1("wr"), B1("st"), B1("ev"), B1("df"),
	B1("padding0"), B1("padding1"), B1("padding2"), {0}};

#define BITS(b) {DNP3_BITS, 0, NULL, b}
#define F(type, n) {DNP3_##type, 0, n, NULL}
#define V(type, n, at) {DNP3_##type, at, n, NULL}
#define TIME F(U48, "timestamp")
#define L(...) ((const struct dnp3_field[]){__VA_ARGS__, {0}})
#define PLAIN(g, v, ...) {g, v, 0, false, L(__VA_ARGS__)}
#define SIZED(g, v, ...) {g, v, 0, true, L(__VA_ARGS__)}
#define PACKED(g, v, width, n) {g, v, width, false, L(F(U8, n))}

/** In order of group, then variation. */
static const struct dnp3_kind kinds[] = {
	PACKED(1, 1, 1, "state"),
	PLAIN(1, 2, BITS(binary)),
	PLAIN(2, 1, F(U8, "state")),
	PLAIN(2, 2, BITS(binary), TIME),
	PLAIN(2, 3, BITS(binary), F(U16, "timestamp")),
	PACKED(3, 1, 2, "state"),
	PLAIN(3, 2, BITS(double_bit)),
	PLAIN(4, 1, BITS(double_bit)),
	PLAIN(4, 2, BITS(double_bit), TIME),
	PLAIN(4, 3, BITS(double_bit), F(U16, "relative_time_ms")),
	PACKED(10, 1, 1, "state"),
	PLAIN(10, 2, BITS(output)),
	PLAIN(11, 1, BITS(output)),
	PLAIN(11, 2, BITS(output), TIME),
	PLAIN(12, 1, BITS(control), F(U8, "count"), F(U32, "ontime"), F(U32, "offtime"),
		BITS(control_status)),
	PLAIN(12, 2, BITS(control), F(U8, "count"), F(U32, "ontime"), F(U32, "offtime"),
		BITS(control_status)),
	PACKED(12, 3, 1, "point"),
	PLAIN(13, 1, BITS(binary_command)),
	PLAIN(13, 2, BITS(binary_command), TIME),
	PLAIN(20, 1, BITS(counter), F(U32, "count")),
	PLAIN(20, 2, BITS(counter), F(U16, "count")),
	PLAIN(20, 3, BITS(delta), F(U32, "count")),
	PLAIN(20, 4, BITS(delta), F(U16, "count")),
	PLAIN(20, 5, F(U32, "count")),
	PLAIN(20, 6, F(U16, "count")),
	PLAIN(20, 7, F(U32, "count")),
	PLAIN(20, 8, F(U16, "count")),
	PLAIN(21, 1, BITS(counter), F(U32, "count")),
	PLAIN(21, 2, BITS(counter), F(U16, "count")),
	PLAIN(21, 3, BITS(delta), F(U32, "count")),
	PLAIN(21, 4, BITS(delta), F(U16, "count")),
	PLAIN(21, 5, BITS(counter_timed), F(U32, "count"), TIME),
	PLAIN(21, 6, BITS(counter_timed), F(U16, "count"), TIME),
	PLAIN(21, 7, BITS(delta), F(U32, "count"), TIME),
	PLAIN(21, 8, BITS(delta), F(U16, "count"), TIME),
	PLAIN(21, 9, F(U32, "count")),
	PLAIN(21, 10, F(U16, "count")),
	PLAIN(21, 11, F(U32, "count")),
	PLAIN(21, 12, F(U16, "count")),
	PLAIN(22, 1, BITS(counter), F(U32, "count")),
	PLAIN(22, 2, BITS(counter), F(U16, "count")),
	PLAIN(22, 3, BITS(delta), F(U32, "count")),
	PLAIN(22, 4, BITS(delta), F(U16, "count")),
	PLAIN(22, 5, BITS(delta), F(U32, "count"), TIME),
	PLAIN(22, 6, BITS(counter), F(U16, "count"), TIME),
	PLAIN(22, 7, BITS(delta), F(U32, "count"), TIME),
	PLAIN(22, 8, BITS(delta), F(U16, "count"), TIME),
	PLAIN(23, 1, BITS(counter), F(U32, "count")),
	PLAIN(23, 2, BITS(delta), F(U16, "count")),
	PLAIN(23, 3, BITS(delta), F(U32, "count")),
	PLAIN(23, 4, BITS(delta), F(U16, "count")),
	PLAIN(23, 5, BITS(counter), F(U32, "count"), TIME),
	PLAIN(23, 6, BITS(counter), F(U16, "count"), TIME),
	PLAIN(23, 7, BITS(delta), F(U32, "count"), TIME),
	PLAIN(23, 8, BITS(delta), F(U16, "count"), TIME),
	PLAIN(30, 1, BITS(analog), F(I32, "value")),
	PLAIN(30, 2, BITS(analog), F(I16, "value")),
	PLAIN(30, 3, F(I32, "value")),
	PLAIN(30, 4, F(I16, "value")),
	PLAIN(30, 5, BITS(analog), F(F32, "value")),
	PLAIN(30, 6, BITS(analog), F(F64, "value")),
	PLAIN(31, 1, BITS(analog), F(I32, "value")),
	PLAIN(31, 2, BITS(analog), F(I16, "value")),
	PLAIN(31, 3, BITS(analog), F(I32, "value"), TIME),
	PLAIN(31, 4, BITS(analog), F(I16, "value"), TIME),
	PLAIN(31, 5, F(I32, "value")),
	PLAIN(31, 6, F(I16, "value")),
	PLAIN(31, 7, BITS(analog), F(F32, "value")),
	PLAIN(31, 8, BITS(analog), F(F64, "value")),
	PLAIN(32, 1, BITS(analog), F(I32, "value")),
	PLAIN(32, 2, BITS(analog), F(I16, "value")),
	PLAIN(32, 3, BITS(analog), F(I32, "value"), TIME),
	PLAIN(32, 4, BITS(analog), F(I16, "value"), TIME),
	PLAIN(32, 5, BITS(analog), F(F32, "value")),
	PLAIN(32, 6, BITS(analog), F(F64, "value")),
	PLAIN(32, 7, BITS(analog), F(F32, "value"), TIME),
	PLAIN(32, 8, BITS(analog), F(F64, "value"), TIME),
	PLAIN(33, 1, BITS(analog), F(I32, "value")),
	PLAIN(33, 2, BITS(analog), F(I16, "value")),
	PLAIN(33, 3, BITS(analog), F(I32, "value"), TIME),
	PLAIN(33, 4, BITS(analog), F(I16, "value"), TIME),
	PLAIN(33, 5, BITS(analog), F(F32, "value")),
	PLAIN(33, 6, BITS(analog), F(F64, "value")),
	PLAIN(33, 7, BITS(analog), F(F32, "value"), TIME),
	PLAIN(33, 8, BITS(analog), F(F64, "value"), TIME),
	PLAIN(34, 1, F(U16, "deadband_value")),
	PLAIN(34, 2, F(U32, "deadband_value")),
	PLAIN(34, 3, F(F32, "deadband_value")),
	PLAIN(40, 1, BITS(analog), F(I32, "value")),
	PLAIN(40, 2, BITS(analog), F(I16, "value")),
	PLAIN(40, 3, BITS(analog), F(F32, "value")),
	PLAIN(40, 4, BITS(analog), F(F64, "value")),
	PLAIN(41, 1, F(I32, "value"), F(U8, "control_status")),
	PLAIN(41, 2, F(I16, "value"), F(U8, "control_status")),
	PLAIN(41, 3, F(F32, "value"), F(U8, "control_status")),
	PLAIN(41, 4, F(F64, "value"), F(U8, "control_status")),
	PLAIN(42, 1, BITS(analog), F(I32, "value")),
	PLAIN(42, 2, BITS(analog), F(I16, "value")),
	PLAIN(42, 3, BITS(analog), F(I32, "value"), TIME),
	PLAIN(42, 4, BITS(analog), F(I16, "value"), TIME),
	PLAIN(42, 5, BITS(analog), F(F32, "value")),
	PLAIN(42, 6, BITS(analog), F(F64, "value")),
	PLAIN(42, 7, BITS(analog), F(F32, "value"), TIME),
	PLAIN(42, 8, BITS(analog), F(F64, "value"), TIME),
	PLAIN(43, 1, BITS(analog_command), F(I32, "commanded_value")),
	PLAIN(43, 2, BITS(analog_command), F(I16, "commanded_value")),
	PLAIN(43, 3, BITS(analog_command), F(I32, "commanded_value"), TIME),
	PLAIN(43, 4, BITS(analog_command), F(I16, "commanded_value"), TIME),
	PLAIN(43, 5, BITS(analog_command), F(F32, "commanded_value")),
	PLAIN(43, 6, BITS(analog_command), F(F64, "commanded_value")),
	PLAIN(43, 7, BITS(analog_command), F(F32, "commanded_value"), TIME),
	PLAIN(43, 8, BITS(analog_command), F(F64, "commanded_value"), TIME),
	PLAIN(50, 1, TIME),
	PLAIN(50, 2, TIME, F(U32, "interval")),
	PLAIN(50, 3, TIME),
	PLAIN(50, 4, TIME, F(U32, "interval_count"), F(U8, "interval_units")),
	PLAIN(51, 1, TIME),
	PLAIN(51, 2, TIME),
	PLAIN(52, 1, F(U16, "delay_secs")),
	PLAIN(52, 2, F(U16, "delay_ms")),
	PLAIN(70, 1, F(U16, "filename_size"), F(U8, "filetype_code"), F(U8, "attribute_code"),
		F(U16, "start_record"), F(U16, "end_record"), F(U32, "file_size"),
		F(U48, "created_timestamp"), F(U16, "permission"), F(U32, "file_id"),
		F(U32, "owner_id"), F(U32, "group_id"), F(U8, "file_function_code"),
		F(U8, "status_code"), V(TEXT, "filename", 1), F(U16, "data_size"),
		V(TEXT, "data", 15)),
	PLAIN(70, 2, F(U16, "username_offset"), F(U16, "username_size"),
		F(U16, "password_offset"), F(U16, "password_size"), F(U32, "authentication_key"),
		V(TEXT, "username", 2), V(TEXT, "password", 4)),
	PLAIN(70, 3, F(U16, "filename_offset"), F(U16, "filename_size"), F(U48, "created"),
		F(U16, "permissions"), F(U32, "authentication_key"), F(U32, "file_size"),
		F(U16, "operational_mode"), F(U16, "maximum_block_size"), F(U16, "request_id"),
		V(TEXT, "filename", 2)),
	SIZED(70, 4, F(U32, "file_handle"), F(U32, "file_size"), F(U16, "maximum_block_size"),
		F(U16, "request_id"), F(U8, "status_code"), F(TEXT, "optional_text")),
	SIZED(70, 5, F(U32, "file_handle"), F(U32, "block_number"), F(TEXT, "file_data")),
	SIZED(70, 6, F(U32, "file_handle"), F(U32, "block_number"), F(U8, "status_code"),
		F(TEXT, "optional_text")),
	PLAIN(70, 7, F(U16, "filename_offset"), F(U16, "filename_size"), F(U16, "file_type"),
		F(U32, "file_size"), F(U48, "created_timestamp"), F(U16, "permissions"),
		F(U16, "request_id"), V(TEXT, "filename", 2)),
	SIZED(70, 8, F(TEXT, "file_specification")),
	PACKED(80, 1, 1, "state"),
	PLAIN(81, 1, BITS(fill), F(U8, "group"), F(U8, "variation")),
	PLAIN(83, 1, F(CODE, "vendor_code"), F(U16, "object_id"), F(U16, "length"),
		V(BYTES, "data_objects", 3)),
	PLAIN(86, 2, BITS(traits)),
	PLAIN(102, 1, F(U8, "value")),
	SIZED(120, 1, F(U32, "csq"), F(U16, "usr"), F(U8, "mal"), F(U8, "reason"),
		F(BYTES, "challenge_data")),
	SIZED(120, 2, F(U32, "csq"), F(U16, "usr"), F(BYTES, "mac_value")),
	PLAIN(120, 3, F(U32, "csq"), F(U16, "user_number")),
	PLAIN(120, 4, F(U16, "user_number")),
	SIZED(120, 5, F(U32, "ksq"), F(U16, "user_number"), F(U8, "key_wrap_alg"),
		F(U8, "key_status"), F(U8, "mal"), F(U16, "challenge_data_len"),
		V(BYTES, "challenge_data", 6), F(BYTES, "mac_value")),
	SIZED(120, 6, F(U24, "ksq"), F(U16, "usr"), F(BYTES, "wrapped_key_data")),
	SIZED(120, 7, F(U32, "sequence_number"), F(U16, "usr"), F(U16, "association_id"),
		F(U8, "error_code"), F(U48, "time_of_error"), F(TEXT, "error_text")),
	SIZED(120, 8, F(U8, "key_change_method"), F(U8, "certificate_type"),
		F(BYTES, "certificate")),
	SIZED(120, 9, F(BYTES, "mac_value")),
	SIZED(120, 10, F(U8, "key_change_method"), F(U8, "operation"), F(U32, "scs"),
		F(U16, "user_role"), F(U16, "user_role_expiry_interval"), F(U16, "username_len"),
		F(U16, "user_public_key_len"), F(U16, "certification_data_len"),
		V(TEXT, "username", 6), V(BYTES, "user_public_key", 7),
		V(BYTES, "certification_data", 8)),
	SIZED(120, 11, F(U8, "key_change_method"), F(U16, "username_len"),
		F(U16, "master_challenge_data_len"), V(TEXT, "username", 2),
		V(BYTES, "master_challenge_data", 3)),
	SIZED(120, 12, F(U32, "ksq"), F(U16, "user_number"), F(U16, "challenge_data_len"),
		V(BYTES, "challenge_data", 3)),
	SIZED(120, 13, F(U32, "ksq"), F(U16, "user_number"), F(U16, "encrypted_update_key_len"),
		V(BYTES, "encrypted_update_key_data", 3)),
	SIZED(120, 14, F(BYTES, "digital_signature")),
	SIZED(120, 15, F(BYTES, "mac")),
	PLAIN(121, 1, BITS(security), F(U16, "association_id"), F(U32, "count_value")),
	PLAIN(122, 1, BITS(security), F(U16, "association_id"), F(U32, "count_value")),
	PLAIN(122, 2, BITS(security), F(U16, "association_id"), F(U32, "count_value"), TIME),
};

const struct dnp3_kind *dnp3_kind_of(uint8_t group, uint8_t variation)
{
	size_t lo = 0, hi = sizeof(kinds) / sizeof(kinds[0]);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct dnp3_kind *k = &kinds[mid];
		int d = k->group != group ? k->group - group : k->variation - variation;

		if (d == 0)
			return k;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
