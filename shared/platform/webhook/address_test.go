package webhook_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"innkeep.internal/shared/platform/webhook"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	badURL, notPublic := error(webhook.ErrURL), error(webhook.ErrAddress)
	for text, want := range map[string]error{
		"https://hooks.example.com/a?b=c":                                nil,
		"https://hooks.example.com":                                      nil,
		"https://HOOKS.Example.com/":                                     nil,
		"https://hooks.example.com:443/":                                 nil,
		"https://hooks.example.com:8443/":                                nil,
		"https://xn--bcher-kva.example/":                                 nil,
		"https://93.184.215.14/":                                         nil,
		"https://[2606:2800:21f::1]/":                                    nil,
		"":                                                               badURL,
		"hooks.example.com":                                              badURL,
		"/path":                                                          badURL,
		"//hooks.example.com/":                                           badURL,
		"http://hooks.example.com/":                                      badURL,
		"ftp://hooks.example.com/":                                       badURL,
		"file:///etc/passwd":                                             badURL,
		"https:hooks.example.com":                                        badURL,
		"https:///path":                                                  badURL,
		"https://user@hooks.example.com/":                                badURL,
		"https://user:word@hooks.example.com/":                           badURL,
		"https://hooks.example.com/#part":                                badURL,
		"https://hooks.example.com/#":                                    badURL,
		"https://hooks.example.com:25/":                                  badURL,
		"https://hooks.example.com:80/":                                  badURL,
		"https://hooks.example.com:0/":                                   badURL,
		"https://hooks.example.com:65536/":                               badURL,
		"https://hooks.example.com:/":                                    badURL,
		"https://hooks.example.com\\@10.0.0.1/":                          badURL,
		"https://hooks.example.com /":                                    badURL,
		"https://hooks.example.com/\n":                                   badURL,
		"https://bücher.example/":                                        badURL,
		"https://under_score.example.com/":                               badURL,
		"https://hooks..example.com/":                                    badURL,
		"https://hooks.example.com./":                                    badURL,
		"https://-hooks.example.com/":                                    badURL,
		"https://2130706433/":                                            badURL,
		"https://127.1/":                                                 badURL,
		"https://0x7f.0.0.0x1/":                                          badURL,
		"https://0177.0.0.01/":                                           badURL,
		"https://[fe80::1%25eth0]/":                                      notPublic,
		"https://localhost/":                                             notPublic,
		"https://a.localhost/":                                           notPublic,
		"https://printer.local/":                                         notPublic,
		"https://metadata/":                                              notPublic,
		"https://metadata.google.internal/":                              notPublic,
		"https://router.home.arpa/":                                      notPublic,
		"https://127.0.0.1/":                                             notPublic,
		"https://169.254.169.254/latest":                                 notPublic,
		"https://[::1]/":                                                 notPublic,
		"https://[::ffff:10.0.0.1]/":                                     notPublic,
		"https://" + strings.Repeat("a.", 127) + "example/":              badURL,
		"https://hooks.example.com/" + strings.Repeat("a", 2048):         badURL,
		"https://" + strings.Repeat("a", 64) + ".example.com/":           badURL,
		"https://hooks.example.com/" + strings.Repeat("a", 2048-26):      nil,
		"https://" + strings.Repeat("a", 63) + ".example.com/%2e%2e?x=#": badURL,
	} {
		if _, err := webhook.ParseURL(text, false); !errors.Is(err, want) {
			t.Errorf("%.60q: %v, want %v", text, err, want)
		}
	}
	for text, want := range map[string]error{ // of a local server
		"http://127.0.0.1:8080/hook": nil,
		"http://localhost:80/":       nil,
		"http://[::1]:9/":            nil,
		"https://hooks.example.com/": nil,
		"http://10.0.0.1/":           notPublic,
		"http://169.254.169.254/":    notPublic,
		"http://u@localhost/":        badURL,
		"gopher://localhost/":        badURL,
	} {
		if _, err := webhook.ParseURL(text, true); !errors.Is(err, want) {
			t.Errorf("local %q: %v, want %v", text, err, want)
		}
	}
}

func TestCheckIP(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "198.17.255.255",
		"198.20.0.1", "223.255.255.254", "169.253.0.1", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2003::1",
	} {
		if err := webhook.CheckIP(netip.MustParseAddr(text), false); err != nil {
			t.Errorf("%s is public: %v", text, err)
		}
	}
	private := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1",
		"169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1",
		"198.18.0.1", "198.19.255.255", "198.51.100.1", "199.36.153.8", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "fc00::1", "fd20:ce::254",
		"fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:a00:1::1",
		"2002:7f00:1::", "3fff::1", "4000::1", "5f00::1", "2606:4700::1111%1",
	}
	for _, text := range private {
		if err := webhook.CheckIP(netip.MustParseAddr(text), false); !errors.Is(err, webhook.ErrAddress) {
			t.Errorf("%s passes: %v", text, err)
		}
		ip := netip.MustParseAddr(text)
		if err := webhook.CheckIP(ip, true); err != nil != !ip.IsLoopback() {
			t.Errorf("local %s: %v", text, err)
		}
	}
	if webhook.CheckIP(netip.Addr{}, true) == nil {
		t.Error("no address passes")
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"https://a.example/", "https://[::1]/", "https://a.example:444444/", "https://a@b.example/", "https://1.2.3.4:1/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := webhook.ParseURL(text, false)
		if err != nil {
			return
		}
		again, err := webhook.ParseURL(u.String(), false) // what is sent to is what was judged
		if err != nil || again.Host != u.Host || u.Scheme != "https" || u.Hostname() == "" {
			t.Errorf("%q passes as %q: %v", text, u, err)
		}
	})
}
