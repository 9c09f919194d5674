package digesttest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"
)

// An Archive is what lies in a trail's bucket.
type Archive struct {
	Trail   Trail // with its defaults filled in
	Objects []*Object
}

// Find returns the objects of a class that were delivered in an hour to the trail's
// first account and Region, which is where all of these look.
func (a *Archive) Find(class Class, hour int) []*Object {
	var found []*Object
	for _, o := range a.Objects {
		if a.first(o) && o.Class == class && o.Hour == hour {
			found = append(found, o)
		}
	}
	return found
}

func (a *Archive) first(o *Object) bool {
	return o.Account == a.Trail.Accounts[0] && o.Region == a.Trail.Regions[0]
}

// Log returns one of the log files that were delivered in an hour.
func (a *Archive) Log(hour, n int) *Object { return a.Find(LogFile, hour)[n] }

// Digest returns the digest of an hour.
func (a *Archive) Digest(hour int) *Object { return a.Find(DigestFile, hour)[0] }

// Backfill returns the digest of what that of an hour missed.
func (a *Archive) Backfill(hour int) *Object { return a.Find(BackfillFile, hour)[0] }

// Write writes the archive into a folder. With sidecars each digest file has its
// metadata beside it, which a plain download loses.
func (a *Archive) Write(folder string, sidecars bool) error {
	for _, o := range a.Objects {
		if err := o.write(folder, sidecars); err != nil {
			return err
		}
	}
	return nil
}

// Delete takes objects away.
func (a *Archive) Delete(objects ...*Object) {
	a.Objects = slices.DeleteFunc(a.Objects, func(o *Object) bool { return slices.Contains(objects, o) })
}

// DeleteHours takes everything away that was delivered in hours from first to last:
// log files, digests and backfill digests.
func (a *Archive) DeleteHours(first, last int) {
	a.Objects = slices.DeleteFunc(a.Objects, func(o *Object) bool {
		return a.first(o) && o.Hour >= first && o.Hour <= last
	})
}

// Plant adds a log file that no digest lists, as if it had been delivered in the
// middle of an hour. The hour may lie before the first and after the last.
func (a *Archive) Plant(hour int) {
	c := chain{Trail: a.Trail, account: a.Trail.Accounts[0], region: a.Trail.Regions[0]}
	a.Objects = append(a.Objects, c.log(hour, "planted", c.hour(hour).Add(30*time.Minute)))
}

// Copy adds a copy of an object under another key.
func (a *Archive) Copy(o *Object, key string) *Object {
	other := *o
	other.Key, other.Data, other.Meta = key, slices.Clone(o.Data), maps.Clone(o.Meta)
	a.Objects = append(a.Objects, &other)
	return &other
}

// Swap gives two objects each other's data, and leaves their names.
func Swap(a, b *Object) {
	a.Data, b.Data = b.Data, a.Data
}

// Replay puts the old object, with its metadata, in the place of the newer one.
func Replay(old, newer *Object) {
	newer.Data, newer.Meta = old.Data, maps.Clone(old.Meta)
}

// Alter changes one character of the content: the first after a text.
func (o *Object) Alter(after string) {
	content := o.Content()
	at := bytes.Index(content, []byte(after))
	if at < 0 {
		panic(fmt.Errorf("%s does not hold %s", o.Key, after))
	}
	at += len(after)
	if content[at] != '0' { // stays a number where it was one
		content[at] = '0'
	} else {
		content[at] = '1'
	}
	o.SetContent(content)
}

// Damage changes a byte of the gzip, in the middle of it.
func (o *Object) Damage() {
	o.Data[len(o.Data)/2] ^= 1
}

// Append adds bytes after the end of the gzip.
func (o *Object) Append(data []byte) {
	o.Data = append(o.Data, data...)
}

// AlterSignature changes one digit of a digest's signature.
func (o *Object) AlterSignature() {
	signature := []byte(o.Meta["signature"])
	if signature[100] != '0' {
		signature[100] = '0'
	} else {
		signature[100] = '1'
	}
	o.Meta["signature"] = string(signature)
}
