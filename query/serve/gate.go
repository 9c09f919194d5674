package serve

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"trailbox/query"
)

// NewToken returns a token that nobody can guess: 256 bits.
func NewToken() string {
	var random [32]byte
	rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// policy is what pages may do: show what is of this site, run its one script, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A gate lets through who may ask, see the package's comment.
type gate struct {
	token string
	hosts []string // names that lead here, besides addresses and localhost
	open  func(r *http.Request) bool
	api   http.Handler // of AWS's clients, who sign what they ask; nil for none
	next  http.Handler
	deny  func(w http.ResponseWriter, r *http.Request, p *problem)
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// None goes elsewhere. With no-referrer browsers send forms of our own pages as from nowhere:
	// "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store") // evidence stays out of the browser's files
	switch {
	case !g.isOurs(r.Host):
		http.Error(w, "this is a trailbox console, and not "+query.Escape(r.Host)+": open it by the address that trailbox serve printed", http.StatusMisdirectedRequest)
	case g.api != nil && isForAPI(r):
		// No browser signs requests, nor does one keep Origin and Sec-Fetch-Site to itself.
		if fromBrowser(r) {
			http.Error(w, "AWS's API is not for pages", http.StatusForbidden)
			return
		}
		g.api.ServeHTTP(w, r)
	case isFromElsewhere(r):
		http.Error(w, "another site sent this", http.StatusForbidden)
	case g.open(r):
		g.next.ServeHTTP(w, r)
	case r.URL.Query().Has("token"):
		g.signIn(w, r)
	case !g.isSignedIn(r):
		g.deny(w, r, &problem{
			Status: http.StatusUnauthorized, Title: "Sign in",
			Text: "Open the address that trailbox serve printed: it has the token in it. If you came by a link from another site, this one goes on:",
			Link: r.URL.RequestURI(),
		})
	default:
		g.next.ServeHTTP(w, r)
	}
}

// isOurs reports whether a Host is one by which this server is meant. An address is one whatever
// it is: names that are made to lead here are names.
func (g *gate) isOurs(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	_, err = netip.ParseAddr(name)
	return err == nil || name == "localhost" || slices.Contains(g.hosts, name)
}

// isForAPI reports whether a request is one of AWS's clients: of its own protocol, or signed.
func isForAPI(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/" || r.Header.Get("X-Amz-Target") != "" ||
		strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") || r.URL.Query().Has("X-Amz-Signature")
}

// fromBrowser reports whether a browser's page sent a request.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

// isFromElsewhere reports whether a request could change something, and comes from another site.
// What only asks is harmless: the answer is nobody's but the browser's own.
func isFromElsewhere(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return true
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "same-origin" && site != "none"
}

// cookieName is the name of the cookie. Cookies know no ports, so two servers on one machine
// would take each other's away.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host)
	return "trailbox-" + port
}

// cookie is what a browser that has shown the token is known by. It is not the token, which a
// cookie would carry to whatever else this machine serves.
func (g *gate) cookie() string {
	mac := hmac.New(sha256.New, []byte(g.token))
	mac.Write([]byte("cookie of the console"))
	return hex.EncodeToString(mac.Sum(nil))
}

func (g *gate) isSignedIn(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return hmac.Equal([]byte(bearer), []byte(g.token))
	}
	c, err := r.Cookie(cookieName(r))
	return err == nil && hmac.Equal([]byte(c.Value), []byte(g.cookie()))
}

// signIn takes the token out of the URL, where it would be mailed on and remembered.
func (g *gate) signIn(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	if r.Method != http.MethodGet || !hmac.Equal([]byte(values.Get("token")), []byte(g.token)) {
		g.deny(w, r, &problem{
			Status: http.StatusUnauthorized, Title: "Sign in",
			Text: "This token is not the one of this server: each start of trailbox serve has its own.",
		})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName(r), Value: g.cookie(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	values.Del("token")
	to := *r.URL
	to.RawQuery = values.Encode()
	http.Redirect(w, r, local(to.RequestURI()), http.StatusSeeOther)
}

// local is a path of this site: //example.org would be another.
func local(path string) string { return "/" + strings.TrimLeft(path, "/\\") }
