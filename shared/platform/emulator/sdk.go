package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// gcloudTimeout bounds the question to gcloud, a Python program that needs 1 to 5 s.
const gcloudTimeout = 30 * time.Second

// part says where the SDK keeps an emulator and how a person gets it.
type part struct {
	pattern   string // glob below the SDK's root; the last match counts, so the newest version
	java      bool
	main      string // the Java class
	component string // gcloud components install ...
	apt       string // apt-get install ...
}

var parts = map[Kind]part{
	Spanner: {
		pattern:   "bin/cloud_spanner_emulator/emulator_main",
		component: "cloud-spanner-emulator",
		apt:       "google-cloud-cli-spanner-emulator",
	},
	Firestore: {
		pattern:   "platform/cloud-firestore-emulator/cloud-firestore-emulator*.jar",
		java:      true,
		main:      "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
		component: "cloud-firestore-emulator",
		apt:       "google-cloud-cli-firestore-emulator",
	},
	PubSub: {
		pattern:   "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*.jar",
		java:      true,
		main:      "com.google.cloud.pubsub.testing.v1.Main",
		component: "pubsub-emulator",
		apt:       "google-cloud-cli-pubsub-emulator",
	},
}

// command is the argument vector that runs the emulator of kind k on port.
func command(ctx context.Context, k Kind, port int) ([]string, error) {
	pt, ok := parts[k]
	if !ok {
		return nil, fmt.Errorf("there is no emulator named %q", k)
	}
	file, err := find(ctx, cheapRoots(), k, pt)
	if err != nil {
		return nil, err
	}
	if !pt.java {
		return []string{file, "--host_port", fmt.Sprintf("127.0.0.1:%d", port)}, nil
	}
	java, err := javaBinary()
	if err != nil {
		return nil, err
	}
	argv := []string{java, "-cp", file, pt.main}
	if k == Firestore {
		argv = append(argv, "start")
	}
	return append(argv, "--host=127.0.0.1", fmt.Sprintf("--port=%d", port)), nil
}

// find looks below the roots, and asks gcloud for another only when none of them has it.
func find(ctx context.Context, roots []string, k Kind, pt part) (string, error) {
	for _, root := range roots {
		if file := newest(filepath.Join(root, pt.pattern)); file != "" {
			return file, nil
		}
	}
	if root := askGcloud(ctx); root != "" {
		if file := newest(filepath.Join(root, pt.pattern)); file != "" {
			return file, nil
		}
	}
	return "", fmt.Errorf("the Cloud SDK's %s emulator is not installed: run \"gcloud components install %s\" "+
		"or \"apt-get install %s\" (https://cloud.google.com/sdk/docs/install), or set %s to one that runs already",
		k, pt.component, pt.apt, k.Env())
}

func newest(pattern string) string {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		return ""
	}
	sort.Strings(files)
	return files[len(files)-1]
}

// cheapRoots lists where the SDK may be, the likeliest first: the variable that gcloud's own
// scripts set, the place that the gcloud on the path links to, the places of the installers.
func cheapRoots() []string {
	var roots []string
	if dir := os.Getenv("CLOUDSDK_ROOT_DIR"); dir != "" {
		roots = append(roots, dir)
	}
	if bin, err := exec.LookPath("gcloud"); err == nil {
		if bin, err = filepath.EvalSymlinks(bin); err == nil {
			roots = append(roots, filepath.Dir(filepath.Dir(bin))) // <root>/bin/gcloud
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		roots = append(roots, filepath.Join(home, "google-cloud-sdk"))
	}
	return append(roots,
		"/usr/lib/google-cloud-sdk",
		"/usr/local/google-cloud-sdk",
		"/opt/google-cloud-sdk",
		"/snap/google-cloud-cli/current",
		"/opt/homebrew/share/google-cloud-sdk",
		"/usr/local/share/google-cloud-sdk",
	)
}

// askGcloud is the SDK's root as gcloud itself knows it; "" when there is no gcloud.
func askGcloud(ctx context.Context) string {
	bin, err := exec.LookPath("gcloud")
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, gcloudTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, bin, "info", "--format=value(installation.sdk_root)").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func javaBinary() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		if bin, err := exec.LookPath(filepath.Join(home, "bin", "java")); err == nil {
			return bin, nil
		}
	}
	if bin, err := exec.LookPath("java"); err == nil {
		return bin, nil
	}
	return "", errors.New("the emulators of Firestore and Pub/Sub need Java 11 or later: " +
		"install it (\"apt-get install default-jre-headless\") or set JAVA_HOME")
}
