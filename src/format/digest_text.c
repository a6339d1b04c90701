/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "ALGORITHM:ENCODED" -> its two halves, copied (OCI image-spec, descriptor.md, "Digests"). Only
 * the registered algorithms are taken, with their exact number of lower-case hex digits: a digest
 * has one spelling, so that equal digests are equal strings.
 */
#include "format/digest_text.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	size_t hex_len;
} algorithms[] = {
	{"sha256", 64},
	{"sha384", 96},
	{"sha512", 128},
};

static bool is_component(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* component (separator component)*, separator one of + . _ - */
static bool is_algorithm(const char *text, size_t len)
{
	bool component = false;

	for (size_t i = 0; i < len; i++) {
		if (is_component(text[i]))
			component = true;
		else if (component && strchr("+._-", text[i]))
			component = false;
		else
			return false;
	}
	return component;
}

/* [a-zA-Z0-9=_-]+: told from garbage only for the sake of the message. */
static bool is_encoded(const char *text)
{
	size_t i = 0;

	while (is_component(text[i]) || (text[i] >= 'A' && text[i] <= 'Z') ||
	       (text[i] && strchr("=_-", text[i])))
		i++;
	return i > 0 && text[i] == '\0';
}

/* Exactly as many digits as the algorithm has: neither a shortened digest nor a longer one is
 * compared. */
static int check_hex(const char *hex, size_t wanted, const char *algorithm, struct error *err)
{
	size_t len = strspn(hex, "0123456789abcdef");

	if (hex[len] != '\0')
		return error_set(err, -EBADMSG,
				 "digest has a byte that is no lower-case hex digit");
	if (len != wanted)
		return error_set(err, -EBADMSG, "%s digest has %zu hex digits, not %zu", algorithm,
				 len, wanted);
	return 0;
}

int digest_text_parse(const char *text, struct digest_text *ret, struct error *err)
{
	const char *colon = strchr(text, ':');
	size_t len;
	int r;

	assert(text);
	if (!colon)
		return error_set(err, -EBADMSG, "digest has no algorithm in front of a colon");
	len = (size_t)(colon - text);
	if (!is_algorithm(text, len))
		return error_set(err, -EBADMSG, "digest has a malformed algorithm");

	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		const char *name = algorithms[i].name;

		if (strlen(name) != len || memcmp(name, text, len) != 0)
			continue;
		r = check_hex(colon + 1, algorithms[i].hex_len, name, err);
		if (r < 0)
			return r;
		assert(algorithms[i].hex_len < sizeof(ret->hex));
		*ret = (struct digest_text){};
		memcpy(ret->algorithm, name, len);
		memcpy(ret->hex, colon + 1, algorithms[i].hex_len);
		return 0;
	}
	if (!is_encoded(colon + 1))
		return error_set(err, -EBADMSG, "digest is malformed behind its algorithm");
	return error_set(err, -EOPNOTSUPP, "digest algorithm %.*s is not supported",
			 (int)MIN(len, (size_t)64), text);
}
