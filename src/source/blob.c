/* SPDX-License-Identifier: Apache-2.0 */
/* Names of blobs, and small blobs read and verified against what their descriptor claims. */
#include "source/blob.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void blob_store_free(struct blob_store *store)
{
	if (store)
		store->class->free(store);
}

void blob_name(const struct blob_store *store, const struct digest_text *digest, bool is_manifest,
	       char buf[BLOB_NAME_MAX])
{
	bool sha256 = strcmp(digest->algorithm, "sha256") == 0;

	assert(digest->hex[0] != '\0');
	if (store->naming == BLOB_NAMING_OCI)
		snprintf(buf, BLOB_NAME_MAX, "blobs/%s/%s", digest->algorithm, digest->hex);
	else
		snprintf(buf, BLOB_NAME_MAX, "%s%s%s%s", sha256 ? "" : digest->algorithm,
			 sha256 ? "" : "-", digest->hex, is_manifest ? ".manifest.json" : "");
}

/* Without a claimed digest there is nothing to compare, but the caller may want to know it. */
static int verify(const char *name, const struct digest_text *digest, const char *data, size_t size,
		  char *ret_digest, struct error *err)
{
	char hex[2 * DIGEST_MAX_SIZE + 1];
	int r = digest_memory(digest ? layer_algorithm(digest) : DIGEST_SHA256, data, size, hex,
			      err);

	if (r < 0)
		return r;
	if (digest && strcmp(hex, digest->hex) != 0)
		return error_set(err, -EBADMSG,
				 "%s: the digest does not match: expected %s:%.64s, found %s", name,
				 digest->algorithm, digest->hex, hex);
	if (ret_digest)
		snprintf(ret_digest, BLOB_DIGEST_MAX, "%s:%s",
			 digest ? digest->algorithm : "sha256", hex);
	return 0;
}

int blob_read(struct blob_store *store, const char *name, const struct digest_text *digest,
	      uint64_t size, const struct limits *limits, char **ret, size_t *ret_size,
	      char ret_digest[BLOB_DIGEST_MAX], struct error *err)
{
	_cleanup_free_ char *data = NULL;
	size_t found;
	int r = store->class->read(store, name, limits->json_bytes, &data, &found, err);

	assert(ret && ret_size);
	if (r < 0)
		return r;
	if (size != UINT64_MAX && size != found)
		return error_set(err, -EBADMSG,
				 "%s: the size does not match: expected %llu bytes, found %zu",
				 name, (unsigned long long)size, found);
	r = verify(name, digest, data, found, ret_digest, err);
	if (r < 0)
		return r;
	*ret = TAKE(data);
	*ret_size = found;
	return 0;
}
