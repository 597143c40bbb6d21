package webhookstore

// Limit sets smaller limits of what one call reads.
func (s *Store) Limit(page, properties int) {
	s.limits = limits{duePage: page, scanned: page, replayEvents: page, replayProperties: properties}
}
