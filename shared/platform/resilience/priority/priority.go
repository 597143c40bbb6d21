// Package priority is what a call is worth when not all can be served: the classes of
// functions/catalogue.yaml, in the order in which they are shed, and the room that each may use of
// what is limited.
package priority

import (
	"fmt"
	"net/http"
)

// Class is what a call is worth. The lowest is the first that is refused, so the zero value is.
type Class uint8

// The classes, in the order of shedding: exports and rebuilds first, posts and closes last.
const (
	Rebuild Class = iota // exports, rebuilds
	Report
	Read
	Feed // consumers of the feed
	Post // writes: posts, closes
)

// Classes is how many there are.
const Classes = 5

var names = [Classes]string{"rebuild", "report", "read", "feed", "post"}

// room is the share of a rate limit that a class may fill, in percent; the rest stays free for the
// classes above it. Reads alone still get 90 % of a limit, which loses 3 % to its sub-buckets.
var room = [Classes]int{70, 85, 95, 100, 100}

// places is the share of a bulkhead's places that a class may fill, in percent. A place gets free soon, and
// goes to the highest class then: what is kept for it is little, since it stands empty most of the time.
var places = [Classes]int{90, 95, 100, 100, 100}

// String is the class's name, as the catalogue has it.
func (c Class) String() string {
	if int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// Parse is the class of a name; an error when there is none.
func Parse(name string) (Class, error) {
	for i, n := range names {
		if n == name {
			return Class(i), nil
		}
	}
	return Rebuild, fmt.Errorf("priority: %q is no class", name)
}

// Room is how much of a limit calls of the class may fill, together with all others: at least 1.
func (c Class) Room(limit int) int { return share(limit, room[min(c, Post)]) }

// Places is how many of a bulkhead's places calls of the class may fill, together with all others: at
// least 1.
func (c Class) Places(all int) int { return share(all, places[min(c, Post)]) }

func share(all, percent int) int { return max(1, (all*percent+99)/100) }

// Of is the class of one call at a function whose class is c: what only reads at a function of posts
// is a read.
func (c Class) Of(method string) Class {
	if c == Post && (method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions) {
		return Read
	}
	return c
}

// All is the classes from the highest down.
func All() [Classes]Class { return [Classes]Class{Post, Feed, Read, Report, Rebuild} }
