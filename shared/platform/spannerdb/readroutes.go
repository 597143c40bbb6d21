package spannerdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/api/option"

	"innkeep.internal/shared/platform/spannerdb/route"
)

// Connections and calls at a time: the owner's numbers for the primary and for read replicas. A
// connection of ours is a gRPC channel, which would carry many calls at once; the limit of calls is what
// keeps one instance from taking more than its part of the database.
const (
	leaderMin, leaderMax   = 10, 100
	replicaMin, replicaMax = 5, 50
)

// leaderName is the name of the route to the leader; a route that is configured under it says its weight.
const leaderName = "leader"

// ReadRoute is a way for reads at a timestamp: to the replicas of one place, of one type, or both.
// Spanner has no addresses for them: a read says which may serve it.
type ReadRoute struct {
	Name     string `json:"name"`     // 1 to 30 of a-z, 0-9 and -
	Location string `json:"location"` // a region of the instance, "europe-west3"; empty: any
	Type     string `json:"type"`     // READ_ONLY, READ_WRITE; empty: any
	Weight   int    `json:"weight"`   // its share of reads beside the other routes', 1 to 100; 1 when absent
	// Options are the route's client's own: tests give a route an address with them.
	Options []option.ClientOption `json:"-"`
}

// ReadRoutes are the read routes of an installation. As text they are a JSON array of objects with name,
// location, type and weight. One named leader gives the leader a share, too, and has a weight alone;
// without it the leader takes such reads only where nobody else can.
type ReadRoutes []ReadRoute

// EnvDecode reads the text; it is called for a variable of the environment, be it absent.
func (rs *ReadRoutes) EnvDecode(text string) error {
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	var all ReadRoutes
	if err := d.Decode(&all); err != nil {
		return fmt.Errorf("read routes: %w", err)
	}
	if d.More() {
		return errors.New("read routes: more than one JSON value")
	}
	for i := range all {
		if all[i].Weight == 0 {
			all[i].Weight = 1
		}
	}
	*rs = all
	return all.check()
}

var nameForm = regexp.MustCompile(`^[a-z0-9-]{1,30}$`)

func (rs ReadRoutes) check() error {
	var problems []error
	names := map[string]bool{}
	for i, r := range rs {
		wrong := func(what string) {
			problems = append(problems, fmt.Errorf("read route %d, %q: %s", i+1, r.Name, what))
		}
		if !nameForm.MatchString(r.Name) {
			wrong("a name has 1 to 30 of a-z, 0-9 and -")
		}
		if names[r.Name] {
			wrong("there are two of that name")
		}
		names[r.Name] = true
		if r.Weight < 1 || r.Weight > 100 {
			wrong("a weight is 1 to 100")
		}
		switch _, known := sppb.DirectedReadOptions_ReplicaSelection_Type_value[r.Type]; {
		case r.Name == leaderName:
			if r.Location != "" || r.Type != "" {
				wrong("the leader has a weight alone")
			}
		case r.Location == "" && r.Type == "":
			wrong("a location or a type is needed")
		case r.Type != "" && (!known || r.Type == sppb.DirectedReadOptions_ReplicaSelection_TYPE_UNSPECIFIED.String()):
			wrong("a type is READ_ONLY or READ_WRITE")
		}
	}
	return errors.Join(problems...)
}

// directed are the options of a route's reads. Spanner does not go elsewhere by itself: then nobody would
// know that the route is down, and its reads would come to the leader without a limit.
func (r ReadRoute) directed() *sppb.DirectedReadOptions {
	return &sppb.DirectedReadOptions{Replicas: &sppb.DirectedReadOptions_IncludeReplicas_{
		IncludeReplicas: &sppb.DirectedReadOptions_IncludeReplicas{
			ReplicaSelections: []*sppb.DirectedReadOptions_ReplicaSelection{{
				Location: r.Location,
				Type:     sppb.DirectedReadOptions_ReplicaSelection_Type(sppb.DirectedReadOptions_ReplicaSelection_Type_value[r.Type]),
			}},
			AutoFailoverDisabled: true,
		},
	}}
}

// Routing says how reads at a timestamp spread over routes. Its zero value is the leader alone.
type Routing struct {
	Routes ReadRoutes
	// Staleness is how old a timestamp is at least for which a read leaves the leader: from about 10 s on
	// a replica answers by itself. 10 s when zero.
	Staleness time.Duration
	// Stall is how long a replica may take for its next row before the read goes elsewhere. 2 s when zero.
	Stall time.Duration
	// Judge is how routes are judged; Probe and Changed are ours.
	Judge route.Options
}

const (
	defaultStaleness = 10 * time.Second
	defaultStall     = 2 * time.Second
)

// split are the leader's configuration and the replicas'.
func (r Routing) split() (leader route.Config, replicas []route.Config, routes []ReadRoute) {
	leader = route.Config{Name: leaderName, Limit: leaderMax}
	for _, x := range r.Routes {
		if x.Name == leaderName {
			leader.Weight = x.Weight
			continue
		}
		routes = append(routes, x)
		replicas = append(replicas, route.Config{Name: x.Name, Weight: x.Weight, Limit: replicaMax})
	}
	return leader, replicas, routes
}

// channels is a pool of gRPC channels that grows with its load. It is off on the emulator.
func channels(least, most int) spanner.DynamicChannelPoolConfig {
	c := spanner.DefaultDynamicChannelPoolConfig()
	c.DCPEnabled = true
	c.DCPInitialChannels, c.DCPMinChannels, c.DCPMaxChannels = least, least, most
	return c
}
