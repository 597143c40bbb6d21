package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// twoHotels is the data set, from here: it lies beside the repository.
const twoHotels = "../../../shared/data/two-hotels"

// sums are a row of an expected file or of what an import left: column -> figure.
type sums map[string]int64

// expected reads an expected file into sums by property and the second column, as far as they are not 0.
func expected(t *testing.T, name string) map[string]sums {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(twoHotels, name))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]sums{}
	for _, row := range rows[1:] {
		figures := sums{}
		for i, cell := range row[2:] {
			n, err := strconv.ParseInt(cell, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if n != 0 {
				figures[rows[0][i+2]] = n
			}
		}
		all[row[0]+" "+row[1]] = figures
	}
	return all
}

func TestTwoHotels(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(twoHotels, "room_postings.csv"))
	if err != nil {
		t.Skipf("the data set is not here: %v", err)
	}
	mapping, err := os.ReadFile("mappings/two-hotels.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, server := newBook(t)
	o := start(t.Context(), t, server.URL, string(mapping), string(text), "--go-live", "2015-06-01", "--close-days")
	if o.exit != 0 {
		t.Fatal(o.stderr)
	}
	s := o.summary
	if s.Lines != 14679 || s.New != 14359 || s.RefusedByCode["amount_zero"] != 320 || s.Refused != 320 {
		t.Errorf("%d lines, %d new, refused %v", s.Lines, s.New, s.RefusedByCode)
	}

	months := map[string]sums{}
	for _, m := range s.Months {
		row := sums{
			"accepted": m.Accepted, "rejected": m.Refused, "total_minor": m.AmountMinor,
			"room_minor": m.BySource["ROOM"].AmountMinor, "other_minor": m.BySource["OTHER"].AmountMinor,
		}
		for _, mode := range []string{"CASH", "BANK", "CARD", "OTA"} {
			row[strings.ToLower(mode)+"_minor"] = m.ByPaymentMode[mode].AmountMinor
		}
		for name, n := range row {
			if n == 0 {
				delete(row, name)
			}
		}
		months[strings.ToLower(m.Property)+" "+m.Month] = row
	}
	if diff := cmp.Diff(expected(t, "expected_months.csv"), months); diff != "" {
		t.Errorf("months of the summary (-want +got)\n%s", diff)
	}
	days := expected(t, "expected_days.csv")
	for key, figures := range days {
		if figures["accepted"] == 0 {
			delete(days, key) // a day with refused lines only: the book has nothing of it
		}
	}
	if diff := cmp.Diff(days, bookDays(b)); diff != "" {
		t.Errorf("days of the book (-want +got)\n%s", diff)
	}

	again := start(t.Context(), t, server.URL, string(mapping), string(text), "--go-live", "2015-06-01", "--close-days")
	if again.exit != 0 || !strings.Contains(again.stdout, "nothing changed: 0 new, 14359 already there") || again.rejects != o.rejects {
		t.Errorf("the second import: %s%s", again.stdout, again.stderr)
	}
}

// bookDays is what the book has, in the columns of expected_days.csv.
func bookDays(b *book) map[string]sums {
	days := map[string]sums{}
	for _, e := range b.entries {
		key := strings.ToLower(strings.TrimPrefix(e.PropertyID, "id-")) + " " + e.BusinessDate
		if days[key] == nil {
			days[key] = sums{}
		}
		column := "bank_received_minor"
		if e.PaymentMode == "CASH" {
			column = "cash_received_minor"
		}
		days[key]["accepted"]++
		days[key][column] += e.AmountMinor
		days[key]["total_minor"] += e.AmountMinor
	}
	return days
}
