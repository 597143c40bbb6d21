package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// writeEnv leaves the address and an owner's token for shells and for other scripts. The file is
// replaced as a whole, and only its owner may read it.
func (s *server) writeEnv(file string, until time.Time) error {
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
	_, err = fmt.Fprintf(f, "# The local server, while it runs, and a token of the owner of its organisation %s.\nINNKEEP_URL=%s\nINNKEEP_TOKEN=%s\n", orgID, s.url, token)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
