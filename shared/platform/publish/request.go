package publish

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Pub/Sub's limits (cloud.google.com/pubsub/quotas, "Resource limits").
const (
	maxRequestMessages = 1_000
	maxRequestBytes    = 10_000_000 // a message's as well
	maxAttributes      = 100
	maxAttributeName   = 256   // bytes
	maxAttributeValue  = 1_024 // bytes
	maxOrderingKey     = 1_024 // bytes
)

// encoded is a message in its form for the wire.
type encoded struct {
	message *pubsubpb.PubsubMessage
	bytes   int // in a request
}

// encode judges and converts all messages for the topic.
func encode(topic string, ms []Message) ([]encoded, error) {
	all := make([]encoded, len(ms))
	limit := maxRequestBytes - envelope(topic)
	for i, m := range ms {
		e := encoded{message: &pubsubpb.PubsubMessage{Data: m.Data, Attributes: m.Attributes, OrderingKey: m.OrderingKey}}
		e.bytes = 1 + protowire.SizeBytes(proto.Size(e.message))
		why := m.fault()
		if why == "" && e.bytes > limit {
			why = "it has more than 10 MB"
		}
		if why != "" {
			return nil, fmt.Errorf("%w: message %d: %s", ErrMessage.With("index", strconv.Itoa(i)), i, why)
		}
		all[i] = e
	}
	return all, nil
}

// fault says why Pub/Sub would refuse m; "" when it would not. Text that is not UTF-8 never leaves
// the client, with an error that looks like one which passes.
func (m Message) fault() string {
	switch {
	case len(m.Data) == 0 && len(m.Attributes) == 0:
		return "it has neither data nor attributes"
	case len(m.OrderingKey) > maxOrderingKey || !utf8.ValidString(m.OrderingKey):
		return "its ordering key is too long or no UTF-8"
	case len(m.Attributes) > maxAttributes:
		return "it has more than 100 attributes"
	}
	for name, value := range m.Attributes {
		if name == "" || len(name) > maxAttributeName || !utf8.ValidString(name) {
			return "the name of an attribute is empty, too long or no UTF-8"
		}
		if len(value) > maxAttributeValue || !utf8.ValidString(value) {
			return "the value of an attribute is too long or no UTF-8"
		}
	}
	return ""
}

// fill makes a request of as many of the messages, from the first on, as it may carry: n of them.
func fill(topic string, all []encoded) (request *pubsubpb.PublishRequest, n int) {
	request = &pubsubpb.PublishRequest{Topic: topic}
	bytes := envelope(topic)
	for _, e := range all {
		if bytes += e.bytes; n == maxRequestMessages || bytes > maxRequestBytes {
			break
		}
		request.Messages = append(request.Messages, e.message)
		n++
	}
	return request, n
}

// envelope is the size of a request without messages, in bytes.
func envelope(topic string) int { return proto.Size(&pubsubpb.PublishRequest{Topic: topic}) }
