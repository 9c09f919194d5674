// Package mailtest is a mail server within a test's process.
package mailtest
