package serve

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const testToken = "a-token-that-nobody-guesses"

// A guarded server answers "inside" to whoever it lets in, and "api" to AWS's clients.
func guarded(t *testing.T) *gate {
	t.Helper()
	says := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) })
	}
	return &gate{
		token: testToken, hosts: []string{"console.example"}, api: says("api"), next: says("inside"),
		open: func(r *http.Request) bool { return r.URL.Path == "/assets/open" },
		deny: func(w http.ResponseWriter, _ *http.Request, p *problem) {
			w.WriteHeader(p.Status)
			io.WriteString(w, "denied")
		},
	}
}

// Who is let in, by what the request is, and nobody else.
func TestGate(t *testing.T) {
	g := guarded(t)
	cookie := "trailbox-7007=" + g.cookie()
	for _, test := range []struct {
		name   string
		method string // GET unless said
		target string // "/" unless said
		host   string // 127.0.0.1:7007 unless said
		header []string
		status int
		body   string
	}{
		{name: "nothing shown", status: 401, body: "denied"},
		{name: "the cookie", header: []string{"Cookie", cookie}, status: 200, body: "inside"},
		{name: "a cookie of another server", header: []string{"Cookie", "trailbox-7008=" + g.cookie()}, status: 401, body: "denied"},
		{name: "the token as a cookie", header: []string{"Cookie", "trailbox-7007=" + testToken}, status: 401, body: "denied"},
		{name: "an empty cookie", header: []string{"Cookie", "trailbox-7007="}, status: 401, body: "denied"},
		{name: "a script's token", header: []string{"Authorization", "Bearer " + testToken}, status: 200, body: "inside"},
		{name: "a wrong token, beside the cookie", header: []string{"Authorization", "Bearer x", "Cookie", cookie}, status: 401, body: "denied"},
		{name: "the cookie's value as a token", header: []string{"Authorization", "Bearer " + g.cookie()}, status: 401, body: "denied"},
		{name: "the token in the URL", target: "/events?token=" + testToken, status: 303},
		{name: "a wrong one", target: "/events?token=x", status: 401, body: "denied"},
		{name: "an empty one", target: "/events?token=", status: 401, body: "denied"},
		{name: "a wrong one beside the cookie", target: "/events?token=x", header: []string{"Cookie", cookie}, status: 401, body: "denied"},
		{name: "the token in the URL of a form", method: "POST", target: "/note?token=" + testToken, status: 401, body: "denied"},
		{name: "an asset", target: "/assets/open", status: 200, body: "inside"},
		{name: "an asset of another path", target: "/assets/../events", status: 401, body: "denied"},

		{name: "localhost", host: "localhost:7007", header: []string{"Cookie", cookie}, status: 200, body: "inside"},
		{name: "IPv6", host: "[::1]:7007", header: []string{"Cookie", cookie}, status: 200, body: "inside"},
		{name: "a name that was given", host: "console.example:7007", header: []string{"Cookie", cookie}, status: 200, body: "inside"},
		{name: "a name that leads here", host: "evil.example:7007", header: []string{"Cookie", cookie}, status: 421},
		{name: "an asset by such a name", host: "evil.example:7007", target: "/assets/open", status: 421},
		{name: "a name that begins like ours", host: "localhost.evil.example:7007", header: []string{"Cookie", cookie}, status: 421},
		{name: "a name that begins like an address", host: "127.0.0.1.evil.example:7007", header: []string{"Cookie", cookie}, status: 421},
		{name: "no name", host: " ", header: []string{"Cookie", cookie}, status: 421},
		{name: "the API by such a name", method: "POST", host: "evil.example:7007", status: 421},

		{name: "our own form", method: "POST", target: "/note", header: []string{"Cookie", cookie, "Origin", "http://127.0.0.1:7007", "Sec-Fetch-Site", "same-origin"}, status: 200, body: "inside"},
		{name: "a form elsewhere", method: "POST", target: "/note", header: []string{"Cookie", cookie, "Origin", "http://evil.example"}, status: 403},
		{name: "a form of another port", method: "POST", target: "/note", header: []string{"Cookie", cookie, "Origin", "http://127.0.0.1:8080"}, status: 403},
		{name: "a form in a frame without an origin", method: "POST", target: "/note", header: []string{"Cookie", cookie, "Origin", "null"}, status: 403},
		{name: "a form elsewhere, without Origin", method: "POST", target: "/note", header: []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, status: 403},
		{name: "a form of a sibling", method: "POST", target: "/note", header: []string{"Cookie", cookie, "Sec-Fetch-Site", "same-site"}, status: 403},
		{name: "a script with the token", method: "POST", target: "/note", header: []string{"Authorization", "Bearer " + testToken}, status: 200, body: "inside"},
		{name: "a request to change something, of a method of its own", method: "DELETE", target: "/note", header: []string{"Cookie", cookie, "Origin", "http://evil.example"}, status: 403},

		{name: "an AWS client", method: "POST", header: []string{"X-Amz-Target", "x"}, status: 200, body: "api"},
		{name: "an AWS client's object", target: "/bucket/key", header: []string{"Authorization", "AWS4-HMAC-SHA256 Credential=x"}, status: 200, body: "api"},
		{name: "a page that asks the API", method: "POST", header: []string{"X-Amz-Target", "x", "Origin", "http://127.0.0.1:7007"}, status: 403},
		{name: "a page elsewhere that asks the API without Origin", method: "POST", header: []string{"X-Amz-Target", "x", "Sec-Fetch-Site", "cross-site"}, status: 403},
		{name: "a page that has a link to the API", target: "/bucket/key?X-Amz-Signature=x", header: []string{"Sec-Fetch-Site", "cross-site"}, status: 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, target, host := test.method, test.target, test.host
			if method == "" {
				method = http.MethodGet
			}
			if target == "" {
				target = "/"
			}
			if host == "" {
				host = "127.0.0.1:7007"
			}
			r := httptest.NewRequest(method, target, nil)
			r.Host = strings.TrimSpace(host)
			for i := 0; i < len(test.header); i += 2 {
				r.Header.Set(test.header[i], test.header[i+1])
			}
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if w.Code != test.status || test.body != "" && w.Body.String() != test.body {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, test.status, test.body)
			}
			for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
				if w.Header().Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Error("other sites may read it")
			}
			if !strings.Contains(w.Header().Get("Cache-Control"), "no-store") && target != "/assets/open" {
				t.Error("the browser keeps it")
			}
		})
	}
}

// The token is changed for a cookie, and is in no URL after that; and the way goes on to this site.
func TestSignIn(t *testing.T) {
	g := guarded(t)
	for target, want := range map[string]string{
		"/events?actor=a&token=" + testToken:                        "/events?actor=a",
		"//evil.example/?token=" + testToken:                        "/evil.example/",
		"/%5Cevil.example/?token=" + testToken:                      "/%5Cevil.example/",
		"/events?token=" + testToken + "&q=" + url.QueryEscape("%"): "/events?q=%25",
	} {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:7007"+target, nil)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != want || w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d to %q, want %q", target, w.Code, got, want)
		}
		cookies := w.Result().Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || strings.Contains(cookies[0].Value, testToken) {
			t.Errorf("%s: cookies %v", target, cookies)
		}
		r = httptest.NewRequest(http.MethodGet, "http://127.0.0.1:7007/", nil)
		r.AddCookie(cookies[0])
		w = httptest.NewRecorder()
		if g.ServeHTTP(w, r); w.Body.String() != "inside" {
			t.Errorf("the cookie opens nothing: %d", w.Code)
		}
	}
}
