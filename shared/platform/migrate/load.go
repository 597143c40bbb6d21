// Package migrate brings a Spanner database to the schema of a folder of numbered, forward-only
// migrations, and knows what it has applied already.
//
// It knows no table but its own, SchemaMigrations, and where no database stands: the emulator
// and the cloud are alike to it.
package migrate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/token"

	"innkeep.internal/shared/core/fault"
)

var filePattern = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// Migration is one file of DDL.
type Migration struct {
	Version    int64    // 1, 2, 3, ...: without gaps
	Name       string   // "day_book" of 0001_day_book.sql
	Checksum   string   // SHA-256 over the statements in hex: comments and blank lines do not count
	Statements []string // at least one, without comments and semicolons
}

// Load reads the migrations at the top of a folder, in their order. Other files than *.sql are
// passed over. It fails when a name is not NNNN_name.sql, when the numbers have a gap or a
// double, and when a statement is not DDL that Spanner knows.
func Load(folder fs.FS) (_ []Migration, err error) {
	defer fault.Wrap(&err, "migrate.Load")
	names, err := fs.Glob(folder, "*.sql")
	if err != nil {
		return nil, err
	}
	var all []Migration
	for _, name := range names {
		m, err := load(folder, name)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	for i, m := range all {
		if want := int64(i + 1); m.Version != want {
			return nil, fmt.Errorf("%04d_%s.sql stands where number %04d belongs: the numbers have a gap or a double", m.Version, m.Name, want)
		}
	}
	return all, nil
}

func load(folder fs.FS, name string) (Migration, error) {
	part := filePattern.FindStringSubmatch(name)
	if part == nil {
		return Migration{}, fmt.Errorf("%s: a migration is named NNNN_name.sql, with small letters, digits and _", name)
	}
	version, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil {
		return Migration{}, err
	}
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return Migration{}, err
	}
	statements, err := Split(name, string(text))
	if err != nil {
		return Migration{}, err
	}
	if len(statements) == 0 {
		return Migration{}, fmt.Errorf("%s: there is no statement in it", name)
	}
	return Migration{Version: version, Name: part[2], Checksum: checksum(statements), Statements: statements}, nil
}

func checksum(statements []string) string {
	sum := sha256.Sum256([]byte(strings.Join(statements, ";\n")))
	return hex.EncodeToString(sum[:])
}

// Statements is all of the migrations' statements in order: what makes an empty database whole.
func Statements(all []Migration) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.Statements...)
	}
	return out
}

// Split takes a file of DDL apart into its statements, without comments, which Spanner refuses
// in DDL, without blank lines and semicolons. Each is parsed, so that a slip is told with its
// place and not half way through a migration. The file's name is for errors alone.
func Split(file, sql string) ([]string, error) {
	bare, err := strip(file, sql)
	if err != nil {
		return nil, err
	}
	raw, err := memefish.SplitRawStatements(file, bare)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range raw {
		s := tidy(r.Statement)
		if s == "" {
			continue
		}
		if _, err := memefish.ParseDDL(file, s); err != nil {
			return nil, fmt.Errorf("%s: this is no DDL that can be applied: %w\n%s", file, err, s)
		}
		out = append(out, s)
	}
	return out, nil
}

// strip puts a blank in place of every comment. The lexer finds them, so that "--" in a string
// or a quoted name stays.
func strip(file, sql string) (string, error) {
	lex := &memefish.Lexer{File: &token.File{FilePath: file, Buffer: sql}}
	var b strings.Builder
	from := token.Pos(0)
	for {
		if err := lex.NextToken(); err != nil {
			return "", errors.Join(fmt.Errorf("%s cannot be read as SQL", file), err)
		}
		for _, c := range lex.Token.Comments {
			b.WriteString(sql[from:c.Pos])
			b.WriteByte(' ')
			if strings.HasSuffix(c.Raw, "\n") {
				b.WriteByte('\n')
			}
			from = c.End
		}
		if lex.Token.Kind == token.TokenEOF {
			b.WriteString(sql[from:])
			return b.String(), nil
		}
	}
}

// tidy drops blank lines, the blanks at the ends of lines, and those around the whole.
func tidy(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
