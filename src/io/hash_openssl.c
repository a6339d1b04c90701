/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 by OpenSSL's libcrypto, which takes longer to load than a small image takes to judge. */
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>

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
} library;

static const struct library_symbol symbols[] = {
	{"EVP_MD_CTX_new", &library.context_new}, {"EVP_MD_CTX_free", &library.context_free},
	{"EVP_DigestInit_ex", &library.init},     {"EVP_DigestUpdate", &library.update},
	{"EVP_DigestFinal_ex", &library.final},   {"EVP_sha256", &library.sha256},
	{"EVP_sha384", &library.sha384},          {"EVP_sha512", &library.sha512},
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static struct error library_error;
static int library_status;

static void load(void)
{
	library_status =
		library_load("libcrypto.so.3", symbols, ARRAY_SIZE(symbols), &library_error);
}

static const EVP_MD *algorithm_of(enum digest_algorithm algorithm)
{
	switch (algorithm) {
	case DIGEST_SHA384:
		return library.sha384();
	case DIGEST_SHA512:
		return library.sha512();
	default:
		return library.sha256();
	}
}

int hash_openssl_new(enum digest_algorithm algorithm, void **ret, struct error *err)
{
	EVP_MD_CTX *context;

	pthread_once(&library_once, load);
	if (library_status < 0) {
		if (err)
			*err = library_error;
		return library_status;
	}
	context = library.context_new();
	if (!context)
		return error_oom(err);
	if (!library.init(context, algorithm_of(algorithm), NULL)) {
		library.context_free(context);
		return error_set(err, -EOPNOTSUPP, "libcrypto refuses the digest algorithm");
	}
	*ret = context;
	return 0;
}

void hash_openssl_free(void *context)
{
	if (context)
		library.context_free(context);
}

int hash_openssl_update(void *context, const uint8_t *data, size_t size, struct error *err)
{
	if (!library.update(context, data, size))
		return error_set(err, -EIO, "libcrypto cannot compute the digest");
	return 0;
}

int hash_openssl_finish(void *context, uint8_t *digest, struct error *err)
{
	unsigned int size = 0;

	if (!library.final(context, digest, &size))
		return error_set(err, -EIO, "libcrypto cannot compute the digest");
	return (int)size;
}
