# SPDX-License-Identifier: Apache-2.0
"""Random tar archives, well-formed and not, for differential tests. All from one random.Random."""

import io
import tarfile

BLOCK = 512
NUMBERS = [0, 1, 7, 0o644, 0o4755, 0o104644, 1000, 0o7777777, 0o10000000, 2**31, 2**32, 2**33 - 1,
           2**56 - 1, 2**63 - 1, -1, -2, -2**31, -2**63]
TEXTS = [b"0", b"00000000000", b"+5", b"-1", b"", b" ", b"12 ", b"8", b"0x1", b"7777777", b"1_0",
         b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"4294967296",
         b"1.5", b"1.", b".5", b"-1.999999999999", b"1.x", b"1,2", b"\xff", b"abc"]
PATHS = [b"a", b"dir/", b"./etc/passwd", b"/abs", b"../up", b"", b"n" * 100, b"p" * 155, b"x" * 300,
         "\u00e9t\u00e9".encode(), b"\xff\xfe", b"a\x00b", b".wh.gone", b"d/.wh..wh..opq", b"s/"]
TYPES = b"\x000123456789SxgLKVDMNAZ0005"
MAGICS = [b"ustar\x0000", b"ustar\x0000", b"ustar  \x00", b"ustar  \x00", b"\x00" * 8, b"ustar\x00xx",
          b"ustar \x00\x00", b"USTAR\x0000"]
SPARSE_KEYS = [b"GNU.sparse." + name for name in
               (b"major", b"minor", b"name", b"size", b"realsize", b"numblocks", b"map", b"offset",
                b"numbytes")]
XATTRS = [b"SCHILY.xattr." + name for name in
          (b"security.capability", b"security.selinux", b"system.posix_acl_access", b"user.x", b"",
           b"security.", b"Security.x", b"system.posix_acl")]
PLAIN_KEYS = [b"path", b"linkpath", b"uid", b"gid", b"size", b"mtime", b"atime", b"ctime", b"uname",
              b"gname", b"comment", b"Path", b"hdrcharset"]


def octal(number, size):
    return b"%0*o\x00" % (size - 1, number)


def base256(number, size):
    field = bytearray((number & (1 << 8 * size) - 1).to_bytes(size, "big"))
    field[0] |= 0x80
    return bytes(field)


def odd_number(rng, size):
    """A number field in one of the forms that are met, or met only in attacks."""
    number = rng.choice(NUMBERS)
    form = rng.randrange(8)
    if form < 2 or number < 0:
        return base256(number, size)
    digits = b"%o" % (number & 0o777777)
    if form == 2:
        return digits.rjust(size)[-size:]
    if form == 3:
        return (digits + b" \x00").rjust(size, b"0")[-size:]
    if form == 4:
        return (b" " + digits + b"\x00" + b"x").ljust(size, b"\x00")[:size]
    if form == 5:
        return bytes(rng.choice(b"01234567 \x00") for _ in range(size))
    if form == 6:
        return rng.choice(TEXTS)[:size].ljust(size, b"\x00")
    return bytes(rng.randrange(256) for _ in range(size))


def with_checksum(block, rng=None):
    block = bytearray(block)
    block[148:156] = b" " * 8
    total = sum(block)
    if rng and rng.randrange(20) == 0:
        total -= 256 * sum(byte >> 7 for byte in block)
    form = rng.randrange(4) if rng else 0
    if total < 0 or form == 0:
        block[148:156] = b"%06o\x00 " % (total & 0o777777)
    elif form == 1:
        block[148:156] = b"%07o\x00" % total
    else:
        block[148:156] = (b"%o" % total).rjust(8)
    return bytes(block)


def header(rng, kind=None, path=None, size=0, odd=0.0, magic=None):
    """A header block; every number field is odd with the given chance."""
    def field(number, width):
        return odd_number(rng, width) if rng.random() < odd else octal(number, width)

    block = bytearray(BLOCK)
    name = rng.choice(PATHS) if path is None else path
    block[0:100] = name[:100].ljust(100, b"\x00")
    block[100:108] = field(rng.choice([0o644, 0o4755, 0o104755]), 8)
    block[108:116] = field(rng.choice([0, 1000]), 8)
    block[116:124] = field(rng.choice([0, 1000]), 8)
    block[124:136] = octal(size, 12) if rng.random() >= odd / 4 else odd_number(rng, 12)
    block[136:148] = field(1700000000, 12)
    block[156] = rng.choice(TYPES) if kind is None else kind
    block[157:257] = rng.choice(PATHS)[:100].ljust(100, b"\x00")
    block[257:265] = rng.choice(MAGICS) if magic is None else magic
    if rng.random() < 0.8:
        block[329:337] = field(8, 8)
        block[337:345] = field(1, 8)
    if rng.random() < 0.3:
        block[345:500] = rng.choice(PATHS)[:155].ljust(155, b"\x00")
    if rng.random() < 0.1:
        block[508:512] = b"tar\x00"
    if rng.random() < 0.1:
        block[345:369] = odd_number(rng, 12) + odd_number(rng, 12)
    if rng.random() < 0.1:
        block[476:500] = odd_number(rng, 12) + odd_number(rng, 12)
    return block


def padded(data):
    return data + bytes(-len(data) % BLOCK)


def record(key, value):
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + 1
    while len(b"%d" % length) + len(body) != length:
        length = len(b"%d" % length) + len(body)
    return b"%d" % length + body


def sparse_numbers(rng, data_size):
    """Fragments that hold data_size bytes together, mostly; and the size of the whole."""
    numbers, at, left = [], 0, data_size
    for _ in range(rng.randrange(6)):
        at += rng.choice([0, 1, 512, 100000])
        length = min(left, rng.choice([0, 1, 100, 512]))
        numbers += [at, length]
        at += length
        left -= length
    if left and rng.random() < 0.9:
        numbers += [at, left]
        at += left
    if numbers and rng.random() < 0.1:
        numbers[rng.randrange(len(numbers))] = rng.choice(NUMBERS)
    return numbers, at + rng.choice([0, 0, 1, 5000, -1])


def records(rng, data_size):
    out = []
    if rng.random() < 0.4:
        numbers, real = sparse_numbers(rng, data_size)
        texts = [b"%d" % number for number in numbers]
        version = rng.randrange(4)
        if version < 2:
            if rng.random() < 0.7:
                out += [(b"GNU.sparse.major", b"0"), (b"GNU.sparse.minor", b"%d" % version)]
            out += [(b"GNU.sparse.numblocks", b"%d" % (len(numbers) // 2))]
            if version == 0:
                for at, text in enumerate(texts):
                    out.append((SPARSE_KEYS[7 + at % 2], text))
            else:
                out.append((b"GNU.sparse.map", b",".join(texts)))
        else:
            out += [(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
                    (b"GNU.sparse.name", b"sparse-name")]
        out.append((rng.choice([b"GNU.sparse.size", b"GNU.sparse.realsize"]), b"%d" % real))
    for _ in range(rng.choice([0, 1, 2, 5])):
        kind = rng.randrange(10)
        if kind < 4:
            key = rng.choice(PLAIN_KEYS)
            value = rng.choice(PATHS if b"path" in key else [b"5", b"0", b"1234.5", b""])
        elif kind < 8:
            key, value = rng.choice(XATTRS), rng.choice(TEXTS + PATHS)
        else:
            key, value = rng.choice(PLAIN_KEYS + SPARSE_KEYS), rng.choice(TEXTS)
        out.insert(rng.randrange(len(out) + 1), (key, value))
    if out and rng.random() < 0.1:
        out.append((rng.choice(out)[0], b""))
    data = b"".join(record(key, value) for key, value in out)
    if data and rng.random() < 0.05:
        data = bytearray(data)
        data[rng.randrange(len(data))] = rng.choice(b"\x00 =\n09\xff")
    return bytes(data)


def old_sparse(rng, odd):
    """An 'S' member with its extension blocks."""
    data = rng.randbytes(rng.choice([0, 1, 511, 512, 2000]))
    numbers, real = sparse_numbers(rng, len(data))
    numbers += [0] * (rng.randrange(60) if rng.random() < 0.1 else 0)
    pairs = [octal(abs(at) & 0o7777777, 12) + octal(abs(size) & 0o7777777, 12)
             for at, size in zip(numbers[::2], numbers[1::2])]
    block = header(rng, ord("S"), size=len(data), odd=odd, magic=b"ustar  \x00")
    block[345:512] = bytes(167)
    block[386:482] = b"".join(pairs[:4]).ljust(96, b"\x00")
    block[483:495] = octal(max(real, 0), 12)
    rest, extension = pairs[4:], b""
    block[482] = 1 if rest or rng.random() < 0.1 else 0
    more = block[482]
    while more:
        part, rest = rest[:21], rest[21:]
        more = 1 if rest or rng.random() < 0.1 else 0
        extension += b"".join(part).ljust(504, b"\x00") + bytes([more]) + bytes(7)
    return with_checksum(block, rng) + extension + padded(data)


def member(rng, odd):
    data = rng.randbytes(rng.choice([0, 0, 1, 100, 511, 512, 513, 3000]))
    kind = rng.randrange(12)
    if kind == 0:
        text = rng.choice(PATHS) + rng.choice([b"", b"\x00"])
        return with_checksum(header(rng, rng.choice(b"LK"), b"././@LongLink", len(text),
                                    odd / 4)) + padded(text)
    if kind <= 3:
        text = records(rng, len(data))
        out = with_checksum(header(rng, rng.choice(b"xxxxg"), b"PaxHeaders/x", len(text),
                                   odd / 4)) + padded(text)
        if b"GNU.sparse.major=1" in text:
            numbers, _ = sparse_numbers(rng, len(data))
            lines = [len(numbers) // 2] + numbers
            data = padded(b"".join(b"%d\n" % line for line in lines)) + data
        return out + with_checksum(header(rng, rng.choice(b"00007"), None, len(data),
                                          odd / 4)) + padded(data)
    if kind == 4:
        return old_sparse(rng, odd / 4)
    block = header(rng, None, None, len(data), odd)
    has_body = not (ord("1") <= block[156] <= ord("6"))
    return with_checksum(block, rng) + (padded(data) if has_body else b"")


def grammar(rng):
    odd = rng.choice([0, 0, 0.05, 0.2])
    out = b"".join(member(rng, odd) for _ in range(rng.randrange(1, 8)))
    return out + bytes(rng.choice([0, 1, 511, 512, 513, 1024, 1024, 10240]))


def well_formed(rng):
    """By Python's tarfile, in one of its three formats."""
    out = io.BytesIO()
    form = rng.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for number in range(rng.randrange(1, 6)):
            info = tarfile.TarInfo("d%d/" % number + "n" * rng.choice([1, 50, 99]))
            info.type = rng.choice([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE,
                                    tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.AREGTYPE])
            info.mode, info.uid = rng.choice([0o644, 0o4755]), rng.choice([0, 1000])
            info.linkname = "target" if info.type in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            if form == tarfile.PAX_FORMAT:
                info.uid = rng.choice([0, 2**32, 2**40])
                info.mtime = 1.5
                info.pax_headers = {"SCHILY.xattr.security.capability": "\x01\x02=\n"}
            if form == tarfile.GNU_FORMAT:
                info.uid = rng.choice([0, 2**32])
                info.name += "l" * rng.choice([0, 200])
            data = rng.randbytes(rng.choice([0, 1, 512, 1000])) if info.isreg() else b""
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def mutated(rng, data):
    """Bits, bytes, blocks; half of the time with the checksums put right again."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        blocks = max(1, len(data) // BLOCK)
        at = rng.randrange(blocks) * BLOCK
        kind = rng.randrange(8)
        if not data:
            break
        if kind < 4:
            place = rng.choice([rng.randrange(len(data)), at + rng.randrange(100, 345)])
            if place < len(data):
                data[place] = rng.choice([rng.randrange(256), data[place] ^ 1 << rng.randrange(8)])
        elif kind == 4:
            del data[rng.randrange(len(data)):]
        elif kind == 5:
            del data[at:at + BLOCK]
        elif kind == 6:
            data[at:at] = rng.choice([bytes(BLOCK), bytes(data[at:at + BLOCK])])
        else:
            data[at + 156:at + 157] = bytes([rng.choice(TYPES)])
        if rng.random() < 0.5 and len(data) >= at + BLOCK:
            data[at:at + BLOCK] = with_checksum(data[at:at + BLOCK])
    return bytes(data)


def archive(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return well_formed(rng)
    if kind == 1:
        return grammar(rng)
    if kind == 2:
        return mutated(rng, well_formed(rng))
    return mutated(rng, grammar(rng))
