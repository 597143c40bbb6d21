package courier

import "time"

// Shorten makes what is kept of a call's time small, for tests that use it up.
func (c *Courier) Shorten(settle, short time.Duration) { c.settle, c.short = settle, short }
