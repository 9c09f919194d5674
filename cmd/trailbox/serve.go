package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/serve"
	"trailbox/query/serve/awsapi"
	"trailbox/schema"
)

func serveCommand() command {
	return command{
		name: "serve", summary: "the console: pages about the store, for your browser, and AWS's API",
		about: `
The first line has a token in it: open it in a browser on this machine. The others
let AWS's own clients ask the store. Both are in STORE.serve, too, readable for you
alone, as long as the console runs: a shell takes it by ". STORE.serve". Ctrl-C ends it.`,
		prepare: prepareServe,
	}
}

// serveFlags are the flags of serve.
type serveFlags struct {
	setFlags
	store  *storeFlags
	listen *string
	names  *[]string
	memory sizeValue
	noAuth *bool
	strict *bool
	quiet  *bool
}

func prepareServe(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &serveFlags{store: storeFlag(flags), memory: 1 << 30}
	f.listen = flags.String("listen", "127.0.0.1:7007", "the `ADDRESS` and port to listen at; port 0 for any that is free")
	f.names = flags.StringSlice("host", nil, "a `NAME` by which browsers reach it, besides addresses and localhost")
	flags.Var(&f.memory, "memory", "get by with about this `SIZE` of memory for all that is asked at once")
	f.noAuth = flags.Bool("no-auth", false, "let AWS's clients ask without a signature: whoever reaches the port can")
	f.strict = flags.Bool("strict", false, "answer LookupEvents within AWS's limits: 90 days, one attribute, management events of one Region")
	f.define(flags)
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
	if err := f.checkRules(); err != nil {
		return err
	}
	set, err := f.loadSet(ctx, s, f.store, query.Filter{}, *f.quiet)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *f.listen)
	if err != nil {
		return fmt.Errorf("cannot listen at %s: %w", *f.listen, err)
	}
	defer listener.Close()
	stores := serve.NewStores(f.store.path, f.store.grants(schema.Grants{Memory: int64(f.memory)}))
	defer stores.Close()
	marks := f.marks(listener.Addr())
	api, err := awsapi.New(awsapi.Config{
		Stores: stores, AccessKey: marks.accessKey, SecretKey: marks.secretKey, Strict: *f.strict,
		Tell: func(err error) { sayError(s.err, err) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	server, err := serve.New(serve.Config{Stores: stores, Token: marks.token, Hosts: f.hosts(), Version: version(), API: api, Rules: set, Alarms: f.options})
	if err != nil {
		return err
	}
	remove, err := marks.write(f.store.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	f.tell(s, listener.Addr(), marks)
	return serveUntil(ctx, server.HTTP(ctx), listener)
}

// serveMarks are what those have to show who may ask.
type serveMarks struct {
	site, token          string
	accessKey, secretKey string // of AWS's clients; "" where they need none
}

// marks makes them, but for a key pair that the environment has.
func (f *serveFlags) marks(at net.Addr) *serveMarks {
	m := &serveMarks{site: "http://" + at.String(), token: serve.NewToken()}
	if *f.noAuth {
		return m
	}
	if m.accessKey, m.secretKey = os.Getenv("TRAILBOX_ACCESS_KEY"), os.Getenv("TRAILBOX_SECRET_KEY"); m.accessKey == "" || m.secretKey == "" {
		// As long as AWS's own are, which some clients look at.
		m.accessKey, m.secretKey = "TRAILBOX"+rand.Text()[:12], serve.NewToken()
	}
	return m
}

// address is that of the console, with the token.
func (m *serveMarks) address() string { return m.site + "/?token=" + m.token }

// exports are the lines of a shell by which AWS's clients ask here and nowhere else.
func (m *serveMarks) exports() string {
	accessKey, secretKey := m.accessKey, m.secretKey
	if accessKey == "" {
		accessKey, secretKey = "none", "none" // they do not ask without any
	}
	return fmt.Sprintf("export AWS_ENDPOINT_URL=%s AWS_DEFAULT_REGION=us-east-1 AWS_SESSION_TOKEN=\nexport AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s\n",
		m.site, query.ShellWord(accessKey), query.ShellWord(secretKey))
}

// write writes them beside the store, for scripts, and returns what takes them away.
func (m *serveMarks) write(store string) (remove func() error, err error) {
	path := store + ".serve"
	// The one of a server that was killed may lie there, and its mode be anybody's.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(file, "export TRAILBOX_CONSOLE='%s' TRAILBOX_TOKEN=%s\n%s", m.address(), m.token, m.exports())
	return func() error { return os.Remove(path) }, errors.Join(err, file.Close())
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
func (f *serveFlags) tell(s streams, at net.Addr, marks *serveMarks) {
	fmt.Fprint(s.out, marks.address(), "\n", marks.exports())
	if *f.quiet {
		return
	}
	if port, err := netip.ParseAddrPort(at.String()); err != nil || !port.Addr().IsLoopback() {
		say(s.err, "anybody who reaches %s and has the token can read the whole store, and whoever is on the way can read along: there is no TLS", at)
	}
	if *f.noAuth {
		say(s.err, "whoever reaches %s can ask the store by AWS's API, without any key", at)
	}
	say(s.err, "open the first line in a browser; the others are for AWS's clients. Ctrl-C ends the console")
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
