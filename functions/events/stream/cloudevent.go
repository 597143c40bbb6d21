package stream

import "encoding/json"

// CloudEvent says what a CloudEvent of package eventapi looks like, for the document of the API; the
// event itself is passed on as eventapi writes it. schemas/events holds the whole schema.
type CloudEvent struct {
	SpecVersion     string          `json:"specversion" example:"1.0"`
	ID              string          `json:"id" doc:"Unique in the organisation, and the same wherever the event is sent."`
	Source          string          `json:"source" doc:"/organisations/{org}/properties/{property}."`
	Type            string          `json:"type" example:"innkeep.EntryRecorded.v1"`
	Subject         string          `json:"subject" doc:"The stream: a business date, or setup."`
	Time            string          `json:"time" format:"date-time" doc:"When it was recorded: the commit's timestamp."`
	DataContentType string          `json:"datacontenttype" example:"application/json"`
	DataSchema      string          `json:"dataschema" example:"urn:innkeep:events:EntryRecorded.v1"`
	OrgID           string          `json:"orgid"`
	PropertyID      string          `json:"propertyid" doc:"- for the organisation's setup."`
	BusinessDate    string          `json:"businessdate,omitempty" format:"date"`
	Sequence        string          `json:"sequence" doc:"The event's number in its stream, from 1, as ten digits."`
	PartitionKey    string          `json:"partitionkey" doc:"Events of one key keep their order."`
	Data            json.RawMessage `json:"data" doc:"Who did it, by what, and what happened: schemas/events."`
}
