package webhook

import (
	"errors"
	"net"
	"testing"
	"time"
)

// TestControlLooksAtTheSocket: the second line, whatever the first one let pass.
func TestControlLooksAtTheSocket(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := NewClient(Options{})
	d := net.Dialer{ControlContext: c.control}
	if conn, err := d.DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, ErrAddress) {
		t.Errorf("%v, %v", conn, err)
	}
	for address, network := range map[string]string{"8.8.8.8:443": "udp4", "8.8.8.8": "tcp4", "[::ffff:8.8.8.8]:443": "tcp6", "/socket": "unix"} {
		if err := c.control(t.Context(), network, address, nil); !errors.Is(err, ErrAddress) {
			t.Errorf("%s %s: %v", network, address, err)
		}
	}
	if err := c.control(t.Context(), "tcp4", "8.8.8.8:443", nil); err != nil {
		t.Error(err)
	}
}

func TestTheWholeIsBounded(t *testing.T) {
	t.Parallel()
	tr := NewClient(Options{}).http
	if tr.Timeout != Timeout || Timeout > 9*time.Second {
		t.Errorf("the whole takes %v", tr.Timeout)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-5": 0, "1.5": 0, "x": 0, "999999999": 24 * time.Hour, "99999999999999999999": 0,
		"Tue, 10 Mar 2026 12:10:00 GMT": 10 * time.Minute, "Tue, 10 Mar 2026 11:00:00 GMT": 0, "Thu, 10 Mar 2036 12:00:00 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
