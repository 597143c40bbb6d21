package emulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindTakesTheNewestVersion(t *testing.T) {
	root := t.TempDir()
	lib := filepath.Join(root, "platform", "pubsub-emulator", "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"0.8.19", "0.8.20"} {
		if err := os.WriteFile(filepath.Join(lib, "cloud-pubsub-emulator-"+v+"-all.jar"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := find(t.Context(), []string{t.TempDir(), root}, PubSub, parts[PubSub])
	if err != nil {
		t.Fatal(err)
	}
	if want := "cloud-pubsub-emulator-0.8.20-all.jar"; filepath.Base(got) != want {
		t.Errorf("find = %s, want %s", got, want)
	}
}

func TestMissingEmulatorSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no gcloud to ask
	for _, k := range Kinds() {
		_, err := find(t.Context(), []string{t.TempDir()}, k, parts[k])
		if err == nil {
			t.Fatalf("find(%s) found an emulator in an empty folder", k)
		}
		// The one test that reads an error's text: here the text is what the caller needs.
		if want := "gcloud components install " + parts[k].component; !strings.Contains(err.Error(), want) {
			t.Errorf("find(%s) = %q, want it to say %q", k, err, want)
		}
	}
}
