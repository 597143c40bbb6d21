package migrate

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestLoad(t *testing.T) {
	all, err := Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"CREATE TABLE Rooms (\n  Number INT64 NOT NULL,\n  Note STRING(MAX) DEFAULT ('-- no comment'),\n) PRIMARY KEY (Number)",
		"CREATE INDEX RoomsByNote ON Rooms (Note)",
	}
	if len(all) != 2 || all[0].Version != 1 || all[0].Name != "rooms" {
		t.Fatalf("Load = %+v, want the two files of testdata", all)
	}
	if diff := cmp.Diff(want, all[0].Statements); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	if got := Statements(all); len(got) != 5 {
		t.Errorf("Statements gives %d, want 5", len(got))
	}
}

func TestChecksumIsOfTheStatements(t *testing.T) {
	sum := func(sql string) string {
		t.Helper()
		all, err := Load(fstest.MapFS{"0001_a.sql": {Data: []byte(sql)}})
		if err != nil {
			t.Fatal(err)
		}
		return all[0].Checksum
	}
	one := sum("CREATE TABLE T (K INT64) PRIMARY KEY (K)")
	if two := sum("-- Now with a comment.\n\nCREATE TABLE T (K INT64) PRIMARY KEY (K);\n"); two != one {
		t.Error("a comment changes the checksum")
	}
	if two := sum("CREATE TABLE T (K INT64, V INT64) PRIMARY KEY (K)"); two == one {
		t.Error("a column does not change the checksum")
	}
}

func TestLoadRefuses(t *testing.T) {
	const table = "CREATE TABLE T (K INT64) PRIMARY KEY (K)"
	for _, tt := range []struct {
		name  string
		files map[string]string
	}{
		{"a gap", map[string]string{"0001_a.sql": table, "0003_b.sql": table}},
		{"a double", map[string]string{"0001_a.sql": table, "0001_b.sql": table}},
		{"a bad name", map[string]string{"1_a.sql": table}},
		{"nothing but a comment", map[string]string{"0001_a.sql": "-- later"}},
		{"no SQL", map[string]string{"0001_a.sql": "CREATE TABLE"}},
		{"an open string", map[string]string{"0001_a.sql": "CREATE TABLE 'T"}},
		{"data instead of schema", map[string]string{"0001_a.sql": "DELETE FROM T WHERE true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := fstest.MapFS{}
			for name, sql := range tt.files {
				folder[name] = &fstest.MapFile{Data: []byte(sql)}
			}
			if _, err := Load(folder); err == nil {
				t.Error("Load took it")
			}
		})
	}
}
