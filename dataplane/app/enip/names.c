/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the CIP specification (volume 1, chapters 3, 5, 6 and appendices A, B) and the vendor
 * list of the ODVA, as the peer writes them in events. */
#include "enip.h"
#include <stddef.h>

struct word {
	uint16_t value;
	const char *name;
};

static const char *find(const struct word *w, size_t n, uint32_t v)
{
	for (size_t i = 0; i < n; i++)
		if (w[i].value == v)
			return w[i].name;
	return NULL;
}

#define FIND(table, v) find(table, sizeof(table) / sizeof((table)[0]), v)

/* The peer makes these from its own identifiers, letter by letter. */
const char *enip_command_name(uint32_t v)
{
	static const struct word names[] = {{0, "nop"}, {4, "list_services"},
		{0x63, "list_identity"}, {0x64, "list_interfaces"}, {0x65, "register_session"},
		{0x66, "unregister_session"}, {0x6f, "send_r_r_data"}, {0x70, "send_unit_data"},
		{0x72, "indicate_status"}, {0x73, "cancel"}};

	return FIND(names, v);
}

const char *enip_status_name(uint32_t v)
{
	static const struct word names[] = {{0, "success"}, {1, "invalid_cmd"}, {2, "no_resources"},
		{3, "incorrect_data"}, {0x64, "invalid_session"}, {0x65, "invalid_length"},
		{0x69, "unsupported_prot_rev"}, {0x6a, "encap_header_error"}};

	return FIND(names, v);
}

/* Makers whose devices are met; others are told by number. */
const char *enip_vendor_name(uint32_t v)
{
	static const struct word names[] = {{1, "Rockwell Automation/Allen-Bradley"},
		{3, "Honeywell Inc."}, {5, "Rockwell Automation/Reliance Elec."}, {7, "SMC Corporation"},
		{8, "Molex Incorporated"}, {12, "Banner Engineering Corp."}, {26, "Festo Corporation"},
		{40, "Wago Corporation"}, {43, "BALLUFF Inc."}, {44, "Yaskawa Electric America Inc."},
		{46, "ABB Industrial Systems"}, {47, "Omron Corporation"}, {48, "Turck Inc."},
		{57, "Pepperl + Fuchs"}, {58, "Spectrum Controls Inc."}, {68, "Eaton Electrical"},
		{75, "ABB Robotics Products AB"}, {77, "Rockwell Software Inc."}, {83, "OPTO-22"},
		{90, "HMS Industrial Networks AB"}, {94, "Advantech Co. Ltd."},
		{95, "Square D Company"}, {97, "Danfoss"}, {108, "Beckhoff Automation GmbH"},
		{109, "National Instruments"}, {121, "KUKA Roboter GmbH"},
		{145, "Siemens Energy & Automation/Drives"}, {161, "Mitsubishi Electric Corporation"},
		{170, "Pyramid Solutions Inc."}, {176, "Red Lion Controls"}, {181, "Pilz GmbH & Co"},
		{243, "Schneider Automation Inc."}, {250, "Yokogawa Electric Corporation"},
		{255, "Bosch Rexroth"}, {257, "Control Techniques PLC"}, {283, "Hilscher GmbH"},
		{309, "Prosoft Technology"}, {322, "ifm efector, inc."}, {345, "Endress + Hauser"},
		{356, "Fanuc Robotics America"}, {367, "Keyence Corporation"}};

	return FIND(names, v);
}

const char *enip_device_name(uint32_t v)
{
	static const struct word names[] = {{0, "Generic Device (deprecated)"},
		{1, "Control Station (deprecated)"}, {2, "AC Drive Device"}, {3, "Motor Overload"},
		{4, "Limit Switch"}, {5, "Inductive Proximity Switch"}, {6, "Photoelectric Sensor"},
		{7, "General Purpose Discrete I/O"}, {8, "Encoder (deprecated)"}, {9, "Resolver"},
		{10, "General Purpose Analog I/O (deprecated)"}, {12, "Communications Adapter"},
		{13, "Barcode Scanner (deprecated)"}, {14, "Programmable Logic Controller"},
		{16, "Position Controller"}, {17, "Weigh Scale (deprecated)"},
		{18, "Message Display (deprecated)"}, {19, "DC Drive"}, {20, "Servo Drives (deprecated)"},
		{21, "Contactor"}, {22, "Motor Starter"}, {23, "Softstart Starter"},
		{24, "Human-Machine Interface"}, {25, "Pneumatic Valve(s) (deprecated)"},
		{26, "Mass Flow Controller"}, {27, "Pneumatic Valve(s)"}, {28, "Vacuum Pressure Gauge"},
		{29, "Process Control Value"}, {30, "Residual Gas Analyzer"}, {31, "DC Power Generator"},
		{32, "RF Power Generator"}, {33, "Turbomolecular Vacuum Pump"}, {34, "Encoder"},
		{35, "Safety Discrete I/O Device"}, {36, "Fluid Flow Controller"},
		{37, "CIP Motion Drive"}, {38, "CompoNet Repeater"},
		{39, "Mass Flow Controller Enhanced"}, {40, "CIP Modbus Device"},
		{41, "CIP Modbus Translator"}, {42, "Safety Analog I/O Device"},
		{43, "Generic Device (keyable)"}, {44, "Managed Ethernet Switch"},
		{45, "CIP Motion Safety Drive Device"}, {46, "Safety Drive Device"},
		{47, "CIP Motion Encoder"}, {48, "CIP Motion Converter"}, {49, "CIP Motion I/O"},
		{50, "ControlNet Physical Layer Component"}, {200, "Embedded Component"}};

	return FIND(names, v);
}

const char *cip_service_name(uint32_t v)
{
	static const struct word names[] = {{1, "Get Attributes All"}, {2, "Set Attributes All"},
		{3, "Get Attribute List"}, {4, "Set Attribute List"}, {5, "Reset"}, {6, "Start"},
		{7, "Stop"}, {8, "Create"}, {9, "Delete"}, {10, "Multiple Service Packet"},
		{13, "Apply Attributes"}, {14, "Get Attributes Single"}, {16, "Set Attributes Single"},
		{17, "Find Next Object Instance"}, {21, "Restore"}, {22, "Save"},
		{23, "No Forward Open"}, {24, "Get Member"}, {25, "Set Member"}, {26, "Insert Member"},
		{27, "Remove Member"}, {28, "Group Sync"}, {29, "Get Connection Point Member List"},
		{75, "Execute PCCC Service"}, {76, "Read Data"}, {77, "Write Data"},
		{78, "Read Write Modify Data"}, {82, "Read Data Fragmented"},
		{83, "Write Data Fragmented"}, {84, "Forward Open"}};

	return FIND(names, v);
}

const char *cip_status_name(uint32_t v)
{
	static const char *const names[] = {"Success", "Connection Failure", "Resource Unavailable",
		"Invalid Parameter Value", "Path Segment Error", "Path Destination Unknown",
		"Partial Transfer", "Connection Lost", "Service Not Supported",
		"Invalid Attribute Value", "Attribute List Error", "Already In Requested Mode/State",
		"Object State Conflict", "Object Already Exists", "Attribute Not Settable",
		"Privilege Violation", "Device State Conflict", "Reply Data Too Large",
		"Fragmentation Of A Primitive Value", "Not Enough Data", "Attribute Not Supported",
		"Too Much Data", "Object Does Not Exist",
		"Service Fragmentation Sequence Not In Progress", "No Stored Attribute Data",
		"Store Operation Failure", "Routing Failure, Request Packet Too Large",
		"Routing Failure, Response Packet Too Large", "Missing Attribute List Entry Data",
		"Invalid Attribute Value List", "Embedded Service Error", "Vendor Specific Error",
		"Invalid Parameter", "Write-Once Value Or Medium Already Written",
		"Invalid Reply Received", "Buffer Overflow", "Invalid Message Format",
		"Key Failure In Path", "Path Size Invalid", "Unexpected Attribute In List",
		"Invalid Member ID", "Member Not Settable", "Group 2 Only Server General Failure",
		"Unknown Modbus Error", "Attribute Not Gettable"};

	if (v == 0xff)
		return "Still Processing";
	return v < sizeof(names) / sizeof(names[0]) ? names[v] : NULL;
}

/* Of the connection manager (volume 1, table 3-5.33). */
const char *cip_extended_name(uint32_t v)
{
	static const struct word names[] = {{0x100, "Connection in use or duplicate Forward Open"},
		{0x103, "Transport class and trigger combination not supported"},
		{0x106, "Ownership conflict"}, {0x107, "Target connection not found"},
		{0x108, "Invalid network connection parameter"}, {0x109, "Invalid connection size"},
		{0x110, "Target for connection not configured"}, {0x111, "RPI not supported"},
		{0x112, "RPI value(s) not acceptable"}, {0x113, "Out of connections"},
		{0x114, "Vendor ID or product code mismatch"}, {0x115, "Device type mismatch"},
		{0x116, "Revision mismatch"},
		{0x117, "Invalid produced or consumed application path"},
		{0x118, "Invalid or inconsistent configuration application path"},
		{0x119, "Non-listen only connection not opened"},
		{0x11a, "Target object out of connections"},
		{0x11b, "RPI is smaller than the production inhibit time"},
		{0x11c, "Transport class not supported"}, {0x11d, "Production trigger not supported"},
		{0x11e, "Direction not supported"}, {0x126, "Invalid configuration size"},
		{0x127, "Invalid O->T size"}, {0x128, "Invalid T->O size"},
		{0x203, "Connection timed out"}, {0x204, "Unconnected request timed out"},
		{0x205, "Parameter error in unconnected request"},
		{0x206, "Message too large for UnconnectedSend"},
		{0x207, "Unconnected acknowledged without reply"},
		{0x301, "No buffer memory available"},
		{0x302, "Network bandwidth not available for data"}, {0x311, "Port not available"},
		{0x312, "Link address not valid"}, {0x315, "Invalid segment in connection path"},
		{0x316, "ForwardClose connection path mismatch"}, {0x317, "Scheduling not specified"},
		{0x318, "Link address to self invalid"}, {0x319, "Secondary resources unavailable"},
		{0x31a, "Rack connection already established"},
		{0x31b, "Module connection already established"}, {0x31c, "Miscellaneous"},
		{0x31d, "Redundant connection mismatch"}};

	return FIND(names, v);
}

const char *cip_class_name(uint32_t v)
{
	static const struct word names[] = {{0x00, ""}, {0x01, "Identity"}, {0x02, "Message Router"},
		{0x03, "DeviceNet"}, {0x04, "Assembly"}, {0x05, "Connection"},
		{0x06, "Connection Manager"}, {0x07, "Register"}, {0x08, "Discrete Input Point"},
		{0x09, "Discrete Output Point"}, {0x0a, "Analog Input Point"},
		{0x0b, "Analog Output Point"}, {0x0e, "Presence Sensing"}, {0x0f, "Parameter"},
		{0x10, "Parameter Group"}, {0x12, "Group"}, {0x1d, "Discrete Input Group"},
		{0x1e, "Discrete Output Group"}, {0x1f, "Discrete Group"}, {0x20, "Analog Input Group"},
		{0x21, "Analog Output Group"}, {0x22, "Analog Group"}, {0x23, "Position Sensor"},
		{0x24, "Position Controller Supervisor"}, {0x25, "Position Controller"},
		{0x26, "Block Sequencer"}, {0x27, "Command Block"}, {0x28, "Motor Data"},
		{0x29, "Control Supervisor"}, {0x2a, "AC/DC Drive"}, {0x2b, "Acknowledge Handler"},
		{0x2c, "Overload"}, {0x2d, "Softstart"}, {0x2e, "Selection"},
		{0x30, "S-Device Supervisor"}, {0x31, "S-Analog Sensor"}, {0x32, "S-Analog Actuator"},
		{0x33, "S-Single Stage Controller"}, {0x34, "S-Gas Calibration"}, {0x35, "Trip Point"},
		{0x37, "File"}, {0x38, "S-Partial Pressure"}, {0x39, "Safety Supervisor"},
		{0x3a, "Safety Validator"}, {0x3b, "Safety Discrete Output Point"},
		{0x3c, "Safety Discrete Output Group"}, {0x3d, "Safety Discrete Input Point"},
		{0x3e, "Safety Discrete Input Group"}, {0x3f, "Safety Dual Channel Output"},
		{0x40, "S-Sensor Calibration"}, {0x41, "Event Log"}, {0x42, "Motion Device Axis"},
		{0x43, "Time Sync"}, {0x44, "Modbus"}, {0x45, "Originator Connection List"},
		{0x46, "Modbus Serial Link"}, {0x47, "Device Level Ring (DLR)"}, {0x48, "QoS"},
		{0x4e, "Base Energy"}, {0x4f, "Electrical Energy"}, {0x50, "Non-Electrical Energy"},
		{0x51, "Base Switch"}, {0x52, "SNMP"}, {0x53, "Power Management"},
		{0x54, "RSTP Bridge"}, {0x55, "RSTP Port"}, {0x5d, "CIP Security"},
		{0x5e, "EtherNet/IP Security"}, {0x5f, "Certificate Management"}, {0x67, "PCCC Class"},
		{0xf0, "ControlNet"}, {0xf1, "ControlNet Keeper"}, {0xf2, "ControlNet Scheduling"},
		{0xf3, "Connection Configuration"}, {0xf4, "Port"}, {0xf5, "TCP/IP Interface"},
		{0xf6, "Ethernet Link"}, {0xf7, "CompoNet"}, {0xf8, "CompoNet Repeater"}};

	return FIND(names, v);
}
