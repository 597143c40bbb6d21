package webhook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"innkeep.internal/shared/platform/webhook"
)

// receiver is a server on this machine, and the URL of it under a name.
func receiver(t *testing.T, h http.HandlerFunc) (*httptest.Server, string) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return s, "https://example.com:" + port + "/hook" // example.com is in the test server's certificate
}

// leads makes every name lead to the addresses, one after the other by call; the last one stays.
func leads(to ...string) func(context.Context, string) ([]netip.Addr, error) {
	var calls atomic.Int64
	return func(context.Context, string) ([]netip.Addr, error) {
		n := min(int(calls.Add(1)), len(to)) - 1
		var out []netip.Addr
		for text := range strings.SplitSeq(to[n], ",") {
			out = append(out, netip.MustParseAddr(text))
		}
		return out, nil
	}
}

func client(s *httptest.Server, o webhook.Options) *webhook.Client {
	if s != nil && s.Certificate() != nil {
		o.Roots = x509.NewCertPool()
		o.Roots.AddCert(s.Certificate())
	}
	return webhook.NewClient(o)
}

func TestSend(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	var got atomic.Value
	s, url := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.Store(fmt.Sprint(r.Method, " ", r.URL, " ", string(body), " ", webhook.Verify(r.Header, body, time.Now(), secret), " ", r.Close))
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusNoContent)
	})
	c := client(s, webhook.Options{Local: true, Resolve: leads("127.0.0.1")})
	body := []byte(`{"a":1}`)
	a := c.Send(t.Context(), url, webhook.Sign("id", time.Now(), body, secret), body)
	if !a.OK() || a.Status != 204 || a.RetryAfter != 7*time.Second || a.Took <= 0 || a.Reason != "" {
		t.Errorf("%+v", a)
	}
	if want := `POST /hook {"a":1} <nil> true`; got.Load() != want {
		t.Errorf("it received %v, want %s", got.Load(), want)
	}
}

// TestNothingPrivateIsDialled: a receiver on this machine gets nothing, whichever way its address is
// reached.
func TestNothingPrivateIsDialled(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	s, url := receiver(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	for name, c := range map[string]struct {
		url     string
		resolve func(context.Context, string) ([]netip.Addr, error)
		want    string
	}{
		"a name of loopback":         {url, leads("127.0.0.1"), webhook.ReasonAddress},
		"a name of mapped loopback":  {url, leads("::ffff:127.0.0.1"), webhook.ReasonAddress},
		"a public one before it":     {url, leads("8.8.8.8,127.0.0.1"), webhook.ReasonAddress},
		"metadata":                   {url, leads("169.254.169.254"), webhook.ReasonAddress},
		"the address itself":         {s.URL, nil, webhook.ReasonAddress},
		"http":                       {"http" + strings.TrimPrefix(s.URL, "https"), nil, webhook.ReasonURL},
		"no host of the name":        {url, func(context.Context, string) ([]netip.Addr, error) { return nil, &net.DNSError{IsNotFound: true} }, webhook.ReasonHost},
		"a host without an address":  {url, func(context.Context, string) ([]netip.Addr, error) { return nil, nil }, webhook.ReasonHost},
		"a resolver that fails":      {url, func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("down") }, webhook.ReasonConnect},
		"a resolver that takes long": {url, func(context.Context, string) ([]netip.Addr, error) { return nil, context.DeadlineExceeded }, webhook.ReasonTimeout},
	} {
		a := client(s, webhook.Options{Resolve: c.resolve}).Send(t.Context(), c.url, nil, nil)
		if a.Reason != c.want || a.Status != 0 || a.OK() {
			t.Errorf("%s: %+v, want %s", name, a, c.want)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

// TestRebinding: a name that is public when it is registered, and this machine when a message is sent.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	s, url := receiver(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	c := client(s, webhook.Options{Resolve: leads("93.184.215.14", "127.0.0.1")})
	if err := c.Check(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if a := c.Send(t.Context(), url, nil, nil); a.Reason != webhook.ReasonAddress || reached.Load() != 0 {
		t.Errorf("%+v, %d requests came through", a, reached.Load())
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	fails := func(err error) func(context.Context, string) ([]netip.Addr, error) {
		return func(context.Context, string) ([]netip.Addr, error) { return nil, err }
	}
	for name, c := range map[string]struct {
		url     string
		resolve func(context.Context, string) ([]netip.Addr, error)
		want    error
	}{
		"public":              {"https://a.example/", leads("8.8.8.8,2606:4700::1111"), nil},
		"private":             {"https://a.example/", leads("10.1.2.3"), webhook.ErrAddress},
		"mixed":               {"https://a.example/", leads("8.8.8.8,fd00::1"), webhook.ErrAddress},
		"not found":           {"https://a.example/", fails(&net.DNSError{IsNotFound: true}), webhook.ErrHost},
		"a resolver in doubt": {"https://a.example/", fails(&net.DNSError{IsTemporary: true}), nil},
		"http":                {"http://a.example/", leads("8.8.8.8"), webhook.ErrURL},
	} {
		if err := client(nil, webhook.Options{Resolve: c.resolve}).Check(t.Context(), c.url); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestRedirectsAreNotFollowed: they are an answer that is not a success, wherever they lead.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	s, url := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/hook" {
			reached.Add(1)
			return
		}
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusTemporaryRedirect)
	})
	c := client(s, webhook.Options{Local: true, Resolve: leads("127.0.0.1")})
	for _, to := range []string{"/elsewhere", "http://169.254.169.254/latest", s.URL + "/elsewhere"} {
		if a := c.Send(t.Context(), url+"?to="+to, nil, []byte("x")); a.Status != 307 || a.OK() {
			t.Errorf("%s: %+v", to, a)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

func TestProxiesOfTheEnvironmentAreOff(t *testing.T) {
	var proxied atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	t.Cleanup(proxy.Close)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	c := client(nil, webhook.Options{Resolve: leads("127.0.0.1")})
	if a := c.Send(t.Context(), "https://a.example/", nil, nil); a.Reason != webhook.ReasonAddress || proxied.Load() != 0 {
		t.Errorf("%+v, %d requests by the proxy", a, proxied.Load())
	}
}

// TestReceiversThatMisbehave: each has an answer, and none takes memory or time for itself.
func TestReceiversThatMisbehave(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	s, url := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("do") {
		case "flood":
			for chunk := []byte(strings.Repeat("x", 64<<10)); ; {
				n, err := w.Write(chunk)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		case "headers":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		case "break":
			panic(http.ErrAbortHandler)
		case "hang":
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // whoever hangs has not answered, not even when the caller goes
		}
	})
	c := client(s, webhook.Options{Local: true, Resolve: leads("127.0.0.1")})
	if a := c.Send(t.Context(), url+"?do=flood", nil, nil); !a.OK() || sent.Load() > 16<<20 {
		t.Errorf("flood: %+v, %d bytes were taken", a, sent.Load())
	}
	for do, want := range map[string]string{"headers": webhook.ReasonConnect, "break": webhook.ReasonConnect} {
		if a := c.Send(t.Context(), url+"?do="+do, nil, nil); a.Reason != want {
			t.Errorf("%s: %+v", do, a)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if a := c.Send(ctx, url+"?do=hang", nil, nil); a.Reason != webhook.ReasonTimeout {
		t.Errorf("hang: %+v", a)
	}
	unknown := webhook.NewClient(webhook.Options{Local: true, Resolve: leads("127.0.0.1")})
	if a := unknown.Send(t.Context(), url, nil, nil); a.Reason != webhook.ReasonTLS {
		t.Errorf("an unknown authority: %+v", a)
	}
	other := client(s, webhook.Options{Local: true, Resolve: leads("127.0.0.1")})
	if a := other.Send(t.Context(), strings.Replace(url, "example.com", "another.example", 1), nil, nil); a.Reason != webhook.ReasonTLS {
		t.Errorf("another name's certificate: %+v", a)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	s.StartTLS()
	t.Cleanup(s.Close)
	c := client(s, webhook.Options{Local: true})
	if a := c.Send(t.Context(), s.URL, nil, nil); a.Status != 0 || a.Reason != webhook.ReasonTLS {
		t.Errorf("%+v", a)
	}
}
