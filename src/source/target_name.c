/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target names follow containers-transports(5): "TRANSPORT:PATH[:REFERENCE]", and of
 * docker-archive also "TRANSPORT:PATH:@INDEX". One allocation holds the name and its parts.
 */
#include "source/target_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void target_name_free(struct target_name *name)
{
	if (!name)
		return;
	free(name->memory);
	free(name);
}

size_t target_name_transport(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

	return text[len] == ':' ? len : 0;
}

static int parse_index(struct target_name *name, const char *digits, struct error *err)
{
	size_t len = strlen(digits);

	if (len == 0 || len > 9 || strspn(digits, "0123456789") != len)
		return error_set(err, -EINVAL, "%.256s: \"@%.64s\" is not an image index",
				 name->text, digits);
	name->index = 0;
	for (; *digits; digits++)
		name->index = name->index * 10 + (*digits - '0');
	name->reference = NULL;
	return 0;
}

static int split_reference(struct target_name *name, char *path, struct error *err)
{
	char *colon = strchr(path, ':');

	if (!colon || access(path, F_OK) == 0)
		return 0;
	*colon = '\0';
	name->reference = colon + 1;
	if (!*name->reference)
		return error_set(err, -EINVAL, "%.256s: the reference is empty", name->text);
	if (*name->reference == '@')
		return parse_index(name, name->reference + 1, err);
	return 0;
}

int target_name_parse(const char *text, size_t transport_len, bool with_reference,
		      struct target_name **ret, struct error *err)
{
	_cleanup_(target_name_freep) struct target_name *name = calloc(1, sizeof(*name));
	size_t size = strlen(text) + 1;
	char *path;
	int r;

	if (!name)
		return error_oom(err);
	name->memory = malloc(2 * size);
	if (!name->memory)
		return error_oom(err);
	memcpy(name->memory, text, size);
	memcpy(name->memory + size, text, size);
	name->text = name->memory;
	path = name->memory + size + (transport_len > 0 ? transport_len + 1 : 0);
	name->path = path;
	name->index = -1;
	if (with_reference) {
		r = split_reference(name, path, err);
		if (r < 0)
			return r;
	}
	if (!*name->path)
		return error_set(err, -EINVAL, "\"%.256s\" names no file or directory", text);
	*ret = TAKE(name);
	return 0;
}
