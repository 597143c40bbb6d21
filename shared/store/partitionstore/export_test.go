package partitionstore

import "context"

// Small is the store with small pages, and calls of a few of them.
func (s *Store) Small(page int, enough func(context.Context) bool) *Store {
	return &Store{s.db, s.now, page, enough}
}
