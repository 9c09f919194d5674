package main

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"trailbox/schema"
)

// places are where files go below DEST, by their URIs: each under its key or name. Where
// different files would go to one place, what their sources differ in stands before it: the
// bucket, or the folders. All of a store's files are to be given, whichever are asked for:
// then a file has one place, in whatever order they were loaded and are written.
func places(files []schema.StoredFile, plain bool) map[string]string {
	p := placing{files: map[string]schema.StoredFile{}, places: map[string]string{}, plain: plain}
	for _, file := range files {
		if file.Superseded == 0 && !file.Replaced && (file.Rebuildable || file.Kept) {
			p.files[file.URI] = file
		}
		p.places[file.URI] = placeOf(file.URI)
	}
	clashing := p.clashing()
	var common []string
	for i, uri := range clashing {
		if source := sourceOf(uri); i == 0 {
			common = source
		} else {
			common = common[:commonLength(common, source)]
		}
	}
	for _, uri := range clashing {
		p.prefix(uri, sourceOf(uri)[len(common):]...)
	}
	// What still has the place of another one, such as two names that a file system takes
	// for folders, is told from it by a number that its URI alone decides.
	for _, uri := range p.clashing() {
		sum := sha256.Sum256([]byte(uri))
		p.prefix(uri, "from-"+hex.EncodeToString(sum[:4]))
	}
	return p.places
}

// A placing is places that are being worked out.
type placing struct {
	files  map[string]schema.StoredFile // what is written, by its URI
	places map[string]string
	plain  bool
}

// clashing are the URIs, in order, of files that would be written to the place of another
// one, with other content.
func (p *placing) clashing() []string {
	contents, byName := map[string]map[string]bool{}, map[string][]string{}
	for uri, file := range p.files {
		name := writtenName(p.places[uri], &file, p.plain)
		if contents[name] == nil {
			contents[name] = map[string]bool{}
		}
		contents[name][contentOf(&file)] = true
		byName[name] = append(byName[name], uri)
	}
	var clashing []string
	for name, uris := range byName {
		if len(contents[name]) > 1 {
			clashing = append(clashing, uris...)
		}
	}
	slices.Sort(clashing)
	return clashing
}

// prefix puts folders before the place of a file. One that leads out of DEST stays as it is,
// and is refused.
func (p *placing) prefix(uri string, folders ...string) {
	if place := p.places[uri]; filepath.IsLocal(place) {
		p.places[uri] = filepath.Join(append(folders, place)...)
	}
}

// contentOf tells what a file is when it is written: copies of one file have one place.
func contentOf(file *schema.StoredFile) string {
	if file.Rebuildable {
		return "JSON " + file.SHA256
	}
	return "as delivered " + file.KeptSHA256
}

// writtenName is the name under which a file is written to its place.
func writtenName(place string, file *schema.StoredFile, plain bool) string {
	if file.Rebuildable {
		for _, packing := range [...]string{".bz2", ".xz", ".zst"} {
			place = strings.TrimSuffix(place, packing) // what is written is what was inside
		}
	}
	if plain && file.Rebuildable {
		return strings.TrimSuffix(place, ".gz")
	}
	return place
}

// placeOf is where a file goes below DEST by itself.
func placeOf(uri string) string {
	if _, key, ok := s3Parts(uri); ok {
		// What a key begins with by mistake is no folder, and a/../b is b.
		return filepath.Clean(filepath.FromSlash(strings.TrimLeft(key, "/")))
	}
	if rest, ok := strings.CutPrefix(uri, historyPrefix+"//"); ok {
		return filepath.FromSlash("cloudtrail/" + rest)
	}
	if uri == "-" {
		return "stdin.json"
	}
	slashed := filepath.ToSlash(uri)
	return filepath.FromSlash(path.Join(schema.ParseKey(slashed).Folder, path.Base(slashed)))
}

// sourceOf are the folders that lead to the place of a file: a bucket, or those of a path.
func sourceOf(uri string) []string {
	if bucket, _, ok := s3Parts(uri); ok {
		return []string{bucket}
	}
	rest := strings.TrimSuffix(filepath.ToSlash(uri), filepath.ToSlash(placeOf(uri)))
	return strings.FieldsFunc(rest, func(r rune) bool { return r == '/' || r == ':' }) // C:/
}

func s3Parts(uri string) (bucket, key string, ok bool) {
	rest, ok := strings.CutPrefix(uri, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key, ok
}

// commonLength is how many elements two lists begin with alike.
func commonLength(a, b []string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
