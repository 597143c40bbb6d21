package deadline

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimeIsPassedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		<-time.After(3 * time.Second)
		h := http.Header{}
		if err := Set(ctx, h); err != nil || h.Get(Header) != "6900" {
			t.Fatalf("%q, %v", h.Get(Header), err)
		}
		for most, want := range map[time.Duration]time.Duration{15 * time.Second: 6900 * time.Millisecond, 5 * time.Second: 5 * time.Second} {
			if left, err := Enter(h, most); err != nil || left != want {
				t.Errorf("%v of %v, %v", left, most, err)
			}
		}
		<-time.After(7*time.Second - Margin)
		if err := Set(ctx, h); !errors.Is(err, ErrSpent) || h.Get(Header) != "" {
			t.Errorf("%q, %v", h.Get(Header), err)
		}
	})
}

func TestEnter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": time.Second, "250": 250 * time.Millisecond, "99999": time.Second, "abc": time.Second, "1e3": time.Second,
		"99999999999999999999": time.Second,
	} {
		h := http.Header{}
		if text != "" {
			h.Set(Header, text)
		}
		if got, err := Enter(h, time.Second); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "-5"} {
		if _, err := Enter(http.Header{Header: {text}}, time.Second); !errors.Is(err, ErrSpent) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := Set(t.Context(), http.Header{}); err != nil {
		t.Error(err)
	}
}
