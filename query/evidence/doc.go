// Package evidence is what folders of evidence have in common, whoever fills them: a [Folder] that
// is written whole or not at all, and manifest.json, which says what is in it and where it is from.
//
// A folder is made beside its place, under a name that says that it is not finished, and gets its
// own name when it is whole. What is there already is never written over.
//
// # The manifest
//
// Its members that are the same in all folders are those of [Head], which goes before what a kind
// of folder says of its own, and of [Contents], which goes behind it: each kind embeds both. It
// names each file with its SHA-256 and size, and each statement with the hash of its answer.
// Whoever seals the manifest seals all of it; the seals lie beside it, under its name with an
// ending of their own.
//
// What depends on the time or on the machine stands in the manifest, and on pages that people read.
// All other files are the same wherever they are made again from the same store.
package evidence
