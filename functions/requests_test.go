package functions_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestWritesWantAKey: no write without one good Idempotency-Key.
func TestWritesWantAKey(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	for _, w := range s.all() {
		for _, k := range []struct {
			code string
			keys []string
		}{
			{"idempotency_key_missing", nil}, {"idempotency_key_missing", []string{""}},
			{"idempotency_key_invalid", []string{"a b"}}, {"idempotency_key_invalid", []string{"é"}},
			{"idempotency_key_invalid", []string{strings.Repeat("k", 201)}}, {"idempotency_key_invalid", []string{"a", "b"}},
		} {
			a := s.owner.send(w.method, w.path, w.body, func(r *http.Request) { r.Header["Idempotency-Key"] = k.keys })
			if a.Status != 400 {
				t.Errorf("%s with the keys %q: %d %s", w.name, k.keys, a.Status, a.Raw)
			}
			a.problem().tells(t, w.name, k.code, "#Idempotency-Key")
		}
	}
}

// TestBodiesAreJudged: what is wrong with a body as a text, and with the type of each of its fields, is
// refused by every write with its pointer, and nothing is written.
func TestBodiesAreJudged(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	for _, w := range s.writes() {
		inner := strings.TrimSuffix(w.body, "}")
		first := strings.SplitN(strings.TrimPrefix(w.body, "{"), ":", 2)[0] // "name"
		firstPointer := "/" + strings.Trim(first, `"`)
		for _, tt := range []struct {
			name, body string
			status     int
			code       string
			pointers   []string
		}{
			{"no body", "", 400, "body_missing", nil},
			{"no JSON", "hello", 400, "malformed_json", []string{""}},
			{"cut off", inner, 400, "malformed_json", []string{""}},
			{"trailing data", w.body + "{}", 400, "malformed_json", []string{""}},
			{"trailing comma", inner + ",}", 400, "malformed_json", []string{""}},
			{"null", "null", 422, "null_not_allowed", []string{""}},
			{"an array", "[" + w.body + "]", 422, "wrong_type", []string{""}},
			{"unknown field", inner + `,"amount":1}`, 422, "unknown_field", []string{"/amount"}},
			{"unknown name with a slash", inner + `,"a/b~":1}`, 422, "unknown_field", []string{"/a~1b~0"}},
			{"field in other case", inner + "," + strings.ToUpper(first) + `:1}`, 422, "unknown_field", []string{strings.ToUpper(firstPointer)}},
			{"field twice", inner + "," + first + ":" + string(fields(t, w.body)[strings.Trim(first, `"`)]) + "}", 400, "duplicate_field", []string{firstPointer}},
			{"bad UTF-8 in a name", inner + ",\"\xff\":1}", 400, "bad_utf8", nil},
		} {
			a := s.owner.call(w.method, w.path, tt.body)
			if a.Status != tt.status {
				t.Errorf("%s, %s: %d %s, want %d", w.name, tt.name, a.Status, a.Raw, tt.status)
			}
			if p := a.problem(); tt.pointers != nil && tt.pointers[0] != "" {
				p.tells(t, w.name+", "+tt.name, tt.code, tt.pointers...)
			} else if p.Code != tt.code {
				t.Errorf("%s, %s: %s, want %s", w.name, tt.name, a.Raw, tt.code)
			}
		}
		s.wrongTypes(t, w)
	}
}

// wrongTypes gives each field of a body a value of another type.
func (s *stage) wrongTypes(t *testing.T, w write) {
	t.Helper()
	var everything []string
	all := fields(t, w.body)
	for name, value := range fields(t, w.body) {
		wrong := `"x"`
		switch {
		case strings.HasPrefix(string(value), `"`):
			wrong = "5"
		case strings.HasPrefix(string(value), "["):
			wrong = "{}"
		}
		one := fields(t, w.body)
		one[name], all[name] = json.RawMessage(wrong), json.RawMessage(wrong)
		a := s.owner.must(422, w.method, w.path, object(t, one))
		a.problem().tells(t, w.name, "wrong_type", "/"+name)
		one[name] = json.RawMessage("null")
		s.owner.must(422, w.method, w.path, object(t, one)).problem().tells(t, w.name, "null_not_allowed", "/"+name)
		everything = append(everything, "/"+name)
		if strings.HasPrefix(string(value), `"`) {
			one[name] = json.RawMessage("\"\xc3\x28\"")
			s.badUTF8(t, w, name, one)
		}
	}
	code := "wrong_type"
	if len(everything) > 1 {
		code = "invalid_request"
	}
	s.owner.must(422, w.method, w.path, object(t, all)).problem().tells(t, w.name+", all fields wrong", code, everything...)
}

// badUTF8 sends a text that is none; json.Marshal would mend it, so the body is put together by hand.
func (s *stage) badUTF8(t *testing.T, w write, name string, all map[string]json.RawMessage) {
	t.Helper()
	var parts []string
	for k, v := range all {
		parts = append(parts, `"`+k+`":`+string(v))
	}
	a := s.owner.must(400, w.method, w.path, "{"+strings.Join(parts, ",")+"}")
	a.problem().tells(t, w.name, "bad_utf8", "/"+name)
}

// TestBodiesAreBounded: 1 MiB, and 8 MiB for a bulk call.
func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	for _, w := range s.writes() {
		limit := 1 << 20
		if w.bulk {
			limit = 8 << 20
		}
		if w.bulk && w.name != "revenues:bulk" {
			continue // the three are one operation, and 8 MiB take their time
		}
		most := w.body + strings.Repeat(" ", limit-len(w.body))
		if a := s.owner.refused(413, "body_too_large", w.method, w.path, most+" "); !strings.Contains(a.Raw, "maxBytes") {
			t.Errorf("%s: %s", w.name, a.Raw)
		}
		a := s.owner.send(w.method, w.path, most+" ", func(r *http.Request) { r.ContentLength = -1 }) // sent in chunks
		if a.Status != 413 {
			t.Errorf("%s in chunks: %d %s", w.name, a.Status, a.Raw)
		}
		if w.founds {
			s.owner.refused(409, "organisation_exists", w.method, w.path, most) // as large as it may be
		}
	}
}

// TestRequestsThatFitNoOperation: other media types, methods and parameters.
func TestRequestsThatFitNoOperation(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	for _, w := range s.writes() {
		a := s.owner.send(w.method, w.path, w.body, func(r *http.Request) { r.Header.Set("Content-Type", "text/xml") })
		if a.Status != 415 {
			t.Errorf("%s as XML: %d %s", w.name, a.Status, a.Raw)
		}
		s.owner.must(405, "PATCH", w.path, w.body)
		q := s.owner.must(422, w.method, w.path+"?propertyId="+s.property, w.body)
		q.problem().tells(t, w.name, "unknown_parameter", "#propertyId")
	}
}
