//go:build trino

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A trino is a Trino server on this machine.
type trino struct {
	url   string
	files string // the folder of its tables, local:/// to it
}

// A trinoType is the type of a value of Trino's, such as array(varchar).
type trinoType struct {
	RawType   string
	Arguments []struct {
		Kind  string
		Value json.RawMessage
	}
}

// A trinoColumn is a column of an answer of Trino's.
type trinoColumn struct {
	Name          string
	TypeSignature trinoType
}

// startTrino starts a Trino server that has the catalog athena, with no tables in it, and
// ends it with the test. $TRAILBOX_TRINO is the folder that .ci/trino/fetch prints,
// $JAVA_HOME what .ci/trino/java does. Without them the test fails: who asks for the build
// tag wants to know.
func startTrino(t *testing.T) *trino {
	t.Helper()
	folder := os.Getenv("TRAILBOX_TRINO")
	if folder == "" {
		t.Fatal("TRAILBOX_TRINO is not set: it is what .ci/trino/fetch prints")
	}
	dir := t.TempDir()
	port := freePort(t)
	server := &trino{url: "http://127.0.0.1:" + port, files: filepath.Join(dir, "files")}
	write := func(name string, lines ...string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("config.properties",
		"coordinator=true", "node-scheduler.include-coordinator=true",
		"http-server.http.port="+port, "discovery.uri="+server.url,
		"plugin.dir="+filepath.Join(folder, "plugin"), "catalog.config-dir="+filepath.Join(dir, "catalog"),
		"query.max-memory=1GB", "memory.heap-headroom-per-node=300MB")
	write("catalog/athena.properties",
		"connector.name=hive", "hive.metastore=file", "hive.metastore.catalog.dir=local:///metastore",
		"fs.native-local.enabled=true", "local.location="+server.files, "hive.non-managed-table-writes-enabled=true")
	if err := os.Mkdir(server.files, 0o700); err != nil {
		t.Fatal(err)
	}

	var output bytes.Buffer
	// WithoutCancel, since the test's context ends before its cleanup.
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	java := exec.CommandContext(ctx, filepath.Join(os.Getenv("JAVA_HOME"), "bin", "java"), "-Xmx2G",
		"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", // it runs for a minute
		"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
		"-Djdk.attach.allowAttachSelf=true", "-Duser.timezone=UTC",
		"-Dnode.environment=test", "-Dnode.id=test", "-Dnode.data-dir="+dir,
		"-Dnode.bind-ip=127.0.0.1", "-Dnode.internal-address=127.0.0.1",
		"-Dconfig="+filepath.Join(dir, "config.properties"),
		"-cp", filepath.Join(folder, "main", "*"), filepath.Join(folder, "Start.java"), filepath.Base(folder))
	java.Dir = dir // for its logs
	java.Stdout, java.Stderr = &output, &output
	java.Cancel = func() error { return java.Process.Signal(syscall.SIGTERM) }
	java.WaitDelay = 20 * time.Second
	if err := java.Start(); err != nil {
		cancel()
		t.Fatalf("Trino: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		java.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	for deadline := time.After(3 * time.Minute); !server.ready(); {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ended:
			t.Fatalf("Trino ended before it answered:\n%s", &output)
		case <-deadline:
			t.Fatal("Trino does not answer")
		}
	}
	return server
}

// freePort is a port of the loopback interface that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func (s *trino) ready() bool {
	r, err := http.Get(s.url + "/v1/info")
	if err != nil {
		return false
	}
	defer r.Body.Close()
	var info struct{ Starting bool }
	return json.NewDecoder(r.Body).Decode(&info) == nil && !info.Starting
}

// query runs a statement, by Trino's protocol: an answer comes in parts, each of which says
// where the next one is.
func (s *trino) query(t *testing.T, statement string) (columns []trinoColumn, rows [][]any, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/statement", strings.NewReader(statement))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"User": "test", "Catalog": "athena", "Schema": "default", "Time-Zone": "UTC", "Client-Capabilities": "PARAMETRIC_DATETIME"} {
		request.Header.Set("X-Trino-"+name, value)
	}
	for {
		var part struct {
			NextURI string
			Columns []trinoColumn
			Data    [][]any
			Error   *struct{ ErrorName, Message string }
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(response.Body)
		decoder.UseNumber()
		err = decoder.Decode(&part)
		response.Body.Close()
		switch {
		case err != nil:
			t.Fatalf("%s\nTrino answers with %s: %v", statement, response.Status, err)
		case part.Error != nil:
			return nil, nil, fmt.Errorf("%s: %s", part.Error.ErrorName, part.Error.Message)
		case part.Columns != nil:
			columns = part.Columns
		}
		rows = append(rows, part.Data...)
		if part.NextURI == "" {
			return columns, rows, nil
		}
		if request, err = http.NewRequestWithContext(t.Context(), http.MethodGet, part.NextURI, nil); err != nil {
			t.Fatal(err)
		}
	}
}
