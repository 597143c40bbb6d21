package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"innkeep.internal/loadtest/report"
)

// What cannot be meant is one line and the status 2, before anything is started.
func TestCalledWrongly(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"--phase", "4"}, "--phase is 1, 2 or 3, not 4"},
		{[]string{"--phase", "0"}, "--phase is 1, 2 or 3, not 0"},
		{[]string{"--rate", "0"}, "--rate is above 0"},
		{[]string{"--rate", "-3"}, "--rate is above 0"},
		{[]string{"--rate", "NaN"}, "--rate is above 0"},
		{[]string{"--organisations", "9"}, "--organisations is 10 to 1000000, not 9"},
		{[]string{"--organisations", "1000001"}, "--organisations is"},
		{[]string{"--duration", "10ms"}, "--duration is 1s or more"},
		{[]string{"--warmup", "-1s"}, "--duration is 1s or more"},
		{[]string{"--out", ""}, "--out is empty"},
		{[]string{"--fast"}, "flag provided but not defined: -fast"},
		{[]string{"run"}, `"run" is not understood`},
		{[]string{"--compare", filepath.Join(t.TempDir(), "none.json")}, "no such file"},
		{[]string{"--target", "http://127.0.0.1:1"}, "the target cannot be used"},
	} {
		var out, err strings.Builder
		code := start(t.Context(), x.args, &out, &err)
		if code != exitFailed || !strings.HasPrefix(err.String(), "loadtest: ") || !strings.Contains(err.String(), x.want) || strings.Count(err.String(), "\n") != 1 {
			t.Errorf("%q: status %d, %q, want %q", x.args, code, err.String(), x.want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"--phase", "2", "--rate", "70", "--duration", "5s"})
	if err != nil || o.organisations != 500_000 || !o.rateSet || o.rate != 70 || o.duration != 5*time.Second {
		t.Errorf("%+v %v", o, err)
	}
	if o, err := parse([]string{"--organisations", "500"}); err != nil || o.organisations != 500 || o.rateSet || o.phase != 1 {
		t.Errorf("%+v %v", o, err)
	}
	if text := usage(); !strings.Contains(text, "--phase 1, 2 or 3") || !strings.Contains(text, "--compare file") {
		t.Error(text)
	}
}

// The rate that floors allow is that of the mix: what each kind of call costs, by its share.
func TestCallFloor(t *testing.T) {
	t.Parallel()
	got := callFloor(report.Floors{Transactions: 500, Blind: 2000, Reads: 1000})
	if want := 0.55/500 + 0.1*10/2000 + 0.35/1000; got < want*0.999 || got > want*1.001 {
		t.Errorf("%v s a call, want %v", got, want)
	}
}

func TestBound(t *testing.T) {
	t.Parallel()
	for want, x := range map[string]struct {
		cores    map[string]float64
		achieved float64
	}{
		"Nothing bounded it": {map[string]float64{"all": 1.99, "server": 1}, 96},
		"The processors bounded it, most of them the emulators":  {map[string]float64{"all": 1.99, "server": 0.6, "spanner": 0.5, "firestore": 0.4}, 80},
		"The processors bounded it, most of them ours":           {map[string]float64{"all": 1.9, "server": 1.1, "spanner": 0.5, "others": 0.3}, 80},
		"The processors bounded it, most of them other programs": {map[string]float64{"all": 1.9, "server": 0.4, "others": 1.3}, 80},
		"The emulator of Spanner bounded it":                     {map[string]float64{"all": 1.5, "spanner": 0.9}, 80},
		"Waiting bounded it":                                     {map[string]float64{"all": 1}, 80},
	} {
		if got := bound(x.cores, 2, x.achieved); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
