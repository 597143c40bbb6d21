package functions

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sample has a function of each kind that TestFaults' catalogue has not for certain.
const sample = `
functions:
  - name: fold
    entryPoint: Fold
    package: events/fold
    service: events
    description: Folds.
    trigger: pubsub
    topic: news
    subscription:
      ordered: true
      ackDeadlineSeconds: 20
      minBackoffMillis: 500
      maxBackoffSeconds: 10
      maxDeliveryAttempts: 20
    schedule: "*/5 * * * *"
    priority: feed
    roles: [feed_consumer]
    timeoutSeconds: 10
    concurrency: 32
    memoryMiB: 512
    cpu: 1
    minInstances: 0
    maxInstances: 20
  - name: stream
    entryPoint: Stream
    package: events/stream
    service: events
    description: Tells what happens.
    trigger: http
    routes: [/v1/events/stream]
    stream: true
    priority: read
    roles: [event_reader]
    timeoutSeconds: 900
    concurrency: 200
    memoryMiB: 512
    cpu: 1
    minInstances: 0
    maxInstances: 20
  - name: tidy
    entryPoint: Tidy
    package: ops/tidy
    service: ops
    description: Tidies up.
    trigger: scheduler
    schedule: "0 2 * * *"
    priority: rebuild
    roles: [partition_keeper]
    timeoutSeconds: 10
    concurrency: 1
    memoryMiB: 512
    cpu: 1
    minInstances: 0
    maxInstances: 1
  - name: door
    entryPoint: Door
    package: gateway/door
    service: gateway
    description: Lets in.
    trigger: http
    public: true
    stream: true
    priority: post
    roles: [setup_reader]
    timeoutSeconds: 930
    concurrency: 200
    memoryMiB: 512
    cpu: 1
    minInstances: 0
    maxInstances: 20
topics:
  - name: news
    description: There is news.
    ordered: true
    schema: events/news.json
    retentionHours: 1
  - name: noise
    description: There is noise.
    retentionHours: 744
`

func TestSampleIsGood(t *testing.T) {
	t.Parallel()
	c, err := parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Functions[0].DeadLetterTopic(); got != "fold-dead-letter" {
		t.Error(got)
	}
}

// The sample with one change is refused, with the fault in the error.
func TestFaultsOfTriggersAndTopics(t *testing.T) {
	t.Parallel()
	for change, want := range map[[2]string]string{
		{"trigger: pubsub", "trigger: queue"}:                                            "fold: trigger \"queue\" is unknown",
		{"topic: news", "routes: [/v1/events/fold]\n    topic: news"}:                    "fold: routes are for http functions",
		{"topic: news", "stream: true\n    topic: news"}:                                 "fold: stream is for http functions",
		{`schedule: "0 2 * * *"`, ""}:                                                    "tidy: schedule is missing",
		{`"0 2 * * *"`, `"0 2 1 * *"`}:                                                   "tidy: schedule \"0 2 1 * *\" is not of the forms",
		{"trigger: scheduler", "trigger: scheduler\n    topic: news"}:                    "tidy: topic is for pubsub functions",
		{"trigger: scheduler", "trigger: scheduler\n    stream: true"}:                   "tidy: stream is for http functions",
		{"trigger: scheduler", "trigger: http"}:                                          "tidy: schedule is for pubsub and scheduler functions",
		{"trigger: scheduler", "trigger: pubsub"}:                                        "tidy: topic is missing",
		{"topic: news", ""}:                                                              "fold: topic is missing",
		{"topic: news", "topic: rumours"}:                                                "fold: topic \"rumours\" is not among the topics",
		{"topic: news", "topic: noise"}:                                                  "fold: its subscription is ordered, the topic noise is not",
		{"ackDeadlineSeconds: 20", "ackDeadlineSeconds: 9"}:                              "ackDeadlineSeconds is 9, not 10 to 600",
		{"ackDeadlineSeconds: 20", "ackDeadlineSeconds: 601"}:                            "ackDeadlineSeconds is 601, not 10 to 600",
		{"ackDeadlineSeconds: 20", "ackDeadlineSeconds: 10"}:                             "ackDeadlineSeconds is 10, not above timeoutSeconds 10",
		{"minBackoffMillis: 500", "minBackoffMillis: 0"}:                                 "minBackoffMillis is 0, not 1 to 10000",
		{"minBackoffMillis: 500", "minBackoffMillis: 10001"}:                             "minBackoffMillis is 10001, not 1 to 10000",
		{"maxBackoffSeconds: 10", "maxBackoffSeconds: 11"}:                               "maxBackoffSeconds is 11, not 1 to 10",
		{"maxDeliveryAttempts: 20", "maxDeliveryAttempts: 4"}:                            "maxDeliveryAttempts is 4, not 5 to 100",
		{"maxDeliveryAttempts: 20", "maxDeliveryAttempts: 101"}:                          "maxDeliveryAttempts is 101, not 5 to 100",
		{"maxDeliveryAttempts: 20", "deadLetterTopic: noise"}:                            "field deadLetterTopic not found",
		{`"*/5 * * * *"`, "hourly"}:                                                      "fold: schedule \"hourly\" is not of the forms",
		{"priority: feed", "priority: read"}:                                             "priority \"read\" is not one of [\"feed\" \"rebuild\"], which pubsub functions have",
		{"roles: [feed_consumer]", "roles: []"}:                                          "fold: roles are missing",
		{"timeoutSeconds: 10", "timeoutSeconds: 15"}:                                     "fold: timeoutSeconds is 15, the service's is 10",
		{"topic: news", "public: true\n    topic: news"}:                                 "fold: public is for http functions",
		{"routes: [/v1/events/stream]", "routes: [/v1/events/stream]\n    public: true"}: "stream: it is public, and so is door",
		{"public: true", "public: true\n    routes: [/v1/door]"}:                         "door: routes are those of the functions behind a public one",
		{"timeoutSeconds: 930", "timeoutSeconds: 900"}:                                   "door: timeoutSeconds is 900, not above the 900 of stream",
		{"timeoutSeconds: 930", "timeoutSeconds: 15"}:                                    "door: timeoutSeconds of a stream is 15, not 16 to 3600",
		{"public: true", ""}:                                                             "door: no route has the name in it",
		{"stream: true", "topic: news"}:                                                  "stream: topic is for pubsub functions",
		{"stream: true", "subscription: {ordered: true}"}:                                "stream: subscription is for pubsub functions",
		{"stream: true", `schedule: "* * * * *"`}:                                        "stream: schedule is for pubsub and scheduler functions",
		{"stream: true", "stream: false"}:                                                "stream: timeoutSeconds is 900, the service's is 10",
		{"timeoutSeconds: 900", "timeoutSeconds: 3601"}:                                  "stream: timeoutSeconds of a stream is 3601, not 10 to 3600",
		{"timeoutSeconds: 900", "timeoutSeconds: 9"}:                                     "stream: timeoutSeconds of a stream is 9, not 10 to 3600",
		{"priority: read", "priority: feed"}:                                             "which http functions have",
		{"name: stream", "name: stream-dead-letter"}:                                     "name ends in -dead-letter",
		{"- name: noise", "- name: news"}:                                                "topic news stands twice",
		{"- name: noise", "- name: Noise"}:                                               "topic Noise: name is not in kebab case",
		{"- name: noise", "- name: fold-dead-letter"}:                                    "topic fold-dead-letter: dead-letter topics are made with their subscriptions",
		{"description: There is noise.", ""}:                                             "topic noise: description is missing",
		{"retentionHours: 744", "retentionHours: 745"}:                                   "topic noise: retentionHours is 745, not 1 to 744",
		{"retentionHours: 744", ""}:                                                      "topic noise: retentionHours is 0, not 1 to 744",
		{"schema: events/news.json", "schema: ../news.json"}:                             "topic news: schema \"../news.json\" is no path below schemas/",
		{"roles: [event_reader]", "roles: [event_reader]\n    publishes: [rumours]"}:     "stream: publishes to \"rumours\", which is not among the topics",
		{"roles: [event_reader]", "roles: [event_reader]\n    publishes: [news, news]"}:  "stream: publishes names \"news\" twice",
		{"roles: [event_reader]", "roles: [setup_writer]"}:                               "stream: role setup_writer publishes to feed-nudges, which is missing",
		{"roles: [event_reader]", "roles: [event_reader]\n    firestore: all"}:           "stream: firestore is \"all\", not read or write",
		{"topics:\n  - name: news", "topics:\n  - news\n  - name: news"}:                 "cannot unmarshal",
	} {
		refuses(t, sample, change, want)
	}
}

// refuses asks that a text with one change is refused.
func refuses(t *testing.T, text string, change [2]string, want string) {
	t.Helper()
	changed := strings.Replace(text, change[0], change[1], 1)
	if changed == text {
		t.Errorf("%q is not in the catalogue", change[0])
	}
	if _, err := parse([]byte(changed)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%q: %v, want %q", change[1], err, want)
	}
}

func TestNextSweep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schedule, after, want string }{
		{"* * * * *", "2026-02-28T23:59:59.9Z", "2026-03-01T00:00:00Z"},
		{"* * * * *", "2026-02-28T10:07:00Z", "2026-02-28T10:08:00Z"},
		{"* * * * *", "2026-02-28T10:07:00+05:30", "2026-02-28T04:38:00Z"},
		{"*/5 * * * *", "2026-02-28T10:07:30Z", "2026-02-28T10:10:00Z"},
		{"*/5 * * * *", "2026-02-28T10:10:00Z", "2026-02-28T10:15:00Z"},
		{"*/7 * * * *", "2026-02-28T10:56:00Z", "2026-02-28T11:00:00Z"},
		{"30 * * * *", "2026-02-28T10:30:00Z", "2026-02-28T11:30:00Z"},
		{"0 2 * * *", "2026-02-28T02:00:00Z", "2026-03-01T02:00:00Z"},
		{"59 23 * * *", "2026-02-28T23:58:59Z", "2026-02-28T23:59:00Z"},
	} {
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Schedule(c.schedule).Next(after)
		if text := got.Format(time.RFC3339Nano); err != nil || text != c.want {
			t.Errorf("%s after %s: %s, %v, want %s", c.schedule, c.after, text, err, c.want)
		}
	}
}

func TestSchedulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []Schedule{
		"", "hourly", "* * * *", "* * * * * *", "*  * * * *", " * * * * *", "60 * * * *", "* 5 * * *", "*/5 5 * * *", "* */2 * * *",
		"*/0 * * * *", "*/60 * * * *", "*/* * * * *", "*/-5 * * * *", "-1 * * * *", "+1 * * * *", "05 1 * * *", "0 24 * * *", "0 1 1 * *",
		"0 1 * 1 *", "0 1 * * 1", "0,30 * * * *", "0-5 * * * *",
	} {
		if at, err := s.Next(time.Unix(0, 0)); err == nil {
			t.Errorf("%q was taken: %v", s, at)
		}
	}
}

func TestSchemasOfTopicsAreThere(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range c.Topics {
		if _, err := os.Stat(filepath.Join("..", "schemas", filepath.FromSlash(topic.Schema))); err != nil {
			t.Errorf("topic %s: %v", topic.Name, err)
		}
	}
}

// The head of the catalogue says of every table, and every role, who may touch what.
func TestRolesCoverTheTables(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "schemas", "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(manifest), "\nfunctions:")
	tables := regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`).FindAllStringSubmatch(string(text), -1)
	names := append([]string{}, roles...)
	for _, m := range tables {
		names = append(names, m[1])
	}
	for _, name := range names {
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(head) {
			t.Errorf("the head of the catalogue does not tell of %s", name)
		}
	}
	if len(tables) < 10 {
		t.Errorf("%d tables", len(tables))
	}
}
