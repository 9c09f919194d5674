package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
)

// A destination is the folder that extract writes to. Keys are foreign text, hence the
// root: nothing is written outside of it, whatever dots and links there are.
type destination struct{ root *os.Root }

func openDestination(dest string) (*destination, error) {
	if err := os.MkdirAll(dest, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dest)
	if err != nil {
		return nil, err
	}
	return &destination{root}, nil
}

// unfinished are the names that files have until they are whole.
var unfinished = regexp.MustCompile(`^\.trailbox-extract-[0-9a-f]{16}\.tmp$`)

// clear removes what an extract that was killed has left unfinished in the folders of those
// places.
func (d *destination) clear(places []string) error {
	var folders []string
	for _, place := range places {
		if filepath.IsLocal(place) {
			folders = append(folders, filepath.Dir(place))
		}
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		for _, entry := range d.entries(folder) {
			if unfinished.MatchString(entry.Name()) && entry.Type().IsRegular() {
				if err := d.root.Remove(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
	}
	return nil
}

// entries are those of a folder, none where it is not there yet: what else is wrong with it
// is told when it is written to.
func (d *destination) entries(folder string) []fs.DirEntry {
	in, err := d.root.OpenFile(folder, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a pipe
	if err != nil {
		return nil
	}
	defer in.Close()
	entries, _ := in.ReadDir(-1)
	return entries
}

// write writes a file, whole or not at all. What is there already stays as it is, unless it
// is no more than the beginning of the file: that was cut off.
func (d *destination) write(name string, data []byte) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%q is no place below a folder", name)
	}
	there, err := d.look(name, data)
	if there == whole || err != nil {
		return err
	}
	if err := d.root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	temporary, err := d.writeUnfinished(filepath.Dir(name), data)
	if err != nil {
		return err
	}
	if there == missing {
		// A link does not replace what came there meanwhile, such as a copy of the same file;
		// but not all file systems have links.
		err := d.root.Link(temporary, name)
		if err == nil || errors.Is(err, fs.ErrExist) {
			_, err = d.look(name, data)
			return errors.Join(err, d.root.Remove(temporary))
		}
	}
	if err = d.root.Rename(temporary, name); err != nil {
		d.root.Remove(temporary)
	}
	return err
}

// writeUnfinished writes a file under a name that clear knows.
func (d *destination) writeUnfinished(folder string, data []byte) (name string, err error) {
	var random [8]byte
	rand.Read(random[:]) // never fails
	name = filepath.Join(folder, ".trailbox-extract-"+hex.EncodeToString(random[:])+".tmp")
	out, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = out.Write(data)
	if err = errors.Join(err, out.Close()); err != nil {
		d.root.Remove(name)
	}
	return name, err
}

// A presence is what there is of a file.
type presence int

const (
	missing presence = iota
	cutOff           // its beginning
	whole
)

// look says what there is of a file; other content under its name is an error.
func (d *destination) look(name string, data []byte) (presence, error) {
	there, err := d.content(name, int64(len(data)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing, nil
	case err != nil:
		return missing, err
	case bytes.Equal(there, data):
		return whole, nil
	case bytes.HasPrefix(data, there):
		return cutOff, nil
	}
	return missing, fmt.Errorf("%s is there already, with other content", name)
}

// content reads what is there under a name, or the first bytes of it, one more than the
// limit. To open a pipe waits for its other end: it is not done.
func (d *destination) content(name string, limit int64) ([]byte, error) {
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is there already, and is no file", name)
	}
	in, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, limit+1))
}
