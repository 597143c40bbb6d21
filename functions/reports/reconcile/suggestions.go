package reconcile

import (
	"context"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/platform/httpfn"
)

type runInput struct {
	httpfn.Write
	Body struct {
		PropertyID string `json:"propertyId" format:"uuid"`
		From       string `json:"from,omitempty" format:"date" doc:"First booking date of the lines that are looked at; 365 days before to by default."`
		To         string `json:"to,omitempty" format:"date" doc:"Tomorrow by default. At most 366 days."`
	}
}

type runOutput struct {
	httpfn.Written
	Body struct {
		From         string `json:"from" format:"date"`
		To           string `json:"to" format:"date"`
		LineCount    int    `json:"lineCount" doc:"Lines of the range that had no match."`
		ByReference  int    `json:"matchedByReference"`
		ByAmount     int    `json:"matchedByAmount"`
		LinesLeft    int    `json:"linesLeft" doc:"Lines of the range that still have none."`
		BooksTo      string `json:"booksTo" format:"date" doc:"A line without a reference is matched when the books are kept to the end of its window."`
		BankComplete bool   `json:"bankComplete" doc:"Statements cover the whole range."`
	}
}

// run makes the matches that are beyond doubt.
func (f function) run(ctx context.Context, in *runInput) (*runOutput, error) {
	d, err := f.desk(ctx, approval.Decide, in.Body.PropertyID)
	if err != nil {
		return nil, err
	}
	from, to, err := d.span(in.Body.From, in.Body.To)
	if err != nil {
		return nil, err
	}
	done, err := d.store.Run(ctx, d.act(in.IdempotencyKey, in.Body), d.Desk.Desk, from, to, d.today())
	if err != nil {
		return nil, err
	}
	r := done.Outcome
	out := &runOutput{Written: httpfn.NewWritten(api.Token(done.At), done.Replayed)}
	b := &out.Body
	b.From, b.To, b.LineCount, b.ByReference, b.ByAmount = r.From.String(), r.To.String(), r.Lines, r.ByReference, r.ByAmount
	b.LinesLeft, b.BooksTo, b.BankComplete = r.LinesLeft, r.BooksTo.String(), r.BankComplete
	return out, nil
}

// today is the current business date of the desk's property.
func (d desk) today() bizdate.Date { return d.Desk.Desk.Today(d.Now()) }

// Suggestion is a match that a person may declare.
type Suggestion struct {
	SuggestionID    string     `json:"suggestionId"`
	Kind            string     `json:"kind" enum:"ONE_TO_ONE,MERGED,SPLIT,REVERSAL"`
	Doubt           string     `json:"doubt" enum:"AMBIGUOUS,WINDOW_OPEN,REFERENCE_ALSO,PART_OF_SUM,ANOTHER_NEARBY,FEE_EXPECTED,GROUP,PAYOUT,REFERENCE_GROUP,ENTRY_REVERSED" doc:"Why it is not matched without asking."`
	DifferenceMinor int64      `json:"differenceMinor" doc:"Lines less entries."`
	Entries         []BookItem `json:"entries" nullable:"false"`
	Lines           []BankLine `json:"lines" nullable:"false"`
}

type suggestionsInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	From       string `query:"from" doc:"First booking date of the lines; 365 days before to by default."`
	To         string `query:"to" doc:"Tomorrow by default. At most 366 days."`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type suggestionsOutput struct {
	Body struct {
		AsOf  time.Time    `json:"asOf"`
		Items []Suggestion `json:"items" nullable:"false" doc:"Of the oldest line first. What is matched makes room for others: narrow the dates to see later ones."`
	}
}

func (f function) suggestions(ctx context.Context, in *suggestionsInput) (*suggestionsOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	from, to, err := d.span(in.From, in.To)
	if err != nil {
		return nil, err
	}
	found, err := d.store.Suggest(ctx, d.Desk.Desk, from, to, d.today(), in.Limit)
	if err != nil {
		return nil, err
	}
	out := &suggestionsOutput{}
	out.Body.AsOf = found.At
	out.Body.Items = make([]Suggestion, len(found.Suggestions))
	for i, s := range found.Suggestions {
		v := Suggestion{Kind: string(s.Kind), Doubt: string(s.Doubt), DifferenceMinor: s.DifferenceMinor, Entries: []BookItem{}, Lines: []BankLine{}}
		var entries, lines []string
		for _, n := range s.Items {
			it := found.Items[n]
			entries = append(entries, it.ID)
			v.Entries = append(v.Entries, showItem(recon.BookItem{Item: it}, d.today()))
		}
		for _, n := range s.Lines {
			l := found.Lines[n]
			lines = append(lines, l.ID)
			v.Lines = append(v.Lines, showLine(recon.BankLine{Line: l}, found.Rules.OpeningDate, d.today()))
		}
		v.SuggestionID = recon.SuggestionID(entries, lines)
		out.Body.Items[i] = v
	}
	return out, nil
}
