package httpfn_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/platform/httpfn"
)

type fileInput struct {
	Kilobytes int  `query:"kilobytes"`
	Fails     bool `query:"fails"`
	httpfn.Read
}

// files is an API whose one operation writes as many kilobytes and then fails or not.
func files(t *testing.T) *httptest.Server {
	t.Helper()
	a := httpfn.New("Files", httpfn.Options{})
	httpfn.Register(a, huma.Operation{OperationID: "get-file", Method: http.MethodGet, Path: "/v1/file"}, func(ctx context.Context, in *fileInput) (*huma.StreamResponse, error) {
		return httpfn.File{
			Name: httpfn.FileName("txt", "a file", "2026-03-01"), MediaType: "text/plain", Header: map[string]string{"Content-Language": "en"},
			Write: func(w io.Writer) error {
				_, err := io.Copy(w, strings.NewReader(strings.Repeat("x", in.Kilobytes<<10)))
				if in.Fails {
					err = ErrTooHeavy
				}
				return err
			},
		}.Response(ctx), nil
	})
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return s
}

func TestFile(t *testing.T) {
	t.Parallel()
	s := files(t)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/v1/file?kilobytes=3000", nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reply.Body)
		_ = reply.Body.Close()
		if want := 3000 << 10; err != nil || method == http.MethodGet && len(body) != want || method == http.MethodHead && len(body) != 0 {
			t.Errorf("%s: %d bytes: %v", method, len(body), err)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/plain", "Content-Disposition": `attachment; filename="a-file_2026-03-01.txt"`,
			"Content-Language": "en", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		} {
			if got := reply.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q", method, name, got)
			}
		}
	}
}

// A file that fails early is a problem; one that fails late never arrives as a whole.
func TestFileFails(t *testing.T) {
	t.Parallel()
	s := files(t)
	get := func(kilobytes string) (*http.Response, string, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v1/file?fails=true&kilobytes="+kilobytes, nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := s.Client().Do(r)
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = reply.Body.Close() }()
		body, err := io.ReadAll(reply.Body)
		return reply, string(body), err
	}
	reply, body, err := get("10")
	if err != nil || reply.StatusCode != http.StatusConflict || !strings.Contains(body, `"code":"too_heavy"`) || reply.Header.Get("Content-Disposition") != "" {
		t.Errorf("%v %.200s: %v", reply, body, err)
	}
	if _, _, err = get("3000"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half of a file is the whole: %v", err)
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{[]string{"daily", "QUAY", "2026-03-01"}, "daily_QUAY_2026-03-01.pdf"},
		{[]string{"../../etc/passwd"}, "etc-passwd.pdf"},
		{[]string{"a\"b;\r\nc", "", "ü", "."}, "a-b---c.pdf"},
		{nil, "file.pdf"},
		{[]string{strings.Repeat("x", 200)}, strings.Repeat("x", 96) + ".pdf"},
	} {
		if got := httpfn.FileName("pdf", c.parts...); got != c.want {
			t.Errorf("%q: %s, want %s", c.parts, got, c.want)
		}
	}
}
