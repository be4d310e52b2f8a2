/* SPDX-License-Identifier: Apache-2.0 */
/* Names of languages (MS-LCID 2.2) and of builds of Windows. */
#include "rdp.h"

#define L(id, name) {id, name}

static const struct lcid {
	uint16_t id;
	char name[14];
} layouts[] = {
	L(0x0001, "ar"), L(0x0002, "bg"), L(0x0003, "ca"), L(0x0004, "zh-Hans"), L(0x0005, "cs"),
	L(0x0006, "da"), L(0x0007, "de"), L(0x0008, "el"), L(0x0009, "en"), L(0x000a, "es"),
	L(0x000b, "fi"), L(0x000c, "fr"), L(0x000d, "he"), L(0x000e, "hu"), L(0x000f, "is"),
	L(0x0010, "it"), L(0x0011, "ja"), L(0x0012, "ko"), L(0x0013, "nl"), L(0x0014, "no"),
	L(0x0015, "pl"), L(0x0016, "pt"), L(0x0017, "rm"), L(0x0018, "ro"), L(0x0019, "ru"),
	L(0x001a, "hr"), L(0x001b, "sk"), L(0x001c, "sq"), L(0x001d, "sv"), L(0x001e, "th"),
	L(0x001f, "tr"), L(0x0020, "ur"), L(0x0021, "id"), L(0x0022, "uk"), L(0x0023, "be"),
	L(0x0024, "sl"), L(0x0025, "et"), L(0x0026, "lv"), L(0x0027, "lt"), L(0x0029, "fa"),
	L(0x002a, "vi"), L(0x002b, "hy"), L(0x002c, "az"), L(0x002d, "eu"), L(0x002f, "mk"),
	L(0x0036, "af"), L(0x0037, "ka"), L(0x0039, "hi"), L(0x003e, "ms"), L(0x003f, "kk"),
	L(0x0401, "ar-SA"), L(0x0402, "bg-BG"), L(0x0403, "ca-ES"), L(0x0404, "zh-TW"),
	L(0x0405, "cs-CZ"), L(0x0406, "da-DK"), L(0x0407, "de-DE"), L(0x0408, "el-GR"),
	L(0x0409, "en-US"), L(0x040a, "es-ES_tradnl"), L(0x040b, "fi-FI"), L(0x040c, "fr-FR"),
	L(0x040d, "he-IL"), L(0x040e, "hu-HU"), L(0x040f, "is-IS"), L(0x0410, "it-IT"),
	L(0x0411, "ja-JP"), L(0x0412, "ko-KR"), L(0x0413, "nl-NL"), L(0x0414, "nb-NO"),
	L(0x0415, "pl-PL"), L(0x0416, "pt-BR"), L(0x0417, "rm-CH"), L(0x0418, "ro-RO"),
	L(0x0419, "ru-RU"), L(0x041a, "hr-HR"), L(0x041b, "sk-SK"), L(0x041c, "sq-AL"),
	L(0x041d, "sv-SE"), L(0x041e, "th-TH"), L(0x041f, "tr-TR"), L(0x0420, "ur-PK"),
	L(0x0421, "id-ID"), L(0x0422, "uk-UA"), L(0x0423, "be-BY"), L(0x0424, "sl-SI"),
	L(0x0425, "et-EE"), L(0x0426, "lv-LV"), L(0x0427, "lt-LT"), L(0x0428, "tg-Cyrl-TJ"),
	L(0x0429, "fa-IR"), L(0x042a, "vi-VN"), L(0x042b, "hy-AM"), L(0x042c, "az-Latn-AZ"),
	L(0x042d, "eu-ES"), L(0x042e, "hsb-DE"), L(0x042f, "mk-MK"), L(0x0430, "st-ZA"),
	L(0x0432, "tn-ZA"), L(0x0434, "xh-ZA"), L(0x0435, "zu-ZA"), L(0x0436, "af-ZA"),
	L(0x0437, "ka-GE"), L(0x0438, "fo-FO"), L(0x0439, "hi-IN"), L(0x043a, "mt-MT"),
	L(0x043b, "se-NO"), L(0x043e, "ms-MY"), L(0x043f, "kk-KZ"), L(0x0440, "ky-KG"),
	L(0x0441, "sw-KE"), L(0x0442, "tk-TM"), L(0x0443, "uz-Latn-UZ"), L(0x0444, "tt-RU"),
	L(0x0445, "bn-IN"), L(0x0446, "pa-IN"), L(0x0447, "gu-IN"), L(0x0448, "or-IN"),
	L(0x0449, "ta-IN"), L(0x044a, "te-IN"), L(0x044b, "kn-IN"), L(0x044c, "ml-IN"),
	L(0x044d, "as-IN"), L(0x044e, "mr-IN"), L(0x044f, "sa-IN"), L(0x0450, "mn-MN"),
	L(0x0451, "bo-CN"), L(0x0452, "cy-GB"), L(0x0453, "km-KH"), L(0x0454, "lo-LA"),
	L(0x0455, "my-MM"), L(0x0456, "gl-ES"), L(0x0457, "kok-IN"), L(0x045b, "si-LK"),
	L(0x045e, "am-ET"), L(0x0461, "ne-NP"), L(0x0462, "fy-NL"), L(0x0463, "ps-AF"),
	L(0x0464, "fil-PH"), L(0x0465, "dv-MV"), L(0x0468, "ha-Latn-NG"), L(0x046a, "yo-NG"),
	L(0x046c, "nso-ZA"), L(0x046d, "ba-RU"), L(0x046e, "lb-LU"), L(0x046f, "kl-GL"),
	L(0x0470, "ig-NG"), L(0x0475, "haw-US"), L(0x0478, "ii-CN"), L(0x047a, "arn-CL"),
	L(0x047e, "br-FR"), L(0x0480, "ug-CN"), L(0x0481, "mi-NZ"), L(0x0482, "oc-FR"),
	L(0x0483, "co-FR"), L(0x0484, "gsw-FR"), L(0x0485, "sah-RU"), L(0x0487, "rw-RW"),
	L(0x0488, "wo-SN"), L(0x048c, "prs-AF"), L(0x0491, "gd-GB"), L(0x0801, "ar-IQ"),
	L(0x0804, "zh-CN"), L(0x0807, "de-CH"), L(0x0809, "en-GB"), L(0x080a, "es-MX"),
	L(0x080c, "fr-BE"), L(0x0810, "it-CH"), L(0x0813, "nl-BE"), L(0x0814, "nn-NO"),
	L(0x0816, "pt-PT"), L(0x0818, "ro-MD"), L(0x0819, "ru-MD"), L(0x081a, "sr-Latn-CS"),
	L(0x081d, "sv-FI"), L(0x0820, "ur-IN"), L(0x082c, "az-Cyrl-AZ"), L(0x082e, "dsb-DE"),
	L(0x083b, "se-SE"), L(0x083c, "ga-IE"), L(0x083e, "ms-BN"), L(0x0843, "uz-Cyrl-UZ"),
	L(0x0845, "bn-BD"), L(0x0850, "mn-Mong-CN"), L(0x085d, "iu-Latn-CA"), L(0x0c01, "ar-EG"),
	L(0x0c04, "zh-HK"), L(0x0c07, "de-AT"), L(0x0c09, "en-AU"), L(0x0c0a, "es-ES"),
	L(0x0c0c, "fr-CA"), L(0x0c1a, "sr-Cyrl-CS"), L(0x1001, "ar-LY"), L(0x1004, "zh-SG"),
	L(0x1007, "de-LU"), L(0x1009, "en-CA"), L(0x100a, "es-GT"), L(0x100c, "fr-CH"),
	L(0x101a, "hr-BA"), L(0x1401, "ar-DZ"), L(0x1404, "zh-MO"), L(0x1407, "de-LI"),
	L(0x1409, "en-NZ"), L(0x140a, "es-CR"), L(0x140c, "fr-LU"), L(0x141a, "bs-Latn-BA"),
	L(0x1801, "ar-MA"), L(0x1809, "en-IE"), L(0x180a, "es-PA"), L(0x180c, "fr-MC"),
	L(0x181a, "sr-Latn-BA"), L(0x1c01, "ar-TN"), L(0x1c09, "en-ZA"), L(0x1c0a, "es-DO"),
	L(0x1c1a, "sr-Cyrl-BA"), L(0x2001, "ar-OM"), L(0x2009, "en-JM"), L(0x200a, "es-VE"),
	L(0x201a, "bs-Cyrl-BA"), L(0x2401, "ar-YE"), L(0x2409, "en-029"), L(0x240a, "es-CO"),
	L(0x241a, "sr-Latn-RS"), L(0x2801, "ar-SY"), L(0x2809, "en-BZ"), L(0x280a, "es-PE"),
	L(0x281a, "sr-Cyrl-RS"), L(0x2c01, "ar-JO"), L(0x2c09, "en-TT"), L(0x2c0a, "es-AR"),
	L(0x2c1a, "sr-Latn-ME"), L(0x3001, "ar-LB"), L(0x3009, "en-ZW"), L(0x300a, "es-EC"),
	L(0x301a, "sr-Cyrl-ME"), L(0x3401, "ar-KW"), L(0x3409, "en-PH"), L(0x340a, "es-CL"),
	L(0x3801, "ar-AE"), L(0x380a, "es-UY"), L(0x3c01, "ar-BH"), L(0x3c0a, "es-PY"),
	L(0x4001, "ar-QA"), L(0x4009, "en-IN"), L(0x400a, "es-BO"), L(0x4409, "en-MY"),
	L(0x440a, "es-SV"), L(0x4809, "en-SG"), L(0x480a, "es-HN"), L(0x4c0a, "es-NI"),
	L(0x500a, "es-PR"), L(0x540a, "es-US"), L(0x580a, "es-419"),
};

const char *rdp_layout_name(uint32_t lcid)
{
	for (unsigned i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].id == lcid)
			return layouts[i].name;
	return "unknown";
}

const char *rdp_build_name(uint32_t build)
{
	static const struct {
		uint32_t build;
		const char *name;
	} names[] = {{528, "Windows NT 3.1"}, {807, "Windows NT 3.5"}, {1057, "Windows NT 3.51"},
		{1381, "Windows NT 4.0"}, {2195, "Windows 2000"}, {2600, "Windows XP"},
		{3790, "Windows Server 2003"}, {6000, "Windows Vista RTM"},
		{6001, "Windows Vista SP1"}, {6002, "Windows Vista SP2"}, {7600, "Windows 7 RTM"},
		{7601, "Windows 7 SP1"}, {9200, "Windows 8"}, {9600, "Windows 8.1"},
		{10240, "Windows 10 TH1"}, {10586, "Windows 10 TH2"}, {14393, "Windows 10 RS1"},
		{15063, "Windows 10 RS2"}, {16299, "Windows 10 RS3"}, {17134, "Windows 10 RS4"},
		{17763, "Windows 10 RS5"}};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].build == build)
			return names[i].name;
	return "unknown";
}
