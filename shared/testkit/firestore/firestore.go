// Package firestore gives tests a Firestore project of their own on the real emulator. Only tests
// import it.
//
// The emulator starts once a test process, in about 3 s, and ends with it.
package firestore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"innkeep.internal/shared/platform/emulator"
)

// startTimeout bounds the emulator's start. Java needs 3 s, more beside other tests.
const startTimeout = time.Minute

// started is the emulator that FIRESTORE_EMULATOR_HOST names, or else one of this process.
var started = sync.OnceValue(func() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	_, err := emulator.Use(ctx, emulator.Firestore)
	return err
})

// Project is the id of a project with nothing in it: the emulator takes any. Clients that the test
// opens from then on find the emulator by its variable. With -short the test is skipped, for the
// seconds that the emulator's start takes.
func Project(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the Firestore emulator takes 3 s to start")
	}
	if err := started(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	_, _ = rand.Read(b) // it never fails: see crypto/rand
	return "t" + hex.EncodeToString(b)
}
