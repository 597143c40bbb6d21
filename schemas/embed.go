// Package schemas holds the database's schema as files: the whole of it as it stands, and the
// numbered migrations that lead there; and the document of the API.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed schema.sql roles.sql migrations/*.sql
var files embed.FS

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the document of all operations, OpenAPI 3.1 as YAML. The caller leaves it as it is.
func OpenAPI() []byte { return openAPI }

// Migrations is the folder of the migrations, NNNN_name.sql each, as platform/migrate reads it.
func Migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // only a name that is no path
	}
	return sub
}

// SQL is the whole current schema, for people and for the test that compares it with the
// migrations.
func SQL() string { return text("schema.sql") }

// Roles are the statements that make the database roles of the catalogue, for the cloud: the emulator
// takes none of them.
func Roles() string { return text("roles.sql") }

func text(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}
