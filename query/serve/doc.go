// Package serve is the console: pages over a store, for a browser on the same machine.
//
// # How a page comes about
//
// Every page is a view: a function from a [request] (the store, lent for it, and the filter that
// its URL says) to what is shown. It has no SQL of its own: it asks package query and its
// neighbours, as the commands do. All views have in common, and [Server.view] does for them,
// that they say which statements are behind them and which command gives the same, and that
// what they list can be had in each form that answers have (?form=csv). The parameters of a URL
// are the flags of that command, with the same names and the same meaning.
//
// A page is drawn whole, the store is given back, and then it is sent: who reads slowly, or
// stops, holds no store. What is downloaded is written to a temporary file before the first
// byte goes out, so that an answer that ends early is an error, and not a part that looks like
// all of it.
//
// # Who may ask
//
// Whoever has the token that the server made when it began. It comes in the first URL, or as
// "Authorization: Bearer"; a browser gets a cookie for it, and keeps it to this site (SameSite=Strict).
// Evidence is not for others on this machine, nor for pages elsewhere that a browser has open:
//
//   - a name that is made to lead here (DNS rebinding) comes with a Host that is not ours;
//   - a form or a script elsewhere comes with another Origin, or with Sec-Fetch-Site, and without
//     the cookie; there is no CORS;
//   - event text that would be markup stays text (html/template), and where it did not, the
//     page's policy allows no script but the one file of ours, and no address but this one.
//
// The store is opened for reading, in DuckDB's own bounds: no page can change it.
//
// # Stores
//
// A store is opened when it is asked for, and closed a moment after nobody asks any more, see
// [Stores]: so an ingest finds it free between two pages, and pages see what it brought. While
// somebody writes, a page says so and tries again.
package serve
