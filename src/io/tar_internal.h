/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tar files share: the walker's state and the steps it is made of. A member passes through
 * tar_header (the 512 bytes), tar_pax (records that override it) and tar_sparse (its map of holes);
 * tar.c puts them together. Semantics: Go's archive/tar.
 */
#pragma once

#include "base/strbuf.h"
#include "base/vec.h"
#include "io/tar.h"

#define TAR_BLOCK      512
#define TAR_NAME_MAX   100
#define TAR_PREFIX_MAX 155

enum tar_format {
	TAR_V7,
	TAR_USTAR, /* also the header of a PAX member */
	TAR_STAR,  /* Schily's: a shorter prefix, then times */
	TAR_GNU,   /* no prefix */
};

/* What a header block says, and then what its extensions made of it. */
struct tar_header {
	enum tar_format format;
	char type; /* as written */
	int64_t mode, uid, gid, size, dev_major, dev_minor;
	const char *path, *link; /* the buffers below, or an extension's text */
	char path_buffer[TAR_PREFIX_MAX + 1 + TAR_NAME_MAX + 1];
	char link_buffer[TAR_NAME_MAX + 1];
};

enum tar_pax_key {
	PAX_PATH,
	PAX_LINKPATH,
	PAX_UNAME,
	PAX_GNAME,
	PAX_UID,
	PAX_GID,
	PAX_SIZE,
	PAX_MTIME,
	PAX_ATIME,
	PAX_CTIME,
	PAX_SPARSE_MAJOR,
	PAX_SPARSE_MINOR,
	PAX_SPARSE_NAME,
	PAX_SPARSE_SIZE,
	PAX_SPARSE_REALSIZE,
	PAX_SPARSE_NUMBLOCKS,
	PAX_SPARSE_MAP,
	PAX_SPARSE_OFFSET, /* only in format 0.0: collected in sparse_map */
	PAX_SPARSE_NUMBYTES,
	PAX_KEYS,
};

/* Bytes within a buffer of the walker's; a NUL stands behind them. size 0: absent or empty. */
struct tar_text {
	const char *data;
	size_t size;
};

/* The records of one extended header. Texts point into the block of records that was parsed. */
struct tar_pax {
	struct tar_text value[PAX_KEYS];
	VEC(struct tar_xattr) xattrs; /* linked once all are known: sorted by name, names unique */
	struct strbuf sparse_map;     /* offsets and lengths of format 0.0, joined by commas */
	size_t sparse_numbers;        /* how many those are */
};

struct tar_extent {
	int64_t offset, length;
};

struct tar_sparse {
	VEC(struct tar_extent) extents; /* ascending, disjoint, within the file's size */
	size_t at;                      /* first extent that is not read to its end */
	uint64_t position;              /* in the file with its holes */
	struct strbuf map;              /* text of a version 1.0 map */
};

struct tar_reader {
	struct reader reader;
	const struct limits *limits;
	bool may_seek;
	int status;          /* 0 goes on, 1 at the end, negative: broken */
	struct error broken; /* why */
	uint64_t left;       /* bytes of the current body that are still in the stream */
	uint32_t pad;        /* zeros behind it, up to a whole block */
	struct tar_entry entry;
	struct tar_header header;
	struct tar_pax pax;
	struct tar_sparse sparse;
	struct strbuf pax_data, long_name, long_link;
	uint8_t block[TAR_BLOCK]; /* for a block that two chunks share */
};

/* tar_header.c */

/* The sum of the block, unsigned or signed, is the one that it states. */
bool tar_header_checksum_holds(const uint8_t *block);
bool tar_header_is_zero(const uint8_t *block);
/* A number field: octal text, or base 256 when its first bit is set. size: 8 or 12. */
bool tar_header_number(const uint8_t *field, size_t size, int64_t *ret);
/* Reads a block. On failure (-EBADMSG) the header's content is undefined. */
int tar_header_parse(const uint8_t *block, struct tar_header *header, struct error *err);

/* tar_pax.c */

void tar_pax_clear(struct tar_pax *pax);
/* A decimal number as Go's strconv.ParseInt(text, 10, 64) takes it. */
bool tar_pax_number(const char *text, size_t size, int64_t *ret);
/* Reads a block of records, which it changes and points into. Forgets what it held before. */
int tar_pax_parse(struct tar_pax *pax, char *data, size_t size, const struct limits *limits,
		  struct error *err);
/* Overrides the header's fields; an empty value keeps what is there. */
int tar_pax_merge(const struct tar_pax *pax, struct tar_header *header, struct error *err);

/* tar_sparse.c */

void tar_sparse_clear(struct tar_sparse *sparse);
/* Reads the map of the current member of type 'S', whose header block is given. */
int tar_sparse_read_old(struct tar_reader *tar, const uint8_t *block, struct error *err);
/* Reads the map that the PAX records announce: 1, or 0 when they announce none. */
int tar_sparse_read_pax(struct tar_reader *tar, struct error *err);
/* Next piece of a sparse body: 1, or 0 at its end. */
int tar_sparse_piece(struct tar_reader *tar, const uint8_t **ret, size_t *ret_size,
		     struct error *err);

/* tar.c */

/* Type 1 to 6: no body follows, whatever the size field says. */
bool tar_type_is_header_only(char type);
/* A block in place or, when two chunks share it, in tar->block; valid until the next call. 1, 0
 * when the stream ended before it, -EBADMSG inside. */
int tar_read_block(struct tar_reader *tar, const uint8_t **ret, struct error *err);
/* Next piece of the current body as it is stored, at most max bytes: 1, or 0 at its end. */
int tar_read_stored(struct tar_reader *tar, size_t max, const uint8_t **ret, size_t *ret_size,
		    struct error *err);
