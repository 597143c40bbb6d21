// Package functions holds the catalogue of the functions that are deployed: what each is called,
// where its code stands, what calls it, and what it gets to run on; and of the topics between them.
// The functions themselves are the packages below; this one imports none of them.
package functions

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

//go:embed catalogue.yaml
var manifest []byte

// Catalogue is catalogue.yaml, whose head says what the keys mean.
type Catalogue struct {
	Functions []Function `yaml:"functions"`
	Topics    []Topic    `yaml:"topics"`
}

// Function is one deployed function.
type Function struct {
	Name           string       `yaml:"name"`
	EntryPoint     string       `yaml:"entryPoint"`
	Package        string       `yaml:"package"` // below functions/
	Service        Service      `yaml:"service"`
	Description    string       `yaml:"description"`
	Trigger        Trigger      `yaml:"trigger"`
	Public         bool         `yaml:"public"` // anybody may call it
	Routes         []string     `yaml:"routes"` // as in OpenAPI; net/http's ServeMux takes them as they are
	Stream         bool         `yaml:"stream"`
	Topic          string       `yaml:"topic"`
	Subscription   Subscription `yaml:"subscription"`
	Schedule       Schedule     `yaml:"schedule"`
	Priority       Priority     `yaml:"priority"`
	Roles          []string     `yaml:"roles"`
	Publishes      []string     `yaml:"publishes"` // topics
	Firestore      Access       `yaml:"firestore"`
	TimeoutSeconds int          `yaml:"timeoutSeconds"`
	Concurrency    int          `yaml:"concurrency"`
	MemoryMiB      int          `yaml:"memoryMiB"`
	CPU            int          `yaml:"cpu"`
	MinInstances   int          `yaml:"minInstances"`
	MaxInstances   int          `yaml:"maxInstances"`
}

// deadLetter ends the name of a dead-letter topic, and of no other.
const deadLetter = "-dead-letter"

// DeadLetterTopic is where the messages go that a pubsub function did not take in
// MaxDeliveryAttempts deliveries. Each function has its own, so that what went wrong can be sent to
// that function again and to no other.
func (f Function) DeadLetterTopic() string { return f.Name + deadLetter }

// Internal reports that nobody but Pub/Sub and the scheduler calls the function: it has no public route.
func (f Function) Internal() bool { return f.Trigger != HTTP }

// Subscription is how a pubsub function gets its topic's messages. It is named for its function.
type Subscription struct {
	Ordered             bool `yaml:"ordered"`
	AckDeadlineSeconds  int  `yaml:"ackDeadlineSeconds"`
	MinBackoffMillis    int  `yaml:"minBackoffMillis"`
	MaxBackoffSeconds   int  `yaml:"maxBackoffSeconds"`
	MaxDeliveryAttempts int  `yaml:"maxDeliveryAttempts"`
}

// Topic is one Pub/Sub topic.
type Topic struct {
	Name           string `yaml:"name"`
	Description    string `yaml:"description"`
	Ordered        bool   `yaml:"ordered"`
	Schema         string `yaml:"schema"` // below schemas/
	RetentionHours int    `yaml:"retentionHours"`
}

// Service is a group of functions that share time-outs and limits.
type Service string

// The services.
const (
	Finance Service = "finance"
	Reports Service = "reports"
	Events  Service = "events"
	Gateway Service = "gateway"
	Ops     Service = "ops"
	Cache   Service = "cache"
)

// Trigger is what calls a function.
type Trigger string

// The triggers.
const (
	HTTP      Trigger = "http"
	PubSub    Trigger = "pubsub"
	Scheduler Trigger = "scheduler"
)

// Priority is what a function's calls are worth when not all can be served.
type Priority string

// The priorities; the last is refused first.
const (
	Post    Priority = "post"
	Feed    Priority = "feed"
	Read    Priority = "read"
	Report  Priority = "report"
	Rebuild Priority = "rebuild"
)

// Access is what a function may do in Firestore; empty: nothing.
type Access string

// What a function may do in Firestore.
const (
	Reads  Access = "read"
	Writes Access = "write"
)

// Load reads the catalogue. Its error lists every fault.
func Load() (Catalogue, error) { return parse(manifest) }

func parse(text []byte) (Catalogue, error) {
	var c Catalogue
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Catalogue{}, fmt.Errorf("functions/catalogue.yaml: %w", err)
	}
	if err := c.check(); err != nil {
		return Catalogue{}, fmt.Errorf("functions/catalogue.yaml:\n%w", err)
	}
	return c, nil
}
