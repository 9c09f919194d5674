// Package page draws pages that stand alone: one file each, with its style and its pictures in
// it, that asks no network and runs no script, in light and dark and on paper.
//
// All pages take their colours, sizes and space from page.css, and their frame, tables and
// pictures from frame.html; what a page says is a template of its own, see [New]. Event text
// is text of whoever called the API: html/template keeps it text, and besides everything that
// could hide or turn round what is beside it is shown as an escape (see [query.Escape]). The
// page's policy forbids scripts and everything from elsewhere, so that a mistake of ours would
// still be harmless.
//
// Pictures are drawn here, to fixed widths: what a browser would lay out by itself is not to
// be had in SVG. Each has its numbers in words, for those who do not see it.
package page
