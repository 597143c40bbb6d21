package daybookstore

import (
	"time"

	"innkeep.internal/shared/core/tenant"
)

// Patient makes commands wait for the one under way for as long as d.
func (s *Store) Patient(d time.Duration) {
	s.groups.mu.Lock()
	defer s.groups.mu.Unlock()
	s.groups.patience = d
}

// Waiting is how many commands on a property wait for the one under way.
func (s *Store) Waiting(b tenant.Book) int {
	s.groups.mu.Lock()
	defer s.groups.mu.Unlock()
	if l := s.groups.lanes[b]; l != nil {
		return len(l.waiting)
	}
	return 0
}

// Lanes is how many properties have something under way.
func (s *Store) Lanes() int {
	s.groups.mu.Lock()
	defer s.groups.mu.Unlock()
	return len(s.groups.lanes)
}
