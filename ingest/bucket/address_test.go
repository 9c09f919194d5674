package bucket

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"trailbox/ingest/s3test"
)

func TestMeant(t *testing.T) {
	for arg, want := range map[string]string{
		"S3://logs/AWSLogs/":             "s3://logs/AWSLogs/",
		"s3:/logs/AWSLogs/":              "s3://logs/AWSLogs/",
		"s3:logs":                        "s3://logs",
		"arn:aws:s3:::logs":              "s3://logs",
		"arn:aws-cn:s3:::logs/AWSLogs/*": "s3://logs/AWSLogs/",
		"https://logs.s3.amazonaws.com":  "s3://logs/",
		"https://my.logs.s3.eu-west-1.amazonaws.com/AWSLogs/":                                                          "s3://my.logs/AWSLogs/",
		"https://logs.s3-eu-west-1.amazonaws.com/a%20b":                                                                "s3://logs/a b",
		"https://logs.s3.dualstack.eu-west-1.amazonaws.com/x?versionId=1":                                              "s3://logs/x",
		"https://logs.s3.cn-north-1.amazonaws.com.cn/x":                                                                "s3://logs/x",
		"https://s3.eu-west-1.amazonaws.com/logs/AWSLogs/":                                                             "s3://logs/AWSLogs/",
		"HTTPS://S3.amazonaws.com/logs":                                                                                "s3://logs",
		"https://eu-west-1.console.aws.amazon.com/s3/buckets/logs?region=eu-west-1&prefix=AWSLogs/&showversions=false": "s3://logs/AWSLogs/",
		"http://user:hunter2@192.0.2.1:9000/logs/AWSLogs/":                                                             "s3://logs/AWSLogs/ http://192.0.2.1:9000",
		"logs/AWSLogs/":                          "s3://logs/AWSLogs/",
		"logs":                                   "",
		"./logs/AWSLogs":                         "",
		"/logs/AWSLogs":                          "",
		"Logs_2026/AWSLogs":                      "",
		"https://192.0.2.1:9000":                 "",
		"https://s3.amazonaws.com/":              "",
		"s3://":                                  "",
		"s3:":                                    "",
		"https://console.aws.amazon.com/s3/home": "",
		"":                                       "",
	} {
		uri, endpoint := Meant(arg)
		if got := strings.TrimSpace(uri + " " + endpoint); got != want {
			t.Errorf("%s: %q, want %q", arg, got, want)
		}
		if _, ok := parseAddress(uri); uri != "" && !ok {
			t.Errorf("%s: %s is none", arg, uri)
		}
	}
}

func TestInEndpoint(t *testing.T) {
	for _, test := range []struct {
		uri, endpoint, without string
		found                  bool
	}{
		{"s3://logs/x", "https://logs.s3.eu-west-1.amazonaws.com", "", true},
		{"s3://logs/x", "https://user:hunter2@logs.s3.example.com:9000/", "https://s3.example.com:9000/", true},
		{"s3://logs", "http://192.0.2.1:9000/logs", "http://192.0.2.1:9000", true},
		{"s3://logs", "http://192.0.2.1:9000/gateway/logs/", "http://192.0.2.1:9000/gateway", true},
		{"s3://minio", "http://minio.example.com:9000", "", false},
		{"s3://logs", "http://192.0.2.1:9000/", "", false},
		{"s3://logs", "", "", false},
		{"s3://logs", "http://[", "", false},
	} {
		if without, found := InEndpoint(test.uri, test.endpoint); without != test.without || found != test.found {
			t.Errorf("%s at %s: %q, %v", test.uri, test.endpoint, without, found)
		}
	}
}

// An access point is asked at its own host, in the Region of its ARN, whatever Region is
// configured; its alias is a bucket's name.
func TestAccessPoint(t *testing.T) {
	const key = "AWSLogs/1.json"
	for _, test := range []struct{ uri, host, root string }{
		{"arn:aws:s3:eu-west-1:111122223333:accesspoint/evidence", "evidence-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint:evidence/"},
		{"s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/evidence/AWSLogs/", "evidence-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint:evidence/"},
		{"s3://arn:aws:s3:eu-west-1:111122223333:accesspoint:evidence/AWSLogs/", "evidence-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint:evidence/"},
		{"s3://evidence-aqfqprnstn7aefdfbarligizwgyfouse1a-s3alias/AWSLogs/", "evidence-aqfqprnstn7aefdfbarligizwgyfouse1a-s3alias.s3.us-east-2.amazonaws.com", "s3://evidence-aqfqprnstn7aefdfbarligizwgyfouse1a-s3alias/"},
	} {
		server := s3test.New(t)
		bucket, _, _ := strings.Cut(test.host, ".")
		server.Put(bucket, key, []byte("content"))
		t.Setenv("AWS_REGION", "us-east-2")
		all := newFakeAWS(t, server, "eu-west-1")
		if !IsURI(test.uri) {
			t.Errorf("%s is not taken", test.uri)
		}
		s, err := open(t.Context(), test.uri, Options{}, impatient, all.client)
		if err != nil {
			t.Fatal(err)
		}
		objects := mustList(t, s)
		if len(objects) != 1 || objects[0].URI != test.root+key {
			t.Fatalf("%s: %+v", test.uri, objects)
		}
		if data, _, err := s.Fetch(t.Context(), objects[0]); err != nil || string(data) != "content" {
			t.Errorf("%s: %q, %v", test.uri, data, err)
		}
		for _, host := range all.hosts {
			if host != "GET "+test.host {
				t.Errorf("%s: asked %s", test.uri, host)
			}
		}
		// What is listed can be opened again.
		if a, ok := parseAddress(objects[0].URI); !ok || a.prefix != key {
			t.Errorf("%s: %+v", objects[0].URI, a)
		}
	}
}

// An access point at an endpoint of one's own, such as a VPC's, is a host of it.
func TestAccessPointAtEndpoint(t *testing.T) {
	s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	var host string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host = r.Host
		w.Write([]byte(`<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`))
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://localhost:" + u.Port() // names below localhost are this machine
	s, err := open(t.Context(), "arn:aws:s3:eu-west-1:111122223333:accesspoint/evidence", Options{EndpointURL: endpoint}, impatient)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range s.List(t.Context(), wantAll) {
		if err != nil {
			t.Skip("names below localhost are not known here: ", err)
		}
	}
	if host != "evidence-111122223333.localhost:"+u.Port() {
		t.Errorf("asked %s", host)
	}
}
