package moves

import (
	"errors"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/testkit/otlp"
)

// A head that Firestore will not have is counted: its reports are older than they say.
func TestRefusedHeadsAreMeasured(t *testing.T) {
	otlp.Moved(t, func() {
		synctest.Test(t, func(t *testing.T) {
			b := newBook(t)
			b.fail = func(string) error { return status.Error(codes.InvalidArgument, "no") }
			var refused *RefusedError
			if err := NewQueue(b.write).Move(t.Context(), []News{one("h", Today)}); !errors.As(err, &refused) {
				t.Errorf("it was not refused: %v", err)
			}
		})
	}, "innkeep.cache.heads.refused")
}
