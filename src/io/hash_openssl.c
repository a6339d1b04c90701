/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 by OpenSSL's libcrypto, which takes longer to load than a small image takes to judge. */
#include <errno.h>
#include <openssl/evp.h>

#include "io/hash_state.h"
#include "io/library.h"

static struct {
	__typeof__(EVP_MD_CTX_new) *context_new;
	__typeof__(EVP_MD_CTX_free) *context_free;
	__typeof__(EVP_DigestInit_ex) *init;
	__typeof__(EVP_DigestUpdate) *update;
	__typeof__(EVP_DigestFinal_ex) *final;
	__typeof__(EVP_sha256) *sha256;
	__typeof__(EVP_sha384) *sha384;
	__typeof__(EVP_sha512) *sha512;
} functions;

static const struct library_symbol symbols[] = {
	{"EVP_MD_CTX_new", &functions.context_new}, {"EVP_MD_CTX_free", &functions.context_free},
	{"EVP_DigestInit_ex", &functions.init},     {"EVP_DigestUpdate", &functions.update},
	{"EVP_DigestFinal_ex", &functions.final},   {"EVP_sha256", &functions.sha256},
	{"EVP_sha384", &functions.sha384},          {"EVP_sha512", &functions.sha512},
};

static struct library library = LIBRARY("libcrypto.so.3", symbols);

static const EVP_MD *algorithm_of(enum digest_algorithm algorithm)
{
	switch (algorithm) {
	case DIGEST_SHA384:
		return functions.sha384();
	case DIGEST_SHA512:
		return functions.sha512();
	default:
		return functions.sha256();
	}
}

int hash_openssl_new(enum digest_algorithm algorithm, void **ret, struct error *err)
{
	EVP_MD_CTX *context;
	int r;

	r = library_load(&library, err);
	if (r < 0)
		return r;
	context = functions.context_new();
	if (!context)
		return error_oom(err);
	if (!functions.init(context, algorithm_of(algorithm), NULL)) {
		functions.context_free(context);
		return error_set(err, -EOPNOTSUPP, "libcrypto refuses the digest algorithm");
	}
	*ret = context;
	return 0;
}

void hash_openssl_free(void *context)
{
	if (context)
		functions.context_free(context);
}

int hash_openssl_update(void *context, const uint8_t *data, size_t size, struct error *err)
{
	if (!functions.update(context, data, size))
		return error_set(err, -EIO, "libcrypto cannot compute the digest");
	return 0;
}

int hash_openssl_finish(void *context, uint8_t *digest, struct error *err)
{
	unsigned int size = 0;

	if (!functions.final(context, digest, &size))
		return error_set(err, -EIO, "libcrypto cannot compute the digest");
	return (int)size;
}
