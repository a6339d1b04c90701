// SPDX-License-Identifier: Apache-2.0

// Prints what Go's archive/tar reads from a bundle of archives on standard input, in the format of
// tar_dump.c. What the walker leaves out on purpose is left out here: extended attributes that are
// not kept, sizes of members without a body, and link names of what is no link.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"sort"
	"strings"
)

const bodyMax = 1 << 20
const xattrPrefix = "SCHILY.xattr."

var out = bufio.NewWriter(os.Stdout)

func xattrs(header *tar.Header) string {
	var names []string
	var text strings.Builder

	for key := range header.PAXRecords {
		name := strings.TrimPrefix(key, xattrPrefix)
		if name != key && (strings.HasPrefix(name, "security.") ||
			strings.HasPrefix(name, "system.posix_acl_")) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&text, " xattr=%s value=%s", hex.EncodeToString([]byte(name)),
			hex.EncodeToString([]byte(header.PAXRecords[xattrPrefix+name])))
	}
	return text.String()
}

func printHeader(header *tar.Header) {
	kind, path, link, size := header.Typeflag, header.Name, "", header.Size

	switch {
	case kind == tar.TypeGNUSparse:
		kind = tar.TypeReg
	case kind == tar.TypeLink || kind == tar.TypeSymlink:
		link = header.Linkname
	}
	if kind >= '1' && kind <= '6' {
		size = 0
	}
	if kind == tar.TypeXGlobalHeader && header.PAXRecords == nil {
		// A malformed record: Go has read the path or not, in the order of a map.
		fmt.Fprintf(out, "type=%02x path=?", kind)
		return
	}
	fmt.Fprintf(out, "type=%02x path=%x link=%x", kind, path, link)
	if kind == tar.TypeXGlobalHeader {
		return
	}
	fmt.Fprintf(out, " mode=%d uid=%d gid=%d size=%d dev=%d,%d%s", header.Mode, header.Uid,
		header.Gid, size, header.Devmajor, header.Devminor, xattrs(header))
}

func dump(data []byte) error {
	reader := tar.NewReader(bytes.NewReader(data))

	for {
		header, err := reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.Contains(header.Name, "\x00") {
			return fmt.Errorf("no system call takes a name with a NUL")
		}
		printHeader(header)
		hash := fnv.New64a()
		count, err := io.CopyN(hash, reader, bodyMax)
		if err != nil && err != io.EOF {
			fmt.Fprintf(out, " body=error\n")
			return err
		}
		fmt.Fprintf(out, " body=%d:%016x\n", count, hash.Sum64())
	}
}

func main() {
	input := bufio.NewReader(os.Stdin)

	for n := 0; ; n++ {
		var size uint64

		if err := binary.Read(input, binary.BigEndian, &size); err != nil {
			break
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(input, data); err != nil {
			os.Exit(1)
		}
		fmt.Fprintf(out, "archive %d\n", n)
		if err := dump(data); err != nil {
			fmt.Fprintln(out, "error")
		} else {
			fmt.Fprintln(out, "end")
		}
	}
	if out.Flush() != nil {
		os.Exit(1)
	}
}
