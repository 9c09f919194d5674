package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query/serve"
	"trailbox/schema"
)

func serveCommand() command {
	return command{
		name: "serve", summary: "the console: pages about the store, for your browser",
		about: `
The address that it prints has a token in it: open it in a browser on this machine.
It is in FILE.serve beside the store, too, for scripts, readable for you alone, as
long as the server runs. Ctrl-C ends it.`,
		prepare: prepareServe,
	}
}

// serveFlags are the flags of serve.
type serveFlags struct {
	store  *storeFlags
	listen *string
	names  *[]string
	quiet  *bool
}

func prepareServe(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &serveFlags{store: storeFlag(flags)}
	f.listen = flags.String("listen", "127.0.0.1:7007", "the `ADDRESS` and port to listen at; port 0 for any that is free")
	f.names = flags.StringSlice("host", nil, "a `NAME` by which browsers reach it, besides addresses and localhost")
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *serveFlags) run(ctx context.Context, s streams, args []string) (err error) {
	if len(args) > 0 {
		return &usageError{message: "serve takes no " + args[0], hint: "trailbox serve --store FILE"}
	}
	if _, err := os.Stat(f.store.path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w", f.store.path, schema.ErrNoStore)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *f.listen)
	if err != nil {
		return fmt.Errorf("cannot listen at %s: %w", *f.listen, err)
	}
	defer listener.Close()
	stores := serve.NewStores(f.store.path, f.store.grants(schema.Grants{Typed: true}))
	defer stores.Close()
	token := serve.NewToken()
	server, err := serve.New(serve.Config{Stores: stores, Token: token, Hosts: f.hosts(), Version: version()})
	if err != nil {
		return err
	}
	address := "http://" + listener.Addr().String() + "/?token=" + token
	mark, err := writeServeFile(f.store.path, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mark()) }()
	f.tell(s, listener.Addr(), address)
	return serveUntil(ctx, server.HTTP(ctx), listener)
}

// hosts are the names by which the server is meant.
func (f *serveFlags) hosts() (names []string) {
	for _, name := range *f.names {
		names = append(names, strings.ToLower(name))
	}
	if host, _, err := net.SplitHostPort(*f.listen); err == nil {
		names = append(names, strings.ToLower(host))
	}
	return names
}

// tell tells where the console is, and who can reach it.
func (f *serveFlags) tell(s streams, at net.Addr, address string) {
	fmt.Fprintln(s.out, address)
	if *f.quiet {
		return
	}
	if port, err := netip.ParseAddrPort(at.String()); err != nil || !port.Addr().IsLoopback() {
		say(s.err, "anybody who reaches %s and has the token can read the whole store, and whoever is on the way can read along: there is no TLS", at)
	}
	say(s.err, "open the address above in a browser; Ctrl-C ends the console")
}

// writeServeFile writes the address beside the store, for scripts, and returns what takes it away.
func writeServeFile(store, address string) (remove func() error, err error) {
	path := store + ".serve"
	// The one of a server that was killed may lie there, and its mode be anybody's.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintln(file, address)
	return func() error { return os.Remove(path) }, errors.Join(err, file.Close())
}

// serveUntil serves until ctx ends. Requests that run then have a moment to end, and end by
// themselves after that, since the store is closed.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener) error {
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		server.Close()
	}
	<-done
	return nil
}
