/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of rpm's databases share. */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "format/owner_db.h"

struct owner_rpm_reader {
	int fd;
	uint64_t left; /* of the file's bytes: no two packages share any */
	owner_sink sink;
	void *data;
	uint64_t emitted; /* bytes of paths */
};

/* Takes a package's bytes off `left`: crafted pages or slots that overlap would make a small file
 * endless. -EBADMSG when there are not as many. */
int owner_rpm_take(struct owner_rpm_reader *reader, uint64_t size, struct error *err);

int owner_rpm_sqlite(struct owner_rpm_reader *reader, struct error *err);
