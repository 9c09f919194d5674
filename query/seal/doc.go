// Package seal makes and checks what speaks for the bytes of a file: an SSH signature, which says
// who vouches for them, and an RFC 3161 time stamp, which says when they were there already.
//
// Both are in the forms of the tools that everybody has: ssh-keygen -Y verify and openssl ts
// -verify take them, so that nobody who checks a file has to trust this program. What is checked
// here is checked more strictly than by these: bytes of a seal that no signature covers have to be
// as the maker of the seal writes them, so that not one byte of it can be changed without being seen.
//
// The parts of CMS and of time stamps that are needed are read by encoding/asn1, a page of structs:
// the libraries for them take what is not strictly of the form, and hide what was signed and what
// was not.
package seal
