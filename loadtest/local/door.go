package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
)

// mostTokens bounds the memory for tokens: what comes beyond is made again where it is needed.
const mostTokens = 50_000

// Door lets sessions in: by tokens of the local issuer, and by books for organisations that have none.
type Door struct {
	server *Server
	db     *spannerdb.DB
	world  world.World

	mu     sync.Mutex
	tokens map[member]string
	awake  map[int]bool
}

type member struct {
	org     tenant.OrgID
	subject string
}

// NewDoor is the door of a world.
func NewDoor(s *Server, db *spannerdb.DB, w world.World) *Door {
	return &Door{server: s, db: db, world: w, tokens: map[member]string{}, awake: map[int]bool{}}
}

// Woken is how many organisations were woken.
func (d *Door) Woken() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []int
	for n := range d.awake {
		all = append(all, n)
	}
	return all
}

// Wake opens the books of those organisations that have none; one call at a time.
func (d *Door) Wake(ctx context.Context, numbers []int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var asleep []int
	for _, n := range numbers {
		if !d.awake[n] {
			d.awake[n] = true
			asleep = append(asleep, n)
		}
	}
	const most = 100 // of a commit: 2,000 rows
	for len(asleep) > 0 {
		k := min(most, len(asleep))
		if err := world.Wake(ctx, d.db, d.world, asleep[:k]); err != nil {
			return err
		}
		asleep = asleep[k:]
	}
	return nil
}

// Token is a member's token, made by the server's issuer.
func (d *Door) Token(ctx context.Context, org tenant.OrgID, subject string) (string, error) {
	key := member{org, subject}
	d.mu.Lock()
	known := d.tokens[key]
	d.mu.Unlock()
	if known != "" {
		return known, nil
	}
	body := fmt.Appendf(nil, `{"subject":%q,"organisation":%q}`, subject, org)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.server.URL+"/local/tokens", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	var made struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(a.Body).Decode(&made); err != nil || a.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("a token: %s, %w", a.Status, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.tokens) >= mostTokens {
		clear(d.tokens)
	}
	d.tokens[key] = made.Token
	return made.Token, nil
}
