package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// writeEnv leaves the address and an owner's token for shells and for other scripts. The file is
// replaced as a whole, and only its owner may read it.
//
// With the names of the database, the project and the emulators, programs that read the books
// themselves (verify, replay, lag) need no flags: set -a; . .innkeep/local.env; set +a.
func (s *server) writeEnv(file string, until time.Time, names map[string]string) error {
	token, err := s.issuer.MintClaims(map[string]any{"sub": owner, "org_id": orgID, "exp": until.Unix()})
	if err != nil {
		return err
	}
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".local-*.env") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "# The local server, while it runs, and a token of the owner of its organisation %s.\nINNKEEP_URL=%s\nINNKEEP_TOKEN=%s\n"+
		"# The functions behind the door, each below its name.\nINNKEEP_FUNCTIONS_URL=%s\n", orgID, s.url, token, s.inner)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		_, printErr := fmt.Fprintf(f, "%s=%s\n", name, names[name])
		err = errors.Join(err, printErr)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
